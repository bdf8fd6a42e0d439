"""Named numbers as bars one below the other: the answer for each class, the part of each column."""

import math
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from app.ui.controls import plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.icons import paint_icon
from app.ui.plots.filter_grid import round_up
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.scrolled_drawing import ScrolledDrawing
from app.ui.plots.sign_picture import weight_text
from app.ui.theme import current_theme
from app.ui.tokens import SIGN_STOPS

LINE = 28
TOLD = 12
"""So many bars are told to a screen reader."""


@dataclass(frozen=True)
class Bar:
    """One of them; `true` marks the one that is right, in words `note`; `ink` is a token."""

    name: str
    value: float
    true: bool = False
    note: str = ""
    ink: str = "muted"


def bar_text(value: float, *, sign: bool, share: bool = False) -> str:
    """A number beside its bar: small ones with a power of ten; `share` of 1: with three decimals,
    as in words.
    """
    if share:
        return f"{value:.3f}" if value >= 0.001 else "< 0.001"
    if value == 0 or abs(value) >= 0.005:
        return weight_text(value, sign=sign)
    digits, power = f"{abs(value):.{1 if sign else 0}e}".split("e")
    before = "−" if value < 0 else "+" if sign else ""
    return f"{before}{digits}e−{abs(int(power))}"


class _Lines(ScrolledDrawing):
    """The bars; scrolls when they do not fit.

    Signals:
        chosen(number): a bar was chosen, from 0.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.bars: tuple[Bar, ...] = ()
        self.current = -1
        self.pickable = False
        self.signed = False
        self.shares = False
        self.reach = 1.0

    def arrange(self) -> None:
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, len(self.bars) * px(LINE) - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(px(LINE))
        self.viewport().update()

    def line_rect(self, number: int) -> QRectF:
        top = number * px(LINE) - self.verticalScrollBar().value()
        return QRectF(0, top, self.viewport().width(), px(LINE))

    def line_at(self, y: float) -> int:
        """Which bar is at this height of the viewport; -1 for none."""
        number = int((y + self.verticalScrollBar().value()) // px(LINE))
        return number if 0 <= number < len(self.bars) else -1

    def choose(self, number: int) -> None:
        if self.pickable and 0 <= number < len(self.bars):
            rect, bar = self.line_rect(number), self.verticalScrollBar()
            if rect.top() < 0:
                bar.setValue(round(bar.value() + rect.top()))
            elif rect.bottom() > self.viewport().height():
                bar.setValue(round(bar.value() + rect.bottom() - self.viewport().height()))
            if number != self.current:
                self.current = number
                self.viewport().update()
                self.chosen.emit(number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self.line_at(event.position().y()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self.line_at(event.position().y())
        text = ""
        if number >= 0:
            bar = self.bars[number]
            text = f"{bar.name}: {bar.value:.6g}{', ' + bar.note if bar.note else ''}"
        QToolTip.showText(event.globalPosition().toPoint(), plain_tool_tip(text), self.viewport())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = max(1, self.viewport().height() // px(LINE))
        bar = self.verticalScrollBar()
        if not self.pickable:
            lines = {
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_PageUp: -page,
                Qt.Key.Key_PageDown: page,
                Qt.Key.Key_Home: -len(self.bars),
                Qt.Key.Key_End: len(self.bars),
            }
            if Qt.Key(event.key()) in lines:
                bar.setValue(bar.value() + lines[Qt.Key(event.key())] * px(LINE))
                return
            event.ignore()
            return
        last = len(self.bars) - 1
        goals = {
            Qt.Key.Key_Up: self.current - 1,
            Qt.Key.Key_Down: self.current + 1,
            Qt.Key.Key_PageUp: max(0, self.current - page),
            Qt.Key.Key_PageDown: min(last, self.current + page),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if Qt.Key(event.key()) in goals:
            self.choose(goals[Qt.Key(event.key())])
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # the plot's own menu

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), color("panel"))
            for number, bar in enumerate(self.bars):
                line = self.line_rect(number)
                if line.bottom() >= 0 and line.top() <= self.viewport().height():
                    self._paint_bar(painter, line, bar, chosen=number == self.current)
            if self.hasFocus() and not self.pickable:
                ring = QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1)
                paint_box(painter, ring, px(4), line=color("accent"))

    def names_width(self) -> float:
        metrics = QFontMetricsF(current_theme().font("cell"))
        widest = max((metrics.horizontalAdvance(bar.name) for bar in self.bars), default=0.0)
        return min(widest, self.viewport().width() * 0.36) + px(4)

    def _paint_bar(self, painter: QPainter, line: QRectF, bar: Bar, *, chosen: bool) -> None:
        if chosen and self.pickable:
            inked = color("accent") if self.hasFocus() else None
            paint_box(
                painter, line.adjusted(1, 1, -1, -1), px(4), fill=color("accent_soft"), line=inked
            )
        font = current_theme().font("cell_strong" if chosen else "cell")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(color("accent" if chosen else "text"))
        names, figures = self.names_width(), px(58)
        left = line.left() + px(8)
        painter.drawText(
            QRectF(left, line.top(), names, line.height()),
            Qt.AlignmentFlag.AlignVCenter,
            metrics.elidedText(bar.name, Qt.TextElideMode.ElideMiddle, names),
        )
        mark = left + names + px(2)
        if bar.true:
            paint_icon(painter, "check", mark, line.center().y() - px(6), color("good"), px(12))
        room = QRectF(line)
        room.setLeft(mark + px(18))
        room.setRight(line.right() - figures - px(8))
        self._paint_value(painter, room, bar.value, "accent" if chosen else bar.ink)
        painter.setPen(color("text"))
        text = bar_text(bar.value, sign=self.signed, share=self.shares)
        place = QRectF(room.right() + px(4), line.top(), figures, line.height())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)

    def _paint_value(self, painter: QPainter, room: QRectF, value: float, token: str) -> None:
        share = min(1.0, abs(value) / (self.reach or 1.0))
        high = px(10)
        top = room.center().y() - high / 2
        if not self.signed:
            paint_box(
                painter, QRectF(room.left(), top, room.width(), high), px(2), fill=color("track")
            )
            wide = room.width() * share
            paint_box(painter, QRectF(room.left(), top, wide, high), px(2), fill=color(token))
            return
        middle, wide = room.center().x(), room.width() / 2 * share
        stops = SIGN_STOPS[1:-1] if current_theme().tokens.is_dark else SIGN_STOPS
        red, green, blue = (stops[0] if value < 0 else stops[-1])[1]
        left = middle - wide if value < 0 else middle
        paint_box(
            painter, QRectF(left, top, wide, high), px(2), fill=f"#{red:02x}{green:02x}{blue:02x}"
        )
        painter.fillRect(
            QRectF(middle - 0.5, room.top() + 3, 1, room.height() - 6), color("control_border")
        )


class NamedBars(Plot):
    """Bars from 0 to `reach`, or with `signed` to both sides of 0 in the colours of sign.

    Signals:
        chosen(number): a bar was chosen, from 0; only where bars can be chosen.
    """

    chosen = Signal(int)

    def __init__(self, name: str, spoken: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self._title, self._meaning = spoken, "value"
        self.lines = _Lines(self)
        self.lines.setObjectName(f"{name}.lines")
        self.lines.setAccessibleName(spoken)
        self.lines.chosen.connect(self._chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.lines)

    def show_bars(
        self,
        title: str,
        meaning: str,
        bars: tuple[Bar, ...],
        *,
        current: int = -1,
        reach: float | None = None,
        signed: bool = False,
        pickable: bool = False,
        shares: bool = False,
    ) -> None:
        """Show these.

        Args:
            title: of the table.
            meaning: of the numbers, the head of their column.
            current: the chosen one, from 0; -1 for none.
            reach: the end of the scale; by default just above the largest.
            signed: whether numbers below 0 go to the left.
            pickable: whether one can be chosen by mouse and keys.
            shares: whether they are probabilities, or shares of 1.
        """
        self._title, self._meaning = title, meaning
        lines = self.lines
        lines.bars, lines.current = bars, current
        lines.signed, lines.pickable, lines.shares = signed, pickable, shares
        largest = max((abs(bar.value) for bar in bars if math.isfinite(bar.value)), default=0.0)
        lines.reach = reach if reach is not None else round_up(largest)
        lines.arrange()
        self._tell()

    def bars(self) -> tuple[Bar, ...]:
        return self.lines.bars

    def table(self) -> PlotTable:
        notes = any(bar.note for bar in self.bars())
        heads = ("name", self._meaning, *(("note",) if notes else ()))
        rows = tuple(
            (bar.name, float(bar.value), *((bar.note,) if notes else ())) for bar in self.bars()
        )
        return PlotTable(self._title, heads, rows)

    def sizeHint(self) -> QSize:
        return QSize(px(260), px(LINE) * max(2, min(len(self.bars()), 12)))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(180), px(LINE) * 2)

    def _chosen(self, number: int) -> None:
        self._tell()
        self.chosen.emit(number)

    def _tell(self) -> None:
        bars, current = self.bars(), self.lines.current
        told = [
            f"{bar.name} {bar_text(bar.value, sign=False, share=self.lines.shares)}"
            for bar in bars[:TOLD]
        ]
        if 0 <= current < len(bars):
            told.insert(0, f"chosen: {bars[current].name}")
        if len(bars) > TOLD:
            told.append(f"and {len(bars) - TOLD:,} more")
        self.lines.setAccessibleDescription(", ".join(told))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self.lines.arrange()
