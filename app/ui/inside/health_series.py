"""The health of all epochs as arrays; it grows with the run instead of being made anew."""

from collections.abc import Callable, Mapping
from itertools import takewhile
from operator import is_
from typing import Any

import numpy as np

from app.core.network import Network, topological_order
from app.training.events import LayerHealth
from app.ui.plots.layer_lines import LayerLines


class HealthSeries:
    """Follows the healths of a run: gradient norms, update ratios and dead units by layer."""

    def __init__(self) -> None:
        self._healths: tuple[LayerHealth, ...] = ()
        self._network: Network | None = None
        self._order: tuple[str, ...] = ()
        self._tables = {
            "gradients": _Table(lambda health: health.gradient_norms),
            "ratios": _Table(lambda health: health.update_ratios),
            "dead": _Table(_dead_shares),
        }

    def follow(self, healths: tuple[LayerHealth, ...], network: Network) -> None:
        """Take over what is new: `healths` holds one an epoch, in their order."""
        order = self._order
        if network is not self._network:
            ordered, circular = topological_order(network)
            self._network = network
            order = tuple(layer.id for layer in (*ordered, *circular))
        if healths is self._healths and order == self._order:
            return
        same = 0
        if order == self._order:
            same = sum(takewhile(bool, map(is_, healths, self._healths)))
        for table in self._tables.values():
            table.follow(healths, same, order)
        self._healths, self._order = healths, order

    @property
    def order(self) -> tuple[str, ...]:
        """All layers, from the input to the output."""
        return self._order

    def gradients(self) -> LayerLines:
        """The L2 norm of the gradient of each layer."""
        return self._tables["gradients"].lines()

    def ratios(self) -> LayerLines:
        """How large the last update of each layer was beside its weights."""
        return self._tables["ratios"].lines()

    def dead_shares(self) -> LayerLines:
        """The share of units that are dead, of each layer that can die."""
        return self._tables["dead"].lines()

    def dead_units(self, layer_id: str) -> tuple[np.ndarray, np.ndarray]:
        """(epochs,) and (units, epochs) bool: which units of a layer are dead."""
        place = 0
        epochs, found = [], []
        for health in self._healths:
            units = health.dead_units
            if place >= len(units) or units[place][0] != layer_id:  # mostly it is where it was
                names = [name for name, _ in units]
                if layer_id not in names:
                    continue
                place = names.index(layer_id)
            epochs.append(health.epoch)
            found.append(units[place][1])
        if not found:
            return np.zeros(0, np.int64), np.zeros((0, 0), np.bool_)
        return np.array(epochs), np.stack(found, axis=1)


def _dead_shares(health: LayerHealth) -> Mapping[str, float]:
    return {name: float(units.mean()) for name, units in health.dead_units if units.size}


class _Table:
    """Numbers by epoch and layer, in an array with room to grow."""

    def __init__(self, read: Callable[[LayerHealth], Mapping[str, Any]]) -> None:
        self._read = read
        self._names: tuple[str, ...] = ()
        self._count = 0
        self._epochs = np.zeros(0, np.int64)
        self._values = np.zeros((0, 0))

    def lines(self) -> LayerLines:
        values = self._values[: self._count].T
        return LayerLines(self._names, self._epochs[: self._count], values)

    def follow(self, healths: tuple[LayerHealth, ...], same: int, order: tuple[str, ...]) -> None:
        """Read `healths` from place `same` on."""
        rows = [self._read(health) for health in healths[same:]]
        known = set(self._names) if same else set()
        known.update(name for row in rows for name in row)
        names = tuple(name for name in order if name in known)
        if names != self._names:
            if same:
                rows = [self._read(health) for health in healths]
            self._names, same = names, 0
            self._values = np.zeros((0, len(names)))
            self._epochs = np.zeros(0, np.int64)
        if len(healths) > len(self._epochs):
            room = max(64, 2 * len(healths))
            self._epochs = np.concatenate([self._epochs[:same], np.zeros(room - same, np.int64)])
            blank = np.full((room - same, len(names)), np.nan)
            self._values = np.concatenate([self._values[:same], blank])
        for place, row in enumerate(rows, start=same):
            self._epochs[place] = healths[place].epoch
            self._values[place] = [_number(row.get(name)) for name in names]
        self._count = len(healths)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else float("nan")
