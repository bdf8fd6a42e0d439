"""What the rest of the program needs to know of the data: shapes, counts and statistics, never
the data.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.core.data_findings import DataFinding
from app.core.short_names import shortened

Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True)
class LeftOut:
    """Something of the source that could not be used: a file or a row, and why."""

    what: str
    why: str


def left_out_sentences(left_out: Sequence[LeftOut], most: int = 20) -> list[str]:
    """A sentence for each of the first ones, and one with the number of the others."""
    sentences = [
        f"{shortened(entry.what, 200)} was left out: {entry.why}." for entry in left_out[:most]
    ]
    if len(left_out) > most:
        sentences.append(f"{len(left_out) - most:,} more were left out.")
    return sentences


@dataclass(frozen=True)
class FeatureStatistics:
    """One feature over the training part: a column; of sequences one over all steps; for pictures
    one entry for all pixels.

    `before` and `after` preprocessing: (mean, standard deviation, minimum, maximum); the
    deviation divides by N.
    """

    name: str
    before: tuple[float, float, float, float]
    after: tuple[float, float, float, float]


@dataclass(frozen=True)
class DataSummary:
    """The data in a few numbers.

    Attributes:
        title: "digits 8×8", for the status bar.
        task: what kind of target there is.
        input_shape: shape of one sample, without the batch axis; pictures are (height, width,
            channels).
        target_names: names of the regression targets, or the one name of the class column.
        class_names: names of the classes, in the order of their numbers; empty for regression.
        counts: number of training, validation and test samples.
        class_counts: for each class its number of training, validation and test samples.
        statistics: of each feature; empty as long as the data are not loaded.
        target_statistics: of each regression target, `before` and `after` alike; empty for classes
            and as long as the data are not loaded.
        loaded: False while this is only what the catalog tells of a data set that is still being
            read.
        reconstructs: whether the target is the preprocessed input itself, in one row.
        notes: remarks of the loader in full sentences ("3 rows with missing values were left out").
        findings: what is remarkable in the data; empty as long as they are not loaded.
        left_out: what of the source could not be used.
        class_weights: how much each class counts in the training loss; empty: all alike.
        weighted: whether the source gives each sample a weight.
        streamed: whether the samples are on disk and read while the network trains.
        own_parts: the parts ("training", "validation", "test") to which the source itself gives
            samples.
        timed: whether the source gives each sample a time.
        known: False when nothing is known of the data; all else is a placeholder then.
    """

    title: str
    task: Task
    input_shape: tuple[int, ...]
    target_names: tuple[str, ...]
    class_names: tuple[str, ...]
    counts: tuple[int, int, int]
    class_counts: tuple[tuple[int, int, int], ...] = ()
    feature_names: tuple[str, ...] = ()
    statistics: tuple[FeatureStatistics, ...] = ()
    target_statistics: tuple[FeatureStatistics, ...] = ()
    loaded: bool = False
    reconstructs: bool = False
    notes: tuple[str, ...] = ()
    findings: tuple[DataFinding, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    class_weights: tuple[float, ...] = ()
    weighted: bool = False
    streamed: bool = False
    own_parts: tuple[str, ...] = ()
    timed: bool = False
    known: bool = True

    @property
    def samples(self) -> int:
        return sum(self.counts)

    @property
    def pictures(self) -> bool:
        return len(self.input_shape) == 3

    @property
    def outputs(self) -> int:
        """How many numbers a network for this task puts out: 1 for two classes, else one for
        each class or target.
        """
        if self.task == "multiclass":
            return len(self.class_names)
        return 1 if self.task == "binary" else len(self.target_names)


def reconstructing(summary: DataSummary) -> DataSummary:
    """The summary of the same data when the target is the input itself: regression, one target for
    each number of a sample.
    """
    count = math.prod(summary.input_shape)
    named = summary.feature_names if len(summary.feature_names) == count else ()
    return replace(
        summary,
        task="regression",
        target_names=named or tuple(f"input {number}" for number in range(1, count + 1)),
        class_names=(),
        class_counts=(),
        target_statistics=(),
        reconstructs=True,
    )
