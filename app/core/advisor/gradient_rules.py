"""What gradients tell: they vanish or explode on their way to the first layers."""

import math
from collections.abc import Sequence

from app.core.activation_catalog import ACTIVATIONS, activation_label
from app.core.activation_facts import log_product_bound, plain_number, scientific, superscript
from app.core.advisor.diagnosis import Diagnosis
from app.core.advisor.evidence import Norms, RunEvidence, middle, short, streak
from app.core.advisor.figures import (
    ActivationFigure,
    Band,
    Curve,
    CurvesFigure,
    Figure,
    Points,
    few,
    few_words,
)
from app.core.advisor.remedies import (
    SIGNED,
    fewer_layers,
    normalize_behind,
    set_rate,
    set_training,
    use_he_in,
    use_relu_in,
)
from app.core.optimizer_catalog import CLIPPING
from app.core.problems import Fix
from app.core.run_findings import SATURATING, VANISHED_SHARE, gradient_vanishes

SEEN_FOR = 3
"""Epochs in a row that a sign must last."""
BACK_AT = 3 * VANISHED_SHARE
"""A first layer that gets this share again is well: the diagnosis does not come and go."""
SMOOTHED = 15
"""Epochs of whose norms the median is taken: each is that of a single step."""
MOST_DRAWN = 200
"""Epochs of which the medians are drawn; of more every second, and so on."""
EXPLODED = 100.0
"""A gradient of this norm, in all layers together, makes steps that no usual rate can tame."""


def vanishing_gradient(run: RunEvidence) -> Diagnosis | None:
    """The first layer with weights gets less than a thousandth (`VANISHED_SHARE`) of the gradient
    of the last one, by the medians of up to fifteen epochs, three epochs in a row; of three layers
    with weights at least. It is over when the first layer gets three thousandths again. Not told
    where a whole layer is dead: that is why nothing comes through.

    Sources: Lecture 14, "Vanishing gradient problem"; Hochreiter 1991; Glorot and Bengio 2010,
    "Understanding the difficulty of training deep feedforward neural networks".
    """
    ordered = run.norms
    flags: list[tuple[int, bool]] = []
    there = False
    for end in range(1, len(ordered) + 1):
        share = BACK_AT if there else VANISHED_SHARE
        there = gradient_vanishes(_ends(ordered, end), share)
        flags.append((ordered[end - 1][0], there))
    since = streak(flags, SEEN_FOR)
    if since is None or any(dead == units for _, dead, units in run.healths[-1].dead_units):
        return None
    epoch, norms = ordered[-1][0], middle_norms(ordered)
    (first, small), (last, large) = norms[0], norms[-1]
    network = run.project.network
    hidden = [name for name, _ in norms[:-1]]
    saturating = tuple(
        name for name in hidden if network.layer(name).options.get("activation") in SATURATING
    )
    names = [str(network.layer(name).options["activation"]) for name in saturating]
    shown = min(names, key=lambda name: (-names.count(name), _bound(name)), default="")
    count = names.count(shown)
    narrow = tuple(
        name
        for name in hidden
        if network.layer(name).options.get("activation") in SIGNED
        and network.layer(name).options.get("kernel_initializer") not in ("he_normal", "he_uniform")
        and "kernel_initializer" in network.layer(name).options
    )
    remedies: list[Fix] = []
    if saturating:
        remedies.append(use_relu_in(saturating))
    elif narrow:
        remedies.append(use_he_in(narrow))
    with_units = tuple(layer.id for layer in run.hidden)
    if with_units:
        remedies.append(normalize_behind(with_units))
    fewer = fewer_layers(with_units)
    if fewer is not None:
        remedies.append(fewer)
    ratio = f"{large / small:,.0f} : 1" if small > 0 else "∞ : 1"
    figures: list[Figure] = [_norms_figure(ordered, first, last)]
    if shown:
        figures.append(_activation_figure(shown, count))
    return Diagnosis(
        kind="vanishing_gradient",
        severity="error",
        title="Vanishing gradient",
        mark="gradient vanishes",
        since=since,
        until=epoch,
        explanation=_vanishing_words(shown, count),
        rows=(
            (f"Gradient, {last}", short(large)),
            (f"Gradient, {first}", short(small)),
            ("Last to first layer", ratio),
            ("Gradients: medians", median_span(ordered)),
            *run.fit_rows,
        ),
        figures=tuple(figures),
        remedies=tuple(remedies),
        note="Also sets the He initializer. One step to undo."
        if saturating
        else "One step to undo.",
        source="Lecture 14, Vanishing gradient problem; Glorot and Bengio 2010.",
        lesson="activations and gradients",
        where=first,
    )


def _vanishing_words(name: str, layers: int) -> str:
    begin = "The first layers hardly learn. "
    if not name:
        return begin + (
            "The deeper the network, the smaller the gradients become in the early layers: here "
            "each layer's weights make what passes through smaller, and the updates are very small."
        )
    label, bound = activation_label(name), _bound(name)
    each = (
        f"Going back through each {label} multiplies the gradient by {plain_number(bound)} or less"
    )
    if bound >= 1:
        return (
            f"{begin}{each}, far less where it is saturated, and the product leaves almost nothing."
        )
    several = "it leaves" if layers == 1 else f"{_COUNTS.get(layers, str(layers))} of them leave"
    return f"{begin}{each}, and {several} almost nothing."


def _bound(name: str) -> float:
    """The most that the derivative of an activation can be."""
    return ACTIVATIONS[name].derivative_bound


_WORDS = "no one two three four five six seven eight nine ten eleven twelve"
_COUNTS = dict(enumerate(_WORDS.split(" ")))


def _activation_figure(name: str, layers: int) -> ActivationFigure:
    label, bound = activation_label(name), ACTIVATIONS[name].derivative_bound
    total = scientific(log_product_bound(bound, layers))
    number = _COUNTS.get(layers, str(layers)).capitalize()
    noun = "derivative" if layers == 1 else "derivatives"
    verb = "is" if layers == 1 else "multiply to"
    power = f"{plain_number(bound)}{superscript(layers)}"
    words = f"{number} {label} {noun} {verb} at most {power} {total}."
    if bound >= 1:
        words = (
            f"The derivative of {label} is {plain_number(bound)} at 0 and falls to 0 on both sides."
        )
    return ActivationFigure(
        "Activation and its derivative", f"{label} against ReLU", name, "relu", words
    )


def exploding_gradient(run: RunEvidence) -> Diagnosis | None:
    """The norm of the whole gradient is above 100 at the end of three epochs in a row. Of
    classes only: their losses are of size 1, whatever the data. Not told where gradients are
    clipped.

    Source: Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural
    networks": gradients are clipped by their norm.
    """
    options = run.project.training.optimizer.options
    if not run.class_shares or any(options.get(name) is not None for name in CLIPPING):
        return None
    ordered = run.norms
    totals = [(epoch, sum(norm**2 for _, norm in norms) ** 0.5) for epoch, norms in ordered]
    since = streak([(epoch, total > EXPLODED) for epoch, total in totals], SEEN_FOR)
    if since is None:
        return None
    epoch, norms = ordered[-1]
    largest, norm = max(norms, key=lambda pair: pair[1])
    remedies: list[Fix] = [set_training("Clip gradients", "optimizer.clipnorm", 1.0)]
    rate = run.rate
    if rate is not None:
        remedies.append(set_rate(float(f"{rate / 10:.3g}")))
    remedies.append(normalize_behind(tuple(layer.id for layer in run.hidden)))
    return Diagnosis(
        kind="exploding_gradient",
        severity="warning",
        title="Exploding gradient",
        mark="gradient explodes",
        since=since,
        until=epoch,
        explanation="The steps are far too long. Going back, each layer makes the gradient larger, "
        "so that a single step may undo what was learned before.",
        rows=(
            ("Gradient, all layers", short(totals[-1][1])),
            (f"Gradient, {largest}", short(norm)),
            *run.fit_rows,
        ),
        figures=(
            CurvesFigure(
                "Gradient norm of each layer",
                f"{few_words(len(norms))}log scale, by epoch",
                few(_norm_curves(ordered, largest, norms[-1][0])),
                logarithmic=True,
            ),
        ),
        remedies=tuple(remedies),
        note="Gradients longer than 1 are cut to 1. One step to undo.",
        source="Pascanu, Mikolov and Bengio 2013.",
        lesson="activations and gradients",
        where=largest,
    )


def norms_figure(run: RunEvidence) -> CurvesFigure | None:
    """The gradient norm of each layer over the epochs; None where none was measured."""
    ordered = [(epoch, norms) for epoch, norms in run.norms if norms]
    if not ordered:
        return None
    norms = middle_norms(ordered)
    return _norms_figure(ordered, "", norms[-1][0], warn=len(norms) >= 3)


def _norms_figure(
    ordered: Sequence[tuple[int, Norms]], bad: str, strong: str, *, warn: bool = True
) -> CurvesFigure:
    step = math.ceil(len(ordered) / MOST_DRAWN)
    drawn = sorted({*range(1, len(ordered) + 1, step), len(ordered)})
    smooth = [(ordered[end - 1][0], middle_norms(ordered, end)) for end in drawn]
    curves = _norm_curves(smooth, bad, strong)
    limit = smooth[-1][1][-1][1] * VANISHED_SHARE
    low = min([limit, *(value for curve in curves for _, value in curve.points if value > 0)])
    warned = warn and limit > 0
    return CurvesFigure(
        "Gradient norm of each layer",
        f"{few_words(len(curves))}log scale, medians of {SMOOTHED} epochs",
        few(curves),
        logarithmic=True,
        band=Band(low / 10, limit, "below a thousandth of the last layer") if warned else None,
    )


def recent_norms(run: RunEvidence) -> Norms:
    """The norm of each layer, the median of the last epochs, from the input to the output: that of
    a single step leaps about.
    """
    return middle_norms(run.norms)


def middle_norms(ordered: Sequence[tuple[int, Norms]], end: int | None = None) -> Norms:
    """The norm of each layer, the median of the last `SMOOTHED` epochs of the first `end` (of all):
    what is said of gradients is said by these, for that of a single step leaps about.
    """
    if not ordered:
        return ()
    recent = _recent(ordered, len(ordered) if end is None else end)
    return tuple(
        (name, _middle_of(recent, place, name)) for place, (name, _) in enumerate(recent[-1])
    )


def median_span(ordered: Sequence[tuple[int, Norms]], end: int | None = None) -> str:
    """Over which epochs `middle_norms` are the medians: "over the last 15 epochs"."""
    epochs = [epoch for epoch, _ in ordered][:end][-SMOOTHED:]
    if not epochs:
        return ""
    if len(epochs) == 1:
        return f"at epoch {epochs[0]:,} alone"
    if epochs[-1] - epochs[0] == len(epochs) - 1:
        return f"over the last {len(epochs)} epochs"
    return f"over {len(epochs)} of the last {epochs[-1] - epochs[0] + 1:,} epochs"


def _ends(ordered: Sequence[tuple[int, Norms]], end: int) -> Norms:
    """Those of the first layer and the last alone, with another one between as it is."""
    recent = _recent(ordered, end)
    norms = recent[-1]
    if len(norms) < 3:
        return ()
    first, last = norms[0][0], norms[-1][0]
    low, high = _middle_of(recent, 0, first), _middle_of(recent, len(norms) - 1, last)
    return ((first, low), norms[1], (last, high))


def _recent(ordered: Sequence[tuple[int, Norms]], end: int) -> list[Norms]:
    return [norms for _, norms in ordered[max(0, end - SMOOTHED) : end]]


def _middle_of(recent: list[Norms], place: int, name: str) -> float:
    """The median of a layer's norms; it has the same place in all of them."""
    return middle([one[place][1] for one in recent if len(one) > place and one[place][0] == name])


def _norm_curves(ordered: Sequence[tuple[int, Norms]], bad: str, strong: str) -> tuple[Curve, ...]:
    points: dict[str, list[tuple[float, float]]] = {}
    for epoch, norms in ordered:
        for name, norm in norms:
            points.setdefault(name, []).append((float(epoch), norm))
    return tuple(
        Curve(
            name, _points(found), "bad" if name == bad else "strong" if name == strong else "plain"
        )
        for name, found in points.items()
    )


def _points(found: list[tuple[float, float]]) -> Points:
    return tuple(found)
