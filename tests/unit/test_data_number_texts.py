"""Columns of numbers that are written for people are told, with a cell and what to do."""

from pathlib import Path

import pytest

from app.core.data_settings import TableSource
from app.data.number_texts import number_like
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


def test_the_column_its_cell_and_the_way_out_are_named(tmp_path: Path) -> None:
    path = tmp_path / "prices.csv"
    rows = [f'{n},"{n}.{n:03d},50",{n % 40} EUR,{n % 2}' for n in range(1, 151)]
    path.write_text("n,price,fee,y\n" + "\n".join(rows) + "\n", encoding="utf-8")
    notes = [n for n in load_table(TableSource(path=str(path))).notes if "seems to hold" in n]
    assert len(notes) == 2  # one is left out for its 150 texts, one makes 40 categories
    assert any("'price' seems to hold numbers, such as '1.001,50' in line 2" in n for n in notes)
    assert any("'fee' seems to hold numbers, such as '1 EUR' in line 2" in n for n in notes)
    told = TableSource.model_validate({"path": str(path), "types": {"fee": "category"}})
    assert not any("'fee' seems" in note for note in load_table(told).notes)
