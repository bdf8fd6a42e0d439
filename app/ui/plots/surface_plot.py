"""The loss around the paths of trainings: the paths on a map, read by mouse and keys."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from app.diagnostics.loss_surface import LossSurface
from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import value_text
from app.ui.plots.markers import paint_marker, series_style
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.reading_card import paint_reading_card
from app.ui.plots.surface_map import SurfaceMap, finite_or_none
from app.ui.theme import current_theme

NEAR = 10
"""So near, in px, the pointer takes a point of a path."""
_AROUND = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
"""Where words may stand beside a point, the first the best."""
_STEP = 8


@dataclass(frozen=True)
class PathPoint:
    """A point of a path, by its number, and that of the path."""

    path: int
    point: int


class SurfacePlot(SurfaceMap):
    """Passive.

    Signals:
        epoch_pressed(int): a point of the first path was pressed.
    """

    epoch_pressed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surface")
        self.setAccessibleName("Loss surface")
        self.moment: int | None = None
        self._numbers: tuple[int, ...] = ()
        self._drawn_points = np.zeros((0, 2))

    def show_surface(
        self,
        surface: LossSurface | None,
        moment: int | None = None,
        numbers: Sequence[int] | None = None,
    ) -> None:
        """Show `surface`; on its first path the epoch `moment` is marked.

        Args:
            numbers: of the series, for the colour and marker of each path; None: 0, 1, 2, ...
        """
        paths = len(surface.paths) if surface is not None else 0
        chosen = tuple(numbers) if numbers is not None else tuple(range(paths))
        before = (self.moment, self._numbers)
        self.moment, self._numbers = moment, chosen
        if self.take(surface) or before != (moment, chosen):
            self.refresh()
        if self._cursor is None:
            self.setAccessibleDescription(self._spoken())

    def table(self) -> PlotTable:
        """The points of the paths, then those of the grid that are known."""
        headers = ("what", "epoch", "first direction", "second direction", "loss", "on the plane",
                   "distance from the plane")  # fmt: skip
        rows: list[tuple[object, ...]] = []
        surface = self.surface
        if surface is None:
            return PlotTable("Loss surface", headers, ())
        for number, path in enumerate(surface.paths):
            for point, epoch in enumerate(path.epochs):
                x, y = map(float, surface.plane.places[number][point])
                own = self._own(PathPoint(number, point))
                above = float(surface.plane.heights[number][point])
                rows.append((surface.labels[number], epoch, x, y, own, self.loss_at(x, y), above))
        if surface.stride:
            across, up, losses = surface.coarse()
            for row, y in enumerate(up):
                for column, x in enumerate(across):
                    loss = finite_or_none(losses[row, column])
                    rows.append(("surface", None, float(x), float(y), None, loss, 0.0))
        return PlotTable("Loss surface", headers, tuple(rows))

    def _own(self, at: PathPoint) -> float | None:
        assert self.surface is not None
        own = self.surface.own[at.path]
        return finite_or_none(own[at.point]) if at.point < len(own) else None

    def _spots(self, number: int) -> np.ndarray:
        """(epochs, 2): where the points of a path lie in the widget."""
        assert self.surface is not None
        box, (x0, x1, y0, y1) = self.frame(), self._bounds()
        shares = (self.surface.plane.places[number] - (x0, y0)) / (x1 - x0 or 1, y1 - y0 or 1)
        return np.stack(
            [box.left() + shares[:, 0] * box.width(), box.bottom() - shares[:, 1] * box.height()],
            axis=1,
        )

    def _places(self, number: int) -> list[QPointF]:
        return [QPointF(*spot) for spot in self._spots(number).tolist()]

    def near(self, place: QPointF) -> PathPoint | None:
        """The point of a path near a place of the widget."""
        if self.surface is None:
            return None
        best, nearest = None, float(px(NEAR))
        for number in range(len(self.surface.paths)):
            away = np.hypot(*(self._spots(number) - (place.x(), place.y())).T)
            point = int(away.argmin())
            if away[point] <= nearest:
                best, nearest = PathPoint(number, point), float(away[point])
        return best

    # ---- painting
    def paint_on_map(self, painter: QPainter) -> None:
        assert self.surface is not None
        for number, path in enumerate(self.surface.paths):
            series, marker = series_style(self._numbers[number])
            ink = QColor(current_theme().tokens.series[series])
            places = self._places(number)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for pen in (make_pen(color("panel"), 4), make_pen(ink, 2)):
                painter.setPen(pen)
                painter.drawPolyline(QPolygonF(places))
            for spot in places[1:-1]:
                paint_marker(painter, marker, spot, px(2), ink)
            for spot, radius, hollow in ((places[0], 4, True), (places[-1], 5, False)):
                paint_marker(
                    painter, marker, spot, px(radius), ink, edge=color("panel"), hollow=hollow
                )
            if self.moment is not None and number == 0 and self.moment in path.epochs:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                spot = places[path.epochs.index(self.moment)]
                for pen in (make_pen(color("panel"), 4), make_pen(color("accent"), 2)):
                    painter.setPen(pen)
                    painter.drawEllipse(spot, px(8), px(8))
        self._paint_names(painter)

    def _paint_names(self, painter: QPainter) -> None:
        """What begins and ends where; epochs on the way where there is room."""
        assert self.surface is not None
        surface, taken = self.surface, list[QRectF]()
        spots = [self._spots(number) for number in range(len(surface.paths))]
        middles = [(each[1:] + each[:-1]) / 2 for each in spots]
        self._drawn_points = np.concatenate([*spots, *middles])
        alone = len(surface.paths) == 1
        for number, path in enumerate(surface.paths):
            ink = QColor(current_theme().tokens.series[series_style(self._numbers[number])[0]])
            places = self._places(number)
            label = f"{surface.labels[number]}, epoch {path.epochs[-1]:,}"
            self._paint_name(painter, places[-1], label, ink, taken)
            if alone and self.moment is not None and self.moment in path.epochs[:-1]:
                spot = places[path.epochs.index(self.moment)]
                words = f"epoch {self.moment:,}" if self.moment else "start"
                self._paint_name(painter, spot, words, color("accent"), taken)
        first = surface.paths[0]
        if first.epochs[0] == 0 and self.moment != 0:
            self._paint_name(painter, self._places(0)[0], "start", color("text"), taken)
        for number, path in enumerate(surface.paths):
            places = self._places(number)
            shares = (0.1, 0.25, 0.5, 0.75) if alone else (0.1, 0.5)
            for point in _between(len(path.epochs), shares):
                words = f"{path.epochs[point]:,}"
                self._paint_name(painter, places[point], words, color("text"), taken)

    def _paint_name(
        self, painter: QPainter, at: QPointF, text: str, ink: QColor, taken: list[QRectF]
    ) -> None:
        """Words beside a point, on a ground of their own, unless others stand there."""
        font = current_theme().font("caption_strong")
        width = math.ceil(QFontMetricsF(font).horizontalAdvance(text)) + px(6)
        frame, free = self.frame(), []
        for dx, dy in _AROUND:
            left = at.x() + dx * (px(9) + width / 2) - width / 2
            top = at.y() + dy * px(17) - px(15) / 2
            box = QRectF(left, top, width, px(15))
            if frame.contains(box) and not any(box.intersects(other) for other in taken):
                free.append(box)
        if not free:
            return
        box = min(free, key=self._covered)
        taken.append(box)
        ground = color("panel")
        ground.setAlphaF(0.85)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, px(3), px(3))
        painter.setFont(font)
        painter.setPen(ink)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _covered(self, box: QRectF) -> int:
        """How much of the paths a box would hide."""
        x, y = self._drawn_points.T
        inside = (x > box.left()) & (x < box.right()) & (y > box.top()) & (y < box.bottom())
        return int(inside.sum())

    # ---- reading
    def reading(self, place: QPointF) -> tuple[str, tuple[str, ...]]:
        """A head and lines for what is at a place of the widget."""
        assert self.surface is not None
        near = self.near(place)
        if near is None:
            loss = self.loss_at(*self.point_at(place))
            return f"Loss {_text(loss) if self.surface.stride else 'not known yet'}", ()
        path = self.surface.paths[near.path]
        x, y = self.surface.plane.places[near.path][near.point]
        height = float(self.surface.plane.heights[near.path][near.point])
        epoch = path.epochs[near.point]
        return (
            f"{self.surface.labels[near.path]}, {f'epoch {epoch:,}' if epoch else 'start'}",
            (
                f"loss of this network {_text(self._own(near))}",
                f"on the plane below it {_text(self.loss_at(float(x), float(y)))}",
                f"distance from the plane {value_text(height)}",
            ),
        )

    def paint_reading(self, painter: QPainter, place: QPointF) -> None:
        near = self.near(place)
        if near is not None:
            place = self._places(near.path)[near.point]
        ink = color("text")
        painter.setPen(make_pen(ink, 1))
        for dx, dy in ((px(6), 0), (0, px(6))):
            painter.drawLine(place - QPointF(dx, dy), place + QPointF(dx, dy))
        head, lines = self.reading(place)
        paint_reading_card(painter, self.frame(), place, head, lines)

    def _spoken(self) -> str:
        surface = self.surface
        if surface is None:
            return ""
        ends = []
        for number, path in enumerate(surface.paths):
            own = self._own(PathPoint(number, len(path.epochs) - 1))
            ends.append(
                f"{surface.labels[number]}: to epoch {path.epochs[-1]:,}, loss {_text(own)}"
            )
        return "; ".join(ends)

    def _point(self, place: QPointF | None) -> None:
        self._cursor = place
        if place is not None and self.surface is not None:
            head, lines = self.reading(place)
            self.setAccessibleDescription("; ".join((head, *lines)))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        inside = self.surface is not None and self.frame().contains(event.position())
        self._point(event.position() if inside else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._press(event.position())

    def _press(self, place: QPointF) -> None:
        near = self.near(place)
        if near is not None and near.path == 0 and self.surface is not None:
            self.epoch_pressed.emit(self.surface.paths[0].epochs[near.point])

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-_STEP, 0),
            Qt.Key.Key_Right: (_STEP, 0),
            Qt.Key.Key_Up: (0, -_STEP),
            Qt.Key.Key_Down: (0, _STEP),
        }
        key, box = Qt.Key(event.key()), self.frame()
        if self.surface is not None and key in steps:
            moved = (self._cursor or self.at(0.0, 0.0)) + QPointF(*steps[key])
            x = min(box.right() - 1, max(box.left() + 1, moved.x()))
            y = min(box.bottom() - 1, max(box.top() + 1, moved.y()))
            self._point(QPointF(x, y))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self._press(self._cursor)
        elif key == Qt.Key.Key_Escape and self._cursor is not None:
            self._point(None)
        else:
            super().keyPressEvent(event)


def _between(count: int, shares: Sequence[float]) -> list[int]:
    """A few points of a path, between its ends."""
    return sorted({round(count * share) for share in shares} - {0, count - 1, count})


def _text(loss: float | None) -> str:
    return "not finite" if loss is None else value_text(loss)
