"""How each feature is distributed before and after preprocessing, all on one scale."""

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.data.distributions import Distribution, Distributions
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import linear_ticks, value_text
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

NAME, GAP, ROW, HEAD, FOOT = 128, 24, 34, 40, 10


class DistributionsPlot(Plot):
    """A row for each feature: its histogram on the scale that all features share, before and
    after; a mark at the mean, a line of one deviation to both sides.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("distributions")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Distributions before and after preprocessing")
        self._shown: Distributions | None = None
        self._after = "after preprocessing"

    def show_distributions(self, shown: Distributions, after: str) -> None:
        """Show them; `after` says what was done ("standardized")."""
        self._shown, self._after = shown, after
        self.setMinimumHeight(px(HEAD + FOOT + ROW * len(shown.features)))
        told = (
            f"{f.name}: mean {value_text(f.before[0])}, deviation {value_text(f.before[1])}; then "
            f"{value_text(f.after[0])}, {value_text(f.after[1])}"
            for f in shown.features[:20]
        )
        self.setAccessibleDescription(". ".join(told))
        self.update()

    def table(self) -> PlotTable:
        """The measures of each feature."""
        names = ("mean", "deviation", "minimum", "maximum")
        headers = ("feature", *(f"{n} {when}" for when in ("before", "after") for n in names))
        features = self._shown.features if self._shown else ()
        rows = tuple((f.name, *f.before, *f.after) for f in features)
        return PlotTable("Before and after preprocessing", headers, rows)

    def sizeHint(self) -> QSize:
        return QSize(px(640), px(320))

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        if self._shown is None:
            return
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            half = (self.width() - px(NAME) - px(GAP) * 2) / 2
            for column in range(2):
                left = px(NAME) + column * (half + px(GAP))
                area = QRectF(left, px(HEAD), half, px(ROW) * len(self._shown.features))
                self._paint_column(painter, area, column)
            self._paint_names(painter)

    def _paint_names(self, painter: QPainter) -> None:
        assert self._shown is not None
        font = current_theme().font("cell")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(color("text"))
        for row, feature in enumerate(self._shown.features):
            room = QRectF(px(16), px(HEAD) + row * px(ROW), px(NAME - 24), px(ROW))
            text = metrics.elidedText(feature.name, Qt.TextElideMode.ElideMiddle, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_column(self, painter: QPainter, area: QRectF, column: int) -> None:
        assert self._shown is not None
        edges = self._shown.after if column else self._shown.before
        self._paint_axis(painter, area, edges, column)
        for row, feature in enumerate(self._shown.features):
            line = QRectF(area.left(), area.top() + row * px(ROW), area.width(), px(ROW))
            self._paint_feature(painter, line, feature, edges, column)

    def _paint_axis(
        self, painter: QPainter, area: QRectF, edges: Sequence[float], column: int
    ) -> None:
        theme = current_theme()
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        title = self._after if column else "as they come"
        painter.drawText(QPointF(area.left(), area.top() - px(25)), title)
        painter.setFont(theme.font("caption"))
        metrics = QFontMetricsF(theme.font("caption"))
        for value, text in linear_ticks(edges[0], edges[-1], 4):
            x = _place(area, edges, value)
            painter.setPen(make_pen(color("grid"), 1))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            painter.setPen(color("muted"))
            width = metrics.horizontalAdvance(text)
            left = min(max(x - width / 2, area.left()), area.right() - width)
            painter.drawText(QPointF(left, area.top() - px(6)), text)

    def _paint_feature(
        self,
        painter: QPainter,
        line: QRectF,
        feature: Distribution,
        edges: Sequence[float],
        column: int,
    ) -> None:
        counts = feature.common_after if column else feature.common_before
        mean, deviation = (feature.after if column else feature.before)[:2]
        base, high = line.bottom() - px(5), line.height() - px(10)
        most = max(counts, default=0) or 1
        fill = color("accent" if column else "muted")
        fill.setAlphaF(0.55)
        wide = line.width() / max(1, len(counts))
        for number, count in enumerate(counts):
            if count:
                tall = max(1.0, high * count / most)
                bar = QRectF(line.left() + number * wide, base - tall, max(1.0, wide - 1), tall)
                painter.fillRect(bar, fill)
        painter.setPen(make_pen(color("border"), 1))
        painter.drawLine(QLineF(line.left(), base, line.right(), base))
        painter.setPen(make_pen(color("text"), 1.5))
        low, up = _place(line, edges, mean - deviation), _place(line, edges, mean + deviation)
        painter.drawLine(QLineF(low, base + px(2.5), up, base + px(2.5)))
        centre = _place(line, edges, mean)
        painter.drawLine(QLineF(centre, base - px(2), centre, base + px(4)))


def _place(area: QRectF, edges: Sequence[float], value: float) -> float:
    """Where `value` stands; at the edge when it lies beyond."""
    share = (value - edges[0]) / ((edges[-1] - edges[0]) or 1.0)
    return area.left() + min(1.0, max(0.0, share)) * area.width()
