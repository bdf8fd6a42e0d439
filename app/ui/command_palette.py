"""Find a command by typing part of its name."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.ui.actions import COMMANDS


class CommandPalette(QDialog):
    """A search field over the commands that can be given now.

    Signals:
        chosen(str): id of the command.
    """

    chosen = Signal(str)

    def __init__(self, enabled: frozenset[str], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("palette.commands")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._entries = [c for c in COMMANDS if c.id in enabled and c.id != "palette"]
        self._field = QLineEdit()
        self._field.setObjectName("commands.search")
        self._field.setAccessibleName("Part of a command's name")
        self._field.setPlaceholderText("Find a command")
        self._field.textChanged.connect(self._filter)
        self._field.installEventFilter(self)
        self._list = QListWidget()
        self._list.setObjectName("commands.list")
        self._list.setAccessibleName("Commands")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.itemClicked.connect(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._field)
        column.addWidget(self._list)
        self.resize(440, 360)
        self._filter("")

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
        for command in self._entries:
            if all(word in command.plain_text.lower() for word in words):
                key = f"    {command.key}" if command.key else ""
                item = QListWidgetItem(f"{command.plain_text}{key}")
                item.setData(Qt.ItemDataRole.UserRole, command.id)
                self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        name = item.data(Qt.ItemDataRole.UserRole)
        self.close()
        self.chosen.emit(name)
