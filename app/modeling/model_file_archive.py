"""The zip archive around a `.keras` model, taken apart with distrust."""

import contextlib
import io
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.modeling.errors import Refusal

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"

LARGEST_CONFIG = 8 * 2**20
LARGEST_METADATA = 64 * 2**10
LARGEST_EXPANSION = 20
"""A compressed member may be so many times larger than what the archive holds of it ..."""
FREE_EXPANSION = 2**20
"""... beyond this size; a short text of many equal layers compresses better than that honestly."""

_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_ZIP64_LOCATOR_SIZE = 20
_LONGEST_DESCRIPTOR = 24
"""Bytes that may stand behind an entry that was written before its size was known."""
_PIECE = 2**20


@dataclass(frozen=True)
class Members:
    """The three parts of a `.keras` file; `weights` can be read and sought as a file of its own."""

    config: bytes
    metadata: bytes
    weights: BinaryIO


@contextlib.contextmanager
def open_members(file: BinaryIO) -> Iterator[Members]:
    """The members of the archive `file`. Raises Refusal when it is not as Keras writes it."""
    count = _check_end(file)
    try:
        with zipfile.ZipFile(file) as archive:
            if len(archive.infolist()) != count:
                raise Refusal("its archive has another number of parts than it says")
            entries = _checked_entries(archive, file)
            metadata = b"{}"
            if METADATA in entries:
                metadata = _read(archive, entries[METADATA], LARGEST_METADATA)
            config = _read(archive, entries[CONFIG], LARGEST_CONFIG)
            with _weights(archive, entries[WEIGHTS], file) as weights:
                yield Members(config, metadata, weights)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeDecodeError) as error:
        raise Refusal(f"the archive is damaged ({_short(error)})") from None
    except NotImplementedError as error:
        raise Refusal(f"the archive is packed in an unusual way ({_short(error)})") from None


def _short(error: Exception) -> str:
    return ascii(str(error))[1:-1][:100]


def _check_end(file: BinaryIO) -> int:
    """The number of entries, told by the directory's end record at the very end of the file.

    So `zipfile` and everybody else finds the same directory, and nothing is hidden behind it.
    """
    size = file.seek(0, io.SEEK_END)
    if size < _END.size:
        raise Refusal("it is cut off")
    file.seek(max(0, size - _END.size - _ZIP64_LOCATOR_SIZE))
    tail = file.read()
    end = _END.unpack(tail[-_END.size :])
    signature, disk, start_disk, here, total, length, offset, comment = end
    if signature != b"PK\x05\x06" or comment:
        raise Refusal("it is cut off, or something was added behind its end")
    if tail.startswith(b"PK\x06\x07"):
        raise Refusal("its archive is of the kind for very large files, which Keras does not write")
    if disk or start_disk or here != total:
        raise Refusal("its archive is one part of several")
    if not 2 <= total <= 3:
        raise Refusal(f"its archive has {total} parts; a model has {CONFIG}, {METADATA}, {WEIGHTS}")
    if length > 4096 or offset + length + _END.size != size:
        raise Refusal("the directory of its archive is not where it should be")
    return int(total)


def _checked_entries(archive: zipfile.ZipFile, file: BinaryIO) -> dict[str, zipfile.ZipInfo]:
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = entry.filename
        if name in entries:
            raise Refusal(f"its archive has two parts called {name}")
        if name not in (CONFIG, METADATA, WEIGHTS) or entry.orig_filename != name:
            raise Refusal(f"its archive has a part {entry.orig_filename!a:.80}, not a model's")
        _check_entry(entry)
        entries[name] = entry
    missing = {CONFIG, WEIGHTS} - entries.keys()
    if missing:
        raise Refusal(f"its archive lacks {min(missing)}")
    _check_places(archive, sorted(entries.values(), key=lambda e: e.header_offset), file)
    return entries


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if entry.flag_bits & 0x2041:
        raise Refusal(f"{name} in it is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refusal(f"{name} in it is compressed in an unusual way")
    if entry.external_attr >> 28 not in (0, 8):  # the kind of file, where the maker tells it
        raise Refusal(f"{name} in it is not an ordinary file")
    if entry.compress_type == zipfile.ZIP_STORED and entry.file_size != entry.compress_size:
        raise Refusal(f"{name} in it is not as long as it says")
    allowed = max(FREE_EXPANSION, LARGEST_EXPANSION * entry.compress_size)
    if entry.file_size > allowed:
        raise Refusal(f"{name} in it would expand to {entry.file_size:,} bytes")
    limits = {CONFIG: LARGEST_CONFIG, METADATA: LARGEST_METADATA}
    if entry.file_size > limits.get(name, entry.file_size):
        raise Refusal(f"{name} in it has {entry.file_size:,} bytes, far more than a model needs")


def _check_places(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], file: BinaryIO) -> None:
    """Each entry has a local header that agrees with the directory, and bytes of its own.

    One follows the other, with nothing hidden between them.
    """
    free_from, most = 0, 0
    for entry in entries:
        _check_gap(entry.header_offset - free_from, most)
        file.seek(entry.header_offset)
        header = _LOCAL.unpack(file.read(_LOCAL.size))
        signature, flags, method, name_length, extra_length = (
            header[0],
            header[2],
            header[3],
            header[9],
            header[10],
        )
        name = file.read(name_length)
        if (
            signature != b"PK\x03\x04"
            or name != entry.filename.encode("ascii")
            or method != entry.compress_type
            or flags & 0x2041
        ):
            raise Refusal(f"its archive says two things about {entry.filename}")
        free_from = (
            entry.header_offset + _LOCAL.size + name_length + extra_length + entry.compress_size
        )
        most = _LONGEST_DESCRIPTOR if entry.flag_bits & 8 else 0
    _check_gap(archive.start_dir - free_from, most)


def _check_gap(gap: int, most: int) -> None:
    if gap < 0:
        raise Refusal("parts of its archive overlap")
    if gap > most:
        raise Refusal("something is hidden between the parts of its archive")


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(entry) as part:
        content = part.read(limit + 1)
        if len(content) > limit or len(content) != entry.file_size or part.read(1):
            raise Refusal(f"{entry.filename} in it is not as long as it says")
    return content


@contextlib.contextmanager
def _weights(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: BinaryIO
) -> Iterator[BinaryIO]:
    """The weights as a file that can be sought, their checksum verified."""
    with contextlib.ExitStack() as stack:
        unpacked: BinaryIO | None = None
        if entry.compress_type != zipfile.ZIP_STORED:
            unpacked = stack.enter_context(tempfile.TemporaryFile())
        length = 0
        with archive.open(entry) as part:
            while piece := part.read(_PIECE):
                length += len(piece)
                if length > entry.file_size:
                    raise Refusal(f"{entry.filename} in it is longer than it says")
                if unpacked is not None:
                    unpacked.write(piece)
        if length != entry.file_size:
            raise Refusal(f"{entry.filename} in it is shorter than it says")
        if unpacked is not None:
            unpacked.seek(0)
            yield unpacked
        else:
            file.seek(entry.header_offset + 26)
            name_length, extra_length = struct.unpack("<2H", file.read(4))
            start = entry.header_offset + _LOCAL.size + name_length + extra_length
            yield io.BufferedReader(_Window(file, start, length))


class _Window(io.RawIOBase):
    """A part of a file, as a file of its own that can be read and sought."""

    def __init__(self, file: BinaryIO, start: int, length: int) -> None:
        super().__init__()
        self._file, self._start, self._length, self._at = file, start, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview[int] | bytearray") -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), self._length - self._at))
        self._file.seek(self._start + self._at)
        piece = self._file.read(wanted)
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
