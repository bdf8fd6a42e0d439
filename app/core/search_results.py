"""What a search has found: frozen values that the search, the window, the journal and the command
line share.
"""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.run_record import EpochRow

TrialState = Literal["waiting", "running", "finished", "pruned", "failed", "cancelled"]
DONE: tuple[TrialState, ...] = ("finished", "pruned", "failed")
"""Trials in these states are not done again when a search goes on."""
OVER: tuple[TrialState, ...] = (*DONE, "cancelled")
"""No fold of trials in these states is in training or waits for it."""
FoldState = Literal["finished", "pruned", "diverged", "failed"]


@dataclass(frozen=True)
class FoldResult:
    """What one fit came to.

    Attributes:
        fold: from 0; where the validation part scores there is only 0.
        score: of the weights that the fit ended with (those of the best epoch where early stopping
            restores them), over its validation part; None unless finished.
        metrics: loss and all metrics of these weights over that part, named without "val_".
        best_epoch: the one that early stopping chose by its monitor and whose weights it brought
            back; 0 where nothing was chosen: the figures are those of the last epoch.
        sentence: how it ended, in words.
    """

    fold: int
    state: FoldState
    score: float | None = None
    metrics: FrozenMap = field(default_factory=FrozenMap)
    epochs: int = 0
    best_epoch: int = 0
    seconds: float = 0.0
    sentence: str = ""


@dataclass(frozen=True)
class FitCurves:
    """The history of one fit, named as `model.fit` names it."""

    fold: int
    rows: tuple[EpochRow, ...]


@dataclass(frozen=True)
class Trial:
    """One setting of the space and what it came to.

    Attributes:
        number: from 0, in the order of the draws.
        settings: path to value, see `search_settings.Values`.
        folds: those that have ended, by number.
        seconds: of all its folds, one after the other.
        sentence: why it failed or was ended early; "" of others.
    """

    number: int
    state: TrialState
    settings: FrozenMap
    folds: tuple[FoldResult, ...] = ()
    seconds: float = 0.0
    sentence: str = ""

    @property
    def scores(self) -> tuple[float, ...]:
        return tuple(fold.score for fold in self.folds if fold.score is not None)

    @property
    def mean(self) -> float | None:
        """Over the folds; None before all of them are finished."""
        return statistics.fmean(self.scores) if self.state == "finished" and self.scores else None

    @property
    def sd(self) -> float | None:
        """The standard deviation over the folds, divided by their number as in scikit-learn's
        `std_test_score`; None of a single one.
        """
        if self.state != "finished" or len(self.scores) < 2:
            return None
        return statistics.pstdev(self.scores)

    @property
    def standard_error(self) -> float | None:
        """Of the mean over the folds: `sd` / sqrt(folds - 1), which is the sample's standard
        deviation / sqrt(folds); None of a single one.
        """
        sd = self.sd
        return None if sd is None else sd / math.sqrt(len(self.scores) - 1)


def with_chosen_epochs(trial: Trial, project: Project) -> Trial:
    """`trial` as it is kept now: earlier versions noted a best epoch also where its weights did not
    come back.

    Args:
        project: with which the trial was trained, but for its settings.
    """
    stopping = project.training.early_stopping
    path = "training.early_stopping."
    enabled = trial.settings.get(f"{path}enabled", stopping.enabled)
    restores = trial.settings.get(f"{path}restore_best_weights", stopping.restore_best_weights)
    if enabled and restores:
        return trial
    return replace(trial, folds=tuple(replace(fold, best_epoch=0) for fold in trial.folds))


def as_good_as(best: Trial, trials: Iterable[Trial]) -> int:
    """How many other trials have a mean within one standard error of that of the `best`, so that
    its folds hardly tell them apart: the rule of one standard error (Breiman, Friedman, Olshen and
    Stone 1984; Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 7.10).
    """
    error, mean = best.standard_error, best.mean
    if error is None or mean is None:
        return 0
    found = sum(1 for trial in trials if trial.mean is not None and abs(trial.mean - mean) <= error)
    return found - 1
