"""The table of learning-rate schedules: how the rate of a step follows from its number.

Options count in epochs, as people think; steps follow from the steps per epoch. All rates are
shares of the optimizer's learning rate, so that another rate is another height of the same curve.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.core import schedule_rules as rules
from app.core.frozen import FrozenMap
from app.core.options import (
    Choice,
    ChoiceOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
    complete,
)
from app.core.project import ScheduleSettings
from app.core.schedule_rules import Arguments, Share

PLATEAU = "plateau"


@dataclass(frozen=True, kw_only=True)
class ScheduleKind:
    """One schedule.

    Attributes:
        name: in the project file.
        formula: the rate; η is the learning rate of the optimizer, e the epochs done so far (with
            the fraction of the one under way).
        source: where it comes from.
        keras_class: its name in `keras.optimizers.schedules`, for "plateau" in `keras.callbacks`;
            None for a constant rate.
        share: `(options, steps per epoch, planned epochs)` to the share at each step.
        arguments: `(options, learning rate, steps per epoch, planned epochs)` to what the
            constructor of the Keras class takes.
    """

    name: str
    label: str
    help: str
    formula: str
    source: str
    keras_class: str | None
    options: tuple[Option, ...] = ()
    share: Callable[[FrozenMap, int, int], Share] = lambda _options, _steps, _epochs: rules.whole
    arguments: Callable[[FrozenMap, float, int, int], Arguments]


# ---------------------------------------------------------------- options that several share

_every = IntegerOption(
    name="every",
    label="Every",
    default=20,
    minimum=1,
    maximum=1_000_000,
    unit="epochs",
    help="So many epochs until the rate is once more multiplied by the factor.",
)
_factor = FloatOption(
    name="factor",
    label="Factor",
    default=0.5,
    minimum=0.0,
    exclusive_minimum=True,
    maximum=1.0,
    step=0.05,
    help="What the rate is multiplied by: 0.5 halves it, 0.1 is a tenth.",
)
_alpha = FloatOption(
    name="alpha",
    label="End at",
    default=0.0,
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    help="The lowest rate, α, as a share of the learning rate: 0.01 is a hundredth of it.",
)
_length = IntegerOption(
    name="epochs",
    label="Length",
    default=None,
    minimum=1,
    maximum=1_000_000,
    unit="epochs",
    optional=True,
    none_label="all epochs",
    help="How long the rate falls; none: over all epochs of the training. After that it stays.",
)
_warm = IntegerOption(
    name="warmup",
    label="Warm-up",
    default=5,
    minimum=1,
    maximum=1_000_000,
    unit="epochs",
    help="How long the rate rises in a straight line to the learning rate.",
)
_start = FloatOption(
    name="start",
    label="Start at",
    default=0.1,
    minimum=0.0,
    maximum=1.0,
    step=0.05,
    help="The rate of the first step, as a share of the learning rate. At 0 the first step "
    "changes nothing.",
)

_LOSHCHILOV = "Loshchilov and Hutter: SGDR: Stochastic Gradient Descent with Warm Restarts, 2017"
_GOYAL = "Goyal et al.: Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour, 2017"

SCHEDULES: tuple[ScheduleKind, ...] = (
    ScheduleKind(
        name="constant",
        label="Constant",
        help="The same rate for every step.",
        formula="η",
        source="keras.optimizers",
        keras_class=None,
        arguments=lambda _options, _rate, _steps, _epochs: {},
    ),
    ScheduleKind(
        name="step",
        label="Step",
        help="Falls at once after every so many epochs, and stays between.",
        formula="η · factor^floor(e / every)",
        source="He et al.: Deep Residual Learning for Image Recognition, 2016",
        keras_class="ExponentialDecay",
        options=(_every, _factor),
        share=rules.step_share,
        arguments=rules.decay_arguments(staircase=True),
    ),
    ScheduleKind(
        name="milestones",
        label="Steps at epochs",
        help="Falls at once after each of these epochs.",
        formula="η · factor^(epochs of the list that are done)",
        source="He et al.: Deep Residual Learning for Image Recognition, 2016",
        keras_class="PiecewiseConstantDecay",
        options=(
            ShapeOption(
                name="milestones",
                label="After epochs",
                default=(50, 75),
                length=None,
                between=", ",
                minimum=1,
                maximum=1_000_000,
                help="After these epochs the rate is multiplied by the factor: one to six numbers.",
            ),
            _factor,
        ),
        share=rules.at_milestones_share,
        arguments=rules.milestone_arguments,
    ),
    ScheduleKind(
        name="exponential",
        label="Exponential",
        help="Falls a little with every step, by the factor in so many epochs.",
        formula="η · factor^(e / every)",
        source="keras.optimizers.schedules.ExponentialDecay",
        keras_class="ExponentialDecay",
        options=(_every, _factor),
        share=rules.exponential_share,
        arguments=rules.decay_arguments(staircase=False),
    ),
    ScheduleKind(
        name="inverse_time",
        label="Inverse time",
        help="Falls fast at first, then ever more slowly.",
        formula="η / (1 + decay rate · e / every)",
        source="Robbins and Monro: A Stochastic Approximation Method, 1951",
        keras_class="InverseTimeDecay",
        options=(
            _every,
            FloatOption(
                name="decay_rate",
                label="Decay rate",
                default=1.0,
                minimum=0.0,
                exclusive_minimum=True,
                maximum=1e6,
                step=0.1,
                help="How fast it falls; 1: after every so many epochs to 1/2, 1/3, 1/4...",
            ),
        ),
        share=rules.inverse_time_share,
        arguments=rules.inverse_arguments,
    ),
    ScheduleKind(
        name="polynomial",
        label="Polynomial",
        help="Falls to its end in a curve; with the power 1 in a straight line.",
        formula="η · ((1 - α) · (1 - e / length)^power + α)",
        source="Chen et al.: DeepLab, 2017",
        keras_class="PolynomialDecay",
        options=(
            _length,
            _alpha,
            FloatOption(
                name="power",
                label="Power",
                default=1.0,
                minimum=0.1,
                maximum=10.0,
                step=0.1,
                help="1: a straight line; 2: fast at first; 0.5: fast at the end.",
            ),
        ),
        share=rules.polynomial_share,
        arguments=rules.polynomial_arguments,
    ),
    ScheduleKind(
        name="cosine",
        label="Cosine",
        help="Stays high for long, falls in the middle, and ends gently: half a wave.",
        formula="η · ((1 - α) · (1 + cos(π e / length)) / 2 + α)",
        source=_LOSHCHILOV,
        keras_class="CosineDecay",
        options=(_length, _alpha),
        share=rules.cosine_share,
        arguments=rules.cosine_arguments,
    ),
    ScheduleKind(
        name="cosine_restarts",
        label="Cosine, restarts",
        help="Falls in half a wave, jumps up again, and falls once more, each time longer.",
        formula="as cosine, anew after length, length · longer, length · longer²...",
        source=_LOSHCHILOV,
        keras_class="CosineDecayRestarts",
        options=(
            IntegerOption(
                name="first",
                label="First",
                default=10,
                minimum=1,
                maximum=1_000_000,
                unit="epochs",
                help="How long the first wave is.",
            ),
            IntegerOption(
                name="t_mul",
                label="Longer",
                default=2,
                minimum=1,
                maximum=4,
                help="Each wave is so many times as long as the one before; 1: all alike.",
            ),
            FloatOption(
                name="m_mul",
                label="Lower",
                default=1.0,
                minimum=0.0,
                exclusive_minimum=True,
                maximum=1.0,
                step=0.05,
                help="Each wave begins at this share of where the one before began; 1: all alike.",
            ),
            _alpha,
        ),
        share=rules.restarts_share,
        arguments=rules.restart_arguments,
    ),
    ScheduleKind(
        name="warmup",
        label="Warm-up",
        help="Rises from a small rate, so that the first steps do no harm, and stays.",
        formula="η · (start + (1 - start) · e / warm-up), then η",
        source=_GOYAL,
        keras_class="CosineDecay",
        options=(_warm, _start),
        share=rules.warm_up_share,
        arguments=rules.warm_up_arguments,
    ),
    ScheduleKind(
        name="warmup_cosine",
        label="Warm-up, cosine",
        help="Rises from a small rate, then falls in half a wave until the last epoch.",
        formula="η · (start + (1 - start) · e / warm-up), then as cosine over what is left",
        source=f"{_GOYAL}; {_LOSHCHILOV}",
        keras_class="CosineDecay",
        options=(_warm, _start, _alpha),
        share=rules.warm_up_cosine_share,
        arguments=rules.warm_up_arguments,
    ),
    ScheduleKind(
        name=PLATEAU,
        label="Reduce on plateau",
        help="Falls when the monitored value has not improved for a while.",
        formula="η ← max(η · factor, min. rate) after so many epochs without improvement",
        source="keras.callbacks.ReduceLROnPlateau",
        keras_class="ReduceLROnPlateau",
        options=(
            ChoiceOption(
                name="monitor",
                label="Monitor",
                default="val_loss",
                choices=(Choice("val_loss", "val_loss"), Choice("loss", "loss")),
                help="The value that should improve.",
            ),
            FloatOption(
                name="factor",
                label="Factor",
                default=0.1,
                minimum=0.0,
                exclusive_minimum=True,
                maximum=1.0,
                exclusive_maximum=True,
                step=0.05,
                help="What the rate is multiplied by each time: 0.1 is a tenth.",
            ),
            IntegerOption(
                name="patience",
                label="Patience",
                default=10,
                minimum=1,
                maximum=100_000,
                unit="epochs",
                help="So many epochs without improvement are waited for.",
            ),
            FloatOption(
                name="min_delta",
                label="Min. change",
                default=1e-4,
                minimum=0.0,
                maximum=1e9,
                step=0.0001,
                help="A smaller change does not count as an improvement.",
            ),
            IntegerOption(
                name="cooldown",
                label="Cooldown",
                default=0,
                minimum=0,
                maximum=100_000,
                unit="epochs",
                help="So many epochs after a reduction nothing is counted.",
            ),
            FloatOption(
                name="min_lr",
                label="Min. rate",
                default=0.0,
                minimum=0.0,
                maximum=1000.0,
                logarithmic=True,
                step=10.0,
                help="The rate never falls below this.",
            ),
        ),
        arguments=rules.plateau_arguments,
    ),
)

SCHEDULES_BY_NAME: dict[str, ScheduleKind] = {kind.name: kind for kind in SCHEDULES}

_SHARES_OF_A_RUN: dict[str, tuple[str, tuple[float, ...]]] = {
    "step": ("every", (0.25,)),
    "milestones": ("milestones", (0.5, 0.75)),
    "warmup": ("warmup", (0.1,)),
    "warmup_cosine": ("warmup", (0.1,)),
    PLATEAU: ("patience", (0.1,)),
}
"""Of the options that count in epochs from the start: at which shares of a run they do well."""


def in_time(kind: str, epochs: int) -> FrozenMap:
    """The option of schedule `kind` that would come too late in a training of `epochs` epochs if
    it had its default, with a value that comes in time; often nothing.
    """
    if kind not in _SHARES_OF_A_RUN:
        return FrozenMap()
    name, _ = _SHARES_OF_A_RUN[kind]
    default = next(o.default for o in SCHEDULES_BY_NAME[kind].options if o.name == name)
    numbers = default if isinstance(default, tuple) else (default,)
    if all(isinstance(number, int) and number < epochs for number in numbers):
        return FrozenMap()
    return FrozenMap({name: share_of_a_run(kind, epochs)})


def share_of_a_run(kind: str, epochs: int) -> int | tuple[int, ...]:
    """The epochs, one or several, that do well for schedule `kind` in a training of `epochs`."""
    name, shares = _SHARES_OF_A_RUN[kind]
    found = tuple(sorted({max(1, int(epochs * share)) for share in shares}))
    return found if name == "milestones" else found[0]


def share_of(schedule: ScheduleSettings, steps_per_epoch: int, epochs: int) -> Share:
    """The share of the learning rate at each step.

    Args:
        schedule: of a kind of the table, with options that pass their checks.
        steps_per_epoch: at least 1.
        epochs: those that the settings plan; a run that is continued keeps the curve of its plan.

    Raises:
        KeyError: for an unknown kind.
    """
    kind = SCHEDULES_BY_NAME[schedule.kind]
    return kind.share(complete(kind.options, schedule.options), steps_per_epoch, epochs)


def keras_arguments(
    schedule: ScheduleSettings, learning_rate: float, steps_per_epoch: int, epochs: int
) -> Arguments:
    """What the constructor of the kind's Keras class takes; arguments as in `share_of`."""
    kind = SCHEDULES_BY_NAME[schedule.kind]
    options = complete(kind.options, schedule.options)
    return kind.arguments(options, learning_rate, steps_per_epoch, epochs)


def preview(
    schedule: ScheduleSettings,
    learning_rate: float,
    steps_per_epoch: int,
    epochs: int,
    count: int = 240,
) -> tuple[tuple[float, float], ...]:
    """(epochs done, rate of the next step) at up to `count` steps spread over the planned epochs.

    Both sides of a sudden fall are among them when two neighbours lie further apart than a step.
    Empty for a kind that is unknown, that follows the training ("plateau"), or whose options are
    wrong.
    """
    if schedule.kind not in SCHEDULES_BY_NAME or schedule.kind == PLATEAU:
        return ()
    kind = SCHEDULES_BY_NAME[schedule.kind]
    full = complete(kind.options, schedule.options)
    if any(option.check(full[option.name]) for option in kind.options):
        return ()
    share = share_of(schedule, steps_per_epoch, epochs)
    last = steps_per_epoch * epochs - 1
    wanted = sorted({round(last * i / max(1, count - 1)) for i in range(count)})
    points: list[tuple[int, float]] = []
    for step in wanted:
        if points and step - points[-1][0] > 1:
            points += _jump(share, points[-1], step)
        points.append((step, share(step)))
    return tuple((step / steps_per_epoch, learning_rate * value) for step, value in points)


def _jump(share: Share, before: tuple[int, float], after: int) -> list[tuple[int, float]]:
    """The two neighbouring steps between which the share jumps, when it does."""
    low, high = before[0], after
    first, last = before[1], share(after)
    if first == last:
        return []
    while high - low > 1:
        middle = (low + high) // 2
        value = share(middle)
        if abs(value - share(low)) >= abs(value - share(high)):
            high = middle
        else:
            low = middle
    sudden = abs(share(high) - share(low)) > 0.5 * abs(last - first)
    found = [(low, share(low)), (high, share(high))] if sudden else []
    return [point for point in found if before[0] < point[0] < after]
