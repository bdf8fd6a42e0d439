"""Where cards and links stand, in px of the drawing at 100%.

Pure geometry without Qt. Columns by the longest path, cards and long links on straight strands
(`strands`), rows that are parted where few links lead across (`rows`); turns of links in the gaps
between columns, returns in the gaps between rows, so that no line runs through a card. Cards that
were put somewhere by hand keep their places, and links find their ways between them (`routing`).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import permutations

from app.ui.canvas.geometry import (
    CARD_HEIGHT,
    CARD_HEIGHT_WITH_STRIP,
    CARD_WIDTH,
    GAP_ACROSS,
    GAP_DOWN,
    MARGIN_BOTTOM,
    MARGIN_LEFT,
    MARGIN_RIGHT,
    MARGIN_TOP,
    PORT_Y,
    RETURN_REACH,
    CanvasLayout,
    Edge,
    LinkCourse,
    Point,
    columns_that_fit,
    input_port,
    output_port,
    port_counts,
    without_repeats,
)
from app.ui.canvas.routing import Router, filled_places, labelled_once
from app.ui.canvas.rows import PackedRow, packed, rows_of
from app.ui.canvas.strands import Leg, Strand, Weave, column_numbers, crossings, in_order, weave

__all__ = [
    "CARD_HEIGHT",
    "CARD_HEIGHT_WITH_STRIP",
    "CARD_WIDTH",
    "GAP_ACROSS",
    "GAP_DOWN",
    "MARGIN_LEFT",
    "PORT_Y",
    "CanvasLayout",
    "Edge",
    "LinkCourse",
    "Point",
    "Router",
    "column_numbers",
    "columns_that_fit",
    "crossings",
    "input_port",
    "output_port",
    "place_network",
    "port_counts",
]

_RETURN_PITCH = 16
_RETURN_STEP = 8
_TURN_PITCH = 8
_LABEL_HALF = 18


def place_network(
    names: Sequence[str],
    edges: Sequence[Edge],
    *,
    width: float,
    lane_height: float = CARD_HEIGHT_WITH_STRIP,
    ports: Mapping[str, int] | None = None,
    places: Mapping[str, Point] | None = None,
) -> CanvasLayout:
    """Place cards and links.

    Args:
        names: all cards in topological order; those in a cycle last.
        edges: links between them.
        width: of the view, which rows are wrapped to.
        lane_height: height kept free for each card.
        ports: number of inputs that a card shows where that is more than its links need.
        places: corners of cards that were put somewhere by hand. With any, no card is arranged:
            those without a place get a free spot near what feeds them.
    """
    counts = port_counts(edges)
    for name, count in (ports or {}).items():
        counts[name] = max(counts.get(name, 1), count)
    several = tuple(sorted((name, count) for name, count in counts.items() if count > 1))
    found = tuple((name, places[name]) for name in names if name in places) if places else ()
    if found:
        return _placed_by_hand(tuple(names), tuple(edges), found, several, lane_height)
    if not names:
        return CanvasLayout({}, {}, {}, (MARGIN_TOP,), 0, MARGIN_TOP + MARGIN_BOTTOM)
    key, fitting = (tuple(names), in_order(names, edges)), columns_that_fit(width)
    rows = _rows(*key, fitting)
    layout = _arranged(*key, rows, lane_height, several)
    if len(key[1]) > len(edges):
        layout = replace(layout, courses={edge: layout.courses[edge] for edge in edges})
    if max(len(row) for row in rows) > fitting:
        return layout
    full = MARGIN_LEFT + fitting * (CARD_WIDTH + GAP_ACROSS) - GAP_ACROSS + MARGIN_RIGHT
    return replace(layout, width=max(layout.width, full))


# The same network is asked for again and again, in steps of the zoom above all.


@lru_cache(maxsize=4)
def _woven(names: tuple[str, ...], edges: tuple[Edge, ...]) -> Weave:
    return weave(names, edges)


@lru_cache(maxsize=16)
def _rows(names: tuple[str, ...], edges: tuple[Edge, ...], fitting: int) -> tuple[range, ...]:
    return rows_of(_woven(names, edges), edges, fitting)


def forget() -> None:
    """Forget all networks that were placed; for measurements."""
    for remembered in (_woven, _rows, _arranged, _placed_by_hand):
        remembered.cache_clear()


@lru_cache(maxsize=8)
def _arranged(
    names: tuple[str, ...],
    edges: tuple[Edge, ...],
    rows: tuple[range, ...],
    lane_height: float,
    ports: tuple[tuple[str, int], ...],
) -> CanvasLayout:
    woven = _woven(names, edges)
    counts = dict(ports)
    drawing = _Drawing(woven, [packed(woven, row, lane_height) for row in rows], counts)
    places = {name: drawing.corner(name) for name in names}
    courses = {edge: drawing.course(edge) for edge in woven.legs}
    backward = [edge for edge in edges if edge not in courses]
    if backward:
        router = Router(places, counts, lane_height)
        courses.update((edge, router.course(edge)) for edge in backward)
    return CanvasLayout(
        places=places,
        courses={edge: courses[edge] for edge in edges},
        row_of={name: drawing.row_of(woven.columns[name]) for name in names},
        row_tops=tuple(y - PORT_Y for y in drawing.zeros),
        width=drawing.right + MARGIN_RIGHT,
        height=drawing.bottom + MARGIN_BOTTOM,
    )


class _Drawing:
    """Turns rows of strands into points."""

    def __init__(self, woven: Weave, rows: Sequence[PackedRow], ports: Mapping[str, int]) -> None:
        self._woven = woven
        self._rows = rows
        self._ports = ports
        self._starts = [row.columns.start for row in rows]
        self._cuts = [row.columns.stop - 1 for row in rows[:-1]]
        self._returns: list[dict[Strand, int]] = [{} for _ in rows]
        self._middles: set[Point] = set()
        self._labels: set[Point] = set()
        self._count_returns()
        self.zeros: list[float] = []
        self._bottoms: list[float] = []
        self._stack()
        self._turns = self._gather_turns()
        self._turn_x = {gap: _spread(turns) for gap, turns in self._turns.items()}
        self._x = self._columns_x()
        self.bottom = self._bottoms[-1]
        ends = [
            self._x[row.columns.stop - 1] + CARD_WIDTH + _RETURN_STEP * max(0, len(returns) - 1)
            for row, returns in zip(rows, self._returns, strict=True)
        ]
        self.right = max(ends)

    # ------------------------------------------------------------ cards

    def row_of(self, column: int) -> int:
        return bisect_right(self._starts, column) - 1

    def _line(self, strand: Strand, column: int) -> float:
        """The height of a strand's line in a column."""
        row = self.row_of(column)
        return self.zeros[row] + self._rows[row].lines[strand]

    def corner(self, name: str) -> Point:
        column = self._woven.columns[name]
        return self._x[column], self._line(self._woven.strand_of[name], column) - PORT_Y

    def _port_line(self, edge: Edge) -> float:
        """The height of the port that a link leads into."""
        _, target, port = edge
        line = self._line(self._woven.strand_of[target], self._woven.columns[target])
        return line - PORT_Y + input_port(port, self._ports.get(target, 1))[1]

    def _stack(self) -> None:
        y = float(MARGIN_TOP)
        for row, returns in zip(self._rows, self._returns, strict=True):
            self.zeros.append(y - row.top)
            y += row.bottom - row.top
            self._bottoms.append(y)
            y += GAP_DOWN + _RETURN_PITCH * max(0, len(returns) - 1)

    def _columns_x(self) -> dict[int, float]:
        most = max((len(returns) for returns in self._returns), default=0)
        places = {}
        for row in self._rows:
            x = float(MARGIN_LEFT + _RETURN_STEP * max(0, most - 2))
            for column in row.columns:
                places[column] = x
                x += CARD_WIDTH + self._gap_width(column)
        return places

    def _gap_width(self, gap: int) -> float:
        several = len(set(self._turn_x.get(gap, {}).values()))
        return GAP_ACROSS + _TURN_PITCH * max(0, several - 3)

    # ------------------------------------------------------------ rows that links return from

    def _count_returns(self) -> None:
        """Which strands lead out of each row, from below (returning innermost) to above."""
        for row, cut in enumerate(self._cuts):
            out = set()
            for edge, leg in self._woven.legs.items():
                if self._woven.columns[edge[0]] <= cut <= leg.end:
                    out.add(leg.second if leg.second is not None and leg.turn < cut else leg.first)
            lines = self._rows[row].lines
            ordered = sorted(out, key=lambda strand: -lines[strand])
            self._returns[row] = {strand: index for index, strand in enumerate(ordered)}

    # ------------------------------------------------------------ turns in the gaps

    def _gather_turns(self) -> dict[int, dict[str, list[tuple[float, float]]]]:
        """For each gap inside a row, by source: (height from, height to) of its links."""
        cuts = set(self._cuts)
        turns: dict[int, dict[str, list[tuple[float, float]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for edge, leg in self._woven.legs.items():
            goal = self._port_line(edge)
            if leg.second is not None and leg.turn not in cuts:
                pair = (self._line(leg.first, leg.turn), self._line(leg.second, leg.turn + 1))
                turns[leg.turn][edge[0]].append(pair)
            if leg.end not in cuts:
                line = self._line(leg.second or leg.first, leg.end)
                if line != goal:
                    turns[leg.end][edge[0]].append((line, goal))
        return turns

    def _turn(self, gap: int, source: str) -> float:
        """Where links of `source` turn in a gap."""
        middle = self._x[gap] + CARD_WIDTH + self._gap_width(gap) / 2
        return middle + self._turn_x[gap][source]

    # ------------------------------------------------------------ links

    def course(self, edge: Edge) -> LinkCourse:
        leg = self._woven.legs[edge]
        column = self._woven.columns[edge[0]]
        goal = self._port_line(edge)
        gaps = {leg.end}
        if leg.second is not None:
            gaps.add(leg.turn)
        first_cut = bisect_left(self._cuts, column)
        gaps.update(self._cuts[first_cut : bisect_right(self._cuts, leg.end)])
        y = self._line(leg.first, column)
        points: list[Point] = [(self._x[column] + CARD_WIDTH, y)]
        cuts = set(self._cuts)
        returned: Point | None = None
        for gap in sorted(gaps):
            before = leg.second if leg.second is not None and gap > leg.turn else leg.first
            after = leg.second if leg.second is not None and gap >= leg.turn else leg.first
            level = goal if gap == leg.end else self._line(after, gap + 1)
            if gap in cuts:
                far, down, near = self._return(gap, before)
                points += [(far, y), (far, down), (near, down), (near, level)]
                returned = returned or ((far + near) / 2, down)
            elif level != y:
                x = self._turn(gap, edge[0])
                points += [(x, y), (x, level)]
            y = level
        points.append((self._x[leg.end + 1], goal))
        corners = without_repeats(points)
        return self._labelled_course(edge, leg, corners, returned)

    def _return(self, cut: int, strand: Strand) -> tuple[float, float, float]:
        """(x behind the row, height of the way back, x before the next row)"""
        row = self.row_of(cut)
        order, count = self._returns[row][strand], len(self._returns[row])
        far = self._x[cut] + CARD_WIDTH + RETURN_REACH + _RETURN_STEP * order
        near = self._x[cut + 1] - RETURN_REACH - _RETURN_STEP * (count - 1 - order)
        return far, self._bottoms[row] + GAP_DOWN / 2 + _RETURN_PITCH * order, near

    def _labelled_course(
        self, edge: Edge, leg: Leg, corners: tuple[Point, ...], returned: Point | None
    ) -> LinkCourse:
        last = leg.second or leg.first
        (x0, _), (x1, y1) = corners[-2:]
        into = ((x0 + x1) / 2, y1)
        column = self._woven.columns[edge[0]]
        if returned is not None:
            middle = self._middle(returned, into)
            return LinkCourse(corners, returned, True, middle, self._is_free(returned))
        if leg.end > column:  # it runs past cards
            line = self._line(last, leg.end)
            middle = self._middle((self._x[leg.end] + CARD_WIDTH / 2, line), into)
            label = (self._x[column + 1] + CARD_WIDTH / 2, line)
            return LinkCourse(corners, label, True, middle, self._is_free(label))
        x, y0 = self._x[column] + CARD_WIDTH + self._gap_width(column) / 2, corners[0][1]
        middle = self._middle((x, y1), into)
        near = abs(y0 - y1) <= 2 * _LABEL_HALF
        above, below = (min(y0, y1), max(y0, y1)) if near else (y1, y1)
        for upper, height in ((above - _LABEL_HALF - 3, above - 13), (below + 3, below + 14)):
            if not self._is_turned_in(leg.end, upper, upper + _LABEL_HALF):
                return LinkCourse(corners, (x, height), False, middle, self._is_free((x, height)))
        return LinkCourse(corners, middle, False, middle, False)

    def _is_free(self, label: Point) -> bool:
        """Whether no label stands there; links of one source may share most of their way."""
        free = label not in self._labels
        self._labels.add(label)
        return free

    def _is_turned_in(self, gap: int, upper: float, lower: float) -> bool:
        """Whether a link runs up or down in a gap between these heights."""
        return any(
            min(pair) < lower and max(pair) > upper
            for pairs in self._turns.get(gap, {}).values()
            for pair in pairs
        )

    def _middle(self, *candidates: Point) -> Point:
        """The first place that no link has yet; links of one source may share most of their way."""
        found = next((p for p in candidates if p not in self._middles), candidates[-1])
        self._middles.add(found)
        return found


def _spread(turns: Mapping[str, list[tuple[float, float]]]) -> dict[str, float]:
    """How far from the middle of a gap the links of each source turn: as few crossings as can be,
    and apart where they would lie on each other.
    """
    spans = {
        source: (min(min(p) for p in pairs), max(max(p) for p in pairs))
        for source, pairs in turns.items()
    }
    sources = list(turns)
    if len(sources) == 1:
        return {sources[0]: 0.0}

    def crossed(left: str, right: str) -> int:
        low, high = spans[left]
        begins, ends = {p[0] for p in turns[right]}, {p[1] for p in turns[left]}
        found = sum(low < begin < high for begin in begins) + 9 * len(begins & ends)
        low, high = spans[right]
        return found + sum(low < end < high for end in ends)

    cost = {(a, b): crossed(a, b) for a in sources for b in sources if a != b}
    if len(sources) <= 4:
        order = min(
            permutations(sources),
            key=lambda way: sum(cost[a, b] for i, a in enumerate(way) for b in way[i + 1 :]),
        )
    else:
        order = tuple(sorted(sources, key=lambda s: sum(cost[s, o] for o in sources if o != s)))
    tracks: dict[str, int] = {}
    for index, source in enumerate(order):
        low, high = spans[source]
        meeting = [tracks[o] for o in order[:index] if spans[o][0] <= high and spans[o][1] >= low]
        tracks[source] = max(meeting, default=-1) + 1
    most = max(tracks.values())
    pitch = min(12.0, 36 / most) if most and most < 4 else float(_TURN_PITCH)
    return {source: pitch * (track - most / 2) for source, track in tracks.items()}


@lru_cache(maxsize=4)
def _placed_by_hand(
    names: tuple[str, ...],
    edges: tuple[Edge, ...],
    places: tuple[tuple[str, Point], ...],
    ports: tuple[tuple[str, int], ...],
    lane_height: float,
) -> CanvasLayout:
    found = filled_places(names, edges, dict(places), lane_height)
    router = Router(found, dict(ports))
    courses = labelled_once({edge: router.course(edge) for edge in edges})
    points = [point for course in courses.values() for point in course.corners]
    xs = [*(x for x, _ in found.values()), *(x for x, _ in points)]
    ys = [*(y for _, y in found.values()), *(y for _, y in points)]
    right = max(*(x + CARD_WIDTH for x, _ in found.values()), *(x for x, _ in points), 0)
    bottom = max(*(y + lane_height for _, y in found.values()), *(y for _, y in points), 0)
    left, top = min(0, min(xs) - MARGIN_LEFT), min(0, min(ys) - MARGIN_TOP)
    return CanvasLayout(
        places=found,
        courses=courses,
        row_of=dict.fromkeys(names, 0),
        row_tops=(top + MARGIN_TOP,),
        width=right + MARGIN_RIGHT - left,
        height=bottom + MARGIN_BOTTOM - top,
        left=left,
        top=top,
    )
