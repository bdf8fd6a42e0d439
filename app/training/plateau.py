"""Keras's own `ReduceLROnPlateau`, and what it knows, taken out and put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from app.core.best_epoch import mode_of
from app.core.project import ScheduleSettings
from app.core.schedule_catalog import PLATEAU, keras_arguments
from app.training.errors import TrainingError


@dataclass(frozen=True)
class PlateauState:
    """What `ReduceLROnPlateau` has seen so far.

    Attributes:
        best: the best value of its monitor; None before the first.
        waited: epochs since then.
        cooldown: epochs that are still left out.
    """

    best: float | None = None
    waited: int = 0
    cooldown: int = 0


def plateau_of(
    schedule: ScheduleSettings, names: Sequence[str]
) -> keras.callbacks.ReduceLROnPlateau | None:
    """The callback that `schedule` asks for; None for other schedules.

    Args:
        names: the columns of the history: loss, accuracy, val_loss...

    Raises:
        TrainingError: when it watches what is not measured, or Keras refuses its options.
    """
    if schedule.kind != PLATEAU:
        return None
    arguments = keras_arguments(schedule, 1.0, 1, 1)
    monitor = str(arguments["monitor"])
    if monitor not in names:
        raise TrainingError(
            f"The learning-rate schedule watches {monitor}, which this training does not measure.",
            f"One of {', '.join(names)}.",
            "Let it watch another quantity, keep a validation part, or use another schedule.",
        )
    try:
        return keras.callbacks.ReduceLROnPlateau(**arguments, mode=mode_of(monitor), verbose=0)
    except ValueError as error:
        raise TrainingError(
            f"Keras refused the schedule: {error}",
            "Options of ReduceLROnPlateau.",
            "Change the options of the schedule.",
        ) from error


def plateau_state(callback: Any) -> PlateauState:
    """What the callback knows; nothing for None."""
    if callback is None:
        return PlateauState()
    best = None if callback.best is None else float(callback.best)
    return PlateauState(best, callback.wait, callback.cooldown_counter)


def set_plateau_state(callback: Any, state: PlateauState) -> None:
    """Let the callback know it; `on_train_begin` forgets, so this comes after."""
    if callback is not None:
        callback.best = state.best
        callback.wait = state.waited
        callback.cooldown_counter = state.cooldown
