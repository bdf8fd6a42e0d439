"""The activation lab: functions and derivatives side by side, what depth makes of them, and what
each is good for.
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.activation_facts import LECTURE_SENTENCE
from app.core.activation_forms import FORMS
from app.core.options import FloatOption, IntegerOption, Option, TextOption
from app.ui.controls import Button, ComboBox, Label, Panel, PrimaryButton, SegmentedControl
from app.ui.controls.painting import px
from app.ui.controls.scrolling import scroll_area
from app.ui.option_editors import Editor, editor_of
from app.ui.option_form import OptionForm
from app.ui.pages.activation_list import ActivationList
from app.ui.plots.function_plot import FunctionPlot
from app.ui.plots.product_plot import ProductPlot
from app.ui.plots.slope_fan import SlopeFan
from app.ui.plots.vector_bars import VectorBars
from app.ui.window.surface import Surface

REACHES = ((3.0, "±3"), (6.0, "±6"), (12.0, "±12"))
VIEWS = (("products", "Through layers"), ("slopes", "Random slopes"), ("vector", "Over a vector"))

_seed_help = "The same seed draws the same numbers."

PRODUCT_OPTIONS: tuple[Option, ...] = (
    IntegerOption(
        name="layers",
        label="Layers",
        default=20,
        minimum=1,
        maximum=100,
        help="How many layers the gradient passes on its way back.",
    ),
    FloatOption(
        name="spread",
        label="Spread",
        default=1.0,
        minimum=0.05,
        maximum=20.0,
        step=0.25,
        help="Standard deviation of the random pre-activations; their mean is 0.",
    ),
    IntegerOption(
        name="seed", label="Seed", default=0, minimum=0, maximum=2**31 - 2, help=_seed_help
    ),
)
SLOPE_OPTIONS: tuple[Option, ...] = (
    IntegerOption(
        name="count",
        label="Lines",
        default=24,
        minimum=1,
        maximum=200,
        help="How many slopes are drawn.",
    ),
    FloatOption(
        name="leaky",
        label="Leaky slope",
        default=0.01,
        minimum=0.0,
        maximum=1.0,
        step=0.01,
        help="The fixed slope of the leaky ReLU that is drawn for comparison.",
    ),
    IntegerOption(
        name="seed", label="Seed", default=0, minimum=0, maximum=2**31 - 2, help=_seed_help
    ),
)
VECTOR_OPTIONS: tuple[Option, ...] = (
    TextOption(
        name="scores",
        label="Scores",
        default="2, 1, 0.5, 0, -1",
        maximum_length=100,
        help="Up to ten numbers with commas between them.",
    ),
    FloatOption(
        name="temperature",
        label="Temperature",
        default=1.0,
        minimum=0.05,
        maximum=20.0,
        step=0.1,
        help="The scores are divided by it first. Small: the largest takes all.",
    ),
)


class OptionStrip(QWidget):
    """A few options side by side, each with its label.

    Signals:
        edited(str, object): the option was given another allowed value.
    """

    edited = Signal(str, object)

    def __init__(self, prefix: str, options: Sequence[Option], widths: Mapping[str, int]) -> None:
        super().__init__()
        self._editors: dict[str, Editor] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(6))
        for option in options:
            editor = editor_of(option, option.default)
            editor.widget.setObjectName(f"{prefix}.{option.name}")
            editor.widget.setAccessibleName(option.label)
            editor.widget.setToolTip(option.help)
            editor.widget.setFixedWidth(px(widths.get(option.name, 72)))
            editor.show(option.default)
            editor.edited.connect(lambda value, n=option.name: self.edited.emit(n, value))
            self._editors[option.name] = editor
            label = Label(option.label, "body", "muted")
            label.setBuddy(editor.widget)
            row.addWidget(label)
            row.addWidget(editor.widget)
            row.addSpacing(px(8))
        row.addStretch(1)

    def show_values(self, values: Mapping[str, object]) -> None:
        for name, editor in self._editors.items():
            if name in values:
                editor.show(values[name])

    def show_error(self, name: str, text: str) -> None:
        show = self._editors[name].show_error
        if show is not None:
            show(text)


class FactsPanel(Panel):
    """What is to be known of one activation."""

    ROWS = (
        ("range", "Range"),
        ("steepest", "Largest |f′|"),
        ("saturates", "Saturates"),
        ("centred", "Zero-centred"),
        ("dies", "Units can die"),
        ("good_for", "Good for"),
    )

    def __init__(self) -> None:
        super().__init__(padding=0)
        self.body.setContentsMargins(0, px(6), 0, px(6))  # within the line of the panel
        self.title = Label("", "subject", wrap=True)
        self.formula = Label("", "body", "accent", wrap=True)
        self.help = Label("", "cell", wrap=True)
        self.values = {name: Label("", "cell", wrap=True) for name, _ in self.ROWS}
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(px(12))
        form.setVerticalSpacing(px(4))
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        for name, words in self.ROWS:
            label = Label(words, "cell", "muted")
            label.setFixedWidth(px(84))
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            self.values[name].setAlignment(Qt.AlignmentFlag.AlignTop)
            self.values[name].setObjectName(f"lab.fact.{name}")
            policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.values[name].setSizePolicy(policy)
            form.addRow(label, self.values[name])
        inner = Surface("panel")
        column = QVBoxLayout(inner)
        column.setContentsMargins(px(16), px(12), px(16), px(12))
        column.setSpacing(px(6))
        for widget in (self.title, self.formula, self.help):
            column.addWidget(widget)
        column.addSpacing(px(4))
        column.addLayout(form)
        column.addStretch(1)
        scroll = scroll_area(inner, "lab.facts", "Facts of the activation", by_key=True)
        scroll.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.body.addWidget(scroll)

    def show_facts(
        self, title: str, formula: str, help_text: str, facts: Mapping[str, str]
    ) -> None:
        self.title.setText(title)
        self.formula.setText(f"f(x) = {formula}")
        self.help.setText(help_text)
        for name, label in self.values.items():
            label.setText(facts[name])
            label.setAccessibleName(f"{dict(self.ROWS)[name]}: {facts[name]}")


class LabPage(Surface):
    """Passive: the parts and how they are laid out.

    Signals:
        parameter_edited(str, object): a parameter of the current activation.
        reach_chosen(float): the functions are to be drawn from minus to plus this.
        view_chosen(name): which of `VIEWS` is wanted below.
        experiment_edited(str, str, object): view, option, value.
        layer_chosen(str): the layer that the activation is for.
        use_pressed(): give the layer the current activation.
        back_pressed(): to the bench, changing nothing.
    """

    parameter_edited = Signal(str, object)
    reach_chosen = Signal(object)
    view_chosen = Signal(object)
    experiment_edited = Signal(str, str, object)
    layer_chosen = Signal(str)
    use_pressed = Signal()
    back_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", (), parent)
        self.setObjectName("page.lab")
        self.list = ActivationList(tuple(FORMS.values()))
        self.form = OptionForm("lab")
        self.form.option_edited.connect(self.parameter_edited)
        self.values = FunctionPlot("value")
        self.derivatives = FunctionPlot("derivative")
        self.products, self.fan, self.bars = ProductPlot(), SlopeFan(), VectorBars()
        self.facts = FactsPanel()
        self.hint = Label("", "caption", "muted", wrap=True)
        self.words = Label("", "caption", wrap=True)
        self.words.setObjectName("lab.words")
        self.lecture = Label(LECTURE_SENTENCE, "caption", "muted", wrap=True)
        self.reach = SegmentedControl(REACHES, 6.0, small=True)
        self.reach.setObjectName("lab.reach")
        self.reach.setAccessibleName("Drawn from and to")
        self.reach.chosen.connect(self.reach_chosen)
        self.views = SegmentedControl(VIEWS, "products", small=True)
        self.views.setObjectName("lab.view")
        self.views.setAccessibleName("View")
        self.views.chosen.connect(self.view_chosen)
        self.layer = ComboBox([])
        self.layer.setObjectName("lab.layer")
        self.layer.setAccessibleName("Layer that the activation is for")
        self.layer.chosen.connect(lambda name: self.layer_chosen.emit(str(name)))
        self.use = PrimaryButton("Use", small=True)
        self.use.setObjectName("lab.use")
        self.use.clicked.connect(self.use_pressed)
        self.back = Button("Back to the bench", "arrow-left", kind="flat", small=True)
        self.back.setObjectName("lab.back")
        self.back.clicked.connect(self.back_pressed)
        self.obstacle = Label("", "caption", "muted", wrap=True)
        self.obstacle.setObjectName("lab.obstacle")
        self.strips = {
            "products": OptionStrip("lab.products", PRODUCT_OPTIONS, {"seed": 84}),
            "slopes": OptionStrip("lab.slopes", SLOPE_OPTIONS, {"seed": 84}),
            "vector": OptionStrip("lab.vector", VECTOR_OPTIONS, {"scores": 168}),
        }
        for view, strip in self.strips.items():
            strip.edited.connect(
                lambda name, value, v=view: self.experiment_edited.emit(v, name, value)
            )
        # One pointer for f and f': what is read in one is read in the other.
        self.values.pointed.connect(self.derivatives.set_pointer)
        self.derivatives.pointed.connect(self.values.set_pointer)
        self._lay_out()

    def show_view(self, view: str, words: str) -> None:
        """Bring one of `VIEWS` to the front, with its words."""
        self.views.set_current(view)
        names = [name for name, _ in VIEWS]
        self._stack.setCurrentIndex(names.index(view))
        for name, strip in self.strips.items():
            strip.setVisible(name == view)
        self.words.setText(words)
        self.lecture.setVisible(view == "products")

    def show_layers(self, layers: Sequence[str], current: str | None) -> None:
        """The layers that an activation can be given to."""
        self.layer.set_options([(name, name) for name in layers])
        self.layer.set_current(current, "none")
        self.layer.setEnabled(bool(layers))

    def show_use(self, text: str, enabled: bool, obstacle: str) -> None:
        """The button that gives the layer the activation, or why it cannot be pressed."""
        self.use.setText(text)
        self.use.setAccessibleName(text)
        self.use.updateGeometry()
        self.use.setEnabled(enabled)
        self.obstacle.setText(obstacle)
        self.obstacle.setVisible(bool(obstacle))

    def _lay_out(self) -> None:
        inner = Surface("window")
        inner.setMinimumSize(px(1080), px(610))  # below that it scrolls
        scroll = scroll_area(inner, "lab.scroll", "Activation lab", sideways=True)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        row = QHBoxLayout(inner)
        row.setContentsMargins(px(16), px(16), px(16), px(16))
        row.setSpacing(px(16))
        row.addWidget(self._chooser())
        right = QVBoxLayout()
        right.setSpacing(px(16))
        right.addWidget(self._functions(), 6)
        lower = QHBoxLayout()
        lower.setSpacing(px(16))
        self.facts.setFixedWidth(px(320))
        lower.addWidget(self.facts)
        lower.addWidget(self._experiments(), 1)
        right.addLayout(lower, 7)
        row.addLayout(right, 1)

    def _chooser(self) -> QWidget:
        panel = Panel("Activations", padding=0)
        panel.body.setContentsMargins(0, 0, 0, 0)
        panel.setFixedWidth(px(264))
        panel.body.setSpacing(0)
        panel.body.addWidget(self.list, 1)
        lower = QVBoxLayout()
        lower.setContentsMargins(px(16), px(10), px(16), px(14))
        lower.setSpacing(px(8))
        lower.addWidget(self.hint)
        lower.addWidget(self.form)
        line = QHBoxLayout()
        line.setSpacing(px(8))
        label = Label("For layer", "body", "muted")
        label.setBuddy(self.layer)
        line.addWidget(label)
        line.addWidget(self.layer, 1)
        lower.addLayout(line)
        lower.addWidget(self.use)
        lower.addWidget(self.obstacle)
        lower.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        panel.body.addLayout(lower)
        return panel

    def _functions(self) -> QWidget:
        panel = Panel("Functions and derivatives", "point at a curve, or move by arrow keys")
        panel.add_corner(Label("x from", "caption", "muted"))
        panel.add_corner(self.reach)
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addWidget(self.values, 1)
        row.addWidget(self.derivatives, 1)
        panel.body.addLayout(row, 1)
        return panel

    def _experiments(self) -> QWidget:
        panel = Panel("Experiment")
        panel.add_corner(self.views)
        for strip in self.strips.values():
            panel.body.addWidget(strip)
        self._stack = QStackedWidget()
        self._stack.setObjectName("lab.views")
        for plot in (self.products, self.fan, self.bars):
            self._stack.addWidget(plot)
        panel.body.addWidget(self._stack, 1)
        foot = QWidget()
        foot.setMinimumHeight(px(72))  # so that the plots stay where they are from view to view
        words = QVBoxLayout(foot)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(px(4))
        words.addWidget(self.words)
        words.addWidget(self.lecture)
        words.addStretch(1)
        panel.body.addWidget(foot)
        return panel
