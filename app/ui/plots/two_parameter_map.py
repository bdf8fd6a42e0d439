"""The trials of a study over two of its options: where the good ones are."""

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter
from PySide6.QtWidgets import QWidget

from app.core.metric_catalog import limits_of
from app.core.number_words import counted
from app.search.study_table import StudyTable, Words, left_out_words
from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, value_text
from app.ui.plots.markers import marker_stamp, paint_marker
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.projection_plot import GOLDEN_RATIO
from app.ui.plots.study_plot import ScoreScale, StudyPlot
from app.ui.theme import current_theme

SCORE = ""
"""In place of the path of an option: the score is on the axis up."""
MOST_CELLS = 12
"""Up to so many values on both axes the trials of equal values share a cell."""
LEFT, RIGHT, ABOVE, BELOW, GAP = 64, 12, 34, 32, 30
"""Room around the map, and for what is not there, in px."""
MARGIN = 0.03
"""Room around the ends of a range, as a share of it."""
SPREAD = 0.6
"""So much of the room of one value is used by the points that have it."""
REACH = 12
TINTS = 24
BEST_RING, CHOSEN_RING, READ_RING = 8, 11, 14
"""Radii of the rings around a point, one within the other, in px."""
FEW = 600
"""More points are smaller and have no edge."""
_JITTER = (GOLDEN_RATIO, math.sqrt(2) - 1)


@dataclass(frozen=True, eq=False)
class MapAxis:
    """One of the two axes.

    Attributes:
        places: (trials,) from 0 to 1; NaN where the option is not there.
        cells: of a few values how many they are; 0 of a range.
        ticks: places from 0 to 1, and texts.
    """

    label: str
    places: np.ndarray
    cells: int
    ticks: tuple[Tick, ...]

    @property
    def has_gaps(self) -> bool:
        return bool(np.isnan(self.places).any())


class TwoParameterMap(StudyPlot):
    """A point for each trial, or a cell with the mean score where both axes have few values; the
    stronger the colour, the better.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Two options", parent)
        self._paths = ("", "")
        self._axes: tuple[MapAxis, MapAxis] | None = None
        self._shades = np.zeros(0)

    def show_study(self, study: StudyTable, words: Words | None = None) -> None:
        self.study, self._words = study, words
        self._axes = None
        # The share of trials that score less: bad outliers leave the others their colours.
        self._shades = (
            1.0 - study.ranks / max(1, len(study) - 1) if len(study) > 1 else np.ones(len(study))
        )
        super().show_study(study, words)

    def show_axes(self, across: str, up: str) -> None:
        """Show the options of these paths; `SCORE` up for the score."""
        self._paths, self._axes = (across, up), None
        self.setAccessibleDescription(self.sentence())
        self.refresh()

    def minimumSizeHint(self) -> QSize:
        return QSize(px(220), px(180))

    def title(self) -> str:
        return f"{self.axes[0].label} and {self.axes[1].label}" if not self.is_empty else "Map"

    @property
    def is_empty(self) -> bool:
        return super().is_empty or self._path_missing()

    def _path_missing(self) -> bool:
        assert self.study is not None
        known = {column.path for column in self.study.columns}
        return self._paths[0] not in known or self._paths[1] not in known | {SCORE}

    @property
    def axes(self) -> tuple[MapAxis, MapAxis]:
        if self._axes is None:
            self._axes = self._axis(self._paths[0]), self._axis(self._paths[1])
        return self._axes

    def _axis(self, path: str) -> MapAxis:
        study = self.study
        assert study is not None
        if path == SCORE:
            scale = ScoreScale(study, limits_of(study.score))
            places = scale.places(study.scores)
            return MapAxis(study.score_label, places, 0, tuple(scale.ticks(4)))
        column = next(column for column in study.columns if column.path == path)
        ticks = self.column_ticks(column, 4, MOST_CELLS)
        cells = column.points if 1 <= column.points <= MOST_CELLS else 0
        if not cells:
            return MapAxis(column.label, column.places, 0, tuple(ticks))
        if column.scale != "choices":
            values = [column.value_at(n / max(1, cells - 1)) for n in range(cells)]
            ticks = [
                (n / max(1, cells - 1), self.value_text(path, int(v) if v % 1 == 0 else v))
                for n, v in enumerate(values)
            ]
        spread = (column.places * (cells - 1) + 0.5) / cells if cells > 1 else column.places
        middle = [((place * (cells - 1) + 0.5) / cells, text) for place, text in ticks]
        return MapAxis(column.label, spread, cells, tuple(middle))

    @property
    def is_grid(self) -> bool:
        """Whether trials of equal values share a cell."""
        return all(axis.cells for axis in self.axes)

    def sentence(self) -> str:
        study = self.study
        if study is None or not len(study):
            return "Each finished trial will be a point over two of its options."
        if self.is_empty:
            return "Nothing is searched: a map needs at least one searched option."
        best = study.trials[int(study.order[0])].number
        each = "Each cell: the mean of its trials" if self.is_grid else "Each point: a trial"
        marked, of = ("Framed", "that of ") if self.is_grid else ("Ringed", "")
        told = [
            f"{each}; coloured by rank, the stronger the better. {marked}: {of}the best, "
            f"trial {best}."
        ]
        if self.chosen_row is not None:
            told.append(f"{marked} in colour: {of}the chosen one, trial {self.selected}.")
        if not self.is_grid and any(axis.cells for axis in self.axes):
            told.append("Points of one value stand side by side.")
        left_out = left_out_words(study)
        if left_out:
            told.append(f"{left_out}.")
        return " ".join(told)

    # ---- cells
    def cells(self) -> dict[tuple[int, int], list[int]]:
        """(column, row) to the rows of the trials there, the best first; -1 for what is not
        there.
        """
        assert self.study is not None
        numbers = []
        for axis in self.axes:
            found = np.floor(np.nan_to_num(axis.places, nan=-1.0) * axis.cells)
            numbers.append(np.clip(found, -1, axis.cells - 1).astype(int))
        cells: dict[tuple[int, int], list[int]] = {}
        for row in self.study.order.tolist():
            cells.setdefault((int(numbers[0][row]), int(numbers[1][row])), []).append(row)
        return cells

    def cell_rect(self, column: int, row: int) -> QRectF:
        frame, (across, up) = self.frame(), self.axes
        wide, high = frame.width() / across.cells, frame.height() / up.cells
        left = frame.left() + column * wide if column >= 0 else px(LEFT)
        top = frame.bottom() - (row + 1) * high if row >= 0 else frame.bottom() + px(8)
        size_across = wide if column >= 0 else px(GAP) - px(8)
        return QRectF(left, top, size_across, high if row >= 0 else px(GAP) - px(8))

    # ---- places
    def frame(self) -> QRectF:
        """The box between the axes; left of it and below is room for what is not there."""
        across, up = self.axes
        left = px(LEFT) + px(GAP) * across.has_gaps
        below = px(BELOW) + self.words_height() + px(GAP) * up.has_gaps
        wide, high = self.width() - left - px(RIGHT), self.height() - px(ABOVE) - below
        return QRectF(left, px(ABOVE), max(1, wide), max(1, high))

    def places(self) -> np.ndarray:
        """(trials, 2): where the points stand in the widget; those of one value spread a little,
        always the same way.
        """
        assert self.study is not None
        frame = self.frame()
        shares = []
        numbers = np.array([trial.number for trial in self.study.trials])
        for axis, step in zip(self.axes, _JITTER, strict=True):
            away = ((numbers + 1) * step) % 1.0 - 0.5
            if axis.cells:
                shares.append(axis.places + SPREAD * away / axis.cells)
            else:
                shares.append(MARGIN + (1 - 2 * MARGIN) * axis.places)
        x = frame.left() + shares[0] * frame.width()
        y = frame.bottom() - shares[1] * frame.height()
        gap = px(GAP) * 0.6
        return np.column_stack(
            [
                np.where(np.isnan(x), frame.left() - gap, x),
                np.where(np.isnan(y), frame.bottom() + gap, y),
            ]
        )

    def row_at(self, place: QPointF) -> int | None:
        if self.is_grid:
            for key, rows in self.cells().items():
                if self.cell_rect(*key).contains(place):
                    return rows[0]
            return None
        away = np.hypot(*(self.places() - (place.x(), place.y())).T)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= px(REACH) else None

    def read_at(self, row: int) -> float:
        if self.is_grid:
            return self.cell_rect(*self._cell_of(row)).center().x()
        return float(self.places()[row, 0])

    def _cell_of(self, row: int) -> tuple[int, int]:
        return next(key for key, rows in self.cells().items() if row in rows)

    def trial_words(self, row: int) -> tuple[str, list[str]]:
        head, lines = super().trial_words(row)
        if self.is_grid:
            assert self.study is not None
            rows = self.cells()[self._cell_of(row)]
            mean = value_text(float(self.study.scores[rows].mean()))
            lines.insert(0, f"{counted(len(rows), 'trial')} in this cell, mean {mean}")
        return head, lines

    def table(self) -> PlotTable:
        if self.is_empty or not self.is_grid:
            return super().table()
        study, (across, up) = self.study, self.axes
        assert study is not None
        rows = []
        for (column, row), members in sorted(self.cells().items()):
            scores = study.scores[members]
            rows.append(
                (
                    across.ticks[column][1] if column >= 0 else None,
                    up.ticks[row][1] if row >= 0 else None,
                    len(members),
                    float(scores.mean()),
                    float(scores.std()),
                    study.trials[members[0]].number,
                )
            )
        heads = (across.label, up.label, "trials", f"mean {study.score}", "sd", "best trial")
        return PlotTable(self.title(), heads, tuple(rows))

    # ---- painting
    def paint_all(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), color("panel"))
        self._paint_axes(painter)
        self._paint_key(painter)
        if self.is_grid:
            self._paint_cells(painter)
        else:
            self._paint_points(painter)

    def shade(self, share: float) -> QColor:
        """The colour of a trial that is better than this share of the others."""
        poor, good = color("track"), color("accent")
        ends = ((poor.red(), good.red()), (poor.green(), good.green()), (poor.blue(), good.blue()))
        return QColor(*(round(a + (b - a) * share) for a, b in ends))

    def _paint_points(self, painter: QPainter) -> None:
        study = self.study
        assert study is not None
        few = len(study) <= FEW
        radius = (4.0 if few else 2.5) * current_theme().scale
        ratio, edge = self.devicePixelRatioF(), color("control_border") if few else None
        stamps = [
            marker_stamp(
                "circle", radius, self.shade(n / TINTS), edge=edge, hollow=False, ratio=ratio
            )
            for n in range(TINTS + 1)
        ]
        half = stamps[0].deviceIndependentSize().width() / 2
        places = (self.places() - half).tolist()
        tints = np.rint(self._shades * TINTS).astype(int).tolist()
        for row in study.order[::-1].tolist():
            painter.drawPixmap(QPointF(*places[row]), stamps[tints[row]])
        x, y = self.places()[int(study.order[0])].tolist()
        painter.setPen(make_pen(color("text"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, y), px(BEST_RING), px(BEST_RING))

    def _paint_cells(self, painter: QPainter) -> None:
        study, theme = self.study, current_theme()
        assert study is not None
        ordered = np.sort(study.scores if study.greater_is_better else -study.scores)
        best = int(study.order[0])
        strong = QFontMetricsF(theme.font("caption_strong"))
        for key, rows in self.cells().items():
            box = self.cell_rect(*key).adjusted(1, 1, -1, -1)
            mean = float(study.scores[rows].mean())
            good = mean if study.greater_is_better else -mean
            less = np.searchsorted(ordered, good) / max(1, len(ordered) - 1)
            ground = self.shade(min(1.0, float(less)))
            painter.fillRect(box, ground)
            if best in rows:
                painter.setPen(make_pen(color("text"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(box.adjusted(1, 1, -1, -1))
            painter.setPen(QColor("#FFFFFF" if _is_dark(ground) else "#1A1D23"))
            text, count = value_text(mean), f"n {len(rows):,}"
            both = box.height() >= px(34)
            if strong.horizontalAdvance(text) <= box.width() - 4 and box.height() >= px(14):
                painter.setFont(theme.font("caption_strong"))
                room = box.adjusted(0, 0, 0, -box.height() / 2) if both else box
                flags = Qt.AlignmentFlag.AlignHCenter | (
                    Qt.AlignmentFlag.AlignBottom if both else Qt.AlignmentFlag.AlignVCenter
                )
                painter.drawText(room, int(flags), text)
                if both:
                    painter.setFont(theme.font("caption"))
                    room = box.adjusted(0, box.height() / 2, 0, 0)
                    flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
                    painter.drawText(room, int(flags), count)

    def _paint_axes(self, painter: QPainter) -> None:
        theme, frame, (across, up) = current_theme(), self.frame(), self.axes
        metrics = QFontMetricsF(theme.font("caption"))
        painter.setFont(theme.font("caption"))
        room = frame.left() - px(10)
        margin = [0.0 if axis.cells else MARGIN for axis in self.axes]
        last = float(self.height())
        for place, text in up.ticks:
            y = frame.bottom() - (margin[1] + (1 - 2 * margin[1]) * place) * frame.height()
            if not up.cells:
                painter.setPen(make_pen(color("grid"), 1))
                painter.drawLine(QLineF(frame.left(), y, frame.right(), y))
            if last - y >= px(12):
                self._paint_left(painter, metrics, y, text, px(LEFT) - px(10))
                last = y
        if up.has_gaps:
            y = frame.bottom() + px(GAP) * 0.6
            self._paint_left(painter, metrics, y, "not there", px(LEFT) - px(8))
        foot = self.height() - self.words_height() - px(18)
        wide = frame.width() / max(1, across.cells) if across.cells else frame.width() / 4
        painter.setPen(color("muted"))
        for place, text in across.ticks:
            x = frame.left() + (margin[0] + (1 - 2 * margin[0]) * place) * frame.width()
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, wide - px(4))
            painter.drawText(QPointF(x - metrics.horizontalAdvance(shown) / 2, foot), shown)
        if across.has_gaps:
            x = frame.left() - px(GAP) * 0.6
            painter.drawText(
                QPointF(x - metrics.horizontalAdvance("not there") / 2, foot), "not there"
            )
        name = metrics.elidedText(across.label, Qt.TextElideMode.ElideRight, room + frame.width())
        right = frame.right() - metrics.horizontalAdvance(name)
        painter.drawText(QPointF(right, foot + px(14)), name)
        painter.setPen(make_pen(color("control_border"), 1))
        painter.drawLine(QLineF(frame.topLeft(), frame.bottomLeft()))
        painter.drawLine(QLineF(frame.bottomLeft(), frame.bottomRight()))
        strong = QFontMetricsF(theme.font("caption_strong"))
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        name = strong.elidedText(up.label, Qt.TextElideMode.ElideRight, self.width() / 2)
        painter.drawText(QPointF(px(2), px(14)), name)

    def _paint_left(
        self, painter: QPainter, metrics: QFontMetricsF, y: float, text: str, room: float
    ) -> None:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.setPen(color("muted"))
        left = px(LEFT) - px(6) - metrics.horizontalAdvance(shown)
        painter.drawText(QPointF(left, y + metrics.capHeight() / 2), shown)

    def _paint_key(self, painter: QPainter) -> None:
        """The colours, which go by rank, with the poorest, the median and the best score."""
        study, theme = self.study, current_theme()
        assert study is not None
        bar = QRectF(self.width() - px(RIGHT) - px(150), px(2), px(150), px(6))
        paint = QLinearGradient(bar.topLeft(), bar.topRight())
        for share in (0.0, 0.5, 1.0):
            paint.setColorAt(share, self.shade(share))
        painter.fillRect(bar, paint)
        metrics = QFontMetricsF(theme.font("caption"))
        painter.setFont(theme.font("caption"))
        painter.setPen(color("muted"))
        middle = float(np.median(study.scores))
        ends = study.scores[study.order[[-1, 0]]].tolist()
        for share, value in ((0.0, ends[0]), (0.5, middle), (1.0, ends[1])):
            text = value_text(value)
            left = bar.left() + share * (bar.width() - metrics.horizontalAdvance(text))
            painter.drawText(QPointF(left, bar.bottom() + px(13)), text)

    def paint_trial(self, painter: QPainter, row: int, *, chosen: bool) -> None:
        """A line around it: its own colour tells its score."""
        ink = color("accent" if chosen else "text")
        if self.is_grid:
            box = self.cell_rect(*self._cell_of(row)).adjusted(1, 1, -1, -1)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for inside, line in ((2.5, color("panel")), (0.0, ink)):
                painter.setPen(make_pen(line, 3))
                painter.drawRect(box.adjusted(inside, inside, -inside, -inside))
            return
        place = QPointF(*self.places()[row].tolist())
        shade = self.shade(float(self._shades[row]))
        paint_marker(painter, "circle", place, px(4), shade, edge=color("control_border"))
        radius = px(CHOSEN_RING if chosen else READ_RING)
        paint_marker(painter, "circle", place, radius, ink, edge=color("panel"), hollow=True)


def _is_dark(ink: QColor) -> bool:
    """Whether white is easier to read on it than black."""
    parts = [part / 255 for part in (ink.red(), ink.green(), ink.blue())]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] < 0.18
