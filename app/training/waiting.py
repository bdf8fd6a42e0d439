"""Waiting for samples that are read from disk, with an ear for the starter of the training."""

import time

from app.jobs.thread_runner import Report
from app.training.events import ReadingSamples
from app.training.feed import Block, Feed, block_when
from app.training.steering import Steering

WORTH_TELLING_SECONDS = 0.2
"""A wait that takes longer is told."""


class Waiting:
    """Waits for blocks and counts for how long.

    Attributes:
        seconds: that were waited, not counting those in which the training was held.
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def take_seconds(self) -> float:
        """Those since the last call."""
        taken, self.seconds = self.seconds, 0.0
        return taken

    def block(
        self, feed: Feed, step: int, report: Report, steering: Steering, at: tuple[int, int]
    ) -> Block | None:
        """The block that holds `step` of the epoch; None when stopped before it was read.

        Args:
            at: the epoch, and how many of its training steps are done.
        """
        began, held = time.perf_counter(), steering.held_seconds
        told = False

        def waited() -> float:
            return time.perf_counter() - began - (steering.held_seconds - held)

        def going_on() -> bool:
            nonlocal told
            if steering.meanwhile(*at) == "stop":
                return False
            if not told and waited() > WORTH_TELLING_SECONDS:
                told = True
                report(ReadingSamples(*at))
            return True

        block = block_when(going_on, feed, at[0], step)
        self.seconds += waited()
        return block
