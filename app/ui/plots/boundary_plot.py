"""The picture of a decision boundary or a fitted curve, with axes, scale and data points."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import linear_ticks
from app.ui.plots.boundary_words import class_name
from app.ui.plots.field_regions import paint_region_names, region_centres
from app.ui.plots.markers import marker_stamp, paint_marker, series_style
from app.ui.plots.plane import (
    PlanePoints,
    centred,
    many_class_field,
    refined,
    surface_field,
    two_class_field,
)
from app.ui.plots.sign_picture import paint_scale, rgb_of, rgb_picture
from app.ui.theme import current_theme
from app.ui.tokens import FIELD_LIMIT, sign_color

if TYPE_CHECKING:
    from app.diagnostics.boundary import Boundary

_TWO_CLASS_MARKERS = ("square", "circle")
NAMED_FROM = 5
"""So many classes or more have their names on their regions."""
_TINTS = 40
"""So many colours on each side of 0 tell the target of a point; no eye parts more."""
_FINENESS = 128
"""Cells along each side of the picture of a field; the rest of the way it is drawn smooth."""


class BoundaryPlot(QWidget):
    """The picture itself.

    Signals:
        pointed(x, y): the pointer is at these raw features (y is nan for one feature); (nan, nan)
            when it is on none.
    """

    pointed = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.boundary: Boundary | None = None
        self.points: tuple[PlanePoints, ...] = ()
        self.shown_parts = {"training", "validation"}
        self.names: tuple[str, ...] = ("x", "y")
        self.class_names: tuple[str, ...] = ()
        self.value_range = (0.0, 1.0)
        self.steepest: float | None = None
        """A plane is at most so many times as high as it is wide."""
        self.of_unit = False
        """Whether it is what one unit puts out, of which the samples' targets say nothing."""
        self._field: QImage | None = None
        self._regions: dict[int, tuple[int, int, int]] | None = None
        self._layer: QPixmap | None = None
        self._layer_key: object = None
        self._layer_points: object = None
        self._cursor: QPointF | None = None

    # ------------------------------------------------------------ what is shown

    def show_field(self, boundary: "Boundary") -> None:
        self.boundary, self._regions = boundary, None
        self._field = self._field_picture() if boundary.features == 2 else None
        self.update()

    def forget_pictures(self) -> None:
        """Theme, size or points are others now."""
        self._layer = None
        if self.boundary is not None and self.boundary.features == 2:
            self._field = self._field_picture()
        self.update()

    def _field_picture(self) -> QImage:
        assert self.boundary is not None
        values = self.boundary.values
        factor = max(1, min(4, _FINENESS // max(1, values.shape[0])))
        fine = refined(values, factor)
        if self.boundary.task == "regression":
            rgb = surface_field(fine[..., 0], *self.value_range)
        elif values.shape[-1] == 1:
            rgb = two_class_field(fine[..., 0])
        elif values.shape[-1] == 2:
            rgb = two_class_field(fine[..., 1])
        else:
            inks = np.array([rgb_of(QColor(c)) for c in current_theme().tokens.series], np.uint8)
            ground = np.array(rgb_of(color("panel")), np.uint8)
            rgb = many_class_field(fine, inks, ground)
        return rgb_picture(rgb[::-1])

    # ------------------------------------------------------------ places

    def plot_rect(self) -> QRectF:
        """The area inside the axes."""
        right = px(72) if self._has_scale() else px(24)
        width, height = self.width() - px(56) - right, self.height() - px(68)
        if self.steepest is not None and self.boundary is not None and self.boundary.features == 2:
            height = min(height, round(self.steepest * width))
        return QRectF(px(56), px(24), max(10, width), max(10, height))

    def _has_scale(self) -> bool:
        return self.boundary is not None and self.boundary.features == 2 and self._two_sided()

    def _two_sided(self) -> bool:
        """Whether the colours of sign tell the value: two classes, or regression."""
        assert self.boundary is not None
        return self.boundary.task == "regression" or self.boundary.values.shape[-1] <= 2

    def _has_two_classes(self) -> bool:
        if self.of_unit:
            return len(self.class_names) <= 2
        return self._two_sided()

    def bounds(self) -> tuple[float, float, float, float]:
        """Lowest and highest x and y of the axes."""
        assert self.boundary is not None
        found = self.boundary.bounds
        if len(found) == 4:
            return found[0], found[1], found[2], found[3]
        return found[0], found[1], *self.value_range

    def at(self, x: float, y: float) -> QPointF:
        """Where a point of the axes lies in the widget."""
        rect, (x0, x1, y0, y1) = self.plot_rect(), self.bounds()
        return QPointF(
            rect.left() + (x - x0) / ((x1 - x0) or 1) * rect.width(),
            rect.bottom() - (y - y0) / ((y1 - y0) or 1) * rect.height(),
        )

    def values_at(self, place: QPointF) -> tuple[float, float]:
        """The point of the axes at a place of the widget."""
        rect, (x0, x1, y0, y1) = self.plot_rect(), self.bounds()
        return (
            x0 + (place.x() - rect.left()) / rect.width() * (x1 - x0),
            y0 + (rect.bottom() - place.y()) / rect.height() * (y1 - y0),
        )

    # ------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), color("panel"))
        if self.boundary is not None:
            rect = self.plot_rect()
            if self._field is not None:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
                painter.drawImage(rect, self._field)
            self._paint_axes(painter, rect)
            painter.save()
            painter.setClipRect(rect.adjusted(-4, -4, 4, 4))
            if self.boundary.features == 1:
                self._paint_points(painter)
                self._paint_curves(painter)
            else:
                painter.drawPixmap(0, 0, self._points_layer())
            painter.restore()
            paint_region_names(painter, rect, self.region_names())
            if self._has_scale():
                self._paint_scale(painter, rect)
            if self._cursor is not None:
                painter.setPen(make_pen(color("text"), 1))
                x, y = self._cursor.x(), self._cursor.y()
                painter.drawLines([QLineF(x - 6, y, x + 6, y), QLineF(x, y - 6, x, y + 6)])
        painter.end()

    def _paint_axes(self, painter: QPainter, rect: QRectF) -> None:
        theme = current_theme()
        x0, x1, y0, y1 = self.bounds()
        one_feature = self.boundary is not None and self.boundary.features == 1
        caption = theme.font("caption")
        metrics = QFontMetricsF(caption)
        painter.setFont(caption)
        for value, text in linear_ticks(y0, y1, 4):
            y = self.at(x0, value).y()
            if one_feature and abs(y - rect.bottom()) > 1:
                painter.setPen(make_pen(color("grid"), 1))
                painter.drawLine(QLineF(rect.left(), y, rect.right(), y))
            painter.setPen(color("muted"))
            left = rect.left() - px(8) - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)
        for value, text in linear_ticks(x0, x1, 4):
            x = self.at(value, y0).x() - metrics.horizontalAdvance(text) / 2
            painter.drawText(QPointF(x, rect.bottom() + px(18)), text)
        name = metrics.elidedText(self.names[0], Qt.TextElideMode.ElideRight, rect.width())
        centre = rect.center().x() - metrics.horizontalAdvance(name) / 2
        painter.drawText(QPointF(centre, rect.bottom() + px(34)), name)
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        strong = QFontMetricsF(theme.font("caption_strong"))
        name = strong.elidedText(self.names[1], Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(QPointF(rect.left(), rect.top() - px(8)), name)
        room = rect.width() - strong.horizontalAdvance(name) - px(16)
        if self.class_names and not (self.of_unit and one_feature):
            self._paint_legend(painter, QPointF(rect.right(), rect.top() - px(8)), room)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if one_feature:
            painter.setPen(make_pen(color("control_border"), 1))
            painter.drawLine(QLineF(rect.left(), rect.top(), rect.left(), rect.bottom()))
            painter.drawLine(QLineF(rect.left(), rect.bottom(), rect.right(), rect.bottom()))
        else:
            painter.setPen(make_pen(color("border"), 1))
            painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))

    def region_names(self) -> list[tuple[str, QPointF, float]]:
        """Name, place in the widget, and width of the region of each class whose region has room
        for a name; of few classes a legend is enough, and no name covers samples.
        """
        boundary = self.boundary
        if boundary is None or boundary.features != 2 or boundary.classes is None:
            return []
        if self._two_sided() or (boundary.values.shape[-1] < NAMED_FROM and self._has_legend()):
            return []
        if self._regions is None:
            self._regions = region_centres(boundary.classes)
        found, rect, (rows, columns) = [], self.plot_rect(), boundary.classes.shape
        for number, (row, column, reach) in self._regions.items():
            across = (2 * reach + 1) * rect.width() / columns
            up = (2 * reach + 1) * rect.height() / rows
            if min(across, up) < px(14):
                continue
            place = self.at(float(boundary.x[column]), float(boundary.y[row]))
            found.append((class_name(self.class_names, number), place, across))
        return found

    def _has_legend(self) -> bool:
        """Whether beside the name of the axis up there is room for one class at least."""
        theme, width = current_theme(), self.plot_rect().width()
        strong = QFontMetricsF(theme.font("caption_strong"))
        metrics = QFontMetricsF(theme.font("caption"))
        room = width - strong.horizontalAdvance(self.names[1]) - px(16)
        whole = sum(metrics.horizontalAdvance(name) + px(22) for name in self.class_names)
        return room >= min(whole, len(self.class_names) * px(46), px(110))

    def _paint_legend(self, painter: QPainter, right: QPointF, room: float) -> None:
        """Marker and name of each class, right-aligned; with shorter names where room is short, and
        those for which there is none at all are counted.
        """
        font = current_theme().font("caption")
        metrics = QFontMetricsF(font)
        names = list(self.class_names)
        widths = [metrics.horizontalAdvance(name) + px(22) for name in names]
        if sum(widths) > room:
            share, more = room / len(names) - px(22), ""
            if share < px(24):
                share, count = px(56), int((room - px(32)) // px(78))
                if count < 1:
                    return
                names, more = names[:count], f"+{len(names) - count}"
            end = Qt.TextElideMode.ElideMiddle
            names = [metrics.elidedText(name, end, share) for name in names]
            widths = [metrics.horizontalAdvance(name) + px(22) for name in names]
            painter.setFont(font)
            painter.setPen(color("muted"))
            painter.drawText(right - QPointF(metrics.horizontalAdvance(more), 0), more)
            right = right - QPointF(px(32) if more else 0, 0)
        x = right.x() - sum(widths) + px(10)
        middle = right.y() - metrics.capHeight() / 2
        for number, (name, width) in enumerate(zip(names, widths, strict=True)):
            marker, ink = self.class_style(number)
            paint_marker(painter, marker, QPointF(x, middle), px(3.5), ink, edge=QColor("white"))
            painter.setFont(font)
            painter.setPen(color("text"))
            painter.drawText(QPointF(x + px(8), right.y()), name)
            x += width

    def _paint_scale(self, painter: QPainter, rect: QRectF) -> None:
        assert self.boundary is not None
        low, high = self.value_range
        if self.boundary.task == "regression":
            ends = ((1, high), (0, (low + high) / 2), (-1, low))
            labels = tuple((place, f"{value:.3g}".replace("-", "−")) for place, value in ends)
        else:
            labels = ((1, "1"), (0, "0.5"), (-1, "0"))
        bar = QRectF(rect.right() + px(16), rect.top(), px(13), rect.height())
        paint_scale(painter, bar, labels, reach=FIELD_LIMIT)

    def _paint_curves(self, painter: QPainter) -> None:
        """The outputs along one feature."""
        assert self.boundary is not None
        x, rows = self.boundary.x, self.boundary.values[0]
        outputs = range(rows.shape[-1])
        single = len(outputs) == 1
        for output in (
            outputs if not (len(outputs) == 2 and self.boundary.task != "regression") else (1,)
        ):
            ink = color("accent")
            if not single and len(outputs) > 2:
                ink = QColor(current_theme().tokens.series[series_style(output)[0]])
            painter.setPen(make_pen(ink, 2))
            line = [self.at(float(a), float(b)) for a, b in zip(x, rows[:, output], strict=True)]
            painter.drawPolyline(QPolygonF(line))

    def _points_layer(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        key = (
            self.size(),
            ratio,
            frozenset(self.shown_parts),
            current_theme().tokens.name,
            self.bounds(),
            self.value_range,
            self.boundary is not None and self.boundary.values.shape[-1],
            self.of_unit,
        )
        same = self._layer_points is self.points and key == self._layer_key
        if self._layer is None or not same:
            self._layer_key, self._layer_points = key, self.points
            self._layer = QPixmap(self.size() * ratio)
            self._layer.setDevicePixelRatio(ratio)
            self._layer.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._layer)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            self._paint_points(painter)
            painter.end()
        return self._layer

    def _paint_points(self, painter: QPainter) -> None:
        assert self.boundary is not None
        if self.of_unit and self.boundary.features == 1:
            return
        radius = 3.2 * current_theme().scale
        on_panel = self.boundary.features == 1 and self.boundary.task == "regression"
        edge = color("panel") if on_panel else QColor("white")
        for part in self.points:
            if part.name not in self.shown_parts:
                continue
            hollow = part.name == "validation"
            reach = radius if hollow else radius + 0.5
            # Thousands of points in a few styles: each style is painted once and stamped.
            stamps: dict[tuple[str, int], QPixmap] = {}
            middle = QPointF()
            for index, place in enumerate(self._places_of(part)):
                marker, ink = self.point_style(part, index)
                stamp = stamps.get((marker, ink.rgba()))
                if stamp is None:
                    ratio = self.devicePixelRatioF()
                    stamp = marker_stamp(marker, reach, ink, edge=edge, hollow=hollow, ratio=ratio)
                    stamps[marker, ink.rgba()] = stamp
                    middle = QRectF(QPointF(0, 0), stamp.deviceIndependentSize()).center()
                painter.drawPixmap(place - middle, stamp)

    def _places_of(self, part: PlanePoints) -> list[QPointF]:
        """Where the samples of a part lie in the widget."""
        assert self.boundary is not None
        x = part.places[:, 0]
        if self.boundary.features == 2:
            y = part.places[:, 1]
        elif part.targets is not None:
            y = part.targets
        else:
            assert part.classes is not None
            several = self.boundary.values.shape[-1] > 2
            y = np.zeros(len(x)) if several else part.classes
        rect, (x0, x1, y0, y1) = self.plot_rect(), self.bounds()
        across = rect.left() + (x - x0) / ((x1 - x0) or 1) * rect.width()
        down = rect.bottom() - (y - y0) / ((y1 - y0) or 1) * rect.height()
        return [QPointF(*place) for place in zip(across.tolist(), down.tolist(), strict=True)]

    def point_style(self, part: PlanePoints, index: int) -> tuple[str, QColor]:
        """Marker and colour of one sample."""
        assert self.boundary is not None
        if part.classes is not None:
            return self.class_style(int(part.classes[index]))
        if self.boundary.features == 1 or self.of_unit:
            return "circle", color("muted")
        assert part.targets is not None
        value = float(centred(part.targets[index], *self.value_range))
        return "circle", QColor(*sign_color(round(value * _TINTS) / _TINTS))

    def class_style(self, number: int) -> tuple[str, QColor]:
        """Marker and colour of a class."""
        if self._has_two_classes():
            return _TWO_CLASS_MARKERS[number % 2], QColor(*sign_color(1.0 if number else -1.0))
        colour, marker = series_style(number)
        return marker, QColor(current_theme().tokens.series[colour])

    # ------------------------------------------------------------ events

    def _point(self, place: QPointF | None) -> None:
        inside = (
            place is not None and self.boundary is not None and self.plot_rect().contains(place)
        )
        if inside and place is not None and self.boundary is not None:
            x, y = self.values_at(place)
            self.pointed.emit(x, y if self.boundary.features == 2 else float("nan"))
        else:
            self.pointed.emit(float("nan"), float("nan"))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = None
        self._point(event.position())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(self._cursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (-8, 0),
            Qt.Key.Key_Right: (8, 0),
            Qt.Key.Key_Up: (0, -8),
            Qt.Key.Key_Down: (0, 8),
        }
        if self.boundary is None or Qt.Key(event.key()) not in steps:
            event.ignore()
            return
        rect = self.plot_rect()
        start = self._cursor or rect.center()
        moved = start + QPointF(*steps[Qt.Key(event.key())])
        x = min(rect.right() - 1, max(rect.left() + 1, moved.x()))
        y = min(rect.bottom() - 1, max(rect.top() + 1, moved.y()))
        self._cursor = QPointF(x, y)
        self._point(self._cursor)
        self.update()

    def focusOutEvent(self, event) -> None:
        super().focusOutEvent(event)
        self._cursor = None
        self._point(None)
        self.update()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._layer = None
