"""A table chosen in the place of another: what was set for the columns stays where they are the
same.
"""

from collections.abc import Collection
from pathlib import Path

from app.core.data_settings import TableSource
from app.data.table_description import TableDescription


def file_name(path: str) -> str:
    """The last part of a path of any system."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or path


def chosen_again(source: TableSource, path: Path) -> TableSource:
    """`source` with the file at `path` in its place. Its test file is looked for beside it, then
    where it was; one that is not there is dropped.
    """
    test = None
    if source.test_path is not None:
        places = (path.absolute().parent / file_name(source.test_path), Path(source.test_path))
        test = next((str(place) for place in places if place.is_file()), None)
    return source.model_copy(update={"path": str(path.absolute()), "test_path": test})


def told_of(source: TableSource) -> frozenset[str]:
    """Names of the columns for which something was set."""
    return frozenset((*source.roles, *source.types, *source.missing))


def fits(
    source: TableSource, known: Collection[str], path: Path, described: TableDescription | None
) -> bool:
    """Whether what was set for the columns of `source` is right for another table too.

    Args:
        known: names of all columns of `source`; empty when nobody knows them, since its file is not
            there any more.
        path, described: of the other table, read as `source` is; None when it cannot be.
    """
    if described is None or not described.columns:
        return False
    names = {column.name for column in described.columns}
    if known:
        return names == set(known)
    told = told_of(source)
    return told <= names and (bool(told) or path.name == file_name(source.path))


def dropped_words(before: TableSource, now: TableSource) -> str:
    """What of the settings of a table does not hold for the one in its place; "" for nothing."""
    told = told_of(before) - told_of(now)
    if told:
        return (
            f"{file_name(now.path)} has other columns: the roles, types and gaps that were set for "
            f"{file_name(before.path)} are dropped; Undo brings them back"
        )
    if before.test_path is not None and now.test_path is None:
        return (
            f"The test file {file_name(before.test_path)} is not beside {file_name(now.path)} and "
            "is dropped; Undo brings it back"
        )
    return ""
