"""The end of a network: what decides the meaning of its output, and the edit that sets it."""

from dataclasses import dataclass

from app.core.frozen import FrozenMap
from app.core.layer_catalog import layer_kind, new_layer
from app.core.network import (
    Layer,
    Network,
    insert_after,
    insert_before,
    output_layer,
    with_layer,
    without_layer,
)
from app.core.project import Project


@dataclass(frozen=True)
class OutputEnd:
    """The end of a network, as far as it decides what the output means.

    Attributes:
        last: the layer whose output is the network's.
        units_layer: the dense layer that makes it, or None when the network does not end in one.
        activation_layer: the layer whose activation it passes last, or None.
        activation: the name of that activation, "linear" when there is none, None when unknown.
        behind: ids of the layers behind the dense layer that apply an activation.
    """

    last: Layer
    units_layer: Layer | None
    activation_layer: Layer | None
    activation: str | None
    behind: tuple[str, ...]


def output_end(network: Network) -> OutputEnd | None:
    """The end of `network`, or None when no layer is one."""
    layer = last = output_layer(network)
    if layer is None or last is None:
        return None
    behind: list[str] = []
    seen: set[str] = set()
    activation_layer: Layer | None = None
    activation: str | None = None
    while layer.id not in seen:
        seen.add(layer.id)
        kind = layer_kind(layer.kind)
        if kind is None or kind.makes_input:
            break
        own = kind.activation_of(layer.options)
        has_weights = any(kind.option(name) for name in ("use_bias", "kernel_initializer"))
        if own is not None and activation in (None, "linear"):
            activation, activation_layer = own, layer
        if kind.name == "Dense" or (kind.wraps == "Dense" and not kind.over_steps):
            return OutputEnd(last, layer, activation_layer, activation or "linear", (*behind,))
        passes = kind.family == "Regularization" or (own is not None and not has_weights)
        sources = network.inputs_of(layer.id)
        if not passes or len(sources) != 1:
            break
        if own is not None:
            behind.append(layer.id)
        layer = network.layer(sources[0])
    return OutputEnd(last, None, activation_layer, activation, (*behind,))


def set_output(
    project: Project,
    *,
    units: int | None = None,
    activation: str | None = None,
    loss: str | None = None,
    loss_options: FrozenMap | None = None,
    flatten: bool = False,
) -> Project:
    """`project` whose last dense layer and loss are as given; None leaves a thing as it is.

    Layers behind the dense one that apply an activation go when an activation is given. A network
    that does not end in a dense layer gets one, if `units` is given. When `flatten`, a Flatten
    comes before the dense layer.
    """
    network = _with_output(project.network, units, activation, flatten)
    training = project.training
    if loss is not None and loss != training.loss:
        training = training.model_copy(update={"loss": loss, "loss_options": FrozenMap()})
    if loss_options is not None:
        training = training.model_copy(update={"loss_options": loss_options})
    return project.model_copy(update={"network": network, "training": training})


def _with_output(
    network: Network, units: int | None, activation: str | None, flatten: bool
) -> Network:
    end = output_end(network)
    if end is None:
        return network
    if end.units_layer is None:
        if units is None:
            return network
        after = end.last.id
        if flatten:
            flat = new_layer(network, "Flatten")
            network, after = insert_after(network, flat, after), flat.id
        dense = new_layer(network, "Dense", units=units, activation=activation or "linear")
        return insert_after(network, dense, after)
    changes: dict[str, object] = {}
    if units is not None:
        changes["units"] = units
    if activation is not None:
        changes["activation"] = activation
        for layer_id in end.behind:
            network = without_layer(network, layer_id)
    layer = end.units_layer
    if flatten:
        network = insert_before(network, new_layer(network, "Flatten"), layer.id)
    update: dict[str, object] = {"options": FrozenMap({**layer.options, **changes})}
    if units not in (None, layer.options.get("units")):
        update |= {"kept_weights": None, "trainable": True}  # it is another output now
    return with_layer(network, layer.model_copy(update=update))
