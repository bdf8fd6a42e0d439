"""A plain ground with a line along some of its edges."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from app.ui.controls.painting import color


class Surface(QFrame):
    """A widget with the ground `token` and 1 px border lines at `edges` ("top", "right",
    "bottom", "left").
    """

    def __init__(
        self, token: str, edges: tuple[str, ...] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._token = token
        self._edges = edges

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color(self._token))
        line = color("border")
        width, height = self.width(), self.height()
        rects = {
            "top": (0, 0, width, 1),
            "bottom": (0, height - 1, width, 1),
            "left": (0, 0, 1, height),
            "right": (width - 1, 0, 1, height),
        }
        for edge in self._edges:
            painter.fillRect(*rects[edge], line)
        painter.end()
