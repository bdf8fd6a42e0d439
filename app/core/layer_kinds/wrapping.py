"""Keras's wrappers around other kinds: both directions, each step, spectral normalization.

A wrapper and the layer inside are one kind here, with the options of both.
"""

from dataclasses import replace

from app.core.layer_kinds import basic, convolution, pooling, recurrent, reshaping
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
    product_line,
    shape_text,
)
from app.core.options import Choice, ChoiceOption, IntegerOption, Option
from app.core.resolved_project import ArithmeticLine

_INSIDE = {
    kind.name: kind
    for family in (basic, convolution, pooling, recurrent, reshaping)
    for kind in family.KINDS
}
_MERGE_MODE = ChoiceOption(
    name="merge_mode",
    label="Together",
    default="concat",
    help="How the outputs of the two directions are put together.",
    group="Shape",
    choices=(
        Choice("concat", "side by side", "Twice as many channels come out."),
        Choice("sum", "sum", "Number by number."),
        Choice("mul", "product", "Number by number."),
        Choice("ave", "mean", "Number by number."),
    ),
)
_POWER_ITERATIONS = IntegerOption(
    name="power_iterations",
    label="Iterations",
    default=1,
    help="How often the estimate of the largest singular value is improved in each step.",
    group="Weights",
    minimum=1,
    maximum=100,
)


def _doubled(entry: ArithmeticLine) -> ArithmeticLine:
    expression, _, result = entry.text.rpartition(" = ")
    return line(f"2*{expression}", 2 * int(result.replace(",", "")), entry.label)


def _both_directions(inner: LayerKind, values: Values, shape: Shape) -> Effect:
    one = inner.effect(values, (shape,))
    *front, channels = one.output_shape
    width = 2 * channels if values["merge_mode"] == "concat" else channels
    return Effect(
        (*front, width),
        parameters=2 * one.parameters,
        multiply_adds=None if one.multiply_adds is None else 2 * one.multiply_adds,
        arithmetic=tuple(_doubled(e) if e.label == "params" else e for e in one.arithmetic),
    )


def _each_step(inner: LayerKind, values: Values, shape: Shape) -> Effect:
    if len(shape) < 2:
        raise ShapeError(
            f"Needs steps, gets {shape_text(shape)}"[:46],
            f"{shape_text(shape)} comes in, one axis.",
            "Steps come first, and each holds numbers: at least two axes.",
            "Insert RepeatVector or Reshape before it.",
            remedies=(InsertBefore("RepeatVector"), RemoveLayer()),
        )
    steps, *rest = shape
    one = inner.effect(values, (tuple(rest),))
    return Effect(
        (steps, *one.output_shape),
        parameters=one.parameters,
        fixed_parameters=one.fixed_parameters,
        multiply_adds=None if one.multiply_adds is None else steps * one.multiply_adds,
        arithmetic=tuple(
            replace(e, label="each step") if e.label in ("values", "steps") else e
            for e in one.arithmetic
        ),
    )


def _normalized(inner: LayerKind, values: Values, shape: Shape) -> Effect:
    """Miyato and others 2018: a vector as long as the last axis of the kernel is kept."""
    one = inner.effect(values, (shape,))
    kept = one.output_shape[-1]
    return replace(
        one,
        fixed_parameters=one.fixed_parameters + kept,
        arithmetic=(*one.arithmetic, product_line((1, kept), "fixed")),
    )


def _kind(
    wrapper: str,
    inside: str,
    help: str,  # noqa: A002
    own: tuple[Option, ...] = (),
) -> LayerKind:
    inner = _INSIDE[inside]
    rule = {
        "Bidirectional": _both_directions,
        "TimeDistributed": _each_step,
        "SpectralNormalization": _normalized,
    }[wrapper]
    stepping = wrapper == "TimeDistributed"
    # Keras does not ask the layer inside TimeDistributed for a penalty on its output, and two
    # directions that begin backwards are both backwards to it.
    without = {"TimeDistributed": "activity_regularizer", "Bidirectional": "go_backwards"}
    options = tuple(
        option
        for option in inner.options
        if wrapper not in without or not option.name.startswith(without[wrapper])
    )
    rank = inner.rank
    if stepping and rank is not None:
        rank += 1
    end = {"TimeDistributed": "at each step", "SpectralNormalization": "spectral norm"}.get(wrapper)
    return LayerKind(
        name=f"{wrapper}{inside}",
        label=f"{wrapper} {inside}",
        family={"Bidirectional": "Recurrent", "TimeDistributed": "Each step"}.get(
            wrapper, "Normalization"
        ),
        icon={"Bidirectional": "recurrent", "TimeDistributed": "wrapper"}.get(
            wrapper, "normalization"
        ),
        glyph=inner.glyph,
        help=help,
        keras_class=f"keras.layers.{wrapper}",
        options=(*own, *options),
        rank=rank,
        over_steps=stepping or inner.over_steps,
        rule=lambda values, shape: rule(inner, values, shape),
        summarize=lambda v: joined(inner.summarize(v), end or "both ways"),
        wraps=inside,
        wrapper_options=tuple(option.name for option in own),
    )


_STEP_BY_STEP = (
    ("Conv2D", "Slides the same filters over every picture of a film."),
    ("Conv1D", "Slides the same filters over the row of every step."),
    ("MaxPooling2D", "Pools every picture of a film."),
    ("AveragePooling2D", "Takes means in every picture of a film."),
    ("GlobalAveragePooling2D", "Takes the mean of each channel of every picture of a film."),
    ("GlobalMaxPooling2D", "Takes the maximum of each channel of every picture of a film."),
    ("Flatten", "Puts the numbers of every step in one row."),
    ("Dense", "Puts the same dense layer on every step."),
)

KINDS = (
    *(
        _kind(
            "Bidirectional",
            inside,
            f"Two layers {inside}, one of which reads from the end, so that each step knows what"
            " comes after it. The whole series has to be there beforehand.",
            (_MERGE_MODE,),
        )
        for inside in ("LSTM", "GRU", "SimpleRNN", "ConvLSTM2D")
    ),
    *(
        _kind(
            "TimeDistributed",
            inside,
            f"{help_} The first axis is that of the steps; the weights are the same at all of"
            " them.",
        )
        for inside, help_ in _STEP_BY_STEP
    ),
    *(
        _kind(
            "SpectralNormalization",
            inside,
            f"{inside} whose weights are divided by their largest singular value in each training"
            " step, so that it cannot amplify much. It steadies generative networks.",
            (_POWER_ITERATIONS,),
        )
        for inside in ("Dense", "Conv2D")
    ),
)
