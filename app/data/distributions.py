"""How the features of the training part are distributed before and after preprocessing."""

from dataclasses import dataclass

import numpy as np

from app.data.moments import moments_of
from app.data.prepared import PreparedData

BINS = 40
MOST_FEATURES = 60
MOST_SAMPLES = 20_000
MOST_VALUES = 1_000_000
"""Of pictures and sequences."""
REACH = 4.0
"""Common bins reach so many deviations to both sides of a mean, where values go that far."""


@dataclass(frozen=True)
class Distribution:
    """One feature of the training part: a column, one of sequences, or a channel of pictures.

    Preprocessing maps a straight line onto a straight line: the histogram over the feature's own
    range is the same before and after, and only its edges move.

    Attributes:
        name: of the feature.
        before, after: (mean, standard deviation, minimum, maximum); of a column or of sequences
            over the whole training part, of a channel over the samples measured.
        counts: in `BINS` equal bins from its minimum to its maximum, before as after.
        common_before, common_after: in the bins that all features share, `Distributions.before`
            and `.after`.
        category: whether it is one category of a column of texts: 1 where it is this one, else 0,
            whatever the preprocessing.
    """

    name: str
    before: tuple[float, float, float, float]
    after: tuple[float, float, float, float]
    counts: tuple[int, ...]
    common_before: tuple[int, ...]
    common_after: tuple[int, ...]
    category: bool = False


@dataclass(frozen=True)
class Distributions:
    """Attributes:
    features: the first `MOST_FEATURES`.
    before, after: (`BINS` + 1) edges of the common bins; a value beyond them is counted in the
        first or the last one.
    samples: number of training samples measured, drawn at random with a fixed seed.
    of: number of training samples there are.
    left_out: number of features that are not among `features`.
    """

    features: tuple[Distribution, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    samples: int
    of: int
    left_out: int = 0


def distributions_of(data: PreparedData) -> Distributions:
    """Those of `data`; milliseconds, for pictures some tenths of a second.

    Raises:
        DataError: a picture can no longer be read.
    """
    rows = _some(data)
    raw = data.raw[np.sort(rows)]
    x = data.preprocessing.transform(raw)
    features = raw.shape[-1]
    shown = min(features, MOST_FEATURES)
    before = raw.reshape(-1, features)[:, :shown].astype(np.float64)
    after = x.reshape(-1, features)[:, :shown].astype(np.float64)
    if data.summary.pictures:
        measured_before, measured_after = moments_of(before).tuples(), moments_of(after).tuples()
        names = _channels(features)
    else:
        statistics = data.summary.statistics[:shown]
        measured_before = [entry.before for entry in statistics]
        measured_after = [entry.after for entry in statistics]
        names = tuple(entry.name for entry in statistics)
    edges_before, edges_after = _common(measured_before), _common(measured_after)
    categories = [
        bool(column.categories)
        for column in data.preprocessing.columns
        for _ in column.categories or (None,)
    ] or [False] * features
    return Distributions(
        features=tuple(
            Distribution(
                name=names[place],
                before=measured_before[place],
                after=measured_after[place],
                counts=_counts(before[:, place], _own(measured_before[place])),
                common_before=_counts(before[:, place], edges_before),
                common_after=_counts(after[:, place], edges_after),
                category=categories[place],
            )
            for place in range(shown)
        ),
        before=tuple(edges_before.tolist()),
        after=tuple(edges_after.tolist()),
        samples=len(rows),
        of=len(data.training),
        left_out=features - shown,
    )


def _some(data: PreparedData) -> np.ndarray:
    rows = data.training.rows
    most = MOST_SAMPLES
    if len(data.summary.input_shape) > 1:
        most = min(most, max(1, MOST_VALUES // int(np.prod(data.summary.input_shape))))
    if len(rows) <= most:
        return rows
    return np.random.default_rng(0).choice(rows, most, replace=False)


def _channels(count: int) -> tuple[str, ...]:
    if count == 1:
        return ("gray",)
    return (
        ("red", "green", "blue")
        if count == 3
        else tuple(f"channel {c}" for c in range(1, count + 1))
    )


def _own(measured: tuple[float, float, float, float]) -> np.ndarray:
    low, high = measured[2:]
    return np.linspace(low, high, BINS + 1) if high > low else _around(low)


def _around(value: float) -> np.ndarray:
    half = max(0.5, abs(value) * 1e-3)
    return np.linspace(value - half, value + half, BINS + 1)


def _common(measured: list[tuple[float, float, float, float]]) -> np.ndarray:
    """Edges of bins that hold all features up to `REACH` deviations."""
    low = min(max(least, mean - REACH * deviation) for mean, deviation, least, _ in measured)
    high = max(min(most, mean + REACH * deviation) for mean, deviation, _, most in measured)
    return np.linspace(low, high, BINS + 1) if high > low else _around(low)


def _counts(values: np.ndarray, edges: np.ndarray) -> tuple[int, ...]:
    clipped = np.clip(values, edges[0], edges[-1])
    counts, _ = np.histogram(clipped, bins=BINS, range=(float(edges[0]), float(edges[-1])))
    return tuple(map(int, counts))
