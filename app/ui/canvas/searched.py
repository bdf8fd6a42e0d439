"""What a card says of a layer whose options are searched."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.frozen import FrozenMap
from app.core.layer_catalog import layer_kind
from app.core.layer_kinds.kind import Values
from app.core.network import Layer, with_option
from app.core.options import ChoiceOption, complete, errors_in
from app.core.project import Project
from app.core.resolved_project import ResolvedLayer, ResolvedProject
from app.core.search_paths import COPIES, layer_of, place_of
from app.core.search_settings import Dimension
from app.core.search_values import in_words
from app.core.shape_inference import infer_network

Ends = tuple[int | float, int | float]
Sizes = Mapping[str, tuple[ResolvedLayer, ResolvedLayer]]
"""A layer of the smallest and of the largest network that is searched, by its id."""

_GROWING = ("units", "filters")
"""The more of them, the larger the shapes and the more weights, here and in all that follows."""
_WITHOUT_SIZE = ("activation", "rate", "momentum", "alpha", "seed")
_STARTS_WITHOUT_SIZE = ("kernel_", "bias_", "activity_", "recurrent_")
_ENDS_WITHOUT_SIZE = ("initializer", "regularizer", "constraint")


@dataclass(frozen=True)
class SearchedWords:
    """Attributes:
    options: the card's line, with ranges in the place of numbers, and how many others are tried
        behind the present choice: "8 to 32 filters, 3×3, ReLU +4".
    lines: each dimension in words: "Filters: 8 to 32, log".
    tips: how many options are searched, and each of `lines` with the present value.
    """

    options: str = ""
    lines: tuple[str, ...] = ()
    tips: tuple[str, ...] = ()


def searched_words(project: Project, layer: Layer, summary: str) -> SearchedWords:
    """Of one layer; empty when nothing of it is searched. `summary` is the card's line without a
    search.
    """
    found = dimensions_of(project, layer.id)
    if not found:
        return SearchedWords()
    lines: list[str] = []
    now: list[str] = []
    choices: list[tuple[str, str, int]] = []
    head = f"network.{layer.id}."
    ends: dict[str, Ends] = {}
    for dimension in found:
        place = place_of(project, dimension.path)
        if place is None:
            continue
        option, value = place.option, place.entry.value
        lines.append(f"{option.label}: {in_words(dimension, option)}")
        present = in_words(Dimension(path=dimension.path, values=(value,)), option)
        now.append(f"{lines[-1]}; now {present}")
        if isinstance(option, ChoiceOption):
            others = sum(other != value for other in dimension.values)
            choices.append((option.name, option.label_of(value), others))
        numbers = _numbers(dimension)
        if numbers is not None and not any(place.option.check(number) for number in numbers):
            ends[dimension.path.removeprefix(head)] = numbers
    copies = ends.pop(COPIES.name, None)
    line = _with_choices(_with_ranges(layer, summary, ends), choices)
    if copies is not None:
        line = f"{_between(copies)} × {line}"
    are = "option is" if len(lines) == 1 else "options are"
    tips = (f"{len(lines)} {are} searched", *now) if lines else ()
    return SearchedWords(line, tuple(lines), tips)


def searched_sizes(resolved: ResolvedProject) -> Sizes:
    """The layers of the smallest and of the largest network of the space; none where what is
    searched changes shapes in a way that has no two ends (kernels, strides, copies).
    """
    project = resolved.project
    least = most = project.network
    for dimension in project.search.space:
        layer_id = layer_of(project.network, dimension.path)
        if layer_id is None:
            continue
        name = dimension.path.rpartition(".")[2]
        place, ends = place_of(project, dimension.path), _numbers(dimension)
        if _has_no_size(name):
            continue
        if name not in _GROWING or place is None or ends is None or dimension.each_copy:
            return {}
        if any(place.option.check(number) for number in ends):
            return {}
        least = with_option(least, layer_id, name, min(ends))
        most = with_option(most, layer_id, name, max(ends))
    if least is most:
        return {}
    shape = resolved.summary.input_shape if resolved.summary.known else None
    small, large = (infer_network(network, shape)[0] for network in (least, most))
    largest = {layer.id: layer for layer in large}
    return {layer.id: (layer, largest[layer.id]) for layer in small}


def _has_no_size(name: str) -> bool:
    """Whether an option of this name leaves shapes and the number of weights alone."""
    begins = name.startswith(_STARTS_WITHOUT_SIZE)
    return name in _WITHOUT_SIZE or (begins and any(end in name for end in _ENDS_WITHOUT_SIZE))


def dimensions_of(project: Project, layer_id: str) -> tuple[Dimension, ...]:
    """What is searched of one layer."""
    heads = (f"network.{layer_id}.", f"network.{layer_id}[")
    return tuple(
        dimension
        for dimension in project.search.space
        if dimension.path.startswith(heads)
        and layer_of(project.network, dimension.path) == layer_id
    )


def _numbers(dimension: Dimension) -> Ends | None:
    """The least and the greatest number that is tried; None of what is no numbers."""
    if dimension.low is not None and dimension.high is not None:
        return dimension.low, dimension.high
    values = dimension.values
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(numbers) != len(values) or len(numbers) < 2:
        return None
    return min(numbers), max(numbers)


def _between(ends: Ends) -> str:
    return f"{ends[0]} to {ends[1]}"


def _with_ranges(layer: Layer, summary: str, ends: dict[str, Ends]) -> str:
    """The words of the line that differ between the ends are joined: "8 to 32"."""
    kind = layer_kind(layer.kind)
    if kind is None or not ends or errors_in(kind.options, layer.options):
        return summary
    least, most = (
        kind.summarize(Values(complete(kind.options, _at(layer, ends, end)))) for end in (0, 1)
    )
    low, high = least.split(" "), most.split(" ")
    if len(low) != len(high):
        return summary
    return " ".join(a if a == b else _joined(a, b) for a, b in zip(low, high, strict=True))


def _with_choices(line: str, choices: list[tuple[str, str, int]]) -> str:
    """Each choice of the line says how many others are tried; an activation that goes without
    saying, linear, is said.
    """
    parts = line.split(", ")
    for name, label, others in choices:
        if label not in parts and name == "activation":
            parts.append(label)
        parts = [f"{part} +{others}" if part == label and others else part for part in parts]
    return ", ".join(parts)


def _at(layer: Layer, ends: dict[str, Ends], end: int) -> FrozenMap:
    return FrozenMap({**layer.options, **{name: pair[end] for name, pair in ends.items()}})


def _joined(low: str, high: str) -> str:
    """ "8" and "32" is "8 to 32"; "unit" and "units" is the latter."""
    if low.rstrip(",").isalpha() and high.rstrip(",").isalpha():
        return high
    return f"{low.rstrip(',')} to {high}"
