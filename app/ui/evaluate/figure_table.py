"""Figures with their intervals, in lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.diagnostics.evaluation.bootstrap import Figure
from app.diagnostics.evaluation.score_curves import AREA, AVERAGE_PRECISION
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.axis import figures_text
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.scrolled_drawing import ScrolledDrawing
from app.ui.theme import current_theme

HEAD, LINE, EDGE = 24, 28, 4
TALL = 40
"""A line with more than one figure has the intervals below them."""
ABOVE = 22
"""Names that are wider than their column stand above the figures, in a line of this height."""
NAMES, NO_NAMES, WORDS = 64, 36, 30
"""Widths of the columns beside several figures: of names at most, and at least; of words at
least.
"""
TOLD = 12
"""So many lines are told to a screen reader."""

SHARES = frozenset(
    ("Accuracy", "Precision", "Recall", "F1", "R2", "Brier score", AREA, AVERAGE_PRECISION)
)


@dataclass(frozen=True)
class FigureLine:
    """A name, its figures, and words in place of a last one ("36")."""

    name: str
    figures: tuple[Figure, ...]
    words: str = ""


def value_text(figure: Figure) -> str:
    """ "0.972", "12.3"; a dash where it is not defined."""
    if figure.value is None:
        return "–"
    return _number(figure.name, figure.value)


def interval_text(figure: Figure, *, short: bool = False) -> str:
    """ "0.953 to 0.991", or "0.95–0.99"; "" where there is none."""
    if figure.value is None:
        return "" if short else "not defined"
    if figure.low is None or figure.high is None:
        return ""
    if short and figure.name in SHARES:
        low, high = f"{figure.low:.2f}", f"{figure.high:.2f}"
    else:
        low, high = _number(figure.name, figure.low), _number(figure.name, figure.high)
    if short and figure.low >= 0 and figure.name not in SHARES:
        return f"{_compact(figure.low)}–{_compact(figure.high)}"
    if short and figure.low >= 0:
        return f"{low}–{high}"
    return f"{low} to {high}".replace("-", "−")


def _compact(value: float) -> str:
    """ "226k", "1.3M" where digits would take much room."""
    for least, unit, letter in ((1e9, 0.0, ""), (1e6, 1e6, "M"), (1e4, 1e3, "k")):
        if value >= least and unit:
            return f"{value / unit:.3g}{letter}"
        if value >= least:
            break
    return figures_text(value)


def _number(name: str, value: float) -> str:
    return f"{value:.3f}".replace("-", "−") if name in SHARES else figures_text(value)


class _Lines(ScrolledDrawing):
    """The lines.

    Signals:
        chosen(number): a line was pressed.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: tuple[FigureLine, ...] = ()
        self.heads: tuple[str, ...] = ()
        self.pickable = False
        self.current = -1

    @property
    def line(self) -> int:
        """Height of a line in px."""
        return px(TALL if self.heads else LINE) + self._above()

    def _widest(self) -> float:
        metrics = QFontMetricsF(current_theme().font("cell"))
        return max((metrics.horizontalAdvance(line.name) for line in self.lines), default=0.0)

    def _above(self) -> int:
        """What the names take above the figures; 0 where there is room beside these."""
        return px(ABOVE) if self.heads and self._widest() + px(6) > px(NAMES) else 0

    def arrange(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height() - self._head()
        bar.setRange(0, max(0, len(self.lines) * self.line - height))
        bar.setPageStep(max(1, height))
        bar.setSingleStep(self.line)
        self.viewport().update()

    def _head(self) -> int:
        return px(HEAD) if self.heads else 0

    def line_rect(self, number: int) -> QRectF:
        top = self._head() + number * self.line - self.verticalScrollBar().value()
        return QRectF(0, top, self.viewport().width(), self.line)

    def choose(self, number: int) -> None:
        if self.pickable and 0 <= number < len(self.lines):
            self.current = number
            rect, bar = self.line_rect(number), self.verticalScrollBar()
            if rect.top() < self._head():
                bar.setValue(bar.value() + round(rect.top()) - self._head())
            elif rect.bottom() > self.viewport().height():
                bar.setValue(bar.value() + round(rect.bottom()) - self.viewport().height())
            self.viewport().update()
            self.chosen.emit(number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().y() - self._head()
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            self.choose(int((place + self.verticalScrollBar().value()) // self.line))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self.pickable:
            self.choose(min(max(self.current + step, 0), len(self.lines) - 1))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), color("panel"))
            for number, line in enumerate(self.lines):
                rect = self.line_rect(number)
                if rect.bottom() >= 0 and rect.top() <= self.viewport().height():
                    self._paint_line(painter, rect, line, chosen=number == self.current)
            if self.heads:
                self._paint_heads(painter)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(color("accent"))
                painter.drawRect(self.viewport().rect().adjusted(0, 0, -1, -1))

    def _columns(self) -> tuple[float, list[QRectF]]:
        """(width of the names, places across of the figures and, last, the words)."""
        width = self.viewport().width() - px(2 * EDGE)
        figures = max((len(line.figures) for line in self.lines), default=1)
        metrics = QFontMetricsF(current_theme().font("cell"))
        widest = max((metrics.horizontalAdvance(line.words) for line in self.lines), default=0.0)
        words = max(float(px(WORDS)), widest + px(6)) if widest else 0.0
        body = QFontMetricsF(current_theme().font("body"))
        widest = max((body.horizontalAdvance(line.name) for line in self.lines), default=0.0)
        names = min(width * 0.36, widest + px(10))
        if self.heads:
            names = px(NO_NAMES) if self._above() else max(self._widest() + px(6), px(NO_NAMES))
        each = (width - names - words) / figures
        left = px(EDGE) + names
        places = [QRectF(left + n * each, 0, each, self.line) for n in range(figures)]
        return names, [*places, QRectF(left + figures * each, 0, words, self.line)]

    def _paint_heads(self, painter: QPainter) -> None:
        head = QRectF(0, 0, self.viewport().width(), px(HEAD))
        painter.fillRect(head, color("panel"))
        painter.setFont(current_theme().font("caption_strong"))
        painter.setPen(color("muted"))
        names, places = self._columns()
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(px(EDGE), 0, names, px(HEAD)), flags, self.heads[0])
        for text, place in zip(self.heads[1:], places, strict=False):
            place.setHeight(px(HEAD))
            painter.drawText(place, flags | Qt.AlignmentFlag.AlignRight, text)
        painter.fillRect(QRectF(0, head.bottom() - 1, head.width(), 1), color("border"))

    def _paint_line(
        self, painter: QPainter, rect: QRectF, line: FigureLine, *, chosen: bool
    ) -> None:
        theme, (names, places) = current_theme(), self._columns()
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        if chosen and self.pickable:
            painter.fillRect(rect, color("accent_soft"))
        role = "cell" if self.heads else "body"
        metrics = QFontMetricsF(theme.font(role))
        painter.setFont(theme.font(role))
        painter.setPen(color("text"))
        above = self._above()
        room = rect.width() - px(2 * EDGE) if above else names - px(4)
        name = metrics.elidedText(line.name, Qt.TextElideMode.ElideMiddle, room)
        high = above or rect.height()
        painter.drawText(
            QRectF(px(EDGE), rect.top() + px(2) * bool(above), room, high), middle, name
        )
        rect = rect.adjusted(0, above, 0, 0)
        for figure, place in zip(line.figures, places, strict=False):
            box = QRectF(place.left(), rect.top(), place.width(), rect.height())
            if self.heads:
                self._paint_above(painter, box, figure)
            else:
                self._paint_beside(painter, box, figure)
        painter.setFont(theme.font("cell"))
        painter.setPen(color("muted"))
        last = QRectF(places[-1].left(), rect.top(), places[-1].width(), rect.height())
        painter.drawText(last, middle | right, line.words)
        painter.fillRect(QRectF(0, rect.bottom() - 1, rect.width(), 1), color("border"))

    @staticmethod
    def _paint_beside(painter: QPainter, box: QRectF, figure: Figure) -> None:
        """A figure, and at its right the interval."""
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        metrics, between = QFontMetricsF(current_theme().font("caption")), interval_text(figure)
        if metrics.horizontalAdvance(between) > 0.58 * box.width():
            between = interval_text(figure, short=True)
        parts = (
            (0.0, 0.4, "title", "text", value_text(figure)),
            (0.4, 1.0, "caption", "muted", between),
        )
        for start, end, role, ink, text in parts:
            painter.setFont(current_theme().font(role))
            painter.setPen(color(ink))
            wide = box.width() * (end - start)
            place = QRectF(box.left() + box.width() * start, box.top(), wide, box.height())
            painter.drawText(place, right, text)

    @staticmethod
    def _paint_above(painter: QPainter, box: QRectF, figure: Figure) -> None:
        """A figure, and below it the interval."""
        between, right = interval_text(figure, short=True), Qt.AlignmentFlag.AlignRight
        half = box.height() / 2 + px(1)
        upper = QRectF(box.left(), box.top(), box.width(), half if between else box.height())
        below = Qt.AlignmentFlag.AlignBottom if between else Qt.AlignmentFlag.AlignVCenter
        painter.setFont(current_theme().font("cell_strong"))
        painter.setPen(color("text"))
        painter.drawText(upper, right | below, value_text(figure))
        painter.setFont(current_theme().font("caption"))
        painter.setPen(color("muted"))
        lower = QRectF(box.left(), box.top() + half, box.width(), box.height() - half)
        painter.drawText(lower, right | Qt.AlignmentFlag.AlignTop, between)


class FigureTable(Plot):
    """Lines of a name and figures, each with its 95 % interval below.

    Signals:
        chosen(number): a line was pressed; only where lines can be chosen.
    """

    chosen = Signal(int)

    def __init__(self, name: str, spoken: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self._title = spoken
        self.lines = _Lines(self)
        self.lines.setObjectName(f"{name}.lines")
        self.lines.setAccessibleName(spoken)
        self.lines.chosen.connect(self.chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.lines)

    def show_lines(
        self,
        lines: Sequence[FigureLine],
        heads: Sequence[str] = (),
        *,
        current: int = -1,
        pickable: bool = False,
    ) -> None:
        """Show these; `heads` stand above the columns, that of the names first."""
        self.lines.lines, self.lines.heads = tuple(lines), tuple(heads)
        self.lines.current, self.lines.pickable = current, pickable
        told = [
            f"{line.name} "
            + ", ".join(f"{value_text(one)} ({interval_text(one)})" for one in line.figures)
            for line in lines[:TOLD]
        ]
        self.lines.setAccessibleDescription("; ".join(told))
        self.updateGeometry()
        self.lines.arrange()

    def table(self) -> PlotTable:
        lines = self.lines.lines
        columns = self.lines.heads[1:] or ("value",)
        count = max((len(line.figures) for line in lines), default=1)
        heads = tuple(
            head
            for column in columns[:count]
            for head in (column, f"{column} 95 % low", f"{column} 95 % high")
        )
        words = columns[count : count + 1]
        rows = tuple(
            (
                line.name,
                *(part for one in line.figures for part in (one.value, one.low, one.high)),
                *((line.words,) if words else ()),
            )
            for line in lines
        )
        return PlotTable(self._title, ("name", *heads, *words), rows)

    def sizeHint(self) -> QSize:
        count = min(len(self.lines.lines), 8)
        return QSize(px(240), self.lines._head() + max(1, count) * self.lines.line + 2)

    def minimumSizeHint(self) -> QSize:
        count = min(len(self.lines.lines), 3 if self.lines.heads else 8)
        return QSize(px(200), self.lines._head() + max(1, count) * self.lines.line + 2)
