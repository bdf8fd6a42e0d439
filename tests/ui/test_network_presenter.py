"""What is asked for on the canvas becomes one step of the project each, and undo takes it back."""

import random
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from app.core.dataset_catalog import summary_of
from app.core.network import chain, topological_order
from app.core.place_edits import places_of
from app.core.resolve import resolve
from app.core.templates import handwritten_digits
from app.ui.canvas.face import LOSS_CARD
from app.ui.pages.bench_page import BenchPage
from app.ui.pages.network_menus import (
    ground_entries,
    layer_entries,
    link_entries,
    open_menu,
    several_entries,
)
from app.ui.pages.network_presenter import NetworkPresenter
from app.ui.project_document import ProjectDocument
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from tests.ui.test_canvas_hands import ALT, CONTROL, PLAIN, SHIFT, move, press, release

HERE = QPoint(0, 0)


class Bench:
    """Page, document and presenter, as the program puts them together."""

    def __init__(self, page: BenchPage) -> None:
        self.page, self.canvas = page, page.canvas
        self.document = ProjectDocument(resolve, summary_of)
        self.presenter = NetworkPresenter(page, self.document)
        self.document.changed.connect(self._show)
        self.told: list[str] = []
        self.presenter.message.connect(self.told.append)
        self.document.open(handwritten_digits(), None)

    def _show(self, _before, after) -> None:
        self.canvas.show_network(after, "loss")
        self.presenter.choose(self.presenter.chosen)

    @property
    def project(self):
        return self.document.project

    @property
    def links(self):
        return {(k.source, k.target, k.port) for k in self.project.network.links}

    @property
    def steps(self):
        return self.document.undo_stack.count()


@pytest.fixture
def bench(qtbot, qapp):
    apply_theme(qapp, LIGHT)
    page = BenchPage()
    qtbot.addWidget(page)
    page.resize(1280, 760)
    return Bench(page)


def test_each_edit_is_one_step_and_undo_by_value(bench):
    """Every request of the canvas in a row; then all the way back, and forth."""
    canvas, presenter = bench.canvas, bench.presenter
    edge = ("conv2d_1", "maxpooling2d_1", 0)
    asks = [
        lambda: presenter.add_on_link("Add", ("dense_1", "dropout_1", 0)),
        lambda: canvas.link_requested.emit("flatten_1", "add_1", -1),
        lambda: canvas.kind_dropped.emit("BatchNormalization", QPointF(), edge),
        lambda: canvas.kind_dropped.emit("Dense", QPointF(40, 700), None),
        lambda: canvas.places_requested.emit({"dense_1": (100.0, 300.0)}),
        lambda: canvas.rewire_requested.emit(("flatten_1", "add_1", 1), "input", None, -1),
        lambda: canvas.unlink_requested.emit((("input", "add_1", 1),)),
        lambda: canvas.put_on_requested.emit("dropout_1", ("input", "conv2d_1", 0)),
        lambda: canvas.duplicate_requested.emit(("flatten_1",)),
        lambda: canvas.move_requested.emit("dropout_1", "conv2d_1"),
        lambda: canvas.remove_requested.emit(("flatten_2", "dense_3")),
        lambda: (presenter.choose(["input", "dense_1", "dense_2"]), presenter.distribute("down")),
        lambda: (presenter.choose_all(), presenter.align("row")),
        presenter.arrange,
    ]
    projects = [bench.project]
    for number, ask in enumerate(asks, 1):
        ask()
        assert bench.steps == number, (number, bench.told)
        projects.append(bench.project)
    assert all(a != b for a, b in pairwise(projects))
    for project in reversed(projects[:-1]):
        bench.document.undo_stack.undo()
        assert bench.project == project
    for project in projects[1:]:
        bench.document.undo_stack.redo()
        assert bench.project == project


def test_what_is_refused_is_told_and_no_step(bench):
    canvas, presenter = bench.canvas, bench.presenter
    for ask, words in (
        (lambda: canvas.link_requested.emit("dense_2", "conv2d_1", -1), "circle"),
        (lambda: canvas.link_requested.emit("dense_2", "input", -1), "stands for the data"),
        (lambda: canvas.link_requested.emit("gone", "input", -1), "no longer"),
        (lambda: canvas.unlink_requested.emit((("dense_2", LOSS_CARD, 0),)), None),
        (lambda: canvas.remove_requested.emit(("input",)), None),
        (lambda: canvas.duplicate_requested.emit(("input", "gone")), None),
        (lambda: presenter.align("left"), "two layers"),
        (lambda: presenter.distribute("down"), "three layers"),
        (presenter.paste_behind, "paste behind"),
        (presenter.copy, "Choose layers"),
    ):
        bench.told.clear()
        ask()
        assert (words is None and bench.told == []) or words in bench.told[-1]
    assert bench.steps == 0


@pytest.mark.parametrize("text", ["", "hello", '{"content": "layerlab layers", "version": 9}'])
def test_a_foreign_clipboard_gives_a_reason(bench, text):
    QGuiApplication.clipboard().setText(text)
    bench.presenter.paste()
    assert bench.told[-1].endswith(".")
    bench.presenter.choose(["dense_1"])
    bench.presenter.paste_behind()
    assert bench.told[-1].endswith(".")
    assert bench.steps == 0


def test_cut_and_paste_in_another_window(bench, qtbot):
    presenter = bench.presenter
    presenter.choose(["flatten_1", "dense_1"])
    options = bench.project.network.layer("dense_1").options
    presenter.cut()
    assert bench.links >= {("maxpooling2d_1", "dropout_1", 0)}
    page = BenchPage()
    qtbot.addWidget(page)
    other = Bench(page)
    other.presenter.choose(["dense_1"])
    other.presenter.paste_behind()
    assert other.links >= {("dense_1", "flatten_2", 0), ("flatten_2", "dense_3", 0),
                           ("dense_3", "dropout_1", 0)}  # fmt: skip
    assert other.project.network.layer("dense_3").options == options
    assert other.presenter.chosen == ("flatten_2", "dense_3")
    assert not other.project.places  # in line: the canvas still arranges
    other.presenter.paste_at(QPointF(900, 900))
    pasted = [places_of(other.project)[name] for name in other.presenter.chosen]
    assert min(x for x, _ in pasted) == pytest.approx(900, abs=4)
    assert min(y for _, y in pasted) == pytest.approx(900, abs=4)


def test_after_removing_the_layer_before_is_chosen(bench):
    bench.presenter.remove(["dense_1", "dropout_1"])
    assert bench.presenter.selected == "flatten_1"
    assert ("flatten_1", "dense_2", 0) in bench.links


def test_a_drag_to_the_ground_links_the_kind_that_is_chosen_then(bench):
    canvas, popup = bench.canvas, bench.page.palette_popup
    place = QPointF(500, 600)
    canvas.grow_requested.emit("conv2d_1", place, HERE)
    popup.close()
    popup.chosen.emit("Flatten")
    assert ("conv2d_1", "flatten_2", 0) in bench.links
    x, y = places_of(bench.project)["flatten_2"]
    assert (x, y) == (504.0, 560.0) or abs(x - 500) <= 4
    popup.chosen.emit("Flatten")  # nothing is asked for any more
    assert bench.steps == 1


def test_a_search_behind_on_a_link_and_on_the_ground(bench):
    canvas, popup = bench.canvas, bench.page.palette_popup
    canvas.typed.emit("dense_1", HERE, "bat")
    assert popup.search.text() == "bat"
    popup.close()
    popup.chosen.emit("BatchNormalization")
    assert ("dense_1", "batchnormalization_1", 0) in bench.links
    canvas.insert_requested.emit(("dense_1", "batchnormalization_1", 0), HERE)
    popup.close()
    popup.chosen.emit("ReLU")
    assert ("dense_1", "relu_1", 0) in bench.links
    canvas.insert_requested.emit(("dense_2", LOSS_CARD, 0), HERE)
    popup.close()
    popup.chosen.emit("Softmax")
    assert ("dense_2", "softmax_1", 0) in bench.links
    canvas.search_requested.emit(QPointF(84, 842), HERE, "")
    popup.close()
    popup.chosen.emit("Dense")
    assert places_of(bench.project)["dense_3"] == (0.0, 800.0)
    assert bench.presenter.selected == "dense_3"


def test_a_merge_is_fed_by_all_chosen_layers(bench):
    presenter = bench.presenter
    presenter.choose(["flatten_1", "dense_1"])
    presenter.add_behind("Concatenate", "dense_1")
    assert bench.links >= {
        ("dense_1", "concatenate_1", 0),
        ("flatten_1", "concatenate_1", 1),
        ("concatenate_1", "dropout_1", 0),
    }
    assert bench.steps == 1
    assert bench.document.resolved.can_train
    presenter.choose(["dense_1", "flatten_1"])
    presenter.add_behind("Dropout", "flatten_1")  # takes one input: behind the last one
    assert ("flatten_1", "dropout_2", 0) in bench.links
    assert ("dense_1", "concatenate_1", 0) in bench.links
    presenter.choose(["dense_2", "flatten_1"])
    presenter.add_behind("Concatenate", "flatten_1")  # behind the later one: no circle closes
    assert bench.links >= {
        ("dense_2", "concatenate_2", 0),
        ("flatten_1", "concatenate_2", 1),
        ("flatten_1", "dropout_2", 0),
    }


def test_an_empty_network_gets_its_first_layer(bench):
    project = bench.project.model_copy(update={"network": chain([])})
    bench.document.edit("Clear", project)
    bench.presenter.add_layer()
    bench.page.palette_popup.close()
    bench.page.palette_popup.chosen.emit("Dense")
    assert [layer.kind for layer in bench.project.network.layers] == ["Dense"]


def test_nudges_in_a_row_are_one_step(bench):
    for x in (8.0, 16.0, 24.0):
        bench.canvas.places_requested.emit({"dense_1": (x, 400.0)})
    assert bench.steps == 1
    assert places_of(bench.project)["dense_1"] == (24.0, 400.0)
    assert "Arrange" in " ".join(bench.told)


def test_new_layers_of_fixes_get_a_place_too(bench):
    bench.canvas.places_requested.emit({"dense_2": (900.0, 400.0)})
    network = bench.project.network
    bench.document.edit("Clear", bench.project.model_copy(update={"network": network}))
    bench.presenter.add_behind("Dropout", "dense_1")
    assert set(places_of(bench.project)) == set(bench.canvas.card_ids())


def test_every_entry_of_every_menu_does_something(bench, qtbot):
    presenter, canvas = bench.presenter, bench.canvas
    edge = ("conv2d_1", "maxpooling2d_1", 0)
    QGuiApplication.clipboard().setText("")
    before = bench.project
    for chosen, make in (
        (["dense_1"], lambda: layer_entries(presenter, canvas, "dense_1", HERE)),
        (["input"], lambda: layer_entries(presenter, canvas, "input", HERE)),
        (["conv2d_1", "dense_1", "dense_2"], lambda: several_entries(presenter)),
        ([], lambda: link_entries(presenter, edge, HERE)),
        ([], lambda: ground_entries(presenter, canvas, QPointF(30, 30), HERE)),
    ):
        for index, (text, _, enabled) in enumerate(make()):
            if not text or not enabled:
                continue
            presenter.choose(chosen)
            bench.told.clear()
            marks = (presenter.chosen, canvas.zoom(), canvas.keyboard_link())
            make()[index][1]()
            done = (
                bench.project != before
                or bench.told
                or bench.page.palette_popup.isVisible()
                or marks != (presenter.chosen, canvas.zoom(), canvas.keyboard_link())
                or text.startswith("Fit")
            )
            assert done, text
            bench.page.palette_popup.close()
            canvas.give_up()
            bench.document.open(before, None)
    opened: list[QMenu] = []
    open_menu(bench.page, "bench.test", several_entries(presenter), HERE, opened.append)
    (menu,) = opened
    assert [a.text() for a in menu.actions() if a.isSeparator()]
    menu.close()


@pytest.mark.parametrize("seed", range(2))
def test_random_hands_end_in_a_sound_project_that_undo_takes_back(bench, qtbot, seed):
    """Presses, drags and keys anywhere; what the quick search would add is added at once."""
    dice, canvas = random.Random(seed), bench.canvas
    with qtbot.waitExposed(bench.page):
        bench.page.show()
    bench.presenter._ask = lambda where, text, take: take(dice.choice(KINDS))
    before, view = bench.project, canvas.viewport()
    ports = [canvas.output_place, lambda n: canvas.input_place(n, None)]

    def spot() -> QPoint:
        if dice.random() < 0.3 or not canvas.card_ids():
            return QPoint(dice.randrange(view.width()), dice.randrange(view.height()))
        name = dice.choice(canvas.card_ids())
        if dice.random() < 0.5:
            return canvas.mapFromScene(dice.choice(ports)(name))
        return canvas.card_rect(name).center()

    for _ in range(120):
        chance = dice.random()
        modifiers = dice.choice([PLAIN, PLAIN, PLAIN, CONTROL, SHIFT, ALT])
        if chance < 0.6:
            start, goal = spot(), spot()
            press(canvas, start, modifiers=modifiers)
            move(canvas, (start + goal) / 2)
            move(canvas, goal)
            if dice.random() < 0.1:
                qtbot.keyClick(canvas, Qt.Key.Key_Escape)
            release(canvas, goal)
        elif chance < 0.9:
            qtbot.keyClick(canvas, dice.choice(KEYS), modifiers)
        else:
            dice.choice(
                [
                    lambda: (bench.presenter.copy(), bench.presenter.paste()),
                    bench.presenter.paste_behind,
                    bench.presenter.arrange,
                    bench.presenter.choose_all,
                    lambda: bench.presenter.align(dice.choice(["left", "row"])),
                    canvas.fit,
                    canvas.zoom_to_selection,
                    bench.document.undo_stack.undo,
                ]
            )()
        network = bench.project.network
        if len(network.layers) > 60:
            bench.presenter.remove([layer.id for layer in network.layers[20:]])
        assert not topological_order(bench.project.network)[1]
        assert set(bench.project.places) in (set(), set(canvas.card_ids()))
    last, stack = bench.project, bench.document.undo_stack
    index = stack.index()
    assert bench.steps > 10
    stack.setIndex(0)
    assert bench.project == before
    stack.setIndex(index)
    assert bench.project == last


KINDS = ("Dense", "Add", "Concatenate", "Dropout", "Flatten", "MultiHeadAttention", "Conv2D")
KEYS = (
    *(Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Delete),
    *(Qt.Key.Key_D, Qt.Key.Key_Return, Qt.Key.Key_Insert, Qt.Key.Key_A, Qt.Key.Key_Escape),
    *(Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Space, Qt.Key.Key_Menu, Qt.Key.Key_Home),
)
