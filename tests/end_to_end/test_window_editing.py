"""A network edited with mouse and keyboard: what follows is right at each keystroke, and undo
leads back.
"""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton

from app.core.templates import handwritten_digits
from tests.end_to_end.window_user import CONTROL, SHIFT, Key, User, turn, wait


@pytest.fixture
def bench(user: User) -> User:
    user.click("welcome.open.digits")
    assert user.window.page == "bench"
    wait(lambda: user.program.feed.prepared is not None)
    return user


def canvas(user: User):
    return user.program.bench._page.canvas


def click_card(user: User, name: str) -> None:
    user.click(canvas(user).viewport(), canvas(user).card_rect(name).center())


def layers(user: User) -> list[str]:
    return list(canvas(user).card_ids())


def layer(user: User, name: str):
    return user.program.document.resolved.layer(name)


def undo(user: User) -> None:
    user.key(Key.Key_Z, CONTROL)


def redo(user: User) -> None:
    user.key(Key.Key_Z, CONTROL | SHIFT)


FLAT = 3 * 3 * 16


def test_units_typed_are_followed_at_each_keystroke(bench: User) -> None:
    user, before = bench, bench.program.document.project
    click_card(user, "dense_1")
    user.picture("10_dense_chosen")
    user.click("inspector.units")
    user.key(Key.Key_A, CONTROL)
    for typed, units in (("1", 1), ("2", 12), ("8", 128)):
        user.type(typed)
        found = layer(user, "dense_1")
        assert found.output_shape == (units,)
        assert found.parameters == FLAT * units + units
        card = canvas(user)._cards["dense_1"].face
        assert card.options.startswith(f"{units} unit")
        assert card.shape == str(units)
        assert card.parameters == f"{FLAT * units + units:,} params"
        lines = user.find("inspector.arithmetic").accessibleName()
        assert f"{FLAT * units + units:,}" in lines
        total = 160 + (FLAT + 1) * units + 10 * (units + 1)
        assert user.program.document.resolved.parameters == total
        assert layer(user, "dense_2").parameters == 10 * (units + 1)
    assert user.program.document.undo_stack.count() == 1
    user.picture("11_units_128")

    # wrong text shows why and changes nothing
    project = user.program.document.project
    field = user.find("inspector.units", QLineEdit)
    for wrong in ("x", "-3", ".5", ""):
        user.key(Key.Key_A, CONTROL)
        user.type(wrong) if wrong else user.key(Key.Key_Delete)
        assert field.error(), wrong
        assert user.program.document.project == project
    user.retype("0")
    assert field.error()
    user.picture("12_units_wrong")
    user.key(Key.Key_Escape)
    assert field.text() == "128"
    assert not field.error()

    undo(user)
    assert user.program.document.project == before
    assert user.find("inspector.units", QLineEdit).text() == "64"
    redo(user)
    assert user.program.document.project == project
    assert user.find("inspector.units", QLineEdit).text() == "128"


def test_a_layer_is_added_by_button_and_keys_and_by_the_plus_of_a_link(bench: User) -> None:
    user, before = bench, bench.program.document.project
    user.click("bench.add_layer")
    user.picture("13_palette", user.find("palette"))
    user.type("batch n")
    assert user.program.bench._page.palette_popup.current_kind() == "BatchNormalization"
    user.key(Key.Key_Return)
    assert not user.sees("palette")
    assert layers(user)[-2:] == ["batchnormalization_1", "dense_2"]
    added = layer(user, "batchnormalization_1")
    assert (added.parameters, added.fixed_parameters) == (2 * 64, 2 * 64)
    assert user.program.bench.selected == "batchnormalization_1"
    undo(user)
    assert user.program.document.project == before

    view = canvas(user)
    place = view.link_middle("conv2d_1", "maxpooling2d_1")
    user.move(view.viewport(), place)
    user.click(view.viewport(), place)
    user.type("leaky")
    user.key(Key.Key_Return)
    at = layers(user).index("conv2d_1")
    assert layers(user)[at + 1].startswith("leakyrelu")
    undo(user)
    assert user.program.document.project == before

    # Escape closes the palette and changes nothing
    user.click("bench.add_layer")
    user.type("den")
    user.key(Key.Key_Escape)
    assert not user.sees("palette")
    assert user.program.document.project == before


def test_layers_are_duplicated_moved_and_deleted_by_keys(bench: User) -> None:
    user, before = bench, bench.program.document.project
    order = layers(user)
    click_card(user, "dropout_1")
    user.key(Key.Key_D, CONTROL)
    assert layers(user) == [*order[:-1], "dropout_2", order[-1]]
    assert layer(user, "dropout_2").layer.options == layer(user, "dropout_1").layer.options
    assert user.program.bench.selected == "dropout_2"
    undo(user)
    assert user.program.document.project == before

    click_card(user, "dropout_1")
    user.key(Key.Key_Left, CONTROL)
    swapped = [n for n in layers(user) if n in ("dense_1", "dropout_1")]
    assert swapped == ["dropout_1", "dense_1"]
    user.key(Key.Key_Right, CONTROL)
    assert layers(user) == order
    undo(user)
    undo(user)
    assert user.program.document.project == before

    click_card(user, "dropout_1")
    user.key(Key.Key_Delete)
    assert layers(user) == [n for n in order if n != "dropout_1"]
    undo(user)
    assert user.program.document.project == before

    # the input stands for the data: nothing of it can be deleted, doubled or moved
    click_card(user, "input")
    for key, modifiers in (
        (Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
        (Key.Key_D, CONTROL),
        (Key.Key_Right, CONTROL),
    ):
        user.key(key, modifiers)
    assert user.program.document.project == before

    # by the buttons of the inspector
    click_card(user, "dropout_1")
    user.click("inspector.more")
    user.pick(user.popup_menu(), "Delete")
    assert layers(user) == [n for n in order if n != "dropout_1"]
    undo(user)
    assert user.program.document.project == before


def test_a_card_dragged_goes_where_it_is_dropped(bench: User) -> None:
    user, before = bench, bench.program.document.project
    view = canvas(user)
    start = view.card_rect("dropout_1").center()
    gap = (view.card_rect("maxpooling2d_1").center() + view.card_rect("flatten_1").center()) / 2
    user.drag(view.viewport(), start, gap)
    at = layers(user).index("maxpooling2d_1")
    assert layers(user)[at + 1] == "dropout_1"
    undo(user)
    assert user.program.document.project == before


@pytest.mark.parametrize("where", ["canvas", "problems"])
def test_a_missing_flatten_is_told_and_mended_by_its_button(bench: User, where: str) -> None:
    user, before = bench, bench.program.document.project
    click_card(user, "flatten_1")
    user.key(Key.Key_Delete)
    problems = [p for p in user.program.document.resolved.problems if p.severity == "error"]
    assert problems
    assert problems[0].fixes
    bad = problems[0].where
    assert canvas(user)._cards[bad].face.severity == "error"
    assert not user.find("run.train", QPushButton).isEnabled()
    assert user.window.run_bar._title.text() == "Not ready"
    user.picture(f"14_no_flatten_{where}")
    if where == "canvas":
        user.click(canvas(user).viewport(), canvas(user).fix_rect(bad).center())
    else:
        user.click("problem.0.action.0")
    turn()
    assert not [p for p in user.program.document.resolved.problems if p.severity == "error"]
    assert user.find("run.train", QPushButton).isEnabled()
    undo(user)
    assert [p.where for p in user.program.document.resolved.problems if p.severity == "error"]
    undo(user)
    assert user.program.document.project == before


def test_the_output_is_fitted_to_the_data_by_one_button_and_by_the_menu(bench: User) -> None:
    user, before = bench, bench.program.document.project
    click_card(user, "dense_2")
    user.click("inspector.units")
    user.retype("7")
    wrong = user.program.document.project
    found = [p for p in user.program.document.resolved.problems if p.severity == "error"]
    assert found
    assert any(p.fixes for p in found)
    user.picture("15_output_wrong")
    user.click("problem.0.action.0")
    assert layer(user, "dense_2").output_shape == (10,)
    undo(user)
    assert user.program.document.project == wrong
    user.menu("Edit", "Fit output")
    assert user.program.document.project == before


def test_settings_of_the_training_are_typed_and_chosen(bench: User) -> None:
    user = bench
    user.click("bench.settings")
    user.click("inspector.epochs")
    user.retype("12")
    assert user.program.document.project.training.epochs == 12
    user.choose("inspector.optimizer", "SGD")
    assert user.program.document.project.training.optimizer.kind == "SGD"
    turn()
    user.click("inspector.batch_mode.full_batch")
    assert user.program.document.project.training.batch_mode == "full_batch"
    user.picture("16_settings")
    for _ in range(3):
        undo(user)
    assert user.program.document.project == handwritten_digits()
