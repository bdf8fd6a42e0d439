"""All that is told of a network on one part of the data."""

from dataclasses import dataclass

import numpy as np

from app.core.data_summary import Task
from app.core.frozen import FrozenMap
from app.core.loss_catalog import Reading
from app.diagnostics.evaluation.bootstrap import Figure, Stop, figure, resampled_sums
from app.diagnostics.evaluation.class_figures import (
    ClassFigures,
    class_figures,
    confusion_matrix,
)
from app.diagnostics.evaluation.number_figures import NumberFigures, number_figures
from app.diagnostics.evaluation.score_curves import (
    Calibration,
    ScoreCurves,
    calibration,
    curves_of_classes,
)
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.readings import PROBABILITIES, Verdicts, read_outputs

LOSS = "Mean loss"
MOST_CURVES = 64
"""Of more classes the curves of the first ones are computed."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """Arrays are read-only and in the order of the part.

    Attributes:
        part: "training", "validation" or "test".
        samples: how many there are.
        metrics: the loss (with regularization and weights) and the metrics as Keras computes them.
        verdicts: what the network says of each sample.
        truth: (samples,) class numbers, or (samples, targets).
        losses: (samples,) float64, the loss of each sample, without weights and regularization.
        worst: (samples,) int64, places in the part, the highest loss first.
        figures: what is told above all else, with intervals.
        classes, curves, confidence: of classes; `curves` of each class that can be told from the
            others (of two classes the second), `confidence` is the calibration of the decision.
        numbers: of regression.
        probabilities: whether the outputs are such.
    """

    part: str
    samples: int
    metrics: FrozenMap
    verdicts: Verdicts
    truth: np.ndarray
    losses: np.ndarray
    worst: np.ndarray
    figures: tuple[Figure, ...]
    classes: ClassFigures | None = None
    curves: tuple[ScoreCurves, ...] = ()
    confidence: Calibration | None = None
    numbers: NumberFigures | None = None
    probabilities: bool = False


def judged(
    part: str,
    outputs: np.ndarray,
    truth: np.ndarray,
    losses: np.ndarray,
    metrics: FrozenMap,
    reading: Reading,
    task: Task,
    class_count: int,
    stop: Stop = lambda: False,
) -> Judgement | NoAnswer | None:
    """Judge the raw `outputs` (samples, outputs) of a network; None when stopped.

    Args:
        truth: (samples,) class numbers, or (samples, targets).
        losses: (samples,) of each sample.
        class_count: 0 for regression.
    """
    if not np.isfinite(outputs).all():
        return NoAnswer(
            "An output of the network is not a finite number: there is nothing to judge. Train it "
            "anew, with a smaller learning rate or standardized inputs."
        )
    losses = np.asarray(losses, np.float64)
    verdicts = read_outputs(outputs, reading, task)
    shown = np.where(np.isfinite(losses), losses, np.inf)
    worst = np.argsort(-shown, kind="stable")
    for array in (losses, worst):
        array.setflags(write=False)
    if task == "regression":
        wanted = truth.reshape(len(truth), -1)
        numbers = number_figures(wanted, verdicts.values.reshape(len(truth), -1), stop)
        means = _mean_figures({LOSS: losses}, stop)
        if numbers is None or means is None:
            return None
        return Judgement(
            part,
            len(truth),
            metrics,
            verdicts,
            wanted,
            losses,
            worst,
            (*numbers.overall, *means),
            numbers=numbers,
        )
    assert verdicts.classes is not None
    assert verdicts.confidence is not None
    classes = truth.reshape(-1)
    told = class_figures(confusion_matrix(classes, verdicts.classes, class_count))
    probabilities = reading in PROBABILITIES
    scores, ranking = scores_of(verdicts), _ranking(outputs, reading)
    asked = (1,) if class_count == 2 else range(min(class_count, MOST_CURVES))
    curves = curves_of_classes(classes, scores, ranking, asked, stop, probabilities=probabilities)
    if curves is None:
        return None
    wanted_means = {LOSS: losses}
    if probabilities:
        wanted_means["Brier score"] = _brier(scores, classes)
    means = _mean_figures(wanted_means, stop)
    if means is None:
        return None
    return Judgement(
        part,
        len(truth),
        metrics,
        verdicts,
        classes,
        losses,
        worst,
        (*told.overall, *means),
        classes=told,
        curves=curves,
        confidence=calibration(verdicts.classes == classes, verdicts.confidence)
        if probabilities
        else None,
        probabilities=probabilities,
    )


def scores_of(verdicts: Verdicts) -> np.ndarray:
    """(samples, classes) from 0 to 1, of one output too."""
    values = verdicts.values
    if values.shape[-1] == 1:
        return np.concatenate([np.float32(1) - values, values], axis=-1)
    return values


def _ranking(outputs: np.ndarray, reading: Reading) -> np.ndarray:
    """(samples, classes) float64, higher the more a sample is of a class: the `outputs` before they
    are cut off at 0 and 1 or squeezed through softmax, where many become equal.
    """
    wide = np.asarray(outputs, np.float64)
    if wide.shape[-1] == 1:
        return np.concatenate([-wide, wide], axis=-1)
    if reading not in ("logit", "score"):
        return wide
    # softmax is p = 1 / (1 + exp(rest - output)), with the log of the others' sum of exp as rest
    samples, top = np.arange(len(wide)), wide.argmax(axis=1)
    highest = wide[samples, top][:, np.newaxis]
    powers = np.exp(wide - highest)
    powers[samples, top] = 0.0
    others = powers.sum(axis=1, keepdims=True) + 1.0 - powers
    rest = highest + np.log(others)
    below = wide.copy()
    below[samples, top] = -np.inf  # of the highest the others alone are left
    second = below.max(axis=1)
    rest[samples, top] = second + np.log(np.exp(below - second[:, np.newaxis]).sum(axis=1))
    return np.asarray(wide - rest)


def _brier(scores: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """(samples,): of two classes (p - y)², of more the sum of that over them (Brier 1950)."""
    if scores.shape[1] == 2:
        return np.asarray((scores[:, 1].astype(np.float64) - (classes == 1)) ** 2)
    squares = scores.astype(np.float64) ** 2
    own = scores[np.arange(len(classes)), classes].astype(np.float64)
    return np.asarray(squares.sum(axis=1) - 2 * own + 1)


def _mean_figures(means: dict[str, np.ndarray], stop: Stop) -> tuple[Figure, ...] | None:
    """The means of values (samples,) by name, over the same resamples."""
    finite = {name: values for name, values in means.items() if np.isfinite(values).all()}
    if not finite:
        return tuple(Figure(name, None) for name in means)
    columns = np.column_stack(list(finite.values()))
    drawn = resampled_sums(columns, stop)
    if drawn is None:
        return None
    places = {name: place for place, name in enumerate(finite)}
    return tuple(
        figure(name, float(values.mean()), drawn[:, places[name]] / len(values))
        if name in places
        else Figure(name, None)
        for name, values in means.items()
    )
