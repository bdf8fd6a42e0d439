"""Values of searched options as they stand in a table, and what their columns are called."""

import re
from collections.abc import Mapping, Sequence

from app.core.frozen import OptionValue
from app.core.options import ChoiceOption, Option
from app.core.range_test import short

_COPY = re.compile(r"^(network\.)([^.\[]+)(?:\[(\d+)\])?\.(.+)$")


def base_path(path: str) -> str:
    """The path whose option a value of `path` is of: that of a further copy is the layer's own."""
    found = _COPY.match(path)
    return path if found is None else f"{found[1]}{found[2]}.{found[4]}"


def value_text(value: OptionValue, option: Option | None = None) -> str:
    """`value` for people: 128, 0.29, 6.6e-4, Adam, yes, 3 × 3."""
    if isinstance(option, ChoiceOption):
        return option.label_of(value)
    if value is None:
        return option.none_label if option is not None else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, tuple):
        return " × ".join(value_text(each) for each in value)
    return str(value)


def number_text(number: float) -> str:
    """With up to three figures, small numbers as 6.6e-4."""
    if number and abs(number) < 0.01:
        digits, _, exponent = f"{number:.2g}".partition("e")
        if not exponent:
            digits, _, exponent = f"{number:.1e}".partition("e")
        return f"{digits.removesuffix('.0')}e{int(exponent)}"
    return short(number)


def mean_text(mean: float) -> str:
    """A mean score with three digits behind the point where it is of the size of one."""
    return f"{mean:.3f}" if 0.01 <= abs(mean) < 1000 else f"{mean:.4g}"


def column_titles(paths: Sequence[str], options: Mapping[str, Option]) -> dict[str, str]:
    """What the column of each path is called: its option's label, with the layer where two have
    the same.
    """
    plain = {path: _label(path, options) for path in paths}
    counts: dict[str, int] = {}
    for title in plain.values():
        counts[title] = counts.get(title, 0) + 1
    return {
        path: f"{title}, {owner_of(path)}" if counts[title] > 1 and owner_of(path) else title
        for path, title in plain.items()
    }


def owner_of(path: str) -> str:
    """What the option called `path` belongs to, in words; "" for the training itself."""
    found = _COPY.match(path)
    if found is not None:
        return f"{found[2]} copy {found[3]}" if found[3] else found[2]
    parts = path.split(".")
    return parts[1].replace("_", " ") if len(parts) > 2 else ""


def _label(path: str, options: Mapping[str, Option]) -> str:
    option = options.get(path) or options.get(base_path(path))
    if option is not None:
        return option.label
    return path.rpartition(".")[2].replace("_", " ").capitalize()
