"""Activations as layers of their own, some with numbers to set or to learn."""

import math

from app.core.activation_catalog import activation_label
from app.core.frozen import FrozenMap
from app.core.layer_kinds.basic import unchanged
from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    SetOptions,
    Shape,
    ShapeError,
    Values,
    joined,
    product_line,
    shape_text,
    short,
)
from app.core.layer_kinds.shared_options import (
    activation_option,
    constraint_option,
    initializer_option,
    regularizer_options,
)
from app.core.options import MORE, FloatOption, ShapeOption


def _number(
    name: str,
    label: str,
    default: float | None,
    help: str,  # noqa: A002
    *,
    maximum: float = 1000.0,
    step: float = 0.05,
) -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=default,
        optional=default is None,
        none_label="no limit",
        help=help,
        minimum=0.0,
        maximum=maximum,
        step=step,
    )


def _parametric(values: Values, shape: Shape) -> Effect:
    shared = () if values["shared_axes"] is None else values.integers("shared_axes")
    if any(axis > len(shape) for axis in shared):
        fitting = tuple(axis for axis in shared if axis <= len(shape)) or None
        text = shape_text(fitting) if fitting else "none"
        raise ShapeError(
            f"Shared axes {shape_text(shared)} of {len(shape)}",
            f"{shape_text(shape)} comes in, axes 1 to {len(shape)}; shared are"
            f" {shape_text(shared)}.",
            f"Shared axes are numbers from 1 to {len(shape)}.",
            f"Set the shared axes to {text}.",
            option="shared_axes",
            remedies=(SetOptions(FrozenMap(shared_axes=fitting), f"Set shared axes to {text}"),),
        )
    slopes = tuple(1 if axis in shared else size for axis, size in enumerate(shape, start=1))
    return Effect(shape, parameters=math.prod(slopes), arithmetic=(product_line(slopes, "params"),))


def _randomized(values: Values, shape: Shape) -> Effect:
    lower, upper = values.number("lower"), values.number("upper")
    if lower > upper:
        raise ShapeError(
            f"Slopes from {lower:g} to {upper:g}",
            f"The smallest slope is {lower:g}, the largest {upper:g}.",
            "The smallest slope may not be above the largest.",
            "Swap the two.",
            option="lower",
            remedies=(SetOptions(FrozenMap(lower=upper, upper=lower), "Swap the two"),),
        )
    return Effect(shape)


KINDS = (
    LayerKind(
        name="Activation",
        family="Activation",
        icon="activation",
        help=(
            "Puts a function on every number. The same as the activation of the layer before, as a"
            " layer of its own: after a batch normalization, for example."
        ),
        keras_class="keras.layers.Activation",
        options=(activation_option(),),
        rule=unchanged,
        summarize=lambda v: activation_label(v["activation"]),
    ),
    LayerKind(
        name="ReLU",
        family="Activation",
        icon="activation",
        glyph="relu",
        help=(
            "max(0, x), with a ceiling, a slope for negative numbers and a threshold to set. "
            "With the defaults it is the activation ReLU."
        ),
        keras_class="keras.layers.ReLU",
        options=(
            _number(
                "max_value",
                "Ceiling",
                None,
                "The largest number that comes out; none: there is no limit.",
            ),
            _number(
                "negative_slope", "Slope below", 0.0, "The slope for numbers below the threshold."
            ),
            _number(
                "threshold", "Threshold", 0.0, "Below it the slope for negative numbers holds."
            ),
        ),
        rule=unchanged,
        summarize=lambda v: joined(
            "max(0, x)" if not v["negative_slope"] else f"slope {v.shown('negative_slope')}",
            "" if v["max_value"] is None else f"at most {v.shown('max_value')}",
            "" if not v["threshold"] else f"from {v.shown('threshold')}",
        ),
    ),
    LayerKind(
        name="LeakyReLU",
        family="Activation",
        icon="activation",
        glyph="leaky_relu",
        help="x for positive numbers, a small slope times x for negative ones. Units cannot die.",
        keras_class="keras.layers.LeakyReLU",
        options=(
            _number("negative_slope", "Slope below 0", 0.3, "The slope for negative numbers."),
        ),
        rule=unchanged,
        summarize=lambda v: f"slope {v.shown('negative_slope')}",
    ),
    LayerKind(
        name="PReLU",
        family="Activation",
        icon="activation",
        glyph="leaky_relu",
        help=(
            "Leaky ReLU whose slope for negative numbers is learned, one for each number that comes"
            " in. For pictures share the slopes over axes 1 and 2, so that there is one for each"
            " channel."
        ),
        keras_class="keras.layers.PReLU",
        options=(
            ShapeOption(
                name="shared_axes",
                label="Shared axes",
                default=None,
                optional=True,
                none_label="no axes",
                length=None,
                maximum=6,
                help="Axes along which all numbers share one slope; the first axis is 1.",
                group="Shape",
            ),
            initializer_option(
                "alpha_initializer", "Slope initializer", "zeros", plain=True, group="Weights"
            ),
            *regularizer_options("alpha_regularizer", "Slope regularizer", MORE, axes=1),
            constraint_option("alpha_constraint", "Slope constraint", axes=1),
        ),
        rule=_parametric,
        summarize=lambda v: joined(
            "slope is learned",
            "" if v["shared_axes"] is None else f"shared over {v.shown('shared_axes')}",
        ),
    ),
    LayerKind(
        name="RandomizedLeakyReLU",
        family="Activation",
        icon="activation",
        glyph="leaky_relu",
        help=(
            "Leaky ReLU whose slope for negative numbers is drawn anew for every number in each"
            " training step, evenly between two bounds. In use the slope is their mean (Xu and"
            " others 2015)."
        ),
        keras_class="app.modeling.layers.RandomizedLeakyReLU",
        options=(
            _number(
                "lower",
                "Least slope",
                0.125,
                "The smallest slope that is drawn.",
                maximum=1.0,
                step=0.01,
            ),
            _number(
                "upper",
                "Largest slope",
                1 / 3,
                "The largest slope that is drawn.",
                maximum=1.0,
                step=0.01,
            ),
        ),
        rule=_randomized,
        summarize=lambda v: f"slope {short(v['lower'])} to {short(v['upper'])}",
    ),
    LayerKind(
        name="ELU",
        family="Activation",
        icon="activation",
        glyph="elu",
        help=(
            "x for positive numbers, alpha (exp(x) - 1) for negative ones. A smooth bend down to"
            " -alpha."
        ),
        keras_class="keras.layers.ELU",
        options=(_number("alpha", "Alpha", 1.0, "How far down negative numbers can go."),),
        rule=unchanged,
        summarize=lambda v: f"alpha {v.shown('alpha')}",
    ),
    LayerKind(
        name="Softmax",
        family="Activation",
        icon="activation",
        glyph="softmax",
        help=(
            "Turns the numbers of the last axis into probabilities that add up to 1. "
            "The same as the activation softmax of the layer before."
        ),
        keras_class="keras.layers.Softmax",
        rule=unchanged,
        summarize=lambda v: "over the last axis",
    ),
)
