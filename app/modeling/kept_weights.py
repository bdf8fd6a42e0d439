"""Kept weights between a Keras model and the store: which layer has which, taken out and put in."""

from collections.abc import Mapping

import keras

from app.core.network import Network
from app.data.kept_weights import Arrays
from app.modeling.given_weights import give_weights


def weights_of_layers(model: keras.Model, network: Network) -> dict[str, Arrays]:
    """Copies of the weights of each layer of `network` that has some, by its id.

    Args:
        model: built from `network`.
    """
    made = _by_name(model)
    weights = {one.id: made[one.id].get_weights() for one in network.layers if one.id in made}
    return {name: tuple(arrays) for name, arrays in weights.items() if arrays}


def _by_name(model: keras.Model) -> dict[str, keras.layers.Layer]:
    """Its layers; a closed box may be an operation, which has no weights."""
    return {layer.name: layer for layer in model.layers}


def begin_with_kept(
    model: keras.Model, network: Network, kept: Mapping[str, Arrays]
) -> tuple[str, ...]:
    """Give each layer that names kept weights these weights in the place of those that were drawn.

    Args:
        model: built from `network`.
        kept: the arrays by key.

    Returns:
        ids of the layers that keep what was drawn, since theirs are missing or of other shapes.
    """
    left = []
    layers = _by_name(model)
    for layer in network.layers:
        if layer.kept_weights is None or layer.id not in layers:
            continue
        made = layers[layer.id]
        arrays = kept.get(layer.kept_weights, ())
        if [tuple(w.shape) for w in made.weights] == [a.shape for a in arrays]:
            give_weights(made, arrays)
        else:
            left.append(layer.id)
    return tuple(left)
