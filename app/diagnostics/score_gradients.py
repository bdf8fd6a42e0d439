"""How the scores of a network change with its input: traced once a model and layer.

A score is what the network puts out for a class before softmax or sigmoid turns the scores into
probabilities: where one class is almost certain, probabilities hardly change with anything, and
that of one class falls because another rises.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Scored = Literal["score", "output"]
"""Of what the gradient is taken: of the score before softmax or sigmoid, or of the output."""


@dataclass(frozen=True)
class Gradients:
    """Gradients of one score of each sample; float32.

    Attributes:
        scored: of what.
        of_input: (samples, *input_shape); None where nothing can be differentiated.
        of_layer: (samples, *output_shape) of the layer; None where none was asked for, or the score
            does not depend on it.
        layer: (samples, *output_shape), what the layer puts out; None where none was asked for.
    """

    scored: Scored
    of_input: np.ndarray | None
    of_layer: np.ndarray | None
    layer: np.ndarray | None


def places_of(model: Any) -> dict[str, Any]:
    """What each layer puts out in the graph of a functional model, by its name; without layers that
    stand in several places or put out several tensors.
    """
    outputs: dict[str, list[Any]] = {}
    waiting, seen = list(model.outputs), set()
    while waiting:
        # A model within the model has an output of its own, too: only the history of this graph
        # tells what it puts out here.
        layer, node, _ = waiting.pop()._keras_history
        if (layer.name, node) not in seen:
            seen.add((layer.name, node))
            outputs.setdefault(layer.name, []).extend(layer._inbound_nodes[node].outputs)
            waiting.extend(layer._inbound_nodes[node].input_tensors)
    return {name: found[0] for name, found in outputs.items() if len(found) == 1}


_Call = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[Any, ...]]
_traced: "weakref.WeakKeyDictionary[Any, dict[str | None, tuple[Scored, _Call]]]" = (
    weakref.WeakKeyDictionary()
)


def score_gradients(
    model: Any,
    x: np.ndarray,
    outputs: np.ndarray,
    signs: np.ndarray,
    layer_id: str | None = None,
) -> Gradients:
    """The gradient of one score of each sample, in inference mode.

    Args:
        model: a built functional Keras model with one input and one output (samples, outputs).
        x: (samples, *input_shape), preprocessed.
        outputs: (samples,) whose output's score, from 0.
        signs: (samples,) 1, or -1 where the score of class 0 of a network with one output is meant.
        layer_id: a layer with one place in the graph (`places_of`), whose gradient is wanted too.

    Raises:
        KeyError: there is no such layer.
    """
    calls = _traced.setdefault(model, {})
    if layer_id not in calls:
        calls[layer_id] = _trace(model, layer_id)
    scored, call = calls[layer_id]
    of_input, of_layer, layer = call(
        np.asarray(x, np.float32), np.asarray(outputs, np.int32), np.asarray(signs, np.float32)
    )
    return Gradients(
        scored, *(None if t is None else t.numpy() for t in (of_input, of_layer, layer))
    )


def _trace(model: Any, layer_id: str | None) -> tuple[Scored, _Call]:
    import keras
    import tensorflow as tf

    from app.modeling.random_state import random_state_kept

    scored, last, finish = _before_squashing(model)
    inner = [] if layer_id is None else [places_of(model)[layer_id]]
    part = keras.Model(model.inputs, [last, *inner])

    def gradients(x: Any, outputs: Any, signs: Any) -> tuple[Any, Any, Any]:
        with random_state_kept(part), tf.GradientTape() as tape:
            tape.watch(x)
            before, *layers = tf.nest.flatten(part(x, training=False))
            scores = tf.cast(finish(before), tf.float32)
            total = tf.reduce_sum(tf.gather(scores, outputs, batch_dims=1) * signs)
        wanted = tape.gradient(total, [x, *layers])
        as_float = [None if t is None else tf.cast(t, tf.float32) for t in (*wanted, *layers)]
        return as_float[0], *(as_float[1:] or (None, None))

    signature = [
        tf.TensorSpec([None, *model.input_shape[1:]], tf.float32),
        tf.TensorSpec([None], tf.int32),
        tf.TensorSpec([None], tf.float32),
    ]
    traced = tf.function(gradients, input_signature=signature, autograph=False)
    concrete = traced.get_concrete_function()
    return scored, lambda *arrays: concrete(*map(tf.constant, arrays))


def _before_squashing(model: Any) -> tuple[Scored, Any, Callable[[Any], Any]]:
    """What stands before the scores, and how they follow from it.

    Softmax and sigmoid are recognized as activation of a last Dense layer and as a layer of their
    own; anything else counts as part of the output.
    """
    import keras

    output = model.outputs[0]
    layer, node, _ = output._keras_history
    squashing = (keras.activations.softmax, keras.activations.sigmoid)
    activation = getattr(layer, "activation", None)
    kind = type(layer).__name__
    squashes = kind == "Softmax" or any(activation is one for one in squashing)
    if not squashes or kind not in ("Softmax", "Activation", "Dense"):
        return "output", output, lambda tensor: tensor
    given = layer._inbound_nodes[node].input_tensors[0]
    if kind != "Dense":
        return "score", given, lambda tensor: tensor

    def without_activation(tensor: Any) -> Any:
        # The layer itself, so that its way to multiply (precision, quantization) stays its own.
        layer.activation = keras.activations.linear
        try:
            return layer(tensor)
        finally:
            layer.activation = activation

    return "score", given, without_activation
