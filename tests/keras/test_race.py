"""Compared settings are trained exactly as each alone, and leave a training at hand as it was."""

import numpy as np
import pytest

from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.input_scale import set_preprocessing
from app.core.network import chain
from app.core.project import Project
from app.core.race_settings import RaceLimits, chosen, contestant
from app.diagnostics.loss_surface import WeightPath
from app.training.engine_room import EngineRoom
from app.training.events import (
    BeforeFirstStep,
    EpochEnded,
    RaceEvent,
    TrainingEnded,
    TrainingStarted,
)
from app.training.session import Session, arrays_of
from app.training.weight_paths import PathRecorder
from tests.keras.small_runs import DROPOUT, Run, do, moons, request


@pytest.fixture(scope="module")
def room() -> EngineRoom:
    return EngineRoom()


def alone(project: Project) -> list[FrozenMap]:
    run = Run()
    run.do(EngineRoom().train(request(project)))
    return [event.metrics for event in run.of(EpochEnded)]


def raced(run: Run, contestant: int) -> list[FrozenMap]:
    return [
        told.event.metrics
        for told in run.of(RaceEvent)
        if told.contestant == contestant and isinstance(told.event, EpochEnded)
    ]


def test_each_contestant_trains_as_if_it_were_alone(room: EngineRoom) -> None:
    plain = moons(DROPOUT, epochs=4)
    variants = [
        plain,
        set_preprocessing(plain, preprocessing="standardize"),  # the same traced functions serve
        moons(DROPOUT, epochs=3, batch_mode="full_batch", seed=3),
        moons(epochs=2),  # another network
    ]
    run = Run()
    endings = run.do(room.race([request(project, diagnostics=False) for project in variants]))
    assert [ended.reason for ended in endings] == ["finished"] * 4
    for number, project in enumerate(variants):
        assert raced(run, number) == alone(project)
    assert raced(run, 0) != raced(run, 1)


def test_before_the_first_step_all_have_the_loss_of_the_same_weights(room: EngineRoom) -> None:
    layers = [
        one.model_copy(update={"options": one.options.set("kernel_regularizer", "l2")})
        if one.kind == "Dense"
        else one
        for one in DROPOUT.layers
    ]
    project = moons(chain(tuple(layers)), epochs=1)
    full = project.training.model_copy(update={"batch_mode": "full_batch"})
    variants = [project, project.model_copy(update={"training": full})]
    run = Run()
    run.do(room.race([request(project, diagnostics=False) for project in variants]))
    told = [t.event for t in run.of(RaceEvent)]
    starts = [event for event in told if isinstance(event, BeforeFirstStep)]
    assert starts[0] == starts[1]
    first = next(n for n, event in enumerate(told) if isinstance(event, TrainingStarted))
    assert told.index(starts[0]) < first
    # As Keras has it, asked on its own.
    given = request(project)
    session = Session(given.project, given.data, lambda _event: None, diagnostics=False)
    try:
        model = session.model
        assert len(model.losses) == 2
        for name, part in (("loss", given.data.training), ("val_loss", given.data.validation)):
            x, y, *_ = arrays_of(given.project, given.data, part)
            loss = float(model.compute_loss(x, y, model(x, training=False)))
            penalty = float(sum(model.losses))
            assert penalty > 0.01
            p = np.clip(np.asarray(model(x, training=False)), 1e-7, 1 - 1e-7).ravel()
            entropy = -np.mean(np.where(np.asarray(y).ravel() > 0.5, np.log(p), np.log(1 - p)))
            assert loss == pytest.approx(entropy + penalty, rel=1e-5)
            assert starts[0].metrics[name] == pytest.approx(entropy + penalty, rel=1e-5)
    finally:
        session.close()
    assert {"accuracy", "val_accuracy"} <= set(starts[0].metrics)


def test_the_training_at_hand_goes_on_as_if_nothing_had_been(room: EngineRoom) -> None:
    project = moons(DROPOUT, epochs=3)
    undisturbed, disturbed = Run(), Run()
    for run, between in ((undisturbed, False), (disturbed, True)):
        run.do(room.train(request(project)))
        if between:
            do(room.race([request(moons(DROPOUT, epochs=2, seed=1), diagnostics=False)]))
        run.do(room.continue_training(2))
    assert [e.metrics for e in undisturbed.of(EpochEnded)] == [
        e.metrics for e in disturbed.of(EpochEnded)
    ]


def test_a_race_that_is_stopped_begins_no_other_training(room: EngineRoom) -> None:
    def stop_at_first_epoch(event: object) -> None:
        if isinstance(event, RaceEvent) and isinstance(event.event, EpochEnded):
            run.control.stop()

    run = Run(stop_at_first_epoch)
    long = moons(epochs=10_000)
    endings = run.do(room.race([request(long, diagnostics=False)] * 2))
    assert [ended.reason for ended in endings] == ["stopped"]
    told = [t.contestant for t in run.of(RaceEvent) if isinstance(t.event, TrainingEnded)]
    assert told == [0]


def test_a_contestant_that_cannot_train_is_explained(room: EngineRoom) -> None:
    wrong = moons(loss="mean_squared_error", metrics=("no_such_metric",))
    with pytest.raises(ExplainedError, match="no_such_metric"):
        do(room.race([request(wrong, diagnostics=False)]))


def test_a_contestant_whose_time_is_over_ends_and_the_next_begins(room: EngineRoom) -> None:
    long = moons(epochs=100_000)
    run = Run()
    endings = run.do(
        room.race([request(long, diagnostics=False), request(moons(epochs=2))], seconds=0.3)
    )
    assert [ended.reason for ended in endings] == ["stopped", "finished"]
    told = [t.event for t in run.of(RaceEvent) if isinstance(t.event, TrainingEnded)]
    assert told[0].sentence == f"Its 0.3 seconds were over after {told[0].epoch:,} epochs."
    assert told[0].epoch > 2
    assert 0.3 <= told[0].seconds < 3
    # What was done until then is what it does alone.
    assert raced(run, 0)[:5] == alone(moons(epochs=5))


def test_the_weights_of_each_contestant_are_kept_on_the_way(room: EngineRoom) -> None:
    projects = [moons(DROPOUT, epochs=3), moons(DROPOUT, epochs=100, batch_mode="full_batch")]
    run = Run()
    run.do(room.race([request(p, diagnostics=False) for p in projects], keep_paths=True))
    paths = [t.event for t in run.of(RaceEvent) if isinstance(t.event, WeightPath)]
    assert paths[0].epochs == (0, 1, 2, 3)
    assert paths[1].epochs == (*range(0, 100, 2), 100)
    assert np.array_equal(paths[0].weights[0], paths[1].weights[0])
    assert not np.array_equal(paths[0].weights[-1], paths[1].weights[-1])
    for number, project in enumerate(projects):  # the same as each has alone
        room_of_its_own = EngineRoom()
        do(room_of_its_own.train(request(project, diagnostics=False)))
        layers = do(room_of_its_own.layer_weights())
        ends = np.concatenate([a.ravel() for arrays in layers.values() for a in arrays])
        assert np.array_equal(paths[number].weights[-1], ends)
    assert not paths[0].weights.flags.writeable


def test_too_large_weights_are_not_kept_in_the_middle() -> None:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    small = PathRecorder(model, most=10)
    large = PathRecorder(model, budget=70)  # of 32 bytes each
    for epoch in range(23):
        small.note(epoch)
        large.note(epoch)
    assert small.path().epochs == (0, 4, 8, 12, 16, 20, 22)
    assert small.path().complete
    assert large.path().epochs == (0, 16, 22)
    assert not large.path().complete


def test_all_but_those_that_say_so_begin_with_the_same_weights(room: EngineRoom) -> None:
    project = moons(epochs=1)
    names = ("own", "batch.full", "rate.tenfold", "optimizer.SGD", "activation.tanh",
             "scaling.standardize", "initializer.zeros", "seed.1")  # fmt: skip
    contestants = chosen(project, names)
    assert tuple(one.name for one in contestants) == names
    variants = [contestant(project, one, RaceLimits(epochs=1)) for one in contestants]
    run = Run()
    run.do(room.race([request(v.project, diagnostics=False) for v in variants], keep_paths=True))
    starts = [t.event.weights[0] for t in run.of(RaceEvent) if isinstance(t.event, WeightPath)]
    for one, start in zip(contestants, starts, strict=True):
        assert np.array_equal(start, starts[0]) != one.other_beginning, one.name
