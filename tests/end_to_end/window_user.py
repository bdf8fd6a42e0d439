"""Whoever sits before the window: a mouse, a keyboard, patience, and answers to what the program
asks.

Clicks and keys go to the window of the platform, so that Qt itself finds out which widget is
    meant: what is covered,
disabled or out of view cannot be used. Nothing here reaches behind the widgets.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QEvent, QObject, QPoint, QSettings, Qt, QTimer
from PySide6.QtGui import QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMessageBox,
    QScrollArea,
    QWidget,
)
from shiboken6 import isValid

from app.ui.application import Program
from app.ui.preferences import Preferences
from app.ui.theme import current_theme
from tests.end_to_end.patience import left_the_process, programs, wait

PICTURES = os.environ.get("LAYERLAB_STORY_PICTURES")
"""A folder for pictures of what the stories pass through; none by default."""

T = TypeVar("T", bound=QWidget)
Act = Callable[[Any], None]
LEFT = Qt.MouseButton.LeftButton
PLAIN = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
Key = Qt.Key


def turn() -> None:
    """Let everything happen that is due now."""
    done: list[bool] = []
    QTimer.singleShot(0, lambda: done.append(True))
    wait(lambda: done)


class Met:
    """A dialog that came: its name and its words."""

    def __init__(self, dialog: QWidget) -> None:
        self.name = dialog.objectName()
        self.title, self.text = dialog.windowTitle(), ""
        if isinstance(dialog, QMessageBox):
            self.title, self.text = dialog.text(), dialog.informativeText()

    def __repr__(self) -> str:
        return f"{self.name}: {self.title} | {self.text}"


class Flashes(QObject):
    """Notes every widget without a place that shows itself as a window of its own for a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.Show
            and isinstance(watched, QWidget)
            and watched.windowType() in (Qt.WindowType.Window, Qt.WindowType.Widget)
            and watched.isWindow()
            and not isinstance(watched, QMainWindow)
        ):
            self.found.append(f"{type(watched).__name__} {watched.objectName()!r}")
        return False


class User:
    """Hands and eyes.

    Attributes:
        met: the dialogs that came, in their order.
    """

    def __init__(self, program: Program) -> None:
        self.left = False
        self.flashes = Flashes()
        QApplication.instance().installEventFilter(self.flashes)
        self.program = program
        programs.append(program)
        self.window = program.window
        self.met: list[Met] = []
        self.surprises: list[Met] = []
        self._answers: list[tuple[str, Act]] = []
        self._seen: list[QWidget] = []
        self._failed: list[BaseException] = []
        self._watch = QTimer()
        self._watch.timeout.connect(self._look)
        self._watch.start(10)

    def leave(self) -> None:
        """Look and do nothing any more."""
        self.left = True
        programs.remove(self.program)
        self._watch.stop()
        _kept.clear()
        QApplication.instance().removeEventFilter(self.flashes)

    # ---- looking
    def find(self, name: str, kind: type[T] = QWidget) -> T:  # type: ignore[assignment]
        """The one visible widget called `name`."""
        tops = [self.window, *(w for w in QApplication.topLevelWidgets() if w is not self.window)]
        found = [
            widget
            for top in tops
            if isValid(top) and top.isVisible()  # a menu may be deleted while we look
            for widget in (
                *top.findChildren(kind, name),
                *([top] if top.objectName() == name else []),
            )
            if widget.isVisible()
        ]
        unique = list(dict.fromkeys(found))
        assert len(unique) == 1, f"{len(unique)} visible widgets are called {name}"
        return unique[0]

    def sees(self, name: str) -> bool:
        return any(
            widget.isVisible()
            for top in QApplication.topLevelWidgets()
            if isValid(top)
            for widget in top.findChildren(QWidget, name)
        )

    def picture(self, name: str, widget: QWidget | None = None) -> None:
        """Keep a picture, when a folder for pictures is given."""
        if PICTURES:
            turn()
            turn()
            folder = Path(PICTURES)
            folder.mkdir(parents=True, exist_ok=True)
            (widget or self.window).grab().save(str(folder / f"story_{name}.png"))

    # ---- hands
    def click(
        self,
        target: str | QWidget,
        at: QPoint | None = None,
        modifiers: Qt.KeyboardModifier = PLAIN,
        button: Qt.MouseButton = LEFT,
    ) -> None:
        """Click where `target` is, in its middle unless told."""
        handle, place = self._aim(target, at)
        QTest.mouseClick(handle, button, modifiers, place)

    def press(self, target: str | QWidget, at: QPoint) -> None:
        handle, place = self._aim(target, at)
        QTest.mousePress(handle, LEFT, PLAIN, place)

    def move(self, target: QWidget, at: QPoint) -> None:
        QTest.mouseMove(_handle(target), target.mapTo(target.window(), at))

    def release(self, target: QWidget, at: QPoint) -> None:
        QTest.mouseRelease(_handle(target), LEFT, PLAIN, target.mapTo(target.window(), at))

    def drag(self, target: str | QWidget, start: QPoint, end: QPoint) -> None:
        """Press at `start`, move, let go at `end`."""
        widget = self.find(target) if isinstance(target, str) else target
        self.press(widget, start)
        self.move(widget, (start + end) / 2)
        self.move(widget, end)
        self.release(widget, end)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        """Press a key and let it go, wherever the focus is."""
        handle = _focus_window(self.window)
        QTest.keyPress(handle, key, modifiers)
        if isValid(handle):  # the key may have closed what it was pressed in
            QTest.keyRelease(handle, key, modifiers)

    def type(self, text: str) -> None:
        """Type, wherever the focus is."""
        for letter in text:
            QTest.keyClick(_focus_window(self.window), ord(letter))

    def retype(self, text: str) -> None:
        """Replace what stands in the field that has the focus."""
        self.key(Key.Key_A, CONTROL)
        self.type(text)

    def choose(self, combo: str | QComboBox, text: str) -> None:
        """Open a list and click the entry that begins with `text`."""
        box = self.find(combo, QComboBox) if isinstance(combo, str) else combo
        self.click(box)
        wait(lambda: box.view().isVisible(), what="the list did not open")
        view = box.view()
        row = next(row for row in range(box.count()) if box.itemText(row).startswith(text))
        index = box.model().index(row, box.modelColumn(), box.rootModelIndex())
        view.scrollTo(index)
        turn()
        self.click(view.viewport(), view.visualRect(index).center())
        wait(lambda: not isValid(view) or not view.isVisible(), what="the list did not close")

    def menu(self, menu: str, text: str) -> None:
        """Open a menu of the bar and click the entry whose words begin with `text`."""
        bar = self.window.menu_row.bar
        action = next(a for a in bar.actions() if a.text().replace("&", "") == menu)
        self.click(bar, bar.actionGeometry(action).center())
        self.pick(action.menu(), text)

    def pick(self, menu: QMenu, text: str) -> None:
        """Click the entry of an open menu whose words begin with `text`."""
        wait(menu.isVisible, what="the menu did not open")
        entry = next(a for a in menu.actions() if a.text().replace("&", "").startswith(text))
        assert entry.isEnabled(), f"{text} is disabled"
        self.click(menu, menu.actionGeometry(entry).center())

    def popup_menu(self) -> QMenu:
        """The context menu that is open."""
        wait(lambda: isinstance(QApplication.activePopupWidget(), QMenu), what="no menu opened")
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    # ---- answers
    def will(self, name: str, act: Act) -> None:
        """When the next dialog comes it is the one called `name`, and `act(dialog)` answers it."""
        self._answers.append((name, act))

    def will_press(self, name: str, text: str) -> None:
        """Answer the next dialog by the button whose words begin with `text`."""

        def act(dialog: QDialog) -> None:
            buttons = [b for b in dialog.findChildren(QAbstractButton) if b.isVisible()]
            self.click(next(b for b in buttons if b.text().replace("&", "").startswith(text)))

        self.will(name, act)

    def will_name_file(self, path: Path, dialog: str = "dialog.file") -> None:
        """Answer the next file dialog, which is called `dialog`, by typing `path`."""

        def act(shown: QFileDialog) -> None:
            assert shown.testOption(QFileDialog.Option.DontUseNativeDialog) or (
                QApplication.platformName() == "offscreen"
            )
            field = shown.findChild(QLineEdit, "fileNameEdit")
            wait(field.isVisible)
            self.click(field)
            self.retype(str(path))
            completions = field.completer().popup() if field.completer() else None
            if completions is not None:
                completions.hide()
            self.key(Key.Key_Return)

        self.will(dialog, act)

    def answered(self) -> None:
        """Wait until every answer was given and every dialog is gone."""
        wait(
            lambda: (
                self._failed or (not self._answers and QApplication.activeModalWidget() is None)
            ),
            what=f"no dialog came for {[n for n, _ in self._answers]}; met {self.met}",
            seconds=20,
        )
        if self._failed:
            raise self._failed.pop()

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None or not dialog.isVisible() or any(dialog is old for old in self._seen):
            return
        self._seen.append(dialog)
        met = Met(dialog)
        self.met.append(met)
        if self._answers and self._answers[0][0] == met.name:
            _, act = self._answers.pop(0)
            QTimer.singleShot(0, dialog, lambda: self._answer(act, dialog, met))
        else:
            self.surprises.append(met)
            QTimer.singleShot(0, dialog, dialog.close)

    def _answer(self, act: Act, dialog: QWidget, met: Met) -> None:
        self.picture(f"dialog_{len(self.met):02}_{met.name.replace('.', '_')}", dialog)
        try:
            act(dialog)
        except BaseException as error:  # noqa: BLE001  it is raised again where it is waited for
            self._failed.append(error)
            dialog.close()

    def _aim(self, target: str | QWidget, at: QPoint | None) -> tuple[QWindow, QPoint]:
        turn()  # what was laid out anew finds its place
        widget = self.find(target) if isinstance(target, str) else target
        name = widget.objectName() or type(widget).__name__
        assert widget.isVisible(), f"{name} is not visible"
        assert widget.isEnabled(), f"{name} is disabled"
        _scroll_to(widget)
        at = at if at is not None else widget.rect().center()
        top = widget.window()
        place = widget.mapTo(top, at)
        hit = top.childAt(place) or top
        assert hit is widget or widget.isAncestorOf(hit), (
            f"{name} cannot be clicked: {hit.objectName() or type(hit).__name__} is in the way"
        )
        return _handle(widget), place


_kept: list[QWidget] = []
"""PySide deletes a popup of Qt's own, whose window was asked for, with its last name in Python."""


def _handle(widget: QWidget) -> QWindow:
    _kept.append(widget.window())
    handle = _kept[-1].windowHandle()
    assert handle is not None
    return handle


def _focus_window(default: QWidget) -> QWindow:
    popup = QApplication.activePopupWidget()
    if popup is not None:
        return _handle(popup)
    active = QApplication.activeWindow()
    if active is None or not active.isVisible():
        # offscreen nobody activates the window behind a dialog or a popup that has closed
        active = QApplication.activeModalWidget() or default
        active.activateWindow()
        wait(active.isActiveWindow, seconds=10, what="no active window")
    return _handle(active)


def _scroll_to(widget: QWidget) -> None:
    """Scroll as a wheel would, where the widget is out of view."""
    parent = widget.parentWidget()
    while parent is not None and not widget.isWindow():
        if isinstance(parent, QScrollArea) and parent.widget().isAncestorOf(widget):
            shown = widget.visibleRegion().boundingRect()
            if not shown.contains(widget.rect().center()):
                parent.ensureWidgetVisible(widget)
                turn()
        parent = parent.parentWidget()


def make_program(home: Path) -> Program:
    """The whole program, with preferences and state of its own below `home`."""
    settings = QSettings(str(home / "preferences.ini"), QSettings.Format.IniFormat)
    program = Program(Preferences(settings), home / "state", current_theme())
    program.workbench._leave = left_the_process
    return program
