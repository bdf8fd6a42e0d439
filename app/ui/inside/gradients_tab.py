"""How much of the gradient reaches each layer, and how much each layer moves."""

import numpy as np
from PySide6.QtWidgets import QGridLayout

from app.core.run_findings import VANISHED_SHARE
from app.ui.controls import Label, NoticeCard, Panel
from app.ui.controls.painting import px
from app.ui.inside.health_series import HealthSeries
from app.ui.inside.looking import Looking
from app.ui.inside.scrolled import scrolled
from app.ui.inside.tab import Tab
from app.ui.plots.axis import figures_text
from app.ui.plots.layer_bars_plot import LayerBarsPlot
from app.ui.plots.layer_lines import Band, LayerLines
from app.ui.plots.layer_lines_plot import LayerLinesPlot
from app.ui.plots.plot_panel import PlotPanel

MEANING = (
    "Vanishing: going back from the loss, each layer multiplies the gradient by its weights and by "
    "the slope of its activation, and where those products stay far below 1 almost nothing is left "
    "for the first layers to learn from."
)
USUAL = (
    "Usual: about 0.001, a rule of thumb of Karpathy's CS231n notes. Far below it a layer hardly "
    "moves, far above it jumps."
)
USUAL_RATIO = 1e-3
USUAL_FACTOR = 10**0.5
"""How far from `USUAL_RATIO` still counts as about as much, either way."""
NO_LAYERS = "No layer of this network has weights that are trained, so none gets a gradient."
NO_EPOCH = "Gradients are measured at the last step of each epoch: none is done yet."
NOT_MEASURED = (
    "No gradients are known of this run: it was trained on several devices at once, or comes from "
    "an older file. Train it again to see them."
)
REOPENED = "Only the last epoch is known: the history is not part of a project file."
BEFORE = "Before the first epoch no step was done, so there is no gradient to show."
LEAST_HEIGHT = (260, 200)
"""Of each row of panels, in px."""


class GradientsTab(Tab):
    """Gradient norms and update ratios over the epochs, and after one of them."""

    name = "gradients"
    label = "Gradients"
    sentence = (
        "How large the gradient of the loss is in each layer: a layer that gets a thousandth of "
        "what the last one gets learns a thousand times as slowly."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self.series = HealthSeries()
        self.norms = LayerLinesPlot(
            "inside.gradients.norms",
            "Gradient norm",
            title="L2 norm of the gradient at the last step of each epoch",
            logarithmic=True,
        )
        self.ratios = LayerLinesPlot(
            "inside.gradients.ratios",
            "Update to weight",
            title="Norm of the update to norm of the weights",
            logarithmic=True,
        )
        self.bars = LayerBarsPlot("inside.gradients.bars")
        self.warning = NoticeCard("warning", " ", " ")
        self.warning.setObjectName("inside.gradients.warning")
        self.words = Label("", "body", wrap=True)
        self.words.setObjectName("inside.gradients.words")
        self.meaning = Label(MEANING, "caption", "muted", wrap=True)
        self.usual = Label(USUAL, "caption", "muted", wrap=True)
        for plot in (self.norms, self.ratios):
            plot.epoch_chosen.connect(looking.look_near)
        self._arrange()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(px(16))
        grid.addWidget(PlotPanel("Gradient norm of each layer", "", self.norms), 0, 0)
        moves = PlotPanel("Size of an update beside the weights", "", self.ratios)
        moves.body.addWidget(self.usual)
        grid.addWidget(moves, 0, 1)
        grid.addWidget(PlotPanel("At the epoch that is shown", "", self.bars), 1, 0)
        says = Panel("What this says")
        says.body.addWidget(self.warning)
        says.body.addWidget(self.words)
        says.body.addWidget(self.meaning)
        says.body.addStretch(1)
        grid.addWidget(says, 1, 1)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        grid.setRowStretch(0, 5)
        grid.setRowStretch(1, 4)
        for row in range(2):
            grid.setRowMinimumHeight(row, px(LEAST_HEIGHT[row]))
        self.page.body.addWidget(scrolled(grid, self.label), 1)

    def refresh(self) -> None:
        looking = self.looking
        why = looking.why_nothing() or self._why_no_gradients()
        if why:
            self.page.show_empty(why)
            return
        follow(self.series, looking)
        norms, ratios, epoch = self.series.gradients(), self.series.ratios(), looking.shown_epoch
        limits = norms.values[-1] * VANISHED_SHARE
        zone = Band(None, limits, "below a thousandth of the last layer", "error", "error_ground")
        self.norms.show_lines(norms, epoch, (zone,), vanished(norms, epoch))
        usual = Band(
            USUAL_RATIO / USUAL_FACTOR,
            USUAL_RATIO * USUAL_FACTOR,
            "usual: about 0.001",
            "good",
            "good",
            0.13,
        )
        self.ratios.show_lines(ratios, epoch, (usual,))
        self._show_epoch(norms, ratios, epoch)
        self._show_words(norms, epoch)
        self.page.show_body()

    def _why_no_gradients(self) -> str:
        if not self.looking.healths:
            return NO_EPOCH if not self.looking.epochs else NOT_MEASURED
        if not any(health.gradient_norms for health in self.looking.healths):
            return NO_LAYERS
        return ""

    def _show_epoch(self, norms: LayerLines, ratios: LayerLines, epoch: int) -> None:
        found = norms.at(epoch)
        if found is None:
            nothing = np.zeros(0)
            known = norms.epochs
            instead = BEFORE if epoch == 0 else f"Epoch {epoch:,} was not looked at; known are "
            if epoch:
                instead += f"{len(known):,} epochs from {known[0]:,} to {known[-1]:,}."
            self.bars.show_bars((), nothing, nothing, None, None, instead)
            return
        shares = ratios.at(epoch)
        moved = {} if shares is None else dict(zip(ratios.names, shares, strict=True))
        beside = np.array([moved.get(name, np.nan) for name in norms.names])
        limit = float(found[-1] * VANISHED_SHARE)
        self.bars.show_bars(norms.names, found, beside, limit if limit > 0 else None, epoch)

    def _show_words(self, norms: LayerLines, epoch: int) -> None:
        place = norms.column(epoch)
        assert place is not None
        at, values = int(norms.epochs[place]), norms.values[:, place]
        bad = [name for name in norms.names if name in vanished(norms, at)]
        self.warning.setVisible(bool(bad) and epoch > 0)
        self.words.setVisible(not bad or epoch == 0)
        if bad:
            smallest = int(np.nanargmin(values))
            many = f"{len(bad)} of {len(norms.names)} layers get"
            title = f"Vanishing gradient: {many if len(bad) > 1 else f'{bad[0]} gets'} too little"
            least, last = float(values[smallest]), float(values[-1])
            times = f", {last / least:,.0f} times as much" if least > 0 else ""
            text = (
                f"At epoch {at:,} the gradient of {norms.names[smallest]} is "
                f"{figures_text(least)}; that of the last layer, {norms.names[-1]}, is "
                f"{figures_text(last)}{times}. What gets less than a thousandth of the last hardly "
                "learns: use ReLU, batch normalization or fewer layers."
            )
            self.warning.set_texts(title, text)
        if epoch == 0:
            self.words.setText(BEFORE)
        elif len(norms.names) == 1:
            self.words.setText("One layer has weights: there is no other to compare it with.")
        else:
            text = _unsuspicious(norms.names, values, at)
            if len(norms.epochs) == 1 and self.looking.epochs > 1:
                text += f" {REOPENED}"
            self.words.setText(text)


def _unsuspicious(names: tuple[str, ...], values: np.ndarray, epoch: int) -> str:
    """What is said of the norms `values` of an epoch at which no layer gets too little."""
    unknown = [name for name, value in zip(names, values, strict=True) if np.isnan(value)]
    if unknown:
        some = ", ".join(unknown[:3]) + (", …" if len(unknown) > 3 else "")
        return (
            f"At epoch {epoch:,} the gradient of {some} is not known: it was not measured, or not "
            "a finite number."
        )
    if not values.any():
        return (
            f"At epoch {epoch:,} every gradient is 0: the last step taught the network nothing. "
            "Look for dead units, and whether the loss can still fall."
        )
    return (
        f"At epoch {epoch:,} every layer gets more than a thousandth of the last one's gradient: "
        "none vanishes."
    )


def follow(series: HealthSeries, looking: Looking) -> None:
    """Let `series` know the healths of the run on show, in the order of its network."""
    network = looking.network
    assert network is not None
    series.follow(looking.healths, network)


def vanished(norms: LayerLines, epoch: int) -> frozenset[str]:
    """The layers with less than `VANISHED_SHARE` of the last one's gradient at the known epoch
    nearest to `epoch`.
    """
    place = norms.column(epoch)
    if place is None or len(norms.names) < 2:
        return frozenset()
    values = norms.values[:, place]
    few = values < VANISHED_SHARE * values[-1]
    return frozenset(name for name, bad in zip(norms.names, few.tolist(), strict=True) if bad)
