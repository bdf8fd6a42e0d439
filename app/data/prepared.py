"""Data ready to train on."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from app.core.data_summary import DataSummary
from app.core.run_record import TrainedOn
from app.data.samples import Samples, is_streamed

if TYPE_CHECKING:
    from app.data.preprocessing import FittedPreprocessing


@dataclass(frozen=True)
class Part:
    """One part of the split; read-only arrays.

    Attributes:
        x: (samples, *input_shape) float32, preprocessed; pictures may be on disk (`is_streamed`).
        y: (samples,) int32 class numbers, or (samples, targets) float32 for regression.
        rows: (samples,) int64, the position of each sample in the source.
        weights: (samples,) float32, how much each sample counts in the loss: its own weight, and
            in the training part times that of its class; None: all alike.
    """

    x: Samples
    y: np.ndarray
    rows: np.ndarray
    weights: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class PreparedData:
    """The three parts, what was fitted on the training part, and the summary.

    `raw` is the source before preprocessing, (samples, *input_shape), in source order, its gaps
    filled and its categories encoded, and `targets` its y. Pictures are float32, or bytes on disk;
    tables float64: in 32 bits a date in seconds would lose its last two digits before it is
    standardized. `preprocessing.transform(raw[part.rows])` equals `part.x` to the last bit.
    """

    summary: DataSummary
    training: Part
    validation: Part
    test: Part
    preprocessing: "FittedPreprocessing"
    raw: Samples
    targets: np.ndarray

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of shapes, types and bytes of the three parts, little-endian: samples, targets
        and weights; for samples on disk stands their digest. Worked out once: of a million rows in
        50 ms.
        """
        digest = hashlib.sha256()
        for part in (self.training, self.validation, self.test):
            if is_streamed(part.x):
                digest.update(part.x.digest.encode())
            for array in (part.x, part.y, part.weights):
                if isinstance(array, np.ndarray):
                    digest.update(f"{array.dtype.str[1:]}{array.shape}".encode())
                    digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data)
        return digest.hexdigest()

    @property
    def trained_on(self) -> TrainedOn:
        """What a run on these data keeps of them."""
        summary = self.summary
        return TrainedOn(
            title=summary.title,
            task=summary.task,
            input_shape=summary.input_shape,
            target_names=summary.target_names,
            class_names=summary.class_names,
            preprocessing=self.preprocessing.to_json(),
        )

    def part(self, name: str) -> Part:
        """The part called "training", "validation" or "test"."""
        return {"training": self.training, "validation": self.validation, "test": self.test}[name]
