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
        self._calls: dict[bool, Callable[[], Any]] = {}

    def small_together(self) -> list[Any]:
        """The small variables in a few tensors, for `read`; in the graph of a function that works
        with them anyway this costs less than a call of its own.
        """
        import tensorflow as tf

        return [
            tf.concat([tf.reshape(group[p].value.read_value(), [-1]) for p in places], axis=0)
            for group, layout in zip(self._groups, self._layouts, strict=True)
            for places in layout.packs
        ]

    def read(self, small: Sequence[Any] | None = None) -> Reading:
        """The values as they are now. The memory of a large one is shared with the variable until
        that changes, and with what was read before if it has not changed since.

        Args:
            small: what `small_together` gave since anything changed.
        """
        if not self._one_device:
            return Reading(*(packed(group, values_of(group)) for group in self._groups))
        if small is None:
            small, large = self._call(True)
        elif any(layout.large for layout in self._layouts):
            large = self._call(False)
        else:
            large = []
        packs, rest = iter(small), iter(large)
        return Reading(
            *(
                Packed(
                    layout,
                    (
                        *(_read_only(next(packs)) for _ in layout.packs),
                        *(_read_only(next(rest)) for _ in layout.large),
                    ),
                )
                for layout in self._layouts
            )
        )

    def _call(self, whole: bool) -> Any:
        import tensorflow as tf

        def large() -> list[Any]:
            with tf.device("CPU:0"):
                return [
                    tf.identity(group[place].value.read_value())
                    for group, layout in zip(self._groups, self._layouts, strict=True)
                    for place in layout.large
                ]

        def read() -> Any:
            return (self.small_together(), large()) if whole else large()

        if whole not in self._calls:
            self._calls[whole] = tf.function(read, autograph=False).get_concrete_function()
        return self._calls[whole]()


def _read_only(tensor: Any) -> np.ndarray:
    array = np.asarray(tensor)
    array.flags.writeable = False
    return array
