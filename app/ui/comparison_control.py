"""Settings trained beside the project's own run, to be compared: a job, and what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.core.comparison import Variant
from app.core.data_settings import DataSettings
from app.core.run_record import RunRecord
from app.data.prepared import PreparedData
from app.data.progress import LoadingProgress
from app.data.room import DataRoom
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, Report
from app.training import events
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.run_recorder import RunRecorder
from app.ui.failures import Failure, failure_of
from app.ui.job_center import JobCenter, OnEnd
from app.ui.project_document import ProjectDocument

Phase = Literal["idle", "reading", "running", "stopping"]


@dataclass(frozen=True)
class ComparisonState:
    """What is known of the last comparison.

    Attributes:
        phase: "reading" while the data are being read.
        doing: what it does when nothing grows.
        variants: what is compared.
        records: one for each; None before its training began.
        stopped: whether it was ended by hand.
    """

    phase: Phase = "idle"
    doing: str = ""
    variants: tuple[Variant, ...] = ()
    records: tuple[RunRecord | None, ...] = ()
    stopped: bool = False
    failure: Failure | None = None

    @property
    def active(self) -> bool:
        return self.phase != "idle"

    @property
    def share(self) -> float:
        """Epochs done of those planned, from 0 to 1; a run that is over counts as whole."""
        done = 0.0
        for variant, record in zip(self.variants, self.records, strict=True):
            if record is not None:
                over = record.reason is not None
                done += 1.0 if over else len(record.rows) / variant.project.training.epochs
        return done / max(1, len(self.variants))


class ComparisonControl(QObject):
    """One comparison at a time, in the engine thread; the project's own run is as before after it.

    Signals:
        changed(): `state` is another value.
    """

    changed = Signal()

    def __init__(
        self,
        document: ProjectDocument,
        jobs: JobCenter,
        room: EngineRoom,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._room = room
        self._control: JobControl | None = None
        self._job: tuple[str, int] | None = None
        self._recorders: dict[int, RunRecorder] = {}
        self._fingerprints: list[str] = []
        self._untold = False
        self.state = ComparisonState()
        jobs.delivered.connect(self._tell)

    # ---- orders
    def start(self, variants: Sequence[Variant]) -> None:
        """Read the data of all variants, then train one after the other."""
        if self.state.active:
            return
        self._recorders = {}
        nothing = (None,) * len(variants)
        self._set(ComparisonState("reading", "reading the data", tuple(variants), nothing))
        settings = tuple(variant.project.data for variant in variants)
        self._begin("data", _read_all(settings), self._read)

    def stop(self) -> None:
        """End it soon; what was found until then stays."""
        if self._control is not None:
            self._control.stop()
            self._set(replace(self.state, phase="stopping"))
            self._tell()

    def forget(self) -> None:
        """End it, and show nothing of it any more."""
        if self._control is not None and self._job is not None:
            self._control.stop()
            self._jobs.forget(*self._job)
        self._control, self._job = None, None
        self._set(ComparisonState())
        self._tell()

    # ---- the jobs
    def _begin(self, thread: str, job: Job, on_end: OnEnd) -> None:
        number, self._control = self._jobs.start(thread, job, self._event, on_end)
        self._job = (thread, number)
        self._tell()

    def _read(self, result: object, error: BaseException | None) -> None:
        stopped = self.state.phase == "stopping"
        self._control = None
        if error is not None or stopped or not isinstance(result, tuple):
            self._over(error, "Reading the data", stopped)
            return
        requests = [
            TrainingRequest(
                variant.project,
                data,
                diagnostics=False,
                kept=self._document.kept.of(variant.project.network),
            )
            for variant, data in zip(self.state.variants, result, strict=True)
        ]
        self._fingerprints = [data.fingerprint for data in result]
        self._set(replace(self.state, phase="running", doing="preparing"))
        self._begin("engine", self._room.race(requests), self._ended)

    def _event(self, event: object) -> None:
        if isinstance(event, LoadingProgress):
            self._set(replace(self.state, doing=event.sentence))
        elif isinstance(event, events.Preparing):
            self._set(replace(self.state, doing=event.what))
        elif isinstance(event, events.RaceEvent):
            self._told(event.contestant, event.event)

    def _told(self, number: int, event: object) -> None:
        if isinstance(event, events.Preparing):
            self._set(replace(self.state, doing=event.what))
            return
        recorder = self._recorders.get(number)
        if recorder is None:
            project = self.state.variants[number].project
            recorder = RunRecorder(project, self._fingerprints[number])
            self._recorders[number] = recorder
        recorder.add(event)
        records = list(self.state.records)
        if records[number] is not recorder.record:
            records[number] = recorder.record
            self._set(replace(self.state, doing="", records=tuple(records)))

    def _ended(self, _result: object, error: BaseException | None) -> None:
        stopped = self.state.phase == "stopping"
        self._control = None
        self._over(error, "Comparing", stopped)

    def _over(self, error: BaseException | None, doing: str, stopped: bool) -> None:
        failure = failure_of(error, doing) if error is not None else None
        self._set(replace(self.state, phase="idle", doing="", stopped=stopped, failure=failure))
        self._tell()

    def _set(self, state: ComparisonState) -> None:
        self._untold = self._untold or state != self.state
        self.state = state

    def _tell(self) -> None:
        """Once for all that came together."""
        if self._untold:
            self._untold = False
            self.changed.emit()


def _read_all(settings: Sequence[DataSettings]) -> Job:
    """A job that gives the data of each of `settings`; a source that they share is read once."""
    room = DataRoom()

    def job(report: Report, control: JobControl) -> object:
        read = []
        for one in settings:
            prepared = room.load(one)(report, control)
            if not isinstance(prepared, PreparedData) or control.stopping:
                return None
            read.append(prepared)
        return tuple(read)

    return job
