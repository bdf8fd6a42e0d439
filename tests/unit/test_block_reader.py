"""Samples that are read from disk ahead of who takes them."""

import itertools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.data.errors import DataError
from app.data.samples import Rows
from app.training import block_reader
from app.training.block_reader import ALIGNMENT, BlockReader

NUMBERS = np.arange(500 * 3, dtype=np.float32).reshape(500, 3)


class Disk:
    """500 samples of three numbers; `before` is called with the rows of each reading."""

    shape, dtype, digest = NUMBERS.shape, NUMBERS.dtype, ""

    def __init__(self, before: Callable[[Any], None] = lambda _rows: None) -> None:
        self._before = before

    def __len__(self) -> int:
        return len(NUMBERS)

    def __getitem__(self, rows: Rows) -> np.ndarray:
        self._before(rows)
        return NUMBERS[rows]


def plan_of(*blocks: list[int]) -> Iterator[np.ndarray]:
    return iter([np.array(block, np.int32) for block in blocks])


@given(
    st.lists(st.lists(st.integers(0, 499), min_size=1, max_size=60), max_size=8),
    st.integers(1, 3),
    st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
def test_blocks_come_whole_and_in_order(blocks: list[list[int]], ahead: int, threads: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(block_reader, "reader_threads", lambda: threads)
        reader = BlockReader(Disk(), plan_of(*blocks), ahead)
    try:
        for block in blocks:
            taken = reader.take(None)
            assert taken is not None
            np.testing.assert_array_equal(taken, NUMBERS[block])
            assert taken.ctypes.data % ALIGNMENT == 0
            assert taken.flags.c_contiguous
    finally:
        reader.close()


def test_no_more_is_read_than_it_may_be_ahead() -> None:
    begun: list[int] = []
    third = threading.Event()

    def plan() -> Iterator[np.ndarray]:
        for number in itertools.count():
            begun.append(number)
            if number == 2:
                third.set()
            yield np.array([number])

    reader = BlockReader(Disk(), plan(), 2)
    try:
        assert reader.take(None) is not None
        assert third.wait(10)
        assert begun == [0, 1, 2]
    finally:
        reader.close()


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_comes_after_the_blocks_before_it(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(block_reader, "reader_threads", lambda: threads)

    def before(rows: Any) -> None:
        if 77 in rows:
            raise DataError("It is gone.", "It was there.", "Open the data again.")

    reader = BlockReader(Disk(before), plan_of([1, 2], [3], [4, 77, 5], [6]), 2)
    try:
        assert reader.take(None) is not None
        assert reader.take(None) is not None
        for _ in range(2):
            with pytest.raises(DataError, match="It is gone"):
                reader.take(None)
    finally:
        reader.close()


def test_who_waits_gets_nothing_in_time_and_closing_does_not_wait_for_the_disk() -> None:
    gate, inside = threading.Event(), threading.Event()

    def before(_rows: Any) -> None:
        inside.set()
        gate.wait()

    reader = BlockReader(Disk(before), plan_of([1]), 1)
    assert inside.wait(10)
    assert reader.take(0.01) is None
    reader.close()
    gate.set()  # the fixture sees that the threads end now
