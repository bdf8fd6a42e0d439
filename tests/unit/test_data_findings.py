"""What is remarkable in data: found where it is, and nowhere else. NumPy and pandas judge."""

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_edits import own_class_weights, set_class_weight
from app.core.data_findings import DataFinding
from app.core.data_settings import DataSettings, PictureSource, TableSource
from app.core.finding_problems import finding_problems
from app.core.frozen import FrozenMap
from app.core.problems import Problem
from app.core.project import Project
from app.core.resolve import resolve
from app.core.templates import start_from
from app.data.column_findings import _correlations
from app.data.findings import _largest_difference
from app.data.loading import load
from app.data.preparation import prepare
from app.data.prepared import PreparedData
from app.data.raw_data import Column, RawData
from app.data.sample_keys import also_in, keys_of
from app.data.samples import in_memory
from tests.unit.small_sources import Stream, pictures, settings, table

chance = np.random.default_rng(5)
PLAIN = chance.normal(size=(400, 5))
CLASSES = np.arange(400) % 3


def found_in(raw: RawData, **changes: Any) -> tuple[PreparedData, dict[str, DataFinding]]:
    data = prepare(raw, settings(**changes))
    findings = data.summary.findings
    assert pickle.loads(pickle.dumps(findings)) == findings  # noqa: S301 - our own bytes
    return data, {finding.kind: finding for finding in findings}


def with_column(values: np.ndarray, place: int = 0) -> np.ndarray:
    x = PLAIN.copy()
    x[:, place] = values
    return x


def on_a_table(data: PreparedData) -> tuple[Project, list[Problem]]:
    """A project whose data come from a file, and what it is told of them."""
    project = start_from("iris", "mlp")
    source = DataSettings(source=TableSource(path="table.csv"))
    project = project.model_copy(update={"data": source})
    problems = list(finding_problems(project, data.summary))
    for problem in problems:
        texts = (problem.title, problem.happened, problem.expected, problem.how_to_fix)
        assert all(texts)
        assert all(text.endswith(".") for text in texts[1:])
        assert problem.where == "data"
        for fix in problem.fixes:
            edit = pickle.loads(pickle.dumps(fix.edit))  # noqa: S301 - our own bytes
            assert edit(project) != project
    return project, problems


# ---- nothing where there is nothing
def test_random_numbers_are_not_remarkable() -> None:
    assert found_in(table(PLAIN, CLASSES))[1] == {}
    y = PLAIN @ np.arange(5.0) + chance.normal(size=400)
    assert found_in(table(PLAIN, y))[1] == {}
    for draw in (chance.exponential, chance.lognormal, chance.gamma):
        assert found_in(table(draw(2.0, size=(5000, 3)), np.arange(5000) % 2))[1] == {}
    x = chance.normal(size=(400, 2)).cumsum(axis=1)
    assert found_in(table(x, CLASSES), split={"by": "time"})[1] == {}


def test_a_small_table_is_not_remarkable() -> None:
    assert set(found_in(table(PLAIN[:9], CLASSES[:9]))[1]) <= {"few_samples"}


# ---- duplicates
@given(
    values=st.integers(2, 6),
    columns=st.integers(1, 4),
    samples=st.integers(10, 80),
    seed=st.integers(0, 99),
)
def test_samples_in_two_parts_are_counted(
    values: int, columns: int, samples: int, seed: int
) -> None:
    x = np.random.default_rng(seed).integers(0, values, (samples, columns)).astype(float)
    data, found = found_in(table(x, np.arange(samples) % 2), split={"seed": seed})
    rows = [set(map(tuple, x[part.rows])) for part in (data.training, data.validation, data.test)]
    expected = {
        "training_validation": sum(tuple(r) in rows[0] for r in x[data.validation.rows]),
        "training_test": sum(tuple(r) in rows[0] for r in x[data.test.rows]),
        "validation_test": sum(tuple(r) in rows[1] for r in x[data.test.rows]),
    }
    if not any(expected.values()):
        assert "duplicates" not in found
        return
    finding = found["duplicates"].values
    assert {name: finding[name] for name in expected} == expected
    repeated = pd.DataFrame(x[data.training.rows]).duplicated().mean()
    assert finding["repeated"] == pytest.approx(repeated)


@pytest.mark.parametrize("stream", [False, True])
def test_equal_pictures_in_two_parts_are_counted(stream: bool) -> None:
    x: np.ndarray = chance.integers(0, 256, (100, 7, 5, 1)).astype(np.uint8)
    clean = prepare(pictures(x.astype(np.float32), np.arange(100) % 2), settings())
    assert clean.summary.findings == ()
    x[clean.test.rows[:4]] = x[clean.training.rows[:4]]
    x[clean.validation.rows[0]] = x[clean.test.rows[9]]
    samples: Any = Stream(x) if stream else x.astype(np.float32)
    _, found = found_in(pictures(samples, np.arange(100) % 2))
    values = found["duplicates"].values
    assert (values["training_test"], values["validation_test"]) == (4, 1)


@given(st.integers(1, 70), st.sampled_from([np.uint8, np.float32, np.float64, np.float16]))
def test_keys_tell_samples_apart(width: int, kind: type) -> None:
    x: np.ndarray = (np.arange(256)[:, None] * np.ones(width)).astype(kind)
    one = np.repeat(x[:1], width, axis=0)
    one[np.arange(width), np.arange(width)] = 1  # differ in one place each
    keys = keys_of(np.concatenate([x, one, x]))
    assert len(np.unique(keys)) == 256 + width - (width == 1)
    np.testing.assert_array_equal(keys[:256], keys[-256:])
    assert also_in(np.sort(keys[-256:]), np.sort(keys[:256])) == 256
    assert also_in(keys[256:-256], np.sort(keys[:256])) == (width == 1)


def test_samples_with_gaps_are_not_called_equal() -> None:
    x = PLAIN[:, :2].copy()
    x[::3, 0] = np.nan
    x[:, 1] = np.arange(400) % 50
    columns = (Column("n", (), "median"), Column("m"))
    _, found = found_in(table(x, CLASSES, columns))
    assert "duplicates" not in found
    x = x.copy()
    x[1::3] = x[1]  # and these are equal
    data, found = found_in(table(x, CLASSES, columns))
    count = int(np.sum(data.test.rows % 3 == 1))
    assert found["duplicates"].values["training_test"] == count


def test_rows_that_differ_in_categories_that_nobody_trains_on_are_not_called_equal() -> None:
    x = np.stack([np.arange(400.0), np.arange(400) % 3], axis=1)  # each its own category
    columns = (Column("name", tuple(f"n{place}" for place in range(400))), Column("m"))
    data, found = found_in(table(x, CLASSES, columns))
    encoded = np.asarray(data.raw)[data.test.rows]
    assert len(np.unique(encoded, axis=0)) == 3  # to the network most of them are alike
    assert "duplicates" not in found
    x = x.copy()
    x[data.test.rows[:5]] = x[data.validation.rows[:5]]
    _, found = found_in(table(x, CLASSES, columns))
    values = found["duplicates"].values
    assert (values["training_validation"], values["training_test"]) == (0, 0)
    assert values["validation_test"] == 5


def test_zero_has_no_sign() -> None:
    assert len(np.unique(keys_of(np.array([[0.0, 1.0], [-0.0, 1.0]])))) == 1


# ---- features that tell the target
@pytest.mark.parametrize(
    "copy",
    [
        lambda y: y,
        lambda y: 7.0 - 2.0 * y,
        lambda y: np.array([5.0, -1.0, 30.0])[y],
    ],
)
def test_a_copy_of_the_class_is_found(copy: Any) -> None:
    data, found = found_in(table(with_column(copy(CLASSES)), CLASSES))
    assert found["target_copy"].columns == ("f0", "y")
    assert data.summary.findings[0].kind == "target_copy"
    project, problems = on_a_table(data)
    assert problems[0].severity == "warning"
    mended = problems[0].fixes[0].edit(project)
    assert isinstance(mended.data.source, TableSource)
    assert dict(mended.data.source.roles) == {"f0": "ignored"}
    almost = copy(CLASSES).astype(float)
    almost[data.training.rows[0]] = copy(np.array([0, 1, 2]))[CLASSES[data.training.rows[0]] - 1]
    assert "target_copy" not in found_in(table(with_column(almost), CLASSES))[1]


def test_a_category_for_each_class_is_found() -> None:
    columns = (Column("text", ("p", "q", "r")), *(Column(f"f{i}") for i in range(4)))
    x = with_column(np.array([2.0, 0.0, 1.0])[CLASSES])
    _, found = found_in(table(x, CLASSES, columns))
    assert found["target_copy"].columns == ("text", "y")


@pytest.mark.parametrize(
    ("copy", "equal"),
    [
        (lambda y: y.astype(np.float32), True),
        (lambda y: 3 * y + 1, False),
        (lambda y: -np.exp(y), False),
        (lambda y: np.round(y, 1), None),
        (lambda y: y**2, None),
        (lambda y: y + 0.1 * np.sin(np.arange(len(y))), None),
    ],
)
def test_a_copy_of_a_number_is_found(copy: Any, equal: bool | None) -> None:
    y = chance.normal(size=400)
    _, found = found_in(table(with_column(copy(y)), y))
    if equal is None:
        assert "target_copy" not in found
    else:
        assert found["target_copy"].values["equal"] is equal


# ---- columns
def test_constant_columns_and_single_categories_are_found() -> None:
    x = with_column(np.full(400, 3.5))
    x[:, 1] = 0.0
    columns = (Column("same"), Column("only", ("p",)), *(Column(f"f{i}") for i in range(3)))
    data, found = found_in(table(x, CLASSES, columns), preprocessing="standardize")
    assert found["constant"].columns == ("same", "only")
    _, problems = on_a_table(data)
    assert problems[0].title == "2 columns never change"


@pytest.mark.parametrize(
    ("values", "is_one"),
    [
        (np.arange(400.0), True),
        (1000.0 - np.arange(400.0), True),
        (np.arange(400) * 2.0 + 7, True),
        (np.arange(400) * 60.0, False),  # a time, say
        (np.arange(400) * 0.5, False),
        (np.random.default_rng(0).permutation(np.arange(400.0)), False),
    ],
)
def test_row_numbers_are_found(values: np.ndarray, is_one: bool) -> None:
    data, found = found_in(table(with_column(values), CLASSES))
    assert ("identifier" in found) == is_one
    if is_one:
        _, problems = on_a_table(data)
        assert problems[0].title == "f0 counts the rows"


@given(st.integers(2, 6), st.floats(0.5, 1.0), st.integers(0, 50))
def test_correlations_are_numpys(columns: int, strength: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(100, columns))
    x[:, -1] = strength * x[:, 0] + (1 - strength) * x[:, -1] + 1e6
    data, found = found_in(table(x, np.arange(100) % 2))
    among = np.abs(np.corrcoef(x[data.training.rows], rowvar=False))
    pairs = [(i, j) for i in range(columns) for j in range(i) if among[i, j] >= 0.85]
    assert ("correlated" in found) == bool(pairs)
    if pairs:
        values = found["correlated"].values
        assert values["strongest"] == pytest.approx(max(among[pair] for pair in pairs), abs=1e-9)
        assert values["rows"] == values["of"] == len(data.training)


@given(
    rows=st.integers(20, 400),
    columns=st.integers(2, 40),
    gaps=st.sampled_from([0.0, 0.1, 0.5]),
    seed=st.integers(0, 99),
)
def test_correlations_leave_gaps_out_as_pandas_does(
    rows: int, columns: int, gaps: float, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    x = generator.normal(
        generator.normal(0, 100, columns), generator.uniform(1, 50, columns), (rows, columns)
    )
    x[:, -1] += 3 * x[:, 0]
    x[generator.random(x.shape) < gaps] = np.nan
    expected = pd.DataFrame(x).corr(min_periods=20).to_numpy(copy=True)
    expected[np.isnan(expected)] = 0.0  # too few rows that both have
    np.testing.assert_allclose(_correlations(x), expected, rtol=0, atol=1e-9)


def test_what_hangs_together_is_one_finding() -> None:
    x = chance.normal(size=(300, 6))
    x[:, 2] = x[:, 0] * -3 + 0.01 * x[:, 2]
    x[:, 4] = x[:, 2] * 5 + 0.01 * x[:, 4]
    x[:, 5] = x[:, 1]
    data = prepare(table(x, np.arange(300) % 2), settings())
    groups = [f.columns for f in data.summary.findings if f.kind == "correlated"]
    assert groups == [("f0", "f2", "f4"), ("f1", "f5")]
    project, problems = on_a_table(data)
    assert problems[0].severity == "info"
    mended = problems[0].fixes[0].edit(project)
    assert isinstance(mended.data.source, TableSource)
    assert set(mended.data.source.roles) == {"f2", "f4"}


def test_a_slip_is_found_with_its_line() -> None:
    x = with_column(chance.lognormal(size=400))
    row = int(prepare(table(x.copy(), CLASSES), settings()).training.rows[17])
    x[row, 0] = 99_999.0
    x[int(prepare(table(x.copy(), CLASSES), settings()).test.rows[0]), 1] = 1e9  # not looked at
    raw = replace(table(x, CLASSES), row_numbers=np.arange(400) + 2)
    data, found = found_in(raw)
    values = found["outliers"].values
    assert (found["outliers"].columns, values["value"]) == (("f0",), 99_999.0)
    assert (values["row"], values["line"], values["count"]) == (row + 2, True, 1)
    _, problems = on_a_table(data)
    assert problems[0].title == f"f0 is 99,999 in line {row + 2:,}"
    # By hand: the smaller of the distances as they are and on a logarithmic scale.
    training = x[data.training.rows, 0]
    first, median, third = np.percentile(training, [25, 50, 75])
    normal = 1.3489795003921634
    linear = (99_999 - median) / ((third - first) / normal)
    spread = (np.log(third + median) - np.log(first + median)) / normal
    logarithmic = (np.log(99_999 + median) - np.log(2 * median)) / spread
    assert values["distance"] == pytest.approx(min(linear, logarithmic))


def test_a_code_for_unknown_is_found_where_it_is_frequent() -> None:
    values = chance.normal(50, 5, 400)
    values[::20] = -999.0
    data, found = found_in(table(with_column(values), CLASSES))
    count = int(np.sum(values[data.training.rows] == -999.0))
    assert (found["outliers"].values["value"], found["outliers"].values["count"]) == (-999.0, count)


def test_rare_ones_among_zeros_are_no_outliers() -> None:
    values = np.zeros(400)
    values[::25] = 1.0
    assert found_in(table(with_column(values), CLASSES))[1] == {}


def test_rows_left_out_are_told_with_a_remedy() -> None:
    columns = (Column("n"), Column("t", ("p", "q")), *(Column(f"f{i}") for i in range(3)))
    x = PLAIN.copy()
    x[:, 1] = np.arange(400) % 2
    raw = replace(
        table(x, CLASSES, columns), gaps=(("n", 30), ("t", 50), ("y", 4)), rows_with_gaps=70
    )
    data, found = found_in(raw)
    assert found["missing"].columns == ("t", "n", "y")
    project, problems = on_a_table(data)
    assert problems[0].title == "70 rows left out"
    assert "t 50, n 30, y 4" in problems[0].happened
    mended = problems[0].fixes[0].edit(project)
    assert isinstance(mended.data.source, TableSource)
    assert dict(mended.data.source.missing) == {"t": "most_frequent", "n": "median"}
    filled = replace(raw, columns=(Column("n", (), "mean"), *columns[1:]), rows_with_gaps=52)
    assert found_in(filled)[1]["missing"].columns == ("t", "y")  # no row is left out for n


@pytest.mark.parametrize(
    ("roles", "gaps", "remedy"),
    [
        ({}, ("y",), "Complete the targets, or leave it so."),
        (
            {"day": "time"},
            ("day",),
            "Complete day in the source, give day another role than time, or leave it so.",
        ),
        (
            {"day": "time", "w": "weight"},
            ("y", "day", "w"),
            "Complete y, day and w in the source, give day another role than time, give w another "
            "role than weight, or leave it so.",
        ),
    ],
)
def test_only_targets_are_called_so(
    roles: dict[str, str], gaps: tuple[str, ...], remedy: str
) -> None:
    """A time that is missing is no target."""
    counted = tuple((name, 9) for name in gaps)
    raw = replace(table(PLAIN, CLASSES), gaps=counted, rows_with_gaps=20)
    data, _ = found_in(raw)
    project, _ = on_a_table(data)
    source = project.data.source
    assert isinstance(source, TableSource)
    source = source.model_copy(update={"roles": FrozenMap(roles)})
    project = project.model_copy(
        update={"data": project.data.model_copy(update={"source": source})}
    )
    (problem,) = finding_problems(project, data.summary)
    assert problem.how_to_fix == remedy


# ---- classes and parts
def test_a_rare_class_is_found_and_balanced() -> None:
    y = (np.arange(400) % 20 == 0).astype(int)
    data, found = found_in(table(PLAIN, y))
    counts = np.bincount(data.training.y)
    values = found["imbalance"].values
    assert found["imbalance"].columns == ("b", "a")
    assert (values["rarest"], values["most"]) == (counts[1], counts[0])
    assert values["share"] == pytest.approx(counts[1] / counts.sum())
    project, problems = on_a_table(data)
    assert problems[0].severity == "warning"
    assert f"{counts[0] / counts.sum():.0%} accuracy" in problems[0].expected
    balanced = problems[0].fixes[0].edit(project)
    assert balanced.data.class_weighting == "balanced"
    assert list(finding_problems(balanced, data.summary)) == []


def test_own_weights_balance_or_do_not() -> None:
    y = (np.arange(400) % 20 == 0).astype(int)
    data, _ = found_in(table(PLAIN, y))
    few, many = np.bincount(data.training.y)[::-1]
    project, _ = on_a_table(data)
    balanced = len(data.training.y) / (2 * np.bincount(data.training.y))
    weights = FrozenMap(a=float(balanced[0]), b=float(balanced[1]))
    own = own_class_weights(project, weights=weights)
    assert (own.data.class_weighting, own.data.class_weights) == ("chosen", weights)
    assert list(finding_problems(own, data.summary)) == []
    for weight, severity in ((1.0, "warning"), (3.0, "info"), (100.0, "info"), (0.0, None)):
        alike = set_class_weight(own, name="a", weight=1)
        changed = set_class_weight(alike, name="b", weight=weight)
        problems = list(finding_problems(changed, data.summary))
        assert [p.severity for p in problems] == ([severity] if severity else [])
        if weight == 3.0:
            assert f"a counts {many / (3 * few):.3g} times as much as the class b" in (
                problems[0].happened
            )
            assert problems[0].fixes[0].edit(changed).data.class_weighting == "balanced"
    # What was chosen before is not overwritten.
    again = own_class_weights(changed, weights=FrozenMap(a=9.0))
    assert dict(again.data.class_weights) == {"a": 1, "b": 0.0}


@pytest.mark.parametrize("kind", ["texts", "numbers", "enough"])
def test_a_target_of_names_is_warned_of_and_nothing_else(tmp_path: Path, kind: str) -> None:
    rows = 100
    names = [f"n{n}" if kind == "texts" else str(n) for n in range(rows)]
    if kind == "enough":
        names = [f"n{n % 33}" for n in range(rows)]
    frame = pd.DataFrame({"x": PLAIN[:rows, 0], "code": np.arange(rows) % 50, "name": names})
    frame["code"] = frame["name"].str.removeprefix("n").astype(int)  # tells exactly the name
    path = tmp_path / "names.csv"
    frame.to_csv(path, index=False)
    source = TableSource(path=str(path), task="multiclass")
    project = start_from("iris", "mlp")
    project = project.model_copy(update={"data": DataSettings(source=source)})
    problems = list(finding_problems(project, load(project.data).summary))
    titles = [p.title for p in problems]
    if kind == "enough":
        assert "code tells exactly name" in titles
        assert not any("classes of" in title for title in titles)
        return
    assert titles[0] == "100 classes of name"
    assert not any("tells exactly" in title or "Few" in title for title in titles)
    assert "100 classes, and there are only 100 samples" in problems[0].happened
    assert "choose another column as the target" in problems[0].happened
    pictured = DataSettings(source=PictureSource(path="pictures"))
    (other, *_) = finding_problems(
        project.model_copy(update={"data": pictured}), load(project.data).summary
    )
    assert "only 100 samples: add samples of each class." in other.happened
    assert other.fixes == ()
    assert bool(problems[0].fixes) == (kind == "numbers")
    for fix in problems[0].fixes:
        mended = fix.edit(project)
        assert load(mended.data).summary.task == "regression"


def test_a_class_that_a_part_lacks_is_found() -> None:
    y = np.zeros(400, int)
    y[:7] = 1
    data, found = found_in(table(PLAIN, y), split={"by": "time"})
    values = found["few_samples"].values
    assert (values["training"], values["validation"], values["test"]) == ((7,), (0,), (0,))
    _, problems = on_a_table(data)
    assert problems[0].happened == "b: 7 to train, 0 to validate, 0 to test."


def test_the_remedy_for_few_samples_is_stratifying() -> None:
    y = np.zeros(400, int)
    y[:9] = 1
    for seed in range(99):
        data, found = found_in(table(PLAIN, y), split={"stratified": False, "seed": seed})
        if "few_samples" in found:
            break
    project = start_from("iris", "mlp")
    split = project.data.split.model_copy(update={"stratified": False})
    project = project.model_copy(update={"data": project.data.model_copy(update={"split": split})})
    problem = next(p for p in finding_problems(project, data.summary) if "Few" in p.title)
    assert problem.fixes[0].edit(project).data.split.stratified


def test_what_changes_with_time_is_found() -> None:
    drift = with_column(np.arange(400) / 50 + chance.normal(size=400), 2)
    data, found = found_in(table(drift, CLASSES), split={"by": "time"})
    assert found["skewed_parts"].columns == ("f2",)
    training, validation = drift[data.training.rows, 2], drift[data.validation.rows, 2]
    shift = (validation.mean() - training.mean()) / training.std()
    assert found["skewed_parts"].values["shift"] == pytest.approx(shift)
    difference = found["skewed_parts"].values["difference"]
    assert difference == pytest.approx(by_counting(training.tolist(), validation.tolist()))
    assert "skewed_parts" not in found_in(table(drift, CLASSES))[1]
    # Nothing is told of the test part.
    drift = drift.copy()
    drift[data.test.rows] += 50
    same = found_in(table(drift, CLASSES), split={"by": "time"})[1]
    assert same["skewed_parts"] == found["skewed_parts"]
    _, problems = on_a_table(data)
    assert problems[0].severity == "warning"


def by_counting(first: list[float], second: list[float]) -> float:
    """The statistic of Kolmogorov and Smirnov, by its definition."""
    return max(
        abs(sum(v <= cut for v in first) / len(first) - sum(v <= cut for v in second) / len(second))
        for cut in (*first, *second)
    )


@given(st.lists(st.integers(0, 9), min_size=1), st.lists(st.integers(0, 9), min_size=1))
def test_the_difference_of_distributions_is_as_defined(
    first: list[float], second: list[float]
) -> None:
    found = _largest_difference(np.array(first, float), np.array(second, float))
    assert found == pytest.approx(by_counting(first, second))


# ---- words
def test_many_findings_of_a_kind_are_not_all_told() -> None:
    x = np.random.default_rng(1).normal(size=(400, 30))
    x[3] = 1e6
    data, _ = found_in(table(x, CLASSES), split={"validation_share": 0.0, "test_share": 0.0})
    kinds = [finding.kind for finding in data.summary.findings]
    assert kinds.count("outliers") == 10
    _, problems = on_a_table(data)
    assert sum("in row 4" in problem.title for problem in problems) == 3


def test_the_project_is_told() -> None:
    data, _ = found_in(table(with_column(CLASSES), CLASSES))
    project = start_from("iris", "mlp")
    titles = [problem.title for problem in resolve(project, data.summary).problems]
    assert "f0 tells exactly y" in titles
    empty = replace(data.summary, findings=())
    assert "f0 tells exactly y" not in [p.title for p in resolve(project, empty).problems]


def test_words_take_whatever_values_a_finding_has() -> None:
    summary = prepare(table(PLAIN, CLASSES), settings()).summary
    names = ("a", "b")
    kinds = (
        "constant", "duplicates", "target_copy", "imbalance", "few_samples", "correlated",
        "missing", "identifier", "outliers", "skewed_parts", "many_classes",
    )  # fmt: skip
    for kind in kinds:
        bare = replace(summary, findings=(DataFinding(kind, names, FrozenMap()),))  # type: ignore[arg-type]
        (problem,) = finding_problems(start_from("iris", "mlp"), bare)
        assert problem.happened


def test_a_million_rows_are_sampled_and_it_is_said() -> None:
    x = np.random.default_rng(0).normal(size=(60_000, 4))
    x[:, 3] = x[:, 0] + 0.01 * x[:, 1]
    data = prepare(table(x, np.arange(60_000) % 2), settings())
    (finding,) = data.summary.findings
    assert (finding.values["rows"], finding.values["of"]) == (10_000, 42_000)
    _, problems = on_a_table(data)
    assert "in 10,000 of 42,000 training samples drawn at random" in problems[0].happened
    assert in_memory(data.training.x).shape == (42_000, 4)


# ---- the whole way
def test_each_remedy_answers_its_finding(tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "id": np.arange(1, 301),
            "size": generator.normal(10, 2, 300),
            "color": generator.choice(["red", "green", "blue"], 300),
            "always": 7,
            "copy": 0,
            "kind": np.where(np.arange(300) % 15 == 0, "rare", "usual"),
        }
    )
    frame["copy"] = (frame["kind"] == "rare") * 5 + 1
    frame["twice"] = frame["size"] * 2 + generator.normal(0, 0.1, 300)
    frame = frame[[*(name for name in frame if name != "kind"), "kind"]]
    frame.loc[::7, "size"] = np.nan
    frame.loc[::9, "color"] = None
    path = tmp_path / "things.csv"
    frame.to_csv(path, index=False)
    project = start_from("iris", "mlp")
    data = DataSettings(source=TableSource(path=str(path)))
    project = project.model_copy(update={"data": data})
    titles = []
    for _ in range(12):
        summary = load(project.data).summary
        problems = [p for p in finding_problems(project, summary) if p.fixes]
        if not problems:
            break
        titles.append(problems[0].title)
        project = problems[0].fixes[0].edit(project)
    gaps = int(frame[["size", "color"]].isna().any(axis=1).sum())
    complete = frame.dropna()
    rare = int(0.7 * (complete["kind"] == "rare").sum())
    assert titles == [
        "copy tells exactly kind",
        f"Only {rare} of class rare",
        "id counts the rows",
        "always never changes",
        f"{gaps} rows left out",
        "2 columns tell nearly the same",
    ]
    assert isinstance(project.data.source, TableSource)
    assert dict(project.data.source.roles) == dict.fromkeys(
        ("copy", "id", "always", "twice"), "ignored"
    )
    assert dict(project.data.source.missing) == {"size": "median", "color": "most_frequent"}
    assert summary.samples == 300
    assert len(summary.class_weights) == 2
    (left,) = finding_problems(project, summary)
    assert (left.severity, left.title) == ("info", "Gaps in 2 columns")


def test_a_row_of_a_workbook_is_no_line() -> None:
    x = with_column(chance.lognormal(size=400))
    row = int(prepare(table(x.copy(), CLASSES), settings()).training.rows[17])
    x[row, 0] = 99_999.0
    raw = replace(table(x, CLASSES), row_numbers=np.arange(400) + 2, row_word="row")
    _, problems = on_a_table(found_in(raw)[0])
    assert problems[0].title == f"f0 is 99,999 in row {row + 2:,}"
