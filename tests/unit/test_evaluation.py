"""Figures of an evaluation against scikit-learn, and against numbers worked out by hand."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pytest
from sklearn import calibration as sk_calibration
from sklearn import metrics as sk

from app.core.data_summary import Task
from app.core.frozen import FrozenMap
from app.core.loss_catalog import Reading
from app.diagnostics.evaluation import bootstrap
from app.diagnostics.evaluation.bootstrap import Figure
from app.diagnostics.evaluation.class_figures import class_figures, confusion_matrix
from app.diagnostics.evaluation.judgement import Judgement, judged, scores_of
from app.diagnostics.evaluation.number_figures import MOST_TARGETS, number_figures
from app.diagnostics.evaluation.score_curves import (
    MOST_POINTS,
    calibration,
    curves_of_classes,
    score_curves,
)
from app.diagnostics.no_answer import NoAnswer

T = TypeVar("T")


def never() -> bool:
    return False


def known(value: T | None) -> T:
    assert value is not None
    return value


def numbers(figures: Sequence[Figure]) -> np.ndarray:
    """Values, not a number where one is not defined."""
    return np.array([np.nan if one.value is None else one.value for one in figures])


def softmax(values: np.ndarray) -> np.ndarray:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def answers(samples: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(truth, probabilities): better than chance; of many classes some do not occur."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, classes, samples).astype(np.int32)
    scores = generator.normal(size=(samples, classes))
    scores[np.arange(samples), truth] += 1.0
    return truth, softmax(scores)


@pytest.mark.parametrize(("samples", "classes", "seed"), [(300, 2, 0), (500, 10, 1), (12, 7, 2)])
def test_figures_of_classes_are_those_of_scikit_learn(
    samples: int, classes: int, seed: int
) -> None:
    truth, values = answers(samples, classes, seed)
    said = values.argmax(axis=1)
    matrix = confusion_matrix(truth, said, classes)
    np.testing.assert_array_equal(matrix, sk.confusion_matrix(truth, said, labels=range(classes)))
    found = class_figures(matrix)
    precision, recall, f1, _ = sk.precision_recall_fscore_support(
        truth, said, average="macro", zero_division=0
    )
    expected = [sk.accuracy_score(truth, said), precision, recall, f1]
    np.testing.assert_allclose(numbers(found.overall), expected, rtol=1e-12)
    each = sk.precision_recall_fscore_support(
        truth, said, labels=range(classes), zero_division=np.nan
    )
    for figures, wanted in zip((found.precision, found.recall, found.f1), each, strict=False):
        np.testing.assert_allclose(numbers(figures), wanted, rtol=1e-12)
    for one in (*found.overall, *found.recall):
        if one.value is not None and one.low is not None:
            assert one.low <= one.value <= known(one.high)


def test_never_predicted_is_no_precision_and_never_there_no_recall() -> None:
    found = class_figures(confusion_matrix(np.array([0, 0, 1]), np.array([0, 0, 0]), 3))
    assert [one.value for one in found.precision] == [2 / 3, None, None]
    assert [one.value for one in found.recall] == [1.0, 0.0, None]
    assert [one.value for one in found.f1] == [0.8, 0.0, None]
    # over the two classes that occur or were predicted
    assert found.overall[3].value == pytest.approx(0.4)


def test_the_interval_of_an_accuracy_is_that_of_the_binomial_distribution() -> None:
    # 400 samples, 80 % right: the standard error is sqrt(0.8 * 0.2 / 400) = 0.02
    matrix = np.array([[160, 40], [40, 160]])
    accuracy = class_figures(matrix).overall[0]
    assert accuracy.value == 0.8
    assert accuracy.low == pytest.approx(0.8 - 1.96 * 0.02, abs=0.006)
    assert accuracy.high == pytest.approx(0.8 + 1.96 * 0.02, abs=0.006)
    assert class_figures(matrix).overall == class_figures(matrix).overall  # seeded


def test_resampled_sums_are_those_of_samples_drawn_with_replacement() -> None:
    values = np.random.default_rng(5).normal(2.0, 3.0, (700, 2))
    drawn = known(bootstrap.resampled_sums(values, never))
    assert drawn.shape == (bootstrap.RESAMPLES, 2)
    means = drawn / 700
    # their mean is the mean, their deviation the standard error; the columns stay together
    np.testing.assert_allclose(means.mean(axis=0), values.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(means.std(axis=0), values.std(axis=0) / np.sqrt(700), rtol=0.08)
    ones = known(bootstrap.resampled_sums(np.ones((700, 1)), never))
    np.testing.assert_array_equal(ones, 700.0)  # each resample has as many samples
    twice = np.column_stack([values[:, 0], 2 * values[:, 0]])
    both = known(bootstrap.resampled_sums(twice, never))
    np.testing.assert_allclose(both[:, 1], 2 * both[:, 0])
    assert bootstrap.resampled_sums(values, lambda: True) is None


def test_an_interval_leaves_undefined_resamples_out_and_is_not_told_of_too_few() -> None:
    values = np.concatenate([np.linspace(0, 1, 101), np.full(50, np.nan)])
    assert bootstrap.interval(values) == pytest.approx((0.025, 0.975))
    assert bootstrap.interval(np.full(10, np.nan)) == (None, None)
    assert bootstrap.resamples_of(10_000) == bootstrap.RESAMPLES
    assert bootstrap.resamples_of(10**6) == 100


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("tied", [False, True])
def test_curves_are_those_of_scikit_learn(classes: int, tied: bool) -> None:
    truth, values = answers(400, classes, 3)
    if tied:
        values = np.round(values, 1)
    for number in range(classes):
        is_class, scores = truth == number, values[:, number]
        found = known(score_curves(is_class, scores, number, probabilities=True))
        across, up, thresholds = sk.roc_curve(is_class, scores, drop_intermediate=False)
        assert found.area.value == pytest.approx(sk.roc_auc_score(is_class, scores), rel=1e-12)
        # straight pieces lack their middle points: at those that are kept the curves are one
        corners = {(round(a, 12), round(b, 12)) for a, b in zip(across, up, strict=True)}
        for a, b, threshold in found.roc[1:]:
            assert (round(a, 12), round(b, 12)) in corners
            assert any(np.isclose(threshold, thresholds))
        assert found.average_precision.value == pytest.approx(
            sk.average_precision_score(is_class, scores), rel=1e-12
        )
        precision, recall, _ = sk.precision_recall_curve(is_class, scores)
        corners = {(round(r, 12), round(p, 12)) for r, p in zip(recall, precision, strict=True)}
        assert all((round(r, 12), round(p, 12)) in corners for r, p, _ in found.precision_recall)
        assert known(found.calibration).brier == pytest.approx(
            sk.brier_score_loss(is_class, scores), rel=1e-6
        )


def test_calibration_is_that_of_scikit_learn_and_its_error_worked_out_by_hand() -> None:
    truth, values = answers(1000, 2, 9)
    found = calibration(truth == 1, values[:, 1])
    seen, said = sk_calibration.calibration_curve(truth == 1, values[:, 1], n_bins=10)
    np.testing.assert_allclose(found.said, said, rtol=1e-6)
    np.testing.assert_allclose(found.seen, seen, rtol=1e-6)
    small = calibration(np.array([True, False, True, True]), np.array([0.95, 0.9, 0.15, 1.0]))
    # bins 0.1 to 0.2: said 0.15, seen 1; 0.9 to 1: said 0.95, seen 2/3
    assert small.counts.tolist() == [1, 3]
    assert small.ece == pytest.approx((1 * 0.85 + 3 * (0.95 - 2 / 3)) / 4)


def test_one_class_alone_has_no_curve_and_long_ones_are_thinned() -> None:
    nobody = np.zeros(5, bool)
    assert score_curves(nobody, np.linspace(0, 1, 5), 0, probabilities=True) is None
    assert score_curves(~nobody, np.linspace(0, 1, 5), 0, probabilities=True) is None
    generator = np.random.default_rng(0)
    long = known(
        score_curves(generator.random(9000) < 0.5, generator.random(9000), 0, probabilities=False)
    )
    assert len(long.roc) <= MOST_POINTS
    assert tuple(long.roc[0, :2]) == (0.0, 0.0)
    assert tuple(long.roc[-1, :2]) == (1.0, 1.0)
    assert long.calibration is None


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("tied", [False, True])
def test_intervals_of_areas_are_those_of_areas_of_resamples(
    classes: int, tied: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "RESAMPLES", 120)
    truth, values = answers(90, classes, 5)
    if tied:
        values = np.round(values, 1)
    asked = range(1, classes)
    curves = known(curves_of_classes(truth, values, values, asked, never, probabilities=True))
    draws = np.concatenate(list(bootstrap.times_drawn(90, 120))).astype(int)
    assert draws.sum(axis=1).tolist() == [90] * 120
    for number, found in zip(asked, curves, strict=True):
        areas, averages = [], []
        for times in draws:
            places = np.repeat(np.arange(90), times)
            is_class, scores = truth[places] == number, values[places, number]
            areas.append(sk.roc_auc_score(is_class, scores))
            averages.append(sk.average_precision_score(is_class, scores))
        for told, wanted in ((found.area, areas), (found.average_precision, averages)):
            low, high = np.quantile(wanted, [0.025, 0.975])
            assert (told.low, told.high) == pytest.approx((low, high), rel=1e-9)
            assert known(told.low) < known(told.value) < known(told.high)


def test_resamples_without_a_class_count_for_no_interval() -> None:
    truth = np.array([1, *[0] * 19])
    values = np.linspace(1, 0, 20)[:, np.newaxis] * [0.0, 1.0]
    (found,) = known(curves_of_classes(truth, values, values, [1], never, probabilities=False))
    assert (found.area.low, found.area.high) == (1.0, 1.0)  # 0.36 of the resamples lack the class
    assert curves_of_classes(truth, values, values, [1], lambda: True, probabilities=False) is None


@pytest.mark.parametrize("targets", [1, 3, MOST_TARGETS + 1])
def test_figures_of_numbers_are_those_of_scikit_learn(targets: int) -> None:
    generator = np.random.default_rng(targets)
    truth = generator.normal(1e4, 3.0, (250, targets))  # far from 0: nothing may be swallowed
    said = truth + generator.normal(0.2, 1.0, truth.shape)
    found = known(number_figures(truth, said, never))
    many = "variance_weighted" if targets > MOST_TARGETS else "uniform_average"
    errors = [
        sk.r2_score(truth, said, multioutput=many),
        sk.mean_absolute_error(truth, said),
        np.sqrt(sk.mean_squared_error(truth, said))
        if targets > MOST_TARGETS
        else sk.root_mean_squared_error(truth, said),
    ]
    np.testing.assert_allclose(numbers(found.overall), errors, rtol=1e-9)
    assert len(found.of_targets) == (targets if 1 < targets <= MOST_TARGETS else 0)
    for number, each in enumerate(found.of_targets):
        assert each[0].value == pytest.approx(sk.r2_score(truth[:, number], said[:, number]))
        assert known(each[0].low) < known(each[0].value) < known(each[0].high)
    mean_error = found.overall[1]
    sizes = np.abs(said - truth).mean(axis=1)
    half = 1.96 * sizes.std() / np.sqrt(len(sizes))
    assert known(mean_error.high) - known(mean_error.low) == pytest.approx(2 * half, rel=0.12)


def test_targets_that_do_not_vary_have_no_r2() -> None:
    found = known(number_figures(np.full((9, 1), 3.0), np.arange(9.0)[:, None], never))
    assert found.overall[0].value is None
    assert found.overall[1].value == pytest.approx(np.abs(np.arange(9) - 3).mean())


def judge_classes(
    samples: int = 200, classes: int = 3, stop: Callable[[], bool] = never
) -> Judgement | NoAnswer | None:
    truth, values = answers(samples, classes, 4)
    losses = -np.log(values[np.arange(samples), truth])
    return judged(
        "validation",
        values,
        truth,
        losses,
        FrozenMap(loss=1.0),
        "probability",
        "multiclass",
        classes,
        stop,
    )


def test_a_judgement_of_classes_holds_together() -> None:
    found = judge_classes()
    assert isinstance(found, Judgement)
    truth, values = answers(200, 3, 4)
    shares = values.astype(float) / values.astype(float).sum(axis=1, keepdims=True)
    assert found.worst[0] == np.argmax(found.losses)
    assert (np.diff(found.losses[found.worst]) <= 0).all()
    told = {one.name: one.value for one in found.figures}
    assert told["Mean loss"] == pytest.approx(sk.log_loss(truth, shares), rel=1e-5)
    assert told["Brier score"] == pytest.approx(sk.brier_score_loss(truth, shares), rel=1e-5)
    assert told["Accuracy"] == sk.accuracy_score(truth, values.argmax(1))
    assert [one.class_number for one in found.curves] == [0, 1, 2]
    assert known(found.confidence).counts.sum() == 200
    assert judge_classes(stop=lambda: True) is None


def test_two_classes_of_one_output_and_scores_that_are_no_probabilities() -> None:
    truth = np.array([0, 1, 1, 0])
    outputs = np.array([[-2.0], [0.5], [-0.1], [-1.0]])
    found = judged("training", outputs, truth, np.ones(4), FrozenMap(), "sign", "binary", 2)
    assert isinstance(found, Judgement)
    assert known(found.classes).confusion.tolist() == [[2, 0], [1, 1]]
    assert [one.class_number for one in found.curves] == [1]
    assert found.confidence is None
    assert found.curves[0].calibration is None
    assert "Brier score" not in {one.name for one in found.figures}
    np.testing.assert_allclose(scores_of(found.verdicts).sum(axis=1), 1.0)


@pytest.mark.parametrize(
    ("reading", "outputs"), [("sign", 1), ("logit", 1), ("logit", 2), ("logit", 4), ("score", 3)]
)
def test_curves_tell_outputs_apart_that_are_cut_off_or_rounded_to_one(
    reading: Reading, outputs: int
) -> None:
    generator = np.random.default_rng(4)
    classes = max(outputs, 2)
    truth = generator.integers(0, classes, 300).astype(np.int32)
    raw = generator.normal(scale=60, size=(300, outputs)).astype(np.float32)
    raw[:20] = raw[0]  # equal ones stay equal
    raw[np.arange(300), truth if outputs > 1 else 0] += 40 if outputs > 1 else 40 * truth
    task: Task = "binary" if outputs == 1 else "multiclass"
    found = judged("training", raw, truth, np.ones(300), FrozenMap(), reading, task, classes)
    assert isinstance(found, Judgement)
    values = scores_of(found.verdicts)
    exact = raw.astype(np.longdouble)
    for curves in found.curves:
        number = curves.class_number
        assert len(np.unique(values[:, number])) < 200  # many are cut off or rounded
        score = exact[:, 0]
        if outputs > 1:
            others = np.delete(exact, number, axis=1)
            score = exact[:, number] - np.log(np.exp(others).sum(axis=1))
        rank = np.unique(score, return_inverse=True)[1]
        assert curves.area.value == pytest.approx(sk.roc_auc_score(truth == number, rank))
        expected = sk.average_precision_score(truth == number, rank)
        assert curves.average_precision.value == pytest.approx(expected)


def test_outputs_that_are_not_finite_are_not_judged() -> None:
    outputs = np.array([[0.5], [np.nan]])
    found = judged(
        "training", outputs, np.array([0, 1]), np.ones(2), FrozenMap(), "probability", "binary", 2
    )
    assert isinstance(found, NoAnswer)


def test_ten_thousand_samples_are_judged_within_a_second() -> None:
    began = time.process_time()
    judge_classes(10_000, 10)
    assert time.process_time() - began < 2.0  # of processor time; 1,000 resamples take 0.3 s
