"""THE table of layer kinds.

From an entry come a layer's form, its checks, its shape, its parameter count, its Keras layer and
its tests. A new kind is one entry in the module of its family under `layer_kinds` and no line
elsewhere.
"""

from collections.abc import Mapping

from app.core.frozen import FrozenMap
from app.core.layer_kinds import (
    activation_layers,
    attention,
    audio,
    augmentation,
    basic,
    closed,
    convolution,
    einsum,
    encoding,
    merging,
    normalization,
    pictures,
    pooling,
    recurrent,
    regularization,
    reshaping,
    wrapping,
)
from app.core.layer_kinds.kind import LayerKind
from app.core.network import Layer, Network, unused_id
from app.core.options import defaults, errors_in

__all__ = ["CLOSED_KINDS", "FAMILIES", "LAYER_KINDS", "LayerKind", "layer_kind", "new_layer"]

_MODULES = (
    basic,
    convolution,
    pooling,
    activation_layers,
    normalization,
    regularization,
    merging,
    recurrent,
    attention,
    encoding,
    reshaping,
    einsum,
    wrapping,
    pictures,
    audio,
    augmentation,
)
FAMILIES = (
    "Input",
    "Dense",
    "Convolution",
    "Pooling",
    "Activation",
    "Normalization",
    "Regularization",
    "Merge",
    "Reshape",
    "Recurrent",
    "Attention",
    "Encoding",
    "Each step",
    "Preprocessing",
    "Augmentation",
)
"""Titles of the sections of the list of layers, in its order."""

LAYER_KINDS: Mapping[str, LayerKind] = {
    kind.name: kind
    for kind in sorted(
        (kind for module in _MODULES for kind in module.KINDS),
        key=lambda kind: FAMILIES.index(kind.family),
    )
}
"""All kinds by name; those of a family stand together, the usual ones first."""

CLOSED_KINDS: Mapping[str, LayerKind] = {kind.name: kind for kind in closed.KINDS}
"""Kinds that only come with a model's file; they are not offered."""


def layer_kind(name: str) -> LayerKind | None:
    """The kind called `name`, or None."""
    return LAYER_KINDS.get(name) or CLOSED_KINDS.get(name)


def new_layer(network: Network, kind_name: str, **options: object) -> Layer:
    """A layer of `kind_name` with a free id in `network`, all options explicit.

    Raises:
        KeyError: when there is no such kind.
        ValueError: when an option does not exist or its value is refused.
    """
    kind = LAYER_KINDS[kind_name]
    values = FrozenMap({**defaults(kind.options), **options})
    errors = errors_in(kind.options, values)
    if errors:
        raise ValueError(f"{kind_name}: {' '.join(errors.values())}")
    return Layer(id=unused_id(network, kind_name), kind=kind_name, options=values)
