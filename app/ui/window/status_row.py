"""The bottom row: the data, the device, when it was saved."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.core.number_words import bytes_text
from app.ui.controls.buttons import Button
from app.ui.controls.labels import Label
from app.ui.controls.painting import color, px
from app.ui.icons import pixmap
from app.ui.window.surface import Surface


class StatusRow(Surface):
    """Passive: short texts, and while something is read a button to give it up.

    Signals:
        cancelled(): what is being read is not wanted any more.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", ("top",), parent)
        self.setFixedHeight(px(24))
        self._data = Label("", "caption", "muted")
        self._counts = Label("", "caption", "muted")
        self._message = Label("", "caption", "muted")
        self._cancel = Button("Cancel", kind="link", small=True)
        self._cancel.setObjectName("status.cancel")
        self._cancel.setAccessibleName("Cancel reading the data")
        self._cancel.setFixedHeight(px(22))
        self._cancel.clicked.connect(self.cancelled)
        self._cancel.hide()
        self._device_icon = Label("", "caption", "muted")
        self._device = Label("CPU", "caption", "muted")
        self._saved = Label("", "caption", "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 1, px(16), 0)
        row.setSpacing(0)
        row.addWidget(self._data)
        row.addSpacing(px(20))
        row.addWidget(self._counts)
        row.addStretch(1)
        row.addWidget(self._message)
        row.addWidget(self._cancel)
        row.addSpacing(px(20))
        row.addWidget(self._device_icon)
        row.addSpacing(px(6))
        row.addWidget(self._device)
        row.addWidget(self._saved)
        self._saved.setContentsMargins(px(20), 0, 0, 0)
        self._saved.hide()
        self._tint()

    def show_data(self, title: str, counts: str) -> None:
        self._data.setText(title)
        self._counts.setText(counts)

    def show_message(self, text: str) -> None:
        self._message.setText(text)

    def show_cancel(self, shown: bool) -> None:
        """Whether something can be given up."""
        self._cancel.setVisible(shown)

    def show_memory(self, held: int | None) -> None:
        """How much memory the program holds, beside the device."""
        self._device.setText("CPU" if held is None else f"CPU, {bytes_text(held)}")

    def show_saved(self, text: str) -> None:
        self._saved.setText(text)
        self._saved.setVisible(bool(text))

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if hasattr(self, "_device_icon"):
            self._tint()

    def _tint(self) -> None:
        ratio = self.devicePixelRatioF()
        self._device_icon.setPixmap(pixmap("cpu", color("muted"), px(12), ratio))
