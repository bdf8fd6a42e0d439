"""A table in the place of another: which settings stay."""

from pathlib import Path

import pytest

from app.core.data_settings import TableSource
from app.core.frozen import FrozenMap
from app.data.table_description import DescribedColumn, TableDescription
from app.ui.table_again import chosen_again, dropped_words, fits


def described(*names: str) -> TableDescription:
    columns = tuple(DescribedColumn(name, "number") for name in names)
    return TableDescription("text", "new.csv", 1, columns, (), True)


TOLD = TableSource(path="/old/t.csv", roles=FrozenMap({"id": "ignored"}))
PLAIN = TableSource(path="C:\\old\\t.csv")


@pytest.mark.parametrize(
    ("source", "known", "name", "found", "fitting"),
    [
        (TOLD, ("id", "x"), "new.csv", described("x", "id"), True),
        (TOLD, ("id", "x"), "new.csv", described("x", "id", "y"), False),
        (TOLD, (), "new.csv", described("x", "id", "y"), True),
        (TOLD, (), "t.csv", described("x", "y"), False),
        (TOLD, (), "t.csv", None, False),
        (PLAIN, (), "t.csv", described("x", "y"), True),
        (PLAIN, (), "new.csv", described("x", "y"), False),
        (PLAIN, ("x", "y"), "new.csv", described("x", "y"), True),
    ],
)
def test_settings_stay_where_the_columns_are_the_same(source, known, name, found, fitting):
    assert fits(source, known, Path("/new") / name, found) is fitting


def test_the_test_file_is_looked_for_beside_it(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    source = TableSource(path=str(old / "t.csv"), test_path=str(old / "test.csv"))
    dropped = chosen_again(source, new / "t.csv")
    assert (dropped.path, dropped.test_path) == (str(new / "t.csv"), None)
    assert "test.csv is not beside t.csv" in dropped_words(source, dropped)
    (old / "test.csv").write_text("x,y\n1,2\n")
    assert chosen_again(source, new / "t.csv").test_path == str(old / "test.csv")
    (new / "test.csv").write_text("x,y\n1,2\n")
    moved = chosen_again(source, new / "t.csv")
    assert moved.test_path == str(new / "test.csv")
    assert dropped_words(source, moved) == ""
    assert "other columns" in dropped_words(TOLD, TableSource(path="/new/u.csv"))
