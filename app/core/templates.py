"""Networks to begin with, complete with training settings, for any data they fit; and the welcome
page's examples.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.core.data_summary import DataSummary, Task
from app.core.dataset_catalog import DATASETS_BY_NAME, DatasetKind, summary_of
from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.layer_catalog import new_layer
from app.core.network import INPUT_KIND, Layer, Network, chain
from app.core.output_advisor import ADVICE
from app.core.project import (
    BuiltinSource,
    DataSettings,
    EarlyStoppingSettings,
    OptimizerSettings,
    Project,
    TrainingSettings,
)

Shape = tuple[int, ...]
Spec = tuple[str, dict[str, object]]
"""Kind and options of a layer that a template adds."""


class TemplateError(ExplainedError):
    """There is no such template, or it does not fit the data."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """A network to begin with.

    Attributes:
        name: its name on the command line.
        help: what it is for, in one or two sentences.
        hidden: the layers between input and output for samples of a shape.
        tasks: what it can learn.
        minimum_side: of pictures; None when tables and series do as well.
        optimizer, learning_rate, epochs, patience: how it is trained.
    """

    name: str
    label: str
    help: str
    hidden: Callable[[DataSummary], Iterable[Spec]]
    tasks: tuple[Task, ...] = ("binary", "multiclass", "regression")
    minimum_side: int | None = None
    optimizer: str = "Adam"
    learning_rate: float | Callable[[DataSummary], float] = 0.001
    epochs: int = 200
    patience: int = 20

    def obstacle(self, task: Task, input_shape: Shape) -> str | None:
        """Why it does not fit, as a sentence for the user, or None."""
        if task not in self.tasks:
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


def _flat(summary: DataSummary) -> tuple[Spec, ...]:
    return () if len(summary.input_shape) == 1 else (("Flatten", {}),)


def _no_hidden(summary: DataSummary) -> Iterable[Spec]:
    return _flat(summary)


def _mlp(summary: DataSummary) -> Iterable[Spec]:
    if len(summary.input_shape) == 1 and summary.input_shape[0] <= 2:
        yield _dense(16)
        yield _dense(16)
    elif summary.task == "regression":
        yield from _flat(summary)
        yield _dense(64)
        yield "Dropout", {"rate": 0.5}
    elif len(summary.input_shape) == 1:
        yield _dense(64, kernel_regularizer="l2", kernel_regularizer_l2=0.01)
        yield "Dropout", {"rate": 0.2}
    else:
        yield "Flatten", {}
        yield _dense(64)
        yield "Dropout", {"rate": 0.3}
        yield _dense(64)


def _mlp_rate(summary: DataSummary) -> float:
    few = len(summary.input_shape) == 1 and summary.input_shape[0] <= 2
    return 0.01 if few or summary.task == "regression" else 0.001


def _deep_sigmoid(summary: DataSummary) -> Iterable[Spec]:
    yield from _flat(summary)
    for _ in range(6):
        yield _dense(16, activation="sigmoid")


def _dense(units: int, **options: object) -> Spec:
    return "Dense", {"units": units, "activation": "relu", **options}


def _convolution(filters: int, size: int = 3, **options: object) -> Spec:
    given = {"filters": filters, "kernel_size": (size, size), "activation": "relu"}
    return "Conv2D", {**given, **options}


def _small_cnn(summary: DataSummary) -> Iterable[Spec]:
    if min(summary.input_shape[:2]) < 16:
        yield _convolution(16)
        yield "MaxPooling2D", {}
        yield "Flatten", {}
    else:
        yield _convolution(16, 5)
        yield "MaxPooling2D", {}
        yield _convolution(32)
        yield "MaxPooling2D", {}
        yield _convolution(64)
        yield "GlobalMaxPooling2D", {}
    yield _dense(64)
    yield "Dropout", {"rate": 0.3}


def _lenet5(summary: DataSummary) -> Iterable[Spec]:
    same = min(summary.input_shape[:2]) < 32
    yield _convolution(6, 5, activation="tanh", padding="same" if same else "valid")
    yield "AveragePooling2D", {}
    yield _convolution(16, 5, activation="tanh")
    yield "AveragePooling2D", {}
    yield _convolution(120, 5, activation="tanh")
    yield "Flatten", {}
    yield _dense(84, activation="tanh")


def _small_vgg(summary: DataSummary) -> Iterable[Spec]:
    side = min(summary.input_shape[:2])
    for filters in (16, 32, 64):
        if side < 4:
            break
        yield _convolution(filters, padding="same")
        yield _convolution(filters, padding="same")
        yield "MaxPooling2D", {}
        side //= 2
    yield "Flatten", {}
    yield _dense(64)
    yield "Dropout", {"rate": 0.5}


TEMPLATES: tuple[Template, ...] = (
    Template(
        name="mlp",
        label="Multilayer perceptron",
        help="Dense layers with ReLU. Learns any of the built-in sets and every table.",
        hidden=_mlp,
        learning_rate=_mlp_rate,
    ),
    Template(
        name="small_cnn",
        label="Small convolutional network",
        help="Convolution and pooling, then dense layers. For pictures: it finds a pattern "
        "wherever it stands.",
        hidden=_small_cnn,
        minimum_side=8,
        learning_rate=0.002,
    ),
    Template(
        name="logistic_regression",
        label="Logistic regression",
        help="One layer, no hidden units: parts the classes by straight lines. What every network "
        "must beat.",
        hidden=_no_hidden,
        tasks=("binary", "multiclass"),
        learning_rate=0.01,
    ),
    Template(
        name="linear_regression",
        label="Linear regression",
        help="One linear layer: a weighted sum of the inputs. What every network must beat.",
        hidden=_no_hidden,
        tasks=("regression",),
        learning_rate=0.1,
    ),
    Template(
        name="deep_sigmoid",
        label="Deep sigmoid perceptron",
        help="Six sigmoid layers. The gradient vanishes on its way to the first one, and it does "
        "not learn: see why, "
        "then repair it.",
        hidden=_deep_sigmoid,
        optimizer="SGD",
        learning_rate=0.1,
        epochs=300,
        patience=50,
    ),
    Template(
        name="lenet5",
        label="LeNet-5",
        help="LeCun's network of 1998 for handwritten digits: three convolutions with tanh, "
        "average pooling.",
        hidden=_lenet5,
        minimum_side=28,
    ),
    Template(
        name="small_vgg",
        label="Small VGG",
        help="Pairs of 3×3 convolutions, each pair followed by pooling. Stronger and slower than "
        "the small one.",
        hidden=_small_vgg,
        minimum_side=8,
        epochs=100,
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
            f"There is no template {name!r:.60}.",
            f"Known templates: {', '.join(TEMPLATES_BY_NAME)}.",
            "Choose one of these.",
        )
    summary = summary or summary_of(data)
    obstacle = template.obstacle(summary.task, summary.input_shape)
    if obstacle:
        fitting = [t.name for t in TEMPLATES if not t.obstacle(summary.task, summary.input_shape)]
        raise TemplateError(
            obstacle,
            f"Templates that fit {summary.title}: {', '.join(fitting)}.",
            "Choose one of these, or other data.",
        )
    activation, loss, metrics = ADVICE[summary.task]
    output = _dense(summary.outputs, activation=activation)
    training = _training(template, summary, loss, metrics)
    return Project(
        name=_project_name(data, summary),
        data=data,
        network=network_of((*template.hidden(summary), output)),
        training=training,
    )


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


def network_of(specs: Iterable[Spec]) -> Network:
    """A chain of the data and layers of these kinds and options; every option is filled in."""
    layers: list[Layer] = [Layer(id="input", kind=INPUT_KIND)]
    for kind, options in specs:
        layers.append(new_layer(Network(layers=tuple(layers)), kind, **options))
    return chain(layers)


def _project_name(data: DataSettings, summary: DataSummary) -> str:
    if isinstance(data.source, BuiltinSource):
        return data.source.name.replace("_", "-")
    return summary.title[:120] or "untitled"


def builtin_data(name: str, **options: object) -> DataSettings:
    """The settings of a built-in data set with the preprocessing that suits it.

    Raises:
        TemplateError: there is no such data set.
    """
    kind = DATASETS_BY_NAME.get(name)
    if kind is None:
        raise TemplateError(
            f"There is no built-in data set {name!r:.60}.",
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
            _dense(8),
            _dense(8),
            _dense(1, activation="sigmoid"),
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
