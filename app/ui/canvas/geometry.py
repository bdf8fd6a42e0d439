"""Measures of cards and links, in px of the drawing at 100%, and where their ports are. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CARD_WIDTH = 168
CARD_HEIGHT = 84
CARD_HEIGHT_WITH_STRIP = 112
GAP_ACROSS = 64
GAP_DOWN = 40
PORT_Y = 42
PORT_RADIUS = 3.5
MARGIN_LEFT = 32
MARGIN_TOP = 16
MARGIN_RIGHT = 14
MARGIN_BOTTOM = 12
RETURN_REACH = 16
"""How far a returning link stands off the cards."""

_PORT_PITCH = 16
_PORT_SPAN = 52

Point = tuple[float, float]
Edge = tuple[str, str, int]
"""Source, target and input port of a link."""


@dataclass(frozen=True)
class LinkCourse:
    """The way of one link: corners from port to port, and where its label stands.

    Attributes:
        corners: from the port of the source to the port of the target; consecutive ones share x or
            y.
        label: centre of the label; on the line when `label_on_line`, else beside it.
        middle: the point where a layer is put in; no other link has it.
        labelled: whether there is room for the label; the card of the source tells the shape too.
    """

    corners: tuple[Point, ...]
    label: Point
    label_on_line: bool
    middle: Point
    labelled: bool = True


@dataclass(frozen=True)
class CanvasLayout:
    """Upper left corners of the cards, courses of the links, tops of the rows, and the rectangle
    that holds it all: from (left, top), `width` × `height`.
    """

    places: Mapping[str, Point]
    courses: Mapping[Edge, LinkCourse]
    row_of: Mapping[str, int]
    row_tops: tuple[float, ...]
    width: float
    height: float
    left: float = 0
    top: float = 0


def output_port() -> Point:
    """Where the output of a card is, from its upper left corner."""
    return CARD_WIDTH, PORT_Y


def input_port(number: int, count: int) -> Point:
    """Where input `number` (from 0) of a card with `count` inputs is, from its upper left corner.

    A single one is on the line of the output; several stand evenly about that line, 16 px apart
    as long as there is room. Numbers from `count` on are below the last one.
    """
    count = max(1, count)
    pitch = min(_PORT_PITCH, _PORT_SPAN / max(1, count - 1))
    first = PORT_Y - pitch * (count - 1) / 2
    last = first + pitch * (count - 1)
    y = first + pitch * number if number < count else min(last + 12, CARD_HEIGHT - 6)
    return 0, y


def port_counts(edges: Iterable[Edge]) -> dict[str, int]:
    """How many inputs each card must show for its links: the highest port and those before it."""
    counts: dict[str, int] = {}
    for _, target, port in edges:
        counts[target] = max(counts.get(target, 1), port + 1)
    return counts


def columns_that_fit(width: float) -> int:
    """How many cards stand beside each other in a view of `width` px; at least one."""
    usable = width - MARGIN_LEFT - MARGIN_RIGHT + GAP_ACROSS
    return max(1, int(usable // (CARD_WIDTH + GAP_ACROSS)))


def without_repeats(points: Iterable[Point]) -> tuple[Point, ...]:
    """The corners alone: neither equal neighbours nor points in the middle of a straight line."""
    kept: list[Point] = []
    for point in points:
        if kept and kept[-1] == point:
            continue
        if len(kept) > 1 and (
            kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]
        ):
            kept[-1] = point
            if kept[-2] == point:
                kept.pop()
        else:
            kept.append(point)
    return tuple(kept)
