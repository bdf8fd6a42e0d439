"""The rail at the left: one button a page."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from app.ui.controls.buttons import RailButton
from app.ui.controls.painting import px
from app.ui.window.surface import Surface


class Rail(Surface):
    """Passive; shows which page is current.

    Signals:
        page_chosen(str): id of the page whose button was pressed.
    """

    page_chosen = Signal(str)

    def __init__(
        self, pages: tuple[tuple[str, str, str], ...], parent: QWidget | None = None
    ) -> None:
        """`pages`: (id, icon, label) from top to bottom."""
        super().__init__("window", ("right",), parent)
        self.setObjectName("rail")
        self.setFixedWidth(px(64))
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._buttons: dict[str, RailButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 1, px(8))
        column.setSpacing(px(4))
        for name, icon, label in pages:
            button = RailButton(icon, label)
            button.setObjectName(f"rail.{name}")
            button.clicked.connect(lambda _checked=False, n=name: self.page_chosen.emit(n))
            self._group.addButton(button)
            self._buttons[name] = button
            column.addWidget(button)
        column.addStretch(1)

    def show_page(self, name: str) -> None:
        """Mark the page `name`; none when it has no button."""
        self._group.setExclusive(False)
        for each, button in self._buttons.items():
            button.setChecked(each == name)
        self._group.setExclusive(True)

    def show_enabled(self, why_not: Mapping[str, str]) -> None:
        """Let all pages be chosen but those of which `why_not` tells, by id, what is in the way."""
        for name, button in self._buttons.items():
            why = why_not.get(name, "")
            button.setEnabled(not why)
            button.setToolTip(why)
