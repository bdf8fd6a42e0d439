"""The progress of a training in words: lines for a file, a bar for a terminal."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.progress import ProgressBar, ProgressLines, duration, figure, progress_on
from app.core.frozen import FrozenMap
from app.training.events import EpochEnded, Preparing, StepsDone, TrainingEnded, TrainingStarted


def started(
    epochs: int, first: int = 1, steps: int = 4, chooses_best: bool = True
) -> TrainingStarted:
    return TrainingStarted(first, epochs, steps, 100, 32, 7, 9, chooses_best=chooses_best)


def ended(epoch: int) -> TrainingEnded:
    return TrainingEnded("finished", "Finished.", epoch, epoch, False, 1.0)


def epoch(number: int, **metrics: float) -> EpochEnded:
    return EpochEnded(number, FrozenMap(metrics or {"loss": 0.5}), 0.1, 0.01, number, 0)


def told(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"^epoch +(\d+)/", text, re.MULTILINE)]


@given(
    planned=st.integers(1, 3000),
    stopped_after=st.integers(1, 3000),
    first=st.sampled_from([1, 1, 41]),
)
def test_lines_are_few_and_tell_the_last_epoch(
    planned: int, stopped_after: int, first: int
) -> None:
    stream = io.StringIO()
    lines = ProgressLines(stream, verbose=False)
    last_planned = first + planned - 1
    lines(started(last_planned, first))
    last = min(last_planned, first + stopped_after - 1)
    for number in range(first, last + 1):
        lines(epoch(number))
    lines(ended(last))
    numbers = told(stream.getvalue())
    assert len(numbers) <= 22
    assert numbers[-1] == last
    assert numbers == sorted(set(numbers))
    if planned <= 20:
        assert numbers == list(range(first, last + 1))


def test_verbose_lines_tell_every_epoch() -> None:
    stream = io.StringIO()
    lines = ProgressLines(stream, verbose=True)
    lines(started(500))
    for number in range(1, 501):
        lines(epoch(number))
    lines(ended(500))
    assert told(stream.getvalue()) == list(range(1, 501))


def test_a_line_holds_every_metric_in_order() -> None:
    stream = io.StringIO()
    lines = ProgressLines(stream, verbose=False)
    lines(Preparing("loading TensorFlow"))
    lines(started(10))
    lines(epoch(1, loss=0.12345, accuracy=0.5, val_loss=123456.0, val_accuracy=0.00002))
    assert stream.getvalue() == (
        "loading TensorFlow ...\n"
        "epoch  1/10  loss 0.1235  accuracy 0.5000  val_loss 1.235e+05  val_accuracy 2.000e-05\n"
    )


class Terminal(io.StringIO):
    """A terminal that takes any text; `shown` is its line."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        return self.getvalue().rpartition("\r")[2].rstrip()


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@given(columns=st.integers(1, 200), epochs=st.integers(1, 10_000), data=st.data())
def test_the_bar_stays_on_its_line(columns: int, epochs: int, data: st.DataObject) -> None:
    stream, clock = Terminal(), Clock()
    bar = ProgressBar(stream, clock, lambda: columns)
    bar(Preparing("loading TensorFlow"))
    bar(started(epochs))
    for number in sorted(data.draw(st.sets(st.integers(1, epochs), max_size=5))):
        clock.now += 1.0
        bar(epoch(number, loss=0.1, val_loss=0.2, val_accuracy=0.9))
        assert len(stream.shown) < max(columns, 1) or not stream.shown
    bar.close()
    assert stream.shown == ""
    assert "\n" not in stream.getvalue()
    assert all(len(piece) <= columns for piece in stream.getvalue().split("\r"))


def test_the_bar_fills_and_estimates_the_time_left() -> None:
    stream, clock = Terminal(), Clock()
    bar = ProgressBar(stream, clock, lambda: 120)
    bar(started(40))
    clock.now += 10.0
    bar(StepsDone(10, 4, (0.5,), 1000.0))
    assert stream.shown == f"epoch 10/40 {'━' * 6}{'─' * 18}  at most 30 s left"
    clock.now += 10.0
    bar(epoch(20, loss=0.1, val_loss=0.25, val_accuracy=0.9))
    assert stream.shown == (
        f"epoch 20/40 {'━' * 12}{'─' * 12}  at most 20 s left  best 20  "
        "val_loss 0.2500  val_accuracy 0.9000"
    )


@pytest.mark.parametrize(("chooses", "told"), [(True, "best 20  "), (False, "")])
def test_the_bar_names_the_best_epoch_where_something_chooses_one(chooses: bool, told: str) -> None:
    """Early stopping may watch the training loss, where there is no validation part."""
    stream, clock = Terminal(), Clock()
    bar = ProgressBar(stream, clock, lambda: 120)
    bar(started(40, chooses_best=chooses))
    clock.now += 20.0
    bar(epoch(20, loss=0.1))
    assert stream.shown.endswith(f"at most 20 s left  {told}loss 0.1000")


def test_a_bar_that_goes_on_counts_from_where_it_went_on() -> None:
    stream, clock = Terminal(), Clock()
    bar = ProgressBar(stream, clock, lambda: 120)
    bar(started(40, first=21))
    clock.now += 5.0
    bar(epoch(30))
    assert "at most 5 s left" in stream.shown


def test_the_bar_is_drawn_at_most_ten_times_a_second() -> None:
    stream, clock = Terminal(), Clock()
    bar = ProgressBar(stream, clock, lambda: 120)
    bar(started(1000))
    for number in range(1, 1001):
        clock.now += 0.001
        bar(epoch(number))
    assert stream.getvalue().count("\r") <= 11


def test_a_terminal_without_the_characters_gets_plain_ones() -> None:
    class Ascii(Terminal):
        encoding = "ascii"

    stream, clock = Ascii(), Clock()
    bar = ProgressBar(stream, clock, lambda: 60)
    bar(started(2))
    clock.now += 1.0
    bar(epoch(1))
    assert stream.shown.isascii()
    assert "#" in stream.shown


def test_who_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(progress_on(Terminal()), ProgressBar)
    assert isinstance(progress_on(Terminal(), verbose=True), ProgressLines)
    assert isinstance(progress_on(io.StringIO()), ProgressLines)
    assert isinstance(progress_on(None), ProgressLines)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(progress_on(Terminal()), ProgressLines)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0000"),
        (0.98765, "0.9877"),
        (-0.5, "-0.5000"),
        (2903.25, "2903.2500"),
        (12345.678, "1.235e+04"),
        (0.000123, "1.230e-04"),
        (None, "?"),
    ],
)
def test_figures(value: object, text: str) -> None:
    assert figure(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (0.96, "1.0 s"), (12.4, "12 s"), (59.7, "1 min 0 s"), (7800, "2 h 10 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
