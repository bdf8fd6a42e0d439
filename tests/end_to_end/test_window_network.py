"""A network drawn with the mouse: a residual block from a chain, trained, copied, undone, saved."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from app.core.network import topological_order
from app.core.place_edits import places_of
from tests.end_to_end.window_user import CONTROL, SHIFT, Key, User, turn, wait

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def bench(user: User) -> User:
    user.click("welcome.open.digits")
    wait(lambda: user.program.feed.prepared is not None)
    turn()
    return user


def canvas(user: User):
    return user.program.bench.canvas


def links(user: User) -> set[tuple[str, str, int]]:
    network = user.program.document.project.network
    return {(link.source, link.target, link.port) for link in network.links}


def output_of(user: User, name: str) -> QPoint:
    view = canvas(user)
    return view.mapFromScene(view.output_place(name))


def on(user: User, name: str) -> QPoint:
    """The middle of a card, after it was brought into view."""
    canvas(user).show_card(name)
    turn()
    return canvas(user).card_rect(name).center()


def drag(user: User, start: QPoint, end: QPoint) -> None:
    user.drag(canvas(user).viewport(), start, end)
    turn()


def test_a_residual_block_is_drawn_trained_copied_undone_and_saved(
    bench: User, tmp_path: Path
) -> None:
    user, before = bench, bench.program.document.project
    document, view = user.program.document, canvas(user)
    ground = view.viewport()

    # Flatten feeds dense_1; a second way goes around dense_1 into an Add on the link behind it.
    user.click(ground, on(user, "dense_1"))
    user.click("inspector.units")
    user.retype("144")
    middle = view.link_middle("dense_1", "dropout_1")
    user.move(ground, middle)
    user.click(ground, middle)
    user.type("Add")
    user.key(Key.Key_Return)
    assert ("dense_1", "add_1", 0) in links(user)
    assert ("add_1", "dropout_1", 0) in links(user)
    assert user.window.run_bar._title.text() == "Not ready"
    goal = on(user, "add_1")
    drag(user, output_of(user, "flatten_1"), goal)
    assert ("flatten_1", "add_1", 1) in links(user)
    assert document.resolved.can_train
    assert document.resolved.layer("add_1").output_shape == (144,)
    user.picture("60_residual")

    # A link back would close a circle: refused with the reason, and nothing happens.
    drawn = document.project
    goal = on(user, "dense_1")
    drag(user, output_of(user, "dropout_1"), goal)
    assert "circle" in user.window.status_row._message.text()
    assert document.project == drawn
    view.fit()
    turn()
    drag(user, output_of(user, "dropout_1"), on(user, "input"))
    assert "stands for the data" in user.window.status_row._message.text()
    assert document.project == drawn

    # A card is moved by hand: all cards keep their places from now on.
    assert not drawn.places
    places = view.present_places()
    start = on(user, "add_1")
    drag(user, start, start + QPoint(0, 61))
    moved = places_of(document.project)
    assert moved == {**places, "add_1": (places["add_1"][0], moved["add_1"][1])}
    assert moved["add_1"][1] - places["add_1"][1] == pytest.approx(61 / view.zoom(), abs=4)

    # One epoch.
    user.click("bench.settings")
    user.click("inspector.epochs")
    user.retype("1")
    user.key(Key.Key_F5)
    wait(lambda: user.program.run.record is not None and user.program.run.state.phase == "idle")
    assert user.program.run.record.rows[-1].epoch == 1

    # The block is chosen and copied as text, pasted, and the copy is linked.
    user.click(ground, on(user, "dense_1"))
    user.click(ground, on(user, "add_1"), CONTROL)
    assert user.program.bench.network.chosen == ("dense_1", "add_1")
    user.key(Key.Key_C, CONTROL)
    assert '"layerlab layers"' in QGuiApplication.clipboard().text()
    user.key(Key.Key_V, CONTROL)
    assert set(user.program.bench.network.chosen) == {"dense_3", "add_2"}
    assert ("dense_3", "add_2", 0) in links(user)
    network = document.project.network
    assert network.layer("dense_3").options == network.layer("dense_1").options
    user.picture("61_pasted")

    # Undo all, redo all.
    last, count = document.project, document.undo_stack.count()
    for _ in range(count):
        user.key(Key.Key_Z, CONTROL)
    assert document.project == before
    for _ in range(count):
        user.key(Key.Key_Z, CONTROL | SHIFT)
    assert document.project == last

    # Saved and opened again, cards stand where they stood.
    path = tmp_path / "block.layerlab"
    shown = view.present_places()
    user.will_name_file(path)
    user.key(Key.Key_S, CONTROL)
    user.answered()
    wait(lambda: not document.modified)
    user.key(Key.Key_0, CONTROL)
    user.click("welcome.open.digits")
    wait(lambda: document.project == before)
    assert not document.project.places
    user.will_name_file(path)
    user.key(Key.Key_O, CONTROL)
    user.answered()
    wait(lambda: document.path == path)
    assert document.project.network == last.network
    assert places_of(document.project) == places_of(last)
    assert view.present_places() == shown


def test_links_and_layers_are_handled_by_keys_alone(bench: User) -> None:
    user, document = bench, bench.program.document
    view = canvas(user)
    user.click(view.viewport(), on(user, "dense_1"))
    user.key(Key.Key_Insert)
    user.type("Add")
    user.key(Key.Key_Return)
    assert user.program.bench.selected == "add_1"
    # Alt+Left takes the link into it, Delete removes it; Alt+Right from dense_1 draws it again.
    view.setFocus()
    user.key(Key.Key_Left, ALT)
    assert view.chosen_link() == ("dense_1", "add_1", 0)
    user.key(Key.Key_Delete)
    assert ("dense_1", "add_1", 0) not in links(user)
    user.click(view.viewport(), on(user, "dense_1"))
    user.key(Key.Key_Right, ALT)
    assert "Link dense_1 to" in user.window.status_row._message.text()
    for _ in range(8):
        if view.keyboard_link().target == "add_1":
            break
        user.key(Key.Key_Right)
    user.key(Key.Key_Return)
    assert ("dense_1", "add_1", 0) in links(user)
    # Shift+arrows move the card by the grid, one step of undo for all of them.
    steps = document.undo_stack.count()
    place = view.present_places()["add_1"]
    view.setFocus()
    for _ in range(3):
        user.key(Key.Key_Down, SHIFT)
    assert places_of(document.project)["add_1"] == (place[0], place[1] + 24)
    assert document.undo_stack.count() == steps + 1
    # Everything is chosen, and deleted but for the input.
    user.key(Key.Key_A, CONTROL)
    assert user.program.bench.network.chosen == view.card_ids()
    user.key(Key.Key_Delete)
    assert view.card_ids() == ("input",)
    assert topological_order(document.project.network)[1] == ()
