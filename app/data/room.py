"""The data thread's desk: reads a source once and prepares it as often as split or preprocessing
change.
"""

import math
from collections.abc import Sequence

import numpy as np

from app.core.data_settings import ArraySource, DataSettings, DataSource, TableSource
from app.data.cells_beside import cells_beside
from app.data.loading import LoadingStopped, RawData, load_source
from app.data.preparation import SEEKING, prepare_at_once
from app.data.prepared import PreparedData
from app.data.progress import LoadingProgress, Stop
from app.data.regular_file import FileStamp, stamp_of
from app.data.table_files import TableShelf, form_of
from app.data.table_source import load_table
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, Report

MANY_NUMBERS = 4_000_000
"""In so many it takes a while to look for what is remarkable."""

_Read = tuple[DataSource, int, tuple[FileStamp | None, ...]]


class DataRoom:
    """Made in any thread; its jobs run in one thread, one after the other.

    A table is read again only when its file is another one; other roles, types or ways to treat
    gaps take what was read. Other sources are read again when their settings are others, arrays
    also when their files are.
    """

    def __init__(self) -> None:
        self._read: _Read | None = None
        self._raw: RawData | None = None
        self._shelf = TableShelf()

    @property
    def raw(self) -> RawData | None:
        """What was read last; to be asked for in the thread of the jobs."""
        return self._raw

    def beside(self, names: Sequence[str], rows: np.ndarray) -> dict[str, tuple[str, ...]]:
        """Of columns of the table read last their cells in some samples, as text, as far as they
        are at hand; to be asked for in the thread of the jobs.
        """
        source = None if self._read is None else self._read[0]
        if self._raw is None or not isinstance(source, TableSource):
            return {}
        form = form_of(source)
        frame = self._shelf.at_hand(source.path, form)
        test = self._shelf.at_hand(source.test_path, form)
        return cells_beside(self._raw, frame, test, names, rows)

    def load(self, settings: DataSettings) -> Job:
        """A job that gives the `PreparedData` of `settings`, or None when it was stopped.

        It reports `LoadingProgress`, and many data as soon as they can be trained on: the
        `PreparedData` without findings. Raises DataError in the job.
        """

        def job(report: Report, control: JobControl) -> PreparedData | None:
            def stop() -> bool:
                return control.stopping

            try:
                raw = self._raw_of(settings, report, control)
                made = prepare_at_once(raw, settings, stop, report)
                if math.prod(made.data.raw.shape) >= MANY_NUMBERS:
                    report(made.data)
                report(LoadingProgress(SEEKING))
                return made.with_findings(stop)
            except LoadingStopped:
                return None

        return job

    def read(self, settings: DataSettings) -> Job:
        """A job that gives the `RawData` of `settings`, or None when it was stopped: what was read
        last, if that is it. Raises DataError in the job.
        """

        def job(report: Report, control: JobControl) -> RawData | None:
            try:
                return self._raw_of(settings, report, control)
            except LoadingStopped:
                return None

        return job

    def _raw_of(self, settings: DataSettings, report: Report, control: JobControl) -> RawData:
        wanted = _wanted(settings)
        if self._raw is None or not _is_same(self._read, wanted):
            self._raw = None  # what nobody wants any more makes room for what is read
            self._raw = self._source(settings, lambda: control.stopping, report)
            self._read = wanted
        return self._raw

    def _source(self, settings: DataSettings, stop: Stop, report: Report) -> RawData:
        if isinstance(settings.source, TableSource):
            return load_table(settings.source, stop, report, self._shelf.frame)
        return load_source(settings, stop, report)


def _is_same(read: _Read | None, wanted: _Read) -> bool:
    """Whether what was read serves: a file that has vanished since is not another one."""
    if read is None or read[:2] != wanted[:2]:
        return False
    return all(new is None or old == new for old, new in zip(read[2], wanted[2], strict=True))


def _wanted(settings: DataSettings) -> _Read:
    """By what is known whether the source would be read with the same result."""
    source = settings.source
    paths: tuple[str | None, ...] = ()
    if isinstance(source, TableSource):
        paths = (source.path, source.test_path)
    elif isinstance(source, ArraySource):
        paths = (source.path, source.target_path)
    stamps = tuple(stamp_of(path) for path in paths if path is not None)
    return source, settings.memory_mib, stamps
