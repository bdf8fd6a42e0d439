"""What units tell: those that are never active are not updated any more."""

from collections.abc import Callable

from app.core.advisor.diagnosis import Diagnosis
from app.core.advisor.evidence import RunEvidence, short, streak
from app.core.advisor.figures import (
    ActivationFigure,
    Band,
    Curve,
    CurvesFigure,
    Figure,
    few,
    few_words,
)
from app.core.advisor.remedies import (
    biased,
    normalize_behind,
    set_rate,
    use_leaky_relu,
)
from app.core.problems import Fix
from app.core.run_findings import dead_units_words, is_a_sick_layer, is_worth_a_warning

SICK_FOR, WHOLE_FOR = 5, 3
"""Epochs in a row, of a part of a layer and of all of it: early on units come back."""
FAR_ABOVE = 10.0
"""A learning rate of so many times Keras's default is taken for the cause."""


def dead_units(run: RunEvidence) -> Diagnosis | None:
    """In some layer half of the units or more (`SICK_SHARE`) are 0 for every sample that is looked
    at, at the end of five epochs in a row; three where it is a whole layer. Fewer, from
    a tenth on, are told of as no harm yet; trained networks often have so many and lose nothing by
    them.

    Sources: Lecture 14, '"dead ReLU": no parameter update happens'; Maas, Hannun and Ng 2013 (leaky
    ReLU); Lu, Shin, Su and Karniadakis 2019, "Dying ReLU and initialization".
    """
    since = _since(run, lambda dead, units: dead == units > 0, WHOLE_FOR)
    since = _since(run, is_a_sick_layer, SICK_FOR) if since is None else since
    if since is None:
        return None
    network = run.project.network
    counted = [entry for entry in run.healths[-1].dead_units if network.has(entry[0])]
    sick = [entry for entry in counted if is_a_sick_layer(entry[1], entry[2])]
    if not sick:
        return None
    whole = [name for name, dead, units in sick if dead == units]
    dying = tuple(
        layer
        for layer in (network.layer(name) for name, _, _ in sick)
        if layer.options.get("activation") == "relu" or layer.kind == "ReLU"
    )
    remedies: list[Fix] = []
    note = "One step to undo."
    rate, usual = run.rate, run.usual_rate
    driven = rate is not None and usual is not None and rate > FAR_ABOVE * usual
    if dying:
        remedies.append(use_leaky_relu(dying))
        if any(biased(layer) for layer in dying):
            note = "Also lets the biases begin at 0. One step to undo."
    if rate is not None:
        lower = usual if driven and usual is not None else float(f"{rate / 10:.3g}")
        remedies.insert(0 if driven else len(remedies), set_rate(lower))
        note = "One step to undo." if driven else note
    with_units = tuple(layer.id for layer in run.hidden)
    if with_units:
        remedies.append(normalize_behind(with_units))
    worst = max(sick, key=lambda entry: entry[1] / entry[2])
    cause = (
        "The learning rate is large: one long step can push a unit to where it never comes back."
        if driven
        else "Their biases begin far below 0."
        if any(biased(layer) for layer in dying)
        else "Long steps or unlucky first weights bring units there."
    )
    figures: list[Figure] = [_shares_figure(run, worst[0])]
    if dying:
        figures.append(
            ActivationFigure(
                "Activation and its derivative",
                "ReLU against leaky ReLU",
                "relu",
                "leaky_relu",
                "Below 0 the derivative of ReLU is 0: nothing is updated.",
            )
        )
    return Diagnosis(
        kind="dead_units",
        severity="error" if whole else "warning",
        title="Dead units",
        mark="units are dead",
        since=since,
        until=run.healths[-1].epoch,
        explanation="Many units are 0 for every sample. What a ReLU receives is always negative "
        f"there, its derivative is 0, and no parameter update happens. {cause}",
        rows=(
            *((f"Dead, {name}", f"{dead:,} of {units:,}") for name, dead, units in sick[:3]),
            *([("Learning rate", short(rate))] if rate is not None and driven else []),
            *run.fit_rows,
        ),
        figures=tuple(figures),
        remedies=tuple(remedies),
        note=note,
        source="Lecture 14, dead ReLU; Maas, Hannun and Ng 2013; Lu et al. 2019.",
        lesson="dead ReLU",
        where=worst[0],
    )


def noticed_units(run: RunEvidence) -> tuple[str, ...]:
    """Of each layer with dead units enough to be told of, a phrase."""
    last = run.healths[-1].dead_units if run.healths else ()
    return tuple(dead_units_words(*entry) for entry in last if is_worth_a_warning(*entry[1:]))


def _since(run: RunEvidence, sick: Callable[[int, int], bool], needed: int) -> int | None:
    flags = [
        (health.epoch, any(sick(dead, units) for _, dead, units in health.dead_units))
        for health in run.healths
        if health.dead_units
    ]
    return streak(flags, needed)


def shares_figure(run: RunEvidence) -> CurvesFigure | None:
    """The share of dead units of each layer over the epochs; None where nothing can die."""
    return _shares_figure(run, "") if any(one.dead_units for one in run.healths) else None


def _shares_figure(run: RunEvidence, worst: str) -> CurvesFigure:
    curves = _share_curves(run, worst)
    return CurvesFigure(
        "Dead units of each layer",
        f"{few_words(len(curves))}share in %, by epoch",
        few(curves),
        band=Band(50.0, 100.0, "half of the layer or more"),
    )


def _share_curves(run: RunEvidence, worst: str) -> tuple[Curve, ...]:
    points: dict[str, list[tuple[float, float]]] = {}
    for health in run.healths:
        for name, dead, units in health.dead_units:
            share = 100.0 * dead / units if units else 0.0
            points.setdefault(name, []).append((float(health.epoch), share))
    return tuple(
        Curve(name, tuple(found), "bad" if name == worst else "plain")
        for name, found in points.items()
    )
