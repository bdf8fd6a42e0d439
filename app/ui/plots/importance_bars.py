"""How much each searched option decides the score, as bars."""

from PySide6.QtWidgets import QWidget

from app.core.number_words import counted
from app.search.importance import Importances
from app.ui.controls import Label, plain_tool_tip
from app.ui.plots.named_bars import Bar, NamedBars
from app.ui.plots.plot_table import PlotTable

TOGETHER = "In combination"


class ImportanceBars(NamedBars):
    """The largest share first; below them over how many trials, and what cannot be told."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, "Importance", parent)
        self.result: Importances | None = None
        self.sentence = Label("", "caption", "muted", wrap=True)
        self.sentence.setObjectName(f"{name}.sentence")
        layout = self.layout()
        assert layout is not None
        layout.addWidget(self.sentence)
        self.show_nothing("")

    def show_nothing(self, sentence: str) -> None:
        """No bars, and why."""
        self.result = None
        self._show((), sentence)

    def show_importance(self, result: Importances) -> None:
        """Show these shares."""
        self.result = result
        told = [row for row in result.rows if row.share is not None]
        bars = [
            Bar(
                row.label,
                row.share or 0.0,
                note=f"over {counted(row.trials, 'trial')}, ± {row.sd:.2g} between the trees",
                ink="accent",
            )
            for row in told
        ]
        if result.together is not None and len(told) > 1:
            note = "what no option explains alone"
            bars.append(Bar(TOGETHER, result.together, note=note))
        self._show(tuple(bars), result.sentence)

    def table(self) -> PlotTable:
        """A row for each option; the last one for what they explain only together."""
        heads = ("option", "path", "share of variance", "sd", "trials")
        if self.result is None:
            return PlotTable("Importance", heads, ())
        rows: list[tuple[object, ...]] = [
            (row.label, row.path, row.share, None if row.share is None else row.sd, row.trials)
            for row in self.result.rows
        ]
        if self.result.together is not None:
            rows.append((TOGETHER, None, self.result.together, None, self.result.trials))
        return PlotTable("Importance", heads, tuple(rows))

    def _show(self, bars: tuple[Bar, ...], sentence: str) -> None:
        self.lines.setVisible(bool(bars))
        self.show_bars("Importance", "share of variance", bars, reach=1.0, shares=True)
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.sentence.setToolTip(plain_tool_tip(sentence))
        self.setAccessibleDescription(sentence)
