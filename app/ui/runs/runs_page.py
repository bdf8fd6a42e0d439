"""The page Runs: the list, the curves of what is chosen, and what is known of it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from app.core.metric_catalog import METRICS_BY_NAME
from app.core.run_record import RunRecord
from app.journal.entries import Entry
from app.ui.controls import ComboBox, EmptyState
from app.ui.controls.painting import px
from app.ui.failures import Failure
from app.ui.plots.comparison_plot import ComparisonPlot
from app.ui.plots.plot_panel import PlotPanel
from app.ui.runs.run_details import RunDetails
from app.ui.runs.runs_table import RunsTable
from app.ui.window.surface import Surface

Curves = Sequence[tuple[str, RunRecord]]


class RunsPage(Surface):
    """Passive.

    Signals:
        seen(bool): the page came to the front, or went.
        again_pressed(): the journal could not be opened, and is to be tried again.
    """

    seen = Signal(bool)
    again_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", (), parent)
        self.setObjectName("page.runs")
        self.list = RunsTable()
        self.list.setObjectName("runs.list")
        self.plot = ComparisonPlot()
        self.plot.setObjectName("runs.plot")
        self.plot.setMinimumHeight(px(120))
        self.metric_field = ComboBox([("loss", "Loss")], small=True)
        self.metric_field.setObjectName("runs.metric")
        self.metric_field.setAccessibleName("What is drawn")
        self.metric_field.setFixedWidth(px(150))
        self.metric_field.chosen.connect(lambda name: self._choose(str(name)))
        self.curves = PlotPanel("Curves", " ", self.plot)
        self.curves.setObjectName("runs.curves")
        self.curves.add_corner(self.metric_field)
        self.details = RunDetails()
        self._curves: Curves = ()
        self._metric = "loss"
        self._names: tuple[str, ...] = ("loss",)
        self.empty = EmptyState(
            "runs",
            "No run is in the journal yet.",
            hint="Every training of the bench, of a race, of a search and of the command line is "
            "kept here: its settings, seed, curves and results. Choose data, then press Train.",
        )
        self.empty.setObjectName("runs.empty")
        self.broken = EmptyState("warning", "The journal cannot be read.", "Try again", hint=" ")
        self.broken.setObjectName("runs.broken")
        self.broken.triggered.connect(self.again_pressed)
        self._content = QWidget()
        self._waiting = QWidget()
        self._stack = QStackedLayout(self)
        for widget in (self._waiting, self._content, self.empty, self.broken):
            self._stack.addWidget(widget)
        self._lay_out()

    @property
    def resting_place(self) -> QWidget:
        """Takes the focus when what had it is gone."""
        return self.list.table

    # ---- what is shown
    def show_runs(self, entries: Sequence[Entry], counts: str) -> None:
        """Show what is in the journal."""
        self.list.show_runs(entries)
        self.list.show_counts(counts)
        self._stack.setCurrentWidget(self._content if entries else self.empty)

    def show_failure(self, failure: Failure) -> None:
        """The journal cannot be used."""
        self.broken.sentence.setText(failure.happened)
        self.broken.hint.setText(f"{failure.expected} {failure.how_to_fix}")
        self.broken.hint.show()
        self.broken.setAccessibleName(failure.happened)
        self._stack.setCurrentWidget(self.broken)

    def show_curves(self, curves: Curves, subtitle: str) -> None:
        """Draw these runs on one plot; `subtitle` says what is left out."""
        self._curves = curves
        names = dict.fromkeys(
            name.removeprefix("val_")
            for _, record in curves
            for row in record.rows[:1]
            for name in row.metrics
        )
        self._names = tuple(names) or ("loss",)
        if self._metric not in self._names:
            self._metric = self._names[0]
        self.metric_field.set_options([(name, _metric_words(name)) for name in self._names])
        self.metric_field.set_current(self._metric)
        self.metric_field.setEnabled(bool(curves))
        self.curves.set_subtitle(subtitle or " ")
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)

    # ---- inside
    def _choose(self, name: str) -> None:
        self._metric = name
        self._draw()

    def _draw(self) -> None:
        self.plot.show_runs(self._curves, self._metric, "epochs")

    def _lay_out(self) -> None:
        right = QSplitter(Qt.Orientation.Vertical)
        right.setObjectName("runs.right")
        right.addWidget(self.curves)
        right.addWidget(self.details)
        right.setSizes([px(300), px(360)])
        whole = QSplitter(Qt.Orientation.Horizontal)
        whole.setObjectName("runs.splitter")
        whole.addWidget(self.list)
        whole.addWidget(right)
        whole.setStretchFactor(0, 3)
        whole.setStretchFactor(1, 2)
        whole.setSizes([px(700), px(470)])
        for splitter in (right, whole):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(px(12))
            splitter.setStyleSheet("QSplitter::handle { background: transparent; }")
        self.list.setMinimumWidth(px(380))
        right.setMinimumWidth(px(360))
        column = QVBoxLayout(self._content)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.addWidget(whole)


def _metric_words(name: str) -> str:
    kind = METRICS_BY_NAME.get(name)
    return "Loss" if name == "loss" else kind.label if kind else name
