"""A source once it is read: every sample, before split and preprocessing."""

from dataclasses import dataclass

import numpy as np

from app.core.data_summary import Task


@dataclass(frozen=True)
class Column:
    """One column of the source. `categories`: its texts in order; empty for a column of numbers."""

    name: str
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawData:
    """All samples of a source, in source order; read-only arrays.

    Attributes:
        title: for the status bar.
        task: what kind of target there is.
        x: tables: (samples, columns) float64, in a column of categories the position in
            `Column.categories`; pictures: (samples, height, width, channels) float32.
        y: (samples,) int32 class numbers, or (samples, targets) float32.
        columns: of a table, or empty for pictures.
        class_names: in the order of the class numbers; empty for regression.
        target_names: names of the targets, or the one name of the class column.
        maximum: the largest value that a feature can take (16 for the digits, 255 for bytes), or
            None when unknown.
        notes: remarks in full sentences.
    """

    title: str
    task: Task
    x: np.ndarray
    y: np.ndarray
    columns: tuple[Column, ...]
    class_names: tuple[str, ...]
    target_names: tuple[str, ...]
    maximum: float | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.x.setflags(write=False)
        self.y.setflags(write=False)

    def __len__(self) -> int:
        return len(self.x)
