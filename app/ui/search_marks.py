"""The mark beside an option that is searched, and the editor of what it is searched over."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from app.core.frozen import OptionValue, plain_value
from app.core.options import IntegerOption, Option
from app.core.search_settings import Dimension
from app.ui.controls import CheckBox, ErrorBelow, Label, plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.controls.range_field import RangeField, TickList
from app.ui.dimension_text import (
    count_words,
    dimension_words,
    is_ticked,
    may_be_range,
    parse_dimension,
    parse_step,
    short_words,
    tick_entries,
    value_words,
    with_each_copy,
    with_log,
    with_step,
    with_values,
)
from app.ui.icons import paint_icon

MARK_WIDTH = 16
ICON = "tune"
_LAST_TICK = "At least one value is needed; the mark beside the label ends the search of this."
_NO_TICK = "Now tick what is tried; until then the search keeps what it had."
_KEYS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


@dataclass(frozen=True)
class Mark:
    """How one option stands with the search; an option without a mark cannot be searched.

    Attributes:
        dimension: what it is searched over; None: it is not searched.
        error: what is wrong with that, for the user.
        grid: the values that a grid takes of it.
        can_differ: whether each copy of its layer may have a value of its own.
    """

    dimension: Dimension | None = None
    error: str = ""
    grid: tuple[OptionValue, ...] = field(default=())
    can_differ: bool = False


class MarkButton(QAbstractButton):
    """Checked, and an icon in accent, while the option is searched; else a dot, which becomes the
    icon when the pointer or the keyboard's focus is near.

    The ring of the keyboard's focus is drawn inside: outside there is no room for it.
    """

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = label
        self._by_key = self._near = False
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._describe)
        self._describe()

    def words(self) -> str:
        """What a click does."""
        if self.isChecked():
            return f"Do not search {self._label}"
        return f"Search {self._label}: try several values"

    def set_near(self, near: bool) -> None:
        """Whether the pointer is in the row of the option, or the keyboard's focus."""
        if near != self._near:
            self._near = near
            self.update()

    def _describe(self) -> None:
        self.setAccessibleName(self.words())
        self.setToolTip(plain_tool_tip(self.words()))
        self.update()

    def nextCheckState(self) -> None:
        """A click asks; what is shown follows from the answer."""

    def sizeHint(self) -> QSize:
        return QSize(px(MARK_WIDTH), px(28))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_key = event.reason() in _KEYS
        super().focusInEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange):
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        hovered = self.isEnabled() and (self.underMouse() or self.isDown())
        side = px(MARK_WIDTH)
        box = QRectF(0, (self.height() - px(20)) // 2, side, px(20))
        tone = "accent" if self.isChecked() else "muted" if hovered else "control_border"
        with box_painter(self) as painter:
            if hovered:
                paint_box(painter, box, px(4), fill=color("hover"))
            if self.hasFocus() and self._by_key:
                paint_box(painter, box, px(4), line=color("accent"), width=px(2))
            size = px(12)
            shown = self.isChecked() or hovered or self._near or self.hasFocus()
            if not shown:
                size = px(4)
            left, top = px(7) - size / 2, (self.height() - size) / 2
            if shown:
                paint_icon(painter, ICON, round(left), round(top), color(tone), size)
            else:
                paint_box(painter, QRectF(left, top, size, size), size / 2, fill=color(tone))


def grid_words(option: Option, grid: Sequence[OptionValue]) -> str:
    """What a grid takes, as a sentence, with three figures; nothing of nothing."""
    if not grid:
        return ""
    short = [float(f"{value:.3g}") if isinstance(value, float) else value for value in grid]
    about = "" if short == list(grid) else "about "
    return f"A grid takes {about}{short_words(option, short)}."


class DimensionEditor(QWidget):
    """Edits what an option is searched over, whatever its kind; says how many values there are.

    Object names: `NAME.values` and so on, as of `RangeField` and `TickList`.

    Args:
        indent: where the fields begin, in px; the count stands before them, without room for it
            below them.
        counts: whether it says how many values there are.

    Signals:
        edited(Dimension): by the user; at each keystroke that means one.
        refused(bool): whether what stands there means none, so that words about it are old.
    """

    edited = Signal(object)
    refused = Signal(bool)

    def __init__(
        self,
        option: Option,
        name: str,
        indent: int = 0,
        parent: QWidget | None = None,
        *,
        counts: bool = True,
    ) -> None:
        super().__init__(parent)
        self._option = option
        self._mark = Mark()
        self._last_range: Dimension | None = None
        self.setObjectName(name)
        spoken = f"Search {option.label}"
        self.field: RangeField | TickList
        if is_ticked(option):
            self.field = self._ticks()
        else:
            self.field = self._range_field()
        self.field.setObjectName(name)
        self.field.setAccessibleName(spoken)
        self._below = ErrorBelow(self.field)
        self._each = CheckBox("each copy its own")
        self._each.setObjectName(f"{name}.each_copy")
        self._each.setAccessibleName(f"{spoken}: each copy its own")
        self._each.setToolTip("Each copy of the layer gets a value of its own, not all the same.")
        self._each.setMinimumHeight(px(24))
        self._each.chosen.connect(self._each_chosen)
        self._count = Label("", "caption", "accent", self)
        self._count.setObjectName(f"{name}.count")
        column = QVBoxLayout(self)
        column.setContentsMargins(px(indent), 0, 0, px(4))
        column.setSpacing(px(2))
        column.addWidget(self._below)
        column.addWidget(self._each)
        self._words = ""
        self.refused.connect(lambda refused: self._count.setText("" if refused else self._words))
        self._indent = indent
        if indent:
            self._count.setGeometry(0, 0, px(indent - 4), px(28))
        elif isinstance(self.field, RangeField) and counts:
            column.addWidget(self._count)
        else:
            self._count.hide()  # others say it

    def first_field(self) -> QWidget:
        """Where the keyboard goes when the option has just been marked."""
        if isinstance(self.field, RangeField):
            return self.field.values
        return self.field.boxes[0] if self.field.boxes else self.field.unfold

    def is_refused(self) -> bool:
        """Whether what stands there means no dimension."""
        return self.field.is_refused()

    def show_mark(self, mark: Mark, afresh: bool = False) -> None:
        """Show `mark`, which has a dimension; `afresh` drops what is being typed."""
        dimension = mark.dimension
        assert dimension is not None
        self._mark = mark
        if dimension.low is not None:
            self._last_range = dimension
        if isinstance(self.field, RangeField):
            if afresh:
                self.field.forget()
            self.field.show_values(dimension, mark.error)
            self._show_range(self.field, dimension)
        else:
            self.field.show_ticked(dimension.values)
            self._below.show_error(mark.error)
        words = count_words(self._option, dimension)
        self._words = words
        self._count.setText("" if self.is_refused() else words)
        self._count.setToolTip(plain_tool_tip(grid_words(self._option, mark.grid)))
        self.field.setAccessibleDescription(words)
        self._each.setVisible(mark.can_differ)
        self._each.setChecked(dimension.each_copy)

    def _show_range(self, field: RangeField, dimension: Dimension) -> None:
        if dimension.low is None:
            field.hide_range()
            return
        field.show_range(
            dimension.log,
            dimension.step,
            can_log=dimension.low > 0,
            usual_step="1" if isinstance(self._option, IntegerOption) else "any",
        )

    def _dimension(self) -> Dimension:
        assert self._mark.dimension is not None
        return self._mark.dimension

    def _before(self) -> Dimension:
        """What another range follows: it goes by factors and steps as the last one did, though a
        list was meant in between; "16..64" begins as the list "16".
        """
        now, last = self._dimension(), self._last_range
        if now.low is not None or last is None or last.path != now.path:
            return now
        return with_each_copy(last, now.each_copy)

    def _range_field(self) -> RangeField:
        option = self._option

        def words(meaning: object) -> str:
            return dimension_words(option, meaning) if isinstance(meaning, Dimension) else ""

        def step_words(step: object) -> str:
            return value_words(option, plain_value(step)) if isinstance(step, int | float) else ""

        field = RangeField(
            lambda text: parse_dimension(text, option, self._before()),
            words,
            lambda text: parse_step(text, option, self._dimension()),
            step_words,
        )
        example = "such as 16, 32, 64 or 16..128" if may_be_range(option) else ""
        field.values.setToolTip(f"The values that are tried, {example}".rstrip(", ") + ".")
        field.values_edited.connect(self.edited)
        field.refused.connect(self.refused)
        field.log_chosen.connect(lambda log: self.edited.emit(with_log(self._dimension(), log)))
        field.step_edited.connect(lambda step: self.edited.emit(with_step(self._dimension(), step)))
        return field

    def _ticks(self) -> TickList:
        option = self._option

        def words(values: Sequence[object]) -> str:
            return short_words(option, [plain_value(value) for value in values])

        ticks = TickList(list(tick_entries(option)), words)
        ticks.ticked.connect(
            lambda values: self.edited.emit(with_values(self._dimension(), values))
        )
        ticks.refused.connect(lambda: self._below.show_error(_LAST_TICK))
        ticks.waits.connect(self.refused)
        ticks.waits.connect(lambda none: self._below.show_error(_NO_TICK if none else ""))
        return ticks

    def _each_chosen(self, each: bool) -> None:
        self.edited.emit(with_each_copy(self._dimension(), bool(each)))
