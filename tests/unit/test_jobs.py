"""Jobs in a thread: their order, their words, their end; and what the starter may say to them."""

import functools
import gc
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest

from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, JobEnded, JobEvent, Report, ThreadRunner

SECONDS = 10.0
"""Until a waiting test gives up; nothing here takes that long."""


class Desk:
    """Takes what a runner delivers, and lets a test wait for it."""

    def __init__(self) -> None:
        self.taken: list[JobEvent | JobEnded] = []
        self.threads: set[str] = set()
        self._changed = threading.Condition()

    def deliver(self, message: JobEvent | JobEnded) -> None:
        with self._changed:
            self.taken.append(message)
            self.threads.add(threading.current_thread().name)
            self._changed.notify_all()

    def end_of(self, number: int) -> JobEnded:
        with self._changed:
            assert self._changed.wait_for(lambda: self._ends(number), SECONDS)
            return self._ends(number)[0]

    def _ends(self, number: int) -> list[JobEnded]:
        return [m for m in self.taken if isinstance(m, JobEnded) and m.number == number]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def runner(desk: Desk) -> Iterator[ThreadRunner]:
    made = ThreadRunner("test engine", desk.deliver)
    yield made
    assert made.close(SECONDS)


def _say(*events: object, result: object = None) -> Job:
    def job(report: Report, control: JobControl) -> object:
        for event in events:
            report(event)
        return result

    return job


def test_events_and_the_result_come_in_order_from_the_one_thread(
    runner: ThreadRunner, desk: Desk
) -> None:
    first, _ = runner.start(_say("a", "b", result=1))
    second, _ = runner.start(_say("c", result=2))
    desk.end_of(second)
    assert desk.taken == [
        JobEvent(first, "a"),
        JobEvent(first, "b"),
        JobEnded(first, result=1),
        JobEvent(second, "c"),
        JobEnded(second, result=2),
    ]
    assert desk.threads == {"test engine"}
    assert not runner.busy


@pytest.mark.parametrize("error", [ValueError("bad"), KeyboardInterrupt(), SystemExit(3)])
def test_an_error_is_the_last_word_and_the_thread_goes_on(
    runner: ThreadRunner, desk: Desk, error: BaseException
) -> None:
    def fail(report: Report, control: JobControl) -> None:
        raise error

    failed, _ = runner.start(fail)
    after, _ = runner.start(_say(result="done"))
    assert desk.end_of(failed) == JobEnded(failed, error=error)
    assert desk.end_of(after).result == "done"


def test_a_job_waits_for_the_one_before_and_the_runner_is_busy_until_all_are_done(
    runner: ThreadRunner, desk: Desk
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hold(report: Report, control: JobControl) -> None:
        begun.set()
        assert go_on.wait(SECONDS)

    runner.start(hold)
    last, _ = runner.start(_say())
    assert begun.wait(SECONDS)
    assert runner.busy
    assert desk.taken == []
    go_on.set()
    desk.end_of(last)
    assert not runner.busy


def test_the_starter_may_bring_its_own_control(runner: ThreadRunner, desk: Desk) -> None:
    control = JobControl()
    control.stop()
    number, given = runner.start(lambda report, c: c.stopping, control)
    assert given is control
    assert desk.end_of(number).result is True


class Model:
    """Something large that a job works on."""


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_a_job_is_kept_once_it_is_over(
    runner: ThreadRunner, desk: Desk, fails: bool
) -> None:
    kept: list[weakref.ref[Model]] = []

    def work(report: Report, control: JobControl) -> None:
        model = Model()
        kept.append(weakref.ref(model))
        if fails:
            raise ValueError("in the middle of it")

    number, _ = runner.start(work)
    desk.end_of(number)
    gc.collect()
    assert kept[0]() is None

    jobs = [_say()]
    job = weakref.ref(jobs[0])
    number, _ = runner.start(jobs.pop())
    desk.end_of(number)
    assert runner.close(SECONDS)
    gc.collect()
    assert job() is None


@pytest.mark.expects_log("was not taken")
def test_a_desk_that_fails_does_not_end_the_thread() -> None:
    desk = Desk()

    def deliver(message: JobEvent | JobEnded) -> None:
        if message.number == 1:
            raise RuntimeError("the desk is gone")
        desk.deliver(message)

    runner = ThreadRunner("test engine", deliver)
    runner.start(_say("a"))
    number, _ = runner.start(_say(result=2))
    assert desk.end_of(number).result == 2
    assert runner.close(SECONDS)


# ---- closing


def test_closing_stops_the_job_at_work_and_those_in_line() -> None:
    desk = Desk()
    runner = ThreadRunner("test engine", desk.deliver)

    def until_stopped(report: Report, control: JobControl) -> str:
        control.pause()
        control.wait()
        return "stopped" if control.stopping else "woken"

    numbers = [runner.start(until_stopped)[0] for _ in range(3)]
    assert runner.close(SECONDS)
    assert [desk.end_of(number).result for number in numbers] == ["stopped"] * 3
    with pytest.raises(RuntimeError, match="test engine thread is closed"):
        runner.start(_say())
    assert runner.close(SECONDS)


def test_closing_a_runner_that_never_ran_makes_no_thread() -> None:
    before = threading.active_count()
    runner = ThreadRunner("test engine", lambda message: None)
    assert threading.active_count() == before
    assert runner.close(None)


def test_closing_tells_when_a_job_does_not_end_in_time() -> None:
    desk = Desk()
    runner = ThreadRunner("test engine", desk.deliver)
    go_on = threading.Event()
    number, _ = runner.start(lambda report, control: go_on.wait(SECONDS))
    assert not runner.close(0.01)
    go_on.set()
    assert desk.end_of(number).result is True
    assert runner.close(SECONDS)


# ---- control


def _in_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("word", ["stop", "resume", "post", "step"])
def test_each_word_wakes_a_paused_job(word: str) -> None:
    control = JobControl()
    control.pause()
    woken: list[tuple[bool, bool, str | None, tuple[object, ...]]] = []

    def wait() -> None:
        control.wait()
        woken.append(
            (control.stopping, control.paused, control.take_step(), control.take_messages())
        )

    thread = _in_thread(wait)
    arguments = {"post": ("question",), "step": ("epoch",)}.get(word, ())
    getattr(control, word)(*arguments)
    thread.join(SECONDS)
    assert woken == [
        {
            "stop": (True, True, None, ()),
            "resume": (False, False, None, ()),
            "post": (False, True, None, ("question",)),
            "step": (False, True, "epoch", ()),
        }[word]
    ]


def test_waiting_returns_at_once_when_there_is_nothing_to_wait_for() -> None:
    control = JobControl()
    control.wait()
    control.pause()
    control.stop()
    control.wait()
    assert control.stopping


def test_messages_come_once_and_oldest_first() -> None:
    control = JobControl()
    for number in range(5):
        control.post(number)
    assert control.take_messages() == (0, 1, 2, 3, 4)
    assert control.take_messages() == ()


def test_a_step_is_granted_once_and_pause_or_resume_take_it_back() -> None:
    control = JobControl()
    control.step("batch")
    assert control.paused
    assert (control.take_step(), control.take_step()) == ("batch", None)
    for word in ("pause", "resume"):
        control.step("epoch")
        getattr(control, word)()
        assert control.take_step() is None
    assert not control.paused


def test_messages_from_many_threads_are_all_there() -> None:
    control = JobControl()

    def post(sender: int) -> None:
        for number in range(200):
            control.post(1000 * sender + number)

    threads = [_in_thread(functools.partial(post, sender)) for sender in range(4)]
    for thread in threads:
        thread.join(SECONDS)
    taken = [message for message in control.take_messages() if isinstance(message, int)]
    for sender in range(4):
        assert [m % 1000 for m in taken if m // 1000 == sender] == list(range(200))
