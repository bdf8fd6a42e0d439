"""A project is left while its search runs, or before its search is in any file: one question says
what is kept and what is lost, and that is what happens.
"""

import functools
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.project_file import SavedProject, open_project, save_project
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.journal.entries import Entry
from app.journal.journal import Journal
from app.search import executors
from app.search.coordinator import search
from app.search.events import SearchEnded, SearchRequest
from app.search.fit_unit import FitRequest
from app.search.study_file import read_study, study_path
from tests.end_to_end.test_window_files import open_file, set_epochs
from tests.end_to_end.window_user import CONTROL, Key, User, turn, wait
from tests.unit.made_up_fits import BATCH, RATE, ThreadFits, fine, searched

PROJECT = searched(RATE, BATCH, trials=3, sampler="random", workers=1, folds=2)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Searches of the window as they are, but for the fits, which are made up; those from the
    second trial on wait at the gate.
    """
    gate = threading.Event()

    def judge(request: FitRequest, epoch: int) -> float | str:
        assert request.trial < 1 or gate.wait(30)
        return fine(request, epoch)

    def here(request: SearchRequest, report: Report, control: JobControl) -> SearchEnded:
        return search(request, report, control, functools.partial(ThreadFits, 1, judge))

    monkeypatch.setattr(executors, "search_where_set", here)
    yield gate
    gate.set()


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A project that is opened in place of the one with the search."""
    path = tmp_path / "other.layerlab"
    save_project(path, SavedProject(searched()))
    return path


def show(user: User, path: Path | None = None) -> None:
    """Open the project, from a file or from none."""
    if path is None:
        user.program.files.show(PROJECT)
    else:
        save_project(path, SavedProject(PROJECT))
        open_file(user, path)
    wait(lambda: user.program.document.path == path and user.program.feed.prepared is not None)
    wait(lambda: not user.program.jobs.busy("files"))
    user.click("rail.tune")


def begin(user: User) -> None:
    """Search until one trial is done; the next waits at the gate."""
    user.click("tune.search")
    wait(lambda: user.program.search.state.done == 1)


def edit(user: User) -> None:
    user.click("rail.bench")
    set_epochs(user, 9)
    user.key(Key.Key_Tab)
    assert user.program.document.modified


def leave(user: User, other: Path, *answers: str) -> None:
    """Open `other`; `answers`: the dialog and the button of the one question that follows."""
    met = len(user.met)
    user.will_name_file(other)
    user.will_press(*answers)
    user.menu("File", "Open…")
    user.answered()
    wait(lambda: user.program.document.path == other)
    assert [one.name for one in user.met[met:]] == ["dialog.file", answers[0]]


def found_again(user: User, path: Path) -> None:
    """The project is opened, and its search stands where it was and goes on to its end."""
    control = user.program.search
    wait(lambda: not user.program.jobs.busy("search"))
    open_file(user, path)
    wait(lambda: control.state.study == study_path(path))
    wait(lambda: not user.program.jobs.busy("files") and user.program.feed.prepared is not None)
    assert (control.state.reason, control.state.done) == ("interrupted", 1)
    first = dict(control.trials)[0]
    user.click("rail.tune")
    user.click("tune.go_on")
    wait(lambda: control.state.reason == "finished")
    assert control.state.done == 3
    trials = read_study(study_path(path))[1]
    assert len(trials) == 3
    assert trials[0].scores == first.scores


def kept(user: User) -> list[Entry]:
    journal = Journal(user.program.journal._journal.path)
    found = journal.entries(kind="trial")
    journal.close()
    return found


def test_one_question_and_whoever_stays_loses_nothing(
    user: User, gate: threading.Event, tmp_path: Path
) -> None:
    control, document = user.program.search, user.program.document
    show(user)
    begin(user)
    edit(user)
    before = document.project

    def as_it_was() -> None:
        turn()
        assert control.state.phase == "running"
        assert document.project is before
        assert document.modified
        assert document.path is None
        assert not user.program.files.saving

    user.will_press("dialog.save_changes", "Cancel")
    user.key(Key.Key_N, CONTROL)
    user.answered()
    as_it_was()
    name = PROJECT.name
    assert user.met[-1].title == f"Save the changes to {name} and end the search?"
    assert (
        "If you save, the search keeps its finished trials beside the project" in user.met[-1].text
    )
    assert "if you discard, it cannot go on" in user.met[-1].text

    # saving that is cancelled
    user.will_press("dialog.save_changes", "Save and end it")
    user.will("dialog.file", lambda _dialog: user.key(Key.Key_Escape))
    user.window.close()
    user.answered()
    as_it_was()

    # and saving that fails
    user.will_press("dialog.save_changes", "Save and end it")
    user.will_name_file(tmp_path / "nowhere" / "a.layerlab")
    user.will_press("dialog.message", "OK")
    user.window.close()
    user.answered()
    as_it_was()
    assert [met.name for met in user.met] == [
        *("dialog.save_changes", "dialog.save_changes", "dialog.file"),
        *("dialog.save_changes", "dialog.file", "dialog.message"),
    ]
    assert not user.surprises
    gate.set()
    wait(lambda: not control.state.active)
    assert control.state.done == 3


def test_saved_in_the_question_a_search_is_found_with_its_project_though_that_was_changed(
    user: User, gate: threading.Event, other: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.layerlab"
    show(user)
    begin(user)
    study = user.program.search.state.study
    edit(user)
    user.will_name_file(other)
    user.will_press("dialog.save_changes", "Save and end it")
    user.will_name_file(path)
    user.menu("File", "Open…")
    user.answered()
    wait(lambda: user.program.document.path == other)
    assert len(user.met) == 3
    gate.set()
    assert open_project(path).project.training.epochs == 9
    assert study.exists()
    found_again(user, path)
    assert not list(study.parent.iterdir())


def test_discarded_before_it_was_in_a_file_only_its_trials_stay(
    user: User, gate: threading.Event, other: Path
) -> None:
    gate.set()
    show(user)
    user.click("tune.search")
    wait(lambda: user.program.search.state.reason == "finished")
    assert not user.program.document.modified  # the search alone is worth the question
    leave(user, other, "dialog.save_changes", "Discard")
    assert user.met[-1].title == f"Save the changes to {PROJECT.name}?"
    assert "The search is in no file either: if you save, it is kept" in user.met[-1].text
    assert "only its trials stay, on the page Runs" in user.met[-1].text
    assert not user.program.search.trials
    assert sorted(entry.trial for entry in kept(user)) == [0, 1, 2]
    user.click("rail.runs")
    wait(lambda: user.sees("runs.list") and len(user.find("runs.list").model.order) == 3)


def test_a_search_that_is_over_comes_along_when_saving_is_the_answer(
    user: User, gate: threading.Event, other: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.layerlab"
    gate.set()
    show(user)
    user.click("tune.search")
    wait(lambda: user.program.search.state.reason == "finished")
    # also while a cross-validation stands in its place
    user.click("tune.cross_validate")
    wait(lambda: user.program.search.state.alone and not user.program.search.state.active)
    user.will_name_file(other)
    user.will_press("dialog.save_changes", "Save")
    user.will_name_file(path)
    user.menu("File", "Open…")
    user.answered()
    wait(lambda: user.program.document.path == other)
    open_file(user, path)
    wait(lambda: user.program.search.state.study == study_path(path))
    assert user.program.search.state.done == 3


@pytest.mark.parametrize("edited", [False, True], ids=["unchanged", "changed"])
def test_in_a_file_a_search_ends_and_goes_on_another_time_whatever_becomes_of_the_changes(
    user: User, gate: threading.Event, other: Path, tmp_path: Path, edited: bool
) -> None:
    path = tmp_path / "mine.layerlab"
    show(user, path)
    begin(user)
    if edited:
        edit(user)
        leave(user, other, "dialog.save_changes", "Discard and end it")
        assert user.met[-1].title == "Save the changes to mine.layerlab and end the search?"
    else:
        leave(user, other, "dialog.confirm", "End it")
        assert user.met[-1].title == "End the search that is running?"
    assert "The search keeps its finished trials beside the project" in user.met[-1].text
    gate.set()
    found_again(user, path)
    assert open_project(path).project == PROJECT


def test_a_cross_validation_that_ends_has_no_score(
    user: User, gate: threading.Event, other: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.layerlab"
    save_project(path, SavedProject(PROJECT))
    show(user, path)
    held = threading.Event()
    user.program.search._search, inner = (
        lambda request, report, control: held.wait(30) and inner(request, report, control),
        user.program.search._search,
    )
    user.click("tune.cross_validate")
    wait(lambda: user.program.search.state.phase == "preparing")
    leave(user, other, "dialog.confirm", "End it")
    assert user.met[-1].title == "End the cross-validation that is running?"
    assert user.met[-1].text == "A cross-validation cannot go on later: it ends without a score."
    held.set()
    wait(lambda: not user.program.jobs.busy("search"))
