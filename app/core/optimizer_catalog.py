"""The table of optimizers: every optimizer of Keras with its options, defaults as in Keras."""

from dataclasses import dataclass, replace

from app.core.frozen import FrozenMap, OptionValue
from app.core.options import FlagOption, FloatOption, IntegerOption, Option, complete


@dataclass(frozen=True, kw_only=True)
class OptimizerKind:
    """One optimizer.

    Attributes:
        name: name of the class in `keras.optimizers`, in the project file too.
        formula: the step; `g` is the gradient, `η` the learning rate.
        slots: how many numbers it keeps for each weight with its default options.
        slots_by_option: `(option, number)`: so many more while that option is neither 0, None nor
            False.
    """

    name: str
    label: str
    options: tuple[Option, ...]
    help: str
    formula: str
    slots: int = 0
    slots_by_option: tuple[tuple[str, int], ...] = ()

    def slots_of(self, given: FrozenMap) -> int:
        """How many numbers it keeps for each weight with these options."""
        full = complete(self.options, given)
        more = sum(number for name, number in self.slots_by_option if full.get(name))
        return self.slots + more

    def option(self, name: str) -> Option:
        """The option called `name`. Raises KeyError when there is none."""
        for option in self.options:
            if option.name == name:
                return option
        raise KeyError(name)


def _learning_rate(default: float) -> FloatOption:
    return FloatOption(
        name="learning_rate",
        label="Learning rate",
        default=default,
        minimum=0.0,
        exclusive_minimum=True,
        maximum=1000.0,
        logarithmic=True,
        step=10 ** (1 / 3),
        group="Step",
        help="η, the length of a step. Too high: the loss jumps or grows. Too low: it hardly "
        "falls.",
    )


def _momentum(default: float = 0.0, help_text: str | None = None) -> FloatOption:
    return FloatOption(
        name="momentum",
        label="Momentum",
        default=default,
        minimum=0.0,
        maximum=1.0,
        step=0.05,
        group="Step",
        help=help_text
        or "How much of the last step goes on: v ← m v - η g. 0: plain descent; 0.9 is usual.",
    )


def _decay(name: str, label: str, default: float, what: str) -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=default,
        minimum=0.0,
        maximum=1.0,
        exclusive_maximum=True,
        step=0.01,
        group="Step",
        help=f"Decay of the moving average of {what}: near 1 it remembers long.",
    )


def _epsilon(default: float = 1e-7, name: str = "epsilon", label: str = "Epsilon") -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=default,
        minimum=0.0,
        maximum=1.0,
        logarithmic=True,
        step=10.0,
        group="Step",
        help="A small number that keeps a division from being by zero.",
    )


_nesterov = FlagOption(
    name="nesterov",
    label="Nesterov",
    default=False,
    group="Step",
    help="Whether the gradient is taken where momentum will have led.",
)
_amsgrad = FlagOption(
    name="amsgrad",
    label="AMSGrad",
    default=False,
    group="Step",
    help="Whether the largest average of squared gradients so far is used, so that steps never "
    "grow again.",
)
_beta_1 = _decay("beta_1", "Beta 1", 0.9, "the gradient")
_beta_2 = _decay("beta_2", "Beta 2", 0.999, "the squared gradient")
_initial_accumulator = FloatOption(
    name="initial_accumulator_value",
    label="Initial accumulator",
    default=0.1,
    minimum=0.0,
    maximum=1e6,
    step=0.1,
    group="Step",
    help="The sum of squared gradients starts here; larger makes the first steps smaller.",
)
_weight_decay = FloatOption(
    name="weight_decay",
    label="Weight decay",
    default=None,
    optional=True,
    none_label="off",
    minimum=0.0,
    maximum=1.0,
    logarithmic=True,
    step=10.0,
    group="Weights",
    help="Each step shrinks every weight by η times this, apart from the gradient. None: not at "
    "all.",
)


def _clip(name: str, label: str, help_text: str) -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=None,
        optional=True,
        none_label="off",
        minimum=0.0,
        exclusive_minimum=True,
        maximum=1e9,
        step=0.5,
        group="Gradient clipping",
        help=f"{help_text} Only one of the three kinds of clipping can be set.",
    )


CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
"""Options of which Keras takes at most one."""

_common: tuple[Option, ...] = (
    _weight_decay,
    _clip(
        "clipnorm",
        "Clip norm",
        "The gradient of each weight tensor is scaled down to this L2 norm.",
    ),
    _clip(
        "clipvalue", "Clip value", "Each entry of the gradient is held between -value and +value."
    ),
    _clip(
        "global_clipnorm",
        "Global clip norm",
        "All gradients together are scaled down to this L2 norm; their direction stays.",
    ),
    FlagOption(
        name="use_ema",
        label="Average weights",
        default=False,
        group="Weights",
        help="Whether a moving average of the weights is kept along the way and takes their place "
        "in the end.",
    ),
    FloatOption(
        name="ema_momentum",
        label="Average decay",
        default=0.99,
        minimum=0.0,
        maximum=1.0,
        step=0.01,
        group="Weights",
        applies_when=("use_ema", (True,)),
        help="average ← decay · average + (1 - decay) · weights, after each step.",
    ),
    IntegerOption(
        name="ema_overwrite_frequency",
        label="Overwrite every",
        default=None,
        optional=True,
        none_label="at the end",
        minimum=1,
        maximum=1_000_000,
        unit="steps",
        group="Weights",
        applies_when=("use_ema", (True,)),
        help="After so many steps the weights are set to their average. None: only at the end of "
        "the training.",
    ),
    IntegerOption(
        name="gradient_accumulation_steps",
        label="Accumulate",
        default=None,
        optional=True,
        none_label="off",
        minimum=2,
        maximum=100_000,
        unit="steps",
        group="Step",
        help="The gradients of so many batches are averaged before a step is taken, as with a "
        "larger batch.",
    ),
)
_common_slots = (("use_ema", 1), ("gradient_accumulation_steps", 1))


def _kind(
    name: str,
    options: tuple[Option, ...],
    *,
    help_text: str,
    formula: str,
    slots: int,
    slots_by_option: tuple[tuple[str, int], ...] = (),
    learning_rate: float = 0.001,
    weight_decay: float | None = None,
    label: str | None = None,
) -> OptimizerKind:
    common = tuple(
        replace(option, default=weight_decay) if option.name == "weight_decay" else option
        for option in _common
    )
    return OptimizerKind(
        name=name,
        label=label or name,
        options=(_learning_rate(learning_rate), *options, *common),
        help=help_text,
        formula=formula,
        slots=slots,
        slots_by_option=(*slots_by_option, *_common_slots),
    )


OPTIMIZERS: tuple[OptimizerKind, ...] = (
    _kind(
        "SGD",
        (_momentum(), replace(_nesterov, applies_when=None)),
        learning_rate=0.01,
        slots=0,
        slots_by_option=(("momentum", 1),),
        formula="W ← W - η g",
        help_text="Gradient descent as in the lecture, with momentum if wanted.",
    ),
    _kind(
        "Adam",
        (_beta_1, _beta_2, _epsilon(), _amsgrad),
        slots=2,
        slots_by_option=(("amsgrad", 1),),
        formula="W ← W - η m / (√v + ε), m and v moving averages of g and g²",
        help_text="Momentum, and a step of its own for each weight. The usual first choice.",
    ),
    _kind(
        "AdamW",
        (_beta_1, _beta_2, _epsilon(), _amsgrad),
        weight_decay=0.004,
        slots=2,
        slots_by_option=(("amsgrad", 1),),
        formula="W ← W - η (m / (√v + ε) + λ W)",
        help_text="Adam with weight decay kept apart from the gradient.",
    ),
    _kind(
        "RMSprop",
        (
            _decay("rho", "Rho", 0.9, "the squared gradient"),
            _momentum(),
            _epsilon(),
            FlagOption(
                name="centered",
                label="Centered",
                default=False,
                group="Step",
                help="Whether the gradient's estimated variance is used instead of its mean "
                "square.",
            ),
        ),
        slots=1,
        slots_by_option=(("momentum", 1), ("centered", 1)),
        formula="W ← W - η g / √(v + ε), v the moving average of g²",
        help_text="Divides each step by the recent size of that weight's gradient.",
    ),
    _kind(
        "Nadam",
        (_beta_1, _beta_2, _epsilon()),
        slots=2,
        formula="Adam with Nesterov's momentum",
        help_text="Adam that looks one step ahead.",
    ),
    _kind(
        "Adamax",
        (_beta_1, _beta_2, _epsilon()),
        slots=2,
        formula="W ← W - η m / (u + ε), u the decaying maximum of |g|",
        help_text="Adam with the largest recent gradient in place of the mean square.",
    ),
    _kind(
        "Adagrad",
        (_initial_accumulator, _epsilon()),
        slots=1,
        formula="W ← W - η g / √(sum of all g² + ε)",
        help_text="Steps shrink as gradients add up; good for rare features, slow in long "
        "trainings.",
    ),
    _kind(
        "Adadelta",
        (_decay("rho", "Rho", 0.95, "squared gradients and steps"), _epsilon()),
        slots=2,
        formula="W ← W - η g √(d + ε) / √(v + ε), d the moving average of squared steps",
        help_text="Adagrad that forgets; set the learning rate to 1 for the original paper's form.",
    ),
    _kind(
        "Adafactor",
        (
            FloatOption(
                name="beta_2_decay",
                label="Beta 2 decay",
                default=-0.8,
                minimum=-1.0,
                maximum=0.0,
                exclusive_maximum=True,
                step=0.1,
                group="Step",
                help="The decay of the second average is 1 - t^this.",
            ),
            _epsilon(1e-30, "epsilon_1", "Epsilon 1"),
            _epsilon(1e-3, "epsilon_2", "Epsilon 2"),
            FloatOption(
                name="clip_threshold",
                label="Clip threshold",
                default=1.0,
                minimum=0.0,
                exclusive_minimum=True,
                maximum=1e6,
                step=0.5,
                group="Step",
                help="Steps whose root mean square is above this are scaled down to it.",
            ),
            FlagOption(
                name="relative_step",
                label="Relative step",
                default=True,
                group="Step",
                help="Whether the step is at most 1/√t and in proportion to the size of the "
                "weights.",
            ),
        ),
        slots=2,
        formula="Adam without momentum; of each matrix only row and column means of g² are used",
        help_text="Made for very large networks: steps in proportion to the size of the weights.",
    ),
    _kind(
        "Ftrl",
        (
            FloatOption(
                name="learning_rate_power",
                label="Rate power",
                default=-0.5,
                minimum=-4.0,
                maximum=0.0,
                step=0.1,
                group="Step",
                help="How fast steps shrink as gradients add up; 0 keeps them constant.",
            ),
            _initial_accumulator,
            *(
                FloatOption(
                    name=name,
                    label=label,
                    default=0.0,
                    minimum=0.0,
                    maximum=1e6,
                    step=0.01,
                    group="Weights",
                    help=text,
                )
                for name, label, text in (
                    ("l1_regularization_strength", "L1 strength", "Pulls weights to exactly 0."),
                    ("l2_regularization_strength", "L2 strength", "Pulls weights towards 0."),
                    (
                        "l2_shrinkage_regularization_strength",
                        "L2 shrinkage",
                        "L2 that counts for the gradient's size only.",
                    ),
                    ("beta", "Beta", "Added to the root of the accumulator; the β of the paper."),
                )
            ),
        ),
        slots=2,
        formula="follow the regularized leader (McMahan 2013)",
        help_text="Made for huge sparse linear models.",
    ),
    _kind(
        "Lion",
        (_beta_1, replace(_beta_2, default=0.99)),
        slots=1,
        formula="W ← W - η sign(β₁ m + (1 - β₁) g)",
        help_text="Only the sign of the momentum counts; use a learning rate 3 to 10 times below "
        "Adam's.",
    ),
    _kind(
        "Lamb",
        (_beta_1, _beta_2, _epsilon()),
        slots=2,
        formula="Adam's step scaled to |W| layer by layer",
        help_text="Adam for very large batches.",
    ),
    _kind(
        "Muon",
        (
            _momentum(0.95, "How much of the last gradients goes on in the orthogonalized step."),
            replace(_nesterov, default=True),
            IntegerOption(
                name="ns_steps",
                label="Newton-Schulz steps",
                default=5,
                minimum=1,
                maximum=50,
                group="Step",
                help="How many iterations make the step's matrix nearly orthogonal.",
            ),
            FloatOption(
                name="rms_rate",
                label="RMS rate",
                default=0.2,
                optional=True,
                none_label="not scaled",
                minimum=0.0,
                exclusive_minimum=True,
                maximum=10.0,
                step=0.1,
                group="Step",
                help="Scales the step so that Adam's learning rates suit. None: not scaled.",
            ),
            _decay("adam_beta_1", "Adam beta 1", 0.9, "the gradient of biases and filters"),
            _decay(
                "adam_beta_2", "Adam beta 2", 0.999, "the squared gradient of biases and filters"
            ),
            _epsilon(),
            FloatOption(
                name="adam_weight_decay",
                label="Adam weight decay",
                default=0.004,
                optional=True,
                none_label="off",
                minimum=0.0,
                maximum=1.0,
                step=0.001,
                group="Weights",
                help="Weight decay of what Adam trains.",
            ),
            FloatOption(
                name="adam_lr_ratio",
                label="Adam rate ratio",
                default=1.0,
                minimum=0.0,
                exclusive_minimum=True,
                maximum=1000.0,
                step=0.1,
                group="Step",
                help="Learning rate of what Adam trains, as a multiple of the learning rate.",
            ),
            FlagOption(
                name="exclude_embeddings",
                label="Adam for embeddings",
                default=True,
                group="Step",
                help="Whether embeddings are trained by Adam.",
            ),
            *(
                FloatOption(
                    name=name,
                    label=label,
                    default=default,
                    minimum=-100.0,
                    maximum=100.0,
                    step=0.1,
                    group="Newton-Schulz",
                    help="A coefficient of the polynomial a X + b X³ + c X⁵; best left alone.",
                )
                for name, label, default in (
                    ("muon_a", "a", 3.4445),
                    ("muon_b", "b", -4.775),
                    ("muon_c", "c", 2.0315),
                )
            ),
        ),
        weight_decay=0.004,
        slots=2,
        formula="W ← W - η · nearly orthogonal(momentum); biases and filters by AdamW",
        help_text="Turns the step of each dense matrix into a nearly orthogonal one.",
    ),
    _kind(
        "ScheduleFreeAdamW",
        (
            _beta_1,
            _beta_2,
            _epsilon(1e-8),
            IntegerOption(
                name="warmup_steps",
                label="Warm-up",
                default=0,
                minimum=0,
                maximum=1_000_000,
                unit="steps",
                group="Step",
                help="The learning rate grows from 0 to its value over so many steps.",
            ),
        ),
        learning_rate=0.0025,
        slots=2,
        label="Schedule-free AdamW",
        formula="Adam along an averaged path (Defazio 2024)",
        help_text="Adam that needs no schedule of the learning rate.",
    ),
)

OPTIMIZERS_BY_NAME = {kind.name: kind for kind in OPTIMIZERS}

LEFT_OUT = {
    "LossScaleOptimizer": "wraps another optimizer for float16",
    "MultiOptimizer": "holds several optimizers",
    "Optimizer": "base class",
    "OptimizerMap": "a mapping, not an optimizer",
}
"""Classes of `keras.optimizers` that are not in the table, and why."""

ARGUMENTS_LEFT_OUT = {
    "name": "the optimizer is not shown by name",
    "loss_scale_factor": "for float16 only",
    "exclude_layers": "a list of layer names",
}
"""Arguments of Keras's optimizers that are no options, and why."""


def keras_arguments(name: str, given: FrozenMap) -> dict[str, OptionValue]:
    """The keyword arguments of the optimizer's Keras class, numbers as Keras wants them.

    Raises:
        KeyError: for an unknown optimizer.
    """
    kind = OPTIMIZERS_BY_NAME[name]
    table = {option.name: option for option in kind.options}
    full = complete(kind.options, given)
    return {
        key: float(value)
        if isinstance(table.get(key), FloatOption) and isinstance(value, int)
        else value
        for key, value in full.items()
    }
