"""Brings the training of an opened project back into the engine, as soon as its data are there."""

from collections.abc import Callable

from app.core.explained_error import ExplainedError
from app.core.run_record import RunRecord
from app.data.prepared import PreparedData
from app.data.room import DataRoom
from app.ui.data_feed import DataFeed
from app.ui.failures import Failure, failure_of
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument
from app.ui.run_state import NOT_BACK, RunState

Restore = Callable[[RunRecord, PreparedData, bytes], None]


class SavedRun:
    """A run that came with a project, from its opening until the engine has its model again.

    It is tried again with all data that come: those that the run had, or others with the same
    samples, from another place.

    Attributes:
        checkpoint: of the model that is not back yet; None when none is missing.
    """

    def __init__(
        self,
        document: ProjectDocument,
        feed: DataFeed,
        jobs: JobCenter,
        is_idle: Callable[[], bool],
        show: Callable[[RunState], None],
        restore: Restore,
    ) -> None:
        """Args:
        is_idle: whether nothing else is done with the engine.
        show: told where bringing back stands.
        restore: brings it back on these data; `came_back` or `broke` is to be called then.
        """
        self._document, self._feed, self._jobs = document, feed, jobs
        self._is_idle, self._show, self._restore = is_idle, show, restore
        self.checkpoint: bytes | None = None
        self._record: RunRecord | None = None
        self._reading: int | None = None
        self._waits = False
        self._skips = False
        self._broken = False
        self._tried: PreparedData | None = None
        self._failure: Failure | None = None
        feed.changed.connect(self._look)

    def begin(self, record: RunRecord, checkpoint: bytes) -> None:
        """Bring `record` back, now or when its data are there."""
        self.forget()
        self._record, self.checkpoint = record, checkpoint
        self._waits = True
        self._look()

    def forget(self) -> None:
        """It is not wanted any more, or back."""
        self._stop_reading()
        self.checkpoint = self._record = self._tried = self._failure = None
        self._waits = self._skips = self._broken = False

    def stop(self) -> None:
        """The user does not want to wait for the data that are being read."""
        self._stop_reading()
        self._skips = self._waits and self._feed.loading
        self._waits = False

    def broke(self, failure: Failure) -> None:
        """The engine cannot bring it back, with whatever data."""
        self._broken, self._failure = True, failure

    def why_missing(self) -> ExplainedError:
        """Why nothing can be done with the trained model yet."""
        failure = self._failure
        return ExplainedError(
            "The saved training is not back yet." + (f" {failure.happened}" if failure else ""),
            "Its trained weights are needed; a network without them is not saved in its place.",
            failure.how_to_fix if failure else "Wait until its data are read, then try again.",
        )

    def _look(self) -> None:
        record, project, data = self._record, self._document.project, self._feed.prepared
        if self.checkpoint is None or record is None or project is None or self._broken:
            return
        if self._skips:
            self._skips = self._feed.loading
            self._tried = data
            return
        if self._reading is not None or not (self._waits or self._is_idle()):
            return
        own = project.data == record.project.data
        if data is not None and data is not self._tried:
            self._tried = data
            if own or data.fingerprint == record.data_fingerprint:
                self._begin_restoring(record, data)
            else:
                self._read(record, first=self._waits)
        elif own and data is None and self._feed.problem is not None:
            problem = self._feed.problem
            self._fail(Failure(problem.happened, problem.expected, problem.how_to_fix))
        elif own and data is None:
            self._waits = True
            self._show(RunState(phase="waiting", doing="reading the data", epoch=self._epochs))
        elif not own and self._waits:
            self._read(record, first=True)

    @property
    def _epochs(self) -> int:
        return 0 if self._record is None else len(self._record.rows)

    def _begin_restoring(self, record: RunRecord, data: PreparedData) -> None:
        self._waits = False
        self._failure = None
        if self.checkpoint is not None:
            self._restore(record, data, self.checkpoint)

    def _fail(self, failure: Failure) -> None:
        self._waits = False
        self._failure = failure
        self._show(RunState(failure=failure, failed=NOT_BACK, epoch=self._epochs))

    def _read(self, record: RunRecord, first: bool) -> None:
        """Read the data that the run had; the project has others by now."""

        def ended(result: object, error: BaseException | None) -> None:
            self._reading = None
            if isinstance(result, PreparedData):
                self._begin_restoring(record, result)
            elif error is not None and first:
                self._fail(failure_of(error, "Reading the data of the run"))
            else:  # the project goes on with other data
                self._waits = False
                self._show(RunState())

        self._waits = True
        doing = "reading the data of the saved run"
        self._show(RunState(phase="waiting", doing=doing, epoch=self._epochs))
        job = DataRoom().load(record.project.data)
        self._reading, _ = self._jobs.start("data", job, _ignore, ended)

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._jobs.forget("data", self._reading)
            self._reading = None


def _ignore(_event: object) -> None:
    pass
