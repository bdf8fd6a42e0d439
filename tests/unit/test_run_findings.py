"""Warnings that a training gives rise to, and their remedies."""

import pickle

import pytest

from app.core.network import with_option
from app.core.run_findings import (
    dead_unit_problem,
    dead_units_words,
    divergence_problem,
    set_training,
    vanishing_gradient_problem,
)
from app.core.templates import handwritten_digits, start_from, why_deep_sigmoid_fails
from app.core.training_options import with_training_value


@pytest.mark.parametrize(
    ("dead", "units", "severity"),
    [(0, 64, None), (6, 64, None), (7, 64, "warning"), (32, 64, "warning")],
)
def test_a_tenth_of_dead_units_is_warned_of(dead: int, units: int, severity: str | None) -> None:
    project = handwritten_digits()
    layer = next(x.id for x in project.network.layers if x.options.get("activation") == "relu")
    problem = dead_unit_problem(project, layer, dead, units, 270, "validation")
    assert (problem.severity if problem is not None else None) == severity
    learns = "still learns" in dead_units_words(layer, dead, units)
    assert learns == (dead < 32)


def test_the_remedy_is_leaky_relu_and_can_be_pickled() -> None:
    project = handwritten_digits()
    layer = next(x.id for x in project.network.layers if x.kind == "Dense")
    problem = dead_unit_problem(project, layer, 12, 64, 270, "validation")
    assert problem is not None
    assert problem.title == "12 of 64 units never fire"
    assert "270 validation samples" in problem.happened
    edit = pickle.loads(pickle.dumps(problem.fixes[0].edit))  # noqa: S301  our own bytes
    changed = edit(project)
    assert changed.network.layer(layer).options["activation"] == "leaky_relu"
    assert changed.network == with_option(project.network, layer, "activation", "leaky_relu")


def test_divergence_offers_a_tenth_of_the_learning_rate_and_clipping() -> None:
    project = set_training(start_from("moons"), "optimizer.learning_rate", 50.0)
    problem = divergence_problem(project, None, "The loss was nan.", "Use a smaller learning rate.")
    lower, clipped = (fix.edit(project) for fix in problem.fixes)
    assert lower.training.optimizer.options["learning_rate"] == 5.0
    assert clipped.training.optimizer.options["clipnorm"] == 1.0


def test_divergence_knows_the_default_rate_and_clips_once_only() -> None:
    project = start_from("moons")
    training = with_training_value(project.training, "optimizer", "Adam")
    project = project.model_copy(update={"training": training})
    problem = divergence_problem(project, None, "The loss was nan.", "Use a smaller learning rate.")
    assert [fix.label for fix in problem.fixes] == ["learning rate 0.0001", "Clip gradients"]
    clipped = set_training(project, "optimizer.clipvalue", 0.5)
    (lower,) = divergence_problem(clipped, None, "The loss was nan.", "Lower it.").fixes
    assert lower.label == "learning rate 0.0001"


def test_a_vanishing_gradient_is_warned_of_below_a_thousandth_and_mended_by_relu() -> None:
    project = why_deep_sigmoid_fails()
    layers = [x.id for x in project.network.layers if x.kind == "Dense"]
    norms = [10.0 ** -(len(layers) - 1 - i) for i in range(len(layers))]
    problem = vanishing_gradient_problem(project, tuple(zip(layers, norms, strict=True)))
    assert problem is not None
    assert problem.where == layers[0]
    assert problem.fixes[0].label == "Use ReLU in 6 layers"
    edit = pickle.loads(pickle.dumps(problem.fixes[0].edit))  # noqa: S301  our own bytes
    mended = edit(project)
    options = [mended.network.layer(name).options for name in layers]
    assert [o["activation"] for o in options] == ["relu"] * 6 + ["sigmoid"]
    assert {o["kernel_initializer"] for o in options[:-1]} == {"he_normal"}
    even = tuple((name, 1e-3) for name in layers[:-1])
    assert vanishing_gradient_problem(project, (*even, (layers[-1], 1.0))) is None
    assert vanishing_gradient_problem(project, ()) is None
