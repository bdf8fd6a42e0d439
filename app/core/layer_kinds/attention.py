"""Attention: each step of one input looks at all steps of another."""

import math

from app.core.frozen import FrozenMap
from app.core.layer_kinds.kind import (
    Effect,
    InsertBefore,
    LayerKind,
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
    bias_and_output_options,
    constraint_option,
    count_option,
    initializer_option,
    rate_option,
    regularizer_options,
    use_bias_option,
)
from app.core.options import MORE, Choice, ChoiceOption, FlagOption, IntegerOption, Option

_PORTS = ("query", "value", "key")
_USE_SCALE = "Whether the scores are multiplied by a number that is learned."


def _three(shapes: tuple[Shape, ...]) -> tuple[Shape, Shape, Shape]:
    """Query, value and key; without a key the values are the keys."""
    query, value = shapes[0], shapes[1]
    return query, value, shapes[2] if len(shapes) > 2 else value


def _same_steps(value: Shape, key: Shape) -> None:
    if value[:-1] != key[:-1]:
        raise ShapeError(
            _short(f"Value {shape_text(value)}, key {shape_text(key)}", "Value and key differ"),
            f"The value is {shape_text(value)}, the key {shape_text(key)}.",
            "Each value has its key: both have the same number of steps.",
            "Bring both to the same number of steps.",
            remedies=(RemoveLayer(),),
        )


def _same_width(query: Shape, key: Shape, port: int, name: str = "key") -> None:
    if query[-1] != key[-1]:
        width = query[-1]
        raise ShapeError(
            _short(
                f"Query {shape_text(query)}, {name} {shape_text(key)}", f"Query and {name} differ"
            ),
            f"The query has {width} channels, the {name} {key[-1]}.",
            f"Keras needs as many channels of the {name} as of the query.",
            f"Bring the {name} to as many channels with a convolution of kernel 1.",
            remedies=(
                InsertBefore(
                    "Conv1D",
                    FrozenMap(filters=width, kernel_size=1, activation="linear"),
                    f"Convolve input {port + 1} to {width} channels"[:40],
                    port,
                ),
                RemoveLayer(),
            ),
        )


def _short(long: str, short: str) -> str:
    return long if len(long) <= 46 else short


def _dot_attention(values: Values, shapes: tuple[Shape, ...]) -> Effect:
    query, value, key = _three(shapes)
    _same_steps(value, key)
    _same_width(query, key, len(shapes) - 1)
    scores = query[0] * key[0]
    concat = values["score_mode"] == "concat"
    parameters = bool(values["use_scale"]) + concat
    return Effect(
        (query[0], value[-1]),
        parameters=parameters,
        multiply_adds=(0 if concat else scores * query[-1]) + scores * value[-1],
        arithmetic=(
            line(f"{int(bool(values['use_scale']))} + {int(concat)}", parameters, "params"),
        ),
    )


def _additive_attention(values: Values, shapes: tuple[Shape, ...]) -> Effect:
    query, value, key = _three(shapes)
    _same_steps(value, key)
    _same_width(query, key, len(shapes) - 1)
    scores, scaled = query[0] * key[0], bool(values["use_scale"])
    parameters = query[-1] if scaled else 0
    return Effect(
        (query[0], value[-1]),
        parameters=parameters,
        multiply_adds=(scores * query[-1] if scaled else 0) + scores * value[-1],
        arithmetic=(line(f"1*{query[-1]}", parameters, "params"),) if scaled else (),
    )


def _projections(
    values: Values, parts: tuple[tuple[str, int, int, int], ...]
) -> tuple[int, int, str]:
    """Weights, products and the arithmetic of dense maps.

    Args:
        parts: for each the name, how often it is applied, inputs and outputs.
    """
    bias = 1 if values["use_bias"] else 0
    weights = sum((inputs + bias) * outputs for _, _, inputs, outputs in parts)
    products = sum(times * inputs * outputs for _, times, inputs, outputs in parts)
    text = " + ".join(
        f"({inputs} + 1)*{outputs}" if bias else f"{inputs}*{outputs}"
        for _, _, inputs, outputs in parts
    )
    return weights, products, text


def _multi_head(values: Values, shapes: tuple[Shape, ...]) -> Effect:
    """Vaswani and others 2017: project, score, weigh, project."""
    query, value, key = _three(shapes)
    for shape in (query, value, key):
        if len(shape) != len(query) or len(shape) < 2:
            raise _axes(shapes)
    _same_steps(value, key)
    if values["sliding_window"] is not None and len(query) > 2:
        raise ShapeError(
            f"Window over {len(query) - 1} axes of steps",
            f"{shape_text(query)} comes in, and a window is set.",
            "A window counts steps of a series, steps × channels.",
            "Set the window to none.",
            option="sliding_window",
            remedies=(SetOptions(FrozenMap(sliding_window=None), "Set window to none"),),
        )
    heads, key_dim = values.integer("num_heads"), values.integer("key_dim")
    value_dim = key_dim if values["value_dim"] is None else values.integer("value_dim")
    width = query[-1] if values["output_shape"] is None else values.integer("output_shape")
    asked, seen = math.prod(query[:-1]), math.prod(key[:-1])
    parts = [
        ("query", asked, query[-1], heads * key_dim),
        ("key", seen, key[-1], heads * key_dim),
        ("value", seen, value[-1], heads * value_dim),
        ("output", asked, heads * value_dim, width),
    ]
    if values["use_gate"]:
        parts.append(("gate", asked, query[-1], heads * value_dim))
    weights, products, text = _projections(values, tuple(parts))
    return Effect(
        (*query[:-1], width),
        parameters=weights,
        multiply_adds=products + asked * seen * heads * (key_dim + value_dim),
        arithmetic=(line(text, weights, "params"),),
    )


def _axes(shapes: tuple[Shape, ...]) -> ShapeError:
    texts = ", ".join(shape_text(shape) for shape in shapes)
    return ShapeError(
        _short(f"Attention over {texts}", "Inputs differ in axes"),
        f"{texts} come in.",
        "Query, value and key are series (steps × channels) or pictures, all alike.",
        "Insert Reshape on one of the links.",
        remedies=(RemoveLayer(),),
    )


def _grouped(values: Values, shapes: tuple[Shape, ...]) -> Effect:
    """Ainslie and others 2023: several query heads share a head of keys and values."""
    query, value, key = _three(shapes)
    _same_steps(value, key)
    _same_width(query, value, 1, "value")
    heads, shared = values.integer("num_query_heads"), values.integer("num_key_value_heads")
    if heads % shared:
        fitting = math.gcd(heads, shared)
        raise ShapeError(
            f"{heads} query heads share {shared} heads"[:46],
            f"{heads} query heads are to share {shared} heads of keys and values.",
            "The number of query heads has to be a multiple of the number of shared heads.",
            f"Set shared heads to {fitting}.",
            option="num_key_value_heads",
            remedies=(
                SetOptions(
                    FrozenMap(num_key_value_heads=fitting), f"Set shared heads to {fitting}"
                ),
            ),
        )
    size = values.integer("head_dim")
    asked, seen = query[0], key[0]
    parts = [
        ("query", asked, query[-1], heads * size),
        ("key", seen, key[-1], shared * size),
        ("value", seen, value[-1], shared * size),
        ("output", asked, heads * size, query[-1]),
    ]
    if values["use_gate"]:
        parts.append(("gate", asked, query[-1], heads * size))
    weights, products, text = _projections(values, tuple(parts))
    return Effect(
        query,
        parameters=weights,
        multiply_adds=products + asked * seen * heads * 2 * size,
        arithmetic=(line(text, weights, "params"),),
    )


def _dropout() -> Option:
    made = rate_option("The share of the attention weights that is set to 0 in training.", 0.0)
    return type(made)(**{**made.__dict__, "name": "dropout", "label": "Dropout"})


def _window() -> Option:
    return IntegerOption(
        name="sliding_window",
        label="Window",
        default=None,
        optional=True,
        none_label="all steps",
        help="How many steps around its own a step may look at; none: all of them.",
        group=MORE,
        minimum=1,
        maximum=1_000_000,
    )


_GATE = FlagOption(
    name="use_gate",
    label="Gate",
    default=False,
    help="Whether the result is multiplied by a sigmoid gate that is learned from the query (Qiu"
    " and others 2025).",
    group=MORE,
)


def _weights() -> tuple[Option, ...]:
    """Of all maps; their kernels have two or three axes, so rules for any number of them."""
    return (
        use_bias_option(),
        initializer_option("kernel_initializer", "Initializer", "glorot_uniform", axes=3),
        *regularizer_options("kernel_regularizer", "Regularizer", axes=3),
        constraint_option("kernel_constraint", "Constraint", axes=3, unit_axes=(0,)),
        *bias_and_output_options(),
    )


def _scale(default: bool) -> Option:
    return FlagOption(
        name="use_scale", label="Scale", default=default, help=_USE_SCALE, group="Weights"
    )


KINDS = (
    LayerKind(
        name="MultiHeadAttention",
        family="Attention",
        icon="attention",
        help=(
            "Each step of the query looks at all steps of the value, with several heads that look"
            " for different things: the heart of the Transformer. Link the same layer twice for"
            " self-attention."
        ),
        keras_class="keras.layers.MultiHeadAttention",
        options=(
            count_option("num_heads", "Heads", 4, "How many ways of looking there are.", "Shape"),
            count_option("key_dim", "Key size", 16, "How many numbers a head compares.", "Shape"),
            IntegerOption(
                name="value_dim",
                label="Value size",
                default=None,
                optional=True,
                none_label="as key size",
                help="How many numbers a head passes on; none: as many as it compares.",
                group="Shape",
                minimum=1,
                maximum=1_000_000_000,
            ),
            IntegerOption(
                name="output_shape",
                label="Channels out",
                default=None,
                optional=True,
                none_label="as the query",
                help="How many channels come out; none: as many as the query has.",
                group="Shape",
                minimum=1,
                maximum=1_000_000_000,
            ),
            _dropout(),
            *_weights(),
            _window(),
            _GATE,
        ),
        merge=_multi_head,
        inputs=(2, 3),
        ports=_PORTS,
        summarize=lambda v: joined(f"{v.shown('num_heads')} heads of {v.shown('key_dim')}"),
    ),
    LayerKind(
        name="GroupQueryAttention",
        family="Attention",
        icon="attention",
        help=(
            "Multi-head attention in which several query heads share the keys and values. It needs"
            " fewer weights and is nearly as good."
        ),
        keras_class="keras.layers.GroupQueryAttention",
        options=(
            count_option("head_dim", "Head size", 16, "How many numbers a head compares.", "Shape"),
            count_option("num_query_heads", "Query heads", 4, "How many heads ask.", "Shape"),
            count_option(
                "num_key_value_heads",
                "Shared heads",
                2,
                "How many heads of keys and values they share; a divisor of the query heads.",
                "Shape",
            ),
            _dropout(),
            *_weights(),
            _window(),
            _GATE,
        ),
        rank=2,
        merge=_grouped,
        inputs=(2, 3),
        ports=_PORTS,
        summarize=lambda v: (
            f"{v.shown('num_query_heads')} heads share {v.shown('num_key_value_heads')}"
        ),
    ),
    LayerKind(
        name="Attention",
        family="Attention",
        icon="attention",
        help=(
            "Each step of input 1 takes the mean of input 2, weighted by how alike they are (Luong"
            " and others 2015). Input 3 holds the keys, if they are not the values."
        ),
        keras_class="keras.layers.Attention",
        options=(
            ChoiceOption(
                name="score_mode",
                label="Score",
                default="dot",
                help="How query and key are compared.",
                choices=(
                    Choice("dot", "dot product", "The sum of their products."),
                    Choice("concat", "tanh of the sum", "The sum of tanh(query + key)."),
                ),
            ),
            _scale(False),
            _dropout(),
        ),
        rank=2,
        merge=_dot_attention,
        inputs=(2, 3),
        summarize=lambda v: "dot product" if v["score_mode"] == "dot" else "tanh of the sum",
    ),
    LayerKind(
        name="AdditiveAttention",
        family="Attention",
        icon="attention",
        help=(
            "Attention that compares by the tanh of query plus key (Bahdanau and others 2015)."
            " Input 3 holds the keys, if they are not the values."
        ),
        keras_class="keras.layers.AdditiveAttention",
        options=(_scale(True), _dropout()),
        rank=2,
        merge=_additive_attention,
        inputs=(2, 3),
        summarize=lambda v: "tanh of query + key",
    ),
)
