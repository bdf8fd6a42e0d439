"""A dense layer over any axes, told by an equation."""

import math
import re

from app.core.frozen import FrozenMap
from app.core.layer_kinds.basic import activation_part
from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    Remedy,
    RemoveLayer,
    SetOptions,
    Shape,
    ShapeError,
    Values,
    joined,
    line,
    shape_text,
)
from app.core.layer_kinds.shared_options import (
    LARGEST,
    activation_option,
    constraint_option,
    initializer_option,
    regularizer_options,
)
from app.core.options import MORE, Option, ShapeOption, TextOption
from app.core.short_names import quoted

_FORM = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


def _wrong(shape: Shape, happened: str, expected: str, *, option: str = "equation") -> ShapeError:
    """The remedy is a dense layer over the last axis, with a letter for every axis."""
    letters = "abcdefghijklm"[: len(shape) + 1]
    equation = f"{letters},{letters[-1]}z->{letters[:-1]}z"
    values = FrozenMap(equation=equation, output_shape=(*shape[:-1], 16), bias_axes="z")
    remedies: tuple[Remedy, ...] = (
        SetOptions(values, f"Set it to {equation}"[:40]),
        RemoveLayer(),
    )
    return ShapeError(
        "The equation does not fit",
        happened,
        expected,
        f"Set the equation to {equation}, for example: a dense layer over the last axis.",
        option=option,
        remedies=remedies,
    )


def _einsum(values: Values, shape: Shape) -> Effect:
    """Keras: letters name the axes, the batch among them; the kernel takes its sizes from the
    output's letters, else from the input's.
    """
    equation = str(values["equation"])
    form = _FORM.fullmatch(equation)
    if form is None:
        raise _wrong(
            shape,
            f"The equation is {quoted(equation)}.",
            "Axes of the input, of the weights and of the output: ab,bc->ac.",
        )
    left, letters, right, kernel, out_left, out_letters, out_right = form.groups()
    if (left, right) != (out_left, out_right) or (left and right):
        raise _wrong(
            shape,
            f"The equation is {quoted(equation)}.",
            "Dots stand at the same side of input and output, at one side only.",
        )
    if any(len(set(part)) < len(part) for part in (letters, kernel, out_letters)):
        raise _wrong(
            shape,
            f"The equation is {quoted(equation)}.",
            "No letter stands twice in the same part.",
        )
    if len(kernel) < 2:
        raise _wrong(
            shape,
            f"In {quoted(equation)} the weights have one axis.",
            "Weights with two axes or more, as initializers need them.",
        )
    target = values.integers("output_shape")
    sizes, output = _sizes(equation, form, shape, target)
    if not set(letters) - set(out_letters) <= set(kernel):
        raise _wrong(
            shape,
            f"In {quoted(equation)} an axis of the input is lost.",
            "Every axis of the input stands in the weights or in the output.",
        )
    weights = tuple(sizes[letter] for letter in kernel)
    bias_axes = values["bias_axes"]
    bias = 0
    if isinstance(bias_axes, str) and bias_axes:
        named = out_letters if left else out_letters[1:]
        if set(bias_axes) - set(named) or len(set(bias_axes)) < len(bias_axes):
            raise _wrong(
                shape,
                f"The bias is for {quoted(bias_axes, 20)}, the output has "
                f"{quoted(out_letters, 20)}.",
                "The bias has axes of the output, each once, and not the batch.",
                option="bias_axes",
            )
        bias = math.prod(sizes[letter] for letter in bias_axes)
    parameters = math.prod(weights) + bias
    text = "*".join(map(str, weights)) + (f" + {bias}" if bias else "")
    summed = math.prod(sizes[letter] for letter in set(letters) - set(out_letters))
    return Effect(
        output,
        parameters=parameters,
        multiply_adds=math.prod(output) * summed,
        arithmetic=(line(text, parameters, "params"),),
    )


def _sizes(
    equation: str, form: re.Match[str], shape: Shape, target: Shape
) -> tuple[dict[str, int], Shape]:
    """Size of each letter but the batch's, and the shape of the output."""
    left, letters, right, kernel, _, out_letters, _ = form.groups()
    hidden = len(shape) + 1 - len(letters)  # axes that the dots stand for
    if hidden < 0 or (hidden and not (left or right)) or (right and len(letters) < 2):
        raise _wrong(
            shape,
            f"{shape_text(shape)} comes in, with the batch {len(shape) + 1} axes; the equation is"
            f" {quoted(equation)}.",
            "One letter for each axis of the input, the batch first, or dots.",
        )
    if left and not hidden:
        raise _wrong(
            shape,
            f"The equation is {quoted(equation)}, and every axis has a letter.",
            "Dots stand for the batch at least.",
        )
    coming = dict(zip(letters, ((0, *shape)[hidden:] if left else (0, *shape)), strict=False))
    # The batch is the first letter, unless dots stand for it.
    named = out_letters if left else out_letters[1:]
    if (not left and out_letters[:1] != letters[:1]) or len(target) != len(named):
        raise _wrong(
            shape,
            f"The output shape is {shape_text(target)}, the equation {quoted(equation)}.",
            "The batch comes first, and the output shape names a size for each further letter of"
            " the output.",
            option="output_shape",
        )
    sizes = dict(coming)
    for letter, size in zip(named, target, strict=True):
        known = coming.get(letter)
        if known not in (None, size):
            raise _wrong(
                shape,
                f"The output shape is {shape_text(target)}, and axis {letter} has {known}.",
                "Axes that come in keep their size.",
                option="output_shape",
            )
        sizes[letter] = size
    missing = set(kernel) - set(sizes)
    batch = {letters[0]} if not left else set()
    if missing or batch & set(kernel):
        raise _wrong(
            shape,
            f"The equation is {quoted(equation)}, the output shape {shape_text(target)}.",
            "The weights have axes of known sizes: of the output, or of the input.",
        )
    if not set(out_letters) <= set(letters) | set(kernel):
        raise _wrong(
            shape,
            f"The equation is {quoted(equation)}.",
            "Every axis of the output comes from the input or from the weights.",
        )
    middle = tuple(sizes[letter] for letter in named)
    before = shape[: hidden - 1] if left else ()
    if before != before[::-1]:
        # Keras 3.15 puts them into what it foretells in the wrong order.
        raise _wrong(
            shape,
            f"The dots stand for the axes {shape_text(before)}.",
            "Keras foretells the shape behind dots rightly for one axis, or for equal ones. Give"
            " every axis a letter.",
        )
    if left:
        return sizes, (*shape[: hidden - 1], *middle)
    return sizes, (*middle, *shape[len(shape) - hidden :]) if right else middle


def _weights() -> tuple[Option, ...]:
    return (
        initializer_option("kernel_initializer", "Initializer", "glorot_uniform", axes=3),
        *regularizer_options("kernel_regularizer", "Regularizer", axes=3),
        constraint_option("kernel_constraint", "Constraint", axes=3),
        initializer_option("bias_initializer", "Bias initializer", "zeros", plain=True),
        *regularizer_options("bias_regularizer", "Bias regularizer", MORE, axes=1),
        constraint_option("bias_constraint", "Bias constraint", axes=1),
    )


KINDS = (
    LayerKind(
        name="EinsumDense",
        family="Dense",
        icon="dense",
        help=(
            "A dense layer over any axes: an equation says which axes the weights multiply and"
            " sum. Letters name the axes, the batch first; dots stand for the axes that are left"
            " alone."
        ),
        keras_class="keras.layers.EinsumDense",
        options=(
            TextOption(
                name="equation",
                label="Equation",
                default="...x,xy->...y",
                help="Axes of the input, of the weights and of the output: ...x,xy->...y is a"
                " dense layer over the last axis.",
                group="Shape",
                maximum_length=60,
            ),
            ShapeOption(
                name="output_shape",
                label="Output shape",
                default=(16,),
                help="A size for each letter of the output but the batch.",
                group="Shape",
                length=None,
                maximum=LARGEST,
            ),
            TextOption(
                name="bias_axes",
                label="Bias for",
                default="y",
                optional=True,
                none_label="no bias",
                help="The axes of the output that the bias has; none: no bias.",
                group="Shape",
                maximum_length=12,
            ),
            activation_option("linear"),
            *_weights(),
        ),
        rule=_einsum,
        summarize=lambda v: joined(str(v["equation"]), activation_part(v)),
    ),
)
