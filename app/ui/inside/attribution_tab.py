"""What in a sample mattered for the answer."""

import numpy as np
from PySide6.QtWidgets import QHBoxLayout

from app.core.frozen import FrozenMap
from app.data.prepared import PreparedData
from app.diagnostics.attribution import Attribution
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.occlusion import OcclusionPiece
from app.diagnostics.probes import Predictions
from app.diagnostics.readings import PROBABILITIES, Verdicts
from app.ui.controls import Label
from app.ui.controls.painting import px
from app.ui.inside.attribution_controls import TRUE, AttributionControls
from app.ui.inside.drawn_sample import value_range
from app.ui.inside.looking import Asker, Looking
from app.ui.inside.occlusion_gathering import Gathering
from app.ui.inside.row_values import columns_of
from app.ui.inside.sample_picker import SamplePicker
from app.ui.inside.tab import ASKING, Tab
from app.ui.plots.filter_grid import round_up
from app.ui.plots.named_bars import Bar, NamedBars
from app.ui.plots.overlay_picture import Overlay, OverlayPicture
from app.ui.plots.plot_panel import PlotPanel

STOPPED = "Stopped before the first answer came. Press Go on."
NO_ANSWER = "The network gives no answer to this."
MEANINGS = {
    "gradient": "gradient",
    "gradient_input": "gradient × input",
    "smooth": "mean gradient",
    "grad_cam": "Grad-CAM",
    "occlusion": "drop",
}


class AttributionTab(Tab):
    """A sample, the map over it or the bars of its columns, and what the network says."""

    name = "attribution"
    label = "What mattered"
    sentence = (
        "To which parts of the sample the answer is sensitive: a network that looks at the "
        "background gives itself away here. Sensitivity is no cause: the map shows what the answer "
        "hangs on, not why the network decides so."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self._data: PreparedData | None = None
        self._sample: np.ndarray | None = None
        self._changes = 0
        self._gathering = Gathering()
        self._shown_map: np.ndarray | None = None
        self._wish: tuple[object, ...] = ()
        self._epoch = -1
        self._stopped = False
        self.picker = SamplePicker("inside.attribution.sample")
        self.picker.sample_changed.connect(self._sample_changed)
        self.controls = AttributionControls()
        self.controls.changed.connect(self._ask)
        self.controls.stop_pressed.connect(self._stop_or_go_on)
        self.overlay = OverlayPicture("inside.attribution.map")
        self.controls.opacity_chosen.connect(self.overlay.set_opacity)
        self.columns = NamedBars("inside.attribution.columns", "What each column adds")
        self.answers = NamedBars("inside.attribution.answers", "What the network says")
        self.answers.chosen.connect(self.controls.choose_target)
        self.needs = Label("", "body", "muted", wrap=True)
        self.needs.setObjectName("inside.attribution.needs")
        self._by_gradient = Asker(looking, "attribution", self._came)
        self._by_covering = Asker(looking, "occlusion", self._came)
        self._predictions = Asker(looking, "predictions", self._predicted)
        self._arrange()

    def _arrange(self) -> None:
        self._panel = PlotPanel("What mattered", "", self.overlay)
        self._panel.body.insertWidget(0, self.controls)
        self._panel.body.addWidget(self.columns, 1)
        self._panel.body.addWidget(self.needs, 1)
        self._panel.body.setSpacing(px(12))
        self._answers_panel = PlotPanel("The network says", "", self.answers)
        self._answers_panel.setFixedWidth(px(252))
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addWidget(self.picker)
        row.addWidget(self._panel, 1)
        row.addWidget(self._answers_panel)
        self.page.body.addLayout(row, 1)
        self._show_part(self.overlay)

    # ---- asking
    def forget(self) -> None:
        self._wish, self._gathering, self._shown_map = (), Gathering(), None
        self.controls.show_layers((), "")
        self.picker.show_predictions(None)
        self.picker.show_answer("")
        self.page.show_empty(ASKING)

    def refresh(self) -> None:
        why = self.looking.why_no_data()
        data = self.looking.data
        if why or data is None:
            self.page.show_empty(why)
            return
        if data is not self._data:
            self._show_data(data)
        self.picker.show_place(self.looking.sample)
        self._ask_predictions()
        self._ask()

    def _ask_predictions(self) -> None:
        """Of the part that is chosen from: the picker offers those answered wrongly."""
        data, part = self._data, self.picker.from_data.part
        if data is not None and data.summary.class_names and part:
            self._predictions.ask(options=FrozenMap(part=part))

    def _show_data(self, data: PreparedData) -> None:
        self._data = data
        self.picker.show_data(data)
        self._sample = self.picker.sample
        shape, summary = data.preprocessing.input_shape, data.summary
        sides = (shape[0], shape[1] if len(shape) > 1 else 1)
        self.controls.show_kind(sides, pictures=len(shape) > 1)
        names = summary.class_names or summary.target_names
        self.controls.show_targets(names, classes=bool(summary.class_names))

    def _sample_changed(self) -> None:
        self._sample = self.picker.sample
        self.looking.sample = self.picker.place or self.looking.sample
        self._changes += 1
        self._ask_predictions()
        self._ask()

    def _options(self) -> FrozenMap:
        options = self.picker.options()
        target = self.controls.target
        if target == TRUE and self.picker.true_class() is not None:
            target = self.picker.true_class() or 0
        if isinstance(target, int):
            options = options.set("target", target)
        return FrozenMap({**options, **self.controls.options()})

    def _ask(self) -> None:
        if self._data is None or self.looking.why_no_data():
            return
        missing = self.picker.missing()
        if missing:
            self._show_undrawn(missing)
            return
        options, method, layer = self._options(), self.controls.method, self.controls.layer
        if method != "occlusion":
            self._by_covering.forget()
            self._wish = ()
            self._by_gradient.ask(layer, options, self._sample)
            return
        self._by_gradient.forget()
        looking = self.looking
        wish = (options, looking.moment, self._changes, looking.run.run_number)
        newer = looking.moment is None and looking.shown_epoch != self._epoch
        if wish != self._wish:
            self._wish, self._stopped, self._shown_map = wish, False, None
            self._gathering = Gathering()
        elif self._gathering.done and newer:
            self._gathering = Gathering()
        if self._gathering.next == 0:
            self._epoch = looking.shown_epoch
        self._show_progress()
        self._ask_next()

    def _show_undrawn(self, missing: str) -> None:
        """An empty sheet is asked nothing."""
        self._by_gradient.forget()
        self._by_covering.forget()
        self._wish, self._gathering, self._shown_map = (), Gathering(), None
        self.page.show_body()
        self._show_needs(missing)
        self._show_no_answers()
        self.controls.show_progress(1.0, stopped=False, spoken="")

    def _ask_next(self) -> None:
        """Goes on while it is seen; `refresh` takes it up again."""
        asked = not self._stopped and not self.picker.missing()
        if not self._gathering.done and asked and self.page.isVisible():
            options = self._options().set("start", self._gathering.next)
            self._by_covering.ask(None, options, self._sample)

    def _stop_or_go_on(self) -> None:
        self._stopped = not self._stopped
        if self._stopped:
            self._by_covering.forget()
            if self._gathering.next == 0:
                self._show_needs(STOPPED)
        self._show_progress()
        self._ask_next()

    # ---- answers
    def _predicted(self, answer: object) -> None:
        self.picker.show_predictions(answer if isinstance(answer, Predictions) else None)

    def _came(self, answer: object) -> None:
        self.page.show_body()  # not before: what stands there may be of an earlier run
        if isinstance(answer, Attribution):
            self.controls.show_layers(answer.layers, answer.layer_id)
            self._show_answers(answer.verdicts, answer.target)
            mean = f", mean of {answer.copies} copies" if answer.method == "smooth" else ""
            self._panel.set_subtitle(self._scored_words(answer) + mean)
            self._show_values(answer.method, answer.raw, answer.values, signed=answer.signed)
        elif isinstance(answer, OcclusionPiece):
            self._gathering.add(answer)
            self._show_answers(answer.verdicts, answer.target)
            self._show_gathering(answer)
            self._ask_next()
        else:
            self._show_needs(answer.needs if isinstance(answer, NoAnswer) else NO_ANSWER)
            self.controls.show_layers((), "")
            self._show_no_answers()

    def _show_no_answers(self) -> None:
        self.answers.show_bars("What the network says", "value", ())
        self._answers_panel.set_subtitle("")
        self.picker.show_answer("")

    def _show_gathering(self, piece: OcclusionPiece) -> None:
        """The map so far; a map that is whole stays until its successor is."""
        gathering = self._gathering
        words = f"{_meaning(piece.verdicts)} of {self._name_of(piece.target)}"
        if gathering.stays:
            words += f": wherever it is covered, the answer stays {self._name_of(piece.target)}"
        elif gathering.slight:
            words += ": wherever it is covered, it changes by less than 1 %"
        if gathering.mixed:
            words += "; while the network learned on"
        self._panel.set_subtitle(words)
        if gathering.done or self._shown_map is None:
            values = gathering.values()
            if gathering.done:
                self._shown_map = values
            self._show_values("occlusion", piece.raw, values, signed=True, least=gathering.least)
        self._show_progress()

    def _show_progress(self) -> None:
        gathering = self._gathering
        again = self._shown_map is not None and not gathering.done
        share = 1.0 if again else gathering.share
        spoken = f"{gathering.next:,} of {gathering.total:,} places"
        self.controls.show_progress(share, stopped=self._stopped, spoken=spoken)

    def _show_values(
        self,
        method: str,
        raw: np.ndarray,
        values: np.ndarray,
        *,
        signed: bool,
        least: float = 0.0,
    ) -> None:
        data = self._data
        if data is None:
            return
        meaning = MEANINGS[method]
        if raw.ndim == 1:
            self._show_columns(data, meaning, values, least)
            return
        low, high = value_range(data)
        picture = np.atleast_3d(raw)
        title = f"What mattered, {meaning}"
        smooth = method == "grad_cam"
        self.overlay.show_overlay(
            Overlay(title, picture, low, high, values, signed, smooth, meaning, least)
        )
        self._show_part(self.overlay)

    def _show_columns(
        self, data: PreparedData, meaning: str, values: np.ndarray, least: float
    ) -> None:
        columns = columns_of(data)
        if len(values) == len(columns):
            names = tuple(column.name for column in columns)
        else:
            names = data.preprocessing.feature_names
        bars = tuple(
            Bar(name, float(value))
            for name, value in zip(names, values, strict=True)
            if np.isfinite(value)
        )
        reach = round_up(max([least, *(abs(bar.value) for bar in bars)]))
        self.columns.show_bars("What each column adds", meaning, bars, reach=reach, signed=True)
        self._show_part(self.columns)

    def _show_part(self, part: object) -> None:
        """Map, bars, or what is needed."""
        for each in (self.overlay, self.columns, self.needs):
            each.setVisible(each is part)
        self._panel.set_plot(self.columns if part is self.columns else self.overlay)
        self._panel.more_button.setEnabled(part is not self.needs)

    def _show_needs(self, text: str) -> None:
        """Words in place of the map."""
        self.needs.setText(text)
        self._panel.set_subtitle("")
        self._show_part(self.needs)

    def _show_answers(self, verdicts: Verdicts, target: int) -> None:
        data = self._data
        if data is None:
            return
        values = [float(value) for value in verdicts.values]
        names = data.summary.class_names or data.summary.target_names
        classes = verdicts.classes is not None
        if classes and len(values) == 1:
            values = [1.0 - values[0], values[0]]
        right = self.picker.true_class()
        bars = tuple(
            Bar(
                names[number] if number < len(names) else f"output {number + 1}",
                value,
                true=number == right,
                note="true class" if number == right else "",
            )
            for number, value in enumerate(values)
        )
        meaning = _meaning(verdicts)
        self.answers.show_bars(
            "What the network says",
            meaning,
            bars,
            current=target,
            reach=1.0 if classes else None,
            signed=not classes,
            pickable=len(bars) > 1,
            shares=classes,
        )
        self._answers_panel.set_subtitle(meaning if classes else "")
        if classes:
            best = int(verdicts.classes)  # type: ignore[arg-type]
            self.picker.show_answer(f"Network: {bars[best].name} ({values[best]:.2f})")
        else:
            self.picker.show_answer(f"Network: {values[0]:.4g}" if len(values) == 1 else "")

    def _scored_words(self, answer: Attribution) -> str:
        """What the map is about."""
        name = self._name_of(answer.target)
        if answer.scored == "output":
            return f"output of {name}"
        if answer.verdicts.classes is None:
            return f"{name} before the last activation"
        shares = answer.verdicts.values
        squashed = "sigmoid" if len(shares) == 1 else "the last activation"
        if len(shares) > 1 and abs(float(shares.sum()) - 1) < 1e-3:
            squashed = "softmax"
        return f"how strongly it votes for {name} (before {squashed})"

    def _name_of(self, target: int) -> str:
        summary = self._data.summary if self._data is not None else None
        names = () if summary is None else summary.class_names or summary.target_names
        return names[target] if target < len(names) else f"output {target + 1}"


def _meaning(verdicts: Verdicts) -> str:
    """What the numbers are that the network says: squeezed scores are no probabilities."""
    if verdicts.classes is None:
        return "value"
    return "probability" if verdicts.reading in PROBABILITIES else "share"
