"""Recurrent layers: they read a series step by step and keep a state."""

import math
from dataclasses import replace

from app.core.layer_kinds.basic import activation_part, counted
from app.core.layer_kinds.convolution import kernel_options, sliding_window
from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    Rule,
    Shape,
    Values,
    joined,
    line,
)
from app.core.layer_kinds.shared_options import (
    activation_option,
    bias_and_output_options,
    constraint_option,
    count_option,
    initializer_option,
    rate_option,
    regularizer_options,
    use_bias_option,
)
from app.core.layer_kinds.windows import places
from app.core.options import MORE, FlagOption, Option

_SEQUENCES = FlagOption(
    name="return_sequences",
    label="Each step",
    default=False,
    help="Whether the output of every step comes out, for another recurrent layer, or only the"
    " last one.",
    group="Shape",
)
_BACKWARDS = FlagOption(
    name="go_backwards",
    label="Backwards",
    default=False,
    help="Whether the series is read from its end; the outputs then come in that order too.",
    group="Shape",
)
_UNROLL = FlagOption(
    name="unroll",
    label="Unroll",
    default=False,
    help="Whether the steps are written out one by one: the same numbers, faster for short series,"
    " more memory.",
    group=MORE,
)
_RESET_AFTER = FlagOption(
    name="reset_after",
    label="Reset after",
    default=True,
    help="Whether the reset gate acts after the product with the state, as in cuDNN, with a second"
    " bias, or before it (Cho and others 2014).",
    group=MORE,
)
_FORGET = FlagOption(
    name="unit_forget_bias",
    label="Forget bias 1",
    default=True,
    help="Whether the bias of the forget gate begins at 1, so that at first much is remembered"
    " (Jozefowicz and others 2015).",
    group="Weights",
    applies_when=("use_bias", (True,)),
)


def _dropouts() -> tuple[Option, ...]:
    inputs = rate_option(
        "The share of the inputs that is set to 0 in training, the same ones at every step.", 0.0
    )
    state = rate_option(
        "The share of the state that is set to 0 in training, the same part at every step.", 0.0
    )
    return (
        replace(inputs, name="dropout", label="Dropout"),
        replace(state, name="recurrent_dropout", label="State dropout"),
    )


def _recurrent_activation() -> Option:
    gates = activation_option("sigmoid")
    return replace(
        gates,
        name="recurrent_activation",
        label="Of the gates",
        help="The function of the gates; they open and close between 0 and 1.",
    )


def _weights(kernel_axes: int, *extra: Option) -> tuple[Option, ...]:
    return (
        use_bias_option(),
        initializer_option("kernel_initializer", "Initializer", "glorot_uniform", axes=kernel_axes),
        initializer_option(
            "recurrent_initializer", "State initializer", "orthogonal", axes=kernel_axes
        ),
        *extra,
        *regularizer_options("kernel_regularizer", "Regularizer", axes=kernel_axes),
        *regularizer_options("recurrent_regularizer", "State regularizer", MORE, axes=kernel_axes),
        constraint_option("kernel_constraint", "Constraint", axes=kernel_axes),
        constraint_option("recurrent_constraint", "State constraint", axes=kernel_axes),
        *bias_and_output_options(),
    )


def _cell(gates: int) -> Rule:
    """A cell with so many products of input and state: gates and candidate."""

    def rule(values: Values, shape: Shape) -> Effect:
        steps, channels = shape
        units = values.integer("units")
        # A GRU that resets after the product has a bias for each of the two products.
        double = gates == 3 and bool(values["reset_after"])
        biases = (2 if double else 1) if values["use_bias"] else 0
        parameters = gates * units * (channels + units + biases)
        inner = f"{channels} + {units}" + (f" + {biases}" if biases else "")
        times = f"{gates}*" if gates > 1 else ""
        return Effect(
            (steps, units) if values["return_sequences"] else (units,),
            parameters=parameters,
            multiply_adds=steps * gates * units * (channels + units),
            arithmetic=(line(f"{times}{units}*({inner})", parameters, "params"),),
        )

    return rule


def _convolutional(values: Values, shape: Shape) -> Effect:
    """Input convolution with its window; the state's keeps the size, as in Keras."""
    steps, *sides, channels = shape
    window = sliding_window(values)
    spatial, lines = places(window, tuple(sides))
    filters = values.integer("filters")
    area = math.prod(window.size)
    bias = 1 if values["use_bias"] else 0
    kernel = "*".join(map(str, window.size))
    parameters = 4 * filters * (area * (channels + filters) + bias)
    text = f"4*{filters}*({kernel}*({channels} + {filters})" + (" + 1)" if bias else ")")
    return Effect(
        (*((steps,) if values["return_sequences"] else ()), *spatial, filters),
        parameters=parameters,
        multiply_adds=steps * math.prod(spatial) * 4 * filters * area * (channels + filters),
        arithmetic=(
            *(replace(e, label="places" if e.label == "steps" else e.label) for e in lines),
            line(text, parameters, "params"),
        ),
    )


def _summary(values: Values) -> str:
    size = "units" if "units" in values else "filters"
    return joined(
        counted(values, size),
        "each step" if values["return_sequences"] else "last step",
        "" if values["activation"] == "tanh" else activation_part(values),
    )


def _kind(name: str, help: str, gates: int, *extra: Option) -> LayerKind:  # noqa: A002
    gated = (_recurrent_activation(),) if gates > 1 else ()
    forget = (_FORGET,) if name == "LSTM" else ()
    weights = _weights(2, *forget)
    if name == "SimpleRNN":  # Keras 3.15 takes its penalty on the output and forgets it
        weights = tuple(o for o in weights if o.name != "activity_regularizer")
    return LayerKind(
        name=name,
        family="Recurrent",
        icon="recurrent",
        help=help,
        keras_class=f"keras.layers.{name}",
        options=(
            count_option("units", "Units", 32, "How many numbers the state has."),
            _SEQUENCES,
            _BACKWARDS,
            activation_option("tanh"),
            *gated,
            *_dropouts(),
            *weights,
            _UNROLL,
            *extra,
        ),
        rank=2,
        over_steps=True,
        rule=_cell(gates),
        summarize=_summary,
    )


def _convolutional_kind(axes: int) -> LayerKind:
    what = {1: "series of rows", 2: "films", 3: "series of volumes"}[axes]
    return LayerKind(
        name=f"ConvLSTM{axes}D",
        family="Recurrent",
        icon="recurrent",
        help=(
            f"An LSTM over {what} whose products are convolutions. Its state is a picture of the"
            " same kind as its output."
        ),
        keras_class=f"keras.layers.ConvLSTM{axes}D",
        options=(
            count_option("filters", "Filters", 8, "How many channels the state has."),
            *kernel_options(axes),
            _SEQUENCES,
            _BACKWARDS,
            activation_option("tanh"),
            _recurrent_activation(),
            *_dropouts(),
            *_weights(axes + 2, _FORGET),
        ),
        rank=axes + 2,
        over_steps=True,
        rule=_convolutional,
        summarize=_summary,
    )


KINDS = (
    _kind(
        "LSTM",
        "Reads a series step by step and keeps a long memory behind gates that learn what to"
        " forget, to store and to show. The usual recurrent layer (Hochreiter and Schmidhuber"
        " 1997).",
        4,
    ),
    _kind(
        "GRU",
        "Reads a series step by step with two gates in place of the LSTM's three. Nearly as able,"
        " with a quarter fewer weights (Cho and others 2014).",
        3,
        _RESET_AFTER,
    ),
    _kind(
        "SimpleRNN",
        "Reads a series step by step: the state is the activation of input and old state. It"
        " forgets what was long ago, since its gradients vanish.",
        1,
    ),
    _convolutional_kind(2),
    _convolutional_kind(1),
    _convolutional_kind(3),
)
