"""What a card shows and says of inputs, frozen and kept weights, and of what may go into it."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from app.core.dataset_catalog import summary_of
from app.core.layer_catalog import LAYER_KINDS, new_layer
from app.core.network import Link, Network, chain, with_layer
from app.core.resolve import resolve
from app.core.templates import handwritten_digits, start_from
from app.ui.canvas.card import CardItem, CardMarks
from app.ui.canvas.face import face_of_layer, icon_of_kind, port_count, totals_text
from app.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, input_port, output_port
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT

KEY = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)


def merged():
    """Digits, two convolutions side by side, added."""
    project = start_from("digits")
    layers = [project.network.layers[0]]
    for kind in ("Conv2D", "Conv2D", "Add", "Flatten", "Dense"):
        layers.append(new_layer(chain(layers), kind))
    source, left, right, add, flatten, dense = (x.id for x in layers)
    links = [(source, left, 0), (source, right, 0), (left, add, 0), (right, add, 1)]
    links += [(add, flatten, 0), (flatten, dense, 0)]
    network = Network(
        layers=tuple(layers), links=tuple(Link(source=a, target=b, port=p) for a, b, p in links)
    )
    return project.model_copy(update={"network": network})


def face_of(project, layer_id):
    resolved = resolve(project, summary_of(project.data))
    return face_of_layer(resolved, resolved.layer(layer_id), False)


def changed(project, layer_id, **update):
    layer = project.network.layer(layer_id).model_copy(update=update)
    return project.model_copy(update={"network": with_layer(project.network, layer)})


def picture_of(card):
    image = QImage(QSize(CARD_WIDTH + 40, 140), QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.translate(20, 20)
    card.paint(painter, None)
    painter.end()
    return image


def color_at(image, x, y):
    return image.pixelColor(round(x) + 20, round(y) + 20).name()


def test_a_merge_shows_each_input_and_one_to_come():
    face = face_of(merged(), "add_1")
    assert (face.links, face.ports) == (2, 3)
    assert "2 inputs" in face.spoken()
    image = picture_of(CardItem(face))
    for number in range(3):
        x, y = input_port(number, face.ports)
        rim = {color_at(image, x + dx, y) for dx in (-4, -3, -2)}
        assert rim - {"#ffffff"}, number
    assert color_at(image, -3, 12) == "#ffffff"  # and nothing where none is


def test_inputs_of_other_kinds():
    resolved = resolve(merged(), summary_of(merged().data))
    assert port_count(resolved.layer("input"), 0) == 0
    assert port_count(resolved.layer("dense_1"), 1) == 1
    assert port_count(resolved.layer("dense_1"), 0) == 1
    assert port_count(resolved.layer("add_1"), 0) == 2
    assert port_count(resolved.layer("add_1"), 5) == 6


def test_inputs_with_names_are_told_in_their_order():
    kind = next(kind for kind in LAYER_KINDS.values() if kind.ports)
    project = start_from("digits")
    layers = [project.network.layers[0], new_layer(project.network, kind.name)]
    project = project.model_copy(update={"network": chain(layers)})
    assert ", ".join(kind.ports) in face_of(project, layers[1].id).tool_tip
    assert kind.ports[0] not in face_of(merged(), "add_1").tool_tip


def test_a_frozen_layer_wears_a_lock_and_says_so():
    plain = face_of(merged(), "conv2d_1")
    face = face_of(changed(merged(), "conv2d_1", trainable=False), "conv2d_1")
    assert face.is_frozen
    assert not plain.is_frozen
    assert face.parameters == plain.parameters.replace("params", "fixed")
    assert not face.has_weights  # no gradient, no strip
    assert "frozen" in face.spoken()
    assert "frozen" not in plain.spoken()
    assert "training leaves its weights as they are" in face.tool_tip
    assert face.icon == plain.icon
    locked, open_ = picture_of(CardItem(face)), picture_of(CardItem(replace(face, is_frozen=False)))
    assert locked != open_
    # A layer without weights has nothing to freeze.
    assert not face_of(changed(merged(), "flatten_1", trainable=False), "flatten_1").is_frozen


def test_the_total_counts_frozen_weights_as_the_memory_does():
    project = handwritten_digits()
    total = 9 * 16 + 16 + 9280 + 650
    resolved = resolve(project, summary_of(project.data))
    assert totals_text(resolved) == f"{total:,} parameters · 39 KiB"
    frozen = changed(project, "conv2d_1", trainable=False)
    resolved = resolve(frozen, summary_of(project.data))
    assert totals_text(resolved) == f"{total:,} parameters, 160 fixed · 39 KiB"
    assert resolved.weight_bytes == 4 * total
    assert (resolved.parameters, resolved.fixed_parameters) == (total - 160, 160)


def test_kept_weights_are_marked_and_told():
    face = face_of(changed(merged(), "dense_1", kept_weights=KEY), "dense_1")
    assert face.keeps_weights
    assert "begins with kept weights" in face.spoken()
    assert "begins with the weights that are kept in the project" in face.tool_tip
    without = replace(face, keeps_weights=False)
    assert picture_of(CardItem(face)) != picture_of(CardItem(without))


@pytest.mark.parametrize(
    ("marks", "ink"),
    [
        (CardMarks(drop="allowed", port=1), LIGHT.accent),
        (CardMarks(drop="forbidden", port=1), LIGHT.error),
        (CardMarks(port=1), LIGHT.accent),
    ],
)
def test_the_port_that_a_link_would_go_into_is_filled(marks, ink):
    face = face_of(merged(), "add_1")
    card = CardItem(face)
    x, y = input_port(1, face.ports)
    resting = color_at(picture_of(card), x, y)
    card.set_marks(marks)
    image = picture_of(card)
    assert resting != ink.lower()
    assert color_at(image, x, y) == ink.lower()
    assert color_at(image, *output_port()) != ink.lower()
    card.set_marks(replace(marks, port=None, output_port=True))
    assert color_at(picture_of(card), *output_port()) == ink.lower() or marks.drop == "forbidden"


def test_allowed_and_forbidden_differ_not_by_colour_alone():
    card = CardItem(face_of(merged(), "add_1"))

    def line():
        image = picture_of(card)
        return [color_at(image, x, 0) for x in range(20, CARD_WIDTH - 20)]

    card.set_marks(CardMarks(drop="allowed"))
    assert set(line()) == {LIGHT.accent.lower()}
    card.set_marks(CardMarks(drop="forbidden"))
    assert LIGHT.error.lower() in line()
    assert len(set(line())) > 1  # dashed


def test_a_port_that_is_not_there_yet_is_drawn_while_it_is_meant():
    face = face_of(merged(), "dense_1")
    card = CardItem(face)
    x, y = input_port(1, face.ports)
    assert color_at(picture_of(card), x - 3, y) == "#ffffff"
    card.set_marks(CardMarks(port=1, drop="forbidden"))
    assert color_at(picture_of(card), x, y) == LIGHT.error.lower()


def test_texts_stay_within_the_card():
    long = "VeryLongNameOfSomeKindOfLayer2D"
    face = replace(
        face_of(merged(), "conv2d_1"), title=long, options=long * 3, shape="1024 × 1024 × 4096",
        parameters="123,456,789,012 params", parameters_short="123G params", is_frozen=True,
        keeps_weights=True, glyph=None,
    )  # fmt: skip
    image = picture_of(CardItem(face))
    outside = {
        color_at(image, CARD_WIDTH + dx, y) for dx in (8, 12, 18) for y in range(CARD_HEIGHT)
    }
    assert outside == {"#ffffff"}
    assert CardItem(face).boundingRect().contains(QRectF(-5, 0, CARD_WIDTH + 10, CARD_HEIGHT))


def test_every_kind_has_an_icon_of_its_family():
    assert {kind.name for kind in LAYER_KINDS.values() if not icon_of_kind(kind)} == set()
    asked = {f"layer-{kind.icon}" for kind in LAYER_KINDS.values()}
    assert {icon_of_kind(kind) for kind in LAYER_KINDS.values()} == asked  # none falls back
