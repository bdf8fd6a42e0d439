"""Distributions before and after preprocessing: NumPy counts along."""

from dataclasses import replace

import numpy as np
import pytest

from app.data import distributions as module
from app.data.distributions import BINS, distributions_of
from app.data.preparation import prepare
from app.data.prepared import PreparedData
from app.data.raw_data import Column
from app.data.samples import in_memory
from tests.unit.small_sources import Stream, pictures, settings, table

KINDS = ("none", "standardize", "min_max", "pixels")


def counted(values: np.ndarray, edges: tuple[float, ...]) -> list[int]:
    """Into bins by hand; what is beyond the edges goes to the ends."""
    low, high = edges[0], edges[-1]
    places = np.floor((values - low) / (high - low) * BINS).astype(int)
    return [int(n) for n in np.bincount(np.clip(places, 0, BINS - 1), minlength=BINS)]


def near(first: object, second: list[int]) -> None:
    """The same but for values on an edge, where rounding decides."""
    assert np.abs(np.cumsum(np.asarray(first)) - np.cumsum(second)).max() <= 3


def some_table() -> PreparedData:
    generator = np.random.default_rng(0)
    x = np.stack(
        [generator.normal(5, 2, 500), generator.exponential(300, 500), np.full(500, 3.0)], axis=1
    )
    return prepare(table(x, np.arange(500) % 2), settings("standardize"))


@pytest.mark.parametrize("kind", KINDS)
def test_histograms_are_those_of_the_training_part(kind: str) -> None:
    generator = np.random.default_rng(0)
    x = np.stack([generator.normal(5, 2, 500), generator.exponential(300, 500)], axis=1)
    data = prepare(table(x, np.arange(500) % 2), settings(kind))
    found = distributions_of(data)
    before = x[data.training.rows]
    after = in_memory(data.training.x).astype(np.float64)
    assert (found.samples, found.of, found.left_out) == (350, 350, 0)
    assert [f.name for f in found.features] == ["f0", "f1"]
    for place, feature in enumerate(found.features):
        for values, measured in ((before, feature.before), (after, feature.after)):
            column = values[:, place]
            told = (column.mean(), column.std(), column.min(), column.max())
            np.testing.assert_allclose(measured, told, rtol=1e-9, atol=1e-12)
            # On its own range each feature has the same histogram before and after.
            near(feature.counts, counted(column, (measured[2], measured[3])))
        near(feature.common_before, counted(before[:, place], found.before))
        near(feature.common_after, counted(after[:, place], found.after))
        assert sum(feature.counts) == sum(feature.common_before) == sum(feature.common_after) == 350
    assert len(found.before) == len(found.after) == BINS + 1
    if kind == "standardize":  # what the lecture shows: all on one scale
        assert max(abs(f.after[0]) for f in found.features) < 1e-6
        assert -4.0 <= found.after[0] < found.after[-1] <= 4.1
        assert found.before[-1] > 900


def test_a_constant_feature_has_one_full_bin() -> None:
    constant = distributions_of(some_table()).features[2]
    assert sorted(constant.counts)[-2:] == [0, 350]
    assert constant.after[:2] == (0.0, 0.0)


def test_many_rows_and_features_are_sampled_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_SAMPLES", 100)
    monkeypatch.setattr(module, "MOST_FEATURES", 2)
    data = some_table()
    found = distributions_of(data)
    assert (found.samples, found.of, found.left_out, len(found.features)) == (100, 350, 1, 2)
    assert found.features[0].before == data.summary.statistics[0].before  # of all of them
    assert sum(found.features[0].counts) == 100
    assert distributions_of(data) == found


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("channels", "names"), [(1, ["gray"]), (3, ["red", "green", "blue"])])
def test_pictures_have_a_distribution_for_each_channel(
    channels: int, names: list[str], stream: bool
) -> None:
    x = np.random.default_rng(1).integers(0, 256, (80, 6, 5, channels)).astype(np.uint8)
    raw = pictures(Stream(x) if stream else x.astype(np.float32), np.arange(80) % 2)
    data = prepare(raw, settings("standardize"))
    found = distributions_of(data)
    assert [feature.name for feature in found.features] == names
    training = x[data.training.rows].astype(np.float64)
    for channel, feature in enumerate(found.features):
        values = training[..., channel]
        told = (values.mean(), values.std(), values.min(), values.max())
        np.testing.assert_allclose(feature.before, told, rtol=1e-12)
        np.testing.assert_allclose(feature.after[:2], (0, 1), atol=1e-6)
        near(feature.counts, counted(values.ravel(), (values.min(), values.max())))
        assert sum(feature.counts) == values.size


@pytest.mark.parametrize(
    ("features", "names"),
    [(1, ["values"]), (3, ["feature 1", "feature 2", "feature 3"]), (12, None)],
)
def test_sequences_have_a_distribution_for_each_feature(
    features: int, names: list[str] | None
) -> None:
    x = np.random.default_rng(2).normal(5, np.arange(1, features + 1), (90, 12, features))
    raw = replace(table(x, np.arange(90) % 2), columns=())
    data = prepare(raw, settings("standardize"))
    found = distributions_of(data)
    assert [feature.name for feature in found.features] == (
        names or [f"feature {number}" for number in range(1, 13)]
    )
    for place, feature in enumerate(found.features):
        values = x[data.training.rows][..., place]
        told = (values.mean(), values.std(), values.min(), values.max())
        np.testing.assert_allclose(feature.before, told, rtol=1e-9)
        np.testing.assert_allclose(feature.after[:2], (0, 1), atol=1e-6)
        near(feature.counts, counted(values.ravel(), (values.min(), values.max())))
    assert not any(feature.category for feature in found.features)


def test_of_long_sequences_fewer_samples_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_VALUES", 1_000)
    x = np.random.default_rng(3).normal(size=(90, 12, 4))
    data = prepare(replace(table(x, np.arange(90) % 2), columns=()), settings("standardize"))
    found = distributions_of(data)
    assert (found.samples, found.of) == (1_000 // 48, len(data.training))
    assert {sum(feature.counts) for feature in found.features} == {found.samples * 12}


def test_categories_are_told_from_numbers() -> None:
    columns = (Column("n"), Column("c", ("x", "y")))
    x = np.stack([np.arange(60.0), np.arange(60) % 2], axis=1)
    data = prepare(table(x, np.arange(60) % 3, columns), settings("standardize"))
    found = distributions_of(data)
    assert [(f.name, f.category) for f in found.features] == [
        ("n", False),
        ("c = x", True),
        ("c = y", True),
    ]
