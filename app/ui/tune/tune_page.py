"""The page Tune: how far the search is at the head; below it what is searched, or the trials."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.tune.fold_table import FoldTable
from app.ui.tune.leaderboard import Leaderboard
from app.ui.tune.running_header import RunningHeader
from app.ui.tune.setup_panel import SetupPanel
from app.ui.tune.vault_card import VaultCard
from app.ui.window.surface import Surface

LEFT, RIGHT = 720, 448
"""Widths of the two columns in the drawing; others are shared out alike."""


LEAST_TABLE, LEAST_PANELS = 320, 456
"""So high the tables and the views of the study are at least; where there is less room they scroll
together.
"""


class _Results(QWidget):
    """As high as it has to be, where that is more than there is room for."""

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return -1 if layout is None else layout.totalMinimumHeightForWidth(width)


class _Scroll(ClearScroll):
    """Up and down alone: what is in it tells how wide it has to be."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setObjectName("tune.scroll")
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.needed_width(), super().minimumSizeHint().height())


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
        self._tables.setMinimumHeight(px(LEAST_TABLE))
        panels.setMinimumHeight(px(LEAST_PANELS))
        self._tables.addWidget(self.leaderboard)
        self._tables.addWidget(self.folds)
        left = QVBoxLayout()
        left.setSpacing(px(16))
        left.addWidget(self._tables, 1)
        left.addWidget(self.vault)
        self.results = _Results()
        self.results.setObjectName("tune.results")
        row = QHBoxLayout(self.results)
        row.setContentsMargins(px(16), px(16), px(16), px(16))
        row.setSpacing(px(16))
        row.addLayout(left, LEFT)
        row.addWidget(panels, RIGHT)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.setup)
        self._stack.addWidget(_Scroll(self.results))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._stack, 1)
        self.resting_place = self.header.resting_place

    @property
    def view(self) -> str:
        """ "setup" or "results"."""
        return "setup" if self._stack.currentWidget() is self.setup else "results"

    def show_view(self, view: str) -> None:
        left, focus = self._stack.currentWidget(), QApplication.focusWidget()
        if view != self.view and left and focus and left.isAncestorOf(focus):
            self.header.setFocus()  # else it went to the filter of the leaderboard
        self._stack.setCurrentIndex(1 if view == "results" else 0)

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
