"""A network as straight strands one above another, ordered so that few links cross. Pure.

The longest path is the main strand. What is left falls into further paths, each a strand of its
own; a link that passes over columns runs on a strand without cards, and all such links of one
layer share it. Strands are put in one by one where they make the fewest crossings, and those that
still cross are taken out and put in again (sifting: Matuszewski, Schoenfeld, Molitor 1999).
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from app.ui.canvas.geometry import Edge

_PASSES = 2
_MOST_EFFORT = 400_000
"""Comparisons, about a quarter of a second; what is left in a graph that needs more is put below
what it is linked with.
"""
_CROSSING, _PORT, _DISTANCE, _ABOVE = 1000, 900, 10, 1


@dataclass(eq=False)
class Strand:
    """Cards and links on one straight line, from column `low` to column `high`.

    Attributes:
        cards: the card in each column that has one.
        joints: (gap, other strand) for each place where a link leaves for or comes from another
            strand; gap g lies behind column g.
        arrivals: (card, port) for each link that comes along this strand.
        rank: place in the order from above to below.
    """

    low: int
    high: int
    cards: dict[int, str] = field(default_factory=dict)
    joints: list[tuple[int, "Strand"]] = field(default_factory=list)
    arrivals: list[tuple[str, int]] = field(default_factory=list)
    rank: int = -1


@dataclass(frozen=True)
class Leg:
    """The way of one link: along `first` up to gap `turn`, then along `second` (None: not any)
    up to gap `end`, from there into the port.
    """

    first: Strand
    turn: int
    second: Strand | None
    end: int


@dataclass(frozen=True)
class Weave:
    """Columns of the cards, strands from above to below, ways of the links that lead forward."""

    columns: Mapping[str, int]
    strands: tuple[Strand, ...]
    main: Strand
    strand_of: Mapping[str, Strand]
    legs: Mapping[Edge, Leg]


def column_numbers(names: Sequence[str], edges: Iterable[Edge]) -> dict[str, int]:
    """The length of the longest path that leads to each of `names`, which come in topological
    order.

    A link back to an earlier name (a cycle) counts for nothing.
    """
    sources = defaultdict(list)
    for source, target, _ in edges:
        sources[target].append(source)
    columns: dict[str, int] = {}
    for name in names:
        columns[name] = 1 + max((columns[s] for s in sources[name] if s in columns), default=-1)
    return columns


def tightened(columns: dict[str, int], edges: Iterable[Edge]) -> dict[str, int]:
    """`columns` in which a card with more links out than in stands as near as it can to what it
    feeds.
    """
    into: dict[str, int] = defaultdict(int)
    fed: dict[str, list[str]] = defaultdict(list)
    for source, target, _ in edges:
        if columns[source] < columns[target]:
            fed[source].append(target)
            into[target] += 1
    found = dict(columns)
    for name in sorted(columns, key=lambda n: -columns[n]):
        if len(fed[name]) > into[name]:
            found[name] = min(found[target] for target in fed[name]) - 1
    return found


def in_order(names: Sequence[str], edges: Iterable[Edge]) -> tuple[Edge, ...]:
    """`edges`, and one more from the end of each part that comes before the part of the last name
    to the first card of the next part: so parts that are not linked keep their order, and nothing
    moves when the one link between them is taken away. Parts that begin later stand for themselves.
    """
    edges = tuple(edges)
    leader = {name: name for name in names}

    def part(name: str) -> str:
        while leader[name] != name:
            leader[name] = name = leader[leader[name]]
        return name

    for source, target, _ in edges:
        leader[part(source)] = part(target)
    parts: dict[str, list[str]] = {}
    for name in names:
        parts.setdefault(part(name), []).append(name)
    if len(parts) < 2:
        return edges
    ordered = list(parts.values())
    before = ordered[: 1 + ordered.index(parts[part(names[-1])])]
    feeding = {source for source, _, _ in edges}
    fed = {target for _, target, _ in edges}
    joined = []
    for one, other in pairwise(before):
        ends = [name for name in one if name not in feeding]
        starts = [name for name in other if name not in fed]
        if ends and starts:
            joined.append((ends[-1], starts[0], 0))
    return (*edges, *joined)


def weave(names: Sequence[str], edges: Sequence[Edge]) -> Weave:
    """Strands of a network in their order. `names` come in topological order."""
    depths = column_numbers(names, edges)
    columns = tightened(depths, edges)
    forward = [edge for edge in edges if columns[edge[0]] < columns[edge[1]]]
    strands, strand_of = _paths(names, columns, depths, forward)
    main = strands[0]
    links, legs = _links(columns, forward, strand_of)
    _join(strand_of, legs)
    order = _ordered([main, *sorted(strands[1:], key=_span, reverse=True)], links)
    return Weave(columns, tuple(order), main, strand_of, legs)


def _span(strand: Strand) -> int:
    return strand.high - strand.low


def _paths(
    names: Sequence[str],
    columns: Mapping[str, int],
    depths: Mapping[str, int],
    edges: Iterable[Edge],
) -> tuple[list[Strand], dict[str, Strand]]:
    """The cards as paths; the first one is a longest path and stands in every column."""
    before: dict[str, list[str]] = defaultdict(list)
    for source, target, _ in edges:
        before[target].append(source)
    strand_of: dict[str, Strand] = {}
    strands = []
    place = {name: index for index, name in enumerate(names)}
    for name in sorted(names, key=lambda n: (-columns[n], -depths[n], place[n])):
        if name in strand_of:
            continue
        strand = Strand(columns[name], columns[name])
        step: str | None = name
        while step is not None:
            strand.cards[columns[step]] = step
            strand.low = columns[step]
            strand_of[step] = strand
            free = [s for s in before[step] if s not in strand_of]
            step = max(free, key=depths.__getitem__, default=None)
        strands.append(strand)
    return strands, strand_of


def _links(
    columns: Mapping[str, int], edges: Iterable[Edge], strand_of: Mapping[str, Strand]
) -> tuple[list[Strand], dict[Edge, Leg]]:
    """(strands of links alone, ways of all links).

    A path goes on straight behind its last card; a path whose first card is fed from afar begins
    as far before it.
    """
    legs: dict[Edge, Leg] = {}
    long: dict[str, list[Edge]] = defaultdict(list)
    next_on = {
        (a, b)
        for strand in set(strand_of.values())
        for (_, b), (_, a) in pairwise(strand.cards.items())
    }
    for edge in edges:
        source, target, _ = edge
        own, turn, end = strand_of[source], columns[source], columns[target] - 1
        if (source, target) in next_on or turn == end:
            legs[edge] = Leg(own, end, None, end)
        else:
            long[source].append(edge)
    alone = []
    begun: set[Strand] = set()
    for source, group in long.items():
        own, turn = strand_of[source], columns[source]
        last = max(columns[target] for _, target, _ in group) - 1
        goal = strand_of[group[0][1]]
        if own.high == turn:
            run: Strand | None = None
            own.high = last
        elif len(group) == 1 and min(goal.cards) == last + 1 and goal not in begun:
            run = goal
            run.low = turn + 1
            begun.add(goal)
        else:
            run = Strand(turn + 1, last)
            alone.append(run)
        for edge in group:
            end = columns[edge[1]] - 1
            legs[edge] = Leg(own, end if run is None else turn, run, end)
    return alone, legs


def _join(strand_of: Mapping[str, Strand], legs: Mapping[Edge, Leg]) -> None:
    """Note where links go from one strand to another, and into which ports."""
    begun: set[tuple[Strand, Strand]] = set()
    for (_, target, port), leg in legs.items():
        goal = strand_of[target]
        if leg.second is not None and (leg.first, leg.second) not in begun:
            begun.add((leg.first, leg.second))
            _joint(leg.turn, leg.first, leg.second)
        last = leg.second or leg.first
        last.arrivals.append((target, port))
        if last is not goal:
            _joint(leg.end, last, goal)


def _joint(gap: int, one: Strand, other: Strand) -> None:
    one.joints.append((gap, other))
    other.joints.append((gap, one))


def _ordered(cards: list[Strand], links: list[Strand]) -> list[Strand]:
    order: list[Strand] = []
    at_gap: dict[int, list[tuple[Strand, Strand]]] = defaultdict(list)
    into: dict[str, list[tuple[int, Strand]]] = defaultdict(list)
    for strand in (*cards, *links):
        for target, port in strand.arrivals:
            into[target].append((port, strand))

    spent = 0

    def put_in(strand: Strand) -> int:
        nonlocal spent
        spent += len(strand.joints) * len(order)
        spent += sum(len(at_gap[gap]) for gap in range(strand.low, strand.high))
        if spent <= _MOST_EFFORT:
            cost, place = _best_place(strand, order, at_gap, into)
        else:
            ranks = [other.rank for _, other in strand.joints]
            cost, place = 0, max(ranks, default=len(order) - 1) + 1
        order.insert(place, strand)
        for rank in range(place, len(order)):
            order[rank].rank = rank
        for gap, other in strand.joints:
            if other.rank >= 0:
                at_gap[gap].append((strand, other))
        return cost

    def take_out(strand: Strand) -> None:
        order.pop(strand.rank)
        for rank in range(strand.rank, len(order)):
            order[rank].rank = rank
        strand.rank = -1
        for gap, _ in strand.joints:
            at_gap[gap] = [pair for pair in at_gap[gap] if strand not in pair]

    everything = [*cards, *sorted(links, key=lambda s: (_span(s), s.low))]
    costs = {strand: put_in(strand) for strand in everything}
    for _ in range(_PASSES):
        crossing = [strand for strand in everything[1:] if costs[strand] >= _PORT]
        for strand in crossing:
            take_out(strand)
            costs[strand] = put_in(strand)
    return order


def _best_place(
    strand: Strand,
    order: list[Strand],
    at_gap: Mapping[int, list[tuple[Strand, Strand]]],
    into: Mapping[str, list[tuple[int, Strand]]],
) -> tuple[int, int]:
    """(cost, index in `order`) of the place with the fewest crossings (those of links in the wrong
    order for their ports, too), then the nearest one to what the strand is linked with, then the
    lower one.
    """
    if not order:
        return 0, 0
    near = [o for o in order if o.low <= strand.high + 1 and o.high >= strand.low - 1]
    ranks = [other.rank for other in near]
    count = len(near)
    steps = [0] * (count + 2)  # differences of the costs of the places 0..count

    def add(first: int, last: int, cost: int) -> None:
        if first <= last:
            steps[first] += cost
            steps[last + 1] -= cost

    for gap, other in strand.joints:
        if other.rank < 0:
            continue
        here = bisect_left(ranks, other.rank)
        upper = [i for i in range(here) if near[i].low <= gap < near[i].high]
        lower = [i for i in range(here + 1, count) if near[i].low <= gap < near[i].high]
        for index in upper:
            add(0, index, _CROSSING)
        for index in lower:
            add(index + 1, count, _CROSSING)
        for index in range(here):
            add(0, index, _DISTANCE)
        for index in range(here + 1, count):
            add(index + 1, count, _DISTANCE)
        add(0, here, _ABOVE)
    for target, port in strand.arrivals:
        for rival, other in into[target]:
            if other is strand or other.rank < 0:
                continue
            here = bisect_left(ranks, other.rank)
            if rival > port:
                add(here + 1, count, _PORT)
            else:
                add(0, here, _PORT)
    for gap in range(strand.low, strand.high):
        for one, other in at_gap.get(gap, ()):
            if one is strand or other is strand:
                continue
            ends = sorted((bisect_left(ranks, one.rank), bisect_left(ranks, other.rank)))
            add(ends[0] + 1, ends[1], _CROSSING)
    best, total, found = None, 0, 0
    for place in range(count + 1):
        total += steps[place]
        if best is None or total <= best:
            best, found = total, place
    assert best is not None
    if found < count:
        return best, near[found].rank
    return best, (near[-1].rank + 1 if near else len(order))


def crossings(woven: Weave) -> int:
    """How often a link that changes its strand crosses one that runs on, and how often such
    changes in one gap interleave.
    """
    changes: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for strand in woven.strands:
        for gap, other in strand.joints:
            changes[gap].add((min(strand.rank, other.rank), max(strand.rank, other.rank)))
    found = 0
    for gap, pairs in changes.items():
        through = [s.rank for s in woven.strands if s.low <= gap < s.high]
        for upper, lower in pairs:
            found += bisect_left(through, lower) - bisect_left(through, upper + 1)
        ordered = sorted(pairs)
        found += sum(
            a[0] < b[0] < a[1] < b[1] for i, a in enumerate(ordered) for b in ordered[i + 1 :]
        )
    return found
