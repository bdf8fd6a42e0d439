"""A second model of the same network, to look at weights of other moments than now."""

from typing import Any

from app.core.project import Project
from app.data.prepared import PreparedData
from app.modeling.build import build_model
from app.modeling.compile import compile_model
from app.modeling.given_weights import computes_with_copies, take_weights_anew
from app.training.model_state import set_values
from app.training.state_reader import Packed


class Viewer:
    """One model for all moments, so that what was traced for a question serves them all. It is
    compiled as the model in training is, and shares nothing with it.
    """

    def __init__(self, project: Project, data: PreparedData) -> None:
        training = project.training
        self._model = build_model(
            project.network, data.summary.input_shape, training.seed, training.precision
        )
        compile_model(self._model, training, data.summary)
        self._weights = list(self._model.weights)
        self._shown: Packed | None = None

    @property
    def serves_other_runs(self) -> bool:
        """Whether all that a run of the same network may begin with are weights: what was traced
        holds for them too.
        """
        return not computes_with_copies(self._model)

    def model_with(self, weights: Packed) -> Any:
        """The model with these weights. Nothing is done when it has them already."""
        if weights is not self._shown:
            self._shown = None
            set_values(self._weights, weights.values())
            take_weights_anew(self._model)
            self._shown = weights
        return self._model
