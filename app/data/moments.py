"""Mean, deviation, smallest and largest value of each feature, in one pass over blocks of samples.

Blocks are joined by the formulas of Chan, Golub and LeVeque (1979), "Updating formulae and a
pairwise algorithm for computing sample variances", equation 1.5: nothing is lost where the mean is
large beside the deviation.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from app.data.errors import LoadingStopped
from app.data.progress import LoadingProgress, Stop, Tell, never, silent
from app.data.samples import Samples, is_streamed

BLOCK_VALUES = 2**18
"""Numbers in a block: 2 MiB in 64 bits, which a processor keeps close by."""


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


def blocks(samples: Samples, rows: np.ndarray | None = None) -> Iterator[tuple[slice, np.ndarray]]:
    """`samples`, or the `rows` of them, some at a time: (which of them, (n, ...) these)."""
    count = len(samples) if rows is None else len(rows)
    step = max(1, BLOCK_VALUES // max(1, math.prod(samples.shape[1:])))
    for start in range(0, count, step):
        part = slice(start, min(start + step, count))
        yield part, samples[part if rows is None else rows[part]]


def _nothing(place: slice, block: np.ndarray) -> None:
    """Nobody watches."""


def moments_of(
    samples: Samples,
    rows: np.ndarray | None = None,
    stop: Stop = never,
    tell: Tell = silent,
    what: str = "Measuring samples",
    watch: Callable[[slice, np.ndarray], None] = _nothing,
) -> Moments:
    """Those of `samples`, (n, ..., features), or of some `rows` of them; at least one.

    Args:
        samples: to be measured.
        rows: which of them.
        stop: asked from time to time whether to give up.
        tell: told how far it is when they are read from disk.
        what: is done, for `tell`.
        watch: given each block as it was read, so that it need not be read again.

    Raises:
        LoadingStopped: `stop()` was true.
        DataError: a sample can no longer be read.
    """
    features = samples.shape[-1]
    total = len(samples) if rows is None else len(rows)
    count = 0
    mean, squares = np.zeros(features), np.zeros(features)
    low, high = np.full(features, np.inf), np.full(features, -np.inf)
    for part, block in blocks(samples, rows):
        if stop():
            raise LoadingStopped
        if is_streamed(samples):
            share = part.start / total
            tell(LoadingProgress(f"{what}, {part.start:,} of {total:,}", share))
        watch(part, block)
        values = block.reshape(-1, features).astype(np.float64)
        new = len(values)
        low, high = np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))
        block_mean = values.mean(axis=0)
        values -= block_mean
        rest = values.sum(axis=0)  # what rounding left of the mean
        np.square(values, out=values)
        block_squares = values.sum(axis=0) - rest**2 / new
        away = block_mean + rest / new - mean
        count += new
        mean = mean + away * (new / count)
        squares = squares + block_squares + away**2 * ((count - new) * new / count)
    return Moments(count, mean, np.maximum(squares, 0.0) / max(count, 1), low, high)
