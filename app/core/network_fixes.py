"""The edits behind the fixes of a network: pure, picklable, harmless when the layer is gone."""

from collections.abc import Callable
from functools import partial

from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS, new_layer
from app.core.layer_kinds.kind import NO_OPTIONS, InsertBefore, Remedy, RemoveLayer, SetOptions
from app.core.network import (
    INPUT_KIND,
    Link,
    Network,
    insert_after,
    insert_before,
    with_layer,
    without_layer,
)
from app.core.network_edits import insert_on, link, link_refusal, remove_layers, unlink
from app.core.problems import Fix
from app.core.project import Project


def insert_layer_before(
    project: Project,
    layer_id: str,
    kind: str,
    options: FrozenMap = NO_OPTIONS,
    port: int = 0,
) -> Project:
    """`project` with a new layer of `kind` on the link into `port` of a layer."""
    network = project.network
    if not network.has(layer_id):
        return project
    made = new_layer(network, kind, **dict(options))
    return _with(project, insert_before(network, made, layer_id, port))


def insert_layer_after(
    project: Project, layer_id: str, kind: str, options: FrozenMap = NO_OPTIONS
) -> Project:
    """`project` with a new layer of `kind` behind a layer."""
    network = project.network
    if not network.has(layer_id):
        return project
    return _with(
        project, insert_after(network, new_layer(network, kind, **dict(options)), layer_id)
    )


def set_layer_options(project: Project, layer_id: str, values: FrozenMap) -> Project:
    """`project` in which options of a layer hold `values`."""
    if not project.network.has(layer_id):
        return project
    layer = project.network.layer(layer_id)
    options = FrozenMap({**layer.options, **values})
    return _with(
        project, with_layer(project.network, layer.model_copy(update={"options": options}))
    )


def drop_layer_option(project: Project, layer_id: str, name: str) -> Project:
    """`project` in which a layer no longer has the option `name`."""
    if not project.network.has(layer_id):
        return project
    layer = project.network.layer(layer_id)
    options = FrozenMap({k: v for k, v in layer.options.items() if k != name})
    return _with(
        project, with_layer(project.network, layer.model_copy(update={"options": options}))
    )


def remove_layer(project: Project, layer_id: str) -> Project:
    """`project` without a layer; what fed it (of several the first) feeds what it fed."""
    network = project.network
    if not network.has(layer_id):
        return project
    several = len(set(network.inputs_of(layer_id))) > 1
    less = without_layer(network, layer_id) if several else remove_layers(network, [layer_id])
    return _with(project, less)


def remove_link(project: Project, link: Link) -> Project:
    """`project` without `link`; the later links into the same layer move up a port."""
    return _with(project, unlink(project.network, [link]))


def add_link(project: Project, source: str, target: str) -> Project:
    """`project` with a link from `source` to the next free port of `target`."""
    if link_refusal(project.network, source, target):
        return project
    return _with(project, link(project.network, source, target))


def join_layer(project: Project, layer_id: str, on: Link, kind: str) -> Project:
    """`project` with a new merge of `kind` on the link `on`, which a layer feeds as well."""
    network = project.network
    if not network.has(layer_id) or on not in network.links:
        return project
    merge = new_layer(network, kind)
    network = insert_on(network, merge, on)
    if link_refusal(network, layer_id, merge.id):
        return project
    return _with(project, link(network, layer_id, merge.id))


def add_input(project: Project) -> Project:
    """`project` with an input layer in front, which feeds the first layer that nothing feeds."""
    network = project.network
    layer = new_layer(network, INPUT_KIND)
    fed = {link.target for link in network.links}
    first = next((old.id for old in network.layers if old.id not in fed), None)
    links = (Link(source=layer.id, target=first), *network.links) if first else network.links
    return _with(project, Network(layers=(layer, *network.layers), links=links))


def _with(project: Project, network: Network) -> Project:
    return project.model_copy(update={"network": network})


def fix(label: str, edit: Callable[..., Project], **arguments: object) -> Fix:
    """A button `label` that calls `edit(project, **arguments)`."""
    return Fix(label, partial(edit, **arguments))


def fix_for(remedy: Remedy, layer_id: str) -> Fix:
    """The button for what a rule proposes."""
    match remedy:
        case InsertBefore(kind, options, label, port):
            label = label or f"Insert {LAYER_KINDS[kind].label}"
            new = {"kind": kind, "options": options, "port": port}
            return fix(label, insert_layer_before, layer_id=layer_id, **new)
        case SetOptions(values, label):
            return fix(label, set_layer_options, layer_id=layer_id, values=values)
        case RemoveLayer(label):
            return fix(label, remove_layer, layer_id=layer_id)
