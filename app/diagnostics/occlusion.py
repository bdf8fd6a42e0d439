"""What in a sample mattered: how the answer falls when a part of it is covered.

Zeiler and Fergus 2013, arXiv 1311.2901: a patch slides over the picture. Of a row one column after
the other is replaced by its mean in the training part.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.data.prepared import PreparedData
from app.diagnostics.attribution import NOT_FINITE, asked_of
from app.diagnostics.forward import outputs
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.readings import Verdicts, read_outputs, reading_of

if TYPE_CHECKING:
    from app.diagnostics.probes import Question

PIECE_SECONDS = 0.08
"""After so long a piece ends with the batch that is under way."""
_NUMBERS = 2**17
"""In one batch, about."""
_MOST_COPIES = 64


@dataclass(frozen=True)
class OcclusionPiece:
    """The answers with some of the places covered; read-only arrays.

    Attributes:
        target: of which class (of a regression: of which output) from 0.
        places: (n, 2) row and column of the patch's upper left corner; of a row (n, 2) the first
            feature that is replaced and the one behind the last.
        drops: (n,) float32, by how much the probability of the class (the output of a regression)
            is smaller with this place covered.
        start: which of all the places the first of these is.
        total: of all places.
        patch: (height, width) of the patch as it was used; of a row (1, 1).
        whole: the value with nothing covered.
        verdicts: what the network says with nothing covered, (outputs,).
        raw: the sample before preprocessing, (*input_shape).
    """

    target: int
    places: np.ndarray
    drops: np.ndarray
    start: int
    total: int
    patch: tuple[int, int]
    whole: float
    verdicts: Verdicts
    raw: np.ndarray


def answer(model: Any, data: PreparedData, question: "Question") -> OcclusionPiece | NoAnswer:
    """As many of the places as fit into `PIECE_SECONDS`; ask again with `start` for the others.

    Options: `target`, as of `attribution.answer`; `patch`, `stride` in pixels; `fill`: "mean",
    "low" or "high", of the values of the training part; `start`.
    """
    asked = asked_of(model, data, question)
    if isinstance(asked, NoAnswer):
        return asked
    x, raw, verdicts, target = asked.x, asked.raw, asked.verdicts, asked.target
    options = question.options
    patch = (1, 1)
    if x.ndim == 2:
        places = _columns(data)
    else:
        side = _whole(options.get("patch"), 3)
        patch = (min(side, x.shape[1]), min(side, x.shape[2]))
        places = patch_places(x.shape[1:3], patch, _whole(options.get("stride"), 1))
    start = options.get("start", 0)
    start = start if isinstance(start, int) and 0 <= start < len(places) else 0
    fill = _fill(data, str(options.get("fill", "mean")))
    values = _covered(model, data, x, verdicts, target, places[start:], patch, fill)
    if not np.isfinite(values).all():
        return NoAnswer(NOT_FINITE)
    whole = float(_value(verdicts, target))
    drops = np.asarray(whole - values, np.float32)
    shown, raw = np.array(places[start : start + len(values)]), np.array(raw)
    for array in (shown, drops, raw):
        array.setflags(write=False)
    return OcclusionPiece(target, shown, drops, start, len(places), patch, whole, verdicts, raw)


def patch_places(sides: tuple[int, ...], patch: tuple[int, int], stride: int) -> np.ndarray:
    """(n, 2) upper left corners, row by row; the last of each row and column is flush with the
    edge, so that every pixel is covered at least once. A stride above the patch counts as the
    patch.
    """
    ways = []
    for side, length in zip(sides, patch, strict=True):
        starts = list(range(0, side - length + 1, min(stride, length)))
        if starts[-1] != side - length:
            starts.append(side - length)
        ways.append(starts)
    return np.array([(row, column) for row in ways[0] for column in ways[1]], np.int64)


def drop_map(
    sides: tuple[int, int], places: np.ndarray, patch: tuple[int, int], drops: np.ndarray
) -> np.ndarray:
    """(height, width): for each pixel the mean drop of the patches that cover it; not a number
    where none does yet.
    """
    total, count = np.zeros(sides), np.zeros(sides)
    for (row, column), drop in zip(places, drops, strict=True):
        covered = slice(row, row + patch[0]), slice(column, column + patch[1])
        total[covered] += float(drop)
        count[covered] += 1
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(count > 0, total / count, np.nan))


def _covered(
    model: Any,
    data: PreparedData,
    x: np.ndarray,
    verdicts: Verdicts,
    target: int,
    places: np.ndarray,
    patch: tuple[int, int],
    fill: np.ndarray,
) -> np.ndarray:
    """(n,) what the network says of the target with each of the first places covered."""
    ends = time.perf_counter() + PIECE_SECONDS
    copies = min(_MOST_COPIES, max(1, _NUMBERS // x.size))
    task, reading = data.summary.task, reading_of(model, data.summary.task)
    found: list[np.ndarray] = []
    # Where a batch begins does not depend on the clock, only which is the last: equal digits.
    for first in range(0, len(places), copies):
        batch = np.repeat(x, len(places[first : first + copies]), axis=0)
        for copy, (a, b) in zip(batch, places[first : first + copies], strict=True):
            if x.ndim == 2:
                copy[a:b] = fill[a:b]
            else:
                place = slice(a, a + patch[0]), slice(b, b + patch[1])
                copy[place] = fill[place]
        (put_out,) = outputs(model, batch)
        found.append(np.atleast_1d(_value(read_outputs(put_out, reading, task), target)))
        if time.perf_counter() > ends:
            break
    return np.concatenate(found)


def _value(verdicts: Verdicts, target: int) -> np.ndarray:
    """(...) what is said of the target: its probability, or the output of a regression."""
    values = verdicts.values.astype(np.float64)
    if verdicts.classes is not None and values.shape[-1] == 1:
        return np.asarray(values[..., 0] if target == 1 else 1.0 - values[..., 0])
    return np.asarray(values[..., target])


def _columns(data: PreparedData) -> np.ndarray:
    """(columns, 2): first feature of each column and the one behind its last."""
    columns = data.preprocessing.columns
    widths = [len(column.categories) or 1 for column in columns]
    ends = np.cumsum(widths or [1] * data.preprocessing.input_shape[0])
    return np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)


def _fill(data: PreparedData, kind: str) -> np.ndarray:
    """What covers, (*input_shape): for each feature of a row or of sequences a number, for pictures
    one.
    """
    place = {"low": 2, "high": 3}.get(kind, 0)
    values = np.array([entry.after[place] for entry in data.summary.statistics], np.float32)
    return np.broadcast_to(values, data.preprocessing.input_shape)


def _whole(value: object, default: int) -> int:
    good = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return int(value) if good else default  # type: ignore[call-overload]
