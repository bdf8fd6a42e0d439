"""Learned filters beside those that the training began with."""

import numpy as np
import pytest

from app.core.project_edits import set_training
from app.core.templates import start_from
from app.data.loading import load
from app.diagnostics.filters import FilterBank
from app.jobs.control import JobControl
from app.modeling.build import build_model
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.events import ProbeRequest


def bank(room: EngineRoom, *, initial: bool) -> FilterBank:
    request = ProbeRequest(1, "filters", epoch=0 if initial else None)
    result = room.probe(request)(lambda event: None, JobControl()).result
    assert isinstance(result, FilterBank)
    return result


def kernels(array: np.ndarray) -> np.ndarray:
    """(height, width, channels, filters) to the first channel's (filters, height, width)."""
    return np.moveaxis(array[:, :, 0, :], -1, 0)


def test_initial_filters_are_those_of_the_seed_and_learned_ones_those_of_the_model() -> None:
    project = set_training(start_from("digits", "small_cnn"), epochs=1)
    data = load(project.data)
    room = EngineRoom()
    room.train(TrainingRequest(project, data))(lambda event: None, JobControl())
    fresh = build_model(project.network, data.summary.input_shape, project.training.seed)
    first = next(layer for layer in fresh.layers if layer.name.startswith("conv2d"))
    wanted = kernels(np.asarray(first.kernel))
    before = bank(room, initial=True)
    np.testing.assert_array_equal(before.kernels, wanted)
    learned = bank(room, initial=False)
    assert np.abs(learned.kernels - wanted).max() > 1e-3
    assert learned.largest == pytest.approx(float(np.abs(learned.kernels).max()))
    room.continue_training(1)(lambda event: None, JobControl())
    np.testing.assert_array_equal(bank(room, initial=True).kernels, wanted)
    room.train(TrainingRequest(set_training(project, seed=8), data))(
        lambda event: None, JobControl()
    )
    other = bank(room, initial=True)
    assert np.abs(other.kernels - wanted).max() > 1e-3
