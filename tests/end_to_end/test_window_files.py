"""Files through the dialogs: saved, opened, continued; nothing is lost when a disk, a file or a
user says no.
"""

import errno
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QPushButton

from app.core import atomic_file
from app.core.project_file import ProjectLock, open_project
from app.training import engine_room
from app.ui import file_control
from tests.end_to_end.conftest import close
from tests.end_to_end.window_user import CONTROL, SHIFT, Key, User, wait


@pytest.fixture
def moons(user: User) -> User:
    open_moons(user)
    return user


def open_moons(user: User) -> None:
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)
    set_epochs(user, 5)


def set_epochs(user: User, epochs: int) -> None:
    user.click("bench.settings")
    user.click("inspector.epochs")
    user.retype(str(epochs))


def train(user: User, start: Callable[[], None] | None = None) -> None:
    ended: list[bool] = []
    user.program.run.run_ended.connect(lambda: ended.append(True))
    (start or (lambda: user.click("run.train")))()
    wait(lambda: ended)


def save(user: User, path: Path | None = None) -> None:
    """Ctrl+S; with `path` a dialog is to ask for it."""
    if path is not None:
        user.will_name_file(path)
    user.key(Key.Key_S, CONTROL)
    user.answered()
    wait(lambda: not user.program.files.saving)


def open_file(user: User, path: Path, answer: str = "") -> None:
    """File > Open; `answer` is the button pressed in the question that follows."""
    user.will_name_file(path)
    if answer:
        user.will_press("dialog.confirm", answer)
    user.menu("File", "Open…")
    user.answered()


def modified(user: User) -> bool:
    shown = user.window.isWindowModified()
    assert (
        shown == user.program.document.modified == user.window.menu_row._title.text().endswith("•")
    )
    return shown


def history(user: User) -> list[tuple]:
    record = user.program.run.record
    return [(r.epoch, dict(r.metrics)) for r in record.rows] if record else []


def epochs_drawn(user: User) -> list[float]:
    return user.program.bench._page.curves.view.plots[0].curves[-1].x.tolist()


def test_a_trained_project_is_saved_reopened_and_trained_on(
    start: Callable[[], User], tmp_path: Path
) -> None:
    user = start()
    open_moons(user)
    path = tmp_path / "my moons.layerlab"
    train(user)
    assert modified(user)
    save(user, path.with_suffix(""))
    assert path.exists()
    assert not modified(user)
    assert user.window.menu_row._title.text() == "my moons.layerlab"
    assert user.window.status_row._saved.text().startswith("Saved ")
    user.picture("40_saved")
    rows = history(user)
    assert len(rows) == 5

    # an edit marks it, undo takes the mark away, a save without a question writes it
    set_epochs(user, 6)
    assert modified(user)
    user.key(Key.Key_Z, CONTROL)
    assert not modified(user)
    set_epochs(user, 6)
    save(user)
    assert not modified(user)
    assert open_project(path).project.training.epochs == 6
    close(user)

    # a new start: the recent files know it; the menu opens it with its curves
    user = start()
    assert user.find("welcome.recent.0", QPushButton).text() == path.name
    user.picture("41_recent")
    open_file(user, path)
    wait(lambda: user.program.run.has_model)
    wait(lambda: user.program.run.state.phase == "idle")
    assert not modified(user)
    assert history(user) == rows
    wait(lambda: epochs_drawn(user) == [1, 2, 3, 4, 5])
    live = user.program.bench._page.live
    wait(lambda: live._stack.currentWidget() is live.boundary, 10, "no boundary of the model")
    user.picture("42_reopened")

    # trained on, it goes on with the next epoch, and does what the uninterrupted run does
    def two(dialog) -> None:
        user.click("dialog.more_epochs.epochs")
        user.retype("2")
        user.key(Key.Key_Return)

    user.will("dialog.more_epochs", two)
    train(user, lambda: user.key(Key.Key_F5, CONTROL))
    user.answered()
    assert [epoch for epoch, _ in history(user)] == [1, 2, 3, 4, 5, 6, 7]
    assert history(user)[:5] == rows
    assert modified(user)
    continued = history(user)
    user.picture("43_trained_on")
    set_epochs(user, 7)
    train(user)
    assert history(user) == continued
    save(user)
    close(user)

    # the recent file of the welcome page opens it too
    user = start()
    user.click("welcome.recent.0")
    wait(lambda: user.program.run.has_model)
    assert history(user) == continued
    close(user)
    user = start()
    user.click(
        user.window.menu_row.bar,
        user.window.menu_row.bar.actionGeometry(user.window.menu_row.bar.actions()[0]).center(),
    )
    user.click(
        user.window.menu_row.menus["&File"],
        user.window.menu_row.menus["&File"]
        .actionGeometry(user.program.workbench._recent_menu.menuAction())
        .center(),
    )
    user.pick(user.program.workbench._recent_menu, path.name)
    wait(lambda: user.program.document.path == path)


def test_a_training_comes_back_when_its_data_do(start: Callable[[], User], tmp_path: Path) -> None:
    table, away = tmp_path / "beans.csv", tmp_path / "away.csv"
    path, model = tmp_path / "beans.layerlab", tmp_path / "beans.keras"
    rows = (f"{n % 13},{n % 7},{'broad' if n % 13 > n % 7 else 'kidney'}" for n in range(200))
    table.write_text("\n".join(["a,b,kind", *rows]))
    user = start()
    open_file(user, table)
    wait(lambda: user.program.feed.prepared is not None)
    set_epochs(user, 25)
    train(user)
    save(user, path)
    trained = user.program.run.record.rows[-1]
    x = user.program.feed.prepared.validation.x
    expected = answers_of(user, x)
    close(user)

    table.rename(away)
    user = start()
    open_file(user, path)
    bar, bench = user.window.run_bar, user.program.bench._page
    wait(lambda: bar._title.text() == "The saved training could not be brought back yet")
    assert "beans.csv" in bar._detail.text()
    assert history(user)[-1] == (trained.epoch, dict(trained.metrics))
    assert bench.inspector._note.isHidden()
    wait(lambda: "not back yet" in user.program.bench._page.live._empty.sentence.text())
    titles = [problem.title for problem in user.program.bench.problems.problems]
    assert titles == ["The data could not be read", bar._title.text()]
    user.picture("45_training_not_back")
    user.will_name_file(model)
    user.will_press("dialog.message", "OK")
    user.key(Key.Key_E, CONTROL)
    user.answered()
    assert user.met[-1].title == "The model could not be saved"
    assert user.met[-1].text.startswith("The saved training is not back yet. The file 'beans.csv'")
    assert not model.exists()

    away.rename(table)
    user.key(Key.Key_R, CONTROL)
    wait(lambda: user.program.run.has_model)
    wait(lambda: user.program.run.state.phase == "idle")
    assert bar._title.text() == "Finished"
    assert not modified(user)
    live = bench.live
    wait(lambda: live._stack.currentWidget() is live.boundary, 10, "no boundary of the model")
    user.picture("46_training_back")
    np.testing.assert_array_equal(answers_of(user, x), expected)
    user.will_name_file(model)
    user.key(Key.Key_E, CONTROL)
    user.answered()
    wait(model.exists)


def answers_of(user: User, x: np.ndarray) -> np.ndarray:
    """What the model in the engine says."""
    told: list[np.ndarray] = []
    job = user.program.run._room.predict(x)
    user.program.jobs.start("engine", job, lambda _e: None, lambda r, e: told.append(np.asarray(r)))
    wait(lambda: told)
    return told[0]


def test_the_model_file_opens_in_keras_and_predicts_the_same(moons: User, tmp_path: Path) -> None:
    user, path = moons, tmp_path / "moons.keras"
    train(user)
    user.will_name_file(path)
    user.key(Key.Key_E, CONTROL)
    user.answered()
    wait(lambda: "Model saved" in user.window.status_row._message.text())
    x = user.program.feed.prepared.validation.x
    answers: list[np.ndarray] = []

    def both(report: object, control: object) -> tuple[np.ndarray, np.ndarray]:
        import keras

        own = user.program.run._room.predict(x)(report, control)
        return own, np.asarray(keras.saving.load_model(path)(x))

    user.program.jobs.start("engine", both, lambda _e: None, lambda r, e: answers.append((r, e)))
    wait(lambda: answers)
    ((result, error),) = answers
    assert error is None
    np.testing.assert_allclose(result[0], result[1], rtol=1e-6, atol=1e-7)
    assert result[0].std() > 0.01


def test_a_model_file_brings_its_network_and_weights_into_the_project(
    moons: User, tmp_path: Path
) -> None:
    user, path = moons, tmp_path / "moons.keras"
    train(user)
    network, trained = user.program.document.project.network, weights(user)
    user.will_name_file(path)
    user.key(Key.Key_E, CONTROL)
    user.answered()
    wait(path.exists)
    user.key(Key.Key_0, CONTROL)
    user.will_press("dialog.save_changes", "Discard")
    user.click("welcome.data.circles")
    user.answered()
    wait(lambda: user.program.feed.prepared is not None)
    assert user.program.document.project.network != network
    user.will_name_file(path)
    user.menu("File", "Open model")
    user.answered()
    wait(lambda: user.program.run.has_model and user.program.run.state.phase == "idle")
    opened = user.program.document.project.network
    assert [(x.kind, x.options["units"]) for x in opened.layers[1:]] == [
        (x.kind, x.options["units"]) for x in network.layers[1:]
    ]
    assert all(np.array_equal(a, b) for a, b in zip(weights(user), trained, strict=True))
    user.picture("44_model_opened")


def weights(user: User) -> list[np.ndarray]:
    found: list[object] = []
    room = user.program.run._room
    user.program.jobs.start(
        "engine",
        lambda _report, _control: [np.array(w) for w in room._session.model.get_weights()],
        lambda _event: None,
        lambda result, error: found.append(error or result),
    )
    wait(lambda: found)
    assert isinstance(found[0], list), found
    return found[0]


@pytest.mark.parametrize("answer", ["Save", "Discard", "Cancel", "Escape"])
def test_unsaved_changes_are_asked_for_before_another_project_opens(
    moons: User, tmp_path: Path, answer: str
) -> None:
    user, path = moons, tmp_path / "kept.layerlab"
    set_epochs(user, 33)
    project = user.program.document.project
    user.key(Key.Key_0, CONTROL)
    if answer == "Escape":
        user.will("dialog.save_changes", lambda _dialog: user.key(Key.Key_Escape))
    else:
        user.will_press("dialog.save_changes", answer)
    if answer == "Save":
        user.will_name_file(path)
    user.click("welcome.open.digits")
    user.answered()
    if answer in ("Cancel", "Escape"):
        assert user.program.document.project == project
        assert modified(user)
        return
    wait(lambda: user.program.document.project.name == "digits-conv")
    assert not modified(user)
    assert user.program.document.path is None
    if answer == "Save":
        assert open_project(path).project == project
    else:
        assert not path.exists()


def refuse(number: int) -> Callable[..., None]:
    def refused(*_arguments: object, **_words: object) -> None:
        raise OSError(number, os.strerror(number))

    return refused


@pytest.mark.parametrize(
    ("where", "number", "words"),
    [
        ("open", errno.EACCES, "read-only"),
        ("open", errno.EROFS, "read-only"),
        ("fsync", errno.ENOSPC, "full"),
    ],
)
def test_a_disk_that_refuses_is_told_and_nothing_is_lost(
    moons: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    number: int,
    words: str,
) -> None:
    user, path = moons, tmp_path / "project.layerlab"
    save(user, path)
    before = path.read_bytes()
    set_epochs(user, 77)
    project = user.program.document.project
    with monkeypatch.context() as patch:
        patch.setattr(atomic_file.os, where, refuse(number))
        user.will_press("dialog.message", "OK")
        save(user)
    said = user.met[-1]
    assert words in said.text
    assert path.name in said.text
    assert modified(user)
    assert user.program.document.project == project
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".layerlab"] == [path.name]
    save(user)
    assert not modified(user)
    assert open_project(path).project == project


def test_a_folder_that_vanished_is_told(moons: User, tmp_path: Path) -> None:
    user, folder = moons, tmp_path / "stick"
    folder.mkdir()
    save(user, folder / "project.layerlab")
    set_epochs(user, 9)
    shutil.rmtree(folder)
    user.will_press("dialog.message", "OK")
    save(user)
    assert "does not exist" in user.met[-1].text
    assert modified(user)


def test_files_that_are_none_are_told_and_change_nothing(moons: User, tmp_path: Path) -> None:
    user = moons
    good = tmp_path / "good.layerlab"
    save(user, good)
    project, content = user.program.document.project, good.read_bytes()
    foreign = {
        "truncated.layerlab": content[: len(content) // 2],
        "foreign.layerlab": b"GIF89a" + bytes(200),
        "empty.layerlab": b"",
        "hostile.keras": b"PK\x03\x04" + bytes(300),
        "words.csv": b"one line and nothing else",
        "nothing.csv": b"",
        "zeros.csv": bytes(4000),
    }
    for name, data in foreign.items():
        path = tmp_path / name
        path.write_bytes(data)
        met = len(user.met)
        user.will_press("dialog.message", "OK")
        user.program.files.open_any(path)
        user.answered()
        said = user.met[met]
        assert len(said.text) > 40, said
        assert user.program.document.project == project, name
        assert user.program.document.path == good
        assert not modified(user)
    missing = tmp_path / "missing.layerlab"
    user.will_press("dialog.message", "OK")
    user.program.files.open_any(missing)
    user.answered()
    assert user.program.document.path == good


def names(user: User) -> dict[str, str]:
    """What the project is called wherever that is shown or offered."""
    offered = []
    for text in ("Save as", "Save model"):

        def look(dialog: QFileDialog) -> None:
            offered.append(dialog.findChild(QLineEdit, "fileNameEdit").text())
            dialog.reject()

        user.will("dialog.file", look)
        user.menu("File", text)
        user.answered()
    return {
        "title": user.window.menu_row._whole_title.removesuffix(" •"),
        "window": user.window.windowTitle().removesuffix("[*] – LayerLab"),
        "bench": user.program.bench._page._head.subtitle.text(),
        "save": offered[0],
        "model": offered[1],
        "run": user.program.run.record.project.name,
    }


def called(name: str, path: Path | None = None, run: str = "") -> dict[str, str]:
    title = path.name if path is not None else name
    return {
        "title": title,
        "window": title,
        "bench": name,
        "save": f"{name}.layerlab",
        "model": f"{name}.keras",
        "run": run or name,
    }


def other_data(user: User, path: Path) -> None:
    user.click("rail.data")
    user.will_name_file(path)
    user.click("data.open_file")
    user.answered()
    source = user.program.document.project.data.source
    wait(lambda: user.program.document.project.data.source != source)
    feed = user.program.feed
    wait(lambda: not feed.reading and feed.prepared is not None)
    user.click("rail.bench")


def test_a_project_is_called_after_its_data_until_it_is_in_a_file(
    moons: User, tmp_path: Path
) -> None:
    user = moons
    for name in ("beans", "peas"):
        rows = "\n".join(f"{i % 7},{i % 5},{i % 2}" for i in range(80))
        (tmp_path / f"{name}.csv").write_text(f"x,y,kind\n{rows}\n", encoding="utf-8")
    train(user)
    assert names(user) == called("two-moons")
    before = user.program.document.project
    other_data(user, tmp_path / "beans.csv")
    train(user)
    assert names(user) == called("beans")
    user.picture("96_named_after_its_data")
    user.key(Key.Key_Z, CONTROL)  # data and name are one step
    assert user.program.document.project == before
    assert user.window.menu_row._whole_title.startswith("two-moons")
    user.key(Key.Key_Z, CONTROL | SHIFT)
    assert names(user) == called("beans")

    path = tmp_path / "homework.layerlab"
    save(user, path)
    assert names(user) == called("homework", path, run="beans")
    other_data(user, tmp_path / "peas.csv")
    assert names(user) == called("homework", path, run="beans")
    assert user.program.document.project.name == "beans"
    save(user)
    assert open_project(path).project.name == "beans"


def test_a_file_open_in_another_window_is_offered_as_a_copy(
    start: Callable[[], User], tmp_path: Path
) -> None:
    user, path = start(), tmp_path / "shared.layerlab"
    open_moons(user)
    save(user, path)
    close(user)
    other = ProjectLock(path)
    assert other.acquire()
    user = start()
    open_file(user, path, "Cancel")
    assert user.program.document.project is None
    open_file(user, path, "Open a copy")
    wait(lambda: user.program.document.project is not None)
    assert user.program.document.path is None
    assert user.program.document.project.name == "two-moons copy"
    # nor can it be saved over the other window's file
    before = path.read_bytes()
    user.will_name_file(path)
    user.will_press("", "Yes")
    user.will_press("dialog.message", "OK")
    user.key(Key.Key_S, CONTROL)
    user.answered()
    assert path.read_bytes() == before
    other.release()
    close(user)
    user = start()
    open_file(user, path)
    wait(lambda: user.program.document.path == path)
    assert not ProjectLock(path).acquire()
    user.key(Key.Key_0, CONTROL)
    user.click("welcome.open.moons")
    free = ProjectLock(path)
    assert free.acquire()
    free.release()


@pytest.mark.parametrize("waiting_for", ["disk", "engine"])
def test_another_project_opened_in_the_middle_of_a_save_is_left_alone(
    moons: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waiting_for: str
) -> None:
    user, path = moons, tmp_path / "first.layerlab"
    save(user, path)
    train(user)
    go_on = threading.Event()
    if waiting_for == "disk":
        write = file_control.save_project
        monkeypatch.setattr(file_control, "save_project", lambda *a: (go_on.wait(10), write(*a))[1])
    else:
        taken = engine_room._checkpoint_taken
        monkeypatch.setattr(
            engine_room, "_checkpoint_taken", lambda *a: (go_on.wait(10), taken(*a))[1]
        )
        set_epochs(user, 3000)
        user.click("inspector.early_stopping.patience")
        user.retype("3000")
        user.click("run.train")
        wait(lambda: user.program.run.state.phase == "running")
    user.key(Key.Key_S, CONTROL)
    assert user.program.files.saving
    user.key(Key.Key_0, CONTROL)
    user.will_press("dialog.save_changes", "Discard")
    user.click("welcome.open.digits")
    user.answered()
    assert user.program.document.project.name == "digits-conv"
    go_on.set()
    jobs = user.program.jobs
    wait(lambda: not any(jobs.busy(name) for name in ("engine", "data", "files")))
    assert user.program.document.path is None
    assert not modified(user)
    assert user.program.document.project.name == "digits-conv"
    # and this one can be saved
    other = tmp_path / "second.layerlab"
    set_epochs(user, 3)
    save(user, other)
    assert not modified(user)
    assert open_project(other).project.name == "digits-conv"
    assert open_project(path).project.name == "two-moons"


def test_a_save_in_the_middle_of_a_training_holds_history_and_weights_of_one_moment(
    start: Callable[[], User], tmp_path: Path
) -> None:
    user, path = start(), tmp_path / "running.layerlab"
    open_moons(user)
    save(user, path)
    set_epochs(user, 3000)
    user.click("inspector.early_stopping.patience")
    user.retype("3000")
    user.click("run.train")
    wait(lambda: len(history(user)) > 5)
    save(user)
    kept = open_project(path)
    at_save = len(kept.run.rows)
    assert at_save > 5
    assert kept.checkpoint is not None
    wait(lambda: len(history(user)) > at_save + 2)
    assert modified(user)  # what came after is in no file yet
    user.click("run.stop")
    wait(lambda: user.program.run.state.phase == "idle")
    whole = history(user)
    assert modified(user)
    close(user)
    user = start()
    open_file(user, path)
    wait(lambda: user.program.run.has_model and user.program.run.state.phase == "idle")
    assert history(user) == whole[:at_save]

    def two(dialog) -> None:
        user.click("dialog.more_epochs.epochs")
        user.retype("2")
        user.key(Key.Key_Return)

    user.will("dialog.more_epochs", two)
    train(user, lambda: user.key(Key.Key_F5, CONTROL))
    assert history(user) == whole[: at_save + 2]
