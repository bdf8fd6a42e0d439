"""What the templates reach, as promised: means over five seeds, as `train` and `evaluate` do it."""

from statistics import fmean

import pytest

from app.cli.new import new_project
from app.cli.progress import ProgressLines
from app.cli.project_source import load_data
from app.cli.training_run import train
from app.core.project_edits import set_training
from app.jobs.control import JobControl
from app.training.engine_room import EngineRoom

SEEDS = (1, 2, 3, 4, 5)


@pytest.mark.timeout(600)  # five trainings, on a machine that may be shared
@pytest.mark.parametrize(
    ("data", "template", "metric", "least"),
    [
        ("digits", "mlp", "accuracy", 0.96),
        ("breast_cancer", "mlp", "accuracy", 0.95),
        ("diabetes", "mlp", "r2_score", 0.40),
        ("v_shapes", "small_cnn", "accuracy", 0.97),
    ],
)
def test_a_template_reaches_its_figure_on_the_test_part(
    data: str, template: str, metric: str, least: float
) -> None:
    project, _summary = new_project(data, template, [])
    prepared = load_data(project)
    room = EngineRoom()
    silent = ProgressLines(None, verbose=False)
    reached = []
    for seed in SEEDS:
        done = train(room, set_training(project, seed=seed), prepared, JobControl(), silent)
        assert done.ended.reason in ("finished", "early_stopping")
        evaluation = room.evaluate("test")(lambda _event: None, JobControl())
        assert evaluation is not None
        value = evaluation.metrics[metric]
        assert isinstance(value, float)
        reached.append(value)
    print(f"{data}, {template}: {metric} {fmean(reached):.4f} of {[round(v, 4) for v in reached]}")
    assert fmean(reached) >= least
