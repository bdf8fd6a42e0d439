"""Reading a file of the user's whole, whatever hides behind its name."""

import contextlib
import io
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.short_names import quoted, shortened
from app.data.errors import DataError

MEBIBYTE = 2**20
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


@dataclass(frozen=True)
class FileStamp:
    """By what a file is known to be the same as before: its place on the disk, its size in bytes
    and the time of its last change in ns.
    """

    device: int
    number: int
    size: int
    changed: int


def stamp_of(path: str | os.PathLike[str]) -> FileStamp | None:
    """Of the file at `path` as it is now; None when there is none to be seen."""
    with contextlib.suppress(OSError, ValueError):
        return _stamp(os.stat(path))  # noqa: PTH116 - bytes and odd names too
    return None


def read_regular_file(path: str | os.PathLike[str], largest: int) -> bytes:
    """The bytes of an ordinary file; a link to one will do. Never waits for a pipe or a device.

    Args:
        path: of the file.
        largest: how many bytes it may have.

    Raises:
        DataError: there is no such file, it is not an ordinary one, not readable, too large, or it
            changes while it is read.
    """
    with open_regular_file(path, largest) as (file, _):
        # A file of the system that has nothing to tell yet gives None.
        content: bytes = file.read(largest + 1) or b""
    if len(content) > largest:
        raise _too_large(shown_name(path), len(content), largest)
    return content


@contextlib.contextmanager
def open_regular_file(
    path: str | os.PathLike[str], largest: int
) -> Iterator[tuple[io.BufferedReader, FileStamp]]:
    """The same file open for reading, to be read piece by piece; raises as `read_regular_file`
    does, also for what goes wrong while it is read.
    """
    shown = shown_name(path)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        # Looked at before it is opened, since opening a device may already do something ...
        _refuse_unfit(shown, os.stat(path), largest)  # noqa: PTH116 - bytes and odd names too
        handle = os.open(path, flags)
    except FileNotFoundError:
        raise DataError(
            f"The file {quoted(shown, 120)} does not exist.",
            f"It was expected at {shortened(os.fspath(path), 300)}.",
            "Choose the file again, or put it back in its place.",
        ) from None
    except PermissionError:
        raise DataError(
            f"The file {quoted(shown, 120)} may not be read.",
            "A file is needed that you have the right to read.",
            "Change its rights, or copy it to a folder of your own.",
        ) from None
    except (OSError, ValueError) as error:
        raise _unreadable(shown, error) from None
    with os.fdopen(handle, "rb") as file:
        # ... and again after, since what has this name may have changed.
        status = os.fstat(file.fileno())
        _refuse_unfit(shown, status, largest)
        before = _stamp(status)
        try:
            yield file, before
        except OSError as error:
            raise _unreadable(shown, error) from None
        except DataError:
            # What seems wrong in a file that is being written is rarely its fault.
            _refuse_changed(shown, before, _stamp(os.fstat(file.fileno())))
            raise
        _refuse_changed(shown, before, _stamp(os.fstat(file.fileno())))


def shown_name(path: str | os.PathLike[str]) -> str:
    """The name of a file without its folders, for messages."""
    return Path(path).name or str(path)


def _stamp(status: os.stat_result) -> FileStamp:
    return FileStamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _refuse_changed(shown: str, before: FileStamp, after: FileStamp) -> None:
    if before != after:
        raise DataError(
            f"The file {quoted(shown, 120)} was changed while it was read.",
            "A file is needed that stays as it is until it is read.",
            "Wait until the program that writes it is done, then read it again.",
        )


def _unreadable(shown: str, error: Exception) -> DataError:
    reason = getattr(error, "strerror", None) or str(error)
    return DataError(
        f"The file {quoted(shown, 120)} could not be read: {reason}.",
        "A readable file is needed.",
        "Check the path and the disk, or choose another file.",
    )


def _refuse_unfit(shown: str, status: os.stat_result, largest: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for test, name in _KINDS if test(status.st_mode)), "something else")
        raise DataError(
            f"{quoted(shown, 120)} is {kind}, not an ordinary file.",
            "An ordinary file is needed.",
            "Choose another file.",
        )
    if status.st_size > largest:
        raise _too_large(shown, status.st_size, largest)


def _too_large(shown: str, size: int, largest: int) -> DataError:
    return DataError(
        f"The file {quoted(shown, 120)} is too large: {size / MEBIBYTE:,.1f} MiB or more.",
        f"At most {largest / MEBIBYTE:,.0f} MiB can be read.",
        "Use a part of the file.",
    )
