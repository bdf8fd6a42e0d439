"""Questions to a training: they get their share of its time, and other orders do not wait."""

import pytest

from app.jobs.control import JobControl
from app.training.events import ChangeLearningRate, ProbeRequest
from app.training.steering import LONGEST_WAIT, LOOKING_SHARE, Steering


class _Training:
    """A clock that only what is done moves on."""

    def __init__(self, cost: float) -> None:
        self.now = 0.0
        self.cost = cost
        self.answered: list[tuple[float, object]] = []
        self.control = JobControl()
        self.steering = Steering(
            self.control, lambda _event: None, self._answer, clock=lambda: self.now
        )

    def _answer(self, message: object, _epoch: int) -> None:
        if isinstance(message, ProbeRequest):
            self.now += self.cost
            self.answered.append((self.now, message.number))
        else:
            self.answered.append((self.now, message))

    def chunk(self, seconds: float = 0.05) -> None:
        self.now += seconds
        self.steering.before_steps(1, 1)


@pytest.mark.parametrize("cost", [0.0005, 0.002, 0.01, 0.025])
def test_questions_take_their_share_of_the_time_at_most(cost: float) -> None:
    training = _Training(cost)
    chunks, number = 400, 0
    for _ in range(chunks):
        number += 1
        training.control.post(ProbeRequest(number, "filters"))
        if number - len(training.answered) > 3:  # the asker waits for its answers
            number -= 1
            training.control.take_messages()
        training.chunk()
    share = len(training.answered) * cost / (chunks * 0.05)
    assert len(training.answered) > 5
    assert share <= LOOKING_SHARE * 1.05


def test_a_question_that_takes_long_is_answered_all_the_same() -> None:
    training = _Training(0.3)
    for number in range(3):
        training.control.post(ProbeRequest(number, "filters"))
    for _ in range(60):
        training.chunk()
    times = [at for at, _ in training.answered]
    assert len(times) == 3
    assert times[0] == pytest.approx(0.35)
    assert times[2] <= 0.05 + 3 * 0.3 + 2 * (LONGEST_WAIT + 0.05)


def test_an_order_does_not_wait_behind_questions() -> None:
    training = _Training(0.04)
    for number in range(3):
        training.control.post(ProbeRequest(number, "filters"))
    training.control.post(ChangeLearningRate(0.5))
    training.chunk()
    order = next(at for at, m in training.answered if isinstance(m, ChangeLearningRate))
    assert order == pytest.approx(0.05)
    assert [m for _, m in training.answered if isinstance(m, int)] == [0]


def test_a_paused_training_answers_at_once() -> None:
    training = _Training(0.2)
    training.control.pause()
    training.control.step("batch")
    for number in range(5):
        training.control.post(ProbeRequest(number, "filters"))
    training.chunk()  # one batch is granted, so it does not hold yet
    waiting = 5 - len(training.answered)
    assert waiting > 0
    training.steering._report = lambda _event: training.control.resume()
    training.chunk()
    assert len(training.answered) == 5


def test_who_stops_does_not_wait_for_answers() -> None:
    training = _Training(0.3)
    training.control.pause()
    for number in range(3):
        training.control.post(ProbeRequest(number, "filters"))
    training.control.stop()
    training.chunk()
    assert training.answered == []
