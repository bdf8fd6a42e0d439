"""Samples on disk are trained as those in memory are, with the same promises."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.range_test import RangeTest
from app.data.errors import DataError
from app.data.prepared import PreparedData
from app.diagnostics import probes
from app.diagnostics.dead_units import Census
from app.diagnostics.probes import Predictions
from app.training import feed, pace
from app.training import session as sessions
from app.training.engine_room import EngineRoom
from app.training.errors import TrainingError
from app.training.events import (
    EpochEnded,
    LayerHealth,
    Paused,
    ProbeRequest,
    ReadingSamples,
    StepsDone,
)
from tests.keras.small_runs import (
    DENSE,
    DROPOUT,
    Run,
    data_of,
    digits,
    do,
    layer,
    moons,
    optimizer,
)
from tests.keras.streamed import OnDisk, of_training, on_disk, request, weighted

PROJECTS: dict[str, Callable[[], Project]] = {
    "dense": lambda: moons(epochs=4, batch_size=8),
    "in the order of the data": lambda: moons(epochs=3, batch_size=8, shuffle=False),
    "dropout": lambda: moons(DROPOUT, epochs=4, batch_size=7),
    "full batch": lambda: moons(DROPOUT, epochs=4, batch_mode="full_batch"),
    "convolution": lambda: digits(epochs=2, batch_size=32),
}


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three steps or so of the moons, one of the digits, which are far larger."""
    monkeypatch.setattr(feed, "BLOCK_BYTES", 3 * 8 * 2 * 4)


def told(run: Run) -> list[object]:
    """All numbers of a training but times, and how the steps were parted into chunks."""
    losses = [(e.epoch, loss) for e in run.of(StepsDone) for loss in e.losses]
    ends: list[object] = [(e.epoch, e.metrics, e.learning_rate) for e in run.of(EpochEnded)]
    health = [
        (e.epoch, e.gradient_norms, [(n, d.tolist()) for n, d in e.dead_units])
        for e in run.of(LayerHealth)
    ]
    return [losses, ends, health]


def trained(project: Project, data: PreparedData) -> tuple[list[object], bytes]:
    room, run = EngineRoom(), Run()
    assert run.do(room.train(request(project, data))).reason == "finished"
    return told(run), do(room.checkpoint())


# ---------------------------------------------------------------- the same numbers
@pytest.mark.parametrize("name", PROJECTS)
def test_bit_for_bit_as_from_memory(name: str) -> None:
    project = PROJECTS[name]()
    data = data_of(project)
    streamed = on_disk(data)
    assert trained(project, streamed) == trained(project, data)
    assert of_training(streamed).read >= project.training.epochs * len(data.training)


@pytest.mark.parametrize("parts", [("training",), ("training", "validation")])
def test_bit_for_bit_with_weights(parts: tuple[str, ...]) -> None:
    project = moons(epochs=3, batch_size=8)
    data = weighted(data_of(project), *parts)
    numbers = trained(project, on_disk(data))
    assert numbers == trained(project, data)
    assert numbers != trained(project, data_of(project))


def test_without_validation_the_units_are_looked_for_in_the_training_part() -> None:
    project = moons(epochs=2, batch_size=8)
    split = project.data.split.model_copy(update={"validation_share": 0.0})
    project = project.model_copy(update={"data": project.data.model_copy(update={"split": split})})
    data = data_of(project)
    numbers = trained(project, on_disk(data))
    assert numbers == trained(project, data)
    assert len(numbers[0][2]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [0.0, 1e-3])
def test_chunks_and_blocks_of_any_size_change_no_number(
    seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = moons(DROPOUT, epochs=3, batch_size=7)
    expected = trained(project, on_disk(data_of(project)))
    monkeypatch.setattr(pace, "CHUNK_SECONDS", seconds)
    for size in (1, 500, 10**6):
        monkeypatch.setattr(feed, "BLOCK_BYTES", size)
        assert trained(project, on_disk(data_of(project))) == expected


def test_a_block_that_holds_all_is_read_once_when_the_order_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "BLOCK_BYTES", 10**6)
    project = moons(epochs=5, shuffle=False)
    data = on_disk(data_of(project))
    trained(project, data)
    assert of_training(data).read == len(data.training)


# ---------------------------------------------------------------- stop, pause, step, go on
def test_stopped_continued_and_kept_it_is_the_same_training() -> None:
    project = moons(DROPOUT, epochs=4, batch_size=7)
    data = data_of(project)
    expected, state = trained(project, data)

    def on_event(event: object) -> None:
        if isinstance(event, Paused):  # batch by batch, so that each is told
            first.control.step("batch")
        elif isinstance(event, StepsDone) and (event.epoch, event.step) == (2, 5):
            first.control.stop()

    room, first, second, third = EngineRoom(), Run(on_event), Run(), Run()
    first.control.pause()
    on = on_disk(data)
    assert first.do(room.train(request(project, on))).reason == "stopped"
    kept = do(room.checkpoint())
    assert second.do(room.continue_training()).reason == "finished"
    both = Run()
    both.events = [*first.events, *second.events]
    assert told(both) == expected
    assert do(room.checkpoint()) == state
    # and from a file, by another process as it were
    assert third.do(EngineRoom().train(request(project, on_disk(data), kept))).reason == "finished"
    both.events = [*first.events, *third.events]
    assert told(both) == expected


@pytest.mark.parametrize("unit", ["batch", "epoch"])
def test_one_step_at_a_time(unit: str) -> None:
    run = Run()
    held: list[tuple[int, int]] = []

    def on(event: object) -> None:
        if isinstance(event, Paused):
            held.append((event.epoch, event.step))
            run.control.stop() if len(held) == 5 else run.control.step(unit)

    run._on = on
    run.control.pause()
    run.do(EngineRoom().train(request(moons(epochs=9, batch_size=8))))
    assert (
        held
        == {
            "batch": [(1, step) for step in range(5)],
            "epoch": [(epoch, 0) for epoch in range(1, 6)],
        }[unit]
    )


def test_stop_is_heard_while_a_block_is_read() -> None:
    project = moons(epochs=2, batch_size=8)
    data = on_disk(data_of(project))
    disk = of_training(data)
    room = EngineRoom()
    do(room.train(request(project, data)))
    disk.gate.clear()
    run = Run()
    clicked: list[float] = []

    def click() -> None:
        disk.waiting.wait()
        clicked.append(time.perf_counter())
        run.control.stop()

    clicker = threading.Thread(target=click)
    clicker.start()
    ended = run.do(room.start_over())
    seconds = time.perf_counter() - clicked[0]
    clicker.join()
    disk.gate.set()  # the thread ends with the reading that it was in
    assert ended.reason == "stopped"
    assert ended.epoch == 0
    assert seconds < 0.5  # 100 ms on a computer that has nothing else to do
    assert not run.of(StepsDone)


def test_a_long_wait_is_told_and_can_be_paused_and_asked() -> None:
    project = moons(epochs=2, batch_size=8)
    data = on_disk(data_of(project))
    disk = of_training(data)
    disk.gate.clear()
    run = Run()

    def on(event: object) -> None:
        if isinstance(event, ReadingSamples):
            run.control.pause()
        elif isinstance(event, Paused):
            disk.gate.set()
            run.control.resume()

    run._on = on
    assert run.do(EngineRoom().train(request(project, data))).reason == "finished"
    assert run.of(ReadingSamples) == [ReadingSamples(1, 0)]
    assert len(run.of(Paused)) == 1


def test_no_thread_is_left_when_it_ends_or_is_held() -> None:
    """Whoever ends a training may delete the folder."""
    before = set(threading.enumerate())
    room = EngineRoom()
    do(room.train(request(moons(epochs=1))))
    do(room.evaluate("test"))
    do(room.find_learning_rate(request(moons(epochs=1)), RangeTest(1e-4, 1.0, 20)))
    assert set(threading.enumerate()) <= before


# ---------------------------------------------------------------- what goes wrong
def test_a_vanished_picture_ends_the_run_in_words_and_keeps_what_was_learned() -> None:
    project = moons(epochs=3, batch_size=8, shuffle=False)
    data = on_disk(data_of(project))
    disk = of_training(data)
    disk.vanished = {60}  # of the eighth step; the blocks before it are trained
    room, run = EngineRoom(), Run()
    with pytest.raises(DataError, match=r"The picture 60\.png can no longer be read"):
        run.do(room.train(request(project, data)))
    assert sum(len(e.losses) for e in run.of(StepsDone)) == 6
    disk.vanished = set()
    more = Run()
    assert more.do(room.continue_training()).reason == "finished"
    both = Run()
    both.events = [*run.events, *more.events]
    assert told(both)[0] == trained(project, data_of(project))[0][0]


def test_it_may_vanish_from_the_validation_part() -> None:
    project = moons(epochs=3, batch_size=8)
    data = on_disk(data_of(project))
    assert isinstance(data.validation.x, OnDisk)
    data.validation.x.vanished = {3}
    room = EngineRoom()
    with pytest.raises(DataError):
        do(room.train(request(project, data)))
    data.validation.x.vanished = set()
    assert do(room.continue_training()).reason == "finished"


def test_a_picture_that_vanishes_before_the_steps_to_a_divergence_are_done_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)
    monkeypatch.setattr(feed, "BLOCK_BYTES", 1)
    project = wild().model_copy(
        update={"training": wild().training.model_copy(update={"shuffle": False})}
    )
    data = on_disk(data_of(project))

    def on(event: object) -> None:
        if isinstance(event, StepsDone):
            of_training(data).vanished = {2}  # of the first step

    room, run = EngineRoom(), Run(on)
    with pytest.raises(DataError):
        run.do(room.train(request(project, data)))
    assert run.of(StepsDone)
    predicted = do(room.predict(data.test.x))
    assert predicted is not None
    assert np.isfinite(predicted).all()
    session = room._session
    assert session is not None
    assert (session.epoch, session._engine.progress.steps) == (0, 0)


def test_steps_that_do_not_fit_into_the_memory_set_aside() -> None:
    project = moons(batch_mode="full_batch")
    room = EngineRoom()
    settings = project.data.model_copy(update={"memory_mib": 16})
    project = project.model_copy(update={"data": settings})
    many = np.broadcast_to(np.float32(0), (3_000_000, 2))
    data = on_disk(data_of(project))
    training = replace(
        data.training, x=OnDisk(many), y=np.zeros(len(many), np.int32), rows=np.arange(len(many))
    )
    with pytest.raises(TrainingError, match="A step of 3,000,000 samples takes 23 MiB"):
        do(room.train(request(project, replace(data, training=training))))


def test_the_memory_set_aside_bounds_what_is_tested_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten samples make a step that fits; all 18 of the validation part would not."""
    monkeypatch.setattr(sessions, "memory_of", lambda _project: 10 * 8 * 6)
    project = moons(epochs=2, batch_size=8)
    data = on_disk(data_of(project))
    room, other = EngineRoom(), EngineRoom()
    streamed, plain = Run(), Run()
    streamed.do(room.train(request(project, data)))
    plain.do(other.train(request(project, data_of(project))))
    for found, expected in zip(streamed.of(EpochEnded), plain.of(EpochEnded), strict=True):
        assert found.metrics == pytest.approx(dict(expected.metrics), rel=1e-5)
    measured, known = do(room.evaluate("validation")), do(other.evaluate("validation"))
    assert measured is not None
    assert known is not None
    assert measured.metrics == pytest.approx(dict(known.metrics), rel=1e-5)
    monkeypatch.setattr(sessions, "memory_of", lambda _project: 8)
    with pytest.raises(TrainingError, match="A step of 1 sample takes 8 B") as caught:
        do(EngineRoom().train(request(moons(batch_mode="stochastic"), data)))
    assert "batch size" not in caught.value.how_to_fix


# ---------------------------------------------------------------- divergence
def wild() -> Project:
    linear = DENSE.model_copy(
        update={"layers": (*DENSE.layers[:-1], layer("output", "Dense", units=1))}
    )
    return moons(
        linear,
        loss="mean_squared_error",
        optimizer=optimizer("SGD", learning_rate=1e7),
        batch_size=8,
    )


@pytest.mark.parametrize("seconds", [0.0, 0.04])
def test_a_divergence_is_found_at_the_same_place(
    seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CHUNK_SECONDS", seconds)
    found = []
    for data in (data_of(wild()), on_disk(data_of(wild()))):
        room = EngineRoom()
        ended = do(room.train(request(wild(), data)))
        assert ended.reason == "diverged"
        found.append((ended.divergence, do(room.checkpoint())))
    assert found[0] == found[1]


# ---------------------------------------------------------------- looking at it
@pytest.fixture(scope="module")
def both() -> tuple[EngineRoom, EngineRoom]:
    """Trained alike: one from memory, one from disk."""
    project = digits(epochs=1)
    rooms = EngineRoom(), EngineRoom()
    for room, data in zip(rooms, (data_of(project), on_disk(data_of(project))), strict=True):
        do(room.train(request(project, data)))
    return rooms


@pytest.mark.parametrize("part", ["training", "validation", "test"])
def test_evaluations_are_the_same(both: tuple[EngineRoom, EngineRoom], part: str) -> None:
    memory, disk = (do(room.evaluate(part)) for room in both)  # type: ignore[arg-type]
    assert memory is not None
    assert disk == memory


def test_an_evaluation_hears_stop(both: tuple[EngineRoom, EngineRoom]) -> None:
    session = both[1]._session
    assert session is not None
    disk = session.data.test.x
    assert isinstance(disk, OnDisk)
    disk.gate.clear()
    run = Run()

    def click() -> None:
        disk.waiting.wait()
        run.control.stop()

    stopper = threading.Thread(target=click)
    stopper.start()
    assert run.do(both[1].evaluate("test")) is None
    stopper.join()
    disk.gate.set()


def test_predictions_are_the_same(both: tuple[EngineRoom, EngineRoom]) -> None:
    data = data_of(digits(epochs=1))
    memory = do(both[0].predict(data.test.x))
    disk = do(both[1].predict(on_disk(data).test.x))
    assert memory is not None
    assert disk is not None
    assert memory.tobytes() == disk.tobytes()


def test_range_tests_are_the_same() -> None:
    project, test = moons(batch_size=8), RangeTest(1e-4, 1.0, 40)
    found = [
        do(EngineRoom().find_learning_rate(request(project, data), test))
        for data in (data_of(project), on_disk(data_of(project)))
    ]
    assert found[0].losses == found[1].losses
    assert len(found[0].losses) == 40


def test_questions_look_at_some_samples(
    both: tuple[EngineRoom, EngineRoom], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "LOOKED_AT", 50)
    part = FrozenMap(part="training")
    answers = []
    for room in both:
        for subject in ("dead_units", "predictions"):
            found = do(room.probe(ProbeRequest(1, subject, options=part)))
            answers.append(found.result)
    whole_census, whole, census, some = answers
    assert isinstance(whole_census, Census)
    assert isinstance(whole, Predictions)
    assert isinstance(census, Census)
    assert isinstance(some, Predictions)
    samples = len(data_of(digits(epochs=1)).training)
    assert whole_census.layers[0].samples == samples
    assert whole.rows.tolist() == list(range(samples))
    assert census.layers[0].samples == len(some.rows) == 50
    assert (some.rows[0], some.rows[-1]) == (0, samples - 1)
    np.testing.assert_allclose(some.verdicts.values, whole.verdicts.values[some.rows], atol=1e-6)


def test_nothing_is_read_in_the_thread_of_the_engine() -> None:
    project = moons(epochs=1)
    data = on_disk(data_of(project))
    trained(project, data)
    assert all(name.startswith("reading samples") for name in of_training(data).threads)
