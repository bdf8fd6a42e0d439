"""Keras's own `EarlyStopping`, and what it knows, taken out and put back."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from app.core.best_epoch import mode_of
from app.core.project import EarlyStoppingSettings
from app.training.errors import TrainingError


@dataclass(frozen=True)
class EarlyStoppingState:
    """What `EarlyStopping` has seen so far.

    Attributes:
        best: the best value of the monitor; None before the first.
        best_epoch: from 1; 0 before the first.
        waited: epochs since then.
        best_weights: as `model.get_weights()` gives them; None when they are not kept.
    """

    best: float | None = None
    best_epoch: int = 0
    waited: int = 0
    best_weights: tuple[np.ndarray, ...] | None = None


def early_stopping(
    settings: EarlyStoppingSettings, names: Sequence[str]
) -> keras.callbacks.EarlyStopping:
    """The callback. Switched off it never stops and restores nothing, yet it still notes the best
    epoch.

    Args:
        names: the columns of the history: loss, accuracy, val_loss...

    Raises:
        TrainingError: when it is switched on and watches what is not measured.
    """
    monitor = settings.monitor
    if monitor not in names:
        if settings.enabled:
            raise TrainingError(
                f"Early stopping watches {monitor}, which this training does not measure.",
                f"One of {', '.join(names)}.",
                "Let it watch another quantity, keep a validation part, or switch it off.",
            )
        monitor = "val_loss" if "val_loss" in names else "loss"
    return keras.callbacks.EarlyStopping(
        monitor=monitor,
        min_delta=settings.min_delta if settings.enabled else 0.0,
        patience=settings.patience if settings.enabled else sys.maxsize,
        mode=mode_of(monitor),
        restore_best_weights=settings.brings_back,
    )


def state_of(callback: Any) -> EarlyStoppingState:
    """What the callback knows."""
    if callback.best is None:
        return EarlyStoppingState()
    weights = callback.best_weights
    return EarlyStoppingState(
        best=float(callback.best),
        best_epoch=callback.best_epoch + 1,
        waited=callback.wait,
        best_weights=None if weights is None else tuple(weights),
    )


def set_state(callback: Any, state: EarlyStoppingState) -> None:
    """Let the callback know it; `on_train_begin` forgets, so this comes after."""
    if state.best is None:
        return
    callback.best = state.best
    callback.best_epoch = state.best_epoch - 1
    callback.wait = state.waited
    if callback.restore_best_weights and state.best_weights is not None:
        callback.best_weights = list(state.best_weights)
