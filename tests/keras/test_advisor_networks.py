"""The advisor against networks that were really trained: each illness, its absence, its cure."""

from functools import cache

import numpy as np
import pytest

from app.core.advisor.consultation import consult
from app.core.advisor.diagnosis import Consultation, Diagnosis
from app.core.advisor.evidence import RunEvidence
from app.core.data_settings import BuiltinSource, DataSettings, PaintedSource, SplitSettings
from app.core.frozen import FrozenMap
from app.core.network import Network, chain
from app.core.project import EarlyStoppingSettings, Project, TrainingSettings
from app.core.templates import build_template, builtin_data
from app.training.engine_room import EngineRoom
from app.training.events import LayerHealth, TrainingEnded
from app.training.run_recorder import RunRecorder
from app.ui.run_evidence import run_evidence
from tests.keras.small_runs import NO_EARLY_STOPPING, Run, data_of, layer, optimizer, request

SPARSE = "sparse_categorical_crossentropy"


@cache
def trained(project: Project) -> RunEvidence:
    """What the advisor gets to see of a training of `project`."""
    data = data_of(project)
    recorder = RunRecorder(project, data.fingerprint, data.trained_on)
    run = Run(recorder.add)
    run.do(EngineRoom().train(request(project)))
    (ended,) = run.of(TrainingEnded)
    return run_evidence(recorder.record, run.of(LayerHealth), data.summary, ended.divergence)


def kinds(consultation: Consultation) -> list[str]:
    return [one.kind for one in consultation.diagnoses]


def found(project: Project, kind: str) -> Diagnosis:
    """The diagnosis `kind` of a training of `project`; fails when there is none."""
    consultation = consult(trained(project))
    assert kind in kinds(consultation), kinds(consultation)
    return next(one for one in consultation.diagnoses if one.kind == kind)


def cured(project: Project, kind: str, remedy: int = 0) -> RunEvidence:
    """The run after a remedy of `kind` and another training, of which `kind` is not told."""
    after = trained(found(project, kind).remedies[remedy].edit(project))
    assert kind not in kinds(consult(after)), kinds(consult(after))
    return after


def accuracy(run: RunEvidence) -> float:
    return run.values("accuracy")[-1]


def dense(
    hidden: tuple[int, ...],
    activation: str = "relu",
    output: tuple[str, int] = ("sigmoid", 1),
    **options: object,
) -> Network:
    first = [layer("data", "InputLayer")]
    first += [layer("flat", "Flatten")] if output[1] == 10 else []
    inner = (
        layer(f"dense_{place}", "Dense", units=units, activation=activation, **options)
        for place, units in enumerate(hidden, start=1)
    )
    last = layer("output", "Dense", activation=output[0], units=output[1])
    return chain((*first, *inner, last))


def project_of(
    data: str,
    network: Network,
    rate: float = 0.01,
    epochs: int = 20,
    kind: str = "Adam",
    *,
    split: SplitSettings | None = None,
    preprocessing: str = "standardize",
    settings: EarlyStoppingSettings = NO_EARLY_STOPPING,
    loss: str = "binary_crossentropy",
    **source: object,
) -> Project:
    return Project(
        data=DataSettings.model_validate(
            {
                "source": BuiltinSource(name=data, options=FrozenMap(source)),
                "split": split or SplitSettings(),
                "preprocessing": preprocessing,
            }
        ),
        network=network,
        training=TrainingSettings(
            loss=loss,
            optimizer=optimizer(kind, learning_rate=rate),
            epochs=epochs,
            early_stopping=settings,
        ),
    )


def digits(
    hidden: tuple[int, ...], activation: str, rate: float, epochs: int, kind: str
) -> Project:
    network = dense(hidden, activation, ("softmax", 10))
    return project_of("digits", network, rate, epochs, kind, preprocessing="pixels", loss=SPARSE)


MOONS = project_of("moons", dense((16, 16)), 0.01, 25)


def test_a_healthy_network_has_nothing() -> None:
    consultation = consult(trained(MOONS))
    assert consultation.diagnoses == ()
    assert "training and validation loss over 25 epochs" in consultation.looked_at
    assert "32 units that can die" in consultation.looked_at


@pytest.mark.parametrize(
    ("template", "data", "epochs"),
    [
        ("mlp", "moons", 200),
        ("mlp", "digits", 60),
        ("small_cnn", "digits", 30),
        ("mlp", "wine", 200),
        ("mlp", "breast_cancer", 100),
        ("mlp", "diabetes", 200),
        ("linear_regression", "diabetes", 200),
        ("logistic_regression", "moons", 200),
        ("mlp", "sine", 200),
        ("mlp", "spirals", 200),
    ],
)
def test_what_comes_with_the_program_is_healthy_at_every_epoch(
    template: str, data: str, epochs: int
) -> None:
    project = build_template(template, builtin_data(data))
    training = project.training.model_copy(update={"epochs": epochs})
    run = trained(project.model_copy(update={"training": training}))
    told = {
        kind: epoch
        for epoch in range(1, run.last_epoch + 1)
        for kind in kinds(consult(run.until(epoch)))
    }
    assert told == {}


def test_ten_sigmoid_layers_on_digits_and_how_they_learn_at_last() -> None:
    project = digits((32,) * 10, "sigmoid", 0.001, 12, "Adam")
    run = trained(project)
    after_five = consult(run.until(5))
    assert kinds(after_five) == ["vanishing_gradient"]
    (diagnosis,) = after_five.diagnoses
    assert diagnosis.since == 1
    assert diagnosis.remedies[0].label == "Use ReLU in 10 layers"
    assert "0.25 or less" in diagnosis.explanation
    first = run.healths[4].gradient_norms
    assert dict(first)["dense_1"] < 1e-3 * dict(first)["output"]
    assert accuracy(run) < 0.2
    assert accuracy(cured(project, "vanishing_gradient")) > 0.85


@pytest.mark.parametrize("remedy", [1, 2])
def test_other_remedies_of_a_vanishing_gradient(remedy: int) -> None:
    project = digits((32,) * 10, "sigmoid", 0.01, 15, "Adam")
    assert accuracy(trained(project)) < 0.3
    assert accuracy(cured(project, "vanishing_gradient", remedy)) > 0.8


def test_small_first_weights_let_it_vanish_without_a_sigmoid() -> None:
    network = dense(
        (16,) * 6,
        kernel_initializer="random_normal",
        kernel_initializer_stddev=0.02,
    )
    project = project_of("moons", network, 0.001, 8)
    diagnosis = found(project, "vanishing_gradient")
    assert diagnosis.remedies[0].label == "He initializer in 6 layers"
    cured(project, "vanishing_gradient")


def test_biases_far_below_zero_kill_and_leaky_relu_revives() -> None:
    network = dense((16, 16), bias_initializer="constant", bias_initializer_value=-10.0)
    project = project_of("moons", network, 0.01, 20)
    diagnosis = found(project, "dead_units")
    assert diagnosis.severity == "error"
    assert diagnosis.since == 1
    assert ("Dead, dense_1", "16 of 16") in diagnosis.rows
    assert kinds(consult(trained(project))) == ["dead_units"]
    assert accuracy(trained(project)) < 0.55
    assert accuracy(cured(project, "dead_units")) > 0.9


def test_steps_that_are_too_long_kill_and_shorter_ones_do_not() -> None:
    project = digits((64, 64), "relu", 2.0, 10, "SGD")
    diagnosis = found(project, "dead_units")
    assert diagnosis.remedies[0].label == "Learning rate 0.01"
    assert accuracy(cured(project, "dead_units")) > accuracy(trained(project)) + 0.3


OVER = project_of("moons", dense((128, 128)), 0.01, 100, samples=120, noise=0.4)


def test_a_large_network_learns_noise_by_heart() -> None:
    diagnosis = found(OVER, "overfitting")
    losses = trained(OVER).values("val_loss")
    assert losses[-1] > 1.5 * min(losses)
    assert diagnosis.since > 5
    after = cured(OVER, "overfitting")
    assert after.restored
    assert after.values("val_loss")[after.best_epoch - 1] < 0.7 * losses[-1]


def test_a_line_cannot_part_circles() -> None:
    project = project_of("circles", dense(()), 0.01, 30)
    diagnosis = found(project, "underfitting")
    assert diagnosis.remedies[0].label == "Add two hidden layers"
    assert accuracy(cured(project, "underfitting")) > accuracy(trained(project)) + 0.3


def test_too_few_epochs_underfit() -> None:
    project = digits((16,), "relu", 0.03, 4, "SGD")
    diagnosis = found(project, "underfitting")
    assert diagnosis.remedies[0].label == "Train for 12 epochs"
    assert accuracy(cured(project, "underfitting")) > 0.6


def test_steps_that_are_too_long_make_the_loss_jump() -> None:
    project = project_of("moons", dense((16, 16), "tanh"), 0.3, 25)
    diagnosis = found(project, "learning_rate_high")
    assert diagnosis.remedies[0].label == "Learning rate 0.01"
    cured(project, "learning_rate_high")


def test_worse_than_a_guess() -> None:
    project = project_of("moons", dense((16, 16)), 10.0, 20, "SGD")
    found(project, "learning_rate_high")
    cured(project, "learning_rate_high")


@pytest.mark.parametrize(("kind", "rate"), [("SGD", 1e-4), ("Adam", 1e-5)])
def test_steps_that_are_too_short(kind: str, rate: float) -> None:
    project = project_of("moons", dense((16, 16)), rate, 20, kind)
    diagnosis = found(project, "learning_rate_low")
    usual = {"SGD": "Learning rate 0.01", "Adam": "Learning rate 0.001"}
    assert [fix.label for fix in diagnosis.remedies] == [usual[kind]]
    assert accuracy(cured(project, "learning_rate_low")) > accuracy(trained(project)) + 0.2


def test_columns_of_different_sizes() -> None:
    network = dense((16,), output=("softmax", 3))
    project = project_of("wine", network, 0.01, 15, preprocessing="none", loss=SPARSE)
    diagnosis = found(project, "unscaled_input")
    assert diagnosis.since == 0
    assert accuracy(cured(project, "unscaled_input")) > accuracy(trained(project))


def test_numbers_for_classes() -> None:
    network = dense((16,), output=("sigmoid", 3))
    project = project_of("iris", network, 0.01, 15, loss=SPARSE)
    diagnosis = found(project, "wrong_output")
    assert diagnosis.explanation.startswith("Sigmoid over exclusive classes:")
    cured(project, "wrong_output")


def test_a_sigmoid_cannot_reach_the_targets_of_a_regression() -> None:
    network = dense((16,), output=("sigmoid", 1))
    project = project_of("diabetes", network, 0.05, 15, loss="mean_squared_error")
    training = project.training.model_copy(update={"metrics": ("r2_score",)})
    project = project.model_copy(update={"training": training})
    assert kinds(consult(trained(project))) == ["wrong_output"]
    after = cured(project, "wrong_output")
    assert after.values("loss")[-1] < 0.7 * trained(project).values("loss")[-1]


def test_a_training_that_diverges() -> None:
    network = dense((16,), output=("linear", 1))
    project = project_of("diabetes", network, 1.0, 5, "SGD", loss="mean_squared_error")
    training = project.training.model_copy(update={"metrics": ("mean_absolute_error",)})
    project = project.model_copy(update={"training": training})
    diagnosis = found(project, "diverged")
    assert diagnosis.severity == "error"
    clipped = next(
        place for place, fix in enumerate(diagnosis.remedies) if fix.label == "Clip gradients"
    )
    cured(project, "diverged", clipped)


def test_only_the_largest_class() -> None:
    random = np.random.default_rng(3)
    small = random.uniform(size=300) < 0.1
    points = random.normal(size=(300, 2)) + np.where(small, 0.8, 0.0)[:, None]
    source = PaintedSource(
        x=tuple(float(x) for x in points[:, 0]),
        y=tuple(float(y) for y in points[:, 1]),
        classes=tuple(int(one) for one in small),
        class_names=("many", "few"),
    )
    project = project_of("moons", dense(()), 0.03, 40)
    data = project.data.model_copy(update={"source": source})
    project = project.model_copy(update={"data": data})
    diagnosis = found(project, "largest_class")
    assert "always answering many" in diagnosis.explanation
    cured(project, "largest_class")


def test_large_first_weights_let_the_gradient_explode() -> None:
    network = dense(
        (32,) * 5,
        output=("softmax", 10),
        kernel_initializer="random_normal",
        kernel_initializer_stddev=1.0,
    )
    project = project_of("digits", network, 0.001, 6, "Adam", preprocessing="pixels", loss=SPARSE)
    diagnosis = found(project, "exploding_gradient")
    assert diagnosis.remedies[0].label == "Clip gradients"
    assert accuracy(cured(project, "exploding_gradient")) >= accuracy(trained(project))
