"""Activations against numerical differentiation and sampling; Keras's values are in tests/keras."""

import math

import pytest

from app.core.activation_catalog import ACTIVATIONS, activation, activation_label, sample_curve

SMOOTH_POINTS = [k / 8 + 0.03 for k in range(-64, 65)]
NAMES = sorted(ACTIVATIONS)


@pytest.mark.parametrize("name", NAMES)
def test_the_derivative_is_the_slope(name: str) -> None:
    entry = ACTIVATIONS[name]
    step = 1e-5
    for x in SMOOTH_POINTS:
        slope = (entry.value(x + step) - entry.value(x - step)) / (2 * step)
        assert entry.derivative(x) == pytest.approx(slope, rel=1e-4, abs=1e-7), x


@pytest.mark.parametrize("name", NAMES)
def test_the_bound_is_the_largest_slope(name: str) -> None:
    entry = ACTIVATIONS[name]
    coarse = [abs(entry.derivative(float(k))) for k in range(-50, 51)]
    sampled = max(*coarse, *(abs(entry.derivative(k / 1000)) for k in range(-4000, 4001)))
    assert sampled <= entry.derivative_bound * (1 + 1e-9)
    if entry.derivative_bound < math.inf:
        assert sampled >= 0.999 * entry.derivative_bound
    else:
        assert sampled > 1e12


@pytest.mark.parametrize("name", NAMES)
def test_units_die_where_value_and_slope_vanish(name: str) -> None:
    entry = ACTIVATIONS[name]
    dead = all(
        entry.value(side * x) == 0 == entry.derivative(side * x)
        for side in (-1,)
        for x in (7.0, 12.0, 25.0)
    )
    assert entry.can_die is dead


def test_the_sigmoid_through_ten_layers_loses_six_digits() -> None:
    """The lecture's reason for ReLU: 0.25^10 is about 1e-6, while 1^10 is 1."""
    assert ACTIVATIONS["sigmoid"].derivative_bound ** 10 == pytest.approx(9.5e-7, rel=0.01)
    assert ACTIVATIONS["relu"].derivative_bound ** 10 == 1.0


@pytest.mark.parametrize("name", NAMES)
def test_far_away_nothing_breaks(name: str) -> None:
    entry = ACTIVATIONS[name]
    for x in (-1e4, -750.0, 750.0, 1e4):
        assert not math.isnan(entry.value(x))
        assert not math.isnan(entry.derivative(x))


def test_texts_tell_one_from_the_other() -> None:
    labels = [entry.label for entry in ACTIVATIONS.values()]
    assert len(set(labels)) == len(labels)
    for entry in ACTIVATIONS.values():
        assert entry.formula
        assert entry.help.endswith(".")
        assert activation(entry.name) is entry
    assert activation("swoosh") is None
    assert activation_label("relu") == "ReLU"
    assert activation_label("swoosh") == "swoosh"


def test_a_curve_is_sampled_evenly_with_both_ends() -> None:
    points = sample_curve("relu", -2.0, 2.0, 5)
    assert points == (
        (-2.0, 0.0, 0.0),
        (-1.0, 0.0, 0.0),
        (0.0, 0.0, 0.0),
        (1.0, 1.0, 1.0),
        (2.0, 2.0, 1.0),
    )


@pytest.mark.parametrize(("low", "high", "count"), [(0.0, 1.0, 1), (1.0, 1.0, 5), (2.0, 1.0, 5)])
def test_a_curve_without_extent_is_refused(low: float, high: float, count: int) -> None:
    with pytest.raises(ValueError, match="low < high"):
        sample_curve("relu", low, high, count)
