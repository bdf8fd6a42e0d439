"""Settings trained beside the project's own run, to be compared: a job, and what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject

from app.core.comparison import Variant
from app.core.data_settings import DataSettings
from app.core.frozen import FrozenMap
from app.core.run_record import RunRecord
from app.data.prepared import PreparedData
from app.data.progress import LoadingProgress
from app.data.room import DataRoom
from app.diagnostics.loss_surface import WeightPath
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, Report
from app.training import events
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.run_recorder import RunRecorder
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument
from app.ui.side_job import SideJob, SideState


@dataclass(frozen=True)
class ComparisonState(SideState):
    """What is known of the last comparison; its phases are "reading", "running" and "stopping".

    Attributes:
        variants: what is compared.
        records: one for each; None before its training began.
        starts: metrics of each with its initial weights, named as those of an epoch; none before
            they are known.
        paths: of the weights of each that has ended, when they are kept; None else.
        seconds: which each may train; None: no limit.
    """

    variants: tuple[Variant, ...] = ()
    records: tuple[RunRecord | None, ...] = ()
    starts: tuple[FrozenMap, ...] = ()
    paths: tuple[WeightPath | None, ...] = ()
    seconds: float | None = None

    @property
    def share(self) -> float:
        """What is done of the epochs, or the time, that are planned, from 0 to 1."""
        done = 0.0
        for variant, record in zip(self.variants, self.records, strict=True):
            if record is not None and record.reason is not None:
                done += 1.0
            elif record is not None:
                share = len(record.rows) / variant.project.training.epochs
                if self.seconds:
                    spent = sum(row.seconds for row in record.rows) / self.seconds
                    share = max(share, min(1.0, spent))
                done += share
        return done / max(1, len(self.variants))


class ComparisonControl(SideJob[ComparisonState]):
    """One comparison at a time, in the engine thread; the project's own run is as before after it.

    Signals:
        changed(): `state` is another value.
    """

    def __init__(
        self,
        document: ProjectDocument,
        jobs: JobCenter,
        room: EngineRoom,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(jobs, ComparisonState(), parent)
        self._document = document
        self._room = room
        self._recorders: dict[int, RunRecorder] = {}
        self.data: tuple[PreparedData, ...] = ()
        """That each of the variants is trained on, once it is read."""
        self._keep_paths = False

    # ---- orders
    def start(
        self,
        variants: Sequence[Variant],
        seconds: float | None = None,
        *,
        keep_paths: bool = False,
    ) -> None:
        """Read the data of all variants, then train one after the other.

        Args:
            seconds: each trains for so long at most.
            keep_paths: whether the weights on the way are kept.
        """
        if self.state.active:
            return
        self._recorders, self.data, self._keep_paths = {}, (), keep_paths
        nothing = (None,) * len(variants)
        self._set(
            ComparisonState(
                "reading",
                "reading the data",
                variants=tuple(variants),
                records=nothing,
                starts=(FrozenMap(),) * len(variants),
                paths=nothing,
                seconds=seconds,
            )
        )
        settings = tuple(variant.project.data for variant in variants)
        self._begin("data", _read_all(settings), self._read)

    def forget(self) -> None:
        """End it, and show nothing of it any more."""
        self.data = ()
        super().forget()

    # ---- the jobs
    def _read(self, result: object, error: BaseException | None) -> None:
        stopped = self.state.phase == "stopping"
        if error is not None or stopped or not isinstance(result, tuple):
            self._over(error, "Reading the data")
            return
        self.data = result
        requests = [self.request(number) for number in range(len(self.state.variants))]
        self._change(phase="running", doing="preparing")
        race = self._room.race(requests, self.state.seconds, keep_paths=self._keep_paths)
        self._begin("engine", race, self._ended)

    def request(self, number: int) -> TrainingRequest:
        """What the training of a variant needs, once the data are read."""
        project = self.state.variants[number].project
        kept = self._document.kept.of(project.network)
        return TrainingRequest(project, self.data[number], diagnostics=False, kept=kept)

    def _event(self, event: object) -> None:
        if isinstance(event, LoadingProgress):
            self._change(doing=event.sentence)
        elif isinstance(event, events.Preparing):
            self._change(doing=event.what)
        elif isinstance(event, events.RaceEvent):
            self._told(event.contestant, event.event)

    def _told(self, number: int, event: object) -> None:
        if isinstance(event, events.Preparing):
            self._change(doing=event.what)
            return
        if isinstance(event, events.BeforeFirstStep):
            starts = list(self.state.starts)
            starts[number] = event.metrics
            self._change(starts=tuple(starts))
            return
        if isinstance(event, WeightPath):
            paths = list(self.state.paths)
            paths[number] = event
            self._change(paths=tuple(paths))
            return
        recorder = self._recorders.get(number)
        if recorder is None:
            project = self.state.variants[number].project
            recorder = RunRecorder(project, self.data[number].fingerprint)
            self._recorders[number] = recorder
        recorder.add(event)
        records = list(self.state.records)
        records[number] = recorder.record
        self._change(doing="", records=tuple(records))

    def _ended(self, _result: object, error: BaseException | None) -> None:
        self._over(error, "Comparing")


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
