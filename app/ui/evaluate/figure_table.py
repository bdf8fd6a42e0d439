"""Figures with their intervals, in lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.diagnostics.evaluation.bootstrap import Figure
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.axis import figures_text
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.scrolled_drawing import ScrolledDrawing
from app.ui.theme import current_theme

HEAD, LINE, EDGE = 24, 40, 4
TOLD = 12
"""So many lines are told to a screen reader."""

SHARES = frozenset(("Accuracy", "Precision", "Recall", "F1", "R2", "Brier score"))


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


def interval_text(figure: Figure) -> str:
    """ "0.95 to 0.99"; "" where there is none."""
    if figure.value is None:
        return "not defined"
    if figure.low is None or figure.high is None:
        return ""
    low, high = _number(figure.name, figure.low), _number(figure.name, figure.high)
    return f"{low} to {high}"


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

    def arrange(self) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height() - self._head()
        bar.setRange(0, max(0, len(self.lines) * px(LINE) - height))
        bar.setPageStep(max(1, height))
        bar.setSingleStep(px(LINE))
        self.viewport().update()

    def _head(self) -> int:
        return px(HEAD) if self.heads else 0

    def line_rect(self, number: int) -> QRectF:
        top = self._head() + number * px(LINE) - self.verticalScrollBar().value()
        return QRectF(0, top, self.viewport().width(), px(LINE))

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
            self.choose(int((place + self.verticalScrollBar().value()) // px(LINE)))

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
        """(width of the names, places across of the figures)."""
        count = max((len(line.figures) + bool(line.words) for line in self.lines), default=1)
        width = self.viewport().width() - px(2 * EDGE)
        names = width * (0.44 if count == 1 else 0.26)
        each = (width - names) / count
        return names, [
            QRectF(px(EDGE) + names + number * each, 0, each, px(LINE)) for number in range(count)
        ]

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
        theme = current_theme()
        if chosen and self.pickable:
            painter.fillRect(rect, color("accent_soft"))
        names, places = self._columns()
        middle = Qt.AlignmentFlag.AlignVCenter
        metrics = QFontMetricsF(theme.font("body" if not self.heads else "cell"))
        painter.setFont(theme.font("body" if not self.heads else "cell"))
        painter.setPen(color("text"))
        name = metrics.elidedText(line.name, Qt.TextElideMode.ElideMiddle, names - px(4))
        painter.drawText(QRectF(px(EDGE), rect.top(), names, rect.height()), middle, name)
        upper = rect.height() / 2 + px(1)
        right = Qt.AlignmentFlag.AlignRight
        for figure, place in zip(line.figures, places, strict=False):
            box = QRectF(place.left(), rect.top(), place.width(), rect.height())
            between = interval_text(figure)
            if between:
                box.setHeight(upper)
            painter.setFont(theme.font("title" if not self.heads else "cell_strong"))
            painter.setPen(color("text"))
            flags = right | (Qt.AlignmentFlag.AlignBottom if between else middle)
            painter.drawText(box, flags, value_text(figure))
            painter.setFont(theme.font("caption"))
            painter.setPen(color("muted"))
            below = QRectF(box.left(), rect.top() + upper, box.width(), rect.height() - upper)
            painter.drawText(below, right | Qt.AlignmentFlag.AlignTop, between)
        if line.words:
            place = places[-1]
            painter.setFont(theme.font("cell"))
            painter.setPen(color("muted"))
            painter.drawText(
                QRectF(place.left(), rect.top(), place.width(), rect.height()),
                middle | right,
                line.words,
            )
        painter.fillRect(QRectF(0, rect.bottom() - 1, rect.width(), 1), color("border"))


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
        return QSize(px(240), self.lines._head() + max(1, count) * px(LINE) + 2)

    def minimumSizeHint(self) -> QSize:
        count = min(len(self.lines.lines), 3)
        return QSize(px(200), self.lines._head() + max(1, count) * px(LINE) + 2)


def share_of(count: int, whole: int) -> str:
    """ "36 (12 %)"."""
    return f"{count:,} ({count / whole:.0%})" if whole and math.isfinite(whole) else f"{count:,}"
