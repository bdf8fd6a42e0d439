"""Tables in text files: what is guessed, what is read, and what each bad file is told."""

import csv
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_settings import DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.data import text_table
from app.data.errors import DataError, LoadingStopped
from app.data.loading import load, load_source
from app.data.raw_data import RawData
from app.data.samples import in_memory
from app.data.table_source import load_table
from app.data.text_format import TableFormat
from app.data.text_table import read_text_table

Read = Callable[..., RawData]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


@pytest.fixture
def read(path: Path) -> Read:
    def write_and_read(content: str | bytes, **options: Any) -> RawData:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_table(TableSource(path=str(path), **options))

    return write_and_read


def guess_format(path: str) -> TableFormat:
    return read_text_table(path)[1]


def rows(count: int, separator: str = ",") -> str:
    """Numbers, whole numbers and a class."""
    lines = (f"{i * 0.5}{separator}{i % 7}{separator}{'ab'[i % 2]}\n" for i in range(count))
    return "".join(lines)


TABLE = "x,y,class\n" + rows(30)
HALVES = np.arange(30) * 0.5


# ---- what is read
def test_header_features_and_the_last_column_as_target(read: Read) -> None:
    raw = read(TABLE)
    assert [column.name for column in raw.columns] == ["x", "y"]
    assert raw.target_names == ("class",)
    assert raw.class_names == ("a", "b")
    assert raw.task == "binary"
    assert raw.title == "table.csv"
    np.testing.assert_array_equal(in_memory(raw.x), np.stack([HALVES, np.arange(30) % 7], axis=1))
    np.testing.assert_array_equal(raw.y, np.arange(30) % 2)
    assert raw.notes == ("The task was guessed from the target: two classes.",)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
def test_separators_are_guessed(read: Read, path: Path, separator: str) -> None:
    raw = read(TABLE.replace(",", separator))
    np.testing.assert_array_equal(in_memory(raw.x)[:, 0], HALVES)
    assert guess_format(str(path)).separator == separator


def test_a_decimal_comma_is_guessed_and_told(read: Read, path: Path) -> None:
    raw = read(TABLE.replace(",", ";").replace(".", ","))
    np.testing.assert_array_equal(in_memory(raw.x)[:, 0], HALVES)
    assert "Numbers were read with a decimal comma." in raw.notes
    assert guess_format(str(path)).decimal == ","


def test_decimal_commas_in_quotes(read: Read) -> None:
    text = "x,y\n" + "".join(f'"{i},5",{i}\n' for i in range(8))
    np.testing.assert_array_equal(in_memory(read(text).x)[:, 0], np.arange(8) + 0.5)
    with pytest.raises(DataError, match="numbers with ',' as decimal mark"):
        read(text, decimal=".")


def test_a_wrong_guess_can_be_corrected(read: Read) -> None:
    with pytest.raises(DataError, match="only one column"):
        read(TABLE, separator=";")
    with pytest.raises(DataError, match=r"'x' holds numbers with '\.' .*line 2"):
        read(TABLE.replace(",", ";"), decimal=",")


@pytest.mark.parametrize(
    ("encoding", "given"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("utf-16-le", None),
        ("utf-16-be", None),
        ("utf-32", None),
        ("latin-1", None),
        ("latin-1", "latin-1"),
        ("utf-8", "UTF-8"),
        ("shift_jis", "shift_jis"),
    ],
)
def test_encodings(read: Read, encoding: str, given: str | None) -> None:
    name = "色" if encoding == "shift_jis" else "größe"
    raw = read(TABLE.replace("class", name).encode(encoding), encoding=given)
    assert raw.target_names == (name,)
    np.testing.assert_array_equal(in_memory(raw.x)[:, 0], HALVES)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_blank_lines_and_quotes(read: Read, end: str) -> None:
    text = (
        'x,"a ""name""",class\n\n'
        + "".join(f'{i}, {i}.5 ,"c, {i % 2}"\n' for i in range(8))
        + "\n  \n"
    )
    raw = read(text.replace("\n", end))
    assert [column.name for column in raw.columns] == ["x", 'a "name"']
    assert raw.class_names == ("c, 0", "c, 1")
    np.testing.assert_array_equal(in_memory(raw.x)[:, 1], np.arange(8) + 0.5)


def test_a_file_without_header(read: Read) -> None:
    raw = read("5.1,3.5,setosa\n" * 4 + "6.1,2.9,other\n" * 4)
    assert [column.name for column in raw.columns] == ["column 1", "column 2"]
    assert len(raw) == 8
    assert "no names but numbers" in raw.notes[0]
    years = read("country,2001,2002\n" + "".join(f"c{i % 2},{i}.5,{i}.25\n" for i in range(6)))
    assert [column.name for column in years.columns] == ["country", "2001"]


def test_names_that_are_missing_or_repeated(read: Read) -> None:
    raw = read("x,x,,y\n" + "".join(f"{i},{i + 1},{i + 2},{i * 0.5}\n" for i in range(9)))
    assert [column.name for column in raw.columns] == ["x", "x (2)", "column 3"]
    assert any("two columns 'x'" in note for note in raw.notes)


def test_roles(read: Read) -> None:
    raw = read(TABLE, roles=FrozenMap({"y": "target", "x": "ignored"}))
    assert [column.name for column in raw.columns] == ["class"]
    assert raw.columns[0].categories == ("a", "b")
    np.testing.assert_array_equal(in_memory(raw.x)[:, 0], np.arange(30) % 2)
    assert raw.target_names == ("y",)
    two = read(TABLE, roles=FrozenMap({"y": "target", "x": "target"}))
    assert (two.task, two.target_names) == ("regression", ("x", "y"))
    np.testing.assert_array_equal(two.y, np.stack([HALVES, np.arange(30) % 7], axis=1))
    rest = read(TABLE, roles=FrozenMap({"class": "ignored"}))
    assert (rest.target_names, rest.task) == (("y",), "multiclass")


@pytest.mark.parametrize(
    ("target", "task", "names"),
    [
        (lambda i: i % 2, "binary", ("0", "1")),
        (lambda i: "no" if i % 3 else "yes", "binary", ("no", "yes")),
        (lambda i: i % 2 == 0, "binary", ("False", "True")),
        (lambda i: (3, 10, 7)[i % 3], "multiclass", ("3", "7", "10")),
        (lambda i: "uvw"[i % 3], "multiclass", ("u", "v", "w")),
        (lambda i: i, "regression", ()),
        (lambda i: i % 4 + 0.5, "regression", ()),
    ],
)
def test_the_task_is_guessed(
    read: Read, target: Callable[[int], object], task: str, names: tuple[str, ...]
) -> None:
    raw = read("x,t\n" + "".join(f"{i}.5,{target(i)}\n" for i in range(30)))
    assert (raw.task, raw.class_names) == (task, names)
    if names:
        values = [str(target(i)) for i in range(30)]
        assert [names[number] for number in raw.y] == values
    else:
        np.testing.assert_allclose(raw.y[:, 0], [float(str(target(i))) for i in range(30)])


def test_missing_values_are_left_out_aloud(read: Read) -> None:
    raw = read(TABLE + ",2,a\n?,1,b\n3,NA,a\n4,5,\n")
    assert len(raw) == 30
    assert "4 rows with missing values were left out (lines 32, 33, 34, 35)." in raw.notes
    many = read(TABLE + ",2,a\n" * 9)
    assert "9 rows with missing values were left out (lines 32, 33, 34, 35, 36, ...)." in many.notes
    # A gap in a column that is not used costs nothing.
    assert len(read(TABLE + ",2,a\n", roles=FrozenMap({"x": "ignored"}))) == 31


def test_columns_that_cannot_serve_are_left_out_aloud(read: Read) -> None:
    raw = read("name,empty,x,y\n" + "".join(f"n{i},,{i},{i * 0.5}\n" for i in range(120)))
    assert [column.name for column in raw.columns] == ["x"]
    assert any("'name' was left out: it holds 120 different texts" in note for note in raw.notes)
    assert any("'empty' is empty" in note for note in raw.notes)


def test_categories_become_one_hot(read: Read, path: Path) -> None:
    text = "colour,x,y\n" + "".join(
        f"{['red', 'green', 'blue'][i % 3]},{i},{i * 0.5}\n" for i in range(60)
    )
    raw = read(text)
    assert raw.columns[0].categories == ("blue", "green", "red")
    settings = DataSettings(source=TableSource(path=str(path)), preprocessing="standardize")
    data = load(settings)
    names = ("colour = blue", "colour = green", "colour = red", "x")
    assert data.summary.feature_names == names
    for row, position in zip(in_memory(data.training.x), data.training.rows, strict=True):
        expected = [0.0, 0.0, 0.0]
        expected[(2, 1, 0)[position % 3]] = 1.0
        assert row[:3].tolist() == expected


def test_numbers_keep_all_their_digits(read: Read) -> None:
    numbers = np.random.default_rng(0).normal(size=50) * 10.0 ** np.arange(-25, 25)
    raw = read("x,y\n" + "".join(f"{v!r},{i}.5\n" for i, v in enumerate(numbers.tolist())))
    np.testing.assert_array_equal(in_memory(raw.x)[:, 0], numbers)
    long = [12345678901234567890123 + i for i in range(20)]
    raw = read("x,y\n" + "".join(f"{v},{i}.5\n" for i, v in enumerate(long)))
    np.testing.assert_array_equal(in_memory(raw.x)[:, 0], [float(v) for v in long])


@given(
    table=st.lists(
        st.tuples(
            st.floats(-1e6, 1e6),
            st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=8),
        ),
        min_size=4,
        max_size=12,
    ),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_pythons_csv_writes_is_read_back_or_refused_in_words(
    table: list[tuple[float, str]], separator: str, end: str
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end)
    writer.writerow(["number", "word", "target"])
    for index, (number, word) in enumerate(table):
        writer.writerow([number, f"w{word}", index + 0.5])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_bytes(text.getvalue().encode())
        raw = load_table(TableSource(path=str(path), separator=separator))
    np.testing.assert_array_equal(in_memory(raw.x)[:, 0], [number for number, _ in table])
    words = [raw.columns[1].categories[int(place)] for place in in_memory(raw.x)[:, 1]]
    assert words == [f"w{word}".strip() for _, word in table]


# ---- what each bad file is told
BAD: dict[str, tuple[str | bytes, dict[str, Any], str]] = {
    "short row": ("x,y,c\n1,2,a\n1,2\n3,4,b\n", {}, "Line 3 .* has 2 cells, the first row has 3"),
    "long row": (TABLE + "1,2,3,4\n", {}, "Line 32 .* has 4 cells"),
    "open quote": (TABLE + '1,"2,3\n4,5,6\n', {}, "line 32 .* never closed"),
    "open quote in a long file": ('x,y\n"' + "a,b\n" * 50_000, {}, "line 2 .* longer than"),
    "text behind a quote": (TABLE + '1,"2"3,a\n', {}, "line 32 .* behind a closing quote"),
    "NUL": (b"x,y,c\n1,2,a\n1,\0,b\n", {}, "NUL byte in line 3"),
    "control character": (b"x,y,c\n1,2,a\n1,\x07,b\n", {}, "control character in line 3"),
    "empty": ("", {}, "is empty"),
    "blank": (" \n\n  \n", {}, "is empty"),
    "header alone": ("x,y\n", {}, "0 rows below its header"),
    "one row": ("x,y\n1,2\n", {}, "1 row below its header"),
    "one column": ("x\n1\n2\n3\n", {}, "only one column"),
    "too many columns": ("a," * 30_000 + "b\n", {}, "30,001 columns"),
    "endless line": ("7," * 1_500_000, {}, "Line 1 .* more than 2 MiB long"),
    "text among numbers": (
        TABLE + "12a,3,a\n",
        {},
        "Column 'x' holds numbers, but '12a' in line 32",
    ),
    "infinite": (TABLE + "-inf,3,a\n", {}, "Column 'x' holds an infinite value in line 32"),
    "overflow": (TABLE + "1e999,3,a\n", {}, "Column 'x' holds an infinite value in line 32"),
    "constant target": ("x,y\n1,2\n3,2\n4,2\n", {}, "same value in every row"),
    "all incomplete": ("x,y,z\n1,,2\n2,,3\n,4,5\n", {}, "Of 3 rows .* only 0 .* 'y'"),
    "only texts": ("x,y\n" + "".join(f"t{i},{i}\n" for i in range(200)), {}, "no column that can"),
    "huge target": ("x,y\n" + "".join(f"{i},{i + 1}.5e38\n" for i in range(9)), {}, "too large"),
    "wrong task": (TABLE, {"task": "regression"}, "holds texts such as 'a'"),
    "three classes": ("x,y\n1,2\n3,4\n4,5\n", {"task": "binary"}, "3 different values"),
    "two targets": (
        TABLE,
        {"task": "binary", "roles": FrozenMap({"x": "target", "y": "target"})},
        "2 columns are targets",
    ),
    "unknown column": (TABLE, {"roles": FrozenMap({"q": "target"})}, "no column 'q'"),
    "unknown role": (TABLE, {"roles": FrozenMap({"x": "king"})}, "role 'king'"),
    "no feature": (TABLE, {"roles": FrozenMap({"x": "ignored", "y": "ignored"})}, "no feature"),
    "unknown encoding": (TABLE, {"encoding": "zip"}, "encoding 'zip' is not known"),
    "wrong encoding": (
        "x,y\n1,ä\n".encode("latin-1"),
        {"encoding": "utf-8"},
        "line 2 cannot be read",
    ),
    "odd separator": (TABLE, {"separator": "x"}, "cannot separate"),
    "Excel": (b"PK\x03\x04rest", {}, "workbook .* cannot be read"),
    "Parquet": (b"PAR1rest", {}, "Parquet"),
    "picture": (b"\x89PNG\r\n\x1a\n", {}, "a picture"),
    "noise": (bytes(np.random.default_rng(0).integers(0, 256, 5000, np.uint8)), {}, "line 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_explained(read: Read, name: str) -> None:
    content, options, message = BAD[name]
    with pytest.raises(DataError, match=message) as caught:
        read(content, **options)
    error = caught.value
    assert all(text.endswith(".") for text in (error.happened, error.expected, error.how_to_fix))


def test_a_class_with_one_sample_is_named(read: Read, path: Path) -> None:
    read(TABLE + "1,2,rare\n")
    notes = load(DataSettings(source=TableSource(path=str(path)))).summary.notes
    assert any("'rare' has only 1 sample" in note for note in notes)


def refused(path: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_source(DataSettings(source=TableSource(path=str(path))))


def test_what_is_no_ordinary_file(path: Path, tmp_path: Path) -> None:
    refused(path, "does not exist")
    refused(tmp_path, "is a folder")
    refused("bad\0name", "could not be read")
    if os.name == "posix":
        os.mkfifo(path)
        refused(path, "is a pipe")
        refused("/dev/zero", "is a device")
        link = tmp_path / "link.csv"
        link.symlink_to("/dev/zero")
        refused(link, "is a device")
        good = tmp_path / "good.csv"
        good.write_text(TABLE)
        link.unlink()
        link.symlink_to(good)
        assert len(load_source(DataSettings(source=TableSource(path=str(link))))) == 30


def test_a_file_that_is_too_large_is_not_read(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)  # takes no room on the disk
    refused(path, "too large: 1,048,576.0 MiB")


def test_a_file_of_too_many_rows(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_table, "MOST_ROWS", 30)
    read(TABLE)
    with pytest.raises(DataError, match="more than 30 rows"):
        read(TABLE + "1,2,a\n")


def test_reading_can_be_given_up(read: Read, path: Path) -> None:
    path.write_text("x,y\n" + "1,2\n" * 25_000)
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) == 2

    with pytest.raises(LoadingStopped):
        load_table(TableSource(path=str(path)), stop)


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1))
def test_damaged_bytes_give_data_or_a_message(noise: bytes, seed: int) -> None:
    generator = np.random.default_rng(seed)
    content = bytearray(TABLE.encode())
    for byte in noise[:8]:
        content[generator.integers(len(content))] = byte
    start = int(generator.integers(len(content)))
    content[start:start] = noise[8:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_bytes(bytes(content))
        try:
            raw = load_table(TableSource(path=str(path)))
        except DataError:
            pass  # told in words
        else:
            assert np.isfinite(in_memory(raw.x)).all()
            assert len(raw.x) == len(raw.y)


def test_commas_that_part_thousands_are_not_taken_for_decimal_marks(read: Read) -> None:
    """As spreadsheets export them: 999 is not a hundred times "1,250"."""
    numbers = [950, 1_250, 999, 12_345, 1_001, 87_654]
    text = "x,y\n" + "".join(f'"{n:,}",{i}\n' for i, n in enumerate(numbers))
    with pytest.raises(DataError, match="the comma may part thousands"):
        read(text)
    # One number with other decimals tells that they are decimals.
    found = read(text + '"0,25",6\n')
    assert in_memory(found.x)[-1, 0] == 0.25
    assert in_memory(found.x)[1, 0] == 1.25
