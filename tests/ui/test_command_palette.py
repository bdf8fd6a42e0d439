"""The command palette: typed into at once, finds by other words too, says why something is grey."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.ui.actions import BY_ID, WindowFacts, refused_commands
from app.ui.command_palette import ALSO_CALLED, ID_ROLE, WHY_NOT_ROLE, CommandPalette
from tests.end_to_end.window_user import CONTROL, Key, User, wait


def of(facts: WindowFacts) -> CommandPalette:
    return CommandPalette(refused_commands(facts))


@pytest.fixture
def palette(qtbot) -> CommandPalette:
    """Of a project that was just opened."""
    made = of(WindowFacts(project_open=True, can_train=True, page="bench"))
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    return made


def shown(palette: CommandPalette) -> list[tuple[str, str]]:
    """Id and reason of each row, from top to bottom."""
    items = [palette._list.item(row) for row in range(palette._list.count())]
    return [(item.data(ID_ROLE), item.data(WHY_NOT_ROLE) or "") for item in items]


def found(palette: CommandPalette, text: str) -> dict[str, str]:
    palette._field.setText(text)
    return dict(shown(palette))


def test_what_cannot_be_given_stands_below_with_its_reason(palette: CommandPalette) -> None:
    rows = shown(palette)
    assert {name for name, _ in rows} == set(BY_ID) - {"palette"}
    refused = [bool(why) for _, why in rows]
    assert refused == sorted(refused)
    assert 10 < sum(refused) < len(rows) - 10
    facts = WindowFacts(project_open=True, can_train=True, page="bench")
    assert {name: why for name, why in rows if why} == refused_commands(facts)


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("refit", "refit", "search first"),
        ("go on", "go_on", "no search to go on with"),
        ("vault", "open_vault", "Nothing was trained yet"),
        ("epochs", "settings", ""),
        ("epochs", "continue", "Nothing was trained yet"),
        ("pause", "pause", "No training is running"),
        ("copies", "search_copies", ""),
        ("depth", "search_copies", ""),
        ("layers", "search_copies", ""),
        ("csv", "data_file", ""),
    ],
)
def test_a_command_is_found_by_what_one_would_call_it(
    palette: CommandPalette, text: str, name: str, reason: str
) -> None:
    rows = found(palette, text)
    assert reason in rows[name]
    assert bool(rows[name]) == bool(reason)


def test_a_name_goes_before_another_word_for_something_else(palette: CommandPalette) -> None:
    assert next(iter(found(palette, "search"))) == "search_copies"
    assert next(iter(found(palette, "train"))) in ("settings", "train")
    assert ALSO_CALLED.keys() <= BY_ID.keys()
    for name, words in ALSO_CALLED.items():
        assert set(words.split()).isdisjoint(BY_ID[name].plain_text.lower().split()), name


def test_what_cannot_be_given_is_not_given(qtbot, palette: CommandPalette) -> None:
    given: list[str] = []
    palette.chosen.connect(given.append)
    palette.show()
    assert list(found(palette, "refit")) == ["refit"]
    qtbot.keyClick(palette._field, Qt.Key.Key_Return)
    qtbot.mouseClick(
        palette._list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=palette._list.visualItemRect(palette._list.item(0)).center(),
    )
    assert palette.isVisible()
    assert not given
    palette._field.setText("number of hidden")
    qtbot.keyClick(palette._field, Qt.Key.Key_Return)
    assert given == ["search_copies"]


def test_nothing_found_is_said(qtbot, palette: CommandPalette) -> None:
    given: list[str] = []
    palette.chosen.connect(given.append)
    palette.show()
    palette._field.setText("xyzzy")
    assert palette._list.count() == 1
    assert palette._list.item(0).text() == "No command is found by these words"
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(palette._field, key)
    assert not given


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_it_takes_what_is_typed_as_soon_as_it_is_open(user: User, by: str) -> None:
    if by == "key":
        user.key(Key.Key_K, CONTROL)
    else:
        user.click("menu.find_command")
    wait(lambda: user.sees("commands.search"))
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, CommandPalette)
    field = user.find("commands.search")
    assert popup.focusWidget() is field
    assert QApplication.focusWidget() is field
    user.type("lab")
    assert field.text() == "lab"
    assert next(iter(dict(shown(popup)))) == "show_lab"
    user.picture("palette_lab", popup)
    user.key(Key.Key_Return)
    wait(lambda: user.window.page == "lab")


def test_searching_is_said_where_a_training_would_be_paused(qtbot) -> None:
    palette = of(WindowFacts(project_open=True, searching=True))
    qtbot.addWidget(palette)
    assert "on the page Tune" in found(palette, "pause")["pause"]
