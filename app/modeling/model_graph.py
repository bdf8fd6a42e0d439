"""The graph of calls inside a Keras model, models inside it taken apart."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras

from app.core.network import LAYER_ID_PATTERN
from app.modeling.closed_parts import parts_of, with_parts_closed
from app.modeling.errors import unsuited
from app.modeling.model_steps import PartialShape, Step, Wire, shape_of, step_of

LONGEST_ID = 64


@dataclass(frozen=True)
class Call:
    """One layer or operation at work.

    Attributes:
        id: valid as the id of a layer, unique; the operation's name where that can be.
        operation: the Keras layer or operation.
        sources: whose outputs come in, by port: ids of calls or of the input.
        args, kwargs: what it is called with, as of `app.modeling.model_steps.Step`.
        input_shapes: of one sample, by port; None for a size that may be any.
        output_shape: likewise.
        input_dtypes: by port.
        trainable: whether neither it nor a model around it is frozen.
        masked: whether masks come in or go out.
    """

    id: str
    operation: Any
    sources: tuple[str, ...]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    input_shapes: tuple[PartialShape, ...]
    output_shape: PartialShape
    input_dtypes: tuple[str, ...]
    trainable: bool
    masked: bool

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


def graph_of(model: keras.Model) -> ModelGraph:
    """The calls of `model`; models inside it are taken apart where they can be.

    Places that use the same weights, and layers that give several tensors, are one call together
    with what stands between them: the smallest part of the model with one output.

    Raises:
        ModelingError: the model is no graph from one input to one output.
    """
    inside = _inside(model)
    if len(inside.inputs) != 1 or len(inside.outputs) != 1:
        raise unsuited(_ends_in_words(inside), "A model with one input and one output.")
    (source,) = inside.inputs
    if source.dtype == "string" or source.sparse:
        kind = "texts" if source.dtype == "string" else "a sparse array"
        raise unsuited(f"its input is {kind}", "An input of plain numbers.")
    given = Wire(str(source.dtype))
    steps, outputs = _Walk(inside).expand(inside, [given], trainable=model.trainable)
    if outputs == [given]:
        raise unsuited("it hands its input on", "A model with a layer at least.")
    parts = parts_of(steps, outputs)
    steps = with_parts_closed(steps, parts or ())
    input_name = str(source._keras_history.operation.name)
    if isinstance(model, keras.Sequential) and _COUNTED_INPUT.fullmatch(input_name):
        input_name = "input"
    ids = ids_of([input_name, *(step.operation.name for step in steps)])
    names = {given: ids[0]} | {s.outputs[0]: i for s, i in zip(steps, ids[1:], strict=True)}
    return ModelGraph(
        input_id=ids[0],
        input_shape=shape_of(source),
        calls=tuple(_call(step, names) for step in steps),
        output_id=names[outputs[0]],
    )


_COUNTED_INPUT = re.compile(r"(input_layer|keras_tensor)(_\d+)?")
"""What Keras calls an input that nobody named."""


def _call(step: Step, names: dict[Wire, str]) -> Call:
    (output,), (output_shape,) = step.outputs, step.output_shapes
    return Call(
        id=names[output],
        operation=step.operation,
        sources=tuple(names[wire] for wire in step.sources),
        args=step.args,
        kwargs=step.kwargs,
        input_shapes=step.input_shapes,
        output_shape=output_shape,
        input_dtypes=tuple(wire.dtype for wire in step.sources),
        trainable=step.trainable,
        masked=step.masked,
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
    """How many times each operation is used, and each weight, by its `id`; those inside models
    included.
    """
    found: Counter[int] = Counter()
    for node in _nodes(functional):
        operation = node.operation
        found[id(operation)] += 1
        if _is_graph(operation):
            found += _uses(_inside(operation))
        else:
            found.update(id(weight) for weight in getattr(operation, "weights", ()))
    return found


class _Walk:
    """Goes through the calls of a model and of those inside it."""

    def __init__(self, whole: Any) -> None:
        self._uses = _uses(whole)

    def expand(
        self, functional: Any, given: Sequence[Wire], trainable: bool
    ) -> tuple[list[Step], list[Wire]]:
        """The steps of `functional` that its outputs need, and its outputs.

        Args:
            given: what comes in, by input.
        """
        wires = {id(t): wire for t, wire in zip(functional.inputs, given, strict=True)}
        steps: list[Step] = []
        for node in _nodes(functional):
            steps += self._steps(node, wires, trainable)
        outputs = [wires[id(tensor)] for tensor in functional.outputs]
        return _needed(steps, outputs), outputs

    def _steps(self, node: Any, wires: dict[int, Wire], trainable: bool) -> list[Step]:
        """What a node becomes; its outputs are among the `wires` then."""
        trainable = trainable and getattr(node.operation, "trainable", True)
        found = self._taken_apart(node, wires, trainable) if _is_graph(node.operation) else None
        if found is None:
            step = step_of(node, wires, trainable)
            found = [step], list(step.outputs)
        steps, outputs = found
        wires.update((id(t), wire) for t, wire in zip(node.outputs, outputs, strict=True))
        return steps

    def _taken_apart(
        self, node: Any, wires: dict[int, Wire], trainable: bool
    ) -> tuple[list[Step], list[Wire]] | None:
        """The steps of a model inside and its outputs; None when it stays whole: it is called in
        several places, takes what comes in otherwise than it is, or cannot be shown in parts.
        """
        operation, inside = node.operation, _inside(node.operation)
        coming, alone = node.arguments.keras_tensors, self._alone(node.operation)
        if len(coming) != len(inside.inputs) or any(
            (a.dtype, len(a.shape)) != (b.dtype, len(b.shape))
            for a, b in zip(coming, inside.inputs, strict=True)
        ):
            return None
        if alone and operation.weights and self._uses[id(operation)] > 1:
            return None
        given = [wires[id(tensor)] for tensor in coming]
        steps, outputs = self.expand(inside, given, trainable)
        if not alone:
            return steps, outputs
        parts = parts_of(steps, outputs)
        if parts is None or any(len(part.steps) == len(steps) for part in parts):
            return None
        return with_parts_closed(steps, parts), outputs

    def _alone(self, operation: Any) -> bool:
        """Whether no weight of a model inside is used outside of it."""
        within, times = _uses(_inside(operation)), self._uses[id(operation)]
        return all(
            within[id(weight)] * times == self._uses[id(weight)] for weight in operation.weights
        )


def _needed(steps: list[Step], outputs: Sequence[Wire]) -> list[Step]:
    """Those of `steps` that the outputs depend on."""
    wanted, needed = set(outputs), []
    for step in reversed(steps):
        if not wanted.isdisjoint(step.outputs):
            wanted.update(step.sources)
            needed.append(step)
    return needed[::-1]


# ---- names


def ids_of(names: Iterable[str]) -> list[str]:
    """An id for each name: the name itself where that can be, the first that has it before all
    others; else other characters as `_`, with a number when it is taken.
    """
    names = list(names)
    taken = {name for name in names if _valid(name)}
    kept: set[str] = set()
    ids = []
    for name in names:
        if name in taken and name not in kept:
            kept.add(name)
            ids.append(name)
        else:
            ids.append(_other_id(name, taken))
            taken.add(ids[-1])
    return ids


def _other_id(name: str, taken: set[str]) -> str:
    stem = name if _valid(name) else re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_.-")
    if not stem or not stem[0].isalnum():
        stem = f"layer_{stem}".rstrip("_")
    chosen, number = stem[:LONGEST_ID], 1
    while chosen in taken:
        number += 1
        ending = f"_{number}"
        chosen = stem[: LONGEST_ID - len(ending)] + ending
    return chosen


def _valid(name: str) -> bool:
    return re.fullmatch(LAYER_ID_PATTERN, name) is not None
