"""Telling the window what has changed: once for all that came together, and not all in one turn."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from PySide6.QtCore import SignalInstance

HEAVY = ("history", "health")
"""What makes the window paint much; both in one turn would hold it up for too long."""


class Telling:
    """Collects names of what has changed, and emits the signal of each.

    Args:
        signals: by name, in the order in which they are emitted.
        hurried: whether things come so fast that heavy ones are to take turns.
    """

    def __init__(self, signals: Mapping[str, SignalInstance], hurried: Callable[[], bool]) -> None:
        self._signals = signals
        self._hurried = hurried
        self._hearing = False
        self._last = HEAVY[-1]
        self._untold: set[str] = set()

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """While in it, changes are collected only."""
        self._hearing = True
        try:
            yield
        finally:
            self._hearing = False

    def changed(self, *what: str) -> None:
        """These have changed; told at once, unless more is being heard."""
        self._untold.update(what)
        if not self._hearing:
            self._tell(self._untold)

    def tell_in_turn(self) -> None:
        """Tell what was collected; of the heavy ones only that which waited longest, in a hurry."""
        if self._hurried() and self._untold >= set(HEAVY):
            later = HEAVY[1] if self._last == HEAVY[0] else HEAVY[0]
            self._last = later
            self._tell(self._untold - set(HEAVY) | {later})
        else:
            self._tell(self._untold)

    def _tell(self, what: set[str]) -> None:
        told = self._untold & what
        self._untold = self._untold - told
        for name, signal in self._signals.items():
            if name in told:
                signal.emit()
