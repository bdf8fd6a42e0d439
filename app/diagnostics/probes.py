"""Questions about a model while it trains, answered between two chunks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from app.core.frozen import FrozenMap
from app.data.prepared import PreparedData
from app.data.samples import in_memory, is_streamed
from app.diagnostics import (
    attribution,
    boundary,
    feature_maps,
    filters,
    layer_outputs,
    microscope,
    occlusion,
    value_distributions,
)
from app.diagnostics.chosen_sample import OFFERED, chosen_sample
from app.diagnostics.dead_units import Census, census
from app.diagnostics.filters import FilterBank, learned_filters
from app.diagnostics.forward import outputs
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.readings import Verdicts, read_outputs, reading_of

LOOKED_AT = 256
"""So many samples that are on disk are read for an answer, evenly from the whole part."""


class Question(Protocol):
    """What is asked: the engine's `ProbeRequest` is one."""

    @property
    def subject(self) -> str: ...
    @property
    def layer_id(self) -> str | None: ...
    @property
    def options(self) -> FrozenMap: ...
    @property
    def sample(self) -> np.ndarray | None: ...


@dataclass(frozen=True)
class Predictions:
    """What the network says of samples of one part, in the order of the part.

    Attributes:
        rows: (samples,) int64, their places in the part; all of them, unless they are on disk.
    """

    part: str
    verdicts: Verdicts
    rows: np.ndarray


def answer(question: Question, model: Any, data: PreparedData) -> object:
    """The answer to `question`: a frozen result; `NoAnswer`, or None, when it has none for this
    model and these data.

    - "filters": of `layer_id` (None: the first layer that has any); option `channel`.
    - "boundary": of the network over a plane, or with a `layer_id` the response of each of its
      units, see `boundary.answer`.
    - "dead_units": a census over the validation part (the training part when that is empty), of all
      layers or of `layer_id`; option `part`.
    - "distribution": of a weight of `layer_id`, or of what it puts out; option `of`, see
      `value_distributions.answer`.
    - "layer_filters": all filters of `layer_id` at once.
    - "feature_maps": of `layer_id` for one sample, see `feature_maps.answer`.
    - "microscope": how one number of a feature map comes about, see `microscope.answer`.
    - "layer_outputs": the data as layers see them, see `layer_outputs.answer`.
    - "attribution", "occlusion": what in one sample mattered, see `attribution.answer` and
      `occlusion.answer`.
    - "predictions": for the samples of the validation part; option `part`.
    - "sample_answer": the `Verdicts` on one sample, (1, outputs), see `chosen_sample`.

    Of samples on disk, `LOOKED_AT` are looked at.

    Call it in the thread that owns the model only.
    """
    ask = SUBJECTS.get(question.subject)
    return None if ask is None else ask(model, data, question)


def _filters(model: Any, data: PreparedData, question: Question) -> FilterBank | None:
    return learned_filters(model, question.layer_id, _whole(question.options, "channel", 0))


def _dead_units(model: Any, data: PreparedData, question: Question) -> Census | None:
    x, _ = looked_at(data, part_of(data, question.options))
    found = census(model, x)
    layers = tuple(one for one in found.layers if question.layer_id in (None, one.layer_id))
    return Census(layers) if layers else None


def _predictions(model: Any, data: PreparedData, question: Question) -> Predictions | None:
    part = part_of(data, question.options)
    x, rows = looked_at(data, part)
    if len(x) == 0:
        return None
    (found,) = outputs(model, x)
    if not np.isfinite(found).all():
        return None
    task = data.summary.task
    return Predictions(part, read_outputs(found, reading_of(model, task), task), rows)


def _sample_answer(model: Any, data: PreparedData, question: Question) -> Verdicts | NoAnswer:
    x = chosen_sample(data, question)
    if isinstance(x, NoAnswer):
        return x
    (found,) = outputs(model, x)
    if not np.isfinite(found).all():
        return NoAnswer("What the network puts out for this sample is not a finite number.")
    task = data.summary.task
    return read_outputs(found, reading_of(model, task), task)


def looked_at(data: PreparedData, part: str) -> tuple[np.ndarray, np.ndarray]:
    """The samples of a part and their places in it: all of them, or of those on disk some, as a
    training waits for the answer.
    """
    x = data.part(part).x
    rows = np.arange(len(x))
    if is_streamed(x) and len(x) > LOOKED_AT:
        rows = np.linspace(0, len(x) - 1, LOOKED_AT).round().astype(np.int64)
    rows.setflags(write=False)
    return (x[rows] if is_streamed(x) else in_memory(x)), rows


def part_of(data: PreparedData, options: FrozenMap) -> str:
    """The part that is asked about: never the test part, which is the vault's."""
    part = options.get("part")
    if part in OFFERED:
        return str(part)
    return "validation" if len(data.validation) else "training"


def _whole(options: FrozenMap, name: str, default: int) -> int:
    value = options.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


SUBJECTS: dict[str, Callable[[Any, PreparedData, Question], object]] = {
    "attribution": attribution.answer,
    "occlusion": occlusion.answer,
    "filters": _filters,
    "boundary": boundary.answer,
    "dead_units": _dead_units,
    "predictions": _predictions,
    "sample_answer": _sample_answer,
    "layer_outputs": layer_outputs.answer,
    "distribution": value_distributions.answer,
    "layer_filters": filters.answer,
    "feature_maps": feature_maps.answer,
    "microscope": microscope.answer,
}
