"""The weight of each class: a table whose last column can be a field."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.core.short_names import shortened
from app.ui.controls.fields import LineEdit
from app.ui.controls.number_fields import parse_float
from app.ui.controls.painting import color, paint_box, px
from app.ui.pages.data_numbers import names_apart
from app.ui.theme import current_theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
LARGEST = 1e6
ROW = 28
MOST_ROWS = 6
"""So many rows are seen at once; more are scrolled."""
LONGEST_NAME = 10
WEIGHT = 2
"""The column of the weights."""


class _Weights(QAbstractTableModel):
    TITLES = ("class", "samples", "weight")
    edited = Signal(str, float)
    refused = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.names: tuple[str, ...] = ()
        self._short: list[str] = []
        self.counts: tuple[int, ...] = ()
        self.weights: tuple[float | None, ...] = ()
        self.editable = False

    def show(
        self,
        names: tuple[str, ...],
        counts: tuple[int, ...],
        weights: tuple[float | None, ...],
        editable: bool,
    ) -> None:
        same = names == self.names and editable == self.editable
        if not same:
            self.beginResetModel()
        self.names, self.counts, self.weights = names, counts, weights
        self._short = names_apart(names, LONGEST_NAME)
        self.editable = editable
        if same:
            last = self.index(len(names) - 1, len(self.TITLES) - 1)
            self.dataChanged.emit(self.index(0, 0), last)
        else:
            self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.names)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.TITLES)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if self.editable and index.column() == WEIGHT:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole and column == 0:
            return self._short[row]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            if column == 0:
                return self.names[row]
            if column == 1:
                return f"{self.counts[row]:,}" if row < len(self.counts) else "–"
            weight = self.weights[row]
            return "–" if weight is None else f"{weight:.4g}"
        if role == Qt.ItemDataRole.ToolTipRole and column == 0:
            return self.names[row]
        if role == Qt.ItemDataRole.AccessibleTextRole and column == WEIGHT:
            return f"Weight of {self.names[row]}: {self.data(index)}"
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        try:
            weight = parse_weight(str(value))
        except ValueError as error:
            name = shortened(self.names[index.row()], 40)
            self.refused.emit(f"The weight of {name} stays {self.data(index)}: {error}")
            return False
        self.edited.emit(self.names[index.row()], weight)
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


def parse_weight(text: str) -> float:
    """The weight that `text` means.

    Raises:
        ValueError: with a sentence for the user.
    """
    weight = parse_float(text)
    if not 0 <= weight <= LARGEST:
        raise ValueError("A weight is from 0 to 1,000,000.")
    return weight


class _Field(QStyledItemDelegate):
    """A weight that can be edited stands in the box of a field."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if not index.flags() & Qt.ItemFlag.ItemIsEditable:
            super().paint(painter, option, index)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = option.rect.adjusted(px(4), px(2), -px(1), -px(2))
        paint_box(painter, box.toRectF(), px(6), fill=color("card"), line=color("control_border"))
        painter.setFont(current_theme().font("cell"))
        painter.setPen(color("text"))
        painter.drawText(
            box.adjusted(0, 0, -px(8), 0),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            str(index.data()),
        )
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        field = LineEdit("", parent)
        field.setObjectName("data.class_weight")
        name = index.model().index(index.row(), 0).data(Qt.ItemDataRole.EditRole)
        field.setAccessibleName(f"Weight of {name}")
        field.textEdited.connect(lambda text: field.set_error(_complaint(text)))
        return field


def _complaint(text: str) -> str:
    try:
        parse_weight(text)
    except ValueError as error:
        return str(error)
    return ""


class WeightsTable(QTableView):
    """Class, samples in the training part, weight. A click or a digit begins to edit.

    Signals:
        weight_edited(str, float): a class and its weight.
        refused(str): what was typed for one is none, in a sentence.
    """

    weight_edited = Signal(str, float)
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.class_weights")
        self.setAccessibleName("Weight of each class")
        self._model = _Weights(self)
        self._model.edited.connect(self.weight_edited)
        self._model.refused.connect(self.refused)
        self.setModel(self._model)
        self.setItemDelegate(_Field(self))
        self.setShowGrid(False)
        self.setWordWrap(False)  # else only whole words are left out
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            trigger.SelectedClicked
            | trigger.DoubleClicked
            | trigger.AnyKeyPressed
            | trigger.CurrentChanged
        )
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(px(ROW))
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        self.setColumnWidth(1, px(68))
        self.setColumnWidth(WEIGHT, px(64))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        editing = self.state() == QAbstractItemView.State.EditingState
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self._model.editable and not editing:
            row = max(self.currentIndex().row(), 0)
            self.edit(self._model.index(row, WEIGHT))
            return
        super().keyPressEvent(event)

    def show_weights(
        self,
        names: Sequence[str],
        counts: Sequence[int],
        weights: Sequence[float | None],
        *,
        editable: bool,
    ) -> None:
        """Show one row for each class."""
        self._model.show(tuple(names), tuple(counts), tuple(weights), editable)
        rows = min(len(names), MOST_ROWS)
        self.setFixedHeight(px(ROW) * rows + self.horizontalHeader().sizeHint().height() + px(2))
