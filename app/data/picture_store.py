"""Decoded pictures on disk: made once, found again, read while a network trains.

A store is a folder with the pixels, one picture after the other, and a manifest that says of what
files they are. It appears whole or not at all. Pixels are read with positioned reads, not mapped
into memory: what is read does not count as the program's memory, several threads can read at once,
and a file that is cut off is an error and not the end of the process.
"""

import contextlib
import errno
import hashlib
import itertools
import os
import secrets
import shutil
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from app.core.number_words import bytes_text
from app.core.short_names import shortened
from app.data.errors import DataError
from app.data.picture_manifest import Manifest, root_key
from app.data.samples import Rows
from app.user_folders import cache_folder

MOST_BYTES = 20 * 2**30
"""Of all stores together; those that were not used for longest go first."""
STALE_SECONDS = 3600.0
"""A half store of this age was left by a killed process."""
_SPARE = 64 * 2**20  # bytes that are left free on the disk
_PIXELS, _MANIFEST = "pixels.bin", "manifest.json"
_RUN = 256  # pictures that one read fetches at most; the system takes 1,024 buffers
_RUN_BYTES = 64 * 2**20
_seek_lock = threading.Lock()


def stores_folder() -> Path:
    """Where the stores are; it need not exist."""
    return cache_folder() / "pictures"


class StoredPictures:
    """Pictures on disk, (samples, height, width, channels) uint8. As `StreamedSamples` says.

    It holds the file open: a store whose name is deleted meanwhile stays readable where the system
    allows it. It can be pickled: the copy opens the same path.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Raises DataError when the file is not there or has another size."""
        self._folder, self._manifest = folder, manifest
        self._sample = int(np.prod(manifest.form.shape))
        path = folder / _PIXELS
        try:
            self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            weakref.finalize(self, os.close, self._file)
            size = os.fstat(self._file).st_size
        except OSError as error:
            raise _unreadable(error.strerror or str(error)) from None
        if size != len(self) * self._sample:
            raise _unreadable("it has not the size that it should have")

    def __reduce__(self) -> tuple[Any, ...]:
        return StoredPictures, (self._folder, self._manifest)

    @property
    def key(self) -> str:
        """Under which it is found."""
        return self._folder.name

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self._manifest.form.shape)

    @property
    def dtype(self) -> "np.dtype[Any]":
        return np.dtype(np.uint8)

    @property
    def digest(self) -> str:
        """SHA-256 of all pixels."""
        return self._manifest.digest

    def __len__(self) -> int:
        return self._manifest.count

    def __getitem__(self, rows: Rows) -> np.ndarray:
        """(n, height, width, channels) uint8 of these pictures, in this order.

        Raises:
            DataError: the file can no longer be read.
            IndexError: there is no such picture.
        """
        wanted = _positions(rows, len(self))
        result = np.empty((len(wanted), self._sample), np.uint8)
        order = np.argsort(wanted, kind="stable")
        for run in _runs(wanted[order], max(1, min(_RUN, _RUN_BYTES // self._sample))):
            buffers = [result[place] for place in order[run]]
            self._read(buffers, int(wanted[order[run.start]]) * self._sample)
        return result.reshape(len(wanted), *self._manifest.form.shape)

    def _read(self, buffers: list[Any], start: int) -> None:
        try:
            if hasattr(os, "preadv"):
                count = os.preadv(self._file, buffers, start)
            else:
                with _seek_lock:
                    os.lseek(self._file, start, os.SEEK_SET)
                    count = 0
                    for buffer in buffers:
                        data = os.read(self._file, buffer.size)
                        buffer[: len(data)] = np.frombuffer(data, np.uint8)
                        count += len(data)
        except OSError as error:
            raise _unreadable(error.strerror or str(error)) from None
        if count != len(buffers) * self._sample:
            raise _unreadable("it was cut off")


def _positions(rows: Rows, count: int) -> np.ndarray:
    if isinstance(rows, slice):
        return np.arange(*rows.indices(count))
    positions = np.asarray(rows)
    if positions.ndim != 1 or (positions.size and positions.dtype.kind not in "iu"):
        raise IndexError(f"expected positions (n,), received {positions.dtype}{positions.shape}")
    positions = positions.astype(np.int64)
    if positions.size and not -count <= positions.min() <= positions.max() < count:
        raise IndexError(f"a position is not among the {count} pictures")
    return np.where(positions < 0, positions + count, positions)


def _runs(ascending: np.ndarray, longest: int) -> Iterator[slice]:
    """Slices of what follows each other without a gap."""
    breaks = np.flatnonzero(np.diff(ascending) != 1) + 1
    edges = [0, *breaks.tolist(), len(ascending)]
    for first, last in itertools.pairwise(edges):
        for start in range(first, last, longest):
            yield slice(start, min(start + longest, last))


# ---------------------------------------------------------------- finding and making


def find_store(key: str) -> tuple[StoredPictures, Manifest] | None:
    """The store of this key, if it is there and whole."""
    folder = stores_folder() / key
    manifest = Manifest.read(folder / _MANIFEST)
    if manifest is None:
        return None
    try:
        store = StoredPictures(folder, manifest)
    except DataError:
        return None
    with contextlib.suppress(OSError):
        os.utime(folder / _MANIFEST)  # it was used now
    return store, manifest


def find_earlier(like: Manifest) -> tuple[StoredPictures, Manifest] | None:
    """The store of the same folder with other files, made as `like`, that was used last."""
    for folder in reversed(_by_age(f"{root_key(like.root)}-*")):
        manifest = Manifest.read(folder / _MANIFEST)
        if manifest is not None and manifest.made_like(like):
            with contextlib.suppress(DataError):
                return StoredPictures(folder, manifest), manifest
    return None


class StoreWriter:
    """A store in the making: `write` pictures, then `finish`; left without that, nothing stays."""

    def __init__(self, key: str, most_bytes: int) -> None:
        """Raises DataError when the disk has no room for `most_bytes`, or takes no files."""
        self._target = stores_folder() / key
        self._temporary = self._target.with_name(f".{key}~{secrets.token_hex(6)}")
        self._digest = hashlib.sha256()
        self._count = 0
        self._pixels: BinaryIO | None = None
        self._most_bytes = most_bytes

    def __enter__(self) -> "StoreWriter":
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            _make_room(self._most_bytes)
            self._temporary.mkdir()
            self._pixels = (self._temporary / _PIXELS).open("wb")
        except OSError as error:
            raise _unwritable(error, self._most_bytes) from None
        return self

    def write(self, pictures: np.ndarray) -> None:
        """Append (n, height, width, channels) uint8. Raises DataError when the disk is full."""
        assert self._pixels is not None
        content = np.ascontiguousarray(pictures).data
        self._digest.update(content)
        try:
            self._pixels.write(content)
        except OSError as error:
            raise _unwritable(error, self._most_bytes) from None
        self._count += len(pictures)

    def finish(self, manifest: Manifest) -> tuple[StoredPictures, Manifest]:
        """Complete it; `manifest` gets count and digest. Raises DataError when that fails."""
        assert self._pixels is not None
        manifest = manifest.completed(self._count, self._digest.hexdigest())
        try:
            self._pixels.flush()
            os.fsync(self._pixels.fileno())
            self._pixels.close()
            manifest.write(self._temporary / _MANIFEST)
            if self._target.exists():  # damaged, or another process was faster
                shutil.rmtree(self._target, ignore_errors=True)
            self._temporary.rename(self._target)
        except OSError as error:
            found = find_store(self._target.name)  # another process was faster
            if found is not None:
                return found
            raise _unwritable(error, self._most_bytes) from None
        return StoredPictures(self._target, manifest), manifest

    def __exit__(self, *_: object) -> None:
        if self._pixels is not None:
            with contextlib.suppress(OSError):
                self._pixels.close()
        shutil.rmtree(self._temporary, ignore_errors=True)


def remove_store(key: str) -> None:
    """Delete a store; one that is still open stays readable where the system allows it."""
    shutil.rmtree(stores_folder() / key, ignore_errors=True)


def _by_age(pattern: str = "[!.]*") -> list[Path]:
    """The stores, that which was not used for longest first; one without a manifest before all."""
    aged = []
    for folder in stores_folder().glob(pattern):
        try:
            aged.append(((folder / _MANIFEST).stat().st_mtime_ns, folder))
        except OSError:
            aged.append((0, folder))
    return [folder for _, folder in sorted(aged)]


def _make_room(needed: int) -> None:
    """Delete what killed processes left, and stores until `needed` more bytes have room.

    Raises:
        DataError: the disk has no room all the same.
    """
    parent = stores_folder()
    for left in parent.glob(".*~*"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < time.time() - STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    stores = _by_age()
    sizes = {folder: _size(folder) for folder in stores}
    while stores and (
        sum(sizes[folder] for folder in stores) + needed > MOST_BYTES
        or shutil.disk_usage(parent).free < needed + _SPARE
    ):
        shutil.rmtree(stores.pop(0), ignore_errors=True)
    if shutil.disk_usage(parent).free < needed + _SPARE:
        raise _unwritable(OSError(errno.ENOSPC, ""), needed)


def _size(folder: Path) -> int:
    with contextlib.suppress(OSError):
        return sum(file.stat().st_size for file in folder.iterdir())
    return 0


def _unreadable(reason: str) -> DataError:
    return DataError(
        f"The decoded pictures on disk cannot be read: {reason}.",
        "They lie in the program's cache folder while the pictures do not fit into the memory set "
        "aside.",
        "Load the data again; they are decoded anew.",
    )


def _unwritable(error: OSError, needed: int) -> DataError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DataError(
            f"The disk has no room for the decoded pictures: {needed:,} bytes "
            f"({bytes_text(needed)}) are needed in {shortened(stores_folder(), 300)}.",
            "Pictures that do not fit into the memory set aside are kept there.",
            "Delete something on this disk, choose a smaller size of the pictures, or set more "
            "memory aside.",
        )
    return DataError(
        f"The decoded pictures cannot be written to {shortened(stores_folder(), 300)}: "
        f"{error.strerror or error}.",
        "A folder is needed in which files may be made.",
        "Change its rights, name another folder in the environment variable LAYERLAB_CACHE, or set "
        "more memory aside.",
    )
