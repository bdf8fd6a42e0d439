"""Studies as the window reads and begins them; runs in the threads for files and for the search."""

import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from app.core.atomic_file import replace_file
from app.core.explained_error import ExplainedError
from app.core.project import Project
from app.core.project_file import SUFFIX as PROJECT_SUFFIX
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search.events import SearchRequest
from app.search.study_file import (
    SUFFIX,
    NothingBegunError,
    StudyError,
    StudyFile,
    searched_alike,
)
from app.search.study_opening import trials_planned
from app.ui.search_state import FoundStudy

_BESIDE = ("", "-wal", "-shm")
"""What an embedded database may consist of."""
_PLACE = ".place"
"""Ends the name of the note that says where a study belongs that could not be brought there yet."""
_MOST_LOOKED_AT = 50
_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def look(path: Path) -> FoundStudy | None:
    """The study in this file; None when there is none. Raises ExplainedError."""
    if not path.exists():
        return None
    try:
        with StudyFile.open(path, read_only=True) as study:
            head, trials, looks = study.head, study.trials(), study.looks()
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
        looks,
    )


def left_behind(folder: Path, path: Path, project: Project) -> FoundStudy | None:
    """The study in the file at `path`. If there is none, one in `folder`, where those of projects
    without a file are, that belongs there, or else that was begun with the settings of `project`:
    it was saved while it searched, and nobody could bring its study along before the program ended.

    Raises:
        ExplainedError: the file at `path` cannot be read.
    """
    found = look(path)
    if found is not None or path.parent == folder or path.exists():
        return found
    others = sorted(folder.glob(f"*{SUFFIX}"), key=_changed, reverse=True)
    places = {other: _noted_place(other) for other in others}
    own = [other for other in others if places[other] == path.resolve()]
    free = [other for other in others if _is_free(places[other])] if project.search.space else []
    for other in (*own, *free[:_MOST_LOOKED_AT]):
        with suppress(ExplainedError):
            found = look(other)
            if found is not None and (other in own or searched_alike(found.project, project)):
                return found
    return None


def _is_free(place: Path | None) -> bool:
    """Whether no project is known to which the study that is noted for `place` belongs."""
    return place is None or not place.with_suffix(PROJECT_SUFFIX).exists()


def note_place(study: Path, place: Path) -> None:
    """Note beside a study that it belongs to `place`, where its project was saved; it cannot be
    moved while it searches. Without the note it is told by its settings.
    """
    with suppress(ExplainedError):
        replace_file(_note_of(study), os.fsencode(place.resolve()))


def _note_of(study: Path) -> Path:
    return study.with_name(f"{study.name}{_PLACE}")


def _noted_place(study: Path) -> Path | None:
    try:
        return Path(os.fsdecode(_note_of(study).read_bytes()))
    except OSError:
        return None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def set_aside(path: Path) -> str:
    """Make room for a new study: the one in the file gets a ~ at the end of its name, in place of
    the one that has it. What cannot be read, perhaps of a newer version, is never replaced: then
    the name ends in ~2, and so on. The name that it got, "" where there was nothing.

    Raises:
        StudyError: another program works with it, or the file cannot be replaced.
    """
    if not path.exists():
        return ""
    _close_log(path)
    place = next(place for place in _places_beside(path) if _replaceable(place))
    _move(path, place)
    return place.name


def _holds_something(path: Path) -> bool:
    try:
        found = look(path)
    except ExplainedError:
        return True
    return found is not None and bool(found.trials)


def _places_beside(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{path.name}~")
    for number in itertools.count(2):
        yield path.with_name(f"{path.name}~{number}")


def _replaceable(place: Path) -> bool:
    if not place.exists():
        return True
    try:
        StudyFile.open(place, read_only=True).close()
    except NothingBegunError:
        return True
    except ExplainedError:
        return False
    return True


def take_along(study: Path, place: Path, stays: bool) -> str:
    """Bring a study to `place`, where its project was saved; one that is there makes room, and
    this is what it is called now, "" where it held no trial.

    Args:
        stays: whether the old one stays where it is, too.

    Raises:
        StudyError: another program works with one of them, or a file cannot be written.
    """
    worth_telling = _holds_something(place)
    aside = set_aside(place)
    if stays:
        _copy(study, place)
    else:
        _close_log(study)
        _move(study, place)
    return aside if worth_telling else ""


def _close_log(path: Path) -> None:
    """Have all that belongs to an embedded database in its one file; only for who has it alone."""
    if not path.is_file():
        return
    connection = None
    try:
        connection = sqlite3.connect(path, timeout=1.0)
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _IN_USE:
            return  # it is none, or may not be written: it makes room as it is, with its log
        raise StudyError(
            f"{path.name} is in use: {error}.",
            "One search at a time works with a study.",
            "End the search in the other window or on the command line, or save this project "
            "under a name of its own.",
        ) from error
    finally:
        if connection is not None:
            connection.close()


def _move(path: Path, place: Path) -> None:
    try:
        for tail in _BESIDE:
            old, new = path.with_name(path.name + tail), place.with_name(place.name + tail)
            new.unlink(missing_ok=True)
            if old.exists():
                shutil.move(old, new)  # perhaps to another disk
        _note_of(path).unlink(missing_ok=True)
    except OSError as error:
        raise StudyError(
            f"{path.name} cannot be moved: {error.strerror or error}.",
            "A folder that can be written to.",
            "Save the project in another folder, then search again.",
        ) from error


def _copy(path: Path, place: Path) -> None:
    """All or nothing, whoever writes meanwhile."""
    fresh = place.with_name(f"{place.name}.part")
    try:
        fresh.unlink(missing_ok=True)
        source = f"{path.absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(source, uri=True)) as old,
            closing(sqlite3.connect(fresh)) as new,
        ):
            old.backup(new)
        with StudyFile.open(fresh) as study:
            study.part()
        fresh.replace(place)
    except (OSError, sqlite3.Error, ExplainedError) as error:
        fresh.unlink(missing_ok=True)
        told = error.happened if isinstance(error, ExplainedError) else f"{error}."
        raise StudyError(
            f"{path.name} cannot be copied: {told}",
            "A study that can be read, and a folder that can be written to.",
            "Save the project in another folder, or go on with the one of before.",
        ) from error


def search_here(request: SearchRequest, report: Report, control: JobControl) -> object:
    """Do a search; a new one sets the study of before aside."""
    from app.search.executors import search_where_set  # with Optuna, which takes its time

    request.study.parent.mkdir(parents=True, exist_ok=True)
    if not request.resume:
        set_aside(request.study)
    return search_where_set(request, report, control)
