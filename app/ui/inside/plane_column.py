"""The right column of the advisor for data with two features: what the network answers over the
plane, before and after a remedy, and what each unit answers.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui.controls import ComboBox, IconButton, Label, Panel
from app.ui.controls.painting import px
from app.ui.plots.plot_menu import PlotMenu
from app.ui.plots.plot_panel import PlotPanel
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
        self._names: tuple[str, ...] = ()
        self.now = _Pictured("advisor.boundary")
        self.before = _Pictured("advisor.boundary.before")
        self.before.hide()
        self.boundaries = Panel("Decision boundary", " ")
        self.more_button = IconButton("more", "Table, pictures, copy", size=24, icon_size=16)
        self.more_button.setObjectName("advisor.boundary.more")
        self.more_button.setAccessibleName("Decision boundary: table, pictures, copy")
        self.more_button.clicked.connect(self._open_menu)
        self.boundaries.add_corner(self.more_button)
        self._menu: PlotMenu | None = None
        both = QHBoxLayout()
        both.setSpacing(px(8))
        both.addWidget(self.before, 1)
        both.addWidget(self.now, 1)
        self.boundaries.body.addLayout(both, 1)
        self.units = UnitGrid("advisor.units")
        self.layers = ComboBox([])
        self.layers.setObjectName("advisor.units.layer")
        self.layers.setMinimumWidth(px(112))
        self.layers.setAccessibleName("Layer whose units are shown")
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
        if names != self._names:
            self._names = names
            self.layers.set_options([(name, name) for name in names])
        if current is not None and self.layers.current() != current:
            self.layers.set_current(current)

    def show_now(
        self, boundary: "Boundary", data: "PreparedData", run: str, value: str, task: str
    ) -> None:
        self.now.view.show_boundary(boundary, data)
        self.now.show_words(run, value)
        assert self.boundaries.header is not None
        regression = boundary.task == "regression"
        self.boundaries.header.set_title("Fitted surface" if regression else "Decision boundary")
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

    def _open_menu(self) -> None:
        if self._menu is None:
            self._menu = PlotMenu(self.now.view, "advisor.boundary.panel")
            self._menu.add_saving()
        below = self.more_button.rect().bottomLeft()
        self._menu.popup(self.more_button.mapToGlobal(below))
