"""A copy of unsaved work that survives a crash, in a folder of the program's own."""

import contextlib
import json
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.core.atomic_file import replace_file
from app.core.process_identity import ProcessIdentity
from app.core.project_archive import ArchiveError, read_archive, write_archive
from app.core.project_file import (
    LIMITS,
    PROJECT,
    SUFFIX,
    ProjectFileError,
    SavedProject,
    members_of,
    saved_of,
)

_ABOUT = "autosave.json"
_LIMITS = {**LIMITS, _ABOUT: 64 * 1024}
_PREFIX = "autosave-"


@dataclass(frozen=True)
class Recoverable:
    """Unsaved work of a process that is gone.

    Attributes:
        path: of the copy.
        name: of the project.
        original_path: where the project came from, or None when it was never saved.
        saved_at: when the copy was written, in seconds since 1970.
    """

    path: Path
    name: str
    original_path: Path | None
    saved_at: float

    def open(self) -> SavedProject:
        """The unsaved work. Raises ProjectFileError when the copy can't be read."""
        try:
            members = read_archive(self.path, _LIMITS, PROJECT)
        except ArchiveError as error:
            raise ProjectFileError(error.happened, error.expected, error.how_to_fix) from error
        return saved_of(self.path.name, members)

    def discard(self) -> None:
        """Delete the copy, and what its process was writing when it died."""
        half_written = self.path.parent.glob(f".{self.path.stem}~*")
        for path in (self.path, *half_written):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()


class Autosave:
    """The copy of this process's unsaved work.

    One object for each window; calls come one after the other.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owner = ProcessIdentity.own()
        self.path = folder / f"{_PREFIX}{self._owner.pid}-{secrets.token_hex(4)}{SUFFIX}"

    def write(self, saved: SavedProject, original_path: Path | None) -> None:
        """Put the copy in the place of the one before, atomically.

        Raises:
            SaveError: when the operating system refuses; the copy before is untouched.
        """
        with contextlib.suppress(OSError):  # what is wrong with the folder, writing tells better
            self._folder.mkdir(parents=True, exist_ok=True)
        about = {
            **asdict(self._owner),
            "name": saved.project.name,
            "original_path": None if original_path is None else str(original_path),
            "saved_at": time.time(),
        }
        members = {_ABOUT: json.dumps(about).encode("utf-8"), **members_of(saved)}
        replace_file(self.path, lambda temporary: write_archive(temporary, members))

    def discard(self) -> None:
        """Delete the copy, if there is one: nothing is unsaved any more."""
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()


def find_recoverable(folder: Path) -> tuple[Recoverable, ...]:
    """Unsaved work that processes of this computer left when they died, newest first.

    Copies of running processes, and files that are no such copies, are left alone.
    """
    found = []
    for path in sorted(folder.glob(f"{_PREFIX}*{SUFFIX}")):
        with contextlib.suppress(ArchiveError, ValueError, KeyError, TypeError, OSError):
            about = _about(path)
            owner = ProcessIdentity(about["pid"], about["host"], about["started"])
            if not owner.here or owner.running:
                continue
            original = about["original_path"]
            found.append(
                Recoverable(
                    path=path,
                    name=str(about["name"]),
                    original_path=None if original is None else Path(original),
                    saved_at=float(about["saved_at"]),
                )
            )
    return tuple(sorted(found, key=lambda entry: -entry.saved_at))


def _about(path: Path) -> dict[str, Any]:
    """Where a copy came from. Raises KeyError, ValueError or ArchiveError when it is none."""
    about = json.loads(read_archive(path, _LIMITS, _ABOUT, only=(_ABOUT,))[_ABOUT])
    if not isinstance(about, dict):
        raise ValueError("not a recovery copy")
    return about
