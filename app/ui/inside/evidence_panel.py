"""A panel that draws one piece of evidence, whatever its kind."""

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.core.advisor.figures import ActivationFigure, CurvesFigure, Figure, SpansFigure
from app.ui.controls import Panel
from app.ui.plots.activation_pair_plot import ActivationPairPlot
from app.ui.plots.evidence_plot import EvidencePlot
from app.ui.plots.plot_panel import PlotButton
from app.ui.plots.spans_plot import SpansPlot


class EvidencePanel(Panel):
    """Title, what the axes are, the plot for the kind of figure, and its menu."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__("Evidence", " ", parent)
        self.setObjectName(name)
        self.curves = EvidencePlot(f"{name}.curves")
        self.spans = SpansPlot(f"{name}.spans")
        self.activation = ActivationPairPlot(f"{name}.activation")
        self.stack = QStackedWidget()
        for plot in (self.curves, self.spans, self.activation):
            self.stack.addWidget(plot)
        self.stack.setMinimumHeight(self.curves.minimumSizeHint().height())
        self.more_button = PlotButton(name)
        self.add_corner(self.more_button)
        self.body.addWidget(self.stack, 1)

    @property
    def plot(self) -> EvidencePlot | SpansPlot | ActivationPairPlot:
        """The plot that is shown."""
        shown = self.stack.currentWidget()
        assert isinstance(shown, (EvidencePlot, SpansPlot, ActivationPairPlot))
        return shown

    def show_figure(self, figure: Figure, shown_epoch: int | None = None) -> None:
        """Draw `figure`; `shown_epoch` is marked where epochs are an axis."""
        assert self.header is not None
        self.header.set_title(figure.title)
        self.header.set_subtitle(figure.note)
        self.more_button.set_subject(figure.title)
        match figure:
            case CurvesFigure():
                self.stack.setCurrentWidget(self.curves)
                self.curves.show_figure(figure, shown_epoch)
            case SpansFigure():
                self.stack.setCurrentWidget(self.spans)
                self.spans.show_figure(figure)
            case ActivationFigure():
                self.stack.setCurrentWidget(self.activation)
                self.activation.show_figure(figure)
        self.more_button.set_plot(self.plot)
