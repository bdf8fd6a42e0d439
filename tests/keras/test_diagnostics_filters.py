"""Learned filters against the forward pass that they must explain, written out in NumPy."""

from typing import Any

import keras
import numpy as np
import pytest

from app.diagnostics.filters import FilterBank, learned_filters

L = keras.layers


def _model(layers: list[Any], shape: tuple[int, ...]) -> Any:
    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.Input(shape), *layers])


def _banks(model: Any, name: str) -> list[FilterBank]:
    """One bank for each channel."""
    first = learned_filters(model, name)
    assert first is not None
    banks = [learned_filters(model, name, channel) for channel in range(first.channels)]
    return [bank for bank in banks if bank is not None]


def _correlate(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Valid cross-correlation of one channel, element by element."""
    height, width = kernel.shape
    rows, columns = picture.shape[0] - height + 1, picture.shape[1] - width + 1
    found = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            found[row, column] = (
                picture[row : row + height, column : column + width] * kernel
            ).sum()
    return found


@pytest.mark.parametrize(
    "layer",
    [
        lambda: L.Conv2D(4, (3, 2), name="layer"),
        lambda: L.SeparableConv2D(4, (3, 2), depth_multiplier=2, name="layer"),
    ],
    ids=["Conv2D", "SeparableConv2D"],
)
def test_filters_summed_over_channels_give_the_layers_output(layer: Any) -> None:
    model = _model([layer()], (6, 5, 3))
    x = np.random.default_rng(0).normal(size=(1, 6, 5, 3)).astype(np.float32)
    banks = _banks(model, "layer")
    assert [bank.channel for bank in banks] == [0, 1, 2]
    expected = model(x).numpy()[0]
    for number in range(4):
        found = sum(_correlate(x[0, :, :, b.channel], b.kernels[number]) for b in banks)
        np.testing.assert_allclose(found, expected[:, :, number], atol=1e-5)


def test_filters_of_a_1d_convolution_have_height_1() -> None:
    model = _model([L.Conv1D(3, 4, name="layer")], (9, 2))
    x = np.random.default_rng(0).normal(size=(1, 9, 2)).astype(np.float32)
    banks = _banks(model, "layer")
    assert banks[0].kernels.shape == (3, 1, 4)
    for number in range(3):
        found = sum(_correlate(x[:, :, b.channel], b.kernels[number])[0] for b in banks)
        np.testing.assert_allclose(found, model(x).numpy()[0, :, number], atol=1e-5)


def test_a_transposed_filter_is_what_one_pixel_becomes() -> None:
    model = _model([L.Conv2DTranspose(4, 3, padding="valid", name="layer")], (1, 1, 2))
    for bank in _banks(model, "layer"):
        x = np.zeros((1, 1, 1, 2), np.float32)
        x[0, 0, 0, bank.channel] = 1.0
        np.testing.assert_allclose(bank.kernels, np.moveaxis(model(x).numpy()[0], -1, 0), atol=1e-6)


def test_depthwise_filters_stand_side_by_side_in_the_order_of_the_output() -> None:
    model = _model([L.DepthwiseConv2D(2, depth_multiplier=3, name="layer")], (4, 4, 2))
    x = np.random.default_rng(0).normal(size=(1, 4, 4, 2)).astype(np.float32)
    (bank,) = _banks(model, "layer")
    expected = model(x).numpy()[0]
    assert bank.kernels.shape == (6, 2, 2)
    for number in range(6):
        found = _correlate(x[0, :, :, number // 3], bank.kernels[number])
        np.testing.assert_allclose(found, expected[:, :, number], atol=1e-5)


def test_a_dense_layer_behind_flattened_pictures_is_shown_as_pictures() -> None:
    model = _model([L.Flatten(), L.Dense(5, name="layer"), L.Dense(2, name="last")], (4, 3, 2))
    x = np.random.default_rng(0).normal(size=(1, 4, 3, 2)).astype(np.float32)
    banks = _banks(model, "layer")
    assert banks[0].kernels.shape == (5, 4, 3)
    found = sum((x[0, :, :, b.channel] * b.kernels).sum(axis=(1, 2)) for b in banks)
    np.testing.assert_allclose(
        found, (x.reshape(1, -1) @ model.layers[1].kernel.numpy())[0], atol=1e-5
    )
    assert learned_filters(model, "last") is None


def test_numbers_beside_the_pictures() -> None:
    model = _model([L.Conv2D(2, 2, name="layer")], (3, 3, 2))
    kernel = np.arange(-8, 8, dtype=np.float32).reshape(2, 2, 2, 2)
    model.layers[0].set_weights([kernel, np.zeros(2, np.float32)])
    bank = learned_filters(model, "layer", 1)
    assert bank is not None
    # Channel 1 of filter 0 holds -6, -2, 2, 6; that of filter 1 holds -5, -1, 3, 7.
    np.testing.assert_array_equal(bank.kernels[0].ravel(), [-6, -2, 2, 6])
    np.testing.assert_array_equal(bank.kernels[1].ravel(), [-5, -1, 3, 7])
    np.testing.assert_array_equal(bank.largest_each, [-6, 7])
    assert bank.largest == 7.0
    assert bank.names == ("1", "2")
    assert (bank.channel, bank.channels) == (1, 2)
    assert not bank.kernels.flags.writeable


def test_without_a_name_the_first_layer_that_has_filters() -> None:
    model = _model([L.MaxPooling2D(), L.Conv2D(2, 2, name="first"), L.Conv2D(3, 2)], (8, 8, 1))
    bank = learned_filters(model)
    assert bank is not None
    assert bank.layer_id == "first"


def test_no_filters() -> None:
    dense = _model([L.Dense(3, name="layer")], (2,))
    assert learned_filters(dense, "layer") is None
    assert learned_filters(dense, "missing") is None
    assert learned_filters(dense) is None
    broken = _model([L.Conv2D(2, 2, name="layer")], (3, 3, 1))
    broken.layers[0].set_weights([np.full((2, 2, 1, 2), np.nan), np.zeros(2)])
    assert learned_filters(broken, "layer") is None


def test_a_channel_that_is_not_there_gives_the_last() -> None:
    model = _model([L.Conv2D(2, 2, name="layer")], (3, 3, 3))
    bank = learned_filters(model, "layer", 7)
    assert bank is not None
    assert bank.channel == 2
    np.testing.assert_array_equal(
        np.moveaxis(bank.kernels, 0, -1), model.layers[0].kernel.numpy()[:, :, 2]
    )
