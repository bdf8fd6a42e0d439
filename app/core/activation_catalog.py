"""The table of activation functions: formula, value, derivative and what to expect of each.

All are those of `keras.activations` (3.15) that keep the shape and can be named by a text. Left
out: `glu` (halves the last axis), `threshold` (has no defaults, so Keras can't build it from its
name), `sparsemax` (wrong in Keras 3.15 with TensorFlow: what comes out does not add up to 1), and
the second names `swish` (silu) and `hard_swish` (hard_silu).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805


@dataclass(frozen=True)
class Activation:
    """One activation function f.

    Those with `over_vector` work on all numbers of the last axis at once. Their `value` is the
    first entry of f(x, 0), a vector of two entries, and their `derivative` that entry's derivative
    by x.

    Attributes:
        name: as Keras calls it.
        label: what lists and cards show.
        formula: short plain text.
        value: f(x).
        derivative: f'(x); at a kink that of Keras's gradient.
        derivative_bound: the supremum of |f'| over all x (for `over_vector`: of an entry's
            derivative by its own input, over all vectors); the product over L layers is at most
            this to the power L. Infinity when there is none.
        can_die: whether f and f' are both exactly 0 on a half-line without end, so that a unit may
            stop learning.
        help: two sentences.
        over_vector: whether f depends on the whole vector; it is drawn as bars.
    """

    name: str
    label: str
    formula: str
    value: Callable[[float], float]
    derivative: Callable[[float], float]
    derivative_bound: float
    can_die: bool
    help: str
    over_vector: bool = False


def _exp(x: float) -> float:
    """e^x, infinity where a float can't hold it."""
    return math.exp(x) if x < 709.0 else math.inf


def _sigmoid(x: float) -> float:
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))


def _sigmoid_slope(x: float) -> float:
    return _sigmoid(x) * _sigmoid(-x)


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _tanh_slope(x: float) -> float:
    # 1 - tanh(x)^2 loses all digits where tanh is nearly 1.
    return 4.0 * _sigmoid(2.0 * x) * _sigmoid(-2.0 * x)


def _normal_density(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def _normal_distribution(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _mish_slope(x: float) -> float:
    inner = _softplus(x)
    return math.tanh(inner) + x * _tanh_slope(inner) * _sigmoid(x)


def _step(condition: bool) -> float:
    return 1.0 if condition else 0.0


def _sparse_plus(x: float) -> float:
    if x <= -1.0:
        return 0.0
    return x if x >= 1.0 else 0.25 * (x + 1.0) ** 2


def _clip(x: float, low: float, high: float) -> float:
    return min(max(x, low), high)


_TABLE = (
    Activation(
        "linear",
        "linear",
        "x",
        lambda x: x,
        lambda x: 1.0,
        1.0,
        False,
        "Passes every number on as it is. Layers with nothing but this between them are no more"
        " than one layer; it belongs at the output of a regression.",
    ),
    Activation(
        "relu",
        "ReLU",
        "max(0, x)",
        lambda x: max(0.0, x),
        lambda x: _step(x > 0),
        1.0,
        True,
        "The usual choice for hidden layers: the derivative is 1 for positive numbers and does not"
        " fade with depth. For negative numbers it is 0, so a unit that is never positive stops"
        " learning.",
    ),
    Activation(
        "leaky_relu",
        "leaky ReLU",
        "x if x > 0 else 0.2 x",
        lambda x: x if x > 0 else 0.2 * x,
        lambda x: 1.0 if x > 0 else 0.2,
        1.0,
        False,
        "Like ReLU, with a slope of 0.2 for negative numbers instead of 0. Units cannot die.",
    ),
    Activation(
        "relu6",
        "ReLU6",
        "min(max(0, x), 6)",
        lambda x: _clip(x, 0.0, 6.0),
        lambda x: _step(0 < x < 6),
        1.0,
        True,
        "ReLU that stops growing at 6. Made for small devices that compute with few bits.",
    ),
    Activation(
        "sigmoid",
        "sigmoid",
        "1 / (1 + exp(-x))",
        _sigmoid,
        _sigmoid_slope,
        0.25,
        False,
        "Squeezes every number into 0 to 1, a probability at the output for two classes. In hidden"
        " layers its derivative of at most 0.25 makes the gradient vanish with depth.",
    ),
    Activation(
        "tanh",
        "tanh",
        "(exp(x) - exp(-x)) / (exp(x) + exp(-x))",
        math.tanh,
        _tanh_slope,
        1.0,
        False,
        "Squeezes every number into -1 to 1, symmetric about 0. Far from 0 its derivative is nearly"
        " 0, so deep networks learn slowly with it.",
    ),
    Activation(
        "softmax",
        "softmax",
        "exp(x) / sum of exp(all x)",
        _sigmoid,
        _sigmoid_slope,
        0.25,
        False,
        "Turns the numbers of a layer into probabilities that add up to 1. It belongs at the output"
        " for several classes that exclude each other.",
        over_vector=True,
    ),
    Activation(
        "elu",
        "ELU",
        "x if x > 0 else exp(x) - 1",
        lambda x: x if x > 0 else math.expm1(x),
        lambda x: 1.0 if x > 0 else math.exp(x),
        1.0,
        False,
        "Like ReLU for positive numbers and a smooth bend down to -1 for negative ones. The mean of"
        " its output is nearer to 0, which can speed learning up.",
    ),
    Activation(
        "selu",
        "SELU",
        "1.0507 (x if x > 0 else 1.6733 (exp(x) - 1))",
        lambda x: _SELU_SCALE * (x if x > 0 else _SELU_ALPHA * math.expm1(x)),
        lambda x: _SELU_SCALE * (1.0 if x >= 0 else _SELU_ALPHA * math.exp(x)),
        _SELU_SCALE * _SELU_ALPHA,
        False,
        "ELU, scaled so that mean 0 and variance 1 keep themselves through many dense layers. Use"
        " it with the initializer LeCun normal and, for dropout, AlphaDropout.",
    ),
    Activation(
        "celu",
        "CELU",
        "max(0, x) + min(0, exp(x) - 1)",
        lambda x: max(0.0, x) + min(0.0, math.expm1(min(x, 0.0))),
        lambda x: 1.0 if x > 0 else math.exp(x),
        1.0,
        False,
        "A form of ELU whose derivative is continuous whatever its parameter. With the parameter 1"
        " used here it is the same as ELU.",
    ),
    Activation(
        "gelu",
        "GELU",
        "x times the normal distribution at x",
        lambda x: x * _normal_distribution(x),
        lambda x: _normal_distribution(x) + x * _normal_density(x),
        # The largest slope is at sqrt(2), where the second derivative (2 - x^2) phi(x) is 0.
        _normal_distribution(math.sqrt(2.0)) + math.sqrt(2.0) * _normal_density(math.sqrt(2.0)),
        False,
        "A smooth relative of ReLU that lets small negative numbers through a little. Usual in"
        " transformers.",
    ),
    Activation(
        "silu",
        "SiLU (swish)",
        "x / (1 + exp(-x))",
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) * (1.0 + x * _sigmoid(-x)),
        1.0998393201288669,
        False,
        "The number times its own sigmoid, a smooth relative of ReLU. It dips slightly below 0 and"
        " its units do not die.",
    ),
    Activation(
        "mish",
        "Mish",
        "x tanh(ln(1 + exp(x)))",
        lambda x: x * math.tanh(_softplus(x)),
        _mish_slope,
        1.0884981612517277,
        False,
        "A smooth relative of ReLU, much like SiLU. It costs a little more to compute.",
    ),
    Activation(
        "softplus",
        "softplus",
        "ln(1 + exp(x))",
        _softplus,
        _sigmoid,
        1.0,
        False,
        "ReLU with a rounded corner; always positive. Good at an output that must be positive, such"
        " as a variance.",
    ),
    Activation(
        "softsign",
        "softsign",
        "x / (1 + |x|)",
        lambda x: x / (1.0 + abs(x)),
        lambda x: 1.0 / (1.0 + abs(x)) ** 2,
        1.0,
        False,
        "Much like tanh, with ends that it approaches more slowly. Its derivative fades less"
        " quickly.",
    ),
    Activation(
        "exponential",
        "exponential",
        "exp(x)",
        _exp,
        _exp,
        math.inf,
        False,
        "Grows without measure, and so does its derivative. Only for an output whose logarithm is"
        " to be learned.",
    ),
    Activation(
        "hard_sigmoid",
        "hard sigmoid",
        "min(max(0, x / 6 + 1/2), 1)",
        lambda x: _clip(x / 6.0 + 0.5, 0.0, 1.0),
        lambda x: 1.0 / 6.0 if -3 < x < 3 else 0.0,
        1.0 / 6.0,
        True,
        "Sigmoid made of three straight lines, quick to compute. Beyond -3 and 3 its derivative"
        " is 0.",
    ),
    Activation(
        "hard_silu",
        "hard SiLU",
        "x min(max(0, x / 6 + 1/2), 1)",
        lambda x: x * _clip(x / 6.0 + 0.5, 0.0, 1.0),
        lambda x: 1.0 if x >= 3 else (0.0 if x <= -3 else x / 3.0 + 0.5),
        1.5,
        True,
        "SiLU with the hard sigmoid in place of the sigmoid. Made for small devices.",
    ),
    Activation(
        "hard_tanh",
        "hard tanh",
        "min(max(-1, x), 1)",
        lambda x: _clip(x, -1.0, 1.0),
        lambda x: _step(-1 <= x <= 1),
        1.0,
        False,
        "Tanh made of three straight lines. Beyond -1 and 1 its derivative is 0.",
    ),
    Activation(
        "log_sigmoid",
        "log sigmoid",
        "-ln(1 + exp(-x))",
        lambda x: -_softplus(-x),
        lambda x: _sigmoid(-x),
        1.0,
        False,
        "The logarithm of the sigmoid, computed without losing digits. Always negative.",
    ),
    Activation(
        "log_softmax",
        "log softmax",
        "x - ln(sum of exp(all x))",
        lambda x: -_softplus(-x),
        lambda x: _sigmoid(-x),
        1.0,
        False,
        "The logarithm of softmax, computed without losing digits. A cross-entropy that expects"
        " probabilities must not be given it.",
        over_vector=True,
    ),
    Activation(
        "sparse_plus",
        "sparse plus",
        "0 below -1, (x + 1)^2 / 4, x above 1",
        _sparse_plus,
        lambda x: _clip((x + 1.0) / 2.0, 0.0, 1.0),
        1.0,
        True,
        "A smooth ReLU that is exactly 0 below -1. Units may die there.",
    ),
    Activation(
        "sparse_sigmoid",
        "sparse sigmoid",
        "min(max(0, (x + 1) / 2), 1)",
        lambda x: _clip((x + 1.0) / 2.0, 0.0, 1.0),
        lambda x: 0.5 if -1 < x < 1 else 0.0,
        0.5,
        True,
        "Sigmoid made of three straight lines between -1 and 1. Beyond them it is exactly 0 or 1"
        " and its derivative is 0.",
    ),
    Activation(
        "squareplus",
        "squareplus",
        "(x + sqrt(x^2 + 4)) / 2",
        lambda x: 0.5 * (x + math.sqrt(x * x + 4.0)),
        lambda x: 0.5 * (1.0 + x / math.sqrt(x * x + 4.0)),
        1.0,
        False,
        "ReLU with a rounded corner, made without an exponential. Always positive.",
    ),
    Activation(
        "soft_shrink",
        "soft shrink",
        "x moved by 0.5 towards 0, else 0",
        lambda x: math.copysign(max(abs(x) - 0.5, 0.0), x),
        lambda x: _step(abs(x) > 0.5),
        1.0,
        False,
        "Moves every number by 0.5 towards 0, and those within -0.5 to 0.5 become 0. It removes"
        " small disturbances.",
    ),
    Activation(
        "hard_shrink",
        "hard shrink",
        "x if |x| > 0.5 else 0",
        lambda x: x if abs(x) > 0.5 else 0.0,
        lambda x: _step(abs(x) > 0.5),
        1.0,
        False,
        "Numbers within -0.5 to 0.5 become 0, the others stay. It jumps at both ends.",
    ),
    Activation(
        "tanh_shrink",
        "tanh shrink",
        "x - tanh(x)",
        lambda x: x - math.tanh(x),
        lambda x: math.tanh(x) ** 2,
        1.0,
        False,
        "What tanh takes away. Nearly 0 around 0, where its derivative is 0 as well.",
    ),
)

ACTIVATIONS: Mapping[str, Activation] = {entry.name: entry for entry in _TABLE}
"""All activations by name, the usual ones first."""


def activation(name: str) -> Activation | None:
    """The activation called `name` in Keras, or None."""
    return ACTIVATIONS.get(name)


def activation_label(value: object) -> str:
    """What cards and lists show for the value of an activation option."""
    entry = ACTIVATIONS.get(value) if isinstance(value, str) else None
    return entry.label if entry else str(value)


def sample_curve(
    name: str, low: float = -5.0, high: float = 5.0, count: int = 101
) -> tuple[tuple[float, float, float], ...]:
    """`count` points (x, f(x), f'(x)), evenly spaced from `low` to `high`, both included.

    Raises:
        KeyError: when there is no activation called `name`.
        ValueError: when `count` is below 2 or `low` is not below `high`.
    """
    if count < 2 or not low < high:
        raise ValueError(
            f"expected at least 2 points and low < high, received {count}, {low}, {high}"
        )
    entry = ACTIVATIONS[name]
    points = (low + (high - low) * index / (count - 1) for index in range(count))
    return tuple((x, entry.value(x), entry.derivative(x)) for x in points)
