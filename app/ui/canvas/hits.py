"""What of a link is near a point: pure geometry over its course."""

from itertools import pairwise
from typing import Literal

from PySide6.QtCore import QPointF

from app.ui.canvas.geometry import LinkCourse, Point

_GRIP = 24
"""How far from a port the end of a link is taken hold of."""


def distance_to_course(course: LinkCourse, point: QPointF) -> float:
    """From `point` to the nearest point of the line, in px of the drawing."""
    return min(_to_piece(a, b, point.x(), point.y()) for a, b in pairwise(course.corners))


def _to_piece(a: Point, b: Point, x: float, y: float) -> float:
    """Pieces are horizontal or vertical."""
    across = max(min(a[0], b[0]) - x, 0, x - max(a[0], b[0]))
    down = max(min(a[1], b[1]) - y, 0, y - max(a[1], b[1]))
    return float((across**2 + down**2) ** 0.5)


def end_of_course(course: LinkCourse, point: QPointF) -> Literal["source", "target"] | None:
    """Which end of a link `point` takes hold of; None in its middle."""
    first, last = course.corners[0], course.corners[-1]
    to_first = abs(point.x() - first[0]) + abs(point.y() - first[1])
    to_last = abs(point.x() - last[0]) + abs(point.y() - last[1])
    if min(to_first, to_last) > _GRIP:
        return None
    return "target" if to_last <= to_first else "source"
