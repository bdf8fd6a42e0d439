"""The history of a run as arrays that grow: what the learning curves draw. Pure NumPy, no Qt."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.core.run_record import EpochRow

Floats = NDArray[np.float64]


class HistorySeries:
    """Epochs and one column for each name in the history; not-a-number where an epoch has no finite
    value.

    Rows are appended in amortized constant time; an array that was handed out is never changed.
    """

    def __init__(self) -> None:
        self._rows: tuple[EpochRow, ...] = ()
        self._epochs = np.empty(256)
        self._columns: dict[str, Floats] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._columns)

    @property
    def rows(self) -> tuple[EpochRow, ...]:
        return self._rows

    def show(self, rows: Sequence[EpochRow]) -> int:
        """Hold exactly `rows`. What stays the same at the front is kept; returns how many rows are
        new.
        """
        old = len(self._rows)
        same = old <= len(rows) and (old == 0 or rows[old - 1] is self._rows[-1])
        if not (same and (old == 0 or rows[0] is self._rows[0])):
            self._columns = {}
            old = 0
        self._reserve(len(rows))
        for index in range(old, len(rows)):
            self._epochs[index] = rows[index].epoch
            for name, value in rows[index].metrics.items():
                column = self._columns.get(name)
                if column is None:
                    column = self._columns[name] = np.full(len(self._epochs), np.nan)
                if isinstance(value, (int, float)) and math.isfinite(value):
                    column[index] = value
        self._rows = tuple(rows)
        return len(rows) - old

    def _reserve(self, count: int) -> None:
        if count <= len(self._epochs):
            return
        size = max(count, 2 * len(self._epochs))
        grown = np.empty(size)
        grown[: len(self._epochs)] = self._epochs
        self._epochs = grown
        for name, column in self._columns.items():
            longer = np.full(size, np.nan)
            longer[: len(column)] = column
            self._columns[name] = longer

    def column(self, name: str) -> tuple[Floats, Floats]:
        """Epochs and values of `name`, finite ones only; two empty arrays when there is no such
        name.
        """
        column = self._columns.get(name)
        if column is None:
            return np.empty(0), np.empty(0)
        values = column[: len(self._rows)]
        finite = np.isfinite(values)
        return self._epochs[: len(self._rows)][finite], values[finite]

    def value(self, name: str, epoch: int) -> float | None:
        """The value of `name` at `epoch`; None when there is none, or none that is finite."""
        epochs, values = self.column(name)
        index = int(np.searchsorted(epochs, epoch))
        if index < len(epochs) and epochs[index] == epoch:
            return float(values[index])
        return None


def smoothed(values: Floats, weight: float) -> Floats:
    """Exponential moving average without the bias of its start (Kingma and Ba 2015, section 3).

    Args:
        weight: share of what came before, from 0 (nothing changes) to below 1.
    """
    if weight <= 0 or len(values) == 0:
        return values
    result = np.empty_like(values)
    average, seen = 0.0, 0.0
    for index, value in enumerate(values.tolist()):
        average = weight * average + (1 - weight) * value
        seen = weight * seen + (1 - weight)
        result[index] = average / seen
    return result


def peaks(x: Floats, y: Floats, bins: int) -> tuple[Floats, Floats]:
    """At most four points in each of `bins` stretches, so that every extreme stays in the picture.

    They are the first, the smallest, the largest and the last value of the stretch, in the order of
        x: a line drawn
    through them looks like the line through all points when a stretch is no wider than a pixel.
    """
    if len(x) <= 4 * bins:
        return x, y
    edges = np.linspace(0, len(x), bins + 1).astype(int)
    starts = edges[:-1]
    picks = [starts, edges[1:] - 1]
    for reduce in (np.minimum, np.maximum):
        extremes = reduce.reduceat(y, starts)
        hits = np.repeat(extremes, np.diff(edges)) == y
        indices = np.flatnonzero(hits)
        # The first hit of each stretch.
        which = np.searchsorted(edges, indices, side="right") - 1
        _, first = np.unique(which, return_index=True)
        picks.append(indices[first])
    chosen = np.unique(np.concatenate(picks))
    return x[chosen], y[chosen]
