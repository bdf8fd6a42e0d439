"""Activations with their parameters against Keras: values, derivatives, sampled slopes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.core.activation_facts import over_vector
from app.core.activation_forms import FORMS, RANDOMIZED
from app.core.activation_use import activation_in_use, use_activation
from app.core.templates import two_moons
from app.modeling.build import build_model

POINTS = [k / 8 + 0.03 for k in range(-48, 49)]

OF_KERAS = {
    "relu": lambda x, p: keras.activations.relu(
        x, p["negative_slope"], None if p["max_value"] == np.inf else p["max_value"], p["threshold"]
    ),
    "leaky_relu": lambda x, p: keras.activations.leaky_relu(x, p["negative_slope"]),
    "elu": lambda x, p: keras.activations.elu(x, p["alpha"]),
    "celu": lambda x, p: keras.activations.celu(x, p["alpha"]),
    "squareplus": lambda x, p: keras.activations.squareplus(x, p["b"]),
    "soft_shrink": lambda x, p: keras.activations.soft_shrink(x, p["threshold"]),
    "hard_shrink": lambda x, p: keras.activations.hard_shrink(x, p["threshold"]),
    "softmax": lambda x, p: keras.activations.softmax(
        tf.stack([x, tf.zeros_like(x)], -1) / p["temperature"]
    )[:, 0],
    "log_softmax": lambda x, p: keras.activations.log_softmax(
        tf.stack([x, tf.zeros_like(x)], -1) / p["temperature"]
    )[:, 0],
}
OTHER = {
    "negative_slope": 0.37,
    "threshold": 1.31,
    "max_value": 4.77,
    "alpha": 1.9,
    "temperature": 0.45,
    "b": 7.0,
}


@pytest.mark.parametrize("name", OF_KERAS)
@pytest.mark.parametrize("usual", [True, False])
def test_a_form_is_the_function_of_keras(name: str, usual: bool) -> None:
    form = FORMS[name]
    given = {} if usual else {option.name: OTHER[option.name] for option in form.options}
    p = form.parameters(given)
    points = tf.constant(POINTS, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(points)
        result = OF_KERAS[name](points, p)
    slope = tape.gradient(result, points)
    np.testing.assert_allclose([form.value(x, p) for x in POINTS], result, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose([form.derivative(x, p) for x in POINTS], slope, rtol=1e-5, atol=1e-8)


def test_every_form_with_parameters_is_compared() -> None:
    with_parameters = {name for name, form in FORMS.items() if form.options and form.in_catalog}
    assert with_parameters == set(OF_KERAS)


@pytest.mark.parametrize("name", [n for n, f in FORMS.items() if f.layer is not None])
def test_what_the_lab_gives_a_layer_computes_what_the_lab_draws(name: str) -> None:
    """The edited network, built by Keras: behind dense_1 stands f of what dense_1 gives."""
    form = FORMS[name]
    given = {
        option.name: {**OTHER, "lower": 0.1, "upper": 0.4}[option.name] for option in form.options
    }
    network = use_activation(two_moons().network, "dense_1", form, given)
    found = activation_in_use(network, "dense_1")
    assert found is not None
    model = build_model(network, (2,), seed=3)
    behind = network.outputs_of("dense_1")[0]
    parts = keras.Model(
        model.input, [model.get_layer("dense_1").output, model.get_layer(behind).output]
    )
    if name == "prelu":
        model.get_layer(behind).alpha.assign(np.full(8, given["alpha"], np.float32))
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32) * 3
    before, after = (np.asarray(part) for part in parts(x))
    p = form.parameters(given)
    wanted = np.array([[form.value(float(v), p) for v in row] for row in before])
    np.testing.assert_allclose(after, wanted, rtol=1e-5, atol=1e-6)


def test_slopes_in_training_are_those_of_the_fan() -> None:
    """Evenly between the bounds, one for each number; their mean in use."""
    form = FORMS[RANDOMIZED]
    given = {"lower": 0.1, "upper": 0.5}
    network = use_activation(two_moons().network, "dense_1", form, given)
    layer = build_model(network, (2,), seed=3).get_layer(network.outputs_of("dense_1")[0])
    x = -np.ones((200, 50), np.float32)
    slopes = -np.asarray(layer(x, training=True)).ravel()
    assert 0.1 <= slopes.min() < 0.101
    assert 0.499 < slopes.max() <= 0.5
    shares, _ = np.histogram(slopes, bins=8, range=(0.1, 0.5))
    assert np.abs(shares / len(slopes) - 1 / 8).max() < 0.015
    np.testing.assert_allclose(-np.asarray(layer(x, training=False)), 0.3, rtol=1e-6)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_over_a_vector_as_in_keras(name: str) -> None:
    scores = (2.0, 1.0, 0.5, 0.0, -1.0)
    for temperature in (0.3, 1.0, 4.0):
        wanted = keras.activations.get(name)(tf.constant([scores], tf.float64) / temperature)[0]
        np.testing.assert_allclose(over_vector(name, scores, temperature), wanted, rtol=1e-6)
