"""Compared settings are trained exactly as each alone, and leave a training at hand as it was."""

import pytest

from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.input_scale import set_preprocessing
from app.core.project import Project
from app.training.engine_room import EngineRoom
from app.training.events import EpochEnded, RaceEvent, TrainingEnded
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
