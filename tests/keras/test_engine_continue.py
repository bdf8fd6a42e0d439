"""Continue, start over, checkpoint and restore: as if nothing had been in between."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.core.project import EarlyStoppingSettings, Project
from app.training import pace
from app.training.engine_room import EngineRoom
from app.training.errors import TrainingError
from app.training.events import EpochEnded, Preparing, StepsDone, TrainingEnded, TrainingStarted
from tests.keras.small_runs import (
    DROPOUT,
    Run,
    data_of,
    do,
    moons,
    optimizer,
    request,
)


def history(run: Run) -> list[FrozenMap]:
    return [event.metrics for event in run.of(EpochEnded)]


def trained(project: Project) -> tuple[Run, bytes]:
    """The whole training in a room of its own, and the state after it."""
    room, run = EngineRoom(), Run()
    run.do(room.train(request(project)))
    return run, do(room.checkpoint())


def stopping_at(epoch: int, step: int) -> Run:
    def on(event: object) -> None:
        if isinstance(event, StepsDone) and (event.epoch, event.step) == (epoch, step):
            run.control.stop()

    run = Run(on)
    return run


@pytest.fixture(scope="module")
def room() -> EngineRoom:
    """Traced once for the tests of this module that take it; dropout, noise and Adam."""
    room = EngineRoom()
    do(room.train(request(PROJECT)))
    return room


PROJECT = moons(DROPOUT, batch_size=16, epochs=6)


@pytest.fixture(scope="module")
def whole() -> tuple[Run, bytes]:
    return trained(PROJECT)


def test_continued_is_the_same_as_uninterrupted(room: EngineRoom, whole: tuple[Run, bytes]) -> None:
    first, then = Run(), Run()
    first.do(room.train(request(moons(DROPOUT, batch_size=16, epochs=2))))
    ended = then.do(room.continue_training(4))
    assert then.of(TrainingStarted)[0].first_epoch == 3
    assert ended.epoch == 6
    assert history(first) + history(then) == history(whole[0])


def test_continued_in_the_middle_of_an_epoch(
    room: EngineRoom, whole: tuple[Run, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)
    first, then = stopping_at(3, 2), Run()
    first.do(room.train(request(PROJECT)))
    # What one looks at in between must not change anything.
    do(room.evaluate("test"))
    do(room.predict(data_of(PROJECT).test.x))
    then.do(room.continue_training())
    assert then.of(TrainingStarted)[0].first_epoch == 3
    assert then.of(StepsDone)[0].step == 3
    assert history(first) + history(then) == history(whole[0])
    assert do(room.checkpoint()) == whole[1]


def test_saved_and_opened_again_it_trains_on_bit_for_bit(
    room: EngineRoom, whole: tuple[Run, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)
    first, then = stopping_at(2, 3), Run()
    first.do(room.train(request(PROJECT)))
    saved = do(room.checkpoint())
    other = EngineRoom()
    do(other.restore(request(PROJECT, saved)))
    assert do(other.checkpoint()) == saved
    then.do(other.continue_training(5))
    assert history(first) + history(then) == history(whole[0])
    assert do(other.checkpoint()) == whole[1]


def test_start_over_begins_from_the_same_weights_without_tracing(
    room: EngineRoom, whole: tuple[Run, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    do(room.train(request(PROJECT)))
    _forbid_tracing(monkeypatch)
    run = Run()
    run.do(room.start_over())
    assert history(run) == history(whole[0])


def test_start_over_after_opening(room: EngineRoom, whole: tuple[Run, bytes]) -> None:
    do(room.restore(request(PROJECT, whole[1])))
    run = Run()
    run.do(room.start_over())
    assert history(run) == history(whole[0])


def _forbid_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise AssertionError("traced anew")

    monkeypatch.setattr(keras.Model, "train_step", refuse)
    monkeypatch.setattr(keras.Model, "test_step", refuse)


@pytest.mark.parametrize(
    "change",
    [
        lambda: moons(DROPOUT, batch_size=16, epochs=2, seed=11),
        lambda: moons(DROPOUT, batch_size=5, epochs=2),
        lambda: moons(DROPOUT, batch_mode="full_batch", epochs=2),
        lambda: moons(DROPOUT, epochs=2, optimizer=optimizer(learning_rate=0.03)),
        lambda: moons(DROPOUT, epochs=2, early_stopping=EarlyStoppingSettings(patience=1)),
        lambda: moons(DROPOUT, epochs=2, samples=90),
    ],
    ids=["seed", "batch size", "full batch", "learning rate", "patience", "data"],
)
def test_other_values_need_no_tracing_and_give_what_a_new_model_gives(
    room: EngineRoom, change: Callable[[], Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    do(room.train(request(PROJECT)))
    with monkeypatch.context() as patch:
        _forbid_tracing(patch)
        run = Run()
        run.do(room.train(request(change())))
    fresh, _ = trained(change())
    assert history(run) == history(fresh)


def test_a_run_that_came_to_its_end_is_continued_as_far_as_its_settings_say(
    room: EngineRoom,
) -> None:
    do(room.train(request(PROJECT)))
    ended = do(room.continue_training())
    assert ended.epoch == 12


def test_another_network_replaces_the_model(room: EngineRoom) -> None:
    own = EngineRoom()
    do(own.train(request(PROJECT)))
    run = Run()
    run.do(own.train(request(moons(epochs=1))))
    assert "building the network" in [event.what for event in run.of(Preparing)]


def test_a_training_goes_on_from_its_checkpoint_to_the_planned_end(
    whole: tuple[Run, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = EngineRoom()
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)
    stopping_at(4, 1).do(own.train(request(PROJECT)))
    run = Run()
    run.do(EngineRoom().train(request(PROJECT, do(own.checkpoint()))))
    assert history(run) == history(whole[0])[3:]


def test_nothing_to_continue_is_said() -> None:
    for job in (EngineRoom().continue_training(1), EngineRoom().start_over()):
        with pytest.raises(TrainingError, match="no trained network"):
            do(job)
    with pytest.raises(TrainingError, match="no saved training"):
        do(EngineRoom().restore(request(PROJECT)))


def test_no_epochs_are_refused(room: EngineRoom) -> None:
    with pytest.raises(TrainingError, match="At least one"):
        do(room.continue_training(0))


def test_a_checkpoint_of_another_network_is_refused(
    room: EngineRoom, whole: tuple[Run, bytes]
) -> None:
    with pytest.raises(TrainingError, match="does not belong to this network"):
        do(EngineRoom().restore(request(moons(), whole[1])))
    with pytest.raises(TrainingError, match="does not belong to this network"):
        do(
            EngineRoom().restore(
                request(moons(DROPOUT, optimizer=optimizer("SGD", momentum=0.5)), whole[1])
            )
        )


def test_a_step_beyond_the_epoch_is_refused(
    room: EngineRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)
    stopping_at(1, 4).do(room.train(request(PROJECT)))
    saved = do(room.checkpoint())
    with pytest.raises(TrainingError, match="4 of its epoch"):
        do(room.restore(request(moons(DROPOUT, batch_mode="full_batch"), saved)))


@pytest.mark.parametrize("samples", [140, 60])  # an epoch of 60 has three steps
def test_with_other_data_the_interrupted_epoch_begins_anew(
    room: EngineRoom, monkeypatch: pytest.MonkeyPatch, samples: int
) -> None:
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)
    stopping_at(2, 4).do(room.train(request(PROJECT)))
    saved = do(room.checkpoint())
    do(room.restore(request(moons(DROPOUT, samples=samples, batch_size=16, epochs=6), saved)))
    run = Run()
    run.do(room.continue_training(1))
    assert run.of(StepsDone)[0].step == 1
    assert [event.epoch for event in run.of(EpochEnded)] == [2]


def test_evaluate_and_predict_agree_with_keras(room: EngineRoom, tmp_path: Path) -> None:
    do(room.train(request(PROJECT)))
    path = tmp_path / "model.keras"
    do(room.save_model(path))
    model = keras.saving.load_model(path)
    data = data_of(PROJECT)
    found = do(room.evaluate("validation"))
    assert found is not None
    theirs = model.evaluate(
        data.validation.x,
        data.validation.y.reshape(-1, 1).astype("float32"),
        verbose=0,
        return_dict=True,
    )
    assert dict(found.metrics) == pytest.approx(theirs, rel=1e-5)
    assert found.samples == len(data.validation)
    predicted = do(room.predict(data.test.x))
    assert predicted is not None
    np.testing.assert_allclose(predicted, model.predict(data.test.x, verbose=0), rtol=1e-5)
    assert do(room.predict(data.test.x[:0])).shape == (0, 1)  # type: ignore[union-attr]


def test_samples_of_another_shape_are_refused(room: EngineRoom) -> None:
    with pytest.raises(TrainingError, match="shape"):
        do(room.predict(np.zeros((3, 5), np.float32)))


def test_evaluation_can_be_stopped(room: EngineRoom) -> None:
    run = Run()
    run.control.stop()
    assert run.do(room.evaluate("training")) is None
    assert run.do(room.predict(data_of(PROJECT).test.x)) is None


def test_the_last_event_is_the_end(whole: tuple[Run, bytes]) -> None:
    assert isinstance(whole[0].events[-1], TrainingEnded)
    assert whole[0].events[-1].sentence.startswith("Finished after 6 epochs")
