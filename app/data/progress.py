"""How a loader tells how far it is, and hears that nobody wants its result any more."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

Stop = Callable[[], bool]


@dataclass(frozen=True)
class LoadingProgress:
    """How far the loading is.

    Attributes:
        sentence: "Reading pictures, 1,200 of 20,000".
        share: done, from 0 to 1; None when nobody knows.
    """

    sentence: str
    share: float | None = None


Tell = Callable[[LoadingProgress], None]


def never() -> bool:
    """Nobody stops it."""
    return False


def silent(progress: LoadingProgress) -> None:
    """Nobody listens."""


def seldom(tell: Tell, seconds: float = 0.05) -> Tell:
    """`tell` without what comes sooner than `seconds` after what was told last."""
    told = -math.inf

    def tell_seldom(progress: LoadingProgress) -> None:
        nonlocal told
        now = monotonic()
        if now - told >= seconds:
            told = now
            tell(progress)

    return tell_seldom
