"""The page Evaluate."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.controls import EmptyState
from app.ui.window.surface import Surface


class EvaluatePage(Surface):
    """Passive."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", (), parent)
        self.setObjectName("page.evaluate")
        self.empty = EmptyState(
            "evaluate",
            "There is no trained model to evaluate yet.",
        )
        self.empty.setObjectName("evaluate.empty")
        column = QVBoxLayout(self)
        column.addWidget(self.empty)
