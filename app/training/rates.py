"""The learning rate of each step: what the schedule says, and what was changed while it trains."""

from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from app.core.project import ScheduleSettings
from app.core.schedule_catalog import SCHEDULES_BY_NAME, share_of
from app.core.schedule_rules import whole
from app.core.short_names import quoted
from app.training.errors import TrainingError

_NOTHING = 1e-20
"""A rate below this cannot be scaled to one that someone wants."""


@dataclass(frozen=True)
class RateState:
    """What changes by hand, and by a callback, have left.

    Attributes:
        factor: what the schedule is multiplied by.
        fixed: the rate in place of the schedule, where that had come down to nothing.
    """

    factor: float = 1.0
    fixed: float | None = None


class Rates:
    """Gives the training loop the rates of an epoch. A step counts from 0 over all epochs.

    Args:
        optimizer: built; its present learning rate is the one that the schedule is a share of. An
            optimizer with a schedule of Keras in it keeps that: nothing is ever set then.
        epochs: those that the settings plan.

    Raises:
        TrainingError: for an unknown kind of schedule.
    """

    def __init__(
        self, optimizer: Any, schedule: ScheduleSettings, steps_per_epoch: int, epochs: int
    ) -> None:
        if schedule.kind not in SCHEDULES_BY_NAME:
            raise TrainingError(
                f"There is no learning-rate schedule {quoted(schedule.kind)}.",
                f"One of {', '.join(SCHEDULES_BY_NAME)}.",
                "Choose another schedule.",
            )
        self._optimizer = optimizer
        self._variable = rate_variable(optimizer)
        self._initial = self.present
        self._share = share_of(schedule, steps_per_epoch, epochs)
        self._steps_per_epoch = steps_per_epoch
        self._state = RateState()
        self._made: tuple[int, Any] = (0, None)

    @property
    def state(self) -> RateState:
        return self._state

    @state.setter
    def state(self, state: RateState) -> None:
        self._state = state
        self._made = (0, None)

    @property
    def present(self) -> float:
        """That of the last step; before the first, and in the hands of a callback, that which is
        set.
        """
        rate = self._optimizer.learning_rate
        return float(getattr(rate, "value", rate).numpy())

    def at(self, step: int) -> float:
        """That of `step`; 0 where the optimizer has a schedule of its own."""
        if self._variable is None:
            return 0.0
        if self._state.fixed is not None:
            return self._state.fixed
        return self._initial * self._state.factor * self._share(step)

    def of_epoch(self, epoch: int) -> Any:
        """(steps per epoch,) float32, those of `epoch` (from 1)."""
        known, rates = self._made
        even = self._share is whole or self._state.fixed is not None
        if rates is None or (known != epoch and not even):
            first = (epoch - 1) * self._steps_per_epoch
            steps = range(first, first + self._steps_per_epoch)
            values = [self.at(first)] * len(steps) if even else [self.at(step) for step in steps]
            rates = tf.constant(values, tf.float32)
        self._made = (epoch, rates)
        return rates

    def change(self, step: int, rate: float) -> None:
        """From `step` on the schedule is scaled so that this step has `rate`; where the schedule
        has come down to 0 the rate stays what it is set to.
        """
        scheduled = self._initial * self._share(step)
        if scheduled > _NOTHING:
            self.state = RateState(factor=rate / scheduled)
        else:
            self.state = RateState(factor=self._state.factor, fixed=rate)
        self.set(rate)

    def set(self, rate: float) -> None:
        """Give the optimizer this rate at once, as callbacks and examinations see it."""
        if self._variable is not None:
            self._variable.assign(rate)


def rate_variable(optimizer: Any) -> Any:
    """The variable that holds the learning rate; None where a schedule of Keras computes it."""
    rate = optimizer.learning_rate
    return rate if isinstance(rate, keras.Variable) else None
