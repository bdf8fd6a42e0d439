"""Mean, deviation, smallest and largest value of each feature, in one pass over blocks of samples.

Blocks are joined by the formulas of Chan, Golub and LeVeque (1979), "Updating formulae and a
pairwise algorithm for computing sample variances", equation 1.5: nothing is lost where the mean is
large beside the deviation.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from app.data.block_room import BlockReader, BlockRoom
from app.data.errors import LoadingStopped
from app.data.in_turn import in_turn, threads_at_hand
from app.data.progress import LoadingProgress, Stop, Tell, never, silent
from app.data.samples import Samples, is_streamed

BLOCK_VALUES = 2**18
"""Numbers in a block: 2 MiB in 64 bits, which a processor keeps close by."""
FEWEST_IN_THREADS = 4
"""With fewer blocks no thread is started."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Moments:
    """Of each feature (the last axis), over all samples and all other axes.

    Attributes:
        count: how many numbers there are of each feature.
        mean, variance, minimum, maximum: (features,) float64; the variance divides by `count`.
    """

    count: int
    mean: np.ndarray
    variance: np.ndarray
    minimum: np.ndarray
    maximum: np.ndarray

    @property
    def deviation(self) -> np.ndarray:
        """(features,) the standard deviation."""
        return np.asarray(np.sqrt(self.variance))

    @property
    def varies(self) -> np.ndarray:
        """(features,) bool: False where what variance there is may come from rounding alone; the
        bound is that of scikit-learn's StandardScaler.
        """
        tiny = np.finfo(np.float64).eps
        bound = self.count * tiny * self.variance + (self.count * self.mean * tiny) ** 2
        return np.asarray((self.variance > bound) & (self.maximum > self.minimum))

    def tuples(self) -> list[tuple[float, float, float, float]]:
        """(mean, standard deviation, minimum, maximum) of each feature."""
        measured = (self.mean, self.deviation, self.minimum, self.maximum)
        return [
            (float(a), float(b), float(c), float(d)) for a, b, c, d in zip(*measured, strict=True)
        ]

    def pooled(self) -> "Moments":
        """All features as one."""
        mean = self.mean.mean()
        return Moments(
            count=self.count * len(self.mean),
            mean=np.array([mean]),
            variance=np.array([(self.variance + (self.mean - mean) ** 2).mean()]),
            minimum=self.minimum.min(keepdims=True),
            maximum=self.maximum.max(keepdims=True),
        )

    def scaled(self, offset: np.ndarray, scale: np.ndarray) -> "Moments":
        """Those of `(x - offset) / scale`, for positive scales."""
        return Moments(
            count=self.count,
            mean=(self.mean - offset) / scale,
            variance=self.variance / scale**2,
            minimum=(self.minimum - offset) / scale,
            maximum=(self.maximum - offset) / scale,
        )


def block_step(samples: Samples) -> int:
    """How many samples a block holds."""
    return max(1, BLOCK_VALUES // max(1, math.prod(samples.shape[1:])))


def blocks(samples: Samples, rows: np.ndarray | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """`samples`, or the `rows` of them, some at a time: (which of them, (n, ...) these)."""
    count, step = len(samples) if rows is None else len(rows), block_step(samples)
    for start in range(0, count, step):
        place = slice(start, min(start + step, count))
        yield place, samples[place if rows is None else rows[place]]


def in_blocks(
    work: Callable[[slice], Result], count: int, step: int, stop: Stop = never
) -> Iterator[Result]:
    """What `work` makes of each slice of `step` of `count` samples, in order; done in some threads,
    as NumPy and files let others work meanwhile.

    Raises:
        LoadingStopped: `stop()` was true.
    """
    slices = [slice(start, min(start + step, count)) for start in range(0, count, step)]
    threads = threads_at_hand()
    if len(slices) >= FEWEST_IN_THREADS and threads > 1:
        yield from in_turn(iter(slices), work, threads, stop)
        return
    for place in slices:
        if stop():
            raise LoadingStopped
        yield work(place)


def nothing(place: slice, block: np.ndarray) -> None:
    """Nobody watches."""


def moments_of(
    samples: Samples,
    rows: np.ndarray | None = None,
    stop: Stop = never,
    tell: Tell = silent,
    what: str = "Measuring samples",
    watch: Callable[[slice, np.ndarray], None] = nothing,
) -> Moments:
    """Those of `samples`, (n, ..., features), or of some `rows` of them; at least one.

    Args:
        samples: to be measured.
        rows: which of them.
        stop: asked from time to time whether to give up.
        tell: told how far it is when they are read from disk.
        what: is done, for `tell`.
        watch: given each block as it was read, so that it need not be read again; called in
            several threads.

    Raises:
        LoadingStopped: `stop()` was true.
        DataError: a sample can no longer be read.
    """
    features = samples.shape[-1]
    total = len(samples) if rows is None else len(rows)
    step = block_step(samples)

    reader = BlockReader(samples, step)
    room = BlockRoom((step, *samples.shape[1:]))

    def measured(place: slice) -> Moments:
        wanted = place if rows is None else rows[place]
        with reader.block(wanted) as block, room.lent(len(block)) as values:
            watch(place, block)
            values[...] = block
            return of_block(values.reshape(-1, features))

    found: Moments | None = None
    done = 0
    for moments in in_blocks(measured, total, step, stop):
        found = moments if found is None else joined(found, moments)
        done = min(done + step, total)
        if is_streamed(samples):
            tell(LoadingProgress(f"{what}, {done:,} of {total:,}", done / total))
    assert found is not None
    return found


def of_block(values: np.ndarray) -> Moments:
    """Those of (n, features) float64, which are spent; infinite where 64 bits do not hold them."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _of_finite(values)


def _of_finite(values: np.ndarray) -> Moments:
    count = len(values)
    low, high = _down(np.minimum, values), _down(np.maximum, values)
    mean = _down(np.add, values) / count
    values -= mean
    rest = _down(np.add, values)  # what rounding left of the mean
    np.square(values, out=values)
    squares = _down(np.add, values) - rest**2 / count
    return Moments(count, mean + rest / count, np.maximum(squares, 0.0) / count, low, high)


def _down(reduction: np.ufunc, values: np.ndarray) -> np.ndarray:
    """`reduction` over the first axis of (n, features): many rows as one, as NumPy is slow along
    short ones.
    """
    features = values.shape[1]
    rows = max(1, 512 // features)
    whole = len(values) // rows * rows
    folded = (
        reduction.reduce(values[:whole].reshape(-1, rows * features), axis=0) if whole else None
    )
    parts = [values[whole:]] if folded is None else [folded.reshape(rows, features), values[whole:]]
    return np.asarray(reduction.reduce(np.concatenate(parts), axis=0))


def joined(first: Moments, second: Moments) -> Moments:
    """Those of two blocks of the same features together."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _joined_finite(first, second)


def _joined_finite(first: Moments, second: Moments) -> Moments:
    count = first.count + second.count
    away = second.mean - first.mean
    share = second.count / count
    squares = (
        first.variance * first.count
        + second.variance * second.count
        + away**2 * (first.count * share)
    )
    return Moments(
        count,
        first.mean + away * share,
        squares / count,
        np.minimum(first.minimum, second.minimum),
        np.maximum(first.maximum, second.maximum),
    )
