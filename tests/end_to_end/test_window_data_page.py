"""The data page with data of one's own: files, folders and arrays in the place of the project's
data, how they are read, their columns, their split and their weights.
"""

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
)

from app.core.data_settings import ArraySource, BuiltinSource, PictureSource, TableSource
from app.core.project_edits import choose_dataset
from app.data import room
from app.data.errors import LoadingStopped
from app.data.progress import LoadingProgress
from tests.end_to_end.test_window_data import CSV, choose_set, drop, parts, settings, settled
from tests.end_to_end.window_user import CONTROL, PLAIN, Key, User, turn, wait


@pytest.fixture
def data(user: User) -> User:
    user.click("welcome.open.moons")
    user.click("rail.data")
    settled(user)
    return user


@pytest.fixture
def beans(data: User, tmp_path: Path) -> User:
    """The page with a table of one's own in the place of the moons."""
    path = tmp_path / "beans.csv"
    path.write_text(CSV, encoding="utf-8")
    drop(data, path)
    settled(data)
    return data


def summary(user: User):
    return user.program.document.resolved.summary


def errors(user: User) -> list[str]:
    return [p.title for p in user.program.document.resolved.problems if p.severity == "error"]


def folder_of_pictures(path: Path, parts: tuple[str, ...] = ("",)) -> Path:
    chance = np.random.default_rng(0)
    for part in parts:
        for name in ("daisy", "rose"):
            place = path / part / name
            place.mkdir(parents=True)
            for number in range(12):
                pixels = chance.integers(0, 255, (10, 12, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{number}.png")
    return path


def head(user: User, column: str) -> QPushButton:
    buttons = user.window.findChildren(QPushButton)
    words = f"Type and gaps of {column}"
    return next(b for b in buttons if b.accessibleName() == words and b.isVisible())


def submenu(user: User, entry: str, text: str) -> None:
    """Choose `text` in the menu that opens beside `entry` of the menu that is open."""
    menu = user.popup_menu()
    action = next(a for a in menu.actions() if a.text().startswith(entry))
    user.click(menu, menu.actionGeometry(action).center())
    inner = action.menu()
    assert isinstance(inner, QMenu)
    user.pick(inner, text)


# ---------------------------------------------------------------- choosing


def test_a_file_on_the_page_takes_the_place_of_the_data(beans: User) -> None:
    user = beans
    source = settings(user).source
    assert isinstance(source, TableSource)
    assert user.window.page == "data"
    assert settings(user).preprocessing == "standardize"
    assert summary(user).class_names == ("a", "b", "c")
    assert not errors(user)  # the network fits them: 3 outputs, softmax
    assert user.program.document.resolved.can_train
    user.key(Key.Key_Z, CONTROL)
    settled(user)
    assert settings(user).source == BuiltinSource(name="moons")


def test_what_letting_go_of_a_file_does_is_told(data: User, tmp_path: Path) -> None:
    user, path = data, tmp_path / "beans.csv"
    path.write_text(CSV, encoding="utf-8")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    enter = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, PLAIN
    )
    message = user.window.status_row._message
    QApplication.sendEvent(user.window, enter)
    assert message.text() == "Let go: beans.csv takes the place of this project's data"
    QApplication.sendEvent(user.window, QDragLeaveEvent())
    assert message.text() == ""
    user.click("rail.bench")
    QApplication.sendEvent(user.window, enter)
    assert message.text() == "Let go to open beans.csv"
    QApplication.sendEvent(user.window, QDragLeaveEvent())


def test_a_file_elsewhere_begins_a_project(user: User, tmp_path: Path) -> None:
    user.click("welcome.open.moons")
    path = tmp_path / "beans.csv"
    path.write_text(CSV, encoding="utf-8")
    drop(user, path)  # on the bench
    wait(lambda: user.program.document.project.name == "beans")
    settled(user)
    assert not user.program.document.undo_stack.canUndo()


def test_a_folder_of_pictures_is_opened_and_what_is_broken_is_listed(
    data: User, tmp_path: Path
) -> None:
    user, path = data, folder_of_pictures(tmp_path / "flowers")
    (path / "rose" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))

    def choose(dialog: QFileDialog) -> None:
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        user.click(field)
        user.retype(str(path))
        user.key(Key.Key_Return)

    user.will("dialog.folder", choose)
    user.click("data.open_folder")
    user.answered()
    settled(user)
    assert settings(user).source == PictureSource(path=str(path))
    assert settings(user).preprocessing == "pixels"
    assert summary(user).class_names == ("daisy", "rose")
    assert summary(user).samples == 24
    assert not errors(user)
    user.picture("60_pictures")

    listed: list[str] = []

    def look(dialog: QDialog) -> None:
        table = dialog.findChild(QTableView, "left_out.table")
        listed.extend(str(table.model().index(0, column).data()) for column in range(2))
        user.click(dialog.findChild(QPushButton, "left_out.copy"))
        user.click(dialog.findChild(QPushButton, "left_out.close"))

    user.will("dialog.left_out", look)
    user.click("data.left_out.action.0")
    user.answered()
    assert "broken.png" in listed[0]
    assert QApplication.clipboard().text() == "\t".join(listed)

    user.click("data.tab.source")
    user.click("data.picture_size.0")
    user.retype("16")
    settled(user)
    assert summary(user).input_shape == (16, 12, 3) == user.program.feed.prepared.raw.shape[1:]
    user.choose("data.picture_color", "greys")
    settled(user)
    assert summary(user).input_shape == (16, 12, 1)
    user.choose("data.picture_fit", "keep whole")
    settled(user)
    assert settings(user).source.fit == "pad"
    user.click("data.picture_size_guessed")
    settled(user)
    assert settings(user).source.height is None
    user.click("data.memory")
    user.retype("64")
    settled(user)
    assert settings(user).memory_mib == 64
    user.picture("61_pictures_source")


def test_arrays_are_opened_and_others_of_the_file_chosen(data: User, tmp_path: Path) -> None:
    user, path = data, tmp_path / "arrays.npz"
    chance = np.random.default_rng(0)
    np.savez(path, x=chance.random((40, 3)), y=np.arange(40) % 2, other=chance.random((40, 5)))
    drop(user, path)
    settled(user)
    assert isinstance(settings(user).source, ArraySource)
    assert summary(user).input_shape == (3,)
    assert settings(user).preprocessing == "standardize"
    user.click("data.tab.source")
    user.choose("data.array_inputs", "other, 40 × 5")
    settled(user)
    assert summary(user).input_shape == (5,)
    assert not errors(user)
    user.picture("62_arrays")


def test_what_is_no_data_is_told(data: User, tmp_path: Path) -> None:
    user, before = data, data.program.document.project
    picture = tmp_path / "one.png"
    Image.new("RGB", (4, 4)).save(picture)
    user.will_press("dialog.message", "OK")
    drop(user, picture)
    user.answered()
    assert "folder" in user.met[-1].text
    empty = tmp_path / "empty"
    empty.mkdir()
    user.will_press("dialog.message", "OK")
    drop(user, empty)
    user.answered()
    assert user.program.document.project == before


# ---------------------------------------------------------------- waiting


class SlowSource:
    """A source that is read until it is told to be done, or to stop."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done, self.stopped, self.begun = (threading.Event() for _ in range(3))
        self._read = room.load_source
        monkeypatch.setattr(room, "load_source", self.read)

    def read(self, settings, stop, tell):
        tell(LoadingProgress("Reading rows, 10 of 40", 0.25))
        self.begun.set()
        while not self.done.wait(0.005):
            if stop():
                self.stopped.set()
                raise LoadingStopped
        return self._read(settings, stop, tell)


def test_reading_shows_how_far_it_is_and_can_be_cancelled(
    data: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    user, before = data, data.program.document.project
    slow = SlowSource(monkeypatch)
    path = tmp_path / "slow.npz"
    np.savez(path, x=np.random.default_rng(0).random((40, 3)), y=np.arange(40) % 2)
    # other data: the page stays as it is, and usable
    drop(user, path)
    wait(lambda: user.sees("data.cancel"))
    assert user.find("data.reading").accessibleName() == "slow.npz: Reading rows, 10 of 40"
    user.picture("63_reading")
    assert user.find("data.stack").currentWidget().objectName() == "data.table"
    user.click("data.tab.prepare")
    user.click("data.cancel")
    assert not user.program.feed.reading
    wait(slow.stopped.is_set)
    assert user.program.document.project == before
    wait(lambda: not user.sees("data.reading"))

    # the project's own data: cancelled, they are asked for again
    slow.begun.clear()
    slow.stopped.clear()
    user.key(Key.Key_R, CONTROL)
    wait(lambda: user.sees("data.cancel"))
    user.click("status.cancel")
    wait(slow.stopped.is_set)
    assert user.program.feed.problem.title == "The data were not read"
    assert not user.find("run.train", QPushButton).isEnabled()
    user.picture("64_cancelled")
    slow.done.set()
    user.click("data.again")
    settled(user)
    assert user.program.feed.problem is None
    assert user.find("run.train", QPushButton).isEnabled()


def test_a_public_set_without_a_connection_is_told_and_tried_again(
    data: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.data import public_sets
    from app.data.download import FetchError

    tried: list[str] = []

    def fetch(*arguments: object, **_: object) -> None:
        tried.append(str(arguments[0]))
        raise FetchError("no route to host")

    monkeypatch.setattr(public_sets, "fetch_file", fetch)
    user, before = data, data.program.document.project
    user.will_press("dialog.message", "OK")
    user.program.data.source.choose_dataset("mnist")
    user.answered()
    assert len(tried) == 1
    assert "no route to host" in user.met[-1].text
    assert "https://" not in user.met[-1].text
    assert user.program.document.project == before
    assert user.program.feed.problem is None

    # a project that has it already
    user.program.files.show(choose_dataset(before, name="mnist"))
    settled(user)
    user.click("rail.data")
    assert "MNIST" in user.program.feed.problem.happened
    assert user.sees("data.trouble")
    assert user.window.status_row._counts.text() == ""
    user.picture("65_offline")
    user.click("data.again")
    settled(user)
    assert len(tried) > 2


# ---------------------------------------------------------------- tables


def test_a_table_is_read_otherwise(data: User, tmp_path: Path) -> None:
    user, path = data, tmp_path / "odd.csv"
    rows = "\n".join(f"{i};{i % 7},5;{'ab'[i % 2]}" for i in range(60))
    path.write_text(f"x;y;kind\n{rows}\n", encoding="utf-8")
    drop(user, path)
    settled(user)
    assert summary(user).input_shape == (2,)
    user.click("data.tab.source")
    user.choose("data.decimal", "point")
    settled(user)
    assert "decimal mark" in user.program.feed.problem.happened
    user.click("data.how_read")
    user.choose("data.separator", "bar")
    settled(user)
    assert user.program.feed.problem is not None
    user.picture("66_wrong_separator")
    user.choose("data.separator", "semicolon")
    settled(user)
    user.choose("data.decimal", "guessed")
    settled(user)
    assert user.program.feed.problem is None
    assert summary(user).input_shape == (2,)

    test = tmp_path / "test.csv"
    test.write_text("x;y;kind\n" + "\n".join(rows.split("\n")[:20]) + "\n", encoding="utf-8")
    user.will_name_file(test)
    user.click("data.test_file")
    user.answered()
    settled(user)
    assert parts(user)[2] == 20
    assert summary(user).own_parts == ("test",)
    bar = user.find("data.split")
    assert "test given by the source" in bar.accessibleDescription()
    before = settings(user).split
    user.drag(bar, bar.handle_position(1), QPoint(bar.width() // 2, bar.height() // 2))
    settled(user)
    assert settings(user).split == before
    user.drag(bar, bar.handle_position(0), QPoint(bar.width() // 3, bar.height() // 2))
    settled(user)
    assert settings(user).split.validation_share > 0.3
    assert parts(user) == summary(user).counts == bar._counts
    user.picture("67_test_file")
    user.click("data.own_parts")
    settled(user)
    assert not settings(user).split.own_parts
    assert parts(user)[2] == round(80 * 0.15)
    user.click("data.test_file.remove")
    settled(user)
    assert settings(user).source.test_path is None


def test_a_first_row_can_be_a_sample(data: User, tmp_path: Path) -> None:
    user, path = data, tmp_path / "texts.csv"
    rows = (f"{('red', 'green')[i % 2]},{('up', 'down', 'left')[i % 3]}" for i in range(40))
    path.write_text("\n".join(("red,up", *rows)), encoding="utf-8")
    drop(user, path)
    settled(user)
    samples = summary(user).samples
    user.click("data.tab.source")
    user.choose("data.header", "a sample" if samples == 40 else "names")
    settled(user)
    assert {samples, summary(user).samples} == {40, 41}


def test_columns_become_targets_weights_and_are_ignored(beans: User) -> None:
    user = beans
    user.click(head(user, "length"))
    submenu(user, "Role", "target")
    settled(user)
    assert summary(user).target_names == ("length",)
    user.click(head(user, "width"))
    submenu(user, "Role", "target, too")
    settled(user)
    assert summary(user).target_names == ("length", "width")
    assert summary(user).task == "regression"
    assert not errors(user)
    user.picture("68_two_targets")

    def several(dialog: QDialog) -> None:
        field = dialog.findChild(QLineEdit, "columns.search")
        user.click(field)
        user.retype("width")
        user.click(dialog.findChild(QPushButton, "columns.all"))
        user.choose("columns.role", "weight")
        user.click(field)
        user.retype("colour")
        user.click(dialog.findChild(QPushButton, "columns.all"))
        user.choose("columns.role", "ignored")
        user.click(dialog.findChild(QPushButton, "columns.ok"))

    user.will("dialog.columns", several)
    user.click("data.columns_list")
    user.answered()
    settled(user)
    assert summary(user).weighted
    roles = settings(user).source.roles
    assert (roles["width"], roles["colour"]) == ("weight", "ignored")
    user.key(Key.Key_Z, CONTROL)
    settled(user)
    assert summary(user).target_names == ("length", "width")


def test_gaps_are_filled_for_one_column_and_for_all(data: User, tmp_path: Path) -> None:
    user, path = data, tmp_path / "gaps.csv"
    path.write_text(
        "x,y,kind\n"
        + "\n".join(
            f"{'' if i % 10 == 0 else i},{'' if i % 15 == 0 else i % 7},{'ab'[i % 2]}"
            for i in range(60)
        ),
        encoding="utf-8",
    )
    drop(user, path)
    settled(user)
    left = [i for i in range(60) if i % 10 and i % 15]
    assert summary(user).samples == len(left)
    gaps = {"x": sum(i % 10 == 0 for i in range(60)), "y": sum(i % 15 == 0 for i in range(60))}
    gaps_are_counted_over_all_rows(user, gaps, 60, len(left))
    user.click(head(user, "x"))
    submenu(user, "Gaps (6 of 60)", "fill with the median")
    settled(user)
    left = [i for i in range(60) if i % 15]
    assert summary(user).samples == len(left)
    # two rows that lack x lack y too and are left out; x lacks as many values all the same
    gaps_are_counted_over_all_rows(user, gaps, 60, len(left))
    user.click("data.tab.prepare")
    user.choose("data.missing", "fill with the mean")
    settled(user)
    assert summary(user).samples == 60
    assert dict(settings(user).source.missing) == {"x": "mean", "y": "mean"}
    user.picture("69_gaps")
    gaps_are_counted_over_all_rows(user, gaps, 60, 60)
    user.program.data.source._choose_type("x", "category")
    settled(user)
    assert dict(settings(user).source.missing) == {"y": "mean"}
    said = user.window.status_row._message.text()
    assert said == (
        "The gaps of x can no longer be filled with the mean: rows with gaps there are left out"
    )


def gaps_are_counted_over_all_rows(user: User, gaps: dict[str, int], rows: int, used: int) -> None:
    """Wherever they stand: under the preview, in the heads, the panel, the statistics, the list."""
    count = sum(gaps.values())
    subtitle = user.program.data._page.preview.header.subtitle.text()
    left_out = f", {rows - used} left out" if used < rows else ""
    assert subtitle == f"{rows} rows{left_out}, 3 columns, {count} cells missing"
    entries = {entry.name: entry for entry in user.program.feed.entries}
    model = user.find("data.table", QTableView).model()
    heads = {
        model.headerData(n, Qt.Orientation.Horizontal): model.headerData(
            n, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
        )
        for n in range(model.columnCount())
    }
    user.click("data.tab.prepare")
    told = user.find("data.missing").parentWidget().findChildren(QLabel)
    words = f"{count} gaps in 2 columns: x, y; counted in all {rows} rows read."
    assert any(label.text().startswith(words) for label in told)
    user.picture(f"69_gaps_{used}")
    user.click("data.view.statistics")
    of = user.find("data.statistics_of", QLabel).text()
    user.picture(f"69_gaps_{used}_statistics")
    both = f"Missing and distinct are of all {rows} rows;"
    apart = f"Missing is of all {rows} rows read, distinct of the {used} used;"
    assert of.startswith(apart if used < rows else both)
    model = user.find("data.statistics", QTableView).model()
    missing = {
        model.index(row, 0).data(): model.index(row, 2).data() for row in range(model.rowCount())
    }
    user.click("data.view.table")
    shown: list[list[str]] = []

    def look(dialog: QDialog) -> None:
        table = dialog.findChild(QTableView, "columns.table")
        model = table.model()
        shown.extend(
            [model.index(row, place).data() for place in (0, 3)] for row in range(model.rowCount())
        )
        tip = model.headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
        shown.append(["tip", tip])
        user.picture(f"69_gaps_{used}_columns", dialog)
        user.click(dialog.findChild(QPushButton, "columns.cancel"))

    user.will("dialog.columns", look)
    user.click("data.columns_list")
    user.answered()
    said = dict(shown)
    assert f"all {rows} rows read, also in those that are left out" in said["tip"]
    for name, number in gaps.items():
        assert entries[name].gaps_text.startswith(f"{number} gaps: ")
        assert f"<br>{number} of all {rows} rows read lack a value." in heads[name]
        assert missing[name] == said[name] == str(number)


def test_a_text_that_the_training_part_lacks_is_explained(data: User, tmp_path: Path) -> None:
    """Such as towns of one row each, of which some are drawn for validation and test."""
    user, path = data, tmp_path / "towns.csv"
    towns = [f"town{i}" if i % 6 == 0 else "uv"[i % 2] for i in range(60)]
    rows = (f"{town},{i},{'ab'[i % 2]}" for i, town in enumerate(towns))
    path.write_text("\n".join(("town,x,kind", *rows)))
    drop(user, path)
    settled(user)
    prepared = user.program.feed.prepared
    trained = {towns[row] for row in prepared.training.rows.tolist()}
    model = user.find("data.table", QTableView).model()
    names = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    role, place = Qt.ItemDataRole, names.index("town")
    told = {}
    for row in range(model.rowCount()):
        line = int(model.headerData(row, Qt.Orientation.Vertical))
        index = model.index(row, place)
        told[towns[line - 2]] = (index.data(), index.data(role.ToolTipRole))
    assert set(told) == set(towns)
    assert trained < set(towns)
    for town, (shown, tip) in told.items():
        assert shown == (town if town in trained else "another")
        assert (tip is None) == (town in trained)
    unknown = next(tip for town, (_, tip) in told.items() if town not in trained)
    assert "in no row of the training part" in unknown
    heads = [
        model.headerData(n, Qt.Orientation.Horizontal, role.ToolTipRole) for n in range(len(names))
    ]
    assert "“another”: what no row of the training part has." in heads[place]
    assert not any("another" in heads[n] for n in range(len(names)) if n != place)


# ---------------------------------------------------------------- split and weights


def set_role(user: User, column: str, role: str, shown: list[list[str]]) -> None:
    """Give a column a role in the list of all columns; `shown` gets what stands there before."""

    def act(dialog: QDialog) -> None:
        model = dialog.findChild(QTableView, "columns.table").model()
        places = range(model.columnCount())
        shown.extend(
            [model.index(row, place).data() for place in places] for row in range(model.rowCount())
        )
        user.picture(f"75_columns_{len(shown)}", dialog)
        user.click(dialog.findChild(QLineEdit, "columns.search"))
        user.retype(column)
        user.click(dialog.findChild(QPushButton, "columns.all"))
        user.choose("columns.role", role)
        user.click(dialog.findChild(QPushButton, "columns.ok"))

    user.will("dialog.columns", act)
    user.click("data.columns_list")
    user.answered()
    settled(user)


def test_the_list_of_columns_tells_of_dates_what_the_table_tells(
    data: User, tmp_path: Path
) -> None:
    user, path = data, tmp_path / "sales.csv"
    rows = (
        f"{'' if i % 12 == 5 else f'2026-03-{i % 28 + 1:02}'},{i},{i % 7},{i % 5}"
        for i in range(60)
    )
    path.write_text("\n".join(("when,price,rooms,rent", *rows)))
    drop(user, path)
    settled(user)
    shown: list[list[str]] = []
    set_role(user, "rooms", "ignored", shown)
    assert shown[0] == ["when", "left out", "date (guessed)", "–", ""]
    assert [row[1] for row in shown[1:]] == ["feature", "feature", "target"]
    assert summary(user).feature_names == ("price",)  # what was left out still is
    assert summary(user).samples == 60
    user.click("data.view.statistics")
    model = user.find("data.statistics", QTableView).model()
    last = [[model.index(row, c).data() for c in (0, 1, 2)] for row in range(model.rowCount())][-2:]
    assert last == [["when", "left out", "–"], ["rooms", "ignored", "–"]]
    user.click("data.view.table")

    shown.clear()
    set_role(user, "when", "feature", shown)
    assert shown[0][1] == "left out"
    assert summary(user).feature_names == ("when", "price")
    assert summary(user).samples == 55  # without the five rows whose date is missing

    shown.clear()
    set_role(user, "when", "time", shown)
    assert shown[0] == ["when", "feature", "date (guessed)", "5", "leave the row out"]
    assert summary(user).timed
    assert summary(user).feature_names == ("price",)


def test_the_split_goes_by_time(beans: User) -> None:
    user = beans
    user.click("data.split_by.time")
    settled(user)
    prepared = user.program.feed.prepared
    assert prepared.training.rows.max() < prepared.validation.rows.min()
    assert prepared.validation.rows.max() < prepared.test.rows.min()
    assert not user.sees("data.stratified")
    user.click("data.split_by.random")
    settled(user)
    assert user.sees("data.stratified")


def test_classes_are_weighed(beans: User) -> None:
    user = beans
    user.click("data.tab.prepare")
    user.choose("data.class_weighting", "Balanced")
    settled(user)
    counts = [c[0] for c in summary(user).class_counts]
    expected = [sum(counts) / (3 * count) for count in counts]
    assert summary(user).class_weights == pytest.approx(expected, rel=1e-6)
    table = user.find("data.class_weights", QTableView)
    shown = [float(table.model().index(row, 2).data()) for row in range(3)]
    assert shown == pytest.approx(expected, rel=1e-3)
    balanced = dict(zip("abc", summary(user).class_weights, strict=True))
    user.choose("data.class_weighting", "Own numbers")
    settled(user)
    assert dict(settings(user).class_weights) == balanced
    user.click(table.viewport(), table.visualRect(table.model().index(1, 2)).center())
    user.retype("2.5")
    user.key(Key.Key_Return)
    settled(user)
    chosen = {**balanced, "b": 2.5}
    assert dict(settings(user).class_weights) == chosen
    assert summary(user).class_weights == pytest.approx(tuple(chosen.values()))
    y = user.program.feed.prepared.training
    np.testing.assert_allclose(y.weights, np.array(list(chosen.values()))[y.y], rtol=1e-6)
    user.picture("70_class_weights")


def test_keys_alone_choose_a_set_and_a_tab(data: User) -> None:
    user = data
    user.will("dialog.sets", lambda dialog: (user.type("iris"), user.key(Key.Key_Return)))
    user.key(Key.Key_D, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    user.answered()
    settled(user)
    assert settings(user).source.name == "iris"
    user.find("data.tab.look").setFocus(Qt.FocusReason.TabFocusReason)
    user.key(Key.Key_Right)
    turn()
    assert user.sees("data.class_weighting")


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_other_kinds_of_tables_are_opened(data: User, tmp_path: Path, suffix: str) -> None:
    import pandas

    user, path = data, tmp_path / f"beans{suffix}"
    frame = pandas.DataFrame(
        {
            "length": np.arange(40) / 2,
            "day": pandas.date_range("2026-01-01", periods=40),
            "kind": ["a", "b"] * 20,
        }
    )
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        with pandas.ExcelWriter(path) as writer:
            frame.to_excel(writer, sheet_name="first", index=False)
            frame[:30].to_excel(writer, sheet_name="second", index=False)
    user.will_name_file(path)
    user.click("data.open_file")
    user.answered()
    settled(user)
    assert summary(user).samples == 40
    assert summary(user).class_names == ("a", "b")
    user.click("data.tab.source")
    assert not user.sees("data.separator")
    if suffix == ".xlsx":
        user.choose("data.sheet", "second")
        settled(user)
        assert summary(user).samples == 30
    # a date orders the samples
    user.click(head(user, "day"))
    submenu(user, "Role", "time")
    settled(user)
    assert summary(user).timed
    user.click("data.split_by.time")
    settled(user)
    prepared = user.program.feed.prepared
    assert prepared.training.rows.max() < prepared.test.rows.min()
    user.picture(f"71{suffix}")


def test_what_a_warning_tells_of_is_shown(data: User) -> None:
    user = data
    choose_set(user, "Wine")
    turn()  # the cards find their places
    buttons = user.window.findChildren(QPushButton)
    button = next(b for b in buttons if b.text() == "Show scatter" and b.isVisible())
    user.click(button)
    assert user.find("data.stack").currentWidget().isAncestorOf(user.find("data.scatter.across"))
    shown = {user.find(f"data.scatter.{side}").currentText() for side in ("across", "up")}
    assert shown == {"total phenols", "flavanoids"}
    user.choose("data.scatter.across", "proline")
    assert user.find("data.scatter.across").currentText() == "proline"
    user.choose("data.balance_of", "of test")
    counts = [c[2] for c in summary(user).class_counts]
    described = user.find("data.balance").accessibleDescription()
    assert described == ", ".join(f"class {n}: {c}" for n, c in enumerate(counts))
    user.click("data.view.statistics")
    table = user.find("data.statistics", QTableView)
    wait(lambda: user.program.feed.distincts)
    prepared = user.program.feed.prepared
    rows = {table.model().index(r, 0).data(): r for r in range(table.model().rowCount())}
    place = summary(user).feature_names.index("proline")
    values = np.asarray(prepared.raw)[:, place]
    training = values[np.sort(prepared.training.rows)]
    cells = [table.model().index(rows["proline"], column).data() for column in range(8)]
    assert cells[2:4] == ["0", str(len(set(values.tolist())))]
    assert cells[4] == f"{training.mean():.2f}"
    assert cells[5] == f"{training.std():.2f}"


def test_a_table_that_is_guessed_wrongly_can_be_taken_and_mended(
    data: User, tmp_path: Path
) -> None:
    user, path = data, tmp_path / "odd.csv"
    rows = (f"{i};{'1.5' if i < 30 else '2,5'};{'ab'[i % 2]}" for i in range(40))
    path.write_text("\n".join(("x;y;kind", *rows)))
    before = user.program.document.project
    user.will_press("dialog.message", "Set how")
    drop(user, path)
    wait(lambda: user.met or isinstance(settings(user).source, TableSource))
    user.answered()
    settled(user)
    assert user.program.feed.problem is not None
    assert user.sees("data.trouble")
    user.picture("72_guessed_wrongly")

    def leave_out(dialog: QDialog) -> None:
        user.click(dialog.findChild(QLineEdit, "columns.search"))
        user.retype("y")
        user.click(dialog.findChild(QPushButton, "columns.all"))
        user.choose("columns.role", "ignored")
        user.click(dialog.findChild(QLineEdit, "columns.search"))
        user.retype("kind")
        user.click(dialog.findChild(QPushButton, "columns.all"))
        user.choose("columns.role", "target")
        user.click(dialog.findChild(QPushButton, "columns.ok"))

    user.will("dialog.columns", leave_out)
    user.click("data.columns_list_of_source")
    user.answered()
    settled(user)
    assert user.program.feed.problem is None
    assert summary(user).class_names == ("a", "b")
    assert summary(user).input_shape == (1,)
    user.key(Key.Key_Z, CONTROL)
    settled(user)
    user.key(Key.Key_Z, CONTROL)
    settled(user)
    assert user.program.document.project == before


def test_the_first_sheet_of_a_book_may_be_none(data: User, tmp_path: Path) -> None:
    import openpyxl

    user, path = data, tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "Read me"
    book.active.append(["How it was measured"])
    book.active.append(["By hand"])
    sheet = book.create_sheet("Beans")
    for row in (["length", "kind"], *([i / 2, "ab"[i % 2]] for i in range(40))):
        sheet.append(row)
    book.save(path)
    user.will_press("dialog.message", "Set how")
    drop(user, path)
    user.answered()
    assert "The sheet 'Read me' of 'book.xlsx' has only one column." in user.met[-1].text
    settled(user)
    assert user.sees("data.trouble")
    columns = user.find("data.columns_list_of_source", QPushButton)
    assert not columns.isEnabled()
    assert "not known" in columns.toolTip()
    assert user.find("data.sheet", QComboBox).currentText() == "guessed: Read me"
    user.picture("73_no_table_in_the_first_sheet")
    user.choose("data.sheet", "Beans")
    settled(user)
    assert user.program.feed.problem is None
    assert summary(user).class_names == ("a", "b")
    assert summary(user).samples == 40
    assert columns.isEnabled()
    assert not columns.toolTip()
    user.picture("74_the_second_sheet")
