"""The presenter of the canvas: what is chosen, and every edit that its hands ask for."""

from collections.abc import Callable, Collection, Mapping

from PySide6.QtCore import QObject, QPoint, QPointF, Signal
from PySide6.QtGui import QGuiApplication

from app.core.layer_catalog import layer_kind, new_layer
from app.core.network import INPUT_KIND, Layer, Network, insert_after, move_after
from app.core.network_clipboard import copy_text, read_text
from app.core.network_edits import (
    RefusedEditError,
    add_behind,
    add_free,
    duplicate_layers,
    follow_in_line,
    graft,
    insert_on,
    link,
    links_into,
    put_on,
    remove_layers,
    rewire,
    unlink,
)
from app.core.place_edits import (
    Alignment,
    Axis,
    Point,
    aligned,
    arranged,
    distributed,
    free_spot,
    pasted_places,
    places_of,
    with_places,
)
from app.core.project import Project
from app.ui.canvas.face import LOSS_CARD
from app.ui.canvas.geometry import Edge
from app.ui.pages.bench_page import BenchPage
from app.ui.project_document import ProjectDocument

_HALF_CARD = QPointF(84, 42)


class NetworkPresenter(QObject):
    """Turns what is asked for on the canvas into edits of the project, one undoable step each.

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
        self._take_kind: Callable[[str], None] | None = None
        self.chosen: tuple[str, ...] = ()
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

    # ---- what is chosen
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

    # ---- doing
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
            seen = self._canvas.seen_rect().center() - _HALF_CARD
            self._ask(where, text, lambda kind: self.add_at(kind, seen))
        else:
            self._ask(where, text, lambda kind: self.add_behind(kind, name))

    def ask_on_link(self, edge: Edge, where: QPoint) -> None:
        """Ask for a kind to put on a link."""
        self._ask(where, "", lambda kind: self.add_on_link(kind, edge))

    def ask_at(self, place: QPointF, where: QPoint, text: str = "") -> None:
        """Ask for a kind to put at a place of the drawing."""
        self._ask(where, text, lambda kind: self.add_at(kind, place - _HALF_CARD))

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
        """Put a new layer in behind `after`: it feeds what `after` fed."""
        layer, network = self._new(kind), self.network
        if layer is None or network is None or not network.has(after):
            return
        self._do(f"Add {kind}", lambda n: insert_after(n, layer, after), choose=[layer.id])

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

    def _free(self, corner: QPointF) -> Point:
        return free_spot((corner.x(), corner.y()), self._canvas.present_places().values())

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

    def _beside_originals(self, names: Mapping[str, str]) -> Mapping[str, Point]:
        """Copies of cards put by hand stand below them; those of a single one find their spot."""
        if not self.placed_by_hand or len(names) < 2:
            return {}
        present = self._canvas.present_places()
        relative = {old: present[old] for old in names if old in present}
        x = min(place[0] for place in relative.values())
        y = max(place[1] for place in relative.values()) + 152
        return pasted_places(relative, names, (x, y), present.values())

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

    # ---- places
    def _place(self, places: Mapping[str, Point]) -> None:
        text = f"Move {next(iter(places))}" if len(places) == 1 else f"Move {len(places)} layers"
        self._put(text, places, merge_key=f"places.{','.join(sorted(places))}")

    def _put(self, text: str, places: Mapping[str, Point], merge_key: str | None = None) -> None:
        project = self._document.project
        if project is None:
            return
        after = with_places(project, places, self._canvas.present_places())
        self._edit(text, after, (), merge_key)
        if not project.places:
            self.message.emit("Cards stay where you put them; Network, Arrange lays them out.")

    def align(self, alignment: Alignment) -> None:
        """Put the chosen cards on one line."""
        present = self._canvas.present_places()
        if len(self.chosen) < 2:
            self.message.emit("Choose two layers or more to align them.")
            return
        places = aligned(present, self.chosen, alignment)
        self._put(f"Align {len(places)} layers", places)

    def distribute(self, axis: Axis) -> None:
        """Put the chosen cards at equal distances."""
        if len(self.chosen) < 3:
            self.message.emit("Choose three layers or more to distribute them.")
            return
        places = distributed(self._canvas.present_places(), self.chosen, axis)
        self._put(f"Distribute {len(places)} layers", places)

    def arrange(self) -> None:
        """Leave the places of all cards to the canvas."""
        project = self._document.project
        if project is not None:
            self._edit("Arrange layers", arranged(project), ())

    # ---- clipboard
    def copy(self) -> None:
        """Put the chosen layers on the clipboard, as text."""
        network = self.network
        if network is None or not self.editable:
            self.message.emit("Choose layers to copy them.")
            return
        names = self.editable
        text = copy_text(network, names, self._canvas.present_places())
        QGuiApplication.clipboard().setText(text)
        many = f"{len(names)} layers" if len(names) > 1 else names[0]
        self.message.emit(f"Copied {many}.")

    def cut(self) -> None:
        """Copy, then remove."""
        if self.editable:
            self.copy()
            self.remove(self.editable)

    def paste(self) -> None:
        """Put the layers of the clipboard beside what is there, where the pointer is if it is on
        the canvas.
        """
        self._paste(self._paste_corner())

    def paste_at(self, corner: QPointF) -> None:
        """Put the layers of the clipboard there."""
        self._paste((corner.x(), corner.y()))

    def _paste(self, corner: Point) -> None:
        try:
            copied = read_text(QGuiApplication.clipboard().text())
        except RefusedEditError as refusal:
            self.message.emit(str(refusal))
            return
        relative = copied.relative_places()
        for number, layer in enumerate(copied.layers):  # foreign text may lack some
            relative.setdefault(layer.id, (232.0 * number, 0.0))
        taken = self._canvas.present_places().values()
        self._do(
            f"Paste {len(copied.layers)} layers" if len(copied.layers) > 1 else "Paste layer",
            lambda n: graft(n, copied.as_layers(), copied.links),
            places=lambda names: pasted_places(relative, names, corner, taken),
        )

    def paste_behind(self) -> None:
        """Put the layers of the clipboard in behind the chosen layer, as a chain."""
        after = self.selected
        if after is None:
            self.message.emit("Choose the layer to paste behind.")
            return

        def edit(network: Network) -> tuple[Network, Mapping[str, str]]:
            copied = read_text(QGuiApplication.clipboard().text())
            grown, names = graft(network, copied.as_layers(), copied.links)
            return follow_in_line(grown, names.values(), after), names

        self._do("Paste layers", edit)

    def _paste_corner(self) -> Point:
        canvas = self._canvas
        pointer = canvas.pointer()
        if pointer is not None:
            corner = pointer - _HALF_CARD
            return corner.x(), corner.y()
        places = canvas.present_places()
        near = [places[name] for name in self.chosen if name in places] or list(places.values())
        if not near:
            seen = canvas.seen_rect().topLeft()
            return seen.x() + 32, seen.y() + 16
        return min(x for x, _ in near), max(y for _, y in near) + 152
