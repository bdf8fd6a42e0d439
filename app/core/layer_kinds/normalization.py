"""Layers that bring numbers to a common scale."""

import math

from app.core.frozen import FrozenMap
from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    Rule,
    SetOptions,
    Shape,
    ShapeError,
    Values,
    joined,
    line,
    short,
)
from app.core.layer_kinds.shared_options import (
    constraint_option,
    initializer_option,
    regularizer_options,
)
from app.core.numbers_option import NumbersOption
from app.core.options import MORE, FlagOption, FloatOption, IntegerOption, Option


def _epsilon(default: float) -> FloatOption:
    return FloatOption(
        name="epsilon",
        label="Epsilon",
        default=default,
        help="A small number added to the variance, so that nothing is divided by 0.",
        minimum=0.0,
        exclusive_minimum=True,
        maximum=1.0,
        logarithmic=True,
    )


_SHIFT_AND_SCALE: tuple[Option, ...] = (
    FlagOption(
        name="center",
        label="Shift",
        default=True,
        help="Whether a number that is learned, beta, is added to each channel.",
        group="Weights",
    ),
    FlagOption(
        name="scale",
        label="Scale",
        default=True,
        help="Whether each channel is multiplied by a number that is learned, gamma.",
        group="Weights",
    ),
    initializer_option(
        "beta_initializer", "Shift initializer", "zeros", plain=True, only_with="center"
    ),
    initializer_option(
        "gamma_initializer", "Scale initializer", "ones", plain=True, only_with="scale"
    ),
    *regularizer_options("beta_regularizer", "Shift regularizer", MORE, "center", axes=1),
    *regularizer_options("gamma_regularizer", "Scale regularizer", MORE, "scale", axes=1),
    constraint_option("beta_constraint", "Shift constraint", axes=1, only_with="center"),
    constraint_option("gamma_constraint", "Scale constraint", axes=1, only_with="scale"),
)
_MOVING: tuple[Option, ...] = (
    initializer_option("moving_mean_initializer", "Mean initializer", "zeros", plain=True),
    initializer_option("moving_variance_initializer", "Variance initializer", "ones", plain=True),
)


def _learned(values: Values, shape: Shape, fixed_rows: int = 0) -> Effect:
    channels = shape[-1]
    rows = bool(values["center"]) + bool(values["scale"])
    lines = [line(f"{rows}*{channels}", rows * channels, "params")] if rows else []
    if fixed_rows:
        lines.append(line(f"{fixed_rows}*{channels}", fixed_rows * channels, "fixed"))
    return Effect(
        shape,
        parameters=rows * channels,
        fixed_parameters=fixed_rows * channels,
        multiply_adds=math.prod(shape),
        arithmetic=tuple(lines),
    )


def _batch(values: Values, shape: Shape) -> Effect:
    return _learned(values, shape, fixed_rows=2)


def _group(values: Values, shape: Shape) -> Effect:
    groups, channels = values.integer("groups"), shape[-1]
    if groups == 0 or (groups > 0 and channels % groups):
        fitting = math.gcd(groups, channels) if groups else 1
        raise ShapeError(
            f"{groups} groups of {channels} channels",
            f"{channels} channels are to be split into {groups} groups.",
            "The number of groups has to divide the number of channels; -1 makes each channel a"
            " group.",
            f"Set groups to {fitting}.",
            option="groups",
            remedies=(SetOptions(FrozenMap(groups=fitting), f"Set groups to {fitting}"),),
        )
    return _learned(values, shape)


def _root_mean_square(values: Values, shape: Shape) -> Effect:
    channels = shape[-1]
    return Effect(
        shape,
        parameters=channels,
        multiply_adds=math.prod(shape),
        arithmetic=(line(f"1*{channels}", channels, "params"),),
    )


def _unit(values: Values, shape: Shape) -> Effect:
    return Effect(shape, multiply_adds=math.prod(shape))


def _rescale(values: Values, shape: Shape) -> Effect:
    return Effect(shape, multiply_adds=math.prod(shape))


def _normalization(values: Values, shape: Shape) -> Effect:
    channels = shape[-1]
    mean, variance = values["mean"], values["variance"]
    if mean is None and variance is None:
        # Keras keeps the mean, the variance and how many samples they were taken of.
        fixed = 2 * channels + 1
        return Effect(
            shape,
            fixed_parameters=fixed,
            multiply_adds=math.prod(shape),
            arithmetic=(line(f"2*{channels} + 1", fixed, "fixed"),),
        )
    counts = [len(part) if isinstance(part, tuple) else 0 for part in (mean, variance)]
    if counts[0] != counts[1] or counts[0] not in (1, channels):
        raise ShapeError(
            f"{counts[0]} means, {counts[1]} variances, {channels} channels"[:46],
            f"There are {counts[0]} means and {counts[1]} variances for {channels} channels.",
            "As many of one as of the other: one, or one for each channel.",
            "Set the mean to 0 and the variance to 1, for example.",
            option="mean",
            remedies=(
                SetOptions(FrozenMap(mean=(0.0,), variance=(1.0,)), "Set mean 0, variance 1"),
            ),
        )
    return Effect(shape, multiply_adds=math.prod(shape))


def _one_or_list(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    return float(value[0]) if len(value) == 1 else [float(part) for part in value]


def _as_numbers(value: object) -> object:
    if value is None:
        return None
    return tuple(map(float, value)) if isinstance(value, (list, tuple)) else (float(value),)  # type: ignore[arg-type]


def _numbers(value: object) -> str:
    if not isinstance(value, tuple):
        return "kept"
    return short(value[0]) if len(value) == 1 else f"of {len(value)}"


def _kind(name: str, help: str, rule: Rule, summary: str, *options: Option) -> LayerKind:  # noqa: A002
    return LayerKind(
        name=name,
        family="Normalization",
        icon="normalization",
        help=help,
        keras_class=f"keras.layers.{name}",
        options=options,
        rule=rule,
        summarize=lambda v: summary,
    )


KINDS = (
    LayerKind(
        name="BatchNormalization",
        family="Normalization",
        icon="normalization",
        help=(
            "Brings each channel to mean 0 and deviation 1 over the batch, then scales and shifts"
            " it by numbers that are learned. In use it takes moving averages in place of the"
            " batch."
        ),
        keras_class="keras.layers.BatchNormalization",
        options=(
            FloatOption(
                name="momentum",
                label="Momentum",
                default=0.99,
                help=(
                    "How slowly the moving averages follow: new = momentum × old + (1 - momentum) ×"
                    " batch."
                ),
                minimum=0.0,
                maximum=1.0,
                exclusive_maximum=True,
                step=0.01,
            ),
            _epsilon(0.001),
            *_SHIFT_AND_SCALE,
            *_MOVING,
        ),
        rule=_batch,
        summarize=lambda v: joined("over the batch", f"momentum {v.shown('momentum')}"),
    ),
    _kind(
        "LayerNormalization",
        "Brings the channels of each place to mean 0 and deviation 1. It does not depend on the"
        " batch.",
        _learned,
        "over the channels",
        _epsilon(0.001),
        *_SHIFT_AND_SCALE,
    ),
    LayerKind(
        name="GroupNormalization",
        family="Normalization",
        icon="normalization",
        help=(
            "Brings groups of channels to mean 0 and deviation 1, for each sample on its own. "
            "It works with small batches too."
        ),
        keras_class="keras.layers.GroupNormalization",
        options=(
            IntegerOption(
                name="groups",
                label="Groups",
                default=8,
                group="Shape",
                minimum=-1,
                maximum=1_000_000,
                help="Into how many groups the channels are split; -1: each channel is one.",
            ),
            _epsilon(0.001),
            *_SHIFT_AND_SCALE,
        ),
        rule=_group,
        summarize=lambda v: f"{v.shown('groups')} groups",
    ),
    _kind(
        "UnitNormalization",
        "Scales the channels of each place so that their squares add up to 1. It has no weights.",
        _unit,
        "to length 1",
    ),
    _kind(
        "RMSNormalization",
        "Divides the channels of each place by their root mean square and scales them by numbers"
        " that are learned. A cheaper layer normalization.",
        _root_mean_square,
        "by the root mean square",
        _epsilon(1e-6),
    ),
    LayerKind(
        name="Rescaling",
        family="Normalization",
        icon="normalization",
        help=(
            "Multiplies every number by a fixed factor and adds a fixed offset. 1/255 brings pixels"
            " to 0 to 1."
        ),
        keras_class="keras.layers.Rescaling",
        options=(
            FloatOption(
                name="scale",
                label="Factor",
                default=1 / 255,
                help="What every number is multiplied by.",
                minimum=-1e6,
                maximum=1e6,
                step=0.1,
            ),
            FloatOption(
                name="offset",
                label="Offset",
                default=0.0,
                help="What is added afterwards.",
                minimum=-1e6,
                maximum=1e6,
                step=0.1,
            ),
        ),
        rule=_rescale,
        summarize=lambda v: f"× {short(v['scale'])} + {short(v['offset'])}",
    ),
    LayerKind(
        name="Normalization",
        family="Normalization",
        icon="normalization",
        help=(
            "Takes a fixed mean from each channel and divides by a fixed deviation. Networks made"
            " by others often begin with it."
        ),
        keras_class="keras.layers.Normalization",
        options=(
            NumbersOption(
                name="mean",
                label="Mean",
                default=(0.0,),
                optional=True,
                none_label="with the weights",
                help="One number, or one for each channel. None: kept with the weights.",
                length=None,
            ),
            NumbersOption(
                name="variance",
                label="Variance",
                default=(1.0,),
                optional=True,
                none_label="with the weights",
                help="The square of the deviation: one number, or one for each channel.",
                length=None,
                minimum=0.0,
            ),
            FlagOption(
                name="invert",
                label="Backwards",
                default=False,
                help="Whether it multiplies by the deviation and adds the mean.",
            ),
        ),
        rule=_normalization,
        summarize=lambda v: f"mean {_numbers(v['mean'])}, variance {_numbers(v['variance'])}",
        arguments=lambda options: {
            **options,
            "mean": _one_or_list(options["mean"]),
            "variance": _one_or_list(options["variance"]),
        },
        options_from=lambda config: {
            **config,
            "mean": _as_numbers(config["mean"]),
            "variance": _as_numbers(config["variance"]),
        },
    ),
)
