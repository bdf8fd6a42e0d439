"""A stratified split of a regression: each part gets low and high targets alike."""

import numpy as np
import pytest

from app.core.data_settings import SplitSettings
from app.data.loading import load
from app.data.splitting import LEFT_TO_CHANCE, share_out, target_fifths
from tests.unit.small_sources import table
from tests.unit.test_dataset_catalog import settings


def test_fifths_are_equal_and_in_order() -> None:
    targets = np.random.default_rng(1).normal(size=(400, 2))
    fifths = target_fifths(targets, SplitSettings())
    assert fifths is not None
    assert np.bincount(fifths).tolist() == [80] * 5
    for low in range(4):
        assert targets[fifths == low, 0].max() <= targets[fifths == low + 1, 0].min()


def test_equal_targets_and_small_parts() -> None:
    same = target_fifths(np.zeros((100, 1)), SplitSettings())
    assert same is not None
    assert np.bincount(same).tolist() == [20] * 5
    assert target_fifths(np.zeros((20, 1)), SplitSettings()) is None
    alone = SplitSettings(validation_share=0.0, test_share=0.0)
    assert target_fifths(np.zeros((5, 1)), alone) is not None


@pytest.mark.parametrize("seed", range(3))
def test_each_part_of_diabetes_has_every_fifth(seed: int) -> None:
    data = settings("diabetes").model_copy(update={"split": SplitSettings(seed=seed)})
    prepared = load(data)
    edges = np.quantile(prepared.targets, [0.2, 0.4, 0.6, 0.8])
    for part in (prepared.training, prepared.validation, prepared.test):
        counts = np.bincount(np.searchsorted(edges, part.y[:, 0]), minlength=5)
        assert np.abs(counts - len(part) / 5).max() <= 3
    (target,) = prepared.summary.target_statistics
    y = prepared.training.y.astype(float)
    assert target.name == "progression"
    assert target.before == pytest.approx((y.mean(), y.std(), y.min(), y.max()))


def test_large_parts_are_left_to_chance_which_gives_each_fifth_its_share() -> None:
    split = SplitSettings(validation_share=0.15, test_share=0.15)
    least = -(-LEFT_TO_CHANCE * 100 // 15)
    targets = np.random.default_rng(1).normal(size=(least, 1)).astype(np.float32)
    assert target_fifths(targets[:-100], split) is not None
    assert target_fifths(targets, split) is None
    shared = share_out(table(np.zeros((least, 1)), targets), split)
    parts = (shared.training, shared.validation, shared.test)
    assert sorted(np.concatenate(parts).tolist()) == list(range(least))
    edges = np.quantile(targets, [0.2, 0.4, 0.6, 0.8])
    for part in parts:
        counts = np.bincount(np.searchsorted(edges, targets[part, 0]), minlength=5)
        assert np.abs(counts / len(part) - 0.2).max() < 4 * np.sqrt(0.2 * 0.8 / len(part))
