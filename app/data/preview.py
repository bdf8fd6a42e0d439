"""What the data page shows of the data: columns with their histograms, a few samples, pictures."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from app.data.prepared import PreparedData
from app.data.raw_data import RawData
from app.data.sample_places import place_of
from app.data.samples import in_memory

BINS = 12
MOST_COLUMNS = 60
MOST_ROWS = 200
MOST_PICTURES = 120

Beside = Callable[[Sequence[str], np.ndarray], Mapping[str, tuple[str, ...]]]
"""Of columns of the source, by name, their cells in the samples at some positions, as text."""


@dataclass(frozen=True)
class ColumnView:
    """One column of the source over all samples.

    Attributes:
        name: of the column.
        role: "feature", "target" or "ignored"; an ignored one is not counted.
        classes: of a class column its classes, of a column of categories those of the training
            part; empty for numbers.
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
        columns: targets, features, ignored ones; at most `MOST_COLUMNS`. Empty for pictures.
        left_out: number of columns that are not among them.
        rows: positions in the source of the samples shown, drawn at random with a fixed seed.
        cells: (rows, columns) numbers; of a column with classes their numbers, -1 for a category
            that the training part does not hold; not a number in ignored ones; read-only.
        pictures: (n, height, width, channels) of the samples `rows`; empty for tables.
        labels: class number or first target of each of `rows`.
        parts: of each of `rows` the part it belongs to: 0 training, 1 validation, 2 test.
        numbers: of each of `rows` the number under which it stands in its source.
        places: the same in words: "Line 17", "Row 2 of 'test.csv'", "Sample 3".
        beside: of ignored columns, as far as they are at hand, their cells in `rows` as text.
    """

    columns: tuple[ColumnView, ...]
    left_out: int
    rows: np.ndarray
    cells: np.ndarray
    pictures: np.ndarray
    labels: np.ndarray
    parts: np.ndarray
    beside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: tuple[int, ...] = ()
    places: tuple[str, ...] = ()


def preview_of(
    data: PreparedData,
    ignored: tuple[str, ...] = (),
    beside: Beside = lambda names, rows: {},
    source: RawData | None = None,
) -> Preview:
    """The preview of `data`, with `ignored` columns of its source, by name; `beside` tells what
    stands in these, and `source` knows the numbers of its rows.

    Reads arrays only: a few milliseconds, but seconds for millions of rows.
    """
    pictures = data.summary.pictures
    count = min(len(data.raw), MOST_PICTURES if pictures else MOST_ROWS)
    rows = np.random.default_rng(0).choice(len(data.raw), count, replace=False)
    part_of = np.zeros(len(data.raw), np.int8)
    for number, part in enumerate((data.training, data.validation, data.test)):
        part_of[part.rows] = number
    found = [] if pictures else list(islice(_columns(data), MOST_COLUMNS))
    given = () if data.summary.reconstructs else data.summary.target_names
    known = len(given) + len(data.preprocessing.columns)
    shown_ignored = ignored[: MOST_COLUMNS - len(found)] if not pictures else ()
    views = [view for view, _ in found] + [ColumnView(name, "ignored") for name in shown_ignored]
    cells = [values[rows].astype(np.float64) for _, values in found]
    cells += [np.full(count, np.nan) for _ in shown_ignored]
    return Preview(
        columns=tuple(views),
        left_out=0 if pictures else known + len(ignored) - len(views),
        rows=_frozen(rows),
        cells=_frozen(np.column_stack(cells) if cells else np.zeros((count, 0))),
        pictures=_frozen(data.raw[rows] if pictures else np.zeros((0, 1, 1, 1))),
        labels=_frozen(data.targets.reshape(len(data.targets), -1)[rows, 0]),
        parts=_frozen(part_of[rows]),
        beside=beside(shown_ignored, rows) if shown_ignored else {},
        numbers=tuple(_numbers(source, rows)),
        places=tuple(
            f"Sample {row + 1}" if source is None else place_of(source, row)
            for row in rows.tolist()
        ),
    )


def _numbers(source: RawData | None, rows: np.ndarray) -> list[int]:
    numbers = None if source is None else source.row_numbers
    found = rows + 1 if numbers is None else numbers[rows]
    return [int(number) for number in found]


def _columns(data: PreparedData) -> Iterator[tuple[ColumnView, np.ndarray]]:
    """Targets and features as columns of the source, with their values over all samples."""
    summary = data.summary
    targets = data.targets.reshape(len(data.targets), -1)
    for index, name in enumerate(() if summary.reconstructs else summary.target_names):
        values = targets[:, index]
        yield _column(name, "target", values, summary.class_names), values
    place = 0
    for column in data.preprocessing.columns:
        width = len(column.categories) or 1
        block = in_memory(data.raw)[:, place : place + width]
        place += width
        values = block[:, 0]
        if column.categories:
            values = np.where(block.any(axis=1), block.argmax(axis=1), -1)
        yield _column(column.name, "feature", values, column.categories), values


def _column(name: str, role: str, values: np.ndarray, classes: tuple[str, ...]) -> ColumnView:
    if classes:
        known = values[values >= 0].astype(int)
        counts = np.bincount(known, minlength=len(classes))
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
