"""Painting points in the plane: what a brush stroke, the eraser and the classes do to a
`PaintedSource`. Pure; the same stroke gives the same points.
"""

import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.core.data_settings import MOST_PAINTED, MOST_PAINTED_CLASSES, PaintedSource

REACH = 3.0
"""The sheet goes from -REACH to REACH on both axes."""
DIGITS = 4
"""Points lie on a grid of so many decimals: finer than any screen, short in the file."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Brush:
    """What a stroke is painted with.

    Attributes:
        radius: of a dab, in units of the axes.
        points: how many points a dab has; dabs follow each other at half a radius.
    """

    radius: float = 0.3
    points: int = 4


def dabs(path: Sequence[Point], spacing: float) -> list[Point]:
    """Places along `path`, its first point and then one each `spacing`. A longer path begins with
    the same places.
    """
    if not path:
        return []
    found = [path[0]]
    left = spacing
    for (x0, y0), (x1, y1) in pairwise(path):
        length = math.hypot(x1 - x0, y1 - y0)
        walked = 0.0
        while length - walked >= left:
            walked += left
            share = walked / length
            found.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
            left = spacing
        left -= length - walked
    return found


def stroke(path: Sequence[Point], brush: Brush, seed: int) -> list[Point]:
    """The points of a stroke: uniform in the disc of each dab, inside the sheet. A longer path
    begins with the same points.
    """
    points = []
    for number, (x, y) in enumerate(dabs(path, brush.radius / 2)):
        draw = random.Random(seed * 1_000_003 + number)
        for _ in range(brush.points):
            distance = brush.radius * math.sqrt(draw.random())
            angle = 2 * math.pi * draw.random()
            points.append(
                (_inside(x + distance * math.cos(angle)), _inside(y + distance * math.sin(angle)))
            )
    return points


def _inside(value: float) -> float:
    return round(min(REACH, max(-REACH, value)), DIGITS)


def room_left(source: PaintedSource) -> int:
    """How many points more can be painted."""
    return MOST_PAINTED - len(source.x)


def with_points(source: PaintedSource, points: Iterable[Point], number: int) -> PaintedSource:
    """`source` with points of class `number` more, as many as there is room for.

    Raises ValueError when there is no such class.
    """
    if not 0 <= number < len(source.class_names):
        raise ValueError(f"there is no class {number}")
    added = list(points)[: room_left(source)]
    return source.model_copy(
        update={
            "x": (*source.x, *(x for x, _ in added)),
            "y": (*source.y, *(y for _, y in added)),
            "classes": (*source.classes, *(number for _ in added)),
        }
    )


def erased(source: PaintedSource, path: Sequence[Point], radius: float) -> PaintedSource:
    """`source` without the points within `radius` of the line through `path`."""
    near = _lines_by_cell(path, radius)
    kept = [
        index
        for index, point in enumerate(zip(source.x, source.y, strict=True))
        if all(
            _distance(point, start, end) > radius
            for start, end in near.get(_cell(point, radius), ())
        )
    ]
    return _only(source, kept)


def _cell(point: Point, size: float) -> tuple[int, int]:
    return math.floor(point[0] / size), math.floor(point[1] / size)


def _lines_by_cell(
    path: Sequence[Point], size: float
) -> dict[tuple[int, int], set[tuple[Point, Point]]]:
    """The pieces of line that come within `size` of each cell of that size, and some more."""
    lines = list(pairwise(path)) or [(p, p) for p in path]
    near: dict[tuple[int, int], set[tuple[Point, Point]]] = {}
    for line in lines:
        for place in (*dabs(line, size), line[1]):
            column, row = _cell(place, size)
            for across in range(column - 2, column + 3):
                for up in range(row - 2, row + 3):
                    near.setdefault((across, up), set()).add(line)
    return near


def _distance(point: Point, start: Point, end: Point) -> float:
    """Of a point from a piece of line."""
    along = (end[0] - start[0], end[1] - start[1])
    length = along[0] ** 2 + along[1] ** 2
    share = 0.0
    if length > 0:
        share = (point[0] - start[0]) * along[0] + (point[1] - start[1]) * along[1]
        share = min(1.0, max(0.0, share / length))
    return math.hypot(
        point[0] - start[0] - share * along[0], point[1] - start[1] - share * along[1]
    )


def cleared(source: PaintedSource) -> PaintedSource:
    """The same classes and no point."""
    return _only(source, ())


def with_class(source: PaintedSource) -> PaintedSource:
    """`source` with one class more.

    Raises ValueError when there are as many as can be.
    """
    count = len(source.class_names)
    if count >= MOST_PAINTED_CLASSES:
        raise ValueError(f"at most {MOST_PAINTED_CLASSES} classes can be painted")
    number = count
    while f"class {number}" in source.class_names:
        number += 1
    return source.model_copy(update={"class_names": (*source.class_names, f"class {number}")})


def without_class(source: PaintedSource, number: int) -> PaintedSource:
    """`source` without class `number` and its points; two classes stay at least.

    Raises ValueError when there are but two, or there is no such class.
    """
    names = source.class_names
    if len(names) <= 2 or not 0 <= number < len(names):
        raise ValueError("at least two classes are needed")
    kept = _only(source, [i for i, c in enumerate(source.classes) if c != number])
    return kept.model_copy(
        update={
            "classes": tuple(c - (c > number) for c in kept.classes),
            "class_names": tuple(n for i, n in enumerate(names) if i != number),
        }
    )


def renamed(source: PaintedSource, number: int, name: str) -> PaintedSource:
    """`source` whose class `number` is called `name`, without blanks around it.

    Raises pydantic.ValidationError for a name that is empty, too long or taken.
    """
    names = tuple(name.strip() if i == number else n for i, n in enumerate(source.class_names))
    fields = {field: getattr(source, field) for field in PaintedSource.model_fields}
    return PaintedSource.model_validate({**fields, "class_names": names})


def _only(source: PaintedSource, kept: Sequence[int]) -> PaintedSource:
    return source.model_copy(
        update={
            "x": tuple(source.x[i] for i in kept),
            "y": tuple(source.y[i] for i in kept),
            "classes": tuple(source.classes[i] for i in kept),
        }
    )
