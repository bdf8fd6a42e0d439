"""The network as a picture: cards, links, legend; placed, zoomed and updated in place."""

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QStyle, QWidget

from app.core.place_edits import places_of
from app.core.resolved_project import ResolvedLayer, ResolvedProject
from app.ui.canvas.card import PICTURE_BAND, CardItem, CardMarks, LossItem
from app.ui.canvas.face import (
    LOSS_CARD,
    face_of_layer,
    health_of,
    port_count,
    shape_text,
    totals_text,
)
from app.ui.canvas.geometry import (
    MARGIN_BOTTOM,
    MARGIN_LEFT,
    MARGIN_RIGHT,
    MARGIN_TOP,
    input_port,
    output_port,
)
from app.ui.canvas.ground import paint_dots, paint_empty, paint_legend, paint_total
from app.ui.canvas.layout import (
    CARD_HEIGHT,
    CARD_HEIGHT_WITH_STRIP,
    CARD_WIDTH,
    GAP_ACROSS,
    CanvasLayout,
    Edge,
    Point,
    place_network,
)
from app.ui.canvas.link import LinkItem
from app.ui.plots.sign_picture import sign_picture
from app.ui.theme import current_theme

ZOOM_RANGE = (0.1, 2.0)
_SHOWN_PICTURES = 4


class CanvasView(QGraphicsView):
    """Shows a resolved project; knows which card is marked, not what marking means.

    Signals:
        zoom_changed(zoom): 1.0 is 100%.
        view_changed(): other parts of the drawing are seen, or they stand elsewhere.
    """

    zoom_changed = Signal(float)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = QGraphicsScene(self)
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._scene)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._cards: dict[str, CardItem] = {}
        self._links: dict[Edge, LinkItem] = {}
        self._loss = LossItem()
        self._loss.setZValue(1)
        self._scene.addItem(self._loss)
        self._loss.hide()
        self._resolved: ResolvedProject | None = None
        self._layout: CanvasLayout | None = None
        self._norms: Mapping[str, float] = {}
        self._dead: Mapping[str, tuple[int, int]] = {}
        self._diverged: str | None = None
        self._running = False
        self._chosen: tuple[str, ...] = ()
        self._focused: str | None = None
        self._hovered: str | None = None
        self._dragged: frozenset[str] = frozenset()
        self._faded: frozenset[str] = frozenset()
        self._marked_port: tuple[str, int | None] | None = None
        self._drop: tuple[str, Literal["allowed", "forbidden"]] | None = None
        self._hovered_link: LinkItem | None = None
        self._chosen_link: Edge | None = None
        self._by_hand = False
        self._begins = True
        self._zoom = 1.0
        self._apply_zoom()

    # ------------------------------------------------------------ what is shown

    def show_network(self, resolved: ResolvedProject, loss_text: str) -> None:
        """Show a network; cards and links that stay the same are left alone."""
        before, self._resolved = self._resolved, resolved
        old = {x.id: x for x in before.layers} if before is not None else {}
        feeds = {link.source for link in resolved.project.network.links}
        for layer in resolved.layers:
            is_output = layer.id not in feeds
            card = self._cards.get(layer.id)
            if card is None:
                card = self._cards[layer.id] = CardItem(face_of_layer(resolved, layer, is_output))
                card.setZValue(1)
                self._scene.addItem(card)
            elif not self._unchanged(before, old.get(layer.id), resolved, layer, card, is_output):
                card.set_face(face_of_layer(resolved, layer, is_output))
        for name in self._cards.keys() - {layer.id for layer in resolved.layers}:
            self._scene.removeItem(self._cards.pop(name))
        self._loss.set_text(loss_text)
        self._chosen = tuple(name for name in self._chosen if name in self._cards)
        if self._hovered not in self._cards:
            self._hovered = None
        self._show_healths()
        self._arrange()

    def show_health(self, norms: Mapping[str, float], dead: Mapping[str, tuple[int, int]]) -> None:
        """Show the strips: gradient norms, and (dead, all) units, by layer; two empty mappings
        clear them.
        """
        self._norms = dict(norms)
        self._dead = dict(dead)
        self._show_healths()
        self.viewport().update()

    def show_divergence(self, layer_id: str | None) -> None:
        """Mark the layer in which the first value that is not finite came up; None clears it."""
        self._diverged = layer_id
        self._show_healths()

    def show_unit_pictures(self, pictures: Mapping[str, NDArray[np.floating]]) -> None:
        """Draw the responses of the first units of a layer on its card.

        Args:
            pictures: by layer an array (units, height, width) in [-1, 1]; the first row is the
                lower edge of the plane.
                An empty mapping clears them.
        """
        for name, card in self._cards.items():
            fields = pictures.get(name)
            if fields is None:
                if card.pictures:
                    card.set_pictures((), 0)
                continue
            shown = tuple(sign_picture(field[::-1]) for field in fields[:_SHOWN_PICTURES])
            card.set_pictures(shown, len(fields))
        self._arrange()

    def select(self, layer_id: str | None) -> None:
        """Show `layer_id` alone as chosen; emits nothing."""
        self.select_layers([] if layer_id is None else [layer_id])

    def select_layers(self, names: Iterable[str]) -> None:
        """Show these layers as chosen, in the order given; emits nothing."""
        self._chosen = tuple(name for name in dict.fromkeys(names) if name in self._cards)
        self._chosen_link = None
        self._mark()
        if len(self._chosen) == 1:
            self.ensureVisible(self._cards[self._chosen[0]].sceneBoundingRect(), 4, 4)

    def selected(self) -> str | None:
        """The chosen layer, where it is one."""
        return self._chosen[0] if len(self._chosen) == 1 else None

    def chosen(self) -> tuple[str, ...]:
        """All chosen layers."""
        return self._chosen

    def show_from_start(self) -> None:
        """Another project was opened: it is seen from its upper left corner."""
        self._begins = True
        self._arrange()

    def set_running(self, running: bool) -> None:
        """While a training runs, layers with weights show their strips."""
        self._running = running
        self._mark()
        self.viewport().update()

    # ------------------------------------------------------------ places, for menus and tests

    def card_rect(self, layer_id: str) -> QRect:
        """Where the card of a layer (or of `LOSS_CARD`) stands, in px of the viewport.

        Raises:
            KeyError: when there is no such layer.
        """
        item = self._loss if layer_id == LOSS_CARD else self._cards[layer_id]
        return self._in_viewport(item.mapRectToScene(item.card_rect()))

    def fix_rect(self, layer_id: str) -> QRect:
        """Where the remedy below a card stands in the viewport; an empty rectangle when there is
        none.
        """
        card = self._cards[layer_id]
        if card.fix_rect().isEmpty():
            return QRect()
        return self._in_viewport(card.mapRectToScene(card.fix_rect()))

    def _in_viewport(self, rect: QRectF) -> QRect:
        lower_right = self.mapFromScene(rect.bottomRight()) - QPoint(1, 1)
        return QRect(self.mapFromScene(rect.topLeft()), lower_right)

    def link_middle(self, source: str, target: str) -> QPoint:
        """Where the plus of a link appears, in px of the viewport; `target` may be `LOSS_CARD`.

        Raises:
            KeyError: when there is no such link.
        """
        for edge, link in self._links.items():
            if edge[:2] == (source, target):
                return self.mapFromScene(link.middle())
        raise KeyError((source, target))

    def card_ids(self) -> tuple[str, ...]:
        """The layers in reading order."""
        return () if self._resolved is None else tuple(x.id for x in self._resolved.layers)

    def fix_index(self, layer_id: str) -> int:
        """The number of the remedy that stands below a card; -1 for none."""
        return self._cards[layer_id].face.fix_index

    def card_rects(self) -> list[tuple[QRectF, str]]:
        """All cards in the drawing, with the colour that an overview shows them in."""
        chosen = set(self._chosen)
        rects = [
            (
                card.mapRectToScene(card.card_rect()),
                "error" if card.shows_error else "accent" if name in chosen else "control_border",
            )
            for name, card in self._cards.items()
        ]
        if rects:
            rects.append((self._loss.mapRectToScene(self._loss.card_rect()), "border"))
        return rects

    def present_places(self) -> dict[str, Point]:
        """Upper left corners of all layers' cards, in the drawing at 100%."""
        return {name: (card.x(), card.y()) for name, card in self._cards.items()}

    def output_place(self, layer_id: str) -> QPointF:
        """Where links of a layer begin, in the drawing."""
        return self._cards[layer_id].pos() + QPointF(*output_port())

    def input_places(self, layer_id: str) -> tuple[QPointF, ...]:
        """Where links into a layer end, by port, in the drawing; () for an input layer."""
        count = self._port_count(layer_id)
        corner = self._cards[layer_id].pos()
        return tuple(corner + QPointF(*input_port(port, count)) for port in range(count))

    def _port_count(self, layer_id: str) -> int:
        assert self._resolved is not None
        layer = self._resolved.layer(layer_id)
        return port_count(layer, len(layer.input_shapes))

    # ------------------------------------------------------------ zoom

    def zoom(self) -> float:
        return self._zoom

    def set_zoom(self, zoom: float, at: QPoint | None = None) -> None:
        """Another zoom; what is seen at `at` (the middle of the viewport) stays there, where the
        cards do not go into other rows.
        """
        zoom = min(ZOOM_RANGE[1], max(ZOOM_RANGE[0], zoom))
        if abs(zoom - 1) < 0.03:
            zoom = 1.0
        if zoom == self._zoom:
            return
        at = self.viewport().rect().center() if at is None else at
        point = self.mapToScene(at)
        near = min(
            self._cards.values(),
            key=lambda card: (
                card.pos() + QPointF(CARD_WIDTH, CARD_HEIGHT) / 2 - point
            ).manhattanLength(),
            default=None,
        )
        offset = point - near.pos() if near is not None else point
        self._zoom = zoom
        self._apply_zoom()
        factor = zoom * current_theme().scale
        corner = point - QPointF(at) / factor
        self._arrange(QRectF(corner, self.viewport().size() / factor))
        self._scroll_by(self.mapFromScene(near.pos() + offset if near else point) - at)
        self.zoom_changed.emit(zoom)

    def fit(self) -> None:
        """The largest zoom, at most 100%, at which all of the network is seen."""
        if self._by_hand:
            self._show_rect(self.content_rect())
            return
        names, edges = self._cards_and_edges()
        steps = np.arange(1.0, ZOOM_RANGE[0] - 1e-9, -0.05)
        for zoom in steps:
            factor = float(zoom) * current_theme().scale
            width, height = self._wrap_width() / factor, self.viewport().height() / factor
            layout = self._laid_out(names, edges, width)
            if layout.height <= height and layout.width <= width:
                break
        self.set_zoom(round(float(zoom), 2))
        self.horizontalScrollBar().setValue(0)
        self.verticalScrollBar().setValue(0)

    def zoom_to_selection(self) -> None:
        """Show the chosen cards as large as they fit, at most at 100%."""
        if self._chosen:
            self._show_rect(self._rect_of(self._chosen))

    def _show_rect(self, rect: QRectF) -> None:
        factor = current_theme().scale
        size = self.viewport().size()
        zoom = min(
            1.0, size.width() / (rect.width() * factor), size.height() / (rect.height() * factor)
        )
        self.set_zoom(zoom)
        if self._chosen and not self._by_hand:  # the rows may have changed with the zoom
            rect = self._rect_of(self._chosen)
        seen = QRectF(QPointF(), self.viewport().size() / (self._zoom * factor))
        seen.moveCenter(rect.center())
        self._arrange(seen)
        self.centerOn(rect.center())

    def _rect_of(self, names: Iterable[str]) -> QRectF:
        rect = QRectF()
        for name in names:
            card = self._cards[name]
            rect = rect.united(card.mapRectToScene(card.card_rect()))
        return rect.adjusted(-16, -16, 16, 16)

    def content_rect(self) -> QRectF:
        """The part of the drawing that cards and links take, with a margin; each card with the
        room of its health strip or its complaint.
        """
        rect = QRectF()
        for card in self._cards.values():
            room = QRectF(card.pos(), QSizeF(CARD_WIDTH, CARD_HEIGHT_WITH_STRIP))
            whole = card.mapRectToScene(card.card_rect().united(card.fix_rect()))
            rect = rect.united(room).united(whole)
        if self._cards:
            rect = rect.united(QRectF(self._loss.pos(), QSizeF(CARD_WIDTH, CARD_HEIGHT_WITH_STRIP)))
        for link in self._links.values():
            if link.course is not None:
                xs, ys = zip(*link.course.corners, strict=True)
                rect = rect.united(QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys))))
        return rect.adjusted(-MARGIN_LEFT, -MARGIN_TOP, MARGIN_RIGHT, MARGIN_BOTTOM)

    def seen_rect(self) -> QRectF:
        """The part of the drawing that is seen."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def _scroll_by(self, distance: QPoint) -> None:
        for bar, value in (
            (self.horizontalScrollBar(), distance.x()),
            (self.verticalScrollBar(), distance.y()),
        ):
            bar.setValue(bar.value() + value)

    def _apply_zoom(self) -> None:
        factor = self._zoom * current_theme().scale
        self.resetTransform()
        self.scale(factor, factor)

    # ------------------------------------------------------------ arranging

    def _unchanged(
        self,
        before: ResolvedProject | None,
        old: ResolvedLayer | None,
        after: ResolvedProject,
        new: ResolvedLayer,
        card: CardItem,
        is_output: bool,
    ) -> bool:
        if before is None or old is None or card.face.is_output != is_output:
            return False
        same_data = (
            before.summary.title == after.summary.title
            and before.project.data.preprocessing == after.project.data.preprocessing
        )
        return same_data and old == new and before.problems_of(new.id) == after.problems_of(new.id)

    def _cards_and_edges(self) -> tuple[list[str], list[Edge]]:
        if self._resolved is None:
            return [], []
        links = self._resolved.project.network.links
        edges: list[Edge] = [(link.source, link.target, link.port) for link in links]
        names = [layer.id for layer in self._resolved.layers]
        if names:
            feeds = {link.source for link in links}
            edges += [(name, LOSS_CARD, 0) for name in names if name not in feeds]
            names.append(LOSS_CARD)
        return names, edges

    def _lane_height(self) -> float:
        band = PICTURE_BAND if any(card.pictures for card in self._cards.values()) else 0
        return CARD_HEIGHT_WITH_STRIP + band

    def _laid_out(
        self,
        names: list[str],
        edges: list[Edge],
        width: float,
        places: Mapping[str, Point] | None = None,
    ) -> CanvasLayout:
        ports = {x.id: port_count(x, len(x.input_shapes)) for x in self._layers()}
        return place_network(
            names,
            edges,
            width=width,
            lane_height=self._lane_height(),
            ports={name: count for name, count in ports.items() if count > 1},
            places=places or None,
        )

    def _layers(self) -> tuple[ResolvedLayer, ...]:
        return () if self._resolved is None else self._resolved.layers

    def _arrange(self, seen: QRectF | None = None) -> None:
        """Put cards and links where they belong.

        Args:
            seen: the part of the drawing that is to be seen; None: that which is.
        """
        names, edges = self._cards_and_edges()
        width = self._wrap_width() / (self._zoom * current_theme().scale)
        places = places_of(self._resolved.project) if self._resolved else {}
        self._by_hand = bool(places)
        layout = self._laid_out(names, edges, width, places)
        self._layout = layout
        for name, (x, y) in layout.places.items():
            item = self._loss if name == LOSS_CARD else self._cards[name]
            if item.pos() != QPointF(x, y):
                item.setPos(x, y)
        self._loss.setVisible(bool(names))
        for edge in self._links.keys() - layout.courses.keys():
            link = self._links.pop(edge)
            if link is self._hovered_link:
                self._hovered_link = None
            if edge == self._chosen_link:
                self._chosen_link = None
            self._scene.removeItem(link)
        shapes = {layer.id: layer.output_shape for layer in self._layers()}
        for edge, course in layout.courses.items():
            if edge not in self._links:
                self._links[edge] = LinkItem(edge)
                self._scene.addItem(self._links[edge])
            shape = shapes[edge[0]]
            self._links[edge].set_course(course, "" if shape is None else shape_text(shape, "×"))
        self._show_ground(layout, seen)
        self._mark()
        self.viewport().update()
        self.view_changed.emit()

    def _show_ground(self, layout: CanvasLayout, seen: QRectF | None) -> None:
        """Cards put by hand have ground on all sides, and at least what is seen, so that nothing
        jumps when the outermost one is moved.
        """
        if not self._by_hand:
            # The legend below the last row needs the room of a line where every card there shows
            # its strip.
            height = layout.height + (0 if self.legend_place() else 20)
            self.setSceneRect(0, 0, layout.width, height)
        elif self._begins:
            self.setSceneRect(self.content_rect())
        else:
            seen = (self.seen_rect() if seen is None else seen).adjusted(0, 0, -2, -2)
            self.setSceneRect(self.content_rect().united(seen))
        if self._begins and self._cards:
            self._begins = False
            for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
                bar.setValue(bar.minimum())

    def _show_healths(self) -> None:
        healths = health_of(self.card_ids(), self._norms, self._dead, self._diverged)
        for name, card in self._cards.items():
            card.set_health(healths.get(name))

    def _mark(self) -> None:
        chosen, port, drop = set(self._chosen), self._marked_port, self._drop
        for name, card in self._cards.items():
            card.set_marks(
                CardMarks(
                    selected=name in chosen,
                    hovered=name == self._hovered,
                    focused=name == self._focused,
                    disabled=not self.isEnabled(),
                    running=self._running,
                    dragged=name in self._dragged,
                    drop=drop[1] if drop is not None and drop[0] == name else "",
                    port=port[1] if port is not None and port[0] == name else None,
                    output_port=port is not None and port == (name, None),
                )
            )
            if name not in self._dragged:
                card.setOpacity(0.4 if name in self._faded else 1.0)
        for edge, link in self._links.items():
            link.set_hovered(link is self._hovered_link)
            link.set_chosen(edge == self._chosen_link)

    def _wrap_width(self) -> float:
        """The width that rows are wrapped to: room for the scroll bar is always kept, so that it
        changes nothing.
        """
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        return self.width() - bar

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._apply_zoom()
            self._arrange()
            self._scene.update()
        elif event.type() == QEvent.Type.EnabledChange:
            self._mark()

    # ------------------------------------------------------------ ground, legend, total

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.view_changed.emit()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        painter.fillRect(rect, current_theme().color("canvas"))
        if self._zoom >= 0.5:
            paint_dots(painter, QRectF(rect))
        if self._resolved is None or not self._resolved.layers:
            paint_empty(painter, self.seen_rect())
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        foot = self._loss.pos() + QPointF(CARD_WIDTH, 105)
        paint_total(painter, foot, totals_text(self._resolved))
        if any(card.shows_strip for card in self._cards.values()):
            paint_legend(painter, self._legend_corner())

    def _legend_corner(self) -> QPointF:
        place = self.legend_place()
        if place is not None:
            return place
        if self._by_hand:
            content = self.content_rect()
            return QPointF(content.left() + MARGIN_LEFT - 12, content.bottom() - 94)
        bottom = self._layout.height if self._layout else 0
        return QPointF(MARGIN_LEFT - 12, bottom - 94)

    def legend_place(self) -> QPointF | None:
        """The corner of the card, or of the empty place in the last row, below which the legend
        stands; None when it needs a line of its own.
        """
        if self._layout is None or self._by_hand:
            return None
        rows = self._layout.row_of
        last = max(rows.values(), default=0)
        for name, row in rows.items():
            card = self._cards.get(name)
            if row == last and card is not None and card.height == CARD_HEIGHT:
                if card.message_rect().isEmpty():
                    return card.pos()
        beside = self._loss.pos() + QPointF(CARD_WIDTH + GAP_ACROSS, 0)
        return beside if beside.x() + CARD_WIDTH <= self._layout.width else None
