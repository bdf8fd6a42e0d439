"""Weights given to layers, with what the layers made of the old ones."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np


def give_weights(layer: Any, arrays: Sequence[np.ndarray]) -> None:
    """`layer.set_weights` that counts for all that is inside `layer`, a layer or a model.

    Raises:
        ValueError: as of Keras, for arrays of other shapes.
    """
    layer.set_weights(list(arrays))
    take_weights_anew(layer)


def take_weights_anew(layer: Any) -> None:
    """To be called when variables inside `layer`, a layer or a model, were assigned to.

    `Normalization` computes with copies of its mean and variance, which Keras 3.15 takes when it
    reads a file and at no other time: it would go on with those that it was made with.
    """
    for inside in _with_copies(layer):
        inside.finalize_state()


def computes_with_copies(layer: Any) -> bool:
    """Whether what is traced of `layer`, a layer or a model, holds for the weights that it had then
    alone, see `take_weights_anew`.
    """
    return bool(_with_copies(layer))


def _with_copies(layer: Any) -> list[Any]:
    kind = keras.layers.Normalization
    return [inside for inside in layer._flatten_layers() if isinstance(inside, kind)]
