"""A comparison as it grows: the runs on one plot, what came of each, what it says."""

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.core.comparison import Axis, ComparedResult, Variant, result_of, verdict
from app.core.metric_catalog import METRICS_BY_NAME
from app.ui.comparison_control import ComparisonControl, ComparisonState
from app.ui.controls import Button, Label, SegmentedControl
from app.ui.controls.painting import px
from app.ui.controls.progress import ProgressStrip
from app.ui.plots.comparison_plot import ComparisonPlot

HEADS = ("", "best {monitor}", "at epoch", "after updates", "after seconds", "")


class ComparisonDialog(QDialog):
    """Begins at once; ends its trainings when it is left.

    Args:
        title: of the window; `explanation`: what is compared, and why.
        use: called with the variant whose settings are to be the project's.
    """

    def __init__(
        self,
        control: ComparisonControl,
        variants: Sequence[Variant],
        title: str,
        explanation: str,
        use: Callable[[Variant], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.comparison")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._control = control
        self._variants = tuple(variants)
        self._use_variant = use
        self._left = False
        training = variants[0].project.training
        self._monitor = training.early_stopping.monitor
        self._metrics = SegmentedControl(
            [(name, _label(name)) for name in ("loss", *training.metrics[:3])], small=True
        )
        self._metrics.setObjectName("comparison.metric")
        self._metrics.setAccessibleName("What is drawn")
        self._axes = SegmentedControl(
            [("epochs", "Epochs"), ("updates", "Updates"), ("seconds", "Seconds")], small=True
        )
        self._axes.setObjectName("comparison.axis")
        self._axes.setAccessibleName("What it is drawn against")
        for chooser in (self._metrics, self._axes):
            chooser.chosen.connect(lambda _value: self._show_plot())
        self.plot = ComparisonPlot()
        self._explanation = Label(explanation, "body", "muted", wrap=True)
        self._sentence = Label("", "body", wrap=True)
        self._sentence.setObjectName("comparison.sentence")
        self._sentence.setMinimumHeight(px(44))
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._strip = ProgressStrip()
        self._strip.setObjectName("comparison.progress")
        self._strip.setAccessibleName("Progress of the comparison")
        policy = self._strip.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._strip.setSizePolicy(policy)
        self._start = Button("Stop")
        self._start.setObjectName("comparison.start")
        self._start.clicked.connect(self._start_pressed)
        close = Button("Close")
        close.setObjectName("comparison.close")
        close.clicked.connect(self.close)
        self._cells: list[list[Label]] = []
        self._uses: list[Button] = []
        self._lay_out(close)
        control.changed.connect(self._show)
        control.start(self._variants)
        self._show()

    def _lay_out(self, close: Button) -> None:
        choosers = QHBoxLayout()
        choosers.addWidget(self._metrics)
        choosers.addStretch(1)
        choosers.addWidget(Label("against", "body", "muted"))
        choosers.addSpacing(px(8))
        choosers.addWidget(self._axes)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addWidget(self._strip, 1)
        buttons.addSpacing(px(8))
        buttons.addWidget(self._start)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(12))
        column.addWidget(self._explanation)
        column.addLayout(choosers)
        column.addWidget(self.plot, 1)
        column.addLayout(self._results())
        column.addWidget(self._sentence)
        column.addLayout(buttons)
        self.resize(px(760), px(640))

    def _results(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(24))
        grid.setVerticalSpacing(px(4))
        for column, head in enumerate(HEADS):
            label = Label(head.format(monitor=self._monitor), "caption", "muted")
            side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
            grid.addWidget(label, 0, column, side)
        for number, variant in enumerate(self._variants):
            grid.addWidget(Label(variant.label, "cell"), number + 1, 0)
            cells = [Label("", "cell") for _ in HEADS[1:-1]]
            for column, cell in enumerate(cells, 1):
                cell.setObjectName(f"comparison.{number}.{column}")
                grid.addWidget(cell, number + 1, column, Qt.AlignmentFlag.AlignRight)
            use = Button("Use", small=True)
            use.setObjectName(f"comparison.use.{number}")
            use.setAccessibleName(f"Use the settings of the run {variant.label}")
            use.clicked.connect(lambda _checked=False, v=variant: self._use(v))
            grid.addWidget(use, number + 1, len(HEADS) - 1)
            self._cells.append(cells)
            self._uses.append(use)
        grid.setColumnStretch(0, 1)
        return grid

    # ---- what is shown
    def _show(self) -> None:
        state = self._control.state
        self._show_plot()
        results = self._found(state)
        for cells, result in zip(self._cells, results, strict=True):
            for cell, text in zip(cells, _figures(result), strict=True):
                cell.setText(text)
        for use, result in zip(self._uses, results, strict=True):
            use.setEnabled(not state.active and result.value is not None)
        self._start.setText("Stop" if state.active else "Again")
        self._start.setEnabled(state.phase != "stopping")
        self._strip.setVisible(state.active)
        self._strip.show_progress(state.share, spoken=f"{state.share:.0%} done")
        self._sentence.setText(self._words(state, results))
        self._sentence.set_tone("text" if state.failure is None else "error")

    def _show_plot(self) -> None:
        records = self._control.state.records or (None,) * len(self._variants)
        runs = [(v.label, record) for v, record in zip(self._variants, records, strict=True)]
        axis = cast(Axis, self._axes.current())
        self.plot.show_runs(runs, str(self._metrics.current()), axis)

    def _found(self, state: ComparisonState) -> list[ComparedResult]:
        records = state.records or (None,) * len(self._variants)
        return [
            ComparedResult(v.label, None) if record is None
            else result_of(v.label, record, self._monitor)
            for v, record in zip(self._variants, records, strict=True)
        ]  # fmt: skip

    def _words(self, state: ComparisonState, results: Sequence[ComparedResult]) -> str:
        if state.failure is not None:
            return f"{state.failure.happened} {state.failure.how_to_fix}"
        if state.active:
            doing = state.doing or "training"
            return f"{doing[:1].upper()}{doing[1:]}…"
        stopped = "Stopped by you. " if state.stopped else ""
        several = sum(result.value is not None for result in results) > 1
        once = " One run each: another seed may turn a small difference around." * several
        return f"{stopped}{verdict(results, self._monitor)}{once}"

    # ---- what is asked
    def _start_pressed(self) -> None:
        if self._control.state.active:
            self._control.stop()
        else:
            self._control.start(self._variants)

    def _use(self, variant: Variant) -> None:
        self._use_variant(variant)
        self.close()

    def done(self, result: int) -> None:
        """However it is left, the trainings end."""
        if not self._left:
            self._left = True
            self._control.changed.disconnect(self._show)
            self._control.forget()
        super().done(result)


def _label(name: str) -> str:
    kind = METRICS_BY_NAME.get(name)
    return "Loss" if name == "loss" else kind.label if kind else name


def _figures(result: ComparedResult) -> tuple[str, ...]:
    if result.value is None:
        return ("", "", "", "")
    return (
        f"{result.value:.4g}",
        f"{result.epoch:,}",
        f"{result.updates:,}",
        f"{result.seconds:.2f}",
    )
