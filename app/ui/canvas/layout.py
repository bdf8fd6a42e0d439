"""Where cards and links stand, in px of the drawing at 100%: longest-path layers in wrapped rows.

Pure geometry without Qt. A column holds the layers that are equally far from the input. A link that
passes over a column keeps a lane of its own there, so that no line runs through a card. When the
columns do not fit beside each other they go on in the next row, and the links return in the gap.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
from app.ui.canvas.routing import Router, filled_places

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
    "input_port",
    "output_port",
    "place_network",
    "port_counts",
]


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


def _stations(edge: Edge, columns: Mapping[str, int]) -> list[object]:
    """Source, one place holder for each column that the link passes over, target."""
    source, target, port = edge
    passed = range(columns[source] + 1, columns[target])
    return [source, *((source, target, port, column) for column in passed), target]


def _lanes(
    names: Sequence[str], columns: Mapping[str, int], chains: Mapping[Edge, list[object]]
) -> dict[object, int]:
    """The lane of each card and place holder: that of its first predecessor, or the next free one
    below.
    """
    before: dict[object, list[object]] = defaultdict(list)
    in_column: dict[int, list[object]] = defaultdict(list)
    for name in names:
        in_column[columns[name]].append(name)
    for chain in chains.values():
        for a, b in pairwise(chain):
            before[b].append(a)
        for holder in chain[1:-1]:
            assert isinstance(holder, tuple)
            in_column[holder[3]].append(holder)
    lanes: dict[object, int] = {}
    for column in sorted(in_column):
        wanted = {
            node: min((lanes[b] for b in before[node] if b in lanes), default=0)
            for node in in_column[column]
        }
        free = 0
        for node in sorted(in_column[column], key=lambda n: (wanted[n], isinstance(n, tuple))):
            lanes[node] = max(free, wanted[node])
            free = lanes[node] + 1
    return lanes


@dataclass(frozen=True)
class _Grid:
    """Where columns and lanes lie."""

    per_row: int
    row_tops: tuple[float, ...]
    row_bottoms: tuple[float, ...]
    lane_height: float

    def corner(self, column: int, lane: int) -> Point:
        x = MARGIN_LEFT + (column % self.per_row) * (CARD_WIDTH + GAP_ACROSS)
        y = self.row_tops[column // self.per_row] + lane * (self.lane_height + GAP_DOWN)
        return x, y


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
    if places and any(name in places for name in names):
        return _placed_by_hand(names, edges, places, counts, lane_height)
    columns = column_numbers(names, edges)
    per_row = columns_that_fit(width)
    forward = [edge for edge in edges if columns[edge[0]] < columns[edge[1]]]
    chains = {edge: _stations(edge, columns) for edge in forward}
    lanes = _lanes(names, columns, chains)
    column_of: dict[object, int] = {node: columns[node] for node in names}
    column_of.update({node: node[3] for node in lanes if isinstance(node, tuple)})

    row_count = 1 + max((c // per_row for c in columns.values()), default=0)
    lanes_in_row = [1] * row_count
    for node, lane in lanes.items():
        row = column_of[node] // per_row
        lanes_in_row[row] = max(lanes_in_row[row], lane + 1)
    returning: dict[int, list[tuple[Edge, int]]] = defaultdict(list)
    for edge, chain in chains.items():
        for index, (a, b) in enumerate(pairwise(chain)):
            if column_of[a] // per_row != column_of[b] // per_row:
                returning[column_of[a] // per_row].append((edge, index))

    tops, bottoms, y = [], [], float(MARGIN_TOP)
    for row in range(row_count):
        tops.append(y)
        y += lanes_in_row[row] * (lane_height + GAP_DOWN) - GAP_DOWN
        bottoms.append(y)
        y += GAP_DOWN + 16 * max(0, len(returning[row]) - 1)
    grid = _Grid(per_row, tuple(tops), tuple(bottoms), lane_height)
    corners = {node: grid.corner(column_of[node], lane) for node, lane in lanes.items()}
    courses = {
        edge: _course(chain, edge, corners, grid, returning, column_of)
        for edge, chain in chains.items()
    }
    for edge in edges:
        if edge not in courses:
            courses[edge] = _back_course(corners[edge[0]], corners[edge[1]])
    return CanvasLayout(
        places={name: corners[name] for name in names},
        courses={edge: courses[edge] for edge in edges},
        row_of={name: columns[name] // per_row for name in names},
        row_tops=grid.row_tops,
        width=MARGIN_LEFT + per_row * (CARD_WIDTH + GAP_ACROSS) - GAP_ACROSS + MARGIN_RIGHT,
        height=bottoms[-1] + MARGIN_BOTTOM,
    )


def _course(
    chain: list[object],
    edge: Edge,
    corners: Mapping[object, Point],
    grid: _Grid,
    returning: Mapping[int, list[tuple[Edge, int]]],
    column_of: Mapping[object, int],
) -> LinkCourse:
    points: list[Point] = []
    on_line: Point | None = None
    straight: list[tuple[float, Point]] = []
    for index, (a, b) in enumerate(pairwise(chain)):
        left, right = corners[a], corners[b]
        start = (left[0] + CARD_WIDTH, left[1] + PORT_Y)
        end = (right[0], right[1] + PORT_Y)
        points.append(start)
        row = column_of[a] // grid.per_row
        if column_of[b] // grid.per_row != row:
            order = returning[row].index((edge, index))
            y = grid.row_bottoms[row] + GAP_DOWN / 2 + 16 * order
            far, near = start[0] + RETURN_REACH + 3 * order, end[0] - RETURN_REACH - 3 * order
            points += [(far, start[1]), (far, y), (near, y), (near, end[1])]
            on_line = on_line or ((far + near) / 2, y)
        elif start[1] != end[1]:
            x = start[0] + GAP_ACROSS / 2
            points += [(x, start[1]), (x, end[1])]
            straight.append((1, (x, end[1])))
        else:
            straight.append((2, ((start[0] + end[0]) / 2, end[1])))
        if isinstance(b, tuple):
            straight.append((3, (right[0] + CARD_WIDTH / 2, end[1])))
        points.append(end)
    middle = on_line or max(straight, key=lambda item: item[0])[1]
    return LinkCourse(
        corners=without_repeats(points),
        label=middle if on_line else (middle[0], middle[1] - 13),
        label_on_line=on_line is not None,
        middle=middle,
    )


def _back_course(source: Point, target: Point) -> LinkCourse:
    """A link against the direction of the network: around both cards, above the target."""
    start = (source[0] + CARD_WIDTH, source[1] + PORT_Y)
    end = (target[0], target[1] + PORT_Y)
    y = min(source[1], target[1]) - 8
    far, near = start[0] + RETURN_REACH, end[0] - RETURN_REACH
    middle = ((far + near) / 2, y)
    return LinkCourse(
        (start, (far, start[1]), (far, y), (near, y), (near, end[1]), end), middle, True, middle
    )


def _placed_by_hand(
    names: Sequence[str],
    edges: Sequence[Edge],
    places: Mapping[str, Point],
    ports: Mapping[str, int],
    lane_height: float,
) -> CanvasLayout:
    found = filled_places(names, edges, places, lane_height)
    router = Router(found, ports)
    courses = {edge: router.course(edge) for edge in edges}
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
