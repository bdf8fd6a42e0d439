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
from app.core.numbers_option import NumbersOption
from app.core.options import (
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
    TextOption,
    errors_in,
)
from app.core.shape_inference import infer_layer
from app.modeling.build import keras_layer
from app.modeling.errors import ModelingError
from app.modeling.keras_objects import options_from_config

SETS = 24
CALLED = 6
"""So many cases of a kind are called with numbers, the others symbolically."""
Shape = tuple[int, ...]
Shapes = tuple[Shape, ...]
Case = tuple[Layer, Shapes]
BUILT_KINDS = sorted(set(LAYER_KINDS) - {INPUT_KIND})

STRICTER = {
    # (family, option): why the catalog refuses what some Keras accepts.
    ("Pooling", "pool_size"): "Keras's eager average pooling gives an empty output",
    ("Pooling", "output_size"): "Keras's adaptive pooling with one window ends the process",
    ("Merge", "axis"): "Keras puts samples behind each other along the axis of the batch",
    ("Each step", "pool_size"): "as that of the pooling inside",
    ("Each step", "dilation_rate"): "as that of the convolution inside",
    ("Preprocessing", "sequence_stride"): "Keras foretells one frame more than it makes",
    ("Dense", "equation"): "Keras foretells the axes behind dots in the wrong order",
    ("Convolution", "strides"): "depthwise with unequal strides works in some cases of Keras 3.15",
    ("Convolution", "dilation_rate"): "depthwise with both above 1 works from Keras 3.15 on",
    ("Convolution", "output_padding"): "Keras foretells shapes that TensorFlow then refuses",
    ("Encoding", "output_mode"): "Keras foretells another shape than it puts out",
    ("Encoding", None): "a row of fillers would take its whole sample out of the loss",
    ("Augmentation", None): "colors are red, green and blue; Keras foretells anything",
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
        low_end = 1 if option.minimum is None else option.minimum
        return chance.randint(low_end, min(low_end + 5, option.maximum or low_end + 5))
    if isinstance(option, NumbersOption):
        low, high = max(option.minimum, -2.0), min(option.maximum, 2.0)
        drawn = [round(chance.uniform(low, high), 6) for _ in range(option.length or 3)]
        return tuple(sorted(drawn))
    if isinstance(option, TextOption):
        return option.default
    assert isinstance(option, ShapeOption)
    length = option.length or chance.randint(1, 3)
    low_end = option.minimum if option.minimum is not None else 1
    # Equal numbers are the usual case, and some kinds take nothing else.
    if chance.random() < 0.5:
        return (chance.randint(low_end, 4),) * length
    return tuple(chance.randint(low_end, 4) for _ in range(length))


def fitting_reshape(shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    size = int(np.prod(shape))
    side = chance.choice([d for d in range(1, size + 1) if size % d == 0])
    target = [side, size // side]
    chance.shuffle(target)
    if chance.random() < 0.5:
        target[chance.randrange(2)] = -1
    return {"target_shape": tuple(target)}


def fitting_order(shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    order = list(range(1, len(shape) + 1))
    chance.shuffle(order)
    return {"dims": tuple(order)}


def fitting_equation(shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    new = chance.randint(1, 5)
    last = shape[-1]
    choices: list[tuple[str, tuple[int, ...], str]] = [
        ("...x,xy->...y", (new,), "y"),
        ("...x,xyz->...yz", (new, 2), chance.choice(("y", "yz", "zy", "z"))),
    ]
    if len(shape) == 1:
        choices += [
            ("ab,bc->ac", (new,), "c"),
            ("ab,cb->ac", (new,), "c"),
            ("ab,ab->ab", (3,), "b"),
        ]
    if len(shape) == 2:
        steps = shape[0]
        choices += [
            ("abc,cd->abd", (steps, new), "d"),
            ("abc,bd->adc", (new, last), "dc"),
            ("abc,cde->abde", (steps, new, 2), "de"),
            ("abc,bc->a", (), ""),
            ("ab...,bc->ac...", (new,), "c"),
            ("abc,cd->adb", (new, steps), "d"),
            ("abc,bcd->abd", (shape[0], new), "bd"),
        ]
    equation, output, bias = chance.choice(choices)
    if not output:
        output = (2,)
    return {
        "equation": equation,
        "output_shape": output,
        "bias_axes": chance.choice((bias, None)) or None,
    }


def fitting_statistics(shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    count = chance.choice((0, 1, shape[-1], shape[-1]))
    if count == 0:
        return {"mean": None, "variance": None}
    return {
        name: tuple(round(chance.uniform(0.1, 2.0), 6) for _ in range(count))
        for name in ("mean", "variance")
    }


def fitting_frames(shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    frame = chance.randint(2, 16)
    return {
        "frame_length": frame,
        "frame_step": chance.choice((None, chance.randint(1, frame))),
        "fft_length": chance.choice((None, 16, 32)),
    }


def fitting_pitches(shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    length = chance.choice((8, 16, 20))
    return {
        "fft_length": length,
        "sequence_stride": chance.randint(1, length),
        "sequence_length": chance.choice((None, chance.randint(1, length))),
        "sampling_rate": chance.choice((8000, 16000)),
        "min_freq": chance.choice((0.0, 20.0)),
        "max_freq": chance.choice((None, 3000.0)),
    }


def fitting_kernel(shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    return {"kernel_size": (chance.choice((1, 3, 5)), chance.choice((1, 3)))}


def fitting_bins(shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    count = chance.randint(1, 5)
    return {
        "bin_boundaries": tuple(sorted({round(chance.uniform(-2, 2), 4) for _ in range(count)}))
    }


def fitting_axes(shape: Shape, chance: random.Random) -> dict[str, OptionValue]:
    return {"axes": chance.choice(((-1, -1), (1, 1), (2, 1), (1, -1), (1, 2)))}


FITTING = {
    "Reshape": fitting_reshape,
    "Permute": fitting_order,
    "EinsumDense": fitting_equation,
    "Normalization": fitting_statistics,
    "STFTSpectrogram": fitting_frames,
    "MelSpectrogram": fitting_pitches,
    "RandomGaussianBlur": fitting_kernel,
    "Discretization": fitting_bins,
    "Dot": fitting_axes,
}
"""Values for options that hardly ever fit when drawn blindly."""


def drawn_shape(kind: LayerKind, chance: random.Random) -> Shape:
    # Most wrappers work on what the layer inside does, below its steps.
    rank = kind.rank or chance.choice(
        (1, 2, 3, 4) if kind.family in ("Merge", "Dense") else (1, 2, 3)
    )
    if kind.name in ("STFTSpectrogram", "MelSpectrogram"):
        return (chance.randint(18, 40), *(() if rank == 1 else (chance.randint(1, 3),)))
    least = 1 if chance.random() < 0.2 and kind.family != "Attention" else 3
    most = 9 if rank < 4 else 5
    sides = (chance.randint(least, most) for _ in range(rank - 1))
    if kind.family == "Augmentation":
        return (*sides, chance.choice((3, 3, 3, 1)))
    if kind.family == "Encoding" and chance.random() < 0.3:
        return (*sides, 1)
    # Softmax over one number makes Keras warn.
    return (*sides, chance.choice((2, 3, 4, 6, 8)))


def drawn_shapes(kind: LayerKind, chance: random.Random) -> Shapes:
    """Shapes for all inputs, those of merges mostly such that they meet."""
    first = drawn_shape(kind, chance)
    fewest, most = kind.inputs
    found = [first]
    for _ in range(chance.randint(fewest, min(most, fewest + 1)) - 1):
        dice = chance.random()
        if dice < 0.4:
            found.append(first)
        elif dice < 0.6 and kind.family == "Merge":
            found.append(tuple(1 if chance.random() < 0.5 else n for n in first))
        elif dice < 0.7 and kind.family == "Merge":
            found.append(first[chance.randrange(len(first)) :])
        elif dice < 0.85:
            found.append((*first[:-1], chance.randint(1, 6)))
        else:
            # Softmax over a single step makes Keras warn.
            found.append((chance.randint(2, 6), *first[1:]))
    if chance.random() < 0.3:
        chance.shuffle(found)
    return tuple(found)


def drawn_cases(kind: LayerKind) -> Iterator[Case]:
    """Endless layers of `kind` with inputs, always the same; the first has all defaults."""
    chance = random.Random(f"parity of {kind.name}")
    arguments = {c.name for option in kind.options for c in option.companions}
    first = True
    while True:
        shapes = drawn_shapes(kind, chance)
        options: dict[str, OptionValue] = {}
        for option in kind.options:
            usual = first or option.name in arguments or chance.random() < 0.35
            options[option.name] = option.default if usual else drawn_value(option, chance)
        if kind.name in FITTING and not first:
            options.update(FITTING[kind.name](shapes[0], chance))
        if options.get("filters") == 1 or options.get("units") == 1:
            options["activation"] = "linear"
        first = False
        yield Layer(id="subject", kind=kind.name, options=FrozenMap(options)), shapes


def handed(kind: LayerKind, subject: Any, inputs: list[Any], **how: Any) -> Any:
    """What the layer makes of its inputs."""
    if kind.ports:
        return subject(**dict(zip(kind.ports, inputs, strict=False)), **how)
    return subject(inputs[0] if len(inputs) == 1 else inputs, **how)


def call(layer: Layer, shapes: Shapes, *, numbers: bool) -> tuple[Any, Shape]:
    """The built Keras layer and its output shape: what Keras foretells, and with `numbers` what
    it is in training and in use, for two samples.
    """
    kind = LAYER_KINDS[layer.kind]
    subject = keras_layer(layer)
    foretold = handed(kind, subject, [keras.Input(shape) for shape in shapes])
    shape = tuple(foretold.shape[1:])
    if numbers:
        zeros = [np.zeros((2, *shape), "float32") for shape in shapes]
        for training in (True, False):
            real = handed(kind, subject, zeros, training=training)
            assert tuple(real.shape[1:]) == shape, f"{layer} on {shapes}, training={training}"
    return subject, shape


def weights(variables: list[Any]) -> int:
    return sum(int(np.prod(variable.shape)) for variable in variables)


def config_of(subject: Any, kind: LayerKind) -> dict[str, Any]:
    """What Keras writes into a file, as the catalog reads it."""
    config = subject.get_config()
    if kind.wraps:
        inside = LAYER_KINDS[kind.wraps]
        inner = config["layer"]["config"]
        config |= inside.options_from(inner) if inside.options_from else inner
    return kind.options_from(config) if kind.options_from else config


@pytest.mark.parametrize("name", BUILT_KINDS)
def test_shape_and_weights_are_those_of_keras(name: str) -> None:
    kind = LAYER_KINDS[name]
    seen: set[Case] = set()
    refused: set[Case] = set()
    # A kind without options differs only by the input.
    wanted = SETS if kind.options else 20
    for tried, (layer, shapes) in enumerate(drawn_cases(kind)):
        if len(seen) == wanted:
            break
        assert tried < 60 * SETS, f"only {len(seen)} of {tried} cases fit"
        if (layer, shapes) in seen:
            continue
        assert not errors_in(kind.options, layer.options)
        resolved, problems = infer_layer(layer, shapes)
        if not problems:
            seen.add((layer, shapes))
            subject, output_shape = call(layer, shapes, numbers=len(seen) <= CALLED)
            assert resolved.output_shape == output_shape, f"{layer} on {shapes}"
            assert resolved.parameters == weights(subject.trainable_weights), f"{layer} on {shapes}"
            assert resolved.fixed_parameters == weights(subject.non_trainable_weights)
            if len(seen) <= CALLED:
                read, strange = options_from_config(kind.options, config_of(subject, kind))
                assert strange == ()
                again, _ = call(layer.model_copy(update={"options": read}), shapes, numbers=False)
                assert again.get_config() == subject.get_config(), f"{layer} on {shapes}"
        elif (kind.family, problems[0].option) not in STRICTER and len(refused) < 5:
            refused.add((layer, shapes))
            try:
                call(layer, shapes, numbers=True)
            except (ModelingError, ValueError, IndexError, AssertionError, tf.errors.OpError):
                continue
            pytest.fail(f"{problems[0].title}, but Keras takes it: {layer} on {shapes}")


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
