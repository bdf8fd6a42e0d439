"""Keeps the data of the open project loaded, in the data thread; reads other data aside."""

from collections.abc import Callable, Mapping
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from app.core.data_settings import ArraySource, DataSettings, DataSource, TableSource
from app.core.problems import Problem
from app.core.resolved_project import ResolvedProject
from app.data.array_source import ArrayDescription, describe_arrays
from app.data.column_counts import ColumnDistincts, distincts_of
from app.data.distributions import Distributions, distributions_of
from app.data.errors import DataError
from app.data.prepared import PreparedData
from app.data.preview import Preview, preview_of
from app.data.progress import LoadingProgress
from app.data.raw_data import RawData
from app.data.room import DataRoom
from app.data.table_description import TableDescription, describe_table
from app.data.table_files import form_of
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, Report
from app.ui.column_entries import ColumnEntries, ColumnEntry, entries_of
from app.ui.failures import failure_of
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument
from app.ui.reading_problem import reading_problem

Description = ArrayDescription | TableDescription
WhenRead = Callable[[PreparedData | None, BaseException | None], None]
"""Told the data, or why they could not be read; None twice: the user gave up."""
WhenRawRead = Callable[[RawData | None, BaseException | None], None]

CANCELLED = Problem(
    where="data",
    severity="error",
    title="The data were not read",
    happened="Reading them was cancelled before its end.",
    expected="A network can be trained once its data are read.",
    how_to_fix="Press Try again or Ctrl+R to read them, or Undo to go back.",
)


class DataFeed(QObject):
    """Loads what `project.data` asks for, as often as it changes; the newest wish wins.

    Attributes:
        prepared: the data; None while they are read, and when they could not be. Many data are
            there before it is known what is remarkable in them, and can be trained on.
        preview: of `prepared`, or of the data before while others are read.
        problem: why they could not be read.
        description: what the source's file tells of itself, of arrays and tables; None for others
            and as long as it is not known.
        entries: the columns of a table of the user's own, as they are read now.
        distincts: different values of each column, by name; empty as long as nobody has counted.
        distributions: of `prepared` or of the data before, like `preview`.
        progress: how far the reading is, of the project's data or of others.
        subject: what is being read aside, by name; "" for nothing.

    Signals:
        changed(): `prepared`, `loading` or `problem` is another.
        progressed(): `progress` is another.
        counted(): `distincts` are known.
    """

    changed = Signal()
    progressed = Signal()
    counted = Signal()

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
        self._counting: tuple[int, JobControl] | None = None
        self._aside: tuple[int, JobControl, WhenRead] | None = None
        self._handed_over = False
        self._aside_room: tuple[tuple[DataSource, int], DataRoom] | None = None
        self.subject = ""
        self.prepared: PreparedData | None = None
        self.preview: Preview | None = None
        self.problem: Problem | None = None
        self.description: Description | None = None
        self.entries: tuple[ColumnEntry, ...] = ()
        self.distincts: Mapping[str, int] = {}
        self.distributions: Distributions | None = None
        self.progress: LoadingProgress | None = None
        document.changed.connect(self._project_changed)

    @property
    def loading(self) -> bool:
        """Whether the project's data are being read."""
        return self._running is not None

    @property
    def reading(self) -> bool:
        """Whether anything is being read, for the project or aside."""
        return self._running is not None or self._aside is not None

    @property
    def aside(self) -> bool:
        """Whether data are being read that are not the project's yet, or are its own read otherwise
        and not taken yet.
        """
        return self._aside is not None or self._handed_over

    def read(
        self, settings: DataSettings, subject: str, when_read: WhenRead, *, anew: bool = True
    ) -> None:
        """Read data that are not the project's yet; what was being read aside is given up. When the
        project takes them they need not be read again.

        Args:
            subject: what is read, for people; "" for the project's own source.
            anew: whether a file is read once more: it may have been mended meanwhile. Otherwise
                what is known of it already serves.
        """
        self.give_up()
        room = DataRoom() if anew else self._room

        def ended(result: object, error: BaseException | None) -> None:
            self._handed_over = not self.subject
            self._end_aside()
            self._handed_over = False
            prepared = result if isinstance(result, PreparedData) else None
            if prepared is not None and anew:
                self._aside_room = (_place(settings), room)
            when_read(prepared, error)

        started = self._jobs.start("data", room.load(settings), self._heard, ended)
        self._aside = (*started, when_read)
        self.subject = subject
        self.changed.emit()

    def look(
        self,
        source: TableSource,
        subject: str,
        when_seen: Callable[[TableDescription | None], None],
    ) -> None:
        """Look at the beginning of a table, aside as in `read`; None is told when it cannot be
        read so.
        """
        self.give_up()

        def job(report: Report, control: JobControl) -> object:
            with suppress(DataError):
                return describe_table(source.path, form_of(source))
            return None

        def ended(result: object, error: BaseException | None) -> None:
            self._end_aside()
            when_seen(result if isinstance(result, TableDescription) else None)

        self._aside = (*self._jobs.start("data", job, _ignore, ended), _ignore_both)
        self.subject = subject
        self.changed.emit()

    def read_raw(self, settings: DataSettings, when_read: WhenRawRead) -> None:
        """The samples of `settings`, those of the project, before split and preprocessing; they
        are not read again.
        """

        def ended(result: object, error: BaseException | None) -> None:
            when_read(result if isinstance(result, RawData) else None, error)

        self._jobs.start("data", self._room.read(settings), _ignore, ended)

    def give_up(self) -> None:
        """Stop what is being read aside; nobody is told."""
        if self._aside is not None:
            number, control, _ = self._aside
            control.stop()
            self._jobs.forget("data", number)
            self._end_aside()

    def cancel(self) -> None:
        """The user does not want to wait: what is read aside is given up, else the reading of the
        project's data.
        """
        if self._aside is not None:
            when_read = self._aside[2]
            self.give_up()
            when_read(None, None)
        elif self._running is not None:
            self._stop_own()
            self.problem = CANCELLED
            self._document.forget_summary()
            self.changed.emit()

    def reload(self) -> None:
        """Read the source anew: a file that was mended, or put back in its place."""
        self._room = DataRoom()
        self._aside_room = None
        self._stale = True
        self._project_changed(None, self._document.resolved)

    def _end_aside(self) -> None:
        self._aside = None
        self.subject = ""
        self.progress = None
        self.changed.emit()

    def _stop_own(self) -> None:
        if self._running is not None:
            number, control = self._running
            control.stop()
            self._jobs.forget("data", number)
            self._running = None
            self.progress = None

    def _project_changed(self, _before: object, after: ResolvedProject | None) -> None:
        if after is None:
            return
        data = after.project.data
        if self._aside_room is not None and self._aside_room[0] == _place(data):
            self._room = self._aside_room[1]
            self._aside_room = None
            self._stale = True
        if data == self._wanted and not self._stale:
            return
        self._stale = False
        self._wanted = data
        self._stop_own()
        self.prepared = None
        self.problem = None
        self.description = None
        self.entries = ()
        self.distincts = {}
        self._stop_counting()
        job = _with_preview(self._room, data)
        self._running = self._jobs.start("data", job, self._heard_of_own, self._ended)
        self.changed.emit()

    def _count(self, room: DataRoom) -> None:
        """Count different values, once the data are there: of a million rows it takes seconds."""

        def job(report: Report, control: JobControl) -> object:
            return None if room.raw is None else distincts_of(room.raw, lambda: control.stopping)

        def ended(result: object, error: BaseException | None) -> None:
            self._counting = None
            if error is not None:
                failure_of(error, "Counting the values")
            elif isinstance(result, ColumnDistincts):
                self.distincts = dict(result.distincts)
                self.counted.emit()

        self._counting = self._jobs.start("data", job, _ignore, ended)

    def _stop_counting(self) -> None:
        if self._counting is not None:
            number, control = self._counting
            control.stop()
            self._jobs.forget("data", number)
            self._counting = None

    def _heard_of_own(self, event: object) -> None:
        if isinstance(event, PreparedData):
            self._take(event)
            self.changed.emit()
        else:
            self._heard(event)

    def _take(self, prepared: PreparedData) -> None:
        assert self._wanted is not None
        self.prepared = prepared
        self._document.set_summary(self._wanted, prepared.summary)

    def _heard(self, event: object) -> None:
        if isinstance(event, Preview):
            self.preview = event
        elif isinstance(event, Distributions):
            self.distributions = event
        elif isinstance(event, Description):
            self.description = event
        elif isinstance(event, ColumnEntries):
            self.entries = event.entries
        elif isinstance(event, LoadingProgress):
            self.progress = event
            self.progressed.emit()

    def _ended(self, result: object, error: BaseException | None) -> None:
        self._running = None
        self.progress = None
        if error is not None:
            source = self._wanted.source if self._wanted is not None else None
            can_undo = self._document.undo_stack.canUndo()
            self.problem = reading_problem(error, source, can_undo)
            self._document.forget_summary()
        elif isinstance(result, PreparedData):
            self._count(self._room)
            self._take(result)
        self.changed.emit()


def _place(settings: DataSettings) -> tuple[DataSource, int]:
    """What decides on what is read: everything else is done with it afterwards."""
    return settings.source, settings.memory_mib


def _with_preview(room: DataRoom, settings: DataSettings) -> Job:
    """Loads, and reports a preview of what it gives: of millions of rows it takes seconds."""
    source, load = settings.source, room.load(settings)

    def job(report: Report, control: JobControl) -> object:
        described: TableDescription | None = None
        with suppress(DataError):  # it is told when the data are read
            if isinstance(source, ArraySource):
                report(describe_arrays(source.path))
            elif isinstance(source, TableSource):
                described = describe_table(source.path, form_of(source))
                report(described)
                report(entries_of(source, described))
        prepared = load(report, control)
        if not isinstance(prepared, PreparedData) or control.stopping:
            return None
        if described is not None and isinstance(source, TableSource) and room.raw is not None:
            raw, summary = room.raw, prepared.summary
            gaps = dict(raw.gaps)
            report(entries_of(source, described, summary, gaps, raw.rows_read, raw.ignored))
        unused = _unused(prepared, source, described)
        report(preview_of(prepared, unused, room.beside, room.raw))
        report(distributions_of(prepared))
        return None if control.stopping else prepared

    return job


def _unused(
    prepared: PreparedData, source: DataSource, described: TableDescription | None
) -> tuple[str, ...]:
    """Names of the columns of a table that the network neither gets nor tells."""
    if not isinstance(source, TableSource):
        return ()
    if described is None or not described.columns or prepared.summary.reconstructs:
        return tuple(name for name, role in source.roles.items() if role == "ignored")
    used = {column.name for column in prepared.preprocessing.columns}
    used |= set(prepared.summary.target_names)
    return tuple(column.name for column in described.columns if column.name not in used)


def _ignore(_event: object) -> None:
    pass


def _ignore_both(_prepared: PreparedData | None, _error: BaseException | None) -> None:
    pass
