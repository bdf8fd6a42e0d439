"""How many steps a call should take so that it lasts about as long as wanted."""

import math
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

CHUNK_SECONDS = 0.04
"""So long a call into the graph should take: the time in which stop, pause and questions wait.
Well below the 100 ms that stopping may take, since a busy computer takes longer now and then.
"""

_REMEMBERED = 4
"""So many last calls count; the slowest of them sets the pace."""

_GROWTH = 8
"""A call takes at most so many times the steps of the one before: the first ones are slow for other
reasons.
"""


class Pace:
    """Learns from each call how long a step takes. It decides when one looks up from the work,
    never what is computed.

    Args:
        share: of `CHUNK_SECONDS` that a call should take.
    """

    def __init__(self, share: float = 1.0) -> None:
        self._share = share
        self._steps = 1
        self._seconds_a_step: deque[float] = deque([math.inf], maxlen=_REMEMBERED)

    def steps(self, at_most: int) -> int:
        """How many steps to do next, at least one."""
        wanted = int(self._share * CHUNK_SECONDS / max(self._seconds_a_step))
        return max(1, min(wanted, self._steps * _GROWTH, at_most))

    def took(self, steps: int, seconds: float) -> None:
        """The last call did `steps` in `seconds`."""
        self._steps = max(self._steps, steps)
        if self._seconds_a_step[0] == math.inf:
            self._seconds_a_step.clear()
        self._seconds_a_step.append(max(seconds / steps, 1e-7))

    @contextmanager
    def timed(self, steps: int) -> Iterator[None]:
        """The block does `steps`."""
        began = time.perf_counter()
        yield
        self.took(steps, time.perf_counter() - began)
