"""Where the fits of a search are done, by its settings."""

from functools import partial

from app.core.processors import processors
from app.core.search_settings import SearchSettings
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search.cluster_address import TlsFiles, checked_address
from app.search.coordinator import search
from app.search.events import SearchEnded, SearchRequest
from app.search.fit_executor import ExecutorFactory
from app.search.workers import LocalWorkers


def workers_of(settings: SearchSettings) -> int:
    """How many processes of this computer a search without a cluster starts."""
    return settings.workers or processors()


def executor_of(settings: SearchSettings, tls: TlsFiles | None = None) -> ExecutorFactory:
    """What does the fits of a search with these settings.

    Args:
        tls: for a cluster; without them what the configuration of Dask names.

    Raises:
        ExplainedError: a cluster is named that cannot be one.
    """
    if not settings.cluster.strip():
        return partial(LocalWorkers, workers_of(settings))
    checked_address(settings.cluster, tls or TlsFiles())
    from app.search.cluster import ClusterWorkers

    return partial(ClusterWorkers, settings.cluster, tls=tls)


def search_where_set(
    request: SearchRequest, report: Report, control: JobControl, tls: TlsFiles | None = None
) -> SearchEnded:
    """`search` where its settings say; a job."""
    return search(request, report, control, executor_of(request.project.search, tls))
