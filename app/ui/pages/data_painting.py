"""Painting one's own data: the sheet with its brushes, and what a stroke does to the project."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from app.core.data_settings import MOST_PAINTED_CLASSES, PaintedSource
from app.core.number_words import counted
from app.core.painting import LONGEST_NAME, Brush, room_left
from app.ui.controls import Button, IconButton, Label, TextField, plain_tool_tip
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.plots.markers import paint_marker, series_style
from app.ui.plots.painting_sheet import PaintingSheet
from app.ui.theme import current_theme

ERASER = -1
POINTS = (1, 12)


class BrushButton(KeyboardFocus, QAbstractButton):
    """A class with its marker, or the eraser; one of them is chosen."""

    def __init__(self, number: int, name: str) -> None:
        super().__init__()
        self.number = number
        self.setText(name)
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setObjectName("painting.eraser" if number == ERASER else f"painting.class.{number}")
        self.setAccessibleName("Eraser" if number == ERASER else f"Paint {name}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(current_theme().font("title")).horizontalAdvance(self.text())
        return QSize(min(round(width), px(110)) + px(36), px(28))

    def paintEvent(self, event: QPaintEvent) -> None:
        chosen = self.isChecked()
        with box_painter(self) as painter:
            fill = color("accent_soft") if chosen else color("hover") if self.underMouse() else None
            line = color("accent" if chosen else "control_border")
            paint_box(painter, QRectF(self.rect()), px(6), fill=fill, line=line)
            centre = QRectF(self.rect()).center()
            centre.setX(px(14))
            if self.number == ERASER:
                paint_marker(painter, "square", centre, px(4), color("muted"), hollow=True)
            else:
                index, marker = series_style(self.number)
                ink = QColor(current_theme().tokens.series[index])
                paint_marker(painter, marker, centre, px(4.5), ink)
            painter.setFont(current_theme().font("title" if chosen else "control"))
            painter.setPen(color("accent" if chosen else "text"))
            room = QRectF(self.rect()).adjusted(px(26), 0, -px(4), 0)
            text = painter.fontMetrics().elidedText(
                self.text(), Qt.TextElideMode.ElideMiddle, int(room.width())
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)


class PaintingView(QWidget):
    """Passive.

    Signals:
        painted(path, number, brush), erased(path, radius): a stroke was led.
        class_added(), class_removed(number), class_renamed(number, name), cleared().
    """

    painted = Signal(object, int, object)
    erased = Signal(object, float)
    class_added = Signal()
    class_removed = Signal(int)
    class_renamed = Signal(int, str)
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("painting")
        self._source = PaintedSource()
        self.sheet = PaintingSheet()
        self.sheet.stroke_done.connect(self._stroke)
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(lambda _button: self._tool_chosen())
        self._brushes = QHBoxLayout()
        self._brushes.setSpacing(px(6))
        self._eraser = BrushButton(ERASER, "Eraser")
        self._group.addButton(self._eraser)
        self._add = IconButton("plus", "Add a class")
        self._add.setObjectName("painting.add_class")
        self._add.clicked.connect(self.class_added)
        self._name = TextField("class 0", parse=self._parse_name)
        self._name.setObjectName("painting.name")
        self._name.setAccessibleName("Name of the chosen class")
        self._name.setFixedWidth(px(120))
        self._name.value_edited.connect(lambda name: self.class_renamed.emit(self.number, name))
        self._remove = IconButton("trash", "Remove this class and its points")
        self._remove.setObjectName("painting.remove_class")
        self._remove.clicked.connect(lambda: self.class_removed.emit(self.number))
        self._radius = _slider("painting.radius", "Size of the brush", 2, 20, 6)
        self._points = _slider("painting.points", "Points in a dab", *POINTS, 4)
        for slider in (self._radius, self._points):
            slider.valueChanged.connect(lambda _value: self._show_tool())
        self._clear = Button("Clear", small=True)
        self._clear.setObjectName("painting.clear")
        self._clear.clicked.connect(self.cleared)
        self._words = Label("", "caption", "muted")
        self._words.setObjectName("painting.words")
        self._classes: list[BrushButton] = []
        self._lay_out()
        self.show_painting(self._source)

    def _lay_out(self) -> None:
        above = QHBoxLayout()
        above.setContentsMargins(px(16), px(8), px(16), 0)
        above.setSpacing(px(8))
        above.addLayout(self._brushes)
        above.addWidget(self._add)
        above.addWidget(self._eraser)
        above.addStretch(1)
        above.addWidget(Label("name", "body", "muted"))
        above.addWidget(self._name)
        above.addWidget(self._remove)
        below = QHBoxLayout()
        below.setContentsMargins(px(16), 0, px(16), 0)
        below.setSpacing(px(8))
        below.addWidget(Label("brush", "body", "muted"))
        below.addWidget(self._radius)
        below.addSpacing(px(8))
        below.addWidget(Label("points", "body", "muted"))
        below.addWidget(self._points)
        below.addStretch(1)
        below.addWidget(self._words)
        below.addSpacing(px(8))
        below.addWidget(self._clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, px(10))
        column.setSpacing(px(8))
        column.addLayout(above)
        column.addWidget(self.sheet, 1)
        column.addLayout(below)

    # ---- what is shown
    def show_painting(self, source: PaintedSource) -> None:
        if self._names() != source.class_names:
            self._show_classes(source.class_names)
        self._source = source
        self.sheet.show_points(source)
        self._clear.setEnabled(bool(source.x))
        self._add.setEnabled(len(source.class_names) < MOST_PAINTED_CLASSES)
        self._show_tool()
        full = "; the sheet is full" if room_left(source) == 0 else ""
        self._words.setText(
            f"{counted(len(source.x), 'point')}{full}"
            if source.x
            else "Press and draw: a stroke leaves points of the chosen class."
        )

    def _names(self) -> tuple[str, ...]:
        return tuple(button.text() for button in self._classes)

    def _show_classes(self, names: tuple[str, ...]) -> None:
        chosen = self.number if len(names) == len(self._classes) else len(names) - 1
        if not self._classes:
            chosen = 0
        while len(self._classes) > len(names):
            button = self._classes.pop()
            self._group.removeButton(button)
            self._brushes.removeWidget(button)
            button.deleteLater()
        for number, name in enumerate(names):
            if number == len(self._classes):
                button = BrushButton(number, name)
                self._group.addButton(button)
                self._brushes.addWidget(button)
                self._classes.append(button)
            button = self._classes[number]
            button.setText(name)
            button.setAccessibleName(f"Paint {name}")
            button.setToolTip(plain_tool_tip(name))
            button.updateGeometry()
        tool = self._eraser if chosen == ERASER else self._classes[min(chosen, len(names) - 1)]
        tool.setChecked(True)

    # ---- tools
    @property
    def number(self) -> int:
        """The chosen class; `ERASER` for the eraser."""
        button = self._group.checkedButton()
        return button.number if isinstance(button, BrushButton) else 0

    @property
    def brush(self) -> Brush:
        return Brush(self._radius.value() / 20, self._points.value())

    def _tool_chosen(self) -> None:
        self._name.forget_typed()
        self._show_tool()

    def _show_tool(self) -> None:
        number = self.number
        erasing = number == ERASER
        self.sheet.set_tool(None if erasing else number, self.brush)
        self._name.setEnabled(not erasing)
        names = self._source.class_names
        self._remove.setEnabled(not erasing and len(names) > 2)
        self._points.setEnabled(not erasing)
        if not erasing and number < len(names):
            self._name.set_value(names[number])

    def _parse_name(self, text: str) -> str:
        name = text.strip()
        if not 1 <= len(name) <= LONGEST_NAME:
            raise ValueError(f"A name has 1 to {LONGEST_NAME} characters.")
        others = (n for i, n in enumerate(self._source.class_names) if i != self.number)
        if name in others:
            raise ValueError("Another class has this name already.")
        return name

    def _stroke(self, path: object) -> None:
        if self.number == ERASER:
            self.erased.emit(path, self.brush.radius)
        else:
            self.painted.emit(path, self.number, self.brush)


def _slider(name: str, spoken: str, low: int, high: int, value: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setObjectName(name)
    slider.setAccessibleName(spoken)
    slider.setToolTip(spoken)
    slider.setRange(low, high)
    slider.setValue(value)
    slider.setFixedWidth(px(110))
    return slider
