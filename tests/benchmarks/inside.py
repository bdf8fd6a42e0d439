"""What it costs to see inside: `python -m tests.benchmarks.inside [--rounds N] [--json FILE]`.

How much slower a training is with its diagnostics and the snapshots of every epoch than without,
and how long the time machine takes: weights of another epoch set and a question answered. Both
sides of a comparison run in this process, in turns. Times of trainings are those of the process on
all processors. It prints, and never fails.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.core.data_settings import BuiltinSource, DataSettings, SplitSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, chain
from app.core.project import EarlyStoppingSettings, Project, TrainingSettings
from app.data.loading import load
from app.training.events import ProbeRequest
from app.training.tensorflow_setup import prepare_thread
from app.training.versions import software_versions
from tests.benchmarks.engine import SEED, Work, ignore, train, works

Result = dict[str, Any]

QUESTIONS: dict[str, tuple[str, FrozenMap]] = {
    "predictions": ("predictions", FrozenMap()),
    "dead units": ("dead_units", FrozenMap()),
    "filters": ("filters", FrozenMap()),
    "boundary": ("boundary", FrozenMap()),
}
"""Subject and options of what is asked about another epoch; a row for each that is to be timed."""


# ---------------------------------------------------------------- the training


def engine_for(work: Work, *, looking: bool) -> Any:
    from app.training.batches import Batches
    from app.training.engine import Engine
    from app.training.model_state import StateVariables
    from app.training.snapshots import Snapshots
    from app.training.state_reader import StateReader
    from app.training.traced_model import TracedModel

    traced = TracedModel(work.compiled(), work.training, diagnostics=looking)
    reader = StateReader(StateVariables(traced.model))
    if looking:
        traced.carries = reader.small_together
    return Engine(
        traced,
        work.training,
        work.validation,
        Batches(32, True, SEED),
        EarlyStoppingSettings(enabled=False),
        snapshots=Snapshots() if looking else None,
        reader=reader,
    )


def slowdown(rounds: int) -> Result:
    """Processor time of an epoch with everything on, and by how much that is more.

    Many short times are taken; the lowest tenth of them was hardly disturbed by others.
    """
    results = {}
    for work, epochs, most in zip(works(), (3, 2, 1), (10 * rounds, 5 * rounds, 12), strict=True):
        engines = {looking: engine_for(work, looking=looking) for looking in (False, True)}
        for engine in engines.values():
            train(engine, 3, ignore)
        times: dict[bool, list[float]] = {False: [], True: []}
        for number in range(most):
            for looking in (False, True) if number % 2 else (True, False):
                began = time.process_time()
                train(engines[looking], epochs, ignore)
                times[looking].append(1e3 * (time.process_time() - began) / epochs)
        off, on = [statistics.quantiles(times[way], n=10)[0] for way in (False, True)]
        medians = [statistics.median(times[way]) for way in (False, True)]
        results[work.name] = {
            "ms an epoch without": off,
            "ms an epoch with": on,
            "more, in percent": 100 * (on / off - 1),
            "more by the medians": 100 * (medians[1] / medians[0] - 1),
        }
    return results


# ---------------------------------------------------------------- the time machine


def projects() -> dict[str, Project]:
    def layer(name: str, kind: str, **options: object) -> Layer:
        return Layer(id=name, kind=kind, options=FrozenMap(options))

    dense = [layer(f"dense_{n}", "Dense", units=16, activation="relu") for n in (1, 2)]
    conv = [
        part
        for n, filters in ((1, 8), (2, 16))
        for part in (
            layer(f"conv_{n}", "Conv2D", filters=filters, kernel_size=(3, 3), activation="relu"),
            layer(f"pool_{n}", "MaxPooling2D"),
        )
    ]
    conv[2] = layer("conv_2", "Conv2D", filters=16, kernel_size=(2, 2), activation="relu")
    return {
        "moons, dense 16-16": Project(
            data=DataSettings(
                source=BuiltinSource(name="moons", options=FrozenMap(samples=500)),
                split=SplitSettings(),
            ),
            network=chain(
                (
                    layer("data", "InputLayer"),
                    *dense,
                    layer("output", "Dense", units=1, activation="sigmoid"),
                )
            ),
            training=TrainingSettings(loss="binary_crossentropy", epochs=5),
        ),
        "digits, two convolutions": Project(
            data=DataSettings(source=BuiltinSource(name="digits"), preprocessing="pixels"),
            network=chain(
                (
                    layer("data", "InputLayer"),
                    *conv[:3],
                    layer("flatten", "Flatten"),
                    layer("output", "Dense", units=10, activation="softmax"),
                )
            ),
            training=TrainingSettings(epochs=5),
        ),
    }


def time_machine(rounds: int) -> Result:
    """Milliseconds from the wish to look at another epoch to the answer."""
    from app.diagnostics import probes
    from app.training.engine_room import EngineRoom, TrainingRequest

    results: Result = {}
    for name, project in projects().items():
        from app.jobs.control import JobControl

        room = EngineRoom()
        room.train(TrainingRequest(project, load(project.data)))(ignore, JobControl())
        session = room._session
        assert session is not None

        def timed(do: Callable[[int], object], session: Any = session) -> Result:
            times = []
            for number in range(max(20, rounds)):
                began = time.perf_counter()
                do(1 + number % 5)
                times.append(1e3 * (time.perf_counter() - began))
            times = times[3:]
            return {"median ms": statistics.median(times), "longest ms": max(times)}

        found = {"weights alone": timed(session.model_at)}
        for label, (subject, options) in QUESTIONS.items():

            def ask(
                epoch: int, subject: str = subject, options: FrozenMap = options, s: Any = session
            ) -> object:
                request = ProbeRequest(0, subject, None, options, epoch)
                return probes.answer(request, s.model_at(epoch), s.data)

            if ask(1) is not None:
                found[label] = timed(ask)
        results[name] = found
    return results


FIGURES: dict[str, Callable[[int], Result]] = {
    "slowdown": slowdown,
    "time machine": time_machine,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", nargs="*", choices=FIGURES, default=list(FIGURES))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    prepare_thread()
    found: Result = {"versions": dict(software_versions().items())}
    for name in arguments.only:
        found[name] = FIGURES[name](arguments.rounds)
        print(f"\n{name}")
        for subject, figures in found[name].items():
            print(f"  {subject}")
            for label, value in figures.items():
                if isinstance(value, dict):
                    value = ", ".join(f"{k} {v:.2f}" for k, v in value.items())
                    print(f"    {label:24}{value}")
                else:
                    print(f"    {label:24}{value:10.2f}")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=2), "utf-8")


if __name__ == "__main__":
    main()
