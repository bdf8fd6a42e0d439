"""What is kept from block to block: parsers, memory; and blocks that are not what they seem."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.data import block_parsers, text_blocks, text_cells, text_table
from app.data.block_room import BlockReader, BlockRoom
from app.data.errors import DataError
from app.data.splitting import in_order
from app.data.table_frame import NumberCells, TableFrame, TextCells
from app.data.text_table import read_text_table

ROWS = 40
"""Of six bytes; the blocks have 50."""


@contextmanager
def small_blocks() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_table, "_LARGEST_BLOCK", 50)
        patch.setattr(text_table, "BLOCK", 50)
        patch.setattr(text_blocks, "FIRST_BLOCK", 50)
        yield patch


def read(content: bytes, quick: bool = True) -> TableFrame:
    with tempfile.TemporaryDirectory() as folder, small_blocks() as patch:
        path = Path(folder, "t.csv")
        path.write_bytes(content)
        if not quick:
            patch.setattr(text_cells, "can_parse_blocks", lambda: False)
        return read_text_table(str(path), ",", ".", header=False)[0]


def table(ends: bytes = b"\n", **changed: bytes) -> bytes:
    """Rows of numbers; `r12=...` is the twelfth row, with its end."""
    rows = [b"%03d,.5%s" % (row, ends) for row in range(1, ROWS + 1)]
    for name, row in changed.items():
        rows[int(name[1:]) - 1] = row
    return b"".join(rows)


def test_this_pandas_keeps_its_parsers() -> None:
    version = tuple(map(int, pd.__version__.split(".")[:2]))
    assert block_parsers.can_parse_blocks() == (version >= (3, 1))


def test_another_pandas_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = block_parsers.can_parse_blocks.__wrapped__
    with monkeypatch.context() as patch:
        patch.delattr(block_parsers._Parser, "columns")
        assert not tried()
    columns = block_parsers._Parser.columns

    def other_numbers(parser: block_parsers._Parser, content: bytes) -> dict[int, np.ndarray]:
        found = dict(columns(parser, content))
        return {**found, 0: found[0] + 1}

    monkeypatch.setattr(block_parsers._Parser, "columns", other_numbers)
    assert not tried()


CELLS = st.sampled_from(
    ["1", "-2.5", "1e400", "", "NA", "x", " y ", '"a,b"', "3", "0.1", "99999999999999999999", "-0"]
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=4, max_size=40))
def test_with_and_without_kept_parsers_the_table_is_the_same(rows: list[tuple[str, str]]) -> None:
    content = "".join(f"{a},{b}\n" for a, b in rows).encode()
    quick, plain = read(content), read(content, quick=False)
    np.testing.assert_array_equal(quick.lines, plain.lines)
    for one, other in zip(quick.cells, plain.cells, strict=True):
        if isinstance(one, NumberCells) and isinstance(other, NumberCells):
            assert one.values.tobytes() == other.values.tobytes()
            assert (one.gaps, one.infinite) == (other.gaps, other.infinite)
        else:
            assert isinstance(one, TextCells)
            assert isinstance(other, TextCells)
            assert one.texts == other.texts
            np.testing.assert_array_equal(one.places, other.places)


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
def test_lines_are_counted_however_they_end(ends: bytes) -> None:
    np.testing.assert_array_equal(read(table(ends)).lines, np.arange(1, ROWS + 1))


@pytest.mark.parametrize(
    ("row", "lines"),
    [
        (b"030,.5\r", 0),  # a return alone ends a line, too
        (b"030,.5\r\r\n", 1),  # an empty line behind it
        (b"030,.5\n\r\n", 1),
        (b"\n030,.5\n", 1),
        (b"030,.5 \n", 0),
        (b"030,\t.5\n", 0),
        (b'"30",.5\n', 0),
    ],
)
def test_a_late_line_that_ends_otherwise_moves_what_follows(row: bytes, lines: int) -> None:
    found = read(table(r30=row))
    assert len(found) == ROWS
    assert found.lines[-1] == ROWS + lines
    (first, _) = found.cells
    assert isinstance(first, NumberCells)
    np.testing.assert_array_equal(first.values, np.arange(1, ROWS + 1))


@given(st.lists(st.sampled_from([b"", b"\n", b"\n\n", b" \n", b'"1",2\n', b"x,\n"]), max_size=40))
def test_rows_move_to_the_front_where_lines_are_none(before: list[bytes]) -> None:
    """Blocks are read beside each other, to where they stand if each line is a row."""
    blank = [*before, *[b""] * (ROWS - len(before))]
    rows = [b"%d,%d\n" % (row, -row) for row in range(10, 10 + ROWS)]
    wanted: list[list[str]] = []
    lines: list[int] = []
    line = 1
    for odd, row in zip(blank, rows, strict=True):
        for text in (odd + row).decode().splitlines():
            if text.strip():
                wanted.append(text.replace('"', "").split(","))
                lines.append(line)
            line += 1
    found = read(b"".join(odd + row for odd, row in zip(blank, rows, strict=True)))
    np.testing.assert_array_equal(found.lines, lines)
    for place, cells in enumerate(found.cells):
        expected = [row[place] for row in wanted]
        if isinstance(cells, NumberCells):
            known = [float(text) if text else np.nan for text in expected]
            np.testing.assert_array_equal(cells.values, known)
        else:
            assert isinstance(cells, TextCells)
            texts = np.array([*cells.texts, ""], object)[cells.places]
            assert texts.tolist() == expected


def test_more_rows_than_the_beginning_let_expect() -> None:
    """The place for them grows while other blocks are written into the old one."""
    wide = [b"%d.000000000000000000000000000000,1\n" % row for row in range(3)]
    narrow = [b"%d,%d\n" % (row, row % 7) for row in range(3, 3000)]
    (numbers, others) = read(b"".join([*wide, *narrow])).cells
    assert isinstance(numbers, NumberCells)
    assert isinstance(others, NumberCells)
    np.testing.assert_array_equal(numbers.values, np.arange(3000))
    np.testing.assert_array_equal(others.values[3:], np.arange(3, 3000) % 7)


@pytest.mark.parametrize("late", [b"", b"\r"])
@pytest.mark.parametrize(
    ("row", "told"),
    [
        (b"035,.5,7\n", "Line {} of 't.csv' has 3 cells"),
        (b"035\n", "Line {} of 't.csv' has 1 cell"),
        (b"035,\x00.5\n", "holds a NUL byte in line {}"),
        (b"035,.5\x00\n", "holds a NUL byte in line {}"),
        (b"035,.5\x01\n", "holds a control character in line {}"),
        (b"\x02,.5\n", "holds a control character in line {}"),
    ],
)
def test_what_is_wrong_late_is_told_with_its_line(row: bytes, told: str, late: bytes) -> None:
    """Also where a return alone, which counts, comes before."""
    content = table(r20=b"020,.5" + (late or b"\n"), r21=late + b"021,.5\n", r35=row)
    with pytest.raises(DataError) as raised:
        read(content)
    assert told.format(35 + len(late)) in raised.value.happened


@pytest.mark.parametrize(
    "view",
    [
        lambda base: base,
        lambda base: base[:, :-1],
        lambda base: base[:, 2:],
        lambda base: base[:50, 1:5],
        lambda base: base[10:, 1:],
        lambda base: base[::2],
        lambda base: base[:, ::2],
        lambda base: base[:, ::-1],
        lambda base: base[:, 3:4],
        np.asfortranarray,
        lambda base: base.reshape(100, 2, 3),
        lambda base: base.reshape(100, 2, 3)[:, :, 1:],
        lambda base: base.astype(np.uint8),
    ],
)
def test_blocks_hold_the_rows_that_were_asked_for(
    view: Callable[[np.ndarray], np.ndarray],
) -> None:
    samples = view(np.arange(600.0).reshape(100, 6))
    reader = BlockReader(samples, 64)
    for rows in (np.array([3, 0, 3, 41]), np.arange(len(samples))[::-1][:64], slice(5, 9)):
        with reader.block(rows) as block:
            np.testing.assert_array_equal(block, samples[rows])
            assert block.dtype == samples.dtype


def test_memory_is_lent_to_one_at_a_time() -> None:
    room = BlockRoom((4, 2))
    with room.lent(4) as first, room.lent(3) as second:
        assert first.shape == (4, 2)
        assert second.shape == (3, 2)
        assert not np.shares_memory(first, second)
    with room.lent(2) as third:
        assert np.shares_memory(third, first) or np.shares_memory(third, second)


def test_rows_in_order() -> None:
    np.testing.assert_array_equal(in_order(np.array([7, 0, 3]), 9), [0, 3, 7])
