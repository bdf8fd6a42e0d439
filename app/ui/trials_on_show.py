"""The trials of the search on show: how many there are in each state, which is the best, and the
curves that are at hand.
"""

import math
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import replace

from app.core.search_results import OVER, FitCurves, Trial
from app.search.events import FitEnded, FoldRunning, TrialChanged

MOST_CURVES = 200
"""Of so many trials the curves are kept in memory; those of others are in the study file."""


class TrialsOnShow:
    """Attributes:
    trials: by number.
    running: the folds that are being trained, by trial.
    seconds: of training, summed over the trials.
    best: the best trial so far, by its mean; None before one is scored.
    trained: whether an epoch was trained since these trials were shown.
    fresh, with_curves: numbers of those that are new or have come on, or of which a fold has ended,
        since somebody was told.
    """

    def __init__(self, trials: Iterable[Trial] = (), *, greater_is_better: bool = True) -> None:
        self._greater_is_better = greater_is_better
        self._open: dict[int, float] = {}
        self._curves: OrderedDict[int, dict[int, FitCurves]] = OrderedDict()
        self._counts: Counter[str] = Counter()
        self.trials: dict[int, Trial] = {trial.number: trial for trial in trials}
        self.running: dict[int, tuple[FoldRunning, ...]] = {}
        self.best: Trial | None = None
        self.trained = False
        self.fresh: set[int] = set()
        self.with_curves: set[int] = set()
        self.seconds = math.fsum(trial.seconds for trial in self.trials.values())
        for trial in self.trials.values():
            self._counts[trial.state] += 1
            self._take_best(trial)

    @property
    def counts(self) -> dict[str, int]:
        """How many trials there are in each state."""
        return dict(self._counts)

    @property
    def training(self) -> int:
        """How many folds are being trained."""
        return sum(map(len, self.running.values()))

    @property
    def parts(self) -> float:
        """How much of the open trials is done, in trials."""
        return sum(self._open.values())

    def take(self, event: TrialChanged, folds: int) -> bool:
        """A trial of `folds` folds has come on; whether anything of it was trained so far."""
        trial = event.trial
        old = self.trials.get(trial.number)
        more = len(trial.folds) > (0 if old is None else len(old.folds))
        self.trained = self.trained or more or any(fold.epoch for fold in event.running)
        if old is not None:
            self._counts[old.state] -= 1
            self.seconds -= old.seconds
        self._counts[trial.state] += 1
        self.seconds += trial.seconds
        self.trials[trial.number] = trial
        self.fresh.add(trial.number)
        if trial.state in OVER:
            self.running.pop(trial.number, None)
            self._open.pop(trial.number, None)
        else:
            self.running[trial.number] = event.running
            part = sum(fold.epoch / max(fold.epochs, 1) for fold in event.running)
            self._open[trial.number] = min(1.0, (len(trial.folds) + part) / max(folds, 1))
        self._take_best(trial)
        return bool(trial.folds or self._open.get(trial.number))

    def leave_open(self) -> None:
        """The search is over: trials that this has met are done when it goes on."""
        for number in sorted(self._open):
            trial = self.trials[number]
            self._counts[trial.state] -= 1
            self._counts["waiting"] += 1
            self.trials[number] = replace(trial, state="waiting")
            self.fresh.add(number)
        self.running.clear()
        self._open.clear()

    def take_curves(self, event: FitEnded) -> None:
        """A fold has ended."""
        self._curves.setdefault(event.trial, {})[event.curves.fold] = event.curves
        self._curves.move_to_end(event.trial)
        while len(self._curves) > MOST_CURVES:
            self._curves.popitem(last=False)
        self.with_curves.add(event.trial)

    def curves_of(self, number: int) -> tuple[FitCurves, ...] | None:
        """Of the folds of a trial that have ended; None where not all of them are at hand."""
        trial, kept = self.trials[number], self._curves.get(number, {})
        if len(kept) < len(trial.folds):
            return None
        return tuple(kept[fold] for fold in sorted(kept))

    def _take_best(self, trial: Trial) -> None:
        mean, best = trial.mean, None if self.best is None else self.best.mean
        if mean is None or math.isnan(mean):
            return
        if best is None or (mean > best if self._greater_is_better else mean < best):
            self.best = trial
