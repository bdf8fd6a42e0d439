"""From the project and a summary of its data to everything that follows: shapes, counts, problems.
Pure.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from app.core.augmentation import range_problems
from app.core.data_settings import BuiltinSource
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import source_errors
from app.core.finding_problems import finding_problems, weight_problems
from app.core.frozen import FrozenMap
from app.core.input_scale import scale_problems, set_preprocessing
from app.core.kept_problems import Shapes, all_frozen, kept_problems
from app.core.loss_catalog import LOSSES, LOSSES_BY_NAME, LossKind
from app.core.memory_size import memory_limit
from app.core.metric_catalog import METRICS_BY_NAME, history_names, metric_obstacle
from app.core.near_names import nearest
from app.core.number_words import counted
from app.core.optimizer_catalog import CLIPPING, OPTIMIZERS_BY_NAME
from app.core.options import Option, errors_in
from app.core.output_advisor import ADVICE, output_problems
from app.core.problems import Fix, Problem
from app.core.project import Project
from app.core.project_edits import (
    fit_output,
    reset_data_option,
    reset_loss_option,
    reset_optimizer_option,
    set_early_stopping,
    set_optimizer,
    set_optimizer_option,
    set_split,
    set_training,
    without_metric,
)
from app.core.resolved_project import ResolvedProject
from app.core.schedule_problems import schedule_problems
from app.core.shape_inference import infer_network
from app.core.short_names import quoted
from app.core.training_memory import FLOAT_BYTES, too_large, training_bytes_of

_SEVERITIES = ("error", "warning", "info")


def resolve(
    project: Project,
    summary: DataSummary,
    memory_limit_bytes: int | None = None,
    kept: Mapping[str, Shapes] | None = None,
) -> ResolvedProject:
    """Everything that follows from `project` and its data.

    Args:
        project: whatever the user chose, however wrong.
        summary: what is known of its data; it need not be loaded. Of data that nobody knows yet,
            or that have no samples yet, nothing is said that would follow from them.
        memory_limit_bytes: a network that needs more, beside the memory set aside for samples on
            disk, is an error; by default 60 % of this computer's memory.
        kept: shapes of the kept weights by key; None says nothing of them.
    """
    shape = summary.input_shape if summary.known else None
    layers, network_problems = infer_network(project.network, shape)
    batch = full_step(project, summary)
    known = all(layer.parameters is not None for layer in layers) and bool(layers)
    parameters = sum(layer.parameters or 0 for layer in layers) if known else None
    fixed = sum(layer.fixed_parameters for layer in layers)
    weight_bytes = None if parameters is None else FLOAT_BYTES * (parameters + fixed)
    training_bytes = training_bytes_of(project, layers, batch) if known else None
    problems: list[Problem] = [
        *_data_problems(project, summary),
        *network_problems,
        *all_frozen(layers),
        *(kept_problems(layers, kept) if kept is not None else ()),
        *(output_problems(project, summary, layers) if _is_told(summary) else ()),
        *_loss_problems(project, summary),
        *_metric_problems(project, summary),
        *_optimizer_problems(project),
        *_step_problems(project, summary),
        *_stopping_problems(project, summary),
        *schedule_problems(project, summary),
        *scale_problems(summary),
        *range_problems(project, summary),
        *(weight_problems(project, summary) if _is_told(summary) else ()),
        *finding_problems(project, summary),
    ]
    limit = memory_limit() if memory_limit_bytes is None else memory_limit_bytes
    if summary.streamed:  # what is set aside for samples is not there for the network
        limit = max(0, limit - project.data.memory_mib * 2**20)
    if training_bytes is not None and training_bytes > limit:
        problems.append(too_large(project, layers, batch, training_bytes, limit))
    problems.sort(key=lambda problem: _SEVERITIES.index(problem.severity))
    return ResolvedProject(
        project=project,
        summary=summary,
        layers=layers,
        problems=tuple(problems),
        parameters=parameters,
        weight_bytes=weight_bytes,
        training_bytes=training_bytes,
        batch_size=batch,
        steps_per_epoch=math.ceil(summary.counts[0] / batch),
    )


def _is_told(summary: DataSummary) -> bool:
    """Whether counts and targets are those of data, not of what may become some."""
    return summary.known and summary.samples > 0


def full_step(project: Project, summary: DataSummary) -> int:
    """How many samples a full step takes; never more than there are to train on."""
    training = project.training
    if not _is_told(summary):
        return training.batch_size if training.batch_mode == "mini_batch" else 1
    samples = max(1, summary.counts[0])
    if training.batch_mode == "full_batch":
        return samples
    return 1 if training.batch_mode == "stochastic" else min(training.batch_size, samples)


# ---------------------------------------------------------------- data


def _data_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    source = project.data.source
    if isinstance(source, BuiltinSource):
        for name, text in source_errors(source).items():
            yield Problem(
                where="data",
                option=name or None,
                severity="error",
                title="Unknown data set" if not name else "Wrong option of the data",
                happened=text,
                expected="A data set of the list, with options in their range.",
                how_to_fix="Choose another value." if name else "Choose another data set.",
                fixes=(Fix("Use the default", partial(reset_data_option, name=name)),)
                if name
                else (),
            )
    if summary.counts[0] < 1 and _is_told(summary):
        yield Problem(
            where="data.split",
            severity="error",
            title="Nothing to train on",
            happened=f"Of {summary.samples} samples none is in the training part.",
            expected="At least one sample is needed to train.",
            how_to_fix="Make the validation and the test part smaller, or use more data.",
        )
    if project.data.split.validation_trains:
        yield Problem(
            where="data.split",
            severity="info",
            title="Refit: the validation part trains too",
            happened="That is as wanted for a refit, the last training with settings that are "
            "chosen: it learns from the validation part's samples, too.",
            expected="Until the test vault is opened no figure tells how well it does on others.",
            how_to_fix="Nothing needs to be done. It validates again as soon as settings are to be "
            "chosen anew: undo the refit, or press the button.",
            fixes=(Fix("Validate again", partial(set_split, validation_trains=False)),),
        )
    if project.data.preprocessing == "pixels" and not summary.pictures and summary.loaded:
        yield Problem(
            where="data.preprocessing",
            severity="warning",
            title="Pixels is for pictures",
            happened="The preprocessing pixels divides by the largest value that a pixel can have.",
            expected="These data are no pictures; standardize suits them.",
            how_to_fix="Choose standardize.",
            fixes=(Fix("Standardize", partial(set_preprocessing, preprocessing="standardize")),),
        )


# ---------------------------------------------------------------- loss and metrics


def _loss_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    training = project.training
    kind = LOSSES_BY_NAME.get(training.loss)
    usual = LOSSES_BY_NAME[ADVICE[summary.task][1]]
    advice = Fix(f"Use {usual.label.lower()}", partial(fit_output, summary=_light(summary)))
    if kind is None:
        fix = advice if _is_told(summary) else None
        yield _unknown("training.loss", "loss", training.loss, list(LOSSES_BY_NAME), fix)
        return
    if summary.task not in kind.tasks and _is_told(summary):
        yield Problem(
            where="training.loss",
            option="loss",
            severity="error",
            title=f"{kind.label} is not for {_TASKS[summary.task]}",
            happened=f"The data ask for {_TASKS[summary.task]}; {kind.label} is for "
            f"{_suited(kind)}.",
            expected=f"For example {_examples(summary)}.",
            how_to_fix=f"Choose {usual.label.lower()}.",
            fixes=(advice,),
        )
    yield from _option_problems(
        "training.loss", kind.label, kind.options, training.loss_options, reset_loss_option
    )


_TASKS = {
    "binary": "two classes",
    "multiclass": "several classes",
    "regression": "regression",
}


def _suited(kind: LossKind) -> str:
    return " and ".join(_TASKS[task] for task in kind.tasks)


def _examples(summary: DataSummary) -> str:
    fitting = [loss.label.lower() for loss in LOSSES if summary.task == loss.tasks[0]]
    return ", ".join(fitting[:3])


def _light(summary: DataSummary) -> DataSummary:
    """What an edit needs to know of the data; fixes are kept in many places."""
    return DataSummary(
        title=summary.title,
        task=summary.task,
        input_shape=summary.input_shape,
        target_names=summary.target_names,
        class_names=summary.class_names,
        counts=summary.counts,
    )


def _metric_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    training = project.training
    loss = LOSSES_BY_NAME.get(training.loss)
    seen: set[str] = set()
    for name in training.metrics:
        remove = Fix("Remove it", partial(without_metric, name=name))
        kind = METRICS_BY_NAME.get(name)
        if name in seen:
            yield Problem(
                where="training.metrics",
                option=name,
                severity="error",
                title=f"{name} twice",
                happened=f"The metric {name} is listed twice.",
                expected="Each metric once.",
                how_to_fix="Remove one of them.",
                fixes=(Fix("Remove one", partial(without_metric, name=name, keep_first=True)),),
            )
        elif kind is None:
            yield _unknown("training.metrics", "metric", name, list(METRICS_BY_NAME), remove)
        elif loss is not None and summary.task in loss.tasks and _is_told(summary):
            obstacle = metric_obstacle(kind, loss, training.loss_options, summary)
            if obstacle:
                yield Problem(
                    where="training.metrics",
                    option=name,
                    severity="error",
                    title=f"{kind.label} can't be measured",
                    happened=obstacle,
                    expected="A metric that goes with the task and the loss.",
                    how_to_fix="Remove this metric, or choose another loss.",
                    fixes=(remove,),
                )
        seen.add(name)


# ---------------------------------------------------------------- optimizer and steps


def _optimizer_problems(project: Project) -> Iterator[Problem]:
    settings = project.training.optimizer
    kind = OPTIMIZERS_BY_NAME.get(settings.kind)
    if kind is None:
        adam = Fix("Use Adam", partial(set_optimizer, kind="Adam"))
        yield _unknown(
            "training.optimizer", "optimizer", settings.kind, list(OPTIMIZERS_BY_NAME), adam
        )
        return
    yield from _option_problems(
        "training.optimizer", kind.label, kind.options, settings.options, reset_optimizer_option
    )
    clipping = [name for name in CLIPPING if settings.options.get(name) is not None]
    if len(clipping) > 1:
        yield Problem(
            where="training.optimizer",
            option=clipping[1],
            severity="error",
            title="Gradients clipped in two ways",
            happened=f"{' and '.join(clipping)} are both set.",
            expected="Keras takes only one of clipnorm, clipvalue and global_clipnorm.",
            how_to_fix=f"Keep {clipping[0]} and set the other to none.",
            fixes=tuple(
                Fix(f"Keep {name}", partial(_keep_clipping, name=name)) for name in clipping
            ),
        )


def _keep_clipping(project: Project, *, name: str) -> Project:
    for other in CLIPPING:
        if other != name and project.training.optimizer.options.get(other) is not None:
            project = set_optimizer_option(project, name=other, value=None)
    return project


def _step_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    training, samples = project.training, summary.counts[0]
    if not _is_told(summary):
        return
    if training.batch_mode == "mini_batch" and training.batch_size > samples >= 1:
        yield Problem(
            where="training.batch_size",
            option="batch_size",
            severity="warning",
            title="Batch larger than the training part",
            happened=f"The batch size is {training.batch_size:,}, the training part has "
            f"{counted(samples, 'sample')}.",
            expected="A mini-batch is a small part of them; this way each epoch is one step.",
            how_to_fix="Use a smaller batch, or say full batch.",
            fixes=(
                Fix("Batch size 32", partial(set_training, batch_size=32)),
                Fix("Full batch", partial(set_training, batch_mode="full_batch")),
            )
            if samples > 32
            else (Fix("Full batch", partial(set_training, batch_mode="full_batch")),),
        )


def _stopping_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    training = project.training
    stopping = training.early_stopping
    if not stopping.enabled:
        return
    validated = summary.counts[1] > 0 or not _is_told(summary)
    known = history_names(training.metrics, validated)
    off = Fix("Switch early stopping off", partial(set_early_stopping, enabled=False))
    if stopping.monitor not in known:
        bare = stopping.monitor.removeprefix("val_")
        if not validated and bare in history_names(training.metrics, validated=False):
            yield Problem(
                where="training.early_stopping",
                option="monitor",
                severity="error",
                title="No validation part to watch",
                happened=f"Early stopping watches {stopping.monitor}, and no sample is in the "
                "validation part.",
                expected="Early stopping needs samples that are not trained on.",
                how_to_fix="Keep 15 % of the data for validation, or switch early stopping off.",
                fixes=(
                    Fix(
                        "Keep 15 % for validation",
                        partial(set_split, validation_share=0.15, validation_trains=False),
                    ),
                    off,
                ),
            )
        else:
            monitor = "val_loss" if validated else "loss"
            yield _unknown(
                "training.early_stopping",
                "value to watch",
                stopping.monitor,
                list(known),
                Fix(f"Watch {monitor}", partial(set_early_stopping, monitor=monitor)),
                option="monitor",
            )
    if stopping.patience >= training.epochs:
        patience = max(1, training.epochs // 5)
        yield Problem(
            where="training.early_stopping",
            option="patience",
            severity="warning",
            title="Patience outlasts the training",
            happened=f"Patience is {counted(stopping.patience, 'epoch')}, the training has "
            f"{training.epochs:,}.",
            expected="To stop early, patience must be shorter than the training.",
            how_to_fix="Use less patience or more epochs.",
            fixes=(
                Fix(f"Patience {patience}", partial(set_early_stopping, patience=patience)),
                off,
            ),
        )


# ---------------------------------------------------------------- shared


def _unknown(
    where: str,
    what: str,
    name: str,
    known: list[str],
    fix: Fix | None,
    option: str | None = None,
) -> Problem:
    near = nearest(name, known)
    return Problem(
        where=where,
        option=option or (name if what == "metric" else what),
        severity="error",
        title=f"Unknown {what}",
        happened=f"There is no {what} {quoted(name)}.",
        expected=f"Known: {', '.join(known)}.",
        how_to_fix=f"Did you mean {near[0]}?" if near else "Choose one of these.",
        fixes=() if fix is None else (fix,),
    )


def _option_problems(
    where: str,
    label: str,
    options: tuple[Option, ...],
    given: FrozenMap,
    reset: Callable[..., Project],
) -> Iterator[Problem]:
    table = {option.name: option for option in options}
    for name, text in errors_in(options, given).items():
        option = table.get(name)
        default = option.format(option.default) if option else None
        yield Problem(
            where=where,
            option=name,
            severity="error",
            title=f"Wrong {option.label.lower()}"
            if option
            else f"Unknown option {quoted(name, 40)}",
            happened=text,
            expected=f"{label}: {option.help}" if option else f"An option of {label}.",
            how_to_fix=f"Use {default}." if default else "Remove it.",
            fixes=(Fix(f"Use {default}" if default else "Remove it", partial(reset, name=name)),),
        )
