"""Samples as points of a plane, marked by class or coloured by target."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import linear_ticks
from app.ui.plots.kept_picture import KeptPicture
from app.ui.plots.markers import marker_stamp, series_style
from app.ui.plots.plane import centred
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme
from app.ui.tokens import sign_color

LEFT, RIGHT, ABOVE, BELOW = 44, 12, 24, 36
MARGIN = 0.05
"""Room around the outermost points, as a share of their range."""
REACH = 12
"""A point is read from so many px away."""
_TINTS = 40
GOLDEN_RATIO = 0.6180339887498949
"""Multiples of it, whole numbers left out, spread evenly however many there are."""


@dataclass(frozen=True)
class Cloud:
    """Points and what is known of them.

    Attributes:
        title: of table and files: which layer, which method.
        names: of the axes.
        places: (samples, 2).
        hollow: (samples,) bool, the validation part.
        classes: (samples,) whole numbers; None for regression.
        targets: (samples,) numbers; None for classes.
        class_names: in the order of the numbers.
        target_range: the ends of the colour scale for targets.
        spoken: (samples,) what is said of each, for the table and the pointer.
        headers: of `spoken` in the table.
        ticks: whether the numbers of the axis across, and of the one up, mean something.
        across: what the axis across goes from and to; None: as far as there are points.
    """

    title: str
    names: tuple[str, str]
    places: np.ndarray
    hollow: np.ndarray
    classes: np.ndarray | None = None
    targets: np.ndarray | None = None
    class_names: tuple[str, ...] = ()
    target_range: tuple[float, float] = (0.0, 1.0)
    spoken: Sequence[tuple[object, ...]] = ()
    headers: tuple[str, ...] = ()
    ticks: tuple[bool, bool] = (True, True)
    across: tuple[float, float] | None = None


def class_look(number: int) -> tuple[str, QColor]:
    """Marker and colour of a class."""
    colour, marker = series_style(number)
    return marker, QColor(current_theme().tokens.series[colour])


def painted_order(count: int) -> list[int]:
    """The numbers below `count`, mixed, always the same way: no part or class, which come one
    behind another, covers those before.
    """
    return np.argsort(np.arange(count) * GOLDEN_RATIO % 1.0, kind="stable").tolist()


class ProjectionPlot(KeyboardFocus, Plot):
    """Training samples are filled, validation samples hollow. The pointer reads the nearest point;
    the keys go from point to point, from left to right.

    Signals:
        pointed(object): the point that is read, from 0, or None.
    """

    pointed = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Samples as a layer sees them")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.cloud: Cloud | None = None
        self.marked: int | None = None
        self._ranges = (0.0, 1.0, 0.0, 1.0)
        self._kept = KeptPicture(self, self._paint_all)

    def show_cloud(self, cloud: Cloud) -> None:
        """Show other points."""
        self.cloud = cloud
        if self.marked is not None and self.marked >= len(cloud.places):
            self.marked = None
        low, high = cloud.places.min(axis=0), cloud.places.max(axis=0)
        if cloud.across is not None:
            low, high = (
                np.array([min(cloud.across[0], low[0]), low[1]]),
                np.array([max(cloud.across[1], high[0]), high[1]]),
            )
        room = MARGIN * (high - low)
        room = np.where(room > 0, room, 0.5)
        low, high = low - room, high + room
        self._ranges = float(low[0]), float(high[0]), float(low[1]), float(high[1])
        self.setAccessibleDescription(f"{cloud.title}, {len(cloud.places):,} samples")
        self._kept.forget()
        self.update()

    def mark(self, number: int | None) -> None:
        """Put a ring around a point; says nothing."""
        if number != self.marked:
            self.marked = number
            self.update()

    def table(self) -> PlotTable:
        """A row for each sample."""
        cloud = self.cloud
        if cloud is None:
            return PlotTable("Samples", (), ())
        rows = tuple(
            (*words, float(place[0]), float(place[1]))
            for words, place in zip(cloud.spoken, cloud.places, strict=True)
        )
        return PlotTable(cloud.title, (*cloud.headers, *cloud.names), rows)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        marked, self.marked = self.marked, None
        try:
            with self._kept.line_by_line():
                yield
        finally:
            self.marked = marked

    def sizeHint(self) -> QSize:
        return QSize(px(320), px(280))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(148), px(140))

    # ---- places
    def frame(self) -> QRectF:
        """The box between the axes, in px."""
        return QRectF(
            px(LEFT),
            px(ABOVE),
            max(1, self.width() - px(LEFT) - px(RIGHT)),
            max(1, self.height() - px(ABOVE) - px(BELOW)),
        )

    def _all_places(self) -> np.ndarray:
        """(samples, 2): where the points lie in the widget, in px."""
        assert self.cloud is not None
        box, (x0, x1, y0, y1) = self.frame(), self._ranges
        places = np.asarray(self.cloud.places, float)
        across = box.left() + (places[:, 0] - x0) / (x1 - x0) * box.width()
        down = box.bottom() - (places[:, 1] - y0) / (y1 - y0) * box.height()
        return np.stack([across, down], axis=1)

    def at(self, number: int) -> QPointF:
        """Where a sample lies in the widget."""
        return QPointF(*self._all_places()[number].tolist())

    def nearest(self, place: QPointF) -> int | None:
        """The sample that is read at a place of the widget."""
        if self.cloud is None or not len(self.cloud.places):
            return None
        away = np.hypot(*(self._all_places() - (place.x(), place.y())).T)
        number = int(away.argmin())
        return number if away[number] <= px(REACH) else None

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            if self.cloud is None:
                painter.fillRect(self.rect(), color("panel"))
                return
            self._kept.draw(painter)
            if self.marked is not None:
                place = self.at(self.marked)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(make_pen(color("panel"), 4))
                painter.drawEllipse(place, px(8), px(8))
                painter.setPen(make_pen(color("accent"), 2))
                painter.drawEllipse(place, px(8), px(8))

    def _paint_all(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        assert self.cloud is not None
        theme, box = current_theme(), self.frame()
        x0, x1, y0, y1 = self._ranges
        caption = theme.font("caption")
        metrics = QFontMetricsF(caption)
        painter.fillRect(self.rect(), color("panel"))
        painter.setFont(caption)
        across, up = self.cloud.ticks
        if up:
            for value, text in linear_ticks(y0, y1, 4):
                y = box.bottom() - (value - y0) / (y1 - y0) * box.height()
                painter.setPen(make_pen(color("grid"), 1))
                painter.drawLine(QLineF(box.left(), y, box.right(), y))
                painter.setPen(color("muted"))
                left = box.left() - px(6) - metrics.horizontalAdvance(text)
                painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)
        if across:
            painter.setPen(color("muted"))
            for value, text in linear_ticks(x0, x1, 4):
                x = box.left() + (value - x0) / (x1 - x0) * box.width()
                x -= metrics.horizontalAdvance(text) / 2
                painter.drawText(QPointF(x, box.bottom() + px(15)), text)
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawLine(QLineF(box.topLeft(), box.bottomLeft()))
        painter.drawLine(QLineF(box.bottomLeft(), box.bottomRight()))
        painter.setPen(color("muted"))
        name = metrics.elidedText(self.cloud.names[0], Qt.TextElideMode.ElideRight, box.width())
        x = box.right() - metrics.horizontalAdvance(name)
        painter.drawText(QPointF(x, box.bottom() + px(30)), name)
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        strong = QFontMetricsF(theme.font("caption_strong"))
        room = self.width() - px(8)
        name = strong.elidedText(self.cloud.names[1], Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(px(4), box.top() - px(9)), name)
        self._paint_points(painter)

    def _paint_points(self, painter: QPainter) -> None:
        cloud = self.cloud
        assert cloud is not None
        radius = 3.0 * current_theme().scale
        ratio = self.devicePixelRatioF()
        # Targets in the middle of their scale are nearly white.
        edge = color("panel" if cloud.classes is not None else "control_border")
        if cloud.classes is not None:
            kinds = np.asarray(cloud.classes).tolist()
        else:
            assert cloud.targets is not None
            kinds = np.rint(centred(cloud.targets, *cloud.target_range) * _TINTS).tolist()
        # Thousands of points in a few styles: each style is painted once and stamped.
        stamps: dict[tuple[object, bool], tuple[QPixmap, float]] = {}
        places, hollows = self._all_places().tolist(), cloud.hollow.tolist()
        for number in painted_order(len(places)):
            (x, y), kind, hollow = places[number], kinds[number], hollows[number]
            if (kind, hollow) not in stamps:
                marker, ink = self.point_style(number)
                reach = radius if hollow else radius + 0.5
                made = marker_stamp(marker, reach, ink, edge=edge, hollow=hollow, ratio=ratio)
                stamps[kind, hollow] = made, made.deviceIndependentSize().width() / 2
            stamp, half = stamps[kind, hollow]
            painter.drawPixmap(QPointF(x - half, y - half), stamp)

    def point_style(self, number: int) -> tuple[str, QColor]:
        """Marker and colour of a sample."""
        cloud = self.cloud
        assert cloud is not None
        if cloud.classes is not None:
            return class_look(int(cloud.classes[number]))
        assert cloud.targets is not None
        value = float(centred(cloud.targets[number], *cloud.target_range))
        return "circle", QColor(*sign_color(round(value * _TINTS) / _TINTS))

    # ---- pointer and keys
    def _point(self, number: int | None) -> None:
        self.mark(number)
        if number is not None and self.cloud is not None and self.cloud.spoken:
            words = zip(self.cloud.headers, self.cloud.spoken[number], strict=True)
            self.setAccessibleDescription(", ".join(f"{name} {value}" for name, value in words))
        self.pointed.emit(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(self.nearest(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_PageUp: -20,
            Qt.Key.Key_PageDown: 20,
            Qt.Key.Key_Home: -(10**9),
            Qt.Key.Key_End: 10**9,
        }
        key, cloud = Qt.Key(event.key()), self.cloud
        if cloud is None or not len(cloud.places):
            super().keyPressEvent(event)
        elif key in steps:
            order = np.argsort(cloud.places[:, 0], kind="stable")
            now = -1 if self.marked is None else int(np.flatnonzero(order == self.marked)[0])
            goal = min(len(order) - 1, max(0, now + steps[key]))
            self._point(int(order[goal]))
        elif key == Qt.Key.Key_Escape and self.marked is not None:
            self._point(None)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._kept.forget()
            self.update()
