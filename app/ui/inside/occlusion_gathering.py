"""An occlusion that comes in pieces: what is known of it so far. No Qt."""

import numpy as np

from app.diagnostics.occlusion import OcclusionPiece, drop_map

SAME = 1e-6
"""Answers of an unchanged network differ by no more."""
SLIGHT = 0.01
"""A smaller change of a probability is none worth a colour."""


class Gathering:
    """The pieces of one map, in their order.

    Attributes:
        mixed: whether the network learned on meanwhile, so that pieces are of different epochs.
    """

    def __init__(self) -> None:
        self._pieces: list[OcclusionPiece] = []
        self.mixed = False

    def add(self, piece: OcclusionPiece) -> None:
        """Take the next piece; one that is none is left out."""
        if piece.start != self.next:
            return
        if self._pieces and abs(piece.whole - self._pieces[0].whole) > SAME:
            self.mixed = True
        self._pieces.append(piece)

    @property
    def next(self) -> int:
        """The place that is to be asked about next."""
        return sum(len(piece.drops) for piece in self._pieces)

    @property
    def total(self) -> int:
        return self._pieces[0].total if self._pieces else 0

    @property
    def done(self) -> bool:
        return bool(self._pieces) and self.next >= self.total

    @property
    def share(self) -> float:
        """How much is known, from 0 to 1."""
        return self.next / self.total if self._pieces else 0.0

    @property
    def latest(self) -> OcclusionPiece | None:
        return self._pieces[-1] if self._pieces else None

    @property
    def least(self) -> float:
        """So far the scale goes at least: of a probability to `SLIGHT`, of the output of a
        regression to that part of it.
        """
        if not self._pieces:
            return 0.0
        first = self._pieces[0]
        return SLIGHT if first.verdicts.classes is not None else SLIGHT * abs(first.whole)

    @property
    def slight(self) -> bool:
        """Whether all is known, and no place that is covered changes the answer by `least`."""
        return self.done and float(np.abs(self.drops()).max()) < self.least

    @property
    def stays(self) -> bool:
        """Whether besides the network decides for the class whatever is covered."""
        first = self._pieces[0] if self.slight else None
        if first is None or first.verdicts.classes is None:
            return False
        surely = first.whole - float(self.drops().max()) > 0.5  # no other class can have more
        return surely and int(first.verdicts.classes) == first.target

    def drops(self) -> np.ndarray:
        """(next,) of all places so far."""
        return np.concatenate([piece.drops for piece in self._pieces])

    def values(self) -> np.ndarray:
        """(height, width), not a number where nothing is known yet; of a row (columns,)."""
        first = self._pieces[0]
        if first.raw.ndim == 1:
            values = np.full(first.total, np.nan)
            values[: self.next] = self.drops()
            return values
        height, width = first.raw.shape[:2]
        places = np.concatenate([piece.places for piece in self._pieces])
        return drop_map((height, width), places, first.patch, self.drops())
