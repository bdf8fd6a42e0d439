"""Worker processes do fits, whatever becomes of one of them, and none is left over."""

import os
import pickle
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.project_edits import set_layer_option
from app.search import workers as workers_module
from app.search.data_reference import DataPlaceError, DataReference, read_data, write_data
from app.search.fit import traced_for
from app.search.fit_unit import FitProgress, FitResult
from app.search.workers import LocalWorkers, WorkersError
from tests.unit import search_fits as fits
from tests.unit.small_sources import table

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
WIDER = set_layer_option(fits.PROJECT, "dense_1", "units", 11)


class Told:
    """What workers told."""

    def __init__(self) -> None:
        self.progress: list[FitProgress] = []
        self.sentences: list[str] = []
        self._came = threading.Condition()

    def hear(self, event: FitProgress) -> None:
        with self._came:
            self.progress.append(event)
            self._came.notify_all()

    def workers(self, count: int, sentence: str) -> None:
        with self._came:
            self.sentences.append(sentence)
            self._came.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._came:
            assert self._came.wait_for(condition, PATIENCE)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def make(told: Told) -> Iterator[Callable[[int], LocalWorkers]]:
    made: list[LocalWorkers] = []

    def start(count: int) -> LocalWorkers:
        made.append(LocalWorkers(count, fits.data(), told.hear, told.workers))
        return made[-1]

    yield start
    for workers in made:
        workers.shutdown(cancel_futures=True)


def process_of(future: Future[FitResult]) -> int:
    process = future.result(PATIENCE).result.metrics["process"]
    assert isinstance(process, int)
    return process


def wait_until_gone(processes: tuple[int, ...]) -> None:
    for process in processes:
        assert not Path(f"/proc/{process}").exists() or _is_zombie(process)


def _is_zombie(process: int) -> bool:
    return ") Z " in Path(f"/proc/{process}/stat").read_text()


def test_processes_are_used_again_and_load_neither_qt_nor_tensorflow_before_a_fit_does(
    make: Callable[[int], LocalWorkers],
) -> None:
    workers = make(2)
    assert (workers.workers, workers.free, workers.alive) == (2, 2, 0)
    futures = [workers.submit(fits.about_the_process, fits.request(n)) for n in range(6)]
    assert workers.free == 0
    assert [future.result(PATIENCE).trial for future in futures] == list(range(6))
    processes = {process_of(future) for future in futures}
    assert len(processes) <= 2
    assert os.getpid() not in processes
    assert workers.free == 2
    loaded = futures[0].result().result.metrics["modules"]
    assert isinstance(loaded, tuple)
    assert "numpy" in loaded
    assert not {"PySide6", "shiboken6", "pyqtgraph", "tensorflow", "keras", "optuna"} & set(loaded)


def test_a_free_worker_with_the_same_traced_network_is_preferred(
    make: Callable[[int], LocalWorkers], told: Told
) -> None:
    assert traced_for(WIDER) != traced_for(fits.PROJECT)
    workers = make(2)
    busy = [
        workers.submit(fits.until_stopped, fits.request(n, project=project))
        for n, project in enumerate((fits.PROJECT, WIDER))
    ]
    told.wait_for(lambda: len(told.progress) == 2)
    for number, future in enumerate(busy):
        workers.cancel(number, 0)
        future.result(PATIENCE)
    first = workers.submit(fits.about_the_process, fits.request(2, project=WIDER))
    wide = process_of(first)
    for number in range(3, 9):
        project, expected = ((WIDER, True), (fits.PROJECT, False))[number % 2]
        future = workers.submit(fits.about_the_process, fits.request(number, project=project))
        assert (process_of(future) == wide) is expected


def test_what_a_fit_raises_the_future_raises_and_the_worker_goes_on(
    make: Callable[[int], LocalWorkers],
) -> None:
    workers = make(1)
    before = process_of(workers.submit(fits.about_the_process, fits.request()))
    with pytest.raises(ValueError, match="fold 3 went wrong") as caught:
        workers.submit(fits.failing, fits.request(fold=3)).result(PATIENCE)
    assert "search_fits.py" in caught.value.__notes__[0]
    assert process_of(workers.submit(fits.about_the_process, fits.request())) == before
    with pytest.raises((AttributeError, pickle.PicklingError)):
        workers.submit(lambda _request: fits.result(_request, a=1), fits.request())


def test_a_fit_whose_process_is_killed_is_done_again(
    make: Callable[[int], LocalWorkers], told: Told, tmp_path: Path
) -> None:
    workers = make(1)
    request = fits.request(data=str(tmp_path / "mark"))
    other = workers.submit(fits.about_the_process, fits.request(1))
    future = workers.submit(fits.killed_once, request)
    after = workers.submit(fits.about_the_process, fits.request(2))
    assert process_of(future) != process_of(other)
    assert process_of(after) == process_of(future)
    assert "A worker process was ended by SIGKILL; its fit is done again." in told.sentences


def test_a_worker_that_is_killed_from_outside_is_replaced(
    make: Callable[[int], LocalWorkers], told: Told
) -> None:
    workers = make(2)
    running = [workers.submit(fits.until_stopped, fits.request(n)) for n in range(2)]
    told.wait_for(lambda: len(told.progress) == 2)
    victim, other = workers.process_ids
    os.kill(victim, signal.SIGKILL)
    told.wait_for(lambda: len(told.progress) == 3)
    assert len(workers.process_ids) == 2
    assert other in workers.process_ids
    assert victim not in workers.process_ids
    assert not any(future.done() for future in running)
    assert workers.cancel(0, 0)
    assert workers.cancel(1, 0)
    assert all(future.result(PATIENCE).result.metrics["stopped"] for future in running)


def test_a_fit_that_ends_each_process_fails_in_the_end_and_others_go_on(
    make: Callable[[int], LocalWorkers],
) -> None:
    workers = make(1)
    future = workers.submit(fits.killed, fits.request(7, fold=2))
    after = workers.submit(fits.about_the_process, fits.request(8))
    found = future.result(PATIENCE)
    assert (found.trial, found.result.fold, found.result.state) == (7, 2, "failed")
    assert "ended 3 times" in found.result.sentence
    assert "SIGKILL" in found.result.sentence
    assert "memory" in found.result.sentence
    assert process_of(after)


def test_a_fit_under_way_ends_when_it_is_cancelled_and_one_that_waits_does_not_begin(
    make: Callable[[int], LocalWorkers], told: Told
) -> None:
    workers = make(1)
    running = workers.submit(fits.until_stopped, fits.request(1, fold=2))
    waiting = workers.submit(fits.until_stopped, fits.request(2, fold=2))
    told.wait_for(lambda: bool(told.progress))
    assert not workers.cancel(1, 3)
    assert workers.cancel(2, 2)
    assert waiting.cancelled()
    with pytest.raises(CancelledError):
        waiting.result(PATIENCE)
    assert workers.cancel(1, 2)
    assert running.result(PATIENCE).result.metrics["stopped"]
    assert workers.free == 1


def test_a_cancelled_fit_that_hears_nothing_is_ended_with_its_process(
    make: Callable[[int], LocalWorkers], told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "STOP_SECONDS", 0.3)
    workers = make(1)
    future = workers.submit(fits.deaf, fits.request(4, fold=1))
    told.wait_for(lambda: bool(told.progress))
    (process,) = workers.process_ids
    assert workers.cancel(4, 1)
    found = future.result(PATIENCE)
    assert (found.result.state, found.result.fold) == ("pruned", 1)
    assert process_of(workers.submit(fits.about_the_process, fits.request())) != process


def test_a_process_that_has_traced_many_networks_makes_room_for_a_new_one(
    make: Callable[[int], LocalWorkers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "MOST_NETWORKS", 3)
    monkeypatch.setattr(workers_module, "MOST_HELD", 1)
    workers = make(1)
    order = [fits.PROJECT, fits.PROJECT, WIDER, fits.PROJECT, fits.PROJECT, WIDER]
    processes = [
        process_of(workers.submit(fits.about_the_process, fits.request(project=project)))
        for project in order
    ]
    first, second = processes[0], processes[-1]
    assert processes == [first] * 4 + [second] * 2
    assert first != second
    assert workers.alive == 1


def test_more_progress_than_a_pipe_holds_arrives_in_order(
    make: Callable[[int], LocalWorkers], told: Told
) -> None:
    workers = make(1)
    workers.submit(fits.chatty, fits.request()).result(PATIENCE)
    assert [event.epoch for event in told.progress] == list(range(1, 20_001))


@pytest.mark.expects_log("the progress of a fit was not taken")
def test_a_listener_that_fails_does_not_end_the_workers() -> None:
    def listener(_event: FitProgress) -> None:
        raise RuntimeError("the listener is broken")

    with LocalWorkers(1, fits.data(), listener) as workers:
        found = workers.submit(fits.chatty, fits.request())
        assert found.result(PATIENCE).result.state == "finished"


def test_shutdown_ends_everything_within_three_seconds(
    make: Callable[[int], LocalWorkers], told: Told
) -> None:
    workers = make(2)
    futures = [workers.submit(fits.deaf, fits.request(n)) for n in range(4)]
    told.wait_for(lambda: len(told.progress) == 2)
    processes = workers.process_ids
    began = time.monotonic()
    workers.shutdown(cancel_futures=True)
    assert time.monotonic() - began < 3.0
    assert workers.alive == 0
    wait_until_gone(processes)
    assert [future.cancelled() for future in futures] == [False, False, True, True]
    assert all(future.result().result.state == "pruned" for future in futures[:2])
    with pytest.raises(RuntimeError, match="shut down"):
        workers.submit(fits.deaf, fits.request())


def test_shutdown_alone_waits_for_what_was_submitted(make: Callable[[int], LocalWorkers]) -> None:
    with make(1) as workers:
        futures = [workers.submit(fits.about_the_process, fits.request(n)) for n in range(3)]
    assert all(future.done() for future in futures)
    assert len({process_of(future) for future in futures}) == 1


def test_a_process_that_cannot_start_is_told_of_after_some_tries(
    make: Callable[[int], LocalWorkers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "serve", fits.never_ready)
    workers = make(1)
    future = workers.submit(fits.about_the_process, fits.request())
    with pytest.raises(WorkersError, match="ended with exit code 3"):
        future.result(PATIENCE)
    with pytest.raises(WorkersError):
        workers.submit(fits.about_the_process, fits.request())


def test_where_no_further_process_can_be_started_those_there_are_go_on(
    make: Callable[[int], LocalWorkers], monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = make(2)
    process_of(workers.submit(fits.about_the_process, fits.request()))

    def refused(*_: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(workers._context.Process, "start", refused)
    futures = [workers.submit(fits.about_the_process, fits.request(n)) for n in range(4)]
    assert len({process_of(future) for future in futures}) == 1
    assert workers.workers == 1
    other = make(1)
    with pytest.raises(WorkersError, match="Resource temporarily unavailable"):
        other.submit(fits.about_the_process, fits.request()).result(PATIENCE)


def test_data_lie_in_a_private_folder_until_the_end(make: Callable[[int], LocalWorkers]) -> None:
    workers = make(1)
    folder = workers._folder
    if os.name == "posix":
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "data").stat().st_size > 60 * 3 * 8
    workers.shutdown()
    assert not folder.exists()


def test_a_fit_is_sent_without_its_data(make: Callable[[int], LocalWorkers]) -> None:
    request = fits.request()
    assert len(pickle.dumps((fits.about_the_process, request), protocol=5)) < 20_000


def test_data_are_read_as_they_were_written(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    raw = table(
        generator.normal(size=(50, 3)), generator.integers(0, 3, 50), weights=generator.random(50)
    )
    kept: dict[str, tuple[np.ndarray, ...]] = {
        "a": (generator.random((3, 4)), generator.random(0)),
        "b": (np.ones(1, np.float32),),
    }
    data = DataReference(raw, kept)
    write_data(data, tmp_path / "data")
    read = read_data(tmp_path / "data")
    assert read.key == data.key
    assert replace(read.raw, x=raw.x, y=raw.y, weights=raw.weights) == raw
    assert read.raw.weights is not None
    for ours, theirs in [
        (read.raw.x, raw.x),
        (read.raw.y, raw.y),
        (read.raw.weights, raw.weights),
        *((a, b) for key in kept for a, b in zip(read.kept[key], kept[key], strict=True)),
    ]:
        assert isinstance(ours, np.ndarray)
        assert isinstance(theirs, np.ndarray)
        assert np.array_equal(ours, theirs)
        assert not ours.flags.writeable
        assert not ours.flags.owndata
    assert DataReference(raw).key != DataReference(raw).key


@pytest.mark.parametrize("harm", ["gone", "empty", "cut", "other"])
def test_damaged_data_are_refused(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "data"
    write_data(fits.data(), path)
    content = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes({"empty": b"", "cut": content[:-40], "other": b"x" * 200}[harm])
    with pytest.raises(DataPlaceError, match="cannot be read"):
        read_data(path)
    with pytest.raises(DataPlaceError, match="cannot be written"):
        write_data(fits.data(), tmp_path / "nowhere" / "data")


# ---------------------------------------------------------------- with a starter of its own

STARTER = """
import signal, sys, threading
from tests.unit import search_fits as fits
from app.search.workers import LocalWorkers

if __name__ == "__main__":
    heard = threading.Semaphore(0)
    signal.signal(signal.SIGINT, lambda *_: None)

    def started(count, sentence):
        if count == 2:
            print("begun", flush=True)

    workers = LocalWorkers(2, fits.data(), lambda event: heard.release(), started)
    futures = [workers.submit(fits.{fit}, fits.request(n)) for n in range(2)]
    for _ in futures:
        heard.acquire()
    print("running", workers._folder, flush=True)
    sys.stdin.readline()
    for number, future in enumerate(futures):
        workers.cancel(number, 0)
        print(future.result().result.state, flush=True)
    workers.shutdown()
"""


def starter(tmp_path: Path, fit: str) -> "subprocess.Popen[str]":
    script = tmp_path / "starter.py"
    script.write_text(STARTER.format(fit=fit), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(script)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.skipif(os.name != "posix", reason="a signal ends the starter")
def test_workers_end_when_their_starter_is_killed(tmp_path: Path) -> None:
    with starter(tmp_path, "deaf") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        folder = Path(process.stdout.readline().split()[1])
        assert folder.exists()
        process.kill()
        began = time.monotonic()
        # The workers hold the other ends of these pipes too: they end with the last of them.
        said, complaints = process.communicate(timeout=PATIENCE)
        assert time.monotonic() - began < 5.0
    assert (said, complaints) == ("", "")
    assert not folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="a signal reaches the group of processes")
def test_workers_do_not_hear_ctrl_c_even_while_they_start(tmp_path: Path) -> None:
    with starter(tmp_path, "until_stopped") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        os.killpg(process.pid, signal.SIGINT)  # Python has only just begun to start in them
        assert process.stdout.readline().startswith("running ")
        os.killpg(process.pid, signal.SIGINT)
        said, complaints = process.communicate("go on\n", timeout=PATIENCE)
    assert said == "finished\nfinished\n"
    assert complaints == ""
    assert process.returncode == 0
