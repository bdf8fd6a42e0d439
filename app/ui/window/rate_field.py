"""The learning rate of the training that runs: a field whose changes reach it at once."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from app.core.optimizer_catalog import OPTIMIZERS_BY_NAME
from app.core.range_test import short
from app.ui.controls.fields import LineEdit
from app.ui.controls.number_fields import FloatField

_DECIDING = (
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
)
"""After these the field follows the training again."""

_OPTION = OPTIMIZERS_BY_NAME["SGD"].option("learning_rate")


class RateField(FloatField):
    """Shows the present rate. What is typed counts once Enter is pressed or the field is left: half
    a number would be another rate. Arrows count at once, Escape takes back.

    Signals:
        rate_chosen(float): another rate is wanted.
    """

    rate_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            0.001,
            parent,
            logarithmic=True,
            parse=_OPTION.parse,
            to_text=lambda value: short(value) if isinstance(value, float) else "",
        )
        self._present: float = 0.001
        self._typing = False
        self._pending = False
        self._held = False

    def show_rate(self, rate: float) -> None:
        """Show the present rate, unless someone is about to set another one."""
        self._present = rate
        if not self._held:
            self.set_value(rate)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            return LineEdit.event(self, event)  # undo belongs to what is being typed
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._held = True
        super().keyPressEvent(event)
        if event.key() == Qt.Key.Key_Escape:
            self._take_back()
        elif event.key() in _DECIDING and not self.has_typed_error():
            self._held = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._held = True
        super().mousePressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._held = True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._held = False

    def forget_typed(self) -> None:
        """Follow the training again."""
        self._take_back()

    def _typed(self, text: str) -> None:
        self._typing = True
        super()._typed(text)
        self._typing = False

    def _accept(self, value: object) -> None:
        self._value = value
        self._pending = self._typing
        if not self._typing and isinstance(value, float):
            self.rate_chosen.emit(value)

    def _tidy(self) -> None:
        """Enter was pressed, or the field was left."""
        super()._tidy()
        if self._pending and not self.has_typed_error() and isinstance(self._value, float):
            self._pending = False
            self.rate_chosen.emit(self._value)

    def _take_back(self) -> None:
        self._pending = self._held = False
        self._value = self._present
        self._show(self._present)
