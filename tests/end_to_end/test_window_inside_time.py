"""The time machine: every view goes back to an earlier epoch, and a new run begins there."""

import time

import numpy as np
from PySide6.QtCore import QPoint, Qt

from app.ui.inside.inside_presenter import InsidePresenter
from app.ui.inside.looking import Asker
from app.ui.inside.time_bar import TimeSlider
from tests.end_to_end.test_window_inside_boundary import DIGITS, MOONS, opened, trained, weights
from tests.end_to_end.window_user import Key, User, wait


def go_to(user: User, epoch: int) -> None:
    """Press the slider where `epoch` stands."""
    slider = user.find("inside.slider", TimeSlider)
    user.click(slider, QPoint(round(slider.x_of(epoch)), 14))
    wait(lambda: user.program.inside.looking.moment == epoch)


def rows(user: User) -> list[tuple[int, dict]]:
    record = user.program.run.record
    return [(row.epoch, dict(row.metrics.items())) for row in record.rows]


def test_a_run_goes_back_in_time_and_branches(user: User) -> None:
    tab = opened(user, MOONS, "boundary")
    slider = user.find("inside.slider", TimeSlider)
    assert not slider.isEnabled()
    trained(user, tab)
    wait(lambda: not tab._ask_boundary.busy)
    looking = user.program.inside.looking
    assert looking.moments == tuple(range(31))
    now = tab.view.plot.boundary.values
    after = weights(user)

    seen = {}
    for epoch in (0, 5, 20, 5):
        go_to(user, epoch)
        wait(lambda: not tab._ask_boundary.busy)
        values = tab.view.plot.boundary.values
        assert not np.array_equal(values, now)
        if epoch in seen:
            np.testing.assert_array_equal(values, seen[epoch])
        seen[epoch] = values
    assert user.find("inside.epoch").text() == "Epoch 5 of 30"
    user.picture("inside_time")
    for name, arrays in weights(user).items():  # looking back changes nothing
        for mine, before in zip(arrays, after[name], strict=True):
            np.testing.assert_array_equal(mine, before)

    before = rows(user)
    ended = []
    user.program.run.run_ended.connect(lambda: ended.append(1))
    user.click("inside.branch")
    wait(lambda: ended)
    assert rows(user) == before
    assert user.program.run.record.branched_from == 5
    assert "from epoch 5" in user.find("inside.run").text()
    assert looking.moment is None
    for name, arrays in weights(user).items():
        for mine, once in zip(arrays, after[name], strict=True):
            np.testing.assert_array_equal(mine, once)
    wait(lambda: not tab._ask_boundary.busy)
    np.testing.assert_array_equal(tab.view.plot.boundary.values, now)

    user.window.activateWindow()
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    user.key(Key.Key_Left)
    wait(lambda: looking.moment == 29)
    user.menu("View", "Earlier epoch")
    wait(lambda: looking.moment == 28)
    user.key(Key.Key_End)
    wait(lambda: looking.moment is None)
    assert not user.find("inside.branch").isEnabled()


def test_every_tab_is_shown_at_every_moment_and_quickly(user: User) -> None:
    tab = opened(user, DIGITS, "filters")
    inside: InsidePresenter = user.program.inside
    seen = []
    for name in inside.tabs:  # each says what it needs
        user.click(f"inside.tabs.{name}")
        assert inside.page.current == name
        seen.append((name, inside.tabs[name].page.is_empty))
    assert dict(seen)["filters"]
    user.click("inside.tabs.filters")
    trained(user, tab)
    for name in inside.tabs:
        user.click(f"inside.tabs.{name}")
        for epoch in (0, 2, 1):
            go_to(user, epoch)
            assert inside.page.current == name
        user.key(Key.Key_End)
        inside.looking.look_at(None)

    user.click("inside.tabs.filters")
    kernels = {}
    for epoch in (0, 1, 2):
        go_to(user, epoch)
        wait(lambda: not any(asker.busy for asker in inside.looking.findChildren(Asker)))
        kernels[epoch] = tab.page.grab().toImage()
    assert kernels[0] != kernels[1]
    took = []
    for epoch in (0, 1, 2, 1, 0, 2):  # known from before: at once
        inside.looking.look_at(None)
        began = time.process_time()
        inside.looking.look_at(epoch)
        tab.page.grab()
        took.append(time.process_time() - began)
    assert sorted(took)[len(took) // 2] < 0.05


def test_the_page_follows_edits_and_other_projects(user: User) -> None:
    tab = opened(user, MOONS, "boundary")
    trained(user, tab)
    wait(lambda: not tab._ask_boundary.busy)
    program = user.program
    program.bench.select("dense_1")
    program.bench.remove_selected()  # the network on the bench is another one now
    go_to(user, 3)
    wait(lambda: not tab._ask_boundary.busy)
    assert not tab.page.is_empty
    assert program.inside.looking.network.has("dense_1")
    program.files.leave = lambda then: then()
    program.files.show(DIGITS)
    wait(lambda: program.feed.prepared is not None and not program.feed.reading)
    user.click("rail.inside")
    assert program.inside.looking.moment is None
    assert tab.page.is_empty
    assert user.find("inside.epoch").text() == "No run yet"
