"""Which pictures lie below a folder, told by their names; none is opened here."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from app.core.data_summary import LeftOut
from app.core.number_words import counted
from app.core.short_names import quoted, shortened
from app.data.errors import DataError, LoadingStopped
from app.data.progress import LoadingProgress, Stop, Tell, never, seldom, silent

SUFFIXES = frozenset((
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm",
    ".pgm", ".pbm", ".pnm",
))  # fmt: skip
_OTHER_PICTURES = frozenset((
    ".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".psd", ".xcf", ".ico", ".tga", ".exr",
    ".dng", ".cr2", ".cr3", ".nef", ".arw", ".eps",
))  # fmt: skip
_IGNORED = frozenset(("thumbs.db", "desktop.ini", "__macosx"))
MOST_ENTRIES = 2_000_000
WANTED = "A folder is needed with one sub-folder of pictures for each class."
_LOOK_EVERY = 500  # entries
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PictureFile:
    """Attributes:
    name: its path below the folder, with "/" between the names.
    path: to open it.
    size, modified: of the file, in bytes and in nanoseconds, when the folder was looked through.
    """

    name: str
    path: str
    size: int
    modified: int


@dataclass
class Walk:
    """What a walk through a folder came upon.

    Attributes:
        folders: paths below the root, as names.
        others: how many files are no pictures, by suffix.
    """

    root: str
    pictures: list[tuple[tuple[str, ...], PictureFile]] = field(default_factory=list)
    folders: set[tuple[str, ...]] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)


def shown(name: str) -> str:
    """`name` for the eye: line breaks, marks of direction and the like as their escapes."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in name
    )


def natural(name: str) -> tuple[tuple[str | int, ...], str]:
    """A key that puts "class 2" before "Class 10"."""
    pieces = re.split(r"([0-9]+)", name.casefold())
    return tuple(int(p) if place % 2 else p for place, p in enumerate(pieces)), name


def are_pictures(path: str) -> bool:
    """Whether `path` names a folder, or a file whose name ends like that of a picture."""
    return Path(path).suffix.casefold() in SUFFIXES or os.path.isdir(path)  # noqa: PTH112


def walk_folder(path: str, stop: Stop = never, tell: Tell = silent) -> Walk:
    """All pictures below a folder, told by their names, in no certain order.

    Raises:
        DataError: there is no such folder, it may not be read, or it holds far too much.
        LoadingStopped: `stop()` was true.
    """
    try:
        walk = Walk(os.path.realpath(path))
    except (OSError, ValueError) as error:  # such as a NUL character
        raise _no_folder(path, error) from None
    tell = seldom(tell)
    waiting: list[tuple[str, ...]] = [()]
    seen = 0
    while waiting:
        folder = waiting.pop()
        if stop():
            raise LoadingStopped
        try:
            entries = _entries(os.path.join(walk.root, *folder))  # noqa: PTH118 - odd names too
            for entry in entries:
                if seen % _LOOK_EVERY == 0:
                    if stop():
                        raise LoadingStopped
                    tell(LoadingProgress(f"Looking through the folder, {counted(seen, 'file')}"))
                seen += 1
                if seen > MOST_ENTRIES:
                    raise DataError(
                        f"The folder {quoted(shown(Path(walk.root).name), 120)} holds more than "
                        f"{MOST_ENTRIES:,} files.",
                        WANTED,
                        "Choose a folder that holds the pictures alone.",
                    )
                if entry.name.startswith(".") or entry.name.casefold() in _IGNORED:
                    continue
                _take(walk, (*folder, entry.name), entry, waiting)
        except OSError as error:
            if not folder:
                raise _no_folder(path, error) from None
            walk.left_out.append(
                LeftOut(shown("/".join(folder)) + "/", "this folder may not be read")
                if isinstance(error, PermissionError)
                else LeftOut(
                    shown("/".join(folder)) + "/",
                    f"this folder cannot be read: {error_words(error)}",
                )
            )
    walk.left_out.sort(key=lambda entry: natural(entry.what))
    return walk


def heeding(stop: Stop, items: Sequence[Item]) -> Iterator[Item]:
    """`items`, until `stop()` is true. Raises LoadingStopped then."""
    for place, item in enumerate(items):
        if place % _LOOK_EVERY == 0 and stop():
            raise LoadingStopped
        yield item


def _entries(path: str) -> Iterator["os.DirEntry[str]"]:
    with os.scandir(path) as entries:
        yield from entries


def _take(
    walk: Walk, names: tuple[str, ...], entry: "os.DirEntry[str]", waiting: list[tuple[str, ...]]
) -> None:
    """Note one entry of a folder in `walk`; a folder waits to be looked through."""
    name = "/".join(names)
    suffix = os.path.splitext(entry.name)[1].casefold()  # noqa: PTH122 - odd names too
    picture = suffix in SUFFIXES
    path = entry.path
    why = ""
    try:
        if entry.is_symlink() or getattr(entry, "is_junction", bool)():
            path, status, why = _linked(walk.root, entry)
        else:
            status = entry.stat(follow_symlinks=False)
    except OSError:
        why = "it is no longer there"
    else:
        if not why and stat.S_ISDIR(status.st_mode):
            walk.folders.add(names)
            waiting.append(names)
            return
        if not why and not stat.S_ISREG(status.st_mode):
            why = "it is a pipe" if stat.S_ISFIFO(status.st_mode) else "it is not an ordinary file"
            picture = True  # whatever its name
    if suffix in _OTHER_PICTURES:
        walk.left_out.append(
            LeftOut(shown(name), f"pictures of the kind {suffix} cannot be read; save it as PNG")
        )
    elif not picture and "folder" not in why:
        walk.others[suffix] += 1
    elif why:
        walk.left_out.append(LeftOut(shown(name), why))
    else:
        walk.pictures.append((names, PictureFile(name, path, status.st_size, status.st_mtime_ns)))


def _linked(root: str, entry: "os.DirEntry[str]") -> tuple[str, os.stat_result, str]:
    """(where a link leads, what is there, why it is not followed or "")."""
    status = entry.stat(follow_symlinks=False)
    path = os.path.realpath(entry.path)
    try:
        status = entry.stat()
    except OSError:
        return path, status, "it is a link that leads nowhere"
    if stat.S_ISDIR(status.st_mode):
        return path, status, "it is a link to a folder, and such links are not followed"
    if not path.startswith(os.path.join(root, "")):  # noqa: PTH118
        return path, status, "it is a link that leads out of the folder"
    return path, status, ""


def error_words(error: Exception) -> str:
    """What the operating system says."""
    return getattr(error, "strerror", None) or str(error)


def _no_folder(path: str, error: OSError | ValueError) -> DataError:
    name = shown(Path(path).name or path)
    known: dict[type[Exception], tuple[str, str]] = {
        FileNotFoundError: ("does not exist", "Choose the folder again, or put it back."),
        NotADirectoryError: ("is a file, not a folder", "Choose the folder that it lies in."),
        PermissionError: ("may not be read", "Change its rights, or copy it to one of your own."),
    }
    unknown = f"cannot be read: {error_words(error)}", "Choose another folder."
    happened, fix = known.get(type(error), unknown)
    return DataError(f"The folder {quoted(name, 120)} {happened}.", WANTED, fix)


def others_notes(others: "Counter[str]") -> list[str]:
    """A remark on the files that are no pictures, if there are any; `others` by their suffix."""
    if not others:
        return []
    count = sum(others.values())
    common = sorted(others, key=lambda suffix: (-others[suffix], suffix or "~"))[:4]
    kinds = ", ".join(shown(suffix) or "without an ending" for suffix in common)
    return [
        f"{counted(count, 'file')} {'is no picture' if count == 1 else 'are no pictures'} and "
        f"{'was' if count == 1 else 'were'} not used ({shortened(kinds, 100)}"
        f"{', ...' if len(others) > 4 else ''})."
    ]
