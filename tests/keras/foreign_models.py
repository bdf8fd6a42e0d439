"""Models of strangers on their way through files and networks."""

from pathlib import Path

import keras
import numpy as np

from app.core.layer_kinds.closed import CLOSED_KIND
from app.core.network import Network
from app.core.shape_inference import infer_network
from app.modeling.build import build_model
from app.modeling.model_files import open_model_file, save_model_file
from app.modeling.network_from_model import (
    network_from_model,
    set_weights_by_layer,
    weights_by_layer,
)


def kinds_of(network: Network) -> list[str]:
    """Kinds in order, closed boxes by their class in brackets."""
    return [
        f"[{layer.options['class_name']}]" if layer.kind == CLOSED_KIND else layer.kind
        for layer in network.layers[1:]
    ]


def sample_of(shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 5, (3, *shape)).astype("float32")


def output_of(model: keras.Model, x: np.ndarray) -> np.ndarray:
    return np.asarray(model(x, training=False))


def again(model: keras.Model, folder: Path, shape: tuple[int, ...] | None = None) -> Network:
    """The network of `model` after it went through a file; asserts that nothing is lost."""
    path = folder / "foreign.keras"
    save_model_file(model, path)
    opened = open_model_file(path, compiled=False)
    network, shape = network_from_model(opened, shape)
    resolved, problems = infer_network(network, shape)
    assert not [problem for problem in problems if problem.severity == "error"]
    x = sample_of(shape)
    expected = output_of(model, x)
    built = build_model(network, shape, seed=5)
    set_weights_by_layer(built, weights_by_layer(opened))
    np.testing.assert_array_equal(output_of(built, x), expected)
    counted = sum((r.parameters or 0) + r.fixed_parameters for r in resolved)
    assert counted == built.count_params()
    trained = sum(int(np.prod(w.shape)) for w in built.trainable_weights)
    assert sum(r.parameters or 0 for r in resolved) == trained
    saved = folder / "again.keras"
    save_model_file(built, saved)
    once_more = open_model_file(saved, compiled=False)
    np.testing.assert_array_equal(output_of(once_more, x), expected)
    opened_again, shape_again = network_from_model(once_more)
    assert (_sorted(opened_again), shape_again) == (_sorted(network), shape)
    return network


def _sorted(network: Network) -> Network:
    """Keras may list layers side by side in another order."""
    layers = sorted(network.layers, key=lambda layer: layer.id)
    links = sorted(network.links, key=lambda link: (link.target, link.port))
    return Network(layers=tuple(layers), links=tuple(links))
