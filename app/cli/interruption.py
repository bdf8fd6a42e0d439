"""Ctrl+C as a wish to stop, not as an accident."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from app.jobs.control import JobControl

EXIT_INTERRUPTED = 130
"""What a shell reports of a program that ended by Ctrl+C: 128 + SIGINT."""

_SAID = b"\nStopping; what is trained will be kept. Ctrl+C once more leaves at once.\n"


@contextmanager
def interrupts_stop(control: JobControl, said: bytes = _SAID) -> Iterator[None]:
    """Within it the first Ctrl+C stops the job of `control`; the next raises KeyboardInterrupt.

    Args:
        said: on a terminal at the first one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread alone
        return

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if control.stopping:
            raise KeyboardInterrupt
        control.stop()
        if sys.stderr is not None and sys.stderr.isatty():
            # Not through the stream: it may be in the middle of a write.
            os.write(sys.stderr.fileno(), said)

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)
