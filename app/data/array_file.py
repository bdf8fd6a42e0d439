"""NumPy's `.npy` and `.npz` files: nothing is unpickled, and no claim of a header is believed."""

import io
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from app.core.short_names import quoted, shortened
from app.data.errors import DataError
from app.data.regular_file import MEBIBYTE

LARGEST_ARRAY = 512 * MEBIBYTE
"""Of the samples to predict for."""
LARGEST_SOURCE = 4096 * MEBIBYTE
"""Of one array to train on."""
MOST_ARRAYS = 1000
"""So many an archive may hold."""
LONGEST_TEXT = 256
"""Characters of a text in an array of texts."""
NPY_MAGIC = b"\x93NUMPY"
ZIP_MAGIC = b"PK\x03\x04"
_BAD_HEADER = (
    ValueError, TypeError, SyntaxError, RecursionError, MemoryError, EOFError, tokenize.TokenError,
)  # fmt: skip
_BAD_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, struct.error, ValueError, OverflowError, KeyError,
    RuntimeError, NotImplementedError, OSError, EOFError,
)  # fmt: skip
"""What NumPy's and Python's readers raise for damaged files."""
_WANTED = "An array of numbers is needed, written by numpy.save or numpy.savez."
_ENDING = ".npy"


@dataclass(frozen=True)
class ArrayHead:
    """What the head of an array says; nobody has counted its numbers yet.

    Attributes:
        name: in the archive; empty for an `.npy` file.
        obstacle: why it cannot be used, as a sentence; empty when it can.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    obstacle: str = ""


def array_from(data: bytes, path: str) -> np.ndarray:
    """The array of an `.npy` file, or the only one (or the one called x) of an `.npz` file.

    Args:
        data: the whole file.
        path: where it came from, for messages.

    Returns:
        a read-only array of booleans, whole numbers or floats.

    Raises:
        DataError: the file is damaged, claims more than it holds, or holds Python objects.
    """
    shown = Path(path).name
    if data.startswith(ZIP_MAGIC):
        data = _only_member(data, shown)
    return _array(data, shown)


def plain_array(data: bytes, path: str) -> np.ndarray:
    """The array of an `.npy` file, texts included. Raises as `array_from`."""
    return _array(data, Path(path).name, texts=True)


def arrays_of(
    data: bytes, path: str, wanted: Collection[str] | None = None
) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file by name, texts included.

    Args:
        data: the whole file.
        wanted: only those of these names.

    Raises:
        DataError: as `array_from`; one of the arrays is larger than `LARGEST_SOURCE`.
    """
    shown = Path(path).name
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {
                name: _content(archive, entry, shown, LARGEST_SOURCE)
                for name, entry in _entries(archive, shown).items()
                if wanted is None or name in wanted
            }
    except _BAD_ARCHIVE as error:
        raise _unreadable(shown, error) from None
    return {
        name: _array(content, shown, texts=True, name=name) for name, content in members.items()
    }


def heads_of(file: IO[bytes], path: str) -> tuple[ArrayHead, ...]:
    """What an `.npy` or `.npz` file says of its arrays; their numbers are not read.

    Raises:
        DataError: it is neither, or damaged.
    """
    shown = Path(path).name
    start = file.read(len(NPY_MAGIC))
    file.seek(0)
    if start.startswith(NPY_MAGIC):
        return (_head(file, shown),)
    if not start.startswith(ZIP_MAGIC):
        raise DataError(
            f"{quoted(shown, 120)} is neither an .npy nor an .npz file.",
            _WANTED,
            "Choose another file, or open this one as a table.",
        )
    heads = []
    try:
        with zipfile.ZipFile(file) as archive:
            for name, entry in _entries(archive, shown).items():
                with archive.open(entry) as member:
                    heads.append(_head(member, shown, name))
    except _BAD_ARCHIVE as error:
        raise _unreadable(shown, error) from None
    return tuple(heads)


# ---------------------------------------------------------------- one array


def _read_head(stream: IO[bytes], shown: str, name: str = "") -> tuple[ArrayHead, bool]:
    """The head at the start of `stream`, and whether the array is in Fortran's order."""
    try:
        version = np.lib.format.read_magic(stream)
        read_header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read_header is None:
            raise ValueError(f"the version {version} of its format is not known")
        shape, fortran_order, dtype = read_header(stream)
    except _BAD_HEADER as error:
        raise DataError(
            f"{_which(name)} in {quoted(shown, 120)} cannot be read: {shortened(error, 200)}.",
            _WANTED,
            "Save the array again.",
        ) from None
    return ArrayHead(name, shape, dtype), fortran_order


def _head(stream: IO[bytes], shown: str, name: str = "") -> ArrayHead:
    """The head alone, with what stands against its use."""
    head, _ = _read_head(stream, shown, name)
    refusal = _refusal(head, shown, texts=True)
    return ArrayHead(name, head.shape, head.dtype, refusal.happened if refusal else "")


def _refusal(head: ArrayHead, shown: str, texts: bool) -> DataError | None:
    if head.dtype.hasobject:
        return DataError(
            f"{_which(head.name)} in {quoted(shown, 120)} holds Python objects, which could run "
            "code when read.",
            _WANTED,
            "Save an array of numbers (with allow_pickle=False).",
        )
    numbers = head.dtype.kind in "biuf" and head.dtype.itemsize <= 8
    text = texts and (
        (head.dtype.kind == "U" and head.dtype.itemsize <= 4 * LONGEST_TEXT)
        or (head.dtype.kind == "S" and head.dtype.itemsize <= LONGEST_TEXT)
    )
    if not (numbers or text):
        return DataError(
            f"{_which(head.name)} in {quoted(shown, 120)} holds {shortened(head.dtype)}, not "
            "numbers of at most 64 bits.",
            _WANTED,
            "Convert it to float32 first.",
        )
    return None


def _array(data: bytes, shown: str, texts: bool = False, name: str = "") -> np.ndarray:
    stream = io.BytesIO(data)
    head, fortran_order = _read_head(stream, shown, name)
    refusal = _refusal(head, shown, texts)
    if refusal is not None:
        raise refusal
    shape, dtype = head.shape, head.dtype
    start = stream.tell()
    held = len(data) - start
    if any(side < 0 for side in shape) or math.prod(shape) * dtype.itemsize != held:
        raise DataError(
            f"{_which(name)} in {quoted(shown, 120)} claims the shape {_shape_text(shape)}, "
            f"but {held:,} bytes follow its header.",
            f"An array of this shape and type ({dtype}) needs "
            f"{max(0, math.prod(shape)) * dtype.itemsize:.4g} bytes.",
            "The file is cut off or damaged: save the array again.",
        )
    if dtype.itemsize == 0:  # texts without a character
        return np.zeros(shape, dtype)
    flat = np.frombuffer(data, dtype, offset=start)
    return flat.reshape(shape, order="F" if fortran_order else "C")


def _which(name: str) -> str:
    return f"The array {quoted(name)}" if name else "The array"


def _shape_text(shape: tuple[int, ...]) -> str:
    return shortened(" × ".join(str(side) for side in shape) or "of a single number", 120)


# ---------------------------------------------------------------- archives


def _entries(archive: zipfile.ZipFile, shown: str) -> dict[str, zipfile.ZipInfo]:
    """The arrays of an archive by name. Raises ValueError where a name occurs twice."""
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = entry.filename.removesuffix(_ENDING)
        if name == entry.filename:
            continue
        if name in found:
            raise ValueError(f"it holds the array {quoted(name)} twice")
        if len(found) == MOST_ARRAYS:
            raise ValueError(f"it holds more than {MOST_ARRAYS:,} arrays")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("its compression is not known to NumPy")
        found[name] = entry
    return found


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, shown: str, largest: int) -> bytes:
    """The bytes of a member, at most `largest`; what it claims to be is not believed."""
    with archive.open(entry) as member:
        content = member.read(largest + 1)
    if len(content) > largest:
        raise DataError(
            f"{_which(entry.filename.removesuffix(_ENDING))} in {quoted(shown, 120)} is larger "
            f"than {largest // MEBIBYTE:,} MiB.",
            f"At most {largest // MEBIBYTE:,} MiB can be read at a time.",
            "Use a part of the samples at a time.",
        )
    return content


def _only_member(data: bytes, shown: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = _entries(archive, shown)
            chosen = [entries["x"]] if "x" in entries else list(entries.values())
            if len(chosen) != 1:
                names = ", ".join(f"{name}{_ENDING}" for name in entries) or "none"
                raise DataError(
                    f"The archive {quoted(shown, 120)} holds {len(entries)} arrays "
                    f"({shortened(names, 200)}).",
                    "One array is needed, or one called x.",
                    "Save the inputs alone, or under the name x: numpy.savez(file, x=inputs).",
                )
            return _content(archive, chosen[0], shown, LARGEST_ARRAY)
    except _BAD_ARCHIVE as error:
        raise _unreadable(shown, error) from None


def _unreadable(shown: str, error: Exception) -> DataError:
    return DataError(
        f"The archive {quoted(shown, 120)} cannot be read: {shortened(error, 200)}.",
        _WANTED,
        "Save the array again.",
    )
