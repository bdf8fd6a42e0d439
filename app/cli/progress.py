"""How a training gets on: a bar on a terminal, plain lines elsewhere."""

import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TextIO

from app.cli.console import plain, write
from app.cli.rewritten_line import RewrittenLine, terminal_columns
from app.core.frozen import FrozenMap
from app.training.events import EpochEnded, Preparing, StepsDone, TrainingEnded, TrainingStarted

MOST_LINES = 20
"""Epochs that are told of in plain lines, unless all are wanted."""


class Progress(Protocol):
    """Takes the events of a training."""

    def __call__(self, event: object) -> None: ...

    def close(self) -> None: ...


def progress_on(stream: TextIO | None, *, verbose: bool = False) -> "Progress":
    """What suits `stream`; `verbose` asks for a line for each epoch."""
    if stream is not None and stream.isatty() and not verbose and os.environ.get("TERM") != "dumb":
        return ProgressBar(stream)
    return ProgressLines(stream, verbose=verbose)


def figures(metrics: Mapping[str, object]) -> str:
    """`loss 0.0180  val_loss 0.1090`"""
    return "  ".join(f"{name} {figure(value)}" for name, value in metrics.items())


def figure(value: object) -> str:
    """Four places, or four figures of numbers that are very small or large."""
    if not isinstance(value, (int, float)):
        return "?"
    if value == 0 or 0.001 <= abs(value) < 10_000:
        return f"{value:.4f}"
    return f"{value:.3e}"


class ProgressLines:
    """About `MOST_LINES` lines a run: the first epoch, the last, and some between."""

    def __init__(self, stream: TextIO | None, *, verbose: bool) -> None:
        self._stream = stream
        self._verbose = verbose
        self._epochs = 1
        self._stride = 1
        self._held: EpochEnded | None = None

    def __call__(self, event: object) -> None:
        if isinstance(event, Preparing):
            self._line(f"{event.what} ...")
        elif isinstance(event, TrainingStarted):
            planned = event.epochs - event.first_epoch + 1
            self._epochs = event.epochs
            self._stride = 1 if self._verbose else math.ceil(planned / MOST_LINES)
        elif isinstance(event, EpochEnded):
            self._held = event
            if event.epoch == 1 or event.epoch % self._stride == 0:
                self._tell()
        elif isinstance(event, TrainingEnded):
            self._tell()

    def close(self) -> None:
        """Nothing is left to be done."""

    def _tell(self) -> None:
        event, self._held = self._held, None
        if event is not None:
            width = len(str(self._epochs))
            self._line(f"epoch {event.epoch:>{width}}/{self._epochs}  {figures(event.metrics)}")

    def _line(self, text: str) -> None:
        write(f"{plain(text)}\n", self._stream)


class ProgressBar:
    """One line that is written anew, at most ten times a second."""

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float] = time.perf_counter,
        columns: Callable[[], int] = terminal_columns,
    ) -> None:
        self._clock = clock
        self._line = RewrittenLine(stream, clock, columns)
        self._full, self._empty = ("━", "─") if _speaks(stream, "━─") else ("#", "-")
        self._started = 0.0
        self._first = 1
        self._epochs = 1
        self._steps = 1
        self._done = 0.0
        self._chooses_best = True
        self._best = 0
        self._metrics = FrozenMap()

    def __call__(self, event: object) -> None:
        if isinstance(event, Preparing):
            self._line.draw(f"{event.what} ...")
            return
        if isinstance(event, TrainingStarted):
            self._started = self._clock()
            self._first, self._epochs = event.first_epoch, event.epochs
            self._steps = max(event.steps_per_epoch, 1)
            self._done = float(event.first_epoch - 1)
            self._chooses_best = event.chooses_best
        elif isinstance(event, StepsDone):
            self._done = event.epoch - 1 + event.step / self._steps
        elif isinstance(event, EpochEnded):
            self._done = float(event.epoch)
            self._metrics = event.metrics
            self._best = event.best_epoch if self._chooses_best else 0
        else:
            return
        if self._line.is_due:
            self._line.draw(self._text())

    def close(self) -> None:
        """Wipe the line: what follows begins at its start."""
        self._line.wipe()

    def _text(self) -> str:
        width = len(str(self._epochs))
        bar_width = 24
        filled = min(bar_width, int(bar_width * self._done / self._epochs))
        bar = self._full * filled + self._empty * (bar_width - filled)
        parts = [f"epoch {int(self._done):>{width}}/{self._epochs} {bar}", *self._pace()]
        if self._best:
            parts.append(f"best {self._best}")
        shown = {n: v for n, v in self._metrics.items() if n.startswith("val_")} or self._metrics
        parts += [figures({name: value}) for name, value in shown.items()]
        text = parts[0]
        for part in parts[1:]:
            if not self._line.fits(text, part):
                break
            text = f"{text}  {part}"
        return text

    def _pace(self) -> list[str]:
        spent = self._clock() - self._started
        done = self._done - (self._first - 1)
        if spent < 0.5 or done <= 0:
            return []
        left = (self._epochs - self._done) * spent / done
        return [f"at most {duration(left)} left"]


def duration(seconds: float) -> str:
    """0.4 s, 12 s, 3 min 5 s, 2 h 10 min."""
    if seconds < 1:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes} min"


def _speaks(stream: TextIO, text: str) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def standard_progress(*, verbose: bool = False) -> Progress:
    """On the standard output."""
    return progress_on(sys.stdout, verbose=verbose)
