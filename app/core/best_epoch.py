"""Which epoch of a run is marked in its curves, and what may be said of it. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from app.core.metric_catalog import METRICS_BY_NAME
from app.core.run_record import RunRecord

Points = tuple[Sequence[float], Sequence[float]]
"""Epochs, and the finite value of each."""

_WORDS = {"min": "lowest", "max": "highest"}


@dataclass(frozen=True)
class BestMark:
    """The marked epoch.

    Attributes:
        value: of `monitor`; None where it has none.
        monitor: by which it was found: a column of the history.
        kept: whether the model has the weights of this epoch, or will have them when a training
            that goes on ends by itself. Only then it is called the best.
        word: "best", else "lowest" or "highest".
    """

    epoch: int
    value: float | None
    monitor: str
    kept: bool
    word: str


def mode_of(monitor: str) -> str:
    """Whether less or more of `monitor` is better, in the words of Keras: "min", "max", "auto"."""
    if monitor in ("loss", "val_loss"):
        return "min"
    metric = METRICS_BY_NAME.get(monitor.removeprefix("val_"))
    return metric.direction if metric else "auto"


def points_of(record: RunRecord, column: str) -> Points:
    """A column of the history without what is not finite; empty for one that there is not."""
    told = ((row.epoch, row.metrics.get(column)) for row in record.rows)
    known = [
        (float(epoch), float(value))
        for epoch, value in told
        if isinstance(value, (int, float)) and math.isfinite(value)
    ]
    return [epoch for epoch, _ in known], [value for _, value in known]


def best_mark(record: RunRecord, points: Callable[[str], Points] | None = None) -> BestMark | None:
    """What is marked in the curves of `record`; None where nothing chooses an epoch.

    Args:
        points: `points_of` the record, for those who have them at hand.
    """
    points = points or partial(points_of, record)
    if not record.chooses_best or not record.rows:
        return None
    stopping = record.project.training.early_stopping
    monitor = stopping.monitor
    epochs, values = points(monitor)
    if not len(epochs) and not stopping.enabled:  # then Keras's callback watches the loss
        monitor = "val_loss" if record.validated else "loss"
        epochs, values = points(monitor)
    if record.restored or (record.reason is None and stopping.brings_back):
        known = dict(zip(epochs, values, strict=True))
        return BestMark(record.best_epoch, known.get(record.best_epoch), monitor, True, "best")
    mode = mode_of(monitor)
    if mode not in _WORDS or not len(values):
        return None
    # Not `best_epoch`: early stopping overlooks what is better by less than its minimum change.
    value = min(values) if mode == "min" else max(values)
    return BestMark(int(epochs[list(values).index(value)]), value, monitor, False, _WORDS[mode])
