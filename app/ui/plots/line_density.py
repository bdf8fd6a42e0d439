"""Thousands of lines from one upright axis to the next as a picture: the darker, the more lines go
there.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DARKEST = 0.8
"""Opacity where most lines go."""
FAINTEST = 0.05
BRIGHT_SHARE = 0.005
"""So large a share of the pixels that lines go through may be as dark as the darkest."""


def line_pairs(heights: Floats, rows: int) -> tuple[Ints, Ints]:
    """The different lines among many, to the pixel.

    Args:
        heights: (lines, 2), of both ends, from 0 at the upper edge, in pixels.
        rows: of the picture.

    Returns:
        (different lines, 2) heights and how many lines each of them is.
    """
    ends = np.clip(np.rint(heights), 0, rows - 1).astype(np.int64)
    pairs, counts = np.unique(ends[:, 0] * rows + ends[:, 1], return_counts=True)
    return np.column_stack([pairs // rows, pairs % rows]), counts


def line_density(pairs: Ints, counts: Ints, size: tuple[int, int]) -> Floats:
    """How many lines go through each pixel: one pixel of each column, at its middle.

    Args:
        pairs, counts: of `line_pairs`.
        size: (rows, columns) of the picture; the lines go from its first to its last column.
    """
    rows, columns = size
    shares = np.linspace(0.0, 1.0, columns, dtype=np.float32)
    from_, to = pairs[:, :1].astype(np.float32), pairs[:, 1:].astype(np.float32)
    down = np.rint(from_ + (to - from_) * shares).astype(np.int32)
    down *= columns
    down += np.arange(columns, dtype=np.int32)
    weights = None if counts.max(initial=1) == 1 else np.repeat(counts, columns)
    return np.bincount(down.ravel(), weights, rows * columns).reshape(size).astype(np.float64)


def opacity(share: float) -> float:
    """Of this share of the most lines."""
    return FAINTEST + (DARKEST - FAINTEST) * share**0.5


def density_image(counts: Floats, ink: QColor) -> QImage:
    """`counts` in `ink`; twice the opacity is four times as many."""
    rows, columns = counts.shape
    there = counts > 0
    most = float(np.quantile(counts[there], 1 - BRIGHT_SHARE)) if there.any() else 1.0
    shares = np.minimum(1.0, counts / most) ** 0.5
    strength = np.where(there, FAINTEST + (DARKEST - FAINTEST) * shares, 0.0)
    pixels = np.empty((rows, columns, 4), np.uint8)
    for place, part in enumerate((ink.blue(), ink.green(), ink.red(), 255)):
        pixels[..., place] = np.rint(strength * part)
    data = pixels.tobytes()
    image = QImage(data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied)
    return image.copy()  # its own pixels
