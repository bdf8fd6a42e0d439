"""Samples as if they were on disk, and small trainings with them."""

import hashlib
import threading
from dataclasses import replace
from typing import Any

import numpy as np

from app.core.project import Project
from app.data.errors import DataError
from app.data.prepared import Part, PreparedData
from app.data.samples import Rows, in_memory
from app.training.engine_room import TrainingRequest
from tests.keras.small_runs import data_of


class OnDisk:
    """Gives an array's samples at each indexing, and keeps count.

    Attributes:
        read: samples that were read so far.
        most: of them at once.
        threads: names of the threads that asked.
        gate: reading waits for it.
        waiting: set as soon as someone waits at the gate.
        vanished: rows that can no longer be read.
    """

    def __init__(self, array: np.ndarray) -> None:
        self._array = array
        self.read = 0
        self.most = 0
        self.threads: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.vanished: set[int] = set()

    @property
    def shape(self) -> tuple[int, ...]:
        return self._array.shape

    @property
    def dtype(self) -> "np.dtype[np.float32]":
        return self._array.dtype

    @property
    def digest(self) -> str:
        return hashlib.sha256(self._array.tobytes()).hexdigest()

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, rows: Rows) -> np.ndarray:
        if not self.gate.is_set():
            self.waiting.set()
            self.gate.wait()
        places = np.arange(len(self))[rows]
        gone = self.vanished.intersection(places.tolist())
        if gone:
            raise DataError(
                f"The picture {min(gone)}.png can no longer be read.",
                "It was there when the data were opened.",
                "Open the data again.",
            )
        self.read += len(places)
        self.most = max(self.most, len(places))
        self.threads.add(threading.current_thread().name)
        return self._array[rows].copy()


def on_disk(data: PreparedData) -> PreparedData:
    """The same data with the samples of all parts on disk."""

    def streamed(part: Part) -> Part:
        return replace(part, x=OnDisk(in_memory(part.x)))

    training, validation, test = map(streamed, (data.training, data.validation, data.test))
    made = replace(data, training=training, validation=validation, test=test)
    vars(made)["fingerprint"] = data.fingerprint
    return made


def weighted(data: PreparedData, *parts: str) -> PreparedData:
    """The same data whose samples of these parts count differently."""
    given: dict[str, Any] = {}
    for number, name in enumerate(parts):
        part = data.part(name)
        drawn = np.random.default_rng(number).uniform(0.0, 3.0, len(part)).astype(np.float32)
        drawn.setflags(write=False)
        given[name] = replace(part, weights=drawn)
    return replace(data, **given)


def request(
    project: Project, data: PreparedData | None = None, checkpoint: bytes | None = None
) -> TrainingRequest:
    """A training of `project` with its samples on disk, or with `data`."""
    return TrainingRequest(project, data or on_disk(data_of(project)), checkpoint)


def of_training(data: PreparedData) -> OnDisk:
    """The training samples, which are on disk."""
    assert isinstance(data.training.x, OnDisk)
    return data.training.x
