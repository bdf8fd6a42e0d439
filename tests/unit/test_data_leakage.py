"""Nothing of the validation and test parts enters what is fitted."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.core.data_settings import DataSettings
from app.core.data_summary import DataSummary
from app.data.distributions import distributions_of
from app.data.moments import moments_of
from app.data.preparation import prepare
from app.data.prepared import PreparedData
from app.data.raw_data import Column, RawData
from app.data.samples import in_memory
from tests.unit.small_sources import Stream, pictures, settings, table

KINDS = ("none", "standardize", "min_max", "pixels")
SAMPLES = 300
HELD_OUT_FINDINGS = ("duplicates", "few_samples", "skewed_parts")
"""They say how many samples the parts share, how many of a class each holds, and how the validation
part differs: nothing that is fitted.
"""


def numbers(generator: np.random.Generator) -> RawData:
    return table(generator.normal(size=(SAMPLES, 4)), labels(generator))


def labels(generator: np.random.Generator) -> np.ndarray:
    return generator.integers(0, 3, SAMPLES)


def with_gaps(generator: np.random.Generator) -> RawData:
    """Every way of filling, and a category that is rare."""
    x = generator.normal(size=(SAMPLES, 6))
    x[:, 3:] = generator.choice(4, (SAMPLES, 3), p=[0.5, 0.3, 0.19, 0.01])
    x[:, :5][generator.random((SAMPLES, 5)) < 0.2] = np.nan
    columns = (
        Column("mean", (), "mean"),
        Column("median", (), "median"),
        Column("frequent", (), "most_frequent"),
        Column("text", tuple("pqrs"), "most_frequent"),
        Column("gap", tuple("pqrs"), "category"),
        Column("whole", tuple("pqrs")),
    )
    x[:, 2] = np.round(x[:, 2])
    return table(x, labels(generator), columns)


def regression(generator: np.random.Generator) -> RawData:
    return table(generator.normal(size=(SAMPLES, 3)), generator.normal(size=(SAMPLES, 2)))


def in_ram(generator: np.random.Generator) -> RawData:
    x = generator.uniform(0, 255, (SAMPLES, 5, 4, 3)).astype(np.float32)
    return pictures(x, labels(generator))


def on_disk(generator: np.random.Generator) -> RawData:
    x = generator.integers(0, 256, (SAMPLES, 5, 4, 3)).astype(np.uint8)
    return pictures(Stream(x), labels(generator))


SOURCES = {f.__name__: f for f in (numbers, with_gaps, regression, in_ram, on_disk)}
# A stratified draw looks at all targets: which samples train would be other ones.
SPLITS: dict[str, dict[str, Any]] = {
    "random": {"stratified": False},
    "own": {"stratified": False},
    "time": {"by": "time"},
}


def other_values(raw: RawData, rows: np.ndarray, generator: np.random.Generator) -> RawData:
    """`raw` in which all is different in the samples `rows`: features, categories, gaps, targets,
    and the weights.
    """
    x = np.array(raw.x[np.arange(len(raw))])
    if raw.columns:
        x[rows] = generator.normal(5e3, 1e4, x[rows].shape)
        for place, column in enumerate(raw.columns):
            if column.categories:
                x[rows, place] = 3.0
            if column.missing != "drop":
                x[rows[::2], place] = np.nan
    else:
        x[rows] = 255 - x[rows] // 3
    y = np.array(raw.y)
    y[rows] = 2 if raw.class_names else y[rows] * 1000 + 7
    weights = None if raw.weights is None else np.array(raw.weights)
    if weights is not None:
        weights[rows] = 9.0
    samples: Any = x if isinstance(raw.x, np.ndarray) else Stream(x)
    return replace(raw, x=samples, y=y, weights=weights)


def fitted(data: PreparedData) -> list[Any]:
    """Everything that comes from the training part."""
    summary: DataSummary = data.summary
    distributions = distributions_of(data)
    return [
        data.preprocessing.to_json(),
        data.preprocessing,
        summary.statistics,
        summary.target_statistics,
        summary.class_weights,
        summary.feature_names,
        [counts[0] for counts in summary.class_counts],
        [f for f in summary.findings if f.kind not in HELD_OUT_FINDINGS],
        distributions,
    ]


def arrays_of(data: PreparedData) -> bytes:
    part = data.training
    weights = b"" if part.weights is None else part.weights.tobytes()
    x = part.x[np.arange(len(part))]
    return x.tobytes() + part.y.tobytes() + part.rows.tobytes() + weights


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("kind", KINDS)
def test_held_out_values_change_nothing_that_is_fitted(kind: str, source: str, split: str) -> None:
    generator = np.random.default_rng(7)
    raw = SOURCES[source](generator)
    raw = replace(raw, weights=generator.uniform(0.5, 2, SAMPLES).astype(np.float32))
    if split == "time":
        raw = replace(raw, times=generator.permutation(SAMPLES).astype(float))
    if split == "own":
        raw = replace(raw, parts=generator.choice([-1, 0, 1, 2], SAMPLES).astype(np.int8))
    wanted: DataSettings = settings(kind, split=SPLITS[split], class_weighting="balanced")
    first = prepare(raw, wanted)
    held_out = np.concatenate([first.validation.rows, first.test.rows])
    second = prepare(other_values(raw, held_out, generator), wanted)
    np.testing.assert_array_equal(first.training.rows, second.training.rows)
    assert fitted(first) == fitted(second)
    assert arrays_of(first) == arrays_of(second)
    assert first.fingerprint != second.fingerprint
    # The negative control: other training values do change what is fitted.
    third = prepare(other_values(raw, first.training.rows[:60], generator), wanted)
    assert fitted(first) != fitted(third)
    assert arrays_of(first) != arrays_of(third)


def test_what_is_fitted_is_what_the_training_part_alone_gives() -> None:
    """The same numbers come out when the other parts are not even there."""
    raw = with_gaps(np.random.default_rng(3))
    data = prepare(raw, settings("standardize"))
    rows = np.sort(data.training.rows)
    alone = replace(raw, x=in_memory(raw.x)[rows], y=raw.y[rows])
    nothing_else = settings("standardize", split={"validation_share": 0.0, "test_share": 0.0})
    again = prepare(alone, nothing_else)
    assert again.preprocessing == data.preprocessing
    for mine, other in zip(again.summary.statistics, data.summary.statistics, strict=True):
        assert mine.before == other.before
        np.testing.assert_allclose(mine.after, other.after, rtol=1e-12, atol=1e-15)
    moments = moments_of(in_memory(data.raw)[rows])
    assert [entry.before for entry in data.summary.statistics] == moments.tuples()
