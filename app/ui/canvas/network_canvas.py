"""The network on the bench: what mouse and keyboard do on its picture becomes requests; it changes
nothing itself.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from app.core.network import INPUT_KIND
from app.core.resolved_project import ResolvedProject
from app.ui.canvas.canvas_view import CanvasView
from app.ui.canvas.card import CardItem
from app.ui.canvas.face import LOSS_CARD
from app.ui.canvas.layout import CARD_HEIGHT, CARD_WIDTH, GAP_ACROSS, PORT_Y
from app.ui.canvas.link import LinkItem
from app.ui.pens import make_pen
from app.ui.theme import current_theme

ZOOM_STEP = 1.1
_KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_CONTROL = Qt.KeyboardModifier.ControlModifier
_NONE = Qt.KeyboardModifier.NoModifier


class NetworkCanvas(CanvasView):
    """Cards, links and the loss, and what a user asks for by them. Layers are named by their ids.

    Keys: arrows, Home and End choose a layer; Insert asks for one behind it, and so does typing a
        part of a name;
    Delete, Ctrl+D, Ctrl+Left and Ctrl+Right remove, duplicate and move it; Alt+Return asks for its
    remedy;
    plus, minus and 0 zoom.

    Signals (requests of the user):
        layer_selected(id): another layer was chosen; "" for none (a click on the ground or the
            loss).
        add_requested(after, where): a layer is to be put in behind `after`; `where` is a place on
            the screen.
        typed(after, where, text): the same, begun by typing.
        remove_requested(id), duplicate_requested(id), move_requested(id, after).
        fix_requested(id, index): the remedy with this number, counted over all problems of the
            layer in their order.
        context_requested(id, where): a menu for the layer is wanted; "" for the ground.
    """

    layer_selected = Signal(str)
    add_requested = Signal(str, QPoint)
    typed = Signal(str, QPoint, str)
    remove_requested = Signal(str)
    duplicate_requested = Signal(str)
    move_requested = Signal(str, str)
    fix_requested = Signal(str, int)
    context_requested = Signal(str, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Network")
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._by_keyboard = False
        self._pressed: tuple[str, QPoint] | None = None
        self._drop_after: str | None = None
        self._keys: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], None]] = {
            (Qt.Key.Key_Right, _NONE): lambda: self._step(self._after),
            (Qt.Key.Key_Left, _NONE): lambda: self._step(self._before),
            (Qt.Key.Key_Down, _NONE): lambda: self._step(lambda n: self._beside(n, 1)),
            (Qt.Key.Key_Up, _NONE): lambda: self._step(lambda n: self._beside(n, -1)),
            (Qt.Key.Key_Home, _NONE): lambda: self._choose(self.card_ids()[0]),
            (Qt.Key.Key_End, _NONE): lambda: self._choose(self.card_ids()[-1]),
            (Qt.Key.Key_Return, _NONE): lambda: self._choose(self._current()),
            (Qt.Key.Key_Enter, _NONE): lambda: self._choose(self._current()),
            (Qt.Key.Key_Space, _NONE): lambda: self._choose(self._current()),
            (Qt.Key.Key_Escape, _NONE): self._give_up,
            (Qt.Key.Key_Insert, _NONE): self._ask_to_add,
            (Qt.Key.Key_Delete, _NONE): self._ask_to_remove,
            (Qt.Key.Key_Backspace, _NONE): self._ask_to_remove,
            (Qt.Key.Key_D, _CONTROL): self._ask_to_duplicate,
            (Qt.Key.Key_Right, _CONTROL): lambda: self._ask_to_move(1),
            (Qt.Key.Key_Left, _CONTROL): lambda: self._ask_to_move(-1),
            (Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier): self._ask_to_fix,
            (Qt.Key.Key_Menu, _NONE): self._ask_for_menu,
            (Qt.Key.Key_Plus, _NONE): lambda: self.set_zoom(self.zoom() * ZOOM_STEP),
            (Qt.Key.Key_Equal, _NONE): lambda: self.set_zoom(self.zoom() * ZOOM_STEP),
            (Qt.Key.Key_Minus, _NONE): lambda: self.set_zoom(self.zoom() / ZOOM_STEP),
            (Qt.Key.Key_0, _NONE): lambda: self.set_zoom(1.0),
        }

    def show_network(self, resolved: ResolvedProject, loss_text: str) -> None:
        """Show a network; cards and links that stay the same are left alone."""
        super().show_network(resolved, loss_text)
        if self._dragging not in self._cards:
            self._pressed = self._dragging = self._drop_after = None
        self._update_focus()
        self._describe()

    def select(self, layer_id: str | None) -> None:
        """Show `layer_id` as chosen; emits nothing."""
        super().select(layer_id)
        self._update_focus()
        self._describe()

    # ------------------------------------------------------------ reading order and neighbours

    def _current(self) -> str | None:
        """The layer that keys act on: the chosen one, else the first."""
        return self._selected or next(iter(self.card_ids()), None)

    def _after(self, name: str) -> str | None:
        assert self._resolved is not None
        targets = self._resolved.project.network.outputs_of(name)
        return next(iter(targets), None)

    def _before(self, name: str) -> str | None:
        assert self._resolved is not None
        sources = self._resolved.project.network.inputs_of(name)
        return next(iter(sources), None)

    def _beside(self, name: str, direction: int) -> str | None:
        """The nearest card below (1) or above (-1)."""
        here = self._cards[name].pos()
        found = [
            (abs(item.y() - here.y()), abs(item.x() - here.x()), other)
            for other, item in self._cards.items()
            if (item.y() - here.y()) * direction > CARD_HEIGHT
        ]
        return min(found)[2] if found else None

    # ------------------------------------------------------------ requests

    def _choose(self, name: str | None) -> None:
        if name != self._selected:
            self.select(name)
            self.layer_selected.emit(name or "")
            if name is not None:
                spoken = QAccessibleAnnouncementEvent(self, self._cards[name].face.spoken())
                QAccessible.updateAccessibility(spoken)

    def _step(self, neighbour: Callable[[str], str | None]) -> None:
        current = self._current()
        if current is None:
            return
        self._choose(current if self._selected is None else neighbour(current) or current)

    def _place_behind(self, name: str) -> QPoint:
        card = self._cards[name]
        port = self.mapFromScene(card.mapToScene(QPointF(CARD_WIDTH, PORT_Y)))
        return self.viewport().mapToGlobal(port)

    def _ask_to_add(self) -> None:
        current = self._selected or next(reversed(self.card_ids()), None)
        if current is not None:
            self.add_requested.emit(current, self._place_behind(current))

    def _movable(self) -> str | None:
        name = self._selected
        if name is None or self._kind(name) == INPUT_KIND:
            return None
        return name

    def _kind(self, name: str) -> str:
        assert self._resolved is not None
        return self._resolved.layer(name).layer.kind

    def _ask_to_remove(self) -> None:
        name = self._movable()
        if name is not None:
            self.remove_requested.emit(name)

    def _ask_to_duplicate(self) -> None:
        name = self._movable()
        if name is not None:
            self.duplicate_requested.emit(name)

    def _ask_to_move(self, direction: int) -> None:
        name = self._movable()
        if name is None:
            return
        if direction > 0:
            goal = self._after(name)
        else:
            before = self._before(name)
            goal = self._before(before) if before else None
        if goal is not None:
            self.move_requested.emit(name, goal)

    def _ask_to_fix(self) -> None:
        name = self._selected
        if name is not None and self._cards[name].face.fix_index >= 0:
            self.fix_requested.emit(name, self._cards[name].face.fix_index)

    def _ask_for_menu(self) -> None:
        current = self._current()
        if current is not None:
            self._choose(current)
            where = self.viewport().mapToGlobal(self.card_rect(current).center())
            self.context_requested.emit(current, where)

    def _give_up(self) -> None:
        if self._dragging is not None:
            self._end_drag()
        else:
            self._choose(None)

    # ------------------------------------------------------------ keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._by_keyboard = True
        plain = event.modifiers() & ~(
            Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier
        )
        action = self._keys.get((Qt.Key(event.key()), plain))
        current = self._current()
        if action is not None and current is not None:
            action()
        elif plain == _NONE and event.text().isalpha() and current is not None:
            self.typed.emit(current, self._place_behind(current), event.text())
        else:
            event.ignore()
        self._update_focus()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in _KEYBOARD_REASONS:
            self._by_keyboard = True
        self._update_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._update_focus()

    def _update_focus(self) -> None:
        focused = self._current() if self._by_keyboard and self.hasFocus() else None
        if focused != self._focused:
            self._focused = focused
            self._mark()

    def _describe(self) -> None:
        """Tell screen readers what the picture shows."""
        lines = [f"{n}: {self._cards[x].face.spoken()}" for n, x in enumerate(self.card_ids(), 1)]
        if self._selected is not None:
            lines.insert(0, f"Chosen: {self._cards[self._selected].face.spoken()}.")
        text = "\n".join(lines)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    # ------------------------------------------------------------ mouse

    def _card_at(self, place: QPoint) -> CardItem | None:
        point = self.mapToScene(place)
        for card in self._cards.values():
            if card.mapRectToScene(card.card_rect()).contains(point):
                return card
        return None

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

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._by_keyboard = False
        self._update_focus()
        place = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        fix, card, link = self._fix_at(place), self._card_at(place), self._link_at(place)
        if link is not None and card is None and link.is_on_plus(self.mapToScene(place)):
            where = self.viewport().mapToGlobal(self.mapFromScene(link.middle()))
            self.add_requested.emit(link.edge[0], where)
        elif fix is not None:
            self.fix_requested.emit(fix.face.id, fix.face.fix_index)
        elif card is not None:
            self._pressed = (card.face.id, place)
            self._choose(card.face.id)
        else:
            self._choose(None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            name, start = self._pressed
            far = (place - start).manhattanLength() >= QApplication.startDragDistance()
            if self._dragging is None and far and self._kind(name) != INPUT_KIND:
                self._dragging = name
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
            if self._dragging is not None:
                self._drag_to(name, start, place)
            return
        self._hover(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        name, after = self._dragging, self._drop_after
        self._pressed = None
        if name is not None:
            self._end_drag()
            if after is not None and after != self._before(name):
                self.move_requested.emit(name, after)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def _hover(self, place: QPoint) -> None:
        card = self._card_at(place)
        link = self._link_at(place) if card is None else None
        name = card.face.id if card else None
        if name != self._hovered or link is not self._hovered_link:
            self._hovered, self._hovered_link = name, link
            self._mark()
        on_plus = link is not None and link.is_on_plus(self.mapToScene(place))
        hand = on_plus or self._fix_at(place) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if self._hovered is not None or self._hovered_link is not None:
            self._hovered, self._hovered_link = None, None
            self._mark()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & _CONTROL:
            super().wheelEvent(event)
            return
        self.set_zoom(self.zoom() * ZOOM_STEP ** (event.angleDelta().y() / 120))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        card = self._card_at(event.pos())
        name = card.face.id if card else None
        self._choose(name)
        self.context_requested.emit(name or "", event.globalPos())

    # ------------------------------------------------------------ dragging a card

    def _drag_to(self, name: str, start: QPoint, place: QPoint) -> None:
        assert self._layout is not None
        card = self._cards[name]
        home = QPointF(*self._layout.places[name])
        card.setPos(home + self.mapToScene(place) - self.mapToScene(start))
        self._drop_after = self._nearest_drop(name, self.mapToScene(place))
        self._mark()
        self.viewport().update()

    def _drop_point(self, after: str) -> QPointF:
        assert self._layout is not None
        return QPointF(*self._layout.places[after]) + QPointF(CARD_WIDTH + GAP_ACROSS / 2, 0)

    def _nearest_drop(self, name: str, point: QPointF) -> str | None:
        """The layer with the nearest gap, behind which the card would go; None far from all."""
        distances = [
            (QLineF(self._drop_point(other) + QPointF(0, PORT_Y), point).length(), other)
            for other in self._cards
            if other != name
        ]
        nearest = min(distances, default=(1e9, ""))
        return nearest[1] if nearest[0] < CARD_WIDTH else None

    def _end_drag(self) -> None:
        self._dragging = self._drop_after = self._pressed = None
        self.unsetCursor()
        self._arrange()
        self.viewport().update()

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        if self._drop_after is None or self._drop_after not in self._cards:
            return
        place = self._drop_point(self._drop_after)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(make_pen(current_theme().color("accent"), 3, cap=Qt.PenCapStyle.RoundCap))
        painter.drawLine(QLineF(place.x(), place.y() + 4, place.x(), place.y() + CARD_HEIGHT - 4))


__all__ = ["LOSS_CARD", "NetworkCanvas"]
