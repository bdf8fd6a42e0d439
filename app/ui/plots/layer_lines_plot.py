"""One line for each layer over the epochs: gradient norms, update ratios, shares of dead units."""

from collections.abc import Sequence

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, epoch_ticks, figures_text, linear_ticks, log_ticks
from app.ui.plots.framed_plot import ABOVE, BELOW, LEFT, PIECE, FramedPlot, ReadingRow
from app.ui.plots.layer_lines import (
    NO_LINES,
    Band,
    LayerLines,
    kept_apart,
    pieces,
    some_of,
    thinned,
)
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

LABEL_GAP = 13
"""Px from one name at the right end to the next."""
WIDEST_NAME = 104
MANY_POINTS = 160
"""Lines of more points are drawn 1 px wide: Qt draws those twenty times as fast."""
COLUMN = 2
"""Px in which the epochs of a long run are drawn as one line from their least to their largest."""
ROW = 16


class LayerLinesPlot(FramedPlot):
    """All lines muted, those of the first and the last layer strong; the names at the right end.

    Left and right move the pointer, up and down choose a line; Return takes the epoch under the
    pointer.

    Signals:
        epoch_chosen(int): the user pressed on this epoch.
    """

    epoch_chosen = Signal(int)

    def __init__(
        self,
        name: str,
        what: str,
        *,
        title: str = "",
        logarithmic: bool,
        percent: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        """`what` is told: "Gradient norm"; `title` stands above it; `percent`: values are
        shares.
        """
        super().__init__(name, what, parent)
        self._what = what
        self._logarithmic, self._percent = logarithmic, percent
        self._lines = NO_LINES
        self._bands: tuple[Band, ...] = ()
        self._bad: frozenset[str] = frozenset()
        self._shown_epoch: int | None = None
        self._zero: float | None = None
        self._names_width = 0.0
        self._chosen: int | None = None
        self.title = f"{title or what}, log scale" if logarithmic else title or what
        self.across = "epoch"
        self.key_step = 1.0

    @property
    def lines(self) -> LayerLines:
        return self._lines

    @property
    def chosen(self) -> str | None:
        """The layer whose line is picked out."""
        return None if self._chosen is None else self._lines.names[self._chosen]

    def show_lines(
        self,
        lines: LayerLines,
        shown_epoch: int | None,
        bands: Sequence[Band] = (),
        bad: frozenset[str] = frozenset(),
    ) -> None:
        """Show `lines`; `shown_epoch` is marked, layers of `bad` are in the error colour."""
        if lines.names != self._lines.names:
            self._chosen = None
        self._lines, self._bands, self._bad = lines, tuple(bands), bad
        self._shown_epoch = shown_epoch
        first, last = (lines.epochs[0], lines.epochs[-1]) if len(lines.epochs) else (0, 1)
        wide = (first, last) if last > first else (first - 0.5, first + 0.5)
        self.x_range = (float(wide[0]), float(wide[1]))
        self.y_range = self._height()
        self.setAccessibleDescription(self._spoken())
        self.refresh()

    def table(self) -> PlotTable:
        """A row for each epoch, a column for each layer."""
        values = self._lines.values
        rows = tuple(
            (int(epoch), *(None if np.isnan(v) else float(v) for v in values[:, column]))
            for column, epoch in enumerate(self._lines.epochs)
        )
        return PlotTable(self._what, ("epoch", *self._lines.names), rows)

    # ---- axes
    def frame(self) -> QRectF:
        right = px(12) + self._names_width + px(8)
        width = self.width() - px(LEFT + 4) - right
        height = self.height() - px(ABOVE) - px(BELOW)
        return QRectF(px(LEFT + 4), px(ABOVE), max(1.0, width), max(1, height))

    def x_ticks(self) -> Sequence[Tick]:
        return epoch_ticks(*self.x_range, max(2, round(self.frame().width() / px(64))))

    def y_ticks(self) -> Sequence[Tick]:
        count = max(2, round(self.frame().height() / px(22)))
        if not self._logarithmic:
            ticks = linear_ticks(*self.y_range, count)
            return [(v, f"{100 * v:g}%") for v, _ in ticks] if self._percent else ticks
        low = self.y_range[0] if self._zero is None else self._zero + 0.5
        ticks = log_ticks(low, self.y_range[1], count)
        return ticks if self._zero is None else [(self._zero, "0"), *ticks]

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        column = self._lines.column(x)
        if column is None:
            return "no epoch yet", ()
        names, values = self._lines.names, self._lines.values[:, column]
        rows = []
        for number in self._read_layers():
            value = float(values[number])
            ink = self._ink(number)
            marker = "diamond" if number == self._chosen else "circle"
            rows.append(ReadingRow(ink, marker, f"{names[number]}  {self._text(value)}"))
        left_out = len(names) - len(rows)
        head = f"epoch {self._lines.epochs[column]:,}"
        return (f"{head}, {len(rows)} of {len(names)} layers" if left_out else head), rows

    def _read_layers(self) -> range:
        """The layers read under the pointer: as many as there is room for, around the chosen."""
        count = len(self._lines.names)
        most = max(1, int((self.frame().height() - px(12)) // px(ROW)) - 1)
        if count <= most:
            return range(count)
        middle = count - 1 if self._chosen is None else self._chosen
        first = min(max(0, middle - most // 2), count - most)
        return range(first, first + most)

    def _text(self, value: float) -> str:
        if np.isnan(value):
            return "not known"
        return f"{100 * value:.3g}%" if self._percent else figures_text(value)

    def _height(self) -> tuple[float, float]:
        values = self._lines.values
        if not self._logarithmic:
            top = float(np.nanmax(values, initial=0.0)) if values.size else 0.0
            return (0.0, 1.0 if not self._percent or top > 0.5 else max(0.1, top * 1.25))
        positive = values[values > 0] if values.size else values
        shown = [float(edge) for band in self._bands for edge in band.edges]
        known = [*shown, *((positive.min(), positive.max()) if positive.size else ())]
        low, high = (min(known), max(known)) if known else (1e-3, 1.0)
        bottom = float(np.floor(np.log10(low) + 1e-9))
        top = max(float(np.ceil(np.log10(high) - 1e-9)), bottom + 1)
        has_zero = bool(values.size) and bool((values == 0).any())
        self._zero = bottom - 0.6 if has_zero else None
        return (bottom - 0.9 if has_zero else bottom, top)

    def _heights(self, values: np.ndarray) -> np.ndarray:
        """Values as places on the upright axis."""
        if not self._logarithmic:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            places = np.log10(values)
        return np.where(values == 0, np.nan if self._zero is None else self._zero, places)

    # ---- painting
    def paint_content(self, painter: QPainter) -> None:
        box = self.frame()
        self._words: list[tuple[QPointF, Band]] = []
        for band in self._bands:
            self._paint_band(painter, band, box)
        columns = int(box.width() / COLUMN)
        places, values = thinned(self._lines.epochs, self._lines.values, columns)
        if self._shown_epoch is not None:
            x = self.at(self._shown_epoch, 0).x()
            painter.setPen(make_pen(color("accent"), 2))
            painter.drawLine(QLineF(x, box.top(), x, box.bottom()))
        if not len(places):
            return
        (x0, x1), (y0, y1) = self.x_range, self.y_range
        across = box.left() + (places - x0) * box.width() / ((x1 - x0) or 1.0)
        heights = self._heights(values)
        down = box.bottom() - (heights - y0) * box.height() / ((y1 - y0) or 1.0)
        count = len(self._lines.names)
        for number in sorted(range(count), key=self._strength):
            self._paint_one(painter, number, across, down[number])
        self._paint_words(painter)

    def _paint_one(
        self, painter: QPainter, number: int, across: np.ndarray, down: np.ndarray
    ) -> None:
        ink, strong = self._ink(number), self._strength(number) > 0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for first, behind in pieces(np.isfinite(down)):
            if behind - first == 1:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ink)
                painter.drawEllipse(QPointF(across[first], down[first]), px(3), px(3))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                continue
            if behind - first > MANY_POINTS:
                painter.setPen(make_pen(ink, 1))
                x, y = across[first:behind], down[first:behind]
                for away in (-0.5, 0.5) if strong else (0.0,):  # two fine lines are fast, too
                    painter.drawPolyline(arrayToQPolygonF(x, y + away))
                continue
            painter.setPen(make_pen(ink, 2 if strong else 1.25))
            for start in range(first, behind - 1, PIECE):
                stop = min(start + PIECE + 1, behind)
                painter.drawPolyline(arrayToQPolygonF(across[start:stop], down[start:stop]))

    def _paint_band(self, painter: QPainter, band: Band, box: QRectF) -> None:
        ground = color(band.ground)
        ground.setAlphaF(band.opacity)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        low = self.y_range[0] if band.low is None else float(self._heights(np.array(band.low)))
        if isinstance(band.high, np.ndarray):
            if not len(band.high):
                return
            columns = int(box.width() / COLUMN)
            places, high = thinned(self._lines.epochs, band.high[None, :], columns)
            tops = np.nan_to_num(self._heights(high[0]), nan=low)
            points = list(zip(places.tolist(), tops.tolist(), strict=True))
        else:
            top = float(self._heights(np.array(band.high)))
            points = [(self.x_range[0], top)]
        left, right = (points[0][0], points[-1][0]) if len(points) > 1 else self.x_range
        points = (
            [points[0], *points, points[-1]]
            if len(points) > 1
            else [(left, points[0][1]), (right, points[0][1])]
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # it has no outline
        painter.drawPolygon(self.places([(left, low), *points, (right, low)]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bottom = self.at(0, low).y()
        if bottom - self.at(0, points[0][1]).y() >= px(15):
            self._words.append((QPointF(box.left() + px(8), bottom - px(5)), band))

    def _paint_words(self, painter: QPainter) -> None:
        """What the bands say, readable above the lines."""
        font = current_theme().font("caption")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        ground = color("panel")
        ground.setAlphaF(0.8)
        for place, band in self._words:
            around = metrics.tightBoundingRect(band.words).translated(place)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawRoundedRect(around.adjusted(-px(3), -px(3), px(3), px(3)), px(3), px(3))
            painter.setPen(color(band.tone))
            painter.drawText(place, band.words)

    def _paint_all(self, painter: QPainter) -> None:
        super()._paint_all(painter)
        self._paint_names(painter)

    def _paint_names(self, painter: QPainter) -> None:
        """The name of each line at its right end, as many as there is room for."""
        ends = self._ends()
        if not ends:
            return
        box, theme = self.frame(), current_theme()
        top, bottom = box.top() - px(4), box.bottom()
        most = max(1, int((bottom - top) // px(LABEL_GAP)) + 1)
        if len(ends) > most:  # names that stand in a row would lie far from their lines
            most = max(3, round(0.6 * most))
        last = len(self._lines.names) - 1
        always = [n for n in (0, last, self._chosen) if n is not None]
        shown = some_of(sorted(ends, key=lambda n: ends[n]), most, always)
        placed = kept_apart([ends[n] for n in shown], px(LABEL_GAP), top, bottom)
        left = box.right() + px(12)
        for number, y in zip(shown, placed, strict=True):
            ink = self._ink(number)
            font = theme.font("caption_strong" if self._strength(number) > 0 else "caption")
            metrics = QFontMetricsF(font)
            text = metrics.elidedText(
                self._lines.names[number], Qt.TextElideMode.ElideMiddle, px(WIDEST_NAME)
            )
            painter.setPen(make_pen(color("control_border"), 1))
            if abs(y - ends[number]) > px(3):
                painter.drawLine(QLineF(box.right() + px(3), ends[number], left - px(3), y))
            painter.setFont(font)
            painter.setPen(ink)
            painter.drawText(QPointF(left, y + metrics.capHeight() / 2), text)

    def _ends(self) -> dict[int, float]:
        """By layer, how high its line ends, in px."""
        values = self._lines.values
        if not values.size:
            return {}
        lately = self._heights(values[:, -50:])
        box, (y0, y1) = self.frame(), self.y_range
        down = box.bottom() - (lately - y0) * box.height() / ((y1 - y0) or 1.0)
        found = {}
        for number, line in enumerate(down):
            known = np.flatnonzero(np.isfinite(line))
            if len(known):
                found[number] = float(line[known[-1]])
        return found

    def refresh(self) -> None:
        self._names_width = self._measured_names()
        super().refresh()

    def _measured_names(self) -> float:
        metrics = QFontMetricsF(current_theme().font("caption_strong"))
        widths = [metrics.horizontalAdvance(name) for name in self._lines.names[:200]]
        return min(px(WIDEST_NAME), max(widths, default=0.0))

    def _strength(self, number: int) -> int:
        if number == self._chosen:
            return 2
        return 1 if number in (0, len(self._lines.names) - 1) else 0

    def _ink(self, number: int) -> QColor:
        if self._lines.names[number] in self._bad:
            return color("error")
        if number == len(self._lines.names) - 1:
            return color("accent")
        return color("text" if self._strength(number) else "muted")

    # ---- hands
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._choose_near(event.position())
        super().mouseMoveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.frame().contains(event.position()):
            super().mouseMoveEvent(event)
            self._take_epoch()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = Qt.Key(event.key()), len(self._lines.names)
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and count:
            step = -1 if key == Qt.Key.Key_Up else 1
            now = (-1 if step == 1 else count) if self._chosen is None else self._chosen
            self._choose(min(max(now + step, 0), count - 1))
            if self.pointer is None:
                self._point(self.x_range[1])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.pointer is not None:
            self._take_epoch()
        else:
            super().keyPressEvent(event)

    def _take_epoch(self) -> None:
        column = None if self.pointer is None else self._lines.column(self.pointer)
        if column is not None:
            self.epoch_chosen.emit(int(self._lines.epochs[column]))

    def _choose_near(self, place: QPointF) -> None:
        """Pick out the line that is nearest above or below."""
        box, (x0, x1), (y0, y1) = self.frame(), self.x_range, self.y_range
        column = self._lines.column(x0 + (place.x() - box.left()) / box.width() * (x1 - x0))
        if column is None or not self._lines.names:
            return
        up = y0 + (box.bottom() - place.y()) / box.height() * (y1 - y0)
        away = np.abs(self._heights(self._lines.values[:, column]) - up)
        if np.isfinite(away).any():
            self._choose(int(np.nanargmin(away)))

    def _choose(self, number: int) -> None:
        if number != self._chosen:
            self._chosen = number
            self.refresh()
            if self.pointer is not None:  # what is read is said anew
                x, self.pointer = self.pointer, None
                self.set_pointer(x)

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        if self._chosen is not None and not self.hasFocus():
            self._chosen = None
            self.refresh()

    def _spoken(self) -> str:
        lines = self._lines
        if lines.is_empty:
            return "No epoch is done yet."
        last = lines.values[:, -1]
        told = (f"{n} {self._text(float(v))}" for n, v in zip(lines.names, last, strict=True))
        return f"{self._what} at epoch {lines.epochs[-1]:,}: {', '.join(told)}"
