"""The program in a process of its own, used by a script: `python -m
tests.end_to_end.window_child STORY`.

Started as `python -m app` starts it. Each line on the standard output is a JSON list: what
happened, and what of it is to be known outside.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QTimer

from app.__main__ import main
from app.ui import application
from tests.end_to_end.window_user import CONTROL, Key, User, wait


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


def wait_for_a_polite_end(user: User) -> None:
    user.click("welcome.open.digits")
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
