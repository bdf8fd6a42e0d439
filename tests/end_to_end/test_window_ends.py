"""How a session ends: in the middle of a training, by an error, by a signal, by `kill -9`;
nothing is lost.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.core.autosave import find_recoverable
from app.core.project_file import SavedProject, open_project, save_project
from app.journal.journal import Journal
from app.search.study_file import read_study
from app.training.session import Session
from app.ui import data_feed, workbench
from app.ui.application import UncaughtErrors
from app.user_folders import journal_path
from tests.end_to_end.patience import PATIENCE
from tests.end_to_end.window_user import CONTROL, Key, User, turn, wait
from tests.unit.made_up_fits import BATCH, RATE, searched

CHECKOUT = Path(__file__).parents[2]


class Child:
    """The program in a process of its own."""

    def __init__(self, story: str, home: Path) -> None:
        environment = {k: v for k, v in os.environ.items() if k != "LAYERLAB_STORY_PICTURES"}
        environment |= {"QT_QPA_PLATFORM": "offscreen", "PYTHONUNBUFFERED": "1"}
        self.errors = home / f"{story}.txt"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.end_to_end.window_child", story],
                cwd=CHECKOUT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    def hears(self, what: str) -> dict:
        """What it tells next, which is to be `what`."""
        limit = threading.Timer(PATIENCE, self.process.kill)  # then the line is empty
        limit.start()
        line = self.process.stdout.readline()
        limit.cancel()
        assert line, f"it ended: {self.errors.read_text()}"
        told, details = json.loads(line)
        assert told == what, (told, details)
        return details

    def ends(self, seconds: float = 30) -> int:
        code = self.process.wait(seconds)
        rest = self.process.stdout.read()
        self.process.stdout.close()
        assert code != 3, f"the story failed: {rest}"
        return code

    def alone(self) -> bool:
        """Whether no process of its group is left."""
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return True
        return False


@pytest.fixture
def children(home: Path) -> Iterator[list[Child]]:
    made: list[Child] = []
    yield made
    for child in made:
        if child.process.poll() is None:
            child.process.kill()
            child.process.wait()
        child.process.stdout.close()


def begin(children: list[Child], story: str, home: Path) -> Child:
    children.append(Child(story, home))
    return children[-1]


@pytest.mark.skipif(sys.platform == "win32", reason="process groups and kill -9")
def test_killed_work_comes_back_and_a_training_is_closed_in_its_middle(
    children: list[Child], home: Path
) -> None:
    child = begin(children, "work_without_saving", home)
    unsaved = child.hears("unsaved")
    assert len(unsaved["history"]) == 5
    os.kill(unsaved["pid"], signal.SIGKILL)
    assert child.ends() == -signal.SIGKILL
    assert list(home.glob("**/autosave-*.layerlab"))
    journal = Journal(journal_path())
    (entry,) = journal.entries()
    assert (entry.ending, entry.kind) == ("finished", "bench")
    rows = journal.run(entry.number).record.rows
    assert [[row.epoch, dict(row.metrics)] for row in rows] == unsaved["history"]

    child = begin(children, "recover_and_close_in_the_middle", home)
    back = child.hears("recovered")
    for name in ("project", "history", "weights"):
        assert back[name] == unsaved[name], name
    assert back["modified"]
    asked = child.hears("closing")["at"]
    assert child.ends() == 0
    assert time.time() - asked < 5
    assert child.alone()
    assert "Traceback" not in child.errors.read_text()
    assert not list(home.glob("**/autosave-*.layerlab"))
    newest, before = journal.entries()
    assert before == entry
    assert newest.ending == "interrupted"
    assert newest.epochs == len(journal.run(newest.number).record.rows) > 3
    journal.close()


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_killed_in_a_search_the_project_comes_back_to_its_file_and_its_study(
    children: list[Child], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "third.layerlab"
    settings = searched(RATE, BATCH, trials=4, sampler="random", workers=1)
    save_project(path, SavedProject(settings))
    monkeypatch.setenv("LAYERLAB_STORY_FILE", str(path))
    child = begin(children, "search_without_saving", home)
    unsaved = child.hears("searching")
    os.kill(unsaved["pid"], signal.SIGKILL)
    assert child.ends() == -signal.SIGKILL
    study = tmp_path / "third.layerlab-study"
    assert len(read_study(study)[1]) >= 3
    assert open_project(path).project.search.trials == 4

    child = begin(children, "recover_and_search_on", home)
    back = child.hears("recovered")
    assert "third.layerlab had changes" in back["asked"]
    assert str(path) in back["asked"]
    for name in ("project", "scores"):
        assert back[name] == unsaved[name], name
    assert back["path"] == str(path)
    assert back["title"].startswith("third.layerlab")
    assert "*" in back["title"]
    assert back["locked"]
    assert back["search"] == [3, 6, "interrupted"]
    on = child.hears("gone on")
    assert on["done"] == 6
    assert "with 6 trials" in on["asked"]
    child.hears("closing")
    assert child.ends() == 0
    assert "Traceback" not in child.errors.read_text()
    assert open_project(path).project.search.trials == 6
    assert [trial.scores for trial in read_study(study)[1]][:3] == [
        tuple(scores) for scores in unsaved["scores"]
    ]
    assert not study.with_name(f"{study.name}~").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_the_window_is_closed_while_tensorflow_loads_and_by_a_polite_signal(
    children: list[Child], home: Path
) -> None:
    child = begin(children, "close_while_tensorflow_loads", home)
    child.hears("loading")
    asked = child.hears("closing")["at"]
    assert child.ends() == 0
    assert time.time() - asked < 5
    assert child.alone()
    assert "Traceback" not in child.errors.read_text()

    child = begin(children, "wait_for_a_polite_end", home)
    asked = child.hears("ready")
    began = time.time()
    os.kill(asked["pid"], signal.SIGTERM)
    assert child.ends() == 0  # nobody is there who could answer a question
    assert time.time() - began < 5
    (copy,) = home.glob("**/autosave-*.layerlab")
    (found,) = find_recoverable(copy.parent)
    assert found.open().project.training.epochs == 7
    assert child.alone()
    assert "Traceback" not in child.errors.read_text()


def test_the_window_closes_in_the_middle_of_a_training_and_its_threads_end(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    quits: list[bool] = []

    class Application:
        quit = staticmethod(lambda: quits.append(True))

    monkeypatch.setattr(workbench, "QApplication", Application)
    user.click("welcome.open.digits")
    user.click("run.train")
    wait(lambda: user.program.run.state.phase == "running")
    # first the user changes his mind: the training goes on
    user.will_press("dialog.save_changes", "Cancel")
    user.key(Key.Key_Q, CONTROL)
    user.answered()
    assert user.window.isVisible()
    assert user.program.run.state.phase == "running"
    user.will_press("dialog.save_changes", "Discard")
    user.menu("File", "Quit")
    user.answered()
    wait(lambda: quits)
    assert user.window.closing_allowed
    assert not user.window.isEnabled()
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"engine", "data", "files"}


def test_an_error_in_the_engine_thread_is_told_once_and_the_window_goes_on(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    user.click("welcome.open.moons")
    with monkeypatch.context() as patch:
        patch.setattr(Session, "train", lambda *_: 1 / 0)
        user.click("run.train")
        wait(lambda: user.program.run.state.failure is not None)
    user.picture("60_training_failed")
    bar = user.window.run_bar
    assert bar._title.text() == "Training failed"
    assert "ZeroDivisionError" in user.program.run.state.failure.happened
    problems = user.program.bench.problems.problems
    assert [p.title for p in problems] == ["Training failed"]
    # Qt shows what is new in a layout in its next turn.
    wait(lambda: any(x.isVisible() for x in user.window.findChildren(QWidget, "problem.0")))
    assert not user.met
    user.click("run.step")
    wait(lambda: user.program.run.state.phase == "paused")
    assert user.program.run.state.failure is None
    assert not user.program.bench.problems.problems
    user.click("run.stop")
    wait(lambda: user.program.run.state.phase == "idle")


@pytest.mark.expects_log("Reading the data failed")
def test_an_error_in_the_data_thread_is_told_and_reading_again_mends_it(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(data_feed.DataRoom, "load", lambda *_: lambda *_: {}["there is no such data"])
        user.click("welcome.open.moons")
        wait(lambda: user.program.feed.problem is not None)
    turn()
    user.picture("61_data_failed")
    assert user.program.bench.problems.problems[0].title == "The data could not be read"
    assert user.window.run_bar._title.text() == "Not ready"
    assert not user.find("run.train").isEnabled()
    assert not user.met
    user.key(Key.Key_0, CONTROL)
    user.click("welcome.open.digits")
    wait(lambda: user.program.feed.prepared is not None)
    assert user.program.feed.problem is None


@pytest.mark.qt_no_exception_capture
@pytest.mark.expects_log("uncaught error")
@pytest.mark.expects_log("LayerLab failed")
def test_an_error_in_a_slot_or_a_thread_is_told_by_one_message_each(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)  # put back at the end
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    errors = UncaughtErrors(user.program)
    errors.caught.connect(user.program.tell)
    errors.install()
    user.will_press("dialog.message", "OK")
    QTimer.singleShot(0, user.window, lambda: 1 / 0)
    user.answered()
    assert "ZeroDivisionError" in user.met[-1].text
    user.will_press("dialog.message", "OK")
    thread = threading.Thread(target=lambda: {}["nothing"])
    thread.start()
    thread.join(10)
    user.answered()
    assert "KeyError" in user.met[-1].text
    assert len(user.met) == 2
    # the window goes on
    user.click("welcome.open.moons")
    assert user.window.page == "bench"
