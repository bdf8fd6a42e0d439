"""Whether a layer can work on as many axes as come in, and what to insert if not; whether what
comes out can be counted.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from app.core.frozen import FrozenMap
from app.core.layer_kinds.kind import (
    InsertBefore,
    LayerKind,
    RemoveLayer,
    Shape,
    ShapeError,
    shape_text,
)

MOST_NUMBERS = 2**63 - 1
"""TensorFlow counts the numbers of an array so far."""

_COUNTS = {1: "one axis", 2: "two axes", 3: "three axes", 4: "four axes", 5: "five axes"}
_RESHAPE = "Insert Reshape before it, or use a layer for the shape that comes in."
_NEEDS = {
    1: (
        "a row",
        "a row of numbers, one axis",
        "Insert Flatten before it, which puts all numbers in one row.",
    ),
    2: ("a series", "a series, two axes: steps × channels", _RESHAPE),
    3: ("a picture", "a picture, three axes: height × width × channels", _RESHAPE),
    4: ("a volume", "a volume, four axes: depth × height × width × channels", _RESHAPE),
}
_NEEDS_OVER_STEPS = {
    2: _NEEDS[2],
    3: ("steps of series", "three axes: steps × places × channels", _RESHAPE),
    4: ("steps of pictures", "four axes: steps × height × width × channels", _RESHAPE),
    5: ("steps of volumes", "five axes: steps × depth × height × width × channels", _RESHAPE),
}


def check_rank(kind: LayerKind, shape: Shape, port: int = 0) -> None:
    """Raises ShapeError when the sample that enters `port` has another number of axes than the
    kind works on.
    """
    if kind.rank is None or len(shape) == kind.rank:
        return
    noun, wanted, advice = (_NEEDS_OVER_STEPS if kind.over_steps else _NEEDS)[kind.rank]
    title = "Needs one axis" if kind.rank == 1 else f"Needs {noun}"
    if kind.inputs[1] > 1:
        title = f"Input {port + 1} needs {noun}"
    long = f"{title}, gets {shape_text(shape)}"
    raise ShapeError(
        long if len(long) <= 46 else title,
        f"{shape_text(shape)} comes in, {_COUNTS.get(len(shape), f'{len(shape)} axes')}.",
        f"{kind.label} needs {wanted}.",
        advice,
        remedies=(
            *(replace(remedy, port=port) for remedy in inserts(shape, kind.rank)),
            RemoveLayer(),
        ),
    )


def check_size(incoming: tuple[Shape, ...], outgoing: Shape) -> None:
    """Raises ShapeError when a sample of the shape `outgoing` has more than `MOST_NUMBERS`."""
    if math.prod(outgoing) <= MOST_NUMBERS:
        return
    coming = ", ".join(map(shape_text, incoming[:3]))
    raise ShapeError(
        "More numbers than TensorFlow can count",
        f"{coming} comes in, {shape_text(outgoing)} comes out.",
        f"At most {MOST_NUMBERS:,} numbers a sample.",
        "Make the options of this layer smaller, or those of the layers before it, or remove it.",
        remedies=(RemoveLayer(),),
    )


def inserts(shape: Shape, wanted: int) -> Iterator[InsertBefore]:
    """Layers that make `wanted` axes of a sample of this shape."""
    if wanted == 1:
        yield InsertBefore("Flatten")
        if len(shape) in (2, 3, 4):
            pooling = f"GlobalAveragePooling{len(shape) - 1}D"
            yield InsertBefore(pooling, label="Insert global pooling")
        return
    target = _reshaped(shape, wanted)
    if target:
        label = f"Insert Reshape {shape_text(target)}"
        yield InsertBefore(
            "Reshape",
            FrozenMap(target_shape=target),
            label if len(label) <= 40 else "Insert Reshape",
        )


def _reshaped(shape: Shape, wanted: int) -> Shape | None:
    """A natural shape with `wanted` axes for the same numbers, or None."""
    size = math.prod(shape)
    if wanted == 2:
        return (size, 1) if len(shape) == 1 else (size // shape[-1], shape[-1])
    if len(shape) == wanted - 1:
        return (*shape, 1)
    if wanted > 3:
        return None
    for channels in (1, 3):
        side = math.isqrt(size // channels)
        if side * side * channels == size:
            return side, side, channels
    return None
