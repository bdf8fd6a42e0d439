"""The values of options as Keras writes them into configurations, read back."""

from collections.abc import Sequence
from typing import Any

from app.core.frozen import OptionValue, plain_value
from app.core.options import FloatOption, IntegerOption, Option


def option_value(option: Option, value: Any) -> OptionValue:
    """The value of `option` that Keras wrote as `value`.

    Keras writes one number as a list of one, and a border as a pair for each axis.

    Raises:
        ValueError: it is nothing that an option can hold.
    """
    if isinstance(value, list | tuple):
        if isinstance(option, IntegerOption) and len(value) == 1:
            value = value[0]
        elif value and all(isinstance(v, list | tuple) and _all_alike(v) for v in value):
            value = tuple(pair[0] for pair in value)
    if isinstance(option, FloatOption) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return plain_value(value)


def _all_alike(values: Sequence[Any]) -> bool:
    return bool(values) and all(value == values[0] for value in values)
