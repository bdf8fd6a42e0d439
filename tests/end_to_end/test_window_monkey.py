"""Random clicks and keys, seeded: no error, and undo, redo, save and open agree."""

import random
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QMenu, QWidget

from app.core.project_file import SavedProject, open_project, save_project
from app.core.templates import EXAMPLES, start_from
from app.ui.actions import COMMANDS
from tests.end_to_end.window_user import CONTROL, PLAIN, SHIFT, Key, User, turn, wait

ASKING = {
    "new",
    "open",
    "save",
    "save_as",
    "open_model",
    "save_model",
    "backbone",
    "continue",
    "refit",
    "shortcuts",
    "find_rate",
    "templates",
    "save_template",
    "open_folder",
    "data_set",
    "data_file",
    "data_folder",
    "data_columns",
}
LEAVING = {"quit", "about"}
TRAINING = {"train", "pause", "step", "step_epoch", "stop", "start_over", "go_on"}
"""Commands by what they do: open a dialog, leave the window or end it, train."""

OPENING = (
    *("welcome.", "data.open_file", "data.open_folder", "data.built_in", "data.columns_list"),
    *(
        "data.test_file",
        "data.target_file",
        "data.show_left_out",
        "data.left_out",
        "data.all_remarks",
    ),
    *("data.column_menu.all", "curves.save", "filters.save", "new.", "inspector.find"),
)
TRAINING_BUTTONS = ("run.train", "run.step", "run.pause", "run.stop")

QUESTIONS = (
    *("The network cannot take", "The head cannot be swapped", "With and without"),
    *("Delete 1 run from the journal?", "Write event files for TensorBoard"),
)
"""Beginnings of what the program may ask or tell on the way; the monkey closes these dialogs."""

PLAIN_KEYS = (
    *(Key.Key_Tab, Key.Key_Backtab, Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down),
    *(Key.Key_Home, Key.Key_End, Key.Key_Delete, Key.Key_Backspace, Key.Key_Return, Key.Key_Escape),
    *(Key.Key_PageUp, Key.Key_PageDown, Key.Key_Space, Key.Key_1, Key.Key_7, Key.Key_Period),
    *(Key.Key_Minus, Key.Key_D, Key.Key_C, Key.Key_Insert, Key.Key_Menu),
)
CONTROL_KEYS = (Key.Key_D, Key.Key_Left, Key.Key_Right, Key.Key_L, Key.Key_K, Key.Key_T, Key.Key_A)


class Monkey:
    """Does the next best thing that its dice say, through the window of the platform."""

    def __init__(self, user: User, seed: int, training: bool) -> None:
        self._user = user
        self._dice = random.Random(seed)
        self._training = training
        self.done: list[str] = []

    def act(self) -> None:
        # Whoever looks on closes a dialog; a key pressed in it just then ends in Qt's own code.
        wait(lambda: QApplication.activeModalWidget() is None, what="a dialog stayed")
        popup = QApplication.activePopupWidget()
        if popup is not None and self._dice.random() < 0.5:
            self._key(self._dice.choice((Key.Key_Escape, Key.Key_Down, Key.Key_Return, Key.Key_A)))
            return
        chance = self._dice.random()
        if popup is not None:
            self._click_in(popup)
        elif chance < 0.5:
            self._click_in(self._user.window)
        elif chance < 0.8:
            self._key(self._dice.choice(PLAIN_KEYS))
        elif chance < 0.86:
            self._key(self._dice.choice(CONTROL_KEYS), CONTROL)
        elif chance < 0.93:
            self._key(Key.Key_Z, self._dice.choice((CONTROL, CONTROL | SHIFT)))
        else:
            self._give()

    def _allowed(self, name: str) -> bool:
        if name.startswith(OPENING) or name == "rail.welcome":
            return False
        return self._training or not name.startswith(TRAINING_BUTTONS)

    def _click_in(self, top: QWidget) -> None:
        if isinstance(top, QMenu):
            actions = [a for a in top.actions() if self._harmless(a.objectName(), a.text())]
            if not actions:
                self._key(Key.Key_Escape)
                return
            action = self._dice.choice(actions)
            self.done.append(f"menu {action.text()}")
            place = top.actionGeometry(action).center()
            QTest.mouseClick(top, Qt.MouseButton.LeftButton, PLAIN, place)
            return
        widgets = [
            w
            for w in top.findChildren(QWidget)
            if w.isVisible() and w.isEnabled() and w.size().width() > 2 and self._allowed(_name(w))
        ]
        interesting = [w for w in widgets if w.focusPolicy() != Qt.FocusPolicy.NoFocus]
        if not interesting:
            return
        widget = self._dice.choice(interesting)
        if isinstance(widget, QAbstractScrollArea):
            widget = widget.viewport()
        if widget is self._user.window.menu_row.bar:
            return
        place = QPoint(
            self._dice.randrange(max(widget.width(), 1)),
            self._dice.randrange(max(widget.height(), 1)),
        )
        hit = top.childAt(widget.mapTo(top, place))
        if hit is None or not (hit is widget or widget.isAncestorOf(hit)):
            return
        if not self._allowed(_name(hit)):
            return
        self.done.append(f"click {_name(widget)}")
        button = (
            Qt.MouseButton.RightButton if self._dice.random() < 0.1 else Qt.MouseButton.LeftButton
        )
        QTest.mouseClick(hit, button, PLAIN, hit.mapFrom(top, widget.mapTo(top, place)))

    def _harmless(self, name: str, text: str) -> bool:
        command = name.removeprefix("action.")
        return command not in ASKING | LEAVING and "Save as" not in text and "table" not in text

    def _key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
        focus = QApplication.focusWidget()
        if focus is not None and key in (Key.Key_Return, Key.Key_Space):
            if not self._allowed(_name(focus)):
                return
        if QApplication.activePopupWidget() is not None and key == Key.Key_Return:
            key = Key.Key_Escape  # it might choose anything
        self.done.append(f"key {key.name}")
        self._user.key(key, modifiers)

    def _give(self) -> None:
        forbidden = ASKING | LEAVING | {"show_welcome", "palette"}
        if not self._training:
            forbidden |= TRAINING
        names = [c.id for c in COMMANDS if c.id not in forbidden]
        name = self._dice.choice(names)
        self.done.append(f"command {name}")
        self._user.window.actions_by_id[name].trigger()


def _name(widget: QWidget) -> str:
    while widget is not None and not widget.objectName():
        widget = widget.parentWidget()
    return widget.objectName() if widget is not None else ""


def play(user: User, actions: int, seed: int, training: bool) -> Monkey:
    monkey = Monkey(user, seed, training)
    document = user.program.document
    for number in range(actions):
        monkey.act()
        assert document.project is not None
        if number % 10 == 0:
            turn()
    while QApplication.activePopupWidget() is not None:
        QApplication.activePopupWidget().close()
        turn()
    wait(lambda: QApplication.activeModalWidget() is None, what="a dialog stayed")
    user.surprises[:] = [met for met in user.surprises if not met.title.startswith(QUESTIONS)]
    return monkey


def check_history(user: User, tmp_path: Path) -> None:
    """Down to the first project, up to the last; and the file holds what is open."""
    document = user.program.document
    stack, last = document.undo_stack, document.project
    seen = [last]
    while stack.canUndo():
        stack.undo()
        seen.append(document.project)
    assert stack.index() == 0
    for project in reversed(seen[:-1]):
        stack.redo()
        assert document.project == project
    assert not stack.canRedo() or document.project == last
    path = tmp_path / "monkey.layerlab"
    save_project(path, SavedProject(last))
    assert open_project(path).project == last
    shown = {c.objectName() for c in user.window.findChildren(QWidget, "canvas")}
    assert shown == {"canvas"}
    canvas = user.program.bench._page.canvas
    assert list(canvas.card_ids()) == [layer.id for layer in document.resolved.layers]


@pytest.mark.parametrize(("start_with", "seed"), [("digits", 1), ("moons", 2), ("wine", 3)])
def test_random_use_of_the_editor(user: User, tmp_path: Path, start_with: str, seed: int) -> None:
    user.program.files.show(start_from(start_with))
    wait(lambda: user.program.feed.prepared is not None)
    changes: list[object] = []  # the stack may be short again at the end: the monkey undoes, too
    user.program.document.changed.connect(lambda before, after: changes.append(after))
    monkey = play(user, 500, seed, training=False)
    user.picture(f"70_monkey_{start_with}")
    assert len(changes) > 10, monkey.done
    check_history(user, tmp_path)


def test_random_use_while_it_trains(user: User, tmp_path: Path) -> None:
    user.program.files.show(EXAMPLES[0].project())
    wait(lambda: user.program.feed.prepared is not None)
    user.click("run.train")
    wait(lambda: user.program.run.record is not None and len(user.program.run.record.rows) > 1)
    play(user, 150, 4, training=True)
    user.program.workbench.give("stop")
    wait(lambda: not user.program.run.state.active)
    user.picture("71_monkey_training")
    check_history(user, tmp_path)
