"""What waits in vain ends, and says why."""

import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QDialog

from tests.end_to_end.patience import Limit, NeverCameError, left_the_process, wait
from tests.end_to_end.window_user import User


class Stubborn(QDialog):
    """Cannot be closed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dialog.stubborn")

    def closeEvent(self, event: QEvent) -> None:
        event.ignore()


def a_dialog() -> None:
    dialog = Stubborn()
    dialog.exec()
    dialog.deleteLater()


def test_a_wait_ends_although_another_loop_runs_in_it(qapp) -> None:
    QTimer.singleShot(0, a_dialog)
    with pytest.raises(NeverCameError, match=r"never true; .*dialog\.stubborn"):
        wait(lambda: False, seconds=0.2, what="never true")


def test_a_test_ends_although_nobody_waits(qapp) -> None:
    limit = Limit(0.2)
    a_dialog()
    with pytest.raises(NeverCameError, match=r"not done after 0.2 s; .*dialog\.stubborn"):
        wait(lambda: True)
    assert limit.end().startswith("not done after 0.2 s")
    wait(lambda: True)


def test_what_was_true_for_a_moment_is_waited_for_again(qapp) -> None:
    answers = iter([False, True, False, False, True])  # asked: at once, by the watch, then both
    wait(lambda: next(answers, True), seconds=5.0)
    assert next(answers, None) is None
    answers = iter([False, True, False])
    with pytest.raises(NeverCameError, match="true but once"):
        wait(lambda: next(answers, False), seconds=0.1, what="true but once")


def test_the_state_of_the_program_is_told(user: User) -> None:
    with pytest.raises(NeverCameError, match=r"nothing came; .*run: idle.*data: "):
        wait(lambda: False, seconds=0.1, what="nothing came")


def test_the_program_does_not_end_the_tests() -> None:
    with pytest.raises(NeverCameError, match="left with code 0"):
        left_the_process(0)
