"""The project: one frozen value that holds everything the user chose."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.core.frozen import Frozen, FrozenMap
from app.core.network import Network

FORMAT_VERSION = 1

Name = Annotated[str, Field(min_length=1, max_length=64)]
Share = Annotated[float, Field(ge=0.0, le=0.9, strict=False)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


class BuiltinSource(Frozen):
    """A data set of the catalog `dataset_catalog`, with its options (samples, noise, seed)."""

    kind: Literal["builtin"] = "builtin"
    name: Name
    options: FrozenMap = FrozenMap()


class CsvSource(Frozen):
    """A table in a text file. What is None is guessed from the file.

    `roles` maps a column's name to "feature", "target" or "ignored"; a column that it does not name
    is a feature, and without any target the last column is one.
    """

    kind: Literal["csv"] = "csv"
    path: Annotated[str, Field(min_length=1, max_length=4096)]
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: Name | None = None
    roles: FrozenMap = FrozenMap()
    task: Literal["binary", "multiclass", "regression"] | None = None


DataSource = Annotated[BuiltinSource | CsvSource, Field(discriminator="kind")]


class SplitSettings(Frozen):
    """How the samples are shared out; what is left of validation and test is the training part."""

    validation_share: Share = 0.15
    test_share: Share = 0.15
    stratified: bool = True
    seed: Seed = 0

    @model_validator(mode="after")
    def _something_to_train_on(self) -> "SplitSettings":
        if self.validation_share + self.test_share > 0.95 + 1e-9:  # 0.9 + 0.05 is above 0.95
            raise ValueError(
                "validation_share and test_share leave less than 5 % to train on; make one of them "
                "smaller"
            )
        return self


class DataSettings(Frozen):
    source: DataSource
    split: SplitSettings = SplitSettings()
    preprocessing: Literal["none", "standardize", "min_max", "pixels"] = "none"
    learns: Literal["target", "input"] = "target"
    """What is learned: the target that the source gives, or the preprocessed input itself, all its
    numbers in one row (an autoencoder).
    """


class OptimizerSettings(Frozen):
    """`kind` is a name of the optimizer catalog (a Keras class), `options` its options by name."""

    kind: Name = "Adam"
    options: FrozenMap = FrozenMap()


class EarlyStoppingSettings(Frozen):
    """The arguments of `keras.callbacks.EarlyStopping`."""

    enabled: bool = True
    monitor: Name = "val_loss"
    patience: Annotated[int, Field(ge=0, le=100_000)] = 15
    min_delta: Annotated[float, Field(ge=0.0, strict=False)] = 0.0
    restore_best_weights: bool = True


class ScheduleSettings(Frozen):
    """How the learning rate changes: `kind` is a name of the schedule catalog, `options` its
    options by name. The learning rate that it begins with is the optimizer's.
    """

    kind: Name = "constant"
    options: FrozenMap = FrozenMap()


class TrainingSettings(Frozen):
    loss: Name = "sparse_categorical_crossentropy"
    loss_options: FrozenMap = FrozenMap()
    metrics: Annotated[tuple[Name, ...], Field(strict=False, max_length=16)] = ("accuracy",)
    optimizer: OptimizerSettings = OptimizerSettings()
    batch_mode: Literal["full_batch", "mini_batch", "stochastic"] = "mini_batch"
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] = 32
    epochs: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    shuffle: bool = True
    seed: Seed = 7
    early_stopping: EarlyStoppingSettings = EarlyStoppingSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    device: Name = "auto"
    """ "auto", "CPU:0", "GPU:0", ... or "mirrored" for all devices of the best kind at once."""


class Project(Frozen):
    """Everything that the user chose, and nothing that follows from it (see `resolved_project`)."""

    format_version: Literal[1] = 1
    name: Annotated[str, Field(min_length=1, max_length=120)] = "untitled"
    data: DataSettings
    network: Network
    training: TrainingSettings = TrainingSettings()
    places: FrozenMap = FrozenMap()
    """Where cards were put by hand: layer id to (x, y) of the upper left corner in canvas units.
    Empty: the canvas arranges them all. A name that no layer has means nothing.
    """

    @model_validator(mode="after")
    def _places_are_points(self) -> "Project":
        for name, place in self.places.items():
            if (
                not isinstance(place, tuple)
                or len(place) != 2
                or not all(isinstance(v, (int, float)) and abs(v) <= 1e6 for v in place)
            ):
                raise ValueError(f"expected two numbers as the place of {name!r:.80}")
        return self
