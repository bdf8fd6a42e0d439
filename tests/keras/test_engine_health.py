"""What rides along: gradient norms and dead units, against independent computations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.core.project import EarlyStoppingSettings
from app.diagnostics.dead_units import census
from app.jobs.control import JobControl
from app.training.batches import Batches
from app.training.engine import Engine
from app.training.events import LayerHealth, StepsDone
from app.training.traced_model import TracedModel
from tests.keras.small_runs import Run

RNG = np.random.default_rng(1)
X = RNG.normal(size=(50, 6, 6, 1)).astype(np.float32)
Y = RNG.integers(3, size=50).astype(np.int32)
BATCHES = Batches(16, shuffle=True, seed=5)


def compiled() -> keras.Model:
    keras.utils.set_random_seed(2)
    inputs = keras.Input((6, 6, 1))
    flow = keras.layers.Conv2D(5, 3, activation="relu", name="conv", kernel_regularizer="l2")(
        inputs
    )
    flow = keras.layers.Flatten()(flow)
    flow = keras.layers.Dense(6, name="bare")(flow)
    flow = keras.layers.ReLU(name="relu")(flow)
    flow = keras.layers.Dense(3, activation="softmax", name="output")(flow)
    model = keras.Model(inputs, flow)
    model.compile(keras.optimizers.SGD(0.05, clipnorm=0.2), "sparse_categorical_crossentropy")
    # Two channels and one unit that are never active.
    kernel, bias = model.get_layer("conv").get_weights()
    bias[[1, 3]] = -100.0
    model.get_layer("conv").set_weights([kernel, bias])
    kernel, bias = model.get_layer("bare").get_weights()
    bias[4] = -100.0
    model.get_layer("bare").set_weights([kernel, bias])
    return model


def health(
    validation: tuple[np.ndarray, np.ndarray] | None, *, diagnostics: bool = True
) -> tuple[keras.Model, Run]:
    model = compiled()
    engine = Engine(
        TracedModel(model, (X[:40], Y[:40]), diagnostics=diagnostics),
        (X[:40], Y[:40]),
        validation,
        BATCHES,
        EarlyStoppingSettings(enabled=False),
    )
    run = Run()
    engine.train(2, run.report, JobControl(), lambda _m, _e: None, 0)
    return model, run


def test_gradient_norms_are_those_of_the_last_step_before_clipping() -> None:
    _, run = health((X[40:], Y[40:]))
    model = compiled()
    expected = {}
    losses = []
    for epoch in (1, 2):
        order = BATCHES.order(epoch, 40)
        for first in range(0, 40, 16):
            rows = order[first : first + 16]
            with tf.GradientTape() as tape:
                loss = model.compute_loss(
                    X[rows], tf.constant(Y[rows]), model(X[rows], training=True)
                )
            gradients = tape.gradient(loss, model.trainable_variables)
            losses.append(float(loss))
            model.optimizer.apply(gradients, model.trainable_variables)
    for name in ("conv", "bare", "output"):
        own = {id(variable) for variable in model.get_layer(name).trainable_variables}
        parts = [
            gradient.numpy().ravel()
            for gradient, variable in zip(gradients, model.trainable_variables, strict=True)
            if id(variable) in own
        ]
        expected[name] = float(np.linalg.norm(np.concatenate(parts)))
    found = run.of(LayerHealth)[-1]
    assert found.epoch == 2
    assert dict(found.gradient_norms) == pytest.approx(expected, rel=1e-4)
    reported = [loss for event in run.of(StepsDone) for loss in event.losses]
    assert reported == pytest.approx(losses, rel=1e-4)


def test_dead_units_are_those_of_the_census() -> None:
    validation = (X[40:], Y[40:])
    model, run = health(validation)
    found = dict(run.of(LayerHealth)[-1].dead_units)
    counted = {one.layer_id: one.dead for one in census(model, X[40:]).layers}
    assert set(found) == set(counted) == {"conv", "bare", "relu"}
    for name, dead in counted.items():
        np.testing.assert_array_equal(found[name], dead)
        assert not found[name].flags.writeable
    assert found["conv"][[1, 3]].all()
    assert not found["conv"].all()
    assert found["bare"][4]


def test_without_validation_the_training_part_is_looked_at() -> None:
    model, run = health(None)
    found = dict(run.of(LayerHealth)[-1].dead_units)
    for one in census(model, X[:40]).layers:
        np.testing.assert_array_equal(found[one.layer_id], one.dead)


def test_it_can_be_left_out() -> None:
    _, run = health(None, diagnostics=False)
    assert not run.of(LayerHealth)
