"""Planes through more than two features: two of them, and the two principal components, against
NumPy written out.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import pytest

from app.core.data_settings import BuiltinSource, DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.data.loading import load
from app.data.prepared import Part, PreparedData
from app.data.samples import in_memory
from app.diagnostics.boundary import Boundary, UnitResponses, unit_layers
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.plane_of_features import Plane, choosable_features, plane_of
from app.diagnostics.principal_components import principal_components
from app.diagnostics.probes import answer

L = keras.layers


@dataclass(frozen=True)
class Asked:
    layer_id: str | None = None
    options: FrozenMap = field(default_factory=FrozenMap)
    sample: np.ndarray | None = None
    subject: str = "boundary"


def asked(
    layer_id: str | None = None, sample: np.ndarray | None = None, **options: object
) -> Asked:
    return Asked(layer_id, FrozenMap(options), sample)


@pytest.fixture(scope="module")
def iris() -> PreparedData:
    return load(DataSettings(source=BuiltinSource(name="iris"), preprocessing="standardize"))


def network(inputs: int, outputs: int = 3) -> Any:
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            L.Dense(5, name="hidden"),
            L.Activation("tanh", name="bent"),
            L.Dense(4, "sigmoid", name="squeezed"),
            L.Dense(outputs, "softmax", name="last"),
        ]
    )


def by_hand(model: Any, x: np.ndarray) -> dict[str, np.ndarray]:
    """What the layers of `network` put out, in float64."""
    w = [np.asarray(weight, np.float64) for weight in model.get_weights()]
    hidden = x @ w[0] + w[1]
    bent = np.tanh(hidden)
    squeezed = 1 / (1 + np.exp(-(bent @ w[2] + w[3])))
    last = np.exp(squeezed @ w[4] + w[5])
    last /= last.sum(axis=-1, keepdims=True)
    return {"hidden": hidden, "bent": bent, "squeezed": squeezed, "last": last}


def cells(bounds: tuple[float, ...], count: int) -> np.ndarray:
    """(rows, columns, 2): the middle of each cell, one after the other."""
    x0, x1, y0, y1 = bounds
    return np.array(
        [
            [
                (x0 + (x1 - x0) * (c + 0.5) / count, y0 + (y1 - y0) * (r + 0.5) / count)
                for c in range(count)
            ]
            for r in range(count)
        ]
    )


def preprocessed(data: PreparedData, raw: np.ndarray) -> np.ndarray:
    """Standardized by hand, on the training part."""
    training = in_memory(data.raw)[data.training.rows]
    return np.asarray((raw - training.mean(axis=0)) / training.std(axis=0))


def test_two_of_four_features_the_others_at_their_mean(iris: PreparedData) -> None:
    model = network(4)
    found = answer(asked(plane="features", across=2, up=0, resolution=9), model, iris)
    assert isinstance(found, Boundary)
    assert found.plane is not None
    points = cells(found.bounds, 9)
    raw = np.tile(in_memory(iris.raw)[iris.training.rows].mean(axis=0), (9, 9, 1))
    raw[..., 2], raw[..., 0] = points[..., 0], points[..., 1]
    expected = by_hand(model, preprocessed(iris, raw))["last"]
    np.testing.assert_allclose(found.values, expected, rtol=1e-5)
    np.testing.assert_array_equal(found.classes, expected.argmax(axis=-1))
    names = iris.summary.feature_names
    assert found.plane.names == (names[2], names[0])
    assert "other 2 features are held at the mean of the training part" in found.plane.note
    everything = in_memory(iris.raw)[:, [2, 0]]
    spread = everything.max(axis=0) - everything.min(axis=0)
    np.testing.assert_allclose(found.bounds[::2], everything.min(axis=0) - 0.1 * spread)
    for one in found.plane.samples:
        rows = iris.part(one.part).rows[one.rows]
        np.testing.assert_allclose(one.places, everything[rows])
    # Every layer with single units answers on the same plane, an activation behind a dense too.
    shape = (9, 9, -1)
    assert unit_layers(model) == (("hidden", 5), ("bent", 5), ("squeezed", 4), ("last", 3))
    for layer, middle in (("hidden", 0.0), ("bent", 0.0), ("squeezed", 0.5), ("last", 0.5)):
        units = answer(asked(layer, plane="features", across=2, up=0, resolution=9), model, iris)
        assert isinstance(units, UnitResponses)
        expected = by_hand(model, preprocessed(iris, raw))[layer].reshape(shape)
        np.testing.assert_allclose(np.moveaxis(units.values, 0, -1), expected, rtol=1e-5, atol=1e-6)
        assert units.middle == middle
        assert units.plane is found.plane or units.plane.bounds == found.bounds  # type: ignore[union-attr]


def test_the_others_held_as_in_a_sample(iris: PreparedData) -> None:
    model = network(4)
    wanted: dict[str, Any] = {
        "plane": "features",
        "across": 1,
        "up": 3,
        "hold": "sample",
        "resolution": 4,
    }
    found = answer(asked(**wanted, part="training", row=7), model, iris)
    assert isinstance(found, Boundary)
    assert found.plane is not None
    assert "as in sample 8 of the training part" in found.plane.note
    raw = np.tile(in_memory(iris.raw)[iris.training.rows[7]], (4, 4, 1))
    points = cells(found.bounds, 4)
    raw[..., 1], raw[..., 3] = points[..., 0], points[..., 1]
    expected = by_hand(model, preprocessed(iris, raw))["last"]
    np.testing.assert_allclose(found.values, expected, rtol=1e-5)
    given = answer(asked(sample=np.array([9.0, 0.0, 1.0, 0.0]), **wanted), model, iris)
    assert isinstance(given, Boundary)
    raw[..., 0], raw[..., 2] = 9.0, 1.0
    np.testing.assert_allclose(
        given.values, by_hand(model, preprocessed(iris, raw))["last"], rtol=1e-5
    )


def test_the_principal_plane_against_a_singular_value_decomposition(iris: PreparedData) -> None:
    model = network(4)
    found = answer(asked(resolution=8), model, iris)
    assert isinstance(found, Boundary)
    plane = found.plane
    assert plane is not None
    x = np.asarray(iris.training.x, np.float64)
    _, lengths, axes = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    shares = lengths**2 / (lengths**2).sum()
    signs = np.sign((axes[:2] * plane.axes).sum(axis=1))
    np.testing.assert_allclose(plane.axes, signs[:, None] * axes[:2], atol=1e-6)
    assert plane.names == tuple(
        f"component {n + 1} ({shares[n]:.0%} of the variance)" for n in range(2)
    )
    # Back into feature space, cell by cell, then through the network.
    inputs = x.mean(axis=0) + cells(found.bounds, 8) @ plane.axes
    np.testing.assert_allclose(found.values, by_hand(model, inputs)["last"], rtol=1e-5)
    for one in plane.samples:
        part = np.asarray(iris.part(one.part).x, np.float64)[one.rows]
        np.testing.assert_allclose(one.places, (part - x.mean(axis=0)) @ plane.axes.T, atol=1e-6)
        low, high = np.array(found.bounds).reshape(2, 2).T
        assert ((one.places > low) & (one.places < high)).all()
    assert "projected onto it" in plane.note
    units = answer(asked("bent", resolution=8), model, iris)
    assert isinstance(units, UnitResponses)
    assert units.plane is plane  # not worked out a second time while it trains
    np.testing.assert_allclose(
        np.moveaxis(units.values, 0, -1), by_hand(model, inputs)["bent"], rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("shape", [(40, 6), (6, 40), (5, 5), (1, 3)])
def test_components_of_tall_and_wide_samples(shape: tuple[int, int]) -> None:
    samples = np.random.default_rng(1).normal(size=shape) * np.linspace(3, 1, shape[1])
    found = principal_components(samples, 3)
    centred = samples - samples.mean(axis=0)
    _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
    real = min(shape[0] - 1, shape[1], 3)
    expected = np.zeros((3, shape[1]))
    expected[:real] = axes[:real]
    expected *= np.sign((expected * found.axes).sum(axis=1, keepdims=True)) + (expected == 0)
    np.testing.assert_allclose(found.axes, expected, atol=1e-7)
    shares = np.zeros(3)
    shares[:real] = lengths[:real] ** 2 / (lengths**2).sum()
    np.testing.assert_allclose(found.shares, shares, atol=1e-9)
    assert all(axis[np.abs(axis).argmax()] >= 0 for axis in found.axes)


def test_categories_at_their_most_common_one(tmp_path: Any) -> None:
    rng = np.random.default_rng(2)
    rows = ["height,city,weight,age,ill"]
    for _ in range(60):
        city = rng.choice(["Bonn", "Ulm", "Köln"], p=[0.2, 0.6, 0.2])
        numbers = rng.normal(size=3).round(3)
        rows.append(f"{numbers[0]},{city},{numbers[1]},{numbers[2]},{rng.choice(['yes', 'no'])}")
    path = tmp_path / "people.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    data = load(DataSettings(source=TableSource(path=str(path))))
    features = data.preprocessing.feature_names
    names = [name for _, name in choosable_features(data)]
    assert names == ["height", "weight", "age"]
    plane = plane_of(data, asked(plane="features"))
    assert isinstance(plane, Plane)
    assert plane.names == ("height", "weight")
    assert "categories at their most common one" in plane.note
    held = plane.transform(np.array([[0.25, -0.5]]))[0].tolist()
    training = in_memory(data.raw)[data.training.rows]
    expected = data.preprocessing.transform(training.mean(axis=0)[None])[0]
    expected[features.index("height")] = data.preprocessing.transform(np.full((1, 6), 0.25))[
        0, features.index("height")
    ]
    expected[features.index("weight")] = data.preprocessing.transform(np.full((1, 6), -0.5))[
        0, features.index("weight")
    ]
    cities = [n for n, name in enumerate(features) if name.startswith("city")]
    counts = training[:, cities].sum(axis=0)
    expected[cities] = counts == counts.max()
    np.testing.assert_allclose(held, expected, rtol=1e-6)
    assert isinstance(plane_of(data, asked(plane="features", across=0, up=0)), NoAnswer)
    assert isinstance(plane_of(data, asked(plane="features", across=0, up=cities[0])), NoAnswer)


def test_what_has_no_plane_is_told_in_words(iris: PreparedData) -> None:
    model = network(4)
    conv = keras.Sequential([keras.Input((4,)), L.Reshape((4, 1), name="long"), L.Flatten()])
    told = answer(asked("long"), conv, iris)
    assert isinstance(told, NoAnswer)
    assert "one number a unit" in told.needs
    told = answer(asked("gone"), model, iris)
    assert isinstance(told, NoAnswer)
    weights = model.get_weights()
    model.set_weights([np.full_like(weights[0], np.nan), *weights[1:]])
    for layer in (None, "hidden"):
        told = answer(asked(layer), model, iris)
        assert isinstance(told, NoAnswer)
        assert "not finite" in told.needs
    empty = Part(iris.training.x[:0], iris.training.y[:0], iris.training.rows[:0])
    assert isinstance(plane_of(replace(iris, training=empty), asked()), NoAnswer)


def test_a_large_question_is_made_smaller() -> None:
    digits = load(DataSettings(source=BuiltinSource(name="digits"), preprocessing="pixels"))
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(name="flat"), L.Dense(10)])
    found = answer(asked(resolution=500), model, digits)
    assert isinstance(found, Boundary)
    assert found.values.shape[:2] == (32, 32)  # 2**16 numbers: 1024 pictures of 64
    plane = found.plane
    assert plane is not None
    back = plane.transform(np.zeros((1, 2)))[0]
    middle = in_memory(digits.training.x).mean(axis=0, dtype=np.float64)
    np.testing.assert_allclose(back, middle, atol=1e-6)
    units = answer(asked("flat", resolution=500), model, digits)
    assert isinstance(units, UnitResponses)
    assert units.values.shape == (64, 32, 32)
