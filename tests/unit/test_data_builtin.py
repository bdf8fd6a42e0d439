"""The built-in data sets, their split and their preprocessing."""

import dataclasses
import hashlib
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from app.core.data_settings import BuiltinSource, DataSettings, SplitSettings
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import DATASETS, split_counts, summary_of
from app.core.frozen import FrozenMap
from app.data.errors import DataError, LoadingStopped
from app.data.loading import load, load_source, prepare
from app.data.preprocessing import FittedPreprocessing
from app.data.raw_data import Column, RawData
from app.data.samples import in_memory
from app.data.shape_pictures import v_shapes
from app.data.splitting import split_rows

NAMES = [kind.name for kind in DATASETS if not kind.fetched]
KINDS = ("none", "standardize", "min_max", "pixels")
LOADED = ("loaded", "statistics", "target_statistics", "class_counts", "notes", "findings")
"""What of a summary is known only when the data are."""
TRUE_OF = {
    "iris": {"correlated", "duplicates"},  # two flowers are equal, and petals grow in both ways
    "wine": {"correlated"},  # flavanoids and total phenols
    "diabetes": {"correlated"},  # s1 and s2
    "breast_cancer": {"correlated"},  # radius, perimeter and area
}
"""What is to be found in the sets; nothing in the others."""


def settings(name: str, preprocessing: str = "none", /, **options: Any) -> DataSettings:
    source = BuiltinSource(name=name, options=FrozenMap(options))
    return DataSettings.model_validate({"source": source, "preprocessing": preprocessing})


# ---- what is loaded
@pytest.mark.parametrize("name", NAMES)
def test_what_the_catalog_foretells_is_what_is_loaded(name: str) -> None:
    small = (
        {} if summary_of(settings(name)).samples in (150, 178, 569, 442, 1797) else {"samples": 60}
    )
    wanted = settings(name, "standardize", **small)
    data = load(wanted)
    foretold, found = summary_of(wanted), data.summary
    for field in dataclasses.fields(DataSummary):
        if field.name not in LOADED:
            assert getattr(found, field.name) == getattr(foretold, field.name), field.name
    assert found.loaded
    assert found.notes == ()
    assert {finding.kind for finding in found.findings} <= TRUE_OF.get(name, set())
    assert tuple(len(data.part(p)) for p in ("training", "validation", "test")) == found.counts
    for part in (data.training, data.validation, data.test):
        assert part.x.dtype == np.float32
        assert part.x.shape[1:] == found.input_shape
        assert part.rows.dtype == np.int64
        if found.task == "regression":
            assert part.y.dtype == np.float32
            assert part.y.shape == (len(part), len(found.target_names))
        else:
            assert part.y.dtype == np.int32
            assert part.y.shape == (len(part),)
            assert set(np.unique(data.targets)) == set(range(len(found.class_names)))
        for array in (in_memory(part.x), part.y, part.rows, in_memory(data.raw), data.targets):
            assert not array.flags.writeable
        np.testing.assert_array_equal(part.y, data.targets[part.rows])
        np.testing.assert_array_equal(part.x, data.preprocessing.transform(data.raw[part.rows]))


@pytest.mark.parametrize("name", NAMES)
def test_equal_settings_give_equal_bits_and_another_seed_others(name: str) -> None:
    generated = any(
        option.name == "seed" for kind in DATASETS if kind.name == name for option in kind.options
    )
    small = {"samples": 60} if generated else {}
    first, again = load(settings(name, **small)), load(settings(name, **small))
    assert first.fingerprint == again.fingerprint
    np.testing.assert_array_equal(first.training.rows, again.training.rows)
    resplit = settings(name, **small).model_copy(update={"split": SplitSettings(seed=1)})
    assert load(resplit).fingerprint != first.fingerprint
    if generated:
        assert load(settings(name, **small, seed=1)).fingerprint != first.fingerprint


def test_points_of_known_sets_stay_the_same_over_versions() -> None:
    # Anyone's saved run names these points; a change of generator must be noticed.
    x = load_source(
        DataSettings(source=BuiltinSource(name="spirals", options=FrozenMap(samples=20, noise=0.0)))
    ).x
    assert (
        hashlib.sha256(np.round(in_memory(x), 9).tobytes()).hexdigest()[:16] == "245623182797832c"
    )


def test_scikit_learns_sets_are_unchanged() -> None:
    digits = load(settings("digits"))
    np.testing.assert_array_equal(in_memory(digits.raw)[..., 0], datasets.load_digits().images)
    np.testing.assert_array_equal(digits.targets, datasets.load_digits().target)
    diabetes = load(settings("diabetes"))
    np.testing.assert_array_equal(diabetes.raw, datasets.load_diabetes(scaled=False).data)
    np.testing.assert_array_equal(diabetes.targets[:, 0], datasets.load_diabetes().target)
    wine = load(settings("wine"))
    np.testing.assert_array_equal(wine.raw, datasets.load_wine().data)


def test_generated_points_follow_their_formulas() -> None:
    def clean(name: str, **options: object) -> RawData:
        return load_source(
            DataSettings(
                source=BuiltinSource(
                    name=name, options=FrozenMap(samples=100, noise=0.0, **options)
                )
            )
        )

    def points(raw: RawData) -> np.ndarray:
        return in_memory(raw.x)

    circles = clean("circles", factor=0.3)
    radius = np.hypot(*points(circles).T)
    np.testing.assert_allclose(radius, np.where(circles.y == 1, 0.3, 1.0))
    xor = clean("xor")
    np.testing.assert_array_equal(xor.y, (points(xor)[:, 0] * points(xor)[:, 1] < 0).astype(int))
    spirals = clean("spirals", turns=2.0)
    radius = np.hypot(*points(spirals).T)
    angle = np.arctan2(points(spirals)[:, 1], points(spirals)[:, 0])
    wound = 4 * np.pi * (radius - 0.1) / 0.9 + np.pi * spirals.y
    np.testing.assert_allclose(np.cos(angle - wound), 1.0, atol=1e-9)
    blobs = clean("blobs", classes=5)
    np.testing.assert_allclose(np.hypot(*points(blobs).T), 2.0)
    assert len(np.unique(np.round(points(blobs), 6), axis=0)) == 5
    sine = clean("sine")
    np.testing.assert_allclose(sine.y[:, 0], np.sin(points(sine)[:, 0]), atol=1e-6)
    assert -np.pi <= points(sine).min() < -2.5 < 2.5 < points(sine).max() <= np.pi
    plane = clean("plane")
    np.testing.assert_allclose(plane.y[:, 0], points(plane).sum(axis=1) / 2, atol=1e-6)
    noisy = load_source(
        DataSettings(source=BuiltinSource(name="sine", options=FrozenMap(samples=5000, noise=0.3)))
    )
    assert np.std(noisy.y[:, 0] - np.sin(points(noisy)[:, 0])) == pytest.approx(0.3, rel=0.05)


def test_a_v_is_no_matter_of_fixed_pixels() -> None:
    x, y = v_shapes(1200, 0.1, 0)
    assert x.shape == (1200, 32, 32, 1)
    assert x.dtype == np.float32
    assert (float(x.min()), float(x.max())) == (0.0, 1.0)
    np.testing.assert_allclose(x * 255, np.rint(x * 255), atol=1e-4)
    assert y.sum() == 600
    flat = x.reshape(len(x), -1)
    line = LogisticRegression(C=1e-3, max_iter=200).fit(flat[:800], y[:800])
    assert line.score(flat[800:], y[800:]) < 0.65
    # No telling by the amount of ink either.
    ink = np.sort(flat.sum(axis=1))
    best = max(abs(((flat.sum(axis=1) > cut) == y).mean() - 0.5) for cut in ink[::20])
    assert best < 0.1
    # Where a V is, varies: the mean picture of each class is nearly the same everywhere.
    assert np.abs(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0)).max() < 0.15


def test_a_v_has_two_strokes_that_meet_below() -> None:
    generator = np.random.default_rng(0)
    from app.data.shape_pictures import _geometry

    kind, size = np.zeros((500, 1), int), generator.uniform(4.5, 6.5, (500, 1))
    ends = _geometry(kind, np.zeros((500, 1, 2)), size, generator)[0][:, 0]
    np.testing.assert_allclose(ends[:, 0, 0], ends[:, 1, 0])  # both start at the tip
    arms = ends[:, :, 1] - ends[:, :, 0]
    assert (arms[:, :, 1] < 0).all()  # upwards, as rows grow downwards
    left, right = arms[:, 0], arms[:, 1]
    cosine = (
        (left * right).sum(axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)
    )
    opening = np.degrees(np.arccos(cosine))
    assert 35 <= opening.min() < 40 < 60 < opening.max() <= 65.001


def test_bad_options_and_names_are_explained() -> None:
    for source in (
        BuiltinSource(name="unheard_of"),
        BuiltinSource(name="moons", options=FrozenMap(samples=3)),
        BuiltinSource(name="moons", options=FrozenMap(colour="red")),
    ):
        with pytest.raises(DataError) as caught:
            load_source(DataSettings(source=source))
        assert all((caught.value.happened, caught.value.expected, caught.value.how_to_fix))


def test_loading_can_be_given_up() -> None:
    with pytest.raises(LoadingStopped):
        load(settings("iris"), stop=lambda: True)


# ---- the split
@given(
    samples=st.integers(5, 400),
    classes=st.integers(2, 6),
    validation=st.floats(0, 0.45),
    test=st.floats(0, 0.45),
    stratified=st.booleans(),
    seed=st.integers(0, 2**31 - 1),
)
def test_every_sample_lands_in_one_part(
    samples: int, classes: int, validation: float, test: float, stratified: bool, seed: int
) -> None:
    y = np.arange(samples) % classes
    split = SplitSettings(
        validation_share=validation, test_share=test, stratified=stratified, seed=seed
    )
    *parts, notes = split_rows(samples, y, split)
    assert tuple(len(part) for part in parts) == split_counts(samples, validation, test)
    assert sorted(np.concatenate(parts).tolist()) == list(range(samples))
    if stratified and not notes:
        for part in parts:
            # Each of the two cuts rounds a class's share to a neighbouring whole number.
            exact = len(part) * np.bincount(y, minlength=classes) / samples
            assert np.abs(np.bincount(y[part], minlength=classes) - exact).max() < 2


def test_a_class_with_one_sample_is_named_and_no_obstacle() -> None:
    y = np.array([0] * 40 + [1] * 20 + [2])
    *parts, notes = split_rows(61, y, SplitSettings(), ("a", "b", "rare"))
    assert tuple(len(part) for part in parts) == split_counts(61, 0.15, 0.15)
    assert sorted(np.concatenate(parts).tolist()) == list(range(61))
    assert len(notes) == 1
    assert "'rare' has only 1 sample, too few for 3 parts" in notes[0]
    for part in parts:  # the other classes keep their proportions
        assert abs(np.mean(y[part] == 1) - 20 / 61) < 0.06


def test_many_rare_classes_are_one_stratum() -> None:
    y = np.concatenate([np.zeros(60, int), np.arange(1, 41)])
    *parts, notes = split_rows(100, y, SplitSettings())
    assert [int(np.sum(y[part] == 0)) for part in parts] == [42, 9, 9]
    assert "40 classes ('1', '2'" in notes[0]


def test_a_part_too_small_for_all_classes_is_noted() -> None:
    *parts, notes = split_rows(40, np.arange(40) % 8, SplitSettings())
    assert [len(part) for part in parts] == [28, 6, 6]
    assert len(notes) == 2
    assert "too few" in notes[0]


# ---- preprocessing
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["wine", "digits"])
def test_nothing_is_learned_from_validation_and_test(name: str, kind: str) -> None:
    raw = load_source(DataSettings(source=BuiltinSource(name=name)))
    wanted = settings(name, kind)
    first = prepare(raw, wanted)
    changed = np.array(raw.x)
    others = np.concatenate([first.validation.rows, first.test.rows])
    changed[others] = 1e6 * np.random.default_rng(0).normal(size=changed[others].shape)
    second = prepare(dataclasses.replace(raw, x=changed.copy()), wanted)
    assert second.preprocessing == first.preprocessing
    np.testing.assert_array_equal(second.training.x, first.training.x)
    assert second.summary.statistics == first.summary.statistics
    # The negative control: a changed training row does change what is fitted.
    changed[first.training.rows[0]] *= 3.0
    third = prepare(dataclasses.replace(raw, x=changed), wanted)
    assert (third.preprocessing == first.preprocessing) == (kind in ("none", "pixels"))


def test_standardize_and_min_max_are_scikit_learns() -> None:
    for kind, scaler in (("standardize", StandardScaler()), ("min_max", MinMaxScaler())):
        data = load(settings("wine", kind))
        scaler.fit(data.raw[data.training.rows])
        for part in (data.training, data.validation, data.test):
            expected = scaler.transform(data.raw[part.rows])
            np.testing.assert_allclose(in_memory(part.x), expected, rtol=1e-6, atol=1e-6)


def test_pictures_have_one_mean_a_channel_and_pixels_their_maximum() -> None:
    standard = load(settings("digits", "standardize"))
    training = standard.raw[standard.training.rows].astype(np.float64)
    np.testing.assert_allclose(standard.preprocessing.offset, [training.mean()])
    np.testing.assert_allclose(standard.preprocessing.scale, [training.std()])
    assert in_memory(standard.training.x).mean() == pytest.approx(0, abs=1e-6)
    pixels = load(settings("digits", "pixels"))
    np.testing.assert_array_equal(pixels.training.x, pixels.raw[pixels.training.rows] / 16)
    assert load(settings("v_shapes", "pixels", samples=20)).preprocessing.scale == (1.0,)


def raw_table(x: np.ndarray, *columns: Column) -> RawData:
    y = np.arange(len(x), dtype=np.float32)[:, None]
    names = columns or tuple(Column(f"f{i}") for i in range(x.shape[1]))
    return RawData("t", "regression", x, y, names, (), ("y",))


def test_constant_columns_become_zero() -> None:
    x = np.stack([np.arange(40.0), np.full(40, 7.7), np.full(40, 1e9)], axis=1)
    for kind in ("standardize", "min_max"):
        data = prepare(raw_table(x), settings("moons", kind))
        scaled = in_memory(data.training.x)
        assert np.abs(scaled[:, 1:]).max() < 1e-6
        assert scaled[:, 0].max() > 0.9


def test_large_offsets_keep_their_digits() -> None:
    seconds = 1.7e9 + np.arange(40.0)[:, None]
    data = prepare(raw_table(seconds), settings("moons", "standardize"))
    steps = np.unique(
        np.round(np.diff(np.sort(in_memory(data.training.x)[:, 0])) * data.preprocessing.scale[0])
    )
    assert set(steps) <= {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}


def test_values_beyond_32_bits_are_refused() -> None:
    x = np.arange(40.0)[:, None] * 1e38
    with pytest.raises(DataError, match="too large"):
        prepare(raw_table(x), settings("moons"))
    standardized = prepare(raw_table(x), settings("moons", "standardize"))
    assert np.isfinite(in_memory(standardized.training.x)).all()


def test_categories_are_those_of_the_training_part() -> None:
    x = np.stack([np.arange(40) % 2, np.arange(40.0)], axis=1).astype(np.float64)
    plain = prepare(raw_table(x.copy()), settings("moons", "standardize"))
    rare = int(plain.test.rows[0])
    x[rare, 0] = 2  # the third category stands in the test part alone
    columns = (Column("colour", ("blue", "green", "red")), Column("size"))
    data = prepare(raw_table(x, *columns), settings("moons", "standardize"))
    assert data.summary.feature_names == ("colour = blue", "colour = green", "size")
    assert data.summary.input_shape == (3,)
    assert "colour = red does not occur" in data.summary.notes[0]
    place = data.test.rows.tolist().index(rare)
    assert in_memory(data.test.x)[place, :2].tolist() == [0.0, 0.0]
    for row, number in zip(in_memory(data.training.x), data.training.rows, strict=True):
        assert row[:2].tolist() == ([1.0, 0.0] if x[number, 0] == 0 else [0.0, 1.0])
    assert data.preprocessing.columns[0].categories == ("blue", "green")


def test_pixels_on_other_numbers_says_so() -> None:
    (note,) = load(settings("wine", "pixels")).summary.notes
    assert "divides by 255" in note
    assert "standardize" in note


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["wine", "digits"])
def test_what_was_fitted_survives_saving(name: str, kind: str) -> None:
    data = load(settings(name, kind))
    fitted = data.preprocessing
    assert pickle.loads(pickle.dumps(fitted)) == fitted  # noqa: S301 - our own bytes
    again = FittedPreprocessing.from_json(fitted.to_json())
    assert again == fitted
    np.testing.assert_array_equal(again.transform(data.raw[data.test.rows]), data.test.x)
    with pytest.raises(ValueError, match="shape"):
        fitted.transform(np.zeros((2, 5)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 100_000,
        '{"kind": "none", "input_shape": [2], "columns": [], "offset": [0, 0], "scale": [1, 0]}',
        '{"kind": "none", "input_shape": [2], "columns": [], "offset": [0, NaN], "scale": [1, 1]}',
        '{"kind": "none", "input_shape": [2], "columns": [], "offset": [0], "scale": [1, 1]}',
        '{"kind": "pickle", "input_shape": [2], "columns": [], "offset": [0, 0], "scale": [1, 1]}',
        '{"kind": "none", "input_shape": [-2], "columns": [], "offset": [0, 0], "scale": [1, 1]}',
        '{"kind": "none", "input_shape": [2], "columns": [{"name": 3, "categories": []}], '
        '"offset": [0, 0], "scale": [1, 1]}',
    ],
)
def test_damaged_preprocessing_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        FittedPreprocessing.from_json(text)


# ---- the summary
@pytest.mark.parametrize("kind", KINDS)
def test_statistics_are_those_of_the_training_part(kind: str) -> None:
    data = load(settings("breast_cancer", kind))
    before, after = data.raw[data.training.rows], in_memory(data.training.x)
    assert len(data.summary.statistics) == 30
    for index, entry in enumerate(data.summary.statistics):
        assert entry.name == data.summary.feature_names[index]
        for values, measured in ((before, entry.before), (after, entry.after)):
            column = [float(v) for v in values[:, index]]
            mean = sum(column) / len(column)
            deviation = (sum((v - mean) ** 2 for v in column) / len(column)) ** 0.5
            expected = (mean, deviation, min(column), max(column))
            np.testing.assert_allclose(measured, expected, rtol=1e-6, atol=1e-7)


def test_class_counts_and_the_one_entry_of_pictures() -> None:
    data = load(settings("digits", "pixels"))
    for digit, counted in enumerate(data.summary.class_counts):
        parts = (data.training, data.validation, data.test)
        assert counted == tuple(sum(1 for y in part.y if y == digit) for part in parts)
    (entry,) = data.summary.statistics
    pixels = data.raw[data.training.rows].astype(np.float64)
    np.testing.assert_allclose(entry.before, (pixels.mean(), pixels.std(), 0.0, 16.0))
    np.testing.assert_allclose(
        entry.after, (pixels.mean() / 16, pixels.std() / 16, 0.0, 1.0), rtol=1e-6
    )
    assert load(settings("sine")).summary.class_counts == ()


def test_targets_of_a_regression_are_measured_over_the_training_part() -> None:
    data = load(settings("diabetes", "standardize"))
    (entry,) = data.summary.target_statistics
    y = data.training.y[:, 0].astype(np.float64)
    np.testing.assert_allclose(entry.before, (y.mean(), y.std(), y.min(), y.max()), rtol=1e-6)
    assert entry.after == entry.before
    assert load(settings("wine")).summary.target_statistics == ()
