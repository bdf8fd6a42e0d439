"""The network as the user drew it: layers and links, and the pure edits that return a new one.

It is a graph from the first day. The chain edits below serve editors that only build chains.
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Annotated

from pydantic import Field, model_validator

from app.core.frozen import Frozen, FrozenMap, OptionValue
from app.core.remembered import Remembered

INPUT_KIND = "InputLayer"
"""The kind of the layer that stands for the data; its shape follows the data."""

LAYER_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
LayerId = Annotated[str, Field(pattern=LAYER_ID_PATTERN)]
"""It is the name of the Keras layer too: any that TensorFlow takes as a scope, so that a model of
strangers keeps its names; another one breaks `predict`. New layers get ids in small letters.
"""


KeptKey = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""A digest of the arrays of one layer: the same arrays have the same key."""


class Layer(Frozen):
    """One layer: `kind` is a name of the layer catalog, `options` its options by name."""

    id: LayerId
    kind: Annotated[str, Field(min_length=1, max_length=64)]
    options: FrozenMap = FrozenMap()
    trainable: bool = True
    """Whether training moves its weights; False is a frozen layer."""
    kept_weights: KeptKey | None = None
    """The weights that it begins with, by their key in the store of kept weights; None: drawn
    anew from the seed.
    """


class Link(Frozen):
    """The output of `source` goes into input number `port` of `target`."""

    source: LayerId
    target: LayerId
    port: Annotated[int, Field(ge=0, le=63)] = 0


class Network(Frozen):
    """Layers and links. Ids are unique and links join existing layers; whether shapes meet is
    told by `resolve`.
    """

    layers: Annotated[tuple[Layer, ...], Field(strict=False, max_length=2000)] = ()
    links: Annotated[tuple[Link, ...], Field(strict=False, max_length=8000)] = ()

    @model_validator(mode="after")
    def _joined(self) -> "Network":
        ids = [layer.id for layer in self.layers]
        known = set(ids)
        if len(known) != len(ids):
            twice = next(i for i in ids if ids.count(i) > 1)
            raise ValueError(f"two layers are called {twice!r}; each needs a name of its own")
        for link in self.links:
            for end in (link.source, link.target):
                if end not in known:
                    raise ValueError(f"a link names the layer {end!r}, which does not exist")
        return self

    def layer(self, layer_id: str) -> Layer:
        """The layer called `layer_id`. Raises KeyError when there is none."""
        return self._by_id()[layer_id]

    def has(self, layer_id: str | None) -> bool:
        return layer_id in self._by_id()

    def inputs_of(self, layer_id: str) -> tuple[str, ...]:
        """Ids of the layers that feed `layer_id`, by port."""
        return tuple(link.source for link in self._ends()[0].get(layer_id, ()))

    def outputs_of(self, layer_id: str) -> tuple[str, ...]:
        """Ids of the layers that `layer_id` feeds."""
        return tuple(link.target for link in self._ends()[1].get(layer_id, ()))

    def _by_id(self) -> dict[str, Layer]:
        return _BY_ID.recall(self.layers, None, lambda: {layer.id: layer for layer in self.layers})

    def _ends(self) -> "_Ends":
        return _ENDS.recall(self.links, None, lambda: _ends_of(self.links))


_Ends = tuple[Mapping[str, list[Link]], Mapping[str, list[Link]]]
"""Links by target, those of each in the order of their ports; links by source."""
_BY_ID: Remembered[dict[str, Layer]] = Remembered(16)
_ENDS: Remembered[_Ends] = Remembered(16)


def _ends_of(links: tuple[Link, ...]) -> _Ends:
    into: dict[str, list[Link]] = defaultdict(list)
    out: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        into[link.target].append(link)
        out[link.source].append(link)
    for group in into.values():
        group.sort(key=lambda link: link.port)
    return into, out


def chain(layers: Iterable[Layer]) -> Network:
    """A network in which each layer feeds the next."""
    layers = tuple(layers)
    links = tuple(Link(source=a.id, target=b.id) for a, b in itertools.pairwise(layers))
    return Network(layers=layers, links=links)


def topological_order(network: Network) -> tuple[tuple[Layer, ...], tuple[Layer, ...]]:
    """(layers in an order in which each comes after what feeds it, layers that stand in or
    behind a cycle).

    Among layers that could come next, the one that stands first in `network.layers` does (Kahn
    1962).
    """
    feeds: dict[str, set[str]] = {layer.id: set() for layer in network.layers}
    for link in network.links:
        feeds[link.source].add(link.target)
    waiting = dict.fromkeys(feeds, 0)
    for targets in feeds.values():
        for target in targets:
            waiting[target] += 1
    position = {layer.id: index for index, layer in enumerate(network.layers)}
    ready = [position[name] for name, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    ordered: list[Layer] = []
    while ready:
        layer = network.layers[heapq.heappop(ready)]
        ordered.append(layer)
        for target in feeds[layer.id]:
            waiting[target] -= 1
            if waiting[target] == 0:
                heapq.heappush(ready, position[target])
    placed = {layer.id for layer in ordered}
    return tuple(ordered), tuple(layer for layer in network.layers if layer.id not in placed)


def links_into(network: Network, target: str) -> tuple[Link, ...]:
    """The links that lead into `target`, by port."""
    return tuple(network._ends()[0].get(target, ()))


def layers_behind(network: Network, starts: Iterable[str]) -> frozenset[str]:
    """Ids of all layers that data of `starts` reach, `starts` themselves among them."""
    return _reached(starts, network._ends()[1], attrgetter("target"))


def layers_before(network: Network, ends: Iterable[str]) -> frozenset[str]:
    """Ids of all layers whose data reach `ends`, `ends` themselves among them."""
    return _reached(ends, network._ends()[0], attrgetter("source"))


def _reached(
    starts: Iterable[str], links: Mapping[str, list[Link]], far_end: Callable[[Link], str]
) -> frozenset[str]:
    waiting = list(starts)
    reached = set(waiting)
    while waiting:
        for link in links.get(waiting.pop(), ()):
            other = far_end(link)
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return frozenset(reached)


def output_layer(network: Network) -> Layer | None:
    """The layer whose output is the network's: of those that feed none, the last one in
    `network.layers`; an input only where there is nothing else. None when all feed some.
    """
    feeding = network._ends()[1]
    ends = [layer for layer in network.layers if layer.id not in feeding]
    last = [layer for layer in ends if layer.kind != INPUT_KIND] or ends
    return last[-1] if last else None


def unused_id(network: Network, kind: str) -> str:
    """A free id for a new layer of `kind`: Conv2D gives conv2d_1, conv2d_2, ..."""
    stem = "".join(c for c in kind.lower() if c.isascii() and c.isalnum()) or "layer"
    if not stem[0].isalpha():
        stem = f"layer{stem}"
    stem = stem[:56]  # leaves room for the number in the 64 characters of an id
    taken = {layer.id for layer in network.layers}
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"


def with_layer(network: Network, layer: Layer) -> Network:
    """`network` in which `layer` takes the place of the one with its id. Raises KeyError when
    there is none.
    """
    network.layer(layer.id)
    layers = tuple(layer if old.id == layer.id else old for old in network.layers)
    return network.model_copy(update={"layers": layers})


def with_option(network: Network, layer_id: str, name: str, value: OptionValue) -> Network:
    """`network` in which option `name` of a layer holds `value`."""
    layer = network.layer(layer_id)
    return with_layer(network, layer.model_copy(update={"options": layer.options.set(name, value)}))


def insert_after(network: Network, layer: Layer, after: str) -> Network:
    """`network` with `layer` put on every link that leaves `after` (its first input then comes
    from `after`).
    """
    index = network.layers.index(network.layer(after))
    layers = (*network.layers[: index + 1], layer, *network.layers[index + 1 :])
    moved = tuple(
        link.model_copy(update={"source": layer.id}) if link.source == after else link
        for link in network.links
    )
    return Network(layers=layers, links=(*moved, Link(source=after, target=layer.id)))


def insert_before(network: Network, layer: Layer, before: str, port: int = 0) -> Network:
    """`network` with `layer` put on the link that enters `port` of `before`."""
    index = network.layers.index(network.layer(before))
    layers = (*network.layers[:index], layer, *network.layers[index:])
    moved = tuple(
        link.model_copy(update={"target": layer.id, "port": 0})
        if link.target == before and link.port == port
        else link
        for link in network.links
    )
    return Network(layers=layers, links=(*moved, Link(source=layer.id, target=before, port=port)))


def without_layer(network: Network, layer_id: str) -> Network:
    """`network` without a layer; what fed its first input now feeds what it fed."""
    sources = [source for source in network.inputs_of(layer_id) if source != layer_id]
    layers = tuple(layer for layer in network.layers if layer.id != layer_id)
    links = []
    for link in network.links:
        if link.target == layer_id:
            continue
        if link.source == layer_id:
            if not sources:
                continue
            link = link.model_copy(update={"source": sources[0]})
        if link not in links:
            links.append(link)
    return Network(layers=layers, links=tuple(links))


def move_after(network: Network, layer_id: str, after: str) -> Network:
    """`network` in which a layer of a chain is taken out and put in again behind `after`."""
    if layer_id == after:
        return network
    layer = network.layer(layer_id)
    return insert_after(without_layer(network, layer_id), layer, after)
