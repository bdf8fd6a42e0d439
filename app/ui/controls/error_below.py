"""A control and, below it, the complaint about it."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.controls.fields import LineEdit
from app.ui.controls.labels import Label
from app.ui.controls.painting import px
from app.ui.controls.pair_field import PairField


class ErrorBelow(QWidget):
    """A control and, below it, the complaint about it while there is one.

    The complaints of a field are shown by themselves; for other controls call `show_error`.
    The `message` is made for the first complaint and named `NAME.error` after the control.
    """

    def __init__(self, control: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.control = control
        self.message: Label | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(4))
        self._column.addWidget(control)
        if isinstance(control, LineEdit | PairField):
            control.error_changed.connect(self.show_error)

    def show_error(self, text: str) -> None:
        """Show `text` below the control; nothing when it is empty."""
        if self.message is None:
            if not text:
                return
            self.message = Label("", "caption", "error", wrap=True)
            self.message.setObjectName(f"{self.control.objectName()}.error")
            self._column.addWidget(self.message)
        self.message.setText(text)
        self.message.setVisible(bool(text))
