"""The page Runs."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.controls import EmptyState
from app.ui.window.surface import Surface


class RunsPage(Surface):
    """Passive."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", (), parent)
        self.setObjectName("page.runs")
        self.empty = EmptyState(
            "runs",
            "No run is in the journal yet.",
        )
        self.empty.setObjectName("runs.empty")
        column = QVBoxLayout(self)
        column.addWidget(self.empty)
