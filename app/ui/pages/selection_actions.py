"""What can be done with several chosen layers, as buttons in the inspector."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.ui.actions import BY_ID
from app.ui.controls import Button, Label
from app.ui.controls.painting import px

GROUPS = (
    ("Edit", ("copy", "cut", "duplicate_layer", "delete_layer")),
    ("Align", ("align_left", "align_top", "align_column", "align_row")),
    ("Distribute", ("distribute_across", "distribute_down")),
)
"""Title and commands of each group."""


class SelectionActions(QWidget):
    """Passive.

    Signals:
        command(str): id of a command of `actions` that is wanted.
    """

    command = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: dict[str, Button] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        for title, commands in GROUPS:
            column.addWidget(Label(title, "title"))
            grid = QGridLayout()
            grid.setSpacing(px(8))
            grid.setColumnStretch(0, 1)
            grid.setColumnStretch(1, 1)
            for number, name in enumerate(commands):
                grid.addWidget(self._button(name), number // 2, number % 2)
            column.addLayout(grid)
        self.hide()

    def _button(self, name: str) -> Button:
        text = BY_ID[name].plain_text
        for beginning in ("Align ", "Centre in a ", "Distribute "):
            text = text.removeprefix(beginning)
        button = Button(text[:1].upper() + text[1:], small=True)
        button.setObjectName(f"inspector.selection.{name}")
        button.setAccessibleName(BY_ID[name].plain_text)
        if BY_ID[name].key:
            button.setToolTip(f"{BY_ID[name].plain_text} ({BY_ID[name].key})")
        button.clicked.connect(lambda: self.command.emit(name))
        self._buttons[name] = button
        return button

    def show_count(self, count: int) -> None:
        """Let only that be done which `count` layers allow."""
        for name, button in self._buttons.items():
            button.setEnabled(count > 2 or not name.startswith("distribute"))
