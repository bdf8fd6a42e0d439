"""Places of cards put by hand: pure edits of `Project.places`, and a free spot for what is new.

A place is the upper left corner of a card in canvas units; an empty map leaves all to the canvas.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from app.core.frozen import FrozenMap
from app.core.network import Network, topological_order
from app.core.project import Project

Point = tuple[float, float]
Alignment = Literal["left", "top", "column", "row"]
Axis = Literal["across", "down"]

GRID = 8
"""Cards put by hand stand on multiples of it."""
CARD_ROOM = (168, 112)
"""Width and height of a card with its health strip."""
PITCH = (232, 152)
"""From a card to the next one across, and down."""
_APART = 16
"""The least room between a card that is placed and the others."""
_FARTHEST = 1e6
"""What `Project.places` takes."""


def snapped(place: Point) -> Point:
    """The nearest point of the grid, no farther out than a place may be. Halves go up, all of
    them: equal distances stay equal.
    """
    x, y = (
        max(-_FARTHEST, min(_FARTHEST, GRID * math.floor(value / GRID + 0.5))) for value in place
    )
    return float(x), float(y)


def places_of(project: Project) -> dict[str, Point]:
    """The places of layers that are there, by id."""
    names = {layer.id for layer in project.network.layers}
    return {
        name: (float(place[0]), float(place[1]))
        for name, place in project.places.items()
        if name in names and isinstance(place, tuple)
    }


def with_places(
    project: Project, places: Mapping[str, Point], present: Mapping[str, Point]
) -> Project:
    """`project` with some layers at other places.

    Args:
        places: the new ones by id; names that no layer has are left out.
        present: where all cards stand now; when none was placed by hand yet they stay there.
    """
    names = {layer.id for layer in project.network.layers}
    kept = places_of(project) or dict(present)
    changed = {**kept, **{name: snapped(place) for name, place in places.items()}}
    placed = {name: place for name, place in changed.items() if name in names}
    return project.model_copy(update={"places": FrozenMap(placed)})


def arranged(project: Project) -> Project:
    """`project` whose cards the canvas arranges."""
    return project.model_copy(update={"places": FrozenMap()})


# ---------------------------------------------------------------- aligning


def aligned(
    places: Mapping[str, Point], names: Collection[str], alignment: Alignment
) -> dict[str, Point]:
    """New places of `names` on one line; those that would cover each other move along it.

    Args:
        alignment: "left" the leftmost edge, "top" the highest one; "column" the middle of all, one
            above the other; "row" the same beside each other.
    """
    across = alignment in ("left", "column")  # the coordinate that becomes equal
    fixed, free = (0, 1) if across else (1, 0)
    values = [places[name][fixed] for name in names]
    if not values:
        return {}
    middle = (min(values) + max(values)) / 2
    line = min(values) if alignment in ("left", "top") else middle
    order = sorted(names, key=lambda name: (places[name][free], places[name][fixed]))
    least = CARD_ROOM[free] + _APART
    result: dict[str, Point] = {}
    last: float | None = None
    for name in order:
        value = places[name][free]
        if last is not None:
            value = max(value, last + least)
        last = value
        result[name] = snapped((line, value) if across else (value, line))
    return result


def distributed(
    places: Mapping[str, Point], names: Collection[str], axis: Axis
) -> dict[str, Point]:
    """New places of `names` at equal distances between the first and the last along `axis`."""
    index = 0 if axis == "across" else 1
    order = sorted(names, key=lambda name: (places[name][index], places[name][1 - index]))
    if len(order) < 3:
        return {name: places[name] for name in order}
    first, last = places[order[0]][index], places[order[-1]][index]
    result: dict[str, Point] = {}
    for number, name in enumerate(order):
        value = first + (last - first) * number / (len(order) - 1)
        x, y = places[name]
        result[name] = snapped((value, y) if index == 0 else (x, value))
    return result


# ---------------------------------------------------------------- a spot for what is new


def settled(before: Project, after: Project) -> Project:
    """`after` with a place for each layer that has none, and no place for those that are gone.

    Nothing is done while the canvas arranges all; when most layers are new it does so again.

    Args:
        before: the project that was edited; layers that it had are not moved without need.
    """
    if not after.places:
        return after
    places = places_of(after)
    missing = [layer.id for layer in after.network.layers if layer.id not in places]
    if not missing and len(places) == len(after.places):
        return after
    known = sum(before.network.has(name) for name in places)
    if not places or known < len(missing):
        return arranged(after)
    return after.model_copy(update={"places": FrozenMap(completed(after.network, places))})


def completed(network: Network, places: Mapping[str, Point]) -> dict[str, Point]:
    """`places` with a spot for each layer that has none: on its link, or near what feeds it."""
    done = dict(places)
    ordered, circular = topological_order(network)
    sources: dict[str, list[str]] = {layer.id: [] for layer in network.layers}
    targets: dict[str, list[str]] = {layer.id: [] for layer in network.layers}
    for link in network.links:
        sources[link.target].append(link.source)
        targets[link.source].append(link.target)
    for layer in (*ordered, *circular):
        if layer.id in done:
            continue
        before = [done[name] for name in sources[layer.id] if name in done]
        behind = [name for name in targets[layer.id] if name in done]
        if before and behind:
            _place_between(network, done, layer.id, before, behind, targets)
        elif before:
            x = max(place[0] for place in before) + PITCH[0]
            done[layer.id] = free_spot((x, before[0][1]), done.values())
        elif behind:
            x, y = done[behind[0]]
            done[layer.id] = free_spot((x - PITCH[0], y), done.values())
        else:
            x = min((place[0] for place in done.values()), default=0.0)
            y = max((place[1] for place in done.values()), default=-float(PITCH[1]))
            done[layer.id] = free_spot((x, y + PITCH[1]), done.values())
    return done


def _place_between(
    network: Network,
    places: dict[str, Point],
    name: str,
    before: Sequence[Point],
    behind: Sequence[str],
    targets: Mapping[str, Sequence[str]],
) -> None:
    """Put `name` between what feeds it and what it feeds; those behind make room when they can."""
    left, y = max(before)
    x = min(places[other][0] for other in behind)
    middle = ((left + x) / 2, y)
    if x - left >= 2 * CARD_ROOM[0] + 2 * _APART and is_free(middle, places.values()):
        places[name] = snapped(middle)
        return
    wanted = snapped((left + PITCH[0], y))
    if is_free(wanted, places.values()):
        places[name] = wanted
        return
    pushed: set[str] = set()
    waiting = [other for other in behind if places[other][0] > left]
    while waiting:  # along the row; where it turns back to the left, the rest stays
        other = waiting.pop()
        if other not in pushed:
            pushed.add(other)
            waiting += [
                t for t in targets[other] if t in places and places[t][0] > places[other][0]
            ]
    shifted = {other: (places[other][0] + PITCH[0], places[other][1]) for other in pushed}
    others = [place for other, place in places.items() if other not in pushed]
    fits = all(abs(place[0]) < _FARTHEST for place in shifted.values())
    if fits and all(is_free(place, others) for place in (*shifted.values(), wanted)):
        places.update(shifted)
        places[name] = wanted
        return
    places[name] = free_spot((left + PITCH[0], y + PITCH[1]), places.values())


def is_free(place: Point, others: Iterable[Point]) -> bool:
    """Whether a card at `place` stands clear of cards at `others`."""
    x, y = place
    across, down = CARD_ROOM[0] + _APART, CARD_ROOM[1] + _APART
    return not any(abs(x - a) < across and abs(y - b) < down for a, b in others)


def free_spot(wanted: Point, others: Iterable[Point]) -> Point:
    """The grid point at `wanted`, or the nearest above or below it where a card covers no other."""
    x, y = snapped(wanted)
    taken = list(others)
    across, down = CARD_ROOM[0] + _APART, CARD_ROOM[1] + _APART
    near = [b for a, b in taken if abs(a - x) < across]
    below = [float(GRID * math.ceil((b + down) / GRID)) for b in near]
    above = [float(GRID * math.floor((b - down) / GRID)) for b in near]
    candidates = sorted([y, *below, *above], key=lambda level: (abs(level - y), -level))
    return next((snapped((x, level)) for level in candidates if is_free((x, level), taken)), (x, y))


def pasted_places(
    relative: Mapping[str, Point],
    names: Mapping[str, str],
    corner: Point,
    others: Iterable[Point],
) -> dict[str, Point]:
    """Where pasted layers go: as they stood to each other, clear of what is there.

    Args:
        relative: their places by the names that they were copied with.
        names: the new names by those.
        corner: where their upper left corner is wanted.
        others: places that are taken.
    """
    taken = list(others)
    shape = {name: relative[old] for old, name in names.items() if old in relative}
    if not shape:
        return {}
    left, top = min(p[0] for p in shape.values()), min(p[1] for p in shape.values())
    x, y = snapped(corner)
    for _ in range(len(taken) + 1):
        moved = {name: (x + a - left, y + b - top) for name, (a, b) in shape.items()}
        if all(is_free(place, taken) for place in moved.values()):
            break
        x, y = x + 2 * GRID, y + 2 * GRID
    return {name: snapped(place) for name, place in moved.items()}
