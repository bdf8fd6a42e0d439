"""The learned filters, while they are learned."""

from app.diagnostics.filters import LayerFilters
from app.diagnostics.no_answer import NoAnswer
from app.ui.controls import Panel, SegmentedControl
from app.ui.inside.choosers import show_choices, small_chooser, zoom_button
from app.ui.inside.looking import Asker, Looking
from app.ui.inside.tab import ASKING, Tab
from app.ui.plots.filter_wall import ALL, FilterWall, Times

SUBJECT = "layer_filters"
MOST_AT_ONCE = 4096
"""All channels are offered together for at most so many pictures."""


class FiltersTab(Tab):
    """All filters of a layer, for one channel of its input or all, now and at the beginning."""

    name = "filters"
    label = "Filters"
    sentence = (
        "Each small picture is what one filter looks for: it answers most where its input is "
        "bright at the blue weights and dark at the orange ones. Noise that turns into edges and "
        "strokes is learning."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self._layer: str | None = None
        self._channel = self._slice = 0
        self._times: Times = "now"
        self._now: LayerFilters | None = None
        self._initial: LayerFilters | None = None
        self._filters = Asker(looking, SUBJECT, self._came)
        self._asks_initial = Asker(looking, SUBJECT, self._initial_came, moment=lambda: 0)
        self._make_controls()
        self.wall = FilterWall()
        self.panel = Panel("Filters", "", padding=8)
        self.panel.body.addWidget(self.wall, 1)
        for button in (self.smaller, self.larger):
            self.panel.add_corner(button)
        self.page.body.addWidget(self.panel, 1)
        self.page.set_plot(self.wall)
        self.larger.clicked.connect(lambda: self.wall.tiles.zoom_by(1))
        self.smaller.clicked.connect(lambda: self.wall.tiles.zoom_by(-1))

    def _make_controls(self) -> None:
        self.layers = small_chooser("inside.filters.layer", "Layer whose filters are shown")
        self.layers.chosen.connect(self._layer_chosen)
        self.channels = small_chooser("inside.filters.channel", "Channel of the layer's input")
        self.channels.chosen.connect(self._channel_chosen)
        self.slices = small_chooser("inside.filters.slice", "Slice of the filters")
        self.slices.chosen.connect(self._slice_chosen)
        self.times = SegmentedControl(
            [("now", "Now"), ("initial", "Initial"), ("change", "Change"), ("beside", "All three")],
            small=True,
        )
        self.times.setObjectName("inside.filters.times")
        self.times.setAccessibleName("Weights of which moment")
        self.times.set_segment_help("now", "The weights at the moment that is looked at")
        self.times.set_segment_help("initial", "The weights that this run began with")
        self.times.set_segment_help("change", "What the training has added since the beginning")
        self.times.chosen.connect(self._times_chosen)
        self.smaller = zoom_button("minus", "Smaller pictures", "inside.filters.smaller")
        self.larger = zoom_button("plus", "Larger pictures", "inside.filters.larger")
        for control in (self.layers, self.channels, self.slices, self.times):
            self.page.add_control(control)
            control.hide()

    def forget(self) -> None:
        self._now = self._initial = None
        self._show_empty(ASKING)

    def refresh(self) -> None:
        why = self.looking.why_nothing()
        if why:
            self._show_empty(why)
            return
        network = self.looking.network
        if self._layer is not None and network is not None and not network.has(self._layer):
            self._layer = None  # a layer of an earlier run
        self._filters.ask(self._layer)

    def _came(self, answer: object) -> None:
        if isinstance(answer, NoAnswer):
            if self._layer is not None and self._now is None:
                self._layer = None
                self.refresh()
                return
            self._show_empty(answer.needs)
        elif isinstance(answer, LayerFilters):
            self._now = answer
            self._layer = answer.layer_id
            self._show()
            self._ask_initial()

    # ---- the weights that the run began with
    def _ask_initial(self) -> None:
        if self._initial is None or self._initial.layer_id != self._layer:
            self._asks_initial.ask(self._layer)

    def _initial_came(self, answer: object) -> None:
        if isinstance(answer, LayerFilters) and answer.layer_id == self._layer:
            self._initial = answer
            self._show()

    # ---- what is chosen
    def _layer_chosen(self, value: object) -> None:
        self._layer, self._now = str(value), None
        self._channel = self._slice = 0
        self.refresh()

    def _channel_chosen(self, value: object) -> None:
        self._channel = int(str(value))
        self._show()

    def _slice_chosen(self, value: object) -> None:
        self._slice = int(str(value))
        self._show()

    def _show_empty(self, text: str) -> None:
        for control in (self.layers, self.channels, self.slices, self.times):
            control.hide()
        self.page.show_empty(text)

    def _times_chosen(self, value: object) -> None:
        self._times = value  # type: ignore[assignment]
        self._show()

    def _show(self) -> None:
        now = self._now
        if now is None:
            return
        initial = self._initial
        if initial is not None and initial.layer_id != now.layer_id:
            initial = None
        filters, channels, slices, height, width = now.weights.shape
        show_choices(self.layers, [(name, name) for name in now.layers], now.layer_id, least=1)
        offered = [(number, f"channel {number + 1}") for number in range(channels)]
        if filters * channels <= MOST_AT_ONCE:
            offered.append((ALL, "all channels"))
        if self._channel not in dict(offered):
            self._channel = 0
        show_choices(self.channels, offered if channels > 1 else [], self._channel)
        shown = [(number, f"slice {number + 1}") for number in range(slices)]
        self._slice = min(self._slice, slices - 1)
        show_choices(self.slices, shown, self._slice)
        times = self._times if initial is not None else "now"
        self.times.set_current(times)
        self.times.show()
        for segment in self.times.segments:
            segment.setEnabled(segment.value == "now" or initial is not None)
        self.wall.show_filters(now, initial, self._channel, self._slice, times)
        assert self.panel.header is not None
        size = f"{height} × {width}" if height > 1 else f"{width}"
        words = [f"{filters} filters of {size} over {channels} channel{'s' * (channels != 1)}"]
        if now.grouped:
            words.append("each sees its own group of channels")
        if now.combined:
            words.append("both steps of the layer multiplied out")
        self.panel.header.set_title(now.layer_id)
        self.panel.header.set_subtitle(", ".join(words))
        self.page.show_body()
