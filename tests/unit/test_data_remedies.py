"""What an error of a column offers, and the edits that follow it."""

from pathlib import Path

import pytest

from app.core.data_edits import set_column_role, set_column_type, set_decimal_mark
from app.core.data_settings import DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.templates import two_moons
from app.data.errors import DataError
from app.data.samples import in_memory
from app.data.table_description import describe_table
from app.data.table_source import load_table


def table(tmp_path: Path, text: str) -> TableSource:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return TableSource(path=str(path))


def on(source: TableSource) -> Project:
    return two_moons().model_copy(update={"data": DataSettings(source=source)})


def refused(source: TableSource) -> DataError:
    with pytest.raises(DataError) as told:
        load_table(source)
    return told.value


def test_a_text_among_numbers_can_become_a_category(tmp_path: Path) -> None:
    rows = "".join(f"{row or 'none'},{row % 2}\n" for row in range(1, 9))
    source = table(tmp_path, f"x,y\nmany,1\n{rows}")
    error = refused(source)
    assert (error.column, error.types, error.decimal) == ("x", ("category",), "")
    mended = set_column_type(on(source), name="x", kind="category").data.source
    assert isinstance(mended, TableSource)
    assert load_table(mended).columns[0].categories == (*"12345678", "many")


def test_another_decimal_mark_is_named(tmp_path: Path) -> None:
    rows = "".join(f"{row},5;{row % 2}\n" for row in range(9))
    error = refused(table(tmp_path, f"x;y\n{rows}").model_copy(update={"decimal": "."}))
    assert (error.column, error.decimal) == ("x", ",")
    source = table(tmp_path, f"x;y\n{rows}").model_copy(update={"decimal": "."})
    mended = set_decimal_mark(on(source), mark=",").data.source
    assert isinstance(mended, TableSource)
    assert in_memory(load_table(mended).x)[:, 0].tolist() == [row + 0.5 for row in range(9)]


def test_a_way_to_fill_gaps_that_the_new_type_lacks_is_taken_away(tmp_path: Path) -> None:
    source = TableSource(path="t.csv", missing=FrozenMap({"x": "mean", "z": "mean"}))
    changed = set_column_type(on(source), name="x", kind="category").data.source
    assert isinstance(changed, TableSource)
    assert (dict(changed.types), dict(changed.missing)) == ({"x": "category"}, {"z": "mean"})
    kept = set_column_type(on(source), name="x", kind="number").data.source
    assert isinstance(kept, TableSource)
    assert dict(kept.missing) == {"x": "mean", "z": "mean"}
    assert set_column_type(two_moons(), name="x", kind="number") == two_moons()
    assert set_decimal_mark(two_moons(), mark=",") == two_moons()


def test_a_comma_at_the_end_of_each_row_makes_no_target(tmp_path: Path) -> None:
    source = table(tmp_path, "x,y,\n" + "".join(f"{row},{row % 2},\n" for row in range(9)))
    assert load_table(source).target_names == ("y",)
    assert [column.empty for column in describe_table(source.path).columns] == [False, False, True]


def test_lines_above_the_names_are_spoken_of(tmp_path: Path) -> None:
    rows = "".join(f"{row},{row % 2},1\n" for row in range(9))
    for above in ("A report", "A report,of 2024"):
        source = table(tmp_path, f"{above}\nx,y,z\n{rows}").model_copy(update={"skip_rows": 0})
        assert "lines above" in refused(source).how_to_fix
        assert "set Skip rows to their number" in refused(source).how_to_fix


# ---------------------------------------------------------------- roles


def test_a_type_that_was_chosen_is_blamed_for_itself(tmp_path: Path) -> None:
    """The numbers 0 to 3 hold no texts: it was told that they are categories."""
    rows = "".join(f"{row % 7}.5,{row % 4},{row % 2}\n" for row in range(20))
    source = table(tmp_path, f"x,times,y\n{rows}").model_copy(
        update={"roles": FrozenMap(times="weight", y="target")}
    )
    for role, kind in (("weight", "category"), ("weight", "date"), ("time", "category")):
        told = {"roles": FrozenMap(times=role, y="target"), "types": FrozenMap(times=kind)}
        if kind == "date":
            rows = "".join(f"{row % 7}.5,{2000 + row},{row % 2}\n" for row in range(20))
            table(tmp_path, f"x,times,y\n{rows}")
        error = refused(source.model_copy(update=told))
        assert f"has the role {role}, but it was given the type {kind}" in error.happened
        assert (error.column, error.types, error.roles) == ("times", ("number",), ("feature",))
        mended = set_column_type(on(source), name="times", kind="number").data.source
        assert isinstance(mended, TableSource)
        assert load_table(mended).weights is not None


@pytest.mark.parametrize("role", ["weight", "time", "target"])
def test_a_role_that_is_refused_can_be_taken_back(tmp_path: Path, role: str) -> None:
    names = ("red", "green", "blue")
    rows = "".join(f"{row % 7}.5,{names[row % 3]},{row % 2}\n" for row in range(20))
    source = table(tmp_path, f"x,colour,y\n{rows}").model_copy(
        update={"roles": FrozenMap(colour=role), "task": "regression"}
    )
    error = refused(source)
    assert "texts such as 'blue'" in error.happened
    assert (error.column, error.types, error.roles) == ("colour", (), ("feature",))
    mended = set_column_role(on(source), name="colour", role="feature").data.source
    assert isinstance(mended, TableSource)
    assert [column.name for column in load_table(mended).columns] == ["x", "colour"]
