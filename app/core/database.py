"""A small SQLite database of our own in one file: opened, brought up to date, read and written.

Writing goes to a write-ahead log (https://www.sqlite.org/wal.html): readers and one writer do not
wait for each other, several processes may have the file open, and of a process that is killed at
any moment the transactions stay that were finished, whole. What a file claims to be is checked
before it is believed, and nothing in it is ever executed.
"""

import contextlib
import os
import sqlite3
import stat
import threading
import urllib.parse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from app.core.explained_error import ExplainedError

BUSY_SECONDS = 5.0
"""How long a transaction waits for that of another process to end."""

_MAGIC = b"SQLite format 3\0"
_TRIES = 5

DatabaseTrouble = Literal[
    "locked", "read_only", "newer", "foreign", "damaged", "full", "missing", "empty", "other"
]


class DatabaseError(ExplainedError):
    """A database could not be opened, read or written; `trouble` says what kind of reason."""

    def __init__(
        self, trouble: DatabaseTrouble, happened: str, expected: str, how_to_fix: str
    ) -> None:
        super().__init__(happened, expected, how_to_fix)
        self.trouble: DatabaseTrouble = trouble

    def __reduce__(self) -> tuple[type["DatabaseError"], tuple[str, str, str, str]]:
        return DatabaseError, (self.trouble, self.happened, self.expected, self.how_to_fix)


@dataclass(frozen=True)
class DatabaseKind:
    """What a file holds.

    Attributes:
        name: in sentences, "the journal of runs".
        application_id: a number of its own from 1 to 2**31 - 1, which stands in the file.
        steps: the statements that lead from version n (0: an empty file) to version n + 1. What
            was released is never changed; a change is one more step.
    """

    name: str
    application_id: int
    steps: tuple[tuple[str, ...], ...]

    @property
    def version(self) -> int:
        return len(self.steps)


class Database:
    """One open database. May be used by several threads, which take turns."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        kind: DatabaseKind,
        *,
        must_exist: bool = False,
        read_only: bool = False,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        """Open the file at `path`, make it when there is none, bring one of an older version up to
        date.

        Args:
            path: its folder must be there.
            kind: what it holds.
            must_exist: refuse to make one.
            read_only: change nothing; an older version cannot be opened so.
            busy_seconds: how long to wait for another process that writes.

        Raises:
            DatabaseError: the file is locked, cannot be written, from a newer version, of another
                kind, or damaged, or the disk is full. It is then as it was.
        """
        self.path = Path(path)
        self.kind = kind
        self.read_only = read_only
        self._lock = threading.RLock()
        self._depth = 0
        self._closed = False
        there = self._look_at_file(must_exist or read_only)
        self._connection = self._connect(busy_seconds)
        try:
            with self._told():
                self._connection.execute("PRAGMA trusted_schema = OFF")
                if read_only:
                    self._connection.execute("PRAGMA query_only = ON")
                self._connection.execute("PRAGMA cell_size_check = ON")
                self._connection.execute("PRAGMA foreign_keys = ON")
                if there:
                    self._check_kind()
                if not read_only:
                    self._use_log()
                    self._connection.execute("PRAGMA synchronous = FULL")
                    self._bring_up_to_date()
                elif not self._number("user_version"):  # killed when it was about to be made
                    raise self._error("empty", "is empty")
                elif self._number("user_version") < kind.version:
                    raise self._error("read_only", "is from an older version and is only read")
                self._check_schema()
        except BaseException:
            self._connection.close()
            raise

    # ------------------------------------------------------------ use

    def rows(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows that a SELECT gives. Raises DatabaseError."""
        with self._lock, self._told():
            return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """One statement that changes something; its `lastrowid` and `rowcount` tell what.

        By itself it is a transaction. Raises DatabaseError.
        """
        with self.transaction(), self._told():
            return self._connection.execute(statement, values)

    def run_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """The same statement for each of `rows`, in one transaction. Raises DatabaseError."""
        with self.transaction(), self._told():
            self._connection.executemany(statement, rows)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done inside is done whole or not at all; one inside another belongs to it.

        Raises:
            DatabaseError: nothing of it was done.
        """
        with self._lock:
            if self._depth:
                yield
                return
            with self._told():
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                with self._told():
                    self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._depth = 0

    def size(self) -> int:
        """Bytes that the file takes, its log included."""
        total = 0
        for path in (self.path, Path(f"{self.path}-wal")):
            with contextlib.suppress(OSError):
                total += path.stat().st_size
        return total

    def shrink(self) -> None:
        """Give the room of what was deleted back to the disk. Raises DatabaseError."""
        with self._lock, self._told():
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        """Close it; may be called again."""
        with self._lock:
            if not self._closed:
                self._closed = True
                with contextlib.suppress(sqlite3.Error):
                    self._connection.close()

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ------------------------------------------------------------ opening

    def _look_at_file(self, must_exist: bool) -> bool:
        """Whether there is a file with something in it, after a look at what it is."""
        try:
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            if must_exist or not self.path.parent.is_dir():
                raise self._error("missing", "is not there") from None
            return False
        except OSError as error:
            raise self._error("other", f"can't be looked at: {error.strerror}") from error
        if not stat.S_ISREG(mode):
            raise self._error("foreign", "is not an ordinary file")
        # The superuser may write what is marked as read-only; who marked it did not want that.
        if not self.read_only and not (mode & 0o222 and os.access(self.path, os.W_OK)):
            raise self._error("read_only", "is read-only")
        try:
            with self.path.open("rb") as file:
                head = file.read(len(_MAGIC))
        except OSError as error:
            raise self._error("other", f"can't be read: {error.strerror}") from error
        if head not in (b"", _MAGIC):
            raise self._error("foreign", "is something else than a database")
        return bool(head)

    def _connect(self, busy_seconds: float) -> sqlite3.Connection:
        where = urllib.parse.quote(str(self.path.absolute()))
        mode = "rwc"
        if self.read_only:
            # Where no log can be made beside it, none is there to be read either.
            alone = not Path(f"{self.path}-wal").exists()
            closed = not os.access(self.path.parent, os.W_OK)
            mode = "ro&immutable=1" if alone and closed else "ro"
            if not closed and os.access(self.path, os.W_OK) and self._mode() & 0o222:
                mode = "rw"  # one that may only read leaves its log behind when it is closed
        with self._told():
            return sqlite3.connect(
                f"file:{where}?mode={mode}",
                uri=True,
                timeout=busy_seconds,
                isolation_level=None,
                check_same_thread=False,
            )

    def _mode(self) -> int:
        try:
            return self.path.stat().st_mode
        except OSError:
            return 0

    def _check_kind(self) -> None:
        found, version = self._number("application_id"), self._number("user_version")
        tables = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if found != self.kind.application_id and (found or version or tables):
            raise self._error("foreign", f"is a database, but not {self.kind.name}")
        if version > self.kind.version:
            raise self._error(
                "newer",
                f"was made by a newer LayerLab (version {version} of the file, "
                f"known are those up to {self.kind.version})",
            )

    def _use_log(self) -> None:
        """Turn the write-ahead log on; on a disk that has no room for it (some network disks) the
        older way of SQLite remains, which is as safe and slower.
        """
        for _ in range(_TRIES):
            try:
                self._connection.execute("PRAGMA journal_mode = WAL").fetchall()
                return
            except sqlite3.OperationalError as error:
                # Of two that turn it on at the same moment one is refused without a wait.
                if _code(error) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise
        self._connection.execute("BEGIN IMMEDIATE")  # says that it is locked, if it is
        self._connection.execute("ROLLBACK")

    def _bring_up_to_date(self) -> None:
        if self._number("user_version") == self.kind.version:
            return
        with self.transaction():
            self._check_kind()  # another process may have been faster
            done = self._number("user_version")
            for step in self.kind.steps[done:]:
                for statement in step:
                    self._connection.execute(statement)
            self._connection.execute(f"PRAGMA application_id = {self.kind.application_id:d}")
            self._connection.execute(f"PRAGMA user_version = {self.kind.version:d}")

    def _check_schema(self) -> None:
        """Refuse a file with other tables, views or triggers than ours."""
        with contextlib.closing(sqlite3.connect(":memory:")) as fresh:
            for step in self.kind.steps:
                for statement in step:
                    fresh.execute(statement)
            if _schema(self._connection) != _schema(fresh):
                raise self._error("foreign", "has other tables than LayerLab makes")

    def _number(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    # ------------------------------------------------------------ what went wrong

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: sqlite3.Error) -> DatabaseError:
        trouble, happened = _TROUBLES.get(_code(error), ("other", f"refused: {error}"))
        if _code(error) == sqlite3.SQLITE_CANTOPEN and not os.access(self.path.parent, os.W_OK):
            trouble, happened = "read_only", "lies in a folder in which nothing can be written"
        return self._error(trouble, happened)

    def _error(self, trouble: DatabaseTrouble, happened: str) -> DatabaseError:
        name = self.kind.name[0].upper() + self.kind.name[1:]
        expected, how_to_fix = _ADVICE[trouble]
        return DatabaseError(trouble, f"{name}, {self.path}, {happened}.", expected, how_to_fix)


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; errors of Python's own module have none."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) or 0) & 0xFF


def _schema(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    return set(
        connection.execute(
            "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' "
            "ESCAPE '\\'"
        )
    )


_TROUBLES: dict[int, tuple[DatabaseTrouble, str]] = {
    sqlite3.SQLITE_BUSY: ("locked", "is being written by another program, which did not finish"),
    sqlite3.SQLITE_LOCKED: ("locked", "is being written by another program, which did not finish"),
    sqlite3.SQLITE_READONLY: ("read_only", "can't be written"),
    sqlite3.SQLITE_PERM: ("read_only", "can't be written"),
    sqlite3.SQLITE_NOTADB: ("foreign", "is something else than a database"),
    sqlite3.SQLITE_CORRUPT: ("damaged", "is damaged"),
    sqlite3.SQLITE_ERROR: ("damaged", "does not hold what it should"),
    sqlite3.SQLITE_MISMATCH: ("damaged", "does not hold what it should"),
    sqlite3.SQLITE_FULL: ("full", "could not grow: the disk is full"),
    sqlite3.SQLITE_IOERR: ("other", "could not be read or written: the disk refused"),
    sqlite3.SQLITE_CANTOPEN: ("other", "could not be opened"),
}

_ADVICE: dict[DatabaseTrouble, tuple[str, str]] = {
    "locked": (
        "One program writes at a time, for a moment only.",
        "Close the other program that has it open, or try again.",
    ),
    "read_only": (
        "The file and its folder must allow writing.",
        "Change their rights, or copy the file to another folder.",
    ),
    "newer": (
        "Files of this or an older version can be opened.",
        "Open it with the newer LayerLab.",
    ),
    "foreign": (
        "Only a file that LayerLab has made for this can be used.",
        "Move this file away, or give it another name: a new one is then begun in its place.",
    ),
    "damaged": (
        "Only a whole file can be read.",
        "Put a copy of the file in its place, or move it away to begin a new one.",
    ),
    "full": (
        "Writing needs free space on the disk.",
        "Delete something on this disk and try again; what was there before is kept.",
    ),
    "missing": ("The file must exist.", "Check the path."),
    "empty": ("A file that something was written to is needed.", "Delete it, or choose another."),
    "other": (
        "A file on a disk that can be read and written is needed.",
        "Check the disk and the rights of the file, then try again.",
    ),
}
