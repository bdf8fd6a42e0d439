"""A model from a file at work on a project's data. Loads TensorFlow."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from app.cli.result_file import exists
from app.core.data_summary import DataSummary
from app.core.explained_error import ExplainedError
from app.core.loss_catalog import LOSSES_BY_NAME, Reading, output_reading, units_needed
from app.core.metric_catalog import history_names
from app.core.project import Project
from app.core.short_names import quoted, shortened
from app.data.errors import DataError
from app.data.prepared import Part, PreparedData
from app.data.samples import Samples
from app.training.errors import explained

T = TypeVar("T")

BATCH = 256
"""Samples in one call: bounds the memory that a large network takes."""


class SavedModel:
    """The network of a file, given the loss and the metrics of a project.

    Args:
        path: of a `.keras` or `.h5` file; it is checked before Keras sees it.
        summary: of the data that it was trained on.
        data: these data, where it is to be evaluated on them.

    Raises:
        ExplainedError: the file is no model or not a safe one, or it does not fit the data.
    """

    def __init__(
        self, path: Path, project: Project, summary: DataSummary, data: PreparedData | None = None
    ) -> None:
        if not exists(path):  # worth saying before TensorFlow is loaded
            raise DataError(
                f"The model file {quoted(path.name, 120)} does not exist.",
                f"It was expected at {shortened(str(path.absolute()), 300)}.",
                "Train the project with --model first, or name another file.",
            )
        self._project = project
        self._summary, self._data = summary, data
        self._model = _explaining("opening the model", lambda: _opened(path))
        _refuse_other_shapes(path.name, self._model, project, summary)

    @property
    def parameters(self) -> int:
        """Trainable weights."""
        return sum(math.prod(variable.shape) for variable in self._model.trainable_variables)

    def evaluate(self, part: Part) -> dict[str, float | None]:
        """The loss and the metrics over `part`, named as Keras names them; None where a value is
        not finite.
        """
        return _explaining("evaluating the model", lambda: self._evaluate(part))

    def _evaluate(self, part: Part) -> dict[str, float | None]:
        from app.modeling.compile import compile_model
        from app.training.feed import step_within
        from app.training.pace import Pace
        from app.training.session import arrays_of, memory_of
        from app.training.testing import in_order_of, tested
        from app.training.traced_model import TracedModel

        assert self._data is not None  # `evaluate` is given a part of them
        training, summary = self._project.training, self._summary
        compile_model(self._model, training, summary)
        arrays = arrays_of(self._project, self._data, part)
        traced = TracedModel(self._model, arrays, diagnostics=False)
        memory = memory_of(self._project)
        feed = in_order_of(arrays, step_within(part.x, BATCH, memory), memory)
        try:
            found = tested(traced, feed, Pace(), lambda step: feed.block(1, step))
        finally:
            feed.rest()
        metrics = found.metrics if found is not None else {}
        values = {name: metrics.get(name) for name in history_names(training.metrics, False)}
        return {
            name: value if value is not None and math.isfinite(value) else None
            for name, value in values.items()
        }

    def outputs(self, x: Samples) -> np.ndarray:
        """What the network puts out for `x` (samples, *input_shape), preprocessed: (samples,
        outputs) float32.
        """

        def work() -> np.ndarray:
            from app.diagnostics.forward import outputs

            (found,) = outputs(self._model, x, batch=BATCH)
            return found

        return _explaining("predicting", work)


def reading_of(project: Project, summary: DataSummary) -> Reading:
    """What the outputs say, given the project's loss."""
    training = project.training
    return output_reading(LOSSES_BY_NAME[training.loss], summary.task, training.loss_options)


def _opened(path: Path) -> Any:
    from app.training.tensorflow_setup import prepare_thread

    prepare_thread()
    from app.modeling.model_files import open_model_file

    return open_model_file(path, compiled=False)


def _refuse_other_shapes(name: str, model: Any, project: Project, summary: DataSummary) -> None:
    loss = LOSSES_BY_NAME.get(project.training.loss)
    if loss is None:
        raise ExplainedError(
            f"The project's loss {quoted(project.training.loss)} is not known.",
            f"Known losses: {', '.join(LOSSES_BY_NAME)}.",
            "Choose one of these; layerlab check says what else is wrong.",
        )
    wanted = {"input": summary.input_shape, "output": (units_needed(loss, summary),)}
    found = {"input": _shape(model.inputs), "output": _shape(model.outputs)}
    for end, words in (("input", "takes samples of the shape"), ("output", "puts out the shape")):
        if found[end] != wanted[end]:
            raise ExplainedError(
                f"The model in {quoted(name, 120)} {words} {_words(found[end])}.",
                f"The data of {quoted(project.name, 80)} ({summary.title}) with the loss "
                f"{project.training.loss} need {_words(wanted[end])}.",
                "Name the model that was trained for this project, or the project it was "
                "trained for.",
            )


def _shape(ends: Any) -> tuple[int | None, ...] | int:
    """The shape of the one input or output without the batch axis; how many there are, if not
    one.
    """
    if ends is None or len(ends) != 1:
        return len(ends or ())
    return tuple(ends[0].shape[1:])


def _words(shape: tuple[int | None, ...] | int) -> str:
    if isinstance(shape, int):
        return f"of {shape} inputs or outputs"
    return " × ".join("any" if side is None else f"{side:,}" for side in shape) or "of one number"


def _explaining(doing: str, work: Callable[[], T]) -> T:
    """What `work` gives; whatever it raises is put into words."""
    try:
        return work()
    except Exception as error:
        told = explained(error, doing)
        if told is error:
            raise
        raise told from error
