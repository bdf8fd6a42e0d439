"""Sources made in memory, and one that plays pictures on disk."""

from typing import Any

import numpy as np

from app.core.data_settings import BuiltinSource, DataSettings, SplitSettings
from app.data.raw_data import Column, RawData
from app.data.samples import Rows


def settings(preprocessing: str = "none", **changes: Any) -> DataSettings:
    """Settings for sources that are given: what they name as their source is not read."""
    split = SplitSettings.model_validate(changes.pop("split", {}))
    return DataSettings.model_validate(
        {
            "source": BuiltinSource(name="moons"),
            "preprocessing": preprocessing,
            "split": split,
            **changes,
        }
    )


def table(x: np.ndarray, y: np.ndarray, columns: tuple[Column, ...] = (), **more: Any) -> RawData:
    """A table; whole numbers as `y` are classes."""
    classes = y.dtype.kind == "i"
    count = int(y.max()) + 1 if classes else 0
    return RawData(
        title="table",
        task="regression" if not classes else "binary" if count == 2 else "multiclass",
        x=x,
        y=y.astype(np.int32) if classes else y.reshape(len(y), -1).astype(np.float32),
        columns=columns or tuple(Column(f"f{place}") for place in range(x.shape[1])),
        class_names=tuple("abcdefghij"[:count]),
        target_names=("y",),
        **more,
    )


def pictures(x: Any, y: np.ndarray, **more: Any) -> RawData:
    """Pictures of classes."""
    count = int(y.max()) + 1
    return RawData(
        title="pictures",
        task="binary" if count == 2 else "multiclass",
        x=x,
        y=y.astype(np.int32),
        columns=(),
        class_names=tuple("abcdefghij"[:count]),
        target_names=("class",),
        maximum=255.0,
        **more,
    )


class Stream:
    """Samples that pretend to be on disk; it remembers the most that was asked for at a time."""

    def __init__(self, samples: np.ndarray, digest: str = "digest") -> None:
        self._samples = samples
        self.digest = digest
        self.most = 0

    @property
    def shape(self) -> tuple[int, ...]:
        return self._samples.shape

    @property
    def dtype(self) -> "np.dtype[Any]":
        return self._samples.dtype

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, rows: Rows) -> np.ndarray:
        found = self._samples[rows]
        self.most = max(self.most, len(found))
        return found
