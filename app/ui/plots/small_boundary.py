"""A decision boundary as a small picture: the field and the samples, without axes."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.plots.boundary_plot import BoundaryPlot
from app.ui.plots.boundary_view import points_of
from app.ui.plots.boundary_words import (
    boundary_table,
    nearest_point,
    title_of,
    value_range,
    verdict_at,
)
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
        self.plot.value_range = value_range(boundary, self.plot.points)
        self.setAccessibleName(title_of(boundary))
        self.plot.setAccessibleName(f"{title_of(boundary)}, plot")
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
        return verdict_at(boundary, self.plot.class_names, *nearest_point(boundary, x, y))

    def table(self) -> PlotTable:
        """What the network says at each point of the grid."""
        return boundary_table(self.plot.boundary, self.plot.names, self.plot.class_names)
