"""The values of options as Keras writes them into configurations, read back."""

from typing import Any

from app.core.frozen import OptionValue, plain_value
from app.core.options import FloatOption, IntegerOption, Option


def option_value(option: Option, value: Any) -> OptionValue:
    """The value of `option` that Keras wrote as `value`; its default when it has none such.

    Keras writes one number as a list of one, and a border as a pair for each axis.
    """
    if isinstance(value, list | tuple):
        if isinstance(option, IntegerOption) and len(value) == 1:
            value = value[0]
        elif value and all(isinstance(v, list | tuple) and len(set(v)) == 1 for v in value):
            value = tuple(pair[0] for pair in value)
    if isinstance(option, FloatOption) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    try:
        return plain_value(value)
    except (TypeError, ValueError):
        return option.default
