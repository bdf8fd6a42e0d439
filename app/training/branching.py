"""Going on from the end of an earlier epoch: which settings hold then, and what may not differ."""

from collections.abc import Sequence

from app.core.branch_settings import differ, differences
from app.core.project import Project
from app.training.early_stopping import EarlyStoppingState
from app.training.errors import TrainingError
from app.training.plateau import PlateauState
from app.training.rates import RateState
from app.training.snapshots import Snapshot, Snapshots

_HOW_TO_FIX = (
    "Undo this change and branch again; or press Train, which begins a run of its own with it."
)

_CHANGEABLE = (
    "The learning rate and its schedule, the batch size, the order of the samples, the number of "
    "epochs and early stopping may differ."
)


def does_not_fit(run: Project, wanted: Project, *, same_data: bool) -> TrainingError:
    """Why weights and optimizer of `run` cannot go on with the settings `wanted`."""
    words = (*differences(run, wanted), *(() if same_data else ("data",)))
    return TrainingError(
        differ(words),
        f"A branch goes on with the weights and the optimizer of the run. {_CHANGEABLE}",
        _HOW_TO_FIX,
    )


def not_kept(epoch: int, kept: Sequence[int]) -> TrainingError:
    """Nobody can go back to the end of `epoch`."""
    there = f"Kept are {_some(kept)}" if kept else "None is kept yet"
    return TrainingError(
        f"The weights of epoch {epoch} are not kept.",
        f"{there}; the initial weights and those of now are always there.",
        "Choose one of these epochs.",
    )


def without_optimizer(epoch: int) -> TrainingError:
    """The snapshot has only weights."""
    return TrainingError(
        f"Of epoch {epoch} only the weights are kept, without the state of the optimizer.",
        "A branch goes on with both; there was no room for them in the memory for earlier epochs.",
        "Go on from now with Continue, or press Train for a run of its own.",
    )


def stopping_under(
    run: Project, branch: Project, snapshot: Snapshot, kept: Snapshots
) -> EarlyStoppingState:
    """What early stopping knows at the beginning of a branch.

    With another monitor nothing. Where the best weights are wanted now, and were not before, they
    come from the snapshot of the best epoch; without one early stopping begins anew.
    """
    known = snapshot.stopping
    before, now = run.training.early_stopping, branch.training.early_stopping
    if now == before or known.best is None:
        return known
    if now.monitor != before.monitor:
        return EarlyStoppingState()
    if now.brings_back and known.best_weights is None:
        best = kept.at(known.best_epoch)
        if best is None:
            return EarlyStoppingState()
        weights = tuple(best.weights.values())
        return EarlyStoppingState(known.best, known.best_epoch, known.waited, weights)
    return known


def rates_under(
    run: Project, branch: Project, snapshot: Snapshot
) -> tuple[RateState, PlateauState]:
    """What was changed of the learning rate, and what `ReduceLROnPlateau` knows. Another rate or
    schedule holds as it is set, from the beginning of the branch on.
    """
    same_schedule = run.training.schedule == branch.training.schedule
    same_rate = run.training.optimizer == branch.training.optimizer
    return (
        snapshot.rates if same_schedule and same_rate else RateState(),
        snapshot.plateau if same_schedule else PlateauState(),
    )


def planned_under(run: Project, branch: Project, snapshot: Snapshot) -> int:
    """The last epoch of a branch: that of its settings, or, when they plan no more than is done, so
    many epochs further. Unchanged settings plan what was planned at the snapshot.
    """
    epochs = branch.training.epochs
    planned = snapshot.planned if run.training.epochs == epochs else epochs
    return planned if planned > snapshot.epoch else snapshot.epoch + epochs


def _some(epochs: Sequence[int]) -> str:
    if len(epochs) <= 8:
        return "epochs " + ", ".join(map(str, epochs))
    return f"{len(epochs)} epochs from {epochs[0]} to {epochs[-1]}"
