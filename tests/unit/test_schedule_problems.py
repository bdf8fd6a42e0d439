"""What is said of a schedule that cannot work, and that each remedy mends it."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap, OptionValue
from app.core.optimizer_catalog import OPTIMIZERS
from app.core.options import ChoiceOption, FloatOption, IntegerOption, ShapeOption
from app.core.problems import Problem
from app.core.project import Project, ScheduleSettings
from app.core.project_edits import (
    reset_schedule_option,
    set_early_stopping,
    set_schedule,
    set_schedule_option,
    set_split,
    set_training,
    without_metric,
)
from app.core.resolve import resolve
from app.core.schedule_catalog import SCHEDULES, SCHEDULES_BY_NAME, ScheduleKind
from app.core.templates import start_from
from app.core.training_options import training_options, training_values, with_training_value


def scheduled(kind: str, epochs: int = 100, stopping: bool = False, **options: object) -> Project:
    project = set_training(
        start_from("moons"),
        schedule=ScheduleSettings(kind=kind, options=FrozenMap(options)),
        epochs=epochs,
    )
    return set_early_stopping(project, enabled=stopping, monitor="val_loss", patience=15)


def problems(project: Project) -> list[Problem]:
    found = resolve(project, summary_of(project.data)).problems
    return [problem for problem in found if problem.where == "training.schedule"]


@pytest.mark.parametrize("kind", SCHEDULES, ids=lambda kind: kind.name)
def test_defaults_are_no_problem(kind: ScheduleKind) -> None:
    assert problems(scheduled(kind.name)) == []


WRONG = [
    (scheduled("nonsense"), "error", "schedule"),
    (scheduled("step", every=0), "error", "schedule.every"),
    (scheduled("step", colour="red"), "error", "schedule.colour"),
    (scheduled("cosine", alpha=1.5), "error", "schedule.alpha"),
    (scheduled("plateau", monitor="val_recall"), "error", "schedule.monitor"),
    (scheduled("plateau", monitor="nothing"), "error", "schedule.monitor"),
    (scheduled("plateau", factor=1.0), "error", "schedule.factor"),
    (set_split(scheduled("plateau"), validation_share=0.0), "error", "schedule.monitor"),
    (scheduled("warmup", epochs=5), "warning", "schedule.warmup"),
    (scheduled("warmup_cosine", epochs=3), "warning", "schedule.warmup"),
    (scheduled("step", epochs=20), "warning", "schedule.every"),
    (scheduled("milestones", milestones=(20, 30), epochs=25), "warning", "schedule.milestones"),
    (scheduled("plateau", epochs=10), "warning", "schedule.patience"),
    (scheduled("plateau", stopping=True, patience=15), "warning", "schedule.patience"),
    (scheduled("plateau", min_lr=1.0), "warning", "schedule.min_lr"),
    (scheduled("cosine", stopping=True), "info", "schedule"),
    (scheduled("warmup_cosine", stopping=True), "info", "schedule"),
    (
        set_schedule_option(scheduled("polynomial"), name="epochs", value=101),
        "warning",
        "schedule.epochs",
    ),
]


@pytest.mark.parametrize(("project", "severity", "option"), WRONG)
def test_it_is_said_where_it_stands_and_each_remedy_mends_it(
    project: Project, severity: str, option: str
) -> None:
    (problem,) = problems(project)
    assert (problem.severity, problem.option) == (severity, option)
    for text in (problem.happened, problem.expected, problem.how_to_fix):
        assert text[0].isupper()
        assert text.endswith((".", "?"))
    assert problem.fixes
    for fix in problem.fixes:
        assert problem.title not in [p.title for p in problems(fix.edit(project))]


def test_a_run_of_one_epoch_still_gets_a_remedy_that_works() -> None:
    for kind in ("warmup", "step", "milestones"):
        (problem,) = problems(scheduled(kind, epochs=1))
        assert problem.severity == "warning"


def test_another_schedule_keeps_what_both_have() -> None:
    project = scheduled("step", every=7, factor=0.2)
    other = set_schedule(project, kind="exponential").training.schedule
    assert dict(other.options) == {"every": 7, "factor": 0.2}
    assert dict(set_schedule(project, kind="plateau").training.schedule.options) == {"factor": 0.2}
    one = scheduled("step", factor=1.0)  # which a plateau refuses
    assert not set_schedule(one, kind="plateau").training.schedule.options
    back = reset_schedule_option(project, name="every").training.schedule
    assert dict(back.options) == {"factor": 0.2}


def test_a_metric_that_goes_is_no_longer_watched() -> None:
    project = scheduled("plateau", monitor="val_accuracy")
    assert problems(project) == []
    assert problems(without_metric(project, name="accuracy")) == []


ANOTHER: dict[type, Callable[[Any], OptionValue]] = {
    IntegerOption: lambda value: (value or 0) + 1,
    FloatOption: lambda value: 0.25 if value != 0.25 else 0.75,
    ShapeOption: lambda _value: (3, 5, 9),
    ChoiceOption: lambda _value: "val_accuracy",
}


@pytest.mark.parametrize("kind", SCHEDULES, ids=lambda kind: kind.name)
def test_every_option_in_the_training_form(kind: ScheduleKind) -> None:
    project = scheduled(kind.name)
    summary = summary_of(project.data)
    training = with_training_value(project.training, "schedule", kind.name)
    options = training_options(training, summary)
    mine = {option.name: option for option in options if option.name.startswith("schedule.")}
    assert list(mine) == [f"schedule.{option.name}" for option in kind.options]
    for option in mine.values():
        value = training_values(training, (option,))[option.name]
        wanted = ANOTHER[type(option)](value)
        assert option.check(wanted) is None
        changed = with_training_value(training, option.name, wanted)
        assert training_values(changed, (option,))[option.name] == wanted
        assert training_options(changed, summary) is options


def test_the_rate_stands_with_its_schedule() -> None:
    project = scheduled("constant")
    options = training_options(project.training, summary_of(project.data))
    group = [option.name for option in options if option.group == "Learning rate"]
    assert group == ["optimizer.learning_rate", "schedule"]
    assert all(kind.option("learning_rate") for kind in OPTIMIZERS)


@pytest.mark.parametrize("epochs", [2, 5, 10, 30, 100])
@pytest.mark.parametrize("kind", SCHEDULES, ids=lambda kind: kind.name)
def test_a_schedule_that_is_chosen_begins_within_the_planned_epochs(
    kind: ScheduleKind, epochs: int
) -> None:
    project = set_training(scheduled("constant"), epochs=epochs)
    chosen = set_schedule(project, kind=kind.name)
    assert [p for p in problems(chosen) if p.severity != "info"] == []
    if epochs == 100:  # where the defaults do
        assert not chosen.training.schedule.options


def test_a_list_of_epochs_is_written_as_one() -> None:
    option = SCHEDULES_BY_NAME["milestones"].options[0]
    assert option.format((15, 22)) == "15, 22"
    assert option.parse("15, 22") == option.parse("15 22") == (15, 22)
    with pytest.raises(ValueError, match="3, 3"):
        option.parse("soon")
    chosen = set_schedule(set_training(scheduled("constant"), epochs=30), kind="milestones")
    assert chosen.training.schedule.options["milestones"] == (15, 22)
