"""One row of an option form: label, control and, while there is one, the complaint below."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout, QWidget

from app.core.options import Choice, ChoiceOption, Option
from app.ui.controls import CheckBox, ComboBox, ErrorBelow, Label, plain_tool_tip
from app.ui.controls.fields import text_width
from app.ui.controls.painting import px
from app.ui.option_editors import editor_of
from app.ui.search_marks import MARK_WIDTH, DimensionEditor, Mark, MarkButton

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
        gutter: whether there is room for a mark before the label.

    Signals:
        edited(value): the user gave the option another allowed value.
        mark_asked(): the option is to be searched, or no longer.
        dimension_edited(Dimension): what it is searched over was edited.
    """

    edited = Signal(object)
    mark_asked = Signal()
    dimension_edited = Signal(object)

    def __init__(
        self,
        option: Option,
        value: object,
        name: str,
        *,
        wide: bool = False,
        owner: Option | None = None,
        picture: ChoicePicture | None = None,
        gutter: bool = False,
    ) -> None:
        super().__init__()
        self.option = option
        self.mark: MarkButton | None = None
        self.searched: DimensionEditor | None = None
        self._wide = wide
        self._asked = False
        self._picture = picture
        pictures = isinstance(option, ChoiceOption) and any(
            picture is not None and picture(option, choice) is not None for choice in option.choices
        )
        self.editor = editor_of(option, value, pictures)
        control = self.editor.widget
        control.setObjectName(name)
        control.setAccessibleName(option.label if owner is None else _full_label(owner, option))
        self._below = ErrorBelow(control)
        self._column = QVBoxLayout(self)
        edge = 0 if wide else px(2)
        self._column.setContentsMargins(px(MARK_WIDTH) if gutter else 0, edge, 0, edge)
        self._column.setSpacing(px(4))
        row = QHBoxLayout()
        row.setSpacing(0)
        self._column.addLayout(row)
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

    def show_mark(self, mark: Mark | None, afresh: bool = False) -> None:
        """Show how the option stands with the search; None: it cannot be searched."""
        if mark is None and self.mark is None:
            return
        if self.mark is None:
            self.mark = self._make_mark()
        self.mark.setChecked(mark is not None and mark.dimension is not None)
        if self.searched is not None and not self.mark.isChecked():
            if self.searched.isAncestorOf(self.focusWidget()):
                self.mark.setFocus(Qt.FocusReason.OtherFocusReason)
            self.searched.hide()
        self.mark.setVisible(mark is not None)
        if mark is not None and mark.dimension is not None:
            if self.searched is None:
                self.searched = self._make_searched()
            self.searched.show_mark(mark, afresh)
            self.searched.show()
            if self._asked:
                first = self.searched.first_field()
                first.setFocus(Qt.FocusReason.OtherFocusReason)
                if isinstance(first, QLineEdit):
                    first.selectAll()
        self._asked = False

    def tab_parts(self) -> tuple[QWidget, ...]:
        """What the tab key goes through, in its order."""
        parts = (self.editor.widget, self.mark, self.searched)
        return tuple(part for part in parts if part is not None)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._show_nearness()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._show_nearness(left=True)

    def _show_nearness(self, left: bool = False) -> None:
        if self.mark is not None:
            inside = self.underMouse() and not left
            self.mark.set_near(inside or self.isAncestorOf(self.focusWidget()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Menus of controls have the mark too; what has the focus shows its mark."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut) and self.mark is not None:
            self.mark.set_near(event.type() == QEvent.Type.FocusIn or self.underMouse())
        if isinstance(event, QContextMenuEvent) and self._marked:
            menu = QMenu(self)
            if isinstance(watched, QLineEdit):
                menu = watched.createStandardContextMenu()
                menu.addSeparator()
            self._open_menu(menu, event)
            return True
        return super().eventFilter(watched, event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self._marked:
            super().contextMenuEvent(event)
            return
        self._open_menu(QMenu(self), event)

    @property
    def _marked(self) -> bool:
        return self.mark is not None and not self.mark.isHidden()

    def _open_menu(self, menu: QMenu, event: QContextMenuEvent) -> None:
        assert self.mark is not None
        menu.setObjectName("option.menu")
        menu.addAction(self.mark.words(), self._ask)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def _ask(self) -> None:
        self._asked = True
        self.mark_asked.emit()

    def _make_mark(self) -> MarkButton:
        mark = MarkButton(self.editor.widget.accessibleName(), self)
        mark.setObjectName(f"{self.editor.widget.objectName()}.mark")
        mark.setGeometry(0, self._column.contentsMargins().top(), px(MARK_WIDTH), px(28))
        mark.clicked.connect(self._ask)
        control = self.editor.widget
        for part in (control, *control.findChildren(QWidget)):
            part.installEventFilter(self)
        return mark

    def _make_searched(self) -> DimensionEditor:
        editor = DimensionEditor(
            self.option,
            f"{self.editor.widget.objectName()}.search",
            0 if self._wide else LABEL_WIDTH,
            self,
        )
        editor.edited.connect(self.dimension_edited)
        self._column.addWidget(editor)
        return editor

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
