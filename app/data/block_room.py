"""Memory that blocks of samples use one after the other: to be given it anew for each block takes
the system longer than what is computed in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from app.data.samples import Rows, Samples, is_streamed


class BlockRoom:
    """Arrays for blocks of at most `shape[0]` samples, as many as threads work at a time."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype | type = np.float64) -> None:
        self._shape, self._dtype = shape, dtype
        self._free: list[np.ndarray] = []

    @contextmanager
    def lent(self, count: int) -> Iterator[np.ndarray]:
        """(count, ...) that hold anything, until the end of the block."""
        try:
            whole = self._free.pop()
        except IndexError:
            whole = np.empty(self._shape, self._dtype)
        yield whole[:count]
        self._free.append(whole)


class BlockReader:
    """Reads blocks of samples, in several threads at a time.

    Args:
        samples: to be read.
        step: how many samples a block has at most.
    """

    def __init__(self, samples: Samples, step: int) -> None:
        self._samples = samples
        self._whole, self._first = _whole_rows(samples)
        self._width = samples.shape[-1]
        if self._whole is not None:
            self._room = BlockRoom((step, *self._whole.shape[1:]), self._whole.dtype)

    @contextmanager
    def block(self, rows: Rows) -> Iterator[np.ndarray]:
        """(n, ...) these samples, until the end of the block; in nobody's way if changed."""
        if self._whole is None or isinstance(rows, slice):
            yield self._samples[rows]
            return
        with self._room.lent(len(rows)) as taken:
            self._whole.take(rows, axis=0, out=taken, mode="clip")  # else it is copied once more
            yield taken[..., self._first : self._first + self._width]


def _whole_rows(samples: Samples) -> tuple[np.ndarray | None, int]:
    """The array without gaps in memory that holds `samples`, and at which place of its last axis
    they begin: whole rows are taken much quicker than pieces of them. None: there is no such.
    """
    if is_streamed(samples) or not isinstance(samples, np.ndarray):
        return None, 0
    if samples.flags.c_contiguous:
        return samples, 0
    base = samples.base
    if (
        not isinstance(base, np.ndarray)
        or not (samples.ndim == base.ndim == 2 and base.flags.c_contiguous)
        or (samples.dtype, samples.strides) != (base.dtype, base.strides)
        or base.shape[1] > 2 * samples.shape[1]
    ):
        return None, 0
    offset = samples.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    row, first = divmod(offset, base.strides[0])
    first //= base.itemsize
    if row or len(base) < len(samples) or first + samples.shape[1] > base.shape[1]:
        return None, 0
    return base, first
