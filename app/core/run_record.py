"""A training as it is kept: its settings, its history, how it ended."""

import secrets
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from app.core.frozen import Frozen, FrozenMap
from app.core.project import Project
from app.core.vault_openings import Openings


class EpochRow(Frozen):
    """One epoch of the history. `metrics` holds loss, accuracy, val_loss and so on, named as
    `model.fit` names them.
    """

    epoch: Annotated[int, Field(ge=1)]
    metrics: FrozenMap
    seconds: Annotated[float, Field(ge=0.0)]
    learning_rate: float


class RateChange(Frozen):
    """The learning rate was changed while it trained: from after `step` steps of `epoch` it is
    `rate`.

    `by` whom: "you", or "plateau", the schedule that waits for one.
    """

    epoch: Annotated[int, Field(ge=1)]
    step: Annotated[int, Field(ge=0)]
    rate: Annotated[float, Field(ge=0.0)]
    by: Literal["you", "plateau"] = "you"


class RunHealth(Frozen):
    """How the layers did after `epoch`.

    Attributes:
        gradient_norms: layer id to the L2 norm of its gradient.
        dead_units: layer id to one number a unit, 1 where it was never active.
        update_ratios, weight_norms: as in `app.training.events.LayerHealth`; of runs of earlier
            versions not known.
    """

    epoch: Annotated[int, Field(ge=0)]
    gradient_norms: FrozenMap = FrozenMap()
    dead_units: FrozenMap = FrozenMap()
    update_ratios: FrozenMap = FrozenMap()
    weight_norms: FrozenMap = FrozenMap()


class TrainedOn(Frozen):
    """What new samples need to be prepared and answered as in the training, whatever has become of
    the data since.

    Attributes:
        preprocessing: as JSON, by `app.data.preprocessing.FittedPreprocessing`.
    """

    title: str
    task: Literal["binary", "multiclass", "regression"]
    input_shape: Annotated[tuple[int, ...], Field(strict=False, max_length=8)]
    target_names: Annotated[tuple[str, ...], Field(strict=False)]
    class_names: Annotated[tuple[str, ...], Field(strict=False)] = ()
    preprocessing: Annotated[str, Field(max_length=50_000_000)]


class RunRecord(Frozen):
    """What is known of a run after (or in the middle of) it.

    Attributes:
        project: the settings that this run was started with; later edits do not touch them.
        rows: the history, epoch by epoch.
        best_epoch: the epoch with the best value of early stopping's monitor; 0 before the first.
        waited: epochs without a better one that early stopping has counted; less than those since
            `best_epoch` in a run that was continued, which gets its whole patience anew.
        planned: the last epoch planned; 0 before the first.
        steps_per_epoch: 0 before the first.
        rate_changes: of the learning rate, in their order; the same run with the same changes gives
            the same numbers.
        reason: why it ended; None while it is not over.
        sentence: the same in words.
        restored: whether the weights are those of `best_epoch`.
        data_fingerprint: SHA-256 of the arrays that it was trained on.
        trained_on: what its data were, for new samples; None of runs of earlier versions.
        health: after the last epoch, when it was looked at.
        branched_from: the epoch of another run whose rows those up to it are, and from whose end
            this one went on, perhaps with other settings; 0 of a run with a beginning of its own.
        versions: of TensorFlow, Keras, NumPy, Python and the processor; the last digits may
            differ elsewhere.
        openings: of the test vault with the weights that the run has now; once it is trained on it
            has others, and these belong to `opened_before`.
        opened_before: all earlier ones in this project, of runs before this one too.
        refit_of: number of the trial of which this is the last training, on the validation part
            too; None of other runs, and where nobody knows.
        key: names the run in the journal; "" of runs of earlier versions.
        started_at: ISO 8601, to the second, with the offset from UTC; "" where it is not known.
    """

    project: Project
    rows: Annotated[tuple[EpochRow, ...], Field(strict=False)] = ()
    best_epoch: Annotated[int, Field(ge=0)] = 0
    waited: Annotated[int, Field(ge=0)] = 0
    planned: Annotated[int, Field(ge=0)] = 0
    steps_per_epoch: Annotated[int, Field(ge=0)] = 0
    rate_changes: Annotated[tuple[RateChange, ...], Field(strict=False)] = ()
    reason: Literal["finished", "early_stopping", "stopped", "diverged"] | None = None
    sentence: str = ""
    restored: bool = False
    seconds: Annotated[float, Field(ge=0.0)] = 0.0
    data_fingerprint: str = ""
    versions: FrozenMap = FrozenMap()
    trained_on: TrainedOn | None = None
    health: RunHealth | None = None
    branched_from: Annotated[int, Field(ge=0)] = 0
    openings: Annotated[Openings, Field(strict=False)] = ()
    opened_before: Annotated[Openings, Field(strict=False)] = ()
    refit_of: Annotated[int, Field(ge=0)] | None = None
    key: Annotated[str, Field(max_length=64)] = ""
    started_at: Annotated[str, Field(max_length=40)] = ""

    @property
    def validated(self) -> bool:
        """Whether there was a validation part."""
        return any(name.startswith("val_") for row in self.rows[-1:] for name in row.metrics)

    @property
    def chooses_best(self) -> bool:
        """Whether `best_epoch` means anything: without a validation part and without early
        stopping nothing chooses an epoch.
        """
        stops = self.project.training.early_stopping.enabled
        return self.best_epoch > 0 and (stops or self.validated)

    def refit_with(self, project: Project) -> int | None:
        """`refit_of` of a training of `project` that follows this one: another way of training is
        no refit any more.
        """
        return self.refit_of if trained_alike(self.project, project) else None


def trained_alike(one: Project, other: Project) -> bool:
    """Whether both are trained the same way: names, the drawing and what is searched aside."""
    return (one.data, one.network, one.training) == (other.data, other.network, other.training)


def settings_of_branch(run: Project, wanted: Project) -> Project:
    """The settings that a branch of `run` trains with when those on the bench are `wanted`: these,
    with the seed of the run.
    """
    training = wanted.training.model_copy(update={"seed": run.training.seed})
    return wanted.model_copy(update={"training": training})


def begun_now(run: RunRecord) -> RunRecord:
    """`run` with a key of its own, begun at this moment."""
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return run.model_copy(update={"key": secrets.token_hex(8), "started_at": now})
