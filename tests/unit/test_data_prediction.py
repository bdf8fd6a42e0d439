"""Samples to predict for: tables and arrays, good and bad."""

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_settings import BuiltinSource, DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.data.array_file import array_from
from app.data.errors import DataError
from app.data.loading import load
from app.data.prediction_inputs import PredictionInputs, read_prediction_inputs
from app.data.prepared import PreparedData
from app.data.preprocessing import FittedPreprocessing
from app.data.samples import in_memory
from app.data.table_files import form_of


@pytest.fixture(scope="module")
def iris() -> PreparedData:
    return load(DataSettings(source=BuiltinSource(name="iris"), preprocessing="standardize"))


@pytest.fixture(scope="module")
def digits() -> PreparedData:
    return load(DataSettings(source=BuiltinSource(name="digits"), preprocessing="pixels"))


def read(
    folder: Path, content: str | bytes, data: PreparedData, **options: Any
) -> PredictionInputs:
    path = folder / "inputs"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_prediction_inputs(str(path), data.preprocessing, **options)


def npy(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def table(data: PreparedData, names: list[str], rows: np.ndarray) -> str:
    order = [data.preprocessing.feature_names.index(name) for name in names]
    lines = [",".join(repr(float(v)) for v in in_memory(data.raw)[row, order]) for row in rows]
    return ",".join(names) + "\n" + "\n".join(lines) + "\n"


# ---- good files
def test_columns_are_found_by_name_in_any_order(tmp_path: Path, iris: PreparedData) -> None:
    names = list(iris.preprocessing.feature_names)[::-1]
    found = read(tmp_path, table(iris, names, iris.test.rows), iris)
    np.testing.assert_array_equal(found.x, iris.test.x)
    np.testing.assert_array_equal(found.raw, in_memory(iris.raw)[iris.test.rows])
    assert found.notes == ()
    assert not found.x.flags.writeable


def test_other_columns_are_ignored_aloud(tmp_path: Path, iris: PreparedData) -> None:
    names = list(iris.preprocessing.feature_names)
    lines = table(iris, names, iris.test.rows).splitlines()
    text = "\n".join([lines[0] + ",species", *(line + ",setosa" for line in lines[1:])])
    found = read(tmp_path, text, iris)
    np.testing.assert_array_equal(found.x, iris.test.x)
    assert found.notes == ("Not used: species.",)


def test_a_table_without_header_in_the_same_order(tmp_path: Path, iris: PreparedData) -> None:
    text = table(iris, list(iris.preprocessing.feature_names), iris.test.rows)
    found = read(tmp_path, text.partition("\n")[2], iris)
    np.testing.assert_array_equal(found.x, iris.test.x)


def test_one_feature_is_one_column(tmp_path: Path) -> None:
    sine = load(DataSettings(source=BuiltinSource(name="sine"), preprocessing="min_max"))
    found = read(
        tmp_path, "x\n" + "".join(f"{float(v)!r}\n" for v in in_memory(sine.raw)[:5, 0]), sine
    )
    np.testing.assert_array_equal(found.x, sine.preprocessing.transform(in_memory(sine.raw)[:5]))
    np.testing.assert_array_equal(read(tmp_path, npy(in_memory(sine.raw)[:5, 0]), sine).x, found.x)


@pytest.mark.parametrize("form", ["full", "no channel", "flat", "bytes", "fortran", "npz", "npz x"])
def test_pictures_as_arrays(tmp_path: Path, digits: PreparedData, form: str) -> None:
    raw = in_memory(digits.raw)[digits.test.rows]
    packed = io.BytesIO()
    if form == "npz":
        np.savez_compressed(packed, pictures=raw)
    else:
        np.savez(packed, x=raw, y=digits.test.y)
    content = {
        "full": npy(raw),
        "no channel": npy(raw[..., 0].astype(np.float64)),
        "flat": npy(raw.reshape(len(raw), 64)),
        "bytes": npy(raw.astype(np.uint8)),
        "fortran": npy(np.asfortranarray(raw)),
        "npz": packed.getvalue(),
        "npz x": packed.getvalue(),
    }[form]
    found = read(tmp_path, content, digits)
    np.testing.assert_array_equal(found.x, digits.test.x)


def test_one_sample_alone(tmp_path: Path, iris: PreparedData, digits: PreparedData) -> None:
    assert read(tmp_path, npy(in_memory(digits.raw)[3]), digits).x.shape == (1, 8, 8, 1)
    assert read(tmp_path, npy(in_memory(digits.raw)[3, :, :, 0]), digits).x.shape == (1, 8, 8, 1)
    assert read(tmp_path, npy(in_memory(iris.raw)[3]), iris).x.shape == (1, 4)


def test_pictures_as_a_table(tmp_path: Path, digits: PreparedData) -> None:
    rows = in_memory(digits.raw)[digits.test.rows].reshape(-1, 64)
    text = ",".join(f"p{i}" for i in range(64)) + "\n"
    text += "\n".join(",".join(f"{v:g}" for v in row) for row in rows)
    np.testing.assert_array_equal(read(tmp_path, text, digits).x, digits.test.x)


def test_categories_and_those_never_seen(tmp_path: Path) -> None:
    path = tmp_path / "training.csv"
    path.write_text(
        "code,colour,y\n" + "".join(f"{'AB'[i % 2]},{'rg'[i % 2]},{i}.5\n" for i in range(40))
    )
    data = load(DataSettings(source=TableSource(path=str(path))))
    found = read(tmp_path, "colour,code\nr,A\nblue,B\ng,7\n", data)
    # code = A, code = B, colour = g, colour = r
    assert found.x.tolist() == [[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]]
    assert [note.split(" did")[0] for note in found.notes] == ["code: 7", "colour: blue"]


# ---- bad files
def test_bad_tables_are_explained(tmp_path: Path, iris: PreparedData, digits: PreparedData) -> None:
    names = list(iris.preprocessing.feature_names)
    good = table(iris, names, iris.test.rows[:3])
    for text, data, message in (
        (table(iris, names[1:], iris.test.rows[:3]), iris, "lacks the column sepal length"),
        (table(iris, names[2:], iris.test.rows[:3]), iris, "lacks 2 columns"),
        (good + "1,2,,4\n", iris, "'petal length' lacks a value in line 5"),
        (good + "1,2,x,4\n", iris, "'x' in line 5"),
        (",".join(names) + "\n" + "a,b,c,d\n" * 3, iris, "holds texts such as 'a'"),
        (good + "1,2,3\n", iris, "Line 5"),
        (",".join(names) + "\n", iris, "no samples"),
        (good + "1,2,3,1e300\n", iris, "Sample 4"),
        ("", iris, "is empty"),
        (good, digits, "has 4 columns"),
    ):
        with pytest.raises(DataError, match=message):
            read(tmp_path, text, data)


def header_claiming(shape: str, dtype: str = "<f8") -> bytes:
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (118 - len(text) - 1) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


class Payload:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.trace,)


def test_pickled_arrays_are_refused_and_run_nothing(tmp_path: Path, iris: PreparedData) -> None:
    trace = tmp_path / "trace"
    objects = np.array([Payload(trace)], object)
    packed = io.BytesIO()
    np.savez(packed, x=objects)
    for content in (npy(objects, allow_pickle=True), packed.getvalue()):
        with pytest.raises(DataError, match="Python objects"):
            read(tmp_path, content, iris)
    with pytest.raises(DataError):
        read(tmp_path, pickle.dumps(Payload(trace)), iris)
    assert not trace.exists()


def test_bad_arrays_are_explained(tmp_path: Path, iris: PreparedData) -> None:
    good = npy(in_memory(iris.raw)[:9])
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    several = io.BytesIO()
    np.savez(several, a=in_memory(iris.raw), b=in_memory(iris.raw))
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w") as archive:
        archive.writestr("x.npy", "not an array")
    packed = io.BytesIO()
    np.savez_compressed(packed, x=in_memory(iris.raw))
    damaged = bytearray(packed.getvalue())
    damaged[60:80] = bytes(20)
    for content, message in (
        (header_claiming("(1000000000, 1000)") + bytes(80), "claims the shape"),
        (header_claiming("(9, -4)"), "claims the shape"),
        (header_claiming("(" + "9" * 4000 + ",)")[:118] + bytes(10), "cannot be read"),
        (header_claiming("(2, 4)", "<c16") + bytes(128), "not numbers"),
        (header_claiming("(2, 4)", "<U4") + bytes(128), "not numbers"),
        (header_claiming("(2, __import__('os'))"), "cannot be read"),
        (good[:-8], "claims the shape"),
        (good[:50], "cannot be read"),
        (b"\x93NUMPY\x09\x00" + good[8:], "cannot be read"),
        (npy(np.zeros((0, 4))), "no samples"),
        (npy(np.zeros((5, 3))), "has the shape 5 × 3"),
        (npy(np.float64(3)), "has the shape"),
        (npy(np.full((2, 4), np.nan)), "Sample 1"),
        (npy(np.full((2, 4), 1e300)), "Sample 1"),
        (several.getvalue(), "holds 2 arrays"),
        (text.getvalue(), "cannot be read"),
        (bytes(damaged), "cannot be read"),
        (packed.getvalue()[:-40], "cannot be read"),
    ):
        with pytest.raises(DataError, match=message):
            read(tmp_path, content, iris)


def test_an_archive_that_expands_without_end_is_stopped(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x.npy", "w", force_zip64=True) as member,
    ):
        for _ in range(520):
            member.write(bytes(2**20))
    assert len(packed.getvalue()) < 5 * 2**20
    with pytest.raises(DataError, match="larger than 512 MiB"):
        array_from(packed.getvalue(), "bomb.npz")


@given(st.binary(max_size=200), st.integers(0, 2**32 - 1))
def test_damaged_arrays_give_an_array_or_a_message(noise: bytes, seed: int) -> None:
    generator = np.random.default_rng(seed)
    packed = io.BytesIO()
    np.savez_compressed(packed, x=np.arange(30.0))
    for base in (npy(np.arange(30.0)), packed.getvalue()):
        content = bytearray(base)
        for byte in noise[:6]:
            content[generator.integers(6, len(content))] = byte
        start = int(generator.integers(6, len(content)))
        content[start:start] = noise[6:]
        try:
            found = array_from(bytes(content), "fuzzed")
        except DataError:
            pass  # told in words
        else:
            assert found.dtype.kind in "biuf"


# ---- gaps
GAPS = TableSource(
    path="gaps.csv",
    roles=FrozenMap(y="target"),
    missing=FrozenMap(n="median", t="category", u="most_frequent"),
)


def with_gaps(folder: Path, preprocessing: str = "standardize") -> tuple[PreparedData, list[str]]:
    """A table with gaps in three columns, and its lines below the header."""
    chance = np.random.default_rng(4)
    lines = [
        f"{'' if chance.random() < 0.2 else round(chance.normal(50, 9), 3)},"
        f"{chance.choice(['red', 'green', ''])},{chance.choice(['p', 'q', 'q', ''])},"
        f"{chance.normal():.4f},{row % 2}"
        for row in range(80)
    ]
    path = folder / "gaps.csv"
    path.write_text("n,t,u,w,y\n" + "\n".join(lines) + "\n")
    source = GAPS.model_copy(update={"path": str(path)})
    settings = DataSettings.model_validate({"source": source, "preprocessing": preprocessing})
    return load(settings), lines


def test_gaps_are_filled_as_in_the_training(tmp_path: Path) -> None:
    data, lines = with_gaps(tmp_path)
    again = FittedPreprocessing.from_json(data.preprocessing.to_json())
    path = tmp_path / "new.csv"
    path.write_text("n,t,u,w,y\n" + "\n".join(lines) + "\n")
    found = read_prediction_inputs(str(path), again)
    np.testing.assert_array_equal(found.raw, data.raw)
    np.testing.assert_array_equal(found.x[data.test.rows], data.test.x)
    gaps = sum(line.startswith(",") for line in lines)
    assert f"{gaps} gaps in n are filled as in the training." in found.notes
    # a gap alone, and a table of nothing but gaps in the filled columns
    alone = read(tmp_path, "n,t,u,w\n,,,0.5\n", data)
    assert len(alone) == 1
    assert np.isfinite(alone.x).all()


def test_a_gap_that_is_not_filled_names_line_and_column(tmp_path: Path) -> None:
    data, _ = with_gaps(tmp_path)
    with pytest.raises(DataError, match="The column 'w' lacks a value in line 3") as caught:
        read(tmp_path, "n,t,u,w\n1,red,p,1\n,,,\n", data)
    assert caught.value.how_to_fix == "Fill the gap or remove the line."


def test_gaps_in_an_array_are_filled_too(tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    path.write_text("a,b,y\n" + "".join(f"{row % 7},{row},{row * 0.5}\n" for row in range(40)))
    source = TableSource(path=str(path), missing=FrozenMap(a="mean", b="drop"))
    data = load(DataSettings(source=source))
    found = read(tmp_path, npy(np.array([[np.nan, 3.0], [1.0, 2.0]])), data)
    mean = np.mean([row % 7 for row in data.training.rows])
    np.testing.assert_allclose(found.x, [[mean, 3.0], [1.0, 2.0]], rtol=1e-6)
    with pytest.raises(DataError, match="Sample 2 of 'inputs' holds a value that is missing"):
        read(tmp_path, npy(np.array([[np.nan, 3.0], [1.0, np.nan]])), data)


def test_dates_are_read_in_the_order_of_the_training(tmp_path: Path) -> None:
    """Day and month of 02/06/2024 are told by the dates that the network was trained on."""
    source = tmp_path / "days.csv"
    rows = "".join(f"{day}/06/2024,{day % 3},{day % 2}\n" for day in range(10, 30))
    source.write_text("d,x,y\n" + rows)
    roles = FrozenMap({"d": "feature"})
    data = load(DataSettings(source=TableSource(path=str(source), roles=roles)))
    found = read(tmp_path, "d,x\n02/06/2024,1\n12/06/2024,1\n", data)
    days = found.raw[:, 0] / 86_400
    assert days.tolist() == [19_876, 19_886]  # 2024-06-02 and ten days later
    with pytest.raises(DataError, match="the day comes before the month"):
        read(tmp_path, "d,x\n06/13/2024,1\n", data)
    again = FittedPreprocessing.from_json(data.preprocessing.to_json())
    assert again == data.preprocessing


def test_new_data_have_the_header_that_was_told(tmp_path: Path) -> None:
    """A first row of texts that is a sample stays one."""
    path = tmp_path / "texts.csv"
    path.write_text("".join(f"{a},{b}\n" for a, b in zip("pqpqpq", "uvuvuv", strict=True)))
    source = TableSource(path=str(path), header=False)
    data = load(DataSettings(source=source))
    found = read_prediction_inputs(str(path), data.preprocessing, form_of(source))
    np.testing.assert_array_equal(found.raw, [[1, 0], [0, 1]] * 3)


def test_new_data_are_on_the_sheet_that_was_told(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(20, 2)).round(3)
    path, single = tmp_path / "two.xlsx", tmp_path / "one.xlsx"
    with pd.ExcelWriter(path) as workbook:
        for factor, sheet in ((100, "first"), (1, "second")):
            frame = pd.DataFrame(rows * factor, columns=["x", "y"])
            frame.to_excel(workbook, sheet_name=sheet, index=False)
    pd.DataFrame(rows, columns=["x", "y"]).to_excel(single, sheet_name="new", index=False)
    source = TableSource(path=str(path), sheet="second")
    data = load(DataSettings(source=source))
    for file in (path, single):
        found = read_prediction_inputs(str(file), data.preprocessing, form_of(source))
        np.testing.assert_array_equal(found.raw, rows[:, :1])
