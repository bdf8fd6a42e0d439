"""The convolution microscope: one number of a feature map, taken apart into what it is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from app.core.activation_catalog import ACTIVATIONS
from app.data.prepared import PreparedData
from app.diagnostics.chosen_sample import chosen_sample
from app.diagnostics.feature_maps import not_finite, outputs_by_layer, shown_layers
from app.diagnostics.filters import combined_kernel, unwrapped
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.window_places import Places, share, sliding, transposed

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

Operation = Literal["sum", "maximum", "mean"]

NOTHING_TO_LOOK_INTO = (
    "This network has no convolution and no pooling: the microscope shows how one number of their "
    "output comes about. Add a Conv2D layer."
)

UNSUITED = (
    "No convolution and no pooling of this network can be looked into: a mask stands beside their "
    "input, or their channels come first. Choose All maps."
)


@dataclass(frozen=True)
class Weighing:
    """What a convolution does with a patch; read-only arrays.

    Attributes:
        filter: (planes, height, width) float64.
        products: patch times filter, the same shape.
        sums: (planes,) of the products of each plane.
        bias: None when the layer has none.
        before: the sum of everything and the bias: what the activation gets.
        activation: its name; "linear" when the layer has none in itself.
        combined: of a separable convolution the filter is what its two steps come to.
    """

    filter: np.ndarray
    products: np.ndarray
    sums: np.ndarray
    bias: float | None
    before: float
    activation: str
    combined: bool


@dataclass(frozen=True)
class Workings:
    """How one number in the output of a layer comes about; read-only arrays.

    A plane is a channel of the input, or one slice of it under a filter that is a volume.

    Attributes:
        layer_id, class_name: of the layer.
        layers: names of all layers that can be looked into.
        operation: "sum" of products; "maximum" or "mean" of the patch.
        transposed: whether each number of the input spreads out; the weights then meet places of
            the input in the opposite order, and some of them none.
        channel: of the output, from 0.
        shape: of the output, (*sides, channels).
        place: in the output, one number for each of the sides, from 0.
        map: (height, width) float32, the output of this channel; of volumes the slice of `place`.
        planes: names of the planes: "channel 1", or "channel 1, slice 2" of the input, "no slice"
            where the window reaches beyond it.
        inputs: (planes, height, width) float32, the input, plane by plane.
        rows, columns: places of the input under the window, from 0; -1 where it meets none.
        patch: (planes, height, width) float64, the input under the window, 0 where it meets none.
        outside: (planes, height, width) bool: where it meets none.
        weighing: None for pooling.
        computed: the result worked out here from `patch`: sums in 64 bits, the activation in 32.
        value: the same number as the network itself puts it out.
        winner: (plane, row, column) in the patch of the largest number; None unless "maximum".
    """

    layer_id: str
    class_name: str
    layers: tuple[str, ...]
    operation: Operation
    transposed: bool
    channel: int
    shape: tuple[int, ...]
    place: tuple[int, ...]
    map: np.ndarray
    planes: tuple[str, ...]
    inputs: np.ndarray
    rows: Places
    columns: Places
    patch: np.ndarray
    outside: np.ndarray
    weighing: Weighing | None
    computed: float
    value: float
    winner: tuple[int, int, int] | None


def answer(model: Any, data: PreparedData, question: "Question") -> Workings | NoAnswer:
    """How a number in the output of `question.layer_id` (None: of the first convolution) comes
    about for the sample that is chosen as `chosen_sample` says.

    Options: `channel` of the output from 0; `place` in it, whole numbers from 0, one for each side.
    Without a place it is that of the largest number of the channel.
    """
    x = chosen_sample(data, question)
    if isinstance(x, NoAnswer):
        return x
    channel, place = question.options.get("channel", 0), question.options.get("place")
    return workings(
        model,
        x,
        question.layer_id,
        channel if isinstance(channel, int) else 0,
        tuple(int(number) for number in place) if isinstance(place, tuple) else None,
    )


def workings(
    model: Any,
    x: np.ndarray,
    layer_id: str | None = None,
    channel: int = 0,
    place: tuple[int, ...] | None = None,
) -> Workings | NoAnswer:
    """As `answer`, for the sample `x` (1, *input_shape), preprocessed; `channel` and `place` are
    moved to the nearest that there is.
    """
    sources = _sources(model)
    if not sources:
        having = any(type(unwrapped(layer)).__name__ in _LAYERS for layer in model.layers)
        return NoAnswer(UNSUITED if having else NOTHING_TO_LOOK_INTO)
    if layer_id is None:
        layer_id = next((n for n in sources if "Conv" in _class_of(model, n)), next(iter(sources)))
    if layer_id not in sources:
        return NoAnswer(f"{layer_id} is no convolution and no pooling; choose another layer.")
    found = outputs_by_layer(model, x, (sources[layer_id], layer_id))
    source, output = found[sources[layer_id]][0], found[layer_id][0]
    if not (np.isfinite(source).all() and np.isfinite(output).all()):
        return NoAnswer(not_finite(layer_id))
    layer = model.get_layer(layer_id)
    inner = unwrapped(layer)
    shape = tuple(output.shape)
    channel = min(max(channel, 0), shape[-1] - 1)
    if place is None or len(place) != len(shape) - 1:
        largest = np.unravel_index(int(output[..., channel].argmax()), shape[:-1])
        place = tuple(int(number) for number in largest)
    place = tuple(min(max(p, 0), n - 1) for p, n in zip(place, shape[:-1], strict=True))
    over_steps = type(layer).__name__ == "TimeDistributed"
    if over_steps:  # each step is an input of its own
        source, output = source[place[0]], output[place[0]]
    seen = _Seen(inner, source, output, channel, place[1:] if over_steps else place)
    return _taken_apart(layer_id, tuple(sources), seen, shape, place)


@dataclass(frozen=True)
class _Seen:
    """A layer, its input and output (*sides, channels), and the number that is looked at."""

    layer: Any
    source: np.ndarray
    output: np.ndarray
    channel: int
    place: tuple[int, ...]


def _taken_apart(
    layer_id: str,
    layers: tuple[str, ...],
    seen: _Seen,
    shape: tuple[int, ...],
    place: tuple[int, ...],
) -> Workings:
    name = type(seen.layer).__name__
    operation, axes_of = _LAYERS[name]
    axes = axes_of(seen)
    view = _view(seen) if operation == "sum" else None
    numbers = (seen.channel,) if view is None else view.numbers
    inputs, patch, outside = _under_window(seen.source, axes, numbers)
    weighing, winner = None, None
    if view is not None:
        weighing = _weighed(seen, view, patch)
        computed = _activated(seen, axes, weighing.before)
    elif operation == "maximum":
        best = int(np.where(outside, -np.inf, patch).argmax())
        plane, row, column = np.unravel_index(best, patch.shape)
        winner = (int(plane), int(row), int(column))
        computed = float(patch[winner])
    else:
        computed = float(patch[~outside].mean())
    rows = axes[-2] if len(axes) > 1 else np.zeros(1, np.int64)
    for array in (inputs, patch, outside, rows, axes[-1]):
        array.setflags(write=False)
    return Workings(
        layer_id=layer_id,
        class_name=name,
        layers=layers,
        operation=operation,
        transposed="Transpose" in name,
        channel=seen.channel,
        shape=shape,
        place=place,
        map=_drawn(seen),
        planes=_plane_names(numbers, axes[0] if len(axes) > 2 else None),
        inputs=inputs,
        rows=rows,
        columns=axes[-1],
        patch=patch,
        outside=outside,
        weighing=weighing,
        computed=computed,
        value=float(seen.output[(*seen.place, seen.channel)]),
        winner=winner,
    )


def _drawn(seen: _Seen) -> np.ndarray:
    """(height, width) of the output of the channel."""
    whole = seen.output[..., seen.channel]
    plane = np.array(whole[seen.place[0]] if whole.ndim == 3 else whole)
    drawn = plane.reshape((1,) * (2 - plane.ndim) + plane.shape)
    drawn.setflags(write=False)
    return drawn


def _plane_names(numbers: tuple[int, ...], slices: Places | None) -> tuple[str, ...]:
    """Names of the planes under the window; `slices` of the input that it takes in, of volumes."""
    if slices is None:
        return tuple(f"channel {number + 1}" for number in numbers)
    where = ["no slice" if place < 0 else f"slice {place + 1}" for place in slices.tolist()]
    return tuple(f"channel {number + 1}, {named}" for number in numbers for named in where)


def _under_window(
    source: np.ndarray, axes: tuple[Places, ...], numbers: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The planes of the input, and what of them the window takes in: (inputs, patch, outside)."""
    missing = 3 - len(axes)
    volume = source[..., list(numbers)].reshape((1,) * missing + source.shape[:-1] + (-1,))
    volume = np.moveaxis(volume, -1, 0)  # (channels, slices, height, width)
    taps = (*(np.zeros(1, np.int64),) * missing, *axes)
    nowhere = np.zeros([len(t) for t in taps], bool)
    for axis, tap in enumerate(taps):
        nowhere |= (tap < 0).reshape([-1 if a == axis else 1 for a in range(3)])
    cut = volume[np.ix_(np.arange(len(volume)), *(np.maximum(t, 0) for t in taps))]
    patch = np.where(nowhere, 0.0, cut.astype(np.float64)).reshape(-1, *nowhere.shape[1:])
    outside = np.broadcast_to(nowhere, cut.shape).reshape(patch.shape).copy()
    slices = np.where(
        (taps[0] < 0)[:, None, None], np.float32(0), volume[:, np.maximum(taps[0], 0)]
    )
    return np.asarray(slices, np.float32).reshape(-1, *volume.shape[2:]), patch, outside


# ---- convolutions
@dataclass(frozen=True)
class _View:
    """What the weights of a convolution are for one channel of the output.

    Attributes:
        numbers: the channels of the input that it sees.
        kernel: (*window, channels seen).
    """

    numbers: tuple[int, ...]
    kernel: np.ndarray
    bias: float | None
    combined: bool


def _view(seen: _Seen, channel: int | None = None) -> _View:
    layer = seen.layer
    channel = seen.channel if channel is None else channel
    bias = None if layer.bias is None else float(layer.bias.numpy()[channel])
    name, channels = type(layer).__name__, seen.source.shape[-1]
    if name.startswith("Depthwise"):
        kernel = layer.kernel.numpy()
        number, which = divmod(channel, kernel.shape[-1])
        return _View((number,), kernel[..., number, which][..., None], bias, False)
    every = tuple(range(channels))
    if name.startswith("Separable"):
        return _View(every, combined_kernel(layer)[..., channel], bias, True)
    kernel = layer.kernel.numpy()
    if "Transpose" in name:
        return _View(every, kernel[..., channel, :], bias, False)
    each = kernel.shape[-2]
    group = channel // (kernel.shape[-1] // layer.groups)
    return _View(every[group * each : (group + 1) * each], kernel[..., channel], bias, False)


def _weighed(seen: _Seen, view: _View, patch: np.ndarray) -> Weighing:
    weights = np.moveaxis(view.kernel.astype(np.float64), -1, 0).reshape(patch.shape)
    products = patch * weights
    sums = products.sum(axis=(1, 2))
    for array in (weights, products, sums):
        array.setflags(write=False)
    before = float(sums.sum()) + (view.bias or 0.0)
    name = _activation_name(seen.layer)
    return Weighing(weights, products, sums, view.bias, before, name, view.combined)


def _activation_name(layer: Any) -> str:
    activation = layer.activation
    return str(getattr(activation, "__name__", getattr(activation, "name", "linear")))


def _activated(seen: _Seen, axes: tuple[Places, ...], before: float) -> float:
    """What the layer's own activation makes of `before`; functions over all channels, such as
    softmax, get the others too.
    """
    from tensorflow import constant

    known = ACTIVATIONS.get(_activation_name(seen.layer))
    if known is not None and not known.over_vector:
        return float(seen.layer.activation(constant([before], "float32")).numpy()[0])
    sums = []
    for channel in range(seen.output.shape[-1]):
        view = _view(seen, channel)
        _, patch, _ = _under_window(seen.source, axes, view.numbers)
        sums.append(_weighed(seen, view, patch).before)
    return float(seen.layer.activation(constant([sums], "float32")).numpy()[0, seen.channel])


# ---- where the windows are
def _pair(value: Any, axes: int) -> tuple[int, ...]:
    """One number for each axis; Keras holds one alone for some layers along a series."""
    return (value,) * axes if isinstance(value, int) else tuple(value)


def _sliding_axes(seen: _Seen) -> tuple[Places, ...]:
    layer, count = seen.layer, len(seen.place)
    return tuple(
        sliding(n, size, stride, dilation, layer.padding, place)
        for n, size, stride, dilation, place in zip(
            seen.source.shape[:-1],
            _pair(layer.kernel_size, count),
            _pair(layer.strides, count),
            _pair(layer.dilation_rate, count),
            seen.place,
            strict=True,
        )
    )


def _transposed_axes(seen: _Seen) -> tuple[Places, ...]:
    layer, count = seen.layer, len(seen.place)
    return tuple(
        transposed(n, size, stride, dilation, layer.padding, place, out)
        for n, size, stride, dilation, place, out in zip(
            seen.source.shape[:-1],
            _pair(layer.kernel_size, count),
            _pair(layer.strides, count),
            _pair(layer.dilation_rate, count),
            seen.place,
            seen.output.shape[:-1],
            strict=True,
        )
    )


def _pooling_axes(seen: _Seen) -> tuple[Places, ...]:
    layer, count = seen.layer, len(seen.place)
    return tuple(
        sliding(n, size, stride, 1, layer.padding, place)
        for n, size, stride, place in zip(
            seen.source.shape[:-1],
            _pair(layer.pool_size, count),
            _pair(layer.strides or layer.pool_size, count),
            seen.place,
            strict=True,
        )
    )


def _shared_axes(seen: _Seen) -> tuple[Places, ...]:
    sides = zip(seen.source.shape[:-1], seen.output.shape[:-1], seen.place, strict=True)
    return tuple(share(n, count, place) for n, count, place in sides)


def _whole_axes(seen: _Seen) -> tuple[Places, ...]:
    return tuple(np.arange(n) for n in seen.source.shape[:-1])


_LAYERS: dict[str, tuple[Operation, Callable[[_Seen], tuple[Places, ...]]]] = {
    **{f"Conv{axes}D": ("sum", _sliding_axes) for axes in (1, 2, 3)},
    **{f"Conv{axes}DTranspose": ("sum", _transposed_axes) for axes in (1, 2, 3)},
    **{f"DepthwiseConv{axes}D": ("sum", _sliding_axes) for axes in (1, 2)},
    **{f"SeparableConv{axes}D": ("sum", _sliding_axes) for axes in (1, 2)},
    **{f"MaxPooling{axes}D": ("maximum", _pooling_axes) for axes in (1, 2, 3)},
    **{f"AveragePooling{axes}D": ("mean", _pooling_axes) for axes in (1, 2, 3)},
    **{f"AdaptiveMaxPooling{axes}D": ("maximum", _shared_axes) for axes in (1, 2, 3)},
    **{f"AdaptiveAveragePooling{axes}D": ("mean", _shared_axes) for axes in (1, 2, 3)},
    **{f"GlobalMaxPooling{axes}D": ("maximum", _whole_axes) for axes in (1, 2, 3)},
    **{f"GlobalAveragePooling{axes}D": ("mean", _whole_axes) for axes in (1, 2, 3)},
}
"""By the name of the Keras class: what it does with its window, and where that is."""

LOOKED_INTO = frozenset(_LAYERS) | {"TimeDistributed"}
"""Keras classes of which one number can be taken apart."""


def _sources(model: Any) -> dict[str, str]:
    """Layers that can be looked into, and the layer whose output each of them gets."""
    shown = {layer.layer_id for layer in shown_layers(model)}
    found = {}
    for layer in model.layers:
        inner = unwrapped(layer)
        first = getattr(inner, "data_format", None) == "channels_first"
        if layer.name not in shown or type(inner).__name__ not in _LAYERS or first:
            continue
        history = getattr(layer.input, "_keras_history", None)
        if history is not None and history.operation.name in shown:
            found[layer.name] = history.operation.name
    return found


def _class_of(model: Any, layer_id: str) -> str:
    return type(unwrapped(model.get_layer(layer_id))).__name__
