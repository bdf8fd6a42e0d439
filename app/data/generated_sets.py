"""Points in the plane and on a line, made by formulas: each function gives (x, y) from a seed."""

from collections.abc import Callable
from typing import Any

import numpy as np

Points = tuple[np.ndarray, np.ndarray]


def moons(samples: int, noise: float, seed: int) -> Points:
    """Two interleaving half circles of radius 1 (scikit-learn's `make_moons`)."""
    from sklearn.datasets import make_moons

    points: Points = make_moons(n_samples=samples, noise=noise, random_state=seed)
    return points


def circles(samples: int, noise: float, factor: float, seed: int) -> Points:
    """A circle of radius `factor` inside one of radius 1 (scikit-learn's `make_circles`)."""
    from sklearn.datasets import make_circles

    points: Points = make_circles(n_samples=samples, noise=noise, factor=factor, random_state=seed)
    return points


def xor(samples: int, noise: float, seed: int) -> Points:
    """Uniform from -1 to 1; class 1 where one coordinate alone is positive before the noise."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(-1.0, 1.0, (samples, 2))
    y = (x[:, 0] > 0) != (x[:, 1] > 0)
    return x + generator.normal(0.0, noise, x.shape), y.astype(np.int64)


def spirals(samples: int, noise: float, turns: float, seed: int) -> Points:
    """Two arms, half a turn apart, winding `turns` times around the middle, radius 0.1 to 1."""
    generator = np.random.default_rng(seed)
    y = np.arange(samples) % 2
    along = generator.uniform(0.0, 1.0, samples)
    angle = 2.0 * np.pi * turns * along + np.pi * y
    radius = 0.1 + 0.9 * along
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return x + generator.normal(0.0, noise, x.shape), y


def blobs(samples: int, classes: int, noise: float, seed: int) -> Points:
    """Normal clouds of deviation `noise` around centres placed evenly on a circle of radius 2."""
    generator = np.random.default_rng(seed)
    y = np.arange(samples) % classes
    angle = 2.0 * np.pi * y / classes + np.pi / 2
    centres = 2.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return centres + generator.normal(0.0, noise, centres.shape), y


def sine(samples: int, noise: float, seed: int) -> Points:
    """y = sin(x) + noise for x uniform from -pi to pi."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(-np.pi, np.pi, (samples, 1))
    return x, np.sin(x) + generator.normal(0.0, noise, x.shape)


def plane(samples: int, noise: float, seed: int) -> Points:
    """y = (x1 + x2) / 2 + noise for x1, x2 uniform from -1 to 1."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(-1.0, 1.0, (samples, 2))
    y = x.mean(axis=1, keepdims=True)
    return x, y + generator.normal(0.0, noise, y.shape)


GENERATORS: dict[str, Callable[..., Any]] = {
    "moons": moons,
    "circles": circles,
    "xor": xor,
    "spirals": spirals,
    "blobs": blobs,
    "sine": sine,
    "plane": plane,
}
"""By name in the catalog of data sets; the arguments are the options there."""
