"""What the starter of a training says to it, looked at between two chunks."""

import time
from collections import deque
from collections.abc import Callable
from typing import Literal

from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training.events import Paused, ProbeRequest, Resumed

LOOKING_SHARE = 0.05
"""What questions about the model may take of the time of a training."""
LONGEST_WAIT = 0.5
"""So many seconds after an answer the next one is given, whatever they take."""

Order = Literal["go on", "one batch", "stop"]

Answer = Callable[[object, int], object]
"""Gives the event that answers a message in the epoch of that number, or None for no answer."""


class Steering:
    """Holds a paused training, grants single steps, and answers questions, while paused too.

    While it trains, questions about the model wait until they have their share of the time:
    however many views look on, the training stays fast.

    Attributes:
        held_seconds: how long it was held so far.
    """

    def __init__(
        self,
        control: JobControl,
        report: Report,
        answer: Answer,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._control = control
        self._report = report
        self._answer = answer
        self._clock = clock
        self._unit: str | None = None
        self._questions: deque[ProbeRequest] = deque()
        self._free_from = clock()
        """When what the questions took so far is made up for."""
        self.held_seconds = 0.0

    @property
    def stopping(self) -> bool:
        return self._control.stopping

    def before_steps(self, epoch: int, step: int) -> Order:
        """What to do next, with `step` steps of `epoch` (from 1) done. Returns once there is
        something to do.
        """
        if self._unit == "batch" or (self._unit == "epoch" and step == 0):
            self._unit = None
        return self._next(epoch, step)

    def meanwhile(self, epoch: int, step: int) -> Order:
        """The same in the middle of validation, or of a wait: both belong to the step or epoch that
        was granted last.
        """
        return self._next(epoch, step)

    def _next(self, epoch: int, step: int) -> Order:
        self._answer_questions(epoch)
        held_since: float | None = None
        while self._control.paused and not self._control.stopping:
            granted = self._control.take_step()
            if granted is not None:
                self._unit = granted
            if self._unit is not None:
                break
            if held_since is None:
                held_since = time.perf_counter()
                self._report(Paused(epoch, step))
                self._answer_questions(epoch, at_once=True)
            self._control.wait()
            self._answer_questions(epoch, at_once=True)
        if held_since is not None:
            self.held_seconds += time.perf_counter() - held_since
        if self._control.stopping:
            return "stop"
        if not self._control.paused:
            self._unit = None
            if held_since is not None:
                self._report(Resumed(epoch))
        return "one batch" if self._unit == "batch" else "go on"

    def _answer_questions(self, epoch: int, at_once: bool = False) -> None:
        for message in self._control.take_messages():
            if isinstance(message, ProbeRequest):
                self._questions.append(message)
            else:
                self._tell_answer(message, epoch)
        while self._questions and (at_once or self._clock() >= self._free_from):
            if self._control.stopping:  # whoever asked is told that the training has ended
                break
            began = self._clock()
            self._tell_answer(self._questions.popleft(), epoch)
            now = self._clock()
            self._free_from = now + min((now - began) / LOOKING_SHARE, LONGEST_WAIT)

    def _tell_answer(self, message: object, epoch: int) -> None:
        event = self._answer(message, epoch)
        if event is not None:
            self._report(event)
