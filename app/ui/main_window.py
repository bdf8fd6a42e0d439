"""The window: rows, rail and pages put together. It holds no state of the project and decides
nothing.
"""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.ui.actions import COMMANDS
from app.ui.controls import plain_tool_tip
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.window.menu_row import MenuRow
from app.ui.window.rail import Rail
from app.ui.window.run_bar import RunBar
from app.ui.window.status_row import StatusRow

PAGES = (
    ("data", "data", "Data"),
    ("bench", "bench", "Bench"),
    ("inside", "inside", "Inside"),
    ("tune", "tune", "Tune"),
    ("evaluate", "evaluate", "Evaluate"),
    ("runs", "runs", "Runs"),
    ("lab", "lab", "Lab"),
)
"""(id, icon, label) of the pages that the rail shows; the welcome page has no button."""


class MainWindow(QMainWindow):
    """Passive frame.

    Signals:
        command(str): id of a command that was given, by menu, key or button.
        file_dropped(str): path of a file let go over the window.
        file_over(str): path of a file that is held over the window; "" when it is gone.
        painted(): the window was seen for the first time.
        close_requested(): the user wants to leave; the window closes only when `closing_allowed`
        is set.
    """

    command = Signal(str)
    file_dropped = Signal(str)
    file_over = Signal(str)
    painted = Signal()
    close_requested = Signal()

    def __init__(self, pages: Mapping[str, QWidget]) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("LayerLab")
        self.setAcceptDrops(True)
        self.closing_allowed = False
        self._was_painted = False
        self.actions_by_id = {command.id: self._action(command) for command in COMMANDS}
        self.menu_row = MenuRow(self.actions_by_id)
        self.menu_row.find_requested.connect(lambda: self.command.emit("palette"))
        self.run_bar = RunBar()
        self.run_bar.command.connect(self.command)
        self.rail = Rail(PAGES)
        self.rail.page_chosen.connect(lambda name: self.command.emit(f"show_{name}"))
        self.status_row = StatusRow()
        self.pages = dict(pages)
        self._stack = QStackedWidget()
        self._stack.setObjectName("pages")
        for page in self.pages.values():
            self._stack.addWidget(page)
        self._lay_out()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_moved)
        self.resize(1280, 800)
        self.setMinimumSize(960, 600)

    def show_page(self, name: str) -> None:
        """Bring a page to the front. Where the focus was on the page before it comes to where it
        was last here; else Qt gives it to the first setting, which a stray key would change.
        """
        page, before, focus = self.pages[name], self._stack.currentWidget(), self.focusWidget()
        first = page.focusWidget() is None and page is not before
        self._stack.setCurrentWidget(page)
        self.rail.show_page(name)
        place = getattr(page, "resting_place", page)
        if first and before is not None and focus is not None and before.isAncestorOf(focus):
            place.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def page(self) -> str:
        """Id of the page in front."""
        current = self._stack.currentWidget()
        return next(name for name, page in self.pages.items() if page is current)

    def show_commands(self, why_not: Mapping[str, str], running: bool) -> None:
        """Let all commands be given but those of which `why_not` tells what is in the way."""
        for name, action in self.actions_by_id.items():
            action.setEnabled(name not in why_not)
            action.setToolTip(plain_tool_tip(why_not.get(name, "")))
        self.run_bar.show_enabled(why_not, running)
        self.rail.show_enabled({name: why_not.get(f"show_{name}", "") for name, _, _ in PAGES})

    def show_title(self, name: str, modified: bool) -> None:
        self.menu_row.show_title(f"{name}{' •' if modified else ''}")
        self.setWindowTitle("LayerLab" if name == "LayerLab" else f"{name}[*] – LayerLab")
        self.setWindowModified(modified and name != "LayerLab")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.closing_allowed:
            event.accept()
            return
        event.ignore()
        self.close_requested.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()
            self.file_over.emit(urls[0].toLocalFile())

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.file_over.emit("")

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.file_over.emit("")
        self.file_dropped.emit(event.mimeData().urls()[0].toLocalFile())

    def _focus_moved(self, old: QWidget | None, now: QWidget | None) -> None:
        """A control that vanishes, or is disabled, hands its focus to the next one in line, as if
        by the Tab key: to the rail, to the menu. It goes to a better place, and without a ring
        unless there was one before.
        """
        if old is None or now is None or not (isValid(old) and isValid(now)):
            return
        if (old.isVisible() and old.isEnabled()) or not (
            self.isAncestorOf(old) and self.isAncestorOf(now)
        ):
            return
        by_key = isinstance(old, KeyboardFocus) and old.had_focus_ring()
        if isinstance(now, KeyboardFocus) and not by_key:
            now.drop_focus_ring()
        page: QWidget | None = self._stack.currentWidget()
        if page is None:
            return
        if self.run_bar.isAncestorOf(old) and self.run_bar.resting_place.isEnabled():
            place: QWidget = self.run_bar.resting_place
        else:
            # Not a focus proxy: that would change the order of the Tab key.
            place = getattr(page, "resting_place", page)
        if place.isVisible() and not place.isAncestorOf(now):
            reason = Qt.FocusReason
            place.setFocus(reason.TabFocusReason if by_key else reason.OtherFocusReason)

    def _action(self, command) -> QAction:
        action = QAction(command.text, self)
        action.setObjectName(f"action.{command.id}")
        if command.key:
            action.setShortcut(QKeySequence(command.key))
        action.setMenuRole(QAction.MenuRole.NoRole)
        action.triggered.connect(lambda _checked=False: self.command.emit(command.id))
        self.addAction(action)
        return action

    def _lay_out(self) -> None:
        root = QWidget()
        column = QVBoxLayout(root)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.menu_row)
        column.addWidget(self.run_bar)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(self._stack, 1)
        column.addLayout(middle, 1)
        column.addWidget(self.status_row)
        self.setCentralWidget(root)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
