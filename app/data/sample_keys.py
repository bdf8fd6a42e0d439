"""A number for each sample by which equal samples are found without comparing all with all."""

import numpy as np

from app.data.block_room import BlockReader
from app.data.moments import block_step, in_blocks
from app.data.progress import Stop, never
from app.data.samples import Samples

_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio, as in SplitMix64
_HALF = np.uint64(32)
_WORDS = 2**14
"""So many at a time stay in the processor's own memory."""


def keys_of(block: np.ndarray) -> np.ndarray:
    """(samples,) uint64 of samples (samples, ...): equal for equal ones, and for different ones as
    good as never. Of a million samples two would share one by chance in 1 of 37 million tables.
    """
    flat = block.reshape(len(block), -1)
    width = -(-flat.shape[1] * flat.dtype.itemsize // 8)
    factors = np.random.default_rng(0).integers(0, 2**63, width, np.uint64) * np.uint64(2)
    factors += np.uint64(1)
    keys = np.empty(len(flat), np.uint64)
    step = max(1, _WORDS // max(1, width))
    for start in range(0, len(flat), step):
        words = _words(flat[start : start + step])
        words *= _MIX
        words ^= words >> _HALF
        words *= factors[:, np.newaxis]
        words ^= words >> _HALF
        words.sum(axis=0, dtype=np.uint64, out=keys[start : start + step])
    keys *= _MIX
    return keys


def _words(flat: np.ndarray) -> np.ndarray:
    """(words of a sample, samples) uint64, of its own, of (samples, numbers)."""
    if flat.dtype == np.float64:
        return np.asarray(np.add(flat.T, 0.0, order="C")).view(np.uint64)  # makes -0 to 0
    if flat.dtype.kind == "f":
        flat = flat + flat.dtype.type(0)
    missing = -flat.shape[1] * flat.dtype.itemsize % 8 // flat.dtype.itemsize
    if missing:
        flat = np.pad(flat, ((0, 0), (0, missing)))
    return np.array(np.ascontiguousarray(flat).view(np.uint64).T, order="C")


def keys_of_rows(samples: Samples, rows: np.ndarray, stop: Stop = never) -> np.ndarray:
    """Those of the `rows` of `samples`, (n,) uint64.

    Raises:
        LoadingStopped: `stop()` was true.
        DataError: a sample can no longer be read.
    """
    keys = np.empty(len(rows), np.uint64)
    step = block_step(samples)
    reader = BlockReader(samples, step)

    def note(place: slice) -> None:
        with reader.block(rows[place]) as block:
            keys[place] = keys_of(block)

    for _ in in_blocks(note, len(rows), step, stop):
        pass
    return keys


def also_in(keys: np.ndarray, others: np.ndarray) -> int:
    """How many of `keys` are among `others`; both are sorted."""
    if not len(keys) or not len(others):
        return 0
    places = np.searchsorted(others, keys)  # in order, both are walked through once
    places[places == len(others)] = 0
    return int(np.count_nonzero(others[places] == keys))
