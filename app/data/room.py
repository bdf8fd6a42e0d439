"""The data thread's desk: reads a source once and prepares it as often as split or preprocessing
change.
"""

from app.core.data_settings import DataSettings, DataSource
from app.data.loading import LoadingStopped, RawData, load_source, prepare
from app.data.prepared import PreparedData
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, Report


class DataRoom:
    """Made in any thread; its jobs run in one thread, one after the other."""

    def __init__(self) -> None:
        self._read: tuple[DataSource, int] | None = None
        self._raw: RawData | None = None

    def load(self, settings: DataSettings) -> Job:
        """A job that gives the `PreparedData` of `settings`, or None when it was stopped.

        It reports `LoadingProgress`. Raises DataError in the job.
        """

        def job(report: Report, control: JobControl) -> PreparedData | None:
            try:
                wanted = (settings.source, settings.memory_mib)
                if self._raw is None or self._read != wanted:
                    self._raw = load_source(settings, lambda: control.stopping, report)
                    self._read = wanted
                return prepare(self._raw, settings, lambda: control.stopping, report)
            except LoadingStopped:
                return None

        return job
