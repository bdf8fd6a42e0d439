"""What is remarkable in single columns, in words, with edits that answer it."""

from collections.abc import Iterator
from functools import partial

from app.core.data_edits import fill_gaps, set_column_type
from app.core.data_findings import DataFinding, FindingKind
from app.core.data_settings import TableSource
from app.core.data_summary import DataSummary
from app.core.finding_words import (
    MOST_NAMED,
    FindingWords,
    ignoring,
    listed,
    problem,
    real,
    whole,
    wholes,
)
from app.core.frozen import FrozenMap
from app.core.number_words import counted
from app.core.problems import Fix, Problem
from app.core.project import Project
from app.core.short_names import quoted, shortened

WEIGHTLESS = 0.1
"""From this share of the training part on, samples that count nothing are warned of."""


def _constant(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    count = whole(finding, "columns")
    one = count == 1
    yield from problem(
        "warning",
        f"{shortened(finding.columns[0], 40)} never changes"
        if one
        else f"{count:,} columns never change",
        f"{listed(finding.columns, count)} {'has' if one else 'have'} the same value in all "
        f"{summary.counts[0]:,} training samples.",
        "A column that never changes tells the network nothing.",
        "Ignore it." if one else "Ignore them.",
        *ignoring(project, finding.columns),
        option=finding.columns[0],
    )


def _target_copy(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    feature, target = finding.columns
    how = "is equal to" if finding.values.get("equal") else "tells exactly"
    yield from problem(
        "warning",
        f"{shortened(feature, 40)} {how} {shortened(target, 40)}",
        f"In all training samples the feature {shortened(feature)} and the target "
        f"{shortened(target)} "
        + ("are equal." if finding.values.get("equal") else "determine each other."),
        "What is to be predicted must not be known before: the network would learn to copy.",
        f"Ignore {shortened(feature)}, unless it is known when a prediction is made.",
        *ignoring(project, (feature,)),
        option=feature,
    )


def _identifier(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    count = whole(finding, "columns")
    one = count == 1
    yield from problem(
        "warning",
        f"{shortened(finding.columns[0], 40)} counts the rows"
        if one
        else f"{count:,} columns count the rows",
        f"{listed(finding.columns, count)} {'goes' if one else 'go'} on by a whole number from "
        "row to row.",
        "The number of a row is no property of a sample; what is learned from it fails on others.",
        "Ignore it, or give it the role time when it is one."
        if one
        else "Ignore them, or give one the role time when it is one.",
        *ignoring(project, finding.columns),
        option=finding.columns[0],
    )


def _correlated(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    count, rows, of = (whole(finding, name) for name in ("columns", "rows", "of"))
    strongest = real(finding, "strongest")
    sampled = "" if rows >= of else f", in {rows:,} of {of:,} training samples drawn at random"
    shown = f"{strongest:.3f}" if strongest < 0.9995 else "1.000"
    others = finding.columns[1:]
    yield from problem(
        "info",
        f"{counted(count, 'column')} tell nearly the same",
        f"{listed(finding.columns, count)} rise and fall together: the strongest correlation is "
        f"{shown}{sampled}.",
        "Features that tell something new; with several that tell the same, no single weight has "
        "a meaning.",
        f"Keep {shortened(finding.columns[0])} alone, or leave it so: predictions hardly suffer.",
        *ignoring(project, others),
    )


def _missing(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    left_out, count = whole(finding, "left_out"), whole(finding, "columns")
    gaps = wholes(finding, "gaps")
    shown = ", ".join(
        f"{shortened(name, 40)} {number:,}"
        for name, number in zip(finding.columns[:MOST_NAMED], gaps, strict=False)
    ) + (f" and {counted(count - MOST_NAMED, 'more column')}" if count > MOST_NAMED else "")
    if not left_out:
        yield from problem(
            "info",
            f"Gaps in {shortened(finding.columns[0], 40)}"
            if count == 1
            else f"Gaps in {count:,} columns",
            f"So many of {whole(finding, 'of'):,} training samples lack a value: {shown}.",
            "Gaps are filled with what the training part holds, which hides that nothing is known.",
            "Leave it so, or ignore a column with too many gaps.",
        )
        return
    texts = set(wholes(finding, "texts"))
    ways = FrozenMap(
        {
            finding.columns[place]: "most_frequent" if place in texts else "median"
            for place in wholes(finding, "features")
        }
    )
    fill = Fix(
        "Fill with the median" if not texts else "Fill the gaps", partial(fill_gaps, ways=ways)
    )
    fillable = bool(ways) and isinstance(project.data.source, TableSource)
    yield from problem(
        "warning" if left_out * 20 >= left_out + summary.samples else "info",
        f"{counted(left_out, 'row')} left out",
        f"{counted(left_out, 'row')} with gaps {'was' if left_out == 1 else 'were'} left out of "
        f"{left_out + summary.samples:,}. Values are missing in: {shown}.",
        "Samples with gaps may differ from the others; without them a prediction for such a sample "
        "is not possible either.",
        "Fill the gaps with what the training part holds, or ignore a column with many gaps."
        if ways
        else f"Complete {_completed(project, summary, finding.columns)}, or leave it so.",
        *((fill,) if fillable else ()),
    )


def _completed(project: Project, summary: DataSummary, names: tuple[str, ...]) -> str:
    """Columns that are no features, and what else may become of them."""
    source = project.data.source
    roles = source.roles if isinstance(source, TableSource) else FrozenMap()
    single = [name for name in names if roles.get(name) in ("weight", "time")]
    if not single:
        return "the targets"
    others = [f"give {shortened(name, 40)} another role than {roles[name]}" for name in single]
    return f"{listed(names)} in the source, {', '.join(others)}"


def _outliers(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    name = finding.columns[0]
    count, value = whole(finding, "count"), _exact(real(finding, "value"))
    place = f"{'line' if finding.values.get('line') else 'row'} {whole(finding, 'row'):,}"
    more = f" and {count - 1:,} more" if count > 1 else ""
    yield from problem(
        "warning",
        f"{shortened(name, 40)} is {value} in {place}",
        f"{shortened(name)} is {value} in {place}{more}: {real(finding, 'distance'):,.0f} "
        "deviations from the median, the deviation taken from the quartiles.",
        "A value so far out is often a slip or stands for an unknown one, and a single one can "
        "outweigh all others in a step.",
        "Look at it; mend it, empty it when the value is unknown, or leave it when it is true.",
        *ignoring(project, (name,)),
        option=name,
    )


def _exact(value: float) -> str:
    """As it may stand in the file: 99,999 is not 100,000."""
    return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _number_texts(
    project: Project, summary: DataSummary, finding: DataFinding
) -> Iterator[Problem]:
    name, text, number = (
        finding.columns[0],
        finding.values.get("text"),
        finding.values.get("number"),
    )
    source = project.data.source
    if not isinstance(source, TableSource) or name in source.types:
        return
    place = f"{'line' if finding.values.get('line') else 'row'} {whole(finding, 'row'):,}"
    fixes = [Fix("Keep them as texts", partial(set_column_type, name=name, kind="category"))]
    if name not in summary.target_names:
        fixes = [*ignoring(project, (name,)), *fixes]
    remedy = "Write plain numbers in the file, ignore the column, or keep it as texts."
    if isinstance(number, float):
        as_numbers = partial(set_column_type, name=name, kind="number")
        fixes.insert(0, Fix("Read them as numbers", as_numbers))
        remedy = f"Read them as numbers: then {quoted(text, 40)} is {number:,.15g}."
    yield from problem(
        "warning",
        f"{shortened(name, 40)} holds texts that look like numbers",
        f"{counted(whole(finding, 'texts'), 'text')} such as {quoted(text, 40)} in {place}: "
        "numbers are read without marks between thousands, percent signs and units.",
        "Each text is a category of its own, and nothing tells the network which is larger.",
        remedy,
        *fixes,
        option=name,
    )


def _weightless(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    samples, of = whole(finding, "samples"), whole(finding, "of")
    source = project.data.source
    roles = source.roles if isinstance(source, TableSource) else FrozenMap()
    names = tuple(name for name, role in roles.items() if role == "weight")
    column = f" in {shortened(names[0])}" if names else ""
    yield from problem(
        "warning" if samples >= WEIGHTLESS * of else "info",
        f"{counted(samples, 'training sample')} {'counts' if samples == 1 else 'count'} nothing",
        f"Of {of:,} training samples {samples:,} {'has' if samples == 1 else 'have'} the weight 0"
        f"{column}: the network learns nothing from {'it' if samples == 1 else 'them'}.",
        "Only samples with a weight above 0 are learned.",
        "Leave it so when this is meant; else mend the weights in the source, or take the weights "
        "away.",
        *ignoring(project, names),
        option=names[0] if names else None,
    )


COLUMN_WORDS: dict[FindingKind, FindingWords] = {
    "constant": _constant,
    "target_copy": _target_copy,
    "correlated": _correlated,
    "missing": _missing,
    "identifier": _identifier,
    "outliers": _outliers,
    "number_texts": _number_texts,
    "weightless": _weightless,
}
