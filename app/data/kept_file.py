"""Kept weights in a project file: plain numbers behind a header, read with suspicion."""

import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

import numpy as np

from app.core.project_file import SavedProject
from app.data.errors import DataError
from app.data.kept_weights import MOST_ARRAYS, PLAIN_TYPES, Arrays, key_of

_MAGIC = b"layerlab-kept-1\n"
_HEADER_LIMIT = 4 * 2**20


def with_kept(saved: SavedProject, kept: Mapping[str, Arrays]) -> SavedProject:
    """`saved` with the arrays of the keys that its project names."""
    return replace(saved, kept=to_bytes(kept)) if kept else saved


def kept_of(saved: SavedProject) -> dict[str, Arrays]:
    """The arrays that came with a project file, by key. Raises DataError as `from_bytes` does."""
    if saved.kept is None:
        return {}
    named = {layer.kept_weights for layer in saved.project.network.layers if layer.kept_weights}
    return from_bytes(saved.kept, named)


def to_bytes(arrays: Mapping[str, Arrays]) -> bytes:
    """`arrays` by key as bytes: a line that names the format, the length of a JSON header, the
    header (types and shapes by key), then the numbers one after the other. The same arrays in the
    same order give the same bytes.
    """
    header = json.dumps(
        {key: [[a.dtype.str, list(a.shape)] for a in group] for key, group in arrays.items()},
        separators=(",", ":"),
    ).encode("ascii")
    parts: list[bytes | memoryview] = [_MAGIC, len(header).to_bytes(4, "little"), header]
    parts += (np.ascontiguousarray(a).data.cast("B") for a in _all(arrays) if a.size)
    return b"".join(parts)


def _all(arrays: Mapping[str, Arrays]) -> Iterable[np.ndarray]:
    return (array for group in arrays.values() for array in group)


def from_bytes(content: bytes, wanted: Collection[str]) -> dict[str, Arrays]:
    """The arrays in `content`, read-only views of it, by key. Trusts nothing: what the header
    claims must be exactly what is there, and all arrays must have the key that they go by.

    Args:
        wanted: the keys that may be there.

    Raises:
        DataError: when it is damaged or not what `to_bytes` writes.
    """
    header, start = _header(content)
    if len(header) > len(wanted) or not header.keys() <= set(wanted):
        raise _damaged("it has weights that no layer of the project names")
    claimed: dict[str, list[tuple[np.dtype, tuple[int, ...]]]] = {}
    for key, group in header.items():
        if not isinstance(group, list) or not 0 < len(group) <= MOST_ARRAYS:
            raise _damaged("its list of arrays cannot be read")
        claimed[key] = [_claim(entry) for entry in group]
    sizes = (math.prod(s) * t.itemsize for group in claimed.values() for t, s in group)
    if start + sum(sizes) != len(content):
        raise _damaged("it does not have the size that it claims")
    found: dict[str, Arrays] = {}
    for key, claims in claimed.items():
        arrays = []
        for dtype, shape in claims:
            count = math.prod(shape)
            flat = np.frombuffer(content, dtype, count, start) if count else np.empty(0, dtype)
            flat.flags.writeable = False
            arrays.append(flat.reshape(shape))
            start += count * dtype.itemsize
        found[key] = tuple(arrays)
        if key_of(found[key]) != key:
            raise _damaged("numbers in it have changed")
    return found


def _header(content: bytes) -> tuple[dict[str, object], int]:
    begin = len(_MAGIC) + 4
    if not content.startswith(_MAGIC) or len(content) < begin:
        raise _damaged("it does not begin like kept weights")
    length = int.from_bytes(content[len(_MAGIC) : begin], "little")
    if length > min(_HEADER_LIMIT, len(content) - begin):
        raise _damaged("its header is too long")
    try:
        header = json.loads(content[begin : begin + length])
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        raise _damaged("its header cannot be read")
    return header, begin + length


def _claim(entry: object) -> tuple[np.dtype, tuple[int, ...]]:
    match entry:
        case [str() as name, list() as sizes] if name in PLAIN_TYPES and len(sizes) <= 16:
            if all(type(size) is int and 0 <= size < 2**40 for size in sizes):
                return PLAIN_TYPES[name], tuple(sizes)
    raise _damaged("an array in it has no type or shape that is known")


def _damaged(detail: str) -> DataError:
    return DataError(
        f"The kept weights in the project file cannot be read: {detail}.",
        "Weights that LayerLab has saved there.",
        "The network and its settings are unharmed. Open a backup of the file to get the weights.",
    )
