"""From a Keras model back to a network, and the weights to go with it."""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from app.core.layer_catalog import LAYER_KINDS
from app.core.network import INPUT_KIND, Layer, Network, chain, unused_id
from app.modeling.build import keras_class, keras_layer
from app.modeling.errors import ModelingError
from app.modeling.keras_objects import options_from_config

Weights = Mapping[str, Sequence[np.ndarray]]
"""For each layer's id its arrays, in the order of `keras.layers.Layer.get_weights`."""

_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")
_IGNORED = frozenset(("name", "seed", "shared_object_id", "registered_name", "module"))
"""What may differ between two configurations of the same layer."""


def network_from_model(model: keras.Model) -> tuple[Network, tuple[int, ...]]:
    """The network that `model` is, and the shape of one sample.

    Only chains of layers of the catalog, with options that the catalog has.

    Raises:
        ModelingError: says what in the model LayerLab cannot show.
    """
    first, keras_layers = _chain_of(model)
    shape = tuple(model.input_shape[1:])
    if any(size is None for size in shape):
        raise _unsuited(f"its input may be of any size: {shape}", "A fixed size of input.")
    first, *ids = _ids([first, *(layer.name for layer in keras_layers)])
    layers = [Layer(id=first, kind=INPUT_KIND)]
    layers += (_layer(made, name) for made, name in zip(keras_layers, ids, strict=True))
    return chain(layers), shape


def weights_by_layer(model: keras.Model) -> dict[str, tuple[np.ndarray, ...]]:
    """Copies of the weights of each layer that has some, by the ids of `network_from_model`.

    Raises:
        ModelingError: when the model is no chain.
    """
    return {name: tuple(layer.get_weights()) for name, layer in _layers_with_weights(model)}


def set_weights_by_layer(model: keras.Model, weights: Weights) -> None:
    """Give the layers of `model` these weights: all of them, or none when one does not fit.

    Raises:
        ModelingError: when a layer with weights is missing, or is too many, or a shape differs.
    """
    targets = dict(_layers_with_weights(model))
    strangers = targets.keys() ^ weights.keys()
    if strangers:
        raise _misfit(f"only one of them has weights for {min(strangers)}")
    for name, layer in targets.items():
        wanted = [tuple(w.shape) for w in layer.weights]
        given = [tuple(w.shape) for w in weights[name]]
        if wanted != given:
            raise _misfit(f"{name} has weights of the shapes {wanted}, not {given}")
    for name, layer in targets.items():
        layer.set_weights(list(weights[name]))


def _layers_with_weights(model: keras.Model) -> Iterator[tuple[str, keras.layers.Layer]]:
    first, layers = _chain_of(model)
    ids = _ids([first, *(layer.name for layer in layers)])
    return ((name, layer) for name, layer in zip(ids[1:], layers, strict=True) if layer.weights)


def _misfit(what: str) -> ModelingError:
    return ModelingError(
        f"The weights do not go with the network: {what}.",
        "Weights of the very same network.",
        "Open the model together with its network.",
    )


def _unsuited(what: str, expected: str) -> ModelingError:
    return ModelingError(
        f"This model cannot be shown as a network: {what}.",
        expected,
        "Open a model that is a chain of the layers in LayerLab's list.",
    )


def _chain_of(model: keras.Model) -> tuple[str, list[keras.layers.Layer]]:
    """The name of the input, and the layers behind it, one after the other."""
    if isinstance(model, keras.Sequential):
        if not model.built or not isinstance(model.input_shape, tuple):
            raise _unsuited("it does not say what shape comes in", "A model that was built.")
        return "input", list(model.layers)
    if not isinstance(model, keras.Model) or not hasattr(model, "input_shape"):
        raise _unsuited("it is a program of its own", "A Sequential or functional model.")
    expected = "One layer after the other, from one input to one output."
    layers = list(model.layers)
    if not layers or not isinstance(layers[0], keras.layers.InputLayer):
        raise _unsuited("it does not begin with one input", expected)
    for before, layer in itertools.pairwise(layers):
        try:
            follows = layer.input is before.output
        except (AttributeError, ValueError):  # several inputs, or used more than once
            follows = False
        if not follows:
            raise _unsuited(f"{layer.name} does not just follow {before.name}", expected)
    if len(model.outputs) != 1 or model.outputs[0] is not layers[-1].output:
        raise _unsuited("its output is not that of the last layer", expected)
    return layers[0].name, layers[1:]


def _ids(names: Sequence[str]) -> list[str]:
    """An id for each layer: its name where that can be one and is free."""
    taken = Network()
    for name in names:
        fits = _ID.fullmatch(name) and not taken.has(name)
        chosen = name if fits else unused_id(taken, name[:40])
        taken = Network(layers=(*taken.layers, Layer(id=chosen, kind="any")))
    return [layer.id for layer in taken.layers]


def _layer(made: keras.layers.Layer, layer_id: str) -> Layer:
    kind = next((k for k in LAYER_KINDS if type(made) is keras_class(k)), None)
    if kind is None or LAYER_KINDS[kind].makes_input:
        raise _unsuited(
            f"{made.name} is a {type(made).__name__}", "Kinds of layer of LayerLab's list."
        )
    config = made.get_config()
    if not made.trainable:
        raise _unsuited(f"{made.name} is frozen", "Layers that are trained.")
    if made.dtype_policy.name != "float32":
        raise _unsuited(f"{made.name} computes in {made.dtype_policy.name}", "Layers in float32.")
    table = LAYER_KINDS[kind].options
    options, strange = options_from_config(table, config)
    layer = Layer(id=layer_id, kind=kind, options=options)
    idle = {option.name for option in table if not option.applies(options)}
    again = {} if strange else keras_layer(layer).get_config()
    for name in (*strange, *(n for n in _differences(config, again) if n not in idle)):
        raise _unsuited(
            f"{name} of {made.name} is {config.get(name)!r:.100}", "Options that LayerLab offers."
        )
    return layer


def _differences(config: Mapping[str, Any], again: Mapping[str, Any]) -> list[str]:
    """The arguments in which two configurations of a layer are not the same."""
    names = (config.keys() | again.keys()) - _IGNORED
    return sorted(name for name in names if not _same(config.get(name), again.get(name)))


def _same(one: Any, other: Any) -> bool:
    if _is_penalty(one) and _is_penalty(other):
        return all(
            math.isclose(one["config"].get(k, 0.0), other["config"].get(k, 0.0), rel_tol=1e-6)
            for k in ("l1", "l2")
        )
    if isinstance(one, dict) and isinstance(other, dict):
        return all(
            _same(one.get(key), other.get(key)) for key in (one.keys() | other.keys()) - _IGNORED
        )
    # One axis is written as a number before a layer is built, and as a list of one after.
    one, other = _bare(one), _bare(other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and math.isclose(one, other, rel_tol=1e-6)
    return bool(one == other)


def _bare(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def _is_penalty(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") in ("L1", "L2", "L1L2")
