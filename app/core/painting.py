"""Painting points in the plane: pure edits of a `PaintedSource`, each one step of undo."""

import itertools
import math
import random
from collections.abc import Iterable, Sequence

from app.core.data_settings import MOST_PAINTED, MOST_PAINTED_CLASSES, PaintedSource
from app.core.explained_error import ExplainedError

FEWEST_POINTS = 4
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
        happened = f"{points} painted {'is' if len(source.x) == 1 else 'are'} of {name!r:.60}."
    else:
        happened = f"Only {len(source.x)} points are painted."
    return PaintingError(
        happened,
        f"At least {FEWEST_POINTS} points of at least 2 classes are needed.",
        "Paint some points of another class." if used == 1 else "Paint points of two classes.",
    )


def stroke(
    source: PaintedSource,
    path: Sequence[Place],
    number: int,
    radius: float,
    density: float,
    seed: int,
) -> PaintedSource:
    """`source` with the points that a brush leaves on its way.

    Each point lies in the disc of the brush around a random place of the way; equal arguments give
    equal points. What has no room, or would lie too far out, is not added.

    Args:
        path: the places that the brush touched; one for a dab.
        number: of the class.
        radius: of the brush, in the units painted.
        density: points in an area of the brush's disc; a way of length l sweeps
            1 + 2 l / (pi r) such areas. At least one point is added.
        seed: of the random places.
    """
    if not path or radius < 0 or not 0 <= number < len(source.class_names):
        return source
    ends = [0.0]
    for before, after in itertools.pairwise(path):
        ends.append(ends[-1] + math.dist(before, after))
    swept = 1 + (2 * ends[-1] / (math.pi * radius) if radius > 0 else 0.0)
    count = min(room_left(source), max(1, round(min(density * swept, MOST_PAINTED))))
    chance = random.Random(seed)
    added = []
    for _ in range(count):
        x, y = _along(path, ends, chance.random() * ends[-1])
        far, angle = radius * math.sqrt(chance.random()), chance.random() * math.tau
        place = _short(x + far * math.cos(angle)), _short(y + far * math.sin(angle))
        if max(map(abs, place)) <= FARTHEST:
            added.append(place)
    return _changed(
        source,
        x=(*source.x, *(x for x, _ in added)),
        y=(*source.y, *(y for _, y in added)),
        classes=(*source.classes, *(number for _ in added)),
    )


def erase(source: PaintedSource, path: Sequence[Place], radius: float) -> PaintedSource:
    """`source` without the points that lie within `radius` of the way of the eraser."""
    kept = [
        index
        for index, place in enumerate(zip(source.x, source.y, strict=True))
        if _distance(place, path) > radius
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
            f"They are {source.class_names[0]!r:.60} and {source.class_names[1]!r:.60}.",
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
            f"{name!r:.80} cannot be the name of a class.",
            f"A name has 1 to {LONGEST_NAME} characters.",
            "Choose another name.",
        )
    if name in taken:
        raise PaintingError(
            f"There is a class {name!r:.60} already.",
            "Each class has a name of its own.",
            "Choose another name.",
        )


def _along(path: Sequence[Place], ends: Sequence[float], way: float) -> Place:
    """The place after `way` along the path; `ends[i]` is how far point i is."""
    for index in range(1, len(path)):
        if way <= ends[index] and ends[index] > ends[index - 1]:
            share = (way - ends[index - 1]) / (ends[index] - ends[index - 1])
            (ax, ay), (bx, by) = path[index - 1], path[index]
            return ax + share * (bx - ax), ay + share * (by - ay)
    return path[0]


def _distance(place: Place, path: Sequence[Place]) -> float:
    """From a place to the nearest of a path."""
    nearest = min((math.dist(place, point) for point in path), default=math.inf)
    for (ax, ay), (bx, by) in itertools.pairwise(path):
        dx, dy = bx - ax, by - ay
        square = dx * dx + dy * dy
        if square == 0:
            continue
        share = ((place[0] - ax) * dx + (place[1] - ay) * dy) / square
        if 0 < share < 1:
            nearest = min(nearest, math.dist(place, (ax + share * dx, ay + share * dy)))
    return nearest


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
