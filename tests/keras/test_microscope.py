"""What the microscope shows against Keras, and against sums written out in NumPy."""

import random
from typing import Any

import keras
import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.core.templates import start_from
from app.data.loading import load
from app.diagnostics.microscope import Workings, workings
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.probes import answer
from app.training.events import ProbeRequest

L = keras.layers

SHAPES = {1: (11, 4), 2: (9, 8, 4), 3: (5, 6, 7, 2)}
ACTIVATIONS = (None, "relu", "tanh", "gelu", "elu", "softmax", "sigmoid", "hard_silu", "softplus")
PLACES_EACH = 4


def random_layers(axes: int, seed: int) -> list[Any]:
    """Layers over so many axes, of every kind that the microscope knows, with random options."""
    rng = random.Random(seed)

    def sizes(low: int, high: int) -> tuple[int, ...]:
        return tuple(rng.randint(low, high) for _ in range(axes))

    def sliding(*, causal: bool = False, same: bool = False) -> dict[str, Any]:
        """Strides or dilation, as TensorFlow allows no both; the `same` for all axes if asked."""
        ones = (1,) * axes
        strides, dilation = rng.choice([(sizes(1, 3), ones), (ones, sizes(1, 2)), (ones, ones)])
        if same:
            strides, dilation = strides[:1] * axes, dilation[:1] * axes
        paddings = ["valid", "same", *(["causal"] if causal else [])]
        return {
            "strides": strides,
            "dilation_rate": dilation,
            "padding": rng.choice(paddings),
            "activation": rng.choice(ACTIVATIONS),
            "use_bias": rng.random() < 0.8,
        }

    def made(name: str, *arguments: Any, **options: Any) -> Any:
        return getattr(L, name)(*arguments, **options)

    layers: list[Any] = []
    for _ in range(5):
        kernel = sizes(1, 3)
        groups = rng.choice([1, 2])
        layers += [
            made(f"Conv{axes}D", 4, kernel, groups=groups, **sliding(causal=axes == 1)),
            made(f"Conv{axes}DTranspose", 3, kernel, **sliding(same=axes == 3)),
        ]
        if axes < 3:
            multiplier = rng.randint(1, 3)
            layers += [
                made(
                    f"DepthwiseConv{axes}D",
                    kernel,
                    depth_multiplier=multiplier,
                    **sliding(same=True),
                ),
                made(
                    f"SeparableConv{axes}D",
                    3,
                    kernel,
                    depth_multiplier=multiplier,
                    **sliding(same=True),
                ),
            ]
    for kind in ("Max", "Average"):
        for padding in ("valid", "same"):
            options = {"strides": rng.choice([None, sizes(1, 3)]), "padding": padding}
            layers.append(made(f"{kind}Pooling{axes}D", sizes(1, 3), **options))
        layers.append(made(f"Global{kind}Pooling{axes}D", keepdims=rng.random() < 0.5))
        size = sizes(2, 3)
        layers.append(made(f"Adaptive{kind}Pooling{axes}D", size if axes > 1 else size[0]))
    return layers


def spread(model: Any, seed: int) -> None:
    """Weights that differ from 0 everywhere, biases too."""
    rng = np.random.default_rng(seed)
    for weight in model.trainable_variables:
        weight.assign(rng.normal(0, 0.5, weight.shape))


def side_by_side(shape: tuple[int, ...], layers: list[Any], seed: int = 0) -> Any:
    """A model that puts out what each of `layers` makes of its input."""
    entry = keras.Input(shape)
    model = keras.Model(entry, [layer(entry) for layer in layers])
    spread(model, seed)
    return model


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_every_number_comes_out_as_the_layer_puts_it_out(axes: int) -> None:
    rng = np.random.default_rng(axes)
    layers = random_layers(axes, seed=axes)
    model = side_by_side(SHAPES[axes], layers)
    x = rng.normal(size=(1, *SHAPES[axes])).astype(np.float32)
    for layer, output in zip(layers, model.predict_on_batch(x), strict=True):
        shape = output.shape[1:]
        for _ in range(PLACES_EACH):
            *place, channel = (int(rng.integers(side)) for side in shape)
            found = workings(model, x, layer.name, channel, tuple(place))
            assert isinstance(found, Workings), layer.name
            assert (found.place, found.channel, found.shape) == (tuple(place), channel, shape)
            expected = float(output[0, *place, channel])
            told = f"{layer.get_config()} at {place}, channel {channel}"
            assert found.value == pytest.approx(expected, rel=1e-5, abs=1e-6), told
            assert found.computed == pytest.approx(expected, rel=1e-5, abs=2e-6), told


def test_a_convolution_written_out() -> None:
    layer = L.Conv2D(4, (3, 2), strides=(2, 1), padding="same", groups=2, activation="tanh")
    model = side_by_side((5, 4, 6), [layer])
    x = np.random.default_rng(1).normal(size=(1, 5, 4, 6)).astype(np.float32)
    found = workings(model, x, layer.name, channel=3, place=(2, 3))
    assert isinstance(found, Workings)
    # 5 rows, 3 places 2 apart: 2 * 2 + 3 - 5 = 2 rows beyond, 1 above and 1 below;
    # 4 columns, 4 places: 3 + 2 - 4 = 1 column beyond, at the right. Filter 4 is of group 2.
    padded = np.pad(x[0, :, :, 3:], ((1, 1), (0, 1), (0, 0))).astype(float)
    patch = padded[4:7, 3:5]
    kernel = layer.kernel.numpy()[..., 3].astype(float)
    np.testing.assert_array_equal(found.patch, np.moveaxis(patch, -1, 0))
    np.testing.assert_array_equal(found.rows, [3, 4, -1])
    np.testing.assert_array_equal(found.columns, [3, -1])
    outside = np.array([[0, 1], [0, 1], [1, 1]], bool)
    np.testing.assert_array_equal(found.outside, np.stack([outside] * 3))
    assert found.planes == ("channel 4", "channel 5", "channel 6")
    np.testing.assert_array_equal(found.inputs, np.moveaxis(x[0, :, :, 3:], -1, 0))
    weighing = found.weighing
    assert weighing is not None
    assert weighing.activation == "tanh"
    np.testing.assert_array_equal(weighing.filter, np.moveaxis(kernel, -1, 0))
    np.testing.assert_allclose(weighing.products, np.moveaxis(patch * kernel, -1, 0))
    np.testing.assert_allclose(weighing.sums, (patch * kernel).sum(axis=(0, 1)))
    bias = float(layer.bias.numpy()[3])
    assert weighing.bias == bias
    assert weighing.before == pytest.approx((patch * kernel).sum() + bias, rel=1e-12)
    assert found.computed == pytest.approx(np.tanh(weighing.before), rel=1e-5)
    assert found.map.shape == (3, 4)
    assert found.map[2, 3] == np.float32(found.value)
    assert not any(a.flags.writeable for a in (found.map, found.patch, weighing.products))


def test_a_dilated_window_leaves_places_out() -> None:
    layer = L.Conv2D(1, 3, dilation_rate=2, padding="same")
    model = side_by_side((7, 7, 1), [layer])
    x = np.arange(49, dtype=np.float32).reshape(1, 7, 7, 1)
    found = workings(model, x, place=(3, 0))
    assert isinstance(found, Workings)
    np.testing.assert_array_equal(found.rows, [1, 3, 5])
    np.testing.assert_array_equal(found.columns, [-1, 0, 2])
    np.testing.assert_array_equal(found.patch[0], [[0, 7, 9], [0, 21, 23], [0, 35, 37]])
    assert found.weighing is not None
    assert found.weighing.activation == "linear"
    assert found.computed == pytest.approx(found.weighing.before, rel=1e-6)


def test_transposed_a_weight_between_two_places_meets_none() -> None:
    layer = L.Conv1DTranspose(1, 3, strides=2, use_bias=False)
    model = side_by_side((3, 1), [layer])
    x = np.array([1, 10, 100], np.float32).reshape(1, 3, 1)
    layer.set_weights([np.array([2, 3, 5], np.float32).reshape(3, 1, 1)])
    # Each number of the input puts number * (2, 3, 5) two places further: 2 3 5+20 30 50+200 ...
    wanted = [2, 3, 25, 30, 250, 300, 500]
    for place, value in enumerate(wanted):
        found = workings(model, x, place=(place,))
        assert isinstance(found, Workings)
        assert found.value == value
        assert found.computed == value
    found = workings(model, x, place=(2,))
    assert isinstance(found, Workings)
    np.testing.assert_array_equal(found.columns, [1, -1, 0])
    np.testing.assert_array_equal(found.patch, [[[10, 0, 1]]])


def test_pooling_names_the_winner_and_leaves_out_what_is_outside() -> None:
    maximum = L.MaxPooling2D(2, padding="same")
    mean = L.AveragePooling2D(2, padding="same")
    model = side_by_side((3, 3, 2), [maximum, mean])
    x = np.arange(-18, 0, dtype=np.float32).reshape(1, 3, 3, 2)
    found = workings(model, x, maximum.name, 1, (1, 1))
    assert isinstance(found, Workings)
    # Only the lower right corner is inside: the zeros beyond it, though larger, do not count.
    assert (found.operation, found.computed, found.winner) == ("maximum", -1.0, (0, 0, 0))
    assert found.outside.sum() == 3
    found = workings(model, x, mean.name, 0, (1, 0))
    assert isinstance(found, Workings)
    assert found.operation == "mean"
    assert found.weighing is None
    assert found.computed == found.value == (-6 - 4) / 2


def test_a_wrapped_convolution_is_looked_into() -> None:
    inside = L.Conv2D(3, 3, padding="same", activation="relu")
    layers = [L.TimeDistributed(inside), L.TimeDistributed(L.MaxPooling2D(2))]
    model = side_by_side((4, 6, 6, 2), layers)
    x = np.random.default_rng(2).normal(size=(1, 4, 6, 6, 2)).astype(np.float32)
    outputs = model.predict_on_batch(x)
    for layer, output in zip(layers, outputs, strict=True):
        found = workings(model, x, layer.name, 1, (2, 1, 2))
        assert isinstance(found, Workings)
        assert found.place == (2, 1, 2)
        assert found.map.shape == output.shape[2:4]
        assert found.computed == pytest.approx(float(output[0, 2, 1, 2, 1]), rel=1e-5, abs=1e-6)


def test_where_nothing_is_wished_for_it_looks_where_the_map_is_largest() -> None:
    convolution, pooling = L.Conv2D(2, 3, name="convolution"), L.MaxPooling2D(name="pooling")
    entry = keras.Input((6, 6, 1))
    model = keras.Model(entry, convolution(pooling(entry)))
    spread(model, 4)
    x = np.random.default_rng(3).normal(size=(1, 6, 6, 1)).astype(np.float32)
    found = workings(model, x)
    assert isinstance(found, Workings)
    assert found.layers == ("pooling", "convolution")
    assert found.layer_id == "convolution"
    assert found.place == (0, 0)
    assert found.value == found.map.max()
    beyond = workings(model, x, "pooling", 7, (9, -2))
    assert isinstance(beyond, Workings)
    assert (beyond.channel, beyond.place) == (0, (2, 0))


def test_reasons_for_no_answer() -> None:
    entry = keras.Input((4, 4, 1))
    dense = keras.Model(entry, L.Dense(2, name="dense")(L.Flatten()(entry)))
    x = np.ones((1, 4, 4, 1), np.float32)
    found = workings(dense, x)
    assert isinstance(found, NoAnswer)
    assert "no convolution and no pooling" in found.needs
    layer = L.Conv2D(1, 2, name="layer")
    model = side_by_side((4, 4, 1), [layer])
    found = workings(model, x, "other")
    assert isinstance(found, NoAnswer)
    assert found.needs.startswith("other is no convolution")
    layer.set_weights([np.full((2, 2, 1, 1), np.inf, np.float32), np.zeros(1)])
    found = workings(model, x, "layer")
    assert isinstance(found, NoAnswer)
    assert "not finite" in found.needs


def test_asked_as_the_window_asks() -> None:
    data = load(start_from("digits", "small_cnn").data)
    layer = L.Conv2D(2, 3)
    model = side_by_side(data.summary.input_shape, [layer])
    options = FrozenMap(part="training", row=5, channel=1, place=(2, 3))
    found = answer(ProbeRequest(1, "microscope", layer.name, options), model, data)
    assert isinstance(found, Workings)
    np.testing.assert_array_equal(found.inputs[0], data.training.x[5:6][0, :, :, 0])
    output = model.predict_on_batch(np.asarray(data.training.x[5:6]))
    assert found.value == pytest.approx(float(output[0, 2, 3, 1]), rel=1e-5)
    drawn = np.zeros(data.summary.input_shape)
    found = answer(ProbeRequest(2, "microscope", layer.name, sample=drawn), model, data)
    assert isinstance(found, Workings)
    assert not found.patch.any()


def test_planes_of_volumes_are_called_by_their_slice_of_the_input() -> None:
    layer = L.Conv3D(1, (3, 1, 1), padding="same")
    largest = L.MaxPooling3D((2, 1, 1))
    model = side_by_side((5, 2, 2, 2), [layer, largest])
    x = np.arange(40, dtype=np.float32).reshape(1, 5, 2, 2, 2)
    found = workings(model, x, layer.name, 0, (4, 1, 0))
    assert isinstance(found, Workings)
    slices = ("slice 4", "slice 5", "no slice")
    assert found.planes == tuple(f"channel {n}, {named}" for n in (1, 2) for named in slices)
    for plane, (place, channel) in enumerate(((3, 0), (4, 0), (None, 0), (3, 1), (4, 1))):
        expected = 0.0 if place is None else x[0, place, :, :, channel]
        np.testing.assert_array_equal(found.inputs[plane], np.broadcast_to(expected, (2, 2)))
    found = workings(model, x, largest.name, 1, (1, 0, 1))
    assert isinstance(found, Workings)
    assert found.planes == ("channel 2, slice 3", "channel 2, slice 4")
    assert found.winner == (1, 0, 0)


def test_a_pooling_beside_a_mask_is_not_said_to_be_none() -> None:
    entry = keras.Input((6, 2))
    pooled = L.GlobalAveragePooling1D()(L.Masking()(entry))
    found = workings(keras.Model(entry, L.Dense(1)(pooled)), np.zeros((1, 6, 2), np.float32))
    assert isinstance(found, NoAnswer)
    assert "mask" in found.needs
