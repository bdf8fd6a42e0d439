"""All values of a training at once, read so fast that it can be done after every epoch."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.training.model_state import StateVariables, values_of

_SMALL = 16_384
"""Variables of so many bytes are faster copied together than handed over one by one."""


class Layout:
    """How the values of variables lie in fewer arrays: small ones of one type together, in front,
    then the large ones.
    """

    def __init__(self, variables: Sequence[Any]) -> None:
        self.shapes = [tuple(variable.shape) for variable in variables]
        together: dict[str, list[int]] = {}
        self.large: list[int] = []
        for place, variable in enumerate(variables):
            dtype = np.dtype(variable.value.dtype.as_numpy_dtype)
            if math.prod(variable.shape) * dtype.itemsize <= _SMALL:
                together.setdefault(dtype.name, []).append(place)
            else:
                self.large.append(place)
        self.packs = list(together.values())


@dataclass(frozen=True)
class Packed:
    """The values of some variables; `arrays` are read-only."""

    layout: Layout
    arrays: tuple[np.ndarray, ...]

    def values(self) -> list[np.ndarray]:
        """One array a variable, in their order; read-only, nothing is copied."""
        layout, packs = self.layout, len(self.layout.packs)
        found: list[Any] = [None] * len(layout.shapes)
        for places, pack in zip(layout.packs, self.arrays, strict=False):
            first = 0
            for place in places:
                last = first + math.prod(layout.shapes[place])
                found[place] = pack[first:last].reshape(layout.shapes[place])
                first = last
        for place, array in zip(layout.large, self.arrays[packs:], strict=True):
            found[place] = array
        return found


@dataclass(frozen=True)
class Reading:
    """The values of `StateVariables` that last from epoch to epoch."""

    weights: Packed
    seeds: Packed
    optimizer: Packed


def packed(variables: Sequence[Any], values: Sequence[np.ndarray]) -> Packed:
    """`values` of these variables, in the form in which they are read."""
    layout = Layout(variables)
    packs = [np.concatenate([values[p].ravel() for p in places]) for places in layout.packs]
    arrays = [*packs, *(np.array(values[place]) for place in layout.large)]
    return Packed(layout, tuple(map(_read_only, arrays)))


class StateReader:
    """Reads weights, seeds and the state of the optimizer; traced at the first reading.

    Args:
        one_device: whether the variables live on one device.
    """

    def __init__(self, state: StateVariables, *, one_device: bool = True) -> None:
        self._groups = (state.weights, state.seeds, state.optimizer)
        self._layouts = [Layout(group) for group in self._groups]
        self._one_device = one_device
        self._call: Callable[[], Any] | None = None

    def read(self) -> Reading:
        """The values as they are now. The memory of a large one is shared with the variable until
        that changes, and with what was read before if it has not changed since.
        """
        if self._call is None:
            self._call = self._traced() if self._one_device else self._apart
        groups = zip(self._layouts, self._call(), strict=True)
        return Reading(*(Packed(layout, tuple(map(_read_only, found))) for layout, found in groups))

    def _traced(self) -> Callable[[], Any]:
        import tensorflow as tf

        def values(variables: Sequence[Any], layout: Layout) -> list[Any]:
            found = [variable.value.read_value() for variable in variables]
            packs = [
                tf.concat([tf.reshape(found[place], [-1]) for place in places], axis=0)
                for places in layout.packs
            ]
            return [*packs, *(tf.identity(found[place]) for place in layout.large)]

        def read() -> Any:
            with tf.device("CPU:0"):
                return [*map(values, self._groups, self._layouts)]

        call: Callable[[], Any] = tf.function(read, autograph=False).get_concrete_function()
        return call

    def _apart(self) -> Any:
        return [packed(group, values_of(group)).arrays for group in self._groups]


def _read_only(tensor: Any) -> np.ndarray:
    array = np.asarray(tensor)
    array.flags.writeable = False
    return array
