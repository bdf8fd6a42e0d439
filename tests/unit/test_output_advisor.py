"""The output advisor: what fits is left in peace, what does not is named and mended in one edit."""

import pickle
from dataclasses import replace

import pytest

from app.core.data_summary import DataSummary, FeatureStatistics
from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.input_scale import scale_problems
from app.core.loss_catalog import LOSSES, LOSSES_BY_NAME, units_needed
from app.core.network import Network
from app.core.output_advisor import advise, right_activations
from app.core.output_end import output_end
from app.core.problems import Problem
from app.core.project import Project
from app.core.project_edits import set_layer_option, set_loss, set_loss_option, set_training
from app.core.resolve import resolve
from app.core.templates import network_of, start_from


def made(
    dataset: str,
    *specs: tuple[str, dict[str, object]],
    loss: str | None = None,
    metrics: tuple[str, ...] | None = None,
    **loss_options: object,
) -> Project:
    """A project on a data set whose network is the given layers."""
    project = start_from(dataset)
    if specs:
        project = project.model_copy(update={"network": network_of(specs)})
    if loss:
        project = set_training(project, loss=loss, loss_options=FrozenMap(loss_options))
    return project if metrics is None else set_training(project, metrics=metrics)


def dense(units: int, activation: str = "relu") -> tuple[str, dict[str, object]]:
    return "Dense", {"units": units, "activation": activation}


def found(project: Project, summary: DataSummary | None = None) -> list[Problem]:
    return list(resolve(project, summary or summary_of(project.data)).problems)


CE, MSE = "sparse_categorical_crossentropy", "mean_squared_error"
FLAT: tuple[str, dict[str, object]] = ("Flatten", {})

MISMATCHES = {
    "softmax with squared error": (
        made("iris", dense(3, "softmax"), loss=MSE),
        "Softmax with mean squared error",
        "warning",
    ),
    "sigmoid with squared error": (
        made("moons", dense(1, "sigmoid"), loss=MSE),
        "Sigmoid with mean squared error",
        "warning",
    ),
    "sigmoid over exclusive classes": (
        made("iris", dense(3, "sigmoid"), loss=CE),
        "Sigmoid over exclusive classes",
        "warning",
    ),
    "binary cross-entropy over exclusive classes": (
        made("iris", dense(3, "sigmoid"), loss="binary_crossentropy"),
        "Sigmoid over exclusive classes",
        "warning",
    ),
    "softmax over one unit": (
        made("moons", dense(1, "softmax"), loss="binary_crossentropy"),
        "Softmax over one unit",
        "error",
    ),
    "logits and activation both": (
        made("iris", dense(3, "softmax"), loss=CE, from_logits=True),
        "Softmax is applied twice",
        "warning",
    ),
    "bounded logits": (
        made("iris", dense(3, "relu"), loss=CE, from_logits=True),
        "ReLU before from_logits",
        "warning",
    ),
    "logits without from_logits": (
        made("moons", dense(1, "linear"), loss="binary_crossentropy"),
        "Linear with binary cross-entropy",
        "warning",
    ),
    "relu as probability": (
        made("iris", dense(3, "relu"), loss=CE),
        "ReLU with sparse categorical cross-entropy",
        "warning",
    ),
    "too few units": (
        made("digits", FLAT, dense(5, "softmax"), loss=CE),
        "Needs 10 units, has 5",
        "error",
    ),
    "too many units": (
        made("moons", dense(3, "sigmoid"), loss="binary_crossentropy"),
        "Needs 1 unit, has 3",
        "error",
    ),
    "no dense layer at the end": (
        made("digits", ("Conv2D", {"filters": 4}), loss=CE),
        "Puts out 6×6×4, needs 10 numbers",
        "error",
    ),
    "hinge with sigmoid": (
        made("moons", dense(1, "sigmoid"), loss="hinge"),
        "Sigmoid with hinge",
        "warning",
    ),
    "regression with softmax": (
        made("plane", dense(1, "softmax"), loss=MSE),
        "Softmax over one unit",
        "error",
    ),
    "counts below zero": (
        made("plane", dense(1, "linear"), loss="poisson"),
        "Poisson needs a positive output",
        "warning",
    ),
    "cosine of one number": (
        made("plane", dense(1, "linear"), loss="cosine_similarity"),
        "Cosine of a single number",
        "warning",
    ),
    "activation layer": (
        made("iris", dense(3, "linear"), ("Activation", {"activation": "sigmoid"}), loss=CE),
        "Sigmoid over exclusive classes",
        "warning",
    ),
}


@pytest.mark.parametrize("name", MISMATCHES)
def test_a_mismatch_is_named_and_each_fix_mends_it(name: str) -> None:
    project, title, severity = MISMATCHES[name]
    problem = next(p for p in found(project) if p.title == title)
    assert problem.severity == severity
    assert project.network.has(problem.where) or problem.where.startswith("training.")
    if problem.option in ("units", "activation"):
        assert problem.option in project.network.layer(problem.where).options
    for text in (problem.happened, problem.expected, problem.how_to_fix):
        assert text.endswith(".")
    assert problem.fixes
    for fix in problem.fixes:
        again = pickle.loads(pickle.dumps(fix))  # noqa: S301 - our own bytes
        mended = again.edit(project)
        assert mended == fix.edit(project)
        assert title not in {p.title for p in found(mended)}, fix.label
        assert not [
            p for p in found(mended) if p.severity == "error" and p.where == "training.loss"
        ]


@pytest.mark.parametrize("name", MISMATCHES)
def test_advice_mends_everything_at_once(name: str) -> None:
    project, _, _ = MISMATCHES[name]
    summary = summary_of(project.data)
    advised = advise(project, summary)
    assert found(advised) == []
    assert advise(advised, summary) == advised
    assert advised.network.layers[0] == project.network.layers[0]


@pytest.mark.parametrize("dataset", ["moons", "iris", "plane"])
def test_the_activation_that_a_loss_wants_raises_no_complaint(dataset: str) -> None:
    plain = start_from(dataset)
    summary = summary_of(plain.data)
    for loss in LOSSES:
        if summary.task not in loss.tasks:
            continue
        for logits in {False, any(o.name == "from_logits" for o in loss.options)}:
            options = FrozenMap(from_logits=True) if logits else FrozenMap()
            best = right_activations(loss, summary.task, options)[0]
            project = made(
                dataset,
                dense(8),
                dense(units_needed(loss, summary), best),
                loss=loss.name,
                metrics=(),
                **dict(options),
            )
            titles = {p.title for p in found(project)}
            errors = {p.title for p in found(project) if p.severity == "error"}
            assert errors == set(), loss.name
            suits = advise(project, summary) == set_training(
                project, metrics=advise(project, summary).training.metrics
            )
            assert suits == (titles == set()), (loss.name, titles)


def test_good_choices_of_the_user_stay() -> None:
    project = made(
        "iris", dense(3, "softmax"), loss="categorical_crossentropy", label_smoothing=0.1
    )
    project = set_training(project, metrics=("f1_score", "accuracy"))
    assert advise(project, summary_of(project.data)) == project
    logits = made("moons", dense(1, "linear"), loss="binary_crossentropy", from_logits=True)
    assert advise(logits, summary_of(logits.data)) == logits


def test_metrics_and_monitor_follow_the_advice() -> None:
    project = made("iris", dense(3, "softmax"), loss=MSE, metrics=("precision",))
    stopping = project.training.early_stopping.model_copy(update={"monitor": "val_precision"})
    project = set_training(project, early_stopping=stopping)
    advised = advise(project, summary_of(project.data)).training
    assert advised.loss == CE
    assert advised.metrics == ("accuracy",)
    assert advised.early_stopping.monitor == "val_loss"


def test_the_end_of_a_network() -> None:
    end = output_end(
        network_of([dense(4), ("Dropout", {"rate": 0.1}), dense(3, "linear"), ("Softmax", {})])
    )
    assert end is not None
    assert end.units_layer is not None
    assert (end.last.kind, end.units_layer.id, end.activation) == ("Softmax", "dense_2", "softmax")
    assert end.behind == ("softmax_1",)
    assert output_end(Network()) is None
    without_dense = output_end(network_of([("Flatten", {})]))
    assert without_dense is not None
    assert without_dense.units_layer is None
    two_ends = network_of([dense(4), dense(3)])
    cut_in_two = output_end(two_ends.model_copy(update={"links": two_ends.links[:1]}))
    assert cut_in_two is not None
    assert cut_in_two.last.id == "dense_2"


def test_of_a_network_in_parts_the_last_end_is_set_right() -> None:
    project = made("iris", dense(4), dense(7))
    cut = project.network.model_copy(update={"links": project.network.links[:1]})
    project = project.model_copy(update={"network": cut})
    set_right = advise(project, summary_of(project.data)).network
    assert set_right.layers[:2] == cut.layers[:2]
    assert set_right.layer("dense_2").options["units"] == 3
    assert set_right.links == cut.links


# ---------------------------------------------------------------- targets and inputs


def with_target(low: float, high: float) -> DataSummary:
    middle, spread = (low + high) / 2, (high - low) / 4
    measures = (middle, spread, low, high)
    target = FeatureStatistics("z", measures, measures)
    return replace(summary_of(start_from("plane").data), target_statistics=(target,))


@pytest.mark.parametrize(
    ("activation", "low", "high", "complains"),
    [
        ("relu", 0.0, 9.0, False),
        ("relu", -1.0, 9.0, True),
        ("sigmoid", 0.0, 1.0, False),
        ("sigmoid", 0.0, 346.0, True),
        ("tanh", -1.0, 1.0, False),
        ("tanh", 25.0, 346.0, True),
        ("linear", -900.0, 900.0, False),
    ],
)
def test_targets_out_of_reach(activation: str, low: float, high: float, complains: bool) -> None:
    project = made("plane", dense(1, activation))
    problems = [p for p in found(project, with_target(low, high)) if "can't reach" in p.title]
    assert bool(problems) == complains
    for problem in problems:
        mended = problem.fixes[0].edit(project)
        assert output_end(mended.network).activation == "linear"  # type: ignore[union-attr]


def test_large_targets() -> None:
    project = made("plane", dense(1, "linear"))
    titles = [p.title for p in found(project, with_target(100_000.0, 500_000.0))]
    assert titles == ["Targets are large"]


def column(name: str, mean: float, deviation: float, low: float, high: float) -> FeatureStatistics:
    measures = (mean, deviation, low, high)
    return FeatureStatistics(name, measures, measures)


PROLINE = column("proline", 747, 314, 278, 1680)
HUE = column("hue", 0.957, 0.23, 0.48, 1.71)
RARE = column("colour = red", 0.01, 0.0099**0.5, 0, 1)
COMMON = column("colour = blue", 0.2, 0.4, 0, 1)
CONSTANT = column("constant", 5000, 0, 5000, 5000)
YEAR = column("year", 2001, 3, 1990, 2010)


@pytest.mark.parametrize(
    ("columns", "title", "words"),
    [
        ((PROLINE, HUE), "Scales differ 780-fold", "proline averages 747, hue 0.957"),
        (
            (column("a", 1, 1, -2, 3), column("b", 0, 30, -60, 60)),
            "Scales differ 21-fold",
            "is around 30",
        ),
        ((column("a", 8, 3, 1, 15), RARE), None, ""),
        ((column("a", 0, 1, -2, 2), CONSTANT), None, ""),
        ((YEAR,), "year lies far from 0", "2,001 is"),
        (
            (column("a", 0, 50, -90, 90), column("b", 1, 40, -80, 80)),
            "Inputs are large",
            "a is around 50",
        ),
        ((column("a", 0, 0.048, -0.1, 0.1),), "Inputs are small", "around 0.048"),
        ((column("a", 0, 1, -2, 2), column("b", 0, 1, -3, 3)), None, ""),
        ((), None, ""),
        ((CONSTANT,), None, ""),
        ((RARE, COMMON), None, ""),
        ((RARE, COMMON, column("a", 0, 1, -2, 2)), None, ""),
        ((column("all but one", 0.999, 0.000999**0.5, 0, 1),), None, ""),
        (
            (column("a", 0.5, 0.3, 0, 1), column("b", 0.004, 0.03, 0, 1)),
            "Scales differ 120-fold",
            "b 0.004",
        ),
        ((column("a", 0.02, 0.01, 0, 0.05), COMMON), "Inputs are small", "a is around 0.02"),
    ],
)
def test_scales_of_columns(
    columns: tuple[FeatureStatistics, ...], title: str | None, words: str
) -> None:
    summary = replace(summary_of(start_from("wine").data), statistics=columns)
    problems = list(scale_problems(summary))
    assert [p.title for p in problems] == ([title] if title else [])
    for problem in problems:
        words = words.replace("2,001 is", "2,000 on average and varies by 3")
        assert words in problem.happened
        assert problem.where == "data.preprocessing"
        mended = problem.fixes[0].edit(start_from("wine"))
        assert mended.data.preprocessing == "standardize"


@pytest.mark.parametrize(("high", "complains"), [(1.0, False), (16.0, True), (255.0, True)])
def test_pixels_that_are_not_scaled(high: float, complains: bool) -> None:
    project = start_from("digits")
    pixels = column("pixels", 0.3 * high, 0.37 * high, 0.0, high)
    summary = replace(summary_of(project.data), statistics=(pixels,))
    problems = list(scale_problems(summary))
    assert [p.title for p in problems] == ([f"Pixels run from 0 to {high:g}"] if complains else [])
    if complains:
        raw = project.model_copy(
            update={"data": project.data.model_copy(update={"preprocessing": "none"})}
        )
        assert advise(raw, summary).data.preprocessing == "pixels"


def test_a_loss_for_another_task_is_an_error_with_a_fix() -> None:
    project = set_loss(start_from("diabetes"), loss="hinge")
    problem = next(p for p in found(project) if p.where == "training.loss")
    assert problem.title == "Hinge is not for regression"
    assert found(problem.fixes[0].edit(project)) == []


def test_logits_may_be_switched_on_in_place_of_softmax() -> None:
    project = set_layer_option(start_from("iris"), "dense_2", "activation", "linear")
    problem = next(p for p in found(project) if p.where == "dense_2")
    assert [fix.label for fix in problem.fixes] == ["Use softmax", "Switch from_logits on"]
    logits = problem.fixes[1].edit(project)
    assert logits == set_loss_option(project, name="from_logits", value=True)
    assert LOSSES_BY_NAME[logits.training.loss].output == "probability"
