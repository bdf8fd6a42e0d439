"""What samples are to those who read them: an array, or something that reads them when asked."""

from typing import Any, Protocol, TypeGuard

import numpy as np

Rows = np.ndarray | slice
"""Positions of samples: (n,) whole numbers, or a slice."""


class StreamedSamples(Protocol):
    """Samples that are too many for the memory set aside: read from disk at each indexing.

    It can be indexed in any thread, by several at once. Equal rows give equal bits.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(samples, *input_shape), as of an array."""

    @property
    def dtype(self) -> "np.dtype[Any]":
        """Of what an indexing gives."""

    @property
    def digest(self) -> str:
        """Of all samples and their order: equal samples have equal digests."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Rows) -> np.ndarray:
        """(n, *input_shape) of these samples, in this order.

        Raises:
            DataError: a picture can no longer be read.
        """


Samples = np.ndarray | StreamedSamples
"""(samples, *input_shape): read-only array, or read when asked."""


def is_streamed(samples: Samples) -> TypeGuard[StreamedSamples]:
    """Whether `samples` are on disk: never to be asked for all at once."""
    return not isinstance(samples, np.ndarray)


def in_memory(samples: Samples) -> np.ndarray:
    """The array. Only where samples cannot be on disk: those of tables, or a few that were read.

    Raises:
        TypeError: they are on disk.
    """
    if is_streamed(samples):
        raise TypeError("expected an array, received samples that are on disk")
    assert isinstance(samples, np.ndarray)
    return samples
