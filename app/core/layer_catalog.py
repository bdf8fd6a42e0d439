"""THE table of layer kinds.

From an entry come a layer's form, its checks, its shape, its parameter count, its Keras layer and
its tests. A new kind is one entry in the module of its family under `layer_kinds` and no line
elsewhere.
"""

from collections.abc import Mapping

from app.core.frozen import FrozenMap
from app.core.layer_kinds import (
    activation_layers,
    basic,
    convolution,
    merging,
    normalization,
    pooling,
    regularization,
    reshaping,
)
from app.core.layer_kinds.kind import LayerKind
from app.core.network import Layer, Network, unused_id
from app.core.options import defaults, errors_in

__all__ = ["LAYER_KINDS", "LayerKind", "layer_kind", "new_layer"]

_FAMILIES = (
    basic,
    convolution,
    pooling,
    activation_layers,
    normalization,
    regularization,
    reshaping,
    merging,
)

LAYER_KINDS: Mapping[str, LayerKind] = {
    kind.name: kind for family in _FAMILIES for kind in family.KINDS
}
"""All kinds by name; those of a family stand together, the usual ones first."""


def layer_kind(name: str) -> LayerKind | None:
    """The kind called `name`, or None."""
    return LAYER_KINDS.get(name)


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
