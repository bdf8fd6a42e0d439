"""The loss surface as the engine works it out: a model of its own, a piece at a time. Loads
TensorFlow.
"""

import gc
from collections.abc import Mapping, Sequence

import numpy as np

from app.core.project import Project
from app.data.kept_weights import NOTHING_KEPT, Arrays
from app.data.prepared import Part, PreparedData
from app.data.samples import Samples
from app.diagnostics.loss_surface import (
    MOST_SAMPLES,
    LossField,
    Plane,
    WeightPath,
    flat_values,
    moving_averages,
)
from app.modeling.build import build_model
from app.modeling.compile import compile_model
from app.modeling.given_weights import take_weights_anew
from app.modeling.kept_weights import begin_with_kept
from app.training import gradient_registry
from app.training.model_state import set_values
from app.training.pace import Pace
from app.training.session import Session, arrays_of
from app.training.weight_paths import path_of


class Surface:
    """A network that is nobody's else, put at the points of a plane. Training and its model are not
    touched.

    Args:
        paths: whose plane it is.
        weights: all weights of the network, in Keras's order, for those that are not trained; None
            takes what a training of `project` begins with.

    Raises:
        ModelingError, TrainingError: when the project cannot be made into a model.
    """

    def __init__(
        self,
        project: Project,
        data: PreparedData,
        plane: Plane,
        paths: Sequence[WeightPath],
        kept: Mapping[str, Arrays] = NOTHING_KEPT,
        weights: Sequence[np.ndarray] | None = None,
    ) -> None:
        self._entries_before = gradient_registry.custom_gradients()
        training, summary = project.training, data.summary
        model = build_model(project.network, summary.input_shape, training.seed, training.precision)
        if weights is None:
            begin_with_kept(model, project.network, kept)
        else:
            set_values(model.weights, weights)
            take_weights_anew(model)
        compile_model(model, training, summary)
        arrays = arrays_of(project, data, looked_at(data.training))
        x, y, *sample_weights = (np.asarray(array) for array in arrays)
        self._field = LossField(
            model, np.asarray(x, np.float32), y, sample_weights[0] if sample_weights else None
        )
        self._plane = plane
        self._paths = tuple(paths)
        self._pace = Pace()
        self._field.set_plane(plane.origin, plane.directions)
        self._end = paths[plane.base].moving[-1]
        self._field.set_moving(self._end)
        self._field.losses(np.zeros((1, 2)))  # traced now, so that no piece takes longer

    @property
    def samples(self) -> int:
        """Of so many the loss is worked out."""
        return self._field.samples

    def losses(self, points: np.ndarray) -> np.ndarray:
        """The losses at the first of `points` (n, 2), as many as can be had in a moment."""
        count = self._pace.steps(len(points))
        with self._pace.timed(count):
            return self._field.losses(points[:count])

    def losses_of(self, path: int, first: int) -> np.ndarray:
        """The losses of the networks on a path themselves, with their own moving averages, from
        point `first` on, as many as can be had in a moment.
        """
        whole = self._paths[path]
        count = self._pace.steps(len(whole.epochs) - first)
        try:
            with self._pace.timed(count):
                found = []
                for row in range(first, first + count):
                    self._field.set_moving(whole.moving[row])
                    found.append(self._field.loss_of(whole.weights[row]))
                return np.array(found)
        finally:
            self._field.set_moving(self._end)

    def close(self) -> None:
        """Drop the model and what it left in TensorFlow's registry."""
        added = gradient_registry.custom_gradients() - self._entries_before
        del self._field
        gradient_registry.remove_custom_gradients(added)
        gc.collect()


def looked_at(part: Part) -> Part:
    """`MOST_SAMPLES` samples of `part` at most, evenly from it; the same each time."""
    if len(part) <= MOST_SAMPLES:
        return part
    rows = np.linspace(0, len(part) - 1, MOST_SAMPLES).round().astype(np.int64)
    x: Samples = part.x[rows]
    weights = None if part.weights is None else part.weights[rows]
    return Part(x, part.y[rows], part.rows[rows], weights)


def path_of_run(session: Session, epochs: Sequence[int]) -> WeightPath:
    """Through the beginning of the run and those of `epochs`, rising, whose weights are kept.

    Raises:
        ValueError: none of them is.
    """
    points = []
    for epoch in epochs:
        model = session.model_at(epoch)
        if model is not None:
            trained, moving = model.trainable_variables, moving_averages(model)
            points.append((epoch, flat_values(trained), flat_values(moving)))
    if not points:
        raise ValueError("no epoch of the run is kept")
    return path_of(points)
