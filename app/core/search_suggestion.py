"""A first search space for someone who has none in mind."""

from app.core.network import Layer
from app.core.project import Project
from app.core.search_defaults import default_dimension
from app.core.search_edits import marked
from app.core.search_paths import searchable
from app.core.search_settings import Dimension

USUAL_OPTIMIZERS = ("Adam", "RMSprop", "SGD")
MOST_LAYERS = 2
_WIDTHS = {"Dense": "units", "Conv1D": "filters", "Conv2D": "filters", "Conv3D": "filters",
           "SimpleRNN": "units", "LSTM": "units", "GRU": "units"}  # fmt: skip
"""Kind of layer: the option that says how wide it is."""


def suggested(project: Project) -> Project:
    """`project` that searches what most often matters: the learning rate, the optimizer, the widths
    of its first hidden layers, and the rate of its first dropout. What is searched already stays
    as it is.
    """
    known = searchable(project)
    there = {dimension.path for dimension in project.search.space}
    for path in suggested_paths(project):
        if path in known and path not in there:
            dimension = default_dimension(project, path, known[path].option)
            project = marked(project, _trimmed(project, dimension))
    return project


def suggested_paths(project: Project) -> tuple[str, ...]:
    """The paths that `suggested` would search."""
    hidden = [layer for layer in project.network.layers if project.network.outputs_of(layer.id)]
    wide = [_width(layer) for layer in hidden if layer.kind in _WIDTHS][:MOST_LAYERS]
    dropouts = [f"network.{layer.id}.rate" for layer in hidden if layer.kind == "Dropout"][:1]
    return ("training.optimizer.learning_rate", *wide, *dropouts, "training.optimizer")


def _width(layer: Layer) -> str:
    return f"network.{layer.id}.{_WIDTHS[layer.kind]}"


def _trimmed(project: Project, dimension: Dimension) -> Dimension:
    """Of all optimizers those that are mostly used, and the one at hand."""
    if dimension.path != "training.optimizer":
        return dimension
    usual = (project.training.optimizer.kind, *USUAL_OPTIMIZERS)
    values = tuple(value for value in dimension.values if value in usual)
    return dimension.model_copy(update={"values": values})
