"""The loss around the paths of trainings: a map with contours, the paths on it, and a scale."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.diagnostics.loss_surface import LossSurface
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, linear_ticks, log_ticks, power_text, value_text
from app.ui.plots.contours import contour, height_at, smooth
from app.ui.plots.markers import paint_marker, series_style
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.reading_card import paint_reading_card
from app.ui.theme import current_theme

LEFT, RIGHT, ABOVE, BELOW = 52, 92, 28, 40
"""Room around the map, in px."""
FINE = 192
"""Cells along each side of the picture of the map."""
LINES = 9
"""About so many contours."""
DEPTH = 0.5
"""How much of the text's colour the highest loss has on the ground."""
NEAR = 10
"""So near, in px, the pointer takes a point of a path."""
LOG_FROM = 20.0
"""From this ratio of the highest to the lowest loss the colours are logarithmic by themselves."""
_FACTORS = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3))
"""Contours of a logarithmic map, from a narrow range of losses to a wide one."""
DECADES = 6.0
"""So many powers of ten below the highest loss have colours of their own."""
_AROUND = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
"""Where words may stand beside a point, the first the best."""
_STEP = 8


@dataclass(frozen=True)
class PathPoint:
    """A point of a path, by its number, and that of the path."""

    path: int
    point: int


class SurfacePlot(KeyboardFocus, Plot):
    """Passive.

    Signals:
        epoch_pressed(int): a point of the first path was pressed.
    """

    epoch_pressed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surface")
        self.setAccessibleName("Loss surface")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.surface: LossSurface | None = None
        self.moment: int | None = None
        self.scale = "auto"
        self._numbers: tuple[int, ...] = ()
        self._heights = np.zeros((2, 2))
        self._range = (0.0, 1.0)
        self._floored = False
        self._key: object = None
        self._image: QImage | None = None
        self._drawn: QPixmap | None = None
        self._drawn_points = np.zeros((0, 2))
        self._saving = False
        self._lines: list[tuple[float, np.ndarray]] = []
        self._cursor: QPointF | None = None

    # ---- what is shown
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
        key = None if surface is None else _seen_of(surface)
        map_changed, before = key != self._key, (self.moment, self._numbers)
        self.surface, self.moment, self._numbers, self._key = surface, moment, chosen, key
        if map_changed:
            self._draw_map()
        if map_changed or before != (moment, chosen):
            self.refresh()
        if self._cursor is None:
            self.setAccessibleDescription(self._spoken())

    def refresh(self) -> None:
        """Draw everything anew: what is shown is another."""
        self._drawn = None
        self.update()

    def set_scale(self, scale: str) -> None:
        """Colours "linear", "log", or "auto": logarithmic where the losses ask for it."""
        self.scale = scale
        self._draw_map()
        self.refresh()

    @property
    def is_logarithmic(self) -> bool:
        """Whether equal steps of colour are equal ratios of the loss."""
        known = self._known()
        if not self.can_be_logarithmic or self.scale == "linear":
            return False
        return self.scale == "log" or bool(known.max() > LOG_FROM * known.min())

    @property
    def can_be_logarithmic(self) -> bool:
        """Whether no loss is below 0."""
        known = self._known()
        return bool(len(known)) and bool(known.min() >= 0) and bool(known.max() > 0)

    def _known(self) -> np.ndarray:
        if self.surface is None or not self.surface.stride:
            return np.zeros(0)
        losses = self.surface.coarse()[2]
        return losses[np.isfinite(losses)]

    @property
    def cut_off(self) -> bool:
        """Whether the loss is not finite somewhere."""
        surface = self.surface
        return (
            surface is not None
            and bool(surface.stride)
            and not np.isfinite(surface.coarse()[2]).all()
        )

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
                    loss = _finite(losses[row, column])
                    rows.append(("surface", None, float(x), float(y), None, loss, 0.0))
        return PlotTable("Loss surface", headers, tuple(rows))

    def loss_at(self, x: float, y: float) -> float | None:
        """The loss at a point of the plane, linear between those that are known; None where it is
        not known, or not finite.
        """
        surface = self.surface
        if surface is None or not surface.stride:
            return None
        across, up, losses = surface.coarse()
        column = (x - across[0]) / (across[-1] - across[0] or 1) * (len(across) - 1)
        row = (y - up[0]) / (up[-1] - up[0] or 1) * (len(up) - 1)
        if not (-1e-9 <= column <= len(across) - 1 + 1e-9 and -1e-9 <= row <= len(up) - 1 + 1e-9):
            return None
        return _finite(height_at(losses, max(0.0, column), max(0.0, row)))

    def _own(self, at: PathPoint) -> float | None:
        assert self.surface is not None
        own = self.surface.own[at.path]
        return _finite(own[at.point]) if at.point < len(own) else None

    # ---- the map
    def _draw_map(self) -> None:
        self._image, self._lines = None, []
        known = self._known()
        if self.surface is None or not len(known):
            return
        losses = self.surface.coarse()[2]
        logarithmic = self.is_logarithmic
        with np.errstate(invalid="ignore", divide="ignore"):
            self._heights = np.log10(losses) if logarithmic else losses
        low, high = (float(v) for v in (known.min(), known.max()))
        self._floored = False
        if logarithmic:  # a loss of 0 has no logarithm, and all below the floor looks the same
            top = math.log10(high)
            bottom = top - DECADES
            self._floored = low < 10.0**bottom
            low, high = bottom if self._floored else math.log10(low), top
            self._heights = np.maximum(self._heights, low)
        self._range = (low, high)
        for level, _ in self._levels():
            self._lines.append((level, contour(self._heights, level)))

    def _map(self) -> QImage | None:
        """The picture of the map in the colours of the theme; None before anything is known."""
        if self._image is None and self._known_any:
            low, high = self._range
            self._image = _picture((smooth(self._heights, FINE) - low) / (high - low or 1.0))
        return self._image

    @property
    def _known_any(self) -> bool:
        return bool(len(self._known()))

    def _levels(self) -> list[Tick]:
        """Heights of the contours and what stands beside them on the scale."""
        low, high = self._range
        if high <= low:
            return []
        if not self.is_logarithmic:
            return linear_ticks(low, high, LINES)
        powers = range(math.floor(low), math.ceil(high) + 1)
        for factors in _FACTORS:
            values = [factor * 10.0**power for power in powers for factor in factors]
            inside = [v for v in values if low <= math.log10(v) <= high]
            if len(inside) <= 1.5 * LINES:
                return [(math.log10(v), _level_text(v)) for v in inside]
        return log_ticks(low, high, LINES)

    # ---- places
    def frame(self) -> QRectF:
        """The box of the map, in px."""
        return QRectF(
            px(LEFT),
            px(ABOVE),
            max(1, self.width() - px(LEFT) - px(RIGHT)),
            max(1, self.height() - px(ABOVE) - px(BELOW)),
        )

    def at(self, x: float, y: float) -> QPointF:
        """Where a point of the plane lies in the widget."""
        box, (x0, x1, y0, y1) = self.frame(), self._bounds()
        return QPointF(
            box.left() + (x - x0) / ((x1 - x0) or 1) * box.width(),
            box.bottom() - (y - y0) / ((y1 - y0) or 1) * box.height(),
        )

    def point_at(self, place: QPointF) -> tuple[float, float]:
        """The point of the plane at a place of the widget."""
        box, (x0, x1, y0, y1) = self.frame(), self._bounds()
        return (
            x0 + (place.x() - box.left()) / box.width() * (x1 - x0),
            y0 + (box.bottom() - place.y()) / box.height() * (y1 - y0),
        )

    def _bounds(self) -> tuple[float, float, float, float]:
        assert self.surface is not None
        x, y = self.surface.grid.x, self.surface.grid.y
        return float(x[0]), float(x[-1]), float(y[0]), float(y[-1])

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

    def sizeHint(self) -> QSize:
        return QSize(px(560), px(420))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(280), px(200))

    # ---- painting
    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Without the cursor."""
        cursor, self._cursor, self._saving = self._cursor, None, True
        try:
            yield
        finally:
            self._cursor, self._saving = cursor, False

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            on_screen = painter.paintEngine().type() == QPaintEngine.Type.Raster
            if on_screen and not self._saving:
                painter.drawPixmap(0, 0, self._picture())
            else:
                self._paint_all(painter)
            if self._cursor is not None and self.surface is not None:
                self._paint_reading(painter, self._cursor)

    def _picture(self) -> QPixmap:
        """All but the pointer, kept while only that moves."""
        ratio = self.devicePixelRatioF()
        if self._drawn is None or self._drawn.devicePixelRatio() != ratio:
            picture = QPixmap(self.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            with QPainter(picture) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                self._paint_all(painter)
            self._drawn = picture
        return self._drawn

    def _paint_all(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), color("panel"))
        if self.surface is None:
            return
        box = self.frame()
        painter.fillRect(box, QBrush(color("control_border"), Qt.BrushStyle.BDiagPattern))
        picture = self._map()
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, picture)
        elif not self.surface.stride:
            painter.fillRect(box, color("canvas"))
        painter.save()
        painter.setClipRect(box)
        self._paint_contours(painter)
        self._paint_paths(painter)
        painter.restore()
        self._paint_axes(painter)
        if picture is not None:
            self._paint_scale(painter)

    def _paint_contours(self, painter: QPainter) -> None:
        ink = color("text")
        ink.setAlphaF(0.35)
        painter.setPen(make_pen(ink, 1))
        box = self.frame()
        rows, columns = self._heights.shape
        for _, pieces in self._lines:
            x = box.left() + pieces[..., 0] / (columns - 1) * box.width()
            y = box.bottom() - pieces[..., 1] / (rows - 1) * box.height()
            ends = np.stack([x, y], axis=-1).reshape(-1, 4).tolist()
            painter.drawLines([QLineF(*piece) for piece in ends])

    def _paint_paths(self, painter: QPainter) -> None:
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

    def _paint_axes(self, painter: QPainter) -> None:
        assert self.surface is not None
        theme, box = current_theme(), self.frame()
        x0, x1, y0, y1 = self._bounds()
        metrics = QFontMetricsF(theme.font("caption"))
        painter.setFont(theme.font("caption"))
        painter.setPen(color("muted"))
        for value, text in linear_ticks(y0, y1, 5):
            y = self.at(x0, value).y() + metrics.capHeight() / 2
            left = box.left() - px(6) - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, y), text)
        foot = box.bottom() + px(4) + metrics.ascent()
        for value, text in linear_ticks(x0, x1, 6):
            x = self.at(value, y0).x() - metrics.horizontalAdvance(text) / 2
            painter.drawText(QPointF(x, foot), text)
        first, second = (f"{share:.0%}" for share in self.surface.plane.shares)
        across = f"first direction, {first} of the variance"
        painter.drawText(
            QPointF(box.right() - metrics.horizontalAdvance(across), foot + px(15)), across
        )
        painter.setPen(make_pen(color("control_border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        painter.drawText(
            QPointF(px(4), box.top() - px(10)), f"Second direction, {second} of the variance"
        )

    def scale_box(self) -> QRectF:
        """Where the scale of the colours stands."""
        box = self.frame()
        return QRectF(box.right() + px(16), box.top(), px(13), box.height())

    def _paint_scale(self, painter: QPainter) -> None:
        bar, theme = self.scale_box(), current_theme()
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for share in np.linspace(0, 1, 17):
            gradient.setColorAt(float(share), QColor(*_shades(np.array(share)).tolist()))
        painter.fillRect(bar, gradient)
        painter.setPen(make_pen(color("control_border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5))
        metrics = QFontMetricsF(theme.font("caption"))
        painter.setFont(theme.font("caption"))
        low, high = self._range
        last = math.inf
        levels = self._levels() or [(low, value_text(self._shown(low)))]
        if self._floored:
            levels = [(low, f"≤ {power_text(10.0**low)}"), *levels]
        for level, text in levels:
            y = bar.bottom() - (level - low) / ((high - low) or 1.0) * bar.height()
            painter.setPen(make_pen(color("text"), 1))
            painter.drawLine(QLineF(bar.left(), y, bar.right(), y))
            if abs(last - y) >= px(13):
                painter.setPen(color("muted"))
                painter.drawText(QPointF(bar.right() + px(5), y + metrics.capHeight() / 2), text)
                last = y
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        words = "Loss, log" if self.is_logarithmic else "Loss"
        painter.drawText(QPointF(bar.left(), bar.top() - px(10)), words)

    def _shown(self, height: float) -> float:
        return 10.0**height if self.is_logarithmic else height

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

    def _paint_reading(self, painter: QPainter, place: QPointF) -> None:
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

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._image = None
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()


def _seen_of(surface: LossSurface) -> tuple[object, ...]:
    """What the map shows; nothing is seen of a step of refinement that is under way."""
    heights = surface.coarse()[2].tobytes() if surface.stride else b""
    return surface.plane, surface.grid, surface.stride, heights


def _between(count: int, shares: Sequence[float]) -> list[int]:
    """A few points of a path, between its ends."""
    return sorted({round(count * share) for share in shares} - {0, count - 1, count})


def _shades(shares: np.ndarray) -> np.ndarray:
    """Red, green and blue for shares from 0, the lowest loss, to 1."""
    ends = np.array([[c.red(), c.green(), c.blue()] for c in (color("panel"), color("text"))])
    depth = DEPTH * np.clip(shares, 0, 1)[..., None]
    return np.rint(ends[0] + depth * (ends[1] - ends[0])).astype(np.uint8)


def _picture(shares: np.ndarray) -> QImage:
    """The map, the first row below; clear where it is not finite."""
    known = np.isfinite(shares)
    pixels = np.zeros((*shares.shape, 4), np.uint8)
    pixels[..., :3] = _shades(np.where(known, shares, 0.0))
    pixels[..., 3] = np.where(known, 255, 0)
    pixels = np.ascontiguousarray(pixels[::-1])
    side = shares.shape[0]
    return QImage(pixels.data, side, side, 4 * side, QImage.Format.Format_RGBA8888).copy()


def _level_text(level: float) -> str:
    """A level of a contour, without digits that say nothing."""
    return f"{level:,.6g}" if 1e-3 <= level < 1e6 else power_text(level)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _text(loss: float | None) -> str:
    return "not finite" if loss is None else value_text(loss)
