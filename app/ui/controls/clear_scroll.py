"""A place that scrolls up and down on the ground of the panel that it is in."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class ClearScroll(QScrollArea):
    """Without a frame and a ground of its own; what is in it is as wide as it is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)

    def needed_width(self) -> int:
        """What is in it needs so many px."""
        widget = self.widget()
        return 0 if widget is None else widget.minimumSizeHint().width()

    def setWidget(self, widget: QWidget) -> None:
        """Show `widget` in place of the one before."""
        super().setWidget(widget)
        widget.setAutoFillBackground(False)
