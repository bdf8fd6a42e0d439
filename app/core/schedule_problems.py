"""What is wrong with a learning-rate schedule, or will not do what it looks like."""

from collections.abc import Iterator
from functools import partial

from app.core.data_summary import DataSummary
from app.core.metric_catalog import history_names
from app.core.near_names import nearest
from app.core.optimizer_catalog import OPTIMIZERS_BY_NAME
from app.core.options import complete, errors_in
from app.core.problems import Fix, Problem
from app.core.project import Project, ScheduleSettings, TrainingSettings
from app.core.project_edits import (
    reset_schedule_option,
    set_early_stopping,
    set_schedule,
    set_schedule_option,
    set_training,
)
from app.core.schedule_catalog import PLATEAU, SCHEDULES_BY_NAME, ScheduleKind, share_of_a_run
from app.core.short_names import quoted

WHERE = "training.schedule"


def schedule_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    """The complaints about the schedule of `project`; `option` is a path of the training form."""
    settings = project.training.schedule
    kind = SCHEDULES_BY_NAME.get(settings.kind)
    if kind is None:
        near = nearest(settings.kind, SCHEDULES_BY_NAME)
        yield Problem(
            where=WHERE,
            option="schedule",
            severity="error",
            title="Unknown schedule",
            happened=f"There is no learning-rate schedule {quoted(settings.kind)}.",
            expected=f"Known: {', '.join(SCHEDULES_BY_NAME)}.",
            how_to_fix=f"Did you mean {near[0]}?" if near else "Choose one of these.",
            fixes=(Fix("Use a constant rate", partial(set_schedule, kind="constant")),),
        )
        return
    wrong = list(_option_problems(kind, settings))
    yield from wrong
    if kind.name == PLATEAU:
        yield from _monitor_problems(project, summary)
    if not wrong:
        yield from _TIMING.get(kind.name, _nothing)(project)


def _option_problems(kind: ScheduleKind, settings: ScheduleSettings) -> Iterator[Problem]:
    table = {option.name: option for option in kind.options}
    for name, text in errors_in(kind.options, settings.options).items():
        if name == "monitor":
            continue  # what is measured decides about it
        option = table.get(name)
        remedy = f"Use {option.format(option.default)}" if option else "Remove it"
        yield Problem(
            where=WHERE,
            option=f"schedule.{name}",
            severity="error",
            title=f"Wrong {option.label.lower()}"
            if option
            else f"Unknown option {quoted(name, 40)}",
            happened=text,
            expected=f"{kind.label}: {option.help}" if option else f"An option of {kind.label}.",
            how_to_fix=f"{remedy}.",
            fixes=(Fix(remedy, partial(reset_schedule_option, name=name)),),
        )


def _monitor_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    monitor = _value(project.training, "monitor")
    validated = summary.counts[1] > 0 or not (summary.known and summary.samples)
    known = history_names(project.training.metrics, validated)
    if monitor in known:
        return
    best = "val_loss" if "val_loss" in known else "loss"
    yield Problem(
        where=WHERE,
        option="schedule.monitor",
        severity="error",
        title="Not measured",
        happened=f"The schedule watches {monitor}, which this training does not measure.",
        expected=f"One of {', '.join(known)}.",
        how_to_fix=f"Watch {best}, measure what is watched, or use another schedule.",
        fixes=(
            Fix(f"Watch {best}", partial(set_schedule_option, name="monitor", value=best)),
            Fix("Use a constant rate", partial(set_schedule, kind="constant")),
        ),
    )


# ---------------------------------------------------------------- against the length of the run


def _nothing(_project: Project) -> Iterator[Problem]:
    return iter(())


def _value(training: TrainingSettings, name: str) -> object:
    options = SCHEDULES_BY_NAME[training.schedule.kind].options
    return complete(options, training.schedule.options)[name]


def _epochs(training: TrainingSettings, name: str) -> int:
    value = _value(training, name)
    return value if isinstance(value, int) else training.epochs


def _set(name: str, value: int) -> Fix:
    option = next(o for kind in SCHEDULES_BY_NAME.values() for o in kind.options if o.name == name)
    label = f"{option.label} {value} {'epoch' if value == 1 else 'epochs'}"
    return Fix(label, partial(set_schedule_option, name=name, value=value))


def _warning(option: str, title: str, happened: str, expected: str, *fixes: Fix) -> Problem:
    return Problem(
        where=WHERE,
        option=f"schedule.{option}",
        severity="warning",
        title=title,
        happened=happened,
        expected=expected,
        how_to_fix=f"{fixes[0].label}, or train for more epochs." if fixes else "Train for longer.",
        fixes=fixes,
    )


def _warm_up_timing(project: Project) -> Iterator[Problem]:
    training = project.training
    warm = _epochs(training, "warmup")
    if warm >= training.epochs:
        yield _warning(
            "warmup",
            "Warm-up outlasts the training",
            f"The warm-up lasts {warm:,} epochs, the training has {training.epochs:,}.",
            "A warm-up is a small part of the training; this one never reaches the learning rate.",
            *([_set("warmup", max(1, training.epochs // 10))] if training.epochs > 1 else []),
            Fix("Use a constant rate", partial(set_schedule, kind="constant")),
        )
    elif training.schedule.kind == "warmup_cosine":
        yield from _early_end(project)


def _step_timing(project: Project) -> Iterator[Problem]:
    training = project.training
    every = _epochs(training, "every")
    if every >= training.epochs:
        yield _warning(
            "every",
            "The rate never falls",
            f"It falls every {every:,} epochs, the training has {training.epochs:,}.",
            "To fall, the first step must come before the last epoch.",
            *([_set("every", max(1, training.epochs // 4))] if training.epochs > 1 else []),
            Fix("Use a constant rate", partial(set_schedule, kind="constant")),
        )


def _milestone_timing(project: Project) -> Iterator[Problem]:
    training = project.training
    milestones = _value(training, "milestones")
    late = (
        [e for e in milestones if isinstance(e, int) and e >= training.epochs]
        if isinstance(milestones, tuple)
        else []
    )
    if late:
        spread = share_of_a_run("milestones", training.epochs)
        assert isinstance(spread, tuple)
        yield _warning(
            "milestones",
            "A fall after the end",
            f"The rate falls after epoch {late[0]:,}, the training has {training.epochs:,}.",
            "Falls within the training.",
            Fix(
                f"Fall after {'epochs' if len(spread) > 1 else 'epoch'} "
                f"{' and '.join(map(str, spread))}",
                partial(set_schedule_option, name="milestones", value=spread),
            ),
        )


def _early_end(project: Project) -> Iterator[Problem]:
    """The rate comes down by a plan, and early stopping may end the training before that."""
    training = project.training
    if not training.early_stopping.enabled:
        return
    yield Problem(
        where=WHERE,
        option="schedule",
        severity="info",
        title="Early stopping may come first",
        happened="The rate falls until the last planned epoch; early stopping may end the training "
        "before.",
        expected="The gain of a falling rate comes at its end.",
        how_to_fix="Train all epochs, or plan no more of them than are needed.",
        fixes=(Fix("Switch early stopping off", partial(set_early_stopping, enabled=False)),),
    )


def _length_timing(project: Project) -> Iterator[Problem]:
    training = project.training
    length = _epochs(training, "epochs")
    if length > training.epochs:
        yield _warning(
            "epochs",
            "The schedule outlasts the training",
            f"The rate falls over {length:,} epochs, the training has {training.epochs:,}.",
            "The rate of the end is reached when both are equally long.",
            Fix(
                "Fall over all epochs",
                partial(set_schedule_option, name="epochs", value=None),
            ),
            Fix(f"{length:,} epochs", partial(set_training, epochs=length)),
        )
    else:
        yield from _early_end(project)


def _plateau_timing(project: Project) -> Iterator[Problem]:
    training, stopping = project.training, project.training.early_stopping
    patience = _epochs(training, "patience")
    if patience >= training.epochs:
        yield _warning(
            "patience",
            "Patience outlasts the training",
            f"The rate falls after {patience:,} epochs without improvement, the training has "
            f"{training.epochs:,}.",
            "To fall, patience must be shorter than the training.",
            *([_set("patience", max(1, training.epochs // 10))] if training.epochs > 1 else []),
        )
    elif (
        stopping.enabled
        and stopping.monitor == _value(training, "monitor")
        and patience >= stopping.patience
    ):
        half = max(1, stopping.patience // 2)
        yield Problem(
            where=WHERE,
            option="schedule.patience",
            severity="warning",
            title="Early stopping comes first",
            happened=f"The rate falls after {patience:,} epochs without improvement; early "
            f"stopping ends the training after {stopping.patience:,}.",
            expected="The rate falls before the training is given up.",
            how_to_fix="Use less patience for the rate, or more for early stopping.",
            fixes=(
                *([_set("patience", half)] if half < patience else []),
                Fix(
                    f"Early stopping after {2 * patience:,} epochs",
                    partial(set_early_stopping, patience=2 * patience),
                ),
            ),
        )
    rate = _learning_rate(training)
    least = _value(training, "min_lr")
    if rate is not None and isinstance(least, (int, float)) and least >= rate:
        yield _warning(
            "min_lr",
            "The rate can't fall",
            f"The min. rate is {least:g}, the learning rate {rate:g}.",
            "A min. rate below the learning rate.",
            Fix("Min. rate 0", partial(set_schedule_option, name="min_lr", value=0.0)),
        )


def _learning_rate(training: TrainingSettings) -> float | None:
    kind = OPTIMIZERS_BY_NAME.get(training.optimizer.kind)
    if kind is None:
        return None
    value = complete(kind.options, training.optimizer.options).get("learning_rate")
    return float(value) if isinstance(value, (int, float)) else None


_TIMING = {
    "step": _step_timing,
    "milestones": _milestone_timing,
    "polynomial": _length_timing,
    "cosine": _length_timing,
    "warmup": _warm_up_timing,
    "warmup_cosine": _warm_up_timing,
    PLATEAU: _plateau_timing,
}
