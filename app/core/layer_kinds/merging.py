"""Layers with several inputs: number by number, side by side, and the dot product."""

import math
from collections.abc import Iterator

from app.core.frozen import FrozenMap
from app.core.layer_kinds.kind import (
    Effect,
    InsertBefore,
    LayerKind,
    MergeRule,
    Remedy,
    RemoveLayer,
    SetOptions,
    Shape,
    ShapeError,
    Values,
    line,
    shape_text,
)
from app.core.layer_kinds.windows import axis_labels, option_value
from app.core.options import FlagOption, IntegerOption, Option, ShapeOption

MOST_INPUTS = 64
_LARGEST_KERNEL = 7


def _title(shapes: tuple[Shape, ...], one: int, other: int, text: str, short: str) -> str:
    """`text` with the two shapes for its braces where a card has room for it, else `short`; of
    more than two inputs it is told which.
    """
    long = text.format(shape_text(shapes[one]), shape_text(shapes[other]))
    if len(shapes) > 2:
        long = f"Inputs {one + 1}, {other + 1}: {long}"
    return long if len(long) <= 46 else short


def _together(first: Shape, second: Shape) -> Shape | None:
    """The shape of both number by number, or None when they do not meet.

    As in Keras: the shorter shape stands at the end of the longer one, and an axis of size 1 is
    repeated.
    """
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    head = longer[: len(longer) - len(shorter)]
    tail = []
    for a, b in zip(longer[len(head) :], shorter, strict=True):
        if a != b and 1 not in (a, b):
            return None
        tail.append(b if a == 1 else a)
    return (*head, *tail)


def _number_by_number(values: Values, shapes: tuple[Shape, ...]) -> Effect:
    found = shapes[0]
    for port, shape in enumerate(shapes[1:], start=1):
        both = _together(found, shape)
        if both is None:
            earlier = next(i for i in range(port) if _together(shapes[i], shape) is None)
            raise _do_not_meet(shapes, earlier, port)
        found = both
    return Effect(found)


def _product(values: Values, shapes: tuple[Shape, ...]) -> Effect:
    shape = _number_by_number(values, shapes).output_shape
    return Effect(shape, multiply_adds=(len(shapes) - 1) * math.prod(shape))


def _do_not_meet(shapes: tuple[Shape, ...], one: int, other: int) -> ShapeError:
    first, second = shape_text(shapes[one]), shape_text(shapes[other])
    return ShapeError(
        _title(
            shapes, one, other, "{} and {} do not meet", f"Inputs {one + 1} and {other + 1} differ"
        ),
        f"Input {one + 1} is {first}, input {other + 1} is {second}.",
        "Number by number needs the same size along every axis; an axis of size 1 is repeated.",
        "Bring one of the two inputs to the shape of the other, or put them side by side with"
        " Concatenate.",
        remedies=(
            *_brought_to(shapes[other], shapes[one], other),
            *_brought_to(shapes[one], shapes[other], one),
            RemoveLayer(),
        ),
    )


def _brought_to(shape: Shape, wanted: Shape, port: int) -> Iterator[Remedy]:
    """Layers on the link into `port` that make `wanted` of `shape`."""
    if len(shape) != len(wanted):
        if len(wanted) == 1 and math.prod(shape) == wanted[0]:
            yield InsertBefore("Flatten", label=f"Flatten input {port + 1}", port=port)
        return
    if len(shape) == 1:
        yield InsertBefore(
            "Dense",
            FrozenMap(units=wanted[0], activation="linear"),
            f"Dense of {wanted[0]} units on input {port + 1}",
            port,
        )
    elif len(shape) <= 4:
        yield from _cut(shape, wanted, port)
        yield from _convolved(shape, wanted, port)


def _convolved(shape: Shape, wanted: Shape, port: int) -> Iterator[Remedy]:
    """The convolution of a residual network's shortcut: kernel 1, strided where it must; or one
    whose kernel takes off what is too much.
    """
    axes = len(shape) - 1
    sides = tuple(zip(shape[:-1], wanted[:-1], strict=True))
    step = max(-(-n // w) for n, w in sides)
    kernel = (1,) * axes
    if any(-(-n // step) != w for n, w in sides):
        step, kernel = 1, tuple(n - w + 1 for n, w in sides)
        if not all(1 <= size <= _LARGEST_KERNEL for size in kernel):
            return
    label = f"Convolve input {port + 1} to {shape_text(wanted)}"
    yield InsertBefore(
        f"Conv{axes}D",
        FrozenMap(
            filters=wanted[-1],
            kernel_size=option_value(kernel),
            strides=option_value((step,) * axes),
            activation="linear",
        ),
        label if len(label) <= 40 else f"Convolve input {port + 1} to fit",
        port,
    )


def _cut(shape: Shape, wanted: Shape, port: int) -> Iterator[Remedy]:
    """Cropping, where the sides are a little larger and the channels the same."""
    sides, target = shape[:-1], wanted[:-1]
    if shape[-1] != wanted[-1] or any(
        not w <= n < 2 * w for n, w in zip(sides, target, strict=True)
    ):
        return
    surplus = [n - w for n, w in zip(sides, target, strict=True)]
    label = f"Crop input {port + 1} to {shape_text(wanted)}"
    yield InsertBefore(
        f"Cropping{len(sides)}D",
        FrozenMap(cropping=tuple(part for s in surplus for part in (s // 2, s - s // 2))),
        label if len(label) <= 40 else f"Crop input {port + 1} to fit",
        port,
    )


def place_of_axis(axis: int, rank: int) -> int | None:
    """Index into the shape of a sample of what Keras calls `axis` (0 is the batch); None when
    there is none or it is the batch.
    """
    place = axis - 1 if axis > 0 else axis + rank
    return place if axis != 0 and 0 <= place < rank else None


def _side_by_side(values: Values, shapes: tuple[Shape, ...]) -> Effect:
    first, axis = shapes[0], values.integer("axis")
    other = next((i for i, s in enumerate(shapes) if len(s) != len(first)), None)
    if other is not None:
        raise _axes_differ(shapes, other)
    place = place_of_axis(axis, len(first))
    if place is None:
        raise ShapeError(
            f"Axis {axis} of {shape_text(first)}"[:46],
            f"The axis is {axis}, and {shape_text(first)} comes in.",
            f"An axis from 1 to {len(first)}, or from -1 (the last) to -{len(first)}.",
            "Set the axis to -1.",
            option="axis",
            remedies=(SetOptions(FrozenMap(axis=-1), "Set axis to -1"),),
        )
    for port, shape in enumerate(shapes):
        if any(a != b for i, (a, b) in enumerate(zip(first, shape, strict=True)) if i != place):
            raise _sides_differ(shapes, port, place)
    sizes = [shape[place] for shape in shapes]
    total = sum(sizes)
    text = line(" + ".join(map(str, sizes)), total, axis_labels(len(first))[place])
    return Effect((*first[:place], total, *first[place + 1 :]), arithmetic=(text,))


def _axes_differ(shapes: tuple[Shape, ...], other: int) -> ShapeError:
    first, second = shape_text(shapes[0]), shape_text(shapes[other])
    flat = tuple(
        InsertBefore("Flatten", label=f"Flatten input {port + 1}", port=port)
        for port in (0, other)
        if len(shapes[port]) > 1 and len(shapes[other - port]) == 1
    )
    return ShapeError(
        _title(shapes, 0, other, "{} beside {}", f"Inputs 1 and {other + 1} differ in axes"),
        f"Input 1 is {first}, input {other + 1} is {second}.",
        "What stands side by side has the same number of axes.",
        "Insert Flatten or Reshape on one of the links.",
        remedies=(*flat, RemoveLayer()),
    )


def _sides_differ(shapes: tuple[Shape, ...], port: int, place: int) -> ShapeError:
    first, second = shapes[0], shapes[port]
    remedies: list[Remedy] = []
    if 1 < len(first) <= 4 and place == len(first) - 1:
        remedies += _cut(second, (*first[:-1], second[-1]), port)
        remedies += _cut(first, (*second[:-1], first[-1]), 0)
        remedies += _convolved(second, (*first[:-1], second[-1]), port)
        remedies += _convolved(first, (*second[:-1], first[-1]), 0)
    one, other = shape_text(first), shape_text(second)
    return ShapeError(
        _title(shapes, 0, port, "{} beside {}", f"Inputs 1 and {port + 1} differ"),
        f"Input 1 is {one}, input {port + 1} is {other}.",
        f"All sizes but that of axis {place + 1} have to be the same.",
        "Bring one of the two inputs to the sides of the other, or choose another axis.",
        remedies=(*remedies, RemoveLayer()),
    )


def _dot(values: Values, shapes: tuple[Shape, ...]) -> Effect:
    first, second = shapes
    axes = values.integers("axes")
    places = tuple(place_of_axis(a, len(s)) for a, s in zip(axes, shapes, strict=True))
    one, other = places
    if one is None or other is None or first[one] != second[other]:
        raise _no_product(shapes, axes)
    rest = (*first[:one], *first[one + 1 :], *second[:other], *second[other + 1 :])
    shape = rest or (1,)
    return Effect(shape, multiply_adds=math.prod(rest) * first[one])


def _no_product(shapes: tuple[Shape, ...], axes: tuple[int, ...]) -> ShapeError:
    first, second = shapes
    fitting = next(
        (
            (i + 1, j + 1)
            for i, a in reversed(tuple(enumerate(first)))
            for j, b in reversed(tuple(enumerate(second)))
            if a == b
        ),
        None,
    )
    text = "" if fitting is None else shape_text(fitting)
    return ShapeError(
        _title(shapes, 0, 1, "No product of {} and {}", "Sizes do not meet"),
        f"Axis {axes[0]} of input 1 ({shape_text(first)}) goes with axis {axes[1]} of input 2"
        f" ({shape_text(second)}).",
        "Both axes have to exist and to have the same size; the first is 1, the last is -1.",
        f"Set the axes to {text}." if fitting else "Bring two axes to the same size.",
        option="axes",
        remedies=(
            *(
                (SetOptions(FrozenMap(axes=fitting), f"Set axes to {text}"),)
                if fitting is not None
                else ()
            ),
            RemoveLayer(),
        ),
    )


def _kind(
    name: str,
    help: str,  # noqa: A002
    merge: MergeRule,
    summary: str,
    *options: Option,
    most: int = MOST_INPUTS,
) -> LayerKind:
    return LayerKind(
        name=name,
        family="Merge",
        icon="merge",
        help=help,
        keras_class=f"keras.layers.{name}",
        options=options,
        merge=merge,
        inputs=(2, most),
        summarize=lambda v: summary,
    )


_REPEATED = "Axes of size 1 are repeated."

KINDS = (
    _kind(
        "Add",
        f"Adds its inputs number by number: the shortcut of a residual network. {_REPEATED}",
        _number_by_number,
        "sum of the inputs",
    ),
    LayerKind(
        name="Concatenate",
        family="Merge",
        icon="merge",
        help=(
            "Puts its inputs side by side along one axis, usually the channels. All other sizes"
            " have to be the same."
        ),
        keras_class="keras.layers.Concatenate",
        options=(
            IntegerOption(
                name="axis",
                label="Axis",
                default=-1,
                help="Along which axis: -1 is the last one, the channels; 1 is the first one.",
                group="Shape",
                minimum=-6,
                maximum=6,
            ),
        ),
        merge=_side_by_side,
        inputs=(2, MOST_INPUTS),
        summarize=lambda v: (
            "channels side by side" if v["axis"] == -1 else f"along axis {v.shown('axis')}"
        ),
    ),
    _kind(
        "Multiply",
        "Multiplies its inputs number by number: one input can open and close the other like a"
        f" gate. {_REPEATED}",
        _product,
        "product of the inputs",
    ),
    _kind(
        "Average",
        f"Takes the mean of its inputs number by number. {_REPEATED}",
        _number_by_number,
        "mean of the inputs",
    ),
    _kind(
        "Maximum",
        f"Takes the largest of its inputs number by number. {_REPEATED}",
        _number_by_number,
        "largest of the inputs",
    ),
    _kind(
        "Minimum",
        f"Takes the smallest of its inputs number by number. {_REPEATED}",
        _number_by_number,
        "smallest of the inputs",
    ),
    _kind(
        "Subtract",
        f"Takes input 2 away from input 1, number by number. {_REPEATED}",
        _number_by_number,
        "input 1 - input 2",
        most=2,
    ),
    LayerKind(
        name="Dot",
        family="Merge",
        icon="merge",
        help=(
            "The dot product of two inputs along one axis of each: how alike they are. Normalized,"
            " it is the cosine of the angle between them."
        ),
        keras_class="keras.layers.Dot",
        options=(
            ShapeOption(
                name="axes",
                label="Axes",
                default=(-1, -1),
                help="Which axis of input 1 and which of input 2 are multiplied and summed; -1 is"
                " the last one, 1 the first.",
                group="Shape",
                length=2,
                minimum=-6,
                maximum=6,
            ),
            FlagOption(
                name="normalize",
                label="Normalize",
                default=False,
                help="Whether both are scaled to length 1 first; the result then is a cosine.",
            ),
        ),
        merge=_dot,
        inputs=(2, 2),
        summarize=lambda v: "cosine" if v["normalize"] else "dot product",
    ),
)
