"""Settings that are trained from the same initial weights, to be compared on one plot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from app.core.input_scale import set_preprocessing
from app.core.metric_catalog import METRICS_BY_NAME, direction_of
from app.core.project import Project
from app.core.run_record import RunRecord
from app.core.short_names import in_sentence

Axis = Literal["epochs", "updates", "seconds"]

NEAR = 0.01
"""Below this relative difference two results count as the same."""


MOST_NAMED = 4
"""Of so many runs all are named in a sentence."""

STEADY_EPOCHS = 3
"""A best value is a steady one when it is the median of so many epochs in a row."""
LUCKY = 0.25
"""A best epoch further than this share from the best steady value may be luck."""


@dataclass(frozen=True)
class Variant:
    """One of the settings.

    Attributes:
        label: on the plot.
        project: what is trained.
    """

    label: str
    project: Project


def with_and_without_standardization(project: Project) -> tuple[Variant, Variant]:
    """The project with the inputs as they come, and with standardized ones."""
    return (
        Variant("as they come", set_preprocessing(project, preprocessing="none")),
        Variant("standardized", set_preprocessing(project, preprocessing="standardize")),
    )


SCALING_EXPLANATION = (
    "The same network from the same initial weights, trained on the inputs as they come and on "
    "standardized ones (each column minus its mean, divided by its standard deviation, both of the "
    "training part). Columns of different size make the loss a narrow valley: one learning rate "
    "cannot suit all weights. Your own run is left as it is."
)


@dataclass(frozen=True)
class ComparedResult:
    """How one variant did; of what is compared, the best value and where it was reached.

    Attributes:
        value: the best value; None when there was none that is finite.
        epoch, updates, seconds: spent until then.
        steady: the best median of `STEADY_EPOCHS` epochs in a row; None of fewer epochs.
    """

    label: str
    value: float | None
    epoch: int = 0
    updates: int = 0
    seconds: float = 0.0
    steady: float | None = None


def metric_words(name: str) -> str:
    """The name of a metric in a sentence: "val_loss" is "validation loss"."""
    base = name.removeprefix("val_")
    kind = METRICS_BY_NAME.get(base)
    text = kind.label if kind else base.replace("_", " ")
    return f"{'validation' if base != name else 'training'} {in_sentence(text)}"


def places(record: RunRecord, axis: Axis) -> tuple[float, ...]:
    """Where each epoch of the history ends on the axis."""
    if axis == "seconds":
        spent, ends = 0.0, []
        for row in record.rows:
            spent += row.seconds
            ends.append(spent)
        return tuple(ends)
    step = record.steps_per_epoch if axis == "updates" else 1
    return tuple(float(row.epoch * step) for row in record.rows)


def result_of(label: str, record: RunRecord, monitor: str) -> ComparedResult:
    """The best `monitor` of a run, and what was spent until then."""
    rising = direction_of(monitor) == "max"
    known = _known(record, monitor)
    if not known:
        return ComparedResult(label, None)
    values = [value for value, *_ in known]
    best = max(values) if rising else min(values)
    _, epoch, seconds = known[values.index(best)]
    medians = [
        median(values[first : first + STEADY_EPOCHS])
        for first in range(len(values) - STEADY_EPOCHS + 1)
    ]
    steady = (max(medians) if rising else min(medians)) if medians else None
    updates = epoch * record.steps_per_epoch
    return ComparedResult(label, best, epoch, updates, seconds, steady)


def _known(record: RunRecord, monitor: str) -> list[tuple[float, int, float]]:
    """The finite values of a run, each with its epoch and the seconds until its end."""
    found, spent = [], 0.0
    for row in record.rows:
        spent += row.seconds
        value = row.metrics.get(monitor)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        if math.isfinite(value):
            found.append((float(value), row.epoch, spent))
    return found


def common_level(results: Sequence[ComparedResult], monitor: str) -> float | None:
    """What the worst came to, and so all: the value by which their speed can be told; None unless
    two have a result.
    """
    known = [r for r in results if r.value is not None]
    return max(known, key=lambda r: _key(r, monitor)).value if len(known) > 1 else None


def reached(label: str, record: RunRecord, monitor: str, level: float) -> ComparedResult | None:
    """When a run first came to `level` or better, and what was spent until then; None: never."""
    falls = direction_of(monitor) != "max"
    for value, epoch, seconds in _known(record, monitor):
        if value <= level if falls else value >= level:
            return ComparedResult(label, value, epoch, epoch * record.steps_per_epoch, seconds)
    return None


def speed_words(
    found: Sequence[ComparedResult], monitor: str, level: float, *, everyone: bool = True
) -> str:
    """Who was the first at `level` by epochs, by updates and by seconds, a sentence each; "" for
    fewer than two.

    Args:
        everyone: whether `found` are all that were compared.
    """
    if len(found) < 2:
        return ""
    who = "All" if everyone else "All with a result"
    text = (
        f"{who} came to {metric_words(monitor)} {_figure(level)}, the best of the one that got "
        "least far."
    )
    epochs = [(r.label, float(r.epoch), f"{r.epoch:,}") for r in found]
    updates = [(r.label, float(r.updates), f"{r.updates:,}") for r in found]
    seconds = [(r.label, r.seconds, _seconds(r.seconds)) for r in found]
    steps = {r.label: r.updates / r.epoch for r in found}
    if len(set(steps.values())) == 1:
        return f"{text} {_fewest('epochs and updates', epochs)} {_fewest('seconds', seconds)}"
    coarse = max(steps, key=lambda label: steps[label])
    return (
        f"{text} {_fewest('epochs', epochs)} {_fewest('updates', updates)} "
        f"{_fewest('seconds', seconds)} It is measured as an epoch ends, so that the updates of "
        f"{coarse} count in steps of {steps[coarse]:,.0f}."
    )


def _fewest(what: str, spent: Sequence[tuple[str, float, str]]) -> str:
    """Who spent the least, as a sentence: "Fewest epochs: a, 2 (b: 5; c: 9)."."""
    ordered = sorted(spent, key=lambda one: one[1])
    least = ordered[0][2]
    first = [label for label, _, shown in ordered if shown == least]
    rest = _shortened([f"{label}: {shown}" for label, _, shown in ordered[len(first) :]])
    who = " and ".join(first) if len(first) <= MOST_NAMED else f"{len(first)} of them"
    each = " each" if len(first) > 1 else ""
    others = f" ({'; '.join(rest)})" if rest else ""
    return f"Fewest {what}: {who}, {least}{each}{others}."


def _shortened(parts: list[str]) -> list[str]:
    """The first two, how many are left out, and the last."""
    if len(parts) <= MOST_NAMED:
        return parts
    return [*parts[:2], f"{len(parts) - 3} more", f"at last {parts[-1]}"]


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:,.0f} s"


def verdict(results: Sequence[ComparedResult], monitor: str) -> str:
    """What the comparison says, in a sentence or two; of the best values, not the last."""
    known = [r for r in results if r.value is not None]
    failed = [r.label for r in results if r.value is None]
    if not known:
        return "No run came to a result."
    ordered = sorted(known, key=lambda r: _key(r, monitor))
    first = ordered[0]
    text = f"Best {metric_words(monitor)}, each at its best epoch: "
    text += f"{_figure(first.value)} ({first.label}, epoch {first.epoch:,})"
    others = _shortened([f"{_figure(r.value)} ({r.label}, epoch {r.epoch:,})" for r in ordered[1:]])
    text += f", against {' and '.join(others)}." if others else "."
    if len(ordered) > 1 and _alike(first.value, ordered[1].value):
        text += " That is no difference to speak of."
    text += _luck(ordered, monitor)
    if failed:
        text += f" No result: {', '.join(failed)}."
    return text


def _luck(ordered: Sequence[ComparedResult], monitor: str) -> str:
    """Whether the best epoch of the first may be a lucky one, as a sentence; "" when not."""
    first = ordered[0]
    steady = [(r.label, r.steady) for r in ordered if r.steady is not None]
    if first.steady is None or first.value is None:
        return ""
    rising = direction_of(monitor) == "max"
    label, value = (max if rising else min)(steady, key=lambda one: one[1])
    if value != first.steady:
        return (
            f" That epoch may be luck: by the best median of {STEADY_EPOCHS} epochs in a row "
            f"{label} is ahead, {_figure(value)} against {_figure(first.steady)}."
        )
    if abs(first.steady - first.value) > LUCKY * abs(first.value):
        return (
            f" That epoch may be luck: the best median of {STEADY_EPOCHS} epochs in a row of "
            f"{first.label} is {_figure(first.steady)}."
        )
    return ""


def _key(result: ComparedResult, monitor: str) -> float:
    assert result.value is not None
    return -result.value if direction_of(monitor) == "max" else result.value


def _alike(a: float | None, b: float | None) -> bool:
    assert a is not None
    assert b is not None
    return abs(a - b) <= NEAR * max(abs(a), abs(b), 1e-12)


def _figure(value: float | None) -> str:
    assert value is not None
    return f"{value:.4g}"
