"""One program at a time goes on with a study: two would draw under the same numbers."""

import sqlite3
from pathlib import Path
from types import TracebackType

from app.search.study_file import StudyError

WAIT_SECONDS = 1.0
"""For a program that is about to end."""


class SoleWriter:
    """The right to work with the study at `path`, until `close` or the end of this process, however
    it ends. Others may read it meanwhile.

    It is the lock of an embedded database beside it, empty and removed in the end, which every
    system gives back when a process dies. On a disk that knows no locks everybody gets it.

    Raises:
        StudyError: another search has it.
    """

    def __init__(self, path: Path) -> None:
        self._place = path.with_name(f"{path.name}-lock")
        self._lock: sqlite3.Connection | None = None
        lock: sqlite3.Connection | None = None
        try:
            lock = sqlite3.connect(
                self._place, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
            )
            lock.execute("PRAGMA journal_mode = MEMORY")  # no second file
            lock.execute("BEGIN EXCLUSIVE")
            self._lock = lock
        except sqlite3.Error as error:
            if lock is not None:
                lock.close()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                raise StudyError(
                    f"Another search works with {path.name} just now.",
                    "One search at a time works with a study.",
                    "Wait for its end, or end it; its study is kept.",
                ) from None

    def close(self) -> None:
        """Let others have it; may be called again."""
        if self._lock is None:
            return
        removed = self._removed()  # before it is let go: who comes then makes one anew
        self._lock.close()
        self._lock = None
        if not removed:  # Windows removes no open file
            self._removed()

    def _removed(self) -> bool:
        try:
            self._place.unlink(missing_ok=True)
        except OSError:
            return False
        return True

    def __enter__(self) -> "SoleWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
