"""Numbers as the window writes them."""

import math


def duration(seconds: float | None) -> str:
    """The time left in words: "< 1 s left", "12 s left", "3 min left"; "" when unknown."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    if seconds < 1:
        return "< 1 s left"
    if seconds < 90:
        return f"{seconds:.0f} s left"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min left"
    return f"{seconds / 3600:.1f} h left"


def rate(per_second: float, noun: str) -> str:
    """`412 epochs/s`, `0.25 epochs/s`; "" when unknown."""
    if per_second <= 0 or not math.isfinite(per_second):
        return ""
    digits = 0 if per_second >= 20 else 1 if per_second >= 1 else 2
    return f"{per_second:,.{digits}f} {noun}s/s"


def number_list(text: str) -> tuple[float, ...]:
    """The finite numbers of "2, 1, -0.5"; empty when `text` is anything else."""
    try:
        numbers = tuple(float(part.replace("−", "-")) for part in text.split(","))
    except ValueError:
        return ()
    return numbers if all(map(math.isfinite, numbers)) else ()
