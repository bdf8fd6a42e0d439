"""While a field holds what is refused, nothing begins, and it is said why; left, the field shows
again what counts.
"""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.core.search_settings import Dimension
from app.ui.controls import IntegerField, Label, PairField
from app.ui.controls.range_field import TickList
from app.ui.controls.refused_input import refused_input
from tests.end_to_end.window_user import Key, User, wait

UNITS = "network.dense_1.units"


def refused(*, for_search: bool = False) -> str:
    return refused_input().sentence(for_search=for_search)


@pytest.fixture
def sheet(qtbot) -> QWidget:
    sheet = QWidget()
    qtbot.addWidget(sheet)
    QVBoxLayout(sheet).addWidget(QPushButton("Elsewhere"))
    return sheet


def put(sheet: QWidget, *fields: QWidget) -> None:
    for field in fields:
        sheet.layout().addWidget(field)
    sheet.show()
    sheet.activateWindow()


def elsewhere(sheet: QWidget) -> None:
    sheet.findChild(QPushButton).setFocus()


def test_a_left_or_hidden_field_shows_again_what_counts(qtbot, sheet: QWidget) -> None:
    field = IntegerField(8, minimum=1)
    put(sheet, field)
    for leave in (
        lambda: elsewhere(sheet),
        field.hide,
        lambda: qtbot.keyClick(field, Key.Key_Escape),
    ):
        field.show()
        field.setFocus()
        qtbot.waitUntil(field.hasFocus)
        field.selectAll()
        qtbot.keyClicks(field, "0")
        assert field.text() == "0"
        assert refused() == field.error() == "At least 1, received 0."
        leave()
        assert field.text() == "8"
        assert (field.error(), refused()) == ("", "")


def test_a_pair_that_is_refused_as_a_whole_goes_back_when_it_is_left(qtbot, sheet) -> None:
    pair = PairField((2, 2), check=lambda both: "Not 3 and 2." if both == (3, 2) else None)
    put(sheet, pair)
    first, second = pair.fields
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    first.selectAll()
    qtbot.keyClicks(first, "3")
    assert refused() == "Not 3 and 2."
    second.setFocus()
    assert first.text() == "3", "the other number may mend it"
    elsewhere(sheet)
    assert (first.text(), pair.value(), pair.error(), refused()) == ("2", (2, 2), "", "")


def test_without_a_tick_no_search_begins_but_a_training(qtbot, sheet: QWidget) -> None:
    ticks = TickList([(n, f"Kind {n}") for n in range(9)], lambda values: f"{len(values)}")
    ticks.setAccessibleName("Search Kind")
    ticks.show_ticked([1, 2])
    put(sheet, ticks)
    ticks.unfold.click()
    ticks._none.click()
    assert refused(for_search=True) == "Search Kind: tick at least one value."
    assert not refused()
    ticks.boxes[4].click()
    assert not refused(for_search=True)
    ticks._none.click()
    ticks.hide()
    assert not refused(for_search=True)
    assert [box.isChecked() for box in ticks.boxes].index(True) == 4


def tip(user: User, name: str) -> str:
    return user.find(name).toolTip().removeprefix("<qt>").removesuffix("</qt>")


def test_neither_search_nor_training_begins_with_what_is_refused(user: User) -> None:
    user.click("welcome.open.digits")
    wait(lambda: user.program.feed.prepared is not None)
    canvas = user.program.bench._page.canvas
    user.click(canvas.viewport(), canvas.card_rect("dense_1").center())
    units = user.find("inspector.units", QLineEdit)
    user.click(units)
    user.retype("-4")
    assert not user.find("run.train").isEnabled()
    assert tip(user, "run.train") == units.toolTip().removeprefix("<qt>").removesuffix("</qt>")
    user.key(Key.Key_F5)
    assert not user.program.run.state.active
    user.key(Key.Key_Tab)
    assert units.text() == "64"
    assert user.find("run.train").isEnabled()

    user.click("inspector.units.mark")
    user.retype("8..64")
    user.click("rail.tune")
    field = user.find(f"space.{UNITS}.values", QLineEdit)
    words = user.find(f"space.{UNITS}.words", Label)
    assert words.text().startswith("57 values")
    user.click(field)
    user.retype("64 to 8")
    why = "Units: the smaller number comes first, received 64 to 8."
    assert field.text() == "64 to 8"
    assert not user.find("tune.search").isEnabled()
    assert (tip(user, "tune.search"), user.find("tune.note", Label).text()) == (why, why)
    assert words.text() == "", "the count is that of the range of before"
    assert why in user.window.actions_by_id["search"].toolTip()
    user.picture("refused_range")
    user.key(Key.Key_Escape)
    assert field.text() == "8 to 64"
    assert words.text().startswith("57 values")
    assert user.find("tune.search").isEnabled()

    # a page that is left holds nothing refused when one comes back
    user.retype("64 to 8")
    user.click("rail.bench")
    user.click("rail.tune")
    assert field.text() == "8 to 64"
    assert field.focusPolicy() != Qt.FocusPolicy.NoFocus
    (searched,) = user.program.document.project.search.space
    assert searched == Dimension(path=UNITS, low=8, high=64, log=True)
