"""A model made ready to train: loss, optimizer and metrics from the catalogs."""

import keras
import numpy as np

from app.core.data_summary import DataSummary, Task
from app.core.loss_catalog import LOSSES_BY_NAME
from app.core.loss_catalog import keras_arguments as loss_arguments
from app.core.metric_catalog import keras_metric
from app.core.optimizer_catalog import OPTIMIZERS_BY_NAME
from app.core.optimizer_catalog import keras_arguments as optimizer_arguments
from app.core.project import OptimizerSettings, TrainingSettings
from app.core.short_names import quoted
from app.modeling.errors import ModelingError, first_line


def keras_loss(training: TrainingSettings) -> keras.losses.Loss:
    """A new Keras loss. Raises ModelingError for an unknown one, or options that Keras refuses."""
    kind = LOSSES_BY_NAME.get(training.loss)
    if kind is None:
        raise _unknown("loss", training.loss)
    try:
        made = getattr(keras.losses, kind.keras_class)
        return made(**loss_arguments(training.loss, training.loss_options))
    except (TypeError, ValueError) as error:
        raise _refused("loss", training.loss, error) from error


def keras_optimizer(settings: OptimizerSettings) -> keras.optimizers.Optimizer:
    """A new Keras optimizer.

    Raises:
        ModelingError: for an unknown one, or options that Keras refuses.
    """
    if settings.kind not in OPTIMIZERS_BY_NAME:
        raise _unknown("optimizer", settings.kind)
    try:
        made = getattr(keras.optimizers, settings.kind)
        return made(**optimizer_arguments(settings.kind, settings.options))
    except (AttributeError, TypeError, ValueError) as error:
        raise _refused("optimizer", settings.kind, error) from error


def learning_rate_of(settings: OptimizerSettings) -> float:
    """The learning rate that a new optimizer of these settings begins with, in the 32 bits in which
    Keras holds it. Nothing is made for it: of each variable TensorFlow keeps something.
    """
    rate = optimizer_arguments(settings.kind, settings.options)["learning_rate"]
    assert isinstance(rate, (int, float))
    return float(np.float32(rate))


def keras_metrics(training: TrainingSettings, summary: DataSummary) -> list[keras.metrics.Metric]:
    """New Keras metrics, each with the name that it has in the metric catalog.

    Raises:
        ModelingError: when one is unknown, or does not go with the loss and the data.
    """
    made = []
    for name in training.metrics:
        try:
            chosen = keras_metric(name, training.loss, training.loss_options, summary)
            made.append(getattr(keras.metrics, chosen.keras_class)(**chosen.arguments))
        except KeyError:
            raise _unknown("metric", name) from None
        except (TypeError, ValueError) as error:
            raise _refused("metric", name, error) from error
    return made


def compile_model(model: keras.Model, training: TrainingSettings, summary: DataSummary) -> None:
    """Give `model` the loss, the optimizer and the metrics of `training`.

    The targets that the compiled model learns from are those of `encode_targets`. XLA is left off:
    which way a step is executed is the engine's matter.

    Raises:
        ModelingError: when a name is unknown, or an option or a metric does not fit.
    """
    model.compile(
        optimizer=keras_optimizer(training.optimizer),
        loss=keras_loss(training),
        metrics=keras_metrics(training, summary),
        jit_compile=False,
    )


def encode_targets(y: np.ndarray, loss: str, task: Task, class_count: int) -> np.ndarray:
    """The targets as the loss and the metrics want them.

    Args:
        y: (samples,) class numbers, or (samples, targets) numbers for regression.
        class_count: how many classes there are; any number for regression.

    Returns:
        (samples,) int32 class numbers, (samples, class_count) float32 one-hot rows,
        (samples, 1) float32 with 0 and 1, or (samples, targets) float32, after the loss's
        `encoding_for(task)`.

    Raises:
        ModelingError: for an unknown loss, or a class number out of range.
    """
    if loss not in LOSSES_BY_NAME:
        raise _unknown("loss", loss)
    encoding = LOSSES_BY_NAME[loss].encoding_for(task)
    if encoding == "numbers":
        return np.asarray(y, dtype=np.float32).reshape(len(y), -1)
    numbers = np.asarray(y).reshape(len(y)).astype(np.int32)
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < class_count:
        raise ModelingError(
            f"The class numbers reach from {numbers.min()} to {numbers.max()}.",
            f"There are {class_count} classes, numbered 0 to {class_count - 1}.",
            "Load the data again.",
        )
    if encoding == "class_number":
        return numbers
    if encoding == "binary":
        return numbers.astype(np.float32).reshape(-1, 1)
    return np.eye(class_count, dtype=np.float32)[numbers]


def _unknown(what: str, name: str) -> ModelingError:
    return ModelingError(
        f"There is no {what} called {quoted(name)}.",
        f"A project names a {what} of the list.",
        f"Choose another {what}.",
    )


def _refused(what: str, name: str, error: Exception) -> ModelingError:
    return ModelingError(
        f"The {what} {name} cannot be used: {first_line(error)}",
        f"Options that this {what} takes, on data that it suits.",
        f"Change the options of the {what}, or choose another one.",
    )
