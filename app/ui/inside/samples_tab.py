"""The data as layers see them: samples as points, by principal components or t-SNE."""

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.frozen import FrozenMap
from app.data.errors import DataError
from app.data.prepared import PreparedData
from app.diagnostics.layer_outputs import INPUT, PARTS, LayerOutputs, SeenSamples, aligned
from app.diagnostics.neighbour_layout import FEWEST
from app.diagnostics.no_answer import NoAnswer
from app.ui.controls import CheckBox, ComboBox, Label, Panel, SegmentedControl
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.controls.tab_order import order_by_tab
from app.ui.inside.drawn_sample import value_range
from app.ui.inside.layers_of_run import epoch_words, layers_of_run
from app.ui.inside.layout_work import LayoutWork
from app.ui.inside.looking import Asker, Looking
from app.ui.inside.sample_clouds import (
    cloud_of,
    components_cloud,
    same_samples,
    target_range,
    targets_of,
)
from app.ui.inside.tab import ASKING, Tab
from app.ui.plots.axis import value_text
from app.ui.plots.class_key import ClassKey
from app.ui.plots.plot_panel import PlotPanel
from app.ui.plots.projection_plot import ProjectionPlot
from app.ui.plots.sample_picture import SamplePicture, SampleValues

SIDE = 232
COUNTS = (200, 500, 1000)
MOST_VALUES = 60
MEANINGS = {
    "components": "Each axis is a direction in which these samples spread most; its share of the "
    "whole spread stands beside it.",
    "neighbours": "t-SNE puts samples with alike outputs close together. Distances between groups, "
    "and their sizes, mean nothing.",
}


class SamplesTab(Tab):
    """Up to 1,000 samples at the input, behind a chosen layer, and at the output."""

    name = "samples"
    label = "Samples"
    sentence = (
        "Each point is a sample, placed by what a layer puts out for it: layer by layer a network "
        "that learns pulls the classes apart, until the last one can divide them by a line."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self.plots = tuple(
            ProjectionPlot(f"inside.samples.{name}") for name in ("input", "behind", "output")
        )
        for plot in self.plots:
            plot.pointed.connect(self._pointed)
        self.method = SegmentedControl(
            [("components", "Principal components"), ("neighbours", "t-SNE")]
        )
        self.method.setObjectName("inside.samples.method")
        self.method.setAccessibleName("How the samples are laid out")
        self.method.chosen.connect(lambda _value: self._method_chosen())
        self.layers = ComboBox(small=True)
        self.layers.setObjectName("inside.samples.layer")
        self.layers.setAccessibleName("Layer whose outputs are shown")
        self.layers.chosen.connect(lambda _value: self.refresh())
        self.beside = CheckBox("Input and output beside")
        self.beside.setObjectName("inside.samples.beside")
        self.beside.setChecked(True)
        self.beside.chosen.connect(lambda _value: self._method_chosen())
        self.count = ComboBox([(n, f"{n:,} samples") for n in COUNTS], 500)
        self.count.setObjectName("inside.samples.count")
        self.count.setAccessibleName("How many samples")
        self.count.chosen.connect(lambda _value: self.refresh())
        for control in (self.count, self.method):
            self.page.add_control(control)
        self._outputs: LayerOutputs | None = None
        self._shown: LayerOutputs | None = None
        self._scores: dict[str, tuple[LayerOutputs, np.ndarray]] = {}
        self._network: object = None
        self._last, self._when = INPUT, ""
        self.work = LayoutWork(looking.jobs, "inside.samples")
        self.work.finished.connect(self._laid_out)
        self.work.again.connect(self.refresh)
        self._arrange()
        self._ask = Asker(looking, "layer_outputs", self._came)

    def _arrange(self) -> None:
        self.panels = tuple(
            PlotPanel(title, " ", plot)
            for title, plot in zip(("Input", "Layer", "Output"), self.plots, strict=True)
        )
        self.panels[1].add_corner(self.layers)
        self.layers.setMinimumWidth(px(96))
        self.key = ClassKey("inside.samples.key")
        self.picture = SamplePicture("inside.samples.picture", 120)
        self.picture.setAccessibleName("The sample under the pointer")
        self.values = SampleValues("inside.samples.values")
        self.values.setAccessibleName("Values of the sample under the pointer")
        self.reading = Label("", "body", wrap=True)
        self.reading.setObjectName("inside.samples.reading")
        self.meaning = Label(MEANINGS["components"], "caption", "muted", wrap=True)
        side = Panel("Samples", padding=16)
        side.setFixedWidth(px(SIDE))
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, px(8), 0)
        column.setSpacing(side.body.spacing())
        for widget in (self.beside, self.key, self.work, self.reading, self.picture):
            column.addWidget(widget)
        column.addWidget(self.values, 1)
        column.addStretch(1)
        column.addWidget(self.meaning)
        self.scroll = ClearScroll()
        self.scroll.setObjectName("inside.samples.side")
        self.scroll.setWidget(inner)
        side.body.addWidget(self.scroll, 1)
        row = QHBoxLayout()
        row.setSpacing(px(16))
        for panel in self.panels:
            row.addWidget(panel, 1)
        row.addWidget(side)
        self.page.body.addLayout(row, 1)
        first, second, third = self.panels
        order = (
            *(first.more_button, self.plots[0]),
            *(self.layers, second.more_button, self.plots[1]),
            *(third.more_button, self.plots[2]),
            *(self.beside, self.work.button),
        )
        order_by_tab(order)

    # ---- asking
    def refresh(self) -> None:
        why = self.looking.why_no_data()
        if why:
            self._forget()
            self.page.show_empty(why)
            return
        self._offer()
        layer = self.layers.current()
        if layer is None:
            self.page.show_empty("This network has no layers behind its input: add a Dense layer.")
            return
        count = self.count.current()
        self._ask.ask(options=FrozenMap(layers=self._wanted(str(layer)), count=count))

    def _wanted(self, layer: str) -> tuple[str, ...]:
        if self._is_t_sne() or not self.beside.isChecked():
            return (layer,)
        return tuple(dict.fromkeys((INPUT, layer, self._last)))

    def _offer(self) -> None:
        """Bring the choices in line with the run on show."""
        network = self.looking.network
        if network is self._network:
            return
        self._network = network
        layers = layers_of_run(self.looking)
        names = [layer.id for layer in layers]
        self._last = names[-1] if names else INPUT
        self.layers.set_options([(INPUT, "input"), *names])
        if self.layers.current() not in names[:-1]:  # the output stands beside it anyway
            hidden = [x.id for x in layers[:-1] if x.layer.kind == "Dense"] or names[:-1] or names
            self.layers.set_current(hidden[-1] if hidden else None)

    def _is_t_sne(self) -> bool:
        return self.method.current() == "neighbours"

    def _method_chosen(self) -> None:
        self.beside.setVisible(not self._is_t_sne())
        self.meaning.setText(MEANINGS[str(self.method.current())])
        self.work.stop()
        self.refresh()

    def forget(self) -> None:
        self._scores.clear()
        self._forget()
        self.page.show_empty(ASKING)

    def _forget(self) -> None:
        """What was shown belongs to another run, or to other data."""
        self.work.forget()
        self._outputs = self._shown = None
        for plot in self.plots:
            plot.mark(None)

    # ---- answers
    def _came(self, answer: object) -> None:
        data = self.looking.data
        if not isinstance(answer, LayerOutputs) or data is None:
            self._outputs = None
            needs = answer.needs if isinstance(answer, NoAnswer) else ""
            self.page.show_empty(
                needs
                or self.looking.why_no_data()
                or "The engine could not answer; press Train again."
            )
            return
        self._outputs = answer
        self._show_key(data)
        if self._is_t_sne():
            self._lay_out(answer, data)
        else:
            self._show_components(answer, data)

    def _show(self, answer: LayerOutputs) -> None:
        """The samples of `answer` are on the plots now."""
        before, self._shown = self._shown, answer
        if before is None or not same_samples(before, answer):
            for plot in self.plots:
                plot.mark(None)
        self._pointed(self.plots[1].marked)  # the network may say something else by now
        self.page.show_body()

    def _show_components(self, answer: LayerOutputs, data: PreparedData) -> None:
        shown = self._three(answer)
        beside = len(answer.layers) > 1
        for place, (plot, panel) in enumerate(zip(self.plots, self.panels, strict=True)):
            seen = shown[place]
            panel.setVisible(seen is not None)
            if seen is None:
                continue
            before = self._scores.get(seen.layer_id)
            scores = seen.scores
            if before is not None and same_samples(before[0], answer):
                scores = aligned(scores, before[1])
            self._scores[seen.layer_id] = (answer, scores)
            plot.show_cloud(components_cloud(answer, data, seen, scores))
            together = f"{float(seen.shares[:2].sum()):.0%} of the variance"
            name = seen.layer_id if place == 2 else ""
            alone = "" if seen.number is not None else f"two components hold {together}"
            panel.set_subtitle(name if beside else alone)
        self._say_count(answer, epoch_words(self.looking))
        self._show(answer)

    def _three(self, answer: LayerOutputs) -> tuple[SeenSamples | None, ...]:
        """Input, layer and output; None for what would be the same picture twice."""
        layers = answer.layers
        if len(layers) == 3:
            return layers
        if len(layers) == 1:
            return None, layers[0], None
        if self.layers.current() == INPUT:
            return None, *layers
        return *layers, None

    def _show_key(self, data: PreparedData) -> None:
        summary = data.summary
        if summary.task == "regression":
            assert self._outputs is not None
            targets = targets_of(self._outputs, data).reshape(len(self._outputs.rows), -1)[:, 0]
            low, high = target_range(targets)
            name = next(iter(summary.target_names), "target")
            self.key.show_targets(name, low, high)
        else:
            self.key.show_classes(summary.class_names)

    def _say_count(self, answer: LayerOutputs, when: str) -> None:
        count = len(answer.rows)
        words = f"All {count:,} samples of both parts."
        if count < answer.available:
            words = f"{count:,} of {answer.available:,} samples, evenly from both parts."
        self._when = f"{when[:1].upper()}{when[1:]}. {words}"

    # ---- t-SNE, aside
    def _lay_out(self, answer: LayerOutputs, data: PreparedData) -> None:
        seen, latest = answer.layers[0], self.work.latest
        if len(answer.rows) < FEWEST:
            self.page.show_empty(f"t-SNE needs at least {FEWEST} samples.")
            return
        for panel, seen_now in zip(self.panels, (False, True, False), strict=True):
            panel.setVisible(seen_now)
        if latest is not None and latest.layer_id == seen.layer_id:
            self._laid_out()
        else:  # until there is a layout, the plane from which it begins
            self.plots[1].show_cloud(components_cloud(answer, data, seen, seen.scores))
            self.panels[1].set_subtitle("principal components, until t-SNE is done")
            self._say_count(answer, epoch_words(self.looking))
            self._show(answer)
        self.work.wish(answer, epoch_words(self.looking), self.looking.run.state.active)

    def _laid_out(self) -> None:
        data, latest = self.looking.data, self.work.latest
        if data is None or latest is None or not self._is_t_sne():
            return
        found = latest.found
        title = f"t-SNE of {latest.layer_id or 'the input'}"
        names = ("t-SNE 1", "t-SNE 2")
        cloud = cloud_of(latest.outputs, data, found.places, title, names, (False, False))
        self.plots[1].show_cloud(cloud)
        self.panels[1].set_subtitle(
            f"{latest.when}, perplexity {found.perplexity:.3g}, divergence {found.divergence:.3g}"
        )
        self._say_count(latest.outputs, latest.when)
        self._show(latest.outputs)

    # ---- what is read
    def _pointed(self, number: object) -> None:
        answer, data = self._shown, self.looking.data
        cloud = self.plots[1].cloud
        if not isinstance(number, int) or answer is None or data is None or cloud is None:
            for plot in self.plots:
                plot.mark(None)
            self.reading.setText(self._when)
            self.picture.hide()
            self.values.hide()
            return
        for plot in self.plots:
            plot.mark(number)
        part, row = PARTS[answer.parts[number]], int(answer.rows[number])
        true, said = cloud.spoken[number][2:4]
        words = f"Sample {row + 1:,} of the {part} part"
        if cloud.classes is not None:
            sure = _number(cloud.spoken[number][4])
            right = "right" if true == said else "wrong"
            words += f"\nTruth: {true}\nNetwork: {said}, {sure} ({right})"
        else:
            names = data.summary.target_names
            what = f"Target {names[0]}" if len(names) > 1 else "Target"
            words += f"\n{what}: {_number(true)}\nNetwork: {_number(said)}"
        self.reading.setText(words)
        self._show_sample(data, part, row)

    def _show_sample(self, data: PreparedData, part: str, row: int) -> None:
        rows = data.part(part).rows[row : row + 1]
        try:
            raw = np.asarray(data.raw[rows][0])
        except DataError as error:
            self.reading.setText(str(error))
            return
        pictures = data.summary.pictures
        self.picture.setVisible(pictures)
        self.values.setVisible(not pictures)
        if pictures:
            self.picture.show_picture(raw, *value_range(data))
            return
        names = data.preprocessing.feature_names
        flat = raw.reshape(-1)[:MOST_VALUES].tolist()
        if len(names) != raw.size:
            names = tuple(f"value {n + 1}" for n in range(len(flat)))
        self.values.show_values(
            [(name, value_text(value)) for name, value in zip(names, flat, strict=False)]
        )


def _number(value: object) -> str:
    assert isinstance(value, float)
    return value_text(value)
