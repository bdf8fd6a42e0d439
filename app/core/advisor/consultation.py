"""All rules together: which illnesses a run has, the most severe first, causes before what follows
from them.
"""

from collections.abc import Callable

from app.core.advisor.data_rules import largest_class, unscaled_input, wrong_output
from app.core.advisor.diagnosis import Consultation, Diagnosis, Kind
from app.core.advisor.evidence import RunEvidence
from app.core.advisor.fit_rules import overfitting, underfitting
from app.core.advisor.gradient_rules import exploding_gradient, vanishing_gradient
from app.core.advisor.rate_rules import diverged, learning_rate_high, learning_rate_low
from app.core.advisor.unit_rules import dead_units, noticed_units
from app.core.number_words import counted

Rule = Callable[[RunEvidence], Diagnosis | None]

RULES: dict[Kind, Rule] = {
    "diverged": diverged,
    "vanishing_gradient": vanishing_gradient,
    "wrong_output": wrong_output,
    "unscaled_input": unscaled_input,
    "dead_units": dead_units,
    "exploding_gradient": exploding_gradient,
    "learning_rate_high": learning_rate_high,
    "overfitting": overfitting,
    "largest_class": largest_class,
    "learning_rate_low": learning_rate_low,
    "underfitting": underfitting,
}
"""The rules, the most severe illness first."""

EXPLAINED_BY: dict[Kind, tuple[Kind, ...]] = {
    "exploding_gradient": ("diverged", "unscaled_input"),
    "learning_rate_high": ("diverged",),
    "overfitting": ("diverged", "learning_rate_high"),
    "largest_class": ("vanishing_gradient", "dead_units", "wrong_output"),
    "learning_rate_low": ("vanishing_gradient", "dead_units", "wrong_output", "unscaled_input"),
    "underfitting": (
        "diverged",
        "vanishing_gradient",
        "dead_units",
        "wrong_output",
        "unscaled_input",
        "exploding_gradient",
        "learning_rate_high",
        "learning_rate_low",
        "largest_class",
    ),
}
"""What is not told where one of these is: it follows from it, and goes with it."""

FEWEST = 5
"""Before so many epochs most rules can't tell."""


def consult(run: RunEvidence) -> Consultation:
    """What is wrong with a run so far."""
    found: dict[Kind, Diagnosis] = {}
    for kind, rule in RULES.items():
        if any(cause in found for cause in EXPLAINED_BY.get(kind, ())):
            continue
        diagnosis = rule(run)
        if diagnosis is not None and diagnosis.remedies:
            found[kind] = diagnosis
    ordered = sorted(found.values(), key=lambda one: one.severity != "error")
    epochs = run.last_epoch
    not_yet = (
        f"After {counted(FEWEST - epochs, 'more epoch')} there is enough to judge by."
        if epochs < FEWEST and run.reason is None
        else ""
    )
    return Consultation(tuple(ordered), _looked_at(run), epochs, not_yet, noticed_units(run))


def _looked_at(run: RunEvidence) -> tuple[str, ...]:
    """What there was to judge by, in words."""
    found = []
    last = run.healths[-1] if run.healths else None
    alone = len(run.healths) == 1 and len(run.rows) > 1
    few = ", at one epoch alone: too few to tell" if alone else ""
    if last is not None and last.gradient_norms:
        found.append(f"gradients of {counted(len(last.gradient_norms), 'layer')}{few}")
    if last is not None and last.dead_units:
        units = sum(entry[2] for entry in last.dead_units)
        found.append(f"{counted(units, 'unit')} that can die{few}")
    if last is not None and last.update_ratios:
        found.append("updates against weights")
    if run.rows:
        both = "training and validation" if run.curve("val_loss") else "training"
        found.append(f"{both} loss over {counted(run.last_epoch, 'epoch')}")
    if run.summary is not None and run.summary.statistics:
        inputs = counted(len(run.summary.statistics), "input")
        found.append(f"the size of {'the pixels' if run.summary.pictures else inputs}")
    if run.summary is not None:
        found.append("output and loss against the task")
    return tuple(found)
