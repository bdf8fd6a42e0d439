"""How a loader tells how far it is, and hears that nobody wants its result any more."""

from collections.abc import Callable
from dataclasses import dataclass

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
