"""Rows above a table: what is guessed of them, what never is, and what is said of those skipped."""

import csv
import io
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.core.data_settings import DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.data.errors import DataError
from app.data.loading import load
from app.data.prediction_inputs import read_prediction_inputs
from app.data.rows_above import MOST_ABOVE, listed_lines, rows_above
from app.data.samples import in_memory
from app.data.table_description import describe_table
from app.data.table_files import GUESSED, TableForm, form_of, read_frame
from app.data.table_frame import DateCells, NumberCells, TableFrame
from app.data.table_source import load_table

TABLE = "x,y,kind\n1.5,2,a\n3,4,b\n5,6,a\n"
CATEGORIES = "colour,shape,taste\n" + "red,round,sweet\nblue,long,sour\n" * 4


def read(content: str | bytes, form: TableForm = GUESSED) -> TableFrame:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        frame = read_frame(str(path), form)
        described = describe_table(str(path), form)
    # what is shown before all of it is read is what is read then
    assert described.above == frame.above
    assert tuple(column.name for column in described.columns) == frame.names
    assert described.header == frame.header
    return frame


def cells(frame: TableFrame) -> list[list[Any]]:
    """Of each column its cells, None where nothing is known."""
    found: list[list[Any]] = []
    for column in frame.cells:
        if isinstance(column, NumberCells):
            found.append([None if np.isnan(v) else v for v in column.values.tolist()])
        else:
            assert not isinstance(column, DateCells)
            found.append([None if p < 0 else column.texts[p] for p in column.places.tolist()])
    return found


def same(frame: TableFrame, plain: TableFrame, skipped: int) -> None:
    """`frame` is `plain` that begins so many lines later."""
    assert len(frame.above) == skipped
    assert (frame.names, frame.header, frame.decimal) == (plain.names, plain.header, plain.decimal)
    assert frame.lines.tolist() == [line + skipped for line in plain.lines.tolist()]
    assert cells(frame) == cells(plain)


# ---- what is guessed
@pytest.mark.parametrize(
    ("above", "table"),
    [
        ("Sales 2024\n", TABLE),
        ("Sales 2024\n\n", TABLE),
        ("\n  \nSales 2024\n\nexported 2024-05-01\n\n", TABLE),
        ("Sales 2024\r\n\r\n", TABLE.replace("\n", "\r\n")),
        ("Sales 2024\r\r", TABLE.replace("\n", "\r")),
        ("Sales 2024,,\n,,\n", TABLE),
        (",,\n", TABLE),
        ("Sales, Europe\n", TABLE),
        ('"Sales, Europe, and\nthe rest of it, 2024"\n', TABLE),
        ('Size 5" screws\n', TABLE),
        ("Station,Berlin\nFrom,2024-01-01\n", TABLE),
        ("# made, by, X, version 2\n#\n", TABLE),
        ("# made, by\n", TABLE),
        ("# made, by, X\n", TABLE),
        ("Fruit\n", CATEGORIES),
        ("# of fruit, all, that, there, is\n", CATEGORIES),
        ("Sales, Europe; 2024\n", "x;y;z\n1,5;2;3\n2,5;3;4\n3,5;4;5\n"),
        ("measured on a day in May\n", "x y z\n1 2 3\n2 3 4\n"),
        ("# measured on a day in May\n\n", "x y z\n1 2 3\n2 3 4\n"),
        ("Report\n", "day,kind\n2024-01-01,a\n2024-01-02,b\n"),
        ("Report\n", "name,score\nanna,3\nbob,?\n"),
        ("Report\n", ",score,rank\nanna,3,1\nbob,4,2\n"),
        ("Report\n", "x,y,z\n1,2,3\n"),
        ("line\n" * MOST_ABOVE, TABLE),
    ],
)
def test_rows_above_a_table_are_guessed(above: str, table: str) -> None:
    lines = len(list(io.StringIO(above, newline=None)))
    same(read(above + table), read(table, TableForm(skip_rows=0)), lines)
    for encoding in ("utf-16", "utf-8-sig"):
        same(read((above + table).encode(encoding)), read(table), lines)


@pytest.mark.parametrize(
    "content",
    [
        TABLE,
        CATEGORIES,
        ",a,b\n0,1,2\n1,2,3\n",  # an index without a name, as pandas writes it
        ",a\nr0,1\nr1,2\n",
        ",kind\nred,up\nblue,down\ngreen,left\n",
        ",,a\nx,y,1\nx,z,2\n",
        "x,x,,y\n1,2,3,4\n5,6,7,8\n",
        "#id,x\n1,2\n3,4\n",
        "# x,y\n1.5,2\n2.5,3\n",
        "Sales,Europe,2024\nx,y,kind\n1,2,a\n3,4,b\n",  # as well names of columns
        "Fruit,,\ncolour,shape,taste\n" + "red,round,sweet\nblue,long,sour\n" * 4,
        "a,,\n1,x,y\n2,z,x\n",
        "1.5,2.5\n2.5,3.5\n",
    ],
)
def test_what_can_be_read_from_the_first_row_on_is(content: str) -> None:
    frame = read(content)
    assert frame.above == ()
    same(frame, read(content, TableForm(skip_rows=0)), 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y\n1,2,3\n4,5,6\n7,8,9\n", "Line 2 .* has 3 cells, the first row has 2"),
        ("x,y\nr1,<5,2\nr2,6,3\n", "Line 2 .* has 3 cells, the first row has 2"),
        ("name,city\nanna,bonn,\nbob,rome,\n", "Line 2 .* has 3 cells, the first row has 2"),
        ("name,city\nanna,bonn,x\nbob,rome,y\n", "Line 2 .* has 3 cells, the first row has 2"),
        ("a,b,c,d\nx,y,z\n1,2,3\n4,5,6\n", "Line 2 .* has 3 cells, the first row has 4"),
        ("x,y\n1,2,3\n4,5\n6,7\n", "Line 2 .* has 3 cells, the first row has 2"),
        (TABLE + "1,2,a,4\n", "Line 5 .* has 4 cells, the first row has 3"),
        (TABLE + "1,2\n", "Line 5 .* has 2 cells, the first row has 3"),
        ("# x y z\n1 2 3\n2 3 4\n", "Line 2 .* has 3 cells, the first row has 4"),
        (
            "Sales\n" + TABLE + "1,2,a\n" * 24 + "1,2,a,4\n",
            "Line 30 .* has 4 cells, the first row has 3",
        ),
        ("x\n1\n2\n3\n", "only one column"),
        ("Title\nx\n1\n2\n3\n", "only one column"),
        ("x\n1,5\n2,5\n3,25\n", "only one column"),
        ("x\n1,234,567\n2,345,678\n", "only one column"),
        ("said\nI like it, really, very\nno, not me, sir\nwell, I, do\n", "only one column"),
        ("Sales\n1,2,3\n2,3,4\n", "only one column"),
        ("line\n" * (MOST_ABOVE + 1) + TABLE, "only one column"),
        ('"Sales\nx,y,z\n1,2,3\n2,3,4\n', "line 1 .* never closed"),
    ],
)
def test_what_is_wrong_with_a_file_is_still_complained_about(content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(content)


def test_the_way_out_is_named() -> None:
    for content in ("Sales\n1,2,3\n2,3,4\n", "Sales, 2024\n1,2,3\n2,3,4\n"):
        with pytest.raises(DataError) as told:
            read(content)
        assert "set Skip rows to their number" in told.value.how_to_fix
        assert len(read(content, TableForm(skip_rows=1, header=False))) == 2


def test_a_table_of_one_column_loses_nothing(tmp_path: Path) -> None:
    """As new data for a network that needs one column."""
    for content in ("x\n1\n2\n3\n", "x\n1\n\n2\n3\n"):
        (tmp_path / "t.csv").write_text(content)
        frame = read_frame(str(tmp_path / "t.csv"), GUESSED, fewest_columns=1)
        assert (frame.names, cells(frame), frame.above) == (("x",), [[1.0, 2.0, 3.0]], ())


# ---- properties
WORDS = st.text(st.sampled_from("abcdefgh"), min_size=1, max_size=6)
TITLES = st.lists(
    st.one_of(
        st.just(""),
        st.lists(WORDS, min_size=1, max_size=3).map(" ".join),
        st.integers(0, 3000).map(str),
        WORDS.map(lambda word: f"# {word}"),
    ),
    min_size=1,
    max_size=12,
)


@given(
    titles=TITLES.filter(any),
    numeric=st.lists(st.booleans(), min_size=2, max_size=5),
    count=st.integers(2, 30),
    separator=st.sampled_from([",", ";", "\t", "|", " "]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    padded=st.booleans(),
    told=st.booleans(),
    data=st.data(),
)
def test_a_table_is_read_alike_with_and_without_rows_above(
    titles: list[str],
    numeric: list[bool],
    count: int,
    separator: str,
    end: str,
    padded: bool,
    told: bool,
    data: st.DataObject,
) -> None:
    kinds = [
        st.floats(-1e6, 1e6).map(repr) if number else st.sampled_from(["red", "blue", "grey"])
        for number in (True, True, *numeric)
    ]
    rows = data.draw(st.lists(st.tuples(*kinds), min_size=count, max_size=count))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end)
    writer.writerows([[f"column_{place}" for place in range(len(kinds))], *rows])
    filled = separator * (len(kinds) - 1) * padded if separator != " " else ""
    # of as many words as there are columns they may be the names
    assume(separator != " " or all(len(title.split()) < len(kinds) for title in titles))
    above = "".join(f"{title}{filled}{end}" for title in titles)
    plain = read(text.getvalue())
    for skip_rows in (None, len(titles)):
        form = TableForm(separator=separator if told else None, skip_rows=skip_rows)
        found = read(above + text.getvalue(), form)
        same(found, plain, len(titles))
        assert any("above the table" in note for note in found.notes)


CELLS = ["", "", "x", "y", "z", "1", "2", "2.5", "#a", "2024-01-01", "2024-05-01", "?"]
COLUMNS = [["1", "2", "2.5", "3"], ["x", "y", "z"], ["2024-01-01", "2024-05-01"], CELLS]


@pytest.mark.parametrize("seed", range(3))
def test_a_guess_changes_nothing_that_can_be_read_without_it(seed: int, tmp_path: Path) -> None:
    path, draw = tmp_path / "t.csv", random.Random(seed)
    guessed = 0
    for _ in range(20_000):
        height = draw.randint(3, 9)
        columns = []
        for _ in range(draw.randint(2, 4)):
            upper, kind = draw.randint(1, 3), draw.choice(COLUMNS)
            tops = draw.choices(CELLS, k=upper)
            columns.append([*tops, *draw.choices(kind, k=height - upper)])
        rows = [row for row in zip(*columns, strict=True) if any(row)]
        if not rows_above(rows):
            continue
        guessed += 1
        path.write_text("".join(",".join(row) + "\n" for row in rows))
        with pytest.raises(DataError):
            load_table(TableSource(path=str(path), skip_rows=0))
    assert guessed > 100


@given(
    rows=st.lists(
        st.lists(st.sampled_from(["a", "bc", "1", "2.5", "x y"]), min_size=3, max_size=3),
        min_size=1,
        max_size=80,
    )
)
@example([["x", "y", "z"], ["1", "2.5", "a"], ["1", "2.5", "a"]])
def test_rows_that_are_all_filled_are_all_of_the_table(rows: list[list[str]]) -> None:
    assert rows_above(rows) == 0


# ---- what is said
def test_what_is_skipped_is_said() -> None:
    (note, *_) = read("Sales 2024,,\n,,\nexported,,\nby me,,\nalone,,\n" + TABLE).notes
    assert note == (
        "The first 5 lines stand above the table and are not read: 'Sales 2024', 'exported', "
        "'by me' and 1 more. Set Skip rows to 0 to have all rows read."
    )
    (note, *_) = read("Sales 2024\n" + TABLE, TableForm(skip_rows=1)).notes
    assert note.startswith("The first line stands above the table and is not read: 'Sales 2024'.")
    assert not read("\n\n" + TABLE).notes
    assert not read(",,\n" + TABLE).notes  # nothing stands there
    assert listed_lines(["t" * 99]) == f"'{'t' * 37}…'"


def test_messages_count_the_lines_of_the_file() -> None:
    above = "Sales 2024\n\n"
    with pytest.raises(DataError, match=r"Line 9 .* has 2 cells, the first row has 3"):
        read(above + TABLE + "1,2,b\n" * 2 + "1,2\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_text(above + TABLE + ",2,a\n7,8,b\n")
        raw = load_table(TableSource(path=str(path)))
    assert "1 row with missing values was left out (line 7)." in raw.notes
    assert raw.row_numbers is not None
    assert raw.row_numbers.tolist() == [4, 5, 6, 8]


def test_how_many_rows_are_skipped_can_be_told() -> None:
    content = "Sales 2024\n" + TABLE
    same(read(content, TableForm(skip_rows=1)), read(TABLE), 1)
    frame = read(content, TableForm(skip_rows=2, header=False))
    assert (frame.names, len(frame)) == (("column 1", "column 2", "column 3"), 3)
    assert frame.above == ("Sales 2024\n", "x,y,kind\n")
    with pytest.raises(DataError, match=r"only one column|has 3 cells, the first row has 1"):
        read(content, TableForm(skip_rows=0))
    for number in (5, 500):
        with pytest.raises(DataError, match=f"Below the first {number} lines of 't.csv' there is "):
            read(content, TableForm(skip_rows=number))
    same(read('"Sales\n' + TABLE, TableForm(skip_rows=1)), read(TABLE), 1)
    # far down, in a file of several blocks, with texts and other ends of lines that come late
    row = f"1,0.5{'0' * 200}\n"
    long = "note, of, any\n" * 9_999 + "x,y\n" + row * 30_000
    frame = read(long + "a,3\n" * 3, TableForm(skip_rows=9_999))
    assert (len(frame), frame.lines[0], frame.lines[-1]) == (30_003, 10_001, 40_003)
    assert cells(frame)[0][-1] == "a"
    mixed = read("Sales\nx,y\n" + row * 30_000 + "1,2\r\r3,4\r")
    assert (len(mixed), mixed.lines[-1]) == (30_002, 30_005)


# ---- workbooks
def workbook(path: Path, rows: list[list[Any]], merged: str = "") -> str:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    book.save(path)
    return str(path)


ROWS: list[list[Any]] = [["x", "kind", "y"], *([i, "uv"[i % 2], i * 0.5] for i in range(8))]


@pytest.mark.parametrize(
    ("above", "merged", "left"),
    [
        ([["Sales 2024"]], "A1:C1", 0),
        ([["Sales 2024"], ["exported", None, None]], "A1:C2", 0),
        ([[], ["Sales 2024"], [], ["2024-05-01"], []], "A2:C2", 0),
        ([["# made by", "X"]], "", 0),
        ([["Sales 2024"], []], "A1:D1", 1),
        ([[None, "Sales 2024"], []], "B1:D1", 1),
    ],
)
def test_rows_above_the_table_of_a_workbook(
    tmp_path: Path, above: list[list[Any]], merged: str, left: int
) -> None:
    table = [[None] * left + row for row in ROWS]
    plain = read_frame(workbook(tmp_path / "plain.xlsx", table), GUESSED)
    path = workbook(tmp_path / "t.xlsx", above + table, merged)
    for told in (None, len(above)):
        form = TableForm(skip_rows=told)
        frame = read_frame(path, form)
        same(frame, plain, len(above))
        assert describe_table(path, form).above == frame.above
        assert any("above the table" in note for note in frame.notes)
    assert (plain.above, plain.names) == ((), ("x", "kind", "y"))
    with pytest.raises(DataError, match=r"holds numbers, but|texts"):
        load_table(TableSource(path=path, skip_rows=0))


def test_a_sheet_of_which_all_rows_are_skipped(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", ROWS)
    with pytest.raises(
        DataError, match=r"The sheet 'Sheet' of 't\.xlsx' is empty below its first 9"
    ):
        read_frame(path, TableForm(skip_rows=9))
    assert describe_table(path, TableForm(skip_rows=9)).columns == ()
    assert len(read_frame(path, TableForm(skip_rows=1))) == 8  # 0, "u", 0.0 are no names


# ---- the settings
def test_the_setting_reaches_training_test_and_new_data(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i % 7}.5,{'ab'[i % 2]}\n" for i in range(40))
    title = "# made, by, X, version 2\nSales 2024\n\n"
    for name, count in (("train", 40), ("test", 10), ("one", 1)):
        lines = "".join(line + "\n" for line in rows.split("\n")[:count])
        (tmp_path / f"{name}.csv").write_text(f"{title}x,y,kind\n{lines}")
    for told in (None, 3):
        source = TableSource(
            path=str(tmp_path / "train.csv"),
            test_path=str(tmp_path / "test.csv"),
            skip_rows=told,
            roles=FrozenMap(kind="target"),
        )
        data = load(DataSettings(source=source))
        assert len(data.test) == 10
        assert any("The first 3 lines stand above the table" in n for n in data.summary.notes)
        for name, count in (("test", 10), ("one", 1)):
            found = read_prediction_inputs(
                str(tmp_path / f"{name}.csv"), data.preprocessing, form_of(source)
            )
            wanted = [[i, i % 7 + 0.5] for i in range(count)]
            np.testing.assert_array_equal(found.raw, wanted)
            assert any("above the table" in note for note in found.notes)


def test_a_file_whose_names_were_told_keeps_its_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    raw = load_table(TableSource(path=str(tmp_path / "t.csv"), header=True, skip_rows=0))
    np.testing.assert_array_equal(in_memory(raw.x), [[1.5, 2], [3, 4], [5, 6]])
