"""What is remarkable in the data, in words, with edits that answer it."""

from collections.abc import Callable, Iterator
from functools import partial

from app.core.data_edits import (
    fill_gaps,
    ignore_columns,
    predict_numbers,
    set_class_weight,
    set_class_weighting,
    set_column_type,
)
from app.core.data_findings import UNEVEN, DataFinding, FindingKind
from app.core.data_settings import ArraySource, BuiltinSource, TableSource
from app.core.data_summary import DataSummary
from app.core.frozen import FrozenMap
from app.core.near_names import nearest
from app.core.number_words import counted
from app.core.problems import Fix, Problem, Severity
from app.core.project import Project
from app.core.project_edits import set_split

MOST_SAID = 3
"""Of one kind so many findings are put into words."""
MOST_NAMED = 6
VERY_UNEVEN = 10
"""From this ratio of class sizes on, the imbalance is warned of."""
LEAKING = 0.01
"""From this share of a part on, samples that stand in the training part too are warned of."""


def finding_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    """The findings of `summary` as warnings and advice; none that the settings answer already."""
    said: dict[FindingKind, int] = {}
    for finding in summary.findings:
        said[finding.kind] = said.get(finding.kind, 0) + 1
        if said[finding.kind] <= MOST_SAID:
            yield from _WORDS[finding.kind](project, summary, finding)


def weight_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    """Weights of classes that there are not, and of data without classes."""
    weighting = project.data.class_weighting
    if weighting != "none" and not summary.class_names:
        yield from _problem(
            "info",
            "No classes to weight",
            "Class weights are set, and the target is no class.",
            "Only classes can count more or less; for samples there is the role weight.",
            "Switch class weights off.",
            Fix("Switch off", partial(set_class_weighting, weighting="none")),
            option="class_weighting",
        )
    if weighting != "chosen" or not summary.class_names:
        return
    for name in project.data.class_weights:
        if name not in summary.class_names:
            near = nearest(name, list(summary.class_names))
            yield Problem(
                where="data",
                option="class_weights",
                severity="error",
                title=f"No class {name!r:.40}",
                happened=f"A weight is set for the class {name!r:.60}, and there is none of this "
                "name.",
                expected=f"The classes are: {', '.join(summary.class_names):.300}.",
                how_to_fix=f"Did you mean {near[0]}?" if near else "Remove this weight.",
                fixes=(
                    Fix("Remove the weight", partial(set_class_weight, name=name, weight=None)),
                ),
            )


def _problem(
    severity: Severity,
    title: str,
    happened: str,
    expected: str,
    how_to_fix: str,
    *fixes: Fix,
    option: str | None = None,
) -> Iterator[Problem]:
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


def _ignoring(project: Project, names: tuple[str, ...]) -> tuple[Fix, ...]:
    if not isinstance(project.data.source, TableSource) or not names:
        return ()
    label = f"Ignore {names[0]:.30}" if len(names) == 1 else f"Ignore {len(names)} columns"
    return (Fix(label, partial(ignore_columns, names=names)),)


def _listed(names: tuple[str, ...], count: int | None = None) -> str:
    """Some names, and how many more there are."""
    shown = [f"{name:.40}" for name in names[:MOST_NAMED]]
    more = (len(names) if count is None else count) - len(shown)
    if more > 0:
        return f"{', '.join(shown)} and {more:,} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _whole(finding: DataFinding, name: str) -> int:
    value = finding.values.get(name, 0)
    return int(value) if isinstance(value, (int, float)) else 0


def _real(finding: DataFinding, name: str) -> float:
    value = finding.values.get(name, 0.0)
    return float(value) if isinstance(value, (int, float)) else 0.0


def _wholes(finding: DataFinding, name: str) -> tuple[int, ...]:
    value = finding.values.get(name, ())
    return tuple(int(v) for v in value) if isinstance(value, tuple) else ()


# ---------------------------------------------------------------- columns


def _constant(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    count = _whole(finding, "columns")
    one = count == 1
    yield from _problem(
        "warning",
        f"{finding.columns[0]:.40} never changes" if one else f"{count:,} columns never change",
        f"{_listed(finding.columns, count)} {'has' if one else 'have'} the same value in all "
        f"{summary.counts[0]:,} training samples.",
        "A column that never changes tells the network nothing.",
        "Ignore it." if one else "Ignore them.",
        *_ignoring(project, finding.columns),
        option=finding.columns[0],
    )


def _target_copy(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    feature, target = finding.columns
    how = "is equal to" if finding.values.get("equal") else "tells exactly"
    yield from _problem(
        "warning",
        f"{feature:.40} {how} {target:.40}",
        f"In all training samples the feature {feature:.60} and the target {target:.60} "
        + ("are equal." if finding.values.get("equal") else "determine each other."),
        "What is to be predicted must not be known before: the network would learn to copy.",
        f"Ignore {feature:.60}, unless it is known when a prediction is made.",
        *_ignoring(project, (feature,)),
        option=feature,
    )


def _identifier(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    count = _whole(finding, "columns")
    one = count == 1
    yield from _problem(
        "warning",
        f"{finding.columns[0]:.40} counts the rows" if one else f"{count:,} columns count the rows",
        f"{_listed(finding.columns, count)} {'goes' if one else 'go'} on by a whole number from "
        "row to row.",
        "The number of a row is no property of a sample; what is learned from it fails on others.",
        "Ignore it, or give it the role time when it is one."
        if one
        else "Ignore them, or give one the role time when it is one.",
        *_ignoring(project, finding.columns),
        option=finding.columns[0],
    )


def _correlated(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    count, rows, of = (_whole(finding, name) for name in ("columns", "rows", "of"))
    strongest = _real(finding, "strongest")
    sampled = "" if rows >= of else f", in {rows:,} of {of:,} training samples drawn at random"
    shown = f"{strongest:.3f}" if strongest < 0.9995 else "1.000"
    others = finding.columns[1:]
    yield from _problem(
        "info",
        f"{counted(count, 'column')} tell nearly the same",
        f"{_listed(finding.columns, count)} rise and fall together: the strongest correlation is "
        f"{shown}{sampled}.",
        "Features that tell something new; with several that tell the same, no single weight has "
        "a meaning.",
        f"Keep {finding.columns[0]:.60} alone, or leave it so: predictions hardly suffer.",
        *_ignoring(project, others),
    )


def _missing(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    left_out, count = _whole(finding, "left_out"), _whole(finding, "columns")
    gaps = _wholes(finding, "gaps")
    shown = ", ".join(
        f"{name:.40} {number:,}"
        for name, number in zip(finding.columns[:MOST_NAMED], gaps, strict=False)
    ) + (f" and {counted(count - MOST_NAMED, 'more column')}" if count > MOST_NAMED else "")
    if not left_out:
        yield from _problem(
            "info",
            f"Gaps in {finding.columns[0]:.40}" if count == 1 else f"Gaps in {count:,} columns",
            f"So many of {_whole(finding, 'of'):,} training samples lack a value: {shown}.",
            "Gaps are filled with what the training part holds, which hides that nothing is known.",
            "Leave it so, or ignore a column with too many gaps.",
        )
        return
    texts = set(_wholes(finding, "texts"))
    ways = FrozenMap(
        {
            finding.columns[place]: "most_frequent" if place in texts else "median"
            for place in _wholes(finding, "features")
        }
    )
    fill = Fix(
        "Fill with the median" if not texts else "Fill the gaps", partial(fill_gaps, ways=ways)
    )
    fillable = bool(ways) and isinstance(project.data.source, TableSource)
    yield from _problem(
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
    others = [f"give {name:.40} another role than {roles[name]}" for name in single]
    return f"{_listed(names)} in the source, {', '.join(others)}"


def _outliers(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    name = finding.columns[0]
    count, value = _whole(finding, "count"), _exact(_real(finding, "value"))
    place = f"{'line' if finding.values.get('line') else 'row'} {_whole(finding, 'row'):,}"
    more = f" and {count - 1:,} more" if count > 1 else ""
    yield from _problem(
        "warning",
        f"{name:.40} is {value} in {place}",
        f"{name:.60} is {value} in {place}{more}: {_real(finding, 'distance'):,.0f} deviations "
        "from the median, the deviation taken from the quartiles.",
        "A value so far out is often a slip or stands for an unknown one, and a single one can "
        "outweigh all others in a step.",
        "Look at it; mend it, empty it when the value is unknown, or leave it when it is true.",
        *_ignoring(project, (name,)),
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
    place = f"{'line' if finding.values.get('line') else 'row'} {_whole(finding, 'row'):,}"
    fixes = [Fix("Keep them as texts", partial(set_column_type, name=name, kind="category"))]
    if name not in summary.target_names:
        fixes = [*_ignoring(project, (name,)), *fixes]
    remedy = "Write plain numbers in the file, ignore the column, or keep it as texts."
    if isinstance(number, float):
        as_numbers = partial(set_column_type, name=name, kind="number")
        fixes.insert(0, Fix("Read them as numbers", as_numbers))
        remedy = f"Read them as numbers: then {text!r:.40} is {number:,.15g}."
    yield from _problem(
        "warning",
        f"{name:.40} holds texts that look like numbers",
        f"{counted(_whole(finding, 'texts'), 'text')} such as {text!r:.40} in {place}: numbers are "
        "read without marks between thousands, percent signs and units.",
        "Each text is a category of its own, and nothing tells the network which is larger.",
        remedy,
        *fixes,
        option=name,
    )


# ---------------------------------------------------------------- classes and parts


def _imbalance(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    if project.data.class_weighting == "balanced":
        return
    if project.data.class_weighting == "chosen":
        yield from _uneven_weights(project, summary)
        return
    rarest, most = finding.columns
    few, many = _whole(finding, "rarest"), _whole(finding, "most")
    balanced = Fix("Balance the classes", partial(set_class_weighting, weighting="balanced"))
    yield from _problem(
        "warning" if many >= VERY_UNEVEN * few else "info",
        f"Only {few:,} of class {rarest:.40}",
        f"The training part holds {counted(few, 'sample')} of the class {rarest:.60} and {many:,} "
        f"of the class {most:.60}.",
        "Classes of about the same size; otherwise a network that always says the frequent class "
        f"looks good: here {many / summary.counts[0]:.0%} accuracy.",
        "Let rare classes count more, and look at the confusion matrix instead of the accuracy.",
        balanced,
    )


def _uneven_weights(project: Project, summary: DataSummary) -> Iterator[Problem]:
    """Where the user's own weights leave the classes of the training part uneven. A class that
    counts nothing is meant so.
    """
    weights = project.data.class_weights
    counts = {
        name: training * float(weight)
        for name, (training, *_) in zip(summary.class_names, summary.class_counts, strict=False)
        if isinstance(weight := weights.get(name, 1.0), (int, float)) and training and weight
    }
    if len(counts) < 2:
        return
    light, heavy = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
    ratio = counts[heavy] / counts[light]
    if ratio < UNEVEN:
        return
    yield from _problem(
        "warning" if ratio >= VERY_UNEVEN else "info",
        f"Class {light:.40} counts little",
        f"Samples times weight, the class {heavy:.60} counts {ratio:.3g} times as much as the "
        f"class {light:.60} in the training part.",
        "Classes that count about the same; otherwise the network learns the heavy one first.",
        "Choose balanced weights, or leave it so when this is meant.",
        Fix("Balance the classes", partial(set_class_weighting, weighting="balanced")),
    )


def _many_classes(
    project: Project, summary: DataSummary, finding: DataFinding
) -> Iterator[Problem]:
    target = finding.columns[0]
    numbers = bool(finding.values.get("numbers"))
    numbers = numbers and isinstance(project.data.source, (TableSource, ArraySource))
    fixes = (Fix("Predict it as a number", predict_numbers),) if numbers else ()
    remedy = "predict it as a number (regression), or " * numbers + (
        "choose another column as the target"
        if isinstance(project.data.source, TableSource)
        else "add samples of each class"
    )
    yield from _problem(
        "warning",
        f"{_whole(finding, 'classes'):,} classes of {target:.40}",
        f"The target {target:.60} has {_whole(finding, 'classes'):,} classes, and there are only "
        f"{_whole(finding, 'samples'):,} samples: {remedy}.",
        "Each class needs several samples; of one that occurs once nothing general can be learned.",
        "A target with few classes, or a number, can be learned.",
        *fixes,
        option=target,
    )


def _few_samples(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    classes = _whole(finding, "classes")
    counts = [_wholes(finding, part) for part in ("training", "validation", "test")]
    shown = "; ".join(
        f"{name:.40}: {training:,} to train, {validation:,} to validate, {test:,} to test"
        for name, training, validation, test in zip(finding.columns[:3], *counts, strict=False)
    )
    split = project.data.split
    stratify: tuple[Fix, ...] = ()
    if split.by == "random" and not split.stratified:
        stratify = (Fix("Stratify", partial(set_split, stratified=True)),)
    more = f"; and {counted(classes - 3, 'more class', 'more classes')}" if classes > 3 else ""
    yield from _problem(
        "warning",
        f"Few samples of {finding.columns[0]:.40}"
        if classes == 1
        else f"Few samples of {classes:,} classes",
        f"{shown}{more}.",
        "Each class needs samples in each part: without training it is not learned, without "
        "validation and test nobody knows how well.",
        "Add samples of it, leave it out, or share the samples out with regard to the classes."
        if stratify
        else "Add samples of it, or leave it out.",
        *stratify,
    )


def _duplicates(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    pairs = (
        ("validation", "training", _whole(finding, "training_validation")),
        ("test", "training", _whole(finding, "training_test")),
        ("test", "validation", _whole(finding, "validation_test")),
    )
    told = [
        f"{counted(number, f'{part} sample')} {'stands' if number == 1 else 'stand'} in the "
        f"{other} part too"
        for part, other, number in pairs
        if number
    ]
    repeated = _real(finding, "repeated")
    leaking = max(
        (number / max(1, _whole(finding, part)) for part, _, number in pairs), default=0.0
    )
    usual = repeated > 0.2
    several = sum(number for _, _, number in pairs) > 1
    yield from _problem(
        "warning" if leaking >= LEAKING and several and not usual else "info",
        "Equal samples in two parts",
        f"By their features, {', '.join(told)}."
        + (
            f" Within the training part {repeated:.0%} are repetitions: features have few values."
            if usual
            else ""
        ),
        "What is validated or tested must be new to the network, or the result is too good.",
        "They are part of this data set: expect a result that is a little too good."
        if isinstance(project.data.source, BuiltinSource)
        else "Keep one of each in the source and read it again. Nothing is left out by itself: "
        "samples of equal features may be different ones.",
    )


def _skewed_parts(
    project: Project, summary: DataSummary, finding: DataFinding
) -> Iterator[Problem]:
    count, name, shift = _whole(finding, "features"), finding.columns[0], _real(finding, "shift")
    direction = "higher" if shift > 0 else "lower"
    split = project.data.split
    fixes = []
    if split.by == "time":
        fixes.append(Fix("Draw at random", partial(set_split, by="random")))
    if split.own_parts and summary.own_parts:
        fixes.append(Fix("Share all out anew", partial(set_split, own_parts=False)))
    yield from _problem(
        "warning",
        f"{name:.40} differs between parts"
        if count == 1
        else f"{count:,} features differ between parts",
        f"{_listed(finding.columns, count)} {'is' if count == 1 else 'are'} distributed otherwise "
        f"in the validation part: {name:.60} is {abs(shift):.1f} deviations {direction} on "
        "average.",
        "Validation samples that are like the training samples, unless the change with time is "
        "what is to be foretold.",
        "Draw the parts at random, or expect a validation loss above the training loss."
        if split.by == "time"
        else "Share all samples out anew, or expect a validation loss above the training loss.",
        *fixes,
    )


_Words = Callable[[Project, DataSummary, DataFinding], Iterator[Problem]]
_WORDS: dict[FindingKind, _Words] = {
    "constant": _constant,
    "duplicates": _duplicates,
    "target_copy": _target_copy,
    "imbalance": _imbalance,
    "many_classes": _many_classes,
    "few_samples": _few_samples,
    "correlated": _correlated,
    "missing": _missing,
    "identifier": _identifier,
    "outliers": _outliers,
    "skewed_parts": _skewed_parts,
    "number_texts": _number_texts,
}
