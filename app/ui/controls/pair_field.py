"""Several whole numbers with × between them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QWidget

from app.core.short_names import quoted
from app.ui.controls.focus_ring import PASSING
from app.ui.controls.labels import Label
from app.ui.controls.number_fields import IntegerField
from app.ui.controls.painting import px
from app.ui.controls.refused_input import refused_input


class PairField(QWidget):
    """Whole numbers with × between them: two, or as many as `values` has.

    The fields get the object names `NAME.0`, `NAME.1`, ...; an error stands on all of them.

    Args:
        check: why a tuple is not allowed, or None.

    Signals:
        value_edited(tuple): the user changed one of the numbers and all are allowed.
        error_changed(text): the complaint shown now; empty when all is well.
    """

    value_edited = Signal(object)
    error_changed = Signal(str)

    def __init__(
        self,
        values: Sequence[int] = (1, 1),
        parent: QWidget | None = None,
        *,
        minimum: int | None = None,
        maximum: int | None = None,
        check: Callable[[tuple[int, ...]], str | None] | None = None,
    ) -> None:
        super().__init__(parent)
        self._check = check or (lambda _: None)
        self._given_error = ""
        self._refused = ""
        self._shown_error = ""
        self._value = tuple(values)
        self._times: list[Label] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.fields = [
            IntegerField(value, self, minimum=minimum, maximum=maximum) for value in values
        ]
        for number, field in enumerate(self.fields):
            if number:
                times = Label("×", "body", "muted")
                times.setAlignment(Qt.AlignmentFlag.AlignCenter)
                times.setFixedWidth(px(24 if len(values) <= 2 else 12))
                row.addWidget(times)
                self._times.append(times)
            row.addWidget(field, 1)
            field.value_edited.connect(self._edited)
            field.error_changed.connect(self._field_error)
            field.installEventFilter(self)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.fields[0])

    def value(self) -> tuple[int, ...]:
        return self._value

    def set_value(self, values: object) -> None:
        """Show the tuple `values`, with as many numbers as there are fields, without a signal."""
        if values == self._value:
            return
        if not isinstance(values, tuple) or len(values) != len(self.fields):
            raise ValueError(
                f"{len(self.fields)} numbers are needed, received {quoted(values, 40)}."
            )
        self._value = values
        for field, value in zip(self.fields, values, strict=True):
            field.set_value(value)
            field.set_given_error(self._given_error)

    def set_given_error(self, text: str) -> None:
        """A complaint from outside about the value."""
        self._given_error = text
        for field in self.fields:
            field.set_given_error(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Left, it shows allowed numbers, as each field does by itself."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            inside = QApplication.focusWidget() in self.fields
            if self._refused and not inside and event.reason() not in PASSING:
                self.forget_typed()
        return super().eventFilter(watched, event)

    def forget_typed(self) -> None:
        """Show the last accepted value in place of what is being typed."""
        if self._refused:
            self._refuse("")
        for field, value in zip(self.fields, self._value, strict=True):
            field.set_value(value)
            field.forget_typed()

    def error(self) -> str:
        return next((field.error() for field in self.fields if field.error()), "")

    def setToolTip(self, text: str) -> None:
        """A tool tip of plain text on every field."""
        for field in self.fields:
            field.setToolTip(text)

    def setObjectName(self, name: str) -> None:
        """Name the whole, and the fields `name.0`, `name.1`, ..."""
        super().setObjectName(name)
        for number, field in enumerate(self.fields):
            field.setObjectName(f"{name}.{number}")

    def setAccessibleName(self, name: str) -> None:
        """Name the whole, and the fields by their number."""
        super().setAccessibleName(name)
        for number, field in enumerate(self.fields):
            field.setAccessibleName(f"{name} {number + 1}")

    def _edited(self) -> None:
        if any(field.has_typed_error() for field in self.fields):
            return
        value = tuple(int(str(field.value())) for field in self.fields)
        error = self._check(value) or ""
        self._given_error = ""
        self._refuse(error)
        if not error:
            self._value = value
            self.value_edited.emit(value)

    def _refuse(self, why: str) -> None:
        """All numbers together are refused; "": they are not."""
        self._refused = why
        for field in self.fields:
            field.set_given_error(why or self._given_error)
        refused_input().note(self, why)

    def _field_error(self) -> None:
        error = self.error()
        if error != self._shown_error:
            self._shown_error = error
            self.error_changed.emit(error)
