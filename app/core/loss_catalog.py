"""The table of losses: what each compares, for which tasks, with which output."""

from dataclasses import dataclass
from typing import Literal

from app.core.data_summary import DataSummary, Task
from app.core.frozen import FrozenMap, OptionValue
from app.core.options import FlagOption, FloatOption, Option, complete

Target = Literal["class_number", "one_hot", "binary", "numbers", "plus_minus_one"]
"""What a loss is told of the truth.

class_number: (samples,) or (samples, 1) whole numbers 0, 1, ... K - 1
one_hot: (samples, K) with a 1 at the class
binary: (samples, 1) with 0 or 1
numbers: (samples, targets)
plus_minus_one: fed as 0 and 1 like `binary`; Keras's hinge losses turn them into -1 and +1
themselves
"""

Encoding = Literal["class_number", "one_hot", "binary", "numbers"]
"""The array that is fed to the loss and the metrics."""

Reading = Literal["probability", "logit", "logits", "sign", "score", "number"]
"""What the output says.

probability: of class 1 (one unit) or of each class; logit: the same before sigmoid or softmax;
logits: of each of several classes by itself, before sigmoid; sign: class 1 when positive; score:
one number a class, the largest wins; number: the prediction itself.
"""


@dataclass(frozen=True, kw_only=True)
class LossKind:
    """One loss.

    Attributes:
        name: its name in the project file, as Keras's function is called.
        label: its name on the screen.
        keras_class: name of the class in `keras.losses`.
        target: what it compares the output with, for the first of its tasks; see `target_for`.
        output: what it takes the output for when `from_logits` is off.
        activations: what the last layer may use so that the output is that; the first suits best.
        formula: in words of the field; `y` is the truth, `p` the output.
    """

    name: str
    label: str
    keras_class: str
    options: tuple[Option, ...] = ()
    tasks: tuple[Task, ...]
    target: Target
    output: Reading
    activations: tuple[str, ...]
    help: str
    formula: str

    def target_for(self, task: Task) -> Target:
        """What the loss is told of the truth in `task`: squared error of two classes compares with
        0 and 1.
        """
        if task == "regression":
            return "numbers"
        if self.target in ("numbers", "binary"):
            return "binary" if task == "binary" else "one_hot"
        return self.target

    def encoding_for(self, task: Task) -> Encoding:
        """How the targets are fed in `task`; works for the metrics too."""
        target = self.target_for(task)
        return "binary" if target == "plus_minus_one" else target


_from_logits = FlagOption(
    name="from_logits",
    label="From logits",
    default=False,
    help="The output is taken before sigmoid or softmax, and the loss applies it itself. Then the "
    "last layer must be "
    "linear. It is a little more exact for extreme values.",
)
_label_smoothing = FloatOption(
    name="label_smoothing",
    label="Label smoothing",
    default=0.0,
    minimum=0.0,
    maximum=1.0,
    step=0.05,
    help="Targets are moved from 0 and 1 towards the middle: y (1 - s) + s / K. Keeps the network "
    "from being too sure.",
)


def _focal(alpha_help: str) -> tuple[Option, ...]:
    return (
        FloatOption(
            name="alpha",
            label="Alpha",
            default=0.25,
            minimum=0.0,
            maximum=1.0,
            step=0.05,
            help=alpha_help,
        ),
        FloatOption(
            name="gamma",
            label="Gamma",
            default=2.0,
            minimum=0.0,
            maximum=20.0,
            step=0.5,
            help="How strongly samples that are already right are left aside: the factor is (1 - "
            "p)^gamma.",
        ),
    )


LOSSES: tuple[LossKind, ...] = (
    LossKind(
        name="binary_crossentropy",
        label="Binary cross-entropy",
        keras_class="BinaryCrossentropy",
        options=(_from_logits, _label_smoothing),
        tasks=("binary", "multiclass"),
        target="binary",
        output="probability",
        activations=("sigmoid",),
        formula="-mean(y log p + (1 - y) log(1 - p))",
        help="The loss for two classes with one sigmoid unit. With more classes it asks a "
        "yes-or-no question for each.",
    ),
    LossKind(
        name="binary_focal_crossentropy",
        label="Binary focal cross-entropy",
        keras_class="BinaryFocalCrossentropy",
        options=(
            FlagOption(
                name="apply_class_balancing",
                label="Balance classes",
                default=False,
                help="Whether class 1 is weighted by alpha and class 0 by 1 - alpha.",
            ),
            *_focal("Weight of class 1 while the classes are balanced."),
            _from_logits,
            _label_smoothing,
        ),
        tasks=("binary", "multiclass"),
        target="binary",
        output="probability",
        activations=("sigmoid",),
        formula="-mean((1 - p_t)^gamma log p_t), p_t = p for y = 1, else 1 - p",
        help="Binary cross-entropy that looks most at the samples that are still wrong; for rare "
        "classes.",
    ),
    LossKind(
        name="sparse_categorical_crossentropy",
        label="Sparse categorical cross-entropy",
        keras_class="SparseCategoricalCrossentropy",
        options=(_from_logits,),
        tasks=("multiclass", "binary"),
        target="class_number",
        output="probability",
        activations=("softmax",),
        formula="-log p[y]",
        help="The loss for exclusive classes given by their number; one softmax unit for each "
        "class.",
    ),
    LossKind(
        name="categorical_crossentropy",
        label="Categorical cross-entropy",
        keras_class="CategoricalCrossentropy",
        options=(_from_logits, _label_smoothing),
        tasks=("multiclass", "binary"),
        target="one_hot",
        output="probability",
        activations=("softmax",),
        formula="-sum(y log p)",
        help="The same as the sparse one with one-hot targets; precision, recall and F1 can be "
        "measured with it.",
    ),
    LossKind(
        name="categorical_focal_crossentropy",
        label="Categorical focal cross-entropy",
        keras_class="CategoricalFocalCrossentropy",
        options=(*_focal("Weight of the whole loss."), _from_logits, _label_smoothing),
        tasks=("multiclass", "binary"),
        target="one_hot",
        output="probability",
        activations=("softmax",),
        formula="-sum(alpha (1 - p)^gamma y log p)",
        help="Categorical cross-entropy that looks most at the samples that are still wrong; for "
        "rare classes.",
    ),
    LossKind(
        name="categorical_generalized_cross_entropy",
        label="Generalized cross-entropy",
        keras_class="CategoricalGeneralizedCrossEntropy",
        options=(
            FloatOption(
                name="q",
                label="q",
                default=0.5,
                minimum=0.0,
                maximum=1.0,
                exclusive_minimum=True,
                exclusive_maximum=True,
                step=0.1,
                help="Near 0 it is cross-entropy, near 1 the absolute error, which wrong labels "
                "disturb less.",
            ),
        ),
        tasks=("multiclass", "binary"),
        target="class_number",
        output="probability",
        activations=("softmax",),
        formula="(1 - p[y]^q) / q",
        help="For class numbers of which some are wrong: a mislabelled sample cannot pull without "
        "bound.",
    ),
    LossKind(
        name="hinge",
        label="Hinge",
        keras_class="Hinge",
        tasks=("binary",),
        target="plus_minus_one",
        output="sign",
        activations=("tanh", "linear"),
        formula="mean(max(0, 1 - y p)), y = -1 or +1",
        help="The loss of the support vector machine: no cost beyond a margin of 1 on the right "
        "side.",
    ),
    LossKind(
        name="squared_hinge",
        label="Squared hinge",
        keras_class="SquaredHinge",
        tasks=("binary",),
        target="plus_minus_one",
        output="sign",
        activations=("tanh", "linear"),
        formula="mean(max(0, 1 - y p)²), y = -1 or +1",
        help="Hinge that punishes large errors more.",
    ),
    LossKind(
        name="categorical_hinge",
        label="Categorical hinge",
        keras_class="CategoricalHinge",
        tasks=("multiclass", "binary"),
        target="one_hot",
        output="score",
        activations=("linear", "tanh", "softmax"),
        formula="max(0, 1 + max((1 - y) p) - sum(y p))",
        help="Hinge for several classes: the right one's score must lead by 1.",
    ),
    LossKind(
        name="kl_divergence",
        label="Kullback-Leibler divergence",
        keras_class="KLDivergence",
        tasks=("multiclass", "binary"),
        target="one_hot",
        output="probability",
        activations=("softmax",),
        formula="sum(y log(y / p))",
        help="How far the output's distribution is from the target's; with one-hot targets equal "
        "to cross-entropy.",
    ),
    LossKind(
        name="mean_squared_error",
        label="Mean squared error",
        keras_class="MeanSquaredError",
        tasks=("regression", "binary", "multiclass"),
        target="numbers",
        output="number",
        activations=("linear",),
        formula="mean((y - p)²)",
        help="The loss for regression. For classes cross-entropy learns faster: its gradient does "
        "not fade when the "
        "output is sure and wrong.",
    ),
    LossKind(
        name="mean_absolute_error",
        label="Mean absolute error",
        keras_class="MeanAbsoluteError",
        tasks=("regression", "binary", "multiclass"),
        target="numbers",
        output="number",
        activations=("linear",),
        formula="mean(|y - p|)",
        help="Regression that outliers disturb less; fits the median.",
    ),
    LossKind(
        name="huber",
        label="Huber",
        keras_class="Huber",
        options=(
            FloatOption(
                name="delta",
                label="Delta",
                default=1.0,
                minimum=0.0,
                exclusive_minimum=True,
                maximum=1e6,
                step=0.5,
                help="Errors smaller than delta count squared, larger ones by their size; in units "
                "of the target.",
            ),
        ),
        tasks=("regression", "binary", "multiclass"),
        target="numbers",
        output="number",
        activations=("linear",),
        formula="mean(e²/2 for |e| ≤ delta, else delta |e| - delta²/2)",
        help="Squared error for small errors, absolute error for large ones.",
    ),
    LossKind(
        name="log_cosh",
        label="Log-cosh",
        keras_class="LogCosh",
        tasks=("regression", "binary", "multiclass"),
        target="numbers",
        output="number",
        activations=("linear",),
        formula="mean(log(cosh(p - y)))",
        help="Nearly e²/2 for small errors and |e| - log 2 for large ones: a smooth Huber.",
    ),
    LossKind(
        name="mean_absolute_percentage_error",
        label="Mean absolute percentage error",
        keras_class="MeanAbsolutePercentageError",
        tasks=("regression",),
        target="numbers",
        output="number",
        activations=("linear", "softplus", "relu", "exponential"),
        formula="100 mean(|y - p| / |y|)",
        help="Errors in per cent of the target; only for targets far from 0.",
    ),
    LossKind(
        name="mean_squared_logarithmic_error",
        label="Mean squared logarithmic error",
        keras_class="MeanSquaredLogarithmicError",
        tasks=("regression",),
        target="numbers",
        output="number",
        activations=("softplus", "relu", "exponential", "linear"),
        formula="mean((log(y + 1) - log(p + 1))²)",
        help="For positive targets that span orders of magnitude; negative values count as 0.",
    ),
    LossKind(
        name="poisson",
        label="Poisson",
        keras_class="Poisson",
        tasks=("regression",),
        target="numbers",
        output="number",
        activations=("softplus", "exponential", "relu"),
        formula="mean(p - y log p)",
        help="For counts: targets 0, 1, 2, ... and an output that is positive.",
    ),
    LossKind(
        name="cosine_similarity",
        label="Cosine similarity",
        keras_class="CosineSimilarity",
        tasks=("regression", "multiclass"),
        target="numbers",
        output="score",
        activations=("linear", "softmax"),
        formula="-sum(y p) / (|y| |p|)",
        help="Only the direction of the output counts, from -1 (the same) to 1 (opposite); for "
        "several targets.",
    ),
)

LOSSES_BY_NAME = {kind.name: kind for kind in LOSSES}

LEFT_OUT = {
    "CTC": "compares sequences of labels; our targets are one value a sample",
    "Circle": "learns distances between embeddings, not classes",
    "Dice": "compares regions of pictures; our targets are one value a sample",
    "Tversky": "compares regions of pictures; our targets are one value a sample",
    "Loss": "base class",
}
"""Classes of `keras.losses` that are not in the table, and why."""


def loss_options(name: str, given: FrozenMap) -> FrozenMap:
    """All options of a loss, those not given with their defaults.

    Raises KeyError for an unknown loss.
    """
    return complete(LOSSES_BY_NAME[name].options, given)


def from_logits(given: FrozenMap) -> bool:
    """Whether the loss applies sigmoid or softmax itself."""
    return given.get("from_logits", False) is True


def units_needed(kind: LossKind, summary: DataSummary) -> int:
    """How many numbers the network must put out for this loss on these data."""
    target = kind.target_for(summary.task)
    if target == "numbers":
        return len(summary.target_names)
    return 1 if target in ("binary", "plus_minus_one") else len(summary.class_names)


def output_reading(kind: LossKind, task: Task, given: FrozenMap) -> Reading:
    """What the output of a network trained with this loss and options `given` says."""
    if task == "regression":
        return "number"
    if kind.output == "probability":
        if not from_logits(given):
            return "probability"
        # Binary cross-entropy of several classes: a yes-or-no question for each.
        return "logits" if kind.target == "binary" and task == "multiclass" else "logit"
    if kind.output == "number":
        return "probability"
    return kind.output


def decision_threshold(kind: LossKind, task: Task, given: FrozenMap) -> float:
    """A network with one output unit says class 1 when the output is above this."""
    return 0.5 if output_reading(kind, task, given) == "probability" else 0.0


def keras_arguments(name: str, given: FrozenMap) -> dict[str, OptionValue]:
    """The keyword arguments of the loss's Keras class. Raises KeyError for an unknown loss."""
    return dict(loss_options(name, given).items())
