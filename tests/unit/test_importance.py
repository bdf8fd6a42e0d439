"""Functional ANOVA: against Optuna, against brute force, and against functions whose parts are
known.
"""

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np
import optuna
import pytest
from sklearn.tree import DecisionTreeRegressor

from app.core.frozen import OptionValue
from app.core.search_results import Trial
from app.core.search_settings import Dimension
from app.search.importance import (
    LEAST_TRIALS,
    TREES,
    Importances,
    importances,
    parted_variance,
    tree_variance,
)
from tests.studies import SPACE, study, trial


def shares(result: Importances) -> dict[str, float]:
    """Those that are told; of the others NaN."""
    return {row.path: math.nan if row.share is None else row.share for row in result.rows}


def continuous(
    rule: Callable[..., float], count: int = 400, names: str = "abc", seed: int = 0
) -> tuple[tuple[Trial, ...], tuple[Dimension, ...]]:
    """Trials over [0, 1] each, and the space."""
    dice = np.random.default_rng(seed)
    space = tuple(Dimension(path=f"network.x.{name}", low=0.0, high=1.0) for name in names)
    points = dice.random((count, len(names)))
    trials = tuple(
        trial(
            n,
            float(rule(*point)),
            {d.path: float(v) for d, v in zip(space, point, strict=True)},
            folds=1,
        )
        for n, point in enumerate(points)
    )
    return trials, space


def test_a_tree_is_parted_as_by_going_through_all_cells() -> None:
    dice = np.random.default_rng(3)
    settings = dice.random((60, 3))
    tree = DecisionTreeRegressor(max_depth=6, random_state=0).fit(settings, dice.normal(size=60))
    alone, whole = tree_variance(tree.tree_, 3)
    splits = tree.tree_.children_left >= 0
    borders = [
        np.unique([0.0, 1.0, *tree.tree_.threshold[splits & (tree.tree_.feature == axis)]])
        for axis in range(3)
    ]
    middles = [(each[:-1] + each[1:]) / 2 for each in borders]
    widths = [np.diff(each) for each in borders]
    found = tree.predict(np.array(list(itertools.product(*middles))))
    found = found.reshape([len(each) for each in middles])
    sizes = np.einsum("i,j,k->ijk", *widths)
    mean = (found * sizes).sum()
    assert whole == pytest.approx((sizes * (found - mean) ** 2).sum())
    for axis, letter in enumerate("ijk"):
        others = [width for n, width in enumerate(widths) if n != axis]
        rest = "ijk".replace(letter, "")
        at_each = np.einsum(f"ijk,{rest[0]},{rest[1]}->{letter}", found, *others)
        assert alone[axis] == pytest.approx((widths[axis] * (at_each - mean) ** 2).sum())


def test_it_is_that_of_optuna() -> None:
    trials, space = continuous(lambda a, b, c: a**2 + 0.5 * b + a * c, 120)
    peer = optuna.create_study(direction="maximize")
    ranges: dict[str, optuna.distributions.BaseDistribution] = {
        d.path: optuna.distributions.FloatDistribution(0.0, 1.0) for d in space
    }
    for one in trials:
        peer.add_trial(
            optuna.trial.create_trial(
                params=dict(one.settings), distributions=ranges, value=one.mean
            )
        )
    told = optuna.importance.FanovaImportanceEvaluator(n_trees=TREES, seed=5).evaluate(peer)
    # To scale the scores changes which of two equally good splits a tree takes, no more.
    assert shares(importances(trials, space, 5)) == pytest.approx(told, abs=0.005)


def test_parts_of_a_sum_are_their_variances() -> None:
    trials, space = continuous(lambda a, b, c: 3 * a + b, 1500)
    result = importances(trials, space, 0)
    assert [row.label for row in result.rows] == ["A", "B", "C"]
    assert list(shares(result).values()) == pytest.approx([0.9, 0.1, 0.0], abs=0.02)
    assert result.together == pytest.approx(0, abs=0.02)
    assert result.foretold is not None
    assert result.foretold > 0.97
    assert result.trials == 1500
    assert "do not rely" not in result.sentence


def test_what_matters_only_together_is_told_apart() -> None:
    trials, space = continuous(lambda a, b, c: float((a > 0.5) == (b > 0.5)), 800)
    result = importances(trials, space, 0)
    assert max(shares(result).values()) < 0.05
    assert result.together is not None
    assert result.together > 0.9


def test_choices_count_evenly_however_often_they_were_tried() -> None:
    dice = np.random.default_rng(1)
    space = (
        Dimension(path="network.x.use_bias", values=(False, True)),
        Dimension(path="network.x.rate", low=0.0, high=1.0),
    )
    trials = []
    for number in range(1200):
        flag, rate = bool(dice.random() < 0.1), float(dice.random())
        trials.append(trial(number, flag + rate, {space[0].path: flag, space[1].path: rate}))
    found = shares(importances(trials, space, 0))
    # Variances: 1/4 of a coin, 1/12 of [0, 1].
    assert found["network.x.use_bias"] == pytest.approx(0.75, abs=0.02)
    assert found["network.x.rate"] == pytest.approx(0.25, abs=0.02)


def test_a_logarithmic_range_counts_by_factors() -> None:
    dice = np.random.default_rng(2)
    path = "training.optimizer.learning_rate"
    space = (
        Dimension(path=path, low=1e-4, high=1.0, log=True),
        Dimension(path="network.x.a", low=0.0, high=1.0),
    )
    trials = []
    for number in range(1200):
        power, a = dice.uniform(-4, 0), float(dice.random())
        trials.append(
            trial(number, float((power < -2) + a), {path: float(10**power), "network.x.a": a})
        )
    # Below 1e-2 lies half of the range by factors, a hundredth of it by differences.
    assert shares(importances(trials, space, 0))[path] == pytest.approx(0.75, abs=0.02)


def test_what_is_not_in_every_trial_is_judged_where_it_is() -> None:
    def rule(settings: Mapping[str, OptionValue]) -> float:
        third = settings.get("network.dense[3].units")
        return float(str(settings["network.dense.copies"])) + (0.5 if third == 128 else 0.0)

    result = importances(study(400, rule), SPACE, 0)
    found = shares(result)
    rows = {row.path: row for row in result.rows}
    having = sum("network.dense[3].units" in one.settings for one in study(400))
    assert rows["network.dense[3].units"].trials == having
    assert rows["network.dense.copies"].trials == 400
    # Three copies or none: all that differs among those with a third layer is its width.
    assert found["network.dense[3].units"] > 0.95
    assert found["network.dense[2].units"] < 0.02
    assert found["network.dense.copies"] > 0.9
    assert f"dense[3] units ({having})" in result.sentence


def test_being_there_is_not_taken_for_its_value() -> None:
    result = importances(study(300, lambda s: float(str(s["network.dense.copies"]))), SPACE, 0)
    rows = {row.path: row for row in result.rows}
    assert shares(result)["network.dense.copies"] > 0.95
    third = rows["network.dense[3].units"]
    assert third.share is None
    assert third.why_not == "those that have it score the same"
    assert result.rows[-1].share is None


def test_too_few_have_it() -> None:
    trials = [*study(40, folds=1)]
    space = (*SPACE, Dimension(path="network.last.units", values=(1, 2)))
    trials = [
        trial(n, one.mean, {**one.settings, "network.last.units": 1} if n < 4 else one.settings)
        for n, one in enumerate(trials)
    ]
    row = next(r for r in importances(trials, space, 0).rows if r.path == "network.last.units")
    assert (row.share, row.trials, row.why_not) == (None, 4, "4 trials have it")


@pytest.mark.parametrize("count", [0, 1, LEAST_TRIALS - 1])
def test_few_trials_tell_nothing(count: int) -> None:
    result = importances(study(count), SPACE, 0)
    assert (result.rows, result.together, result.foretold) == ((), None, None)
    assert f"At least {LEAST_TRIALS}" in result.sentence
    assert f" {count}." in result.sentence
    assert importances(study(LEAST_TRIALS), SPACE, 0).rows


def test_nothing_to_tell() -> None:
    assert "Nothing is searched" in importances(study(20), (), 0).sentence
    same = importances(study(20, lambda s: 0.5), SPACE, 0)
    assert same.rows == ()
    assert "same score" in same.sentence
    one = Dimension(path="network.y.units", values=(8,))
    two = Dimension(path="network.y.rate", low=0.0, high=1.0)
    trials = [trial(n, n / 12, {one.path: 8, two.path: n / 12}) for n in range(12)]
    result = importances(trials, (one, two), 0)
    assert [(row.path, row.share) for row in result.rows] == [
        (two.path, pytest.approx(1)),
        (one.path, None),
    ]
    assert result.rows[1].why_not == "it has one value"
    assert result.together == pytest.approx(0, abs=1e-9)
    assert [row.share for row in importances(trials, (one,), 0).rows] == [None]


def test_noise_is_said_to_be_noise() -> None:
    dice = np.random.default_rng(0)
    trials, space = continuous(lambda a, b, c: dice.normal(), 60)
    assert "do not rely on these shares yet" in importances(trials, space, 0).sentence


def test_the_same_again_and_far_from_zero() -> None:
    trials, space = continuous(lambda a, b, c: 2 * a + b, 80)
    assert importances(trials, space, 7) == importances(trials, space, 7)
    assert importances(trials, space, 7) != importances(trials, space, 8)
    settings = np.random.default_rng(0).random((200, 2))
    near = parted_variance(settings, settings[:, 0], 0)
    far = parted_variance(settings, 1e6 + 1e-3 * settings[:, 0], 0)
    assert near is not None
    assert far is not None
    assert far.shares == pytest.approx(near.shares, abs=0.01)
