"""Runs a function in a process of its own, within limits of memory and time."""

import contextlib
import math
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

LOOK_SECONDS = 0.05
"""How often the waiting thread looks whether it should give up."""


@dataclass(frozen=True)
class ProcessLimits:
    """What a child may use.

    Attributes:
        seconds: of time, its start included; then it is killed.
        memory_bytes: of memory on top of what it holds once its modules are imported; None for no
            limit. Held by the operating system where it can (Linux); elsewhere it does not count.
    """

    seconds: float
    memory_bytes: int | None = None


class ChildError(Exception):
    """The child gave no result."""


class ChildTimeoutError(ChildError):
    """The child was not done within its time and was killed."""


class ChildStoppedError(ChildError):
    """The starter wanted the result no more; the child was killed."""


class ChildDiedError(ChildError):
    """The child ended without a word: a crash, or killed by the system."""


def run_in_process(
    function: Callable[..., Any],
    *arguments: Any,
    limits: ProcessLimits,
    stopping: Callable[[], bool] = lambda: False,
) -> Any:
    """What `function(*arguments)` returns, worked out in a spawned process.

    Function, arguments, result and error travel by pickle: the function is one of a module's top
    level. The child is gone when this returns, whatever happened.

    Args:
        stopping: looked at every 0.05 s while the child works; True kills it.

    Raises:
        ChildTimeoutError, ChildStoppedError, ChildDiedError: when there is no result.
        MemoryError: when the child reached its limit of memory and could say so.
        BaseException: what the function raised, with the child's traceback as a note.
    """
    deadline = time.monotonic() + limits.seconds
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, function, arguments, limits), daemon=True)
    try:
        process.start()
        theirs.close()
        _await_word(process, ours, deadline, limits, stopping)
        try:
            worked, result = ours.recv()
        except EOFError:
            process.join(LOOK_SECONDS)
            raise ChildDiedError(_last_words(process)) from None
        except Exception as error:
            raise ChildError(f"what the child sent cannot be read: {error}") from error
    finally:
        ours.close()
        theirs.close()
        if process.pid is not None:
            process.kill()
            process.join()
            process.close()
    if not worked:
        raise result
    return result


def _await_word(
    process: BaseProcess,
    ours: "Connection[Any, Any]",
    deadline: float,
    limits: ProcessLimits,
    stopping: Callable[[], bool],
) -> None:
    """Return when the pipe has something to read or has ended."""
    while True:
        if stopping():
            raise ChildStoppedError("the work was stopped")
        left = deadline - time.monotonic()
        if left <= 0:
            raise ChildTimeoutError(f"no result after {limits.seconds:g} s")
        if wait([ours], min(left, LOOK_SECONDS)):
            return


def _last_words(process: BaseProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return f"the process was ended by {signal.Signals(-code).name}"
    return f"the process ended with exit code {code} and gave no result"


# ---- the child's side


def _work(
    theirs: "Connection[Any, Any]",
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    limits: ProcessLimits,
) -> None:
    # Ctrl-C reaches the whole group of processes; the starter decides what becomes of this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_myself(limits)
    try:
        answer: tuple[bool, Any] = (True, function(*arguments))
    except MemoryError:
        answer = (False, MemoryError("the memory allowed to this work is used up"))
    except BaseException as error:  # noqa: BLE001 - whatever it is, the starter is told
        error.add_note("In the child process: " + traceback.format_exc())
        answer = (False, error)
    try:
        theirs.send(answer)
    except Exception as error:  # noqa: BLE001 - a result or an error that cannot be pickled
        theirs.send((False, ChildError(f"{type(answer[1]).__name__} cannot be sent: {error}")))
    theirs.close()


def _limit_myself(limits: ProcessLimits) -> None:
    """Set limits that hold even when the starter is killed and nobody watches any more."""
    if sys.platform == "win32":
        return
    import resource

    seconds = math.ceil(limits.seconds)
    # The default action of this signal ends the process, in the middle of C code too.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds + 1)
    wanted = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_CPU, seconds + 1)]
    if limits.memory_bytes is not None and sys.platform == "linux":
        wanted.append((resource.RLIMIT_AS, _address_space() + limits.memory_bytes))
    for what, value in wanted:
        _, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (value, value))


def _address_space() -> int:
    """Bytes of this process's address space."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * os.sysconf("SC_PAGE_SIZE")
