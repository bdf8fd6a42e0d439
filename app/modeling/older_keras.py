"""What files of Keras 2 say that Keras 3 no longer understands, though it means nothing."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py


def renew_old_file(copy: Path) -> None:
    """Take out of the configuration in an `.h5` file, a copy of our own that was checked, those
    arguments that Keras 3 refuses where they have no effect.
    """
    with h5py.File(copy, "r+") as file:
        said = file.attrs["model_config"]
        config = json.loads(said if isinstance(said, str) else said.decode("utf-8"))
        if _renewed(config):
            file.attrs["model_config"] = json.dumps(config)


def _renewed(root: Any) -> bool:
    """Whether anything was taken out of `root`, in place."""
    changed, waiting = False, [root]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        if not isinstance(value, dict):
            continue
        waiting += value.values()
        config = value.get("config")
        for name, without_effect in _GONE.get(str(value.get("class_name")), {}).items():
            if isinstance(config, dict) and name in config and without_effect(config[name]):
                del config[name]
                changed = True
    return changed


def _one_group(groups: Any) -> bool:
    return type(groups) is int and groups == 1


def _off(flag: Any) -> bool:
    return flag is False


def _unsaid(value: Any) -> bool:
    return value is None


def _whatever(_value: Any) -> bool:
    return True


_Effect = Callable[[Any], bool]
_DEPTHWISE: dict[str, _Effect] = {"groups": _one_group}
# A separable convolution has no kernel but those of its two steps.
_SEPARABLE: dict[str, _Effect] = {
    "groups": _one_group,
    "kernel_initializer": _whatever,
    "kernel_regularizer": _unsaid,
    "kernel_constraint": _unsaid,
}
_RECURRENT: dict[str, _Effect] = {"time_major": _off}
# The shapes of what came in, which the layer sees when it is called.
_SHAPES: dict[str, _Effect] = dict.fromkeys(("query_shape", "key_shape", "value_shape"), _whatever)
_GONE: dict[str, dict[str, _Effect]] = {
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _DEPTHWISE),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), _DEPTHWISE),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _SEPARABLE),
    "MultiHeadAttention": _SHAPES,
    **dict.fromkeys(("SimpleRNN", "LSTM", "GRU", "RNN"), _RECURRENT),
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), _RECURRENT),
}
"""By class and argument: whether a value of it has no effect."""
