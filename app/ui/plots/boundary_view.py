"""What the network says all over the plane of two features, or along one, with the data on it."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtGui import QContextMenuEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.controls import CheckBox, Label, plain_tool_tip
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.axis import value_text
from app.ui.plots.boundary_plot import BoundaryPlot
from app.ui.plots.boundary_words import (
    boundary_table,
    meaning_of,
    nearest_point,
    title_of,
    value_range,
    verdict_at,
)
from app.ui.plots.plane import PlanePoints
from app.ui.plots.plot_menu import Plot, PlotMenu
from app.ui.plots.plot_table import PlotTable

if TYPE_CHECKING:
    from app.data.prepared import PreparedData
    from app.diagnostics.boundary import Boundary, UnitResponses
    from app.diagnostics.plane_of_features import Plane

MOST_POINTS = 2000
"""Of each part; more are thinned evenly."""


class BoundaryView(Plot):
    """Decision boundary (classes), fitted curve or surface (regression).

    Training points are filled, validation points hollow. Two classes: orange squares and blue
    circles; more: the
    series colours with their markers.
    """

    def __init__(self, parent: QWidget | None = None, name: str = "boundary") -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Decision boundary")
        self._data: PreparedData | None = None
        self._plane: Plane | None = None
        self._unit = ""
        self.tells_note = True
        """Whether the caption tells what kind of plane it is while the pointer is away."""
        self.plot = BoundaryPlot(self)
        self.plot.setObjectName(f"{name}.plot")
        self.plot.setAccessibleName("Decision boundary, plot")
        self.plot.pointed.connect(self._pointed)
        self.caption = Label("", "caption", "muted", elide=True)
        self.caption.setObjectName(f"{name}.caption")
        self.caption.setMinimumWidth(1)
        self.training_box = CheckBox("training")
        self.training_box.setObjectName(f"{name}.training")
        self.training_box.setAccessibleName("Show training samples")
        self.validation_box = CheckBox("validation")
        self.validation_box.setObjectName(f"{name}.validation")
        self.validation_box.setAccessibleName("Show validation samples")
        for box in (self.training_box, self.validation_box):
            box.setChecked(True)
            box.toggled.connect(self._choose_parts)
        self._menu = PlotMenu(self, name)
        self._menu.add_saving()
        strip = QHBoxLayout()
        strip.setContentsMargins(px(24), 0, px(16), px(4))
        strip.setSpacing(px(12))
        strip.addWidget(self.caption, 1)
        strip.addWidget(self.training_box)
        strip.addWidget(self.validation_box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.plot, 1)
        column.addLayout(strip)

    def show_boundary(self, boundary: "Boundary", data: "PreparedData") -> None:
        """Show what the network says and the samples of the training and validation part."""
        self._unit, self.plot.of_unit = "", False
        self._take(boundary, data)
        self.plot.value_range = value_range(boundary, self.plot.points)
        self.plot.show_field(boundary)
        self._describe()

    def show_unit(
        self, responses: "UnitResponses", number: int, limit: float, data: "PreparedData"
    ) -> None:
        """Show what one unit of a layer puts out, large.

        Args:
            number: of the unit, from 0.
            limit: the scale ends so far below and above the middle.
        """
        from app.diagnostics.boundary import Boundary
        from app.diagnostics.readings import Verdicts

        self._unit, self.plot.of_unit = f"unit {number + 1} of {responses.layer_id}", True
        verdicts = Verdicts("number", responses.values[number][..., None], None, None)
        field = Boundary(
            "regression", responses.bounds, responses.x, responses.y, verdicts, responses.plane
        )
        self._take(field, data)
        self.plot.value_range = responses.middle - limit, responses.middle + limit
        self.plot.show_field(field)
        self._describe()

    def _take(self, boundary: "Boundary", data: "PreparedData") -> None:
        if data is not self._data or boundary.plane is not self._plane:
            self._data, self._plane = data, boundary.plane
            self.plot.points = points_of(data, boundary.plane)
        self.plot.names = self._axis_names(boundary, data)
        self.plot.class_names = data.summary.class_names

    def table(self) -> PlotTable:
        """What the network says at each point of the grid."""
        return boundary_table(
            self.plot.boundary, self.plot.names, self.plot.class_names, self._unit
        )

    def _axis_names(self, boundary: "Boundary", data: "PreparedData") -> tuple[str, str]:
        summary = data.summary
        features = (*summary.feature_names, "x1", "x2")
        if boundary.plane is not None:
            features = boundary.plane.names
        if boundary.features == 2:
            return features[0], features[1]
        if self._unit:
            return features[0], self._unit
        if boundary.task == "regression":
            return features[0], next(iter(summary.target_names), "target")
        names = summary.class_names
        what = meaning_of(boundary)
        return features[0], f"{what} of {names[1]}" if len(names) == 2 else what

    def _choose_parts(self) -> None:
        boxes = {"training": self.training_box, "validation": self.validation_box}
        self.plot.shown_parts = {name for name, box in boxes.items() if box.isChecked()}
        self.plot.update()

    def _pointed(self, x: float, y: float) -> None:
        boundary = self.plot.boundary
        if boundary is None or np.isnan(x):
            self._describe()
            return
        place = f"{self.plot.names[0]} {value_text(x)}"
        if boundary.features == 2:
            place += f", {self.plot.names[1]} {value_text(y)}"
        said = verdict_at(boundary, self.plot.class_names, *nearest_point(boundary, x, y))
        self.caption.setText(f"{place}: {said}")
        self.plot.setAccessibleDescription(self.caption.text())

    def _describe(self) -> None:
        boundary = self.plot.boundary
        if boundary is not None:
            title = f"Response of {self._unit}" if self._unit else title_of(boundary)
            self.setAccessibleName(title)
            self.plot.setAccessibleName(f"{title}, plot")
        text = ""
        if boundary is not None and self.plot.class_names:
            names = self.plot.class_names
            marks = [f"{name}: {self.plot.class_style(n)[0]}" for n, name in enumerate(names)]
            text = ", ".join(marks)
            self.plot.setToolTip(plain_tool_tip(text) if len(marks) > 4 else "")
        pointless = self.plot.of_unit and boundary is not None and boundary.features == 1
        self.training_box.setVisible(not pointless)
        self.validation_box.setVisible(not pointless)
        note = boundary.plane.note if boundary is not None and boundary.plane is not None else ""
        self.caption.setText(note if self.tells_note else "")
        self.plot.setAccessibleDescription(" ".join(part for part in (text, note) if part))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self._menu.popup(event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            if hasattr(self, "plot"):
                self.plot.forget_pictures()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))


def points_of(data: "PreparedData", plane: "Plane | None" = None) -> tuple[PlanePoints, ...]:
    """The training and validation samples, never the test part: where they lie on `plane`, or in
    raw units.
    """
    found = []
    for name in ("training", "validation"):
        part = data.part(name)
        rows: np.ndarray | slice = slice(None)
        if plane is None:
            places = np.asarray(data.raw[part.rows], dtype=float)
        else:
            placed = next(one for one in plane.samples if one.part == name)
            rows, places = placed.rows, placed.places
        y = np.asarray(part.y)[rows]
        if data.summary.task == "regression":
            targets = np.asarray(y, dtype=float).reshape(len(y), -1)[:, 0]
            points = PlanePoints(name, places, None, targets)
        else:
            points = PlanePoints(name, places, y.reshape(-1), None)
        found.append(points.thinned(MOST_POINTS))
    return tuple(found)
