"""The data, the dense layer, and layers that do nothing to a shape."""

import math

from app.core.activation_catalog import activation_label
from app.core.frozen import FrozenMap
from app.core.layer_kinds.kind import (
    Effect,
    InsertBefore,
    LayerKind,
    RemoveLayer,
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
    count_option,
    weight_options,
)
from app.core.network import INPUT_KIND
from app.core.options import FloatOption, ShapeOption


def unchanged(values: Values, shape: Shape) -> Effect:
    """The rule of a layer that keeps the shape and has no weights."""
    return Effect(shape)


def activation_part(values: Values) -> str:
    """The activation on a card's line; nothing for linear."""
    value = values["activation"]
    return "" if value == "linear" else activation_label(value)


def counted(values: Values, name: str) -> str:
    """ "16 filters", "1 filter"."""
    return f"{values.shown(name)} {name[:-1] if values[name] == 1 else name}"


def _dense(values: Values, shape: Shape) -> Effect:
    *places, inputs = shape
    units = values.integer("units")
    bias = 1 if values["use_bias"] else 0
    parameters = (inputs + bias) * units
    text = f"({inputs} + 1)*{units}" if bias else f"{inputs}*{units}"
    return Effect(
        (*places, units),
        parameters=parameters,
        multiply_adds=math.prod(places) * inputs * units,
        arithmetic=(line(text, parameters, "params"),),
    )


def _masking(values: Values, shape: Shape) -> Effect:
    if len(shape) < 2:
        raise ShapeError(
            f"Needs steps, gets {shape_text(shape)}",
            f"{shape_text(shape)} comes in, one axis.",
            "Steps with numbers, at least two axes; of a row the whole sample would be filler.",
            "Insert Reshape before it, or remove it.",
            remedies=(
                InsertBefore(
                    "Reshape",
                    FrozenMap(target_shape=(*shape, 1)),
                    f"Insert Reshape {shape_text(shape)}×1",
                ),
                RemoveLayer(),
            ),
        )
    return Effect(shape)


KINDS = (
    LayerKind(
        name=INPUT_KIND,
        label="Input",
        family="Input",
        icon="input",
        help="The data, one sample at a time. Its shape follows the data set.",
        keras_class="keras.layers.InputLayer",
        options=(
            ShapeOption(
                name="shape",
                label="Shape",
                default=None,
                optional=True,
                none_label="as the data",
                length=None,
                maximum=LARGEST,
                help="Of one sample. None: it follows the data. A network that was opened from a "
                "file keeps the shape that it was made for.",
                group="Shape",
            ),
        ),
        rule=unchanged,
        summarize=lambda values: "the data",
        makes_input=True,
    ),
    LayerKind(
        name="Dense",
        family="Dense",
        icon="dense",
        help=(
            "Every unit sees every number that comes in: a weighted sum, a bias, an activation. "
            "The layer of the multilayer perceptron, and the last one of nearly every network."
        ),
        keras_class="keras.layers.Dense",
        options=(
            count_option(
                "units", "Units", 32, "How many units the layer has; as many numbers come out."
            ),
            activation_option(),
            *weight_options(),
        ),
        rule=_dense,
        summarize=lambda v: joined(counted(v, "units"), activation_part(v)),
    ),
    LayerKind(
        name="Identity",
        family="Reshape",
        icon="generic",
        help="Passes everything on unchanged. A place to join or to name in a drawing.",
        keras_class="keras.layers.Identity",
        rule=unchanged,
        summarize=lambda values: "unchanged",
    ),
    LayerKind(
        name="Masking",
        family="Encoding",
        icon="embedding",
        help=(
            "Marks steps at which all numbers have one value, usually 0, as filler. Recurrent and"
            " attention layers then skip them."
        ),
        keras_class="keras.layers.Masking",
        options=(
            FloatOption(
                name="mask_value",
                label="Filler",
                default=0.0,
                help="A step is filler if all of its numbers are equal to this.",
                minimum=-1e9,
                maximum=1e9,
            ),
        ),
        rule=_masking,
        summarize=lambda v: f"steps of {v.shown('mask_value')}",
    ),
)
