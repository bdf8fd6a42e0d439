"""How often a view is drawn while a training runs: drawing takes time from it."""

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QTimer

from app.ui.inside.looking import Looking

EVERY = 160
"""Milliseconds from one drawing to the next while a training runs."""


class Pace:
    """Lets a view be drawn at once while nothing trains or when another moment is looked at, else
    every `EVERY` ms.

    Args:
        refresh: is called later when it was not yet time.
    """

    def __init__(self, looking: Looking, refresh: Callable[[], None]) -> None:
        self._looking = looking
        self._since = QElapsedTimer()
        self._moment: int | None = None
        self._timer = QTimer(looking)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(refresh)

    def is_time(self) -> bool:
        """Whether to draw now; if not, `refresh` is called when it is time."""
        looking = self._looking
        same = looking.moment == self._moment and self._since.isValid()
        left = EVERY - self._since.elapsed() if same and looking.run.state.active else 0
        if left > 0:
            if not self._timer.isActive():
                self._timer.start(int(left))
            return False
        self._timer.stop()
        self._since.start()
        self._moment = looking.moment
        return True
