"""The divergence guard: the first value that is not finite ends it, is named, and the last good
weights stay.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.core.project import EarlyStoppingSettings
from app.jobs.control import JobControl
from app.training import divergence, pace
from app.training.batches import Batches
from app.training.engine import Engine
from app.training.engine_room import EngineRoom
from app.training.events import EpochEnded, StepsDone, TrainingEnded
from app.training.traced_model import TracedModel
from tests.keras.small_runs import Run, do, moons, optimizer, request

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = RNG.normal(size=(40, 1)).astype(np.float32)


def compiled(
    optimizer: keras.optimizers.Optimizer, loss: str = "mean_squared_error"
) -> keras.Model:
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, activation="relu", name="first"),
            keras.layers.Dense(1, name="last"),
        ]
    )
    model.compile(optimizer, loss)
    return model


def straight() -> keras.Model:
    """A linear regression whose learning rate is a little too high: its weights grow slowly."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, name="last")])
    model.compile(keras.optimizers.SGD(2.0), "mean_squared_error")
    return model


def diverged(
    model: keras.Model,
    x: np.ndarray = X,
    y: np.ndarray = Y,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    epochs: int = 30,
) -> tuple[TrainingEnded, Run, Engine]:
    engine = Engine(
        TracedModel(model, (x, y), diagnostics=True),
        (x, y),
        validation,
        Batches(8, shuffle=False),
        EarlyStoppingSettings(enabled=False),
    )
    run = Run()
    ended = engine.train(epochs, run.report, JobControl(), lambda _m, _e: None, 0)
    assert ended.reason == "diverged"
    assert ended.divergence is not None
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert all(np.isfinite(loss) for event in run.of(StepsDone) for loss in event.losses)
    return ended, run, engine


def by_hand(model: keras.Model, steps: int) -> list[np.ndarray]:
    """The weights after so many steps of 8 samples, done one by one by Keras."""
    for step in range(steps):
        first = step % 5 * 8
        model.train_on_batch(X[first : first + 8], Y[first : first + 8])
    return model.get_weights()  # type: ignore[no-any-return]


def first_bad_step(model: keras.Model) -> int:
    """Number, from 1 and across epochs, of the first step whose loss is not finite."""
    for step in range(200):
        rows = slice(step % 5 * 8, step % 5 * 8 + 8)
        loss = model.compute_loss(
            X[rows], tf.constant(Y[rows]), model(X[rows], training=True), training=True
        )
        if not np.isfinite(float(loss)):
            return step + 1
        model.train_on_batch(X[rows], Y[rows])
    raise AssertionError("it never diverges")


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_a_learning_rate_of_a_million(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "CHUNK_SECONDS", seconds)
    model = compiled(keras.optimizers.SGD(1e6))
    ended, _, engine = diverged(model)
    found = ended.divergence
    assert found is not None
    bad = first_bad_step(compiled(keras.optimizers.SGD(1e6)))
    assert (found.epoch - 1) * 5 + found.step == bad
    assert found.layer_id in ("first", "last")
    # The weights with which the last finite loss was found: two steps before the bad one.
    for ours, theirs in zip(
        model.get_weights(), by_hand(compiled(keras.optimizers.SGD(1e6)), bad - 2), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)
    assert engine.progress.epochs * 5 + engine.progress.steps == bad - 2
    assert "Lower the learning rate (it is 1e+06)" in found.how_to_fix
    assert found.how_to_fix in ended.sentence
    assert "last good weights are kept" in ended.sentence


def test_it_can_be_far_into_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many chunks and epochs lie between; the state is found again by doing them once more."""
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)
    for hold in (0.0, 100.0):
        monkeypatch.setattr(divergence, "HOLD_EVERY_SECONDS", hold)
        bad = first_bad_step(straight())
        assert bad > 20
        model = straight()
        ended, run, _ = diverged(model)
        assert ended.divergence is not None
        assert (ended.divergence.epoch - 1) * 5 + ended.divergence.step == bad
        assert len(run.of(EpochEnded)) == (bad - 1) // 5
        for ours, theirs in zip(model.get_weights(), by_hand(straight(), bad - 2), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-3)


def test_a_value_of_the_data() -> None:
    x = X.copy()
    x[19, 1] = np.nan  # in the third batch
    model = compiled(keras.optimizers.SGD(0.01))
    ended, _, _ = diverged(model, x)
    found = ended.divergence
    assert found is not None
    assert (found.what, found.layer_id, found.epoch, found.step) == ("data", None, 1, 3)
    assert "leave these rows out" in found.how_to_fix
    assert "the data were not finite" in ended.sentence


class Breaks(keras.optimizers.SGD):  # type: ignore[misc]
    """Puts infinity into the first weights at its fourth step, though the gradients are fine."""

    def update_step(self, gradient: object, variable: tf.Variable, learning_rate: object) -> None:
        super().update_step(gradient, variable, learning_rate)
        if "first" in variable.name and "kernel" in variable.name:
            wrong = tf.where(tf.equal(self.iterations.value, 3), np.float32(np.inf), 0.0)
            variable.assign_add(wrong * tf.ones_like(variable))


def test_weights_that_break_though_the_loss_is_finite() -> None:
    model = compiled(Breaks(0.01))
    ended, _, _ = diverged(model)
    found = ended.divergence
    assert found is not None
    assert (found.what, found.layer_id, found.epoch, found.step) == ("weights", "first", 1, 4)
    for ours, theirs in zip(
        model.get_weights(), by_hand(compiled(keras.optimizers.SGD(0.01)), 2), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_gradients_that_break_though_the_loss_is_finite() -> None:
    """The slope of the square root at 0 is infinite."""

    def root(x: tf.Tensor) -> tf.Tensor:
        return tf.sqrt(tf.nn.relu(x))

    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, name="first"),
            keras.layers.Activation(root, name="root"),
            keras.layers.Dense(1, name="last"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.01), "mean_squared_error")
    ended, _, _ = diverged(model)
    found = ended.divergence
    assert found is not None
    assert (found.what, found.layer_id, found.epoch, found.step) == ("gradient", "first", 1, 1)


def test_the_loss_of_the_validation_alone() -> None:
    far = (X * np.float32(1e30), Y)
    model = compiled(keras.optimizers.SGD(0.001))
    ended, run, _ = diverged(model, validation=far)
    found = ended.divergence
    assert found is not None
    assert found.what == "validation loss"
    assert (found.epoch, found.step) == (1, 5)
    assert not run.of(EpochEnded)


def test_a_project_that_diverges_can_be_trained_with_another_learning_rate() -> None:
    room = EngineRoom()
    network = moons().network
    linear = network.model_copy(
        update={
            "layers": (
                *network.layers[:-1],
                network.layers[-1].model_copy(
                    update={"options": network.layers[-1].options.set("activation", "linear")}
                ),
            )
        }
    )
    wild = moons(linear, loss="mean_squared_error", optimizer=optimizer("SGD", learning_rate=900.0))
    ended = do(room.train(request(wild)))
    assert ended.reason == "diverged"
    found = do(room.evaluate("training"))
    assert found is not None
    assert "loss" in found.metrics
    tame = moons(linear, loss="mean_squared_error", optimizer=optimizer("SGD", learning_rate=0.05))
    assert do(room.train(request(tame))).reason == "finished"
