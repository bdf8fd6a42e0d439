"""A study beside the project that cannot be used: what the page says, and what becomes of it."""

import functools
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.core.project_file import SavedProject, save_project
from app.data.loading import load_source
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search import executors
from app.search.coordinator import search
from app.search.events import SearchEnded, SearchRequest
from app.search.study_file import KIND, read_study, study_path
from app.ui import search_studies
from app.ui.search_studies import set_aside
from tests.end_to_end.test_window_files import open_file, save
from tests.end_to_end.window_user import User, wait
from tests.unit.made_up_fits import BATCH, RATE, Study, ThreadFits, fine, searched

PROJECT = searched(RATE, BATCH, trials=2, sampler="random", workers=1)


def made(folder: Path, name: str) -> tuple[Path, Path]:
    """A project and, beside it, a study of it with one of two trials."""
    path = folder / f"{name}.layerlab"
    save_project(path, SavedProject(PROJECT))
    one = PROJECT.search.model_copy(update={"trials": 1})
    project = PROJECT.model_copy(update={"search": one})
    Study(project, study_path(path), raw=load_source(PROJECT.data))
    return path, study_path(path)


def newer(study: Path) -> None:
    with closing(sqlite3.connect(study)) as database:
        database.execute(f"PRAGMA user_version = {KIND.version + 1}")


def garbage(study: Path) -> None:
    study.write_bytes(b"a letter, no database" * 100)


def cut_off(study: Path) -> None:
    study.write_bytes(study.read_bytes()[:5000])


def a_folder(study: Path) -> None:
    study.unlink()
    study.mkdir()


TROUBLES: dict[Callable[[Path], None], str] = {
    newer: "was made by a newer LayerLab",
    garbage: "is something else than a database",
    cut_off: "is damaged",
    a_folder: "is not an ordinary file",
}


@pytest.fixture
def made_up_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Searches of the window as they are, but for the fits, which are made up."""

    def here(request: SearchRequest, report: Report, control: JobControl) -> SearchEnded:
        return search(request, report, control, functools.partial(ThreadFits, 1, fine))

    monkeypatch.setattr(executors, "search_where_set", here)


def content(path: Path) -> object:
    """What is in a file; of a whole database its rows, since its log may lie beside it."""
    if not path.is_file():
        return b""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            version = database.execute("PRAGMA user_version").fetchone()
            return version, list(database.iterdump())
        except sqlite3.DatabaseError:
            return path.read_bytes()


def opened(user: User, path: Path) -> None:
    open_file(user, path)
    wait(lambda: user.program.document.path == path)
    wait(lambda: user.program.feed.prepared is not None)
    wait(lambda: not user.program.jobs.busy("files"))
    user.click("rail.tune")


@pytest.mark.usefixtures("made_up_searches")
def test_what_cannot_be_read_is_said_on_the_page_and_set_aside_when_asked(
    user: User, tmp_path: Path
) -> None:
    control = user.program.search
    for trouble, words in TROUBLES.items():
        name = trouble.__name__
        path, study = made(tmp_path, name)
        trouble(study)
        before = content(study)
        opened(user, path)
        wait(lambda: control.state.failure)
        assert user.find("tune.title").text() == "The study could not be read"
        note = user.find("tune.note")
        assert words in note.text()
        assert note.height() >= note.heightForWidth(note.width())  # nothing of it is cut off
        user.picture(f"study_{name}")
        assert content(study) == before
        assert user.find("run.train").isEnabled()

        # not without a question
        user.will_press("dialog.confirm", "Cancel")
        user.click("tune.search")
        user.answered()
        assert not control.state.active
        assert content(study) == before
        user.will_press("dialog.confirm", "Begin anew")
        user.click("tune.search")
        user.answered()
        wait(lambda: not control.state.active and control.state.reason)
        assert (control.state.reason, control.state.done) == ("finished", 2)
        aside = study.with_name(f"{study.name}~")
        assert content(aside) == before
        assert aside.is_dir() == (trouble is a_folder)

        # nor by the next search
        user.will_press("dialog.confirm", "Begin anew")
        user.click("tune.search")
        user.answered()
        wait(lambda: not control.state.active)
        assert content(aside) == before
        assert len(read_study(study.with_name(f"{study.name}~2"))[1]) == 2


@pytest.mark.usefixtures("made_up_searches")
def test_a_study_that_may_only_be_read_is_shown_and_going_on_says_why_not(
    user: User, tmp_path: Path
) -> None:
    control = user.program.search
    path, study = made(tmp_path, "kept")
    study.chmod(0o444)
    before = content(study)
    opened(user, path)
    assert control.state.reason == "finished"
    assert len(control.trials) == 1
    user.click("tune.go_on")
    wait(lambda: control.state.failure)
    assert user.find("tune.title").text() == "The search failed"
    assert "is read-only" in user.find("tune.note").text()
    assert len(control.trials) == 1
    assert content(study) == before
    study.chmod(0o644)
    user.click("tune.go_on")
    wait(lambda: control.state.reason == "finished")
    assert len(read_study(study)[1]) == 2


@pytest.mark.usefixtures("made_up_searches")
def test_a_study_that_another_program_writes_is_shown_and_left_alone(
    user: User, tmp_path: Path
) -> None:
    control = user.program.search
    path, study = made(tmp_path, "shared")
    with closing(sqlite3.connect(study, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        opened(user, path)
        assert len(control.trials) == 1  # readers need not wait
        user.will_press("dialog.confirm", "Begin anew")
        user.click("tune.search")
        user.answered()
        wait(lambda: control.state.failure)
        assert "is in use" in user.find("tune.note").text()
        other.execute("ROLLBACK")
    assert len(read_study(study)[1]) == 1
    user.will_press("dialog.confirm", "Begin anew")
    user.click("tune.search")
    user.answered()
    wait(lambda: control.state.reason == "finished")
    assert len(read_study(study)[1]) == 2


@pytest.mark.usefixtures("made_up_searches")
def test_a_study_that_is_not_on_show_is_not_replaced_without_a_question(
    user: User, tmp_path: Path
) -> None:
    """Of another project of the same name that was never saved; then one that came there since."""
    control, program = user.program.search, user.program
    others = searched(RATE, trials=3, sampler="random", workers=1)
    place = program.search.studies.folder / "breast-cancer.layerlab-study"
    place.parent.mkdir(parents=True)
    named = others.model_copy(update={"name": "breast-cancer"})
    Study(named, place, raw=load_source(named.data))
    before = content(place)
    program.files.show(PROJECT.model_copy(update={"name": "breast-cancer"}))
    wait(lambda: program.feed.prepared is not None and not program.jobs.busy("files"))
    assert control.studies.path == place
    assert not control.trials
    user.click("rail.tune")
    user.will_press("dialog.confirm", "Cancel")
    user.click("tune.search")
    user.answered()
    assert "with 3 trials" in user.met[-1].text
    assert place.name in user.met[-1].text
    assert not control.state.active
    assert content(place) == before

    path = tmp_path / "own.layerlab"
    save(user, path)
    wait(lambda: not program.jobs.busy("files"))
    assert not control.trials
    _, made_meanwhile = made(tmp_path, "elsewhere")
    made_meanwhile.replace(study_path(path))
    user.will_press("dialog.confirm", "Cancel")
    user.click("tune.search")
    user.answered()
    assert "with 1 trial;" in user.met[-1].text
    assert len(read_study(study_path(path))[1]) == 1


@pytest.mark.usefixtures("made_up_searches")
def test_a_project_saved_over_another_finds_the_study_that_lies_there(
    user: User, tmp_path: Path
) -> None:
    control, program = user.program.search, user.program
    path, study = made(tmp_path, "third")
    program.files.show(PROJECT)
    wait(lambda: program.feed.prepared is not None and not program.jobs.busy("files"))
    assert not control.trials
    program.dialogs.save_file = lambda *_: path  # Qt has asked whether the file may be replaced
    program.files.save()
    wait(lambda: control.state.total)
    assert (control.state.done, control.state.study) == (1, study)
    user.menu("Train", "Go on with the search")
    assert user.window.page == "tune"
    wait(lambda: control.state.reason == "finished")
    assert len(read_study(study)[1]) == 2
    user.will_press("dialog.confirm", "Cancel")
    user.menu("Train", "Refit the chosen trial")
    user.answered()
    assert user.met[-1].title == f"Refit trial {control.state.best}?"


def test_a_file_that_sqlite_may_not_write_makes_room_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened in a way in which SQLite answers what it answers those whom the rights of the file
    stop; the superuser is not stopped by them.
    """
    _, study = made(tmp_path, "kept")
    before, connect = content(study), sqlite3.connect

    def read_only(path: Path, timeout: float) -> sqlite3.Connection:
        return connect(f"file:{path}?mode=ro", uri=True, timeout=timeout)

    with monkeypatch.context() as patched:
        patched.setattr(search_studies.sqlite3, "connect", read_only)
        with (
            closing(read_only(study, 1)) as refused,
            pytest.raises(sqlite3.OperationalError, match="disk I/O"),
        ):
            refused.execute("PRAGMA journal_mode=DELETE").fetchone()
        set_aside(study)
    assert not study.exists()
    assert content(study.with_name(f"{study.name}~")) == before
