"""What the last layer, the loss and the input should be like for a task, and what does not fit.

The tables follow the lecture's "output layer & error function: often determined by the task &
data".
"""

import math
from collections.abc import Iterator
from functools import partial

from app.core.activation_catalog import ACTIVATIONS, activation_label
from app.core.data_summary import DataSummary, Task
from app.core.frozen import FrozenMap
from app.core.input_scale import scale_problems, short_number
from app.core.loss_catalog import LOSSES_BY_NAME, LossKind, from_logits, units_needed
from app.core.metric_catalog import METRICS_BY_NAME, metric_obstacle
from app.core.network import Layer, Network
from app.core.output_end import OutputEnd, output_end, set_output
from app.core.problems import Fix, Problem
from app.core.project import Project
from app.core.resolved_project import ResolvedLayer
from app.core.shape_inference import infer_network

ADVICE: dict[Task, tuple[str, str, tuple[str, ...]]] = {
    "binary": ("sigmoid", "binary_crossentropy", ("accuracy",)),
    "multiclass": ("softmax", "sparse_categorical_crossentropy", ("accuracy",)),
    "regression": ("linear", "mean_squared_error", ("mean_absolute_error", "r2_score")),
}
"""For each task the activation of the last layer, the loss and the metrics."""

RECONSTRUCTION_METRICS = ("mean_absolute_error",)
"""Where the target is the input: of a pixel that is the same in all pictures R² is not defined."""

LARGE_TARGET = 1000.0
"""From this size on, targets of a regression are said to be large."""


def _begin(activation: str) -> str:
    """The label of an activation at the beginning of a sentence."""
    label = activation_label(activation)
    return label[0].upper() + label[1:]


_task_words = {
    "binary": "two classes",
    "multiclass": "exclusive classes",
    "regression": "numbers",
}


def advise(project: Project, summary: DataSummary) -> Project:
    """`project` with output layer, loss, metrics, monitor and preprocessing set right for the data,
    all else kept.

    What is right already stays: a categorical cross-entropy with label smoothing, say.
    """
    _, loss_name, default_metrics = ADVICE[summary.task]
    training = project.training
    loss = LOSSES_BY_NAME.get(training.loss)
    options = training.loss_options
    if loss is None or not _suits(loss, summary.task):
        loss, options = LOSSES_BY_NAME[loss_name], FrozenMap()
    end = output_end(project.network)
    wanted = right_activations(loss, summary.task, options)
    now = end.activation if end is not None else None
    shape = _output_shape(project.network, summary)
    no_dense = end is None or end.units_layer is None
    project = set_output(
        project,
        units=units_needed(loss, summary),
        activation=now if now in wanted else wanted[0],
        loss=loss.name,
        loss_options=options,
        flatten=no_dense and shape is not None and len(shape) > 1,
    )
    if summary.reconstructs:
        default_metrics = RECONSTRUCTION_METRICS
    measurable = tuple(
        name
        for name in dict.fromkeys(training.metrics)
        if name in METRICS_BY_NAME
        and metric_obstacle(METRICS_BY_NAME[name], loss, options, summary) is None
    )
    metrics = measurable or default_metrics
    stopping = training.early_stopping
    if stopping.monitor.removeprefix("val_") not in ("loss", *metrics):
        stopping = stopping.model_copy(update={"monitor": "val_loss"})
    training = project.training.model_copy(update={"metrics": metrics, "early_stopping": stopping})
    project = project.model_copy(update={"training": training})
    scale = scale_problems(summary)
    return scale[0].fixes[0].edit(project) if scale else project


def _suits(loss: LossKind, task: Task) -> bool:
    """Whether a loss is a good choice for the task, not merely possible."""
    if task == "regression":
        return task in loss.tasks and loss.name != "cosine_similarity"
    if task == "multiclass" and loss.target == "binary":
        return False
    return task in loss.tasks and loss.target != "numbers"


def right_activations(loss: LossKind, task: Task, options: FrozenMap) -> tuple[str, ...]:
    """Activations of the last layer that suit loss and task, best first."""
    if loss.output == "probability":
        return ("linear",) if from_logits(options) else loss.activations
    if task != "regression" and loss.target == "numbers":
        return ("sigmoid",) if task == "binary" else ("softmax",)
    return loss.activations


def _output_shape(network: Network, summary: DataSummary) -> tuple[int, ...] | None:
    end = output_end(network)
    if end is None:
        return None
    layers, _ = infer_network(network, summary.input_shape)
    return next((layer.output_shape for layer in layers if layer.id == end.last.id), None)


# ---------------------------------------------------------------- problems


def output_problems(
    project: Project, summary: DataSummary, layers: tuple[ResolvedLayer, ...]
) -> Iterator[Problem]:
    """What does not fit between the network's end, the loss and the task.

    Nothing is said of a loss that is unknown or not for the task (`resolve` does), nor of an output
    whose shape is unknown because of an error before it.
    """
    end = output_end(project.network)
    loss = LOSSES_BY_NAME.get(project.training.loss)
    if end is None or loss is None or summary.task not in loss.tasks:
        return
    shape = next((layer.output_shape for layer in layers if layer.id == end.last.id), None)
    if shape is None:
        return
    options = project.training.loss_options
    units = units_needed(loss, summary)
    best = right_activations(loss, summary.task, options)[0]
    fitted = partial(set_output, units=units, activation=best)
    if len(shape) != 1 or end.units_layer is None:
        if shape != (units,):
            yield _wrong_shape(end, shape, units, summary, fitted)
        return
    activation = ACTIVATIONS.get(end.activation or "")
    if shape[0] == 1 and activation is not None and activation.over_vector:
        yield _lonely_softmax(end, _begin(activation.name), summary)
        return
    if shape != (units,):
        yield _wrong_units(end.units_layer, shape[0], units, loss, summary)
    yield from _activation_problems(project, end, loss, summary)


def _wrong_shape(
    end: OutputEnd,
    shape: tuple[int, ...],
    units: int,
    summary: DataSummary,
    fitted: partial[Project],
) -> Problem:
    text = "×".join(str(n) for n in shape)
    numbers = "1 number" if units == 1 else f"{units} numbers"
    return Problem(
        where=end.last.id,
        severity="error",
        title=f"Puts out {text}, needs {numbers}",
        happened=f"The network ends in {end.last.kind} and puts out {text} for each sample.",
        expected=f"For {_wanted(units, summary)} it must put out {numbers}.",
        how_to_fix=f"Add a Dense layer with {_units(units)} at the end."
        if end.units_layer is None
        else f"Insert Flatten before {end.units_layer.id}, which puts all numbers in one row.",
        fixes=(
            Fix(
                f"Add Dense {units}" if end.units_layer is None else "Insert Flatten",
                partial(fitted.func, **fitted.keywords, flatten=len(shape) > 1),
            ),
        ),
    )


def _wanted(units: int, summary: DataSummary) -> str:
    if summary.task == "regression":
        return "1 target" if units == 1 else f"{units} targets"
    return f"{len(summary.class_names)} classes"


def _units(units: int) -> str:
    return "1 unit" if units == 1 else f"{units} units"


def _wrong_units(
    layer: Layer, received: int, units: int, loss: LossKind, summary: DataSummary
) -> Problem:
    return Problem(
        where=layer.id,
        option="units",
        severity="error",
        title=f"Needs {_units(units)}, has {received}",
        happened=f"The last layer has {_units(received)}.",
        expected=f"{loss.label} for {_wanted(units, summary)} needs {_units(units)}.",
        how_to_fix=f"Set units to {units}.",
        fixes=(Fix(f"Set units to {units}", partial(set_output, units=units)),),
    )


def _lonely_softmax(end: OutputEnd, label: str, summary: DataSummary) -> Problem:
    if summary.task == "regression":
        fix = Fix(
            "Use linear",
            partial(set_output, units=len(summary.target_names), activation="linear"),
        )
        remedy = "Use a linear output."
    elif summary.task == "binary":
        fix = Fix(
            "Use sigmoid",
            partial(set_output, units=1, activation="sigmoid", loss="binary_crossentropy"),
        )
        remedy = "Use sigmoid with one unit."
    else:
        classes = len(summary.class_names)
        fix = Fix(
            f"Set units to {classes}",
            partial(
                set_output,
                units=classes,
                activation="softmax",
                loss="sparse_categorical_crossentropy",
            ),
        )
        remedy = f"Use {classes} units, one for each class."
    return Problem(
        where=(end.activation_layer or end.last).id,
        option="activation",
        severity="error",
        title=f"{label} over one unit",
        happened=f"{label} compares the units with each other, and here there is only one: the "
        "output "
        "is always the same.",
        expected=f"{label} needs a unit for each class.",
        how_to_fix=remedy,
        fixes=(fix,),
    )


def _activation_problems(
    project: Project, end: OutputEnd, loss: LossKind, summary: DataSummary
) -> Iterator[Problem]:
    name = end.activation
    if name is None:
        return
    if summary.task == "regression":
        yield from _regression_problems(end, loss, summary)
        return
    options = project.training.loss_options
    logits = loss.output == "probability" and from_logits(options)
    exclusive = summary.task == "multiclass"
    if logits and name in ("softmax", "sigmoid"):
        yield _applied_twice(end, loss, options, name)
    elif exclusive and loss.target == "binary":
        yield _yes_or_no_for_each(end, loss, summary, name)
    elif logits:
        if name in REACH:
            yield _bounded_logits(end, loss, name)
    elif loss.target == "numbers":
        yield _numbers_for_classes(end, loss, summary, name)
    elif exclusive and loss.output == "probability" and name == "sigmoid":
        yield _yes_or_no_for_each(end, loss, summary, name)
    elif name not in loss.activations:
        yield _unsuitable(end, loss, options, name)


def _at_activation(end: OutputEnd) -> tuple[str, str | None]:
    """(where, option) of a complaint about the last activation."""
    layer = end.activation_layer or end.units_layer or end.last
    return layer.id, "activation" if "activation" in layer.options else None


def _warning(
    end: OutputEnd,
    title: str,
    happened: str,
    expected: str,
    how_to_fix: str,
    *fixes: Fix,
) -> Problem:
    where, option = _at_activation(end)
    return Problem(
        where=where,
        option=option,
        severity="warning",
        title=title,
        happened=happened,
        expected=expected,
        how_to_fix=how_to_fix,
        fixes=fixes,
    )


def _applied_twice(end: OutputEnd, loss: LossKind, options: FrozenMap, name: str) -> Problem:
    right = loss.activations[0]
    off = options.set("from_logits", False)
    return _warning(
        end,
        f"{_begin(right)} is applied twice",
        f"The last layer applies {name}, and {loss.label} with from_logits applies {right} to the "
        "result.",
        "One of the two is enough: twice, the output can never be sure, and the gradients fade.",
        "Make the last layer linear, or switch from_logits off.",
        Fix("Use linear", partial(set_output, activation="linear")),
        Fix("Switch from_logits off", partial(set_output, activation=right, loss_options=off)),
    )


def _bounded_logits(end: OutputEnd, loss: LossKind, name: str) -> Problem:
    return _warning(
        end,
        f"{_begin(name)} before from_logits",
        f"With {name} the logits can't take every value.",
        f"{loss.label} with from_logits needs logits from -∞ to ∞: a linear output.",
        "Make the last layer linear.",
        Fix("Use linear", partial(set_output, activation="linear")),
    )


def _numbers_for_classes(
    end: OutputEnd, loss: LossKind, summary: DataSummary, name: str
) -> Problem:
    activation, better, _ = ADVICE[summary.task]
    good = LOSSES_BY_NAME[better]
    return _warning(
        end,
        f"{_begin(name)} with {loss.label.lower()}",
        f"{loss.label} treats the class as a number; where the output is sure and wrong its "
        "gradient fades.",
        f"For {_task_words[summary.task]}: {activation} and {good.label.lower()}.",
        f"Choose the loss {good.label.lower()}.",
        Fix(
            f"Use {good.label.lower()}",
            partial(
                set_output,
                units=units_needed(good, summary),
                activation=activation,
                loss=better,
            ),
        ),
    )


def _yes_or_no_for_each(end: OutputEnd, loss: LossKind, summary: DataSummary, name: str) -> Problem:
    binary_loss = loss.target == "binary"
    better = "categorical_crossentropy" if binary_loss else loss.name
    title = (
        "Sigmoid over exclusive classes"
        if name == "sigmoid"
        else f"{loss.label} over exclusive classes"
    )
    return _warning(
        end,
        title,
        "Each unit answers yes or no for itself, so the outputs need not add up to 1."
        if name == "sigmoid"
        else f"{loss.label} asks a yes-or-no question for each class.",
        "Each sample belongs to exactly one class: softmax with a categorical cross-entropy says "
        "so.",
        f"Use softmax and {LOSSES_BY_NAME[better].label.lower()}.",
        Fix(
            "Use softmax",
            partial(
                set_output,
                units=len(summary.class_names),
                activation="softmax",
                loss=better,
            ),
        ),
    )


def _unsuitable(end: OutputEnd, loss: LossKind, options: FrozenMap, name: str) -> Problem:
    right = loss.activations[0]
    fixes = [Fix(f"Use {right}", partial(set_output, activation=right))]
    how = f"Use {right}."
    if loss.output == "probability":
        needs = "probabilities from 0 to 1"
        if name == "linear" and any(option.name == "from_logits" for option in loss.options):
            logits = options.set("from_logits", True)
            fixes.append(Fix("Switch from_logits on", partial(set_output, loss_options=logits)))
            how = f"Use {right}, or switch from_logits on."
    elif loss.output == "sign":
        needs = "numbers from -1 to 1, whose sign decides"
    else:
        needs = "a score of either sign for each class"
    return _warning(
        end,
        f"{_begin(name)} with {loss.label.lower()}",
        f"The last layer applies {name}.",
        f"{loss.label} needs {needs}.",
        how,
        *fixes,
    )


REACH = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "softsign": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "relu": (0.0, math.inf),
    "relu6": (0.0, 6.0),
    "softplus": (0.0, math.inf),
    "exponential": (0.0, math.inf),
}
"""Values that an activation can put out."""


def _regression_problems(end: OutputEnd, loss: LossKind, summary: DataSummary) -> Iterator[Problem]:
    name = end.activation or "linear"
    to_linear = Fix("Use linear", partial(set_output, activation="linear"))
    if name == "softmax":
        yield _warning(
            end,
            "Softmax for regression",
            "Softmax makes the outputs add up to 1.",
            "For regression each output must be free to take any value: linear.",
            "Use a linear output.",
            to_linear,
        )
        return
    if loss.name == "poisson" and name not in loss.activations:
        yield _warning(
            end,
            "Poisson needs a positive output",
            f"With {name} the output may be 0 or negative, and its logarithm is not a number.",
            "Softplus or exponential keep the output positive.",
            "Use softplus.",
            Fix("Use softplus", partial(set_output, activation="softplus")),
        )
        return
    if loss.name == "cosine_similarity" and len(summary.target_names) == 1:
        yield Problem(
            where="training.loss",
            severity="warning",
            title="Cosine of a single number",
            happened="There is one target, and the cosine of two single numbers is always 1 or -1.",
            expected="Cosine similarity compares directions of vectors of several targets.",
            how_to_fix="Use mean squared error.",
            fixes=(Fix("Use mean squared error", partial(set_output, loss="mean_squared_error")),),
        )
    yield from _large_targets(summary)
    low, high = REACH.get(name, (-math.inf, math.inf))
    beyond = [s for s in summary.target_statistics if s.before[2] < low or s.before[3] > high]
    if beyond:
        target = beyond[0]
        reach = f"at least {low:g}" if high == math.inf else f"{low:g} to {high:g}"
        yield _warning(
            end,
            f"{_begin(name)} can't reach the targets",
            f"{_begin(name)} puts out {reach}; {target.name} runs from "
            f"{short_number(target.before[2])} to "
            f"{short_number(target.before[3])}.",
            "The output of a regression must be able to take every value of the target.",
            "Use a linear output.",
            to_linear,
        )


def _large_targets(summary: DataSummary) -> Iterator[Problem]:
    sized = [(s, math.hypot(s.before[0], s.before[1])) for s in summary.target_statistics]
    far = max(sized, key=lambda pair: pair[1], default=None)
    if far is not None and far[1] > LARGE_TARGET:
        yield Problem(
            where="data",
            severity="warning",
            title="Targets are large",
            happened=f"{far[0].name} is around {short_number(far[1])}; a network begins near 0.",
            expected="With the usual learning rates targets up to some hundreds are reached.",
            how_to_fix="Give the target in another unit, thousands for example, or raise the "
            "learning rate a lot.",
        )
