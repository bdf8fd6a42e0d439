"""The controls of the view of what mattered."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from app.core.frozen import FrozenMap
from app.ui.controls import Button, ComboBox, IntegerField, Label, ProgressStrip, SegmentedControl
from app.ui.controls.painting import px
from app.ui.inside.choosers import offer

METHODS = (
    ("gradient", "Gradient"),
    ("gradient_input", "Gradient × input"),
    ("smooth", "SmoothGrad"),
    ("grad_cam", "Grad-CAM"),
    ("occlusion", "Occlusion"),
)
FOR_ROWS = ("gradient_input", "occlusion")
"""The methods that say something of rows of numbers."""

WORDS = {
    "gradient": (
        "How much the score changes when this pixel changes a little, up or down "
        "(Simonyan et al. 2013)."
    ),
    "gradient_input": (
        "Gradient times the value that the network gets: blue speaks for the class, orange "
        "against it; what is 0 never counts (Shrikumar et al. 2016)."
    ),
    "smooth": (
        "The gradient averaged over noisy copies of the picture: less grain (Smilkov et al. 2017)."
    ),
    "grad_cam": (
        "Where the feature maps of a convolution speak for the class; as coarse as these maps "
        "are (Selvaraju et al. 2017)."
    ),
    "occlusion": (
        "How far the answer falls when this place is covered: blue, it falls; orange, it rises "
        "(Zeiler and Fergus 2013)."
    ),
}
OF_ROWS = {
    "gradient_input": (
        "Gradient times the value that the network gets, by how much it differs from 0 after "
        "preprocessing: blue speaks for the answer, orange against it."
    ),
    "occlusion": (
        "How far the answer falls when this column has its mean of the training part instead: "
        "blue, it falls; orange, it rises."
    ),
}
PREDICTED, TRUE = "predicted", "true"


class AttributionControls(QWidget):
    """Passive.

    Signals:
        changed(): something else is to be asked.
        opacity_chosen(float): from 0 to 1.
        stop_pressed(): the occlusion is to stop, or to go on.
    """

    changed = Signal()
    opacity_chosen = Signal(float)
    stop_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sides = (8, 8)
        self._pictures = True
        self.methods = SegmentedControl(METHODS, small=True)
        self.methods.setObjectName("inside.attribution.method")
        self.methods.setAccessibleName("Method")
        self.targets = ComboBox(small=True)
        self.targets.setObjectName("inside.attribution.target")
        self.targets.setAccessibleName("Class or output that is asked about")
        self.layers = ComboBox(small=True)
        self.layers.setObjectName("inside.attribution.layer")
        self.layers.setAccessibleName("Convolution whose feature maps are weighed")
        self.fill = ComboBox(
            [("mean", "mean value"), ("low", "lowest value"), ("high", "highest value")], small=True
        )
        self.fill.setObjectName("inside.attribution.fill")
        self.fill.setAccessibleName("What covers: a value of the training part")
        self.patch = IntegerField(3, minimum=1, maximum=512)
        self.patch.setObjectName("inside.attribution.patch")
        self.patch.setAccessibleName("Side of the patch in pixels")
        self.stride = IntegerField(1, minimum=1, maximum=512)
        self.stride.setObjectName("inside.attribution.stride")
        self.stride.setAccessibleName("Step of the patch in pixels")
        for field in (self.patch, self.stride):
            field.setFixedWidth(px(68))
            field.value_edited.connect(lambda _value: self.changed.emit())
        for choice in (self.targets, self.layers, self.fill):
            choice.setMinimumWidth(px(112))
            choice.setMaximumWidth(px(168))
            choice.chosen.connect(lambda _value: self.changed.emit())
        self.methods.chosen.connect(self._method_chosen)
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setObjectName("inside.attribution.opacity")
        self.opacity.setAccessibleName("How much of the map is seen over the picture")
        self.opacity.setToolTip(
            "How much of the map is seen over the picture; its colors are those of the scale at "
            "the right end"
        )
        self.opacity.setRange(0, 100)
        self.opacity.setValue(100)
        self.opacity.setFixedWidth(px(96))
        self.opacity.valueChanged.connect(lambda value: self.opacity_chosen.emit(value / 100))
        self.progress = ProgressStrip()
        self.progress.setObjectName("inside.attribution.progress")
        self.progress.setAccessibleName("Occlusion: places asked about")
        self.stop = Button("Stop", small=True)
        self.stop.setObjectName("inside.attribution.stop")
        self.stop.clicked.connect(self.stop_pressed)
        self.words = Label("", "caption", "muted", wrap=True)
        self.words.setObjectName("inside.attribution.words")
        self._lay_out()
        self._show()

    def _lay_out(self) -> None:
        self._of_layer = _group("layer", self.layers)
        self._of_patch = _group("patch", self.patch, "step", self.stride)
        self._of_fill = _group("covered by", self.fill)
        self._of_overlay = _group("map", self.opacity)
        self._of_progress = _group(self.progress, self.stop)
        self._of_progress.setFixedWidth(px(180))
        first = QHBoxLayout()
        first.addWidget(self.methods)
        first.addStretch(1)
        first.addWidget(self._of_overlay)
        second = QHBoxLayout()
        second.setSpacing(px(12))
        for group in (_group("for", self.targets), self._of_layer, self._of_patch, self._of_fill):
            second.addWidget(group)
        second.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addLayout(first)
        told = QHBoxLayout()
        told.setSpacing(px(12))
        told.addWidget(self.words, 1)
        told.addWidget(self._of_progress)
        column.addLayout(told)
        column.addLayout(second)

    # ---- what there is to choose from
    def show_kind(self, sides: tuple[int, int], *, pictures: bool) -> None:
        """Offer what suits pictures (or sequences) of these sides, or rows of numbers."""
        self._sides, self._pictures = sides, pictures
        for segment in self.methods.segments:
            segment.setVisible(pictures or segment.value in FOR_ROWS)
        if not pictures and self.method not in FOR_ROWS:
            self.methods.set_current(FOR_ROWS[0])
        side = min(max(3, round(min(sides) * 0.2)), *sides)
        self.patch.set_value(side)
        self.stride.set_value(max(1, side // 3))
        self._show()

    def show_targets(self, names: Sequence[str], *, classes: bool) -> None:
        """The classes, or the outputs of a regression; the first choice is taken."""
        choices: list[tuple[object, str]] = list(enumerate(names))
        if classes:
            choices = [(PREDICTED, "predicted class"), (TRUE, "true class"), *choices]
        self.targets.set_options(choices)
        self.targets.set_current(choices[0][0] if choices else None)

    def show_layers(self, layers: Sequence[str], current: str) -> None:
        """The convolutions, and the one that is shown."""
        offer(self.layers, [(layer, layer) for layer in layers])
        self.layers.set_current(current)

    def show_progress(self, share: float, *, stopped: bool, spoken: str) -> None:
        """How much of the occlusion is known; all of it hides the bar."""
        self.progress.show_progress(share, spoken=spoken)
        self.stop.setText("Go on" if stopped else "Stop")
        self.stop.setAccessibleName("Go on with the occlusion" if stopped else "Stop the occlusion")
        self._of_progress.setVisible(self.method == "occlusion" and share < 1.0)

    # ---- what is chosen
    @property
    def method(self) -> str:
        return str(self.methods.current())

    @property
    def target(self) -> int | str:
        """A class or output, `PREDICTED` or `TRUE`."""
        current = self.targets.current()
        return current if isinstance(current, int) else str(current)

    @property
    def layer(self) -> str | None:
        """Of Grad-CAM; None before its first answer."""
        current = self.layers.current()
        return str(current) if current and self.method == "grad_cam" else None

    def options(self) -> FrozenMap:
        """What the question needs beside sample and target."""
        if self.method != "occlusion":
            return FrozenMap(method=self.method)
        if not self._pictures:
            return FrozenMap()
        return FrozenMap(
            patch=self.patch.value(), stride=self.stride.value(), fill=self.fill.current()
        )

    def choose_target(self, target: int) -> None:
        """As if it had been chosen in the list."""
        if target != self.targets.current():
            self.targets.set_current(target)
            self.changed.emit()

    def _method_chosen(self, _method: object) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        covers = self.method == "occlusion"
        self.words.setText((WORDS if self._pictures else OF_ROWS)[self.method])
        self._of_layer.setVisible(self.method == "grad_cam")
        self._of_patch.setVisible(covers and self._pictures)
        self._of_fill.setVisible(covers and self._pictures)
        self._of_overlay.setVisible(self._pictures)
        if not covers:
            self._of_progress.hide()


def _group(*parts: str | QWidget) -> QWidget:
    """Words and widgets side by side."""
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(px(6))
    for part in parts:
        if isinstance(part, QWidget):
            row.addWidget(part)
        elif part:
            row.addWidget(Label(part, "caption", "muted"))
    return group
