"""The chooser of data sets: those that are built in, and public ones that are fetched once."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.core.dataset_catalog import DATASETS
from app.core.dataset_kind import DatasetKind
from app.core.number_words import counted
from app.core.options import defaults
from app.core.public_datasets import missing_files
from app.ui.controls import Button, Label, LineEdit, PrimaryButton
from app.ui.controls.painting import color, paint_box, px
from app.ui.icons import paint_icon
from app.ui.theme import current_theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
KIND = Qt.ItemDataRole.UserRole
ROW = 52
_TASKS = {"binary": "two classes", "multiclass": "classes", "regression": "regression"}


def size_text(kind: DatasetKind) -> str:
    """How many samples of what: "1,797 pictures"."""
    noun = "picture" if len(kind.input_shape) == 3 else "row"
    return counted(kind.samples(defaults(kind.options)), noun)


def task_text(kind: DatasetKind) -> str:
    """What is learned: "3 classes", "regression"."""
    classes = kind.classes(defaults(kind.options))
    return counted(len(classes), "class", "classes") if classes else _TASKS[kind.task]


def state_text(kind: DatasetKind) -> str:
    """Where it is: generated, built in, fetched already or still to be fetched."""
    if kind.fetched:
        missing = sum(file.size for file in missing_files(kind.name))
        return f"to be fetched, {max(missing / 1e6, 1):.0f} MB" if missing else "fetched"
    return "generated" if kind.generated else "built in"


class _Sets(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._states = {kind.name: state_text(kind) for kind in DATASETS}
        self.kinds: tuple[DatasetKind, ...] = DATASETS

    def search(self, text: str) -> None:
        words = text.lower().split()
        self.beginResetModel()
        self.kinds = tuple(k for k in DATASETS if all(w in self._searched(k) for w in words))
        self.endResetModel()

    def _searched(self, kind: DatasetKind) -> str:
        parts = (kind.label, kind.description, task_text(kind), self._states[kind.name])
        return " ".join(parts).lower()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.kinds)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        kind = self.kinds[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return kind.label
        if role == KIND:
            return kind.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return kind.description
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{kind.label}: {kind.description} {self.facts(kind)}"
        return None

    def facts(self, kind: DatasetKind) -> str:
        return f"{size_text(kind)}, {task_text(kind)}"

    def state(self, kind: DatasetKind) -> str:
        return self._states[kind.name]


class _Rows(QStyledItemDelegate):
    """Name and description at the left, size and state at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(400), px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, _Sets)
        kind = model.kinds[index.row()]
        theme, row = current_theme(), option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            ground = QRectF(row).adjusted(px(4), px(1), -px(4), -px(1))
            paint_box(painter, ground, px(6), fill=color("accent_soft" if chosen else "hover"))
        icon = "grid" if len(kind.input_shape) == 3 else "data"
        ink = color("accent" if chosen else "muted")
        paint_icon(painter, icon, row.left() + px(16), row.top() + px(16), ink, px(20))
        right = px(190)
        inner = QRect(row.left() + px(48), row.top() + px(6), row.width() - px(64) - right, px(20))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font("title"))
        painter.setPen(color("text"))
        painter.drawText(inner, middle, kind.label)
        side = QRect(inner.right() + px(8), inner.top(), right, px(20))
        flags = middle | Qt.AlignmentFlag.AlignRight
        painter.setFont(theme.font("cell"))
        painter.drawText(side, flags, model.facts(kind))
        painter.setPen(color("muted"))
        painter.drawText(
            inner.translated(0, px(20)),
            middle,
            painter.fontMetrics().elidedText(
                kind.description, Qt.TextElideMode.ElideRight, inner.width()
            ),
        )
        state = model.state(kind)
        if state == "fetched":
            painter.setPen(color("good"))
        painter.drawText(side.translated(0, px(20)), flags, state)
        painter.restore()


class DataSetsDialog(QDialog):
    """A list that can be searched; `name()` gives the set that was chosen.

    Args:
        note: what becomes of it: a sentence below the list.
    """

    def __init__(self, note: str, current: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.sets")
        self.setWindowTitle("Data sets")
        self._search = LineEdit(icon="search")
        self._search.setObjectName("sets.search")
        self._search.setAccessibleName("Search the data sets")
        self._search.setPlaceholderText("Search: pictures, regression, fetched…")
        self._search.textChanged.connect(self._searched)
        self._search.installEventFilter(self)
        self._model = _Sets(self)
        self._list = QListView()
        self._list.setObjectName("sets.list")
        self._list.setAccessibleName("Data sets")
        self._list.setModel(self._model)
        self._list.setItemDelegate(_Rows(self._list))
        self._list.setMouseTracking(True)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.doubleClicked.connect(lambda _index: self.accept())
        self._take, cancel = PrimaryButton("Use it"), Button("Cancel")
        self._take.setObjectName("sets.take")
        cancel.setObjectName("sets.cancel")
        self._take.setDefault(True)
        self._take.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(px(8))
        foot.addWidget(Label(note, "caption", "muted", wrap=True), 1)
        foot.addWidget(cancel)
        foot.addWidget(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(20), px(20), px(20), px(16))
        column.setSpacing(px(12))
        column.addWidget(self._search)
        column.addWidget(self._list, 1)
        column.addLayout(foot)
        self.resize(px(760), px(640))
        names = [kind.name for kind in DATASETS]
        self._choose(names.index(current) if current in names else 0)

    def name(self) -> str:
        """Of the set that is chosen; "" for none."""
        index = self._list.currentIndex()
        return str(index.data(KIND)) if index.isValid() else ""

    def choose(self, name: str) -> None:
        """Choose the set called `name`, if it is in the list."""
        names: Sequence[str] = [kind.name for kind in self._model.kinds]
        if name in names:
            self._choose(names.index(name))

    def accept(self) -> None:
        if self.name():
            super().accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and down in the search field go through the list."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if watched is self._search and isinstance(event, QKeyEvent):
            step = steps.get(Qt.Key(event.key()))
            if event.type() == QEvent.Type.KeyPress and step is not None:
                rows = self._model.rowCount()
                self._choose(max(0, min(self._list.currentIndex().row() + step, rows - 1)))
                return True
        return super().eventFilter(watched, event)

    def _searched(self, text: str) -> None:
        self._model.search(text)
        self._choose(0)

    def _choose(self, row: int) -> None:
        index = self._model.index(row)
        self._list.setCurrentIndex(index)
        self._take.setEnabled(index.isValid())
