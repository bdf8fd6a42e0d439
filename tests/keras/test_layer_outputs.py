"""Samples as layers see them: principal components against NumPy's SVD, t-SNE against what it is
for.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import pytest

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.data.loading import load
from app.data.prepared import Part, PreparedData
from app.diagnostics.boundary import Boundary, UnitResponses
from app.diagnostics.layer_outputs import PARTS, LayerOutputs, aligned
from app.diagnostics.neighbour_layout import PieceDone, neighbour_layout
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.probes import answer
from app.training.engine_room import EngineRoom
from app.training.events import EpochEnded, ProbeAnswer, ProbeRequest
from tests.keras.small_runs import DENSE, Run, moons, request
from tests.keras.streamed import OnDisk, on_disk

L = keras.layers


@dataclass(frozen=True)
class Asked:
    layer_id: str | None = None
    options: FrozenMap = field(default_factory=FrozenMap)
    sample: np.ndarray | None = None
    subject: str = "layer_outputs"


def ask(model: Any, data: PreparedData, *layers: str, **options: object) -> LayerOutputs:
    found = answer(Asked(None, FrozenMap(options, layers=layers)), model, data)
    assert isinstance(found, LayerOutputs), found
    return found


@pytest.fixture(scope="module")
def iris() -> PreparedData:
    return load(DataSettings(source=BuiltinSource(name="iris"), preprocessing="standardize"))


@pytest.fixture(scope="module")
def digits() -> PreparedData:
    return load(DataSettings(source=BuiltinSource(name="digits"), preprocessing="pixels"))


def network() -> Any:
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((4,)),
            L.Dense(6, "tanh", name="hidden"),
            L.Dense(3, "softmax", name="last"),
        ]
    )


def svd(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores and shares of the variance by NumPy's singular value decomposition."""
    values = values.reshape(len(values), -1).astype(np.float64)
    left, lengths, _ = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    return left * lengths, lengths**2 / (lengths**2).sum()


def up_to_sign(found: np.ndarray, expected: np.ndarray) -> None:
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found, signs * expected, rtol=1e-5, atol=1e-5)


def test_input_hidden_and_last_against_a_singular_value_decomposition(iris: PreparedData) -> None:
    model = network()
    found = ask(model, iris, "", "hidden", "last")
    count = len(iris.training) + len(iris.validation)
    assert (len(found.rows), found.available) == (count, count)
    x = np.concatenate(
        [iris.part(name).x[found.rows[found.parts == n]] for n, name in enumerate(PARTS)]
    ).astype(np.float64)
    w = [np.asarray(weight, np.float64) for weight in model.get_weights()]
    hidden = np.tanh(x @ w[0] + w[1])
    last = np.exp(hidden @ w[2] + w[3])
    last /= last.sum(axis=1, keepdims=True)
    assert [one.layer_id for one in found.layers] == ["", "hidden", "last"]
    for one, values in zip(found.layers, (x, hidden, last), strict=True):
        scores, shares = svd(values)
        up_to_sign(one.scores[:, :2], scores[:, :2])
        np.testing.assert_allclose(one.shares[:2], shares[:2], rtol=1e-5)
        assert not one.scores.flags.writeable
    assert found.layers[2].scores.shape[1] == 3
    np.testing.assert_array_equal(found.verdicts.classes, last.argmax(axis=1))
    np.testing.assert_allclose(found.verdicts.values, last, rtol=1e-5)


def test_pictures_behind_a_convolution_and_fewer_of_wide_layers(digits: PreparedData) -> None:
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Conv2D(16, 3, activation="relu", name="conv"),
            L.Flatten(),
            L.Dense(10, name="last"),
        ]
    )
    found = ask(model, digits, "conv")
    assert len(found.rows) == 256  # 576 numbers each
    assert found.available == len(digits.training) + len(digits.validation)
    assert found.layers[0].shape == (6, 6, 16)
    x = np.concatenate(
        [digits.part(name).x[found.rows[found.parts == n]] for n, name in enumerate(PARTS)]
    )
    expected, shares = svd(model.get_layer("conv")(x).numpy())
    up_to_sign(found.layers[0].scores[:, :3], expected[:, :3])
    np.testing.assert_allclose(found.layers[0].shares[:3], shares[:3], rtol=1e-4)
    assert found.layers[0].scores.shape == (256, 50)
    # Both parts by their size, each evenly from its first to its last.
    share = len(digits.validation) / found.available
    assert abs((found.parts == 1).mean() - share) < 0.01
    assert found.rows[found.parts == 0][[0, -1]].tolist() == [0, len(digits.training) - 1]
    only = ask(model, digits, "", part="validation", count=1000)
    assert (only.parts == 1).all()
    assert len(only.rows) == min(1000, len(digits.validation))
    assert len(ask(model, digits, "", count=1000).rows) == 1000


def test_samples_on_disk_are_thinned_and_one_that_is_gone_is_told_of(digits: PreparedData) -> None:
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), L.Dense(10, name="last")])
    streamed = on_disk(digits)
    found = ask(model, streamed, "", "last")
    assert len(found.rows) == 256
    x = streamed.training.x
    assert isinstance(x, OnDisk)
    assert x.read == (found.parts == 0).sum()
    plane = answer(Asked(subject="boundary"), model, streamed)
    assert isinstance(plane, Boundary)
    assert plane.plane is not None
    assert "components of 256 samples" in plane.plane.note
    assert [len(one.rows) for one in plane.plane.samples] == [256, 256]
    gone = on_disk(digits)
    assert isinstance(gone.training.x, OnDisk)
    gone.training.x.vanished = {0}
    for subject in ("boundary", "layer_outputs"):
        told = answer(Asked(subject=subject), model, gone)
        assert isinstance(told, NoAnswer)
        assert "can no longer be read" in told.needs


def test_signs_stay_as_they_were() -> None:
    rng = np.random.default_rng(0)
    before = rng.normal(size=(30, 4))
    now = before + 0.2 * rng.normal(size=before.shape)
    turned = now * np.array([-1.0, 1.0, 1.0, -1.0])
    np.testing.assert_array_equal(aligned(turned, before), now)
    np.testing.assert_array_equal(aligned(turned[:, :2], before), now[:, :2])


def test_what_cannot_be_shown_is_told_in_words(iris: PreparedData) -> None:
    model = network()
    told = answer(Asked(options=FrozenMap(layers=("gone",))), model, iris)
    assert isinstance(told, NoAnswer)
    assert "no layer called gone" in told.needs
    weights = model.get_weights()
    model.set_weights([*weights[:2], np.full_like(weights[2], np.inf), weights[3]])
    told = answer(Asked("hidden"), model, iris)
    assert isinstance(told, NoAnswer)
    assert "not finite" in told.needs
    model.set_weights(weights)
    none = Part(iris.training.x[:0], iris.training.y[:0], iris.training.rows[:0])
    told = answer(Asked("hidden"), model, replace(iris, training=none, validation=none))
    assert isinstance(told, NoAnswer)
    # Two samples are enough, alike or not.
    two = Part(iris.training.x[:2], iris.training.y[:2], iris.training.rows[:2])
    few = ask(model, replace(iris, training=two, validation=none), "hidden")
    assert few.layers[0].scores.shape == (2, 2)
    np.testing.assert_allclose(few.layers[0].shares, [1.0, 0.0], atol=1e-12)


def test_looking_does_not_change_what_is_learned() -> None:
    def history(*questions: ProbeRequest) -> tuple[list[Any], list[object]]:
        def on(event: object) -> None:
            if isinstance(event, EpochEnded) and questions:
                one.control.post(questions[event.epoch % len(questions)])

        one = Run(on)
        wanted = request(moons(DENSE, epochs=300))
        one.do(EngineRoom().train(replace(wanted, questions=questions)))
        rows = [(event.epoch, dict(event.metrics)) for event in one.of(EpochEnded)]
        return rows, [event.result for event in one.of(ProbeAnswer)]

    looks = (
        ProbeRequest(1, "layer_outputs", None, FrozenMap(layers=("", "dense_1", "output"))),
        ProbeRequest(2, "boundary", "dense_2", FrozenMap(resolution=16)),
        ProbeRequest(3, "boundary", None, FrozenMap(plane="components")),
    )
    alone, _ = history()
    looked_at, answers = history(*looks)
    assert looked_at == alone
    assert {type(one) for one in answers} == {LayerOutputs, UnitResponses, Boundary}


# ---- t-SNE
def three_clouds() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    centres = 6 * np.eye(8)[:3]
    names = np.repeat([0, 1, 2], 25)
    return centres[names] + rng.normal(size=(75, 8)), names


def test_clouds_stay_apart_and_the_next_layout_goes_on_from_the_last() -> None:
    scores, names = three_clouds()
    told: list[PieceDone] = []
    found = neighbour_layout(scores, None, told.append, lambda: False)
    assert found is not None
    assert [(one.done, one.of) for one in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    distances = np.linalg.norm(found.places[:, None] - found.places[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert (names[distances.argmin(axis=1)] == names).all()
    again = neighbour_layout(scores, None, told.append, lambda: False)
    assert again is not None
    np.testing.assert_array_equal(again.places, found.places)
    # A little further in the training: the samples have moved a little, and so has the picture.
    moved = scores + 0.05 * np.random.default_rng(6).normal(size=scores.shape)
    after = neighbour_layout(moved, found.places, told.append, lambda: False)
    assert after is not None
    spread = np.ptp(found.places, axis=0).max()
    assert np.linalg.norm(after.places - found.places, axis=1).max() < 0.25 * spread
    assert after.divergence < 1.1 * found.divergence


def test_as_true_to_the_neighbours_as_the_whole_method_at_once() -> None:
    from sklearn.manifold import TSNE

    scores, _ = three_clouds()
    found = neighbour_layout(scores, None, lambda _piece: None, lambda: False)
    assert found is not None
    whole = TSNE(perplexity=found.perplexity, init="pca", random_state=0)
    whole.fit(scores)
    assert found.divergence < 1.15 * whole.kl_divergence_


def test_a_layout_can_be_stopped() -> None:
    scores, _ = three_clouds()
    told: list[PieceDone] = []
    assert neighbour_layout(scores, None, told.append, lambda: len(told) == 2) is None
    assert len(told) == 2


def test_alike_samples_do_not_break_the_layout() -> None:
    found = neighbour_layout(np.zeros((6, 2)), None, lambda _piece: None, lambda: False)
    assert found is not None
    assert np.isfinite(found.places).all()
