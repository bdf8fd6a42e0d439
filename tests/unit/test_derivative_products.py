"""Products of actual derivatives against sums worked out another way."""

import numpy as np
import pytest

from app.core.activation_facts import log_product_bound
from app.core.activation_forms import FORMS, RANDOMIZED
from app.diagnostics.derivative_products import (
    DEEPEST,
    PATHS,
    derivative_products,
    drawn_slopes,
)


def test_sigmoid_products_are_those_of_numpy() -> None:
    """The same random numbers, the derivative written out anew, products instead of sums of
    logarithms."""
    drawn = np.random.default_rng(3).normal(size=(DEEPEST, PATHS))[:8] * 1.5
    sigmoid = 1 / (1 + np.exp(-drawn))
    products = np.cumprod(sigmoid * (1 - sigmoid), axis=0)
    told = derivative_products(FORMS["sigmoid"], {}, 1.5, 8, seed=3)
    quartiles = np.quantile(products, [0.25, 0.5, 0.75], axis=1)
    np.testing.assert_allclose(10**told.quartiles, quartiles, rtol=1e-9)
    assert told.zeros.tolist() == [0.0] * 8


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "selu", "gelu", "softmax"])
def test_no_product_is_above_the_bound(name: str) -> None:
    form = FORMS[name]
    told = derivative_products(form, {}, 1.0, 30, seed=0)
    bounds = [log_product_bound(form.bound(form.parameters({})), n) for n in range(1, 31)]
    assert (told.quartiles <= np.array(bounds) + 1e-12).all()
    assert (np.diff(told.quartiles, axis=0) >= 0).all()


def test_relu_paths_are_switched_off_one_after_another() -> None:
    """A path lives through a layer with probability 1/2, and then its product is exactly 1."""
    told = derivative_products(FORMS["relu"], {}, 1.0, 6, seed=1)
    alive = 1 - told.zeros
    expected = 0.5 ** np.arange(1, 7)
    assert np.abs(alive - expected).max() < 4 * np.sqrt(0.25 / PATHS)
    assert told.quartiles[2, 0] == 0.0
    assert np.isneginf(told.quartiles[1, 1:]).all()


def test_randomized_slopes_are_even_between_their_bounds() -> None:
    slopes = drawn_slopes({"lower": 0.1, "upper": 0.5}, 4000, seed=2)
    assert 0.1 <= slopes.min() < 0.101 < 0.499 < slopes.max() <= 0.5
    assert slopes.mean() == pytest.approx(0.3, abs=0.01)
    assert drawn_slopes({"lower": 0.1, "upper": 0.5}, 4000, seed=2).tolist() == slopes.tolist()
    # one layer: half of the derivatives are 1, the others between the bounds
    form = FORMS[RANDOMIZED]
    told = derivative_products(form, {"lower": 0.2, "upper": 0.3}, 1.0, 1, seed=4)
    low, middle, high = 10 ** told.quartiles[:, 0]
    assert 0.2 <= low < 0.3
    assert high == pytest.approx(1.0)
    assert low <= middle <= high


def test_the_same_seed_gives_the_same_and_depths_share_their_beginning() -> None:
    form = FORMS["tanh"]
    once = derivative_products(form, {}, 0.7, 20, seed=5).quartiles
    again = derivative_products(form, {}, 0.7, 20, seed=5).quartiles
    shorter = derivative_products(form, {}, 0.7, 5, seed=5).quartiles
    assert once.tolist() == again.tolist()
    assert once[:, :5].tolist() == shorter.tolist()
    assert once.tolist() != derivative_products(form, {}, 0.7, 20, seed=6).quartiles.tolist()


@pytest.mark.parametrize(("spread", "layers"), [(0.0, 5), (1.0, 0), (1.0, DEEPEST + 1)])
def test_what_makes_no_sense_is_refused(spread: float, layers: int) -> None:
    with pytest.raises(ValueError, match="expected spread"):
        derivative_products(FORMS["tanh"], {}, spread, layers, seed=0)
