"""Back to the last good weights after a value that is not finite, and who brought it forth.

While all goes well this costs nothing but the values of all variables, held now and then, and a
list of what was done since. A training repeats to the last bit, so doing it again from there leads
to any state on the way.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from app.training.model_state import held_values, set_values
from app.training.taps import tapped_gradients, tapped_loss, tapped_outputs

HOLD_EVERY_SECONDS = 0.5


@dataclass(frozen=True)
class Suspect:
    """What was not finite ("data", "output", "loss", "gradient", "weights", "validation loss"), and
    in which layer.
    """

    what: str
    layer: str | None


_Held = tuple[list[Any], tuple[int, int], list[tuple[int, int, int]]]
"""Values of the variables, the (epoch, step) that they belong to, and the steps noted since."""


class Rewind:
    """Remembers enough of the last half second to get back to any step of it.

    Args:
        variables: all variables of the training.
        again: does steps `first` up to `last` of an epoch once more; whether all was finite.
    """

    def __init__(self, variables: Sequence[Any], again: Callable[[int, int, int], bool]) -> None:
        self._variables = variables
        self._again = again
        self._held: list[Any] = []
        self._where = (0, 0)
        self._when = -np.inf
        self._done: list[tuple[int, int, int]] = []
        self._earlier: _Held | None = None

    def hold(self, epoch: int, step: int) -> None:
        """Remember this state, reached after `step` steps of `epoch`. All its values are finite."""
        self._held = held_values(self._variables)
        self._where = (epoch, step)
        self._when = time.perf_counter()
        self._done = []
        self._earlier = None

    def hold_when_due(self, epoch: int, step: int) -> None:
        """The same once in a while; nothing but the steps noted has changed the state since."""
        if time.perf_counter() - self._when > HOLD_EVERY_SECONDS:
            earlier = (self._held, self._where, self._done)
            self.hold(epoch, step)
            self._earlier = earlier

    def note(self, epoch: int, first: int, last: int) -> None:
        """These steps were done."""
        self._done.append((epoch, first, last))
        if len(self._done) > 1 or last - first > 1:
            self._earlier = None  # the last good step is among those since the present state

    def back_to_hold(self) -> tuple[int, int]:
        """Restore the state that was held; gives its (epoch, step)."""
        set_values(self._variables, self._held)
        return self._where

    def to_last_good(
        self, examine: Callable[[int, int], Suspect]
    ) -> tuple[tuple[int, int], tuple[int, int] | None, Suspect | None]:
        """Restore the state in which a loss was last found finite, as were the weights after that
        step.

        `examine(epoch, step)` is called in the state before the first bad step, number `step` from
        0; it may change the variables. Gives the (epoch, step) restored, and the bad step with what
        `examine` said; None and None when all noted steps are good (what was bad came after them).
        """
        good, where, done = self._held, self._where, self._done
        if self._earlier is not None:
            good, where, done_before = self._earlier
            done = [*done_before, *done]
        set_values(self._variables, good)
        for position, (epoch, first, last) in enumerate(done):
            left = len(done) - position
            start = first if left == 1 else last - 1 if left == 2 else last
            if start > first:
                self._again(epoch, first, start)
            for step in range(start, last):
                before = held_values(self._variables)
                if not self._again(epoch, step, step + 1):
                    set_values(self._variables, before)
                    suspect = examine(epoch, step)
                    set_values(self._variables, good)
                    return where, (epoch, step), suspect
                good, where = before, (epoch, step)
        set_values(self._variables, good)
        return where, None, None


def examine_step(model: Any, batch: Sequence[tf.Tensor]) -> Suspect:
    """Do one training step in the open and tell the first value in it that is not finite, in the
    order of computation.

    Changes the variables of `model`.
    """
    if not all(_finite(array) for array in batch):
        return Suspect("data", None)
    with (
        tapped_outputs(_computing(model)) as outputs,
        tapped_loss(model) as losses,
        tapped_gradients(model.optimizer) as pairs,
    ):
        model.train_step(tuple(batch))
    for layer in _computing(model):
        if not all(_finite(output) for output in outputs[layer.name]):
            return Suspect("output", layer.name)
    if not all(_finite(loss) for loss in losses):
        return Suspect("loss", model.layers[-1].name)
    bad = {id(v) for gradient, v in pairs if gradient is not None and not _finite(gradient)}
    for layer in reversed(model.layers):
        if any(id(variable) in bad for variable in layer.trainable_variables):
            return Suspect("gradient", layer.name)
    for layer in model.layers:
        if not all(_finite(variable) for variable in layer.weights):
            return Suspect("weights", layer.name)
    return Suspect("loss", None)


def examine_outputs(model: Any, batches: Iterable[tf.Tensor]) -> Suspect:
    """The first layer whose output on the validation data, x batch by batch, is not finite."""
    for x in batches:
        with tapped_outputs(_computing(model)) as outputs:
            model(x, training=False)
        for layer in _computing(model):
            if not all(_finite(output) for output in outputs[layer.name]):
                return Suspect("output", layer.name)
    return Suspect("validation loss", model.layers[-1].name)


def remedy(suspect: Suspect, learning_rate: float, largest_input: float) -> str:
    """What to do about it, in words."""
    if suspect.what == "data":
        return "The data hold values that are not finite: leave these rows out, or fill them in."
    first = (
        f"Lower the learning rate (it is {learning_rate:g}), for instance to {learning_rate / 10:g}"
    )
    scale = (
        f"; standardize the inputs, they reach {largest_input:.3g}" if largest_input > 10 else ""
    )
    return f"{first}{scale}; or clip the gradients (set clipnorm of the optimizer to 1)."


def _computing(model: Any) -> list[Any]:
    """Its layers but the input, whose outputs are the data."""
    return [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]


def _finite(value: Any) -> bool:
    if isinstance(value, tf.IndexedSlices):
        value = value.values
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.isfinite(array).all())
