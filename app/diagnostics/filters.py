"""Learned filters: the weights of a layer as small pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.data.prepared import PreparedData
from app.diagnostics.no_answer import NoAnswer

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

NO_FILTERS = (
    "This network has no filters. They are the weights of a convolution, or of a dense layer right "
    "behind flattened pictures: add a Conv2D layer."
)


@dataclass(frozen=True)
class FilterBank:
    """The filters of one layer, for one channel of its input; read-only arrays.

    Attributes:
        layer_id: name of the layer.
        kernels: (filters, height, width) float32; a 1-D convolution has height 1; the slices of a
            3-D convolution stand side by side.
        channel: which channel of the input, from 0; with groups, of the group's own channels.
        channels: how many there are to choose from.
        names: of the filters: "1", "2", ...
        largest: the largest absolute weight in `kernels`: the end of a scale around 0.
        largest_each: (filters,) float32, the weight of each filter that is farthest from 0, with
            its sign.
    """

    layer_id: str
    kernels: np.ndarray
    channel: int
    channels: int
    names: tuple[str, ...]
    largest: float
    largest_each: np.ndarray


@dataclass(frozen=True)
class LayerFilters:
    """All filters of one layer; read-only arrays.

    Attributes:
        layer_id: name of the layer.
        layers: names of all layers of the network that have filters.
        weights: (filters, channels, slices, height, width) float32; 1 slice unless the filters are
            volumes, height 1 where they lie along a series.
        names: of the filters: "1", "2", ...; of an LSTM "i1" is the first of the input gate, and
            so on with f (forget), c (cell) and o (output).
        grouped: whether each filter sees the channels of its own group alone, so that channel 1 is
            not the same for all filters.
        combined: of a separable convolution the filters are what its two steps come to.
    """

    layer_id: str
    layers: tuple[str, ...]
    weights: np.ndarray
    names: tuple[str, ...]
    grouped: bool
    combined: bool


_Kernels = np.ndarray
"""(slices, height, width, channels, filters)."""


def learned_filters(
    model: Any, layer_id: str | None = None, channel: int | None = None
) -> FilterBank | None:
    """The filters of a convolution, or the weights of a dense layer behind flattened pictures.

    The filter of a separable convolution is what its two steps come to: the depthwise kernels
    summed with the pointwise weights. Each filter of a depthwise convolution sees one channel only;
    they are shown side by side.

    Args:
        model: a built functional Keras model.
        layer_id: name of the layer, or None for the first that has filters.
        channel: of the layer's input, from 0; None for the first; the last when there are fewer.

    Returns:
        None when there is no such layer, it has no filters, or they are not finite.
    """
    for layer in model.layers:
        if (layer_id is None or layer.name == layer_id) and _has_filters(layer):
            return _bank(layer.name, _kernels(layer), channel or 0)
    return None


def answer(model: Any, data: PreparedData, question: "Question") -> LayerFilters | NoAnswer:
    """All filters of `question.layer_id`; None: of the first layer that has any."""
    return layer_filters(model, question.layer_id)


def layer_filters(model: Any, layer_id: str | None = None) -> LayerFilters | NoAnswer:
    """As `learned_filters`, of all channels and slices."""
    having = {layer.name: layer for layer in model.layers if _has_filters(layer)}
    if not having:
        return NoAnswer(NO_FILTERS)
    layer = next(iter(having.values())) if layer_id is None else having.get(layer_id)
    if layer is None:
        return NoAnswer(f"The layer {layer_id} has no filters; choose {' or '.join(having)}.")
    kernels = _kernels(layer)
    if not np.isfinite(kernels).all():
        return NoAnswer(
            f"Weights of {layer.name} are not finite numbers any more: the training diverged. Look "
            "at an earlier epoch, or train again with a lower learning rate."
        )
    inner = unwrapped(layer)
    weights = np.ascontiguousarray(np.moveaxis(kernels, (4, 3), (0, 1)), np.float32)
    weights.setflags(write=False)
    return LayerFilters(
        layer_id=layer.name,
        layers=tuple(having),
        weights=weights,
        names=_names(inner, len(weights)),
        grouped=getattr(inner, "groups", 1) > 1,
        combined=type(inner).__name__.startswith("Separable"),
    )


def unwrapped(layer: Any) -> Any:
    """The layer inside a wrapper that does the same at each step, or with its weights scaled."""
    while type(layer).__name__ in ("TimeDistributed", "SpectralNormalization"):
        layer = layer.layer
    return layer


def _names(layer: Any, count: int) -> tuple[str, ...]:
    if "LSTM" in type(layer).__name__:
        each = count // 4
        return tuple(f"{gate}{number + 1}" for gate in "ifco" for number in range(each))
    return tuple(str(number) for number in range(1, count + 1))


def _bank(layer_id: str, kernels: _Kernels, channel: int) -> FilterBank | None:
    if kernels.size == 0 or not np.isfinite(kernels).all():
        return None
    slices, *_, channels, filters = kernels.shape
    channel = min(max(channel, 0), channels - 1)
    side_by_side = np.moveaxis(kernels[..., channel, :], (3, 0), (0, 1))
    shown = np.ascontiguousarray(side_by_side, np.float32).reshape(-1, *kernels.shape[1:3])
    flat = shown.reshape(len(shown), -1)
    each = np.take_along_axis(flat, np.abs(flat).argmax(axis=1)[:, None], axis=1)[:, 0]
    shown.setflags(write=False)
    each.setflags(write=False)
    numbers = range(1, filters + 1)
    return FilterBank(
        layer_id=layer_id,
        kernels=shown,
        channel=channel,
        channels=channels,
        names=tuple(
            f"{number}.{place + 1}" if slices > 1 else str(number)
            for number in numbers
            for place in range(slices)
        ),
        largest=float(np.abs(each).max()),
        largest_each=each,
    )


def _has_filters(layer: Any) -> bool:
    inner = unwrapped(layer)
    if type(inner).__name__ == "Dense":
        return inner is layer and bool(layer.built) and pictured_shape(layer) is not None
    return type(inner).__name__ in _READERS and bool(inner.built)


def _kernels(layer: Any) -> _Kernels:
    if type(layer).__name__ == "Dense":
        shape = pictured_shape(layer)
        assert shape is not None
        return _voluminous(np.asarray(layer.kernel.numpy()).reshape(*shape, -1))
    inner = unwrapped(layer)
    return _READERS[type(inner).__name__](inner)


def _voluminous(kernel: np.ndarray) -> np.ndarray:
    """A kernel over one or two axes as one over three: with 1 slice, and of height 1."""
    return kernel.reshape(*(1,) * (5 - kernel.ndim), *kernel.shape)


def _convolution(layer: Any) -> _Kernels:
    return _voluminous(layer.kernel.numpy())


def _gates(layer: Any) -> _Kernels:
    return _voluminous(layer.cell.kernel.numpy())


def _transposed(layer: Any) -> _Kernels:
    return np.swapaxes(_voluminous(layer.kernel.numpy()), 3, 4)


def _depthwise(layer: Any) -> _Kernels:
    kernel = _voluminous(layer.kernel.numpy())
    return kernel.reshape(*kernel.shape[:3], 1, -1)


def _separable(layer: Any) -> _Kernels:
    return _voluminous(combined_kernel(layer))


def combined_kernel(layer: Any) -> np.ndarray:
    """(*window, channels, filters): what the two steps of a separable convolution come to."""
    depthwise = layer.depthwise_kernel.numpy()
    channels, multiplier = depthwise.shape[-2:]
    mixing = layer.pointwise_kernel.numpy().reshape(channels, multiplier, -1)
    return np.asarray(np.einsum("...cm,cmf->...cf", depthwise, mixing))


KEEPING_PLACES = frozenset(
    {
        "Activation",
        "ActivityRegularization",
        "AlphaDropout",
        "BatchNormalization",
        "Dropout",
        "ELU",
        "GaussianDropout",
        "GaussianNoise",
        "Identity",
        "LayerNormalization",
        "LeakyReLU",
        "Normalization",
        "PReLU",
        "RandomizedLeakyReLU",
        "ReLU",
        "Rescaling",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "UnitNormalization",
    }
)
"""Classes of layers whose output has every number where it was in the input."""


def pictured_shape(layer: Any) -> tuple[int, ...] | None:
    """The shape, channels last, of what was flattened on its way into a dense layer; None when
    nothing was.
    """
    source = _feeding(layer)
    while source is not None:
        name = type(source).__name__
        if name in KEEPING_PLACES:
            source = _feeding(source)
            continue
        flattens = name == "Flatten" and source.data_format == "channels_last"
        if not flattens and not (name == "Reshape" and len(source.output.shape) == 2):
            return None
        shape = tuple(source.input.shape[1:])
        return shape if 2 <= len(shape) <= 4 and None not in shape else None
    return None


def _feeding(layer: Any) -> Any:
    """The layer whose output is the only input of `layer`; None where there is no such one."""
    try:
        tensor = layer.input
    except (AttributeError, ValueError):  # used more than once, or not part of a model
        return None
    history = getattr(tensor, "_keras_history", None)
    return None if history is None else history.operation


_READERS: dict[str, Callable[[Any], _Kernels]] = {
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv3D": _convolution,
    "ConvLSTM1D": _gates,
    "ConvLSTM2D": _gates,
    "ConvLSTM3D": _gates,
    "Conv1DTranspose": _transposed,
    "Conv2DTranspose": _transposed,
    "Conv3DTranspose": _transposed,
    "DepthwiseConv1D": _depthwise,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv1D": _separable,
    "SeparableConv2D": _separable,
}
"""By the name of the Keras class, so that asking which layers have filters does not load Keras."""
