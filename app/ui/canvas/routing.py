"""Ways of links between cards that stand anywhere: right angles, around cards. Pure geometry."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.ui.canvas.geometry import (
    CARD_HEIGHT,
    CARD_HEIGHT_WITH_STRIP,
    CARD_WIDTH,
    GAP_ACROSS,
    GAP_DOWN,
    MARGIN_LEFT,
    MARGIN_TOP,
    PORT_Y,
    RETURN_REACH,
    Edge,
    LinkCourse,
    Point,
    input_port,
    without_repeats,
)

_CLEARANCE = 12
"""How far a link stays off a card above or below which it passes."""
_MOST_DETOURS = 32
_BEND_COST = 24
_HIT_COST = 100_000
_SHARED_COST = 400
"""Of a piece that lies on a line of another layer: it may cost a detour, but no card."""
_MOST_LINES = 120
"""Where more lines of others are near, a way more or less on one of them is not seen."""
_STEP = 6
"""Between lines that run side by side."""
_SHIFTS = (
    np.array(
        [
            (out, level, into)
            for level in (0, -1, 1, -2, 2)
            for out in (0, 1, 2)
            for into in (0, -1, -2)
        ]
    )
    * _STEP
)


def filled_places(
    names: Sequence[str],
    edges: Iterable[Edge],
    places: Mapping[str, Point],
    height: float = CARD_HEIGHT_WITH_STRIP,
) -> dict[str, Point]:
    """`places` of `names`, and for each name without one a free spot near what feeds it (else near
    what it feeds, else below everything), in the order of `names`.
    """
    feeders: dict[str, list[str]] = {}
    fed: dict[str, list[str]] = {}
    for source, target, _ in edges:
        feeders.setdefault(target, []).append(source)
        fed.setdefault(source, []).append(target)
    found = {name: places[name] for name in names if name in places}
    step = CARD_WIDTH + GAP_ACROSS
    for name in names:
        if name in found:
            continue
        before = [found[other] for other in feeders.get(name, ()) if other in found]
        behind = [found[other] for other in fed.get(name, ()) if other in found]
        if before:
            x, y = max(x for x, _ in before) + step, before[0][1]
        elif behind:
            x, y = min(x for x, _ in behind) - step, behind[0][1]
        elif found:
            x = min(x for x, _ in found.values())
            y = max(y for _, y in found.values()) + height + GAP_DOWN
        else:
            x, y = MARGIN_LEFT, MARGIN_TOP
        found[name] = _free_spot(x, y, found, height)
    return {name: found[name] for name in names}


def _free_spot(x: float, y: float, taken: Mapping[str, Point], height: float) -> Point:
    """The first place at or below (x, y) whose card meets none of those at `taken`."""
    near = sorted(
        top for left, top in taken.values() if abs(left - x) < CARD_WIDTH + GAP_ACROSS / 2
    )
    for top in near:
        if abs(top - y) < height + GAP_DOWN / 2:
            y = top + height + GAP_DOWN
    return x, y


class Router:
    """Finds ways between cards at `places`; asked link by link, so that a card that is being
    dragged costs the ways of its own links only. A way keeps off the lines of other layers that
    the same router found before.

    Args:
        ports: number of inputs of each card that has several.
        height: of a card.
    """

    def __init__(
        self,
        places: Mapping[str, Point],
        ports: Mapping[str, int],
        height: float = CARD_HEIGHT,
    ) -> None:
        self._places = places
        self._ports = ports
        self._height = height
        corners = np.array(list(places.values()), dtype=float).reshape(-1, 2)
        self._left, self._top = corners[:, 0] + 1, corners[:, 1] + 1
        self._right = corners[:, 0] + CARD_WIDTH - 1
        self._bottom = corners[:, 1] + height - 1
        self._lines = np.empty((64, 4))
        self._owners: list[str] = []

    def course(self, edge: Edge) -> LinkCourse:
        """The way of one link: that with the fewest cards on it (as a rule none), then the
        shortest one with few bends.
        """
        source, target, port = edge
        x, y = self._places[source]
        start = (x + CARD_WIDTH, y + PORT_Y)
        x, y = self._places[target]
        count = max(self._ports.get(target, 1), port + 1)
        across, down = input_port(port, count)
        end = (x + across, y + down)
        if start[1] == end[1] and self._is_clear(start, end):
            self._note(source, (start, end))
            return _course_of((start, end))
        low, high = min(start[0], end[0]) - GAP_ACROSS, max(start[0], end[0]) + GAP_ACROSS
        near = np.flatnonzero((self._right > low) & (self._left < high))
        ways = self._ways(start, end, port, near)
        best = ways[int(np.argmin(self._costs(ways, near)))]
        others = self._lines_of_others(source, best)
        if len(others) <= _MOST_LINES and _shared(best[None], others)[0]:
            variants = _variants(best)
            costs = self._costs(variants, near) + _SHARED_COST * _shared(variants, others)
            best = variants[int(np.argmin(costs))]
        corners = without_repeats([(float(x), float(y)) for x, y in best])
        self._note(source, corners)
        return _course_of(corners)

    def _is_clear(self, start: Point, end: Point) -> bool:
        """Whether a level line leads forward past no card."""
        if end[0] <= start[0]:
            return False
        met = (self._left < end[0]) & (self._right > start[0])
        return not (met & (self._top < start[1]) & (self._bottom > start[1])).any()

    def _note(self, source: str, corners: Sequence[Point]) -> None:
        for (x0, y0), (x1, y1) in pairwise(corners):
            if len(self._owners) == len(self._lines):
                self._lines = np.concatenate([self._lines, np.empty_like(self._lines)])
            self._lines[len(self._owners)] = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
            self._owners.append(source)

    def _lines_of_others(self, source: str, way: NDArray[np.float64]) -> NDArray[np.float64]:
        """(left, top, right, bottom) of lines of other layers near a way."""
        low, high = way.min(axis=0) - 4 * _STEP, way.max(axis=0) + 4 * _STEP
        lines = self._lines[: len(self._owners)]
        near = np.flatnonzero(
            (lines[:, 2] >= low[0])
            & (lines[:, 0] <= high[0])
            & (lines[:, 3] >= low[1])
            & (lines[:, 1] <= high[1])
        )
        if len(near) > 2 * _MOST_LINES:
            return lines[near]
        return lines[[index for index in near if self._owners[index] != source]]

    def _ways(
        self, start: Point, end: Point, port: int, near: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """Candidates (ways, 6 corners, 2): out, along a level, in. `near` are the cards that may
        be in the way.
        """
        (x0, y0), (x1, y1) = start, end
        out = x0 + RETURN_REACH
        into = x1 - RETURN_REACH - 4 * min(port, 4)
        ways: list[tuple[Point, ...]] = []
        if into >= out:
            turns = ((x0 + x1) / 2, out, into)
            ways += [(start, (x, y0), (x, y0), (x, y1), (x, y1), end) for x in turns]
        ways += [
            (start, (out, y0), (out, level), (into, level), (into, y1), end)
            for level in self._levels(start, end, near)
        ]
        return np.array(ways, dtype=float)

    def _levels(self, start: Point, end: Point, near: NDArray[np.intp]) -> list[float]:
        """Heights just above and below the cards in the way, the nearest ones first."""
        levels = np.unique(
            np.concatenate([self._top[near] - 1 - _CLEARANCE, self._bottom[near] + 1 + _CLEARANCE])
        )
        middle = (start[1] + end[1]) / 2
        nearest = np.argsort(np.abs(levels - middle), kind="stable")[:_MOST_DETOURS]
        ends = [levels[0], levels[-1]]
        return [middle, *(float(level) for level in levels[nearest]), *map(float, ends)]

    def _costs(self, ways: NDArray[np.float64], near: NDArray[np.intp]) -> NDArray[np.float64]:
        first, second = ways[:, :-1], ways[:, 1:]
        low, high = np.minimum(first, second), np.maximum(first, second)
        hits = (
            (high[:, :, 0, None] > self._left[near])
            & (low[:, :, 0, None] < self._right[near])
            & (high[:, :, 1, None] > self._top[near])
            & (low[:, :, 1, None] < self._bottom[near])
        )
        lengths = np.abs(second - first).sum(axis=2)
        bends = (lengths > 0).sum(axis=1)
        cost: NDArray[np.float64] = (
            hits.sum(axis=(1, 2)) * _HIT_COST + lengths.sum(axis=1) + _BEND_COST * bends
        )
        return cost


def _variants(way: NDArray[np.float64]) -> NDArray[np.float64]:
    """`way` (6 corners) and others whose three inner pieces run a few px beside."""
    variants = np.repeat(way[None], len(_SHIFTS), axis=0)
    variants[:, 1:3, 0] += _SHIFTS[:, 0, None]
    variants[:, 2:4, 1] += _SHIFTS[:, 1, None]
    variants[:, 3:5, 0] += _SHIFTS[:, 2, None]
    # A piece that ends at a port stays at its height.
    straight = way[2, 1] == way[1, 1], way[3, 1] == way[4, 1]
    if straight[0]:
        variants[:, 2, 1] = way[2, 1]
    if straight[1]:
        variants[:, 3, 1] = way[3, 1]
    upright = (variants[:, :-1] == variants[:, 1:]).any(axis=2).all(axis=1)
    return variants[upright]


def _shared(ways: NDArray[np.float64], lines: NDArray[np.float64]) -> NDArray[np.intp]:
    """How many pieces of each way lie on `lines` (left, top, right, bottom), by more than 1 px
    of length and within 2 px.
    """
    first, second = ways[:, :-1, None], ways[:, 1:, None]
    low, high = np.minimum(first, second), np.maximum(first, second)
    starts, ends = lines[:, :2], lines[:, 2:]
    over = np.minimum(high, ends) - np.maximum(low, starts)
    apart = np.abs(low - starts)
    along = np.zeros(over.shape[:3], dtype=bool)
    for axis in (0, 1):
        flat = (low[..., 1 - axis] == high[..., 1 - axis]) & (
            starts[:, 1 - axis] == ends[:, 1 - axis]
        )
        along |= flat & (apart[..., 1 - axis] <= 2) & (over[..., axis] > 1)
    found: NDArray[np.intp] = along.any(axis=2).sum(axis=1)
    return found


def _course_of(corners: tuple[Point, ...]) -> LinkCourse:
    """Label and middle on the longest piece; the label above it when it lies, else on it."""
    if len(corners) < 2:
        return LinkCourse((corners[0], corners[0]), corners[0], True, corners[0])
    pieces = list(pairwise(corners))
    (x0, y0), (x1, y1) = max(pieces, key=lambda p: abs(p[0][0] - p[1][0]) + abs(p[0][1] - p[1][1]))
    middle = ((x0 + x1) / 2, (y0 + y1) / 2)
    above = y0 == y1 and len(pieces) == 1
    label = (middle[0], middle[1] - 13) if above else middle
    return LinkCourse(corners, label, not above, middle)


def labelled_once(courses: Mapping[Edge, LinkCourse]) -> dict[Edge, LinkCourse]:
    """`courses` of which the longest one of each source keeps its label; the others carry the
    same shape.
    """
    longest: dict[str, Edge] = {}
    for edge, course in courses.items():
        other = longest.get(edge[0])
        if other is None or _length(course) > _length(courses[other]):
            longest[edge[0]] = edge
    return {
        edge: course if longest[edge[0]] == edge else replace(course, labelled=False)
        for edge, course in courses.items()
    }


def _length(course: LinkCourse) -> float:
    return sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(course.corners))
