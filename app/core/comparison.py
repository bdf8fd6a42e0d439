"""Settings that are trained from the same initial weights, to be compared on one plot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.core.input_scale import set_preprocessing
from app.core.metric_catalog import direction_of
from app.core.project import Project
from app.core.run_record import RunRecord

Axis = Literal["epochs", "updates", "seconds"]

NEAR = 0.01
"""Below this relative difference two results count as the same."""


MOST_NAMED = 4
"""Of so many runs all are named in a sentence."""


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
    """

    label: str
    value: float | None
    epoch: int = 0
    updates: int = 0
    seconds: float = 0.0


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
    sign = -1.0 if direction_of(monitor) == "max" else 1.0
    best: ComparedResult | None = None
    spent = 0.0
    for row in record.rows:
        spent += row.seconds
        value = row.metrics.get(monitor)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        if not math.isfinite(value):
            continue
        if best is None or best.value is None or sign * value < sign * best.value:
            updates = row.epoch * record.steps_per_epoch
            best = ComparedResult(label, float(value), row.epoch, updates, spent)
    return best or ComparedResult(label, None)


def common_level(results: Sequence[ComparedResult], monitor: str) -> float | None:
    """What the worst came to, and so all: the value by which their speed can be told; None unless
    two have a result.
    """
    known = [r for r in results if r.value is not None]
    return max(known, key=lambda r: _key(r, monitor)).value if len(known) > 1 else None


def reached(label: str, record: RunRecord, monitor: str, level: float) -> ComparedResult | None:
    """When a run first came to `level` or better, and what was spent until then; None: never."""
    falls = direction_of(monitor) != "max"
    spent = 0.0
    for row in record.rows:
        spent += row.seconds
        value = row.metrics.get(monitor)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            continue
        if value <= level if falls else value >= level:
            updates = row.epoch * record.steps_per_epoch
            return ComparedResult(label, float(value), row.epoch, updates, spent)
    return None


def speed_words(
    found: Sequence[ComparedResult], monitor: str, level: float, *, everyone: bool = True
) -> str:
    """Who was the first at `level`, by seconds, as a sentence; "" for fewer than two.

    Args:
        everyone: whether `found` are all that were compared.
    """
    if len(found) < 2:
        return ""
    ordered = sorted(found, key=lambda r: r.seconds)
    times = _shortened([f"{r.label} after {_seconds(r.seconds)}" for r in ordered])
    who = "All" if everyone else "All with a result"
    return f"{who} came to {monitor} {_figure(level)}: {', '.join(times)}."


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
    text = f"Best {monitor}: {_figure(first.value)} ({first.label}, epoch {first.epoch:,})"
    others = _shortened([f"{_figure(r.value)} ({r.label}, epoch {r.epoch:,})" for r in ordered[1:]])
    text += f", against {' and '.join(others)}." if others else "."
    if len(ordered) > 1 and _alike(first.value, ordered[1].value):
        text += " That is no difference to speak of."
    if failed:
        text += f" No result: {', '.join(failed)}."
    return text


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
