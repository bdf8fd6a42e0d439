"""The columns of a table of the user's own as they are read now: role, type, gaps."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.data_settings import TableSource
from app.core.data_summary import DataSummary
from app.core.frozen import FrozenMap
from app.data.table_description import DescribedColumn, TableDescription

OF_NUMBERS = ("drop", "mean", "median", "most_frequent")
OF_CATEGORIES = ("drop", "most_frequent", "category")


@dataclass(frozen=True)
class ColumnEntry:
    """One column of a table as it is read now.

    Attributes:
        role, type, missing: as in `TableSource`.
        guessed: the type that was guessed for it; None when nobody knows.
        gaps: how many values are missing; None when nobody counted.
        rows: in how many rows they were counted: all that were read, also those that are left out
            for gaps; 0 when nobody counted.
        left_out: whether it could be a feature but is none: it holds dates, nothing, or too many
            texts. Nobody counts its gaps.
    """

    name: str
    role: str
    type: str = "number"
    guessed: str | None = None
    missing: str = "drop"
    gaps: int | None = None
    rows: int = 0
    left_out: bool = False

    @property
    def choices(self) -> tuple[str, ...]:
        """What can become of its gaps."""
        return OF_CATEGORIES if self.type == "category" else OF_NUMBERS

    @property
    def gaps_text(self) -> str:
        """In a few words: "3 gaps: filled with the mean"; "" without any."""
        if not self.gaps:
            return ""
        words = {
            "drop": "rows left out",
            "mean": "mean",
            "median": "median",
            "most_frequent": "most frequent",
            "category": "own category",
        }
        noun = "gap" if self.gaps == 1 else "gaps"
        return f"{self.gaps:,} {noun}: {words[self.missing]}"

    @property
    def gaps_of(self) -> str:
        """Of how many rows: "3 of all 500 rows read lack a value"; "" when nobody counted."""
        if self.gaps is None or not self.rows:
            return ""
        return f"{self.gaps:,} of all {self.rows:,} rows read lack a value"


@dataclass(frozen=True)
class ColumnEntries:
    """All columns of a table, in the order of the file."""

    entries: tuple[ColumnEntry, ...] = ()


def entries_of(
    source: TableSource,
    described: TableDescription,
    summary: DataSummary | None = None,
    gaps: Mapping[str, int] | None = None,
    rows: int = 0,
    unused: Collection[str] = (),
) -> ColumnEntries:
    """The columns of a table of the user's own.

    Args:
        described: what the file tells of itself.
        summary: of the data that were read from it; None as long as they are not: then the target
            is the one that would be guessed.
        gaps: missing values by column, as far as there are any; None when nobody has counted.
        rows: in how many rows they were counted.
        unused: columns that were read and that nobody gets.
    """
    targets: tuple[str, ...] = ()
    if summary is None:
        targets = _guessed_targets(source, described)
    elif not summary.reconstructs:
        targets = summary.target_names
    if summary is None:
        unused = [
            column.name
            for column in described.columns
            if column.name not in source.roles and _type(column, source) == "date"
        ]
    left_out = set(unused) - set(targets)
    return ColumnEntries(
        tuple(_entry(column, source, targets, gaps, rows, left_out) for column in described.columns)
    )


def _type(column: DescribedColumn, source: TableSource) -> str:
    return str(source.types.get(column.name, column.type))


def _guessed_targets(source: TableSource, described: TableDescription) -> tuple[str, ...]:
    """As when a table is read: the last column without a role that has values and no dates."""
    roles = source.roles
    if "target" in roles.values():
        return ()
    columns = described.columns
    free = [c for c in columns if c.name not in roles] or [
        c for c in columns if roles[c.name] == "feature"
    ]
    free = [c for c in free if not c.empty] or free
    free = [c for c in free if _type(c, source) != "date"] or free
    return tuple(c.name for c in free[-1:])


def _entry(
    column: DescribedColumn,
    source: TableSource,
    targets: tuple[str, ...],
    gaps: Mapping[str, int] | None,
    rows: int,
    left_out: Collection[str],
) -> ColumnEntry:
    name = column.name
    role = str(source.roles.get(name, "feature"))
    if name in targets and role == "feature":
        role = "target"
    lost = role == "feature" and name in left_out
    counted = gaps is not None and not lost and role != "ignored"
    return ColumnEntry(
        name=name,
        role=role,
        type=_type(column, source),
        guessed=column.type,
        missing=str(source.missing.get(name, "drop")),
        gaps=gaps.get(name, 0) if gaps is not None and counted else None,
        rows=rows if counted else 0,
        left_out=lost,
    )


def rows_read(entries: Iterable[ColumnEntry]) -> int:
    """In how many rows gaps were counted; 0 when nobody counted."""
    return max((entry.rows for entry in entries), default=0)


def with_columns(
    source: TableSource,
    before: Sequence[ColumnEntry],
    after: Sequence[ColumnEntry],
    typed: Collection[str],
) -> TableSource:
    """`source` with its columns read as `after`, which were `before`.

    Args:
        typed: names of the columns whose type is given, not guessed.
    """
    known = {entry.name: (entry.role, entry.left_out) for entry in before}
    roles = source.roles
    if any(known.get(e.name, (e.role, e.left_out)) != (e.role, e.left_out) for e in after):
        # A column that is left out was given no role, or one that it could not have.
        told = {e.name: source.roles.get(e.name) if e.left_out else e.role for e in after}
        roles = FrozenMap({name: role for name, role in told.items() if role is not None})
    changes: dict[str, object] = {
        "roles": roles,
        "types": FrozenMap({e.name: e.type for e in after if e.name in typed}),
        "missing": FrozenMap({e.name: e.missing for e in after if e.missing != "drop"}),
    }
    if _targets(before) != _targets(after):
        changes["task"] = None
    return source.model_copy(update=changes)


def _targets(entries: Sequence[ColumnEntry]) -> set[tuple[str, str]]:
    return {(e.name, e.type) for e in entries if e.role == "target"}
