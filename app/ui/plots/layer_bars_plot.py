"""One bar for each layer, from the input to the output, on a logarithmic axis."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, figures_text, log_ticks
from app.ui.plots.framed_plot import ABOVE, BELOW, LEFT, RIGHT, FramedPlot, ReadingRow
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

NAME_ROOM = 64
"""Px that the name of a layer gets below the bars."""
NUMBER_ROOM = 40


class LayerBarsPlot(FramedPlot):
    """The gradient norm of each layer after one epoch; bars under the limit are hatched in the
    error colour.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Gradient norm of each layer after one epoch", parent)
        self._names: tuple[str, ...] = ()
        self._norms = np.zeros(0)
        self._ratios = np.zeros(0)
        self._limit: float | None = None
        self._epoch: int | None = None
        self._instead = ""
        self.across = "from the input to the output"
        self.key_step = 1.0

    def show_bars(
        self,
        names: Sequence[str],
        norms: np.ndarray,
        ratios: np.ndarray,
        limit: float | None,
        epoch: int | None,
        instead: str = "",
    ) -> None:
        """Show the norms after `epoch`.

        Args:
            norms: (layers,), not-a-number where it is not known.
            ratios: (layers,) of update to weight, read under the pointer.
            limit: bars below it are bad.
            instead: the sentence shown when there are no bars.
        """
        self._names, self._norms, self._ratios = tuple(names), norms, ratios
        self._limit, self._epoch, self._instead = limit, epoch, instead
        self.title = "" if epoch is None else f"Epoch {epoch:,}, log scale"
        if limit and epoch is not None:
            self.title += "; dashed: a thousandth of the last layer"
        self.x_range = (0.5, max(1, len(names)) + 0.5)
        known = [float(v) for v in norms if v > 0] + ([limit] if limit else [])
        low, high = (min(known), max(known)) if known else (1e-3, 1.0)
        bottom = float(np.floor(np.log10(low) - 1e-9))
        top = max(float(np.log10(high)), bottom + 1)
        self.y_range = (bottom, top + 0.15 * (top - bottom))  # room for the numbers above
        told = (f"{n} {_text(float(v))}" for n, v in zip(names, norms, strict=True))
        self.setAccessibleDescription(instead or f"Epoch {epoch}: {', '.join(told)}")
        self.refresh()

    def table(self) -> PlotTable:
        """A row for each layer."""
        rows = tuple(
            (self._epoch, name, _cell(norm), _cell(ratio))
            for name, norm, ratio in zip(self._names, self._norms, self._ratios, strict=True)
        )
        headers = ("epoch", "layer", "gradient norm", "update to weight")
        return PlotTable("Gradient norm after one epoch", headers, rows)

    # ---- axes
    def frame(self) -> QRectF:
        width, height = self.width() - px(LEFT + 4) - px(RIGHT), self.height() - px(ABOVE + BELOW)
        return QRectF(px(LEFT + 4), px(ABOVE), max(1, width), max(1, height))

    def _slot(self) -> float:
        return self.frame().width() / max(1, len(self._names))

    def x_ticks(self) -> Sequence[Tick]:
        if self._instead:
            return ()
        slot, count = self._slot(), len(self._names)
        every = max(1, int(np.ceil(px(NAME_ROOM) / slot)))
        metrics = QFontMetricsF(current_theme().font("caption"))
        room = slot * every - px(6)
        return [
            (n + 1.0, metrics.elidedText(self._names[n], Qt.TextElideMode.ElideMiddle, room))
            for n in range(0, count, every)
        ]

    def y_ticks(self) -> Sequence[Tick]:
        if self._instead:
            return ()
        return log_ticks(*self.y_range, max(2, round(self.frame().height() / px(26))))

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        number = round(x) - 1
        if self._instead or not 0 <= number < len(self._names):
            return self._instead or "no layer", ()
        ink = color("error" if self._is_bad(number) else "good")
        norm, ratio = float(self._norms[number]), float(self._ratios[number])
        rows = [ReadingRow(ink, "square", f"gradient {_text(norm)}")]
        last = float(self._norms[-1])
        if norm > 0 and last > 0 and number < len(self._names) - 1:
            share = f"{figures_text(norm / last)} of the last layer's"
            rows.append(ReadingRow(ink, "bar", share))
        rows.append(ReadingRow(color("muted"), "diamond", f"update to weight {_text(ratio)}"))
        return self._names[number], rows

    def _is_bad(self, number: int) -> bool:
        limit = self._limit
        return limit is not None and bool(self._norms[number] < limit)

    def _point(self, x: float | None) -> None:
        if x is not None:
            x = float(min(max(round(x), 1), max(1, len(self._names))))
        super()._point(x)

    # ---- painting
    def paint_content(self, painter: QPainter) -> None:
        box, theme = self.frame(), current_theme()
        if self._instead:
            painter.setFont(theme.font("body"))
            painter.setPen(color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(box, flags, self._instead)
            return
        slot = self._slot()
        wide = min(slot * 0.6, px(48))
        font = theme.font("caption")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        for number, norm in enumerate(self._norms.tolist()):
            middle = self.at(number + 1, 0).x()
            top = box.bottom()
            if norm > 0:
                top = self.at(0, float(np.log10(norm))).y()
                bar = QRectF(middle - wide / 2, top, wide, box.bottom() - top)
                self._paint_bar(painter, bar, self._is_bad(number))
            if slot >= px(NUMBER_ROOM):
                text = _text(norm)
                painter.setPen(color("error" if self._is_bad(number) else "text"))
                left = middle - metrics.horizontalAdvance(text) / 2
                painter.drawText(QPointF(left, max(top - px(4), box.top() + px(9))), text)
        if self._limit:
            y = self.at(0, float(np.log10(self._limit))).y()
            painter.setPen(make_pen(color("error"), 1, dashes=(4, 3)))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))

    def _paint_bar(self, painter: QPainter, bar: QRectF, bad: bool) -> None:
        if not bad:
            painter.fillRect(bar, color("good"))
            return
        painter.fillRect(bar, color("error_ground"))
        painter.fillRect(bar, QBrush(color("error"), Qt.BrushStyle.BDiagPattern))
        painter.setPen(make_pen(color("error"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)


def _text(value: float) -> str:
    return "not known" if np.isnan(value) else figures_text(value)


def _cell(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
