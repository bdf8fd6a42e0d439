"""Kept weights that a layer cannot begin with, and layers frozen at chance. Pure."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.layer_kinds.kind import Values
from app.core.network_fixes import fix
from app.core.problems import Problem
from app.core.resolved_project import ResolvedLayer
from app.core.transfer import forget_weights, set_trainable

Shapes = tuple[tuple[int, ...], ...]
Kernel = Callable[[Values, tuple[int, ...]], tuple[int, ...]]


def kept_problems(
    layers: Sequence[ResolvedLayer], shapes: Mapping[str, Shapes]
) -> Iterator[Problem]:
    """What is wrong with the kept weights: that they no longer fit, that they are missing, and that
    layers are frozen without any.

    Args:
        shapes: of the arrays in the store of kept weights, by key.
    """
    missing, by_chance = [], []
    for layer in layers:
        key = layer.layer.kept_weights
        if key is None:
            if not layer.layer.trainable and layer.fixed_parameters:
                by_chance.append(layer.id)
        elif key not in shapes:
            missing.append(layer.id)
        elif not kept_fit(layer, shapes[key]):
            yield _misfit(layer, shapes[key])
    if missing:
        yield _not_there(tuple(missing))
    if by_chance:
        yield _frozen_at_chance(tuple(by_chance))


def kept_fit(layer: ResolvedLayer, shapes: Shapes) -> bool:
    """Whether arrays of these `shapes` can be the weights of `layer`; True while its own are not
    known.

    How many numbers there are; for the usual kinds the shape of the first array as well, and how
    many arrays: two layers of as many numbers are told apart.
    """
    if layer.parameters is None:
        return True
    if sum(map(math.prod, shapes)) != layer.parameters + layer.fixed_parameters:
        return False
    form = FORMS.get(layer.layer.kind)
    shape = layer.input_shapes[0] if layer.input_shapes else None
    if form is None or shape is None or not shapes:
        return True
    values = Values(layer.layer.options)
    wanted = form.arrays and form.arrays + form.biases * bool(values["use_bias"])
    return len(shapes) == (wanted or len(shapes)) and shapes[0] == form.first(values, shape)


@dataclass(frozen=True)
class Form:
    """The weights of a kind, as Keras has them.

    Attributes:
        first: the shape of the first array from options and input shape.
        arrays: how many there are without biases; 0: not told.
        biases: how many more when it has biases.
    """

    first: Kernel
    arrays: int = 0
    biases: int = 0


def _dense(values: Values, shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[-1], values.integer("units")


def _convolution(values: Values, shape: tuple[int, ...]) -> tuple[int, ...]:
    groups = values.integer("groups")
    return (*values.integers("kernel_size"), shape[-1] // groups, values.integer("filters"))


def _transposed(values: Values, shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*values.integers("kernel_size"), values.integer("filters"), shape[-1])


def _depthwise(values: Values, shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*values.integers("kernel_size"), shape[-1], values.integer("depth_multiplier"))


def _recurrent(gates: int) -> Kernel:
    return lambda values, shape: (shape[-1], gates * values.integer("units"))


def _convolved_steps(values: Values, shape: tuple[int, ...]) -> tuple[int, ...]:
    return (*values.integers("kernel_size"), shape[-1], 4 * values.integer("filters"))


def _attention(heads: str, size: str) -> Kernel:
    return lambda values, shape: (shape[-1], values.integer(heads), values.integer(size))


def _embedding(values: Values, shape: tuple[int, ...]) -> tuple[int, ...]:
    return values.integer("input_dim"), values.integer("output_dim")


def _channels(values: Values, shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[-1:]


_GATES = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
FORMS: dict[str, Form] = {
    "Dense": Form(_dense, 1, 1),
    **{f"Conv{axes}D": Form(_convolution, 1, 1) for axes in (1, 2, 3)},
    **{f"Conv{axes}DTranspose": Form(_transposed, 1, 1) for axes in (1, 2, 3)},
    **{f"DepthwiseConv{axes}D": Form(_depthwise, 1, 1) for axes in (1, 2)},
    **{f"SeparableConv{axes}D": Form(_depthwise, 2, 1) for axes in (1, 2)},
    **{name: Form(_recurrent(gates), 2, 1) for name, gates in _GATES.items()},
    **{f"Bidirectional{name}": Form(_recurrent(g), 4, 2) for name, g in _GATES.items()},
    **{f"ConvLSTM{axes}D": Form(_convolved_steps, 2, 1) for axes in (1, 2, 3)},
    "MultiHeadAttention": Form(_attention("num_heads", "key_dim")),
    "GroupQueryAttention": Form(_attention("num_query_heads", "head_dim")),
    "Embedding": Form(_embedding),
    **{f"{name}Normalization": Form(_channels) for name in ("Batch", "Layer", "Group", "RMS")},
}
"""By the name of the kind."""


def _misfit(layer: ResolvedLayer, shapes: Shapes) -> Problem:
    kept = sum(map(math.prod, shapes))
    now = (layer.parameters or 0) + layer.fixed_parameters
    counts = (
        f"{kept:,} numbers are kept, {now:,} are needed"
        if kept != now
        else f"those kept are {_list(shapes)}"
    )
    return Problem(
        where=layer.id,
        severity="warning",
        title="Kept weights no longer fit",
        happened=f"{layer.id} was changed, or what feeds it: {counts}. New ones will be drawn.",
        expected="A layer of the shape that its weights were kept from.",
        how_to_fix="Undo the change, or forget its kept weights.",
        fixes=(fix("Forget them", forget_weights, layer_ids=(layer.id,)),),
    )


def _not_there(layer_ids: tuple[str, ...]) -> Problem:
    return Problem(
        where=layer_ids[0],
        severity="warning",
        title="Kept weights are missing",
        happened=f"The weights that {_named(layer_ids)} should begin with are not in this project. "
        "New ones will be drawn.",
        expected="Weights that were kept in this project.",
        how_to_fix="Forget them, or open the project or model that they are in.",
        fixes=(fix("Forget them", forget_weights, layer_ids=layer_ids),),
    )


def _frozen_at_chance(layer_ids: tuple[str, ...]) -> Problem:
    are = "is" if len(layer_ids) == 1 else "are"
    return Problem(
        where=layer_ids[0],
        severity="warning",
        title="Frozen at random weights",
        happened=f"{_named(layer_ids)} {are} frozen without kept weights: what is drawn at random "
        "stays.",
        expected="Frozen layers that have learned something before.",
        how_to_fix="Unfreeze, or train first and keep the trained weights.",
        fixes=(fix("Unfreeze", set_trainable, layer_ids=layer_ids, trainable=True),),
    )


def _named(layer_ids: tuple[str, ...]) -> str:
    """ "conv_1", "conv_1 and 5 more"."""
    more = len(layer_ids) - 1
    return f"{layer_ids[0]} and {more} more" if more else layer_ids[0]


def _list(shapes: Shapes) -> str:
    return ", ".join("×".join(map(str, shape)) or "1" for shape in shapes)


def all_frozen(layers: Sequence[ResolvedLayer]) -> Iterator[Problem]:
    """One problem when there is nothing left to train because of frozen layers."""
    frozen = [layer.id for layer in layers if not layer.layer.trainable and layer.fixed_parameters]
    if not frozen or any(layer.parameters is None or layer.parameters for layer in layers):
        return
    yield Problem(
        where=frozen[-1],
        severity="error",
        title="Everything is frozen",
        happened="All layers with weights are frozen.",
        expected="At least one layer that can learn.",
        how_to_fix="Unfreeze the last of them, or swap the head.",
        fixes=(
            fix("Unfreeze it", set_trainable, layer_ids=(frozen[-1],), trainable=True),
            fix("Unfreeze all", set_trainable, layer_ids=tuple(frozen), trainable=True),
        ),
    )
