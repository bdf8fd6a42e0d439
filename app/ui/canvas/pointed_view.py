"""The picture, and what of it is at a place: cards, ports, links, remedies."""

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QCursor

from app.core.network import Link, Network
from app.ui.canvas.canvas_view import CanvasView
from app.ui.canvas.card import CardItem
from app.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, PORT_Y, Edge
from app.ui.canvas.hits import distance_to_course
from app.ui.canvas.link import LinkItem

_PORT_REACH = 9
"""How near to the middle of a port the pointer takes hold of it."""


class PointedView(CanvasView):
    """Places are those of the viewport unless the drawing is named; links are called by
    (source, target, port).
    """

    def network(self) -> Network:
        """What is shown. Raises RuntimeError before anything is."""
        if self._resolved is None:
            raise RuntimeError("no network is shown")
        return self._resolved.project.network

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

    def fix_at(self, place: QPoint) -> CardItem | None:
        point = self.mapToScene(place)
        for card in self._cards.values():
            if card.shows_texts() and card.mapRectToScene(card.fix_rect()).contains(point):
                return card
        return None

    def link_at(self, place: QPoint) -> LinkItem | None:
        point = self.mapToScene(place)
        hovered = self._links.get(self._hovered_link) if self._hovered_link else None
        if hovered is not None and hovered.is_hit(point):
            return hovered
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

    def pointer(self) -> QPointF | None:
        """Where in the drawing the pointer is, while it is on the canvas."""
        place = self.viewport().mapFromGlobal(QCursor.pos())
        inside = self.viewport().underMouse() and self.viewport().rect().contains(place)
        return self.mapToScene(place) if inside else None
