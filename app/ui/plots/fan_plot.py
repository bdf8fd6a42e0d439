"""How a distribution changes: its percentiles over the epochs, as a fan."""

from collections.abc import Mapping, Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, epoch_ticks, figures_text, linear_ticks, nice_range
from app.ui.plots.framed_plot import ABOVE, BELOW, FramedPlot, ReadingRow
from app.ui.plots.layer_lines import kept_apart
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

NAMES = ("least", "5%", "25%", "median", "75%", "95%", "largest")
"""What the rows of percentiles are called, from the lowest."""
LEFT, NAME_ROOM = 56, 56
GAP = 13


class FanPlot(FramedPlot):
    """The middle half dark, nine tenths light, least and largest as lines, the median strong; it
    has a dot at each epoch that was looked at.

    Signals:
        epoch_chosen(int): the user pressed on this epoch.
    """

    epoch_chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Percentiles over the epochs", parent)
        self._epochs = np.zeros(0)
        self._shares = np.zeros((0, len(NAMES)))
        self._shown_epoch: int | None = None
        self._subject = ""
        self.across = "epoch"
        self.key_step = 1.0

    def show_fan(
        self, subject: str, found: Mapping[int, np.ndarray], last: int, shown_epoch: int
    ) -> None:
        """Show what is known by now.

        Args:
            subject: "kernel of dense_1".
            found: by epoch (0: the initial weights) its percentiles (7,), as `NAMES`.
            last: epochs done: the axis goes so far.
            shown_epoch: is marked.
        """
        self._subject, self._shown_epoch = subject, shown_epoch
        epochs = sorted(found)
        self._epochs = np.array(epochs, float)
        self._shares = np.array([found[e] for e in epochs]).reshape(len(epochs), len(NAMES))
        self.title = f"Percentiles of {subject}"
        self.x_range = (0.0, float(max(1, last)))
        low, high = (self._shares.min(), self._shares.max()) if epochs else (0.0, 1.0)
        self.y_range = nice_range(float(low), float(high))
        self.setAccessibleDescription(self._spoken())
        self.refresh()

    def table(self) -> PlotTable:
        """A row for each epoch that was looked at."""
        pairs = zip(self._epochs, self._shares, strict=True)
        rows = tuple((int(epoch), *map(float, shares)) for epoch, shares in pairs)
        return PlotTable(f"Percentiles of {self._subject}", ("epoch", *NAMES), rows)

    # ---- axes
    def frame(self) -> QRectF:
        width = self.width() - px(LEFT) - px(12) - px(NAME_ROOM)
        height = self.height() - px(ABOVE) - px(BELOW)
        return QRectF(px(LEFT), px(ABOVE), max(1, width), max(1, height))

    def x_ticks(self) -> Sequence[Tick]:
        return epoch_ticks(*self.x_range, max(2, round(self.frame().width() / px(64))))

    def y_ticks(self) -> Sequence[Tick]:
        return linear_ticks(*self.y_range, max(2, round(self.frame().height() / px(30))))

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        place = self._nearest(x)
        if place is None:
            return "nothing looked at yet", ()
        ink = color("accent")
        rows = [
            ReadingRow(ink, "diamond" if n == 3 else "bar", f"{name}  {figures_text(value)}")
            for n, (name, value) in reversed(
                list(enumerate(zip(NAMES, self._shares[place].tolist(), strict=True)))
            )
        ]
        return f"epoch {self._epochs[place]:,.0f}", rows

    def _nearest(self, x: float) -> int | None:
        if not len(self._epochs):
            return None
        return int(np.abs(self._epochs - x).argmin())

    # ---- painting
    def paint_content(self, painter: QPainter) -> None:
        box = self.frame()
        if self._shown_epoch is not None:
            x = self.at(self._shown_epoch, 0).x()
            painter.setPen(make_pen(color("accent"), 2))
            painter.drawLine(QLineF(x, box.top(), x, box.bottom()))
        if not len(self._epochs):
            return
        lines = [
            self.places(zip(self._epochs.tolist(), row, strict=True))
            for row in self._shares.T.tolist()
        ]
        if len(self._epochs) == 1:
            x = lines[0][0].x()
            lines = [[QPointF(x - px(4), p[0].y()), QPointF(x + px(4), p[0].y())] for p in lines]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # four times as fast
        for low, high, opacity in ((1, 5, 0.16), (2, 4, 0.26)):
            ground = color("accent")
            ground.setAlphaF(opacity)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ground)
            painter.drawPolygon(QPolygonF([*lines[low], *reversed(lines[high])]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number in (0, 6):
            painter.setPen(make_pen(color("muted"), 1))
            painter.drawPolyline(QPolygonF(lines[number]))
        painter.setPen(make_pen(color("accent"), 2))
        painter.drawPolyline(QPolygonF(lines[3]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("accent"))
        for place in lines[3] if len(self._epochs) > 1 else ():
            painter.drawEllipse(place, px(2), px(2))  # between these nothing was looked at

    def _paint_all(self, painter: QPainter) -> None:
        super()._paint_all(painter)
        if not len(self._epochs):
            return
        box, theme = self.frame(), current_theme()
        ends = [self.at(0, value).y() for value in self._shares[-1].tolist()]
        wanted = list(reversed(ends))  # from the top down
        if box.height() < px(GAP) * len(NAMES):
            return
        placed = kept_apart(wanted, px(GAP), box.top(), box.bottom())
        for number, y in zip(range(len(NAMES) - 1, -1, -1), placed, strict=True):
            font = theme.font("caption_strong" if number == 3 else "caption")
            painter.setPen(make_pen(color("control_border"), 1))
            if abs(y - ends[number]) > px(3):
                painter.drawLine(QLineF(box.right() + px(3), ends[number], box.right() + px(9), y))
            painter.setFont(font)
            painter.setPen(color("accent" if number == 3 else "muted"))
            baseline = y + QFontMetricsF(font).capHeight() / 2
            painter.drawText(QPointF(box.right() + px(12), baseline), NAMES[number])

    # ---- hands
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.frame().contains(event.position()):
            super().mouseMoveEvent(event)
            self._take_epoch()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        taken = Qt.Key(event.key()) in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if taken and self.pointer is not None:
            self._take_epoch()
        else:
            super().keyPressEvent(event)

    def _take_epoch(self) -> None:
        place = None if self.pointer is None else self._nearest(self.pointer)
        if place is not None:
            self.epoch_chosen.emit(int(self._epochs[place]))

    def _spoken(self) -> str:
        if not len(self._epochs):
            return "Nothing was looked at yet."
        values = zip(NAMES, self._shares[-1].tolist(), strict=True)
        told = ", ".join(f"{name} {figures_text(value)}" for name, value in values)
        return f"{self.title} at epoch {self._epochs[-1]:,.0f}: {told}"
