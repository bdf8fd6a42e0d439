"""Compared runs as they grow: all on one plot, what came of each, what it says."""

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.core.comparison import (
    Axis,
    ComparedResult,
    Variant,
    common_level,
    metric_words,
    reached,
    result_of,
    speed_words,
    verdict,
)
from app.core.metric_catalog import METRICS_BY_NAME
from app.core.run_record import RunRecord
from app.ui.comparison_control import ComparisonState
from app.ui.controls import Button, CheckBox, EmptyState, Label, SegmentedControl
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.plots.comparison_plot import ComparisonPlot
from app.ui.plots.series_mark import SeriesMark

HEADS = (
    "best\n{monitor}", "at\nepoch", "after\nupdates", "after\nseconds", "seconds to\n{level}"
)  # fmt: skip
NOTHING = "Nothing was trained yet."
LOG_TIP = (
    "Stretch the beginning of the axis across: each step is ten times the one before, so that runs "
    "of very different length can be told apart. What is before the first step (0) stands at its "
    "left edge, joined by a dashed line. The axis up is logarithmic by itself where its values "
    "are far apart."
)
NAME_WIDTH = 80
"""Of a name in the table at least."""
MOST_ROWS = 4
"""So many rows of the table are seen at once."""


class ComparisonView(QWidget):
    """Passive.

    Args:
        name: before the names of what is in it ("comparison.axis").
        empty: said before anything was trained: what there will be, and what to do.

    Signals:
        use_requested(int): the settings of this variant are wanted.
    """

    use_requested = Signal(int)

    def __init__(self, name: str, empty: str = NOTHING, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._state = ComparisonState()
        self._variants: tuple[Variant, ...] = ()
        self._metrics: SegmentedControl | None = None
        self._axes = SegmentedControl(
            [("epochs", "Epochs"), ("updates", "Updates"), ("seconds", "Seconds")], small=True
        )
        self._axes.setObjectName(f"{name}.axis")
        self._axes.setAccessibleName("What it is drawn against")
        self._axes.chosen.connect(lambda _value: self._axis_chosen())
        self._log_on: dict[str, bool] = {"epochs": False, "updates": True, "seconds": True}
        self._log = CheckBox("log axis")
        self._log.setToolTip(LOG_TIP)
        self._log.setObjectName(f"{name}.log")
        self._log.setAccessibleName("Logarithmic axis across")
        self._log.chosen.connect(self._choose_log)
        self.plot = ComparisonPlot()
        self.plot.setObjectName(f"{name}.plot")
        self.plot.setMinimumHeight(px(180))
        self.empty = EmptyState("inside", empty)
        self.empty.setObjectName(f"{name}.empty")
        self.empty.hide()
        self._sentence = Label("", "body", wrap=True)
        self._sentence.setObjectName(f"{name}.sentence")
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._cells: list[list[Label]] = []
        self._uses: list[Button] = []
        self._heads: list[Label] = []
        self._bar = QWidget()
        self._choosers = QHBoxLayout(self._bar)
        self._choosers.setContentsMargins(0, 0, 0, 0)
        self._choosers.addStretch(1)
        self._choosers.addWidget(Label("against", "body", "muted"))
        self._choosers.addSpacing(px(8))
        self._choosers.addWidget(self._axes)
        self._choosers.addSpacing(px(8))
        self._choosers.addWidget(self._log)
        self._scroll = ClearScroll()
        self._scroll.setObjectName(f"{name}.results")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self.empty, 1)
        column.addWidget(self._bar)
        column.addWidget(self.plot, 1)
        column.addWidget(self._scroll)
        column.addWidget(self._sentence)

    # ---- what is shown
    def show_variants(self, variants: Sequence[Variant]) -> None:
        """Show who is compared: a row of the table for each."""
        if tuple(variants) == self._variants and self._cells:
            return
        self._variants = tuple(variants)
        training = variants[0].project.training
        names = ("loss", *training.metrics[:3])
        before = self._metrics.current() if self._metrics is not None else None
        watched = training.early_stopping.monitor.removeprefix("val_")
        first = before if before in names else watched if watched in names else "loss"
        fresh = SegmentedControl([(name, _label(name)) for name in names], first, small=True)
        fresh.setObjectName(f"{self._name}.metric")
        fresh.setAccessibleName("What is compared")
        fresh.chosen.connect(lambda _value: self._show())
        if self._metrics is not None:
            self._choosers.removeWidget(self._metrics)
            self._metrics.deleteLater()
        self._metrics = fresh
        self._choosers.insertWidget(0, fresh)
        self._scroll.setWidget(self._table())

    def _table(self) -> QWidget:
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, px(4), 0)
        grid.setHorizontalSpacing(px(14))
        grid.setVerticalSpacing(px(4))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._heads, self._cells, self._uses = [], [], []
        for column, _ in enumerate(HEADS, 2):
            head = Label("\n", "caption", "muted")
            head.setAlignment(right)
            grid.addWidget(head, 0, column, right)
            self._heads.append(head)
        for number, variant in enumerate(self._variants):
            name = Label(variant.label, "cell", elide=True)
            name.setObjectName(f"{self._name}.{number}.0")
            name.setMinimumWidth(px(NAME_WIDTH))
            marked = QHBoxLayout()
            marked.setSpacing(px(6))
            marked.addWidget(SeriesMark(number))
            marked.addWidget(name, 1)
            grid.addLayout(marked, number + 1, 1)
            cells = [Label("", "cell") for _ in HEADS]
            for column, cell in enumerate(cells, 1):
                cell.setObjectName(f"{self._name}.{number}.{column}")
                grid.addWidget(cell, number + 1, column + 1, right)
            use = Button("Use", small=True)
            use.setObjectName(f"{self._name}.use.{number}")
            use.setAccessibleName(f"Use the settings of the run {variant.label}")
            use.setToolTip("Put these settings on the bench, as one step that can be undone")
            use.clicked.connect(lambda _checked=False, n=number: self.use_requested.emit(n))
            grid.addWidget(use, number + 1, len(HEADS) + 2)
            self._cells.append(cells)
            self._uses.append(use)
        grid.setColumnStretch(1, 1)
        whole, rows = page.sizeHint().height(), len(self._variants)
        row = (whole - px(34)) / rows
        self._scroll.setFixedHeight(min(whole, round(px(34) + MOST_ROWS * row)))
        return page

    def show_state(self, state: ComparisonState) -> None:
        """Show how far it is; `state.variants`, if any, are those of `show_variants`."""
        self._state = state
        self._show()

    def _show(self) -> None:
        state, monitor = self._state, self.monitor
        begun = state.active or any(record is not None for record in self._records())
        for widget in (self._bar, self.plot, self._scroll):
            widget.setVisible(begun)
        self.empty.setVisible(not begun and state.failure is None)
        self._show_plot()
        results = [
            ComparedResult(variant.label, None)
            if record is None
            else result_of(variant.label, record, monitor)
            for variant, record in zip(self._variants, self._records(), strict=True)
        ]
        level = common_level(results, monitor)
        firsts = [
            None
            if record is None or level is None
            else reached(variant.label, record, monitor, level)
            for variant, record in zip(self._variants, self._records(), strict=True)
        ]
        shown = "…" if level is None else f"{level:.4g}"
        for head, text in zip(self._heads, HEADS, strict=True):
            head.setText(text.format(monitor=metric_words(monitor), level=shown))
        self._scroll.setMinimumWidth(self._scroll.needed_width() + px(8))
        for cells, result, first in zip(self._cells, results, firsts, strict=True):
            for cell, text in zip(cells, _figures(result, first), strict=True):
                cell.setText(text)
        for use, result in zip(self._uses, results, strict=True):
            use.setEnabled(not state.active and result.value is not None)
        known = [first for first in firsts if first is not None]
        everyone = len(known) == len(firsts)
        speed = "" if level is None else speed_words(known, monitor, level, everyone=everyone)
        self._sentence.setText(self._words(results, speed))
        self._make_room()
        self._sentence.set_tone("text" if state.failure is None else "error")

    def _show_plot(self) -> None:
        runs = [(v.label, r) for v, r in zip(self._variants, self._records(), strict=True)]
        self.plot.show_runs(
            runs,
            self.drawn,
            cast(Axis, self._axes.current()),
            log_across=self._log.isChecked(),
            starts=self._state.starts if self._state.variants == self._variants else (),
        )

    def _axis_chosen(self) -> None:
        """By updates and seconds runs of different batches are of very different length."""
        self._log.setChecked(self._log_on[str(self._axes.current())])
        self._show_plot()

    def _choose_log(self, value: object) -> None:
        self._log_on[str(self._axes.current())] = bool(value)
        self._show_plot()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """All lines of the sentence are seen: what scrolls around this asks for least heights."""
        self._sentence.setMinimumHeight(self._sentence.heightForWidth(self.width()))

    def show_axis(self, axis: Axis) -> None:
        """Draw against another axis."""
        self._axes.set_current(axis)
        self._axis_chosen()

    @property
    def drawn(self) -> str:
        """What is drawn."""
        return str(self._metrics.current()) if self._metrics is not None else "loss"

    @property
    def monitor(self) -> str:
        """What is compared: the metric over the validation part, where there is one."""
        name = f"val_{self.drawn}"
        rows = [record.rows[-1] for record in self._records() if record is not None and record.rows]
        return self.drawn if rows and not any(name in row.metrics for row in rows) else name

    def _records(self) -> Sequence[RunRecord | None]:
        if self._state.variants != self._variants:
            return (None,) * len(self._variants)
        return self._state.records

    def _words(self, results: Sequence[ComparedResult], speed: str) -> str:
        state = self._state
        if state.failure is not None or state.active:
            return state.words or self._who()
        if not any(record is not None for record in self._records()):
            return ""
        stopped = "Stopped by you. " if state.stopped else ""
        several = sum(result.value is not None for result in results) > 1
        once = " One run each: another seed may turn a small difference around." * several
        speed = f"\n{speed}" if speed else ""
        return f"{stopped}{verdict(results, self.monitor)}{speed}{self._endings()}{once}"

    def _endings(self) -> str:
        """Who did not come to the end of its epochs, and why."""
        told = [
            f" {variant.label[:1].upper()}{variant.label[1:]}: {record.sentence}"
            for variant, record in zip(self._variants, self._records(), strict=True)
            if record is not None and record.reason in ("stopped", "diverged")
        ]
        return "" if self._state.stopped else "".join(told)

    def _who(self) -> str:
        """Who is training."""
        begun = [record for record in self._records() if record is not None]
        number = max(1, len(begun))
        label = self._variants[number - 1].label
        return f"Training {label}, {number} of {len(self._variants)}…"


def _label(name: str) -> str:
    kind = METRICS_BY_NAME.get(name)
    return "Loss" if name == "loss" else kind.label if kind else name


def _figures(result: ComparedResult, first: ComparedResult | None) -> tuple[str, ...]:
    if result.value is None:
        return ("",) * len(HEADS)
    return (
        f"{result.value:.4g}",
        f"{result.epoch:,}",
        f"{result.updates:,}",
        f"{result.seconds:.2f}",
        "" if first is None else f"{first.seconds:.3g}",
    )
