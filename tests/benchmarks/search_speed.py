"""How many trials a minute a random search does, beside KerasTuner and with two workers beside one.

Run with: python -m tests.benchmarks.search_speed [--trials 100] [--theirs 100]

The task of both: a network of two dense layers on the breast cancer data; 85 samples are set aside
as the test part, the others are shared out into 5 stratified folds by scikit-learn; standardized on
the training samples of each fold; units, batch size and learning rate drawn at random; 20 epochs.
KerasTuner has no folds: its `run_trial` is written by hand as its documentation does it. It may
do fewer trials (`--theirs`), since it gets no quicker by doing more. keras-tuner is in the
dependency group bench.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from app.core.project import Project
from app.core.search_settings import Dimension
from app.core.templates import start_from
from app.data.loading import load_source
from app.data.raw_data import RawData
from app.jobs.control import JobControl
from app.search.events import FitEnded, SearchRequest
from app.search.executors import search_where_set

FOLDS, EPOCHS, SEED = 5, 20, 0
UNITS, BATCHES, RATES = (16, 32, 64), (16, 32, 64), (1e-4, 1e-1)


def searched(workers: int, trials: int) -> Project:
    project = start_from("breast_cancer", "mlp")
    space = (
        Dimension(path="network.dense_1.units", values=UNITS),
        Dimension(path="training.batch_size", values=BATCHES),
        Dimension(path="training.optimizer.learning_rate", low=RATES[0], high=RATES[1], log=True),
    )
    search = project.search.model_copy(
        update={
            "space": space, "sampler": "random", "trials": trials, "folds": FOLDS, "seed": SEED,
            "workers": workers,
        }
    )  # fmt: skip
    stopping = project.training.early_stopping.model_copy(update={"enabled": False})
    training = project.training.model_copy(update={"epochs": EPOCHS, "early_stopping": stopping})
    return project.model_copy(update={"search": search, "training": training})


def ours(workers: int, trials: int, raw: RawData, folder: Path) -> tuple[float, float]:
    """Trials a minute: with the start of the workers, and from the first fit that ended."""
    ends: list[float] = []

    def hear(event: object) -> None:
        if isinstance(event, FitEnded):
            ends.append(time.perf_counter())

    project = searched(workers, trials)
    request = SearchRequest(project, raw, folder / f"{workers}.layerlab-study")
    began = time.perf_counter()
    ended = search_where_set(request, hear, JobControl())
    whole = time.perf_counter() - began
    assert ended.sentence == f"{trials} trials done, {trials} finished.", ended.sentence
    return 60 * trials / whole, 60 * (len(ends) - 1) / FOLDS / (ends[-1] - ends[0])


def theirs(trials: int, raw: RawData, folder: Path) -> float:
    """Trials a minute of KerasTuner, without the time that TensorFlow takes to load."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    import keras_tuner
    import numpy as np
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import StandardScaler

    from app.data.folds import without_test_part

    opened = without_test_part(raw, searched(1, 1).data.split).raw
    x, y = np.asarray(opened.x), opened.y
    first = searched(1, 1).network.layer("dense_1").options
    assert first["kernel_regularizer"] == "l2"
    decay = keras.regularizers.L2(first["kernel_regularizer_l2"])

    def build(hyper: Any) -> Any:
        model = keras.Sequential(
            [
                keras.Input((x.shape[1],)),
                keras.layers.Dense(
                    hyper.Choice("units", list(UNITS)),
                    activation=first["activation"],
                    kernel_regularizer=decay,
                ),
                *later_layers(keras),
            ]
        )
        rate = hyper.Float("rate", *RATES, sampling="log")
        model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"])
        return model

    class Folded(keras_tuner.RandomSearch):  # type: ignore[misc, unused-ignore]
        def run_trial(self, trial: Any, *_args: Any, **_kwargs: Any) -> Any:
            batch = trial.hyperparameters.Choice("batch", list(BATCHES))
            scores = []
            folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
            for training, validation in folds.split(x, y):
                scaler = StandardScaler().fit(x[training])
                model = self.hypermodel.build(trial.hyperparameters)
                history = model.fit(
                    scaler.transform(x[training]).astype("float32"),
                    y[training],
                    batch_size=batch,
                    epochs=EPOCHS,
                    validation_data=(
                        scaler.transform(x[validation]).astype("float32"),
                        y[validation],
                    ),
                    verbose=0,
                )
                scores.append(history.history["val_accuracy"][-1])
            return {"val_accuracy": float(np.mean(scores))}

    tuner = Folded(
        build, objective=keras_tuner.Objective("val_accuracy", "max"), max_trials=trials, seed=SEED,
        directory=str(folder), project_name="theirs", overwrite=True,
    )  # fmt: skip
    began = time.perf_counter()
    tuner.search(verbose=0)
    return 60 * trials / (time.perf_counter() - began)


def later_layers(keras: Any) -> list[Any]:
    """The layers of the project behind the first dense one."""
    layers = []
    for layer in searched(1, 1).network.layers:
        if layer.kind == "Dense" and layer.id != "dense_1":
            options = layer.options
            layers.append(keras.layers.Dense(options["units"], activation=options["activation"]))
        elif layer.kind == "Dropout":
            layers.append(keras.layers.Dropout(layer.options["rate"]))
    return layers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--theirs", type=int, default=100)
    arguments = parser.parse_args()
    raw = load_source(searched(1, 1).data)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {n: ours(n, arguments.trials, raw, folder) for n in (1, 2)}
        for workers, (whole, steady) in found.items():
            print(
                f"{workers} worker(s): {whole:.1f} trials/min, {steady:.1f} once begun", flush=True
            )
        tuner = theirs(arguments.theirs, raw, folder)
    print(f"KerasTuner, {arguments.theirs} trials: {tuner:.2f} trials/min")
    factors = found[2][0] / tuner, found[1][0] / tuner, found[2][1] / found[1][1]
    print(f"two workers {factors[0]:.1f}x, one worker {factors[1]:.1f}x KerasTuner")
    print(f"two workers {factors[2]:.2f}x one worker")
    return 0 if factors[0] >= 10 and factors[2] >= 1.8 else 1


if __name__ == "__main__":
    sys.exit(main())
