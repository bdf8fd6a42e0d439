"""How often a layer stands one behind the other: counting its copies, adding and removing them.

The copies of LAYER are called LAYER_2, LAYER_3 and so on, and each stands between the one before
and what that one fed. So a network knows of its copies by itself, wherever they came from.
"""

import itertools

from app.core.layer_catalog import layer_kind
from app.core.network import INPUT_KIND, Layer, Link, Network
from app.core.network_edits import remove_layers

MOST_COPIES = 64
LONGEST_STEM = 56
"""Of the 64 characters of an id."""
_ONCE = frozenset(
    {
        *("Identity", "Flatten", "Reshape", "RepeatVector"),
        *("ReLU", "UnitNormalization", "Masking"),
        *("Embedding", "CategoryEncoding", "Discretization", "Hashing"),
        *("Resizing", "CenterCrop", "AutoContrast", "STFTSpectrogram", "MelSpectrogram"),
    }
)
"""Kinds of which a second one right behind changes nothing, or cannot take what comes out."""
_ONCE_BEGINNINGS = ("Global", "Adaptive")
"""Of the same sort: pooling to one number, or to a given size."""


def copies_of(network: Network, layer_id: str) -> tuple[str, ...]:
    """Ids of the layer and of its copies, in the order of the data.

    Raises KeyError when there is no such layer.
    """
    first = network.layer(layer_id)
    names = [layer_id]
    while len(names) < MOST_COPIES:
        behind = network.outputs_of(names[-1])
        if len(behind) != 1 or behind[0] not in _copy_names(layer_id, len(names) + 1):
            break
        layer = network.layer(behind[0])
        if layer.kind != first.kind or network.inputs_of(layer.id) != (names[-1],):
            break
        names.append(layer.id)
    return tuple(names)


def can_be_copied(network: Network, layer_id: str) -> bool:
    """Whether copies of a layer can stand behind it and change something: it takes one input, is
    neither the data nor the output, and does not do all it does in one go, as Flatten does.

    Raises KeyError when there is no such layer.
    """
    layer = network.layer(layer_id)
    kind = layer_kind(layer.kind)
    if kind is None or kind.inputs[0] != 1 or layer.kind == INPUT_KIND or _acts_once(layer.kind):
        return False
    return bool(network.outputs_of(copies_of(network, layer_id)[-1]))


def _acts_once(kind: str) -> bool:
    of_each_step = kind.removeprefix("TimeDistributed")
    return of_each_step in _ONCE or of_each_step.startswith(_ONCE_BEGINNINGS)


def with_copies(network: Network, layer_id: str, count: int) -> Network:
    """`network` in which the layer stands `count` times one behind the other.

    New copies have the options of the layer and begin with weights of their own; those that are
    too many are removed, the last ones first.

    Raises:
        KeyError: there is no such layer.
        ValueError: `count` is not from 1 to `MOST_COPIES`.
    """
    if not 1 <= count <= MOST_COPIES:
        raise ValueError(f"A layer stands 1 to {MOST_COPIES} times, received {count:,}.")
    names = copies_of(network, layer_id)
    if len(names) > count:
        return remove_layers(network, names[count:])
    first = network.layer(layer_id)
    added: list[Layer] = []
    for number in range(len(names) + 1, count + 1):
        name = next((n for n in _copy_names(layer_id, number) if not network.has(n)), None)
        if name is None:
            raise ValueError(f"{layer_id} can't stand {count} times: the names are taken.")
        added.append(first.model_copy(update={"id": name, "kept_weights": None}))
    return _inserted(network, names[-1], added)


def _copy_names(layer_id: str, number: int) -> tuple[str, str]:
    """What copy number 2, 3, ... may be called: the second name where the first is taken."""
    stem = layer_id[:LONGEST_STEM]
    return f"{stem}_{number}", f"{stem}_x{number}"


def _inserted(network: Network, after: str, added: list[Layer]) -> Network:
    """`network` with a chain of layers on every link that leaves `after`."""
    if not added:
        return network
    index = network.layers.index(network.layer(after)) + 1
    layers = (*network.layers[:index], *added, *network.layers[index:])
    last = added[-1].id
    moved = [
        link.model_copy(update={"source": last}) if link.source == after else link
        for link in network.links
    ]
    chain = [after, *(layer.id for layer in added)]
    moved += [Link(source=a, target=b) for a, b in itertools.pairwise(chain)]
    return Network(layers=layers, links=tuple(moved))
