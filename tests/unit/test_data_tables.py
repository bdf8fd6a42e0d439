"""Roles, types and gaps of the columns of a table, and a second file as the test part."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.data_settings import DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.data.errors import DataError
from app.data.loading import prepare
from app.data.raw_data import RawData
from app.data.samples import in_memory
from app.data.table_source import load_table

Read = Callable[..., RawData]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def write_and_read(content: str, test: str | None = None, **options: Any) -> RawData:
        path, test_path = tmp_path / "table.csv", tmp_path / "test.csv"
        path.write_text(content, encoding="utf-8")
        maps: dict[str, Any] = {
            k: FrozenMap(v) if isinstance(v, dict) else v for k, v in options.items()
        }
        if test is not None:
            test_path.write_text(test, encoding="utf-8")
            maps["test_path"] = str(test_path)
        return load_table(TableSource(path=str(path), **maps))

    return write_and_read


def refused(read: Read, message: str, *told: Any, **options: Any) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read(*told, **options)
    error = caught.value
    assert all(text.endswith(".") for text in (error.happened, error.expected, error.how_to_fix))


TABLE = "x,y,when,w,class\n" + "".join(
    f"{i * 0.5},{i % 7},2024-01-{i + 1:02},{i % 3},{'ab'[i % 2]}\n" for i in range(30)
)


def seconds(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


# ---- roles
def test_weight_and_time(read: Read) -> None:
    raw = read(TABLE, roles={"w": "weight", "when": "time"})
    assert [column.name for column in raw.columns] == ["x", "y"]
    assert raw.weights is not None
    assert raw.times is not None
    assert raw.weights.dtype == np.float32
    np.testing.assert_array_equal(raw.weights, np.arange(30) % 3)
    np.testing.assert_array_equal(raw.times, [seconds(2024, 1, day) for day in range(1, 31)])
    np.testing.assert_array_equal(raw.row_numbers, np.arange(2, 32))
    assert raw.parts is None
    assert raw.ignored == ()
    numbers = read(TABLE, roles={"x": "time", "when": "ignored"})
    np.testing.assert_array_equal(numbers.times, np.arange(30) * 0.5)
    assert numbers.ignored == ("when",)


def test_dates_that_nobody_gave_a_role_are_left_out_aloud(read: Read) -> None:
    raw = read(TABLE)
    assert [column.name for column in raw.columns] == ["x", "y", "w"]
    assert raw.ignored == ("when",)
    assert any("'when' holds dates and was left out" in note for note in raw.notes)
    asked = read(TABLE, roles={"when": "feature"})
    np.testing.assert_array_equal(
        in_memory(asked.x)[:2, 2], [seconds(2024, 1, 1), seconds(2024, 1, 2)]
    )
    last = read("x,y,when\n" + "".join(f"{i},{i % 2},2024-01-{i + 1:02}\n" for i in range(9)))
    assert last.target_names == ("y",)  # a date is no target unless somebody says so


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"roles": {"class": "weight", "x": "target"}}, "role weight, but it holds texts"),
        ({"roles": {"when": "weight"}}, "role weight, but it holds dates"),
        ({"roles": {"class": "time", "x": "target"}}, "role time, but it holds texts such as 'a'"),
        ({"roles": {"x": "weight", "y": "weight"}}, "2 columns have the role weight: x, y"),
        ({"types": {"q": "number"}}, "no column 'q', but it was given a type"),
        ({"types": {"x": "picture"}}, "'x' has the type 'picture'"),
        ({"missing": {"q": "mean"}}, "no column 'q', but it was given a way to treat gaps"),
        ({"missing": {"x": "guess"}}, "'x' has the way to treat gaps 'guess'"),
        ({"types": {"class": "number"}}, r"'class' holds numbers, but 'a' in line 2 .*29 more"),
        ({"types": {"class": "date"}}, r"'class' .* read as dates: 'a' in line 2"),
        ({"types": {"x": "date"}, "roles": {"x": "time"}}, "neither years nor days"),
        ({"types": {"y": "date"}, "roles": {"y": "feature"}}, "neither years nor days"),
    ],
)
def test_roles_and_types_that_do_not_fit(read: Read, options: Any, message: str) -> None:
    refused(read, message, TABLE, **options)


def test_weights_that_are_none(read: Read) -> None:
    options = {"roles": {"w": "weight"}}
    refused(
        read, "The weight -3 in line 32 .* is negative", TABLE + "1,2,2024-01-01,-3,a\n", **options
    )
    refused(
        read, "'w' holds an infinite value in line 32", TABLE + "1,2,2024-01-01,inf,a\n", **options
    )
    zeros = "x,w,y\n" + "".join(f"{i},0,{i}\n" for i in range(5))
    refused(read, "are all 0", zeros, **options)
    assert len(read(TABLE + "1,2,2024-01-01,,a\n", **options)) == 30


# ---- types
def test_types_are_guessed_and_told(read: Read) -> None:
    text = "code,flag,day,n,y\n" + "".join(
        f"0{i % 3},{i % 2 == 0},{i % 28 + 1:02}.02.2023,{i % 4},{i}.5\n" for i in range(60)
    )
    guessed = read(text)
    assert [(c.name, c.categories) for c in guessed.columns] == [
        ("code", ()),
        ("flag", ("False", "True")),
        ("n", ()),  # whole numbers, though there are few, stay numbers
    ]
    told = read(
        text, types={"code": "category", "flag": "number", "n": "category", "day": "category"}
    )
    assert [c.categories[:4] for c in told.columns] == [
        ("0", "1", "2"),
        (),
        ("01.02.2023", "02.02.2023", "03.02.2023", "04.02.2023"),
        ("0", "1", "2", "3"),
    ]
    np.testing.assert_array_equal(in_memory(told.x)[:3, 1], [1, 0, 1])
    classes = read(text, types={"n": "category"}, roles={"n": "target"})
    assert (classes.task, classes.class_names) == ("multiclass", ("0", "1", "2", "3"))


def test_a_text_among_numbers_can_become_a_category(read: Read) -> None:
    text = "x,z,y\n" + "".join(f"{i % 5},{i},{i}.5\n" for i in range(20)) + "many,3,4\n"
    refused(read, r"'x' holds numbers, but 'many' in line 22 .* type category", text)
    raw = read(text, types={"x": "category"})
    assert raw.columns[0].categories == ("0", "1", "2", "3", "4", "many")
    assert len(read(text, roles={"x": "ignored"}).columns) == 1


@pytest.mark.parametrize(
    ("texts", "moments", "note"),
    [
        (["2024-01-31", "2024-02-01"], [(2024, 1, 31), (2024, 2, 1)], ""),
        (
            ["2024-01-31 13:45:10", "2024-02-01T00:00"],
            [(2024, 1, 31, 13, 45, 10), (2024, 2, 1)],
            "",
        ),
        (
            ["2024-01-31T12:00:00+02:00", "2024-01-31T12:00:00Z"],
            [(2024, 1, 31, 10), (2024, 1, 31, 12)],
            "",
        ),
        (["2024/1/31", "2024/02/01 05:06"], [(2024, 1, 31), (2024, 2, 1, 5, 6)], ""),
        (["31.1.2024", "01.02.2024 5:06:07"], [(2024, 1, 31), (2024, 2, 1, 5, 6, 7)], ""),
        (["01/31/2024", "02/01/2024"], [(2024, 1, 31), (2024, 2, 1)], ""),
        (["31/01/2024", "01/02/2024"], [(2024, 1, 31), (2024, 2, 1)], ""),
        (["03/01/2024", "04/02/2024"], [(2024, 3, 1), (2024, 4, 2)], "month/day/year"),
        (["03.01.2024", "04.02.2024"], [(2024, 1, 3), (2024, 2, 4)], "day.month.year"),
        (["1899-12-31", "2262-05-01"], [(1899, 12, 31), (2262, 5, 1)], ""),
    ],
)
def test_dates(read: Read, texts: list[str], moments: list[tuple[int, ...]], note: str) -> None:
    text = "d,x,y\n" + "".join(f"{texts[i % 2]},{i},{i}.5\n" for i in range(6)) + ",7,1\n"
    raw = read(text, roles={"d": "time"})
    np.testing.assert_array_equal(raw.times, [seconds(*moments[i % 2]) for i in range(6)])
    assert (raw.gaps, raw.rows_with_gaps) == ((("d", 1),), 1)
    assert any(note in told for told in raw.notes if "dates" in told) == bool(note)


def test_what_is_no_date(read: Read) -> None:
    for wrong in ("2024-02-30", "31.02.2024", "2024-01-31x", "2024-13-01"):
        text = "d,x,y\n" + "2024-01-31,1,2\n" * 5 + f"{wrong},3,4\n"
        raw = read(text)
        assert raw.columns[0].categories, wrong
        refused(read, "line 7|written in different ways", text, types={"d": "date"})
    years = "d,x,y\n" + "".join(f"{1999 + i},{i},{i}.5\n" for i in range(4))
    raw = read(years, types={"d": "date"}, roles={"d": "time"})
    np.testing.assert_array_equal(raw.times, [seconds(1999 + i, 1, 1) for i in range(4)])
    refused(
        read, "numbers that are to be dates", years, types={"d": "date"}, roles={"d": "feature"}
    )
    days = "d,x,y\n" + "".join(f"2024013{i},{i},{i}.5\n" for i in range(2))
    raw = read(days, types={"d": "date"}, roles={"d": "time"})
    np.testing.assert_array_equal(raw.times, [seconds(2024, 1, 30), seconds(2024, 1, 31)])


# ---- gaps
GAPS = "a,b,t,y\n" + "".join(
    f"{'' if i == 3 else i},{'' if i == 5 else 'uv'[i % 2]},{i},{'' if i == 7 else i * 0.5}\n"
    for i in range(12)
)


def test_gaps_drop_their_rows_or_stay_to_be_filled(read: Read) -> None:
    dropped = read(GAPS)
    assert len(dropped) == 9
    assert dropped.gaps == (("a", 1), ("b", 1), ("y", 1))
    assert dropped.rows_with_gaps == 3
    np.testing.assert_array_equal(dropped.row_numbers, [2, 3, 4, 6, 8, 10, 11, 12, 13])
    assert "3 rows with missing values were left out (lines 5, 7, 9)." in dropped.notes
    filled = read(GAPS, missing={"a": "median", "b": "category"})
    x = in_memory(filled.x)
    assert len(filled) == 11
    # counted before any row is left out: what becomes of gaps does not change how many there are
    assert (filled.gaps, filled.rows_with_gaps, filled.rows_read) == (dropped.gaps, 1, 12)
    assert np.argwhere(np.isnan(x)).tolist() == [[3, 0], [5, 1]]
    assert [column.missing for column in filled.columns] == ["median", "category", "drop"]
    assert "1 row with missing values was left out (line 9)." in filled.notes
    prepared = prepare(filled, DataSettings(source=TableSource(path="t.csv")))
    assert np.isfinite(np.asarray(prepared.training.x)).all()
    gap_in_time = read(GAPS, missing={"a": "mean", "b": "most_frequent"}, roles={"a": "time"})
    assert len(gap_in_time) == 10  # no time, no place in the order


def test_many_empty_columns_are_told_at_once(read: Read) -> None:
    raw = read("a,b,c,d\n" + "".join(f",,{i},{i}.5\n" for i in range(9)))
    assert raw.ignored == ("a", "b")
    assert any("2 columns are empty and were left out ('a', 'b')" in note for note in raw.notes)


# ---- a file of its own for the test part
def test_a_test_file(read: Read) -> None:
    test = "y,x,b\n" + "1,5,w\n,6,u\n2,7,\n"
    main = "x,b,y\n" + "".join(f"{i},{'uv'[i % 2]},{i}.5\n" for i in range(10))
    raw = read(main, test)
    assert raw.columns[1].categories == ("u", "v", "w")
    assert raw.parts is not None
    assert raw.parts.tolist() == [-1] * 10 + [2]
    np.testing.assert_array_equal(in_memory(raw.x)[-1], [5, 2])
    assert raw.y[-1, 0] == 1.0
    assert raw.row_numbers is not None
    assert raw.row_numbers.tolist() == [*range(2, 12), 2]
    assert "2 rows of test.csv with missing values were left out (lines 3, 4)." in raw.notes
    assert "1 row of test.csv are the test part." in raw.notes


def test_a_test_file_that_does_not_fit(read: Read) -> None:
    main = "x,b,y\n" + "".join(f"{i},{'uv'[i % 2]},{i}.5\n" for i in range(10))
    refused(read, r"'test.csv' lacks 2 columns: b, y", main, "x,q\n1,2\n3,4\n")
    refused(read, r"'x' holds numbers, but 'k' in line 3 .*test.csv", main, "x,b,y\n1,u,2\nk,u,2\n")
    refused(read, r"test file 'test.csv' has no rows", main, "x,b,y\n")
    classes = "x,c\n" + "".join(f"{i},{'uv'[i % 2]}\n" for i in range(10))
    raw = read(classes, "x,c\n1,u\n2,new\n")
    assert raw.class_names == ("new", "u", "v")
    assert any("classes that the other does not: new" in note for note in raw.notes)
    numbers = read(classes.replace("u", "1").replace("v", "2"), "x,c\n1,2\n2,1\n")
    assert numbers.class_names == ("1", "2")
    assert numbers.y[-2:].tolist() == [1, 0]
    codes = read(main, "x,b,y\n1,7,3\n2,u,4\n")  # a number is a category where the others are
    assert codes.columns[1].categories == ("7", "u", "v")


def test_a_header_that_is_told(read: Read) -> None:
    text = "2001,2002,2003\n" + "".join(f"{i},{i + 1},{i}.5\n" for i in range(5))
    assert [column.name for column in read(text).columns] == ["2001", "2002"]
    told = read(text, header=False)
    assert [column.name for column in told.columns] == ["column 1", "column 2"]
    assert len(told) == 6
    numbers = "1.5,2.5,3.5\n" + text
    assert [column.name for column in read(numbers, header=True).columns] == ["1.5", "2.5"]


def test_dates_of_a_test_file_are_read_in_the_order_of_the_other(read: Read) -> None:
    """Alone, 02/06/2024 is a day in February; below 13/06/2024 it is one in June."""
    rows = "13/06/2024,1,5\n14/06/2024,2,6\n"
    told: dict[str, Any] = {"roles": {"d": "feature", "y": "target"}}
    raw = read("d,x,y\n" + rows, "d,x,y\n02/06/2024,3,7\n03/06/2024,4,8\n", **told)
    times = in_memory(raw.x)[:, 0].tolist()
    assert times == [seconds(2024, 6, day) for day in (13, 14, 2, 3)]
    with pytest.raises(DataError, match="elsewhere the day comes before the month") as caught:
        read("d,x,y\n" + rows, "d,x,y\n06/13/2024,3,7\n06/14/2024,4,8\n", **told)
    assert "this column holds dates" in caught.value.happened


def test_a_sample_is_called_by_its_place_in_its_own_file(read: Read) -> None:
    text = "x,y\n" + "".join(f"{i},{i}.5\n" for i in range(12))
    options = DataSettings(source=TableSource(path="-"))
    with pytest.raises(DataError, match=r"first in line 5\. After"):
        prepare(read(text.replace("\n3,", "\n1e300,")), options)
    with pytest.raises(DataError, match=r"first in line 5 of 'test\.csv'\. After"):
        prepare(read(text, text.replace("\n3,", "\n1e300,")), options)


def test_different_numbers_are_different_classes(read: Read) -> None:
    first = 9_000_000_000_000_000
    rows = [(f"{first + i % 3}", i) for i in range(12)]
    raw = read("x,y\n" + "".join(f"{i},{y}\n" for y, i in rows), task="multiclass")
    assert len(set(raw.class_names)) == 3
    assert [int(float(raw.class_names[place])) for place in raw.y] == [int(y) for y, _ in rows]
