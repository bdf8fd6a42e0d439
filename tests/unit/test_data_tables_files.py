"""Parquet files, Excel workbooks, the beginning of a table, and what is kept of one."""

import os
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as arrow
import pyarrow.parquet
import pytest

from app.core.data_settings import ArraySource, DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.data import excel_table, parquet_table, table_files
from app.data.errors import DataError, LoadingStopped
from app.data.loading import prepare
from app.data.prediction_inputs import read_prediction_inputs
from app.data.prepared import PreparedData
from app.data.progress import LoadingProgress
from app.data.raw_data import RawData
from app.data.room import DataRoom
from app.data.samples import in_memory
from app.data.table_description import TableDescription, describe_table
from app.data.table_files import TableForm
from app.data.table_source import load_table
from app.jobs.control import JobControl


def load(path: Path, **options: Any) -> RawData:
    maps: dict[str, Any] = {
        k: FrozenMap(v) if isinstance(v, dict) else v for k, v in options.items()
    }
    return load_table(TableSource(path=str(path), **maps))


def refused(path: Path, message: str, **options: Any) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load(path, **options)
    error = caught.value
    assert all(text.endswith(".") for text in (error.happened, error.expected, error.how_to_fix))


def seconds(*moment: int) -> float:
    return datetime(*moment, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


# ---- Parquet
def parquet(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    arrow.parquet.write_table(arrow.table(columns), path, **options)
    return path


def test_parquet(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "t.csv",  # told by its first bytes, not by its name
        {
            "whole": arrow.array([1, 2, None, 4], arrow.int16()),
            "half": arrow.array([0.5, float("nan"), 2.5, 3.5], arrow.float32()),
            "exact": arrow.array([1, 2, 3, 4]).cast(arrow.decimal128(30, 2)),
            "word": ["b", " a ", None, "NA"],
            "kind": arrow.array(["u", "v", "u", None]).dictionary_encode(),
            "flag": [True, False, True, None],
            "day": arrow.array([date(2024, 1, d) for d in range(1, 5)]),
            "time": arrow.array([datetime(2024, 1, 1, h, tzinfo=UTC) for h in range(4)]),
            "list": [[1], [2], [3], [4]],
            "__index_level_0__": [5, 6, 7, 8],
            "y": arrow.array([1, 2**60, 3, 4], arrow.uint64()),
        },
        row_group_size=2,
    )
    raw = load(
        path,
        roles={"time": "time", "day": "feature"},
        missing=dict.fromkeys(("whole", "half", "word", "kind", "flag"), "most_frequent"),
    )
    nan = np.nan
    expected = [
        [1, 0.5, 1, 1, 0, 1, seconds(2024, 1, 1)],
        [2, nan, 2, 0, 1, 0, seconds(2024, 1, 2)],
        [nan, 2.5, 3, nan, 0, 1, seconds(2024, 1, 3)],
        [4, 3.5, 4, nan, nan, nan, seconds(2024, 1, 4)],
    ]
    np.testing.assert_array_equal(raw.x, expected)
    assert [c.categories for c in raw.columns[3:6]] == [("a", "b"), ("u", "v"), ("False", "True")]
    np.testing.assert_array_equal(raw.times, [seconds(2024, 1, 1, h) for h in range(4)])
    assert raw.y[1, 0] == np.float32(2**60)
    assert raw.row_numbers is not None
    assert raw.row_numbers.tolist() == [1, 2, 3, 4]
    assert any("neither numbers, texts nor dates: list" in note for note in raw.notes)


def test_parquet_that_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1" + b"noise" * 20)
    refused(path, "Parquet file 't.parquet' cannot be read")
    parquet(path, {"x": list(range(1000)), "y": [0.5] * 999 + [1.0]})
    content = path.read_bytes()
    generator = np.random.default_rng(0)
    for _ in range(60):
        broken = bytearray(content)
        for place in generator.integers(4, len(content), 4):
            broken[place] = generator.integers(256)
        path.write_bytes(broken)
        try:
            assert len(load(path)) <= 1000
        except DataError:
            continue
    path.write_bytes(content[:-50])
    refused(path, "cannot be read")
    path.write_bytes(content)
    with pytest.raises(LoadingStopped):
        load_table(TableSource(path=str(path)), lambda: True)
    monkeypatch.setattr(parquet_table, "MOST_ROWS", 999)
    refused(path, "more than 999 rows")
    monkeypatch.setattr(parquet_table, "largest_file", lambda: 5_000)
    monkeypatch.setattr(parquet_table, "MOST_ROWS", 10**6)
    path.write_bytes(content)
    refused(path, "too large|unpacks to")


@pytest.mark.parametrize(
    ("package", "beginning", "message"),
    [("pyarrow", b"PAR1", r"layerlab\[parquet\]"), ("openpyxl", b"PK\3\4", r"layerlab\[excel\]")],
)
def test_a_package_that_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, beginning: bytes, message: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    path = tmp_path / "t"
    path.write_bytes(beginning + b"rest")
    refused(path, message)


# ---- Excel
def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


ROWS: list[list[Any]] = [
    ["x", "kind", "day", "flag", "y"],
    *([i, "uv"[i % 2], datetime(2024, 1, i + 1), i % 2 == 0, i * 0.5] for i in range(8)),  # noqa: DTZ001
]


def test_a_workbook(tmp_path: Path) -> None:
    around = [[], [None, *ROWS[0], None], [], *([None, *row] for row in ROWS[1:]), [None] * 9]
    path = workbook(tmp_path / "t.csv", {"empty": [], "data": ROWS, "far": around})
    refused(path, "The sheet 'empty' .* is empty")
    refused(path, "no sheet 'q'.* empty, data, far", sheet="q")
    raw = load(path, sheet="data", roles={"day": "time"})
    assert [(c.name, c.categories) for c in raw.columns] == [
        ("x", ()),
        ("kind", ("u", "v")),
        ("flag", ("False", "True")),
    ]
    np.testing.assert_array_equal(raw.times, [seconds(2024, 1, d) for d in range(1, 9)])
    np.testing.assert_array_equal(raw.y[:, 0], np.arange(8) * 0.5)
    far = load(path, sheet="far", roles={"day": "time"})
    np.testing.assert_array_equal(far.x, raw.x)
    assert far.row_numbers is not None
    assert far.row_numbers.tolist() == list(range(4, 12))


def test_cells_of_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    workbook(path, {"s": [["x", "y"], *([i, i * 0.5] for i in range(9)), ["#DIV/0!", 1]]})
    refused(path, "'x' holds numbers, but '#DIV/0!' in row 11")
    workbook(path, {"s": [["x", "y"], *([i, i * 0.5] for i in range(9)), ["=A2+1", 1], [None, 3]]})
    raw = load(path)  # a formula that was never worked out is nothing
    assert len(raw) == 9
    assert any("(rows 11, 12)" in note for note in raw.notes)
    workbook(path, {"s": [["x"], [1], [2]]})
    refused(path, "The sheet 's' of 't.xlsx' has only one column.* a table with more columns")


def test_a_sheet_without_a_table_leads_to_the_others(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    notes = [["Read me first"], ["Measured in May"]]
    workbook(path, {"notes": notes, "data": ROWS, "none": []})
    refused(path, "The sheet 'notes' of 't.xlsx' has only one column.* also 'data', 'none'\\.")
    refused(path, "The sheet 'none' of 't.xlsx' is empty.* also 'notes', 'data'\\.", sheet="none")
    for sheet, told in ((None, "notes"), ("none", "none"), ("gone", "gone")):
        found = describe_table(str(path), TableForm(sheet=sheet))
        assert (found.sheets, found.sheet) == (("notes", "data", "none"), told)
        assert (found.columns, found.rows, found.header) == ((), (), None)
    assert describe_table(str(path), TableForm(sheet="data")).columns[0].name == "x"
    many = {f"s{number}": notes for number in range(9)}
    refused(workbook(path, many), "also 's1', 's2', 's3', 's4', 's5' and 3 more")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match="cannot be read"):
        describe_table(str(path))


def with_part(path: Path, name: str, content: bytes) -> None:
    """A workbook with one part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[name] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<dimension ref="A1:XFD1048576"/><sheetData>%s</sheetData></worksheet>'
)
_PART = "xl/worksheets/sheet1.xml"


def test_workbooks_that_are_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.xlsx"
    workbook(path, {"s": ROWS})
    with_part(path, "xl/media/bomb.bin", bytes(300 * 2**20 // 4))
    refused(path, "unpacks to")
    workbook(path, {"s": ROWS})
    rows = "".join(
        f'<row r="{r}"><c r="A{r}"><v>{r}</v></c><c r="B{r}"><v>2</v></c></row>' for r in (1, 2, 3)
    )
    with_part(path, _PART, (SHEET % rows).encode())
    frame = excel_table.read_workbook(str(path), header=False)
    assert len(frame) == 3  # whatever size it claims
    with_part(
        path,
        _PART,
        (SHEET % '<row r="1"/><row r="900000000"><c r="XFD900000000"><v>1</v></c></row>').encode(),
    )
    monkeypatch.setattr(excel_table, "MOST_CELLS", 10_000)
    refused(path, "too large")
    bomb = (
        '<!DOCTYPE a [<!ENTITY b "xx"><!ENTITY c "&b;&b;">]>'
        + SHEET % "<row><c><v>&c;</v></c></row>"
    )
    for content in (b"noise", b"<worksheet", bomb.encode(), b""):
        workbook(path, {"s": ROWS})
        with_part(path, _PART, content)
        with pytest.raises(DataError):
            load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "no workbook")
    refused(path, "a zip archive, but no Excel workbook")
    path.write_bytes(b"\xd0\xcf\x11\xe0rest")
    refused(path, r"old Excel versions \(.xls\), or .* password")
    workbook(path, {"s": ROWS})
    with pytest.raises(LoadingStopped):
        load_table(TableSource(path=str(path)), lambda: True)
    content = path.read_bytes()
    generator = np.random.default_rng(0)
    for _ in range(40):
        broken = bytearray(content)
        for place in generator.integers(4, len(content), 6):
            broken[place] = generator.integers(256)
        path.write_bytes(broken)
        try:
            load(path)
        except DataError:
            continue


# ---- the beginning
def test_descriptions(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;b;c\n" + "".join(f"{i},5;2024-01-01;{'uv'[i % 2]}\n" for i in range(50)))
    found = describe_table(str(path))
    assert (found.kind, found.separator, found.decimal, found.encoding) == (
        "text",
        ";",
        ",",
        "utf-8",
    )
    assert [(c.name, c.type) for c in found.columns] == [
        ("a", "number"),
        ("b", "date"),
        ("c", "category"),
    ]
    assert found.rows[1] == ("1,5", "2024-01-01", "v")
    assert (len(found.rows), found.header, found.size) == (20, True, path.stat().st_size)
    wrong = describe_table(str(path), TableForm(separator="|", header=False, encoding="latin-1"))
    assert [column.name for column in wrong.columns] == ["column 1"]
    assert (wrong.rows[0], wrong.encoding) == (("a;b;c",), "latin-1")
    path.write_bytes("x,größe\n1,2\n".encode("cp1252"))
    assert describe_table(str(path)).columns[1].name == "größe"
    path.write_text("x,y\n1,2\n3\n4,5,6\n")  # a table that cannot be read is still shown
    assert describe_table(str(path)).rows == (("1", "2"), ("3",), ("4", "5", "6"))
    sheet = describe_table(
        str(workbook(path, {"one": [["q", "r"], [1, 2]], "two": ROWS})), TableForm(sheet="two")
    )
    assert (sheet.kind, sheet.sheets, sheet.sheet) == ("excel", ("one", "two"), "two")
    assert [c.type for c in sheet.columns] == ["number", "category", "date", "category", "number"]
    assert sheet.rows[1] == ("1", "v", "2024-01-02", "False", "0.5")
    table = describe_table(str(parquet(path, {"x": list(range(500)), "w": ["a", None] * 250})))
    assert (table.kind, len(table.rows), table.rows[1]) == ("parquet", 20, ("1", ""))
    assert isinstance(table, TableDescription)
    with pytest.raises(DataError, match="does not exist"):
        describe_table(str(tmp_path / "none"))


# ---- what is kept
def job_result(job: Callable[..., object]) -> PreparedData:
    def report(event: object) -> None:
        assert isinstance(event, LoadingProgress)

    result = job(report, JobControl())
    assert isinstance(result, PreparedData)
    return result


def test_another_role_reads_no_file_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    text = "x,z,y\n" + "".join(f"{i},{i % 3},{i}.5\n" for i in range(50))
    path.write_text(text)
    opened: list[str] = []
    read = table_files.read_frame

    def counting(path: str, *told: Any) -> Any:
        opened.append(path)
        return read(path, *told)

    monkeypatch.setattr(table_files, "read_frame", counting)
    desk = DataRoom()

    def prepared(**options: Any) -> PreparedData:
        maps: dict[str, Any] = {k: FrozenMap(v) for k, v in options.items()}
        return job_result(desk.load(DataSettings(source=TableSource(path=str(path), **maps))))

    assert prepared().summary.feature_names == ("x", "z")
    assert prepared(roles={"x": "ignored"}).summary.feature_names == ("z",)
    assert len(prepared(types={"z": "category"}).summary.feature_names) == 4
    assert prepared(types={"z": "category"}, missing={"z": "category"}).summary.samples == 50
    assert opened == [str(path)]
    path.write_text(text + "1,2,3\n")
    os.utime(path, ns=(1, 1))
    assert prepared().summary.samples == 51  # a file that was changed is another one
    assert len(opened) == 2
    monkeypatch.setattr(table_files, "memory_limit", lambda: 100)
    path.write_text(text + "1,2,3\n4,5,6\n")
    assert prepared().summary.samples == 52
    assert prepared(roles={"x": "ignored"}).summary.samples == 52
    assert len(opened) == 4  # what is larger than its share of the memory is not kept


# ---- the same columns in new data, whatever kind of file holds them
def test_new_data_in_every_kind_of_file(tmp_path: Path) -> None:
    names = ["x", "kind", "day", "flag", "y"]
    rows: list[list[Any]] = [
        [i, "uv"[i % 2], f"2024-01-{i + 1:02}", i % 2 == 0, i * 0.5] for i in range(20)
    ]
    rows[4][0] = rows[5][1] = ""
    path = tmp_path / "t.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [names, *rows]))
    source = TableSource(
        path=str(path),
        roles=FrozenMap({"day": "feature"}),
        missing=FrozenMap({"x": "mean", "kind": "category"}),
        types=FrozenMap({"flag": "number"}),
    )
    settings = DataSettings(source=source, preprocessing="standardize")
    prepared = prepare(load_table(source), settings)
    new = [row[:4] for row in rows]
    sheet: list[list[Any]] = [
        [r[0] or None, r[1] or None, date(2024, 1, i + 1), r[3]] for i, r in enumerate(new)
    ]
    sheet[0][0] = 0
    by_column = dict(zip(names, zip(*sheet, strict=True), strict=False))
    files = (
        path,
        workbook(tmp_path / "t.xlsx", {"s": [names[:4], *sheet]}),
        parquet(tmp_path / "t.parquet", {name: list(cells) for name, cells in by_column.items()}),
    )
    order = np.argsort(prepared.training.rows)
    wanted = np.asarray(prepared.training.x)[order]
    for file in files:
        inputs = read_prediction_inputs(str(file), prepared.preprocessing)
        np.testing.assert_array_equal(inputs.x[prepared.training.rows[order]], wanted)
    path.write_text("x,kind,day,flag\n1,u,,True\n")
    with pytest.raises(DataError, match="'day' lacks a value in line 2"):
        read_prediction_inputs(str(path), prepared.preprocessing)
    path.write_text("x,kind,day,flag\n1,u,2024-01-01,maybe\n")
    with pytest.raises(DataError, match=r"'flag' .* holds texts such as 'maybe'"):
        read_prediction_inputs(str(path), prepared.preprocessing)


def test_arrays_are_read_again_when_their_file_is_another_one(tmp_path: Path) -> None:
    path, targets = tmp_path / "x.npy", tmp_path / "y.npy"
    desk = DataRoom()
    settings = DataSettings(source=ArraySource(path=str(path), target_path=str(targets)))
    means = []
    for changed in (None, path, targets):
        np.save(path, np.full((20, 2), 1.0 if changed is None else 5.0))
        np.save(targets, np.arange(20.0) + (10.0 if changed == targets else 0.0))
        os.utime(path, ns=(1, 1 if changed is None else 2))
        os.utime(targets, ns=(1, 2 if changed == targets else 1))
        data = job_result(desk.load(settings))
        means.append((float(in_memory(data.raw).mean()), float(data.targets.mean())))
    assert means == [(1.0, 9.5), (5.0, 9.5), (5.0, 19.5)]
    path.unlink()
    assert job_result(desk.load(settings)) is not None  # what was read serves on


def test_truth_values_have_one_name_in_every_kind_of_file(tmp_path: Path) -> None:
    flags = [i % 3 == 0 for i in range(20)]
    csv = tmp_path / "t.csv"
    csv.write_text("flag,y\n" + "".join(f"{flag},{i}.5\n" for i, flag in enumerate(flags)))
    sheet: list[list[Any]] = [
        ["flag", "y"],
        *([flag, i + 0.5] for i, flag in enumerate(flags)),
    ]
    columns = {"flag": flags, "y": [i + 0.5 for i in range(20)]}
    for path in (
        csv,
        workbook(tmp_path / "t.xlsx", {"s": sheet}),
        parquet(tmp_path / "t.parquet", columns),
    ):
        raw = load(path)
        assert raw.columns[0].categories == ("False", "True")
        np.testing.assert_array_equal(in_memory(raw.x)[:, 0], flags)


def test_numbers_among_texts_are_written_as_in_a_text_file(tmp_path: Path) -> None:
    cells = [0.5, "x", 2, 1e-7, None, date(2024, 1, 2)] * 4
    rows: list[list[Any]] = [
        ["mixed", "y"],
        *([cell, i + 0.5] for i, cell in enumerate(cells)),
    ]
    raw = load(workbook(tmp_path / "t.xlsx", {"s": rows}), types={"mixed": "category"})
    assert set(raw.columns[0].categories) == {"0.5", "x", "2", "1e-07", "2024-01-02"}
