"""What is left of a gradient after many layers: products of actual derivatives. NumPy alone.

Backpropagation multiplies the error by f'(a) once a layer, beside the weights. Here the
pre-activations a are drawn, independent, from a normal distribution of mean 0, and the weights are
left out: what fades is the activation's doing alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.activation_forms import RANDOMIZED, ActivationForm

PATHS = 401
"""One more than a multiple of four: median and quartiles are samples themselves."""
DEEPEST = 100

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DerivativeProducts:
    """|f'(a_1) * ... * f'(a_L)| for L = 1, 2, ..., over `PATHS` random paths.

    Attributes:
        quartiles: (3, layers) lower quartile, median, upper quartile of the decimal logarithm;
            -inf stands for a product of exactly 0.
        zeros: (layers,) share of the paths whose product is exactly 0.
    """

    quartiles: Floats
    zeros: Floats


def derivative_products(
    form: ActivationForm, given: Mapping[str, object], spread: float, layers: int, seed: int
) -> DerivativeProducts:
    """The products for pre-activations from N(0, `spread` squared); the same seed gives the same.

    The slope of randomized leaky ReLU is drawn anew for each negative pre-activation, as in
    training. Paths of different depth share their first layers.

    Raises:
        ValueError: for a spread that is not positive, or a depth that is not in 1 to `DEEPEST`.
    """
    if not spread > 0 or not 1 <= layers <= DEEPEST:
        raise ValueError(f"expected spread > 0 and 1 to {DEEPEST} layers, got {spread}, {layers}")
    drawn = np.random.default_rng(seed).normal(size=(DEEPEST, PATHS))[:layers] * spread
    parameters = form.parameters(given)
    slopes = np.array([form.derivative(float(a), parameters) for a in drawn.ravel()])
    slopes = slopes.reshape(drawn.shape)
    if form.name == RANDOMIZED:
        slopes = np.where(
            drawn > 0, 1.0, drawn_slopes(parameters, drawn.size, seed + 1).reshape(drawn.shape)
        )
    with np.errstate(divide="ignore"):
        products = np.cumsum(np.log10(np.abs(slopes)), axis=0)
    ordered = np.sort(products, axis=1)
    places = [(PATHS - 1) // 4, (PATHS - 1) // 2, 3 * (PATHS - 1) // 4]
    return DerivativeProducts(ordered[:, places].T.copy(), np.isneginf(products).mean(axis=1))


def drawn_slopes(parameters: Mapping[str, float], count: int, seed: int) -> Floats:
    """`count` slopes of randomized leaky ReLU in training, evenly from its lower to upper bound."""
    low, high = sorted((parameters["lower"], parameters["upper"]))
    return np.random.default_rng(seed).uniform(low, high, count)
