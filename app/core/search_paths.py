"""What can be searched, by path, one at a time: its option, its value and the edit that sets it.

A path is that of `project_paths`, or `network.LAYER.copies`; `network.LAYER[2].units` is an option
of the second copy of a layer, see `layer_copies`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.data_paths import data_paths
from app.core.data_summary import DataSummary
from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_catalog import layer_kind
from app.core.layer_copies import MOST_COPIES, can_be_copied, copies_of, with_copies
from app.core.near_names import nearest
from app.core.network import INPUT_KIND, Layer, Network
from app.core.options import IntegerOption, Option, complete
from app.core.path_entry import PathEntry
from app.core.project import Project, TrainingSettings
from app.core.project_paths import layer_setter, training_setter
from app.core.remembered import Remembered
from app.core.short_names import quoted
from app.core.training_options import training_options, training_values

COPIES = IntegerOption(
    name="copies",
    label="Copies",
    default=1,
    minimum=1,
    maximum=MOST_COPIES,
    help="The number of layers like this: how often it stands one behind the other. Searched, it "
    "is the number of hidden layers. New copies begin with its options.",
)
KINDS = ("training.epochs", "training.loss", "training.optimizer", "training.schedule")
"""What decides which options there are; the epochs before the schedule, as one that is new comes
in time for them.
"""
_DATA = ("data.preprocessing", "data.class_weighting")
"""What of the data can be searched: what a fold fits anew, and nothing that changes which samples
there are or which of them score.
"""
_NEVER = frozenset({"seed", "device"})
"""Chance and the computer are not settings that a search can be right about."""
_UNKNOWN_DATA = DataSummary(
    title="",
    task="multiclass",
    input_shape=(),
    target_names=(),
    class_names=(),
    counts=(0, 0, 0),
    known=False,
)
"""Makes `training_options` offer what goes with the loss that is set."""
_COPY = re.compile(r"^network\.([^\[\]]+)\[([0-9]{1,3})\]\.(.+)$")


@dataclass(frozen=True)
class Place:
    """Where a path leads in one project.

    Attributes:
        table: what the paths of its neighbours begin with, "training." or "network.dense_1.".
        neighbours: the values of all options of that table.
        layers: ids of the layers that hold the option; empty outside the network.
    """

    entry: PathEntry
    table: str
    neighbours: FrozenMap
    layers: tuple[str, ...] = ()

    @property
    def option(self) -> Option:
        return self.entry.option

    @property
    def applies(self) -> bool:
        return self.option.applies(self.neighbours)

    @property
    def conditions(self) -> tuple[str, ...]:
        """Paths of the options on which it depends whether this one applies."""
        both = (self.option.applies_when, self.option.also_when)
        return tuple(f"{self.table}{condition[0]}" for condition in both if condition)


def place_of(project: Project, path: str) -> Place | None:
    """Where `path` leads; None when nothing that can be searched is there."""
    head, _, rest = path.partition(".")
    if head == "training":
        return _training_place(project, rest)
    if head == "network":
        return _network_place(project, path)
    if path in _DATA:
        return Place(data_paths(project)[path], "data.", FrozenMap())
    return None


def searchable(project: Project) -> dict[str, PathEntry]:
    """Everything that can be searched, by path; behind what there is, the options of optimizers,
    losses and schedules that are themselves searched.
    """
    found = {path: place.entry for path, place in _places(project)}
    for other in _other_kinds(project):
        for path, place in _training_places(other):
            found.setdefault(path, place.entry)
    return found


def place_anywhere(project: Project, path: str) -> Place | None:
    """`place_of`, or where `path` leads once another optimizer, loss or schedule of the space is
    chosen, or copies are made.
    """
    place = place_of(project, path)
    if place is not None:
        return place
    if path.startswith("training."):
        found = (place_of(other, path) for other in _other_kinds(project))
        return next((place for place in found if place is not None), None)
    copy = _COPY.match(path)
    if copy and any(d.path == f"network.{copy[1]}.copies" for d in project.search.space):
        return place_of(project, f"network.{copy[1]}.{copy[3]}")
    return None


def near_paths(project: Project, path: str) -> list[str]:
    """What can be searched and is called much like `path`, best first."""
    if not path.startswith("network."):
        return nearest(path, (*_DATA, *(found for found, _ in _training_places(project))))
    layer = layer_of(project.network, path)
    if layer is not None:
        return nearest(path, (found for found, _ in _layer_places(project, layer)))
    option = path.rpartition(".")[2]
    names = (f"network.{each.id}.{option}" for each in project.network.layers)
    return [found for found in nearest(path, names) if place_of(project, found) is not None]


def layer_of(network: Network, path: str) -> str | None:
    """The layer that `path` names: "dense_1" of "network.dense_1.units" and of
    "network.dense_1[2].units"; None when there is none.
    """
    copy = _COPY.match(path)
    if copy:
        return copy[1] if network.has(copy[1]) else None
    found = _layer_and_option(network, path)
    return found[0].id if found else None


def copy_path(path: str, layer_id: str, number: int) -> str:
    """The path of the same option of copy `number` of a layer; of number 1 `path` itself."""
    option = path.removeprefix(f"network.{layer_id}.")
    return path if number == 1 else f"network.{layer_id}[{number}].{option}"


def copies_path(layer_id: str) -> str:
    return f"network.{layer_id}.{COPIES.name}"


def is_copies(project: Project, path: str) -> bool:
    """Whether `path` is how often a layer stands one behind the other."""
    layer = layer_of(project.network, path)
    return layer is not None and path == copies_path(layer)


def words_of(project: Project, path: str) -> str:
    """What `path` leads to, by the label that a form has: "Units of dense_1", "Units of copy 2 of
    dense_1", "Learning rate"; the path itself where nothing is there.
    """
    place = place_anywhere(project, path)
    if place is None:
        return path
    layer, copy = layer_of(project.network, path), _COPY.match(path)
    if layer is None:
        return place.option.label
    return f"{place.option.label} of {f'copy {int(copy[2])} of ' if copy else ''}{layer}"


# ---------------------------------------------------------------- network


def _network_place(project: Project, path: str) -> Place | None:
    copy = _COPY.match(path)
    if copy:
        if not project.network.has(copy[1]):
            return None
        names, number = copies_of(project.network, copy[1]), int(copy[2])
        if not 2 <= number <= len(names):
            return None
        layer = project.network.layer(names[number - 1])
        return _option_place(layer, copy[3], f"network.{copy[1]}[{number}].")
    found = _layer_and_option(project.network, path)
    if found is None:
        return None
    layer, name = found
    if name == COPIES.name:
        return _copies_place(project, layer.id)
    return _option_place(layer, name, f"network.{layer.id}.")


def _layer_and_option(network: Network, path: str) -> tuple[Layer, str] | None:
    """Ids may have dots, as the names of options may."""
    parts = path.split(".")
    for end in range(len(parts) - 1, 1, -1):
        layer_id = ".".join(parts[1:end])
        if network.has(layer_id):
            return network.layer(layer_id), ".".join(parts[end:])
    return None


def _option_place(layer: Layer, name: str, table: str) -> Place | None:
    kind = layer_kind(layer.kind)
    option = kind.option(name) if kind else None
    if kind is None or option is None or not _can_be_searched(option):
        return None
    if layer.kind == INPUT_KIND:
        return None
    return _place_in(layer, option, complete(kind.options, layer.options), table)


def _place_in(layer: Layer, option: Option, values: FrozenMap, table: str) -> Place:
    entry = PathEntry(option, values[option.name], layer_setter(layer.id, option.name))
    return Place(entry, table, values, (layer.id,))


def _copies_place(project: Project, layer_id: str) -> Place | None:
    if not can_be_copied(project.network, layer_id):
        return None

    def change(project: Project, value: OptionValue) -> Project:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"Copies: a whole number is needed, received {quoted(value, 40)}.")
        network = with_copies(project.network, layer_id, value)
        return project.model_copy(update={"network": network})

    entry = PathEntry(COPIES, len(copies_of(project.network, layer_id)), change)
    return Place(entry, f"network.{layer_id}.", FrozenMap(), (layer_id,))


def _can_be_searched(option: Option) -> bool:
    return option.name not in _NEVER and not option.read_only


# ---------------------------------------------------------------- training


def _training_place(project: Project, name: str) -> Place | None:
    if name.startswith("metric."):
        return None
    options, values = _training_table(project.training)
    option = next((each for each in options if each.name == name), None)
    if option is None or not _can_be_searched(option):
        return None
    entry = PathEntry(option, values[name], training_setter(name))
    return Place(entry, "training.", values)


def _training_table(training: TrainingSettings) -> tuple[tuple[Option, ...], FrozenMap]:
    def work() -> tuple[tuple[Option, ...], FrozenMap]:
        options = training_options(training, _UNKNOWN_DATA)
        return options, training_values(training, options)

    return _TABLES.recall(training, None, work)


_TABLES: Remembered[tuple[tuple[Option, ...], FrozenMap]] = Remembered(64)


def _training_places(project: Project) -> Iterator[tuple[str, Place]]:
    options, values = _training_table(project.training)
    for option in options:
        if _can_be_searched(option) and not option.name.startswith("metric."):
            entry = PathEntry(option, values[option.name], training_setter(option.name))
            yield f"training.{option.name}", Place(entry, "training.", values)


def _places(project: Project) -> Iterator[tuple[str, Place]]:
    for path in _DATA:
        place = place_of(project, path)
        if place is not None:
            yield path, place
    for layer in project.network.layers:
        yield from _layer_places(project, layer.id)
    yield from _training_places(project)


def _layer_places(project: Project, layer_id: str) -> Iterator[tuple[str, Place]]:
    layer = project.network.layer(layer_id)
    copies = _copies_place(project, layer.id)
    if copies is not None:
        yield copies_path(layer.id), copies
    kind, table = layer_kind(layer.kind), f"network.{layer.id}."
    if kind is None or layer.kind == INPUT_KIND:
        return
    values = complete(kind.options, layer.options)
    for option in kind.options:
        if _can_be_searched(option):
            yield f"{table}{option.name}", _place_in(layer, option, values, table)


def _other_kinds(project: Project) -> Iterator[Project]:
    """The project with each searched optimizer, loss and schedule in turn."""
    for dimension in project.search.space:
        if dimension.path in KINDS and dimension.path != "training.epochs":
            place = place_of(project, dimension.path)
            for value in dimension.values:
                if place is not None and place.option.check(value) is None:
                    yield place.entry.set(project, value)
