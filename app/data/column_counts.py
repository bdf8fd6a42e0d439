"""How many values of each column are missing, and how many are different."""

from dataclasses import dataclass

import numpy as np

from app.data.progress import Stop, never
from app.data.raw_data import RawData
from app.data.samples import in_memory, is_streamed


@dataclass(frozen=True)
class ColumnGaps:
    """(name, missing values) of each column of a table that lacks any. Where rows are left out for
    gaps all rows of the source count, else those that are used.
    """

    gaps: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ColumnDistincts:
    """(name, different values) of each feature and target, over the samples that are used."""

    distincts: tuple[tuple[str, int], ...]


def gaps_of(raw: RawData) -> ColumnGaps:
    """Count what is missing; nothing for pictures."""
    gaps = dict(raw.gaps)
    if not is_streamed(raw.x):
        for place, column in enumerate(raw.columns):
            if column.missing != "drop":
                count = int(np.count_nonzero(np.isnan(in_memory(raw.x)[:, place])))
                if count:
                    gaps[column.name] = count
    return ColumnGaps(tuple(gaps.items()))


def distincts_of(raw: RawData, stop: Stop = never) -> ColumnDistincts | None:
    """Count different values, about a tenth of a second for a million; None when `stop()` was true.
    Empty for pictures.
    """
    if is_streamed(raw.x) or not raw.columns:
        return ColumnDistincts(())
    targets = raw.y.reshape(len(raw.y), -1)
    found = [
        (name, len(np.unique(targets[:, place]))) for place, name in enumerate(raw.target_names)
    ]
    for place, column in enumerate(raw.columns):
        if stop():
            return None
        values = in_memory(raw.x)[:, place]
        found.append((column.name, len(np.unique(values[~np.isnan(values)]))))
    return ColumnDistincts(tuple(found))
