"""What is typed or ticked somewhere and means nothing so far: while it stands there nothing may
begin, because what begins would have another value than the one that is read there.
"""

from functools import cache

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid


class RefusedInput(QObject):
    """Which controls of the window hold such input, and why it is refused. They say so themselves,
    and take it back at the latest when they are left or hidden.

    Signals:
        changed(): `sentence` may be another one.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[int, tuple[QWidget, str, bool]] = {}

    def note(self, control: QWidget, sentence: str, *, of_search: bool = False) -> None:
        """`control` holds something that is refused for the reason `sentence`; "": no longer.

        Args:
            of_search: whether it says what is searched, which no training reads.
        """
        before = dict(self._held)
        if sentence:
            self._held[id(control)] = control, sentence, of_search
        else:
            self._held.pop(id(control), None)
        if before != self._held:
            self.changed.emit()

    def sentence(self, *, for_search: bool) -> str:
        """Why nothing can begin, a search or anything else; "" when it can."""
        for number, (control, _, _) in list(self._held.items()):
            if not isValid(control):  # deleted without a word
                del self._held[number]
        return next(
            (
                why
                for control, why, of_search in self._held.values()
                if control.isVisible() and (for_search or not of_search)
            ),
            "",
        )


@cache
def refused_input() -> RefusedInput:
    """The one of the program."""
    return RefusedInput()
