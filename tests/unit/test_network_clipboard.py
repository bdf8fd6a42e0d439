"""Layers as text: there and back, and what foreign or hostile text gives."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.network import Network
from app.core.network_clipboard import CopiedLayers, copy_text, read_text
from app.core.network_edits import RefusedEditError, graft
from app.core.templates import handwritten_digits

NETWORK = handwritten_digits().network
NAMES = [layer.id for layer in NETWORK.layers]
PLACES = {name: (100.0 + 232 * i, 50.0) for i, name in enumerate(NAMES)}


def damaged(**changes: object) -> str:
    content = json.loads(copy_text(NETWORK, NAMES[1:3], PLACES))
    return json.dumps({**content, **changes})


def test_layers_come_back_with_options_links_and_places() -> None:
    copied = read_text(copy_text(NETWORK, NAMES[1:4], PLACES))
    network, names = graft(NETWORK, copied.as_layers(), copied.links)
    assert list(names) == NAMES[1:4]
    for old, new in names.items():
        assert new not in NAMES
        assert network.layer(new).kind == NETWORK.layer(old).kind
        assert network.layer(new).options == NETWORK.layer(old).options
    assert copied.relative_places() == {n: (232.0 * i, 0.0) for i, n in enumerate(NAMES[1:4])}
    assert len(network.links) == len(NETWORK.links) + 2


def test_what_belongs_to_the_project_is_not_copied() -> None:
    layers = tuple(
        x.model_copy(update={"kept_weights": "0" * 32, "trainable": False}) for x in NETWORK.layers
    )
    text = copy_text(Network(layers=layers), NAMES[1:2], {})
    assert "kept" not in text
    assert read_text(text).layers[0].trainable is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("def f(): pass", "holds no layers"),
        ('{"a": 1}', "holds no layers"),
        ("\ud800\x00", "holds no layers"),
        ('{"content": "layerlab layers", "version": 1', "damaged"),
        ('{"content": "layerlab layers"' + "[" * 100_000, "damaged"),
        ('["layerlab layers"]', "damaged"),
        (damaged(version=2), "another version"),
        (damaged(layers=[]), "holds no layers"),
        (damaged(surprise=1), "damaged"),
        (damaged(layers=[{"id": "a", "kind": "Dense", "options": {"units": {"x": 1}}}]), "damaged"),
        (damaged(layers=[{"id": "../a", "kind": "Dense"}]), "damaged"),
        (damaged(layers=[{"id": "a", "kind": "Dense"}] * 2), "damaged"),
        (damaged(layers=[{"id": "a", "kind": "InputLayer"}], links=[]), "Input only"),
        (damaged(links=[{"source": "x", "target": "y"}]), "damaged"),
        (damaged(links=[{"source": NAMES[1], "target": NAMES[1]}]), "damaged"),
        (damaged(places=[{"id": NAMES[1], "x": 1e999, "y": 0}]), "damaged"),
        (damaged(layers=[{"id": f"l{i}", "kind": "Dense"} for i in range(2001)]), "damaged"),
        ('{"content": "layerlab layers"' + " " * 9_000_000, "holds no layers"),
    ],
)
def test_foreign_text_gives_a_reason_and_nothing_else(text: str, words: str) -> None:
    with pytest.raises(RefusedEditError, match=words) as refused:
        read_text(text)
    assert len(str(refused.value)) < 120


@given(st.text() | st.binary().map(lambda b: b.decode("latin-1")), st.booleans())
@settings(max_examples=150, deadline=None)
def test_any_text_is_refused_or_read(text: str, marked: bool) -> None:
    try:
        read_text('{"content": "layerlab layers", ' + text if marked else text)
    except RefusedEditError:
        return
    raise AssertionError("random text was read as layers")


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_changed_letter_never_escapes(data: st.DataObject) -> None:
    text = copy_text(NETWORK, NAMES[1:4], PLACES)
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.characters()) + text[place + 1 :]
    try:
        copied = read_text(changed)
    except RefusedEditError:
        return
    assert isinstance(copied, CopiedLayers)
    graft(NETWORK, copied.as_layers(), copied.links)
