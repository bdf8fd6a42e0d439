"""The advisor's rules on made-up histories: signs, limits, noise, words, remedies."""

import math
import pickle
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.core.advisor.consultation import RULES, consult
from app.core.advisor.diagnosis import Diagnosis
from app.core.advisor.evidence import EpochHealth, RunEvidence, short, streak
from app.core.advisor.figures import Curve, CurvesFigure, Role, SpansFigure, few, few_words
from app.core.advisor.fit_rules import overfitting, underfitting
from app.core.advisor.gradient_rules import median_span, recent_norms, vanishing_gradient
from app.core.advisor.rate_rules import (
    creeps,
    higher_rate,
    jumps,
    learning_rate_high,
    learning_rate_low,
    lower_rate,
)
from app.core.advisor.unit_rules import dead_units
from app.core.data_summary import DataSummary, FeatureStatistics
from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.resolve import resolve
from app.core.run_record import EpochRow
from app.core.templates import start_from, why_deep_sigmoid_fails
from app.core.training_options import with_training_value

SUMMARY = DataSummary(
    title="two moons",
    task="binary",
    input_shape=(2,),
    target_names=("class",),
    class_names=("a", "b"),
    counts=(280, 60, 60),
    class_counts=((140, 30, 30), (140, 30, 30)),
)


def history(**columns: Sequence[float]) -> tuple[EpochRow, ...]:
    count = len(next(iter(columns.values())))
    return tuple(
        EpochRow(
            epoch=place + 1,
            metrics=FrozenMap({name: float(values[place]) for name, values in columns.items()}),
            seconds=0.01,
            learning_rate=0.01,
        )
        for place in range(count)
    )


def with_option(project: Project, **values: object) -> Project:
    training = project.training
    for name, value in values.items():
        training = with_training_value(training, name.replace("__", "."), value)  # type: ignore[arg-type]
    return project.model_copy(update={"training": training})


NO_STOP = with_option(start_from("moons"), early_stopping__enabled=False)
SLOW = with_option(NO_STOP, optimizer__learning_rate=1e-5)


def run_of(
    project: Project = NO_STOP,
    healths: Sequence[EpochHealth] = (),
    reason: str | None = "finished",
    summary: DataSummary | None = SUMMARY,
    **columns: Sequence[float],
) -> RunEvidence:
    rows = history(**columns) if columns else ()
    return RunEvidence(project, rows, tuple(healths), summary, reason, planned=len(rows))


def told(rule: Callable[[RunEvidence], Diagnosis | None], run: RunEvidence) -> list[int]:
    """At which epochs the rule tells of something while the run goes on."""
    return [epoch for epoch in range(1, run.last_epoch + 1) if rule(run.until(epoch)) is not None]


# ---------------------------------------------------------------- signs over epochs


@pytest.mark.parametrize(
    ("signs", "begin"),
    [
        ("", None),
        ("11", None),
        ("111", 1),
        ("0111", 2),
        ("1110", None),
        ("11011", 1),
        ("110011", None),
        ("1100111", 5),
    ],
)
def test_a_sign_must_last_and_may_miss_once(signs: str, begin: int | None) -> None:
    flags = [(place + 1, sign == "1") for place, sign in enumerate(signs)]
    assert streak(flags, 3) == begin


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.4e-5, "1.4e-5"),
        (2e-7, "2e-7"),
        (0.1, "0.100"),
        (12.345, "12.35"),
        (7706.2, "7,706"),
        (-0.5, "−0.500"),
        (math.inf, "not finite"),
        (2.5e6, "2.5e6"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert short(value) == text


# ---------------------------------------------------------------- gradients

DEEP = with_option(why_deep_sigmoid_fails(), early_stopping__enabled=False)
DENSE = tuple(layer.id for layer in DEEP.network.layers if layer.kind == "Dense")


def gradients(ratios: Sequence[float], scale: Sequence[float] | None = None) -> list[EpochHealth]:
    """Norms that fall evenly from the last layer (1, times `scale`) to the first (`ratios`)."""
    places = range(len(DENSE))
    last = len(DENSE) - 1
    return [
        EpochHealth(
            epoch,
            gradient_norms=tuple(
                (DENSE[place], (scale[epoch - 1] if scale else 1.0) * ratio ** (1 - place / last))
                for place in reversed(places)  # not in the order of the network
            ),
        )
        for epoch, ratio in enumerate(ratios, start=1)
    ]


def flat(epochs: int) -> dict[str, Any]:
    return {"loss": [0.69] * epochs, "accuracy": [0.5] * epochs}


def test_below_a_thousandth_it_vanishes_after_three_epochs() -> None:
    run = run_of(DEEP, gradients([5e-4] * 6), **flat(6))
    assert told(vanishing_gradient, run) == [3, 4, 5, 6]
    found = vanishing_gradient(run)
    assert found is not None
    assert (found.since, found.until) == (1, 6)
    assert found.found == "Found at epoch 1, still there at 6"
    assert dict(found.rows)["Last to first layer"] == "2,000 : 1"
    assert dict(found.rows)["Training accuracy"] == "0.50 (chance 0.50)"
    assert vanishing_gradient(run_of(DEEP, gradients([2e-3] * 6), **flat(6))) is None


def test_single_steps_do_not_let_it_come_and_go() -> None:
    random.seed(5)
    ratios = [3e-4 * (20 if random.random() < 0.2 else 1) for _ in range(60)]
    run = run_of(DEEP, gradients(ratios), **flat(60))
    first = told(vanishing_gradient, run)
    assert first[-1] == 60
    assert len(first) >= 56
    assert (
        told(vanishing_gradient, run_of(DEEP, gradients([1e-2, 1e-5, 1e-2] * 5), **flat(15))) == []
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_last_layer_whose_steps_leap_does_not_hide_it(seed: int) -> None:
    """As ten sigmoid layers on moons: the first at 7e-5, the last anywhere about 0.2."""
    chance = random.Random(seed)
    last = [abs(chance.gauss(0.0, 0.3)) + 1e-3 for _ in range(300)]
    run = run_of(DEEP, gradients([7e-5 / one for one in last], last), **flat(300))
    found = vanishing_gradient(run)
    assert found is not None
    assert found.since <= 5
    assert len(told(vanishing_gradient, run)) >= 290


def test_the_scale_of_all_gradients_says_nothing() -> None:
    scale = [10.0**-k for k in range(8)]
    run = run_of(DEEP, gradients([0.1] * 8, scale), **flat(8))
    assert vanishing_gradient(run) is None


def test_norms_come_in_the_order_of_the_network() -> None:
    run = run_of(DEEP, gradients([1e-4] * 3), **flat(3))
    assert [name for name, _ in recent_norms(run)] == list(DENSE)
    assert recent_norms(run)[0][1] == pytest.approx(1e-4)
    assert recent_norms(run_of(DEEP)) == ()


def test_the_evidence_is_what_was_measured() -> None:
    found = vanishing_gradient(run_of(DEEP, gradients([1e-5] * 4), **flat(4)))
    assert found is not None
    figure, pair = found.figures
    assert isinstance(figure, CurvesFigure)
    assert figure.logarithmic
    curves = {curve.label: curve for curve in figure.curves}
    assert curves[DENSE[0]].points[-1][0] == 4.0
    assert curves[DENSE[0]].points[-1][1] == pytest.approx(1e-5)
    assert curves[DENSE[0]].role == "bad"
    assert curves[DENSE[-1]].role == "strong"
    assert figure.band is not None
    assert figure.band.high == pytest.approx(1e-3)
    assert "0.25⁶" in pair.words  # type: ignore[union-attr]


def test_medians_say_of_which_epochs_they_are() -> None:
    found = vanishing_gradient(run_of(DEEP, gradients([1e-5] * 20), **flat(20)))
    assert found is not None
    assert dict(found.rows)["Gradients: medians"] == "over the last 15 epochs"
    assert median_span([(4, ())]) == "at epoch 4 alone"
    assert median_span([(1, ()), (129, ()), (140, ())]) == "over 3 of the last 140 epochs"
    assert median_span([(epoch, ()) for epoch in range(1, 9)], 3) == "over the last 3 epochs"


def test_of_many_curves_those_that_matter_are_drawn() -> None:
    role: Role
    curves = []
    for place in range(13):
        role = "bad" if place == 4 else "strong" if place == 12 else "plain"
        curves.append(Curve(f"layer_{place}", ((1.0, 0.0), (2.0, float(place))), role))
    drawn = few(tuple(curves))
    assert [curve.label for curve in drawn] == ["layer_0", "layer_4", "layer_6", "layer_12"]
    assert few(tuple(curves[:8])) == tuple(curves[:8])
    assert few_words(13) == "some of 13 layers, "
    assert few_words(8) == ""


# ---------------------------------------------------------------- units


def deaths(shares: Sequence[int], units: int = 16) -> list[EpochHealth]:
    return [
        EpochHealth(epoch, dead_units=(("dense_1", dead, units), ("dense_2", 0, 16)))
        for epoch, dead in enumerate(shares, start=1)
    ]


@pytest.mark.parametrize(
    ("shares", "epochs"),
    [
        ([7] * 8, []),
        ([8] * 7, [5, 6, 7]),
        ([16] * 5, [3, 4, 5]),
        ([8, 8, 8, 8, 2, 2, 2], []),
        ([0, 0, 8, 8, 3, 8, 8, 8], [8]),
    ],
)
def test_half_a_layer_for_five_epochs_or_all_of_it_for_three(
    shares: list[int], epochs: list[int]
) -> None:
    run = run_of(NO_STOP, deaths(shares), **flat(len(shares)))
    assert told(dead_units, run) == epochs


def test_fewer_dead_units_are_noticed_and_no_illness() -> None:
    found = consult(run_of(NO_STOP, deaths([3] * 8), **flat(8)))
    assert "dead_units" not in [one.kind for one in found.diagnoses]
    assert found.noticed == ("3 of 16 units of dense_1 are dead: fewer than half, it still learns",)
    assert consult(run_of(NO_STOP, deaths([1] * 8), **flat(8))).noticed == ()


def test_a_dead_layer_is_no_vanishing_gradient() -> None:
    healths = [
        EpochHealth(one.epoch, one.gradient_norms, (), ((DENSE[3], 8, 8),))
        for one in gradients([1e-9] * 4)
    ]
    run = run_of(DEEP, healths, **flat(4))
    assert [one.kind for one in consult(run).diagnoses] == ["dead_units"]


# ---------------------------------------------------------------- curves


def test_the_validation_loss_rises_while_the_training_loss_falls() -> None:
    training = [0.7 * 0.95**k for k in range(60)]
    validation = [0.7 * 0.95**k if k < 20 else 0.25 + 0.01 * (k - 19) for k in range(60)]
    run = run_of(loss=training, val_loss=validation, reason=None)
    epochs = told(overfitting, run)
    assert 22 < epochs[0] < 40
    assert epochs == list(range(epochs[0], 61))
    found = overfitting(run)
    assert found is not None
    assert dict(found.rows)["Lowest validation loss"] == "0.260 (epoch 21)"
    figure = found.figures[0]
    assert isinstance(figure, CurvesFigure)
    assert figure.gap == (0, 1)
    assert figure.mark == (21, "lowest")


def test_a_noisy_flat_validation_loss_is_no_overfitting() -> None:
    random.seed(1)
    training = [0.7 * 0.97**k for k in range(100)]
    validation = [0.3 + 0.7 * 0.9**k + random.gauss(0, 0.012) for k in range(100)]
    assert told(overfitting, run_of(loss=training, val_loss=validation)) == []


def test_what_early_stopping_takes_care_of_is_not_told() -> None:
    training = [0.7 * 0.95**k for k in range(60)]
    validation = [0.7 * 0.95**k if k < 20 else 0.25 + 0.01 * (k - 19) for k in range(60)]
    stopping = with_option(NO_STOP, early_stopping__enabled=True)
    run = run_of(stopping, reason=None, loss=training, val_loss=validation)
    assert told(overfitting, run) == []
    assert overfitting(run_of(stopping, reason="stopped", loss=training, val_loss=validation))


@pytest.mark.parametrize(("gap", "expected"), [(0.05, False), (0.25, True)])
def test_a_gap_of_accuracies_must_be_more_than_chance(gap: float, expected: bool) -> None:
    columns: dict[str, Any] = {
        "loss": [0.2] * 12,
        "val_loss": [0.3] * 12,
        "accuracy": [0.95] * 12,
        "val_accuracy": [0.95 - gap] * 12,
    }
    assert (overfitting(run_of(**columns)) is not None) == expected


def test_little_is_learned_and_no_more_comes() -> None:
    run = run_of(loss=[0.69] * 20, accuracy=[0.55] * 20)
    assert told(underfitting, run)[0] == 15
    assert underfitting(run_of(loss=[0.69] * 20, accuracy=[0.75] * 20)) is None
    falling = [0.69 - 0.02 * k for k in range(20)]
    assert told(underfitting, run_of(loss=falling, accuracy=[0.6] * 20, reason=None)) == []
    finished = underfitting(run_of(loss=falling, accuracy=[0.6] * 20))
    assert finished is not None
    assert finished.remedies[0].label.startswith("Train for")


def test_of_a_continued_run_more_epochs_are_more_than_it_had() -> None:
    epochs = NO_STOP.training.epochs + 200
    falling = [0.69 - 0.3 * k / epochs for k in range(epochs)]
    found = underfitting(run_of(loss=falling, accuracy=[0.6] * epochs))
    assert found is not None
    assert found.remedies[0].label == f"Train for {3 * epochs:,} epochs"


# ---------------------------------------------------------------- what a guess costs

UNEVEN = replace(SUMMARY, class_counts=((270, 55, 55), (30, 5, 5)), counts=(300, 60, 60))
BALANCED = replace(UNEVEN, class_weights=(300 / 540, 300 / 60))


def loss_of_the_best_guess(summary: DataSummary, weights: tuple[float, float]) -> float:
    """The lowest weighted cross-entropy of one and the same answer, by trying all."""
    counts = [training for training, _, _ in summary.class_counts]
    return min(
        -(weights[0] * counts[0] * math.log(1 - p) + weights[1] * counts[1] * math.log(p))
        / sum(counts)
        for p in (k / 10_000 for k in range(1, 10_000))
    )


@pytest.mark.parametrize(
    ("summary", "weights"),
    [
        (UNEVEN, (1.0, 1.0)),
        (BALANCED, (300 / 540, 300 / 60)),
        (replace(UNEVEN, class_weights=(0.5, 3.0)), (0.5, 3.0)),
    ],
)
def test_a_guess_costs_what_its_classes_count(
    summary: DataSummary, weights: tuple[float, float]
) -> None:
    found = run_of(summary=summary).guessed_loss
    assert found == pytest.approx(loss_of_the_best_guess(summary, weights), rel=1e-6)


def test_the_loss_of_balanced_classes_is_not_taken_for_worse_than_a_guess() -> None:
    losses = [0.69, 0.62, 0.6, 0.59, 0.6, 0.59, 0.6, 0.59, 0.6, 0.59]
    assert learning_rate_high(run_of(summary=BALANCED, loss=losses)) is None
    assert learning_rate_high(run_of(summary=UNEVEN, loss=losses)) is not None


def test_of_weighted_samples_and_other_losses_no_guess_is_known() -> None:
    assert run_of(summary=replace(SUMMARY, weighted=True)).guessed_loss is None
    focal = with_option(NO_STOP, loss="binary_focal_crossentropy")
    assert run_of(focal).guessed_loss is None


# ---------------------------------------------------------------- learning rate


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([0.6, 0.3, 0.5, 0.2, 0.6, 0.3, 0.5, 0.3, 0.6, 0.2], True),
        ([0.6, 0.5, 0.45, 0.4, 0.39, 0.37, 0.36, 0.35, 0.345, 0.34], False),
        ([0.30, 0.31, 0.30, 0.31, 0.30, 0.31, 0.30, 0.31, 0.30, 0.31], False),
        ([0.02, 0.01, 0.03, 0.01, 0.02, 0.01, 0.03, 0.01, 0.02, 0.01], False),
    ],
)
def test_a_loss_that_jumps_while_there_is_much_to_learn(
    losses: list[float], expected: bool
) -> None:
    assert jumps(losses, 0.69) == expected
    assert (learning_rate_high(run_of(loss=[0.69, *losses])) is not None) == expected


def test_worse_than_a_guess_is_told_of_and_falling_to_it_is_not() -> None:
    assert learning_rate_high(run_of(loss=[1.6, 0.95, 0.93, 0.94, 0.92, 0.94, 0.93, 0.92]))
    falling = [3.0, 2.6, 2.2, 1.9, 1.6, 1.4, 1.2, 1.0]
    assert learning_rate_high(run_of(loss=falling)) is None


def test_a_loss_that_creeps() -> None:
    slow = [0.69 - 0.0004 * k for k in range(30)]
    assert creeps(slow)
    assert not creeps([0.69 - 0.02 * k for k in range(30)])
    assert not creeps([0.6 + 0.09 * 0.5**k for k in range(30)])
    assert not creeps([0.69 + 0.001 * (-1) ** k for k in range(30)])
    assert not creeps([0.7])
    run = run_of(SLOW, loss=slow, accuracy=[0.5] * 30)
    assert told(learning_rate_low, run) == list(range(10, 31))
    assert learning_rate_low(run_of(SLOW, loss=slow, accuracy=[0.9] * 30)) is None


def test_updates_of_a_good_size_speak_against_a_low_rate() -> None:
    slow = [0.69 - 0.0004 * k for k in range(30)]
    for ratio, expected in ((1e-5, True), (2e-3, False)):
        healths = [EpochHealth(e + 1, (), (("dense_1", ratio),)) for e in range(30)]
        run = run_of(SLOW, healths, loss=slow, accuracy=[0.5] * 30)
        assert (learning_rate_low(run) is not None) == expected


@pytest.mark.parametrize(
    ("rate", "usual", "ratio", "raised"),
    [
        (1e-4, 0.01, None, 0.01),
        (0.01, 0.01, None, 0.1),
        (0.005, 0.01, 1e-5, 0.1),
        (0.1, 0.01, None, None),
        (0.002, None, 1e-5, 0.2),
    ],
)
def test_rates_are_raised_within_reason(
    rate: float, usual: float | None, ratio: float | None, raised: float | None
) -> None:
    assert higher_rate(rate, usual, ratio) == raised


def test_a_rate_that_was_changed_by_hand_is_the_one_that_is_told() -> None:
    project = with_option(NO_STOP, optimizer__learning_rate=1.0)
    losses = [0.6, 0.3, 0.5, 0.2, 0.6, 0.3, 0.5, 0.3, 0.6, 0.2]
    run = run_of(project, loss=losses)
    lowered = replace(
        run, rows=tuple(row.model_copy(update={"learning_rate": 0.02}) for row in run.rows)
    )
    found = learning_rate_high(lowered)
    assert found is not None
    assert dict(found.rows)["Learning rate"] == "0.02"
    assert found.remedies[0].label == "Learning rate 0.002"


def test_rates_are_lowered_to_a_tenth_and_to_what_is_usual() -> None:
    assert lower_rate(0.1, 0.01) == 0.01
    assert lower_rate(50.0, 0.01) == 0.1
    assert lower_rate(1e-9, None) == 1e-8


# ---------------------------------------------------------------- data and all together


def wine(after: tuple[tuple[float, float, float, float], ...]) -> DataSummary:
    summary = summary_of(start_from("wine").data)
    statistics = tuple(
        FeatureStatistics(f"column {place}", one, one) for place, one in enumerate(after)
    )
    return DataSummary(**{**vars(summary), "statistics": statistics, "loaded": True})


def test_inputs_of_other_sizes_are_drawn_with_their_means_and_deviations() -> None:
    summary = wine(((750.0, 300.0, 280.0, 1680.0), (0.4, 0.1, 0.1, 0.7)))
    run = run_of(start_from("wine"), summary=summary, loss=[1.0] * 2, accuracy=[0.4] * 2)
    found = RULES["unscaled_input"](run)
    assert found is not None
    assert found.found == "There before the first epoch, still there at 2"
    figure = found.figures[0]
    assert isinstance(figure, SpansFigure)
    assert (figure.spans[0].low, figure.spans[0].high) == (450.0, 1050.0)
    even = wine(((0.0, 1.0, -3.0, 3.0), (0.0, 1.0, -2.0, 2.0)))
    assert RULES["unscaled_input"](run_of(start_from("wine"), summary=even, loss=[1.0])) is None


def test_nothing_can_be_told_of_nothing() -> None:
    empty = run_of()
    assert consult(empty).diagnoses == ()
    assert consult(RunEvidence(NO_STOP)).diagnoses == ()
    begun = consult(run_of(reason=None, loss=[0.7, 0.6], accuracy=[0.5, 0.6]))
    assert begun.diagnoses == ()
    assert begun.not_yet == "After 3 more epochs there is enough to judge by."


def test_values_that_are_not_finite_are_left_out() -> None:
    rows = history(loss=[0.7, 0.6, 0.5])
    lost = EpochRow(epoch=4, metrics=FrozenMap(), seconds=0.1, learning_rate=0.01)
    run = RunEvidence(
        NO_STOP, (*rows, lost), (), SUMMARY, "diverged", diverged=("Loss was nan.", None)
    )
    assert [one.kind for one in consult(run).diagnoses] == ["diverged"]
    assert run.values("loss") == [0.7, 0.6, 0.5]


def test_every_remedy_gives_a_project_that_can_be_trained_and_pickled() -> None:
    runs = [
        run_of(DEEP, gradients([1e-5] * 6), **flat(6)),
        run_of(NO_STOP, deaths([16] * 6), **flat(6)),
        run_of(loss=[0.69] * 20, accuracy=[0.55] * 20),
        run_of(loss=[1.6, 0.95, 0.93, 0.94, 0.92, 0.94, 0.93, 0.92]),
        run_of(SLOW, loss=[0.69 - 0.0004 * k for k in range(30)], accuracy=[0.5] * 30),
        run_of(loss=[0.2] * 12, val_loss=[0.5] * 12, accuracy=[0.99] * 12, val_accuracy=[0.7] * 12),
    ]
    kinds = []
    for run in runs:
        for one in consult(run).diagnoses:
            kinds.append(one.kind)
            assert one.problem().fixes == one.remedies[:2]
            for fix in one.remedies:
                edit = pickle.loads(pickle.dumps(fix.edit))  # noqa: S301  our own bytes
                changed = edit(run.project)
                assert changed != run.project, fix.label
                assert resolve(changed, SUMMARY).can_train, fix.label
                gone = run.project.model_copy(update={"network": start_from("moons").network})
                edit(gone)
    assert kinds == [
        "vanishing_gradient",
        "dead_units",
        "underfitting",
        "learning_rate_high",
        "learning_rate_low",
        "overfitting",
    ]


def test_looked_at_as_it_was_a_run_has_not_its_best_weights_back() -> None:
    run = replace(run_of(loss=[0.9, 0.2, 0.5]), restored=True, best_epoch=2)
    assert [run.until(epoch).restored for epoch in (1, 2, 3)] == [False, False, False]
    assert run.until(3) == replace(run, restored=False)
    assert run.until(2).last_epoch == run.until(2).best_epoch == 2
