"""Asks the engine for what the live view shows, no more often than it can be shown."""

from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtCore import QObject

from app.core.frozen import FrozenMap
from app.core.layer_kinds.activation_layers import KINDS as ACTIVATION_KINDS
from app.core.project import Project
from app.core.resolved_project import ResolvedProject
from app.diagnostics.boundary import Boundary, UnitResponses
from app.diagnostics.filters import FilterBank
from app.diagnostics.no_answer import NoAnswer
from app.training.events import ProbeRequest
from app.ui.data_feed import DataFeed
from app.ui.pages.live_view import LiveView
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl

RESOLUTION = 64
"""Points along each side of the decision boundary."""
MOST_PICTURED_LAYERS = 8
UNIT_RESOLUTION = 16
"""Points along each side of the small pictures of what a unit says over the plane."""

_WITH_UNITS = frozenset({"Dense", *(kind.name for kind in ACTIVATION_KINDS)})

_NOTHING_YET = {
    "filters": "Press Train: the learned filters appear here and change while it learns.",
    "boundary": "Press Train: the decision boundary appears here and bends while it learns.",
    "dead_units": "Press Train: units that never fire are marked here after each epoch.",
}
_PREPARING = dict.fromkeys(_NOTHING_YET, "The training is being prepared…")
_COMES_BACK = dict.fromkeys(_NOTHING_YET, "The saved training is being brought back…")
_NOT_BACK = dict.fromkeys(_NOTHING_YET, "The saved training is not back yet; see Problems.")
_NO_ANSWER = {
    "filters": "This network has no filters to show: add a convolution, or a dense layer right "
    "behind pictures.",
    "boundary": "The network could not be asked all over a plane; press Train again.",
    "dead_units": "No layer of this network has an activation that can die, such as ReLU.",
}
_OTHER_DATA = "The data were changed since this run: press Train to see a boundary in them."


class LivePresenter(QObject):
    """One question at a time is under way; the next is asked when it is answered and there is
    something new. While the view is not seen nothing is asked, and once when it is seen again.
    """

    def __init__(
        self,
        view: LiveView,
        document: ProjectDocument,
        feed: DataFeed,
        run: RunControl,
        show_units: Callable[[Mapping[str, np.ndarray]], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view = view
        self._document = document
        self._feed = feed
        self._run = run
        self._show_units = show_units
        self._layer: str | None = None
        self._channel = 0
        self._initial = False
        self._asked = False
        self._stale = False
        self._name = "filters"
        run.first_questions = self._questions
        view.seen.connect(self._seen)
        view.view_chosen.connect(self.choose)
        view.filters.channel_chosen.connect(self._channel_chosen)
        view.filters.initial_chosen.connect(self._initial_chosen)
        run.history_changed.connect(self.refresh)
        run.health_changed.connect(self._show_dead_units)
        run.run_ended.connect(self.refresh)
        run.run_ended.connect(self._show_dead_units)
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
        self._show_units({})
        self.choose(
            "boundary"
            if len(flat) == 1 and flat[0] <= 2 and resolved.summary.known
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
        if self._run.record is None or not self._run.has_model:
            self._asked = self._stale = False
            self._show_units({})
            self._show_empty(self._nothing_yet())
            return
        if self._name == "dead_units" or not self._run.has_model:
            return
        if not self._view.isVisible():
            return
        if self._asked:
            self._stale = True
            return
        self._asked = True
        self._stale = False
        if self._name == "filters":
            self._ask_filters(self._layer)
        else:
            self._run.questions.ask(
                "boundary", self._boundary_came, None, FrozenMap(resolution=RESOLUTION)
            )

    def _seen(self, seen: bool) -> None:
        if seen:
            self.refresh()

    def _nothing_yet(self) -> dict[str, str]:
        """Why there is no model to look into."""
        if self._run.state.trains:
            return _PREPARING
        if self._run.comes_back:
            return _COMES_BACK if self._run.state.active else _NOT_BACK
        return _NOTHING_YET

    def _ask_filters(self, layer_id: str | None) -> None:
        self._run.questions.ask(
            "filters",
            lambda found: self._filters_came(layer_id, found),
            layer_id,
            FrozenMap(channel=self._channel),
            epoch=0 if self._initial else None,
        )

    def _filters_came(self, layer_id: str | None, result: object) -> None:
        if not isinstance(result, FilterBank) and layer_id is not None:
            self._ask_filters(None)  # the chosen layer has none: the first one that has any
            return
        if self._name == "filters":
            if isinstance(result, FilterBank):
                self._view.filters.show_filters(result)
                self._view.show_view("filters", subject=result.layer_id)
            else:
                self._show_empty(_NO_ANSWER)
        self._answered()

    def _boundary_came(self, result: object) -> None:
        data = self._feed.prepared
        if self._name == "boundary" and isinstance(result, Boundary) and self._has_other_data():
            self._view.show_view(self._name, _OTHER_DATA)
        elif self._name == "boundary":
            if isinstance(result, Boundary) and data is not None:
                self._view.boundary.show_boundary(result, data)
                self._view.show_view("boundary")
            elif isinstance(result, NoAnswer):
                self._view.show_view(self._name, result.needs)
            else:
                self._show_empty(_NO_ANSWER)
        if isinstance(result, Boundary) and result.features == 2:
            self._ask_units(self._pictured_layers(), {})
        else:
            self._answered()

    def _has_other_data(self) -> bool:
        """Whether the project's samples are others by now than those of the run."""
        record, project = self._run.record, self._document.project
        if record is None or project is None:
            return True
        then, now = record.project.data, project.data
        return (then.source, then.preprocessing) != (now.source, now.preprocessing)

    def _questions(self, project: Project) -> tuple[ProbeRequest, ...]:
        """What is asked again and again while `project` trains."""
        data = self._feed.prepared
        if self._name != "boundary" or data is None or not self._view.isVisible():
            return ()
        asked = [ProbeRequest(0, "boundary", None, FrozenMap(resolution=RESOLUTION))]
        if data.summary.input_shape != (1,):
            options = FrozenMap(resolution=UNIT_RESOLUTION)
            asked += [ProbeRequest(0, "boundary", x, options) for x in _hidden_layers(project)]
        return tuple(asked)

    def _pictured_layers(self) -> tuple[str, ...]:
        record = self._run.record
        return () if record is None else _hidden_layers(record.project)

    def _ask_units(self, layers: tuple[str, ...], found: dict[str, np.ndarray]) -> None:
        if not layers:
            self._show_units(found)
            self._answered()
            return
        self._run.questions.ask(
            "boundary",
            lambda result: self._units_came(layers, found, result),
            layers[0],
            FrozenMap(resolution=UNIT_RESOLUTION),
        )

    def _units_came(
        self, layers: tuple[str, ...], found: dict[str, np.ndarray], result: object
    ) -> None:
        if isinstance(result, UnitResponses):
            largest = np.abs(result.values).max(axis=(1, 2), keepdims=True)
            found = {**found, layers[0]: result.values / np.where(largest > 0, largest, 1.0)}
        self._ask_units(layers[1:], found)

    def _answered(self) -> None:
        self._asked = False
        if self._stale:
            self.refresh()

    def _show_dead_units(self) -> None:
        health = self._run.health
        if health is not None and health.dead_units:
            # Told of every epoch, in front or not: it remembers the shares of the run.
            note = self._note_on(health.epoch)
            self._view.dead_units.show_census(health.epoch, health.dead_units, note=note)
        if self._name != "dead_units":
            return
        if health is None:
            self._show_empty(self._nothing_yet())
        elif not health.dead_units:
            self._show_empty(_NO_ANSWER)
        else:
            self._view.show_view("dead_units")

    def _note_on(self, epoch: int) -> str:
        """Whether the network has other weights by now than those whose units are shown."""
        record = self._run.record
        back = record is not None and record.restored and record.best_epoch != epoch
        return "before the best weights came back" if back else ""

    def _channel_chosen(self, channel: int) -> None:
        self._channel = channel
        self.refresh()

    def _initial_chosen(self, initial: bool) -> None:
        self._initial = initial
        self.refresh()

    def _state_changed(self) -> None:
        # Questions that were open when a run began or ended are not answered any more.
        if self._run.state.phase in ("idle", "preparing"):
            self._asked = False
        if not self._run.has_model:
            self.refresh()

    def _show_empty(self, sentences: dict[str, str]) -> None:
        self._view.show_view(self._name, sentences[self._name])


def _hidden_layers(project: Project) -> tuple[str, ...]:
    """The dense layers that feed another layer, and the activations behind them. What puts out
    pictures or sequences has no answer, and its card no responses.
    """
    network = project.network
    hidden = (x.id for x in network.layers if x.kind in _WITH_UNITS and network.outputs_of(x.id))
    return tuple(hidden)[:MOST_PICTURED_LAYERS]
