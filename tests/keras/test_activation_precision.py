"""The table of activations against Keras as networks compute: in float32, far out as well."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.core.activation_catalog import ACTIVATIONS

GRID = np.setdiff1d(np.round(np.linspace(-30, 30, 2401), 3), [-3, -1, -0.5, 0, 0.5, 1, 3, 6])
TOLERANCE = {"tanh": 1e-6, "squareplus": 1e-6, "mish": 5e-6}
"""Where Keras's own float32 loses digits (1 - tanh(x)^2 and the like); 5e-7 elsewhere."""


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_and_slope_in_single_precision(name: str) -> None:
    entry = ACTIVATIONS[name]
    points = tf.constant(GRID, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(points)
        if entry.over_vector:
            pairs = tf.stack([points, tf.zeros_like(points)], axis=-1)
            result = keras.activations.get(name)(pairs)[:, 0]
        else:
            result = keras.activations.get(name)(points)
    slope = tape.gradient(result, points)
    known = points.numpy().astype(float)
    near = TOLERANCE.get(name, 5e-7)
    np.testing.assert_allclose(result, [entry.value(x) for x in known], rtol=3e-6, atol=near)
    np.testing.assert_allclose(slope, [entry.derivative(x) for x in known], rtol=3e-6, atol=near)
