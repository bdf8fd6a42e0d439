"""The data as layers see them: what they put out for many samples, along its principal
components.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.data.errors import DataError
from app.data.prepared import PreparedData
from app.data.samples import is_streamed
from app.diagnostics.forward import outputs
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.principal_components import principal_components
from app.diagnostics.readings import Verdicts, read_outputs, reading_of

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

MOST_SAMPLES = 1000
"""So many are asked for at most, of both parts together."""
MOST_STREAMED = 256
"""The same where samples are read from disk."""
WIDE, MOST_OF_WIDE = 256, 2**18
"""Of layers with more numbers a sample than `WIDE`, so many samples are taken that they have
`MOST_OF_WIDE` numbers, from `FEWEST` up to `WIDE`.
"""
FEWEST = 64
MOST_COMPONENTS = 50
"""As many as are handed to t-SNE (van der Maaten and Hinton 2008, section 4.2, take 30)."""
PARTS = ("training", "validation")

INPUT = ""
"""Stands for the input of the network among the layers."""


@dataclass(frozen=True)
class SeenSamples:
    """What one layer puts out, as points; read-only arrays.

    Attributes:
        layer_id: name of the layer; "" for the input of the network, behind preprocessing.
        shape: of its output for one sample.
        scores: (samples, components) float64, along the first principal components of these very
            samples; at most `MOST_COMPONENTS`, at least two.
        shares: (components,) float64, of the whole variance.
        number: (samples,) float64, what the layer puts out where that is one number; else None.
    """

    layer_id: str
    shape: tuple[int, ...]
    scores: np.ndarray
    shares: np.ndarray
    number: np.ndarray | None = None


@dataclass(frozen=True)
class LayerOutputs:
    """Samples as several layers see them; read-only arrays.

    Attributes:
        parts: (samples,) int8, the place in `PARTS` of the part of each sample.
        rows: (samples,) int64, their places in the part.
        layers: in the order in which they were asked for.
        verdicts: what the network says of each sample.
        available: how many samples the parts have.
    """

    parts: np.ndarray
    rows: np.ndarray
    layers: tuple[SeenSamples, ...]
    verdicts: Verdicts
    available: int


def answer(model: Any, data: PreparedData, question: "Question") -> LayerOutputs | NoAnswer:
    """Samples of training and validation as layers see them.

    Options: `layers`, their names ("" for the input); `count`, how many samples (500 unless told;
    fewer where layers are wide), evenly from the parts; `part`, one of them alone.
    """
    names = _names(question, model)
    known = {layer.name for layer in model.layers}
    missing = [name for name in names if name != INPUT and name not in known]
    if missing:
        return NoAnswer(
            f"The network of this run has no layer called {missing[0]}. Choose another layer."
        )
    last = model.outputs[0]._keras_history.operation.name
    widths = [_width(model, name) for name in names]
    parts, rows, available = _chosen(data, question, max(widths))
    if len(rows) == 0:
        return NoAnswer("These parts have no samples; move the bar of the split.")
    try:
        x = np.concatenate([data.part(name).x[rows[parts == n]] for n, name in enumerate(PARTS)])
    except DataError as error:
        return NoAnswer(str(error))
    wanted = tuple(dict.fromkeys((*(name for name in names if name != INPUT), last)))
    found = dict(zip(wanted, outputs(model, x, wanted), strict=True))
    seen = []
    for name in names:
        values = x if name == INPUT else found[name]
        if not np.isfinite(values).all():
            return NoAnswer(
                f"{'The input' if name == INPUT else f'The layer {name}'} holds values that are "
                "not finite. Look at an earlier epoch, or train again with a lower learning rate."
            )
        seen.append(_seen(name, values))
    if not np.isfinite(found[last]).all():
        return NoAnswer(
            "The network puts out values that are not finite. Look at an earlier epoch, or train "
            "again with a lower learning rate."
        )
    task = data.summary.task
    verdicts = read_outputs(found[last], reading_of(model, task), task)
    for array in (parts, rows):
        array.setflags(write=False)
    return LayerOutputs(parts, rows, tuple(seen), verdicts, available)


def aligned(scores: np.ndarray, before: np.ndarray) -> np.ndarray:
    """`scores` (samples, components) with the sign of each column such that it points the way it
    did `before` for the same samples: a component has no sign of its own, and a picture that flips
    between two epochs would tell of a change that there was not.
    """
    count = min(scores.shape[1], before.shape[1])
    result = np.array(scores)
    turned = (scores[:, :count] * before[:, :count]).sum(axis=0) < 0
    result[:, :count][:, turned] *= -1.0
    result.setflags(write=False)
    return result


def _names(question: "Question", model: Any) -> tuple[str, ...]:
    layers = question.options.get("layers")
    if isinstance(layers, tuple) and layers:
        return tuple(str(name) for name in layers)
    return (question.layer_id or model.layers[-1].name,)


def _width(model: Any, name: str) -> int:
    """Numbers that the layer puts out for one sample."""
    output = model.inputs[0] if name == INPUT else model.get_layer(name).output
    return math.prod(int(side or 1) for side in output.shape[1:])


def _chosen(
    data: PreparedData, question: "Question", width: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """(parts, rows, available): each part gives samples by its size."""
    part, wanted = question.options.get("part"), question.options.get("count")
    names = [name for name in PARTS if part in (None, name)] or list(PARTS)
    sizes = {name: len(data.part(name)) if name in names else 0 for name in PARTS}
    available = sum(sizes.values())
    count = wanted if isinstance(wanted, int) and not isinstance(wanted, bool) else 500
    count = min(max(count, 2), MOST_SAMPLES)
    if is_streamed(data.training.x):
        count = min(count, MOST_STREAMED)
    if width > WIDE:
        count = min(count, max(FEWEST, min(WIDE, MOST_OF_WIDE // width)))
    rows, parts = [], []
    for number, name in enumerate(PARTS):
        share = sizes[name]
        if available > count:
            share = min(share, max(min(share, 1), round(count * share / available)))
        rows.append(np.linspace(0, max(sizes[name] - 1, 0), share).round().astype(np.int64))
        parts.append(np.full(share, number, np.int8))
    return np.concatenate(parts), np.concatenate(rows), available


def _seen(name: str, values: np.ndarray) -> SeenSamples:
    flat = values.reshape(len(values), -1)
    found = principal_components(flat, max(2, min(MOST_COMPONENTS, flat.shape[1], len(flat))))
    scores, shares = found.scores(flat), found.shares
    for array in (scores, shares):
        array.setflags(write=False)
    number = np.array(flat[:, 0], np.float64) if flat.shape[1] == 1 else None
    if number is not None:
        number.setflags(write=False)
    return SeenSamples(name, values.shape[1:], scores, shares, number)
