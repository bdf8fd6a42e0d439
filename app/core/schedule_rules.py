"""What the learning-rate schedules of the table compute: the share of the rate at each step, and
the same in the words of Keras.
"""

import math
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from app.core.frozen import FrozenMap

Share = Callable[[int], float]
"""From the number of a step, from 0, to the share of the learning rate that it is done with."""

Arguments = dict[str, Any]


def whole(_step: int) -> float:
    """The learning rate itself."""
    return 1.0


# ---------------------------------------------------------------- reading options


def _number(options: FrozenMap, name: str) -> float:
    value = options[name]
    assert isinstance(value, (int, float))
    return value


def _steps(options: FrozenMap, name: str, steps_per_epoch: int, planned: int = 0) -> int:
    """An option in epochs as steps; None stands for the planned epochs."""
    epochs = options[name]
    return max(1, int(epochs if isinstance(epochs, int) else planned) * steps_per_epoch)


def _milestones(options: FrozenMap, steps_per_epoch: int) -> list[int]:
    epochs = options["milestones"]
    given = epochs if isinstance(epochs, tuple) else ()
    return sorted(int(epoch) * steps_per_epoch for epoch in given)


# ---------------------------------------------------------------- the curves


def _cosine_share(step: int, steps: int, alpha: float) -> float:
    falling = 0.5 * (1.0 + math.cos(math.pi * min(step, steps) / steps))
    return (1.0 - alpha) * falling + alpha


def step_share(options: FrozenMap, steps_per_epoch: int, _epochs: int) -> Share:
    every, factor = _steps(options, "every", steps_per_epoch), _number(options, "factor")
    return lambda step: float(factor ** (step // every))


def at_milestones_share(options: FrozenMap, steps_per_epoch: int, _epochs: int) -> Share:
    bounds, factor = _milestones(options, steps_per_epoch), _number(options, "factor")
    return lambda step: float(factor ** bisect_right(bounds, step))


def exponential_share(options: FrozenMap, steps_per_epoch: int, _epochs: int) -> Share:
    every, factor = _steps(options, "every", steps_per_epoch), _number(options, "factor")
    return lambda step: float(factor ** (step / every))


def inverse_time_share(options: FrozenMap, steps_per_epoch: int, _epochs: int) -> Share:
    every, decay = _steps(options, "every", steps_per_epoch), _number(options, "decay_rate")
    return lambda step: 1.0 / (1.0 + decay * step / every)


def polynomial_share(options: FrozenMap, steps_per_epoch: int, epochs: int) -> Share:
    steps = _steps(options, "epochs", steps_per_epoch, epochs)
    alpha, power = _number(options, "alpha"), _number(options, "power")
    return lambda step: float((1.0 - alpha) * (1.0 - min(step, steps) / steps) ** power + alpha)


def cosine_share(options: FrozenMap, steps_per_epoch: int, epochs: int) -> Share:
    steps = _steps(options, "epochs", steps_per_epoch, epochs)
    alpha = _number(options, "alpha")
    return lambda step: _cosine_share(step, steps, alpha)


def restarts_share(options: FrozenMap, steps_per_epoch: int, _epochs: int) -> Share:
    first, longer = _steps(options, "first", steps_per_epoch), int(_number(options, "t_mul"))
    height, alpha = _number(options, "m_mul"), _number(options, "alpha")

    def share(step: int) -> float:
        if longer == 1:
            number, step = divmod(step, first)
            length = first
        else:
            number, length = 0, first
            while step >= length:
                number, step, length = number + 1, step - length, length * longer
        falling = 0.5 * height**number * (1.0 + math.cos(math.pi * step / length))
        return float((1.0 - alpha) * falling + alpha)

    return share


def _warmed(options: FrozenMap, steps_per_epoch: int, after: Share) -> Share:
    steps, start = _steps(options, "warmup", steps_per_epoch), _number(options, "start")

    def share(step: int) -> float:
        if step < steps:
            return start + (1.0 - start) * step / steps
        return after(step - steps)

    return share


def warm_up_share(options: FrozenMap, steps_per_epoch: int, _epochs: int) -> Share:
    return _warmed(options, steps_per_epoch, whole)


def _after_warm_up(options: FrozenMap, steps_per_epoch: int, epochs: int) -> int:
    """The steps of the cosine: those that are left of the planned ones."""
    warm = _steps(options, "warmup", steps_per_epoch)
    return max(1, epochs * steps_per_epoch - warm)


def warm_up_cosine_share(options: FrozenMap, steps_per_epoch: int, epochs: int) -> Share:
    steps = _after_warm_up(options, steps_per_epoch, epochs)
    alpha = _number(options, "alpha")
    return _warmed(options, steps_per_epoch, lambda step: _cosine_share(step, steps, alpha))


# ---------------------------------------------------------------- what Keras calls them


def decay_arguments(*, staircase: bool) -> Callable[[FrozenMap, float, int, int], Arguments]:
    def arguments(options: FrozenMap, rate: float, steps_per_epoch: int, _epochs: int) -> Arguments:
        return {
            "initial_learning_rate": rate,
            "decay_steps": _steps(options, "every", steps_per_epoch),
            "decay_rate": _number(options, "factor"),
            "staircase": staircase,
        }

    return arguments


def milestone_arguments(options: FrozenMap, rate: float, steps: int, _epochs: int) -> Arguments:
    bounds, factor = _milestones(options, steps), _number(options, "factor")
    return {
        # Keras's boundary is the last step of the old rate.
        "boundaries": [bound - 1 for bound in bounds],
        "values": [rate * factor**number for number in range(len(bounds) + 1)],
    }


def inverse_arguments(options: FrozenMap, rate: float, steps: int, _epochs: int) -> Arguments:
    return {
        "initial_learning_rate": rate,
        "decay_steps": _steps(options, "every", steps),
        "decay_rate": _number(options, "decay_rate"),
    }


def polynomial_arguments(options: FrozenMap, rate: float, steps: int, epochs: int) -> Arguments:
    return {
        "initial_learning_rate": rate,
        "decay_steps": _steps(options, "epochs", steps, epochs),
        "end_learning_rate": rate * _number(options, "alpha"),
        "power": _number(options, "power"),
    }


def cosine_arguments(options: FrozenMap, rate: float, steps: int, epochs: int) -> Arguments:
    return {
        "initial_learning_rate": rate,
        "decay_steps": _steps(options, "epochs", steps, epochs),
        "alpha": _number(options, "alpha"),
    }


def restart_arguments(options: FrozenMap, rate: float, steps: int, _epochs: int) -> Arguments:
    return {
        "initial_learning_rate": rate,
        "first_decay_steps": _steps(options, "first", steps),
        "t_mul": float(_number(options, "t_mul")),
        "m_mul": _number(options, "m_mul"),
        "alpha": _number(options, "alpha"),
    }


def warm_up_arguments(options: FrozenMap, rate: float, steps: int, epochs: int) -> Arguments:
    return {
        "initial_learning_rate": rate * _number(options, "start"),
        "warmup_target": rate,
        "warmup_steps": _steps(options, "warmup", steps),
        "decay_steps": _after_warm_up(options, steps, epochs),
        "alpha": _number(options, "alpha") if "alpha" in options else 1.0,
    }


def plateau_arguments(options: FrozenMap, _rate: float, _steps: int, _epochs: int) -> Arguments:
    names = ("monitor", "factor", "patience", "min_delta", "cooldown", "min_lr")
    return {name: options[name] for name in names}
