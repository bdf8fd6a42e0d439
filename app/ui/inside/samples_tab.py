"""The data as layers see them: samples as points, by principal components or t-SNE."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.frozen import FrozenMap
from app.data.errors import DataError
from app.data.prepared import PreparedData
from app.diagnostics.layer_outputs import INPUT, PARTS, LayerOutputs, SeenSamples, aligned
from app.diagnostics.neighbour_layout import (
    FEWEST,
    NeighbourLayout,
    PieceDone,
    neighbour_layout,
)
from app.diagnostics.no_answer import NoAnswer
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.ui.controls import (
    Button,
    CheckBox,
    ComboBox,
    Label,
    Panel,
    ProgressStrip,
    SegmentedControl,
)
from app.ui.controls.painting import px
from app.ui.failures import failure_of
from app.ui.inside.drawn_sample import value_range
from app.ui.inside.layers_of_run import epoch_words, layers_of_run
from app.ui.inside.looking import Asker, Looking
from app.ui.inside.tab import Tab
from app.ui.plots.axis import nice_range, value_text
from app.ui.plots.class_key import ClassKey
from app.ui.plots.plot_panel import PlotPanel
from app.ui.plots.projection_plot import Cloud, ProjectionPlot
from app.ui.plots.sample_picture import SamplePicture, SampleValues

SIDE = 232
COUNTS = (200, 500, 1000)
REST = 3.0
"""While the network trains, t-SNE rests so many times as long as it has worked."""
MOST_VALUES = 60
MEANINGS = {
    "components": "Each axis is a direction in which these samples spread most; its share of the "
    "whole spread stands beside it.",
    "neighbours": "t-SNE puts samples with alike outputs close together. Distances between groups, "
    "and their sizes, mean nothing.",
}


@dataclass(frozen=True)
class _Layout:
    """A t-SNE that is finished: of which samples and layer, after which epoch."""

    outputs: LayerOutputs
    layer_id: str
    when: str
    found: NeighbourLayout

    def is_of(self, answer: LayerOutputs) -> bool:
        """Whether it is the layout of these very outputs."""
        seen = answer.layers[0]
        mine = self.outputs.layers[0]
        return (
            self.layer_id == seen.layer_id
            and _same_samples(self.outputs, answer)
            and np.array_equal(mine.scores, seen.scores)
        )


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
        self._scores: dict[str, tuple[LayerOutputs, np.ndarray]] = {}
        self._layout: _Layout | None = None
        self._job: tuple[int, JobControl] | None = None
        self._waiting = self._halted = False
        self._rest_until = 0.0
        self._network: object = None
        self._last, self._when = INPUT, ""
        self._arrange()
        self._ask = Asker(looking, "layer_outputs", self._came)

    def _arrange(self) -> None:
        self.panels = tuple(
            PlotPanel(title, " ", plot)
            for title, plot in zip(("Input", "Layer", "Output"), self.plots, strict=True)
        )
        self.panels[1].add_corner(self.layers)
        self.panels[1].add_corner(self.panels[1].more_button)  # the last one
        self.layers.setMinimumWidth(px(112))
        self.key = ClassKey("inside.samples.key")
        self.picture = SamplePicture("inside.samples.picture", 120)
        self.picture.setAccessibleName("The sample under the pointer")
        self.values = SampleValues("inside.samples.values")
        self.values.setAccessibleName("Values of the sample under the pointer")
        self.reading = Label("", "body", wrap=True)
        self.reading.setObjectName("inside.samples.reading")
        self.meaning = Label(MEANINGS["components"], "caption", "muted", wrap=True)
        self.progress = ProgressStrip()
        self.progress.setObjectName("inside.samples.progress")
        self.progress_words = Label("", "caption", "muted", wrap=True)
        self.progress_words.setObjectName("inside.samples.doing")
        self.cancel = Button("Cancel", small=True)
        self.cancel.setObjectName("inside.samples.cancel")
        self.cancel.clicked.connect(self._cancel_pressed)
        self._work = QWidget()
        work = QVBoxLayout(self._work)
        work.setContentsMargins(0, 0, 0, 0)
        work.setSpacing(px(4))
        for widget in (self.progress_words, self.progress, self.cancel):
            work.addWidget(widget)
        self._work.hide()
        side = Panel("Samples", padding=16)
        side.setFixedWidth(px(SIDE))
        side.body.addWidget(self.beside)
        side.body.addWidget(self.key)
        side.body.addWidget(self._work)
        side.body.addWidget(self.reading)
        side.body.addWidget(self.picture)
        side.body.addWidget(self.values, 1)
        side.body.addStretch(1)
        side.body.addWidget(self.meaning)
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
            *(self.beside, self.cancel),
        )
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

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
        return (INPUT, layer, self._last)

    def _offer(self) -> None:
        network = self.looking.network
        if network is self._network:
            return
        self._network = network
        self._scores.clear()
        self._forget()
        layers = layers_of_run(self.looking)
        names = [layer.id for layer in layers]
        self._last = names[-1] if names else INPUT
        self.layers.set_options([(INPUT, "input"), *names])
        if self.layers.current() not in names:
            hidden = [x.id for x in layers[:-1] if x.layer.kind == "Dense"] or names[:-1] or names
            self.layers.set_current(hidden[-1] if hidden else None)

    def _is_t_sne(self) -> bool:
        return self.method.current() == "neighbours"

    def _method_chosen(self) -> None:
        self._halted = False
        self.beside.setVisible(not self._is_t_sne())
        self.meaning.setText(MEANINGS[str(self.method.current())])
        self._stop()
        self._work.hide()
        self.refresh()

    def _forget(self) -> None:
        """What was laid out belongs to another run."""
        self._stop()
        self._layout = self._outputs = None
        self._halted = False

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
        before, self._outputs = self._outputs, answer
        if before is None or not _same_samples(before, answer):
            for plot in self.plots:
                plot.mark(None)
        self._show_key(data)
        if self._is_t_sne():
            self._lay_out(answer)
        else:
            self._show_components(answer, data)
        self.page.show_body()

    def _show_components(self, answer: LayerOutputs, data: PreparedData) -> None:
        three = len(answer.layers) == 3
        shown = answer.layers if three else (None, answer.layers[0], None)
        for plot, panel, seen in zip(self.plots, self.panels, shown, strict=True):
            panel.setVisible(seen is not None)
            if seen is None:
                continue
            before = self._scores.get(seen.layer_id)
            scores = seen.scores
            if before is not None and _same_samples(before[0], answer):
                scores = aligned(scores, before[1])
            self._scores[seen.layer_id] = (answer, scores)
            first, second = (f"{share:.0%}" for share in seen.shares[:2].tolist())
            names = (f"component 1 ({first})", f"component 2 ({second})")
            places, single = scores[:, :2], math.prod(seen.shape) == 1
            if single:
                names = ("one number, around its mean", "spread out to be seen")
                places = np.stack([scores[:, 0], _spread(len(scores))], axis=1)
            title = f"Principal components of {seen.layer_id or 'the input'}"
            cloud = self._cloud(answer, data, places, title, names, (True, not single))
            plot.show_cloud(cloud)
            panel.set_subtitle("" if three else _shares_words(seen))
        if three:
            self.panels[2].set_subtitle(answer.layers[2].layer_id)
        self._say_count(answer, epoch_words(self.looking))

    def _cloud(
        self,
        answer: LayerOutputs,
        data: PreparedData,
        places: np.ndarray,
        title: str,
        names: tuple[str, str],
        ticks: tuple[bool, bool] = (True, True),
    ) -> Cloud:
        summary, verdicts = data.summary, answer.verdicts
        y = _targets(answer, data)
        parts = [PARTS[number] for number in answer.parts.tolist()]
        numbers = (answer.rows + 1).tolist()
        if verdicts.classes is not None:
            classes = y.reshape(len(y)).astype(np.int64)
            known = summary.class_names
            says = verdicts.classes.tolist()
            sure = verdicts.confidence.tolist() if verdicts.confidence is not None else []
            spoken = [
                (part, number, _name(known, true), _name(known, said), round(share, 4))
                for part, number, true, said, share in zip(
                    parts, numbers, classes.tolist(), says, sure, strict=True
                )
            ]
            headers = ("part", "sample", "class", "network says", "with")
            return Cloud(
                title,
                names,
                places,
                answer.parts == 1,
                classes=classes,
                class_names=known,
                spoken=spoken,
                headers=headers,
                ticks=ticks,
            )
        targets = y.reshape(len(y), -1)[:, 0].astype(float)
        said = verdicts.values.reshape(len(y), -1)[:, 0].tolist()
        spoken_numbers = list(zip(parts, numbers, targets.tolist(), said, strict=True))
        return Cloud(
            title,
            names,
            places,
            answer.parts == 1,
            targets=targets,
            target_range=nice_range(float(targets.min()), float(targets.max())),
            spoken=spoken_numbers,
            headers=("part", "sample", "target", "network says"),
            ticks=ticks,
        )

    def _show_key(self, data: PreparedData) -> None:
        summary = data.summary
        if summary.task == "regression":
            assert self._outputs is not None
            targets = _targets(self._outputs, data).reshape(len(self._outputs.rows), -1)[:, 0]
            low, high = nice_range(float(targets.min()), float(targets.max()))
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
        self._pointed(self.plots[1].marked)  # the network may say something else by now

    # ---- t-SNE, aside
    def _lay_out(self, answer: LayerOutputs) -> None:
        data, seen = self.looking.data, answer.layers[0]
        assert data is not None
        for panel in (self.panels[0], self.panels[2]):
            panel.hide()
        self.panels[1].show()
        layout = self._layout
        if layout is not None and layout.is_of(answer):
            self._show_layout(layout)
            return
        if len(answer.rows) < FEWEST:
            self.page.show_empty(f"t-SNE needs at least {FEWEST} samples.")
            return
        if layout is None or layout.layer_id != seen.layer_id:
            # Until there is a layout, the plane from which it begins.
            places = seen.scores[:, :2]
            title = f"Principal components of {seen.layer_id or 'the input'}"
            names = ("component 1", "component 2")
            self.plots[1].show_cloud(self._cloud(answer, data, places, title, names))
            self.panels[1].set_subtitle("principal components, until t-SNE is done")
            self._say_count(answer, epoch_words(self.looking))
        resting = self.looking.run.state.active and time.monotonic() < self._rest_until
        if self._halted or resting:
            return
        if self._job is not None:
            self._waiting = True
            return
        self._start_layout(answer)

    def _start_layout(self, answer: LayerOutputs) -> None:
        seen, layout, when = answer.layers[0], self._layout, epoch_words(self.looking)
        start = None
        if (
            layout is not None
            and layout.layer_id == seen.layer_id
            and _same_samples(layout.outputs, answer)
        ):
            start = layout.found.places
        self._waiting = False
        began = time.monotonic()

        def ended(result: object, error: BaseException | None) -> None:
            self._job = None
            self._rest_until = time.monotonic() + REST * (time.monotonic() - began)
            if error is not None:
                failure = failure_of(error, "t-SNE")
                self._halted = True
                self._show_work(failure.happened, 0.0, "Try again")
            elif isinstance(result, NeighbourLayout):
                self._work.hide()
                self._layout = _Layout(answer, seen.layer_id, when, result)
                self._show_layout(self._layout)
                if self._waiting and self._outputs is not None:
                    self._lay_out(self._outputs)

        doing = f"t-SNE of {len(answer.rows):,} samples, {when}"
        self._show_work(doing, 0.0, "Cancel")

        def told(event: object) -> None:
            if isinstance(event, PieceDone):
                self._show_work(doing, event.done / event.of, "Cancel")

        self._job = self.looking.jobs.start("data", _job(seen.scores, start), told, ended)

    def _show_layout(self, layout: _Layout) -> None:
        data, outputs = self.looking.data, layout.outputs
        if data is None or not self._is_t_sne():
            return
        title = f"t-SNE of {layout.layer_id or 'the input'}"
        cloud = self._cloud(
            outputs, data, layout.found.places, title, ("t-SNE 1", "t-SNE 2"), (False, False)
        )
        self.plots[1].show_cloud(cloud)
        found = layout.found
        self.panels[1].set_subtitle(
            f"t-SNE, {layout.when}, perplexity {found.perplexity:.3g}, divergence "
            f"{found.divergence:.3g}"
        )
        self._say_count(outputs, layout.when)

    def _show_work(self, words: str, share: float, button: str) -> None:
        self.progress_words.setText(words)
        self.progress.show_progress(share, spoken=words)
        self.progress.setVisible(button == "Cancel")
        self.cancel.setText(button)
        self.cancel.setAccessibleName(f"{button}: t-SNE")
        self._work.show()

    def _cancel_pressed(self) -> None:
        if self._job is not None:
            self._stop()
            self._halted = True
            self._show_work("t-SNE was cancelled.", 0.0, "Compute again")
        else:
            self._halted = False
            self._rest_until = 0.0
            self.refresh()

    def _stop(self) -> None:
        """Nobody waits for the layout any more."""
        if self._job is not None:
            number, control = self._job
            control.stop()
            self.looking.jobs.forget("data", number)
            self._job = None
        self._waiting = False

    # ---- what is read
    def _pointed(self, number: object) -> None:
        answer, data = self._outputs, self.looking.data
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
            words += f"\nTarget: {_number(true)}\nNetwork: {_number(said)}"
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


def _job(
    scores: np.ndarray, start: np.ndarray | None
) -> Callable[[Report, JobControl], NeighbourLayout | None]:
    def job(report: Report, control: JobControl) -> NeighbourLayout | None:
        return neighbour_layout(scores, start, report, lambda: control.stopping)

    return job


def _targets(answer: LayerOutputs, data: PreparedData) -> np.ndarray:
    """(samples, ...): classes or targets of the samples."""
    return np.concatenate(
        [data.part(name).y[answer.rows[answer.parts == n]] for n, name in enumerate(PARTS)]
    )


def _same_samples(one: LayerOutputs, other: LayerOutputs) -> bool:
    return np.array_equal(one.rows, other.rows) and np.array_equal(one.parts, other.parts)


def _number(value: object) -> str:
    assert isinstance(value, float)
    return value_text(value)


def _name(names: tuple[str, ...], number: int) -> str:
    return names[number] if number < len(names) else f"class {number}"


def _shares_words(seen: SeenSamples) -> str:
    return f"two components hold {float(seen.shares[:2].sum()):.0%} of the variance"


def _spread(count: int) -> np.ndarray:
    """(count,) numbers from 0 to 1, neighbours far apart: multiples of the golden ratio."""
    return np.asarray(np.arange(count) * 0.6180339887498949 % 1.0)
