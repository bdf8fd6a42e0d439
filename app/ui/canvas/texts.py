"""Fonts and measured texts of the drawing at 100%, and icons of the drawing seen from afar."""

from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from app.ui.icons import icon_image
from app.ui.theme import FONT_ROLES, current_theme

ENDLESS = 100_000.0
"""Room for any text."""
_ELIDE_RIGHT = Qt.TextElideMode.ElideRight

_FONTS: dict[tuple[str, int], tuple[QFont, QFont]] = {}


def drawing_font(role: str, size: int = 0) -> QFont:
    """The font of `role` at 100%, or with `size` px: the view's transform does the scaling. The
    same object each time; not to be changed.
    """
    ours = current_theme().font(role)
    known = _FONTS.get((role, size))
    if known is None or known[0] != ours:
        drawn = QFont(ours)
        drawn.setPixelSize(size or FONT_ROLES[role].size)
        known = _FONTS[role, size] = (ours, drawn)
        fitted.cache_clear()
    return known[1]


@lru_cache(maxsize=4096)
def fitted(
    text: str, role: str, room: float, size: int = 0, mode: Qt.TextElideMode = _ELIDE_RIGHT
) -> tuple[str, float]:
    """(`text` cut to `room`, its width) in the font of `role`."""
    metrics = QFontMetricsF(drawing_font(role, size))
    cut = metrics.elidedText(text, mode, room)
    return cut, metrics.horizontalAdvance(cut)


def paint_far_icon(
    painter: QPainter, name: str, x: float, y: float, color: QColor, size: int
) -> None:
    """An icon with its upper left corner at (x, y) and `size` px of the drawing, drawn for the
    few pixels that it takes on the screen.
    """
    scale = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
    ratio = painter.device().devicePixelRatioF()
    image = icon_image(name, color.name(), max(6, round(size * scale)), ratio)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QRectF(x, y, size, size), image)
