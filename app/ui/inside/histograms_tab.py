"""How the weights and the outputs of a layer are distributed, and how that changes."""

import math

import numpy as np
from PySide6.QtWidgets import QGridLayout

from app.core.frozen import FrozenMap
from app.core.network import topological_order
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.value_distributions import OUTPUT, SHARES, ValueDistribution
from app.ui.controls import Label, Panel
from app.ui.controls.painting import px
from app.ui.inside.choosers import offer, small_chooser
from app.ui.inside.epoch_answers import EpochAnswers, Topic
from app.ui.inside.looking import WHILE_TRAINING_MS, Asker, Looking
from app.ui.inside.scrolled import scrolled
from app.ui.inside.tab import ASKING, Tab
from app.ui.pacing import Pacing
from app.ui.plots.axis import figures_text
from app.ui.plots.fan_plot import FanPlot
from app.ui.plots.histogram_plot import Bins, HistogramPlot
from app.ui.plots.plot_panel import PlotPanel

NO_ANSWER = "This layer could not be looked into. Choose another one."
SATURATED = (
    "A saturated unit stands where its activation is flat: hardly any gradient comes through it."
)
LEAST_HEIGHT = (220, 120)
"""Of each row of panels, in px."""
FAN_SHARE = 0.01
"""Of the time of the window's thread, for what is drawn because the fan has one more epoch."""


class HistogramsTab(Tab):
    """A fan of percentiles over the epochs, and the histogram of one of them."""

    name = "histograms"
    label = "Histograms"
    sentence = (
        "How the weights and the outputs of a layer spread: outputs that crowd at 0 or at the ends "
        "of the activation, and weights that run away, are trouble one sees here first."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self.layers = small_chooser("inside.histograms.layer", "Layer")
        self.values = small_chooser("inside.histograms.values", "Weights or outputs")
        self.layers.chosen.connect(self._layer_chosen)
        self.values.chosen.connect(self._values_chosen)
        self.page.add_control(self.layers)
        self.page.add_control(self.values)
        self.fan = FanPlot("inside.histograms.fan")
        self.fan.epoch_chosen.connect(looking.look_near)
        self.histogram = HistogramPlot("inside.histograms.histogram")
        self.words = Label("", "body", wrap=True)
        self.words.setObjectName("inside.histograms.words")
        self.progress = Label("", "caption", "muted", wrap=True)
        self.progress.setObjectName("inside.histograms.progress")
        self._layer: str | None = None
        self._of = ""
        self._answer: ValueDistribution | None = None
        self._when = (0, "")
        """After which epoch, or where within one, the answer came."""
        self._asker = Asker(looking, "distribution", self._came)
        self._fan_pacing = Pacing(self._show_fan, WHILE_TRAINING_MS, FAN_SHARE, self)
        self.epochs = EpochAnswers(looking, self._is_seen, self._fan_pacing.ask)
        self._arrange()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(px(16))
        self._fan_panel = PlotPanel("Over the epochs", "", self.fan)
        grid.addWidget(self._fan_panel, 0, 0, 2, 1)
        self._bins_panel = PlotPanel("At the epoch that is shown", "", self.histogram)
        grid.addWidget(self._bins_panel, 0, 1)
        says = Panel("In numbers")
        says.body.addWidget(self.words)
        says.body.addWidget(self.progress)
        says.body.addStretch(1)
        grid.addWidget(says, 1, 1)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(0, 1)
        for row in range(2):
            grid.setRowMinimumHeight(row, px(LEAST_HEIGHT[row]))
        self.page.body.addWidget(scrolled(grid, self.label), 1)

    def forget(self) -> None:
        self._answer = None
        self.page.show_empty(ASKING)

    def refresh(self) -> None:
        why = self.looking.why_nothing()
        for choice in (self.layers, self.values):
            choice.setEnabled(not why)
        if why:
            self._answer = None
            self.page.show_empty(why)
            return
        self._show_layers()
        known = self._known()
        if known is None:
            self._asker.ask(self._layer, self._options())
        else:
            self._asker.forget()
            self._came(known)

    def _known(self) -> ValueDistribution | None:
        """The answer to what is wanted, when it was gathered for the fan already."""
        answer, moment = self._answer, self.looking.moment
        same = answer is not None and (answer.layer_id, answer.of) == (self._layer, self._of)
        found = self.epochs.found.get(moment) if same and moment is not None else None
        return found if isinstance(found, ValueDistribution) else None

    # ---- choices
    def _options(self) -> FrozenMap:
        return FrozenMap(of=self._of) if self._of else FrozenMap()

    def _show_layers(self) -> None:
        network = self.looking.network
        assert network is not None
        ordered, circular = topological_order(network)
        names = [layer.id for layer in (*ordered, *circular)]
        offer(self.layers, [(name, name) for name in names])
        if self._layer not in names:
            self._layer = None

    def _layer_chosen(self, layer: object) -> None:
        self._layer = str(layer)
        self.refresh()

    def _values_chosen(self, of: object) -> None:
        self._of = str(of)
        self.refresh()

    # ---- answers
    def _came(self, answer: object) -> None:
        if not isinstance(answer, ValueDistribution):
            self._answer = None
            self.page.show_empty(answer.needs if isinstance(answer, NoAnswer) else NO_ANSWER)
            return
        self._answer = answer
        self._when = self.looking.shown_epoch, self.looking.within_epoch
        self._layer, self._of = answer.layer_id, answer.of
        self.layers.set_current(answer.layer_id)
        options = [(name, "outputs" if name == OUTPUT else name) for name in answer.names]
        offer(self.values, options)
        self.values.set_current(answer.of)
        self.page.show_body()
        moments = self.looking.moments
        self.epochs.gather(Topic("distribution", answer.layer_id, FrozenMap(of=answer.of)), moments)
        self._show_fan()
        self.words.setText("\n".join(sentences(answer)))

    def _is_seen(self) -> bool:
        return self.page.isVisible() and self._answer is not None

    def _show_fan(self) -> None:
        answer, looking = self._answer, self.looking
        if answer is None:
            return
        known = {
            epoch: found
            for epoch, found in self.epochs.found.items()
            if isinstance(found, ValueDistribution)
        }
        subject = subject_of(answer)
        fan = {epoch: found.percentiles for epoch, found in known.items()}
        epoch, within = self._when
        if not within:  # the axis has no place between two epochs
            fan[epoch] = answer.percentiles
        self.fan.show_fan(subject, fan, looking.epochs, epoch)
        initial = known.get(0)
        both = [answer, *([initial] if initial is not None else [])]
        values = (
            min(float(one.percentiles[0]) for one in both),
            max(float(one.percentiles[-1]) for one in both),
        )
        now = bins_of(answer, within or f"epoch {epoch:,}", values)
        before = None
        if initial is not None and (epoch > 0 or within):
            before = bins_of(initial, "initial", values)
        self.histogram.show_bins(subject, now, before, values, answer.limits or ())
        self.progress.setText(self._progress())

    def _progress(self) -> str:
        missing, found = self.epochs.missing, len(self.epochs.found)
        if missing:
            return f"Looking back: {found} of {found + missing} epochs are looked at."
        moments = len(self.looking.moments)
        if self.looking.epochs and moments == 1:
            return "Of the epochs in between no weights were kept."
        return "" if found >= moments else f"Looked at: {found} of {moments:,} kept epochs."


def subject_of(answer: ValueDistribution) -> str:
    """What the values are: "kernel of dense_1"."""
    what = "outputs" if answer.of == OUTPUT else answer.of
    return f"{what} of {answer.layer_id}"


def bins_of(answer: ValueDistribution, name: str, values: tuple[float, float]) -> Bins:
    """The histogram of `answer`, in wider bins where there are few values; values that are all the
    same make one narrow bar on an axis from `values[0]` to `values[1]`.
    """
    low, high = float(answer.percentiles[0]), float(answer.percentiles[-1])
    if low < high:
        wide = len(answer.counts) // bin_count(answer)
        counts = answer.counts.reshape(-1, wide).sum(axis=1)
        return Bins(name, answer.edges[::wide], counts)
    half = ((values[1] - values[0]) or max(abs(low), 1e-6) * 0.1) / 80
    return Bins(name, np.array([low - half, low + half]), np.array([answer.count]))


def bin_count(answer: ValueDistribution) -> int:
    """How many bins suit so many values: by Freedman and Diaconis (1981) a bin is as wide as twice
    the interquartile range by the cube root of their count; from its square root to twice as many.
    One of those into which the bins of `answer` can be put together.
    """
    percentiles = dict(zip(SHARES, answer.percentiles.tolist(), strict=True))
    low, high, between = percentiles[0], percentiles[100], percentiles[75] - percentiles[25]
    root = math.sqrt(answer.count)
    by_spread = (high - low) / (2 * between) * answer.count ** (1 / 3) if between > 0 else math.inf
    wanted = min(max(by_spread, root), 2 * root)
    most = len(answer.counts)
    whole = [number for number in range(1, most + 1) if most % number == 0 and number <= 2 * root]
    return next((number for number in whole if number >= wanted), whole[-1])


def sentences(answer: ValueDistribution) -> list[str]:
    """What is known of the values, in words."""
    told = []
    count = f"{answer.count:,} value{'s' if answer.count != 1 else ''}"
    if answer.of == OUTPUT:
        some = f"{answer.samples:,} {answer.part} samples"
        if answer.samples < answer.part_samples:
            some = f"{answer.samples:,} of {answer.part_samples:,} {answer.part} samples"
        count += f", over {some}"
    if answer.count + answer.not_finite < answer.whole:
        count += f", evenly taken from {answer.whole:,}"
    told.append(
        f"{count}: mean {figures_text(answer.mean)}, deviation {figures_text(answer.deviation)}."
    )
    told.append(f"{_share(answer.zeros, answer.count)} are exactly 0.".capitalize())
    if answer.limits is not None:
        low, high = (figures_text(limit) for limit in answer.limits)
        share = _share(answer.saturated, answer.count).capitalize()
        told.append(f"{share} are saturated: below {low} or above {high}. {SATURATED}")
    if answer.not_finite:
        verb = "is" if answer.not_finite == 1 else "are"
        told.append(f"{answer.not_finite:,} more {verb} not finite: the training has diverged.")
    return told


def _share(count: int, whole: int) -> str:
    if count == 0:
        return "none"
    return f"{count:,} of {whole:,} ({100 * count / whole:.3g}%)"
