"""How far the numbers that a network predicts are off."""

from dataclasses import dataclass

import numpy as np

from app.diagnostics.evaluation.bootstrap import Figure, Stop, figure, resampled_sums

MOST_TARGETS = 16
"""Of more targets (a picture that is to be put out again) only the figures over all are told."""


@dataclass(frozen=True)
class NumberFigures:
    """Attributes:
    overall: R2, MAE and RMSE; of several targets the means over them, as scikit-learn has them
        by default, of more than `MOST_TARGETS` over all numbers together.
    of_targets: the same of each target; empty where there is one, or very many.
    """

    overall: tuple[Figure, ...]
    of_targets: tuple[tuple[Figure, ...], ...] = ()


def number_figures(truth: np.ndarray, said: np.ndarray, stop: Stop) -> NumberFigures | None:
    """R2 = 1 - sum of squared errors / sum of squared deviations from the mean of the targets (not
    defined where these do not vary), MAE = mean |error|, RMSE = root of the mean squared error.

    Args:
        truth, said: (samples, targets), at least one sample.

    Returns:
        None when stopped.
    """
    truth, said = np.asarray(truth, np.float64), np.asarray(said, np.float64)
    errors = said - truth
    if truth.shape[1] > MOST_TARGETS:
        return _of_very_many(truth, errors, stop)
    middle = truth.mean(axis=0)  # else squares of large numbers would swallow their differences
    moved = truth - middle
    columns = np.hstack([errors**2, np.abs(errors), moved, moved**2])
    drawn = resampled_sums(columns, stop)
    if drawn is None:
        return None
    here = _figures(columns.sum(axis=0)[np.newaxis], len(truth))
    there = _figures(drawn, len(truth))
    overall = tuple(
        figure(name, float(np.mean(value)), values.mean(axis=1))
        for name, value, values in zip(NAMES, here, there, strict=True)
    )
    if truth.shape[1] == 1:
        return NumberFigures(overall)
    each = tuple(
        tuple(
            figure(name, float(value[0, target]), values[:, target])
            for name, value, values in zip(NAMES, here, there, strict=True)
        )
        for target in range(truth.shape[1])
    )
    return NumberFigures(overall, each)


NAMES = ("R2", "MAE", "RMSE")


def _figures(sums: np.ndarray, samples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, targets) each, from sums (n, 4 * targets) over as many samples."""
    squares, sizes, moved, moved_squares = np.split(sums, 4, axis=1)
    varies = moved_squares - moved**2 / samples
    with np.errstate(invalid="ignore", divide="ignore"):
        r2 = np.where(
            varies > 1e-12 * np.maximum(moved_squares, 1e-300), 1 - squares / varies, np.nan
        )
    return r2, sizes / samples, np.sqrt(squares / samples)


def _of_very_many(truth: np.ndarray, errors: np.ndarray, stop: Stop) -> NumberFigures | None:
    """All numbers of a sample stay together; R2 is over all numbers (`variance_weighted`)."""
    columns = np.column_stack([(errors**2).mean(axis=1), np.abs(errors).mean(axis=1)])
    drawn = resampled_sums(columns, stop)
    if drawn is None:
        return None
    samples = len(truth)
    squares, sizes = columns.mean(axis=0)
    varies = float(((truth - truth.mean(axis=0)) ** 2).mean())
    r2 = Figure("R2", 1 - float(squares) / varies if varies > 0 else None)
    return NumberFigures(
        (
            r2,
            figure("MAE", float(sizes), drawn[:, 1] / samples),
            figure("RMSE", float(np.sqrt(squares)), np.sqrt(drawn[:, 0] / samples)),
        )
    )
