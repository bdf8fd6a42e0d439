"""Runs to be kept, without any training."""

import math
import random

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, Link, Network
from app.core.project import Project, TrainingSettings
from app.core.run_record import EpochRow, RunRecord, begun_now
from app.core.search_results import FitCurves, FoldResult, Trial

NETWORK = Network(
    layers=(
        Layer(id="input", kind="Input"),
        Layer(id="dense_1", kind="Dense", options=FrozenMap(units=8, activation="relu")),
        Layer(id="dense_2", kind="Dense", options=FrozenMap(units=1, activation="sigmoid")),
    ),
    links=(Link(source="input", target="dense_1"), Link(source="dense_1", target="dense_2")),
)


def some_project(name: str = "two moons", data: str = "moons", **training: object) -> Project:
    return Project(
        name=name,
        data=DataSettings(source=BuiltinSource(name=data)),
        network=NETWORK,
        training=TrainingSettings.model_validate(
            {"loss": "binary_crossentropy", "metrics": ("accuracy",), **training}
        ),
    )


def rows_of(epochs: int, seed: int = 0, first: int = 1) -> tuple[EpochRow, ...]:
    chance = random.Random(seed)
    return tuple(
        EpochRow(
            epoch=epoch,
            metrics=FrozenMap(
                loss=math.exp(-epoch / 20) + chance.random() / 50,
                accuracy=1 - math.exp(-epoch / 10) / 2,
                val_loss=math.exp(-epoch / 25) + chance.random() / 20,
                val_accuracy=1 - math.exp(-epoch / 15) / 2 - chance.random() / 30,
            ),
            seconds=0.01 + chance.random() / 100,
            learning_rate=0.001,
        )
        for epoch in range(first, first + epochs)
    )


def some_run(
    project: Project | None = None, epochs: int = 30, seed: int = 0, **more: object
) -> RunRecord:
    rows = rows_of(epochs, seed)
    known: dict[str, object] = {
        "reason": "finished",
        "sentence": f"Finished all {epochs} epochs.",
        "best_epoch": epochs,
        "data_fingerprint": "ab" * 32,
        "seconds": sum(row.seconds for row in rows),
        "planned": epochs,
    }
    run = RunRecord(project=project or some_project(), rows=rows)
    return begun_now(run).model_copy(update={**known, **more})


def some_trial(number: int = 0, folds: int = 3, state: str = "finished") -> Trial:
    return Trial(
        number,
        state,  # type: ignore[arg-type]
        FrozenMap({"network.dense_1.units": 16 + number, "training.batch_size": 32}),
        tuple(
            FoldResult(
                fold,
                "finished",
                0.9 + 0.01 * fold + number / 1000,
                FrozenMap(loss=0.2, accuracy=0.9 + 0.01 * fold),
                epochs=4 + fold,
                best_epoch=3,
                seconds=0.5,
            )
            for fold in range(folds)
        ),
        seconds=1.5,
    )


def curves_of(trial: Trial) -> tuple[FitCurves, ...]:
    return tuple(FitCurves(fold.fold, rows_of(fold.epochs, fold.fold)) for fold in trial.folds)
