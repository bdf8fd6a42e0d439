"""What can be chosen on the canvas, what is shown meanwhile, and what the user asks for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

from app.core.network import INPUT_KIND
from app.core.place_edits import Point
from app.core.resolved_project import ResolvedProject
from app.ui.canvas.face import LOSS_CARD, shape_text
from app.ui.canvas.geometry import Edge
from app.ui.canvas.gestures import Gesture, KeyboardLink
from app.ui.canvas.pointed_view import PointedView
from app.ui.canvas.routing import Router


class AskingView(PointedView):
    """Knows what is chosen and what a gesture has begun; changes nothing of the project itself.

    Signals (requests of the user):
        layer_selected(id): another layer was chosen; "" for none or several.
        layers_selected(ids): other layers are chosen; a tuple.
        add_requested(after, where): a layer is to be put in behind `after`; `where` is a place on
            the screen.
        typed(after, where, text): the same, begun by typing.
        insert_requested(edge, where): a layer is to be put on this link alone.
        search_requested(place, where, text): a layer is wanted at `place` of the drawing.
        grow_requested(source, place, where): a layer that `source` feeds is wanted there.
        kind_dropped(kind, place, edge): a layer of this kind there, or on a link (else None).
        remove_requested(ids), duplicate_requested(ids), move_requested(id, after).
        put_on_requested(id, edge): a layer is to be taken out and put on a link.
        places_requested(places): cards were moved; upper left corners by id.
        link_requested(source, target, port), unlink_requested(edges),
        rewire_requested(edge, source, target, port): port -1 is any; of source and target the one
            that is None stays.
        fix_requested(id, index): the remedy with this number, counted over all problems of the
            layer in their order.
        context_requested(id, where): a menu for the layer is wanted; "" for the ground.
        link_menu_requested(edge, where): one for a link.
        told(text): what the pointer is about to do, or why it cannot; "" when that is over.
    """

    layer_selected = Signal(str)
    layers_selected = Signal(object)
    add_requested = Signal(str, QPoint)
    typed = Signal(str, QPoint, str)
    insert_requested = Signal(object, QPoint)
    search_requested = Signal(QPointF, QPoint, str)
    grow_requested = Signal(str, QPointF, QPoint)
    kind_dropped = Signal(str, QPointF, object)
    remove_requested = Signal(object)
    duplicate_requested = Signal(object)
    move_requested = Signal(str, str)
    put_on_requested = Signal(str, object)
    places_requested = Signal(object)
    link_requested = Signal(str, str, int)
    unlink_requested = Signal(object)
    rewire_requested = Signal(object, object, object, int)
    fix_requested = Signal(str, int)
    context_requested = Signal(str, QPoint)
    link_menu_requested = Signal(object, QPoint)
    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._by_keyboard = False
        self._told_chosen: tuple[str, ...] = ()
        self._gesture: Gesture | None = None
        self._target_link: Edge | None = None
        self._words = ""

    def show_network(self, resolved: ResolvedProject, loss_text: str) -> None:
        """Show a network; cards and links that stay the same are left alone."""
        self.give_up()
        self._marked_port = self._drop = self._target_link = None
        linked = self._chosen_link
        super().show_network(resolved, loss_text)
        if linked is not None and self._chosen_link is None:
            self.tell("")
        self._told_chosen = self._chosen
        self._update_focus()
        self._describe()

    def select_layers(self, names: Iterable[str], show: bool = True) -> None:
        if self._chosen_link is not None:
            self.tell("")  # what was told of the link
        super().select_layers(names, show)
        self._told_chosen = self._chosen
        self._update_focus()
        self._describe()

    # ------------------------------------------------------------ choosing

    def current(self) -> str | None:
        """The layer that keys act on: the one chosen last, else the first."""
        if self._chosen:
            return self._chosen[-1]
        return next(iter(self.card_ids()), None)

    def choose(self, name: str | None) -> None:
        """The user chooses one layer, or none."""
        self.choose_layers(() if name is None else (name,))

    def choose_layers(self, names: Iterable[str], quiet: bool = False) -> None:
        """The user chooses layers; `quiet` while it may be others in a moment."""
        if quiet:
            self._chosen = tuple(dict.fromkeys(names))
            self._mark()
            return
        before = self._told_chosen
        self.select_layers(names, show=self._by_keyboard)  # what is pressed must not move
        if self._chosen == before:
            return
        self.layers_selected.emit(self._chosen)
        if len(self._chosen) == 1 or not self._chosen:
            self.layer_selected.emit(self.selected() or "")
        if len(self._chosen) == 1:
            self._speak(self._cards[self._chosen[0]].face.spoken())
        elif self._chosen:
            self._speak(f"{len(self._chosen)} layers chosen")

    def choose_clicked(self, name: str) -> None:
        """A card was clicked without a modifier: it alone is chosen."""
        self.choose(name)
        self.show_card(name)

    def chosen_link(self) -> Edge | None:
        """The link that was clicked, or reached by keys."""
        return self._chosen_link

    def choose_link(self, edge: Edge | None) -> None:
        """The user chooses a link; no layer is chosen then."""
        self.choose_layers(())
        self._chosen_link = edge
        self._mark()
        if edge is not None:
            if self._by_keyboard:
                self.ensureVisible(self._links[edge].boundingRect(), 4, 4)
            target = "the loss" if edge[1] == LOSS_CARD else edge[1]
            shape = shape_text(self._resolved.layer(edge[0]).output_shape) if self._resolved else ""
            words = f"Link from {edge[0]} to {target}, {shape}."
            self.tell(words if edge[1] == LOSS_CARD else f"{words} Delete removes it.", spoken=True)

    def _speak(self, text: str) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def tell(self, text: str, spoken: bool = False) -> None:
        """Say what is about to happen; "" when that is over."""
        if text != self._words:
            self._words = text
            self.told.emit(text)
            if spoken and text:
                self._speak(text)

    # ------------------------------------------------------------ what a gesture shows

    def show_dragged(self, names: Collection[str]) -> None:
        self._dragged = frozenset(names)
        self._hovered_link = None
        self._mark()

    def show_faded(self, names: Collection[str]) -> None:
        """Cards that a link cannot lead to."""
        self._faded = frozenset(names)
        self._mark()

    def show_drop(self, name: str | None, allowed: bool = True, port: int | None = None) -> None:
        """The card that a link would lead to or come from, and into which port."""
        self._drop = None if name is None else (name, "allowed" if allowed else "forbidden")
        self._marked_port = (name, port) if name is not None and port is not None else None
        self._mark()

    def show_loose(self, edge: Edge | None) -> None:
        """The link whose end is being moved is hardly seen."""
        for name, link in self._links.items():
            link.setOpacity(0.25 if name == edge else 1.0)

    def show_target_link(self, edge: Edge | None) -> None:
        """The link that a dragged card would go on."""
        if edge != self._target_link:
            self._target_link = edge
            self._hovered_link = None
            for name, link in self._links.items():
                link.set_chosen(name == edge)
            self.viewport().update()

    def show_places(self, places: Mapping[str, Point], moved: Collection[str]) -> None:
        """Cards stand here while they are dragged; their links follow."""
        for name in moved:
            self._cards[name].setPos(*places[name])
        whole = {**places, LOSS_CARD: (self._loss.x(), self._loss.y())}
        ports = {name: card.face.ports for name, card in self._cards.items()}
        router, names = Router(whole, ports), set(moved)
        for edge, link in self._links.items():
            if edge[0] in names or edge[1] in names:
                link.set_course(replace(router.course(edge), labelled=False), link.label)

    def show_card(self, name: str) -> None:
        """Bring a card into view."""
        self.ensureVisible(self._cards[name].sceneBoundingRect(), 4, 4)
        self.viewport().update()

    def arrange(self) -> None:
        """All cards and links where they belong."""
        self._arrange()

    # ------------------------------------------------------------ what is at a place

    # ------------------------------------------------------------ requests

    def _kind(self, name: str) -> str:
        return self.network().layer(name).kind

    def movable(self) -> tuple[str, ...]:
        """The chosen layers that can be removed, duplicated and moved: not the input."""
        return tuple(name for name in self._chosen if self._kind(name) != INPUT_KIND)

    def place_behind(self, name: str) -> QPoint:
        """Where the quick search opens for a layer behind `name`, on the screen."""
        return self.viewport().mapToGlobal(self.mapFromScene(self.output_place(name)))

    def link_place(self, edge: Edge) -> QPoint:
        """Where the quick search opens for a layer on a link, on the screen."""
        return self.viewport().mapToGlobal(self.mapFromScene(self._links[edge].middle()))

    def begin_link(self) -> None:
        """Draw a link from the chosen layer by keys; say why when there is none to draw."""
        name = self.selected()
        if name is None:
            self.tell("Choose the layer that the link is to leave.", spoken=True)
            return
        self.give_up()
        gesture = KeyboardLink(self, name)
        if not gesture.targets:
            gesture.end()
            self.tell(f"{name} can feed no further layer: add one first.", spoken=True)
            return
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._gesture = gesture
        gesture.tell()
        self.viewport().update()

    def choose_next_link(self) -> None:
        """Choose the first link into the chosen layer; of the layer of the chosen link the next."""
        link = self._chosen_link
        name = link[1] if link is not None else self.selected()
        if name is None:
            self.tell("Choose a layer that links lead into.", spoken=True)
            return
        edges = sorted((e for e in self._links if e[1] == name), key=lambda e: e[2])
        if not edges:
            self.tell(f"No link leads into {name}.", spoken=True)
            return
        at = edges.index(link) + 1 if link in edges else 0
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.choose_link(edges[at % len(edges)])

    def keyboard_link(self) -> KeyboardLink | None:
        """The link that is being drawn by keys."""
        return self._gesture if isinstance(self._gesture, KeyboardLink) else None

    def accept_link(self) -> None:
        """Link as the keys say."""
        gesture = self.keyboard_link()
        if gesture is not None:
            self._gesture = None
            gesture.end()
            gesture.finish(QPoint())
            self.viewport().update()

    def give_up(self) -> bool:
        """End what the mouse or the keys have begun, if anything; returns whether it was so."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return False
        gesture.end()
        self.unsetCursor()
        self.viewport().update()
        return True

    # ------------------------------------------------------------ focus and screen readers

    def _update_focus(self) -> None:
        shown = self._by_keyboard and self.hasFocus() and self._chosen_link is None
        focused = self.current() if shown else None
        if focused != self._focused:
            self._focused = focused
            self._mark()

    def _describe(self) -> None:
        """Tell screen readers what the picture shows."""
        lines = [f"{n}: {self._cards[x].face.spoken()}" for n, x in enumerate(self.card_ids(), 1)]
        if len(self._chosen) == 1:
            lines.insert(0, f"Chosen: {self._cards[self._chosen[0]].face.spoken()}.")
        elif self._chosen:
            lines.insert(0, f"Chosen: {', '.join(self._chosen)}.")
        text = "\n".join(lines)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
