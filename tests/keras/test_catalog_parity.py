"""Every kind of layer and activation against Keras itself.

Layers: output shape of a real call and number of weights, over many options and inputs, all drawn
with a fixed seed; what the catalog refuses Keras must refuse too. Activations: values, and
derivatives by automatic differentiation.
"""

import random
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.core.activation_catalog import ACTIVATIONS
from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_catalog import LAYER_KINDS, LayerKind
from app.core.network import INPUT_KIND, Layer
from app.core.options import (
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
    errors_in,
)
from app.core.shape_inference import infer_layer
from app.modeling.build import keras_layer
from app.modeling.errors import ModelingError

SETS = 30
Shape = tuple[int, ...]
BUILT_KINDS = sorted(set(LAYER_KINDS) - {INPUT_KIND})

STRICTER = {
    # (family, option): why the catalog refuses what some Keras accepts.
    ("Pooling", "strides"): "the gradient ends the process, and TensorFlow says so of tf.nn.pool",
    ("Pooling", "pool_size"): "Keras's eager average pooling gives an empty output",
    ("Convolution", "strides"): "depthwise with unequal strides works in some cases of Keras 3.15",
    ("Convolution", "dilation_rate"): "depthwise with both above 1 works from Keras 3.15 on",
}


def drawn_value(option: Option, chance: random.Random) -> OptionValue:
    """A value of `option`, small enough to build in a millisecond."""
    if option.optional and chance.random() < 0.5:
        return None
    if isinstance(option, ChoiceOption):
        return chance.choice(option.values)
    if isinstance(option, FlagOption):
        return chance.random() < 0.5
    if isinstance(option, FloatOption):
        low = option.minimum if option.minimum is not None else -2.0
        width = min((option.maximum if option.maximum is not None else 2.0) - low, 2.0)
        return round(chance.uniform(low + 0.01 * width, low + 0.95 * width), 6)
    if isinstance(option, IntegerOption):
        return chance.randint(option.minimum or 1, 6)
    assert isinstance(option, ShapeOption)
    length = option.length or chance.randint(1, 3)
    low_end = option.minimum if option.minimum is not None else 1
    # Equal numbers are the usual case, and some kinds take nothing else.
    if chance.random() < 0.5:
        return (chance.randint(low_end, 4),) * length
    return tuple(chance.randint(low_end, 4) for _ in range(length))


def fitting_values(kind: LayerKind, shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    """Values for options that hardly ever fit when drawn blindly."""
    if kind.name == "Reshape":
        size = int(np.prod(shape))
        side = chance.choice([d for d in range(1, size + 1) if size % d == 0])
        target = [side, size // side]
        chance.shuffle(target)
        if chance.random() < 0.5:
            target[chance.randrange(2)] = -1
        return {"target_shape": tuple(target)}
    if kind.name == "Permute":
        order = list(range(1, len(shape) + 1))
        chance.shuffle(order)
        return {"dims": tuple(order)}
    return {}


def drawn_cases(kind: LayerKind) -> Iterator[tuple[Layer, Shape]]:
    """Endless layers of `kind` with inputs, always the same; the first has all defaults."""
    chance = random.Random(f"parity of {kind.name}")
    first = True
    while True:
        rank = kind.rank or chance.choice((1, 2, 3))
        sides = (chance.randint(3, 9) for _ in range(rank - 1))
        # Softmax over one number makes Keras warn.
        shape = (*sides, chance.choice((2, 3, 4, 6, 8)))
        options: dict[str, OptionValue] = {}
        for option in kind.options:
            usual = first or chance.random() < 0.35
            options[option.name] = option.default if usual else drawn_value(option, chance)
        if not first:
            options.update(fitting_values(kind, shape, chance))
        if options.get("filters") == 1 or options.get("units") == 1:
            options["activation"] = "linear"
        first = False
        yield Layer(id="subject", kind=kind.name, options=FrozenMap(options)), shape


def call(layer: Layer, shape: Shape) -> tuple[Any, Shape]:
    """The built Keras layer and its output shape in a real call on two samples."""
    subject = keras_layer(layer)
    output = subject(np.ones((2, *shape), "float32"))
    return subject, tuple(output.shape[1:])


def weights(variables: list[Any]) -> int:
    return sum(int(np.prod(variable.shape)) for variable in variables)


@pytest.mark.parametrize("name", BUILT_KINDS)
def test_shape_and_weights_are_those_of_keras(name: str) -> None:
    kind = LAYER_KINDS[name]
    seen: set[tuple[Layer, Shape]] = set()
    refused: set[tuple[Layer, Shape]] = set()
    # A kind without options differs only by the input.
    wanted = SETS if kind.options else 20
    for tried, (layer, shape) in enumerate(drawn_cases(kind)):
        if len(seen) == wanted:
            break
        assert tried < 60 * SETS, f"only {len(seen)} of {tried} cases fit"
        if (layer, shape) in seen:
            continue
        assert not errors_in(kind.options, layer.options)
        resolved, problems = infer_layer(layer, (shape,))
        if not problems:
            seen.add((layer, shape))
            subject, output_shape = call(layer, shape)
            assert resolved.output_shape == output_shape, f"{layer} on {shape}"
            assert resolved.parameters == weights(subject.trainable_weights), f"{layer} on {shape}"
            assert resolved.fixed_parameters == weights(subject.non_trainable_weights)
        elif (kind.family, problems[0].option) not in STRICTER and len(refused) < 5:
            refused.add((layer, shape))
            with pytest.raises((ModelingError, ValueError, IndexError, tf.errors.OpError)):
                call(layer, shape)


def test_the_input_is_the_shape_of_the_data() -> None:
    resolved, problems = infer_layer(Layer(id="data", kind=INPUT_KIND), ((8, 8, 1),))
    subject = keras.layers.InputLayer(shape=(8, 8, 1))
    assert problems == ()
    assert resolved.output_shape == subject.output.shape[1:]
    assert resolved.parameters == subject.count_params()


def test_a_whole_network_has_the_parameters_of_the_keras_model() -> None:
    sizes = ((16, 3), (8, 2))
    model = keras.Sequential([keras.Input((12, 12, 3))])
    shape: Shape = (12, 12, 3)
    total = 0
    for filters, kernel in sizes:
        options = FrozenMap(filters=filters, kernel_size=(kernel, kernel))
        for layer in (
            Layer(id="c", kind="Conv2D", options=options),
            Layer(id="b", kind="BatchNormalization"),
            Layer(id="p", kind="MaxPooling2D"),
        ):
            resolved, _ = infer_layer(layer, (shape,))
            model.add(keras_layer(layer.model_copy(update={"id": f"{layer.id}{filters}"})))
            assert resolved.output_shape is not None
            assert resolved.parameters is not None
            shape, total = resolved.output_shape, total + resolved.parameters
            total += resolved.fixed_parameters
    assert shape == model.output_shape[1:]
    assert total == model.count_params()


# ---------------------------------------------------------------- activations

KINKS = {0.0, 0.5, 1.0, 3.0, 6.0}
ODD_AT_KINKS = {"celu"}
"""Keras's gradient of celu at 0 is 2, where the function has the derivative 1."""
POINTS = [x for x in np.linspace(-8.0, 8.0, 129).tolist() if abs(x) not in KINKS]


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_an_activation_and_its_derivative_are_those_of_keras(name: str) -> None:
    entry = ACTIVATIONS[name]
    points = tf.constant(POINTS, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(points)
        if entry.over_vector:
            vectors = tf.stack([points, tf.zeros_like(points)], axis=-1)
            result = keras.activations.get(name)(vectors)[:, 0]
        else:
            result = keras.activations.get(name)(points)
    slope = tape.gradient(result, points)
    np.testing.assert_allclose([entry.value(x) for x in POINTS], result, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose([entry.derivative(x) for x in POINTS], slope, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_at_a_kink_the_derivative_is_that_of_keras(name: str) -> None:
    entry = ACTIVATIONS[name]
    if entry.over_vector or name in ODD_AT_KINKS:
        return
    points = tf.constant([sign * x for x in sorted(KINKS) for sign in (-1.0, 1.0)], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(points)
        result = keras.activations.get(name)(points)
    slope = tape.gradient(result, points)
    ours = [entry.derivative(float(x)) for x in points.numpy()]
    np.testing.assert_allclose(ours, slope, rtol=1e-5, atol=1e-8)


def test_every_activation_of_keras_is_there_or_left_out_for_a_reason() -> None:
    left_out = {
        "glu": "halves the last axis",
        "threshold": "needs arguments, so a name alone does not build it",
        "sparsemax": "wrong in Keras, see the test below",
        "swish": "is silu",
        "hard_swish": "is hard_silu",
    }
    tools = {"get", "serialize", "deserialize"}
    names = {name for name in dir(keras.activations) if not name.startswith("_")} - tools
    assert names == set(ACTIVATIONS) | set(left_out)


def test_a_bound_over_vectors_holds_for_real_vectors() -> None:
    vectors = tf.constant(np.random.default_rng(3).normal(0, 3, (200, 6)))
    for entry in ACTIVATIONS.values():
        if entry.over_vector:
            with tf.GradientTape() as tape:
                tape.watch(vectors)
                result = keras.activations.get(entry.name)(vectors)
            own = tf.linalg.diag_part(tape.batch_jacobian(result, vectors))
            assert np.abs(own).max() <= entry.derivative_bound + 1e-12


def test_sparsemax_is_left_out_as_long_as_keras_has_it_wrong() -> None:
    """Martins, Astudillo 2016: it gives a point of the simplex, so the entries add up to 1."""
    result = keras.activations.sparsemax(tf.constant([[0.25, 0.0]]))
    assert abs(float(tf.reduce_sum(result)) - 1.0) > 0.1, "Keras mended it: put it in the catalog"
