"""What a search tells: frozen, picklable values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.core.project import Project
from app.core.search_results import FitCurves, Trial
from app.data.kept_weights import KeptArrays
from app.data.raw_data import RawData


@dataclass(frozen=True)
class SearchRequest:
    """What a search needs.

    Attributes:
        project: its `search` says what and how.
        raw: the data, read and not yet split.
        study: the file in which trials are kept.
        resume: whether to go on with the trials of that file; else it must not be there.
        kept: the kept weights that layers name, by key.
        trials: how many in place of those of the settings; those of before count.
    """

    project: Project
    raw: RawData
    study: Path
    resume: bool = False
    kept: KeptArrays | None = None
    trials: int | None = None


@dataclass(frozen=True)
class SearchStarted:
    """`score`: name of the metric that decides; `trials`: of a study that goes on, those of
    before; `study`: names the study wherever its file lies; `begun_at`: when it began, ISO 8601,
    "" where that is not known; `elsewhere`: trials that stand in the journal under another name.
    """

    planned: int
    folds: int
    score: str
    greater_is_better: bool
    workers: int
    trials: tuple[Trial, ...] = ()
    study: str = ""
    begun_at: str = ""
    elsewhere: frozenset[int] = frozenset()


@dataclass(frozen=True)
class FoldRunning:
    """`epoch` of at most `epochs` is done."""

    fold: int
    epoch: int
    epochs: int


@dataclass(frozen=True)
class TrialChanged:
    """A trial was drawn, came on, or ended; `running`: the folds that are being trained."""

    trial: Trial
    running: tuple[FoldRunning, ...] = ()


@dataclass(frozen=True)
class FitEnded:
    """The curves of a fold that ended."""

    trial: int
    curves: FitCurves


@dataclass(frozen=True)
class WorkersChanged:
    """So many processes work now; `sentence` says what happened to one, "" where all is well."""

    workers: int
    sentence: str = ""


@dataclass(frozen=True)
class SearchPaused:
    """No further fit is begun; those under way end."""


@dataclass(frozen=True)
class SearchResumed:
    pass


@dataclass(frozen=True)
class SearchEnded:
    """`best`: number of the best trial, None where none finished."""

    reason: Literal["finished", "cancelled", "failed"]
    sentence: str
    best: int | None = None
