"""Studies as the window reads and begins them; runs in the threads for files and for the search."""

import shutil
import sqlite3
from pathlib import Path

from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search.events import SearchRequest
from app.search.study_file import NothingBegunError, StudyError, read_study
from app.search.study_opening import trials_planned
from app.ui.search_state import FoundStudy

_BESIDE = ("", "-wal", "-shm")
"""What an embedded database may consist of."""


def look(path: Path) -> FoundStudy | None:
    """The study in this file; None when there is none. Raises ExplainedError."""
    if not path.exists():
        return None
    try:
        head, trials = read_study(path)
    except NothingBegunError:
        return None
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

    Raises:
        StudyError: another program works with it, or the file cannot be replaced.
    """
    if path.exists():
        _close_log(path)
        _move(path, path.with_name(f"{path.name}~"))


def take_along(study: Path, place: Path) -> Path:
    """Move a study to `place`, where its project was saved, unless there is one already; where it
    is now. Raises StudyError.
    """
    if not study.exists() or place.exists():
        return study
    _close_log(study)
    _move(study, place)
    return place


def _close_log(path: Path) -> None:
    """Have all that belongs to an embedded database in its one file; only for who has it alone."""
    connection = sqlite3.connect(path, timeout=1.0)
    try:
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        raise StudyError(
            f"{path.name} is in use: {error}.",
            "One search at a time works with a study.",
            "End the search in the other window or on the command line, or save this project "
            "under a name of its own.",
        ) from error
    except sqlite3.DatabaseError:
        pass  # it is none: it makes room as it is
    finally:
        connection.close()


def _move(path: Path, place: Path) -> None:
    try:
        for tail in _BESIDE:
            old, new = path.with_name(path.name + tail), place.with_name(place.name + tail)
            new.unlink(missing_ok=True)
            if old.exists():
                shutil.move(old, new)  # perhaps to another disk
    except OSError as error:
        raise StudyError(
            f"{path.name} cannot be moved: {error.strerror or error}.",
            "A folder that can be written to.",
            "Save the project in another folder, then search again.",
        ) from error


def search_here(request: SearchRequest, report: Report, control: JobControl) -> object:
    """Do a search; a new one sets the study of before aside."""
    from app.search.executors import search_where_set  # with Optuna, which takes its time

    request.study.parent.mkdir(parents=True, exist_ok=True)
    if not request.resume:
        set_aside(request.study)
    return search_where_set(request, report, control)
