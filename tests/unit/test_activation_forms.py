"""Activations with parameters against numerical differentiation, and the facts told of them."""

import math
import re

import pytest

from app.core.activation_catalog import ACTIVATIONS
from app.core.activation_facts import (
    facts_of,
    log_product_bound,
    over_vector,
    product_words,
    scientific,
    superscript,
)
from app.core.activation_forms import FORMS, RANDOMIZED, ActivationForm, mean_slope

PLACES = [k / 8 + 0.03 for k in range(-64, 65)]


def given_of(form: ActivationForm) -> list[dict[str, float]]:
    """The usual parameters, and others."""
    other = {
        "negative_slope": 0.37,
        "threshold": 1.31,
        "max_value": 4.77,
        "alpha": 1.9,
        "temperature": 0.45,
        "b": 7.0,
        "lower": 0.9,
        "upper": 1.7,
    }
    return [{}, {option.name: other[option.name] for option in form.options}]


CASES = [(name, given) for name, form in FORMS.items() for given in given_of(form)]


@pytest.mark.parametrize(("name", "given"), CASES)
def test_derivative_and_bound_are_those_of_the_function(name: str, given: dict[str, float]) -> None:
    form = FORMS[name]
    p = form.parameters(given)
    step = 1e-5
    steepest = 0.0
    for x in PLACES:
        slope = (form.value(x + step, p) - form.value(x - step, p)) / (2 * step)
        assert form.derivative(x, p) == pytest.approx(slope, rel=1e-4, abs=1e-7), x
    for x in (*(k / 1000 for k in range(-6000, 6001)), *map(float, range(-100, 101))):
        steepest = max(steepest, abs(form.derivative(x, p)))
    bound = form.bound(p)
    assert steepest <= bound * (1 + 1e-9)
    if name == RANDOMIZED:  # in training a slope up to the upper one may be drawn
        steepest = max(steepest, p["upper"])
    assert math.isinf(bound) or steepest >= 0.998 * bound


def test_every_activation_of_the_catalog_is_here_with_its_own_values() -> None:
    assert set(ACTIVATIONS) <= set(FORMS)
    for name, entry in ACTIVATIONS.items():
        form = FORMS[name]
        usual = form.parameters({})
        for x in (-7.3, -1.1, -0.2, 0.0, 0.4, 2.2, 5.9):
            assert form.value(x, usual) == pytest.approx(entry.value(x), abs=1e-15)
            assert form.derivative(x, usual) == pytest.approx(entry.derivative(x), abs=1e-15)
        assert form.bound(usual) == pytest.approx(entry.derivative_bound)
        assert form.over_vector is entry.over_vector
        assert form.good_for.endswith(".")
        assert "exp(-" not in form.formula
        assert facts_of(form, {}).dies is entry.can_die


RANGES = {
    "sigmoid": (0, 1, "both", "no"),
    "tanh": (-1, 1, "both", "yes"),
    "relu": (0, math.inf, "left", "no"),
    "relu6": (0, 6, "both", "no"),
    "leaky_relu": (-math.inf, math.inf, "no", "both signs"),
    "elu": (-1, math.inf, "left", "both signs"),
    "selu": (-1.0507009873554805 * 1.6732632423543772, math.inf, "left", "both signs"),
    "gelu": (-0.16997, math.inf, "left", "both signs"),
    "silu": (-0.27846, math.inf, "left", "both signs"),
    "softsign": (-1, 1, "both", "yes"),
    "softplus": (0, math.inf, "left", "no"),
    "squareplus": (0, math.inf, "left", "no"),
    "exponential": (0, math.inf, "left", "no"),
    "log_sigmoid": (-math.inf, 0, "right", "no"),
    "linear": (-math.inf, math.inf, "no", "yes"),
    "hard_silu": (-0.375, math.inf, "left", "both signs"),
    "tanh_shrink": (-math.inf, math.inf, "no", "yes"),
}
"""Known from the literature or by hand: infimum, supremum, saturates, centred."""


@pytest.mark.parametrize("name", RANGES)
def test_facts_are_those_of_the_literature(name: str) -> None:
    facts = facts_of(FORMS[name], {})
    low, high, saturates, centred = RANGES[name]
    assert facts.low == pytest.approx(low, abs=2e-5)
    assert facts.high == pytest.approx(high, abs=2e-5)
    assert (facts.saturates, facts.centred) == (saturates, centred)


def test_facts_follow_the_parameters() -> None:
    assert facts_of(FORMS["elu"], {"alpha": 2.5}).low == -2.5
    assert facts_of(FORMS["leaky_relu"], {"negative_slope": 0.0}).dies
    assert not facts_of(FORMS["relu"], {"negative_slope": 0.1}).dies
    assert facts_of(FORMS["relu"], {"max_value": 3.0}).high == 3.0
    assert facts_of(FORMS["softmax"], {"temperature": 0.5}).steepest == 0.5


def test_what_no_parameter_may_be_counts_as_the_usual_value() -> None:
    form = FORMS["elu"]
    for wrong in ("2", None, True, math.nan, -3.0):
        assert form.parameters({"alpha": wrong, "other": 1.0}) == {"alpha": 1.0}
    assert FORMS["relu"].parameters({})["max_value"] == math.inf
    assert mean_slope(FORMS[RANDOMIZED].parameters({})) == pytest.approx((1 / 8 + 1 / 3) / 2)


def test_the_product_of_bounds_in_words() -> None:
    assert log_product_bound(0.25, 10) == pytest.approx(math.log10(9.5367431640625e-07))
    assert log_product_bound(0.25, 1000) == pytest.approx(-602.06, abs=0.01)
    assert product_words("Sigmoid", 0.25, 10) == (
        "Sigmoid: at most 0.25¹⁰ ≈ 9.5 × 10⁻⁷ through 10 layers."
    )
    assert product_words("Sigmoid", 0.25, 1).endswith("0.25¹ = 0.25 through 1 layer.")
    assert product_words("ReLU", 1.0, 50) == "ReLU: at most 1⁵⁰ = 1 through 50 layers."
    assert "no bound" in product_words("Exponential", math.inf, 3)
    assert superscript(-13) == "⁻¹³"
    assert scientific(math.log10(9.96e-7)) == "≈ 1.0 × 10⁻⁶"
    assert scientific(-math.inf) == "= 0"


def test_functions_over_a_vector() -> None:
    scores = (2.0, 1.0, 0.5, -1.0)
    shares = over_vector("softmax", scores, 1.0)
    assert sum(shares) == pytest.approx(1.0)
    for a in range(4):
        for b in range(4):
            assert shares[a] / shares[b] == pytest.approx(math.exp(scores[a] - scores[b]))
    hot = over_vector("softmax", scores, 20.0)
    cold = over_vector("softmax", scores, 0.05)
    assert max(hot) < max(shares) < max(cold)
    logs = over_vector("log_softmax", scores, 0.7)
    assert [math.exp(x) for x in logs] == pytest.approx(over_vector("softmax", scores, 0.7))
    # sparsemax: the point of the simplex that is nearest to the scores
    sparse = over_vector("sparsemax", scores, 1.0)
    assert sparse == pytest.approx((1.0, 0.0, 0.0, 0.0))
    assert over_vector("sparsemax", (0.3, 0.1, 0.0), 1.0) == pytest.approx((0.5, 0.3, 0.2))
    assert over_vector("softmax", (1000.0, -1000.0), 1.0) == (1.0, 0.0)
    # with one score against 0 softmax is the sigmoid: what the curve of the lab shows
    form = FORMS["softmax"]
    for x in (-3.0, 0.2, 4.0):
        p = form.parameters({"temperature": 1.7})
        assert form.value(x, p) == pytest.approx(over_vector("softmax", (x, 0.0), 1.7)[0])
    with pytest.raises(ValueError, match="positive temperature"):
        over_vector("softmax", scores, 0.0)
    with pytest.raises(ValueError, match="does not work over a vector"):
        over_vector("relu", scores, 1.0)


@pytest.mark.parametrize("ceiling", [None, 6.0])
@pytest.mark.parametrize("threshold", [0.0, 1.5])
@pytest.mark.parametrize("slope", [0.0, 0.1])
def test_the_formula_of_relu_says_what_it_computes(
    slope: float, threshold: float, ceiling: float | None
) -> None:
    given = {"negative_slope": slope, "threshold": threshold, "max_value": ceiling}
    words = FORMS["relu"].written(given).replace("−", "-")
    code = re.sub(r"([\d.]+) for x ≥ ([\d.]+), ", r"\1 if x >= \2 else ", words)
    code = re.sub(r"x for x > ([\d.]+), else", r"x if x > \1 else", code)
    code = re.sub(r"(\d)([x(])", r"\1 * \2", code)
    p = FORMS["relu"].parameters(given)
    for x in (-2.0, 0.5, 1.4, 2.0, 5.9, 7.0):
        assert eval(code, {"x": x, "max": max, "min": min}) == pytest.approx(  # noqa: S307
            FORMS["relu"].value(x, p)
        ), (words, x)


def test_formulas_hold_the_numbers_of_their_parameters() -> None:
    assert FORMS["relu"].written({"max_value": 6.0}) == "min(max(0, x), 6)"
    for name, form in FORMS.items():
        usual, other = (form.written(given) for given in given_of(form))
        assert (usual != other) == bool(form.options), name
        for number in given_of(form)[1].values():
            assert f"{number:g}" in other, name
    assert FORMS["elu"].written({}) == "x for x > 0, else α(eˣ − 1), α = 1"
