"""The sample that is looked at: one of the data, a drawing, or a row that was typed."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.core.frozen import FrozenMap
from app.data.prepared import PreparedData
from app.ui.controls import Label, Panel, SegmentedControl
from app.ui.controls.painting import px
from app.ui.inside.data_sample import DataSampleView
from app.ui.inside.drawn_sample import DrawnSampleView, value_range
from app.ui.inside.row_values import cell_texts, cells_of, columns_of
from app.ui.inside.sample_choice import SampleChoice
from app.ui.inside.typed_sample import MOST_COLUMNS, TypedSampleView
from app.ui.plots.sample_picture import SamplePicture, SampleValues

if TYPE_CHECKING:
    from app.diagnostics.probes import Predictions

WIDTH = 248
SHORT = 8
"""A row of so many columns stands there whole; a longer one gets all the room there is."""

DRAW = "Draw a {} on the sheet: an empty one is asked nothing."


class SamplePicker(Panel):
    """A panel `WIDTH` px wide: the sample, what is right for it, and what the network answers.

    `Asker.ask(options=picker.options(), sample=picker.sample)` asks about the chosen sample; add
    what else is to be asked by `picker.options().set(name, value)`. `name` begins the object names:
    each picker of the window has one of its own.

    Signals:
        sample_changed(): another sample was chosen, drawn or typed.
    """

    sample_changed = Signal()

    def __init__(self, name: str = "sample", parent: QWidget | None = None) -> None:
        super().__init__("Sample", parent=parent)
        self.setObjectName(name)
        self.setFixedWidth(px(WIDTH))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._data: PreparedData | None = None
        self._sheet_is_old = True
        self.mode = SegmentedControl(
            [("data", "Data"), ("draw", "Draw"), ("type", "Type")], small=True
        )
        self.mode.setObjectName(f"{name}.mode")
        self.mode.setAccessibleName("Where the sample comes from")
        self.mode.chosen.connect(lambda _mode: self._mode_chosen())
        self.picture = SamplePicture(f"{name}.picture", 208)
        self.picture.setAccessibleName("The sample")
        self.values = SampleValues(f"{name}.values")
        self.values.setAccessibleName("Values of the sample")
        self.from_data = DataSampleView(name)
        self.drawing = DrawnSampleView(name)
        self.typing = TypedSampleView(name)
        for view in (self.from_data, self.drawing, self.typing):
            view.chosen.connect(self._changed)
        self.drawing.sample_wanted.connect(self._draw_on_sample)
        self.typing.sample_wanted.connect(self._fill_in_sample)
        self.truth = Label("", "body", wrap=True)
        self.truth.setObjectName(f"{name}.truth")
        self.answer = Label("", "title", wrap=True)
        self.answer.setObjectName(f"{name}.answer")
        self._lay_out()
        self.show_data(None)

    def _lay_out(self) -> None:
        assert self.header is not None
        self.header.add_corner(self.mode)
        chosen = QWidget()
        of_data = QVBoxLayout(chosen)
        of_data.setContentsMargins(0, 0, 0, 0)
        of_data.setSpacing(px(8))
        of_data.addWidget(self.picture)
        of_data.addWidget(self.values, 1)
        of_data.addWidget(self.from_data)
        self._stack = QStackedWidget()
        self._pages = {"data": chosen, "draw": self.drawing, "type": self.typing}
        for page in self._pages.values():
            self._stack.addWidget(page)
        self.body.setSpacing(px(8))
        self.body.addWidget(self._stack)
        self.body.addWidget(self.truth)
        self.body.addWidget(self.answer)
        self.body.addStretch(1)

    # ---- what there is to choose from
    def show_data(self, data: PreparedData | None) -> None:
        """Choose among these; the same ones again change nothing. None: there is nothing to choose.

        Without a signal: who gives the data asks about the sample that is chosen then.
        """
        if data is self._data and data is not None:
            return
        before, self._data = self._data, data
        self.setEnabled(data is not None)
        self.from_data.show_data(data)
        if data is None:
            self.mode.set_current("data")
            self.mode.hide()
            self.picture.show_picture(None, 0.0, 1.0)
            self.values.show_values([])
            self._stack.setCurrentWidget(self._pages["data"])
            self.truth.setText("")
            self.show_answer("")
            return
        shape = data.preprocessing.input_shape
        drawable = len(shape) == 3
        typable = len(shape) == 1 and len(columns_of(data)) <= MOST_COLUMNS
        self.picture.setVisible(len(shape) > 1)
        self.values.setVisible(len(shape) == 1)
        long = len(shape) == 1 and len(columns_of(data)) > SHORT
        self.body.setStretchFactor(self._stack, 100 if long else 0)
        for segment in self.mode.segments:
            offered = {"data": True, "draw": drawable, "type": typable}[str(segment.value)]
            segment.setVisible(offered)
        self.mode.setVisible(drawable or typable)
        if before is None or before.fingerprint != data.fingerprint:
            self.mode.set_current("data")
            self._sheet_is_old = True
            if typable:
                self.typing.show_data(data)
                self._fill_in(self.from_data.raw())
        self._show()

    def show_predictions(self, predictions: "Predictions | None") -> None:
        """What the network says of a part: "Wrong answers first" is offered then."""
        self.from_data.show_predictions(predictions)

    @property
    def place(self) -> tuple[str, int] | None:
        """Part and row of the chosen sample of the data; None for one that was drawn or typed."""
        chosen = self.chosen
        return None if chosen.row is None else (chosen.part, chosen.row)

    def show_place(self, place: tuple[str, int] | None) -> None:
        """Choose this sample of the data, without a signal; a drawing or a typed row stays."""
        if place is not None and self.place is not None and place != self.place:
            self.from_data.show_place(*place)
            self._show()

    def show_answer(self, text: str) -> None:
        """What the network says of the sample; "" for nothing."""
        self.answer.setText(text)
        self.answer.setVisible(bool(text))

    # ---- what is chosen
    @property
    def chosen(self) -> SampleChoice:
        """The sample that is chosen; part "" and nothing drawn when there are no data."""
        drawn = self.sample
        if drawn is not None:
            return SampleChoice("", None, drawn)
        if self._data is None:
            return SampleChoice("", None)
        return SampleChoice(self.from_data.part, self.from_data.row)

    @property
    def sample(self) -> np.ndarray | None:
        """The one that was drawn or typed, raw; None for one of the data."""
        made: np.ndarray | None = None
        if self._data is not None and self.mode.current() == "draw":
            made = self.drawing.pad.picture()
        elif self._data is not None and self.mode.current() == "type":
            made = self.typing.features()
        if made is not None:
            made.setflags(write=False)
        return made

    def missing(self) -> str:
        """What is to be done before there is a sample to ask about; "" when there is one."""
        if self._data is not None and self.mode.current() == "type":
            return self.typing.problem()
        if self._data is None or self.mode.current() != "draw" or not self.drawing.pad.empty:
            return ""
        return DRAW.format(_drawn_thing(self._data))

    def options(self) -> FrozenMap:
        """Part and row for the question; empty for one that was drawn or typed."""
        if self._data is None or self.mode.current() != "data":
            return FrozenMap()
        return FrozenMap(part=self.from_data.part, row=self.from_data.row)

    def true_class(self) -> int | None:
        """The class of the chosen sample of the data; None where there is none, or nobody knows."""
        data = self._data
        if data is None or not data.summary.class_names or self.mode.current() != "data":
            return None
        return int(data.part(self.from_data.part).y[self.from_data.row])

    # ---- what is shown
    def _mode_chosen(self) -> None:
        self._show()
        self.sample_changed.emit()

    def _changed(self) -> None:
        self._show()
        self.sample_changed.emit()

    def _show(self) -> None:
        data = self._data
        if data is None:
            return
        mode = str(self.mode.current())
        for name, page in self._pages.items():  # the room is that of the page in front
            shown = QSizePolicy.Policy.Preferred if name == mode else QSizePolicy.Policy.Ignored
            page.setSizePolicy(QSizePolicy.Policy.Preferred, shown)
        self._stack.setCurrentWidget(self._pages[mode])
        if mode == "draw" and self._sheet_is_old:  # looking at the pictures takes a moment
            self._sheet_is_old = False
            self.drawing.show_data(data)
            self.drawing.pad.hint = f"Draw a {_drawn_thing(data)} here."
        if mode == "data":
            self._show_sample(data)
        words = {"data": self.from_data.truth(), "draw": "your drawing", "type": "your row"}[mode]
        if self.missing():
            words = "nothing drawn yet" if mode == "draw" else "no row yet"
        self.truth.setText(words[:1].upper() + words[1:])

    def _show_sample(self, data: PreparedData) -> None:
        raw = self.from_data.raw()
        if raw is not None and raw.ndim == 1:
            self.values.show_values(cell_texts(columns_of(data), cells_of(data.preprocessing, raw)))
            return
        shown = None if raw is None or raw.ndim > 3 else np.atleast_3d(raw)
        self.picture.show_picture(shown, *value_range(data))
        chosen = self.from_data
        self.picture.setAccessibleDescription(f"{chosen.part} {chosen.row + 1}, {chosen.truth()}")

    def _draw_on_sample(self) -> None:
        raw = self.from_data.raw()
        if raw is not None:
            self.drawing.pad.put_picture(raw)

    def _fill_in(self, raw: np.ndarray | None) -> None:
        if raw is not None:
            self.typing.fill(raw)

    def _fill_in_sample(self) -> None:
        self._fill_in(self.from_data.raw())
        self._changed()


def _drawn_thing(data: PreparedData) -> str:
    return "digit" if tuple(data.summary.class_names or ()) == tuple("0123456789") else "picture"
