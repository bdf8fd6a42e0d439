"""From a folder of pictures to samples, in memory or on disk."""

import contextlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.core.data_settings import PictureSource
from app.core.data_summary import LeftOut
from app.core.number_words import counted
from app.core.short_names import quoted, shortened
from app.data.errors import DataError, LoadingStopped
from app.data.picture_decoding import (
    Header,
    Trait,
    UnusableError,
    decode,
    look_at,
    ordinary_file,
    quiet_pillow,
    read_picture_file,
)
from app.data.picture_folder import PictureFolder, list_pictures
from app.data.picture_form import Color, PictureForm, guess_size
from app.data.picture_manifest import Manifest, decoder_name, facts_of, key_of
from app.data.picture_reading import Finding, ReadOne, decoding, read_all
from app.data.picture_store import (
    StoredPictures,
    StoreWriter,
    find_earlier,
    find_store,
    remove_store,
)
from app.data.picture_walk import PictureFile, shown
from app.data.progress import LoadingProgress, Stop, Tell, never, silent
from app.data.raw_data import RawData
from app.data.samples import Samples

MAXIMUM = 255.0
_LOOKED_AT = 200  # headers, to guess the size
_COMPARED = 32  # pictures, to find out whether any has colors


def load_pictures(
    source: PictureSource, memory_mib: int, stop: Stop = never, tell: Tell = silent
) -> RawData:
    """The pictures of a folder, each sub-folder a class.

    Values are from 0 to 255: float32 in memory when they and their preprocessed copies fit into
    `memory_mib` MiB, else uint8 on disk (`StreamedSamples`), where they are found again as long as
    no file changes.

    Raises:
        DataError: it is no such folder, no picture can be used, or the disk is too small.
        LoadingStopped: `stop()` was true.
    """
    folder = list_pictures(source.path, stop, tell)
    with quiet_pillow():
        x, manifest = _samples(source, folder, memory_mib * 2**20, stop, tell)
    return _raw(folder, x, manifest)


def _samples(
    source: PictureSource, folder: PictureFolder, budget: int, stop: Stop, tell: Tell
) -> tuple[Samples, Manifest]:
    """The pixels, and a manifest with what came of each file."""
    key = key_of(source, folder)
    found = find_store(key)
    if found is not None:
        manifest = found[1]
        large = _bytes(len(folder.files), manifest.form) > budget
        if large and not _readable_now(folder.files, manifest.findings):
            return found
        form, notes = manifest.form, manifest.notes
    else:
        form, notes = choose_form(source, folder.files, stop, tell)
    plan = Manifest(decoder_name(), folder.root, form, notes, facts_of(folder.files))
    earlier = found or find_earlier(plan)
    read = decoding(form) if earlier is None else _reusing(*earlier, decoding(form))
    if _bytes(len(folder.files), form) <= budget:
        return _in_memory(folder.files, plan, read, stop, tell)
    made = _on_disk(folder.files, plan, key, read, stop, tell)
    if earlier is not None and earlier[0].key != key:
        remove_store(earlier[0].key)
    return made


def _readable_now(files: Sequence[PictureFile], findings: Sequence[Finding]) -> bool:
    """Whether one of the files that could not be read can be read now."""
    for file, finding in zip(files, findings, strict=True):
        if finding.why and Trait.AGAIN in finding.traits:
            with contextlib.suppress(UnusableError):
                read_picture_file(file.path)
                return True
    return False


def _bytes(count: int, form: PictureForm) -> int:
    """Of so many pictures in memory: once as they are read and once as they are preprocessed."""
    return count * int(np.prod(form.shape)) * 2 * 4


def _in_memory(
    files: Sequence[PictureFile], plan: Manifest, read: ReadOne, stop: Stop, tell: Tell
) -> tuple[np.ndarray, Manifest]:
    pixels = np.empty((len(files), *plan.form.shape), np.float32)
    count = 0

    def take(pictures: np.ndarray) -> None:
        nonlocal count
        pixels[count : count + len(pictures)] = pictures
        count += len(pictures)

    findings = read_all(files, plan.form, read, take, stop, tell)
    return pixels[:count], _with(plan, findings)


def _on_disk(
    files: Sequence[PictureFile], plan: Manifest, key: str, read: ReadOne, stop: Stop, tell: Tell
) -> tuple[StoredPictures, Manifest]:
    with StoreWriter(key, len(files) * int(np.prod(plan.form.shape))) as writer:
        findings = read_all(files, plan.form, read, writer.write, stop, tell)
        complete = _with(plan, findings)
        tell(LoadingProgress("Writing the decoded pictures to the disk"))
        return writer.finish(complete)


def _reusing(store: StoredPictures, manifest: Manifest, decode_file: ReadOne) -> ReadOne:
    """Takes from an earlier store what it has of files that did not change."""
    held: dict[tuple[str, int, int], tuple[int, Finding]] = {}
    for file, finding in zip(manifest.files, manifest.findings, strict=True):
        if not finding.why:
            held[file] = (len(held), finding)

    def read(file: PictureFile) -> tuple[np.ndarray | None, Finding]:
        known = held.get((file.name, file.size, file.modified))
        if known is None:
            return decode_file(file)
        try:
            return store[np.array([known[0]])][0], known[1]
        except DataError:
            return decode_file(file)

    return read


def _with(plan: Manifest, findings: Sequence[Finding]) -> Manifest:
    """`plan` with the findings. Raises DataError when no picture can be used."""
    if all(finding.why for finding in findings):
        (why, count), *_ = Counter(finding.why for finding in findings).most_common(1)
        first = next(f for f, found in zip(plan.files, findings, strict=True) if found.why == why)
        raise DataError(
            f"None of the {len(findings):,} pictures in {quoted(shown(Path(plan.root).name), 120)} "
            f"can be used. {counted(count, 'time')} the reason was: {shortened(why, 150)} "
            f"({shortened(shown(first[0]), 150)}).",
            "Pictures are needed as PNG, JPEG, BMP, GIF, TIFF, WebP or PPM files.",
            "Convert the pictures, or choose another folder.",
        )
    return replace(plan, findings=tuple(findings))


# ---------------------------------------------------------------- size and color


def choose_form(
    source: PictureSource, files: Sequence[PictureFile], stop: Stop = never, tell: Tell = silent
) -> tuple[PictureForm, tuple[str, ...]]:
    """The form that `source` asks for; what it leaves open is chosen by a look at some pictures
    from all over the folder. And remarks on what was chosen.

    Raises:
        LoadingStopped: `stop()` was true.
    """
    if source.height is not None and source.width is not None and source.color is not None:
        return PictureForm(source.height, source.width, source.color, source.fit), ()
    tell(LoadingProgress("Looking at some of the pictures"))
    headers: list[tuple[PictureFile, Header]] = []
    for file in _spread(files, _LOOKED_AT):
        if stop():
            raise LoadingStopped
        try:
            with ordinary_file(file.path) as content:
                headers.append((file, look_at(content)))
        except UnusableError:  # told of when it is read
            continue
    notes: list[str] = []
    sizes = [(header.height, header.width) for _, header in headers] or [(64, 64)]
    height, width, note = guess_size(sizes, source.height, source.width)
    color = source.color
    if color is None:
        color = _guess_color(headers, PictureForm(height, width, "rgb"), stop)
        if color == "grayscale" and not all(header.gray for _, header in headers):
            notes.append("No picture looked at has colors: all are read as grayscale.")
    return PictureForm(height, width, color, source.fit), (*([note] if note else []), *notes)


def _spread(files: Sequence[PictureFile], most: int) -> list[PictureFile]:
    """At most `most` of `files`, evenly spaced."""
    count = min(most, len(files))
    return [files[place * len(files) // count] for place in range(count)]


def _guess_color(
    headers: Sequence[tuple[PictureFile, Header]], form: PictureForm, stop: Stop
) -> Color:
    """Grayscale when no picture has colors; some are decoded where the kind does not tell."""
    colored = [file for file, header in headers if not header.gray]
    if not headers:
        return "rgb"
    for file in _spread(colored, _COMPARED) if colored else ():
        if stop():
            raise LoadingStopped
        try:
            pixels, _ = decode(read_picture_file(file.path), form)
        except UnusableError:
            continue
        if (pixels[..., :1] != pixels[..., 1:]).any():
            return "rgb"
    return "grayscale"


# ---------------------------------------------------------------- what is told


def _raw(folder: PictureFolder, x: Samples, manifest: Manifest) -> RawData:
    used = np.array([not finding.why for finding in manifest.findings], bool)
    classes = folder.classes[used]
    present = np.unique(classes)
    lost = [n for place, n in enumerate(folder.class_names) if place not in set(present.tolist())]
    if len(present) < 2:
        raise DataError(
            f"No picture of {shortened(', '.join(lost), 300)} can be used, which leaves one class "
            "only.",
            "Pictures of at least two classes are needed.",
            "Convert these pictures to PNG files.",
        )
    notes = [*folder.notes, *manifest.notes, *trait_notes(manifest.findings, manifest.form)]
    if lost:
        notes.append(
            f"No picture of {counted(len(lost), 'class', 'classes')} "
            f"({shortened(', '.join(lost), 300)}) can be used."
        )
    return RawData(
        title=shown(Path(folder.root).name) or folder.root,
        task="binary" if len(present) == 2 else "multiclass",
        x=x,
        y=np.searchsorted(present, classes).astype(np.int32),
        columns=(),
        class_names=tuple(folder.class_names[place] for place in present),
        target_names=("class",),
        maximum=MAXIMUM,
        notes=tuple(notes),
        parts=None if folder.parts is None else folder.parts[used],
        left_out=(*folder.left_out, *left_out_of(manifest.files, manifest.findings)),
    )


def left_out_of(
    files: Sequence[tuple[str, int, int]], findings: Sequence[Finding]
) -> tuple[LeftOut, ...]:
    """The files that could not be used, and why."""
    return tuple(
        LeftOut(shown(name), finding.why)
        for (name, _, _), finding in zip(files, findings, strict=True)
        if finding.why
    )


def trait_notes(findings: Sequence[Finding], form: PictureForm) -> list[str]:
    """What is to be told of the pictures that were used."""
    used = Counter(finding.traits for finding in findings if not finding.why)
    fitted = {"stretch": "stretched to", "crop": "cut to", "pad": "scaled and padded to"}[form.fit]
    notes = []
    for trait, what in (
        (Trait.OTHER_SIZE, f"of another size: {fitted} {form.height}×{form.width}"),
        (Trait.FRAMES, "with several frames: the first one is used"),
        (Trait.TRANSPARENT, "with transparent places: they were put on white"),
        (Trait.DEEP, "with 16 bits a channel: the values were divided by 257"),
        (Trait.COLORED, "with colors: they were turned to gray"),
    ):
        count = sum(number for traits, number in used.items() if trait in traits)
        if count:
            notes.append(f"{counted(count, 'picture')} {what}.")
    return notes
