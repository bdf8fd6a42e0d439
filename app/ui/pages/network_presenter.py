"""The presenter of the canvas: what is chosen, and every edit that its hands ask for."""

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, QPoint, QPointF

from app.core.layer_catalog import layer_kind, new_layer
from app.core.network import INPUT_KIND, Layer, Network, insert_after, links_into, move_after
from app.core.network_edits import (
    RefusedEditError,
    add_behind,
    add_free,
    duplicate_layers,
    insert_on,
    link,
    most_inputs,
    put_on,
    remove_layers,
    rewire,
    unlink,
)
from app.core.place_edits import (
    places_of,
)
from app.ui.canvas.face import LOSS_CARD
from app.ui.canvas.geometry import Edge
from app.ui.pages.bench_page import BenchPage
from app.ui.pages.place_presenter import HALF_CARD, PlacePresenter
from app.ui.project_document import ProjectDocument


class NetworkPresenter(PlacePresenter):
    """Turns what is asked for on the canvas into edits of the project, one undoable step each."""

    def __init__(
        self, page: BenchPage, document: ProjectDocument, parent: QObject | None = None
    ) -> None:
        super().__init__(page, document, parent)
        self._take_kind: Callable[[str], None] | None = None
        self._connect()

    def _connect(self) -> None:
        canvas = self._canvas
        self._page.add_pressed.connect(self.add_layer)
        self._page.palette_popup.chosen.connect(self._kind_chosen)
        canvas.layers_selected.connect(self.choose)
        canvas.add_requested.connect(self.ask_behind)
        canvas.typed.connect(self.ask_behind)
        canvas.insert_requested.connect(self.ask_on_link)
        canvas.search_requested.connect(self.ask_at)
        canvas.grow_requested.connect(self._ask_fed_by)
        canvas.kind_dropped.connect(self._kind_dropped)
        canvas.remove_requested.connect(self.remove)
        canvas.duplicate_requested.connect(self.duplicate)
        canvas.move_requested.connect(self._move)
        canvas.put_on_requested.connect(self._put_on)
        canvas.places_requested.connect(self._place)
        canvas.link_requested.connect(self._link)
        canvas.unlink_requested.connect(self.unlink)
        canvas.rewire_requested.connect(self._rewire)
        canvas.told.connect(self.message)

    # ---- adding
    def default_place(self) -> str | None:
        """Behind the chosen layer; else before the last, which is the output."""
        resolved = self._document.resolved
        if resolved is None or not resolved.layers:
            return None
        if self.chosen:
            return self.chosen[-1]
        order = [layer.id for layer in resolved.layers]
        return order[-2] if len(order) > 1 else order[-1]

    def add_layer(self) -> None:
        """Ask for a kind by the button: behind the chosen layer or on the chosen link."""
        button = self._page.add_button
        where = button.mapToGlobal(button.rect().bottomLeft())
        edge = self._canvas.chosen_link()
        if edge is not None:
            self.ask_on_link(edge, where)
        else:
            self.ask_behind(self.default_place(), where)

    def _ask(self, where: QPoint, text: str, take: Callable[[str], None]) -> None:
        if self.network is not None:
            self._take_kind = take
            self._page.palette_popup.open_at(where, text)

    def _kind_chosen(self, kind: str) -> None:
        take, self._take_kind = self._take_kind, None
        if take is not None:
            take(kind)

    def ask_behind(self, after: str | None, where: QPoint, text: str = "") -> None:
        """Ask for a kind to put in behind `after`."""
        name = after or self.default_place()
        if name is None:
            seen = self._canvas.seen_rect().center() - HALF_CARD
            self._ask(where, text, lambda kind: self.add_at(kind, seen))
        else:
            self._ask(where, text, lambda kind: self.add_behind(kind, name))

    def ask_on_link(self, edge: Edge, where: QPoint) -> None:
        """Ask for a kind to put on a link."""
        self._ask(where, "", lambda kind: self.add_on_link(kind, edge))

    def ask_at(self, place: QPointF, where: QPoint, text: str = "") -> None:
        """Ask for a kind to put at a place of the drawing."""
        self._ask(where, text, lambda kind: self.add_at(kind, place - HALF_CARD))

    def _ask_fed_by(self, source: str, place: QPointF, where: QPoint) -> None:
        # The pointer let go where the input of the new card is to be.
        corner = place - QPointF(0, 42)
        self._ask(where, "", lambda kind: self._grow(kind, source, corner))

    def _kind_dropped(self, kind: str, corner: QPointF, edge: Edge | None) -> None:
        if edge is not None:
            self.add_on_link(kind, edge)
        else:
            self.add_at(kind, corner)

    def _new(self, kind: str) -> Layer | None:
        network = self.network
        known = layer_kind(kind)
        if network is None or known is None:
            return None
        return new_layer(network, kind)

    def add_behind(self, kind: str, after: str) -> None:
        """Put a new layer in behind `after`: it feeds what `after` fed. A layer that takes several
        inputs is fed by all chosen layers.
        """
        layer, network = self._new(kind), self.network
        if layer is None or network is None or not network.has(after):
            return
        others: list[str] = []
        if after in self.chosen and most_inputs(layer) > 1:
            after = max(self.chosen, key=self._canvas.card_ids().index)  # no circle closes then
            others = [name for name in self.chosen if name != after][: most_inputs(layer) - 1]

        def edit(before: Network) -> Network:
            grown = insert_after(before, layer, after)
            for other in others:
                grown = link(grown, other, layer.id)
            return grown

        self._do(f"Add {kind}", edit, choose=[layer.id])

    def add_on_link(self, kind: str, edge: Edge) -> None:
        """Put a new layer on one link; on that to the loss, behind the output."""
        if edge[1] == LOSS_CARD:
            self.add_behind(kind, edge[0])
            return
        layer, on = self._new(kind), self._canvas.link_of(edge)
        if layer is not None:
            self._do(f"Add {kind}", lambda n: insert_on(n, layer, on), choose=[layer.id])

    def add_at(self, kind: str, corner: QPointF) -> None:
        """Put a new layer that nothing feeds with its upper left corner there."""
        layer = self._new(kind)
        if layer is not None:
            spot = self._free(corner)
            self._do(
                f"Add {kind}",
                lambda n: add_free(n, layer),
                places=lambda _names: {layer.id: spot},
                choose=[layer.id],
            )

    def _grow(self, kind: str, source: str, corner: QPointF) -> None:
        layer, network = self._new(kind), self.network
        if layer is None or network is None or not network.has(source):
            return
        spot = self._free(corner)
        self._do(
            f"Add {kind}",
            lambda n: add_behind(n, layer, source),
            places=lambda _names: {layer.id: spot},
            choose=[layer.id],
        )

    # ---- links
    def _link(self, source: str, target: str, port: int = -1) -> None:
        goal = None if port < 0 else port
        self._do(
            f"Link {source} to {target}", lambda n: link(n, source, target, goal), choose=[target]
        )

    def unlink(self, edges: Collection[Edge]) -> None:
        """Remove links."""
        links = [self._canvas.link_of(edge) for edge in edges if edge[1] != LOSS_CARD]
        if links:
            text = f"Remove link from {links[0].source} to {links[0].target}"
            self._do(text if len(links) == 1 else "Remove links", lambda n: unlink(n, links))

    def _rewire(self, edge: Edge, source: str | None, target: str | None, port: int) -> None:
        old, goal = self._canvas.link_of(edge), None if port < 0 else port
        self._do(
            f"Move link of {edge[0]}",
            lambda n: rewire(n, old, source=source, target=target, port=goal),
            choose=[target or edge[1]],
        )

    # ---- layers
    def remove(self, names: Collection[str]) -> None:
        """Remove layers; what fed them feeds what they fed, where that is one layer."""
        network = self.network
        if network is None:
            return
        gone = [n for n in names if network.has(n) and network.layer(n).kind != INPUT_KIND]
        if not gone:
            return
        before = next((s for n in gone for s in network.inputs_of(n) if s not in gone), None)
        text = f"Delete {gone[0]}" if len(gone) == 1 else f"Delete {len(gone)} layers"
        self.chosen = (before,) if before is not None else ()
        self._do(text, lambda n: remove_layers(n, gone))
        self.choose(self.chosen)

    def cut(self) -> None:
        """Copy, then remove."""
        if self.editable:
            self.copy()
            self.remove(self.editable)

    def duplicate(self, names: Collection[str]) -> None:
        """Copy layers with the links among them; a chain or a block is repeated in line."""
        network = self.network
        if network is None:
            return
        known = [n for n in names if network.has(n) and network.layer(n).kind != INPUT_KIND]
        if not known:
            return
        text = f"Duplicate {known[0]}" if len(known) == 1 else f"Duplicate {len(known)} layers"
        self._do(text, lambda n: duplicate_layers(n, known), places=self._beside_originals)

    def _move(self, name: str, after: str) -> None:
        """Move a layer of a chain behind another; cards put by hand change their places."""
        network = self.network
        if network is None or not (network.has(name) and network.has(after)):
            return
        if network.layer(name).kind == INPUT_KIND:
            return
        if any(len(links_into(network, n)) > 1 for n in (name, after)):
            self.message.emit("Layers with several inputs are moved by their links.")
            return
        neighbours = {*network.inputs_of(name), *network.outputs_of(name)}
        other = after if after in neighbours else next(iter(network.inputs_of(name)), after)
        present = self._canvas.present_places()
        swapped = {name: present[other], other: present[name]} if self.placed_by_hand else {}
        self._do(
            f"Move {name}",
            lambda n: move_after(n, name, after),
            places=lambda _names: swapped,
            choose=[name],
        )

    def move_selected(self, steps: int) -> None:
        """Move the chosen layer of a chain one step on (1) or back (-1)."""
        network, name = self.network, self.selected
        if network is None or name is None:
            self.message.emit("Choose one layer to move it.")
            return
        if steps > 0:
            goal = next(iter(network.outputs_of(name)), None)
        else:
            before = next(iter(network.inputs_of(name)), None)
            goal = next(iter(network.inputs_of(before)), None) if before else None
        if goal is not None:
            self._move(name, goal)

    def _put_on(self, name: str, edge: Edge) -> None:
        network = self.network
        if network is None or not network.has(name):
            return
        if edge[1] == LOSS_CARD:
            if edge[0] not in network.inputs_of(name):
                self._move_behind(name, edge[0])
            return
        on = self._canvas.link_of(edge)
        self._moved_in_line(name, lambda n: put_on(n, name, on))

    def _move_behind(self, name: str, after: str) -> None:
        self._moved_in_line(name, lambda n: move_after(n, name, after))

    def _moved_in_line(self, name: str, edit: Callable[[Network], Network]) -> None:
        """Its old place is given up: it gets one on the link."""
        project = self._document.project
        if project is None:
            return
        try:
            network = edit(project.network)
        except RefusedEditError as refusal:
            self.message.emit(str(refusal))
            return
        kept = {n: place for n, place in places_of(project).items() if n != name}
        after = project.model_copy(update={"network": network})
        if kept:
            after = after.model_copy(update={"places": type(project.places)(kept)})
        self._edit(f"Move {name}", after, [name])
