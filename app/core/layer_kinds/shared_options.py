"""Options that many kinds of layer have."""

from app.core.activation_catalog import ACTIVATIONS
from app.core.options import Choice, ChoiceOption, FlagOption, FloatOption, IntegerOption, Option

LARGEST = 1_000_000_000
"""Bound of widths and sizes: beyond any memory; what is too large is priced, not refused here."""

_ACTIVATION_CHOICES = tuple(Choice(a.name, a.label, a.help) for a in ACTIVATIONS.values())

_INITIALIZERS = (
    Choice(
        "glorot_uniform",
        "Glorot uniform",
        "Keras's default; keeps the variance through tanh and linear layers.",
    ),
    Choice(
        "glorot_normal", "Glorot normal", "The same variance, drawn from a normal distribution."
    ),
    Choice("he_uniform", "He uniform", "Twice the variance of LeCun's, made for ReLU."),
    Choice("he_normal", "He normal", "The same, drawn from a normal distribution."),
    Choice("lecun_uniform", "LeCun uniform", "Variance 1 over the number of inputs."),
    Choice(
        "lecun_normal", "LeCun normal", "The same, drawn from a normal distribution; made for SELU."
    ),
    Choice("orthogonal", "Orthogonal", "An orthogonal matrix, which keeps lengths."),
    Choice(
        "random_normal",
        "Normal, 0.05",
        "Normal with deviation 0.05, whatever the size of the layer.",
    ),
    Choice(
        "random_uniform",
        "Uniform, ±0.05",
        "Uniform from -0.05 to 0.05, whatever the size of the layer.",
    ),
    Choice(
        "truncated_normal",
        "Truncated normal",
        "Normal with deviation 0.05, cut off at two deviations.",
    ),
    Choice("zeros", "Zeros", "All weights 0: the units of a layer then stay alike for ever."),
    Choice("ones", "Ones", "All weights 1: the units of a layer then stay alike for ever."),
)
_PLAIN_INITIALIZERS = tuple(
    Choice(c.value, c.label)
    for name in ("zeros", "ones", "random_normal", "random_uniform", "truncated_normal")
    for c in _INITIALIZERS
    if c.value == name
)
_REGULARIZERS = (
    Choice("l1", "L1", "Adds factor times the sum of absolute values to the loss; many become 0."),
    Choice("l2", "L2", "Adds factor times the sum of squares to the loss; all stay small."),
    Choice("l1_l2", "L1 and L2", "Adds both, with the same factor."),
)
_CONSTRAINTS = (
    Choice("non_neg", "Not negative", "Negative weights are set to 0 after each step."),
    Choice(
        "unit_norm", "Length 1", "The weights of each unit are scaled to length 1 after each step."
    ),
    Choice(
        "max_norm",
        "Length at most 2",
        "The weights of each unit are scaled down to length 2 after each step.",
    ),
    Choice(
        "min_max_norm",
        "Length 0 to 1",
        "The weights of each unit are scaled down to length 1 after each step.",
    ),
)
_PADDINGS = (
    Choice("valid", "valid", "No border: the window stays inside, and the output is smaller."),
    Choice(
        "same",
        "same",
        "A border of zeros, so that with stride 1 the output is as large as the input.",
    ),
)


def activation_option(default: str = "relu", group: str = "Activation") -> ChoiceOption:
    return ChoiceOption(
        name="activation",
        label="Activation",
        default=default,
        help="The function put on every number that the layer computes.",
        group=group,
        choices=_ACTIVATION_CHOICES,
    )


def padding_option() -> ChoiceOption:
    return ChoiceOption(
        name="padding",
        label="Padding",
        default="valid",
        help=(
            "What happens at the border. valid: the window stays inside; same: zeros are put around"
            " the input."
        ),
        group="Shape",
        choices=_PADDINGS,
    )


def use_bias_option() -> FlagOption:
    return FlagOption(
        name="use_bias",
        label="Bias",
        default=True,
        help=(
            "Whether each unit adds a number of its own. Not needed in front of a batch"
            " normalization."
        ),
        group="Weights",
    )


def initializer_option(
    name: str, label: str, default: str, *, plain: bool = False, only_with: str | None = None
) -> ChoiceOption:
    """`plain`: only those that suit a bias or scale; `only_with`: a flag that must be set."""
    return ChoiceOption(
        name=name,
        label=label,
        default=default,
        help="From what distribution the first values are drawn.",
        group="Weights",
        choices=_PLAIN_INITIALIZERS if plain else _INITIALIZERS,
        applies_when=(only_with, (True,)) if only_with else None,
    )


def regularizer_options(
    name: str, label: str, factor_label: str, group: str = "Weights", only_with: str | None = None
) -> tuple[Option, Option]:
    """The choice `name` and the number `name`_factor that goes with it."""
    return (
        ChoiceOption(
            name=name,
            label=label,
            default=None,
            optional=True,
            help="A term added to the loss that keeps values small, against overfitting.",
            group=group,
            choices=_REGULARIZERS,
            applies_when=(only_with, (True,)) if only_with else None,
        ),
        FloatOption(
            name=f"{name}_factor",
            label=factor_label,
            default=0.01,
            help="How strong the term is: 0 is not at all. Usual are 0.0001 to 0.1.",
            group=group,
            minimum=0.0,
            maximum=1000.0,
            logarithmic=True,
            applies_when=(name, tuple(c.value for c in _REGULARIZERS)),
        ),
    )


def constraint_option(name: str, label: str) -> ChoiceOption:
    return ChoiceOption(
        name=name,
        label=label,
        default=None,
        optional=True,
        help="What the weights are forced to be after each step.",
        group="Regularization",
        choices=_CONSTRAINTS,
    )


def weight_options(kernel: str = "kernel") -> tuple[Option, ...]:
    """Bias, initializers, regularizers and constraint; `kernel` is Keras's name of the weights."""
    return (
        use_bias_option(),
        initializer_option(f"{kernel}_initializer", "Initializer", "glorot_uniform"),
        initializer_option(
            "bias_initializer", "Initial bias", "zeros", plain=True, only_with="use_bias"
        ),
        *regularizer_options(f"{kernel}_regularizer", "Regularizer", "Factor"),
        *bias_and_output_penalties(),
        constraint_option(f"{kernel}_constraint", "Constraint"),
    )


def bias_and_output_penalties() -> tuple[Option, ...]:
    group = "Regularization"
    return (
        *regularizer_options("bias_regularizer", "Of the bias", "Bias factor", group, "use_bias"),
        *regularizer_options("activity_regularizer", "Of the output", "Output factor", group),
    )


def rate_option(help: str, default: float = 0.5) -> FloatOption:  # noqa: A002
    return FloatOption(
        name="rate",
        label="Rate",
        default=default,
        help=help,
        minimum=0.0,
        maximum=1.0,
        exclusive_maximum=True,
        step=0.05,
    )


def count_option(
    name: str,
    label: str,
    default: int,
    help: str,  # noqa: A002
    group: str = "Shape",
    maximum: int = LARGEST,
) -> IntegerOption:
    """A whole number from 1 on."""
    return IntegerOption(
        name=name, label=label, default=default, help=help, group=group, minimum=1, maximum=maximum
    )
