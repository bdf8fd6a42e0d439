"""Work on items in threads, its results in the order of the items."""

import itertools
from collections.abc import Iterator
from threading import Event, Lock, get_ident

import pytest

from app.data.errors import LoadingStopped
from app.data.in_turn import in_turn, threads_at_hand

PATIENCE = 20.0
"""Seconds."""


class WrongError(Exception):
    pass


def test_results_come_in_the_order_of_the_items_whoever_is_ready_first() -> None:
    second = Event()

    def work(item: int) -> int:
        if item == 0:
            assert second.wait(PATIENCE)  # done in the meantime by the other thread
        if item == 1:
            second.set()
        return item * item

    assert list(in_turn(iter(range(50)), work, 2)) == [item * item for item in range(50)]


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_as_many_as_there_are(count: int, threads: int) -> None:
    assert list(in_turn(iter(range(count)), str, threads)) == [str(n) for n in range(count)]


def test_one_thread_at_a_time_draws_and_none_of_them_is_the_asking_one() -> None:
    drawing = Lock()
    drawers = set()

    def items() -> Iterator[int]:
        for item in range(200):
            assert drawing.acquire(blocking=False)
            drawers.add(get_ident())
            drawing.release()
            yield item

    assert sum(in_turn(items(), int, 4)) == sum(range(200))
    assert get_ident() not in drawers


@pytest.mark.parametrize(("drawn", "worked"), [(5, 3), (3, 5), (0, 1), (8, 8)])
def test_of_two_errors_the_one_of_the_earlier_item_is_raised(drawn: int, worked: int) -> None:
    def items() -> Iterator[int]:
        yield from range(drawn)
        raise WrongError(f"drawing {drawn}")

    def work(item: int) -> int:
        if item == worked:
            raise WrongError(f"working on {worked}")
        return item

    first = min(drawn, worked)
    results = in_turn(items(), work, 2)
    assert list(itertools.islice(results, first)) == list(range(first))
    with pytest.raises(WrongError, match="drawing" if drawn <= worked else "working on"):
        next(results)


def test_no_more_than_a_few_are_drawn_ahead() -> None:
    drawn = []

    def items() -> Iterator[int]:
        for item in range(1000):
            drawn.append(item)
            yield item

    results = in_turn(items(), int, 2)
    assert [next(results) for _ in range(10)] == list(range(10))
    results.close()
    assert len(drawn) <= 10 + 2 * 2 + 1


def test_who_stops_gets_nothing_more_and_no_thread_works_on() -> None:
    worked = []

    def work(item: int) -> int:
        worked.append(item)
        return item

    results = in_turn(iter(range(1000)), work, 2, lambda: len(worked) >= 20)
    with pytest.raises(LoadingStopped):
        list(results)
    assert len(worked) < 40
    before = len(worked)
    assert not list(results)
    assert len(worked) == before


def test_a_thread_for_each_processor_but_few(monkeypatch: pytest.MonkeyPatch) -> None:
    for processors, threads in ((1, 1), (3, 3), (64, 4)):
        monkeypatch.setattr("app.data.in_turn.processors", lambda count=processors: count)
        assert threads_at_hand() == threads
