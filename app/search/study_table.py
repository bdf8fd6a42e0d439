"""The finished trials of a study as columns of numbers: what its plots and importances are made
of.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.core.frozen import OptionValue
from app.core.metric_catalog import METRICS_BY_NAME
from app.core.number_words import counted
from app.core.search_results import Trial
from app.core.search_settings import Dimension

Floats = NDArray[np.float64]
Scale = Literal["linear", "log", "choices"]
Words = Callable[[str, OptionValue], str]
"""Of a path and a value of it: the value as it is shown."""


@dataclass(frozen=True, eq=False)
class StudyColumn:
    """One searched option, and where each trial stands on its scale.

    Attributes:
        path: as in the settings of trials.
        label: short, different from those of all other columns.
        scale: "choices": values that stand side by side at equal distances.
        low, high: the ends of a range.
        values: the choices; numbers ascending, others in the order of the space.
        points: how many values there can be; 0: any between the ends.
        places: (trials,), 0 at the low end or first choice, 1 at the other; NaN where the option is
            not there in a trial.
    """

    path: str
    label: str
    scale: Scale
    low: float
    high: float
    values: tuple[OptionValue, ...]
    points: int
    places: Floats

    @cached_property
    def missing(self) -> int:
        """In how many trials it is not there."""
        return int(np.isnan(self.places).sum())

    @property
    def is_whole(self) -> bool:
        """Whether it is a range of whole numbers."""
        step = (self.high - self.low) / (self.points - 1) if self.points > 1 else 0.5
        return self.points > 1 and self.low % 1 == 0 and abs(step - round(step)) < 1e-9

    def place_of(self, value: float) -> float:
        """Where a number of a range stands."""
        return float(_placed(np.array([value]), self.low, self.high, self.scale)[0])

    def value_at(self, place: float) -> float:
        """The number of a range that stands there."""
        if self.scale == "log":
            return float(self.low * (self.high / self.low) ** place)
        return self.low + place * (self.high - self.low)


@dataclass(frozen=True, eq=False)
class StudyTable:
    """Attributes:
    columns: in the order of the space.
    trials: those with a score, by their numbers.
    scores: (trials,), the mean over the folds.
    order: (trials,), rows from the best to the poorest; of equal ones the earlier first.
    left_out: of trials without a score how many are in which state.
    """

    score: str
    greater_is_better: bool
    columns: tuple[StudyColumn, ...]
    trials: tuple[Trial, ...]
    scores: Floats
    order: NDArray[np.int64]
    left_out: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.trials)

    @cached_property
    def rows(self) -> Mapping[int, int]:
        """Number of a trial to its row."""
        return {trial.number: row for row, trial in enumerate(self.trials)}

    @cached_property
    def ranks(self) -> NDArray[np.int64]:
        """(trials,): 0 of the best."""
        ranks = np.empty(len(self.order), np.int64)
        ranks[self.order] = np.arange(len(self.order))
        return ranks

    @property
    def score_label(self) -> str:
        return score_label(self.score)


def score_label(score: str) -> str:
    """The score as a person calls it: "Accuracy"."""
    if score == "loss":
        return "Loss"
    kind = METRICS_BY_NAME.get(score)
    return kind.label if kind else score


def study_table(
    trials: Iterable[Trial],
    space: Sequence[Dimension],
    score: str,
    greater_is_better: bool,
    names: Mapping[str, str] | None = None,
) -> StudyTable:
    """The finished ones of `trials` with a finite score, in columns.

    Args:
        names: of paths; the others are named by `short_names`.
    """
    scored: list[Trial] = []
    scores: list[float] = []
    left_out: Counter[str] = Counter()
    for trial in trials:
        mean = trial.mean
        if mean is not None and math.isfinite(mean):
            scored.append(trial)
            scores.append(mean)
        else:
            left_out[trial.state] += 1
    numbers = np.array(scores, np.float64)
    order = np.argsort(-numbers if greater_is_better else numbers, kind="stable")
    return StudyTable(
        score,
        greater_is_better,
        study_columns(scored, space, names),
        tuple(scored),
        numbers,
        order,
        left_out,
    )


def study_columns(
    trials: Sequence[Trial], space: Sequence[Dimension], names: Mapping[str, str] | None = None
) -> tuple[StudyColumn, ...]:
    """A column for each dimension; of one that copies of a layer have for themselves one for each
    copy that was tried.
    """
    copied = {dimension.path: [dimension.path] for dimension in space}
    if any(dimension.each_copy for dimension in space):
        for path in dict.fromkeys(path for trial in trials for path in trial.settings):
            origin = _origin(path)
            if path != origin and origin in copied:
                copied[origin].append(path)
    paths = [path for several in copied.values() for path in sorted(several, key=_copy_number)]
    labels = {**short_names(paths), **(names or {})}
    by_path = {dimension.path: dimension for dimension in space}
    return tuple(_column(path, labels[path], by_path[_origin(path)], trials) for path in paths)


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """A short name for each path: "Units"; where several have units, "dense_1 units"."""
    last = {path: path.rpartition(".")[2].replace("_", " ").capitalize() for path in paths}
    often = Counter(last.values())
    return {path: name if often[name] == 1 else _longer(path, name) for path, name in last.items()}


def _longer(path: str, name: str) -> str:
    parts = path.split(".")
    return f"{parts[-2]} {name[:1].lower()}{name[1:]}" if len(parts) > 1 else name


def value_words(value: OptionValue) -> str:
    """A value of an option in a few characters."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, float):
        return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e").replace("-", "−", value < 0)
    if isinstance(value, int):
        return f"{value:,}".replace("-", "−")
    return " × ".join(map(str, value)) if isinstance(value, tuple) else value


_UNSCORED = {
    "pruned": "pruned",
    "failed": "failed",
    "cancelled": "cancelled",
    "running": "begun",
    "waiting": "waiting",
}
"""A trial that is begun may be on hold."""


def left_out_words(table: StudyTable) -> str:
    """Which trials have no score: "9 pruned and 2 failed have none"; "" where all have one."""
    told = [
        f"{table.left_out[state]:,} {_UNSCORED[state]}"
        for state in _UNSCORED
        if table.left_out.get(state)
    ]
    if not told:
        return ""
    listed = told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
    only = sum(table.left_out.values()) == 1
    return f"{listed} {'has' if only else 'have'} no score"


def trials_words(table: StudyTable) -> str:
    """`63 trials`."""
    return counted(len(table), "trial")


def _origin(path: str) -> str:
    """The path of the dimension: "network.dense[2].units" is drawn as "network.dense.units"."""
    head, bracket, rest = path.partition("[")
    return head + rest.partition("]")[2] if bracket else path


def _copy_number(path: str) -> int:
    number = path.partition("[")[2].partition("]")[0]
    return int(number) if number.isdigit() else 1


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _key(value: OptionValue) -> object:
    """Equal of equal values: 1 and 1.0 are, 1 and True are not."""
    return float(value) if _is_number(value) else repr(value)  # type: ignore[arg-type]


def _column(path: str, label: str, dimension: Dimension, trials: Sequence[Trial]) -> StudyColumn:
    found = [
        (trial.settings[path], True) if path in trial.settings else (None, False)
        for trial in trials
    ]
    present = [value for value, there in found if there]
    if dimension.low is not None and dimension.high is not None and all(map(_is_number, present)):
        numbers = np.array([value if there else math.nan for value, there in found], np.float64)
        return _range_column(path, label, dimension, numbers, present)
    values = list(dimension.values)
    known = {_key(value) for value in values}
    for value in present:
        if _key(value) not in known:
            known.add(_key(value))
            values.append(value)
    if all(map(_is_number, values)):
        values.sort(key=float)  # type: ignore[arg-type]
    index = {_key(value): number for number, value in enumerate(values)}
    last = len(values) - 1
    places = np.array(
        [
            math.nan if not there else index[_key(value)] / last if last else 0.5
            for value, there in found
        ],
        np.float64,
    )
    return StudyColumn(path, label, "choices", 0.0, 1.0, tuple(values), len(values), places)


def _range_column(
    path: str, label: str, dimension: Dimension, numbers: Floats, present: Sequence[OptionValue]
) -> StudyColumn:
    there = numbers[np.isfinite(numbers)]
    ends = [float(dimension.low or 0), float(dimension.high or 0)]
    low, high = min([*ends, *there]), max([*ends, *there])
    scale: Scale = "log" if dimension.log and low > 0 else "linear"
    whole = all(isinstance(value, int) for value in (dimension.low, dimension.high, *present))
    step = dimension.step or (1 if whole else None)
    points = 0
    if low == high:
        points = 1
    elif step and scale == "linear":
        points = math.floor((high - low) / step + 1e-9) + 1
    places = _placed(numbers, low, high, scale)
    return StudyColumn(path, label, scale, low, high, (), points, places)


def _placed(numbers: Floats, low: float, high: float, scale: Scale) -> Floats:
    if low == high:
        return np.where(np.isfinite(numbers), 0.5, np.nan)
    if scale == "log":
        return np.log(numbers / low) / math.log(high / low)
    return (numbers - low) / (high - low)
