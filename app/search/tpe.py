"""Optuna's tree-structured Parzen estimator, asked for settings and told how they did."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from app.core.frozen import OptionValue
from app.core.options import FloatOption, IntegerOption, Option
from app.core.project import Project
from app.core.search_results import Trial
from app.core.search_settings import Dimension, Values
from app.core.search_values import NumberRange, choices_of
from app.core.short_names import quoted
from app.search.draws import Draw, Stop, number_at, steps_of, tidy, walked
from app.search.quiet_optuna import optuna
from app.search.sampling import RandomSampler

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import Trial as OptunaTrial

TPE_REPEATS = 4
"""After so many suggestions that came before, the settings are drawn at random."""
STARTUP = 10
"""Trials that TPE draws at random before it learns, as Optuna has it."""
MOST_TOLD = 500
"""Once there are twice as many, TPE is told the 100 best and otherwise the latest only: its time
grows with what it looks at (40 ms a draw with 1,000 trials, 240 ms with 10,000), and to old ones it
gives small weights.
"""
_BEST_TOLD = 100

_COPY = re.compile(r"\[[0-9]+\]\.")
_WHOLE = IntegerOption(name="", label="", default=0, help="")
_ANY = FloatOption(name="", label="", default=0.0, help="")
"""A stored value tells by its type which kind of number its option takes."""


@dataclass(frozen=True)
class Axis:
    """A dimension as Optuna sees it: a list of values by their places (numbers that ascend keep
    their order), a range with steps by the number of steps, other ranges as they are.
    """

    path: str
    choices: tuple[OptionValue, ...] | NumberRange

    @property
    def name(self) -> str:
        """One name always has one distribution, whatever kind of option has the path in a trial."""
        if isinstance(self.choices, tuple):
            return self.path
        return f"{self.path} {'whole' if self.choices.whole else 'number'}"

    @property
    def _places(self) -> int | None:
        """How many there are; None of a range that is taken as it is."""
        if isinstance(self.choices, tuple):
            return len(self.choices)
        steps = None if self.choices.log else steps_of(self.choices)
        return None if steps is None else steps + 1

    @property
    def _ordered(self) -> bool:
        if not isinstance(self.choices, tuple):
            return True
        numbers = [
            float(v)
            for v in self.choices
            if isinstance(v, (int, float)) and not isinstance(v, bool)
        ]
        return len(numbers) == len(self.choices) and numbers == sorted(numbers)

    def distribution(self) -> "BaseDistribution":
        kinds = optuna().distributions
        places, found = self._places, self.choices
        made: BaseDistribution
        if places is not None and self._ordered:
            made = kinds.IntDistribution(0, places - 1)
        elif places is not None:
            made = kinds.CategoricalDistribution(tuple(range(places)))
        else:
            assert isinstance(found, NumberRange)
            kind = kinds.IntDistribution if found.whole else kinds.FloatDistribution
            made = kind(found.low, found.high, log=found.log)
        return made

    def place(self, value: OptionValue) -> int | float:
        """Where a value stands. Raises ValueError when it is none of the dimension."""
        found = self.choices
        if isinstance(found, tuple):
            return found.index(value)
        if not isinstance(value, (int, float)):
            raise ValueError(f"{self.path} is no number: {quoted(value, 40)}")
        steps = self._places
        return value if steps is None else round((value - found.low) / (found.step or 1))

    def value(self, place: int | float) -> OptionValue:
        """The reverse."""
        found = self.choices
        if isinstance(found, tuple):
            return found[int(place)]
        if self._places is not None:
            return number_at(found, int(place))
        return int(place) if found.whole else tidy(float(place), found)

    def asked(self, trial: "OptunaTrial") -> OptionValue:
        """What Optuna suggests."""
        places, found = self._places, self.choices
        if places is not None:
            if self._ordered:
                return self.value(trial.suggest_int(self.name, 0, places - 1))
            return self.value(trial.suggest_categorical(self.name, tuple(range(places))))
        assert isinstance(found, NumberRange)
        if found.whole:
            low, high = int(found.low), int(found.high)
            return self.value(trial.suggest_int(self.name, low, high, log=found.log))
        ends = float(found.low), float(found.high)
        return self.value(trial.suggest_float(self.name, *ends, log=found.log))


def _asked_for(
    trial: "OptunaTrial", path: str, dimension: Dimension, option: Option
) -> OptionValue:
    return Axis(path, choices_of(dimension, option)).asked(trial)


class TpeSampler:
    """Optuna's tree-structured Parzen estimator; where it repeats itself, a random draw.

    A trial that diverged counts as a poor one; one that failed otherwise says nothing about its
    settings.
    """

    def __init__(self, project: Project, greater_is_better: bool) -> None:
        self._project = project
        self._sign = 1.0 if greater_is_better else -1.0
        self._dimensions = {dimension.path: dimension for dimension in project.search.space}
        self._random = RandomSampler(project)
        self._ended: dict[int, tuple[Values, float | None, tuple[int, float] | None]] = {}
        self._open: dict[int, Values] = {}
        self._numbers: dict[int, int] = {}
        """Of open trials, their numbers in Optuna's study."""
        self._study: Study | None = None

    def draw(self, number: int, stop: Stop) -> Draw | None:
        study = self._study_now()
        seed = self._project.search.seed
        for repeat in range(TPE_REPEATS if len(self._ended) >= STARTUP else 0):
            if stop():
                return None
            chance = random.Random(f"{seed}/{number}/{repeat}/tpe").getrandbits(32)
            study.sampler = optuna().samplers.TPESampler(seed=chance, n_startup_trials=STARTUP)
            asked = study.ask()
            draw = walked(self._project, partial(_asked_for, asked))
            if not self._random.drawn_before(draw.values):
                self._random.again(_as_trial(number, draw.values))
                self._open[number], self._numbers[number] = draw.values, asked.number
                return draw
            study.tell(asked, state=optuna().trial.TrialState.FAIL)
        found = self._random.draw(number, stop)
        if found is not None:
            self._enqueue(number, found.values)
        return found

    def again(self, trial: Trial) -> None:
        self._random.again(trial)
        if trial.state in ("waiting", "running", "cancelled"):
            self._open[trial.number] = trial.settings
            self._study = None

    def tell(self, trial: Trial, reached: tuple[int, float] | None = None) -> None:
        self._open.pop(trial.number, None)
        number = self._numbers.pop(trial.number, None)
        diverged = any(fold.state == "diverged" for fold in trial.folds)
        if trial.state not in ("finished", "pruned") and not diverged:
            if self._study is not None and number is not None:
                self._study.tell(number, state=optuna().trial.TrialState.FAIL)
            return
        score = None if trial.mean is None else self._sign * trial.mean
        if reached is not None:
            reached = (reached[0], self._sign * reached[1])
        self._ended[trial.number] = (trial.settings, score, reached)
        count = len(self._ended)
        if count >= 2 * MOST_TOLD and count % MOST_TOLD == 0:
            self._study = None  # told anew, without most of the old ones
        if self._study is None or number is None:
            return
        # Told by a record of its own, with the settings as they are kept: what goes on after a kill
        # is told the same.
        self._study.tell(number, state=optuna().trial.TrialState.FAIL)
        self._study.add_trial(self._ended_trial(*self._ended[trial.number]))

    def _study_now(self) -> "Study":
        if self._study is None:
            self._study = optuna().create_study(study_name="search", direction="maximize")
            told = [self._ended_trial(*self._ended[number]) for number in self._worth_telling()]
            self._study.add_trials(told)
            self._numbers.clear()
            for number, values in self._open.items():
                self._enqueue(number, values)
        return self._study

    def _worth_telling(self) -> list[int]:
        numbers = list(self._ended)
        if len(numbers) < 2 * MOST_TOLD:
            return numbers
        # As it was when it was last told anew, so that going on draws what would have been drawn.
        count = len(numbers) // MOST_TOLD * MOST_TOLD
        old, new = numbers[:count], numbers[count:]
        scored = [n for n in old if self._ended[n][1] is not None]
        best = sorted(scored, key=lambda n: self._ended[n][1] or 0.0, reverse=True)[:_BEST_TOLD]
        kept = {*best, *old[-(MOST_TOLD - _BEST_TOLD) :]}
        return [*(n for n in old if n in kept), *new]

    def _enqueue(self, number: int, values: Values) -> None:
        """Note a running trial whose settings TPE did not draw itself."""
        study = self._study
        assert study is not None
        axes = list(self._axes(values))
        study.enqueue_trial({axis.name: axis.place(value) for axis, value in axes})
        asked = study.ask()
        for axis, _ in axes:
            axis.asked(asked)
        self._open[number], self._numbers[number] = values, asked.number

    def _ended_trial(
        self, values: Values, score: float | None, reached: tuple[int, float] | None
    ) -> Any:
        axes = list(self._axes(values))
        state = optuna().trial.TrialState
        return optuna().trial.create_trial(
            state=state.PRUNED if score is None else state.COMPLETE,
            value=score if score is not None else reached[1] if reached else None,
            params={axis.name: axis.place(value) for axis, value in axes},
            distributions={axis.name: axis.distribution() for axis, _ in axes},
            intermediate_values=dict([reached]) if reached is not None else None,
        )

    def _axes(self, values: Values) -> "Iterator[tuple[Axis, OptionValue]]":
        for path, value in values.items():
            dimension = self._dimensions.get(_COPY.sub(".", path), self._dimensions.get(path))
            if dimension is not None:
                option = _WHOLE if type(value) is int else _ANY
                yield Axis(path, choices_of(dimension, option)), value


def _as_trial(number: int, values: Values) -> Trial:
    return Trial(number, "running", values)
