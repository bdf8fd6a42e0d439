"""What the starter of a job may say to it while it runs."""

import threading
from collections import deque


class JobControl:
    """Stop, pause, step and messages for one running job.

    The starter's methods (`stop`, `pause`, `resume`, `step`, `post`) may be called from any thread
    and return at once. The job looks at `stopping` and `paused`, and takes messages and steps,
    between two pieces of work; while paused it calls `wait`.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stopping = False
        self._paused = False
        self._granted: str | None = None
        self._messages: deque[object] = deque()

    # ---- the starter's side
    def stop(self) -> None:
        """Ask the job to end soon; cannot be taken back."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def pause(self) -> None:
        with self._changed:
            self._paused = True
            self._granted = None
            self._changed.notify_all()

    def resume(self) -> None:
        with self._changed:
            self._paused = False
            self._granted = None
            self._changed.notify_all()

    def step(self, unit: str) -> None:
        """Let a paused job do one `unit` of work ("batch" or "epoch") and hold again."""
        with self._changed:
            self._paused = True
            self._granted = unit
            self._changed.notify_all()

    def post(self, message: object) -> None:
        """Put a message into the job's mailbox; it is read between two pieces of work, while
        paused too.
        """
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()

    # ---- the job's side
    @property
    def stopping(self) -> bool:
        return self._stopping

    @property
    def paused(self) -> bool:
        return self._paused

    def take_messages(self) -> tuple[object, ...]:
        """The messages that came since the last call, oldest first."""
        with self._changed:
            taken = tuple(self._messages)
            self._messages.clear()
        return taken

    def take_step(self) -> str | None:
        """The unit of work granted to a paused job, once; None when nothing is granted."""
        with self._changed:
            granted, self._granted = self._granted, None
            return granted

    def wait(self) -> None:
        """Block a paused job until there is something to do: a message, a step, resume or stop."""
        with self._changed:
            self._changed.wait_for(
                lambda: (
                    self._stopping
                    or not self._paused
                    or self._granted is not None
                    or self._messages
                )
            )
