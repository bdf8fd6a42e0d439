"""Replacing a file so that at every moment the old or the new one is there, whole.

A process killed in the middle, a full disk or a failing writer leaves the old file byte for byte
as it was.
"""

import contextlib
import errno
import os
import secrets
import stat
import time
from collections.abc import Callable
from pathlib import Path

from app.core.explained_error import ExplainedError

STALE_SECONDS = 3600.0
"""A temporary file of this age was left by a killed process; nobody writes to it any more."""


class SaveError(ExplainedError):
    """A file could not be written. The file that was there before is untouched."""


_REASONS: dict[int, tuple[str, str, str]] = {
    errno.ENOSPC: (
        "the disk is full",
        "Saving needs free space for the new file beside the old one.",
        "Delete something on this disk, or save to another one.",
    ),
    errno.EDQUOT: (
        "your quota on this disk is used up",
        "Saving needs free space for the new file beside the old one.",
        "Delete something of yours on this disk, or save to another one.",
    ),
    errno.EROFS: (
        "the disk is read-only",
        "Saving needs a disk that can be written to.",
        "Save to another folder.",
    ),
    errno.EACCES: (
        "the folder is read-only for you",
        "Saving needs a folder in which you may make files.",
        "Save to another folder, or change the rights of this one.",
    ),
    errno.ENOENT: (
        "the folder does not exist (any more)",
        "Saving needs an existing folder.",
        "Make the folder again, or save to another one.",
    ),
    errno.ENOTDIR: (
        "a part of the path is a file, not a folder",
        "Saving needs an existing folder.",
        "Save to another folder.",
    ),
    errno.ENAMETOOLONG: (
        "the name is too long",
        "Most disks allow names of at most 255 bytes.",
        "Choose a shorter name.",
    ),
    errno.EFBIG: (
        "the file would be larger than this disk allows",
        "Saving needs a disk that takes files of this size.",
        "Save to another disk.",
    ),
}
_REASONS[errno.EPERM] = _REASONS[errno.EACCES]


def replace_file(
    path: str | os.PathLike[str],
    content: bytes | Callable[[Path], None],
    verify: Callable[[Path], None] | None = None,
) -> None:
    """Put `content` in the place of the file at `path`, or make that file.

    Args:
        path: where to; a symbolic link stays a link and the file behind it is replaced.
        content: the bytes, or a function that writes them to the temporary path that it is given.
            That path lies in the same folder and has the same suffix as `path`; an empty file is
            there already.
        verify: looks at the finished temporary file before it takes its place; raises to keep the
            old one.

    Raises:
        SaveError: when the operating system refuses; says why.
        Exception: what `content` or `verify` raised, unless it is an OSError. The old file is
            untouched then too.
    """
    target = Path(os.path.realpath(path))
    _refuse_unfit_target(target)
    temporary: Path | None = None
    try:
        _remove_stale(target)
        temporary = _temporary_beside(target)
        if callable(content):
            content(temporary)
        else:
            temporary.write_bytes(content)
        if not callable(content) and temporary.stat().st_size != len(content):
            raise OSError(errno.EIO, f"{temporary.stat().st_size} bytes of {len(content)} arrived")
        _flush(temporary)
        if verify is not None:
            verify(temporary)
        _copy_mode(target, temporary)
        temporary.replace(target)
        temporary = None
        _flush_folder(target.parent)
    except OSError as error:
        raise save_error(target, error) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def save_error(path: Path, error: OSError) -> SaveError:
    """What the operating system's `error` means for someone who saves to `path`."""
    reason, expected, how_to_fix = _REASONS.get(
        error.errno or 0,
        (
            error.strerror or str(error) or type(error).__name__,
            "Saving needs a folder and a disk that take the file.",
            "Try again, or save to another folder.",
        ),
    )
    return SaveError(f"{path.name} was not saved in {path.parent}: {reason}.", expected, how_to_fix)


def _refuse_unfit_target(target: Path) -> None:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise save_error(target, error) from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "not an ordinary file"
        raise SaveError(
            f"{target.name} was not saved in {target.parent}: what has this name there is {kind}.",
            "Saving replaces ordinary files only.",
            "Choose another name.",
        )
    # In a writable folder a read-only file could be replaced; who made it so did not want that.
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise SaveError(
            f"{target.name} was not saved in {target.parent}: the file of this name is read-only.",
            "Saving replaces only files that may be written to.",
            "Choose another name, or make the file writable.",
        )


def _temporary_beside(target: Path) -> Path:
    path = target.parent / f"{_prefix(target)}{secrets.token_hex(6)}.tmp{target.suffix}"
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    return path


def _prefix(target: Path) -> str:
    return f".{target.stem[:40]}~"


def _remove_stale(target: Path) -> None:
    """Delete what an earlier, killed save of the same file left behind."""
    oldest = time.time() - STALE_SECONDS
    for left in target.parent.glob(f"{_escape(_prefix(target))}*.tmp{_escape(target.suffix)}"):
        with contextlib.suppress(OSError):
            if left.lstat().st_mtime < oldest:
                left.unlink()


def _escape(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _flush(path: Path) -> None:
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):  # not every file system knows it; the file itself is safe
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _copy_mode(target: Path, temporary: Path) -> None:
    """Give the new file the rights of the old one, if there is one."""
    if os.name == "posix":
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
