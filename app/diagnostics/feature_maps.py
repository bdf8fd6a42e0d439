"""Feature maps: what any layer makes of one sample."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from app.data.prepared import PreparedData
from app.diagnostics.chosen_sample import chosen_sample, raw_sample
from app.diagnostics.filters import KEEPING_PLACES
from app.diagnostics.forward import outputs
from app.diagnostics.no_answer import NoAnswer

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

Form = Literal["pictures", "strips", "bars"]

TRACED_TOGETHER = 64
"""Of networks with at most so many layers all outputs are computed in one pass, traced once; the
sample is one, so the rest costs less than another trace.
"""

MOST_AXES = 4


@dataclass(frozen=True)
class ShownLayer:
    """A layer that can be chosen: its name, its Keras class, and the shape that it puts out."""

    layer_id: str
    class_name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class FeatureMaps:
    """The output of one layer for one sample; read-only arrays.

    Attributes:
        layer_id: name of the layer.
        layers: all layers that can be chosen, in the order of the network.
        form: "pictures", "strips" along a series (height 1), or "bars": one number a unit.
        maps: (channels, slices, height, width) float32; slices are those of volumes and films.
        names: of the channels: "1", "2", ..., at the output of a classifier the classes.
        low, high: smallest and largest number of the whole layer.
        picture: the sample before preprocessing, (*input_shape).
    """

    layer_id: str
    layers: tuple[ShownLayer, ...]
    form: Form
    maps: np.ndarray
    names: tuple[str, ...]
    low: float
    high: float
    picture: np.ndarray


def answer(model: Any, data: PreparedData, question: "Question") -> FeatureMaps | NoAnswer:
    """What `question.layer_id` (None: the first convolution, else the first layer that does
    more than pass numbers on) makes of the sample that is chosen as `chosen_sample` says.
    """
    x, raw = chosen_sample(data, question), raw_sample(data, question)
    if isinstance(x, NoAnswer):
        return x
    if isinstance(raw, NoAnswer):
        return raw
    found = feature_maps(model, x, raw, question.layer_id)
    if isinstance(found, FeatureMaps) and found.layer_id == model.layers[-1].name:
        classes = tuple(data.summary.class_names or ())
        if found.form == "bars" and len(classes) == len(found.maps):
            return replace(found, names=classes)
    return found


def feature_maps(
    model: Any, x: np.ndarray, picture: np.ndarray, layer_id: str | None = None
) -> FeatureMaps | NoAnswer:
    """The output of a layer for the sample `x` (1, *input_shape), preprocessed."""
    layers = shown_layers(model)
    if not layers:
        return NoAnswer("No layer of this network puts out numbers with a known shape.")
    if layer_id is None:
        layer_id = _first(layers)
    chosen = next((layer for layer in layers if layer.layer_id == layer_id), None)
    if chosen is None:
        return NoAnswer(f"The layer {layer_id} has no output that can be drawn; choose another.")
    found = outputs_by_layer(model, x, (chosen.layer_id,))[chosen.layer_id][0]
    if not np.isfinite(found).all():
        return NoAnswer(not_finite(chosen.layer_id))
    form, maps = _arranged(found)
    maps.setflags(write=False)
    kept = np.array(picture)
    kept.setflags(write=False)
    return FeatureMaps(
        layer_id=chosen.layer_id,
        layers=layers,
        form=form,
        maps=maps,
        names=tuple(str(number) for number in range(1, len(maps) + 1)),
        low=float(found.min()),
        high=float(found.max()),
        picture=kept,
    )


def not_finite(layer_id: str) -> str:
    """Why the output of a layer cannot be shown."""
    return (
        f"The output of {layer_id} holds numbers that are not finite: the training diverged. Look "
        "at an earlier epoch, or train again with a lower learning rate."
    )


def shown_layers(model: Any) -> tuple[ShownLayer, ...]:
    """The layers of `model` that put out one array of numbers with at most `MOST_AXES` axes."""
    found = []
    for layer in model.layers:
        try:
            output = layer.output
        except (AttributeError, ValueError):  # a layer that is used more than once
            continue
        shape = getattr(output, "shape", None)
        if shape is None or not 1 <= len(shape) <= MOST_AXES + 1 or None in shape[1:]:
            continue
        if "string" not in str(output.dtype):
            found.append(ShownLayer(layer.name, type(layer).__name__, tuple(shape[1:])))
    return tuple(found)


def outputs_by_layer(model: Any, x: np.ndarray, wanted: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The outputs of the layers `wanted`, all among `shown_layers`: (samples, *shape) float32."""
    every = tuple(layer.layer_id for layer in shown_layers(model))
    asked = every if len(every) <= TRACED_TOGETHER else tuple(dict.fromkeys(wanted))
    found = dict(zip(asked, outputs(model, x, asked), strict=True))
    return {name: np.asarray(found[name], np.float32) for name in wanted}


def _first(layers: tuple[ShownLayer, ...]) -> str:
    convolutions = [layer for layer in layers if "Conv" in layer.class_name]
    skipped = KEEPING_PLACES | {"InputLayer", "Flatten", "Reshape"}
    behind = [layer for layer in layers if layer.class_name not in skipped]
    return (convolutions or behind or list(layers))[0].layer_id


def _arranged(output: np.ndarray) -> tuple[Form, np.ndarray]:
    """(channels, slices, height, width) of the output of one sample, channels last."""
    form: Form = "bars" if output.ndim < 2 else "strips" if output.ndim == 2 else "pictures"
    missing = (1,) * (MOST_AXES - output.ndim)
    volume = output.reshape(*missing, *output.shape)
    return form, np.ascontiguousarray(np.moveaxis(volume, -1, 0), np.float32)
