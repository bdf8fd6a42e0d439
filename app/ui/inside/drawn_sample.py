"""Drawing a picture for the network: the pad with its tools."""

import math

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from app.data.drawn_picture import LOOKED_AT, PictureLook, look_of
from app.data.prepared import PreparedData
from app.ui.controls import Button, CheckBox, ComboBox, IconButton, Label, SegmentedControl
from app.ui.controls.painting import px
from app.ui.plots.drawing_pad import DrawingPad
from app.ui.plots.sample_picture import SamplePicture

INKS = (
    ("#ffffff", "White"),
    ("#000000", "Black"),
    ("#808080", "Grey"),
    ("#d03030", "Red"),
    ("#e08a20", "Orange"),
    ("#e8d020", "Yellow"),
    ("#2f9e44", "Green"),
    ("#2f6fd0", "Blue"),
    ("#8040c0", "Violet"),
    ("#7a4a20", "Brown"),
)
_NUMBERS = 2**21
"""So many values tell how the pictures look."""
WIDTHS = (3, 30)
"""Of the brush, in percent of the shorter side."""


def look_of_data(data: PreparedData) -> PictureLook:
    """How the pictures of the training part look."""
    rows = data.training.rows
    most = min(len(rows), LOOKED_AT, max(8, _NUMBERS // math.prod(data.raw.shape[1:])))
    chosen = rows[np.linspace(0, len(rows) - 1, most).astype(int)]
    low, high = value_range(data)
    return look_of(np.asarray(data.raw[np.sort(chosen)], np.float64), low, high)


def value_range(data: PreparedData) -> tuple[float, float]:
    """What is black and what is white in pictures of these data."""
    statistics = data.summary.statistics
    low = min(0.0, *(entry.before[2] for entry in statistics))
    high = data.preprocessing.maximum or max(entry.before[3] for entry in statistics)
    return low, high if high > low else low + 1.0


class DrawnSampleView(QWidget):
    """The pad and its tools; `name` begins the object names.

    Signals:
        chosen(): there is another drawing.
        sample_wanted(): the chosen sample of the data is to be drawn upon.
    """

    chosen = Signal()
    sample_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._range = (0.0, 1.0)
        self.pad = DrawingPad(f"{name}.pad")
        self.pad.drawn.connect(self._drawn)
        self.pixels = SamplePicture(f"{name}.pixels", 56)
        self.pixels.setFixedSize(px(56), px(56))
        self.pixels.setAccessibleName("The drawing as the network gets it")
        self.tool = SegmentedControl([("brush", "Brush"), ("eraser", "Eraser")], small=True)
        self.tool.setObjectName(f"{name}.tool")
        self.tool.setAccessibleName("Brush or eraser")
        self.tool.chosen.connect(lambda _tool: self._set_brush())
        self.ink = ComboBox([("", "Ink of the data"), *INKS], small=True)
        self.ink.setObjectName(f"{name}.ink")
        self.ink.setAccessibleName("Color of the brush")
        for value, _ in INKS:
            swatch = QPixmap(px(12), px(12))
            swatch.fill(QColor(value))
            self.ink.set_picture(value, swatch)
        self.ink.chosen.connect(lambda _ink: self._set_brush())
        self.width_slider = QSlider(Qt.Orientation.Horizontal)
        self.width_slider.setObjectName(f"{name}.width")
        self.width_slider.setAccessibleName("Size of the brush")
        self.width_slider.setToolTip("Size of the brush")
        self.width_slider.setRange(*WIDTHS)
        self.width_slider.valueChanged.connect(lambda _value: self._set_brush())
        self.undo = IconButton("undo", "Take the last stroke back", icon_size=16)
        self.clear = IconButton("trash", "Clear the sheet", icon_size=16)
        self.upon = Button("Draw on the sample", kind="link", small=True)
        self.centred = CheckBox("Center and size as the data")
        self.centred.setToolTip("The pictures of these data are centered and alike in size")
        for widget, what in (
            (self.undo, "undo"),
            (self.clear, "clear"),
            (self.upon, "upon"),
            (self.centred, "centered"),
        ):
            widget.setObjectName(f"{name}.{what}")
        self.undo.clicked.connect(self.pad.undo)
        self.clear.clicked.connect(self.pad.clear)
        self.upon.clicked.connect(self.sample_wanted)
        self.centred.chosen.connect(self._centring_chosen)
        self._lay_out()
        self.width_slider.setValue(12)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(px(4))
        buttons.addWidget(self.tool, 1)
        buttons.addWidget(self.undo)
        buttons.addWidget(self.clear)
        gets = QVBoxLayout()
        gets.setSpacing(0)
        gets.addWidget(Label("The network gets this", "caption", "muted", elide=True))
        gets.addWidget(Label("Size of the brush", "caption", "muted", elide=True))
        gets.addWidget(self.width_slider)
        below = QHBoxLayout()
        below.setSpacing(px(8))
        below.addWidget(self.pixels)
        below.addLayout(gets, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self.pad, 1)
        column.addLayout(buttons)
        column.addLayout(below)
        column.addWidget(self.ink)
        column.addWidget(self.centred)
        column.addWidget(self.upon)

    def show_data(self, data: PreparedData) -> None:
        """An empty sheet for pictures as these."""
        look = look_of_data(data)
        height, width, channels = data.preprocessing.input_shape
        self._range = (look.low, look.high)
        self.pad.start(look, (height, width, channels))
        self.ink.setVisible(channels == 3)
        self.ink.set_current("")
        self.tool.set_current("brush")
        self.centred.setVisible(look.centre is not None)
        self.centred.setChecked(True)
        self.pad.centred = True
        self._set_brush()
        self._show()

    def _drawn(self) -> None:
        self._show()
        self.chosen.emit()

    def _show(self) -> None:
        self.undo.setEnabled(self.pad.can_undo)
        self.clear.setEnabled(self.pad.can_undo)
        self.pixels.show_picture(self.pad.picture(), *self._range)

    def _set_brush(self) -> None:
        self.pad.set_brush(
            self.width_slider.value() / 100,
            erasing=self.tool.current() == "eraser",
            ink=str(self.ink.current() or "") or None,
        )

    def _centring_chosen(self, on: object) -> None:
        self.pad.centred = bool(on)
        self._drawn()
