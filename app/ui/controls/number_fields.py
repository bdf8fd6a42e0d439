"""Fields for whole numbers and numbers, with arrows to step."""

import math
import re
from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.core.short_names import quoted
from app.ui.controls.fields import TextField
from app.ui.controls.painting import px
from app.ui.icons import paint_icon

STEPPER = 24
"""Width of the part with the arrows, in px."""


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
        """What the arrows do; nothing at the end of the range or after a wrong text."""
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

    def hideEvent(self, event: QHideEvent) -> None:
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
        size = px(10)
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
    if not re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", text):
        raise ValueError(f"A whole number is needed, received {quoted(text, 40)}.")
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
            f"A number such as 0.01 or 1e-2 is needed, received {quoted(text, 40)}."
        ) from None
    if not math.isfinite(value):
        raise ValueError(f"A finite number is needed, received {quoted(text, 40)}.")
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
        parse: text to value or `ValueError` with a sentence; by default a whole number in range.
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
