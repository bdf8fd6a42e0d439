"""From a network to a model, to a file and back: the same network, and the same numbers."""

from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from app.core.layer_catalog import LAYER_KINDS
from app.core.network import Layer, Network
from app.modeling.build import build_model, keras_layer
from app.modeling.model_file_check import check_model_file
from app.modeling.model_files import save_model_file
from app.modeling.network_from_model import (
    network_from_model,
    set_weights_by_layer,
    weights_by_layer,
)
from tests.keras.random_networks import KINDS, random_network

NETWORKS = 300
AT_ONCE = 30
REBUILT_EVERY = 4

pytestmark = [
    pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning"),
    pytest.mark.filterwarnings("ignore:You are using a softmax over axis:UserWarning"),
]

_network = cache(random_network)


def _as_keras_holds_it(layer: Layer) -> dict[str, Any]:
    """Every option of `layer`, the same where one value is written in two ways."""
    if LAYER_KINDS[layer.kind].makes_input:
        return dict(layer.options)
    config: dict[str, Any] = keras_layer(layer).get_config()
    if layer.kind == "GroupNormalization":
        del config["groups"]  # -1 becomes the number of channels when Keras builds it
    return config


def _assert_same(back: Network, network: Network) -> None:
    told, wanted = ({layer.id: layer for layer in one.layers} for one in (back, network))
    assert told.keys() == wanted.keys()
    assert set(back.links) == set(network.links)
    for name, layer in wanted.items():
        assert told[name].kind == layer.kind
        assert told[name].trainable == layer.trainable
        assert _as_keras_holds_it(told[name]) == _as_keras_holds_it(layer)


@pytest.mark.parametrize("first", range(0, NETWORKS, AT_ONCE))
def test_a_network_comes_back_from_its_file(first: int, tmp_path: Path) -> None:
    for number in range(first, first + AT_ONCE):
        network, shape = _network(number)
        model = build_model(network, shape, seed=number)
        path = tmp_path / "model.keras"
        save_model_file(model, path)
        report = check_model_file(path, path.name)
        assert report.weights is not None
        assert report.weights >= model.count_params()
        loaded = keras.saving.load_model(path, compile=False)
        back, back_shape = network_from_model(loaded)
        assert back_shape == shape
        _assert_same(back, network)
        if number % REBUILT_EVERY == 0:
            again = build_model(back, shape, seed=number + 1)
            set_weights_by_layer(again, weights_by_layer(loaded))
            x = np.random.default_rng(number).random((2, *shape)).astype("float32")
            before = np.asarray(model(x, training=False))
            np.testing.assert_array_equal(np.asarray(loaded(x, training=False)), before)
            np.testing.assert_array_equal(np.asarray(again(x, training=False)), before)


def test_the_random_networks_are_worth_their_name() -> None:
    networks = [_network(number)[0] for number in range(NETWORKS)]
    assert {layer.kind for network in networks for layer in network.layers} == set(LAYER_KINDS)
    assert len(KINDS) < NETWORKS
    several = [n for n in networks if any(len(n.outputs_of(one.id)) > 1 for one in n.layers)]
    merging = [n for n in networks if any(link.port for link in n.links)]
    frozen = [n for n in networks if any(not layer.trainable for layer in n.layers)]
    assert min(len(several), len(merging), len(frozen)) > NETWORKS / 10
    assert len({network.model_dump_json() for network in networks}) == NETWORKS
