"""The confusion matrix: rows true, columns predicted; a cell can be chosen."""

import math

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.told_apart import told_apart
from app.ui.theme import current_theme

TOP, FOOT, GAP, EDGE = 40, 24, 1, 4
LARGEST_CELL = 72
NAMES = 96
"""Names of classes take so many px at most."""
LEAST_NAMED, LEAST_DRAWN = 10, 6
"""Cells smaller than that have no names beside them, and are drawn as one picture."""
MOST_NAMED = 100
"""More classes than that have no room for their names anyway."""

Cell = tuple[int, int]


class ConfusionPlot(KeyboardFocus, Plot):
    """Counts, or shares of each row, in cells whose ground is the stronger the larger the share of
    its row: right ones in accent, wrong ones in the error colour.

    Signals:
        cell_chosen(true, predicted): a cell was pressed; the chosen one again for none (-1, -1).
    """

    cell_chosen = Signal(int, int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Confusion matrix: rows true, columns predicted")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.counts = np.zeros((0, 0), np.int64)
        self.names: tuple[str, ...] = ()
        self._short: tuple[str, ...] = ()
        self.by_row = False
        self.chosen: Cell | None = None
        self._current: Cell = (0, 0)
        self._pointed: Cell | None = None

    # ---- what is shown
    def show_counts(self, counts: np.ndarray, names: tuple[str, ...]) -> None:
        """Show (classes, classes); nothing is chosen."""
        if counts is self.counts:
            return
        self.counts, self.names, self._short = counts, names, told_apart(names)
        self.chosen, self._pointed = None, None
        self._current = (0, 0)
        self._tell()
        self.update()

    def show_shares(self, by_row: bool) -> None:
        """Write shares of each row in place of counts."""
        self.by_row = by_row
        self._tell()
        self.update()

    def set_chosen(self, cell: Cell | None) -> None:
        self.chosen = cell
        if cell is not None:
            self._current = cell
        self._tell()
        self.update()

    def table(self) -> PlotTable:
        rows = tuple(
            (self.names[true], *(self._number(true, said) for said in range(len(self.names))))
            for true in range(len(self.names))
        )
        heads = tuple(f"predicted {name}" for name in self.names)
        what = "by row" if self.by_row else "counts"
        return PlotTable(f"Confusion matrix, {what}", ("true", *heads), rows)

    def share(self, true: int, said: int) -> float:
        """Of the samples of class `true`; 0 where there are none."""
        whole = int(self.counts[true].sum())
        return float(self.counts[true, said] / whole) if whole else 0.0

    def _number(self, true: int, said: int) -> object:
        return self.share(true, said) if self.by_row else int(self.counts[true, said])

    def _text(self, true: int, said: int) -> str:
        if not self.by_row:
            return f"{int(self.counts[true, said]):,}"
        share = self.share(true, said)
        return "0" if share == 0 else f"{share:.2f}"

    def words(self, cell: Cell) -> str:
        """What a cell says."""
        true, said = cell
        whole = int(self.counts[true].sum())
        share = f", {self.share(true, said):.1%} of them" if whole else ""
        return (
            f"{int(self.counts[cell]):,} of {whole:,} samples of {self.names[true]} "
            f"{'rightly ' if true == said else ''}taken for {self.names[said]}{share}"
        )

    def _tell(self) -> None:
        if len(self.names):
            chosen = "chosen: " if self.chosen == self._current else ""
            self.setAccessibleDescription(chosen + self.words(self._current))

    # ---- places
    def _grid(self) -> tuple[float, float]:
        """(left end of the cells, side of a cell), in px."""
        metrics = QFontMetricsF(current_theme().font("caption"))
        told = self._fitting(metrics, px(NAMES)) if len(self.names) <= MOST_NAMED else ()
        widest = max((metrics.horizontalAdvance(name) for name in told), default=0.0)
        left = min(widest, float(px(NAMES))) + px(24)
        count = max(1, len(self.names))
        down = (self.height() - px(TOP) - px(FOOT)) / count
        side = min((self.width() - left - px(4)) / count, down, float(px(LARGEST_CELL)))
        if side < px(LEAST_NAMED):  # the room of the names goes to the cells
            left, most = float(px(EDGE)), px(LEAST_NAMED) - 1.0
            side = min((self.width() - left - px(4)) / count, down, most)
        side = max(0.5, side)
        return left, float(int(side)) if side > 8 else side

    def _fitting(self, metrics: QFontMetricsF, room: float) -> tuple[str, ...]:
        """The names, whole where all of them have room."""
        widest = max((metrics.horizontalAdvance(name) for name in self.names), default=0.0)
        return self.names if widest <= room else self._short

    def cell_rect(self, true: int, said: int) -> QRectF:
        """Where a cell lies in the widget."""
        return _cell(*self._grid(), true, said)

    def cell_at(self, place: QPoint) -> Cell | None:
        left, side = self._grid()
        said = int((place.x() - left) // side)
        true = int((place.y() - px(TOP)) // side)
        count = len(self.names)
        return (true, said) if 0 <= true < count and 0 <= said < count else None

    def sizeHint(self) -> QSize:
        return QSize(px(420), px(420))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(220), px(200))

    # ---- hands
    def _choose(self, cell: Cell) -> None:
        self._current = cell
        self.chosen = None if self.chosen == cell else cell
        self._tell()
        self.update()
        self.cell_chosen.emit(*(self.chosen or (-1, -1)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self.cell_at(event.position().toPoint())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        pointed = self.cell_at(event.position().toPoint())
        if pointed != self._pointed:
            self._pointed = pointed
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._pointed = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        key, count = Qt.Key(event.key()), len(self.names)
        if key in steps and count:
            down, across = steps[key]
            true, said = self._current
            self._current = (
                min(max(true + down, 0), count - 1),
                min(max(said + across, 0), count - 1),
            )
            self._tell()
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and count:
            self._choose(self._current)
        elif key == Qt.Key.Key_Escape and self.chosen is not None:
            self._choose(self.chosen)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self.update()

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self.names):
            return
        left, side = self._grid()
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            if side >= px(LEAST_NAMED):
                self._paint_names(painter, left, side)
            if side >= px(LEAST_DRAWN):
                self._paint_cells(painter, left, side)
            else:
                self._paint_picture(painter, left, side)
            for cell, ink, width in (
                (self.chosen, "accent", 2.0),
                (self._current if self.hasFocus() else None, "accent", 1.0),
                (self._pointed, "control_border", 1.0),
            ):
                if cell is not None:
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.setPen(make_pen(color(ink), width))
                    edge = 2.0 if cell is self.chosen else 0.5
                    box = _cell(left, side, *cell)
                    painter.drawRect(box.adjusted(-edge, -edge, edge, edge))
            self._paint_foot(painter, side)

    def _paint_names(self, painter: QPainter, left: float, side: float) -> None:
        theme, high = current_theme(), px(TOP - 18)
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("muted"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(left, 0, self.width() - left, px(18)), flags, "Predicted")
        painter.drawText(QRectF(0, px(18), left - px(8), high), flags, "True")
        painter.setFont(theme.font("caption"))
        painter.setPen(color("text"))
        metrics = QFontMetricsF(theme.font("caption"))
        room, right = left - px(8), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        step = max(1, math.ceil((metrics.height() - 2) / side))  # else they lie on each other
        over, before = self._fitting(metrics, side - 2), self._fitting(metrics, px(NAMES))
        for number, (name, short) in enumerate(zip(before, over, strict=True)):
            box = _cell(left, side, number, number)
            above = metrics.elidedText(short.lstrip("…"), Qt.TextElideMode.ElideRight, side - 2)
            place = QRectF(box.left(), px(18), side, high)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, above)
            if number % step == 0:
                beside = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
                line = box.adjusted(-box.left(), -side, room - box.right(), side)
                painter.drawText(line, right, beside)

    def _grounds(self) -> np.ndarray:
        """(classes, classes, 3) uint8: the colour of each cell."""
        whole = np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        share = np.where(self.counts > 0, 0.12 + 0.88 * self.counts / whole, 0.0)[..., np.newaxis]
        rgb = {name: _rgb(color(name)) for name in ("canvas", "accent_fill", "error")}
        right = np.eye(len(self.counts), dtype=bool)[..., np.newaxis]
        ink = np.where(right, rgb["accent_fill"], rgb["error"])
        return np.rint(rgb["canvas"] * (1 - share) + ink * share).astype(np.uint8)

    def _paint_cells(self, painter: QPainter, left: float, side: float) -> None:
        font = current_theme().font("cell")
        metrics, count = QFontMetricsF(font), len(self.names)
        texts = [[self._text(true, said) for said in range(count)] for true in range(count)]
        widest = max(metrics.horizontalAdvance(text) for line in texts for text in line)
        written = widest + px(4) <= side and metrics.height() <= side
        painter.setFont(font)
        grounds = self._grounds().tolist()
        for true in range(count):
            for said in range(count):
                box, ground = _cell(left, side, true, said), QColor(*grounds[true][said])
                painter.fillRect(box, ground)
                if written:
                    nothing = self.counts[true, said] == 0
                    painter.setPen(color("control_border") if nothing else legible_on(ground))
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, texts[true][said])

    def _paint_picture(self, painter: QPainter, left: float, side: float) -> None:
        """Cells too small to be drawn one by one."""
        count = len(self.names)
        pixels = np.ascontiguousarray(self._grounds())
        image = QImage(pixels.data, count, count, 3 * count, QImage.Format.Format_RGB888)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, side < 1)
        painter.drawImage(QRectF(left, px(TOP), side * count, side * count), image)

    def _paint_foot(self, painter: QPainter, side: float) -> None:
        cell = self._pointed or self.chosen or (self._current if self.hasFocus() else None)
        axes = "" if side >= px(LEAST_NAMED) else "Rows true, columns predicted; press a cell."
        text = self.words(cell) if cell is not None else axes or "Press a cell to see its samples."
        foot = px(TOP) + len(self.names) * side
        painter.setFont(current_theme().font("caption"))
        painter.setPen(color("muted"))
        metrics = QFontMetricsF(current_theme().font("caption"))
        painter.drawText(
            QRectF(0, foot, self.width(), px(FOOT)),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.width()),
        )


def _cell(left: float, side: float, true: int, said: int) -> QRectF:
    gap = GAP if side > 3 else 0
    return QRectF(left + said * side, px(TOP) + true * side, side - gap, side - gap)


def _rgb(ink: QColor) -> np.ndarray:
    return np.array([ink.red(), ink.green(), ink.blue()], np.float64)


def legible_on(ground: QColor) -> QColor:
    """Black or white, whichever has the higher contrast (WCAG 2 relative luminance)."""

    def linear(part: float) -> float:
        return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(part / 255) for part in _rgb(ground).tolist())
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return QColor("#ffffff" if 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 else "#000000")
