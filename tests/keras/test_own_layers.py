"""Randomized leaky ReLU against its definition, worked out in NumPy."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.modeling.layers import RandomizedLeakyReLU

X = np.concatenate([np.linspace(-3.0, 3.0, 7), [-1e-30, 0.0, 1e30]]).astype("float32")


def test_in_inference_the_slope_is_the_mean() -> None:
    layer = RandomizedLeakyReLU(lower=0.1, upper=0.5)
    expected = np.where(X >= 0, X, np.float32(0.3) * X)
    np.testing.assert_allclose(layer(X[None]).numpy()[0], expected, rtol=1e-6)
    np.testing.assert_array_equal(layer(X[None]), layer(X[None]))


def test_the_defaults_are_those_of_the_paper() -> None:
    layer = RandomizedLeakyReLU()
    assert (1 / layer.lower, 1 / layer.upper) == (8.0, 3.0)


def test_in_training_each_element_has_a_slope_of_its_own_from_the_range() -> None:
    layer = RandomizedLeakyReLU(lower=0.1, upper=0.5, seed=3)
    x = -np.ones((200, 50), "float32")
    slopes = -layer(x, training=True).numpy().ravel()
    assert slopes.min() >= 0.1
    assert slopes.max() < 0.5
    # Mean and deviation of U(0.1, 0.5), within four standard errors of 10,000 draws.
    assert abs(slopes.mean() - 0.3) < 4 * 0.4 / np.sqrt(12 * slopes.size)
    assert abs(slopes.std() - 0.4 / np.sqrt(12)) < 0.003
    counts, _ = np.histogram(slopes, bins=10, range=(0.1, 0.5))
    assert np.square(counts - 1000).sum() / 1000 < 27.9  # chi squared, 9 degrees, p = 0.001
    assert len(np.unique(slopes)) > 9_900
    again = -layer(x, training=True).numpy().ravel()
    assert abs(np.corrcoef(slopes, again)[0, 1]) < 0.05


def test_positive_values_pass_unchanged_in_training() -> None:
    layer = RandomizedLeakyReLU(seed=1)
    x = np.abs(X)[None]
    np.testing.assert_array_equal(layer(x, training=True), x)


def test_the_gradient_is_the_slope_that_was_drawn() -> None:
    layer = RandomizedLeakyReLU(seed=1)
    x = tf.constant([[-2.0, -1.0, 1.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
    gradient = tape.gradient(y, x).numpy()
    np.testing.assert_allclose(gradient, y.numpy() / x.numpy(), rtol=1e-6)


def test_equal_ends_make_a_plain_leaky_relu() -> None:
    layer = RandomizedLeakyReLU(lower=0.2, upper=0.2)
    expected = keras.layers.LeakyReLU(negative_slope=0.2)(X[None])
    np.testing.assert_allclose(layer(X[None], training=True), expected, rtol=1e-6)


@pytest.mark.parametrize(("lower", "upper"), [(0.5, 0.1), (-0.1, 0.3), (float("nan"), 0.3)])
def test_a_wrong_range_is_refused(lower: float, upper: float) -> None:
    with pytest.raises(ValueError, match="0 <= lower <= upper"):
        RandomizedLeakyReLU(lower=lower, upper=upper)


def test_any_shape_any_float_and_masks() -> None:
    layer = RandomizedLeakyReLU()
    for shape in ((2,), (2, 3), (2, 3, 4, 5)):
        assert layer(np.ones(shape, "float32"), training=True).shape == shape
        assert layer.compute_output_shape(shape) == shape
    half = RandomizedLeakyReLU(dtype="float16")(X[None, :7], training=True)
    assert half.dtype == "float16"
    assert layer.supports_masking


def test_in_a_graph_every_call_draws_anew_and_a_seed_repeats_it() -> None:
    def draws(seed: int) -> np.ndarray:
        layer = RandomizedLeakyReLU(seed=seed)
        step = tf.function(lambda x: layer(x, training=True))
        return np.stack([step(-tf.ones((1, 6))).numpy() for _ in range(3)])

    first = draws(4)
    assert len(np.unique(first)) == first.size
    np.testing.assert_array_equal(first, draws(4))
    assert not np.array_equal(first, draws(5))


def test_the_global_seed_fixes_it() -> None:
    def draw() -> np.ndarray:
        keras.utils.set_random_seed(9)
        drawn: np.ndarray = RandomizedLeakyReLU()(
            -np.ones((1, 4), "float32"), training=True
        ).numpy()
        return drawn

    np.testing.assert_array_equal(draw(), draw())


def _model() -> keras.Model:
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(8),
            RandomizedLeakyReLU(lower=0.05, upper=0.6),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mean_squared_error")
    return model


def test_it_comes_back_from_a_file_and_draws_on_where_it_stood(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 4)).astype("float32"), rng.normal(size=(16, 1))
    model = _model()
    model.train_on_batch(x, y)
    path = tmp_path / "m.keras"
    model.save(path)
    loaded = keras.saving.load_model(path)
    layer = loaded.layers[1]
    assert type(layer) is RandomizedLeakyReLU
    assert (layer.lower, layer.upper) == (0.05, 0.6)
    assert layer.name == model.layers[1].name
    np.testing.assert_array_equal(loaded(x), model(x))
    for _ in range(3):
        assert loaded.train_on_batch(x, y) == model.train_on_batch(x, y)
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


def test_a_checkpoint_of_the_seed_state_repeats_the_draws() -> None:
    layer = RandomizedLeakyReLU()
    x = -np.ones((1, 5), "float32")
    layer(x, training=True)
    kept = np.asarray(layer.seed_generator.state)
    first = layer(x, training=True).numpy()
    layer.seed_generator.state.assign(kept)
    np.testing.assert_array_equal(layer(x, training=True), first)
    assert any(v is layer.seed_generator.state for v in layer.non_trainable_variables)
