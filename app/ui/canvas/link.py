"""One link of the canvas: a rounded line with an open arrow, its shape, and a plus while the
pointer is on it.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.ui.canvas.detail import Detail, detail_at, scale_of
from app.ui.canvas.geometry import Edge, LinkCourse, Point
from app.ui.canvas.label_places import AROUND, LINE_HEIGHT, LabelSize
from app.ui.canvas.texts import ENDLESS, drawing_font, fitted
from app.ui.icons import paint_icon
from app.ui.pens import make_pen
from app.ui.theme import current_theme

CORNER_RADIUS = 8
PLUS_RADIUS = 10
_START, _END, _TIP = 5, 10, 6.5
"""Room between port and line; between line and port at the arrow; between the arrow's tip and the
port.
"""
_LABEL_ROOM = 62
_ROLE = "caption_medium"
_ABOVE_PLUS = 24
_REACH = 8
"""How far off a line the pointer still is on it."""


def rounded_path(points: Sequence[Point], radius: float) -> QPainterPath:
    """A line through `points` whose corners are quarter circles of at most `radius`."""
    path = QPainterPath(QPointF(*points[0]))
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        reach_in = abs(corner[0] - before[0]) + abs(corner[1] - before[1])
        reach_out = abs(after[0] - corner[0]) + abs(after[1] - corner[1])
        r = min(radius, reach_in / 2 if before != points[0] else reach_in, reach_out)
        if after != points[-1]:
            r = min(r, reach_out / 2)
        start = _towards(corner, before, r)
        end = _towards(corner, after, r)
        path.lineTo(*start)
        # 0.5523: a cubic that stays within 0.03 % of the quarter circle.
        k = 0.5523 * r
        path.cubicTo(
            QPointF(*_towards(start, corner, k)), QPointF(*_towards(end, corner, k)), QPointF(*end)
        )
    path.lineTo(*points[-1])
    return path


def label_size(text: str) -> LabelSize:
    """The room that a label takes; rounded up, so that labels seldom stand elsewhere after an
    edit.
    """
    lines = _lines_of(text)
    beside = min(_LABEL_ROOM, _rounded(max(fitted(x, _ROLE, ENDLESS)[1] for x in lines)))
    return LabelSize(_rounded(fitted(text, _ROLE, ENDLESS)[1]), beside, len(lines))


def _rounded(width: float) -> float:
    return 4 * math.ceil(width / 4)


def _lines_of(text: str) -> list[str]:
    """A label beside a line; a long one is broken before its last axis."""
    if fitted(text, _ROLE, ENDLESS)[1] <= _LABEL_ROOM or "×" not in text:
        return [text]
    head, _, last = text.rpartition("×")
    return [head, f"×{last}"]


def _towards(start: Point, goal: Point, length: float) -> Point:
    """The point `length` away from `start` on the horizontal or vertical way to `goal`."""
    dx, dy = goal[0] - start[0], goal[1] - start[1]
    distance = abs(dx) + abs(dy)
    if distance == 0:
        return start
    return start[0] + dx * length / distance, start[1] + dy * length / distance


class LinkItem(QGraphicsItem):
    """Paints one link."""

    def __init__(self, edge: Edge) -> None:
        super().__init__()
        self.edge = edge
        self.course: LinkCourse | None = None
        self.label = ""
        self._hovered = False
        self._chosen = False
        self._path = QPainterPath()
        self._bounds = QRectF()
        self.setZValue(0)

    def set_course(self, course: LinkCourse, label: str) -> None:
        if course == self.course and label == self.label:
            return
        self.prepareGeometryChange()
        if course != self.course:
            points = list(course.corners)
            points[0] = _towards(points[0], points[1], _START)
            points[-1] = _towards(points[-1], points[-2], _END)
            self._path = rounded_path(points, CORNER_RADIUS)
            self._bounds = self._path.boundingRect()
        self.course = course
        self.label = label
        self._rise()

    def set_hovered(self, hovered: bool) -> None:
        if hovered != self._hovered:
            self._hovered = hovered
            self._rise()

    def set_chosen(self, chosen: bool) -> None:
        if chosen != self._chosen:
            self._chosen = chosen
            self._rise()

    def _rise(self) -> None:
        """A label on a line stands above other lines that share the way."""
        on_line = self.course is not None and self.course.labelled and self.course.label_on_line
        resting = 0.25 if on_line else 0.0
        self.setZValue(1.5 if self._hovered else 0.5 if self._chosen else resting)
        self.update()

    def middle(self) -> QPointF:
        assert self.course is not None
        return QPointF(*self.course.middle)

    def is_hit(self, point: QPointF) -> bool:
        """Whether the pointer at `point` of the scene is on the line or its plus."""
        assert self.course is not None
        x, y = point.x(), point.y()
        if not self._bounds.adjusted(-_REACH, -_REACH, _REACH, _REACH).contains(point):
            return False
        off = point - self.middle()
        if off.x() ** 2 + off.y() ** 2 <= PLUS_RADIUS**2:
            return True
        near = QRectF(x - _REACH, y - _REACH, 2 * _REACH, 2 * _REACH)
        return any(
            min(x0, x1) <= near.right()
            and max(x0, x1) >= near.left()
            and min(y0, y1) <= near.bottom()
            and max(y0, y1) >= near.top()
            for (x0, y0), (x1, y1) in pairwise(self.course.corners)
        )

    def is_on_plus(self, point: QPointF) -> bool:
        off = point - self.middle()
        return self._hovered and off.x() ** 2 + off.y() ** 2 <= (PLUS_RADIUS + 1) ** 2

    def boundingRect(self) -> QRectF:
        return self._bounds.adjusted(-60, -36, 60, 36)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        if self.course is None:
            return
        theme = current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        token = "accent" if self._hovered or self._chosen else "control_border"
        scale = scale_of(self)
        width = 2 if self._chosen else 1.5
        pen = make_pen(theme.color(token), max(width, width / (1.6 * scale)))
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(self._path)
        detail = detail_at(scale)
        if detail < Detail.LARGE:
            return
        x, y = self.course.corners[-1]
        tip = x - _TIP
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        arrow = QPainterPath(QPointF(tip - 5, y - 4.5))
        arrow.lineTo(tip, y)
        arrow.lineTo(tip - 5, y + 4.5)
        painter.drawPath(arrow)
        if self.label and detail == Detail.ALL:
            self._paint_label(painter)
        if self._hovered:
            painter.setPen(make_pen(theme.color("accent"), 1))
            painter.setBrush(theme.color("card"))
            painter.drawEllipse(self.middle(), PLUS_RADIUS - 0.5, PLUS_RADIUS - 0.5)
            corner = self.middle() - QPointF(6, 6)
            paint_icon(painter, "plus", corner.x(), corner.y(), theme.color("accent"), 12)

    def _paint_label(self, painter: QPainter) -> None:
        """Where there is no room for it, it stands over others while the link is looked at."""
        assert self.course is not None
        if not self.course.labelled:
            if self._hovered or self._chosen:
                x, y = self.course.middle
                self._paint_on_ground(painter, x, y - _ABOVE_PLUS)
            return
        x, y = self.course.label
        if self.course.label_on_line:
            self._paint_on_ground(painter, x, y)
            return
        painter.setFont(drawing_font(_ROLE))
        painter.setPen(current_theme().color("muted"))
        lines = _lines_of(self.label)
        below = y > self.course.middle[1]
        for index, line in enumerate(lines if below else reversed(lines)):
            left = x - fitted(line, _ROLE, ENDLESS)[1] / 2
            baseline = y + 4 + LINE_HEIGHT * index * (1 if below else -1)
            painter.drawText(QPointF(left, baseline), line)

    def _paint_on_ground(self, painter: QPainter, x: float, y: float) -> None:
        """The label in one line, centred at (x, y), over what is there."""
        theme = current_theme()
        width = fitted(self.label, _ROLE, ENDLESS)[1]
        painter.fillRect(
            QRectF(x - width / 2 - AROUND, y - 8, width + 2 * AROUND, 16), theme.color("canvas")
        )
        painter.setFont(drawing_font(_ROLE))
        painter.setPen(theme.color("muted"))
        painter.drawText(QPointF(x - width / 2, y + 4), self.label)
