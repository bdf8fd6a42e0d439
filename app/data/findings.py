"""What is remarkable in data that are ready: what a statistician would ask about before training.

All of it is found in the training part, but for samples that stand in two parts, which are counted,
and features that are distributed otherwise in the validation part. Of the test part nothing else is
looked at. What needs comparisons of values is sought in some rows of the training part, and
confirmed in all of them where the finding speaks of all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.core.data_findings import UNEVEN, DataFinding
from app.core.data_settings import SplitSettings
from app.core.data_summary import DataSummary
from app.core.frozen import FrozenMap
from app.data.column_findings import MOST_COMPARED, MOST_NAMES, column_findings, training_table
from app.data.moments import Moments
from app.data.progress import Stop, never
from app.data.raw_data import Column, RawData
from app.data.sample_keys import also_in, keys_of_rows
from app.data.samples import Samples, in_memory
from app.data.table_frame import number_of

FEW = 5
"""With fewer samples to train on, a class is said to have too few."""
FEWEST_COMPARED = 30
"""Parts with fewer samples are not compared."""
MOST_COMPARED_ROWS = 5_000
FEWEST_MANY, MANY = 20, 3
"""From so many classes on, with fewer samples than this for each on average, there are about as
many classes as samples."""
SHIFTED = 0.5
"""From this largest difference of their distribution functions on, two parts are said to differ."""


@dataclass(frozen=True)
class Prepared:
    """What findings are sought in.

    Attributes:
        raw: the source.
        features: its samples, gaps filled and categories encoded.
        columns: of a table, with the categories of the training part.
        parts: rows of the training, validation and test part.
        moments: of the features over the training part.
        training_keys: (n,) `keys_of` the training part, in the order of the source; None: not known
            yet.
        summary: all of it but the findings.
    """

    raw: RawData
    features: Samples
    columns: tuple[Column, ...]
    parts: tuple[np.ndarray, np.ndarray, np.ndarray]
    moments: Moments
    training_keys: np.ndarray | None
    summary: DataSummary


def findings_of(
    prepared: Prepared, split: SplitSettings, stop: Stop = never
) -> tuple[DataFinding, ...]:
    """All of them, those that matter most first.

    Raises:
        LoadingStopped: `stop()` was true.
        DataError: a sample can no longer be read.
    """
    many = tuple(_many_classes(prepared.summary))
    found = [*(many or _class_findings(prepared.summary)), *_duplicates(prepared, stop)]
    found += [*prepared.raw.findings, *_weightless(prepared)]
    if prepared.columns:
        table = training_table(prepared.raw, prepared.columns, prepared.parts[0], prepared.moments)
        found += column_findings(table, targets=not (many or prepared.summary.reconstructs))
        if split.by == "time" or (split.own_parts and prepared.summary.own_parts):
            found += _skewed_parts(prepared)
    order = (
        "number_texts",
        "many_classes",
        "target_copy",
        "duplicates",
        "few_samples",
        "imbalance",
        "identifier",
    )
    return tuple(
        sorted(found, key=lambda f: order.index(f.kind) if f.kind in order else len(order))
    )


def _many_classes(summary: DataSummary) -> Iterator[DataFinding]:
    classes = len(summary.class_names)
    if classes >= FEWEST_MANY and classes * MANY > summary.samples:
        numbers = all(number_of(name) is not None for name in summary.class_names)
        values = FrozenMap(classes=classes, samples=summary.samples, numbers=numbers)
        yield DataFinding("many_classes", summary.target_names[:1], values)


def _weightless(prepared: Prepared) -> Iterator[DataFinding]:
    weights, rows = prepared.raw.weights, prepared.parts[0]
    samples = 0 if weights is None else int(np.count_nonzero(weights[rows] == 0))
    if samples:
        yield DataFinding("weightless", (), FrozenMap(samples=samples, of=len(rows)))


def _class_findings(summary: DataSummary) -> Iterator[DataFinding]:
    named = list(zip(summary.class_names, summary.class_counts, strict=False))
    trained = {name: counts[0] for name, counts in named if counts[0]}
    if trained:
        rarest, most = min(trained, key=trained.__getitem__), max(trained, key=trained.__getitem__)
        if trained[most] >= UNEVEN * trained[rarest]:
            yield DataFinding(
                "imbalance",
                (rarest, most),
                FrozenMap(
                    rarest=trained[rarest],
                    most=trained[most],
                    share=trained[rarest] / summary.counts[0],
                ),
            )
    few = [
        (name, counts)
        for name, counts in named
        if counts[0] < FEW
        or any(own == 0 < whole for own, whole in zip(counts, summary.counts, strict=True))
    ]
    if few:
        shown = few[:MOST_NAMES]
        yield DataFinding(
            "few_samples",
            tuple(name for name, _ in shown),
            FrozenMap(
                classes=len(few),
                training=tuple(counts[0] for _, counts in shown),
                validation=tuple(counts[1] for _, counts in shown),
                test=tuple(counts[2] for _, counts in shown),
            ),
        )


def _duplicates(prepared: Prepared, stop: Stop) -> Iterator[DataFinding]:
    """Samples of a later part that stand in an earlier one too, with whatever target; those with
    gaps left aside, as nobody knows whether they are equal. Of a table the source is compared:
    categories that the training part does not hold are all alike to the network.
    """
    training_rows, validation_rows, test_rows = prepared.parts
    if not len(validation_rows) and not len(test_rows):
        return
    samples, training = prepared.features, prepared.training_keys
    if prepared.columns:
        samples, training = prepared.raw.x, None
    if training is None:
        training = keys_of_rows(samples, np.sort(training_rows), stop)
    validation, test = (keys_of_rows(samples, rows, stop) for rows in (validation_rows, test_rows))
    if any(column.missing != "drop" for column in prepared.columns):
        whole = ~np.isnan(in_memory(prepared.raw.x)).any(axis=1)
        training = training[whole[np.sort(training_rows)]]
        validation, test = validation[whole[validation_rows]], test[whole[test_rows]]
    training, validation, test = np.sort(training), np.sort(validation), np.sort(test)
    counts = {
        "training_validation": also_in(validation, training),
        "training_test": also_in(test, training),
        "validation_test": also_in(test, validation),
    }
    if any(counts.values()):
        yield DataFinding(
            "duplicates",
            (),
            FrozenMap(
                **counts,
                validation=prepared.summary.counts[1],
                test=prepared.summary.counts[2],
                repeated=1 - len(np.unique(training)) / max(1, len(training)),
            ),
        )


def _skewed_parts(prepared: Prepared) -> Iterator[DataFinding]:
    """By the statistic of Kolmogorov and Smirnov, the largest difference of the two distribution
    functions, of some rows of each part; the shift is told in deviations of the training part.
    """
    generator = np.random.default_rng(0)
    training, validation = (
        in_memory(prepared.features)[
            rows
            if len(rows) <= MOST_COMPARED_ROWS
            else np.sort(generator.choice(rows, MOST_COMPARED_ROWS, replace=False))
        ]
        for rows in prepared.parts[:2]
    )
    if min(len(training), len(validation)) < FEWEST_COMPARED:
        return
    least = 3 * np.sqrt(1 / len(training) + 1 / len(validation))
    differences = [
        _largest_difference(training[:, feature], validation[:, feature])
        for feature in range(min(training.shape[1], MOST_COMPARED))
    ]
    skewed = [f for f, d in enumerate(differences) if d >= max(SHIFTED, least)]
    if skewed:
        skewed.sort(key=lambda feature: -differences[feature])
        names = prepared.summary.feature_names
        worst = skewed[0]
        deviation = float(prepared.moments.deviation[worst])
        shift = float(validation[:, worst].mean() - training[:, worst].mean())
        yield DataFinding(
            "skewed_parts",
            tuple(names[feature] for feature in skewed[:MOST_NAMES]),
            FrozenMap(
                features=len(skewed),
                difference=differences[worst],
                shift=shift / deviation if deviation > 0 else 0.0,
            ),
        )


def _largest_difference(first: np.ndarray, second: np.ndarray) -> float:
    first, second = np.sort(first), np.sort(second)
    both = np.concatenate([first, second])
    below = np.searchsorted(first, both, side="right") / len(first)
    return float(np.abs(below - np.searchsorted(second, both, side="right") / len(second)).max())
