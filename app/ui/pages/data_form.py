"""Rows of label and control in a panel of the data page."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui.controls import Button, CheckBox, ErrorBelow, IconButton, Label
from app.ui.controls.painting import px

LABEL = 84
"""Width of the labels, in px."""


class Rows(QWidget):
    """Labels at the left, controls at the right, what a field complains of below it."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(6))
        self._rows: dict[QWidget, QWidget] = {}

    def add(self, words: str, control: QWidget) -> None:
        """Add a row; the label is read out for the control."""
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(8))
        label = Label(words, "body", "muted")
        label.setFixedWidth(px(LABEL))
        label.setBuddy(control)
        line.addWidget(label)
        if isinstance(control, CheckBox):
            line.addWidget(control)
            line.addStretch(1)
        else:
            label.setMinimumHeight(control.sizeHint().height())
            line.setAlignment(label, Qt.AlignmentFlag.AlignTop)
            line.addWidget(ErrorBelow(control), 1)
        if not control.accessibleName():
            control.setAccessibleName(words)
        self._rows[control] = row
        self._column.addWidget(row)

    def show_row(self, control: QWidget, shown: bool) -> None:
        """Whether the row of `control` is there."""
        self._rows[control].setVisible(shown)


class FileRow(QWidget):
    """The name of a file, a button to choose it and one to take it away."""

    def __init__(self, name: str, words: str) -> None:
        super().__init__()
        self._words = words
        self.file = Label("", "body", elide=True)
        self.file.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.choose = Button("Choose…", small=True)
        self.choose.setObjectName(name)
        self.choose.setAccessibleName(f"Choose {words}")
        self.remove = IconButton("close", f"Remove {words}", size=24, icon_size=16, tone="muted")
        self.remove.setObjectName(f"{name}.remove")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(4))
        row.addWidget(self.file, 1)
        row.addWidget(self.remove)
        row.addWidget(self.choose)
        self.show_file(None)

    def show_file(self, path: str | None) -> None:
        """Show the file's name; None: there is none."""
        name = (path or "").replace("\\", "/").rsplit("/", 1)[-1]
        self.file.setText(name)
        self.file.setToolTip(path or "")
        self.file.setVisible(bool(path))
        self.remove.setVisible(bool(path))
