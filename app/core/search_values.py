"""What a dimension tries: the values of a grid, the range of a sampler, and both in words."""

import math
from dataclasses import dataclass

from app.core.frozen import OptionValue
from app.core.options import ChoiceOption, FloatOption, IntegerOption, Option
from app.core.search_settings import MOST_VALUES, Dimension


@dataclass(frozen=True)
class NumberRange:
    """What a sampler draws from: numbers from `low` to `high`, both included.

    Attributes:
        log: whether equal factors are equally likely, rather than equal differences.
        step: what is between two neighbours, from `low` on, and `high` is one of them; None:
            anything between the ends.
        whole: whether only whole numbers count; without `log` the step is then one.
    """

    low: int | float
    high: int | float
    log: bool
    step: int | float | None
    whole: bool


def is_range(dimension: Dimension) -> bool:
    return dimension.low is not None and dimension.high is not None


def choices_of(dimension: Dimension, option: Option) -> tuple[OptionValue, ...] | NumberRange:
    """What a sampler draws from: values, each once, or a range of numbers. Empty when there is
    nothing to draw: no values, a range upside down, one by factors that does not begin above 0.
    """
    if not is_range(dimension):
        return _each_once(dimension.values, option)
    found = _number_range(dimension, option)
    if found is None:
        return ()
    if found.low == found.high:
        return (found.low,)
    return found


def values_of(dimension: Dimension, option: Option, grid_points: int) -> tuple[OptionValue, ...]:
    """The values that a grid takes of a dimension, each once.

    Of a range: every step where it has one, else `grid_points` values from end to end, by equal
    factors with `log`, by equal differences without; whole numbers are rounded. A step that makes
    more than 1,000 values gives way to `grid_points`.
    """
    found = choices_of(dimension, option)
    if isinstance(found, tuple):
        return found
    if dimension.step is not None and found.step is not None:
        steps = round((found.high - found.low) / found.step)
        if steps < MOST_VALUES:
            numbers = [_cut(found.low + k * found.step, found) for k in range(steps + 1)]
            return tuple(dict.fromkeys(numbers))
    return tuple(dict.fromkeys(_spread(found, max(2, grid_points))))


def in_words(dimension: Dimension, option: Option) -> str:
    """ "16 to 128, log", "0 to 1 by 0.25", "Adam, SGD", "16, 32, 64, each copy its own"."""
    if is_range(dimension):
        text = " to ".join(
            _plain_number(n) for n in (dimension.low, dimension.high) if n is not None
        )
        if dimension.log:
            text += ", log"
        elif dimension.step is not None:
            text += f" by {dimension.step:g}"
    else:
        shown = [_short(option, value) for value in dimension.values]
        text = ", ".join(shown) if shown else "nothing yet"
    return f"{text}, each copy its own" if dimension.each_copy else text


def _short(option: Option, value: OptionValue) -> str:
    if isinstance(option, ChoiceOption):
        return option.label_of(value)
    if isinstance(value, float):
        return _plain_number(value)
    return option.format(value)


def _plain_number(number: float) -> str:
    """16, 0.25, 1e-4, 2.5e-6: as few characters as tell it to six figures."""
    if isinstance(number, int):
        return str(number)
    if number and abs(number) < 1e-3:
        digits, _, exponent = f"{number:.5e}".partition("e")
        return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    return f"{number:g}"


def _each_once(values: tuple[OptionValue, ...], option: Option) -> tuple[OptionValue, ...]:
    found: dict[tuple[type, OptionValue], OptionValue] = {}
    for value in values:
        plain = _as_number_of(option, value)
        found.setdefault((type(plain), plain), plain)
    return tuple(found.values())


def _as_number_of(option: Option, value: OptionValue) -> OptionValue:
    """1 is 1.0 where a float is meant."""
    if isinstance(option, FloatOption) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _number_range(dimension: Dimension, option: Option) -> NumberRange | None:
    low, high, step = dimension.low, dimension.high, dimension.step
    if low is None or high is None:
        return None
    whole = isinstance(option, IntegerOption)
    if whole:
        low, high = math.ceil(low), math.floor(high)
        step = None if dimension.log else max(1, round(step or 1))
    else:
        low, high = float(low), float(high)
        step = None if dimension.log or not step or step <= 0 else float(step)
    if low > high or (dimension.log and low <= 0):
        return None
    if step is not None:
        steps = math.floor((high - low) / step + 1e-9)
        last = low + steps * step
        high = high if abs(high - last) <= 1e-9 * step else last
    return NumberRange(low, high, dimension.log, step, whole)


def _spread(found: NumberRange, count: int) -> list[int | float]:
    shares = [k / (count - 1) for k in range(count)]
    if found.log:
        a, b = math.log(found.low), math.log(found.high)
        numbers = [math.exp(a + (b - a) * share) for share in shares]
    else:
        numbers = [found.low + (found.high - found.low) * share for share in shares]
        if found.step is not None:  # a grid takes only what a draw could take
            numbers = [
                found.low + round((number - found.low) / found.step) * found.step
                for number in numbers
            ]
    inner = [_cut(number, found) for number in numbers[1:-1]]
    return [found.low, *inner, found.high]


def _cut(number: float, found: NumberRange) -> int | float:
    """`number` within the ends, whole where it must be, and without the last digits of rounding."""
    if found.whole:
        return min(max(round(number), int(found.low)), int(found.high))
    return min(max(float(f"{number:.12g}"), found.low), found.high)
