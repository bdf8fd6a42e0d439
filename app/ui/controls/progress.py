"""How far a run is."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.painting import box_painter, color, paint_box, px


class ProgressStrip(QWidget):
    """A bar 6 px high filled up to `progress`, with a tick at `mark`; both from 0 to 1.

    A screen reader hears the text given with `show_progress`.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._progress = 0.0
        self._mark: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def progress(self) -> float:
        return self._progress

    def mark(self) -> float | None:
        return self._mark

    def show_progress(self, progress: float, mark: float | None = None, spoken: str = "") -> None:
        """Fill the bar.

        Args:
            progress: part done, 0 to 1; outside values are cut.
            mark: where the tick stands (where early stopping would end the run), or None.
            spoken: the same in words.
        """
        progress = min(1.0, max(0.0, progress))
        mark = None if mark is None else min(1.0, max(0.0, mark))
        if (progress, mark) != (self._progress, self._mark):
            self._progress, self._mark = progress, mark
            self.update()
        self.setAccessibleDescription(spoken)

    def sizeHint(self) -> QSize:
        return QSize(px(200), px(8))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(48), px(8))

    def paintEvent(self, event: QPaintEvent) -> None:
        high = px(6)
        top = (self.height() - high) / 2
        with box_painter(self) as painter:
            paint_box(painter, QRectF(0, top, self.width(), high), high / 2, fill=color("track"))
            if self._progress > 0:
                wide = max(float(high), self.width() * self._progress)
                paint_box(painter, QRectF(0, top, wide, high), high / 2, fill=color("accent"))
            if self._mark is not None:
                x = min(self.width() - px(2), max(0.0, self.width() * self._mark - px(1)))
                painter.fillRect(QRectF(x, top - px(1), px(2), high + px(2)), color("text"))
