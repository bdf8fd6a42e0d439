"""The census of units that never fire: per layer and unit, and over the epochs."""

import numpy as np
from PySide6.QtWidgets import QGridLayout

from app.core.activation_catalog import ACTIVATIONS
from app.core.layer_kinds.closed import CLOSED_KIND
from app.core.network import Layer, topological_order
from app.core.run_findings import (
    SICK_SHARE,
    dead_units_words,
    is_worth_a_warning,
)
from app.diagnostics.dead_units import Census
from app.training.events import LayerHealth
from app.ui.controls import Label, NoticeCard
from app.ui.controls.painting import px
from app.ui.inside.choosers import offer, small_chooser
from app.ui.inside.gradients_tab import follow
from app.ui.inside.health_series import HealthSeries
from app.ui.inside.looking import Asker, Looking
from app.ui.inside.scrolled import scrolled
from app.ui.inside.tab import Tab
from app.ui.plots.dead_units_view import DeadUnitsView
from app.ui.plots.layer_lines_plot import LayerLinesPlot
from app.ui.plots.plot_panel import PlotPanel
from app.ui.plots.unit_strip import UnitStrip

NONE_CAN_DIE = (
    "No layer of this network can die: a unit dies where its activation is 0, with slope 0, on a "
    "whole half-line, as ReLU is below 0. Give a hidden layer the activation ReLU to see a census."
)
NONE_LOOKED_INTO = (
    "No unit of this network is looked at: those inside closed boxes, and of recurrent layers in "
    "both directions, are not, and no other can die."
)
NO_EPOCH = "The census is taken at the end of each epoch: none is done yet."
NOT_TAKEN = (
    "No census is known of this run: it was trained on several devices at once, or comes from an "
    "older file. Train it again to see one."
)
REOPENED = "Only the last epoch is known: the history is not part of a project file."

Units = tuple[tuple[str, np.ndarray], ...]
LEAST_HEIGHT = (200, 200)
"""Of each row of panels, in px."""


class DeadUnitsTab(Tab):
    """Shares over the epochs, the units of a layer over the epochs, all units at one of them."""

    name = "dead_units"
    label = "Dead units"
    sentence = (
        "A unit that puts out 0 on all of these samples gets no gradient from them and learns "
        "nothing; it can come back when earlier layers move."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self.series = HealthSeries()
        self.shares = LayerLinesPlot(
            "inside.dead_units.shares",
            "Dead units",
            title="Share of the units that are dead",
            logarithmic=False,
            percent=True,
        )
        self.strip = UnitStrip("inside.dead_units.strip")
        self.census = DeadUnitsView(name="inside.dead_units.census", sparks=False, cell=16)
        self.layers = small_chooser("inside.dead_units.layer", "Layer whose units are shown")
        self.layers.chosen.connect(self._layer_chosen)
        self.warning = NoticeCard("warning", " ", " ")
        self.warning.setObjectName("inside.dead_units.warning")
        self.words = Label("", "caption", "muted", wrap=True)
        self.words.setObjectName("inside.dead_units.words")
        for plot in (self.shares, self.strip):
            plot.epoch_chosen.connect(looking.look_near)
        self._asker = Asker(looking, "dead_units", self._came)
        self._arrange()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(px(16))
        grid.addWidget(PlotPanel("Dead units of each layer", "", self.shares), 0, 0)
        units = PlotPanel("The units of one layer", "", self.strip)
        units.add_corner(self.layers)
        grid.addWidget(units, 1, 0)
        census = PlotPanel("All units at the epoch that is shown", "", self.census)
        census.body.addWidget(self.warning)
        census.body.addWidget(self.words)
        grid.addWidget(census, 0, 1, 2, 1)
        for line, stretch in enumerate((3, 2)):
            grid.setColumnStretch(line, stretch)
        grid.setRowStretch(0, 1)
        grid.setRowStretch(1, 1)
        for row in range(2):
            grid.setRowMinimumHeight(row, px(LEAST_HEIGHT[row]))
        self.page.body.addWidget(scrolled(grid, self.label), 1)

    def forget(self) -> None:
        self.census.clear()
        self.warning.hide()
        self.words.setText("")

    def refresh(self) -> None:
        looking = self.looking
        why = looking.why_nothing() or self._why_no_census()
        if why:
            self.forget()
            self.page.show_empty(why)
            return
        follow(self.series, looking)
        self.shares.show_lines(self.series.dead_shares(), looking.shown_epoch)
        names = self.shares.lines.names
        offer(self.layers, [(name, name) for name in names])
        if self.layers.current() not in names:
            last = self.shares.lines.values[:, -1]
            self.layers.set_current(names[int(np.nanargmax(last))])
        self._show_strip()
        if not looking.run.state.active or not self.census.rows.shares:
            self._show_census(self._known(), {})  # else the answer is soon there, with the shares
        self._asker.ask()
        self.page.show_body()

    def _why_no_census(self) -> str:
        healths = self.looking.healths
        if not healths:
            return NO_EPOCH if not self.looking.epochs else NOT_TAKEN
        if any(health.dead_units for health in healths):
            return ""
        network = self.looking.network
        layers = network.layers if network is not None else ()
        hidden = [
            layer for layer in layers if layer.kind.startswith((CLOSED_KIND, "Bidirectional"))
        ]
        return NONE_LOOKED_INTO if any(map(_can_die, hidden)) else NONE_CAN_DIE

    def _layer_chosen(self, _layer: object) -> None:
        self._show_strip()

    def _show_strip(self) -> None:
        layer = self.layers.current()
        if isinstance(layer, str):
            epochs, dead = self.series.dead_units(layer)
            self.strip.show_units(layer, epochs, dead, self.looking.shown_epoch)

    def _known(self) -> Units:
        """The units as they were found at the shown epoch; nothing when that was not looked at."""
        found = health_at(self.looking.healths, self.looking.shown_epoch)
        return found.dead_units if found is not None else ()

    def _came(self, answer: object) -> None:
        if not isinstance(answer, Census):
            self._show_census(self._known(), {})
            return
        shares = {layer.layer_id: layer.active_share for layer in answer.layers}
        # What the engine found looked at every sample of the part; an answer may be of some.
        units = self._known()
        if units:
            self._show_census(units, shares)
        else:
            found = tuple((one.layer_id, one.dead) for one in answer.layers)
            self._show_census(found, shares, answer.layers[0].samples)

    def _show_census(
        self, units: Units, shares: dict[str, np.ndarray], samples: int | None = None
    ) -> None:
        """Show who is dead; `samples` were looked at (None: all of the part)."""
        epoch = self.looking.shown_epoch
        if not units:
            return  # the answer is under way
        order = {name: number for number, name in enumerate(self.series.order)}
        units = tuple(sorted(units, key=lambda one: order.get(one[0], len(order))))
        self.census.show_census(epoch, units, shares)
        worst = max(units, key=lambda one: float(one[1].mean()) if one[1].size else 0.0)
        dead, count = int(worst[1].sum()), worst[1].size
        told = is_worth_a_warning(dead, count)
        self.warning.setVisible(told)
        if told:
            self.warning.set_texts(
                dead_units_words(worst[0], dead, count),
                f"From {SICK_SHARE:.0%} of a layer's units on the advisor calls it an illness. "
                "Use leaky ReLU, a smaller learning rate, or fewer units.",
            )
        self.words.setText(" ".join(self._sentences(units, epoch, samples)))

    def _sentences(self, units: Units, epoch: int, samples: int | None) -> list[str]:
        dead = sum(int(one.sum()) for _, one in units)
        count = sum(one.size for _, one in units)
        when = f"At epoch {epoch:,}" if epoch else "Before the first epoch"
        told = [
            f"{when}, {dead:,} of {count:,} units are dead, looked at on {self._part(samples)}."
        ]
        others = self._others({name for name, _ in units})
        immortal = [f"{one.id} ({_activation(one)})" for one in others if not _can_die(one)]
        if immortal:
            told.append(f"Cannot die: {', '.join(immortal)}.")
        unseen = [one.id for one in others if _can_die(one)]
        if unseen:
            told.append(f"Not looked into: {', '.join(unseen)}.")
        if len(self.looking.healths) == 1 and self.looking.epochs > 1:
            told.append(REOPENED)
        return told

    def _part(self, samples: int | None) -> str:
        """On which samples dead units are looked for, in words."""
        record, data = self.looking.record, self.looking.data
        rows = record.rows if record is not None else ()
        validated = bool(rows) and "val_loss" in rows[-1].metrics
        name = "validation" if validated else "training"
        if data is None:
            return f"the {name} part"
        count = len(data.part(name))
        some = f"{samples:,} of " if samples is not None and samples < count else ""
        return f"{some}the {count:,} {name} samples"

    def _others(self, mortal: set[str]) -> list[Layer]:
        """The layers with trained weights that are not in the census."""
        network = self.looking.network
        assert network is not None
        trained = set(self.series.gradients().names)
        return [
            layer
            for layer in topological_order(network)[0]
            if layer.id in trained and layer.id not in mortal
        ]


def _activation(layer: Layer) -> str:
    name = layer.options.get("activation")
    return str(name) if name and name != "linear" else "no activation that can"


def _can_die(layer: Layer) -> bool:
    """Whether it may hold units that can die: a closed box keeps its activations to itself."""
    activation = ACTIVATIONS.get(str(layer.options.get("activation")))
    return layer.kind == CLOSED_KIND or (activation is not None and activation.can_die)


def health_at(healths: tuple[LayerHealth, ...], epoch: int) -> LayerHealth | None:
    """That of exactly this epoch."""
    return next((health for health in reversed(healths) if health.epoch == epoch), None)
