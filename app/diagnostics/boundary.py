"""What a network says all over a plane of its inputs, or along the line of one feature."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from app.core.data_summary import Task
from app.data.prepared import PreparedData
from app.diagnostics.forward import outputs
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.plane_of_features import Bounds, Plane, plane_of
from app.diagnostics.readings import Verdicts, read_outputs, reading_of

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

FINEST = 512
"""Most points along one side of a grid."""
MOST_INPUTS, MOST_PICTURED = 2**18, 2**16
"""So many numbers go into the network for one answer, of rows and of pictures or sequences (which
cost a network more): a training waits for it.
"""
COARSEST = 16
"""Fewest points along one side for all that."""
MOST_RESPONSES = 2**20
"""So many numbers of units come back in one answer."""
FROM_ZERO_TO_ONE = frozenset({"sigmoid", "hard_sigmoid", "softmax"})
"""Activations whose values lie around 0.5, not around 0."""

NOT_FINITE = (
    "The network puts out values that are not finite. Look at an earlier epoch, or train again "
    "with a lower learning rate."
)


class ToInputs(Protocol):
    """Turns points into what the network sees: a `Plane`, or the preprocessing of the data."""

    def transform(self, points: np.ndarray, /) -> np.ndarray: ...


@dataclass(frozen=True)
class Boundary:
    """The verdicts of a network on a grid in the units of the axes; read-only arrays.

    Attributes:
        task: of the data.
        bounds: what the grid covers.
        x: (columns,) float64. Two features: the middle of each cell; one feature: from end to end.
        y: (rows,) float64, the middle of each cell, from the lowest up; (0,) for one feature.
        verdicts: their arrays have (rows, columns, ...) in front; (1, columns, ...) for one
            feature.
        plane: what the axes are, and where the samples lie; None where it is not known.
    """

    task: Task
    bounds: Bounds
    x: np.ndarray
    y: np.ndarray
    verdicts: Verdicts
    plane: Plane | None = None

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
        middle: the value in the middle of what the layer can put out: 0.5 from 0 to 1, else 0.
        plane: as in `Boundary`.
    """

    layer_id: str
    bounds: Bounds
    x: np.ndarray
    y: np.ndarray
    values: np.ndarray
    middle: float = 0.0
    plane: Plane | None = None


def answer(
    model: Any, data: PreparedData, question: "Question"
) -> Boundary | UnitResponses | NoAnswer:
    """What the network says over a plane, or with a `layer_id` the response of each of its units.

    Options: those of `plane_of`; `resolution`, points along each side (64 unless told; fewer where
    samples or layers are large); `bounds`, two numbers an axis.
    """
    plane = plane_of(data, question)
    if isinstance(plane, NoAnswer):
        return plane
    bounds = plane.bounds
    given = question.options.get("bounds")
    if isinstance(given, tuple) and len(given) == len(bounds):
        bounds = tuple(float(value) for value in given)
    wanted = question.options.get("resolution")
    resolution = wanted if isinstance(wanted, int) and not isinstance(wanted, bool) else 64
    if question.layer_id is not None:
        return _answer_units(model, plane, bounds, resolution, question.layer_id)
    resolution = _affordable(resolution, len(bounds) // 2, _most_points(plane))
    boundary = decision_boundary(model, plane, bounds, resolution, data.summary.task)
    return NoAnswer(NOT_FINITE) if boundary is None else replace(boundary, plane=plane)


def _answer_units(
    model: Any, plane: Plane, bounds: Bounds, resolution: int, layer_id: str
) -> UnitResponses | NoAnswer:
    units = dict(unit_layers(model))
    if layer_id not in units:
        return NoAnswer(
            f"The layer {layer_id} has no single units: it puts out pictures or sequences. Choose "
            "a layer that puts out one number a unit, such as Dense."
        )
    most = min(_most_points(plane), MOST_RESPONSES // sum(units.values()))
    resolution = _affordable(resolution, len(bounds) // 2, most)
    responses = unit_responses(model, layer_id, plane, bounds, resolution)
    return NoAnswer(NOT_FINITE) if responses is None else replace(responses, plane=plane)


def _most_points(plane: Plane) -> int:
    most = MOST_INPUTS if len(plane.input_shape) == 1 else MOST_PICTURED
    return most // math.prod(plane.input_shape)


def _affordable(resolution: int, axes: int, most_points: int) -> int:
    return min(max(resolution, 2), FINEST, max(COARSEST, int(most_points ** (1 / axes))))


def unit_layers(model: Any) -> tuple[tuple[str, int], ...]:
    """(name, units) of each layer that puts out one number a unit, the input left out."""
    return tuple(
        (layer.name, int(layer.output.shape[1]))
        for layer in model.layers
        if type(layer).__name__ != "InputLayer" and len(layer.output.shape) == 2
    )


def decision_boundary(
    model: Any, to_inputs: ToInputs, bounds: Bounds, resolution: int, task: Task
) -> Boundary | None:
    """What `model` says on a grid: probabilities of the classes, or the fitted surface or curve.

    Args:
        model: a built functional Keras model.
        to_inputs: turns points of the grid into the network's inputs.
        bounds: what to cover, two numbers for each axis.
        resolution: points along each side.
        task: of the data.

    Returns:
        None when the model puts out values that are not finite.
    """
    x, y, points = _grid(bounds, resolution)
    (found,) = outputs(model, to_inputs.transform(points))
    if not np.isfinite(found).all():
        return None
    shape = (max(1, len(y)), len(x), -1)
    verdicts = read_outputs(found.reshape(shape), reading_of(model, task), task)
    return Boundary(task, bounds, x, y, verdicts)


def unit_responses(
    model: Any, layer_id: str, to_inputs: ToInputs, bounds: Bounds, resolution: int
) -> UnitResponses | None:
    """What each unit of a layer puts out on a grid; arguments as in `decision_boundary`.

    Returns:
        None when there is no such layer, it has other than one axis, or a value is not finite.
    """
    flat = tuple(name for name, _ in unit_layers(model))
    if layer_id not in flat:
        return None
    x, y, points = _grid(bounds, resolution)
    # All layers in one trace: the cards ask for one after the other.
    found = outputs(model, to_inputs.transform(points), flat)[flat.index(layer_id)]
    if not np.isfinite(found).all():
        return None
    values = np.ascontiguousarray(np.moveaxis(found.reshape(max(1, len(y)), len(x), -1), -1, 0))
    values.setflags(write=False)
    activation = getattr(getattr(model.get_layer(layer_id), "activation", None), "__name__", "")
    middle = 0.5 if activation in FROM_ZERO_TO_ONE else 0.0
    return UnitResponses(layer_id, bounds, x, y, values, middle)


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
