"""The range test on curves whose answer is known."""

import math
import random
from collections.abc import Callable

import pytest

from app.core.range_test import (
    OPTIONS,
    Divergence,
    RangeTest,
    falls,
    range_error,
    rounded,
    short,
    smoothed,
    suggestion,
)

Curve = tuple[tuple[float, ...], list[float]]


def curve(
    loss_at: Callable[[float], float], steps: int = 200, low: float = 1e-6, high: float = 10.0
) -> Curve:
    rates = RangeTest(low, high, steps).rates()
    return rates, [loss_at(math.log10(rate)) for rate in rates]


def valley(fall_at: float, rise_at: float, height: float = 1.0) -> Callable[[float], float]:
    """Flat at `height`, falls around 10**fall_at to almost 0, rises exponentially."""

    def loss(x: float) -> float:
        return height / (1 + math.exp(4 * (x - fall_at))) + 0.02 * 10 ** (2 * (x - rise_at))

    return loss


def test_rates_are_a_geometric_row() -> None:
    rates = RangeTest(1e-4, 1.0, 5).rates()
    assert rates == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0])


@pytest.mark.parametrize("fall_at", [-4.0, -3.2, -2.0])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_steepest_descent_is_found(fall_at: float, noise: float) -> None:
    chance = random.Random(4)
    rates, losses = curve(valley(fall_at, fall_at + 2))
    losses = [loss + chance.gauss(0, noise) for loss in losses]
    found = suggestion(rates, losses)
    assert found.steepest is not None
    assert math.log10(found.steepest) == pytest.approx(fall_at, abs=0.1 if noise == 0 else 0.5)


def test_the_minimum_and_its_tenth() -> None:
    loss = valley(-3.0, -1.0)
    rates, losses = curve(loss)
    truth = min(rates, key=lambda rate: loss(math.log10(rate)))
    found = suggestion(rates, losses)
    assert found.minimum is not None
    assert math.log10(found.minimum) == pytest.approx(math.log10(truth), abs=0.25)
    assert found.tenth == found.minimum / 10
    assert short(found.tenth) in found.sentence


def test_a_higher_loss_moves_nothing() -> None:
    plain = suggestion(*curve(valley(-3.0, -1.0)))
    rates, losses = curve(valley(-3.0, -1.0))
    assert suggestion(rates, [100 + 7 * loss for loss in losses]).steepest == plain.steepest


def test_a_negative_loss_is_read_as_well() -> None:
    rates, losses = curve(valley(-3.0, -1.0))
    found = suggestion(rates, [loss - 5 for loss in losses])
    assert found == suggestion(rates, losses)


def test_a_loss_that_falls_to_the_end_has_no_minimum() -> None:
    found = suggestion(*curve(lambda x: -x))
    assert found.steepest is not None
    assert (found.minimum, found.tenth) == (None, None)
    assert "higher" in found.sentence


def test_a_flat_or_rising_or_noisy_loss_gives_nothing() -> None:
    chance = random.Random(1)
    for loss in (
        lambda x: 0.7,
        lambda x: 0.7 + 10 ** (x - 1),
        lambda x: 0.7 + chance.gauss(0, 0.1),
    ):
        found = suggestion(*curve(loss))
        assert found.steepest is None
        assert found.tenth is None
        assert found.sentence.endswith(".")


def test_what_is_not_finite_at_the_end_is_left_out() -> None:
    rates, losses = curve(valley(-3.0, -1.0))
    assert suggestion(rates, [*losses[:-1], math.nan]).steepest is not None
    assert suggestion(rates[:5], losses[:5]).steepest is None
    assert suggestion((), ()).steepest is None


def test_smoothing_keeps_lines_and_places() -> None:
    assert smoothed([2.0] * 50) == pytest.approx([2.0] * 50)
    line = smoothed([float(i) for i in range(200)])
    assert line[100] == pytest.approx(100)
    peak = smoothed([1.0 if i == 100 else 0.0 for i in range(200)])
    assert max(range(200), key=peak.__getitem__) == 100
    assert smoothed(()) == ()


def test_divergence_is_seen_and_a_fall_is_not() -> None:
    rates, losses = curve(valley(-3.0, -1.0))
    watch = Divergence()
    ends = next(i for i, loss in enumerate(losses) if watch.add(loss))
    minimum = suggestion(rates, losses).minimum
    assert minimum is not None
    assert rates[ends] > minimum
    falling = Divergence()
    assert not any(falling.add(1.0 / (1 + i)) for i in range(500))
    flat = Divergence()
    assert not any(flat.add(0.69 + 0.01 * (i % 2)) for i in range(500))
    below = Divergence()
    assert not any(below.add(-float(i)) for i in range(200))
    assert below.add(math.nan)
    assert Divergence().add(math.inf)


def test_wrong_ranges_are_refused_in_words() -> None:
    assert range_error(RangeTest()) is None
    assert "ten times" in str(range_error(RangeTest(0.01, 0.02)))
    assert "at least 20" in str(range_error(RangeTest(steps=3)))
    assert range_error(RangeTest(low=0.0)) is not None
    assert [option.name for option in OPTIONS] == ["low", "high", "steps"]


def test_rates_as_one_writes_them() -> None:
    assert rounded(0.0123456) == 0.012
    assert [short(x) for x in (0.001, 3.2e-5, 0.12345, 10.0)] == ["0.001", "3.2e-5", "0.123", "10"]


def trained(grows_at: float, noise: float = 0.01) -> Curve:
    """A loss that is low already, with noise, and grows as the square of the rate."""
    chance = random.Random(2)
    rates = [r for r in RangeTest().rates() if r < 6 * grows_at]
    return tuple(rates), [
        0.037 * (1 + (r / grows_at) ** 2) * math.exp(chance.gauss(0, noise)) for r in rates
    ]


@pytest.mark.parametrize("grows_at", [1e-3, 1e-2, 0.1])
def test_weights_that_are_trained_already_get_a_rate_to_go_on_with(grows_at: float) -> None:
    rates, losses = trained(grows_at)
    assert not falls(losses)
    found = suggestion(rates, losses, kept=True)
    assert (found.steepest, found.minimum, found.tenth) == (None, None, None)
    assert found.onset is not None
    # A tenth above the beginning: at sqrt(0.1) of the rate at which it has doubled.
    truth = math.log10(grows_at * math.sqrt(0.1))
    assert math.log10(found.onset) == pytest.approx(truth, abs=0.3)
    assert found.careful == found.onset / 10
    assert "kept weights, which are trained already" in found.sentence
    assert "Forget them" in found.sentence
    assert short(found.careful) in found.sentence
    assert "kept" not in suggestion(rates, losses).sentence


def test_one_far_loss_at_the_end_does_not_move_where_it_begins_to_grow() -> None:
    rates, losses = trained(1e-2)
    near = suggestion(rates, losses, kept=True).onset
    assert suggestion(rates, [*losses[:-1], 1e6], kept=True).onset == near


def test_trained_weights_whose_loss_never_grows_get_a_reason() -> None:
    rates = RangeTest().rates()
    found = suggestion(rates, [0.037] * len(rates), kept=True)
    assert (found.onset, found.careful) == (None, None)
    assert "higher end" in found.sentence


def test_kept_weights_that_still_learn_are_read_as_others() -> None:
    plain = curve(valley(-3.0, -1.0))
    assert suggestion(*plain, kept=True) == suggestion(*plain)


@pytest.mark.parametrize("spread", [0.1, 1.0, 2.0])
def test_chance_is_no_fall(spread: float) -> None:
    for seed in range(40):
        chance = random.Random(seed)
        assert not falls([0.03 * math.exp(chance.gauss(0, spread)) for _ in range(120)])


def test_uneven_losses_of_trained_weights_do_not_end_the_test() -> None:
    ended = 0
    for seed in range(40):
        chance, watch = random.Random(seed), Divergence()
        ended += any(watch.add(0.05 * math.exp(chance.gauss(0, 0.8))) for _ in range(120))
    assert ended <= 2
