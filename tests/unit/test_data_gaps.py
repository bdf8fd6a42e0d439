"""Gaps are filled as the training part says: scikit-learn's SimpleImputer is the judge."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder

from app.data.errors import DataError
from app.data.preparation import prepare
from app.data.preprocessing import FittedPreprocessing
from app.data.raw_data import Column, Missing, RawData
from app.data.samples import in_memory
from tests.unit.small_sources import settings, table


def holed(seed: int, share: float = 0.3) -> np.ndarray:
    """(60, 3): numbers with many equal ones, places of four categories, whole numbers."""
    generator = np.random.default_rng(seed)
    x = np.stack(
        [
            generator.integers(0, 6, 60) / 4,
            generator.integers(0, 4, 60).astype(float),
            np.arange(60.0),
        ],
        axis=1,
    )
    x[:, :2][generator.random((60, 2)) < share] = np.nan
    return x


def columns(numbers: Missing, texts: Missing) -> tuple[Column, ...]:
    return Column("n", (), numbers), Column("t", ("p", "q", "r", "s"), texts), Column("w")


def raw_of(x: np.ndarray, numbers: Missing = "mean", texts: Missing = "category") -> RawData:
    return table(x, np.arange(len(x)) % 2, columns(numbers, texts))


@given(
    seed=st.integers(0, 10_000),
    numbers=st.sampled_from(["mean", "median", "most_frequent"]),
    texts=st.sampled_from(["most_frequent", "category"]),
    kind=st.sampled_from(["none", "standardize", "min_max"]),
)
def test_gaps_become_what_scikit_learn_makes_of_them(
    seed: int, numbers: Missing, texts: Missing, kind: str
) -> None:
    x = holed(seed)
    data = prepare(raw_of(x, numbers, texts), settings(kind, split={"seed": seed}))
    training = data.training.rows
    expected = SimpleImputer(strategy=numbers).fit(x[training, :1])
    raw = in_memory(data.raw)
    np.testing.assert_allclose(raw[:, :1], expected.transform(x[:, :1]), rtol=1e-15)

    names = np.array(["p", "q", "r", "s", None], object)
    words = names[np.where(np.isnan(x[:, 1]), 4, x[:, 1]).astype(int)][:, None]
    if texts == "most_frequent":
        imputer = SimpleImputer(strategy="most_frequent", missing_values=None)
        filled = imputer.fit(words[training]).transform(words)
    else:
        filled = np.where(words == None, "~", words)  # noqa: E711 - element by element
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(filled[training])
    np.testing.assert_array_equal(raw[:, 1:-1], encoder.transform(filled))
    seen = [str(name).replace("~", "(missing)") for name in encoder.categories_[0]]
    assert data.summary.feature_names == ("n", *(f"t = {name}" for name in seen), "w")
    np.testing.assert_array_equal(raw[:, -1], x[:, 2])
    assert any("Gaps in n are filled" in note for note in data.summary.notes)

    # What was fitted makes the same of the columns as they were read, and survives saving.
    fitted = FittedPreprocessing.from_json(data.preprocessing.to_json())
    assert fitted == data.preprocessing
    kept = fitted.columns[1].categories
    places = np.array([kept.index(w) if w in kept else -1.0 for w in words[:, 0]])
    places[np.isnan(x[:, 1])] = np.nan
    encoded = fitted.encode(np.stack([x[:, 0], places, x[:, 2]], axis=1))
    np.testing.assert_array_equal(encoded, raw)


def test_what_is_filled_is_told() -> None:
    x = holed(0)
    data = prepare(raw_of(x, "median", "most_frequent"), settings())
    training = x[data.training.rows]
    median = np.nanmedian(training[:, 0])
    values, counts = np.unique(training[~np.isnan(training[:, 1]), 1], return_counts=True)
    text = "pqrs"[int(values[np.argmax(counts)])]
    assert data.summary.notes == (
        f"Gaps in n are filled with {median:.6g}, the median in the training part.",
        f"Gaps in t are filled with {text}, the most frequent value in the training part.",
    )
    (found,) = [f for f in data.summary.findings if f.kind == "missing"]
    gaps = np.isnan(training[:, :2]).sum(axis=0)
    assert set(found.columns) == {"n", "t"}
    assert found.values["gaps"] == tuple(sorted(gaps.tolist(), reverse=True))
    assert found.values["of"] == len(training)


def test_a_column_without_gaps_is_filled_when_they_come_later() -> None:
    x = holed(1, share=0.0)
    data = prepare(raw_of(x, "mean", "category"), settings())
    assert data.summary.notes == ()
    mean = x[data.training.rows, 0].mean()
    row = data.preprocessing.encode(np.array([[np.nan, np.nan, 1.0]]))
    np.testing.assert_allclose(row, [[mean, 0, 0, 0, 0, 1.0]])


def test_gaps_that_the_training_part_has_not_are_no_category() -> None:
    x = holed(1, share=0.0)
    x[prepare(raw_of(x.copy()), settings()).test.rows[0], 1] = np.nan
    data = prepare(raw_of(x), settings())
    assert data.preprocessing.columns[1].categories == ("p", "q", "r", "s")
    assert in_memory(data.test.x)[0, 1:5].tolist() == [0.0] * 4
    assert "do not occur in the training part" in data.summary.notes[0]


def test_a_gap_that_nobody_fills_is_named() -> None:
    x = holed(1, share=0.0)
    x[7, 2] = np.nan
    with pytest.raises(DataError, match="Sample 8 lacks a value in the column 'w'"):
        prepare(raw_of(x), settings())
    lines = replace(raw_of(x), row_numbers=np.arange(60) * 2)
    with pytest.raises(DataError, match="Line 14 lacks a value"):
        prepare(lines, settings())


def test_ways_that_do_not_fit_and_empty_columns_are_explained() -> None:
    for numbers, texts, message in (
        ("category", "category", "'n' holds numbers"),
        ("mean", "mean", "'t' holds categories"),
        ("mean", "median", "'t' holds categories"),
    ):
        with pytest.raises(DataError, match=message):
            prepare(raw_of(holed(0), numbers, texts), settings())  # type: ignore[arg-type]
    x = holed(0)
    x[:, 0] = np.nan
    with pytest.raises(DataError, match="no value in the training part"):
        prepare(raw_of(x), settings())
    x = holed(0)
    x[:, 1] = np.nan
    with pytest.raises(DataError, match="no value in the training part"):
        prepare(raw_of(x, texts="most_frequent"), settings())
    data = prepare(raw_of(x, texts="category"), settings())
    assert data.preprocessing.columns[1].categories == ("(missing)",)


def fitted() -> FittedPreprocessing:
    return prepare(raw_of(holed(0)), settings("standardize")).preprocessing


def test_what_an_earlier_version_wrote_can_be_read() -> None:
    now = prepare(raw_of(holed(0, share=0.0), "drop", "drop"), settings("min_max")).preprocessing
    assert now.fill == ()
    plain = asdict(now)
    del plain["fill"]
    for column in plain["columns"]:
        del column["missing"]
    assert FittedPreprocessing.from_json(json.dumps(plain)) == now


@pytest.mark.parametrize(
    "change",
    [
        {"fill": [0.0]},
        {"fill": "012"},
        {"fill": ["0", None, None]},
        {"fill": [float("nan"), None, None]},
        {"fill": [None, 9.0, None]},
        {"fill": [None, 0.5, None]},
        {"fill": [None, True, None]},
        {"fill": {}},
        {"columns": [{"name": "n", "categories": [], "missing": "guess"}]},
        {"columns": [{"name": "n", "categories": [], "missing": 3}]},
        {"surplus": 1},
    ],
)
def test_damaged_fillings_are_refused(change: dict[str, object]) -> None:
    plain = {**asdict(fitted()), **change}
    with pytest.raises(DataError):
        FittedPreprocessing.from_json(json.dumps(plain))


def test_categories_that_are_not_trained_are_told_in_one_note() -> None:
    texts = tuple(f"c{place:02}" for place in range(20))
    x = np.column_stack([np.arange(20.0), np.arange(20.0)])
    raw = table(x, np.arange(20) % 2, (Column("t", texts), Column("n")))
    data = prepare(raw, settings())
    (note,) = [note for note in data.summary.notes if "occur in the training part" in note]
    held = sorted({*data.validation.rows, *data.test.rows})
    assert note.startswith(f"6 categories of t (c{held[0]:02}, c{held[1]:02}, ")
    np.testing.assert_array_equal(in_memory(data.raw)[held, :-1], 0)
