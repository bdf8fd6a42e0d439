"""Fields to type in: text, whole numbers, numbers, several whole numbers; with their error state."""

import math
from collections.abc import Callable, Sequence
from decimal import Decimal

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QWheelEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.labels import Label, plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.icons import paint_icon
from app.ui.theme import current_theme

STEPPER = 24
"""Width of the part with the arrows, in px."""


class LineEdit(KeyboardFocus, QLineEdit):
    """The box that all fields share: its states, an icon before the text, an error.

    Signals:
        error_changed(text): the complaint shown now; empty when all is well.
    """

    error_changed = Signal(str)

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, icon: str | None = None
    ) -> None:
        super().__init__(text, parent)
        self._icon_name = icon
        self._error = ""
        self._help = ""
        self._searched = False
        self.setFrame(False)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._dress()

    def error(self) -> str:
        return self._error

    def set_error(self, text: str) -> None:
        """Show the error state with `text`; an empty text ends it."""
        if text == self._error:
            return
        self._error = text
        self.setAccessibleDescription(text or self._help)
        super().setToolTip(plain_tool_tip(text or self._help))
        self.update()
        self.error_changed.emit(text)

    def set_searched(self, searched: bool) -> None:
        """Show that a search sets this option: accent on a soft ground, not to be typed in."""
        self._searched = searched
        self.setReadOnly(searched)
        self._dress()
        self.update()

    def is_searched(self) -> bool:
        return self._searched

    def setToolTip(self, text: str) -> None:
        """A tool tip of plain text; an error stands in its place while there is one."""
        self._help = text
        super().setToolTip(plain_tool_tip(self._error or text))
        self.setAccessibleDescription(self._error or text)

    def sizeHint(self) -> QSize:
        return QSize(px(160), px(28))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(48), px(28))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = (
            QEvent.Type.PaletteChange,
            QEvent.Type.ApplicationFontChange,
            QEvent.Type.EnabledChange,
        )
        if event.type() in kinds:
            self._dress()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            fill, line, width = self._box()
            paint_box(
                painter, QRectF(self.rect()), px(6), fill=color(fill), line=color(line), width=width
            )
            if self._icon_name is not None:
                size = px(16)
                top = (self.height() - size) // 2
                paint_icon(painter, self._icon_name, px(8), top, self._ink("muted"), size)
            self._paint_extras(painter)
        super().paintEvent(event)

    def _box(self) -> tuple[str, str, int]:
        """Ground, line and its width as drawn now."""
        if self._error:
            return "card", "error", px(2)
        if not self.isEnabled():
            return "card", "border", 1
        if self._searched:
            return "accent_soft", "accent", 1
        hovered = self.underMouse() and not self.hasFocus()
        return "hover" if hovered else "card", "control_border", 1

    def _ink(self, token: str) -> QColor:
        return color(token if self.isEnabled() else "control_border")

    def _paint_extras(self, painter: QPainter) -> None:
        """What a kind of field draws inside its box."""

    def _right_margin(self) -> int:
        return px(6)

    def _dress(self) -> None:
        font = current_theme().font("body")
        if self.font() != font:
            self.setFont(font)
        left = px(7) if self._icon_name is None else px(28)
        self.setTextMargins(left, 0, self._right_margin(), 0)
        palette = self.palette()
        clear = QColor(Qt.GlobalColor.transparent)
        ink = color("accent" if self._searched else "text")
        role = QPalette.ColorRole
        wanted = {role.Base: clear, role.Text: ink, role.PlaceholderText: color("muted")}
        if any(palette.color(QPalette.ColorGroup.Active, r) != c for r, c in wanted.items()):
            for each, shade in wanted.items():
                palette.setColor(each, shade)
            palette.setColor(QPalette.ColorGroup.Disabled, role.Text, color("control_border"))
            self.setPalette(palette)


class TextField(LineEdit):
    """A text on one line.

    Signals:
        value_edited(text): the user typed, and `parse` accepts it.
    """

    value_edited = Signal(object)

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        icon: str | None = None,
        parse: Callable[[str], object] | None = None,
        to_text: Callable[[object], str] = str,
    ) -> None:
        super().__init__(text, parent, icon=icon)
        self._parse = parse or (lambda typed: typed)
        self._to_text = to_text
        self._value: object = text
        self._typed_error = ""
        self._given_error = ""
        self.textEdited.connect(self._typed)
        self.editingFinished.connect(self._tidy)

    def value(self) -> object:
        """The last value that was accepted."""
        return self._value

    def set_value(self, value: object) -> None:
        """Show `value` without a signal; what is being typed stays when it means the same value."""
        if value == self._value and type(value) is type(self._value):
            return
        self._value = value
        self._show(value)

    def set_given_error(self, text: str) -> None:
        """A complaint from outside about the value; what the user types wrongly has precedence."""
        self._given_error = text
        self.set_error(self._typed_error or text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._to_text(self._value):
            self._show(self._value)
            return
        super().keyPressEvent(event)

    def _accept(self, value: object) -> None:
        """Take a value that the user chose."""
        self._value = value
        self.value_edited.emit(value)

    def _typed(self, text: str) -> None:
        try:
            value = self._parse(text)
        except ValueError as error:
            self._typed_error = str(error)
            self.set_error(self._typed_error)
            return
        self._typed_error = ""
        self.set_error(self._given_error)
        if value != self._value or type(value) is not type(self._value):
            self._accept(value)

    def _tidy(self) -> None:
        if not self._typed_error and self.text() != self._to_text(self._value):
            self._show(self._value)

    def _show(self, value: object) -> None:
        self._typed_error = ""
        text = self._to_text(value)
        if self.text() != text:
            place = self.cursorPosition()
            self.setText(text)
            self.setCursorPosition(min(place, len(text)) if self.hasFocus() else 0)
        self.set_error(self._given_error)


class _NumberField(TextField):
    """A field with arrows: up and down by keys, by clicks, and by holding them."""

    _REPEAT_AFTER, _REPEAT_EVERY = 400, 60

    def __init__(
        self,
        value: object,
        parent: QWidget | None,
        parse: Callable[[str], object],
        to_text: Callable[[object], str],
    ) -> None:
        super().__init__("", parent, parse=parse, to_text=to_text)
        self._value = value
        self._show(value)
        self.setMouseTracking(True)
        self._pressed_steps = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._repeat)

    def stepped(self, value: object, steps: int) -> object:
        """The value `steps` further; None when there is none."""
        raise NotImplementedError

    def step_by(self, steps: int) -> None:
        """What the arrows do; nothing at the end of the range, in a read-only field, or after a wrong text."""
        if self.isReadOnly() or self._typed_error:
            return
        value = self.stepped(self._value, steps)
        if value is None:
            return
        try:
            value = self._parse(self._to_text(value))
        except ValueError:
            return
        if value != self._value:
            self._show(value)
            self.selectAll()
            self._accept(value)

    def step_rect(self, steps: int) -> QRect:
        """The part to click for one step up (1) or down (-1)."""
        width, half = px(STEPPER), self.height() // 2
        top = 0 if steps > 0 else half
        return QRect(self.width() - width, top, width, half)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Up: 1,
            Qt.Key.Key_Down: -1,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_PageDown: -10,
        }.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
        else:
            self.step_by(steps)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the wheel scrolls the form; it must not change a value on the way

    def mousePressEvent(self, event: QMouseEvent) -> None:
        steps = self._steps_at(event.position().toPoint())
        if steps == 0 or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._drop_ring()
        self._pressed_steps = steps
        self.step_by(steps)
        self._timer.start(self._REPEAT_AFTER)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed_steps == 0:
            super().mouseReleaseEvent(event)
        self._pressed_steps = 0
        self._timer.stop()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._steps_at(event.position().toPoint()):
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over_arrows = self._steps_at(event.position().toPoint()) != 0
        shape = Qt.CursorShape.ArrowCursor if over_arrows else Qt.CursorShape.IBeamCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)
        if self._pressed_steps == 0:
            super().mouseMoveEvent(event)

    def hideEvent(self, event) -> None:
        super().hideEvent(event)
        self._pressed_steps = 0
        self._timer.stop()

    def _repeat(self) -> None:
        self._timer.setInterval(self._REPEAT_EVERY)
        self.step_by(self._pressed_steps)

    def _steps_at(self, place: QPoint) -> int:
        return next((steps for steps in (1, -1) if self.step_rect(steps).contains(place)), 0)

    def _right_margin(self) -> int:
        return px(STEPPER)

    def _paint_extras(self, painter: QPainter) -> None:
        size = px(12)
        left = self.width() - px(13) - size // 2
        middle = self.height() / 2
        ink = self._ink("muted")
        paint_icon(painter, "chevron-up", left, round(middle - px(4) - size / 2), ink, size)
        paint_icon(painter, "chevron-down", left, round(middle + px(4) - size / 2), ink, size)


def parse_integer(text: str) -> int:
    """The whole number that `text` means.

    Raises:
        ValueError: with a sentence for the user.
    """
    digits = text.strip().lstrip("+-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise ValueError(f"A whole number is needed, received {text!r:.40}.")
    return int(text)


def parse_float(text: str) -> float:
    """The finite number that `text` means; 1e-3 is one.

    Raises:
        ValueError: with a sentence for the user.
    """
    try:
        value = float(text)
    except ValueError:
        raise ValueError(
            f"A number such as 0.01 or 1e-2 is needed, received {text!r:.40}."
        ) from None
    if not math.isfinite(value):
        raise ValueError(f"A finite number is needed, received {text!r:.40}.")
    return value


def format_float(value: object) -> str:
    """The shortest text that means exactly `value`: 0.001, 1e-7, 64."""
    if not isinstance(value, (int, float)):
        return "none" if value is None else str(value)
    text = repr(float(value)).removesuffix(".0")
    if "e" in text:
        digits, exponent = text.split("e")
        text = f"{digits}e{int(exponent)}"
    return text


def _in_range(
    parse: Callable[[str], float], minimum: float | None, maximum: float | None
) -> Callable[[str], float]:
    def checked(text: str) -> float:
        value = parse(text)
        if minimum is not None and value < minimum:
            raise ValueError(f"At least {minimum:g}, received {text.strip()}.")
        if maximum is not None and value > maximum:
            raise ValueError(f"At most {maximum:,g}, received {text.strip()}.")
        return value

    return checked


class IntegerField(_NumberField):
    """A whole number.

    Args:
        parse: text to value or `ValueError` with a sentence; by default a whole number in the range.
        to_text: value to text.

    Signals:
        value_edited(value): the user typed or stepped to another allowed value.
    """

    def __init__(
        self,
        value: int | None = 0,
        parent: QWidget | None = None,
        *,
        minimum: int | None = None,
        maximum: int | None = None,
        step: int = 1,
        parse: Callable[[str], object] | None = None,
        to_text: Callable[[object], str] = str,
    ) -> None:
        self._minimum, self._maximum, self._step = minimum, maximum, step
        super().__init__(
            value, parent, parse or _in_range(parse_integer, minimum, maximum), to_text
        )

    def stepped(self, value: object, steps: int) -> object:
        if not isinstance(value, int):
            return self._minimum if self._minimum is not None else 0
        result = value + steps * self._step
        if self._minimum is not None:
            result = max(self._minimum, result)
        if self._maximum is not None:
            result = min(self._maximum, result)
        return result


class FloatField(_NumberField):
    """A finite number, typed as 0.001 or 1e-3.

    Args:
        step: what one step adds; with `logarithmic` a step changes the leading digit instead:
            0.001, 0.002, ..., 0.01 and 0.001, 0.0009, ...
    """

    def __init__(
        self,
        value: float | None = 0.0,
        parent: QWidget | None = None,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        step: float = 0.1,
        logarithmic: bool = False,
        parse: Callable[[str], object] | None = None,
        to_text: Callable[[object], str] = format_float,
    ) -> None:
        self._minimum, self._maximum = minimum, maximum
        self._step, self._logarithmic = step, logarithmic
        super().__init__(value, parent, parse or _in_range(parse_float, minimum, maximum), to_text)

    def stepped(self, value: object, steps: int) -> object:
        if not isinstance(value, (int, float)):
            return self._minimum if self._minimum is not None else self._step
        result = Decimal(repr(value))
        for _ in range(abs(steps)):
            result += self._size_of_step(result, steps > 0) * (1 if steps > 0 else -1)
        number = float(result)
        if self._minimum is not None:
            number = max(float(self._minimum), number)
        if self._maximum is not None:
            number = min(float(self._maximum), number)
        return number

    def _size_of_step(self, value: Decimal, up: bool) -> Decimal:
        if not self._logarithmic or value <= 0:
            return Decimal(repr(self._step))
        exponent = value.adjusted()
        is_power = value == Decimal(1).scaleb(exponent)
        return Decimal(1).scaleb(exponent - 1 if is_power and not up else exponent)


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
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusProxy(self.fields[0])

    def value(self) -> tuple[int, ...]:
        return self._value

    def set_value(self, values: Sequence[int]) -> None:
        """Show as many `values` as there are fields, without a signal."""
        if tuple(values) == self._value:
            return
        self._value = tuple(values)
        for field, value in zip(self.fields, values, strict=True):
            field.set_value(value)
            field.set_given_error(self._given_error)

    def set_given_error(self, text: str) -> None:
        """A complaint from outside about the value."""
        self._given_error = text
        for field in self.fields:
            field.set_given_error(text)

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
        if any(field._typed_error for field in self.fields):
            return
        value = tuple(int(str(field.value())) for field in self.fields)
        error = self._check(value) or ""
        for field in self.fields:
            field.set_given_error(error)
        if not error:
            self._given_error = ""
            self._value = value
            self.value_edited.emit(value)

    def _field_error(self) -> None:
        error = self.error()
        if error != self._shown_error:
            self._shown_error = error
            self.error_changed.emit(error)


class ErrorBelow(QWidget):
    """A field and, below it, the complaint about it while there is one.

    Args:
        field: any control with the signal `error_changed(str)`.
    """

    def __init__(self, field: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.message = Label("", "caption", "error", wrap=True)
        self.message.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addWidget(field)
        column.addWidget(self.message)
        field.error_changed.connect(self.show_error)

    def show_error(self, text: str) -> None:
        """Show `text` below the field; nothing when it is empty."""
        self.message.setText(text)
        self.message.setVisible(bool(text))


def text_width(text: str, role: str) -> int:
    """Width in px of `text` in one of the theme's fonts."""
    return QFontMetrics(current_theme().font(role)).horizontalAdvance(text)
