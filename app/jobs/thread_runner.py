"""One thread that does jobs in turn."""

import logging
import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from app.jobs.control import JobControl

logger = logging.getLogger(__name__)

Report = Callable[[object], None]
"""How a job tells of itself: gives an event, a frozen picklable value, and never blocks."""

Job = Callable[[Report, JobControl], object]
"""A plain function. What it returns reaches `JobEnded.result`, what it raises `JobEnded.error`."""


@dataclass(frozen=True)
class JobEvent:
    """An event that a job reported, with the number of its job."""

    number: int
    event: object


@dataclass(frozen=True)
class JobEnded:
    """The last word of a job: its result, or the exception that ended it."""

    number: int
    result: object = None
    error: BaseException | None = None


class ThreadRunner:
    """Runs jobs one after the other in one thread of its own, which starts with the first job.

    `deliver` is called in that thread with every `JobEvent` and `JobEnded`; it must not block.
    """

    def __init__(self, name: str, deliver: Callable[[JobEvent | JobEnded], None]) -> None:
        self._name = name
        self._deliver = deliver
        self._jobs: queue.SimpleQueue[tuple[int, Job, JobControl] | None] = queue.SimpleQueue()
        self._controls: dict[int, JobControl] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._number = 0
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a job runs or waits."""
        with self._lock:
            return bool(self._controls)

    def start(self, job: Job, control: JobControl | None = None) -> tuple[int, JobControl]:
        """Put `job` in line; gives its number and its control. Raises RuntimeError once closed."""
        control = control or JobControl()
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the {self._name} thread is closed; start no more jobs on it")
            self._number += 1
            number = self._number
            self._controls[number] = control
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._jobs.put((number, job, control))
        return number, control

    def close(self, timeout: float | None) -> bool:
        """Stop all jobs and the thread; whether it ended within `timeout` seconds."""
        with self._lock:
            self._closed = True
            for control in self._controls.values():
                control.stop()
            thread = self._thread
        if thread is None:
            return True
        self._jobs.put(None)
        thread.join(timeout)
        return not thread.is_alive()

    def _work(self) -> None:
        while (entry := self._jobs.get()) is not None:
            number, job, control = entry
            ended = self._ended(number, job, control)
            with self._lock:
                del self._controls[number]
            try:
                self._deliver(ended)
            except Exception:
                logger.exception("the end of job %d of %s was not taken", number, self._name)
            # Else this thread would keep what the job worked on until the next one comes.
            del entry, job, control, ended

    def _ended(self, number: int, job: Job, control: JobControl) -> JobEnded:
        """Do the job; its last word."""
        try:
            return JobEnded(
                number, result=job(lambda e: self._deliver(JobEvent(number, e)), control)
            )
        except BaseException as error:
            logger.info("job %d of %s ended with an error", number, self._name, exc_info=True)
            traceback.clear_frames(error.__traceback__)  # they hold what the job worked on
            return JobEnded(number, error=error)
