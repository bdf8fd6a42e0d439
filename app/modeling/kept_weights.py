"""Kept weights between a Keras model and the store: which layer has which, taken out and put in."""

from collections.abc import Mapping

import keras

from app.core.network import Network
from app.data.kept_weights import Arrays


def weights_of_layers(model: keras.Model, network: Network) -> dict[str, Arrays]:
    """Copies of the weights of each layer of `network` that has some, by its id.

    Args:
        model: built from `network`.
    """
    found = {}
    for layer in network.layers:
        weights = model.get_layer(layer.id).get_weights()
        if weights:
            found[layer.id] = tuple(weights)
    return found


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
    for layer in network.layers:
        if layer.kept_weights is None:
            continue
        made = model.get_layer(layer.id)
        arrays = kept.get(layer.kept_weights, ())
        if [tuple(w.shape) for w in made.weights] == [a.shape for a in arrays]:
            made.set_weights(list(arrays))
        else:
            left.append(layer.id)
    return tuple(left)
