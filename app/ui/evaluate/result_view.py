"""The figures of a part, the matrix or the plot of its answers, and the samples behind them."""

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.core.number_words import counted
from app.data.prepared import PreparedData
from app.diagnostics.evaluation.judgement import LOSS, Judgement
from app.diagnostics.evaluation.number_figures import MOST_TARGETS
from app.ui.controls import ComboBox, Label, SegmentedControl
from app.ui.controls.painting import px
from app.ui.evaluate.figure_table import FigureLine, FigureTable
from app.ui.evaluate.samples_panel import LETTERS, SamplesPanel
from app.ui.pages.data_numbers import short_name
from app.ui.plots.axis import figures_text
from app.ui.plots.confusion_plot import ConfusionPlot
from app.ui.plots.pair_plot import PairPlot
from app.ui.plots.plot_panel import PlotPanel

INTERVALS = "At the right the 95 % interval, by bootstrap over the samples."
NO_WIDTH = (
    "An interval without width (1.00–1.00) means too few samples or errors to tell, not certainty."
)
WEIGHTS = "Each sample counts once, whatever its weight in the training."
_SAME = 1e-3
"""Losses that differ less, relative to them, differ by how they are rounded and summed up."""
NARROW, WIDE = 280, 328
"""Width of the figures, from a narrow window to a wide one."""
MOST_OFFERED = 200
"""So many targets are offered to choose from."""


class ResultView(QWidget):
    """Owns which cell and which target are looked at; all else is shown to it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: PreparedData | None = None
        self._found: Judgement | None = None
        self.figures = FigureTable("evaluate.figures", "Figures")
        self.each = FigureTable("evaluate.each", "Figures of each class")
        self.note = Label("", "caption", "muted", wrap=True)
        self.note.setObjectName("evaluate.note")
        self.overall_panel = PlotPanel("Figures", " ", self.figures)
        self.overall_panel.body.addWidget(self.note)
        self.each_panel = PlotPanel("Each class", " ", self.each)
        self.each.chosen.connect(self._class_pressed)
        self.matrix = ConfusionPlot("evaluate.matrix")
        self.matrix.cell_chosen.connect(self._cell_chosen)
        self.shares = SegmentedControl([("counts", "Counts"), ("rows", "By row")], small=True)
        self.shares.setObjectName("evaluate.matrix.shares")
        self.shares.setAccessibleName("What stands in the cells")
        self.shares.chosen.connect(lambda what: self.matrix.show_shares(what == "rows"))
        self.matrix_panel = PlotPanel("Confusion matrix", " ", self.matrix)
        self.matrix_panel.add_corner(self.shares)
        self.pairs = PairPlot("evaluate.pairs", "Predicted against actual")
        self.targets = ComboBox(small=True)
        self.targets.setObjectName("evaluate.target")
        self.targets.setAccessibleName("Target")
        self.targets.chosen.connect(lambda _target: self._show_pairs())
        self.kind = SegmentedControl(
            [("actual", "Against actual"), ("residuals", "Residuals")], small=True
        )
        self.kind.setObjectName("evaluate.pairs.kind")
        self.kind.setAccessibleName("What is drawn")
        self.kind.chosen.connect(lambda _kind: self._show_pairs())
        self.pairs_panel = PlotPanel("Predicted and actual", " ", self.pairs)
        chooser = QHBoxLayout()
        chooser.setSpacing(px(8))
        chooser.addWidget(self.kind)
        chooser.addWidget(self.targets, 1)
        self._no_targets = QWidget()
        chooser.addWidget(self._no_targets, 1)
        self.pairs_panel.body.insertLayout(self.pairs_panel.body.indexOf(self.pairs), chooser)
        self.samples = SamplesPanel()
        self.samples.all_wanted.connect(lambda: self._cell_chosen(-1, -1))
        self.samples.chosen.connect(self.pairs.set_chosen)
        self.pairs.sample_chosen.connect(self.samples.list.choose_place)
        left = QVBoxLayout()
        left.setSpacing(px(16))
        left.addWidget(self.overall_panel)
        left.addWidget(self.each_panel, 1)
        for panel in (self.overall_panel, self.each_panel):
            panel.setMinimumWidth(px(NARROW))
            panel.setMaximumWidth(px(WIDE))
        self.overall_panel.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._rest = QWidget()
        self._rest.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        left.addWidget(self._rest)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(16))
        row.addLayout(left, 4)
        row.addWidget(self.matrix_panel, 5)
        row.addWidget(self.pairs_panel, 5)
        row.addWidget(self.samples, 4)

    def show_result(
        self, data: PreparedData, found: Judgement, loss_in_run: float | None = None
    ) -> None:
        """Show what was found; the same again changes nothing.

        Args:
            loss_in_run: the loss that the run shows of this part with the same weights, if any.
        """
        if found is self._found and data is self._data:
            return
        self._data, self._found = data, found
        classes, numbers = found.classes, found.numbers
        self.matrix_panel.setVisible(classes is not None)
        self.pairs_panel.setVisible(classes is None)
        each = classes is not None or bool(numbers is not None and numbers.of_targets)
        self.each_panel.setVisible(each)
        self._rest.setVisible(not each)
        self.overall_panel.set_subtitle(counted(found.samples, "sample"))
        self.figures.show_lines([FigureLine(one.name, (one,)) for one in found.figures])
        self.note.setText(_note(data, found, loss_in_run))
        if classes is not None:
            names = data.summary.class_names
            counts = classes.confusion.sum(axis=1)
            self.each_panel.set_title("Each class")
            self.each.show_lines(
                [
                    FigureLine(
                        name,
                        (classes.precision[k], classes.recall[k], classes.f1[k]),
                        f"{int(counts[k]):,}",
                    )
                    for k, name in enumerate(names)
                ],
                ("class", "precision", "recall", "F1", "true"),
                pickable=True,
            )
            self.matrix.show_counts(classes.confusion, names)
        elif numbers is not None:
            self.each_panel.set_title("Each target")
            self.each.show_lines(
                [
                    FigureLine(name, figures)
                    for name, figures in zip(
                        data.summary.target_names, numbers.of_targets, strict=False
                    )
                ],
                ("target", "R2", "MAE", "RMSE"),
            )
            self.targets.set_options(list(enumerate(data.summary.target_names[:MOST_OFFERED])))
            spread = found.truth[:, :MOST_OFFERED].std(axis=0)
            many = len(data.summary.target_names) > MOST_TARGETS
            self.targets.set_current(int(spread.argmax()) if many else 0)
            several = len(data.summary.target_names) > 1
            self.targets.setVisible(several)
            self._no_targets.setVisible(not several)
            self._show_pairs()
        self._show_all()

    def _show_all(self) -> None:
        if self._data is not None and self._found is not None:
            self.samples.show_samples(
                self._data, self._found, self._found.worst, "Worst first", some=False
            )

    def _class_pressed(self, number: int) -> None:
        """A line of the table of classes: the samples that are truly of it and not found."""
        data, found = self._data, self._found
        if data is None or found is None or found.classes is None:
            return
        self.matrix.set_chosen(None)
        places = found.worst[found.truth[found.worst] == number]
        name = data.summary.class_names[number]
        self.samples.show_samples(
            data, found, places, f"All of {short_name(name, LETTERS)}", some=True
        )

    def _cell_chosen(self, true: int, said: int) -> None:
        data, found = self._data, self._found
        if data is None or found is None or found.verdicts.classes is None:
            return
        if true < 0:
            self.matrix.set_chosen(None)
            self._show_all()
            return
        worst = found.worst
        inside = (found.truth[worst] == true) & (found.verdicts.classes[worst] == said)
        names = data.summary.class_names
        title = f"True {short_name(names[true])}, predicted {short_name(names[said])}"
        self.samples.show_samples(data, found, worst[inside], title, some=True)

    def _show_pairs(self) -> None:
        data, found = self._data, self._found
        if data is None or found is None or found.numbers is None:
            return
        target = self.targets.current()
        place = target if isinstance(target, int) else 0
        wanted = np.asarray(found.truth[:, place], np.float64)
        said = found.verdicts.values.reshape(found.samples, -1)[:, place].astype(np.float64)
        if self.kind.current() == "residuals":
            title = "Residuals"
            self.pairs.show_pairs(
                "predicted", "Predicted − actual", said, said - wanted, diagonal=False
            )
        else:
            title = "Predicted and actual"
            self.pairs.show_pairs("actual", "Predicted", wanted, said, diagonal=True)
        self.pairs_panel.set_title(title)
        some = f"{self.pairs.drawn:,} of {found.samples:,} samples drawn"
        self.pairs_panel.set_subtitle(some if self.pairs.drawn < found.samples else "")


def _note(data: PreparedData, found: Judgement, loss_in_run: float | None) -> str:
    texts, told = [INTERVALS], found.figures
    if found.classes is not None:
        texts.append("Precision, recall and F1 are means over the classes (macro).")
        told = (*told, *found.classes.precision, *found.classes.recall)
    elif found.numbers is not None and found.numbers.of_targets:
        texts.append("Means over the targets.")
    if any(one.low is not None and one.low == one.high for one in told):
        texts.append(NO_WIDTH)
    weighted = bool(data.summary.weighted or data.summary.class_weights)
    if weighted:
        texts.append(WEIGHTS)
    mean = next((one.value for one in found.figures if one.name == LOSS), None)
    run = found.metrics.get("loss")
    if isinstance(run, int | float) and mean is not None and abs(run - mean) > _SAME * abs(run):
        left_out = "penalties of weights (L1, L2)" + (" and weights of samples" if weighted else "")
        shown = loss_in_run is not None and abs(loss_in_run - run) <= _SAME * abs(run)
        texts.append(
            f"The mean loss is without {left_out}; with them"
            f"{', as in the run,' if shown else ''} it is {figures_text(float(run))}."
        )
    return " ".join(texts)
