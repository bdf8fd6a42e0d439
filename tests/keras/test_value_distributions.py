"""Distributions of weights and outputs against NumPy over a forward pass written out by hand."""

from dataclasses import dataclass, field, replace

import keras
import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.data.prepared import Part, PreparedData
from app.diagnostics import value_distributions
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.probes import answer
from app.diagnostics.value_distributions import BINS, OUTPUT, SHARES, ValueDistribution
from app.training.engine_room import EngineRoom
from app.training.events import EpochEnded, Paused, ProbeAnswer, ProbeRequest
from tests.keras.small_runs import Run, moons, request

RNG = np.random.default_rng(4)
X = RNG.normal(size=(700, 3)).astype(np.float32)
L = keras.layers


@dataclass(frozen=True)
class Asked:
    layer_id: str | None = None
    options: FrozenMap = field(default_factory=FrozenMap)
    subject: str = "distribution"
    sample: np.ndarray | None = None


@pytest.fixture(scope="module")
def data() -> PreparedData:
    """60 training samples and 640 of validation, of three numbers each."""
    from app.data.loading import load

    prepared = load(moons().data)

    def part(first: int, last: int) -> Part:
        return Part(X[first:last], np.zeros(last - first, np.int32), np.arange(first, last))

    return replace(prepared, training=part(0, 60), validation=part(60, 700), test=part(0, 0))


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(3)
    made = keras.Sequential(
        [
            keras.Input((3,)),
            L.Dense(7, "tanh", name="tanh"),
            L.BatchNormalization(name="norm"),
            L.Dense(5, "relu", name="relu"),
            L.Dense(2, "sigmoid", name="out"),
        ]
    )
    for layer in made.layers:
        layer.set_weights([RNG.normal(0, 1.5, w.shape) for w in layer.get_weights()])
    gamma, beta, mean, variance = made.get_layer("norm").get_weights()
    made.get_layer("norm").set_weights([gamma, beta, mean, np.abs(variance) + 0.5])
    return made


def by_hand(model: keras.Model, x: np.ndarray) -> dict[str, np.ndarray]:
    """What each layer puts out, in float64."""
    weights = {n.name: [w.astype(np.float64) for w in n.get_weights()] for n in model.layers}
    flow = x.astype(np.float64)
    found = {}
    kernel, bias = weights["tanh"]
    found["tanh"] = flow = np.tanh(flow @ kernel + bias)
    gamma, beta, mean, variance = weights["norm"]
    found["norm"] = flow = (flow - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    kernel, bias = weights["relu"]
    found["relu"] = flow = np.maximum(flow @ kernel + bias, 0)
    kernel, bias = weights["out"]
    found["out"] = 1 / (1 + np.exp(-(flow @ kernel + bias)))
    return found


def percentile(values: np.ndarray, share: float) -> float:
    """Linear between the two nearest of the ordered values."""
    ordered: list[float] = sorted(values.ravel().tolist())
    place = share / 100 * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def in_bins(values: np.ndarray, edges: np.ndarray) -> list[int]:
    """Counted one by one."""
    counts = [0] * (len(edges) - 1)
    for value in values.ravel().tolist():
        number = next((n for n in range(len(counts)) if value < edges[n + 1]), len(counts) - 1)
        counts[number] += 1
    return counts


def ask(model: keras.Model, data: PreparedData, layer: str | None, of: str = "") -> object:
    return answer(Asked(layer, FrozenMap(of=of) if of else FrozenMap()), model, data)


def distribution(
    model: keras.Model, data: PreparedData, layer: str | None, of: str = ""
) -> ValueDistribution:
    found = ask(model, data, layer, of)
    assert isinstance(found, ValueDistribution)
    return found


@pytest.mark.parametrize("layer", ["tanh", "norm", "relu", "out"])
def test_outputs_are_those_of_a_forward_pass_by_hand(
    model: keras.Model, data: PreparedData, layer: str
) -> None:
    found = distribution(model, data, layer, OUTPUT)
    rows = [round(number * 639 / 511) for number in range(512)]
    expected = by_hand(model, X[60:][rows])[layer]
    assert (found.part, found.samples, found.part_samples) == ("validation", 512, 640)
    assert found.count == found.whole == expected.size
    assert found.percentiles == pytest.approx(
        [percentile(expected, share) for share in SHARES], rel=1e-5, abs=1e-6
    )
    assert (found.mean, found.deviation) == pytest.approx(
        (expected.mean(), np.sqrt(((expected - expected.mean()) ** 2).mean())), rel=1e-5
    )
    assert len(found.counts) == BINS
    assert found.counts.sum() == expected.size
    # A value next to an edge may fall on either side of it in 32 bits.
    assert np.abs(np.subtract(found.counts, in_bins(expected, found.edges))).sum() <= 4


def test_zeros_and_saturated_outputs_are_counted(model: keras.Model, data: PreparedData) -> None:
    rows = np.linspace(0, 639, 512).round().astype(int)
    expected = by_hand(model, X[60:][rows])
    relu = distribution(model, data, "relu", OUTPUT)
    assert relu.zeros == int((expected["relu"] == 0).sum()) > 0
    assert (relu.limits, relu.saturated) == (None, 0)
    tanh = distribution(model, data, "tanh", OUTPUT)
    assert tanh.limits == (-0.99, 0.99)
    assert tanh.saturated == int((np.abs(expected["tanh"]) > 0.99).sum()) > 0
    out = distribution(model, data, "out", OUTPUT)
    assert out.saturated == int(((expected["out"] < 0.01) | (expected["out"] > 0.99)).sum()) > 0


def test_weights_of_every_kind(model: keras.Model, data: PreparedData) -> None:
    names = {"tanh": ("kernel", "bias", OUTPUT), "norm": ("gamma", "beta", "moving_mean")}
    for layer, expected in names.items():
        first = distribution(model, data, layer)
        assert first.names[:3] == expected
        assert first.of == expected[0]
        for of, values in zip(first.names, model.get_layer(layer).get_weights(), strict=False):
            found = distribution(model, data, layer, of)
            assert (found.of, found.part, found.samples) == (of, "", 0)
            assert found.percentiles == pytest.approx([percentile(values, s) for s in SHARES])
            assert found.counts.tolist() == in_bins(values, found.edges)
    assert distribution(model, data, None).layer_id == "tanh"
    assert distribution(model, data, "tanh", "no such weight").of == "kernel"


def test_without_validation_the_training_part_is_looked_at(
    model: keras.Model, data: PreparedData
) -> None:
    nothing = Part(X[:0], np.zeros(0, np.int32), np.arange(0))
    found = distribution(model, replace(data, validation=nothing), "tanh", OUTPUT)
    assert (found.part, found.samples) == ("training", 60)


def test_a_layer_without_weights_and_one_that_is_not_there(data: PreparedData) -> None:
    made = keras.Sequential([keras.Input((3,)), L.Dropout(0.5, name="drop"), L.Dense(2)])
    found = distribution(made, data, "drop")
    assert found.of == OUTPUT
    assert found.names == (OUTPUT,)
    gone = ask(made, data, "no_such_layer")
    assert isinstance(gone, NoAnswer)
    assert "not in the network" in gone.needs


def test_values_that_are_not_finite_are_counted_apart(data: PreparedData) -> None:
    made = keras.Sequential([keras.Input((3,)), L.Dense(4, name="d")])
    kernel, bias = made.get_layer("d").get_weights()
    kernel[0, :2] = np.nan, np.inf
    made.get_layer("d").set_weights([kernel, bias])
    found = distribution(made, data, "d", "kernel")
    assert (found.count, found.not_finite) == (10, 2)
    assert found.percentiles[-1] == pytest.approx(kernel[np.isfinite(kernel)].max())
    made.get_layer("d").set_weights([kernel * np.nan, bias])
    gone = ask(made, data, "d", "kernel")
    assert isinstance(gone, NoAnswer)
    assert "not finite" in gone.needs


def test_two_directions_are_told_apart_and_gated_cells_do_not_saturate(data: PreparedData) -> None:
    made = keras.Sequential(
        [keras.Input((3,)), L.Reshape((3, 1)), L.Bidirectional(L.LSTM(2), name="both")]
    )
    found = distribution(made, data, "both")
    assert len(found.names) == 7
    assert found.names[-1] == OUTPUT
    assert sum("forward" in name for name in found.names) == 3
    for number, name in enumerate(found.names[:-1]):
        values = made.get_layer("both").get_weights()[number]
        one = distribution(made, data, "both", name)
        assert one.percentiles[0] == pytest.approx(values.min())
    assert distribution(made, data, "both", OUTPUT).limits is None


def test_of_large_arrays_every_nth_value_is_looked_at_in_every_unit(
    data: PreparedData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(value_distributions, "MOST_VALUES", 100)
    made = keras.Sequential([keras.Input((3,)), L.Dense(400, name="wide", use_bias=False)])
    kernel = np.tile(np.arange(400, dtype=np.float32), (3, 1))  # each unit has a value of its own
    made.get_layer("wide").set_weights([kernel])
    found = distribution(made, data, "wide", "kernel")
    assert (found.whole, found.count) == (1200, len(kernel.ravel()[::13]))
    assert len(set(kernel.ravel()[::13])) == found.count, "13 has no divisor in common with 400"
    monkeypatch.setattr(value_distributions, "MOST_PASSED", 401 * 20)
    assert distribution(made, data, "wide", OUTPUT).samples == 20
    monkeypatch.setattr(value_distributions, "MOST_PRODUCTS", 1201 * 7)
    assert distribution(made, data, "wide", OUTPUT).samples == 7
    monkeypatch.setattr(value_distributions, "MOST_PRODUCTS", 1)
    assert distribution(made, data, "wide", OUTPUT).samples == 4


def test_looking_changes_nothing_of_the_training() -> None:
    asked = [
        ProbeRequest(number, "distribution", "dense_1", FrozenMap(of=of))
        for number, of in enumerate(("kernel", OUTPUT))
    ]

    def on(event: object) -> None:
        if isinstance(event, Paused | ProbeAnswer):
            if asked:
                run.control.post(asked.pop(0))
            else:
                run.control.resume()

    plain = Run()
    plain.do(EngineRoom().train(request(moons(epochs=3))))
    run = Run(on)
    run.control.pause()
    run.control.step("batch")
    run.do(EngineRoom().train(request(moons(epochs=3))))
    answers = [one.result for one in run.of(ProbeAnswer)]
    assert [one.of for one in answers if isinstance(one, ValueDistribution)] == ["kernel", OUTPUT]
    assert [e.metrics for e in run.of(EpochEnded)] == [e.metrics for e in plain.of(EpochEnded)]
