"""What a statistician would warn of in the data: found by `app.data`, put into words here."""

from dataclasses import dataclass, field
from typing import Literal

from app.core.frozen import FrozenMap

UNEVEN = 4
"""From this ratio of class sizes on, or of what classes count, an imbalance is told."""

FindingKind = Literal[
    "constant",
    "duplicates",
    "target_copy",
    "imbalance",
    "few_samples",
    "many_classes",
    "correlated",
    "missing",
    "identifier",
    "outliers",
    "skewed_parts",
    "number_texts",
    "weightless",
]
"""What there is to find, with its evidence. Lists hold the first 20 at most; "columns", "classes"
and "features" count all.

- constant: `columns` have one value in the training part.
- duplicates: samples without gaps of a part that stand, by their features, in an earlier one too:
  training_validation, training_test, validation_test; validation and test: samples there are;
  repeated: the share of the training part that repeats others of it.
- target_copy: the feature and the target that determine each other; equal: whether they are equal.
- imbalance: the rarest and the most frequent class; rarest, most: samples to train; share: of the
  rarest one.
- few_samples: classes with fewer than 5 samples to train, or none in a part; training, validation,
  test: their samples.
- many_classes: the target, with about as many classes as samples, which stands for target_copy,
  imbalance and few_samples; classes, samples: how many in all parts; numbers: whether each class is
  called by a number.
- correlated: features that hang together by |r| >= 0.95; strongest: the largest |r|; pairs: how
  many; rows, of: training samples looked at, and all of them.
- missing: columns with gaps; gaps: in each. Of filled ones, in the training part: of, its samples.
  Of others, in the whole source: left_out, rows that were left out; features: places of those
  columns that are features; texts: of those that hold categories.
- identifier: features that number the rows.
- outliers: a feature; value: the one farthest out; row: its number, line: whether in a file;
  distance: in deviations, as the quartiles give them, from the median; count: values beyond 10.
- skewed_parts: features that the validation part holds otherwise; difference: of the distribution
  functions, of the first; shift: of its mean, in deviations of the training part.
- number_texts: a column of texts that look like numbers; texts: how many different ones; text: one
  of them, row: where the first stands, line: whether in a file; number: what `text` is with marks
  between thousands, None when not all of them can be read so; decimal: the decimal mark.
- weightless: samples of the training part whose own weight is 0; samples: how many; of: all of it.
"""


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
