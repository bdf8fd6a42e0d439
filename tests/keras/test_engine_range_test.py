"""The range test: the losses of a loop by hand, and a training at hand that does not notice."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.range_test import RangeTest, suggestion
from app.modeling.build import build_model
from app.modeling.compile import compile_model, encode_targets
from app.training import pace
from app.training.batches import Batches
from app.training.engine_room import EngineRoom
from app.training.errors import TrainingError
from app.training.events import EpochEnded, RangeTestEnded, RangeTestSteps, TrainingEnded
from tests.keras.small_runs import DROPOUT, Run, data_of, do, moons, optimizer, request

TEST = RangeTest(1e-4, 0.5, 30)


@pytest.fixture(scope="module")
def room() -> EngineRoom:
    return EngineRoom()


def by_hand(project: Project, test: RangeTest) -> list[float]:
    """Keras's own `train_on_batch`, step by step."""
    data = data_of(project)
    model = build_model(project.network, data.summary.input_shape, project.training.seed)
    compile_model(model, project.training, data.summary)
    x = data.training.x
    y = encode_targets(data.training.y, project.training.loss, data.summary.task, 2)
    size = project.training.batch_size
    batches = Batches(size, project.training.shuffle, project.training.seed)
    rates = test.rates()
    losses: list[float] = []
    epoch = 0
    while len(losses) < len(rates):
        epoch += 1
        order = batches.order(epoch, len(x))
        for first in range(0, len(x), size):
            if len(losses) == len(rates):
                break
            model.optimizer.learning_rate = rates[len(losses)]
            model.reset_metrics()
            rows = order[first : first + size]
            losses.append(float(model.train_on_batch(x[rows], y[rows], return_dict=True)["loss"]))
    return losses


def searched(
    room: EngineRoom, project: Project, test: RangeTest = TEST
) -> tuple[Run, RangeTestEnded]:
    run = Run()
    return run, run.do(room.find_learning_rate(request(project), test))


@pytest.mark.parametrize(
    "project",
    [
        moons(batch_size=8, optimizer=optimizer("SGD", momentum=0.9)),
        moons(DROPOUT, batch_size=13, optimizer=optimizer("AdamW")),
        moons(batch_size=8, shuffle=False, optimizer=optimizer("Adam", clipnorm=0.5)),
    ],
    ids=["momentum", "dropout", "clipped"],
)
def test_losses_are_those_of_a_loop_by_hand(project: Project) -> None:
    run, ended = searched(EngineRoom(), project)
    assert ended.reason == "finished"
    assert ended.rates == TEST.rates()
    assert ended.losses == pytest.approx(by_hand(project, TEST), rel=1e-4)
    told = [(r, x) for e in run.of(RangeTestSteps) for r, x in zip(e.rates, e.losses, strict=True)]
    assert told == list(zip(ended.rates, ended.losses, strict=True))


def test_a_training_does_not_notice(room: EngineRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    project = moons(DROPOUT, epochs=4, batch_size=7)
    plain = Run()
    plain.do(EngineRoom().train(request(project)))
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)

    def on(event: object) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            first.control.stop()

    first = Run(on)
    first.do(room.train(request(project)))
    before = do(room.checkpoint())
    for other in (project, moons(DROPOUT, epochs=4, batch_size=7, seed=9), moons(batch_size=8)):
        searched(room, other)
        assert do(room.checkpoint()) == before
    rest = Run()
    rest.do(room.continue_training())
    assert [e.metrics for run in (first, rest) for e in run.of(EpochEnded)] == [
        e.metrics for e in plain.of(EpochEnded)
    ]


def test_it_begins_where_a_training_of_the_same_seed_would(room: EngineRoom) -> None:
    project = moons(batch_size=8)
    do(room.train(request(project)))
    trained = searched(room, project)[1]
    assert trained == searched(EngineRoom(), project)[1]
    assert searched(room, moons(batch_size=8, seed=8))[1].losses != trained.losses


def test_nothing_is_traced_again_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    room = EngineRoom()
    project = moons(batch_size=8, epochs=1)
    searched(room, project)
    calls: list[object] = []
    function = tf.function

    def noted(*given: Any, **named: Any) -> Any:
        calls.append(given)
        return function(*given, **named)

    monkeypatch.setattr(tf, "function", noted)
    searched(room, project, RangeTest(1e-3, 1.0, 25))
    assert calls == []
    run = Run()
    run.do(room.train(request(project)))
    assert len(calls) == 1  # the validation, which the test does without
    assert run.of(TrainingEnded)[0].reason == "finished"


def test_it_ends_where_the_loss_leaves(room: EngineRoom) -> None:
    project = moons(batch_size=8, loss="mean_squared_error", optimizer=optimizer("SGD"))
    linear = project.network.model_copy(
        update={
            "layers": tuple(
                layer.model_copy(
                    update={"options": FrozenMap({**layer.options, "activation": "linear"})}
                )
                if layer.kind == "Dense"
                else layer
                for layer in project.network.layers
            )
        }
    )
    project = project.model_copy(update={"network": linear})
    _, ended = searched(room, project, RangeTest(1e-4, 1000.0, 200))
    assert ended.reason == "diverged"
    assert len(ended.losses) < 200
    assert np.isfinite(ended.losses[:-1]).all()
    found = suggestion(ended.rates, ended.losses)
    assert found.steepest is not None
    assert found.steepest < ended.rates[-1]


def test_it_can_be_stopped(room: EngineRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)
    run = Run(
        lambda event: (
            run.control.stop()
            if isinstance(event, RangeTestSteps) and len(run.of(RangeTestSteps)) == 5
            else None
        )
    )
    ended = run.do(room.find_learning_rate(request(moons(batch_size=8)), TEST))
    assert (ended.reason, len(ended.losses)) == ("stopped", 5)


def test_full_batches_and_single_samples(room: EngineRoom) -> None:
    for mode in ("full_batch", "stochastic"):
        _, ended = searched(room, moons(batch_mode=mode))
        assert len(ended.losses) == 30


def test_a_range_that_is_none_is_refused(room: EngineRoom) -> None:
    with pytest.raises(TrainingError, match="ten times"):
        searched(room, moons(), RangeTest(0.1, 0.2, 30))
