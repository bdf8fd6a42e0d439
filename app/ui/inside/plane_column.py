"""The right column of the advisor for data with two features: what the network answers over the
plane, before and after a remedy, and what each unit answers.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.controls import Label, Panel
from app.ui.controls.painting import px
from app.ui.inside.choosers import offer, small_chooser
from app.ui.plots.boundary_words import title_of
from app.ui.plots.plot_panel import PlotButton, PlotPanel
from app.ui.plots.small_boundary import SmallBoundary
from app.ui.plots.unit_grid import UnitGrid

if TYPE_CHECKING:
    from app.data.prepared import PreparedData
    from app.diagnostics.boundary import Boundary, UnitResponses


class _Pictured(QWidget):
    """A boundary with a line of words below."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.view = SmallBoundary(name, self)
        self.view.plot.pointed.connect(self._pointed)
        self._told = ""
        self.run = Label("", "caption_strong", elide=True)
        self.run.setObjectName(f"{name}.run")
        self.value = Label("", "caption", "muted")
        row = QHBoxLayout()
        row.addWidget(self.run, 1)
        row.addWidget(self.value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(2))
        column.addWidget(self.view, 1)
        column.addLayout(row)

    def show_words(self, run: str, value: str) -> None:
        self._told = value
        self.run.setText(run)
        self.value.setText(value)

    def _pointed(self, x: float, y: float) -> None:
        self.value.setText(self.view.reading(x, y) or self._told)


class PlaneColumn(QWidget):
    """Passive.

    Signals:
        layer_chosen(str): units of this layer are wanted.
    """

    layer_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.now = _Pictured("advisor.boundary")
        self.before = _Pictured("advisor.boundary.before")
        self.before.hide()
        self.boundaries = Panel("Decision boundary", " ")
        self.more_button = PlotButton("advisor.boundary")
        self.more_button.set_plot(self.now.view)
        self.boundaries.add_corner(self.more_button)
        both = QHBoxLayout()
        both.setSpacing(px(8))
        both.addWidget(self.before, 1)
        both.addWidget(self.now, 1)
        self.boundaries.body.addLayout(both, 1)
        self.units = UnitGrid("advisor.units")
        self.layers = small_chooser("advisor.units.layer", "Layer whose units are shown")
        self.layers.chosen.connect(lambda value: self.layer_chosen.emit(str(value)))
        self.responses = PlotPanel("Response of each unit", "", self.units)
        self.responses.add_corner(self.layers)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(16))
        column.addWidget(self.boundaries, 1)
        column.addWidget(self.responses, 1)

    def show_layers(self, names: tuple[str, ...], current: str | None) -> None:
        """Which layers have units to show."""
        self.responses.setVisible(bool(names))
        offer(self.layers, [(name, name) for name in names])
        if current is not None and self.layers.current() != current:
            self.layers.set_current(current)

    def show_now(
        self, boundary: "Boundary", data: "PreparedData", run: str, value: str, task: str
    ) -> None:
        self.now.view.show_boundary(boundary, data)
        self.now.show_words(run, value)
        assert self.boundaries.header is not None
        title = title_of(boundary)
        self.boundaries.header.set_title(title)
        self.more_button.set_subject(title)
        self.now.show()
        self.boundaries.header.set_subtitle(task)

    def show_before(
        self, boundary: "Boundary | None", data: "PreparedData", run: str, value: str
    ) -> None:
        """The same of the run before the remedy; None: there is none to compare with."""
        self.before.setVisible(boundary is not None)
        if boundary is not None:
            self.before.view.show_boundary(boundary, data)
            self.before.show_words(run, value)

    def show_units(self, responses: "UnitResponses", names: tuple[str, ...]) -> None:
        self.units.show_responses(responses, names)
        self.units.show()

    def forget(self) -> None:
        """What is shown belongs to another run: not to be seen until there is more."""
        for widget in (self.now, self.before, self.units):
            widget.hide()
