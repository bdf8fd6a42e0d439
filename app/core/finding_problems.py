"""What is remarkable in the data, in words, with edits that answer it."""

from collections.abc import Iterator
from functools import partial

from app.core.column_problems import COLUMN_WORDS
from app.core.data_edits import predict_numbers, set_class_weight, set_class_weighting
from app.core.data_findings import UNEVEN, DataFinding, FindingKind
from app.core.data_settings import ArraySource, BuiltinSource, TableSource
from app.core.data_summary import DataSummary
from app.core.finding_words import FindingWords, listed, problem, real, whole, wholes
from app.core.near_names import nearest
from app.core.number_words import counted
from app.core.problems import Fix, Problem
from app.core.project import Project
from app.core.project_edits import set_split
from app.core.short_names import quoted, shortened

MOST_SAID = 3
"""Of one kind so many findings are put into words."""
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
        yield from problem(
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
    yield from _weightless_classes(project, summary)
    for name in project.data.class_weights:
        if name not in summary.class_names:
            near = nearest(name, list(summary.class_names))
            yield Problem(
                where="data",
                option="class_weights",
                severity="error",
                title=f"No class {quoted(name, 40)}",
                happened=f"A weight is set for the class {quoted(name)}, and there is none of this "
                "name.",
                expected=f"The classes are: {shortened(', '.join(summary.class_names), 300)}.",
                how_to_fix=f"Did you mean {near[0]}?" if near else "Remove this weight.",
                fixes=(
                    Fix("Remove the weight", partial(set_class_weight, name=name, weight=None)),
                ),
            )


def _weightless_classes(project: Project, summary: DataSummary) -> Iterator[Problem]:
    given = project.data.class_weights
    found = tuple(name for name in summary.class_names if given.get(name, 1.0) == 0)
    if not found:
        return
    counts = dict(zip(summary.class_names, summary.class_counts, strict=False))
    samples = sum(counts[name][0] for name in found if name in counts)
    of = f" with {counted(samples, 'training sample')}" * bool(counts)
    one = len(found) == 1
    yield from problem(
        "warning",
        f"Class {shortened(found[0], 40)} counts nothing"
        if one
        else f"{len(found):,} classes count nothing",
        f"The weight of {listed(found)}{of} is 0: the network learns nothing from "
        f"{'it' if one else 'them'}.",
        "Only what has a weight above 0 is learned.",
        "Leave it so when this is meant, or let each class count once again.",
        Fix("Count once again", partial(_count_once, names=found)),
        option="class_weights",
    )


def _count_once(project: Project, *, names: tuple[str, ...]) -> Project:
    for name in names:
        project = set_class_weight(project, name=name, weight=None)
    return project


def _imbalance(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    if project.data.class_weighting == "balanced":
        return
    if project.data.class_weighting == "chosen":
        yield from _uneven_weights(project, summary)
        return
    rarest, most = finding.columns
    few, many = whole(finding, "rarest"), whole(finding, "most")
    balanced = Fix("Balance the classes", partial(set_class_weighting, weighting="balanced"))
    yield from problem(
        "warning" if many >= VERY_UNEVEN * few else "info",
        f"Only {few:,} of class {shortened(rarest, 40)}",
        f"The training part holds {counted(few, 'sample')} of the class {shortened(rarest)} and "
        f"{many:,} of the class {shortened(most)}.",
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
    yield from problem(
        "warning" if ratio >= VERY_UNEVEN else "info",
        f"Class {shortened(light, 40)} counts little",
        f"Samples times weight, the class {shortened(heavy)} counts {ratio:.3g} times as much as "
        f"the class {shortened(light)} in the training part.",
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
    yield from problem(
        "warning",
        f"{whole(finding, 'classes'):,} classes of {shortened(target, 40)}",
        f"The target {shortened(target)} has {whole(finding, 'classes'):,} classes, and there are "
        f"only {whole(finding, 'samples'):,} samples: {remedy}.",
        "Each class needs several samples; of one that occurs once nothing general can be learned.",
        "A target with few classes, or a number, can be learned.",
        *fixes,
        option=target,
    )


def _few_samples(project: Project, summary: DataSummary, finding: DataFinding) -> Iterator[Problem]:
    classes = whole(finding, "classes")
    counts = [wholes(finding, part) for part in ("training", "validation", "test")]
    shown = "; ".join(
        f"{shortened(name, 40)}: {training:,} to train, {validation:,} to validate, {test:,} to "
        "test"
        for name, training, validation, test in zip(finding.columns[:3], *counts, strict=False)
    )
    split = project.data.split
    stratify: tuple[Fix, ...] = ()
    if split.by == "random" and not split.stratified:
        stratify = (Fix("Stratify", partial(set_split, stratified=True)),)
    more = f"; and {counted(classes - 3, 'more class', 'more classes')}" if classes > 3 else ""
    yield from problem(
        "warning",
        f"Few samples of {shortened(finding.columns[0], 40)}"
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
        ("validation", "training", whole(finding, "training_validation")),
        ("test", "training", whole(finding, "training_test")),
        ("test", "validation", whole(finding, "validation_test")),
    )
    told = [
        f"{counted(number, f'{part} sample')} {'stands' if number == 1 else 'stand'} in the "
        f"{other} part too"
        for part, other, number in pairs
        if number
    ]
    repeated = real(finding, "repeated")
    leaking = max((number / max(1, whole(finding, part)) for part, _, number in pairs), default=0.0)
    usual = repeated > 0.2
    several = sum(number for _, _, number in pairs) > 1
    yield from problem(
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
    count, name, shift = whole(finding, "features"), finding.columns[0], real(finding, "shift")
    direction = "higher" if shift > 0 else "lower"
    split = project.data.split
    fixes = []
    if split.by == "time":
        fixes.append(Fix("Draw at random", partial(set_split, by="random")))
    if split.own_parts and summary.own_parts:
        fixes.append(Fix("Share all out anew", partial(set_split, own_parts=False)))
    yield from problem(
        "warning",
        f"{shortened(name, 40)} differs between parts"
        if count == 1
        else f"{count:,} features differ between parts",
        f"{listed(finding.columns, count)} {'is' if count == 1 else 'are'} distributed otherwise "
        f"in the validation part: {shortened(name)} is {abs(shift):.1f} deviations {direction} on "
        "average.",
        "Validation samples that are like the training samples, unless the change with time is "
        "what is to be foretold.",
        "Draw the parts at random, or expect a validation loss above the training loss."
        if split.by == "time"
        else "Share all samples out anew, or expect a validation loss above the training loss.",
        *fixes,
    )


_WORDS: dict[FindingKind, FindingWords] = {
    **COLUMN_WORDS,
    "duplicates": _duplicates,
    "imbalance": _imbalance,
    "many_classes": _many_classes,
    "few_samples": _few_samples,
    "skewed_parts": _skewed_parts,
}
