"""A decision boundary as a small picture: the field and the samples, without axes."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.plots.axis import nice_range, value_text
from app.ui.plots.boundary_plot import BoundaryPlot
from app.ui.plots.boundary_view import points_of
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable

if TYPE_CHECKING:
    from app.data.prepared import PreparedData
    from app.diagnostics.boundary import Boundary

WIDEST, HIGHEST = 1.7, 1.1
"""The most that width is of height, and height of width."""


class _BarePlot(BoundaryPlot):
    """As large as its place, without axes and scale."""

    def plot_rect(self) -> QRectF:
        room = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        width = min(room.width(), WIDEST * room.height())
        height = min(room.height(), HIGHEST * width)
        left = room.left() + (room.width() - width) / 2
        return QRectF(left, room.top() + (room.height() - height) / 2, width, height)

    def _has_scale(self) -> bool:
        return False

    def _paint_axes(self, painter: QPainter, rect: QRectF) -> None:
        pass


class SmallBoundary(Plot):
    """What the network says over the plane of two features, with the samples on it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Decision boundary")
        self.plot = _BarePlot(self)
        self.plot.setObjectName(f"{name}.plot")
        self.plot.setAccessibleName("Decision boundary, plot")
        self._data: PreparedData | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot, 1)

    @property
    def boundary(self) -> "Boundary | None":
        """What is shown."""
        return self.plot.boundary

    def show_boundary(self, boundary: "Boundary", data: "PreparedData") -> None:
        """Show what the network says and the samples of the training and validation part."""
        if data is not self._data:
            self._data = data
            self.plot.points = points_of(data)
        self.plot.names = tuple(data.summary.feature_names) or ("x1", "x2")
        self.plot.class_names = data.summary.class_names
        self.plot.value_range = (0.0, 1.0)
        if boundary.task == "regression":
            values = boundary.values[np.isfinite(boundary.values)]
            if values.size:
                self.plot.value_range = nice_range(float(values.min()), float(values.max()))
        self.plot.show_field(boundary)
        told = [
            f"{name}: {self.plot.class_style(n)[0]}"
            for n, name in enumerate(data.summary.class_names)
        ]
        self.plot.setAccessibleDescription(", ".join(told))

    def reading(self, x: float, y: float) -> str:
        """What the network says there, in words; "" off the picture."""
        boundary = self.plot.boundary
        if boundary is None or np.isnan(x) or np.isnan(y):
            return ""
        row, column = int(np.abs(boundary.y - y).argmin()), int(np.abs(boundary.x - x).argmin())
        if boundary.classes is None or boundary.confidence is None:
            return value_text(float(boundary.values[row, column, 0]))
        number = int(boundary.classes[row, column])
        names = self.plot.class_names
        name = names[number] if number < len(names) else f"class {number}"
        return f"{name} {value_text(float(boundary.confidence[row, column]))}"

    def table(self) -> PlotTable:
        """What the network says at each point of the grid."""
        boundary = self.plot.boundary
        if boundary is None:
            return PlotTable("Decision boundary", (), ())
        outputs = boundary.values.shape[-1]
        headers = (*self.plot.names[:2], *(f"output {n + 1}" for n in range(outputs)))
        rows = tuple(
            (float(x), float(y), *(float(v) for v in boundary.values[row, column]))
            for row, y in enumerate(boundary.y)
            for column, x in enumerate(boundary.x)
        )
        return PlotTable("Decision boundary", headers, rows)
