"""The whole window, as a person starts it, and someone who uses it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.ui.application import Program
from tests.end_to_end.patience import Limit
from tests.end_to_end.window_user import User, make_program, wait


@pytest.fixture
def start(qapp, home: Path) -> Iterator[Callable[[], User]]:
    """Starts the program; calling it again starts it anew with the same preferences and state."""
    users: list[User] = []
    limit = Limit()

    def make() -> User:
        program = make_program(home)
        program.window.show()
        program.window.activateWindow()
        users.append(User(program))
        wait(program.window.isActiveWindow)
        return users[-1]

    yield make
    over = limit.end()
    ended = [close(user) for user in users]
    assert not over, over
    surprises = [met for user in users for met in user.surprises]
    assert all(ended), "a thread of the program did not end"
    assert not surprises, f"dialogs came that nobody expected: {surprises}"
    flashes = [flash for user in users for flash in user.flashes.found]
    assert not flashes, f"showed themselves as windows: {flashes}"


def close(user: User) -> bool:
    """End threads, timers and the window without a question; a second time does nothing."""
    if user.left:
        return True
    user.leave()
    ended = user.program.close_now()
    user.program.autosave.discard()
    user.program.files.close()
    user.window.closing_allowed = True
    user.window.close()
    user.window.deleteLater()
    user.program.deleteLater()
    return ended


@pytest.fixture
def user(start: Callable[[], User]) -> User:
    return start()


@pytest.fixture
def program(user: User) -> Program:
    return user.program
