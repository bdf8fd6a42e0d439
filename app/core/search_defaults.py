"""A sensible first dimension for any option."""

import math
import re

from app.core.frozen import OptionValue
from app.core.options import (
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
)
from app.core.project import Project
from app.core.search_paths import is_copies, place_anywhere
from app.core.search_settings import MOST_VALUES, Dimension

_LOG_RANGES: dict[str, tuple[float, float]] = {
    "learning_rate": (1e-4, 1e-1),
    "weight_decay": (1e-6, 1e-2),
    "l1": (1e-6, 1e-2),
    "l2": (1e-6, 1e-2),
    "epsilon": (1e-8, 1e-3),
    "clipnorm": (0.1, 10.0),
    "clipvalue": (0.1, 10.0),
    "global_clipnorm": (0.1, 10.0),
    "min_lr": (1e-6, 1e-3),
    "min_delta": (1e-5, 1e-2),
}
_RANGES: dict[str, tuple[float, float]] = {
    "rate": (0.0, 0.5),
    "dropout": (0.0, 0.5),
    "recurrent_dropout": (0.0, 0.5),
    "momentum": (0.0, 0.99),
    "beta_1": (0.8, 0.99),
    "beta_2": (0.9, 0.999),
    "rho": (0.8, 0.99),
    "factor": (0.1, 0.9),
    "label_smoothing": (0.0, 0.2),
}
"""First ranges by the last part of the name: those that are usual in the literature."""
_FIRST_CHOICES: dict[str, tuple[str, ...]] = {
    "activation": ("relu", "tanh", "gelu", "silu", "elu"),
    "initializer": ("glorot_uniform", "he_normal", "lecun_normal", "orthogonal"),
    "optimizer": ("Adam", "SGD", "RMSprop", "AdamW", "Nadam"),
    "schedule": ("constant", "cosine", "exponential", "step", "plateau"),
}
"""What is usual of a long list, by the last part of the name, most usual first."""
MOST_FIRST_CHOICES = 5
"""Of a list that is longer so many are taken at first, the present value among them."""
_SIZES = {"kernel_size": (1, 3, 5, 7), "pool_size": (2, 3), "strides": (1, 2), "depth": (1, 2, 4)}


def default_dimension(project: Project, path: str, option: Option) -> Dimension:
    """A first range or list for `path`: all of few choices, of many the present one and the usual
    ones, both answers of a flag, a quarter to four times a whole number, the usual range of a
    learning rate; every value passes the option's check.

    Args:
        option: that of `path`; choices that it does not offer are left out.
    """
    if is_copies(project, path):
        return Dimension(path=path, low=1, high=3)
    place = place_anywhere(project, path)
    value = place.entry.value if place is not None else option.default
    if option.check(value) is not None:
        value = option.default
    name = option.name.rpartition(".")[2]
    if isinstance(option, ChoiceOption):
        return _listed(path, option, value, _choices(project, path, option, value))
    if isinstance(option, FlagOption):
        return _listed(path, option, value, (False, True))
    if isinstance(option, IntegerOption):
        return _whole(path, option, value, name)
    if isinstance(option, FloatOption):
        return _number(path, option, value, name)
    if isinstance(option, ShapeOption):
        return _listed(path, option, value, _shapes(option, value, name))
    return _listed(path, option, value, ())


def _choices(
    project: Project, path: str, option: ChoiceOption, value: OptionValue
) -> tuple[OptionValue, ...]:
    names: tuple[OptionValue, ...] = option.values
    if path == "data.class_weighting" and not project.data.class_weights:
        names = tuple(name for name in names if name != "chosen")
    every = (None, *names) if option.optional else names
    if len(every) <= MOST_FIRST_CHOICES:
        return every
    usual = _FIRST_CHOICES.get(re.split(r"[._]", option.name)[-1], ())
    first = (value, *(name for name in usual if name in every), *(() if usual else every))
    return tuple(dict.fromkeys(first))[:MOST_FIRST_CHOICES]


def _listed(
    path: str, option: Option, value: OptionValue, values: tuple[OptionValue, ...]
) -> Dimension:
    fit = tuple(v for v in dict.fromkeys(values) if option.check(v) is None)
    return Dimension(path=path, values=fit[:MOST_VALUES] if len(fit) > 1 else (value,))


def _whole(path: str, option: IntegerOption, value: OptionValue, name: str) -> Dimension:
    lowest = -(10**9) if option.minimum is None else option.minimum
    highest = 10**9 if option.maximum is None else option.maximum
    sizes = _SIZES.get(name)
    if sizes is not None:
        return _listed(path, option, value, sizes)
    middle = value if isinstance(value, int) else max(lowest, 8)
    if middle >= 4:
        low, high, log = middle // 4, middle * 4, True
    elif middle >= 1:
        low, high, log = 1, middle + 3, False
    else:
        low, high, log = middle, middle + 4, False
    low, high = max(low, lowest), min(high, highest)
    if low >= high:
        return Dimension(path=path, values=(value if value is not None else low,))
    return Dimension(path=path, low=low, high=high, log=log and low > 0)


def _number(path: str, option: FloatOption, value: OptionValue, name: str) -> Dimension:
    for table, log in ((_LOG_RANGES, True), (_RANGES, False)):
        ends = next((table[n] for n in (name, name.rpartition("_")[2]) if n in table), None)
        if ends is not None:
            return _ranged(path, option, value, *ends, log)
    middle = float(value) if isinstance(value, (int, float)) else 0.0
    bounded = option.minimum is not None and option.maximum is not None
    if bounded and option.maximum - option.minimum <= 1.0:  # type: ignore[operator]
        return _ranged(path, option, value, option.minimum, option.maximum, False)  # type: ignore[arg-type]
    if middle > 0 and option.logarithmic:
        return _ranged(path, option, value, middle / 10, middle * 10, True)
    if middle > 0:
        return _ranged(path, option, value, middle / 4, middle * 4, True)
    spread = max(option.step * 10, abs(middle))
    return _ranged(path, option, value, middle - spread, middle + spread, False)


def _ranged(
    path: str, option: FloatOption, value: OptionValue, low: float, high: float, log: bool
) -> Dimension:
    """The range as far as the option allows; ends that it leaves out are come near to."""
    least = -math.inf if option.minimum is None else option.minimum
    most = math.inf if option.maximum is None else option.maximum
    margin = 0.01 * (min(high, most) - max(low, least))
    if low <= least:
        low = least + (margin if option.exclusive_minimum else 0.0)
    if high >= most:
        high = most - (margin if option.exclusive_maximum else 0.0)
    low, high = (float(f"{number:.3g}") for number in (low, high))
    if low < high and option.check(low) is None and option.check(high) is None:
        return Dimension(path=path, low=low, high=high, log=log and low > 0)
    return Dimension(path=path, values=(value,))


def _shapes(option: ShapeOption, value: OptionValue, name: str) -> tuple[OptionValue, ...]:
    if not isinstance(value, tuple):
        return ()
    sizes = _SIZES.get(name)
    if sizes is not None and len(set(value)) == 1:
        return tuple((size,) * len(value) for size in sizes)
    more = tuple(int(v) + 1 if isinstance(v, int) else v for v in value)
    return (value, more)
