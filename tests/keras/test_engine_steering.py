"""Stop, pause, step and questions, looked at between two chunks."""

import threading
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from app.core.frozen import FrozenMap
from app.jobs.control import JobControl
from app.training import pace
from app.training.engine_room import EngineRoom
from app.training.events import (
    CheckpointRequest,
    CheckpointTaken,
    EpochEnded,
    Paused,
    ProbeAnswer,
    ProbeRequest,
    Resumed,
    StepsDone,
    TrainingEnded,
    TrainingStarted,
)
from tests.keras.small_runs import Run, do, moons, request


@pytest.fixture(scope="module")
def room() -> EngineRoom:
    """Traced once for all tests here: 84 samples to train on, 11 steps of 8."""
    room = EngineRoom()
    do(room.train(request(PROJECT)))
    return room


PROJECT = moons(batch_size=8, epochs=4)
STEPS = 11


@pytest.fixture
def single_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chunk is one step, so that there is something between two chunks of an epoch."""
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)


def steered(room: EngineRoom, *orders: str) -> Run:
    """The training of PROJECT, held from the start; at each pause the next order is given, at last
    "stop".
    """
    left = list(orders)

    def on(event: object) -> None:
        if isinstance(event, Paused):
            order = left.pop(0) if left else "stop"
            if order in ("batch", "epoch"):
                run.control.step(order)
            else:
                getattr(run.control, order)()

    run = Run(on)
    run.control.pause()
    run.do(room.train(request(PROJECT)))
    return run


def pauses(run: Run) -> list[tuple[int, int]]:
    return [(event.epoch, event.step) for event in run.of(Paused)]


def test_paused_before_the_start_it_holds_before_the_first_step(room: EngineRoom) -> None:
    run = steered(room, "stop")
    assert pauses(run) == [(1, 0)]
    assert not run.of(StepsDone)
    (ended,) = run.of(TrainingEnded)
    assert (ended.reason, ended.epoch) == ("stopped", 0)


def test_a_step_of_one_batch(room: EngineRoom) -> None:
    run = steered(room, "batch", "batch", "stop")
    assert pauses(run) == [(1, 0), (1, 1), (1, 2)]
    assert [event.step for event in run.of(StepsDone)] == [1, 2]
    assert all(len(event.losses) == 1 for event in run.of(StepsDone))


def test_the_last_batch_of_an_epoch_ends_it(room: EngineRoom) -> None:
    run = steered(room, *["batch"] * (STEPS + 1))
    assert pauses(run)[-3:] == [(1, STEPS - 1), (2, 0), (2, 1)]
    assert [event.epoch for event in run.of(EpochEnded)] == [1]


def test_a_step_of_one_epoch_begun_anywhere(room: EngineRoom, single_steps: None) -> None:
    run = steered(room, "batch", "epoch", "epoch", "stop")
    assert pauses(run) == [(1, 0), (1, 1), (2, 0), (3, 0)]
    assert [event.epoch for event in run.of(EpochEnded)] == [1, 2]


def test_resume_goes_on_to_the_end_and_the_numbers_are_the_same(room: EngineRoom) -> None:
    plain = Run()
    plain.do(room.train(request(PROJECT)))
    run = steered(room, "batch", "batch", "epoch", "resume")
    assert [event.epoch for event in run.of(Resumed)] == [2]
    assert [e.metrics for e in run.of(EpochEnded)] == [e.metrics for e in plain.of(EpochEnded)]
    assert run.of(TrainingEnded)[0].reason == "finished"


def test_a_stepped_epoch_starts_from_the_first_click(room: EngineRoom) -> None:
    run = Run(lambda event: run.control.stop() if isinstance(event, Paused) else None)
    run.control.pause()
    run.control.step("epoch")
    run.do(room.train(request(PROJECT)))
    assert pauses(run) == [(2, 0)]


def test_pause_in_the_middle_of_an_epoch(room: EngineRoom, single_steps: None) -> None:
    def on(event: object) -> None:
        if isinstance(event, StepsDone) and (event.epoch, event.step) == (2, 5):
            run.control.pause()
        if isinstance(event, Paused):
            run.control.resume()

    run = Run(on)
    run.do(room.train(request(PROJECT)))
    assert pauses(run) == [(2, 5)]
    assert run.of(TrainingEnded)[0].epoch == 4


def test_held_time_is_not_training_time(room: EngineRoom) -> None:
    waited = threading.Event()

    def resume() -> None:
        waited.set()
        run.control.resume()

    timer = threading.Timer(0.5, resume)
    run = Run(lambda event: timer.start() if isinstance(event, Paused) else None)
    run.control.pause()
    began = time.perf_counter()
    ended = run.do(room.train(request(PROJECT)))
    timer.join()
    assert waited.is_set()
    assert ended.seconds < time.perf_counter() - began - 0.45
    assert sum(event.seconds for event in run.of(EpochEnded)) <= ended.seconds


def test_stop_in_the_middle_of_an_epoch_keeps_the_weights_and_says_so(
    room: EngineRoom, single_steps: None
) -> None:
    def on(event: object) -> None:
        if isinstance(event, StepsDone) and (event.epoch, event.step) == (2, 3):
            run.control.stop()

    run = Run(on)
    ended = run.do(room.train(request(PROJECT)))
    assert (ended.reason, ended.epoch, ended.restored) == ("stopped", 1, False)
    assert ended.sentence.startswith("Stopped by you after 1 epoch and 3 steps of 11;")
    assert run.of(StepsDone)[-1].step == 3
    assert run.events[-1] == ended


def test_stop_before_anything_began(room: EngineRoom) -> None:
    run = Run()
    run.control.stop()
    assert run.do(EngineRoom().train(request(PROJECT))).reason == "stopped"
    assert not run.of(TrainingStarted)


class Watched(JobControl):
    """Notes how long the job goes without looking at `stopping`."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[float] = []

    @property
    def stopping(self) -> bool:
        self.looks.append(time.perf_counter())
        return super().stopping


def test_it_looks_up_from_the_work_often_enough_to_stop_within_100_ms() -> None:
    """Epochs and validations take much longer than that here."""
    room = EngineRoom()
    project = moons(samples=20_000, batch_size=4, epochs=1)
    control = Watched()
    run = Run()
    run.control = control
    run.do(room.train(request(project)))
    (started,) = run.of(TrainingStarted)
    (epoch,) = run.of(EpochEnded)
    assert started.steps_per_epoch == 3500
    assert len(run.of(StepsDone)) > 4
    first = next(i for i, e in enumerate(run.events) if isinstance(e, TrainingStarted))
    assert first >= 0
    looks = control.looks[3:]  # building and tracing come before
    gaps = sorted(b - a for a, b in pairwise(looks))
    assert epoch.seconds > 3 * 0.05
    # The machine may be busy with other things at one moment or another.
    assert gaps[int(0.9 * len(gaps))] < 0.1


def test_stop_in_the_middle_of_validation(single_steps: None) -> None:
    room = EngineRoom()
    project = moons(samples=2000, batch_size=100, epochs=3)  # 14 steps, 3 of validation

    def on(event: object) -> None:
        if isinstance(event, StepsDone) and event.step == 14:
            run.control.stop()  # the next look is behind the first step of the validation

    run = Run(on)
    ended = run.do(room.train(request(project)))
    assert (ended.reason, ended.epoch) == ("stopped", 0)
    assert not run.of(EpochEnded)
    assert "14 steps of 14" in ended.sentence
    # Nothing is lost: the epoch is completed later, with the metrics of its steps.
    again = Run()
    again.do(room.continue_training(3))
    whole = Run()
    whole.do(EngineRoom().train(request(project)))
    assert [e.metrics for e in again.of(EpochEnded)] == [e.metrics for e in whole.of(EpochEnded)]


def test_questions_are_answered_while_training_and_while_paused(room: EngineRoom) -> None:
    asked = [
        ProbeRequest(number=1, subject="predictions"),
        ProbeRequest(number=2, subject="filters", layer_id="dense_1"),
        ProbeRequest(number=3, subject="boundary"),
    ]

    def on(event: object) -> None:
        if isinstance(event, Paused):
            if asked:
                run.control.post(asked.pop(0))
            else:
                run.control.resume()
        if isinstance(event, ProbeAnswer) and event.number < 3 and asked:
            run.control.post(asked.pop(0))
        elif isinstance(event, ProbeAnswer):
            run.control.resume()

    plain = Run()
    plain.do(room.train(request(PROJECT)))
    run = Run(on)
    run.control.pause()
    run.do(room.train(request(PROJECT)))
    answers = run.of(ProbeAnswer)
    assert [answer.number for answer in answers] == [1, 2, 3]
    assert answers[0].result is not None
    assert answers[2].result is not None
    assert [e.metrics for e in run.of(EpochEnded)] == [e.metrics for e in plain.of(EpochEnded)]


def test_a_checkpoint_taken_while_training_is_that_of_this_moment(
    room: EngineRoom, single_steps: None
) -> None:
    def on(event: object) -> None:
        if isinstance(event, StepsDone) and (event.epoch, event.step) == (2, 4):
            run.control.post(CheckpointRequest(9))

    run = Run(on)
    run.do(room.train(request(PROJECT)))
    (taken,) = run.of(CheckpointTaken)
    assert taken.number == 9
    other = Run()
    other.do(EngineRoom().train(request(PROJECT, taken.data)))
    ours = [event.metrics for event in other.of(EpochEnded)]
    assert ours == [event.metrics for event in run.of(EpochEnded)][1:]


def test_a_probe_of_the_resting_model(room: EngineRoom) -> None:
    run = Run()
    answer = run.do(room.probe(ProbeRequest(number=5, subject="predictions")))
    assert run.of(ProbeAnswer) == [answer]
    assert answer.number == 5
    assert answer.result is not None


def test_a_question_without_an_answer_ends_nothing(room: EngineRoom) -> None:
    answer = do(room.probe(ProbeRequest(number=6, subject="filters", layer_id="no_such_layer")))
    assert answer.result is None


def test_a_checkpoint_that_fails_is_told_and_the_training_goes_on(
    room: EngineRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(_session: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr("app.training.session.Session.checkpoint", no_memory)
    run = Run()
    run.control.post(CheckpointRequest(5))
    ended = run.do(room.start_over())
    answers = run.of(CheckpointTaken)
    assert [(answer.number, answer.data) for answer in answers] == [(5, None)]
    assert answers[0].error is not None
    assert "memory" in answers[0].error.happened
    assert ended.epoch == 4


def test_questions_told_before_are_answered_without_tracing_in_the_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from app.diagnostics import forward

    traced: list[str] = []
    started: list[bool] = []
    trace = forward._trace

    def noted(model: object, layer_ids: tuple[str, ...]) -> object:
        traced.append("training" if started else "before")
        return trace(model, layer_ids)

    monkeypatch.setattr(forward, "_trace", noted)
    question = ProbeRequest(3, "boundary", None, FrozenMap(resolution=16))
    run = Run(lambda event: started.append(True) if isinstance(event, TrainingStarted) else None)
    run.control.post(question)
    asked = replace(request(PROJECT), questions=(question,))
    run.do(EngineRoom().train(asked))
    assert [answer.number for answer in run.of(ProbeAnswer)] == [3]
    assert traced == ["before"]
