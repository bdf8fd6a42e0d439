"""One row of an option form: label, control and, while there is one, the complaint below."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.core.options import Choice, ChoiceOption, Option
from app.ui.controls import CheckBox, ComboBox, ErrorBelow, Label, plain_tool_tip
from app.ui.controls.fields import text_width
from app.ui.controls.painting import px
from app.ui.option_editors import editor_of

ChoicePicture = Callable[[ChoiceOption, Choice], QPixmap | None]

LABEL_WIDTH = 96
INSET = 10
"""How far the label of an argument stands in from that of the choice it belongs to, in px."""


class OptionRow(QWidget):
    """Label, control and, while there is one, the complaint below the control.

    Args:
        name: of the control as an object.
        wide: without a label.
        owner: the choice whose argument the option is.

    Signals:
        edited(value): the user gave the option another allowed value.
    """

    edited = Signal(object)

    def __init__(
        self,
        option: Option,
        value: object,
        name: str,
        *,
        wide: bool = False,
        owner: Option | None = None,
        picture: ChoicePicture | None = None,
    ) -> None:
        super().__init__()
        self.option = option
        self._picture = picture
        pictures = isinstance(option, ChoiceOption) and any(
            picture is not None and picture(option, choice) is not None for choice in option.choices
        )
        self.editor = editor_of(option, value, pictures)
        control = self.editor.widget
        control.setObjectName(name)
        control.setAccessibleName(option.label if owner is None else _full_label(owner, option))
        self._below = ErrorBelow(control)
        row = QHBoxLayout(self)
        edge = 0 if wide else px(2)
        row.setContentsMargins(0, edge, 0, edge)
        row.setSpacing(0)
        if not wide:
            label = self._make_label(0 if owner is None else INSET)
            row.addWidget(label, 0, Qt.AlignmentFlag.AlignTop)
        if isinstance(control, CheckBox):
            control.setMinimumHeight(px(28))
        row.addWidget(self._below, 1)
        self._set_help()
        self.show_pictures()
        self.editor.show(value)
        self.editor.edited.connect(self.edited)

    def show_value(self, value: object, error: str, afresh: bool) -> None:
        if afresh:
            self.editor.forget()
        self.editor.show(value)
        (self.editor.show_error or self._below.show_error)(error)

    def show_pictures(self) -> None:
        """Ask anew for the picture of each choice; they are drawn in the colours of the theme."""
        combo, option = self.editor.widget, self.option
        if self._picture is None or not isinstance(combo, ComboBox):
            return
        if isinstance(option, ChoiceOption):
            for choice in option.choices:
                picture = self._picture(option, choice)
                if picture is not None:
                    combo.set_picture(choice.value, picture)

    def _make_label(self, inset: int) -> Label:
        label = Label(self.option.label, "body", "muted")
        label.setWordWrap(text_width(self.option.label, "body") > px(LABEL_WIDTH - 4 - inset))
        label.setFixedWidth(px(LABEL_WIDTH))
        label.setMinimumHeight(px(28))
        label.setContentsMargins(px(inset), 0, px(4), 0)
        label.setBuddy(self.editor.widget)
        label.setToolTip(plain_tool_tip(self.option.help))
        return label

    def _set_help(self) -> None:
        self.editor.widget.setToolTip(self.option.help)
        text = plain_tool_tip(f"{self.option.label}. {self.option.help}")
        self.setWhatsThis(text)


def _full_label(owner: Option, option: Option) -> str:
    """What a screen reader says: "Initializer: Deviation"."""
    return f"{owner.label}: {option.label}"
