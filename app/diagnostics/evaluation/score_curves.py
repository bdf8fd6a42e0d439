"""What a threshold on the score of one class would find: ROC, precision and recall; and whether
probabilities are such: calibration.

Each class is asked about against all others (one versus rest).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.diagnostics.evaluation.bootstrap import Figure, Stop, figure, resamples_of, times_drawn

AREA, AVERAGE_PRECISION = "Area under the ROC curve", "Average precision"
BINS = 10
"""Of the calibration curve, equally wide."""
MOST_POINTS = 1000
"""So many points of a curve are kept to be drawn; areas are computed from all."""
_DEARER = 8
"""A resample of an area takes so many times as long as one of a mean."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """Attributes:
    said: (bins,) mean probability of the samples in a bin; only bins that hold any.
    seen: (bins,) share of them that is of the class.
    counts: (bins,) how many they are.
    brier: mean of (probability - truth)².
    ece: expected calibration error: mean of |said - seen| over the samples (Naeini et al. 2015).
    """

    said: np.ndarray
    seen: np.ndarray
    counts: np.ndarray
    brier: float
    ece: float


@dataclass(frozen=True, eq=False)
class ScoreCurves:
    """One class against all others. Arrays are read-only.

    Attributes:
        class_number: which class.
        positives: how many samples are of it; neither 0 nor all.
        roc: (points, 3) false positive rate, true positive rate, and the least score that counts
            as the class; from (0, 0) to (1, 1).
        area: under the ROC curve.
        precision_recall: (points, 3) recall, precision and the least score; from recall 0 up.
        average_precision: sum of (step of recall) times precision.
        calibration: None where the outputs are no probabilities.
    """

    class_number: int
    positives: int
    roc: np.ndarray
    area: Figure
    precision_recall: np.ndarray
    average_precision: Figure
    calibration: Calibration | None


@dataclass(frozen=True, eq=False)
class _Ranked:
    """The samples, those first that seem most to be of a class.

    Attributes:
        order: (samples,) their places.
        positive: (samples,) 1.0 for those of the class, in this order.
        first: (thresholds,) where those of an equal score begin, in this order; they pass a
            threshold together.
    """

    order: np.ndarray
    positive: np.ndarray
    first: np.ndarray

    def areas(self, times: np.ndarray) -> np.ndarray:
        """Under the ROC curve by trapezoids, and the average precision; not a number where nobody
        or everybody is of the class.

        Args:
            times: (n, samples) how often each sample counts.

        Returns:
            (n, 2) float64.
        """
        drawn = times[:, self.order]
        taken = np.add.reduceat(drawn, self.first, axis=1)
        found = np.add.reduceat(drawn * self.positive, self.first, axis=1)
        wrong = taken - found
        positives, negatives = found.sum(axis=1), wrong.sum(axis=1)
        above, selected = np.cumsum(found, axis=1), np.cumsum(taken, axis=1)
        with np.errstate(invalid="ignore"):
            area = (wrong * (above - found / 2)).sum(axis=1) / (positives * negatives)
            precision = above / np.maximum(selected, 1.0)  # who is drawn never adds nothing
            average = (found * precision).sum(axis=1) / positives
        return np.column_stack([area, np.where(negatives > 0, average, np.nan)])


def _ranked(is_class: np.ndarray, scores: np.ndarray) -> _Ranked:
    order = np.argsort(-scores, kind="stable")
    first = np.append(0, np.flatnonzero(np.diff(scores[order])) + 1)
    return _Ranked(order, is_class[order].astype(np.float64), first)


def curves_of_classes(
    classes: np.ndarray,
    scores: np.ndarray,
    ranking: np.ndarray,
    asked: Sequence[int],
    stop: Stop,
    *,
    probabilities: bool,
) -> tuple[ScoreCurves, ...] | None:
    """The curves of those of the `asked` classes that have any, their areas with intervals; None
    when stopped.

    Args:
        classes: (samples,) class numbers.
        scores, ranking: (samples, classes), as for `score_curves`.
    """
    curves: list[ScoreCurves] = []
    ranked: list[_Ranked] = []
    for number in asked:
        if stop():
            return None
        is_class, order = classes == number, ranking[:, number]
        found = score_curves(
            is_class, scores[:, number], number, probabilities=probabilities, ranking=order
        )
        if found is not None:
            curves.append(found)
            ranked.append(_ranked(is_class, order))
    drawn: list[list[np.ndarray]] = [[] for _ in curves]
    resamples = resamples_of(len(classes), _DEARER * len(curves))
    for times in times_drawn(len(classes), resamples) if curves else ():
        for areas, one in zip(drawn, ranked, strict=True):
            if stop():
                return None
            areas.append(one.areas(times))
    return tuple(
        _with_intervals(found, np.concatenate(areas))
        for found, areas in zip(curves, drawn, strict=True)
    )


def _with_intervals(found: ScoreCurves, resampled: np.ndarray) -> ScoreCurves:
    area, average = (
        figure(told.name, told.value, values) if told.value is not None else told
        for told, values in zip((found.area, found.average_precision), resampled.T, strict=True)
    )
    return replace(found, area=area, average_precision=average)


def score_curves(
    is_class: np.ndarray,
    scores: np.ndarray,
    class_number: int,
    *,
    probabilities: bool,
    ranking: np.ndarray | None = None,
) -> ScoreCurves | None:
    """The curves of one class, areas without intervals; None where all samples or none are of it.

    Args:
        is_class: (samples,) bool.
        scores: (samples,) from 0 to 1, higher for the class.
        ranking: (samples,) in the same order as `scores`, and telling apart those that were cut off
            at 0 or 1 or rounded to it; None: the scores themselves.
    """
    samples, positives = len(is_class), int(is_class.sum())
    if positives in (0, samples):
        return None
    ranked = _ranked(is_class, np.asarray(scores if ranking is None else ranking, np.float64))
    last = np.append(ranked.first[1:], samples) - 1
    found = np.cumsum(ranked.positive)[last]
    taken = last + 1.0
    wrong = taken - found
    recall, precision = found / positives, found / taken
    false = wrong / (samples - positives)
    thresholds = scores[ranked.order[last]].astype(np.float64)
    across, up = np.append(0.0, false), np.append(0.0, recall)
    area, average = ranked.areas(np.ones((1, samples)))[0].tolist()
    roc = np.column_stack([across, up, np.append(np.inf, thresholds)])
    both = np.column_stack([recall, precision, thresholds])
    return ScoreCurves(
        class_number,
        positives,
        _thinned(roc),
        Figure(AREA, area),
        _thinned(both),
        Figure(AVERAGE_PRECISION, average),
        calibration(is_class, scores) if probabilities else None,
    )


def calibration(is_true: np.ndarray, probabilities: np.ndarray) -> Calibration:
    """Probabilities (samples,) of something against whether it was so (samples,) bool; at least one
    sample. A bin holds its lower edge, the last one both.
    """
    said = np.clip(probabilities.astype(np.float64), 0.0, 1.0)
    truth = is_true.astype(np.float64)
    bins = np.minimum((said * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    filled = counts > 0
    means = np.bincount(bins, said, BINS)[filled] / counts[filled]
    shares = np.bincount(bins, truth, BINS)[filled] / counts[filled]
    error = float(np.sum(counts[filled] * np.abs(means - shares)) / len(said))
    brier = float(np.mean((said - truth) ** 2))
    arrays = [_read_only(array) for array in (means, shares, counts[filled])]
    return Calibration(arrays[0], arrays[1], arrays[2], brier, error)


def _thinned(points: np.ndarray) -> np.ndarray:
    """Without points on a straight line between others, and evenly thinned to `MOST_POINTS`."""
    if len(points) > 2:
        steps = np.diff(points[:, :2], axis=0)
        turns = steps[1:, 0] * steps[:-1, 1] != steps[1:, 1] * steps[:-1, 0]
        points = points[np.concatenate([[True], turns, [True]])]
    if len(points) > MOST_POINTS:
        points = points[np.linspace(0, len(points) - 1, MOST_POINTS).round().astype(int)]
    return _read_only(np.ascontiguousarray(points))


def _read_only(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
