"""Samples that count differently do so as in `model.fit` and `model.evaluate`."""

from dataclasses import replace

import numpy as np
import pytest

from app.core.project import EarlyStoppingSettings
from app.jobs.control import JobControl
from app.modeling.compile import encode_targets
from app.training.batches import Batches
from app.training.engine import Engine
from app.training.engine_room import EngineRoom
from app.training.events import EpochEnded
from app.training.traced_model import TracedModel
from tests.keras import random_trainings
from tests.keras.random_trainings import EPOCHS, Case, History, case, largest_difference
from tests.keras.small_runs import Run, data_of, do, moons
from tests.keras.streamed import request, weighted

CASES = range(100, 108)


def weights(count: int, seed: int) -> np.ndarray:
    """Some count nothing, some three times."""
    rng = np.random.default_rng((22, seed))
    drawn = rng.uniform(0.0, 3.0, count) * (rng.random(count) > 0.2)
    return drawn.astype(np.float32)


def by_engine(one: Case, training: np.ndarray, validation: np.ndarray | None) -> History:
    tested = one.validation
    parts = None if tested is None else tested if validation is None else (*tested, validation)
    arrays = (*one.training, training)
    engine = Engine(
        TracedModel(one.compiled(False), arrays, diagnostics=True),
        arrays,
        parts,
        Batches(one.batch_size, shuffle=False),
        EarlyStoppingSettings(enabled=False),
        schedule=one.schedule,
        planned=EPOCHS,
    )
    events: list[object] = []
    engine.train(EPOCHS, events.append, JobControl(), lambda _message, _epoch: None, one.seed)
    return [{**e.metrics} for e in events if isinstance(e, EpochEnded)]  # type: ignore[dict-item]


def by_fit(one: Case, training: np.ndarray, validation: np.ndarray | None) -> History:
    tested = one.validation
    found = (
        one.compiled(True)
        .fit(
            *one.training,
            sample_weight=training,
            validation_data=None
            if tested is None
            else tested
            if validation is None
            else (*tested, validation),
            batch_size=one.batch_size,
            validation_batch_size=32,
            epochs=EPOCHS,
            shuffle=False,
            verbose=0,
            callbacks=random_trainings._callbacks(one.schedule),
        )
        .history
    )
    found.pop("learning_rate", None)
    return [{name: found[name][epoch] for name in found} for epoch in range(EPOCHS)]


@pytest.mark.parametrize("number", CASES)
def test_the_numbers_are_those_of_fit(number: int) -> None:
    one = case(number)
    training = weights(len(one.training[0]), number)
    validation = weights(20, -number % 97) if number % 2 and one.validation else None
    with random_trainings.nothing_left():
        ours, theirs = by_engine(one, training, validation), by_fit(one, training, validation)
    assert largest_difference(ours, theirs) < 1e-4, one.text


@pytest.mark.parametrize("parts", [("training",), ("training", "validation", "test")])
def test_an_evaluation_counts_as_keras_does(parts: tuple[str, ...]) -> None:
    """One room: whether there are weights decides what is traced."""
    project = moons(epochs=1)
    room = EngineRoom()
    do(room.train(request(project, data_of(project))))
    data = weighted(data_of(project), *parts)
    do(room.train(request(project, data)))
    session = room._session
    assert session is not None
    for name in ("training", "validation", "test"):
        part = data.part(name)
        found = do(room.evaluate(name))
        assert found is not None
        y = encode_targets(part.y, project.training.loss, "binary", 2)
        expected = session.model.evaluate(
            part.x, y, batch_size=256, sample_weight=part.weights, verbose=0, return_dict=True
        )
        assert dict(found.metrics) == pytest.approx(expected, rel=1e-5)


def test_weights_of_one_are_none() -> None:
    project = moons(epochs=2)
    data = data_of(project)
    ones = np.ones(len(data.training), np.float32)
    same = replace(data, training=replace(data.training, weights=ones))
    plain, weighed = Run(), Run()
    plain.do(EngineRoom().train(request(project, data)))
    weighed.do(EngineRoom().train(request(project, same)))
    for one, other in zip(plain.of(EpochEnded), weighed.of(EpochEnded), strict=True):
        assert dict(other.metrics) == pytest.approx(dict(one.metrics), rel=1e-5)


def test_a_sample_that_counts_nothing_is_not_learned() -> None:
    """Whatever its target says."""
    project = moons(epochs=2, loss="mean_squared_error")
    data = data_of(project)
    counted = np.ones(len(data.training), np.float32)
    counted[::3] = 0.0
    wrong = data.training.y.copy()
    wrong[::3] = 1 - wrong[::3]
    states = []
    for y in (data.training.y, wrong):
        room = EngineRoom()
        training = replace(data.training, y=y, weights=counted)
        do(room.train(request(project, replace(data, training=training))))
        session = room._session
        assert session is not None
        states.append([weight.tobytes() for weight in session.model.get_weights()])
    assert states[0] == states[1]
