"""Dead units: never active on any sample, so that no gradient ever reaches their weights."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.core.activation_catalog import ACTIVATIONS
from app.diagnostics.filters import unwrapped
from app.diagnostics.forward import BATCH, output_batches


@dataclass(frozen=True)
class UnitActivity:
    """How often the units (or channels) of one layer are active; read-only arrays.

    Attributes:
        layer_id: name of the layer that the units belong to.
        dead: (units,) bool, True where the unit put out 0 for every sample at every position.
        active_share: (units,) float64, the share of samples for which it was active at some
            position.
        samples: how many samples were looked at.
    """

    layer_id: str
    dead: np.ndarray
    active_share: np.ndarray
    samples: int

    @property
    def dead_count(self) -> int:
        return int(self.dead.sum())


@dataclass(frozen=True)
class Census:
    """The activity of each layer that can die, in the order of the model."""

    layers: tuple[UnitActivity, ...]


def unit_activity(layer_id: str, activations: np.ndarray) -> UnitActivity:
    """Count in `activations` (samples, ..., units), the outputs behind the activation function."""
    return _activity(layer_id, _active(activations))


def _active(activations: np.ndarray) -> np.ndarray:
    """(samples, units) bool: whether the unit puts out anything but 0 at some position."""
    some = np.asarray(activations) != 0
    return np.asarray(some.any(axis=tuple(range(1, some.ndim - 1))))


def _activity(layer_id: str, active: np.ndarray) -> UnitActivity:
    share = active.mean(axis=0, dtype=np.float64)
    dead = np.logical_not(active.any(axis=0))
    share.setflags(write=False)
    dead.setflags(write=False)
    return UnitActivity(layer_id, dead, share, len(active))


def can_die(layer: Any) -> bool:
    """Whether a Keras layer applies an activation that is 0, with slope 0, on a whole half-line."""
    layer = unwrapped(layer)
    if type(layer).__name__ == "ReLU":
        return not layer.negative_slope
    activation = ACTIVATIONS.get(activation_name(layer))
    return activation is not None and activation.can_die


def mortal_layers(model: Any) -> tuple[tuple[str, str], ...]:
    """(layer, the layer behind whose activation its units show) for each that can die.

    Both are the same where the layer has the activation in itself. A layer with weights but without
    an activation that feeds only a ReLU (or a batch normalization that does) dies there.
    """
    found = []
    for layer in model.layers:
        if can_die(layer):
            found.append((layer.name, layer.name))
        elif layer.weights and activation_name(layer) == "linear":
            behind = _only_follower(layer)
            if type(behind).__name__ == "BatchNormalization":
                behind = _only_follower(behind)
            if type(behind).__name__ in ("ReLU", "Activation") and can_die(behind):
                found.append((layer.name, behind.name))
    return tuple(found)


def activation_name(layer: Any) -> str:
    """Name of the activation function that the layer, or the one in its wrapper, applies; "" when
    it applies none.
    """
    return getattr(getattr(unwrapped(layer), "activation", None), "__name__", "")


def _only_follower(layer: Any) -> Any:
    nodes = layer._outbound_nodes
    return nodes[0].operation if len(nodes) == 1 else None


def census(model: Any, x: np.ndarray, batch: int = BATCH) -> Census:
    """Look at every layer of `model` that can die.

    Args:
        model: a built functional Keras model.
        x: (samples, *input_shape), preprocessed; at least one sample.
        batch: samples in one forward pass.
    """
    pairs = mortal_layers(model)
    if not pairs or len(x) == 0:
        return Census(())
    shown = tuple(dict.fromkeys(behind for _, behind in pairs))
    parts: dict[str, list[np.ndarray]] = {name: [] for name in shown}
    for arrays in output_batches(model, x, shown, batch):
        for name, array in zip(shown, arrays, strict=True):
            parts[name].append(_active(array))
    active = {name: np.concatenate(found) for name, found in parts.items()}
    return Census(tuple(_activity(layer_id, active[behind]) for layer_id, behind in pairs))
