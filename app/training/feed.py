"""Where the steps of an epoch get their samples: arrays in memory, or blocks that are read from
disk ahead of the training.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from app.core.number_words import bytes_text, counted
from app.data.samples import Samples, StreamedSamples, is_streamed
from app.training.batches import Batches
from app.training.block_reader import BlockReader
from app.training.errors import TrainingError

MIB = 2**20
DEFAULT_MEMORY = 1024 * MIB

BLOCK_BYTES = 16 * MIB
"""A block is not larger, unless a step is: it takes about as long to train as it takes to read, and
the first one is waited for.
"""
_BLOCK_SHARE = 8
"""A block takes at most this part of the memory set aside: training and validation hold one each,
have two each read ahead, and one is being handed to TensorFlow.
"""
_LEAST_BLOCKS = 6
"""So many blocks must fit when there is but one ahead."""

WAIT_SECONDS = 0.02
"""Who waits for a block looks up this often."""

Arrays = Sequence[Samples]
"""(x, y) or (x, y, sample_weight), one entry a sample in each; only x may be on disk."""


@dataclass(frozen=True)
class Block:
    """Consecutive steps of an epoch, ready to be done.

    Attributes:
        data: (x, y) or (x, y, sample_weight).
        order: (samples,) int32, where in `data` the samples of these steps stand.
        first, last: the steps, counted within the epoch; `last` is not among them.
    """

    data: tuple[tf.Tensor, ...]
    order: tf.Tensor
    first: int
    last: int


class Feed(Protocol):
    """Gives the steps of each epoch their samples, in the order of `Batches`.

    Attributes:
        samples: in an epoch.
        size: samples in a step; the last step of an epoch may have fewer.
        steps: of an epoch.
    """

    samples: int
    size: int
    steps: int

    def block(self, epoch: int, step: int, timeout: float | None = None) -> Block | None:
        """The block that holds `step` (from 0) of `epoch` (from 1); None when it is not there
        within `timeout` seconds.

        Raises:
            DataError: a sample can no longer be read.
        """

    def rest(self) -> None:
        """Read nothing more until a block is asked for again; no thread is left over."""


class MemoryFeed:
    """All samples in one block."""

    def __init__(self, data: Sequence[tf.Tensor], batches: Batches) -> None:
        self.data = tuple(data)
        self.samples = int(self.data[0].shape[0])
        self.size = max(1, min(batches.size, self.samples))
        self.steps = -(-self.samples // self.size)
        self._batches = batches
        self._epoch = 0
        self._block: Block | None = None

    def block(self, epoch: int, step: int, timeout: float | None = None) -> Block:
        if self._block is None or (epoch != self._epoch and self._batches.shuffle):
            order = tf.constant(self._batches.order(epoch, self.samples))
            self._block = Block(self.data, order, 0, self.steps)
            self._epoch = epoch
        return self._block

    def rest(self) -> None:
        """Nothing is under way."""


class StreamedFeed:
    """Blocks of steps whose x is read from disk, ahead of who asks, in the order of the epoch.

    Args:
        memory: bytes that all blocks of a training may take.

    Raises:
        TrainingError: the memory does not suffice for a step.
    """

    def __init__(
        self,
        x: StreamedSamples,
        others: Sequence[np.ndarray],
        batches: Batches,
        memory: int = DEFAULT_MEMORY,
    ) -> None:
        self.samples = len(x)
        self.size = max(1, min(batches.size, self.samples))
        self.steps = -(-self.samples // self.size)
        self._x = x
        self._others = tuple(others)
        self._batches = batches
        step_bytes = self.size * _sample_bytes(x)
        if _LEAST_BLOCKS * step_bytes > memory:
            raise TrainingError(
                f"A step of {counted(self.size, 'sample')} takes {bytes_text(step_bytes)}.",
                f"{_LEAST_BLOCKS} steps must fit into the {bytes_text(memory)} set aside for "
                "samples that are read while the network trains.",
                "Choose a smaller batch size, or set more memory aside on the data page."
                if self.size > 1
                else "Set more memory aside on the data page, or make the pictures smaller.",
            )
        limit = min(memory // _BLOCK_SHARE, BLOCK_BYTES)
        self._steps_a_block = max(1, limit // max(1, step_bytes))
        self._ahead = 2 if _BLOCK_SHARE * step_bytes <= memory else 1
        self._orders: tuple[int, np.ndarray] = (0, np.empty(0, np.int32))
        self._present: tuple[int, Block] | None = None
        self._reader: BlockReader | None = None
        self._coming = (0, 0)

    def block(self, epoch: int, step: int, timeout: float | None = None) -> Block | None:
        asked = self._epoch(epoch)
        if self._present is not None:
            known, block = self._present
            if known == asked and block.first <= step < block.last:
                return block
        if self._reader is None or self._coming != (asked, step):
            self.rest()
            self._coming = (asked, step)
            self._reader = BlockReader(self._x, self._plan(asked, step), self._ahead)
        x = self._reader.take(timeout)
        if x is None:
            return None
        self._present = None  # before the next one takes its place in memory
        last = min(step + self._steps_a_block, self.steps)
        rows = self._order(asked)[step * self.size : last * self.size]
        data = (_lent(x), *tensors([array[rows] for array in self._others]))
        del x
        block = Block(data, tf.range(len(rows), dtype=tf.int32), step, last)
        self._present = (asked, block)
        self._coming = (asked, last) if last < self.steps else (self._epoch(asked + 1), 0)
        return block

    def rest(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None
        self._present = None

    def _epoch(self, epoch: int) -> int:
        """All epochs are the first where they have the same order."""
        return epoch if self._batches.shuffle else 1

    def _plan(self, epoch: int, step: int) -> Iterator[np.ndarray]:
        """The rows of each block from `step` of `epoch` on, without end."""
        batches, samples, size, steps = self._batches, self.samples, self.size, self.steps
        while True:
            order = batches.order(epoch, samples)
            while step < steps:
                yield order[step * size : (step + self._steps_a_block) * size]
                step += self._steps_a_block
            if not batches.shuffle and self._steps_a_block >= steps:
                return  # one block serves all epochs
            epoch, step = epoch + 1, 0

    def _order(self, epoch: int) -> np.ndarray:
        if self._orders[0] != epoch:
            self._orders = (epoch, self._batches.order(epoch, self.samples))
        return self._orders[1]


def feed_of(arrays: Arrays, batches: Batches, memory: int = DEFAULT_MEMORY) -> Feed:
    """Gives the samples of `arrays` in the order of `batches`.

    Args:
        memory: bytes that may be taken by samples that are on disk.

    Raises:
        TrainingError: that does not suffice for a step.
    """
    x, *others = arrays
    if is_streamed(x):
        return StreamedFeed(x, [np.asarray(array) for array in others], batches, memory)
    return MemoryFeed(tensors(arrays), batches)


def step_within(x: Samples, wanted: int, memory: int) -> int:
    """`wanted` samples for a step of which only the sum counts; fewer where those on disk would
    take more than `memory` bytes.
    """
    if not is_streamed(x):
        return wanted
    return max(1, min(wanted, memory // (_LEAST_BLOCKS * max(1, _sample_bytes(x)))))


def _sample_bytes(x: StreamedSamples) -> int:
    return math.prod(x.shape[1:]) * x.dtype.itemsize


def tensors(arrays: Sequence[Any]) -> tuple[tf.Tensor, ...]:
    """The same numbers for TensorFlow."""
    # `tf.constant` takes twenty times as long for arrays with several axes.
    return tuple(tf.convert_to_tensor(array) for array in arrays)


def _lent(array: np.ndarray) -> tf.Tensor:
    """The same memory as a tensor, on the device where others are: a copy would cost as much as
    reading it did.
    """
    return tf.identity(tf.experimental.dlpack.from_dlpack(array.__dlpack__()))


def block_when(going_on: Callable[[], bool], feed: Feed, epoch: int, step: int) -> Block | None:
    """`feed.block(epoch, step)`, waited for as long as `going_on()`; None when it no longer is."""
    while (block := feed.block(epoch, step, WAIT_SECONDS)) is None:
        if not going_on():
            return None
    return block


def largest(x: tf.Tensor) -> float:
    """The largest absolute value in `x`."""
    return float(tf.reduce_max(tf.abs(x)))
