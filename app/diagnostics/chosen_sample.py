"""The one sample that a question is about: one of the data, or one that a person drew or typed."""

from typing import TYPE_CHECKING

import numpy as np

from app.data.errors import DataError
from app.data.prepared import PreparedData
from app.diagnostics.no_answer import NoAnswer

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

OFFERED = ("validation", "training")
"""The parts of which samples are shown, in the order in which they are offered; a test part that
one has looked at is none.
"""


def chosen_sample(data: PreparedData, question: "Question") -> np.ndarray | NoAnswer:
    """The sample as the network sees it, (1, *input_shape) float32, finite.

    It is `question.sample`, raw in the shape (*input_shape), the categories of a table encoded; or
    the one that stands at place `row` of `part` in the options. Without a part it is one of the
    validation part (of the training part when that is empty), without a row the first.
    """
    raw = raw_sample(data, question)
    if isinstance(raw, NoAnswer):
        return raw
    seen = data.preprocessing.transform(raw[None])
    if not np.isfinite(seen).all():
        return NoAnswer("A value of this sample is too large for the network's numbers.")
    return seen


def raw_sample(data: PreparedData, question: "Question") -> np.ndarray | NoAnswer:
    """The same before preprocessing, (*input_shape), finite."""
    if question.sample is not None:
        return _given(data, np.asarray(question.sample))
    part = question.options.get("part")
    if part is None:
        part = next(name for name in (*OFFERED, "training") if len(data.part(name)))
    if part not in OFFERED:
        return NoAnswer("Choose a sample of the training or of the validation part.")
    rows = data.part(part).rows
    row = question.options.get("row", 0)
    if not isinstance(row, int) or isinstance(row, bool) or not 0 <= row < len(rows):
        return NoAnswer(f"The {part} part has {len(rows):,} samples; choose one of them.")
    try:
        return np.asarray(data.raw[rows[row : row + 1]][0])
    except DataError as error:
        return NoAnswer(str(error))


def _given(data: PreparedData, sample: np.ndarray) -> np.ndarray | NoAnswer:
    shape = data.preprocessing.input_shape
    if sample.shape != shape:
        return NoAnswer(
            f"A sample of the shape {_sides(shape)} is needed, and this one is "
            f"{_sides(sample.shape)}. Draw or type it anew."
        )
    if not np.isfinite(sample).all():
        return NoAnswer("A value of this sample is missing or not finite.")
    return sample


def _sides(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "one number"
