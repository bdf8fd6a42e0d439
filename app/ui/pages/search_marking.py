"""What is searched, as marks beside the options of the project; the edits of the search space."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from app.core.dimension_problems import dimension_problems
from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_copies import copies_of
from app.core.network import Layer
from app.core.options import MORE, Option
from app.core.project import Project
from app.core.search_paths import COPIES, copies_path, layer_of, place_anywhere, place_of
from app.core.search_settings import Dimension
from app.core.search_space import default_dimension, marked, unmarked, values_of
from app.core.short_names import in_sentence
from app.ui.dimension_text import is_ticked
from app.ui.project_document import ProjectDocument
from app.ui.search_marks import Mark

SEARCH_COPIES = "Search the number of layers like this"
COPIES_LABEL = "Copies (layers)"
"""As it is looked for; elsewhere the layer stands beside it."""
NOT_THERE = "Nothing is called so in this project now: bring it back, or take this away."


@dataclass(frozen=True)
class Searched:
    """One dimension of the space.

    Attributes:
        title, owner: the option in words, and what it belongs to: a layer, "training", "data".
        option: None where nothing is there under its path.
    """

    dimension: Dimension
    title: str
    owner: str
    option: Option | None
    mark: Mark


class SearchMarking:
    """Marks of the options of a document's project, and one undoable step for each edit of them."""

    def __init__(self, document: ProjectDocument) -> None:
        self._document = document
        self._options: dict[str, Option] = {}

    def marks(self, head: str, options: Iterable[Option]) -> dict[str, Mark]:
        """The marks of those `options` that can be searched, by name; paths are `head` and name."""
        project = self._document.project
        if project is None:
            return {}
        space = {dimension.path: dimension for dimension in project.search.space}
        points, wrong = project.search.grid_points, complaints(project)
        self._options = {f"{head}{option.name}": option for option in options}
        marks = {}
        for path, option in self._options.items():
            if place_of(project, path) is None:
                continue
            dimension = space.get(path)
            marks[option.name] = Mark(
                dimension,
                wrong.get(path, ""),
                () if dimension is None else values_of(dimension, option, points),
                _can_differ(project, path, space),
            )
        return marks

    def ask(self, path: str) -> None:
        """Search the option called `path`, or do not search it any more."""
        project = self._document.project
        if project is None:
            return
        place = place_of(project, path)
        if any(dimension.path == path for dimension in project.search.space):
            self.remove(path)
        elif place is not None:
            option = self._options.get(path, place.option)
            dimension = default_dimension(project, path, option)
            self._document.edit(f"Search {path_words(project, path)}", marked(project, dimension))

    def offer_copies(self, layer_id: str) -> tuple[str, str] | None:
        """The words of a menu for searching how often a layer stands one behind the other, and the
        path; None where it cannot be copied.
        """
        project, path = self._document.project, copies_path(layer_id)
        if project is None or place_of(project, path) is None:
            return None
        searched = any(dimension.path == path for dimension in project.search.space)
        return ("Do not search its copies" if searched else SEARCH_COPIES), path

    def space(self) -> list[Searched]:
        """Everything that is searched, in the order of the space."""
        project = self._document.project
        if project is None:
            return []
        space = {dimension.path: dimension for dimension in project.search.space}
        found, wrong = [], complaints(project)
        for path, dimension in space.items():
            place = place_anywhere(project, path)
            if place is None:
                mark = Mark(dimension, NOT_THERE)
                found.append(Searched(dimension, path, "", None, mark))
                continue
            option = place.option
            grid = values_of(dimension, option, project.search.grid_points)
            mark = Mark(dimension, wrong.get(path, ""), grid, _can_differ(project, path, space))
            owner = layer_of(project.network, path) or path.split(".")[0]
            found.append(Searched(dimension, option.label, owner, option, mark))
        return found

    def change(self, dimension: Dimension) -> None:
        """Search over another `dimension` of the same path; what is typed in a row becomes one
        step.
        """
        project = self._document.project
        if project is not None:
            self._document.edit(
                f"Search other values of {path_words(project, dimension.path)}",
                marked(project, dimension),
                merge_key=_merge_key(project, dimension),
            )

    def remove(self, path: str) -> None:
        project = self._document.project
        if project is not None:
            words = path_words(project, path)
            self._document.edit(f"Do not search {words}", unmarked(project, path))


def _merge_key(project: Project, new: Dimension) -> str | None:
    """Of an edit by keys; None of a tick, which is a step of its own."""
    place = place_anywhere(project, new.path)
    old = next((d for d in project.search.space if d.path == new.path), None)
    if old is None or place is None or is_ticked(place.option):
        return None
    if (old.values, old.low, old.high) != (new.values, new.low, new.high):
        return f"search.{new.path}.values"
    return (
        f"search.{new.path}.step" if (old.log, old.each_copy) == (new.log, new.each_copy) else None
    )


def complaints(project: Project) -> dict[str, str]:
    """What is wrong with dimensions by themselves, by path."""
    found: dict[str, str] = {}
    for problem in dimension_problems(project):
        if problem.severity == "error":
            found.setdefault(problem.where, f"{problem.happened} {problem.how_to_fix}")
    return found


def path_words(project: Project, path: str) -> str:
    """The option called `path` for people: "units of dense_1", "learning rate"."""
    place, layer = place_of(project, path), layer_of(project.network, path)
    label = place.option.label if place is not None else path.rpartition(".")[2].replace("_", " ")
    label = in_sentence(label)
    return f"{label} of {layer}" if layer is not None else label


def _can_differ(project: Project, path: str, space: Mapping[str, Dimension]) -> bool:
    """Whether there are copies, or may be, that could have values of their own."""
    layer = layer_of(project.network, path)
    if layer is None or path == copies_path(layer) or path not in space:
        return False
    copies = copies_path(layer)
    several = len(copies_of(project.network, layer)) > 1
    return copies in space or several or space[path].each_copy


def with_copies_option(
    project: Project, layer: Layer, options: tuple[Option, ...]
) -> tuple[tuple[Option, ...], FrozenMap]:
    """The options of a layer and their values, with the number of its copies among what few need;
    as they are where a layer cannot be copied.
    """
    place = place_of(project, copies_path(layer.id))
    if place is None or not options:
        return options, layer.options
    return _with_copies(options), layer.options.set(COPIES.name, place.entry.value)


def set_copies(project: Project, layer_id: str, count: OptionValue) -> Project:
    """`project` in which a layer stands `count` times one behind the other.

    Raises:
        ValueError: it cannot, with a sentence for the user.
    """
    place = place_of(project, copies_path(layer_id))
    if place is None:
        raise ValueError(f"{layer_id} cannot have copies.")
    return place.entry.set(project, count)


@lru_cache(maxsize=256)
def _with_copies(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """The same tuple for the same options: the form compares them."""
    return (*options, replace(COPIES, label=COPIES_LABEL, group=MORE))
