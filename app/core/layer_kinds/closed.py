"""Layers from a file that the catalog has no kind for, or whose options it cannot express.

A closed box carries what Keras wrote of the layer and says what it does to the shapes that it was
made for; it trains and is saved like any other layer, but its insides are not edited here.
"""

import json
from functools import lru_cache

from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    RemoveLayer,
    Shape,
    ShapeError,
    Values,
    line,
    shape_text,
)
from app.core.layer_kinds.shared_options import LARGEST
from app.core.options import IntegerOption, ShapeOption, TextOption

CLOSED_KIND = "ClosedBox"

LONGEST_CONFIG = 2**20
"""Characters of a configuration: more than any model of `keras.applications` has."""

_MOST_WEIGHTS = 10**12


def shapes_text(shapes: tuple[Shape, ...]) -> str:
    """((8, 8, 3), (4,)) as the option `input_shapes` holds it."""
    return json.dumps([list(shape) for shape in shapes])


def _wrong_shapes() -> ShapeError:
    return ShapeError(
        "Shapes of the closed box are damaged",
        "What the closed box says of the shapes that come in cannot be read.",
        "A list of shapes, as it was written when the model's file was opened.",
        "Remove the layer, or open the model's file again.",
        option="input_shapes",
        remedies=(RemoveLayer(),),
    )


@lru_cache(maxsize=4096)
def _shapes(text: str) -> tuple[Shape, ...]:
    """The shapes that the option `input_shapes` holds. Raises ShapeError when it holds none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong_shapes() from None
    if not isinstance(found, list) or not 1 <= len(found) <= 64:
        raise _wrong_shapes()
    for shape in found:
        if not isinstance(shape, list) or any(type(s) is not int or s < 0 for s in shape):
            raise _wrong_shapes()
    return tuple(tuple(shape) for shape in found)


def _closed(values: Values, shapes: tuple[Shape, ...]) -> Effect:
    made_for = _shapes(str(values["input_shapes"]))
    if shapes != made_for:
        wanted, got = (_listed(some) for some in (made_for, shapes))
        raise ShapeError(
            f"Made for {wanted}, gets {got}",
            f"{got} comes in.",
            f"This closed box, a {values['class_name']} of the model that was opened, works on "
            f"{wanted} only.",
            f"Feed it {wanted}, or put a layer of the list in its place.",
            remedies=(RemoveLayer(),),
        )
    parameters = values.integer("parameters")
    fixed = values.integer("fixed_parameters")
    told = ((parameters, "params"), (fixed, "fixed"))
    return Effect(
        values.integers("output_shape"),
        parameters=parameters,
        fixed_parameters=fixed,
        multiply_adds=None,
        arithmetic=tuple(line("as in the file", count, label) for count, label in told if count),
    )


def _listed(shapes: tuple[Shape, ...]) -> str:
    return " and ".join(shape_text(shape) or "one number" for shape in shapes)


def _count(name: str, label: str, help: str) -> IntegerOption:  # noqa: A002
    return IntegerOption(
        name=name,
        label=label,
        default=0,
        minimum=0,
        maximum=_MOST_WEIGHTS,
        help=help,
        group="Closed box",
        read_only=True,
    )


KINDS = (
    LayerKind(
        name=CLOSED_KIND,
        label="Closed box",
        family="From a file",
        icon="generic",
        help=(
            "A layer of a model that was opened, of a kind or with options that LayerLab does not"
            " offer. It trains and is saved like every other; only its insides stay as they are."
        ),
        keras_class="keras.layers.Layer",
        options=(
            TextOption(
                name="class_name",
                label="Keras class",
                default="Layer",
                maximum_length=128,
                help="The class of Keras that the layer is of.",
                group="Closed box",
                read_only=True,
            ),
            TextOption(
                name="config",
                label="Configuration",
                default="{}",
                maximum_length=LONGEST_CONFIG,
                help="What Keras wrote of the layer into the file, as JSON.",
                group="Closed box",
                read_only=True,
            ),
            TextOption(
                name="call",
                label="Call",
                default='{"args": [{"port": 0}], "kwargs": {}}',
                maximum_length=10_000,
                help="How the layer is called: its arguments, with the numbers of its inputs.",
                group="Closed box",
                read_only=True,
            ),
            TextOption(
                name="input_shapes",
                label="Made for",
                default="[[1]]",
                maximum_length=2_000,
                help="The shapes of one sample that the layer was made for, input by input.",
                group="Closed box",
                read_only=True,
            ),
            ShapeOption(
                name="output_shape",
                label="Puts out",
                default=(1,),
                length=None,
                minimum=0,
                maximum=LARGEST,
                help="The shape of what comes out for one sample.",
                group="Closed box",
                read_only=True,
            ),
            _count("parameters", "Parameters", "Weights that training moves."),
            _count(
                "fixed_parameters",
                "Fixed weights",
                "Weights that training moves otherwise or not at all.",
            ),
        ),
        merge=_closed,
        inputs=(1, 64),
        summarize=lambda values: values.shown("class_name"),
    ),
)
