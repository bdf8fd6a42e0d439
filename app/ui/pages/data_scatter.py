"""Two columns of the data against each other."""

import numpy as np
import pyqtgraph
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.data.preview import Preview
from app.ui.controls import ComboBox, Label
from app.ui.controls.painting import color, px
from app.ui.pages.data_numbers import class_color, names_apart, short_name
from app.ui.plots.legend import Legend, LegendEntry
from app.ui.plots.markers import series_style
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.tokens import PLOT_SYMBOLS

LONGEST_LABEL = 32
LARGER = {"diamond": 12, "star": 11}
"""Sizes in px of the markers that would look smaller than the others."""
STROKES = ("plus", "cross", "bar")
"""Markers so thin that a white edge would leave nothing of them."""


class ScatterView(Plot):
    """Two columns against each other, coloured by class."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.scatter_view")
        self._preview: Preview | None = None
        self._across, self._up = ComboBox([("0", "")]), ComboBox([("0", "")])
        for box, name in ((self._across, "across"), (self._up, "up")):
            box.setObjectName(f"data.scatter.{name}")
            box.setAccessibleName(f"Column drawn {name}")
            box.chosen.connect(lambda _value: self._draw())
        self._plot = pyqtgraph.PlotWidget(background=None)
        self._plot.setObjectName("data.scatter")
        self._plot.setAccessibleName("Scatter plot")
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(False, False)  # there is nothing that would bring all back
        self._plot.hideButtons()
        # Labels of the outermost ticks reach beyond the axes.
        self._plot.getPlotItem().layout.setContentsMargins(0, px(10), px(24), 0)
        row = QHBoxLayout()
        row.setContentsMargins(px(16), px(8), px(16), 0)
        row.addWidget(Label("across", "body", "muted"))
        row.addWidget(self._across)
        row.addSpacing(px(12))
        row.addWidget(Label("up", "body", "muted"))
        row.addWidget(self._up)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, px(8))
        self.legend = Legend(what="Classes")
        self.legend.setObjectName("data.scatter.legend")
        names = QHBoxLayout()
        names.setContentsMargins(px(16), px(4), px(16), px(4))
        names.addWidget(self.legend)
        names.addStretch(1)
        column.addLayout(row)
        column.addLayout(names)
        column.addWidget(self._plot, 1)

    def show_preview(self, preview: Preview) -> None:
        self._preview = preview
        entries = [
            (str(n), c.name)
            for n, c in enumerate(preview.columns)
            if not c.classes and c.role != "ignored"
        ]
        for box, wanted in ((self._across, 0), (self._up, min(1, len(entries) - 1))):
            before = box.current()
            box.set_options(entries)
            known = [value for value, _ in entries]
            box.set_current(before if before in known else known[wanted])
        if len(entries) > 1 and self._across.current() == self._up.current():
            self._up.set_current(next(v for v, _ in entries if v != self._across.current()))
        self._draw()

    def choose(self, across: str, up: str) -> None:
        """Draw the columns with these names, as far as they are shown."""
        for box, name in ((self._across, across), (self._up, up)):
            row = box.findText(name)
            if row >= 0:
                box.set_current(box.itemData(row))
        self._draw()

    def table(self) -> PlotTable:
        """The samples that are drawn: their numbers, both columns, and the class where there are
        classes.
        """
        preview = self._preview
        if preview is None or not preview.columns:
            return PlotTable("Scatter", (), ())
        chosen = self._chosen()
        classes = preview.columns[0].classes
        headers = ["sample", *(preview.columns[number].name for number in chosen)]
        rows: list[list[object]] = [
            [int(sample), *(float(preview.cells[row, number]) for number in chosen)]
            for row, sample in enumerate(preview.rows)
        ]
        if classes:
            headers.append(preview.columns[0].name)
            for row, label in zip(rows, preview.labels, strict=True):
                row.append(classes[int(label)] if label >= 0 else "")
        return PlotTable("Scatter", tuple(headers), tuple(map(tuple, rows)))

    def _chosen(self) -> tuple[int, int]:
        return int(str(self._across.current())), int(str(self._up.current()))

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange and hasattr(self, "_plot"):
            self._draw()

    def _draw(self) -> None:
        preview, item = self._preview, self._plot.getPlotItem()
        item.clear()
        self._plot.setBackground(color("panel"))
        if preview is None or not preview.columns:
            return
        first, second = self._chosen()
        for side, number in (("bottom", first), ("left", second)):
            axis = item.getAxis(side)
            axis.setPen(color("control_border"))
            axis.setTextPen(color("muted"))
            axis.setLabel(short_name(preview.columns[number].name, LONGEST_LABEL))
        classes = preview.columns[0].classes
        self.legend.setVisible(bool(classes))
        self.legend.show_entries(
            [
                LegendEntry(name, class_color(n).name(), 0, series_style(n)[1])
                for n, name in enumerate(names_apart(classes))
            ]
        )
        for number in range(max(len(classes), 1)):
            chosen = preview.labels == number if classes else np.ones(len(preview.rows), bool)
            marker, tint = series_style(number)[1], class_color(number)
            edge = {"color": tint, "width": 1.5} if marker in STROKES else {"color": "w"}
            item.addItem(
                pyqtgraph.ScatterPlotItem(
                    x=preview.cells[chosen, first],
                    y=preview.cells[chosen, second],
                    symbol=PLOT_SYMBOLS[marker],
                    size=px(LARGER.get(marker, 8)),
                    brush=tint,
                    pen=pyqtgraph.mkPen(**edge),
                )
            )
