"""A number for each sample by which equal samples are found without comparing all with all."""

import numpy as np

from app.data.moments import block_step, in_blocks
from app.data.progress import Stop, never
from app.data.samples import Samples

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio, as in SplitMix64
_HALF = np.uint64(32)


def keys_of(block: np.ndarray) -> np.ndarray:
    """(samples,) uint64 of samples (samples, ...): equal for equal ones, and for different ones as
    good as never. Of a million samples two would share one by chance in 1 of 37 million tables.
    """
    flat = block.reshape(len(block), -1)
    if flat.dtype.kind == "f":
        flat = flat + flat.dtype.type(0)  # makes -0 to 0
    missing = -flat.shape[1] * flat.dtype.itemsize % 8 // flat.dtype.itemsize
    if missing:
        flat = np.pad(flat, ((0, 0), (0, missing)))
    words = np.array(flat, order="C").view(np.uint64)
    factors = np.random.default_rng(0).integers(0, 2**63, words.shape[1], np.uint64) * np.uint64(2)
    words *= _MIX
    words ^= words >> _HALF
    words *= factors + np.uint64(1)
    words ^= words >> _HALF
    words *= _MIX
    return np.asarray(words.sum(axis=1, dtype=np.uint64))


def keys_of_rows(samples: Samples, rows: np.ndarray, stop: Stop = never) -> np.ndarray:
    """Those of the `rows` of `samples`, (n,) uint64.

    Raises:
        LoadingStopped: `stop()` was true.
        DataError: a sample can no longer be read.
    """
    found = in_blocks(
        lambda place: keys_of(samples[rows[place]]), len(rows), block_step(samples), stop
    )
    return np.concatenate([np.empty(0, np.uint64), *found])


def also_in(keys: np.ndarray, others: np.ndarray) -> int:
    """How many of `keys` are among `others`."""
    if not len(keys) or not len(others):
        return 0
    ordered, wanted = np.sort(others), np.sort(keys)  # in order, both are walked through once
    places = np.searchsorted(ordered, wanted)
    places[places == len(ordered)] = 0
    return int(np.count_nonzero(ordered[places] == wanted))
