"""One trial fold by fold: a metric over the epochs, its mean and how far the folds are apart."""

import math
from collections.abc import Sequence

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from app.core.metric_catalog import direction_of, limits_of
from app.core.number_words import counted
from app.core.search_results import FitCurves, Trial
from app.search.study_table import score_label
from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import (
    Tick,
    epoch_ticks,
    linear_ticks,
    log_range,
    log_ticks,
    nice_range,
    sd_text,
    value_text,
)
from app.ui.plots.framed_plot import ABOVE, BELOW, LEFT, FramedPlot, ReadingRow
from app.ui.plots.layer_lines import kept_apart, thinned
from app.ui.plots.layer_lines_plot import COLUMN, MANY_POINTS
from app.ui.plots.markers import paint_marker, series_style
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

NAMES, MARKED = 58, 12
"""Room for the names at the right end of the lines, and for the markers before them, in px."""
NAME_GAP = 13
FEW = 8
"""So many folds have colours and markers of their own."""
RING = 3.5
LOG_FROM = 20.0
"""From this ratio of the largest to the smallest value the axis is logarithmic."""
LONG, START = 12, 25
"""Of so many epochs or more the first so many per cent may lie off the axis."""
VALIDATION, LEFT_OUT = "the validation part", "the left-out fold"
NONE_YET = "The curves of a trial appear when one of its folds has ended."


class TrialCurves(FramedPlot):
    """Each fold thin, of a few in its own colour, the mean strong with one standard deviation
    around it, as far as all folds went. A ring is where a fold was best by what chooses its epoch.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Curves of a trial", parent)
        self.measure = "loss"
        self.trial: Trial | None = None
        self.folds: tuple[int, ...] = ()
        self.epochs = np.zeros(0, np.int64)
        self.values = np.zeros((0, 0))
        self.trained = np.zeros((0, 0))
        self.monitor = ""
        self.part = VALIDATION
        self.logarithmic = False
        self.across = "epoch"
        self.key_step = 1.0

    def show_curves(
        self,
        trial: Trial | None,
        curves: Sequence[FitCurves],
        metric: str = "loss",
        monitor: str = "",
        part: str = VALIDATION,
    ) -> None:
        """Show `metric` ("accuracy") over the validation part of each fold; where the training part
        alone was measured, over that.

        Args:
            monitor: by which the best epoch of a fold is told ("val_loss"); "" where it is not
                known.
            part: what that part is called.
        """
        self.trial, self.measure, self.monitor, self.part = trial, metric, monitor, part
        known = sorted((one for one in curves if one.rows), key=lambda one: one.fold)
        self.folds = tuple(one.fold for one in known)
        last = max((row.epoch for one in known for row in one.rows), default=0)
        self.epochs = np.arange(1, last + 1)
        self.values = self._of(known, f"val_{metric}")
        self.trained = self._of(known, metric)
        if not np.isfinite(self.values).any():
            self.values = self.trained
        low, high = self._reach()
        falling = direction_of(metric) == "min"
        self.logarithmic = falling and low > 0 and high > LOG_FROM * low
        self.y_range = (
            log_range(low, high)
            if self.logarithmic
            else nice_range(low, high, limits=limits_of(metric))
        )
        self.x_range = (1.0, float(max(2, last)))
        self.title = score_label(metric) + (", log scale" if self.logarithmic else "")
        self.setAccessibleName(f"Curves of {self._whose()}")
        self.setAccessibleDescription(self.sentence())
        self.set_pointer(None)
        self.refresh()

    def _reach(self) -> tuple[float, float]:
        """What is to be seen: folds are told apart at their ends, which the first steep epochs
        would press together.
        """
        late = self.values[:, START * (len(self.epochs) >= LONG) * len(self.epochs) // 100 :]
        finite = late[np.isfinite(late)]
        if not finite.size:
            finite = self.values[np.isfinite(self.values)]
        if not finite.size:
            return 0.0, 1.0
        return float(finite.min()), float(finite.max())

    def _of(self, curves: Sequence[FitCurves], name: str) -> np.ndarray:
        """(folds, epochs); NaN where there is no number."""
        found = np.full((len(curves), len(self.epochs)), np.nan)
        for line, one in zip(found, curves, strict=True):
            for row in one.rows:
                value = row.metrics.get(name)
                if isinstance(value, (int, float)) and math.isfinite(value):
                    line[row.epoch - 1] = value
        return found

    @property
    def is_empty(self) -> bool:
        return not np.isfinite(self.values).any()

    def common(self) -> int:
        """How many epochs all folds have."""
        if len(self.folds) < 2:
            return 0
        whole = np.asarray(np.isfinite(self.values).all(axis=0))
        return len(whole) if whole.all() else int(np.argmin(whole))

    def mean_and_sd(self) -> tuple[np.ndarray, np.ndarray]:
        """(common epochs,) each: over the folds, the standard deviation divided by their number."""
        values = self.values[:, : self.common()]
        return values.mean(axis=0), values.std(axis=0)

    def sentence(self) -> str:
        """What one sees."""
        if self.trial is None or self.is_empty:
            return NONE_YET
        part = "the training part" if self.values is self.trained else self.part
        which = f"{score_label(self.measure)} over {part}"
        if len(self.folds) == 1:
            also = "" if self.values is self.trained else " (grey: the training part)"
            ring = f"; ring: {self._best('the best epoch')}" if self._rings() else ""
            return f"{which}{also}{ring}.{self._cut()}"
        ends = f", as far as all went (epoch {self.common():,})" if self.common() else ""
        strong = f"Strong: mean ± sd of {counted(len(self.folds), 'fold')}{ends}."
        rings = f" Rings: {self._best('best epochs')}." if self._rings() else ""
        return f"{which}. {strong}{rings}{self._cut()}"

    def _best(self, what: str) -> str:
        return f"{what} by {self.monitor}" if self.monitor else what

    def _cut(self) -> str:
        low, high = self.y_range
        heights = self._heights(self.values[np.isfinite(self.values)])
        off = bool(((heights < low - 1e-9) | (heights > high + 1e-9)).any())
        return " Early epochs are off the axis." if off else ""

    def table(self) -> PlotTable:
        """A row for each epoch: mean, sd, each fold."""
        mean, sd = self.mean_and_sd() if self.common() else (np.zeros(0), np.zeros(0))
        rows = []
        for place, epoch in enumerate(self.epochs.tolist()):
            both = (float(mean[place]), float(sd[place])) if place < len(mean) else (None, None)
            values = (_known(v) for v in self.values[:, place].tolist())
            rows.append((epoch, *both, *values))
        heads = ("epoch", "mean", "sd", *(f"fold {fold + 1}" for fold in self.folds))
        whose = "" if self.trial is None else f" of {self._whose()}"
        return PlotTable(f"{score_label(self.measure)}{whose}", heads, tuple(rows))

    def _whose(self) -> str:
        """Where nothing is searched there is a single trial, which needs no number."""
        if self.trial is None:
            return "a trial"
        return f"trial {self.trial.number}" if self.trial.settings else "the folds"

    # ---- axes
    def frame(self) -> QRectF:
        right = px(NAMES + MARKED * self._is_few)
        wide = self.width() - px(LEFT) - right
        high = self.height() - px(ABOVE) - px(BELOW)
        return QRectF(px(LEFT), px(ABOVE), max(1, wide), max(1, high))

    def x_ticks(self) -> Sequence[Tick]:
        return epoch_ticks(*self.x_range) if len(self.epochs) else ()

    def y_ticks(self) -> Sequence[Tick]:
        if self.is_empty:
            return ()
        count = max(2, int(self.frame().height() // px(28)))
        return (log_ticks if self.logarithmic else linear_ticks)(*self.y_range, count)

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        if self.is_empty:
            return "no epoch yet", ()
        place = min(max(round(x) - 1, 0), len(self.epochs) - 1)
        rows = []
        if place < self.common():
            mean, sd = self.mean_and_sd()
            text = f"mean {value_text(float(mean[place]))} ± {sd_text(float(sd[place]))}"
            rows.append(ReadingRow(color("accent"), "circle", text))
        most = max(1, int(self.frame().height() // px(16)) - 2)
        told = [
            ReadingRow(*self._style(number), f"fold {fold + 1}  {value_text(float(value))}")
            for number, (fold, value) in enumerate(
                zip(self.folds, self.values[:, place], strict=True)
            )
            if math.isfinite(value)
        ]
        if len(told) > most:
            more = f"and {len(told) - most + 1} more"
            told = [*told[: most - 1], ReadingRow(color("muted"), "circle", more)]
        rows += told
        return f"epoch {place + 1:,}", rows

    # ---- painting
    @property
    def _is_few(self) -> bool:
        """Whether each fold has a colour and a marker of its own."""
        return 2 <= len(self.folds) <= FEW

    def _style(self, number: int) -> tuple[QColor, str]:
        """Colour and marker of a fold; a single one is the validation."""
        if not self._is_few:
            return color("muted" if len(self.folds) > 1 else "accent"), "circle"
        index, marker = series_style(number)
        return QColor(current_theme().tokens.series[index]), marker

    def paint_content(self, painter: QPainter) -> None:
        if self.is_empty:
            return
        single = len(self.folds) == 1
        pixels = max(1, int(self.frame().width() / COLUMN))
        if single and self.trained is not self.values:
            self._paint_matrix(painter, self.trained, pixels, color("muted"), 1.25)
        if self._is_few:
            for number in range(len(self.folds)):
                ink, _ = self._style(number)
                self._paint_matrix(painter, self.values[number : number + 1], pixels, ink, 1.25)
        else:
            ink, _ = self._style(0)
            if not single:
                ink.setAlphaF(max(0.35, min(1.0, 6 / len(self.folds))))
            self._paint_matrix(painter, self.values, pixels, ink, 2 if single else 1.25)
        if self.common() > 1:
            self._paint_mean(painter, pixels)
        painter.setClipping(False)  # a ring or marker at the edge is whole
        self._paint_names(painter)
        self._paint_rings(painter)

    def _paint_matrix(
        self, painter: QPainter, values: np.ndarray, pixels: int, ink: QColor, width: float
    ) -> None:
        places, thin = thinned(self.epochs, values, pixels)
        heights = self._heights(thin)
        for line in heights:
            known = np.isfinite(line)
            if known.sum() == 1:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ink)
                place = int(np.argmax(known))
                painter.drawEllipse(self.at(float(places[place]), float(line[place])), px(3), px(3))
                continue
            self._paint_fast(painter, places[known], line[known], ink, width)

    def _paint_fast(
        self, painter: QPainter, epochs: np.ndarray, heights: np.ndarray, ink: QColor, width: float
    ) -> None:
        """A line; one of many points 1 px wide, or twice that beside each other."""
        if len(epochs) <= MANY_POINTS:
            points = zip(epochs.tolist(), heights.tolist(), strict=True)
            self.paint_line(painter, list(points), ink, width)
            return
        box, (x0, x1), (y0, y1) = self.frame(), self.x_range, self.y_range
        across = box.left() + (epochs - x0) * box.width() / ((x1 - x0) or 1.0)
        down = box.bottom() - (heights - y0) * box.height() / ((y1 - y0) or 1.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(make_pen(ink, 1))
        for away in (-0.5, 0.5) if width >= 2 else (0.0,):
            painter.drawPolyline(arrayToQPolygonF(across, down + away))

    def _paint_mean(self, painter: QPainter, pixels: int) -> None:
        mean, sd = self.mean_and_sd()
        epochs = self.epochs[: len(mean)]
        floor = 10.0 ** self.y_range[0] if self.logarithmic else -math.inf
        edges = np.stack([mean, np.maximum(mean - sd, floor), mean + sd])
        places, thin = thinned(epochs, edges, pixels)
        middle, low, high = self._heights(thin)
        over = self.places(zip(places.tolist(), high.tolist(), strict=True))
        under = self.places(zip(places.tolist(), low.tolist(), strict=True))
        shade = color("accent")
        shade.setAlphaF(0.16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # it has no outline
        painter.drawPolygon(QPolygonF([*over, *under[::-1]]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_fast(painter, places, middle, color("accent"), 2)

    def _rings(self) -> list[tuple[int, QPointF]]:
        """Number of a fold, and where in the frame it was best."""
        best = {fold.fold: fold.best_epoch for fold in (self.trial.folds if self.trial else ())}
        heights, frame = self._heights(self.values), self.frame().adjusted(-1, -1, 1, 1)
        found = []
        for number, fold in enumerate(self.folds):
            epoch = best.get(fold, 0)
            if 1 <= epoch <= len(self.epochs) and np.isfinite(heights[number, epoch - 1]):
                place = self.at(epoch, float(heights[number, epoch - 1]))
                if frame.contains(place):
                    found.append((number, place))
        return found

    def _paint_rings(self, painter: QPainter) -> None:
        for number, place in self._rings():
            painter.setPen(make_pen(self._style(number)[0] if self._is_few else color("accent"), 2))
            painter.setBrush(color("panel"))
            painter.drawEllipse(place, px(1) * RING, px(1) * RING)

    def names(self) -> list[tuple[str, QPointF, float]]:
        """Of each fold and of the mean: the name, where its line ends, and how high the name stands
        at the right, from top to bottom. Where there is no room for all of them the folds that end
        highest and lowest, and the mean.
        """
        frame, heights = self.frame(), self._heights(self.values)
        ends: list[tuple[str, QPointF]] = []
        for fold, line in zip(self.folds, heights, strict=True):
            known = np.flatnonzero(np.isfinite(line))
            if len(known) and len(self.folds) > 1:
                place = self.at(float(known[-1] + 1), float(line[known[-1]]))
                ends.append((f"fold {fold + 1}", place))
        ends.sort(key=lambda end: end[1].y())
        room = int(frame.height() // px(NAME_GAP))
        if len(ends) + 1 > room:
            ends = [ends[0], ends[-1]]
        if self.common() > 1:
            mean = self._heights(self.mean_and_sd()[0])
            ends.append(("mean", self.at(float(len(mean)), float(mean[-1]))))
            ends.sort(key=lambda end: end[1].y())
        if len(ends) > room:
            return []
        wanted = [place.y() for _, place in ends]
        placed = kept_apart(wanted, px(NAME_GAP), frame.top(), frame.bottom())
        return [(name, place, at) for (name, place), at in zip(ends, placed, strict=True)]

    def _paint_names(self, painter: QPainter) -> None:
        theme, frame = current_theme(), self.frame()
        numbers = {f"fold {fold + 1}": number for number, fold in enumerate(self.folds)}
        left = frame.right() + px(9)
        for name, place, height in self.names():
            mean = name == "mean"
            ink, marker = (color("accent"), "") if mean else self._style(numbers[name])
            if frame.right() - place.x() > px(8) or abs(height - place.y()) > px(4):
                faint = QColor(ink) if mean or self._is_few else color("control_border")
                faint.setAlphaF(0.5)
                painter.setPen(make_pen(faint, 1, dashes=(2, 3)))
                start = place + QPointF(px(5), 0)
                painter.drawLine(QLineF(start, QPointF(left - px(3), height)))
            if self._is_few and not mean:
                if frame.adjusted(-1, -1, 1, 1).contains(place):
                    paint_marker(painter, marker, place, px(3), ink)
                paint_marker(painter, marker, QPointF(left + px(3), height), px(3), ink)
            font = theme.font("caption_strong" if mean else "caption")
            painter.setFont(font)
            painter.setPen(ink)
            baseline = height + QFontMetricsF(font).capHeight() / 2
            shift = px(MARKED) * (self._is_few and not mean)
            painter.drawText(QPointF(left + shift, baseline), name)

    def _heights(self, values: np.ndarray) -> np.ndarray:
        if not self.logarithmic:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.log10(values)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
