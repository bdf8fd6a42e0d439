"""Parts of a model that a network of single layers cannot show: places that share weights, and
layers that give several tensors. Each is found as small as it can be and becomes a model of its
own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import keras

from app.modeling.errors import unsuited
from app.modeling.model_steps import PartialShape, Port, Step, Wire, shape_of, with_tensors


@dataclass(frozen=True)
class Part:
    """Steps, by their index, of whose outputs but one is used outside: `output`."""

    steps: frozenset[int]
    output: Wire


def parts_of(steps: Sequence[Step], outputs: Sequence[Wire]) -> list[Part] | None:
    """The smallest parts with one output that hold all steps with the same weights, and all that
    give several tensors. None when the model has several outputs and one of them comes from the
    midst of such a part.

    A part reaches from the steps that it must hold to the first tensor that everything behind them
    goes through, their nearest common post-dominator; parts that overlap are one.

    Args:
        steps: each after those that feed it, all needed for `outputs`.
    """
    last_read = dict.fromkeys(outputs, len(steps))
    for index in reversed(range(len(steps))):
        for wire in steps[index].sources:
            last_read.setdefault(wire, index)
    groups = _entangled(steps)
    while True:
        found = [_part(steps, last_read, group) for group in groups]
        parts = [part for part in found if part is not None]
        if len(parts) < len(found):
            return None
        merged = _joined((group, part.steps) for group, part in zip(groups, parts, strict=True))
        if len(merged) == len(groups):
            return parts
        groups = merged


def _entangled(steps: Sequence[Step]) -> list[frozenset[int]]:
    """Steps that must be in one part: those with weights in common; those of several outputs."""
    users: dict[int, list[int]] = defaultdict(list)
    for index, step in enumerate(steps):
        for weight in getattr(step.operation, "weights", ()):
            users[id(weight)].append(index)
    groups = {frozenset(indices) for indices in users.values() if len(indices) > 1}
    groups |= {frozenset((i,)) for i, step in enumerate(steps) if len(step.outputs) != 1}
    return _joined((group, group) for group in sorted(groups, key=min))


def _joined(
    groups: Iterable[tuple[frozenset[int], frozenset[int]]],
) -> list[frozenset[int]]:
    """Groups, each with the steps around it; those around which the same step is become one."""
    joined: list[tuple[frozenset[int], frozenset[int]]] = []
    for group, around in groups:
        apart = []
        for other, other_around in joined:
            if around & other_around:
                group, around = group | other, around | other_around
            else:
                apart.append((other, other_around))
        joined = [*apart, (group, around)]
    return sorted((group for group, _ in joined), key=min)


def _part(steps: Sequence[Step], last_read: dict[Wire, int], group: frozenset[int]) -> Part | None:
    """The part around `group`: all behind it, up to the moment when one tensor is all that is left
    of it.
    """
    behind: set[Wire] = set()
    waiting: set[Wire] = set()
    inside = set()
    for index in range(min(group), len(steps)):
        step = steps[index]
        if index in group or not behind.isdisjoint(step.sources):
            inside.add(index)
            behind.update(step.outputs)
            waiting.update(wire for wire in step.outputs if wire in last_read)
        waiting -= {wire for wire in step.sources if last_read[wire] == index}
        if index >= max(group) and len(waiting) == 1:
            return Part(frozenset(inside), waiting.pop())
    return None


def with_parts_closed(steps: Sequence[Step], parts: Sequence[Part]) -> list[Step]:
    """`steps` in which each part is one step, whose operation is a functional model made of it."""
    last = {max(part.steps): part for part in parts}
    within = frozenset[int]().union(*(part.steps for part in parts))
    closed: list[Step] = []
    for index, step in enumerate(steps):
        if index in last:
            closed.append(_closed([steps[i] for i in sorted(last[index].steps)], last[index]))
        elif index not in within:
            closed.append(step)
    return closed


def _closed(steps: list[Step], part: Part) -> Step:
    """One step that does what `steps` do, with their very layers.

    Layers of one name, from different models, get a number; the names are theirs from then on.

    Raises:
        ModelingError: different layers of it use the same weights, as a wrapper and the layer in it
            do: Keras saves such a model, but cannot open what it saved.
    """
    _check_sharing(steps)
    made = {wire for step in steps for wire in step.outputs}
    fed: dict[Wire, PartialShape] = {}
    for step in steps:
        for wire, shape in zip(step.sources, step.input_shapes, strict=True):
            if wire not in made:
                fed.setdefault(wire, shape)
    taken = _named_apart(steps)
    tensors = {
        wire: keras.Input(shape, dtype=wire.dtype, name=_unused("input", taken))
        for wire, shape in fed.items()
    }
    inputs = list(tensors.values())
    for step in steps:
        feeding = [tensors[wire] for wire in step.sources]
        given = step.operation(
            *with_tensors(step.args, feeding), **with_tensors(step.kwargs, feeding)
        )
        tensors.update(zip(step.outputs, keras.tree.flatten(given), strict=True))
    first = steps[0].operation.name
    model = keras.Model(
        inputs if len(inputs) > 1 else inputs[0], tensors[part.output], name=f"{first}_part"
    )
    trainable = any(step.trainable for step in steps if _weighty(step)) or not any(
        map(_weighty, steps)
    )
    if not trainable:
        model.trainable = False
    ports = [Port(number) for number in range(len(fed))]
    return Step(
        operation=model,
        sources=tuple(fed),
        outputs=(part.output,),
        args=(ports if len(ports) > 1 else ports[0],),
        kwargs={},
        input_shapes=tuple(fed.values()),
        output_shapes=(shape_of(model.output),),
        trainable=trainable,
        masked=any(step.masked for step in steps),
    )


def _check_sharing(steps: Iterable[Step]) -> None:
    owners: dict[int, keras.Operation] = {}
    for step in steps:
        for weight in getattr(step.operation, "weights", ()):
            owner = owners.setdefault(id(weight), step.operation)
            if owner is not step.operation:
                raise unsuited(
                    f"the layers {owner.name} and {step.operation.name} are different, but use the "
                    "same weights",
                    "Layers that share no weights, or one layer that is used several times.",
                )


def _weighty(step: Step) -> bool:
    return bool(getattr(step.operation, "weights", ()))


def _named_apart(steps: Iterable[Step]) -> set[str]:
    """Give operations that have the name of another one a new one; all their names."""
    taken: set[str] = set()
    for operation in {id(step.operation): step.operation for step in steps}.values():
        if operation.name in taken:
            operation.name = _unused(operation.name, taken)
        taken.add(operation.name)
    return taken


def _unused(name: str, taken: set[str]) -> str:
    """`name`, with a number when it is taken; it is taken then."""
    chosen, number = name, 1
    while chosen in taken:
        number += 1
        chosen = f"{name}_{number}"
    taken.add(chosen)
    return chosen
