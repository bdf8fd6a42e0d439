"""Setting one thing by its path, as on the command line."""

from typing import Any

import pytest

from app.core.data_settings import ArraySource, DataSettings, PictureSource, TableSource
from app.core.frozen import FrozenMap
from app.core.project_paths import ProjectPathError, known_paths, set_path
from app.core.templates import EXAMPLES, start_from, two_moons


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("name", "my moons", "my moons"),
        ("data.noise", "0.3", 0.3),
        ("data.samples", "1000", 1000),
        ("data.preprocessing", "min_max", "min_max"),
        ("data.split.test_share", ".2", 0.2),
        ("data.split.stratified", "no", False),
        ("network.dense_1.units", " 12 ", 12),
        ("network.dense_2.activation", "tanh", "tanh"),
        ("training.batch_size", "64", 64),
        ("training.batch_mode", "full_batch", "full_batch"),
        ("training.epochs", "7", 7),
        ("training.shuffle", "false", False),
        ("training.loss", "hinge", "hinge"),
        ("training.loss.from_logits", "true", True),
        ("training.metrics", "accuracy, auc", "accuracy, auc"),
        ("training.metrics", "", ""),
        ("training.optimizer", "SGD", "SGD"),
        ("training.optimizer.learning_rate", "1e-2", 0.01),
        ("training.optimizer.clipnorm", "none", None),
        ("training.early_stopping.enabled", "no", False),
        ("training.early_stopping.monitor", "val_auc", "val_auc"),
        ("training.early_stopping.patience", "3", 3),
    ],
)
def test_a_path_is_set(path: str, text: str, value: object) -> None:
    changed = set_path(two_moons(), path, text)
    assert known_paths(changed)[path].value == value
    others = known_paths(two_moons())
    same = {
        p
        for p in others
        if p in known_paths(changed) and known_paths(changed)[p].value != others[p].value
    }
    assert {p for p in same if not p.startswith(path)} == set()


@pytest.mark.parametrize(
    "project", [example.project() for example in EXAMPLES], ids=lambda p: p.name
)
def test_every_value_can_be_set_to_what_it_is(project: object) -> None:
    for path, entry in known_paths(project).items():  # type: ignore[arg-type]
        again = set_path(project, path, entry.option.format(entry.value))  # type: ignore[arg-type]
        assert known_paths(again)[path].value == entry.value, path


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("training.batchsize", "training.batch_size"),
        ("training.learning_rate", "training.optimizer.learning_rate"),
        ("network.dense_9.units", "network.dense_1.units"),
        ("network.dense_1.unit", "network.dense_1.units"),
        ("data.noize", "data.noise"),
        ("Training.Epochs", "training.epochs"),
        ("learning_rate", "training.optimizer.learning_rate"),
    ],
)
def test_an_unknown_path_names_the_nearest(path: str, nearest: str) -> None:
    with pytest.raises(ProjectPathError) as told:
        set_path(two_moons(), path, "1")
    assert repr(path) in told.value.happened
    assert nearest in told.value.how_to_fix


@pytest.mark.parametrize("path", ["", "xyzzy", "network", "training.", "\x1b[31m", "a" * 5000])
def test_a_path_that_is_like_nothing(path: str) -> None:
    with pytest.raises(ProjectPathError) as told:
        set_path(two_moons(), path, "1")
    assert told.value.how_to_fix.endswith((".", "?"))
    assert "\x1b" not in str(told.value)
    assert len(str(told.value)) < 1000


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("training.batch_size", "many", "whole number"),
        ("training.batch_size", "0", "at least 1"),
        ("network.dense_1.units", "-3", "at least 1"),
        ("network.dense_1.activation", "reluu", "one of"),
        ("data.split.test_share", "0.9", "less than 5 %"),
        ("data.preprocessing", "whiten", "one of"),
        ("training.loss", "mse", "one of"),
        ("training.metrics", "acuracy", "accuracy"),
        ("training.optimizer", "Adan", "one of"),
        ("name", "", "characters"),
        ("name", "x" * 500, "at most 120"),
    ],
)
def test_a_wrong_value_is_explained(path: str, text: str, words: str) -> None:
    with pytest.raises(ProjectPathError) as told:
        set_path(two_moons(), path, text)
    assert path in told.value.happened
    assert words in told.value.expected
    assert told.value.how_to_fix


def test_a_table_has_paths_of_its_own() -> None:
    data = DataSettings(source=TableSource(path="a.csv"))
    project = start_from("moons").model_copy(update={"data": data})
    changed = set_path(project, "data.separator", ";")
    changed = set_path(changed, "data.decimal", "comma")
    changed = set_path(changed, "data.task", "regression")
    changed = set_path(changed, "data.path", "/tmp/b.csv")
    assert changed.data.source == TableSource(
        path="/tmp/b.csv", separator=";", decimal=",", task="regression", roles=FrozenMap()
    )
    with pytest.raises(ProjectPathError):
        set_path(changed, "data.noise", "1")
    with pytest.raises(ProjectPathError, match="at most 1 char"):
        set_path(changed, "data.separator", ";;")
    with pytest.raises(ProjectPathError, match="at least 0"):
        set_path(changed, "data.skip_rows", "-1")
    with pytest.raises(ProjectPathError, match="whole number"):
        set_path(changed, "data.skip_rows", "a few")


@pytest.mark.parametrize(
    ("source", "path", "text", "value"),
    [
        (TableSource(path="a"), "data.header", "no", False),
        (TableSource(path="a"), "data.header", "guessed", None),
        (TableSource(path="a"), "data.skip_rows", "3", 3),
        (TableSource(path="a"), "data.skip_rows", "0", 0),
        (TableSource(path="a", skip_rows=3), "data.skip_rows", "guessed", None),
        (TableSource(path="a"), "data.sheet", "Sheet 2", "Sheet 2"),
        (TableSource(path="a"), "data.test_path", "b.csv", "b.csv"),
        (TableSource(path="a"), "data.roles.a.b c", "weight", "weight"),
        (TableSource(path="a"), "data.types.x", "date", "date"),
        (TableSource(path="a"), "data.missing.x", "most_frequent", "most_frequent"),
        (PictureSource(path="a"), "data.height", "48", 48),
        (PictureSource(path="a", height=3), "data.height", "none", None),
        (PictureSource(path="a"), "data.color", "grayscale", "grayscale"),
        (PictureSource(path="a"), "data.fit", "pad", "pad"),
        (ArraySource(path="a"), "data.inputs", "x", "x"),
        (ArraySource(path="a"), "data.target_path", "y.npy", "y.npy"),
        (ArraySource(path="a"), "data.task", "binary", "binary"),
        (ArraySource(path="a"), "data.split.by", "time", "time"),
        (ArraySource(path="a"), "data.split.own_parts", "no", False),
        (ArraySource(path="a"), "data.class_weighting", "balanced", "balanced"),
        (ArraySource(path="a"), "data.memory_mib", "64", 64),
        (ArraySource(path="a"), "data.class_weights.T-shirt/top", "0.5", 0.5),
    ],
)
def test_settings_of_every_source(source: Any, path: str, text: str, value: object) -> None:
    project = start_from("moons").model_copy(update={"data": DataSettings(source=source)})
    changed = set_path(project, path, text)
    assert known_paths(changed)[path].value == value
    before, after = dict(project.data), dict(changed.data)
    assert {k for k in before if before[k] != after[k]} <= {
        "source", "split", "class_weighting", "class_weights", "memory_mib",
    }  # fmt: skip
    for other, entry in known_paths(changed).items():
        again = set_path(changed, other, entry.option.format(entry.value))
        assert known_paths(again)[other].value == entry.value, other


def test_a_setting_of_a_column_or_class_is_taken_back() -> None:
    data = DataSettings(source=TableSource(path="a.csv", roles=FrozenMap(x="ignored", y="target")))
    project = start_from("moons").model_copy(update={"data": data})
    changed = set_path(project, "data.roles.x", "usual")
    assert isinstance(changed.data.source, TableSource)
    assert dict(changed.data.source.roles) == {"y": "target"}
    weighted = set_path(project, "data.class_weights.b", "3")
    assert weighted.data.class_weighting == "chosen"
    assert dict(set_path(weighted, "data.class_weights.b", "none").data.class_weights) == {}


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("data.roles.x", "label", "one of"),
        ("data.missing.x", "zero", "one of"),
        ("data.class_weights.x", "-1", "at least 0"),
        ("data.class_weights.x", "nan", "number"),
        ("data.memory_mib", "1", "at least 16"),
        ("data.split.by", "size", "one of"),
    ],
)
def test_wrong_settings_of_data(path: str, text: str, said: str) -> None:
    data = DataSettings(source=TableSource(path="a.csv"))
    project = start_from("moons").model_copy(update={"data": data})
    with pytest.raises(ProjectPathError) as told:
        set_path(project, path, text)
    assert said in str(told.value)


def test_columns_are_of_tables_alone() -> None:
    for path in ("data.roles.x", "data.height", "data.roles.", "data.class_weights."):
        with pytest.raises(ProjectPathError, match="nothing called"):
            set_path(two_moons(), path, "1")
