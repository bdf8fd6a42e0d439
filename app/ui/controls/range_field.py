"""Several values instead of one: typed as a list or a range, or ticked among all there are."""

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.ui.controls.buttons import Button
from app.ui.controls.choices import CheckBox, Entry
from app.ui.controls.error_below import ErrorBelow
from app.ui.controls.fields import TextField
from app.ui.controls.labels import Label
from app.ui.controls.layouts import clear_layout
from app.ui.controls.painting import px
from app.ui.controls.refused_input import refused_input

MOST_TICKS = 6
"""More choices than these are unfolded when they are asked for."""
SEEN_TICKS = 6
"""Of what is unfolded so many come into view, where there is room for them."""


class SearchField(TextField):
    """A text field in accent on a soft ground: what stands in it is searched."""

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        parse: Callable[[str], object],
        to_text: Callable[[object], str],
    ) -> None:
        super().__init__("", parent, parse=parse, to_text=to_text)
        self.set_searched(True)
        self.setReadOnly(False)


LOG = "Go through the range by factors: 1, 10, 100, not 1, 2, 3."
NO_LOG = "Factors never reach 0: let the range begin above it."


class RangeField(QWidget):
    """A list of values or a range in one field; below it, of a range, log and step.

    Object names: `NAME` is the whole, `NAME.values`, `NAME.log`, `NAME.step` the parts.

    Args:
        parse, to_text: between what is typed and its meaning, as of `TextField`.
        parse_step, step_text: the same of the step; an empty text is no step.

    Signals:
        values_edited(meaning), log_chosen(bool), step_edited(meaning): by the user.
        refused(bool): whether what stands in one of the fields means nothing.
    """

    values_edited = Signal(object)
    log_chosen = Signal(object)
    step_edited = Signal(object)
    refused = Signal(bool)

    def __init__(
        self,
        parse: Callable[[str], object],
        to_text: Callable[[object], str],
        parse_step: Callable[[str], object],
        step_text: Callable[[object], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.values = SearchField(parse=parse, to_text=to_text)
        self.values.value_edited.connect(self.values_edited)
        self.log = CheckBox("log")
        self.log.setToolTip(LOG)
        self.log.chosen.connect(self.log_chosen)
        self.step = SearchField(parse=parse_step, to_text=step_text)
        self.step.setToolTip("What is between two neighbours, counted from the lower end.")
        self.step.value_edited.connect(self.step_edited)
        self._step_words = Label("step", "caption", "muted")
        self._step_words.setBuddy(self.step)
        self._values_below = ErrorBelow(self.values)
        self._range = QWidget()
        line = QHBoxLayout(self._range)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(6))
        self.log.setMinimumHeight(px(28))
        line.addWidget(self.log)
        line.addStretch(1)
        line.addWidget(self._step_words)
        self.step.setFixedWidth(px(72))
        line.addWidget(self.step)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addWidget(self._values_below)
        column.addWidget(self._range)
        # The complaint about the step needs the width of the whole.
        self._step_error = Label("", "caption", "error", wrap=True)
        self._step_error.hide()
        column.addWidget(self._step_error)
        self.step.error_changed.connect(self._show_step_error)
        for field in (self.values, self.step):
            field.error_changed.connect(self._tell_refused)

    def setObjectName(self, name: str) -> None:
        """Name the whole and its parts."""
        super().setObjectName(name)
        for part, end in ((self.values, "values"), (self.log, "log"), (self.step, "step")):
            part.setObjectName(f"{name}.{end}")
        self._step_error.setObjectName(f"{name}.step.error")

    def setAccessibleName(self, name: str) -> None:
        """Name the whole, and its parts by it."""
        super().setAccessibleName(name)
        self.values.setAccessibleName(f"{name}, values or range")
        self.log.setAccessibleName(f"{name}, by factors")
        self.step.setAccessibleName(f"{name}, step")

    def show_values(self, meaning: object, error: str = "") -> None:
        """Show what is searched, without a signal; what is being typed stays if it means that."""
        self.values.set_value(meaning)
        self.values.set_given_error(error)

    def show_range(self, log: bool, step: object, *, can_log: bool, usual_step: str) -> None:
        """Show the parts of a range. `usual_step` stands where no step is given."""
        self._range.show()
        self.log.setChecked(log)
        self.log.setEnabled(can_log or log)
        self.log.setToolTip(LOG if can_log else NO_LOG)
        self.step.setPlaceholderText(usual_step)
        self.step.set_value(step)
        for part in (self.step, self._step_words):
            part.setVisible(not log)
        self._show_step_error(self.step.error() if not log else "")

    def hide_range(self) -> None:
        """A list of values has neither log nor step."""
        self._range.hide()
        self._show_step_error("")

    def forget(self) -> None:
        """Drop what is being typed."""
        self.values.forget_typed()
        self.step.forget_typed()

    def is_refused(self) -> bool:
        """Whether what is typed means nothing."""
        return self.values.has_typed_error() or self.step.has_typed_error()

    def _tell_refused(self, _text: str) -> None:
        self.refused.emit(self.is_refused())

    def _show_step_error(self, text: str) -> None:
        self._step_error.setText(text)
        self._step_error.setVisible(bool(text))


class TickList(QWidget):
    """Some of all there are, by ticks; where there are many they are unfolded when asked for.

    The ticks are named `NAME.VALUE`, the button that unfolds them `NAME.unfold`, those that tick
    all or none `NAME.tick_all` and `NAME.tick_none`. The last tick cannot be taken away: `refused`
    says so. After "None" nothing is told until something is ticked, and nothing can be searched.

    Args:
        to_text: what is ticked, in words, while the list is folded.

    Signals:
        ticked(values): those ticked now, in the order of the entries.
        refused(): the last tick was to be taken away.
        waits(bool): whether nothing is ticked now, after "None".
    """

    ticked = Signal(object)
    refused = Signal()
    waits = Signal(bool)

    def __init__(
        self,
        entries: Sequence[Entry],
        to_text: Callable[[Sequence[object]], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._entries = list(entries)
        self._to_text = to_text
        self._chosen: list[object] = []
        self._told: list[object] = []
        self._waiting = False
        self._open = len(entries) <= MOST_TICKS
        self.boxes: list[CheckBox] = []
        self._name = ""
        self._spoken = ""
        self._words = Label("", "body", "accent", self, wrap=True)
        self._words.setVisible(not self._open)
        self.unfold = Button(self._unfold_words(), None, self, kind="link", small=True)
        self.unfold.setVisible(not self._open)
        self.unfold.clicked.connect(self._turn)
        self._column = QVBoxLayout()
        self._column.setSpacing(px(2))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(4), 0, px(4))
        column.setSpacing(px(2))
        column.addWidget(self._words)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.unfold)
        line.addStretch(1)
        column.addLayout(line)
        self._whole = QWidget(self)
        both = QHBoxLayout(self._whole)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(px(4))
        self._all, self._none = (
            Button(text, None, self._whole, kind="link", small=True) for text in ("All", "None")
        )
        self._all.clicked.connect(self._choose_all)
        self._none.clicked.connect(self._choose_none)
        both.addWidget(self._all)
        both.addWidget(self._none)
        both.addStretch(1)
        self._whole.hide()
        column.addWidget(self._whole)
        column.addLayout(self._column)
        if self._open:
            self._make_boxes()

    def setObjectName(self, name: str) -> None:
        super().setObjectName(name)
        self._name = name
        self.unfold.setObjectName(f"{name}.unfold")
        self._all.setObjectName(f"{name}.tick_all")
        self._none.setObjectName(f"{name}.tick_none")
        self._name_boxes()

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self._spoken = name
        self.unfold.setAccessibleName(f"{name}: {self.unfold.text()}")
        self._all.setAccessibleName(f"{name}: tick all")
        self._none.setAccessibleName(f"{name}: tick none")
        self._name_boxes()

    def show_ticked(self, values: Collection[object]) -> None:
        """Tick exactly `values`, without a signal; one that is not offered is added as it stands,
        so that no other tick loses it.
        """
        known = [value for value, _ in self._entries]
        for value in values:
            if not _among(value, known):
                self._entries.append((value, str(value)))
                if self._open:
                    self._make_box(value, str(value))
        self._told = [value for value, _ in self._entries if _among(value, values)]
        self._show_chosen(self._told)
        if self._told:
            self._wait(False)

    def _show_chosen(self, values: Collection[object]) -> None:
        self._chosen = [value for value, _ in self._entries if _among(value, values)]
        self._show_words()
        for box, (value, _) in zip(self.boxes, self._entries, strict=False):
            box.setChecked(_among(value, values))

    def _make_boxes(self) -> None:
        for value, text in self._entries:
            self._make_box(value, text)
        self.show_ticked(self._chosen)

    def _make_box(self, value: object, text: str) -> None:
        box = CheckBox(text.replace("&", "&&"))
        box.setMinimumSize(px(48), px(24))  # long words are cut rather than widen the form
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        box.setToolTip(text)
        box.chosen.connect(lambda on: self._choose(value, on, box))
        before = self.boxes[-1] if self.boxes else self._none
        self.boxes.append(box)
        self._column.addWidget(box)
        QWidget.setTabOrder(before, box)
        self._name_boxes()

    def _name_boxes(self) -> None:
        for box, (value, text) in zip(self.boxes, self._entries, strict=False):
            box.setObjectName(f"{self._name}.{value}")
            box.setAccessibleName(f"{self._spoken}: {text}")

    def _choose(self, value: object, on: bool, box: CheckBox) -> None:
        values = [
            entry
            for entry, _ in self._entries
            if (on if _among(entry, [value]) else _among(entry, self._chosen))
        ]
        if not values:
            box.setChecked(True)
            self.refused.emit()
            return
        self._tell(values)

    def _tell(self, values: Sequence[object]) -> None:
        self.show_ticked(values)
        self.ticked.emit(tuple(values))

    def _choose_all(self) -> None:
        self._tell([value for value, _ in self._entries])

    def _choose_none(self) -> None:
        self._show_chosen(())
        self._wait(True)

    def is_refused(self) -> bool:
        """Whether nothing is ticked."""
        return self._waiting

    def _wait(self, waiting: bool) -> None:
        """Nothing is ticked so far."""
        why = f"{self._spoken}: tick at least one value." if waiting else ""
        refused_input().note(self, why, of_search=True)
        if waiting != self._waiting:
            self._waiting = waiting
            self.waits.emit(waiting)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._waiting and not event.spontaneous():
            self.show_ticked(self._told)

    def _turn(self) -> None:
        self._open = not self._open
        self._words.setVisible(not self._open)
        self._whole.setVisible(self._open)
        if self._open:
            self._make_boxes()
            QTimer.singleShot(0, self, self._bring_into_view)
        else:
            clear_layout(self._column)
            self.boxes.clear()
            if not self._chosen:
                self.show_ticked(self._told)
        self._show_words()

    def _bring_into_view(self) -> None:
        """The first ticks, and the button that folds them in any case."""
        above = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None and self.boxes:
            # all around it is laid out, which takes a round of events for each that holds the next
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            above.ensureWidgetVisible(self.boxes[:SEEN_TICKS][-1], 0, px(8))
            above.ensureWidgetVisible(self.unfold, 0, px(8))

    def _show_words(self) -> None:
        self._words.setText(self._to_text(self._chosen))
        self.unfold.setText(self._unfold_words())
        self.setAccessibleName(self._spoken)

    def _unfold_words(self) -> str:
        return "Fold away" if self._open else f"{len(self._chosen)} of {len(self._entries)}…"


def _among(value: object, values: Collection[object]) -> bool:
    """Equal and of one kind: 1 is not True."""
    return any(value == other and type(value) is type(other) for other in values)
