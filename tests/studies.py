"""Studies made by hand, with scores that follow from the settings by a known rule."""

from collections.abc import Callable, Mapping

import numpy as np

from app.core.frozen import FrozenMap, OptionValue
from app.core.run_record import EpochRow
from app.core.search_results import FitCurves, FoldResult, Trial, TrialState
from app.core.search_settings import Dimension

SPACE = (
    Dimension(path="network.dense.copies", low=1, high=3),
    Dimension(path="network.dense.units", values=(32, 64, 128), each_copy=True),
    Dimension(path="network.dropout.rate", low=0.0, high=0.6),
    Dimension(path="training.optimizer.learning_rate", low=1e-4, high=1e-1, log=True),
    Dimension(path="training.optimizer", values=("adam", "rmsprop", "sgd")),
)


def trial(
    number: int,
    score: float | None,
    settings: Mapping[str, OptionValue] | None = None,
    *,
    folds: int = 3,
    state: TrialState = "finished",
) -> Trial:
    """A trial whose folds score around `score`."""
    results = (
        ()
        if score is None
        else tuple(
            FoldResult(
                fold, "finished", score + 0.001 * (fold - (folds - 1) / 2), best_epoch=fold + 1
            )
            for fold in range(folds)
        )
    )
    return Trial(number, state, FrozenMap(settings or {}), results)


def drawn(seed: int) -> dict[str, OptionValue]:
    """Settings out of `SPACE`, at random."""
    dice = np.random.default_rng(seed)
    copies = int(dice.integers(1, 4))
    settings: dict[str, OptionValue] = {
        "network.dense.copies": copies,
        "network.dense.units": int(dice.choice([32, 64, 128])),
        "network.dropout.rate": float(dice.uniform(0, 0.6)),
        "training.optimizer.learning_rate": float(10 ** dice.uniform(-4, -1)),
        "training.optimizer": str(dice.choice(["adam", "rmsprop", "sgd"])),
    }
    for copy in range(2, copies + 1):
        settings[f"network.dense[{copy}].units"] = int(dice.choice([32, 64, 128]))
    return settings


def by_rate(settings: Mapping[str, OptionValue]) -> float:
    """Best at a learning rate of 1e-3; nothing else matters."""
    return (
        0.98
        - 0.02 * float(np.log10(float(str(settings["training.optimizer.learning_rate"]))) + 3) ** 2
    )


def study(
    count: int, rule: Callable[[Mapping[str, OptionValue]], float] = by_rate, *, folds: int = 3
) -> tuple[Trial, ...]:
    """So many finished trials with settings out of `SPACE`."""
    settings = [drawn(number) for number in range(count)]
    return tuple(trial(n, rule(one), one, folds=folds) for n, one in enumerate(settings))


def curves(lengths: Mapping[int, int], seed: int = 0) -> tuple[FitCurves, ...]:
    """By fold how many epochs it went; loss and accuracy over both parts."""
    found = []
    for fold, epochs in lengths.items():
        dice = np.random.default_rng((seed, fold))
        rows = []
        for epoch in range(1, epochs + 1):
            loss = 1.5 * float(np.exp(-epoch / 5)) + 0.1 + 0.02 * float(dice.random())
            metrics = {
                "loss": loss * 0.9,
                "accuracy": 1 - loss / 3,
                "val_loss": loss,
                "val_accuracy": 1 - loss / 2,
            }
            rows.append(
                EpochRow(epoch=epoch, metrics=FrozenMap(metrics), seconds=0.1, learning_rate=0.01)
            )
        found.append(FitCurves(fold, tuple(rows)))
    return tuple(found)
