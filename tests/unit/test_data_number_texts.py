"""Columns of numbers that are written for people are told, with a cell and what to do."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_settings import DataSettings, TableSource
from app.core.finding_problems import finding_problems
from app.core.frozen import FrozenMap
from app.core.problems import Problem
from app.core.project import Project
from app.core.templates import two_moons
from app.data.errors import DataError
from app.data.loading import load
from app.data.number_texts import grouped_numbers, number_like
from app.data.prediction_inputs import read_prediction_inputs
from app.data.preprocessing import FittedPreprocessing
from app.data.samples import in_memory
from app.data.table_files import TableForm
from app.data.table_frame import texts_of
from app.data.table_source import load_table


@pytest.mark.parametrize(
    ("cells", "row"),
    [
        (["1.234,56", "12.345,00", "2.000,10"], 0),
        (["12.3%", "4 %", "100%"], 0),
        (["12 EUR", "3,50 EUR", "none yet"], 0),
        (["7", "8", "$1,200", "$3"], 2),
        (["-1 234 567", "5", "12 000"], 0),
        (["12.5 kg", "1 kg", "unknown", "3 kg", None], 0),
        (["80 km/h", "50 km/h"], 0),
        (["red", "12 %", "green", "blue"], None),
        (["12a", "13b", "14c", "15d"], None),
        (["A12", "B13"], None),
        (["10-20", "20-30"], None),
        (["12:30", "13:45"], None),
        (["1", "2", "3"], None),
        ([None, "?"], None),
        (["1st", "2nd", "3rd", "4th"], None),
    ],
)
def test_what_looks_like_a_number(cells: list[str | None], row: int | None) -> None:
    assert number_like(texts_of(cells), ".") == row


def test_the_mark_of_the_table_counts() -> None:
    assert number_like(texts_of(["1,5", "2,5"]), ",") is None
    assert number_like(texts_of(["1,5", "2,5"]), ".") == 0


@pytest.mark.parametrize(
    ("cells", "decimal", "numbers"),
    [
        (["35.060,08", "950,5", "1.234.567", None], ",", [35060.08, 950.5, 1234567.0, np.nan]),
        (["35.060,08", "950,5"], ".", [35060.08, 950.5]),  # both marks tell which is which
        (["1,250", "-12,345.5", "7"], ".", [1250.0, -12345.5, 7.0]),
        (["1'250.5", "3"], ".", [1250.5, 3.0]),
        (["12\u202f000", "1\u202f000,5"], ",", [12000.0, 1000.5]),
        (["1.250", "2.000"], ".", None),  # numbers as they are
        (["1.250", "2 000"], ",", None),  # two marks
        (["1,250", "many"], ".", None),
        (["12,50", "1,250"], ".", None),
        (["0,250"], ".", None),
        (["1,250 EUR"], ".", None),
        (["1,250", "1e999"], ".", None),
        ([], ".", None),
    ],
)
def test_marks_between_thousands(
    cells: list[str | None], decimal: str, numbers: list[float] | None
) -> None:
    found = grouped_numbers(texts_of(cells), decimal)
    assert (found is None) == (numbers is None)
    if found is not None and numbers is not None:
        np.testing.assert_array_equal(found.values, numbers)


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
    st.sampled_from([".", ",", "'", " "]),
)
def test_any_whole_numbers_written_with_marks(numbers: list[int], mark: str) -> None:
    texts = [f"{number:,}".replace(",", mark) for number in numbers]
    found = grouped_numbers(texts_of(texts), "," if mark == "." else ".")
    if any(abs(number) >= 1_000 for number in numbers):
        assert found is not None
        assert found.values.tolist() == numbers
    else:
        assert found is None


def on(source: TableSource) -> Project:
    return two_moons().model_copy(update={"data": DataSettings(source=source)})


def warned(project: Project) -> dict[str | None, Problem]:
    found = finding_problems(project, load(project.data).summary)
    return {p.option: p for p in found if "look like numbers" in p.title}


def file(tmp_path: Path, text: str, name: str = "prices.csv") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


PRICES = "price;area;kind\n" + "".join(
    f"{n + 30}.{n:03d},08;{n % 9},5;{'ab'[n % 2]}\n" for n in range(150)
)


def test_such_columns_are_warned_of_with_a_cell_and_a_remedy(tmp_path: Path) -> None:
    rows = [f'{n},"{n}.{n:03d},50",{n % 40} EUR,{n % 2}' for n in range(1, 151)]
    path = file(tmp_path, "n,price,fee,y\n" + "\n".join(rows) + "\n")
    project = on(TableSource(path=path))
    problems = warned(project)  # one is left out for its 150 texts, one makes 40 categories
    assert {p.severity for p in problems.values()} == {"warning"}
    assert problems["price"].happened.startswith("150 texts such as '1.001,50' in line 2")
    assert "'1.001,50' is 1,001.5." in problems["price"].how_to_fix
    assert [fix.label for fix in problems["price"].fixes][:2] == [
        "Read them as numbers",
        "Ignore price",
    ]
    assert problems["fee"].happened.startswith("40 texts such as '1 EUR' in line 2")
    assert [fix.label for fix in problems["fee"].fixes] == ["Ignore fee", "Keep them as texts"]
    for fix in (problems["price"].fixes[0], *problems["fee"].fixes):
        project = fix.edit(project)
    assert warned(project) == {}


def test_the_remedy_reads_numbers_and_says_how(tmp_path: Path) -> None:
    project = on(TableSource(path=file(tmp_path, PRICES)))
    data = load(warned(project)["price"].fixes[0].edit(project).data)
    assert data.summary.feature_names == ("price", "area")
    raw = load_table(TableSource(path=file(tmp_path, PRICES), types=FrozenMap(price="number")))
    expected = [(n + 30) * 1000 + n + 0.08 for n in range(150)]
    np.testing.assert_allclose(in_memory(raw.x)[:, 0], expected, rtol=1e-15)
    assert any("'30.000,08' is 30000.08" in note for note in data.summary.notes)


def test_the_target_can_be_read_as_numbers_too(tmp_path: Path) -> None:
    text = "area;price\n" + "".join(f"{n},5;{n + 30}.{n:03d},08\n" for n in range(50))
    project = on(TableSource(path=file(tmp_path, text)))
    problem = warned(project)["price"]
    assert [fix.label for fix in problem.fixes] == ["Read them as numbers", "Keep them as texts"]
    found = load(problem.fixes[0].edit(project).data).summary
    assert (found.task, found.target_names) == ("regression", ("price",))


def test_a_mark_among_plain_numbers_is_asked_about(tmp_path: Path) -> None:
    rows = "".join(f"{n}00,5;{n % 2}\n" for n in range(1, 10))
    source = TableSource(path=file(tmp_path, f"x;y\n{rows}1.250,5;1\n"))
    with pytest.raises(DataError, match=r"'1\.250,5' in line 11") as told:
        load_table(source)
    assert (told.value.column, told.value.types) == ("x", ("number", "category"))
    assert "'1.250,5' is 1250.5" in told.value.how_to_fix
    found = load_table(source.model_copy(update={"types": FrozenMap(x="number")}))
    assert in_memory(found.x)[-1, 0] == 1250.5


def test_test_file_and_new_data_are_read_as_the_training_data(tmp_path: Path) -> None:
    path = file(tmp_path, PRICES)
    test = file(tmp_path, "price;area;kind\n9.999,25;1,5;a\n7,75;2,5;b\n", "test.csv")
    source = TableSource(path=path, test_path=test, types=FrozenMap(price="number"))
    assert in_memory(load_table(source).x)[-2:, 0].tolist() == [9999.25, 7.75]
    fitted = load(DataSettings(source=source)).preprocessing
    assert FittedPreprocessing.from_json(fitted.to_json()) == fitted
    new = file(tmp_path, "price;area\n1.250,5;2,5\n950;2,5\n", "new.csv")
    assert read_prediction_inputs(new, fitted).raw[:, 0].tolist() == [1250.5, 950.0]
    new = file(tmp_path, "price;area\n1.250;2.5\n1.950;2.5\n", "new.csv")
    with pytest.raises(DataError, match="stands between thousands"):  # 1.25 or 1250?
        read_prediction_inputs(new, fitted)
    told = TableForm(decimal=",")
    new = file(tmp_path, "price;area\n1.250;2,5\n1.950;2,5\n", "new.csv")
    assert read_prediction_inputs(new, fitted, told).raw[:, 0].tolist() == [1250.0, 1950.0]


def test_numbers_never_get_marks_unless_told(tmp_path: Path) -> None:
    """Who trained on decimal commas must not have 1,250 read as 1250."""
    path = file(tmp_path, "x;y\n" + "".join(f"{n},250;{n % 2}\n" for n in range(20)))
    fitted = load(DataSettings(source=TableSource(path=path))).preprocessing
    new = file(tmp_path, 'n,x\n1,"1,250"\n2,"7,125"\n', "new.csv")
    with pytest.raises(DataError, match="may part thousands"):
        read_prediction_inputs(new, fitted)
