"""Each template, trained for a few epochs on data that fit it, learns what it can."""

from dataclasses import dataclass

import pytest

from app.core.project import EarlyStoppingSettings, Project
from app.core.templates import TEMPLATES, start_from
from app.training.engine_room import EngineRoom
from app.training.events import EpochEnded
from tests.keras.small_runs import Run, request


@dataclass(frozen=True)
class Case:
    template: str
    dataset: str
    epochs: int
    value: str
    least: float | None = None
    most: float | None = None


CASES = (
    Case("mlp", "digits", 12, "val_accuracy", least=0.90),
    Case("small_cnn", "digits", 8, "val_accuracy", least=0.90),
    Case("logistic_regression", "digits", 15, "val_accuracy", least=0.90),
    Case("linear_regression", "plane", 40, "val_r2_score", least=0.85),
    Case("deep_sigmoid", "moons", 20, "val_accuracy", most=0.75),  # it is there to fail
    Case("lenet5", "digits", 4, "val_accuracy", least=0.88),
    Case("small_vgg", "digits", 6, "val_accuracy", least=0.88),
    Case("small_resnet", "digits", 5, "val_accuracy", least=0.90),
    Case("cnn_1d", "digits", 6, "val_accuracy", least=0.85),
    Case("lstm", "digits", 10, "val_accuracy", least=0.80),
    Case("autoencoder", "digits", 12, "val_loss", most=0.025),
)


def trained(project: Project, epochs: int) -> dict[str, object]:
    """The last epoch's values."""
    training = project.training.model_copy(
        update={"epochs": epochs, "early_stopping": EarlyStoppingSettings(enabled=False)}
    )
    run = Run()
    run.do(
        EngineRoom().train(
            request(project.model_copy(update={"training": training}), diagnostics=False)
        )
    )
    return dict(run.of(EpochEnded)[-1].metrics)


def test_every_template_is_trained() -> None:
    assert {case.template for case in CASES} == {t.name for t in TEMPLATES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.template)
def test_a_template_learns(case: Case) -> None:
    values = trained(start_from(case.dataset, case.template), case.epochs)
    value = values[case.value]
    assert isinstance(value, float)
    if case.least is not None:
        assert value >= case.least
    if case.most is not None:
        assert value <= case.most
