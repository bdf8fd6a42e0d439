"""Templates chosen from their pictures, one's own kept, and a network trained from one."""

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel

from app.core.templates import start_from
from app.ui.new_project_dialog import NewProjectDialog, TemplatesDialog
from tests.end_to_end.window_user import CONTROL, Key, User, turn, wait


@pytest.fixture
def bench(user: User) -> User:
    user.click("welcome.open.digits")
    wait(lambda: user.program.feed.prepared is not None)
    return user


def kinds(user: User) -> list[str]:
    return [layer.kind for layer in user.program.document.project.network.layers]


def test_a_new_project_from_data_and_a_picture(user: User) -> None:
    def choose(dialog: NewProjectDialog) -> None:
        user.choose("new.data", "Iris")
        assert dialog.gallery.card("small_resnet").offer.project is None
        user.click("templates.card.small_resnet")
        assert not user.find("new.create", QAbstractButton).isEnabled()
        assert "is for pictures" in user.find("templates.obstacle").accessibleDescription()
        user.picture("70_new_obstacle", dialog)
        user.choose("new.data", "Handwritten")
        user.click("templates.card.lstm")
        user.picture("71_new", dialog)
        user.click("new.create")

    user.will("dialog.new", choose)
    user.menu("File", "New")
    user.answered()
    assert kinds(user) == ["InputLayer", "Reshape", "LSTM", "Dropout", "Dense"]
    assert user.program.document.project == start_from("digits", "lstm")
    assert user.program.document.resolved.can_train
    assert user.window.page == "bench"


def test_another_network_for_the_data_is_one_step(bench: User) -> None:
    user, before = bench, bench.program.document.project

    def choose(dialog: TemplatesDialog) -> None:
        card = user.find("templates.card.small_resnet")
        user.click(card)
        assert dialog.offer is not None
        assert dialog.offer.parameters == "19,994 parameters, 288 fixed"
        user.picture("72_templates", dialog)
        user.click("templates.create")

    user.will("dialog.templates", choose)
    user.click("bench.more")
    user.pick(user.popup_menu(), "Templates")
    user.answered()
    assert kinds(user).count("Add") == 2
    assert user.program.document.undo_stack.count() == 1
    assert user.program.document.resolved.problems == ()
    user.picture("73_resnet")
    user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project == before


def test_by_keys_alone(bench: User) -> None:
    user = bench

    def choose(dialog: TemplatesDialog) -> None:
        dialog.gallery.card("mlp").setFocus()
        user.key(Key.Key_Right)
        user.key(Key.Key_Right)
        assert dialog.offer is not None
        assert dialog.offer.name == "logistic_regression"
        user.key(Key.Key_Return)

    user.will("dialog.templates", choose)
    user.key(Key.Key_M, CONTROL)
    user.answered()
    assert kinds(user) == ["InputLayer", "Flatten", "Dense"]


def test_ones_own_is_kept_found_renamed_used_and_deleted(bench: User) -> None:
    user = bench
    project = user.program.document.project

    def name(dialog) -> None:
        user.click("template_name.name")
        user.retype("a/b")
        assert not user.find("template_name.save", QAbstractButton).isEnabled()
        user.retype("Week 3")
        user.picture("74_name", dialog)
        user.click("template_name.save")

    user.will("dialog.template_name", name)
    user.click("bench.more")
    user.pick(user.popup_menu(), "Save as template")
    user.answered()
    texts = [label.text() for label in user.window.status_row.findChildren(QLabel)]
    assert any("Week 3" in text for text in texts)

    def rename(dialog) -> None:
        user.click("template_name.name")
        user.retype("Week 4")
        user.click("template_name.save")

    def choose(dialog: TemplatesDialog) -> None:
        user.click("templates.card.own:Week 3")
        user.will("dialog.template_name", rename)
        user.click("templates.rename")
        wait(lambda: user.sees("templates.card.own:Week 4"))
        turn()
        user.click("templates.card.own:Week 4")
        user.picture("75_own", dialog)
        user.click("templates.create")

    user.will("dialog.templates", choose)
    user.key(Key.Key_M, CONTROL)
    user.answered()
    assert user.program.document.project == project  # it is the very same network

    def delete(dialog: TemplatesDialog) -> None:
        user.click("templates.card.own:Week 4")
        user.will_press("dialog.confirm", "Delete")
        user.click("templates.delete")
        wait(lambda: not user.sees("templates.card.own:Week 4"))
        user.click("templates.cancel")

    user.will("dialog.templates", delete)
    user.key(Key.Key_M, CONTROL)
    user.answered()


def test_an_autoencoder_trains_on_its_own_input(bench: User) -> None:
    user = bench

    def choose(dialog: TemplatesDialog) -> None:
        user.click("templates.card.autoencoder")
        user.click("templates.create")

    user.will("dialog.templates", choose)
    user.key(Key.Key_M, CONTROL)
    user.answered()
    wait(lambda: user.program.feed.prepared is not None)
    assert user.program.document.resolved.problems == ()
    user.click("run.train")
    wait(lambda: user.program.run.record is not None and len(user.program.run.record.rows) >= 12)
    user.program.workbench.give("stop")
    wait(lambda: not user.program.run.state.active)
    rows = user.program.run.record.rows
    assert rows[-1].metrics["val_loss"] < 0.5 * rows[0].metrics["val_loss"]
    user.picture("76_autoencoder")
    user.program.workbench.give("show_data")
    turn()
    user.picture("77_autoencoder_data")


def test_the_data_page_says_and_sets_what_is_learned(bench: User) -> None:
    user, before = bench, bench.program.document.project
    user.click("rail.data")
    user.click("data.learns.input")
    wait(lambda: user.program.feed.prepared is not None)
    after = user.program.document.project
    assert after.data.learns == "input"
    assert after.network.layers[-1].options["units"] == 64
    assert after.training.loss == "mean_squared_error"
    assert after.training.metrics == ("mean_absolute_error",)
    assert user.program.document.resolved.problems == ()
    assert user.program.feed.prepared.training.y.shape == (1257, 64)
    user.picture("78_input_learned")
    user.click("data.learns.target")
    wait(lambda: user.program.feed.prepared is not None)
    again = user.program.document.project
    assert again.network.layers[-1].options == before.network.layers[-1].options
    assert again.training.loss == before.training.loss
    for _ in range(2):
        user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project == before
