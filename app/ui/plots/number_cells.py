"""Fields of numbers painted in cells: the numbers themselves, a ring around one of them."""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from app.ui.controls.painting import px
from app.ui.pens import make_pen
from app.ui.plots.sign_picture import weight_text
from app.ui.theme import current_theme
from app.ui.tokens import sign_color


def limit_text(limit: float) -> str:
    """The end of a scale as it is written beside it."""
    return weight_text(limit) if limit < 1 else f"{limit:.4g}"


def cell_rect(rect: QRect, shape: tuple[int, ...], row: int, column: int) -> QRectF:
    """Where one number of a picture drawn in `rect` lies."""
    height, width = shape
    across, down = rect.width() / width, rect.height() / height
    return QRectF(rect.left() + column * across, rect.top() + row * down, across, down)


def paint_mark(painter: QPainter, cell: QRectF) -> None:
    """A ring around a number, seen on every colour."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    ring = cell.adjusted(-1.5, -1.5, 1.5, 1.5)
    painter.setPen(make_pen(QColor("#FFFFFF"), 4))
    painter.drawRect(ring)
    painter.setPen(make_pen(QColor("#1A1D23"), 2))
    painter.drawRect(ring)


def paint_numbers(
    painter: QPainter,
    rect: QRect,
    values: np.ndarray,
    limit: float,
    written: Callable[[float], str] | None = None,
) -> None:
    """The numbers themselves, `written` or short, where their cells are large enough to read
    them.
    """
    height, width = values.shape
    font = current_theme().font("filter_number")
    metrics = QFontMetricsF(font)
    if rect.height() / height < metrics.height() + 2 or rect.width() / width < px(24):
        return
    texts = [(written or short_text)(float(value)) for value in values.ravel()]
    if widest(texts) > rect.width() / width:
        return
    painter.setFont(font)
    for place, text in enumerate(texts):
        row, column = divmod(place, width)
        ground = sign_color(round(float(values[row, column]) / (limit or 1.0), 2))
        painter.setPen(ink_on(ground))
        painter.drawText(
            cell_rect(rect, values.shape, row, column), Qt.AlignmentFlag.AlignCenter, text
        )


def widest(texts: list[str]) -> float:
    """So much room in px a cell needs for the widest of these."""
    metrics = QFontMetricsF(current_theme().font("filter_number"))
    return max(map(metrics.horizontalAdvance, texts), default=0.0) + px(2)


def short_text(value: float) -> str:
    """A number in few figures, two decimals where it is small; a true minus sign."""
    text = f"{abs(value):.2f}" if abs(value) < 10 else f"{abs(value):.3g}"
    return f"−{text}" if value < 0 and text != "0.00" else text


def ink_on(ground: tuple[int, int, int]) -> QColor:
    """Black or white, whichever is read more easily on a colour."""
    linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in ground]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return QColor("#FFFFFF") if luminance < 0.18 else QColor("#1A1D23")
