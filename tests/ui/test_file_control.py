"""Opening and saving: nothing lands in another project, nothing is lost unasked, locks end."""

import json
import os
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, QSettings, QTimer

from app.core.autosave import find_recoverable
from app.core.project import Project
from app.core.project_file import (
    ProjectFileError,
    ProjectLock,
    SavedProject,
    open_project,
    save_project,
)
from app.core.templates import start_from
from app.ui import autosave_control, file_control
from app.ui.autosave_control import AutosaveControl, recovery_words
from app.ui.preferences import Preferences
from tests.ui.scripted_program import Scripted, scripted


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Scripted]:
    yield from scripted(home)


def moons(name: str = "moons", epochs: int = 100) -> Project:
    project = start_from("moons")
    training = project.training.model_copy(update={"epochs": epochs})
    return project.model_copy(update={"name": name, "training": training})


def show(qtbot, program: Scripted, project: Project) -> None:
    program.files.show(project)
    qtbot.waitUntil(lambda: program.feed.prepared is not None)


def train(qtbot, program: Scripted, epochs: int) -> None:
    program.run.train()
    qtbot.waitUntil(lambda: program.run.state.phase == "running")
    program.epochs(epochs)
    qtbot.waitUntil(lambda: len(program.run.record.rows) == epochs)


def save_as(qtbot, program: Scripted, path: Path) -> None:
    program.dialogs.file = path
    program.files.save_as()
    qtbot.waitUntil(lambda: not program.files.saving)


def lock_file(path: Path) -> Path:
    return ProjectLock(path).lock_path


@pytest.fixture
def slow_save(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Saving waits until it is set."""
    go_on = threading.Event()
    write = file_control.save_project
    monkeypatch.setattr(file_control, "save_project", lambda *a: (go_on.wait(10), write(*a)))
    return go_on


def table(folder: Path, name: str = "table.csv") -> Path:
    path = folder / name
    lines = [f"{n},{n % 7},{n % 2}" for n in range(60)]
    path.write_text("a,b,target\n" + "\n".join(lines), encoding="utf-8")
    return path


def test_history_and_weights_in_a_file_are_of_one_moment(qtbot, program, tmp_path):
    show(qtbot, program, moons())
    train(qtbot, program, 3)
    program.epochs(5000)
    save_as(qtbot, program, tmp_path / "a.layerlab")
    saved = open_project(tmp_path / "a.layerlab")
    assert saved.checkpoint == f"moons {len(saved.run.rows)}".encode()


def test_a_save_that_ends_after_another_project_was_opened_does_not_touch_it(
    qtbot, program, tmp_path, slow_save
):
    show(qtbot, program, moons())
    program.dialogs.file = tmp_path / "a.layerlab"
    program.files.save_as()
    qtbot.waitUntil(lambda: program.jobs.busy("files"))
    program.files.show(moons("other"))
    program.document.edit("Epochs", moons("other", 7))
    slow_save.set()
    qtbot.waitUntil(lambda: not program.jobs.busy("files"))
    assert program.path is None
    assert program.document.modified
    assert open_project(tmp_path / "a.layerlab").project.name == "moons"
    assert not lock_file(tmp_path / "a.layerlab").exists()
    save_as(qtbot, program, tmp_path / "b.layerlab")
    assert program.path == tmp_path / "b.layerlab"


def test_saving_while_saving_saves_once_more(qtbot, program, tmp_path, slow_save):
    path = tmp_path / "a.layerlab"
    show(qtbot, program, moons())
    program.dialogs.file = path
    program.files.save_as()
    program.document.edit("Epochs", moons(epochs=7))
    left: list[bool] = []
    program.dialogs.answer = "save"
    program.dialogs.file = path
    program.files.leave(lambda: left.append(True))
    assert not left
    slow_save.set()
    qtbot.waitUntil(lambda: bool(left))
    assert open_project(path).project.training.epochs == 7
    assert not program.document.modified


def test_edits_made_while_saving_to_leave_are_asked_about(qtbot, program, tmp_path, slow_save):
    show(qtbot, program, moons())
    program.document.edit("Epochs", moons(epochs=7))
    program.dialogs.answer = "save"
    program.dialogs.file = tmp_path / "a.layerlab"
    left: list[bool] = []
    program.files.leave(lambda: left.append(True))
    program.document.edit("Epochs", moons(epochs=8))
    program.dialogs.answer = "cancel"
    slow_save.set()
    qtbot.waitUntil(lambda: not program.files.saving)
    assert program.dialogs.asked == ["moons", "a.layerlab"]  # as the title bar
    assert not left
    assert program.document.modified


def test_a_slow_opening_does_not_replace_what_was_opened_after_it(
    qtbot, program, tmp_path, monkeypatch
):
    save_project(tmp_path / "slow.layerlab", SavedProject(moons("slow")))
    go_on = threading.Event()
    read = file_control.open_project
    monkeypatch.setattr(file_control, "open_project", lambda p: (go_on.wait(10), read(p))[1])
    program.files.open_any(tmp_path / "slow.layerlab")
    program.files.show(moons("chosen later"))
    go_on.set()
    qtbot.waitUntil(lambda: not program.jobs.busy("files"))
    assert program.document.project.name == "chosen later"
    assert not lock_file(tmp_path / "slow.layerlab").exists()


def test_edits_made_while_a_project_is_opened_are_asked_about(
    qtbot, program, tmp_path, monkeypatch
):
    show(qtbot, program, moons())
    save_project(tmp_path / "slow.layerlab", SavedProject(moons("slow")))
    go_on = threading.Event()
    read = file_control.open_project
    monkeypatch.setattr(file_control, "open_project", lambda p: (go_on.wait(10), read(p))[1])
    program.files.open_any(tmp_path / "slow.layerlab")
    program.document.edit("Epochs", moons(epochs=7))
    program.dialogs.answer = "cancel"
    go_on.set()
    qtbot.waitUntil(lambda: bool(program.dialogs.asked))
    assert program.document.project == moons(epochs=7)
    assert not lock_file(tmp_path / "slow.layerlab").exists()


def test_an_opening_under_way_does_not_replace_what_the_user_wanted_to_keep(
    qtbot, program, tmp_path, monkeypatch
):
    show(qtbot, program, moons())
    save_project(tmp_path / "slow.layerlab", SavedProject(moons("slow")))
    go_on = threading.Event()
    read = file_control.open_project
    monkeypatch.setattr(file_control, "open_project", lambda p: (go_on.wait(10), read(p))[1])
    program.files.open_any(tmp_path / "slow.layerlab")
    program.document.edit("Epochs", moons(epochs=7))
    program.dialogs.answer = "cancel"
    program.files.leave(lambda: None)
    go_on.set()
    qtbot.waitUntil(lambda: not program.jobs.busy("files"))
    assert program.dialogs.asked == ["moons", "moons"]
    assert program.document.project == moons(epochs=7)


def test_save_as_that_fails_keeps_the_lock_of_the_open_file_alone(
    qtbot, program, tmp_path, monkeypatch
):
    show(qtbot, program, moons())
    first, second = tmp_path / "a.layerlab", tmp_path / "b.layerlab"
    save_as(qtbot, program, first)
    assert lock_file(first).exists()

    def full(*_: object) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch:
        patch.setattr(file_control, "save_project", full)
        program.document.edit("Epochs", moons(epochs=7))
        patch.setattr(file_control, "failure_of", lambda error, doing: str(error))
        save_as(qtbot, program, second)
    assert program.dialogs.told == ["no space"]
    assert lock_file(first).exists()
    assert not lock_file(second).exists()
    save_as(qtbot, program, second)
    assert lock_file(second).exists()
    assert not lock_file(first).exists()


def test_the_open_file_can_be_chosen_by_another_name_for_it(qtbot, program, tmp_path):
    show(qtbot, program, moons())
    path, other = tmp_path / "a.layerlab", tmp_path / "link.layerlab"
    save_as(qtbot, program, path)
    other.symlink_to(path)
    program.document.edit("Epochs", moons(epochs=7))
    save_as(qtbot, program, other)
    assert not program.dialogs.told
    assert open_project(path).project.training.epochs == 7


def test_a_checkpoint_that_cannot_be_taken_does_not_overwrite_the_one_in_the_file(
    qtbot, program, tmp_path
):
    path = tmp_path / "a.layerlab"
    show(qtbot, program, moons())
    train(qtbot, program, 2)
    program.run.stop()
    qtbot.waitUntil(lambda: not program.run.state.active)
    save_as(qtbot, program, path)

    def no_memory(*_: object) -> None:
        raise ProjectFileError("No memory.", "Enough.", "Close programs.")

    program.room.checkpoint = lambda: no_memory
    program.files.save()
    qtbot.waitUntil(lambda: bool(program.dialogs.told))
    assert open_project(path).checkpoint == b"moons 0"
    assert not program.files.saving


def test_a_mended_table_is_read_anew_when_it_is_opened_again(qtbot, program, tmp_path):
    path = table(tmp_path)
    program.files.open_any(path)
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    assert program.feed.prepared.summary.samples == 60
    with path.open("a", encoding="utf-8") as file:
        file.write("\n100,1,0\n101,2,1")
    program.files.open_any(path)
    qtbot.waitUntil(
        lambda: program.feed.prepared is not None and program.feed.prepared.summary.samples == 62
    )


def test_a_message_in_front_of_the_window_does_not_hold_up_the_training(qtbot, program, tmp_path):
    show(qtbot, program, moons())
    train(qtbot, program, 1)
    loops: list[int] = []

    def dialog() -> None:
        loop = QEventLoop()
        program.epochs(5)
        watch = QTimer()
        watch.timeout.connect(lambda: loop.quit() if len(program.run.record.rows) == 6 else None)
        watch.start(5)
        QTimer.singleShot(5000, loop.quit)
        loop.exec()
        watch.stop()
        loops.append(len(program.run.record.rows))

    program.dialogs.meanwhile = dialog
    program.files.open_any(tmp_path / "missing.layerlab")
    qtbot.waitUntil(lambda: bool(loops), timeout=8000)
    assert loops == [6]


@pytest.fixture
def autosave(program: Scripted, tmp_path: Path) -> Iterator[AutosaveControl]:
    control = AutosaveControl(
        tmp_path / "autosave",
        program.document,
        program.run,
        program.jobs,
        program.files,
        program.dialogs,  # type: ignore[arg-type]
        program.root,
    )
    yield control
    control._timer.stop()


def test_recovery_copies_are_written_one_at_a_time(qtbot, program, autosave, tmp_path, monkeypatch):
    monkeypatch.setattr(autosave_control, "WAIT_MS", 1)
    go_on, begun = threading.Event(), []
    write = autosave._autosave.write
    monkeypatch.setattr(
        autosave._autosave,
        "write",
        lambda *a: (begun.append(a[0].project.training.epochs), go_on.wait(10), write(*a)),
    )
    show(qtbot, program, moons())
    program.document.edit("Epochs", moons(epochs=1))
    qtbot.waitUntil(lambda: begun == [1])
    for epochs in range(2, 20):
        program.document.edit("Epochs", moons(epochs=epochs))
        autosave.write()
    go_on.set()
    qtbot.waitUntil(lambda: begun == [1, 19])
    qtbot.waitUntil(lambda: not program.jobs.busy("files"))


def test_a_training_is_copied_rarely_and_an_edit_soon(qtbot, program, autosave):
    show(qtbot, program, moons())
    train(qtbot, program, 3)
    autosave._timer.stop()
    program.epochs(1)
    qtbot.waitUntil(lambda: len(program.run.record.rows) == 4)
    assert autosave._timer.interval() > autosave_control.WAIT_MS
    program.document.edit("Epochs", moons(epochs=9))
    assert autosave._timer.interval() <= autosave_control.WAIT_MS


def test_a_recovered_training_stays_in_the_copy_until_it_is_back(
    qtbot, program, autosave, tmp_path
):
    from app.core.run_record import RunRecord

    found = Copy(SavedProject(moons(), RunRecord(project=moons()), b"weights"))
    program.room.gate.clear()
    assert autosave._recover(found)
    qtbot.waitUntil(lambda: found.discarded)
    (own,) = (tmp_path / "autosave").glob("autosave-*")
    assert not find_recoverable(tmp_path / "autosave")  # its process is running
    assert autosave._autosave.path == own
    assert Copy.read(own).checkpoint == b"weights"


def test_recovered_work_belongs_to_its_file_again(qtbot, program, autosave, tmp_path):
    path = tmp_path / "third.layerlab"
    save_project(path, SavedProject(moons()))
    found = Copy(SavedProject(moons(epochs=7)), path)
    words = recovery_words(found)
    assert "third.layerlab had changes" in words
    assert str(path) in words
    assert "saved again" not in words
    assert autosave._recover(found)
    assert not program.dialogs.told
    assert (program.path, program.document.modified) == (path, True)
    assert lock_file(path).exists()
    qtbot.waitUntil(lambda: found.discarded)
    about = json.loads(zipfile.ZipFile(autosave._autosave.path).read("autosave.json"))
    assert about["original_path"] == str(path)  # for the next crash
    program.files.save()
    qtbot.waitUntil(lambda: not program.files.saving)
    assert open_project(path).project.training.epochs == 7
    assert not program.document.modified


def later(path: Path) -> None:
    os.utime(path, (Copy.saved_at + 5, Copy.saved_at + 5))


def gone_with_its_folder(path: Path) -> None:
    path.unlink()
    path.parent.rmdir()


@pytest.mark.parametrize(
    ("trouble", "words", "belongs"),
    [
        (later, "was saved again after this copy was made", False),
        (gone_with_its_folder, "The folder of third.layerlab is gone", False),
        (lambda path: path.unlink(), "is not in its folder any more", True),
    ],
)
def test_recovered_work_whose_file_cannot_be_gone_on_with_says_so(
    qtbot, program, autosave, tmp_path, trouble, words, belongs
):
    path = tmp_path / "folder" / "third.layerlab"
    path.parent.mkdir()
    save_project(path, SavedProject(moons()))
    trouble(path)
    found = Copy(SavedProject(moons(epochs=7)), path)
    assert ("saved again since" in recovery_words(found)) == (trouble is later)
    assert autosave._recover(found)
    (failure,) = program.dialogs.told
    assert words in failure.happened
    assert program.document.modified
    assert program.path == (path if belongs else None)
    assert program.document.project.name == ("moons" if belongs else "moons copy")
    assert lock_file(path).exists() == belongs


def test_recovered_work_leaves_a_file_alone_that_another_window_has(
    qtbot, program, autosave, tmp_path
):
    path = tmp_path / "third.layerlab"
    save_project(path, SavedProject(moons()))
    other = ProjectLock(path)
    assert other.acquire()
    held = lock_file(path).read_bytes()
    assert autosave._recover(Copy(SavedProject(moons(epochs=7)), path))
    (failure,) = program.dialogs.told
    assert "is open in another window" in failure.happened
    assert program.path is None
    assert program.document.project == moons("moons copy", 7)
    assert lock_file(path).read_bytes() == held
    other.release()


class Copy:
    """A surviving copy that holds `saved`, of the file at `path`."""

    name = "moons"
    saved_at = 4_000_000_000.0

    def __init__(self, saved: SavedProject, path: Path | None = None) -> None:
        self.saved = saved
        self.original_path = path
        self.discarded = False

    def open(self) -> SavedProject:
        return self.saved

    def discard(self) -> None:
        self.discarded = True

    @staticmethod
    def read(path: Path) -> SavedProject:
        from app.core.autosave import Recoverable

        return Recoverable(path, "", None, 0.0).open()


def test_preferences_are_on_disk_when_they_are_written(qapp, tmp_path):
    path = tmp_path / "preferences.ini"
    preferences = Preferences(QSettings(str(path), QSettings.Format.IniFormat))
    preferences.theme = "dark"
    assert not path.exists()
    preferences.write()
    assert "theme=dark" in path.read_text(encoding="utf-8")
