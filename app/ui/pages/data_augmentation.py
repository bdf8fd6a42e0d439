"""Augmentation: which random changes the training pictures get, and how that looks."""

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.core.augmentation import AUGMENTATIONS, Augmentation
from app.ui.controls import Button, CheckBox, ComboBox, FloatField, Label
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.pixel_images import fitted, pixel_images
from app.ui.theme import current_theme

COPIES = 6
"""So many changed versions of a picture are shown."""
PICTURES = 5
"""Of so many pictures."""


class ChangedPictures(QWidget):
    """A row for each picture: as it is, then changed versions of it."""

    GAP, HEAD, MOST = 8, 20, 96

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("augmentation.pictures")
        self.setAccessibleName("Augmented pictures")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._rows: list[list[QImage]] = []
        self._message = ""

    def show_pictures(self, originals: np.ndarray, changed: np.ndarray) -> None:
        """Show them on the scale of the originals.

        Args:
            originals: (n, height, width, channels).
            changed: (n, copies, height, width, channels).
        """
        low, high = float(originals.min()), float(originals.max())
        first = pixel_images(originals, low, high)
        self._rows = [
            [image, *pixel_images(versions, low, high)]
            for image, versions in zip(first, changed, strict=True)
        ]
        self._message = ""
        count = len(self._rows[0]) - 1 if self._rows else 0
        self.setAccessibleDescription(f"{len(self._rows)} pictures, {count} changed ones of each")
        self.update()

    def show_message(self, text: str) -> None:
        """Say why there are no pictures."""
        self._rows, self._message = [], text
        self.setAccessibleDescription(text)
        self.update()

    @property
    def shown(self) -> int:
        """How many rows of pictures are on show."""
        return len(self._rows)

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(360))

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            if not self._rows:
                painter.setFont(current_theme().font("body"))
                painter.setPen(color("muted"))
                flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
                painter.drawText(self.rect().adjusted(px(16), 0, -px(16), 0), flags, self._message)
                return
            self._paint_rows(painter)

    def _paint_rows(self, painter: QPainter) -> None:
        columns, rows = len(self._rows[0]), len(self._rows)
        gap = px(self.GAP)
        wide = (self.width() - 2 - gap * (COPIES + 1) - px(8)) / (COPIES + 1)
        high = (self.height() - px(self.HEAD) - gap * rows) / rows
        side = max(8.0, min(wide, high, px(self.MOST)))
        painter.setFont(current_theme().font("caption"))
        painter.setPen(color("muted"))
        painter.drawText(QRectF(1, 0, side, px(16)), Qt.AlignmentFlag.AlignCenter, "as it is")
        second = 1 + side + px(8) + gap
        painter.drawText(
            QRectF(second, 0, self.width() - second, px(16)),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            "as the network may see it in training"
            if columns > 1
            else "and so in each epoch: choose a change at the left",
        )
        for row, images in enumerate(self._rows):
            for column, image in enumerate(images):
                left = 1 + column * (side + gap) + (px(8) if column else 0)  # 1 for the line
                room = QRectF(left, px(self.HEAD) + row * (side + gap), side, side)
                box = fitted(room, image)
                painter.fillRect(box.adjusted(-1, -1, 1, 1), color("border"))
                painter.drawImage(box, image)


class AugmentationView(QWidget):
    """Passive.

    Signals:
        switched(kind, on): a change is wanted, or no longer.
        strength_edited(kind, strength): how strong it is to be.
        again_requested(): other pictures, other draws.
        shown(): it came into sight.
    """

    switched = Signal(str, bool)
    strength_edited = Signal(str, float)
    again_requested = Signal()
    shown = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("augmentation")
        self._boxes: dict[str, CheckBox] = {}
        self._fields: dict[str, FloatField | ComboBox] = {}
        self.pictures = ChangedPictures()
        self._again = Button("Other pictures", "seed", small=True)
        self._again.setObjectName("augmentation.again")
        self._again.clicked.connect(self.again_requested)
        self._words = Label(
            "Layers behind the input, active in training only: each epoch sees other versions. "
            "Validation and test pictures stay as they are.",
            "caption",
            "muted",
            wrap=True,
        )
        self._lay_out()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(6))
        for row, entry in enumerate(AUGMENTATIONS):
            self._add_row(grid, row, entry)
        left = QVBoxLayout()
        left.setSpacing(px(12))
        left.addLayout(grid)
        left.addWidget(self._words)
        left.addStretch(1)
        left.addWidget(self._again)
        side = QWidget()
        side.setFixedWidth(px(236))
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        row_of_all = QHBoxLayout(self)
        row_of_all.setContentsMargins(px(16), px(12), px(16), px(16))
        row_of_all.setSpacing(px(24))
        row_of_all.addWidget(side)
        row_of_all.addWidget(self.pictures, 1)

    def _add_row(self, grid: QGridLayout, row: int, entry: Augmentation) -> None:
        box = CheckBox(entry.label)
        box.setObjectName(f"augmentation.{entry.kind}")
        box.setToolTip(entry.help)
        box.clicked.connect(lambda on, k=entry.kind: self.switched.emit(k, bool(on)))
        self._boxes[entry.kind] = box
        grid.addWidget(box, row, 0)
        field = self._field(entry)
        field.setObjectName(f"augmentation.{entry.kind}.strength")
        field.setAccessibleName(f"{entry.label}, {entry.unit}" if entry.unit else entry.label)
        self._fields[entry.kind] = field
        if entry.choices:
            grid.addWidget(field, row, 1, 1, 2)
        else:
            field.setFixedWidth(px(64))
            grid.addWidget(field, row, 1)
            grid.addWidget(Label(entry.unit, "body", "muted"), row, 2)
        grid.setColumnStretch(2, 1)

    def _field(self, entry: Augmentation) -> FloatField | ComboBox:
        if entry.choices:
            combo = ComboBox([(str(n), text) for n, text in enumerate(entry.choices)])
            combo.chosen.connect(
                lambda value, k=entry.kind: self.strength_edited.emit(k, float(str(value)))
            )
            return combo
        field = FloatField(entry.default, minimum=entry.low, maximum=entry.high)
        field.value_edited.connect(
            lambda value, k=entry.kind: self.strength_edited.emit(k, float(value))
        )
        return field

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    # ---- what is shown
    def show_strengths(self, strengths: Mapping[str, float]) -> None:
        """Which changes there are, by layer kind, and how strong; the others are off."""
        for entry in AUGMENTATIONS:
            strength = strengths.get(entry.kind)
            box, field = self._boxes[entry.kind], self._fields[entry.kind]
            if box.isChecked() != (strength is not None):
                box.setChecked(strength is not None)
            field.setEnabled(strength is not None)
            if strength is None:
                continue
            if isinstance(field, ComboBox):
                field.set_current(str(round(strength)))
            else:
                field.set_value(round(strength, 4))
