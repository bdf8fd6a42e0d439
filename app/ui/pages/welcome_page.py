"""The first thing one sees: examples to open, data to start from, files opened lately."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.dataset_catalog import DATASETS, DatasetKind
from app.core.options import defaults
from app.core.templates import EXAMPLES, Example, start_from
from app.ui.controls import Button, EmptyState, Label, Line, PrimaryButton
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.layouts import clear_layout
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.controls.scrolling import scroll_area
from app.ui.pages.welcome_pictures import PAINTERS, recorded
from app.ui.theme import current_theme
from app.ui.window.surface import Surface

Paint = Callable[[QPainter, QRectF], None]


class ExampleCard(QWidget):
    """One example: a picture of it, what it is, a button that opens it; a click anywhere opens
    it too.

    Signals:
        opened(): the user wants it.
    """

    opened = Signal()

    def __init__(self, example: Example, seconds: float, paint: Paint, primary: bool) -> None:
        super().__init__()
        self._paint = paint
        self.setObjectName(f"welcome.card.{example.name}")
        self.setAccessibleName(example.title)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setMinimumHeight(px(280))  # more where the text takes a third line
        button = (PrimaryButton if primary else Button)("Open", small=True)
        button.setObjectName(f"welcome.open.{example.name}")
        button.setAccessibleName(f"Open the example {example.title}")
        button.clicked.connect(self.opened)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(17), px(145) + px(12), px(17), px(16))
        column.setSpacing(px(3))
        column.addWidget(Label(example.title, "subject"))
        text = Label(example.description, "body", "muted", wrap=True)
        text.setMinimumHeight(px(40))
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(text)
        column.addStretch(1)
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        row.addWidget(Label(f"trains in {max(seconds, 1):.0f} s", "caption", "muted"))
        column.addLayout(row)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.opened.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            whole = QRectF(self.rect())
            paint_box(painter, whole, px(8), fill=color("card"))
            picture = QRectF(1, 1, self.width() - 2, px(145) - 1)
            clip = QPainterPath()
            clip.addRoundedRect(whole.adjusted(1, 1, -1, -1), px(7), px(7))
            painter.save()
            painter.setClipPath(clip)
            painter.fillRect(picture, color("canvas"))
            self._paint(painter, picture)
            painter.restore()
            painter.fillRect(QRectF(0, px(145), self.width(), 1), color("border"))
            paint_box(painter, whole, px(8), line=color("border"))


class DatasetRow(KeyboardFocus, QAbstractButton):
    """One built-in data set: name and size; a click starts a project on it."""

    def __init__(self, kind: DatasetKind, size: str) -> None:
        super().__init__()
        self._size = size
        self.setText(kind.label)
        self.setObjectName(f"welcome.data.{kind.name}")
        self.setAccessibleName(f"New project on {kind.label}")
        self.setToolTip(kind.description)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(27))

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            if self.underMouse():
                painter.fillRect(self.rect(), color("hover"))
            painter.setFont(current_theme().font("body"))
            painter.setPen(color("text"))
            inner = self.rect().adjusted(px(4), 0, -px(4), -1)
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, self.text())
            painter.setFont(current_theme().font("caption"))
            painter.setPen(color("muted"))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(inner, flags, self._size)
            painter.fillRect(0, self.height() - 1, self.width(), 1, color("border"))


class WelcomePage(Surface):
    """Passive.

    Signals:
        example_chosen(Project): open this project.
        new_requested(): choose data and network in the dialog.
        open_requested(): choose a file.
        recent_chosen(str): open this file.
    """

    example_chosen = Signal(object)
    new_requested = Signal()
    open_requested = Signal()
    recent_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", (), parent)
        self.setObjectName("page.welcome")
        inner = Surface("panel")
        column = QVBoxLayout(inner)
        column.setContentsMargins(px(84), px(38), px(84), px(16))
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addSpacing(px(24))
        column.addLayout(self._cards())
        column.addSpacing(px(32))
        column.addLayout(self._lower())
        column.addStretch(1)
        scroll = scroll_area(inner, "welcome.scroll", "Welcome", sideways=True)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)

    def show_recent(self, files: Sequence[Path]) -> None:
        """List the files opened lately; without any, say how to open one."""
        clear_layout(self._recent)
        if not files:
            empty = EmptyState(
                "file",
                "No files yet. Drop one here, or a folder of pictures.",
                hint=".layerlab  .keras  .csv  .xlsx  .parquet  .npz",
                dashed=True,
            )
            empty.setFixedHeight(px(144))
            self._recent.addWidget(empty)
        for number, path in enumerate(files):
            name = path.name.replace("&", "&&")
            button = Button(name, "file", kind="flat", small=True, elide=True)
            button.setObjectName(f"welcome.recent.{number}")
            button.setAccessibleName(f"Open {path.name}")
            button.setToolTip(str(path))
            button.clicked.connect(lambda _c=False, p=str(path): self.recent_chosen.emit(p))
            self._recent.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._recent.addStretch(1)

    def _head(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(px(8))
        words.addWidget(Label("Build a network and watch it learn", "welcome"))
        words.addWidget(
            Label("Open an example, then press Train. Nothing else is needed.", "lead", "muted")
        )
        new, open_ = Button("New", "plus"), Button("Open…", "open")
        new.setObjectName("welcome.new")
        open_.setObjectName("welcome.open")
        new.clicked.connect(self.new_requested)
        open_.clicked.connect(self.open_requested)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addLayout(words, 1)
        row.addWidget(new)
        row.addWidget(open_)
        return row

    def _cards(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(px(32))
        for number, example in enumerate(EXAMPLES):
            seconds = recorded(example.name)["seconds"]
            card = ExampleCard(example, seconds, PAINTERS[example.name], number == 0)
            card.opened.connect(lambda e=example: self.example_chosen.emit(e.project()))
            row.addWidget(card, 1)
        return row

    def _lower(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(32))
        grid.setVerticalSpacing(px(8))
        for column in range(3):
            grid.setColumnStretch(column, 1)
        grid.addWidget(Label("Start from data", "subject"), 0, 0)
        grid.addWidget(
            Label("built-in sets; a click opens one", "body", "muted"),
            0,
            1,
            Qt.AlignmentFlag.AlignRight,
        )
        grid.addWidget(Label("Recent files", "subject"), 0, 2)
        half = (len(DATASETS) + 1) // 2
        for column, kinds in enumerate((DATASETS[:half], DATASETS[half:])):
            rows = QVBoxLayout()
            rows.setSpacing(0)
            rows.addWidget(Line())
            for kind in kinds:
                rows.addWidget(self._dataset_row(kind))
            rows.addStretch(1)
            grid.addLayout(rows, 1, column)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(px(4))
        grid.addLayout(self._recent, 1, 2)
        return grid

    def _dataset_row(self, kind: DatasetKind) -> DatasetRow:
        noun = "pictures" if len(kind.input_shape) == 3 else "rows"
        row = DatasetRow(kind, f"{kind.samples(defaults(kind.options)):,} {noun}")
        row.clicked.connect(lambda: self.example_chosen.emit(start_from(kind.name)))
        return row
