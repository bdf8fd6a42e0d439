"""Feature maps against the layers called one after the other; all filters of a layer; and that
looking changes nothing.
"""

from dataclasses import asdict
from typing import Any

import keras
import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.core.project_edits import set_training
from app.core.templates import start_from
from app.data.loading import load
from app.diagnostics.feature_maps import FeatureMaps, feature_maps
from app.diagnostics.filters import LayerFilters, layer_filters, learned_filters
from app.diagnostics.microscope import Workings
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.probes import answer
from app.jobs.control import JobControl
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.events import EpochEnded, ProbeRequest

L = keras.layers


def model_of(shape: tuple[int, ...], layers: list[Any]) -> Any:
    keras.utils.set_random_seed(5)
    entry = keras.Input(shape, name="input")
    tensor = entry
    for layer in layers:
        tensor = layer(tensor)
    return keras.Model(entry, tensor)


def maps_of(model: Any, x: np.ndarray, layer_id: str | None = None) -> FeatureMaps:
    found = feature_maps(model, x, x[0], layer_id)
    assert isinstance(found, FeatureMaps)
    return found


def sample(*shape: int) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(1, *shape)).astype(np.float32)


def test_maps_of_pictures_strips_and_numbers() -> None:
    convolution = L.Conv2D(3, 2, name="convolution")
    model = model_of(
        (5, 6, 2), [convolution, L.Reshape((20, 3), name="steps"), L.GRU(4, name="units")]
    )
    x = sample(5, 6, 2)
    found = maps_of(model, x)
    assert [(a.layer_id, a.class_name, a.shape) for a in found.layers] == [
        ("input", "InputLayer", (5, 6, 2)),
        ("convolution", "Conv2D", (4, 5, 3)),
        ("steps", "Reshape", (20, 3)),
        ("units", "GRU", (4,)),
    ]
    kernel, bias = (np.asarray(w, float) for w in convolution.get_weights())
    expected = np.zeros((3, 4, 5))
    for row in range(4):
        for column in range(5):
            window = x[0, row : row + 2, column : column + 2].astype(float)
            expected[:, row, column] = np.einsum("hwc,hwcf->f", window, kernel) + bias
    assert (found.layer_id, found.form) == ("convolution", "pictures")
    np.testing.assert_allclose(found.maps[:, 0], expected, rtol=1e-5, atol=1e-6)
    assert found.low == found.maps.min()
    assert found.high == found.maps.max()
    assert found.names == ("1", "2", "3")
    np.testing.assert_array_equal(found.picture, x[0])
    assert not found.maps.flags.writeable
    strips = maps_of(model, x, "steps")
    assert (strips.form, strips.maps.shape) == ("strips", (3, 1, 1, 20))
    np.testing.assert_array_equal(strips.maps.reshape(3, 20), found.maps.reshape(3, 20))
    bars = maps_of(model, x, "units")
    assert (bars.form, bars.maps.shape) == ("bars", (4, 1, 1, 1))
    np.testing.assert_allclose(bars.maps.ravel(), model.predict_on_batch(x)[0], rtol=1e-5)
    np.testing.assert_array_equal(maps_of(model, x, "input").maps[1, 0], x[0, :, :, 1])


def test_slices_of_volumes() -> None:
    model = model_of((3, 4, 5, 2), [L.Conv3D(2, 2, padding="same", name="volume")])
    x = sample(3, 4, 5, 2)
    found = maps_of(model, x, "volume")
    assert found.maps.shape == (2, 3, 4, 5)
    expected = model.predict_on_batch(x)[0]
    np.testing.assert_allclose(found.maps[1, 2], expected[2, :, :, 1], rtol=1e-5, atol=1e-6)


def test_reasons_for_no_maps() -> None:
    broken = L.Dense(2, name="broken")
    model = model_of((3,), [L.Dense(2, name="whole"), broken])
    broken.set_weights([np.full((2, 2), np.nan, np.float32), np.zeros(2)])
    x = sample(3)
    found = feature_maps(model, x, x[0], "broken")
    assert isinstance(found, NoAnswer)
    assert "not finite" in found.needs
    assert maps_of(model, x).layer_id == "whole"
    found = feature_maps(model, x, x[0], "missing")
    assert isinstance(found, NoAnswer)
    assert "choose another" in found.needs


def test_asked_as_the_window_asks() -> None:
    data = load(start_from("digits", "small_cnn").data)
    model = model_of(
        data.summary.input_shape, [L.Flatten(), L.Dense(10, "softmax", name="classes")]
    )
    options = FrozenMap(part="training", row=3)
    found = answer(ProbeRequest(1, "feature_maps", "classes", options), model, data)
    assert isinstance(found, FeatureMaps)
    assert found.names == data.summary.class_names
    np.testing.assert_array_equal(found.picture, data.raw[data.training.rows[3]])
    expected = model.predict_on_batch(np.asarray(data.training.x[3:4]))[0]
    np.testing.assert_allclose(found.maps.ravel(), expected, rtol=1e-5)
    drawn = np.full(data.summary.input_shape, 8.0)
    found = answer(ProbeRequest(2, "feature_maps", "input", sample=drawn), model, data)
    assert isinstance(found, FeatureMaps)
    np.testing.assert_allclose(
        found.maps[0, 0], data.preprocessing.transform(drawn[None])[0, ..., 0]
    )


# ---- all filters of a layer
def filters_of(model: Any, layer_id: str | None = None) -> LayerFilters:
    found = layer_filters(model, layer_id)
    assert isinstance(found, LayerFilters)
    return found


def test_filters_of_volumes_and_of_gates() -> None:
    volume = L.Conv3D(4, (2, 3, 1), name="volume")
    model = model_of((4, 5, 6, 3), [volume])
    found = filters_of(model)
    kernel = volume.kernel.numpy()
    assert found.weights.shape == (4, 3, 2, 3, 1)
    np.testing.assert_array_equal(found.weights[3, 1, 0], kernel[0, :, :, 1, 3])
    bank = learned_filters(model, "volume", 1)
    assert bank is not None
    assert bank.names[:3] == ("1.1", "1.2", "2.1")
    np.testing.assert_array_equal(bank.kernels[2], kernel[0, :, :, 1, 1])
    lstm = L.ConvLSTM2D(2, 3, name="lstm")
    found = filters_of(model_of((2, 5, 6, 3), [lstm]))
    assert found.names == ("i1", "i2", "f1", "f2", "c1", "c2", "o1", "o2")
    np.testing.assert_array_equal(found.weights[5, 2, 0], lstm.cell.kernel.numpy()[:, :, 2, 5])


def test_filters_inside_wrappers_and_of_groups() -> None:
    inside = L.Conv2D(4, 3, groups=2, name="inside")
    found = filters_of(model_of((2, 5, 6, 6), [L.TimeDistributed(inside, name="each")]), "each")
    assert (found.layer_id, found.grouped, found.combined) == ("each", True, False)
    assert found.weights.shape == (4, 3, 1, 3, 3)
    np.testing.assert_array_equal(found.weights[2, 1, 0], inside.kernel.numpy()[:, :, 1, 2])
    assert filters_of(model_of((5, 5, 2), [L.SeparableConv2D(3, 2)])).combined


@pytest.mark.parametrize(
    "between",
    [
        lambda: [L.Rescaling(0.5), L.Flatten(), L.Dropout(0.5)],
        lambda: [L.Flatten(), L.BatchNormalization(), L.ReLU(), L.GaussianNoise(0.1)],
        lambda: [L.Normalization(), L.Reshape((24,))],
    ],
    ids=["rescaling", "normalization", "reshape"],
)
def test_a_dense_layer_over_pictures_whatever_stands_between(between: Any) -> None:
    dense = L.Dense(5, name="dense")
    model = model_of((4, 3, 2), [*between(), dense, L.Dense(3, name="next")])
    found = filters_of(model)
    assert found.layers == ("dense",)
    assert found.weights.shape == (5, 2, 1, 4, 3)
    np.testing.assert_array_equal(
        found.weights[4, 1, 0], dense.kernel.numpy()[:, 4].reshape(4, 3, 2)[..., 1]
    )


def test_reasons_for_no_filters() -> None:
    model = model_of((4,), [L.Dense(3, name="dense")])
    found = layer_filters(model)
    assert isinstance(found, NoAnswer)
    assert "no filters" in found.needs
    convolution = L.Conv1D(2, 3, name="convolution")
    model = model_of((6, 2), [convolution, L.Dense(3, name="dense")])
    found = layer_filters(model, "dense")
    assert isinstance(found, NoAnswer)
    assert "choose convolution" in found.needs
    convolution.set_weights([np.full((3, 2, 2), np.nan, np.float32), np.zeros(2)])
    found = layer_filters(model)
    assert isinstance(found, NoAnswer)
    assert "diverged" in found.needs


# ---- looking
def test_looking_does_not_change_the_training() -> None:
    project = set_training(start_from("digits", "small_cnn"), epochs=5)
    data = load(project.data)
    questions = [
        ProbeRequest(1, "layer_filters"),
        ProbeRequest(2, "feature_maps", options=FrozenMap(part="training", row=1)),
        ProbeRequest(3, "microscope", options=FrozenMap(part="training", row=1)),
    ]

    def history(asked: list[ProbeRequest]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        control = JobControl()

        def told(event: object) -> None:
            if isinstance(event, EpochEnded):
                rows.append(asdict(event))
                for question in asked:
                    control.post(question)
            elif type(event).__name__ == "ProbeAnswer":
                answers.append(event)

        EngineRoom().train(TrainingRequest(project, data, questions=tuple(asked)))(told, control)
        return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]

    answers: list[Any] = []
    undisturbed = history([])
    assert not answers
    assert history(questions) == undisturbed
    assert {type(a.result) for a in answers} == {LayerFilters, FeatureMaps, Workings}
