"""The field to type in: its box in every state, its complaint, and text on one line."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
)
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from app.ui.controls.focus_ring import PASSING, KeyboardFocus
from app.ui.controls.labels import plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.controls.refused_input import refused_input
from app.ui.icons import paint_icon
from app.ui.theme import current_theme

_HISTORY_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


def text_width(text: str, role: str) -> int:
    """Width in px of `text` in one of the theme's fonts."""
    return QFontMetrics(current_theme().font(role)).horizontalAdvance(text)


class LineEdit(KeyboardFocus, QLineEdit):
    """The box that all fields share: its states, an icon before the text, an error.

    Signals:
        error_changed(text): the complaint shown now; empty when all is well.
    """

    error_changed = Signal(str)

    _EMPTY_INK = "muted"
    """Of the words in an empty field."""

    def __init__(
        self, text: str = "", parent: QWidget | None = None, *, icon: str | None = None
    ) -> None:
        super().__init__(text, parent)
        self._icon_name = icon
        self._error = ""
        self._help = ""
        self._unit = ""
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

    def set_unit(self, unit: str) -> None:
        """Show `unit`, muted, at the right of the field."""
        self._unit = unit
        self._dress()
        self.update()

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
            if self._shows_unit():
                painter.setFont(current_theme().font("caption"))
                painter.setPen(self._ink("muted"))
                right = self.width() - self._right_margin() - px(2)
                painter.drawText(
                    QRectF(0, 0, right, self.height()),
                    Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                    self._unit,
                )
            self._paint_extras(painter)
        super().paintEvent(event)

    def _shows_unit(self) -> bool:
        return bool(self._unit)

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
        unit = text_width(self._unit, "caption") + px(6) if self._unit else 0
        self.setTextMargins(left, 0, self._right_margin() + unit, 0)
        palette = self.palette()
        clear = QColor(Qt.GlobalColor.transparent)
        ink = color("accent" if self._searched else "text")
        role = QPalette.ColorRole
        wanted = {role.Base: clear, role.Text: ink, role.PlaceholderText: color(self._EMPTY_INK)}
        if any(palette.color(QPalette.ColorGroup.Active, r) != c for r, c in wanted.items()):
            for each, shade in wanted.items():
                palette.setColor(each, shade)
            palette.setColor(QPalette.ColorGroup.Disabled, role.Text, color("control_border"))
            self.setPalette(palette)


class TextField(LineEdit):
    """A text on one line. What is refused stays, with the complaint, while it is typed in; Escape,
    and leaving the field, bring the last accepted value back.

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

    def has_typed_error(self) -> bool:
        """Whether what stands in the field means no allowed value."""
        return bool(self._typed_error)

    def forget_typed(self) -> None:
        """Show the last accepted value in place of what is being typed."""
        self._show(self._value)

    def event(self, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and not self._typed_error
            and any(event.matches(key) for key in _HISTORY_KEYS)
        ):
            event.ignore()  # each keystroke was an edit: the window's undo takes them back
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._to_text(self._value):
            self._show(self._value)
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._typed_error and event.reason() not in PASSING:
            self.forget_typed()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._typed_error and not event.spontaneous():
            self.forget_typed()

    def _shows_unit(self) -> bool:
        """Words for no value have no unit."""
        return bool(self._unit) and self._value is not None

    def _accept(self, value: object) -> None:
        """Take a value that the user chose."""
        self._value = value
        self.value_edited.emit(value)

    def _typed(self, text: str) -> None:
        try:
            value = self._parse(text)
        except ValueError as error:
            self._refuse(str(error))
            return
        self._refuse("")
        if value != self._value or type(value) is not type(self._value):
            self._accept(value)

    def _tidy(self) -> None:
        if not self._typed_error and self.text() != self._to_text(self._value):
            self._show(self._value)

    def _refuse(self, why: str) -> None:
        """What stands in the field is refused; "": it is not."""
        told, self._typed_error = self._typed_error, why
        self.set_error(why or self._given_error)
        if told != why:
            refused_input().note(self, why, of_search=self.is_searched())

    def _show(self, value: object) -> None:
        text = self._to_text(value)
        if self.text() != text:
            place = self.cursorPosition()
            self.setText(text)
            self.setCursorPosition(min(place, len(text)) if self.hasFocus() else 0)
        self._refuse("")
