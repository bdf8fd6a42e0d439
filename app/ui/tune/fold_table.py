"""The folds of one trial: what each came to, and their mean."""

from collections.abc import Mapping

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.core.search_results import FoldResult, Trial
from app.core.short_names import in_sentence
from app.search.events import FoldRunning
from app.ui.controls import Label, Panel, plain_tool_tip
from app.ui.controls.painting import px
from app.ui.plots.axis import sd_text
from app.ui.theme import current_theme
from app.ui.tune.value_words import mean_text

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
BETWEEN = 10
_ROLE = Qt.ItemDataRole
SPREAD = "±: the standard deviation over the folds, divided by their number (K, not K − 1)."
TITLES = ("Fold", "Score", "Loss", "Epochs", "Figures of", "Seconds", "How it ended")
_TIPS = {
    1: f"Of the samples of the fold, which were left out of its training. {SPREAD}",
    4: "The epoch whose weights were evaluated: the best one where early stopping brings its "
    "weights back, else the last.",
}


class FoldModel(QAbstractTableModel):
    """One row a fold, those to come among them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folds = 0
        self._score = "Score"
        self._done: Mapping[int, FoldResult] = {}
        self._running: Mapping[int, FoldRunning] = {}

    def show_trial(
        self, trial: Trial | None, folds: int, score: str, running: tuple[FoldRunning, ...]
    ) -> None:
        self.beginResetModel()
        self._folds = folds if trial is not None else 0
        self._score = score
        self._done = {fold.fold: fold for fold in (trial.folds if trial is not None else ())}
        self._running = {fold.fold: fold for fold in running}
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._folds

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(TITLES)

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> object:
        number, column = index.row(), index.column()
        if role == _ROLE.DisplayRole:
            return self._text(number, column)
        if role == _ROLE.ToolTipRole and column == 6:
            return plain_tool_tip(self._text(number, column))
        if role == _ROLE.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if 0 < column < 6 else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == _ROLE.FontRole:
            return current_theme().font("cell_strong" if column == 1 else "cell")
        return None

    def _text(self, number: int, column: int) -> str:
        done, running = self._done.get(number), self._running.get(number)
        if column == 0:
            return str(number + 1)
        if done is None:
            if running is None:
                return "waiting" if column == 6 else ""
            if not running.epoch:
                return "starting" if column == 6 else ""
            doing = {3: f"{running.epoch:,}", 6: f"epoch {running.epoch} of {running.epochs}"}
            return doing.get(column, "")
        loss = done.metrics.get("loss")
        return {
            1: "" if done.score is None else f"{done.score:.4f}",
            2: f"{loss:.4f}" if isinstance(loss, (int, float)) else "",
            3: f"{done.epochs:,}",
            4: _epoch_of(done),
            5: f"{done.seconds:.1f}" if done.seconds >= 0.05 else "< 0.1",
        }.get(column, done.sentence or done.state)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _ROLE.DisplayRole:
            return self._score if section == 1 else TITLES[section]
        if role == _ROLE.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if 0 < section < 6 else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == _ROLE.FontRole:
            return current_theme().font("caption")
        if role == _ROLE.ToolTipRole and section in _TIPS:
            return plain_tool_tip(_TIPS[section])
        return None


class _Roomy(QStyledItemDelegate):
    """Sentences of several lines stand apart from those of the next row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width(), hint.height() + px(BETWEEN))


class FoldTable(Panel):
    """Passive."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Folds", " ", parent, padding=1)
        self.setObjectName("tune.folds")
        self.model = FoldModel(self)
        table = QTableView()
        table.setObjectName("tune.fold_rows")
        table.setAccessibleName("Folds")
        table.setModel(self.model)
        table.setStyleSheet("QTableView { background: transparent; }")  # that of the panel
        table.setItemDelegate(_Roomy(table))
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.verticalHeader().setMinimumSectionSize(px(28))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        for column, width in enumerate((56, 96, 80, 72, 96, 76)):
            table.setColumnWidth(column, px(width))
        header.sectionResized.connect(lambda *_: table.resizeRowsToContents())
        self.table = table
        self.body.setContentsMargins(0, 0, 0, px(8))
        self.body.addWidget(table, 1)
        self.note = Label("", "caption", "muted", wrap=True)
        self.note.setObjectName("tune.folds.note")
        self.note.setContentsMargins(px(16), px(8), px(16), 0)
        self.body.addWidget(self.note)
        self.show_note("")

    def show_note(self, text: str) -> None:
        """What holds for all scores, besides what ± is."""
        self.note.setText(f"{text} {SPREAD}".lstrip())

    def show_trial(
        self,
        trial: Trial | None,
        folds: int,
        score: str,
        running: tuple[FoldRunning, ...] = (),
    ) -> None:
        """Show the folds of `trial`; `score` is the name of what decides, as on the screen."""
        self.model.show_trial(trial, folds, score, running)
        if self.header is not None:
            self.header.set_subtitle(fold_summary(trial, folds, score))


def _epoch_of(fold: FoldResult) -> str:
    """Which epoch's weights gave its figures: "17, best", "31, last"."""
    if fold.score is None:
        return ""
    return f"{fold.best_epoch:,}, best" if fold.best_epoch else f"{fold.epochs:,}, last"


def fold_summary(trial: Trial | None, folds: int, score: str) -> str:
    """ "accuracy 0.964 ± 0.012 over 5 folds", or how many are done."""
    if trial is None:
        return ""
    if trial.mean is None:
        return trial.sentence or f"{len(trial.folds)} of {folds} done"
    spread = "" if trial.sd is None else f" ± {sd_text(trial.sd)}"
    return f"{in_sentence(score)} {mean_text(trial.mean)}{spread} over {folds} folds (mean ± sd)"
