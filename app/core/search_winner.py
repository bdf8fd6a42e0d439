"""What becomes of the best trial: its settings on the bench, and a last training on all samples
that are not kept for the test.
"""

import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.explained_error import ExplainedError
from app.core.frozen import OptionValue
from app.core.number_words import counted
from app.core.options import complete
from app.core.project import Project, ScheduleSettings
from app.core.project_edits import (
    set_early_stopping,
    set_schedule,
    set_schedule_option,
    set_split,
    set_training,
)
from app.core.schedule_catalog import PLATEAU, SCHEDULES_BY_NAME
from app.core.search_results import FoldResult, Trial
from app.core.search_walk import with_values


class RefitError(ExplainedError):
    """A trial has come to nothing that a last training could be based on."""


@dataclass(frozen=True)
class Refit:
    """A last training, and what it does otherwise than the trial did, in full sentences."""

    project: Project
    notes: tuple[str, ...]


def winner_on_bench(project: Project, values: Mapping[str, OptionValue]) -> Project:
    """`project` with the settings of a trial, and nothing else changed; the space stays, so that
    the search can go on from here.

    Raises:
        ProjectPathError: the project no longer has what a setting is about.
    """
    return with_values(project, values)


def has_settings(project: Project, values: Mapping[str, OptionValue]) -> bool:
    """Whether `project` has the settings of a trial already."""
    try:
        return winner_on_bench(project, values) == project
    except ExplainedError:
        return False


def refitting(project: Project, trial: Trial) -> Project:
    """The project of `refit`; raises as it does."""
    return refit(project, trial).project


def refit(project: Project, trial: Trial) -> Refit:
    """The settings of `trial` trained once more, on the training and the validation part together;
    the samples of the test part stay what they are.

    Nothing is left to watch, so early stopping is off, and the training takes as many epochs as the
    folds did up to the weights they were scored with: the median over the folds of the best epoch
    where early stopping brings back its weights, else of the last one.

    Raises:
        ProjectPathError: the project no longer has what a setting is about.
        RefitError: no fold of the trial has ended well.
    """
    project = winner_on_bench(project, trial.settings)
    planned = project.training.epochs
    epochs = _epochs(project, trial)
    words = counted(epochs, "epoch")
    notes = [f"It trains for {words}: {_reason(project, trial)}."]
    if project.training.early_stopping.enabled:
        project = set_early_stopping(project, enabled=False)
        notes.append("Early stopping is off, since no sample is left to watch.")
    project, note = _schedule(project, planned, epochs)
    project = set_training(project, epochs=epochs)
    project = set_split(project, validation_trains=True)
    return Refit(project, (*notes, note) if note else tuple(notes))


def _finished(trial: Trial) -> tuple[FoldResult, ...]:
    found = tuple(fold for fold in trial.folds if fold.state == "finished" and fold.epochs > 0)
    if not found:
        raise RefitError(
            f"No fold of trial {trial.number} has ended well.",
            "A last training takes its number of epochs from the folds.",
            "Choose a trial that is finished.",
        )
    return found


def _epochs(project: Project, trial: Trial) -> int:
    """Half an epoch counts as one."""
    folds = _finished(trial)
    best = project.training.early_stopping.brings_back
    numbers = [fold.best_epoch if best and fold.best_epoch > 0 else fold.epochs for fold in folds]
    return max(1, math.floor(statistics.median(numbers) + 0.5))


def _reason(project: Project, trial: Trial) -> str:
    stopping = project.training.early_stopping
    best = stopping.enabled and stopping.restore_best_weights
    folds = len(_finished(trial))
    what = "best epoch" if best else "last epoch"
    if folds == 1:
        return f"the {what} of the trial"
    return f"the median {what} of its {folds} folds"


def _schedule(project: Project, planned: int, epochs: int) -> tuple[Project, str]:
    """The project whose rates are those of the trial epoch by epoch, as far as they can be; and
    what cannot.
    """
    schedule = project.training.schedule
    kind = SCHEDULES_BY_NAME.get(schedule.kind)
    if kind is None:
        return project, ""
    if schedule.kind == PLATEAU:
        monitor = str(_option(schedule, "monitor"))
        if not monitor.startswith("val_"):
            return project, ""
        return (
            set_schedule(project, kind="constant"),
            f"The rate stays constant: reducing it on a plateau of {monitor} needs a validation "
            "part.",
        )
    if planned == epochs or schedule.kind not in _OVER_ALL_EPOCHS:
        return project, ""
    if any(option.name == "epochs" for option in kind.options):
        if _option(schedule, "epochs") is not None:
            return project, ""
        return (
            set_schedule_option(project, name="epochs", value=planned),
            f"The rate falls as in the trial, over {counted(planned, 'epoch')}.",
        )
    return project, f"The schedule {kind.label} ends after {counted(epochs, 'epoch')} now."


_OVER_ALL_EPOCHS = ("polynomial", "cosine", "warmup_cosine")
"""Schedules that stretch over the planned epochs unless they have a length of their own."""


def _option(schedule: ScheduleSettings, name: str) -> OptionValue:
    return complete(SCHEDULES_BY_NAME[schedule.kind].options, schedule.options)[name]
