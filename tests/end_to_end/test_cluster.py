"""A real scheduler, and workers as `layerlab worker` starts them, on this computer."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.core.project import Project
from app.core.project_edits import set_training
from app.core.search_results import FitCurves, Trial
from app.core.search_settings import Dimension, SearchSettings
from app.core.templates import start_from
from app.data.loading import load_source
from app.jobs.control import JobControl
from app.search import cluster
from app.search.cluster import ClusterWorkers
from app.search.cluster_address import ClusterError
from app.search.coordinator import search
from app.search.data_reference import DataReference
from app.search.events import FitEnded, SearchEnded, SearchRequest, TrialChanged, WorkersChanged
from app.search.fit_executor import ExecutorFactory, OnProgress, OnWorkers
from app.search.fit_unit import FitProgress, FitResult
from app.search.study_file import read_study
from app.search.workers import LocalWorkers
from tests.end_to_end.command_line_user import inside
from tests.end_to_end.command_line_user import start as begin
from tests.end_to_end.test_window_tune import set_up
from tests.end_to_end.window_user import Key, User, wait
from tests.unit import search_fits as fits

PATIENCE = 60.0

pytestmark = pytest.mark.timeout(200)


class Cluster:
    """A scheduler and the workers of it.

    Args:
        tls: options of `layerlab`, and of the scheduler, for connections by TLS.
    """

    def __init__(self, folder: Path, tls: tuple[str, ...] = ()) -> None:
        self._folder = folder
        self._tls = tls
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{self.port}"
        self.workers: dict[str, subprocess.Popen[str]] = {}
        self.said: list[str] = []
        words = ("--host", self.address, "--no-dashboard", *tls)
        self.scheduler = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_scheduler", *words],
            cwd=folder,  # from where it finds nothing of LayerLab
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def add(self, count: int) -> None:
        """Start workers and wait until they are there."""
        new = [
            begin(self._folder, "worker", self.address, *self._tls, stderr=subprocess.DEVNULL)
            for _ in range(count)
        ]
        for process in new:
            assert process.stdout is not None
            for line in process.stdout:
                self.said.append(line)
                if found := re.match(r"(\S+) does fits for ", line):
                    self.workers[found[1]] = process
                    break

    def process_of(self, address: str) -> psutil.Process:
        """That does the fits of a worker; the one that watches starts it again."""
        [found] = [
            child
            for process in self.workers.values()
            for child in psutil.Process(process.pid).children(recursive=True)
            if any(f":{c.laddr.port}" in address for c in child.net_connections() if c.laddr)
        ]
        return found

    def end(self) -> None:
        for process in (*self.workers.values(), self.scheduler):
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    made.add(2)
    yield made
    made.end()


class Told:
    """What an executor told."""

    def __init__(self) -> None:
        self.progress: list[FitProgress] = []
        self.sentences: list[str] = []
        self.count = 0
        self._came = threading.Condition()

    def hear(self, event: FitProgress) -> None:
        with self._came:
            self.progress.append(event)
            self._came.notify_all()

    def workers(self, count: int, sentence: str) -> None:
        with self._came:
            self.count = count
            self.sentences.append(sentence)
            self._came.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._came:
            assert self._came.wait_for(condition, PATIENCE), self.sentences


def got(future: Future[FitResult]) -> FitResult:
    return future.result(PATIENCE)


# ---------------------------------------------------------------- fits that need no network


@pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")
def test_fits_are_done_whatever_becomes_of_a_worker(
    lent: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    workers = ClusterWorkers(lent.address, fits.data(), told.hear, told.workers)
    try:
        told.wait_for(lambda: told.count == 2)
        two = [workers.submit(fits.about_the_process, fits.request(fold=n)) for n in (0, 1)]
        about = [got(future).result.metrics for future in two]
        assert len({each["process"] for each in about}) == 2  # side by side
        assert "PySide6" not in about[0]["modules"]
        again = got(workers.submit(fits.about_the_process, fits.request(trial=1)))
        assert again.result.metrics["process"] in {each["process"] for each in about}
        with pytest.raises(ValueError, match="fold 3 went wrong"):
            got(workers.submit(fits.failing, fits.request(fold=3)))

        # ended early: one under way, one that waits
        running = [
            workers.submit(fits.until_stopped, fits.request(trial=2, fold=n)) for n in (0, 1)
        ]
        waiting = workers.submit(fits.about_the_process, fits.request(trial=2, fold=2))
        told.wait_for(lambda: {(e.trial, e.fold) for e in told.progress} >= {(2, 0), (2, 1)})
        assert [workers.cancel(2, fold) for fold in (2, 0, 1, 7)] == [True, True, True, False]
        assert all(got(future).result.metrics["stopped"] for future in running)
        assert waiting.cancelled()

        # killed in the middle: once, and always
        mark = str(tmp_path / "mark")
        redone = workers.submit(fits.killed_once, fits.request(trial=3, data=mark))
        assert got(redone).result.state == "finished"
        assert [s for s in told.sentences if "its fit is done again" in s]
        lost = got(workers.submit(fits.killed, fits.request(trial=4))).result
        assert (lost.state, lost.sentence[:34]) == ("failed", "3 workers ended in the middle of i")
        told.wait_for(lambda: told.count == 2)  # those that watched have started new ones

        # deaf: its process is started anew
        monkeypatch.setattr(cluster, "STOP_SECONDS", 0.2)
        deaf = workers.submit(fits.deaf, fits.request(trial=5))
        told.wait_for(lambda: any(e.trial == 5 for e in told.progress))
        workers.cancel(5, 0)
        assert got(deaf).result.state == "pruned"
        told.wait_for(lambda: told.count == 1)
        told.wait_for(lambda: told.count == 2)
    finally:
        workers.shutdown(cancel_futures=True)
    with pytest.raises(RuntimeError, match="let go"):
        workers.submit(fits.failing, fits.request())


# ---------------------------------------------------------------- searches


def searched() -> Project:
    project = set_training(start_from("iris", "mlp"), epochs=12)
    space = (
        Dimension(path="network.dense_1.units", values=(4, 8)),
        Dimension(path="training.optimizer.learning_rate", low=1e-3, high=1e-1, log=True),
    )
    settings = SearchSettings(space=space, trials=4, folds=2)
    return project.model_copy(update={"search": settings})


class Done:
    """A search, what it told, and what it kept."""

    def __init__(
        self,
        path: Path,
        make: ExecutorFactory,
        hear: Callable[["Done", object], None] = lambda _done, _event: None,
        *,
        resume: bool = False,
    ) -> None:
        self.events: list[object] = []
        self.executor: Any = None
        project = searched()

        def made(*arguments: Any) -> Any:
            self.executor = make(*arguments)
            return self.executor

        def report(event: object) -> None:
            self.events.append(event)
            hear(self, event)

        request = SearchRequest(project, load_source(project.data), path, resume)
        self.ended: SearchEnded = search(request, report, JobControl(), made)
        self.trials = read_study(path)[1]

    @property
    def numbers(self) -> list[object]:
        """All of it but how long it took."""
        return [
            (
                trial.number,
                trial.state,
                trial.settings,
                [replace(f, seconds=0) for f in trial.folds],
            )
            for trial in self.trials
        ]

    def curves(self, trial: Trial) -> list[object]:
        found: dict[int, FitCurves] = {
            event.curves.fold: event.curves
            for event in self.events
            if isinstance(event, FitEnded) and event.trial == trial.number
        }
        return [
            [row.model_copy(update={"seconds": 0.0}) for row in found[fold].rows]
            for fold in sorted(found)
        ]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The same search in a process of this computer."""
    return Done(
        tmp_path_factory.mktemp("here") / "study",
        lambda data, progress, changed: LocalWorkers(1, data, progress, changed),
    )


@pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")
def test_a_cluster_comes_to_the_same_bits_though_a_worker_is_killed(
    lent: Cluster, here: Done, tmp_path: Path
) -> None:
    killed: list[str] = []
    heard: set[tuple[int, int, int]] = set()

    def hear(done: Done, event: object) -> None:
        if not killed and isinstance(event, TrialChanged) and any(f.epoch for f in event.running):
            busy = [w.address for w in list(done.executor._workers.values()) if w.task is not None]
            if busy:
                killed.append(busy[-1])
                lent.process_of(busy[-1]).send_signal(signal.SIGKILL)

    def make(data: DataReference, progress: OnProgress, changed: OnWorkers) -> ClusterWorkers:
        def noted(event: FitProgress) -> None:
            heard.add((event.trial, event.fold, event.epoch))
            progress(event)

        return ClusterWorkers(lent.address, data, noted, changed)

    done = Done(tmp_path / "study", make, hear)
    assert done.ended == here.ended
    assert done.ended.sentence == "4 trials done, 4 finished."
    assert done.numbers == here.numbers
    assert all(done.curves(trial) == here.curves(trial) for trial in done.trials)
    told = [event for event in done.events if isinstance(event, WorkersChanged)]
    assert max(event.workers for event in told) == 2
    sentences = [event.sentence for event in told if event.sentence]
    assert sentences[0] == f"The worker {killed[0]} is gone; its fit is done again."
    assert heard >= {(t, f, e) for t in range(4) for f in range(2) for e in range(1, 13)}


@pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")
def test_a_scheduler_that_is_killed_ends_the_search_which_goes_on_later(
    here: Done, tmp_path: Path
) -> None:
    mortal = Cluster(tmp_path)
    mortal.add(1)

    def hear(_done: Done, event: object) -> None:
        if isinstance(event, FitEnded) and event.trial == 1:
            mortal.scheduler.kill()

    try:
        done = Done(
            tmp_path / "study",
            lambda data, progress, changed: ClusterWorkers(mortal.address, data, progress, changed),
            hear,
        )
        [worker] = mortal.workers.values()
        assert worker.stdout is not None
        said = worker.stdout.readline()
        assert said == "The scheduler is gone; it is waited for, 60 s at most.\n"
    finally:
        mortal.end()
    assert done.ended.reason == "failed"
    assert f"The scheduler {mortal.address} is gone" in done.ended.sentence
    assert "1 trial done, 1 finished." in done.ended.sentence
    finished = [trial for trial in done.trials if trial.state == "finished"]
    assert [trial.number for trial in finished] == [0]
    again = Done(
        tmp_path / "study",
        lambda data, progress, changed: LocalWorkers(1, data, progress, changed),
        resume=True,
    )
    assert again.ended.reason == "finished"
    assert again.numbers == here.numbers
    fitted = {event.trial for event in again.events if isinstance(event, FitEnded)}
    assert 0 not in fitted


# ---------------------------------------------------------------- what is not there


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"tcp://127.0.0.1:{free.getsockname()[1]}"


def test_a_scheduler_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = nobody()
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match=f"No scheduler answers at {address}") as refused:
        ClusterWorkers(address, fits.data(), lambda _e: None, lambda _n, _s: None)
    assert "dask scheduler" in refused.value.how_to_fix
    project = tmp_path / "p.layerlab"
    inside(capsys, "new", project, "--data", "iris", "--template", "mlp")
    code, _, err = inside(capsys, "search", project, "--trials", 1, "--cluster", address)
    assert (code, err.count(f"No scheduler answers at {address}")) == (1, 1)
    code, out, err = inside(capsys, "worker", address, "--death-timeout", 1)
    assert (code, out) == (1, f"Looking for the scheduler {address}\n")
    assert "No scheduler answers" in err
    assert "only in a network that you trust" in err


def test_a_worker_without_a_search_ends_when_it_is_told(tmp_path: Path) -> None:
    quiet = Cluster(tmp_path)
    try:
        quiet.add(1)
        [process] = quiet.workers.values()
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out) == (0, "")
    finally:
        quiet.end()


def test_the_window_says_where_no_scheduler_answers(
    start: Callable[[], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    user = start()
    set_up(user)
    address = nobody()
    user.click("tune.group.more")
    user.click("tune.cluster")
    user.retype(address)
    user.key(Key.Key_Return)
    assert user.program.document.project.search.cluster == address
    user.click("tune.search")
    wait(lambda: not user.program.search.state.active and user.program.search.state.failure)
    assert user.program.search.state.reason == "failed"
    note = user.find("tune.note")
    assert note.isVisible()
    assert f"No scheduler answers at {address}" in note.text()
    assert user.find("run.train").isEnabled()
