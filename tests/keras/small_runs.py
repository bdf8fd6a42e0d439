"""Small projects to train, and running a job of the engine room in the test's own thread."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from app.core.data_settings import BuiltinSource, DataSettings, SplitSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, Network, chain
from app.core.project import (
    EarlyStoppingSettings,
    OptimizerSettings,
    Project,
    TrainingSettings,
)
from app.data.loading import load
from app.data.prepared import PreparedData
from app.jobs.control import JobControl
from app.training.engine_job import EngineJob
from app.training.engine_room import TrainingRequest

T = TypeVar("T")
E = TypeVar("E")

NO_EARLY_STOPPING = EarlyStoppingSettings(enabled=False)


def layer(name: str, kind: str, **options: object) -> Layer:
    return Layer(id=name, kind=kind, options=FrozenMap(options))


DENSE = chain(
    (
        layer("data", "InputLayer"),
        layer("dense_1", "Dense", units=8, activation="relu"),
        layer("dense_2", "Dense", units=4, activation="relu"),
        layer("output", "Dense", units=1, activation="sigmoid"),
    )
)
DROPOUT = chain(
    (
        layer("data", "InputLayer"),
        layer("dense_1", "Dense", units=8, activation="relu"),
        layer("dropout_1", "Dropout", rate=0.3),
        layer("noise_1", "GaussianNoise", stddev=0.1),
        layer("output", "Dense", units=1, activation="sigmoid"),
    )
)
CONVOLUTION = chain(
    (
        layer("data", "InputLayer"),
        layer("conv_1", "Conv2D", filters=4, kernel_size=(3, 3), activation="relu"),
        layer("norm_1", "BatchNormalization"),
        layer("pool_1", "MaxPooling2D"),
        layer("flatten_1", "Flatten"),
        layer("dropout_1", "Dropout", rate=0.2),
        layer("output", "Dense", units=10, activation="softmax"),
    )
)


def moons(network: Network = DENSE, samples: int = 120, **training: object) -> Project:
    """Two moons; the last batch of each epoch is smaller."""
    return Project(
        data=DataSettings(
            source=BuiltinSource(name="moons", options=FrozenMap(samples=samples)),
            split=SplitSettings(),
        ),
        network=network,
        training=_training("binary_crossentropy", training),
    )


def digits(**training: object) -> Project:
    """Digits with a small convolution; 179 of them to train on."""
    return Project(
        data=DataSettings(
            source=BuiltinSource(name="digits"),
            split=SplitSettings(validation_share=0.05, test_share=0.85),
            preprocessing="pixels",
        ),
        network=CONVOLUTION,
        training=_training("sparse_categorical_crossentropy", training),
    )


def _training(loss: str, given: dict[str, object]) -> TrainingSettings:
    return TrainingSettings.model_validate(
        {"loss": loss, "epochs": 5, "early_stopping": NO_EARLY_STOPPING, **given}
    )


def optimizer(kind: str = "Adam", **options: object) -> OptimizerSettings:
    return OptimizerSettings(kind=kind, options=FrozenMap(options))


@cache
def _loaded(text: str) -> PreparedData:
    return load(DataSettings.model_validate_json(text))


def data_of(project: Project) -> PreparedData:
    return _loaded(project.data.model_dump_json())


def request(
    project: Project, checkpoint: bytes | None = None, *, diagnostics: bool = True
) -> TrainingRequest:
    return TrainingRequest(project, data_of(project), checkpoint, diagnostics)


class Run:
    """What a job reported. `on` may be given a function that is called with each event, in the
    job's thread.
    """

    def __init__(self, on: Callable[[object], None] | None = None) -> None:
        self.control = JobControl()
        self.events: list[object] = []
        self._on = on

    def report(self, event: object) -> None:
        self.events.append(event)
        if self._on is not None:
            self._on(event)

    def do(self, job: EngineJob[T]) -> T:
        return job(self.report, self.control)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


def do(job: EngineJob[T]) -> T:
    """The result of a job that nobody steers."""
    return Run().do(job)
