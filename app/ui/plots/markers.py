"""The markers of series, painted: each series is told by its marker as well as by its colour."""

import math

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from app.ui.pens import make_pen
from app.ui.tokens import MARKERS


def series_style(number: int) -> tuple[int, str]:
    """Index into the series colours, and the marker, of series `number` from 0. Colours repeat
    after eight, each time with other markers: sixty-four can be told apart.
    """
    index, again = number % len(MARKERS), number // len(MARKERS)
    return index, MARKERS[(index + again) % len(MARKERS)]


def marker_stamp(
    marker: str, radius: float, ink: QColor, *, edge: QColor | None, hollow: bool, ratio: float
) -> QPixmap:
    """A picture of one marker in its middle, to be drawn many times; `ratio` of device pixels."""
    side = 2 * math.ceil(1.3 * radius + 4)
    stamp = QPixmap(round(side * ratio), round(side * ratio))
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    painter = QPainter(stamp)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = QPointF(side / 2, side / 2)
    paint_marker(painter, marker, middle, radius, ink, edge=edge, hollow=hollow)
    painter.end()
    return stamp


def _star(centre: QPointF, radius: float) -> QPolygonF:
    corners = []
    for index in range(10):
        reach = radius * (1.25 if index % 2 == 0 else 0.5)
        angle = math.pi * index / 5 - math.pi / 2
        corners.append(centre + QPointF(reach * math.cos(angle), reach * math.sin(angle)))
    return QPolygonF(corners)


def paint_marker(
    painter: QPainter,
    marker: str,
    centre: QPointF,
    radius: float,
    ink: QColor,
    *,
    edge: QColor | None = None,
    hollow: bool = False,
) -> None:
    """Draw one marker.

    Args:
        marker: "dot" (a circle) or one of `tokens.MARKERS`.
        edge: colour of a line 1 px wide around it, on both sides of an outline.
        hollow: the outline alone, in `ink`.
    """
    if hollow and edge is not None:
        _paint_form(painter, marker, centre, radius, make_pen(edge, 3.5), None)
    _paint_form(
        painter,
        marker,
        centre,
        radius,
        make_pen(ink, 1.5) if hollow else None if edge is None else make_pen(edge, 1),
        None if hollow else ink,
    )


def _paint_form(
    painter: QPainter,
    marker: str,
    centre: QPointF,
    radius: float,
    pen: QPen | None,
    fill: QColor | None,
) -> None:
    r, x, y = radius, centre.x(), centre.y()
    strokes = {
        "plus": [QLineF(x - r, y, x + r, y), QLineF(x, y - r, x, y + r)],
        "cross": [
            QLineF(x - r * 0.8, y - r * 0.8, x + r * 0.8, y + r * 0.8),
            QLineF(x - r * 0.8, y + r * 0.8, x + r * 0.8, y - r * 0.8),
        ],
        "bar": [QLineF(x, y - r, x, y + r)],
    }
    painter.setBrush(Qt.BrushStyle.NoBrush if fill is None else fill)
    painter.setPen(Qt.PenStyle.NoPen if pen is None else pen)
    if marker in strokes:
        # A form of strokes has no inside: its line is drawn over a broader one in the colour of the
        # edge.
        if pen is not None and fill is not None:
            painter.setPen(make_pen(pen.color(), 4))
            painter.drawLines(strokes[marker])
        if fill is not None:
            painter.setPen(make_pen(fill, 2))
        painter.drawLines(strokes[marker])
    elif marker == "square":
        side = r * 0.88
        painter.drawRect(QRectF(x - side, y - side, 2 * side, 2 * side))
    elif marker == "diamond":
        reach = r * 1.2
        painter.drawPolygon(
            [centre + QPointF(*p) for p in ((0, -reach), (reach, 0), (0, reach), (-reach, 0))]
        )
    elif marker == "triangle":
        painter.drawPolygon(
            [
                centre + QPointF(*p)
                for p in ((0, -1.15 * r), (1.1 * r, 0.8 * r), (-1.1 * r, 0.8 * r))
            ]
        )
    elif marker == "star":
        painter.drawPolygon(_star(centre, r))
    else:
        painter.drawEllipse(centre, r, r)
