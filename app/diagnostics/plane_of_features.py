"""The plane on which a network is asked: two features, or a slice through all of them."""

import math
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from app.core.frozen import FrozenMap
from app.data.errors import DataError
from app.data.prepared import PreparedData
from app.data.samples import in_memory, is_streamed
from app.diagnostics.chosen_sample import raw_sample
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.principal_components import principal_components

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

MARGIN = 0.1
"""What is shown beyond the outermost samples, as a share of their range."""
MOST_PLACED = 2000
"""Samples of each part whose places on the plane are told; of more, so many evenly."""
MOST_STREAMED = 256
"""The same where samples are read from disk."""
FITTED_NUMBERS = 2_000_000
"""Principal components are worked out from so many numbers, of the training part evenly."""
MOST_FITTED = 1000
"""And where a sample has more numbers than that, from so many samples."""
ON_THE_PLANE = 1e-6
"""Samples whose variance off the plane is a smaller share lie on it."""
SHOWN_PARTS = ("training", "validation")

Bounds = tuple[float, ...]
"""Lowest and highest x, then for two axes lowest and highest y; in the units of the axes."""


@dataclass(frozen=True)
class PlacedSamples:
    """Where samples of a part lie; read-only arrays.

    Attributes:
        part: "training" or "validation".
        rows: (samples,) int64, their places in the part.
        places: (samples, axes) float64: their values of the two features, or their shadows at right
            angles on the plane of the principal components.
    """

    part: str
    rows: np.ndarray
    places: np.ndarray


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane (or, for one feature, a line) through the inputs of a network; read-only arrays.

    The point (a, b) stands for the input `origin + a * axes[0] + b * axes[1]`, as the network sees
    it, behind preprocessing.

    Attributes:
        kind: what the axes are.
        names: of the axes.
        bounds: what is shown of it.
        note: what becomes of the features that are not axes, in sentences; "" where there are none.
        input_shape: of one sample.
        origin: (numbers,) float64.
        axes: (axes, numbers) float64.
        samples: of the training and the validation part.
    """

    kind: Literal["features", "components"]
    names: tuple[str, ...]
    bounds: Bounds
    note: str
    input_shape: tuple[int, ...]
    origin: np.ndarray
    axes: np.ndarray
    samples: tuple[PlacedSamples, ...]

    def transform(self, points: np.ndarray) -> np.ndarray:
        """Points (n, axes) as the network sees them: (n, *input_shape) float32."""
        inputs = self.origin + np.asarray(points, np.float64) @ self.axes
        return np.asarray(inputs.reshape(len(points), *self.input_shape), np.float32)


def choosable_features(data: PreparedData) -> tuple[tuple[int, str], ...]:
    """(number from 0, name) of each feature that can be an axis: the numbers of a table; none of
    pictures or sequences. A category is there or not, and nothing lies between.
    """
    shape = data.summary.input_shape
    if len(shape) != 1:
        return ()
    names = data.preprocessing.feature_names
    if len(names) != shape[0]:
        return tuple((number, f"feature {number + 1}") for number in range(shape[0]))
    categorical = _categorical(data)
    return tuple((n, name) for n, name in enumerate(names) if not categorical[n])


def plane_of(data: PreparedData, question: "Question") -> Plane | NoAnswer:
    """The plane that a question is about.

    Options: `plane`: "features" or "components", by default the former where there are one or two
    features; `across`, `up`: numbers of features, by default the first two that can be axes;
    `hold`: "sample" holds the other features at those of the sample of the question, see
    `chosen_sample`, anything else at their mean in the training part, categories at their most
    common one.
    """
    key = question.options.set("resolution", None)
    if question.sample is not None:
        return _plane_of(data, question)
    if not any(of() is data and known == key for of, known, _ in _last):
        try:
            found = _plane_of(data, question)
        except DataError as error:
            return NoAnswer(str(error))
        if isinstance(found, NoAnswer):
            return found
        _last[:] = [(weakref.ref(data), key, found)]
    return _last[0][2]


_last: list[tuple[weakref.ref[PreparedData], FrozenMap, Plane]] = []
"""The last plane: while a network trains, the same one is asked for again and again."""


def _plane_of(data: PreparedData, question: "Question") -> Plane | NoAnswer:
    if len(data.training) == 0:
        return NoAnswer("The training part has no samples; move the bar of the split.")
    flat = len(data.summary.input_shape) == 1 and not is_streamed(data.raw)
    whole = flat and data.summary.input_shape[0] <= 2
    wanted = question.options.get("plane")
    if whole:
        features = tuple(range(data.summary.input_shape[0]))
        return _feature_plane(data, features, np.zeros(len(features)), "")
    if wanted != "features":
        return _principal_plane(data)
    offered = [number for number, _ in choosable_features(data)]
    if len(offered) < 2:
        return NoAnswer(
            "Two features with numbers are needed for the axes, and these data have "
            f"{'one' if offered else 'none'}. Choose the principal plane."
        )
    across, up = question.options.get("across", offered[0]), question.options.get("up", offered[1])
    if across not in offered or up not in offered or across == up:
        return NoAnswer("Choose two different features with numbers for the axes.")
    assert isinstance(across, int)
    assert isinstance(up, int)
    others = data.summary.input_shape[0] - 2
    count = "The other feature is" if others == 1 else f"The other {others:,} features are"
    if question.options.get("hold") == "sample":
        held = raw_sample(data, question)
        if isinstance(held, NoAnswer):
            return held
        note = f"A slice: {count.lower()} held as in {_sample_words(question)}."
    else:
        held = _typical(data)
        categories = ", categories at their most common one" if _categorical(data).any() else ""
        note = f"A slice: {count.lower()} held at the mean of the training part{categories}."
    return _feature_plane(data, (across, up), held, note)


def _sample_words(question: "Question") -> str:
    if question.sample is not None:
        return "the sample that you gave"
    row, part = question.options.get("row", 0), question.options.get("part") or "validation"
    return f"sample {int(str(row)) + 1:,} of the {part} part"


def _feature_plane(
    data: PreparedData, features: tuple[int, ...], held: np.ndarray, note: str
) -> Plane:
    count = data.summary.input_shape[0]
    preprocessing = data.preprocessing
    offset, scale = np.asarray(preprocessing.offset), np.asarray(preprocessing.scale)
    origin = np.array(held, np.float64)
    origin[list(features)] = 0.0
    axes = np.zeros((len(features), count))
    axes[range(len(features)), features] = 1.0
    raw = in_memory(data.raw)
    columns = raw[:, list(features)]
    names = data.preprocessing.feature_names
    if len(names) != count:
        names = tuple(f"feature {number + 1}" for number in range(count))
    samples = []
    for name in SHOWN_PARTS:
        part = data.part(name)
        rows = _evenly(len(part), MOST_PLACED)
        samples.append(_placed(name, rows, columns[part.rows[rows]]))
    return _plane(
        "features",
        tuple(names[number] for number in features),
        _around(columns),
        note,
        data,
        (origin - offset) / scale,
        axes / scale,
        samples,
    )


def _principal_plane(data: PreparedData) -> Plane | NoAnswer:
    numbers = math.prod(data.summary.input_shape)
    if numbers < 2:
        return NoAnswer("A plane needs at least two numbers in each sample.")
    training = data.training
    most = min(max(FITTED_NUMBERS // numbers, MOST_STREAMED), len(training))
    if numbers > MOST_FITTED:
        most = min(most, MOST_FITTED)
    if is_streamed(training.x):
        most = min(most, MOST_STREAMED)
    rows = _evenly(len(training), most)
    fitted = np.asarray(training.x[rows]).reshape(len(rows), -1)
    if not np.isfinite(fitted).all():
        return NoAnswer(
            "Some inputs are not finite: principal components need finite ones. Choose another "
            "preprocessing."
        )
    found = principal_components(fitted, 2)
    samples = []
    for name in SHOWN_PARTS:
        part = data.part(name)
        rows = _evenly(len(part), MOST_STREAMED if is_streamed(part.x) else MOST_PLACED)
        x = np.asarray(part.x[rows]).reshape(len(rows), -1)
        samples.append(_placed(name, rows, found.scores(x)))
    some = "" if len(fitted) == len(training) else f" of {len(fitted):,} samples"
    note = (
        f"A slice through all {numbers:,} inputs, along the two principal components{some} of the "
        "training part. Samples are projected onto it"
    )
    if found.shares.sum() < 1.0 - ON_THE_PLANE:
        note += ": most lie off this slice, where the answer may be another than the colour here"
    note += "."
    return _plane(
        "components",
        tuple(
            f"component {number} ({share:.0%} of the variance)"
            for number, share in enumerate(found.shares.tolist(), 1)
        ),
        _around(np.concatenate([one.places for one in samples])),
        note,
        data,
        found.centre,
        found.axes,
        samples,
    )


def _plane(
    kind: Literal["features", "components"],
    names: tuple[str, ...],
    bounds: Bounds,
    note: str,
    data: PreparedData,
    origin: np.ndarray,
    axes: np.ndarray,
    samples: list[PlacedSamples],
) -> Plane:
    for array in (origin, axes):
        array.setflags(write=False)
    shape = data.summary.input_shape
    return Plane(kind, names, bounds, note, shape, origin, axes, tuple(samples))


def _placed(part: str, rows: np.ndarray, places: np.ndarray) -> PlacedSamples:
    places = np.array(places, np.float64)
    for array in (rows, places):
        array.setflags(write=False)
    return PlacedSamples(part, rows, places)


def _around(places: np.ndarray) -> Bounds:
    """The range of each column of `places`, with a margin."""
    found: list[float] = []
    for column in places.T:
        low, high = float(column.min()), float(column.max())
        margin = MARGIN * (high - low) or 0.5
        found += [low - margin, high + margin]
    return tuple(found)


def _evenly(count: int, most: int) -> np.ndarray:
    """At most `most` of the numbers below `count`, evenly spread."""
    if count <= most:
        return np.arange(count, dtype=np.int64)
    return np.linspace(0, count - 1, most).round().astype(np.int64)


def _typical(data: PreparedData) -> np.ndarray:
    """(features,) raw: the mean of the training part; of categories the most common one."""
    mean = np.asarray(in_memory(data.raw)[data.training.rows].mean(axis=0), np.float64)
    start = 0
    for column in data.preprocessing.columns:
        count = len(column.categories) or 1
        if column.categories:
            block = mean[start : start + count]
            block[:] = np.arange(count) == block.argmax()
        start += count
    return mean


def _categorical(data: PreparedData) -> np.ndarray:
    """(features,) bool: which features are a category of a column."""
    return np.array(
        [bool(c.categories) for c in data.preprocessing.columns for _ in c.categories or (None,)],
        bool,
    )
