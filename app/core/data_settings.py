"""What data a project is about, how they are shared out and what is done to them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.core.frozen import Frozen, FrozenMap, Name, Seed
from app.core.short_names import quoted

Share = Annotated[float, Field(ge=0.0, le=0.9, strict=False)]
Path = Annotated[str, Field(min_length=1, max_length=4096)]
TaskChoice = Literal["binary", "multiclass", "regression"]

ROLES = ("feature", "target", "weight", "time", "ignored")
"""What a column can be. A sample counts in the loss as often as its weight says; a time puts the
samples into order where the split goes by time.
"""
TYPES = ("number", "category", "date")
MISSING = ("drop", "mean", "median", "most_frequent", "category")
"""What becomes of a gap: its row is left out, or it is filled with a value found in the training
part, or it is a category of its own.
"""
MOST_SKIPPED = 10_000
"""Rows above a table."""
MOST_PAINTED = 20_000
MOST_PAINTED_CLASSES = 8


class BuiltinSource(Frozen):
    """A data set of the catalog `dataset_catalog`, with its options (samples, noise, seed)."""

    kind: Literal["builtin"] = "builtin"
    name: Name
    options: FrozenMap = FrozenMap()


class TableSource(Frozen):
    """A table in a text file, a Parquet file or an Excel workbook. What is None is guessed.

    Attributes:
        test_path: of a second table with the same columns, whose rows are the test part.
        separator, decimal, encoding: of a text file.
        skip_rows: how many rows at the beginning of the file stand above the table and are not
            read, as lines of a text file or as rows of a sheet, empty ones too.
        header: whether the first row holds the names of the columns.
        sheet: of a workbook; None: the first one.
        roles: column name to one of `ROLES`; a column that it does not name is a feature, and
            without any target the last column is one.
        types: column name to one of `TYPES`; guessed for a column that it does not name. Numbers of
            a column that is told to hold such may have marks between their thousands.
        missing: column name to one of `MISSING`; "drop" for a column that it does not name.
    """

    kind: Literal["table"] = "table"
    path: Path
    test_path: Path | None = None
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: Name | None = None
    skip_rows: Annotated[int, Field(ge=0, le=MOST_SKIPPED)] | None = None
    header: bool | None = None
    sheet: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    roles: FrozenMap = FrozenMap()
    types: FrozenMap = FrozenMap()
    missing: FrozenMap = FrozenMap()
    task: TaskChoice | None = None


class PictureSource(Frozen):
    """A folder of pictures: each sub-folder is a class, or holds one for each class when it is
    called train, validation or test. What is None is guessed.

    Attributes:
        height, width: to which all pictures are brought, in pixels.
        color: three channels or one.
        fit: how a picture of another shape is brought to this size: stretched; its middle cut out;
            or kept whole with black beside it.
    """

    kind: Literal["pictures"] = "pictures"
    path: Path
    height: Annotated[int, Field(ge=1, le=4096)] | None = None
    width: Annotated[int, Field(ge=1, le=4096)] | None = None
    color: Literal["rgb", "grayscale"] | None = None
    fit: Literal["stretch", "crop", "pad"] = "stretch"


class ArraySource(Frozen):
    """Arrays in an `.npz` file, or in one or two `.npy` files. What is None is guessed.

    Attributes:
        path: of the archive, or of the inputs (samples, ...).
        target_path: of the targets, when they are in an `.npy` file of their own; without one, the
            last column of a table is the target.
        inputs, targets: names of arrays in the archive.
    """

    kind: Literal["arrays"] = "arrays"
    path: Path
    target_path: Path | None = None
    inputs: Name | None = None
    targets: Name | None = None
    task: TaskChoice | None = None


class PaintedSource(Frozen):
    """Points in the plane that were painted by hand.

    Attributes:
        x, y: coordinates of each point.
        classes: the class number of each point, a place in `class_names`.
    """

    kind: Literal["painted"] = "painted"
    x: Annotated[tuple[float, ...], Field(strict=False, max_length=MOST_PAINTED)] = ()
    y: Annotated[tuple[float, ...], Field(strict=False, max_length=MOST_PAINTED)] = ()
    classes: Annotated[tuple[int, ...], Field(strict=False, max_length=MOST_PAINTED)] = ()
    class_names: Annotated[
        tuple[Name, ...], Field(strict=False, min_length=2, max_length=MOST_PAINTED_CLASSES)
    ] = ("class 0", "class 1")

    @model_validator(mode="after")
    def _points_are_whole(self) -> "PaintedSource":
        if not len(self.x) == len(self.y) == len(self.classes):
            raise ValueError("x, y and classes need the same number of entries")
        if any(abs(v) > 1e6 for v in (*self.x, *self.y)):
            raise ValueError("a point lies more than a million from the middle")
        if any(not 0 <= c < len(self.class_names) for c in self.classes):
            raise ValueError(f"a class is not among the {len(self.class_names)} class names")
        if len(set(self.class_names)) < len(self.class_names):
            raise ValueError("two classes have the same name")
        return self


DataSource = Annotated[
    BuiltinSource | TableSource | PictureSource | ArraySource | PaintedSource,
    Field(discriminator="kind"),
]


class SplitSettings(Frozen):
    """How the samples are shared out; what is left of validation and test is the training part.

    Attributes:
        stratified: whether each part gets the classes in the proportions of the whole; only where
            samples are drawn at random.
        by: "random", or "time": the first samples train, those after them validate, the last ones
            test; in the order of the column with the role "time", or of the source without one.
        own_parts: whether samples that the source itself gives to a part (a test file, a folder
            called test) stay there; shares are then of the others.
        validation_trains: whether the samples of the validation part train too, which leaves no
            validation part; those of the test part are the same either way.
    """

    validation_share: Share = 0.15
    test_share: Share = 0.15
    stratified: bool = True
    seed: Seed = 0
    by: Literal["random", "time"] = "random"
    own_parts: bool = True
    validation_trains: bool = False

    @model_validator(mode="after")
    def _something_to_train_on(self) -> "SplitSettings":
        if self.validation_share + self.test_share > 0.95 + 1e-9:  # 0.9 + 0.05 is above 0.95
            raise ValueError(
                "validation_share and test_share leave less than 5 % to train on; make one of them "
                "smaller"
            )
        return self


class DataSettings(Frozen):
    """Attributes:
    learns: what is learned: the target that the source gives, or the preprocessed input itself,
        all its numbers in one row (an autoencoder).
    class_weighting: whether a class counts in the training loss more than another: "balanced" as in
        scikit-learn, samples / (classes * samples of the class), over the training part; "chosen":
        as `class_weights` says by class name, 1 where it says nothing.
    memory_mib: memory set aside for the samples; pictures that need more are kept on disk and read
        while the network trains.
    """

    source: DataSource
    split: SplitSettings = SplitSettings()
    preprocessing: Literal["none", "standardize", "min_max", "pixels"] = "none"
    learns: Literal["target", "input"] = "target"
    class_weighting: Literal["none", "balanced", "chosen"] = "none"
    class_weights: FrozenMap = FrozenMap()
    memory_mib: Annotated[int, Field(ge=16, le=1_000_000)] = 1024

    @model_validator(mode="after")
    def _weights_are_numbers(self) -> "DataSettings":
        for name, weight in self.class_weights.items():
            if isinstance(weight, bool) or not isinstance(weight, (int, float)):
                raise ValueError(f"expected a number as the weight of {quoted(name)}")
            if not 0 <= weight <= 1e6:
                raise ValueError(f"the weight of {quoted(name)} must be from 0 to 1,000,000")
        return self
