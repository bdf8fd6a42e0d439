"""Folds are those of scikit-learn. Nothing of the test part is in them, and they are fitted on the
samples alone that they train on.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit, train_test_split
from sklearn.preprocessing import StandardScaler

from app.data.errors import DataError
from app.data.folds import (
    lacking_classes,
    prepare_fold,
    prepare_open_validation,
    without_test_part,
)
from app.data.preparation import prepare
from app.data.prepared import PreparedData
from app.data.raw_data import TEST, RawData
from app.data.samples import in_memory
from tests.unit.small_sources import Stream, settings, table
from tests.unit.test_data_leakage import (
    KINDS,
    SAMPLES,
    SOURCES,
    SPLITS,
    numbers,
    other_values,
    with_gaps,
)


def source(name: str, split: str, seed: int = 0) -> RawData:
    raw = SOURCES[name](np.random.default_rng(seed))
    if split == "own":
        parts = np.full(len(raw), -1, np.int8)
        parts[::5] = TEST
        return replace(raw, parts=parts)
    return raw


def source_rows(raw: RawData, of: Any, split: Any) -> np.ndarray:
    """The rows of the source that a part of a fold has."""
    return np.asarray(whole_rows(raw, split)[of.rows])


def whole_rows(raw: RawData, split: Any) -> np.ndarray:
    """The rows of the source that are not in its test part."""
    numbers = without_test_part(raw, split).raw.row_numbers
    assert numbers is not None
    return np.asarray(numbers - 1)


@pytest.mark.parametrize("stratified", [True, False])
@pytest.mark.parametrize("classes", [True, False])
def test_folds_are_those_of_scikit_learn(stratified: bool, classes: bool) -> None:
    generator = np.random.default_rng(1)
    x = generator.normal(3.0, 2.0, (103, 4))
    y = generator.integers(0, 3, 103) if classes else generator.normal(size=103)
    raw = table(x, y)
    chosen = settings(
        "standardize",
        split={"test_share": 0.2, "validation_share": 0.3, "seed": 5, "stratified": classes},
    )
    if not classes:  # strata of regression are the project's own matter
        rest = whole_rows(raw, chosen.split)
    else:
        rest, _ = train_test_split(np.arange(103), test_size=21, random_state=5, stratify=y)
        rest = np.sort(rest)
    kind = StratifiedKFold if stratified and classes else KFold
    splitter = kind(n_splits=4, shuffle=True, random_state=9)
    for fold, (training, validation) in enumerate(splitter.split(rest, y[rest])):
        data = prepare_fold(raw, chosen, fold, 4, 9, stratified)
        scaler = StandardScaler().fit(x[rest[training]])
        assert np.array_equal(source_rows(raw, data.training, chosen.split), rest[training])
        assert np.array_equal(source_rows(raw, data.validation, chosen.split), rest[validation])
        for part, rows in ((data.training, training), (data.validation, validation)):
            wanted = scaler.transform(x[rest[rows]]).astype(np.float32)
            np.testing.assert_allclose(in_memory(part.x), wanted, rtol=1e-5, atol=1e-6)
            assert np.array_equal(part.y.ravel(), y[rest[rows]].astype(part.y.dtype))
        assert len(data.test) == 0
        assert data.summary.findings == ()


def test_a_split_by_time_gets_folds_in_time() -> None:
    generator = np.random.default_rng(2)
    times = generator.permutation(60).astype(float)
    raw = table(times[:, np.newaxis], generator.normal(size=60), times=times)
    chosen = settings(split={"by": "time", "test_share": 0.25})
    rest = np.sort(times)[:45]
    for fold, (training, validation) in enumerate(TimeSeriesSplit(n_splits=4).split(rest)):
        data = prepare_fold(raw, chosen, fold, 4, 0)
        assert in_memory(data.training.x).ravel().tolist() == rest[training].tolist()
        assert in_memory(data.validation.x).ravel().tolist() == rest[validation].tolist()


def test_scored_by_validation_it_is_the_projects_own_split_without_its_test_part() -> None:
    raw = with_gaps(np.random.default_rng(3))
    raw = replace(raw, x=np.nan_to_num(in_memory(raw.x)))
    chosen = settings("standardize")
    whole = prepare(raw, chosen)
    data = prepare_open_validation(without_test_part(raw, chosen.split), chosen)
    for name in ("training", "validation"):
        ours, theirs = data.part(name), whole.part(name)
        assert np.array_equal(source_rows(raw, ours, chosen.split), theirs.rows)
        assert np.array_equal(in_memory(ours.x), in_memory(theirs.x))
        assert np.array_equal(ours.y, theirs.y)
    assert data.preprocessing == whole.preprocessing
    assert len(data.test) == 0
    assert len(data.raw) == len(raw) - len(whole.test)


def fitted(data: PreparedData) -> tuple[object, ...]:
    return (
        data.preprocessing,
        in_memory(data.training.x).tobytes() if isinstance(data.training.x, np.ndarray) else None,
        data.training.y.tobytes(),
        None if data.training.weights is None else data.training.weights.tobytes(),
        data.summary.statistics,
        data.summary.class_weights,
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("name", SOURCES)
def test_nothing_of_test_and_validation_rows_enters_what_is_fitted(
    name: str, split: str, kind: str
) -> None:
    raw = source(name, split)
    chosen = settings(kind, split=SPLITS[split], class_weighting="balanced")
    for fold in (0, 2):
        data = prepare_fold(raw, chosen, fold, 3, 4, stratified=False)
        trained = source_rows(raw, data.training, chosen.split)
        others = np.setdiff1d(np.arange(SAMPLES), trained)
        assert len(others) > SAMPLES // 4
        poisoned = other_values(raw, others, np.random.default_rng(7))
        assert not np.array_equal(poisoned.x[others], raw.x[others])
        again = prepare_fold(poisoned, chosen, fold, 3, 4, stratified=False)
        assert fitted(again) == fitted(data)


def test_poison_in_the_training_rows_is_noticed() -> None:
    """The control of the test above."""
    raw = numbers(np.random.default_rng(0))
    chosen = settings("standardize", split={"stratified": False})
    data = prepare_fold(raw, chosen, 0, 3, 4, stratified=False)
    trained = source_rows(raw, data.training, chosen.split)
    poisoned = other_values(raw, trained[:1], np.random.default_rng(7))
    assert fitted(prepare_fold(poisoned, chosen, 0, 3, 4, stratified=False)) != fitted(data)


def test_samples_of_the_test_part_are_not_there() -> None:
    raw = source("on_disk", "random")
    assert isinstance(raw.x, Stream)
    chosen = settings("pixels")
    whole = prepare(raw, chosen)
    data = prepare_fold(raw, chosen, 1, 3, 0)
    assert len(data.raw) == SAMPLES - len(whole.test)
    seen = {data.raw[np.array([row])].tobytes() for row in range(len(data.raw))}
    tested = {raw.x[np.array([row])].tobytes() for row in whole.test.rows}
    assert len(seen) == len(data.raw)
    assert not seen & tested


def test_a_class_that_is_too_small_for_all_folds_is_said_where_it_lacks() -> None:
    y = np.array([0] * 30 + [1] * 30 + [2] * 2)
    raw = table(np.random.default_rng(0).normal(size=(62, 2)), y)
    chosen = settings(split={"test_share": 0.0})
    lacking = [
        lacking_classes(prepare_fold(raw, chosen, fold, 5, 0).summary, "It") for fold in range(5)
    ]
    assert max(lacking) == ("It has no sample of class 'c' to validate with.",)
    assert lacking.count(()) == 2


@pytest.mark.parametrize(
    ("y", "folds", "split", "words"),
    [
        (np.arange(8) % 2, 9, {}, "cannot be shared out among 9 folds"),
        (np.arange(12) % 4, 5, {}, "No class has more than 3 samples"),
        (np.array([0] * 10 + [1] * 10), 3, {"by": "time"}, "one class alone to train on"),
        (np.arange(8.0), 8, {"by": "time"}, "at least 9 are needed"),
    ],
)
def test_folds_that_cannot_be_are_explained(
    y: np.ndarray, folds: int, split: dict[str, Any], words: str
) -> None:
    raw = table(np.random.default_rng(0).normal(size=(len(y), 2)), y)
    chosen = settings(split={"test_share": 0.0, **split})
    with pytest.raises(DataError, match=words):
        prepare_fold(raw, chosen, 0, folds, 0)


def test_without_a_validation_part_nothing_can_be_scored_by_it() -> None:
    raw = numbers(np.random.default_rng(0))
    chosen = settings(split={"validation_share": 0.0})
    with pytest.raises(DataError, match="validation part is empty"):
        prepare_open_validation(without_test_part(raw, chosen.split), chosen)


def test_a_sample_that_cannot_be_used_is_named_by_its_place_in_the_source() -> None:
    x = np.random.default_rng(0).normal(size=(40, 2))
    raw = table(x, np.arange(40) % 2)
    chosen = settings(split={"stratified": False})
    data = prepare_fold(raw, chosen, 0, 3, 0)
    row = int(source_rows(raw, data.training, chosen.split)[0])
    x = x.copy()
    x[row, 1] = np.inf
    raw = replace(raw, x=x)
    with pytest.raises(DataError, match=f"Row {row + 1} holds a value that is infinite"):
        prepare_fold(raw, chosen, 0, 3, 0)
