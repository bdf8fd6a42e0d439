"""What the plots of all trials of a study share: which trial is read, which one is chosen."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QMoveEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.frozen import OptionValue
from app.search.study_table import StudyColumn, StudyTable, Words, value_words
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.axis import (
    Tick,
    linear_ticks,
    log_range,
    log_ticks,
    nice_range,
    nice_step,
    sd_text,
    value_text,
)
from app.ui.plots.kept_picture import KeptPicture
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.reading_card import paint_reading_card
from app.ui.theme import current_theme

LOG_FROM = 20.0
"""From this ratio of the largest to the smallest score the scale is logarithmic, where small ones
are better.
"""
MOST_WORDS = 3
"""Lines of the sentence below a plot."""


class ScoreScale:
    """Where scores stand: 0 at the poorest, 1 at the best."""

    def __init__(self, table: StudyTable, limits: tuple[float, float]) -> None:
        low, high = float(table.scores.min()), float(table.scores.max())
        self.logarithmic = not table.greater_is_better and low > 0 and high > LOG_FROM * low
        if self.logarithmic:
            self._low, self._high = log_range(low, high)
        else:
            self._low, self._high = nice_range(low, high, limits=limits)
        self._up = table.greater_is_better

    def places(self, scores: np.ndarray | float) -> np.ndarray:
        known = np.log10(scores) if self.logarithmic else np.asarray(scores, float)
        shares = (known - self._low) / ((self._high - self._low) or 1.0)
        return shares if self._up else 1.0 - shares

    def ticks(self, count: int) -> list[tuple[float, str]]:
        """Place from 0 to 1, and text."""
        if self.logarithmic:
            powers = range(int(np.ceil(self._low - 1e-9)), int(np.floor(self._high + 1e-9)) + 1)
            values = [10.0**power for power in powers][:: max(1, len(powers) // count)]
            ends = (10.0**self._low, 10.0**self._high)
            values = values if len(values) > 1 else list(ends)
            return [(float(self.places(value)), value_text(value)) for value in values]
        ticks = linear_ticks(self._low, self._high, count)
        return [(float(self.places(value)), text) for value, text in ticks]


class StudyPlot(KeyboardFocus, Plot):
    """The pointer reads the nearest trial, pressing chooses it. Up and down read the next better
    and poorer one, Home the best, End the poorest; Return chooses what is read.

    Signals:
        trial_chosen(int): the user wants this trial, by its number.
    """

    trial_chosen = Signal(int)

    def __init__(self, name: str, spoken: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.study: StudyTable | None = None
        self.pointed: int | None = None
        self.selected: int | None = None
        self._words: Words | None = None
        self._kept = KeptPicture(self, self.paint_all)
        self._cursor: QPointF | None = None

    # ---- for those who draw
    def paint_all(self, painter: QPainter) -> None:
        """Draw everything but what belongs to pointing and choosing."""
        raise NotImplementedError

    def paint_trial(self, painter: QPainter, row: int, *, chosen: bool) -> None:
        """Mark the trial of a row: the chosen one, or the one that is read."""
        raise NotImplementedError

    def paint_seen(self, painter: QPainter, seen: QRectF) -> None:
        """Draw what follows the part of the widget that is `seen`, where it scrolls."""

    def row_at(self, place: QPointF) -> int | None:
        """The row of the trial that is read at a place of the widget."""
        raise NotImplementedError

    def read_at(self, row: int) -> float:
        """How far across the trial of a row is read by keys, in px."""
        return 0.0

    def sentence(self) -> str:
        """What one sees, or why there is nothing to see."""
        raise NotImplementedError

    def title(self) -> str:
        """Of table and files."""
        return self.accessibleName()

    # ---- what is shown
    def show_study(self, study: StudyTable, words: Words | None = None) -> None:
        """Show other trials; `words` write the values of options."""
        before = self.number_at(self.pointed)
        self.study, self._words = study, words
        self.pointed = None if before is None else study.rows.get(before)
        self.setAccessibleDescription(self.sentence())
        self.refresh()

    def show_selected(self, number: int | None) -> None:
        """Mark the trial of this number as the chosen one; says nothing to others."""
        if number != self.selected:
            self.selected = number
            if self.pointed is None:
                self.setAccessibleDescription(self.sentence())
            self.refresh()  # the sentence names it

    @property
    def chosen_row(self) -> int | None:
        """The row of the chosen trial, where it has one."""
        if self.study is None or self.selected is None:
            return None
        return self.study.rows.get(self.selected)

    @property
    def is_empty(self) -> bool:
        return self.study is None or not len(self.study)

    def number_at(self, row: int | None) -> int | None:
        """The number of the trial in a row."""
        if row is None or self.study is None:
            return None
        return self.study.trials[row].number

    def value_text(self, path: str, value: OptionValue) -> str:
        return self._words(path, value) if self._words else value_words(value)

    def column_ticks(self, column: StudyColumn, count: int, most: int) -> list[Tick]:
        """Places from 0 to 1, and texts: about `count` of a range, at most `most` choices."""
        if column.scale == "choices":
            last, every = len(column.values) - 1, math.ceil(len(column.values) / most)
            return [
                (number / last if last else 0.5, self.value_text(column.path, value))
                for number, value in enumerate(column.values)
                if number % every == 0
            ]
        if column.low == column.high:
            return [(0.5, value_words(column.low))]
        if column.scale == "log":
            low, high = math.log10(column.low), math.log10(column.high)
            powers = max(count, most // 2)  # their texts are short
            ticks = [(10.0**power, text) for power, text in log_ticks(low, high, powers)]
        elif column.is_whole:
            step = max(1, round(nice_step(column.high - column.low, count, (1, 2, 5))))
            values = range(math.ceil(column.low / step) * step, int(column.high) + 1, step)
            ticks = [(float(value), value_words(value)) for value in values]
        else:
            ticks = linear_ticks(column.low, column.high, count)
        return [(column.place_of(value), text) for value, text in ticks]

    def trial_words(self, row: int) -> tuple[str, list[str]]:
        """A head and a line for each option of the trial in a row."""
        study = self.study
        assert study is not None
        trial = study.trials[row]
        rank = int(study.ranks[row]) + 1
        score = f"{study.score_label} {value_text(float(study.scores[row]))}"
        if trial.sd is not None:
            score += f" ± {sd_text(trial.sd)}"
        lines = [f"{score}, rank {rank:,} of {len(study):,}"]
        lines += [
            f"{column.label}: {self.value_text(column.path, trial.settings[column.path])}"
            if column.path in trial.settings
            else f"{column.label}: not there"
            for column in study.columns
        ]
        return f"Trial {trial.number}", lines

    def table(self) -> PlotTable:
        """A row for each trial, the best first."""
        study = self.study
        if study is None:
            return PlotTable(self.title(), (), ())
        heads = (
            "rank",
            "trial",
            study.score,
            "sd",
            *(column.path for column in study.columns),
        )
        rows = []
        for rank, row in enumerate(study.order.tolist(), 1):
            trial = study.trials[row]
            settings = [
                _cell(trial.settings[column.path]) if column.path in trial.settings else None
                for column in study.columns
            ]
            rows.append((rank, trial.number, float(study.scores[row]), trial.sd, *settings))
        return PlotTable(self.title(), heads, tuple(rows))

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Without what is read, and line by line."""
        pointed, self.pointed = self.pointed, None
        try:
            with self._kept.line_by_line():
                yield
        finally:
            self.pointed = pointed

    def sizeHint(self) -> QSize:
        return QSize(px(416), px(260))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(220), px(150))

    # ---- painting
    def refresh(self) -> None:
        """Draw everything anew: what is shown is another."""
        self._kept.forget()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            if self.is_empty:
                self._paint_empty(painter)
                return
            self._kept.draw(painter)
            self.paint_seen(painter, self._seen())
            self._paint_words(painter)
            if self.chosen_row is not None:
                self.paint_trial(painter, self.chosen_row, chosen=True)
            if self.pointed is not None:
                self.paint_trial(painter, self.pointed, chosen=False)
                self._paint_card(painter, self.pointed)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), color("panel"))
        painter.setFont(current_theme().font("body"))
        painter.setPen(color("muted"))
        room = QRectF(self.rect()).adjusted(px(16), px(8), -px(16), -px(8))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, int(flags), self.sentence())

    def _paint_card(self, painter: QPainter, row: int) -> None:
        """What is read, in the half where the pointer is not."""
        head, lines = self.trial_words(row)
        most = max(1, int((self.height() - px(32)) // px(16)))
        if len(lines) > most:
            lines = [*lines[: most - 1], f"and {len(lines) - most + 1} more"]
        seen = self.visibleRegion().boundingRect()  # less than all where it scrolls
        room = QRectF(seen if not seen.isEmpty() else self.rect())
        room.adjust(px(2), px(2), -px(2), -px(2))
        read_at = self.read_at(row) if self._cursor is None else self._cursor.x()
        left = read_at > room.center().x()
        place = QPointF(room.left() - px(14) if left else room.right() + px(14), room.center().y())
        paint_reading_card(painter, room, place, head, lines)

    def words_height(self) -> int:
        """How much room the sentence takes below the plot, in px."""
        return px(16) * self._sentence_lines() + px(6)

    def _sentence_lines(self) -> int:
        if self.is_empty:
            return 1
        metrics = QFontMetricsF(current_theme().font("caption"))
        room = QRectF(0, 0, max(1, self._seen().width()), 10**4)
        high = metrics.boundingRect(room, int(Qt.TextFlag.TextWordWrap), self.sentence()).height()
        return min(MOST_WORDS, max(1, round(high / metrics.height())))

    def _seen(self) -> QRectF:
        """What is seen of the widget, from left to right: less than all where it scrolls."""
        seen = QRectF(self.rect())
        around = self.parentWidget()
        if around is not None and not self._kept.is_line_by_line:
            seen &= QRectF(around.rect()).translated(-QPointF(self.pos()))
        return seen if seen.width() >= 1 else QRectF(self.rect())

    def _paint_words(self, painter: QPainter) -> None:
        """Write the sentence at the very bottom, whatever part of the plot is seen."""
        painter.setFont(current_theme().font("caption"))
        painter.setPen(color("muted"))
        high = px(16) * self._sentence_lines()
        seen = self._seen()
        room = QRectF(seen.left(), self.height() - high, seen.width(), high)
        flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.drawText(room, int(flags), self.sentence())

    # ---- pointer and keys
    def point(self, row: int | None) -> None:
        """Read the trial of a row."""
        if row != self.pointed:
            self.pointed = row
            if row is None:
                self.setAccessibleDescription(self.sentence())
            else:
                head, lines = self.trial_words(row)
                self.setAccessibleDescription("; ".join((head, *lines)))
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = event.position()
        row = None if self.is_empty else self.row_at(event.position())
        shape = Qt.CursorShape.ArrowCursor if row is None else Qt.CursorShape.PointingHandCursor
        self.setCursor(shape)
        self.point(row)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.is_empty:
            self._choose(self.row_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._cursor = None
        self.point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, study = Qt.Key(event.key()), self.study
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -20,
            Qt.Key.Key_PageDown: 20,
            Qt.Key.Key_Home: -(10**9),
            Qt.Key.Key_End: 10**9,
        }
        if study is None or not len(study):
            super().keyPressEvent(event)
        elif key in steps:
            self.point(int(study.order[self._next_rank(study, steps[key])]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and (
            self.pointed is not None
        ):
            self._choose(self.pointed)
        elif key == Qt.Key.Key_Escape and self.pointed is not None:
            self.point(None)
        else:
            super().keyPressEvent(event)

    def _next_rank(self, study: StudyTable, step: int) -> int:
        now = self.pointed
        if now is None:
            now = self.chosen_row
        if now is None:
            return len(study) - 1 if step == 10**9 else 0
        return min(len(study) - 1, max(0, int(study.ranks[now]) + step))

    def _choose(self, row: int | None) -> None:
        number = self.number_at(row)
        if number is not None:
            self.show_selected(number)
            self.trial_chosen.emit(number)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self.update()  # where it scrolls, the sentence stays in view


def _cell(value: OptionValue) -> object:
    """A value as a cell of a table: numbers stay numbers; what is not there is left empty."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else value_words(value)
