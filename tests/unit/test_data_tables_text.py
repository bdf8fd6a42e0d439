"""Text files read in blocks: the cells that Python's csv module and float() find, and no others."""

import csv
import io
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.data import text_blocks, text_table
from app.data.errors import DataError, LoadingStopped
from app.data.progress import LoadingProgress
from app.data.table_frame import MISSING, DateCells, NumberCells, TableFrame, number_of
from app.data.text_table import read_text_table


@contextmanager
def blocks_of(size: int) -> Iterator[None]:
    """Files are read in pieces of so many bytes, in several threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_table, "_LARGEST_BLOCK", size)
        patch.setattr(text_table, "BLOCK", size)
        patch.setattr(text_blocks, "FIRST_BLOCK", size)
        yield


def read(content: str | bytes, size: int, separator: str = ",", **told: object) -> TableFrame:
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        with blocks_of(size):
            return read_text_table(path, separator, ".", header=False, **told)[0]  # type: ignore[arg-type]
    finally:
        Path(path).unlink()


def expected(text: str, separator: str) -> tuple[list[int], list[list[str]]] | None:
    """(line, cells) of each row by the csv module alone; None when it is no table of two columns or
    more.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True
    )
    lines, rows = [], []
    try:
        line = 1
        for row in reader:
            if len(row) > 1 or (row and row[0].strip()):
                rows.append([cell.strip() for cell in row])
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error:
        return None
    widths = {len(row) for row in rows}
    return (lines, rows) if len(widths) == 1 and min(widths) > 1 else None


def cell(frame: TableFrame, row: int, place: int) -> float | str | None:
    cells = frame.cells[place]
    if isinstance(cells, NumberCells):
        value = float(cells.values[row])
        return None if math.isnan(value) else value
    assert not isinstance(cells, DateCells)
    text = int(cells.places[row])
    return None if text < 0 else cells.texts[text]


def agrees(frame: TableFrame, lines: list[int], rows: list[list[str]]) -> None:
    assert frame.lines.tolist() == lines
    for number, row in enumerate(rows):
        for place, wanted in enumerate(row):
            found = cell(frame, number, place)
            if wanted in MISSING:
                assert found is None
            elif isinstance(found, float):
                assert found == float(wanted)
            else:
                assert found == wanted
    for place, cells in enumerate(frame.cells):
        texts = [row[place] for row in rows if row[place] not in MISSING]
        assert isinstance(cells, NumberCells) == all(number_of(t) is not None for t in texts)
        if isinstance(cells, NumberCells):
            assert cells.gaps == int(np.isnan(cells.values).sum())
            assert cells.infinite == int(np.isinf(cells.values).sum())


@given(
    text=st.text(st.sampled_from('a1.,;"\n\r é-'), max_size=60),
    size=st.integers(4, 80),
)
@example(text='1,2\n3,"4"\n"5\n6",7\n', size=8)
@example(text="1,2\n3\n4,5,6\n", size=80)
@example(text="1,2,3\n4,5\n6,7\n", size=80)
@example(text="1,2\n3,4\n5,6,7\n8\n", size=80)
@example(text="a,b\n\n1,2\n \n3,4", size=80)
@example(text='1, "2"\n3,  "4, 5"\n', size=80)
def test_any_text_gives_the_rows_of_the_csv_module_or_a_message(text: str, size: int) -> None:
    if size < 60:  # the first row must lie in the first block
        text = "0,0\n" + text
    wanted = expected(text, ",")
    if wanted is None:
        with pytest.raises(DataError):
            read(text, size)
    else:
        agrees(read(text, size), *wanted)


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**30), 10**30).map(str),
    st.decimals(-10, 10, allow_nan=False, places=3).map(str),
    st.sampled_from(["", "NA", "?", "1e400", "-inf", "+5", ".5", "5.", "007"]),
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=6)


@given(
    columns=st.lists(st.booleans(), min_size=2, max_size=4),
    count=st.integers(1, 30),
    data=st.data(),
    separator=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    size=st.integers(16, 400),
)
def test_tables_written_by_the_csv_module_are_read_back(
    columns: list[bool],
    count: int,
    data: st.DataObject,
    separator: str,
    end: str,
    quoting: int,
    size: int,
) -> None:
    kinds = st.tuples(*(NUMBERS if numeric else TEXTS for numeric in columns))
    rows = data.draw(st.lists(kinds, min_size=count, max_size=count))
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    assume(written.getvalue().strip())
    size += written.getvalue().encode().index(end.encode()) + 2
    wanted = expected(written.getvalue(), separator)
    assert wanted is not None
    agrees(read(written.getvalue(), size, separator), *wanted)


@pytest.mark.parametrize("size", [40, 10_000])
@pytest.mark.parametrize(
    "wrong", ["1,2\n3,4,5\n", "1,2,3,4\n5,6\n", "1\n2,3,4,5\n", "1,2,3\n4,5,6,7\n8,9\n1,2,3\n"]
)
def test_rows_that_are_too_long_and_too_short_do_not_make_up_for_each_other(
    wrong: str, size: int
) -> None:
    with pytest.raises(DataError, match=r"Line 2[123] .* has . cells?, the first row has 3"):
        read("1.5,2,3\n" * 20 + wrong, size)


def test_texts_that_come_late_turn_their_column_into_texts() -> None:
    content = "".join(f"{i},00{i % 3},{i}\n" for i in range(400)) + "1,x,2\n" * 500
    frame = read(content, 256)
    assert [cell(frame, row, 1) for row in (0, 1, 2, 400)] == ["000", "001", "002", "x"]
    assert cell(frame, 5, 0) == 5.0


def test_columns_of_truth_values_are_texts() -> None:
    frame = read("True,1\nFalse,2\n" * 40 + ",3\n", 10_000)
    assert [cell(frame, row, 0) for row in (0, 1, 80)] == ["True", "False", None]
    late = read("1,2\n" * 300 + "True,2\n" * 5, 10_000)
    assert cell(late, 0, 0) == "1"
    assert cell(late, 301, 0) == "True"


def test_spaces_separate_however_many_there_are() -> None:
    frame = read(" 1.5  2 3\n4   5 6  \n\n7 8 9", 10_000, " ")
    np.testing.assert_array_equal(frame.numbers, [[1.5, 2, 3], [4, 5, 6], [7, 8, 9]])
    quoted = read('1 "a b"\n2  "c"\n', 10_000, " ")
    assert [cell(quoted, row, 1) for row in (0, 1)] == ["a b", "c"]


LATIN = "x,name\n1,Zoë\n2,Anna\n3,Müller\n"


def test_two_encodings_in_one_file_are_told_with_their_lines() -> None:
    for first, second, lines in (("utf-8", "latin-1", (2, 4)), ("latin-1", "utf-8", (4, 2))):
        head, tail = LATIN[: LATIN.index("3")], LATIN[LATIN.index("3") :]
        content = head.encode(first) + tail.encode(second) + b"4,end\n"
        for size in (10_000, 32):
            with pytest.raises(DataError, match=f"line {lines[0]} is in UTF-8, line {lines[1]}"):
                read(content, size)
        assert len(read(content, 10_000, encoding="latin-1")) == 5
    assert cell(read(LATIN.encode("latin-1"), 16), 1, 1) == "Zoë"
    assert cell(read(LATIN.encode("utf-8"), 16), 1, 1) == "Zoë"
    with pytest.raises(DataError, match="line 4 cannot be read"):
        read(LATIN.replace("ë", "e").encode("latin-1"), 10_000, encoding="utf-8")


def test_bytes_of_no_one_encoding_in_a_line_are_no_text() -> None:
    content = b"x,y\n" + b"1,2\n" * 3 + b"\xc3\xa9\xff\xfe,4\n"
    with pytest.raises(DataError, match="two encodings in line 5: it is damaged or no text file"):
        read(content, 10_000)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp1252"])
def test_encodings_in_small_blocks(encoding: str) -> None:
    frame = read((LATIN * 30).encode(encoding), 64, encoding=encoding)
    assert len(frame) == 120
    assert cell(frame, 117, 1) == "Zoë"


def test_a_line_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(DataError, match=r"Line 3 .* more than 2 MiB long"):
        read("1,2\n3,4\n" + "5" * (5 * 2**20), 4 * 2**20)
    with pytest.raises(DataError, match=r"Line 3 .* never closed|line 3 .* longer than"):
        read("1,2\n3,4\n" + '5,"' + "6,7\n" * 2**20, 2**20)


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("1,2\n" * 3_000)

    def write(progress: LoadingProgress) -> None:
        with path.open("a") as file:
            file.write("3,4\n")

    with blocks_of(1_000), pytest.raises(DataError, match="was changed while it was read"):
        read_text_table(str(path), tell=write)

    def cut(progress: LoadingProgress) -> None:  # what seems wrong with it is not its fault
        path.write_text("1,2\n" * 100 + "3\n")

    path.write_text("1,2\n" * 3_000)
    with blocks_of(1_000), pytest.raises(DataError, match="was changed while it was read"):
        read_text_table(str(path), tell=cut)


def test_progress_and_stop(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "1,2\n" * 3_000)
    told: list[LoadingProgress] = []
    with blocks_of(1_000):
        read_text_table(str(path), tell=told.append)
        shares = [progress.share for progress in told if progress.share is not None]
        assert len(shares) > 5
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        assert told[-1].sentence == "Reading the table, 3,000 rows"
        stops = iter([False] * 4 + [True] * 100)
        with pytest.raises(LoadingStopped):
            read_text_table(str(path), stop=lambda: next(stops))


def test_ten_thousand_columns() -> None:
    numbers = np.round(np.random.default_rng(0).normal(size=(30, 10_000)), 3)
    content = "\n".join(",".join(map(repr, row)) for row in numbers.tolist())
    frame = read(content, 2**20)
    np.testing.assert_array_equal(frame.numbers, numbers)


def test_a_table_that_needs_more_memory_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_table, "memory_limit", lambda: 50_000)
    with pytest.raises(DataError, match="too large: its numbers take about"):
        read("1,2\n" * 10_000, 10_000)
    monkeypatch.setattr(text_table, "memory_limit", lambda: 30_000)
    with pytest.raises(DataError, match="too large"):
        read("1,2\n" * 10_000, 10_000)
