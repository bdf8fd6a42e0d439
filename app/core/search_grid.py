"""The grid of a search space: every combination once, and how many there are."""

import re
from collections.abc import Callable, Iterator
from functools import partial

from app.core.frozen import OptionValue
from app.core.layer_copies import LONGEST_STEM, MOST_COPIES
from app.core.options import Option
from app.core.project import Project
from app.core.search_paths import KINDS, is_copies, layer_of, place_anywhere
from app.core.search_settings import Dimension, Values
from app.core.search_values import choices_of, values_of
from app.core.search_walk import Question, Walk, begun, in_order

_Known = Callable[[Dimension, Option], tuple[OptionValue, ...] | int]
"""The values of a dimension, or only how many there are."""


def grid(project: Project) -> Iterator[Values]:
    """Every combination of the values of `values_of`, once; the last dimension changes fastest.

    Raises:
        ProjectPathError: while it goes through them, a value that its option refuses.
    """
    points = project.search.grid_points
    waiting: list[Callable[[], Walk]] = [partial(begun, project)]
    while waiting:
        question, way = waiting.pop()().next()
        if question is None:
            yield in_order(project, way.values)
            continue
        values = values_of(question.dimension, question.option, points)
        waiting += [partial(way.answered, question.path, value) for value in reversed(values)]


def grid_size(project: Project, at_most: int = 1_000_001) -> int:
    """How many combinations `grid` gives, `at_most` when there are as many or more; worked out
    from the numbers of values, not by going through them.

    Raises:
        ProjectPathError: a value on which other dimensions depend is refused by its option.
    """
    points = project.search.grid_points
    return _size(project, at_most, lambda d, option: values_of(d, option, points))


def space_size(project: Project, at_most: int = 1_000_001) -> int:
    """How many different settings random draws can find; `at_most` when there are as many or
    more, as there are where a range is gone through without steps. Raises as `grid_size`.
    """

    def known(dimension: Dimension, option: Option) -> tuple[OptionValue, ...] | int:
        found = choices_of(dimension, option)
        if isinstance(found, tuple):
            return found
        if found.whole or found.step:
            count = round((found.high - found.low) / (found.step or 1)) + 1
            if count <= 1000:  # enough to go through one by one where others depend on it
                return tuple(found.low + k * (found.step or 1) for k in range(count))
            return min(count, at_most)
        return at_most

    return _size(project, at_most, known)


def _size(project: Project, at_most: int, known: _Known) -> int:
    total = 1
    for group in _groups(project):
        total *= _count(group, at_most, known)
        if total == 0:
            return 0
        total = min(total, at_most)
    return total


def _count(walk: Walk, at_most: int, known: _Known) -> int:
    """Of one group: what others depend on is gone through value by value, the rest multiplied."""
    factor = 1
    while factor:
        question, walk = walk.next()
        if question is None:
            return factor
        values = known(question.dimension, question.option)
        if isinstance(values, int) or not _decides(walk, question):
            factor = min(factor * (values if isinstance(values, int) else len(values)), at_most)
            continue
        total = 0
        for value in values:
            total += _count(walk.answered(question.path, value), at_most, known)
            if factor * total >= at_most:
                return at_most
        return factor * total
    return 0


def _decides(walk: Walk, question: Question) -> bool:
    """Whether it depends on the answer which of the pending dimensions are there."""
    if not walk.pending:
        return False
    if question.path in KINDS or is_copies(walk.project, question.path):
        return True
    layer = layer_of(walk.project.network, question.path)
    asked = question.path, re.sub(r"\[[0-9]+\]", "", question.path) if layer else ""
    return any(c in asked for path, _ in walk.pending for c in walk.conditions(path))


def _groups(project: Project) -> list[Walk]:
    """Walks through parts of the space that do not depend on one another."""
    groups: dict[str, list[tuple[str, Dimension]]] = {}
    whole = begun(project)
    lost = any(
        path.startswith("network.") and layer_of(project.network, path) is None
        for path, _ in whole.pending
    )
    for path, dimension in whole.pending:
        group = "network" if lost and path.startswith("network.") else _group(project, path)
        groups.setdefault(group, []).append((path, dimension))
    return [Walk(project, tuple(pending)) for pending in groups.values()]


def _group(project: Project, path: str) -> str:
    layer = layer_of(project.network, path)
    if layer is not None:
        return f"network.{_first_of_its_copies(project, layer)}"
    place = place_anywhere(project, path)
    first = place.conditions[0] if place is not None and place.conditions else path
    return ".".join(first.split(".")[:2])


def _first_of_its_copies(project: Project, layer: str) -> str:
    """The layer whose copy `layer` is, as far as it goes: a name of all of them alike."""
    for _ in range(MOST_COPIES):
        sources = project.network.inputs_of(layer)
        if len(sources) != 1 or not layer.startswith(sources[0][:LONGEST_STEM]):
            break
        layer = sources[0]
    return layer
