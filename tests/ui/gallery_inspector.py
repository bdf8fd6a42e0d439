"""Parts of the bench's drawing made of the real controls, at their places in the drawing."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from app.core.options import Choice, ChoiceOption, IntegerOption, ShapeOption
from app.ui.controls import (
    Badge,
    Button,
    IconButton,
    Line,
    NoticeCard,
    Panel,
    PanelHeader,
    PrimaryButton,
    ProgressStrip,
    RailButton,
    SegmentedControl,
)
from app.ui.controls.painting import box_painter, color, paint_box
from app.ui.option_form import OptionForm


def _choices(*labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(label.lower().replace(" ", "_"), label) for label in labels)


CONVOLUTION = (
    IntegerOption(
        name="filters", label="Filters", default=16, help="Patterns.", group="Shape", minimum=1
    ),
    ShapeOption(name="kernel_size", label="Kernel size", default=(3, 3), help="k", group="Shape"),
    ShapeOption(name="strides", label="Strides", default=(1, 1), help="s", group="Shape"),
    ChoiceOption(
        name="padding",
        label="Padding",
        default="valid",
        help="Edges.",
        group="Shape",
        choices=(Choice("valid", "valid"), Choice("same", "same")),
    ),
    ChoiceOption(
        name="activation",
        label="Activation",
        default="relu",
        help="f",
        group="Activation",
        choices=_choices("ReLU", "Tanh"),
    ),
    ChoiceOption(
        name="kernel_initializer",
        label="Initializer",
        default="glorot_uniform",
        help="Start.",
        group="Weights",
        choices=_choices("Glorot uniform", "He normal", "Zeros", "Ones"),
    ),
    ChoiceOption(
        name="kernel_regularizer",
        label="Regularizer",
        default=None,
        optional=True,
        help="Penalty.",
        group="Weights",
        choices=_choices("L1", "L2", "L1 and L2"),
    ),
)


class _Box(QWidget):
    """The place of the arithmetic or of a curve."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self.setFixedHeight(height)

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            paint_box(painter, self.rect().toRectF(), 6, fill=color("canvas"), line=color("border"))


def curve_picture(option: ChoiceOption, choice: Choice) -> QPixmap | None:
    """A rectifier, 28 x 18."""
    if option.name != "activation":
        return None
    picture = QPixmap(28, 18)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color("accent"), 1.5))
    painter.drawPolyline([QPointF(0, 14), QPointF(13, 14), QPointF(27, 3)])
    painter.end()
    return picture


class BenchGallery(QWidget):
    """1280 x 800; the network, the curves and the live view are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(1280, 800)
        self._run_bar()
        self._rail()
        header = PanelHeader("Network", "digits-conv", self, line=True)
        header.setGeometry(64, 76, 927, 41)
        header.add_corner(Button("Add layer", "plus", kind="flat", small=True))
        header.add_corner(IconButton("grid", "Arrange", icon_size=16))
        header.add_corner(IconButton("fit", "Fit", icon_size=16))
        live = PanelHeader("Live view", "", self)
        live.setGeometry(624, 412, 367, 40)
        live.add_corner(SegmentedControl(["Filters", "Maps", "Gradients"], small=True))
        self.form = OptionForm("inspector", self, choice_picture=curve_picture)
        self.form.set_footer("Shape", _Box(52))
        self.form.set_footer("Activation", _Box(72))
        values = {option.name: option.default for option in CONVOLUTION}
        self.form.show_options(CONVOLUTION, values)
        self.form.setGeometry(1008, 148, 256, 456)
        self._problems()

    def _run_bar(self) -> None:
        training = PrimaryButton("Training", "train", self)
        training.set_on(True)
        training.setGeometry(101, 36, 104, 32)
        step = Button("Step", "step", self)
        step.setEnabled(False)
        places = ((Button("Pause", "pause", self), 213), (step, 303))
        for button, left in (*places, (Button("Stop", "stop", self), 384)):
            button.move(left, 36)
            button.resize(button.sizeHint())
        for name, left in (("undo", 12), ("redo", 44)):
            IconButton(name, name, self, size=32).setGeometry(left, 36, 32, 32)
        Line(self, vertical=True, length=24).move(88, 40)
        strip = ProgressStrip(self)
        strip.show_progress(37 / 200, 43 / 200)
        strip.setGeometry(498, 60, 328, 8)

    def _rail(self) -> None:
        group = QButtonGroup(self)
        names = ("data", "bench", "inside", "tune", "evaluate", "runs", "learn")
        for number, name in enumerate(names):
            button = RailButton(name, name.capitalize(), self)
            group.addButton(button)
            button.setGeometry(0, 84 + 60 * number, 63, 56)
            button.setChecked(name == "bench")

    def _problems(self) -> None:
        panel = Panel("Problems", parent=self, flush=True)
        panel.setGeometry(992, 617, 288, 159)
        assert panel.header is not None
        panel.header.add_after_title(Badge("1"))
        card = NoticeCard(
            "warning",
            "12 of 64 units never fire",
            "Dense, on all 270 validation samples",
            ["Fix: Leaky ReLU", "Show"],
            compact=True,
        )
        panel.body.addWidget(card)
        panel.body.addStretch(1)
        assert isinstance(panel.layout(), QVBoxLayout)

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("window"))
            painter.fillRect(0, 29, 1280, 47, color("panel"))
            painter.fillRect(64, 76, 1216, 700, color("panel"))
            for x, y, wide, high in ((0, 28, 1280, 1), (0, 75, 1280, 1), (63, 76, 1, 700)):
                painter.fillRect(x, y, wide, high, color("border"))
            painter.fillRect(991, 76, 1, 700, color("border"))
            painter.fillRect(991, 616, 289, 1, color("border"))
