"""The microscope: one number of a feature map, and all that it is made of."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.controls import Label
from app.ui.controls.painting import box_painter, color, px
from app.ui.controls.scrolling import ClearScroll
from app.ui.plots.filter_grid import round_up
from app.ui.plots.map_figures import precise
from app.ui.plots.place_map import PlaceMap
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.products_grid import ProductsGrid
from app.ui.plots.written_out import Digits, arithmetic, digits_of, input_words, result_text

if TYPE_CHECKING:
    from app.diagnostics.microscope import Workings


class MicroscopePlot(Plot):
    """Passive.

    Signals:
        place_chosen(row, column): another place of the shown map is wanted, from 0.
    """

    place_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inside.microscope")
        self.setAccessibleName("How one number of the map comes about")
        self._found: Workings | None = None
        self._digits = Digits()
        self.map = PlaceMap("inside.microscope.map", "Output map: choose a number", choosing=True)
        self.map.place_chosen.connect(self.place_chosen)
        self.map.pointed.connect(self._pointed_map)
        self.input = PlaceMap("inside.microscope.input", "Input of the layer", choosing=False)
        self.input.pointed.connect(self._pointed_input)
        self.products = ProductsGrid("inside.microscope.products")
        self.products.chosen.connect(lambda _: self._show_plane())
        self.products.pointed.connect(self._pointed_products)
        self.caption = Label("", "body", elide=True)
        self.caption.setObjectName("inside.microscope.caption")
        self.arithmetic = Label("", "formula", wrap=True)
        self.arithmetic.setObjectName("inside.microscope.arithmetic")
        self.arithmetic.setAccessibleName("Arithmetic")
        self._arrange()

    def _arrange(self) -> None:
        self.arithmetic.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.arithmetic.setContentsMargins(px(8), 0, px(8), 0)
        scroll = ClearScroll("inside.microscope.scroll", "Arithmetic", by_key=True)
        scroll.setWidget(self.arithmetic)
        maps = QVBoxLayout()
        maps.setSpacing(px(8))
        maps.addWidget(self.input, 1)
        maps.addWidget(self.map, 1)
        beside = QVBoxLayout()
        beside.setSpacing(px(8))
        beside.addWidget(self.products, 3)
        beside.addWidget(scroll, 2)
        scroll.setMinimumHeight(px(120))
        row = QHBoxLayout()
        row.setSpacing(px(12))
        row.addLayout(maps, 2)
        row.addLayout(beside, 5)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(4), 0, px(4), 0)
        column.setSpacing(px(4))
        column.addLayout(row, 1)
        column.addWidget(self.caption)

    def show_workings(self, found: "Workings") -> None:
        """Show how a number comes about."""
        self._found = found
        self.products.show_workings(found)
        row, column = map_place(found)
        title = f"{found.layer_id}, map {found.channel + 1}: choose a number"
        limit = round_up(float(np.abs(found.map).max()))
        self.map.show_values(found.map, limit, title, (row, column))
        self._show_plane()

    @property
    def found(self) -> "Workings | None":
        """What is shown."""
        return self._found

    def table(self) -> PlotTable:
        """Every number under the window, and what becomes of it."""
        found = self._found
        if found is None:
            return PlotTable("Microscope", ("plane", "row", "column", "input"), ())
        title = f"{found.layer_id}, map {found.channel + 1}, {place_words(found)}"
        rows: list[tuple[object, ...]] = []
        weighing = found.weighing
        for at, value in np.ndenumerate(found.patch):
            plane, row, column = at
            place = (found.planes[plane], row + 1, column + 1)
            inside = "no" if found.outside[at] else "yes"
            weighed: tuple[float, ...] = ()
            if weighing is not None:
                weighed = (float(weighing.filter[at]), float(weighing.products[at]))
            rows.append((*place, inside, float(value), *weighed))
        more = () if weighing is None else ("weight", "product")
        headers = ("plane", "row", "column", "in the input", "input", *more)
        return PlotTable(title, headers, tuple(rows))

    # ---- words
    def _show_plane(self) -> None:
        found = self._found
        if found is None:
            return
        plane = self.products.current
        values = found.inputs[plane]
        limit = round_up(float(np.abs(found.inputs).max()))
        self.input.show_values(values, limit, f"Input of the layer, {found.planes[plane]}")
        self.input.show_window(found.rows, found.columns)
        self._digits = digits_of(found, plane)
        self.products.show_digits(self._digits)
        text = arithmetic(found, plane)
        self.arithmetic.setText(text)
        self.arithmetic.setAccessibleDescription(text)
        self.products.setAccessibleDescription(text)
        self._describe()

    def _describe(self) -> None:
        found = self._found
        if found is not None:
            text = f"Map {found.channel + 1}, {place_words(found)}: "
            text += result_text(found, found.value, self._digits)
            channels = len({name.split(",")[0] for name in found.planes})
            missing = int(found.outside.sum()) // channels
            if missing:
                text += f"; {missing} places under the window meet no input and count "
                text += "as 0" if found.weighing is not None else "nothing"
            self.caption.setText(text)
            self.map.setAccessibleDescription(text)

    def _pointed_map(self, row: int, column: int) -> None:
        if row < 0 or self._found is None:
            self._describe()
            return
        value = float(self._found.map[row, column])
        self.caption.setText(f"Output, row {row + 1}, column {column + 1}: {precise(value)}")

    def _pointed_input(self, row: int, column: int) -> None:
        if row < 0 or self._found is None:
            self._describe()
            return
        value = float(self._found.inputs[self.products.current][row, column])
        self.caption.setText(f"Input, row {row + 1}, column {column + 1}: {precise(value)}")

    def _pointed_products(self, plane: int, row: int, column: int) -> None:
        found = self._found
        if plane < 0 or found is None:
            self._describe()
            return
        at = (plane, row, column)
        where = "no input here"
        if not found.outside[at]:
            where = f"input {input_words(found, row, column)}"
        value = float(found.patch[at])
        digits = self._digits
        text = f"{found.planes[plane].capitalize()}, {where}: {digits.term(value)}"
        if found.weighing is not None:
            weight = float(found.weighing.filter[at])
            text += f" × {digits.term(weight)} = {digits.product(value, weight)}"
        self.caption.setText(text)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))


def map_place(found: "Workings") -> tuple[int, int]:
    """Row and column in the drawn map."""
    column = found.place[-1] if found.place else 0
    return (found.place[-2] if found.map.shape[0] > 1 else 0), column


def place_at(found: "Workings", row: int, column: int) -> tuple[int, ...]:
    """The place in the output that is drawn at a row and a column of the map."""
    if found.map.shape[0] > 1:
        return (*found.place[:-2], row, column)
    return (*found.place[:-1], column) if found.place else ()


def place_words(found: "Workings") -> str:
    """Where the number stands, counted from 1."""
    names = {1: ("step",), 2: ("row", "column"), 3: ("slice", "row", "column")}
    words = names.get(len(found.place), ())
    told = ", ".join(f"{name} {at + 1}" for name, at in zip(words, found.place, strict=True))
    return told or "the whole map"
