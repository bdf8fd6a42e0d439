"""Pictures to predict for: one, or all in a folder, brought to the form of the training."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.core.data_summary import LeftOut, left_out_sentences
from app.core.number_words import bytes_text
from app.core.short_names import quoted, shortened
from app.data.errors import DataError
from app.data.picture_decoding import quiet_pillow
from app.data.picture_form import PictureForm
from app.data.picture_manifest import facts_of
from app.data.picture_reading import decoding, read_all
from app.data.picture_source import left_out_of, trait_notes
from app.data.picture_walk import (
    PictureFile,
    error_words,
    natural,
    others_notes,
    shown,
    walk_folder,
)
from app.data.progress import Stop, Tell, never, silent

LARGEST = 4 * 2**30  # bytes


@dataclass(frozen=True)
class PictureInputs:
    """Attributes:
    pixels: (pictures, height, width, channels) float32 from 0 to 255; read-only.
    names: of the files, below the folder, as they are shown.
    left_out: what could not be used, and why.
    notes: remarks in full sentences, on what was left out too.
    """

    pixels: np.ndarray
    names: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()


def read_pictures(
    path: str, form: PictureForm, stop: Stop = never, tell: Tell = silent
) -> PictureInputs:
    """A picture, or all pictures of a folder and its sub-folders by name (numbers in names count).

    Raises:
        DataError: there is none that can be used, or they are too many for the memory.
        LoadingStopped: `stop()` was true.
    """
    if os.path.isdir(path):  # noqa: PTH112
        walk = walk_folder(path, stop, tell)
        walk.pictures.sort(key=lambda entry: [natural(name) for name in entry[0]])
        files = [file for _, file in walk.pictures]
        left_out, notes = walk.left_out, others_notes(walk.others)
    else:
        files, left_out, notes = [_single(path)], [], []
    title = shown(Path(path).name or path)
    if not files:
        raise DataError(
            f"The folder {quoted(title, 120)} holds no pictures.",
            "A picture is needed, or a folder of pictures.",
            "Choose another folder.",
        )
    needed = len(files) * int(np.prod(form.shape)) * 4
    if needed > LARGEST:
        raise DataError(
            f"The {len(files):,} pictures need {bytes_text(needed)} of memory.",
            f"At most {bytes_text(LARGEST)} can be predicted for at a time.",
            "Predict for a part of the pictures at a time.",
        )
    pixels = np.empty((len(files), *form.shape), np.float32)
    count = 0

    def take(pictures: np.ndarray) -> None:
        nonlocal count
        pixels[count : count + len(pictures)] = pictures
        count += len(pictures)

    with quiet_pillow():
        findings = read_all(files, form, decoding(form), take, stop, tell)
    left_out = [*left_out, *left_out_of(facts_of(files), findings)]
    if not count:
        raise DataError(
            f"No picture of {quoted(title, 120)} can be used: of "
            f"{shortened(left_out[-1].what, 120)}, {left_out[-1].why}.",
            "Pictures are needed as PNG, JPEG, BMP, GIF, TIFF, WebP or PPM files.",
            "Convert the pictures, or choose others.",
        )
    pixels = pixels[:count]
    pixels.setflags(write=False)
    return PictureInputs(
        pixels=pixels,
        names=tuple(
            shown(f.name) for f, found in zip(files, findings, strict=True) if not found.why
        ),
        left_out=tuple(left_out),
        notes=(*trait_notes(findings, form), *left_out_sentences(left_out), *notes),
    )


def _single(path: str) -> PictureFile:
    """The file at `path`, through a link too: the user named it."""
    name = Path(path).name
    try:
        real = os.path.realpath(path)
        status = os.stat(real)  # noqa: PTH116
    except (OSError, ValueError) as error:  # such as a NUL character
        raise DataError(
            f"The picture {quoted(shown(name), 120)} cannot be read: {error_words(error)}.",
            "A picture is needed, or a folder of pictures.",
            "Check the path, or choose another file.",
        ) from None
    if not stat.S_ISREG(status.st_mode):
        raise DataError(
            f"{quoted(shown(name), 120)} is not an ordinary file.",
            "A picture is needed, or a folder of pictures.",
            "Choose another file.",
        )
    return PictureFile(name, real, status.st_size, status.st_mtime_ns)
