"""Ending poor trials early.

Two rules, both left out of a grid:

- By the epochs of the first fold, as Optuna does it. "median": the best score of the trial so far
  is worse than the median of what the finished trials had at this epoch; from the sixth trial on
  and after the first tenth of the epochs (at most 5). "hyperband": asynchronous successive halving
  in several brackets (https://jmlr.org/papers/v18/16-558.html) up to the planned epochs; of three
  the best goes on.
- By folds: when a fold ends, the mean over the folds that the trial has is worse than the median of
  the means of the finished trials over the same folds; from the sixth trial on.

Scores are those on the validation part of a fold; nothing else is looked at.
"""

import math
import statistics
from typing import TYPE_CHECKING

from app.core.project import Project
from app.core.search_results import FitCurves, Trial
from app.search.quiet_optuna import optuna

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial as OptunaTrial

FIRST_TRIALS = 5
"""So many are finished before any is compared with them."""


def pruner_of(project: Project, score: str, greater_is_better: bool) -> "Pruner | None":
    """The pruner that the search of `project` asks for; None where no trial is ended early."""
    search = project.search
    if search.pruner == "none" or search.sampler == "grid" or not search.space:
        return None
    return Pruner(project, score, greater_is_better)


class Pruner:
    """Hears how trials do, and says which of them are poor. Only one thread asks."""

    def __init__(self, project: Project, score: str, greater_is_better: bool) -> None:
        self._sign = 1.0 if greater_is_better else -1.0
        self._watched = f"val_{score}"
        self._epochs = _most_epochs(project)
        self._study = self._new_study(project.search.pruner)
        self._open: dict[int, OptunaTrial] = {}
        self._heard: dict[int, int] = {}
        self._finished: list[tuple[float, ...]] = []

    def _new_study(self, kind: str) -> "Study":
        pruners = optuna().pruners
        made = (
            pruners.HyperbandPruner(min_resource=1, max_resource=self._epochs, reduction_factor=3)
            if kind == "hyperband"
            else pruners.MedianPruner(
                n_startup_trials=FIRST_TRIALS, n_warmup_steps=1 + min(5, self._epochs // 10)
            )
        )
        study: Study = optuna().create_study(study_name="search", direction="maximize", pruner=made)
        return study

    def begin(self, number: int) -> None:
        """The first fold of this trial is trained, perhaps once more."""
        self._close(number)
        self._open[number] = self._study.ask()

    def poor_after_epoch(self, number: int, epoch: int, value: float | None) -> bool:
        """Hear the score of the first fold of a trial after `epoch`; whether to end the trial."""
        trial = self._open.get(number)
        if trial is None or value is None or not math.isfinite(value):
            return False
        if epoch <= self._heard.get(number, 0):  # its worker died, and it is done once more
            return False
        self._heard[number] = epoch
        trial.report(self._sign * value, epoch)
        return trial.should_prune()

    def poor_after_fold(self, scores: dict[int, float]) -> bool:
        """Whether to end a trial that has these scores by fold; of all its folds never."""
        others = [
            statistics.fmean(finished[fold] for fold in scores) for finished in self._finished
        ]
        if len(others) < FIRST_TRIALS or len(scores) >= len(self._finished[0]):
            return False
        mean = statistics.fmean(self._sign * score for score in scores.values())
        return mean < statistics.median(others)

    def end(self, trial: Trial) -> None:
        """A trial ended; others are compared with it when it is finished."""
        opened = self._open.get(trial.number)
        if trial.mean is None:
            self._close(trial.number)
            return
        self._finished.append(tuple(self._sign * score for score in trial.scores))
        if opened is not None:
            self._heard.pop(trial.number, None)
            self._study.tell(self._open.pop(trial.number).number, self._sign * trial.mean)

    def again(self, trial: Trial, first: FitCurves | None) -> None:
        """A trial of before, with the curves of its first fold."""
        if trial.mean is None:
            return
        rows = first.rows if first is not None else ()
        values = ((row.epoch, row.metrics.get(self._watched)) for row in rows)
        self._finished.append(tuple(self._sign * score for score in trial.scores))
        self._study.add_trial(
            optuna().trial.create_trial(
                value=self._sign * trial.mean,
                intermediate_values={e: self._sign * v for e, v in values if isinstance(v, float)},
            )
        )

    def _close(self, number: int) -> None:
        opened = self._open.pop(number, None)
        self._heard.pop(number, None)
        if opened is not None:
            self._study.tell(opened.number, state=optuna().trial.TrialState.FAIL)


def _most_epochs(project: Project) -> int:
    """That a trial can plan, where the epochs are searched too."""
    most = [project.training.epochs]
    for dimension in project.search.space:
        if dimension.path == "training.epochs":
            numbers = (*dimension.values, dimension.high)
            most += [int(number) for number in numbers if isinstance(number, (int, float))]
    return max(most)
