"""What a card says of a layer whose options are searched."""

from dataclasses import dataclass

from app.core.frozen import FrozenMap
from app.core.layer_catalog import layer_kind
from app.core.layer_kinds.kind import Values
from app.core.network import Layer
from app.core.options import complete, errors_in
from app.core.project import Project
from app.core.search_paths import COPIES, layer_of, place_of
from app.core.search_settings import Dimension
from app.core.search_values import in_words

Ends = tuple[int | float, int | float]


@dataclass(frozen=True)
class SearchedWords:
    """Attributes:
    options: the card's line, with ranges in the place of numbers: "8 to 32 filters, 3×3".
    lines: each dimension in words: "Filters: 8 to 32, log".
    """

    options: str = ""
    lines: tuple[str, ...] = ()


def searched_words(project: Project, layer: Layer, summary: str) -> SearchedWords:
    """Of one layer; empty when nothing of it is searched. `summary` is the card's line without a
    search.
    """
    found = dimensions_of(project, layer.id)
    if not found:
        return SearchedWords()
    lines = []
    head = f"network.{layer.id}."
    ends: dict[str, Ends] = {}
    for dimension in found:
        place = place_of(project, dimension.path)
        if place is None:
            continue
        lines.append(f"{place.option.label}: {in_words(dimension, place.option)}")
        numbers = _numbers(dimension)
        if numbers is not None and not any(place.option.check(number) for number in numbers):
            ends[dimension.path.removeprefix(head)] = numbers
    copies = ends.pop(COPIES.name, None)
    line = _with_ranges(layer, summary, ends)
    if copies is not None:
        line = f"{_between(copies)} × {line}"
    return SearchedWords(line, tuple(lines))


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


def _at(layer: Layer, ends: dict[str, Ends], end: int) -> FrozenMap:
    return FrozenMap({**layer.options, **{name: pair[end] for name, pair in ends.items()}})


def _joined(low: str, high: str) -> str:
    """ "8" and "32" is "8 to 32"; "unit" and "units" is the latter."""
    if low.rstrip(",").isalpha() and high.rstrip(",").isalpha():
        return high
    return f"{low.rstrip(',')} to {high}"
