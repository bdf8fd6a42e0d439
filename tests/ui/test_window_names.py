"""Every widget that one can use has a stable name of its own, and a name for those who cannot
see it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QGraphicsView,
    QHeaderView,
    QLineEdit,
    QMenu,
    QMenuBar,
    QScrollBar,
    QWidget,
)

from app.core.data_settings import DataSettings
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import summary_of
from app.core.own_templates import OwnTemplates
from app.core.templates import builtin_data, start_from
from app.ui.actions import BY_ID, COMMANDS, WindowFacts, enabled_commands
from app.ui.command_palette import CommandPalette
from app.ui.new_project_dialog import NameDialog, NewProjectDialog, TemplatesDialog
from app.ui.theme import current_theme
from app.ui.window.menu_row import MenuRow
from tests.end_to_end.window_user import User, turn, wait

USABLE = (
    QAbstractButton,
    QLineEdit,
    QComboBox,
    QAbstractSlider,
    QAbstractSpinBox,
    QAbstractItemView,
    QGraphicsView,
    QMenuBar,
)


def parts_of_qt(widget: QWidget) -> bool:
    """Whether Qt made it itself, as a part of a widget that has a name: list of a combo box,
    corner of a table.
    """
    if isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_"):
        return True
    parent = widget.parentWidget()
    while parent is not None:
        inside = type(parent).__name__ in ("QFrame", "QComboBoxPrivateContainer")
        if inside and isinstance(parent.parentWidget(), QComboBox):
            return True
        parent = parent.parentWidget()
    owner = widget.parentWidget()
    if isinstance(owner, QAbstractScrollArea) and owner.viewport() is widget:
        return True
    if isinstance(owner, QAbstractItemView) and isinstance(widget, (QAbstractButton, QHeaderView)):
        return not widget.objectName()
    return isinstance(owner, QAbstractSpinBox) or (
        isinstance(owner, QMenuBar) and isinstance(widget, QAbstractButton)
    )


def usable(top: QWidget) -> Iterator[QWidget]:
    for widget in top.findChildren(QWidget):
        tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(widget, QDialog)
        if (isinstance(widget, USABLE) or tab) and not parts_of_qt(widget):
            yield widget


def lacking(top: QWidget) -> list[str]:
    """What is wrong with the names in `top`, in words."""
    found = []
    widgets = list(usable(top))
    for widget in widgets:
        where = f"{type(widget).__name__} {widget.objectName()!r} in {chain(widget)}"
        if not widget.objectName():
            found.append(f"no objectName: {where}")
        if not widget.accessibleName().strip():
            found.append(f"no accessible name: {where}")
    counts = Counter(w.objectName() for w in widgets if w.objectName())
    found += [f"{count} widgets are called {name}" for name, count in counts.items() if count > 1]
    return sorted(set(found))


def chain(widget: QWidget) -> str:
    names = []
    parent = widget.parentWidget()
    while parent is not None and len(names) < 4:
        names.append(parent.objectName() or type(parent).__name__)
        parent = parent.parentWidget()
    return " < ".join(names)


def places(
    user: User,
    table: Path,
) -> Iterator[str]:
    """Takes the window through every page and many forms, and stops at each."""
    program = user.program
    yield "welcome"
    for data in ("digits", "moons", "wine", "diabetes"):
        program.files.show(start_from(data))
        wait(lambda: program.feed.prepared is not None)
        for page in ("data", "tune", "evaluate", "runs", "lab", "inside", "bench"):
            program.workbench.give(f"show_{page}")
            turn()
            yield f"{data}, {page}"
        for layer in [layer.id for layer in program.document.resolved.layers]:
            program.bench.select(layer)
            turn()
            yield f"{data}, {layer}"
        program.bench.select(None)
    program.bench.select(program.document.resolved.layers[1].id)
    program.bench.remove_selected()
    turn()
    yield "problems"
    program.document.undo_stack.undo()
    program.files.open_data(table)
    wait(lambda: program.document.project.name == "table")
    wait(lambda: program.feed.prepared is not None)
    program.workbench.give("show_data")
    turn()
    yield "a table of one's own"


def grey_without_reason(window: QWidget) -> list[str]:
    """Buttons that are seen, cannot be pressed and do not say why."""
    return [
        f"no reason: {button.objectName()}"
        for button in window.findChildren(QAbstractButton)
        if button.isVisible() and not (button.isEnabled() or button.toolTip())
    ]


def showing_markup(window: QWidget) -> list[str]:
    """Widgets whose words show the marks of a rich text, since they were dressed twice."""
    return [
        f"shows markup: {type(widget).__name__} {widget.objectName()!r}"
        for widget in window.findChildren(QWidget)
        if "&lt;qt" in widget.toolTip()
        or "<qt" in widget.accessibleName() + widget.accessibleDescription()
    ]


def test_every_widget_has_names_and_what_is_grey_says_why(user: User, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("a,b,c\n" + "".join(f"{i},{i % 5},{'xyz'[i % 3]}\n" for i in range(60)))
    found: dict[str, str] = {}
    for place in places(user, table):
        window = user.window
        for complaint in (*lacking(window), *grey_without_reason(window), *showing_markup(window)):
            found.setdefault(complaint, place)
        if place == "welcome":
            assert "open a file first" in user.find("rail.data").toolTip()
        if place == "digits, inside":
            assert "Press Train first" in user.find("inside.branch").toolTip()
    assert not found, "\n".join(f"{complaint} ({place})" for complaint, place in found.items())


def test_the_walk_finds_what_lacks_a_name(qapp) -> None:
    top = QWidget()
    named, twin, nameless = QLineEdit(top), QLineEdit(top), QLineEdit(top)
    for widget in (named, twin):
        widget.setObjectName("field")
        widget.setAccessibleName("Field")
    box = QComboBox(top)
    box.setObjectName("box")
    box.setAccessibleName("Box")
    assert [line.split(":")[0] for line in lacking(top)] == [
        "2 widgets are called field",
        "no accessible name",
        "no objectName",
    ]
    assert nameless.objectName() == ""


def _own() -> OwnTemplates:
    return OwnTemplates(Path("no such folder"))


def _digits() -> tuple[DataSettings, DataSummary]:
    data = builtin_data("digits")
    return data, summary_of(data)


def _never(*_: object) -> bool:
    raise AssertionError("nothing was to be asked or told")


@pytest.mark.parametrize(
    "make",
    [
        lambda parent: NewProjectDialog(_own(), _never, _never, parent),
        lambda parent: TemplatesDialog(_own(), *_digits(), _never, _never, parent),
        lambda parent: NameDialog(_own(), "Save as template", "a", "Save", parent),
        lambda parent: CommandPalette({}, parent),
    ],
    ids=["new project", "templates", "name of a template", "command palette"],
)
def test_dialogs_of_our_own_have_names(user: User, make: Callable) -> None:
    dialog = make(user.window)
    assert dialog.objectName()
    assert not lacking(dialog)
    dialog.close()


def test_every_menu_entry_has_a_name(user: User) -> None:
    user.program.files.show(start_from("moons"))
    for menu in user.window.findChildren(QMenu):
        if isinstance(menu.parentWidget(), QMenuBar) and not menu.title():
            continue  # what does not fit into the bar, Qt's own
        for action in menu.actions():
            if action.isSeparator() or action.menu() is not None:
                continue
            assert action.objectName() or action.data() or type(action) is not QAction, (
                menu.objectName(),
                action.text(),
            )
        assert menu.objectName(), (menu.title(), chain(menu))


def test_every_command_is_reachable_and_no_key_means_two_things(user: User) -> None:
    keys = Counter(c.key for c in COMMANDS if c.key)
    assert max(keys.values()) == 1
    shown = {
        action.objectName()
        for menu in user.window.menu_row.menus.values()
        for action in menu.actions()
    }
    everything = WindowFacts(
        project_open=True,
        can_undo=True,
        can_redo=True,
        can_train=True,
        has_model=True,
        has_history=True,
        layer_selected=True,
        chosen=3,
        placed_by_hand=True,
        has_kept=True,
        has_frozen=True,
        own_table=True,
        vault_why_not="",
        go_on_why_not="",
        refit_why_not="",
        searched=1,
        page="bench",
    )
    running = WindowFacts(project_open=True, can_train=True, phase="running", has_model=True)
    inside = WindowFacts(project_open=True, has_model=True, can_branch=True, page="inside")
    given = frozenset().union(*map(enabled_commands, (everything, running, inside)))
    assert given == set(BY_ID)
    for command in COMMANDS:
        action = user.window.actions_by_id[command.id]
        assert action.objectName() == f"action.{command.id}"
        assert action.objectName() in shown or not action.shortcut().isEmpty(), command.id
        assert action.shortcut() == QKeySequence(command.key)
        assert command.id in user.program.workbench._handlers
    # the letters of the menus are unique within each menu
    for title, menu in user.window.menu_row.menus.items():
        letters = Counter(
            action.text()[action.text().index("&") + 1].lower()
            for action in menu.actions()
            if "&" in action.text()
        )
        assert all(count == 1 for count in letters.values()), (title, letters)


@pytest.mark.parametrize("width", [1280, 1000, 640])
def test_a_long_title_stands_between_the_menus_and_touches_neither(qtbot, width: int) -> None:
    row = MenuRow({name: QAction(name) for name in BY_ID})
    qtbot.addWidget(row)
    for scale in (1.0, 1.5):
        current_theme().set_scale(scale)
        try:
            row.resize(width, row.height())
            row.show()
            for name in ("a.layerlab", "the study of the second week of november " * 4):
                row.show_title(name)
                turn()
                title = row._title.geometry()
                assert not row._title.isVisible() or (
                    row.bar.geometry().left() + row.bar.sizeHint().width() < title.left()
                    and title.right() < row.find_button.geometry().left()
                )
                if width == 1280:
                    assert title.width() > 50
        finally:
            current_theme().set_scale(1.0)


def test_tab_reaches_every_button_of_the_bench_and_comes_round(user: User) -> None:
    user.program.files.show(start_from("moons"))
    turn()
    seen: list[QWidget] = []
    user.window.menu_row.find_button.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(200):
        user.key(Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now in seen:
            break
        seen.append(now)
    reached = {widget.objectName() for widget in seen}
    wanted = {
        widget.objectName()
        for widget in usable(user.window)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    }
    assert len(seen) < 199
    missing = {
        name
        for name in wanted - reached
        if not any(name.rsplit(".", 1)[0] == other.rsplit(".", 1)[0] for other in reached)
    }
    assert not missing
