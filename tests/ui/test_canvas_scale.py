"""A network of 306 layers on the canvas: an edit touches what it changes, a frame what is seen."""

import time

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from app.core.dataset_catalog import summary_of
from app.core.network import with_option
from app.core.resolve import resolve
from app.ui.canvas import canvas_view
from app.ui.canvas.detail import FAR, FARTHEST
from app.ui.canvas.network_canvas import NetworkCanvas
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from tests.topologies import residual_project

LOSS = "sparse categorical cross-entropy"
PROJECT = residual_project()
SUMMARY = summary_of(PROJECT.data)


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)


@pytest.fixture
def canvas(qtbot):
    canvas = NetworkCanvas()
    canvas.resize(927, 640)
    qtbot.addWidget(canvas)
    canvas.show_network(resolve(PROJECT, SUMMARY), LOSS)
    with qtbot.waitExposed(canvas):
        canvas.show()
    QApplication.processEvents()
    return canvas


def edited(kind, name, value):
    layer = next(x.id for x in PROJECT.network.layers if x.kind == kind)
    network = with_option(PROJECT.network, layer, name, value)
    return layer, resolve(PROJECT.model_copy(update={"network": network}), SUMMARY)


def least_time(work, times=3):
    found = []
    for number in range(times):
        start = time.process_time()
        work(number)
        found.append(time.process_time() - start)
    return min(found)


def test_an_edit_changes_one_card(canvas, monkeypatch):
    made = []
    face_of_layer = canvas_view.face_of_layer

    def noting(resolved, layer, is_output, sizes):
        made.append(layer.id)
        return face_of_layer(resolved, layer, is_output, sizes)

    monkeypatch.setattr(canvas_view, "face_of_layer", noting)
    layer, resolved = edited("Dropout", "rate", 0.25)
    places = {name: canvas.card_rect(name) for name in canvas.card_ids()}
    canvas.show_network(resolved, LOSS)
    assert made == [layer]
    assert {name: canvas.card_rect(name) for name in canvas.card_ids()} == places


def test_an_edit_is_shown_at_once(canvas):
    shown = [edited("Dropout", "rate", rate)[1] for rate in (0.1, 0.2, 0.3)]
    assert least_time(lambda n: canvas.show_network(shown[n], LOSS)) < 0.08  # measured: 0.005


def test_only_what_is_seen_is_painted(canvas):
    cards = canvas._cards.values()

    def painted():
        before = [card.paints for card in cards]
        canvas.viewport().repaint()
        return sum(card.paints > count for card, count in zip(cards, before, strict=True))

    assert 8 <= painted() <= 40
    canvas.set_zoom(0.5)
    QApplication.processEvents()
    assert painted() <= 120


@pytest.mark.parametrize("zoom", [1.0, 0.5, (FAR + FARTHEST) / 2, FARTHEST / 2])
def test_a_frame_is_painted_in_time(canvas, zoom):
    canvas.set_zoom(zoom)
    bar = canvas.verticalScrollBar()

    def frame(number):
        bar.setValue(bar.value() + 17 * number)
        canvas.viewport().repaint()

    frame(0)
    assert least_time(frame) < 0.15  # measured: 0.012 to 0.025


def test_a_step_of_the_zoom_leaves_the_cards_where_they_are(canvas):
    canvas.set_zoom(0.5)
    places = {name: card.pos() for name, card in canvas._cards.items()}
    assert least_time(lambda n: canvas.set_zoom(0.45 - 0.05 * n)) < 0.15  # measured: 0.008
    assert {name: card.pos() for name, card in canvas._cards.items()} == places


def test_what_is_under_the_pointer_is_found_in_time(canvas):
    places = [QPoint(40 + 29 * n, 30 + 19 * n) for n in range(30)]

    def move(_):
        for place in places:
            canvas._hover(place)

    assert least_time(move) < 30 * 0.02  # measured: 0.002 each


@pytest.mark.parametrize("zoom", [(FAR + FARTHEST) / 2, FARTHEST / 2])
def test_cards_from_afar_are_plain_and_still_tell_what_is_wrong(canvas, zoom):
    layer, resolved = edited("Dropout", "rate", -1.0)
    canvas.set_zoom(zoom)
    canvas.show_network(resolved, LOSS)
    canvas.centerOn(canvas._cards[layer])
    QApplication.processEvents()
    image = canvas.grab().toImage()
    rect = canvas.card_rect(layer)
    ink = [
        image.pixelColor(x, y)
        for x in range(rect.left() - 1, rect.right() + 2)
        for y in range(rect.top() - 1, rect.bottom() + 2)
    ]
    assert sum(c.red() > c.green() + 60 and c.red() > c.blue() + 60 for c in ink) > 10
