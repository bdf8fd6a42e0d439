"""The page Tune."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.controls import EmptyState
from app.ui.window.surface import Surface


class TunePage(Surface):
    """Passive."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", (), parent)
        self.setObjectName("page.tune")
        self.empty = EmptyState(
            "tune",
            "Nothing is searched yet.",
        )
        self.empty.setObjectName("tune.empty")
        column = QVBoxLayout(self)
        column.addWidget(self.empty)
