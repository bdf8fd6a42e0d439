"""How far a figure would move with other samples of the same kind: percentile intervals.

The bootstrap of Efron and Tibshirani (An Introduction to the Bootstrap, 1993, chapter 13): as many
samples are drawn with replacement as there are, the figure is computed from them, and that is done
`RESAMPLES` times; the interval reaches from the 2.5th to the 97.5th percentile. The unit that is
drawn is the sample, so that all that belongs to it (its targets, its errors) stays together.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

Stop = Callable[[], bool]

RESAMPLES = 1000
LEVEL = 0.95
SEED = 0
_MOST_DRAWN = 10**8
"""So many samples are drawn at most for one figure: of very many samples fewer resamples are taken,
when an interval is narrow anyway.
"""
_FEWEST = 100
_AT_ONCE = 2**21


@dataclass(frozen=True)
class Figure:
    """A number and its 95 % interval.

    Attributes:
        value: None where it is not defined (a precision where nothing was predicted as the class).
        low, high: None where the interval is not defined, or not computed.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None


def resamples_of(samples: int, figures: int = 1) -> int:
    """How many resamples are taken of so many samples for so many `figures`, each of which needs to
    look at every drawn sample.
    """
    return int(min(RESAMPLES, max(_FEWEST, _MOST_DRAWN // max(1, samples * figures))))


def resampled_sums(values: np.ndarray, stop: Stop, seed: int = SEED) -> np.ndarray | None:
    """The sums of the columns of `values` over each resample; None when stopped.

    Args:
        values: (samples, columns).

    Returns:
        (resamples, columns) float64.
    """
    samples = len(values)
    values = np.asarray(values, np.float64)
    found: list[np.ndarray] = []
    for counts in times_drawn(samples, resamples_of(samples), seed):
        if stop():
            return None
        found.append(counts @ values)
    return np.concatenate(found)


def times_drawn(samples: int, resamples: int, seed: int = SEED) -> Iterator[np.ndarray]:
    """How often each sample was drawn, some resamples at a time: (n, samples) float64."""
    generator = np.random.default_rng(seed)
    done = 0
    while done < resamples:
        count = min(resamples - done, max(1, _AT_ONCE // samples))
        drawn = generator.integers(0, samples, (count, samples), np.int32)
        drawn += np.arange(count, dtype=np.int32)[:, np.newaxis] * np.int32(samples)
        counts = np.bincount(drawn.ravel(), minlength=count * samples)
        yield counts.reshape(count, samples).astype(np.float64)
        done += count


def resampled_tables(table: np.ndarray, seed: int = SEED) -> np.ndarray:
    """What a table of counts is in each resample.

    Samples that stand in the same cell are alike, so the cells of a resample are multinomial.

    Args:
        table: (rows, columns) whole numbers, at least one above 0.

    Returns:
        (resamples, rows, columns) int64.
    """
    samples = int(table.sum())
    cells = table.ravel()
    filled = np.flatnonzero(cells)
    drawn = np.random.default_rng(seed).multinomial(samples, cells[filled] / samples, RESAMPLES)
    found = np.zeros((RESAMPLES, cells.size), np.int64)
    found[:, filled] = drawn
    return found.reshape(RESAMPLES, *table.shape)


def interval(values: np.ndarray) -> tuple[float | None, float | None]:
    """The percentiles of a figure over the resamples; those in which it is not defined (not a
    number) are left out, and of fewer than half no interval is told.
    """
    known = values[np.isfinite(values)]
    if len(known) < max(1, len(values) // 2):
        return None, None
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return float(low), float(high)


def figure(name: str, value: float, resampled: np.ndarray) -> Figure:
    """`value` with the interval of its resampled values; no value where it is not finite."""
    if not np.isfinite(value):
        return Figure(name, None)
    return Figure(name, float(value), *interval(resampled))
