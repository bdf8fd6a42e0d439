"""Puts what is trained into the journal, and answers questions about it, in a thread of its own."""

import logging
from collections.abc import Callable
from typing import TypeVar, cast

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.explained_error import ExplainedError
from app.core.run_record import RunRecord, begun_now
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.journal.entries import Kind
from app.journal.journal import Journal
from app.ui.comparison_control import ComparisonControl, ComparisonState
from app.ui.failures import Failure, failure_of
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl

logger = logging.getLogger(__name__)

EVERY_MS = 3000
"""So often a run that trains is written down: a crash costs no more."""
MOST_PIECES = 20
"""A history in more pieces than that is written anew as a whole when the run ends."""

T = TypeVar("T")
Answered = Callable[[T | None, Failure | None], None]


class JournalControl(QObject):
    """The window's side of the journal.

    A journal that cannot be used stops nothing: `failure` says why, and the next run tries again.

    Signals:
        changed(): what is in the journal, or `failure`, is another.
        not_kept(str): a sentence, once until it works again.
        closing(): what is to be kept must be asked for now.
    """

    changed = Signal()
    not_kept = Signal(str)
    closing = Signal()

    def __init__(
        self,
        journal: Journal,
        document: ProjectDocument,
        run: RunControl,
        jobs: JobCenter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._journal, self._document, self._run, self._jobs = journal, document, run, jobs
        self._last: RunRecord | None = None
        self._opened: RunRecord | None = None
        self._pieces = 0
        self._closed = False
        self.failure: Failure | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._write)
        run.state_changed.connect(self._look)  # a run begins before it has a history
        run.history_changed.connect(self._look)
        run.run_ended.connect(self._look)
        jobs.closing.connect(self._close)

    # ---- questions
    def ask(self, question: Callable[[Journal], T], on_answer: Answered[T], doing: str) -> None:
        """Put `question` to the journal in its thread; `on_answer(result, None)`, or
        `on_answer(None, why)`, comes in the window's thread.
        """

        def ended(result: object, error: BaseException | None) -> None:
            failure = None if error is None else failure_of(error, doing)
            on_answer(None if error is not None else cast(T, result), failure)

        self._start(lambda: question(self._journal), ended)

    def changed_by_hand(self) -> None:
        """The journal was changed through `ask`."""
        self.changed.emit()

    # ---- what is compared or races
    def watch(self, comparison: ComparisonControl) -> None:
        """Keep what is compared there, too, once it is over."""
        active = False

        def look() -> None:
            nonlocal active
            if active and not comparison.state.active:
                self._keep_compared(comparison.state)
            active = comparison.state.active

        comparison.changed.connect(look)

    @staticmethod
    def log_not_kept(error: ExplainedError) -> None:
        """Trials could not be kept; told in the thread of the search, hence to the log."""
        logger.error("the trials of a search are not in the journal: %s", error)

    def _keep_compared(self, state: ComparisonState) -> None:
        for variant, record in zip(state.variants, state.records, strict=True):
            if record is not None and record.reason is not None:
                self._keep(begun_now(record), "race", 0, part=variant.label)

    # ---- the run on the bench
    def _look(self) -> None:
        record = self._run.record
        if record is None or not record.key:
            return
        if record.key == self._run.trained_key:
            written = self._last is not None and self._last.key == record.key
            trains = self._run.state.trains
            if not trains or not (written or self.failure is not None):
                self._write(whole=not trains and self._pieces > MOST_PIECES)
            elif not self._timer.isActive():
                self._timer.start()
        elif self._opened is None or self._opened.key != record.key:
            self._opened = record  # a project with a run was opened, nothing is new
        elif record.openings != self._opened.openings:
            self._opened = record
            self._write()

    def _write(self, *, whole: bool = False) -> None:
        self._timer.stop()
        record = self._run.record
        if record is None or not record.key or record is self._last:
            return
        before = self._last
        same = 0
        if before is not None and before.key == record.key and not whole:
            same = _same(before, record)
            self._pieces += 1
        else:
            self._pieces = 1
        self._last = record
        self._keep(record, "bench", same)

    def _keep(self, record: RunRecord, kind: Kind, same: int, part: str = "") -> None:
        path = self._document.path
        file = "" if path is None else str(path)

        def ended(_result: object, error: BaseException | None) -> None:
            if error is not None:
                self._last = None  # what follows writes it whole
                failure = failure_of(error, "Keeping the run in the journal")
                if self.failure is None:
                    self.not_kept.emit(f"The run is not kept in the journal: {failure.happened}")
                self.failure = failure
            else:
                self.failure = None
            self.changed.emit()

        self._start(
            lambda: self._journal.keep(record, kind, file=file, rows_from=same, part=part), ended
        )

    def _close(self) -> None:
        if self._closed:
            return
        self.closing.emit()
        if self._timer.isActive():
            self._write()
        self._start(self._journal.close, lambda _result, _error: None)
        self._closed = True

    def _start(
        self, work: Callable[[], object], ended: Callable[[object, BaseException | None], None]
    ) -> None:
        def job(_report: Report, _control: JobControl) -> object:
            return work()

        if not self._closed:
            self._jobs.start("journal", job, _ignore, ended)


def _same(before: RunRecord, after: RunRecord) -> int:
    """How many rows both begin with; the rows of one run are the same objects."""
    rows = zip(before.rows, after.rows, strict=False)
    least = min(len(before.rows), len(after.rows))
    return next((place for place, (a, b) in enumerate(rows) if a is not b), least)


def _ignore(_event: object) -> None:
    pass
