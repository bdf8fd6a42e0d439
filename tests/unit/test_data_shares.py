"""Which samples come to which part: by time, by the source's own parts, by class."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from app.core.data_settings import SplitSettings
from app.core.dataset_catalog import split_counts
from app.data.errors import DataError
from app.data.preparation import prepare
from app.data.raw_data import RawData
from app.data.splitting import SharedOut, _can_stratify, _drawn, share_out, target_fifths
from tests.unit.small_sources import settings, table


def source(samples: int, **more: Any) -> RawData:
    return table(np.arange(float(samples))[:, None], np.arange(samples) % 2, **more)


def parts_of(shared: SharedOut) -> tuple[np.ndarray, ...]:
    return shared.training, shared.validation, shared.test


shares = st.floats(0, 0.45)


@given(
    times=st.lists(st.integers(-5, 5), min_size=4, max_size=80),
    validation=shares,
    test=shares,
)
def test_nothing_that_comes_later_is_trained_on(
    times: list[int], validation: float, test: float
) -> None:
    split = SplitSettings(by="time", validation_share=validation, test_share=test)
    shared = share_out(source(len(times), times=np.array(times, float)), split)
    assert tuple(map(len, parts_of(shared))) == split_counts(len(times), validation, test)
    # Python's sort is stable: samples of the same time stay in the order of the source.
    in_order = sorted(range(len(times)), key=times.__getitem__)
    assert np.concatenate(parts_of(shared)).tolist() == in_order


def test_without_times_the_order_of_the_source_is_that_of_time() -> None:
    shared = share_out(source(20), SplitSettings(by="time"))
    assert np.concatenate(parts_of(shared)).tolist() == list(range(20))


def test_a_sample_without_time_is_named() -> None:
    times = np.arange(20.0)
    times[4] = np.nan
    with pytest.raises(DataError, match="Sample 5 has no time"):
        share_out(source(20, times=times), SplitSettings(by="time"))
    lines = np.arange(20) + 2
    with pytest.raises(DataError, match="Line 6 has no time"):
        share_out(source(20, times=times, row_numbers=lines), SplitSettings(by="time"))
    assert len(share_out(source(20, times=times), SplitSettings()).training) == 14


@given(
    given_parts=st.lists(st.sampled_from([-1, 0, 1, 2]), min_size=10, max_size=120),
    by=st.sampled_from(["random", "time"]),
    stratified=st.booleans(),
    own=st.booleans(),
    seed=st.integers(0, 99),
)
def test_own_parts_stay_and_only_the_others_are_drawn(
    given_parts: list[int], by: str, stratified: bool, own: bool, seed: int
) -> None:
    mine = np.array(given_parts, np.int8)
    raw = source(len(mine), parts=mine)
    split = SplitSettings.model_validate(
        {"by": by, "stratified": stratified, "own_parts": own, "seed": seed}
    )
    others = np.flatnonzero(mine <= 0) if own else np.arange(len(mine))
    if len(others) < 1:
        with pytest.raises(DataError, match="none is left to train on"):
            share_out(raw, split)
        return
    shared = share_out(raw, split)
    assert sorted(np.concatenate(parts_of(shared)).tolist()) == list(range(len(mine)))
    expected = list(
        split_counts(
            len(others),
            0.0 if own and 1 in given_parts else 0.15,
            0.0 if own and 2 in given_parts else 0.15,
        )
    )
    for number in (1, 2):
        if own and number in given_parts:
            np.testing.assert_array_equal(parts_of(shared)[number], np.flatnonzero(mine == number))
            expected[number] = given_parts.count(number)
    assert [len(part) for part in parts_of(shared)] == expected
    names = ("training", "validation", "test")
    assert shared.own_parts == tuple(n for p, n in enumerate(names) if p in given_parts)


def test_a_test_part_of_the_sources_own_that_begins_too_early_is_noted() -> None:
    mine = np.array([-1] * 20 + [2] * 5, np.int8)
    late = np.arange(25.0)
    early = np.concatenate([np.arange(20.0), np.arange(5.0)])
    split = SplitSettings(by="time")
    assert share_out(source(25, parts=mine, times=late), split).notes == ()
    (note,) = share_out(source(25, parts=mine, times=early), split).notes
    assert note == "The test part is the source's own and begins before the training part ends."


def test_the_summary_tells_what_the_source_gives() -> None:
    mine = np.array([-1] * 40 + [2] * 10, np.int8)
    raw = source(50, parts=mine, times=np.arange(50.0), weights=np.full(50, 2.0, np.float32))
    summary = prepare(raw, settings()).summary
    assert summary.counts == (34, 6, 10)
    assert (summary.own_parts, summary.timed, summary.weighted) == (("test",), True, True)
    plain = prepare(source(50), settings()).summary
    assert (plain.own_parts, plain.timed, plain.weighted) == ((), False, False)
    pooled = prepare(raw, settings(split={"own_parts": False})).summary
    assert pooled.counts == split_counts(50, 0.15, 0.15)
    assert pooled.own_parts == ("test",)


@pytest.mark.parametrize("sizes", list(itertools.product([1, 2, 3], [1, 4], [30])))
def test_rare_classes_are_no_obstacle(sizes: tuple[int, ...]) -> None:
    y = np.repeat(np.arange(3), sizes)
    raw = table(np.arange(float(len(y)))[:, None], y)
    data = prepare(raw, settings())
    assert data.summary.counts == split_counts(len(y), 0.15, 0.15)
    assert sum(sum(counts) for counts in data.summary.class_counts) == len(y)
    few = [f for f in data.summary.findings if f.kind == "few_samples"]
    assert set(few[0].columns) >= {"a"}
    if min(sizes) < 3:
        assert any("too" in note or "fewer" in note for note in data.summary.notes)


@given(
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=7),
    share=st.floats(0.01, 0.9),
    seed=st.integers(0, 2**31 - 1),
    stratified=st.booleans(),
)
def test_what_is_drawn_is_what_scikit_learn_draws(
    sizes: list[int], share: float, seed: int, stratified: bool
) -> None:
    strata = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    count = int(share * len(strata))
    if count < 1 or (stratified and not _can_stratify(strata, count)):
        return
    rows = np.arange(len(strata))
    chosen = strata if stratified else None
    kept, drawn = train_test_split(rows, test_size=count, random_state=seed, stratify=chosen)
    mine = _drawn(len(strata), count, seed, chosen)
    np.testing.assert_array_equal(mine[0], kept)
    np.testing.assert_array_equal(mine[1], drawn)


@given(st.lists(st.integers(-4, 4), min_size=15, max_size=90), shares, shares)
def test_fifths_go_by_rank(targets: list[int], validation: float, test: float) -> None:
    split = SplitSettings(validation_share=validation, test_share=test)
    fifths = target_fifths(np.array(targets, np.float32)[:, None], split)
    counts = split_counts(len(targets), validation, test)
    assert (fifths is None) == (min(count for count in counts if count) < 5)
    if fifths is not None:
        in_order = sorted(range(len(targets)), key=targets.__getitem__)
        ranks = {row: rank for rank, row in enumerate(in_order)}
        assert fifths.tolist() == [ranks[r] * 5 // len(targets) for r in range(len(targets))]
