"""Why data could not be read, with the edits that let them be read."""

from functools import partial

from app.core.data_edits import ignore_columns, set_column_role, set_column_type, set_decimal_mark
from app.core.data_settings import DataSource, PaintedSource, TableSource
from app.core.problems import Fix, Problem
from app.core.short_names import shortened
from app.data.errors import DataError
from app.ui.failures import failure_of

_AGAIN = " Then press Ctrl+R to read it again"


def reading_problem(error: BaseException, source: DataSource | None, can_undo: bool) -> Problem:
    """The problem that `error` tells of, met while the data of a project were read.

    Args:
        source: of these data.
        can_undo: whether there is a step that Undo would take back.
    """
    failure = failure_of(error, "Reading the data")
    painted = isinstance(source, PaintedSource)
    again = _AGAIN + ("; Undo takes back the last step." if can_undo else ".")
    return Problem(
        where="data",
        severity="error",
        title="Not enough is painted" if painted else "The data could not be read",
        happened=failure.happened,
        expected=failure.expected,
        how_to_fix=failure.how_to_fix + ("" if painted else again),
        fixes=remedies(error, source),
    )


def remedies(error: BaseException, source: DataSource | None) -> tuple[Fix, ...]:
    """What may be done with the column of a table that `error` tells of."""
    if not isinstance(error, DataError) or not isinstance(source, TableSource) or not error.column:
        return ()
    name = error.column
    short = shortened(name, 24)
    found = []
    if error.decimal == ",":
        found.append(Fix("Decimal comma", partial(set_decimal_mark, mark=",")))
    elif error.decimal == ".":
        found.append(Fix("Decimal point", partial(set_decimal_mark, mark=".")))
    for kind in error.types:
        if source.types.get(name) != kind:
            label = f"Make {short} a {kind}"
            found.append(Fix(label, partial(set_column_type, name=name, kind=kind)))
    for role in error.roles:
        if source.roles.get(name) != role:
            label = f"Make {short} a {role}"
            found.append(Fix(label, partial(set_column_role, name=name, role=role)))
    found.append(Fix(f"Ignore {short}", partial(ignore_columns, names=(name,))))
    return tuple(found)
