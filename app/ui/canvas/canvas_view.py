"""The network as a picture: cards, links, legend; placed, zoomed and updated in place."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QStyle, QWidget

from app.core.resolved_project import ResolvedLayer, ResolvedProject
from app.ui.canvas.card import PICTURE_BAND, CardItem, CardMarks, LossItem, drawing_font
from app.ui.canvas.face import LOSS_CARD, face_of_layer, health_of, shape_text, totals_text
from app.ui.canvas.layout import (
    CARD_HEIGHT,
    CARD_HEIGHT_WITH_STRIP,
    CARD_WIDTH,
    GAP_ACROSS,
    MARGIN_LEFT,
    CanvasLayout,
    Edge,
    place_network,
)
from app.ui.canvas.link import LinkItem
from app.ui.plots.sign_picture import rgb_of, sign_picture
from app.ui.theme import current_theme

DOT_PITCH = 16
ZOOM_RANGE = (0.25, 2.0)
_SHOWN_PICTURES = 4
_LEGEND = "gradient norm, log 1e-4 to 1"


class CanvasView(QGraphicsView):
    """Shows a resolved project; knows which card is marked, not what marking means.

    Signals:
        zoom_changed(zoom): 1.0 is 100%.
    """

    zoom_changed = Signal(float)

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
        self._selected: str | None = None
        self._focused: str | None = None
        self._hovered: str | None = None
        self._dragging: str | None = None
        self._hovered_link: LinkItem | None = None
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
        if self._selected not in self._cards:
            self._selected = None
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
        """Show `layer_id` as chosen; emits nothing."""
        if layer_id is not None and layer_id not in self._cards:
            layer_id = None
        self._selected = layer_id
        self._mark()
        if layer_id is not None:
            self.ensureVisible(self._cards[layer_id].sceneBoundingRect(), 4, 4)

    def selected(self) -> str | None:
        return self._selected

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

    # ------------------------------------------------------------ zoom

    def zoom(self) -> float:
        return self._zoom

    def set_zoom(self, zoom: float) -> None:
        zoom = min(ZOOM_RANGE[1], max(ZOOM_RANGE[0], zoom))
        if abs(zoom - 1) < 0.03:
            zoom = 1.0
        if zoom == self._zoom:
            return
        self._zoom = zoom
        self._apply_zoom()
        self._arrange()
        self.zoom_changed.emit(zoom)

    def fit(self) -> None:
        """The largest zoom, at most 100%, at which all of the network is seen."""
        names, edges = self._cards_and_edges()
        steps = np.arange(1.0, ZOOM_RANGE[0] - 1e-9, -0.05)
        for zoom in steps:
            factor = float(zoom) * current_theme().scale
            width, height = self._wrap_width() / factor, self.viewport().height() / factor
            layout = place_network(names, edges, width=width, lane_height=self._lane_height())
            if layout.height <= height and layout.width <= width:
                break
        self.set_zoom(round(float(zoom), 2))
        self.horizontalScrollBar().setValue(0)
        self.verticalScrollBar().setValue(0)

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

    def _arrange(self) -> None:
        names, edges = self._cards_and_edges()
        width = self._wrap_width() / (self._zoom * current_theme().scale)
        layout = place_network(names, edges, width=width, lane_height=self._lane_height())
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
            self._scene.removeItem(link)
        shapes = {x.id: x.output_shape for x in self._resolved.layers} if self._resolved else {}
        for edge, course in layout.courses.items():
            if edge not in self._links:
                self._links[edge] = LinkItem(edge)
                self._scene.addItem(self._links[edge])
            shape = shapes[edge[0]]
            self._links[edge].set_course(course, "" if shape is None else shape_text(shape, "×"))
        # The legend below the last row needs the room of a line where every card there shows its
        # strip.
        height = layout.height + (0 if self.legend_place() else 20)
        self.setSceneRect(0, 0, layout.width, height)
        self._mark()
        self.viewport().update()

    def _show_healths(self) -> None:
        healths = health_of(self.card_ids(), self._norms, self._dead, self._diverged)
        for name, card in self._cards.items():
            card.set_health(healths.get(name))

    def _mark(self) -> None:
        for name, card in self._cards.items():
            card.set_marks(
                CardMarks(
                    selected=name == self._selected,
                    hovered=name == self._hovered,
                    focused=name == self._focused,
                    disabled=not self.isEnabled(),
                    running=self._running,
                    dragged=name == self._dragging,
                )
            )
        for link in self._links.values():
            link.set_hovered(link is self._hovered_link)

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

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        theme = current_theme()
        ground, border = theme.color("canvas"), theme.color("border")
        painter.fillRect(rect, ground)
        if self._zoom >= 0.5:
            dots = _between(ground, border, 0.375 if theme.tokens.is_dark else 0.655)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(dots)
            first_x, first_y = (int(v // DOT_PITCH) for v in (rect.left(), rect.top()))
            last_x, last_y = (int(v // DOT_PITCH) for v in (rect.right(), rect.bottom()))
            painter.drawRects(
                [
                    QRectF(x * DOT_PITCH + 7, y * DOT_PITCH + 7, 2, 2)
                    for y in range(first_y, last_y + 1)
                    for x in range(first_x, last_x + 1)
                ]
            )
        if self._resolved is None or not self._resolved.layers:
            self._paint_empty(painter)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_total(painter, self._resolved)
        if any(card.shows_strip for card in self._cards.values()):
            self._paint_legend(painter)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setFont(drawing_font("body"))
        painter.setPen(current_theme().color("muted"))
        view = self.mapToScene(self.viewport().rect()).boundingRect()
        painter.drawText(
            view, Qt.AlignmentFlag.AlignCenter, "The network is empty. Press Add layer to begin."
        )

    def _paint_total(self, painter: QPainter, resolved: ResolvedProject) -> None:
        font = drawing_font("caption")
        text = totals_text(resolved)
        width = QFontMetricsF(font).horizontalAdvance(text)
        right = self._loss.pos() + QPointF(CARD_WIDTH, 105)
        painter.setFont(font)
        painter.setPen(current_theme().color("muted"))
        painter.drawText(right - QPointF(width, 0), text)

    def legend_place(self) -> QPointF | None:
        """The corner of the card, or of the empty place in the last row, below which the legend
        stands; None when it needs a line of its own.
        """
        if self._layout is None:
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

    def _paint_legend(self, painter: QPainter) -> None:
        theme = current_theme()
        place = self.legend_place()
        if place is None:
            bottom = self._layout.height if self._layout else 0
            place = QPointF(MARGIN_LEFT - 12, bottom - 94)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("good"))
        painter.drawRoundedRect(QRectF(place.x() + 12, place.y() + 99, 16, 4), 2, 2)
        painter.setFont(drawing_font("caption"))
        painter.setPen(theme.color("muted"))
        painter.drawText(place + QPointF(36, 105), _LEGEND)


def _between(a: QColor, b: QColor, share: float) -> QColor:
    """The colour `share` of the way from `a` to `b`."""
    parts = zip(rgb_of(a), rgb_of(b), strict=True)
    return QColor(*(round(p + share * (q - p)) for p, q in parts))
