"""The learning curves: loss and a metric over epochs, training and validation, as raw values."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QTimer
from PySide6.QtGui import QPaintEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.best_epoch import BestMark, best_mark
from app.core.metric_catalog import METRICS_BY_NAME, limits_of
from app.core.range_test import short
from app.core.run_record import RateChange, RunRecord
from app.core.short_names import in_sentence
from app.ui.controls import ComboBox, IconButton, PanelHeader
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.axis import value_text
from app.ui.plots.curve_plot import Curve, PlotMarks
from app.ui.plots.curves_menu import CurvesMenu
from app.ui.plots.curves_view import CurvesView
from app.ui.plots.earlier_runs import EarlierRuns, is_validated
from app.ui.plots.history_series import HistorySeries, smoothed
from app.ui.plots.legend import Legend, LegendEntry
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable

EMPTY = "Press Train: the loss of each epoch appears here."
BEGUN = "The training has begun: the loss of each epoch appears here."
FEWEST_MILLISECONDS = 50
"""Curves are drawn anew at most 20 times a second."""
BATCHES_UNTIL = 12
"""Up to this epoch the loss of each batch is drawn, faintly."""


class LearningCurves(Plot):
    """Shows a run and, thin, earlier ones."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves")
        self.setAccessibleName("Learning curves")
        self._series = HistorySeries()
        self._record: RunRecord | None = None
        self.earlier = EarlierRuns()
        self._batches: tuple[tuple[float, float], ...] = ()
        self._metric = ""
        self._log_scale = True
        self._smoothing = 0.0
        self._free = False
        self.header = PanelHeader("Learning curves")
        self.legend = Legend()
        self.legend.setObjectName("curves.legend")
        self.header.add_corner(self.legend)
        self.more_button = IconButton("more", "Scale, smoothing, saving, table")
        self.more_button.setObjectName("curves.more")
        self.header.add_corner(self.more_button)
        self.view = CurvesView(self)
        self.view.setObjectName("curves.plot")
        self.view.setAccessibleName("Learning curves, plot")
        self.view.message = EMPTY
        self.view.setAccessibleDescription(EMPTY)
        self.metric_chooser = ComboBox(small=True, parent=self.view)
        self.metric_chooser.setObjectName("curves.metric")
        self.metric_chooser.setAccessibleName("Metric of the second plot")
        self.metric_chooser.hide()
        self.metric_chooser.chosen.connect(self._metric_chosen)
        self._menu = CurvesMenu(self)
        self.more_button.clicked.connect(lambda: self._menu.open_below(self.more_button))
        self.view.pointed.connect(self._point)
        self.view.moved.connect(self._moved)
        self.view.reset_requested.connect(self.show_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self.view, 1)
        self._since_drawn = QElapsedTimer()
        self._draws_when_seen = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._draw)
        self._draw()

    # ------------------------------------------------------------ what is shown

    def show_history(
        self,
        record: RunRecord,
        previous: Sequence[RunRecord] = (),
        batch_losses: Sequence[tuple[float, float]] = (),
    ) -> None:
        """Show `record`; rows that are there already cost nothing.

        Args:
            previous: earlier runs, drawn thin, oldest first.
            batch_losses: (epochs done, loss) of single batches; drawn while epochs are few.
        """
        anew = self._record is None or len(record.rows) < len(self._series)
        self._record = record
        if self._series.show(record.rows) == len(record.rows) or anew:
            self._free = False
        self.earlier.show(previous)
        self._batches = tuple(batch_losses)
        if record.reason is not None:
            self._draw()  # the end of a run is seen at once
        else:
            self._draw_soon()

    def set_training(self, training: bool) -> None:
        """What stands here until the first epoch is over: how to train, or that it has begun."""
        message = BEGUN if training else EMPTY
        if message != self.view.message:
            self.view.message = message
            self._draw_soon()

    def clear(self) -> None:
        """Show no run."""
        self._record = None
        self.earlier.show(())
        self._series = HistorySeries()
        self._batches = ()
        self._free = False
        self._draw_soon()

    @property
    def log_scale(self) -> bool:
        """Whether the axis of the loss is logarithmic."""
        return self._log_scale

    def set_log_scale(self, logarithmic: bool) -> None:
        self._log_scale = logarithmic
        self._menu.log_action.setChecked(logarithmic)
        self._free = False
        self._draw()

    @property
    def smoothing(self) -> float:
        """Weight of the moving average drawn over the raw curves; 0 for none."""
        return self._smoothing

    def set_smoothing(self, weight: float) -> None:
        self._smoothing = min(0.99, max(0.0, weight))
        self._draw()

    def show_all(self) -> None:
        """All epochs again, after moving or zooming by hand."""
        self._free = False
        self._draw()

    def chosen_metric(self) -> str:
        """Name of the metric in the second plot; "" for none."""
        return self._metric

    def set_metric(self, name: str) -> None:
        self._metric = name
        self._free = False
        self._draw()

    def table(self) -> PlotTable:
        """All values of all epochs."""
        names = self._series.names
        changes: dict[int, list[str]] = {}
        for change in self._record.rate_changes if self._record else ():
            changes.setdefault(change.epoch, []).append(_change_text(change))
        headers = ("epoch", *names, "learning rate", *(["rate set to"] * bool(changes)), "seconds")
        rows = tuple(
            (
                row.epoch,
                *(row.metrics.get(name) for name in names),
                row.learning_rate,
                *(["; ".join(changes.get(row.epoch, ()))] * bool(changes)),
                row.seconds,
            )
            for row in self._series.rows
        )
        return PlotTable("Learning curves", headers, rows)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """While a picture is taken: without button and pointer."""
        self.more_button.hide()
        pointer = self.view.pointer()
        self._point(0)
        try:
            yield
        finally:
            self.more_button.show()
            self._point(pointer or 0)

    # ------------------------------------------------------------ drawing

    def _draw_soon(self) -> None:
        if not self.isVisible():
            self._draws_when_seen = True  # a hidden page takes no time from a training
            return
        waited = self._since_drawn.elapsed()
        if waited >= FEWEST_MILLISECONDS or self.view.shown == 0:
            self._draw()
        elif not self._later.isActive():
            self._later.start(FEWEST_MILLISECONDS - waited)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._draws_when_seen:
            self._draw()

    def _draw(self) -> None:
        self._later.stop()
        self._draws_when_seen = False
        self._since_drawn.start()
        metrics = metric_names(self._series.names)
        if self._metric not in metrics:
            self._metric = metrics[0] if metrics else ""
        loss, metric = self.view.plots
        empty = len(self._series) == 0 and not self._batches
        self._show_chooser(metrics if not empty else ())
        loss.title, loss.log_scale = "Loss", self._log_scale
        several = len(metrics) > 1
        metric.title = "" if several else metric_label(self._metric)
        metric.limits = limits_of(self._metric)
        loss.set_curves([] if empty else self._curves("loss"))
        metric.set_curves(self._curves(self._metric) if self._metric else [])
        self._set_marks()
        count = 0 if empty else 2 if self._metric else 1
        if count != self.view.shown:
            self.view.show_plots(count)
        if not self._free and not empty:
            for plot in self.view.plots[:count]:
                plot.fit(self._epoch_range())
        self._show_legend()
        self._describe()
        self._point(self.view.pointer() or 0)
        self.view.refresh()
        self._place_chooser()

    def _curves(self, name: str) -> list[Curve]:
        curves = self.earlier.curves(name, self._series)
        if name == "loss" and self._batches and len(self._series) < BATCHES_UNTIL:
            finite = [b for b in self._batches if all(map(math.isfinite, b))]
            x, y = np.array(finite, dtype=float).reshape(-1, 2).T
            curves.append(Curve(x, y, "muted", 1.0, opacity=0.35))
        for key, ink, width, strong in (
            (name, "muted", 1.5, False),
            (f"val_{name}", "accent", 2.0, True),
        ):
            x, y = self._series.column(key)
            label = value_text(float(y[-1])) if len(y) else ""
            if self._smoothing > 0 and len(y):
                curves.append(Curve(x, y, ink, width, opacity=0.3))
                soft = smoothed(y, self._smoothing)
                curves.append(Curve(x, soft, ink, width, counts_for_range=False))
                curves.append(Curve(x[-1:], y[-1:], ink, width, label, strong, "dot"))
            else:
                curves.append(Curve(x, y, ink, width, label, strong, "dot"))
        return curves

    def _epoch_range(self) -> tuple[float, float]:
        rows, record = self._series.rows, self._record
        last = max(rows[-1].epoch if rows else 1, self.earlier.last_epoch)
        first = 1.0
        if self._batches and len(rows) < BATCHES_UNTIL:
            first = 0.0
            last = max(last, math.ceil(self._batches[-1][0]))
        shade = self._patience()
        furthest = last
        if shade is not None:
            # A long patience must not press the curves into a corner.
            furthest = max(last, min(shade[1], max(20, math.ceil(1.5 * last))))
        end = math.ceil(furthest * 1.1)
        if record is not None:
            end = min(max(end, 10), max(_planned(record), last))
        return first, max(end, first + 1)

    def _patience(self) -> tuple[int, int] | None:
        """Best epoch and the last that is allowed; None when early stopping waits for nothing."""
        record = self._record
        if record is None or record.best_epoch == 0 or not record.rows:
            return None
        training = record.project.training
        if not training.early_stopping.enabled or record.reason == "finished":
            return None
        # Not counted from the best epoch: a run that is continued gets its whole patience anew.
        left = max(training.early_stopping.patience, 1) - _waited(record)
        last = min(record.rows[-1].epoch + left, _planned(record))
        return record.best_epoch, max(record.best_epoch, last)

    def _set_marks(self) -> None:
        loss, metric = self.view.plots
        loss.marks, metric.marks = PlotMarks(), PlotMarks()
        record = self._record
        if record is not None:
            loss.marks.changes = tuple(
                (_place_of(change, record), f"rate {short(change.rate)}")
                for change in record.rate_changes
            )
            loss.marks.patience = metric.marks.patience = self._patience()
            mark = best_mark(record, self._points)
            if mark is not None:
                self._mark_best(mark)
        self._mark_end()

    def _points(self, name: str) -> tuple[Sequence[float], Sequence[float]]:
        epochs, values = self._series.column(name)
        return epochs.tolist(), values.tolist()

    def _mark_best(self, mark: BestMark) -> None:
        """The epoch whose weights the model has, in both plots; else a ring on the curve alone."""
        loss, metric = self.view.plots
        watched = mark.monitor.removeprefix("val_")
        for plot, name in ((loss, "loss"), (metric, self._metric)):
            if not mark.kept and watched != name:
                continue
            shown = mark.monitor if watched == name else f"val_{name}"
            value = self._series.value(shown, mark.epoch)
            if value is None:
                value = self._series.value(name, mark.epoch)
            plot.marks.best, plot.marks.best_kept = (mark.epoch, value), mark.kept
        words = f"{mark.word}: epoch {mark.epoch:,}"
        if mark.value is not None:
            words += f", {value_text(mark.value)}"
        if watched not in ("loss", self._metric):
            words += f" {in_sentence(metric_label(watched))}"
        beside = metric if watched == self._metric and self._metric else loss
        beside.marks.best_text, beside.marks.best_kept = words, mark.kept
        beside.marks.best = beside.marks.best or (mark.epoch, None)

    def _mark_end(self) -> None:
        record = self._record
        if record is None or not self._series.rows:
            return
        last = self._series.rows[-1].epoch
        shade = self._patience()
        words = {
            "stopped": f"stopped by you at {last:,}",
            "early_stopping": f"stopped early at {last:,}",
            "diverged": f"diverged at {last:,}",
        }.get(record.reason or "", "")
        if record.reason is None and shade is not None:
            patience = record.project.training.early_stopping.patience
            words = f"patience {_waited(record):,} of {patience:,}"
        foot = self.view.plots[1 if self._metric else 0].marks
        foot.foot_text = words
        foot.foot_token = "error" if record.reason == "diverged" else "accent"

    def _show_legend(self) -> None:
        entries = [LegendEntry("training", "muted", 1.5)]
        if is_validated(self._series):
            entries.append(LegendEntry("validation", "accent", 2.0))
        self.legend.show_entries([*entries, *self.earlier.legend(self._series)])

    def _describe(self) -> None:
        rows = self._series.rows
        if not rows:
            text = self.view.message
        else:
            values = ", ".join(
                f"{name} {value_text(float(v))}"
                for name, v in rows[-1].metrics.items()
                if isinstance(v, (int, float))
            )
            text = f"Epoch {rows[-1].epoch}: {values}."
            best = self.view.plots[0].marks.best_text or self.view.plots[1].marks.best_text
            text += f" {best}." if best else ""
            if below := self.view.plots[0].below:
                text += f" A loss of {below} stands at the lower edge of the logarithmic axis."
            changes = self._record.rate_changes if self._record else ()
            if changes:
                last = changes[-1]
                text += f" Learning rate set to {_change_text(last)} of epoch {last.epoch:,}."
        if text != self.view.accessibleDescription():
            self.view.setAccessibleDescription(text)

    # ------------------------------------------------------------ choosing and pointing

    def _show_chooser(self, metrics: Sequence[str]) -> None:
        several = len(metrics) > 1
        if several:
            entries = [(name, metric_label(name)) for name in metrics]
            known = [self.metric_chooser.itemData(i) for i in range(self.metric_chooser.count())]
            if known != list(metrics):
                self.metric_chooser.set_options(entries)
            if self.metric_chooser.current() != self._metric:
                self.metric_chooser.set_current(self._metric)
        self.metric_chooser.setVisible(several)

    def _place_chooser(self) -> None:
        if self.metric_chooser.isHidden():
            self.view.plots[1].beside_head = 0.0
            return
        rect = self.view.plots[1].rect
        size = self.metric_chooser.sizeHint()
        self.view.plots[1].beside_head = float(size.width())
        self.metric_chooser.setGeometry(
            round(rect.left()),
            round(rect.top()) - px(2) - size.height(),
            size.width(),
            size.height(),
        )

    def _metric_chosen(self, value: object) -> None:
        self.set_metric(str(value))

    def _moved(self) -> None:
        self._free = True

    def _point(self, epoch: int) -> None:
        rows = self._series.rows
        loss, metric = self.view.plots
        if epoch < 1 or not rows:
            loss.marks.pointer = metric.marks.pointer = None
            self.view.set_pointer(None, ())
            return
        epoch = min(max(epoch, rows[0].epoch), rows[-1].epoch)
        lines = [f"epoch {epoch:,}"]
        for plot, name in ((loss, "loss"), (metric, self._metric)):
            plot.marks.pointer = epoch
            plot.marks.pointer_values = []
            for key, ink in ((name, "muted"), (f"val_{name}", "accent")):
                value = self._series.value(key, epoch) if name else None
                if value is not None:
                    lines.append(f"{key} {value_text(value)}")
                    plot.marks.pointer_values.append((value, color(ink)))
        self.view.set_pointer(epoch, lines)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._place_chooser()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            if hasattr(self, "_later"):
                self._draw()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))


def _place_of(change: RateChange, record: RunRecord) -> float:
    """How many epochs were done when the rate was changed."""
    return change.epoch - 1 + change.step / max(record.steps_per_epoch, change.step, 1)


def _change_text(change: RateChange) -> str:
    """The change in words, for tables and screen readers."""
    whom = "by you" if change.by == "you" else "on a plateau"
    return f"{short(change.rate)} after step {change.step:,}, {whom}"


def _planned(record: RunRecord) -> int:
    """The last epoch planned; a record of an earlier version knows only the settings."""
    return record.planned or record.project.training.epochs


def _waited(record: RunRecord) -> int:
    """Epochs that early stopping has counted without a better one."""
    return record.waited if record.planned else record.rows[-1].epoch - record.best_epoch


def metric_names(names: Sequence[str]) -> tuple[str, ...]:
    """The metrics among the names of a history: neither the loss nor the validation's own."""
    plain = [name.removeprefix("val_") for name in names]
    return tuple(name for name in dict.fromkeys(plain) if name != "loss")


def metric_label(name: str) -> str:
    """What the screen calls a metric: the catalog's label, else its name in words."""
    kind = METRICS_BY_NAME.get(name)
    if kind is not None:
        return kind.label
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
