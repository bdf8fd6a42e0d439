"""Why data could not be read, and the buttons for it; columns before anything was read."""

from app.core.data_settings import BuiltinSource, DataSettings, PaintedSource, TableSource
from app.core.frozen import FrozenMap
from app.core.templates import two_moons
from app.data.errors import DataError
from app.data.table_description import DescribedColumn, TableDescription
from app.ui.column_entries import entries_of
from app.ui.reading_problem import reading_problem, remedies


def error(**what) -> DataError:
    return DataError("It is so.", "It should be so.", "Do this.", **what)


def test_a_column_gets_buttons():
    source = TableSource(path="t.csv")
    told = error(column="dose", types=("category",), decimal=",")
    labels = [fix.label for fix in remedies(told, source)]
    assert labels == ["Decimal comma", "Make dose a category", "Ignore dose"]
    typed = source.model_copy(update={"types": FrozenMap({"dose": "category"})})
    assert [fix.label for fix in remedies(told, typed)] == ["Decimal comma", "Ignore dose"]
    assert remedies(error(), source) == ()
    assert remedies(told, BuiltinSource(name="moons")) == ()
    assert remedies(ValueError("dose"), source) == ()
    long = remedies(error(column="n" * 100), source)
    assert len(long[0].label) < 40


def test_the_way_back_is_named_where_there_is_one():
    source = TableSource(path="t.csv")
    assert "Undo" in reading_problem(error(), source, True).how_to_fix
    assert reading_problem(error(), source, False).how_to_fix == (
        "Do this. Then press Ctrl+R to read it again."
    )
    assert reading_problem(error(), PaintedSource(), True).how_to_fix == "Do this."


def test_the_target_of_a_table_that_is_not_read_is_the_one_that_would_be_guessed():
    columns = (
        DescribedColumn("x", "number"),
        DescribedColumn("kind", "category"),
        DescribedColumn("when", "date"),
        DescribedColumn("column 4", "number", empty=True),
    )
    described = TableDescription("text", "t.csv", 1, columns, (), True)

    def roles(**what) -> dict[str, str]:
        source = TableSource(path="t.csv", **what)
        return {e.name: e.role for e in entries_of(source, described).entries}

    others = {"x": "feature", "when": "feature", "column 4": "feature"}
    assert roles() == {**others, "kind": "target"}
    assert roles(types=FrozenMap({"when": "category"}))["when"] == "target"
    assert roles(roles=FrozenMap({"kind": "ignored"}))["x"] == "target"
    assert roles(roles=FrozenMap({"x": "target"})) == {**others, "x": "target", "kind": "feature"}
    named = dict.fromkeys(("x", "kind", "when", "column 4"), "feature")
    assert roles(roles=FrozenMap(named)) == {**others, "kind": "target"}


def test_dates_without_a_role_are_left_out_also_before_they_are_read():
    columns = (DescribedColumn("when", "date"), DescribedColumn("y", "number"))
    described = TableDescription("text", "t.csv", 1, columns, (), True)

    def left_out(**what) -> list[str]:
        source = TableSource(path="t.csv", **what)
        return [e.name for e in entries_of(source, described).entries if e.left_out]

    assert left_out() == ["when"]
    assert left_out(roles=FrozenMap({"when": "feature"})) == []
    assert left_out(roles=FrozenMap({"when": "time"})) == []
    assert left_out(types=FrozenMap({"when": "category"})) == []


def test_a_role_can_be_taken_back():
    source = TableSource(path="t.csv", roles=FrozenMap({"n": "weight"}))
    told = error(column="n", types=("number",), roles=("feature",))
    fixes = {fix.label: fix for fix in remedies(told, source)}
    assert list(fixes) == ["Make n a number", "Make n a feature", "Ignore n"]
    project = two_moons().model_copy(update={"data": DataSettings(source=source)})
    assert dict(fixes["Make n a feature"].edit(project).data.source.roles) == {"n": "feature"}
    feature = source.model_copy(update={"roles": FrozenMap({"n": "feature"})})
    assert [fix.label for fix in remedies(told, feature)] == ["Make n a number", "Ignore n"]
