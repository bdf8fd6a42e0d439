"""Starts jobs on their threads and hands their events to the window's thread, 30 times a second
at most; those of a job that has just begun sooner, so that a short one is answered at once.
"""

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, JobEnded, JobEvent, ThreadRunner

THREADS = ("engine", "data", "files", "search", "journal")
TURN_MS = 33
SOON_MS, SOON_TURNS = 3, 12
"""So often, and so many times, it is looked whether a job that has just begun is over."""
TURN_SECONDS = 0.006
"""When handing on has taken so long, the rest waits for the next turn."""
DELAY_SECONDS = 0.1
"""`delivered` waits no longer than that for such turns."""

OnEvent = Callable[[object], None]
OnEnd = Callable[[object, BaseException | None], None]


class JobCenter(QObject):
    """A thread each for the engine, for data, for files that are opened and saved, for a search
    and for the journal; one timer.

    Worker threads only append to a deque; everything else happens in the window's thread, so no
    signal ever crosses threads. A job whose starter has called `forget` is not heard any more.

    Signals:
        busy_changed(): a job began or ended.
        delivered(): all that had arrived is handed on; what it changed can be shown at once.
        closing(): the threads are about to end; a job that is put in line now is still done.
    """

    busy_changed = Signal()
    delivered = Signal()
    closing = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arrived: deque[tuple[str, JobEvent | JobEnded]] = deque()
        self._listeners: dict[tuple[str, int], tuple[OnEvent, OnEnd]] = {}
        self._running: set[tuple[str, int]] = set()
        self._runners = {name: self._runner(name) for name in THREADS}
        self._timer = QTimer(self)
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self.deliver)
        self._next_turn = QTimer(self)
        self._next_turn.setSingleShot(True)
        self._next_turn.setInterval(0)
        self._next_turn.timeout.connect(self.deliver)
        self._delivered_at = 0.0
        self._soon = 0
        self._closed = False

    def start(
        self,
        thread: str,
        job: Job,
        on_event: OnEvent,
        on_end: OnEnd,
        control: JobControl | None = None,
    ) -> tuple[int, JobControl]:
        """Put `job` in line on one of `THREADS`.

        `on_event(event)` and `on_end(result, error)` are called in the window's thread. Once closed
        nothing is put in line: a field that is left as the window goes may ask for something, and
        nobody is there to hear the answer.
        """
        if self._closed:
            control = control or JobControl()
            control.stop()
            return 0, control
        number, control = self._runners[thread].start(job, control)
        self._listeners[thread, number] = (on_event, on_end)
        self._running.add((thread, number))
        self._soon = SOON_TURNS
        self._timer.start(SOON_MS)
        self.busy_changed.emit()
        return number, control

    def forget(self, thread: str, number: int) -> None:
        """Hear nothing more of a job; it is not stopped by that."""
        self._listeners.pop((thread, number), None)

    def busy(self, thread: str) -> bool:
        return any(name == thread for name, _ in self._running)

    def close(self, timeout: float) -> bool:
        """Stop all jobs; whether all threads ended within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        self.closing.emit()
        self._closed = True
        self._timer.stop()
        self._next_turn.stop()
        self._listeners.clear()
        runners = self._runners.values()
        for runner in runners:
            runner.close(0)  # all hear of it before anyone is waited for
        # A thread that is done with its jobs needs a moment to end.
        ended = [runner.close(max(deadline - time.monotonic(), 0.1)) for runner in runners]
        return all(ended)

    def deliver(self) -> None:
        """Hand on what has arrived; what takes long is spread over several turns of the event
        loop, so that what it changed is painted in between.
        """
        # Qt leaves out a timer whose turn is not over: without this a listener that opens a dialog
        # would hold up all others until it is answered.
        self._soon = max(0, self._soon - 1)
        self._timer.start(SOON_MS if self._soon else TURN_MS)
        began = time.monotonic()
        for _ in range(len(self._arrived)):
            if not self._arrived:
                break  # such a dialog's event loop has handed them on
            self._hand_on(*self._arrived.popleft())
            if time.monotonic() - began > TURN_SECONDS:
                self._next_turn.start()
                if time.monotonic() - self._delivered_at < DELAY_SECONDS:
                    return
                break
        if not self._running and not self._arrived:
            self._timer.stop()
        self._delivered_at = time.monotonic()
        self.delivered.emit()

    def _hand_on(self, thread: str, message: JobEvent | JobEnded) -> None:
        key = (thread, message.number)
        if isinstance(message, JobEnded):
            self._running.discard(key)
            listener = self._listeners.pop(key, None)
            if listener is not None:
                listener[1](message.result, message.error)
            self.busy_changed.emit()
        elif key in self._listeners:
            self._listeners[key][0](message.event)

    def _runner(self, name: str) -> ThreadRunner:
        return ThreadRunner(name, lambda message: self._arrived.append((name, message)))
