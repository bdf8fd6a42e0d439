"""Hands on the canvas: links drawn and rewired, cards chosen and moved, by real mouse and keys."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication

from app.core.frozen import FrozenMap
from app.core.layer_catalog import new_layer
from app.core.network import Link
from app.core.network_edits import add_behind, add_free, link, unlink
from app.ui.canvas.face import LOSS_CARD
from app.ui.canvas.network_canvas import NetworkCanvas
from app.ui.canvas.palette_drag import KIND_TYPE, kind_data
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from tests.ui.test_canvas import (
    CONVOLUTION,
    LOSS,
    project_of,
    recorded,
    resolved_of,
    with_network,
)

LEFT, MIDDLE, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
PLAIN, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
Key = Qt.Key


def residual():
    """The digits' network with a second way around dense_1 into an Add."""
    project = project_of(*CONVOLUTION)
    network = project.network
    add = new_layer(network, "Add")
    network = link(link(add_free(network, add), "dense_1", "add_1"), "flatten_1", "add_1")
    return with_network(project, link(network, "add_1", "dropout_1"))


@pytest.fixture
def canvas(qtbot, qapp):
    apply_theme(qapp, LIGHT)
    canvas = NetworkCanvas()
    canvas.resize(1600, 900)
    qtbot.addWidget(canvas)
    canvas.show_network(resolved_of(residual()), LOSS)
    with qtbot.waitExposed(canvas):
        canvas.show()
    return canvas


def mouse(canvas, kind, place, button=LEFT, buttons=LEFT, modifiers=PLAIN):
    view = canvas.viewport()
    where = QPointF(view.mapToGlobal(place))
    event = QMouseEvent(kind, QPointF(place), where, button, buttons, modifiers)
    QApplication.sendEvent(view, event)


def press(canvas, place, button=LEFT, modifiers=PLAIN):
    mouse(canvas, QMouseEvent.Type.MouseButtonPress, place, button, button, modifiers)


def move(canvas, place, button=LEFT):
    mouse(canvas, QMouseEvent.Type.MouseMove, place, NONE, button)


def release(canvas, place, button=LEFT):
    mouse(canvas, QMouseEvent.Type.MouseButtonRelease, place, button, NONE)


def drag(canvas, start, goal, button=LEFT):
    press(canvas, start, button)
    move(canvas, start + (goal - start) / 3, button)
    move(canvas, goal, button)
    release(canvas, goal, button)


def output(canvas, name):
    return canvas.mapFromScene(canvas.output_place(name))


def port(canvas, name, number=0):
    return canvas.mapFromScene(canvas.input_places(name)[number])


def middle(canvas, name):
    return canvas.card_rect(name).center()


def ground(canvas):
    """A place far from everything."""
    place = canvas.viewport().rect().bottomLeft() + QPoint(40, -40)
    assert canvas.card_at(place) is None
    assert canvas.link_at(place) is None
    return place


# ---------------------------------------------------------------- links


def test_a_link_is_drawn_to_a_card_or_one_of_its_ports(canvas):
    linked, told = recorded(canvas.link_requested), recorded(canvas.told)
    drag(canvas, output(canvas, "conv2d_1"), middle(canvas, "add_1"))
    drag(canvas, output(canvas, "conv2d_1"), port(canvas, "add_1", 1))
    drag(canvas, output(canvas, "input"), middle(canvas, "dense_2"))
    assert linked == [("conv2d_1", "add_1", -1), ("conv2d_1", "add_1", 1), ("input", "dense_2", -1)]
    assert ("Link conv2d_1 to add_1.",) in told
    assert told[-1] == ("",)


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("dense_1", "conv2d_1", "circle"),
        ("dropout_1", "input", "stands for the data"),
        ("conv2d_1", "maxpooling2d_1", "already"),
    ],
)
def test_a_forbidden_target_is_shown_and_refused_with_the_reason(canvas, source, target, words):
    linked, told = recorded(canvas.link_requested), recorded(canvas.told)
    press(canvas, output(canvas, source))
    move(canvas, output(canvas, source) + QPoint(12, 12))
    move(canvas, middle(canvas, target))
    assert words in told[-1][0]
    assert canvas._cards[target].marks.drop == "forbidden"
    if words != "already":
        assert canvas._cards[target].opacity() < 0.5
    release(canvas, middle(canvas, target))
    assert linked == []
    assert words in told[-1][0]
    assert canvas._cards[target].marks.drop == ""
    assert canvas._cards[target].opacity() == 1


def test_a_drag_to_the_ground_asks_for_a_new_layer(canvas):
    grown = recorded(canvas.grow_requested)
    place = ground(canvas)
    drag(canvas, output(canvas, "dense_1"), place)
    assert grown == [("dense_1", canvas.mapToScene(place), canvas.viewport().mapToGlobal(place))]


def test_the_end_of_a_link_goes_elsewhere_or_is_let_go(canvas):
    rewired, removed = recorded(canvas.rewire_requested), recorded(canvas.unlink_requested)
    edge = ("dropout_1", "dense_2", 0)
    drag(canvas, port(canvas, "dense_2"), middle(canvas, "add_1"))
    assert rewired == []  # it would close a circle
    drag(canvas, port(canvas, "dropout_1"), middle(canvas, "dense_2"))
    assert rewired == [(("add_1", "dropout_1", 0), None, "dense_2", -1)]
    drag(canvas, port(canvas, "dense_2"), ground(canvas))
    assert removed == [((edge,),)]


def test_the_beginning_of_a_link_goes_to_another_layer(canvas):
    rewired = recorded(canvas.rewire_requested)
    start = output(canvas, "add_1") + QPoint(16, 0)
    drag(canvas, start, middle(canvas, "dense_1"))
    assert rewired == [(("add_1", "dropout_1", 0), "dense_1", None, -1)]


def test_a_free_input_is_linked_backwards(canvas):
    project = residual()
    network = unlink(project.network, [Link(source="dropout_1", target="dense_2")])
    canvas.show_network(resolved_of(with_network(project, network)), LOSS)
    linked = recorded(canvas.link_requested)
    drag(canvas, port(canvas, "dense_2"), middle(canvas, "add_1"))
    assert linked == [("add_1", "dense_2", -1)]


def test_escape_and_a_new_network_end_a_drag(canvas, qtbot):
    asked = [
        recorded(s) for s in (canvas.link_requested, canvas.grow_requested, canvas.places_requested)
    ]
    for start in (output(canvas, "dense_1"), middle(canvas, "dense_1")):
        press(canvas, start)
        move(canvas, start + QPoint(40, 60))
        qtbot.keyClick(canvas, Key.Key_Escape)
        release(canvas, start + QPoint(40, 60))
        press(canvas, start)
        move(canvas, start + QPoint(40, 60))
        canvas.show_network(resolved_of(residual()), LOSS)
        release(canvas, start + QPoint(40, 60))
    assert asked == [[], [], []]
    assert all(card.opacity() == 1 for card in canvas._cards.values())


def test_a_link_let_go_outside_asks_for_nothing(canvas):
    asked = [recorded(canvas.grow_requested), recorded(canvas.unlink_requested)]
    outside = canvas.viewport().rect().bottomRight() + QPoint(90, 40)
    drag(canvas, output(canvas, "dense_1"), outside)
    drag(canvas, port(canvas, "dense_2"), outside)
    assert asked == [[], []]


def test_a_circle_and_a_second_output_stand_on_their_cards_with_remedies(canvas):
    """A file may hold what no edit makes."""
    project = residual()
    back = Link(source="dropout_1", target="add_1", port=2)
    network = project.network.model_copy(update={"links": (*project.network.links, back)})
    resolved = resolved_of(with_network(project, network))
    canvas.show_network(resolved, LOSS)
    assert canvas._cards["add_1"].face.message == "In a circle"
    assert not canvas.fix_rect("add_1").isEmpty()
    asked = recorded(canvas.fix_requested)
    place = canvas.fix_rect("add_1").center()
    drag(canvas, place, place)
    ((name, index),) = asked
    fixes = [fix for problem in resolved.problems_of(name) for fix in problem.fixes]
    mended = resolved_of(fixes[index].edit(resolved.project))
    assert "In a circle" not in [problem.title for problem in mended.problems]

    two = add_behind(project.network, new_layer(project.network, "Dense"), "dense_1")
    resolved = resolved_of(with_network(project, two))
    canvas.show_network(resolved, LOSS)
    (ending,) = [p.where for p in resolved.problems if p.title == "Leads nowhere"]
    assert canvas._cards[ending].face.message == "Leads nowhere"
    assert not canvas.fix_rect(ending).isEmpty()
    assert not resolved.can_train
    assert not canvas.grab().isNull()


def test_a_link_is_chosen_and_removed(canvas, qtbot):
    chosen, removed = recorded(canvas.layers_selected), recorded(canvas.unlink_requested)
    canvas.choose("dense_1")
    place = canvas.link_middle("conv2d_1", "maxpooling2d_1")
    drag(canvas, place, place)
    assert canvas.chosen_link() == ("conv2d_1", "maxpooling2d_1", 0)
    assert chosen == [(("dense_1",),), ((),)]
    qtbot.keyClick(canvas, Key.Key_Delete)
    assert removed == [((("conv2d_1", "maxpooling2d_1", 0),),)]
    qtbot.keyClick(canvas, Key.Key_Right)
    assert canvas.selected() == "maxpooling2d_1"


# ---------------------------------------------------------------- choosing and moving


def test_modifiers_and_a_rubber_band_choose_several(canvas, qtbot):
    chosen = recorded(canvas.layers_selected)
    drag(canvas, middle(canvas, "conv2d_1"), middle(canvas, "conv2d_1"))
    press(canvas, middle(canvas, "dense_1"), modifiers=CONTROL)
    release(canvas, middle(canvas, "dense_1"))
    press(canvas, middle(canvas, "conv2d_1"), modifiers=SHIFT)
    release(canvas, middle(canvas, "conv2d_1"))
    assert chosen == [(("conv2d_1",),), (("conv2d_1", "dense_1"),), (("dense_1",),)]
    corner = canvas.card_rect("input").topLeft() - QPoint(6, 6)
    drag(canvas, corner, canvas.card_rect("conv2d_1").center())
    assert canvas.chosen() == ("input", "conv2d_1")
    assert chosen[-1] == (("input", "conv2d_1"),)
    qtbot.keyClick(canvas, Key.Key_A, CONTROL)
    assert canvas.chosen() == canvas.card_ids()
    assert canvas.accessibleDescription().startswith("Chosen: input, conv2d_1")
    drag(canvas, ground(canvas), ground(canvas))
    assert canvas.chosen() == ()


def test_chosen_cards_move_together_onto_the_grid(canvas):
    placed = recorded(canvas.places_requested)
    canvas.choose_layers(["dense_1", "dense_2"])
    before = canvas.present_places()
    start = middle(canvas, "dense_1")
    drag(canvas, start, start + QPoint(101, 203))
    ((places,),) = placed
    assert set(places) == {"dense_1", "dense_2"}
    moved = {(places[n][0] - before[n][0], places[n][1] - before[n][1]) for n in places}
    assert len(moved) == 1
    ((x, y),) = moved
    assert x == pytest.approx(101, abs=4)
    assert y == pytest.approx(203, abs=4)
    assert all(value % 8 == 0 for value in places["dense_1"])
    assert canvas.present_places() == before  # only the answer moves them
    assert canvas.chosen() == ("dense_1", "dense_2")


def test_a_click_on_one_of_several_chooses_it_alone(canvas):
    canvas.choose_layers(["dense_1", "dense_2"])
    drag(canvas, middle(canvas, "dense_1"), middle(canvas, "dense_1"))
    assert canvas.chosen() == ("dense_1",)


def test_cards_put_by_hand_stay_where_they_are_and_nothing_jumps(canvas):
    project = residual()
    places = canvas.present_places()
    shown = {name: canvas.card_rect(name) for name in canvas.card_ids()}
    moved = {**places, "add_1": (places["add_1"][0] - 600, places["add_1"][1] - 120)}
    by_hand = project.model_copy(update={"places": FrozenMap(moved)})
    canvas.show_network(resolved_of(by_hand), LOSS)
    assert canvas.present_places() == moved
    for name, rect in shown.items():
        if name != "add_1":
            assert canvas.card_rect(name) == rect, name
    canvas.resize(1000, 500)  # rows are not wrapped any more
    assert canvas.present_places() == moved


def test_the_loss_is_linked_with_the_output_alone(canvas):
    project = residual()
    network = add_free(project.network, new_layer(project.network, "Dense"))
    canvas.show_network(resolved_of(with_network(project, network)), LOSS)
    assert [edge for edge in canvas._links if edge[1] == LOSS_CARD] == [("dense_2", LOSS_CARD, 0)]
    network = unlink(project.network, [project.network.links[0]])  # the input is cut off
    canvas.show_network(resolved_of(with_network(project, network)), LOSS)
    assert [edge for edge in canvas._links if edge[1] == LOSS_CARD] == [("dense_2", LOSS_CARD, 0)]
    assert canvas._cards["input"].x() < canvas._cards["flatten_1"].x()


# ---------------------------------------------------------------- the ground


def test_a_double_click_on_the_ground_asks_for_a_layer_there(canvas):
    asked = recorded(canvas.search_requested)
    place = ground(canvas)
    mouse(canvas, QMouseEvent.Type.MouseButtonDblClick, place)
    assert asked == [(canvas.mapToScene(place), canvas.viewport().mapToGlobal(place), "")]


def test_the_ground_is_moved_by_the_middle_button_and_by_space(canvas, qtbot):
    canvas.resize(500, 300)  # all of it does not fit
    bar = canvas.verticalScrollBar()
    assert bar.maximum() > 100
    drag(canvas, QPoint(200, 200), QPoint(200, 140), MIDDLE)
    assert bar.value() == 60
    qtbot.keyPress(canvas, Key.Key_Space)
    drag(canvas, QPoint(200, 200), QPoint(200, 160))
    qtbot.keyRelease(canvas, Key.Key_Space)
    assert bar.value() == 100
    assert canvas.chosen() == ()
    qtbot.keyClick(canvas, Key.Key_Space)
    assert canvas.selected() == "input"


def test_the_wheel_zooms_at_the_pointer(canvas):
    places = {**canvas.present_places(), "input": (0.0, 0.0)}
    by_hand = residual().model_copy(update={"places": FrozenMap(places)})
    canvas.show_network(resolved_of(by_hand), LOSS)
    at = middle(canvas, "dense_1")
    for notch in (120, 120, 120, -120, -120, -120, -120):
        point = canvas.mapToScene(at)
        event = QWheelEvent(
            QPointF(at), QPointF(canvas.viewport().mapToGlobal(at)), QPoint(), QPoint(0, notch),
            NONE, CONTROL, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(canvas.viewport(), event)
        assert (canvas.mapFromScene(point) - at).manhattanLength() <= 3


def test_menus_of_card_link_and_ground_are_asked_for(canvas):
    cards, links = recorded(canvas.context_requested), recorded(canvas.link_menu_requested)

    def menu(place):
        where = canvas.viewport().mapToGlobal(place)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, where)
        QApplication.sendEvent(canvas.viewport(), event)
        return where

    edge = ("conv2d_1", "maxpooling2d_1", 0)
    at_link = menu(canvas.link_middle(*edge[:2]))
    assert links == [(edge, at_link)]
    assert canvas.chosen_link() == edge
    canvas.choose_layers(["dense_1", "dense_2"])
    at_card = menu(middle(canvas, "dense_2"))
    assert canvas.chosen() == ("dense_1", "dense_2")  # a menu for all of them
    at_ground = menu(ground(canvas))
    assert cards == [("dense_2", at_card), ("", at_ground)]
    assert canvas.chosen() == ()


def drop(canvas, data, place):
    """A drag comes in, moves and is let go; whether it is taken."""
    view, copy = canvas.viewport(), Qt.DropAction.CopyAction
    enter = QDragEnterEvent(place, copy, data, LEFT, PLAIN)
    QApplication.sendEvent(view, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(view, QDragMoveEvent(place, copy, data, LEFT, PLAIN))
    event = QDropEvent(QPointF(place), copy, data, NONE, PLAIN)
    QApplication.sendEvent(view, event)
    return event.isAccepted()


@pytest.mark.parametrize("on_link", [True, False])
def test_a_kind_is_dropped_on_the_ground_or_a_link(canvas, on_link):
    dropped, told = recorded(canvas.kind_dropped), recorded(canvas.told)
    place = canvas.link_middle("conv2d_1", "maxpooling2d_1") if on_link else ground(canvas)
    assert drop(canvas, kind_data("Dense"), place)
    corner = canvas.mapToScene(place) - QPointF(84, 42)
    edge = ("conv2d_1", "maxpooling2d_1", 0) if on_link else None
    assert dropped == [("Dense", corner, edge)]
    assert told == [("Add Dense on this link." if on_link else "Add Dense here.",), ("",)]


def test_foreign_things_are_not_taken(canvas):
    dropped = recorded(canvas.kind_dropped)
    foreign, unknown = QMimeData(), QMimeData()
    foreign.setText("Dense")
    unknown.setData(KIND_TYPE, b"\xff no such kind")
    for data in (foreign, unknown):
        assert not drop(canvas, data, ground(canvas))
    assert dropped == []


# ---------------------------------------------------------------- keys


def test_keys_draw_a_link(canvas, qtbot):
    linked, told = recorded(canvas.link_requested), recorded(canvas.told)
    canvas.select("conv2d_1")
    qtbot.keyClick(canvas, Key.Key_Right, ALT)
    allowed = canvas.keyboard_link().targets
    assert "input" not in allowed
    assert "conv2d_1" not in allowed
    assert "maxpooling2d_1" not in allowed  # it is fed by it already
    steps = (allowed.index("add_1") - allowed.index(canvas.keyboard_link().target)) % len(allowed)
    for _ in range(steps):
        qtbot.keyClick(canvas, Key.Key_Right)
    assert "conv2d_1 to add_1" in told[-1][0]
    qtbot.keyClick(canvas, Key.Key_Return)
    assert linked == [("conv2d_1", "add_1", -1)]
    qtbot.keyClick(canvas, Key.Key_Right, ALT)
    qtbot.keyClick(canvas, Key.Key_Escape)
    assert canvas.keyboard_link() is None
    assert canvas.selected() == "conv2d_1"
    assert len(linked) == 1


def test_keys_choose_links_in_turn(canvas, qtbot):
    removed = recorded(canvas.unlink_requested)
    canvas.select("add_1")
    edges = []
    for _ in range(3):
        qtbot.keyClick(canvas, Key.Key_Left, ALT)
        edges.append(canvas.chosen_link())
    assert edges == [("dense_1", "add_1", 0), ("flatten_1", "add_1", 1), ("dense_1", "add_1", 0)]
    qtbot.keyClick(canvas, Key.Key_Backspace)
    assert removed == [((("dense_1", "add_1", 0),),)]


def test_keys_nudge_and_extend(canvas, qtbot):
    placed = recorded(canvas.places_requested)
    canvas.select("dense_1")
    x, y = canvas.present_places()["dense_1"]
    qtbot.keyClick(canvas, Key.Key_Down, SHIFT)
    qtbot.keyClick(canvas, Key.Key_Left, SHIFT)
    assert placed == [({"dense_1": (x, y + 8)},), ({"dense_1": (x - 8, y)},)]
    qtbot.keyClick(canvas, Key.Key_Right, CONTROL | SHIFT)
    assert canvas.chosen() == ("dense_1", "add_1")


# ---------------------------------------------------------------- overview


def test_the_overview_shows_what_is_out_of_sight_and_moves_the_view(canvas, qtbot):
    overview = canvas.overview
    canvas.resize(600, 400)
    canvas.fit()
    assert not overview.isVisible()
    canvas.set_zoom(1.5)
    assert overview.isVisible()
    assert canvas.viewport().geometry().contains(overview.geometry())
    last = canvas.card_ids()[-1]
    goal = canvas._cards[last].sceneBoundingRect().center()
    place = overview.place_of(goal).toPoint()
    qtbot.mouseClick(overview, LEFT, pos=place)
    assert canvas.viewport().rect().intersects(canvas.card_rect(last))
    assert not canvas.grab().isNull()
    qtbot.mousePress(overview, LEFT, pos=place)
    view = canvas.seen_rect().center()
    where = QPointF(overview.mapToGlobal(QPoint(8, 8)))
    event = QMouseEvent(QMouseEvent.Type.MouseMove, QPointF(8, 8), where, NONE, LEFT, PLAIN)
    QApplication.sendEvent(overview, event)
    assert canvas.seen_rect().center() != view


def covered_by(canvas, place):
    """How much of the cards is below a rectangle of the viewport."""
    rects = [canvas.card_rect(name).intersected(place) for name in (*canvas.card_ids(), LOSS_CARD)]
    return sum(rect.width() * rect.height() for rect in rects)


@pytest.mark.parametrize("size", [(600, 400), (930, 300), (420, 500)])
def test_the_overview_is_always_there_and_covers_least(canvas, size):
    overview = canvas.overview
    canvas.resize(*size)
    canvas.set_zoom(1.3)
    for place in ((0, 0), (120, 60), (300, 200), (9999, 9999)):
        canvas.horizontalScrollBar().setValue(place[0])
        canvas.verticalScrollBar().setValue(place[1])
        assert overview.isVisible()
        mine, view = overview.geometry(), canvas.viewport().rect()
        assert view.contains(mine)
        left, top = 12, 12
        right, bottom = view.right() - 12 - mine.width(), view.bottom() - 12 - mine.height()
        corners = [QRect(QPoint(x, y), mine.size()) for x in (left, right) for y in (top, bottom)]
        assert mine in corners
        least = min(covered_by(canvas, corner) for corner in corners)
        assert covered_by(canvas, mine) <= least + 0.11 * mine.width() * mine.height()


def test_the_zoom_shows_what_is_chosen(canvas):
    canvas.choose_layers(["conv2d_1", "maxpooling2d_1"])
    canvas.set_zoom(0.3)
    canvas.zoom_to_selection()
    view = canvas.viewport().rect()
    assert canvas.zoom() > 0.9
    assert all(view.contains(canvas.card_rect(name)) for name in canvas.chosen())
