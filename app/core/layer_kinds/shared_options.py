"""Options that many kinds of layer have."""

from app.core.activation_catalog import ACTIVATIONS
from app.core.options import (
    MORE,
    Choice,
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
)
from app.core.weight_rules import RuleOption, rule_option

LARGEST = 1_000_000_000
"""Bound of widths and sizes: beyond any memory; what is too large is priced, not refused here."""

_ACTIVATION_CHOICES = tuple(Choice(a.name, a.label, a.help) for a in ACTIVATIONS.values())

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


_CAUSAL = Choice(
    "causal",
    "causal",
    "Zeros are put before the input only: no place sees what comes after it. The output is as long "
    "as the input, divided by the strides.",
)


def padding_option(*, causal: bool = False) -> ChoiceOption:
    """`causal`: whether the window may look backwards alone."""
    return ChoiceOption(
        name="padding",
        label="Padding",
        default="valid",
        help=(
            "What happens at the border. valid: the window stays inside; same: zeros are put around"
            " the input."
        ),
        group="Shape",
        choices=(*_PADDINGS, _CAUSAL) if causal else _PADDINGS,
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
    name: str,
    label: str,
    default: str,
    *,
    plain: bool = False,
    only_with: str | None = None,
    axes: int = 2,
    group: str = "",
) -> RuleOption:
    """The choice of an initializer and its arguments.

    Args:
        plain: of a bias or a scale, weights with one axis; stands under More.
        only_with: a flag that must be set.
        axes: how many axes the weights have.
        group: Weights, if not plain.
    """
    return rule_option(
        "initializers",
        name,
        label,
        default,
        "How the first values are drawn.",
        group=group or (MORE if plain else "Weights"),
        axes=1 if plain else axes,
        applies_when=(only_with, (True,)) if only_with else None,
    )


def regularizer_options(
    name: str,
    label: str,
    group: str = "Weights",
    only_with: str | None = None,
    *,
    axes: int = 2,
) -> tuple[Option, ...]:
    """The choice of a regularizer and its arguments; `axes`: of the weights."""
    return (
        rule_option(
            "regularizers",
            name,
            label,
            None,
            "A term added to the loss that keeps values small, against overfitting.",
            group=group,
            axes=axes,
            applies_when=(only_with, (True,)) if only_with else None,
        ),
    )


def constraint_option(
    name: str,
    label: str,
    *,
    axes: int = 2,
    unit_axes: tuple[int, ...] | None = None,
    only_with: str | None = None,
) -> RuleOption:
    """The choice of a constraint and its arguments.

    Args:
        axes: how many axes the weights have.
        unit_axes: those over which the weights of one unit lie; all but the last, if not given.
    """
    if unit_axes is None:
        unit_axes = tuple(range(axes - 1)) or (0,)
    return rule_option(
        "constraints",
        name,
        label,
        None,
        "What the weights are forced to be after each step.",
        group=MORE,
        axes=axes,
        unit_axes=unit_axes,
        applies_when=(only_with, (True,)) if only_with else None,
    )


def weight_options(
    kernel: str = "kernel", *, axes: int = 2, unit_axes: tuple[int, ...] | None = None
) -> tuple[Option, ...]:
    """Bias, initializers, regularizers and constraints.

    Args:
        kernel: Keras's name of the weights.
        axes: how many axes the weights have.
        unit_axes: those over which the weights of one unit lie; all but the last, if not given.
    """
    return (
        use_bias_option(),
        initializer_option(f"{kernel}_initializer", "Initializer", "glorot_uniform", axes=axes),
        *regularizer_options(f"{kernel}_regularizer", "Regularizer", axes=axes),
        constraint_option(f"{kernel}_constraint", "Constraint", axes=axes, unit_axes=unit_axes),
        *bias_and_output_options(),
    )


def bias_and_output_options() -> tuple[Option, ...]:
    """What can be said of the bias, and a penalty on the output."""
    return (
        initializer_option(
            "bias_initializer", "Bias initializer", "zeros", plain=True, only_with="use_bias"
        ),
        *regularizer_options("bias_regularizer", "Bias regularizer", MORE, "use_bias", axes=1),
        constraint_option("bias_constraint", "Bias constraint", axes=1, only_with="use_bias"),
        *regularizer_options("activity_regularizer", "Output regularizer", MORE, axes=1),
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
