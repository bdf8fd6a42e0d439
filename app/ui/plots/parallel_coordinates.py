"""All trials of a study as lines through upright axes, one for each searched option and the score
at the right.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from app.core.metric_catalog import limits_of
from app.search.study_table import (
    StudyColumn,
    StudyTable,
    Words,
    left_out_words,
    trials_words,
)
from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.line_density import density_image, line_density, line_pairs, opacity
from app.ui.plots.study_plot import ScoreScale, StudyPlot
from app.ui.theme import current_theme

BEST = 8
"""So many of the best lines are strong."""
THICKEST, CHOSEN = 2.5, 1.75
"""Px of the best line, and of another that is chosen or read."""
MOST_LINES = 400
"""More trials are drawn as a picture of how many lines go where."""
LEFT, RIGHT, ABOVE, BELOW, GAP = 22, 40, 30, 10, 22
"""Room around the axes, and below them for what is not there, in px."""
SPACING = 56
"""Px that two axes are apart at least."""
NAME_LINE, NAME_GAP = 15, 8
"""Px between two lines of names, and between two names side by side."""
NOT_THERE = "not there"
REACH = 8
"""A line is read from so many px away."""
TICK_GAP = 17


class ParallelCoordinates(StudyPlot):
    """The best at the top of the score's axis whichever direction is better; an option that is not
    there in a trial has a place of its own below its axis.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Parallel coordinates", parent)
        self._places = np.zeros((0, 0))
        self._scale: ScoreScale | None = None

    def show_study(self, study: StudyTable, words: Words | None = None) -> None:
        if len(study):
            self._scale = ScoreScale(study, limits_of(study.score))
            self._places = np.column_stack(
                [*(column.places for column in study.columns), self._scale.places(study.scores)]
            )
        super().show_study(study, words)
        self.updateGeometry()

    @property
    def is_empty(self) -> bool:
        return super().is_empty or not self._columns()

    def sentence(self) -> str:
        study = self.study
        if study is None or not len(study):
            return "Each finished trial will be a line from its settings to its score."
        if not study.columns:
            return "Nothing is searched: a line needs at least one searched option."
        first = study.trials[int(study.order[0])].number
        told = [f"Strong lines: best {BEST}."] if len(study) > BEST else []
        chosen = None if self.chosen_row is None else self.selected
        if chosen == first:
            told.append(f"Thickest, with dots: trial {first}, the chosen one.")
        else:
            dots = "" if chosen is None else f" With dots: trial {chosen}, the chosen one."
            told.append(f"Thickest: trial {first}.{dots}")
        if not study.greater_is_better:
            told.append("Less is better: the best end at the top.")
        if len(study) > MOST_LINES:
            told.append(f"Grey: the stronger, the more of {trials_words(study)}.")
        left_out = left_out_words(study)
        if left_out:
            told.append(f"{left_out}, so no line.")
        return " ".join(told)

    def minimumSizeHint(self) -> QSize:
        wide = px(LEFT) + px(RIGHT) + px(SPACING) * len(self._columns())
        return QSize(max(px(220), wide), px(170))

    # ---- places
    def _columns(self) -> tuple[StudyColumn, ...]:
        return () if self.study is None else self.study.columns

    def _names(self) -> list[str]:
        assert self.study is not None
        return [*(column.label for column in self._columns()), self.study.score_label]

    def _is_staggered(self) -> bool:
        """Whether the names stand in two rows, every second one above."""
        metrics = QFontMetricsF(current_theme().font("caption_strong"))
        end = -float(px(NAME_GAP))
        for x, name in zip(self.axes().tolist(), self._names(), strict=True):
            wide = metrics.horizontalAdvance(name)
            left = self._left_of_name(x, wide)
            if left < end + px(NAME_GAP):
                return True
            end = left + wide
        return False

    def _left_of_name(self, x: float, wide: float) -> float:
        """Where the name of the axis at `x` begins: centred, but within the widget."""
        return min(max(px(2), x - wide / 2), self.width() - px(2) - wide)

    def frame(self) -> QRectF:
        """The box between the first and the last axis."""
        above = px(ABOVE) + px(NAME_LINE) * self._is_staggered()
        below = (
            px(BELOW)
            + self.words_height()
            + px(GAP) * any(column.missing for column in self._columns())
        )
        wide = self.width() - px(LEFT) - px(RIGHT)
        return QRectF(px(LEFT), above, max(1, wide), max(1, self.height() - above - below))

    def _spacing(self) -> float:
        wide = max(1, self.width() - px(LEFT) - px(RIGHT))
        return wide / max(1, len(self._columns()))

    def axes(self) -> np.ndarray:
        """(axes,): where the axes stand across, that of the score last."""
        return px(LEFT) + self._spacing() * np.arange(len(self._columns()) + 1)

    def heights(self, rows: Sequence[int] | None = None) -> np.ndarray:
        """(trials, axes): where the lines cross the axes, in px of the widget."""
        frame = self.frame()
        places = self._places if rows is None else self._places[list(rows)]
        known = frame.bottom() - places * frame.height()
        return np.where(np.isnan(known), frame.bottom() + px(GAP) - px(4), known)

    def row_at(self, place: QPointF) -> int | None:
        axes, frame = self.axes(), self.frame()
        inside = frame.adjusted(-px(REACH), -px(REACH), px(REACH), px(GAP) + px(REACH))
        if not inside.contains(place):
            return None
        x = min(max(place.x(), axes[0]), axes[-1])
        left = min(int((x - axes[0]) / self._spacing()), len(axes) - 2)
        heights = self.heights()
        rise = heights[:, left + 1] - heights[:, left]
        down = heights[:, left] + rise * (x - axes[left]) / self._spacing()
        away = np.abs(down - place.y()) * self._spacing() / np.hypot(self._spacing(), rise)
        nearest = float(away.min())
        if nearest > px(REACH):
            return None
        assert self.study is not None
        near = np.flatnonzero(away <= nearest + 1)
        return int(near[np.argmin(self.study.ranks[near])])

    # ---- painting
    def paint_all(self, painter: QPainter) -> None:
        study = self.study
        assert study is not None
        painter.fillRect(self.rect(), color("panel"))
        best = study.order[:BEST].tolist()
        if len(study) > MOST_LINES:
            self._paint_density(painter)
        else:
            ink = color("muted")
            ink.setAlphaF(min(0.4, max(0.1, 0.4 * math.sqrt(80 / len(study)))))
            self._paint_lines(painter, study.order[BEST:][::-1].tolist(), ink, 1)
        self._paint_axes(painter)
        strong = color("accent")
        strong.setAlphaF(0.75)
        self._paint_lines(painter, best[:0:-1], strong, 1.25)
        self._paint_lines(painter, best[:1], color("accent"), THICKEST)
        self._paint_ticks(painter)

    def _paint_density(self, painter: QPainter) -> None:
        """Where few different lines go from one axis to the next each of them, else how many go
        through each pixel.
        """
        axes, heights = self.axes().tolist(), self.heights()
        top, high = math.floor(self.frame().top()), math.ceil(self.frame().height() + px(GAP)) + 1
        ink = color("muted")
        for number, (begin, end) in enumerate(pairwise(axes)):
            pairs, counts = line_pairs(heights[:, number : number + 2] - top, high)
            if len(pairs) > MOST_LINES:
                left, right = round(begin), round(end)
                found = line_density(pairs, counts, (high, right - left + 1))
                painter.drawImage(QPointF(left, top), density_image(found, ink))
                continue
            most = float(counts.max())
            for (from_, to), count in zip((pairs + top).tolist(), counts.tolist(), strict=True):
                shade = QColor(ink)
                shade.setAlphaF(opacity(count / most))
                painter.setPen(make_pen(shade, 1))
                painter.drawLine(QLineF(begin, from_, end, to))

    def _paint_lines(
        self, painter: QPainter, rows: Sequence[int], ink: QColor, width: float
    ) -> None:
        if not rows:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(make_pen(ink, width))
        axes = self.axes().tolist()
        for heights in self.heights(rows).tolist():
            places = map(QPointF, axes, heights)
            painter.drawPolyline(QPolygonF(list(places)))

    def _paint_axes(self, painter: QPainter) -> None:
        frame = self.frame()
        painter.setPen(make_pen(color("control_border"), 1.25))
        for x in self.axes().tolist():
            painter.drawLine(QLineF(x, frame.top(), x, frame.bottom()))

    def names_at(self, seen: QRectF) -> list[tuple[str, QPointF]]:
        """The names of the axes that are seen, and where each begins: whole, or with dots where
        another one follows.
        """
        metrics = QFontMetricsF(current_theme().font("caption_strong"))
        staggered = self._is_staggered()
        room = self._spacing() * (2 if staggered else 1) - px(6)
        base = self.frame().top() - px(14)
        ends = [seen.right(), seen.right()]  # what is free, in each of the two rows
        found = []
        named = list(enumerate(zip(self.axes().tolist(), self._names(), strict=True)))
        for number, (x, name) in reversed(named):
            if not seen.left() <= x <= seen.right():
                continue
            row = number % 2 if staggered else 0
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            left = max(self._left_of_name(x, metrics.horizontalAdvance(text)), seen.left())
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, ends[row] - left)
            found.append((text, QPointF(left, base - px(NAME_LINE) * row)))
            ends[row] = left - px(NAME_GAP)
        return found[::-1]

    def paint_seen(self, painter: QPainter, seen: QRectF) -> None:
        painter.setFont(current_theme().font("caption_strong"))
        painter.setPen(color("text"))
        for text, place in self.names_at(seen):
            painter.drawText(place, text)

    def _paint_ticks(self, painter: QPainter) -> None:
        frame = self.frame()
        painter.setFont(current_theme().font("caption"))
        axes = self.axes().tolist()
        count = max(2, int(frame.height() // px(60)) + 1)
        most = max(2, int(frame.height() // px(TICK_GAP)) + 1)
        assert self._scale is not None
        for x, column in zip(axes, self._columns(), strict=False):
            for place, text in self.column_ticks(column, count, most):
                self._paint_tick(painter, x, frame.bottom() - place * frame.height(), text)
            if column.missing:
                y = frame.bottom() + px(GAP) - px(4)
                wide = QFontMetricsF(painter.font()).horizontalAdvance(NOT_THERE)
                fits = wide <= self._spacing() - px(10)
                self._paint_tick(painter, x, y, NOT_THERE if fits else "–")
        for place, text in self._scale.ticks(count):
            self._paint_tick(painter, axes[-1], frame.bottom() - place * frame.height(), text)

    def _paint_tick(self, painter: QPainter, x: float, y: float, text: str) -> None:
        metrics = QFontMetricsF(current_theme().font("caption"))
        room = self._spacing() - px(10) if x < self.width() - px(RIGHT) - 1 else px(RIGHT) - px(8)
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(px(20), room))
        baseline = y + metrics.capHeight() / 2
        ground = color("panel")
        ground.setAlphaF(0.85)
        box = QRectF(x + px(4), y - px(7), metrics.horizontalAdvance(text) + px(3), px(14))
        painter.fillRect(box, ground)
        painter.setPen(make_pen(color("control_border"), 1.25))
        painter.drawLine(QLineF(x - px(3), y, x + px(3), y))
        painter.setPen(color("muted"))
        painter.drawText(QPointF(x + px(6), baseline), text)

    def paint_trial(self, painter: QPainter, row: int, *, chosen: bool) -> None:
        assert self.study is not None
        ink = color("accent" if chosen else "text")
        width = THICKEST if row == int(self.study.order[0]) else CHOSEN
        self._paint_lines(painter, [row], color("panel"), width + 2)
        self._paint_lines(painter, [row], ink, width)
        self._paint_ticks(painter)  # it must not strike them out
        painter.setPen(make_pen(color("panel"), 1))
        painter.setBrush(ink)
        for x, y in zip(self.axes().tolist(), self.heights([row])[0].tolist(), strict=True):
            painter.drawEllipse(QPointF(x, y), px(4), px(4))
