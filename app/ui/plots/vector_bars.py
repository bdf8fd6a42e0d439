"""Functions over a whole vector, softmax first: the scores above, what comes out below, as bars."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.activation_facts import over_vector
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.axis import value_text
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

MOST_SCORES = 10


class VectorBars(KeyboardFocus, Plot):
    """Two rows of bars, one under the other; each bar has its number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lab.vector")
        self.setAccessibleName("A function over a vector: scores and what comes out")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._name, self._label = "softmax", "softmax"
        self._scores: tuple[float, ...] = ()
        self._shares: tuple[float, ...] = ()

    @property
    def shares(self) -> tuple[float, ...]:
        """What comes out."""
        return self._shares

    def show_vector(
        self, name: str, label: str, scores: Sequence[float], temperature: float
    ) -> None:
        """Show what the function `name` makes of `scores`."""
        self._name, self._label = name, label
        self._scores = tuple(scores)
        self._shares = over_vector(name, self._scores, temperature)
        self.setAccessibleDescription(
            "; ".join(
                f"{value_text(a)} becomes {value_text(b)}"
                for a, b in zip(self._scores, self._shares, strict=True)
            )
        )
        self.update()

    def table(self) -> PlotTable:
        rows = tuple(
            (n + 1, a, b) for n, (a, b) in enumerate(zip(self._scores, self._shares, strict=True))
        )
        return PlotTable(f"{self._label} over a vector", ("entry", "score", self._label), rows)

    def sizeHint(self) -> QSize:
        return QSize(px(320), px(240))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(200), px(140))

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            half = self.height() / 2
            upper = QRectF(0, 0, self.width(), half)
            lower = QRectF(0, half, self.width(), half)
            self._paint_row(painter, upper, "Scores, what comes in", self._scores, "muted")
            total = sum(self._shares)
            words = f"{self._label}, what comes out"
            if self._name != "log_softmax":
                words += f"; together {value_text(total)}"
            self._paint_row(painter, lower, words, self._shares, "accent")

    def _paint_row(
        self, painter: QPainter, box: QRectF, words: str, values: Sequence[float], ink: str
    ) -> None:
        theme = current_theme()
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        painter.drawText(box.adjusted(px(4), px(4), 0, 0), words)
        if not values:
            return
        room = box.adjusted(px(12), px(38), -px(12), -px(20))
        low, high = min(0.0, *values), max(0.0, *values)
        span = (high - low) or 1.0
        step = room.width() / len(values)
        zero = room.bottom() - (0.0 - low) / span * room.height()
        painter.setFont(theme.font("caption"))
        for number, value in enumerate(values):
            top = room.bottom() - (max(value, 0.0) - low) / span * room.height()
            height = abs(value) / span * room.height()
            width = min(step * 0.6, px(64))
            left = room.left() + (number + 0.5) * step - width / 2
            painter.fillRect(QRectF(left, top, width, max(height, 1.0)), color(ink))
            painter.setPen(color("text"))
            above = QRectF(left - step / 2, top - px(16), width + step, px(14))
            if value < 0:
                above.moveTop(top + height + px(1))
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, value_text(value))
        painter.fillRect(QRectF(room.left(), zero, room.width(), 1), color("control_border"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
