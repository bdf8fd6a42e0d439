"""The loss around the path that an optimizer took.

The weights after each epoch are points in a space of as many axes as there are weights. The two
principal directions of these points span the plane that shows the path best (Li, Xu, Taylor,
Studer, Goldstein: Visualizing the Loss Landscape of Neural Nets, 2018, section 7.2; as in their
code the points are centred before). The plane goes through an end of a path; on it the loss is
worked out anew at each point of a grid.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.principal_components import principal_components

MOST_SAMPLES = 512
"""So many samples of the training part the loss is of, evenly from it."""
SIDES = (17, 33, 65)
"""Points along a side of the grid: each step of refinement halves the distance."""
COARSEST = 4
"""The grid is begun with every `2 ** COARSEST`-th point each way."""
MARGIN = 0.25
"""Room around the paths, as a share of their reach."""
FLATTEST = 0.1
"""A direction is shown at least so far, as a share of the other one."""
_PLANE_BYTES = 128 * 2**20
"""So much the points take, as 64-bit numbers, that the directions are worked out from."""

ONE_POINT = (
    "A path needs two epochs at least: the weights of one epoch are a single point. Train longer."
)
NO_WAY = "The weights did not move: there is no path to look at. Raise the learning rate."
TOO_LARGE = (
    "This network has too many weights to keep those of several epochs, so its path is unknown. "
    "Take a smaller network."
)
NOT_FINITE = (
    "Weights of this path are not finite, so it has no place on a plane. Lower the learning rate."
)


@dataclass(frozen=True, eq=False)
class WeightPath:
    """The weights after some epochs of a training; read-only arrays.

    Attributes:
        epochs: rising; 0 is before the first.
        weights: (epochs, trainable weights) float32, all weights that are trained, one behind the
            other.
        moving: (epochs, numbers) float32, the moving averages of batch normalization; no columns
            where there are none.
        complete: False when there was no room for more than the two ends.
    """

    epochs: tuple[int, ...]
    weights: np.ndarray
    moving: np.ndarray
    complete: bool = True


@dataclass(frozen=True, eq=False)
class Plane:
    """The plane that shows paths best; read-only float64 arrays.

    Attributes:
        origin: (weights,), the end of the path `base`, which lies at (0, 0).
        directions: (2, weights), each of length 1, at right angles.
        shares: (2,), of the variance of all points, along each direction.
        places: of each path (epochs, 2), where its points lie on the plane when seen from above.
        heights: of each path (epochs,), how far from the plane they are.
        base: number of the path whose end is the origin.
    """

    origin: np.ndarray
    directions: np.ndarray
    shares: np.ndarray
    places: tuple[np.ndarray, ...]
    heights: tuple[np.ndarray, ...]
    base: int


def plane_of(paths: Sequence[WeightPath], base: int = 0) -> Plane | NoAnswer:
    """The plane of the two principal directions of all points of `paths` together.

    Args:
        paths: of networks with the same weights, one at least.
        base: of which path the end is the origin.
    """
    if not all(path.complete for path in paths):
        return NoAnswer(TOO_LARGE)
    if sum(len(path.epochs) for path in paths) < 2:
        return NoAnswer(ONE_POINT)
    if not all(np.isfinite(path.weights).all() for path in paths):
        return NoAnswer(NOT_FINITE)
    origin = paths[base].weights[-1].astype(np.float64)
    most = max(2, _PLANE_BYTES // (8 * len(origin) * len(paths)))
    few = [_thinned(path.weights, most) - origin for path in paths]
    found = principal_components(np.concatenate(few), 2)
    if not found.shares[0] > 0:
        return NoAnswer(NO_WAY)
    directions = np.array(found.axes)
    if not directions[1].any():
        directions[1] = _beside(directions[0])
    places, heights = [], []
    for path in paths:
        spots, above = np.empty((len(path.epochs), 2)), np.empty(len(path.epochs))
        for row, weights in enumerate(path.weights):  # one by one: all at once may be large
            offset = weights - origin
            spots[row] = directions @ offset
            above[row] = np.linalg.norm(offset - spots[row] @ directions)
        places.append(_fixed(spots))
        heights.append(_fixed(above))
    return Plane(
        _fixed(origin),
        _fixed(directions),
        _fixed(found.shares),
        tuple(places),
        tuple(heights),
        base,
    )


def _beside(direction: np.ndarray) -> np.ndarray:
    """A direction at right angles to one: along the weight that it moves least."""
    if len(direction) < 2:
        return np.zeros_like(direction)  # a single weight: the surface is a curve
    other = np.zeros_like(direction)
    other[np.abs(direction).argmin()] = 1.0
    other -= (other @ direction) * direction
    return np.asarray(other / np.linalg.norm(other))


def _thinned(rows: np.ndarray, most: int) -> np.ndarray:
    if len(rows) <= most:
        return rows
    return np.asarray(rows[np.linspace(0, len(rows) - 1, most).round().astype(int)])


@dataclass(frozen=True, eq=False)
class Grid:
    """Points of the plane at even distances; read-only float64 arrays.

    Attributes:
        x, y: (side,), rising, along the first and the second direction.
    """

    x: np.ndarray
    y: np.ndarray

    @property
    def side(self) -> int:
        return len(self.x)

    def points(self, cells: np.ndarray) -> np.ndarray:
        """(n, 2): the places of cells (n, 2), given as rows and columns."""
        return np.stack([self.x[cells[:, 1]], self.y[cells[:, 0]]], axis=1)


def grid_around(places: Sequence[np.ndarray], side: int, reach: float = 1.0) -> Grid:
    """A grid that holds all `places` with a margin; `reach` times as far from their middle."""
    points = np.concatenate(places)
    low, high = points.min(axis=0), points.max(axis=0)
    half = (high - low) / 2
    half = np.maximum(half, FLATTEST * half.max()) * (1 + 2 * MARGIN) * reach
    middle = (low + high) / 2
    x, y = (np.linspace(middle[a] - half[a], middle[a] + half[a], side) for a in (0, 1))
    return Grid(_fixed(x), _fixed(y))


def refinement(side: int) -> Iterator[tuple[int, np.ndarray]]:
    """Stride, and rows and columns (n, 2) that come with it, from the coarsest grid to all points.

    Args:
        side: one more than a multiple of `2 ** COARSEST`.
    """
    done = np.zeros((side, side), bool)
    for level in range(COARSEST, -1, -1):
        stride = 2**level
        new = np.zeros_like(done)
        new[::stride, ::stride] = True
        yield stride, np.argwhere(new & ~done)
        done |= new


@dataclass(frozen=True, eq=False)
class LossSurface:
    """What is known of a surface; read-only arrays.

    Attributes:
        labels: of the paths.
        stride: every so many points of the grid each way are known; 0: none yet.
        losses: (side, side), rows along the second direction from below; NaN where it is not known
            yet or is not finite.
        own: of each path the losses of its networks themselves, as far as they are known; they lie
            beside the plane a little, and have moving averages of their own.
        samples: of so many the loss is.
    """

    labels: tuple[str, ...]
    paths: tuple[WeightPath, ...]
    plane: Plane
    grid: Grid
    stride: int
    losses: np.ndarray
    own: tuple[np.ndarray, ...]
    samples: int = 0

    @property
    def has_moving(self) -> bool:
        """Whether moving averages, which stay those of the end, are others on the way: what was
        fitted to the data before does not move.
        """
        return any(np.any(path.moving != path.moving[-1]) for path in self.paths)

    def coarse(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(x, y, losses) of the points that are all known, at even distances."""
        step = self.stride or 1
        return self.grid.x[::step], self.grid.y[::step], self.losses[::step, ::step]


class LossField:
    """The loss of a model as a function of its trainable weights, traced once; changes the weights
    of `model`, which must be nobody's else.

    The loss is what training makes smaller: of samples with their weights, regularization
    included, in inference mode. Moving averages of batch normalization are as last set.

    Args:
        model: built and compiled.
        x: (samples, *input_shape), preprocessed; `y`: as its loss wants them; `weights`: (samples,)
            or None.
    """

    def __init__(
        self, model: Any, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None
    ) -> None:
        import tensorflow as tf

        self.model = model
        self.samples = len(x)
        self._trained = list(model.trainable_variables)
        self._moving = moving_averages(model)
        self._data = tuple(tf.constant(part) for part in (x, y, weights) if part is not None)
        self._traced: Callable[..., Any] | None = None
        self._on_plane: tuple[Any, Any] | None = None

    @property
    def is_traced(self) -> bool:
        return self._traced is not None

    def set_plane(self, origin: np.ndarray, directions: np.ndarray) -> None:
        """Where the points of `losses` lie."""
        import tensorflow as tf

        self._on_plane = (tf.constant(origin), tf.constant(directions))

    def set_moving(self, values: np.ndarray) -> None:
        """Set the moving averages of batch normalization, one behind the other."""
        for variable, value in zip(self._moving, _split(values, self._moving), strict=True):
            variable.assign(value)

    def losses(self, points: np.ndarray) -> np.ndarray:
        """The losses at points (n, 2) of the plane: (n,) float64, which may not be finite.

        Raises:
            ValueError: there is no plane yet.
        """
        if self._on_plane is None:
            raise ValueError("set a plane first")
        return self._losses(*self._on_plane, np.asarray(points, np.float64))

    def loss_of(self, weights: np.ndarray) -> float:
        """The loss with these trainable weights, one behind the other."""
        nowhere = np.zeros((2, len(weights)))
        return float(self._losses(np.asarray(weights, np.float64), nowhere, np.zeros((1, 2)))[0])

    def _losses(self, origin: Any, directions: Any, points: np.ndarray) -> np.ndarray:
        if self._traced is None:
            self._traced = self._trace()
        found: np.ndarray = self._traced(*self._data, origin, directions, points).numpy()
        return found.astype(np.float64)

    def _trace(self) -> Callable[..., Any]:
        import tensorflow as tf

        from app.modeling.random_state import random_state_kept

        model, trained = self.model, self._trained
        sizes = [int(np.prod(v.shape)) for v in trained]
        has_weights = len(self._data) > 2

        def losses(*arguments: Any) -> Any:
            *data, origin, directions, points = arguments
            x, y = data[0], data[1]
            weights = data[2] if has_weights else None

            def loss_at(point: Any) -> Any:
                flat = origin + tf.linalg.matvec(directions, point, transpose_a=True)
                for variable, piece in zip(trained, tf.split(flat, sizes), strict=True):
                    variable.assign(tf.cast(tf.reshape(piece, variable.shape), variable.dtype))
                with random_state_kept(model):
                    answers = model(x, training=False)
                    found = model.compute_loss(
                        x=x, y=y, y_pred=answers, sample_weight=weights, training=False
                    )
                return tf.cast(found, tf.float32)

            return tf.map_fn(loss_at, points, fn_output_signature=tf.float32, parallel_iterations=1)

        double = tf.float64
        signature = [
            *(tf.TensorSpec([None, *part.shape[1:]], part.dtype) for part in self._data),
            tf.TensorSpec([sum(sizes)], double),
            tf.TensorSpec([2, sum(sizes)], double),
            tf.TensorSpec([None, 2], double),
        ]
        traced = tf.function(losses, input_signature=signature, autograph=False)
        concrete: Callable[..., Any] = traced.get_concrete_function()
        return lambda *arguments: concrete(*(tf.convert_to_tensor(one) for one in arguments))


def moving_averages(model: Any) -> list[Any]:
    """The variables of `model` that move while it trains without being trained."""
    found = [
        variable
        for layer in model._flatten_layers(include_self=False)
        if layer.trainable and not any(layer._flatten_layers(include_self=False))
        for variable in layer.non_trainable_weights
    ]
    return list({id(variable): variable for variable in found}.values())


def flat_values(variables: Sequence[Any]) -> np.ndarray:
    """The values of `variables` one behind the other, (n,) float32."""
    if not variables:
        return np.zeros(0, np.float32)
    return np.concatenate([v.numpy().astype(np.float32).reshape(-1) for v in variables])


def _split(values: np.ndarray, variables: Sequence[Any]) -> list[np.ndarray]:
    ends = np.cumsum([int(np.prod(v.shape)) for v in variables])[:-1]
    pieces = np.split(values, ends) if variables else []
    return [piece.reshape(v.shape) for piece, v in zip(pieces, variables, strict=True)]


def _fixed(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
