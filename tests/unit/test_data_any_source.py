"""Whatever the source and the settings: data that can be trained on, or words that say why not."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_settings import DataSettings
from app.core.finding_problems import finding_problems, weight_problems
from app.core.templates import start_from
from app.data.errors import DataError
from app.data.preparation import prepare
from app.data.prepared import PreparedData
from app.data.preprocessing import FittedPreprocessing
from app.data.preview import preview_of
from app.data.raw_data import Column, RawData
from tests.unit.small_sources import Stream, pictures, settings, table

PROJECT = start_from("iris", "mlp")


def some_targets(chance: np.random.Generator, samples: int) -> np.ndarray:
    if chance.random() < 0.4:
        return chance.normal(size=samples)
    y = chance.integers(0, int(chance.integers(2, 6)), samples)
    y[0] = max(1, y.max())
    return y


def some_source(chance: np.random.Generator) -> RawData:
    samples = int(chance.choice([1, 2, 3, 4, 5, 8, 20, 60, 150]))
    y = some_targets(chance, samples)
    more: dict[str, Any] = {}
    if chance.random() < 0.3:
        more["parts"] = chance.choice([-1, 0, 1, 2], samples).astype(np.int8)
    if chance.random() < 0.3:
        more["times"] = chance.integers(0, 9, samples).astype(float)
    if chance.random() < 0.3:
        more["weights"] = chance.choice([0, 1, 2.5], samples).astype(np.float32)
    if chance.random() < 0.3:
        more["row_numbers"] = np.arange(samples) * 2 + 1
    if y.dtype.kind == "i" and chance.random() < 0.3:
        x = chance.integers(0, 256, (samples, 4, 3, int(chance.choice([1, 3]))), np.uint8)
        return pictures(Stream(x) if chance.random() < 0.5 else x.astype(np.float32), y, **more)
    columns = tuple(some_column(chance, f"c{place}") for place in range(chance.integers(1, 5)))
    x = np.stack([some_values(chance, column, samples) for column in columns], axis=1)
    return table(x, y, columns, **more)


def some_column(chance: np.random.Generator, name: str) -> Column:
    texts = ("p", "q", "r") if chance.random() < 0.4 else ()
    ways = ["drop", "most_frequent", "category"] if texts else ["drop", "mean", "median"]
    missing: Any = str(chance.choice([*ways, "mean", "category"], p=[0.4, 0.28, 0.28, 0.02, 0.02]))
    return Column(name, texts, missing)


def some_values(chance: np.random.Generator, column: Column, samples: int) -> np.ndarray:
    if column.categories:
        values = chance.integers(0, 3, samples).astype(float)
    elif chance.random() < 0.2:
        values = chance.choice([0.0, 1.0, -1e9, 1e300, 1e-300, 3.5, 1e200], samples)
    else:
        values = chance.normal(0, 10 ** chance.uniform(-5, 5), samples)
    if chance.random() < 0.3:
        values = np.round(values)
    if chance.random() < (0.4 if column.missing != "drop" else 0.05):
        values[chance.random(samples) < 0.2] = np.nan
    return values


def some_settings(chance: np.random.Generator) -> DataSettings:
    return settings(
        str(chance.choice(["none", "standardize", "min_max", "pixels"])),
        split={
            "validation_share": float(chance.choice([0, 0.15, 0.4])),
            "test_share": float(chance.choice([0, 0.15, 0.5])),
            "stratified": bool(chance.random() < 0.6),
            "seed": int(chance.integers(9)),
            "by": str(chance.choice(["random", "time"])),
            "own_parts": bool(chance.random() < 0.5),
        },
        learns=str(chance.choice(["target", "input"], p=[0.8, 0.2])),
        class_weighting=str(chance.choice(["none", "balanced", "chosen"])),
        class_weights={"a": 2.0} if chance.random() < 0.5 else {},
    )


def prepared_or_refused(raw: RawData, wanted: DataSettings) -> PreparedData | DataError:
    try:
        return prepare(raw, wanted)
    except DataError as error:
        return error


@pytest.mark.filterwarnings("error")
@given(st.integers(0, 2**32 - 1))
def test_any_source_is_prepared_or_refused_in_words(seed: int) -> None:
    chance = np.random.default_rng(seed)
    raw, wanted = some_source(chance), some_settings(chance)
    data = prepared_or_refused(raw, wanted)
    if isinstance(data, DataError):
        words = (data.happened, data.expected, data.how_to_fix)
        assert all(text.endswith((".", "?")) for text in words)
        return
    assert sum(data.summary.counts) == len(raw)
    assert FittedPreprocessing.from_json(data.preprocessing.to_json()) == data.preprocessing
    for part in (data.training, data.validation, data.test):
        rows = np.arange(len(part))
        expected = data.preprocessing.transform(data.raw[part.rows])
        assert part.x[rows].tobytes() == expected.tobytes()
        assert len(part.y) == len(part.rows) == len(part)
        assert np.isfinite(part.x[rows]).all()
    for entry in data.summary.statistics:
        assert all(math.isfinite(value) for value in (*entry.before, *entry.after))
    preview = preview_of(data)
    assert len(preview.rows) == min(len(raw), 120 if data.summary.pictures else 200)
    for problem in (
        *finding_problems(PROJECT, data.summary),
        *weight_problems(PROJECT, data.summary),
    ):
        assert all((problem.title, problem.happened, problem.expected, problem.how_to_fix))
