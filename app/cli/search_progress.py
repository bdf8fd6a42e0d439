"""How a search gets on: a line that is written anew on a terminal, plain lines elsewhere."""

import math
import os
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from app.cli.console import note, plain, write
from app.cli.progress import MOST_LINES, duration, figure
from app.cli.rewritten_line import RewrittenLine, terminal_columns
from app.core.number_words import counted
from app.core.search_results import DONE, Trial
from app.search.events import (
    SearchPaused,
    SearchResumed,
    SearchStarted,
    TrialChanged,
    WorkersChanged,
)


class SearchProgress(Protocol):
    """Takes the events of a search."""

    def __call__(self, event: object) -> None: ...

    def close(self) -> None: ...


def standard_search_progress(*, verbose: bool = False) -> SearchProgress:
    """On the standard output; `verbose` asks for a line for each trial."""
    stream = sys.stdout
    if stream is not None and stream.isatty() and not verbose and os.environ.get("TERM") != "dumb":
        return SearchLine(stream)
    return SearchLines(stream, verbose=verbose)


class Standing:
    """What is known of a search from its events."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._sign = 1.0
        self._before = 0
        self._over: set[int] = set()
        self.planned = 1
        self.score = ""
        self.starting = 0
        """So many workers are being started; 0 once one of them has trained an epoch."""
        self.running = 0
        self.best: Trial | None = None

    def __call__(self, event: object) -> None:
        if isinstance(event, SearchStarted):
            self._begun = self._clock()
            self._sign = 1.0 if event.greater_is_better else -1.0
            self.planned, self.score = event.planned, event.score
            for trial in event.trials:
                self._take(trial)
            self._before = len(self._over)
            self.starting = event.workers if self.done < event.planned else 0
        elif isinstance(event, TrialChanged):
            self._take(event.trial)
            self.running = len(event.running)
            over = event.trial.state in DONE
            if over or any(fold.epoch for fold in event.running):
                self.starting = 0

    @property
    def done(self) -> int:
        return len(self._over)

    def over(self, number: int) -> bool:
        return number in self._over

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before the first trial."""
        here = self.done - self._before
        spent = self._clock() - self._begun
        return None if here < 1 else spent / here * (self.planned - self.done)

    @property
    def words_of_before(self) -> str:
        """ "2 of 4 trials are done", where a search goes on; "" where it begins."""
        if not self._before:
            return ""
        verb = "is" if self.planned == 1 else "are"
        return f"{self._before:,} of {counted(self.planned, 'trial')} {verb} done"

    @property
    def starting_words(self) -> str:
        """ "starting 2 workers ..."; "" once they are at work."""
        return f"starting {counted(self.starting, 'worker')} ..." if self.starting else ""

    @property
    def best_words(self) -> str:
        if self.best is None:
            return ""
        return f"best {self.score} {score_words(self.best)} (trial {self.best.number})"

    def _take(self, trial: Trial) -> None:
        if trial.state in DONE:
            self._over.add(trial.number)
        if trial.mean is not None and (
            self.best is None or self._sign * trial.mean > self._sign * (self.best.mean or 0.0)
        ):
            self.best = trial


def score_words(trial: Trial) -> str:
    """0.9737 ± 0.0102"""
    return figure(trial.mean) + ("" if trial.sd is None else f" ± {figure(trial.sd)}")


class SearchLines:
    """About `MOST_LINES` lines a search, or one for each trial."""

    def __init__(self, stream: TextIO | None, *, verbose: bool) -> None:
        self._stream = stream
        self._verbose = verbose
        self._standing = Standing()
        self._stride = 1
        self._told = 0

    def __call__(self, event: object) -> None:
        before = self._standing.done
        self._standing(event)
        if isinstance(event, SearchStarted):
            left = event.planned - self._standing.done
            self._stride = 1 if self._verbose else max(1, math.ceil(left / MOST_LINES))
            self._told = self._standing.done
            for words in (self._standing.words_of_before, self._standing.starting_words):
                if words:
                    self._line(words)
        elif isinstance(event, WorkersChanged) and event.sentence:
            note(event.sentence)
        elif isinstance(event, TrialChanged) and self._standing.done > before:
            if self._verbose:
                self._line(f"trial {event.trial.number}: {_outcome(event.trial)}")
            elif self._standing.done - self._told >= self._stride:
                self._tell()

    def close(self) -> None:
        if not self._verbose and self._standing.done > self._told:
            self._tell()

    def _tell(self) -> None:
        known = self._standing
        self._told = known.done
        words = (
            f"{known.done:>{len(str(known.planned))}}/{known.planned} trials",
            known.best_words,
        )
        self._line("  ".join(word for word in words if word))

    def _line(self, text: str) -> None:
        write(f"{plain(text)}\n", self._stream)


class SearchLine:
    """One line that is written anew, at most ten times a second."""

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
        columns: Callable[[], int] = terminal_columns,
    ) -> None:
        self._line = RewrittenLine(stream, clock, columns)
        self._standing = Standing(clock)
        self._workers = 0
        self._held = ""

    def __call__(self, event: object) -> None:
        self._standing(event)
        if isinstance(event, WorkersChanged):
            self._workers = event.workers
            if event.sentence:
                self.close()
                note(event.sentence)
        elif isinstance(event, SearchPaused):
            self._held = "paused"
        elif isinstance(event, SearchResumed):
            self._held = ""
        if self._line.is_due:
            self._line.draw(self._text())

    def close(self) -> None:
        """Wipe the line: what follows begins at its start."""
        self._line.wipe()

    def _text(self) -> str:
        known = self._standing
        left = known.seconds_left
        parts = [
            f"{known.done}/{known.planned} trials",
            self._held,
            known.starting_words or counted(self._workers, "worker"),
            "" if left is None else f"about {duration(left)} left",
            known.best_words,
        ]
        text = parts[0]
        for part in parts[1:]:
            if part and self._line.fits(text, part):
                text = f"{text}  {part}"
        return text


def _outcome(trial: Trial) -> str:
    settings = "  ".join(f"{path}={value}" for path, value in trial.settings.items())
    said = score_words(trial) if trial.mean is not None else f"{trial.state}. {trial.sentence}"
    return f"{said}  {settings}"
