"""Test steps over a whole part of the data, in portions that leave time to listen."""

from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from app.training.batches import Batches
from app.training.feed import Arrays, Block, Feed, MemoryFeed, feed_of
from app.training.pace import Pace
from app.training.traced_model import TestedChunk, TracedModel


def tested(
    traced: TracedModel, feed: Feed, pace: Pace, awaited: Callable[[int], Block | None]
) -> TestedChunk | None:
    """The metrics over all samples of `feed`, and what was active.

    Args:
        awaited: gives the block that holds a step, looked up before each portion; None ends the
            test, without a result.
    """
    done = 0
    active: dict[str, np.ndarray] = {}
    metrics: dict[str, float] = {}
    while done < feed.steps:
        block = awaited(done)
        if block is None:
            return None
        steps = pace.steps(block.last - done)
        with pace.timed(steps):
            chunk = traced.test(block.data, feed.size, done, done + steps, block.first)
        done += steps
        metrics = chunk.metrics
        active = {n: found | active.get(n, found) for n, found in chunk.active.items()}
    return TestedChunk(metrics, active)


def in_order_of(arrays: Arrays, size: int, memory: int, training: Feed | None = None) -> Feed:
    """Gives the samples of `arrays` in their own order, `size` a step.

    Args:
        memory: bytes that samples on disk may take.
        training: a feed of the same arrays, whose tensors can serve.
    """
    batches = Batches(size, shuffle=False)
    if isinstance(training, MemoryFeed):
        return MemoryFeed(training.data, batches)
    return feed_of(arrays, batches, memory)


def inputs_of(feed: Feed) -> Iterator[tf.Tensor]:
    """The x of each step of a feed that keeps the order of its samples."""
    for step in range(feed.steps):
        block = feed.block(1, step)
        assert block is not None  # without a timeout it waits
        first = (step - block.first) * feed.size
        yield block.data[0][first : first + feed.size]
