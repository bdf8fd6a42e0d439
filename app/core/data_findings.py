"""What a statistician would warn of in the data: found by `app.data`, put into words here."""

from dataclasses import dataclass, field
from typing import Literal

from app.core.frozen import FrozenMap

FindingKind = Literal[
    "constant",  # columns that have one value in the training part
    "duplicates",  # samples that stand in two parts: `values` counts them by pair of parts
    "target_copy",  # a feature that tells the target: equal to it, or in one-to-one correspondence
    "imbalance",  # the rarest class: its share and count, the most frequent one's
    "few_samples",  # a class with too few samples in a part
    "correlated",  # two features that tell the same: their correlation
    "missing",  # columns with gaps: how many of how many, and how many rows were left out
    "identifier",  # a feature whose every value is different and in order: a row number
    "outliers",  # a feature with values far out: the value, its row and distance in deviations
    "skewed_parts",  # a feature that is distributed otherwise in another part (split by time)
]


@dataclass(frozen=True)
class DataFinding:
    """One remarkable thing.

    Attributes:
        kind: which.
        columns: names of the columns or classes concerned.
        values: the evidence, by name, as the words need it.
    """

    kind: FindingKind
    columns: tuple[str, ...] = ()
    values: FrozenMap = field(default_factory=FrozenMap)
