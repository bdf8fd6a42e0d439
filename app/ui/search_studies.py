"""Studies as the window reads and begins them; runs in the threads for files and for the search."""

from contextlib import suppress
from pathlib import Path

from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search.events import SearchRequest
from app.search.study_file import read_study
from app.search.study_opening import trials_planned
from app.ui.search_state import FoundStudy

_BESIDE = ("", "-wal", "-shm")
"""What an embedded database may consist of."""


def look(path: Path) -> FoundStudy | None:
    """The study in this file; None when there is no file. Raises ExplainedError."""
    if not path.is_file():
        return None
    head, trials = read_study(path)
    return FoundStudy(
        path,
        head.project,
        trials_planned(head.project),
        head.folds,
        head.score,
        head.greater_is_better,
        trials,
    )


def set_aside(path: Path) -> None:
    """Make room for a new study: the one in the file gets a ~ at the end of its name, in place of
    the one that has it.
    """
    if not path.exists():
        return
    for tail in _BESIDE:
        old, kept = path.with_name(path.name + tail), path.with_name(f"{path.name}~{tail}")
        with suppress(FileNotFoundError):
            kept.unlink()
        with suppress(FileNotFoundError):
            old.replace(kept)


def search_here(request: SearchRequest, report: Report, control: JobControl) -> object:
    """Do a search; a new one sets the study of before aside."""
    from app.search.executors import search_where_set  # with Optuna, which takes its time

    request.study.parent.mkdir(parents=True, exist_ok=True)
    if not request.resume:
        set_aside(request.study)
    return search_where_set(request, report, control)
