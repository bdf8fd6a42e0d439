"""Layers of Keras's own that end the whole process when they compute.

Keras 3.15's adaptive pooling of maxima, on TensorFlow 2.21, slides windows over the input one of
which is larger than the input where there is one place, or one window, along an axis; TensorFlow's
maximum over a window without places divides by zero (signal 8). `MaxPooling` with a window larger
than the input does the same, but Keras refuses to make a model of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.modeling.errors import Refusal


def refuse_what_ends_the_process(name: str, node: Mapping[str, Any]) -> None:
    """Look at one layer or operation of a model's configuration.

    Args:
        name: of its class.
        node: what Keras wrote of it.

    Raises:
        Refusal: computing it ends the process.
    """
    if not name.startswith("AdaptiveMax"):
        return
    config = node.get("config")
    built = node.get("build_config")
    sizes = list(_numbers(config.get("output_size") if isinstance(config, dict) else None))
    shape = list(_numbers(built.get("input_shape") if isinstance(built, dict) else None))
    first = isinstance(config, dict) and config.get("data_format") == "channels_first"
    if 1 in sizes or 1 in (shape[2:] if first else shape[1:-1]):
        raise Refusal(
            f"its {name} has a single window or a single place along an axis, and Keras ends the"
            " program at that"
        )


def _numbers(value: Any) -> Iterator[Any]:
    """The entries of a shape, in whichever way Keras wrote it."""
    if isinstance(value, dict):
        value = value.get("items", value.get("config"))
    yield from value if isinstance(value, list | tuple) else (value,)
