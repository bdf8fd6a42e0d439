"""The presenter of the bench: shows the project and its run, turns what is asked for into edits."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from app.core.frozen import OptionValue
from app.core.layer_catalog import layer_kind
from app.core.layer_copies import can_be_copied
from app.core.layer_costs import cost_lines
from app.core.loss_catalog import LOSSES_BY_NAME
from app.core.network import INPUT_KIND, Network, with_option
from app.core.options import errors_in
from app.core.problems import Problem
from app.core.project import Project
from app.core.resolved_project import ResolvedProject
from app.core.schedule_catalog import preview
from app.core.search_paths import COPIES, copies_path, layer_of
from app.core.search_settings import Dimension
from app.core.training_options import training_options, training_values, with_training_value
from app.ui.canvas.face import icon_of_kind
from app.ui.canvas.network_canvas import NetworkCanvas
from app.ui.data_feed import DataFeed
from app.ui.pages.bench_page import BenchPage
from app.ui.pages.live_presenter import LivePresenter
from app.ui.pages.network_menus import CanvasMenus
from app.ui.pages.network_presenter import NetworkPresenter
from app.ui.pages.problems_presenter import ProblemsPresenter, layers_as_trained
from app.ui.pages.search_marking import SearchMarking, set_copies, with_copies_option
from app.ui.preferences import Preferences
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl


class BenchPresenter(QObject):
    """Shows document and run; what is chosen and the edits of the canvas belong to `network`.

    Attributes:
        network: the presenter of the canvas.
        problems: that of the problems below the inspector.

    Signals:
        selection_changed(): other layers, or none, are chosen.
        layer_menu_opening(QMenu, str): the menu of a layer is about to open; others may add to it.
        settings_requested(): the training's settings are wanted in front.
        command(str): id of a command that a button of the bench asks for.
    """

    selection_changed = Signal()
    layer_menu_opening = Signal(object, str)
    settings_requested = Signal()
    command = Signal(str)

    def __init__(
        self,
        page: BenchPage,
        document: ProjectDocument,
        feed: DataFeed,
        run: RunControl,
        preferences: Preferences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._document = document
        self._run = run
        self._preferences = preferences
        self._live = LivePresenter(
            page.live, document, feed, run, page.canvas.show_unit_pictures, self
        )
        self.network = NetworkPresenter(page, document, self)
        self._menus = CanvasMenus(page, self.network, self)
        self._menus.layer_menu_opening.connect(self.layer_menu_opening)
        self._marking = SearchMarking(document)
        for splitter in page.splitters:
            state = preferences.state(splitter.objectName())
            if state is not None:
                splitter.restoreState(state)
        self.problems = ProblemsPresenter(page.inspector.problems, document, feed, run, self)
        self._connect()

    @property
    def canvas(self) -> NetworkCanvas:
        return self._page.canvas

    @property
    def selected(self) -> str | None:
        """The chosen layer, where it is one."""
        return self.network.selected

    @property
    def input_selected(self) -> bool:
        """Whether the chosen layer is the one that stands for the data; it cannot be removed."""
        network = self._network
        return (
            network is not None
            and network.has(self.selected)
            and network.layer(str(self.selected)).kind == INPUT_KIND
        )

    # ---- orders of menus and keys
    def show_project(self) -> None:
        """Another project was opened."""
        self.select(None)
        self._page.canvas.set_zoom(1.0)
        self._page.canvas.show_from_start()
        resolved = self._document.resolved
        if resolved is not None:
            self._live.choose_for(resolved)

    def show_settings(self) -> None:
        self.select(None)

    def select(self, layer_id: str | None) -> None:
        """Show the options of `layer_id`, or those of the training for None."""
        self.network.choose([layer_id] if layer_id else [])

    def remove_selected(self) -> None:
        self.network.remove(self.network.chosen)

    def duplicate_selected(self) -> None:
        self.network.duplicate(self.network.chosen)

    def fit_network(self) -> None:
        self._page.canvas.fit()

    def zoom_by(self, factor: float) -> None:
        self._page.canvas.set_zoom(self._page.canvas.zoom() * factor)

    def toggle_log_scale(self) -> None:
        self._page.curves.set_log_scale(not self._page.curves.log_scale)

    def show_commands(self, why_not: Mapping[str, str]) -> None:
        """Why commands cannot be given now; some have a button here."""
        self._page.inspector.set_can_find_rate("find_rate" not in why_not)

    def save_layout(self) -> None:
        for splitter in self._page.splitters:
            self._preferences.set_state(splitter.objectName(), splitter.saveState())

    # ---- connections
    def _connect(self) -> None:
        page, canvas = self._page, self._page.canvas
        page.settings_button.clicked.connect(self.settings_requested)
        page.inspector.option_edited.connect(self._option_edited)
        page.inspector.mark_asked.connect(self._mark_asked)
        page.inspector.dimension_edited.connect(self._dimension_edited)
        self.layer_menu_opening.connect(self._offer_copies)
        page.inspector.several.command.connect(self.command)
        self.problems.place_chosen.connect(self._show_place)
        canvas.fix_requested.connect(self._canvas_fix)
        self.network.selection_changed.connect(self._selection_changed)
        self._document.changed.connect(self._project_changed)
        self._document.file_changed.connect(lambda: page.show_name(self._document.name))
        self._run.state_changed.connect(self._show_run_state)
        self._run.history_changed.connect(self._show_history)
        self._run.health_changed.connect(self._show_health)

    @property
    def _network(self) -> Network | None:
        project = self._document.project
        return project.network if project else None

    # ---- showing
    def _project_changed(self, before: ResolvedProject | None, after: ResolvedProject) -> None:
        loss = LOSSES_BY_NAME.get(after.project.training.loss)
        self._page.canvas.show_network(after, loss.label if loss else after.project.training.loss)
        self._page.show_name(self._document.name)
        self._show_health()
        self.network.choose(self.network.chosen)
        if before is not None and _seen_otherwise(before, after):
            self._live.choose_for(after)
            if _layer_ids(before) != _layer_ids(after):
                self.fit_network()

    def _selection_changed(self) -> None:
        self._live.show_layer(self.selected)
        self._show_inspector()
        self.selection_changed.emit()

    def _show_inspector(self) -> None:
        resolved = self._document.resolved
        inspector = self._page.inspector
        if resolved is None:
            inspector.show_nothing()
            return
        if len(self.network.chosen) > 1:
            inspector.show_several(self.network.chosen)
            return
        if self.selected is None:
            training = resolved.project.training
            options = training_options(training, resolved.summary)
            values = training_values(training, options)
            inspector.show_training(
                options,
                values,
                self._errors_of_training(resolved),
                _rates(resolved, values.get("optimizer.learning_rate")),
                self._marking.marks("training.", options),
            )
            return
        layer = resolved.layer(self.selected)
        kind = layer_kind(layer.layer.kind)
        if kind is None:
            inspector.show_layer(
                "layer-generic", layer.layer.kind, layer.id, "", (), {}, {}, (), None
            )
            return
        errors = dict(errors_in(kind.options, layer.layer.options))
        for problem in resolved.problems_of(layer.id):
            if problem.option is not None and problem.severity == "error":
                errors.setdefault(problem.option, problem.title)
        activation = layer.layer.options.get("activation")
        options, values = with_copies_option(resolved.project, layer.layer, kind.options)
        inspector.show_layer(
            icon_of_kind(kind),
            kind.label,
            layer.id,
            kind.help,
            options,
            values,
            errors,
            (*layer.arithmetic, *cost_lines(layer)),
            activation if isinstance(activation, str) else None,
            self._marking.marks(f"network.{layer.id}.", options),
        )

    def _errors_of_training(self, resolved: ResolvedProject) -> dict[str, str]:
        return {
            problem.option: problem.title
            for problem in resolved.problems
            if problem.where.startswith("training")
            and problem.option
            and problem.severity == "error"
        }

    def _show_run_state(self) -> None:
        running = self._run.state.trains
        self._page.curves.set_training(running)
        self._page.canvas.set_running(running)
        self._page.inspector.set_running(running)

    def _show_history(self) -> None:
        record = self._run.record
        if record is None:
            self._page.curves.clear()
            return
        # Of other data other values are reached: runs on them are no measure of this one.
        alike = [r for r in self._run.previous if _same_data(r.project, record.project)]
        self._page.curves.show_history(record, alike[-3:], self._run.batch_losses)

    def _show_health(self) -> None:
        health, canvas = self._run.health, self._page.canvas
        if health is None:
            canvas.show_health({}, {})
        else:
            same = layers_as_trained(self._run.record, self._network)
            dead = {
                name: (int(units.sum()), units.size)
                for name, units in health.dead_units
                if name in same
            }
            canvas.show_health(dict(self._norms(same)), dead)
        divergence = self._run.divergence
        canvas.show_divergence(divergence.layer_id if divergence else None)

    def _norms(self, layers: frozenset[str]) -> tuple[tuple[str, float], ...]:
        """The gradient norms of `layers`, from the input to the output."""
        resolved, health = self._document.resolved, self._run.health
        if resolved is None or health is None:
            return ()
        norms = health.gradient_norms
        return tuple(
            (x.id, norm)
            for x in resolved.layers
            if x.id in layers and isinstance(norm := norms.get(x.id), float)
        )

    # ---- edits
    def _edit_network(self, text: str, network: Network, merge_key: str | None = None) -> None:
        project = self._document.project
        if project is not None:
            self._document.edit(text, project.model_copy(update={"network": network}), merge_key)

    def _option_edited(self, name: str, value: OptionValue) -> None:
        project = self._document.project
        if project is None:
            return
        if len(self.network.chosen) > 1:
            return
        if self.selected is None:
            self._document.edit(
                f"Set {name.replace('.', ' ').replace('_', ' ')}",
                project.model_copy(
                    update={"training": with_training_value(project.training, name, value)}
                ),
                merge_key=f"training.{name}",
            )
            return
        if name == COPIES.name:
            self._set_copies(project, self.selected, value)
            return
        self._edit_network(
            f"Set {name.replace('_', ' ')} of {self.selected}",
            with_option(project.network, self.selected, name, value),
            merge_key=f"{self.selected}.{name}",
        )

    def _set_copies(self, project: Project, layer_id: str, count: OptionValue) -> None:
        try:
            changed = set_copies(project, layer_id, count)
        except ValueError as refusal:
            self.network.message.emit(str(refusal))
            self._show_inspector()
            return
        self._document.edit(f"Set copies of {layer_id}", changed, f"{layer_id}.copies")

    # ---- the search
    def show_setting(self, path: str) -> None:
        """Show the option that has this path, and give it the focus."""
        network = self._network
        layer = None if network is None else layer_of(network, path)
        self.select(layer)
        head = "training." if layer is None else f"network.{layer}."
        self._page.inspector.focus_option(path.removeprefix(head))

    def _offer_copies(self, menu: QMenu, layer_id: str) -> None:
        """Searching how many layers there are, where it is looked for."""
        offer = self._marking.offer_copies(layer_id)
        if offer is None:
            return
        words, path = offer
        menu.addSeparator()
        menu.addAction(words, lambda: self._ask_copies(path))

    def _ask_copies(self, path: str) -> None:
        self._marking.ask(path)
        self.show_setting(path)

    def search_copies(self) -> None:
        """Search how many hidden layers there are, or go there where that is done already: of the
        chosen layer where it can be copied, else of the first dense one, else of the first.
        """
        project = self._document.project
        if project is None:
            return
        layers = [x for x in project.network.layers if can_be_copied(project.network, x.id)]
        layers.sort(key=lambda layer: (layer.id != self.selected, layer.kind != "Dense"))
        if not layers:
            self.network.message.emit("No layer here can stand several times in a row")
            return
        path = copies_path(layers[0].id)
        if any(dimension.path == path for dimension in project.search.space):
            self.show_setting(path)
        else:
            self._ask_copies(path)

    def _path_of(self, name: str) -> str | None:
        if len(self.network.chosen) > 1:
            return None
        return f"training.{name}" if self.selected is None else f"network.{self.selected}.{name}"

    def _mark_asked(self, name: str) -> None:
        path = self._path_of(name)
        if path is not None:
            self._marking.ask(path)

    def _dimension_edited(self, name: str, dimension: Dimension) -> None:
        if dimension.path == self._path_of(name):
            self._marking.change(dimension)

    # ---- problems
    def _canvas_fix(self, layer_id: str, index: int) -> None:
        resolved = self._document.resolved
        if resolved is None:
            return
        fixes = [fix for problem in resolved.problems_of(layer_id) for fix in problem.fixes]
        if index < len(fixes):
            self._document.edit(fixes[index].label, fixes[index].edit(resolved.project))

    def _show_place(self, problem: Problem) -> None:
        network = self._network
        here = network is not None and network.has(problem.where)
        self.select(problem.where if here else None)
        if problem.option is not None:
            self._page.inspector.focus_option(problem.option)


def _rates(resolved: ResolvedProject, rate: OptionValue) -> tuple[tuple[float, float], ...]:
    """The learning rate over the planned epochs; nothing where it is wrong, or follows the
    training.
    """
    training = resolved.project.training
    if not isinstance(rate, (int, float)) or rate <= 0:
        return ()
    steps = max(1, resolved.steps_per_epoch)
    return preview(training.schedule, float(rate), steps, training.epochs)


def _same_data(one: Project, other: Project) -> bool:
    """Whether both learn the same from the same source, however it is shared out and prepared."""
    return (one.data.source, one.data.learns) == (other.data.source, other.data.learns)


def _layer_ids(resolved: ResolvedProject) -> list[str]:
    return [layer.id for layer in resolved.project.network.layers]


def _seen_otherwise(before: ResolvedProject, after: ResolvedProject) -> bool:
    """Whether the data ask for another live view and another look at the network."""
    return after.summary.known and (before.summary.input_shape, before.summary.pictures) != (
        after.summary.input_shape,
        after.summary.pictures,
    )
