"""Training from a folder of pictures that stay on disk, measured; a part of
`tests.benchmarks.pictures`.
"""

import time
from dataclasses import replace
from typing import Any

from app.core.data_settings import DataSettings, PictureSource, SplitSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, Network, chain
from app.core.project import EarlyStoppingSettings, Project, TrainingSettings
from app.data.loading import load
from app.data.prepared import Part, PreparedData
from app.data.samples import is_streamed
from app.jobs.control import JobControl
from app.training.engine_job import EngineJob
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.events import EpochEnded, StepsDone, TrainingStarted

Result = dict[str, Any]
ROUNDS = 5


def training(folder: str, budget: int) -> Result:
    """Waits and peak memory of a training whose samples are on disk, in a process of its own."""
    from tests.benchmarks.pictures import peak

    project = project_of(folder, budget, NETWORKS["two convolutions, 16 and 32 filters"])
    data = load(project.data)
    assert is_streamed(data.training.x)
    few = _in_memory(data, 512)
    room, run = EngineRoom(), Watch()
    run.do(room.load_tensorflow())
    run.do(room.train(TrainingRequest(project, few)))
    baseline = peak()
    traced = Watch()
    traced.do(room.train(TrainingRequest(project, data)))
    fresh = Watch()
    fresh.do(EngineRoom().train(TrainingRequest(project, data)))
    return {
        "training pictures": len(data.training),
        "budget, MiB": budget,
        "from Train to the first steps, s": fresh.first_steps,
        "the same, network traced before, s": traced.first_steps,
        "of that, from its beginning to the first steps, s": traced.first_steps - traced.started,
        "peak after a training of 512 in memory, MiB": baseline,
        "peak, MiB": peak(),
        "above, MiB": peak() - baseline,
    }


def throughput(folder: str, budget: int) -> Result:
    """Epochs from disk against the same epochs from memory, in turns in one process; the fastest of
    each counts, as other work on the computer only makes them slower.
    """
    disk = load(project_of(folder, budget, NETWORKS[next(iter(NETWORKS))]).data)
    memory = _in_memory(disk, len(disk.training))
    found: Result = {}
    for name, network in NETWORKS.items():
        project = project_of(folder, budget, network)
        seconds: dict[str, list[float]] = {"disk": [], "memory": []}
        rooms = {"disk": EngineRoom(), "memory": EngineRoom()}
        for side, data in (("disk", disk), ("memory", memory)):
            Watch().do(rooms[side].train(TrainingRequest(project, data)))
        for _ in range(ROUNDS):
            for side, room in rooms.items():
                run = Watch()
                run.do(room.continue_training(1))
                seconds[side] += run.epochs
        best = {side: min(values) for side, values in seconds.items()}
        samples = len(disk.training) + len(disk.validation)
        found[f"{name}: from memory, pictures/s"] = samples / best["memory"]
        found[f"{name}: from disk, pictures/s"] = samples / best["disk"]
        found[f"{name}: disk / memory"] = best["memory"] / best["disk"]
    return found


class Watch:
    """Times of a job, in seconds from its beginning."""

    def __init__(self) -> None:
        self.started = self.first_steps = 0.0
        self.epochs: list[float] = []

    def do(self, job: EngineJob[Any]) -> None:
        began = time.perf_counter()

        def report(event: object) -> None:
            if isinstance(event, TrainingStarted):
                self.started = time.perf_counter() - began
            elif isinstance(event, StepsDone) and not self.first_steps:
                self.first_steps = time.perf_counter() - began
            elif isinstance(event, EpochEnded):
                self.epochs.append(event.seconds)

        job(report, JobControl())


def _in_memory(data: PreparedData, most: int) -> PreparedData:
    """The first samples of each part as arrays."""

    def first(part: Part) -> Part:
        return Part(part.x[:most], part.y[:most], part.rows[:most])

    return replace(
        data,
        training=first(data.training),
        validation=first(data.validation),
        test=first(data.test),
    )


def _network(*layers: tuple[str, dict[str, Any]]) -> Network:
    numbered = [
        Layer(id=f"layer_{number}", kind=kind, options=FrozenMap(options))
        for number, (kind, options) in enumerate(layers)
    ]
    return chain((Layer(id="data", kind="InputLayer"), *numbered))


def _convolution(filters: int) -> tuple[str, dict[str, Any]]:
    return ("Conv2D", {"filters": filters, "kernel_size": (3, 3), "activation": "relu"})


_POOL: tuple[str, dict[str, Any]] = ("MaxPooling2D", {})
_END: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Flatten", {}),
    ("Dense", {"units": 10, "activation": "softmax"}),
)
NETWORKS = {
    "one dense layer": _network(*_END),
    "one convolution, 4 filters": _network(_convolution(4), _POOL, *_END),
    "one convolution, 16 filters": _network(_convolution(16), _POOL, *_END),
    "two convolutions, 16 and 32 filters": _network(
        _convolution(16), _POOL, _convolution(32), _POOL, *_END
    ),
}


def project_of(folder: str, budget: int, network: Network) -> Project:
    return Project(
        data=DataSettings(
            source=PictureSource(path=folder),
            split=SplitSettings(validation_share=0.1, test_share=0.0),
            preprocessing="pixels",
            memory_mib=budget,
        ),
        network=network,
        training=TrainingSettings(
            loss="sparse_categorical_crossentropy",
            epochs=1,
            early_stopping=EarlyStoppingSettings(enabled=False),
        ),
    )
