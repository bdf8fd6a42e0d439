"""How much of the gradient reaches each layer, and how much each layer moves."""

import math

import numpy as np
from PySide6.QtWidgets import QGridLayout

from app.core.advisor.evidence import Norms
from app.core.advisor.gradient_rules import BACK_AT, SMOOTHED, median_span, middle_norms
from app.core.run_findings import HIGH_RATIO, LOW_RATIO, RATIO_WORDS, VANISHED_SHARE
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
    "About right is some 0.001, a rule of thumb of Karpathy's CS231n notes: shaded from a tenth of "
    "that to ten times as much. Far below it a layer hardly moves, far above it jumps."
)
NO_LAYERS = "No layer of this network has weights that are trained, so none gets a gradient."
NO_EPOCH = "Gradients are measured at the last step of each epoch: none is done yet."
NOT_MEASURED = (
    "No gradients are known of this run: it was trained on several devices at once, or comes from "
    "an older file. Train it again to see them."
)
REOPENED = "Only the last epoch is known: the history is not part of a project file."
BEFORE = "Before the first epoch no step was done, so there is no gradient to show."
LEAST_HEIGHT = (280, 200)
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
            LOW_RATIO,
            HIGH_RATIO,
            RATIO_WORDS,
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
        found = next((one for one in self.looking.healths if one.epoch == at), None)
        blocked = found is not None and any(dead.all() for _, dead in found.dead_units)
        bad = [name for name in norms.names if name in vanished(norms, at)]
        ill = bool(bad) and bad[0] == norms.names[0] and len(norms.names) >= 3 and not blocked
        self.warning.setVisible(ill and epoch > 0)
        self.words.setVisible(not ill or epoch == 0)
        if ill:
            self.warning.set_texts(*_vanishing(norms, place, bad))
        if epoch == 0:
            self.words.setText(BEFORE)
        elif len(norms.names) == 1:
            self.words.setText("One layer has weights: there is no other to compare it with.")
        else:
            text = _unsuspicious(norms, place, values, bad, blocked)
            if len(norms.epochs) == 1 and self.looking.epochs > 1:
                text += f" {REOPENED}"
            self.words.setText(text)


def _vanishing(norms: LayerLines, place: int, bad: list[str]) -> tuple[str, str]:
    """Title and text of the warning about the layers `bad`."""
    medians = dict(_medians(norms, place))
    smallest, output = min(bad, key=lambda name: medians[name]), norms.names[-1]
    least, last = medians[smallest], medians[output]
    many = f"{len(bad)} of {len(norms.names)} layers get" if len(bad) > 1 else f"{bad[0]} gets"
    times = f", {last / least:,.0f} times as much" if least > 0 else ""
    text = (
        f"{_when(norms, place)} the gradient of {smallest} is {figures_text(least)}; that of the "
        f"last layer, {output}, is {figures_text(last)}{times}. What gets "
        "less than a thousandth of the last hardly learns: use ReLU, batch normalization or fewer "
        "layers."
    )
    return f"Vanishing gradient: {many} too little", text


def _unsuspicious(
    norms: LayerLines, place: int, values: np.ndarray, bad: list[str], blocked: bool
) -> str:
    """What is said where no vanishing gradient is warned of.

    Args:
        place: of the epoch.
        values: the norms at its last step.
        bad: layers that get less than a thousandth of the last one's gradient.
        blocked: whether a layer is dead as a whole.
    """
    names, epoch = norms.names, int(norms.epochs[place])
    unknown = [name for name, value in zip(names, values, strict=True) if np.isnan(value)]
    if unknown:
        return (
            f"At epoch {epoch:,} the gradient of {_some(unknown)} is not known: it was not "
            "measured, or not a finite number."
        )
    if not values.any():
        return (
            f"At epoch {epoch:,} every gradient is 0: the last step taught the network nothing. "
            "Look for dead units, and whether the loss can still fall."
        )
    when = _when(norms, place)
    if bad and blocked:
        return (
            f"{when} {_some(bad)} gets less than a thousandth of the last one's gradient: a layer "
            "whose units are all dead lets none through, see Dead units."
        )
    if bad:
        return f"{when} {_some(bad)} gets less than a thousandth of the last one's gradient."
    medians = _medians(norms, place)
    if len(names) >= 3 and medians[0][1] < BACK_AT * medians[-1][1]:
        return (
            f"{when} {names[0]} gets hardly more than a thousandth of the last one's gradient: on "
            "the edge of vanishing."
        )
    return (
        f"{when} every layer gets more than a thousandth of the last one's gradient: none vanishes."
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", …" if len(names) > 3 else "")


def _ordered(norms: LayerLines, place: int) -> list[tuple[int, Norms]]:
    """The norms of the epochs up to the one at `place` whose median is taken; of those where a
    layer's is not known, the others'.
    """
    first = max(0, place + 1 - SMOOTHED)
    columns = norms.values[:, first : place + 1].T.tolist()
    epochs = norms.epochs[first : place + 1].tolist()
    return [
        (epoch, tuple(zip(norms.names, column, strict=True)))
        for epoch, column in zip(epochs, columns, strict=True)
        if not any(math.isnan(value) for value in column)
    ]


def _medians(norms: LayerLines, place: int) -> Norms:
    return middle_norms(_ordered(norms, place))


def _when(norms: LayerLines, place: int) -> str:
    """The epoch, and of how many epochs the medians are."""
    epoch = int(norms.epochs[place])
    ordered = _ordered(norms, place)
    if len(ordered) <= 1:
        return f"At epoch {epoch:,}"
    return f"At epoch {epoch:,}, by medians {median_span(ordered)},"


def follow(series: HealthSeries, looking: Looking) -> None:
    """Let `series` know the healths of the run on show, in the order of its network."""
    network = looking.network
    assert network is not None
    series.follow(looking.healths, network)


def vanished(norms: LayerLines, epoch: int) -> frozenset[str]:
    """The layers with less than `VANISHED_SHARE` of the last one's gradient at the known epoch
    nearest to `epoch`, by the medians that the advisor judges by.
    """
    place = norms.column(epoch)
    if place is None or len(norms.names) < 2:
        return frozenset()
    medians = _medians(norms, place)
    return frozenset(name for name, norm in medians if norm < VANISHED_SHARE * medians[-1][1])
