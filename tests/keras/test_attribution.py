"""What mattered in a sample, against differences and sums written out in NumPy."""

import gc
import weakref
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.core.network import chain
from app.data.preparation import prepare
from app.data.prepared import PreparedData
from app.data.samples import in_memory
from app.diagnostics import occlusion
from app.diagnostics.attribution import (
    NO_CONVOLUTION,
    NO_GRADIENT,
    NO_PICTURES,
    NOISE,
    NOISY_COPIES,
    NOT_FINITE,
    Attribution,
)
from app.diagnostics.chosen_sample import chosen_sample
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.occlusion import OcclusionPiece, drop_map, patch_places
from app.diagnostics.probes import answer
from app.training.engine_room import EngineRoom
from app.training.events import EpochEnded, Paused, ProbeAnswer, ProbeRequest
from app.training.gradient_registry import custom_gradients
from tests.keras.small_runs import Run, data_of, digits, layer, moons, request
from tests.unit.small_sources import settings, table

L = keras.layers


@dataclass(frozen=True)
class Asked:
    subject: str = "attribution"
    layer_id: str | None = None
    options: FrozenMap = field(default_factory=FrozenMap)
    sample: np.ndarray | None = None


def asked(subject: str = "attribution", **options: object) -> Asked:
    return Asked(subject, None, FrozenMap(options))


@pytest.fixture(scope="module")
def pictures() -> PreparedData:
    return data_of(digits())


@pytest.fixture(scope="module")
def rows() -> PreparedData:
    return data_of(moons())


@pytest.fixture(scope="module")
def small() -> Any:
    """Two convolutions, tanh, a dense layer and softmax."""
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Conv2D(3, 3, activation="tanh", name="first"),
            L.Conv2D(4, 3, strides=2, activation="tanh", name="second"),
            L.Flatten(),
            L.Dense(10, activation="softmax", name="last"),
        ]
    )
    for variable in model.trainable_variables:  # so that the answers differ
        variable.assign(variable + 0.1 * np.random.default_rng(3).normal(size=variable.shape))
    return model


def convolved(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    """(height, width, filters) of one picture (height, width, channels), written out."""
    side = kernel.shape[0]
    count = (x.shape[0] - side) // stride + 1
    result = np.empty((count, count, kernel.shape[3]))
    for i in range(count):
        for j in range(count):
            window = x[i * stride : i * stride + side, j * stride : j * stride + side]
            result[i, j] = np.einsum("hwc,hwcf->f", window, kernel) + bias
    return result


def weights_of(model: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    kernel, bias = model.get_layer(name).get_weights()
    return kernel.astype(np.float64), bias.astype(np.float64)


def maps_by_hand(model: Any, x: np.ndarray) -> np.ndarray:
    first = np.tanh(convolved(x, *weights_of(model, "first"), 1))
    return np.asarray(np.tanh(convolved(first, *weights_of(model, "second"), 2)))


def scores_by_hand(model: Any, x: np.ndarray) -> np.ndarray:
    """Before softmax."""
    kernel, bias = weights_of(model, "last")
    return np.asarray(maps_by_hand(model, x).reshape(-1) @ kernel + bias)


def gradient_by_differences(model: Any, x: np.ndarray, target: int) -> np.ndarray:
    result = np.empty_like(x)
    for place in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-5
        higher, lower = scores_by_hand(model, x + step), scores_by_hand(model, x - step)
        result[place] = (higher[target] - lower[target]) / 2e-5
    return result


def got(model: Any, data: PreparedData, question: Asked) -> Attribution:
    found = answer(question, model, data)
    assert isinstance(found, Attribution), found
    return found


def test_saliency_is_the_gradient_of_the_score(small: Any, pictures: PreparedData) -> None:
    x = np.asarray(in_memory(pictures.validation.x)[5], np.float64)
    scores = scores_by_hand(small, x)
    decided = int(scores.argmax())
    gradient = gradient_by_differences(small, x, decided)
    found = got(small, pictures, asked(row=5))
    assert (found.target, found.scored, found.signed) == (decided, "score", False)
    np.testing.assert_allclose(found.values, np.abs(gradient[..., 0]), rtol=1e-3, atol=1e-6)
    shares = np.exp(scores - scores.max())
    np.testing.assert_allclose(found.verdicts.values, shares / shares.sum(), rtol=1e-5)
    np.testing.assert_array_equal(found.raw, pictures.raw[pictures.validation.rows[5]])

    other = (decided + 4) % 10
    product = got(small, pictures, asked(row=5, target=other, method="gradient_input"))
    by_hand = gradient_by_differences(small, x, other) * x
    np.testing.assert_allclose(product.values, by_hand[..., 0], rtol=1e-3, atol=1e-6)
    assert product.signed
    assert product.target == other


def test_a_drawn_sample_is_preprocessed(small: Any, pictures: PreparedData) -> None:
    raw = np.asarray(pictures.raw[pictures.validation.rows[9]], np.float64)
    drawn = got(small, pictures, replace(asked(), sample=raw))
    chosen = got(small, pictures, asked(part="validation", row=9))
    np.testing.assert_array_equal(drawn.values, chosen.values)


def test_smoothgrad_is_the_mean_over_noisy_copies(small: Any, pictures: PreparedData) -> None:
    x = np.asarray(in_memory(pictures.training.x)[2])
    noise = np.random.default_rng(0).standard_normal((NOISY_COPIES, *x.shape))
    noisy = (x + noise * (NOISE * (x.max() - x.min()))).astype(np.float64)
    gradients = [gradient_by_differences(small, copy, 3) for copy in noisy[:NOISY_COPIES]]
    found = got(small, pictures, asked(part="training", row=2, target=3, method="smooth"))
    assert found.copies == NOISY_COPIES
    expected = np.abs(np.mean(gradients, axis=0))[..., 0]
    np.testing.assert_allclose(found.values, expected, rtol=1e-3, atol=1e-6)


def test_grad_cam_by_hand(small: Any, pictures: PreparedData) -> None:
    x = np.asarray(in_memory(pictures.validation.x)[1], np.float64)
    maps = maps_by_hand(small, x)
    kernel, _ = weights_of(small, "last")
    for target in range(10):
        # Behind the maps everything is linear: the gradient is the weights.
        gradient = kernel[:, target].reshape(maps.shape)
        expected = np.maximum((maps * gradient.mean(axis=(0, 1))).sum(axis=-1), 0)
        found = got(small, pictures, asked(row=1, target=target, method="grad_cam"))
        np.testing.assert_allclose(found.values, expected, rtol=1e-4, atol=1e-6)
        assert (found.layer_id, found.layers) == ("second", ("first", "second"))

    first = got(small, pictures, replace(asked(row=1, method="grad_cam"), layer_id="first"))
    assert first.layer_id == "first"
    assert first.values.shape == (6, 6)
    before = np.tanh(convolved(x, *weights_of(small, "first"), 1))

    def score(maps_of_first: np.ndarray) -> float:
        second = np.tanh(convolved(maps_of_first, *weights_of(small, "second"), 2))
        return float(second.reshape(-1) @ kernel[:, first.target])

    gradient = np.empty_like(before)
    for place in np.ndindex(*before.shape):
        step = np.zeros_like(before)
        step[place] = 1e-5
        gradient[place] = (score(before + step) - score(before - step)) / 2e-5
    expected = np.maximum((before * gradient.mean(axis=(0, 1))).sum(axis=-1), 0)
    np.testing.assert_allclose(first.values, expected, rtol=1e-3, atol=1e-6)


def test_grad_cam_of_a_backbone_is_that_of_its_last_convolution(pictures: PreparedData) -> None:
    keras.utils.set_random_seed(5)
    inside = keras.Sequential(
        [keras.Input((8, 8, 1)), L.Conv2D(3, 3, activation="relu"), L.Conv2D(2, 3)], name="backbone"
    )
    shared = L.Conv2D(1, 3, padding="same", name="shared")
    first = keras.Input((8, 8, 1))
    maps = inside(shared(shared(first)))
    model = keras.Model(first, L.Dense(10, "softmax")(L.Flatten()(maps)))
    found = got(model, pictures, asked(method="grad_cam", target=4))
    # The layer in two places has no single map.
    assert (found.layers, found.layer_id) == (("backbone",), "backbone")
    x = in_memory(pictures.validation.x)[:1]
    put_out = inside(shared(shared(x))).numpy()[0]
    gradient = model.get_weights()[-2][:, 4].reshape(put_out.shape)
    expected = np.maximum(put_out @ gradient.mean(axis=(0, 1)), 0)
    np.testing.assert_allclose(found.values, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("last", ["dense", "softmax_layer", "activation_layer", "logits"])
def test_softmax_is_taken_off_however_it_is_written(last: str, pictures: PreparedData) -> None:
    keras.utils.set_random_seed(3)
    ends = {
        "dense": [L.Dense(10, activation="softmax")],
        "softmax_layer": [L.Dense(10), L.Softmax()],
        "activation_layer": [L.Dense(10), L.Activation("softmax")],
        "logits": [L.Dense(10)],
    }
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), *ends[last]])
    found = got(model, pictures, asked(target=6, method="gradient"))
    kernel = model.get_weights()[0]
    np.testing.assert_allclose(found.values, np.abs(kernel[:, 6]).reshape(8, 8), rtol=1e-5)
    assert found.scored == ("output" if last == "logits" else "score")
    again = model.predict(np.asarray(pictures.validation.x[:3]), verbose=0)
    if last == "dense":
        np.testing.assert_allclose(again.sum(axis=1), 1.0, rtol=1e-5)  # softmax is on again


def test_one_output_speaks_for_both_classes(rows: PreparedData) -> None:
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input((2,)), L.Dense(1, activation="sigmoid")])
    weights = model.get_weights()[0][:, 0]
    x = in_memory(rows.validation.x)[4]
    for target, sign in ((0, -1), (1, 1)):
        found = got(model, rows, asked(row=4, target=target, method="gradient_input"))
        np.testing.assert_allclose(found.values, sign * weights * x, rtol=1e-5)
    piece = answer(asked("occlusion", row=4, target=0), model, rows)
    assert isinstance(piece, OcclusionPiece)
    _, bias = model.get_weights()
    means = np.asarray(rows.training.x, np.float64).mean(axis=0)

    def probability(values: np.ndarray) -> float:
        return float(1 / (1 + np.exp(values @ weights + bias[0])))  # of class 0

    drops = []
    for column in range(2):
        covered = x.astype(np.float64)
        covered[column] = means[column]
        drops.append(probability(x) - probability(covered))
    np.testing.assert_allclose(piece.drops, drops, rtol=1e-3, atol=1e-6)
    np.testing.assert_array_equal(piece.places, [[0, 1], [1, 2]])
    assert piece.whole == pytest.approx(probability(x), rel=1e-5)


@pytest.mark.parametrize(("patch", "stride"), [(3, 1), (3, 2), (2, 9), (20, 1)])
def test_occlusion_is_a_loop_over_patches(
    small: Any, pictures: PreparedData, patch: int, stride: int
) -> None:
    x = np.asarray(in_memory(pictures.validation.x)[5])
    grey = np.float32(np.asarray(pictures.training.x).mean())
    pieces: list[OcclusionPiece] = []
    while not pieces or pieces[-1].start + len(pieces[-1].drops) < pieces[-1].total:
        start = sum(len(piece.drops) for piece in pieces)
        options = {"patch": patch, "stride": stride, "target": 2, "start": start, "row": 5}
        found = answer(asked("occlusion", **options), small, pictures)
        assert isinstance(found, OcclusionPiece)
        assert len(found.drops) > 0
        pieces.append(found)
    places = np.concatenate([piece.places for piece in pieces])
    drops = np.concatenate([piece.drops for piece in pieces])
    assert len(places) == len(drops) == pieces[0].total
    size = min(patch, 8)
    whole = small(x[None], training=False).numpy()[0, 2]
    for (row, column), drop in zip(places, drops, strict=True):
        covered = x.copy()
        covered[row : row + size, column : column + size] = grey
        put_out = small(covered[None], training=False).numpy()[0, 2]
        assert drop == pytest.approx(whole - put_out, abs=1e-5)
    shown = drop_map((8, 8), places, pieces[0].patch, drops)
    assert np.isfinite(shown).all()
    covering = [
        float(d)
        for (r, c), d in zip(places, drops, strict=True)
        if r <= 4 < r + size and c <= 6 < c + size
    ]
    assert shown[4, 6] == pytest.approx(np.mean(covering))


def test_what_covers_a_sequence_is_the_mean_of_each_feature() -> None:
    x = np.random.default_rng(4).normal((0, 7, -3), 1, (60, 6, 3))
    raw = replace(table(x, np.arange(60) % 2), columns=())
    data = prepare(raw, settings())
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((6, 3)), L.Flatten(), L.Dense(2, activation="softmax")])
    found = answer(asked("occlusion", patch=2, target=1, row=3), model, data)
    assert isinstance(found, OcclusionPiece)
    means = np.asarray(data.training.x).reshape(-1, 3).mean(axis=0)
    sample = np.asarray(data.validation.x)[3]
    whole = model(sample[None], training=False).numpy()[0, 1]
    for (step, feature), drop in zip(found.places, found.drops, strict=True):
        covered = sample.copy()
        covered[step : step + 2, feature : feature + 2] = means[feature : feature + 2]
        put_out = model(covered[None], training=False).numpy()[0, 1]
        assert drop == pytest.approx(whole - put_out, abs=1e-5)


def test_a_long_occlusion_comes_in_pieces(
    small: Any, pictures: PreparedData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(occlusion, "PIECE_SECONDS", 0.0)
    monkeypatch.setattr(occlusion, "_MOST_COPIES", 5)
    first = answer(asked("occlusion", patch=3), small, pictures)
    assert isinstance(first, OcclusionPiece)
    assert (first.start, len(first.drops), first.total) == (0, 5, 36)
    last = answer(asked("occlusion", patch=3, start=35), small, pictures)
    assert isinstance(last, OcclusionPiece)
    assert (last.start, len(last.drops), last.places.tolist()) == (35, 1, [[5, 5]])


def test_patches_reach_every_edge() -> None:
    assert patch_places((5, 4), (2, 2), 2).tolist() == [
        [row, column] for row in (0, 2, 3) for column in (0, 2)
    ]
    assert len(patch_places((28, 28), (6, 6), 50)) == 25  # a stride above the patch leaves no gaps


def needs(model: Any, data: PreparedData, question: Asked) -> str:
    found = answer(question, model, data)
    assert isinstance(found, NoAnswer), found
    return found.needs


def test_what_cannot_be_answered_says_what_it_needs(
    small: Any, pictures: PreparedData, rows: PreparedData
) -> None:
    dense = keras.Sequential([keras.Input((8, 8, 1)), L.Flatten(), L.Dense(10)])
    assert needs(dense, pictures, asked(method="grad_cam")) == NO_CONVOLUTION
    flat = keras.Sequential([keras.Input((2,)), L.Dense(1)])
    assert needs(flat, rows, asked(method="grad_cam")) == NO_PICTURES
    step = keras.Sequential([keras.Input((2,)), L.Discretization(bin_boundaries=[0.0]), L.Dense(1)])
    assert needs(step, rows, asked()) == NO_GRADIENT
    broken = keras.models.clone_model(dense)
    broken.set_weights([np.full_like(w, np.nan) for w in broken.get_weights()])
    for subject in ("attribution", "occlusion"):
        assert needs(broken, pictures, asked(subject)) == NOT_FINITE
        assert "10 classes" in needs(dense, pictures, asked(subject, target=10))
        assert "validation" in needs(dense, pictures, asked(subject, part="test"))
        assert "choose one" in needs(dense, pictures, asked(subject, row=10**6)).lower()
        drawn = replace(asked(subject), sample=np.zeros((7, 8, 1)))
        assert "8 × 8 × 1" in needs(dense, pictures, drawn)
        missing = replace(asked(subject), sample=np.full((8, 8, 1), np.nan))
        assert "not finite" in needs(dense, pictures, missing)
        huge = replace(asked(subject), sample=np.full((8, 8, 1), 1e300))
        assert "too large" in needs(dense, pictures, huge)
    maps = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(2, 3)])
    assert "row of numbers" in needs(maps, pictures, asked())


def test_without_a_place_it_is_the_first_validation_sample(pictures: PreparedData) -> None:
    first = chosen_sample(pictures, asked())
    np.testing.assert_array_equal(first, pictures.validation.x[:1])


def test_looking_does_not_change_the_training() -> None:
    """Bit for bit the same history, with dropout, batch normalization and random brightness."""
    network = chain(
        (
            layer("data", "InputLayer"),
            layer("conv_1", "Conv2D", filters=4, kernel_size=(3, 3), activation="relu"),
            layer("norm_1", "BatchNormalization"),
            layer("brightness_1", "RandomBrightness"),
            layer("flatten_1", "Flatten"),
            layer("dropout_1", "Dropout", rate=0.2),
            layer("output", "Dense", units=10, activation="softmax"),
        )
    )
    project = digits(epochs=3)
    project = project.model_copy(update={"network": network})

    plain = Run()
    plain.do(EngineRoom().train(request(project)))
    waiting = [
        ProbeRequest(1, "attribution", None, FrozenMap(method="smooth")),
        ProbeRequest(2, "attribution", None, FrozenMap(method="grad_cam")),
        ProbeRequest(3, "occlusion"),
    ]

    def on(event: object) -> None:
        if isinstance(event, (Paused, ProbeAnswer)):
            if waiting:
                looked.control.post(waiting.pop(0))
            else:
                looked.control.resume()

    looked = Run(on)
    looked.control.pause()
    looked.do(EngineRoom().train(request(project)))
    kinds = [type(one.result) for one in looked.of(ProbeAnswer)]
    assert kinds == [Attribution, Attribution, OcclusionPiece]
    histories = [[e.metrics for e in run.of(EpochEnded)] for run in (plain, looked)]
    assert histories[0] == histories[1]
    assert len(histories[0]) == 3


def test_what_was_traced_keeps_no_model(pictures: PreparedData) -> None:
    model = keras.Sequential([keras.Input((8, 8, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(10)])
    entries = custom_gradients()
    for method in ("gradient", "smooth", "grad_cam"):
        got(model, pictures, asked(method=method))
    known = weakref.ref(model)
    del model
    gc.collect()
    assert known() is None
    assert custom_gradients() == entries
