"""The trials of a study as a table model: any number of them costs a view nothing."""

import math
from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, Qt

from app.core.search_results import Trial
from app.core.short_names import in_sentence
from app.search.events import FoldRunning
from app.ui.controls import plain_tool_tip
from app.ui.controls.numbered_rows import LEFT, RIGHT, ROOT, Index, NumberedRows
from app.ui.plots.axis import sd_text
from app.ui.theme import current_theme
from app.ui.tune.trial_rows import STATE_WORDS, TrialRow, TrialRows, ValueText
from app.ui.tune.value_words import mean_text

_ROLE = Qt.ItemDataRole
ROW = int(_ROLE.UserRole)
"""The role of the whole `TrialRow`."""
FIXED = ("rank", "number", "score", "spread")
SCORE, SPREAD = 2, 3


class LeaderboardModel(NumberedRows):
    """Rows in the order that was asked for; a trial that only came on keeps its row."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows = TrialRows()
        self.score = "Score"
        self.sort_key, self.descending, self.filter = "rank", False, ""
        self._paths: tuple[str, ...] = ()
        self._titles: Mapping[str, str] = {}
        self._numbers: set[str] = set()

    # ---- what is shown
    def show_study(
        self,
        score: str,
        greater_is_better: bool,
        folds: int,
        titles: Mapping[str, str],
        value_text: ValueText,
        trials: Iterable[Trial] = (),
        running: Mapping[int, tuple[FoldRunning, ...]] | None = None,
        limits: tuple[float, float] = (-math.inf, math.inf),
    ) -> None:
        """Show other trials. `titles`: path to title, in the order of the columns; `limits`: what
        a score cannot leave.
        """
        self.beginResetModel()
        self.score = score
        self.rows = TrialRows(folds, greater_is_better, titles, value_text, limits)
        self._paths, self._titles, self._numbers = tuple(titles), titles, set()
        for trial in trials:
            self._put(trial, (running or {}).get(trial.number, ()))
        if self.sort_key not in (*FIXED, *self._paths):
            self.sort_key, self.descending = "rank", False
        self.put_in_order(self._ordered())
        self.endResetModel()

    def show_trials(
        self, trials: Sequence[Trial], running: Mapping[int, tuple[FoldRunning, ...]]
    ) -> None:
        """These are new or have come on."""
        for trial in trials:
            self._put(trial, running.get(trial.number, ()))
        self._renew({trial.number for trial in trials})

    def sort_by(self, key: str, descending: bool) -> None:
        self.sort_key, self.descending = key, descending
        self._renew(set())

    def filter_by(self, text: str) -> None:
        self.filter = text
        self._renew(set())

    def key_of(self, column: int) -> str:
        """What a column shows: "rank", "number", "score", "spread", or a path."""
        return (*FIXED, *self._paths)[column]

    @property
    def paths(self) -> tuple[str, ...]:
        return self._paths

    def _put(self, trial: Trial, running: tuple[FoldRunning, ...]) -> None:
        self.rows.put(trial, running)
        for path, value in trial.settings.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                self._numbers.add(path)

    def _ordered(self) -> list[int]:
        key = "rank" if self.sort_key == "spread" else self.sort_key
        return self.rows.ordered(key, self.descending, self.filter)

    def _renew(self, changed: set[int]) -> None:
        """Order the rows anew; those whose trial is still there stay chosen."""
        places = [place for n in changed if (place := self.row_of(n)) is not None]
        self.reorder(self._ordered(), min(places, default=None), max(places, default=-1))

    # ---- what a view asks
    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(FIXED) + len(self._paths)

    def row_at(self, row: int) -> TrialRow:
        return self.rows.rows[self.order[row]]

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.order):
            return None
        row = self.row_at(index.row())
        if role == ROW:
            return row
        if role == _ROLE.DisplayRole:
            return self._text(row, index.column())
        if role == _ROLE.ToolTipRole:
            return plain_tool_tip(self._help(row, index.column()))
        if role == _ROLE.TextAlignmentRole:
            return RIGHT if self.is_number(index.column()) else LEFT
        if role == _ROLE.AccessibleTextRole:
            return f"{self.title(index.column())}: {self._text(row, index.column())}"
        return None

    def _text(self, row: TrialRow, column: int) -> str:
        key = self.key_of(column)
        if key == "rank":
            rank = self.rows.rank(row.trial.number)
            return "" if rank is None else f"{rank:,}"
        if key == "number":
            return f"{row.trial.number:,}"
        if key == "score":
            return score_text(row)
        if key == "spread":
            return row.doing
        return row.texts.get(key, "")

    def _help(self, row: TrialRow, column: int) -> str:
        key = self.key_of(column)
        if key in ("score", "spread"):
            folds = [f"fold {f.fold + 1}: {fold_words(f.score, f.state)}" for f in row.trial.folds]
            parts = [row.trial.sentence, ", ".join(folds) if row.folds > 1 else ""]
            return " ".join(part for part in parts if part)
        if key in FIXED:
            return ""
        if key not in row.trial.settings:
            return "This option is not there in this trial."
        return f"{self._titles[key]} ({key}): {row.trial.settings[key]}"

    def is_number(self, column: int) -> bool:
        """Whether there are numbers in a column of settings."""
        key = self.key_of(column)
        return key in self._numbers

    def title(self, column: int) -> str:
        key = self.key_of(column)
        if key == "score":
            return f"{self.score}, mean ± sd" if self.rows.folds > 1 else self.score
        if key == "spread":
            spread = self.rows.spread()
            return "" if spread is None else range_text(*spread)
        return {"rank": "#", "number": "Trial"}.get(key) or self._titles[key]

    def plain_title(self, column: int) -> str:
        """As it stands in a sentence."""
        key = self.key_of(column)
        return {"score": in_sentence(self.score), "number": "trial"}.get(key) or self.title(column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal or section >= self.columnCount():
            return None
        key = self.key_of(section)
        by = "score" if self.sort_key in ("rank", "spread") else self.sort_key
        if role == _ROLE.DisplayRole:
            return self.title(section) + (f" {'↑' if self._points_up() else '↓'}" * (key == by))
        if role == _ROLE.TextAlignmentRole:
            return RIGHT if self.is_number(section) else LEFT
        if role == _ROLE.FontRole:
            return current_theme().font("caption_strong" if key == by else "caption")
        if role == _ROLE.ToolTipRole:
            return plain_tool_tip(self._header_help(key))
        return None

    def _points_up(self) -> bool:
        """The arrow points to where values grow: down is from large to small."""
        if self.sort_key in ("rank", "spread", "score"):
            return self.descending == self.rows.greater_is_better
        return not self.descending

    def _header_help(self, key: str) -> str:
        if key == "spread":
            return (
                "An axis: the mean as a point and one standard deviation over the folds (divided "
                "by their number) to both sides, over the range of the better half of the trials; "
                "an arrow where the mean lies outside."
            )
        if key == "score":
            return (
                "Mean over the folds ± their standard deviation, divided by the number of folds "
                "(K, not K − 1)."
                if self.rows.folds > 1
                else "On the validation part."
            )
        if key in ("rank", "number"):
            return {"rank": "Place by the score", "number": "In the order of the draws"}[key]
        return f"{self._titles[key]} ({key}). Press to sort by it."


def range_text(low: float, high: float) -> str:
    """Both with the digits of the one that has more: "0.95 to 1.00"."""
    texts = f"{low:.4g}", f"{high:.4g}"
    if any("e" in text for text in texts):
        return " to ".join(texts)
    digits = max(len(text.partition(".")[2]) for text in texts)
    return f"{low:.{digits}f} to {high:.{digits}f}"


def score_text(row: TrialRow) -> str:
    if row.mean is not None:
        mean = mean_text(row.mean)
        return mean if row.sd is None else f"{mean} ± {sd_text(row.sd)}"
    return f"{row.progress:.0%}" if row.running else STATE_WORDS[row.trial.state]


def fold_words(score: float | None, state: str) -> str:
    return f"{score:.4g}" if score is not None else state
