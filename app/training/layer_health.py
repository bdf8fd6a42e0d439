"""How the layers do, from what the last chunk of an epoch and its validation have seen."""

import math

import numpy as np

from app.core.frozen import FrozenMap
from app.training.events import LayerHealth
from app.training.traced_model import TrainedChunk


def layer_health(
    epoch: int, last: TrainedChunk | None, active: dict[str, np.ndarray]
) -> LayerHealth:
    """The health after `epoch`.

    Args:
        last: its last chunk; None when that is not known, as the training was stopped before the
            validation and brought back from a file since.
        active: as `TestedChunk` has it.
    """
    dead = []
    for name, found in active.items():
        units = ~found
        units.flags.writeable = False
        dead.append((name, units))
    if last is None:
        return LayerHealth(epoch, FrozenMap(), tuple(dead))
    weights = last.weight_norms
    ratios = {n: norm / weights[n] for n, norm in last.update_norms.items() if weights[n] > 0}
    return LayerHealth(
        epoch, _finite(last.gradient_norms), tuple(dead), _finite(ratios), _finite(weights)
    )


def _finite(values: dict[str, float]) -> FrozenMap:
    return FrozenMap({name: value for name, value in values.items() if math.isfinite(value)})
