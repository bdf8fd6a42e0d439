"""What a training takes of the computer's memory, told before anything is allocated."""

import math
from functools import partial

from app.core.number_words import bytes_text
from app.core.optimizer_catalog import OPTIMIZERS_BY_NAME
from app.core.problems import Fix, Problem
from app.core.project import Project
from app.core.project_edits import set_training
from app.core.resolved_project import ResolvedLayer

FLOAT_BYTES = 4


def training_bytes_of(project: Project, layers: tuple[ResolvedLayer, ...], batch: int) -> int:
    """An estimate of what a training step takes, in bytes of float32.

    Weights, their gradients and what the optimizer keeps for each; of every layer the output of the
    whole batch and the gradient with respect to it.
    """
    optimizer = OPTIMIZERS_BY_NAME.get(project.training.optimizer.kind)
    slots = optimizer.slots_of(project.training.optimizer.options) if optimizer else 2
    weights = sum(_weight_bytes(layer, slots) for layer in layers)
    return weights + sum(_output_bytes(layer, batch) for layer in layers)


def _weight_bytes(layer: ResolvedLayer, slots: int) -> int:
    return FLOAT_BYTES * ((layer.parameters or 0) * (2 + slots) + layer.fixed_parameters)


def _output_bytes(layer: ResolvedLayer, batch: int) -> int:
    return 2 * batch * (layer.output_bytes or 0)


def too_large(
    project: Project,
    layers: tuple[ResolvedLayer, ...],
    batch: int,
    needed: int,
    limit: int,
) -> Problem:
    optimizer = OPTIMIZERS_BY_NAME.get(project.training.optimizer.kind)
    slots = optimizer.slots_of(project.training.optimizer.options) if optimizer else 2

    def share(layer: ResolvedLayer) -> int:
        return _weight_bytes(layer, slots) + _output_bytes(layer, batch)

    worst = max(layers, key=share)
    fixes: list[Fix] = []
    weights = sum(_weight_bytes(layer, slots) for layer in layers)
    one = sum(_output_bytes(layer, 1) for layer in layers)
    fitting = (limit - weights) // one if one and limit > weights else 0
    if 1 <= fitting < batch:
        smaller = 2 ** int(math.log2(fitting))
        fixes.append(
            Fix(
                f"Batch size {smaller}",
                partial(set_training, batch_mode="mini_batch", batch_size=smaller),
            )
        )
        how = f"Use batches of {smaller} samples, or a smaller network."
    else:
        how = "Give this layer fewer units or filters, or make its input smaller with pooling."
    return Problem(
        where=worst.id,
        severity="error",
        title=f"Needs {bytes_text(needed)}, {bytes_text(limit)} allowed",
        happened=f"Training this network takes about {bytes_text(needed)} of memory, "
        f"{bytes_text(share(worst))} of it "
        "in this layer.",
        expected=f"On this computer a network may take {bytes_text(limit)}.",
        how_to_fix=how,
        fixes=tuple(fixes),
    )
