"""Another task from a trained network: the edits that keep and forget weights, freeze and unfreeze
layers, and swap the head. Pure; all can be pickled.
"""

from collections.abc import Collection, Iterable, Mapping

from app.core.data_summary import DataSummary
from app.core.dataset_catalog import DATASETS, summary_of
from app.core.layer_catalog import new_layer
from app.core.network import (
    INPUT_KIND,
    Layer,
    Network,
    insert_after,
    layers_before,
    layers_behind,
)
from app.core.network_edits import RefusedEditError
from app.core.network_problems import given_shape
from app.core.output_advisor import advise, output_problems
from app.core.output_end import output_end
from app.core.project import Project
from app.core.shape_inference import infer_network
from app.core.templates import builtin_data, start_from


def _with_layers(project: Project, layers: Iterable[Layer]) -> Project:
    network = project.network.model_copy(update={"layers": tuple(layers)})
    return project.model_copy(update={"network": network})


def own_input_shape(network: Network) -> tuple[int, ...] | None:
    """The shape of a sample that the network's input names itself; None: it follows the data."""
    first = next((layer for layer in network.layers if layer.kind == INPUT_KIND), None)
    return given_shape(first) if first is not None else None


def with_input_shape(network: Network, shape: tuple[int, ...] | None) -> Network:
    """`network` whose input takes samples of `shape`, or (None) follows the data."""
    layers = tuple(
        layer.model_copy(update={"options": layer.options.set("shape", shape)})
        if layer.kind == INPUT_KIND
        else layer
        for layer in network.layers
    )
    return network.model_copy(update={"layers": layers})


def project_for_network(network: Network, input_shape: tuple[int, ...], name: str) -> Project:
    """A new project called `name` on the built-in data that `network` could be for.

    Of those of its input shape the first that it can be trained on at once, else the first; with
    none of its shape the first that its layers can take, else the first of all; never one that
    would have to be fetched. The project has a network of the data's own, to be replaced.
    """
    summaries = {
        kind.name: summary_of(builtin_data(kind.name)) for kind in DATASETS if not kind.fetched
    }
    of_shape = [n for n, summary in summaries.items() if summary.input_shape == input_shape]
    plain = with_input_shape(network, None)
    chosen = next(
        (n for n in of_shape if not _misfits(plain, start_from(n), summaries[n])),
        of_shape[0] if of_shape else _first_taken(plain, summaries),
    )
    return start_from(chosen).model_copy(update={"name": name[:120] or "model"})


def _first_taken(network: Network, summaries: Mapping[str, DataSummary]) -> str:
    """The first set that the layers of `network` can take, whose input follows the data."""
    for name, summary in summaries.items():
        _, problems = infer_network(network, summary.input_shape)
        if all(problem.severity != "error" for problem in problems):
            return name
    return DATASETS[0].name


def _misfits(network: Network, project: Project, summary: DataSummary) -> bool:
    project = project.model_copy(update={"network": network})
    layers, _ = infer_network(network, summary.input_shape)
    found = output_problems(project, summary, layers)
    return any(problem.severity == "error" for problem in found)


def keep_weights(project: Project, keys: Mapping[str, str]) -> Project:
    """`project` whose layers begin with the weights of these `keys`, by layer id."""
    return _with_layers(
        project,
        (
            layer.model_copy(update={"kept_weights": keys.get(layer.id, layer.kept_weights)})
            for layer in project.network.layers
        ),
    )


def forget_weights(project: Project, layer_ids: Collection[str] | None = None) -> Project:
    """`project` in which these layers (None: all) begin with weights drawn from the seed."""
    return _with_layers(
        project,
        (
            layer.model_copy(update={"kept_weights": None})
            if layer.kept_weights is not None and (layer_ids is None or layer.id in layer_ids)
            else layer
            for layer in project.network.layers
        ),
    )


def set_trainable(
    project: Project, layer_ids: Collection[str] | None = None, *, trainable: bool
) -> Project:
    """`project` in which these layers (None: all) are trained, or frozen."""
    return _with_layers(
        project,
        (
            layer.model_copy(update={"trainable": trainable})
            if layer.trainable != trainable and (layer_ids is None or layer.id in layer_ids)
            else layer
            for layer in project.network.layers
        ),
    )


def freeze_up_to(project: Project, layer_id: str, weighted: Collection[str]) -> Project:
    """`project` in which `layer_id` and all layers that feed it, near or far, are frozen.

    Args:
        weighted: ids of the layers that have weights; the others have nothing to freeze.
    """
    feeding = layers_before(project.network, [layer_id])
    return set_trainable(project, feeding & set(weighted), trainable=False)


def weighted_layers(network: Network, input_shape: tuple[int, ...] | None) -> frozenset[str]:
    """Ids of the layers that have weights, trained or not."""
    layers, _ = infer_network(network, input_shape)
    return frozenset(x.id for x in layers if x.parameters or x.fixed_parameters)


def unedited_layers(network: Network, trained: Network) -> frozenset[str]:
    """Ids of the layers of `network` whose kind and options are as in `trained`."""
    if trained is network:
        return frozenset(layer.id for layer in network.layers)
    then = {layer.id: (layer.kind, layer.options) for layer in trained.layers}
    return frozenset(x.id for x in network.layers if then.get(x.id) == (x.kind, x.options))


def head_of(network: Network, after: str | None = None) -> frozenset[str]:
    """Ids of the layers of the head: all behind `after`; without it the last dense layer and what
    stands behind it. Empty when the network ends otherwise.
    """
    if after is not None:
        return layers_behind(network, [after]) - {after} if network.has(after) else frozenset()
    end = output_end(network)
    if end is None or end.units_layer is None:
        return frozenset()
    return layers_behind(network, [end.units_layer.id])


def swap_head(project: Project, summary: DataSummary, after: str | None = None) -> Project:
    """`project` with a fresh output for the data of `summary` in the place of the head, and all
    else frozen; loss and metrics are set right for the data as well.

    A network without a dense end gets the output behind its end. The new layers have ids that
    none of the old ones had: they share nothing with them.

    Args:
        after: the last layer that stays; without it the last dense layer is the head.

    Raises:
        RefusedEditError: when several layers, or none, lead into the head, or no one layer would
            be the end of what stays.
    """
    network = project.network
    head = head_of(network, after)
    feeding = {k.source for k in network.links if k.target in head and k.source not in head}
    if head and len(feeding) != 1:
        which = f"Several layers lead into the head: {', '.join(sorted(feeding))}."
        raise RefusedEditError(which if feeding else "No layer leads into the head.")
    body = Network(
        layers=tuple(layer for layer in network.layers if layer.id not in head),
        links=tuple(k for k in network.links if k.source not in head and k.target not in head),
    )
    fed = {link.source for link in body.links}
    ends = [layer.id for layer in body.layers if layer.id not in fed]
    if len(ends) != 1:
        which = f"What stays has several ends: {', '.join(ends)}." if ends else "There is no layer."
        raise RefusedEditError(which)
    project = project.model_copy(update={"network": body})
    project = set_trainable(project, weighted_layers(body, summary.input_shape), trainable=False)
    return advise(_with_fresh_end(project, summary, ends[0], network), summary)


def _with_fresh_end(project: Project, summary: DataSummary, after: str, names: Network) -> Project:
    """`project` with a new dense layer of one unit behind its end `after`, with ids that are free
    in `names` too; the advisor sets it right.
    """
    network = project.network
    layers, _ = infer_network(network, summary.input_shape)
    shape = next((x.output_shape for x in layers if x.id == after), None)
    if shape is not None and len(shape) > 1:
        flat = new_layer(names, "Flatten")
        network, after = insert_after(network, flat, after), flat.id
    network = insert_after(network, new_layer(names, "Dense", units=1), after)
    return project.model_copy(update={"network": network})
