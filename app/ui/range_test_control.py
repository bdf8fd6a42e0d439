"""The learning-rate range test as the window runs it, and the edit that comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.core.project import Project
from app.core.project_edits import set_optimizer_option
from app.core.range_test import RangeTest, Suggestion, rounded, short, suggestion
from app.data.prepared import PreparedData
from app.jobs.control import JobControl
from app.training import events
from app.training.engine_room import EngineRoom, TrainingRequest
from app.ui.data_feed import DataFeed
from app.ui.failures import Failure, failure_of
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument

Phase = Literal["idle", "waiting", "running", "stopping"]


@dataclass(frozen=True)
class RangeTestState:
    """What is known of the last range test.

    Attributes:
        phase: "waiting" while the data are being read.
        doing: what it does before the first step.
        rates, losses: of the steps so far.
        suggestion: once it is over; None when it failed, or nothing was done.
        stopped: whether it was ended by hand.
        kept: whether it begins with kept weights, in one layer at least.
    """

    phase: Phase = "idle"
    doing: str = ""
    test: RangeTest = field(default_factory=RangeTest)
    rates: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    suggestion: Suggestion | None = None
    stopped: bool = False
    failure: Failure | None = None
    kept: bool = False

    @property
    def active(self) -> bool:
        return self.phase != "idle"


class RangeTestControl(QObject):
    """One range test at a time, in the engine thread.

    Signals:
        changed(): `state` is another value.
    """

    changed = Signal()

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
        self._project: Project | None = None
        self.state = RangeTestState()
        feed.changed.connect(self._feed_changed)
        jobs.delivered.connect(self._tell)
        self._untold = False

    def start(self, test: RangeTest) -> None:
        """Test the project as it stands, once its data are there."""
        if self.state.active or self._document.project is None:
            return
        self._project = self._document.project
        kept = any(layer.kept_weights for layer in self._project.network.layers)
        self._set(RangeTestState("waiting", "reading the data", test, kept=kept))
        self._feed_changed()
        self._tell()

    def stop(self) -> None:
        """End it soon; what was found until then stays."""
        if self._control is not None:
            self._control.stop()
            self._set(replace(self.state, phase="stopping"))
        elif self.state.active:
            self._set(replace(self.state, phase="idle", stopped=True))
        self._tell()

    def forget(self) -> None:
        """End it, and show nothing of it any more."""
        if self._control is not None:
            self._control.stop()
            self._jobs.forget("engine", self._number)
            self._control = None
        self._set(RangeTestState())
        self._tell()

    def use(self, rate: float) -> None:
        """Make `rate`, with two figures, the learning rate of the project: an undoable edit."""
        project = self._document.project
        if project is not None:
            rate = rounded(rate)
            changed = set_optimizer_option(project, name="learning_rate", value=rate)
            self._document.edit(f"Set learning rate to {short(rate)}", changed)

    # ---- the job
    def _feed_changed(self) -> None:
        if self.state.phase != "waiting" or self._project is None:
            return
        data, problem = self._feed.prepared, self._feed.problem
        if problem is not None:
            self._fail(Failure(problem.happened, problem.expected, problem.how_to_fix))
        elif data is not None:
            self._begin(self._project, data)

    def _begin(self, project: Project, data: PreparedData) -> None:
        request = TrainingRequest(project, data, kept=self._document.kept.of(project.network))
        self._set(replace(self.state, phase="running", doing="preparing"))
        self._number, self._control = self._jobs.start(
            "engine",
            self._room.find_learning_rate(request, self.state.test),
            self._event,
            self._ended,
        )

    def _event(self, event: object) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            self._set(handler(self.state, event))

    def _ended(self, result: object, error: BaseException | None) -> None:
        self._control = None
        if error is not None or not isinstance(result, events.RangeTestEnded):
            told = failure_of(error, "Looking for a learning rate") if error else None
            self._fail(told)
            return
        self._set(
            replace(
                self.state,
                phase="idle",
                doing="",
                rates=result.rates,
                losses=result.losses,
                suggestion=suggestion(result.rates, result.losses, kept=self.state.kept),
                stopped=result.reason == "stopped",
            )
        )

    def _fail(self, failure: Failure | None) -> None:
        self._set(replace(self.state, phase="idle", doing="", failure=failure))
        self._tell()

    def _set(self, state: RangeTestState) -> None:
        self._untold = self._untold or state != self.state
        self.state = state

    def _tell(self) -> None:
        """Once for all that came together."""
        if self._untold:
            self._untold = False
            self.changed.emit()


def _preparing(state: RangeTestState, event: object) -> RangeTestState:
    assert isinstance(event, events.Preparing)
    return replace(state, doing=event.what)


def _steps(state: RangeTestState, event: object) -> RangeTestState:
    assert isinstance(event, events.RangeTestSteps)
    return replace(
        state,
        doing="",
        rates=(*state.rates, *event.rates),
        losses=(*state.losses, *event.losses),
    )


_HANDLERS: dict[type, Callable[[RangeTestState, object], RangeTestState]] = {
    events.Preparing: _preparing,
    events.RangeTestSteps: _steps,
}
