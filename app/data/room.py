"""The data thread's desk: reads a source once and prepares it as often as split or preprocessing
change.
"""

from app.core.project import DataSettings, DataSource
from app.data.loading import LoadingStopped, RawData, load_source, prepare
from app.data.prepared import PreparedData
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, Report


class DataRoom:
    """Made in any thread; its jobs run in one thread, one after the other."""

    def __init__(self) -> None:
        self._source: DataSource | None = None
        self._raw: RawData | None = None

    def load(self, settings: DataSettings) -> Job:
        """A job that gives the `PreparedData` of `settings`, or None when it was stopped. Raises
        DataError in the job.
        """

        def job(report: Report, control: JobControl) -> PreparedData | None:
            try:
                if self._raw is None or self._source != settings.source:
                    self._raw = load_source(settings.source, lambda: control.stopping)
                    self._source = settings.source
            except LoadingStopped:
                return None
            return prepare(self._raw, settings)

        return job
