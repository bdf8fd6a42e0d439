"""The page Inside: a row of tabs, the view in front, and the time machine below."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.ui.controls import IconButton, Label
from app.ui.controls.painting import px
from app.ui.inside.tab_row import HEIGHT, TabRow
from app.ui.inside.time_bar import TimeBar
from app.ui.window.surface import Surface


class InsidePage(Surface):
    """Passive.

    Signals:
        tab_chosen(str): id of the tab that was pressed.
        seen(bool): the page came to the front, or went.
    """

    tab_chosen = Signal(str)
    seen = Signal(bool)

    def __init__(
        self, tabs: Sequence[tuple[str, str, QWidget]], parent: QWidget | None = None
    ) -> None:
        """`tabs`: id, label and page of each, from left to right."""
        super().__init__("window", (), parent)
        self.setObjectName("page.inside")
        self.tab_row = TabRow([(name, label) for name, label, _ in tabs], "inside.tabs")
        self.tab_row.chosen.connect(self.tab_chosen)
        self.run_label = Label("", "body", "muted", elide=True)
        self.run_label.setObjectName("inside.run")
        self.run_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.time_bar = TimeBar()
        self._pages = {name: page for name, _, page in tabs}
        self._stack = QStackedWidget()
        self._stack.setObjectName("inside.stack")
        for page in self._pages.values():
            self._stack.addWidget(page)
        head = Surface("panel", ("bottom",))
        head.setFixedHeight(px(HEIGHT + 1))
        row = QHBoxLayout(head)
        row.setContentsMargins(px(12), 0, px(16), 1)
        row.setSpacing(px(12))
        self._scroll = _SidewaysScroll(self.tab_row)
        self._arrows = [
            self._arrow("chevron-left", "Tabs further left", -1),
            self._arrow("chevron-right", "Tabs further right", 1),
        ]
        self._scroll.horizontalScrollBar().rangeChanged.connect(self._show_arrows)
        self._scroll.horizontalScrollBar().valueChanged.connect(self._show_arrows)
        row.addWidget(self._arrows[0])
        row.addWidget(self._scroll, 1)
        row.addWidget(self._arrows[1])
        row.addWidget(self.run_label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self._stack, 1)
        column.addWidget(self.time_bar)
        self.resting_place = self.tab_row

    def _arrow(self, icon: str, help_text: str, by: int) -> IconButton:
        """Shown while the row of tabs does not fit."""
        button = IconButton(icon, help_text, icon_size=16)
        button.setObjectName(f"inside.tabs.{'left' if by < 0 else 'right'}")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard moves from tab to tab
        button.clicked.connect(lambda: self._scroll.move_by(by))
        button.hide()
        return button

    def _show_arrows(self) -> None:
        bar = self._scroll.horizontalScrollBar()
        for button, end in zip(self._arrows, (bar.minimum(), bar.maximum()), strict=True):
            button.setVisible(bar.maximum() > bar.minimum())
            button.setEnabled(bar.value() != end)

    @property
    def current(self) -> str:
        """Id of the tab in front."""
        return self.tab_row.current

    def show_tab(self, name: str) -> None:
        self.tab_row.set_current(name)
        self._scroll.show_whole(self.tab_row.button(name))
        self._stack.setCurrentWidget(self._pages[name])

    def show_run(self, text: str) -> None:
        """Which run is looked at."""
        self.run_label.setText(text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.width() - self.tab_row.sizeHint().width() - px(48)
        self.run_label.setMaximumWidth(max(px(110), room))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.seen.emit(False)


class _SidewaysScroll(QScrollArea):
    """Shows a row that may be wider than its place; the keyboard moves it."""

    def __init__(self, row: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        row.setAutoFillBackground(False)
        self.setWidget(row)
        row.setAutoFillBackground(False)
        self.setStyleSheet("QScrollArea, QScrollArea > QWidget { background: transparent; }")

    def show_whole(self, widget: QWidget) -> None:
        """Scroll so that `widget`, in the row, is seen."""
        self.ensureWidgetVisible(widget, px(24), 0)

    def move_by(self, pages: int) -> None:
        """Scroll by most of what is seen."""
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() + pages * self.viewport().width() * 2 // 3)
