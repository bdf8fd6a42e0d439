"""The table of metrics: what each measures, and with which class of Keras for which targets."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.core.data_summary import DataSummary, Task
from app.core.frozen import FrozenMap, OptionValue
from app.core.loss_catalog import (
    LOSSES_BY_NAME,
    Encoding,
    LossKind,
    Reading,
    decision_threshold,
    output_reading,
)


@dataclass(frozen=True)
class KerasMetric:
    """How a metric is made: `getattr(keras.metrics, keras_class)(**arguments)`; `arguments` holds
    its name.
    """

    keras_class: str
    arguments: FrozenMap


@dataclass(frozen=True, kw_only=True)
class MetricKind:
    """One metric.

    Attributes:
        name: its name in the project file and in the history; on the validation part `val_` stands
            before it.
        label: its name on the screen.
        direction: "max" when larger is better; the `mode` of early stopping that watches it.
        classes: how the targets are fed to the class in `keras.metrics` that measures it.
        arguments: what every one of these classes gets.
        threshold: how it learns from where on one output means class 1: "none" needs no telling,
            "argument" takes any `threshold`, "thresholds" likewise under that name, "probability"
            only takes one above 0.
        logits: for which targets it takes outputs before sigmoid or softmax, by an argument
            `from_logits`.
        minimum_classes: of how many classes it begins to say something.
        percent: whether it is a share that may be shown in per cent.
    """

    name: str
    label: str
    direction: Literal["max", "min"]
    tasks: tuple[Task, ...]
    classes: Mapping[Encoding, str] = field(hash=False)
    arguments: Mapping[str, OptionValue] = field(default_factory=dict, hash=False)
    threshold: Literal["none", "argument", "thresholds", "probability"] = "none"
    logits: tuple[Encoding, ...] = ()
    needs: tuple[Reading, ...] = ("probability", "logit", "sign", "score", "number")
    minimum_classes: int = 2
    percent: bool = False
    help: str
    formula: str


_all: tuple[Task, ...] = ("binary", "multiclass", "regression")
_classes: tuple[Task, ...] = ("binary", "multiclass")
_regression: tuple[Task, ...] = ("regression",)
_probabilities: tuple[Reading, ...] = ("probability", "logit")
_one_unit: tuple[Reading, ...] = ("probability", "logit", "sign")


_AREAS = frozenset(("auc", "auc_pr"))
"""Below a curve in a square of side 1."""


def _top(k: int) -> MetricKind:
    return MetricKind(
        name=f"top_{k}_accuracy",
        label=f"Top-{k} accuracy",
        direction="max",
        tasks=("multiclass",),
        classes={
            "class_number": "SparseTopKCategoricalAccuracy",
            "one_hot": "TopKCategoricalAccuracy",
        },
        arguments={"k": k},
        minimum_classes=k + 1,
        percent=True,
        formula=f"share of samples whose class is among the {k} largest outputs",
        help="How often the right class is among the first guesses.",
    )


def _count(name: str, label: str, keras_class: str, what: str) -> MetricKind:
    return MetricKind(
        name=name,
        label=label,
        direction="max" if name.startswith("true") else "min",
        tasks=("binary",),
        classes={"binary": keras_class},
        threshold="thresholds",
        formula=what,
        help="A count, one cell of the confusion matrix.",
    )


def _error(name: str, label: str, keras_class: str, formula: str, text: str) -> MetricKind:
    return MetricKind(
        name=name,
        label=label,
        direction="min",
        tasks=_all,
        classes={"numbers": keras_class, "one_hot": keras_class, "binary": keras_class},
        needs=("probability", "number"),
        formula=formula,
        help=text,
    )


METRICS: tuple[MetricKind, ...] = (
    MetricKind(
        name="accuracy",
        label="Accuracy",
        direction="max",
        tasks=_classes,
        classes={
            "class_number": "SparseCategoricalAccuracy",
            "one_hot": "CategoricalAccuracy",
            "binary": "BinaryAccuracy",
        },
        threshold="argument",
        percent=True,
        formula="right / all",
        help="The share of samples whose class is predicted right.",
    ),
    MetricKind(
        name="auc",
        label="AUC (ROC)",
        direction="max",
        tasks=_classes,
        classes={"binary": "AUC", "one_hot": "AUC"},
        needs=_one_unit,
        logits=("binary",),
        formula="area under the curve of true positive rate over false positive rate",
        help="How surely a sample of class 1 gets a larger output than one of class 0; 0.5 is "
        "chance.",
    ),
    MetricKind(
        name="auc_pr",
        label="AUC (precision-recall)",
        direction="max",
        tasks=_classes,
        classes={"binary": "AUC", "one_hot": "AUC"},
        arguments={"curve": "PR"},
        needs=_one_unit,
        logits=("binary",),
        formula="area under the curve of precision over recall",
        help="Like AUC, but it looks at the rarer class.",
    ),
    MetricKind(
        name="precision",
        label="Precision",
        direction="max",
        tasks=_classes,
        classes={"binary": "Precision", "one_hot": "Precision"},
        threshold="thresholds",
        needs=_one_unit,
        percent=True,
        formula="TP / (TP + FP)",
        help="Of those called positive, the share that is. With several classes every output above "
        "0.5 is a call.",
    ),
    MetricKind(
        name="recall",
        label="Recall",
        direction="max",
        tasks=_classes,
        classes={"binary": "Recall", "one_hot": "Recall"},
        threshold="thresholds",
        needs=_one_unit,
        percent=True,
        formula="TP / (TP + FN)",
        help="Of those that are positive, the share that is found. With several classes every "
        "output above 0.5 is a "
        "call.",
    ),
    MetricKind(
        name="f1_score",
        label="F1 score",
        direction="max",
        tasks=_classes,
        classes={"binary": "F1Score", "one_hot": "F1Score"},
        arguments={"average": "macro"},
        threshold="probability",
        percent=True,
        formula="2 precision recall / (precision + recall)",
        help="The harmonic mean of precision and recall; with several classes the mean over the "
        "classes.",
    ),
    _top(2),
    _top(3),
    _top(5),
    _count("true_positives", "True positives", "TruePositives", "TP"),
    _count("false_positives", "False positives", "FalsePositives", "FP"),
    _count("true_negatives", "True negatives", "TrueNegatives", "TN"),
    _count("false_negatives", "False negatives", "FalseNegatives", "FN"),
    MetricKind(
        name="binary_crossentropy",
        label="Binary cross-entropy",
        direction="min",
        tasks=_classes,
        classes={"binary": "BinaryCrossentropy", "one_hot": "BinaryCrossentropy"},
        needs=_probabilities,
        logits=("binary",),
        formula="-mean(y log p + (1 - y) log(1 - p))",
        help="The loss of that name, measured beside another loss or without its regularization.",
    ),
    MetricKind(
        name="categorical_crossentropy",
        label="Categorical cross-entropy",
        direction="min",
        tasks=_classes,
        classes={
            "one_hot": "CategoricalCrossentropy",
            "class_number": "SparseCategoricalCrossentropy",
        },
        needs=_probabilities,
        logits=("one_hot", "class_number"),
        formula="-sum(y log p)",
        help="The loss of that name, measured beside another loss or without its regularization.",
    ),
    MetricKind(
        name="kl_divergence",
        label="Kullback-Leibler divergence",
        direction="min",
        tasks=_classes,
        classes={"one_hot": "KLDivergence"},
        needs=("probability",),
        formula="sum(y log(y / p))",
        help="How far the output's distribution is from the target's.",
    ),
    MetricKind(
        name="hinge",
        label="Hinge",
        direction="min",
        tasks=("binary",),
        classes={"binary": "Hinge"},
        needs=("sign", "logit"),
        formula="mean(max(0, 1 - y p)), y = -1 or +1",
        help="The loss of that name, without regularization.",
    ),
    _error(
        "mean_absolute_error",
        "MAE",
        "MeanAbsoluteError",
        "mean(|y - p|)",
        "Mean absolute error: the mean distance from the target, in its units.",
    ),
    _error(
        "mean_squared_error",
        "MSE",
        "MeanSquaredError",
        "mean((y - p)²)",
        "Mean squared error: large errors count most.",
    ),
    _error(
        "root_mean_squared_error",
        "RMSE",
        "RootMeanSquaredError",
        "√mean((y - p)²)",
        "Root of the mean squared error, in the units of the target.",
    ),
    MetricKind(
        name="r2_score",
        label="R²",
        direction="max",
        tasks=_regression,
        classes={"numbers": "R2Score"},
        formula="1 - sum((y - p)²) / sum((y - mean(y))²)",
        help="The share of the target's variance that is explained; 0 is what the mean alone "
        "achieves.",
    ),
    MetricKind(
        name="mean_absolute_percentage_error",
        label="MAPE",
        direction="min",
        tasks=_regression,
        classes={"numbers": "MeanAbsolutePercentageError"},
        formula="100 mean(|y - p| / |y|)",
        help="Mean error in per cent of the target; only for targets far from 0.",
    ),
    MetricKind(
        name="mean_squared_logarithmic_error",
        label="MSLE",
        direction="min",
        tasks=_regression,
        classes={"numbers": "MeanSquaredLogarithmicError"},
        formula="mean((log(y + 1) - log(p + 1))²)",
        help="For positive targets that span orders of magnitude.",
    ),
    MetricKind(
        name="log_cosh",
        label="Log-cosh",
        direction="min",
        tasks=_regression,
        classes={"numbers": "LogCoshError"},
        formula="mean(log(cosh(p - y)))",
        help="Squared for small errors, absolute for large ones.",
    ),
)

METRICS_BY_NAME = {kind.name: kind for kind in METRICS}

LEFT_OUT = {
    "Accuracy": (
        "compares class numbers with outputs that are class numbers; `accuracy` chooses the "
        "fitting class"
    ),
    "BinaryIoU": "measures regions of pictures",
    "CategoricalHinge": "is the loss of that name",
    "ConcordanceCorrelation": (
        "correlates the outputs of one sample with each other, not the samples"
    ),
    "CosineSimilarity": "is the loss of that name",
    "FBetaScore": "F1 is the one that is used",
    "IoU": "measures regions of pictures",
    "Mean": "averages what it is given",
    "MeanIoU": "measures regions of pictures",
    "MeanMetricWrapper": "base class",
    "Metric": "base class",
    "OneHotIoU": "measures regions of pictures",
    "OneHotMeanIoU": "measures regions of pictures",
    "PearsonCorrelation": "correlates the outputs of one sample with each other, not the samples",
    "Poisson": "is the loss of that name",
    "PrecisionAtRecall": "needs a recall to be chosen",
    "RecallAtPrecision": "needs a precision to be chosen",
    "SensitivityAtSpecificity": "needs a specificity to be chosen",
    "SpecificityAtSensitivity": "needs a sensitivity to be chosen",
    "SquaredHinge": "is the loss of that name",
    "Sum": "adds what it is given",
}
"""Classes of `keras.metrics` that no metric of the table uses, and why."""


def metric_obstacle(
    kind: MetricKind, loss: LossKind, loss_options: FrozenMap, summary: DataSummary
) -> str | None:
    """Why the metric can't be measured with this loss on these data, as a sentence for the user, or
    None.
    """
    if summary.task not in kind.tasks:
        return f"{kind.label} does not measure {_task_words[summary.task]}."
    encoding = loss.encoding_for(summary.task)
    if encoding not in kind.classes:
        return (
            f"{kind.label} cannot compare the {_encoding_words[encoding]} that {loss.label} works "
            "with."
        )
    reading = _reading(loss, summary.task, loss_options)
    blind = bool(kind.logits) and reading == "logit" and encoding not in kind.logits
    if reading not in kind.needs or blind:
        return (
            f"{kind.label} needs {_needs(kind)}, with {loss.label} the output is "
            f"{_reading_words[reading]}."
        )
    if kind.threshold == "probability" and encoding == "binary" and reading != "probability":
        return (
            f"{kind.label} needs a probability, with {loss.label} the output is "
            f"{_reading_words[reading]}."
        )
    if kind.threshold == "thresholds" and encoding == "one_hot" and reading != "probability":
        return (
            f"{kind.label} needs probabilities, with {loss.label} the output is "
            f"{_reading_words[reading]}."
        )
    if summary.task != "regression" and len(summary.class_names) < kind.minimum_classes:
        return (
            f"{kind.label} needs {kind.minimum_classes} classes or more, there are "
            f"{len(summary.class_names)}."
        )
    return None


def _reading(loss: LossKind, task: Task, given: FrozenMap) -> Reading:
    """What metrics are to know of an output: they make one of all kinds of logits."""
    reading = output_reading(loss, task, given)
    return "logit" if reading == "logits" else reading


_task_words = {
    "binary": "two classes",
    "multiclass": "more than two classes",
    "regression": "regression",
}
_encoding_words = {
    "class_number": "class numbers",
    "one_hot": "one-hot targets",
    "binary": "targets 0 and 1",
    "numbers": "numbers",
}
_reading_words = {
    "probability": "a probability",
    "logit": "a logit, not a probability",
    "sign": "a number whose sign decides",
    "score": "a score for each class",
    "number": "a number",
}


def _needs(kind: MetricKind) -> str:
    return " or ".join(_reading_words[reading].split(",")[0] for reading in kind.needs)


def keras_metric(
    name: str, loss_name: str, loss_options: FrozenMap, summary: DataSummary
) -> KerasMetric:
    """The class of `keras.metrics` and its arguments that measure metric `name` beside a loss.

    The targets that it is given are those of the loss (`LossKind.encoding_for`).

    Raises:
        KeyError: for an unknown metric or loss.
        ValueError: with a sentence for the user when the metric does not go with the loss and the
            data.
    """
    kind, loss = METRICS_BY_NAME[name], LOSSES_BY_NAME[loss_name]
    obstacle = metric_obstacle(kind, loss, loss_options, summary)
    if obstacle:
        raise ValueError(obstacle)
    encoding = loss.encoding_for(summary.task)
    reading = _reading(loss, summary.task, loss_options)
    arguments: dict[str, OptionValue] = {"name": name, **kind.arguments}
    keras_class = kind.classes[encoding]
    above = decision_threshold(loss, summary.task, loss_options)
    if encoding == "binary" and kind.threshold in ("argument", "probability"):
        arguments["threshold"] = above
    if kind.threshold == "thresholds":
        arguments["thresholds"] = above
    if kind.logits and reading in ("logit", "sign"):
        arguments["from_logits"] = True
    if keras_class == "AUC" and encoding == "one_hot":
        arguments.update(multi_label=True, num_labels=len(summary.class_names))
    return KerasMetric(keras_class, FrozenMap(arguments))


def metrics_for(
    loss_name: str, loss_options: FrozenMap, summary: DataSummary
) -> tuple[MetricKind, ...]:
    """The metrics that can be measured with a loss on these data.

    Raises KeyError for an unknown loss.
    """
    loss = LOSSES_BY_NAME[loss_name]
    return tuple(
        kind for kind in METRICS if metric_obstacle(kind, loss, loss_options, summary) is None
    )


def history_names(metrics: tuple[str, ...], validated: bool) -> tuple[str, ...]:
    """The names of a history's columns in the order of `model.fit`; with `val_` ones when there is
    a validation part.
    """
    names = ("loss", *metrics)
    return (*names, *(f"val_{name}" for name in names)) if validated else names


def limits_of(name: str) -> tuple[float, float]:
    """Between what "val_accuracy", "loss" and so on can lie at all, as far as it is known."""
    name = name.removeprefix("val_")
    kind = METRICS_BY_NAME.get(name)
    is_share = name in _AREAS or (kind is not None and kind.percent)
    return (0.0, 1.0) if is_share else (-math.inf, math.inf)


def direction_of(name: str) -> Literal["max", "min"]:
    """Whether "val_accuracy", "loss" and so on is better when larger or smaller; "min" for an
    unknown name.
    """
    kind = METRICS_BY_NAME.get(name.removeprefix("val_"))
    return kind.direction if kind else "min"
