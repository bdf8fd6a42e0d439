"""What was worked out for a frozen object, found again by the object itself.

An edit makes a new project out of mostly the same parts; what follows from those parts need not be
worked out again. The key is which object it is, not what it holds: comparing contents costs more
than the work that is saved.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Remembered(Generic[V]):
    """Results by object and key; at most `most`, then all are forgotten."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[tuple[int, Hashable], tuple[object, V]] = {}

    def recall(self, owner: object, key: Hashable, work: Callable[[], V]) -> V:
        """The result of `work` for this very `owner` and `key`; done only if it is not known."""
        place = (id(owner), key)
        known = self._known.get(place)
        # The owner is held, so that no other object can come to have its id.
        if known is not None and known[0] is owner:
            return known[1]
        result = work()
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[place] = (owner, result)
        return result
