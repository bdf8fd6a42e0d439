"""A number of each layer over the epochs, thinned to the pixels there are. Pure NumPy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LayerLines:
    """Attributes:
    names: of the layers, in the order of the network.
    epochs: (epochs,) whole numbers, rising.
    values: (layers, epochs) float64; not-a-number where it is not known.
    """

    names: tuple[str, ...]
    epochs: NDArray[np.int64]
    values: Floats

    @property
    def is_empty(self) -> bool:
        return self.values.size == 0

    def column(self, epoch: float) -> int | None:
        """The place of the known epoch nearest to `epoch`; None when none is known."""
        if len(self.epochs) == 0:
            return None
        right = int(np.searchsorted(self.epochs, epoch))
        around = [n for n in (right - 1, right) if 0 <= n < len(self.epochs)]
        return min(around, key=lambda n: abs(float(self.epochs[n]) - epoch))

    def at(self, epoch: int) -> Floats | None:
        """(layers,) the values of exactly this epoch, or None."""
        place = self.column(epoch)
        if place is None or self.epochs[place] != epoch:
            return None
        return np.asarray(self.values[:, place])


NO_LINES = LayerLines((), np.zeros(0, np.int64), np.zeros((0, 0)))


@dataclass(frozen=True)
class Band:
    """A range of values that is shaded: an edge is a number, or (epochs,) numbers.

    Attributes:
        low: None: from the bottom on.
        words: written into it.
        tone: token of its words; its ground is `ground`.
    """

    low: float | None
    high: float | np.ndarray
    words: str
    tone: str
    ground: str
    opacity: float = 1.0

    @property
    def edges(self) -> tuple[float, ...]:
        """The values that are to be seen on the axis: those of a band between two numbers."""
        if isinstance(self.high, np.ndarray):
            return ()
        return (self.high,) if self.low is None else (self.low, self.high)


def lines_of(
    names: Sequence[str], epochs: Sequence[int], values: Sequence[Sequence[float]]
) -> LayerLines:
    """`values`: for each layer a number for each epoch."""
    table = np.asarray(values, float).reshape(len(names), len(epochs))
    return LayerLines(tuple(names), np.asarray(epochs, np.int64), table)


def thinned(epochs: np.ndarray, values: np.ndarray, pixels: int) -> tuple[Floats, Floats]:
    """At most two points for each pixel across: the least and the largest value of its epochs.

    No peak is lost, and a line of any length costs what its picture is wide.

    Args:
        epochs: (epochs,) rising.
        values: (layers, epochs); not-a-number counts as unknown.
        pixels: width of the plot.

    Returns:
        places (points,) in epochs, and (layers, points).
    """
    count = len(epochs)
    if count <= 2 * max(1, pixels):
        return np.asarray(epochs, float), np.asarray(values, float)
    span = float(epochs[-1] - epochs[0]) or 1.0
    pixel = ((epochs - epochs[0]) / span * (pixels - 1)).astype(np.int64)
    starts = np.flatnonzero(np.r_[True, np.diff(pixel) > 0])
    low = np.fmin.reduceat(values, starts, axis=1)
    high = np.fmax.reduceat(values, starts, axis=1)
    first = epochs[starts].astype(float)
    last = epochs[np.r_[starts[1:] - 1, count - 1]].astype(float)
    places = np.stack([first, last], axis=1).ravel()
    falls = (np.arange(len(starts)) % 2 == 1)[None, :]  # down again in every other pixel
    before, after = np.where(falls, high, low), np.where(falls, low, high)
    return places, np.stack([before, after], axis=2).reshape(len(values), -1)


def pieces(known: np.ndarray) -> list[tuple[int, int]]:
    """(first, behind the last) of each run of True in `known` (n,) bool."""
    edges = np.flatnonzero(np.diff(np.r_[False, known, False].astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def kept_apart(wanted: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Rising places between `top` and `bottom`, `gap` apart, each as near as may be to the one that
    is wanted; they are `wanted` in rising order. There must be room for all.
    """
    placed = list(wanted)
    count = len(placed)
    for number in range(count):
        low = top + gap * number
        if number:
            low = max(low, placed[number - 1] + gap)
        placed[number] = max(placed[number], low)
    for number in range(count - 1, -1, -1):
        high = bottom - gap * (count - 1 - number)
        if number < count - 1:
            high = min(high, placed[number + 1] - gap)
        placed[number] = min(placed[number], high)
    return placed


def some_of(ordered: Sequence[int], most: int, always: Sequence[int]) -> list[int]:
    """At most `most` of `ordered`, evenly spread, those of `always` among them."""
    if len(ordered) <= most:
        return list(ordered)
    kept = [n for n in ordered if n in set(always)][:most]
    rest = [n for n in ordered if n not in set(kept)]
    free = most - len(kept)
    if free > 0:
        kept += [rest[round(place)] for place in np.linspace(0, len(rest) - 1, free)]
    return [n for n in ordered if n in set(kept)]
