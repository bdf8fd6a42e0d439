"""One step of a Keras model: an operation, what it is called with, and what it gives."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras

PartialShape = tuple[int | None, ...]
"""Of one sample; None where any size may come."""


@dataclass(frozen=True)
class Port:
    """Stands in a call's arguments for the tensor that comes in at that number."""

    number: int


@dataclass(frozen=True, eq=False)
class Wire:
    """A tensor on its way from the step that gives it to those that take it."""

    dtype: str


@dataclass(frozen=True, eq=False)
class Step:
    """One layer or operation at work.

    Attributes:
        operation: the Keras layer or operation.
        sources: what comes in, by port.
        outputs: what it gives.
        args, kwargs: what it is called with, tensors replaced by ports; what comes in first is
            not named. Left out is what is the default anyway, and masks that Keras finds by itself.
        input_shapes, output_shapes: as it was called with and gave; a step in a model inside, which
            may be called with tensors of several sizes, knows less than one outside.
        trainable: whether neither it nor a model around it is frozen.
        masked: whether masks come in or go out.
    """

    operation: Any
    sources: tuple[Wire, ...]
    outputs: tuple[Wire, ...]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    input_shapes: tuple[PartialShape, ...]
    output_shapes: tuple[PartialShape, ...]
    trainable: bool
    masked: bool = False


def shape_of(tensor: Any) -> PartialShape:
    """Of one sample of a symbolic tensor."""
    return tuple(tensor.shape[1:])


def step_of(node: Any, wires: Mapping[int, Wire], trainable: bool) -> Step:
    """The step that a node of Keras's graph is; its outputs are new wires.

    Args:
        wires: of the tensors known so far, by their `id`.
    """
    arguments = node.arguments
    parameters = inspect.signature(node.operation.call).parameters
    given, named = _without_trailing_none(arguments.args), dict(arguments.kwargs)
    first = next(iter(parameters), "")
    if not given and first in named:
        given = (named.pop(first),)
    named = {
        name: value
        for name, value in named.items()
        if value is not None
        and not _is_usual(name, value, parameters.get(name))
        and not _finds_itself(name, value, arguments.keras_tensors)
    }
    tensors: list[Any] = []

    def port(tensor: Any) -> Port:
        tensors.append(tensor)
        return Port(len(tensors) - 1)

    args = _replaced(given, port)
    kwargs = _replaced(named, port)
    return Step(
        operation=node.operation,
        sources=tuple(wires[id(tensor)] for tensor in tensors),
        outputs=tuple(Wire(str(tensor.dtype)) for tensor in node.outputs),
        args=tuple(args),
        kwargs=kwargs,
        input_shapes=tuple(map(shape_of, tensors)),
        output_shapes=tuple(map(shape_of, node.outputs)),
        trainable=trainable,
        masked=any(
            getattr(tensor, "_keras_mask", None) is not None
            for tensor in (*arguments.keras_tensors, *node.outputs)
        ),
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


def with_tensors(value: Any, tensors: Sequence[Any]) -> Any:
    """The arguments again, with `tensors` in the places of the ports."""
    if isinstance(value, Port):
        return tensors[value.number]
    if isinstance(value, list | tuple):
        return type(value)(with_tensors(item, tensors) for item in value)
    if isinstance(value, dict):
        return {name: with_tensors(item, tensors) for name, item in value.items()}
    return value


def _is_usual(name: str, value: Any, parameter: inspect.Parameter | None) -> bool:
    """Whether it is what an argument is when nobody says it; Keras notes `training` as False of
    every call whose default it is not to train.
    """
    if parameter is None or not isinstance(value, bool | int | float | str):
        return False
    usual = parameter.default is True if name == "training" else parameter.default
    return type(value) is type(usual) and bool(value == usual)


# ---- masks


def _finds_itself(name: str, value: Any, tensors: list[Any]) -> bool:
    """Whether the argument is a mask that Keras hands on with the inputs by itself, or a list of
    such masks, None where an input has none.
    """
    if not name.endswith("mask"):
        return False
    given = [one for one in keras.tree.flatten(value) if one is not None]
    if not all(isinstance(one, keras.KerasTensor) for one in given):
        return False
    known = [getattr(tensor, "_keras_mask", None) for tensor in tensors]
    return all(any(mask is not None and _same_tensor(mask, one) for mask in known) for one in given)


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
