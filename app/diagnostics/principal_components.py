"""Principal components: the directions in which samples spread most."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Components:
    """The first principal components of some samples; float64.

    Attributes:
        centre: (features,), the mean of the samples.
        axes: (components, features), each of length 1 and at right angles to the others; the entry
            that is farthest from 0 is above it, so that equal samples give equal signs. All 0 where
            the samples spread in fewer directions.
        shares: (components,), of the whole variance; 0 when all samples are alike.
    """

    centre: np.ndarray
    axes: np.ndarray
    shares: np.ndarray

    def scores(self, samples: np.ndarray) -> np.ndarray:
        """(samples, components): where samples (samples, features) lie along the axes."""
        return np.asarray((np.asarray(samples, np.float64) - self.centre) @ self.axes.T)


def principal_components(samples: np.ndarray, count: int) -> Components:
    """Work out the first `count` components of `samples` (samples, features), at least one sample.

    They are the right singular vectors of the centred samples, worked out from the smaller of its
    two Gram matrices (Jolliffe, Principal Component Analysis, 2002, section 3.5).
    """
    with one_thread():
        return _principal_components(np.asarray(samples, np.float64), count)


def one_thread() -> AbstractContextManager[Any]:
    """Inside it linear algebra does not spread over several threads: for matrices of this size
    they wait for one another, the longer the more a training needs the processors.
    """
    limited: AbstractContextManager[Any] = _pools().limit(limits=1)
    return limited


@cache
def _pools() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _principal_components(samples: np.ndarray, count: int) -> Components:
    centre = samples.mean(axis=0)
    centred = samples - centre
    whole = float(np.einsum("sf,sf->", centred, centred))
    few = len(samples) < samples.shape[1]
    values, vectors = np.linalg.eigh(centred @ centred.T if few else centred.T @ centred)
    order = slice(None, -count - 1, -1)
    values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
    axes = (centred.T @ vectors).T if few else vectors.T
    # Directions in which nothing but rounding spreads have no meaning.
    real = values > 1e-12 * whole
    lengths = np.sqrt((axes**2).sum(axis=1, keepdims=True))
    axes = np.where(real[:, None], axes / np.where(lengths > 0, lengths, 1.0), 0.0)
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    axes = np.where(largest < 0, -axes, axes)
    missing = count - len(axes)
    axes = np.pad(axes, ((0, missing), (0, 0)))
    shares = np.where(real, values, 0.0) / (whole or 1.0)
    return Components(centre, axes, np.pad(shares, (0, missing)))
