"""Pooling: the maximum or the mean of a window, or of everything."""

from collections.abc import Mapping
from typing import Any

from app.core.frozen import FrozenMap
from app.core.layer_kinds.convolution import sizes_option, strides_part
from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    RemoveLayer,
    SetOptions,
    Shape,
    ShapeError,
    Values,
    joined,
    shape_text,
)
from app.core.layer_kinds.shared_options import padding_option
from app.core.layer_kinds.windows import Window, option_value, places
from app.core.options import FlagOption

_KEEP_DIMENSIONS = FlagOption(
    name="keepdims",
    label="Keep axes",
    default=False,
    help="Whether the pooled axes stay, with size 1.",
    group="Shape",
)


def _pooling(values: Values, shape: Shape) -> Effect:
    *sides, channels = shape
    size = values.integers("pool_size")
    strides = size if values["strides"] is None else values.integers("strides")
    window = Window(size, strides, (1,) * len(size), str(values["padding"]), "pool_size", "Pool")
    spatial, lines = places(window, tuple(sides))
    return Effect((*spatial, channels), arithmetic=lines)


def _global_pooling(values: Values, shape: Shape) -> Effect:
    *sides, channels = shape
    return Effect(((1,) * len(sides) if values["keepdims"] else ()) + (channels,))


def _summary(values: Values) -> str:
    strides = values["pool_size"] if values["strides"] is None else values["strides"]
    return joined(f"pool {values.shown('pool_size')}", strides_part(strides))


def _family(axes: int) -> tuple[LayerKind, ...]:
    end = f"{axes}D"
    whole = {1: "series", 2: "picture", 3: "volume"}[axes]
    texts = {
        "Max": (
            (
                f"Keeps the largest number of each window of the {whole}. What was found stays,"
                " exactly where does not."
            ),
            (
                f"Keeps the largest number of each channel over the whole {whole}. It tells whether"
                " a pattern is anywhere."
            ),
        ),
        "Average": (
            (
                f"Takes the mean of each window of the {whole}. A gentler way to make it smaller"
                " than the maximum."
            ),
            (
                f"Takes the mean of each channel over the whole {whole}. It replaces Flatten before"
                " the last dense layer and needs far fewer weights there."
            ),
        ),
    }
    options = (
        sizes_option(axes, "pool_size", "Pool size", 2, "How large the window is."),
        sizes_option(
            axes,
            "strides",
            "Strides",
            None,
            "By how many places the window moves; none: by its own size.",
            none_label="as pool size",
        ),
        padding_option(),
    )
    windows = tuple(
        LayerKind(
            name=f"{stem}Pooling{end}",
            family="Pooling",
            icon="pooling",
            help=texts[stem][0],
            keras_class=f"keras.layers.{stem}Pooling{end}",
            options=options,
            rank=axes + 1,
            rule=_pooling,
            summarize=_summary,
        )
        for stem in ("Max", "Average")
    )
    everything = tuple(
        LayerKind(
            name=f"Global{stem}Pooling{end}",
            family="Pooling",
            icon="pooling",
            help=texts[stem][1],
            keras_class=f"keras.layers.Global{stem}Pooling{end}",
            options=(_KEEP_DIMENSIONS,),
            rank=axes + 1,
            rule=_global_pooling,
            summarize=lambda v, noun=noun: f"{noun} of each channel",  # type: ignore[misc]
        )
        for stem, noun in (("Max", "maximum"), ("Average", "mean"))
    )
    return (*windows, *everything)


def _adaptive_average(values: Values, shape: Shape) -> Effect:
    return Effect((*values.integers("output_size"), shape[-1]))


def _adaptive_maximum(values: Values, shape: Shape) -> Effect:
    wanted, sides = values.integers("output_size"), shape[:-1]
    if 1 in wanted or 1 in sides:
        raise _too_few_windows(wanted, sides)
    return Effect((*wanted, shape[-1]))


def _too_few_windows(wanted: Shape, sides: Shape) -> ShapeError:
    """Keras pools with windows of ceil(n / out) and of one more, both over the whole input; where
    the larger one is beyond it (n or out is 1), TensorFlow 2.21 ends the process for maxima.
    """
    more = tuple(max(2, size) for size in wanted)
    fits = min(sides) > 1
    text = shape_text(more)
    return ShapeError(
        f"{shape_text(wanted)} windows over {shape_text(sides)}"[:46],
        f"{shape_text(sides)} is to be divided into {shape_text(wanted)} windows.",
        "At least 2 windows and 2 places along each side: Keras's adaptive max pooling ends the"
        " program with fewer.",
        f"Set the output size to {text}, or use global pooling." if fits else "Remove the layer.",
        option="output_size",
        remedies=(
            *(
                (
                    SetOptions(
                        FrozenMap(output_size=option_value(more)), f"Set output size to {text}"
                    ),
                )
                if fits
                else ()
            ),
            RemoveLayer(),
        ),
    )


def _adaptive(axes: int) -> tuple[LayerKind, ...]:
    end = f"{axes}D"
    whole = {1: "series", 2: "picture", 3: "volume"}[axes]
    return tuple(
        LayerKind(
            name=f"Adaptive{stem}Pooling{end}",
            family="Pooling",
            icon="pooling",
            help=(
                f"Divides the {whole} into as many windows as are to come out and takes the"
                f" {noun} of each. The output has the same size whatever comes in."
            ),
            keras_class=f"keras.layers.Adaptive{stem}Pooling{end}",
            options=(
                sizes_option(axes, "output_size", "Output size", 2, "How many windows there are."),
            ),
            rank=axes + 1,
            rule=_adaptive_maximum if stem == "Max" else _adaptive_average,
            summarize=lambda v, noun=noun: f"{noun} of {v.shown('output_size')} windows",  # type: ignore[misc]
            options_from=_from_sizes if axes == 1 else None,
        )
        for stem, noun in (("Max", "maximum"), ("Average", "mean"))
    )


def _from_sizes(config: Mapping[str, object]) -> dict[str, object]:
    """Keras stores one size as a list of one."""
    size: Any = config["output_size"]
    return {**config, "output_size": size if isinstance(size, int) else int(size[0])}


KINDS = (
    *_family(2),
    *_family(1),
    *_family(3),
    *_adaptive(2),
    *_adaptive(1),
    *_adaptive(3),
)
