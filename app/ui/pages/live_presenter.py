"""Asks the engine for what the live view shows, no more often than it can be shown."""

from PySide6.QtCore import QObject

from app.core.frozen import FrozenMap
from app.core.resolved_project import ResolvedProject
from app.diagnostics.boundary import Boundary
from app.diagnostics.filters import FilterBank
from app.ui.data_feed import DataFeed
from app.ui.pages.live_view import LiveView
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl

_NOTHING_YET = {
    "filters": "Press Train: the learned filters appear here and change while it learns.",
    "boundary": "Press Train: the decision boundary appears here and bends while it learns.",
    "dead_units": "Press Train: units that never fire are marked here after each epoch.",
}
_NO_ANSWER = {
    "filters": "This network has no filters to show: add a convolution, or a dense layer right "
    "behind pictures.",
    "boundary": "The boundary is drawn for data with one or two features; these have more.",
    "dead_units": "No layer of this network has an activation that can die, such as ReLU.",
}


class LivePresenter(QObject):
    """One question at a time is under way; the next is asked when it is answered and there is
    something new.
    """

    def __init__(
        self,
        view: LiveView,
        document: ProjectDocument,
        feed: DataFeed,
        run: RunControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._document = document
        self._feed = feed
        self._run = run
        self._layer: str | None = None
        self._channel = 0
        self._asked = False
        self._stale = False
        self._name = "filters"
        view.view_chosen.connect(self.choose)
        view.filters.channel_chosen.connect(self._channel_chosen)
        run.history_changed.connect(self.refresh)
        run.health_changed.connect(self._show_dead_units)
        run.run_ended.connect(self.refresh)
        run.state_changed.connect(self._state_changed)
        self._show_empty(_NOTHING_YET)

    def choose(self, name: str) -> None:
        """Bring another view to the front."""
        self._name = name
        self._show_empty(_NOTHING_YET)
        self.refresh()
        if name == "dead_units":
            self._show_dead_units()

    def choose_for(self, resolved: ResolvedProject) -> None:
        """The view that says most about these data."""
        flat = resolved.summary.input_shape
        self._layer = None
        self.choose(
            "boundary"
            if len(flat) == 1 and flat[0] <= 2
            else "filters"
            if resolved.summary.pictures
            else "dead_units"
        )

    def show_layer(self, layer_id: str | None) -> None:
        """Look at this layer, where the view is one of a layer."""
        if layer_id != self._layer:
            self._layer = layer_id
            self._channel = 0
            if self._name == "filters":
                self.refresh()

    def refresh(self) -> None:
        """Ask for the view in front, now or when the last question is answered."""
        if self._run.record is None:
            self._asked = self._stale = False
            self._show_empty(_NOTHING_YET)
            return
        if self._name == "dead_units" or not self._run.has_model:
            return
        if self._asked:
            self._stale = True
            return
        self._asked = True
        self._stale = False
        if self._name == "filters":
            options = FrozenMap(channel=self._channel)
            self._run.ask("filters", self._filters_came, self._layer, options)
        else:
            self._run.ask("boundary", self._boundary_came, None, FrozenMap(resolution=64))

    def _filters_came(self, result: object) -> None:
        if self._name == "filters":
            if isinstance(result, FilterBank):
                self._view.filters.show_filters(result)
                self._view.show_view("filters")
            else:
                self._show_empty(_NO_ANSWER)
        self._answered()

    def _boundary_came(self, result: object) -> None:
        if self._name == "boundary":
            data = self._feed.prepared
            if isinstance(result, Boundary) and data is not None:
                self._view.boundary.show_boundary(result, data)
                self._view.show_view("boundary")
            else:
                self._show_empty(_NO_ANSWER)
        self._answered()

    def _answered(self) -> None:
        self._asked = False
        if self._stale:
            self.refresh()

    def _show_dead_units(self) -> None:
        health = self._run.health
        if health is not None and health.dead_units:
            # Told of every epoch, in front or not: it remembers the shares of the run.
            self._view.dead_units.show_census(health.epoch, health.dead_units)
        if self._name != "dead_units":
            return
        if health is None:
            self._show_empty(_NOTHING_YET)
        elif not health.dead_units:
            self._show_empty(_NO_ANSWER)
        else:
            self._view.show_view("dead_units")

    def _channel_chosen(self, channel: int) -> None:
        self._channel = channel
        self.refresh()

    def _state_changed(self) -> None:
        if not self._run.state.active:
            self._asked = False

    def _show_empty(self, sentences: dict[str, str]) -> None:
        self._view.show_view(self._name, sentences[self._name])
