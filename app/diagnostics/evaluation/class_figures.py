"""Right and wrong answers of a network that decides for classes."""

from dataclasses import dataclass

import numpy as np

from app.diagnostics.evaluation.bootstrap import Figure, figure, resampled_tables

MOST_CLASSES_RESAMPLED = 200
"""With more classes the tables of all resamples would need too much memory: no intervals then."""


@dataclass(frozen=True, eq=False)
class ClassFigures:
    """Attributes:
    confusion: (classes, classes) int64, read-only: how many samples of class i were taken for
        class j.
    overall: accuracy, and precision, recall and F1 as means over the classes (macro).
    precision, recall, f1: of each class, named after nothing.
    """

    confusion: np.ndarray
    overall: tuple[Figure, ...]
    precision: tuple[Figure, ...]
    recall: tuple[Figure, ...]
    f1: tuple[Figure, ...]


def confusion_matrix(truth: np.ndarray, said: np.ndarray, classes: int) -> np.ndarray:
    """(classes, classes) int64: rows true, columns predicted.

    Args:
        truth, said: (samples,) class numbers below `classes`.
    """
    numbers = truth.astype(np.int64) * classes + said.astype(np.int64)
    found = np.bincount(numbers, minlength=classes * classes).reshape(classes, classes)
    found.setflags(write=False)
    return found


def class_figures(confusion: np.ndarray) -> ClassFigures:
    """The figures that follow from a confusion matrix with at least one sample.

    precision = right / predicted as the class, recall = right / truly of the class,
    F1 = 2 right / (predicted + truly), each not defined where it divides by 0. The means over
    classes are those of scikit-learn's `average="macro", zero_division=0`: over the classes that
    occur or were predicted, what is not defined counting as 0. In each resample it is the same.
    """
    classes = len(confusion)
    drawn = (
        resampled_tables(confusion)
        if classes <= MOST_CLASSES_RESAMPLED
        else np.zeros((0, *confusion.shape), np.int64)
    )
    here, there = _figures(confusion[np.newaxis]), _figures(drawn)
    names = ("Accuracy", "Precision", "Recall", "F1")
    overall = tuple(
        figure(name, float(value[0]), values)
        for name, value, values in zip(names, _overall(here), _overall(there), strict=True)
    )
    each = [
        tuple(figure(name, float(value[0, number]), values[:, number]) for number in range(classes))
        for name, value, values in zip(names[1:], here[1:4], there[1:4], strict=True)
    ]
    return ClassFigures(confusion, overall, each[0], each[1], each[2])


Found = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def _figures(tables: np.ndarray) -> Found:
    """(accuracy (n,), precision, recall, F1 (n, classes) with NaN where not defined, which classes
    count (n, classes)) of tables (n, classes, classes).
    """
    right = np.diagonal(tables, axis1=1, axis2=2)
    truly, predicted = tables.sum(axis=2), tables.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        accuracy = right.sum(axis=1) / tables.sum(axis=(1, 2))
        precision, recall = right / predicted, right / truly
        f1 = 2 * right / (truly + predicted)
    return accuracy, precision, recall, f1, truly + predicted > 0


def _overall(found: Found) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    accuracy, precision, recall, f1, counts = found
    number = np.maximum(counts.sum(axis=1), 1)
    means = [np.nan_to_num(values).sum(axis=1) / number for values in (precision, recall, f1)]
    return accuracy, means[0], means[1], means[2]
