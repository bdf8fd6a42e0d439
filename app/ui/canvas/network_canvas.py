"""The network on the bench: what mouse and keyboard do on its picture becomes requests; it changes
nothing itself.
"""

from collections.abc import Collection, Iterable, Mapping

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QCursor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.core.network import INPUT_KIND, Link, Network
from app.core.place_edits import Point
from app.core.resolved_project import ResolvedProject
from app.ui.canvas.canvas_keys import CanvasKeys
from app.ui.canvas.canvas_view import CanvasView
from app.ui.canvas.card import CardItem
from app.ui.canvas.face import LOSS_CARD, shape_text
from app.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, PORT_Y, Edge
from app.ui.canvas.gestures import CardsDrag, Gesture, KeyboardLink, LinkDrag, Pan, RubberBand
from app.ui.canvas.hits import distance_to_course, end_of_course
from app.ui.canvas.link import LinkItem
from app.ui.canvas.overview import Overview
from app.ui.canvas.palette_drag import dragged_kind
from app.ui.canvas.routing import Router
from app.ui.pens import make_pen
from app.ui.theme import current_theme

ZOOM_STEP = 1.1
_PORT_REACH = 9
"""How near to the middle of a port the pointer takes hold of it."""
_KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_CONTROL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_LEFT = Qt.MouseButton.LeftButton


class NetworkCanvas(CanvasView):
    """Cards, links and the loss, and what a user asks for by them. Layers are named by their ids,
    links by (source, target, port).

    Mouse: cards and their ports are dragged, the ground gives a rubber band, the middle button or
        Space moves the ground, the wheel with Ctrl zooms.
    Keys: see `canvas_keys`.

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
        self.setObjectName("canvas")
        self.setAccessibleName("Network")
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._by_keyboard = False
        self._told_chosen: tuple[str, ...] = ()
        self._gesture: Gesture | None = None
        self._space = False
        self._panned = False
        self._target_link: Edge | None = None
        self._words = ""
        self._keys = CanvasKeys(self)
        self.overview = Overview(self)
        self.view_changed.connect(self.overview.refresh)

    def show_network(self, resolved: ResolvedProject, loss_text: str) -> None:
        """Show a network; cards and links that stay the same are left alone."""
        self.give_up()
        self._marked_port = self._drop = self._target_link = None
        super().show_network(resolved, loss_text)
        self._told_chosen = self._chosen
        self._update_focus()
        self._describe()

    def select_layers(self, names: Iterable[str]) -> None:
        super().select_layers(names)
        self._told_chosen = self._chosen
        self._update_focus()
        self._describe()

    def network(self) -> Network:
        """What is shown. Raises RuntimeError before anything is."""
        if self._resolved is None:
            raise RuntimeError("no network is shown")
        return self._resolved.project.network

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
        self.select_layers(names)
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

    def chosen_link(self) -> Edge | None:
        """The link that was clicked, or reached by keys."""
        return self._chosen_link

    def choose_link(self, edge: Edge | None) -> None:
        """The user chooses a link; no layer is chosen then."""
        self.choose_layers(())
        self._chosen_link = edge
        self._mark()
        if edge is not None:
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
        ports = {layer.id: self._port_count(layer.id) for layer in self._layers()}
        router, names = Router(whole, ports), set(moved)
        for edge, link in self._links.items():
            if edge[0] in names or edge[1] in names:
                link.set_course(router.course(edge), link.label)

    def show_card(self, name: str) -> None:
        """Bring a card into view."""
        self.ensureVisible(self._cards[name].sceneBoundingRect(), 4, 4)
        self.viewport().update()

    def arrange(self) -> None:
        """All cards and links where they belong."""
        self._arrange()

    # ------------------------------------------------------------ what is at a place

    def pointer(self) -> QPointF | None:
        """Where in the drawing the pointer is, while it is on the canvas."""
        place = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().underMouse() and self.viewport().rect().contains(place)
        return self.mapToScene(place) if inside else None

    def card_at(self, place: QPoint) -> CardItem | None:
        """The uppermost card at a place of the viewport."""
        point = self.mapToScene(place)
        for card in reversed(self._cards.values()):
            if card.mapRectToScene(card.card_rect()).contains(point):
                return card
        return None

    def cards_in(self, rect: QRectF) -> tuple[str, ...]:
        """Layers whose cards a part of the drawing touches, in reading order."""
        cards = self._cards
        return tuple(
            n
            for n in self.card_ids()
            if cards[n].mapRectToScene(cards[n].card_rect()).intersects(rect)
        )

    def _fix_at(self, place: QPoint) -> CardItem | None:
        point = self.mapToScene(place)
        for card in self._cards.values():
            if card.mapRectToScene(card.fix_rect()).contains(point):
                return card
        return None

    def _link_at(self, place: QPoint) -> LinkItem | None:
        point = self.mapToScene(place)
        if self._hovered_link is not None and self._hovered_link.is_hit(point):
            return self._hovered_link
        return next((link for link in self._links.values() if link.is_hit(point)), None)

    def link_of(self, edge: Edge) -> Link:
        return Link(source=edge[0], target=edge[1], port=edge[2])

    def nearest_link(self, point: QPointF, reach: float, without: str) -> Edge | None:
        """The link that passes within `reach` of a point of the drawing, between two layers other
        than `without`, or from one to the loss.
        """
        found = [
            (distance_to_course(link.course, point), edge)
            for edge, link in self._links.items()
            if link.course is not None and without not in edge[:2]
        ]
        best = min(found, default=(reach + 1, None))
        return best[1] if best[0] <= reach else None

    def port_at(self, place: QPoint) -> tuple[str, int | None] | None:
        """(layer, input number or None for the output) of the port under the pointer."""
        point = self.mapToScene(place)
        best: tuple[float, tuple[str, int | None]] | None = None
        for name, card in self._cards.items():
            off = point - card.pos()
            if not (-_PORT_REACH <= off.x() <= CARD_WIDTH + _PORT_REACH):
                continue
            if not 0 <= off.y() <= CARD_HEIGHT:
                continue
            ports: list[tuple[int | None, QPointF]] = [(None, self.output_place(name))]
            ports += list(enumerate(self.input_places(name)))
            for number, port in ports:
                way = port - point
                distance = (way.x() ** 2 + way.y() ** 2) ** 0.5
                if distance <= _PORT_REACH and (best is None or distance < best[0]):
                    best = (distance, (name, number))
        return best[1] if best else None

    def input_at(self, place: QPoint) -> tuple[str | None, int | None]:
        """(layer, port) that a link let go at `place` would lead into; the port is None where the
        card as a whole is meant.
        """
        port = self.port_at(place)
        if port is not None and port[1] is not None:
            several = len(self.input_places(port[0])) > 1
            return port[0], port[1] if several else None
        card = self.card_at(place)
        return (card.face.id, None) if card else (None, None)

    def input_place(self, layer_id: str, port: int | None) -> QPointF:
        """Where a link into a port ends; for None into the next free one."""
        places = self.input_places(layer_id)
        if not places:
            return self._cards[layer_id].pos() + QPointF(0, PORT_Y)
        links = len(self.network().inputs_of(layer_id))
        return places[min(links if port is None else port, len(places) - 1)]

    def edge_into(self, layer_id: str, port: int) -> Edge | None:
        """The link that ends at a port, or None."""
        edges = [edge for edge in self._links if edge[1] == layer_id and edge[2] == port]
        return edges[0] if edges else None

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

    # ------------------------------------------------------------ keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_keyboard = True
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            if not event.isAutoRepeat():
                self._space, self._panned = True, False
        elif not self._keys.press(event):
            event.ignore()
        self._update_focus()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            if self._space and not self._panned and self._gesture is None:
                self.choose(self.current())
            self._space = False
        super().keyReleaseEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in _KEYBOARD_REASONS:
            self._by_keyboard = True
        self._update_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._space = False
        self._update_focus()

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

    # ------------------------------------------------------------ mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keyboard = False
        self._update_focus()
        self.give_up()
        place = event.position().toPoint()
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == _LEFT and self._space
        ):
            self._panned = True
            self._gesture = Pan(self, place)
        elif event.button() == _LEFT and self._resolved is not None:
            more = bool(event.modifiers() & (_CONTROL | _SHIFT))
            self._gesture = self._pressed_at(place, more)

    def _pressed_at(self, place: QPoint, more: bool) -> Gesture | None:
        """What a press of the left button begins; `more` adds to what is chosen."""
        fix, card = self._fix_at(place), self.card_at(place)
        link = self._link_at(place) if card is None else None
        point = self.mapToScene(place)
        if fix is not None:
            self.fix_requested.emit(fix.face.id, fix.face.fix_index)
            return None
        port = None if more else self.port_at(place)
        if port is not None:
            return self._take_port(place, *port)
        if link is not None and link.is_on_plus(point):
            self.insert_requested.emit(link.edge, self.link_place(link.edge))
            return None
        if card is not None:
            return self._take_card(place, card.face.id, more)
        if link is not None and not more:
            return self._take_link(place, link)
        if self._chosen_link is not None:
            self._chosen_link = None
            self._mark()
        if not more:
            self.choose(None)
        return RubberBand(self, place, more)

    def _take_card(self, place: QPoint, name: str, more: bool) -> Gesture | None:
        if more:
            others = tuple(other for other in self._chosen if other != name)
            self.choose_layers(others if name in self._chosen else (*others, name))
            return None
        if name not in self._chosen:
            self.choose(name)
        return CardsDrag(self, name, place)

    def _take_port(self, place: QPoint, name: str, number: int | None) -> Gesture:
        if number is None:
            return LinkDrag(self, place, source=name)
        edge = self.edge_into(name, number)
        if edge is not None:
            return LinkDrag(self, place, source=edge[0], old=edge)
        several = len(self.input_places(name)) > 1
        return LinkDrag(self, place, target=name, port=number if several else None)

    def _take_link(self, place: QPoint, link: LinkItem) -> Gesture | None:
        end = end_of_course(link.course, self.mapToScene(place)) if link.course else None
        self.choose_link(link.edge)
        if link.edge[1] == LOSS_CARD or end is None:
            return None
        if end == "target":
            return LinkDrag(self, place, source=link.edge[0], old=link.edge)
        return LinkDrag(self, place, target=link.edge[1], port=link.edge[2], old=link.edge)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._gesture is not None and self.keyboard_link() is None:
            if event.buttons() == Qt.MouseButton.NoButton:  # it was let go somewhere else
                self.give_up()
                return
            self._scroll_at_edge(place)
            self._gesture.move(place)
            return
        self._hover(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self._gesture
        if gesture is None or self.keyboard_link() is not None:
            return
        if gesture.begun:
            gesture.move(event.position().toPoint())
        self._gesture = None
        # What it shows goes first: the answer to its request may show a new picture at once.
        gesture.end()
        self.unsetCursor()
        gesture.finish(event.position().toPoint())
        self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        on_ground = not (self.card_at(place) or self._link_at(place) or self._fix_at(place))
        if event.button() == _LEFT and on_ground and self._resolved is not None:
            where = self.viewport().mapToGlobal(place)
            self.search_requested.emit(self.mapToScene(place), where, "")
            return
        self.mousePressEvent(event)

    def _scroll_at_edge(self, place: QPoint) -> None:
        """A drag near the edge moves the ground, as far as there is some."""
        view = self.viewport().rect()
        if isinstance(self._gesture, Pan) or not self._gesture or not self._gesture.begun:
            return
        for bar, at, end in (
            (self.horizontalScrollBar(), place.x(), view.width()),
            (self.verticalScrollBar(), place.y(), view.height()),
        ):
            if at < 16 or at > end - 16:
                bar.setValue(bar.value() + (12 if at > end - 16 else -12))

    def _hover(self, place: QPoint) -> None:
        card = self.card_at(place)
        port = self.port_at(place)
        link = self._link_at(place) if card is None and port is None else None
        name = card.face.id if card else None
        if name != self._hovered or link is not self._hovered_link:
            self._hovered, self._hovered_link = name, link
            self._mark()
        self._hover_port(port)
        on_plus = link is not None and link.is_on_plus(self.mapToScene(place))
        if port is not None:
            self.setCursor(Qt.CursorShape.CrossCursor)
        elif on_plus or self._fix_at(place) is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.setCursor(Qt.CursorShape.ArrowCursor)

    def _hover_port(self, port: tuple[str, int | None] | None) -> None:
        if port == self._marked_port:
            return
        self._marked_port = port
        self._mark()
        self.tell(self._words_of_port(*port) if port is not None else "")

    def _words_of_port(self, name: str, number: int | None) -> str:
        if number is None:
            return f"Drag to link {name} to a layer, or to the ground to add one."
        if self.edge_into(name, number) is not None:
            return "Drag to link it elsewhere, or to the ground to remove the link."
        return f"Drag to the layer that is to feed {name}."

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover_port(None)
        if self._hovered is not None or self._hovered_link is not None:
            self._hovered, self._hovered_link = None, None
            self._mark()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & _CONTROL:
            super().wheelEvent(event)
            return
        steps = event.angleDelta().y() / 120
        self.set_zoom(self.zoom() * ZOOM_STEP**steps, event.position().toPoint())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._keys.ask_for_menu()
            return
        self.give_up()
        card = self.card_at(event.pos())
        link = self._link_at(event.pos()) if card is None else None
        if link is not None and link.edge[1] != LOSS_CARD:
            self.choose_link(link.edge)
            self.link_menu_requested.emit(link.edge, event.globalPos())
            return
        name = card.face.id if card else None
        if name is None or name not in self._chosen:
            self.choose(name)
        self.context_requested.emit(name or "", event.globalPos())

    # ------------------------------------------------------------ kinds dragged from the list

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self._drag_kind(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._drag_kind(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.show_target_link(None)
        self.tell("")

    def dropEvent(self, event: QDropEvent) -> None:
        kind = dragged_kind(event.mimeData())
        edge = self._drag_kind(event)
        self.show_target_link(None)
        self.tell("")
        if kind is not None:
            middle = QPointF(CARD_WIDTH, CARD_HEIGHT) / 2
            point = self.mapToScene(event.position().toPoint())
            self.kind_dropped.emit(kind, point - middle, edge)

    def _drag_kind(self, event: QDragMoveEvent | QDropEvent) -> Edge | None:
        """Take a kind of layer, and nothing else; the link that it would go on."""
        kind = dragged_kind(event.mimeData())
        if kind is None or self._resolved is None:
            event.ignore()
            return None
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        point = self.mapToScene(event.position().toPoint())
        edge = self.nearest_link(point, 20, without="")
        self.show_target_link(edge)
        self.tell(f"Add {kind} on this link." if edge else f"Add {kind} here.")
        return edge

    # ------------------------------------------------------------ what is painted above all

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.overview.refresh()

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        accent = current_theme().color("accent")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._target_link in self._links:
            middle = self._links[self._target_link].middle()
            painter.setPen(make_pen(accent, 3, cap=Qt.PenCapStyle.RoundCap))
            painter.drawLine(middle - QPointF(0, 38), middle + QPointF(0, 38))
        if self._gesture is not None:
            self._gesture.paint(painter)


__all__ = ["LOSS_CARD", "NetworkCanvas"]
