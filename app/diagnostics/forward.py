"""The outputs of a model and of the layers inside it, computed fast and often.

One trace a model and question serves batches of every length, whatever the weights: a live view
that asks 20 times a second costs the arithmetic alone.
"""

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from app.data.samples import Samples, is_streamed
from app.diagnostics.score_gradients import places_of

BATCH = 4096
"""Samples in one call: bounds the time and the memory that a question takes."""

STREAMED_BATCH = 256
"""The same where samples are read from disk."""

_traced: "weakref.WeakKeyDictionary[Any, dict[tuple[str, ...], Callable[[Any], Any]]]" = (
    weakref.WeakKeyDictionary()
)


def output_batches(
    model: Any, x: Samples, layer_ids: tuple[str, ...] = (), batch: int = BATCH
) -> Iterator[tuple[np.ndarray, ...]]:
    """What `model` puts out for `x` in inference mode, batch by batch.

    Args:
        model: a built functional Keras model with one input and one output.
        x: (samples, *input_shape), preprocessed; on disk it is read batch by batch.
        layer_ids: names of layers whose outputs are wanted; the model's own when empty.
        batch: samples in one call.

    Yields:
        one array for each name, (samples of this batch, *its output shape) float32, whatever the
        precision that the layer computes in; of layers that put out whole numbers these.

    Raises:
        ValueError: there is no such layer.
    """
    call = _call(model, layer_ids)
    if is_streamed(x):
        batch = min(batch, STREAMED_BATCH)
    for start in range(0, len(x), batch):
        piece = np.asarray(x[start : start + batch], np.float32)
        yield tuple(output.numpy() for output in call(piece))


def outputs(
    model: Any, x: Samples, layer_ids: tuple[str, ...] = (), batch: int = BATCH
) -> tuple[np.ndarray, ...]:
    """`output_batches` put together; `x` holds at least one sample."""
    parts = zip(*output_batches(model, x, layer_ids, batch), strict=True)
    return tuple(np.concatenate(part) for part in parts)


def _call(model: Any, layer_ids: tuple[str, ...]) -> Callable[[Any], Any]:
    calls = _traced.setdefault(model, {})
    if layer_ids not in calls:
        calls[layer_ids] = _trace(model, layer_ids)
    return calls[layer_ids]


def _trace(model: Any, layer_ids: tuple[str, ...]) -> Callable[[Any], Any]:
    import keras
    import tensorflow as tf

    from app.modeling.random_state import random_state_kept

    # A model of its own even for the whole: what is traced must not keep `model`, the key, alive.
    places = places_of(model)
    wanted = [
        places[name] if name in places else model.get_layer(name).output for name in layer_ids
    ] or list(model.outputs)
    part = keras.Model(model.inputs, wanted)
    signature = tf.TensorSpec([None, *model.input_shape[1:]], tf.float32)

    def in_float32(tensor: Any) -> Any:
        # NumPy by itself has no bfloat16, and sums of float16 overflow.
        return tf.cast(tensor, tf.float32) if tensor.dtype.is_floating else tensor

    def forward(x: Any) -> Any:
        with random_state_kept(part):
            return tuple(map(in_float32, tf.nest.flatten(part(x, training=False))))

    traced = tf.function(forward, input_signature=[signature], autograph=False)
    concrete: Callable[[Any], Any] = traced.get_concrete_function()
    return lambda x: concrete(tf.constant(x))
