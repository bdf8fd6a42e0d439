"""Pieces of the words for findings."""

from collections.abc import Callable, Iterator
from functools import partial

from app.core.data_edits import ignore_columns
from app.core.data_findings import DataFinding
from app.core.data_settings import TableSource
from app.core.data_summary import DataSummary
from app.core.problems import Fix, Problem, Severity
from app.core.project import Project
from app.core.short_names import shortened

MOST_NAMED = 6

FindingWords = Callable[[Project, DataSummary, DataFinding], Iterator[Problem]]


def problem(
    severity: Severity,
    title: str,
    happened: str,
    expected: str,
    how_to_fix: str,
    *fixes: Fix,
    option: str | None = None,
) -> Iterator[Problem]:
    """One problem of the data."""
    yield Problem(
        where="data",
        severity=severity,
        title=title,
        happened=happened,
        expected=expected,
        how_to_fix=how_to_fix,
        fixes=fixes,
        option=option,
    )


def ignoring(project: Project, names: tuple[str, ...]) -> tuple[Fix, ...]:
    """The remedy of leaving these columns of a table out."""
    if not isinstance(project.data.source, TableSource) or not names:
        return ()
    label = (
        f"Ignore {shortened(names[0], 30)}" if len(names) == 1 else f"Ignore {len(names)} columns"
    )
    return (Fix(label, partial(ignore_columns, names=names)),)


def listed(names: tuple[str, ...], count: int | None = None) -> str:
    """Some names, and how many more there are."""
    shown = [shortened(name, 40) for name in names[:MOST_NAMED]]
    more = (len(names) if count is None else count) - len(shown)
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def whole(finding: DataFinding, name: str) -> int:
    """A number of the evidence."""
    value = finding.values.get(name, 0)
    return int(value) if isinstance(value, (int, float)) else 0


def real(finding: DataFinding, name: str) -> float:
    """A measure of the evidence."""
    value = finding.values.get(name, 0.0)
    return float(value) if isinstance(value, (int, float)) else 0.0


def wholes(finding: DataFinding, name: str) -> tuple[int, ...]:
    """Numbers of the evidence."""
    value = finding.values.get(name, ())
    return tuple(int(v) for v in value) if isinstance(value, tuple) else ()
