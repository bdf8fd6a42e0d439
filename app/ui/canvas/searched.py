"""What a card says of a layer whose options are searched."""

from dataclasses import dataclass

from app.core.frozen import FrozenMap
from app.core.layer_catalog import layer_kind
from app.core.network import Layer
from app.core.options import complete
from app.core.project import Project
from app.core.search_paths import COPIES, copies_path, layer_of, place_of
from app.core.search_settings import Dimension
from app.core.search_values import in_words


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
    for dimension in found:
        place = place_of(project, dimension.path)
        if place is not None:
            lines.append(f"{place.option.label}: {in_words(dimension, place.option)}")
    head = f"network.{layer.id}."
    ends = {
        dimension.path.removeprefix(head): numbers
        for dimension in found
        if (numbers := _numbers(dimension)) is not None
    }
    copies = ends.pop(COPIES.name, None)
    line = _with_ranges(layer, summary, ends)
    if copies is not None and copies_path(layer.id) == f"{head}{COPIES.name}":
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


def _numbers(dimension: Dimension) -> tuple[object, object] | None:
    """The least and the greatest number that is tried; None of what is no numbers."""
    if dimension.low is not None:
        return dimension.low, dimension.high
    numbers = [v for v in dimension.values if isinstance(v, int | float) and v is not True]
    if len(numbers) != len(dimension.values) or len(numbers) < 2 or False in dimension.values:
        return None
    return min(numbers), max(numbers)


def _between(ends: tuple[object, object]) -> str:
    return f"{ends[0]} to {ends[1]}"


def _with_ranges(layer: Layer, summary: str, ends: dict[str, tuple[object, object]]) -> str:
    """The words of the line that differ between the ends are joined: "8 to 32"."""
    kind = layer_kind(layer.kind)
    if kind is None or not ends:
        return summary
    least, most = (kind.summarize(complete(kind.options, _at(layer, ends, end))) for end in (0, 1))
    low, high = least.split(" "), most.split(" ")
    if len(low) != len(high):
        return summary
    return " ".join(a if a == b else _joined(a, b) for a, b in zip(low, high, strict=True))


def _at(layer: Layer, ends: dict[str, tuple[object, object]], end: int) -> FrozenMap:
    return FrozenMap({**layer.options, **{name: pair[end] for name, pair in ends.items()}})


def _joined(low: str, high: str) -> str:
    """ "8" and "32" is "8 to 32"; "unit" and "units" is the latter."""
    if low.isalpha() and high.isalpha():
        return high
    return f"{low.rstrip(',')} to {high}"
