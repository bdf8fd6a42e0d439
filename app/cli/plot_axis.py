"""An axis of a plot: where a value lies on it, and its ticks."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

LOGARITHMIC_FROM = 20.0
"""Ratio of the largest to the smallest value from which an axis is logarithmic."""


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, which are different; both positive when `logarithmic`."""

    low: float
    high: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where `value` lies: 0 at `low`, 1 at `high`."""
        if self.logarithmic:
            span = math.log(self.high / self.low)
            return math.log(value / self.low) / span
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> list[float]:
        """At most `most` round values within the axis, `most` being 3 or more."""
        if self.logarithmic:
            found = _log_ticks(self.low, self.high, most)
            if len(found) >= 2:
                return found
        return _linear_ticks(self.low, self.high, most)


def axis_for(values: Sequence[float], *, logarithmic: bool = False) -> Axis:
    """An axis on which all of the finite `values` lie, with a little room.

    Args:
        logarithmic: whether it may be, as it will when the values span much.
    """
    low, high = min(values), max(values)
    if logarithmic and low > 0 and high / low > LOGARITHMIC_FROM:
        room = (high / low) ** 0.05
        return Axis(low / room, high * room, True)
    if low == high:
        room = abs(low) * 0.1 or 1.0
        return Axis(low - room, high + room)
    room = (high - low) * 0.06
    return Axis(low if low == 0 else low - room, high + room)


def tick_texts(ticks: Sequence[float], *, logarithmic: bool) -> list[str]:
    """The words at the ticks, with as many digits as tell them apart."""
    if logarithmic:
        return [_text(tick, tick, tick) for tick in ticks]
    step = min((b - a for a, b in itertools.pairwise(ticks)), default=abs(ticks[0]))
    largest = max(map(abs, ticks))
    return [_text(tick, step, largest) for tick in ticks]


def _text(value: float, step: float, largest: float) -> str:
    """`value` with the digits down to those of `step`; powers of ten where `largest` or `step` ask
    for them.
    """
    if value == 0:
        return "0"
    place = math.floor(math.log10(step) + 1e-9)
    if largest >= 1e6 or step < 1e-4:
        return f"{value:.{max(0, math.floor(math.log10(abs(value)) + 1e-9) - place)}e}"
    return f"{value:,.{max(0, -place)}f}"


def _linear_ticks(low: float, high: float, most: int) -> list[float]:
    magnitude = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1.0, 2.0, 5.0, 10.0, 20.0):
        step = factor * magnitude
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            break
    return [number * step for number in range(first, last + 1)]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for multiples in ((1, 2, 5), (1, 3), (1,)):
        found = [m * 10.0**d for d in decades for m in multiples if low <= m * 10.0**d <= high]
        if len(found) <= most:
            return found
    return found[:: math.ceil(len(found) / most)]


def epoch_ticks(last: int, most: int) -> list[int]:
    """Whole epochs from 1 to `last`: the first and round ones."""
    steps = (k * 10**e for e in range(9) for k in (1, 2, 5))
    step = next(s for s in steps if last / s <= most - 1)
    return [1, *(n for n in range(step, last + 1, step) if n > 1)]
