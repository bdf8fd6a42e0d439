"""What of a plot does not move with the pointer, painted once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtGui import QPaintEngine, QPainter, QPixmap
from PySide6.QtWidgets import QWidget


class KeptPicture:
    """Paints by `paint`, and keeps the picture until it is forgotten or the widget has another
    size. Into a file everything is painted line by line.
    """

    def __init__(self, widget: QWidget, paint: Callable[[QPainter], None]) -> None:
        self._widget = widget
        self._paint = paint
        self._picture: QPixmap | None = None
        self._line_by_line = False

    def forget(self) -> None:
        """What is shown is another."""
        self._picture = None

    @property
    def is_line_by_line(self) -> bool:
        """Whether it is painted into a file now."""
        return self._line_by_line

    @contextmanager
    def line_by_line(self) -> Iterator[None]:
        """While in it, no picture is used."""
        self._line_by_line = True
        try:
            yield
        finally:
            self._line_by_line = False

    def draw(self, painter: QPainter) -> None:
        """Draw all of it on the widget, or what `painter` paints on in its place."""
        if self._line_by_line or painter.paintEngine().type() != QPaintEngine.Type.Raster:
            self._paint(painter)
        else:
            painter.drawPixmap(0, 0, self._kept())

    def _kept(self) -> QPixmap:
        ratio = self._widget.devicePixelRatioF()
        size, kept = self._widget.size() * ratio, self._picture
        if kept is not None and kept.devicePixelRatio() == ratio and kept.size() == size:
            return kept
        picture = QPixmap(size)
        picture.setDevicePixelRatio(ratio)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint(painter)
        self._picture = picture  # not before: who forgets it meanwhile must not take it away
        return picture
