"""What goes wrong is said in words, and nothing is lost."""

import numpy as np
import pytest
import tensorflow as tf

from app.core.frozen import FrozenMap
from app.core.network import chain
from app.modeling.errors import ModelingError
from app.training.engine_room import EngineRoom
from app.training.errors import TrainingError, explained
from app.training.events import StepsDone
from app.training.traced_model import TracedModel
from tests.keras.small_runs import Run, do, layer, moons, request


def test_too_little_memory_while_training_keeps_what_there_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room, project = EngineRoom(), moons(epochs=4)
    whole = Run()
    whole.do(room.train(request(project)))
    state = do(room.checkpoint())
    original = TracedModel.train
    calls = 0

    def fails_late(self: TracedModel, *arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 3:
            # As when the memory gives out in the middle of a step.
            self.model.weights[0].value.assign_add(tf.ones_like(self.model.weights[0].value))
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")
        return original(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(TracedModel, "train", fails_late)
    run = Run()
    with pytest.raises(TrainingError, match="memory of this computer") as caught:
        run.do(room.train(request(project)))
    assert "smaller batch size" in caught.value.how_to_fix
    assert run.of(StepsDone)
    # It goes on from the last state that was held as if nothing had been.
    do(room.continue_training(4))
    assert room._session is not None
    assert room._session.epoch >= 4
    do(room.start_over())
    assert do(room.checkpoint()) == state


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (MemoryError(), "memory"),
        (tf.errors.ResourceExhaustedError(None, None, "OOM"), "memory"),
        (ValueError("shapes (None, 3) and (None, 1) are incompatible"), "shapes (None, 3)"),
        (tf.errors.InvalidArgumentError(None, None, "label 7 out of range"), "label 7"),
        (RuntimeError("x" * 1000), "RuntimeError"),
    ],
)
def test_errors_in_words(error: Exception, word: str) -> None:
    told = explained(error, "training the network")
    assert word in told.happened
    assert told.expected.endswith(".")
    assert told.how_to_fix.endswith(".")
    assert len(told.happened) < 420


def test_explained_errors_stay_as_they_are() -> None:
    error = ModelingError("A.", "B.", "C.")
    assert explained(error, "training") is error


def test_an_output_that_does_not_fit_the_targets_is_said() -> None:
    network = chain((layer("data", "InputLayer"), layer("output", "Dense", units=3)))
    with pytest.raises(TrainingError, match="Keras refused"):
        do(EngineRoom().train(request(moons(network))))


def test_a_number_without_a_vector_is_said() -> None:
    layers = (
        layer("data", "InputLayer"),
        layer("words", "Embedding", input_dim=1),
        layer("flat", "Flatten"),
        layer("output", "Dense", units=1, activation="sigmoid"),
    )
    with pytest.raises(TrainingError, match=r"An Embedding got the number -?[0-9]+\.") as caught:
        do(EngineRoom().train(request(moons(chain(layers), samples=400))))
    assert caught.value.expected == "It has vectors for whole numbers from 0 to 0."


def test_a_failed_training_leaves_the_model_before_it() -> None:
    room = EngineRoom()
    do(room.train(request(moons(epochs=1))))
    before = do(room.checkpoint())
    broken = chain((layer("data", "InputLayer"), layer("output", "Dense", units=-3)))
    with pytest.raises(Exception, match="units"):
        do(room.train(request(moons(broken))))
    assert do(room.checkpoint()) == before


def test_an_empty_training_part_is_said() -> None:
    from dataclasses import replace

    project = moons()
    whole = request(project)
    empty = replace(
        whole.data.training,
        x=whole.data.training.x[:0],
        y=whole.data.training.y[:0],
        rows=whole.data.training.rows[:0],
    )
    with pytest.raises(TrainingError, match="empty"):
        do(EngineRoom().train(replace(whole, data=replace(whole.data, training=empty))))


def test_without_a_validation_part_there_are_no_columns_for_it() -> None:
    from dataclasses import replace

    from app.training.events import EpochEnded

    whole = request(moons(epochs=2))
    part = whole.data.validation
    empty = replace(part, x=part.x[:0], y=part.y[:0], rows=part.rows[:0])
    run = Run()
    run.do(EngineRoom().train(replace(whole, data=replace(whole.data, validation=empty))))
    assert [set(event.metrics) for event in run.of(EpochEnded)] == [{"loss", "accuracy"}] * 2
    assert all(isinstance(event.metrics, FrozenMap) for event in run.of(EpochEnded))
    assert np.isfinite([event.seconds for event in run.of(EpochEnded)]).all()
