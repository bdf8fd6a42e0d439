"""Options marked as searched where they stand, with mouse and keyboard: what is searched, undone,
removed with its layer, saved and read again.
"""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLineEdit

from app.core.search_settings import Dimension
from app.ui.pages.search_marking import SEARCH_COPIES
from tests.end_to_end.conftest import close
from tests.end_to_end.window_user import CONTROL, SHIFT, Key, User, wait

UNITS = "network.dense_1.units"
RATE = "training.optimizer.learning_rate"


@pytest.fixture
def bench(user: User) -> User:
    user.click("welcome.open.digits")
    wait(lambda: user.program.feed.prepared is not None)
    return user


def canvas(user: User):
    return user.program.bench._page.canvas


def click_card(user: User, name: str) -> None:
    user.click(canvas(user).viewport(), canvas(user).card_rect(name).center())


def space(user: User) -> dict[str, Dimension]:
    return {each.path: each for each in user.program.document.project.search.space}


def undo(user: User) -> None:
    user.key(Key.Key_Z, CONTROL)


def redo(user: User) -> None:
    user.key(Key.Key_Z, CONTROL | SHIFT)


def steps(user: User) -> int:
    return user.program.document.undo_stack.index()


def test_units_and_learning_rate_are_marked_and_each_step_is_undone(bench: User) -> None:
    user, before = bench, bench.program.document.project
    click_card(user, "dense_1")
    resolved = user.program.document.resolved.layer("dense_1")
    user.click("inspector.units.mark")
    assert space(user) == {UNITS: Dimension(path=UNITS, low=16, high=256, log=True)}
    field = user.find("inspector.units.search.values", QLineEdit)
    assert field.text() == "16 to 256"
    assert field.hasFocus(), "what is searched can be typed at once"
    assert user.find("inspector.units", QLineEdit).text() == "64", "the bench trains with it"
    assert user.program.document.resolved.layer("dense_1") == resolved
    user.picture("60_units_marked")

    user.retype("32..128")
    assert space(user)[UNITS] == Dimension(path=UNITS, low=32, high=128, log=True)
    assert steps(user) == 2, "all keystrokes are one step"
    user.click("inspector.units.search.log")
    assert not space(user)[UNITS].log
    assert steps(user) == 3
    undo(user)
    assert space(user)[UNITS] == Dimension(path=UNITS, low=32, high=128, log=True)
    redo(user)
    user.click("inspector.units.search.step")
    user.type("32")
    assert space(user)[UNITS] == Dimension(path=UNITS, low=32, high=128, step=32)
    assert user.find("inspector.units.search.count").text() == "4 values"
    card = canvas(user)._cards["dense_1"].face
    assert card.options.startswith("32 to 128 units")
    assert card.searched == ("Units: 32 to 128 by 32",)
    user.picture("61_units_by_steps")

    # what means nothing is said, and nothing is searched otherwise
    told = space(user)
    field.setFocus(Qt.FocusReason.TabFocusReason)
    user.retype("128..32")
    assert (
        "the smaller number comes first" in user.find("inspector.units.search.values.error").text()
    )
    user.picture("62_units_upside_down")
    user.key(Key.Key_Escape)
    assert field.text() == "32 to 128"
    assert not user.sees("inspector.units.search.values.error") or space(user) == told

    # the training: choose the settings by the button, mark by the keyboard
    user.click("bench.settings")
    rate = user.find("inspector.optimizer.learning_rate", QLineEdit)
    rate.setFocus(Qt.FocusReason.TabFocusReason)
    user.key(Key.Key_Tab)
    mark = user.find("inspector.optimizer.learning_rate.mark", QAbstractButton)
    assert mark.hasFocus()
    user.key(Key.Key_Space)
    assert space(user)[RATE] == Dimension(path=RATE, low=1e-4, high=0.1, log=True)
    user.picture("63_rate_marked")
    user.retype("1e-3, 1e-2")
    assert space(user)[RATE].values == (1e-3, 1e-2)
    after = user.program.document.project

    count = steps(user)
    for _ in range(count):
        undo(user)
    assert user.program.document.project == before
    click_card(user, "dense_1")
    assert not user.sees("inspector.units.search.values")
    assert not user.find("inspector.units.mark", QAbstractButton).isChecked()
    for _ in range(count):
        redo(user)
    assert user.program.document.project == after
    assert user.find("inspector.units.search.values", QLineEdit).text() == "32 to 128"

    # a second click on the mark ends it
    user.click("inspector.units.mark")
    assert list(space(user)) == [RATE]
    assert canvas(user)._cards["dense_1"].face.searched == ()
    undo(user)
    assert list(space(user)) == [UNITS, RATE]


def test_a_removed_layer_takes_its_marks_and_undo_brings_them_back(bench: User) -> None:
    user = bench
    click_card(user, "conv2d_1")
    user.click("inspector.filters.mark")
    user.click("inspector.padding.mark")
    click_card(user, "dense_1")
    user.click("inspector.units.mark")
    before = space(user)
    assert list(before) == [
        "network.conv2d_1.filters",
        "network.conv2d_1.padding",
        UNITS,
    ]
    click_card(user, "conv2d_1")
    user.key(Key.Key_Delete)
    assert "conv2d_1" not in canvas(user).card_ids()
    assert list(space(user)) == [UNITS]
    undo(user)
    assert space(user) == before
    click_card(user, "conv2d_1")
    assert user.find("inspector.filters.mark", QAbstractButton).isChecked()


def test_the_number_of_layers_is_searched_by_copies(bench: User) -> None:
    user = bench
    click_card(user, "dense_1")
    user.click("inspector.units.mark")
    assert not user.sees("inspector.units.search.each_copy")
    user.click("inspector.group.more")
    user.click("inspector.copies.mark")
    copies = "network.dense_1.copies"
    assert space(user)[copies] == Dimension(path=copies, low=1, high=3)
    user.click("inspector.units.search.each_copy")
    assert space(user)[UNITS].each_copy
    assert canvas(user)._cards["dense_1"].face.options.startswith("1 to 3 × 16 to 256 units")
    user.picture("64_copies")
    # the field itself puts copies on the bench
    user.click("inspector.copies")
    user.retype("2")
    assert user.program.document.resolved.parameters is not None
    assert "dense_1_2" in canvas(user).card_ids()
    undo(user)
    assert "dense_1_2" not in canvas(user).card_ids()


def test_what_is_searched_is_saved_and_read_again(bench: User, tmp_path: Path, start) -> None:
    user = bench
    click_card(user, "dense_1")
    user.click("inspector.activation.mark")
    user.click("inspector.activation.search.unfold")
    user.picture("65_activations")
    user.click("inspector.activation.search.tick_none")
    user.click("inspector.activation.search.relu")
    user.click("inspector.activation.search.tanh")
    user.click("inspector.units.mark")
    user.retype("16, 64")
    project = user.program.document.project
    assert space(user)["network.dense_1.activation"].values == ("relu", "tanh")
    path = tmp_path / "searched.layerlab"
    user.will_name_file(path)
    user.key(Key.Key_S, CONTROL)
    user.answered()
    wait(lambda: path.exists() and not user.program.document.modified)
    assert close(user)

    again = start()
    again.will_name_file(path)
    again.key(Key.Key_O, CONTROL)
    again.answered()
    wait(lambda: again.program.document.project is not None)
    assert again.program.document.project == project
    wait(lambda: again.program.feed.prepared is not None)
    again.click("rail.bench") if again.window.page != "bench" else None
    click_card(again, "dense_1")
    assert again.find("inspector.units.search.values", QLineEdit).text() == "16, 64"
    assert again.find("inspector.units.mark", QAbstractButton).isChecked()


def test_the_menu_of_a_field_marks_it_too(bench: User) -> None:
    user = bench
    click_card(user, "dense_1")
    user.click("inspector.units", button=Qt.MouseButton.RightButton)
    field = user.find("inspector.units", QLineEdit)
    assert field.isVisible()
    user.pick(user.popup_menu(), "Search Units")
    assert list(space(user)) == [UNITS]
    # a row's label, before the control
    row = field.parentWidget().parentWidget()
    user.click(row, QPoint(40, 14), button=Qt.MouseButton.RightButton)
    user.pick(user.popup_menu(), "Do not search Units")
    assert space(user) == {}


def test_the_list_of_what_is_searched_is_edited_and_leads_back(bench: User) -> None:
    user = bench
    click_card(user, "dense_1")
    user.click("inspector.units.mark")
    user.click("bench.settings")
    user.click("inspector.optimizer.learning_rate.mark")
    user.key(Key.Key_4, CONTROL)
    assert user.window.page == "tune"
    user.click(f"space.{UNITS}.values")
    user.retype("8..32")
    assert space(user)[UNITS] == Dimension(path=UNITS, low=8, high=32, log=True)
    assert user.find(f"space.{UNITS}.words").text() == "25 values. A grid takes 8, 11, 16, 23, 32."
    user.picture("65_space")
    user.click(f"space.{RATE}.remove")
    assert list(space(user)) == [UNITS]
    assert not user.sees(f"space.{RATE}")
    undo(user)
    assert list(space(user)) == [UNITS, RATE]
    assert user.find(f"space.{RATE}.values", QLineEdit).text() == "1e-4 to 0.1"

    user.click(f"space.{RATE}.place")
    assert user.window.page == "bench"
    assert user.program.bench.selected is None
    assert user.find("inspector.optimizer.learning_rate", QLineEdit).hasFocus()
    user.key(Key.Key_4, CONTROL)
    user.click(f"space.{UNITS}.place")
    assert user.program.bench.selected == "dense_1"
    assert user.find("inspector.units", QLineEdit).hasFocus()
    assert user.find("inspector.units.search.values", QLineEdit).text() == "8 to 32"


def test_preprocessing_is_searched_on_the_page_of_the_data(bench: User) -> None:
    user, path = bench, "data.preprocessing"
    user.key(Key.Key_1, CONTROL)
    assert user.window.page == "data"
    user.click("data.preprocessing.mark")
    assert space(user)[path].values == ("none", "standardize", "min_max", "pixels")
    user.click("data.preprocessing.search.none")
    assert space(user)[path].values == ("standardize", "min_max", "pixels")
    user.picture("66_preprocessing")
    assert user.program.document.project.data.preprocessing == "pixels", "what the bench takes"
    user.click("data.preprocessing.mark")
    assert space(user) == {}
    assert not user.sees("data.preprocessing.search")
    undo(user)
    assert list(space(user)) == [path]


def test_the_menu_of_a_layer_searches_how_many_there_are(bench: User) -> None:
    user, path = bench, "network.dense_1.copies"
    click_card(user, "dense_1")
    user.click("inspector.more")
    user.pick(user.popup_menu(), SEARCH_COPIES)
    assert list(space(user)) == [path]
    wait(lambda: user.sees("inspector.copies.search.values"), what="More is not open")
    user.click("inspector.more")
    user.pick(user.popup_menu(), "Do not search its copies")
    assert space(user) == {}
    click_card(user, "dense_2")
    user.click("inspector.more")
    menu = user.popup_menu()
    assert not [a.text() for a in menu.actions() if a.text() == SEARCH_COPIES], "of the output"
    user.key(Key.Key_Escape)
