"""Feature maps of one sample, and under the microscope how one number of them comes about."""

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget

from app.core.frozen import FrozenMap
from app.data.prepared import PreparedData
from app.diagnostics.feature_maps import FeatureMaps
from app.diagnostics.microscope import LOOKED_INTO, NOTHING_TO_LOOK_INTO, Workings
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.probes import Predictions
from app.ui.controls import CheckBox, EmptyState, Panel, SegmentedControl
from app.ui.controls.painting import px
from app.ui.inside.choosers import show_choices, small_chooser, zoom_button
from app.ui.inside.looking import Asker, Looking
from app.ui.inside.sample_picker import SamplePicker
from app.ui.inside.tab import ASKING, Tab
from app.ui.plots.map_wall import MapWall
from app.ui.plots.microscope_plot import MicroscopePlot, place_at

NO_ANSWER = "The network gives no answer to this."
OF_UNITS = (
    "What a layer hands on to the next: one number of each unit. A long bar: the unit has found "
    "in this sample what it looks for; none: it is silent. The microscope takes apart what a "
    "convolution or a pooling makes; this network has neither."
)
"""Said of a network without either, in place of the sentence."""


class MapsTab(Tab):
    """The sample, and what the chosen layer makes of it: all of its maps, or one number."""

    name = "maps"
    label = "Feature maps"
    sentence = (
        "What a layer hands on to the next: where a map is strong, its filter has found what it "
        "looks for. Early maps are edges and strokes, late ones whole parts. Press a place of a "
        "map to see under the microscope how it comes about."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self._data: PreparedData | None = None
        self._sample: np.ndarray | None = None
        self._layer: str | None = None
        self._looked_into: str | None = None
        self._channel = self._slice = 0
        self._place: tuple[int, ...] | None = None
        self._predicted_part: Predictions | None = None
        self._has_windows = True
        self.picker = SamplePicker("inside.maps.sample")
        self.picker.sample_changed.connect(self._sample_changed)
        self._maps = Asker(looking, "feature_maps", self._maps_came)
        self._workings = Asker(looking, "microscope", self._workings_came)
        self._predictions = Asker(looking, "predictions", self._predicted)
        self._make_controls()
        self.wall = MapWall()
        self.wall.map_pressed.connect(self._map_pressed)
        self.microscope = MicroscopePlot()
        self.microscope.place_chosen.connect(self._place_chosen)
        self.needs = EmptyState("inside", " ")
        self.needs.setObjectName("inside.maps.needs")
        self._arrange()

    def _make_controls(self) -> None:
        self.views = SegmentedControl([("maps", "All maps"), ("one", "Microscope")], small=True)
        self.views.setObjectName("inside.maps.view")
        self.views.setAccessibleName("All maps, or one number of them")
        self.views.set_segment_help("one", "How one number of a map comes about")
        self.views.chosen.connect(lambda _: self._view_chosen())
        self.layers = small_chooser("inside.maps.layer", "Layer whose output is shown")
        self.layers.chosen.connect(self._layer_chosen)
        self.channels = small_chooser("inside.maps.channel", "Map under the microscope")
        self.channels.chosen.connect(self._channel_chosen)
        self.slices = small_chooser("inside.maps.slice", "Slice of the maps")
        self.slices.chosen.connect(self._slice_chosen)
        self.own_scales = CheckBox("Each map by itself")
        self.own_scales.setObjectName("inside.maps.own_scales")
        self.own_scales.setToolTip(
            "A colour scale of its own for each map: what is faint is seen, but maps cannot be "
            "compared any more"
        )
        self.own_scales.chosen.connect(lambda _: self._show_maps())
        self.smaller = zoom_button("minus", "Smaller pictures", "inside.maps.smaller")
        self.larger = zoom_button("plus", "Larger pictures", "inside.maps.larger")
        self.larger.clicked.connect(lambda: self.wall.tiles.zoom_by(1))
        self.smaller.clicked.connect(lambda: self.wall.tiles.zoom_by(-1))
        for control in (self.views, self.layers):
            self.page.add_control(control)
            control.hide()

    def _arrange(self) -> None:
        self.panel = Panel("Feature maps", "", padding=8)
        for control in (
            self.slices,
            self.channels,
            self.own_scales,
            self.smaller,
            self.larger,
        ):
            self.panel.add_corner(control)
        self._stack = QStackedWidget()
        for widget in (self.wall, self.microscope, self.needs):
            self._stack.addWidget(widget)
        self.panel.body.addWidget(self._stack, 1)
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addWidget(self.picker)
        row.addWidget(self.panel, 1)
        self.page.body.addLayout(row, 1)
        self.page.set_plot(self.wall)
        self._show_controls()

    # ---- asking
    def forget(self) -> None:
        self._place = self._predicted_part = None
        self.picker.show_predictions(None)
        self._show_said()
        self._show_empty(ASKING)

    def refresh(self) -> None:
        why, data = self.looking.why_no_data(), self.looking.data
        if why or data is None:
            self._show_empty(why)
            return
        if data is not self._data:
            self._data, self._predicted_part = data, None
            self.picker.show_data(data)
            self._sample = self.picker.sample
        self.picker.show_place(self.looking.sample)
        network = self.looking.network
        for name in ("_layer", "_looked_into"):
            layer = getattr(self, name)
            if layer is not None and network is not None and not network.has(layer):
                setattr(self, name, None)  # a layer of an earlier run
                self._place = None
        self._ask()
        self._ask_predictions()

    @property
    def _magnified(self) -> bool:
        return self.views.current() == "one"

    def _ask(self) -> None:
        if self._data is None:
            return
        missing = self.picker.missing()
        if missing:
            self._workings.forget()
            self._maps.forget()
            self._show_needs(NoAnswer(missing))
            return
        options = self.picker.options()
        if not self._magnified:
            self._workings.forget()
            self._maps.ask(self._layer, options, self._sample)
            return
        self._maps.forget()
        options = options.set("channel", self._channel)
        if self._place is not None:
            options = options.set("place", self._place)
        self._workings.ask(self._looked_into, options, self._sample)

    def _ask_predictions(self) -> None:
        """Of the part that the sample is of: the picker offers those answered wrongly."""
        data, part = self._data, self.picker.chosen.part
        if data is not None and data.summary.class_names and part:
            self._predictions.ask(options=FrozenMap(part=part))

    def _show_windows(self, has: bool) -> None:
        """Offer the microscope where a layer has windows to look into."""
        self._has_windows = has
        self.page.sentence.setText(self.sentence if has else OF_UNITS)
        if not has and self._magnified:
            self.views.set_current("maps")
            self._show_controls()
            self._ask()

    def _maps_came(self, answer: object) -> None:
        if isinstance(answer, FeatureMaps):
            classes = {layer.class_name for layer in answer.layers}
            self._show_windows(not classes.isdisjoint(LOOKED_INTO))
        self._show_body()  # not before: what stands there may be of an earlier run
        if isinstance(answer, FeatureMaps):
            self._layer = answer.layer_id
            names = [(layer.layer_id, layer.layer_id) for layer in answer.layers]
            show_choices(self.layers, names, answer.layer_id, least=1)
            self._show_maps(answer)
        else:
            self._show_needs(answer)

    def _workings_came(self, answer: object) -> None:
        if not isinstance(answer, Workings):
            if isinstance(answer, NoAnswer) and self._looked_into is not None:
                self._looked_into, self._place = None, None
                self._ask()  # the layer of the maps is none to be looked into: the first that is
                return
            if isinstance(answer, NoAnswer) and answer.needs == NOTHING_TO_LOOK_INTO:
                self._show_windows(False)  # the microscope is left for the maps
                return
            self._show_needs(answer)
            return
        self._show_windows(True)
        self._show_body()
        self._looked_into, self._channel = answer.layer_id, answer.channel
        self._place = answer.place
        show_choices(self.layers, [(n, n) for n in answer.layers], answer.layer_id, least=1)
        maps = [(number, f"map {number + 1}") for number in range(answer.shape[-1])]
        show_choices(self.channels, maps, answer.channel)
        slices = answer.shape[0] if len(answer.place) == 3 else 1
        where = answer.place[0] if slices > 1 else 0
        show_choices(self.slices, [(n, f"slice {n + 1}") for n in range(slices)], where)
        self._set_title(answer.layer_id, _how(answer))
        self.microscope.show_workings(answer)
        self._bring(self.microscope)

    def _predicted(self, answer: object) -> None:
        # Without an answer, as of weights that are not finite, the last one is not true any more.
        self._predicted_part = answer if isinstance(answer, Predictions) else None
        self.picker.show_predictions(self._predicted_part)
        self._show_said()

    def _show_said(self) -> None:
        """What the network says of the sample, where it is one of the data."""
        found, data, chosen = self._predicted_part, self._data, self.picker.chosen
        text = ""
        if found is not None and data is not None and found.part == chosen.part:
            verdicts, places = found.verdicts, np.flatnonzero(found.rows == chosen.row)
            if len(places) and verdicts.classes is not None and verdicts.confidence is not None:
                name = data.summary.class_names[int(verdicts.classes[places[0]])]
                text = f"Network: {name} ({float(verdicts.confidence[places[0]]):.2f})"
        self.picker.show_answer(text)

    # ---- what is chosen
    def _sample_changed(self) -> None:
        self._sample = self.picker.sample
        self.looking.sample = self.picker.place or self.looking.sample
        self._show_said()
        self._ask()
        self._ask_predictions()

    def _view_chosen(self) -> None:
        self._show_controls()
        if self._magnified and self._layer is not None and self._layer != self._looked_into:
            self._looked_into, self._place, self._channel = self._layer, None, 0
        elif not self._magnified and self._looked_into is not None:
            self._layer = self._looked_into
        self._ask()

    def _layer_chosen(self, value: object) -> None:
        self._slice = self._channel = 0
        self._place = None
        if self._magnified:
            self._looked_into = str(value)
        else:
            self._layer = str(value)
        self._ask()

    def _channel_chosen(self, value: object) -> None:
        self._channel = int(str(value))
        self._ask()

    def _slice_chosen(self, value: object) -> None:
        number = int(str(value))
        if self._magnified and self._place is not None:
            self._place = (number, *self._place[1:])
            self._ask()
        else:
            self._slice = number
            self._show_maps()

    def _map_pressed(self, channel: int, row: int, column: int) -> None:
        """Look at this number under the microscope."""
        found = self.wall.found
        if found is None:
            return
        axes = {"pictures": 2, "strips": 1, "bars": 0}[found.form]
        place = (row, column)[2 - axes :]
        if found.maps.shape[1] > 1:
            place = (self._slice, *place)
        self._looked_into, self._channel = found.layer_id, channel
        self._place = place if row >= 0 else None
        self.views.set_current("one")
        self._show_controls()
        self._ask()

    def _place_chosen(self, row: int, column: int) -> None:
        found = self.microscope.found
        if found is not None:
            self._place = place_at(found, row, column)
            self._ask()

    # ---- what is shown
    def _show_controls(self) -> None:
        for control in (self.own_scales, self.smaller, self.larger):
            control.setVisible(not self._magnified)
        self.channels.setVisible(self._magnified and self.channels.count() > 1)

    def _show_maps(self, found: FeatureMaps | None = None) -> None:
        found = found or self.wall.found
        if found is None or self._magnified:
            return
        slices = found.maps.shape[1]
        self._slice = min(self._slice, slices - 1)
        show_choices(self.slices, [(n, f"slice {n + 1}") for n in range(slices)], self._slice)
        pictured = found.form != "bars"
        for control in (self.own_scales, self.smaller, self.larger):
            control.setVisible(pictured)
        self.wall.show_maps(found, self._slice, each_by_itself=self.own_scales.isChecked())
        count, _, height, width = found.maps.shape
        sizes = {
            "pictures": f"{count} map{'s' * (count != 1)} of {height} × {width}",
            "strips": f"{count} units over {width} steps",
            "bars": f"{count} unit{'s' * (count != 1)}",
        }
        self._set_title(found.layer_id, sizes[found.form])
        self._bring(self.wall)

    def _show_empty(self, text: str) -> None:
        self.views.hide()
        self.layers.hide()
        self.page.show_empty(text)

    def _show_body(self) -> None:
        self.views.setVisible(self._has_windows)
        self.page.show_body()

    def _show_needs(self, answer: object) -> None:
        self._show_body()
        text = answer.needs if isinstance(answer, NoAnswer) else NO_ANSWER
        self.needs.sentence.setText(text)
        self.needs.setAccessibleName(text)
        self._set_title("Microscope" if self._magnified else "Feature maps", "")
        for control in (self.channels, self.slices, self.own_scales, self.smaller, self.larger):
            control.hide()
        self._stack.setCurrentWidget(self.needs)
        self.page.set_plot(None)

    def _bring(self, plot: MapWall | MicroscopePlot) -> None:
        self._stack.setCurrentWidget(plot)
        self.page.set_plot(plot)

    def _set_title(self, title: str, subtitle: str) -> None:
        assert self.panel.header is not None
        self.panel.header.set_title(title)
        self.panel.header.set_subtitle(subtitle)


def _how(found: Workings) -> str:
    """What the layer does, in few words."""
    words = f"{found.class_name}, how one number comes about"
    if found.transposed:
        return words + "; each number of the input spreads out"
    if found.weighing is not None and found.weighing.combined:
        return words + "; both steps multiplied out"
    return words
