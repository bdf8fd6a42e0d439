"""The batches of CIFAR-10: pickles of Python 2, of which nothing is brought to life.

What a pickle names is never looked up. The three names that such a file needs are answered with
stand-ins that only note what they are given; the array is then made here from its bytes.
"""

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from app.core.short_names import shortened

SIDE = 32
CHANNELS = 3
_ROW = SIDE * SIDE * CHANNELS
_NEEDED = frozenset(
    {("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}
)


class BatchError(Exception):
    """The bytes are no batch of CIFAR-10."""


def read_batch(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """(pictures, labels) of a batch: (n, 32, 32, 3) and (n,), both uint8; labels are 0 to 9.

    Raises:
        BatchError: it is damaged, or something else.
    """
    try:
        found = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except BatchError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a pickle of a stranger can make go wrong
        raise BatchError(f"it cannot be read ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise BatchError("it holds no table of names")
    data, labels = found.get(b"data"), found.get(b"labels")
    pixels = _pixels(data)
    if not isinstance(labels, list) or len(labels) != len(pixels):
        raise BatchError("it does not hold a label for each picture")
    if not all(type(label) is int and 0 <= label < 10 for label in labels):
        raise BatchError("a label is not a number from 0 to 9")
    pictures = pixels.reshape(-1, CHANNELS, SIDE, SIDE).transpose(0, 2, 3, 1)
    return pictures, np.array(labels, np.uint8)


def _pixels(found: object) -> np.ndarray:
    """(n, 3072) uint8 from what the pickle says of its array."""
    match getattr(found, "state", None):
        case (_, (int() as rows, int() as columns), dtype, _, bytes() as content):
            plain = getattr(dtype, "given", (None,))[0] in (b"u1", b"|u1")
            if plain and columns == _ROW and rows >= 0 and rows * columns == len(content):
                return np.frombuffer(content, np.uint8).reshape(rows, columns)
    raise BatchError("it holds no array of pictures of 32×32 pixels")


class _Noted:
    """Stands for an object: what it was made of, and the state it was given."""

    def __init__(self, *given: Any) -> None:
        self.given = given
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


# Not the one in C: that makes room for as many remembered objects as a pickle claims to have.
class _Unpickler(pickle._Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., _Noted]:
        if (module, name) not in _NEEDED:
            raise BatchError(
                f"it names {shortened(module)}.{shortened(name)}, which no batch needs"
            )
        # Not the class itself, on which a pickle could set attributes.
        return lambda *given: _Noted(*given)  # noqa: PLW0108
