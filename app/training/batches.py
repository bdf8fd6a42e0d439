"""How the samples of an epoch are ordered and cut into steps."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Batches:
    """How an epoch is cut into steps.

    Attributes:
        size: samples in a step; the last step of an epoch may have fewer. All samples: full batch;
            1: stochastic.
        shuffle: whether each epoch has an order of its own, drawn from (seed, epoch); else it is
            that of the arrays.
    """

    size: int
    shuffle: bool = True
    seed: int = 0

    def order(self, epoch: int, samples: int) -> np.ndarray:
        """(samples,) int32, the order of the samples in `epoch` (from 1)."""
        if not self.shuffle:
            return np.arange(samples, dtype=np.int32)
        generator = np.random.default_rng((self.seed, epoch))
        return generator.permutation(samples).astype(np.int32)

    @property
    def test_size(self) -> int:
        """Samples in a step of the validation: as `fit` has it, but neither tiny nor huge."""
        return min(max(self.size, 32), 512)
