"""What a threshold on the score of one class would find: ROC, precision and recall; and whether
probabilities are such: calibration.

Each class is asked about against all others (one versus rest).
"""

from dataclasses import dataclass

import numpy as np

BINS = 10
"""Of the calibration curve, equally wide."""
MOST_POINTS = 1000
"""So many points of a curve are kept to be drawn; areas are computed from all."""


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
    area: float
    precision_recall: np.ndarray
    average_precision: float
    calibration: Calibration | None


def score_curves(
    is_class: np.ndarray,
    scores: np.ndarray,
    class_number: int,
    *,
    probabilities: bool,
    ranking: np.ndarray | None = None,
) -> ScoreCurves | None:
    """The curves of one class; None where all samples or none are of it.

    Args:
        is_class: (samples,) bool.
        scores: (samples,) from 0 to 1, higher for the class.
        ranking: (samples,) in the same order as `scores`, and telling apart those that were cut off
            at 0 or 1 or rounded to it; None: the scores themselves.
    """
    samples, positives = len(is_class), int(is_class.sum())
    if positives in (0, samples):
        return None
    ranked = np.asarray(scores if ranking is None else ranking, np.float64)
    order = np.argsort(-ranked, kind="stable")
    sorted_scores, sorted_truth = scores[order].astype(np.float64), is_class[order]
    # Equal scores pass a threshold together.
    last = np.append(np.flatnonzero(np.diff(ranked[order])), samples - 1)
    found = np.cumsum(sorted_truth)[last].astype(np.float64)
    taken = last + 1.0
    wrong = taken - found
    recall, precision = found / positives, found / taken
    false = wrong / (samples - positives)
    thresholds = sorted_scores[last]
    across, up = np.append(0.0, false), np.append(0.0, recall)
    area = float(np.sum(np.diff(across) * (up[1:] + up[:-1]) / 2))
    average = float(np.sum(np.diff(np.append(0.0, recall)) * precision))
    roc = np.column_stack([across, up, np.append(np.inf, thresholds)])
    both = np.column_stack([recall, precision, thresholds])
    return ScoreCurves(
        class_number,
        positives,
        _thinned(roc),
        area,
        _thinned(both),
        average,
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
