"""Values of a search space that lead to networks which cannot be trained."""

from collections.abc import Iterator
from functools import partial

from app.core.data_summary import DataSummary
from app.core.frozen import OptionValue
from app.core.problems import Fix, Problem
from app.core.project import Project
from app.core.project_paths import ProjectPathError
from app.core.resolve import resolve
from app.core.search_edits import marked, unmarked
from app.core.search_paths import Place, place_of, words_of
from app.core.search_settings import Dimension
from app.core.search_values import NumberRange, choices_of
from app.core.search_walk import with_values
from app.core.short_names import shortened

MOST_TRIED = 60
"""Values that are looked at, over all dimensions; each takes some microseconds a layer."""
MOST_LAYERS = 4000
"""That are looked at, over all values: large networks get fewer of them."""
MOST_OF_ONE = 16


def trial_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    """A warning for each dimension with a value that, alone, makes an error of a project without
    one; of ranges the ends are looked at.
    """
    before = _errors(project, summary)
    if before:
        return  # they are said where they stand, and all trials would have them
    left = min(MOST_TRIED, 1 + MOST_LAYERS // (1 + len(project.network.layers)))
    for dimension in project.search.space:
        place = place_of(project, dimension.path)
        if place is None or not place.applies:
            continue
        values = _looked_at(dimension, place)[:left]
        left -= len(values)
        wrong = [
            (value, e[0]) for value in values if (e := _with(project, summary, dimension, value))
        ]
        if wrong:
            yield _problem(project, dimension, place, wrong)


def _looked_at(dimension: Dimension, place: Place) -> tuple[OptionValue, ...]:
    found = choices_of(dimension, place.option)
    if isinstance(found, NumberRange):
        return (found.low, found.high)
    return found[:MOST_OF_ONE]


def _with(
    project: Project, summary: DataSummary, dimension: Dimension, value: OptionValue
) -> list[Problem]:
    try:
        return _errors(with_values(project, {dimension.path: value}), summary)
    except ProjectPathError:
        return []  # refused by the option itself, which `dimension_problems` tells


def _errors(project: Project, summary: DataSummary) -> list[Problem]:
    return [p for p in resolve(project, summary).problems if p.severity == "error"]


def _problem(
    project: Project,
    dimension: Dimension,
    place: Place,
    wrong: list[tuple[OptionValue, Problem]],
) -> Problem:
    value, error = wrong[0]
    bad = [value for value, _ in wrong]
    rest = tuple(v for v in dimension.values if not any(v == b for b in bad))
    fixes = [Fix("Don't search it", partial(unmarked, path=dimension.path))]
    if rest:
        kept = dimension.model_copy(update={"values": rest})
        fixes.insert(0, Fix("Leave these values out", partial(marked, dimension=kept)))
    more = f" ({len(wrong)} values have an error)" if len(wrong) > 1 else ""
    return Problem(
        where=dimension.path,
        option=dimension.path,
        severity="warning",
        title="Trials that can't be trained",
        happened=f"{words_of(project, dimension.path)} at "
        f"{shortened(place.option.format(value))}{more}: {error.where}: {error.happened}",
        expected=error.expected,
        how_to_fix="Such trials fail and the others go on; leave the value out to save them.",
        fixes=tuple(fixes),
    )
