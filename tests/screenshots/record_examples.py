"""Measures what the welcome page's cards show and writes it to `resources/welcome`.

    python -m tests.screenshots.record_examples

Each example is trained as the window trains it; the seconds are those from Train to the end on
the machine at hand, building and tracing included.
"""

import json
import time
from pathlib import Path

import numpy as np

from app.core.frozen import FrozenMap
from app.core.templates import EXAMPLES
from app.data.loading import load
from app.data.prepared import PreparedData
from app.data.samples import in_memory
from app.diagnostics.boundary import Boundary
from app.jobs.control import JobControl
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.events import LayerHealth, ProbeRequest

FOLDER = Path(__file__).parents[2] / "resources" / "welcome"


def pictures_of(data: PreparedData) -> dict[str, object]:
    """One picture of each digit, the first of its class."""
    first = [int(np.argmax(data.targets == digit)) for digit in range(10)]
    return {"pictures": in_memory(data.raw)[first, ..., 0].astype(int).tolist()}


def plane_of(room: EngineRoom, data: PreparedData) -> dict[str, object]:
    """The probability of class 1 over the middle of the plane, and the training samples there."""
    bounds = (-1.2, 2.2, -0.75, 1.2)
    request = ProbeRequest(1, "boundary", None, FrozenMap(resolution=96, bounds=bounds))
    answer = room.probe(request)(lambda _event: None, JobControl()).result
    assert isinstance(answer, Boundary)
    rows = data.training.rows
    points = [[*map(float, data.raw[row]), int(data.targets[row])] for row in rows[:170]]
    left, right, low, high = bounds
    return {
        "bounds": list(bounds),
        "probability": np.round(answer.values[..., 0].astype(float), 3).tolist(),
        "points": [
            [round(x, 3), round(y, 3), label]
            for x, y, label in points
            if left < x < right and low < y < high
        ],
    }


def norms_of(events: list[object]) -> dict[str, object]:
    """The gradient norm of each layer after the first epoch."""
    health = [event for event in events if isinstance(event, LayerHealth)]
    return {"gradient_norms": [float(str(v)) for v in health[0].gradient_norms.values()]}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    room = EngineRoom()
    room.load_tensorflow()(lambda _event: None, JobControl())
    for example in EXAMPLES:
        project = example.project()
        data = load(project.data)
        health: list[object] = []
        begun = time.perf_counter()
        ended = room.train(TrainingRequest(project, data))(
            health.append,
            JobControl(),
        )
        seconds = time.perf_counter() - begun
        known: dict[str, object] = {"seconds": round(seconds, 1)}
        if example.name == "moons":
            known |= plane_of(room, data)
        elif example.name == "digits":
            known |= pictures_of(data)
        else:
            known |= norms_of(health)
        path = FOLDER / f"{example.name}.json"
        path.write_text(json.dumps(known, separators=(",", ":")) + "\n", encoding="utf-8")
        print(f"{example.title}: {seconds:.1f} s, {ended.sentence}")


if __name__ == "__main__":
    main()
