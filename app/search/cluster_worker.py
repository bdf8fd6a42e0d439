"""What a worker of a cluster does: one fit after the other, as the scheduler hands them out.

`serve_cluster` is the process that the user starts. A process of its own does the fits, and is
started again when one of them kills it. The functions that a search sends there stand in the second
half; this module is loaded in that process before the first of them comes.
"""

import asyncio
import contextlib
import logging
import os
import pickle
import secrets
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app import __version__
from app.jobs.control import JobControl
from app.search.cluster_address import TlsFiles, first_line, no_answer, require_tls
from app.search.data_reference import DataReference, read_data
from app.search.fit import FitRoom, Workplace, work_at
from app.search.fit_unit import FitProgress, FitResult
from app.search.quiet_distributed import distributed
from app.search.worker_process import NICENESS, TELL_SECONDS
from app.training.versions import set_intra_op_threads, software_versions

logger = logging.getLogger(__name__)

SAME_VERSIONS = "Workers need the same versions of LayerLab and distributed as this program."

_LOOK_SECONDS = 2.0
"""So long a scheduler is looked for that has just told its worker to go, or has gone itself; and so
often it is looked whether there is a process that does fits.
"""
_DEAD_LOOKS = 3


# ---------------------------------------------------------------- the process that watches


def serve_cluster(
    address: str, death_timeout: float, tls: TlsFiles, say: Callable[[str], None]
) -> None:
    """Be a worker of the scheduler at `address`, until it sends the worker away or is gone.

    A scheduler that is not there yet, or not any more, is waited for.

    Args:
        address: as `checked_address` gives it.
        death_timeout: so many seconds a scheduler is waited for.
        say: takes sentences about what happens.

    Raises:
        ClusterError: it never was there.
    """
    asyncio.run(_serve(address, death_timeout, tls, say))


async def _serve(
    address: str, death_timeout: float, tls: TlsFiles, say: Callable[[str], None]
) -> None:
    dask = distributed()
    files = {"tls_ca_file": tls.ca, "tls_worker_cert": tls.certificate, "tls_worker_key": tls.key}
    named = {name: str(path) for name, path in files.items() if path is not None}
    security = dask.Security(require_encryption=True, **named) if tls else dask.Security()
    require_tls(address, security, "worker")
    served = False
    while True:
        if not served:
            say(f"Looking for the scheduler {address}")
        try:
            await _reach(address, death_timeout, security)
        except OSError as error:
            if served:
                say("It did not come back; the worker ends.")
                return
            expected = (
                f"A Dask scheduler that can be reached within the {death_timeout:g} s of "
                "--death-timeout."
            )
            raise no_answer(address, error, expected) from None
        nanny = dask.Nanny(
            address,
            nthreads=1,
            memory_limit=0,  # a network that is too large for the computer is the system's to end
            death_timeout=death_timeout,
            security=security,
            preload=[__name__],
            silence_logs=logging.ERROR,
            config={"distributed.worker.profile.enabled": False},
        )
        with _ends_by_signal(nanny) as told:
            try:
                async with nanny:
                    served = True
                    say(f"{nanny.worker_address} does fits for {address}, one at a time")
                    died = await _died(nanny)
            except (OSError, RuntimeError, TimeoutError) as error:
                logger.info("the worker ended", exc_info=True)
                say(f"The worker ended: {first_line(error)}")
                died = False
        if told:
            return
        if died:
            continue
        try:
            await _reach(address, _LOOK_SECONDS, security)
        except OSError:
            say(f"The scheduler is gone; it is waited for, {death_timeout:g} s at most.")
        else:
            say("The scheduler let the worker go.")
            return


async def _died(nanny: Any) -> bool:
    """Wait for its end. True where its process has ended and is not started again, as happens to
    one that ends right after it was started.
    """
    finished = asyncio.ensure_future(nanny.finished())
    seen = 0
    while not finished.done() and seen < _DEAD_LOOKS:
        await asyncio.wait({finished}, timeout=_LOOK_SECONDS)
        seen = 0 if nanny.is_alive() else seen + 1
    died = not finished.done()
    finished.cancel()
    return died


async def _reach(address: str, timeout: float, security: Any) -> None:
    """Raises OSError where nobody answers within so many seconds."""
    comm = await distributed().comm.connect(
        address, timeout=timeout, **security.get_connection_args("worker")
    )
    await comm.close()


@contextlib.contextmanager
def _ends_by_signal(nanny: Any) -> Any:
    """Within it SIGTERM and Ctrl+C close the nanny; gives a list that then has something in it."""
    told: list[asyncio.Task[Any]] = []
    loop = asyncio.get_running_loop()

    def end() -> None:
        told.append(loop.create_task(nanny.close(timeout=5, reason="signal")))

    numbers = (signal.SIGTERM, signal.SIGINT)
    heard = []
    for number in numbers:
        with contextlib.suppress(NotImplementedError, RuntimeError):  # not on Windows
            loop.add_signal_handler(number, end)
            heard.append(number)
    try:
        yield told
    finally:
        for number in heard:
            loop.remove_signal_handler(number)


# ---------------------------------------------------------------- the process that does the fits


class _Place:
    """What this process keeps from one fit to the next."""

    def __init__(self) -> None:
        self.served = False
        self.room = FitRoom(self.data_of)
        self.files: dict[str, Path] = {}
        self.controls: dict[str, JobControl] = {}
        self.stopped: set[str] = set()

    def data_of(self, key: str) -> DataReference:
        return read_data(self.files[key])


_place = _Place()


def dask_setup(_worker: Any) -> None:
    """Called by Dask before the process takes its first task."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that watches decides
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
    set_intra_op_threads(1)
    _place.served = True


def about_worker() -> dict[str, Any]:
    """What decides whether fits done here have the same numbers."""
    return {"served": _place.served, "layerlab": __version__, **software_versions()}


def take_data(key: str, brought: str) -> None:
    """Keep the data of a search for the fits that name them; Dask brought them to this worker under
    the name `brought`.
    """
    worker = distributed().get_worker()
    path = Path(worker.local_directory) / f"layerlab-{secrets.token_hex(8)}"
    path.touch(mode=0o600)
    path.write_bytes(worker.data[brought])
    read_data(path)  # raises where they are of no use on this computer
    _place.files[key] = path


def forget_data(key: str) -> None:
    """The search is over."""
    path = _place.files.pop(key, None)
    if path is not None:
        with contextlib.suppress(OSError):  # Windows removes no file that is mapped
            path.unlink()


def stop_fit(run: str) -> None:
    """End this run of a fit soon, even if it has not begun."""
    _place.stopped.add(run)
    control = _place.controls.get(run)
    if control is not None:
        control.stop()


def do_fit(topic: str, run: str, order: bytes) -> FitResult:
    """Do a fit; under `topic` tell how it gets on."""
    teller = _Teller(topic, run)
    control = _place.controls[run] = teller.control
    if run in _place.stopped:
        control.stop()
    work_at(Workplace(_place.room, teller.tell, lambda: control))
    try:
        fit, request = pickle.loads(order)  # noqa: S301 - who reaches a worker of Dask may do anything
        result: FitResult = fit(request)
        return result
    finally:
        teller.flush()
        _place.controls.pop(run, None)
        _place.stopped.discard(run)


class _Teller:
    """Sends what a fit tells to the search, a few times a second."""

    def __init__(self, topic: str, run: str) -> None:
        self.control = JobControl()
        self._worker = distributed().get_worker()
        self._topic = topic
        self._run = run
        self._told: list[list[Any]] = []
        self._told_at = 0.0

    def tell(self, event: FitProgress) -> None:
        self._told.append([event.trial, event.fold, event.epoch, event.epochs, event.value])
        if time.monotonic() - self._told_at >= TELL_SECONDS:
            self._told_at = time.monotonic()
            self.flush()
            task = self._worker.state.tasks.get(self._run)
            if task is None or task.state == "cancelled":
                self.control.stop()  # whoever wanted it is gone

    def flush(self) -> None:
        if self._told:
            told, self._told = self._told, []
            self._worker.log_event(self._topic, told)
