"""Giving a layer an activation with its parameters: as its option where a name says it all, else
by a layer of its own behind it.
"""

from collections.abc import Mapping

from app.core.activation_forms import FORMS, ActivationForm
from app.core.layer_catalog import layer_kind, new_layer
from app.core.network import Layer, Network, insert_after, with_layer, with_option, without_layer

ACTIVATION_KINDS = frozenset(form.layer for form in FORMS.values() if form.layer is not None)
"""Kinds of layer that are an activation with parameters."""


def takes_activation(layer: Layer) -> bool:
    """Whether `layer` has an option for its activation, or is an activation itself."""
    kind = layer_kind(layer.kind)
    return kind is not None and (kind.has_activation or layer.kind in ACTIVATION_KINDS)


def use_obstacle(form: ActivationForm, given: Mapping[str, object]) -> str | None:
    """Why no layer can have this function with these parameters, or None."""
    if _named(form, given) or form.layer is not None:
        return None
    usual = ", ".join(
        f"{option.label.lower()} {option.format(option.default)}" for option in form.options
    )
    return f"A layer takes {form.label} with its usual parameters alone: {usual}."


def use_activation(
    network: Network, layer_id: str, form: ActivationForm, given: Mapping[str, object]
) -> Network:
    """`network` in which the layer `layer_id` applies `form`.

    A layer behind it that is an activation of its own, put there before for other parameters, goes.

    Raises:
        KeyError: there is no such layer.
        ValueError: it takes no activation, or `use_obstacle` tells why not.
    """
    layer = network.layer(layer_id)
    obstacle = use_obstacle(form, given)
    if not takes_activation(layer) or obstacle:
        raise ValueError(obstacle or f"{layer_id} has no activation to choose")
    if layer.kind == "Activation" or layer.kind in ACTIVATION_KINDS:
        return with_layer(network, _as_layer(network, layer, form, given))
    behind = network.outputs_of(layer_id)
    if len(behind) == 1 and layer.options.get("activation") in (None, "linear"):
        next_layer = network.layer(behind[0])
        if next_layer.kind in ACTIVATION_KINDS and len(network.inputs_of(next_layer.id)) == 1:
            network = without_layer(network, next_layer.id)
    if _named(form, given):
        return with_option(network, layer_id, "activation", form.name)
    assert form.layer is not None
    options = form.layer_options(form.parameters(given))
    network = with_option(network, layer_id, "activation", "linear")
    return insert_after(network, new_layer(network, form.layer, **options), layer_id)


def _as_layer(
    network: Network, layer: Layer, form: ActivationForm, given: Mapping[str, object]
) -> Layer:
    """`layer`, which is nothing but an activation, as the layer that is `form`."""
    if _named(form, given):
        made = new_layer(network, "Activation", activation=form.name)
    else:
        assert form.layer is not None
        made = new_layer(network, form.layer, **form.layer_options(form.parameters(given)))
    changed = {"kind": made.kind, "options": made.options, "kept_weights": None}
    return layer.model_copy(update=changed)


def activation_in_use(
    network: Network, layer_id: str
) -> tuple[ActivationForm, dict[str, object]] | None:
    """The form and parameters that the layer applies, by its option or by the layer behind it."""
    layer = network.layer(layer_id)
    if layer.kind in ACTIVATION_KINDS:
        return _of_layer(layer)
    name = layer.options.get("activation")
    behind = network.outputs_of(layer_id)
    if name in (None, "linear") and len(behind) == 1:
        next_layer = network.layer(behind[0])
        if next_layer.kind in ACTIVATION_KINDS:
            return _of_layer(next_layer)
    return (FORMS[name], {}) if isinstance(name, str) and name in FORMS else None


def _of_layer(layer: Layer) -> tuple[ActivationForm, dict[str, object]]:
    """The form that a layer of `ACTIVATION_KINDS` is, with its parameters."""
    form = next(form for form in FORMS.values() if form.layer == layer.kind)
    names = {option.name for option in form.options}
    return form, {key: value for key, value in layer.options.items() if key in names}


def _named(form: ActivationForm, given: Mapping[str, object]) -> bool:
    """Whether the name alone says it all: it is in the catalog and its parameters are the usual."""
    return form.in_catalog and form.parameters(given) == form.parameters({})
