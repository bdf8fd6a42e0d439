"""Work that follows a training now and then."""

import time

from app.ui.pacing import Pacing


def spend(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_once_for_all_who_asked_meanwhile(qtbot) -> None:
    done = []
    pacing = Pacing(lambda: done.append(1), 20)
    for _ in range(5):
        pacing.ask()
    assert done == [1]
    qtbot.waitUntil(lambda: done == [1, 1])
    qtbot.waitUntil(lambda: not pacing.waiting)
    assert done == [1, 1]
    pacing.ask()
    qtbot.waitUntil(lambda: done == [1, 1, 1])
    pacing.ask()
    pacing.wake()
    assert not pacing.waiting
    assert done == [1, 1, 1]
    pacing.ask()
    assert done == [1, 1, 1, 1]


def test_the_rest_grows_with_the_work_and_what_follows_it(qtbot) -> None:
    begun = []
    pacing = Pacing(lambda: (begun.append(time.monotonic()), spend(0.01)), 1, share=0.1)
    pacing.ask()
    pacing.ask()
    qtbot.waitUntil(lambda: len(begun) == 2)
    assert begun[1] - begun[0] >= 0.1
    pacing.ask()
    pacing.count()
    spend(0.02)  # an answer has come and is drawn
    qtbot.waitUntil(lambda: len(begun) == 3)
    assert begun[2] - begun[1] >= 0.3
    pacing.wake()
