"""A function in a process of its own: results, errors, and limits that hold."""

import importlib
import multiprocessing
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.jobs.process_runner import (
    ChildDiedError,
    ChildError,
    ChildStoppedError,
    ChildTimeoutError,
    ProcessLimits,
    run_in_process,
)

ROOT = Path(__file__).parents[2]
LIMITS = ProcessLimits(seconds=30.0, memory_bytes=256 * 2**20)


@pytest.fixture(scope="module", autouse=True)
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The functions that the children run, in a module that a spawned process can import."""
    folder = tmp_path_factory.mktemp("modules")
    (folder / "child_work.py").write_text(WORK, encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield
    sys.path.remove(str(folder))
    sys.modules.pop("child_work", None)


WORK = """
import os, signal, sys, threading

def add(a, b):
    return a + b

def where():
    return os.getpid(), sorted(sys.modules)

def fail(text):
    raise ValueError(text)

def big(size):
    return bytes(size)

def allocate(size):
    return len(bytearray(size))

def hang():
    threading.Event().wait()

def spin(path):
    open(path, "w").write(str(os.getpid()))
    while True:
        pass

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def leave():
    os._exit(3)

def unpicklable():
    return lambda: None

class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(a)

def odd():
    raise Odd(1, 2)
"""


def _function(name: str) -> Callable[..., Any]:
    return getattr(importlib.import_module("child_work"), name)  # type: ignore[no-any-return]


def test_a_result_comes_back_from_a_process_that_holds_neither_qt_nor_tensorflow() -> None:
    assert run_in_process(_function("add"), 2, 3, limits=LIMITS) == 5
    pid, modules = run_in_process(_function("where"), limits=LIMITS)
    assert pid != os.getpid()
    for name in ("tensorflow", "keras", "PySide6", "app.core", "numpy"):
        assert name not in modules
    assert len(run_in_process(_function("big"), 3_000_000, limits=LIMITS)) == 3_000_000
    assert multiprocessing.active_children() == []


def test_an_error_comes_back_with_its_traceback() -> None:
    with pytest.raises(ValueError, match="out of range") as told:
        run_in_process(_function("fail"), "out of range", limits=LIMITS)
    assert "in fail" in told.value.__notes__[0]


@pytest.mark.parametrize("name", ["unpicklable", "odd"])
def test_what_cannot_be_sent_is_told(name: str) -> None:
    with pytest.raises(ChildError, match="cannot be"):
        run_in_process(_function(name), limits=LIMITS)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is held on Linux")
def test_the_limit_of_memory_holds_in_the_child_alone() -> None:
    assert run_in_process(_function("allocate"), 100 * 2**20, limits=LIMITS) == 100 * 2**20
    with pytest.raises(MemoryError):
        run_in_process(_function("allocate"), 300 * 2**20, limits=LIMITS)
    assert len(bytearray(300 * 2**20)) == 300 * 2**20


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("name", ["hang", "spin"])
def test_a_child_that_does_not_end_is_killed(name: str, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    arguments = (str(note),) if name == "spin" else ()
    start = time.monotonic()
    with pytest.raises(ChildTimeoutError, match="no result after 1"):
        run_in_process(_function(name), *arguments, limits=ProcessLimits(seconds=1.0))
    assert time.monotonic() - start < 3.0
    assert multiprocessing.active_children() == []
    if name == "spin" and os.name == "posix" and note.exists():
        assert not _is_alive(int(note.read_text()))


def test_the_starter_may_stop_it(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    start = time.monotonic()
    with pytest.raises(ChildStoppedError):
        run_in_process(_function("spin"), str(note), limits=LIMITS, stopping=note.exists)
    assert time.monotonic() - start < 10.0
    assert multiprocessing.active_children() == []


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_child_that_dies_is_told() -> None:
    with pytest.raises(ChildDiedError, match="SIGKILL"):
        run_in_process(_function("die"), limits=LIMITS)
    with pytest.raises(ChildDiedError, match="exit code 3"):
        run_in_process(_function("leave"), limits=LIMITS)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the parent's death")
def test_a_child_ends_even_when_its_starter_was_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    starter = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "from app.jobs.process_runner import ProcessLimits, run_in_process\n"
        "import child_work\n"
        "run_in_process(child_work.spin, sys.argv[3], limits=ProcessLimits(seconds=1.0),"
        " stopping=lambda: __import__('os').path.exists(sys.argv[3]) and __import__('os')._exit(9))"
    )
    folder = str(Path(importlib.import_module("child_work").__file__ or "").parent)
    done = subprocess.run(
        [sys.executable, "-c", starter, str(ROOT), folder, str(note)], check=False, timeout=30
    )
    assert done.returncode == 9
    try:
        orphan = os.pidfd_open(int(note.read_text()))
    except ProcessLookupError:  # it has ended already
        return
    assert select.select([orphan], [], [], 10.0)[0] == [orphan]
    os.close(orphan)
