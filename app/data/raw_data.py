"""A source once it is read: every sample, before split and preprocessing."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.core.data_findings import DataFinding
from app.core.data_summary import LeftOut, Task
from app.data.samples import Samples

TRAINING, VALIDATION, TEST, ANY = 0, 1, 2, -1
"""Numbers of the parts in `RawData.parts`."""
PART_NAMES = ("training", "validation", "test")
"""By these numbers."""

Missing = Literal["drop", "mean", "median", "most_frequent", "category"]


@dataclass(frozen=True)
class Column:
    """One column of the source.

    Attributes:
        categories: its texts in order; empty for a column of numbers.
        missing: what becomes of a gap: its row is left out, or it is filled with a value found in
            the training part, or (in a column of categories) it is a category of its own.
        day_first: where its numbers were dates in texts, whether the day came before the month.
        grouped: where its numbers had marks between their thousands, their decimal mark.
    """

    name: str
    categories: tuple[str, ...] = ()
    missing: Missing = "drop"
    day_first: bool | None = None
    grouped: str | None = None


@dataclass(frozen=True)
class RawData:
    """All samples of a source, in source order; read-only.

    Attributes:
        title: for the status bar.
        task: what kind of target there is.
        x: tables: (samples, columns) float64, in a column of categories the position in
            `Column.categories`, not a number where nothing is known; pictures: (samples, height,
            width, channels) float32, or on disk.
        y: (samples,) int32 class numbers, or (samples, targets) float32.
        columns: of a table, or empty for pictures.
        class_names: in the order of the class numbers; empty for regression.
        target_names: names of the targets, or the one name of the class column.
        maximum: the largest value that a feature can take (16 for the digits, 255 for bytes), or
            None when unknown.
        notes: remarks in full sentences.
        weights: (samples,) float32, how often each sample counts in the loss; None: once.
        times: (samples,) float64 by which samples are put into order; None: they are in order.
        parts: (samples,) int8, the part that the source itself gives a sample to: 0 training, 1
            validation, 2 test, -1 any; None: any for all.
        left_out: what of the source could not be used, such as broken pictures.
        row_numbers: (samples,) int64, where each sample stands in the source, to be named in
            messages; None: its position, from 1.
        row_word: what `row_numbers` counts: lines of a text, rows of another table.
        test_file: name of the second file, whose rows are the test part and are counted anew.
        gaps: (name of a column, number of its gaps) of features, targets, weights and times that
            lack any, over all rows that were read: what becomes of gaps changes none of them.
        rows_with_gaps: how many of these rows were left out for gaps that are not filled.
        ignored: names of the columns of the source that are in none of these.
        findings: what is remarkable in how the source is written.
    """

    title: str
    task: Task
    x: Samples
    y: np.ndarray
    columns: tuple[Column, ...]
    class_names: tuple[str, ...]
    target_names: tuple[str, ...]
    maximum: float | None = None
    notes: tuple[str, ...] = ()
    weights: np.ndarray | None = None
    times: np.ndarray | None = None
    parts: np.ndarray | None = None
    left_out: tuple[LeftOut, ...] = ()
    row_numbers: np.ndarray | None = None
    row_word: Literal["line", "row"] = "line"
    test_file: str = ""
    gaps: tuple[tuple[str, int], ...] = ()
    rows_with_gaps: int = 0
    ignored: tuple[str, ...] = ()
    findings: tuple[DataFinding, ...] = ()

    def __post_init__(self) -> None:
        for array in (self.x, self.y, self.weights, self.times, self.parts, self.row_numbers):
            if isinstance(array, np.ndarray):
                array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def rows_read(self) -> int:
        """With those that were left out for gaps."""
        return len(self) + self.rows_with_gaps
