"""One setting of a search space: drawn by chance, set in the project, or one of the list of all."""

import contextlib
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from app.core.frozen import OptionValue
from app.core.options import Option
from app.core.project import Project
from app.core.project_paths import ProjectPathError
from app.core.search_settings import Dimension, Values
from app.core.search_values import NumberRange, choices_of
from app.core.search_walk import Choose, begun, in_order, walk, with_values

Stop = Callable[[], bool]

MOST_LISTED = 200_000


@dataclass(frozen=True)
class Draw:
    """The settings of a new trial, and the project with them; None: the sentence says why these
    settings cannot be set.
    """

    values: Values
    project: Project | None
    sentence: str = ""


def walked(project: Project, choose: Choose) -> Draw:
    """The settings that `choose` gives."""
    chosen: dict[str, OptionValue] = {}

    def noted(path: str, dimension: Dimension, option: Option) -> OptionValue:
        chosen[path] = choose(path, dimension, option)
        return chosen[path]

    try:
        made, values = walk(project, noted)
    except ProjectPathError as error:
        return Draw(Values(chosen), None, str(error))
    return Draw(values, made)


def drawn(project: Project, values: Values) -> Draw:
    """The draw that gives these settings."""
    try:
        return Draw(values, with_values(project, values))
    except ProjectPathError as error:
        return Draw(values, None, str(error))


def every_setting(project: Project, stop: Stop) -> list[Values] | None:
    """All settings of a space; None where it has endlessly many, too many to list, or `stop()` was
    true.
    """
    found: list[Values] = []
    open_walks = [begun(project)]
    while open_walks:
        question, way = open_walks.pop().next()
        if question is None:
            found.append(in_order(project, way.values))
            continue
        choices = listed(choices_of(question.dimension, question.option))
        if choices is None or len(found) + len(open_walks) > MOST_LISTED or stop():
            return None
        for value in reversed(choices):
            with contextlib.suppress(ProjectPathError):
                open_walks.append(way.answered(question.path, value))
    return found


def listed(choices: tuple[OptionValue, ...] | NumberRange) -> tuple[OptionValue, ...] | None:
    if isinstance(choices, tuple):
        return choices
    count = steps_of(choices)
    if count is None or count > MOST_LISTED:
        return None
    return tuple(number_at(choices, place) for place in range(count + 1))


def steps_of(found: NumberRange) -> int | None:
    """How many steps lead from `low` to `high`; None where there is anything between."""
    step = found.step or (1 if found.whole else None)
    return None if step is None else round((found.high - found.low) / step)


def number_at(found: NumberRange, place: int) -> int | float:
    """The number after so many steps."""
    number = found.low + place * (found.step or 1)
    return int(number) if found.whole else tidy(number, found)


def tidy(number: float, found: NumberRange) -> float:
    """Six figures are enough to tell settings apart, and can be typed."""
    return min(max(float(f"{number:.6g}"), float(found.low)), float(found.high))


def draw_from(choices: tuple[OptionValue, ...] | NumberRange, chance: random.Random) -> OptionValue:
    if isinstance(choices, tuple):
        return choices[whole_below(chance, len(choices))]
    steps = steps_of(choices)
    if not choices.log:
        if steps is not None:
            return number_at(choices, whole_below(chance, steps + 1))
        return tidy(choices.low + chance.random() * (choices.high - choices.low), choices)
    # Of whole numbers each stands for the half before and after it, as in Optuna.
    half = 0.5 if choices.whole else 0.0
    low, high = math.log(choices.low - half), math.log(choices.high + half)
    number = math.exp(low + chance.random() * (high - low))
    if choices.whole:
        return min(max(round(number), int(choices.low)), int(choices.high))
    return tidy(number, choices)


def whole_below(chance: random.Random, below: int) -> int:
    """From 0; `random()` is the one method that gives the same in every version of Python."""
    return int(chance.random() * below)
