"""Output shapes, parameters, work and complaints of a network: pure, in Python's whole numbers, without Keras."""

import math
from collections import defaultdict
from collections.abc import Iterable

from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_catalog import LAYER_KINDS, layer_kind
from app.core.layer_kinds.kind import (
    InsertBefore,
    LayerKind,
    Misfit,
    Remedy,
    RemoveLayer,
    Shape,
    Values,
    shape_text,
)
from app.core.network import INPUT_KIND, Layer, Link, Network, topological_order
from app.core.network_fixes import (
    add_input,
    add_link,
    drop_layer_option,
    fix,
    fix_for,
    insert_layer_after,
    remove_layer,
    remove_link,
    set_layer_options,
)
from app.core.options import (
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
    complete,
    errors_in,
)
from app.core.problems import Fix, Problem
from app.core.resolved_project import ResolvedLayer

NETWORK = "network"
"""`Problem.where` of what no single layer causes."""

_AXES = {0: "no axis", 1: "one axis", 2: "two axes", 3: "three axes"}
_NEEDS = {
    (1,): ("Needs one axis", "a row of numbers, one axis"),
    (2,): ("Needs a series", "a series, two axes: steps × channels"),
    (3,): ("Needs a picture", "a picture, three axes: height × width × channels"),
}


def infer_layer(
    layer: Layer, input_shapes: tuple[Shape | None, ...]
) -> tuple[ResolvedLayer, tuple[Problem, ...]]:
    """What follows for one layer from the shapes that come in, and what is wrong with it.

    For an input layer the shape that comes in is that of a sample. An unknown shape (None) makes the result unknown
    without a complaint; wrong options are complained of all the same.
    """
    kind = layer_kind(layer.kind)
    if kind is None:
        return _unknown(layer, input_shapes, layer.kind), (_unknown_kind(layer),)
    layer = layer.model_copy(update={"options": complete(kind.options, layer.options)})
    values = Values(layer.options)
    blank = _unknown(layer, input_shapes, kind.summarize(values))
    errors = errors_in(kind.options, layer.options)
    if errors:
        return blank, tuple(
            _option_problem(layer, kind, name, text) for name, text in errors.items()
        )
    if len(input_shapes) != 1 or input_shapes[0] is None:
        return blank, ()
    shape = input_shapes[0]
    try:
        _check_rank(kind, shape)
        effect = kind.rule(values, shape)
    except Misfit as misfit:
        return blank, (_misfit_problem(layer, misfit),)
    return ResolvedLayer(
        layer=layer,
        input_shapes=input_shapes,
        output_shape=effect.output_shape,
        parameters=effect.parameters,
        fixed_parameters=effect.fixed_parameters,
        multiply_adds=effect.multiply_adds,
        output_bytes=4 * math.prod(effect.output_shape),
        arithmetic=effect.arithmetic,
        summary=blank.summary,
    ), ()


def infer_network(
    network: Network, input_shape: Shape | None
) -> tuple[tuple[ResolvedLayer, ...], tuple[Problem, ...]]:
    """Every layer in topological order (those in or behind a cycle last), and every problem in the same order.

    `input_shape` is the shape of one sample, or None while it is not known. A network has one input layer and one
    output: the last layer, in topological order, that feeds no other.
    """
    ordered, cyclic = topological_order(network)
    links: dict[str, list[Link]] = defaultdict(list)
    fed = set()
    for link in sorted(network.links, key=lambda link: link.port):
        links[link.target].append(link)
        fed.add(link.source)
    shapes: dict[str, Shape | None] = {}
    resolved: list[ResolvedLayer] = []
    problems: list[Problem] = list(_missing_input(network))
    first_input = next((layer.id for layer in ordered if layer.kind == INPUT_KIND), None)
    ends = [layer for layer in ordered if layer.id not in fed]
    for layer in ordered:
        incoming = links[layer.id]
        makes_input = layer.kind == INPUT_KIND
        coming = (
            (input_shape,) if makes_input else tuple(shapes.get(link.source) for link in incoming)
        )
        entry, complaints = infer_layer(layer, coming)
        wrong_links = _link_problems(layer, incoming, network, ordered, fed)
        if makes_input and layer.id != first_input:
            wrong_links = (*wrong_links, _second_input(layer))
        shapes[layer.id] = entry.output_shape
        resolved.append(entry)
        problems += wrong_links
        problems += complaints
        if layer in ends and layer is not ends[-1]:
            problems.append(_leads_nowhere(layer, ends[-1]))
    resolved += (infer_layer(layer, tuple(None for _ in links[layer.id]))[0] for layer in cyclic)
    problems += _cycle_problems(cyclic, network)
    if first_input is not None and len(network.layers) == 1:
        problems.append(_only_input(network.layers[0], input_shape))
    return tuple(resolved), tuple(problems)


def _unknown(layer: Layer, input_shapes: tuple[Shape | None, ...], summary: str) -> ResolvedLayer:
    return ResolvedLayer(
        layer=layer,
        input_shapes=input_shapes,
        output_shape=None,
        parameters=None,
        fixed_parameters=0,
        multiply_adds=None,
        output_bytes=None,
        arithmetic=(),
        summary=summary,
    )


# ---------------------------------------------------------------- ranks


def _check_rank(kind: LayerKind, shape: Shape) -> None:
    if not kind.ranks or len(shape) in kind.ranks:
        return
    title, wanted = _NEEDS[kind.ranks]
    received = shape_text(shape)
    raise Misfit(
        f"{title}, gets {received}",
        f"{received} comes in, {_AXES.get(len(shape), f'{len(shape)} axes')}.",
        f"{kind.label} needs {wanted}.",
        _RANK_ADVICE[kind.ranks],
        remedies=(*_rank_remedies(shape, kind.ranks[0]), RemoveLayer()),
    )


_RANK_ADVICE = {
    (1,): "Insert Flatten before it, which puts all numbers in one row.",
    (2,): "Insert Reshape before it, or use a layer for the shape that comes in.",
    (3,): "Insert Reshape before it, or use a layer for the shape that comes in.",
}


def _rank_remedies(shape: Shape, wanted: int) -> Iterable[Remedy]:
    if wanted == 1:
        yield InsertBefore("Flatten")
        if len(shape) in (2, 3):
            yield InsertBefore(f"GlobalAveragePooling{len(shape) - 1}D")
        return
    target = _reshaped(shape, wanted)
    if target:
        yield InsertBefore(
            "Reshape", FrozenMap(target_shape=target), f"Insert Reshape {shape_text(target)}"
        )


def _reshaped(shape: Shape, wanted: int) -> Shape | None:
    """A natural shape with `wanted` axes for the same numbers, or None."""
    size = math.prod(shape)
    if len(shape) < wanted and len(shape) == 2:
        return (*shape, 1)
    if wanted == 2:
        return (size, 1) if len(shape) == 1 else (size // shape[-1], shape[-1])
    for channels in (1, 3):
        side = math.isqrt(size // channels)
        if side * side * channels == size:
            return side, side, channels
    return None


# ---------------------------------------------------------------- problems of one layer


def _misfit_problem(layer: Layer, misfit: Misfit) -> Problem:
    return Problem(
        where=layer.id,
        severity="error",
        title=misfit.title,
        happened=misfit.happened,
        expected=misfit.expected,
        how_to_fix=misfit.how_to_fix,
        option=misfit.option,
        fixes=tuple(fix_for(remedy, layer.id) for remedy in misfit.remedies),
    )


def _unknown_kind(layer: Layer) -> Problem:
    return Problem(
        where=layer.id,
        severity="error",
        title="Unknown kind of layer",
        happened=f"The layer {layer.id} is a {layer.kind!r:.40}, which is not in the catalog.",
        expected=f"One of the {len(LAYER_KINDS)} kinds of the catalog, such as Dense or Conv2D.",
        how_to_fix="Remove the layer, or put a known one in its place.",
        fixes=(fix("Remove the layer", remove_layer, layer_id=layer.id),),
    )


def _option_problem(layer: Layer, kind: LayerKind, name: str, error: str) -> Problem:
    option = kind.option(name)
    if option is None:
        return Problem(
            where=layer.id,
            severity="error",
            title=f"Unknown option {name!r:.20}",
            happened=error,
            expected=f"Only options that {kind.label} has.",
            how_to_fix=f"Remove the option {name!r:.40}.",
            option=name,
            fixes=(fix("Remove the option", drop_layer_option, layer_id=layer.id, name=name),),
        )
    allowed = nearest_allowed(option, layer.options[name])
    text = option.format(allowed)
    return Problem(
        where=layer.id,
        severity="error",
        title=error.rstrip(".") if len(error) <= 40 else f"{option.label}: not allowed",
        happened=error,
        expected=option.help,
        how_to_fix=f"Set {option.label.lower()} to {text}.",
        option=name,
        fixes=(
            fix(
                f"Set {option.label.lower()} to {text}",
                set_layer_options,
                layer_id=layer.id,
                values=FrozenMap({name: allowed}),
            ),
        ),
    )


def nearest_allowed(option: Option, value: OptionValue) -> OptionValue:
    """The allowed value nearest to a number out of range, else the default."""
    candidate: OptionValue = value
    if isinstance(option, (IntegerOption, FloatOption)) and isinstance(value, (int, float)):
        candidate = _clamp(value, option.minimum, option.maximum)
    elif isinstance(option, ShapeOption) and isinstance(value, tuple):
        candidate = tuple(
            int(_clamp(item, option.minimum, option.maximum)) if isinstance(item, int) else item
            for item in value
        )
    return candidate if option.check(candidate) is None else option.default


def _clamp(value: float, low: float | None, high: float | None) -> float:
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value


# ---------------------------------------------------------------- problems of the graph


def _missing_input(network: Network) -> Iterable[Problem]:
    if any(layer.kind == INPUT_KIND for layer in network.layers):
        return
    yield Problem(
        where=NETWORK,
        severity="error",
        title="No input",
        happened="No layer stands for the data."
        if network.layers
        else "The network has no layers yet.",
        expected="An Input layer, where the data come in.",
        how_to_fix="Add an Input layer.",
        fixes=(fix("Add Input", add_input),),
    )


def _second_input(layer: Layer) -> Problem:
    return Problem(
        where=layer.id,
        severity="error",
        title="A second input",
        happened="There is another Input layer before this one.",
        expected="One Input layer, since the data are one table or one set of pictures.",
        how_to_fix="Remove this one.",
        fixes=(fix("Remove the layer", remove_layer, layer_id=layer.id),),
    )


def _only_input(layer: Layer, shape: Shape | None) -> Problem:
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


def _leads_nowhere(layer: Layer, output: Layer) -> Problem:
    return Problem(
        where=layer.id,
        severity="error",
        title="Leads nowhere",
        happened=f"What {layer.id} puts out goes into no layer, and the output is {output.id}.",
        expected="One output: every other layer feeds some layer.",
        how_to_fix="Link it to a layer, or remove it.",
        fixes=(fix("Remove the layer", remove_layer, layer_id=layer.id),),
    )


def _link_problems(
    layer: Layer,
    incoming: list[Link],
    network: Network,
    ordered: tuple[Layer, ...],
    fed: set[str],
) -> tuple[Problem, ...]:
    expected = 0 if layer.kind == INPUT_KIND else 1
    if len(incoming) == expected:
        return ()
    if not incoming:
        return (_nothing_comes_in(layer, network, fed),)
    surplus = incoming[expected:]
    label = layer_kind(layer.kind)
    name = label.label if label else layer.kind
    return (
        Problem(
            where=layer.id,
            severity="error",
            title=f"{len(incoming)} links, takes {'none' if expected == 0 else 'one'}",
            happened=f"{', '.join(link.source for link in incoming)} lead into {layer.id}.",
            expected=f"{name} takes {'no link: it stands for the data' if expected == 0 else 'one input'}.",
            how_to_fix="Remove a link.",
            fixes=tuple(
                fix(f"Remove link from {link.source}", remove_link, link=link)
                for link in reversed(surplus)
            ),
        ),
    )


def _nothing_comes_in(layer: Layer, network: Network, fed: set[str]) -> Problem:
    """The fix links the nearest layer before it, in the order of the network, that feeds nothing yet."""
    behind = _reached_from(layer.id, network)
    names = [other.id for other in network.layers]
    before = reversed(names[: names.index(layer.id)])
    after = names[names.index(layer.id) + 1 :]
    source = next((n for n in (*before, *after) if n not in fed and n not in behind), None)
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


def _reached_from(start: str, network: Network) -> set[str]:
    targets: dict[str, list[str]] = defaultdict(list)
    for link in network.links:
        targets[link.source].append(link.target)
    reached, waiting = {start}, [start]
    while waiting:
        for target in targets[waiting.pop()]:
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def _cycle_problems(cyclic: tuple[Layer, ...], network: Network) -> Iterable[Problem]:
    """One problem for each layer on a cycle; layers merely behind one get none."""
    for layer in cyclic:
        sources = [
            link
            for link in network.links
            if link.target == layer.id and link.source in _reached_from(layer.id, network)
        ]
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
