"""Layers that put numbers into another shape and compute nothing."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from app.core.frozen import FrozenMap
from app.core.layer_kinds.convolution import sizes_option
from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    RemoveLayer,
    SetOptions,
    Shape,
    ShapeError,
    Values,
    product_line,
    shape_text,
)
from app.core.layer_kinds.shared_options import LARGEST, count_option
from app.core.layer_kinds.windows import side_lines
from app.core.options import Choice, ChoiceOption, ShapeOption


def _flatten(values: Values, shape: Shape) -> Effect:
    return Effect((math.prod(shape),), arithmetic=(product_line(shape),))


def _reshape(values: Values, shape: Shape) -> Effect:
    target, size = values.integers("target_shape"), math.prod(shape)
    free = target.count(-1)
    known = math.prod(side for side in target if side != -1)
    if 0 in target or free > 1:
        wrong = "a 0" if 0 in target else f"{free} times -1"
        raise ShapeError(
            f"Target shape holds {wrong}",
            f"The target shape is {shape_text(target)}.",
            "Every size has to be at least 1, except one that may be -1 and is then worked out.",
            f"Enter sizes whose product is {size:,}.",
            option="target_shape",
            remedies=(SetOptions(FrozenMap(target_shape=(size,)), f"Set shape to {size}"),),
        )
    if size % known if free else size != known:
        fitting = _nearest_target(target, size)
        raise ShapeError(
            f"{size:,} values do not fill {shape_text(target)}",
            f"{shape_text(shape)} comes in, {size:,} values; {shape_text(target)} holds {known:,}"
            + (" times a whole number." if free else "."),
            "The product of the target shape has to be the number of values that come in.",
            f"Enter sizes whose product is {size:,}, or one size as -1.",
            option="target_shape",
            remedies=(
                SetOptions(FrozenMap(target_shape=fitting), f"Set shape to {shape_text(fitting)}"),
                RemoveLayer(),
            ),
        )
    output = tuple(size // known if side == -1 else side for side in target)
    return Effect(output, arithmetic=(product_line(output),))


def _nearest_target(target: Shape, size: int) -> Shape:
    """The target with its first size replaced, if that works out, else one axis."""
    rest = math.prod(side for side in target[1:] if side > 0)
    return (size // rest, *target[1:]) if size % rest == 0 and -1 not in target[1:] else (size,)


def _permute(values: Values, shape: Shape) -> Effect:
    order = values.integers("dims")
    if sorted(order) != list(range(1, len(shape) + 1)):
        fitting = tuple(range(len(shape), 0, -1)) if len(shape) != 3 else (2, 1, 3)
        raise ShapeError(
            f"Order {shape_text(order)} for {len(shape)} axes",
            f"{shape_text(shape)} comes in, {len(shape)} axes; the order names"
            f" {shape_text(order)}.",
            f"Each of the axes 1 to {len(shape)} has to be named once.",
            f"Set the order to {shape_text(fitting)}, for example.",
            option="dims",
            remedies=(
                SetOptions(FrozenMap(dims=fitting), f"Set order to {shape_text(fitting)}"),
                RemoveLayer(),
            ),
        )
    return Effect(tuple(shape[axis - 1] for axis in order))


def _repeat(values: Values, shape: Shape) -> Effect:
    return Effect((values.integer("n"), *shape))


def _padding(values: Values, shape: Shape) -> Effect:
    *sides, channels = shape
    amounts = _ends(values, "padding", len(sides))
    texts = [(f"{n} + {a} + {b}", n + a + b) for n, (a, b) in zip(sides, amounts, strict=True)]
    return Effect((*(size for _, size in texts), channels), arithmetic=side_lines(tuple(texts)))


def _cropping(values: Values, shape: Shape) -> Effect:
    *sides, channels = shape
    amounts = _ends(values, "cropping", len(sides))
    texts = [(f"{n} - {a} - {b}", n - a - b) for n, (a, b) in zip(sides, amounts, strict=True)]
    if any(size < 1 for _, size in texts):
        none = (0,) * len(values.integers("cropping"))
        raise ShapeError(
            f"Crops all of {shape_text(tuple(sides))}",
            f"{shape_text(tuple(sides))} comes in and the crop leaves nothing of it.",
            "At least one row and one column have to remain.",
            "Crop less.",
            option="cropping",
            remedies=(SetOptions(FrozenMap(cropping=none), "Crop nothing"), RemoveLayer()),
        )
    return Effect((*(size for _, size in texts), channels), arithmetic=side_lines(tuple(texts)))


def _ends(values: Values, name: str, axes: int) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis, of one number for all, one for each axis, or both ends of
    each.

    Raises:
        ShapeError: for another count of numbers.
    """
    amounts = values.integers(name)
    if len(amounts) not in _counts(axes):
        each = (max(amounts),) * axes
        raise ShapeError(
            f"{len(amounts)} numbers for {axes} ax{'i' if axes == 1 else 'e'}s",
            f"The option holds {shape_text(amounts)}.",
            f"{_counts_text(axes)}.",
            f"Enter {shape_text(each)}, for example.",
            option=name,
            remedies=(SetOptions(FrozenMap({name: each}), f"Set it to {shape_text(each)}"),),
        )
    return end_pairs(amounts, axes)


def _counts(axes: int) -> tuple[int, ...]:
    return (1, 2) if axes == 1 else (1, axes, 2 * axes)


def _counts_text(axes: int) -> str:
    if axes == 1:
        return "One number for both ends, or two: before the first and after the last step"
    sides = "height and width" if axes == 2 else "depth, height and width"
    each = f"{axes}, for {sides}"
    return f"One number for all ends, {each}, or {2 * axes}: before and after along each"


def end_pairs(amounts: tuple[int, ...], axes: int) -> tuple[tuple[int, int], ...]:
    """(before, after) for each axis. Raises ValueError for another count of numbers."""
    if len(amounts) not in _counts(axes):
        raise ValueError(f"expected {_counts(axes)} numbers, received {len(amounts)}")
    if len(amounts) == 2 * axes:
        return tuple((amounts[2 * i], amounts[2 * i + 1]) for i in range(axes))
    return tuple((n, n) for n in (amounts * axes if len(amounts) == 1 else amounts))


def _as_pairs(name: str, axes: int) -> Callable[[Mapping[str, object]], dict[str, object]]:
    """Keras has pairs of pairs where the form has numbers in a row."""

    def arguments(options: Mapping[str, object]) -> dict[str, object]:
        amounts = options[name]
        if not isinstance(amounts, tuple):
            raise TypeError(f"{name} is {amounts!r}, not numbers")
        pairs = end_pairs(amounts, axes)
        return {**options, name: pairs if axes > 1 else pairs[0]}

    return arguments


def _from_pairs(name: str, axes: int) -> Callable[[Mapping[str, object]], dict[str, object]]:
    """The shortest way to write them: one number for each axis where both ends are alike."""

    def options(config: Mapping[str, object]) -> dict[str, object]:
        given: Any = config[name]
        if isinstance(given, int):
            given = (given,) * axes
        pairs = [given] if axes == 1 and not _is_pair(given[0]) else given
        ends = [tuple(p) if _is_pair(p) else (p, p) for p in pairs]
        alike = axes > 1 and all(a == b for a, b in ends)
        numbers = [a for a, _ in ends] if alike else [n for pair in ends for n in pair]
        return {**config, name: tuple(int(n) for n in numbers)}

    return options


def _is_pair(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _upsampling(values: Values, shape: Shape) -> Effect:
    *sides, channels = shape
    factors = values.integers("size")
    texts = [(f"{n}*{f}", n * f) for n, f in zip(sides, factors, strict=True)]
    return Effect((*(size for _, size in texts), channels), arithmetic=side_lines(tuple(texts)))


def _ends_option(name: str, label: str, axes: int, default: int, what: str) -> ShapeOption:
    return ShapeOption(
        name=name,
        label=label,
        default=(default,) * max(axes, 2),
        help=f"How much is {what}. {_counts_text(axes)}.",
        group="Shape",
        length=None,
        minimum=0,
    )


INTERPOLATION = ChoiceOption(
    name="interpolation",
    label="Between",
    default="nearest",
    help="How the new pixels come about.",
    group="Shape",
    choices=(
        Choice("nearest", "nearest", "Each pixel is repeated."),
        Choice("bilinear", "bilinear", "Straight lines between neighbours."),
        Choice("bicubic", "bicubic", "Cubic curves through neighbours."),
        Choice("lanczos3", "Lanczos 3", "A sharper curve over three neighbours."),
        Choice("lanczos5", "Lanczos 5", "A sharper curve over five neighbours."),
    ),
)


def _border_kinds(axes: int) -> tuple[LayerKind, ...]:
    end, rank = f"{axes}D", axes + 1
    whole = {1: "series", 2: "picture", 3: "volume"}[axes]
    return (
        LayerKind(
            name=f"ZeroPadding{end}",
            family="Reshape",
            icon="resize",
            rank=rank,
            help=(
                f"Puts zeros around the {whole}. A convolution after it can then look over the"
                " border."
            ),
            keras_class=f"keras.layers.ZeroPadding{end}",
            options=(_ends_option("padding", "Zeros", axes, 1, "added"),),
            arguments=_as_pairs("padding", axes),
            options_from=_from_pairs("padding", axes),
            rule=_padding,
            summarize=lambda v: f"{v.shown('padding')} zeros",
        ),
        LayerKind(
            name=f"Cropping{end}",
            family="Reshape",
            icon="resize",
            rank=rank,
            help=(
                f"Cuts the border of the {whole} off. What lies there is not looked at by later"
                " layers."
            ),
            keras_class=f"keras.layers.Cropping{end}",
            options=(_ends_option("cropping", "Cut off", axes, 1, "cut off"),),
            arguments=_as_pairs("cropping", axes),
            options_from=_from_pairs("cropping", axes),
            rule=_cropping,
            summarize=lambda v: f"cuts {v.shown('cropping')} off",
        ),
        LayerKind(
            name=f"UpSampling{end}",
            family="Reshape",
            icon="resize",
            rank=rank,
            help=(
                f"Makes the {whole} larger by repeating or interpolating. It has no weights, unlike"
                f" Conv{end}Transpose."
            ),
            keras_class=f"keras.layers.UpSampling{end}",
            options=(
                sizes_option(axes, "size", "Factor", 2, "By which factor each side grows."),
                *((INTERPOLATION,) if axes == 2 else ()),
            ),
            rule=_upsampling,
            summarize=lambda v: f"{v.shown('size')} times larger",
        ),
    )


KINDS = (
    LayerKind(
        name="Flatten",
        family="Reshape",
        icon="flatten",
        help=(
            "Puts all numbers in one row: the first row of the picture, the second, and so on. "
            "Dense layers need that."
        ),
        keras_class="keras.layers.Flatten",
        rule=_flatten,
        summarize=lambda v: "row by row",
    ),
    LayerKind(
        name="Reshape",
        family="Reshape",
        icon="reshape",
        help=(
            "Puts the same numbers into another shape, row by row. 64 numbers become a picture of"
            " 8×8×1."
        ),
        keras_class="keras.layers.Reshape",
        options=(
            ShapeOption(
                name="target_shape",
                label="Target shape",
                default=(-1,),
                length=None,
                minimum=-1,
                maximum=LARGEST,
                help="The sizes of the axes; one of them may be -1 and is then worked out.",
                group="Shape",
            ),
        ),
        rule=_reshape,
        summarize=lambda v: f"to {v.shown('target_shape')}",
    ),
    LayerKind(
        name="Permute",
        family="Reshape",
        icon="reshape",
        help="Puts the axes in another order. 2×1×3 swaps height and width of a picture.",
        keras_class="keras.layers.Permute",
        options=(
            ShapeOption(
                name="dims",
                label="Order",
                default=(2, 1),
                length=None,
                minimum=1,
                maximum=6,
                help="Which axis comes first, second and so on; the first one is 1.",
                group="Shape",
            ),
        ),
        rule=_permute,
        summarize=lambda v: f"order {v.shown('dims')}",
    ),
    LayerKind(
        name="RepeatVector",
        family="Reshape",
        icon="reshape",
        help=(
            "Repeats a row of numbers, so that it becomes a series of equal steps. "
            "A decoder of series begins with it."
        ),
        keras_class="keras.layers.RepeatVector",
        options=(count_option("n", "Times", 2, "How many equal steps come out."),),
        rank=1,
        rule=_repeat,
        summarize=lambda v: f"{v.shown('n')} times",
    ),
    *_border_kinds(2),
    *_border_kinds(1),
    *_border_kinds(3),
)
