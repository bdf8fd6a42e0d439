"""The parts of a model that are closed: right and smallest, against all sets of steps."""

import itertools
from dataclasses import dataclass

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.modeling.closed_parts import parts_of
from app.modeling.model_steps import Step, Wire


@dataclass(frozen=True)
class _Operation:
    weights: tuple[object, ...]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Step], Wire]:
    """Steps, some with the same weights and some with two outputs, and the last one's output; all
    are needed for it.
    """
    weights = [object() for _ in range(3)]
    wires = [Wire("float32")]
    unread: set[Wire] = set()
    steps = []
    count = draw(st.integers(1, 7))
    for index in range(count):
        sources = draw(st.lists(st.sampled_from(wires), min_size=1, max_size=3))
        if index == count - 1:
            sources = [*sources, *sorted(unread, key=wires.index)]
        unread -= set(sources)
        held = draw(st.lists(st.sampled_from(weights), max_size=1))
        outputs = tuple(Wire("float32") for _ in range(draw(st.sampled_from((1, 1, 1, 2)))))
        steps.append(
            Step(_Operation(tuple(held)), tuple(sources), outputs, (), {}, (), (), trainable=True)
        )
        wires += outputs
        unread |= set(outputs)
    # The second output of the last step may lead nowhere, as that of a layer with a state.
    return steps, steps[-1].outputs[0]


def _groups(steps: list[Step]) -> list[set[int]]:
    """What must be in one part each."""
    found = [{i} for i, step in enumerate(steps) if len(step.outputs) > 1]
    for weight in {weight for step in steps for weight in step.operation.weights}:
        users = {i for i, step in enumerate(steps) if weight in step.operation.weights}
        found += [users] if len(users) > 1 else []
    return found


def _outlets(steps: list[Step], inside: frozenset[int], output: Wire) -> set[Wire]:
    made = {wire for i in inside for wire in steps[i].outputs}
    read = {wire for i, step in enumerate(steps) if i not in inside for wire in step.sources}
    return made & (read | {output})


def _closes(steps: list[Step], inside: frozenset[int], output: Wire) -> bool:
    """Whether nothing that leaves it comes back, and one tensor leaves it."""
    behind: set[Wire] = set()
    for index, step in enumerate(steps):
        if index in inside and not behind.isdisjoint(step.sources):
            return False
        from_it = {wire for i in inside for wire in steps[i].outputs}
        reached = not (behind | from_it).isdisjoint(step.sources)
        if index not in inside and reached:
            behind.update(step.outputs)
    return len(_outlets(steps, inside, output)) == 1


@settings(max_examples=300, deadline=None)
@given(graphs())
def test_each_part_is_the_smallest_that_can_be_closed(graph: tuple[list[Step], Wire]) -> None:
    steps, output = graph
    parts = parts_of(steps, [output])
    assert parts is not None
    groups = _groups(steps)
    assert all(any(group <= part.steps for part in parts) for group in groups)
    for one, other in itertools.combinations(parts, 2):
        assert one.steps.isdisjoint(other.steps)
    every = range(len(steps))
    closing = [
        frozenset(some)
        for size in range(1, len(steps) + 1)
        for some in itertools.combinations(every, size)
        if _closes(steps, frozenset(some), output)
    ]
    for part in parts:
        assert part.steps in closing
        assert _outlets(steps, part.steps, output) == {part.output}
        held = [group for group in groups if group <= part.steps]
        assert held
        smaller = [some for some in closing if some < part.steps]
        assert not any(all(group <= some for group in held) for some in smaller)


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_a_model_whose_midst_is_an_output_too_cannot_be_closed_in_parts(
    graph: tuple[list[Step], Wire],
) -> None:
    steps, output = graph
    first = steps[0].outputs[0]
    assume(output is not first and any(0 in group for group in _groups(steps)))
    parts = parts_of(steps, [first, output])
    # Either the first step is a part of its own, or no part can hold it.
    assert parts is None or any(part.output is first for part in parts)
