"""Learned filters: the weights of a layer as small pictures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class FilterBank:
    """The filters of one layer, for one channel of its input; read-only arrays.

    Attributes:
        layer_id: name of the layer.
        kernels: (filters, height, width) float32; a 1-D convolution has height 1.
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


_Kernels = np.ndarray
"""(height, width, channels, filters)."""


def learned_filters(
    model: Any, layer_id: str | None = None, channel: int | None = None
) -> FilterBank | None:
    """The filters of a convolution, or the weights of a dense layer right behind a Flatten.

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
        if layer_id is None or layer.name == layer_id:
            kernels = _kernels(layer)
            if kernels is not None:
                return _bank(layer.name, kernels, channel or 0)
    return None


def _bank(layer_id: str, kernels: _Kernels, channel: int) -> FilterBank | None:
    if kernels.size == 0 or not np.isfinite(kernels).all():
        return None
    channels = kernels.shape[2]
    channel = min(max(channel, 0), channels - 1)
    shown = np.ascontiguousarray(np.moveaxis(kernels[:, :, channel, :], -1, 0), np.float32)
    flat = shown.reshape(len(shown), -1)
    each = np.take_along_axis(flat, np.abs(flat).argmax(axis=1)[:, None], axis=1)[:, 0]
    shown.setflags(write=False)
    each.setflags(write=False)
    return FilterBank(
        layer_id=layer_id,
        kernels=shown,
        channel=channel,
        channels=channels,
        names=tuple(str(number) for number in range(1, len(shown) + 1)),
        largest=float(np.abs(each).max()),
        largest_each=each,
    )


def _kernels(layer: Any) -> _Kernels | None:
    read = _READERS.get(type(layer).__name__)
    return None if read is None or not layer.built else read(layer)


def _planar(kernel: np.ndarray) -> np.ndarray:
    """A 1-D kernel as a 2-D one of height 1."""
    return kernel[None] if kernel.ndim == 3 else kernel


def _convolution(layer: Any) -> _Kernels:
    return _planar(layer.kernel.numpy())


def _transposed(layer: Any) -> _Kernels:
    return np.swapaxes(_planar(layer.kernel.numpy()), 2, 3)


def _depthwise(layer: Any) -> _Kernels:
    kernel = _planar(layer.kernel.numpy())
    return kernel.reshape(*kernel.shape[:2], 1, -1)


def _separable(layer: Any) -> _Kernels:
    depthwise = _planar(layer.depthwise_kernel.numpy())
    pointwise = layer.pointwise_kernel.numpy()
    channels, multiplier = depthwise.shape[2:]
    mixing = pointwise.reshape(channels, multiplier, -1)
    return np.asarray(np.einsum("hwcm,cmf->hwcf", depthwise, mixing))


def _dense(layer: Any) -> _Kernels | None:
    source = getattr(getattr(layer, "input", None), "_keras_history", None)
    if source is None or type(source.operation).__name__ != "Flatten":
        return None
    shape = tuple(source.operation.input.shape[1:])
    if len(shape) != 3 or source.operation.data_format != "channels_last":
        return None
    return np.asarray(layer.kernel.numpy()).reshape(*shape, -1)


_READERS: dict[str, Callable[[Any], _Kernels | None]] = {
    "Conv1D": _convolution,
    "Conv2D": _convolution,
    "Conv1DTranspose": _transposed,
    "Conv2DTranspose": _transposed,
    "DepthwiseConv1D": _depthwise,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv1D": _separable,
    "SeparableConv2D": _separable,
    "Dense": _dense,
}
"""By the name of the Keras class, so that asking which layers have filters does not load Keras."""
