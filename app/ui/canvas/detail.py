"""How much of the drawing is painted at a zoom: one answer for all that is seen at once."""

from enum import IntEnum

from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene

SMALLEST_TEXT = 8
"""Pixels of the screen below which a text is not drawn."""
_CAPTION = 11
READABLE = SMALLEST_TEXT / _CAPTION
"""Below this scale all texts would be too small: cards show kind and shape alone, larger."""
FAR = 0.45
"""Below this scale a card shows its icon and title only."""
FARTHEST = 0.2
"""Below this scale it shows its icon only."""
_TITLE, _SHAPE = 12, 9
_LARGEST = 26


class Detail(IntEnum):
    """From the least to all."""

    ICON = 0
    TITLE = 1
    LARGE = 2
    ALL = 3


def detail_at(scale: float) -> Detail:
    """What is painted at `scale`: pixels of the screen by px of the drawing."""
    return Detail(sum(scale >= least - 1e-6 for least in (FARTHEST, FAR, READABLE)))


def title_size(scale: float) -> int:
    """The size of a title below `READABLE`, in px of the drawing."""
    return min(_LARGEST, round(_TITLE / scale))


def shape_size(scale: float) -> int:
    """The size of a shape below `READABLE`, in px of the drawing."""
    return round(_SHAPE / scale)


class DetailScene(QGraphicsScene):
    """Tells its items the scale of the view, so that all of them decide alike."""

    scale = 1.0


def scale_of(item: QGraphicsItem) -> float:
    """The scale at which the view shows an item."""
    scene = item.scene()
    return scene.scale if isinstance(scene, DetailScene) else 1.0
