"""The pictures on the welcome page's cards, painted from recorded trainings
(`resources/welcome/*.json`).
"""

import json
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from app.resource_files import resource_path
from app.ui.controls.painting import color, px
from app.ui.theme import current_theme
from app.ui.tokens import FIELD_LIMIT, sign_color, sign_image


@lru_cache
def recorded(name: str) -> dict:
    """What `tests/screenshots/record_examples.py` has measured for the example `name`."""
    return json.loads(resource_path("welcome", f"{name}.json").read_text(encoding="utf-8"))


def paint_moons(painter: QPainter, rect: QRectF) -> None:
    """The decision field of the trained network with its data; orange squares are class 0, blue
    circles class 1.
    """
    known = recorded("moons")
    field = (2 * np.array(known["probability"]) - 1) * FIELD_LIMIT
    pixels = np.ascontiguousarray(sign_image(field)[::-1])
    height, width = field.shape
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(rect, image)
    left, right, bottom, top = known["bounds"]
    for x, y, label in known["points"]:
        place = QPointF(
            rect.left() + (x - left) / (right - left) * rect.width(),
            rect.bottom() - (y - bottom) / (top - bottom) * rect.height(),
        )
        painter.setPen(QPen(Qt.GlobalColor.white, 1))
        painter.setBrush(_rgb(sign_color(1.0 if label else -1.0)))
        half = px(6) / 2
        box = QRectF(place.x() - half, place.y() - half, 2 * half, 2 * half)
        if label:
            painter.drawEllipse(box)
        else:
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))


def paint_digits(painter: QPainter, rect: QRectF) -> None:
    """Ten digits of the data set, dark on white."""
    gap = px(10)
    side = min(px(44), (rect.width() - 2 * px(12) - 4 * gap) / 5)
    left = rect.center().x() - (5 * side + 4 * gap) / 2
    top = rect.center().y() - (2 * side + gap) / 2
    for index, picture in enumerate(recorded("digits")["pictures"]):
        pixels = np.ascontiguousarray(255 - np.array(picture) * 12.5).astype(np.uint8)
        image = QImage(pixels.data, 8, 8, 8, QImage.Format.Format_Grayscale8)
        x = left + index % 5 * (side + gap)
        y = top + index // 5 * (side + gap)
        painter.fillRect(QRectF(x - 1, y - 1, side + 2, side + 2), color("border"))
        painter.drawImage(QRectF(x, y, side, side), image)


def paint_gradients(painter: QPainter, rect: QRectF) -> None:
    """Bars: the gradient norm of each layer of the deep sigmoid network after its first epoch,
    log scale.
    """
    norms = recorded("deep_sigmoid")["gradient_norms"]
    painter.setFont(current_theme().font("caption"))
    painter.setPen(color("muted"))
    painter.drawText(rect.adjusted(px(32), px(12), 0, 0), "gradient norm by layer, log scale")
    base = rect.bottom() - px(32)
    room = base - rect.top() - px(34)
    logs = np.log10(np.array(norms))
    low, high = logs.min() - 0.35, logs.max()
    left, step = rect.left() + px(32), (rect.width() - 2 * px(32)) / len(norms)
    painter.fillRect(QRectF(left, base, len(norms) * step, 1), color("control_border"))
    for index, value in enumerate(logs):
        height = max(room * (value - low) / (high - low), 2.0)
        bar = QRectF(left + (index + 0.5) * step - px(10), base - height, px(20), height)
        path = QPainterPath()
        path.addRoundedRect(bar, px(2), px(2))
        painter.fillPath(path, color("error" if index == 0 else "muted"))
        label = "out" if index == len(norms) - 1 else str(index + 1)
        painter.setPen(color("muted"))
        painter.drawText(
            QRectF(bar.center().x() - px(20), base + px(4), px(40), px(16)),
            Qt.AlignmentFlag.AlignCenter,
            label,
        )


def _rgb(channels: tuple[int, int, int]) -> QColor:

    return QColor(*channels)


PAINTERS = {"moons": paint_moons, "digits": paint_digits, "deep_sigmoid": paint_gradients}
