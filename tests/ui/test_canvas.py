"""The canvas under real clicks, drags and keys, with real resolved projects."""

import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.core.dataset_catalog import summary_of
from app.core.layer_catalog import new_layer
from app.core.network import INPUT_KIND, Layer, chain, without_layer
from app.core.number_words import bytes_text
from app.core.problems import Fix, Problem
from app.core.resolve import resolve
from app.core.templates import handwritten_digits, start_from
from app.ui.canvas.face import (
    LOSS_CARD,
    CardHealth,
    health_of,
    norm_share,
    norm_text,
    short_count,
)
from app.ui.canvas.network_canvas import NetworkCanvas
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT, sign_color

LOSS = "sparse categorical cross-entropy"


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


def with_network(project, network):
    return project.model_copy(update={"network": network})


def resolved_of(project):
    return resolve(project, summary_of(project.data))


def project_of(*kinds, data="digits"):
    """A chain of the data's input and layers of these kinds: a name, or (name, options)."""
    project = start_from(data)
    source = project.network.layers[0]
    assert source.kind == INPUT_KIND
    network = chain([source])
    for kind in kinds:
        name, options = (kind, {}) if isinstance(kind, str) else kind
        network = chain([*network.layers, new_layer(network, name, **options)])
    return with_network(project, network)


CONVOLUTION = (
    ("Conv2D", {"filters": 16, "kernel_size": (3, 3)}),
    "MaxPooling2D",
    "Flatten",
    ("Dense", {"units": 64}),
    "Dropout",
    ("Dense", {"units": 10, "activation": "softmax"}),
)


@pytest.fixture
def canvas(qtbot):
    canvas = NetworkCanvas()
    canvas.resize(927, 295)
    qtbot.addWidget(canvas)
    canvas.show_network(resolved_of(project_of(*CONVOLUTION)), LOSS)
    with qtbot.waitExposed(canvas):
        canvas.show()
    return canvas


def click(qtbot, canvas, layer_id, **more):
    place = canvas.card_rect(layer_id).center()
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=place, **more)


def pixel(canvas, place):
    image = canvas.grab().toImage()
    return image.pixelColor(place).name()


def recorded(signal):
    """What the signal emits from now on."""
    found = []
    signal.connect(lambda *values: found.append(values))
    return found


# ---------------------------------------------------------------- showing


def test_cards_say_what_follows_from_the_project(canvas):
    resolved = resolved_of(project_of(*CONVOLUTION))
    assert canvas.card_ids() == tuple(layer.id for layer in resolved.layers)
    words = canvas.accessibleDescription().splitlines()
    assert len(words) == len(resolved.layers)
    for line, layer in zip(words, resolved.layers, strict=True):
        shape = " × ".join(map(str, layer.output_shape))
        assert layer.id in line
        assert f"output {shape}" in line
        assert f"{layer.parameters:,} param" in line


def test_cards_stand_as_drawn(canvas):
    places = [canvas.card_rect(name).topLeft() for name in canvas.card_ids()]
    drawn = [(96, 133), (328, 133), (560, 133), (792, 133), (96, 285), (328, 285), (560, 285)]
    assert [(p.x() + 64, p.y() + 117) for p in places] == drawn
    loss = canvas.card_rect(LOSS_CARD).topLeft()
    assert (loss.x() + 64, loss.y() + 117) == (792, 285)
    assert canvas.horizontalScrollBar().maximum() == 0
    assert canvas.verticalScrollBar().maximum() == 0


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_are_those_of_the_theme(canvas, qapp, tokens):
    apply_theme(qapp, tokens)
    canvas.select("conv2d_1")
    canvas.show_health({"conv2d_1": 0.49, "dense_1": 0.37}, {"dense_1": (12, 64)})
    card = canvas.card_rect("conv2d_1")
    assert pixel(canvas, QPoint(2, 2)) == tokens.canvas.lower()
    assert pixel(canvas, card.topLeft() + QPoint(60, 0)) == tokens.accent.lower()
    assert pixel(canvas, card.topLeft() + QPoint(5, 60)) == tokens.card.lower()
    assert pixel(canvas, card.topLeft() + QPoint(30, 98)) == tokens.good.lower()
    assert pixel(canvas, card.topLeft() + QPoint(50, 98)) == tokens.track.lower()
    warned = canvas.card_rect("dense_1")
    assert pixel(canvas, warned.topLeft() + QPoint(60, 0)) == tokens.warning_line.lower()
    resting = canvas.card_rect("flatten_1")
    assert pixel(canvas, resting.topLeft() + QPoint(60, 0)) == tokens.border.lower()


def test_cards_that_stay_the_same_are_left_alone(canvas, qapp):
    before = resolved_of(project_of(*CONVOLUTION))
    canvas.show_network(before, LOSS)
    qapp.processEvents()
    cards = dict(canvas._cards)
    faces = {name: card.face for name, card in cards.items()}
    changed = [*CONVOLUTION[:3], ("Dense", {"units": 65}), *CONVOLUTION[4:]]
    canvas.show_network(resolved_of(project_of(*changed)), LOSS)
    assert {name: card for name, card in canvas._cards.items() if card is cards[name]} == cards
    other = {name for name, card in canvas._cards.items() if card.face is not faces[name]}
    # The width of dense_1 goes on to the shape of the dropout and the count of dense_2.
    assert other == {"dense_1", "dropout_1", "dense_2"}
    assert canvas._cards["dense_1"].face.options.startswith("65 units")


def test_fifty_layers_are_shown_within_twenty_milliseconds(qtbot):
    canvas = NetworkCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(927, 295)
    projects = [project_of("Flatten", *[("Dense", {"units": u})] * 48) for u in (16, 17)]
    shown = [resolved_of(project) for project in projects]
    canvas.show_network(shown[0], LOSS)
    times = []
    for number in range(6):
        start = time.process_time()
        canvas.show_network(shown[(number + 1) % 2], LOSS)
        times.append(time.process_time() - start)
    assert len(canvas.card_ids()) == 50
    assert min(times) < 0.020


def test_layers_come_and_go(canvas):
    project = project_of(*CONVOLUTION)
    smaller = with_network(project, without_layer(project.network, "dropout_1"))
    canvas.select("dropout_1")
    canvas.show_network(resolved_of(smaller), LOSS)
    assert "dropout_1" not in canvas.card_ids()
    assert canvas.selected() is None
    with pytest.raises(KeyError):
        canvas.card_rect("dropout_1")
    assert canvas.link_middle("dense_1", "dense_2")


def test_kinds_outside_the_catalog_are_shown(canvas):
    project = project_of("Flatten")
    strange = Layer(id="odd_1", kind="SomethingElse")
    network = chain([*project.network.layers, strange])
    canvas.show_network(resolved_of(with_network(project, network)), LOSS)
    assert "SomethingElse" in canvas.accessibleDescription()
    assert not canvas.grab().isNull()


def test_an_empty_network_says_what_to_do(canvas):
    project = project_of("Flatten")
    canvas.show_network(resolved_of(with_network(project, chain([]))), LOSS)
    assert canvas.card_ids() == ()
    canvas.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Delete, Qt.Key.Key_Insert, Qt.Key.Key_A):
        QApplication.sendEvent(canvas, key_event(key))
    assert not canvas.grab().isNull()


def key_event(key):
    from PySide6.QtGui import QKeyEvent

    return QKeyEvent(QKeyEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, "a")


# ---------------------------------------------------------------- health


@pytest.mark.parametrize(
    ("norm", "text"),
    [
        (0.49, "0.49"),
        (0.012, "0.012"),
        (2e-4, "2e-4"),
        (1.0, "1.0"),
        (35.2, "35"),
        (0.0, "0"),
        (123456.0, "1e5"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
    ],
)
def test_norms_in_two_figures(norm, text):
    assert norm_text(norm) == text


def test_the_bar_is_logarithmic_from_a_ten_thousandth_to_one():
    assert norm_share(1.0) == 1
    assert norm_share(1e-4) == 0
    assert norm_share(0.01) == pytest.approx(0.5)
    assert norm_share(50.0) == 1
    for nothing in (None, 0.0, 1e-9, float("nan"), float("inf")):
        assert norm_share(nothing) == 0


def test_a_gradient_below_a_thousandth_of_the_last_one_is_low():
    norms = {"a": 4e-4, "b": 6e-4, "c": 0.5}
    healths = health_of(("a", "b", "c", "d"), norms, {}, None)
    assert [healths[name].low for name in ("a", "b", "c")] == [True, False, False]
    assert "d" not in healths
    tiny = health_of(("a", "b"), {"a": 1e-5, "b": 1e-5}, {}, None)
    assert not tiny["a"].low  # a converged network has small gradients everywhere


def test_divergence_is_shown_in_red(canvas):
    canvas.show_health({"conv2d_1": float("nan")}, {})
    corner = canvas.card_rect("conv2d_1").topLeft()
    assert pixel(canvas, corner + QPoint(60, 0)) == LIGHT.error.lower()
    canvas.show_health({}, {})
    assert pixel(canvas, corner + QPoint(60, 0)) == LIGHT.border.lower()
    canvas.show_divergence("dense_1")
    corner = canvas.card_rect("dense_1").topLeft()
    assert pixel(canvas, corner + QPoint(60, 0)) == LIGHT.error.lower()
    assert CardHealth(diverged=True).stopped


def test_strips_appear_while_it_trains(canvas):
    assert canvas.card_rect("dense_1").height() == 84
    canvas.set_running(True)
    assert canvas.card_rect("dense_1").height() == 112
    assert canvas.card_rect("dropout_1").height() == 84
    assert pixel(canvas, canvas.card_rect("dense_1").topLeft() + QPoint(30, 98)) == (
        LIGHT.track.lower()
    )
    canvas.set_running(False)
    assert canvas.card_rect("dense_1").height() == 84


def test_unit_pictures_have_the_colours_of_sign(canvas):
    fields = np.stack([np.full((8, 8), 1.0), np.full((8, 8), -0.5), *np.zeros((6, 8, 8))])
    canvas.resize(927, 500)
    canvas.show_unit_pictures({"dense_1": fields})
    corner = canvas.card_rect("dense_1").topLeft()
    assert canvas.card_rect("dense_1").height() == 84 + 34
    for number, value in ((0, 1.0), (1, -0.5)):
        place = corner + QPoint(12 + 28 * number + 12, 84 + 11)
        assert pixel(canvas, place) == QColor(*sign_color(value)).name()
    canvas.show_unit_pictures({})
    assert canvas.card_rect("dense_1").height() == 84


# ---------------------------------------------------------------- mouse


def test_click_selects(canvas, qtbot):
    chosen = recorded(canvas.layer_selected)
    click(qtbot, canvas, "dense_1")
    click(qtbot, canvas, "dense_1")
    assert chosen == [("dense_1",)]
    assert canvas.selected() == "dense_1"
    click(qtbot, canvas, LOSS_CARD)
    assert chosen == [("dense_1",), ("",)]
    assert canvas.selected() is None


def test_selecting_from_outside_tells_nobody(canvas):
    chosen = recorded(canvas.layer_selected)
    canvas.select("dense_2")
    assert canvas.selected() == "dense_2"
    canvas.select("no_such_layer")
    assert canvas.selected() is None
    assert chosen == []


def test_plus_on_a_link_asks_for_a_layer(canvas, qtbot):
    asked = recorded(canvas.insert_requested)
    middle = canvas.link_middle("conv2d_1", "maxpooling2d_1")
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert asked == []  # there is no plus before the pointer is on the link
    assert canvas.chosen_link() == ("conv2d_1", "maxpooling2d_1", 0)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    qtbot.mouseMove(canvas.viewport(), middle + QPoint(-20, 0))
    qtbot.mouseMove(canvas.viewport(), middle)
    assert pixel(canvas, middle) == LIGHT.accent.lower()
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    edge = ("conv2d_1", "maxpooling2d_1", 0)
    assert asked == [(edge, canvas.viewport().mapToGlobal(middle))]
    qtbot.mouseMove(canvas.viewport(), canvas.card_rect("flatten_1").center())
    assert pixel(canvas, middle) != LIGHT.accent.lower()


def drag(qtbot, canvas, layer_id, goal):
    start = canvas.card_rect(layer_id).center()
    view = canvas.viewport()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.1, 0.5, 1.0):
        place = start + (goal - start) * share
        event_move(view, place)
    return view


def event_move(view, place):
    from PySide6.QtGui import QMouseEvent

    event = QMouseEvent(
        QMouseEvent.Type.MouseMove,
        QPointF(place),
        QPointF(view.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, event)


def test_drag_on_a_link_asks_to_put_it_there(canvas, qtbot):
    moved = recorded(canvas.put_on_requested)
    goal = canvas.link_middle("conv2d_1", "maxpooling2d_1")
    view = drag(qtbot, canvas, "dropout_1", goal)
    marker = goal + QPoint(0, -30)
    assert pixel(canvas, marker) == LIGHT.accent.lower()
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=goal)
    assert moved == [("dropout_1", ("conv2d_1", "maxpooling2d_1", 0))]
    home = canvas.card_rect("dropout_1").topLeft()
    assert (home.x() + 64, home.y() + 117) == (328, 285)  # only the answer moves it


def test_drag_back_home_or_escape_moves_nothing(canvas, qtbot):
    moved, placed = recorded(canvas.put_on_requested), recorded(canvas.places_requested)
    home = canvas.card_rect("dropout_1").center()
    view = drag(qtbot, canvas, "dropout_1", home + QPoint(-100, 0))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=home)
    goal = canvas.link_middle("conv2d_1", "maxpooling2d_1")
    view = drag(qtbot, canvas, "dropout_1", goal)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=goal)
    source = canvas.card_ids()[0]
    assert placed == []
    view = drag(qtbot, canvas, source, goal)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=goal)
    assert moved == []
    assert [list(places) for (places,) in placed] == [[source]]  # it moves, but goes on no link


def test_context_menu_is_asked_for(canvas, qtbot):
    from PySide6.QtGui import QContextMenuEvent

    asked = recorded(canvas.context_requested)
    place = canvas.card_rect("dense_1").center()
    where = canvas.viewport().mapToGlobal(place)
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(canvas.viewport(), QContextMenuEvent(reason, place, where))
    assert asked == [("dense_1", where)]
    assert canvas.selected() == "dense_1"


def test_hover_shows_a_stronger_line(canvas, qtbot):
    card = canvas.card_rect("flatten_1")
    qtbot.mouseMove(canvas.viewport(), card.center() - QPoint(3, 0))
    qtbot.mouseMove(canvas.viewport(), card.center())
    assert pixel(canvas, card.topLeft() + QPoint(60, 0)) == LIGHT.control_border.lower()


# ---------------------------------------------------------------- problems


def test_fix_below_the_card_mends_the_project(canvas, qtbot):
    broken = project_of(CONVOLUTION[0], ("Dense", {"units": 10, "activation": "softmax"}))
    resolved = resolved_of(broken)
    at_fault = next(p for p in resolved.problems if p.severity == "error" and p.fixes).where
    canvas.show_network(resolved, LOSS)
    card = canvas.card_rect(at_fault)
    assert pixel(canvas, card.topLeft() + QPoint(60, 0)) == LIGHT.error.lower()
    asked = recorded(canvas.fix_requested)
    qtbot.mouseClick(
        canvas.viewport(), Qt.MouseButton.LeftButton, pos=canvas.fix_rect(at_fault).center()
    )
    assert len(asked) == 1
    layer_id, index = asked[0]
    fixes = [fix for problem in resolved.problems_of(layer_id) for fix in problem.fixes]
    mended = resolved_of(fixes[index].edit(broken))
    assert not [p for p in mended.problems_of(layer_id) if p.severity == "error"]
    canvas.select(at_fault)
    qtbot.keyClick(canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert asked[1] == asked[0]
    canvas.show_network(mended, LOSS)
    assert canvas.fix_rect(at_fault).isEmpty()


def test_remedies_are_counted_over_all_problems_of_a_layer(canvas, qtbot):
    resolved = resolved_of(project_of(*CONVOLUTION))

    def problem(severity, *labels):
        fixes = tuple(Fix(label, lambda project: project) for label in labels)
        return Problem("dense_1", severity, "Title", "Happened.", "Expected.", "Mend.", fixes=fixes)

    listed = (problem("warning", "One", "Two"), problem("error", "Three", "Four"))
    canvas.show_network(replace(resolved, problems=listed), LOSS)
    asked = recorded(canvas.fix_requested)
    place = canvas.fix_rect("dense_1").center()
    qtbot.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == [("dense_1", 2)]
    assert [fix.label for p in listed for fix in p.fixes][2] == "Three"


def test_the_legend_stands_where_there_is_room(canvas):
    canvas.set_running(True)
    assert canvas.legend_place() == canvas._cards["dropout_1"].pos()
    five = project_of("Flatten", "Dense", ("Dense", {"units": 10, "activation": "softmax"}))
    canvas.show_network(resolved_of(five), LOSS)
    # The loss stands alone in the second row; the legend beside it.
    assert canvas.legend_place() == canvas._loss.pos() + QPointF(168 + 64, 0)
    assert canvas.verticalScrollBar().maximum() == 0
    full = project_of("Flatten", *["Dense"] * 4, ("Dense", {"units": 10}))
    canvas.show_network(resolved_of(full), LOSS)
    assert canvas.legend_place() is None


# ---------------------------------------------------------------- keyboard


def test_arrows_walk_along_the_chain(canvas, qtbot):
    chosen = recorded(canvas.layer_selected)
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(canvas, key)
    ids = canvas.card_ids()
    # The first press chooses the first layer; below the second stands the sixth.
    assert [name for (name,) in chosen] == [ids[0], ids[1], ids[5], ids[4]]
    qtbot.keyClick(canvas, Qt.Key.Key_End)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.selected() == ids[-1]
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert canvas.selected() == ids[0]
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert canvas.selected() is None


def test_focus_ring_is_shown_for_the_keyboard_only(canvas, qtbot):
    canvas.activateWindow()
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(canvas.hasFocus)
    canvas.select("conv2d_1")
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    card = canvas.card_rect("maxpooling2d_1")
    ring = card.topLeft() + QPoint(60, -4)
    assert pixel(canvas, ring) == LIGHT.accent.lower()
    click(qtbot, canvas, "maxpooling2d_1")
    assert pixel(canvas, ring) != LIGHT.accent.lower()


def test_keys_ask_for_edits(canvas, qtbot):
    removed, doubled = recorded(canvas.remove_requested), recorded(canvas.duplicate_requested)
    moved, added = recorded(canvas.move_requested), recorded(canvas.add_requested)
    typed = recorded(canvas.typed)
    canvas.select("dropout_1")
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    qtbot.keyClick(canvas, Qt.Key.Key_D, control)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, control)
    qtbot.keyClick(canvas, Qt.Key.Key_Left, control)
    qtbot.keyClick(canvas, Qt.Key.Key_Insert)
    qtbot.keyClick(canvas, Qt.Key.Key_B)
    assert removed == [(("dropout_1",),)]
    assert doubled == [(("dropout_1",),)]
    assert moved == [("dropout_1", "dense_2"), ("dropout_1", "flatten_1")]
    port = canvas.card_rect("dropout_1").topLeft() + QPoint(168, 42)
    assert added == [("dropout_1", canvas.viewport().mapToGlobal(port))]
    assert [(after, text) for after, _, text in typed] == [("dropout_1", "b")]


def test_the_input_is_neither_removed_nor_moved(canvas, qtbot):
    signals = (canvas.remove_requested, canvas.duplicate_requested, canvas.move_requested)
    asked = [recorded(signal) for signal in signals]
    canvas.select(canvas.card_ids()[0])
    control = Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(canvas, Qt.Key.Key_Delete)
    qtbot.keyClick(canvas, Qt.Key.Key_D, control)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, control)
    assert asked == [[], [], []]


# ---------------------------------------------------------------- zoom


def test_zoom_by_wheel_keys_and_fit(canvas, qtbot):
    told = recorded(canvas.zoom_changed)
    wheel = partial(
        QWheelEvent,
        QPointF(100, 100),
        QPointF(canvas.viewport().mapToGlobal(QPoint(100, 100))),
        QPoint(0, 0),
    )
    more = (Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier)
    phase = Qt.ScrollPhase.NoScrollPhase
    QApplication.sendEvent(canvas.viewport(), wheel(QPoint(0, 120), *more, phase, False))
    assert canvas.zoom() == pytest.approx(1.1)
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.zoom() == 1.0
    qtbot.keyClick(canvas, Qt.Key.Key_Minus)
    assert canvas.zoom() == pytest.approx(1 / 1.1)
    qtbot.keyClick(canvas, Qt.Key.Key_0)
    assert canvas.zoom() == 1.0
    assert [round(z, 3) for (z,) in told] == [1.1, 1.0, 0.909, 1.0]
    canvas.show_network(resolved_of(project_of("Flatten", *["Dense"] * 30)), LOSS)
    canvas.fit()
    view = canvas.viewport().rect()
    assert canvas.zoom() < 1
    assert all(view.contains(canvas.card_rect(name)) for name in canvas.card_ids())


def test_rows_wrap_to_the_view(canvas, qtbot):
    canvas.resize(500, 600)
    tops = {canvas.card_rect(name).top() for name in canvas.card_ids()}
    assert len(tops) == 4  # seven layers, two in a row
    assert canvas.horizontalScrollBar().maximum() == 0


# ---------------------------------------------------------------- numbers in words


def test_short_texts():
    assert [short_count(n) for n in (0, 9999, 10_000, 123_456, 1_234_567, 25_000_000)] == [
        "0",
        "9,999",
        "10.0k",
        "123k",
        "1.23M",
        "25.0M",
    ]
    assert bytes_text(4 * 10_090) == "39 KiB"
    assert [bytes_text(n) for n in (0, 900, 1536, 5 * 2**20)] == [
        "0 B",
        "900 B",
        "1.5 KiB",
        "5.0 MiB",
    ]


def test_names_of_the_digits_example_are_unique(canvas):
    canvas.show_network(resolved_of(handwritten_digits()), LOSS)
    assert len(set(canvas.card_ids())) == len(canvas.card_ids()) > 2
