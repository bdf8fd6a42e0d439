"""The tables of losses, metrics and optimizers against the installed Keras: nothing missing, same
defaults, same numbers as worked out in NumPy and scikit-learn.
"""

import inspect
import itertools
from typing import Any

import keras
import numpy as np
import pytest
import sklearn.metrics

from app.core import loss_catalog, metric_catalog, optimizer_catalog
from app.core.data_summary import DataSummary, Task
from app.core.frozen import FrozenMap
from app.core.loss_catalog import LOSSES, LOSSES_BY_NAME, LossKind
from app.core.metric_catalog import METRICS, METRICS_BY_NAME, keras_metric, metric_obstacle
from app.core.optimizer_catalog import OPTIMIZERS, OptimizerKind

CLASSES = 4


def summary(task: Task) -> DataSummary:
    classes = {"binary": 2, "multiclass": CLASSES, "regression": 0}[task]
    return DataSummary(
        title="",
        task=task,
        input_shape=(2,),
        target_names=("a", "b") if task == "regression" else ("class",),
        class_names=tuple("abcdefgh"[:classes]),
        counts=(10, 2, 2),
    )


def classes_of(module: Any, base: type) -> dict[str, type]:
    found = vars(module).items()
    return {
        name: value for name, value in found if inspect.isclass(value) and issubclass(value, base)
    }


def arguments_of(made: type) -> dict[str, Any]:
    parameters = inspect.signature(made.__init__).parameters  # type: ignore[misc]
    return {
        name: parameter.default
        for name, parameter in parameters.items()
        if name != "self" and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    }


# ---- nothing missing


def test_every_optimizer_of_keras_is_known() -> None:
    there = set(classes_of(keras.optimizers, keras.optimizers.Optimizer)) | {"OptimizerMap"}
    known = {kind.name for kind in OPTIMIZERS} | set(optimizer_catalog.LEFT_OUT)
    assert there <= known
    assert {kind.name for kind in OPTIMIZERS} <= there


def test_every_loss_of_keras_is_known() -> None:
    there = set(classes_of(keras.losses, keras.losses.Loss))
    used = {kind.keras_class for kind in LOSSES}
    assert there == used | set(loss_catalog.LEFT_OUT)
    assert not used & set(loss_catalog.LEFT_OUT)


def test_every_metric_of_keras_is_known() -> None:
    there = set(classes_of(keras.metrics, keras.metrics.Metric))
    used = {name for kind in METRICS for name in kind.classes.values()}
    assert there == used | set(metric_catalog.LEFT_OUT)
    assert not used & set(metric_catalog.LEFT_OUT)


# ---- options and defaults


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.name)
def test_options_of_an_optimizer_are_those_of_keras(kind: OptimizerKind) -> None:
    theirs = arguments_of(getattr(keras.optimizers, kind.name))
    for name in optimizer_catalog.ARGUMENTS_LEFT_OUT:
        theirs.pop(name, None)
    ours = {option.name: option.default for option in kind.options}
    assert ours == theirs


@pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.name)
def test_options_of_a_loss_are_those_of_keras(kind: LossKind) -> None:
    theirs = arguments_of(getattr(keras.losses, kind.keras_class))
    for name in ("name", "reduction", "dtype", "axis", "ignore_class"):
        theirs.pop(name, None)
    assert {option.name: option.default for option in kind.options} == theirs


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.name)
def test_numbers_that_an_optimizer_keeps(kind: OptimizerKind) -> None:
    weights = [keras.Variable(np.zeros(shape, "float32")) for shape in ((6, 5), (3, 3, 2, 4), (5,))]
    total = sum(int(np.prod(weight.shape)) for weight in weights)
    choices: list[dict[str, Any]] = [{}, {"use_ema": True, "gradient_accumulation_steps": 2}]
    choices += [
        {name: 0.5 if name == "momentum" else True} for name, _ in kind.slots_by_option[:-2]
    ]
    for given in choices:
        arguments = optimizer_catalog.keras_arguments(kind.name, FrozenMap(given))
        optimizer = getattr(keras.optimizers, kind.name)(**arguments)
        optimizer.build(weights)
        kept = sum(int(np.prod(v.shape)) for v in optimizer.variables if v.shape != ())
        slots = kind.slots_of(FrozenMap(given))
        if kind.name in (
            "Adafactor",
            "Muon",
        ):  # keep less for matrices: the table is an upper bound
            assert kept <= slots * total
        else:
            assert kept == slots * total, given


# ---- the same numbers


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def sigmoid(scores: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-scores)))


def mean_log(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    return np.asarray(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p), axis=-1))


def focal(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    right = y * p + (1 - y) * (1 - p)
    return np.asarray(-np.mean((1 - right) ** 2 * np.log(right), axis=-1))


def picked(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    return np.asarray(p[np.arange(len(y)), y])


def huber(y: np.ndarray, p: np.ndarray) -> np.ndarray:
    size = np.abs(y - p)
    return np.asarray(np.mean(np.where(size <= 1, size**2 / 2, size - 0.5), axis=-1))


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True))


FORMULAS: dict[str, Any] = {
    "binary_crossentropy": mean_log,
    "binary_focal_crossentropy": focal,
    "sparse_categorical_crossentropy": lambda y, p: -np.log(picked(y, p)),
    "categorical_crossentropy": lambda y, p: -np.sum(y * np.log(p), -1),
    "categorical_focal_crossentropy": lambda y, p: -np.sum(0.25 * (1 - p) ** 2 * y * np.log(p), -1),
    "categorical_generalized_cross_entropy": lambda y, p: (1 - picked(y, p) ** 0.5) / 0.5,
    "hinge": lambda y, p: np.mean(np.maximum(0, 1 - (2 * y - 1) * p), -1),
    "squared_hinge": lambda y, p: np.mean(np.maximum(0, 1 - (2 * y - 1) * p) ** 2, -1),
    "categorical_hinge": lambda y, p: np.maximum(
        0, 1 + np.max((1 - y) * p, -1) - np.sum(y * p, -1)
    ),
    "kl_divergence": lambda y, p: -np.sum(y * np.log(p), -1),
    "mean_squared_error": lambda y, p: np.mean((y - p) ** 2, -1),
    "mean_absolute_error": lambda y, p: np.mean(np.abs(y - p), -1),
    "huber": huber,
    "log_cosh": lambda y, p: np.mean(np.log(np.cosh(p - y)), -1),
    "mean_absolute_percentage_error": lambda y, p: 100 * np.mean(np.abs(y - p) / np.abs(y), -1),
    "mean_squared_logarithmic_error": lambda y, p: np.mean((np.log1p(y) - np.log1p(p)) ** 2, -1),
    "poisson": lambda y, p: np.mean(p - y * np.log(p), -1),
    "cosine_similarity": lambda y, p: -np.sum(unit(y) * unit(p), -1),
}
"""Each loss of a batch, one number a sample, from the formula of the table; for the default
options.
"""


def example(loss: LossKind, task: Task) -> tuple[np.ndarray, np.ndarray]:
    """Targets as they are fed, and an output of the kind that the loss expects."""
    dice = np.random.default_rng(5)
    encoding = loss.encoding_for(task)
    known = summary(task)
    units = loss_catalog.units_needed(loss, known)
    scores = dice.normal(0, 1.5, (40, units))
    if task == "regression":
        return dice.uniform(0.5, 3.0, (40, units)), np.abs(scores) + 0.1
    numbers = np.arange(40) % len(known.class_names)
    dice.shuffle(numbers)
    if loss.output == "sign" or loss.output == "score":
        output = scores
    elif units == 1 or loss.target == "binary":
        output = sigmoid(scores)
    else:
        output = softmax(scores)
    if encoding == "class_number":
        return numbers, output
    if encoding == "binary":
        return numbers[:, None].astype(float), output
    return np.eye(len(known.class_names))[numbers], output


CASES = [(loss, task) for loss in LOSSES for task in loss.tasks]


@pytest.mark.parametrize(("loss", "task"), CASES, ids=lambda value: getattr(value, "name", value))
def test_a_loss_follows_its_formula(loss: LossKind, task: Task) -> None:
    y, p = example(loss, task)
    arguments = loss_catalog.keras_arguments(loss.name, FrozenMap())
    keras_loss = getattr(keras.losses, loss.keras_class)(**arguments)
    value = float(keras_loss(y.astype("int32" if y.ndim == 1 else "float32"), p.astype("float32")))
    assert value == pytest.approx(float(np.mean(FORMULAS[loss.name](y, p))), rel=2e-4, abs=1e-6)


DISTINCT = {
    (loss.encoding_for(task), loss_catalog.output_reading(loss, task, FrozenMap()), task): loss
    for loss, task in CASES
}
"""A loss for each way in which metrics are fed."""


@pytest.mark.parametrize(
    ("loss", "task"),
    [(loss, task) for (_, _, task), loss in DISTINCT.items()],
    ids=lambda value: getattr(value, "name", value),
)
def test_every_metric_that_fits_is_measured(loss: LossKind, task: Task) -> None:
    y, p = example(loss, task)
    for kind in METRICS:
        if metric_obstacle(kind, loss, FrozenMap(), summary(task)) is not None:
            continue
        value = measured(kind.name, loss.name, FrozenMap(), task, y, p)
        assert np.isfinite(value), kind.name


def measured(
    name: str, loss: str, options: FrozenMap, task: Task, y: np.ndarray, p: np.ndarray
) -> float:
    made = keras_metric(name, loss, options, summary(task))
    metric = getattr(keras.metrics, made.keras_class)(**made.arguments)
    assert metric.name == name
    if name != "loss":
        wanted = "up" if METRICS_BY_NAME[name].direction == "max" else "down"
        assert getattr(metric, "_direction", wanted) == wanted
    for part in (slice(0, 25), slice(25, None)):
        metric.update_state(
            y[part].astype("int32" if y.ndim == 1 else "float32"), p[part].astype("float32")
        )
    return float(np.mean(metric.result()))


LOGITS = FrozenMap(from_logits=True)
BINARY_LOSSES = [
    ("binary_crossentropy", FrozenMap(), False),
    ("binary_crossentropy", LOGITS, True),
    ("hinge", FrozenMap(), True),
    ("mean_squared_error", FrozenMap(), False),
]


@pytest.mark.parametrize(("loss", "options", "raw"), BINARY_LOSSES)
def test_binary_metrics_agree_with_scikit_learn(loss: str, options: FrozenMap, raw: bool) -> None:
    dice = np.random.default_rng(3)
    y = dice.integers(0, 2, (300, 1)).astype(float)
    scores = dice.normal(y - 0.6, 1.0)
    p = scores if raw else sigmoid(scores)
    truth, said = y[:, 0] == 1, scores[:, 0] > 0
    expected = {
        "accuracy": sklearn.metrics.accuracy_score(truth, said),
        "precision": sklearn.metrics.precision_score(truth, said),
        "recall": sklearn.metrics.recall_score(truth, said),
        "f1_score": sklearn.metrics.f1_score(truth, said),
        "auc": sklearn.metrics.roc_auc_score(truth, scores[:, 0]),
        "true_positives": np.sum(truth & said),
        "false_negatives": np.sum(truth & ~said),
    }
    for name, value in expected.items():
        if metric_obstacle(METRICS_BY_NAME[name], LOSSES_BY_NAME[loss], options, summary("binary")):
            assert name == "f1_score"
            continue
        near = 0.01 if name == "auc" else 1e-6  # Keras's AUC is a sum over 200 thresholds
        assert measured(name, loss, options, "binary", y, p) == pytest.approx(value, abs=near), name


def test_metrics_of_several_classes_agree_with_scikit_learn() -> None:
    dice = np.random.default_rng(4)
    numbers = dice.integers(0, CLASSES, 300)
    rows = np.eye(CLASSES)[numbers]
    p = softmax(dice.normal(2 * rows, 1.5))
    said = p.argmax(1)
    top = sklearn.metrics.top_k_accuracy_score(numbers, p, k=2)
    accuracy = sklearn.metrics.accuracy_score(numbers, said)
    for loss, y in (
        ("sparse_categorical_crossentropy", numbers),
        ("categorical_crossentropy", rows),
    ):
        assert measured("accuracy", loss, FrozenMap(), "multiclass", y, p) == pytest.approx(
            accuracy
        )
        assert measured("top_2_accuracy", loss, FrozenMap(), "multiclass", y, p) == pytest.approx(
            top
        )
    loss = "categorical_crossentropy"
    f1 = sklearn.metrics.f1_score(numbers, said, average="macro")
    assert measured("f1_score", loss, FrozenMap(), "multiclass", rows, p) == pytest.approx(f1)
    auc = sklearn.metrics.roc_auc_score(numbers, p, multi_class="ovr")
    assert measured("auc", loss, FrozenMap(), "multiclass", rows, p) == pytest.approx(auc, abs=0.01)
    calls = sklearn.metrics.precision_score(rows.ravel(), p.ravel() > 0.5)
    assert measured("precision", loss, FrozenMap(), "multiclass", rows, p) == pytest.approx(calls)


def test_regression_metrics_agree_with_scikit_learn() -> None:
    dice = np.random.default_rng(6)
    y = dice.uniform(1, 5, (200, 2))
    p = np.abs(y + dice.normal(0, 0.5, y.shape))
    error = sklearn.metrics.mean_squared_error(y, p)
    expected = {
        "mean_squared_error": error,
        "root_mean_squared_error": np.sqrt(error),
        "mean_absolute_error": sklearn.metrics.mean_absolute_error(y, p),
        "r2_score": sklearn.metrics.r2_score(y, p),
        "mean_absolute_percentage_error": 100
        * sklearn.metrics.mean_absolute_percentage_error(y, p),
        "mean_squared_logarithmic_error": sklearn.metrics.mean_squared_log_error(y, p),
        "log_cosh": np.mean(np.log(np.cosh(p - y))),
    }
    fitting = {kind.name for kind in METRICS if "regression" in kind.tasks}
    assert set(expected) == fitting
    for name, value in expected.items():
        found = measured(name, "mean_squared_error", FrozenMap(), "regression", y, p)
        assert found == pytest.approx(float(value), rel=1e-4), name


def test_every_pair_of_loss_and_metric_has_an_answer() -> None:
    tasks: tuple[Task, ...] = ("binary", "multiclass", "regression")
    for loss, kind, task in itertools.product(LOSSES, METRICS, tasks):
        if task not in loss.tasks:
            continue
        obstacle = metric_obstacle(kind, loss, FrozenMap(), summary(task))
        if obstacle is not None:
            assert obstacle.endswith(".")
            with pytest.raises(ValueError, match=r"[.]$"):
                keras_metric(kind.name, loss.name, FrozenMap(), summary(task))
