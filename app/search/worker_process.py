"""What a worker process of a search does: one fit after the other, as it is told through its pipe.

A thread of its own listens to the pipe, so that a fit is stopped while it is under way, and the
process ends at once when its starter is gone, whatever the fit is doing.
"""

import contextlib
import logging
import os
import pickle
import queue
import shutil
import signal
import threading
import time
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from app.jobs.control import JobControl
from app.search.fit_unit import FitProgress

DATA_FILE = "data"
"""In the folder that the workers of a search share."""

TELL_SECONDS = 0.05
"""What a fit tells is sent so often at most, all together: short epochs would keep the reader busy.
"""
NICENESS = 5
"""Workers leave the processor to the window, and to whatever else the user does."""


def serve(pipe: "Connection[Any, Any]", folder: Path) -> None:
    """Do fits until the pipe ends or says so; never returns.

    Through the pipe come ("fit", ticket, pickled function and request), ("stop", ticket) and
    ("end",). Back go ("ready",), ("told", events), ("log", name, level, text) and, for each fit,
    ("done", ticket, result) or ("error", ticket, exception).
    """
    # Ctrl+C reaches the whole group of processes; the starter decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # workers share a graphics card
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
    _Server(pipe, folder).serve()


class _Server:
    def __init__(self, pipe: "Connection[Any, Any]", folder: Path) -> None:
        self._pipe = pipe
        self._folder = folder
        self._sending = threading.Lock()
        self._orders: queue.SimpleQueue[tuple[int, bytes, JobControl]] = queue.SimpleQueue()
        self._controls: dict[int, JobControl] = {}
        self._told: list[FitProgress] = []
        self._told_at = 0.0
        self._control = JobControl()

    def serve(self) -> None:
        self._lead_log()
        threading.Thread(target=self._listen, name="listening", daemon=True).start()
        self._at_work()
        self._send("ready")
        while True:
            ticket, order, self._control = self._orders.get()
            answer = self._answer(ticket, order)
            del order
            self._controls.pop(ticket, None)
            self._flush()
            self._told_at = 0.0
            self._send(*answer)

    def _answer(self, ticket: int, order: bytes) -> tuple[Any, ...]:
        try:
            fit, request = pickle.loads(order)  # noqa: S301 - from the process that started this one
            answer = ("done", ticket, fit(request))
            pickle.dumps(answer)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the starter is told
            error.add_note("In the worker process: " + traceback.format_exc())
            try:
                pickle.loads(pickle.dumps(error))  # noqa: S301 - made in the line before
            except Exception:  # noqa: BLE001 - an error that cannot travel
                error = RuntimeError(f"{type(error).__name__}: {error}")
            return ("error", ticket, error)
        return answer

    def _at_work(self) -> None:
        """Make this process a place where fits are done."""
        from app.search.data_reference import DataReference, read_data
        from app.search.fit import FitRoom, Workplace, work_at
        from app.training.versions import set_intra_op_threads

        set_intra_op_threads(1)

        def data_of(_key: str) -> DataReference:
            return read_data(self._folder / DATA_FILE)

        work_at(Workplace(FitRoom(data_of), self._tell, lambda: self._control))

    # ---- what is sent
    def _send(self, *message: object) -> None:
        with self._sending:
            try:
                self._pipe.send(message)
            except OSError:  # the starter is gone
                self._leave(orphaned=True)

    def _tell(self, event: FitProgress) -> None:
        self._told.append(event)
        if time.monotonic() - self._told_at >= TELL_SECONDS:
            self._flush()

    def _flush(self) -> None:
        if self._told:
            events, self._told = tuple(self._told), []
            self._told_at = time.monotonic()
            self._send("told", events)

    def _lead_log(self) -> None:
        """Lead what is logged here to the log of the starter."""
        root = logging.getLogger()
        root.addHandler(_ToStarter(self._send))
        logging.getLogger("app").setLevel(logging.INFO)

    # ---- what comes
    def _listen(self) -> None:
        while True:
            try:
                message = self._pipe.recv()
            except (EOFError, OSError):
                self._leave(orphaned=True)
            kind, *rest = message
            if kind == "fit":
                ticket, order = rest
                control = self._controls[ticket] = JobControl()
                self._orders.put((ticket, order, control))
            elif kind == "stop":
                stopped = self._controls.get(rest[0])
                if stopped is not None:
                    stopped.stop()
            else:
                self._leave(orphaned=False)

    def _leave(self, *, orphaned: bool) -> None:
        """End the process at once: TensorFlow would take its time."""
        if orphaned:
            shutil.rmtree(self._folder, ignore_errors=True)
        os._exit(0)


class _ToStarter(logging.Handler):
    def __init__(self, send: Any) -> None:
        super().__init__()
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._send("log", record.name, record.levelno, self.format(record))
        except Exception:  # noqa: BLE001 - as logging itself does
            self.handleError(record)
