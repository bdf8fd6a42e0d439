"""Which places of the input a window takes in, along one axis; pure NumPy.

In every result -1 stands where the window meets no place of the input: outside of it, or, under a
transposed window, between two of its places.
"""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
Padding = Literal["valid", "same", "causal"]


def sliding(length: int, size: int, stride: int, dilation: int, padding: str, place: int) -> Places:
    """(size,) places of the input that the output at `place` is made of.

    Zeros that padding puts in front: none for "valid"; for "same" half, rounded down, of what
    ceil(length / stride) windows reach beyond the input (TensorFlow's rule); for "causal" all of
    them.
    """
    span = dilation * (size - 1) + 1
    before = 0
    if padding == "causal":
        before = span - 1
    elif padding == "same":
        before = max((math.ceil(length / stride) - 1) * stride + span - length, 0) // 2
    found = place * stride - before + dilation * np.arange(size)
    return np.where((found >= 0) & (found < length), found, -1)


def transposed(
    length: int, size: int, stride: int, dilation: int, padding: str, place: int, out_length: int
) -> Places:
    """(size,) place of the input that reaches the output at `place` through each weight.

    It is the way back of a sliding window over `out_length` places: input i reaches output
    i * stride + k * dilation - before through weight k.
    """
    span = dilation * (size - 1) + 1
    before = 0
    if padding == "same":
        before = max((length - 1) * stride + span - out_length, 0) // 2
    reach = place + before - dilation * np.arange(size)
    found = reach // stride
    return np.where((reach % stride == 0) & (found >= 0) & (found < length), found, -1)


def share(length: int, count: int, place: int) -> Places:
    """The places of one of `count` windows that share the input evenly; they may overlap."""
    return np.arange(place * length // count, math.ceil((place + 1) * length / count))
