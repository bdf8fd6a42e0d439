"""The tables of initializers, regularizers and constraints: what Keras does to weights.

A layer's option such as `kernel_initializer` names an entry. The arguments of the entry are options
behind it, `kernel_initializer_stddev`, that count while the entry is chosen; entries that share an
argument's name share the field.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.core.frozen import OptionValue
from app.core.options import (
    Choice,
    ChoiceOption,
    Condition,
    FloatOption,
    Option,
    ShapeOption,
)

MOST_AXES = 5
"""Axes of the largest weights in Keras, the kernels of three-dimensional convolutions."""


@dataclass(frozen=True, kw_only=True)
class AxesOption(ShapeOption):
    """Numbers of axes, each at most once, negative ones counted from the end; None is all."""

    length: int | None = None
    optional: bool = True
    none_label: str = "all axes"
    axes: int = MOST_AXES
    """How many axes there are."""

    def _check(self, value: OptionValue) -> str | None:
        error = super()._check(value)
        if error is None and isinstance(value, tuple):
            numbers = {int(axis) % self.axes for axis in value}
            if len(numbers) < len(value):
                return f"{self.label}: each axis once, received {self._format(value)}."
        return error

    def _format(self, value: OptionValue) -> str:
        return ", ".join(str(v) for v in value) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True)
class WeightRule:
    """One initializer, regularizer or constraint.

    Attributes:
        name: as stored. One without arguments is known to Keras by this text too.
        class_name: of the class in Keras.
        label: what lists show.
        help: one or two sentences with the formula.
        arguments: named as the constructor's keywords.
        axes: the fewest and the most axes of weights that it can be used on.
    """

    name: str
    class_name: str
    label: str
    help: str
    arguments: tuple[Option, ...] = ()
    axes: tuple[int, int] = (1, MOST_AXES)


@dataclass(frozen=True, kw_only=True)
class RuleOption(ChoiceOption):
    """The choice of a rule for some weights; its `companions` are the arguments of all rules.

    Attributes:
        rules: the table that `choices` were taken from.
    """

    rules: str = "initializers"

    def rule(self, value: OptionValue) -> WeightRule | None:
        """The rule of that name, or None."""
        return RULES[self.rules].get(value) if isinstance(value, str) else None


def _number(
    name: str,
    label: str,
    default: float,
    help: str,  # noqa: A002
    minimum: float = -1e6,
    maximum: float = 1e6,
    *,
    exclusive_minimum: bool = False,
    logarithmic: bool = False,
    not_above: str | None = None,
) -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=default,
        help=help,
        minimum=minimum,
        maximum=maximum,
        step=0.05,
        exclusive_minimum=exclusive_minimum,
        logarithmic=logarithmic,
        not_above=not_above,
    )


# ---------------------------------------------------------------- initializers

_MEAN = _number("mean", "Mean", 0.0, "The middle of the distribution.")
_DEVIATION = _number(
    "stddev",
    "Deviation",
    0.05,
    "The standard deviation: about two thirds of the values are nearer to the mean than this.",
    0.0,
)
_GAIN = _number("gain", "Gain", 1.0, "What the matrix is multiplied by.")

_INITIALIZERS = (
    WeightRule(
        "glorot_uniform",
        "GlorotUniform",
        "Glorot uniform",
        "Even between -a and a, a = sqrt(6 / (inputs + outputs)). Keras's usual choice; keeps the"
        " variance through linear and tanh layers (Glorot and Bengio 2010).",
    ),
    WeightRule(
        "glorot_normal",
        "GlorotNormal",
        "Glorot normal",
        "Truncated normal with the variance 2 / (inputs + outputs), that of Glorot uniform.",
    ),
    WeightRule(
        "he_uniform",
        "HeUniform",
        "He uniform",
        "Even between -a and a, a = sqrt(6 / inputs). Made for ReLU, which loses half of the"
        " variance (He and others 2015).",
    ),
    WeightRule(
        "he_normal",
        "HeNormal",
        "He normal",
        "Truncated normal with the variance 2 / inputs, that of He uniform.",
    ),
    WeightRule(
        "lecun_uniform",
        "LecunUniform",
        "LeCun uniform",
        "Even between -a and a, a = sqrt(3 / inputs): the variance is 1 / inputs.",
    ),
    WeightRule(
        "lecun_normal",
        "LecunNormal",
        "LeCun normal",
        "Truncated normal with the variance 1 / inputs. The one that SELU was made with.",
    ),
    WeightRule(
        "orthogonal",
        "Orthogonal",
        "Orthogonal",
        "An orthogonal matrix times the gain: rows or columns are at right angles, and lengths are"
        " kept. Usual for the recurrent weights (Saxe and others 2014).",
        (_GAIN,),
        axes=(2, MOST_AXES),
    ),
    WeightRule(
        "variance_scaling",
        "VarianceScaling",
        "Variance scaling",
        "Variance scale / n with n of your choice. Glorot, He and LeCun are cases of it.",
        (
            _number(
                "scale",
                "Scale",
                1.0,
                "The variance is scale / n. LeCun and Glorot have 1, He has 2.",
                0.0,
                exclusive_minimum=True,
            ),
            ChoiceOption(
                name="mode",
                label="Divided by",
                default="fan_in",
                help="The n in scale / n: how many numbers go into a unit, or come out.",
                choices=(
                    Choice("fan_in", "inputs", "How many numbers a unit gets: LeCun and He."),
                    Choice("fan_out", "outputs", "How many units a number goes to."),
                    Choice("fan_avg", "mean of both", "(inputs + outputs) / 2: Glorot."),
                ),
            ),
            ChoiceOption(
                name="distribution",
                label="Distribution",
                default="truncated_normal",
                help="The form of the distribution; the variance is the same.",
                choices=(
                    Choice(
                        "truncated_normal", "truncated normal", "Normal, cut off at 2 deviations."
                    ),
                    Choice("untruncated_normal", "normal", "Normal, with rare large values."),
                    Choice("uniform", "uniform", "Even between -a and a, a = sqrt(3 scale / n)."),
                ),
            ),
        ),
    ),
    WeightRule(
        "random_normal",
        "RandomNormal",
        "Normal",
        "Normal with mean and deviation of your choice, whatever the size of the layer.",
        (_MEAN, _DEVIATION),
    ),
    WeightRule(
        "random_uniform",
        "RandomUniform",
        "Uniform",
        "Even between two bounds of your choice, whatever the size of the layer.",
        (
            _number("minval", "From", -0.05, "The lower bound.", not_above="maxval"),
            _number("maxval", "To", 0.05, "The upper bound."),
        ),
    ),
    WeightRule(
        "truncated_normal",
        "TruncatedNormal",
        "Truncated normal",
        "Normal, but values further than two deviations from the mean are drawn again.",
        (_MEAN, _DEVIATION),
    ),
    WeightRule(
        "zeros",
        "Zeros",
        "Zeros",
        "All 0. Right for a bias; as weights it leaves the units of a layer alike for ever.",
    ),
    WeightRule(
        "ones",
        "Ones",
        "Ones",
        "All 1. Right for a scale; as weights it leaves the units of a layer alike for ever.",
    ),
    WeightRule(
        "constant",
        "Constant",
        "Constant",
        "All the same number. As weights it leaves the units of a layer alike for ever.",
        (_number("value", "Value", 0.0, "The number that all of them start with."),),
    ),
    WeightRule(
        "identity",
        "Identity",
        "Identity",
        "1 on the diagonal and 0 elsewhere: at first each unit passes one number on.",
        axes=(2, 2),
    ),
)

# ---------------------------------------------------------------- regularizers


def _factor(name: str, label: str, help: str) -> FloatOption:  # noqa: A002
    return _number(name, label, 0.01, help, 0.0, 1000.0, logarithmic=True)


_L1 = _factor("l1", "L1 factor", "How strong: the loss grows by factor × sum of |w|. 0 is none.")
_L2 = _factor("l2", "L2 factor", "How strong: the loss grows by factor × sum of w². 0 is none.")

_REGULARIZERS = (
    WeightRule(
        "l1",
        "L1",
        "L1",
        "Adds factor × sum of |w| to the loss; many become nearly 0.",
        (_L1,),
    ),
    WeightRule(
        "l2",
        "L2",
        "L2",
        "Adds factor × sum of w² to the loss; all stay small.",
        (_L2,),
    ),
    WeightRule(
        "l1_l2",
        "L1L2",
        "L1 and L2",
        "Adds L1 factor × sum of |w| + L2 factor × sum of w² to the loss.",
        (_L1, _L2),
    ),
    WeightRule(
        "orthogonal_regularizer",
        "OrthogonalRegularizer",
        "Orthogonal",
        "Adds factor × mean of |cosine| over all pairs of rows or columns to the loss, so that they"
        " turn to right angles.",
        (
            _factor("factor", "Factor", "How strong the term is: 0 is not at all."),
            ChoiceOption(
                name="mode",
                label="Pairs of",
                default="rows",
                help="What is to be at right angles.",
                choices=(
                    Choice("rows", "rows", "The weights of each input."),
                    Choice("columns", "columns", "The weights of each unit."),
                ),
            ),
        ),
        axes=(2, 2),
    ),
)

# ---------------------------------------------------------------- constraints

_AXIS = AxesOption(
    name="axis",
    label="Axes",
    default=(0,),
    minimum=-MOST_AXES,
    maximum=MOST_AXES - 1,
    help="The length is taken over these axes of the weights, for each place on the others. None:"
    " over all of them.",
)
_MOST = _number("max_value", "Maximum", 2.0, "The largest length that is left as it is.", 0.0)

_CONSTRAINTS = (
    WeightRule(
        "max_norm",
        "MaxNorm",
        "Max norm",
        "After each step, weights of a unit longer than the limit are scaled down to it; the length"
        " is sqrt(sum of w²). Often used with dropout.",
        (_MOST, _AXIS),
    ),
    WeightRule(
        "min_max_norm",
        "MinMaxNorm",
        "Min-max norm",
        "After each step, the weights of a unit are scaled to a length between two limits.",
        (
            _number(
                "min_value",
                "Minimum",
                0.0,
                "The smallest length that is left as it is.",
                0.0,
                not_above="max_value",
            ),
            _MOST,
            _number(
                "rate",
                "Rate",
                1.0,
                "How much of the way to the limit is gone in one step; 1: all of it.",
                0.0,
                1.0,
            ),
            _AXIS,
        ),
    ),
    WeightRule(
        "non_neg", "NonNeg", "Not negative", "After each step, negative weights are set to 0."
    ),
    WeightRule(
        "unit_norm",
        "UnitNorm",
        "Unit norm",
        "After each step, the weights of each unit are scaled to the length 1.",
        (_AXIS,),
    ),
)


def _by_name(rules: tuple[WeightRule, ...]) -> Mapping[str, WeightRule]:
    return {rule.name: rule for rule in rules}


INITIALIZERS = _by_name(_INITIALIZERS)
REGULARIZERS = _by_name(_REGULARIZERS)
CONSTRAINTS = _by_name(_CONSTRAINTS)
RULES: Mapping[str, Mapping[str, WeightRule]] = {
    "initializers": INITIALIZERS,
    "regularizers": REGULARIZERS,
    "constraints": CONSTRAINTS,
}
"""All tables, by the name of Keras's module; the usual entries first."""

LEFT_OUT: Mapping[str, str] = {
    "Initializer": "the class that all initializers are made from; it draws nothing",
    "Regularizer": "the class that all regularizers are made from; it adds nothing",
    "Constraint": "the class that all constraints are made from; it changes nothing",
    "STFT": "fits only the kernel of a Conv1D over exactly one channel, and only of the length of"
    " its window; the layer STFTSpectrogram sets it by itself",
}
"""Classes of Keras that have no entry, and why."""

ARGUMENTS_LEFT_OUT: Mapping[str, str] = {
    "Identity.gain": "Keras 3.15 does not write it into files, so it would be 1 after opening",
    "seed": "every draw follows from the seed of the run",
    "input_axes": "which axes count as inputs follows from the layer",
    "output_axes": "which axes count as outputs follows from the layer",
}
"""Arguments of Keras's classes that no entry has, and why; of one class alone: CLASS.ARGUMENT."""

_SIMPLE = ("zeros", "ones", "constant", "random_normal", "random_uniform", "truncated_normal")


def rule_option(
    rules: str,
    name: str,
    label: str,
    default: str | None,
    help: str,  # noqa: A002
    *,
    group: str,
    axes: int,
    unit_axes: tuple[int, ...] = (0,),
    applies_when: Condition | None = None,
) -> RuleOption:
    """The choice of a rule, with the arguments of all rules as its companions.

    Args:
        rules: name of the table.
        default: name of a rule, or None, which then is a value: no rule.
        axes: how many axes the weights have; only the rules that fit are offered.
        unit_axes: the axes over which the weights of one unit lie.
    """
    fitting = [r for r in RULES[rules].values() if r.axes[0] <= axes <= r.axes[1]]
    if axes == 1:  # a bias or a scale
        fitting.sort(key=lambda r: _SIMPLE.index(r.name) if r.name in _SIMPLE else len(_SIMPLE))
    used: dict[str, list[str]] = {}
    arguments: dict[str, Option] = {}
    for rule in sorted(fitting, key=lambda r: -len(r.arguments)):
        for argument in rule.arguments:
            used.setdefault(argument.name, []).append(rule.name)
            arguments[argument.name] = argument
    return RuleOption(
        name=name,
        label=label,
        default=default,
        optional=default is None,
        help=f"{help} Keras calls it {name}.",
        group=group,
        choices=tuple(Choice(r.name, r.label, r.help) for r in fitting),
        applies_when=applies_when,
        rules=rules,
        companions=tuple(
            replace(
                _on(argument, name, axes, unit_axes),
                name=f"{name}_{argument.name}",
                group=group,
                applies_when=(name, tuple(used[argument.name])),
                also_when=applies_when,
            )
            for argument in arguments.values()
        ),
    )


def _on(argument: Option, name: str, axes: int, unit_axes: tuple[int, ...]) -> Option:
    """The argument of a rule for the weights of the option `name`, which have so many axes."""
    if isinstance(argument, AxesOption):
        return replace(argument, default=unit_axes, axes=axes, minimum=-axes, maximum=axes - 1)
    if isinstance(argument, FloatOption) and argument.not_above:
        return replace(argument, not_above=f"{name}_{argument.not_above}")
    return argument
