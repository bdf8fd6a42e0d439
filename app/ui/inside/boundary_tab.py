"""What the network answers all over the plane, and what each unit of a layer answers there."""

from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from app.core.frozen import FrozenMap
from app.data.prepared import PreparedData
from app.diagnostics.boundary import Boundary, UnitResponses
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.plane_of_features import choosable_features
from app.diagnostics.telling_features import telling_order
from app.ui.controls import ComboBox, EmptyState, IntegerField, Label, SegmentedControl
from app.ui.controls.painting import px
from app.ui.controls.tab_order import order_by_tab
from app.ui.inside.layers_of_run import epoch_words, layers_of_run, now_words
from app.ui.inside.looking import Asker, Looking
from app.ui.inside.tab import ASKING, Tab
from app.ui.plots.boundary_view import BoundaryView
from app.ui.plots.boundary_words import title_of
from app.ui.plots.field_regions import absent_words, alike_words
from app.ui.plots.plot_panel import PlotPanel
from app.ui.plots.unit_grid import UnitGrid

RESOLUTION, UNIT_RESOLUTION = 64, 48
"""Points along each side, of the network's picture and of each unit's."""
STEEPEST, STEEPEST_BESIDE = 1.2, 2.0
"""A picture is at most so many times as high as it is wide; two beside each other are narrow."""
BESIDE: tuple[tuple[object, str], ...] = (
    ("none", "No comparison"),
    ("initial", "Initial weights beside"),
    ("now", "Now beside"),
)
NO_UNITS = "No layer of this network puts out one number a unit: add a Dense layer."


@dataclass(frozen=True)
class _Fields:
    """The choices of a plane, where there are more than two features."""

    row: QWidget
    plane: ComboBox
    across: ComboBox
    up: ComboBox
    hold: ComboBox
    sample: IntegerField


class BoundaryTab(Tab):
    """Decision boundary, fitted curve or surface, with the samples on it."""

    name = "boundary"
    label = "Boundary"
    sentence = (
        "What the network answers all over the plane: each unit draws one soft edge, and the "
        "layers behind bend such edges into the boundary between the classes, or the surface "
        "through the targets."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self.view = BoundaryView(name="inside.boundary.view")
        self.other_view = BoundaryView(name="inside.boundary.beside")
        self.grid = UnitGrid("inside.boundary.units")
        self.grid.unit_chosen.connect(lambda _unit: self._show_large("unit"))
        self.note = Label("", "caption", wrap=True)
        self.note.setObjectName("inside.boundary.note")
        self.other_note = Label("", "caption", wrap=True)
        self.other_note.setObjectName("inside.boundary.other_note")
        self.large = SegmentedControl([("network", "Network"), ("unit", "Unit")], small=True)
        self.large.setObjectName("inside.boundary.large")
        self.large.setAccessibleName("What is shown large")
        self.large.chosen.connect(lambda what: self._show_large(str(what)))
        self.large.hide()
        self.layers = ComboBox(small=True)
        self.layers.setObjectName("inside.boundary.layer")
        self.layers.setAccessibleName("Layer whose units are shown")
        self.layers.chosen.connect(lambda _layer: self.refresh())
        self.scales = SegmentedControl(
            [("shared", "Shared scale"), ("own", "Own scales")], small=True
        )
        self.scales.setObjectName("inside.boundary.scales")
        self.scales.setAccessibleName("Scale of the units")
        self.scales.chosen.connect(self._scale_chosen)
        self.beside = ComboBox(BESIDE)
        self.beside.setObjectName("inside.boundary.compare")
        self.beside.setAccessibleName("Another moment beside it")
        self.beside.chosen.connect(lambda _value: self.refresh())
        self.page.add_control(self.beside)
        self._fields = self._make_fields()
        for view in (self.view, self.other_view):
            view.tells_note = False
            view.plot.steepest = STEEPEST
        self._arrange()
        self._data: PreparedData | None = None
        self._run: object = None
        self._boundary: Boundary | None = None
        self._ask_boundary = Asker(looking, "boundary", self._boundary_came)
        self._ask_units = Asker(looking, "boundary", self._units_came)
        self._ask_beside = Asker(looking, "boundary", self._beside_came, self._moment_beside)

    def _make_fields(self) -> _Fields:
        row = QWidget()
        row.setObjectName("inside.boundary.plane_row")
        fields = _Fields(
            row,
            ComboBox([("components", "Principal plane"), ("features", "Two features")], small=True),
            ComboBox(small=True),
            ComboBox(small=True),
            ComboBox(
                [("mean", "others at their mean"), ("sample", "others as in sample")], small=True
            ),
            IntegerField(1, minimum=1),
        )
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(8))
        named = (
            (fields.plane, "plane", "Plane that is shown"),
            (fields.across, "across", "Feature across"),
            (fields.up, "up", "Feature up"),
            (fields.hold, "hold", "What becomes of the other features"),
            (fields.sample, "sample", "Sample of the validation part whose features are held"),
        )
        for widget, name, spoken in named:
            widget.setObjectName(f"inside.boundary.{name}")
            widget.setAccessibleName(spoken)
            layout.addWidget(widget)
        layout.addStretch(1)
        for box in (fields.plane, fields.across, fields.up, fields.hold):
            box.chosen.connect(lambda _value: self._plane_chosen())
        fields.sample.value_edited.connect(lambda _value: self.refresh())
        fields.sample.setFixedWidth(px(80))
        fields.plane.setMinimumWidth(px(112))
        fields.hold.setMinimumWidth(px(144))
        for box in (fields.across, fields.up):
            box.setMaximumWidth(px(180))
        return fields

    def _arrange(self) -> None:
        self.panel = PlotPanel("Decision boundary", " ", self.view)
        self.panel.add_corner(self.large)
        self.panel.body.insertWidget(0, self._fields.row)
        self.panel.body.addWidget(self.note)
        self.other_panel = PlotPanel("Initial weights", " ", self.other_view)
        self.other_panel.setObjectName("inside.boundary.other_panel")
        self.other_panel.body.addWidget(self.other_note)
        self.units_panel = PlotPanel("Response of each unit", "", self.grid)
        self.units_panel.add_corner(self.layers)
        self.units_panel.add_corner(self.scales)
        self.layers.setMinimumWidth(px(96))
        self._no_units = EmptyState("inside", NO_UNITS)
        self._no_units.setObjectName("inside.boundary.no_units")
        self._units = QStackedWidget()
        self.units_panel.body.removeWidget(self.grid)
        self._units.addWidget(self.grid)
        self._units.addWidget(self._no_units)
        self.units_panel.body.addWidget(self._units, 1)
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addWidget(self.panel, 5)
        row.addWidget(self.other_panel, 5)
        row.addWidget(self.units_panel, 4)
        self.other_panel.hide()
        self.page.body.addLayout(row, 1)
        self._order_by_tab()

    def _order_by_tab(self) -> None:
        fields, view = self._fields, self.view
        order = (
            self.beside,
            *self.large.segments,
            self.panel.more_button,
            *(fields.plane, fields.across, fields.up, fields.hold, fields.sample),
            *(view.plot, view.training_box, view.validation_box),
            self.other_panel.more_button,
            self.other_view.plot,
            *(self.other_view.training_box, self.other_view.validation_box),
            self.layers,
            *self.scales.segments,
            self.units_panel.more_button,
            self.grid.tiles,
        )
        order_by_tab(order)

    # ---- asking
    def forget(self) -> None:
        self._boundary = None
        self._show_no_units(ASKING)
        self.other_panel.hide()
        self.page.show_empty(ASKING)

    def _moment_beside(self) -> int | None:
        return 0 if self.beside.current() == "initial" else None

    def refresh(self) -> None:
        why = self.looking.why_no_data()
        if why:
            self._boundary = None
            self.page.show_empty(why)
            return
        self._offer()
        options = self._options()
        self._ask_boundary.ask(options=options.set("resolution", RESOLUTION))
        layer = self.layers.current()
        if layer is not None:
            units = options.set("resolution", UNIT_RESOLUTION)
            self._ask_units.ask(str(layer), units)
        else:
            self._show_no_units(NO_UNITS)
        steepest = STEEPEST_BESIDE if self._has_beside() else STEEPEST
        for view in (self.view, self.other_view):
            if view.plot.steepest != steepest:
                view.plot.steepest = steepest
                view.plot.forget_pictures()
        if not self._has_beside():
            self.other_panel.hide()
            self._ask_beside.forget()
        else:
            self._ask_beside.ask(options=options.set("resolution", RESOLUTION))

    def _offer(self) -> None:
        """Bring the choices in line with the data and the network of the run."""
        data, network = self.looking.data, self.looking.network
        if data is not self._data and data is not None:
            self._data = data
            self.grid.choose(None)
            self._show_large("network")
            several = len(data.summary.input_shape) != 1 or data.summary.input_shape[0] > 2
            features = choosable_features(data)
            two = several and len(features) > 1
            self._fields.row.setVisible(two)
            first = telling_order(data, tuple(n for n, _ in features))[:2] if two else (None, None)
            for box, number in zip((self._fields.across, self._fields.up), first, strict=True):
                box.set_options(features)
                box.set_current(number)
            if not two:
                self._fields.plane.set_current("components")
            self._show_fields()
        if network is not self._run:
            self._run = network
            layers = [
                layer
                for layer in layers_of_run(self.looking)
                if layer.output_shape is not None and len(layer.output_shape) == 1
            ]
            names = [layer.id for layer in layers]
            self.layers.set_options(names)
            if self.layers.current() not in names:
                dense = [layer.id for layer in layers if layer.layer.kind == "Dense"]
                self.layers.set_current(next(iter((*dense, *names)), None))
            self.layers.setVisible(bool(names))

    def _options(self) -> FrozenMap:
        fields, data = self._fields, self._data
        if fields.row.isHidden() or fields.plane.current() == "components" or data is None:
            return FrozenMap()
        options = FrozenMap(
            plane="features", across=fields.across.current(), up=fields.up.current()
        )
        if fields.hold.current() == "sample":
            part = "validation" if len(data.validation) else "training"
            number = min(max(int(str(fields.sample.value() or 1)), 1), len(data.part(part)))
            options = options.set("hold", "sample").set("part", part).set("row", number - 1)
        return options

    def _plane_chosen(self) -> None:
        across, up, data = self._fields.across, self._fields.up, self._data
        if across.current() == up.current() and data is not None:
            numbers = tuple(n for n, _ in choosable_features(data))
            other = next(n for n in telling_order(data, numbers) if n != across.current())
            up.set_current(other)
        self._show_fields()
        self.refresh()

    def _show_fields(self) -> None:
        fields = self._fields
        features = fields.plane.current() == "features"
        for widget in (fields.across, fields.up, fields.hold):
            widget.setVisible(features)
        fields.sample.setVisible(features and fields.hold.current() == "sample")

    # ---- answers
    def _boundary_came(self, answer: object) -> None:
        data = self.looking.data
        if not isinstance(answer, Boundary) or data is None:
            self._boundary = None
            self.page.show_empty(_needs(answer, self.looking))
            return
        self._boundary = answer
        if self.large.current() == "network":
            self._show_boundary()
        self.page.show_body()

    def _show_boundary(self) -> None:
        answer, data = self._boundary, self.looking.data
        if answer is None or data is None:
            return
        self.view.show_boundary(answer, data)
        self._show_titles(title_of(answer), answer)

    def _show_titles(self, title: str, answer: "Boundary | UnitResponses") -> None:
        self.panel.set_title(title)
        told = epoch_words(self.looking)
        # Beside another picture there is room for the epoch alone: how well it did stands below.
        epoch, _, result = told.partition(", ") if self._has_beside() else (told, "", "")
        self.panel.set_subtitle(epoch)
        notes = [f"{result[:1].upper()}{result[1:]}." if result else ""]
        notes.append(answer.plane.note if answer.plane is not None else "")
        if isinstance(answer, Boundary):
            notes += [_said_of(answer, self.view), self._output_note(answer)]
        self.note.setText(" ".join(words for words in notes if words))
        self._level_notes()

    def _level_notes(self) -> None:
        """Pictures beside each other are equally high, however long the notes below them are."""
        beside, notes = self._has_beside(), (self.note, self.other_note)
        width = self.note.width()
        heights = [note.heightForWidth(width) for note in notes if note.text() and beside]
        height = max(heights, default=0)
        for note in notes:
            note.setMinimumHeight(height)
            note.setVisible(bool(note.text()) or height > 0)

    def _has_beside(self) -> bool:
        return self.beside.current() != "none"

    def _output_note(self, answer: Boundary) -> str:
        """Which of several outputs of a regression is shown."""
        count, data = answer.values.shape[-1], self.looking.data
        if answer.task != "regression" or count < 2 or data is None:
            return ""
        name = next(iter(data.summary.target_names), "the first")
        return f"Of the {count:,} outputs {name} is shown; the table has all."

    def _units_came(self, answer: object) -> None:
        if not isinstance(answer, UnitResponses):
            self._show_no_units(_needs(answer, self.looking))
            return
        names = answer.plane.names if answer.plane is not None else ()
        self.grid.show_responses(answer, names)
        self._units.setCurrentWidget(self.grid)
        self.scales.show()
        if self.grid.current is None:
            self._show_large("network")
        elif self.large.current() == "unit":
            self._show_unit()

    def _show_no_units(self, text: str) -> None:
        self._no_units.sentence.setText(text)
        self._no_units.setAccessibleName(text)
        self._units.setCurrentWidget(self._no_units)
        self.scales.hide()
        self._show_large("network")

    def _show_unit(self) -> None:
        number, answer, data = self.grid.current, self.grid.responses, self.looking.data
        if number is None or answer is None or data is None:
            return
        self.view.show_unit(answer, number, self.grid.limit_of(number), data)
        self._show_titles(f"Unit {number + 1} of {answer.layer_id}", answer)

    def _show_large(self, what: str) -> None:
        """Show the network or the chosen unit in the large picture."""
        number = self.grid.current
        self.large.setVisible(number is not None)
        if number is not None:
            self.large.set_text("unit", f"Unit {number + 1}")
        before = self.large.current()
        self.large.set_current(what)
        if what == "unit":
            self._show_unit()
        elif before != what or self.view.plot.of_unit:
            self._show_boundary()

    def _scale_chosen(self, scale: object) -> None:
        self.grid.set_own_scales(scale == "own")
        if self.large.current() == "unit":
            self._show_unit()

    def _beside_came(self, answer: object) -> None:
        data = self.looking.data
        if not isinstance(answer, Boundary) or data is None:
            self.other_panel.hide()  # what stands there is not true of that moment
            return
        self.other_view.show_boundary(answer, data)
        self.other_note.setText(_said_of(answer, self.other_view))
        self.other_panel.show()
        self._level_notes()
        initial = self._moment_beside() == 0
        self.other_panel.set_title("Initial weights" if initial else "Now")
        self.other_panel.set_subtitle("" if initial else now_words(self.looking))


def _said_of(answer: Boundary, view: BoundaryView) -> str:
    """What cannot be seen in a picture: one answer everywhere, or classes without a region."""
    names = view.plot.class_names
    return alike_words(answer, names, view.plot.value_range) or absent_words(answer, names)


def _needs(answer: object, looking: Looking) -> str:
    if isinstance(answer, NoAnswer):
        return answer.needs
    return looking.why_no_data() or "The engine could not answer; press Train again."
