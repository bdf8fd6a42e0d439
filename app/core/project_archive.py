"""The container of a project file: a small ZIP archive with known members, read with suspicion.

Whatever a file claims is checked before it is believed: its kind, its size, the archive's
directory, the number, names, places and sizes of the members, how far they expand.
"""

import contextlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import IO

from app.core.explained_error import ExplainedError
from app.core.short_names import quoted

MEBIBYTE = 2**20
LARGEST_FILE = 2**31 - 1
LARGEST_DIRECTORY = 4096
EXPANSION = 20
"""A member may expand to so many times its stored size; writing stores what would expand
further.
"""
SMALL = 64 * 1024
"""Members up to this size may expand further."""

_END = struct.Struct("<4s4H2LH")
_STAMP = (1980, 1, 1, 0, 0, 0)
"""Date of the members: the same content gives the same file."""


class ArchiveError(ExplainedError):
    """A file is not an archive that can be read; says why."""


def write_archive(path: Path, members: Mapping[str, bytes]) -> None:
    """Write `members` into a new archive at `path`.

    Raises:
        ArchiveError: together they are too large.
        OSError: as the operating system tells.
    """
    if sum(len(content) for content in members.values()) > LARGEST_FILE - 2 * LARGEST_DIRECTORY:
        raise ArchiveError(
            f"{path.name} would be larger than {LARGEST_FILE / 2**30:.0f} GiB.",
            "A project file holds the settings, the history and the weights of one training.",
            "Save the model by itself, and the project before a training.",
        )
    with zipfile.ZipFile(path, "w", allowZip64=False) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = _compression(name, content)
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)


def _compression(name: str, content: bytes) -> int:
    if not name.endswith(".json"):
        return zipfile.ZIP_STORED
    packed = len(zlib.compress(content, 6))
    expands_far = len(content) > SMALL and len(content) > packed * EXPANSION // 2
    return zipfile.ZIP_STORED if expands_far else zipfile.ZIP_DEFLATED


def read_archive(
    path: Path, limits: Mapping[str, int], needed: str, only: Collection[str] | None = None
) -> dict[str, bytes]:
    """The members of the archive at `path` that are there.

    Args:
        path: of an ordinary file; a link to one will do.
        limits: every name that a member may have, with the most bytes that it may expand to.
        needed: the member that must be there.
        only: the members to read; all of them without it.

    Raises:
        ArchiveError: for anything else than such an archive.
    """
    with _opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        _check_end(path, file, size)
        try:
            with zipfile.ZipFile(file) as archive:
                _check_members(path, archive, limits, needed)
                names = [name for name in archive.namelist() if only is None or name in only]
                return {name: archive.read(name) for name in names}
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, struct.error) as error:
            raise _damaged(path) from error
        except (NotImplementedError, RuntimeError) as error:  # other compression, encryption
            raise _foreign(path, "it is packed in a way that LayerLab does not use") from error
        except OSError as error:
            raise _unreadable(path, error) from error


def _opened(path: Path) -> IO[bytes]:
    """The ordinary file at `path`, open for reading; never waits for a pipe or a device."""
    try:
        # Looked at before it is opened, since opening a device may do something, and after.
        _check_status(path, path.stat())
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(path, flags), "rb")
        try:
            _check_status(path, os.fstat(file.fileno()))
        except BaseException:
            file.close()
            raise
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return file


def _check_status(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not an ordinary file"
        raise ArchiveError(
            f"{path.name} is {kind}.",
            "A project is an ordinary file whose name ends in .layerlab.",
            "Choose another file.",
        )
    if status.st_size == 0:
        raise ArchiveError(
            f"{path.name} is empty.",
            "A project file holds at least the settings of a project.",
            _backup_advice(path),
        )
    if status.st_size > LARGEST_FILE:
        raise ArchiveError(
            f"{path.name} is {status.st_size / 2**30:.1f} GiB large.",
            f"A project file has at most {LARGEST_FILE / 2**30:.0f} GiB.",
            "Choose another file.",
        )


def _check_end(path: Path, file: IO[bytes], size: int) -> None:
    """Look at the last 22 bytes, which say how large the directory is, before anything reads the
    directory.
    """
    start = file.read(8)
    if start.startswith(b"\x89HDF"):
        raise _foreign(path, "it is an HDF5 file, perhaps weights or an older Keras model")
    if not start.startswith(b"PK\x03\x04"):
        raise _foreign(path, "it does not begin like one")
    if size < _END.size:
        raise _damaged(path)
    file.seek(size - _END.size)
    mark, disk, first_disk, here, entries, length, offset, comment = _END.unpack(
        file.read(_END.size)
    )
    if mark != b"PK\x05\x06":
        raise _damaged(path)
    if (disk, first_disk, comment) != (0, 0, 0) or here != entries:
        raise _foreign(path, "its directory is not like LayerLab's")
    if entries > 64 or length > LARGEST_DIRECTORY:
        raise _foreign(path, "it has too many members")
    if offset + length + _END.size != size:
        raise _damaged(path)


def _check_members(
    path: Path, archive: zipfile.ZipFile, limits: Mapping[str, int], needed: str
) -> None:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if "config.json" in names and "model.weights.h5" in names:
        raise ArchiveError(
            f"{path.name} is a Keras model, not a project.",
            "A project file of LayerLab is needed here.",
            "Give the file a name that ends in .keras and open it as a model.",
        )
    for name in names:
        if name not in limits:
            raise _foreign(path, f"it holds {quoted(name)}, which no project has")
        if names.count(name) > 1:
            raise _foreign(path, f"it holds {quoted(name)} twice")
    if needed not in names:
        raise _foreign(path, f"{needed} is missing in it")
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise _foreign(path, "its members overlap")
        end = info.header_offset + 30 + len(info.filename) + info.compress_size
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _foreign(path, "it is packed in a way that LayerLab does not use")
        if info.file_size > limits[info.filename]:
            raise _foreign(
                path, f"{info.filename} would be {info.file_size / MEBIBYTE:,.0f} MiB large"
            )
        if info.file_size > max(SMALL, EXPANSION * info.compress_size):
            raise _foreign(path, f"{info.filename} expands more than {EXPANSION}-fold")


def _backup_advice(path: Path) -> str:
    backup = path.with_name(f"{path.name}~")
    with contextlib.suppress(OSError):
        if backup.is_file():
            return f"The last version before it is kept as {backup.name}: open that one."
    return "Open a copy or a backup of it."


def _damaged(path: Path) -> ArchiveError:
    return ArchiveError(
        f"{path.name} is damaged, or only a part of it is there.",
        "A project file must be whole.",
        _backup_advice(path),
    )


def _foreign(path: Path, reason: str) -> ArchiveError:
    return ArchiveError(
        f"{path.name} is not a LayerLab project: {reason}.",
        "A project is a file that LayerLab has saved; its name ends in .layerlab.",
        "Choose another file.",
    )


def _unreadable(path: Path, error: OSError | ValueError) -> ArchiveError:
    if isinstance(error, FileNotFoundError):
        return ArchiveError(
            f"There is no file {path.name} in {path.parent}.",
            "An existing project file is needed.",
            "Look whether it was moved or renamed.",
        )
    if isinstance(error, PermissionError):
        return ArchiveError(
            f"{path.name} may not be read.",
            "A file is needed that you have the right to read.",
            "Change its rights, or copy it to a folder of your own.",
        )
    reason = getattr(error, "strerror", None) or str(error)
    return ArchiveError(
        f"{path.name} could not be read: {reason}.",
        "A readable file is needed.",
        "Check the path and the disk, or choose another file.",
    )
