"""An option that holds several numbers, such as the bounds of a range."""

import itertools
import re
from dataclasses import dataclass

from app.core.frozen import OptionValue
from app.core.options import Option, as_float
from app.core.short_names import quoted


@dataclass(frozen=True, kw_only=True)
class NumbersOption(Option):
    """Finite numbers.

    Attributes:
        length: how many, or None for any number from 1 to `most`.
        minimum, maximum: bounds of each number, both allowed.
        increasing: whether each number has to be larger than the one before; with `length` 2 equal
            ones are allowed too: a range may hold a single number.
    """

    length: int | None = 2
    most: int = 512
    minimum: float = -1e9
    maximum: float = 1e9
    increasing: bool = False

    def _check(self, value: OptionValue) -> str | None:
        if not isinstance(value, tuple) or not all(
            isinstance(v, (int, float)) and not isinstance(v, bool) for v in value
        ):
            return f"{self.label}: numbers are needed, received {quoted(value, 40)}."
        numbers = [as_float(number) for number in value]
        if self.length is not None and len(numbers) != self.length:
            return f"{self.label}: {self.length} numbers are needed, received {len(numbers)}."
        if not 1 <= len(numbers) <= self.most:
            return f"{self.label}: 1 to {self.most} numbers are needed, received {len(numbers)}."
        for number in numbers:
            if not self.minimum <= number <= self.maximum:
                between = f"from {self.minimum:g} to {self.maximum:g}"
                return f"{self.label}: numbers {between} are needed, received {number:g}."
        steps = [b - a for a, b in itertools.pairwise(numbers)]
        if self.increasing and any(s < 0 or (s == 0 and self.length != 2) for s in steps):
            return f"{self.label}: the smaller number comes first, received {self._format(value)}."
        return None

    def _parse(self, text: str) -> OptionValue:
        parts = [part for part in re.split(r"[\s,;()\[\]]+", text) if part]
        try:
            numbers = tuple(float(part) for part in parts)
        except ValueError:
            numbers = ()
        if not numbers:
            raise ValueError(
                f"{self.label}: numbers such as 0.1, 0.2 are needed, received {quoted(text, 40)}."
            )
        if len(numbers) == 1 and self.length == 2:
            # As in Keras: one number is a range around 0, or from the least number allowed.
            end = abs(numbers[0])
            return (max(-end, self.minimum), end)
        return numbers

    def _format(self, value: OptionValue) -> str:
        return ", ".join(repr(v) for v in value) if isinstance(value, tuple) else str(value)
