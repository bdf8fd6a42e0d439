"""How many steps a call should take so that it lasts about as long as wanted."""

import math

CHUNK_SECONDS = 0.05
"""So long a call into the graph should take: the time in which stop, pause and questions wait at
most.
"""

_GROWTH = 8
"""A call takes at most so many times the steps of the one before: the first ones are slow for other
reasons.
"""


class Pace:
    """Learns from each call how long a step takes. It decides when one looks up from the work,
    never what is computed.
    """

    def __init__(self) -> None:
        self._steps = 1
        self._seconds_a_step = math.inf

    def steps(self, at_most: int) -> int:
        """How many steps to do next, at least one."""
        wanted = int(CHUNK_SECONDS / self._seconds_a_step)
        return max(1, min(wanted, self._steps * _GROWTH, at_most))

    def took(self, steps: int, seconds: float) -> None:
        """The last call did `steps` in `seconds`."""
        self._steps = max(self._steps, steps)
        self._seconds_a_step = max(seconds / steps, 1e-7)
