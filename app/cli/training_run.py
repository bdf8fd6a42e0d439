"""A training in this thread, from its project to its record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.cli.progress import Progress
from app.core.metric_catalog import history_names
from app.core.project import Project
from app.core.run_record import RunRecord, begun_now
from app.data.kept_weights import NOTHING_KEPT, Arrays
from app.data.prepared import PreparedData
from app.jobs.control import JobControl
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.events import EpochEnded, StepsDone, TrainingEnded, TrainingStarted
from app.training.run_recorder import RunRecorder


@dataclass(frozen=True)
class FinishedRun:
    """A training that is over.

    Attributes:
        record: its settings and history.
        ended: why it ended, in the engine's words.
        parameters: trainable weights; 0 when it never began.
        began: whether at least one step was done.
    """

    record: RunRecord
    ended: TrainingEnded
    parameters: int
    began: bool


def train(
    room: EngineRoom,
    project: Project,
    data: PreparedData,
    control: JobControl,
    progress: Progress,
    kept: Mapping[str, Arrays] = NOTHING_KEPT,
    keep: Callable[[RunRecord], None] = lambda _record: None,
    before: RunRecord | None = None,
) -> FinishedRun:
    """Train `project`, whose layers begin with the weights of `kept` that they name; the model
    stays in `room`. `keep` gets the record as it grows; `before` is the run in the project's file.

    Raises:
        ExplainedError: it cannot be trained.
    """
    record = RunRecorder(project, data.fingerprint, data.trained_on).record
    if before is not None:
        record = record.model_copy(update={"refit_of": before.refit_with(project)})
    recorder = RunRecorder.of(begun_now(record))
    parameters = 0
    began = False

    def report(event: object) -> None:
        nonlocal parameters, began
        recorder.add(event)
        if isinstance(event, TrainingStarted):
            parameters = event.parameters
        elif isinstance(event, StepsDone):
            began = True
        if isinstance(event, (TrainingStarted, EpochEnded, TrainingEnded)):
            keep(recorder.record)
        progress(event)

    # Gradient norms and dead units are for the eye alone.
    request = TrainingRequest(project, data, diagnostics=False, kept=kept)
    try:
        ended = room.train(request)(report, control)
    finally:
        progress.close()
    return FinishedRun(recorder.record, ended, parameters, began)


def history(record: RunRecord, validated: bool) -> list[dict[str, object]]:
    """The history for JSON: one row an epoch; None where a value was not finite."""
    names = history_names(record.project.training.metrics, validated)
    return [
        {
            "epoch": row.epoch,
            **{name: row.metrics.get(name) for name in names},
            "learning_rate": row.learning_rate,
            "seconds": row.seconds,
        }
        for row in record.rows
    ]


def telling_epoch(record: RunRecord) -> tuple[str, Mapping[str, object]] | None:
    """The name of the epoch that tells what the run came to, the best one, or the last where
    nothing chooses one, with its loss and metrics; None before the first.
    """
    if not record.chooses_best:
        last = record.rows[-1] if record.rows else None
        return None if last is None else (f"Last epoch {last.epoch}", last.metrics)
    best = next((row for row in record.rows if row.epoch == record.best_epoch), None)
    return None if best is None else (f"Best epoch {best.epoch}", best.metrics)
