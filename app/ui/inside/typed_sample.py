"""Typing a row for the network: a field for each column."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.data.prepared import PreparedData
from app.ui.controls import Button, ComboBox, FloatField, Label, plain_tool_tip
from app.ui.controls.layouts import clear_layout
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.inside.row_values import NONE_OF_THEM, RowColumn, cells_of, columns_of

MOST_COLUMNS = 64
"""So many fields are offered at most; more nobody types."""

NO_NUMBER = (
    "{}: “{}” is not a number that counts here, so there is no answer. Type one such as 0.5."
)


class TypedSampleView(QWidget):
    """A field for each column, filled with a sample at first.

    Args:
        name: begins the object names.
        names_width: so much room at most, in units of the design, has the name of a column.

    Signals:
        chosen(): a value was typed or chosen.
        sample_wanted(): the fields are to be filled with the chosen sample of the data.
    """

    chosen = Signal()
    sample_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None, *, names_width: int = 96) -> None:
        super().__init__(parent)
        self._names_width = names_width
        self._name = name
        self._data: PreparedData | None = None
        self._cells = np.zeros(0)
        self.fields: list[FloatField | ComboBox] = []
        form = QWidget()
        form.setAutoFillBackground(False)
        self._grid = QGridLayout(form)
        self._grid.setContentsMargins(0, 0, px(10), 0)
        self._grid.setSpacing(px(6))
        self._grid.setColumnStretch(1, 1)
        scroll = ClearScroll(f"{name}.form", "Values of the row")
        scroll.setWidget(form)
        self.upon = Button("Fill in the sample", kind="link", small=True)
        self.upon.setObjectName(f"{name}.fill_in")
        self.upon.clicked.connect(self.sample_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(scroll, 1)
        column.addWidget(self.upon)

    def show_data(self, data: PreparedData) -> None:
        """Fields for the columns of these data."""
        self._data = data
        columns = columns_of(data)
        self._cells = np.zeros(len(columns))
        clear_layout(self._grid)
        self.fields = [self._field(number, column) for number, column in enumerate(columns)]
        for number, (column, field) in enumerate(zip(columns, self.fields, strict=True)):
            label = Label(column.name, "body", "muted", elide=True)
            label.setToolTip(plain_tool_tip(column.name))
            label.setMinimumWidth(px(40))
            label.setMaximumWidth(px(self._names_width))
            label.setBuddy(field)
            self._grid.addWidget(label, number, 0)
            self._grid.addWidget(field, number, 1)
        self._grid.setRowStretch(len(columns), 1)

    def fill(self, features: np.ndarray) -> None:
        """Show the values of a row, given by its features (features,)."""
        if self._data is None:
            return
        self._cells = cells_of(self._data.preprocessing, features)
        for field, cell in zip(self.fields, self._cells, strict=True):
            if isinstance(field, ComboBox):
                field.set_current(int(cell))
            else:
                field.set_value(float(cell))

    def problem(self) -> str:
        """Which field holds no number, in words; "" when all do."""
        for field in self.fields:
            if isinstance(field, FloatField) and field.error():
                return NO_NUMBER.format(field.accessibleName(), field.text().strip())
        return ""

    def features(self) -> np.ndarray:
        """The row as the data have it before preprocessing, (features,), categories encoded."""
        assert self._data is not None
        encoded = self._data.preprocessing.encode(self._cells[None])
        return np.array(encoded[0], np.float64)

    def _field(self, number: int, column: RowColumn) -> FloatField | ComboBox:
        field: FloatField | ComboBox
        if column.categories:
            options = list(enumerate(column.categories))
            field = ComboBox([*options, (NONE_OF_THEM, "none of them")])
            field.chosen.connect(lambda value: self._typed(number, float(str(value))))
        else:
            field = FloatField(0.0)
            field.value_edited.connect(lambda value: self._typed(number, float(str(value))))
            field.error_changed.connect(lambda _text: self.chosen.emit())
        field.setObjectName(f"{self._name}.value.{number}")
        field.setAccessibleName(column.name)
        return field

    def _typed(self, number: int, cell: float) -> None:
        self._cells = self._cells.copy()
        self._cells[number] = cell
        self.chosen.emit()
