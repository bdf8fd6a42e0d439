"""A table with a title above it: opened, told of, read otherwise, trained, asked about new data."""

from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit

from app.core.data_settings import TableSource
from app.core.project_file import open_project
from tests.end_to_end.test_window_data import drop, settings, settled
from tests.end_to_end.test_window_evaluate import save, trained
from tests.end_to_end.window_user import CONTROL, Key, User, wait

ABOVE = "Harvest 2024; field by field\nexported 2024-05-01\n\n"
NAMES = "length;width;kind\n"
ROWS = "".join(f"{row % 9},5;{row % 7};{('bean', 'pea')[row % 2]}\n" for row in range(80))


@pytest.fixture
def harvest(user: User, tmp_path: Path) -> User:
    path = tmp_path / "harvest.csv"
    path.write_text(ABOVE + NAMES + ROWS, encoding="utf-8")
    drop(user, path)
    settled(user)
    user.click("rail.data")
    return user


def field(user: User) -> QLineEdit:
    return user.find("data.skip_rows", QLineEdit)


def remarks(user: User) -> str:
    """What the card of the remarks says."""
    return " ".join(label.text() for label in user.find("data.notes").findChildren(QLabel))


def names(user: User) -> tuple[str, ...]:
    return user.program.document.resolved.summary.feature_names


def test_a_title_above_a_table_is_told_of_and_can_be_read_otherwise(
    harvest: User, tmp_path: Path
) -> None:
    user = harvest
    assert settings(user).source == TableSource(path=str(tmp_path / "harvest.csv"))
    assert names(user) == ("length", "width")
    said = (
        "The first 3 lines stand above the table and are not read: 'Harvest 2024; field by field'"
    )
    assert said in remarks(user)
    assert "Set Skip rows to 0" in remarks(user)
    user.picture("90_rows_above_remark")

    user.click("data.tab.source")
    assert (field(user).text(), field(user).placeholderText()) == ("", "guessed: 3")
    notes = [label.text() for label in user.window.findChildren(QLabel) if label.isVisible()]
    assert any(note.startswith("Not read: 'Harvest 2024; field by field'") for note in notes)
    user.picture("91_rows_above_panel")

    # the title as the names: it cannot be read so, and the way out is named
    user.click("data.skip_rows")
    user.type("1")
    wait(lambda: settings(user).source.skip_rows == 1 and not user.program.feed.reading)
    user.type("2")  # behind the first figure, though what it means was read meanwhile
    wait(lambda: settings(user).source.skip_rows == 12 and not user.program.feed.reading)
    user.retype("0")
    wait(lambda: user.program.feed.problem is not None and not user.program.feed.reading)
    assert settings(user).source.skip_rows == 0
    assert "the first row has 2" in user.program.feed.problem.happened
    assert "set Skip rows to their number" in user.program.feed.problem.how_to_fix
    user.picture("92_rows_above_read")
    for _ in range(3):
        user.key(Key.Key_Z, CONTROL)
        settled(user)
    assert settings(user).source.skip_rows is None
    assert names(user) == ("length", "width")

    # one more by the arrow: the names are skipped, and the first sample stands for them
    user.click("data.skip_rows", field(user).step_rect(1).center())  # type: ignore[attr-defined]
    settled(user)
    assert settings(user).source.skip_rows == 4
    assert names(user) != ("length", "width")
    user.click("data.tab.look")
    assert "and 1 more" in remarks(user) or "'length;width;kind'" in remarks(user)
    user.click("data.tab.source")
    user.click("data.skip_rows")
    user.retype("3")
    settled(user)
    assert settings(user).source.skip_rows == 3
    assert names(user) == ("length", "width")

    # emptied, it is guessed again
    user.key(Key.Key_A, CONTROL)
    user.key(Key.Key_Delete)
    settled(user)
    wait(lambda: field(user).placeholderText() == "guessed: 3")
    assert settings(user).source.skip_rows is None


def test_what_was_trained_below_a_title_is_asked_about_such_files(
    harvest: User, tmp_path: Path
) -> None:
    user = harvest
    user.click("data.tab.source")
    user.click("data.skip_rows")
    user.type("3")
    settled(user)
    user.click("rail.bench")
    trained(user)
    assert len(user.program.run.record.rows) > 0

    new = tmp_path / "new.csv"
    new.write_text(ABOVE + NAMES + "1,5;2;pea\n3,5;4;bean\n", encoding="utf-8")
    user.click("rail.evaluate")
    user.click("evaluate.tabs.try")
    user.click("evaluate.try.mode.file")
    user.will_name_file(new)
    user.click("evaluate.try.file.action")
    user.answered()
    wait(lambda: user.sees("evaluate.try.table"))
    assert (
        "The first 3 lines stand above the table" in user.find("evaluate.try.notes", QLabel).text()
    )

    path = tmp_path / "harvest.layerlab"
    save(user, path)
    assert open_project(path).project.data.source.skip_rows == 3


def test_a_workbook_with_a_merged_title(user: User, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Harvest 2024"])
    sheet.merge_cells("A1:C1")
    sheet.append([])
    for line in (NAMES + ROWS).replace(",", ".").splitlines():
        sheet.append([float(c) if c[0].isdigit() else c for c in line.split(";")])
    path = tmp_path / "harvest.xlsx"
    book.save(path)
    drop(user, path)
    settled(user)
    user.click("rail.data")
    assert names(user) == ("length", "width")
    assert "The first 2 rows stand above the table" in remarks(user)
    user.click("data.tab.source")
    assert field(user).placeholderText() == "guessed: 2"
    assert field(user).focusPolicy() & Qt.FocusPolicy.TabFocus
    user.picture("93_rows_above_workbook")
