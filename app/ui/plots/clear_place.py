"""A place for words beside lines, so that no line goes through them."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

Floats = NDArray[np.float64]
Line = tuple[Floats, Floats]
"""Places across, which do not fall, and up, in px."""


def line_of(points: Sequence[QPointF]) -> Line:
    """A line through `points`, which go from left to right."""
    return np.array([p.x() for p in points]), np.array([p.y() for p in points])


def crossings(box: QRectF, line: Line) -> int:
    """How many pieces of `line` go through `box`."""
    x, y = line
    if len(x) == 1:
        return int(box.contains(QPointF(x[0], y[0])))
    x0, x1, y0, y1 = x[:-1], x[1:], y[:-1], y[1:]
    near = (x1 >= box.left()) & (x0 <= box.right())
    x0, x1, y0, y1 = x0[near], x1[near], y0[near], y1[near]
    upright = x1 == x0
    rise = (y1 - y0) / np.where(upright, 1.0, x1 - x0)
    enters = np.where(upright, y0, y0 + rise * (np.maximum(x0, box.left()) - x0))
    leaves = np.where(upright, y1, y0 + rise * (np.minimum(x1, box.right()) - x0))
    above = np.maximum(enters, leaves) < box.top()
    below = np.minimum(enters, leaves) > box.bottom()
    return int(np.count_nonzero(~above & ~below))


def clearest(
    boxes: Iterable[QRectF], lines: Sequence[Line], taken: Sequence[QRectF] = ()
) -> QRectF | None:
    """The first of `boxes` that no line crosses, else the one with the fewest crossings; none that
    is on one of `taken`.
    """
    best, fewest = None, -1
    for box in boxes:
        if any(box.intersects(other) for other in taken):
            continue
        count = sum(crossings(box, line) for line in lines)
        if count == 0:
            return box
        if best is None or count < fewest:
            best, fewest = box, count
    return best
