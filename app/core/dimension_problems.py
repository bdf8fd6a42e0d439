"""What is wrong with single dimensions of a search space."""

from collections.abc import Callable, Iterator
from functools import partial

from app.core.layer_copies import copies_of
from app.core.loss_catalog import LOSSES, LossKind
from app.core.optimizer_catalog import OPTIMIZERS, OptimizerKind
from app.core.options import FloatOption, IntegerOption, Option
from app.core.problems import Fix, Problem, Severity
from app.core.project import Project
from app.core.schedule_catalog import SCHEDULES, ScheduleKind
from app.core.search_defaults import default_dimension
from app.core.search_edits import marked, unmarked
from app.core.search_paths import (
    Place,
    copies_path,
    is_copies,
    layer_of,
    near_paths,
    place_anywhere,
    place_of,
    words_of,
)
from app.core.search_settings import MOST_VALUES, Dimension
from app.core.search_values import NumberRange, choices_of, is_range
from app.core.short_names import quoted

_TABLES: dict[str, tuple[OptimizerKind | LossKind | ScheduleKind, ...]] = {
    "optimizer": OPTIMIZERS,
    "loss": LOSSES,
    "schedule": SCHEDULES,
}


def dimension_problems(project: Project) -> Iterator[Problem]:
    """The complaints about each dimension, `where` being its path."""
    for dimension in project.search.space:
        place = place_anywhere(project, dimension.path)
        if place is None:
            yield _unknown(project, dimension)
            continue
        problem = next(
            (found for check in _CHECKS if (found := check(project, dimension, place))), None
        )
        if problem is not None:
            yield problem


def _unknown(project: Project, dimension: Dimension) -> Problem:
    others = list(_kinds_with(dimension.path))
    if others:
        listed = ", ".join(others[:4]) + (", ..." if others[4:] else "")
        return _problem(
            dimension,
            "warning",
            "Counts for nothing",
            f"{dimension.path} is searched, but only {listed} would have it.",
            "An option that counts in at least one trial.",
            "Don't search it, or choose or search one of these.",
            _drop(dimension),
        )
    near = near_paths(project, dimension.path)
    return _problem(
        dimension,
        "error",
        "Not there",
        f"{dimension.path} is searched, but this project has no such option.",
        "A dimension names an option that is there, or that comes with a searched kind.",
        f"Did you mean {near[0]}?"
        if near
        else "Don't search it, or bring back what it belongs to.",
        _drop(dimension),
    )


def _kinds_with(path: str) -> Iterator[str]:
    """Labels of the optimizers, losses or schedules that have the option at `path`."""
    head, _, name = path.removeprefix("training.").partition(".")
    if path.startswith("training.") and head in _TABLES and name:
        for kind in _TABLES[head]:
            if any(option.name == name for option in kind.options):
                yield kind.label


def _empty(project: Project, dimension: Dimension, place: Place) -> Problem | None:
    if dimension.values or is_range(dimension):
        return None
    return _problem(
        dimension,
        "error",
        "Nothing to try",
        f"{words_of(project, dimension.path)} is searched, but has neither values nor a range.",
        "At least two values, or a range.",
        "Give values or a range, or don't search it.",
        _usual(project, dimension, place.option),
        _drop(dimension),
    )


def _range_of_words(project: Project, dimension: Dimension, place: Place) -> Problem | None:
    if not is_range(dimension) or isinstance(place.option, (IntegerOption, FloatOption)):
        return None
    return _problem(
        dimension,
        "error",
        "No numbers",
        f"{words_of(project, dimension.path)} is searched over a range of numbers.",
        "Only a number has a range; this option needs a list of values.",
        "Give the values that are tried.",
        _usual(project, dimension, place.option),
        _drop(dimension),
    )


def _refused(project: Project, dimension: Dimension, place: Place) -> Problem | None:
    option = place.option
    given = dimension.values or tuple(e for e in (dimension.low, dimension.high) if e is not None)
    wrong = [(value, text) for value in given if (text := option.check(value)) is not None]
    if not wrong:
        return None
    value, text = wrong[0]
    fit = tuple(v for v in dimension.values if option.check(v) is None)
    fixes = [_drop(dimension)]
    if fit:
        rest = dimension.model_copy(update={"values": fit})
        fixes.insert(0, Fix("Leave it out", partial(marked, dimension=rest)))
    else:
        fixes.insert(0, _usual(project, dimension, option))
    return _problem(
        dimension,
        "error",
        "A value that is not allowed",
        f"{words_of(project, dimension.path)} can't be {quoted(value)}.",
        text,
        "Choose other values, or another range.",
        *fixes,
    )


def _upside_down(project: Project, dimension: Dimension, place: Place) -> Problem | None:
    if dimension.low is None or dimension.high is None or dimension.low <= dimension.high:
        return None
    turned = dimension.model_copy(update={"low": dimension.high, "high": dimension.low})
    return _problem(
        dimension,
        "error",
        "Upside down",
        f"{words_of(project, dimension.path)} goes from {dimension.low:g} to {dimension.high:g}.",
        "The smaller number comes first.",
        "Change them over.",
        Fix("Change them over", partial(marked, dimension=turned)),
    )


def _log_of_nothing(project: Project, dimension: Dimension, place: Place) -> Problem | None:
    if not dimension.log or dimension.low is None or dimension.low > 0:
        return None
    linear = dimension.model_copy(update={"log": False})
    return _problem(
        dimension,
        "error",
        "No factors from 0",
        f"{words_of(project, dimension.path)} is gone through by factors from "
        f"{dimension.low:g} on.",
        "A logarithmic range begins above 0.",
        "Let it begin above 0, or go through it by differences.",
        Fix("By differences", partial(marked, dimension=linear)),
    )


def _step(project: Project, dimension: Dimension, place: Place) -> Problem | None:
    step, low, high = dimension.step, dimension.low, dimension.high
    if step is None or low is None or high is None or dimension.log:
        return None
    label = words_of(project, dimension.path)
    without = Fix(
        "Without a step", partial(marked, dimension=dimension.model_copy(update={"step": None}))
    )
    whole = isinstance(place.option, IntegerOption)
    if step <= 0 or (whole and step != round(step)):
        return _problem(
            dimension,
            "error",
            "A step that leads nowhere",
            f"{label} is gone through by {step:g}.",
            "A whole number above 0." if whole else "A number above 0.",
            "Give another step.",
            without,
        )
    if (high - low) / step >= MOST_VALUES:
        return _problem(
            dimension,
            "warning",
            "Very small steps",
            f"{label} has {(high - low) / step + 1:,.0f} steps.",
            f"A grid takes every step of at most {MOST_VALUES:,}.",
            "A grid spreads a few values over it instead; give a larger step.",
            without,
        )
    found = choices_of(dimension, place.option)
    last = found.high if isinstance(found, NumberRange) else low
    if abs(last - high) > 1e-9 * step:
        fitted = dimension.model_copy(update={"high": last})
        fixes = (Fix(f"End at {last:g}", partial(marked, dimension=fitted)),) if last > low else ()
        return _problem(
            dimension,
            "warning",
            f"{high:g} is never tried",
            f"{label}: steps of {step:g} from {low:g} on end at {last:g}.",
            "Steps that meet both ends.",
            "Give another step, or another end.",
            *fixes,
            without,
        )
    return None


def _single(project: Project, dimension: Dimension, place: Place) -> Problem | None:
    found = choices_of(dimension, place.option)
    if not isinstance(found, tuple) or len(found) != 1:
        return None
    return _problem(
        dimension,
        "info",
        "One value",
        f"{words_of(project, dimension.path)} is searched, but always gets the same value.",
        "Two values or more.",
        "Give more values, or set it and don't search it.",
        _drop(dimension),
    )


def _counts_for_nothing(project: Project, dimension: Dimension, place: Place) -> Problem | None:
    if place.applies or place_of(project, dimension.path) is None:
        return None
    searched = {each.path for each in project.search.space}
    if searched & set(place.conditions):
        return None
    conditions = [words_of(project, path) for path in place.conditions]
    return _problem(
        dimension,
        "warning",
        "Counts for nothing",
        f"{words_of(project, dimension.path)} is searched, but does not count with "
        f"{' and '.join(conditions)} as set.",
        "An option that counts in at least one trial.",
        "Don't search it, or set or search what it depends on.",
        _drop(dimension),
    )


def _no_copies(project: Project, dimension: Dimension, place: Place) -> Problem | None:
    layer = layer_of(project.network, dimension.path)
    if not dimension.each_copy or layer is None:
        return None
    searched = any(each.path == copies_path(layer) for each in project.search.space)
    if searched and not is_copies(project, dimension.path):
        return None
    if not searched and len(copies_of(project.network, layer)) > 1:
        return None
    alike = dimension.model_copy(update={"each_copy": False})
    return _problem(
        dimension,
        "info",
        "There are no copies",
        f"{words_of(project, dimension.path)} is to differ between the copies of {layer}, and "
        "there are none.",
        "A layer that is searched for its copies.",
        "Search how often the layer stands there too, or give one value.",
        Fix("One value", partial(marked, dimension=alike)),
    )


_CHECKS: tuple[Callable[[Project, Dimension, Place], Problem | None], ...] = (
    _empty,
    _range_of_words,
    _upside_down,
    _refused,
    _log_of_nothing,
    _step,
    _counts_for_nothing,
    _no_copies,
    _single,
)
"""The first one that finds something speaks for its dimension."""


def _problem(
    dimension: Dimension,
    severity: Severity,
    title: str,
    happened: str,
    expected: str,
    how_to_fix: str,
    *fixes: Fix,
) -> Problem:
    return Problem(
        where=dimension.path,
        severity=severity,
        title=title,
        happened=happened,
        expected=expected,
        how_to_fix=how_to_fix,
        option=dimension.path,
        fixes=fixes,
    )


def _drop(dimension: Dimension) -> Fix:
    return Fix("Don't search it", partial(unmarked, path=dimension.path))


def _usual(project: Project, dimension: Dimension, option: Option) -> Fix:
    usual = default_dimension(project, dimension.path, option)
    return Fix("Use the usual range", partial(marked, dimension=usual))
