"""The data of a search, brought to its worker processes once: each fit only names them.

On this computer they are written to a folder that nobody else can read, and mapped into memory by
each worker, so that many workers need the memory of one.
"""

import mmap
import pickle
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.core.explained_error import ExplainedError
from app.core.short_names import shortened
from app.data.errors import DataError
from app.data.kept_weights import Arrays, KeptArrays
from app.data.raw_data import RawData

_TAIL = struct.Struct("<QQ")
_ALIGNMENT = 64


class DataPlaceError(ExplainedError):
    """The data of a search cannot be written or read."""


@dataclass(frozen=True)
class DataReference:
    """What all fits of a search share.

    Attributes:
        raw: the data, read and not yet split.
        kept: the kept weights that layers name, by key.
        key: names them in `FitRequest.data`; no two are alike.
    """

    raw: RawData
    kept: KeptArrays = field(default_factory=dict)
    key: str = field(default_factory=lambda: secrets.token_hex(8))


def write_data(data: DataReference, path: Path) -> None:
    """Write `data` to a new file for `read_data`.

    Raises:
        DataPlaceError: the disk is full, or the folder takes no file.
    """
    plain: Mapping[str, Arrays] = dict(data.kept)
    arrays: list[pickle.PickleBuffer] = []
    body = pickle.dumps((data.key, data.raw, plain), protocol=5, buffer_callback=arrays.append)
    try:
        with path.open("xb") as file:
            places = []
            for array in arrays:
                content = array.raw()
                file.write(bytes(-file.tell() % _ALIGNMENT))
                places.append((file.tell(), content.nbytes))
                file.write(content)
            head = pickle.dumps((places, body))
            start = file.tell()
            file.write(head)
            file.write(_TAIL.pack(start, len(head)))
    except OSError as error:
        raise DataPlaceError(
            f"The data of the search cannot be written to {shortened(path.parent, 300)}: "
            f"{error.strerror or error}.",
            "Its worker processes read them there.",
            "Make room on this disk, or name another folder for temporary files in the "
            "environment variable TMPDIR.",
        ) from None


def read_data(path: Path) -> DataReference:
    """What `write_data` wrote; the arrays stay on disk until they are looked at, and are read-only.
    Only for files that this program wrote itself: a pickle of a stranger could do anything.

    Raises:
        DataPlaceError: the file is gone or damaged, or this computer has not got the pictures
            that it names.
    """
    try:
        with path.open("rb") as file:
            content = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        start, length = _TAIL.unpack(content[-_TAIL.size :])
        places, body = pickle.loads(content[start : start + length])  # noqa: S301 - our own file
        arrays = [content[first : first + size] for first, size in places]
        key, raw, kept = pickle.loads(body, buffers=arrays)  # noqa: S301 - our own file
    except (OSError, ValueError, struct.error, pickle.UnpicklingError, EOFError) as error:
        raise DataPlaceError(
            f"The data of the search cannot be read from {shortened(path, 300)}: "
            f"{shortened(error, 200)}.",
            "They stay there until the search ends.",
            "Start the search again.",
        ) from None
    except DataError as error:  # of pictures on disk only their place is sent
        raise DataPlaceError(
            f"{error.happened.rstrip('.')}.",
            "Pictures that do not fit into the memory set aside are read from the disk on which "
            "they were decoded.",
            "Set more memory aside for them, or have all computers of the search share one folder, "
            "of the same name on each, which the environment variable LAYERLAB_CACHE names.",
        ) from None
    return DataReference(raw, kept, key)
