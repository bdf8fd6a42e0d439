"""ROC, precision over recall, and calibration: one class against all others."""

import numpy as np
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.data.prepared import PreparedData
from app.diagnostics.evaluation.bootstrap import Figure
from app.diagnostics.evaluation.judgement import Judgement
from app.diagnostics.evaluation.score_curves import Calibration, ScoreCurves
from app.ui.controls import ComboBox, Label, Panel
from app.ui.controls.painting import px
from app.ui.evaluate.figure_table import interval_text, value_text
from app.ui.evaluate.samples_panel import LETTERS
from app.ui.pages.data_numbers import short_name
from app.ui.plots.plot_panel import PlotPanel
from app.ui.plots.score_plot import FEW, ScoreLine, ScorePlot

NO_CURVES = "Each curve needs samples of the class and of others in this part."
NO_PROBABILITIES = "The outputs of this network are scores, not probabilities."


class CurvesView(QWidget):
    """Owns which class is looked at."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Judgement | None = None
        self._names: tuple[str, ...] = ()
        self.classes = ComboBox()
        self.classes.setObjectName("evaluate.curves.class")
        self.classes.setAccessibleName("Class against all others")
        self.classes.chosen.connect(lambda _class: self._show())
        self.words = Label("", "body", wrap=True)
        self.words.setObjectName("evaluate.curves.words")
        self.roc = ScorePlot(
            "evaluate.roc", "ROC curve", "false positive rate", "True positive rate"
        )
        self.recall = ScorePlot("evaluate.recall", "Precision and recall", "recall", "Precision")
        self.calibration = ScorePlot(
            "evaluate.calibration", "Calibration", "probability said", "Share that is so"
        )
        self.panels = {
            "roc": PlotPanel("ROC", " ", self.roc),
            "recall": PlotPanel("Precision, recall", " ", self.recall),
            "calibration": PlotPanel("Calibration", " ", self.calibration),
        }
        chooser = Panel()
        chooser.setObjectName("evaluate.curves.chooser")
        line = QHBoxLayout()
        line.setSpacing(px(12))
        line.addWidget(Label("Class", "body", "muted"))
        line.addWidget(self.classes)
        line.addWidget(self.words, 1)
        chooser.body.addLayout(line)
        self.classes.setMinimumWidth(px(160))
        self.classes.setMaximumWidth(px(340))
        grid = QGridLayout()
        grid.setSpacing(px(16))
        for place, panel in enumerate(self.panels.values()):
            grid.addWidget(panel, 0, place)
            grid.setColumnStretch(place, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(16))
        column.addWidget(chooser)
        column.addLayout(grid, 1)

    def show_result(self, data: PreparedData, found: Judgement) -> None:
        """Show the curves of what was found; the same again changes nothing."""
        if found is self._found:
            return
        before = self.classes.current() if self._names == data.summary.class_names else None
        self._found, self._names = found, data.summary.class_names
        options: list[tuple[object, str]] = [
            (one.class_number, self._names[one.class_number]) for one in found.curves
        ]
        self.classes.set_options(options)
        known = [value for value, _ in options]
        self.classes.set_current(before if before in known else (known or [None])[0])
        self._show()

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        chosen = self.classes.current()
        main = next((one for one in found.curves if one.class_number == chosen), None)
        lines = sorted(found.curves, key=lambda one: one is main)
        self.roc.show_lines(
            [ScoreLine(self._name(one), one.roc[:, :2], main=one is main) for one in lines],
            ((0.0, 0.0), (1.0, 1.0)),
        )
        share = main.positives / found.samples if main is not None else 0.0
        self.recall.show_lines(
            [
                ScoreLine(
                    self._name(one), one.precision_recall[:, :2], main=one is main, steps=True
                )
                for one in lines
            ],
            ((0.0, share), (1.0, share)),
        )
        self._show_calibration(None if main is None else main.calibration, main)
        if main is None:
            self.words.setText(NO_CURVES)
            for panel in self.panels.values():
                panel.set_subtitle("")
            return
        self.panels["roc"].set_subtitle(_told("area", main.area))
        self.panels["recall"].set_subtitle(_told("average", main.average_precision))
        name = short_name(self._name(main), LETTERS)
        self.words.setText(
            f"{main.positives:,} of {found.samples:,} samples are of class {name}. "
            "In brackets: 95 % intervals. Dashed: what chance would do; for the calibration, "
            "probabilities that are right (ECE: how far they are off, on average over ten bins); "
            f"numbers: samples of a bin, outlined below {FEW}."
        )

    def _show_calibration(self, told: Calibration | None, main: ScoreCurves | None) -> None:
        panel = self.panels["calibration"]
        if told is None or main is None:
            self.calibration.show_lines(())
            panel.set_subtitle(NO_PROBABILITIES if main is not None else "")
            return
        points = np.column_stack([told.said, told.seen])
        self.calibration.show_lines(
            [ScoreLine(self._name(main), points, main=True, counts=told.counts)],
            ((0.0, 0.0), (1.0, 1.0)),
        )
        panel.set_subtitle(f"Brier {told.brier:.3f}, ECE {told.ece:.3f}")

    def _name(self, one: ScoreCurves) -> str:
        return self._names[one.class_number]


def _told(name: str, figure: Figure) -> str:
    """ "area 0.981 (0.967 to 0.992)"."""
    between = interval_text(figure)
    return f"{name} {value_text(figure)}" + (f" ({between})" if between else "")
