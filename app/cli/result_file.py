"""Files that the commands write: looked at before the work, replaced whole when it is done."""

import errno
import json
import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from app.core.atomic_file import SaveError, replace_file, save_error


def require_places(**places: Path | None) -> None:
    """Find out before hours of work whether there is a place for their results.

    Args:
        places: path by the name of the option that gave it; None where it was not given.

    Raises:
        SaveError: a folder does not exist or may not be written to, a name is that of a folder or a
            read-only file, or two options name the same file.
    """
    seen: dict[str, str] = {}
    for option, path in places.items():
        if path is None:
            continue
        _require_place(path)
        other = seen.setdefault(os.path.realpath(path), option)
        if other != option:
            raise SaveError(
                f"{path.name} was given as {other} and as {option}.",
                "Each of these is a file of its own.",
                "Choose another name for one of them.",
            )


def exists(path: Path) -> bool:
    """Whether there is such a file; a name that the system refuses is none."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises for such a name


def same_file(first: Path, second: Path) -> bool:
    """Whether both names lead to one place, whatever is there."""
    return os.path.realpath(first) == os.path.realpath(second)


def _require_place(path: Path) -> None:
    target = Path(os.path.realpath(path))
    try:
        folder = target.parent.stat()
        if not stat.S_ISDIR(folder.st_mode):
            raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        exists = target.exists()
    except OSError as error:
        raise save_error(target, error) from error
    if exists and not target.is_file():
        raise SaveError(
            f"{target.name} cannot be written: in {target.parent} this is "
            f"{'a folder' if target.is_dir() else 'not an ordinary file'}.",
            "A result replaces ordinary files only.",
            "Choose another name.",
        )
    if exists and not os.access(target, os.W_OK):
        raise SaveError(
            f"{target.name} cannot be written: the file of this name in {target.parent} is "
            "read-only.",
            "A result replaces only files that may be written to.",
            "Choose another name, or make the file writable.",
        )


def write_json(path: Path, results: Mapping[str, object]) -> None:
    """Write `results` as JSON, atomically; a number that is not finite becomes null.

    Raises:
        SaveError: when the operating system refuses.
    """
    text = json.dumps(_finite(results), ensure_ascii=False, allow_nan=False, indent=2)
    # A name of a file may hold bytes that are no text; as an escape they are JSON again.
    replace_file(path, f"{text}\n".encode("utf-8", "backslashreplace"))


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(name): _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
