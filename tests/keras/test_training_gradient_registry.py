"""The cure of TensorFlow's leak reaches into a private table: this fails when a new TensorFlow
changes it.
"""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework import ops

from app.core.network import chain
from app.diagnostics.no_answer import NoAnswer
from app.training import gradient_registry
from app.training.engine_room import EngineRoom
from app.training.events import ProbeRequest
from tests.keras.small_runs import DENSE, DROPOUT, do, layer, moons, request


def test_tensorflow_still_keeps_what_traced_functions_leave_in_this_table() -> None:
    before = gradient_registry.custom_gradients()

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def square(x: tf.Tensor) -> tuple[tf.Tensor, object]:
        return x * x, lambda upstream: 2.0 * x * upstream

    traced = tf.function(square, input_signature=[tf.TensorSpec([])])
    traced.get_concrete_function()
    added = gradient_registry.custom_gradients() - before
    assert len(added) == 1
    assert gradient_registry.remove_custom_gradients(added) == 1
    assert gradient_registry.custom_gradients() == before
    assert gradient_registry.remove_custom_gradients(added) == 0


def test_fit_leaves_entries_there_and_they_keep_the_model_alive() -> None:
    """Without this there would be nothing to cure."""
    before = gradient_registry.custom_gradients()
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="relu")])
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 2)), np.zeros((4, 2)), verbose=0)
    added = gradient_registry.custom_gradients() - before
    gradient_registry.remove_custom_gradients(added)
    assert added


def test_a_session_that_is_replaced_leaves_nothing_behind() -> None:
    room = EngineRoom()
    before = gradient_registry.custom_gradients()
    do(room.train(request(moons(DENSE, epochs=1))))
    first = gradient_registry.custom_gradients() - before
    session = room._session
    assert session is not None
    model = weakref.ref(session.model)
    del session
    do(room.train(request(moons(DROPOUT, epochs=1))))
    gc.collect()
    assert first
    assert not first & gradient_registry.custom_gradients()
    assert model() is None


def test_a_tensorflow_without_the_table_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops, "gradient_registry", object())
    assert gradient_registry.custom_gradients() == frozenset()
    assert gradient_registry.remove_custom_gradients(frozenset({"CustomGradient-1"})) == 0


def test_looking_at_earlier_epochs_of_run_after_run_leaves_no_more_than_once() -> None:
    network = chain(
        (
            layer("data", "InputLayer"),
            layer("dense_1", "Dense", units=4, activation="silu"),
            layer("output", "Dense", units=1, activation="sigmoid"),
        )
    )
    room, counts = EngineRoom(), []
    for _ in range(3):
        do(room.train(request(moons(network, epochs=1))))
        for epoch in (0, 1):
            question = ProbeRequest(1, "layer_outputs", "dense_1", epoch=epoch)
            assert not isinstance(do(room.probe(question)).result, NoAnswer | None)
        counts.append(len(gradient_registry.custom_gradients()))
    assert counts[1:] == counts[:1] * 2
