"""All numbers that make up a model in training, taken out and put back."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np


class StateVariables:
    """The variables of a compiled, built model, in a fixed order.

    Attributes:
        weights: trainable and not, as `model.get_weights()` has them.
        seeds: states of the random number generators of its layers.
        optimizer: iterations, learning rate and slots.
        metrics: sums and counts of the metrics of the epoch under way.
    """

    def __init__(self, model: Any) -> None:
        self.weights = list(model.weights)
        known = {id(variable) for variable in self.weights}
        self.seeds = [v for v in model.variables if id(v) not in known]
        self.optimizer = _variables_of(model.optimizer)
        metrics = {id(v): v for metric in model.metrics for v in metric.variables}
        self.metrics = list(metrics.values())

    @property
    def all(self) -> list[Any]:
        return [*self.weights, *self.seeds, *self.optimizer, *self.metrics]


def _variables_of(optimizer: Any) -> list[Any]:
    """All that an optimizer remembers. In the hands of the optimizer that scales the loss, Nadam
    does not list its product of momenta (Keras 3.15).
    """
    found = list(optimizer.variables)
    known = {id(variable) for variable in found}
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    own = [value for value in vars(inner).values() if isinstance(value, keras.Variable)]
    return found + [variable for variable in own if id(variable) not in known]


def values_of(variables: Sequence[Any]) -> list[np.ndarray]:
    """Copies of the values, in the same order."""
    return [np.array(variable.numpy()) for variable in variables]


def set_values(variables: Sequence[Any], values: Sequence[Any]) -> None:
    """Give the variables these values, arrays or tensors of the same shapes."""
    for variable, value in zip(variables, values, strict=True):
        variable.value.assign(value)


def held_values(variables: Sequence[Any]) -> list[Any]:
    """The values as tensors. Nothing is copied until a variable changes."""
    return [variable.value.read_value() for variable in variables]
