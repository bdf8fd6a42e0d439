"""Fixtures that fail a test for what it leaves behind: threads, windows, timers, log records."""

import gc
import logging
import multiprocessing
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from weakref import WeakSet

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget

PATIENCE = 2.0  # seconds that an ending thread or process has to end

# Their libraries keep these for the next use.
POOLS = ("tensorflow", "keras", "joblib", "sklearn", "hypothesis", "pytest_timeout")


# ---------------------------------------------------------------- threads and processes


def _is_of_a_pool(thread: threading.Thread) -> bool:
    target = getattr(thread, "_target", None)
    modules = (type(thread).__module__, getattr(target, "__module__", None) or "")
    return any(module.split(".")[0] in POOLS for module in modules)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """Fail the test that leaves a thread of Python or a child process running."""
    before = set(threading.enumerate())
    yield
    left = []
    for thread in set(threading.enumerate()) - before:
        # a dummy stands for a thread that something else than Python started, even after its end
        if isinstance(thread, threading._DummyThread) or _is_of_a_pool(thread):
            continue
        thread.join(PATIENCE)
        if thread.is_alive():
            left.append(thread.name)
    for process in multiprocessing.active_children():
        process.join(PATIENCE)
        if process.is_alive():
            left.append(f"process {process.name}")
            process.kill()
    if left:
        pytest.fail(f"left running: {', '.join(sorted(left))}", pytrace=False)


# ---------------------------------------------------------------- Qt


class _Startable(Protocol):
    def start(self, *arguments: Any) -> None: ...


_timers: WeakSet[QTimer] = WeakSet()
_threads: WeakSet[QThread] = WeakSet()


def _note_starts(kind: type[_Startable], started: WeakSet[Any]) -> None:
    """Keep every object of a class of Qt whose `start` is called from Python."""
    start: Callable[..., None] = kind.start

    def noted_start(self: _Startable, *arguments: Any) -> None:
        started.add(self)
        start(self, *arguments)

    kind.start = noted_start  # type: ignore[method-assign]


_note_starts(QTimer, _timers)
_note_starts(QThread, _threads)


def _running() -> dict[str, set[Any]]:
    return {
        "active timer": {t for t in _timers if shiboken6.isValid(t) and t.isActive()},
        "running QThread": {t for t in _threads if shiboken6.isValid(t) and t.isRunning()},
        "window": {w for w in QApplication.topLevelWidgets() if _is_a_window(w)},
    }


def _is_a_window(widget: QWidget) -> bool:
    return widget.isVisible() or isinstance(widget, QMainWindow | QDialog)


def _named(thing: Any) -> str:
    parent = thing.parent()
    owner = f" of {type(parent).__name__}" if parent is not None else ""
    return f"{type(thing).__name__} {thing.objectName()!r}{owner}"


@pytest.fixture(autouse=True)
def nothing_of_qt_left() -> Iterator[None]:
    """Fail the test that leaves a window, an active timer or a running QThread."""
    if QApplication.instance() is None:
        before: dict[str, set[Any]] = {}
    else:
        before = _running()
    yield
    if QApplication.instance() is None:
        return
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    if any(things - before.get(kind, set()) for kind, things in _running().items()):
        gc.collect()  # what only a cycle of references keeps is not left over
    left = [
        f"{kind} {_named(thing)}"
        for kind, things in _running().items()
        for thing in things - before.get(kind, set())
    ]
    if left:
        for widget in _running()["window"] - before.get("window", set()):
            widget.hide()  # the tests that follow are not to blame
            widget.deleteLater()
        pytest.fail(f"left over: {'; '.join(sorted(left))}", pytrace=False)


# ---------------------------------------------------------------- log records

# TensorFlow warns when a process traces often, as one that tests many models does. It warns twice
# of each function and is silent then, so the tests before decide which test meets a warning.
TRACES_OFTEN = r"tensorflow: \d+ out of the last \d+ calls to .* triggered tf\.function retracing"


@pytest.fixture(autouse=True)
def no_unexpected_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the test that logs from WARNING up, unless `expects_log` names it; and the reverse."""
    expected = [str(mark.args[0]) for mark in request.node.iter_markers("expects_log")]
    records: list[str] = []
    make = logging.getLogRecordFactory()

    def noting(*arguments: Any, **keywords: Any) -> logging.LogRecord:
        record = make(*arguments, **keywords)
        if record.levelno >= logging.WARNING:
            records.append(f"{record.levelname} {record.name}: {record.getMessage()}")
        return record

    logging.setLogRecordFactory(noting)
    yield
    logging.setLogRecordFactory(make)
    known = (TRACES_OFTEN, *expected)
    surprises = [r for r in records if not any(re.search(pattern, r) for pattern in known)]
    if surprises:
        pytest.fail("logged unexpectedly:\n  " + "\n  ".join(surprises), pytrace=False)
    silent = [p for p in expected if not any(re.search(p, record) for record in records)]
    if silent:
        pytest.fail(f"did not log what it was to log: {', '.join(silent)}", pytrace=False)
