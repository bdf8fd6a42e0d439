"""The graph of calls inside a Keras model, models inside it taken apart."""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras

from app.modeling.errors import ModelingError

PartialShape = tuple[int | None, ...]
"""Of one sample; None where any size may come."""

LONGEST_ID = 64


@dataclass(frozen=True)
class Port:
    """Stands in a call's arguments for the tensor that comes in at that number."""

    number: int


@dataclass(frozen=True)
class Call:
    """One layer or operation at work.

    Attributes:
        id: valid as the id of a layer, unique, made of the operation's name.
        operation: the Keras layer or operation.
        sources: whose outputs come in, by port: ids of calls or of the input.
        args, kwargs: what it is called with, tensors replaced by ports. `training` is left out
            unless it is not the default, as it is noted of every call; so are masks that Keras
            finds by itself.
        input_shapes: of one sample, by port; None for a size that may be any.
        output_shape: likewise.
        trainable: whether neither it nor a model around it is frozen.
    """

    id: str
    operation: Any
    sources: tuple[str, ...]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    input_shapes: tuple[PartialShape, ...]
    output_shape: PartialShape
    trainable: bool

    @property
    def weighty(self) -> bool:
        return bool(getattr(self.operation, "weights", ()))


@dataclass(frozen=True)
class ModelGraph:
    """One input, calls in an order in which each comes after what feeds it, the last one's output.

    Attributes:
        input_id: of the input.
        input_shape: of one sample.
        output_id: whose output the model's is.
    """

    input_id: str
    input_shape: PartialShape
    calls: tuple[Call, ...]
    output_id: str


class _Closed(Exception):  # noqa: N818 - never leaves this module
    """A model inside the model cannot be taken apart."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def unsuited(what: str, expected: str, how_to_fix: str = "") -> ModelingError:
    """The refusal of a model that is no network."""
    return ModelingError(
        f"This model cannot be shown as a network: {what}.",
        expected,
        how_to_fix or "Open a Sequential or functional model with one input and one output.",
    )


def graph_of(model: keras.Model) -> ModelGraph:
    """The calls of `model`; models inside it are taken apart where they can be.

    A model inside that shares weights between its parts, or gives several outputs, is one call.

    Raises:
        ModelingError: the model is no graph from one input to one output, or weights are used in
            several places.
    """
    inside = _inside(model)
    if len(inside.inputs) != 1 or len(inside.outputs) != 1:
        raise unsuited(_ends_in_words(inside), "A model with one input and one output.")
    (source,) = inside.inputs
    if source.dtype == "string" or source.sparse:
        kind = "texts" if source.dtype == "string" else "a sparse array"
        raise unsuited(f"its input is {kind}", "An input of plain numbers.")
    ids = _Ids()
    first = "input" if isinstance(model, keras.Sequential) else source._keras_history.operation.name
    input_id = ids.of(first)
    walk = _Walk(inside, ids)
    try:
        outputs = walk.expand(inside, {id(source): input_id}, trainable=model.trainable)
    except _Closed as closed:
        raise unsuited(closed.why, "Layers that are used once each.") from None
    if outputs == [input_id]:
        raise unsuited("it hands its input on", "A model with a layer at least.")
    return ModelGraph(
        input_id, tuple(source.shape[1:]), _needed(walk.calls, outputs[0]), outputs[0]
    )


def _inside(model: Any) -> Any:
    """The functional model that a model is. Raises ModelingError when it is a program."""
    if isinstance(model, keras.Sequential):
        functional = getattr(model, "_functional", None)
        if functional is None:
            raise unsuited("it does not say what shape comes in", "A model that was built.")
        return functional
    if not _is_graph(model):
        raise unsuited("it is a program of its own", "A Sequential or functional model.")
    return model


def _is_graph(operation: Any) -> bool:
    """Whether it is a model that consists of the calls that it shows, and of nothing else."""
    if isinstance(operation, keras.Sequential):
        return getattr(operation, "_functional", None) is not None
    made = type(operation)
    return made.__name__ == "Functional" and made.__module__.startswith("keras.")


def _ends_in_words(model: Any) -> str:
    parts = []
    for what, tensors in (("inputs", model.inputs), ("outputs", model.outputs)):
        if len(tensors) != 1:
            names = ", ".join(str(t._keras_history.operation.name) for t in tensors[:5])
            parts.append(f"it has {len(tensors)} {what} ({names})"[:150])
    return " and ".join(parts)


def _nodes(functional: Any) -> Iterator[Any]:
    """Its calls, each after what feeds it."""
    by_depth = functional._nodes_by_depth
    for depth in sorted(by_depth, reverse=True):
        yield from (node for node in by_depth[depth] if not node.is_input)


def _uses(functional: Any) -> Counter[int]:
    """How many times each operation is used, by its `id`, those inside models included."""
    found: Counter[int] = Counter()
    for node in _nodes(functional):
        found[id(node.operation)] += 1
        if _is_graph(node.operation):
            found += _uses(_inside(node.operation))
    return found


class _Ids:
    """Gives each operation an id of its own."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, name: str) -> str:
        """The name in small letters, other characters as `_`; with a number when it is taken."""
        stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") if not _valid(name) else name
        if not stem or not stem[0].isalpha():
            stem = f"layer_{stem}".rstrip("_")
        chosen, number = stem[:LONGEST_ID], 1
        while chosen in self._taken:
            number += 1
            ending = f"_{number}"
            chosen = stem[: LONGEST_ID - len(ending)] + ending
        self._taken.add(chosen)
        return chosen


def _valid(name: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9_]{0,63}", name) is not None


class _Walk:
    """Collects the calls of a model and of those inside it."""

    def __init__(self, whole: Any, ids: _Ids) -> None:
        self._uses = _uses(whole)
        self._ids = ids
        self.calls: list[Call] = []

    def expand(self, functional: Any, sources: dict[int, str], trainable: bool) -> list[str]:
        """Collect the calls of `functional`; the ids of what gives its outputs.

        Args:
            sources: which id stands behind each of its input tensors, by their `id`.

        Raises:
            _Closed: it cannot be taken apart; nothing was collected.
        """
        before = len(self.calls)
        try:
            for node in _nodes(functional):
                self._node(node, sources, trainable)
        except _Closed:
            del self.calls[before:]
            raise
        return [sources[id(tensor)] for tensor in functional.outputs]

    def _node(self, node: Any, sources: dict[int, str], trainable: bool) -> None:
        operation = node.operation
        trainable = trainable and getattr(operation, "trainable", True)
        weighty = bool(getattr(operation, "weights", ()))
        if weighty and self._uses[id(operation)] > 1:
            raise _Closed(
                f"the layer {operation.name} is used {self._uses[id(operation)]} times, with the "
                "same weights in each place"
            )
        if _is_graph(operation) and self._taken_apart(node, sources, trainable):
            return
        if len(node.outputs) != 1:
            raise _Closed(f"the layer {operation.name} gives {len(node.outputs)} outputs")
        call = _call(node, sources, trainable)
        call = replace(call, id=self._ids.of(operation.name))
        self.calls.append(call)
        sources[id(node.outputs[0])] = call.id

    def _taken_apart(self, node: Any, sources: dict[int, str], trainable: bool) -> bool:
        """Take a model inside apart, if it can be."""
        inside = _inside(node.operation)
        given = node.arguments.keras_tensors
        if len(given) != len(inside.inputs) or any(
            (a.dtype, len(a.shape)) != (b.dtype, len(b.shape))
            for a, b in zip(given, inside.inputs, strict=True)
        ):
            self._be_alone(inside)
            return False
        fed = {id(t): sources[id(g)] for t, g in zip(inside.inputs, given, strict=True)}
        try:
            outputs = self.expand(inside, fed, trainable)
        except _Closed:
            self._be_alone(inside)
            return False
        for tensor, source in zip(node.outputs, outputs, strict=True):
            sources[id(tensor)] = source
        return True

    def _be_alone(self, inside: Any) -> None:
        """Raises _Closed when layers inside have weights and are used outside too."""
        within = _uses(inside)
        for node in _nodes(inside):
            operation = node.operation
            if (
                getattr(operation, "weights", ())
                and within[id(operation)] < self._uses[id(operation)]
            ):
                raise _Closed(
                    f"the layer {operation.name} is used inside a model and outside of it, with "
                    "the same weights"
                )


def _call(node: Any, sources: dict[int, str], trainable: bool) -> Call:
    arguments = node.arguments
    kwargs = {
        name: value
        for name, value in arguments.kwargs.items()
        if value is not None
        and not (name == "training" and value is _usual_training(node.operation))
        and not _finds_itself(name, value, arguments.keras_tensors)
    }
    tensors: list[Any] = []

    def port(tensor: Any) -> Port:
        tensors.append(tensor)
        return Port(len(tensors) - 1)

    args = _replaced(_without_trailing_none(arguments.args), port)
    kwargs = _replaced(kwargs, port)
    return Call(
        id="",
        operation=node.operation,
        sources=tuple(sources[id(tensor)] for tensor in tensors),
        args=tuple(args),
        kwargs=kwargs,
        input_shapes=tuple(tuple(tensor.shape[1:]) for tensor in tensors),
        output_shape=tuple(node.outputs[0].shape[1:]),
        trainable=trainable,
    )


def _without_trailing_none(args: tuple[Any, ...]) -> tuple[Any, ...]:
    while args and args[-1] is None:
        args = args[:-1]
    return args


def _replaced(value: Any, port: Callable[[Any], Port]) -> Any:
    """`value` with a port in the place of each tensor, in the order of `tree.flatten`."""
    if isinstance(value, keras.KerasTensor):
        return port(value)
    if isinstance(value, list | tuple):
        return type(value)(_replaced(item, port) for item in value)
    if isinstance(value, dict):
        return {name: _replaced(item, port) for name, item in value.items()}
    return value


def _usual_training(operation: Any) -> bool:
    """What `training` is when nobody says it."""
    parameter = inspect.signature(operation.call).parameters.get("training")
    return parameter is not None and parameter.default is True


# ---- masks


def _finds_itself(name: str, value: Any, tensors: list[Any]) -> bool:
    """Whether the argument is a mask that Keras hands on with one of the inputs by itself."""
    if not name.endswith("mask") or not isinstance(value, keras.KerasTensor):
        return False
    masks = (getattr(tensor, "_keras_mask", None) for tensor in tensors)
    return any(mask is not None and _same_tensor(mask, value) for mask in masks)


def _same_tensor(one: Any, other: Any, depth: int = 0) -> bool:
    """Whether two tensors are the same, or made by equal operations from the same ones."""
    if one is other:
        return True
    if depth > 8 or not all(isinstance(t, keras.KerasTensor) for t in (one, other)):
        return False
    first, second = one._keras_history, other._keras_history
    if first.operation is second.operation or isinstance(first.operation, keras.layers.Layer):
        return False
    if type(first.operation) is not type(second.operation):
        return False
    nodes = [h.operation._inbound_nodes[h.node_index].arguments for h in (first, second)]
    flat = [keras.tree.flatten((a.args, a.kwargs)) for a in nodes]
    return len(flat[0]) == len(flat[1]) and all(
        _same_tensor(a, b, depth + 1)
        if isinstance(a, keras.KerasTensor)
        else type(a) is type(b) and a == b
        for a, b in zip(*flat, strict=True)
    )


def _needed(calls: list[Call], output_id: str) -> tuple[Call, ...]:
    """Those of `calls` that the output depends on."""
    wanted = {output_id}
    for call in reversed(calls):
        if call.id in wanted:
            wanted.update(call.sources)
    return tuple(call for call in calls if call.id in wanted)
