"""The rows "Controls" of the drawing of all states, made of the real controls."""

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QFocusEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.controls import Button, IntegerField, Label, PrimaryButton, TextField
from app.ui.controls.labels import Tone
from app.ui.controls.painting import box_painter, color

COLUMNS = {
    "rest": 32,
    "hover": 240,
    "pressed": 448,
    "focused": 656,
    "disabled": 864,
    "on": 1072,
}
BUTTON_TOPS = {"primary": 465, "plain": 513}
FIELD_TOP = 561


class ControlsGallery(QWidget):
    """1280 x 800 as the drawing; what lies above the controls is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(1280, 800)
        self.buttons: dict[tuple[str, str], Button] = {}
        self.fields: dict[str, TextField] = {}
        self._text("Controls", "subject", 32, 411)
        for state, left in COLUMNS.items():
            self._text(state.capitalize(), "body", left, 442, "muted")
            on = state == "on"
            self._button(
                state, "primary", PrimaryButton("Training" if on else "Train", parent=self)
            )
            self._button(state, "plain", Button("Paused" if on else "Pause", parent=self))
        for state, left in COLUMNS.items():
            self._field(state, left)

    def force_states(self) -> None:
        """Put every control into its state as Qt would; the gallery must be shown."""
        for (state, _), button in self.buttons.items():
            force_state(button, state)
        for state, field in self.fields.items():
            force_state(field, "focused" if state == "pressed" else state)

    def _text(self, text: str, role: str, left: int, top: int, tone: Tone = "text") -> None:
        label = Label(text, role, tone, self)
        label.setGeometry(left, top, 200, 20)

    def _button(self, state: str, kind: str, button: Button) -> None:
        button.move(COLUMNS[state], BUTTON_TOPS[kind])
        button.resize(button.sizeHint())
        self.buttons[state, kind] = button

    def _field(self, state: str, left: int) -> None:
        field: TextField
        captions = {"pressed": "Focused", "focused": "Error: at least 1 filter", "on": "Searched"}
        if state == "on":
            field = TextField("8 to 32", self)
            field.set_searched(True)
        else:
            field = TextField("0" if state == "focused" else "16", self)
        if state == "focused":
            field.set_error("Error: at least 1 filter")
        field.setGeometry(QRect(left, FIELD_TOP, 168, 28))
        self.fields[state] = field
        caption = Label(captions.get(state, state.capitalize()), "caption", "muted", self)
        if state == "focused":
            caption.set_tone("error")
        caption.setGeometry(left, 593, 200, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            painter.fillRect(0, 0, self.width(), 393, color("canvas"))
            painter.fillRect(0, 392, self.width(), 1, color("border"))


def force_state(control: QWidget, state: str) -> None:
    """Make `control` look as if the pointer or the keyboard were on it."""
    if state == "hover":
        control.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)
    elif state == "pressed" and isinstance(control, Button):
        control.setDown(True)
    elif state == "focused" and not (isinstance(control, TextField) and control.error()):
        focus = QFocusEvent(QEvent.Type.FocusIn, Qt.FocusReason.TabFocusReason)
        QApplication.sendEvent(control, focus)
    elif state == "disabled":
        control.setEnabled(False)
    elif state == "on" and isinstance(control, Button):
        control.set_on(True)
    control.update()


def inspector_rows(parent: QWidget) -> list[IntegerField]:
    """Fields of the inspector on the bench: a wide one and two narrow ones."""
    wide, left, right = IntegerField(16, parent), IntegerField(3, parent), IntegerField(3, parent)
    wide.setGeometry(1104, 174, 160, 28)
    left.setGeometry(1104, 206, 68, 28)
    right.setGeometry(1196, 206, 68, 28)
    return [wide, left, right]
