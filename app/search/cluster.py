"""Fits done by the workers of a Dask scheduler.

What is sent to a scheduler, and what comes back, is executed where it arrives: a cluster belongs
into a network that one trusts, or behind TLS.
"""

import asyncio
import contextlib
import logging
import pickle
import shutil
import tempfile
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError as FutureCancelled
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app import __version__
from app.core.explained_error import ExplainedError
from app.core.number_words import counted
from app.core.search_results import FitCurves, FoldResult, FoldState
from app.core.short_names import shortened
from app.search import cluster_worker as there
from app.search.cluster_address import (
    ClusterError,
    TlsFiles,
    checked_address,
    first_line,
    no_answer,
    require_tls,
)
from app.search.data_reference import DataReference, write_data
from app.search.fit import traced_for
from app.search.fit_executor import Fit, OnProgress, OnWorkers
from app.search.fit_unit import FitProgress, FitRequest, FitResult
from app.search.quiet_distributed import distributed
from app.search.worker_process import DATA_FILE
from app.search.workers import ENDED_EARLY, LEAVE_SECONDS, MOST_RUNS, STOP_SECONDS
from app.training.versions import software_versions

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
"""So long a scheduler is looked for."""
LOOK_SECONDS = 0.5
"""So often it is looked at whether the scheduler is still there."""
FAREWELL_SECONDS = 0.5
"""So long the workers have to hear that a search is over."""

CANCELLED = (asyncio.CancelledError, FutureCancelled)

DECIDING = ("layerlab", "tensorflow", "keras", "numpy")
"""A worker on which one of them has another version would come to other numbers."""


@dataclass(frozen=True)
class _Errand:
    """Something to be called where its pickle is read.

    Sent as a function with arguments it would be read by the scheduler as well, which need not have
    LayerLab, nor the same Python.
    """

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


@dataclass(eq=False)
class _Task:
    """A fit that waits or is under way."""

    number: int
    request: FitRequest
    order: bytes
    wants: str
    future: Future[FitResult] = field(default_factory=Future)
    begun: int = 0
    """How often; each has a name of its own, `run`."""
    lost: int = 0
    """How often its worker was gone in the middle of it."""
    run: str = ""
    kill_at: float | None = None


@dataclass(eq=False)
class _Worker:
    address: str
    ready: bool = False
    task: _Task | None = None
    holds: str = ""
    """What its traced network serves."""
    doing: "asyncio.Task[None] | None" = None


class ClusterWorkers:
    """Does fits in the workers of a Dask scheduler, one at a time in each.

    A worker that comes is given the data once, and fits from then on; rather those for which it
    has the traced network. The fit of one that goes is done again elsewhere, twice at most where
    it did not say that it goes. Where there is no worker, fits wait for one. Where the scheduler is
    gone, they end with a ClusterError, and so does everything that is submitted later.

    One thread owns all state, and the client of Dask; it is told through its event loop.

    Args:
        address: of the scheduler.
        data: what the fits are about.
        on_progress: told after epochs, in the thread of this object; must not block.
        on_workers: told there when the number of workers changes, and what happened.

    Raises:
        ClusterError: the scheduler cannot be reached, or `distributed` is not installed.
        DataPlaceError: the data cannot be written.
    """

    def __init__(
        self,
        address: str,
        data: DataReference,
        on_progress: OnProgress,
        on_workers: OnWorkers,
        tls: TlsFiles | None = None,
    ) -> None:
        self._tls = tls or TlsFiles()
        self._address = checked_address(address, self._tls)
        self._on_progress = on_progress
        self._on_workers = on_workers
        self._key = data.key
        self._topic = f"layerlab-{data.key}"
        self._lock = threading.Lock()
        self._open: dict[tuple[int, int], _Task] = {}
        self._broken: ClusterError | None = None
        self._closing = False
        self._numbers = 0
        self._ready = 0
        self._pending: deque[_Task] = deque()
        self._workers: dict[str, _Worker] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._folder = Path(tempfile.mkdtemp(prefix="layerlab-search-"))
        self._remove_folder = weakref.finalize(self, shutil.rmtree, self._folder, True)
        self._begun: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="search cluster", daemon=True)
        try:
            write_data(data, self._folder / DATA_FILE)
            self._thread.start()
            self._begun.result()
        except BaseException:
            self._remove_folder()
            raise

    # ---- for the coordinator
    @property
    def workers(self) -> int:
        """How many workers can do fits now."""
        return self._ready

    def submit(self, fit: Fit, request: FitRequest, /) -> Future[FitResult]:
        """Do `fit(request)` in a worker; `fit` is a function of a module's top level.

        What the fit raises, the future raises.

        Raises:
            RuntimeError: after `shutdown`.
            ClusterError: the scheduler is gone.
        """
        order = pickle.dumps((fit, request), protocol=5)
        wants = traced_for(request.project)
        with self._lock:
            if self._broken is not None:
                raise self._broken
            if self._closing:
                raise RuntimeError("the cluster is let go; nothing more can be submitted")
            self._numbers += 1
            task = _Task(self._numbers, request, order, wants)
            self._open[request.trial, request.fold] = task
            self._loop.call_soon_threadsafe(self._take, task)
        return task.future

    def cancel(self, trial: int, fold: int) -> bool:
        """End this fit soon: one that waits is cancelled, one under way comes to the state
        "pruned", with what it has done so far. Whether there was one.
        """
        with self._lock:
            task = self._open.get((trial, fold))
            if task is not None:
                self._tell_loop(self._end_early, task, STOP_SECONDS)
        return task is not None

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begin no more fits and leave the cluster when those submitted are done; its workers stay.

        With `cancel_futures` those that wait are cancelled, those under way are ended, and after
        3 s they count as ended.
        """
        with self._lock:
            self._closing = True
            self._tell_loop(self._close_down, cancel_futures)
        if wait and threading.current_thread() is not self._thread:
            self._thread.join()

    def _tell_loop(self, what: Any, *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # it has ended, and so has every fit
            self._loop.call_soon_threadsafe(what, *arguments)

    # ---- in the thread that owns everything
    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._begun.done():
                raise
            self._begun.set_exception(error)
        finally:
            self._remove_folder()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._bringing = asyncio.Lock()
        self._client = client = await self._connected()
        try:
            client.subscribe_topic("all", self._hear_scheduler)
            client.subscribe_topic(self._topic, self._hear_fit)
            for address in await client.nthreads():
                self._arrive(address)
            self._begun.set_result(None)
            if not self._workers:
                self._tell_workers(
                    f"The scheduler {self._address} has no workers yet; start some by "
                    f"`layerlab worker {self._address}`."
                )
            await self._manage()
        except Exception as error:
            if not self._begun.done():
                raise
            logger.exception("the connection to the cluster failed")
            self._give_up(self._gone(first_line(error)))
        finally:
            await self._leave()

    async def _connected(self) -> Any:
        dask = distributed()
        security = self._security(dask)
        client = dask.Client(
            self._address,
            asynchronous=True,
            set_as_default=False,
            security=security,
            timeout=CONNECT_SECONDS,
            name="layerlab",
        )
        try:
            return await client
        except (OSError, ValueError, TypeError, RuntimeError) as error:
            logger.info("no scheduler at %s", self._address, exc_info=True)
            await client.close()
            expected = (
                "A Dask scheduler that can be reached from here; without an address this computer "
                "does the trials."
            )
            raise no_answer(self._address, error, expected) from None

    def _security(self, dask: Any) -> Any:
        """Of the files given, or of Dask's configuration."""
        tls = self._tls
        files = {"tls_ca_file": tls.ca, "tls_client_cert": tls.certificate}
        files["tls_client_key"] = tls.key
        named = {name: str(path) for name, path in files.items() if path is not None}
        security = dask.Security(require_encryption=True, **named) if tls else dask.Security()
        require_tls(self._address, security, "client")
        return security

    async def _manage(self) -> None:
        while True:
            self._assign()
            running = self._running()
            if self._closing and not self._pending and not running:
                return
            if self._client.status != "running":
                self._give_up(self._gone("the connection ended"))
                return
            waits = [t.kill_at - time.monotonic() for t in running if t.kill_at is not None]
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self._woken.wait(), min((LOOK_SECONDS, *(max(0.0, w) for w in waits)))
                )
            self._woken.clear()
            self._end_late()

    def _gone(self, why: str) -> ClusterError:
        return ClusterError(
            f"The scheduler {self._address} is gone: {shortened(why, 300)}.",
            "It has to be there until the search ends.",
            "Start it again, and its workers, and go on with the search; its study is kept.",
        )

    def _running(self) -> list[_Task]:
        return [worker.task for worker in self._workers.values() if worker.task is not None]

    # ---- fits
    def _take(self, task: _Task) -> None:
        if self._broken is not None:
            self._settle(task, self._broken)
        else:
            self._pending.append(task)
            self._woken.set()

    def _assign(self) -> None:
        """Give waiting fits to free workers; first to those that have the traced network."""
        for task in [task for task in self._pending if task.future.cancelled()]:
            self._withdraw(task)
        free = [w for w in self._workers.values() if w.ready and w.task is None]
        for task in list(self._pending):
            worker = next((w for w in free if w.holds == task.wants), None)
            if worker is not None:
                free.remove(worker)
                self._begin(worker, task)
        for task in list(self._pending)[: len(free)]:
            self._begin(free.pop(0), task)

    def _begin(self, worker: _Worker, task: _Task) -> None:
        self._pending.remove(task)
        if task.begun == 0 and not task.future.set_running_or_notify_cancel():
            self._close(task)
            return
        task.begun += 1
        task.run = f"{self._topic}-{task.number}-{task.begun}"
        worker.task = task
        worker.holds = task.wants
        worker.doing = self._in_background(self._do(worker, task))

    async def _do(self, worker: _Worker, task: _Task) -> None:
        outcome: FitResult | BaseException
        try:
            outcome = await self._call(
                worker, task.run, there.do_fit, self._topic, task.run, task.order
            )
        except CANCELLED:
            return  # the worker or the scheduler is gone, which is heard elsewhere
        except Exception as error:  # noqa: BLE001 - whatever it is, the coordinator is told
            outcome = error
        if worker.task is task:
            worker.task = None
            self._settle(task, outcome)
            self._woken.set()

    async def _call(self, worker: _Worker, name: str, function: Any, *arguments: Any) -> Any:
        """Have a worker, and no other, do something as one of its tasks."""
        future = self._client.submit(
            pickle.loads,
            pickle.dumps(_Errand(function, arguments), protocol=5),
            key=name,
            workers=[worker.address],
            allow_other_workers=False,
            pure=False,
        )
        try:
            return await future
        finally:
            future.release()

    def _end_early(self, task: _Task, seconds: float) -> None:
        if task in self._pending:
            self._withdraw(task)
            return
        for worker in self._workers.values():
            if worker.task is task:
                deadline = time.monotonic() + seconds
                task.kill_at = min(deadline, task.kill_at or deadline)
                self._in_background(self._say(worker, there.stop_fit, task.run))
        self._woken.set()

    def _withdraw(self, task: _Task) -> None:
        self._pending.remove(task)
        if task.begun:
            self._settle(task, _given_up(task, "pruned", ENDED_EARLY))
        else:
            task.future.cancel()
            self._close(task)
            task.future.set_running_or_notify_cancel()  # who waits for it is told

    def _end_late(self) -> None:
        """What did not end in time counts as ended; its process is started anew."""
        now = time.monotonic()
        for worker in list(self._workers.values()):
            task = worker.task
            if task is None or task.kill_at is None or task.kill_at > now:
                continue
            worker.task = None
            self._settle(task, _given_up(task, "pruned", ENDED_EARLY))
            if not self._closing:
                worker.ready = False
                self._in_background(self._start_anew(worker))
                self._tell_workers(f"{worker.address} did not stop in time and is started anew.")

    async def _start_anew(self, worker: _Worker) -> None:
        with contextlib.suppress(Exception):
            await self._client.restart_workers([worker.address], raise_for_error=False)

    async def _say(self, worker: _Worker, function: Any, *arguments: Any) -> None:
        """Have a worker do something at once, beside what it is doing; it may be gone."""
        with contextlib.suppress(Exception, *CANCELLED):
            await self._client.run(
                function, *arguments, workers=[worker.address], on_error="ignore"
            )

    def _settle(self, task: _Task, outcome: "FitResult | BaseException") -> None:
        self._close(task)
        if task.future.done():
            return
        if isinstance(outcome, BaseException):
            if task.begun or task.future.set_running_or_notify_cancel():
                task.future.set_exception(outcome)
        else:
            task.future.set_result(outcome)

    def _close(self, task: _Task) -> None:
        key = (task.request.trial, task.request.fold)
        with self._lock:
            if self._open.get(key) is task:
                del self._open[key]

    # ---- workers
    def _hear_scheduler(self, event: tuple[float, Any]) -> None:
        told = event[1]
        if not isinstance(told, Mapping):
            return
        if told.get("action") == "add-worker":
            self._arrive(told["worker"])
        elif told.get("action") == "remove-worker":
            self._depart(told["worker"], expected=bool(told.get("expected")))

    def _arrive(self, address: str) -> None:
        if address not in self._workers and not self._closing:
            worker = self._workers[address] = _Worker(address)
            worker.doing = self._in_background(self._admit(worker))

    async def _admit(self, worker: _Worker) -> None:
        """See whether a worker is of use, and bring it the data."""
        name = f"{self._topic}-{worker.address}-{time.monotonic_ns()}"
        try:
            about = await self._call(worker, f"{name}-about", there.about_worker)
            sentence = _unsuited(worker.address, about)
            if sentence:
                logger.info(sentence)
                self._tell_workers(sentence)
                return
            async with self._bringing:  # a copy at a time
                await self._bring(worker, name)
        except CANCELLED:
            return
        except Exception as error:
            logger.info("a worker is of no use", exc_info=True)
            explained = isinstance(error, ExplainedError)
            why = str(error) if explained else f"{first_line(error)}. {there.SAME_VERSIONS}"
            self._tell_workers(f"{worker.address} gets no fits: {why}")
            return
        worker.ready = True
        self._tell_workers(_other_processor(worker.address, about))
        self._woken.set()

    async def _bring(self, worker: _Worker, name: str) -> None:
        content = (self._folder / DATA_FILE).read_bytes()
        brought = await self._client.scatter(content, workers=[worker.address], hash=False)
        del content
        try:
            await self._call(worker, f"{name}-data", there.take_data, self._key, brought.key)
        finally:
            brought.release()

    def _depart(self, address: str, *, expected: bool) -> None:
        worker = self._workers.pop(address, None)
        if worker is None or (self._closing and worker.task is None):
            return
        if worker.doing is not None:
            worker.doing.cancel()
        task, worker.task = worker.task, None
        happened = f"The worker {address} {'has left' if expected else 'is gone'}"
        if task is None:
            sentence = f"{happened}."
        elif task.kill_at is not None:
            sentence = f"{happened}."
            self._settle(task, _given_up(task, "pruned", ENDED_EARLY))
        else:
            task.lost += not expected
            sentence = f"{happened}; its fit is done again."
            if task.lost < MOST_RUNS:
                self._pending.appendleft(task)
            else:
                sentence = f"{happened}, the third one in the same fit."
                self._settle(
                    task,
                    _given_up(
                        task,
                        "failed",
                        f"{counted(task.lost, 'worker')} ended in the middle of it. A fit runs to "
                        "its end. Perhaps their memory did not suffice: choose a smaller network, "
                        "or a smaller batch size.",
                    ),
                )
        if not any(one.ready for one in self._workers.values()):
            sentence += " None is left; the search waits for one."
        if worker.ready or task is not None:
            logger.info(sentence)
            self._tell_workers(sentence)
        self._woken.set()

    # ---- the end
    def _close_down(self, cancel: bool) -> None:
        for task in list(self._pending) if cancel else ():
            self._withdraw(task)
        for task in self._running() if cancel else ():
            self._end_early(task, LEAVE_SECONDS)
        self._woken.set()

    def _give_up(self, error: ClusterError) -> None:
        with self._lock:
            self._broken = error
        self._end_all(error)

    def _end_all(self, error: ClusterError) -> None:
        tasks, self._pending = [*self._running(), *self._pending], deque()
        for worker in self._workers.values():
            worker.task = None
        for task in tasks:
            self._settle(task, error)

    async def _leave(self) -> None:
        """Whatever is still open ends; the workers forget the data."""
        with self._lock:
            self._closing = True
        self._end_all(self._gone("the search was ended"))
        workers = [worker for worker in self._workers.values() if worker.ready]
        for task in list(self._background):
            task.cancel()
        with contextlib.suppress(Exception, *CANCELLED):
            if self._client.status == "running":
                goodbye = (self._say(worker, there.forget_data, self._key) for worker in workers)
                await asyncio.wait_for(asyncio.gather(*goodbye), FAREWELL_SECONDS)
        with contextlib.suppress(Exception, *CANCELLED):
            await self._client.close(timeout=FAREWELL_SECONDS)

    # ---- telling
    def _in_background(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = self._loop.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def _hear_fit(self, event: tuple[float, Any]) -> None:
        for told in event[1]:
            try:
                self._on_progress(FitProgress(*told))
            except Exception:
                logger.exception("the progress of a fit was not taken")

    def _tell_workers(self, sentence: str) -> None:
        self._ready = sum(worker.ready for worker in self._workers.values())
        try:
            self._on_workers(self._ready, sentence)
        except Exception:
            logger.exception("the number of workers was not taken")


def _unsuited(address: str, about: Mapping[str, Any]) -> str:
    """Why a worker gets no fits; "" where it does."""
    if not about.get("served"):
        return (
            f"{address} gets no fits: it was not started by `layerlab worker`, so that it might do "
            "several at once, and with other threads."
        )
    here = {"layerlab": __version__, **software_versions()}
    other = [
        f"{name} {about.get(name)} there, {here[name]} here"
        for name in DECIDING
        if about.get(name) != here[name]
    ]
    if other:
        return f"{address} gets no fits: its numbers would not compare ({'; '.join(other)})."
    return ""


def _other_processor(address: str, about: Mapping[str, Any]) -> str:
    here = software_versions()
    if all(about.get(name) == here[name] for name in ("processor", "system")):
        return ""
    return (
        f"{address} computes on {about.get('processor')} ({about.get('system')}), unlike this "
        "computer: the last digits of its scores may differ."
    )


def _given_up(task: _Task, state: FoldState, sentence: str) -> FitResult:
    fold = task.request.fold
    result = FoldResult(fold, state, sentence=sentence)
    return FitResult(task.request.trial, result, FitCurves(fold, ()), task.wants)
