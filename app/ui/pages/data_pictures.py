"""Sample pictures of the data."""

from collections import Counter

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.core.number_words import counted
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.pixel_images import fitted, pixel_images
from app.ui.theme import current_theme

MOST_TOLD = 20
"""So many classes are counted for a screen reader."""


class PictureGrid(QWidget):
    """Sample pictures with their class below."""

    SIDE, GAP, LABEL = 56, 12, 16

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.pictures")
        self.setAccessibleName("Sample pictures")
        self._images: list[QImage] = []
        self._labels: list[str] = []

    def show_pictures(self, pictures: np.ndarray, labels: list[str]) -> None:
        low, high = (float(pictures.min()), float(pictures.max())) if pictures.size else (0.0, 1.0)
        self._images = pixel_images(pictures, low, high)
        self._labels = labels
        counts = Counter(filter(None, labels)).most_common(MOST_TOLD)
        told = ", ".join(f"{count} of {label}" for label, count in counts)
        self.setAccessibleDescription(f"{counted(len(labels), 'picture')}: {told}".rstrip(": "))
        self._resize()
        self.update()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._resize()

    def _columns(self) -> int:
        return max(1, (self.width() - px(32) + px(self.GAP)) // px(self.SIDE + self.GAP))

    def _resize(self) -> None:
        rows = -(-len(self._images) // self._columns())
        self.setMinimumHeight(rows * px(self.SIDE + self.LABEL + self.GAP) + px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        columns = self._columns()
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.setFont(theme.font("caption"))
            for number, (image, label) in enumerate(zip(self._images, self._labels, strict=True)):
                x = px(16) + number % columns * px(self.SIDE + self.GAP)
                y = px(12) + number // columns * px(self.SIDE + self.LABEL + self.GAP)
                box = fitted(QRectF(x, y, px(self.SIDE), px(self.SIDE)), image)
                painter.fillRect(box.adjusted(-1, -1, 1, 1), color("border"))
                painter.drawImage(box, image)
                painter.setPen(color("muted"))
                painter.drawText(
                    QRectF(x - px(4), y + px(self.SIDE), px(self.SIDE) + px(8), px(self.LABEL)),
                    Qt.AlignmentFlag.AlignCenter,
                    painter.fontMetrics().elidedText(
                        label, Qt.TextElideMode.ElideRight, px(self.SIDE) + px(8)
                    ),
                )
