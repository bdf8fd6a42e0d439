"""The table of built-in data sets, and how many samples go where."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_settings import BuiltinSource, DataSettings, TableSource
from app.core.dataset_catalog import (
    DATASETS,
    DATASETS_BY_NAME,
    dataset_of,
    filled_options,
    source_errors,
    split_counts,
    summary_of,
)
from app.core.frozen import FrozenMap
from app.core.options import errors_in


def settings(name: str, **options: object) -> DataSettings:
    return DataSettings(source=BuiltinSource(name=name, options=FrozenMap(options)))


@pytest.mark.parametrize(
    ("samples", "counts"),
    [
        (178, (124, 27, 27)),
        (1797, (1257, 270, 270)),
        (400, (280, 60, 60)),
        (569, (399, 85, 85)),
        (442, (310, 66, 66)),
        (0, (0, 0, 0)),
        (1, (1, 0, 0)),
        (2, (1, 1, 0)),
        (3, (1, 1, 1)),
    ],
)
def test_counts_of_the_usual_split(samples: int, counts: tuple[int, int, int]) -> None:
    assert split_counts(samples, 0.15, 0.15) == counts


def test_halves_are_rounded_up_as_the_decimal_share_says() -> None:
    # 50 · 0.29 is 14.499999999999998 in binary floating point.
    assert split_counts(50, 0.29, 0.0) == (35, 15, 0)
    assert split_counts(100, 0.0, 0.0) == (100, 0, 0)
    with pytest.raises(ValueError, match="negative"):
        split_counts(-1, 0.1, 0.1)


@given(st.integers(1, 10**6), st.integers(0, 90), st.integers(0, 90))
def test_counts_add_up_and_follow_the_shares(samples: int, validation: int, test: int) -> None:
    if validation + test > 95:
        validation, test = validation // 2, test // 2
    counts = split_counts(samples, validation / 100, test / 100)
    assert sum(counts) == samples
    assert counts[0] >= 1
    for share, count in ((validation, counts[1]), (test, counts[2])):
        if share == 0:
            assert count == 0
        elif samples > 40:
            assert count == max(1, int(Fraction(share, 100) * samples + Fraction(1, 2)))


def test_every_set_is_described() -> None:
    assert len(DATASETS_BY_NAME) == len(DATASETS) == 17
    for kind in DATASETS:
        summary = summary_of(settings(kind.name))
        assert kind.description.endswith(".")
        assert "\n" not in kind.description
        assert errors_in(kind.options, FrozenMap()) == {}
        chosen = any(option.name == "samples" for option in kind.options)
        assert chosen == (kind.generated or kind.fetched)
        assert summary.samples == kind.samples(FrozenMap())
        assert not summary.loaded
        assert summary.statistics == ()
        if kind.task == "binary":
            assert len(summary.class_names) == 2
        elif kind.task == "multiclass":
            assert len(summary.class_names) > 2
        else:
            assert summary.class_names == ()
        expected = ("pixels",) if summary.pictures else summary.feature_names
        assert summary.feature_names == expected
        if not summary.pictures:
            assert summary.input_shape == (len(summary.feature_names),)


def test_options_change_the_summary() -> None:
    summary = summary_of(settings("blobs", samples=1000, classes=5))
    assert summary.counts == (700, 150, 150)
    assert summary.class_names == ("class 0", "class 1", "class 2", "class 3", "class 4")
    assert summary.outputs == 5


def test_wrong_options_are_told_and_do_not_break_the_summary() -> None:
    source = BuiltinSource(name="moons", options=FrozenMap(samples=-3, colour="red"))
    assert set(source_errors(source)) == {"samples", "colour"}
    assert summary_of(DataSettings(source=source)).samples == 400
    assert "moons" in source_errors(BuiltinSource(name="mons"))[""]


def test_what_is_no_built_in_set() -> None:
    file = DataSettings(source=TableSource(path="table.csv"))
    assert dataset_of(file) is None
    assert dataset_of(settings("unknown")) is None
    for data in (file, settings("unknown")):
        with pytest.raises(ValueError, match="built-in"):
            summary_of(data)
    assert dict(filled_options(BuiltinSource(name="sine"))) == {
        "samples": 400,
        "noise": 0.1,
        "seed": 0,
    }


def test_the_names_are_those_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    for name in ("iris", "wine", "breast_cancer", "diabetes", "digits"):
        bunch = getattr(datasets, f"load_{name}")()
        summary = summary_of(settings(name))
        assert summary.samples == len(bunch.data)
        if name in ("breast_cancer", "diabetes"):
            assert summary.feature_names == tuple(str(text) for text in bunch.feature_names)
        if name in ("iris", "breast_cancer"):
            assert summary.class_names == tuple(str(text) for text in bunch.target_names)
        if name == "wine":
            words = [str(text).replace("_", " ").split("/")[0] for text in bunch.feature_names]
            assert all(
                word.startswith(known.split("/")[0])
                for word, known in zip(words, summary.feature_names, strict=True)
            )
