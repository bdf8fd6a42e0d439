"""Worker processes of this computer, started once and used for many fits."""

import contextlib
import logging
import multiprocessing
import pickle
import shutil
import signal
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from app.core.explained_error import ExplainedError
from app.core.search_results import FitCurves, FoldResult, FoldState
from app.search.data_reference import DataReference, write_data
from app.search.fit import MOST_NETWORKS as MOST_HELD
from app.search.fit import traced_for
from app.search.fit_unit import FitProgress, FitRequest, FitResult
from app.search.worker_process import DATA_FILE, serve

logger = logging.getLogger(__name__)

MOST_RUNS = 3
"""So often a fit is begun whose worker process ends in the middle of it."""
MOST_FAILED_STARTS = 3
"""After so many worker processes in a row that end before they are ready, no more are started."""
STOP_SECONDS = 10.0
"""A fit that is to end has so long before its process is killed: while a large network is traced
nothing is heard.
"""
LEAVE_SECONDS = 2.0
"""The same when all is to end."""

MOST_NETWORKS = 300
"""After so many networks a process is replaced by a new one: of each that was traced TensorFlow
keeps some 0.4 MB, although nothing of it is left.
"""
ENDED_EARLY = "Ended before it was done."

Fit = Callable[[FitRequest], FitResult]


class WorkersError(ExplainedError):
    """No worker process can be started."""


@dataclass
class _Task:
    """A fit that waits or is under way."""

    ticket: int
    request: FitRequest
    order: bytes
    wants: str
    future: Future[FitResult] = field(default_factory=Future)
    runs: int = 0
    kill_at: float | None = None


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    pipe: "Connection[Any, Any]"
    ready: bool = False
    task: _Task | None = None
    holds: deque[str] = field(default_factory=lambda: deque(maxlen=MOST_HELD))
    """What its traced networks serve, that used last at the end."""
    networks: int = 0
    """So many it has traced."""


class LocalWorkers(Executor):
    """Does fits in spawned processes, each of which computes with one core.

    A process is started when there is a fit that no other is free for, and then used until
    `shutdown`. One that last had the same traced network is preferred. One that ends in the middle
    of a fit is replaced, and its fit is done again, twice at most. Those that have traced many
    networks make room for new ones, which keeps memory level. When this process dies, they end too.

    Args:
        workers: how many processes there are at most.
        data: what the fits are about; written once to a private folder.
        on_progress: told after epochs, in a thread of the workers; must not block.
        on_workers: told there when the number of processes changes: how many there are, and what
            happened, "" where all is well.

    Raises:
        DataPlaceError: the data cannot be written.
    """

    def __init__(
        self,
        workers: int,
        data: DataReference,
        on_progress: Callable[[FitProgress], None],
        on_workers: Callable[[int, str], None] = lambda _count, _sentence: None,
    ) -> None:
        if workers < 1:
            raise ValueError(f"expected at least one worker, received {workers}")
        self._most = workers
        self._on_progress = on_progress
        self._on_workers = on_workers
        self._folder = Path(tempfile.mkdtemp(prefix="layerlab-search-"))
        self._remove_folder = weakref.finalize(self, shutil.rmtree, self._folder, True)
        try:
            write_data(data, self._folder / DATA_FILE)
        except BaseException:
            self._remove_folder()
            raise
        self._lock = threading.RLock()
        self._pending: deque[_Task] = deque()
        self._workers: list[_Worker] = []
        self._tickets = 0
        self._failed_starts = 0
        self._broken: WorkersError | None = None
        self._closing = False
        self._woken, self._wake_up = multiprocessing.Pipe(duplex=False)
        self._waking = False
        self._context = multiprocessing.get_context("spawn")
        self._thread = threading.Thread(target=self._manage, name="search workers", daemon=True)
        self._thread.start()

    # ---- for the coordinator
    def submit(  # type: ignore[override]
        self, fit: Fit, request: FitRequest, /
    ) -> Future[FitResult]:
        """Do `fit(request)` in a worker process; `fit` is a function of a module's top level.

        What the fit raises, the future raises.

        Raises:
            RuntimeError: after `shutdown`.
            WorkersError: no process can be started.
        """
        order = pickle.dumps((fit, request), protocol=5)
        wants = traced_for(request.project)
        with self._lock:
            if self._closing:
                raise RuntimeError("the workers are shut down; nothing more can be submitted")
            if self._broken is not None:
                raise self._broken
            self._tickets += 1
            task = _Task(self._tickets, request, order, wants)
            self._pending.append(task)
        self._wake()
        return task.future

    @property
    def workers(self) -> int:
        """How many processes there are at most."""
        return self._most

    @property
    def free(self) -> int:
        """How many more fits could begin at once."""
        with self._lock:
            busy = sum(worker.task is not None for worker in self._workers)
            return max(0, self._most - busy - len(self._pending))

    @property
    def alive(self) -> int:
        """How many processes there are."""
        with self._lock:
            return len(self._workers)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Of the processes that there are."""
        with self._lock:
            return tuple(worker.process.pid or 0 for worker in self._workers)

    def cancel(self, trial: int, fold: int) -> bool:
        """End this fit soon: one that waits is cancelled, one under way comes to the state
        "pruned", with what it has done so far. Whether there was one.
        """
        with self._lock:
            waiting = [task for task in self._pending if _is_of(task, trial, fold)]
            running = [task for task in self._running() if _is_of(task, trial, fold)]
            for task in running:
                self._stop(task, STOP_SECONDS)
            self._withdraw(waiting)
        self._wake()
        return bool(waiting or running)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begin no more fits and let the processes end when those submitted are done.

        With `cancel_futures` those that wait are cancelled, those under way are ended, and after
        at most 3 s no process is left.
        """
        with self._lock:
            self._closing = True
            waiting = list(self._pending) if cancel_futures else []
            for task in list(self._running()) if cancel_futures else ():
                self._stop(task, LEAVE_SECONDS)
            self._withdraw(waiting)
        self._wake()
        if wait and threading.current_thread() is not self._thread:
            self._thread.join()

    def _running(self) -> Iterator[_Task]:
        return (worker.task for worker in self._workers if worker.task is not None)

    def _withdraw(self, waiting: list[_Task]) -> None:
        """Let these fits not begin; those that were begun once and are to be done again end so."""
        for task in waiting:
            task.future.cancel()
            task.kill_at = 0.0

    def _stop(self, task: _Task, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        task.kill_at = min(deadline, task.kill_at or deadline)
        for worker in self._workers:
            if worker.task is task:
                _send(worker, "stop", task.ticket)

    def _wake(self) -> None:
        with self._lock:
            if not self._waking:
                self._waking = True
                with contextlib.suppress(OSError):
                    self._wake_up.send_bytes(b"1")

    # ---- in the thread that looks after the processes
    def _manage(self) -> None:
        try:
            while True:
                self._assign()
                with self._lock:
                    if self._closing and not self._pending and not any(self._running()):
                        return
                    by_pipe = {worker.pipe: worker for worker in self._workers}
                    deadlines = [t.kill_at for t in self._running() if t.kill_at is not None]
                timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
                for came in wait([self._woken, *by_pipe], timeout):
                    if came is self._woken:
                        with self._lock:
                            self._woken.recv_bytes()
                            self._waking = False
                    else:
                        self._hear(by_pipe[came])  # type: ignore[index]
                self._kill_late()
        except Exception:
            logger.exception("the workers of the search failed")
            self._give_up(
                WorkersError(
                    "An error ended the worker processes of the search.",
                    "None was expected here.",
                    "Go on with the search; if it comes back, the log has the details for a "
                    "report.",
                )
            )
        finally:
            self._leave()

    def _assign(self) -> None:
        """Give waiting fits to free workers, and start workers as long as some are missing."""
        self._drop_withdrawn()
        with self._lock:
            free = [w for w in self._workers if w.ready and w.task is None]
            starting = sum(not worker.ready for worker in self._workers)
            for task in list(self._pending):
                worker = next((w for w in free if task.wants in w.holds), None)
                if worker is not None:
                    self._begin(worker, task)
                    free.remove(worker)
            for task in list(self._pending)[: len(free)]:
                # Rather one whose network is not wanted by a fit that waits.
                self._begin(free.pop(0), task)
            missing = min(len(self._pending) - starting, self._most - len(self._workers))
        for _ in range(missing if self._broken is None else 0):
            self._start()

    def _drop_withdrawn(self) -> None:
        with self._lock:
            given_up = [t for t in self._pending if t.future.cancelled() or t.kill_at is not None]
            for task in given_up:
                self._pending.remove(task)
        for task in given_up:
            if task.runs:
                task.future.set_result(_given_up(task, "pruned", ENDED_EARLY))
            else:
                task.future.set_running_or_notify_cancel()  # who waits for it is told

    def _begin(self, worker: _Worker, task: _Task) -> None:
        self._pending.remove(task)
        if task.runs == 0 and not task.future.set_running_or_notify_cancel():
            return
        task.runs += 1
        worker.task = task
        if task.wants in worker.holds:
            worker.holds.remove(task.wants)
        else:
            worker.networks += 1
        worker.holds.append(task.wants)
        _send(worker, "fit", task.ticket, task.order)

    def _start(self) -> None:
        try:
            ours, theirs = self._context.Pipe()
            process = self._context.Process(
                target=serve, args=(theirs, self._folder), name="search worker", daemon=True
            )
            with _interrupts_blocked():
                process.start()
        except OSError as error:  # no more processes, memory or files
            logger.info("a worker process cannot be started", exc_info=True)
            with self._lock:
                self._most = max(1, len(self._workers))
                alone = not self._workers
            if alone:
                self._give_up(_no_start(error.strerror or str(error)))
            return
        theirs.close()
        with self._lock:
            self._workers.append(_Worker(process, ours))
            count = len(self._workers)
        self._tell_workers(count, "")

    def _hear(self, worker: _Worker) -> None:
        try:
            kind, *rest = worker.pipe.recv()
        except Exception:  # noqa: BLE001 - it has ended, or sent what cannot be read
            self._bury(worker)
            return
        if kind == "told":
            for event in rest[0]:
                self._tell_progress(event)
        elif kind == "log":
            name, level, text = rest
            logging.getLogger(name).log(level, "%s", text)
        elif kind == "ready":
            with self._lock:
                worker.ready = True
                self._failed_starts = 0
        else:
            ticket, result = rest
            with self._lock:
                task, worker.task = worker.task, None
                worn = worker.networks >= MOST_NETWORKS
            if worn:
                self._retire(worker)
            if task is None or task.ticket != ticket:
                logger.error("a worker answered what it was not asked: %s", kind)
            elif kind == "done":
                task.future.set_result(result)
            else:
                task.future.set_exception(result)

    def _retire(self, worker: _Worker) -> None:
        """Let a process without a fit end; another one is started when it is needed."""
        with self._lock:
            self._workers.remove(worker)
        _end(worker)

    def _kill_late(self) -> None:
        now = time.monotonic()
        with self._lock:
            late = [
                worker
                for worker in self._workers
                if worker.task is not None
                and worker.task.kill_at is not None
                and worker.task.kill_at <= now
            ]
        for worker in late:
            self._bury(worker, late=True)

    def _bury(self, worker: _Worker, *, late: bool = False) -> None:
        """Remove a process that has ended, or is to; see what becomes of its fit."""
        worker.process.join(0.0 if late else 1.0)  # for its own exit code
        worker.process.kill()
        worker.process.join()
        words = _last_words(worker.process)
        worker.pipe.close()
        worker.process.close()
        with self._lock:
            self._workers.remove(worker)
            task, worker.task = worker.task, None
            if not worker.ready:
                self._failed_starts += 1
            count = len(self._workers)
        if task is None:
            sentence = f"A worker process {words}."
        elif task.kill_at is not None:
            sentence = "" if self._closing else "A worker that did not stop in time was ended."
            task.future.set_result(_given_up(task, "pruned", ENDED_EARLY))
        elif task.runs < MOST_RUNS:
            sentence = f"A worker process {words}; its fit is done again."
            with self._lock:
                self._pending.appendleft(task)
        else:
            sentence = f"A worker process {words} for the third time in the same fit."
            task.future.set_result(
                _given_up(
                    task,
                    "failed",
                    f"Its worker process ended {task.runs} times in the middle of it; the last one "
                    f"{words}. A fit runs to its end. Perhaps the memory did not suffice: choose "
                    "fewer workers, a smaller network, or a smaller batch size.",
                )
            )
        if sentence:
            logger.info(sentence)
        self._tell_workers(count, sentence)
        if self._failed_starts >= MOST_FAILED_STARTS:
            self._give_up(_no_start(f"the last one {words}"))

    def _give_up(self, error: WorkersError) -> None:
        with self._lock:
            self._broken = error
            waiting, self._pending = list(self._pending), deque()
        for task in waiting:
            if task.runs or task.future.set_running_or_notify_cancel():
                task.future.set_exception(error)

    def _leave(self) -> None:
        with self._lock:
            workers, self._workers = self._workers, []
        for worker in workers:
            if worker.task is not None:
                worker.task.future.set_exception(self._broken)
            _send(worker, "end")
        for worker in workers:
            _end(worker)
        self._remove_folder()

    def _tell_progress(self, event: FitProgress) -> None:
        try:
            self._on_progress(event)
        except Exception:
            logger.exception("the progress of a fit was not taken")

    def _tell_workers(self, count: int, sentence: str) -> None:
        try:
            self._on_workers(count, sentence)
        except Exception:
            logger.exception("the number of workers was not taken")


def _send(worker: _Worker, *message: object) -> None:
    with contextlib.suppress(OSError):  # that it has ended is heard where it is listened to
        worker.pipe.send(message)


def _no_start(why: str) -> WorkersError:
    return WorkersError(
        f"No worker process of the search can be started: {why}.",
        "Processes that do the fits.",
        "Close other programs if memory is short, and try again; the log has the details for a "
        "report.",
    )


def _end(worker: _Worker) -> None:
    _send(worker, "end")
    worker.process.join(0.5)
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()
    worker.process.close()


def _is_of(task: _Task, trial: int, fold: int) -> bool:
    return task.request.trial == trial and task.request.fold == fold


def _given_up(task: _Task, state: FoldState, sentence: str) -> FitResult:
    fold = task.request.fold
    result = FoldResult(fold, state, sentence=sentence)
    return FitResult(task.request.trial, result, FitCurves(fold, ()), task.wants)


def _last_words(process: BaseProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


@contextlib.contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """A process that is started here does not hear Ctrl+C, not even before it can say so itself."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # it would unblock what is blocked here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
