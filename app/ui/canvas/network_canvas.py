"""The network on the bench: what mouse and keyboard do on its picture becomes requests; it changes
nothing itself.
"""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
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

from app.core.layer_catalog import layer_kind
from app.ui.canvas.asking_view import AskingView
from app.ui.canvas.canvas_keys import CanvasKeys
from app.ui.canvas.face import LOSS_CARD
from app.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, Edge
from app.ui.canvas.gestures import CardsDrag, Gesture, LinkDrag, Pan, RubberBand
from app.ui.canvas.hits import end_of_course
from app.ui.canvas.link import LinkItem
from app.ui.canvas.overview import Overview
from app.ui.canvas.palette_drag import dragged_kind
from app.ui.pens import make_pen
from app.ui.theme import current_theme

ZOOM_STEP = 1.1
_PORT_REACH = 9
"""How near to the middle of a port the pointer takes hold of it."""
_REASON_WIDTH = 320
_KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_CONTROL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_LEFT = Qt.MouseButton.LeftButton


class NetworkCanvas(AskingView):
    """Cards, links and the loss, and what a user asks for by them. Layers are named by their ids,
    links by (source, target, port).

    Mouse: cards and their ports are dragged, the ground gives a rubber band, the middle button or
        Space moves the ground, the wheel with Ctrl zooms.
    Keys: see `canvas_keys`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("canvas")
        self.setAccessibleName("Network")
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._space = False
        self._panned = False
        self._keys = CanvasKeys(self)
        self.overview = Overview(self)
        self.view_changed.connect(self.overview.refresh)

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
        fix, card = self.fix_at(place), self.card_at(place)
        link = self.link_at(place) if card is None else None
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
            self.tell("")
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
        on_ground = not (self.card_at(place) or self.link_at(place) or self.fix_at(place))
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
        link = self.link_at(place) if card is None and port is None else None
        name, edge = card.face.id if card else None, link.edge if link else None
        if name != self._hovered or edge != self._hovered_link:
            self._hovered, self._hovered_link = name, edge
            self._mark()
        self._hover_port(port)
        on_plus = link is not None and link.is_on_plus(self.mapToScene(place))
        if port is not None:
            self.setCursor(Qt.CursorShape.CrossCursor)
        elif on_plus or self.fix_at(place) is not None:
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
        kind = layer_kind(self.network().layer(name).kind)
        called = f"{kind.ports[number]}: d" if kind and number < len(kind.ports) else "D"
        if self.edge_into(name, number) is not None:
            return f"{called}rag to link it elsewhere, or to the ground to remove the link."
        return f"{called}rag to the layer that is to feed {name}."

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
        link = self.link_at(event.pos()) if card is None else None
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
            self._paint_reason(painter, *self._gesture.reason())

    def _paint_reason(self, painter: QPainter, text: str, place: QPoint) -> None:
        """Why what is being dragged cannot go where the pointer is, beside the pointer."""
        if not text:
            return
        theme, view = current_theme(), self.viewport().rect()
        painter.save()
        painter.resetTransform()  # as large at each zoom
        painter.setFont(theme.font("body"))
        wrapped = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        room = QRect(0, 0, min(_REASON_WIDTH, view.width() - 32), view.height())
        box = painter.boundingRect(room, wrapped, text).adjusted(-8, -6, 8, 6)
        box.moveTopLeft(place + QPoint(14, 18))
        if box.bottom() > view.bottom():
            box.moveBottom(place.y() - 10)
        box.moveLeft(max(4, min(box.left(), view.right() - 4 - box.width())))
        painter.setPen(make_pen(theme.color("error"), 1))
        painter.setBrush(theme.color("error_ground"))
        painter.drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setPen(theme.color("text"))
        painter.drawText(box.adjusted(8, 6, -8, -6), wrapped, text)
        painter.restore()


__all__ = ["LOSS_CARD", "NetworkCanvas"]
