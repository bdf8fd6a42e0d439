"""What a network says all over the plane of two features, or along the line of one."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.data_summary import Task
from app.data.prepared import PreparedData
from app.data.preprocessing import FittedPreprocessing
from app.data.samples import in_memory, is_streamed
from app.diagnostics.forward import outputs
from app.diagnostics.readings import Verdicts, read_outputs, reading_of

MARGIN = 0.1
"""What is shown beyond the outermost samples, as a share of their range."""

Bounds = tuple[float, ...]
"""Lowest and highest x, then for two features lowest and highest y; in units of raw features."""


@dataclass(frozen=True)
class Boundary:
    """The verdicts of a network on a grid in the units of the raw features; read-only arrays.

    Attributes:
        task: of the data.
        bounds: what the grid covers.
        x: (columns,) float64. Two features: the middle of each cell; one feature: from end to end.
        y: (rows,) float64, the middle of each cell, from the lowest up; (0,) for one feature.
        verdicts: their arrays have (rows, columns, ...) in front; (1, columns, ...) for one
            feature.
    """

    task: Task
    bounds: Bounds
    x: np.ndarray
    y: np.ndarray
    verdicts: Verdicts

    @property
    def features(self) -> int:
        return len(self.bounds) // 2

    @property
    def values(self) -> np.ndarray:
        """(rows, columns, outputs), see `Verdicts.values`."""
        return self.verdicts.values

    @property
    def classes(self) -> np.ndarray | None:
        """(rows, columns) int32; None for regression."""
        return self.verdicts.classes

    @property
    def confidence(self) -> np.ndarray | None:
        """(rows, columns) float32; None for regression."""
        return self.verdicts.confidence


@dataclass(frozen=True)
class UnitResponses:
    """The output of each unit of one layer on the same kind of grid; read-only arrays.

    Attributes:
        layer_id: name of the layer.
        bounds, x, y: as in `Boundary`.
        values: (units, rows, columns) float32, rows 1 for one feature.
    """

    layer_id: str
    bounds: Bounds
    x: np.ndarray
    y: np.ndarray
    values: np.ndarray


def bounds_of(data: PreparedData) -> Bounds | None:
    """The range of the samples with a margin; None unless they have one or two features."""
    if is_streamed(data.raw) or len(data.raw.shape) != 2 or data.raw.shape[1] not in (1, 2):
        return None
    found: list[float] = []
    for column in in_memory(data.raw).T:
        low, high = float(column.min()), float(column.max())
        margin = MARGIN * (high - low) or 0.5
        found += [low - margin, high + margin]
    return tuple(found)


def decision_boundary(
    model: Any, preprocessing: FittedPreprocessing, bounds: Bounds, resolution: int, task: Task
) -> Boundary | None:
    """What `model` says on a grid: probabilities of the classes, or the fitted surface or curve.

    Args:
        model: a built functional Keras model with one or two input features.
        preprocessing: turns raw features into the network's; applied inside.
        bounds: what to cover, two numbers for each feature.
        resolution: points along each side.
        task: of the data.

    Returns:
        None when the model puts out values that are not finite.
    """
    x, y, points = _grid(bounds, resolution)
    (found,) = outputs(model, preprocessing.transform(points))
    if not np.isfinite(found).all():
        return None
    shape = (max(1, len(y)), len(x), -1)
    verdicts = read_outputs(found.reshape(shape), reading_of(model, task), task)
    return Boundary(task, bounds, x, y, verdicts)


def unit_responses(
    model: Any,
    layer_id: str,
    preprocessing: FittedPreprocessing,
    bounds: Bounds,
    resolution: int,
) -> UnitResponses | None:
    """What each unit of a layer puts out on a grid; arguments as in `decision_boundary`.

    Returns:
        None when there is no such layer, it has other than one axis, or a value is not finite.
    """
    flat = tuple(layer.name for layer in model.layers if len(layer.output.shape) == 2)
    if layer_id not in flat:
        return None
    x, y, points = _grid(bounds, resolution)
    # All layers in one trace: the cards ask for one after the other.
    found = outputs(model, preprocessing.transform(points), flat)[flat.index(layer_id)]
    if not np.isfinite(found).all():
        return None
    values = np.ascontiguousarray(np.moveaxis(found.reshape(max(1, len(y)), len(x), -1), -1, 0))
    values.setflags(write=False)
    return UnitResponses(layer_id, bounds, x, y, values)


def _grid(bounds: Bounds, resolution: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x, y, points): points (columns, 1), or (rows * columns, 2) row by row."""
    if len(bounds) == 2:
        x = np.linspace(bounds[0], bounds[1], resolution)
        y = np.empty(0)
        points = x[:, None]
    else:
        x = _middles(bounds[0], bounds[1], resolution)
        y = _middles(bounds[2], bounds[3], resolution)
        points = np.stack([np.tile(x, len(y)), np.repeat(y, len(x))], axis=1)
    x.setflags(write=False)
    y.setflags(write=False)
    return x, y, points


def _middles(low: float, high: float, count: int) -> np.ndarray:
    return low + (np.arange(count) + 0.5) * ((high - low) / count)
