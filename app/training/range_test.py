"""The learning-rate range test: a few steps with rising rates, as Keras trains them."""

import time
from collections.abc import Sequence

import tensorflow as tf

from app.core.range_test import Divergence, RangeTest
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training.events import RangeTestEnded, RangeTestSteps
from app.training.feed import Feed, block_when
from app.training.pace import Pace
from app.training.traced_model import TracedModel


def run_range_test(
    traced: TracedModel,
    feed: Feed,
    test: RangeTest,
    report: Report,
    control: JobControl,
) -> RangeTestEnded:
    """Do the steps of `test` from the state that `traced` is in, which is another one after it.

    The batches are those of a training: epoch after epoch, each in its order. The loss of a step is
    that of its batch before the update, regularization included. Ends early where the loss has
    left for good.

    Args:
        feed: of the training part.
    """
    rates = test.rates()
    per_epoch = feed.steps
    watch, pace = Divergence(), Pace()
    losses: list[float] = []
    while len(losses) < len(rates):
        if control.stopping:
            return _ended("stopped", rates, losses)
        epoch, first = divmod(len(losses), per_epoch)
        begin = epoch * per_epoch
        of_epoch = rates[begin : begin + per_epoch]
        block = block_when(lambda: not control.stopping, feed, epoch + 1, first)
        if block is None:
            return _ended("stopped", rates, losses)
        last = first + pace.steps(min(len(of_epoch), block.last) - first)
        began = time.perf_counter()
        chunk = traced.train(
            block.data,
            block.order,
            tf.constant(of_epoch, tf.float32),
            feed.size,
            first,
            last,
            block.first,
        )
        pace.took(chunk.done - first, time.perf_counter() - began)
        found = chunk.losses.tolist()
        left = next((i for i, loss in enumerate(found) if watch.add(loss)), None)
        if left is not None:
            found = found[: left + 1]
        report(RangeTestSteps(rates[len(losses) : len(losses) + len(found)], tuple(found)))
        losses += found
        if left is not None or not chunk.finite:
            return _ended("diverged", rates, losses)
    return _ended("finished", rates, losses)


def _ended(reason: str, rates: Sequence[float], losses: Sequence[float]) -> RangeTestEnded:
    return RangeTestEnded(reason, tuple(rates[: len(losses)]), tuple(losses))  # type: ignore[arg-type]
