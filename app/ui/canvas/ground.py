"""What stands on the ground of the canvas beside cards and links: dots, the total, the legend."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from app.ui.canvas.texts import drawing_font
from app.ui.plots.sign_picture import rgb_of
from app.ui.theme import current_theme

DOT_PITCH = 16
_MOST_DOTS = 40_000
_BLOCK = 16 * DOT_PITCH
_DOTS = [
    QRectF(x + 7, y + 7, 2, 2)
    for y in range(0, _BLOCK, DOT_PITCH)
    for x in range(0, _BLOCK, DOT_PITCH)
]
"""Dots are drawn in blocks: making so many rectangles anew for each frame takes longer than
painting them.
"""
_LEGEND = "gradient norm, log 1e-4 to 1"


def paint_dots(painter: QPainter, rect: QRectF) -> None:
    """The dots that cards put by hand snap to, in the part `rect` of the drawing."""
    theme = current_theme()
    ground, border = theme.color("canvas"), theme.color("border")
    dots = _between(ground, border, 0.375 if theme.tokens.is_dark else 0.655)
    first_x, first_y = (int(v // _BLOCK) for v in (rect.left(), rect.top()))
    last_x, last_y = (int(v // _BLOCK) for v in (rect.right(), rect.bottom()))
    if (last_x - first_x) * (last_y - first_y) * len(_DOTS) > _MOST_DOTS:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(dots)
    painter.translate(first_x * _BLOCK, first_y * _BLOCK)
    for _ in range(first_y, last_y + 1):
        for _ in range(first_x, last_x + 1):
            painter.drawRects(_DOTS)
            painter.translate(_BLOCK, 0)
        painter.translate((first_x - last_x - 1) * _BLOCK, _BLOCK)
    painter.restore()


def paint_empty(painter: QPainter, view: QRectF) -> None:
    """What to do with a network that has no layers, in the middle of `view`."""
    painter.setFont(drawing_font("body"))
    painter.setPen(current_theme().color("muted"))
    painter.drawText(
        view,
        Qt.AlignmentFlag.AlignCenter,
        "The network is empty. Press Add layer, or double-click here.",
    )


def paint_total(painter: QPainter, right: QPointF, text: str) -> None:
    """`text`, ending at `right`."""
    font = drawing_font("caption")
    painter.setFont(font)
    painter.setPen(current_theme().color("muted"))
    painter.drawText(right - QPointF(QFontMetricsF(font).horizontalAdvance(text), 0), text)


def paint_legend(painter: QPainter, corner: QPointF) -> None:
    """What the bars of the health strips mean, below the place of a card at `corner`."""
    theme = current_theme()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("good"))
    painter.drawRoundedRect(QRectF(corner.x() + 12, corner.y() + 99, 16, 4), 2, 2)
    painter.setFont(drawing_font("caption"))
    painter.setPen(theme.color("muted"))
    painter.drawText(corner + QPointF(36, 105), _LEGEND)


def _between(a: QColor, b: QColor, share: float) -> QColor:
    """The colour `share` of the way from `a` to `b`."""
    parts = zip(rgb_of(a), rgb_of(b), strict=True)
    return QColor(*(round(p + share * (q - p)) for p, q in parts))
