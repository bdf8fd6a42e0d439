"""The head of the data page: what the data are, and where others come from."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from app.ui.controls import Button, IconMark, Label, SegmentedControl, plain_tool_tip
from app.ui.controls.painting import px
from app.ui.window.surface import Surface

REPLACES = "They take the place of this project's data; Undo brings these back."


class DataHead(Surface):
    """Signals:
    open_file_requested(), open_folder_requested(), sets_requested(), paint_requested(),
    learns_chosen(str).
    """

    open_file_requested = Signal()
    open_folder_requested = Signal()
    sets_requested = Signal()
    paint_requested = Signal()
    learns_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("panel", ("bottom",))
        self.setFixedHeight(px(48))
        self._title = Label("", "subject", elide=True)
        self._title.setMaximumWidth(px(320))
        self._description = Label("", "body", "muted", elide=True)
        self._learns_label = Label("predict:", "body", "muted")
        self._learns = SegmentedControl(
            [("target", "the target"), ("input", "the input itself")], small=True
        )
        self._learns.setObjectName("data.learns")
        self._learns.setAccessibleName("What is predicted")
        self._learns.set_segment_help("target", "What the data give: a class or numbers.")
        self._learns.set_segment_help(
            "input", "An autoencoder: the network is to give back what goes in."
        )
        self._learns.chosen.connect(lambda kind: self.learns_chosen.emit(str(kind)))
        buttons = (
            ("Open file…", "open", "data.open_file", "A table or arrays", self.open_file_requested),
            ("Open folder…", "open", "data.open_folder", "Pictures", self.open_folder_requested),
            ("Data sets…", None, "data.built_in", "Sets that are built in", self.sets_requested),
            ("Paint…", None, "data.paint", "Points in the plane", self.paint_requested),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(16), 1)
        row.setSpacing(px(8))
        row.addWidget(IconMark("data", "accent", 20))
        row.addSpacing(px(4))
        row.addWidget(self._title)
        row.addSpacing(px(4))
        row.addWidget(self._description, 1)
        row.addWidget(self._learns_label)
        row.addWidget(self._learns)
        row.addSpacing(px(4))
        for words, icon, name, what, signal in buttons:
            button = Button(words, icon, small=True)
            button.setObjectName(name)
            button.setToolTip(f"{what}. {REPLACES}")
            button.clicked.connect(signal)
            row.addWidget(button)

    def show_head(self, title: str, description: str) -> None:
        """Show what the data are."""
        self._title.setText(title)
        self._title.setToolTip(plain_tool_tip(title))
        self._description.setText(description)
        self._description.setToolTip(plain_tool_tip(description))

    def show_learns(self, kind: str, sentence: str) -> None:
        """Whether the target of the data is learned, or the input itself."""
        self._learns.set_current(kind)
        self._learns.setAccessibleDescription(sentence)
        self._learns_label.setToolTip(plain_tool_tip(sentence))
