"""Going through a search space dimension by dimension, and setting what was chosen.

What exists depends on what was chosen before: the momentum only with SGD, the width of a third
copy only where there are three. So each dimension is looked up in the project as it has become so
far; one that is not there, or does not apply, is left out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_copies import copies_of
from app.core.options import Option
from app.core.project import Project
from app.core.project_paths import ProjectPathError
from app.core.search_paths import (
    KINDS,
    Place,
    copies_path,
    copy_path,
    is_copies,
    layer_of,
    place_of,
)
from app.core.search_settings import Dimension, Values
from app.core.short_names import quoted, shortened
from app.core.validation_words import plain_errors

Choose = Callable[[str, Dimension, Option], OptionValue]
"""`(path, dimension, option)` to the value; the path is that of the dimension, or of a copy."""


@dataclass(frozen=True)
class Question:
    """A dimension that is there and applies: which value?"""

    path: str
    dimension: Dimension
    option: Option


@dataclass(frozen=True)
class Walk:
    """Part of the way through a space.

    Attributes:
        project: with the values chosen so far.
        pending: paths that are still to be looked up, with their dimensions.
        values: what was chosen, by path, in the order in which it was asked.
        copied: layers whose number of copies was chosen; their options are those of all copies.
    """

    project: Project
    pending: tuple[tuple[str, Dimension], ...]
    values: tuple[tuple[str, OptionValue], ...] = ()
    copied: frozenset[str] = frozenset()

    def next(self) -> "tuple[Question | None, Walk]":
        """The next question, None when there is none, and the walk without it."""
        walk = self
        while walk.pending:
            path, dimension = walk._first()
            rest = tuple(each for each in walk.pending if each[0] != path)
            if dimension.each_copy and path == dimension.path:
                rest = (*walk._copies_of(dimension), *rest)
            walk = replace(walk, pending=rest)
            place = place_of(walk.project, path)
            if place is not None and walk._applies(place, path, dimension):
                return Question(path, dimension, place.option), walk
        return None, walk

    def answered(self, path: str, value: OptionValue) -> "Walk":
        """The walk on which `path` has got `value`.

        Raises:
            ProjectPathError: the project has no such path, or its option refuses the value.
        """
        project, copied = set_searched(self.project, path, value, self.copied)
        return replace(self, project=project, copied=copied, values=(*self.values, (path, value)))

    def _first(self) -> tuple[str, Dimension]:
        """The first one that depends on none of the others that are still pending."""
        paths = {path for path, _ in self.pending}
        for path, dimension in self.pending:
            if not any(condition in paths for condition in self.conditions(path)):
                return path, dimension
        return self.pending[0]

    def conditions(self, path: str) -> tuple[str, ...]:
        """Paths of the options on which it depends whether the one at `path` applies."""
        place = place_of(self.project, path)
        if place is None or not place.conditions:
            return ()
        layer = layer_of(self.project.network, path)
        if layer is None or place.table == f"network.{layer}.":
            return place.conditions
        own = f"network.{layer}."  # of which the copy has the value unless it gets its own
        return (*place.conditions, *(own + c[len(place.table) :] for c in place.conditions))

    def _copies_of(self, dimension: Dimension) -> tuple[tuple[str, Dimension], ...]:
        layer = layer_of(self.project.network, dimension.path)
        if layer is None or is_copies(self.project, dimension.path):
            return ()
        count = len(copies_of(self.project.network, layer))
        paths = (copy_path(dimension.path, layer, number) for number in range(2, count + 1))
        return tuple((path, dimension) for path in paths)

    def _applies(self, place: Place, path: str, dimension: Dimension) -> bool:
        """An option of all copies applies where it does in one of them."""
        if place.applies:
            return True
        layer = layer_of(self.project.network, path)
        if layer not in self.copied or dimension.each_copy or path != dimension.path:
            return False
        count = len(copies_of(self.project.network, layer))
        others = (
            place_of(self.project, copy_path(path, layer, number)) for number in range(2, count + 1)
        )
        return any(other is not None and other.applies for other in others)


def begun(project: Project) -> Walk:
    """The walk through the whole space of `project`: structure and kinds first, then in order."""
    space = sorted(project.search.space, key=lambda dimension: _stage(project, dimension.path))
    return Walk(project, tuple((dimension.path, dimension) for dimension in space))


def walk(project: Project, choose: Choose) -> tuple[Project, Values]:
    """One trial: `choose` is asked for the value of each dimension that is there.

    Copies and kinds come first, then options on which others depend, the rest in the order of the
    space.

    Returns:
        the project with these values, its `search` as it was; and the values in the order of the
        space.

    Raises:
        ProjectPathError: a value is refused by its option.
    """
    question, way = begun(project).next()
    while question is not None:
        value = choose(question.path, question.dimension, question.option)
        question, way = way.answered(question.path, value).next()
    return way.project, in_order(project, way.values)


def with_values(project: Project, values: Mapping[str, OptionValue]) -> Project:
    """The project of a trial, its `search` as it was; `values` in any order.

    Raises:
        ProjectPathError: a path is not there in this project, or its option refuses the value.
    """
    copied: frozenset[str] = frozenset()
    for path in sorted(values, key=lambda path: _stage(project, path)):
        project, copied = set_searched(project, path, values[path], copied)
    return project


def _not_there(project: Project, path: str) -> ProjectPathError:
    head, _, rest = path.partition(".")
    layer, _, name = rest.rpartition(".")
    layer, has = layer.partition("[")[0], f"the option {quoted(name.replace('_', ' '), 40)}"
    if head != "network":
        gone = "The settings no longer have an option that this trial searched."
    elif not project.network.has(layer):
        gone = f"The network no longer has the layer {shortened(layer)} that this trial searched."
    else:
        gone = f"The layer {shortened(layer)} no longer has {has} that this trial searched."
    return ProjectPathError(
        gone,
        f"The trial sets {shortened(path, 80)}; its values belong to the network and settings of "
        "its search.",
        "Undo until it is back, or search again with the project as it is now.",
    )


def set_searched(
    project: Project, path: str, value: OptionValue, copied: frozenset[str]
) -> tuple[Project, frozenset[str]]:
    """`project` in which `path` holds `value`, in all copies of a layer among `copied`; and
    `copied` with the layer whose number of copies was set.

    Raises:
        ProjectPathError: there is no such path, or its option refuses the value.
    """
    place = place_of(project, path)
    if place is None:
        raise _not_there(project, path)
    refusal = place.option.check(value)
    if refusal is None:
        try:
            return _set(project, place, path, value, copied)
        except ValidationError as error:
            refusal = "; ".join(plain_errors(error))
        except ValueError as error:
            refusal = str(error)
    raise ProjectPathError(
        f"{path} can't be {shortened(place.option.format(value))}.",
        refusal if refusal.endswith(".") else f"{refusal}.",
        "Choose another value in the search space.",
    )


def in_order(project: Project, values: tuple[tuple[str, OptionValue], ...]) -> Values:
    """`values` in the order of the space; those of copies behind one another."""
    place = {dimension.path: index for index, dimension in enumerate(project.search.space)}

    def rank(path: str) -> int:
        head, bracket, tail = path.partition("[")
        first = f"{head}{tail[tail.index(']') + 1 :]}" if bracket else path
        return place.get(path, place.get(first, len(place)))

    given = dict(values)
    return FrozenMap({path: given[path] for path in sorted(given, key=rank)})


def _set(
    project: Project, place: Place, path: str, value: OptionValue, copied: frozenset[str]
) -> tuple[Project, frozenset[str]]:
    layer = layer_of(project.network, path)
    project = place.entry.set(project, value)
    if layer is None:
        return project, copied
    if path == copies_path(layer):
        return project, copied | {layer}
    if layer in copied and place.layers == (layer,):
        for number in range(2, len(copies_of(project.network, layer)) + 1):
            other = place_of(project, copy_path(path, layer, number))
            if other is not None:
                project = other.entry.set(project, value)
    return project, copied


def _stage(project: Project, path: str) -> tuple[int, str]:
    """Kinds and copies first, each in an order of its own so that the same values make the same
    project; copies' own values last.
    """
    if path in KINDS:
        return KINDS.index(path), ""
    if path.endswith(".copies") and is_copies(project, path):
        return len(KINDS), path
    return len(KINDS) + (2 if "[" in path else 1), ""
