"""The program in a process of its own, used by a script: `python -m
tests.end_to_end.window_child STORY`.

Started as `python -m app` starts it. Each line on the standard output is a JSON list: what
happened, and what of it is to be known outside.
"""

import functools
import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer

from app.__main__ import main
from app.core.process_identity import ProcessIdentity
from app.core.project_file import ProjectLock
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search.coordinator import search
from app.search.events import SearchRequest
from app.search.fit_unit import FitRequest
from app.ui import application
from tests.end_to_end.window_user import CONTROL, Key, User, wait
from tests.unit.made_up_fits import ThreadFits, fine


def tell(what: str, **details: object) -> None:
    print(json.dumps([what, details]), flush=True)


def history(user: User) -> list[object]:
    record = user.program.run.record
    return [[r.epoch, dict(r.metrics)] for r in record.rows] if record else []


def weights(user: User) -> str:
    """A digest of the model's weights, taken in the engine thread."""
    found: list[object] = []

    def digest(_report: object, _control: object) -> str:
        session = user.program.run._room._session
        assert session is not None
        return hashlib.sha256(
            b"".join(w.tobytes() for w in session.model.get_weights())
        ).hexdigest()

    user.program.jobs.start("engine", digest, lambda _e: None, lambda r, e: found.append(r or e))
    wait(lambda: found)
    return str(found[0])


def set_epochs(user: User, epochs: int) -> None:
    user.click("bench.settings")
    user.click("inspector.epochs")
    user.retype(str(epochs))


def leave(user: User) -> None:
    """Ctrl+Q; what is not saved is thrown away."""
    tell("closing", at=time.time())
    if user.program.document.modified:
        user.will_press("dialog.save_changes", "Discard")
    user.key(Key.Key_Q, CONTROL)


def work_without_saving(user: User) -> None:
    """Train, edit, and wait for the copy that survives."""
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)
    set_epochs(user, 5)
    user.click("run.train")
    wait(lambda: len(history(user)) == 5 and user.program.run.state.phase == "idle")
    set_epochs(user, 44)
    autosave = user.program.autosave
    wait(lambda: not autosave._timer.isActive() and not autosave._writing)
    assert autosave._autosave.path.exists()
    tell(
        "unsaved",
        project=user.program.document.project.model_dump_json(),
        history=history(user),
        weights=weights(user),
        pid=os.getpid(),
    )


def recover_and_close_in_the_middle(user: User) -> None:
    """Take the copy back, then train and close while it trains."""
    user.will_press("dialog.recover", "Recover")
    user.answered()
    wait(lambda: user.program.run.has_model and user.program.run.state.phase == "idle")
    tell(
        "recovered",
        project=user.program.document.project.model_dump_json(),
        history=history(user),
        weights=weights(user),
        modified=user.program.document.modified,
    )
    set_epochs(user, 100_000)
    user.click("inspector.early_stopping.patience")
    user.retype("100000")
    user.click("run.train")
    wait(lambda: len(history(user)) > 3 and user.program.run.state.phase == "running")
    leave(user)


def close_while_tensorflow_loads(user: User) -> None:
    wait(lambda: "tensorflow" in sys.modules)
    tell("loading", pid=os.getpid())
    leave(user)


def search_without_saving(user: User) -> None:
    """More trials than the file asks for, and a search that never comes to its end."""
    path = Path(os.environ["LAYERLAB_STORY_FILE"])
    made_up_searches(slow_after=3)
    open_saved(user, path)
    user.click("rail.tune")
    user.click("tune.trials")
    user.retype("6")
    user.key(Key.Key_Return)
    user.click("tune.search")
    control, autosave = user.program.search, user.program.autosave
    wait(lambda: control.state.done == 3)
    wait(lambda: not autosave._timer.isActive() and not autosave._writing)
    assert autosave._autosave.path.exists()
    tell(
        "searching",
        pid=os.getpid(),
        project=user.program.document.project.model_dump_json(),
        scores=[control.trials[number].scores for number in range(3)],
    )


def recover_and_search_on(user: User) -> None:
    """Take the copy back, save it, go on with its search, begin another one."""
    made_up_searches()
    user.will_press("dialog.recover", "Recover")
    user.answered()
    control, document = user.program.search, user.program.document
    wait(lambda: user.program.feed.prepared is not None and control.state.total)
    state = control.state
    tell(
        "recovered",
        asked=user.met[-1].text,
        project=document.project.model_dump_json(),
        path=str(document.path),
        title=user.window.windowTitle(),
        locked=ProjectLock(document.path).holder() == ProcessIdentity.own(),
        search=[state.done, state.planned, state.reason],
        scores=[control.trials[number].scores for number in range(3)],
    )
    user.key(Key.Key_S, CONTROL)
    wait(lambda: not user.program.files.saving and not document.modified)
    user.click("rail.tune")
    user.click("tune.go_on")
    wait(lambda: control.state.reason == "finished")
    user.will_press("dialog.confirm", "Cancel")
    user.menu("Train", "Search")
    user.answered()
    tell("gone on", done=control.state.done, asked=user.met[-1].text)
    leave(user)


def open_saved(user: User, path: Path) -> None:
    user.will_name_file(path)
    user.key(Key.Key_O, CONTROL)
    user.answered()
    wait(lambda: user.program.document.path == path and user.program.feed.prepared is not None)


def made_up_searches(slow_after: int = 1_000_000) -> None:
    """Searches as they are but for the fits, which are made up; from a number of trials on a fit
    comes to no end.
    """
    from app.search import executors

    def judge(request: FitRequest, epoch: int) -> float | str:
        if request.trial >= slow_after:
            threading.Event().wait()
        return fine(request, epoch)

    def here(request: SearchRequest, report: Report, control: JobControl) -> object:
        return search(request, report, control, functools.partial(ThreadFits, 1, judge))

    executors.search_where_set = here


def wait_for_a_polite_end(user: User) -> None:
    """Something is unsaved, and a moment ago not in the copy."""
    user.click("welcome.open.digits")
    wait(lambda: user.program.feed.prepared is not None)
    set_epochs(user, 7)
    assert user.program.document.modified
    tell("ready", pid=os.getpid())


def stand(user: User) -> None:
    """Say when the window stands and answers, and whether TensorFlow was there by then."""
    wait(lambda: user.window.windowHandle().isExposed())
    user.window.repaint()
    user.key(Key.Key_K, CONTROL)
    assert user.sees("commands.search")
    tell("stands", at=time.time(), tensorflow="keras" in sys.modules)
    os._exit(0)


STORIES: dict[str, Callable[[User], None]] = {
    story.__name__: story
    for story in (
        work_without_saving,
        recover_and_close_in_the_middle,
        close_while_tensorflow_loads,
        search_without_saving,
        recover_and_search_on,
        wait_for_a_polite_end,
        stand,
    )
}


def run(story: Callable[[User], None]) -> int:
    class Program(application.Program):
        """The program, with someone who uses it as soon as it stands."""

        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)  # type: ignore[arg-type]
            QTimer.singleShot(0, self, self.begin)

        def begin(self) -> None:
            self.user = User(self)
            try:
                story(self.user)
            except BaseException as error:  # noqa: BLE001  the parent is told
                tell("failed", error=repr(error))
                os._exit(3)

    application.Program = Program  # type: ignore[misc]
    return main([])


if __name__ == "__main__":
    sys.exit(run(STORIES[sys.argv[1]]))
