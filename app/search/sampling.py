"""How the settings of a trial are chosen: a grid, random draws, or TPE.

What trial number n gets depends on the seed, on n, on the settings of the trials before it and,
with TPE, on what those that ended came to: never on a generator's hidden state, so a study that
goes on after a kill draws what it would have drawn. Only one thread asks.
"""

import random
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from app.core.frozen import OptionValue
from app.core.options import Option
from app.core.project import Project
from app.core.search_grid import grid
from app.core.search_results import Trial
from app.core.search_settings import Dimension, Values
from app.core.search_values import choices_of
from app.search.draws import Draw, Stop, draw_from, drawn, every_setting, walked, whole_below

REPEATS = 100
"""After so many draws in a row that came before, what is left is listed."""


class Sampler(Protocol):
    """Asked for settings and told how they did."""

    def draw(self, number: int, stop: Stop) -> Draw | None:
        """The settings of trial `number`; None when every setting of the space was drawn, or
        `stop()` was true.
        """

    def again(self, trial: Trial) -> None:
        """This trial was drawn before: it is not drawn again. In the order of their numbers."""

    def tell(self, trial: Trial, reached: tuple[int, float] | None = None) -> None:
        """How a trial ended. `reached`: of one that was ended early, how far it came and the score
        there.
        """


def sampler_of(project: Project, greater_is_better: bool) -> Sampler:
    """The sampler that the search of `project` asks for."""
    from app.search.tpe import TpeSampler

    kinds: dict[str, Callable[[], Sampler]] = {
        "grid": partial(GridSampler, project),
        "random": partial(RandomSampler, project),
        "tpe": partial(TpeSampler, project, greater_is_better),
    }
    return kinds[project.search.sampler]()


class GridSampler:
    """Every combination once, in the order of the space: trial n is the n-th one."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._rest: Iterator[Values] = iter(grid(project))
        self._next = 0

    def draw(self, number: int, stop: Stop) -> Draw | None:
        while not stop():
            values = next(self._rest, None)
            if values is None:
                return None
            self._next += 1
            if self._next > number:
                return drawn(self._project, values)
        return None

    def again(self, trial: Trial) -> None:
        pass

    def tell(self, trial: Trial, reached: tuple[int, float] | None = None) -> None:
        pass


class RandomSampler:
    """Independent draws, none of which comes twice."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen: set[Values] = set()
        self._left: list[Values] | None = None

    def draw(self, number: int, stop: Stop) -> Draw | None:
        seed = self._project.search.seed
        for repeat in range(REPEATS if self._left is None else 0):
            if stop():
                return None
            draw = self._walk(random.Random(f"{seed}/{number}/{repeat}"))
            if draw.values not in self._seen:
                self._seen.add(draw.values)
                return draw
        return self._one_of_the_rest(random.Random(f"{seed}/{number}"), stop)

    def again(self, trial: Trial) -> None:
        self._seen.add(trial.settings)

    def tell(self, trial: Trial, reached: tuple[int, float] | None = None) -> None:
        pass

    def drawn_before(self, values: Values) -> bool:
        return values in self._seen

    def _walk(self, chance: random.Random) -> Draw:
        def choose(_path: str, dimension: Dimension, option: Option) -> OptionValue:
            return draw_from(choices_of(dimension, option), chance)

        return walked(self._project, choose)

    def _one_of_the_rest(self, chance: random.Random, stop: Stop) -> Draw | None:
        if self._left is None:
            every = every_setting(self._project, stop)
            if every is None:
                return None
            self._left = [values for values in every if values not in self._seen]
        else:
            self._left = [values for values in self._left if values not in self._seen]
        if not self._left:
            return None
        values = self._left[whole_below(chance, len(self._left))]
        self._seen.add(values)
        return drawn(self._project, values)
