"""The picture of a plane of two features, or of a line of one: fields, curves and data points. Pure
NumPy.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.ui.tokens import FIELD_LIMIT, sign_image

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PlanePoints:
    """Samples of one part.

    Attributes:
        name: "training" or "validation".
        places: (samples, features) in raw units.
        classes: (samples,) whole numbers, or None for regression.
        targets: (samples,) numbers, or None for classes.
    """

    name: str
    places: np.ndarray
    classes: np.ndarray | None
    targets: np.ndarray | None

    def thinned(self, most: int) -> "PlanePoints":
        """At most `most` of them, evenly spread over the order."""
        count = len(self.places)
        if count <= most:
            return self
        chosen = np.linspace(0, count - 1, most).round().astype(int)

        def pick(array: np.ndarray | None) -> np.ndarray | None:
            return None if array is None else array[chosen]

        return PlanePoints(self.name, self.places[chosen], pick(self.classes), pick(self.targets))


def refined(values: np.ndarray, factor: int) -> Floats:
    """(rows, columns, ...) at the middles of cells, linear between them, with `factor` times as
    many cells each way.

    Beyond the outermost middles the value of the outermost cell goes on.
    """
    result = np.asarray(values, dtype=float)
    for axis in (0, 1):
        count = result.shape[axis]
        if count < 2:
            continue
        middles = (np.arange(count * factor) + 0.5) / factor - 0.5
        middles = np.clip(middles, 0, count - 1)
        low = np.minimum(middles.astype(int), count - 2)
        share = (middles - low).reshape([-1 if a == axis else 1 for a in range(result.ndim)])
        below, above = np.take(result, low, axis), np.take(result, low + 1, axis)
        result = below + share * (above - below)
    return result


def two_class_field(values: np.ndarray) -> NDArray[np.uint8]:
    """Colours of the probability of class 1, (rows, columns): orange to blue, ends at
    +-`FIELD_LIMIT`.
    """
    return sign_image((2 * np.asarray(values, dtype=float) - 1) * FIELD_LIMIT)


def many_class_field(
    values: np.ndarray, inks: NDArray[np.uint8], ground: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Colours of class probabilities (rows, columns, classes).

    Each place has the colour of its most probable class, the fainter on `ground` the nearer the
    class is to chance;
    half the ink at most, so that points stay readable.
    """
    classes = values.argmax(axis=-1)
    chance = 1.0 / values.shape[-1]
    confidence = np.take_along_axis(values, classes[..., None], axis=-1)
    share = FIELD_LIMIT * np.clip((confidence - chance) / (1 - chance), 0.0, 1.0)
    mixed = ground + share * (inks[classes % len(inks)].astype(float) - ground)
    return np.rint(mixed).astype(np.uint8)


def surface_field(values: np.ndarray, low: float, high: float) -> NDArray[np.uint8]:
    """Colours of a fitted surface (rows, columns); the scale runs from `low` to `high`."""
    return sign_image(centred(values, low, high) * FIELD_LIMIT)


def centred(values: np.ndarray, low: float, high: float) -> Floats:
    """`values` moved so that `low` is -1 and `high` is 1."""
    half = (high - low) / 2 or 1.0
    return (np.asarray(values, dtype=float) - (low + high) / 2) / half
