"""Which features tell most of the target, one by one: of them a slice is shown first."""

import numpy as np

from app.data.prepared import PreparedData
from app.data.samples import in_memory, is_streamed

MOST_LOOKED_AT = 2000
"""Samples of the training part that are looked at; of more, so many evenly."""
FEWEST_VALUES = 5
"""A feature with fewer values makes stripes of the samples, and comes behind all others."""


def telling_order(data: PreparedData, features: tuple[int, ...]) -> tuple[int, ...]:
    """`features` (numbers from 0 of a table's features), the most telling first; as they came where
    they tell alike.

    What one tells is the share of its variance that lies between the classes, or that a line
    through the target explains: the correlation ratio (Fisher 1925) and the squared correlation.
    """
    rows = data.training.rows
    count = len(rows)
    if count == 0 or not features or is_streamed(data.raw):
        return features
    chosen = np.linspace(0, count - 1, min(count, MOST_LOOKED_AT)).round().astype(np.int64)
    x = np.asarray(in_memory(data.raw)[rows[chosen]][:, list(features)], np.float64)
    y = np.asarray(data.training.y)[chosen].reshape(len(chosen), -1)[:, 0]
    told = explained_shares(x, y, classes=data.summary.task != "regression")
    few = np.array([len(np.unique(column)) < FEWEST_VALUES for column in x.T])
    order = np.lexsort((np.arange(len(features)), -np.round(told, 9), few))
    return tuple(features[place] for place in order.tolist())


def explained_shares(x: np.ndarray, y: np.ndarray, *, classes: bool) -> np.ndarray:
    """(features,) from 0 to 1: how much of the variance of each column of `x` (samples, features)
    goes with `y` (samples,); 0 for a column that does not vary or is not finite.
    """
    with np.errstate(all="ignore"):
        centred = x - x.mean(axis=0)
        whole = (centred**2).sum(axis=0)
        if classes:
            groups = (centred[y == value] for value in np.unique(y))
            going = sum(len(group) * group.mean(axis=0) ** 2 for group in groups)
        else:
            target = np.asarray(y, np.float64) - np.mean(y, dtype=np.float64)
            going = (centred * target[:, None]).sum(axis=0) ** 2 / (target**2).sum()
        share = np.asarray(going / whole, np.float64)
    return np.where(np.isfinite(share), np.clip(share, 0.0, 1.0), 0.0)
