"""Ranges and ticks of the axes of plots: round numbers, and their texts. Pure."""

import math
from collections.abc import Iterable, Sequence

Tick = tuple[float, str]
"""Place on the axis (on a logarithmic one: the decimal logarithm) and text."""


FACTORS = (1, 2, 2.5, 4, 5)


def nice_step(span: float, count: int, factors: Sequence[float] = FACTORS) -> float:
    """The smallest of `factors` times a power of ten with at most `count` steps in `span`."""
    rough = max(span, 1e-300) / max(1, count)
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (*factors, 10):
        if factor * power >= rough * (1 - 1e-9):
            return factor * power
    return 10 * power


def nice_range(
    low: float, high: float, count: int = 4, limits: tuple[float, float] = (-math.inf, math.inf)
) -> tuple[float, float]:
    """The range that holds `low` and `high`, which lie within `limits`, and ends at round numbers
    there.
    """
    if high - low < 1e-12 * max(1.0, abs(low), abs(high)):
        margin = max(abs(low) * 0.1, 1e-6)
        low, high = low - margin, high + margin
    step = nice_step(high - low, count)
    bottom, top = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return max(bottom, limits[0]), min(top, limits[1])


def linear_ticks(low: float, high: float, count: int = 4) -> list[Tick]:
    """Round numbers from `low` to `high`, all written with the same number of decimals."""
    step = nice_step(high - low, count)
    first = math.ceil(low / step - 1e-6)
    last = math.floor(high / step + 1e-6)
    values = [index * step for index in range(first, last + 1)]
    return [(value, number_text(value, step)) for value in values]


def number_text(value: float, step: float) -> str:
    """`value` with the decimals that tell multiples of `step` apart; a power of ten where it is
    short.
    """
    if value == 0:
        return "0"
    if abs(value) >= 1e6 or step < 1e-4:
        unit = 10.0 ** math.floor(math.log10(abs(value)) + 1e-12)
        return power_text(value, max(1, _decimals(step / unit)))
    return f"{value:,.{_decimals(step)}f}".replace("-", "−")


def _decimals(step: float) -> int:
    """How many decimals tell multiples of `step` apart."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if abs(step * 10**decimals - round(step * 10**decimals)) > 1e-6:
        decimals += 1
    return decimals


def power_text(value: float, decimals: int = 1) -> str:
    """Up to so many decimals and a power of ten: 1e-5, 2.5e6."""
    mantissa, exponent = f"{value:.{decimals}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").removesuffix(".")
    return f"{mantissa}e{int(exponent)}".replace("-", "−", mantissa.startswith("-"))


def log_text(value: float) -> str:
    """A label of a logarithmic axis: 100, 1, 0.01, and 1e-4 below a thousandth."""
    if 1e-3 <= value < 1e6:
        return f"{value:,.{max(0, -math.floor(math.log10(value) + 1e-9))}f}"
    return power_text(value)


def log_range(low: float, high: float) -> tuple[float, float]:
    """The decimal logarithms of 1, 2 or 5 times powers of ten around two positive numbers."""
    factors = (1, 2, 5, 10)
    power = 10.0 ** math.floor(math.log10(low))
    bottom = max(f * power for f in factors if f * power <= low * (1 + 1e-9))
    power = 10.0 ** math.floor(math.log10(high))
    top = min(f * power for f in factors if f * power >= high * (1 - 1e-9))
    if top <= bottom:
        bottom, top = bottom / 2, top * 2
    return math.log10(bottom), math.log10(top)


def log_ticks(low: float, high: float, count: int = 5) -> list[Tick]:
    """Powers of ten within [10**low, 10**high], thinned to `count`; with 2 and 5 where there is but
    one.
    """
    first, last = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    stride = max(1, math.ceil((last - first + 1) / count))
    powers = range(first, last + 1, stride)
    if last - first >= 1:
        return [(float(p), log_text(10.0**p)) for p in powers]
    values = [factor * 10.0**power for power in range(first - 1, last + 1) for factor in (1, 2, 5)]
    return [
        (math.log10(v), log_text(v)) for v in values if low - 1e-9 <= math.log10(v) <= high + 1e-9
    ]


def epoch_ticks(first: float, last: float, count: int = 6) -> list[Tick]:
    """Whole epochs: the first shown, then multiples of a round number."""
    step = max(1, round(nice_step(max(last - first, 1), count - 1, (1, 2, 5))))
    start = math.ceil(first)
    values = [start] if start >= 1 else []
    values += [
        v
        for v in range(step * math.ceil(start / step), math.floor(last) + 1, step)
        if v - start >= 0.6 * step or (v > start and step == 1) or v == 0
    ]
    return [(float(v), f"{v:,}") for v in values]


def value_text(value: float) -> str:
    """A value of a curve with three or four figures: 0.109, 12.3, 4,310, 3.2e-5."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf"
    size = abs(value)
    if size == 0:
        return "0"
    if size < 5e-4 or size >= 1e6:
        return power_text(value)
    decimals = 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0
    return f"{value:,.{decimals}f}".replace("-", "−")


def sd_text(sd: float) -> str:
    """A standard deviation beside its mean, as a decimal number where it is of the size of shares:
    0.013, 0.0002; smaller ones belong to means that are written with powers of ten.
    """
    if 5e-5 <= sd < 5e-4:
        return f"{sd:.4f}"
    return f"{sd:.3f}" if not sd or 5e-4 <= sd < 1000 else value_text(sd)


def figures_text(value: float) -> str:
    """A number with three figures, two where a power of ten is written: 0.104, 12.3, 1.4e-5."""
    size, sign = abs(value), "−" if value < 0 else ""
    if size == 0 or 1e-3 <= size < 1e6:
        return sign + (f"{size:.3g}" if size < 1000 else f"{size:,.0f}")
    return sign + power_text(size)


def spread(places: Iterable[float], gap: float) -> list[float]:
    """`places` moved as little as keeps each two at least `gap` apart, in their order."""
    wanted = list(places)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    # Groups of neighbours that touch, each laid out around the mean of what its members want.
    groups: list[list[int]] = []

    def top(group: list[int]) -> float:
        centre = sum(wanted[i] for i in group) / len(group)
        return centre - gap * (len(group) - 1) / 2

    for index in order:
        groups.append([index])
        while len(groups) > 1 and top(groups[-2]) + gap * len(groups[-2]) > top(groups[-1]) + 1e-9:
            last = groups.pop()
            groups[-1] += last
    result = list(wanted)
    for group in groups:
        for position, index in enumerate(group):
            result[index] = top(group) + gap * position
    return result
