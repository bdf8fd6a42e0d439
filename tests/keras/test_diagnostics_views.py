"""Dead units, boundaries and unit responses against forward passes written out in NumPy."""

import gc
import weakref
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import pytest

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.templates import start_from
from app.data.loading import load
from app.data.prepared import PreparedData
from app.data.preprocessing import FittedPreprocessing
from app.data.raw_data import Column
from app.data.samples import in_memory
from app.diagnostics import forward
from app.diagnostics.boundary import (
    Boundary,
    UnitResponses,
    decision_boundary,
    unit_responses,
)
from app.diagnostics.dead_units import Census, census, mortal_layers, unit_activity
from app.diagnostics.filters import FilterBank
from app.diagnostics.forward import outputs
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.plane_of_features import Plane, plane_of
from app.diagnostics.probes import Predictions, answer
from app.diagnostics.readings import PROBABILITIES, read_outputs, reading_of
from app.diagnostics.value_distributions import ValueDistribution, output_distribution

L = keras.layers
PLAIN = FittedPreprocessing("none", (2,), (Column("x"), Column("y")), (0.0, 0.0), (1.0, 1.0))
SHIFTED = FittedPreprocessing(
    "standardize", (2,), (Column("x"), Column("y")), (10.0, -2.0), (4.0, 0.5)
)


@dataclass(frozen=True)
class Asked:
    subject: str
    layer_id: str | None = None
    options: FrozenMap = field(default_factory=FrozenMap)
    sample: np.ndarray | None = None


def _model(layers: list[Any], shape: tuple[int, ...], loss: Any = None) -> Any:
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input(shape), *layers])
    if loss is not None:
        model.compile(loss=loss)
    return model


def _small(last: int = 1, activation: str | None = "sigmoid", loss: Any = None) -> Any:
    layers = [L.Dense(5, "tanh", name="hidden"), L.Dense(last, activation, name="last")]
    return _model(layers, (2,), loss)


def _by_hand(model: Any, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(hidden, last before its activation) of `_small` in float64."""
    (w1, b1), (w2, b2) = (layer.get_weights() for layer in model.layers)
    hidden = np.tanh(x @ w1.astype(np.float64) + b1)
    return hidden, hidden @ w2.astype(np.float64) + b2


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


def _softmax(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.exp(x) / np.exp(x).sum(axis=-1, keepdims=True))


# ---- boundary
def _points(bounds: tuple[float, ...], resolution: int) -> np.ndarray:
    """(rows, columns, 2): the middle of each cell."""
    x0, x1, y0, y1 = bounds
    grid = np.empty((resolution, resolution, 2))
    for row in range(resolution):
        for column in range(resolution):
            grid[row, column, 0] = x0 + (x1 - x0) * (2 * column + 1) / (2 * resolution)
            grid[row, column, 1] = y0 + (y1 - y0) * (2 * row + 1) / (2 * resolution)
    return grid


def test_boundary_of_two_classes_in_raw_units() -> None:
    model = _small()
    bounds = (6.0, 14.0, -3.0, -1.0)
    found = decision_boundary(model, SHIFTED, bounds, 7, "binary")
    assert found is not None
    raw = _points(bounds, 7)
    np.testing.assert_allclose(found.x, raw[0, :, 0])
    np.testing.assert_allclose(found.y, raw[:, 0, 1])
    _, last = _by_hand(model, (raw - (10.0, -2.0)) / (4.0, 0.5))
    p = _sigmoid(last)
    np.testing.assert_allclose(found.values, p, atol=1e-6)
    assert found.classes is not None
    assert found.confidence is not None
    np.testing.assert_array_equal(found.classes, (p[..., 0] > 0.5).astype(int))
    np.testing.assert_allclose(found.confidence, np.maximum(p, 1 - p)[..., 0], atol=1e-6)
    assert {0, 1} == set(found.classes.ravel().tolist())
    assert not found.values.flags.writeable


def test_boundary_of_several_classes() -> None:
    model = _small(3, "softmax")
    found = decision_boundary(model, PLAIN, (-3.0, 3.0, -3.0, 3.0), 6, "multiclass")
    assert found is not None
    p = _softmax(_by_hand(model, _points(found.bounds, 6))[1])
    np.testing.assert_allclose(found.values, p, atol=1e-6)
    assert found.classes is not None
    np.testing.assert_array_equal(found.classes, p.argmax(axis=-1))
    assert found.confidence is not None
    np.testing.assert_allclose(found.confidence, p.max(axis=-1), atol=1e-6)


def test_logits_become_probabilities() -> None:
    binary = _small(1, None, keras.losses.BinaryCrossentropy(from_logits=True))
    several = _small(3, None, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    for model, task, squash in ((binary, "binary", _sigmoid), (several, "multiclass", _softmax)):
        found = decision_boundary(model, PLAIN, (-3.0, 3.0, -3.0, 3.0), 5, task)  # type: ignore[arg-type]
        assert found is not None
        assert found.verdicts.reading == "logit"
        expected = squash(_by_hand(model, _points(found.bounds, 5))[1])
        np.testing.assert_allclose(found.values, expected, atol=1e-6)


def test_classes_asked_about_one_by_one_have_probabilities_of_their_own() -> None:
    model = _small(3, None, keras.losses.BinaryCrossentropy(from_logits=True))
    found = decision_boundary(model, PLAIN, (-3.0, 3.0, -3.0, 3.0), 5, "multiclass")
    assert found is not None
    scores = _by_hand(model, _points(found.bounds, 5))[1]
    np.testing.assert_allclose(found.values, _sigmoid(scores), atol=1e-6)
    np.testing.assert_array_equal(found.classes, scores.argmax(axis=-1))
    assert found.confidence is not None
    np.testing.assert_allclose(found.confidence, _sigmoid(scores).max(axis=-1), atol=1e-6)
    assert found.verdicts.reading in PROBABILITIES


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16"])
def test_what_layers_put_out_in_half_precision_comes_in_single(precision: str) -> None:
    keras.utils.set_random_seed(3)
    entry = keras.Input((2,))
    hidden = L.Dense(5, "tanh", name="hidden", dtype=precision)(entry)
    model = keras.Model(entry, L.Dense(1, "sigmoid", name="last", dtype="float32")(hidden))
    x = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)
    (found,) = outputs(model, x, ("hidden",))
    assert found.dtype == np.float32
    kernel, bias = (np.asarray(weight) for weight in model.get_layer("hidden").get_weights())
    np.testing.assert_allclose(found, np.tanh(x @ kernel + bias), atol=0.02)
    told = output_distribution(
        model, model.get_layer("hidden"), ("output",), load(start_from("moons").data), "validation"
    )
    assert isinstance(told, ValueDistribution)
    assert told.not_finite == 0
    assert told.count == told.whole == 5 * told.samples


def test_outputs_of_a_model_within_the_model_are_those_of_its_place() -> None:
    keras.utils.set_random_seed(4)
    inside = keras.Input((2,))
    tower = keras.Model(inside, L.Dense(3, "tanh")(L.Dense(4, "tanh")(inside)), name="tower")
    entry = keras.Input((2,))
    model = keras.Model(
        entry, L.Dense(1, name="last")(tower(L.Rescaling(2.0, name="twice")(entry)))
    )
    x = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)
    found, last = outputs(model, x, ("tower", "last"))
    np.testing.assert_allclose(found, tower(2.0 * x), rtol=1e-5)
    np.testing.assert_allclose(last, model(x), rtol=1e-5)


def test_surface_and_curve_of_a_regression() -> None:
    model = _small(1, None, keras.losses.MeanSquaredError())
    found = decision_boundary(model, PLAIN, (-3.0, 3.0, -3.0, 3.0), 5, "regression")
    assert found is not None
    np.testing.assert_allclose(
        found.values, _by_hand(model, _points(found.bounds, 5))[1], atol=1e-5
    )
    assert found.classes is None
    line = _model([L.Dense(4, "tanh"), L.Dense(1)], (1,))
    prepared = FittedPreprocessing("standardize", (1,), (Column("x"),), (1.0,), (2.0,))
    curve = decision_boundary(line, prepared, (-3.0, 5.0), 9, "regression")
    assert curve is not None
    assert curve.features == 1
    np.testing.assert_allclose(curve.x, [-3, -2, -1, 0, 1, 2, 3, 4, 5])
    assert curve.y.shape == (0,)
    _, last = _by_hand(line, (curve.x[:, None] - 1.0) / 2.0)
    np.testing.assert_allclose(curve.values, last[None], atol=1e-6)


def test_values_that_are_not_finite_are_no_answer() -> None:
    model = _small()
    model.layers[0].set_weights([np.full((2, 5), np.nan), np.zeros(5)])
    assert decision_boundary(model, PLAIN, (-1.0, 1.0, -1.0, 1.0), 4, "binary") is None
    assert unit_responses(model, "hidden", PLAIN, (-1.0, 1.0, -1.0, 1.0), 4) is None


def test_each_units_own_response() -> None:
    model = _small()
    bounds = (6.0, 14.0, -3.0, -1.0)
    found = unit_responses(model, "hidden", SHIFTED, bounds, 6)
    assert found is not None
    hidden, last = _by_hand(model, (_points(bounds, 6) - (10.0, -2.0)) / (4.0, 0.5))
    assert found.values.shape == (5, 6, 6)
    np.testing.assert_allclose(np.moveaxis(found.values, 0, -1), hidden, atol=1e-6)
    output = unit_responses(model, "last", SHIFTED, bounds, 6)
    assert output is not None
    np.testing.assert_allclose(output.values[0], _sigmoid(last)[..., 0], atol=1e-6)
    assert unit_responses(model, "missing", SHIFTED, bounds, 6) is None


# ---- speed and memory
def test_asking_again_traces_nothing_and_follows_the_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = _small()
    traces: list[tuple[str, ...]] = []
    original = forward._trace

    def counted(model: Any, layer_ids: tuple[str, ...]) -> Any:
        traces.append(layer_ids)
        return original(model, layer_ids)

    monkeypatch.setattr(forward, "_trace", counted)
    bounds = (-1.0, 1.0, -1.0, 1.0)
    for resolution in (4, 64, 64, 80):  # 6400 points: more than one batch
        found = decision_boundary(model, PLAIN, bounds, resolution, "binary")
        assert found is not None
        expected = _sigmoid(_by_hand(model, _points(bounds, resolution))[1])
        np.testing.assert_allclose(found.values, expected, atol=1e-6)
        model.set_weights([0.5 * w + 0.1 for w in model.get_weights()])
    assert unit_responses(model, "hidden", PLAIN, bounds, 4) is not None
    assert unit_responses(model, "last", PLAIN, bounds, 8) is not None
    assert traces == [(), ("hidden", "last")]


def test_a_looked_at_model_can_be_forgotten() -> None:
    model = _small()
    assert decision_boundary(model, PLAIN, (-1.0, 1.0, -1.0, 1.0), 4, "binary") is not None
    before = len(forward._traced)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    assert len(forward._traced) < before


# ---- dead units
def test_activity_is_counted_over_samples_and_positions() -> None:
    outputs = np.zeros((4, 2, 2, 3), np.float32)
    outputs[0, 1, 0, 0] = 0.5  # unit 0 in one sample of four
    outputs[:, 0, 1, 2] = 2.0  # unit 2 in all
    found = unit_activity("conv", outputs)
    assert found.dead.tolist() == [False, True, False]
    assert found.active_share.tolist() == [0.25, 0.0, 1.0]
    assert (found.dead_count, found.samples, found.layer_id) == (1, 4, "conv")


def test_census_against_a_forward_pass_by_hand() -> None:
    model = _model(
        [L.Dense(4, "relu", name="a"), L.Dense(3, "tanh"), L.Dense(2, "relu", name="b")], (2,)
    )
    x = np.random.default_rng(1).normal(size=(50, 2)).astype(np.float32)
    weights = model.get_weights()
    weights[1] = np.array(
        [0.1, -100.0, 0.0, -2.0], np.float32
    )  # unit 1 can never fire, unit 3 rarely
    weights[5] = np.array([-100.0, 5.0], np.float32)
    model.set_weights(weights)
    found = census(model, x, batch=16)
    first = np.maximum(x @ weights[0] + weights[1], 0)
    second = np.maximum(np.tanh(first @ weights[2] + weights[3]) @ weights[4] + weights[5], 0)
    assert [layer.layer_id for layer in found.layers] == ["a", "b"]
    for layer, expected in zip(found.layers, (first, second), strict=True):
        np.testing.assert_array_equal(layer.dead, expected.max(axis=0) <= 0)
        np.testing.assert_allclose(layer.active_share, (expected > 0).mean(axis=0))
    assert found.layers[0].dead[1]
    assert found.layers[1].dead.tolist() == [True, False]


def test_units_die_within_wrappers_too() -> None:
    model = _model(
        [
            L.TimeDistributed(L.Dense(3, "relu"), name="each_step"),
            L.SpectralNormalization(L.Conv1D(2, 2, activation="relu"), name="scaled"),
            L.LSTM(2, name="cells"),
        ],
        (5, 2),
    )
    assert mortal_layers(model) == (("each_step", "each_step"), ("scaled", "scaled"))
    model.get_layer("each_step").layer.bias.assign([0.0, -100.0, 0.0])
    x = np.random.default_rng(1).normal(size=(9, 5, 2)).astype(np.float32)
    kernel = model.get_layer("each_step").layer.kernel.numpy()
    steps = np.maximum(x @ kernel + np.array([0.0, -100.0, 0.0]), 0.0)
    found = census(model, x).layers[0]
    assert found.dead.tolist() == [False, True, False]
    np.testing.assert_array_equal(found.active_share, (steps > 0).any(axis=1).mean(axis=0))


def test_a_layer_dies_in_the_relu_that_follows() -> None:
    model = _model(
        [
            L.Conv2D(3, 2, name="conv"),
            L.BatchNormalization(name="norm"),
            L.ReLU(name="relu"),
            L.Flatten(),
            L.Dense(4, name="dense"),
            L.Activation("relu", name="activation"),
            L.Dense(4, name="leaky"),
            L.LeakyReLU(),
            L.Dense(2, "softmax", name="last"),
        ],
        (5, 5, 1),
    )
    assert mortal_layers(model) == (
        ("conv", "relu"),
        ("relu", "relu"),
        ("dense", "activation"),
        ("activation", "activation"),
    )
    model.get_layer("dense").bias.assign([0.0, -100.0, 0.0, 0.0])
    x = np.random.default_rng(1).normal(size=(9, 5, 5, 1)).astype(np.float32)
    by_name = {layer.layer_id: layer for layer in census(model, x).layers}
    assert by_name["dense"].dead.tolist() == [False, True, False, False]
    np.testing.assert_array_equal(by_name["dense"].dead, by_name["activation"].dead)


# ---- readings
def test_what_outputs_say() -> None:
    sign = read_outputs(np.array([[-2.0], [-0.5], [0.25]]), "sign", "binary")
    assert sign.values[:, 0].tolist() == [0.0, 0.25, 0.625]
    assert sign.classes is not None
    assert sign.classes.tolist() == [0, 0, 1]
    assert sign.confidence is not None
    assert sign.confidence.tolist() == [1.0, 0.75, 0.625]
    squared = read_outputs(np.array([[-0.2, 1.3]]), "probability", "multiclass")
    assert squared.values.tolist() == [[0.0, 1.0]]
    assert reading_of(_small(1, "tanh", keras.losses.Hinge()), "binary") == "sign"
    assert reading_of(_small(3, None, keras.losses.CategoricalHinge()), "multiclass") == "score"
    assert reading_of(_small(1, None, keras.losses.MeanSquaredError()), "regression") == "number"
    assert reading_of(_small(1, None, keras.losses.MeanSquaredError()), "binary") == "probability"


# ---- probes
@pytest.fixture(scope="module")
def moons() -> PreparedData:
    return load(DataSettings(source=BuiltinSource(name="moons"), preprocessing="standardize"))


def test_probes_answer_by_subject(moons: PreparedData) -> None:
    model = _model([L.Dense(3, "relu", name="hidden"), L.Dense(1, "sigmoid")], (2,))
    plane = plane_of(moons, Asked("boundary"))
    assert isinstance(plane, Plane)
    bounds = plane.bounds
    raw = in_memory(moons.raw)
    low, high = raw.min(axis=0), raw.max(axis=0)
    np.testing.assert_allclose(bounds[::2], low - 0.1 * (high - low))
    np.testing.assert_allclose(bounds[1::2], high + 0.1 * (high - low))
    boundary = answer(Asked("boundary", options=FrozenMap(resolution=12)), model, moons)
    assert isinstance(boundary, Boundary)
    assert boundary.values.shape == (12, 12, 1)
    assert boundary.bounds == bounds
    inner = FrozenMap(resolution=3, bounds=(0.0, 1.0, 0.0, 1.0))
    units = answer(Asked("boundary", "hidden", inner), model, moons)
    assert isinstance(units, UnitResponses)
    assert (units.values.shape, units.bounds) == ((3, 3, 3), (0.0, 1.0, 0.0, 1.0))
    found = answer(Asked("dead_units"), model, moons)
    assert isinstance(found, Census)
    assert found.layers[0].samples == len(moons.validation)
    predicted = answer(Asked("predictions", options=FrozenMap(part="training")), model, moons)
    assert isinstance(predicted, Predictions)
    expected = model(moons.training.x).numpy()
    np.testing.assert_allclose(predicted.verdicts.values, expected, atol=1e-6)
    sealed = answer(Asked("predictions", options=FrozenMap(part="test")), model, moons)
    assert isinstance(sealed, Predictions)
    assert sealed.part == "validation"  # the test part is the vault's
    assert answer(Asked("filters"), model, moons) is None
    assert answer(Asked("unheard of"), model, moons) is None


def test_probes_on_pictures() -> None:
    digits = load(DataSettings(source=BuiltinSource(name="digits"), preprocessing="pixels"))
    model = _model([L.Conv2D(4, 3, name="conv"), L.Flatten(), L.Dense(10, "softmax")], (8, 8, 1))
    bank = answer(Asked("filters", "conv"), model, digits)
    assert isinstance(bank, FilterBank)
    assert bank.kernels.shape == (4, 3, 3)
    over_components = answer(Asked("boundary"), model, digits)
    assert isinstance(over_components, Boundary)
    assert over_components.plane is not None
    assert over_components.plane.kind == "components"
    assert isinstance(answer(Asked("boundary", "conv"), model, digits), NoAnswer)
    assert answer(Asked("dead_units"), model, digits) is None
