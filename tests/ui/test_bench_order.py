"""The bench by keyboard: in reading order through inspector and problems; what was asked for comes
into view.
"""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLineEdit, QWidget

from app.core.network import with_option
from app.core.search_paths import copies_path
from app.ui.actions import COMMANDS
from app.ui.controls import Label
from app.ui.pages.search_marking import COPIES_LABEL, SEARCH_COPIES
from tests.end_to_end.window_user import CONTROL, Key, User, wait

ROW = 28


@pytest.fixture
def bench(user: User) -> User:
    user.click("welcome.open.digits")
    wait(lambda: user.program.feed.prepared is not None)
    choose(user, "dense_1")
    return user


def choose(user: User, layer: str) -> None:
    canvas = user.program.bench._page.canvas
    user.click(canvas.viewport(), canvas.card_rect(layer).center())


def by_tab(user: User, start: str, end: str) -> list[str]:
    """Names of what the tab key goes through, `start` and `end` included."""
    user.find(start).setFocus()
    names = [start]
    while names[-1] != end and len(names) < 99:
        user.key(Key.Key_Tab)
        names.append(QApplication.focusWidget().objectName())
    return names


def middle(user: User, name: str) -> int:
    part = user.find(name)
    return part.mapTo(user.window, part.rect().center()).y()


def whole(part: QWidget) -> bool:
    """Whether all of it is seen in the area that scrolls it."""
    area = part.parentWidget()
    while not isinstance(area, QAbstractScrollArea):
        area = area.parentWidget()
    view = area.viewport()
    return view.rect().contains(QRect(part.mapTo(view, QPoint(0, 0)), part.size()))


def test_tab_goes_down_the_inspector_and_then_through_the_problems(bench: User) -> None:
    user, document = bench, bench.program.document
    user.click("inspector.group.more")
    network = with_option(document.project.network, "dense_2", "units", 5)
    document.edit("Wrong", document.project.model_copy(update={"network": network}))
    choose(user, "dense_1")
    names = by_tab(user, "inspector.more", "problem.0.action.1")
    inside = names[: names.index("problem.0.action.0")]
    assert inside[-1] == "inspector.copies.mark"
    assert {"inspector.compare", "inspector.group.more"} < set(inside)
    assert inside[:2] == ["inspector.more", "inspector.frozen"]
    middles = [middle(user, name) for name in inside[2:]]  # in the part that scrolls
    # of a row whose label takes two lines the mark stands a little higher
    assert all(below >= above - ROW / 2 for above, below in pairwise(middles)), middles


def test_the_number_of_layers_comes_into_view_whether_more_is_open_or_not(bench: User) -> None:
    user = bench
    for _ in range(2):
        user.click("inspector.more")
        user.pick(user.popup_menu(), SEARCH_COPIES)
        wait(lambda: user.sees("inspector.copies.search.values"))
        field = user.find("inspector.copies.search.values", QLineEdit)
        wait(lambda field=field: whole(field), what="what is searched is out of view")
        user.picture("copies")
        user.key(Key.Key_Z, CONTROL)
        assert user.find("inspector.group.more").isChecked(), "it is open the second time"


@pytest.mark.parametrize("at", ["conv2d_1", "dense_2"])
def test_the_number_of_hidden_layers_is_found_by_its_name(bench: User, at: str) -> None:
    user = bench
    choose(user, at)
    (command,) = (c for c in COMMANDS if "number of hidden layers" in c.plain_text)
    user.program.workbench.give(command.id)
    searched = [dimension.path for dimension in user.program.document.project.search.space]
    layer = {"conv2d_1": "conv2d_1", "dense_2": "dense_1"}[at]  # the output cannot be copied
    assert searched == [copies_path(layer)]
    labels = [label.text() for label in user.find("inspector").findChildren(Label)]
    assert COPIES_LABEL in labels
    user.picture("hidden_layers")
