"""The data page: sets chosen, split dragged, preprocessing set right, tables opened and told
apart from trash.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLineEdit, QPushButton

from app.core.data_settings import TableSource
from tests.end_to_end.conftest import close
from tests.end_to_end.window_user import CONTROL, Key, User, turn, wait


@pytest.fixture
def data(user: User) -> User:
    user.click("welcome.open.moons")
    user.click("rail.data")
    assert user.window.page == "data"
    settled(user)
    return user


def settled(user: User) -> None:
    feed, document = user.program.feed, user.program.document
    wait(lambda: not feed.reading and (feed.prepared is not None or feed.problem is not None))
    assert document.resolved.summary.loaded or feed.problem


def settings(user: User):
    return user.program.document.project.data


def choose_set(user: User, label: str) -> None:
    def act(dialog: QDialog) -> None:
        field = dialog.findChild(QLineEdit, "sets.search")
        user.click(field)
        user.retype(label)
        user.click(dialog.findChild(QPushButton, "sets.take"))

    user.will("dialog.sets", act)
    user.click("data.built_in")
    user.answered()
    settled(user)


def parts(user: User) -> tuple[int, int, int]:
    prepared = user.program.feed.prepared
    return len(prepared.training), len(prepared.validation), len(prepared.test)


def drop(user: User, path: Path) -> None:
    """Let a file go over the window."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    place = QPointF(user.window.rect().center())
    copy, left, plain = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(place.toPoint(), copy, mime, left, plain)
    QApplication.sendEvent(user.window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(user.window, QDropEvent(place, copy, mime, left, plain))


def test_a_set_is_chosen_its_options_typed_and_the_split_moved(data: User) -> None:
    user = data
    user.picture("50_data_moons")
    user.click("data.samples")
    user.retype("500")
    settled(user)
    assert settings(user).source.options["samples"] == 500
    assert sum(parts(user)) == 500 == user.program.document.resolved.summary.samples
    assert user.program.feed.prepared.raw.shape == (500, 2)

    # the handles, dragged and by keys; the counts on the screen are those of the arrays
    bar = user.find("data.split")
    before = settings(user).split
    wanted = 0.6
    user.drag(bar, bar.handle_position(0), QPoint(round(bar.width() * wanted), bar.height() // 2))
    settled(user)
    split = settings(user).split
    assert split.test_share == before.test_share
    assert split.validation_share == pytest.approx(1 - wanted - before.test_share, abs=0.011)
    assert parts(user) == user.program.document.resolved.summary.counts == bar._counts
    assert parts(user)[1] == pytest.approx(500 * split.validation_share, abs=1.01)
    bar.setFocus(Qt.FocusReason.TabFocusReason)
    user.key(Key.Key_Down)
    for _ in range(3):
        user.key(Key.Key_Left)
        settled(user)
    assert settings(user).split.test_share == pytest.approx(before.test_share + 0.03)
    assert parts(user) == user.program.document.resolved.summary.counts
    user.picture("51_data_split_moved")

    # stratified: class shares agree to one row in all parts
    assert settings(user).split.stratified
    for part in ("training", "validation", "test"):
        y = user.program.feed.prepared.part(part).y
        counts = Counter(np.asarray(y).ravel().astype(int).tolist())
        assert abs(counts[0] - counts[1]) <= 2
    user.click("data.stratified")
    settled(user)
    assert not settings(user).split.stratified
    user.key(Key.Key_Z, CONTROL)
    assert settings(user).split.stratified
    settled(user)

    user.click("data.split_seed")
    first = user.program.feed.prepared.training.rows.tolist()
    user.retype("5")
    settled(user)
    assert user.program.feed.prepared.training.rows.tolist() != first

    user.click("data.samples")
    user.retype("0")
    assert user.find("data.samples", QLineEdit).error()
    user.picture("52_data_wrong_option")
    user.key(Key.Key_Escape)


def conspicuous(user: User) -> list:
    found = user.program.document.resolved.problems
    return [p for p in found if p.where.startswith("data") and p.severity != "info"]


def test_scales_that_differ_are_told_and_mended_by_the_button(data: User) -> None:
    user = data
    choose_set(user, "Wine")
    assert settings(user).preprocessing == "standardize"
    user.choose("data.preprocessing", "Min-max")
    settled(user)
    assert user.program.document.undo_stack.undoText() == "Preprocessing: min-max"
    user.choose("data.preprocessing", "None")
    settled(user)
    problems = conspicuous(user)
    assert problems
    assert problems[0].fixes
    user.picture("53_wine_scales")
    user.click("data.problem.0.action.0")
    settled(user)
    assert settings(user).preprocessing == "standardize"
    x = user.program.feed.prepared.training.x
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(x.std(axis=0), 1, atol=1e-4)
    assert not conspicuous(user)
    for view in ("scatter", "statistics", "table"):
        user.click(f"data.view.{view}")
        user.picture(f"54_wine_{view}")
    choose_set(user, "Handwritten digits")
    user.picture("55_digits")
    user.click("rail.bench")
    assert user.program.document.resolved.can_train
    user.picture("56_bench_after_digits")


def role_box(user: User, column: str) -> QComboBox:
    boxes = user.window.findChildren(QComboBox)
    return next(b for b in boxes if b.accessibleName() == f"Role of {column}" and b.isVisible())


CSV = "length,width,colour,kind\n" + "\n".join(
    f"{1.5 + i % 7},{i * 0.25},{('red', 'green')[i % 2]},{('a', 'b', 'c')[i % 3]}"
    for i in range(90)
)


@pytest.mark.parametrize("way", ["dialog", "drop"])
def test_a_table_is_opened_and_its_columns_get_roles(user: User, tmp_path: Path, way: str) -> None:
    path = tmp_path / "beans & peas.csv"
    path.write_text(CSV, encoding="utf-8")
    if way == "dialog":
        user.will_name_file(path)
        user.click("welcome.open")
        user.answered()
    else:
        drop(user, path)
    wait(lambda: user.program.document.project is not None)
    settled(user)
    assert isinstance(settings(user).source, TableSource)
    assert user.program.document.project.name == "beans & peas"
    summary = user.program.document.resolved.summary
    assert summary.task == "multiclass"
    assert summary.class_names == ("a", "b", "c")
    assert summary.samples == 90
    user.click("rail.data")
    user.picture(f"57_csv_{way}")
    if way == "drop":
        return
    assert summary.input_shape == (4,)  # two numbers, two colours
    user.choose(role_box(user, "colour"), "ignored")
    settled(user)
    assert user.program.document.resolved.summary.input_shape == (2,)
    user.choose(role_box(user, "width"), "target")
    settled(user)
    turn()
    assert user.program.document.resolved.summary.task == "regression"
    user.picture("58_csv_regression")
    user.key(Key.Key_Z, CONTROL)
    settled(user)
    user.key(Key.Key_Z, CONTROL)
    settled(user)
    assert user.program.document.resolved.summary.input_shape == (4,)
    assert user.find("run.train", QPushButton).isEnabled()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b,c",
        b"\x89PNG\r\n\x1a\n" + bytes(300),
        b"a,b\n1,2\n3\n4,5,6\n",
        b'a,b\n"1,2\n3,4\n',
        b"a," * 3000 + b"z\n" + b"1," * 3000 + b"2\n",
    ],
    ids=["empty", "only a head", "a picture", "ragged", "open quote", "one row"],
)
def test_a_table_that_is_none_is_told_and_changes_nothing(
    data: User, tmp_path: Path, content: bytes
) -> None:
    user, before = data, data.program.document.project
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    user.will_press("dialog.message", "OK")
    drop(user, path)
    user.answered()
    said = user.met[-1]
    assert "Traceback" not in said.text, said
    assert len(said.text.split("\n\n")) == 3, said
    assert user.program.document.project == before
    assert user.window.page == "data"


def test_a_table_that_vanished_is_told_when_its_project_is_opened_again(
    start: Callable[[], User], tmp_path: Path
) -> None:
    user, table, project = start(), tmp_path / "beans.csv", tmp_path / "beans.layerlab"
    table.write_text(CSV, encoding="utf-8")
    drop(user, table)
    wait(lambda: user.program.document.project is not None)
    settled(user)
    user.click("rail.data")
    # what was read once stays: the split is moved without the file
    table.unlink()
    first = user.program.feed.prepared.training.rows.tolist()
    user.click("data.split_seed")
    user.retype("9")
    settled(user)
    assert user.program.feed.problem is None
    assert user.program.feed.prepared.training.rows.tolist() != first
    user.will_name_file(project)
    user.key(Key.Key_S, CONTROL)
    user.answered()
    wait(lambda: not user.program.files.saving)
    close(user)

    user = start()
    drop(user, project)
    wait(lambda: user.program.feed.problem is not None)
    assert "beans.csv" in user.program.feed.problem.happened
    assert not user.find("run.train", QPushButton).isEnabled()
    user.click("rail.data")
    assert user.window.status_row._counts.text() == ""  # nothing is known, nothing is told
    assert "rows" not in user.find("data.split").accessibleDescription()
    assert not user.sees("data.view.statistics")  # there is nothing to be looked at
    resolved = user.program.document.resolved
    assert resolved.problems == ()  # a network is not to be spoiled by advice on a placeholder
    assert resolved.layers[0].output_shape is None
    actions = user.window.actions_by_id
    assert not any(actions[name].isEnabled() for name in ("advise", "templates", "swap_head"))
    network = tmp_path / "network.keras"
    user.will_name_file(network)
    user.will_press("dialog.message", "OK")
    user.key(Key.Key_E, CONTROL)
    user.answered()
    assert not network.exists()
    user.picture("59_csv_vanished")
    table.write_text(CSV, encoding="utf-8")
    user.key(Key.Key_R, CONTROL)
    settled(user)
    assert user.window.status_row._counts.text().startswith("90 samples")
    assert user.program.feed.problem is None
    assert len(user.program.feed.prepared.raw) == 90
    assert user.find("run.train", QPushButton).isEnabled()
    assert actions["advise"].isEnabled()
    assert user.sees("data.balance")
    assert user.sees("data.view.statistics")
    table.unlink()
    user.key(Key.Key_R, CONTROL)
    wait(lambda: user.program.feed.problem is not None)
    assert user.window.status_row._counts.text() == ""  # nor of what was there before
    assert not user.sees("data.balance")
    assert [p.title for p in user.program.data._problems] == ["The data could not be read"]
