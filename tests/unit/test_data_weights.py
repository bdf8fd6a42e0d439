"""Weights of samples and classes: scikit-learn's compute_class_weight is the judge."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from app.core.data_edits import set_class_weighting
from app.core.data_settings import DataSettings, TableSource
from app.core.finding_problems import finding_problems, weight_problems
from app.core.frozen import FrozenMap
from app.core.resolve import resolve
from app.core.templates import start_from
from app.data.errors import DataError
from app.data.preparation import prepare
from app.data.raw_data import RawData
from tests.unit.small_sources import settings, table


def source(y: np.ndarray, weights: np.ndarray | None = None) -> RawData:
    return table(np.arange(float(len(y)))[:, None], y, weights=weights)


def chosen(**weights: float) -> DataSettings:
    return settings(class_weighting="chosen", class_weights=FrozenMap(weights))


@given(
    sizes=st.lists(st.integers(4, 40), min_size=2, max_size=5),
    weighted=st.booleans(),
    seed=st.integers(0, 99),
)
def test_balanced_weights_are_scikit_learns(sizes: list[int], weighted: bool, seed: int) -> None:
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    own = np.random.default_rng(seed).uniform(0.5, 2, len(y)).astype(np.float32)
    raw = source(y, own if weighted else None)
    data = prepare(raw, settings(class_weighting="balanced", split={"seed": seed}))
    trained = data.training.y
    expected = compute_class_weight("balanced", classes=np.arange(len(sizes)), y=trained)
    np.testing.assert_allclose(data.summary.class_weights or np.ones(len(sizes)), expected)
    each = compute_sample_weight("balanced", trained)
    if weighted:
        each = each * own[data.training.rows]
    found = data.training.weights
    np.testing.assert_allclose(np.ones(len(trained)) if found is None else found, each, rtol=1e-6)
    for part in (data.validation, data.test):  # classes are weighted in the training part alone
        if weighted:
            np.testing.assert_array_equal(part.weights, own[part.rows])
        else:
            assert part.weights is None
    if data.summary.class_weights:  # each class counts as much as any other
        sums = np.bincount(trained, each / (own[data.training.rows] if weighted else 1))
        np.testing.assert_allclose(sums, sums[0])


def test_samples_that_count_nothing_are_told() -> None:
    y = np.arange(200) % 2
    for nothing, severity in ((1, "info"), (100, "warning")):
        own = np.ones(200, np.float32)
        own[:nothing] = 0
        data = prepare(source(y, own), settings())
        count = int(np.sum(data.training.rows < nothing))
        found = [f for f in data.summary.findings if f.kind == "weightless"]
        if not count:
            assert not found
            continue
        assert dict(found[0].values) == {"samples": count, "of": 140}
        table_source = TableSource(path="t.csv", roles=FrozenMap(often="weight"))
        project = start_from("iris", "mlp").model_copy(
            update={"data": DataSettings(source=table_source)}
        )
        (problem,) = (p for p in finding_problems(project, data.summary) if "nothing" in p.title)
        assert problem.severity == severity
        assert f"{count:,}" in problem.happened
        assert " in often:" in problem.happened
        mended = problem.fixes[0].edit(project).data.source
        assert isinstance(mended, TableSource)
        assert dict(mended.roles) == {"often": "ignored"}


def test_a_class_that_counts_nothing_is_told() -> None:
    y = np.arange(200) % 2
    project = start_from("iris", "mlp").model_copy(update={"data": chosen(a=0.0, b=2.0)})
    summary = prepare(source(y), project.data).summary
    (problem,) = weight_problems(project, summary)
    assert (problem.severity, problem.title) == ("warning", "Class a counts nothing")
    assert f"with {np.sum(summary.class_counts[0][0])} training samples is 0" in problem.happened
    project = problem.fixes[0].edit(project)
    assert dict(project.data.class_weights) == {"b": 2.0}
    assert list(weight_problems(project, summary)) == []


def test_weights_that_are_all_1_are_none() -> None:
    y = np.arange(40) % 2
    for data in (
        prepare(source(y), settings(class_weighting="balanced")),
        prepare(source(y), chosen(a=1.0)),
        prepare(source(y, np.ones(40, np.float32)), settings()),
    ):
        assert data.summary.class_weights == ()
        assert data.training.weights is data.validation.weights is data.test.weights is None


def test_chosen_weights_are_by_name_and_1_without_one() -> None:
    y = np.arange(60) % 3
    data = prepare(source(y), chosen(b=4, c=0.5))
    assert data.summary.class_weights == (1.0, 4.0, 0.5)
    assert data.training.weights is not None
    assert data.training.weights.dtype == np.float32
    assert not data.training.weights.flags.writeable
    np.testing.assert_array_equal(
        data.training.weights, np.array([1.0, 4.0, 0.5], np.float32)[data.training.y]
    )
    assert data.fingerprint != prepare(source(y), settings()).fingerprint


def test_weights_of_classes_that_there_are_not() -> None:
    y = np.arange(40) % 2
    with pytest.raises(DataError, match="the class 'bb', and there is none") as caught:
        prepare(source(y), chosen(bb=2.0))
    assert caught.value.how_to_fix == "Did you mean b?"
    with pytest.raises(DataError, match="each class in the training part is 0"):
        prepare(source(y), chosen(a=0.0, b=0.0))
    # Before anything is loaded the window says so too.
    project = start_from("iris", "mlp")
    data = project.data.model_copy(
        update={"class_weighting": "chosen", "class_weights": FrozenMap(setoza=2.0, virginica=2.0)}
    )
    summary = prepare(source(np.arange(60) % 3), settings()).summary
    (problem,) = weight_problems(
        project.model_copy(update={"data": data}),
        replace(summary, class_names=("setosa", "versicolor", "virginica")),
    )
    assert (problem.severity, problem.how_to_fix) == ("error", "Did you mean setosa?")
    mended = problem.fixes[0].edit(project.model_copy(update={"data": data}))
    assert dict(mended.data.class_weights) == {"virginica": 2.0}


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_bad_weights_name_their_sample(bad: float) -> None:
    weights = np.ones(40, np.float32)
    weights[12] = bad
    with pytest.raises(DataError, match="Sample 13 has the weight"):
        prepare(source(np.arange(40) % 2, weights), settings())


def test_weights_that_are_all_0_are_refused() -> None:
    with pytest.raises(DataError, match="All samples of the training part have the weight 0"):
        prepare(source(np.arange(40) % 2, np.zeros(40, np.float32)), settings())


def test_a_regression_has_weights_of_samples_only() -> None:
    weights = np.linspace(1, 2, 40).astype(np.float32)
    raw = table(np.arange(40.0)[:, None], np.arange(40.0) ** 2, weights=weights)
    data = prepare(raw, settings(class_weighting="balanced"))
    assert data.summary.class_weights == ()
    np.testing.assert_array_equal(data.training.weights, weights[data.training.rows])
    project = set_class_weighting(start_from("iris", "mlp"), weighting="balanced")
    (problem,) = weight_problems(project, data.summary)
    assert problem.title == "No classes to weight"
    assert problem.fixes[0].edit(project).data.class_weighting == "none"
    assert problem in resolve(project, data.summary).problems


def test_weights_of_samples_and_classes_together_are_numbers_that_count() -> None:
    y = np.arange(40) % 2
    with pytest.raises(DataError, match="the training part weigh nothing"):
        prepare(source(y, y.astype(np.float32)), chosen(b=0.0))
    with pytest.raises(DataError, match="the training part weigh too much"):
        prepare(source(y, np.full(40, 1e38, np.float32)), chosen(b=1e6))
