"""What follows from an activation: its range, where it saturates, what many layers make of its
derivative; functions over a whole vector.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.activation_forms import ActivationForm

_FAR = 1e9


@dataclass(frozen=True)
class ActivationFacts:
    """What follows from f and f'.

    Attributes:
        low, high: infimum and supremum of f; infinite where there is none.
        steepest: supremum of |f'|.
        saturates: "left", "right", "both" or "no": where f' goes to 0 far away.
        centred: "yes" (f(-x) = -f(x)), "both signs" or "no".
        dies: whether f and f' are exactly 0 for all numbers far to the left.
    """

    low: float
    high: float
    steepest: float
    saturates: str
    centred: str
    dies: bool


def facts_of(form: ActivationForm, given: Mapping[str, object]) -> ActivationFacts:
    """The facts of `form` with these parameters, from its values far and near."""
    p = form.parameters(given)
    near = [form.value(k / 800, p) for k in range(-8000, 8001)]
    left, right = form.value(-_FAR, p), form.value(_FAR, p)
    low, high = _end(min(*near, left, right)), _end(max(*near, left, right))
    flat_left = abs(form.derivative(-_FAR, p)) < 1e-5
    flat_right = abs(form.derivative(_FAR, p)) < 1e-5
    saturates = {(True, True): "both", (True, False): "left", (False, True): "right"}.get(
        (flat_left, flat_right), "no"
    )
    odd = all(
        math.isclose(form.value(x, p), -form.value(-x, p), rel_tol=1e-9, abs_tol=1e-12)
        for x in (0.0, 0.3, 0.9, 2.7, 9.0)
    )
    centred = "yes" if odd else "both signs" if low < 0 < high else "no"
    dies = all(
        form.value(x, p) == 0.0 == form.derivative(x, p) for x in (-7.0, -12.0, -25.0, -1000.0)
    )
    return ActivationFacts(low, high, form.bound(p), saturates, centred, dies)


def _end(value: float) -> float:
    """The end of a range; a value that is reached only far away stands for infinity."""
    return math.copysign(math.inf, value) if abs(value) > 1e4 else round(value, 5) + 0.0


# ---------------------------------------------------------------- the product over layers


def log_product_bound(bound: float, layers: int) -> float:
    """The decimal logarithm of the most that a product of `layers` derivatives can be,
    bound ** layers; -inf for a bound of 0.
    """
    return layers * math.log10(bound) if bound > 0 else -math.inf


LECTURE_SENTENCE = (
    "The deeper the network, the smaller the gradients become in the early layers, and the harder "
    "they are to train: gradient descent makes very small updates."
)
"""Of the lecture: "Vanishing gradient problem"."""


def product_words(label: str, bound: float, layers: int) -> str:
    """The bound in words: "sigmoid: at most 0.25^10 = 9.5 × 10⁻⁷ through 10 layers"."""
    noun = "layer" if layers == 1 else "layers"
    if math.isinf(bound):
        return f"{label}: no bound, the derivative itself has none."
    if bound == 1.0:
        return f"{label}: at most 1{superscript(layers)} = 1 through {layers} {noun}."
    power = f"{plain_number(bound)}{superscript(layers)}"
    total = scientific(log_product_bound(bound, layers))
    return f"{label}: at most {power} {total} through {layers} {noun}."


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def superscript(number: int) -> str:
    """12 as ¹²."""
    return str(number).translate(_SUPERSCRIPTS)


def plain_number(value: float) -> str:
    """At most four figures: 0.25, 0.1667, 1.758."""
    return f"{value:.4g}"


def scientific(log10: float) -> str:
    """The number with this decimal logarithm, with its sign: "= 1" or "≈ 9.5 × 10⁻⁷"."""
    if math.isinf(log10):
        return "= 0" if log10 < 0 else "= ∞"
    if -3 <= log10 < 4:
        value = 10.0**log10
        text = f"{value:.3g}"
        exact = math.isclose(float(text), value, rel_tol=1e-12)
        return f"{'=' if exact else '≈'} {text}"
    exponent = math.floor(log10)
    mantissa = 10.0 ** (log10 - exponent)
    text = f"{mantissa:.1f}"
    if text == "10.0":
        text, exponent = "1.0", exponent + 1
    return f"≈ {text} × 10{superscript(exponent)}"


# ---------------------------------------------------------------- over a vector


def over_vector(name: str, scores: tuple[float, ...], temperature: float) -> tuple[float, ...]:
    """What a function over a vector makes of `scores`, divided by `temperature` first.

    Raises:
        ValueError: for a name that is none of softmax, log_softmax and sparsemax, no scores, or a
            temperature that is not positive.
    """
    if not scores or temperature <= 0:
        raise ValueError("expected at least one score and a positive temperature")
    scaled = [score / temperature for score in scores]
    top = max(scaled)
    shares = [math.exp(score - top) for score in scaled]
    total = math.fsum(shares)
    if name == "softmax":
        return tuple(share / total for share in shares)
    if name == "log_softmax":
        return tuple(score - top - math.log(total) for score in scaled)
    if name == "sparsemax":
        kept = sorted(scaled, reverse=True)
        size = max(k for k in range(1, len(kept) + 1) if 1 + k * kept[k - 1] > sum(kept[:k]))
        threshold = (sum(kept[:size]) - 1) / size
        return tuple(max(0.0, score - threshold) for score in scaled)
    raise ValueError(f"{name} does not work over a vector")
