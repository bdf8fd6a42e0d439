"""What is wrong with a search, where it stands, and that each remedy mends it."""

import pickle
from dataclasses import replace

import pytest
from hypothesis import given

from app.core.data_summary import DataSummary
from app.core.dataset_catalog import summary_of
from app.core.problems import Problem
from app.core.project import Project
from app.core.project_edits import set_split
from app.core.search_settings import Dimension
from app.core.search_space import (
    default_dimension,
    grid_size,
    marked,
    search_problems,
    searchable,
)
from app.core.templates import TEMPLATES, Template, start_from
from tests.unit.search_spaces import listed, project_with, spaces

SUMMARY = summary_of(project_with().data)
UNITS = listed("network.wide.units", 4, 8)


def found(project: Project, where: str, summary: DataSummary = SUMMARY) -> Problem:
    """The only complaint at `where`; its remedies are tried."""
    problems = [p for p in search_problems(project, summary) if p.where == where]
    assert len(problems) == 1, problems
    (problem,) = problems
    for text in (problem.title, problem.happened, problem.expected, problem.how_to_fix):
        assert text
    for text in (problem.happened, problem.expected, problem.how_to_fix):
        assert text.endswith((".", "?")), text
    for fix in problem.fixes:
        mended = pickle.loads(pickle.dumps(fix.edit))(project)  # noqa: S301
        assert Project.model_validate(mended.model_dump()) == mended
        after = [p for p in search_problems(mended, summary) if p.where == where]
        assert problem.title not in [p.title for p in after], (fix.label, after)
    return problem


def test_a_search_that_is_well_has_none() -> None:
    assert search_problems(project_with(UNITS, trials=2), SUMMARY) == ()


DIMENSIONS: dict[str, tuple[Dimension, str, str, int]] = {
    "unknown path": (listed("network.wide.unitz", 1, 2), "error", "Not there", 1),
    "unknown layer": (listed("network.gone.units", 1, 2), "error", "Not there", 1),
    "empty": (Dimension(path="network.wide.units"), "error", "Nothing to try", 2),
    "refused value": (listed("network.wide.units", 4, 0), "error", "A value that is not", 2),
    "no value is allowed": (listed("network.wide.units", -1, 0), "error", "A value that is not", 2),
    "refused end": (
        Dimension(path="training.optimizer.learning_rate", low=-1.0, high=1.0),
        "error",
        "A value that is not",
        2,
    ),
    "half a unit": (
        Dimension(path="network.wide.units", low=1.5, high=3),
        "error",
        "A value that is not",
        2,
    ),
    "upside down": (Dimension(path="network.wide.units", low=9, high=3), "error", "Upside down", 1),
    "log from 0": (
        Dimension(path="training.early_stopping.min_delta", low=0.0, high=1.0, log=True),
        "error",
        "No factors",
        1,
    ),
    "range of words": (
        Dimension(path="network.wide.activation", low=1, high=2),
        "error",
        "No numbers",
        2,
    ),
    "no step": (
        Dimension(path="network.wide.units", low=1, high=9, step=0),
        "error",
        "A step that leads nowhere",
        1,
    ),
    "half a step": (
        Dimension(path="network.wide.units", low=1, high=9, step=0.5),
        "error",
        "A step that leads nowhere",
        1,
    ),
    "end missed": (
        Dimension(path="network.wide.units", low=1, high=10, step=4),
        "warning",
        "10 is never tried",
        2,
    ),
    "tiny steps": (
        Dimension(path="training.optimizer.learning_rate", low=0.1, high=1.0, step=1e-9),
        "warning",
        "Very small steps",
        1,
    ),
    "counts for nothing": (
        listed("training.optimizer.ema_momentum", 0.5, 0.9),
        "warning",
        "Counts for nothing",
        1,
    ),
    "of another schedule": (
        listed("training.schedule.every", 2, 3),
        "warning",
        "Counts for nothing",
        1,
    ),
    "no copies": (
        listed("network.wide.units", 4, 8, each_copy=True),
        "info",
        "There are no copies",
        1,
    ),
    "one value": (listed("network.wide.units", 4, 4), "info", "One value", 1),
    "cannot be trained": (
        listed("network.out.units", 1, 3),
        "warning",
        "Trials that can't be trained",
        2,
    ),
    "copies of the output": (listed("network.out.copies", 1, 2), "error", "Not there", 1),
}


@pytest.mark.parametrize("name", DIMENSIONS)
def test_what_is_wrong_with_a_dimension(name: str) -> None:
    dimension, severity, title, fixes = DIMENSIONS[name]
    project = project_with(dimension, listed("training.batch_size", 8, 16), trials=2)
    problem = found(project, dimension.path)
    assert problem.severity == severity
    assert problem.title.startswith(title)
    assert len(problem.fixes) == fixes


@pytest.mark.parametrize(
    ("dimension", "words"),
    [
        (listed("network.wide.units", 4, 0), "Units of wide can't be 0."),
        (
            Dimension(path="training.optimizer.learning_rate", low=0.1, high=0.01),
            "Learning rate goes from 0.1 to 0.01.",
        ),
        (
            listed("training.optimizer.ema_momentum", 0.5, 0.9),
            "does not count with Average weights as set.",
        ),
        (listed("network.out.units", 1, 3), "Units of out at 3: "),
    ],
)
def test_options_are_called_as_in_their_forms(dimension: Dimension, words: str) -> None:
    project = project_with(dimension, listed("training.batch_size", 8, 16), trials=2)
    assert words in found(project, dimension.path).happened
    copies = project_with(listed("network.wide.copies", 2, 3), listed("network.wide[2].units", 0))
    problem = next(p for p in search_problems(copies, SUMMARY) if "[2]" in p.where)
    assert problem.happened == "Units of copy 2 of wide can't be 0."


def test_what_a_searched_kind_or_condition_makes_count_is_well() -> None:
    project = project_with(
        listed("training.optimizer.momentum", 0.1, 0.5),
        listed("training.optimizer", "Adam", "SGD"),
        listed("training.optimizer.use_ema", False, True),
        listed("training.optimizer.ema_momentum", 0.9, 0.99),
        listed("network.wide.copies", 1, 2),
        listed("network.wide.units", 4, 8, each_copy=True),
        trials=3,
    )
    assert search_problems(project, SUMMARY) == ()


def test_nothing_searched_is_an_error_unless_it_is_a_single_trial() -> None:
    assert found(project_with(trials=2), "search.space").severity == "error"
    assert search_problems(project_with(trials=1), SUMMARY) == ()


def _grid(*counts: int) -> Project:
    paths = ("network.wide.units", "network.deep.units", "training.batch_size", "training.epochs")
    space = (listed(p, *range(1, n + 1)) for p, n in zip(paths, counts, strict=False))
    return project_with(*space, sampler="grid")


def test_large_grids_are_warned_of_and_enormous_ones_refused() -> None:
    assert grid_size(_grid(100, 100)) == 10_000
    assert search_problems(_grid(100, 100), SUMMARY) == ()
    assert found(_grid(101, 100), "search.sampler").severity == "warning"
    million = _grid(100, 100, 100)
    assert found(million, "search.sampler").severity == "warning"
    refused = found(_grid(100, 100, 101), "search.sampler")
    assert refused.severity == "error"
    assert "more than 1,000,000" in refused.happened
    assert search_problems(_grid(100, 100, 101).model_copy(
        update={"search": _grid(100, 100, 101).search.model_copy(update={"sampler": "random"})}
    ), SUMMARY) == ()  # fmt: skip


def test_more_trials_than_settings_are_told() -> None:
    problem = found(project_with(UNITS, trials=3), "search.trials")
    assert problem.severity == "warning"
    assert "2 different" in problem.title


def test_a_score_that_is_not_measured() -> None:
    unknown = found(project_with(UNITS, trials=2, score="accuracyy"), "search.score")
    assert unknown.severity == "error"
    assert "'accuracyy'" in unknown.happened
    assert unknown.how_to_fix == "Did you mean Accuracy?"
    other = found(project_with(UNITS, trials=2, score="precision"), "search.score")
    assert next(fix.label for fix in other.fixes) == "Measure Precision"
    for score in ("", "loss", "accuracy"):
        assert search_problems(project_with(UNITS, trials=2, score=score), SUMMARY) == ()


@pytest.mark.parametrize(
    "path", ["training.loss.label_smoothing", "network.wide.kernel_regularizer"]
)
def test_losses_that_mean_different_things_are_no_score(path: str) -> None:
    values = (0.0, 0.1) if path.startswith("training") else ("l1", "l2")
    project = project_with(listed(path, *values), trials=2, score="loss")
    assert found(project, "search.score").severity == "warning"
    by_accuracy = project_with(listed(path, *values), trials=2)
    assert search_problems(by_accuracy, SUMMARY) == ()


def test_no_validation_part_to_score_by() -> None:
    project = set_split(project_with(UNITS, trials=2, scored_by="validation"), validation_share=0.0)
    summary = replace(SUMMARY, counts=(850, 0, 150))
    problem = found(project, "search.scored_by", summary)
    assert problem.severity == "error"


def _counted(*classes: tuple[int, int, int]) -> DataSummary:
    names = tuple(f"class {n}" for n in range(len(classes)))
    first, second, third = (sum(part) for part in zip(*classes, strict=True))
    return replace(SUMMARY, class_names=names, class_counts=classes, counts=(first, second, third))


def test_more_folds_than_samples() -> None:
    project = project_with(UNITS, trials=2, folds=7)
    few = _counted((2, 1, 9), (2, 1, 9))
    problem = found(project, "search.folds", few)
    assert problem.severity == "error"
    assert [fix.label for fix in problem.fixes] == ["6 folds"]
    assert not [p for p in search_problems(project, SUMMARY) if p.where == "search.folds"]


def test_by_time_one_sample_more_is_needed() -> None:
    timed = set_split(project_with(UNITS, trials=2, folds=6), by="time")
    assert found(timed, "search.folds", _counted((2, 1, 9), (2, 1, 9))).severity == "error"
    assert not [
        p
        for p in search_problems(timed, _counted((3, 1, 9), (2, 1, 9)))
        if p.where == "search.folds"
    ]


def test_a_fold_without_a_class() -> None:
    project = project_with(UNITS, trials=2, folds=5)
    rare = _counted((50, 9, 9), (2, 1, 1))
    problem = found(project, "search.folds", rare)
    assert problem.severity == "warning"
    assert "'class 1'" in problem.happened
    assert "3 of the 62" in problem.happened
    assert [fix.label for fix in problem.fixes] == ["3 folds"]
    assert found(project, "search.folds", _counted((3, 1, 9), (2, 1, 9))).severity == "error"
    plenty = _counted((50, 9, 9), (4, 1, 0))
    assert not [p for p in search_problems(project, plenty) if p.where == "search.folds"]


def test_of_data_that_nobody_has_read_nothing_is_said() -> None:
    project = project_with(UNITS, trials=2, folds=100)
    unknown = replace(SUMMARY, known=False, counts=(0, 0, 0))
    assert search_problems(project, unknown) == ()


@given(spaces(most=8))
def test_spaces_whose_values_are_allowed_have_no_errors(space: tuple[Dimension, ...]) -> None:
    project = project_with(*space, trials=2)
    problems = search_problems(project, SUMMARY)
    assert [p for p in problems if p.severity == "error"] == []


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_usual_dimension_of_everything_has_no_error(template: Template) -> None:
    project = start_from(template.example, template.name)
    for path, entry in list(searchable(project).items())[::7]:
        if len(project.search.space) < 40:
            project = marked(project, default_dimension(project, path, entry.option))
    problems = search_problems(project, summary_of(project.data))
    assert [p for p in problems if p.severity == "error"] == []
