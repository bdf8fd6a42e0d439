"""Which pictures lie in a folder, and the class and the part of each; none is opened here."""

import functools
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import TypeVar

import numpy as np

from app.core.data_summary import LeftOut
from app.core.number_words import counted
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
PARTS = {
    "train": 0, "training": 0, "val": 1, "valid": 1, "validation": 1, "test": 2, "testing": 2,
}  # fmt: skip
"""The part that a folder of this name holds, as in `RawData.parts`."""
_PART_NAMES = ("training", "validation", "test")
MOST_CLASSES = 1_000
MOST_ENTRIES = 2_000_000
_LOOK_EVERY = 500  # entries
Item = TypeVar("Item")
_WANTED = "A folder is needed with one sub-folder of pictures for each class."


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


@dataclass(frozen=True)
class PictureFolder:
    """What lies in a folder.

    Attributes:
        root: the folder, without links in its path.
        files: by part, class and name; numbers in names count ("2" before "10").
        classes: (files,) int32, places in `class_names`.
        parts: (files,) int8 as in `RawData.parts`, or None without such folders.
        left_out: what will not be read, and why.
        notes: remarks in full sentences.
    """

    root: str
    files: tuple[PictureFile, ...]
    classes: np.ndarray
    parts: np.ndarray | None
    class_names: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


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


def list_pictures(path: str, stop: Stop = never, tell: Tell = silent) -> PictureFolder:
    """Look through a folder of classes, or of parts (`PARTS`) with classes.

    Deeper folders belong to their class. Hidden ones, and links that lead out, are not followed.

    Raises:
        DataError: it is no such folder.
        LoadingStopped: `stop()` was true.
    """
    walk = walk_folder(path, stop, tell)
    by_parts = _by_parts(walk)
    levels = 2 if by_parts else 1
    notes: list[str] = []
    chosen: list[tuple[int, tuple[str, ...], PictureFile]] = []
    beside = 0
    for names, file in _heeding(stop, walk.pictures):
        part = PARTS.get(names[0].casefold()) if by_parts else 0
        if part is None:
            continue
        if len(names) <= levels:
            beside += 1
        else:
            chosen.append((part, names, file))
    class_names = sorted({names[levels - 1] for _, names, _ in chosen}, key=natural)
    _refuse_unfit(walk, beside, class_names, chosen, levels)
    if beside:
        notes.append(
            f"{counted(beside, 'picture')} beside the folders of the classes "
            f"{'was' if beside == 1 else 'were'} not used."
        )
    if by_parts:
        notes += _unused_folders(walk)
    notes += _empty_folders(walk, levels, {names[:levels] for _, names, _ in chosen})
    if by_parts:
        notes += _disagreements(class_names, chosen)
    notes += others_notes(walk.others)
    order = functools.cache(natural)  # the names of folders come again and again
    keyed = [
        ((part, [order(name) for name in names[levels - 1 :]]), names, file)
        for part, names, file in _heeding(stop, chosen)
    ]
    keyed.sort(key=itemgetter(0))
    chosen = [(key[0], names, file) for key, names, file in keyed]
    places = {name: place for place, name in enumerate(class_names)}
    return PictureFolder(
        root=walk.root,
        files=tuple(file for _, _, file in chosen),
        classes=np.array([places[names[levels - 1]] for _, names, _ in chosen], np.int32),
        parts=np.array([part for part, _, _ in chosen], np.int8) if by_parts else None,
        class_names=tuple(map(shown, class_names)),
        left_out=tuple(walk.left_out),
        notes=tuple(notes),
    )


def walk_folder(path: str, stop: Stop = never, tell: Tell = silent) -> Walk:
    """All pictures below a folder, told by their names, in no certain order.

    Raises:
        DataError: there is no such folder, it may not be read, or it holds far too much.
        LoadingStopped: `stop()` was true.
    """
    walk = Walk(os.path.realpath(path))
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
                        f"The folder {shown(Path(walk.root).name)!r:.120} holds more than "
                        f"{MOST_ENTRIES:,} files.",
                        _WANTED,
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
                    f"this folder cannot be read: {error.strerror or error}",
                )
            )
    walk.left_out.sort(key=lambda entry: natural(entry.what))
    return walk


def _heeding(stop: Stop, items: Sequence[Item]) -> Iterator[Item]:
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


def _no_folder(path: str, error: OSError) -> DataError:
    name = shown(Path(path).name or path)
    happened, fix = {
        FileNotFoundError: ("does not exist", "Choose the folder again, or put it back."),
        NotADirectoryError: ("is a file, not a folder", "Choose the folder that it lies in."),
        PermissionError: ("may not be read", "Change its rights, or copy it to one of your own."),
    }.get(type(error), (f"cannot be read: {error.strerror or error}", "Choose another folder."))
    return DataError(f"The folder {name!r:.120} {happened}.", _WANTED, fix)


def _by_parts(walk: Walk) -> bool:
    """Whether the sub-folders are parts: all are called so, or one trains, another does not, and
    there are folders in the first.
    """
    tops = {names[0] for names in walk.folders}
    parts = {PARTS[name.casefold()] for name in tops if name.casefold() in PARTS}
    if not parts:
        return False
    if all(name.casefold() in PARTS for name in tops):
        return True
    deeper = any(len(n) > 1 and PARTS.get(n[0].casefold()) == 0 for n in walk.folders)
    return 0 in parts and len(parts) > 1 and deeper


def _refuse_unfit(
    walk: Walk,
    beside: int,
    class_names: list[str],
    chosen: list[tuple[int, tuple[str, ...], PictureFile]],
    levels: int,
) -> None:
    title = f"The folder {shown(Path(walk.root).name)!r:.120}"
    if not walk.pictures:
        held = "".join(f" {note}" for note in others_notes(walk.others))
        if walk.left_out:
            held += f" Of {walk.left_out[0].what:.120}: {walk.left_out[0].why}."
        raise DataError(
            f"{title} holds no pictures.{held}", _WANTED, "Choose the folder with the pictures."
        )
    if not class_names:
        raise DataError(
            f"{title} holds {counted(beside, 'picture')}, but no folders for classes.",
            _WANTED,
            "Make a sub-folder for each class and move its pictures there.",
        )
    if levels == 2 and all(part for part, _, _ in chosen):
        raise DataError(
            f"{title} has no pictures to train on, only for validation or test.",
            "A folder called train is needed beside those.",
            "Choose the folder that holds train too.",
        )
    if len(class_names) == 1:
        (only,) = class_names
        inside = {n[levels] for _, n, _ in chosen if len(n) > levels + 1}
        raise DataError(
            f"{title} has one class only, {shown(only)!r:.120}.",
            "At least two are needed; each sub-folder is a class.",
            f"Choose the folder {shown(only)!r:.120} inside it, whose sub-folders may be the "
            "classes."
            if len(inside) > 1
            else "Add a sub-folder with the pictures of another class.",
        )
    if len(class_names) > MOST_CLASSES:
        raise DataError(
            f"{title} has {len(class_names):,} sub-folders with pictures.",
            f"Each is a class, and at most {MOST_CLASSES:,} classes are possible.",
            "Put the pictures of one class into one folder.",
        )


def _unused_folders(walk: Walk) -> list[str]:
    unused = Counter(n[0] for n, _ in walk.pictures if n[0].casefold() not in PARTS and len(n) > 1)
    return [
        f"{counted(count, 'picture')} in {shown(name)!r:.120} "
        f"{'was' if count == 1 else 'were'} not used: it is neither train, validation nor test."
        for name, count in sorted(unused.items())
    ]


def _empty_folders(walk: Walk, levels: int, used: set[tuple[str, ...]]) -> list[str]:
    empty = sorted(
        (n for n in walk.folders if len(n) == levels and n not in used),
        key=lambda names: [natural(name) for name in names],
    )
    if levels == 2:
        empty = [names for names in empty if names[0].casefold() in PARTS]
    if not empty:
        return []
    listed = ", ".join(shown("/".join(names)) for names in empty[:5])
    more = f" and {len(empty) - 5:,} more" if len(empty) > 5 else ""
    return [f"No pictures are in {listed:.300}{more}."]


def _disagreements(
    class_names: list[str], chosen: list[tuple[int, tuple[str, ...], PictureFile]]
) -> list[str]:
    """Notes on classes that a part lacks."""
    held = {part: {n[1] for p, n, _ in chosen if p == part} for part in {p for p, _, _ in chosen}}
    notes = []
    for part, names in sorted(held.items()):
        missing = [shown(name) for name in class_names if name not in names]
        if missing:
            said = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
            notes.append(
                f"The {_PART_NAMES[part]} part lacks {counted(len(missing), 'class', 'classes')} "
                f"({said:.300})" + ("; nothing of it can be learned." if part == 0 else ".")
            )
    return notes


def others_notes(others: "Counter[str]") -> list[str]:
    """A remark on the files that are no pictures, if there are any; `others` by their suffix."""
    if not others:
        return []
    count = sum(others.values())
    common = sorted(others, key=lambda suffix: (-others[suffix], suffix or "~"))[:4]
    kinds = ", ".join(shown(suffix) or "without an ending" for suffix in common)
    return [
        f"{counted(count, 'file')} {'is no picture' if count == 1 else 'are no pictures'} and "
        f"{'was' if count == 1 else 'were'} not used ({kinds:.100}"
        f"{', ...' if len(others) > 4 else ''})."
    ]
