"""Keeps the data of the open project loaded, in the data thread."""

from PySide6.QtCore import QObject, Signal

from app.core.data_settings import DataSettings, TableSource
from app.core.problems import Problem
from app.core.resolved_project import ResolvedProject
from app.data.prepared import PreparedData
from app.data.preview import Preview, preview_of
from app.data.room import DataRoom
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, Report
from app.ui.failures import failure_of
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument


class DataFeed(QObject):
    """Loads what `project.data` asks for, as often as it changes; the newest wish wins.

    Attributes:
        prepared: the data; None while they are read, and when they could not be.
        preview: of `prepared`, or of the data before while others are read.
        problem: why they could not be read.

    Signals:
        changed(): `prepared`, `loading` or `problem` is another.
    """

    changed = Signal()

    def __init__(
        self, document: ProjectDocument, jobs: JobCenter, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._room = DataRoom()
        self._wanted: DataSettings | None = None
        self._stale = False
        self._running: tuple[int, JobControl] | None = None
        self.prepared: PreparedData | None = None
        self.preview: Preview | None = None
        self.problem: Problem | None = None
        document.changed.connect(self._project_changed)

    @property
    def loading(self) -> bool:
        return self._running is not None

    def read_job(self, settings: DataSettings) -> Job:
        """A job for the data thread that gives the `PreparedData` of settings that are not the
        project's yet. Sources are read anew then: a file may have been mended meanwhile.
        """
        self._room = DataRoom()
        self._stale = True
        return self._room.load(settings)

    def reload(self) -> None:
        """Read the source anew: a file that was mended, or put back in its place."""
        self._room = DataRoom()
        self._stale = True
        self._project_changed(None, self._document.resolved)

    def _project_changed(self, _before: object, after: ResolvedProject | None) -> None:
        if after is None or (after.project.data == self._wanted and not self._stale):
            return
        self._stale = False
        self._wanted = after.project.data
        if self._running is not None:
            number, control = self._running
            control.stop()
            self._jobs.forget("data", number)
        self.prepared = None
        self.problem = None
        self._running = self._jobs.start(
            "data",
            _with_preview(self._room.load(after.project.data), after.project.data),
            self._preview_came,
            self._ended,
        )
        self.changed.emit()

    def _preview_came(self, preview: object) -> None:
        if isinstance(preview, Preview):
            self.preview = preview

    def _ended(self, result: object, error: BaseException | None) -> None:
        self._running = None
        if error is not None:
            failure = failure_of(error, "Reading the data")
            self.problem = Problem(
                where="data",
                severity="error",
                title="The data could not be read",
                happened=failure.happened,
                expected=failure.expected,
                how_to_fix=f"{failure.how_to_fix} Then press Ctrl+R to read it again.",
            )
        elif isinstance(result, PreparedData) and self._wanted is not None:
            self.prepared = result
            self._document.set_summary(self._wanted, result.summary)
        self.changed.emit()


def _with_preview(load: Job, settings: DataSettings) -> Job:
    """`load`, which reports a preview of what it gives: of millions of rows it takes seconds."""
    source = settings.source
    roles = source.roles.items() if isinstance(source, TableSource) else ()
    ignored = tuple(name for name, role in roles if role == "ignored")

    def job(report: Report, control: JobControl) -> object:
        prepared = load(report, control)
        if isinstance(prepared, PreparedData) and not control.stopping:
            report(preview_of(prepared, ignored))
        return prepared

    return job
