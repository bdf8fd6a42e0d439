"""What stands in place of the test part while the vault is sealed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.number_words import counted, day
from app.ui.controls import Button, IconMark, Label, Panel
from app.ui.controls.painting import px
from app.ui.vault_control import VaultState, others, times

MEANING = (
    "The test part is for one honest figure, after all is chosen. Until the vault is opened no "
    "output, no loss and no metric is computed from it. Choose by the validation part."
)


class VaultCard(QWidget):
    """Passive.

    Signals:
        open_requested(): the button was pressed.
    """

    open_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evaluate.vault")
        self.title = Label("Test vault: sealed", "subject")
        self.words = Label("", "body", wrap=True)
        self.words.setObjectName("evaluate.vault.words")
        self.meaning = Label(MEANING, "body", "muted", wrap=True)
        self.why = Label("", "caption", "muted", wrap=True)
        self.why.setObjectName("evaluate.vault.why")
        self.button = Button("Open vault…")
        self.button.setObjectName("evaluate.vault.open")
        self.button.clicked.connect(self.open_requested)
        panel = Panel(padding=24)
        panel.setMaximumWidth(px(560))
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addWidget(IconMark("lock", "text", 20), 0, Qt.AlignmentFlag.AlignTop)
        beside = QVBoxLayout()
        beside.setSpacing(px(8))
        for label in (self.title, self.words, self.meaning, self.why):
            beside.addWidget(label)
        beside.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(beside, 1)
        panel.body.addLayout(row)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(panel, 6)
        middle.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(2)
        column.addLayout(middle)
        column.addStretch(3)

    def show_vault(self, state: VaultState, why_not: str) -> None:
        """Show how often it was opened; `why_not` says why it cannot be now."""
        if state.opened:
            last = f"the last time on {day(state.last)}"
            opened = f"Opened {times(state.opened)} with other weights, {last}."
        else:
            opened = "" if state.opened is None else "Opened 0 times."
        words = f"{counted(state.samples, 'sample')} that no training has seen."
        self.words.setText(" ".join(text for text in (words, opened, others(state)) if text))
        self.why.setText(why_not)
        self.why.setVisible(bool(why_not))
        self.button.setEnabled(not why_not)
