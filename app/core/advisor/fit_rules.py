"""What the curves tell: too much is learned by heart, or too little is learned at all."""

import math
import statistics

from app.core.advisor.diagnosis import Diagnosis
from app.core.advisor.evidence import RunEvidence, middle, short, streak
from app.core.advisor.figures import CurvesFigure, Figure
from app.core.advisor.remedies import (
    decay_weights,
    drop_out,
    larger_network,
    set_training,
    stop_early,
)
from app.core.problems import Fix

SMOOTHED = 5
"""Epochs of which the median is taken."""
GENERALIZATION_LOSS = 0.10
"""Prechelt's GL: how much the validation error may be above its lowest so far."""
NOTEWORTHY = 0.02
"""A rise of the validation loss by less than this share of a guess's is nothing."""
ACCURACY_GAP = 0.10
"""Training accuracy above validation accuracy by so much is learned by heart..."""
DEVIATIONS = 2.5
"""... unless so few standard errors of the validation accuracy explain it."""
LASTS = 5
"""Epochs in a row that a gap must last."""
WELL_LEARNED = 0.4
"""Below this share of what a guess leaves, little is learned: kappa up to 0.4 is at most "fair"."""
SETTLED = 0.02
"""A loss that falls by less than this share from one third of the epochs to the next is settled."""
STILL_FALLING = 0.05
"""A loss that falls by more is not done yet."""
FEWEST = 15
"""With less epochs nothing is called settled."""


def overfitting(run: RunEvidence) -> Diagnosis | None:
    """Two signs. The median of the validation loss over five epochs is 10 % above its lowest so
    far, and by 2 % of the loss of a guess, while that of the training loss is a fifth below it and
    not above where it was then by more than a tenth, for five epochs in a row; not told where early
    stopping brings the best weights back, or will.
    Or the training accuracy is above the validation accuracy by 0.1 and by 2.5 standard errors, the
    median over five epochs, for five epochs in a row up to the epoch whose weights are kept.

    Sources: Lecture 14, "Early stopping" ("If generalization error starts to increase, stop
    training") and "How to choose the number of epochs?"; Prechelt 1998, "Early stopping, but when?"
    (the generalization loss GL, here with a limit of 10 %).
    """
    if not run.curve("val_loss"):
        return None
    rising, gap = _rising_since(run), _gap_since(run)
    since = rising if rising is not None else gap
    if since is None:
        return None
    remedies: list[Fix] = []
    if rising is not None:
        remedies.append(stop_early(_patience(run)))
    hidden = tuple(layer.id for layer in run.hidden)
    if hidden:
        remedies.append(drop_out(hidden))
    regularizable = tuple(
        layer.id for layer in run.hidden if layer.options.get("kernel_regularizer") is None
    )
    if regularizable:
        remedies.append(decay_weights(regularizable))
    losses, best = run.values("val_loss"), _lowest(run)
    rows = [
        ("Lowest validation loss", f"{short(best[1])} (epoch {best[0]:,})"),
        ("Validation loss", short(losses[-1])),
        *((("Training loss", short(run.values("loss")[-1])),) if run.values("loss") else ()),
        *run.fit_rows[: 1 if run.accuracy else 0],
    ]
    if run.accuracy and run.values(f"val_{run.accuracy}"):
        rows.append(("Validation accuracy", f"{run.values(f'val_{run.accuracy}')[-1]:.2f}"))
    words = (
        "The generalization error has started to increase: the network learns the training samples "
        "by heart and gets worse on those that it has not seen. Stop training there."
        if rising is not None
        else "What was learned holds for the training samples and not for others. The network is "
        "large enough to learn samples by heart; regularization takes that freedom from it."
    )
    return Diagnosis(
        kind="overfitting",
        severity="warning",
        title="Overfitting",
        mark="overfits",
        since=since,
        until=run.last_epoch,
        explanation=words,
        rows=tuple(rows),
        figures=_figures(run, best[0]),
        remedies=tuple(remedies),
        note=f"Patience {_patience(run)} epochs. One step to undo."
        if rising is not None
        else "One step to undo.",
        source="Lecture 14, Early stopping; Prechelt 1998.",
        lesson="early stopping",
        where="training",
    )


def _patience(run: RunEvidence) -> int:
    """A tenth of the epochs, 5 to 20."""
    return max(5, min(20, run.last_epoch // 10))


def _medians(points: tuple[tuple[float, float], ...]) -> list[tuple[int, float]]:
    """(epoch, median of the last five values up to it)."""
    values = [value for _, value in points]
    return [
        (int(epoch), middle(values[max(0, place + 1 - SMOOTHED) : place + 1]))
        for place, (epoch, _) in enumerate(points)
    ]


def _rising_since(run: RunEvidence) -> int | None:
    stopping = run.project.training.early_stopping
    taken_care_of = stopping.enabled and stopping.restore_best_weights
    if run.restored or (taken_care_of and run.reason in (None, "finished", "early_stopping")):
        return None
    training = dict(_medians(run.curve("loss")))
    flags: list[tuple[int, bool]] = []
    lowest: tuple[int, float] | None = None
    least = NOTEWORTHY * (run.reference_loss or 0.0)
    for epoch, value in _medians(run.curve("val_loss")):
        if lowest is None or value < lowest[1]:
            lowest = (epoch, value)
        rise = value - lowest[1]
        learned = training.get(epoch, math.inf)
        learns_on = learned < 0.8 * value and learned <= 1.1 * training.get(lowest[0], -math.inf)
        above = rise > GENERALIZATION_LOSS * lowest[1] and rise > least
        flags.append((epoch, above and learns_on))
    return streak(flags, LASTS)


def _gap_since(run: RunEvidence) -> int | None:
    name = run.accuracy
    if not name or run.summary is None or not run.summary.counts[1]:
        return None
    kept = run.best_epoch if run.restored else run.last_epoch
    validation = dict(_medians(run.curve(f"val_{name}")))
    flags = []
    for epoch, accuracy in _medians(run.curve(name)):
        if epoch > kept or epoch not in validation:
            continue
        share = min(0.99, max(0.01, validation[epoch]))
        error = math.sqrt(share * (1 - share) / run.summary.counts[1])
        flags.append((epoch, accuracy - validation[epoch] > max(ACCURACY_GAP, DEVIATIONS * error)))
    return streak(flags, LASTS)


def _lowest(run: RunEvidence) -> tuple[int, float]:
    epoch, value = min(run.curve("val_loss"), key=lambda point: point[1])
    return int(epoch), value


def _figures(run: RunEvidence, best: int) -> tuple[Figure, ...]:
    figures: list[Figure] = [
        CurvesFigure(
            "Loss",
            "by epoch",
            (
                run.line("loss", "training", "training"),
                run.line("val_loss", "validation", "validation"),
            ),
            gap=(0, 1),
            mark=(best, "lowest"),
        )
    ]
    name = run.accuracy
    if name and run.curve(f"val_{name}"):
        figures.append(
            CurvesFigure(
                "Accuracy",
                "by epoch",
                (
                    run.line(name, "training", "training"),
                    run.line(f"val_{name}", "validation", "validation"),
                ),
                gap=(0, 1),
            )
        )
    return tuple(figures)


def underfitting(run: RunEvidence) -> Diagnosis | None:
    """Less than 40 % of what a guess leaves is learned even on the training samples
    (`RunEvidence.explained`), and either the training loss has settled: over 15 epochs or more, its
    last third is not 2 % below the third before; or all planned epochs are over and it still falls
    by more than 5 %: too few epochs.

    Sources: Lecture 14, "How to choose the number of epochs?" ("Too small: underfitting");
    Goodfellow, Bengio and Courville 2016, section 5.2; the limit after Landis and Koch 1977 (a
    kappa of 0.4 and less is "fair" at most).
    """
    explained = run.explained()
    losses = run.values("loss")
    if explained is None or explained >= WELL_LEARNED or len(losses) < 3:
        return None
    third = max(1, len(losses) // 3)
    late, before = statistics.fmean(losses[-third:]), statistics.fmean(losses[-2 * third : -third])
    fall = 1 - late / before if before > 0 else 0.0
    too_few = run.reason == "finished" and fall > STILL_FALLING
    settled = len(losses) >= FEWEST and fall < SETTLED
    if not (too_few or settled):
        return None
    larger = larger_network(run.hidden, run.output_id)
    epochs = 3 * max(run.project.training.epochs, run.last_epoch)
    more = set_training(f"Train for {epochs:,} epochs", "epochs", epochs)
    remedies = [more] if too_few else []
    remedies += [larger] if larger is not None else []
    if too_few and run.rate is not None and run.usual_rate is not None:
        if 3 * run.rate <= 10 * run.usual_rate:
            rate = float(f"{3 * run.rate:.1g}")
            remedies.append(
                set_training(f"Learning rate {rate:g}", "optimizer.learning_rate", rate)
            )
    words = (
        "The number of epochs is too small: the loss was still falling when the training ended, "
        "and not even the training samples are learned. Let it train longer."
        if too_few
        else "Not even the training samples are learned, and the loss does not fall any more. The "
        "network is too small for the task: it needs more units or layers to describe it."
    )
    share = "Learned beyond a guess"
    hidden = sum(1 for _ in run.hidden)
    return Diagnosis(
        kind="underfitting",
        severity="warning",
        title="Underfitting",
        mark="underfits",
        since=max(1, run.last_epoch - third + 1),
        until=run.last_epoch,
        explanation=words,
        rows=(
            (share, f"{max(0.0, explained):.0%}"),
            ("Training loss", short(losses[-1])),
            ("Falls over the last third", f"{max(0.0, fall):.1%}"),
            ("Hidden layers", str(hidden)),
            *run.fit_rows[: 1 if run.accuracy else 0],
        ),
        figures=_fit_figures(run),
        remedies=tuple(remedies),
        source="Lecture 14, Number of epochs; Goodfellow et al. 2016, 5.2.",
        lesson="early stopping",
        where="training" if too_few else (run.hidden[0].id if run.hidden else "training"),
    )


def _fit_figures(run: RunEvidence) -> tuple[Figure, ...]:
    found: list[Figure] = []
    for name, title in (("loss", "Loss"), (run.accuracy, "Accuracy")):
        if not name or not run.curve(name):
            continue
        curves = [run.line(name, "training", "training")]
        if run.curve(f"val_{name}"):
            curves.append(run.line(f"val_{name}", "validation", "validation"))
        found.append(CurvesFigure(title, "by epoch", tuple(curves)))
    return tuple(found)
