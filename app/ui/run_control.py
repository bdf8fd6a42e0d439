"""The training that one watches: starts it, steers it, keeps its record. The run bar and the
bench show what stands here.
"""

import gc
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from app.core.data_settings import DataSettings
from app.core.explained_error import ExplainedError
from app.core.project import Project
from app.core.run_record import (
    RunRecord,
    TrainedOn,
    begun_now,
    settings_of_branch,
    trained_alike,
)
from app.core.vault_openings import VaultOpening, together
from app.data.prepared import PreparedData
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job
from app.training import events
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.run_recorder import RunRecorder, health_of
from app.ui.data_feed import DataFeed
from app.ui.engine_questions import EngineQuestions
from app.ui.failures import Failure, failure_of
from app.ui.health_history import HealthHistory
from app.ui.job_center import JobCenter, OnEnd
from app.ui.project_document import ProjectDocument
from app.ui.run_state import NO_DATA, NOT_BACK, RunState, Taken, TakenBy
from app.ui.saved_run import SavedRun
from app.ui.telling import Telling

MOST_BATCHES = 4000
"""So many losses of single batches are kept."""
RATE_EPOCHS = 50
"""The speed is that of so many last epochs."""


class RunControl(QObject):
    """Owns the run: one at a time, in the engine thread.

    What the engine tells is known at once; signals tell of it once for all that came together.

    Signals:
        state_changed(): `state` is another value.
        history_changed(): `record` has more rows, or another run is shown.
        health_changed(): `health` and `healths` are other values.
        kept_changed(): `kept_epochs` is another value, or `kept_for_branch`: whether a branch can
            go on from them, or whether there was only room for their weights.
        run_ended(): the training is over (or failed).
    """

    state_changed = Signal()
    history_changed = Signal()
    health_changed = Signal()
    kept_changed = Signal()
    run_ended = Signal()

    def __init__(
        self,
        document: ProjectDocument,
        feed: DataFeed,
        jobs: JobCenter,
        room: EngineRoom,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._feed = feed
        self._jobs = jobs
        self._room = room
        self._control: JobControl | None = None
        self._number = 0
        self._recorder: RunRecorder | None = None
        self._start_waiting: Callable[[PreparedData], None] | None = None
        self._waiting_for: DataSettings | None = None
        self._batches: deque[tuple[float, float]] = deque(maxlen=MOST_BATCHES)
        self._seconds: deque[float] = deque(maxlen=RATE_EPOCHS)
        self.first_questions: Callable[[Project], tuple[events.ProbeRequest, ...]] = (
            lambda _project: ()
        )
        """What the live view is going to ask of a training of this project; set by its
        presenter.
        """
        self._telling = Telling(
            {
                "state": self.state_changed,
                "history": self.history_changed,
                "health": self.health_changed,
                "kept": self.kept_changed,
            },
            hurried=lambda: self._control is not None,
        )
        self._changed = self._telling.changed
        self.questions = EngineQuestions(jobs, room, lambda: self._control, lambda: self.has_model)
        self._branches_with: Project | None = None
        self._refit: tuple[Project, int] | None = None
        """The settings of a refit that was asked for or is on show, and the number of its trial."""
        self.state = RunState()
        self._healths = HealthHistory()
        self.kept_epochs: tuple[int, ...] = ()
        self.kept_for_branch = True
        self.previous: tuple[RunRecord, ...] = ()
        self.run_number = 1
        """Of the run on show, from 1 on for each project; `previous` has the last few only."""
        self.has_model = False
        self.trained_key = ""
        """Key of the run that was trained last; one that was only opened is another."""
        self.divergence: events.Divergence | None = None
        self._checkpoints: dict[int, TakenBy] = {}
        self._numbers = itertools.count()
        feed.changed.connect(self._feed_changed)
        self._saved = SavedRun(
            document, feed, jobs, lambda: not self.state.active, self._set_state, self._restore
        )
        jobs.delivered.connect(self._telling.tell_in_turn)

    # ---- what is known
    @property
    def record(self) -> RunRecord | None:
        """The run on show, finished or not; None before the first."""
        return self._recorder.record if self._recorder else None

    @property
    def health(self) -> events.LayerHealth | None:
        """How the layers did after the last epoch that was looked at."""
        return self._healths.newest

    @property
    def healths(self) -> tuple[events.LayerHealth, ...]:
        """The same of each epoch of the run on show; of a long run of some, evenly over it. The
        same object until there is more.
        """
        return self._healths.all

    @property
    def batch_losses(self) -> tuple[tuple[float, float], ...]:
        """(epochs done, loss) of the last batches of the run."""
        return tuple(self._batches)

    @property
    def can_continue(self) -> bool:
        """Whether there is a trained model whose training can go on."""
        return not self.state.active and self.has_model

    @property
    def comes_back(self) -> bool:
        """Whether the model of a saved run is not back yet."""
        return self._saved.checkpoint is not None

    def why_not_back(self) -> ExplainedError:
        """Why nothing can be done yet with the model of a saved run."""
        return self._saved.why_missing()

    # ---- orders
    def train(self, held: str | None = None) -> None:
        """Start a new run of the project as it stands; with `held` ("batch" or "epoch") do one
        step and hold.
        """
        project = self._document.project
        if project is None or self.state.active:
            return
        self._when_data_are_there(project.data, lambda data: self._start_new(project, data, held))

    def note_refit(self, project: Project, trial: int) -> None:
        """A training with the settings of `project` is the refit of this trial."""
        self._refit = (project, trial)

    def continue_training(self, more_epochs: int) -> None:
        """Train on for `more_epochs`, optimizer state kept."""
        if self.can_continue:
            self._start(self._room.continue_training(more_epochs), None)

    def start_over(self) -> None:
        """Train the same run again from the same initial weights."""
        if self.can_continue and self.record is not None:
            before = self.record
            self._begin_record(before.project, before.data_fingerprint, before.trained_on)
            self._start(self._room.start_over(), None)

    def branch(self, epoch: int) -> None:
        """Go on from the end of `epoch`, one of `kept_epochs` or 0, with the settings on the bench
        as far as they may differ; see `EngineRoom.branch`. The run on show becomes a previous one
        once the branch begins, and stays on show when it cannot.
        """
        project, record = self._document.project, self.record
        if project is None or record is None or not self.can_continue:
            return
        if project == record.project:
            self._branch(epoch, record.project, None)
        else:
            self._when_data_are_there(
                project.data,
                lambda data: self._branch(epoch, project, self._request(project, data)),
            )

    def _branch(self, epoch: int, project: Project, request: TrainingRequest | None) -> None:
        record = self.record
        if record is None:
            return
        self._branches_with = settings_of_branch(record.project, project)
        self.questions.forget()
        self._set_state(
            replace(
                self.state,
                phase="preparing",
                doing=f"going back to epoch {epoch}",
                failure=None,
                epoch=record.rows[-1].epoch if record.rows else 0,
                training=True,
            )
        )
        self._number, self._control = self._jobs.start(
            "engine", self._room.branch(epoch, request), self._event, self._ended
        )

    def _branched(self, event: events.Branched) -> None:
        before, project = self.record, self._branches_with
        if before is None or project is None:
            return
        self._keep_as_previous(before)
        branch = RunRecorder.branched(before, project, event).record
        self._recorder = RunRecorder.of(begun_now(branch))
        self._healths.drop_after(event.epoch)
        self.kept_epochs = tuple(kept for kept in self.kept_epochs if kept <= event.epoch)
        self.divergence = None
        self._seconds.clear()
        batches = [batch for batch in self._batches if batch[0] <= event.epoch]
        self._batches.clear()
        self._batches.extend(batches)
        self._set_state(
            replace(
                self.state,
                epoch=event.epoch,
                step=0,
                best_epoch=event.best_epoch,
                waited=event.waited,
                epochs_per_second=0.0,
                seconds_left=None,
            )
        )
        self._changed("history", "health", "kept")

    def pause(self) -> None:
        if self._control is not None and self.state.phase == "running":
            self._control.pause()

    def resume(self) -> None:
        if self._control is not None and self.state.phase == "paused":
            self._control.resume()

    def step(self, unit: str) -> None:
        """One batch or epoch more: of the paused run, or of a new one that is held after it."""
        if self.state.phase == "paused" and self._control is not None:
            self._control.step(unit)
        elif not self.state.active:
            self.train(held=unit)

    def stop(self) -> None:
        """End the run soon and keep the model as it is."""
        self._start_waiting = None
        self._saved.stop()
        if self.state.phase == "waiting":
            self._set_state(RunState())
        elif self._control is not None:
            self._control.stop()
            self._set_state(replace(self.state, phase="stopping", doing="stopping"))

    def set_learning_rate(self, rate: float) -> None:
        """Train on with this rate from the next step on; a schedule is scaled by as much.

        Nothing happens while nothing trains. The record of the run keeps where it was done; a run
        that is started over is without it.
        """
        if self._control is not None and self.state.phase in ("running", "paused"):
            self._control.post(events.ChangeLearningRate(rate))

    def note_opening(self, opening: VaultOpening) -> None:
        """The test part was looked at with the weights of the run on show; kept in its record."""
        if self._recorder is not None:
            self._recorder.opened(opening)
            self._document.mark_run_unsaved()
            self._changed("history")

    def load_tensorflow(self) -> None:
        """Import TensorFlow in the engine thread, ahead of the first training.

        It brings a million objects that never go. Looking for garbage among them stops all threads
        for 0.3 s, again and again: they are left out of it.
        """
        gc.disable()
        self._jobs.start("engine", self._room.load_tensorflow(), self._ignore, self._loaded)

    def build_backbone(
        self, name: str, side: int, weights: Path | Literal["download"] | None, on_end: OnEnd
    ) -> None:
        """Build a backbone in the engine thread; `on_end` gets an `OpenedModel`, or None when it
        was stopped, as a training in preparation can be.
        """

        def ended(result: object, error: BaseException | None) -> None:
            self._ended(None, None)
            on_end(result, error)

        self._set_state(
            replace(
                self.state,
                phase="preparing",
                doing=f"building {name}",
                failure=None,
                training=False,
            )
        )
        self._number, self._control = self._jobs.start(
            "engine", self._room.build_backbone(name, side, weights), self._progress, ended
        )

    def _progress(self, event: object) -> None:
        if isinstance(event, events.Preparing):
            self._set_state(replace(self.state, doing=event.what))

    def layer_weights(self, on_end: OnEnd) -> None:
        """`on_end` gets the weights of the trained model, by layer id."""
        self._jobs.start("engine", self._room.layer_weights(), self._ignore, on_end)

    def prepare(self) -> None:
        """Build the project's network with the weights that a training would begin with, to be
        looked at; the runs before are over.
        """
        project = self._document.project
        self.forget()
        if project is not None:
            self._when_data_are_there(
                project.data, lambda data: self._prepare(project, data), training=False
            )

    def _prepare(self, project: Project, data: PreparedData) -> None:
        self._set_state(RunState(phase="preparing", doing="building the network"))
        self._number, self._control = self._jobs.start(
            "engine",
            self._room.prepare(self._request(project, data)),
            self._event,
            lambda result, error: self._prepared(project, data, result, error),
        )

    def _prepared(
        self, project: Project, data: PreparedData, result: object, error: BaseException | None
    ) -> None:
        self._begin_record(project, data.fingerprint, data.trained_on)
        self._restored(result, error)

    def _request(self, project: Project, data: PreparedData) -> TrainingRequest:
        return TrainingRequest(project, data, kept=self._document.kept.of(project.network))

    def take_checkpoint(self, then: TakenBy) -> None:
        """Call `then` with the training as it can be saved: now, or when the engine has answered.

        A saved training that is not back yet, or could not be brought back, is given as it was.
        """
        record, changes = self.record, self._document.run_changes
        if not self.has_model:
            then(Taken(record, self._saved.checkpoint, changes))
        elif self._control is not None:
            number = next(self._numbers)
            self._checkpoints[number] = then
            self._control.post(events.CheckpointRequest(number))
        else:
            self._jobs.start(
                "engine",
                self._room.checkpoint(),
                self._ignore,
                lambda data, error: then(
                    Taken(record, data if isinstance(data, bytes) else None, changes, error)
                ),
            )

    def show_saved(self, record: RunRecord, checkpoint: bytes | None) -> None:
        """Show the run of an opened project, and bring its model back when there is a
        checkpoint.
        """
        self._recorder = RunRecorder.of(record)
        if record.refit_of is not None:
            self.note_refit(record.project, record.refit_of)
        self._healths.clear()
        self.kept_epochs = ()
        health = health_of(record)
        if health is not None:
            self._healths.add(health)
        self._set_state(replace(self.state, epoch=len(record.rows)))
        self._changed("history", "health", "kept")
        if checkpoint is not None:
            self._saved.begin(record, checkpoint)

    def _restore(self, record: RunRecord, data: PreparedData, checkpoint: bytes) -> None:
        request = replace(self._request(record.project, data), checkpoint=checkpoint)
        self._set_state(
            RunState(
                phase="preparing",
                doing="bringing the saved training back",
                epoch=len(record.rows),
            )
        )
        self._number, self._control = self._jobs.start(
            "engine", self._room.restore(request), self._event, self._restored
        )

    def _restored(self, result: object, error: BaseException | None) -> None:
        self.has_model = error is None
        if error is None:
            self._saved.forget()
        self._ended(result, error)
        failure = self.state.failure
        if failure is not None and self.comes_back:
            self._saved.broke(failure)
            self._set_state(replace(self.state, failed=NOT_BACK))

    def forget(self) -> None:
        """Another project is opened: nothing of the old run is shown or heard any more."""
        if self._control is not None:
            self._control.stop()
            self._jobs.forget("engine", self._number)
        self._control = None
        self._recorder = None
        self._refit = None
        self._start_waiting = None
        self._saved.forget()
        self.questions.forget()
        self.previous = ()
        self.run_number = 1
        self._healths.clear()
        self.kept_epochs = ()
        self.divergence = None
        self._batches.clear()
        self.has_model = False
        unanswered, self._checkpoints = self._checkpoints, {}
        for then in unanswered.values():
            then(None)
        self._set_state(RunState())
        self._changed("history", "health", "kept")

    # ---- starting
    def _when_data_are_there(
        self,
        settings: DataSettings,
        start: Callable[[PreparedData], None],
        training: bool = True,
    ) -> None:
        """Call `start` with the data of `settings`, those of the project, once they are read."""
        self._start_waiting, self._waiting_for = start, settings
        self._feed_changed()
        if self._start_waiting is not None:
            self._set_state(RunState(phase="waiting", doing="reading the data", training=training))

    def _feed_changed(self) -> None:
        start, project = self._start_waiting, self._document.project
        data, problem = self._feed.prepared, self._feed.problem
        if start is None:
            if data is not None and self.state.failed == NO_DATA and not self.state.active:
                self._set_state(RunState())
            return
        if project is None or project.data != self._waiting_for:
            self._start_waiting = None
            failure = Failure(
                "The data were changed while the training waited for them.",
                "A training works on the data that the project had when it was begun.",
                "Press Train again.",
            )
            self._set_state(RunState(failure=failure))
        elif data is not None:
            self._start_waiting = None
            self._set_state(RunState())
            start(data)
        elif problem is not None:
            self._start_waiting = None
            failure = Failure(problem.happened, problem.expected, problem.how_to_fix)
            self._set_state(RunState(failure=failure, failed=NO_DATA))

    def _start_new(self, project: Project, data: PreparedData, held: str | None) -> None:
        self.has_model = False  # until it has begun, the engine's model is that of the run before
        self._saved.forget()
        self._begin_record(project, data.fingerprint, data.trained_on)
        request = replace(self._request(project, data), questions=self.first_questions(project))
        self._start(self._room.train(request), held)

    def _begin_record(
        self, project: Project, fingerprint: str, trained_on: TrainedOn | None
    ) -> None:
        before = self.record
        if before is not None and before.rows:
            self._keep_as_previous(before)
        opened = () if before is None else together(before.opened_before, before.openings)
        record = RunRecorder(project, fingerprint, trained_on, opened).record
        if self._refit is not None and trained_alike(self._refit[0], project):
            record = record.model_copy(update={"refit_of": self._refit[1]})
        self._recorder = RunRecorder.of(begun_now(record))
        self._healths.clear()
        self.kept_epochs = ()
        self.divergence = None
        self._batches.clear()
        self._changed("history", "health", "kept")

    def _start(self, job: Job, held: str | None) -> None:
        if self.record is not None and not self.record.key:  # of an earlier version, continued
            self._recorder = RunRecorder.of(begun_now(self.record))
        control = JobControl()
        if held is not None:
            control.pause()
            control.step(held)
        self.questions.forget()
        self._seconds.clear()
        self._set_state(RunState(phase="preparing", doing="preparing", training=True))
        self._number, self._control = self._jobs.start(
            "engine", job, self._event, self._ended, control
        )

    def _keep_as_previous(self, record: RunRecord) -> None:
        self.previous = (*self.previous, record)[-7:]
        self.run_number += 1

    # ---- what the engine says
    def _event(self, event: object) -> None:
        with self._telling.hearing():
            if self._recorder is not None:
                self._recorder.add(event)
            handler = self._HANDLERS.get(type(event))
            if handler is not None:
                handler(self, event)

    def _preparing(self, event: events.Preparing) -> None:
        self._set_state(replace(self.state, doing=event.what))

    def _training_started(self, event: events.TrainingStarted) -> None:
        self._healths.drop_after(event.first_epoch - 1)
        self.has_model = True
        self.trained_key = self.record.key if self.record is not None else ""
        self._document.mark_run_unsaved()
        self._set_state(
            replace(
                self.state,
                phase="stopping" if self.state.phase == "stopping" else "running",
                doing="",
                epoch=event.first_epoch - 1,
                epochs=event.epochs,
                steps_per_epoch=event.steps_per_epoch,
                learning_rate=event.learning_rate or None,
            )
        )

    def _steps_done(self, event: events.StepsDone) -> None:
        first = event.step - len(event.losses)
        per_epoch = max(self.state.steps_per_epoch, 1)
        self._batches.extend(
            (event.epoch - 1 + (first + i + 1) / per_epoch, loss)
            for i, loss in enumerate(event.losses)
        )
        self._document.mark_run_unsaved()
        self._set_state(
            replace(
                self.state,
                step=event.step,
                samples_per_second=event.samples_per_second,
                learning_rate=event.learning_rate or self.state.learning_rate,
            )
        )

    def _epoch_ended(self, event: events.EpochEnded) -> None:
        self._document.mark_run_unsaved()
        self._seconds.append(event.seconds)
        spent = sum(self._seconds)
        rate = len(self._seconds) / spent if spent > 0 else 0.0
        left = (self.state.epochs - event.epoch) / rate if rate else None
        self._set_state(
            replace(
                self.state,
                epoch=event.epoch,
                step=0,
                best_epoch=event.best_epoch,
                waited=event.waited,
                epochs_per_second=rate,
                seconds_left=left,
                learning_rate=event.learning_rate,
            )
        )
        self._changed("history")

    def _learning_rate_changed(self, event: events.LearningRateChanged) -> None:
        self._document.mark_run_unsaved()
        self._set_state(replace(self.state, learning_rate=event.rate))
        self._changed("history")

    def _layer_health(self, event: events.LayerHealth) -> None:
        self._healths.add(event)
        self._changed("health")

    def _epochs_kept(self, event: events.EpochsKept) -> None:
        self.kept_epochs = event.epochs
        self.kept_for_branch = event.for_branch
        self._changed("kept")

    def _paused(self, event: events.Paused) -> None:
        if self.state.phase != "stopping":
            self._set_state(replace(self.state, phase="paused", step=event.step))

    def _resumed(self, _event: events.Resumed) -> None:
        if self.state.phase == "paused":
            self._set_state(replace(self.state, phase="running"))

    def _training_ended(self, event: events.TrainingEnded) -> None:
        self.divergence = event.divergence
        self._document.mark_run_unsaved()
        self._changed("health")

    def _checkpoint_taken(self, event: events.CheckpointTaken) -> None:
        then = self._checkpoints.pop(event.number, None)
        if then is not None:
            then(Taken(self.record, event.data, self._document.run_changes, event.error))

    def _answered(self, event: events.ProbeAnswer | events.AugmentationAnswer) -> None:
        self.questions.hear(event)

    _HANDLERS: dict[type, Callable[["RunControl", Any], None]] = {
        events.Preparing: _preparing,
        events.TrainingStarted: _training_started,
        events.StepsDone: _steps_done,
        events.EpochEnded: _epoch_ended,
        events.LayerHealth: _layer_health,
        events.EpochsKept: _epochs_kept,
        events.Branched: _branched,
        events.LearningRateChanged: _learning_rate_changed,
        events.Paused: _paused,
        events.Resumed: _resumed,
        events.ProbeAnswer: _answered,
        events.AugmentationAnswer: _answered,
        events.CheckpointTaken: _checkpoint_taken,
        events.TrainingEnded: _training_ended,
    }

    def _ended(self, _result: object, error: BaseException | None) -> None:
        self._control = None
        failure = failure_of(error, "Training") if error is not None else None
        self.questions.forget()
        self._set_state(
            replace(self.state, phase="idle", doing="", failure=failure, training=False)
        )
        unanswered, self._checkpoints = self._checkpoints, {}
        for then in unanswered.values():
            self.take_checkpoint(then)
        self._changed("history")
        self.run_ended.emit()

    def _loaded(self, _result: object, error: BaseException | None) -> None:
        gc.freeze()
        gc.enable()
        if error is not None:
            self._set_state(replace(self.state, failure=failure_of(error, "Loading TensorFlow")))

    def _ignore(self, _event: object) -> None:
        pass

    def _set_state(self, state: RunState) -> None:
        if state != self.state:
            self.state = state
            self._changed("state")
