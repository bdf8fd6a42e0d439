"""Norms of weights and of what the last step of an epoch adds to them, against weights read before
and after that step.
"""

import numpy as np
import pytest

from app.core.network import chain
from app.core.project import Project
from app.diagnostics.dead_units import census
from app.training import pace
from app.training.engine_room import EngineRoom
from app.training.events import LayerHealth, StepsDone
from app.training.run_recorder import RunRecorder, health_of
from tests.keras.small_runs import Run, digits, layer, moons, optimizer, request

MOONS = moons(batch_size=16, epochs=3)
DIGITS = digits(batch_size=64, epochs=2, optimizer=optimizer("Adam", clipnorm=0.5))


def by_hand(
    room: EngineRoom, layers: tuple[str, ...], *, epoch: int, last: int, do: Run
) -> dict[str, tuple[float, float]]:
    """The norms of each layer's weights, and of what the step number `last` of `epoch` added."""
    assert room._session is not None
    model = room._session.model

    def weights() -> dict[str, np.ndarray]:
        return {
            name: np.concatenate(
                [v.numpy().ravel() for v in model.get_layer(name).trainable_variables]
            )
            for name in layers
        }

    seen: list[dict[str, np.ndarray]] = []
    do._on = lambda event: (
        seen.append(weights())
        if isinstance(event, StepsDone) and event.epoch == epoch and event.step >= last - 1
        else None
    )
    do.do(room.start_over())
    before, after = seen
    return {
        name: (
            float(np.linalg.norm(before[name].astype(np.float64))),
            float(np.linalg.norm(after[name].astype(np.float64) - before[name])),
        )
        for name in layers
    }


@pytest.mark.parametrize(
    ("project", "layers", "steps"),
    [
        (MOONS, ("dense_1", "dense_2", "output"), 6),
        (DIGITS, ("conv_1", "norm_1", "output"), 3),
    ],
)
def test_update_ratios_are_those_of_the_last_step(
    project: Project, layers: tuple[str, ...], steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, whole, single = EngineRoom(), Run(), Run()
    whole.do(room.train(request(project)))
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)  # a step a chunk: weights are seen in between
    last = project.training.epochs
    expected = by_hand(room, layers, epoch=last, last=steps, do=single)
    for run in (whole, single):
        health = run.of(LayerHealth)[-1]
        assert health.epoch == last
        assert set(health.weight_norms) == set(health.update_ratios) == set(layers)
        for name, (weights, update) in expected.items():
            assert health.weight_norms[name] == pytest.approx(weights, rel=1e-5)
            # A difference of numbers in single precision is known to some 1e-7 of the numbers.
            assert health.update_ratios[name] == pytest.approx(update / weights, rel=1e-3)
    assert [h.update_ratios for h in whole.of(LayerHealth)] == [
        pytest.approx(dict(h.update_ratios), rel=1e-5) for h in single.of(LayerHealth)
    ]


def test_every_epoch_has_one_and_they_differ() -> None:
    room, run = EngineRoom(), Run()
    run.do(room.train(request(MOONS)))
    healths = run.of(LayerHealth)
    assert [health.epoch for health in healths] == [1, 2, 3]
    assert len({health.update_ratios for health in healths}) == 3


def test_layers_that_are_frozen_or_whose_weights_are_zero_have_no_ratio() -> None:
    network = chain(
        (
            layer("data", "InputLayer"),
            layer("dense_1", "Dense", units=4, activation="relu", kernel_initializer="zeros"),
            layer("dense_2", "Dense", units=4, activation="relu").model_copy(
                update={"trainable": False}
            ),
            layer("output", "Dense", units=1, activation="sigmoid"),
        )
    )
    run = Run()
    # One step: before it the first layer has only zeros.
    run.do(EngineRoom().train(request(moons(network, epochs=1, batch_mode="full_batch"))))
    (health,) = run.of(LayerHealth)
    assert set(health.update_ratios) == {"output"}
    assert health.weight_norms["dense_1"] == 0.0
    assert "dense_2" not in health.gradient_norms


def test_they_are_kept_with_the_run() -> None:
    project = digits(epochs=1)
    recorder, run = RunRecorder(project, ""), Run()
    run._on = recorder.add
    run.do(EngineRoom().train(request(project)))
    (told,) = run.of(LayerHealth)
    kept = health_of(type(recorder.record).model_validate_json(recorder.record.model_dump_json()))
    assert kept is not None
    assert kept.update_ratios == told.update_ratios != {}
    assert kept.weight_norms == told.weight_norms
    assert {name for name, _ in kept.dead_units} == {name for name, _ in told.dead_units}


def test_dead_units_of_a_layer_in_a_wrapper_are_those_of_a_census() -> None:
    network = chain(
        (
            layer("data", "InputLayer"),
            layer("scaled", "SpectralNormalizationDense", units=6, activation="relu"),
            layer("output", "Dense", units=1, activation="sigmoid"),
        )
    )
    project = moons(network, epochs=1, optimizer=optimizer("SGD", learning_rate=100.0))
    room, run = EngineRoom(), Run()
    run.do(room.train(request(project)))
    assert room._session is not None
    ((name, dead),) = run.of(LayerHealth)[-1].dead_units
    (found,) = census(room._session.model, np.asarray(request(project).data.validation.x)).layers
    assert name == found.layer_id == "scaled"
    np.testing.assert_array_equal(dead, found.dead)
    assert dead.sum() > 0
