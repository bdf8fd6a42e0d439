"""The page Tune: how far the search is at the head; below it what is searched, or the trials."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.ui.controls.painting import px
from app.ui.tune.fold_table import FoldTable
from app.ui.tune.leaderboard import Leaderboard
from app.ui.tune.running_header import RunningHeader
from app.ui.tune.setup_panel import SetupPanel
from app.ui.tune.vault_card import VaultCard
from app.ui.window.surface import Surface

LEFT, RIGHT = 720, 448
"""Widths of the two columns in the drawing; others are shared out alike."""


class TunePage(Surface):
    """Passive.

    Signals:
        seen(bool): the page came to the front, or went.
    """

    seen = Signal(bool)

    def __init__(self, space_list: QWidget, panels: QWidget, parent: QWidget | None = None) -> None:
        """`space_list`: what is searched; `panels`: the views of a study, at the right."""
        super().__init__("window", (), parent)
        self.setObjectName("page.tune")
        self.header = RunningHeader()
        self.setup = SetupPanel(space_list)
        self.leaderboard = Leaderboard()
        self.folds = FoldTable()
        self.vault = VaultCard()
        self.panels = panels
        self._tables = QStackedWidget()
        self._tables.addWidget(self.leaderboard)
        self._tables.addWidget(self.folds)
        left = QVBoxLayout()
        left.setSpacing(px(16))
        left.addWidget(self._tables, 1)
        left.addWidget(self.vault)
        self.results = QWidget()
        self.results.setObjectName("tune.results")
        row = QHBoxLayout(self.results)
        row.setContentsMargins(px(16), px(16), px(16), px(16))
        row.setSpacing(px(16))
        row.addLayout(left, LEFT)
        row.addWidget(panels, RIGHT)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.setup)
        self._stack.addWidget(self.results)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._stack, 1)
        self.resting_place = self.header.resting_place

    @property
    def view(self) -> str:
        """ "setup" or "results"."""
        return "results" if self._stack.currentWidget() is self.results else "setup"

    def show_view(self, view: str) -> None:
        self._stack.setCurrentWidget(self.results if view == "results" else self.setup)

    def show_alone(self, alone: bool) -> None:
        """Show the folds of one trial in place of the leaderboard."""
        self._tables.setCurrentWidget(self.folds if alone else self.leaderboard)
        self.vault.setVisible(not alone)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)
