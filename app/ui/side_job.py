"""What is worked out beside the project's own run: one job at a time, a state that grows, one
signal.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from app.jobs.control import JobControl
from app.jobs.thread_runner import Job
from app.ui.failures import Failure, failure_of
from app.ui.job_center import JobCenter, OnEnd


@dataclass(frozen=True)
class SideState:
    """What is known of it.

    Attributes:
        phase: "idle", or what it is about: "reading", "running", "stopping", ...
        doing: what it does when nothing grows.
        stopped: whether the last one was ended by hand.
        failure: why the last one came to nothing.
    """

    phase: str = "idle"
    doing: str = ""
    stopped: bool = field(default=False, kw_only=True)
    failure: Failure | None = field(default=None, kw_only=True)

    @property
    def active(self) -> bool:
        return self.phase != "idle"

    @property
    def words(self) -> str:
        """What it does, or why it came to nothing, as a sentence; "" when there is nothing to
        say.
        """
        if self.failure is not None:
            return f"{self.failure.happened} {self.failure.how_to_fix}"
        return f"{self.doing[:1].upper()}{self.doing[1:]}…" if self.active and self.doing else ""


S = TypeVar("S", bound=SideState)


class SideJob(QObject, Generic[S]):
    """Owns the job under way and its state; the project's own run is as before after it.

    Args:
        state: before the first.

    Signals:
        changed(): `state` is another value; once for all that came together.
    """

    changed = Signal()

    def __init__(self, jobs: JobCenter, state: S, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._control: JobControl | None = None
        self._job: tuple[str, int] | None = None
        self._untold = False
        self._nothing = state
        self.state = state
        jobs.delivered.connect(self._tell)

    # ---- orders
    def stop(self) -> None:
        """End it soon; what was found until then stays."""
        if self._control is not None:
            self._control.stop()
            self._change(phase="stopping")
        elif self.state.active:
            self._change(phase="idle", doing="", stopped=True)
        self._tell()

    def forget(self) -> None:
        """End it, and show nothing of it any more."""
        if self._control is not None and self._job is not None:
            self._control.stop()
            self._jobs.forget(*self._job)
        self._control, self._job = None, None
        self._set(self._nothing)
        self._tell()

    # ---- for those who work
    def _begin(self, thread: str, job: Job, on_end: OnEnd) -> None:
        """Start `job` on "engine" or "data"; `_event` hears what it reports."""

        def ended(result: object, error: BaseException | None) -> None:
            self._control = None
            on_end(result, error)

        number, self._control = self._jobs.start(thread, job, self._event, ended)
        self._job = (thread, number)
        self._tell()

    def _event(self, event: object) -> None:
        """What the job reports."""

    def _over(self, error: BaseException | None, doing: str, **found: Any) -> None:
        """It is over, and `found` is what came of it; `doing` names it where it failed."""
        stopped = self.state.phase == "stopping"
        failure = failure_of(error, doing) if error is not None else None
        ending = {"phase": "idle", "doing": "", "stopped": stopped, "failure": failure}
        self._change(**{**ending, **found})
        self._tell()

    def _change(self, **changes: Any) -> None:
        self._set(replace(self.state, **changes))

    def _set(self, state: S) -> None:
        self._untold = self._untold or state != self.state
        self.state = state

    def _tell(self) -> None:
        """Once for all that came together."""
        if self._untold:
            self._untold = False
            self.changed.emit()
