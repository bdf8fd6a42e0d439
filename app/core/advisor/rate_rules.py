"""What losses tell of the learning rate: they jump, or they hardly move; or nothing is finite."""

import itertools
import statistics

from app.core.advisor.diagnosis import Diagnosis
from app.core.advisor.evidence import LOWEST_RATE, RunEvidence, middle, short, streak_back
from app.core.advisor.figures import Band, Curve, CurvesFigure, Figure, few, few_words
from app.core.advisor.remedies import set_rate, set_training
from app.core.problems import Fix
from app.core.run_findings import (
    GOOD_RATIO,
    HIGH_RATIO,
    LOW_RATIO,
    RATIO_WORDS,
    divergence_problem,
)

WINDOW = 10
"""Epochs that are looked at together."""
FEWEST = 6
"""With less epochs nothing is said of jumps."""
JUMPS = 0.08
"""Rises of the training loss, per epoch and as a share of its mean, from which on it jumps."""
STILL_HIGH = 0.1
"""A loss below this share of that of a guess may jump: little is left to learn."""
WORSE_THAN_A_GUESS = 1.1
"""A loss above this many times that of a guess, which does not fall, is no progress."""
TAKEN_BACK = 0.05
"""Two means of three epochs are alike when they differ by less."""

SLOW = 0.005
"""A training loss that falls by less than this share of its beginning an epoch hardly moves."""
STEADY = 0.8
"""Share of the epochs in which it falls, so that it is the pace that lacks, not the way."""
STRAIGHT = 0.5
"""The second half brings at least this share of the first half: it does not flatten."""
LARGEST_FACTOR = 10.0
"""A remedy sets no more than this many times Keras's default."""


def diverged(run: RunEvidence) -> Diagnosis | None:
    """A loss, gradient or weight was not finite, and the run ended.

    Source: Goodfellow, Bengio and Courville 2016, "Deep Learning", section 8.2.4 (cliffs and
    exploding gradients).
    """
    if run.diverged is None or run.reason != "diverged":
        return None
    what, layer_id = run.diverged
    card = divergence_problem(run.project, layer_id, what, "Use a smaller learning rate.")
    epoch = max(1, run.last_epoch)
    rows = [(what, "")]
    rows += [("Learning rate", short(run.rate))] if run.rate is not None else []
    losses = run.values("loss")
    rows += [("Training loss before", short(losses[-1]))] if losses else []
    return Diagnosis(
        kind="diverged",
        severity="error",
        title="The training diverged",
        mark="diverged",
        since=epoch,
        until=epoch,
        explanation="A number was no longer finite, and nothing can be learned from it. The steps "
        "of gradient descent were so long that each made the error larger than it was.",
        rows=tuple(rows),
        figures=_loss_figures(run),
        remedies=tuple(Fix(fix.label[0].upper() + fix.label[1:], fix.edit) for fix in card.fixes),
        source="Lecture 14, Gradient descent; Goodfellow et al. 2016, 8.2.4.",
        lesson="batch size and optimizers",
        where=card.where,
    )


def learning_rate_high(run: RunEvidence) -> Diagnosis | None:
    """The training loss jumps: over ten epochs (six at least) it rises by 8 % of its mean an epoch,
    three times or more, while it is above a tenth of the loss of a guess. Or it stays above 1.1
    times the loss of a guess and does not fall. For two epochs in a row.

    The loss over the training samples falls at every epoch with steps that are short enough; rises
    are steps that are too long. Sources: Lecture 14, gradient descent and the optimization
    trade-off; LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp", section 4; CS231n notes,
    "Babysitting the learning process" (losses that jump or rise: the learning rate is too high).
    """
    rate = run.last_rate
    points = run.curve("loss")
    reference = run.reference_loss
    if rate is None or reference is None or len(points) < FEWEST:
        return None
    guess = run.guessed_loss if run.class_shares and not _regularized(run) else None
    losses = [loss for _, loss in points]
    flags = (
        (int(points[end - 1][0]), _too_high(losses[max(0, end - WINDOW) : end], reference, guess))
        for end in range(len(points), FEWEST - 1, -1)
    )
    since = streak_back(flags, 2)
    if since is None:
        return None
    window = losses[-WINDOW:]
    rises = sum(later > before for before, later in itertools.pairwise(window))
    remedies: list[Fix] = [set_rate(lower_rate(rate, run.usual_rate))]
    training = run.project.training
    if training.batch_mode == "stochastic" or (
        training.batch_mode == "mini_batch" and training.batch_size < 256
    ):
        size = 32 if training.batch_mode == "stochastic" else min(256, 4 * training.batch_size)
        remedies.append(_larger_batches(size))
    if training.optimizer.options.get("clipnorm") is None:
        remedies.append(set_training("Clip gradients", "optimizer.clipnorm", 1.0))
    rows = [
        ("Learning rate", f"{rate:g}"),
        (f"Rises in {len(window)} epochs", str(rises)),
        ("Smallest, largest loss", f"{short(min(window))}, {short(max(window))}"),
        *_ratio_rows(run),
    ]
    if guess is not None:
        rows.append(("Loss of a guess", short(guess)))
    return Diagnosis(
        kind="learning_rate_high",
        severity="warning",
        title="Learning rate too high",
        mark="loss jumps",
        since=since,
        until=run.last_epoch,
        explanation="The loss jumps instead of falling. Each step goes beyond the lowest place and "
        "lands on the other side: gradient descent with a smaller η would go down there.",
        rows=(*rows, *run.fit_rows),
        figures=_loss_figures(run),
        remedies=tuple(remedies),
        source="Lecture 14, Gradient descent; LeCun et al. 1998; CS231n notes.",
        lesson="batch size and optimizers",
        where="training.optimizer",
    )


def jumps(losses: list[float], reference: float) -> bool:
    """Whether the last of `losses` jump, see `learning_rate_high`."""
    window = losses[-WINDOW:]
    steps = [later - before for before, later in itertools.pairwise(window)]
    rises = [step for step in steps if step > 0]
    mean = sum(window) / len(window)
    return (
        len(rises) >= 3
        and mean >= STILL_HIGH * reference
        and sum(rises) / len(steps) >= JUMPS * mean
    )


def _too_high(window: list[float], reference: float, guess: float | None) -> bool:
    return jumps(window, reference) or _worse(window, guess)


def _worse(losses: list[float], guess: float | None) -> bool:
    late, before = losses[-3:], losses[-6:-3]
    if guess is None or len(before) < 3:
        return False
    falls = statistics.fmean(late) < (1 - TAKEN_BACK) * statistics.fmean(before)
    return min(late) > WORSE_THAN_A_GUESS * guess and not falls


def _regularized(run: RunEvidence) -> bool:
    """Whether the loss holds more than that of the samples."""
    return any(
        name.endswith("_regularizer") and value is not None
        for layer in run.project.network.layers
        for name, value in layer.options.items()
    )


def lower_rate(rate: float, usual: float | None) -> float:
    """A tenth, and no more than ten times Keras's default."""
    tenth = float(f"{rate / 10:.3g}")
    if usual is not None:
        tenth = min(tenth, LARGEST_FACTOR * usual)
    return max(LOWEST_RATE, tenth)


def _larger_batches(size: int) -> Fix:
    return set_training(f"Batches of {size}", "batch_size", size)


def learning_rate_low(run: RunEvidence) -> Diagnosis | None:
    """Over ten epochs or more the training loss falls steadily (in four of five), straight (the
    second half brings half of the first or more) and by less than 0.5 % of its beginning an epoch,
    while less than 40 % of what a guess leaves is learned; where the ratio of update to weight is
    known, its median is below 1e-3.

    Sources: Lecture 14, gradient descent; CS231n notes, "Ratio of weights:updates" (about 1e-3 is
    right, less means a learning rate that may be too low) and losses that fall in a straight line.
    """
    rate = run.rate
    points = run.curve("loss")
    if rate is None or len(points) < WINDOW:
        return None
    explained = run.explained()
    if explained is not None and explained >= 0.4:
        return None
    if run.rows[-1].learning_rate < 0.5 * rate:
        return None  # a schedule has taken it down: it was more before
    ratio = _ratio(run)
    if ratio is not None and ratio >= GOOD_RATIO:
        return None
    losses = [loss for _, loss in points]
    if not creeps(losses):
        return None
    pace = (losses[0] - losses[-1]) / (len(losses) - 1)
    raised = higher_rate(rate, run.usual_rate, ratio)
    if raised is None:
        return None
    return Diagnosis(
        kind="learning_rate_low",
        severity="warning",
        title="Learning rate too low",
        mark="loss creeps",
        since=1,
        until=run.last_epoch,
        explanation="The loss falls steadily but hardly moves. Every step goes the right way and "
        "is very short: with this η gradient descent would take thousands of epochs.",
        rows=(
            ("Learning rate", f"{rate:g}"),
            ("Loss, first epoch", short(losses[0])),
            (f"Loss, epoch {run.last_epoch:,}", short(losses[-1])),
            ("Epochs to 0 at this pace", f"{losses[-1] / pace:,.0f}"),
            *_ratio_rows(run),
            *run.fit_rows,
        ),
        figures=_loss_figures(run),
        remedies=(set_rate(raised),),
        source="Lecture 14, Gradient descent; CS231n notes.",
        lesson="batch size and optimizers",
        where="training.optimizer",
    )


def creeps(losses: list[float]) -> bool:
    """Whether `losses` fall steadily, straight and slowly, see `learning_rate_low`."""
    first, last, steps = losses[0], losses[-1], len(losses) - 1
    if steps < 1 or first <= 0 or not last < first:
        return False
    falls = sum(later < before for before, later in itertools.pairwise(losses))
    half = losses[len(losses) // 2]
    return (
        falls >= STEADY * steps
        and first - last < SLOW * first * steps
        and half - last >= STRAIGHT * (first - half)
    )


def higher_rate(rate: float, usual: float | None, ratio: float | None) -> float | None:
    """Keras's default where that is ten times as much at least; else ten times as much, or what
    brings the ratio of update to weight to 1e-3. None where the rate is as large as may be.
    """
    if usual is not None and usual >= 10 * rate:
        return usual
    factor = 10.0
    if ratio is not None and ratio > 0:
        factor = min(1000.0, max(10.0, GOOD_RATIO / ratio))
    raised = float(f"{rate * factor:.1g}")
    if usual is not None:
        raised = min(raised, LARGEST_FACTOR * usual)
    return raised if raised > rate else None


def _ratio(run: RunEvidence) -> float | None:
    """The median over layers and the last five epochs of update by weight."""
    ratios = [ratio for health in run.healths[-5:] for _, ratio in health.update_ratios]
    return middle(ratios) if ratios else None


def _ratio_rows(run: RunEvidence) -> list[tuple[str, str]]:
    ratio = _ratio(run)
    return [] if ratio is None else [("Update to weight", short(ratio))]


def _loss_figures(run: RunEvidence) -> tuple[Figure, ...]:
    curves = [run.line("loss", "training", "training")]
    if run.curve("val_loss"):
        curves.append(run.line("val_loss", "validation", "validation"))
    figures: list[Figure] = [CurvesFigure("Loss", "by epoch", tuple(curves))]
    points: dict[str, list[tuple[float, float]]] = {}
    for health in run.healths:
        for name, ratio in health.update_ratios:
            points.setdefault(name, []).append((float(health.epoch), ratio))
    if points:
        figures.append(
            CurvesFigure(
                "Update to weight of each layer",
                f"{few_words(len(points))}log scale, by epoch",
                few(tuple(Curve(name, tuple(found)) for name, found in points.items())),
                logarithmic=True,
                band=Band(LOW_RATIO, HIGH_RATIO, RATIO_WORDS),
            )
        )
    return tuple(figures)
