"""Weights of earlier epochs: which are kept, within which memory, and that looking at them shows
what was, and changes nothing.
"""

import time

import keras
import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.core.network import chain
from app.core.project import EarlyStoppingSettings, Project
from app.core.range_test import RangeTest
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.probes import Predictions
from app.training.early_stopping import EarlyStoppingState
from app.training.engine_room import EngineRoom
from app.training.errors import TrainingError
from app.training.events import EpochEnded, EpochsKept, ProbeRequest, StepsDone, TrainingEnded
from app.training.plateau import PlateauState
from app.training.rates import RateState
from app.training.snapshots import Snapshot, Snapshots
from app.training.state_reader import Layout, Packed
from tests.keras.small_runs import DROPOUT, Run, digits, do, layer, moons, optimizer, request

NOTHING = Packed(Layout(()), ())


def packed(*arrays: np.ndarray) -> Packed:
    layout = Layout(())
    layout.shapes = [array.shape for array in arrays]
    layout.large = list(range(len(arrays)))
    return Packed(layout, arrays)


def snapshot(
    epoch: int, weights: Packed, optimizer: Packed = NOTHING, best: Packed | None = None
) -> Snapshot:
    stopping = EarlyStoppingState(1.0, 1, 0, None if best is None else best.arrays)
    return Snapshot(
        epoch, weights, NOTHING, optimizer, stopping, PlateauState(), RateState(), planned=9
    )


def of_bytes(count: int) -> Packed:
    return packed(np.zeros(count, np.uint8))


def spent(kept: Snapshots) -> int:
    """The bytes of all arrays that are kept, each once."""
    found = [kept.at(epoch) for epoch in kept.epochs]
    arrays = {id(array): array for one in found if one is not None for array in one.arrays()}
    return sum(array.nbytes for array in arrays.values())


# ---------------------------------------------------------------- which epochs are kept


def test_thinned_evenly_with_the_first_and_the_newest() -> None:
    kept = Snapshots(budget=10**6, most=8)
    for epoch in range(1, 101):
        kept.add(snapshot(epoch, of_bytes(10)))
        assert len(kept.epochs) <= 8
        assert kept.epochs[0] == 1
        assert kept.epochs[-1] == epoch
        between = np.diff(kept.epochs[1:-1])
        assert set(between) <= {between[0]} if len(between) else True
    assert kept.epochs == (1, 16, 32, 48, 64, 80, 96, 100)
    assert kept.bytes == spent(kept) == 80


def test_never_more_memory_than_the_budget() -> None:
    kept = Snapshots(budget=1000, most=100)
    for epoch in range(1, 300):
        kept.add(snapshot(epoch, of_bytes(60), of_bytes(30)))
        assert kept.bytes == spent(kept) <= 1000
    assert len(kept.epochs) >= 5
    assert kept.for_branch


def test_what_does_not_change_counts_once() -> None:
    kept, frozen, best = Snapshots(budget=1000), of_bytes(600), of_bytes(100)
    for epoch in range(1, 20):
        weights = packed(*frozen.arrays, np.zeros(10, np.uint8))
        kept.add(snapshot(epoch, weights, best=best))
    assert kept.epochs == tuple(range(1, 20))
    assert kept.bytes == spent(kept) == 600 + 100 + 19 * 10


def test_rather_more_weights_than_the_state_of_the_optimizer() -> None:
    kept = Snapshots(budget=1000)
    for epoch in range(1, 9):
        kept.add(snapshot(epoch, of_bytes(100), of_bytes(200)))
        assert kept.bytes == spent(kept) <= 1000
    assert not kept.for_branch
    assert kept.epochs == tuple(range(1, 9))
    assert all(kept.at(epoch).optimizer is None for epoch in kept.epochs)  # type: ignore[union-attr]


def test_what_is_larger_than_the_budget_is_not_kept() -> None:
    kept = Snapshots(budget=1000)
    for epoch in range(1, 4):
        kept.add(snapshot(epoch, of_bytes(600)))
        assert kept.epochs == (epoch,)
    kept.add(snapshot(4, of_bytes(1001)))
    assert kept.epochs == ()
    assert kept.bytes == 0


def test_epochs_done_again_replace_those_that_were() -> None:
    kept = Snapshots()
    for epoch in range(1, 6):
        kept.add(snapshot(epoch, of_bytes(10)))
    kept.add(snapshot(3, of_bytes(20)))
    assert kept.epochs == tuple(range(1, 4))
    assert kept.bytes == 40
    kept.drop_after(1)
    assert kept.epochs == (1,)


# ---------------------------------------------------------------- of a training


class Watched:
    """A training whose weights are copied at the end of each epoch, beside the snapshots."""

    def __init__(self, room: EngineRoom) -> None:
        self.room = room
        self.weights: dict[int, list[np.ndarray]] = {}
        self.run = Run(self._on)

    def _on(self, event: object) -> None:
        if isinstance(event, EpochEnded):
            assert self.room._session is not None
            self.weights[event.epoch] = [w.copy() for w in self.room._session.model.get_weights()]


@pytest.fixture(scope="module")
def watched() -> Watched:
    watched = Watched(EngineRoom())
    watched.run.do(watched.room.train(request(digits(epochs=6, optimizer=optimizer("Adam")))))
    return watched


def model_at(room: EngineRoom, epoch: int | None) -> keras.Model:
    assert room._session is not None
    return room._session.model_at(epoch)


def test_each_epoch_has_the_weights_that_it_had(watched: Watched) -> None:
    assert watched.run.of(EpochsKept)[-1].epochs == (1, 2, 3, 4, 5, 6)
    live = model_at(watched.room, None)
    now = live.get_weights()
    for epoch in (3, 6, 1, 5):
        model = model_at(watched.room, epoch)
        assert model is not live
        for found, expected in zip(model.get_weights(), watched.weights[epoch], strict=True):
            np.testing.assert_array_equal(found, expected)
    for found, expected in zip(live.get_weights(), now, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_one_model_serves_all_moments(watched: Watched) -> None:
    x = watched.room._session.data.validation.x[:4]  # type: ignore[union-attr]
    models = [model_at(watched.room, epoch) for epoch in (0, 2, 6)]
    assert len({id(model) for model in models}) == 1
    first = models[0](x).numpy()
    model_at(watched.room, 0)
    assert not np.array_equal(models[0](x).numpy(), first)


def test_an_answer_about_an_earlier_epoch_is_that_of_its_weights(watched: Watched) -> None:
    then = do(watched.room.probe(ProbeRequest(1, "predictions", epoch=2))).result
    now = do(watched.room.probe(ProbeRequest(2, "predictions"))).result
    assert isinstance(then, Predictions)
    assert isinstance(now, Predictions)
    session = watched.room._session
    assert session is not None
    other = keras.models.clone_model(session.model)
    other.set_weights(watched.weights[2])
    expected = other(session.data.validation.x, training=False).numpy()
    np.testing.assert_allclose(then.verdicts.values, expected, rtol=1e-5, atol=1e-7)
    assert np.abs(then.verdicts.values - now.verdicts.values).max() > 1e-3


def test_an_epoch_that_is_not_kept_is_answered_in_words(watched: Watched) -> None:
    answer = do(watched.room.probe(ProbeRequest(1, "predictions", epoch=77))).result
    assert isinstance(answer, NoAnswer)
    assert "77" in answer.needs
    with pytest.raises(TrainingError, match="epoch 77 are not kept"):
        model_at(watched.room, 77)


def test_looking_back_while_it_trains_changes_nothing() -> None:
    project = moons(DROPOUT, batch_size=16, epochs=6)
    plain, room = Run(), EngineRoom()
    answers: list[int] = []
    plain.do(room.train(request(project)))
    expected = do(room.checkpoint())

    def ask(event: object) -> None:
        if isinstance(event, StepsDone):
            epoch = max(0, event.epoch - 2)
            run.control.post(ProbeRequest(len(answers), "predictions", epoch=epoch))
            answers.append(epoch)

    run = Run(ask)
    run.do(room.start_over())
    assert len(answers) >= 6
    assert [e.metrics for e in run.of(EpochEnded)] == [e.metrics for e in plain.of(EpochEnded)]
    assert do(room.checkpoint()) == expected


def test_kept_through_stop_and_continue_and_dropped_by_a_new_beginning() -> None:
    def stop(event: object) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 3:
            run.control.stop()

    room, run, more, again = EngineRoom(), Run(stop), Run(), Run()
    project = moons(epochs=5)
    run.do(room.train(request(project)))
    assert run.of(EpochsKept)[-1].epochs == (1, 2, 3)
    do(room.find_learning_rate(request(project), RangeTest(1e-5, 1e-2, 20)))
    more.do(room.continue_training())
    assert more.of(EpochsKept)[-1].epochs == (1, 2, 3, 4, 5)
    saved = do(room.checkpoint())
    again.do(room.start_over())
    assert again.of(EpochsKept)[0].epochs == (1,)
    do(room.restore(request(project, saved)))
    with pytest.raises(TrainingError, match="None is kept yet"):
        model_at(room, 5)
    went_on = Run()
    went_on.do(room.continue_training(2))
    assert went_on.of(EpochsKept)[-1].epochs == (6, 7)


def test_the_best_weights_and_frozen_ones_are_kept_once() -> None:
    wide = 5000  # more than is copied together with others
    network = chain(
        (
            layer("data", "InputLayer"),
            layer("wide", "Dense", units=wide, activation="relu").model_copy(
                update={"trainable": False}
            ),
            layer("output", "Dense", units=1, activation="sigmoid"),
        )
    )
    stopping = EarlyStoppingSettings(enabled=True, patience=50, restore_best_weights=True)
    project = moons(network, epochs=6, early_stopping=stopping, optimizer=optimizer("SGD"))
    room, run = EngineRoom(), Run()
    run.do(room.train(request(project)))
    session = room._session
    assert session is not None
    best = run.of(TrainingEnded)[0].best_epoch
    one = session._snapshots.at(best)
    assert one is not None
    assert one.stopping.best_weights is not None
    assert one.stopping.best_weights[0] is one.weights.values()[0]
    # The frozen weights (3 for each unit) once, the others (1 for each) once an epoch.
    assert session._snapshots.epochs == (1, 2, 3, 4, 5, 6)
    assert session._snapshots.bytes == pytest.approx(4 * wide * (3 + 6), rel=0.01)


def test_without_diagnostics_nothing_is_kept() -> None:
    room, run = EngineRoom(), Run()
    run.do(room.train(request(moons(epochs=2), diagnostics=False)))
    assert run.of(EpochsKept) == []


@pytest.mark.parametrize("project", [moons(epochs=3), digits(epochs=3)], ids=["moons", "digits"])
def test_another_moment_is_there_at_once(project: Project) -> None:
    """Below 20 ms for weights and answer; the machine may be busy: the best of some."""
    room = EngineRoom()
    do(room.train(request(project)))
    seconds = []
    for number in range(12):
        ask = ProbeRequest(number, "predictions", None, FrozenMap(), epoch=1 + number % 3)
        began = time.perf_counter()
        assert do(room.probe(ask)).result is not None
        seconds.append(time.perf_counter() - began)
    assert min(seconds[3:]) < 0.02
