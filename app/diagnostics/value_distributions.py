"""How the weights of a layer, or the numbers it puts out, are distributed."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.data.prepared import PreparedData
from app.diagnostics.dead_units import activation_name
from app.diagnostics.filters import unwrapped
from app.diagnostics.forward import output_batches
from app.diagnostics.no_answer import NoAnswer

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

OUTPUT = "output"
"""Asks for what the layer puts out instead of a weight."""

SHARES = (0, 5, 25, 50, 75, 95, 100)
"""The percentiles that are given, least and largest value included."""

BINS = 40

MOST_SAMPLES = 512
LEAST_SAMPLES = 4
MOST_PASSED = 4_000_000
MOST_PRODUCTS = 500_000_000
"""So many numbers at most the layers of a network make for one answer, and so many products they
form about: of large networks fewer samples are looked at, as a training waits for the answer.
"""
MOST_VALUES = 2**17
"""Of more values than this every n-th is looked at."""

SATURATION: dict[str, tuple[float, float]] = {
    "tanh": (-0.99, 0.99),
    "hard_tanh": (-0.99, 0.99),
    "softsign": (-0.99, 0.99),
    "sigmoid": (0.01, 0.99),
    "hard_sigmoid": (0.01, 0.99),
}
"""Activation functions that flatten at both ends, and where their outputs count as saturated."""


@dataclass(frozen=True)
class ValueDistribution:
    """The distribution of one weight of a layer, or of its outputs; read-only arrays.

    Attributes:
        layer_id: name of the layer.
        of: name of the weight ("kernel"), or `OUTPUT`.
        names: all that can be asked of this layer; `OUTPUT` is the last.
        part: the part of the data that `OUTPUT` was looked at on; "" for weights.
        samples: so many samples of the part were looked at; 0 for weights.
        part_samples: so many samples the part has; 0 for weights.
        whole: so many values there are; of outputs, over the samples looked at.
        count: so many finite values were looked at; all else is about these.
        not_finite: so many values looked at were not finite.
        mean: their mean.
        deviation: their standard deviation (divides by `count`).
        percentiles: (len(SHARES),) float64, linear between neighbours, as `np.percentile`.
        edges: (BINS + 1,) float64, of bins of equal width from the least to the largest value.
        counts: (BINS,) int64, values in each bin; the last one holds its upper edge too.
        zeros: so many are exactly 0.
        limits: outputs below the first or above the second are saturated; None where the layer's
            activation has no two flat ends.
        saturated: so many are; 0 without `limits`.
    """

    layer_id: str
    of: str
    names: tuple[str, ...]
    part: str
    samples: int
    part_samples: int
    whole: int
    count: int
    not_finite: int
    mean: float
    deviation: float
    percentiles: np.ndarray
    edges: np.ndarray
    counts: np.ndarray
    zeros: int
    limits: tuple[float, float] | None
    saturated: int


def answer(model: Any, data: PreparedData, question: "Question") -> "ValueDistribution | NoAnswer":
    """The distribution asked for: of `layer_id` (None: the first layer with weights) and the option
    `of`, a weight's name or `OUTPUT`; the first of `names` when it is left out or not there.

    Outputs are those for samples spread evenly over the validation part (the training part when
    that is empty), at most `MOST_SAMPLES`.
    """
    layer = _layer(model, question.layer_id)
    if layer is None:
        return NoAnswer("This layer is not in the network of the run.")
    weights = _weights(layer)
    names = (*weights, OUTPUT)
    of = question.options.get("of")
    of = of if isinstance(of, str) and of in names else names[0]
    if of != OUTPUT:
        return weight_distribution(layer.name, of, names, weights[of])
    part = "validation" if len(data.validation) else "training"
    return output_distribution(model, layer, names, data, part)


def weight_distribution(
    layer_id: str, of: str, names: tuple[str, ...], variable: Any
) -> "ValueDistribution | NoAnswer":
    """The distribution of a Keras variable."""
    found, whole = _flat(variable)
    return _distribution(layer_id, of, names, found, whole)


def output_distribution(
    model: Any, layer: Any, names: tuple[str, ...], data: PreparedData, part: str
) -> "ValueDistribution | NoAnswer":
    """The distribution of what `layer` puts out for samples of a part."""
    x = data.part(part).x
    looked_at = min(len(x), _samples_for(model))
    if looked_at == 0:
        return NoAnswer("There are no samples to look at: give the training part some.")
    rows = np.linspace(0, len(x) - 1, looked_at).round().astype(np.int64)
    parts = [arrays[0].ravel() for arrays in output_batches(model, x[rows], (layer.name,))]
    if parts[0].dtype.kind not in "fiub":
        return NoAnswer(f"{layer.name} puts out texts: only numbers have a distribution.")
    values = np.concatenate(parts)
    last = int(arrays_width(layer))
    shown = values[:: _stride(values.size, last)]
    limits = SATURATION.get(_flattening(layer))
    return _distribution(
        layer.name, OUTPUT, names, shown, values.size, (part, looked_at, len(x)), limits
    )


def arrays_width(layer: Any) -> int:
    """Length of the last axis of what a layer puts out; 1 where that is not known."""
    shape = getattr(getattr(layer, "output", None), "shape", (1,))
    return (shape[-1] if len(shape) else 1) or 1


def _distribution(
    layer_id: str,
    of: str,
    names: tuple[str, ...],
    found: np.ndarray,
    whole: int,
    looked_at: tuple[str, int, int] = ("", 0, 0),
    limits: tuple[float, float] | None = None,
) -> "ValueDistribution | NoAnswer":
    values = found.astype(np.float64)
    values = values[np.isfinite(values)]
    if values.size == 0:
        why = "are not finite any more" if found.size else "do not exist: the array is empty"
        return NoAnswer(f"The values of {of} of {layer_id} {why}.")
    percentiles = np.percentile(values, SHARES)
    counts, edges = np.histogram(values, BINS)
    for array in (percentiles, counts, edges):
        array.setflags(write=False)
    saturated = 0
    if limits is not None:
        saturated = int(np.count_nonzero((values < limits[0]) | (values > limits[1])))
    return ValueDistribution(
        layer_id=layer_id,
        of=of,
        names=names,
        part=looked_at[0],
        samples=looked_at[1],
        part_samples=looked_at[2],
        whole=whole,
        count=int(values.size),
        not_finite=int(found.size - values.size),
        mean=float(values.mean()),
        deviation=float(values.std()),
        percentiles=percentiles,
        edges=edges,
        counts=counts,
        zeros=int(np.count_nonzero(values == 0)),
        limits=limits,
        saturated=saturated,
    )


def _layer(model: Any, layer_id: str | None) -> Any:
    """The layer of this name; without one the first that has weights, else the last."""
    if layer_id is None:
        with_weights = (layer for layer in model.layers if _weights(layer))
        return next(with_weights, model.layers[-1])
    return next((layer for layer in model.layers if layer.name == layer_id), None)


def _weights(layer: Any) -> dict[str, Any]:
    """The layer's weights that are real numbers, by names that tell them apart."""
    found = [weight for weight in layer.weights if "float" in str(weight.dtype)]
    names = [weight.name for weight in found]
    if len(set(names)) < len(names):  # two directions, or several steps: their path tells which
        names = [_path(layer, weight) for weight in found]
    return {name: weight for name, weight in zip(names, found, strict=True) if name != OUTPUT}


def _path(layer: Any, weight: Any) -> str:
    return str(weight.path).split(f"{layer.name}/", 1)[-1]


def _flat(variable: Any) -> tuple[np.ndarray, int]:
    """The values of a variable that are looked at, one after another; and how many it has."""
    from keras import ops

    whole = math.prod(variable.shape)
    flat = ops.reshape(ops.convert_to_tensor(variable), (-1,))
    stride = _stride(whole, variable.shape[-1] if len(variable.shape) else 1)
    return np.asarray(ops.convert_to_numpy(ops.cast(flat[::stride], "float32"))), whole


def _stride(whole: int, last: int) -> int:
    """Every how many-th of `whole` values is looked at.

    It has no divisor in common with the length of the last axis: else some units alone would be
    seen.
    """
    stride = max(1, -(-whole // MOST_VALUES))
    while stride > 1 and math.gcd(stride, last) > 1:
        stride += 1
    return stride


def _samples_for(model: Any) -> int:
    """How many samples a forward pass may take, by what it costs for one."""
    passed = products = 1
    for layer in model.layers:
        made, read = _shape(layer, "output"), _shape(layer, "input")
        passed += math.prod(made)
        # Each weight of a convolution or a recurrent layer is used at each of its places.
        places = max(math.prod(made[:-1]), math.prod(read[:-1]))
        products += places * sum(math.prod(weight.shape) for weight in layer.weights)
    most = min(MOST_PASSED // passed, MOST_PRODUCTS // products)
    return min(MOST_SAMPLES, max(LEAST_SAMPLES, most))


def _shape(layer: Any, end: str) -> tuple[int, ...]:
    """Shape of what goes into a layer or comes out of it, without the samples; () for several."""
    shape = getattr(getattr(layer, end, None), "shape", ())
    return tuple(side or 1 for side in shape[1:])


def _flattening(layer: Any) -> str:
    """The activation whose outputs the layer puts out as they are; "" for gated cells, which
    multiply them.
    """
    gated = hasattr(unwrapped(layer), "recurrent_activation")
    return "" if gated else activation_name(layer)
