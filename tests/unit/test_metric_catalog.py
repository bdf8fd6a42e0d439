"""Metrics: which can be measured beside which loss, and how Keras is told."""

import itertools

import pytest

from app.core.frozen import FrozenMap
from app.core.loss_catalog import LOSSES
from app.core.metric_catalog import (
    METRICS,
    METRICS_BY_NAME,
    direction_of,
    history_names,
    keras_metric,
    metric_obstacle,
    metrics_for,
)
from tests.unit.test_loss_catalog import LOGITS, summary

BINARY, SEVERAL, NUMBERS = summary("binary", 2), summary("multiclass", 4), summary("regression")


@pytest.mark.parametrize(
    ("metric", "loss", "options", "data", "keras_class", "arguments"),
    [
        ("accuracy", "binary_crossentropy", {}, BINARY, "BinaryAccuracy", {"threshold": 0.5}),
        ("accuracy", "binary_crossentropy", LOGITS, BINARY, "BinaryAccuracy", {"threshold": 0.0}),
        ("accuracy", "hinge", {}, BINARY, "BinaryAccuracy", {"threshold": 0.0}),
        (
            "accuracy",
            "sparse_categorical_crossentropy",
            {},
            SEVERAL,
            "SparseCategoricalAccuracy",
            {},
        ),
        ("accuracy", "mean_squared_error", {}, SEVERAL, "CategoricalAccuracy", {}),
        ("auc", "binary_crossentropy", LOGITS, BINARY, "AUC", {"from_logits": True}),
        (
            "auc",
            "categorical_crossentropy",
            {},
            SEVERAL,
            "AUC",
            {"multi_label": True, "num_labels": 4},
        ),
        ("precision", "hinge", {}, BINARY, "Precision", {"thresholds": 0.0}),
        (
            "f1_score",
            "binary_crossentropy",
            {},
            BINARY,
            "F1Score",
            {"average": "macro", "threshold": 0.5},
        ),
        ("top_3_accuracy", "categorical_hinge", {}, SEVERAL, "TopKCategoricalAccuracy", {"k": 3}),
        ("r2_score", "huber", {}, NUMBERS, "R2Score", {}),
    ],
)
def test_the_class_and_its_arguments(
    metric: str,
    loss: str,
    options: object,
    data: object,
    keras_class: str,
    arguments: dict[str, object],
) -> None:
    made = keras_metric(metric, loss, FrozenMap(options), data)  # type: ignore[arg-type]
    assert made.keras_class == keras_class
    assert dict(made.arguments) == {"name": metric, **arguments}


@pytest.mark.parametrize(
    ("metric", "loss", "options", "data", "words"),
    [
        ("accuracy", "mean_squared_error", {}, NUMBERS, "does not measure regression"),
        ("precision", "sparse_categorical_crossentropy", {}, SEVERAL, "class numbers"),
        ("auc", "categorical_crossentropy", LOGITS, SEVERAL, "a logit"),
        ("f1_score", "hinge", {}, BINARY, "needs a probability"),
        ("top_5_accuracy", "categorical_crossentropy", {}, SEVERAL, "needs 6 classes"),
        ("r2_score", "binary_crossentropy", {}, BINARY, "does not measure two classes"),
    ],
)
def test_what_can_not_be_measured_is_told(
    metric: str, loss: str, options: object, data: object, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        keras_metric(metric, loss, FrozenMap(options), data)  # type: ignore[arg-type]


def test_every_metric_can_be_measured_beside_some_loss() -> None:
    data = (BINARY, summary("multiclass", 8), NUMBERS)
    for metric in METRICS:
        fitting = [
            loss.name
            for loss, known in itertools.product(LOSSES, data)
            if known.task in loss.tasks
            and metric_obstacle(metric, loss, FrozenMap(), known) is None
        ]
        assert fitting, metric.name
        assert metric.help.endswith(".")
        assert metric.formula
    assert len(METRICS_BY_NAME) == len(METRICS)


def test_accuracy_goes_with_every_loss_for_classes() -> None:
    for loss, known in itertools.product(LOSSES, (BINARY, SEVERAL)):
        if known.task in loss.tasks:
            assert METRICS_BY_NAME["accuracy"] in metrics_for(loss.name, FrozenMap(), known)
    assert "accuracy" not in {m.name for m in metrics_for("huber", FrozenMap(), NUMBERS)}


def test_names_and_directions_of_a_history() -> None:
    assert history_names(("accuracy",), validated=True) == (
        "loss",
        "accuracy",
        "val_loss",
        "val_accuracy",
    )
    assert history_names(("accuracy",), validated=False) == ("loss", "accuracy")
    assert direction_of("val_accuracy") == "max"
    assert direction_of("val_loss") == "min"
    assert direction_of("mean_absolute_error") == "min"
