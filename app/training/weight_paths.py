"""The weights of a training after its epochs, kept for the loss surface."""

from typing import Any

import numpy as np

from app.diagnostics.loss_surface import WeightPath, flat_values, moving_averages

MOST_EPOCHS = 60
"""So many epochs of a training are kept at most, evenly."""
MOST_BYTES = 32 * 2**20
"""So much memory they may take."""


class PathRecorder:
    """Keeps the weights of `model` after each epoch that it is told of, thinned evenly: every
    second, fourth, eighth one when they become too many. The first and the last are always there.
    """

    def __init__(self, model: Any, most: int = MOST_EPOCHS, budget: int = MOST_BYTES) -> None:
        self._trained = list(model.trainable_variables)
        self._moving = moving_averages(model)
        size = 4 * sum(int(np.prod(v.shape)) for v in (*self._trained, *self._moving))
        self._most = min(most, budget // max(1, size))
        self._stride = 1
        self._kept: list[tuple[int, np.ndarray, np.ndarray]] = []
        self._last: tuple[int, np.ndarray, np.ndarray] | None = None

    def note(self, epoch: int) -> None:
        """The model has its weights after `epoch` (0: before the first)."""
        self._last = (epoch, flat_values(self._trained), flat_values(self._moving))
        if epoch % self._stride == 0:
            self._kept.append(self._last)
        while len(self._kept) > max(2, self._most - 1):
            self._stride *= 2
            self._kept = [entry for entry in self._kept if entry[0] % self._stride == 0]

    def path(self) -> WeightPath:
        """What was kept so far; at least one epoch was noted."""
        assert self._last is not None
        kept = [entry for entry in self._kept if entry[0] < self._last[0]]
        return path_of([*kept, self._last], complete=self._most > 2)


def path_of(kept: list[tuple[int, np.ndarray, np.ndarray]], *, complete: bool = True) -> WeightPath:
    """A path through epochs, each with its weights and moving averages."""
    weights = np.stack([entry[1] for entry in kept])
    moving = np.stack([entry[2] for entry in kept])
    weights.setflags(write=False)
    moving.setflags(write=False)
    return WeightPath(tuple(entry[0] for entry in kept), weights, moving, complete)
