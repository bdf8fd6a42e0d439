"""The editor for any list of options: every inspector is made by it."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWhatsThis, QWidget

from app.core.frozen import FrozenMap
from app.core.options import (
    Choice,
    ChoiceOption,
    Option,
)
from app.ui.controls import CheckBox, ComboBox, ErrorBelow, Label, SegmentedControl, plain_tool_tip
from app.ui.controls.fields import text_width
from app.ui.controls.painting import px
from app.ui.option_editors import editor_of
from app.ui.theme import current_theme

ChoicePicture = Callable[[ChoiceOption, Choice], QPixmap | None]

LABEL_WIDTH = 96


class _Row(QWidget):
    """Label, control and, while there is one, the complaint below the control.

    Signals:
        edited(value): the user gave the option another allowed value.
    """

    edited = Signal(object)

    def __init__(
        self, option: Option, value: object, name: str, wide: bool, picture: ChoicePicture | None
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
        control.setAccessibleName(option.label)
        self._below = ErrorBelow(control)
        row = QHBoxLayout(self)
        edge = 0 if wide else px(2)
        row.setContentsMargins(0, edge, 0, edge)
        row.setSpacing(0)
        if not wide:
            row.addWidget(self._make_label(), 0, Qt.AlignmentFlag.AlignTop)
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

    def _make_label(self) -> Label:
        label = Label(self.option.label, "body", "muted")
        label.setWordWrap(text_width(self.option.label, "body") > px(LABEL_WIDTH - 4))
        label.setFixedWidth(px(LABEL_WIDTH))
        label.setMinimumHeight(px(28))
        label.setContentsMargins(0, 0, px(4), 0)
        label.setBuddy(self.editor.widget)
        label.setToolTip(plain_tool_tip(self.option.help))
        return label

    def _set_help(self) -> None:
        self.editor.widget.setToolTip(self.option.help)
        text = plain_tool_tip(f"{self.option.label}. {self.option.help}")
        self.setWhatsThis(text)


class OptionForm(QWidget):
    """Rows of label and control for a list of options, under the titles of their groups.

    It changes nothing itself: it tells what the user chose and shows what it is told. The control
    of an option is named `PREFIX.NAME`, the numbers of a shape `PREFIX.NAME.0`, ..., the segments
    of a choice `PREFIX.NAME.VALUE`. F1 on a control shows its help.

    Args:
        prefix: begins the object names.
        choice_picture: a choice's picture, or None; asked again in a new theme.

    Signals:
        option_edited(name, value): a value that passes the option's check; at each keystroke.
    """

    option_edited = Signal(str, object)

    def __init__(
        self,
        prefix: str,
        parent: QWidget | None = None,
        *,
        choice_picture: ChoicePicture | None = None,
    ) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._choice_picture = choice_picture
        self._options: Sequence[Option] = ()
        self._subject: object = None
        self._rows: dict[str, _Row] = {}
        self._groups: dict[str, QWidget] = {}
        self._footers: dict[str, QWidget] = {}
        current_theme().changed.connect(self._renew_pictures)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(12))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def show_options(
        self,
        options: Sequence[Option],
        values: Mapping[str, object],
        errors: Mapping[str, str] | None = None,
        subject: object = None,
    ) -> None:
        """Show `values`, defaults where there are none, and the complaints about them.

        The same list of options is updated in place: focus, cursor and what is being typed stay.

        Args:
            options: in the order of the table; shown by group.
            values: by option name.
            errors: complaints by option name.
            subject: whose options these are; another one drops what is being typed.
        """
        errors = errors or {}
        full = FrozenMap({o.name: values.get(o.name, o.default) for o in options})
        fits = all(
            name in full and row.editor.can_show(full[name]) for name, row in self._rows.items()
        )
        if options is not self._options or not fits:
            focused = self._focused_option()
            if focused is not None:
                self.setFocus(Qt.FocusReason.OtherFocusReason)  # else Qt passes it on, far away
            self._build(options, full)
            if focused in self._rows:
                self._rows[focused].editor.widget.setFocus(Qt.FocusReason.OtherFocusReason)
        afresh = subject != self._subject
        self._subject = subject
        for option in options:
            self._rows[option.name].show_value(
                full[option.name], errors.get(option.name, ""), afresh
            )
        self._show_what_applies(full)

    def _focused_option(self) -> str | None:
        focus = self.focusWidget()
        if focus is None or not focus.hasFocus():
            return None
        rows = self._rows.items()
        return next((name for name, row in rows if row.isAncestorOf(focus)), None)

    def set_footer(self, group: str, widget: QWidget | None) -> None:
        """Put `widget` below the rows of `group` (the arithmetic of a shape, a curve), or nothing.

        A footer whose group is not shown is hidden, and comes back with its group.
        """
        old = self._footers.get(group)
        if old is widget:
            return
        if old is not None:
            self._take_out(group)
            del self._footers[group]
        if widget is not None:
            for other in [name for name, footer in self._footers.items() if footer is widget]:
                self._take_out(other)
                del self._footers[other]
            self._footers[group] = widget
            self._place_footer(group)

    def control_of(self, name: str) -> QWidget:
        """The control of the option of that name.

        Raises:
            KeyError: when no such option is shown.
        """
        return self._rows[name].editor.widget

    def focus_option(self, name: str) -> None:
        """Give the option's control the focus, as a problem's button does."""
        control = self.control_of(name)
        target = control.segments[0] if isinstance(control, SegmentedControl) else control
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _renew_pictures(self) -> None:
        for row in self._rows.values():
            row.show_pictures()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = next((r for r in self._rows.values() if r.isAncestorOf(self.focusWidget())), None)
        if event.key() == Qt.Key.Key_F1 and row is not None:
            below = row.mapToGlobal(QPoint(0, row.height()))
            QWhatsThis.showText(below, row.whatsThis(), row)
        else:
            super().keyPressEvent(event)

    def _build(self, options: Sequence[Option], values: FrozenMap) -> None:
        self._clear()
        self._options = options
        by_group: dict[str, list[Option]] = {}
        for option in options:
            by_group.setdefault(option.group, []).append(option)
        for group, members in by_group.items():
            self._build_group(group, members, values)
            self._place_footer(group)

    def _build_group(self, group: str, members: list[Option], values: FrozenMap) -> None:
        whole = QWidget(self)
        outer = QVBoxLayout(whole)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(px(8))  # above the footer, while it is seen
        outer.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        column = QVBoxLayout()
        column.setSpacing(0)
        outer.addLayout(column)
        title = Label(group, "title")
        title.setFixedHeight(px(20))
        column.addWidget(title)
        column.addSpacing(px(4))
        for option in members:
            wide = len(members) == 1 and option.label == group
            row = _Row(
                option,
                values[option.name],
                f"{self._prefix}.{option.name}",
                wide,
                self._choice_picture,
            )
            row.edited.connect(lambda value, name=option.name: self.option_edited.emit(name, value))
            self._rows[option.name] = row
            column.addWidget(row)
        self._groups[group] = whole
        self._column.addWidget(whole)

    def _place_footer(self, group: str) -> None:
        if group in self._groups and group in self._footers:
            self._outer_of(group).addWidget(self._footers[group])
            self._footers[group].show()

    def _take_out(self, group: str) -> None:
        if group in self._groups:
            self._outer_of(group).removeWidget(self._footers[group])
        self._footers[group].hide()
        self._footers[group].setParent(self)

    def _outer_of(self, group: str) -> QVBoxLayout:
        outer = self._groups[group].layout()
        assert isinstance(outer, QVBoxLayout)
        return outer

    def _clear(self) -> None:
        for group in self._footers:
            self._take_out(group)
        for whole in self._groups.values():
            self._column.removeWidget(whole)
            whole.hide()
            whole.deleteLater()
        self._groups.clear()
        self._rows.clear()

    def _show_what_applies(self, values: FrozenMap) -> None:
        for row in self._rows.values():
            row.setVisible(row.option.applies(values))
        for group, whole in self._groups.items():
            members = [row for row in self._rows.values() if row.option.group == group]
            whole.setVisible(any(row.option.applies(values) for row in members))
