"""The engine room under its one thread, as the window uses it."""

import pickle
import subprocess
import sys
import threading
from pathlib import Path

import keras
import pytest

from app.jobs.thread_runner import JobEnded, JobEvent, ThreadRunner
from app.training.engine_room import EngineRoom
from app.training.errors import TrainingError
from app.training.events import StepsDone, TrainingEnded
from tests.keras.small_runs import moons, request


class Office:
    """Collects what the thread delivers and wakes who waits for it."""

    def __init__(self) -> None:
        self.delivered: list[JobEvent | JobEnded] = []
        self.steps = threading.Event()
        self.ended = threading.Event()
        self.ends = threading.Semaphore(0)
        self.runner = ThreadRunner("engine", self._deliver)

    def _deliver(self, message: JobEvent | JobEnded) -> None:
        self.delivered.append(pickle.loads(pickle.dumps(message)))  # noqa: S301 - our own
        if isinstance(message, JobEnded):
            self.ended.set()
            self.ends.release()
        elif isinstance(message.event, StepsDone):
            self.steps.set()


def test_stopped_from_another_thread_while_it_trains() -> None:
    office = Office()
    room = EngineRoom()
    try:
        _, control = office.runner.start(room.train(request(moons(epochs=100_000))))
        assert office.steps.wait(60)
        control.stop()
        assert office.ended.wait(10)
    finally:
        assert office.runner.close(10)
    last = office.delivered[-1]
    assert isinstance(last, JobEnded)
    assert last.error is None
    assert isinstance(last.result, TrainingEnded)
    assert last.result.reason == "stopped"


def test_closing_ends_a_training_that_is_held() -> None:
    office = Office()
    _, control = office.runner.start(EngineRoom().train(request(moons(epochs=100_000))))
    assert office.steps.wait(60)
    control.pause()
    assert office.runner.close(10)
    assert office.ended.is_set()


def test_an_error_arrives_in_words() -> None:
    office = Office()
    try:
        office.runner.start(EngineRoom().continue_training(1))
        assert office.ended.wait(30)
    finally:
        assert office.runner.close(10)
    last = office.delivered[-1]
    assert isinstance(last, JobEnded)
    assert isinstance(last.error, TrainingError)


def test_the_precision_is_set_in_the_thread_that_trains() -> None:
    """Keras keeps it for each thread; what a caller has set must not leak in, nor out."""
    office = Office()
    room = EngineRoom()
    found: list[str] = []

    def look(_report: object, _control: object) -> None:
        assert room._session is not None
        found.append(room._session.model.layers[1].dtype_policy.name)

    before = keras.config.dtype_policy().name
    try:
        office.runner.start(lambda _r, _c: keras.config.set_dtype_policy("float16"))
        office.runner.start(room.train(request(moons(epochs=1))))
        office.runner.start(look)
        assert all(office.ends.acquire(timeout=30) for _ in range(3))
    finally:
        assert office.runner.close(10)
    assert found == ["float32"]
    assert keras.config.dtype_policy().name == before


@pytest.mark.parametrize("module", ["engine_room", "run_recorder", "events", "errors"])
def test_nothing_heavy_comes_along(module: str) -> None:
    program = (
        f"import sys, app.training.{module};"
        "print([n for n in ('tensorflow', 'keras', 'sklearn', 'PySide6') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "[]"
