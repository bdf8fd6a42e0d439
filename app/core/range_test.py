"""The learning-rate range test: at which rates the loss falls, and from which on it grows.

From the initial weights a few steps are done, each with a higher rate than the one before; the loss
of each is noted (Smith: Cyclical Learning Rates for Training Neural Networks, 2015, section 3.3).
What to read from it are the two rules of fast.ai's `lr_find` (Howard and Gugger, 2020): the rate at
which the loss falls most steeply, and a tenth of the rate at its minimum.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.options import FloatOption, IntegerOption, Option

SMOOTHING = 0.03
"""Standard deviation of the smoothing, as a share of the steps."""
_AVERAGE = 0.8
"""What the running average keeps of what came before."""
_FIRST_STEPS = 12
FEWEST_STEPS = 10
"""From fewer steps nothing is read."""


@dataclass(frozen=True)
class RangeTest:
    """Rates from `low` to `high` in `steps` steps, each the same multiple of the one before."""

    low: float = 1e-6
    high: float = 10.0
    steps: int = 120

    def rates(self) -> tuple[float, ...]:
        """The rate of each step."""
        ratio = self.high / self.low
        return tuple(self.low * ratio ** (i / (self.steps - 1)) for i in range(self.steps))


OPTIONS: tuple[Option, ...] = (
    FloatOption(
        name="low",
        label="Lowest",
        default=RangeTest.low,
        minimum=1e-12,
        maximum=1.0,
        logarithmic=True,
        step=10.0,
        group="Rates",
        help="The rate of the first step. So low that nothing happens is right.",
    ),
    FloatOption(
        name="high",
        label="Highest",
        default=RangeTest.high,
        minimum=1e-11,
        maximum=1000.0,
        logarithmic=True,
        step=10.0,
        group="Rates",
        help="The rate of the last step. At best so high that the loss grows: the test ends there.",
    ),
    IntegerOption(
        name="steps",
        label="Steps",
        default=RangeTest.steps,
        minimum=20,
        maximum=10_000,
        group="Rates",
        help="How many batches are trained on. More: a finer curve, and a longer wait.",
    ),
)


def range_error(test: RangeTest) -> str | None:
    """Why `test` cannot be done, as a sentence, or None."""
    for option in OPTIONS:
        error = option.check(getattr(test, option.name))
        if error:
            return error
    if test.high < 10 * test.low:
        return f"Highest: at least ten times the lowest rate, received {test.high:g}."
    return None


class Divergence:
    """Tells when the loss has left for good: its running average is further above the best one than
    twice what the best is below the first ones, and than three times the best.
    """

    def __init__(self) -> None:
        self._average = 0.0
        self._seen = 0.0
        self._first = 0.0
        self._best = math.inf
        self._steps = 0

    def add(self, loss: float) -> bool:
        """Take in the loss of the next step; whether to end the test there."""
        if not math.isfinite(loss):
            return True
        self._average = _AVERAGE * self._average + (1 - _AVERAGE) * loss
        self._seen = _AVERAGE * self._seen + (1 - _AVERAGE)
        average = self._average / self._seen
        if self._steps < _FIRST_STEPS:  # the largest: those of trained weights are uneven
            self._first = loss if self._steps == 0 else max(self._first, loss)
        self._steps += 1
        self._best = min(self._best, average)
        margin = max(2 * (self._first - self._best), 3 * abs(self._best))
        return self._steps > _FIRST_STEPS and average > self._best + margin


def smoothed(losses: Sequence[float]) -> tuple[float, ...]:
    """The losses under a bell that looks as far ahead as back, so that nothing is shifted to higher
    rates; at the ends it takes what is there.
    """
    width = max(1.0, SMOOTHING * len(losses))
    reach = math.ceil(3 * width)
    bell = [math.exp(-0.5 * (i / width) ** 2) for i in range(reach + 1)]
    found = []
    for place in range(len(losses)):
        first, last = max(0, place - reach), min(len(losses), place + reach + 1)
        weights = [bell[abs(i - place)] for i in range(first, last)]
        total = sum(w * losses[i] for w, i in zip(weights, range(first, last), strict=True))
        found.append(total / sum(weights))
    return tuple(found)


@dataclass(frozen=True)
class Suggestion:
    """What the test says.

    Attributes:
        steepest: the rate at which the loss falls most steeply over the logarithm of the rate;
            None when it falls nowhere.
        minimum: the rate at which the loss is lowest; None when it did not rise again.
        tenth: a tenth of it.
        sentence: the same in words, with what to do when there is nothing to suggest.
        onset: for weights that are trained already: the rate from which on the loss grows; None
            when it does not, or falls before.
        careful: a tenth of it, at which a training goes on without losing what was learned.
    """

    steepest: float | None
    minimum: float | None
    tenth: float | None
    sentence: str
    onset: float | None = None
    careful: float | None = None


def falls(losses: Sequence[float]) -> bool:
    """Whether the smoothed loss comes down below where it began by more than chance would do.

    Args:
        losses: finite.
    """
    soft = smoothed(losses)
    fall = _beginning(losses) - min(soft)
    return fall > max(1.5 * _noise(losses), 1e-3 * abs(soft[0]))


def _early(losses: Sequence[float]) -> int:
    """So many steps are done before anything happens: their rates are low."""
    return max(5, len(losses) // 4)


def _beginning(losses: Sequence[float]) -> float:
    early = _early(losses)
    return sum(losses[:early]) / early


def _noise(losses: Sequence[float]) -> float:
    """The standard deviation of the losses around the smoothed ones, before anything happens."""
    soft, early = smoothed(losses), _early(losses)
    return math.sqrt(sum((losses[i] - soft[i]) ** 2 for i in range(early)) / early)


def _onset(rates: Sequence[float], losses: Sequence[float]) -> float | None:
    """The first rate from which on the smoothed loss stays above where it began, by a tenth of it
    and by more than its noise; None when it does not.
    """
    begin = _beginning(losses)
    margin = max(2 * _noise(losses), 0.1 * abs(begin))
    # What is far away at the end would else be smeared over lower rates.
    soft = smoothed([min(loss, begin + 4 * margin) for loss in losses])
    below = max((i for i, loss in enumerate(soft) if loss <= begin + margin), default=-1)
    return rates[below + 1] if below + 1 < len(soft) else None


def suggestion(
    rates: Sequence[float], losses: Sequence[float], *, kept: bool = False
) -> Suggestion:
    """Read a range test.

    Args:
        rates: rising.
        losses: of the same steps; finite but for the last.
        kept: whether it began with kept weights, which may be trained already.
    """
    finite = [(r, x) for r, x in zip(rates, losses, strict=True) if math.isfinite(x)]
    if len(finite) < FEWEST_STEPS:
        return Suggestion(
            None, None, None, "Too few steps to tell anything: begin at a lower rate."
        )
    logs = [math.log10(rate) for rate, _ in finite]
    raw = [loss for _, loss in finite]
    soft = smoothed(raw)
    lowest = min(range(len(soft)), key=soft.__getitem__)
    fall = soft[0] - soft[lowest]
    if not falls(raw):
        if kept:
            return _already_trained(finite)
        return Suggestion(
            None,
            None,
            None,
            "The loss hardly falls at any of these rates: look at more of them, or at the network "
            "and its loss.",
        )
    slopes = [
        (soft[i + 1] - soft[i - 1]) / (logs[i + 1] - logs[i - 1])
        for i in range(1, min(lowest + 1, len(soft) - 1))
    ]
    steepest = finite[1 + min(range(len(slopes)), key=slopes.__getitem__)][0] if slopes else None
    rises = lowest < len(soft) - 2 and soft[-1] > soft[lowest] + 0.1 * fall
    if steepest is None:
        return Suggestion(
            None, None, None, "The loss grows from the first rate on: begin at a lower rate."
        )
    if not rises:
        return Suggestion(
            steepest,
            None,
            None,
            f"The loss falls most steeply at {short(steepest)}. It did not grow up to "
            f"{short(finite[-1][0])}: a higher end would show where it does.",
        )
    minimum = finite[lowest][0]
    return Suggestion(
        steepest,
        minimum,
        minimum / 10,
        f"The loss falls most steeply at {short(steepest)} and is lowest at {short(minimum)}; "
        f"a tenth of that is {short(minimum / 10)}.",
    )


def _already_trained(finite: Sequence[tuple[float, float]]) -> Suggestion:
    onset = _onset([rate for rate, _ in finite], [loss for _, loss in finite])
    begins = (
        "The loss hardly falls: it begins with the kept weights, which are trained already. "
        "Forget them to look for a rate from scratch."
    )
    if onset is None:
        more = f" It did not grow up to {short(finite[-1][0])}: a higher end would show where."
        return Suggestion(None, None, None, begins + more)
    more = f" To train on: the loss grows from {short(onset)} on; a tenth of that is"
    return Suggestion(None, None, None, f"{begins}{more} {short(onset / 10)}.", onset, onset / 10)


def rounded(rate: float) -> float:
    """`rate` with two figures, as one writes it down."""
    return float(f"{rate:.1e}")


def short(rate: float) -> str:
    """`rate` with up to three figures: 0.001, 0.0232, 3e-5."""
    digits, sign, exponent = f"{rate:.3g}".partition("e")
    return f"{digits}e{int(exponent)}" if sign else digits
