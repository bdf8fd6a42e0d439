"""The learning-rate range test as the window runs it, and the edit that comes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject

from app.core.project import Project
from app.core.project_edits import set_optimizer_option
from app.core.range_test import RangeTest, Suggestion, rounded, short, suggestion
from app.data.prepared import PreparedData
from app.training import events
from app.training.engine_room import EngineRoom, TrainingRequest
from app.ui.data_feed import DataFeed
from app.ui.failures import Failure
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument
from app.ui.side_job import SideJob, SideState


@dataclass(frozen=True)
class RangeTestState(SideState):
    """What is known of the last range test; its phases are "waiting", while the data are being
    read, "running" and "stopping".

    Attributes:
        rates, losses: of the steps so far.
        suggestion: once it is over; None when it failed, or nothing was done.
        kept: whether it begins with kept weights, in one layer at least.
    """

    test: RangeTest = field(default_factory=RangeTest)
    rates: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    suggestion: Suggestion | None = None
    kept: bool = False


class RangeTestControl(SideJob[RangeTestState]):
    """One range test at a time, in the engine thread.

    Signals:
        changed(): `state` is another value.
    """

    def __init__(
        self,
        document: ProjectDocument,
        feed: DataFeed,
        jobs: JobCenter,
        room: EngineRoom,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(jobs, RangeTestState(), parent)
        self._document = document
        self._feed = feed
        self._room = room
        self._project: Project | None = None
        feed.changed.connect(self._feed_changed)

    def start(self, test: RangeTest) -> None:
        """Test the project as it stands, once its data are there."""
        if self.state.active or self._document.project is None:
            return
        self._project = self._document.project
        kept = any(layer.kept_weights for layer in self._project.network.layers)
        self._set(RangeTestState("waiting", "reading the data", test, kept=kept))
        self._feed_changed()
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
            failure = Failure(problem.happened, problem.expected, problem.how_to_fix)
            self._change(phase="idle", doing="", failure=failure)
            self._tell()
        elif data is not None:
            self._test(self._project, data)

    def _test(self, project: Project, data: PreparedData) -> None:
        request = TrainingRequest(project, data, kept=self._document.kept.of(project.network))
        self._change(phase="running", doing="preparing")
        job = self._room.find_learning_rate(request, self.state.test)
        self._begin("engine", job, self._ended)

    def _event(self, event: object) -> None:
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            self._set(handler(self.state, event))

    def _ended(self, result: object, error: BaseException | None) -> None:
        found: dict[str, object] = {}
        if isinstance(result, events.RangeTestEnded):
            found = {
                "rates": result.rates,
                "losses": result.losses,
                "suggestion": suggestion(result.rates, result.losses, kept=self.state.kept),
                "stopped": result.reason == "stopped",
            }
        self._over(error, "Looking for a learning rate", **found)


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
