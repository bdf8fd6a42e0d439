"""A line of a terminal that is written anew, at most ten times a second."""

import math
import shutil
from collections.abc import Callable
from typing import TextIO

from app.cli.console import plain, write

REDRAW_SECONDS = 0.1


def terminal_columns() -> int:
    """How wide the terminal is."""
    return shutil.get_terminal_size().columns


class RewrittenLine:
    """Its text is cut where the terminal ends."""

    def __init__(
        self, stream: TextIO, clock: Callable[[], float], columns: Callable[[], int]
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._columns = columns
        self._written = -math.inf
        self._length = 0

    @property
    def is_due(self) -> bool:
        return self._clock() - self._written >= REDRAW_SECONDS

    def fits(self, text: str, more: str) -> bool:
        """Whether `more` has room behind `text`, two spaces apart."""
        return len(text) + 2 + len(more) < self._columns()

    def draw(self, text: str) -> None:
        self._written = self._clock()
        text = plain(text)[: max(self._columns() - 1, 0)]
        write(f"\r{text.ljust(self._length)}", self._stream)
        self._length = len(text)

    def wipe(self) -> None:
        """What follows begins at the start of the line."""
        self.draw("")
        write("\r", self._stream)
