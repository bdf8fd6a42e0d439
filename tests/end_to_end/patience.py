"""How long a story may take: each wait ends, and tells what the program was at.

A dialog that nobody answers runs an event loop of its own: until that ends, the loop of who waits
cannot. What is in the way is dismissed, for the test has failed anyway.
"""

import sys
import threading
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox, QWidget

if TYPE_CHECKING:
    from app.ui.application import Program

PATIENCE = 60.0  # seconds; TensorFlow is imported on the way
LONGEST = 100.0  # seconds of a whole test; later pytest-timeout ends the process without a word
FRAMES = 3  # of each thread are told

programs: "list[Program]" = []
"""Those that are used."""
_over: list[str] = []
"""What the program was at when the time of the test was over."""


class NeverCameError(AssertionError):
    """The program did not get where it was to get."""


def wait(reached: Callable[[], object], seconds: float = PATIENCE, what: str = "") -> None:
    """Let the program live until `reached()`; fails after `seconds`."""
    if _over:
        raise NeverCameError(_over[0])
    if reached():
        return
    loop, watch, limit = QEventLoop(), QTimer(), QTimer()
    failed: list[BaseException] = []

    def look() -> None:
        try:
            if reached() or _over:
                loop.quit()
        except BaseException as error:  # noqa: BLE001  it is raised again where it is waited for
            failed.append(error)
            loop.quit()

    def give_up() -> None:
        failed.append(NeverCameError(f"{what or 'waited in vain'}; {circumstances()}"))
        loop.quit()
        dismiss()

    watch.timeout.connect(look)
    watch.start(5)
    limit.setSingleShot(True)
    limit.timeout.connect(give_up)
    limit.start(int(seconds * 1000))
    loop.exec()
    while not (
        _over or failed or reached()
    ):  # it was so for a moment: between two jobs of one story
        loop.exec()
    watch.stop()
    limit.stop()
    if _over:
        raise NeverCameError(_over[0])
    if reached() and all(isinstance(error, NeverCameError) for error in failed):
        return
    raise failed[0]


class Limit:
    """Gives up when a test takes too long, whatever it is at."""

    def __init__(self, seconds: float = LONGEST) -> None:
        _over.clear()
        self._seconds = seconds
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._give_up)
        self._timer.start(int(seconds * 1000))

    def end(self) -> str:
        """What the program was at when the time was over; "" when it was not."""
        self._timer.stop()
        told = "".join(_over)
        _over.clear()
        return told

    def _give_up(self) -> None:
        _over.append(f"not done after {self._seconds:g} s; {circumstances()}")
        dismiss()


def left_the_process(code: int) -> None:
    """Stands for `os._exit`, which would end the tests in their middle without a word."""
    raise NeverCameError(f"the program left with code {code} without its threads: {threads()}")


def circumstances() -> str:
    """What stands in front of the window, what is computed, where the threads are."""
    found = [
        f"{what}: {_named(widget)}"
        for what, widget in (
            ("dialog", QApplication.activeModalWidget()),
            ("popup", QApplication.activePopupWidget()),
        )
        if widget is not None
    ]
    for program in programs:
        state = program.run.state
        found.append(f"run: {state.phase}, failure: {state.failure}")
        found.append(f"data: {'read' if program.feed.prepared else program.feed.problem}")
        busy = [name for name in ("engine", "data", "files") if program.jobs.busy(name)]
        found.append(f"busy: {', '.join(busy) or 'nobody'}")
    return "; ".join([*found, threads()])


def threads() -> str:
    """Where each thread of Python is."""
    frames = sys._current_frames()
    told = []
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        if thread is not threading.current_thread() and frame is not None:
            places = traceback.extract_stack(frame)[-FRAMES:]
            where = " < ".join(f"{p.name} ({p.filename}:{p.lineno})" for p in reversed(places))
            told.append(f"thread {thread.name}: {where}")
    return "; ".join(told)


def dismiss() -> None:
    """Take away all that runs an event loop of its own: popups and dialogs."""
    for _ in range(20):
        popup, dialog = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if popup is not None:
            popup.close()
        elif isinstance(dialog, QDialog):
            dialog.done(QDialog.DialogCode.Rejected)  # asks nobody whether it may close
        elif dialog is not None:
            dialog.hide()
        else:
            break


def _named(widget: QWidget) -> str:
    words = [type(widget).__name__, repr(widget.objectName()), widget.windowTitle()]
    if isinstance(widget, QMessageBox):
        words += [widget.text(), widget.informativeText()]
    return " ".join(filter(None, words))
