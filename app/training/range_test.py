"""The learning-rate range test: a few steps with rising rates, as Keras trains them."""

import time
from collections.abc import Sequence

import tensorflow as tf

from app.core.range_test import Divergence, RangeTest
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training.batches import Batches
from app.training.events import RangeTestEnded, RangeTestSteps
from app.training.pace import Pace
from app.training.traced_model import TracedModel


def run_range_test(
    traced: TracedModel,
    data: Sequence[tf.Tensor],
    batches: Batches,
    test: RangeTest,
    report: Report,
    control: JobControl,
) -> RangeTestEnded:
    """Do the steps of `test` from the state that `traced` is in, which is another one after it.

    The batches are those of a training: epoch after epoch, each in its order. The loss of a step is
    that of its batch before the update, regularization included. Ends early where the loss has
    left for good.

    Args:
        data: (x, y) or (x, y, sample_weight), as `TracedModel.train` takes them.
    """
    rates = test.rates()
    samples = int(data[0].shape[0])
    size = max(1, min(batches.size, samples))
    per_epoch = -(-samples // size)
    watch, pace = Divergence(), Pace()
    losses: list[float] = []
    while len(losses) < len(rates):
        if control.stopping:
            return _ended("stopped", rates, losses)
        epoch, first = divmod(len(losses), per_epoch)
        begin = epoch * per_epoch
        of_epoch = rates[begin : begin + per_epoch]
        last = first + pace.steps(len(of_epoch) - first)
        order = tf.constant(batches.order(epoch + 1, samples))
        began = time.perf_counter()
        chunk = traced.train(data, order, tf.constant(of_epoch, tf.float32), size, first, last)
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
