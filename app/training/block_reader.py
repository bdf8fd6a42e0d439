"""Reads the samples of coming steps from disk while those before them are trained."""

import math
import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.processors import processors
from app.data.samples import StreamedSamples
from app.training.pace import Pace
from app.training.versions import intra_op_threads

PIECE_SHARE = 0.25
"""A thread reads for this part of a chunk's time before it looks whether it should end."""

_ENDING_SECONDS = 0.05
"""So long a closing waits for the threads; one that hangs on a disk ends when the disk answers."""

_MOST_THREADS = 8

ALIGNMENT = 64
"""In bytes; TensorFlow ends the process over memory that begins elsewhere."""


def reader_threads() -> int:
    """As many as there are processors beside those that TensorFlow computes with."""
    return max(1, min(processors() - intra_op_threads(), _MOST_THREADS))


@dataclass
class _Reading:
    """A block under way: `begun` samples are given to threads, `done` of them are read."""

    rows: np.ndarray
    array: np.ndarray
    begun: int = 0
    done: int = 0
    error: BaseException | None = None

    @property
    def ready(self) -> bool:
        return self.done == len(self.rows) or self.error is not None

    def fail(self, error: BaseException) -> None:
        self.error = self.error or error
        self.begun = len(self.rows)


def _aligned(shape: tuple[int, ...], dtype: "np.dtype[Any]") -> np.ndarray:
    """An empty array that begins where TensorFlow's own do."""
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + ALIGNMENT, np.uint8)
    first = -memory.ctypes.data % ALIGNMENT
    return memory[first : first + size].view(dtype).reshape(shape)


class BlockReader:
    """Gathers the blocks of a plan in order, each by several threads, some ahead of the taker.

    Args:
        samples: on disk.
        plan: the rows of each block, (n,) whole numbers; it is asked as blocks are begun, in any of
            the threads, but never by two at once.
        ahead: blocks that are read, or kept, before they are taken.
    """

    def __init__(self, samples: StreamedSamples, plan: Iterator[np.ndarray], ahead: int) -> None:
        self._samples = samples
        self._ahead = ahead
        self._plan = plan
        self._changed = threading.Condition()
        self._blocks: deque[_Reading] = deque()
        self._over = False
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"reading samples {number}", daemon=True)
            for number in range(reader_threads())
        ]
        for thread in self._threads:
            thread.start()

    def take(self, timeout: float | None) -> np.ndarray | None:
        """The next block, (n, *shape of a sample), contiguous and aligned; None when it is not
        there within `timeout` seconds.

        Raises:
            DataError: a sample could not be read; those of the blocks before could.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._blocks and self._blocks[0].ready, timeout)
            if not (self._blocks and self._blocks[0].ready):
                return None
            error = self._blocks[0].error
            if error is not None:
                raise error
            self._changed.notify_all()
            return self._blocks.popleft().array

    def close(self) -> None:
        """End the threads and drop what was read. Nothing is taken after this."""
        with self._changed:
            self._closed = True
            self._blocks.clear()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(_ENDING_SECONDS / len(self._threads))

    # ---- in the threads
    def _work(self) -> None:
        pace = Pace(PIECE_SHARE)
        while (piece := self._next_piece(pace)) is not None:
            reading, first, last = piece
            try:
                with pace.timed(last - first):
                    reading.array[first:last] = self._samples[reading.rows[first:last]]
            except Exception as error:  # noqa: BLE001 - whatever it is, the taker raises it
                with self._changed:
                    reading.fail(error)
                    self._over = True
                    self._changed.notify_all()
            else:
                with self._changed:
                    reading.done += last - first
                    if reading.ready:
                        self._changed.notify_all()
            del piece, reading  # else a thread that waits would hold a block

    def _next_piece(self, pace: Pace) -> tuple[_Reading, int, int] | None:
        """The samples `first` to `last` of a block to be read next; None at the end."""
        with self._changed:
            while not self._closed:
                reading = next((r for r in self._blocks if r.begun < len(r.rows)), None)
                if reading is None and len(self._blocks) < self._ahead and not self._over:
                    reading = self._begin()
                if reading is not None:
                    first = reading.begun
                    reading.begun += pace.steps(len(reading.rows) - first)
                    return reading, first, reading.begun
                if self._over and not self._blocks:
                    return None
                self._changed.wait()
        return None

    def _begin(self) -> _Reading | None:
        rows = next(self._plan, None)
        if rows is None:
            self._over = True
            return None
        reading = _Reading(rows, np.empty(0))
        self._blocks.append(reading)
        try:
            shape = (len(rows), *self._samples.shape[1:])
            reading.array = _aligned(shape, self._samples.dtype)
        except MemoryError as error:
            reading.fail(error)
            self._over = True
            self._changed.notify_all()
            return None
        return reading
