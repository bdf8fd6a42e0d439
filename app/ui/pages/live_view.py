"""One live view into the network at a time: filters, decision boundary, dead units."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.ui.controls import EmptyState, PanelHeader, SegmentedControl
from app.ui.plots.boundary_view import BoundaryView
from app.ui.plots.dead_units_view import DeadUnitsView
from app.ui.plots.filter_grid import FilterGrid
from app.ui.window.surface import Surface

VIEWS = (("filters", "Filters"), ("boundary", "Boundary"), ("dead_units", "Dead units"))


class LiveView(Surface):
    """Passive.

    Signals:
        view_chosen(str): "filters", "boundary" or "dead_units".
        seen(bool): it came to the front with its page, or went.
    """

    view_chosen = Signal(str)
    seen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", (), parent)
        self.setObjectName("live")
        self.chooser = SegmentedControl(list(VIEWS), small=True)
        self.chooser.setObjectName("live.view")
        self.chooser.setAccessibleName("What is shown live")
        self.chooser.chosen.connect(lambda value: self.view_chosen.emit(str(value)))
        self._header = PanelHeader("Live view")
        self._header.add_corner(self.chooser)
        self.filters = FilterGrid()
        self.boundary = BoundaryView()
        self.dead_units = DeadUnitsView()
        self._empty = EmptyState("inside", "")
        self._empty.setObjectName("live.empty")
        self._stack = QStackedWidget()
        self._stack.setObjectName("live.stack")
        for widget in (self.filters, self.boundary, self.dead_units, self._empty):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(self._stack, 1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)

    def show_view(self, name: str, empty: str = "", subject: str = "") -> None:
        """Bring the view `name` to the front, or the sentence `empty` while it has nothing to
        show.
        """
        self.chooser.set_current(name)
        self._header.set_subtitle(subject)
        if empty:
            self._empty.sentence.setText(empty)
            self._empty.setAccessibleName(empty)
            self._stack.setCurrentWidget(self._empty)
            return
        views = {"filters": self.filters, "boundary": self.boundary, "dead_units": self.dead_units}
        self._stack.setCurrentWidget(views[name])
