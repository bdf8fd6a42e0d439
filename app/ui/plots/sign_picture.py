"""Fields of numbers as pictures in the colours of sign, and the scale that goes with them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPainter

from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.theme import current_theme
from app.ui.tokens import sign_image


def rgb_picture(rgb: np.ndarray) -> QImage:
    """(height, width, 3) uint8 as an image that owns its pixels; the first row is the upper one."""
    pixels = np.ascontiguousarray(rgb, dtype=np.uint8)
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.copy()


def rgb_of(ink: QColor) -> tuple[int, int, int]:
    """Red, green and blue from 0 to 255."""
    return ink.red(), ink.green(), ink.blue()


def sign_picture(values: ArrayLike, limit: float = 1.0) -> QImage:
    """(height, width) numbers as an image, one pixel each; the ends of the scale are -limit and
    limit.
    """
    return rgb_picture(sign_image(np.asarray(values, dtype=float) / (limit or 1.0)))


def weight_text(value: float, *, sign: bool = False) -> str:
    """A weight with two decimals, or two figures where it is small; a true minus sign."""
    size = abs(value)
    text = f"{size:.2f}" if size >= 0.095 or size == 0 else f"{size:.2g}"
    if value < 0:
        return f"−{text}"
    return f"+{text}" if sign and value > 0 else text


def paint_scale(
    painter: QPainter,
    rect: QRectF,
    labels: Sequence[tuple[float, str]],
    reach: float = 1.0,
    low: float | None = None,
) -> None:
    """An upright bar in the colours of sign from -reach (below) to reach (above), labels at its
    right.

    Args:
        labels: place from -1 (lower end) to 1 (upper end), and text.
        reach: how much of the colour scale the bar covers.
        low: where on the colour scale its lower end is, unless at -reach.
    """
    low = -reach if low is None else low
    gradient = QLinearGradient(rect.bottomLeft(), rect.topLeft())
    # Stops of its own: the colours between are linear in the values, as in the pictures.
    for share in np.linspace(0, 1, 33):
        red, green, blue = (int(v) for v in sign_image(low + share * (reach - low)))
        gradient.setColorAt(float(share), f"#{red:02x}{green:02x}{blue:02x}")
    painter.fillRect(rect, gradient)
    painter.setPen(make_pen(color("border"), 1))
    painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
    font = current_theme().font("caption")
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    painter.setPen(color("muted"))
    for place, text in labels:
        y = rect.bottom() - (place + 1) / 2 * rect.height()
        y = min(rect.bottom() - px(3), max(rect.top() + px(5), y))
        painter.drawText(QPointF(rect.right() + px(6), y + metrics.capHeight() / 2), text)
