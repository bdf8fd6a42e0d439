"""Where a search stands: values that `SearchControl` hands out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.core.project import Project
from app.core.search_results import DONE, Trial
from app.core.vault_openings import StudyLook
from app.ui.failures import Failure

LEAST_SECONDS, LEAST_WORK = 3.0, 0.25
"""Before so long, and so many trials, nobody can tell how long a search takes."""


@dataclass(frozen=True)
class SearchState:
    """Attributes:
    phase: "idle"; "reading" the data; "preparing" workers; "running"; "paused"; "stopping".
    doing: what it does while no trial runs.
    planned: how many trials there are to be, those of before included.
    counts: how many trials there are in each state.
    score: name of the metric that decides, without "val_".
    workers: how many processes train now; `note` says what happened to one, "" for nothing.
    best, best_mean: the best trial so far, by number.
    training: how many folds are being trained.
    starting: whether the search is under way and no epoch was trained yet: workers start.
    seconds: of training, summed over all folds of the trials on show, however many were trained
        beside each other; `seconds_left` is None while unknown.
    alone: whether it is a cross-validation of the network at hand and no search.
    before: whether there is a search that a cross-validation stands in place of.
    reason: how the last one ended; "interrupted": it is one of an earlier session; "" before the
        first.
    sentence: the same in words.
    study: the file of the trials on show.
    looks: at the test part, while these trials were there.
    failure: why it came to nothing.
    """

    phase: str = "idle"
    doing: str = ""
    planned: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    training: int = 0
    starting: bool = False
    folds: int = 1
    score: str = "loss"
    greater_is_better: bool = True
    workers: int = 0
    note: str = ""
    best: int | None = None
    best_mean: float | None = None
    seconds: float = 0.0
    seconds_left: float | None = None
    progress: float = 0.0
    alone: bool = False
    before: bool = False
    reason: str = ""
    sentence: str = ""
    study: Path | None = None
    looks: tuple[StudyLook, ...] = ()
    failure: Failure | None = None

    @property
    def active(self) -> bool:
        return self.phase != "idle"

    @property
    def standing(self) -> str:
        """ "search is running", "cross-validation is paused"; "" where none is under way."""
        if not self.active:
            return ""
        does = {"paused": "paused", "stopping": "ending"}.get(self.phase, "running")
        return f"{self.called} is {does}"

    @property
    def called(self) -> str:
        return "cross-validation" if self.alone else "search"

    @property
    def done(self) -> int:
        """How many trials are over, however they ended, but for those that were cancelled: they
        are done when the search goes on.
        """
        return sum(self.counts.get(state, 0) for state in DONE)

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def unfinished(self) -> bool:
        """Whether there is a search that can go on where it was."""
        return not self.active and not self.alone and self.total > 0 and self.done < self.planned


@dataclass(frozen=True)
class FoundStudy:
    """What a study file of an earlier session holds.

    Attributes:
        project: with which it was begun.
        planned: how many trials there were to be.
    looks: at the test part since it was begun.
    """

    path: Path
    project: Project
    planned: int
    folds: int
    score: str
    greater_is_better: bool
    trials: tuple[Trial, ...]
    looks: tuple[StudyLook, ...] = ()


@dataclass(frozen=True)
class AtStake:
    """What becomes of searches when the project is left.

    Attributes:
        ends: what is under way and would end, "search" or "cross-validation"; "" for nothing.
        unsaved: whether there is a search that only saving the project keeps.
        words: what is kept and what is lost.
    """

    ends: str = ""
    unsaved: bool = False
    words: str = ""


Look = Callable[[Path, Project], FoundStudy | None]
"""Reads the study file of a project; None when there is none. Raises ExplainedError for one that
can't be read.
"""


class Progress:
    """How far a search is and how long it takes, from what its trials have done.

    The clock begins with the first training: starting processes says nothing about trials. Time
    spent paused does not count.
    """

    def __init__(self, clock: Callable[[], float], planned: int) -> None:
        self._clock = clock
        self._planned = planned
        self._begun: float | None = None
        self._spent = 0.0
        self._begun_with = 0.0

    def begin(self, done: float) -> None:
        """The first epoch of a trial is over, or work goes on after a pause; `done` trials are done
        by now, parts of open ones included.
        """
        if self._begun is None:
            self._begun = self._clock()
            if not self._spent:
                self._begun_with = done

    def hold(self) -> None:
        if self._begun is not None:
            self._spent += self._clock() - self._begun
            self._begun = None

    @property
    def seconds(self) -> float:
        return self._spent + (self._clock() - self._begun if self._begun is not None else 0.0)

    def left(self, done: float) -> float | None:
        """Seconds until all planned trials are done when `done` are, at the mean speed so far."""
        work = done - self._begun_with
        if self.seconds < LEAST_SECONDS or work < LEAST_WORK:
            return None
        return max(0.0, self._planned - done) * self.seconds / work
