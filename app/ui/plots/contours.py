"""Lines of equal height through a grid of numbers, and the grid drawn smooth. Pure NumPy."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CORNERS = ((0, 0), (0, 1), (1, 1), (1, 0))
"""Of a cell, going round: (row, column); each side goes from one to the next."""


def contour(values: np.ndarray, level: float) -> Floats:
    """Pieces of the line along which `values` are `level`, linear between the points of the grid.

    Args:
        values: (rows, columns); cells with a corner that is not finite have no line.

    Returns:
        (pieces, 2, 2): two ends each, given as (column, row) of the grid.
    """
    grid = np.asarray(values, np.float64)
    rows, columns = grid.shape
    corners = np.stack([grid[r : rows - 1 + r, c : columns - 1 + c] for r, c in _CORNERS])
    whole = np.isfinite(corners).all(axis=0)
    above = corners >= level
    ends, crossed = [], []
    cell_rows, cell_columns = np.mgrid[: rows - 1, : columns - 1]
    for side in range(4):
        after = (side + 1) % 4
        crosses = whole & (above[side] != above[after])
        rise = corners[after] - corners[side]
        share = np.where(crosses, (level - corners[side]) / np.where(crosses, rise, 1.0), 0.0)
        (r0, c0), (r1, c1) = _CORNERS[side], _CORNERS[after]
        across = cell_columns + c0 + share * (c1 - c0)
        up = cell_rows + r0 + share * (r1 - r0)
        ends.append(np.stack([across, up], axis=-1))
        crossed.append(crosses)
    count = np.sum(crossed, axis=0)
    pieces = [
        np.stack([ends[a][both], ends[b][both]], axis=1)
        for a in range(4)
        for b in range(a + 1, 4)
        for both in [crossed[a] & crossed[b] & (count == 2)]
    ]
    # A saddle: the mean of the corners tells which corners belong together.
    saddle = count == 4
    inside = corners.mean(axis=0) >= level
    joined = saddle & (inside == above[0])
    for chosen, sides in ((joined, ((0, 1), (2, 3))), (saddle & ~joined, ((3, 0), (1, 2)))):
        pieces += [np.stack([ends[a][chosen], ends[b][chosen]], axis=1) for a, b in sides]
    return np.concatenate(pieces)


def smooth(values: np.ndarray, side: int) -> Floats:
    """(side, side) numbers over the same area, linear between the points of the grid; not finite
    where a neighbour is not.
    """
    grid = np.asarray(values, np.float64)
    for axis in (0, 1):
        count = grid.shape[axis]
        places = np.linspace(0, count - 1, side)
        low = np.minimum(places.astype(int), count - 2)
        share = (places - low).reshape((-1, 1) if axis == 0 else (1, -1))
        below, above = np.take(grid, low, axis), np.take(grid, low + 1, axis)
        with np.errstate(invalid="ignore"):
            between = below + share * (above - below)
        # On a point itself its neighbour has no say.
        grid = np.where(share == 0, below, np.where(share == 1, above, between))
    return grid


def height_at(values: np.ndarray, across: float, up: float) -> float:
    """The height at a place of the grid (column, row), linear between its points; NaN where a
    neighbour is not finite.
    """
    rows, columns = values.shape
    row, column = min(int(up), rows - 2), min(int(across), columns - 2)
    u, a = up - row, across - column
    corners = values[row : row + 2, column : column + 2]
    weights = np.outer((1 - u, u), (1 - a, a))
    counted = weights > 1e-12
    return float((np.where(counted, corners, 0.0) * weights).sum())
