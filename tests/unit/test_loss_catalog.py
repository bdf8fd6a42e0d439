"""Losses: what they are told of the truth, and what they make of the output."""

import pytest

from app.core.data_summary import DataSummary, Task
from app.core.frozen import FrozenMap
from app.core.loss_catalog import (
    LOSSES,
    LOSSES_BY_NAME,
    decision_threshold,
    keras_arguments,
    output_reading,
    units_needed,
)

LOGITS = FrozenMap(from_logits=True)


def summary(task: Task, classes: int = 3, targets: int = 1) -> DataSummary:
    names = () if task == "regression" else tuple("abcdefgh"[:classes])
    return DataSummary(
        title="",
        task=task,
        input_shape=(2,),
        target_names=tuple(f"t{number}" for number in range(targets)),
        class_names=names,
        counts=(10, 2, 2),
    )


def test_names_are_unique_and_every_loss_is_explained() -> None:
    assert len(LOSSES_BY_NAME) == len(LOSSES)
    for loss in LOSSES:
        assert loss.help.endswith(".")
        assert loss.formula
        assert loss.tasks
        assert loss.activations
        for option in loss.options:
            assert option.check(option.default) is None


@pytest.mark.parametrize(
    ("name", "task", "target", "encoding", "units"),
    [
        ("binary_crossentropy", "binary", "binary", "binary", 1),
        ("binary_crossentropy", "multiclass", "one_hot", "one_hot", 4),
        ("sparse_categorical_crossentropy", "multiclass", "class_number", "class_number", 4),
        ("sparse_categorical_crossentropy", "binary", "class_number", "class_number", 2),
        ("categorical_crossentropy", "multiclass", "one_hot", "one_hot", 4),
        ("mean_squared_error", "regression", "numbers", "numbers", 2),
        ("mean_squared_error", "binary", "binary", "binary", 1),
        ("mean_squared_error", "multiclass", "one_hot", "one_hot", 4),
        ("hinge", "binary", "plus_minus_one", "binary", 1),
        ("categorical_hinge", "multiclass", "one_hot", "one_hot", 4),
    ],
)
def test_target_encoding_and_units_follow_from_the_task(
    name: str, task: Task, target: str, encoding: str, units: int
) -> None:
    loss = LOSSES_BY_NAME[name]
    assert loss.target_for(task) == target
    assert loss.encoding_for(task) == encoding
    assert units_needed(loss, summary(task, 2 if task == "binary" else 4, 2)) == units


@pytest.mark.parametrize(
    ("name", "options", "task", "reading", "threshold"),
    [
        ("binary_crossentropy", FrozenMap(), "binary", "probability", 0.5),
        ("binary_crossentropy", LOGITS, "binary", "logit", 0.0),
        ("binary_crossentropy", LOGITS, "multiclass", "logits", 0.0),
        ("binary_focal_crossentropy", LOGITS, "multiclass", "logits", 0.0),
        ("categorical_crossentropy", LOGITS, "multiclass", "logit", 0.0),
        ("mean_squared_error", FrozenMap(), "binary", "probability", 0.5),
        ("mean_squared_error", FrozenMap(), "regression", "number", 0.0),
        ("hinge", FrozenMap(), "binary", "sign", 0.0),
        ("categorical_hinge", FrozenMap(), "multiclass", "score", 0.0),
    ],
)
def test_the_output_is_read_as_the_loss_takes_it(
    name: str, options: FrozenMap, task: Task, reading: str, threshold: float
) -> None:
    loss = LOSSES_BY_NAME[name]
    assert output_reading(loss, task, options) == reading
    assert decision_threshold(loss, task, options) == threshold


def test_arguments_are_filled_in_with_the_defaults() -> None:
    given = FrozenMap(label_smoothing=0.1)
    assert keras_arguments("categorical_crossentropy", given) == {
        "from_logits": False,
        "label_smoothing": 0.1,
    }
    with pytest.raises(KeyError):
        keras_arguments("nothing", FrozenMap())
