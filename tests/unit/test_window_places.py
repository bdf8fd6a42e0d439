"""Which places of the input a window takes in, against padding written out."""

from itertools import product

import numpy as np
import pytest

from app.diagnostics.window_places import share, sliding, transposed

WINDOWS = [
    (length, size, stride, dilation)
    for length, size, stride, dilation in product((1, 4, 7, 10), (1, 2, 3, 5), (1, 2, 3), (1, 2))
    if stride == 1 or dilation == 1
]


def places_of(length: int, size: int, stride: int, dilation: int, padding: str) -> int:
    """How many places the window takes, by TensorFlow's formulas."""
    span = dilation * (size - 1) + 1
    if padding == "valid":
        return max(0, (length - span) // stride + 1)
    return -(-length // stride)


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_a_window_slides_over_the_padded_input(padding: str) -> None:
    for length, size, stride, dilation in WINDOWS:
        span = dilation * (size - 1) + 1
        count = places_of(length, size, stride, dilation, padding)
        beyond = max(0, (count - 1) * stride + span - length)
        before = {"valid": 0, "same": beyond // 2, "causal": span - 1}[padding]
        row = np.concatenate([[-1] * before, np.arange(length), [-1] * (beyond + span)])
        for place in range(count):
            wanted = row[place * stride : place * stride + span : dilation]
            found = sliding(length, size, stride, dilation, padding, place)
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_transposed_window_is_the_way_back(padding: str) -> None:
    for length, size, stride, dilation in WINDOWS:
        count = places_of(length, size, stride, dilation, padding)
        if count == 0:
            continue
        forward = [sliding(length, size, stride, dilation, padding, i) for i in range(count)]
        for place in range(length):
            back = transposed(count, size, stride, dilation, padding, place, length)
            for weight in range(size):
                reached = [i for i in range(count) if forward[i][weight] == place]
                assert [back[weight]] == (reached or [-1])


def test_windows_that_share_the_input() -> None:
    assert [share(7, 3, place).tolist() for place in range(3)] == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
    assert [share(4, 2, place).tolist() for place in range(2)] == [[0, 1], [2, 3]]
