"""Jobs: delivered in the window's thread, in order; old ones are not heard."""

import threading

import pytest
from PySide6.QtCore import QTimer

from app.ui.job_center import SOON_MS, SOON_TURNS, TURN_MS, JobCenter


@pytest.fixture
def center(qapp):
    center = JobCenter()
    yield center
    assert center.close(5.0)


def test_events_and_results_come_in_order_in_the_windows_thread(qtbot, center):
    heard: list[object] = []

    def job(report, control):
        for number in range(5):
            report(number)
        return threading.current_thread().name

    def ended(result, error):
        heard.append((result, error, threading.current_thread() is threading.main_thread()))

    center.start("engine", job, heard.append, ended)
    qtbot.waitUntil(lambda: len(heard) == 6)
    assert heard[:5] == [0, 1, 2, 3, 4]
    assert heard[5] == ("engine", None, True)
    assert not center.busy("engine")


def test_an_error_reaches_the_starter_and_the_thread_goes_on(qtbot, center):
    heard: list[object] = []

    def fails(report, control):
        raise ValueError("broken")

    center.start("data", fails, heard.append, lambda result, error: heard.append(error))
    center.start("data", lambda r, c: 7, heard.append, lambda result, error: heard.append(result))
    qtbot.waitUntil(lambda: len(heard) == 2)
    assert isinstance(heard[0], ValueError)
    assert heard[1] == 7


def test_a_forgotten_job_is_not_heard(qtbot, center):
    heard: list[object] = []
    go_on = threading.Event()

    def job(report, control):
        go_on.wait(10)
        report("late")
        return "late"

    number, _ = center.start("engine", job, heard.append, lambda *_: heard.append("ended"))
    center.forget("engine", number)
    go_on.set()
    center.start("engine", lambda r, c: None, heard.append, lambda *_: heard.append("second"))
    qtbot.waitUntil(lambda: "second" in heard)
    assert heard == ["second"]


def test_stop_and_messages_reach_a_running_job(qtbot, center):
    heard: list[object] = []

    def job(report, control):
        control.pause()
        while not control.stopping:
            for message in control.take_messages():
                report(message)
            control.wait()
        return "stopped"

    _, control = center.start("engine", job, heard.append, lambda r, e: heard.append(r))
    control.post("hello")
    qtbot.waitUntil(lambda: heard == ["hello"])
    control.stop()
    qtbot.waitUntil(lambda: heard == ["hello", "stopped"])


def test_a_short_job_is_heard_sooner_than_the_turns_of_a_long_one(qtbot, center):
    timer = center.findChildren(QTimer)[0]
    turns: list[int] = []
    timer.timeout.connect(lambda: turns.append(timer.interval()))
    go_on = threading.Event()
    ended: list[object] = []
    center.start("engine", lambda r, c: go_on.wait(10), ended.append, lambda *_: ended.append(1))
    qtbot.waitUntil(lambda: len(turns) > SOON_TURNS)
    assert turns[: SOON_TURNS - 1] == [SOON_MS] * (SOON_TURNS - 1)
    assert turns[SOON_TURNS:] == [TURN_MS] * (len(turns) - SOON_TURNS)
    go_on.set()
    qtbot.waitUntil(lambda: bool(ended))


def test_nothing_is_begun_once_it_is_closed(qapp):
    center, begun = JobCenter(), []
    assert center.close(5.0)
    _, control = center.start("data", lambda *_: begun.append(1), begun.append, begun.append)
    assert control.stopping
    assert not center.busy("data")
    assert center.close(5.0)
    assert begun == []
