"""How the loading of data gets on, on the error output; Ctrl+C stops it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from app.cli.console import plain, write
from app.cli.interruption import interrupts_stop
from app.data.errors import LoadingStopped
from app.data.progress import LoadingProgress, Stop, Tell
from app.jobs.control import JobControl

PATIENCE_SECONDS = 1.0
REDRAW_SECONDS = 0.2
"""On a terminal: what is done sooner is not told of, and how often the line is written anew."""
LINE_SECONDS = 10.0
"""Elsewhere, before the first line and between two."""


class LoadingLines:
    """One line that is written anew on a terminal; elsewhere a line now and then."""

    def __init__(self, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._terminal = stream is not None and stream.isatty()
        self._next = clock() + (PATIENCE_SECONDS if self._terminal else LINE_SECONDS)
        self._length = 0

    def __call__(self, progress: LoadingProgress) -> None:
        now = self._clock()
        if now < self._next:
            return
        self._next = now + (REDRAW_SECONDS if self._terminal else LINE_SECONDS)
        share = "" if progress.share is None else f" ({progress.share:.0%})"
        text = plain(f"{progress.sentence}{share}")
        if self._terminal:
            write(f"\r{text.ljust(self._length)}", self._stream)
            self._length = len(text)
        else:
            write(f"{text}\n", self._stream)

    def close(self) -> None:
        """Wipe the line."""
        if self._length:
            write(f"\r{' ' * self._length}\r", self._stream)
            self._length = 0


@contextmanager
def loading(control: JobControl | None = None) -> Iterator[tuple[Stop, Tell]]:
    """Within it data are loaded: whether to stop, and whom to tell.

    Args:
        control: of a job that Ctrl+C stops already; without one the first Ctrl+C ends the command.

    Raises:
        KeyboardInterrupt: it was stopped, and no `control` was given.
    """
    lines = LoadingLines(sys.stderr)
    try:
        if control is not None:
            yield (lambda: control.stopping), lines
            return
        own = JobControl()
        with interrupts_stop(own, said=b""):
            try:
                yield (lambda: own.stopping), lines
            except LoadingStopped:
                raise KeyboardInterrupt from None
    finally:
        lines.close()
