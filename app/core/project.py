"""The project: one frozen value that holds everything the user chose."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.core.data_settings import DataSettings
from app.core.frozen import Frozen, FrozenMap, Name, Seed
from app.core.network import Network
from app.core.search_settings import SearchSettings
from app.core.short_names import quoted

FORMAT_VERSION = 3


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

    @property
    def brings_back(self) -> bool:
        """Whether a training that ends by itself ends with the weights of its best epoch."""
        return self.enabled and self.restore_best_weights


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

    format_version: Literal[3] = 3
    name: Annotated[str, Field(min_length=1, max_length=120)] = "untitled"
    data: DataSettings
    network: Network
    training: TrainingSettings = TrainingSettings()
    search: SearchSettings = SearchSettings()
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
                raise ValueError(f"expected two numbers as the place of {quoted(name, 80)}")
        return self
