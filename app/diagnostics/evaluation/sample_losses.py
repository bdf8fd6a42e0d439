"""The loss of each sample by itself. Loads TensorFlow."""

from typing import Any

import numpy as np

BATCH = 4096


def losses_of(model: Any, wanted: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """(samples,) float64: the loss that `model` was compiled with for each sample alone, without
    weights and without regularization; their mean is the loss of all.

    Args:
        model: a compiled Keras model whose loss is a `keras.losses.Loss`.
        wanted: targets as the loss takes them, one entry a sample.
        outputs: (samples, outputs) of the model for them.
    """
    import tensorflow as tf

    found = np.empty(len(wanted), np.float64)
    for first in range(0, len(wanted), BATCH):
        place = slice(first, first + BATCH)
        each = model.loss.call(
            tf.convert_to_tensor(wanted[place]),
            tf.convert_to_tensor(np.asarray(outputs[place], np.float32)),
        )
        found[place] = np.asarray(each, np.float64).reshape(len(wanted[place]), -1).mean(axis=1)
    return found
