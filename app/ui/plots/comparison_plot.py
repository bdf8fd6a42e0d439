"""Several runs on one plot: against epochs, updates or seconds."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget

from app.core.comparison import Axis, places
from app.core.frozen import OptionValue
from app.core.metric_catalog import METRICS_BY_NAME, direction_of, limits_of
from app.core.run_record import RunRecord
from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import (
    Tick,
    linear_ticks,
    log_range,
    log_ticks,
    nice_range,
    value_text,
)
from app.ui.plots.clear_place import clearest, line_of
from app.ui.plots.framed_plot import RIGHT, FramedPlot, ReadingRow
from app.ui.plots.layer_lines import kept_apart
from app.ui.plots.legend import LegendEntry
from app.ui.plots.markers import paint_marker, series_style
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme

Metrics = Mapping[str, OptionValue]

LOG_FROM = 20.0
"""From this ratio of the largest to the smallest value on the axis is logarithmic."""
MARKS = 6
"""So many markers stand on each line."""
LABEL_STEPS = 10
"""At so many places along a line there may be room for its name."""
BESIDE = (0, -8, 8, -16, 16, -24, 24, -32, 32, -44, 44, -60, 60)
"""So far above or below the end of a line its name may stand right of it, in px."""
AT_THE_END = 0.12
"""Lines that end within this share of the width have their names in one column."""
NAME_HEIGHT = 15
NAMES_SHARE = 0.3
"""So much of the width the names beside the frame take at most."""
LEADER_FROM = 12.0
"""A name further than this from its line is joined to it, in px."""
ZERO_SHARE = 0.08
"""What is before the first step stands so far left of a logarithmic axis, as a share of it."""
_MIDDLE = QPointF(6, 7)
"""Of the marker before a name, from the top left of both."""
FAINT = 0.5
"""Opacity of the training part's values."""
STRONG, THIN = 2.0, 1.25
LEGEND = {
    "validation": LegendEntry("validation", "text", STRONG),
    "training": LegendEntry("training", "text", THIN, opacity=FAINT),
}
TRAINING_ONLY = "training only"
_WORDS: dict[Axis, str] = {
    "epochs": "epoch",
    "updates": "updates of the weights",
    "seconds": "seconds of training",
}


@dataclass(frozen=True)
class _Line:
    """One run: of each epoch its place and a value; at 0 that before the first step, where it is
    known.

    Attributes:
        points: what is named and read: over the validation part, where there is one.
        faint: over the training part beside it.
        validated: whether `points` are over the validation part; else over the training part.
    """

    number: int
    label: str
    points: tuple[tuple[float, float], ...]
    faint: tuple[tuple[float, float], ...]
    validated: bool

    @property
    def name(self) -> str:
        """Its label, and that it has nothing to be compared with a validation by."""
        return self.label if self.validated or not self.points else f"{self.label}, {TRAINING_ONLY}"

    @property
    def trained(self) -> tuple[tuple[float, float], ...]:
        """The values over the training part."""
        return self.faint if self.validated else self.points

    @property
    def ink(self) -> QColor:
        return QColor(current_theme().tokens.series[series_style(self.number)[0]])

    @property
    def marker(self) -> str:
        return series_style(self.number)[1]


class ComparisonPlot(FramedPlot):
    """Of each run the values over the validation part, strong, and the training part, thin and
    faint; a run without a validation part says so beside its name.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("comparison", "Compared runs", parent)
        self._lines: tuple[_Line, ...] = ()
        self._name = "loss"
        self._axis: Axis = "epochs"
        self._logarithmic = False
        self._log_across = False
        self._first = 0.0
        self._names_width = 0.0

    def show_runs(
        self,
        runs: Sequence[tuple[str, RunRecord | None]],
        name: str,
        axis: Axis,
        *,
        log_across: bool = False,
        starts: Sequence[Metrics] = (),
    ) -> None:
        """Show metric `name` ("loss", "accuracy") of labelled runs; None has not begun yet.

        Args:
            log_across: whether the axis across is logarithmic.
            starts: metrics of each run before its first step, named as those of an epoch.
        """
        self._name, self._axis, self._log_across = name, axis, log_across
        self._lines = tuple(
            _line(number, label, record, name, axis, starts[number] if starts else {})
            for number, (label, record) in enumerate(runs)
            if record is not None
        )
        kind = METRICS_BY_NAME.get(name)
        what = "Loss" if name == "loss" else kind.label if kind else name
        values = [y for line in self._lines for _, y in (*line.points, *line.faint)]
        low, high = min(values, default=0.0), max(values, default=0.0)
        falling = direction_of(name) == "min"
        self._logarithmic = falling and low > 0 and high > LOG_FROM * low
        self.title = f"{what}{', logarithmic' if self._logarithmic else ''}"
        self.across = f"{_WORDS[axis]}, logarithmic" if log_across else _WORDS[axis]
        metrics = QFontMetricsF(current_theme().font("caption_strong"))
        names = [metrics.horizontalAdvance(line.name) for line in self._lines if line.points]
        self._names_width = max(names) + px(24) if names else 0.0
        self.x_range = self._reach(1.0 if axis != "seconds" else 1e-3)
        self.key_step = (self.x_range[1] - self.x_range[0]) / 60
        self.y_range = self._height(values)
        drawn = {
            "validation": any(line.validated for line in self._lines),
            "training": any(line.trained for line in self._lines),
        }
        self.legend = tuple(entry for part, entry in LEGEND.items() if drawn[part])
        if self.legend == (LEGEND["validation"],):
            self.legend = ()
        self.setAccessibleDescription(self._spoken())
        self.refresh()

    def table(self) -> PlotTable:
        """A row for each epoch of each run."""
        rows: list[tuple[object, ...]] = []
        for line in self._lines:
            trained = dict(line.trained)
            rows += [
                (line.label, x, y if line.validated else None, trained.get(x))
                for x, y in line.points
            ]
        headers = ("run", _WORDS[self._axis], f"val_{self._name}", self._name)
        return PlotTable("Compared runs", headers, tuple(rows))

    # ---- axes
    def frame(self) -> QRectF:
        """Beside it there is room for the names of the lines."""
        room = min(self._names_width, NAMES_SHARE * self.width()) - px(RIGHT)
        return super().frame().adjusted(0, 0, -max(0.0, room), 0)

    def _reach(self, least: float) -> tuple[float, float]:
        """The range of the axis across; of a logarithmic one, that of the decimal logarithms, and
        left of these a place for 0.
        """
        across = [x for line in self._lines for x, _ in line.points]
        last = max([*across, least])
        if not self._log_across:
            return (0.0, last)
        first = min([x for x in across if x > 0], default=last / 10)
        self._first, end = math.log10(min(first, last / 10)), math.log10(last)
        return (self._first - ZERO_SHARE * (end - self._first) * (0.0 in across), end)

    def x_ticks(self) -> Sequence[Tick]:
        low, high = self.x_range
        if not self._log_across:
            return linear_ticks(low, high, 6)
        zero = [(low, "0")] if low < self._first else []
        return [*zero, *log_ticks(self._first, high, 6)]

    def y_ticks(self) -> Sequence[Tick]:
        return log_ticks(*self.y_range, 6) if self._logarithmic else linear_ticks(*self.y_range, 5)

    def reading(self, x: float) -> tuple[str, Sequence[ReadingRow]]:
        if self._log_across:
            x = 10.0**x if x >= (self.x_range[0] + self._first) / 2 else 0.0
        rows = []
        for line in self._lines:
            near = min(line.points, key=lambda point: abs(point[0] - x), default=None)
            if near is not None:
                part = "validation" if line.validated else TRAINING_ONLY
                text = f"{line.label}  {part} {value_text(near[1])}"
                trained = dict(line.faint).get(near[0])
                if trained is not None:
                    text += f", training {value_text(trained)}"
                rows.append(ReadingRow(line.ink, line.marker, text))
        head = f"{x:,.0f}" if self._axis != "seconds" else value_text(x)
        return f"{_WORDS[self._axis]} {head}", rows

    # ---- painting
    def paint_content(self, painter: QPainter) -> None:
        for line in self._lines:
            faint = line.ink
            faint.setAlphaF(FAINT)
            self._paint_run(painter, self._scaled(line.trained), faint, THIN)
        for line in self._lines:
            if line.validated:
                self._paint_run(painter, self._scaled(line.points), line.ink, STRONG)
        painter.setClipping(False)  # a marker at the edge is whole
        for line in self._lines:
            scaled = self._scaled(line.points)
            every = max(1, len(scaled) // MARKS)
            for x, y in scaled[::-every]:
                self._paint_mark(painter, line, self.at(x, y))
        self._paint_labels(painter)

    def _paint_mark(self, painter: QPainter, line: _Line, place: QPointF) -> None:
        """Filled over the validation part, an outline over the training part."""
        edge = None if line.validated else color("panel")
        hollow = not line.validated
        paint_marker(painter, line.marker, place, px(3), line.ink, edge=edge, hollow=hollow)

    def _paint_run(
        self, painter: QPainter, points: list[tuple[float, float]], ink: QColor, width: float
    ) -> None:
        """From 0 on, which a logarithmic axis does not have, a line is dashed."""
        if self._log_across and points and points[0][0] < self._first:
            self.paint_line(painter, points[:2], ink, width, dashes=(3, 3))
            points = points[1:]
        self.paint_line(painter, points, ink, width)

    def _paint_labels(self, painter: QPainter) -> None:
        font = current_theme().font("caption_strong")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        for line, box in self.name_boxes():
            self._paint_leader(painter, self.places(self._scaled(line.points)), box, line.ink)
            self._paint_mark(painter, line, box.topLeft() + _MIDDLE * px(1))
            painter.setPen(line.ink)
            left, baseline = box.left() + px(14), box.top() + metrics.ascent()
            painter.drawText(QPointF(left, baseline), self._shown_name(line))

    def name_boxes(self) -> list[tuple[_Line, QRectF]]:
        """Where the name of each line stands: of those that go to the right end in one column
        beside the frame, the higher ones above; of the others by their ends, clear of all lines.
        No name is on another.
        """
        strong = [self.places(self._scaled(line.points)) for line in self._lines]
        faint = [self.places(self._scaled(line.faint)) for line in self._lines]
        lines = [line_of(points) for points in (*strong, *faint) if points]
        found = self._column(strong)
        for number, points in enumerate(strong):
            if points and number not in found:
                boxes = self._around(points, self._name_size(self._lines[number]))
                box = clearest(boxes, lines, list(found.values()))
                if box is not None:
                    found[number] = box
        return [(self._lines[number], found[number]) for number in sorted(found)]

    def _name_size(self, line: _Line) -> QSizeF:
        metrics = QFontMetricsF(current_theme().font("caption_strong"))
        wide = metrics.horizontalAdvance(self._shown_name(line)) + px(18)
        return QSizeF(wide, px(NAME_HEIGHT))

    def _column(self, lines: Sequence[Sequence[QPointF]]) -> dict[int, QRectF]:
        """Places of names beside the frame, by number of the line: in the order of their ends."""
        frame, gap = self.frame(), float(px(NAME_HEIGHT))
        left = frame.right() - AT_THE_END * frame.width()
        late = [n for n, points in enumerate(lines) if points and points[-1].x() >= left]
        late.sort(key=lambda n: (lines[n][-1].y(), n))
        late = late[: int(frame.height() // gap)]
        wanted = [lines[n][-1].y() for n in late]
        middles = kept_apart(wanted, gap, frame.top(), frame.bottom() - gap / 2)
        return {
            n: QRectF(
                QPointF(frame.right() + px(6), middle - gap / 2), self._name_size(self._lines[n])
            )
            for n, middle in zip(late, middles, strict=True)
        }

    def _shown_name(self, line: _Line) -> str:
        """The name, as far as there is room for it beside the frame."""
        metrics = QFontMetricsF(current_theme().font("caption_strong"))
        room = max(px(30), self.width() - self.frame().right() - px(24))
        return metrics.elidedText(line.name, Qt.TextElideMode.ElideRight, room)

    def _paint_leader(
        self, painter: QPainter, points: Sequence[QPointF], box: QRectF, ink: QColor
    ) -> None:
        """Join a name to its line: to the end where it stands in the column, else to the nearest
        point.
        """
        name = QPointF(box.left() + px(2), box.center().y())
        beside = box.left() > self.frame().right()
        nearest = points[-1] if beside else min(points, key=lambda p: QLineF(p, name).length())
        if QLineF(nearest, name).length() > px(1) * LEADER_FROM:
            painter.setPen(make_pen(ink, 1))
            painter.drawLine(QLineF(nearest, name))

    def _around(self, points: Sequence[QPointF], size: QSizeF) -> Iterator[QRectF]:
        """Boxes for a name right of the end of a line, then over and under it, the nearest to its
        right end first.
        """
        frame = self.frame()
        outside = frame.adjusted(0, 0, self.width() - frame.right(), 0)
        end = points[-1]
        for beside in BESIDE:
            top = end.y() + px(1) * beside - size.height() / 2
            box = QRectF(QPointF(end.x() + px(6), top), size)
            if outside.contains(box):
                yield box
        for step in range(LABEL_STEPS):
            place = points[(len(points) - 1) * (LABEL_STEPS - step) // LABEL_STEPS]
            left = min(place.x() + px(6), frame.right() - size.width())
            for away in (px(5), px(20), px(40)):
                for top in (place.y() - away - size.height(), place.y() + away):
                    box = QRectF(QPointF(left, top), size)
                    if frame.contains(box):
                        yield box

    def _scaled(self, points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
        if self._log_across:
            low = self.x_range[0]
            points = [(math.log10(x) if x > 0 else low, y) for x, y in points]
        if self._logarithmic:
            points = [(x, math.log10(y)) for x, y in points if y > 0]
        return list(points)

    def _height(self, values: Sequence[float]) -> tuple[float, float]:
        if not values:
            return (0.0, 1.0)
        if self._logarithmic:
            return log_range(min(values), max(values))
        return nice_range(min(values), max(values), limits=limits_of(self._name))

    def _spoken(self) -> str:
        if not self._lines:
            return "No epoch is done yet."
        return "; ".join(
            f"{line.name}: {sum(x > 0 for x, _ in line.points)} epochs"
            + (f", last {value_text(line.points[-1][1])}" if line.points else "")
            for line in self._lines
        )


def _line(
    number: int, label: str, record: RunRecord, name: str, axis: Axis, start: Metrics
) -> _Line:
    ends = (0.0, *places(record, axis))
    metrics = (start, *(row.metrics for row in record.rows))
    strong: list[tuple[float, float]] = []
    faint: list[tuple[float, float]] = []
    for x, known in zip(ends, metrics, strict=True):
        for key, found in ((f"val_{name}", strong), (name, faint)):
            value = known.get(key)
            if isinstance(value, (int, float)) and math.isfinite(value):
                found.append((x, float(value)))
    validated = bool(strong)
    points, beside = (strong, faint) if validated else (faint, [])
    return _Line(number, label, tuple(points), tuple(beside), validated)
