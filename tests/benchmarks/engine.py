"""The promises of the engine, measured: `python -m tests.benchmarks.engine [--json FILE] [--only
NAME ...]`.

Both sides of a comparison run in this process, in turns, so that whatever else the machine does
hits both. Figures are medians over the rounds. Nothing here fails; it prints.
"""

import argparse
import gc
import json
import statistics
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.core.project import EarlyStoppingSettings
from app.jobs.control import JobControl
from app.training.tensorflow_setup import prepare_thread
from app.training.versions import software_versions

Arrays = tuple[np.ndarray, np.ndarray]
Result = dict[str, Any]
SEED = 7


# ---------------------------------------------------------------- what is trained


class Work:
    """A network with its data: `compiled()` makes the same model each time."""

    def __init__(
        self,
        name: str,
        layers: Callable[[], list[Any]],
        loss: str,
        training: Arrays,
        validation: Arrays,
        epochs: tuple[int, int],
    ) -> None:
        self.name = name
        self._layers = layers
        self._loss = loss
        self.training = training
        self.validation = validation
        self.fit_epochs, self.engine_epochs = epochs

    def compiled(self) -> Any:
        import keras

        keras.utils.set_random_seed(SEED)
        model = keras.Sequential([keras.Input(self.training[0].shape[1:]), *self._layers()])
        model.compile(keras.optimizers.Adam(), self._loss, metrics=["accuracy"])
        return model


def works() -> tuple[Work, ...]:
    import keras
    from sklearn.datasets import load_digits, make_moons

    def parts(x: np.ndarray, y: np.ndarray, training: int) -> tuple[Arrays, Arrays]:
        x, y = x.astype(np.float32), y.astype(np.float32)
        return (x[:training], y[:training]), (x[training:], y[training:])

    x, y = make_moons(500, noise=0.2, random_state=0)
    moons = parts(x, y[:, None], 400)
    bunch = load_digits()
    digits = parts(bunch.data / 16.0, bunch.target, 1437)
    pictures = np.kron(bunch.images[:, 1:, 1:], np.ones((4, 4))) / 16.0  # 7x7 drawn as 28x28
    rows = np.random.default_rng(0).integers(len(pictures), size=4800)
    large = parts(pictures[rows][..., None], bunch.target[rows], 4000)
    dense, conv = keras.layers.Dense, keras.layers.Conv2D
    return (
        Work(
            "moons 2-16-16-1, batch 32",
            lambda: [dense(16, "relu"), dense(16, "relu"), dense(1, "sigmoid")],
            "binary_crossentropy",
            *moons,
            (10, 200),
        ),
        Work(
            "digits 64-64-10, batch 32",
            lambda: [dense(64, "relu"), dense(10, "softmax")],
            "sparse_categorical_crossentropy",
            *digits,
            (6, 60),
        ),
        Work(
            "two convolutions, 4000 of 28x28, batch 32",
            lambda: [
                conv(8, 3, activation="relu"),
                keras.layers.MaxPooling2D(),
                conv(16, 3, activation="relu"),
                keras.layers.MaxPooling2D(),
                keras.layers.Flatten(),
                dense(10, "softmax"),
            ],
            "sparse_categorical_crossentropy",
            *large,
            (2, 2),
        ),
    )


def engine_for(work: Work, *, diagnostics: bool = True, shuffle: bool = True) -> Any:
    from app.training.batches import Batches
    from app.training.engine import Engine
    from app.training.traced_model import TracedModel

    return Engine(
        TracedModel(work.compiled(), work.training, diagnostics=diagnostics),
        work.training,
        work.validation,
        Batches(32, shuffle, SEED),
        EarlyStoppingSettings(enabled=False),
    )


def train(
    engine: Any, epochs: int, report: Callable[[object], None], control: JobControl | None = None
) -> Any:
    """So many epochs more."""
    last = engine.progress.epochs + epochs
    return engine.train(last, report, control or JobControl(), lambda _m, _e: None, SEED)


def ignore(_event: object) -> None:
    """Nobody looks on."""


# ---------------------------------------------------------------- the figures


def speed(rounds: int) -> Result:
    """Epochs a second against `model.fit` as a user writes it; the histories' difference."""
    results = {}
    for work in works():
        model = work.compiled()

        def fit(model: Any = model, work: Work = work) -> float:
            began = time.perf_counter()
            model.fit(
                *work.training,
                batch_size=32,
                epochs=work.fit_epochs,
                validation_data=work.validation,
                verbose=0,
            )
            return work.fit_epochs / (time.perf_counter() - began)

        engines = [engine_for(work, diagnostics=on) for on in (True, False)]
        rates: dict[str, list[float]] = {"fit": [], "engine": [], "engine, no diagnostics": []}
        for number in range(rounds + 1):  # the first round traces
            timed = {
                "fit": fit(),
                "engine": _rate(engines[0], work.engine_epochs),
                "engine, no diagnostics": _rate(engines[1], work.engine_epochs),
            }
            if number:
                for side, rate in timed.items():
                    rates[side].append(rate)
        median = {side: statistics.median(found) for side, found in rates.items()}
        results[work.name] = {
            "epochs_per_second": {side: round(rate, 2) for side, rate in median.items()},
            "times_fit": round(median["engine"] / median["fit"], 1),
            "times_fit_without_diagnostics": round(
                median["engine, no diagnostics"] / median["fit"], 1
            ),
            "diagnostics_cost": round(median["engine, no diagnostics"] / median["engine"] - 1, 3),
            "history_difference_after_5_epochs": difference(work),
        }
    return results


def _rate(engine: Any, epochs: int) -> float:
    began = time.perf_counter()
    train(engine, epochs, ignore)
    return epochs / (time.perf_counter() - began)


def difference(work: Work) -> float:
    """The largest relative difference to `fit(shuffle=False)` on the same order."""
    from app.training.events import EpochEnded

    events: list[object] = []
    train(engine_for(work, shuffle=False), 5, events.append)
    ours: list[Any] = [event.metrics for event in events if isinstance(event, EpochEnded)]
    theirs = (
        work.compiled()
        .fit(
            *work.training,
            batch_size=32,
            epochs=5,
            shuffle=False,
            validation_data=work.validation,
            verbose=0,
        )
        .history
    )
    found: list[float] = [
        abs(row[name] - values[epoch]) / max(abs(values[epoch]), 1e-3)
        for epoch, row in enumerate(ours)
        for name, values in theirs.items()
    ]
    return max(found)


def stop(clicks: int) -> Result:
    """Milliseconds from `control.stop()` in another thread to the end of the training."""
    from app.training.events import StepsDone

    results = {}
    rng = np.random.default_rng(1)
    for work in works():
        engine = engine_for(work)
        train(engine, 1, ignore)
        found = []
        for _ in range(clicks):
            control = JobControl()
            begun = threading.Event()
            clicked: list[float] = []

            def click(
                control: JobControl = control,
                begun: threading.Event = begun,
                clicked: list[float] = clicked,
                delay: float = float(rng.uniform(0, 0.3)),
            ) -> None:
                begun.wait()
                threading.Event().wait(delay)
                clicked.append(time.perf_counter())
                control.stop()

            def report(event: object, begun: threading.Event = begun) -> None:
                if isinstance(event, StepsDone):
                    begun.set()

            thread = threading.Thread(target=click)
            thread.start()
            train(engine, 100_000, report, control)
            ended = time.perf_counter()
            thread.join()
            found.append((ended - clicked[0]) * 1e3)
        results[work.name] = {
            "median_ms": round(statistics.median(found), 1),
            "worst_ms": round(max(found), 1),
        }
    return results


def first_epoch(rounds: int) -> Result:
    """Seconds from a built model to the end of the first epoch: what tracing costs."""
    results = {}
    for work in works()[:2]:
        found = []
        for _ in range(rounds):
            began = time.perf_counter()
            train(engine_for(work), 1, ignore)
            found.append(time.perf_counter() - began)
        results[work.name] = round(statistics.median(found), 3)
    return results


def soak(trainings: int) -> Result:
    """Resident memory in megabytes over many trainings in one process, each traced anew.

    Three networks in turn show whether trainings leave anything behind. With another width each
    time oneDNN keeps the machine code that it makes for each new shape, in a cache that is bounded.
    """
    from tests.keras.small_runs import DENSE, DROPOUT, digits, layer, moons

    def wider(number: int) -> Any:
        first = layer("dense_1", "Dense", units=8 + number, activation="relu")
        return DENSE.model_copy(update={"layers": (*DENSE.layers[:1], first, *DENSE.layers[2:])})

    def in_turn(number: int) -> Any:
        made = (lambda: moons(DENSE), lambda: moons(DROPOUT), lambda: digits(epochs=1))
        return made[number % 3]()

    return {
        "three networks in turn": _memory(trainings, in_turn),
        "another width each time": _memory(
            max(trainings // 2, 11), lambda number: moons(wider(number), epochs=2)
        ),
    }


def _memory(trainings: int, project: Callable[[int], Any]) -> Result:
    from app.training.engine_room import EngineRoom
    from tests.keras.small_runs import do, request

    room = EngineRoom()
    at = []
    for number in range(trainings):
        do(room.train(request(project(number))))
        gc.collect()
        at.append(_resident_megabytes())
    tenth = at[min(9, trainings - 1)]
    return {
        "after_1": round(at[0], 1),
        "after_10": round(tenth, 1),
        f"after_{trainings}": round(at[-1], 1),
        "growth_a_training_since_the_tenth": round((at[-1] - tenth) / max(trainings - 10, 1), 3),
    }


def _resident_megabytes() -> float:
    status = Path("/proc/self/statm")
    if not status.exists():
        return 0.0
    return int(status.read_text().split()[1]) * 4096 / 2**20


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--only", nargs="+", choices=("speed", "stop", "first_epoch", "soak"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--trainings", type=int, default=100)
    given = parser.parse_args(arguments)
    prepare_thread()
    figures: Result = {"versions": dict(software_versions())}
    jobs: dict[str, Callable[[], Result]] = {
        "speed": lambda: speed(given.rounds),
        "first_epoch": lambda: first_epoch(3),
        "stop": lambda: stop(12),
        "soak": lambda: soak(given.trainings),
    }
    for name, job in jobs.items():
        if given.only is None or name in given.only:
            figures[name] = job()
            print(json.dumps({name: figures[name]}, indent=2), flush=True)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
