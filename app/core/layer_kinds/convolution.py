"""Convolutions over steps and over pictures: plain, depthwise, separable, transposed."""

import math

from app.core.frozen import FrozenMap
from app.core.layer_kinds.basic import activation_part, counted
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
    shape_text,
)
from app.core.layer_kinds.shared_options import (
    activation_option,
    bias_and_output_options,
    constraint_option,
    count_option,
    initializer_option,
    padding_option,
    regularizer_options,
    use_bias_option,
    weight_options,
)
from app.core.layer_kinds.windows import Window, option_value, places, side_lines
from app.core.options import MORE, IntegerOption, Option, ShapeOption

_FILTERS = count_option(
    "filters",
    "Filters",
    16,
    "How many patterns the layer looks for; each gives a channel of the output.",
)


def sizes_option(
    axes: int,
    name: str,
    label: str,
    default: int | None,
    help: str,  # noqa: A002
    *,
    minimum: int = 1,
    none_label: str = "none",
) -> Option:
    """One whole number for one axis, two for two; `default` None means automatic."""
    if axes == 1:
        return IntegerOption(
            name=name,
            label=label,
            default=default,
            optional=default is None,
            none_label=none_label,
            help=help,
            group="Shape",
            minimum=minimum,
            maximum=4096,
        )
    return ShapeOption(
        name=name,
        label=label,
        default=None if default is None else (default,) * axes,
        optional=default is None,
        none_label=none_label,
        help=help,
        group="Shape",
        length=axes,
        minimum=minimum,
    )


def kernel_options(axes: int, *, stride: int = 1, causal: bool = False) -> tuple[Option, ...]:
    """Size, strides, padding and dilation of a kernel; of a series it may look backwards alone."""
    return (
        sizes_option(
            axes,
            "kernel_size",
            "Kernel size",
            3,
            "How large the window is that slides over the input.",
        ),
        sizes_option(
            axes, "strides", "Strides", stride, "By how many places the window moves at a time."
        ),
        padding_option(causal=causal),
        sizes_option(
            axes,
            "dilation_rate",
            "Dilation",
            1,
            "Distance between the points of the window; above 1 it looks at a larger part with as"
            " many weights.",
        ),
    )


_GROUPS = count_option(
    "groups",
    "Groups",
    1,
    "Into how many groups the channels are split, each with filters of its own.",
)
_MULTIPLIER = count_option(
    "depth_multiplier",
    "Multiplier",
    1,
    "How many output channels come from each input channel.",
    maximum=4096,
)


def _separable_weights(axes: int) -> tuple[Option, ...]:
    """Of the depthwise kernel (window, channels, multiplier) and the pointwise one behind it."""
    return (
        use_bias_option(),
        initializer_option(
            "depthwise_initializer", "Depthwise initializer", "glorot_uniform", axes=axes + 2
        ),
        initializer_option(
            "pointwise_initializer", "Pointwise initializer", "glorot_uniform", axes=axes + 2
        ),
        *regularizer_options("depthwise_regularizer", "Depthwise regularizer", MORE, axes=axes + 2),
        *regularizer_options("pointwise_regularizer", "Pointwise regularizer", MORE, axes=axes + 2),
        constraint_option(
            "depthwise_constraint",
            "Depthwise constraint",
            axes=axes + 2,
            unit_axes=tuple(range(axes)),
        ),
        constraint_option("pointwise_constraint", "Pointwise constraint", axes=axes + 2),
        *bias_and_output_options(),
    )


def sliding_window(values: Values) -> Window:
    """The window of a kernel. Raises ShapeError when strides and dilation are both above 1."""
    strides, dilation = values.integers("strides"), values.integers("dilation_rate")
    if max(strides) > 1 and max(dilation) > 1:
        ones = option_value((1,) * len(strides))
        raise ShapeError(
            "Strides and dilation above 1",
            f"Strides are {shape_text(strides)} and dilation is {shape_text(dilation)}.",
            "Keras allows only one of the two to be above 1.",
            "Set the strides or the dilation to 1.",
            option="dilation_rate",
            remedies=(
                SetOptions(FrozenMap(dilation_rate=ones), "Set dilation to 1"),
                SetOptions(FrozenMap(strides=ones), "Set strides to 1"),
            ),
        )
    return Window(
        values.integers("kernel_size"),
        strides,
        dilation,
        str(values["padding"]),
        "kernel_size",
        "Kernel",
    )


def _equal_strides(values: Values) -> None:
    strides = values.integers("strides")
    if len(set(strides)) > 1:
        same = (min(strides),) * len(strides)
        raise ShapeError(
            f"Strides {shape_text(strides)} differ",
            f"Strides are {shape_text(strides)}.",
            "TensorFlow's depthwise convolution needs the same stride along both sides.",
            f"Set both strides to {same[0]}.",
            option="strides",
            remedies=(SetOptions(FrozenMap(strides=same), f"Set strides to {shape_text(same)}"),),
        )


def _check_groups(filters: int, channels: int, groups: int) -> None:
    if filters % groups == 0 and channels % groups == 0:
        return
    fitting = math.gcd(groups, math.gcd(filters, channels))
    remedies = [SetOptions(FrozenMap(groups=fitting), f"Set groups to {fitting}")]
    if channels % groups == 0:
        more = -(-filters // groups) * groups
        remedies.append(SetOptions(FrozenMap(filters=more), f"Set filters to {more}"))
    raise ShapeError(
        f"{groups} groups of {filters} filters, {channels} channels",
        f"{filters} filters and {channels} input channels are to be split into {groups} groups.",
        "The number of groups has to divide both without remainder.",
        f"Set groups to {fitting}, or change the number of filters.",
        option="groups",
        remedies=tuple(remedies),
    )


def _convolution(values: Values, shape: Shape) -> Effect:
    *sides, channels = shape
    filters, groups = values.integer("filters"), values.integer("groups")
    _check_groups(filters, channels, groups)
    window = sliding_window(values)
    spatial, lines = places(window, tuple(sides))
    weights = math.prod(window.size) * channels // groups
    bias = 1 if values["use_bias"] else 0
    text = "*".join(map(str, (*window.size, channels))) + (f"/{groups}" if groups > 1 else "")
    text = f"({text} + 1)*{filters}" if bias else f"{text}*{filters}"
    parameters = (weights + bias) * filters
    return Effect(
        (*spatial, filters),
        parameters=parameters,
        multiply_adds=math.prod(spatial) * weights * filters,
        arithmetic=(*lines, line(text, parameters, "params")),
    )


def _depthwise(values: Values, shape: Shape) -> Effect:
    *sides, channels = shape
    _equal_strides(values)
    window = sliding_window(values)
    spatial, lines = places(window, tuple(sides))
    outputs = channels * values.integer("depth_multiplier")
    weights = math.prod(window.size)
    bias = 1 if values["use_bias"] else 0
    kernel = "*".join(map(str, window.size))
    tail = f"{channels}*{values.integer('depth_multiplier')}"
    parameters = (weights + bias) * outputs
    text = f"({kernel} + 1)*{tail}" if bias else f"{kernel}*{tail}"
    return Effect(
        (*spatial, outputs),
        parameters=parameters,
        multiply_adds=math.prod(spatial) * weights * outputs,
        arithmetic=(*lines, line(text, parameters, "params")),
    )


def _separable(values: Values, shape: Shape) -> Effect:
    *sides, channels = shape
    _equal_strides(values)
    window = sliding_window(values)
    spatial, lines = places(window, tuple(sides))
    multiplier, filters = values.integer("depth_multiplier"), values.integer("filters")
    between = channels * multiplier
    weights = math.prod(window.size)
    bias = 1 if values["use_bias"] else 0
    depthwise = weights * between
    pointwise = (between + bias) * filters
    first = "*".join(map(str, (*window.size, channels, multiplier)))
    second = f"({between} + 1)*{filters}" if bias else f"{between}*{filters}"
    return Effect(
        (*spatial, filters),
        parameters=depthwise + pointwise,
        multiply_adds=math.prod(spatial) * (depthwise + between * filters),
        arithmetic=(
            *lines,
            line(first, depthwise, "depthwise"),
            line(second, pointwise, "pointwise"),
            line(f"{depthwise} + {pointwise}", depthwise + pointwise, "params"),
        ),
    )


def _transposed(values: Values, shape: Shape) -> Effect:
    """Output side, as in Keras: valid (n - 1) s + max(span, s); same n s. With an extra e: valid
    (n - 1) s + span + e; same (n - 1) s + span mod 2 + e.
    """
    *sides, channels = shape
    window = sliding_window(values)
    filters = values.integer("filters")
    extra = None if values["output_padding"] is None else values.integers("output_padding")
    if extra is not None:
        _check_extra(extra, window)
    texts = []
    for place, (n, span, s) in enumerate(zip(sides, window.spans, window.strides, strict=True)):
        if extra is not None:
            rest = span if window.padding == "valid" else span % 2
            size = (n - 1) * s + rest + extra[place]
            texts.append((f"({n} - 1)*{s} + {rest} + {extra[place]}", size))
        elif window.padding == "same":
            texts.append((f"{n}*{s}", n * s))
        else:
            texts.append((f"({n} - 1)*{s} + {max(span, s)}", (n - 1) * s + max(span, s)))
    weights = math.prod(window.size) * channels
    bias = 1 if values["use_bias"] else 0
    kernel = "*".join(map(str, (*window.size, channels)))
    parameters = (weights + bias) * filters
    text = f"({kernel} + 1)*{filters}" if bias else f"{kernel}*{filters}"
    return Effect(
        (*(size for _, size in texts), filters),
        parameters=parameters,
        multiply_adds=math.prod(sides) * weights * filters,
        arithmetic=(*side_lines(tuple(texts)), line(text, parameters, "params")),
    )


def _check_extra(extra: tuple[int, ...], window: Window) -> None:
    """Below the strides; and with "same" TensorFlow needs the last window to begin inside."""
    even = [window.padding == "same" and span % 2 == 0 for span in window.spans]
    low = tuple(1 if is_even else 0 for is_even in even)
    if all(a <= e < s for a, e, s in zip(low, extra, window.strides, strict=True)):
        return
    remedy = SetOptions(FrozenMap(output_padding=None), "Set extra to none")
    raise ShapeError(
        f"Extra {shape_text(extra)}, strides {shape_text(window.strides)}",
        f"The extra is {shape_text(extra)}, the strides are {shape_text(window.strides)}.",
        "The extra has to be smaller than the strides"
        + ("; with an even kernel and padding “same” it is at least 1." if any(even) else "."),
        "Set the extra to none.",
        option="output_padding",
        remedies=(remedy,),
    )


def strides_part(value: object) -> str:
    """ "stride 2" for strides above 1, "stride 2×1" where they differ."""
    sizes = value if isinstance(value, tuple) else (value,)
    if all(size == 1 for size in sizes):
        return ""
    return f"stride {sizes[0]}" if len(set(sizes)) == 1 else f"stride {'×'.join(map(str, sizes))}"


def _summary(values: Values) -> str:
    kernel = values.shown("kernel_size")
    return joined(
        counted(values, "filters"),
        kernel if "×" in kernel else f"kernel {kernel}",
        strides_part(values["strides"]),
        activation_part(values),
    )


def _depthwise_summary(values: Values) -> str:
    multiplier = values["depth_multiplier"]
    return joined(
        f"kernel {values.shown('kernel_size')}",
        strides_part(values["strides"]),
        "" if multiplier == 1 else f"×{values.shown('depth_multiplier')} channels",
        activation_part(values),
    )


def _kind(name: str, axes: int, help: str, rule: Rule, *options: Option) -> LayerKind:  # noqa: A002
    return LayerKind(
        name=name,
        family="Convolution",
        icon="conv",
        help=help,
        keras_class=f"keras.layers.{name}",
        options=options,
        rank=axes + 1,
        rule=rule,
        summarize=_summary if options[0].name == "filters" else _depthwise_summary,
    )


def _family(axes: int) -> tuple[LayerKind, ...]:
    end = f"{axes}D"
    over = {
        1: "series: each step has several channels",
        2: "pictures",
        3: "volumes: scans in depth, or films",
    }[axes]
    window, activation = kernel_options(axes), activation_option()
    backwards = kernel_options(axes, causal=axes == 1)
    return (
        _kind(
            f"Conv{end}",
            axes,
            f"Slides small filters over {over}; each looks for the same pattern everywhere. "
            "It needs few weights, since all places share them.",
            _convolution,
            _FILTERS,
            *backwards,
            _GROUPS,
            activation,
            *weight_options(axes=axes + 2),
        ),
        _kind(
            f"SeparableConv{end}",
            axes,
            "Filters each channel on its own and then mixes the channels. "
            "It does nearly the work of a convolution with far fewer weights.",
            _separable,
            _FILTERS,
            *window,
            _MULTIPLIER,
            activation,
            *_separable_weights(axes),
        ),
        _kind(
            f"DepthwiseConv{end}",
            axes,
            "Filters each channel on its own and does not mix them. It is the first half of a"
            " separable convolution.",
            _depthwise,
            *window,
            _MULTIPLIER,
            activation,
            *weight_options("depthwise", axes=axes + 2, unit_axes=tuple(range(axes))),
        ),
        _kind(
            f"Conv{end}Transpose",
            axes,
            "The convolution backwards: from each number it paints a filter into a larger output. "
            "Used to make what comes in larger with weights that are learned.",
            _transposed,
            _FILTERS,
            *kernel_options(axes, stride=2),
            sizes_option(
                axes,
                "output_padding",
                "Extra",
                None,
                "How much larger the output is made at one end; below the strides. None: as it"
                " fits.",
                minimum=0,
                none_label="as it fits",
            ),
            activation,
            # The kernel is (window, filters, channels): a filter lies over all but the second last.
            *weight_options(axes=axes + 2, unit_axes=(*range(axes), axes + 1)),
        ),
    )


def _without_channelwise(kinds: tuple[LayerKind, ...]) -> tuple[LayerKind, ...]:
    """Keras has no depthwise or separable convolution over volumes."""
    return tuple(k for k in kinds if not k.name.startswith(("Separable", "Depthwise")))


KINDS = (*_family(2), *_family(1), *_without_channelwise(_family(3)))
