"""Complaints about how layers are linked, with the edits that mend them."""

from collections.abc import Iterable, Mapping

from app.core.layer_catalog import layer_kind
from app.core.layer_kinds.kind import Shape, shape_text
from app.core.network import (
    INPUT_KIND,
    Layer,
    Link,
    Network,
    layers_before,
    layers_behind,
    links_into,
)
from app.core.network_fixes import (
    add_input,
    add_link,
    drop_layer_option,
    fix,
    insert_layer_after,
    join_layer,
    remove_layer,
    remove_link,
)
from app.core.problems import Fix, Problem

NETWORK = "network"
"""`Problem.where` of what no single layer causes."""


def missing_input(network: Network) -> Iterable[Problem]:
    """One problem when no layer stands for the data."""
    if any(layer.kind == INPUT_KIND for layer in network.layers):
        return
    yield Problem(
        where=NETWORK,
        severity="error",
        title="No input",
        happened=(
            "No layer stands for the data." if network.layers else "The network has no layers yet."
        ),
        expected="An Input layer, where the data come in.",
        how_to_fix="Add an Input layer.",
        fixes=(fix("Add Input", add_input),),
    )


def second_input(layer: Layer) -> Problem:
    """`layer` is an input layer, and not the first one."""
    return Problem(
        where=layer.id,
        severity="error",
        title="A second input",
        happened="There is another Input layer before this one.",
        expected="One Input layer, since the data are one table or one set of pictures.",
        how_to_fix="Remove this one.",
        fixes=(fix("Remove the layer", remove_layer, layer_id=layer.id),),
    )


def given_shape(layer: Layer) -> Shape | None:
    """The shape of a sample that an input layer names itself; None: it follows the data."""
    shape = layer.options.get("shape")
    if not isinstance(shape, tuple):
        return None
    sizes = tuple(size for size in shape if isinstance(size, int) and size > 0)
    return sizes if sizes and len(sizes) == len(shape) else None


def _samples(shape: Shape) -> str:
    """What data of `shape` are: "rows of 2 numbers", "8 × 8 × 1"."""
    if len(shape) != 1:
        return shape_text(shape)
    return f"rows of {shape[0]:,} {'number' if shape[0] == 1 else 'numbers'}"


def other_shape(layer: Layer, given: Shape, shape: Shape, *, can_follow: bool) -> Problem:
    """An input layer names another shape than the data have.

    Args:
        can_follow: whether the layers behind it take data of `shape` too.
    """
    follow = fix("Follow the data", drop_layer_option, layer_id=layer.id, name="shape")
    return Problem(
        where=layer.id,
        severity="error",
        title=f"Takes {shape_text(given)}, data are {_samples(shape)}",
        happened=f"The network was made for {_samples(given)}; the data are {_samples(shape)}.",
        expected="Data of the shape that the network takes.",
        how_to_fix="Choose other data, or let the input follow the data."
        if can_follow
        else f"Choose data of {shape_text(given)}, or another network: this one cannot take "
        f"{shape_text(shape)}.",
        option="shape",
        fixes=(follow,) if can_follow else (),
    )


def nothing_behind(layer: Layer, shape: Shape | None) -> Problem:
    """The input `layer`, with samples of `shape`, is the output as well."""
    kind = "Dense" if shape is None or len(shape) == 1 else "Flatten"
    return Problem(
        where=layer.id,
        severity="error",
        title="No layer behind it",
        happened="The network is nothing but its input.",
        expected="At least one layer that can learn.",
        how_to_fix=f"Add a layer, for example {kind}.",
        fixes=(fix(f"Add {kind}", insert_layer_after, layer_id=layer.id, kind=kind),),
    )


def leads_nowhere(
    layer: Layer, output_id: str, network: Network, shapes: Mapping[str, Shape | None]
) -> Problem:
    """A second end of the network; `output_id` is the one that counts. The fixes join the two.

    Args:
        shapes: what each layer puts out.
    """
    return Problem(
        where=layer.id,
        severity="error",
        title="Leads nowhere",
        happened=f"What {layer.id} puts out goes into no layer, and the output is {output_id}.",
        expected="One output: every other layer feeds some layer.",
        how_to_fix="Link it to a layer, or remove it.",
        fixes=(
            *_joining_fixes(layer, output_id, network, shapes),
            fix("Remove the layer", remove_layer, layer_id=layer.id),
        ),
    )


def _joining_fixes(
    layer: Layer, output_id: str, network: Network, shapes: Mapping[str, Shape | None]
) -> Iterable[Fix]:
    """Merges of `layer` into the way to the output: a sum on the last link that carries the same
    shape, and a concatenation on the link into the output where but the last axes differ.
    """
    shape, before = shapes.get(layer.id), layers_before(network, [layer.id])
    if not shape:
        return
    target = output_id
    while target not in before:
        link = next(iter(links_into(network, target)), None)
        other = shapes.get(link.source) if link is not None else None
        if link is None or other is None:
            return
        if target == output_id and other != shape and other[:-1] == shape[:-1]:
            label = f"Join by Concatenate with {link.source}"
            yield fix(label, join_layer, layer_id=layer.id, on=link, kind="Concatenate")
        if other == shape:
            label = f"Join by Add with {link.source}"
            yield fix(label, join_layer, layer_id=layer.id, on=link, kind="Add")
            return
        target = link.source


def link_problems(
    layer: Layer,
    incoming: list[Link],
    network: Network,
    feeding: set[str],
    shapes: Mapping[str, Shape | None],
) -> tuple[Problem, ...]:
    """A layer with too few or too many links into it.

    Args:
        feeding: the layers that feed some.
        shapes: what the layers before it put out, in topological order.
    """
    kind = layer_kind(layer.kind)
    fewest, most = kind.inputs if kind else (1, 1)
    if layer.kind == INPUT_KIND:
        fewest = most = 0
    if fewest <= len(incoming) <= most:
        return ()
    if not incoming:
        return (_nothing_comes_in(layer, network, feeding),)
    name = kind.label if kind else layer.kind
    if len(incoming) < fewest:
        return (_too_few(layer, name, incoming, fewest, shapes),)
    surplus = incoming[most:]
    takes = "no link: it stands for the data" if most == 0 else f"{_inputs(fewest, most)}"
    return (
        Problem(
            where=layer.id,
            severity="error",
            title=_links_title(len(incoming), most),
            happened=f"{', '.join(link.source for link in incoming)} lead into {layer.id}.",
            expected=f"{name} takes {takes}.",
            how_to_fix="Remove a link.",
            fixes=tuple(
                fix(f"Remove link from {link.source}", remove_link, link=link)
                for link in reversed(surplus)
            ),
        ),
    )


_COUNTS = {0: "none", 1: "one", 2: "two", 3: "three"}


def _inputs(fewest: int, most: int) -> str:
    """ "one input", "two inputs", "two inputs or more"."""
    words = f"{_COUNTS.get(fewest, fewest)} input{'' if fewest == 1 else 's'}"
    if most > fewest:
        words += f" to {_COUNTS.get(most, most)}" if most < 10 else " or more"
    return words


def _too_few(
    layer: Layer,
    name: str,
    incoming: list[Link],
    fewest: int,
    shapes: Mapping[str, Shape | None],
) -> Problem:
    """The fix links the nearest layer before it that puts out the same shape as comes in."""
    count, sources = len(incoming), {link.source for link in incoming}
    shape = shapes.get(incoming[0].source)
    alike = (
        other
        for other in reversed(list(shapes))
        if other not in sources and other != layer.id and shape is not None
        if shapes[other] == shape
    )
    partner = next(alike, None)
    fixes = [fix("Remove the layer", remove_layer, layer_id=layer.id)]
    if partner is not None:
        fixes.insert(0, fix(f"Link from {partner}", add_link, source=partner, target=layer.id))
    expected = f"{name} puts together what {_COUNTS.get(fewest, fewest)} or more layers put out."
    kind = layer_kind(layer.kind)
    if kind is not None and kind.family == "Attention":  # as a rule of a layer to itself
        source = incoming[-1].source
        fixes.insert(0, fix(f"Link {source} again", add_link, source=source, target=layer.id))
        expected = f"{name} takes a query and a value, which may come from the same layer."
    links = f"{_COUNTS.get(count, count)} link{'' if count == 1 else 's'}"
    return Problem(
        where=layer.id,
        severity="error",
        title=f"{links.capitalize()}, needs {_COUNTS.get(fewest, fewest)}",
        happened=f"{links.capitalize()} lead{'s' if count == 1 else ''} into {layer.id}.",
        expected=expected,
        how_to_fix="Draw a link from another layer to it, or remove it.",
        fixes=tuple(fixes),
    )


def _links_title(count: int, most: int) -> str:
    return f"{count} link{'s' if count > 1 else ''}, takes {_COUNTS.get(most, most)}"


def _nothing_comes_in(layer: Layer, network: Network, feeding: set[str]) -> Problem:
    """The fix links the nearest layer before it (in the order of the network) that feeds none."""
    behind = layers_behind(network, [layer.id])
    names = [other.id for other in network.layers]
    before = reversed(names[: names.index(layer.id)])
    after = names[names.index(layer.id) + 1 :]
    source = next((n for n in (*before, *after) if n not in feeding and n not in behind), None)
    fixes: list[Fix] = []
    if source is not None:
        fixes.append(fix(f"Link from {source}", add_link, source=source, target=layer.id))
    fixes.append(fix("Remove the layer", remove_layer, layer_id=layer.id))
    return Problem(
        where=layer.id,
        severity="error",
        title="Nothing comes in",
        happened=f"No link leads into {layer.id}.",
        expected="Every layer but the input is fed by another.",
        how_to_fix="Link a layer to it, or remove it.",
        fixes=tuple(fixes),
    )


def cycle_problems(circular: tuple[Layer, ...], network: Network) -> Iterable[Problem]:
    """One problem for each layer on a cycle; layers merely behind one get none."""
    circle: dict[str, frozenset[str]] = {}  # the layers that a layer reaches and is reached from
    for layer in circular:
        if layer.id not in circle:
            both = layers_behind(network, [layer.id]) & layers_before(network, [layer.id])
            circle.update(dict.fromkeys(both, both))
        sources = [k for k in links_into(network, layer.id) if k.source in circle[layer.id]]
        if not sources:
            continue
        yield Problem(
            where=layer.id,
            severity="error",
            title="In a circle",
            happened=f"What {layer.id} puts out comes back into it by way of {sources[0].source}.",
            expected="Data go forward only.",
            how_to_fix=f"Remove the link from {sources[0].source}.",
            fixes=tuple(
                fix(f"Remove link from {link.source}", remove_link, link=link) for link in sources
            ),
        )
