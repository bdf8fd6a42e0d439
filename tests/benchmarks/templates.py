"""How well each template learns with its own settings, early stopping included: minutes.

    python -m tests.benchmarks.templates [TEMPLATE ...]

Prints template, data set, parameters, epochs, seconds and the values of the best epoch.
"""

import sys
import time

from app.core.dataset_catalog import summary_of
from app.core.resolve import resolve
from app.core.templates import TEMPLATES, start_from
from app.data.loading import load
from app.jobs.control import JobControl
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.events import EpochEnded

SETS = {
    "linear_regression": "diabetes",
    "deep_sigmoid": "moons",
    "small_vgg": "v_shapes",
    "small_resnet": "v_shapes",
}
"""The data of a template; digits for the others."""


def measure(name: str) -> None:
    project = start_from(SETS.get(name, "digits"), name)
    data = load(project.data)
    rows: list[EpochEnded] = []
    began = time.perf_counter()
    EngineRoom().train(TrainingRequest(project, data, diagnostics=False))(
        lambda event: rows.append(event) if isinstance(event, EpochEnded) else None, JobControl()
    )
    best = rows[(rows[-1].best_epoch or len(rows)) - 1]
    values = {key: round(float(value), 4) for key, value in best.metrics.items()}  # type: ignore[arg-type]
    parameters = resolve(project, summary_of(project.data)).parameters
    print(
        f"{name:20} {data.summary.title:14} {parameters:>8,} parameters, {len(rows)} epochs, "
        f"{time.perf_counter() - began:.1f} s, best {best.epoch}: {values}",
        flush=True,
    )


if __name__ == "__main__":
    for chosen in sys.argv[1:] or [template.name for template in TEMPLATES]:
        measure(chosen)
