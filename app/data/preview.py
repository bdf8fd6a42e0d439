"""What the data page shows of the data: columns with their distributions, a few samples,
pictures.
"""

from dataclasses import dataclass

import numpy as np

from app.data.prepared import PreparedData

BINS = 12
MOST_COLUMNS = 60
MOST_ROWS = 200
MOST_PICTURES = 120


@dataclass(frozen=True)
class ColumnView:
    """One column over all samples.

    Attributes:
        name: of the feature or target.
        role: "feature" or "target".
        classes: of a class column, with `counts` samples each; empty for numbers.
        counts: of each class, or of each of `BINS` equal bins from `minimum` to `maximum`.
        mean, deviation: of numbers; the deviation divides by N.
        whole: whether all values are whole numbers.
    """

    name: str
    role: str
    classes: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()
    mean: float = 0.0
    deviation: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0
    whole: bool = False


@dataclass(frozen=True)
class Preview:
    """The data page's content.

    Attributes:
        columns: the target first, then the features; at most `MOST_COLUMNS`. Empty for pictures.
        left_out: number of columns that are not among them.
        rows: positions in the source of the samples shown, drawn at random with a fixed seed.
        cells: (rows, columns) numbers, of a class column the class numbers; read-only.
        pictures: (n, height, width, channels) of the samples `rows`; empty for tables.
        labels: class number or first target of each of `rows`.
        parts: of each of `rows` the part it belongs to: 0 training, 1 validation, 2 test.
    """

    columns: tuple[ColumnView, ...]
    left_out: int
    rows: np.ndarray
    cells: np.ndarray
    pictures: np.ndarray
    labels: np.ndarray
    parts: np.ndarray


def preview_of(data: PreparedData) -> Preview:
    """The preview of `data`; reads arrays only, a few milliseconds."""
    summary = data.summary
    pictures = summary.pictures
    count = min(len(data.raw), MOST_PICTURES if pictures else MOST_ROWS)
    rows = np.random.default_rng(0).choice(len(data.raw), count, replace=False)
    targets = data.targets.reshape(len(data.targets), -1)
    part_of = np.zeros(len(data.raw), np.int8)
    for number, part in enumerate((data.training, data.validation, data.test)):
        part_of[part.rows] = number
    columns: list[ColumnView] = []
    cells: list[np.ndarray] = []
    if not pictures:
        features = data.raw.reshape(len(data.raw), -1)
        for index, name in enumerate(summary.target_names):
            columns.append(_column(name, "target", targets[:, index], summary.class_names))
            cells.append(targets[rows, index])
        for index, name in enumerate(summary.feature_names[: MOST_COLUMNS - len(columns)]):
            columns.append(_column(name, "feature", features[:, index], ()))
            cells.append(features[rows, index])
    total = len(summary.target_names) + len(summary.feature_names)
    return Preview(
        columns=tuple(columns),
        left_out=0 if pictures else total - len(columns),
        rows=_frozen(rows),
        cells=_frozen(np.column_stack(cells) if cells else np.zeros((count, 0))),
        pictures=_frozen(data.raw[rows] if pictures else np.zeros((0, 1, 1, 1))),
        labels=_frozen(targets[rows, 0]),
        parts=_frozen(part_of[rows]),
    )


def _column(name: str, role: str, values: np.ndarray, classes: tuple[str, ...]) -> ColumnView:
    if classes:
        counts = np.bincount(values.astype(int), minlength=len(classes))
        return ColumnView(name, role, classes, tuple(map(int, counts)))
    numbers = values.astype(np.float64)
    low, high = float(numbers.min()), float(numbers.max())
    edges = (low, high) if high > low else (low - 0.5, high + 0.5)
    counts, _ = np.histogram(numbers, bins=BINS, range=edges)
    return ColumnView(
        name,
        role,
        (),
        tuple(map(int, counts)),
        float(numbers.mean()),
        float(numbers.std()),
        low,
        high,
        bool(np.all(numbers == np.rint(numbers))),
    )


def _frozen(array: np.ndarray) -> np.ndarray:
    array = np.ascontiguousarray(array)
    array.setflags(write=False)
    return array
