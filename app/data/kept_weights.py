"""The store of kept weights: arrays by the digest of their content.

A project names weights by their keys (`Layer.kept_weights`); the arrays are here. The same arrays
always have the same key, so a key is a check of its arrays too.
"""

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from app.core.network import Network
from app.data.errors import DataError

Arrays = tuple[np.ndarray, ...]
"""The weights of one layer, in the order of `keras.layers.Layer.get_weights`; read-only."""
KeptArrays = Mapping[str, Arrays]
"""The weights of layers by their key."""
NOTHING_KEPT: KeptArrays = MappingProxyType({})
Shapes = tuple[tuple[int, ...], ...]

MOST_ARRAYS = 4096
"""So many one layer may have; a closed box can have many."""
PLAIN_TYPES = {
    np.dtype(name).str: np.dtype(name).newbyteorder("<")
    for name in (
        "float16", "float32", "float64", "bool", "int8", "uint8", "int16", "uint16", "int32",
        "uint32", "int64", "uint64",
    )
}  # fmt: skip
"""By what NumPy calls them in little-endian order."""


def key_of(arrays: Sequence[np.ndarray]) -> str:
    """The key of the arrays of one layer: 32 hexadecimal digits, from shapes, types and bytes."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape};".encode())
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def shapes_of(arrays: Mapping[str, Arrays]) -> dict[str, Shapes]:
    """The shapes of the arrays by key."""
    return {key: tuple(array.shape for array in group) for key, group in arrays.items()}


class KeptWeights:
    """Arrays by their key. What is in it never changes; it may be read from any thread."""

    def __init__(self) -> None:
        self._arrays: dict[str, Arrays] = {}
        self._shapes: dict[str, Shapes] = {}

    @property
    def shapes(self) -> Mapping[str, Shapes]:
        """The shapes of the arrays by key."""
        return self._shapes

    def keep(self, arrays: Sequence[np.ndarray]) -> str:
        """Take a copy of the arrays of one layer; their key.

        Raises:
            DataError: for arrays of anything but plain numbers, or none at all.
        """
        copies = tuple(_frozen(array) for array in arrays)
        if not 0 < len(copies) <= MOST_ARRAYS:
            raise _unsuited(f"{len(copies)} arrays")
        key = key_of(copies)
        self.add({key: copies})
        return key

    def add(self, arrays: Mapping[str, Arrays]) -> None:
        """Take arrays as `of` and `kept_file.from_bytes` give them."""
        self._shapes.update(shapes_of(arrays))
        self._arrays.update(arrays)

    def of(self, network: Network) -> dict[str, Arrays]:
        """The arrays that `network` names, by key; those that are not here are left out."""
        keys = dict.fromkeys(layer.kept_weights for layer in network.layers if layer.kept_weights)
        return {key: self._arrays[key] for key in keys if key in self._arrays}

    def replace(self, arrays: Mapping[str, Arrays]) -> None:
        """Hold these arrays and no others: another project is open."""
        self._arrays, self._shapes = {}, {}
        self.add(arrays)


def _frozen(array: np.ndarray) -> np.ndarray:
    copy = np.array(array, order="C")
    plain = PLAIN_TYPES.get(copy.dtype.newbyteorder("<").str)
    if plain is None:
        raise _unsuited(f"an array of {copy.dtype}")
    copy = copy.astype(plain, copy=False)
    copy.flags.writeable = False
    return copy


def _unsuited(what: str) -> DataError:
    return DataError(
        f"The weights of a layer are {what}.",
        "Arrays of plain numbers can be kept.",
        "Train the network without keeping the weights of this layer.",
    )
