"""The column at the right of the data page: three tabs of panels."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from app.ui.controls import Panel, SegmentedControl
from app.ui.controls.painting import px

TABS = (
    ("look", "Look", "What the data hold, and what is conspicuous"),
    ("prepare", "Prepare", "What is done to them before the network gets them"),
    ("source", "Source", "Where they come from, and how they are read"),
)
WIDTH = 280


class _Tab(QScrollArea):
    """Panels one below the other; scrolled where they do not fit."""

    def __init__(self, name: str, label: str) -> None:
        super().__init__()
        self.setObjectName(f"data.tab_{name}")
        self.setAccessibleName(label)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        self.column = QVBoxLayout(inner)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(px(16))
        self.column.addStretch(0)
        self.setWidget(inner)

    def add(self, panel: QWidget, stretch: int) -> None:
        self.column.insertWidget(self.column.count() - 1, panel, stretch)
        growing = any(self.column.stretch(i) for i in range(self.column.count() - 1))
        self.column.setStretch(self.column.count() - 1, 0 if growing else 1)


class SideColumn(QWidget):
    """Tabs, and the panels of the one in front. The preprocessing stands in two of them.

    Signals:
        tab_shown(str): the user chose another tab.
    """

    tab_shown = Signal(str)

    def __init__(self, shared: Panel) -> None:
        super().__init__()
        self.setFixedWidth(px(WIDTH))
        self._shared = shared
        self.tabs = SegmentedControl([(name, label) for name, label, _ in TABS])
        self.tabs.setObjectName("data.tab")
        self.tabs.setAccessibleName("What stands at the side")
        for name, _, text in TABS:
            self.tabs.set_segment_help(name, text)
        self._stack = QStackedWidget()
        self._pages: dict[str, _Tab] = {}
        for name, label, _ in TABS:
            self._pages[name] = _Tab(name, label)
            self._stack.addWidget(self._pages[name])
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(12))
        self._column.addWidget(self.tabs)
        self._column.addWidget(self._stack, 1)
        self._column.addWidget(shared)
        self.tabs.chosen.connect(self._chosen)

    @property
    def tab(self) -> str:
        """Name of the tab in front."""
        return str(self.tabs.current())

    def add_panel(self, tab: str, panel: QWidget, stretch: int = 0) -> None:
        """Put a panel below those that a tab ("look", "prepare", "source") has already."""
        self._pages[tab].add(panel, stretch)

    def show_tab(self, tab: str) -> None:
        """Bring a tab to the front."""
        self.tabs.set_current(tab)
        self._bring(tab)

    def _chosen(self, tab: object) -> None:
        self._bring(str(tab))
        self.tab_shown.emit(str(tab))

    def _bring(self, tab: str) -> None:
        self._stack.setCurrentWidget(self._pages[tab])
        self._shared.setVisible(tab != "source")
