"""Which samples train, validate and test."""

import numpy as np

from app.core.data_settings import SplitSettings
from app.core.dataset_catalog import split_counts
from app.data.errors import DataError

Rows = np.ndarray
"""Positions of samples in the source, int64."""


def split_rows(
    samples: int,
    classes: np.ndarray | None,
    settings: SplitSettings,
    class_names: tuple[str, ...] = (),
) -> tuple[Rows, Rows, Rows, tuple[str, ...]]:
    """Share out the samples 0 to `samples` - 1 by scikit-learn's `train_test_split`, seeded.

    Args:
        samples: how many there are.
        classes: (samples,) class numbers, or None where there are none (regression).
        settings: shares, seed, and whether each part gets the classes in the proportions of the
            whole.
        class_names: for messages.

    Returns:
        the rows of the training, validation and test part, each in random order, and notes.

    Raises:
        DataError: no sample is left to train on, or a stratified split has a class with too few
            samples.
    """
    from sklearn.model_selection import train_test_split

    counts = split_counts(samples, settings.validation_share, settings.test_share)
    if counts[0] < 1:
        raise DataError(
            f"Of {samples} samples none is left to train on.",
            "The training part needs at least one sample.",
            "Use more samples, or make the validation and test parts smaller.",
        )
    strata = classes if settings.stratified else None
    if strata is not None:
        _refuse_small_classes(strata, sum(count > 0 for count in counts), class_names)
    notes: list[str] = []
    rest = np.arange(samples, dtype=np.int64)
    parts: dict[str, Rows] = {}
    for name, count in (("test", counts[2]), ("validation", counts[1])):
        if count == 0:
            parts[name] = rest[:0]
            continue
        stratify = None if strata is None else strata[rest]
        if stratify is not None and not _can_stratify(stratify, count):
            notes.append(
                f"The {name} part was drawn without regard to the classes: "
                f"{count} samples are too few to hold each of them."
            )
            stratify = None
        rest, parts[name] = train_test_split(
            rest, test_size=count, random_state=settings.seed, stratify=stratify
        )
    if settings.validation_share == 0.0 and settings.test_share == 0.0:
        rest = np.random.default_rng(settings.seed).permutation(rest)
    return rest, parts["validation"], parts["test"], tuple(notes)


def target_fifths(targets: np.ndarray, settings: SplitSettings) -> np.ndarray | None:
    """Strata for regression: to which fifth of the samples, by the first target, each belongs.

    With them each part gets low and high targets in the proportions of the whole; a part of some
    dozens of samples drawn without regard to that is easily too easy or too hard.

    Args:
        targets: (samples, targets).
        settings: shares of the parts.

    Returns:
        (samples,) 0 to 4, or None when a part is too small to hold samples of each fifth.
    """
    samples = len(targets)
    counts = split_counts(samples, settings.validation_share, settings.test_share)
    if min((count for count in counts if count > 0), default=0) < 5:
        return None
    ranks = np.empty(samples, np.int64)
    ranks[np.argsort(targets.reshape(samples, -1)[:, 0], kind="stable")] = np.arange(samples)
    return ranks * 5 // samples


def _can_stratify(strata: np.ndarray, count: int) -> bool:
    """Whether scikit-learn can: each side has room for each class, each class two samples."""
    present, sizes = np.unique(strata, return_counts=True)
    return len(present) <= min(count, len(strata) - count) and int(sizes.min()) >= 2


def _refuse_small_classes(strata: np.ndarray, parts: int, class_names: tuple[str, ...]) -> None:
    present, sizes = np.unique(strata, return_counts=True)
    smallest = int(np.argmin(sizes))
    if sizes[smallest] >= parts:
        return
    number = int(present[smallest])
    name = class_names[number] if number < len(class_names) else str(number)
    has = "only 1 sample" if sizes[smallest] == 1 else f"only {sizes[smallest]} samples"
    raise DataError(
        f"The class {name!r:.60} has {has}.",
        f"A stratified split into {parts} parts needs at least {parts} samples of each class.",
        "Add samples of this class, leave it out of the data, or switch off the stratified split.",
    )
