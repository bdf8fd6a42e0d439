"""NumPy's `.npy` and `.npz` files: nothing is unpickled, and no claim of a header is believed."""

import io
import math
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from app.data.errors import DataError
from app.data.regular_file import MEBIBYTE

LARGEST_ARRAY = 512 * MEBIBYTE
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
        data = _member(data, shown)
    return _array(data, shown)


def _array(data: bytes, shown: str) -> np.ndarray:
    stream = io.BytesIO(data)
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
            f"The array in {shown!r:.120} cannot be read: {error!s:.200}.",
            _WANTED,
            "Save the array again.",
        ) from None
    if dtype.hasobject:
        raise DataError(
            f"The array in {shown!r:.120} holds Python objects, which could run code when read.",
            _WANTED,
            "Save an array of numbers (with allow_pickle=False).",
        )
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise DataError(
            f"The array in {shown!r:.120} holds {dtype!s:.60}, not numbers of at most 64 bits.",
            _WANTED,
            "Convert it to float32 first.",
        )
    start = stream.tell()
    held = len(data) - start
    if any(side < 0 for side in shape) or math.prod(shape) * dtype.itemsize != held:
        raise DataError(
            f"The array in {shown!r:.120} claims the shape {_shape_text(shape)}, "
            f"but {held:,} bytes follow its header.",
            f"An array of this shape and type ({dtype}) needs "
            f"{max(0, math.prod(shape)) * dtype.itemsize:.4g} bytes.",
            "The file is cut off or damaged: save the array again.",
        )
    flat = np.frombuffer(data, dtype, offset=start)
    return flat.reshape(shape, order="F" if fortran_order else "C")


def _shape_text(shape: tuple[int, ...]) -> str:
    return f"{' × '.join(str(side) for side in shape) or 'of a single number':.120}"


def _member(data: bytes, shown: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            arrays = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
            chosen = [e for e in arrays if e.filename == "x.npy"] or arrays
            if len(chosen) != 1:
                names = ", ".join(entry.filename for entry in arrays) or "none"
                raise DataError(
                    f"The archive {shown!r:.120} holds {len(arrays)} arrays ({names:.200}).",
                    "One array is needed, or one called x.",
                    "Save the inputs alone, or under the name x: numpy.savez(file, x=inputs).",
                )
            if chosen[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("its compression is not known to NumPy")
            with archive.open(chosen[0]) as member:
                content = member.read(LARGEST_ARRAY + 1)
    except _BAD_ARCHIVE as error:
        raise DataError(
            f"The archive {shown!r:.120} cannot be read: {error!s:.200}.",
            _WANTED,
            "Save the array again.",
        ) from None
    if len(content) > LARGEST_ARRAY:
        raise DataError(
            f"The array in {shown!r:.120} is larger than {LARGEST_ARRAY // MEBIBYTE} MiB.",
            f"At most {LARGEST_ARRAY // MEBIBYTE} MiB can be read at a time.",
            "Predict for a part of the samples at a time.",
        )
    return content
