"""Where the labels of links stand: on their own line or above it, where nothing else is. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from app.ui.canvas.geometry import CanvasLayout, Edge, LinkCourse, Point

Rect = tuple[float, float, float, float]
"""Left, top, right, bottom."""

LINE_HEIGHT = 13
BESIDE = 13
"""From a line to the middle of the nearest line of text."""
AROUND = 8
"""How far a line is parted on both sides of a label on it."""
_HALF = 6
_SEEN = 14
"""What must be seen of a line on both sides of a label on it; more where an arrow is."""
_ARROW = 12
_OFF = 3
_CELL = (160, 64)


@dataclass(frozen=True)
class LabelSize:
    """How wide a label is in one line, and how wide and high beside a line."""

    on_line: float
    beside: float
    lines: int


_Line = tuple[str, float, bool]
"""Whose line it is, its height (or place across, when it is upright), and whether it is."""
_Thing = tuple[Rect, _Line | None]
"""What a label must not cover; pieces of links know their line."""


class Ground:
    """Cards, ports, arrows and lines by the cells of a grid that they touch."""

    def __init__(self, courses: Mapping[Edge, LinkCourse], taken: Iterable[Rect] = ()) -> None:
        self._cells: dict[tuple[int, int], list[_Thing]] = defaultdict(list)
        for (source, _, _), course in courses.items():
            for rect, line in _things_of(course, source):
                self.add(rect, line)
        for rect in taken:
            self.add(rect)

    def add(self, rect: Rect, line: _Line | None = None) -> None:
        for cell in _cells(rect):
            self._cells[cell].append((rect, line))

    def is_free(self, rect: Rect, own: _Line | None = None) -> bool:
        """Whether nothing is there but the line `own` and others of its source that share it."""
        for cell in _cells(rect):
            for other, line in self._cells.get(cell, ()):
                if _meet(other, rect) and (line is None or line != own):
                    return False
        return True


def _meet(a: Rect, b: Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _cells(rect: Rect) -> list[tuple[int, int]]:
    rows = range(int(rect[1] // _CELL[1]), int(rect[3] // _CELL[1]) + 1)
    columns = range(int(rect[0] // _CELL[0]), int(rect[2] // _CELL[0]) + 1)
    return [(x, y) for x in columns for y in rows]


@dataclass(frozen=True)
class Labelled:
    """A layout's courses with labels, and what they were found from."""

    layout: CanvasLayout
    taken: Sequence[Rect]
    ground: Ground
    key: object = None
    courses: Mapping[Edge, LinkCourse] = field(default_factory=dict)


def with_labels(
    courses: Mapping[Edge, LinkCourse],
    sizes: Mapping[Edge, LabelSize],
    ground: Ground,
    texts: Iterable[Rect] = (),
) -> dict[Edge, LinkCourse]:
    """`courses` with each label where there is room for it, else without.

    A label covers no card, port, arrow, other line or label. Links for which the layout foresaw
    none get one where no other link of their source has.

    Args:
        sizes: of the labels; links without one have no label.
        ground: what is there.
        texts: other texts.
    """
    grounds = (ground, Ground({}, texts))
    found: dict[Edge, LinkCourse] = {}
    told: set[str] = set()
    for first in (True, False):
        for edge, course in courses.items():
            if edge in found or (first and not course.labelled):
                continue
            spot = None
            if edge in sizes and (first or edge[0] not in told):
                spot = _spot(course, edge[0], sizes[edge], grounds)
            if spot is None:
                found[edge] = replace(course, labelled=False) if course.labelled else course
                continue
            found[edge], rect = spot
            told.add(edge[0])
            grounds[1].add(rect)
    return found


def _things_of(course: LinkCourse, source: str) -> Iterator[_Thing]:
    for (x0, y0), (x1, y1) in pairwise(course.corners):
        upright = x0 == x1 and y0 != y1
        left, right, top, bottom = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
        rect = (left - _OFF, top - _OFF, right + _OFF, bottom + _OFF)
        yield rect, (source, x0 if upright else y0, upright)
    (x, y), (end_x, end_y) = course.corners[0], course.corners[-1]
    yield (x - 5, y - 5, x + 5, y + 5), None
    yield (end_x - 20, end_y - 6, end_x + 5, end_y + 6), None


def _spot(
    course: LinkCourse, source: str, size: LabelSize, grounds: tuple[Ground, Ground]
) -> tuple[LinkCourse, Rect] | None:
    """The first place with room, as a course and the rectangle that the label takes."""
    if course.label_on_line:
        for piece in _by_length(course):
            rect = _on_piece(piece, course, size, course.label)
            if rect is not None and _is_free(grounds, rect, _line(piece, source)):
                return replace(course, labelled=True), rect
    else:
        rect = _beside(course.label, course.label[1] > course.middle[1], size)
        if _is_free(grounds, rect):
            return replace(course, labelled=True), rect
    for piece in _by_length(course):
        (x0, y0), (x1, y1) = piece
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        if y0 == y1 and abs(x1 - x0) >= size.beside:
            label = (middle[0], y0 - BESIDE)
            rect = _beside(label, False, size)
            if _is_free(grounds, rect):
                return replace(course, label=label, label_on_line=False, labelled=True), rect
        on_line = _on_piece(piece, course, size, middle)
        if on_line is not None and _is_free(grounds, on_line, _line(piece, source)):
            return replace(course, label=middle, label_on_line=True, labelled=True), on_line
    return None


def _is_free(grounds: tuple[Ground, Ground], rect: Rect, own: _Line | None = None) -> bool:
    return all(ground.is_free(rect, own) for ground in grounds)


def _by_length(course: LinkCourse) -> list[tuple[Point, Point]]:
    return sorted(
        pairwise(course.corners),
        key=lambda p: -abs(p[0][0] - p[1][0]) - abs(p[0][1] - p[1][1]),
    )


def _line(piece: tuple[Point, Point], source: str) -> _Line:
    (x0, y0), (x1, y1) = piece
    upright = x0 == x1 and y0 != y1
    return source, x0 if upright else y0, upright


def _on_piece(
    piece: tuple[Point, Point], course: LinkCourse, size: LabelSize, label: Point
) -> Rect | None:
    """Where a label at `label` on a piece stands; None when too little of the piece is seen."""
    (x0, y0), (x1, y1) = piece
    x, y = label
    rect = (x - size.on_line / 2 - AROUND, y - 8, x + size.on_line / 2 + AROUND, y + 8)
    at_arrow = _ARROW if piece[1] == course.corners[-1] else 0
    if y0 == y1 == y:
        before, behind = (_SEEN, _SEEN + at_arrow) if x0 <= x1 else (_SEEN + at_arrow, _SEEN)
        fits = min(x0, x1) + before <= rect[0] and rect[2] <= max(x0, x1) - behind
    elif x0 == x1 == x:
        fits = min(y0, y1) + _SEEN <= rect[1] and rect[3] <= max(y0, y1) - _SEEN
    else:
        return None
    return rect if fits else None


def _beside(label: Point, below: bool, size: LabelSize) -> Rect:
    """Further lines of a text go away from the link."""
    more = LINE_HEIGHT * (size.lines - 1)
    top = label[1] - _HALF - (0 if below else more)
    return (
        label[0] - size.beside / 2,
        top,
        label[0] + size.beside / 2,
        top + 2 * _HALF + more,
    )
