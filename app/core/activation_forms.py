"""Activation functions with their parameters: what the activation lab draws and tells of each.

Every entry of the activation catalog is here; some with parameters that Keras takes
(`keras.activations` and `keras.layers`), and two that exist only as layers: PReLU, whose slope is
learned, and randomized leaky ReLU, whose slope is drawn.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core.activation_catalog import ACTIVATIONS, Activation
from app.core.frozen import FrozenMap
from app.core.options import FloatOption, complete

Parameters = Mapping[str, float]
Function = Callable[[float, Parameters], float]


@dataclass(frozen=True, kw_only=True)
class ActivationForm:
    """A family of functions f(x; parameters); with the defaults it is the one of the catalog.

    Attributes:
        name: of the catalog; "prelu" and "randomized_leaky_relu" stand for layers alone.
        options: the parameters; empty for most.
        value: f(x).
        derivative: f'(x); at a kink that of Keras's gradient.
        bound: the supremum of |f'|, infinity when there is none.
        layer: the kind of layer that takes these parameters, or None.
        layer_options: from the parameters to the options of that layer.
        in_words: the formula with the numbers of the parameters, when there are any.
        over_vector: whether f works on a whole vector; value and derivative are then those of the
            first entry of f(x, 0).
    """

    name: str
    label: str
    formula: str
    help: str
    good_for: str
    value: Function
    derivative: Function
    bound: Callable[[Parameters], float]
    options: tuple[FloatOption, ...] = ()
    layer: str | None = None
    layer_options: Callable[[Parameters], dict[str, float | None]] = dict
    in_words: Callable[[Parameters], str] | None = None
    over_vector: bool = False

    def written(self, given: Mapping[str, object]) -> str:
        """The formula with the parameters `given`."""
        if self.in_words is None:
            return self.formula
        return self.in_words(self.parameters(given)).replace("-", "−")

    @property
    def defaults(self) -> FrozenMap:
        return complete(self.options, FrozenMap())

    def parameters(self, given: Mapping[str, object]) -> dict[str, float]:
        """`given` where it passes the check, else the default, for every parameter; infinity for
        none.
        """
        chosen: dict[str, float] = {}
        for option in self.options:
            value = given.get(option.name, option.default)
            number = value if isinstance(value, (int, float)) else None
            if option.check(number) is not None:
                number = option.default if isinstance(option.default, float) else None
            chosen[option.name] = math.inf if number is None else float(number)
        return chosen

    @property
    def in_catalog(self) -> bool:
        """Whether it can be named as the activation of a layer."""
        return self.name in ACTIVATIONS


def _slope(name: str, label: str, default: float, help_text: str) -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=default,
        help=help_text,
        group="Parameters",
        minimum=0.0,
        maximum=2.0,
        step=0.01,
    )


def _positive(
    name: str, label: str, default: float, help_text: str, maximum: float = 10.0
) -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=default,
        help=help_text,
        group="Parameters",
        minimum=0.05,
        maximum=maximum,
        step=0.05,
    )


def _leaky(x: float, slope: float) -> float:
    return x if x > 0 else slope * x


def _relu(x: float, p: Parameters) -> float:
    if x >= p["max_value"]:
        return p["max_value"]
    return x if x > p["threshold"] else p["negative_slope"] * (x - p["threshold"])


def _relu_slope(x: float, p: Parameters) -> float:
    if x >= p["max_value"]:
        return 0.0
    return 1.0 if x > p["threshold"] else p["negative_slope"]


def _relu_words(p: Parameters) -> str:
    slope, threshold, ceiling = p["negative_slope"], p["threshold"], p["max_value"]
    if threshold == slope == 0:
        return "max(0, x)" if math.isinf(ceiling) else f"min(max(0, x), {ceiling:g})"
    low = f"{slope:g}(x - {threshold:g})" if threshold else f"{slope:g}x"
    words = f"x for x > {threshold:g}, else {low if slope else 0}"
    return words if math.isinf(ceiling) else f"{ceiling:g} for x ≥ {ceiling:g}, {words}"


def _number_behind(formula: str, symbol: str, name: str) -> Callable[[Parameters], str]:
    """The formula, and what its symbol stands for."""
    return lambda p: f"{formula}, {symbol} = {p[name]:.4g}"


def _logistic(x: float) -> float:
    return ACTIVATIONS["sigmoid"].value(x)


def _log_logistic(x: float) -> float:
    return ACTIVATIONS["log_sigmoid"].value(x)


def _logistic_slope(x: float) -> float:
    return ACTIVATIONS["sigmoid"].derivative(x)


def _exp(x: float) -> float:
    return math.exp(min(x, 0.0))


_temperature = _positive(
    "temperature",
    "Temperature",
    1.0,
    "The scores are divided by it first. Small: the largest takes all; large: all become equal.",
)

_GOOD_FOR = {
    "linear": "The output of a regression.",
    "relu": "Hidden layers of any network; the first one to try.",
    "leaky_relu": "Hidden layers where units of a ReLU die.",
    "relu6": "Hidden layers that are to run on small devices.",
    "sigmoid": "The output for two classes; gates of an LSTM. Not deep hidden layers.",
    "tanh": "Recurrent layers, and shallow networks on standardized inputs.",
    "softmax": "The output for several classes that exclude each other.",
    "elu": "Hidden layers, where outputs of mean 0 help.",
    "selu": "Deep networks of dense layers alone, with LeCun normal weights.",
    "celu": "As ELU, where a derivative without a jump is wanted.",
    "gelu": "Hidden layers of transformers.",
    "silu": "Hidden layers of deep convolutional networks.",
    "mish": "Hidden layers of deep convolutional networks.",
    "softplus": "An output that must be positive, a variance for example.",
    "softsign": "In place of tanh, where its flat ends hinder.",
    "exponential": "The output, when the logarithm of the target is learned.",
    "hard_sigmoid": "In place of sigmoid on small devices.",
    "hard_silu": "In place of SiLU on small devices.",
    "hard_tanh": "In place of tanh on small devices.",
    "log_sigmoid": "The logarithm of a probability of two classes.",
    "log_softmax": "The logarithm of probabilities of several classes.",
    "sparse_plus": "Hidden layers of which few units are to be active.",
    "sparse_sigmoid": "An output that may be exactly 0 or 1.",
    "sparsemax": "An output of probabilities of which most are to be exactly 0.",
    "squareplus": "In place of softplus, cheaper to compute.",
    "soft_shrink": "Taking small disturbances away; sparse codes.",
    "hard_shrink": "Taking small disturbances away and leaving the rest as it is.",
    "tanh_shrink": "Damping small numbers.",
    "threshold": "Cutting off what is small.",
    "glu": "Gates: one half of the numbers decides how much of the other half passes.",
}


def _form(entry: Activation) -> ActivationForm:
    """An entry of the catalog without parameters."""
    return ActivationForm(
        name=entry.name,
        label=entry.label,
        formula=typeset(entry.formula),
        help=entry.help,
        good_for=_GOOD_FOR.get(entry.name, "Special purposes."),
        value=lambda x, _: entry.value(x),
        derivative=lambda x, _: entry.derivative(x),
        bound=lambda _: entry.derivative_bound,
        over_vector=entry.over_vector,
    )


_TYPE = (
    ("exp(-x)", "e⁻ˣ"),
    ("exp(x)", "eˣ"),
    ("sqrt(x^2 + 4)", "√(x² + 4)"),
    ("x^2", "x²"),
    ("(x + 1)^2", "(x + 1)²"),
    ("1/2", "½"),
    (" - ", " − "),
    ("-", "−"),
    ("if x > 0 else", "for x > 0, else"),
    ("if |x| > 0.5 else", "for |x| > 0.5, else"),
)


def typeset(formula: str) -> str:
    """A plain formula with the signs of print: powers, roots, minus signs."""
    for plain, printed in _TYPE:
        formula = formula.replace(plain, printed)
    return formula


def _changed(name: str, **changes: object) -> ActivationForm:
    """The catalog's entry `name`, with parameters."""
    plain = _form(ACTIVATIONS[name])
    return ActivationForm(**{**vars(plain), **changes})


def _parametric() -> dict[str, ActivationForm]:
    return {
        "relu": _changed(
            "relu",
            formula="max(0, x)",
            in_words=_relu_words,
            options=(
                _slope("negative_slope", "Slope below", 0.0, "The slope below the threshold."),
                FloatOption(
                    name="threshold",
                    label="Threshold",
                    default=0.0,
                    minimum=0.0,
                    maximum=5.0,
                    step=0.1,
                    group="Parameters",
                    help="Numbers up to it count as negative.",
                ),
                FloatOption(
                    name="max_value",
                    label="Ceiling",
                    default=None,
                    optional=True,
                    none_label="no limit",
                    minimum=0.1,
                    maximum=1000.0,
                    step=0.5,
                    group="Parameters",
                    help="The largest number that comes out; none: there is no limit.",
                ),
            ),
            value=_relu,
            derivative=_relu_slope,
            bound=lambda p: max(1.0, p["negative_slope"]),
            layer="ReLU",
            layer_options=lambda p: {
                **p,
                "max_value": None if math.isinf(p["max_value"]) else p["max_value"],
            },
        ),
        "leaky_relu": _changed(
            "leaky_relu",
            formula="x for x > 0, else αx, α = slope",
            in_words=_number_behind("x for x > 0, else αx", "α", "negative_slope"),
            help="Like ReLU, with a small slope for negative numbers instead of 0. Units cannot "
            "die as long as it is not 0.",
            options=(
                _slope(
                    "negative_slope", "Slope below 0", 0.2, "α; the lecture says 0.01 or similar."
                ),
            ),
            value=lambda x, p: _leaky(x, p["negative_slope"]),
            derivative=lambda x, p: 1.0 if x > 0 else p["negative_slope"],
            bound=lambda p: max(1.0, p["negative_slope"]),
            layer="LeakyReLU",
        ),
        "elu": _changed(
            "elu",
            formula="x for x > 0, else α(eˣ − 1)",
            in_words=_number_behind("x for x > 0, else α(eˣ − 1)", "α", "alpha"),
            options=(_positive("alpha", "Alpha", 1.0, "How far down negative numbers can go."),),
            value=lambda x, p: x if x > 0 else p["alpha"] * math.expm1(x),
            derivative=lambda x, p: 1.0 if x > 0 else p["alpha"] * math.exp(x),
            bound=lambda p: max(1.0, p["alpha"]),
            layer="ELU",
        ),
        "celu": _changed(
            "celu",
            formula="max(0, x) + min(0, α(eˣᐟᵅ − 1))",
            in_words=_number_behind("max(0, x) + min(0, α(eˣᐟᵅ − 1))", "α", "alpha"),
            help="A form of ELU whose derivative has no jump, whatever α is. With α = 1 the two "
            "are the same.",
            options=(_positive("alpha", "Alpha", 1.0, "How far down negative numbers can go."),),
            value=lambda x, p: max(0.0, x) + p["alpha"] * math.expm1(min(x, 0.0) / p["alpha"]),
            derivative=lambda x, p: 1.0 if x > 0 else math.exp(x / p["alpha"]),
            bound=lambda _: 1.0,
        ),
        "softmax": _changed(
            "softmax",
            formula="exp(xᵢ / T) / Σⱼ exp(xⱼ / T)",
            in_words=_number_behind("exp(xᵢ / T) / Σⱼ exp(xⱼ / T)", "T", "temperature"),
            options=(_temperature,),
            value=lambda x, p: _logistic(x / p["temperature"]),
            derivative=lambda x, p: _logistic_slope(x / p["temperature"]) / p["temperature"],
            bound=lambda p: 0.25 / p["temperature"],
        ),
        "log_softmax": _changed(
            "log_softmax",
            formula="xᵢ / T − ln Σⱼ exp(xⱼ / T)",
            in_words=_number_behind("xᵢ / T − ln Σⱼ exp(xⱼ / T)", "T", "temperature"),
            options=(_temperature,),
            value=lambda x, p: _log_logistic(x / p["temperature"]),
            derivative=lambda x, p: _logistic(-x / p["temperature"]) / p["temperature"],
            bound=lambda p: 1.0 / p["temperature"],
        ),
        "squareplus": _changed(
            "squareplus",
            formula="(x + √(x² + b)) / 2",
            in_words=_number_behind("(x + √(x² + b)) / 2", "b", "b"),
            options=(_positive("b", "b", 4.0, "How round the corner is.", 20.0),),
            value=lambda x, p: 0.5 * (x + math.sqrt(x * x + p["b"])),
            derivative=lambda x, p: 0.5 * (1.0 + x / math.sqrt(x * x + p["b"])),
            bound=lambda _: 1.0,
        ),
        "soft_shrink": _changed(
            "soft_shrink",
            formula="x moved by λ towards 0, else 0",
            in_words=_number_behind("x moved by λ towards 0, else 0", "λ", "threshold"),
            help="Moves every number by λ towards 0, and those within −λ to λ become 0. It "
            "removes small disturbances.",
            options=(_positive("threshold", "Threshold λ", 0.5, "Within it numbers become 0."),),
            value=lambda x, p: math.copysign(max(abs(x) - p["threshold"], 0.0), x),
            derivative=lambda x, p: 1.0 if abs(x) > p["threshold"] else 0.0,
            bound=lambda _: 1.0,
        ),
        "hard_shrink": _changed(
            "hard_shrink",
            formula="x for |x| > λ, else 0",
            in_words=_number_behind("x for |x| > λ, else 0", "λ", "threshold"),
            help="Numbers within −λ to λ become 0, the others stay. It jumps at both ends.",
            options=(_positive("threshold", "Threshold λ", 0.5, "Within it numbers become 0."),),
            value=lambda x, p: x if abs(x) > p["threshold"] else 0.0,
            derivative=lambda x, p: 1.0 if abs(x) > p["threshold"] else 0.0,
            bound=lambda _: 1.0,
        ),
    }


RANDOMIZED = "randomized_leaky_relu"
LEARNED = "prelu"

_LAYERS_ALONE = (
    ActivationForm(
        name=LEARNED,
        label="PReLU",
        formula="x for x > 0, else αx, α is learned",
        in_words=lambda p: f"x for x > 0, else αx, α is learned, here {p['alpha']:.4g}",
        help="Leaky ReLU whose slope for negative numbers is a weight, learned like the others. "
        "Here you choose what it might have learned.",
        good_for="Hidden layers with data enough to learn the slopes, too.",
        options=(
            _slope(
                "alpha", "Learned slope", 0.25, "What training might arrive at; it begins at 0."
            ),
        ),
        value=lambda x, p: _leaky(x, p["alpha"]),
        derivative=lambda x, p: 1.0 if x > 0 else p["alpha"],
        bound=lambda p: max(1.0, p["alpha"]),
        layer="PReLU",
        layer_options=lambda _: {},
    ),
    ActivationForm(
        name=RANDOMIZED,
        label="Randomized leaky ReLU",
        formula="x for x > 0, else αx, α drawn in training",
        in_words=lambda p: (
            f"x for x > 0, else αx, α drawn from {min(p.values()):.3g} to {max(p.values()):.3g}"
            f" in training, {mean_slope(p):.3g} in use"
        ),
        help="Leaky ReLU whose slope for negative numbers is drawn anew for every number in each "
        "training step; in use it is the mean of the two bounds, which is drawn here.",
        good_for="Hidden layers that overfit: the drawn slopes act like noise.",
        options=(
            _slope("lower", "Least slope", 0.125, "The smallest slope that is drawn."),
            _slope("upper", "Largest slope", 1 / 3, "The largest slope that is drawn."),
        ),
        value=lambda x, p: _leaky(x, mean_slope(p)),
        derivative=lambda x, p: 1.0 if x > 0 else mean_slope(p),
        bound=lambda p: max(1.0, *p.values()),
        layer="RandomizedLeakyReLU",
        layer_options=lambda p: {"lower": min(p.values()), "upper": max(p.values())},
    ),
)


def mean_slope(parameters: Parameters) -> float:
    """The slope of randomized leaky ReLU in use: (lower + upper) / 2."""
    return (parameters["lower"] + parameters["upper"]) / 2.0


def _all_forms() -> dict[str, ActivationForm]:
    special = _parametric()
    forms = {name: special.get(name) or _form(entry) for name, entry in ACTIVATIONS.items()}
    for form in _LAYERS_ALONE:
        forms[form.name] = form
    order = ["relu", "leaky_relu", LEARNED, RANDOMIZED]
    first = {name: forms[name] for name in ("sigmoid", "tanh", *order) if name in forms}
    return {**first, **{name: form for name, form in forms.items() if name not in first}}


FORMS: Mapping[str, ActivationForm] = _all_forms()
"""All forms by name, those of the lecture first."""
