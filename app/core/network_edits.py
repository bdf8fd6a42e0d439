"""Pure edits of a network that is any acyclic graph: links, layers on links, several at once.

Each returns a new network or raises `RefusedEditError` with the reason; none closes a circle,
feeds an input layer or gives a layer more links than its kind takes.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from app.core.layer_catalog import layer_kind
from app.core.network import (
    INPUT_KIND,
    Layer,
    Link,
    Network,
    layers_behind,
    links_into,
    output_layer,
    unused_id,
)

MOST_LAYERS, MOST_LINKS = 2000, 8000
"""What a `Network` holds at most."""
MOST_PORTS = 64


class RefusedEditError(ValueError):
    """An edit that cannot be done; its text says why in one or two sentences."""


def most_inputs(layer: Layer) -> int:
    """The most links that lead into `layer`; one for a kind outside the catalog."""
    if layer.kind == INPUT_KIND:
        return 0
    kind = layer_kind(layer.kind)
    return min(kind.inputs[1], MOST_PORTS) if kind else 1


# ---------------------------------------------------------------- links


def link_refusal(network: Network, source: str, target: str, port: int | None = None) -> str | None:
    """Why no link can lead from `source` into `target`, or None when it can.

    Args:
        port: the input that is meant; a link that leads into it already would give way. None: any
            free one; a layer with a single input has its link replaced.
    """
    if not (network.has(source) and network.has(target)):
        return "That layer is no longer there."
    layer = network.layer(target)
    if layer.kind == INPUT_KIND:
        return f"{target} stands for the data: nothing leads into it."
    if source == target:
        return f"{source} cannot feed itself: data go forward only."
    if source in layers_behind(network, [target]):
        return f"{target} already feeds {source}: a link back would close a circle."
    most, taken = most_inputs(layer), links_into(network, target)
    if most == 1 and any(link.source == source for link in taken):
        return f"{source} feeds {target} already."
    replaces = most == 1 or (port is not None and port < len(taken))
    if not replaces and len(taken) >= most:
        return f"{target} takes {most} links and has them all; drop it on a port to replace one."
    if not replaces and len(network.links) >= MOST_LINKS:
        return f"A network has at most {MOST_LINKS:,} links."
    return None


def link(network: Network, source: str, target: str, port: int | None = None) -> Network:
    """`network` with a link from `source` into `target`.

    It takes the place of the link into `port`, or of the only one of a layer with one input; else
    it goes into the next free port.

    Raises:
        RefusedEditError: see `link_refusal`.
    """
    refusal = link_refusal(network, source, target, port)
    if refusal:
        raise RefusedEditError(refusal)
    taken = links_into(network, target)
    if most_inputs(network.layer(target)) == 1:
        port = 0
    place = len(taken) if port is None else min(port, len(taken))
    into = [*taken]
    into[place : place + 1] = [Link(source=source, target=target, port=place)]
    return _with_links_into(network, target, into)


def unlink(network: Network, links: Collection[Link]) -> Network:
    """`network` without `links`; the later links into the same layer move up a port."""
    gone = set(links) & set(network.links)
    for target in {link.target for link in gone}:
        kept = [link for link in links_into(network, target) if link not in gone]
        network = _with_links_into(network, target, kept)
    return network


def rewire(
    network: Network,
    old: Link,
    *,
    source: str | None = None,
    target: str | None = None,
    port: int | None = None,
) -> Network:
    """`network` in which one end of the link `old` is at another layer.

    Args:
        source: the layer that feeds it now; it keeps its port.
        target, port: the layer that it leads into now, and which input; see `link`.

    Raises:
        RefusedEditError: the link is gone, or see `link_refusal`.
    """
    if old not in network.links:
        raise RefusedEditError("That link is no longer there.")
    if target is None:
        rest = _without_links(network, {old})
        refusal = link_refusal(rest, source or old.source, old.target, old.port)
        if refusal:
            raise RefusedEditError(refusal)
        moved = old.model_copy(update={"source": source or old.source})
        return _replaced(network, links=tuple(moved if k == old else k for k in network.links))
    rest = unlink(network, [old])
    if target == old.target and port is not None and port > old.port:
        port -= 1
    return link(rest, source or old.source, target, port)


def _with_links_into(network: Network, target: str, into: Iterable[Link]) -> Network:
    """`network` in which exactly `into` lead into `target`, in this order of its ports."""
    numbered = tuple(
        link if link.port == port else link.model_copy(update={"port": port})
        for port, link in enumerate(into)
    )
    others = tuple(link for link in network.links if link.target != target)
    return _replaced(network, links=(*others, *numbered))


def _without_links(network: Network, gone: Collection[Link]) -> Network:
    return _replaced(network, links=tuple(k for k in network.links if k not in gone))


def _replaced(
    network: Network,
    *,
    layers: tuple[Layer, ...] | None = None,
    links: tuple[Link, ...] | None = None,
) -> Network:
    """A checked network with other layers or links."""
    layers = network.layers if layers is None else layers
    links = network.links if links is None else links
    if len(layers) > MOST_LAYERS or len(links) > MOST_LINKS:
        raise RefusedEditError(
            f"A network has at most {MOST_LAYERS:,} layers and {MOST_LINKS:,} links."
        )
    return Network(layers=layers, links=links)


# ---------------------------------------------------------------- layers


def add_free(network: Network, layer: Layer) -> Network:
    """`network` with `layer`, which is linked to none and is not the output.

    Raises:
        RefusedEditError: there are 2,000 layers already.
    """
    return _replaced(network, layers=_beside(network, (layer,)))


def _beside(network: Network, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """All layers with new ones before the output, which stays the last one that feeds none."""
    output = output_layer(network)
    if output is None or output.kind == INPUT_KIND:
        return (*network.layers, *layers)
    index = network.layers.index(output)
    return (*network.layers[:index], *layers, *network.layers[index:])


def add_behind(network: Network, layer: Layer, source: str) -> Network:
    """`network` with `layer` as one more that `source` feeds."""
    index = network.layers.index(network.layer(source))
    layers = (*network.layers[: index + 1], layer, *network.layers[index + 1 :])
    return link(_replaced(network, layers=layers), source, layer.id)


def insert_on(network: Network, layer: Layer, on: Link) -> Network:
    """`network` with the new `layer` put on the link `on`, and on no other.

    Raises:
        RefusedEditError: the link is gone.
    """
    if on not in network.links:
        raise RefusedEditError("That link is no longer there.")
    index = network.layers.index(network.layer(on.source))
    layers = (*network.layers[: index + 1], layer, *network.layers[index + 1 :])
    links: list[Link] = []
    for old in network.links:
        if old == on:
            links.append(Link(source=on.source, target=layer.id))
            old = old.model_copy(update={"source": layer.id})
        links.append(old)
    return _replaced(network, layers=layers, links=tuple(links))


def put_on(network: Network, layer_id: str, on: Link) -> Network:
    """`network` in which a layer is taken out of where it stands and put on the link `on`.

    Raises:
        RefusedEditError: it is an input, has several inputs, or `on` is a link of its own.
    """
    layer = network.layer(layer_id)
    if layer.kind == INPUT_KIND:
        raise RefusedEditError(f"{layer_id} stands for the data: nothing leads into it.")
    if len({link.source for link in links_into(network, layer_id)}) > 1:
        raise RefusedEditError(f"{layer_id} has several inputs: link it by its ports.")
    if layer_id in (on.source, on.target):
        raise RefusedEditError(f"{layer_id} is at that link already.")
    return insert_on(remove_layers(network, [layer_id]), layer, on)


def remove_layers(network: Network, ids: Collection[str]) -> Network:
    """`network` without some layers.

    What fed a removed layer feeds what it fed, where that is one layer: a chain stays a chain, and
    a block with one way in and one way out leaves a link. Where several came together, what
    followed is left without input.
    """
    gone = set(ids)
    into: dict[str, list[Link]] = defaultdict(list)
    for old in network.links:
        into[old.target].append(old)
    bridges = {name: _origins(name, gone, into) for name in gone}
    links: list[Link] = []
    for target in network.layers:
        if target.id in gone:
            continue
        kind = layer_kind(target.kind)
        named = kind is not None and bool(kind.ports)
        kept: list[Link] = []
        sources = {k.source for k in into[target.id]} - gone
        for old in sorted(into[target.id], key=lambda k: k.port):
            if old.source in gone:
                origin = bridges[old.source]
                if len(origin) != 1:
                    continue
                (source,) = origin
                if source == target.id or (source in sources and not named):
                    continue  # a layer added to itself is not what was meant
                sources.add(source)
                old = old.model_copy(update={"source": source})
            kept.append(old)
        closed = len(kept) < len(into[target.id])
        links += [
            k.model_copy(update={"port": n}) if closed and k.port != n else k
            for n, k in enumerate(kept)
        ]
    layers = tuple(layer for layer in network.layers if layer.id not in gone)
    return _replaced(network, layers=layers, links=tuple(links))


def _origins(name: str, gone: Collection[str], into: Mapping[str, list[Link]]) -> set[str]:
    """The layers that stay and whose data come through the removed layers to `name`."""
    found: set[str] = set()
    waiting, seen = [name], {name}
    while waiting:
        for link in into[waiting.pop()]:
            if link.source not in gone:
                found.add(link.source)
            elif link.source not in seen:
                seen.add(link.source)
                waiting.append(link.source)
    return found


# ---------------------------------------------------------------- copies


def graft(
    network: Network, layers: Iterable[Layer], links: Iterable[Link]
) -> tuple[Network, dict[str, str]]:
    """`network` with copies of `layers` and of the `links` among them; the new ids by the old.

    A second input layer is left out. Copies begin with weights of their own.

    Raises:
        RefusedEditError: there would be too many.
    """
    grown = network
    names: dict[str, str] = {}
    for layer in layers:
        if layer.kind == INPUT_KIND and any(x.kind == INPUT_KIND for x in grown.layers):
            continue
        keeps = layer.kind == INPUT_KIND and not grown.has(layer.id)
        name = layer.id if keeps else unused_id(grown, layer.kind)
        names[layer.id] = name
        copy = layer.model_copy(update={"id": name, "kept_weights": None})
        grown = grown.model_copy(update={"layers": _beside(grown, (copy,))})  # checked below
    into: dict[str, list[Link]] = defaultdict(list)
    for old in sorted(links, key=lambda k: k.port):
        if old.source in names and old.target in names:
            into[old.target].append(old)
    copied = (
        Link(source=names[k.source], target=names[k.target], port=port)
        for group in into.values()
        for port, k in enumerate(group)  # ports that outside links had are free now
    )
    return _replaced(network, layers=grown.layers, links=(*network.links, *copied)), names


def duplicate_layers(network: Network, ids: Collection[str]) -> tuple[Network, dict[str, str]]:
    """`network` with copies of layers and of the links among them, and the new ids by the old.

    Layers with one way in and one way out, such as a residual block, are repeated in line: the
    copies follow them. Others are linked among themselves only.

    Raises:
        RefusedEditError: there would be too many layers.
    """
    chosen = [x for x in network.layers if x.id in set(ids) and x.kind != INPUT_KIND]
    inside = {layer.id for layer in chosen}
    doubled, names = graft(network, chosen, network.links)
    entries = [k for k in network.links if k.target in inside and k.source not in inside]
    exits = {k.source for k in network.links if k.source in inside and k.target not in inside}
    if not exits:  # they hold the output of the network: the layers that feed none
        exits = inside - {k.source for k in network.links}
    if len({k.source for k in entries}) != 1 or len(exits) != 1:
        return doubled, names
    (exit_id,) = exits
    links = [
        k.model_copy(update={"source": names[exit_id]})
        if k.source == exit_id and k.target not in inside
        else k
        for k in network.links
    ]
    links += [
        Link(
            source=names[k.source] if k.source in inside else exit_id,
            target=names[k.target],
            port=k.port,
        )
        for k in network.links
        if k.target in inside
    ]
    last = max(index for index, layer in enumerate(network.layers) if layer.id in inside)
    copies = tuple(layer for layer in doubled.layers if not network.has(layer.id))
    layers = (*network.layers[: last + 1], *copies, *network.layers[last + 1 :])
    return _replaced(network, layers=layers, links=tuple(links)), names


def follow_in_line(network: Network, names: Collection[str], after: str) -> Network:
    """`network` in which the free layers `names` are put in behind `after`, as a chain would be.

    Raises:
        RefusedEditError: they have not one beginning and one end.
    """
    inside = set(names)
    fed = {k.target for k in network.links if k.source in inside}
    feeding = {k.source for k in network.links if k.source in inside}
    starts = [x for x in network.layers if x.id in inside and x.id not in fed]
    ends = [x.id for x in network.layers if x.id in inside and x.id not in feeding]
    if len(starts) != 1 or len(ends) != 1 or starts[0].kind == INPUT_KIND:
        raise RefusedEditError(
            "These layers have not one beginning and one end; link them by hand."
        )
    links = tuple(
        k.model_copy(update={"source": ends[0]}) if k.source == after else k for k in network.links
    )
    return link(_replaced(network, links=links), after, starts[0].id)
