"""The classes and parts of the pictures in a folder."""

import functools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.core.data_summary import LeftOut
from app.core.number_words import counted
from app.core.short_names import quoted, shortened
from app.data.errors import DataError
from app.data.picture_walk import (
    WANTED,
    PictureFile,
    Walk,
    heeding,
    natural,
    others_notes,
    shown,
    walk_folder,
)
from app.data.progress import Stop, Tell, never, silent
from app.data.raw_data import PART_NAMES

PARTS = {
    "train": 0, "training": 0, "val": 1, "valid": 1, "validation": 1, "test": 2, "testing": 2,
}  # fmt: skip
"""The part that a folder of this name holds, as in `RawData.parts`."""
MOST_CLASSES = 1_000


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


class _Placed(NamedTuple):
    """A picture that has a class.

    Attributes:
        names: the class, the folders in it, and the file.
    """

    part: int
    names: tuple[str, ...]
    file: PictureFile


def list_pictures(path: str, stop: Stop = never, tell: Tell = silent) -> PictureFolder:
    """Look through a folder of classes, or of parts (`PARTS`) with classes.

    Deeper folders belong to their class. Hidden ones, and links that lead out, are not followed.

    Raises:
        DataError: it is no such folder.
        LoadingStopped: `stop()` was true.
    """
    walk = walk_folder(path, stop, tell)
    by_parts = _by_parts(walk)
    placed: list[_Placed] = []
    beside, unused = 0, Counter[str]()
    for names, file in heeding(stop, walk.pictures):
        part = PARTS.get(names[0].casefold()) if by_parts else 0
        inner = names[1:] if by_parts else names
        if len(names) == 1 or (len(inner) == 1 and part is not None):
            beside += 1
        elif part is None:
            unused[names[0]] += 1
        else:
            placed.append(_Placed(part, inner, file))
    class_names = sorted({entry.names[0] for entry in placed}, key=natural)
    _refuse_unfit(walk, beside, class_names, placed)
    key = functools.cache(natural)  # the names of folders come again and again
    keys = [(e.part, [key(name) for name in e.names]) for e in heeding(stop, placed)]
    placed = [placed[place] for place in sorted(range(len(placed)), key=keys.__getitem__)]
    places = {name: place for place, name in enumerate(class_names)}
    return PictureFolder(
        root=walk.root,
        files=tuple(entry.file for entry in placed),
        classes=np.array([places[entry.names[0]] for entry in placed], np.int32),
        parts=np.array([entry.part for entry in placed], np.int8) if by_parts else None,
        class_names=tuple(map(shown, class_names)),
        left_out=tuple(walk.left_out),
        notes=(
            *_beside_notes(beside, unused),
            *_empty_notes(walk, by_parts),
            *(_lacking_notes(class_names, placed) if by_parts else ()),
            *others_notes(walk.others),
        ),
    )


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


def _refuse_unfit(walk: Walk, beside: int, class_names: list[str], placed: list[_Placed]) -> None:
    title = f"The folder {quoted(shown(Path(walk.root).name), 120)}"
    if not walk.pictures:
        held = "".join(f" {note}" for note in others_notes(walk.others))
        if walk.left_out:
            held += f" Of {shortened(walk.left_out[0].what, 120)}: {walk.left_out[0].why}."
        raise DataError(
            f"{title} holds no pictures.{held}", WANTED, "Choose the folder with the pictures."
        )
    if not class_names:
        raise DataError(
            f"{title} holds {counted(beside, 'picture')}, but no folders for classes.",
            WANTED,
            "Make a sub-folder for each class and move its pictures there.",
        )
    if all(entry.part for entry in placed):
        raise DataError(
            f"{title} has no pictures to train on, only for validation or test.",
            "A folder called train is needed beside those.",
            "Choose the folder that holds train too.",
        )
    if len(class_names) == 1:
        (only,) = class_names
        inside = {entry.names[1] for entry in placed if len(entry.names) > 2}
        raise DataError(
            f"{title} has one class only, {quoted(shown(only), 120)}.",
            "At least two are needed; each sub-folder is a class.",
            f"Choose the folder {quoted(shown(only), 120)} inside it, whose sub-folders may be the "
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


def _beside_notes(beside: int, unused: Counter[str]) -> list[str]:
    notes = [
        f"{counted(count, 'picture')} in {quoted(shown(name), 120)} {_was(count)} not used: "
        "it is neither train, validation nor test."
        for name, count in sorted(unused.items())
    ]
    if beside:
        notes.append(
            f"{counted(beside, 'picture')} beside the folders of the classes {_was(beside)} not "
            "used."
        )
    return notes


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _empty_notes(walk: Walk, by_parts: bool) -> list[str]:
    """A note on the folders of classes without a picture."""
    levels = 2 if by_parts else 1
    used = {names[:levels] for names, _ in walk.pictures}
    empty = sorted(
        (
            names
            for names in walk.folders - used
            if len(names) == levels and (not by_parts or names[0].casefold() in PARTS)
        ),
        key=lambda names: [natural(name) for name in names],
    )
    if not empty:
        return []
    listed = ", ".join(shown("/".join(names)) for names in empty[:5])
    more = f" and {len(empty) - 5:,} more" if len(empty) > 5 else ""
    return [f"No pictures are in {shortened(listed, 300)}{more}."]


def _lacking_notes(class_names: list[str], placed: list[_Placed]) -> list[str]:
    """Notes on classes that a part lacks."""
    held: dict[int, set[str]] = {}
    for entry in placed:
        held.setdefault(entry.part, set()).add(entry.names[0])
    notes = []
    for part, names in sorted(held.items()):
        missing = [shown(name) for name in class_names if name not in names]
        if missing:
            said = ", ".join(missing[:5]) + (", ..." if len(missing) > 5 else "")
            notes.append(
                f"The {PART_NAMES[part]} part lacks {counted(len(missing), 'class', 'classes')} "
                f"({shortened(said, 300)})"
                + ("; nothing of it can be learned." if part == 0 else ".")
            )
    return notes
