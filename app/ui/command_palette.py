"""Find a command by typing part of its name, or another word for it."""

from collections.abc import Mapping

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.ui.actions import COMMANDS, Command
from app.ui.controls import LineEdit
from app.ui.controls.labels import plain_tool_tip
from app.ui.controls.painting import color, paint_box, px
from app.ui.theme import current_theme

ID_ROLE = Qt.ItemDataRole.UserRole
KEY_ROLE, WHY_NOT_ROLE = ID_ROLE + 1, ID_ROLE + 2
ROW_HEIGHT, REFUSED_HEIGHT = 28, 44

ALSO_CALLED = {
    "open": "load import",
    "open_folder": "images load import",
    "reload_data": "refresh reload",
    "open_model": "load import keras h5",
    "save_model": "export keras h5 weights",
    "backbone": "pretrained transfer",
    "undo": "revert back",
    "delete_layer": "remove",
    "settings": "epochs batch optimizer loss learning rate early stopping",
    "advise": "classes activation softmax sigmoid",
    "data_set": "example mnist",
    "data_file": "csv excel table load import",
    "data_folder": "images load import",
    "data_columns": "features target role type",
    "add_layer": "insert new dense convolution",
    "arrange": "layout tidy",
    "search_copies": "copies depth deep tune",
    "templates": "architecture example",
    "show_inside": "filters maps weights",
    "show_tune": "hyperparameter search study",
    "show_evaluate": "test score confusion matrix",
    "show_runs": "journal history compare",
    "train": "fit run start",
    "pause": "hold resume",
    "stop": "end cancel",
    "continue": "go on resume",
    "start_over": "restart reset again",
    "branch": "fork",
    "find_rate": "lr range test",
    "compare_scaling": "normalize scaling",
    "search": "tune hyperparameter optimize study trials",
    "go_on": "resume continue trials study",
    "cross_validate": "folds k-fold cv",
    "refit": "retrain winner best trial final",
    "freeze_to": "transfer fix",
    "swap_head": "transfer output",
    "open_vault": "unseal final score",
    "shortcuts": "keys hotkeys help",
}
"""Words by which commands are found besides their names, by id."""


def found_by(command: Command, words: list[str]) -> int | None:
    """How well `words` name a command: 0 where its name holds them all, 1 where its other words
    are needed; None where one is missing.
    """
    name = command.plain_text.lower()
    everything = f"{name} {ALSO_CALLED.get(command.id, '')}"
    if not all(word in everything for word in words):
        return None
    return int(not all(word in name for word in words))


Index = QModelIndex | QPersistentModelIndex


class _Rows(QStyledItemDelegate):
    """The command at the left, its key at the right; below one that cannot be given, the reason."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(200), px(REFUSED_HEIGHT if index.data(WHY_NOT_ROLE) else ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = current_theme()
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        why_not = str(index.data(WHY_NOT_ROLE) or "")
        can_be_given = bool(index.data(ID_ROLE)) and not why_not
        if chosen:
            fill = color("accent_soft" if can_be_given else "hover")
            paint_box(painter, QRectF(option.rect), px(6), fill=fill)
        name = option.rect.adjusted(px(8), 0, -px(8), 0)
        if why_not:
            reason = name.adjusted(0, name.height() // 2, 0, -px(4))
            name.adjust(0, px(4), 0, -name.height() // 2)
            painter.setFont(theme.font("caption"))
            painter.setPen(color("muted"))
            metrics = QFontMetrics(theme.font("caption"))
            elided = metrics.elidedText(why_not, Qt.TextElideMode.ElideRight, reason.width())
            painter.drawText(reason, middle, elided)
        tone = "muted" if not can_be_given else "accent" if chosen else "text"
        painter.setFont(theme.font("body"))
        painter.setPen(color(tone))
        painter.drawText(name, middle, str(index.data()))
        painter.setFont(theme.font("caption"))
        painter.setPen(color("muted"))
        painter.drawText(name, middle | right, str(index.data(KEY_ROLE) or ""))
        painter.restore()


class CommandPalette(QDialog):
    """A search field over the commands: first those that can be given now, then, with the reason,
    those that cannot.

    Signals:
        chosen(str): id of a command that can be given.
    """

    chosen = Signal(str)

    def __init__(self, why_not: Mapping[str, str], parent: QWidget | None = None) -> None:
        """Args:
        why_not: why commands cannot be given now, by id; those that can are not in it.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("palette.commands")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._why_not = why_not
        self._field = LineEdit()
        self._field.setObjectName("commands.search")
        self._field.setAccessibleName("Part of a command's name")
        self._field.setPlaceholderText("Find a command")
        self._field.textChanged.connect(self._filter)
        self._field.installEventFilter(self)
        self._list = QListWidget()
        self._list.setObjectName("commands.list")
        self._list.setAccessibleName("Commands")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setItemDelegate(_Rows(self._list))
        self._list.setFrameShape(QListWidget.Shape.NoFrame)
        self._list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self._list.itemClicked.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._field)
        column.addWidget(self._list)
        self.resize(440, 360)
        self._filter("")

    def showEvent(self, event: QShowEvent) -> None:
        """Keys go to the field at once: without it, a popup that no window manager activates takes
        them itself.
        """
        super().showEvent(event)
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self._field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step:
                row = min(max(self._list.currentRow() + step, 0), self._list.count() - 1)
                self._list.setCurrentRow(row)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._choose(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        self._list.clear()
        found = [
            (bool(self._why_not.get(command.id)), rank, command)
            for command in COMMANDS
            if command.id != "palette" and (rank := found_by(command, words)) is not None
        ]
        for _, _, command in sorted(found, key=lambda entry: entry[:2]):
            self._add(command, self._why_not.get(command.id, ""))
        if not found:
            nothing = QListWidgetItem("No command is found by these words")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(nothing)
        self._list.setCurrentRow(0 if found else -1)

    def _add(self, command: Command, why_not: str) -> None:
        item = QListWidgetItem(command.plain_text)
        item.setData(KEY_ROLE, command.key)
        item.setData(ID_ROLE, command.id)
        if why_not:
            item.setData(WHY_NOT_ROLE, why_not)
            item.setToolTip(plain_tool_tip(why_not))
            spoken = f"{command.plain_text}. Not now: {why_not}"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
        self._list.addItem(item)

    def _choose(self, item: QListWidgetItem | None) -> None:
        name = None if item is None else item.data(ID_ROLE)
        if item is None or not name or item.data(WHY_NOT_ROLE):
            return  # why not stands there
        self.close()
        self.chosen.emit(name)
