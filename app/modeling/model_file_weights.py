"""The HDF5 file inside a model file (or an old `.h5` model), walked with distrust.

Only ordinary groups and arrays of plain numbers pass, each reached by one hard link, each with its
bytes inside this very file.
"""

import contextlib
import math
from collections.abc import Iterator
from typing import Any, BinaryIO

import h5py
import numpy as np
from h5py import h5d, h5g, h5o, h5t, h5z

from app.core.memory_size import memory_limit
from app.core.short_names import quoted, shortened
from app.modeling.errors import Refusal
from app.modeling.model_file_config import ConfigFacts

MOST_OBJECTS = 50_000
MOST_ATTRIBUTES = 64
LONGEST_ATTRIBUTE = 8 * 2**20
DEEPEST_GROUP = 32
LONGEST_NAME = 256
MOST_AXES = 8
LARGEST_EXPANSION = 20
WEIGHTS_PER_STORED = 4
"""Keras may be asked for so many times more numbers than the file holds: some counts are bounds."""
FREE_WEIGHTS = 2**22
SLOTS = 4
"""Copies of the weights that loading, the optimizer and its averages may take."""

_PIECE = 2**20
_OPTIMIZERS = ("optimizer", "optimizer_weights")
_NUMBERS: tuple[Any, ...] = (
    *(h5t.IEEE_F16LE, h5t.IEEE_F32LE, h5t.IEEE_F64LE),
    *(h5t.STD_I8LE, h5t.STD_I16LE, h5t.STD_I32LE, h5t.STD_I64LE),
    *(h5t.STD_U8LE, h5t.STD_U16LE, h5t.STD_U32LE, h5t.STD_U64LE),
)
_LAYOUTS = (h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED)
_FILTERS = (h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32)


def check_weights(file: BinaryIO, facts: ConfigFacts) -> int:
    """Walk the whole HDF5 file; the number of bytes of all its arrays.

    Raises:
        Refusal: when something in it is not plain, or does not go with the configuration `facts`.
    """
    with _distrust(), _opened(file) as root:
        walk = _Walk(file.seek(0, 2))
        walk.group(root.id, "", 0)
        _compare(facts, walk)
        for array in walk.arrays:
            _check_finite(array)
    return walk.stored_bytes


def read_old_config(file: BinaryIO) -> bytes:
    """The `model_config` of an `.h5` file. Raises Refusal when there is none."""
    with _distrust(), _opened(file) as root:
        _check_attributes(root)
        config = root.attrs.get("model_config")
    if isinstance(config, str):
        return config.encode("utf-8", "surrogateescape")
    if isinstance(config, bytes | np.bytes_):
        return bytes(config)
    raise Refusal("it holds weights or other data, but no model")


def _opened(file: BinaryIO) -> h5py.File:
    file.seek(0)
    if file.read(8) != b"\x89HDF\r\n\x1a\n":
        raise Refusal("its weights are not an HDF5 file")
    return h5py.File(file, "r")


@contextlib.contextmanager
def _distrust() -> Iterator[None]:
    """Whatever h5py stumbles over is the fault of the file."""
    try:
        yield
    except (Refusal, MemoryError, RecursionError):
        raise
    except Exception as error:  # noqa: BLE001 - h5py's errors on odd files are of many kinds
        raise Refusal(
            f"its weights are damaged ({shortened(ascii(str(error))[1:-1], 100)})"
        ) from None


class _Walk:
    """Goes through groups and arrays, each once, and adds up what they hold."""

    def __init__(self, file_size: int) -> None:
        self._file_size = file_size
        self._seen: set[int] = set()
        self._bytes_on_disk = 0
        self.stored_bytes = 0
        self.weights = 0
        self.arrays: list[h5py.Dataset] = []

    def group(self, group: h5g.GroupID, path: str, depth: int) -> None:
        if depth > DEEPEST_GROUP:
            raise Refusal("its weights are nested too deeply")
        _check_attributes(h5py.Group(group))
        for name, child in list(self._children(group)):
            self._object(child, f"{path}/{name}", depth)

    def _children(self, group: h5g.GroupID) -> Iterator[tuple[str, Any]]:
        names: list[bytes] = []
        complaints: list[str] = []

        def note(name: bytes, info: Any) -> bool | None:
            # An exception raised in here would be lost inside h5py.
            if info.type != h5py.h5l.TYPE_HARD:
                complaints.append("its weights hold a link to another place or file")
            elif not name.isascii() or not name.decode().isprintable() or len(name) > LONGEST_NAME:
                complaints.append("its weights hold an odd name")
            elif len(names) >= MOST_OBJECTS:
                complaints.append("its weights are in too many parts")
            names.append(name)
            return True if complaints else None

        group.links.iterate(note, info=True)
        if complaints:
            raise Refusal(complaints[0])
        for name in names:
            yield name.decode(), h5o.open(group, name)

    def _object(self, child: Any, path: str, depth: int) -> None:
        address = h5o.get_info(child).addr
        if address in self._seen:
            raise Refusal("a part of its weights stands in two places")
        self._seen.add(address)
        if len(self._seen) > MOST_OBJECTS:
            raise Refusal("its weights are in too many parts")
        if isinstance(child, h5g.GroupID):
            self.group(child, path, depth + 1)
        elif isinstance(child, h5d.DatasetID):
            self._array(child, path)
        else:
            raise Refusal("its weights hold something that is no array")

    def _array(self, array: h5d.DatasetID, path: str) -> None:
        kind = array.get_type()
        if not any(kind.equal(known) for known in _NUMBERS):
            raise Refusal(f"the array {quoted(path, 80)} in it does not hold plain numbers")
        if len(array.shape) > MOST_AXES:
            raise Refusal(f"the array {quoted(path, 80)} in it has too many axes")
        size = math.prod(array.shape)
        wanted = size * kind.get_size()
        self._check_storage(array, path, wanted)
        dataset = h5py.Dataset(array)
        _check_attributes(dataset)
        self.stored_bytes += wanted
        if path.split("/")[1] not in _OPTIMIZERS:
            self.weights += size
        if kind.get_class() == h5t.FLOAT:
            self.arrays.append(dataset)

    def _check_storage(self, array: h5d.DatasetID, path: str, wanted: int) -> None:
        """The bytes are here, in this file, and enough of them for what the array claims."""
        plan = array.get_create_plist()
        layout = plan.get_layout()
        if layout not in _LAYOUTS or (layout == h5d.CONTIGUOUS and plan.get_external_count()):
            raise Refusal(f"the array {quoted(path, 80)} in it lies in another file")
        filters = [plan.get_filter(i)[0] for i in range(plan.get_nfilters())]
        if any(code not in _FILTERS for code in filters):
            raise Refusal(f"the array {quoted(path, 80)} in it is packed in an unusual way")
        stored = array.get_storage_size()
        if layout == h5d.CHUNKED:
            piece = math.prod(plan.get_chunk()) * array.get_type().get_size()
            if piece > max(wanted, 2**16):
                raise Refusal(
                    f"the array {quoted(path, 80)} in it is cut into pieces larger than itself"
                )
        if wanted > (LARGEST_EXPANSION if filters else 1) * stored:
            raise Refusal(
                f"the array {quoted(path, 80)} in it claims {wanted:,} bytes and holds {stored:,}"
            )
        self._bytes_on_disk += stored
        start = array.get_offset() if layout == h5d.CONTIGUOUS and stored else 0
        if (start or 0) + stored > self._file_size or self._bytes_on_disk > self._file_size:
            raise Refusal(f"the array {quoted(path, 80)} in it is larger than the file")


def _check_attributes(owner: Any) -> None:
    """Few, short, and of texts or plain numbers: no references, no objects."""
    attributes = owner.attrs
    if len(attributes) > MOST_ATTRIBUTES:
        raise Refusal("its weights carry too many notes")
    for name in attributes:
        entry = attributes.get_id(name)
        kind = entry.get_type()
        plain = kind.get_class() in (h5t.STRING, h5t.INTEGER, h5t.FLOAT)
        if not plain or len(entry.shape) > 1:
            raise Refusal(f"its weights carry the odd note {name!a:.60}")
        if math.prod(entry.shape) * kind.get_size() > LONGEST_ATTRIBUTE:
            raise Refusal(f"its weights carry the long note {name!a:.60}")


def _compare(facts: ConfigFacts, walk: _Walk) -> None:
    weights = walk.weights if facts.weights is None else facts.weights
    _check_room(weights, walk.weights, walk.stored_bytes)


def check_room(weights: int, stored_bytes: int) -> None:
    """Refuse layers of so many `weights` when the arrays in the file are too few to fill them.

    Raises:
        Refusal: it holds too little, or the computer has not enough memory.
    """
    _check_room(weights, stored_bytes // 4, stored_bytes)


def _check_room(weights: int, stored: int, stored_bytes: int) -> None:
    if weights > WEIGHTS_PER_STORED * stored + FREE_WEIGHTS:
        raise Refusal(f"its layers need {weights:,} weights, but it holds {stored:,}")
    needed = 4 * max(weights * SLOTS, stored) + stored_bytes
    if needed > memory_limit():
        raise Refusal(
            f"it needs {needed / 2**30:,.1f} GiB of memory, more than this computer can spare"
        )


def _check_finite(array: h5py.Dataset) -> None:
    for piece in _pieces(array):
        if not np.isfinite(piece).all():
            raise Refusal("it holds weights that are not finite (NaN or infinity)")


def _pieces(array: h5py.Dataset) -> Iterator[np.ndarray]:
    """All numbers of an array, a few at a time."""
    if array.size <= _PIECE or array.ndim == 0:
        yield np.asarray(array[()])
        return
    inner = math.prod(array.shape[1:])
    if inner <= _PIECE:
        rows = _PIECE // max(inner, 1)
        for start in range(0, array.shape[0], rows):
            yield np.asarray(array[start : start + rows])
        return
    for index in np.ndindex(*array.shape[:-1]):
        for start in range(0, array.shape[-1], _PIECE):
            yield np.asarray(array[(*index, slice(start, start + _PIECE))])
