"""What is typed for a searched option, and what stands there: values, or a range."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal

from app.core.frozen import OptionValue
from app.core.numbers_option import NumbersOption
from app.core.options import (
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
)
from app.core.search_settings import MOST_VALUES, Dimension
from app.core.short_names import quoted
from app.ui.controls.number_fields import format_float

_BETWEEN = re.compile(r"\s*(?:\.\.|…|\bto\b)\s*", re.IGNORECASE)
"""What stands between the ends of a range: 16..128, 16 to 128."""
_LOG = re.compile(r"\s*[:,]?\s*\blog\s*$", re.IGNORECASE)
"""As it stands behind a range on the command line: 16..128:log."""
_SMALL = 0.001
MOST_WRITTEN = 6
"""So many values of a dimension are written out in words."""


def is_ticked(option: Option) -> bool:
    """Whether the values of a dimension of `option` are ticked among all there are, not typed."""
    return isinstance(option, ChoiceOption | FlagOption)


def may_be_range(option: Option) -> bool:
    """Whether a dimension of `option` can be a range."""
    return isinstance(option, IntegerOption | FloatOption)


def tick_entries(option: Option) -> tuple[tuple[OptionValue, str], ...]:
    """All values of a choice or a flag, each with its words."""
    entries: list[tuple[OptionValue, str]] = []
    if isinstance(option, ChoiceOption):
        entries = [(choice.value, choice.label) for choice in option.choices]
    elif isinstance(option, FlagOption):
        entries = [(True, "Yes"), (False, "No")]
    if option.optional:
        none = option.none_label
        entries.insert(0, (None, none[:1].upper() + none[1:]))
    return tuple(entries)


def value_words(option: Option, value: OptionValue) -> str:
    """One value as it is typed and shown: 64, 1e-4, 3 × 3, ReLU."""
    if isinstance(option, ChoiceOption):
        return option.label_of(value)
    if isinstance(option, FlagOption) and isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return _float_words(value)
    return option.format(value).replace(" × ", "×")


def _float_words(value: float) -> str:
    """A text that means exactly `value`, short for small ones: 0.01, 1e-4."""
    text = format_float(value)
    if value == 0 or abs(value) >= _SMALL:
        return text
    exact = Decimal(repr(value)).normalize()
    digits = exact.scaleb(-exact.adjusted())
    return min(f"{digits:f}e{exact.adjusted()}", text, key=len)


def dimension_words(option: Option, dimension: Dimension) -> str:
    """What stands in the field: "16 to 128", "16, 32, 64"."""
    if dimension.low is not None and dimension.high is not None:
        ends = (value_words(option, dimension.low), value_words(option, dimension.high))
        return " to ".join(ends)
    return f"{_comma(option)} ".join(value_words(option, value) for value in dimension.values)


def short_words(option: Option, values: Sequence[OptionValue]) -> str:
    """Values in words, of many the first ones: "ReLU, tanh, ELU and 18 more"."""
    shown = [value_words(option, value) for value in values[:MOST_WRITTEN]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def parse_dimension(text: str, option: Option, before: Dimension) -> Dimension:
    """The dimension that a typed `text` means; path, log and copies are those of `before`.

    Raises:
        ValueError: with a sentence for the user.
    """
    text = text.strip()
    if not text:
        raise ValueError(f"{option.label}: {_expected(option)}, received nothing.")
    by_factors = may_be_range(option) and _LOG.search(text)
    ends = _BETWEEN.split(_LOG.sub("", text)) if may_be_range(option) else [text]
    if len(ends) == 1:
        return _values(text, option, before)
    if len(ends) > 2 or not all(ends):
        raise ValueError(
            f"{option.label}: a range has two ends, such as 16..128, received {quoted(text, 40)}."
        )
    low, high = (_number(end, option) for end in ends)
    if low == high:
        raise ValueError(
            f"{option.label}: a range has two different ends, received {quoted(text, 40)}."
        )
    if low > high:
        raise ValueError(
            f"{option.label}: the smaller number comes first, received "
            f"{value_words(option, low)} to {value_words(option, high)}."
        )
    before_log = before.log if before.low is not None else _grows_by_factors(option)
    log = bool(by_factors) or before_log
    if log and low <= 0 and (by_factors or before.low is not None):
        raise ValueError(
            f"{option.label}: a log range begins above 0, received {value_words(option, low)}."
        )
    step = before.step if before.step is not None and before.step <= high - low else None
    return _changed(before, values=(), low=low, high=high, log=log and low > 0, step=step)


def with_log(dimension: Dimension, log: bool) -> Dimension:
    """`dimension` gone through by factors (`log`) or by differences."""
    return _changed(dimension, log=log, step=None if log else dimension.step)


def parse_step(text: str, option: Option, dimension: Dimension) -> int | float | None:
    """The step that a typed `text` means; None where it is empty.

    Raises:
        ValueError: with a sentence for the user.
    """
    text = text.strip()
    if not text:
        return None
    whole = isinstance(option, IntegerOption)
    if not re.fullmatch(r"[+-]?[0-9]{1,18}" if whole else r".+", text):
        raise ValueError(f"Step: a whole number is needed, received {quoted(text, 40)}.")
    try:
        step = int(text) if whole else float(text)
    except ValueError:
        step = math.nan
    if not math.isfinite(step):
        raise ValueError(f"Step: a number such as 0.1 is needed, received {quoted(text, 40)}.")
    if step <= 0:
        raise ValueError(f"Step: more than 0, received {value_words(option, step)}.")
    if dimension.low is not None and dimension.high is not None:
        width = Decimal(repr(dimension.high)) - Decimal(repr(dimension.low))
        if Decimal(repr(step)) > width:
            raise ValueError(
                f"Step: at most the width of the range, {value_words(option, float(width))}, "
                f"received {value_words(option, step)}."
            )
    return step


def with_step(dimension: Dimension, step: int | float | None) -> Dimension:
    return _changed(dimension, step=step)


def with_values(dimension: Dimension, values: Sequence[OptionValue]) -> Dimension:
    """`dimension` as a list of `values`."""
    return _changed(dimension, values=tuple(values), low=None, high=None, log=False, step=None)


def with_each_copy(dimension: Dimension, each_copy: bool) -> Dimension:
    return _changed(dimension, each_copy=each_copy)


def value_count(option: Option, dimension: Dimension) -> int | None:
    """How many different values a trial can have here; None: any number between two ends."""
    low, high = dimension.low, dimension.high
    if low is None or high is None:
        return len(dimension.values)
    whole = isinstance(option, IntegerOption)
    step: int | float | None = 1 if whole else None
    if dimension.step is not None and not dimension.log:
        step = dimension.step
    if step is None:
        return None
    return int((Decimal(repr(high)) - Decimal(repr(low))) / Decimal(repr(step))) + 1


def count_words(option: Option, dimension: Dimension) -> str:
    """The count as it stands beside the field: "5 values", "any between"."""
    count = value_count(option, dimension)
    if count is None:
        return "any between"
    return "1 value" if count == 1 else f"{count:,} values"


def _values(text: str, option: Option, before: Dimension) -> Dimension:
    comma = _comma(option)
    parts = [part.strip() for part in text.split(comma)]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()  # a comma was typed, and what follows it is still to come
    if len(parts) > MOST_VALUES:
        raise ValueError(
            f"{option.label}: at most {MOST_VALUES:,} values, received {len(parts):,}; a range "
            f"holds more."
        )
    found: list[OptionValue] = []
    for part in parts:
        if not part:
            raise ValueError(f"{option.label}: a value is needed between two {_NAMES[comma]}.")
        value = option.parse(part)
        if any(value == other and type(value) is type(other) for other in found):
            raise ValueError(f"{option.label}: {value_words(option, value)} is there twice.")
        found.append(value)
    if len(found) == 1:
        raise ValueError(f"{option.label}: {_expected(option)}, received one value.")
    return with_values(before, found)


_NAMES = {",": "commas", ";": "semicolons"}


def _comma(option: Option) -> str:
    """What stands between two values; those that hold commas themselves have semicolons."""
    holds = isinstance(option, NumbersOption) or (
        isinstance(option, ShapeOption) and "," in option.between
    )
    return ";" if holds else ","


def _number(text: str, option: Option) -> int | float:
    value = option.parse(text)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(
            f"{option.label}: the ends of a range are numbers, received {quoted(text, 40)}."
        )
    return value


def _grows_by_factors(option: Option) -> bool:
    return isinstance(option, FloatOption) and option.logarithmic


def _expected(option: Option) -> str:
    if may_be_range(option):
        return "values such as 16, 32, 64 or a range such as 16..128 are needed"
    return f"two values or more, with {_NAMES[_comma(option)]} between them, are needed"


def _changed(dimension: Dimension, **changes: object) -> Dimension:
    fields = {name: getattr(dimension, name) for name in Dimension.model_fields}
    return Dimension.model_validate({**fields, **changes})
