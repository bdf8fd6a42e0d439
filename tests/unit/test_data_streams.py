"""Measuring in blocks, and samples that stay on disk."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from app.data import moments as moments_module
from app.data.errors import DataError, LoadingStopped
from app.data.moments import moments_of
from app.data.preparation import prepare
from app.data.preprocessing import fit
from app.data.preview import preview_of
from app.data.progress import LoadingProgress
from app.data.raw_data import Column
from app.data.samples import in_memory, is_streamed
from tests.unit.small_sources import Stream, pictures, settings

KINDS = ("none", "standardize", "min_max", "pixels")


@given(
    values=arrays(
        np.float64, st.tuples(st.integers(1, 60), st.integers(1, 4)), elements=st.floats(-1e3, 1e3)
    ),
    shift=st.sampled_from([0.0, 1.0, 1e6, -3e9]),
    block=st.integers(1, 40),
)
def test_moments_are_numpys(values: np.ndarray, shift: float, block: int) -> None:
    values = values + shift
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moments_module, "BLOCK_VALUES", block)
        found = moments_of(values)
    size = np.abs(values).max() + 1e-300
    np.testing.assert_allclose(found.mean, values.mean(axis=0), rtol=0, atol=1e-14 * size)
    np.testing.assert_allclose(
        found.deviation, values.std(axis=0), rtol=1e-12, atol=2e-15 * size * len(values)
    )
    np.testing.assert_array_equal(found.minimum, values.min(axis=0))
    np.testing.assert_array_equal(found.maximum, values.max(axis=0))
    pooled = found.pooled()
    np.testing.assert_allclose(pooled.mean[0], values.mean(), rtol=0, atol=1e-14 * size)
    np.testing.assert_allclose(
        pooled.deviation[0], values.std(), rtol=1e-10, atol=1e-14 * size * len(values)
    )


def test_a_million_numbers_far_from_zero() -> None:
    values = np.random.default_rng(0).normal(1e6, 3.0, (250_000, 4))
    found = moments_of(values)
    exact = values.astype(np.longdouble)
    np.testing.assert_allclose(found.mean, exact.mean(axis=0).astype(float), rtol=1e-15)
    np.testing.assert_allclose(found.deviation, exact.std(axis=0).astype(float), rtol=1e-12)


@given(
    samples=st.integers(2, 50),
    shift=st.sampled_from([0.0, 5.0, -1e5]),
    spread=st.sampled_from([1e-3, 1.0, 1e4]),
    seed=st.integers(0, 999),
)
def test_what_is_fitted_is_scikit_learns(
    samples: int, shift: float, spread: float, seed: int
) -> None:
    values = np.random.default_rng(seed).normal(shift, spread, (samples, 3))
    values[:, 1] = shift / 3  # constant, and no number that 64 bits hold exactly
    moments = moments_of(values)
    columns = tuple(map(Column, "abc"))
    standard = fit("standardize", moments, (3,), columns)
    judge = StandardScaler().fit(values)
    np.testing.assert_allclose(standard.offset, judge.mean_, rtol=1e-12, atol=1e-12 * spread)
    np.testing.assert_allclose(standard.scale, judge.scale_, rtol=1e-9)
    ranged = fit("min_max", moments, (3,), columns)
    ranges = MinMaxScaler().fit(values)
    np.testing.assert_array_equal(ranged.offset, ranges.data_min_)
    np.testing.assert_array_equal(
        ranged.scale, np.where(ranges.data_range_ > 0, ranges.data_range_, 1)
    )
    expected = judge.transform(values)
    np.testing.assert_allclose(standard.transform(values), expected, rtol=1e-5, atol=1e-5)


def some_pictures(kind: type = np.uint8, channels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    x: np.ndarray = generator.integers(0, 256, (120, 8, 6, channels)).astype(kind)
    return x, np.arange(120) % 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_on_disk_or_in_memory_the_network_sees_the_same(
    kind: str, dtype: type, channels: int
) -> None:
    x, y = some_pictures(dtype, channels)
    there = prepare(pictures(x.astype(np.float32), y), settings(kind))
    disk = prepare(pictures(Stream(x), y), settings(kind))
    assert disk.summary.streamed
    assert not there.summary.streamed
    assert disk.preprocessing == there.preprocessing  # to the last bit
    for name in ("training", "validation", "test"):
        mine, other = disk.part(name), there.part(name)
        assert is_streamed(mine.x)
        assert mine.x.shape == other.x.shape
        assert mine.x.dtype == np.float32
        np.testing.assert_array_equal(mine.rows, other.rows)
        np.testing.assert_array_equal(mine.y, other.y)
        whole = mine.x[np.arange(len(mine))]
        assert whole.dtype == np.float32
        assert whole.tobytes() == in_memory(other.x).tobytes()
        assert mine.x[3:7].tobytes() == in_memory(other.x)[3:7].tobytes()
        wanted = np.array([5, 0, 5])
        assert mine.x[wanted].tobytes() == in_memory(other.x)[wanted].tobytes()
    (mine_told,), (other_told,) = disk.summary.statistics, there.summary.statistics
    assert mine_told.before == other_told.before
    np.testing.assert_allclose(mine_told.after, other_told.after, rtol=1e-5, atol=1e-6)
    training = x[disk.training.rows].astype(np.float64)
    told = (training.mean(), training.std(), training.min(), training.max())
    np.testing.assert_allclose(mine_told.before, told, rtol=1e-12)


def test_never_all_of_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments_module, "BLOCK_VALUES", 8 * 6 * 3 * 10)
    x, y = some_pictures()
    stream = Stream(x)
    told: list[LoadingProgress] = []
    data = prepare(pictures(stream, y), settings("standardize"), tell=told.append)
    assert stream.most == 10
    shares = [progress.share for progress in told if progress.share is not None]
    assert shares == sorted(shares)
    assert len(shares) == 9
    assert any("Measuring the training part, 10 of 84" in progress.sentence for progress in told)
    preview = preview_of(data)
    np.testing.assert_array_equal(preview.pictures, x[preview.rows])


def test_measuring_can_be_given_up() -> None:
    x, y = some_pictures()
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    with pytest.raises(LoadingStopped):
        prepare(pictures(Stream(x), y), settings(), stop)


def test_the_fingerprint_tells_pictures_rows_and_preprocessing() -> None:
    x, y = some_pictures()
    prints = {
        prepare(pictures(Stream(x, digest), y), settings(kind, split={"seed": seed})).fingerprint
        for digest, kind, seed in (
            ("a", "none", 0),
            ("b", "none", 0),
            ("a", "pixels", 0),
            ("a", "none", 1),
        )
    }
    assert len(prints) == 4
    again = prepare(pictures(Stream(x, "a"), y), settings("none")).fingerprint
    assert again in prints


def test_pictures_on_disk_cannot_be_their_own_targets() -> None:
    x, y = some_pictures()
    with pytest.raises(DataError, match="stay on disk"):
        prepare(pictures(Stream(x), y), settings(learns="input"))
