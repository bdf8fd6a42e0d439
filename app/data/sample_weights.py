"""How much each sample counts in the loss."""

import numpy as np

from app.core.data_settings import DataSettings
from app.core.near_names import nearest
from app.core.short_names import quoted, shortened
from app.data.errors import DataError
from app.data.raw_data import RawData
from app.data.sample_places import place_of


def class_weights(settings: DataSettings, raw: RawData, training: np.ndarray) -> tuple[float, ...]:
    """How much each class counts in the training loss; empty where all count once.

    "balanced" is scikit-learn's samples / (classes * samples of the class) over the training part;
    a class that it lacks counts once.

    Args:
        settings: what was chosen.
        raw: the source.
        training: (n,) rows of the training part.

    Raises:
        DataError: a weight is for a class that there is not, or no class counts.
    """
    if settings.class_weighting == "none" or not raw.class_names or settings.learns == "input":
        return ()
    counts = np.bincount(raw.y[training], minlength=len(raw.class_names))
    if settings.class_weighting == "balanced":
        present = counts > 0
        weights = np.ones(len(counts))
        weights[present] = len(training) / (present.sum() * counts[present])
    else:
        for name in settings.class_weights:
            if name not in raw.class_names:
                raise _unknown(name, raw.class_names)
        weights = np.array([_number(settings, name) for name in raw.class_names])
        if not np.any(weights[counts > 0]):
            raise DataError(
                "The weight of each class in the training part is 0.",
                "At least one class must count in the loss.",
                "Give a class a weight above 0.",
            )
    return () if np.all(weights == 1.0) else tuple(float(weight) for weight in weights)


def weights_of(
    raw: RawData, rows: np.ndarray, part: str, of_classes: tuple[float, ...] = ()
) -> np.ndarray | None:
    """(n,) float32: the own weight of each of the `rows`, times that of its class; None where each
    counts once.

    Raises:
        DataError: a weight is negative, infinite or missing, or too large with that of its class,
            or all of them are 0.
    """
    weights = np.ones(len(rows))
    if raw.weights is not None:
        weights = raw.weights[rows].astype(np.float64)
        bad = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
        if len(bad):
            raise DataError(
                f"{place_of(raw, int(rows[bad[0]]))} has the weight {weights[bad[0]]:g}.",
                "A weight is a number from 0 on: how often the sample counts in the loss.",
                "Mend the weight, or leave the sample out.",
            )
        if len(weights) and not weights.any():
            raise DataError(
                f"All samples of the {part} part have the weight 0.",
                "In each part at least one sample must count.",
                "Mend the weights, draw other samples, or give the weights another role.",
            )
    if of_classes:
        weights = weights * np.asarray(of_classes)[raw.y[rows]]
        if weights.max(initial=0.0) > np.finfo(np.float32).max or not weights.any():
            raise DataError(
                f"With the weights of classes, the samples of the {part} part weigh "
                f"{'too much' if weights.any() else 'nothing'}.",
                "At least one sample must count, and weights up to 3.4e38 are possible.",
                "Choose other weights of the classes, or give the weights of the samples another "
                "role.",
            )
    if np.all(weights == 1.0):
        return None
    return np.asarray(weights, np.float32)


def _number(settings: DataSettings, name: str) -> float:
    weight = settings.class_weights.get(name, 1.0)
    assert isinstance(weight, (int, float))
    return float(weight)


def _unknown(name: str, known: tuple[str, ...]) -> DataError:
    near = nearest(name, list(known))
    return DataError(
        f"A weight is set for the class {quoted(name)}, and there is none of this name.",
        f"The classes are: {shortened(', '.join(known), 300)}.",
        f"Did you mean {near[0]}?" if near else "Remove this weight.",
    )
