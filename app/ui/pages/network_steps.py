"""What is chosen on the canvas, and how one edit of the network becomes one undoable step."""

from collections.abc import Callable, Collection, Mapping

from PySide6.QtCore import QObject, Signal

from app.core.network import INPUT_KIND, Network
from app.core.network_edits import RefusedEditError
from app.core.place_edits import Point, with_places
from app.core.project import Project
from app.ui.pages.bench_page import BenchPage
from app.ui.project_document import ProjectDocument


class NetworkSteps(QObject):
    """Holds what is chosen; does edits of the network.

    Attributes:
        chosen: the layers that are chosen.

    Signals:
        selection_changed(): other layers, or none, are chosen.
        message(str): why something was not done, or what is about to happen; "" for nothing.
    """

    selection_changed = Signal()
    message = Signal(str)

    def __init__(
        self, page: BenchPage, document: ProjectDocument, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._canvas = page.canvas
        self._document = document
        self.chosen: tuple[str, ...] = ()

    @property
    def selected(self) -> str | None:
        """The chosen layer, where it is one."""
        return self.chosen[0] if len(self.chosen) == 1 else None

    @property
    def editable(self) -> tuple[str, ...]:
        """The chosen layers that can be removed and doubled: not the input."""
        network = self.network
        if network is None:
            return ()
        kinds = {layer.id: layer.kind for layer in network.layers}
        return tuple(n for n in self.chosen if kinds.get(n, INPUT_KIND) != INPUT_KIND)

    @property
    def network(self) -> Network | None:
        project = self._document.project
        return project.network if project else None

    @property
    def placed_by_hand(self) -> bool:
        project = self._document.project
        return project is not None and bool(project.places)

    def choose(self, names: Collection[str]) -> None:
        """Choose layers; those that are not there are left out."""
        network = self.network
        known = {layer.id for layer in network.layers} if network else set()
        self.chosen = tuple(name for name in dict.fromkeys(names) if name in known)
        if self._canvas.chosen() != self.chosen:
            self._canvas.select_layers(self.chosen)
        self.selection_changed.emit()

    def choose_all(self) -> None:
        self.choose(self._canvas.card_ids())

    def _do(
        self,
        text: str,
        edit: Callable[[Network], Network | tuple[Network, Mapping[str, str]]],
        *,
        places: Callable[[Mapping[str, str]], Mapping[str, Point]] | None = None,
        choose: Collection[str] | None = None,
        merge_key: str | None = None,
    ) -> bool:
        """One step: `edit` of the network; the reason is told where it is refused.

        Args:
            edit: may give the new names of copies by the old ones as well.
            places: of layers that were put somewhere by hand, from those names; this ends the
                automatic layout.
            choose: layers to be chosen then; None: the copies, or what is chosen now.
        """
        project = self._document.project
        if project is None:
            return False
        try:
            result = edit(project.network)
        except RefusedEditError as refusal:
            self.message.emit(str(refusal))
            return False
        network, names = result if isinstance(result, tuple) else (result, {})
        after = project.model_copy(update={"network": network})
        wanted = places(names) if places is not None else {}
        if wanted:
            present = self._canvas.present_places()
            after = with_places(after, wanted, present)
        self._edit(text, after, choose if choose is not None else tuple(names.values()), merge_key)
        return True

    def _edit(
        self, text: str, project: Project, choose: Collection[str], merge_key: str | None = None
    ) -> None:
        self.message.emit("")
        self._document.edit(text, project, merge_key)
        if choose:
            self.choose(choose)
            self._canvas.show_layers(self.chosen)
