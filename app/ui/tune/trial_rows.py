"""The trials of a study in the order of a table: ranked, sorted by any column, filtered."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.core.frozen import OptionValue
from app.core.search_results import Trial
from app.search.events import FoldRunning
from app.ui.tune.value_words import base_path

STATE_ORDER = {
    "finished": 0,
    "running": 1,
    "waiting": 2,
    "pruned": 3,
    "failed": 4,
    "cancelled": 5,
}
STATE_WORDS = {
    "finished": "finished",
    "running": "running",
    "waiting": "waiting",
    "pruned": "ended early",
    "failed": "failed",
    "cancelled": "cancelled",
}
FEW = 12
"""So many trials are all within the axis of their bands: they are seen at once."""
_COMPARISON = re.compile(r"\s*(<=|>=|!=|=|<|>)\s*")
_PART = re.compile(r"^(.*?)(<=|>=|!=|=|<|>)(.+)$")

ValueText = Callable[[str, OptionValue], str]
"""From the path and the value of an option to its words."""


@dataclass(frozen=True)
class TrialRow:
    """A trial as the table shows it.

    Attributes:
        mean, sd: over the folds; None unless finished.
        texts: its settings in words, by path.
        folds: how many it is trained on.
        running: the folds that are being trained.
    """

    trial: Trial
    mean: float | None
    sd: float | None
    texts: Mapping[str, str]
    words: str
    folds: int
    running: tuple[FoldRunning, ...] = ()

    @property
    def progress(self) -> float:
        """Part of its folds that is done, 0 to 1."""
        under_way = sum(fold.epoch / max(fold.epochs, 1) for fold in self.running)
        return min(1.0, (len(self.trial.folds) + under_way) / max(self.folds, 1))

    @property
    def doing(self) -> str:
        """ "fold 3 of 5", "folds 2, 3 of 5", "epoch 12 of 50" where there is one fold."""
        if not self.running:
            return ""
        if self.folds < 2:
            return f"epoch {self.running[0].epoch} of {self.running[0].epochs}"
        numbers = sorted(fold.fold + 1 for fold in self.running)
        noun = "fold" if len(numbers) == 1 else "folds"
        return f"{noun} {', '.join(map(str, numbers))} of {self.folds}"


class TrialRows:
    """All trials of a study; ranks follow from scores.

    Args:
        folds: on how many each is trained.
        greater_is_better: of the score.
        titles: path to the title of its column, in the order of the columns.
        value_text: the words of a value.
        limits: what a score cannot leave.
    """

    def __init__(
        self,
        folds: int = 1,
        greater_is_better: bool = True,
        titles: Mapping[str, str] | None = None,
        value_text: ValueText = lambda _path, value: str(value),
        limits: tuple[float, float] = (-math.inf, math.inf),
    ) -> None:
        self.folds = folds
        self.greater_is_better = greater_is_better
        self.titles = dict(titles or {})
        self._value_text = value_text
        self._limits = limits
        self.rows: dict[int, TrialRow] = {}
        self._ranking: list[int] | None = None
        self._ranks: dict[int, int] = {}
        self._spread: tuple[float, float] | None = None

    def put(self, trial: Trial, running: tuple[FoldRunning, ...] = ()) -> None:
        """Take what is known of a trial now."""
        old = self.rows.get(trial.number)
        if old is not None and old.trial.settings == trial.settings:
            texts, settings_words = old.texts, old.words.partition("\n")[0]
        else:
            texts = {path: self._value_text(path, v) for path, v in trial.settings.items()}
            settings_words = " ".join(texts.values()).casefold()
        words = f"{settings_words}\n{STATE_WORDS[trial.state]} {trial.sentence.casefold()}"
        mean, sd = trial.mean, trial.sd
        self.rows[trial.number] = TrialRow(trial, mean, sd, texts, words, self.folds, running)
        if old is None or old.mean != mean or old.trial.state != trial.state:
            self._ranking = self._spread = None

    @property
    def ranking(self) -> list[int]:
        """Numbers of the finished trials, the best first; of equal ones the earlier."""
        if self._ranking is None:
            sign = -1.0 if self.greater_is_better else 1.0
            done = [
                (sign * row.mean, n)
                for n, row in self.rows.items()
                if row.mean is not None and math.isfinite(row.mean)
            ]
            self._ranking = [number for _, number in sorted(done)]
            self._ranks = {number: i + 1 for i, number in enumerate(self._ranking)}
        return self._ranking

    def rank(self, number: int) -> int | None:
        """From 1; None of a trial that has no score."""
        return self._ranks.get(number) if self.ranking else None

    @property
    def best(self) -> int | None:
        return self.ranking[0] if self.ranking else None

    def ordered(self, key: str = "rank", descending: bool = False, text: str = "") -> list[int]:
        """Numbers of the trials that `text` lets through.

        Args:
            key: "rank", "number", "score", or the path of an option; trials without a value come
                last in both directions.
            text: words that must all be in a row, and comparisons such as `units>64` or
                `score>=0.98` by the beginning of a column's title.
        """
        numbers = self._filtered(text)
        if key == "number":
            return sorted(numbers, reverse=descending)
        if key in ("rank", "score"):
            ranked = [n for n in self.ranking if n in numbers]
            others = [n for n in numbers if n not in self._ranks]
            others.sort(key=lambda n: (STATE_ORDER[self.rows[n].trial.state], n))
            return (ranked[::-1] if descending else ranked) + others
        having = [n for n in numbers if key in self.rows[n].trial.settings]
        lacking = sorted(numbers - set(having))
        having.sort()
        having.sort(key=lambda n: _sortable(self.rows[n].trial.settings[key]), reverse=descending)
        return having + lacking

    def _filtered(self, text: str) -> set[int]:
        tests = [self._test(part) for part in _COMPARISON.sub(r"\1", text).casefold().split()]
        if not tests:
            return set(self.rows)
        return {n for n, row in self.rows.items() if all(test(row) for test in tests)}

    def _test(self, part: str) -> Callable[[TrialRow], bool]:
        found = _PART.match(part)
        path = self._called(found[1]) if found else ""
        if found is None or not path:
            return lambda row: part in row.words
        sign, wanted = found[2], found[3]
        number = _number(wanted)

        def test(row: TrialRow) -> bool:
            if path in ("number", "score"):
                value: OptionValue = row.trial.number if path == "number" else row.mean
            else:
                value = row.trial.settings.get(path)
            if value is None:
                return False
            if number is not None and isinstance(value, (int, float)):
                return _COMPARE[sign](float(value), number)
            has = wanted in row.texts.get(path, "").casefold()
            return has if sign == "=" else not has if sign == "!=" else False

        return test

    def _called(self, name: str) -> str:
        """The column whose title begins with `name`, without its spaces; "" for none."""
        known = {"trial": "number", "score": "score"}
        known.update({title.casefold(): path for path, title in self.titles.items()})
        for title, path in known.items():
            if name and title.replace(" ", "").startswith(name):
                return path
        # "Learning rate" is also found as "rate".
        return next((p for t, p in known.items() if name in t.split()), "")

    def spread(self) -> tuple[float, float] | None:
        """A range with round ends in which the finished trials lie with their standard deviations,
        of more than a few the better half; None before there is one.
        """
        if self._spread is None and self.ranking:
            better = self.ranking[: max(FEW, math.ceil(len(self.ranking) / 2))]
            rows = [self.rows[number] for number in better]
            low = min((row.mean or 0.0) - (row.sd or 0.0) for row in rows)
            high = max((row.mean or 0.0) + (row.sd or 0.0) for row in rows)
            least, most = self._limits
            self._spread = round_range(max(low, least), min(high, most))
        return self._spread


def round_range(low: float, high: float) -> tuple[float, float]:
    """The range from `low` to `high`, widened to ends with few figures.

    A share is not widened beyond 0 or 1.
    """
    width = high - low
    if width <= 1e-9 * max(1.0, abs(high)):
        width = max(abs(high) * 0.1, 0.1)
    step = 10.0 ** math.floor(math.log10(width))
    step = step * 5 if width > 5 * step else step
    bottom, top = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    if low >= 0:
        bottom = max(0.0, bottom)
    if low >= 0 and high <= 1:
        top = min(1.0, top)
    if top <= bottom:
        top, bottom = (top + step, bottom) if high < 1 or low > 1 else (top, bottom - step)
    return round(bottom, 12), round(top, 12)


_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: math.isclose(a, b, rel_tol=1e-9),
    "!=": lambda a, b: not math.isclose(a, b, rel_tol=1e-9),
}


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def _sortable(value: OptionValue) -> tuple[int, float, str]:
    """Numbers by size, then texts by the alphabet: one column may hold both ("none" or 1.0)."""
    if isinstance(value, (bool, int, float)):
        return (0, float(value), "")
    if isinstance(value, tuple):
        return (1, 0.0, " ".join(_padded(each) for each in value))
    return (2, 0.0, str(value).casefold())


def _padded(each: int | float | str) -> str:
    return f"{each:020.6f}" if isinstance(each, (int, float)) else each


def paths_of(trials: Sequence[Trial], space: Sequence[str]) -> tuple[str, ...]:
    """The paths that any trial has a value for: those of the space in its order, each followed by
    those of its further copies.
    """
    found = list(space)
    known = set(space)
    for trial in trials:
        for path in trial.settings:
            if path not in known:
                known.add(path)
                base = base_path(path)
                alike = [i for i, each in enumerate(found) if base_path(each) == base]
                found.insert(alike[-1] + 1 if alike else len(found), path)
    return tuple(found)
