"""The public data sets: found in Keras's own cache, else fetched into it."""

import gzip
import hashlib
import io
import math
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from app.core.data_settings import BuiltinSource
from app.core.dataset_catalog import DATASETS_BY_NAME, filled_options
from app.core.dataset_kind import DatasetKind
from app.core.public_datasets import (
    CIFAR_BATCHES,
    PUBLIC_FILES,
    PublicFile,
    datasets_folder,
    missing_files,
    unpacked_cifar,
)
from app.core.short_names import shortened
from app.data.array_file import arrays_of
from app.data.builtin_sets import require_known
from app.data.cifar_batch import BatchError, read_batch
from app.data.download import FetchError, fetch_file
from app.data.errors import DataError, LoadingStopped
from app.data.progress import LoadingProgress, Stop, Tell, never, silent
from app.data.raw_data import Column, RawData
from app.data.regular_file import MEBIBYTE, read_regular_file
from app.jobs.process_runner import ChildError, ChildStoppedError

MOST_UNPACKED = 256 * MEBIBYTE
_BATCH_BYTES = 40 * MEBIBYTE
_MEGABYTE = 10**6
_DOLLARS = 100_000.0

Arrays = tuple[np.ndarray, np.ndarray]
"""(samples, ...) inputs and (samples,) targets."""


def load_public(source: BuiltinSource, stop: Stop = never, tell: Tell = silent) -> RawData:
    """The samples of a public set, those of its own test part last. Fetched when they are not in
    Keras's cache.

    Raises:
        DataError: it is not there and cannot be fetched, or what is there is damaged.
        LoadingStopped: `stop()` was true.
    """
    require_known(source)
    fetch_public(source.name, stop, tell)
    kind = DATASETS_BY_NAME[source.name]
    tell(LoadingProgress(f"Reading {kind.title}"))
    training, test = _READERS[kind.name](kind, stop)
    if stop():
        raise LoadingStopped
    found = (len(training[0]) + len(test[0]), len(test[0]))
    if found != (kind.fixed_samples, kind.own_test):
        raise _damaged(kind, f"it holds {found[0]:,} samples, {found[1]:,} of them for testing")
    options = filled_options(source)
    wanted, seed = kind.samples(options), options["seed"]
    assert isinstance(seed, int)
    of_test = kind.test_samples(options)
    chance = np.random.default_rng(seed)
    kept = _drawn(chance, len(training[0]), wanted - of_test)
    kept_test = _drawn(chance, len(test[0]), of_test)
    x = np.concatenate([training[0][kept], test[0][kept_test]])
    y = np.concatenate([training[1][kept], test[1][kept_test]])
    parts = np.full(len(x), -1, np.int8)
    parts[len(kept) :] = 2
    pictures = len(kind.input_shape) == 3
    return RawData(
        title=kind.title,
        task=kind.task,
        x=x.reshape(-1, *kind.input_shape).astype(np.float32 if pictures else np.float64),
        y=y.astype(np.int32) if kind.class_names else y.reshape(-1, 1).astype(np.float32),
        columns=() if pictures else tuple(Column(name) for name in kind.feature_names),
        class_names=kind.class_names,
        target_names=kind.target_names,
        maximum=255.0 if pictures else None,
        parts=parts if kind.own_test else None,
    )


def _drawn(chance: np.random.Generator, samples: int, wanted: int) -> np.ndarray:
    """Positions of `wanted` of the samples, in order."""
    if wanted >= samples:
        return np.arange(samples)
    return np.sort(chance.choice(samples, wanted, replace=False))


# ---------------------------------------------------------------- fetching


def fetch_public(
    name: str, stop: Stop = never, tell: Tell = silent, again: bool = False
) -> tuple[Path, ...]:
    """Have the files of the public set `name` in Keras's cache.

    Args:
        again: fetch also those that are there, and put them in their place.

    Returns:
        where those are that were fetched now.

    Raises:
        DataError: a file cannot be fetched, is not the one expected, or cannot be written; those
            fetched before are kept.
        LoadingStopped: `stop()` was true.
    """
    kind = DATASETS_BY_NAME[name]
    wanted = PUBLIC_FILES[name] if again else missing_files(name)
    total = sum(file.size for file in wanted)
    done = 0
    fetched = []
    for file in wanted:
        target = datasets_folder() / file.name
        progress = _progress(kind, done, total, tell)
        try:
            fetch_file(
                file.address, target, 2 * file.size + MEBIBYTE, progress, stop, _checker(file)
            )
        except ChildStoppedError:
            raise LoadingStopped from None
        except FetchError as error:
            raise _not_fetched(kind, wanted, str(error)) from None
        except (OSError, ChildError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise _not_fetched(kind, wanted, reason) from None
        done += file.size
        fetched.append(target)
    return tuple(fetched)


def _progress(kind: DatasetKind, done: int, total: int, tell: Tell) -> Callable[[int], None]:
    whole = f"{total / _MEGABYTE:,.1f} MB"

    def progress(arrived: int) -> None:
        there = done + arrived
        sentence = f"Fetching {kind.title}, {there / _MEGABYTE:,.1f} of {whole}"
        tell(LoadingProgress(sentence, min(1.0, there / total)))

    return progress


def _checker(file: PublicFile) -> Callable[[Path], None]:
    def check(path: Path) -> None:
        if not _is_expected(file, path.read_bytes()):
            raise FetchError(f"what came from {_host(file)} is not the file expected")

    return check


def _is_expected(file: PublicFile, content: bytes) -> bool:
    if file.unpacked:
        try:
            content = _unpacked(content)
        except ValueError:
            return False
    return hashlib.sha256(content).hexdigest() == file.sha256


def _not_fetched(kind: DatasetKind, files: tuple[PublicFile, ...], reason: str) -> DataError:
    hosts = " and ".join(sorted({_host(file) for file in files}))
    size = sum(file.size for file in files) / _MEGABYTE
    return DataError(
        f"{kind.label} is not on this computer, and it could not be fetched: "
        f"{shortened(reason, 200)}.",
        f"It has to be fetched once, {max(size, 1.0):,.0f} MB from {hosts}.",
        "Connect to the internet and try again. Or run 'layerlab fetch "
        f"{kind.name}' on another computer, and copy what it fetches to {datasets_folder()}.",
        details="\n".join(f"{file.address}\nbelongs into {file.name}" for file in files),
    )


def _host(file: PublicFile) -> str:
    return urlsplit(file.address).hostname or file.address


# ---------------------------------------------------------------- reading


def _content(kind: DatasetKind, file: PublicFile) -> bytes:
    """The file as it is in the cache.

    Raises:
        DataError: it is not the one expected. It is never replaced unasked.
    """
    content = read_regular_file(datasets_folder() / file.name, 2 * file.size + MEBIBYTE)
    if not _is_expected(file, content):
        raise _damaged(kind, f"the SHA-256 of {Path(file.name).name} is not that of the set")
    return content


def _damaged(kind: DatasetKind, reason: str) -> DataError:
    places = ", ".join(str(datasets_folder() / file.name) for file in PUBLIC_FILES[kind.name])
    folder = unpacked_cifar() if kind.name == "cifar10" else None
    return DataError(
        f"{kind.label} in Keras's cache is damaged or another version: {reason}.",
        f"What keras.datasets.{kind.name} fetches is needed.",
        f"Delete {folder or places}; it is fetched anew when it is opened again.",
    )


def _mnist(kind: DatasetKind, stop: Stop) -> tuple[Arrays, Arrays]:
    (file,) = PUBLIC_FILES[kind.name]
    found = arrays_of(_content(kind, file), file.name)
    try:
        training = found["x_train"], found["y_train"]
        return training, (found["x_test"], found["y_test"])
    except KeyError as error:
        raise _damaged(kind, f"it has no array {error}") from None


def _california(kind: DatasetKind, stop: Stop) -> tuple[Arrays, Arrays]:
    (file,) = PUBLIC_FILES[kind.name]
    found = arrays_of(_content(kind, file), file.name)
    try:
        x, y = found["x"], found["y"].astype(np.float64) / _DOLLARS
    except KeyError as error:
        raise _damaged(kind, f"it has no array {error}") from None
    return (x, y), (x[:0], y[:0])


def _fashion(kind: DatasetKind, stop: Stop) -> tuple[Arrays, Arrays]:
    read = []
    for file in PUBLIC_FILES[kind.name]:
        if stop():
            raise LoadingStopped
        try:
            read.append(_idx(_unpacked(_content(kind, file))))
        except ValueError as error:
            raise _damaged(kind, f"{Path(file.name).name}: {error}") from None
    labels, pictures, test_labels, test_pictures = read
    return (pictures, labels), (test_pictures, test_labels)


def _idx(content: bytes) -> np.ndarray:
    """The array of a file in the format of MNIST: two zeros, 8 for bytes, the number of sides, the
    sides as big-endian 32-bit numbers, then the bytes. Raises ValueError.
    """
    sides = content[3] if content[:3] == b"\x00\x00\x08" and len(content) > 3 else 0
    shape = np.frombuffer(content, ">u4", sides, 4).tolist() if sides else []
    start = 4 + 4 * sides
    if not shape or math.prod(shape) != len(content) - start:
        raise ValueError("it is no array of bytes")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _unpacked(content: bytes) -> bytes:
    """What is in a `.gz` file. Raises ValueError when it is none, or is too large."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            found = file.read(MOST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(str(error)) from None
    if len(found) > MOST_UNPACKED:
        raise ValueError(f"it holds more than {MOST_UNPACKED // MEBIBYTE} MiB")
    return found


def _cifar(kind: DatasetKind, stop: Stop) -> tuple[Arrays, Arrays]:
    folder = unpacked_cifar()
    try:
        if folder is not None:
            batches = [
                _batch(read_regular_file(folder / name, _BATCH_BYTES), stop)
                for name in CIFAR_BATCHES
            ]
        else:
            (file,) = PUBLIC_FILES[kind.name]
            batches = _archived(_content(kind, file), stop)
    except (BatchError, tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise _damaged(kind, str(error)) from None
    training = batches[:-1]
    x = np.concatenate([pictures for pictures, _ in training])
    y = np.concatenate([labels for _, labels in training])
    return (x, y), batches[-1]


def _batch(content: bytes, stop: Stop) -> Arrays:
    if stop():
        raise LoadingStopped
    return read_batch(content)


def _archived(content: bytes, stop: Stop) -> list[Arrays]:
    """The batches in the archive, which is read in memory and never unpacked to any path."""
    found: dict[str, Arrays] = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        for member in archive:
            name = member.name.rpartition("/")[2]
            if name not in CIFAR_BATCHES or not member.isreg() or member.size > _BATCH_BYTES:
                continue
            file = archive.extractfile(member)
            assert file is not None
            found[name] = _batch(file.read(), stop)
    missing = [name for name in CIFAR_BATCHES if name not in found]
    if missing:
        raise BatchError(f"the archive lacks {', '.join(missing)}")
    return [found[name] for name in CIFAR_BATCHES]


_READERS: dict[str, Callable[[DatasetKind, Stop], tuple[Arrays, Arrays]]] = {
    "mnist": _mnist,
    "fashion_mnist": _fashion,
    "cifar10": _cifar,
    "california_housing": _california,
}
