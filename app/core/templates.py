"""Networks to begin with, complete with training settings, for any data they fit; and the welcome
page's examples.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.data_summary import DataSummary, Task, reconstructing
from app.core.dataset_catalog import DATASETS_BY_NAME, DatasetKind, summary_of
from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.network import Network
from app.core.output_advisor import ADVICE, RECONSTRUCTION_METRICS
from app.core.project import (
    EarlyStoppingSettings,
    OptimizerSettings,
    Project,
    TrainingSettings,
)
from app.core.project_names import name_after
from app.core.short_names import quoted
from app.core.template_networks import (
    Hidden,
    Spec,
    autoencoder,
    cnn_1d,
    deep_sigmoid,
    dense,
    lenet5,
    lstm,
    mlp,
    network_of,
    no_hidden,
    small_cnn,
    small_resnet,
    small_vgg,
)

__all__ = [
    "EXAMPLES",
    "TEMPLATES",
    "TEMPLATES_BY_NAME",
    "Example",
    "Template",
    "TemplateError",
    "build_template",
    "builtin_data",
    "default_template",
    "handwritten_digits",
    "names_of_examples",
    "network_of",
    "start_from",
    "two_moons",
    "why_deep_sigmoid_fails",
]

Shape = tuple[int, ...]


class TemplateError(ExplainedError):
    """There is no such template, or it does not fit the data."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """A network to begin with.

    Attributes:
        name: its name on the command line.
        help: what it is for, in one or two sentences.
        hidden: the layers between input and output for samples of a shape, one behind another.
        graph: the whole network from the data and the output layer, where it is no chain.
        tasks: what it can learn.
        minimum_side: of pictures; None when tables and series do as well.
        minimum_numbers: how many numbers a sample must have at least.
        example: a built-in data set that suits it.
        learns: "input" when it learns to give back what goes in.
        optimizer, learning_rate, epochs, patience: how it is trained.
    """

    name: str
    label: str
    help: str
    hidden: Hidden = no_hidden
    graph: Callable[[DataSummary, Spec], Network] | None = None
    example: str = "digits"
    learns: Literal["target", "input"] = "target"
    minimum_numbers: int = 1
    tasks: tuple[Task, ...] = ("binary", "multiclass", "regression")
    minimum_side: int | None = None
    optimizer: str = "Adam"
    learning_rate: float | Callable[[DataSummary], float] = 0.001
    epochs: int = 200
    patience: int = 20

    def obstacle(self, task: Task, input_shape: Shape) -> str | None:
        """Why it does not fit, as a sentence for the user, or None."""
        numbers = math.prod(input_shape)
        if numbers < self.minimum_numbers:
            return (
                f"{self.label} needs samples of at least {self.minimum_numbers} numbers, here they "
                f"have {numbers}."
            )
        if self.learns == "target" and task not in self.tasks:
            words = "numbers" if task == "regression" else "classes"
            return f"{self.label} does not predict {words}."
        if self.minimum_side is None:
            return None
        if len(input_shape) != 3:
            return f"{self.label} is for pictures; a sample here is {_shape_words(input_shape)}."
        side = min(input_shape[:2])
        if side < self.minimum_side:
            size = self.minimum_side
            return (
                f"{self.label} needs pictures of at least {size}×{size} pixels, here they are "
                f"{side}×{side}."
            )
        return None

    def fits(self, kind: DatasetKind) -> bool:
        """Whether it can learn from a built-in data set."""
        return self.obstacle(kind.task, kind.input_shape) is None


def _shape_words(shape: Shape) -> str:
    if len(shape) == 1:
        return f"a row of {shape[0]} numbers"
    return "×".join(str(n) for n in shape)


def _mlp_rate(summary: DataSummary) -> float:
    few = len(summary.input_shape) == 1 and summary.input_shape[0] <= 2
    return 0.01 if few or summary.task == "regression" else 0.001


TEMPLATES: tuple[Template, ...] = (
    Template(
        name="mlp",
        label="Multilayer perceptron",
        help="Dense layers with ReLU. Learns any of the built-in sets and every table.",
        hidden=mlp,
        learning_rate=_mlp_rate,
    ),
    Template(
        name="small_cnn",
        label="Small convolutional network",
        help="Convolution and pooling, then dense layers. For pictures: it finds a pattern "
        "wherever it stands.",
        hidden=small_cnn,
        minimum_side=8,
        learning_rate=0.002,
    ),
    Template(
        name="logistic_regression",
        label="Logistic regression",
        help="One layer, no hidden units: parts the classes by straight lines. What every network "
        "must beat.",
        hidden=no_hidden,
        tasks=("binary", "multiclass"),
        learning_rate=0.01,
    ),
    Template(
        name="linear_regression",
        label="Linear regression",
        help="One linear layer: a weighted sum of the inputs. What every network must beat.",
        hidden=no_hidden,
        tasks=("regression",),
        example="diabetes",
        learning_rate=0.1,
    ),
    Template(
        name="deep_sigmoid",
        label="Deep sigmoid perceptron",
        help="Six sigmoid layers. The gradient vanishes on its way to the first one, and it does "
        "not learn: see why, "
        "then repair it.",
        hidden=deep_sigmoid,
        optimizer="SGD",
        learning_rate=0.1,
        epochs=300,
        patience=50,
    ),
    Template(
        name="lenet5",
        label="LeNet-5",
        help="LeCun's network of 1998 for handwritten digits: three convolutions with tanh, "
        "average pooling. Smaller pictures are enlarged first.",
        hidden=lenet5,
        minimum_side=8,
    ),
    Template(
        name="small_vgg",
        label="Small VGG",
        help="Pairs of 3×3 convolutions, each pair followed by pooling. Stronger and slower than "
        "the small one.",
        hidden=small_vgg,
        minimum_side=8,
        epochs=100,
    ),
    Template(
        name="small_resnet",
        label="Small ResNet",
        help="Residual blocks: each adds what it finds to what it was given, so that the gradient "
        "has a short way back through any depth. The strongest here, and the slowest.",
        graph=small_resnet,
        minimum_side=8,
        learning_rate=0.002,
        epochs=40,
        patience=10,
    ),
    Template(
        name="cnn_1d",
        label="1-D convolutional network",
        help="Filters that slide along a series: numbers in their order, or a picture row by row. "
        "For signals and time series.",
        hidden=cnn_1d,
        minimum_numbers=4,
        learning_rate=0.002,
        epochs=100,
    ),
    Template(
        name="lstm",
        label="LSTM",
        help="Reads a series step by step and remembers what matters. A row is read number by "
        "number, a picture row by row.",
        hidden=lstm,
        minimum_numbers=4,
        learning_rate=0.005,
        epochs=100,
    ),
    Template(
        name="autoencoder",
        label="Autoencoder",
        help="Learns to give back what goes in, through a narrow layer in the middle: what passes "
        "it is a short code of the sample. The target is the input.",
        hidden=autoencoder,
        learns="input",
        minimum_numbers=4,
        learning_rate=0.002,
        epochs=150,
    ),
)

TEMPLATES_BY_NAME = {template.name: template for template in TEMPLATES}


def build_template(name: str, data: DataSettings, summary: DataSummary | None = None) -> Project:
    """A complete project: these data, the template's network with the right output, and training
    settings.

    Args:
        name: of a template.
        data: kept as they are.
        summary: what is known of the data; not needed for a built-in set.

    Raises:
        TemplateError: there is no such template, or it does not fit the data.
        ValueError: no summary was given for data that are not built in.
    """
    template = TEMPLATES_BY_NAME.get(name)
    if template is None:
        raise TemplateError(
            f"There is no template {quoted(name)}.",
            f"Known templates: {', '.join(TEMPLATES_BY_NAME)}.",
            "Choose one of these.",
        )
    summary = summary or summary_of(data)
    if template.learns == "input" and not summary.reconstructs:
        data = data.model_copy(update={"learns": "input"})
        summary = reconstructing(summary)
    obstacle = template.obstacle(summary.task, summary.input_shape)
    if obstacle:
        fitting = [t.name for t in TEMPLATES if not t.obstacle(summary.task, summary.input_shape)]
        raise TemplateError(
            obstacle,
            f"Templates that fit {summary.title}: {', '.join(fitting)}.",
            "Choose one of these, or other data.",
        )
    activation, loss, metrics = ADVICE[summary.task]
    output = dense(summary.outputs, activation=activation)
    if template.learns == "input":
        metrics = RECONSTRUCTION_METRICS
    training = _training(template, summary, loss, metrics)
    if template.graph is not None:
        network = template.graph(summary, output)
    else:
        network = network_of((*template.hidden(summary), output))
    return Project(name=name_after(data), data=data, network=network, training=training)


def _training(
    template: Template, summary: DataSummary, loss: str, metrics: tuple[str, ...]
) -> TrainingSettings:
    rate = template.learning_rate
    return TrainingSettings(
        loss=loss,
        metrics=metrics,
        optimizer=OptimizerSettings(
            kind=template.optimizer,
            options=FrozenMap(learning_rate=rate if isinstance(rate, float) else rate(summary)),
        ),
        epochs=template.epochs,
        early_stopping=EarlyStoppingSettings(
            patience=template.patience, enabled=summary.counts[1] > 0
        ),
    )


def builtin_data(name: str, **options: object) -> DataSettings:
    """The settings of a built-in data set with the preprocessing that suits it.

    Raises:
        TemplateError: there is no such data set.
    """
    kind = DATASETS_BY_NAME.get(name)
    if kind is None:
        raise TemplateError(
            f"There is no built-in data set {quoted(name)}.",
            f"Known data sets: {', '.join(DATASETS_BY_NAME)}.",
            "Choose one of these, or open a file.",
        )
    source = BuiltinSource(name=name, options=FrozenMap(options))
    return DataSettings.model_validate({"source": source, "preprocessing": kind.preprocessing})


def start_from(dataset: str, template: str | None = None) -> Project:
    """A project on a built-in data set; without a template with the one that suits it.

    Raises:
        TemplateError: there is no such data set or template, or they do not fit.
    """
    data = builtin_data(dataset)
    return build_template(template or default_template(summary_of(data)), data)


def default_template(summary: DataSummary) -> str:
    """The name of the template that suits the data best."""
    return "small_cnn" if summary.pictures and min(summary.input_shape[:2]) >= 16 else "mlp"


# ---------------------------------------------------------------- examples


@cache
def names_of_examples() -> frozenset[str]:
    """What the projects of `EXAMPLES` are called."""
    return frozenset(example.project().name for example in EXAMPLES)


@dataclass(frozen=True)
class Example:
    """A project on the welcome page."""

    name: str
    title: str
    description: str
    project: Callable[[], Project]


def two_moons() -> Project:
    """Two moons, dense 2-8-8-1: 2·8+8 + 8·8+8 + 8+1 = 105 weights."""
    project = build_template("mlp", builtin_data("moons"))
    network = network_of(
        [
            dense(8),
            dense(8),
            dense(1, activation="sigmoid"),
        ]
    )
    return project.model_copy(update={"name": "two-moons", "network": network})


def handwritten_digits() -> Project:
    """8×8 digits with one convolution, as on the drawing of the bench: 10,090 weights."""
    project = build_template("small_cnn", builtin_data("digits"))
    stopping = EarlyStoppingSettings(patience=15)
    training = project.training.model_copy(update={"epochs": 200, "early_stopping": stopping})
    return project.model_copy(update={"name": "digits-conv", "training": training})


def why_deep_sigmoid_fails() -> Project:
    """Two moons with six sigmoid layers, plain gradient descent."""
    project = build_template("deep_sigmoid", builtin_data("moons"))
    return project.model_copy(update={"name": "deep-sigmoid"})


EXAMPLES: tuple[Example, ...] = (
    Example(
        "moons",
        "Two moons",
        "Separate two classes with 105 weights and watch the boundary bend.",
        two_moons,
    ),
    Example(
        "digits",
        "Handwritten digits",
        "A small convolutional network on 1,797 pictures of 8×8 pixels.",
        handwritten_digits,
    ),
    Example(
        "deep_sigmoid",
        "Why deep sigmoid fails",
        "Six sigmoid layers do not learn. See why, then repair them.",
        why_deep_sigmoid_fails,
    ),
)
