"""The data, the dense layer, and layers that do nothing to a shape."""

from app.core.activation_catalog import activation_label
from app.core.layer_kinds.kind import Effect, LayerKind, Shape, Values, joined, line
from app.core.layer_kinds.shared_options import (
    LARGEST,
    activation_option,
    count_option,
    weight_options,
)
from app.core.network import INPUT_KIND
from app.core.options import ShapeOption


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
    (inputs,) = shape
    units = values.integer("units")
    bias = 1 if values["use_bias"] else 0
    parameters = (inputs + bias) * units
    text = f"({inputs} + 1)*{units}" if bias else f"{inputs}*{units}"
    return Effect(
        (units,),
        parameters=parameters,
        multiply_adds=inputs * units,
        arithmetic=(line(text, parameters, "params"),),
    )


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
        rank=1,
        rule=_dense,
        summarize=lambda v: joined(counted(v, "units"), activation_part(v)),
    ),
)
