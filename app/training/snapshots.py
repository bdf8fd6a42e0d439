"""What a training was at the end of its epochs, within a fixed budget of memory: to be looked at,
and to go on from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.training.early_stopping import EarlyStoppingState
from app.training.events import StopReason
from app.training.plateau import PlateauState
from app.training.rates import RateState
from app.training.state_reader import Packed

MIB = 2**20

BUDGET = 256 * MIB
"""Bytes that all snapshots of a run may take."""

MOST = 128
"""So many epochs are kept."""

FEW = 4
"""Rather no state of the optimizer than so few epochs to look at."""


@dataclass(frozen=True)
class Snapshot:
    """The state after `epoch` complete epochs, validation included.

    Attributes:
        weights, seeds, optimizer: the values of `StateVariables`. `optimizer` is None where there
            was no room for it: the weights can be looked at, but no training can go on from here as
            it did, for momentum and the like are lost.
        stopping, plateau, rates: what early stopping, `ReduceLROnPlateau` and the schedule know.
        planned: the last epoch that was planned then.
        over: why the training ended with this epoch, when that was not for being the last, or when
            it was continued after that.
        onward: the weights that it was continued with, where these were others: those of the best
            epoch, or the average of the weights.
    """

    epoch: int
    weights: Packed
    seeds: Packed
    optimizer: Packed | None
    stopping: EarlyStoppingState
    plateau: PlateauState
    rates: RateState
    planned: int
    over: StopReason | None = None
    onward: Packed | None = None

    def arrays(self) -> Iterator[np.ndarray]:
        """All of them, the weights of the best epoch included."""
        yield from self.weights.arrays
        yield from self.seeds.arrays
        if self.optimizer is not None:
            yield from self.optimizer.arrays
        yield from self.stopping.best_weights or ()
        if self.onward is not None:
            yield from self.onward.arrays


class Snapshots:
    """Keeps the first snapshot, the newest, and those between whose epochs are divisible by a
    stride. The stride doubles when there are too many, or when they take too much memory; no clock
    has a say in it.

    Arrays that several share count once. When only `FEW` snapshots fit into the budget, the state
    of the optimizer is left out from then on; see `Snapshot`.

    Args:
        budget: in bytes.
        most: so many epochs at most; at least 2.

    Attributes:
        for_branch: whether the state of the optimizer is kept.
    """

    def __init__(self, budget: int = BUDGET, most: int = MOST) -> None:
        self._budget = budget
        self._most = max(most, 2)
        self._stride = 1
        self._kept: dict[int, Snapshot] = {}
        self._used = _Memory()
        self.for_branch = True

    @property
    def epochs(self) -> tuple[int, ...]:
        """Those that are kept, in their order."""
        return tuple(self._kept)

    @property
    def bytes(self) -> int:
        """What all that is kept takes."""
        return self._used.bytes

    def at(self, epoch: int) -> Snapshot | None:
        """That of `epoch`; None when it is not kept."""
        return self._kept.get(epoch)

    def add(self, snapshot: Snapshot) -> None:
        """Take in that of the newest epoch; those of this epoch and later ones are dropped."""
        self.drop_after(snapshot.epoch - 1)
        if not self._kept:
            self._stride = 1
            self.for_branch = True
        if len(self._kept) > 1:
            self._thin(list(self._kept)[-1:])
        self._keep(snapshot)
        while len(self._kept) > self._most or self._used.bytes > self._budget:
            if self.for_branch and len(self._kept) <= min(FEW, self._most):
                self._drop_optimizer()
            elif len(self._kept) > 2:
                self._stride *= 2
                self._thin(list(self._kept)[1:-1])
            else:
                self._drop(next(iter(self._kept)))

    def drop_after(self, epoch: int) -> None:
        """Forget what came after `epoch`: it is about to be done again."""
        for later in [one for one in reversed(self._kept) if one > epoch]:
            self._drop(later)

    def clear(self) -> None:
        """Forget all: another run begins."""
        self.drop_after(-1)

    def _keep(self, snapshot: Snapshot) -> None:
        if not self.for_branch:
            snapshot = replace(snapshot, optimizer=None)
        self._kept[snapshot.epoch] = snapshot
        self._used.count(snapshot)

    def _drop_optimizer(self) -> None:
        self.for_branch = False
        for snapshot in list(self._kept.values()):
            self._drop(snapshot.epoch)
            self._keep(snapshot)

    def _thin(self, epochs: Sequence[int]) -> None:
        for epoch in epochs:
            if epoch % self._stride:
                self._drop(epoch)

    def _drop(self, epoch: int) -> None:
        self._used.count(self._kept.pop(epoch), -1)


class _Memory:
    """The bytes of arrays of which some share their memory."""

    def __init__(self) -> None:
        self.bytes = 0
        self._users: dict[int, int] = {}

    def count(self, snapshot: Snapshot, by: int = 1) -> None:
        """Its arrays have one user more, or one less."""
        for array in snapshot.arrays():
            while isinstance(array.base, np.ndarray):
                array = array.base
            if not array.nbytes:
                continue
            place = array.__array_interface__["data"][0]
            before = self._users.pop(place, 0)
            now = before + by
            if now:
                self._users[place] = now
            self.bytes += array.nbytes * (bool(now) - bool(before))
