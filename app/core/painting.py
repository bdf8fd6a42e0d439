"""Painting points in the plane: pure edits of a `PaintedSource`, each one step of undo."""

import itertools
import math
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.data_settings import (
    MOST_PAINTED,
    MOST_PAINTED_CLASSES,
    DataSettings,
    PaintedSource,
)
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import part_counts
from app.core.explained_error import ExplainedError
from app.core.short_names import quoted

FEWEST_POINTS = 4
REACH = 3.0
"""An empty sheet goes from -REACH to REACH on both axes."""
LONGEST_NAME = 64
FARTHEST = 1e6
"""A point lies at most so far from the middle, in x and in y."""
_FIGURES = 6
"""Of a coordinate: what a hand can paint, and a short file."""

Place = tuple[float, float]
"""(x, y), in the units painted."""


class PaintingError(ExplainedError):
    """Something cannot be painted, or what is painted cannot be learned from."""


def room_left(source: PaintedSource) -> int:
    """How many more points can be painted."""
    return MOST_PAINTED - len(source.x)


def why_no_room(source: PaintedSource) -> PaintingError | None:
    """Why nothing can be added, or None."""
    if room_left(source) > 0:
        return None
    return PaintingError(
        f"{MOST_PAINTED:,} points are painted, and there is no room for more.",
        f"A painted set has at most {MOST_PAINTED:,} points.",
        "Erase some, or paint with a thinner brush.",
    )


def why_not_ready(source: PaintedSource) -> PaintingError | None:
    """Why nothing can be learned from what is painted, or None."""
    used = len(set(source.classes))
    if used >= 2 and len(source.x) >= FEWEST_POINTS:
        return None
    if not source.x:
        happened = "Nothing is painted yet."
    elif used == 1:
        name = source.class_names[source.classes[0]]
        points = "The only point" if len(source.x) == 1 else f"All {len(source.x):,} points"
        happened = f"{points} painted {'is' if len(source.x) == 1 else 'are'} of {quoted(name)}."
    else:
        happened = f"Only {len(source.x)} points are painted."
    return PaintingError(
        happened,
        f"At least {FEWEST_POINTS} points of at least 2 classes are needed.",
        "Paint some points of another class." if used == 1 else "Paint points of two classes.",
    )


@dataclass(frozen=True)
class Brush:
    """What a stroke is painted with.

    Attributes:
        radius: of a dab, in the units painted.
        points: how many points a dab has; dabs follow each other at half a radius.
    """

    radius: float = 0.3
    points: int = 4


def reach_of(source: PaintedSource) -> float:
    """The sheet goes from -reach to reach on both axes; all points lie on it."""
    farthest = max((abs(v) for v in (*source.x, *source.y)), default=0.0)
    return float(max(REACH, math.ceil(farthest)))


def dabs(path: Sequence[Place], spacing: float) -> list[Place]:
    """Places along `path`, its first point and then one each `spacing`. A longer path begins with
    the same places.
    """
    if not path:
        return []
    found = [path[0]]
    left = spacing
    for (x0, y0), (x1, y1) in itertools.pairwise(path):
        length = math.hypot(x1 - x0, y1 - y0)
        walked = 0.0
        while length - walked >= left:
            walked += left
            share = walked / length
            found.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
            left = spacing
        left -= length - walked
    return found


def stroke(path: Sequence[Place], brush: Brush, seed: int, reach: float = REACH) -> list[Place]:
    """The points of a stroke: uniform in the disc of each dab, inside the sheet. A longer path
    begins with the same points.
    """
    points = []
    for number, (x, y) in enumerate(dabs(path, brush.radius / 2)):
        draw = random.Random(seed * 1_000_003 + number)
        for _ in range(brush.points):
            far, angle = brush.radius * math.sqrt(draw.random()), math.tau * draw.random()
            place = (x + far * math.cos(angle), y + far * math.sin(angle))
            points.append(tuple(_short(min(reach, max(-reach, v))) for v in place))
    return [(x, y) for x, y in points]


def with_points(source: PaintedSource, points: Iterable[Place], number: int) -> PaintedSource:
    """`source` with points of class `number` more, as many as there is room for.

    Raises:
        PaintingError: the sheet is full.
    """
    full = why_no_room(source)
    if full is not None:
        raise full
    added = list(itertools.islice(points, room_left(source)))
    return _changed(
        source,
        x=(*source.x, *(x for x, _ in added)),
        y=(*source.y, *(y for _, y in added)),
        classes=(*source.classes, *(number for _ in added)),
    )


def erase(source: PaintedSource, path: Sequence[Place], radius: float) -> PaintedSource:
    """`source` without the points within `radius` of the line through `path`."""
    near = _lines_by_cell(path, radius)
    kept = [
        index
        for index, place in enumerate(zip(source.x, source.y, strict=True))
        if all(
            _distance(place, start, end) > radius
            for start, end in near.get(_cell(place, radius), ())
        )
    ]
    return _only(source, kept)


def clear(source: PaintedSource, number: int | None = None) -> PaintedSource:
    """`source` without points, or without those of one class; the classes stay."""
    kept = [i for i, c in enumerate(source.classes) if number is not None and c != number]
    return _only(source, kept)


def add_class(source: PaintedSource, name: str | None = None) -> PaintedSource:
    """`source` with one more class. Without a name it is called after its number.

    Raises:
        PaintingError: there are as many as can be, or the name is taken or none.
    """
    if len(source.class_names) >= MOST_PAINTED_CLASSES:
        raise PaintingError(
            f"There are {len(source.class_names)} classes.",
            f"A painted set has at most {MOST_PAINTED_CLASSES}.",
            "Paint with one of these, or remove one.",
        )
    if name is None:
        free = (f"class {number}" for number in range(len(source.class_names) + 1))
        numbered = [f"class {len(source.class_names)}", *free]
        name = next(each for each in numbered if each not in source.class_names)
    _require_name(source.class_names, name)
    return _changed(source, class_names=(*source.class_names, name))


def rename_class(source: PaintedSource, number: int, name: str) -> PaintedSource:
    """`source` with another name of class `number`. Raises PaintingError as `add_class`."""
    others = [n for i, n in enumerate(source.class_names) if i != number]
    _require_name(others, name)
    names = (name if i == number else n for i, n in enumerate(source.class_names))
    return _changed(source, class_names=tuple(names))


def remove_class(source: PaintedSource, number: int) -> PaintedSource:
    """`source` without class `number` and its points.

    Raises:
        PaintingError: it is one of two.
    """
    if len(source.class_names) <= 2:
        raise PaintingError(
            "A painted set has at least 2 classes.",
            f"They are {quoted(source.class_names[0])} and {quoted(source.class_names[1])}.",
            "Add another class first, or rename this one.",
        )
    left = clear(source, number)
    return _changed(
        left,
        classes=tuple(c - (c > number) for c in left.classes),
        class_names=tuple(n for i, n in enumerate(source.class_names) if i != number),
    )


def from_points(
    places: Iterable[Place], classes: Iterable[int], class_names: Sequence[str]
) -> PaintedSource:
    """A painted set that begins with points from elsewhere; of too many the first are taken, of
    long names the beginning.

    Raises:
        PaintingError: there are too many classes, or a point lies too far out.
    """
    points = list(zip(places, classes, strict=True))[:MOST_PAINTED]
    if not 2 <= len(class_names) <= MOST_PAINTED_CLASSES:
        raise PaintingError(
            f"There are {len(class_names)} classes.",
            f"A painted set has 2 to {MOST_PAINTED_CLASSES}.",
            "Begin with other data, or with an empty sheet.",
        )
    if any(not max(abs(x), abs(y)) <= FARTHEST for (x, y), _ in points):
        raise PaintingError(
            f"A point lies more than {FARTHEST:,.0f} from the middle.",
            "What is painted lies nearer.",
            "Begin with other data, or with an empty sheet.",
        )
    short = [name[:LONGEST_NAME] or "class" for name in class_names]
    names = [
        name if name not in short[:index] else f"{name[: LONGEST_NAME - 3]} {index}"
        for index, name in enumerate(short)
    ]
    return PaintedSource(
        x=tuple(_short(x) for (x, _), _ in points),
        y=tuple(_short(y) for (_, y), _ in points),
        classes=tuple(int(number) for _, number in points),
        class_names=tuple(names),
    )


def _require_name(taken: Iterable[str], name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise PaintingError(
            f"{quoted(name, 80)} cannot be the name of a class.",
            f"A name has 1 to {LONGEST_NAME} characters.",
            "Choose another name.",
        )
    if name in taken:
        raise PaintingError(
            f"There is a class {quoted(name)} already.",
            "Each class has a name of its own.",
            "Choose another name.",
        )


def _cell(point: Place, size: float) -> tuple[int, int]:
    return math.floor(point[0] / size), math.floor(point[1] / size)


def _lines_by_cell(
    path: Sequence[Place], size: float
) -> dict[tuple[int, int], set[tuple[Place, Place]]]:
    """The pieces of line that come within `size` of each cell of that size, and some more."""
    lines = list(itertools.pairwise(path)) or [(p, p) for p in path]
    near: dict[tuple[int, int], set[tuple[Place, Place]]] = {}
    for line in lines:
        for place in (*dabs(line, size), line[1]):
            column, row = _cell(place, size)
            for across in range(column - 2, column + 3):
                for up in range(row - 2, row + 3):
                    near.setdefault((across, up), set()).add(line)
    return near


def _distance(place: Place, start: Place, end: Place) -> float:
    """From a place to a piece of line."""
    along = (end[0] - start[0], end[1] - start[1])
    square = along[0] ** 2 + along[1] ** 2
    share = 0.0
    if square > 0:
        share = (place[0] - start[0]) * along[0] + (place[1] - start[1]) * along[1]
        share = min(1.0, max(0.0, share / square))
    return math.dist(place, (start[0] + share * along[0], start[1] + share * along[1]))


def _short(value: float) -> float:
    return float(f"{value:.{_FIGURES}g}")


def _only(source: PaintedSource, kept: Sequence[int]) -> PaintedSource:
    if len(kept) == len(source.x):
        return source
    return _changed(
        source,
        x=tuple(source.x[i] for i in kept),
        y=tuple(source.y[i] for i in kept),
        classes=tuple(source.classes[i] for i in kept),
    )


def _changed(source: PaintedSource, **changes: object) -> PaintedSource:
    return PaintedSource.model_validate({**dict(source), **changes})


def used_names(source: PaintedSource) -> tuple[str, ...]:
    """Names of the classes that have points; of all while it is not enough to learn from."""
    if why_not_ready(source) is not None:
        return source.class_names
    used = set(source.classes)
    return tuple(name for number, name in enumerate(source.class_names) if number in used)


def painted_summary(settings: DataSettings) -> DataSummary:
    """What is known of painted points before they are shared out; of an unready sheet, what will be
    true once all its classes are painted.

    Raises ValueError for another source.
    """
    source, split = settings.source, settings.split
    if not isinstance(source, PaintedSource):
        raise ValueError("expected painted points")
    names = used_names(source)
    return DataSummary(
        title="painted points",
        task="binary" if len(names) == 2 else "multiclass",
        input_shape=(2,),
        target_names=("class",),
        class_names=names,
        counts=part_counts(len(source.x), split),
        feature_names=("x", "y"),
    )
