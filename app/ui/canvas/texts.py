"""Fonts and measured texts of the drawing at 100%."""

from functools import lru_cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

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
