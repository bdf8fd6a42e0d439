"""What all controls share when they paint themselves."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.ui.theme import current_theme


def box_painter(widget: QWidget) -> QPainter:
    """A painter on `widget` with smooth edges."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return painter


def paint_box(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    *,
    fill: QColor | str | None = None,
    line: QColor | str | None = None,
    width: float = 1.0,
    dashed: bool = False,
) -> None:
    """A rounded box that fills `rect`, its line inside; `radius` is that of the outer edge."""
    inset = width / 2 if line is not None else 0.0
    if line is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        pen = QPen(QColor(line), width)
        if dashed:
            pen.setDashPattern([4 / width, 3 / width])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush if fill is None else QColor(fill))
    inner = rect.adjusted(inset, inset, -inset, -inset)
    painter.drawRoundedRect(inner, max(0.0, radius - inset), max(0.0, radius - inset))


def px(length: float) -> int:
    """A length of the drawing (100% text size) in px now."""
    return current_theme().px(length)


def color(token: str) -> QColor:
    """The colour of a token of the theme in force."""
    return current_theme().color(token)
