"""Cards and links in their places: where they stand, at which zoom, and what part is seen."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QStyle, QWidget

from app.core.network import output_layer
from app.core.place_edits import places_of
from app.core.resolved_project import ResolvedLayer, ResolvedProject
from app.ui.canvas.card import PICTURE_BAND, CardItem
from app.ui.canvas.detail import DetailScene
from app.ui.canvas.face import LOSS_CARD, shape_text
from app.ui.canvas.geometry import (
    CARD_HEIGHT,
    CARD_HEIGHT_WITH_STRIP,
    CARD_WIDTH,
    GAP_ACROSS,
    MARGIN_BOTTOM,
    MARGIN_LEFT,
    MARGIN_RIGHT,
    MARGIN_TOP,
    CanvasLayout,
    Edge,
    LinkCourse,
    Point,
    input_port,
    output_port,
)
from app.ui.canvas.label_places import Ground, Labelled, Rect, with_labels
from app.ui.canvas.layout import place_network
from app.ui.canvas.link import LinkItem, label_size
from app.ui.canvas.loss_card import LossItem
from app.ui.theme import current_theme

ZOOM_RANGE = (0.1, 2.0)


class PlacedView(QGraphicsView):
    """Holds the items of a resolved project. The canvas arranges them, in rows as wide as the view,
    until the project says where cards were put by hand.

    Signals:
        zoom_changed(zoom): 1.0 is 100%.
        view_changed(): other parts of the drawing are seen, or they stand elsewhere.
    """

    zoom_changed = Signal(float)
    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = DetailScene(self)
        self._scene.setItemIndexMethod(DetailScene.ItemIndexMethod.NoIndex)
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
        self._labelled: Labelled | None = None
        self._chosen: tuple[str, ...] = ()
        self._by_hand = False
        self._begins = True
        self._zoom = 1.0
        self._apply_zoom()

    def _mark(self) -> None:
        """Show which cards and links are chosen, hovered and so on."""

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
                QRectF(card.x(), card.y(), CARD_WIDTH, card.height),
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
        card = self._cards[layer_id]
        count, corner = card.face.ports, card.pos()
        return tuple(corner + QPointF(*input_port(port, count)) for port in range(count))

    # ------------------------------------------------------------ zoom and what is seen

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

    def show_from_start(self) -> None:
        """Another project was opened: it is seen from its upper left corner."""
        self._begins = True
        self._arrange()

    def _show_rect(self, rect: QRectF) -> None:
        factor = current_theme().scale
        size = self.maximumViewportSize()
        zoom = min(size.width() / (rect.width() * factor), size.height() / (rect.height() * factor))
        self.set_zoom(1.0 if zoom >= 1 else min(zoom, 0.97))  # nearer to 1 it would become 1
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
        rect.adjust(-MARGIN_LEFT, -MARGIN_TOP, MARGIN_RIGHT, MARGIN_BOTTOM)
        for link in self._links.values():
            if link.course is not None:
                xs, ys = zip(*link.course.corners, strict=True)
                way = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys)))
                rect = rect.united(way.adjusted(-4, -4, 4, 4))
        return rect

    def show_layers(self, names: Iterable[str]) -> None:
        """Bring cards into view, as far as they fit."""
        rect = self._rect_of(name for name in names if name in self._cards)
        if not self.seen_rect().contains(rect):
            self.ensureVisible(rect, 0, 0)

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
        self._scene.scale = factor
        self.resetTransform()
        self.scale(factor, factor)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.view_changed.emit()

    # ------------------------------------------------------------ arranging

    def _layers(self) -> tuple[ResolvedLayer, ...]:
        return () if self._resolved is None else self._resolved.layers

    def output_id(self) -> str | None:
        """The layer that feeds the loss; None where there is none."""
        if self._resolved is None:
            return None
        output = output_layer(self._resolved.project.network)
        return None if output is None else output.id

    def _cards_and_edges(self) -> tuple[list[str], list[Edge]]:
        if self._resolved is None:
            return [], []
        links = self._resolved.project.network.links
        edges: list[Edge] = [(link.source, link.target, link.port) for link in links]
        names = [layer.id for layer in self._resolved.layers]
        output = self.output_id()
        if names:
            edges += [(output, LOSS_CARD, 0)] if output is not None else []
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
        ports = {name: card.face.ports for name, card in self._cards.items()}
        return place_network(
            names,
            edges,
            width=width,
            lane_height=self._lane_height(),
            ports={name: count for name, count in ports.items() if count > 1},
            places=places or None,
        )

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
            self._scene.removeItem(self._links.pop(edge))
        shapes = {layer.id: layer.output_shape for layer in self._layers()}
        labels = {
            edge: "" if (shape := shapes[edge[0]]) is None else shape_text(shape, "×")
            for edge in layout.courses
        }
        for edge, course in self._with_labels(layout, labels).items():
            if edge not in self._links:
                self._links[edge] = LinkItem(edge)
                self._scene.addItem(self._links[edge])
            self._links[edge].set_course(course, labels[edge])
        self._show_ground(layout, seen)
        self._mark()
        self.viewport().update()
        self.view_changed.emit()

    def _with_labels(
        self, layout: CanvasLayout, labels: Mapping[Edge, str]
    ) -> Mapping[Edge, LinkCourse]:
        """The courses of a layout with the labels that there is room for."""
        sizes = {edge: label_size(text) for edge, text in labels.items() if text}
        x, y = layout.places.get(LOSS_CARD, (0.0, 0.0))
        taken: list[Rect] = [(x, y, x + CARD_WIDTH, y + CARD_HEIGHT)]
        texts: list[Rect] = []
        for name, card in self._cards.items():
            x, y = layout.places[name]
            ports = 5 if card.face.ports > 1 else 0  # the free ones among them have no link
            taken.append((x - ports, y, x + CARD_WIDTH, y + card.height))
            if card.face.severity == "error":
                texts += [
                    (x, y + rect.top(), x + rect.right(), y + rect.bottom())
                    for rect in (card.message_rect(), card.fix_rect())
                ]
        known = self._labelled
        if known is None or known.layout is not layout or known.taken != taken:
            known = Labelled(layout, taken, Ground(layout.courses, taken))
        if known.key != (sizes, texts):
            courses = with_labels(layout.courses, sizes, known.ground, texts)
            known = replace(known, key=(sizes, texts), courses=courses)
        self._labelled = known
        return known.courses

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
            seen, content = self.seen_rect() if seen is None else seen, self.content_rect()
            # Where the view begins left of or above everything, the ground need not reach the far
            # edge: a scroll bar would only hide some of it.
            bar = self._bar_extent() / (self._zoom * current_theme().scale) + 2
            right = bar if seen.left() <= content.left() else 0
            bottom = bar if seen.top() <= content.top() else 0
            self.setSceneRect(content.united(seen.adjusted(0, 0, -right, -bottom)))
        if self._begins and self._cards:
            self._begins = False
            for scroll_bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
                scroll_bar.setValue(scroll_bar.minimum())

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

    def _wrap_width(self) -> float:
        """The width that rows are wrapped to: room for the scroll bar is always kept, so that it
        changes nothing.
        """
        return self.width() - self._bar_extent()

    def _bar_extent(self) -> int:
        return self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
