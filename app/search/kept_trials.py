"""A search whose trials land in the journal as they end."""

from collections.abc import Callable
from pathlib import Path

from app.core.explained_error import ExplainedError
from app.core.project_file import SUFFIX
from app.core.search_results import FitCurves
from app.core.search_space import with_values
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.journal.journal import Journal
from app.journal.search_log import SearchLog
from app.search.events import FitEnded, SearchRequest, SearchStarted, TrialChanged
from app.search.study_file import read_curves

Search = Callable[[SearchRequest, Report, JobControl], object]
"""Does a search in the thread that calls it; reports the values of `app.search.events`."""
NotKept = Callable[[ExplainedError], None]


def keeping_trials(
    search: Search, journal: Journal, file: Path | None, not_kept: NotKept
) -> Search:
    """`search`, each of whose trials is kept in `journal` once it is over.

    A journal that cannot be used is told to `not_kept` at the end, in the thread of the search;
    the trials are in the study all the same. After a kill the journal gets what it lacks as soon
    as the search goes on.

    Args:
        file: the project file; None: the one that the study stands beside, if there is one.
    """

    def keeping(request: SearchRequest, report: Report, control: JobControl) -> object:
        log = SearchLog(
            journal,
            request.project,
            with_values,
            study=str(request.study.resolve()),
            data=request.raw.title,
            file=str(file.resolve()) if file is not None else _project_beside(request.study),
        )

        def heard(event: object) -> None:
            if isinstance(event, SearchStarted):
                trials = event.trials
                log.begun(
                    event.score,
                    trials,
                    lambda n: _curves(request, n),
                    key=event.study,
                    begun_at=event.begun_at,
                    elsewhere=event.elsewhere,
                )
            elif isinstance(event, FitEnded):
                log.fit_ended(event.trial, event.curves)
            elif isinstance(event, TrialChanged):
                log.trial_changed(event.trial)
            report(event)

        try:
            return search(request, heard, control)
        finally:
            if log.problem is not None:
                not_kept(log.problem)

    return keeping


def _project_beside(study: Path) -> str:
    """The project file that a study stands beside; "" where there is none."""
    project = study.resolve().with_suffix(SUFFIX)
    return str(project) if project.is_file() else ""


def _curves(request: SearchRequest, trial: int) -> tuple[FitCurves, ...]:
    try:
        return read_curves(request.study, trial)
    except ExplainedError:
        return ()
