"""Reading a file of the user's whole, whatever hides behind its name."""

import os
import stat
from pathlib import Path

from app.data.errors import DataError

MEBIBYTE = 2**20
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def read_regular_file(path: str | os.PathLike[str], largest: int) -> bytes:
    """The bytes of an ordinary file; a link to one will do. Never waits for a pipe or a device.

    Args:
        path: of the file.
        largest: how many bytes it may have.

    Raises:
        DataError: there is no such file, it is not an ordinary one, not readable, or too large.
    """
    shown = Path(path).name or str(path)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        # Looked at before it is opened, since opening a device may already do something ...
        _refuse_unfit(shown, os.stat(path), largest)  # noqa: PTH116 - bytes and odd names too
        handle = os.open(path, flags)
        with os.fdopen(handle, "rb") as file:
            # ... and again after, since what has this name may have changed.
            _refuse_unfit(shown, os.fstat(file.fileno()), largest)
            # A file of the system that has nothing to tell yet gives None.
            content: bytes = file.read(largest + 1) or b""
    except FileNotFoundError:
        raise DataError(
            f"The file {shown!r:.120} does not exist.",
            f"It was expected at {os.fspath(path)!s:.300}.",
            "Choose the file again, or put it back in its place.",
        ) from None
    except PermissionError:
        raise DataError(
            f"The file {shown!r:.120} may not be read.",
            "A file is needed that you have the right to read.",
            "Change its rights, or copy it to a folder of your own.",
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"The file {shown!r:.120} could not be read: {reason}.",
            "A readable file is needed.",
            "Check the path and the disk, or choose another file.",
        ) from None
    if len(content) > largest:
        raise _too_large(shown, len(content), largest)
    return content


def _refuse_unfit(shown: str, status: os.stat_result, largest: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for test, name in _KINDS if test(status.st_mode)), "something else")
        raise DataError(
            f"{shown!r:.120} is {kind}, not an ordinary file.",
            "An ordinary file is needed.",
            "Choose another file.",
        )
    if status.st_size > largest:
        raise _too_large(shown, status.st_size, largest)


def _too_large(shown: str, size: int, largest: int) -> DataError:
    return DataError(
        f"The file {shown!r:.120} is too large: {size / MEBIBYTE:,.1f} MiB or more.",
        f"At most {largest / MEBIBYTE:,.0f} MiB can be read.",
        "Use a part of the file.",
    )
