"""Several devices at once, one chosen device, and mixed precision: the same numbers as Keras's own
`fit` under the same strategy or policy.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from app.core.project import Project
from app.data.loading import load
from app.jobs.control import JobControl
from app.modeling.build import build_model
from app.modeling.compile import compile_model, encode_targets
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.events import EpochEnded, LayerHealth
from app.training.placement import Placement
from tests.keras.small_runs import digits, moons

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What the process with two devices found."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.keras.two_devices_child"],
        cwd=CHECKOUT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
        capture_output=True,
        text=True,
        timeout=240,
    )
    loaded: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return loaded


def worst(rows: list[dict[str, float]], others: list[dict[str, float]]) -> float:
    assert len(rows) == len(others)
    return max(
        abs(row[name] - other[name]) / max(abs(other[name]), 1e-6)
        for row, other in zip(rows, others, strict=True)
        for name in other
    )


@pytest.mark.parametrize("name", ["moons", "digits"])
def test_two_devices_give_the_numbers_of_fit_under_the_same_strategy(
    found: dict[str, Any], name: str
) -> None:
    run = found[name]
    assert found["devices"] == ["CPU:0", "CPU:1"]
    assert worst(run["engine"], run["fit"]) < 1e-6
    assert run["again"] == run["engine"]
    assert run["evaluated"]["loss"] == pytest.approx(run["engine"][-1]["val_loss"], rel=1e-4)


def test_two_devices_give_the_numbers_of_one(found: dict[str, Any]) -> None:
    """Without batch normalization, whose means are those of each device's share."""
    run = found["moons"]
    assert worst(run["engine"], run["alone"]) < 1e-5
    assert run["first loss"][0] == pytest.approx(run["first loss"][1], rel=1e-6)


def test_a_batch_with_too_few_samples_and_a_missing_device_are_explained(
    found: dict[str, Any],
) -> None:
    assert found["one left"] == "The last batch of an epoch has 1 of 84 samples."
    assert found["missing"] == ["There is no device 'GPU:7' here.", "One of CPU:0, CPU:1."]


def test_one_chosen_device_holds_the_weights_and_gives_the_same_numbers(
    found: dict[str, Any],
) -> None:
    rows, device = found["one device"]
    assert device.endswith("CPU:1")
    assert rows == found["same"]


@pytest.mark.parametrize(("wanted", "samples"), [(32, 65), (32, 64), (1, 1), (1, 7), (512, 1026)])
def test_batches_of_a_test_leave_a_sample_for_each_device(wanted: int, samples: int) -> None:
    class Three:
        num_replicas_in_sync = 3

    size = Placement(Three()).test_size(wanted, samples * 3)
    assert wanted <= size <= wanted + 4
    assert samples * 3 % size == 0 or samples * 3 % size >= 3


# ---------------------------------------------------------------- precision


def fit(project: Project) -> list[dict[str, float]]:
    data = load(project.data)
    training = project.training
    model = build_model(
        project.network, data.summary.input_shape, training.seed, training.precision
    )
    compile_model(model, training, data.summary)
    classes = len(data.summary.class_names)
    parts = {
        name: (
            data.part(name).x,
            encode_targets(data.part(name).y, training.loss, data.summary.task, classes),
        )
        for name in ("training", "validation")
    }
    x, y = parts["training"]
    rows = []
    for epoch in range(1, training.epochs + 1):
        order = np.random.default_rng((training.seed, epoch)).permutation(len(x))
        done = model.fit(
            x[order],
            y[order],
            batch_size=training.batch_size,
            shuffle=False,
            validation_data=parts["validation"],
            validation_batch_size=32,
            verbose=0,
        )
        rows.append({name: values[0] for name, values in done.history.items()})
    return rows


@pytest.mark.parametrize(
    ("precision", "make"), [("mixed_float16", digits), ("mixed_bfloat16", moons)]
)
def test_mixed_precision_gives_the_numbers_of_fit(precision: str, make: Any) -> None:
    project = make(batch_size=32, epochs=2, precision=precision)
    events: list[object] = []
    room = EngineRoom()
    room.train(TrainingRequest(project, load(project.data)))(events.append, JobControl())
    rows = [dict(e.metrics) for e in events if isinstance(e, EpochEnded)]
    assert worst(rows, fit(project)) < 1e-4  # type: ignore[arg-type]

    session = room._session
    assert session is not None
    model = session.model
    assert {w.dtype for w in model.trainable_weights} == {"float32"}
    assert model.layers[1].compute_dtype == precision.removeprefix("mixed_")
    assert model.output.dtype == "float32"
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "mixed_float16")
    assert keras.config.dtype_policy().name == "float32"


def test_gradient_norms_of_a_scaled_loss_are_those_of_the_loss() -> None:
    def norms(precision: str) -> dict[str, float]:
        project = moons(batch_size=32, epochs=1, precision=precision)
        events: list[object] = []
        EngineRoom().train(TrainingRequest(project, load(project.data)))(
            events.append, JobControl()
        )
        (health,) = [e for e in events if isinstance(e, LayerHealth)]
        return dict(health.gradient_norms)  # type: ignore[arg-type]

    plain, scaled = norms("float32"), norms("mixed_float16")
    assert plain.keys() == scaled.keys()
    for name, norm in plain.items():
        assert scaled[name] == pytest.approx(norm, rel=0.05)
