"""The project in a file: settings, the last run with its history, and its checkpoint.

A `.layerlab` file is a ZIP archive of `project.json`, `run.json`, `checkpoint.npz` and
`kept.weights` (all but the first may be missing). The JSON holds names and plain values, checked by
pydantic; the other two are handed on as bytes. Nothing in a file is ever executed.
"""

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from app.core.atomic_file import replace_file
from app.core.explained_error import ExplainedError
from app.core.frozen import Frozen
from app.core.migrations import NewerVersionError, UnknownVersionError, migrate
from app.core.process_identity import ProcessIdentity
from app.core.project import Project
from app.core.project_archive import (
    LARGEST_FILE,
    MEBIBYTE,
    ArchiveError,
    read_archive,
    write_archive,
)
from app.core.run_record import RunRecord
from app.core.short_names import quoted, shortened
from app.core.validation_words import plain_errors

_Value = TypeVar("_Value", bound=Frozen)

SUFFIX = ".layerlab"
PROJECT, RUN, CHECKPOINT = "project.json", "run.json", "checkpoint.npz"
KEPT = "kept.weights"
LIMITS = {
    PROJECT: 16 * MEBIBYTE,
    RUN: 512 * MEBIBYTE,
    CHECKPOINT: LARGEST_FILE,
    KEPT: LARGEST_FILE,
}
"""The members that a project file may have, and how many bytes each may expand to."""
DEEPEST = 24
"""How many lists and mappings of a JSON text may stand inside each other; ours need eight."""


class ProjectFileError(ExplainedError):
    """A project file could not be read."""


@dataclass(frozen=True)
class SavedProject:
    """What a project file holds.

    Attributes:
        project: the settings.
        run: the last run, if there was one.
        checkpoint: where that run can go on; bytes that only `training` understands.
        kept: the weights that the project's layers begin with; bytes that `data.kept_weights`
            reads.
    """

    project: Project
    run: RunRecord | None = None
    checkpoint: bytes | None = None
    kept: bytes | None = None


def save_project(path: str | os.PathLike[str], saved: SavedProject) -> None:
    """Save to `path`, atomically; the file that was there stays beside it as `name.layerlab~`.

    Raises:
        SaveError: when the operating system refuses; says why, and the old file is untouched.
        ArchiveError: the checkpoint is too large for a project file.
    """
    target = Path(os.path.realpath(path))
    members = members_of(saved)

    def verify(temporary: Path) -> None:
        if read_archive(temporary, LIMITS, PROJECT) != members:
            raise OSError(f"{target.name} was not written whole")
        _keep_backup(target)

    replace_file(target, lambda temporary: write_archive(temporary, members), verify)


def open_project(path: str | os.PathLike[str]) -> SavedProject:
    """Read a project file.

    Raises:
        ProjectFileError: it is no whole, valid project file of a version that is known.
    """
    path = Path(path)
    try:
        members = read_archive(path, LIMITS, PROJECT)
    except ArchiveError as error:
        raise ProjectFileError(error.happened, error.expected, error.how_to_fix) from error
    return saved_of(path.name, members)


def members_of(saved: SavedProject) -> dict[str, bytes]:
    """The members of the archive that holds `saved`."""
    members = {PROJECT: _to_json(saved.project)}
    if saved.run is not None:
        members[RUN] = _to_json(saved.run)
    if saved.checkpoint is not None:
        members[CHECKPOINT] = saved.checkpoint
    if saved.kept is not None:
        members[KEPT] = saved.kept
    return members


def saved_of(name: str, members: dict[str, bytes]) -> SavedProject:
    """What the members of the archive called `name` hold. Raises ProjectFileError."""
    project = _validated(name, PROJECT, Project, _migrated(name, _parsed(name, PROJECT, members)))
    run = _run_of(name, members) if RUN in members else None
    return SavedProject(project, run, members.get(CHECKPOINT), members.get(KEPT))


def text_of(value: Project | RunRecord) -> bytes:
    """Settings, or a run, as JSON."""
    return _to_json(value)


def project_of(name: str, text: bytes) -> Project:
    """The settings in a JSON text of this or an older version, kept in what is called `name`.
    Raises ProjectFileError.
    """
    return _validated(
        name, PROJECT, Project, _migrated(name, _parsed(name, PROJECT, {PROJECT: text}))
    )


def run_of(name: str, text: bytes) -> RunRecord:
    """The same for a run. Raises ProjectFileError."""
    return _run_of(name, {RUN: text})


def _run_of(name: str, members: dict[str, bytes]) -> RunRecord:
    document = _parsed(name, RUN, members)
    inner = document.get("project")
    if isinstance(inner, dict):
        document = {**document, "project": _migrated(name, inner)}
    return _validated(name, RUN, RunRecord, document)


def backup_of(path: Path) -> Path:
    """Where the version before the last save is kept."""
    return path.with_name(f"{path.name}~")


def _keep_backup(target: Path) -> None:
    """Make the present file its own backup, too, before the new one takes its place."""
    backup = backup_of(target)
    if not target.is_file() or (backup.is_file() and not _looks_whole(target)):
        return
    second = target.with_name(f".{target.stem[:40]}~{secrets.token_hex(6)}.tmp{target.suffix}")
    try:
        os.link(target, second)
        second.replace(backup)
    except OSError:  # a disk without hard links
        replace_file(backup, target.read_bytes())
    finally:
        second.unlink(missing_ok=True)


def _looks_whole(path: Path) -> bool:
    """Whether the file deserves to take the place of an older backup."""
    try:
        read_archive(path, LIMITS, PROJECT, only=(PROJECT,))
    except ArchiveError:
        return False
    return True


# ---------------------------------------------------------------- JSON


def _to_json(value: Frozen) -> bytes:
    text = json.dumps(value.model_dump(), ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode("utf-8")


def _parsed(name: str, member: str, members: dict[str, bytes]) -> dict[str, Any]:
    try:
        document = json.loads(
            members[member].decode("utf-8"),
            parse_constant=_refuse_constant,
            object_pairs_hook=_once_each,
        )
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _invalid(name, member, [shortened(reason, 200)]) from error
    if not isinstance(document, dict):
        raise _invalid(name, member, ["names with values are needed"])
    if _too_deep(document):
        raise _invalid(name, member, ["it is nested too deeply"])
    return document


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a finite number")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {quoted(twice)} stands there twice")
    return document


def _too_deep(document: object) -> bool:
    level: list[object] = [document]
    for _ in range(DEEPEST):
        level = [
            item
            for box in level
            for item in (box.values() if isinstance(box, dict) else box)  # type: ignore[attr-defined]
            if isinstance(item, (dict, list))
        ]
        if not level:
            return False
    return True


def _migrated(name: str, document: dict[str, Any]) -> dict[str, Any]:
    try:
        return migrate(document)
    except NewerVersionError as error:
        raise ProjectFileError(
            f"{name} was made by a newer LayerLab: {error}.",
            "Files of this or an older version can be opened.",
            "Open it with the newer LayerLab.",
        ) from error
    except (UnknownVersionError, LookupError, TypeError, AttributeError) as error:
        raise _invalid(name, PROJECT, [str(error)]) from error


def _validated(name: str, member: str, kind: type[_Value], document: dict[str, Any]) -> _Value:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise _invalid(name, member, plain_errors(error)) from error
    except RecursionError as error:
        raise _invalid(name, member, ["it is nested too deeply"]) from error


def _invalid(name: str, member: str, reasons: list[str]) -> ProjectFileError:
    return ProjectFileError(
        f"{name} holds settings that can't be read ({member}): {'; '.join(reasons)}.",
        "A project file holds only what LayerLab has saved there.",
        "Open a backup, or correct the file.",
    )


# ---------------------------------------------------------------- two windows on one file


class ProjectLock:
    """Says that a project file is open in this process, by a small file beside it.

    A lock left by a process that no longer runs counts for nothing. One from another computer
    counts, since nobody can tell. Where no lock can be made, in a read-only folder for example,
    nobody can save either: it is granted.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        target = Path(os.path.realpath(path))
        self.lock_path = target.with_name(f".{target.name}.lock")
        self._content: bytes | None = None

    def acquire(self) -> bool:
        """Whether the project is now ours; False when another window has it."""
        if self._content is not None:
            return True
        about = {**asdict(ProcessIdentity.own()), "token": secrets.token_hex(8)}
        content = json.dumps(about).encode("utf-8")
        for _ in range(3):
            made = self._make(content)
            if made is not None:
                self._content = content if made else None
                return True
            held = self._read()
            if held is not None and not _stale(held):
                return False
            if held is not None and not self._clear(held):
                return False
        return False

    def holder(self) -> ProcessIdentity | None:
        """The process that has the project, if one is known."""
        held = self._read()
        return _identity(held) if held is not None else None

    def release(self) -> None:
        """Give the project back, if it is ours."""
        if self._content is not None and self._read() == self._content:
            with contextlib.suppress(OSError):
                self.lock_path.unlink()
        self._content = None

    def _make(self, content: bytes) -> bool | None:
        """True: made; False: none can be made here; None: there is one."""
        temporary = self.lock_path.with_name(f"{self.lock_path.name}.{secrets.token_hex(4)}")
        try:
            temporary.write_bytes(content)
            try:
                os.link(temporary, self.lock_path)  # whole at once, and only if there is none
            except FileExistsError:
                return None
            except OSError:  # a disk without hard links
                with self.lock_path.open("xb") as file:
                    file.write(content)
        except FileExistsError:
            return None
        except OSError:
            return False
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
        return True

    def _read(self) -> bytes | None:
        try:
            with self.lock_path.open("rb") as file:
                return file.read(4096)
        except OSError:
            return None

    def _clear(self, stale: bytes) -> bool:
        """Take a stale lock away; False when another process was faster and has put its own
        there.
        """
        aside = self.lock_path.with_name(f"{self.lock_path.name}.{secrets.token_hex(4)}")
        try:
            self.lock_path.replace(aside)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        try:
            if aside.read_bytes() == stale:
                return True
            with contextlib.suppress(OSError):
                os.link(aside, self.lock_path)
            return False
        finally:
            aside.unlink(missing_ok=True)


def _identity(content: bytes) -> ProcessIdentity | None:
    with contextlib.suppress(ValueError, KeyError, TypeError, RecursionError):
        about = json.loads(content)
        found = ProcessIdentity(about["pid"], about["host"], about["started"])
        if type(found.pid) is int and isinstance(found.host, str):
            return found
    return None


def _stale(content: bytes) -> bool:
    owner = _identity(content)
    return owner is None or not owner.running
