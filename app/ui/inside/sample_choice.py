"""Which sample is looked at."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class SampleChoice:
    """One sample of the data, or one that a person drew or typed.

    Attributes:
        part: "training" or "validation"; "" for one that is not of the data.
        row: its place in the part, from 0; None for one that is not of the data.
        drawn: that one, raw in the shape of a sample (categories encoded), read-only; else None.
    """

    part: str
    row: int | None
    drawn: np.ndarray | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SampleChoice):
            return NotImplemented
        if (self.part, self.row) != (other.part, other.row):
            return False
        if self.drawn is None or other.drawn is None:
            return self.drawn is other.drawn
        return np.array_equal(self.drawn, other.drawn)

    def __hash__(self) -> int:
        return hash((self.part, self.row))
