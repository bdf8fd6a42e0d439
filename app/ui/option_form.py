"""The editor for any list of options: every inspector is made by it."""

from collections.abc import Container, Iterator, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWhatsThis, QWidget

from app.core.frozen import FrozenMap
from app.core.options import Option
from app.ui.controls import SegmentedControl
from app.ui.controls.painting import px
from app.ui.controls.tab_order import order_by_tab
from app.ui.option_group import OptionGroup
from app.ui.option_row import LABEL_WIDTH, ChoicePicture, OptionRow
from app.ui.search_marks import MARK_WIDTH, Mark
from app.ui.theme import current_theme

__all__ = ["LABEL_WIDTH", "ChoicePicture", "OptionForm"]

NO_MARKS: Mapping[str, Mark] = {}


class OptionForm(QWidget):
    """Rows of label and control for a list of options, under the titles of their groups.

    It changes nothing itself: it tells what the user chose and shows what it is told. The control
    of an option is named `PREFIX.NAME`, the numbers of a shape `PREFIX.NAME.0`, ..., the segments
    of a choice `PREFIX.NAME.VALUE`. F1 on a control shows its help.

    The group called More is folded until it is asked for, or until something in it is not as usual
    or wrong. A control is made when it is first to be seen: a layer may have fifty options.

    Args:
        prefix: begins the object names.
        choice_picture: a choice's picture, or None; asked again in a new theme.
        gutter: with room at the left for the marks of options that can be searched.

    Signals:
        option_edited(name, value): a value that passes the option's check; at each keystroke.
        mark_asked(name): the option is to be searched, or no longer.
        dimension_edited(name, Dimension): what it is searched over; at each keystroke.
    """

    option_edited = Signal(str, object)
    mark_asked = Signal(str)
    dimension_edited = Signal(str, object)

    def __init__(
        self,
        prefix: str,
        parent: QWidget | None = None,
        *,
        choice_picture: ChoicePicture | None = None,
        gutter: bool = False,
    ) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._gutter = gutter
        self._marks: Mapping[str, Mark] = {}
        self._choice_picture = choice_picture
        self._options: Sequence[Option] = ()
        self._subject: object = None
        self._values = FrozenMap()
        self._errors: Mapping[str, str] = {}
        self._owners: dict[str, Option] = {}
        self._rows: dict[str, OptionRow] = {}
        self._groups: dict[str, OptionGroup] = {}
        self._opened: dict[str, bool] = {}
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
        marks: Mapping[str, Mark] = NO_MARKS,
    ) -> None:
        """Show `values`, defaults where there are none, and the complaints about them.

        The same list of options is updated in place: focus, cursor and what is being typed stay.

        Args:
            options: in the order of the table; shown by group.
            values: by option name.
            errors: complaints by option name.
            subject: whose options these are; another one drops what is being typed.
            marks: of the options that can be searched, by name; they need the gutter.
        """
        errors = errors or {}
        full = FrozenMap({o.name: values.get(o.name, o.default) for o in options})
        unfit = {
            row.option.group
            for name, row in self._rows.items()
            if name not in full or not row.editor.can_show(full[name])
        }
        rebuilt = bool(unfit) or (options is not self._options and options != self._options)
        focused = None
        if rebuilt:
            focused = self._build(options, unfit)
        afresh = subject != self._subject
        self._subject = subject
        self._values, self._errors = full, errors
        self._marks = marks if self._gutter else NO_MARKS
        stops = self._stops_of_marks()
        for name, row in self._rows.items():
            row.show_value(full[name], errors.get(name, ""), afresh)
            row.show_mark(self._marks.get(name), afresh)
        self._open_groups(afresh or rebuilt)
        self._show_what_applies()
        if self._stops_of_marks() != stops:
            self._order_by_tab()
        if focused in self._rows:
            self._rows[focused].editor.widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def _stops_of_marks(self) -> int:
        """How many marks and their editors the tab key goes through."""
        return sum(len(row.tab_parts()) for row in self._rows.values())

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
            if group in self._groups:
                self._order_by_tab()

    def control_of(self, name: str) -> QWidget:
        """The control of the option of that name, made if it was not seen so far.

        Raises:
            KeyError: when no such option is shown.
        """
        if name not in self._rows:
            option = next((o for o in self._options if o.name == name), None)
            if option is None:
                raise KeyError(name)
            self._make_row(option).hide()
            self._order_by_tab()
        return self._rows[name].editor.widget

    def focus_option(self, name: str) -> None:
        """Give the option's control the focus, as a problem's button does."""
        control = self.control_of(name)
        group = self._groups[self._rows[name].option.group]
        if not group.is_open:
            self._fold(group, True)
        target = control.segments[0] if isinstance(control, SegmentedControl) else control
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        row = self._rows[name]  # with what it is searched over, once that is laid out
        QTimer.singleShot(0, row, lambda: self._bring_into_view(row, control))

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

    def _build(self, options: Sequence[Option], unfit: Container[str]) -> str | None:
        """Make the groups that are others now, and those `unfit`; to make them all takes a tenth
        of a second. Gives the name of the option that has lost the focus by that.
        """
        had, wanted = _by_group(self._options), _by_group(options)
        same = [t for t in wanted if t not in unfit and wanted[t] == had.get(t)]
        if same != [title for title in had if title in same]:
            same = []  # they stand in another order
        focused = self._focused_option()
        if focused is not None and self._rows[focused].option.group in same:
            focused = None
        if focused is not None:
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # else Qt passes it on, far away
        for title in [title for title in self._groups if title not in same]:
            self._remove_group(title)
        self._options = options
        self._owners = _owners(options)
        for place, title in enumerate(wanted):
            if title not in self._groups:
                self._add_group(title, place)
        self._groups = {title: self._groups[title] for title in wanted}
        return focused

    def _add_group(self, title: str, place: int) -> None:
        group = OptionGroup(title, self, gutter=MARK_WIDTH if self._gutter else 0)
        if group.header is not None:
            group.header.setObjectName(f"{self._prefix}.group.{title.lower()}")
        group.folded.connect(lambda is_open: self._fold(group, is_open))
        self._groups[title] = group
        self._column.insertWidget(place, group)
        self._place_footer(title)

    def _make_row(self, option: Option) -> OptionRow:
        members = [o.name for o in self._options if o.group == option.group]
        group = self._groups[option.group]
        row = OptionRow(
            option,
            self._values[option.name],
            f"{self._prefix}.{option.name}",
            wide=len(members) == 1 and option.label == option.group,
            owner=self._owners.get(option.name),
            picture=self._choice_picture,
            gutter=self._gutter,
        )
        row.show_value(self._values[option.name], self._errors.get(option.name, ""), False)
        row.show_mark(self._marks.get(option.name))
        row.edited.connect(lambda value: self.option_edited.emit(option.name, value))
        row.mark_asked.connect(lambda: self.mark_asked.emit(option.name))
        row.dimension_edited.connect(lambda new: self.dimension_edited.emit(option.name, new))
        before = members[: members.index(option.name)]
        group.insert(row, sum(other.option.name in before for other in group.rows))
        self._rows[option.name] = row
        return row

    def _fold(self, group: OptionGroup, is_open: bool) -> None:
        if not is_open and any(row.isAncestorOf(self.focusWidget()) for row in group.rows):
            self.setFocus(Qt.FocusReason.OtherFocusReason)
        group.set_open(is_open)
        self._opened[group.title] = is_open
        self._show_what_applies()
        if is_open and group.header is not None:  # once it is laid out
            head = group.header
            QTimer.singleShot(0, group, lambda: self._bring_into_view(group, head))

    def _bring_into_view(self, part: QWidget, head: QWidget) -> None:
        """As much of `part` as fits, its `head` in any case."""
        above: QWidget | None = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            # all around it is laid out, which takes a round of events for each that holds the next
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            above.ensureWidgetVisible(part, 0, px(8))
            above.ensureWidgetVisible(head, 0, px(8))

    def _open_groups(self, afresh: bool) -> None:
        """Open what hides a complaint and, for another subject, what is not as usual."""
        for title, group in self._groups.items():
            members = self._applying(title)
            if any(self._errors.get(option.name) for option in members):
                group.set_open(True)
            elif afresh:
                unusual = any(self._is_unusual(o) for o in members)
                group.set_open(unusual or self._opened.get(title, False))

    def _is_unusual(self, option: Option) -> bool:
        return self._values[option.name] != option.default or self._is_searched(option)

    def _is_searched(self, option: Option) -> bool:
        mark = self._marks.get(option.name)
        return mark is not None and mark.dimension is not None

    def _applying(self, title: str) -> list[Option]:
        return [o for o in self._options if o.group == title and o.applies(self._values)]

    def _show_what_applies(self) -> None:
        seen: set[str] = set()
        made = len(self._rows)
        for title, group in self._groups.items():
            members = self._applying(title)
            if group.is_open:
                seen |= {option.name for option in members}
            for option in members:
                if group.is_open and option.name not in self._rows:
                    self._make_row(option)
            if group.header is not None:
                unusual = sum(self._values[o.name] != o.default for o in members)
                searched = sum(map(self._is_searched, members))
                notes = ((unusual, "set"), (searched, "searched"))
                group.header.set_note(
                    ", ".join(f"{count} {what}" for count, what in notes if count)
                )
            group.setVisible(bool(members))
        for name, row in self._rows.items():
            row.setVisible(name in seen)
        if len(self._rows) > made:
            self._order_by_tab()

    def _order_by_tab(self) -> None:
        """The tab key goes through the form from top to bottom, in whatever order it was made."""
        order_by_tab((self, *self._tab_stops()))

    def _tab_stops(self) -> Iterator[QWidget]:
        for title, group in self._groups.items():
            footer = self._footers.get(title)
            rows = (part for row in group.rows for part in row.tab_parts())
            parts = [group.header, *rows, footer]
            for part in filter(None, parts):
                for widget in (part, *part.findChildren(QWidget)):
                    here = widget.window() is self.window()  # not in the list of a combo box
                    if here and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                        yield widget

    def _place_footer(self, group: str) -> None:
        if group in self._groups and group in self._footers:
            self._groups[group].add_footer(self._footers[group])
            self._footers[group].show()

    def _take_out(self, group: str) -> None:
        if group in self._groups:
            self._groups[group].remove_footer(self._footers[group])
        self._footers[group].hide()
        self._footers[group].setParent(self)

    def _remove_group(self, title: str) -> None:
        if title in self._footers:
            self._take_out(title)
        group = self._groups.pop(title)
        for row in group.rows:
            del self._rows[row.option.name]
        self._column.removeWidget(group)
        group.hide()
        group.deleteLater()


def _owners(options: Sequence[Option]) -> dict[str, Option]:
    """The option whose row shows the choice of another, by the other's name."""
    return {c.name: option for option in options for c in option.companions}


def _by_group(options: Sequence[Option]) -> dict[str, list[tuple[Option, Option | None]]]:
    """What the rows of each group are made of."""
    owners = _owners(options)
    groups: dict[str, list[tuple[Option, Option | None]]] = {}
    for option in options:
        groups.setdefault(option.group, []).append((option, owners.get(option.name)))
    return groups
