"""Work on one item after the other in some threads, its results in the order of the items."""

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from app.core.processors import processors
from app.data.errors import LoadingStopped
from app.data.progress import Stop, never

Item = TypeVar("Item")
Result = TypeVar("Result")

MOST_THREADS = 4


def threads_at_hand() -> int:
    """How many threads such work gets."""
    return min(MOST_THREADS, processors())


def in_turn(
    items: Iterator[Item],
    work: Callable[[Item], Result],
    threads: int,
    stop: Stop = never,
) -> Generator[Result]:
    """What `work` makes of each item, in their order.

    The threads draw the items, too, one at a time: a thread that only hands them out takes its time
    from those that work. No more than a few items are drawn ahead of the result that is asked for.

    Args:
        items: are drawn by one thread at a time.
        work: is called by several threads at a time.
        threads: how many there are.
        stop: asked from time to time whether to give up.

    Raises:
        LoadingStopped: `stop()` was true.
        Exception: what drawing or working raised; of two the one of the earlier item.
    """
    drawing = Lock()
    places = itertools.count()

    def one() -> tuple[int, Future[Result] | None]:
        """The place of an item and its result; None behind the last."""
        made: Future[Result] = Future()
        with drawing:
            place = next(places)
            try:
                item = next(items)
            except StopIteration:
                return place, None
            except Exception as error:  # noqa: BLE001  raised in its turn
                made.set_exception(error)
                return place, made
        try:
            made.set_result(work(item))
        except Exception as error:  # noqa: BLE001  raised in its turn
            made.set_exception(error)
        return place, made

    with ThreadPoolExecutor(threads, "in turn") as pool:
        pending = deque(pool.submit(one) for _ in range(2 * threads + 1))
        ready: dict[int, Future[Result] | None] = {}
        try:
            for asked in itertools.count():
                while asked not in ready:
                    if stop():
                        raise LoadingStopped
                    place, made = pending.popleft().result()
                    ready[place] = made
                result = ready.pop(asked)
                if result is None:
                    return
                yield result.result()
                pending.append(pool.submit(one))
        finally:
            for left in pending:
                left.cancel()
