"""A plot of lines in a frame of two axes, read by a pointer that mouse or keys move."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick
from app.ui.plots.kept_picture import KeptPicture
from app.ui.plots.legend import LegendEntry, entries_width, paint_entries
from app.ui.plots.markers import paint_marker
from app.ui.plots.plot_menu import Plot
from app.ui.theme import current_theme

LEFT, RIGHT, ABOVE, BELOW = 44, 14, 24, 34
"""Room around the frame, in px."""
PIECE = 12
"""Points of a line that are drawn at once."""


@dataclass(frozen=True)
class ReadingRow:
    """One line of what is read under the pointer."""

    ink: QColor
    marker: str
    text: str


class FramedPlot(KeyboardFocus, Plot):
    """Axes, pointer, menu; the lines are drawn by `paint_content`.

    Signals:
        pointed(x): where the pointer stands on the axis across, or None when it is gone.
    """

    pointed = Signal(object)

    def __init__(self, name: str, spoken: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.title, self.across = "", ""
        self.legend: tuple[LegendEntry, ...] = ()
        self.x_range: tuple[float, float] = (0.0, 1.0)
        self.y_range: tuple[float, float] = (0.0, 1.0)
        self.key_step = 0.1
        self.pointer: float | None = None
        self._kept = KeptPicture(self, self._paint_all)

    # ---- for those who draw
    def paint_content(self, painter: QPainter) -> None:
        """Draw the lines; the painter is clipped to the frame."""
        raise NotImplementedError

    def x_ticks(self) -> Sequence[Tick]:
        raise NotImplementedError

    def y_ticks(self) -> Sequence[Tick]:
        raise NotImplementedError

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        """A head and one row for each line, at `x`."""
        raise NotImplementedError

    # ---- places
    def frame(self) -> QRectF:
        """The box between the axes, in px."""
        return QRectF(
            px(LEFT),
            px(ABOVE),
            max(1, self.width() - px(LEFT) - px(RIGHT)),
            max(1, self.height() - px(ABOVE) - px(BELOW)),
        )

    def at(self, x: float, y: float) -> QPointF:
        """Where a point of the axes lies in the widget."""
        return self.places([(x, y)])[0]

    def places(self, points: Iterable[tuple[float, float]]) -> list[QPointF]:
        """Where points of the axes lie in the widget."""
        box, (x0, x1), (y0, y1) = self.frame(), self.x_range, self.y_range
        across, up = box.width() / ((x1 - x0) or 1.0), box.height() / ((y1 - y0) or 1.0)
        left, bottom = box.left() - x0 * across, box.bottom() + y0 * up
        return [QPointF(left + x * across, bottom - y * up) for x, y in points]

    def set_pointer(self, x: float | None) -> None:
        """Let the pointer stand at `x`, or nowhere; says nothing to others."""
        if x != self.pointer:
            self.pointer = x
            self.update()
            if x is not None:
                head, rows = self.reading(x)
                self.setAccessibleDescription("; ".join((head, *(row.text for row in rows))))

    def sizeHint(self) -> QSize:
        return QSize(px(320), px(240))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), px(140))

    # ---- painting
    def refresh(self) -> None:
        """Draw everything anew: what is shown is another."""
        self._kept.forget()
        self.update()

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Without the pointer, and line by line."""
        pointer, self.pointer = self.pointer, None
        try:
            with self._kept.line_by_line():
                yield
        finally:
            self.pointer = pointer

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            self._kept.draw(painter)
            if self.pointer is not None:
                self._paint_reading(painter, self.pointer)

    def _paint_all(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), color("panel"))
        self._paint_axes(painter)
        painter.save()
        painter.setClipRect(self.frame().adjusted(-1, -1, 1, 1))
        self.paint_content(painter)
        painter.restore()

    def paint_line(
        self,
        painter: QPainter,
        points: Sequence[tuple[float, float]],
        ink: QColor,
        width: float,
        dashes: Sequence[float] = (),
    ) -> None:
        """A line through `points` of the axes."""
        painter.setPen(make_pen(ink, width, dashes=dashes))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        places = self.places(points)
        if dashes:
            painter.drawPolyline(QPolygonF(places))
            return
        # One long thick line with joints takes Qt 20 times as long as its pieces.
        for start in range(0, len(places) - 1, PIECE):
            painter.drawPolyline(QPolygonF(places[start : start + PIECE + 1]))

    def _paint_axes(self, painter: QPainter) -> None:
        theme, box = current_theme(), self.frame()
        metrics = QFontMetricsF(theme.font("caption"))
        painter.setFont(theme.font("caption"))
        for value, text in self.y_ticks():
            y = self.at(0, value).y()
            painter.setPen(make_pen(color("grid"), 1))
            painter.drawLine(QLineF(box.left(), y, box.right(), y))
            painter.setPen(color("muted"))
            left = box.left() - px(6) - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)
        foot = box.bottom() + px(4) + metrics.ascent()
        for value, text in self.x_ticks():
            x = self.at(value, 0).x()
            painter.setPen(color("muted"))
            painter.drawText(QPointF(x - metrics.horizontalAdvance(text) / 2, foot), text)
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawLine(QLineF(box.topLeft(), box.bottomLeft()))
        painter.drawLine(QLineF(box.bottomLeft(), box.bottomRight()))
        painter.setPen(color("muted"))
        right = box.right() - metrics.horizontalAdvance(self.across)
        painter.drawText(QPointF(right, foot + px(14)), self.across)
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        painter.drawText(QPointF(px(4), box.top() - px(9)), self.title)
        width = entries_width(self.legend)
        title = px(16) + QFontMetricsF(theme.font("caption_strong")).horizontalAdvance(self.title)
        left = max(box.right() - width, title)
        room = QRectF(left, box.top() - px(23), min(width, self.width() - left), px(20))
        paint_entries(painter, room, self.legend)

    def _paint_reading(self, painter: QPainter, x: float) -> None:
        box, theme = self.frame(), current_theme()
        line = self.at(x, 0).x()
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawLine(QLineF(line, box.top(), line, box.bottom()))
        head, rows = self.reading(x)
        metrics = QFontMetricsF(theme.font("caption"))
        strong = QFontMetricsF(theme.font("caption_strong"))
        widest = max(
            [strong.horizontalAdvance(head)]
            + [metrics.horizontalAdvance(r.text) + px(16) for r in rows]
        )
        size = QSize(round(widest) + px(16), px(16) * (1 + len(rows)) + px(8))
        left = box.left() + px(6) if line > box.center().x() else box.right() - size.width() - px(2)
        card = QRectF(left, box.top() + px(2), size.width(), size.height())
        ground = color("card")
        ground.setAlphaF(0.94)
        painter.setBrush(ground)
        painter.setPen(make_pen(color("border"), 1))
        painter.drawRoundedRect(card, px(4), px(4))
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        baseline = card.top() + px(4) + px(12)
        painter.drawText(QPointF(card.left() + px(8), baseline), head)
        painter.setFont(theme.font("caption"))
        for row in rows:
            baseline += px(16)
            centre = QPointF(card.left() + px(12), baseline - px(4))
            paint_marker(painter, row.marker, centre, px(3), row.ink)
            painter.setPen(color("text"))
            painter.drawText(QPointF(card.left() + px(22), baseline), row.text)

    # ---- pointer, keys, menu
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        box, (low, high) = self.frame(), self.x_range
        share = (event.position().x() - box.left()) / box.width()
        self._point(low + min(1.0, max(0.0, share)) * (high - low))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        low, high = self.x_range
        now = (low + high) / 2 if self.pointer is None else self.pointer
        places = {
            Qt.Key.Key_Left: now - self.key_step,
            Qt.Key.Key_Right: now + self.key_step,
            Qt.Key.Key_PageUp: now - 10 * self.key_step,
            Qt.Key.Key_PageDown: now + 10 * self.key_step,
            Qt.Key.Key_Home: low,
            Qt.Key.Key_End: high,
        }
        key = Qt.Key(event.key())
        if key in places:
            self._point(round(min(high, max(low, places[key])), 6))
        elif key == Qt.Key.Key_Escape and self.pointer is not None:
            self._point(None)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()

    def _point(self, x: float | None) -> None:
        self.set_pointer(x)
        self.pointed.emit(x)


def nearest_label(place: float, text: str) -> str:
    """The head of a reading: "x = 1.25"."""
    return f"{text} = {place:.2f}".replace("-", "−")
