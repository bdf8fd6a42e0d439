"""Another task from a trained network: keeps its weights, freezes layers, swaps the head."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu

from app.core.kept_problems import kept_fit
from app.core.network_edits import RefusedEditError
from app.core.project import Project
from app.core.resolved_project import ResolvedProject
from app.core.transfer import (
    forget_weights,
    freeze_up_to,
    head_of,
    keep_weights,
    set_trainable,
    swap_head,
    unedited_layers,
    weighted_layers,
)
from app.data.errors import DataError
from app.data.kept_weights import Arrays
from app.ui.failures import Failure, failure_of
from app.ui.pages.inspector import Inspector
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl

Keys = Mapping[str, str]
"""Keys of kept weights by layer id."""


class TransferControl(QObject):
    """Turns the orders of menus and inspector into edits, one undo step each.

    Args:
        selected: tells the layer that is chosen on the bench.

    Signals:
        message(str): one line for the status row.
        failed(str, Failure): a title, and why an order could not be carried out.
    """

    message = Signal(str)
    failed = Signal(str, object)

    def __init__(
        self,
        document: ProjectDocument,
        run: RunControl,
        inspector: Inspector,
        selected: Callable[[], str | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._run = run
        self._inspector = inspector
        self._selected = selected
        inspector.frozen_chosen.connect(self._set_frozen)
        inspector.forget_chosen.connect(self.forget_selected)
        document.changed.connect(self.show_selected)

    # ---- what is known
    @property
    def has_kept(self) -> bool:
        """Whether a layer begins with kept weights."""
        return any(layer.kept_weights is not None for layer in self._layers)

    @property
    def has_frozen(self) -> bool:
        return any(not layer.trainable for layer in self._layers)

    @property
    def _layers(self) -> tuple:
        project = self._document.project
        return project.network.layers if project is not None else ()

    def show_selected(self, *_changed: object) -> None:
        """Show in the inspector whether the chosen layer is frozen, and has kept weights."""
        resolved, name = self._document.resolved, self._selected()
        if resolved is None or name is None or not resolved.project.network.has(name):
            self._inspector.show_weights(None, kept=False)
            return
        layer = resolved.layer(name)
        kept = layer.layer.kept_weights is not None
        if layer.parameters or layer.fixed_parameters or kept or not layer.layer.trainable:
            self._inspector.show_weights(not layer.layer.trainable, kept=kept)
        else:
            self._inspector.show_weights(None, kept=False)

    # ---- orders
    def keep_trained(self) -> None:
        """Let the next training begin with the weights that the network has now."""
        self._with_trained_keys(self._keep)

    def _keep(self, project: Project, keys: Keys) -> None:
        self._document.edit("Keep the trained weights", keep_weights(project, keys))
        missing = weighted_layers(project.network, self._shape) - keys.keys()
        edited = f", not of {len(missing)} edited since" if missing else ""
        self.message.emit(f"Train begins with the weights of {_layers(len(keys))} now{edited}")

    def forget_all(self) -> None:
        project = self._document.project
        if project is not None:
            self._document.edit("Forget all kept weights", forget_weights(project))

    def forget_selected(self) -> None:
        project, name = self._document.project, self._selected()
        if project is not None and name is not None:
            self._document.edit(f"Forget kept weights of {name}", forget_weights(project, [name]))

    def freeze_to_selected(self) -> None:
        """Freeze the chosen layer and all that feed it."""
        project, name = self._document.project, self._selected()
        if project is not None and name is not None:
            weighted = weighted_layers(project.network, self._shape)
            self._document.edit(f"Freeze up to {name}", freeze_up_to(project, name, weighted))

    def unfreeze_all(self) -> None:
        project = self._document.project
        if project is not None:
            self._document.edit("Unfreeze all layers", set_trainable(project, trainable=True))

    def swap_head(self) -> None:
        """A fresh output in the place of the last dense layer; the rest is frozen, its weights
        kept.
        """
        self._swap(None)

    def swap_behind_selected(self) -> None:
        """The same for everything behind the chosen layer."""
        self._swap(self._selected())

    def _swap(self, after: str | None) -> None:
        if self._run.has_model:
            self._with_trained_keys(lambda project, keys: self._swap_with(project, keys, after))
        elif self._document.project is not None:
            self._swap_with(self._document.project, {}, after)

    def _swap_with(self, project: Project, keys: Keys, after: str | None) -> None:
        resolved = self._document.resolved
        if resolved is None:
            return
        head = head_of(project.network, after)
        keys = {name: key for name, key in keys.items() if name not in head}
        kept = keep_weights(project, keys)
        try:
            swapped = swap_head(kept, resolved.summary, after)
        except RefusedEditError as refusal:
            self.failed.emit(
                "The head cannot be swapped",
                Failure(
                    str(refusal),
                    "A head that one layer alone feeds.",
                    "Choose the last layer that should stay, and swap everything behind it.",
                ),
            )
            return
        self._document.edit("Swap the head", swapped)
        frozen = sum(not layer.trainable for layer in swapped.network.layers)
        self.message.emit(f"New head for {resolved.summary.title}; {_layers(frozen)} frozen")

    def _set_frozen(self, frozen: bool) -> None:
        project, name = self._document.project, self._selected()
        if project is not None and name is not None:
            text = f"{'Freeze' if frozen else 'Unfreeze'} {name}"
            self._document.edit(text, set_trainable(project, [name], trainable=not frozen))

    # ---- the menu of a layer
    def add_to_menu(self, menu: QMenu, layer_id: str) -> None:
        """The orders for the layer whose menu is about to open; it is the chosen one."""
        project = self._document.project
        if project is None or not project.network.has(layer_id):
            return
        kept = project.network.layer(layer_id).kept_weights is not None
        idle = not self._run.state.active
        behind = bool(head_of(project.network, layer_id))
        menu.addSeparator()
        for text, order, enabled in (
            ("Freeze up to here", self.freeze_to_selected, True),
            ("Unfreeze all layers", self.unfreeze_all, self.has_frozen),
            ("Swap everything behind for a new head", self.swap_behind_selected, idle and behind),
            ("Forget its kept weights", self.forget_selected, kept),
        ):
            action = menu.addAction(text)
            action.setEnabled(enabled)
            action.triggered.connect(lambda _checked=False, give=order: give())

    # ---- trained weights
    def _with_trained_keys(self, then: Callable[[Project, Keys], None]) -> None:
        """Call `then` with the project and the keys of the trained weights of those layers that
        are as they were trained.
        """
        project, record = self._document.project, self._run.record
        if project is None or record is None or not self._run.can_continue:
            return
        unedited = unedited_layers(project.network, record.project.network)

        def taken(weights: object, error: BaseException | None) -> None:
            if error is None and isinstance(weights, Mapping):
                if self._document.project is project:
                    self._take(project, weights, unedited, then)
                else:
                    self.message.emit("The project was edited meanwhile; give the order again")
                return
            if error is not None:
                failure = failure_of(error, "Taking the weights")
                self.failed.emit("The weights could not be kept", failure)

        self._run.layer_weights(taken)

    def _take(
        self,
        project: Project,
        weights: Mapping[str, Arrays],
        unedited: frozenset[str],
        then: Callable[[Project, Keys], None],
    ) -> None:
        resolved = self._document.resolved
        if resolved is None:
            return
        try:
            keys = {
                name: self._document.kept.keep(arrays)
                for name, arrays in weights.items()
                if name in unedited
                and kept_fit(resolved.layer(name), tuple(array.shape for array in arrays))
            }
        except DataError as error:
            self.failed.emit(
                "The weights could not be kept", failure_of(error, "Keeping the weights")
            )
            return
        then(project, keys)

    @property
    def _shape(self) -> tuple[int, ...] | None:
        resolved: ResolvedProject | None = self._document.resolved
        return resolved.summary.input_shape if resolved is not None else None


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"
