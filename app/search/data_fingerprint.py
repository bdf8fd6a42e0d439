"""Which data a study is about, in a few letters."""

import hashlib

import numpy as np

from app.data.raw_data import RawData
from app.data.samples import is_streamed


def fingerprint_of(raw: RawData) -> str:
    """SHA-256 of what trainings and splits make use of, little-endian; for samples on disk stands
    their digest. The name of the data and remarks on them do not count.
    """
    digest = hashlib.sha256()
    if is_streamed(raw.x):
        digest.update(raw.x.digest.encode())
    for array in (raw.x, raw.y, raw.weights, raw.times, raw.parts):
        if isinstance(array, np.ndarray):
            digest.update(f"{array.dtype.str[1:]}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data)
        else:
            digest.update(b"-")
    words = (raw.task, raw.columns, raw.class_names, raw.target_names, raw.maximum)
    digest.update(repr(words).encode())
    return digest.hexdigest()
