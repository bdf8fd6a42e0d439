"""A small picture of a network, painted from the network itself with the canvas's layout."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from app.core.layer_catalog import layer_kind
from app.core.network import Network, topological_order
from app.ui.canvas.face import icon_of_kind
from app.ui.canvas.geometry import (
    CARD_HEIGHT,
    CARD_WIDTH,
    GAP_ACROSS,
    MARGIN_LEFT,
    MARGIN_RIGHT,
)
from app.ui.canvas.layout import CanvasLayout, place_network
from app.ui.controls.painting import color
from app.ui.icons import paint_icon
from app.ui.pens import make_pen

MOST_COLUMNS = 12
LARGEST_SCALE = 0.34
"""A network of two layers is not blown up."""
_SMALLEST_ICON = 7


@lru_cache(maxsize=64)
def _layout(edges: tuple[tuple[str, str, int], ...], names: tuple[str, ...], shape: float):
    """The layout whose proportions are nearest to `shape` (width by height)."""
    best: CanvasLayout | None = None
    for columns in range(1, min(MOST_COLUMNS, len(names)) + 1):
        width = MARGIN_LEFT + columns * (CARD_WIDTH + GAP_ACROSS) - GAP_ACROSS + MARGIN_RIGHT
        found = place_network(names, edges, width=width, lane_height=CARD_HEIGHT)
        if best is None or _room(found, shape) < _room(best, shape):
            best = found
    return best


def _room(layout: CanvasLayout, shape: float) -> float:
    """The height of the box of these proportions that the layout needs."""
    return max(layout.height, layout.width / shape)


def paint_miniature(painter: QPainter, rect: QRectF, network: Network) -> None:
    """Draw cards and links of `network` in the middle of `rect`, as large as it allows."""
    ordered, circular = topological_order(network)
    layers = (*ordered, *circular)
    if not layers or rect.width() < 8 or rect.height() < 8:
        return
    edges = tuple((link.source, link.target, link.port) for link in network.links)
    layout = _layout(edges, tuple(layer.id for layer in layers), rect.width() / rect.height())
    scale = min(LARGEST_SCALE, rect.width() / layout.width, rect.height() / layout.height)
    left = rect.center().x() - scale * layout.width / 2
    top = rect.center().y() - scale * layout.height / 2

    def at(x: float, y: float) -> QPointF:
        return QPointF(left + scale * x, top + scale * y)

    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(make_pen(color("control_border"), 1))
    for course in layout.courses.values():
        painter.drawPolyline(QPolygonF([at(*corner) for corner in course.corners]))
    side = min(14, int(CARD_HEIGHT * scale * 0.72))
    for layer in layers:
        corner = at(*layout.places[layer.id])
        box = QRectF(corner.x(), corner.y(), CARD_WIDTH * scale, CARD_HEIGHT * scale)
        painter.setBrush(color("card"))
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawRoundedRect(box, 8 * scale, 8 * scale)
        if side >= _SMALLEST_ICON:
            x, y = box.center().x() - side / 2, box.center().y() - side / 2
            ink = color(
                "accent"
                if (layer.options.get("units") or layer.options.get("filters"))
                else "muted"
            )
            paint_icon(painter, icon_of_kind(layer_kind(layer.kind)), x, y, ink, side)
