"""Which settings share a loss surface: the same loss as a function of the same weights."""

from collections.abc import Hashable, Sequence

from app.core.frozen import FrozenMap
from app.core.network import Layer
from app.core.project import Project


def landscapes(projects: Sequence[Project]) -> tuple[tuple[int, ...], ...]:
    """The numbers of those projects whose loss is the same function of the same weights, together;
    each group in the order of its first.

    Optimizer, learning rate, batches, seed and initial weights only decide the path; with frozen
    layers, whose weights stay as they began, the last two belong to the function.
    """
    groups: dict[Hashable, list[int]] = {}
    for number, project in enumerate(projects):
        groups.setdefault(_landscape(project), []).append(number)
    return tuple(map(tuple, groups.values()))


def _landscape(project: Project) -> Hashable:
    training, layers = project.training, project.network.layers
    frozen = not all(layer.trainable for layer in layers)
    return (
        layers if frozen else tuple(map(_without_beginning, layers)),
        training.seed if frozen else None,
        project.network.links,
        training.loss,
        training.loss_options,
        training.precision,
        project.data,
    )


def _without_beginning(layer: Layer) -> Layer:
    options = {name: v for name, v in layer.options.items() if "_initializer" not in name}
    return layer.model_copy(update={"options": FrozenMap(options), "kept_weights": None})
