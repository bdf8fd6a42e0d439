"""Output shapes, parameters and work of a network, and what is wrong with it.

Pure, in Python's whole numbers (so that a width of 1e9 is counted exactly), without Keras.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.activation_catalog import ACTIVATIONS
from app.core.axes_check import check_rank, check_size
from app.core.frozen import FrozenMap
from app.core.gradient_check import blocked_problems
from app.core.layer_catalog import layer_kind
from app.core.layer_kinds.kind import LayerKind, Shape, ShapeError, Values
from app.core.layer_problems import (
    dense_at_each_place,
    lonely_softmax,
    option_problem,
    shape_problem,
    unknown_kind,
)
from app.core.network import (
    INPUT_KIND,
    Layer,
    Link,
    Network,
    output_layer,
    topological_order,
    with_layer,
)
from app.core.network_problems import (
    cycle_problems,
    given_shape,
    leads_nowhere,
    link_problems,
    missing_input,
    nothing_behind,
    other_shape,
    second_input,
)
from app.core.options import complete, errors_in
from app.core.problems import Problem
from app.core.remembered import Remembered
from app.core.resolved_project import ResolvedLayer


def infer_layer(
    layer: Layer, input_shapes: tuple[Shape | None, ...]
) -> tuple[ResolvedLayer, tuple[Problem, ...]]:
    """What follows for one layer from the shapes that come in, and what is wrong with it.

    For an input layer the shape that comes in is that of a sample. An unknown shape (None) makes
    the result unknown without a complaint; wrong options are complained of all the same.
    """
    kind = layer_kind(layer.kind)

    def work() -> _Known:
        return kind, _infer_layer(layer, kind, input_shapes)

    known = _INFERRED.recall(layer, input_shapes, work)
    return known[1] if known[0] is kind else work()[1]


_Outcome = tuple[ResolvedLayer, tuple[Problem, ...]]
_Known = tuple[LayerKind | None, _Outcome]
_INFERRED: Remembered[_Known] = Remembered(8192)


@dataclass(frozen=True)
class _Checked:
    """What follows for a layer before any shape is known."""

    kind: LayerKind
    layer: Layer
    values: Values
    summary: str
    problems: tuple[Problem, ...]


_CHECKED: Remembered[_Checked] = Remembered(4096)


def _check(layer: Layer, kind: LayerKind) -> _Checked:
    layer = layer.model_copy(update={"options": complete(kind.options, layer.options)})
    values = Values(layer.options)
    errors = errors_in(kind.options, layer.options)
    problems = tuple(option_problem(layer, kind, name, errors[name]) for name in errors)
    return _Checked(kind, layer, values, kind.summarize(values), problems)


def _infer_layer(
    layer: Layer, kind: LayerKind | None, input_shapes: tuple[Shape | None, ...]
) -> _Outcome:
    if kind is None:
        return _unknown(layer, input_shapes, layer.kind), (unknown_kind(layer),)
    checked = _CHECKED.recall(layer, None, lambda: _check(layer, kind))
    if checked.kind is not kind:
        checked = _check(layer, kind)
    layer, values = checked.layer, checked.values
    blank = _unknown(layer, input_shapes, checked.summary)
    if checked.problems:
        return blank, checked.problems
    shapes = tuple(shape for shape in input_shapes if shape is not None)
    fewest, most = (1, 1) if kind.makes_input else kind.inputs
    if len(shapes) < len(input_shapes) or not fewest <= len(shapes) <= most:
        return blank, ()
    try:
        for port, shape in enumerate(shapes):
            check_rank(kind, shape, port)
        effect = kind.effect(values, shapes)
        check_size(shapes, effect.output_shape)
    except ShapeError as error:
        return blank, (shape_problem(layer, error),)
    resolved = ResolvedLayer(
        layer=layer,
        input_shapes=input_shapes,
        output_shape=effect.output_shape,
        parameters=effect.parameters if layer.trainable else 0,
        fixed_parameters=effect.fixed_parameters + (0 if layer.trainable else effect.parameters),
        multiply_adds=effect.multiply_adds,
        output_bytes=4 * math.prod(effect.output_shape),
        arithmetic=effect.arithmetic,
        summary=blank.summary,
    )
    return resolved, ()


def infer_network(
    network: Network, input_shape: Shape | None
) -> tuple[tuple[ResolvedLayer, ...], tuple[Problem, ...]]:
    """Every layer in topological order (those in or behind a cycle last), and every problem.

    A network has one input layer and one output (see `output_layer`). Where data do not reach it,
    that alone is complained of, not what else leads nowhere.

    Args:
        input_shape: of one sample, or None while it is not known.
    """
    ordered, circular = topological_order(network)
    incoming: dict[str, list[Link]] = defaultdict(list)
    feeding: set[str] = set()
    for link in sorted(network.links, key=lambda link: link.port):
        incoming[link.target].append(link)
        feeding.add(link.source)
    every = (*ordered, *circular)
    first_input = next((layer.id for layer in every if layer.kind == INPUT_KIND), None)
    reached = _reached(ordered, incoming, first_input)
    output = output_layer(network)
    output_id = output.id if output is not None else None
    loose = [
        layer
        for layer in ordered
        if layer.id not in feeding and layer.id in reached and output_id in reached
        if layer is not output
    ]
    at_input = 0
    shapes: dict[str, Shape | None] = {}
    resolved: list[ResolvedLayer] = []
    problems: list[Problem] = list(missing_input(network))
    for layer in every:
        links = incoming[layer.id]
        makes_input = layer.kind == INPUT_KIND
        coming = (
            (given_shape(layer) or input_shape,)
            if makes_input
            else tuple(shapes.get(link.source) for link in links)
        )
        entry, complaints = infer_layer(layer, coming)
        resolved.append(entry)
        shapes[layer.id] = entry.output_shape
        if makes_input and layer.id != first_input:
            problems.append(second_input(layer))
        elif makes_input:
            at_input = len(problems)
        problems += link_problems(layer, links, network, feeding, shapes)
        problems += complaints
        if layer.kind == "Dense" and entry.output_shape and len(entry.output_shape) > 2:
            problems += (dense_at_each_place(layer, shape) for shape in coming if shape)
        if layer.id in feeding:
            problems += _lonely_softmax(entry)
    if output_id is not None:
        problems += (leads_nowhere(layer, output_id, network, shapes) for layer in loose)
    given = given_shape(network.layer(first_input)) if first_input is not None else None
    if first_input is not None and given and input_shape and given != input_shape:
        follows = _can_follow(network, first_input, input_shape, problems)
        start = network.layer(first_input)
        problems.insert(at_input, other_shape(start, given, input_shape, can_follow=follows))
    problems += cycle_problems(circular, network)
    problems += blocked_problems(resolved, incoming, output_id)
    if first_input is not None and output_id == first_input:
        problems.append(nothing_behind(network.layer(first_input), input_shape))
    return tuple(resolved), tuple(problems)


_FOLLOWS: Remembered[bool] = Remembered(64)


def _can_follow(
    network: Network, first_input: str, shape: Shape, problems: Sequence[Problem]
) -> bool:
    """Whether `network`, whose input names its own shape, has no other errors than its `problems`
    when its input follows data of `shape`.
    """

    def work() -> bool:
        start = network.layer(first_input)
        options = FrozenMap({k: v for k, v in start.options.items() if k != "shape"})
        follower = with_layer(network, start.model_copy(update={"options": options}))
        _, found = infer_network(follower, shape)
        known = {(p.where, p.title) for p in problems}
        return all(p.severity != "error" or (p.where, p.title) in known for p in found)

    return _FOLLOWS.recall(network, shape, work)


def _reached(
    ordered: tuple[Layer, ...], incoming: dict[str, list[Link]], start: str | None
) -> set[str]:
    """Ids of the layers that data reach from `start`, itself among them."""
    reached = {start} if start is not None else set()
    for layer in ordered:
        if any(link.source in reached for link in incoming[layer.id]):
            reached.add(layer.id)
    return reached


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


def _lonely_softmax(entry: ResolvedLayer) -> Iterator[Problem]:
    """For hidden layers only; the output advisor looks at the output."""
    kind = layer_kind(entry.layer.kind)
    if kind is None or entry.output_shape is None or entry.output_shape[-1] != 1:
        return
    activation = ACTIVATIONS.get(kind.activation_of(entry.layer.options) or "")
    if activation is not None and activation.over_vector:
        yield lonely_softmax(entry.layer, activation, kind.has_activation)
