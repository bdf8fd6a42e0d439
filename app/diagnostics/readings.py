"""What the numbers that a network puts out say, given the loss it was compiled with."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.data_summary import Task
from app.core.frozen import FrozenMap
from app.core.loss_catalog import LOSSES, Reading, output_reading

PROBABILITIES: tuple[Reading, ...] = ("probability", "logit", "logits")


@dataclass(frozen=True)
class Verdicts:
    """What a network says of some samples; read-only arrays.

    Attributes:
        reading: what its outputs are; only of `PROBABILITIES` they are such in `values`.
        values: (..., outputs) float32. Classes: from 0 to 1, for one output that of class 1, else
            of each class. Signs are squeezed from -1..1, scores through softmax, and outputs of a
            network that was trained on squared error are cut off at 0 and 1; of classes that are
            asked about one by one they do not add up to 1. Regression: the numbers themselves.
        classes: (...) int32, the class it decides for; None for regression.
        confidence: (...) float32, the value of that class; None for regression.
    """

    reading: Reading
    values: np.ndarray
    classes: np.ndarray | None
    confidence: np.ndarray | None


def reading_of(model: Any, task: Task) -> Reading:
    """What the outputs of a Keras model say; numbers or probabilities when it is not compiled."""
    loss = getattr(model, "loss", None)
    kind = next((kind for kind in LOSSES if kind.keras_class == type(loss).__name__), None)
    if kind is None:
        return "number" if task == "regression" else "probability"
    logits = FrozenMap(from_logits=bool(getattr(loss, "from_logits", False)))
    return output_reading(kind, task, logits)


def read_outputs(outputs: np.ndarray, reading: Reading, task: Task) -> Verdicts:
    """The verdicts in raw `outputs` (..., outputs) of a network."""
    outputs = np.asarray(outputs, np.float32)
    if task == "regression":
        return Verdicts(reading, _read_only(outputs), None, None)
    values = _values(outputs, reading)
    if outputs.shape[-1] == 1:
        threshold = 0.5 if reading == "probability" else 0.0
        positive = outputs[..., 0] > threshold
        classes = positive.astype(np.int32)
        confidence = np.where(positive, values[..., 0], 1.0 - values[..., 0])
    else:
        classes = outputs.argmax(axis=-1).astype(np.int32)
        confidence = np.take_along_axis(values, classes[..., None], axis=-1)[..., 0]
    return Verdicts(
        reading, _read_only(values), _read_only(classes), _read_only(confidence.astype(np.float32))
    )


def _values(outputs: np.ndarray, reading: Reading) -> np.ndarray:
    if reading == "sign":
        return np.asarray((np.clip(outputs, -1.0, 1.0) + 1.0) / 2.0)
    if reading == "logits":
        return _sigmoid(outputs)
    if reading in ("logit", "score"):
        if outputs.shape[-1] == 1:
            return _sigmoid(outputs)
        powers = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
    return np.asarray(np.clip(outputs, 0.0, 1.0))


def _sigmoid(outputs: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        return np.asarray(1.0 / (1.0 + np.exp(-outputs)))


def _read_only(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
