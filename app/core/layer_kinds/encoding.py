"""Whole numbers that stand for things: their vectors, codes and bins."""

from app.core.frozen import FrozenMap
from app.core.layer_kinds.kind import (
    Effect,
    LayerKind,
    RemoveLayer,
    SetOptions,
    Shape,
    ShapeError,
    Values,
    product_line,
    shape_text,
)
from app.core.layer_kinds.shared_options import (
    constraint_option,
    count_option,
    initializer_option,
    regularizer_options,
)
from app.core.numbers_option import NumbersOption
from app.core.options import Choice, ChoiceOption, FlagOption, IntegerOption

_CODES = {
    "int": Choice("int", "number", "The number itself."),
    "one_hot": Choice("one_hot", "one-hot", "A row of zeros with a 1 at the number."),
    "multi_hot": Choice("multi_hot", "multi-hot", "A row with a 1 at every number that occurs."),
    "count": Choice("count", "count", "A row that counts how often each number occurs."),
}


def _mode(default: str, *names: str) -> ChoiceOption:
    return ChoiceOption(
        name="output_mode",
        label="Output",
        default=default,
        help="How the numbers come out.",
        group="Shape",
        choices=tuple(_CODES[name] for name in names),
    )


def _embedding(values: Values, shape: Shape) -> Effect:
    words, size = values.integer("input_dim"), values.integer("output_dim")
    return Effect(
        (*shape, size),
        parameters=words * size,
        arithmetic=(product_line((words, size), "params"),),
    )


def _coded(shape: Shape, mode: str, depth: int, *, one_hot_row: bool = False) -> Effect:
    """The shapes on which Keras's symbolic and real calls agree; `one_hot_row`: one-hot only of a
    row with a single number.
    """
    if mode == "int":
        return Effect(shape)
    if len(shape) > 1 and (mode != "one_hot" or one_hot_row):
        raise _row_needed(shape, mode)
    if mode == "one_hot":
        if one_hot_row and shape != (1,):
            raise _row_needed(shape, mode)
        return Effect((*(shape[:-1] if shape[-1] == 1 else shape), depth))
    return Effect((depth,))


def _row_needed(shape: Shape, mode: str) -> ShapeError:
    what = "a single number" if mode == "one_hot" else "a row of numbers"
    other = "multi_hot" if mode == "one_hot" and len(shape) == 1 else "int"
    label = _CODES[other].label
    return ShapeError(
        f"{_CODES[mode].label.capitalize()} of {shape_text(shape)}"[:46],
        f"{shape_text(shape)} comes in.",
        f"Keras makes this code of {what}; of other shapes it foretells another shape than it"
        " puts out.",
        f"Set the output to {label}, or reshape what comes in.",
        option="output_mode",
        remedies=(
            SetOptions(FrozenMap(output_mode=other), f"Set output to {label}"),
            RemoveLayer(),
        ),
    )


def _category(values: Values, shape: Shape) -> Effect:
    return _coded(shape, str(values["output_mode"]), values.integer("num_tokens"))


def _hashing(values: Values, shape: Shape) -> Effect:
    mode, bins = str(values["output_mode"]), values.integer("num_bins")
    return _coded(shape, mode, bins, one_hot_row=True)


def _discretization(values: Values, shape: Shape) -> Effect:
    bounds = values["bin_boundaries"]
    count = len(bounds) if isinstance(bounds, tuple) else 0
    return _coded(shape, str(values["output_mode"]), count + 1)


KINDS = (
    LayerKind(
        name="Embedding",
        family="Encoding",
        icon="embedding",
        help=(
            "Gives each whole number a vector that is learned: words or categories by their"
            " numbers. What comes in has to be numbers from 0 on; fractions are cut off."
        ),
        keras_class="keras.layers.Embedding",
        options=(
            count_option(
                "input_dim", "Numbers", 100, "How many numbers there are: 0 to this less 1."
            ),
            count_option("output_dim", "Size", 16, "How many numbers a vector has."),
            FlagOption(
                name="mask_zero",
                label="Zero is filler",
                default=False,
                help="Whether 0 means that there is nothing; recurrent and attention layers then"
                " skip it.",
                group="Shape",
            ),
            initializer_option("embeddings_initializer", "Initializer", "random_uniform"),
            *regularizer_options("embeddings_regularizer", "Regularizer"),
            constraint_option("embeddings_constraint", "Constraint", unit_axes=(1,)),
        ),
        rule=_embedding,
        summarize=lambda v: f"{v.shown('input_dim')} vectors of {v.shown('output_dim')}",
        blocks_gradient=True,
    ),
    LayerKind(
        name="CategoryEncoding",
        family="Encoding",
        icon="embedding",
        help=(
            "Makes rows of zeros and ones of whole numbers: a 1 at the place of the number. What"
            " comes in has to be from 0 to the number of categories less 1."
        ),
        keras_class="keras.layers.CategoryEncoding",
        options=(
            count_option("num_tokens", "Categories", 10, "How many categories there are."),
            _mode("multi_hot", "multi_hot", "one_hot", "count"),
        ),
        rule=_category,
        summarize=lambda v: f"{v.shown('num_tokens')} categories",
        blocks_gradient=True,
    ),
    LayerKind(
        name="Discretization",
        family="Encoding",
        icon="embedding",
        help=(
            "Puts each number into a bin and gives the bin's number: 0 below the first boundary, 1"
            " below the second. Before an embedding or a code, for numbers that act in steps."
        ),
        keras_class="keras.layers.Discretization",
        options=(
            NumbersOption(
                name="bin_boundaries",
                label="Boundaries",
                default=(-1.0, 0.0, 1.0),
                help="The bounds between the bins, from small to large.",
                length=None,
                increasing=True,
            ),
            _mode("one_hot", "int", "one_hot", "multi_hot", "count"),
        ),
        rule=_discretization,
        summarize=lambda v: f"{_bins(v)} bins",
        blocks_gradient=True,
    ),
    LayerKind(
        name="Hashing",
        family="Encoding",
        icon="embedding",
        help=(
            "Puts whole numbers into bins by a fixed scramble, so that any number finds a bin."
            " Different numbers may share one; fractions are cut off."
        ),
        keras_class="keras.layers.Hashing",
        options=(
            count_option("num_bins", "Bins", 16, "How many bins there are."),
            IntegerOption(
                name="salt",
                label="Salt",
                default=None,
                optional=True,
                none_label="no salt",
                help="Another salt gives another scramble, a stronger one; none: the plain one.",
                minimum=0,
                maximum=2**31 - 1,
            ),
            _mode("int", "int", "one_hot", "multi_hot", "count"),
        ),
        rule=_hashing,
        summarize=lambda v: f"{v.shown('num_bins')} bins",
        blocks_gradient=True,
        options_from=lambda config: {
            **config,
            "salt": config["salt"][0] if isinstance(config["salt"], (list, tuple)) else None,
        },
    ),
)


def _bins(values: Values) -> int:
    bounds = values["bin_boundaries"]
    return len(bounds) + 1 if isinstance(bounds, tuple) else 0
