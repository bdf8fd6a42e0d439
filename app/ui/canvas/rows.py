"""Rows of columns, and how high each strand runs in a row. Pure geometry."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from app.ui.canvas.geometry import CARD_WIDTH, GAP_ACROSS, GAP_DOWN, PORT_Y, Edge
from app.ui.canvas.strands import Strand, Weave

LINE_PITCH = 18
"""Between two links that run side by side."""
CARD_TO_LINE = 14

_LARGE = 32
"""From this many columns on, the rows of a branched network no longer follow the view."""
_SHAPE = 1.8
"""Width to height that the rows of a large network aim at."""
_ROW_HEIGHT = 180
_LAYER_COST, _LINK_COST = 2.0, 0.1
"""Of each layer, and of each link, that feeds into the next row beyond the first one."""
_LAST_ROW = 0.3


def rows_of(woven: Weave, edges: Sequence[Edge], fitting: int) -> tuple[range, ...]:
    """The columns of each row. A chain fills the `fitting` columns of the view; a branched
    network is parted where few layers feed across, and a large one into rows of a length of its
    own, so that zooming leaves it as it is.
    """
    count = 1 + max(woven.columns.values(), default=0)
    furthest: dict[str, int] = {}
    for source, target, _ in edges:
        furthest[source] = max(furthest.get(source, 0), woven.columns[target])
    layers = _across([(woven.columns[s], last) for s, last in furthest.items()], count)
    if max(layers, default=0) <= 1:
        return tuple(range(a, min(a + fitting, count)) for a in range(0, count, fitting))
    goal = float(fitting)
    if count > _LARGE:
        goal = math.sqrt(_SHAPE * count * _ROW_HEIGHT / (CARD_WIDTH + GAP_ACROSS))
    elif count <= fitting:
        return (range(count),)
    links = _across([(woven.columns[s], woven.columns[t]) for s, t, _ in edges], count)
    costs = (
        _LAYER_COST * (a - 1) + _LINK_COST * (b - 1) for a, b in zip(layers, links, strict=True)
    )
    return _parted(tuple(costs), goal)


@lru_cache(maxsize=16)
def _parted(costs: tuple[float, ...], goal: float) -> tuple[range, ...]:
    """Rows of about `goal` columns: the least sum of squared relative deviations and of what it
    costs to part them behind each column but the last.
    """
    count = len(costs) + 1
    longest = math.ceil(2.5 * goal)
    best = [0.0] * (count + 1)
    cut = [count] * (count + 1)
    for start in range(count - 1, -1, -1):
        best[start] = math.inf
        for end in range(min(count, start + longest), start, -1):
            length = (end - start) / goal - 1
            short = length < 0 and end == count  # the last row may be, not too much
            cost = (_LAST_ROW if short else 1.0) * length**2 + best[end]
            if end < count:
                cost += costs[end - 1]
            if cost < best[start] - 1e-9:
                best[start], cut[start] = cost, end
    rows, start = [], 0
    while start < count:
        rows.append(range(start, cut[start]))
        start = cut[start]
    return tuple(rows)


def _across(spans: Iterable[tuple[int, int]], count: int) -> list[int]:
    """How many of `spans` (first and last column) lead across the gap behind each column but the
    last.
    """
    steps = [0] * (count + 1)
    for first, last in spans:
        if last > first:
            steps[first] += 1
            steps[last] -= 1
    return list(accumulate(steps[: count - 1]))


@dataclass(frozen=True)
class PackedRow:
    """Heights in one row, from the line of the main strand on: of each strand's line, of the
    upper end and of the lower end of it all.
    """

    columns: range
    lines: Mapping[Strand, float]
    top: float
    bottom: float


def packed(woven: Weave, columns: range, lane_height: float) -> PackedRow:
    """Strands as near to the main one as their order and the cards in their columns allow.

    No two things meet in a column, and no two lines in a gap lie on each other.
    """
    first, last = columns.start, columns.stop - 1
    present = [s for s in woven.strands if s.low <= last and s.high >= first]
    main = present.index(woven.main)
    lines: dict[Strand, float] = {woven.main: 0.0}
    up, down = PORT_Y, lane_height - PORT_Y
    cells = 2 * (last - first) + 3  # a gap, a column, a gap, ...

    def cells_of(strand: Strand) -> tuple[range, set[int]]:
        """(all cells, those with cards)"""
        low, high = max(strand.low, first), min(strand.high, last)
        span = range(2 * (low - first), 2 * (high - first) + 3)
        return span, {2 * (c - first) + 1 for c in range(low, high + 1) if c in strand.cards}

    top = bottom = 0.0
    # `inner` is what a strand has towards the main one, `outer` what it has on the other side.
    for strands, inner, outer, sign in (
        (present[main + 1 :], up, down, 1.0),
        (present[main - 1 :: -1] if main else [], down, up, -1.0),
    ):
        edge, is_card = [0.0] * cells, [False] * cells
        span, cards = cells_of(woven.main)
        for cell in cards:
            edge[cell], is_card[cell] = outer, True
        reach = max((edge[cell] for cell in span), default=0.0)
        for strand in strands:
            span, cards = cells_of(strand)
            level = max(
                edge[cell]
                + (
                    inner + (GAP_DOWN if is_card[cell] else CARD_TO_LINE)
                    if cell in cards
                    else (CARD_TO_LINE if is_card[cell] else LINE_PITCH)
                )
                for cell in span
            )
            for cell in span:
                is_card[cell] = cell in cards
                edge[cell] = level + (outer if is_card[cell] else 0.0)
                reach = max(reach, edge[cell])
            lines[strand] = sign * level
        if sign > 0:
            bottom = max(reach, down)
        else:
            top = -max(reach, up)
    return PackedRow(columns, lines, top, bottom)
