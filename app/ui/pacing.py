"""Doing what follows a training now and then, not at every epoch."""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


class Pacing(QObject):
    """Does `work` when asked: at once, or when the rest after the last time is over; once for all
    who asked in between.

    The rest is `least_ms`, or longer where the work takes long, with all that is laid out and
    painted because of it, so that it has no more than `share` of the time of the window's thread.
    What follows later, when an answer has come, is said by `count`.
    """

    def __init__(
        self,
        work: Callable[[], None],
        least_ms: int,
        share: float = 1.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._least = least_ms / 1000
        self._share = share
        self._rests = False
        self._began = 0.0
        self._spent = 0.0
        self._counts_from: float | None = None
        self._waiting = _single(self, self._waited)
        self._settling = _single(self, self._settled)

    def ask(self) -> None:
        """The work is to be done soon."""
        if not self._waiting.isActive():
            self._waited()

    def wake(self) -> None:
        """There is nothing to rest from any more, and nothing left to be done."""
        self._waiting.stop()
        self._rests = False

    @property
    def waiting(self) -> bool:
        """Whether something is to be done when the rest is over."""
        return self._waiting.isActive()

    def count(self) -> None:
        """What is done from here to the end of this turn of the event loop, painting included,
        belongs to the work.
        """
        if self._counts_from is None:
            self._counts_from = time.thread_time()
            self._settling.start(0)

    def _waited(self) -> None:
        if self._rests and self._left() > 0:
            self._waiting.start(max(1, round(1000 * self._left())))
            return
        self._rests = True
        self._spent, self._began = 0.0, time.monotonic()
        self.count()
        self._work()

    def _left(self) -> float:
        """Seconds of rest; what is spent is not known before it is all painted."""
        rest = max(self._least, self._spent / self._share)
        left = self._began + rest - time.monotonic()
        return left if self._counts_from is None else max(left, 0.001)

    def _settled(self) -> None:
        if self._counts_from is not None:
            self._spent += time.thread_time() - self._counts_from
            self._counts_from = None


def _single(parent: QObject, slot: Callable[[], None]) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.timeout.connect(slot)
    return timer
