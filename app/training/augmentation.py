"""Pictures as layers change them in training, to be looked at."""

import logging
from collections.abc import Sequence
from itertools import count
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from app.core.network import Layer, chain
from app.core.shape_inference import infer_network
from app.modeling.build import keras_layer, settle_keras
from app.modeling.errors import ModelingError
from app.modeling.random_state import python_random_fixed
from app.training.errors import explained
from app.training.events import AugmentationAnswer, AugmentationRequest, AugmentedPictures

logger = logging.getLogger(__name__)


def augmented(
    layers: Sequence[Layer], pictures: np.ndarray, seed: int, copies: int
) -> AugmentedPictures:
    """What new Keras layers, one after the other, make of `pictures`; nothing else draws from their
    random numbers, and they draw from nobody else's.

    Args:
        layers: of the catalog, each with one input.
        pictures: (pictures, height, width, channels), preprocessed.
        seed: the same gives the same.
        copies: how often each picture is changed anew.

    Raises:
        ModelingError: for an unknown kind, options that Keras refuses, or pictures that a layer
            cannot take.
    """
    _refuse(layers, pictures.shape[1:])
    settle_keras()
    flow: Any = tf.convert_to_tensor(np.repeat(np.asarray(pictures, np.float32), copies, axis=0))
    with python_random_fixed():  # AugMix does what it does where a training is traced
        for number, layer in enumerate(layers):
            made = keras_layer(layer)
            _seed(made, (seed, number))
            flow = made(flow, training=True)
    # A copy: what TensorFlow gives is its own memory.
    found = np.array(flow, np.float32).reshape(len(pictures), copies, *flow.shape[1:])
    found.flags.writeable = False
    return AugmentedPictures(found)


def answered(request: AugmentationRequest) -> AugmentationAnswer:
    """The changed pictures, or why there are none: that never ends a training."""
    try:
        result = augmented(request.layers, request.pictures, request.seed, request.copies)
    except Exception as error:  # the layers are not those in training
        logger.info("no pictures were changed", exc_info=True)
        told = explained(error, "changing the pictures")
        return AugmentationAnswer(request.number, None, told)
    return AugmentationAnswer(request.number, result)


def _refuse(layers: Sequence[Layer], shape: tuple[int, ...]) -> None:
    taken = {layer.id for layer in layers}
    name = next(name for name in map("pictures_{}".format, count()) if name not in taken)
    network = chain((Layer(id=name, kind="InputLayer"), *layers))
    for problem in infer_network(network, shape)[1]:
        if problem.severity == "error":
            raise ModelingError(problem.happened, problem.expected, problem.how_to_fix)


def _seed(layer: keras.layers.Layer, seed: tuple[int, int]) -> None:
    states = [v for v in layer.variables if v.name == "seed_generator_state"]
    drawn = np.random.SeedSequence(seed).generate_state(2 * len(states), np.uint32)
    for state, values in zip(states, drawn.reshape(-1, 2), strict=True):
        state.assign(values)
